//! Keys and certificates on disk: private, and written whole.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::CertificateError;
use crate::config;

/// Makes the folder, and makes it readable by its owner alone, also where it was there before.
pub fn make_private_folder(folder: &Path) -> Result<(), CertificateError> {
    config::make_private(folder).map_err(|source| CertificateError::Write { path: folder.to_owned(), source })
}

/// The bytes of a file; `None` when there is none.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, CertificateError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CertificateError::Read { path: path.to_owned(), source }),
    }
}

/// Writes a file that its owner alone can read, whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CertificateError> {
    write_whole(path, bytes).map_err(|source| CertificateError::Write { path: path.to_owned(), source })
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A temporary file is made with mode 0600, and keeps it under its final name.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
