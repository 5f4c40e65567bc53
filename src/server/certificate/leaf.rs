//! The certificate of this computer, signed by the local authority.
//!
//! It is made again when the computer has an address that it does not name, and before its end. Otherwise it is kept: a
//! person who has clicked through a browser's warning would see the warning again for another certificate.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::authority::{Authority, covers};
use super::{CertificateError, files};

const DAY: Duration = Duration::from_hours(24);
/// A phone's clock may be behind ours.
const BEFORE: Duration = DAY;
/// With the day before, 397 days: the most that browsers take from public authorities (iOS takes 825 from private ones).
const AFTER: Duration = Duration::from_hours(24 * 396);
/// It is made again when it has less than this to go.
const LAST_DAYS: Duration = Duration::from_hours(24 * 30);
/// Most addresses of the past that are named on, so that a computer that travels between two networks keeps one certificate.
const MAX_OLD_ADDRESSES: usize = 32;

/// What a certificate has to name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    hosts: BTreeSet<String>,
    /// Those that the computer has first, then those that it had, the latest first: the order is kept in the certificate.
    addresses: Vec<IpAddr>,
}

impl Names {
    /// `localhost`, `<host>.local`, the loopback addresses and those of `addresses` that the authority can vouch for.
    pub fn of_this_computer(host: &str, addresses: &[IpAddr]) -> Self {
        let own = (!host.is_empty() && host != "localhost").then(|| format!("{host}.local"));
        let hosts = own.into_iter().chain(["localhost".to_owned()]).collect();
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let addresses = loopback.into_iter().chain(addresses.iter().map(IpAddr::to_canonical));
        let mut names = Self { hosts, addresses: Vec::new() };
        names.add(addresses.filter(|address| covers(*address)));
        names
    }

    /// The host names alone.
    pub fn into_hosts(self) -> Vec<String> {
        self.hosts.into_iter().collect()
    }

    /// What a certificate names.
    pub fn of_certificate(der: &[u8]) -> Self {
        let mut names = Self::default();
        let Ok((_, parsed)) = X509Certificate::from_der(der) else { return names };
        let Ok(Some(alternatives)) = parsed.subject_alternative_name() else { return names };
        for name in &alternatives.value.general_names {
            match name {
                GeneralName::DNSName(host) => drop(names.hosts.insert((*host).to_owned())),
                GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        names
    }

    fn contains(&self, other: &Self) -> bool {
        self.hosts.is_superset(&other.hosts) && other.addresses.iter().all(|address| self.addresses.contains(address))
    }

    /// These, and the latest that `old` named.
    fn with_old(mut self, old: &Self) -> Self {
        let now = self.addresses.len();
        self.add(old.addresses.iter().copied().filter(|address| covers(*address)));
        self.addresses.truncate(now + MAX_OLD_ADDRESSES);
        self
    }

    fn add(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        for address in addresses {
            if !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
    }

    fn for_tls(&self) -> impl Iterator<Item = ServerName<'static>> {
        let hosts = self.hosts.iter().filter_map(|host| ServerName::try_from(host.clone()).ok());
        hosts.chain(self.addresses.iter().map(|address| ServerName::from(*address)))
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}

/// The certificate of this computer and its key.
pub struct Leaf {
    key: Arc<CertifiedKey>,
    names: Names,
    ends: SystemTime,
}

impl Leaf {
    /// The certificate in `folder` if it still serves, else a new one. A damaged one is replaced without a word: nobody
    /// has to trust it by itself.
    pub fn read_or_make(
        folder: &Path,
        authority: &Authority,
        names: &Names,
        now: SystemTime,
    ) -> Result<Self, CertificateError> {
        let old = Self::read(folder)?;
        if let Some(old) = old.as_ref().filter(|old| old.serves(authority, names, now)) {
            return Ok(Self { key: Arc::clone(&old.key), names: old.names.clone(), ends: old.ends });
        }
        let names = names.clone().with_old(&old.map(|old| old.names).unwrap_or_default());
        let made = Self::make(folder, authority, &names, now)?;
        // What we would not believe ourselves, no phone will.
        made.verify(authority, &names, now).map_err(CertificateError::Make)?;
        tracing::info!("made a certificate for {} addresses of this computer", names.addresses.len());
        Ok(made)
    }

    pub fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// Whether a browser that trusts the authority would take it under all these names for another month.
    pub fn serves(&self, authority: &Authority, names: &Names, now: SystemTime) -> bool {
        now + LAST_DAYS < self.ends && self.names.contains(names) && self.verify(authority, names, now).is_ok()
    }

    fn read(folder: &Path) -> Result<Option<Self>, CertificateError> {
        let (certificate, key) = (files::read(&certificate_path(folder))?, files::read(&key_path(folder))?);
        Ok(certificate.zip(key).and_then(|(certificate, key)| Self::from_files(&certificate, &key).ok()))
    }

    fn make(folder: &Path, authority: &Authority, names: &Names, now: SystemTime) -> Result<Self, CertificateError> {
        let failed = |error: rcgen::Error| CertificateError::Make(error.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = authority.sign(&params(names, now).map_err(failed)?, &key)?;
        files::write(&key_path(folder), key.serialize_pem().as_bytes())?;
        files::write(&certificate_path(folder), certificate.pem().as_bytes())?;
        Self::from_files(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).map_err(CertificateError::Make)
    }

    fn from_files(certificate: &[u8], key: &[u8]) -> Result<Self, String> {
        let der = CertificateDer::from_pem_slice(certificate).map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| error.to_string())?;
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|error| error.to_string())?;
        let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let names = Names::of_certificate(&der);
        let key =
            CertifiedKey::from_der(vec![der], key, &ring::default_provider()).map_err(|error| error.to_string())?;
        Ok(Self { key: Arc::new(key), names, ends: UNIX_EPOCH + Duration::from_secs(ends) })
    }

    /// Checks it as a browser does.
    fn verify(&self, authority: &Authority, names: &Names, now: SystemTime) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).map_err(|error| error.to_string())?;
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| error.to_string())?;
        let certificate = self.key.end_entity_cert().map_err(|error| error.to_string())?;
        let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        for name in names.for_tls() {
            verifier
                .verify_server_cert(certificate, &[], &name, &[], now)
                .map_err(|error| format!("{}: {error}", name.to_str()))?;
        }
        Ok(())
    }
}

fn certificate_path(folder: &Path) -> PathBuf {
    folder.join("server.pem")
}

fn key_path(folder: &Path) -> PathBuf {
    folder.join("server-key.pem")
}

pub(super) fn params(names: &Names, now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Framekeep");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    for host in &names.hosts {
        params.subject_alt_names.push(SanType::DnsName(host.as_str().try_into()?));
    }
    params.subject_alt_names.extend(names.addresses.iter().map(|address| SanType::IpAddress(*address)));
    let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let start = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = start + since_1970.saturating_sub(BEFORE);
    params.not_after = start + since_1970 + AFTER;
    Ok(params)
}
