//! The operator's own certificate: `cert.pem` (the chain, the server's first) and `key.pem`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{CertificateError, files};

/// The operator's certificate, and how its files were when it was read.
pub struct Own {
    key: Arc<CertifiedKey>,
    der: CertificateDer<'static>,
    ends: SystemTime,
    stamps: [Stamp; 2],
}

/// Size and time of change of a file; `None` when it is not there.
type Stamp = Option<(u64, Option<SystemTime>)>;

impl Own {
    /// The certificate in `folder`; `None` when neither file is there.
    pub fn read(folder: &Path) -> Result<Option<Self>, CertificateError> {
        let unusable = |why: String| CertificateError::Own { folder: folder.to_owned(), why };
        // Taken before the files are read: what changes in between is read again by the next look.
        let stamps = stamps(folder);
        let [certificate_path, key_path] = paths(folder);
        match (files::read(&certificate_path)?, files::read(&key_path)?) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(unusable("key.pem is missing".to_owned())),
            (None, Some(_)) => Err(unusable("cert.pem is missing".to_owned())),
            (Some(certificate), Some(key)) => {
                let (der, key) = understand(&certificate, &key).map_err(unusable)?;
                let ends = ends(&der).map_err(unusable)?;
                Ok(Some(Self { key: Arc::new(key), der, ends, stamps }))
            }
        }
    }

    /// Whether the operator has put a certificate, or half of one, into the folder.
    pub fn is_placed(folder: &Path) -> bool {
        paths(folder).iter().any(|path| path.exists())
    }

    /// Whether the files are as they were when they were read.
    pub fn is_current(&self, folder: &Path) -> bool {
        self.stamps == stamps(folder)
    }

    /// An error once it has ended: phones refuse it then, and only the operator can bring another.
    pub fn lasts(&self, folder: &Path, now: SystemTime) -> Result<(), CertificateError> {
        if now < self.ends {
            return Ok(());
        }
        Err(CertificateError::Own { folder: folder.to_owned(), why: "it has expired".to_owned() })
    }

    pub fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }
}

fn understand(certificate: &[u8], key: &[u8]) -> Result<(CertificateDer<'static>, CertifiedKey), String> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("cert.pem cannot be understood ({error})"))?;
    let first = chain.first().cloned().ok_or("cert.pem holds no certificate")?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        rustls_pki_types::pem::Error::NoItemsFound => {
            "key.pem holds no key that is not protected by a password".to_owned()
        }
        error => format!("key.pem cannot be understood ({error})"),
    })?;
    let key = CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|error| format!("cert.pem and key.pem do not fit each other ({error})"))?;
    Ok((first, key))
}

fn ends(certificate: &[u8]) -> Result<SystemTime, String> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|error| format!("cert.pem cannot be understood ({error})"))?;
    let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    Ok(UNIX_EPOCH + Duration::from_secs(ends))
}

fn paths(folder: &Path) -> [PathBuf; 2] {
    [folder.join("cert.pem"), folder.join("key.pem")]
}

fn stamps(folder: &Path) -> [Stamp; 2] {
    paths(folder).map(|path| std::fs::metadata(path).ok().map(|meta| (meta.len(), meta.modified().ok())))
}
