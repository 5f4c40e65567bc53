//! Other people's programs judge our certificates as we mean them: OpenSSL and a real Chromium.
//!
//! Where a program is missing its test says so and passes: `openssl`; `chromium` with `certutil` (Debian: libnss3-tools).

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use framekeep::server::certificate::Certificates;
use framekeep::server::listener;
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};
use warp::Filter;

fn run(program: &str, args: &[&str], folder: &Path) -> Output {
    Command::new(program).args(args).current_dir(folder).env("HOME", folder).output().unwrap()
}

fn is_missing(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| Command::new(program).arg("-h").output().is_err()).collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED: {missing:?} is not installed, so that nobody else judged our certificates");
    }
    !missing.is_empty()
}

/// What a thief of the authority's key would make: certificate and key for any name.
fn forged(certificates: &Certificates, folder: &Path, name: &str) -> (String, String) {
    let stolen = KeyPair::from_pem(&std::fs::read_to_string(folder.join("authority-key.pem")).unwrap()).unwrap();
    let mut authority = CertificateParams::default();
    authority.distinguished_name = DistinguishedName::new();
    authority.distinguished_name.push(DnType::CommonName, certificates.authority_name().unwrap());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    // Browsers refuse what lasts too long for that alone, and this is to be refused for its name.
    let day = Duration::from_hours(24);
    let today = rcgen::date_time_ymd(1970, 1, 1) + std::time::UNIX_EPOCH.elapsed().unwrap();
    (params.not_before, params.not_after) = (today - day, today + 90 * day);
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &Issuer::new(authority, stolen)).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn openssl_believes_our_names_and_no_others() {
    if is_missing(&["openssl"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let certificates =
        Certificates::open(folder, &["192.168.1.5".parse().unwrap(), "fd00::5".parse().unwrap()]).unwrap();
    let verify = |file: &str, option: &str, name: &str| {
        let args = ["verify", "-x509_strict", "-CAfile", "authority.pem", "-purpose", "sslserver", option, name, file];
        let output = run("openssl", &args, folder);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    };
    for (option, name) in [
        ("-verify_ip", "192.168.1.5"),
        ("-verify_ip", "fd00::5"),
        ("-verify_ip", "::1"),
        ("-verify_hostname", "localhost"),
    ] {
        let (good, said) = verify("server.pem", option, name);
        assert!(good, "{name}: {said}");
    }
    for name in ["example.com", "dev", "evil.example.local.com"] {
        std::fs::write(folder.join("forged.pem"), forged(&certificates, folder, name).0).unwrap();
        let (good, said) = verify("forged.pem", "-verify_hostname", name);
        assert!(!good && said.contains("permitted subtree violation"), "{name}: {said}");
    }
    std::fs::write(folder.join("forged.pem"), forged(&certificates, folder, "cellar.local").0).unwrap();
    let (good, said) = verify("forged.pem", "-verify_hostname", "cellar.local");
    assert!(good, "the same under a permitted name is believed, so it is the name that was refused: {said}");

    let text = run("openssl", &["x509", "-in", "authority.pem", "-noout", "-text", "-fingerprint", "-sha256"], folder);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("X509v3 Name Constraints: critical") && text.contains("pathlen:0"), "{text}");
    let digits = certificates.digits().replace(' ', "");
    assert!(text.replace(':', "").contains(&format!("Fingerprint={digits}")), "{digits}: {text}");
}

fn serve(runtime: &tokio::runtime::Runtime, certificates: &Certificates) -> SocketAddr {
    let tcp = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let addr = tcp.local_addr().unwrap();
    let page =
        warp::any().map(|| warp::reply::html("<!doctype html><title>t</title><p>the page behind TLS</p>")).boxed();
    let config = certificates.server_config();
    let for_ever = std::future::pending::<Duration>();
    runtime.spawn(listener::serve(
        tcp,
        config,
        page.clone(),
        page,
        listener::Limits::default(),
        Arc::new(|_, _| {}),
        for_ever,
    ));
    addr
}

fn chromium_shows_the_page(home: &Path, host: &str, addr: SocketAddr) -> bool {
    let url = format!("https://{host}:{}/", addr.port());
    let args = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--host-resolver-rules=MAP *.com 127.0.0.1, MAP *.local 127.0.0.1",
        "--timeout=20000",
        "--dump-dom",
        &url,
    ];
    let output = run("chromium", &args, home);
    String::from_utf8_lossy(&output.stdout).contains("the page behind TLS")
}

#[test]
fn chromium_that_trusts_the_authority_shows_our_page_without_a_warning_and_no_forged_one() {
    if is_missing(&["chromium", "certutil"]) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let certificates = Arc::new(Certificates::open(&dir.path().join("ours"), &[]).unwrap());
    let addr = serve(&runtime, &certificates);

    let stranger = dir.path().join("stranger");
    std::fs::create_dir_all(&stranger).unwrap();
    assert!(!chromium_shows_the_page(&stranger, "127.0.0.1", addr), "who does not trust the authority is warned");

    let home = dir.path().join("home");
    let database = home.join(".pki/nssdb");
    std::fs::create_dir_all(&database).unwrap();
    let database = format!("sql:{}", database.display());
    let authority = certificates.authority_path().display().to_string();
    assert!(run("certutil", &["-N", "-d", &database, "--empty-password"], &home).status.success());
    let add = ["-A", "-d", &database, "-t", "C,,", "-n", "framekeep", "-i", &authority];
    assert!(run("certutil", &add, &home).status.success());
    for host in ["127.0.0.1", "localhost"] {
        assert!(chromium_shows_the_page(&home, host, addr), "{host}");
    }

    // Whoever has stolen the key can pretend to be another computer at home, and no site on the Internet.
    for (name, shown) in [("cellar.local", true), ("example.com", false)] {
        let folder = dir.path().join(name);
        let thief = Certificates::open(&folder, &[]).unwrap();
        let (certificate, key) = forged(&certificates, &dir.path().join("ours"), name);
        std::fs::write(folder.join("cert.pem"), certificate).unwrap();
        std::fs::write(folder.join("key.pem"), key).unwrap();
        assert!(thief.refresh(&[]).unwrap());
        assert_eq!(chromium_shows_the_page(&home, name, serve(&runtime, &thief)), shown, "{name}");
    }
}
