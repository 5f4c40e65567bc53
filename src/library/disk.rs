//! What the disk is asked: room, identity, and files that appear whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::library::place::{MAX_COPIES, Place};

/// Folders whose entries changed and are not yet flushed.
pub(super) type Unflushed = BTreeSet<PathBuf>;

/// The number of a disk, and the number of a folder on it.
pub(super) type Identity = (u64, u64);

/// Writes a frame below `root` under a free name, and gives the name that it got. The file is flushed before it gets its
/// name; the folders that hold the name are flushed by [`flush`], which the caller does once for many frames.
///
/// A file of that name with the same bytes is the same frame: it is left as it is. `root` itself is never made, as a
/// folder that is gone may be a disk that is unplugged.
pub(super) fn put(
    root: &Path,
    temporary: &Path,
    mut place: Place,
    bytes: &[u8],
    unflushed: &mut Unflushed,
) -> io::Result<Place> {
    let mut file = temporary_file(temporary)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    let mut folders_made = false;
    loop {
        let path = place.path(root);
        let Err(error) = file.persist_noclobber(&path) else {
            unflushed.extend(path.parent().map(Path::to_owned));
            return Ok(place);
        };
        file = error.file;
        match error.error.kind() {
            io::ErrorKind::NotFound if !folders_made => {
                make_folders(root, &place, unflushed)?;
                folders_made = true;
            }
            io::ErrorKind::AlreadyExists if same_content(&path, bytes) => {
                unflushed.extend(path.parent().map(Path::to_owned));
                return Ok(place);
            }
            io::ErrorKind::AlreadyExists if place.copy < MAX_COPIES => place.copy += 1,
            _ => return Err(error.error),
        }
    }
}

/// Writes a file that may be lost by a power cut but is never seen in part.
pub(super) fn put_unflushed(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_file(temporary)?;
    file.write_all(bytes)?;
    match file.persist(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::NotFound => {
            // Thumbnails lie one folder deep in a folder that is there.
            fs::create_dir(path.parent().unwrap_or(path)).or_else(only_if_not_there)?;
            error.file.persist(path)?;
            Ok(())
        }
        Err(error) => Err(error.error),
    }
}

/// Gives a file another place on the same disk unless something is there. The folder of `to` is made, but not its parent.
pub(super) fn move_without_overwriting(from: &Path, to: &Path) -> io::Result<()> {
    fs::symlink_metadata(from)?;
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    tempfile::TempPath::try_from_path(from)?.persist_noclobber(to).map_err(|error| {
        // The guard would remove the file when it goes out of scope.
        let _ = error.path.keep();
        error.error
    })
}

/// Flushes the entries of folders, so that the names in them outlive a power cut.
pub(super) fn flush(unflushed: &mut Unflushed) -> io::Result<()> {
    while let Some(folder) = unflushed.pop_last() {
        flush_folder(&folder)?;
    }
    Ok(())
}

/// Whether a file can be made, written, flushed and removed here, with room for `bytes`.
pub(super) fn try_writing(temporary: &Path, bytes: usize) -> io::Result<()> {
    let mut file = temporary_file(temporary)?;
    file.write_all(&vec![0x5a; bytes])?;
    file.as_file().sync_data()?;
    file.close()
}

/// Makes a folder whose parent must be there; one that is there already is fine.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path).or_else(only_if_not_there)
}

/// The errors that mean that there is no room left.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Free bytes for this user on the disk of `path`; `None` where the system does not tell.
#[cfg(unix)]
#[must_use]
pub fn free_bytes(path: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero byte and the pointer is to memory of the right type, both alive during the call.
    let done = unsafe { libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) };
    if done != 0 {
        return None;
    }
    // SAFETY: the call succeeded and has filled the whole structure.
    let stat = unsafe { stat.assume_init() };
    #[cfg_attr(target_os = "linux", expect(clippy::useless_conversion, reason = "32 bits wide on other systems"))]
    Some(u64::from(stat.f_bavail) * u64::from(stat.f_frsize))
}

/// Free bytes for this user on the disk of `path`; `None` where the system does not tell.
#[cfg(not(unix))]
#[must_use]
pub fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

/// The disk and the number of a folder: the same as long as it is the same folder.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().filter(fs::Metadata::is_dir).map(|meta| (meta.dev(), meta.ino()))
}

/// The disk and the number of a folder; only whether it is there where the system tells no more.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    path.is_dir().then_some((0, 0))
}

fn temporary_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("new-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As readable as any file that a program makes: the system takes its mask off.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn make_folders(root: &Path, place: &Place, unflushed: &mut Unflushed) -> io::Result<()> {
    let user = root.join(place.user.as_str());
    make_folder(&user)?;
    make_folder(&user.join(place.day()))?;
    unflushed.insert(root.to_owned());
    unflushed.insert(user);
    Ok(())
}

fn same_content(path: &Path, bytes: &[u8]) -> bool {
    let same_length = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == bytes.len() as u64);
    same_length && fs::read(path).is_ok_and(|there| there == bytes)
}

fn only_if_not_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    let opened = match File::open(folder) {
        // One that may be written and not read; its names are on disk as soon as the system writes them by itself.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        opened => opened?,
    };
    match opened.sync_all() {
        // Some network file systems do not flush folders on request; they write them at once.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

#[cfg(not(unix))]
fn flush_folder(folder: &Path) -> io::Result<()> {
    // Windows flushes entries with the files themselves and lets nobody open a folder for it.
    File::open(folder.join(".")).map(drop).or(Ok(()))
}
