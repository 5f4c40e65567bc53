//! The certificates as browsers judge them, and what happens to files, clocks and addresses around them.

use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, SanType};
use rustls_pki_types::{ServerName, UnixTime};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::{self, RootCertStore};

use super::*;

const DAY: Duration = Duration::from_hours(24);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("certificates")
    }

    fn open(&self, texts: &[&str], now: SystemTime) -> Result<Certificates, CertificateError> {
        Certificates::open_at(&self.folder(), &addresses(texts), "kitchen", now)
    }

    fn error(&self) -> String {
        match self.open(&["192.168.1.5"], now()) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }
}

fn served(certificates: &Certificates) -> Vec<u8> {
    certificates.shown.0.load().end_entity_cert().unwrap().to_vec()
}

/// Judges a certificate as a browser does that trusts only this authority.
fn judge(authority: &[u8], leaf: &[u8], name: &str, at: SystemTime) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.to_vec().into()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let at = UnixTime::since_unix_epoch(at.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(&leaf.to_vec().into(), &[], &name, &[], at).map(|_| ())
}

fn trusts(certificates: &Certificates, name: &str, at: SystemTime) -> bool {
    judge(&certificates.authority_der().unwrap(), &served(certificates), name, at).is_ok()
}

#[test]
fn who_trusts_the_authority_trusts_every_private_address_of_this_computer() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5", "fd00::5", "fe80::7", "100.64.0.9"], now()).unwrap();
    let names = ["192.168.1.5", "fd00::5", "fe80::7", "100.64.0.9", "127.0.0.1", "::1", "localhost", "kitchen.local"];
    for name in names {
        assert!(trusts(&certificates, name, now()), "{name}");
    }
    assert!(!trusts(&certificates, "192.168.1.6", now()));
    assert!(!trusts(&certificates, "kitchen.example.com", now()));
}

#[test]
fn a_public_address_is_left_out_and_the_others_still_work() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5", "8.8.4.4", "2001:db8::5"], now()).unwrap();
    assert!(trusts(&certificates, "192.168.1.5", now()));
    assert!(!trusts(&certificates, "8.8.4.4", now()));
    assert!(!certificates.refresh_at(&addresses(&["8.8.4.4"]), "kitchen", now()).unwrap());
}

#[test]
fn the_authority_cannot_vouch_for_the_internet() {
    let place = Place::new();
    place.open(&[], now()).unwrap();
    let authority = Authority::read_or_make(&place.folder(), "kitchen", now()).unwrap();
    let stolen = |name: SanType| {
        let mut params: CertificateParams = leaf::params(&Names::default(), now()).unwrap();
        params.subject_alt_names = vec![name];
        authority.sign(&params, &KeyPair::generate().unwrap()).unwrap().der().to_vec()
    };
    let host = |name: &str| SanType::DnsName(name.try_into().unwrap());
    for name in ["example.com", "www.example.com", "dev", "local.example.com", "mylocal"] {
        let verdict = judge(authority.der(), &stolen(host(name)), name, now());
        assert!(format!("{verdict:?}").contains("NameConstraint"), "{name}: {verdict:?}");
    }
    for name in ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888"] {
        let verdict = judge(authority.der(), &stolen(SanType::IpAddress(name.parse().unwrap())), name, now());
        assert!(format!("{verdict:?}").contains("NameConstraint"), "{name}: {verdict:?}");
    }
    // The same forgery under a name that it may vouch for is believed: it is the name that is refused above.
    judge(authority.der(), &stolen(host("cellar.local")), "cellar.local", now()).unwrap();
}

#[test]
fn a_restart_keeps_authority_and_certificate() {
    let place = Place::new();
    let first = place.open(&["192.168.1.5"], now()).unwrap();
    let second = place.open(&["192.168.1.5"], now() + 300 * DAY).unwrap();
    assert_eq!(first.authority_der(), second.authority_der());
    assert_eq!(first.digits(), second.digits());
    assert_eq!(served(&first), served(&second));
}

#[test]
fn another_address_gets_another_certificate_of_the_same_authority_while_it_runs() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5"], now()).unwrap();
    let before = (served(&certificates), certificates.authority_der());
    assert!(!certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", now()).unwrap());
    assert!(certificates.refresh_at(&addresses(&["10.0.0.7"]), "kitchen", now()).unwrap());
    assert!(trusts(&certificates, "10.0.0.7", now()));
    assert_eq!(before.1, certificates.authority_der());
    assert_ne!(before.0, served(&certificates));
    // Back in the first network the same certificate serves: nobody is warned again.
    assert!(trusts(&certificates, "192.168.1.5", now()));
    assert!(!certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", now()).unwrap());
}

#[test]
fn of_the_addresses_of_the_past_the_latest_stay() {
    let place = Place::new();
    let certificates = place.open(&["10.0.0.1"], now()).unwrap();
    for last in 2..40 {
        let other = format!("10.0.0.{last}");
        assert!(certificates.refresh_at(&addresses(&[&other]), "kitchen", now()).unwrap());
    }
    assert!(certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", now()).unwrap());
    assert!(certificates.refresh_at(&addresses(&["10.0.0.200"]), "kitchen", now()).unwrap());
    for kept in ["192.168.1.5", "10.0.0.39", "10.0.0.20"] {
        assert!(trusts(&certificates, kept, now()), "{kept}");
    }
    assert!(!trusts(&certificates, "10.0.0.1", now()));
}

#[test]
fn the_certificate_lasts_at_most_397_days_and_is_made_again_a_month_before_its_end() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5"], now()).unwrap();
    assert!(trusts(&certificates, "192.168.1.5", now() + 395 * DAY));
    assert!(!trusts(&certificates, "192.168.1.5", now() + 397 * DAY));
    assert!(!trusts(&certificates, "192.168.1.5", now() - 2 * DAY));
    let late = now() + 370 * DAY;
    assert!(certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", late).unwrap());
    assert!(trusts(&certificates, "192.168.1.5", late + 300 * DAY));
}

#[test]
fn a_computer_that_learns_the_time_after_its_start_gets_a_certificate_that_is_valid() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5"], SystemTime::UNIX_EPOCH + DAY).unwrap();
    let authority = certificates.authority_der();
    assert!(certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", now()).unwrap());
    assert!(trusts(&certificates, "192.168.1.5", now()));
    assert_eq!(certificates.authority_der(), authority, "phones need not trust another");
}

#[test]
fn after_ten_years_there_is_a_new_authority() {
    let place = Place::new();
    let first = place.open(&["192.168.1.5"], now()).unwrap();
    let later = now() + 3652 * DAY;
    let second = place.open(&["192.168.1.5"], later).unwrap();
    assert_ne!(first.authority_der(), second.authority_der());
    assert!(trusts(&second, "192.168.1.5", later));
}

#[test]
#[cfg(unix)]
fn keys_are_readable_by_the_operator_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.open(&[], now()).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.folder()), 0o700);
    for name in ["authority-key.pem", "server-key.pem"] {
        assert_eq!(mode(&place.path(name)), 0o600, "{name}");
    }
}

#[test]
fn a_damaged_authority_is_named_and_left_alone() {
    let place = Place::new();
    place.open(&[], now()).unwrap();
    let key = std::fs::read(place.path("authority-key.pem")).unwrap();
    let certificate = std::fs::read(place.path("authority.pem")).unwrap();
    let remedy = "delete authority.pem and authority-key.pem";

    std::fs::write(place.path("authority.pem"), "nonsense").unwrap();
    let error = place.error();
    assert!(error.contains(remedy) && error.contains("authority.pem holds no certificate"), "{error}");
    assert_eq!(std::fs::read(place.path("authority.pem")).unwrap(), b"nonsense");

    std::fs::write(place.path("authority.pem"), &certificate).unwrap();
    std::fs::remove_file(place.path("authority-key.pem")).unwrap();
    assert!(place.error().contains("authority-key.pem is missing"), "{}", place.error());

    std::fs::write(place.path("authority-key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(place.error().contains("the key is not that of the certificate"), "{}", place.error());

    std::fs::write(place.path("authority-key.pem"), &key).unwrap();
    std::fs::copy(place.path("server.pem"), place.path("authority.pem")).unwrap();
    std::fs::copy(place.path("server-key.pem"), place.path("authority-key.pem")).unwrap();
    assert!(place.error().contains("not the certificate of an authority"), "{}", place.error());
}

#[test]
fn a_damaged_server_certificate_is_made_again() {
    let place = Place::new();
    let authority = place.open(&["192.168.1.5"], now()).unwrap().authority_der();
    for name in ["server.pem", "server-key.pem"] {
        std::fs::write(place.path(name), "nonsense").unwrap();
        let certificates = place.open(&["192.168.1.5"], now()).unwrap();
        assert!(trusts(&certificates, "192.168.1.5", now()));
        assert_eq!(certificates.authority_der(), authority);
    }
}

#[test]
fn a_stop_between_key_and_certificate_of_the_authority_does_no_harm() {
    let place = Place::new();
    place.open(&[], now()).unwrap();
    std::fs::remove_file(place.path("authority.pem")).unwrap();
    assert!(trusts(&place.open(&[], now()).unwrap(), "localhost", now()));
}

fn own_certificate(name: &str) -> (Vec<u8>, String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.der().to_vec(), certificate.pem(), key.serialize_pem())
}

#[test]
fn the_operator_s_own_certificate_wins_is_read_again_when_changed_and_can_be_taken_away() {
    let place = Place::new();
    let certificates = place.open(&["192.168.1.5"], now()).unwrap();
    let local = served(&certificates);
    let refresh = || certificates.refresh_at(&addresses(&["192.168.1.5"]), "kitchen", now());

    let (first, pem, key) = own_certificate("cam.example.com");
    std::fs::write(place.path("cert.pem"), pem).unwrap();
    assert!(refresh().unwrap_err().to_string().contains("key.pem is missing"));
    assert_eq!(served(&certificates), local, "half a certificate changes nothing");
    std::fs::write(place.path("key.pem"), key).unwrap();
    assert!(refresh().unwrap());
    assert_eq!(served(&certificates), first);
    assert!(certificates.is_own() && certificates.authority_der().is_none() && certificates.mobileconfig().is_none());
    assert_eq!(certificates.digits(), profile::digits(&profile::fingerprint(&first)));
    assert!(!refresh().unwrap());

    let (second, pem, key) = own_certificate("another.example.com");
    std::fs::write(place.path("cert.pem"), format!("{pem}\n")).unwrap();
    assert!(refresh().unwrap_err().to_string().contains("do not fit each other"));
    assert_eq!(served(&certificates), first);
    std::fs::write(place.path("key.pem"), format!("{key}\n")).unwrap();
    assert!(refresh().unwrap());
    assert_eq!(served(&certificates), second);
    assert_eq!(served(&place.open(&[], now()).unwrap()), second);

    std::fs::remove_file(place.path("cert.pem")).unwrap();
    std::fs::remove_file(place.path("key.pem")).unwrap();
    assert!(refresh().unwrap());
    assert_eq!(served(&certificates), local);
}

#[test]
fn the_operator_s_own_certificate_is_named_when_it_has_expired_and_stays_in_use() {
    let place = Place::new();
    let certificates = place.open(&[], now()).unwrap();
    let (own, pem, key) = own_certificate("cam.example.com");
    std::fs::write(place.path("cert.pem"), pem).unwrap();
    std::fs::write(place.path("key.pem"), key).unwrap();
    assert!(certificates.refresh_at(&[], "kitchen", now()).unwrap());
    let much_later = now() + Duration::from_hours(3000 * 365 * 24);
    let error = certificates.refresh_at(&[], "kitchen", much_later).unwrap_err().to_string();
    assert!(error.contains("has expired"), "{error}");
    assert_eq!(served(&certificates), own);
}

#[test]
fn what_is_wrong_with_the_operator_s_own_certificate_is_said() {
    let place = Place::new();
    place.open(&[], now()).unwrap();
    let (_, pem, key) = own_certificate("cam.example.com");
    let try_files = |certificate: &str, key: &str| {
        std::fs::write(place.path("cert.pem"), certificate).unwrap();
        std::fs::write(place.path("key.pem"), key).unwrap();
        place.error()
    };
    for (certificate, key, why) in [
        ("", key.as_str(), "cert.pem holds no certificate"),
        (&pem, "", "key.pem holds no key"),
        (&pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "password"),
        ("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", &key, "cert.pem cannot be understood"),
    ] {
        let error = try_files(certificate, key);
        assert!(error.contains(why) && error.contains("or delete both"), "{why}: {error}");
    }
}

#[test]
fn the_profile_holds_the_authority() {
    use base64::Engine;
    let place = Place::new();
    let certificates = place.open(&[], now()).unwrap();
    let profile = certificates.mobileconfig().unwrap();
    let data = profile.split("<data>").nth(1).unwrap().split("</data>").next().unwrap();
    let der = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
    assert_eq!(Some(der), certificates.authority_der());
    assert!(profile.contains("<string>Framekeep on kitchen "), "{profile}");
}

#[test]
fn the_host_name_of_this_computer_can_stand_in_a_certificate() {
    let name = host_name();
    assert!(!name.contains('.') && name.len() <= 63, "{name}");
}
