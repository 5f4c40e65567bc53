//! The settings in memory and on disk.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::bus::{Bus, Happening};
use crate::config::Settings;

/// Why settings could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there and cannot be read.
    #[error("failed to read {path}: {source}; check its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what settings look like.
    #[error("failed to understand {path}: {message}; correct it, or delete it to start with the defaults")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// The file cannot be written.
    #[error("failed to write {path}: {source}; the change holds until the program ends")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The settings as they are now. Reading is free of locks; each change is written before it is told.
pub struct SettingsStore {
    path: PathBuf,
    current: ArcSwap<Settings>,
    /// What the file should hold: the current settings without those of the command line.
    file: Mutex<File>,
    bus: Bus,
}

struct File {
    settings: Settings,
    /// Whether it does.
    written: bool,
}

impl SettingsStore {
    /// Reads the file; where there is none, the defaults hold.
    ///
    /// # Errors
    /// [`SettingsError`] when the file is there and cannot be used.
    pub fn open(path: PathBuf, bus: Bus) -> Result<Self, SettingsError> {
        let settings = read(&path)?;
        let file = Mutex::new(File { settings: settings.clone(), written: true });
        Ok(Self { path, current: ArcSwap::from_pointee(settings), file, bus })
    }

    /// The settings as they are now.
    #[must_use]
    pub fn get(&self) -> Arc<Settings> {
        self.current.load_full()
    }

    /// Changes the settings in memory only, as options of the command line do: they hold until the program ends.
    pub fn override_with(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.get()).clone();
        change(&mut settings);
        self.current.store(Arc::new(settings));
    }

    /// Changes the settings, in memory at once and then on disk, and tells it.
    ///
    /// # Errors
    /// [`SettingsError::Write`]; the change holds in memory all the same.
    pub fn update(&self, change: impl Fn(&mut Settings)) -> Result<(), SettingsError> {
        // A writer that panicked left the copy of the file as it was or as it should be; both are whole.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut settings = (*self.get()).clone();
        change(&mut settings);
        if settings != *self.get() {
            self.current.store(Arc::new(settings));
            self.bus.tell(Happening::Settings);
        }
        let mut wanted = file.settings.clone();
        change(&mut wanted);
        if file.written && wanted == file.settings {
            return Ok(());
        }
        // A change that cannot be written now is written with the next one.
        *file = File { settings: wanted, written: false };
        write(&self.path, &file.settings).map_err(|source| SettingsError::Write { path: self.path.clone(), source })?;
        file.written = true;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Settings, SettingsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|error| error.to_string().replace('\n', " "))
            .and_then(|settings: Settings| settings.check().map(|()| settings))
            .map_err(|message| SettingsError::Parse { path: path.to_owned(), message }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(source) => Err(SettingsError::Read { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, settings: &Settings) -> std::io::Result<()> {
    let text = toml::to_string_pretty(settings).map_err(std::io::Error::other)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_on_disk_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let bus = Bus::default();
        let mut listener = bus.listen();
        let store = SettingsStore::open(path.clone(), bus).unwrap();
        store.update(|settings| settings.camera_on = false).unwrap();
        assert!(matches!(*listener.try_recv().unwrap(), Happening::Settings));
        assert!(!SettingsStore::open(path, Bus::default()).unwrap().get().camera_on);
    }

    #[test]
    fn options_of_the_command_line_are_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let store = SettingsStore::open(path.clone(), Bus::default()).unwrap();
        store.override_with(|settings| settings.save_dir = Some("elsewhere".into()));
        store.update(|settings| settings.camera_on = false).unwrap();
        assert_eq!(store.get().save_dir, Some("elsewhere".into()));
        let file = SettingsStore::open(path, Bus::default()).unwrap().get();
        assert_eq!((file.save_dir.as_ref(), file.camera_on), (None, false));
    }

    #[test]
    fn a_broken_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "camera_on = perhaps").unwrap();
        let Err(error) = SettingsStore::open(path.clone(), Bus::default()) else { panic!("accepted") };
        assert!(error.to_string().contains("settings.toml"), "{error}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "camera_on = perhaps");
    }

    #[test]
    fn a_change_that_cannot_be_written_holds_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = SettingsStore::open(folder.path().join("gone/settings.toml"), Bus::default()).unwrap();
        assert!(store.update(|settings| settings.camera_on = false).is_err());
        assert!(!store.get().camera_on);
        std::fs::create_dir(folder.path().join("gone")).unwrap();
        store.update(|settings| settings.save_dir = Some("frames".into())).unwrap();
        let file = SettingsStore::open(folder.path().join("gone/settings.toml"), Bus::default()).unwrap().get();
        assert!(!file.camera_on, "it is written with the next change");
    }
}
