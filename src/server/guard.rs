//! What every request must pass and every answer must carry, whatever it is about.
//!
//! The `Host` check keeps foreign names out that were made to point at this computer (DNS rebinding), the check of the
//! origin keeps foreign pages from acting with a visitor's cookie. It knows no route and no user.

use std::net::{IpAddr, SocketAddr};

use warp::host::Authority;
use warp::http::Method;
use warp::http::header::{self, HeaderMap, HeaderName, HeaderValue, ORIGIN};

use crate::server::error::ApiError;
use crate::server::reply::Reply;
use crate::server::session::Proof;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Nothing comes from elsewhere, nothing is framed, nothing inline is run.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
    object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Headers of every answer. `Referrer-Policy` is not `no-referrer`: with that, browsers send `Origin: null` with forms.
const HARDENING: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(self), screen-wake-lock=(self), geolocation=()"),
    ),
];

/// The names of this computer: those of its certificate.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// From names in any case, with or without a full stop at the end; `*.` at the start stands for any one label.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let plain = |name: String| name.trim_end_matches('.').to_lowercase();
        Self(names.into_iter().map(plain).chain(["localhost".to_owned()]).collect())
    }

    fn holds(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.0.iter().any(|own| match own.strip_prefix("*.") {
            Some(domain) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
            None => own.eq_ignore_ascii_case(name),
        })
    }
}

/// Checks that the client means this computer and our port. `reached` is the address at which the connection came in.
///
/// # Errors
/// [`ApiError::WrongHost`].
pub fn host(asked: Option<&Authority>, reached: SocketAddr, names: &Names) -> Result<(), ApiError> {
    let asked = asked.ok_or(ApiError::WrongHost)?;
    // Without a port it is the port of https.
    if asked.port_u16().unwrap_or(443) != reached.port() {
        return Err(ApiError::WrongHost);
    }
    let name = asked.host();
    let known = match name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        // Nobody can make a foreign name out of an address, so the address at which the connection came in is enough.
        Ok(address) => address.to_canonical() == reached.ip().to_canonical() || address.is_loopback(),
        Err(_) => names.holds(name),
    };
    if known { Ok(()) } else { Err(ApiError::WrongHost) }
}

/// Checks that a change by a cookie comes from a page of ours: its origin is the host that was asked, or the browser says
/// that it is the same site. A browser that says neither is refused; a token is proof enough by itself. Without a session
/// only what says to be foreign is refused: a page elsewhere must not pair its visitors.
///
/// # Errors
/// [`ApiError::CrossOrigin`].
pub fn origin(
    method: &Method,
    headers: &HeaderMap,
    asked: Option<&Authority>,
    proof: Option<Proof>,
) -> Result<(), ApiError> {
    if proof == Some(Proof::Bearer) || method.is_safe() {
        return Ok(());
    }
    let same = match (headers.get(ORIGIN), headers.get(SEC_FETCH_SITE)) {
        (Some(origin), _) => asked.is_some_and(|asked| is_origin_of(origin, asked)),
        (None, Some(site)) => site == "same-origin",
        (None, None) => proof.is_none(),
    };
    if same { Ok(()) } else { Err(ApiError::CrossOrigin) }
}

/// Adds what every answer carries, unless it says otherwise itself.
pub fn harden(reply: &mut Reply) {
    for (name, value) in HARDENING {
        reply.headers_mut().entry(name).or_insert(value);
    }
}

fn is_origin_of(origin: &HeaderValue, asked: &Authority) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://")?.parse::<Authority>().ok());
    authority.is_some_and(|from| {
        from.host().eq_ignore_ascii_case(asked.host())
            && from.port_u16().unwrap_or(443) == asked.port_u16().unwrap_or(443)
            && !from.as_str().contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(text: &str) -> Authority {
        text.parse().unwrap()
    }

    #[test]
    fn only_names_and_addresses_of_this_computer_pass() {
        let names = Names::new(["Studio".to_owned(), "studio.local.".to_owned()]);
        let pass = |asked: &str, reached: &str| host(Some(&authority(asked)), reached.parse().unwrap(), &names).is_ok();
        for asked in ["192.168.1.5:8443", "localhost:8443", "127.0.0.1:8443", "STUDIO.local:8443", "studio:8443"] {
            assert!(pass(asked, "192.168.1.5:8443"), "{asked}");
        }
        for asked in
            ["192.168.1.6:8443", "192.168.1.5", "192.168.1.5:443", "evil.example:8443", "studio.evil.example:8443"]
        {
            assert!(!pass(asked, "192.168.1.5:8443"), "{asked}");
        }
        let wild = Names::new(["*.home.example".to_owned()]);
        let wild = |asked: &str| host(Some(&authority(asked)), "10.0.0.1:8443".parse().unwrap(), &wild).is_ok();
        assert!(wild("studio.home.example:8443") && !wild("home.example:8443") && !wild("a.b.home.example:8443"));
        assert!(pass("[fd00::5]:8443", "[fd00::5]:8443"));
        assert!(pass("192.168.1.5:8443", "[::ffff:192.168.1.5]:8443"));
        assert!(pass("192.168.1.5", "192.168.1.5:443"));
        assert!(host(None, "192.168.1.5:8443".parse().unwrap(), &names).is_err());
    }

    #[test]
    fn a_change_by_cookie_must_come_from_our_own_page() {
        let asked = authority("192.168.1.5:8443");
        let check = |method: Method, proof: Option<Proof>, lines: &[(HeaderName, &'static str)]| {
            let headers = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
            origin(&method, &headers, Some(&asked), proof).is_ok()
        };
        let post = |lines: &[(HeaderName, &'static str)]| check(Method::POST, Some(Proof::Cookie), lines);
        assert!(post(&[(ORIGIN, "https://192.168.1.5:8443")]));
        assert!(post(&[(SEC_FETCH_SITE, "same-origin")]));
        for foreign in ["https://evil.example", "http://192.168.1.5:8443", "https://192.168.1.5", "null", ""] {
            assert!(!post(&[(ORIGIN, foreign), (SEC_FETCH_SITE, "same-origin")]), "{foreign}");
        }
        assert!(!post(&[(SEC_FETCH_SITE, "same-site")]));
        assert!(!post(&[]));
        assert!(check(Method::POST, Some(Proof::Bearer), &[]));
        assert!(check(Method::GET, Some(Proof::Cookie), &[]));
        assert!(check(Method::HEAD, Some(Proof::Cookie), &[]));
        assert!(!check(Method::DELETE, Some(Proof::Cookie), &[]));
        assert!(check(Method::POST, None, &[]));
        assert!(check(Method::POST, None, &[(ORIGIN, "https://192.168.1.5:8443")]));
        assert!(!check(Method::POST, None, &[(ORIGIN, "https://evil.example")]));
        assert!(!check(Method::POST, None, &[(SEC_FETCH_SITE, "cross-site")]));
    }
}
