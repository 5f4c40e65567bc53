//! The pages that lead a device through trusting the local authority once, and check that it worked: part of the help page
//! in the clear, and a page of its own behind the warning. It takes nothing in.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use warp::http::header::HeaderValue;

use super::certificate::Certificates;
use super::html::escape;
use crate::access::Platform;

const HELP: &str = include_str!("../../assets/help.html");
const PROTECTED: &str = include_str!("../../assets/trust.html");
const STYLE: &str = include_str!("../../assets/help.css");
const STEPS: &str = include_str!("../../assets/help-trust.html");
const OWN: &str = include_str!("../../assets/help-own.html");
const CHECK_IN_THE_CLEAR: &str = include_str!("../../assets/help-check.html");
const CHECK_PROTECTED: &str = include_str!("../../assets/trust-check.html");
const SCRIPT: &str = include_str!("../../assets/help.js");

/// What may be believed of the page itself.
const CAUTION_IN_THE_CLEAR: &str =
    "This page came over the unprotected connection, and somebody who controls the network could have changed it.";
const CAUTION_PROTECTED: &str =
    "If you went past a warning to get here, somebody who controls the network could have changed this page.";

/// Where the authority can be downloaded, and as what: as everybody takes it, and as iPhones do.
const CERTIFICATE: (&str, &str) = ("/framekeep-ca.crt", "application/x-x509-ca-cert");
const PROFILE: (&str, &str) = ("/framekeep.mobileconfig", "application/x-apple-aspen-config");

/// What is downloaded under a path.
pub enum Download {
    /// The authority, and its media type.
    Authority(Vec<u8>, &'static str),
    /// The operator uses a certificate of their own: there is no authority of ours to trust.
    None,
}

/// The download under a path; `None` where none lies.
pub fn download(certificates: &Certificates, path: &str) -> Option<Download> {
    let (bytes, kind) = if path == CERTIFICATE.0 {
        (certificates.authority_der(), CERTIFICATE.1)
    } else if path == PROFILE.0 {
        (certificates.mobileconfig().map(String::into_bytes), PROFILE.1)
    } else {
        return None;
    };
    Some(bytes.map_or(Download::None, |bytes| Download::Authority(bytes, kind)))
}

/// The help page, for a browser that calls itself `agent` and reached us under `address`.
pub fn help_page(certificates: &Certificates, agent: &str, address: &str) -> String {
    let script = if certificates.is_own() { String::new() } else { format!("<script>{SCRIPT}</script>\n") };
    let page = HELP.replace("{{script}}", &script);
    filled(&page, certificates, agent, (CHECK_IN_THE_CLEAR, CAUTION_IN_THE_CLEAR), address)
}

/// The page behind the warning.
pub fn protected_page(certificates: &Certificates, agent: &str, address: &str) -> String {
    filled(PROTECTED, certificates, agent, (CHECK_PROTECTED, CAUTION_PROTECTED), address)
}

/// What the help page may do: use its own style, run its own script, and ask this computer over https.
pub fn help_policy(address: &str) -> HeaderValue {
    // Addresses of IPv6 cannot stand in a policy.
    let asks = if address.starts_with('[') { "https:".to_owned() } else { format!("https://{address}") };
    let policy = format!("{}; script-src 'sha256-{}'; connect-src {asks}", *STRICT, hash(SCRIPT));
    // An address is letters, digits, dots and hyphens; it was looked at before.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// What the page behind the warning may do: use its own style and run the pages' scripts.
pub fn protected_policy() -> String {
    format!("{}; script-src 'self'; worker-src 'self'", *STRICT)
}

/// Nothing but the page's own style may be loaded, and nothing may be sent from it.
static STRICT: LazyLock<String> = LazyLock::new(|| {
    let style = hash(STYLE);
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn filled(
    page: &str,
    certificates: &Certificates,
    agent: &str,
    (check, caution): (&str, &str),
    address: &str,
) -> String {
    let platform = match Platform::of(agent) {
        Platform::Unknown => Platform::Computer,
        known => known,
    };
    let open = |this: Platform| if this == platform { " open" } else { "" };
    let trust = match &certificates.authority_name() {
        None => OWN.to_owned(),
        Some(name) => STEPS
            .replace("{{check}}", check)
            .replace("{{caution}}", caution)
            .replace("{{ios}}", open(Platform::Ios))
            .replace("{{android}}", open(Platform::Android))
            .replace("{{computer}}", open(Platform::Computer))
            .replace("{{name}}", &escape(name)),
    };
    // The address comes last: whatever a stranger's header holds is not looked through for places to fill any more.
    page.replace("{{trust}}", &trust)
        .replace("{{style}}", STYLE)
        .replace("{{phrase}}", &certificates.phrase())
        .replace("{{fingerprint}}", &certificates.digits())
        .replace("{{address}}", &escape(address))
}
