//! Who comes without protection is helped: a page that explains, the authority to download, and nothing taken in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use framekeep::server::certificate::Certificates;
use framekeep::server::{help, listener};
use sha2::{Digest, Sha256};
use ureq::http::Response;

struct House {
    addr: SocketAddr,
    certificates: Arc<Certificates>,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Arc::new(Certificates::open(folder.path(), &[]).unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let tcp = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = tcp.local_addr().unwrap();
        let pages = help::routes(Arc::clone(&certificates), Arc::new(|_, _| {}));
        let config = certificates.server_config();
        let for_ever = std::future::pending::<Duration>();
        runtime.spawn(listener::serve(
            tcp,
            config,
            pages.clone(),
            pages,
            listener::Limits::default(),
            Arc::new(|_, _| {}),
            for_ever,
        ));
        Self { addr, certificates, folder, _runtime: runtime }
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> (Response<ureq::Body>, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.get(format!("http://{}{path}", self.addr));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().unwrap();
        let text = String::from_utf8_lossy(&response.body_mut().read_to_vec().unwrap()).into_owned();
        (response, text)
    }
}

#[test]
fn every_page_asked_for_in_the_clear_is_the_help_page() {
    let house = House::new();
    for path in ["/", "/frames", "/j/abc", "/web/app.js", "/upload?x=1", "/%3Cscript%3E"] {
        let (response, text) = house.get(path, &[]);
        assert_eq!(response.status(), 200, "{path}");
        assert!(text.contains(&format!("href=\"https://{}/\"", house.addr)), "{path}");
        assert!(text.contains(&house.certificates.digits()), "{path}");
        assert!(text.contains(&house.certificates.authority_name().unwrap()), "{path}");
        assert!(text.contains(&house.certificates.phrase()), "{path}");
        assert!(!text.contains("{{"), "{path}");
    }
}

#[test]
fn the_authority_can_be_downloaded_as_phones_take_it() {
    let house = House::new();
    let agent = ureq::agent();
    let mut answer = agent.get(format!("http://{}/framekeep-ca.crt", house.addr)).call().unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-x509-ca-cert");
    assert_eq!(Some(answer.body_mut().read_to_vec().unwrap()), house.certificates.authority_der());
    let (answer, profile) = house.get("/framekeep.mobileconfig", &[]);
    assert_eq!(answer.headers()["content-type"], "application/x-apple-aspen-config");
    assert_eq!(Some(profile), house.certificates.mobileconfig());
}

#[test]
fn the_steps_for_the_visitor_s_phone_are_open_and_the_others_are_there() {
    let house = House::new();
    let (_, text) = house.get("/", &[("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)")]);
    assert!(text.contains("<details open>\n<summary>iPhone and iPad"));
    assert!(text.contains("<details>\n<summary>Android") && text.contains("<details>\n<summary>Windows"));
    let (_, text) = house.get("/", &[("User-Agent", "Mozilla/5.0 (Linux; Android 14; Pixel 8)")]);
    assert!(text.contains("<details open>\n<summary>Android"));
}

#[test]
fn a_lying_host_header_leads_back_to_the_address_that_was_reached() {
    let house = House::new();
    let (_, text) = house.get("/", &[("Host", "kitchen.local:8443")]);
    assert!(text.contains("href=\"https://kitchen.local:8443/\""));
    for host in ["evil\"><img src=x>", "a@b", "x y", "{{style}}"] {
        let (_, text) = house.get("/", &[("Host", host)]);
        assert!(text.contains(&format!("href=\"https://{}/\"", house.addr)), "{host}");
        assert!(!text.contains("<img"), "{host}");
    }
}

#[test]
fn the_page_may_load_nothing_and_run_its_own_check_alone() {
    let (response, text) = House::new().get("/", &[]);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let (_, rest) = text.split_once("<script>").expect("there is one script");
    let (script, rest) = rest.split_once("</script>").unwrap();
    assert!(!rest.contains("<script"), "and no other");
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'; connect-src https://")), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    for outside in ["src=", "<link", "@import", "url(", "<form"] {
        assert!(!text.contains(outside), "{outside}");
    }
}

#[test]
fn what_a_script_sends_or_asks_in_the_clear_does_not_look_like_success() {
    let house = House::new();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer =
        agent.post(format!("http://{}/upload?username=anna", house.addr)).send(&[0xff_u8; 100][..]).unwrap();
    assert_eq!(answer.status(), 403);
    let text = answer.body_mut().read_to_string().unwrap();
    assert!(text.contains("\"code\":\"tls_required\"") && text.contains(&format!("https://{}", house.addr)), "{text}");
    for path in ["/healthz", "/api/v1/frames", "/metrics", "/openapi.yaml"] {
        assert_eq!(house.get(path, &[]).0.status(), 403, "{path}");
    }
}

#[test]
fn with_the_operator_s_own_certificate_there_is_nothing_to_trust() {
    let house = House::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["cam.example.com".to_owned()]).unwrap();
    std::fs::write(house.folder.path().join("cert.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(house.folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    assert!(house.certificates.refresh(&[]).unwrap());
    let (response, text) = house.get("/", &[]);
    assert_eq!(response.status(), 200);
    assert!(!text.contains("mobileconfig") && !text.contains("{{") && !text.contains("<script"), "{text}");
    assert!(text.contains(&house.certificates.phrase()));
    assert!(text.contains(&house.certificates.digits()));
    assert_eq!(house.get("/framekeep-ca.crt", &[]).0.status(), 404);
}
