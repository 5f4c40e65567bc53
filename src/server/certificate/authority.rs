//! The local authority: vouches for this computer towards phones that were told to trust it.
//!
//! What it can vouch for is written into it (name constraints, RFC 5280 section 4.2.1.10) and is never widened: whoever
//! steals its key can pretend to be a machine in the same network, but no site on the Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{CertificateError, files};

/// Ten years.
const LIFETIME: Duration = Duration::from_hours(24 * 3652);
/// An authority that ends within this is replaced at the next start; phones have to trust the new one.
const LAST_DAYS: Duration = Duration::from_hours(24 * 30);
/// 2026-01-01. A computer without a clock of its own may believe in 1970 at its first start, and an authority whose ten
/// years began then would be over when it learns the time.
const EARLIEST_START: Duration = Duration::from_hours(24 * 20_454);

/// Networks that never lead to the Internet (RFC 1918, 1122, 3927, 6598, 4193, 4291; for laboratories and virtual machines
/// also RFC 2544 and 5737), with the length of their prefix.
const NETWORKS: [(IpAddr, u8); 13] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(Ipv4Addr::new(198, 18, 0, 0)), 15),
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 0)), 24),
    (IpAddr::V4(Ipv4Addr::new(198, 51, 100, 0)), 24),
    (IpAddr::V4(Ipv4Addr::new(203, 0, 113, 0)), 24),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
];
/// The computer's bare name is not among these: it may be a name at the top of the Internet (`dev`, `app`), and then the
/// authority could vouch for every site below.
const DOMAINS: [&str; 2] = ["localhost", "local"];

/// Whether the local authority can vouch for an address. Public addresses are not in the certificate: a phone that
/// reaches this computer by one sees a warning, whatever it trusts.
#[must_use]
pub fn covers(address: IpAddr) -> bool {
    let address = address.to_canonical();
    NETWORKS.iter().any(|(network, prefix)| match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(*prefix)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(*prefix)
        }
        _ => false,
    })
}

/// Where the authority's certificate lies.
pub fn certificate_path(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

fn key_path(folder: &Path) -> PathBuf {
    folder.join("authority-key.pem")
}

/// The authority and its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    name: String,
    der: CertificateDer<'static>,
    pem: String,
    ends: SystemTime,
}

impl Authority {
    /// The authority in `folder`, or a new one when there is none or its ten years are over.
    pub fn read_or_make(folder: &Path, host: &str, now: SystemTime) -> Result<Self, CertificateError> {
        let certificate = files::read(&certificate_path(folder))?;
        let key = files::read(&key_path(folder))?;
        let Some(certificate) = certificate else {
            // A key alone is left when the program was stopped between the two files: nobody trusts it yet.
            return Self::make(folder, host, now);
        };
        let damaged = |why: String| CertificateError::Authority { folder: folder.to_owned(), why };
        let key = key.ok_or_else(|| damaged("authority-key.pem is missing".to_owned()))?;
        let authority = Self::from_files(&certificate, &key).map_err(damaged)?;
        if authority.lasts(now) {
            return Ok(authority);
        }
        tracing::warn!("the local authority has come to its end; a new one is made, and phones have to trust it");
        Self::make(folder, host, now)
    }

    /// Whether it is far enough from its end.
    pub fn lasts(&self, now: SystemTime) -> bool {
        now + LAST_DAYS < self.ends
    }

    /// What people see in the list of authorities on their phone.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Signs a certificate.
    pub fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Result<rcgen::Certificate, CertificateError> {
        params.signed_by(key, &self.issuer).map_err(|error| CertificateError::Make(error.to_string()))
    }

    fn make(folder: &Path, host: &str, now: SystemTime) -> Result<Self, CertificateError> {
        let failed = |error: rcgen::Error| CertificateError::Make(error.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        let params = params(&name(host, &key), now);
        let certificate = params.self_signed(&key).map_err(failed)?;
        files::write(&key_path(folder), key.serialize_pem().as_bytes())?;
        files::write(&certificate_path(folder), certificate.pem().as_bytes())?;
        Self::from_files(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).map_err(CertificateError::Make)
    }

    fn from_files(certificate: &[u8], key: &[u8]) -> Result<Self, String> {
        let der = CertificateDer::from_pem_slice(certificate)
            .map_err(|error| format!("authority.pem holds no certificate ({error})"))?;
        let key = std::str::from_utf8(key)
            .map_err(|error| error.to_string())
            .and_then(|pem| KeyPair::from_pem(pem).map_err(|error| error.to_string()));
        let key = key.map_err(|error| format!("authority-key.pem holds no key ({error})"))?;
        let (_, parsed) =
            X509Certificate::from_der(&der).map_err(|error| format!("authority.pem holds no certificate ({error})"))?;
        if parsed.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
            return Err("the key is not that of the certificate".to_owned());
        }
        if !parsed.is_ca() {
            return Err("authority.pem is not the certificate of an authority".to_owned());
        }
        let name = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        let name = name.ok_or("the authority has no name")?.to_owned();
        let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let ends = UNIX_EPOCH + Duration::from_secs(ends);
        // Only the name and the way to number the key enter the certificates that it signs; both are as when it was made.
        let issuer = Issuer::new(params(&name, UNIX_EPOCH), key);
        let pem = String::from_utf8_lossy(certificate).into_owned();
        Ok(Self { issuer, name, der, pem, ends })
    }
}

fn params(name: &str, now: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // Nobody is to vouch in its name, and it vouches for servers only: not for mail, not for programs.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints { permitted_subtrees: permitted(), excluded_subtrees: Vec::new() });
    let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let start = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = start + since_1970.min(EARLIEST_START);
    params.not_after = start + since_1970.max(EARLIEST_START) + LIFETIME;
    params
}

fn permitted() -> Vec<GeneralSubtree> {
    let networks = NETWORKS.iter().map(|(network, prefix)| CidrSubnet::from_addr_prefix(*network, *prefix));
    let domains = DOMAINS.iter().map(|domain| GeneralSubtree::DnsName((*domain).to_owned()));
    domains.chain(networks.map(GeneralSubtree::IpAddress)).collect()
}

/// Names the computer, so that people know what they trust, and gives it a number: two authorities of one name would be
/// mixed up by phones and browsers. The number is decimal, so that nobody takes it for the digits of the fingerprint.
fn name(host: &str, key: &KeyPair) -> String {
    let digest = Sha256::digest(key.public_key_raw());
    let number = u16::from_be_bytes([digest[0], digest[1]]);
    if host.is_empty() { format!("Framekeep no. {number}") } else { format!("Framekeep on {host} no. {number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_covered_and_public_ones_are_not() {
        for address in
            ["10.1.2.3", "172.31.0.1", "192.168.178.20", "127.0.0.1", "169.254.9.9", "100.100.1.1", "192.0.2.2", "::1"]
        {
            assert!(covers(address.parse().unwrap()), "{address}");
        }
        for address in ["fd00::1", "fe80::1234", "::ffff:192.168.1.1"] {
            assert!(covers(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1", "::2", "::ffff:1.1.1.1"] {
            assert!(!covers(address.parse().unwrap()), "{address}");
        }
    }
}
