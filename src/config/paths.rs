//! Where things live on this computer.

use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

/// The folders of one instance of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Settings, keys, certificates, devices. Made readable by the operator alone; one that was there keeps its rights, and
    /// what is secret lies in private folders in it.
    pub data_dir: PathBuf,
    /// Where frames are kept unless the operator chose a folder.
    pub default_save_dir: PathBuf,
}

/// Why no folder could be found or made.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// The system does not say where the user's home is.
    #[error("no home folder is known for this user; name one with --data-dir")]
    NoHome,
    /// It could not be made or made private.
    #[error("failed to prepare the folder {path}: {source}; choose another with --data-dir")]
    Prepare {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was there, and is open to everybody on this computer.
    #[error(
        "everybody on this computer may write in {0}; choose a folder of your own, or one that is not there yet, with --data-dir"
    )]
    Open(PathBuf),
}

impl Paths {
    /// The platform's own folders, or a private instance in `data_dir`. Makes the data folder, readable by its owner alone,
    /// where it is missing; one that is there may be somebody's whole home or `/srv`, so its rights are left as they are.
    ///
    /// # Errors
    /// [`PathError`] when there is no home, or the folder cannot be made or is open to everybody.
    pub fn find(data_dir: Option<&Path>) -> Result<Self, PathError> {
        let data_dir = match data_dir {
            Some(dir) => {
                std::path::absolute(dir).map_err(|source| PathError::Prepare { path: dir.to_owned(), source })?
            }
            None => ProjectDirs::from("", "", "Framekeep").ok_or(PathError::NoHome)?.data_dir().to_owned(),
        };
        if is_open(&data_dir) {
            return Err(PathError::Open(data_dir));
        }
        let make = if data_dir.is_dir() { Ok(()) } else { make_private(&data_dir) };
        make.map_err(|source| PathError::Prepare { path: data_dir.clone(), source })?;
        let default_save_dir = checkout_save_dir().unwrap_or_else(|| pictures_dir(&data_dir));
        Ok(Self { data_dir, default_save_dir })
    }

    /// `settings.toml`.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.data_dir.join("settings.toml")
    }

    /// The local authority, the certificates and their keys.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.data_dir.join("certificates")
    }

    /// Paired devices and scripts' tokens.
    #[must_use]
    pub fn access(&self) -> PathBuf {
        self.data_dir.join("access")
    }

    /// Frames that wait because the save folder cannot be written.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.data_dir.join("spool")
    }
}

/// `saved_frames/` of the checkout that the program is started in.
fn checkout_save_dir() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find_map(|dir| {
        let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).ok()?;
        let ours = manifest.lines().any(|line| line.trim() == "name = \"framekeep\"");
        (ours && dir.join("saved_frames").is_dir()).then(|| dir.join("saved_frames"))
    })
}

fn pictures_dir(data_dir: &Path) -> PathBuf {
    let users = UserDirs::new();
    users
        .as_ref()
        .and_then(|dirs| dirs.picture_dir().map(Path::to_owned).or_else(|| Some(dirs.home_dir().to_owned())))
        .map_or_else(|| data_dir.join("frames"), |dir| dir.join("Framekeep"))
}

/// Whether everybody may exchange what lies in a folder, keys and devices too.
#[cfg(unix)]
fn is_open(dir: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(dir).is_ok_and(|there| there.is_dir() && there.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_open(_dir: &Path) -> bool {
    false
}

/// Makes a folder that its owner alone can read, and makes one that is there already so.
///
/// # Errors
/// What the system says.
pub fn make_private(dir: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    std::fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_data_folder_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(&root.path().join("a/b"))).unwrap();
        let mode = std::fs::metadata(&paths.data_dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_that_was_there_keeps_its_rights_and_one_that_is_open_to_all_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        for (mode, refused) in [(0o755, false), (0o750, false), (0o1777, true)] {
            std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let found = Paths::find(Some(root.path()));
            assert_eq!(matches!(found, Err(PathError::Open(_))), refused, "{mode:o}");
            assert_eq!(std::fs::metadata(root.path()).unwrap().permissions().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn inside_a_checkout_frames_go_to_its_saved_frames() {
        // Tests run with the checkout as current folder.
        let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("saved_frames");
        assert_eq!(checkout_save_dir(), Some(expected));
    }
}
