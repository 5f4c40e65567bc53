//! The certificate by which a phone knows this computer, and the local authority that a phone can be told to trust.
//!
//! At the first start a small authority is made that can vouch for private addresses, `localhost` and `.local` names and
//! for nothing else, so that trusting it risks nothing on the Internet. It signs a certificate for the addresses of this
//! computer, and signs another when these change. The operator's own `cert.pem` and `key.pem` in the same folder win.
//! It knows nothing of requests and pages.

mod authority;
mod files;
mod leaf;
mod own;
mod phrase;
mod profile;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use authority::Authority;
use leaf::{Leaf, Names};
use own::Own;

pub use authority::covers;

/// Why there is no certificate. Each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file or the folder cannot be read.
    #[error("failed to read {path}: {source}; check its permissions")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or the folder cannot be written.
    #[error("failed to write {path}: {source}; check the permissions of the folder and the room on the disk")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The local authority's files do not fit each other or cannot be understood.
    #[error(
        "failed to use the local authority in {folder}: {why}; delete authority.pem and authority-key.pem there, then a \
         new authority is made and phones have to trust it again"
    )]
    Authority {
        /// The folder of certificates.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The operator's own certificate cannot be used.
    #[error("failed to use your own certificate in {folder}: {why}; correct cert.pem and key.pem, or delete both")]
    Own {
        /// The folder of certificates.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A certificate could not be made.
    #[error("failed to make a certificate: {0}; report this as a fault of Framekeep")]
    Make(String),
}

/// The certificate in use, exchanged while the server runs.
pub struct Certificates {
    folder: PathBuf,
    in_use: Mutex<InUse>,
    shown: Arc<Shown>,
    config: Arc<ServerConfig>,
    about: ArcSwap<About>,
}

/// Where the certificate in use comes from.
enum InUse {
    Own(Own),
    Local(Box<Local>),
}

struct Local {
    authority: Authority,
    leaf: Leaf,
}

/// What pages and windows tell about the certificate.
struct About {
    phrase: String,
    digits: String,
    /// The authority, when it is ours.
    authority: Option<AuthorityFile>,
}

struct AuthorityFile {
    name: String,
    der: Vec<u8>,
    pem: String,
}

impl About {
    fn of(der: &[u8], authority: Option<AuthorityFile>) -> Self {
        let fingerprint = profile::fingerprint(der);
        Self { phrase: phrase::phrase(&fingerprint), digits: profile::digits(&fingerprint), authority }
    }
}

impl Certificates {
    /// Reads the certificates in `folder`, or makes them for these addresses of this computer. The folder and the keys in
    /// it are readable by the operator alone; the authority's key never leaves it.
    ///
    /// # Errors
    /// [`CertificateError`] when files are damaged or cannot be read or written.
    pub fn open(folder: &Path, addresses: &[IpAddr]) -> Result<Self, CertificateError> {
        Self::open_at(folder, addresses, &host_name(), SystemTime::now())
    }

    fn open_at(folder: &Path, addresses: &[IpAddr], host: &str, now: SystemTime) -> Result<Self, CertificateError> {
        files::make_private_folder(folder)?;
        let names = Names::of_this_computer(host, addresses);
        let in_use = load(folder, &names, host, now)?;
        let shown = Arc::new(Shown(ArcSwap::from(in_use.key())));
        let config = server_config(Arc::clone(&shown))?;
        let about = ArcSwap::from_pointee(in_use.about());
        Ok(Self { folder: folder.to_owned(), in_use: Mutex::new(in_use), shown, config, about })
    }

    /// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1. Always offers the certificate in use, also after a [`Self::refresh`].
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Makes or reads the certificate again where that is due: other addresses, its end is near, or the operator has
    /// placed, changed or removed a certificate of their own. Cheap when nothing is due; call it about once a minute.
    /// `true`: new connections get another certificate than before. On an error the old one stays in use; a certificate
    /// of the operator's that has ended is one.
    ///
    /// # Errors
    /// [`CertificateError`] as with [`Self::open`].
    pub fn refresh(&self, addresses: &[IpAddr]) -> Result<bool, CertificateError> {
        self.refresh_at(addresses, &host_name(), SystemTime::now())
    }

    fn refresh_at(&self, addresses: &[IpAddr], host: &str, now: SystemTime) -> Result<bool, CertificateError> {
        let names = Names::of_this_computer(host, addresses);
        // The value under the lock is exchanged as a whole, so a poisoned lock guards a usable one.
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        match &*in_use {
            InUse::Own(own) if own.is_current(&self.folder) => return own.lasts(&self.folder, now).map(|()| false),
            InUse::Local(local) if !Own::is_placed(&self.folder) && local.serves(&names, now) => return Ok(false),
            _ => {}
        }
        let fresh = load(&self.folder, &names, host, now)?;
        self.shown.0.store(fresh.key());
        self.about.store(Arc::new(fresh.about()));
        *in_use = fresh;
        Ok(true)
    }

    /// The first 64 bits of the SHA-256 fingerprint of the local authority (or of the operator's own certificate) as eight
    /// words: what people compare between the window and the phone, aloud if need be.
    #[must_use]
    pub fn phrase(&self) -> String {
        self.about.load().phrase.clone()
    }

    /// The same 64 bits as "3F2A 91BC 77D0 1E4C", to be found in the fingerprint that the phone itself shows of a
    /// certificate.
    #[must_use]
    pub fn digits(&self) -> String {
        self.about.load().digits.clone()
    }

    /// Whether the operator's own certificate is in use. There is no local authority to trust then.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.about.load().authority.is_none()
    }

    /// Host names that the certificate in use holds, wildcards as they are written there.
    #[must_use]
    pub fn host_names(&self) -> Vec<String> {
        let shown = self.shown.0.load();
        shown.end_entity_cert().map(|der| Names::of_certificate(der).into_hosts()).unwrap_or_default()
    }

    /// The name under which devices list the local authority.
    #[must_use]
    pub fn authority_name(&self) -> Option<String> {
        self.about.load().authority.as_ref().map(|authority| authority.name.clone())
    }

    /// The local authority as DER, as phones take it.
    #[must_use]
    pub fn authority_der(&self) -> Option<Vec<u8>> {
        self.about.load().authority.as_ref().map(|authority| authority.der.clone())
    }

    /// The local authority as PEM, as scripts take it (`curl --cacert`).
    #[must_use]
    pub fn authority_pem(&self) -> Option<String> {
        self.about.load().authority.as_ref().map(|authority| authority.pem.clone())
    }

    /// The local authority as a configuration profile, as iPhones take it.
    #[must_use]
    pub fn mobileconfig(&self) -> Option<String> {
        self.about.load().authority.as_ref().map(|authority| profile::profile(&authority.name, &authority.der))
    }

    /// Where the authority's certificate lies, for people who want to install it by hand.
    #[must_use]
    pub fn authority_path(&self) -> PathBuf {
        authority::certificate_path(&self.folder)
    }
}

fn load(folder: &Path, names: &Names, host: &str, now: SystemTime) -> Result<InUse, CertificateError> {
    if let Some(own) = Own::read(folder)? {
        return Ok(InUse::Own(own));
    }
    let authority = Authority::read_or_make(folder, host, now)?;
    let leaf = Leaf::read_or_make(folder, &authority, names, now)?;
    Ok(InUse::Local(Box::new(Local { authority, leaf })))
}

impl InUse {
    fn key(&self) -> Arc<CertifiedKey> {
        match self {
            Self::Own(own) => own.key(),
            Self::Local(local) => local.leaf.key(),
        }
    }

    fn about(&self) -> About {
        match self {
            Self::Own(own) => About::of(own.der(), None),
            Self::Local(local) => {
                let authority = &local.authority;
                let (name, der, pem) =
                    (authority.name().to_owned(), authority.der().to_vec(), authority.pem().to_owned());
                About::of(&der.clone(), Some(AuthorityFile { name, der, pem }))
            }
        }
    }
}

impl Local {
    fn serves(&self, names: &Names, now: SystemTime) -> bool {
        self.authority.lasts(now) && self.leaf.serves(&self.authority, names, now)
    }
}

/// Hands the certificate in use to each handshake.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn server_config(shown: Arc<Shown>) -> Result<Arc<ServerConfig>, CertificateError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| CertificateError::Make(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The computer's name without its domain, in lower case; empty where it is none that can stand in a certificate.
fn host_name() -> String {
    let full = system_host_name();
    let name = full.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let usable = plain && !name.starts_with('-') && !name.ends_with('-') && name.len() <= 63;
    if usable { name } else { String::new() }
}

#[cfg(unix)]
fn system_host_name() -> String {
    let mut buffer = [0_u8; 256];
    // SAFETY: the buffer is valid for writes of the length that is passed, and lives longer than the call.
    let status = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len()) };
    let end = buffer.iter().position(|b| *b == 0).unwrap_or(buffer.len());
    if status == 0 { String::from_utf8_lossy(&buffer[..end]).into_owned() } else { String::new() }
}

#[cfg(not(unix))]
fn system_host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests;
