//! Devices on disk: one file each, readable by the operator alone, and one file of when each was last seen.
//!
//! A device's file is written whole and renamed into its place. Deleting it, by us or by hand, locks the device out, so
//! the times last seen lie elsewhere: writing them must never bring a deleted file back.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::secret::{TokenHash, random_id};
use super::{AccessError, Device, DeviceId, Role};
use crate::config::make_private;
use crate::domain::{Timestamp, UserName};

/// A device and the hash of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub device: Device,
    pub hash: TokenHash,
}

/// How a device's file is written.
#[derive(Serialize, Deserialize)]
struct Stored {
    id: DeviceId,
    label: String,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserName>,
    paired_at: Timestamp,
    token_sha256: String,
}

/// What a look at the folder brought.
#[derive(Default)]
pub struct Listing {
    /// Every device that has a file that is, or was, in order.
    pub present: HashSet<DeviceId>,
    /// Those that were not known before.
    pub new: Vec<Known>,
}

/// The folder of devices.
pub struct Folder {
    dir: PathBuf,
    /// Files that cannot be read as devices, so that each is complained about once and not at every look.
    damaged: HashMap<DeviceId, SystemTime>,
}

impl Folder {
    /// Makes the folder, readable by its owner alone, where it is missing.
    pub fn open(dir: &Path) -> Result<Self, AccessError> {
        let folder = Self { dir: dir.to_owned(), damaged: HashMap::new() };
        make_private(&folder.devices()).map_err(|source| AccessError::Write { path: folder.devices(), source })?;
        Ok(folder)
    }

    /// The folder with one file a device.
    pub fn devices(&self) -> PathBuf {
        self.dir.join("devices")
    }

    /// Lists the devices and reads those that are not in `known`. Files that are no devices are named in the log. A folder
    /// that is not there holds no device: whoever deletes it means them all.
    pub fn list(&mut self, known: &HashSet<DeviceId>, limit: usize) -> Result<Listing, AccessError> {
        let failed = |source| AccessError::Read { path: self.dir.join("devices"), source };
        let mut listing = Listing::default();
        let mut unread = Vec::new();
        let entries = match std::fs::read_dir(self.devices()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(listing),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let Some(id) = id_of(&path) else { continue };
            if !known.contains(&id) {
                unread.push((id.clone(), path));
            }
            listing.present.insert(id);
        }
        let room = limit.saturating_sub(known.len());
        for (id, path) in unread {
            if listing.new.len() < room {
                listing.new.extend(self.read(&id, &path));
            }
        }
        Ok(listing)
    }

    /// Writes a device's file, new or in the place of the old one. A folder that was deleted meanwhile is made again.
    pub fn write(&self, known: &Known) -> Result<(), AccessError> {
        let device = &known.device;
        let stored = Stored {
            id: device.id.clone(),
            label: device.label.clone(),
            role: device.role,
            user: device.user.clone(),
            paired_at: device.paired_at,
            token_sha256: known.hash.to_hex(),
        };
        let path = self.path(&device.id);
        let written = make_private(&self.devices()).and_then(|()| write_whole(&path, &stored, true));
        written.map_err(|source| AccessError::Write { path, source })
    }

    /// Whether a device still has its file.
    pub fn holds(&self, id: &DeviceId) -> bool {
        self.path(id).exists()
    }

    /// Deletes a device's file. It is no error when it is gone already.
    pub fn remove(&self, id: &DeviceId) -> Result<(), AccessError> {
        let path = self.path(id);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(AccessError::Write { path, source }),
            _ => {
                // Without this a power cut could bring a revoked device back.
                sync_folder(&self.devices());
                Ok(())
            }
        }
    }

    /// When each device was last seen, as far as it was written down.
    pub fn seen(&self) -> BTreeMap<DeviceId, Timestamp> {
        // Nothing hangs on these times; where they cannot be read, the time of pairing is shown.
        std::fs::read(self.seen_path()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes down when each device was last seen.
    pub fn write_seen(&self, seen: &BTreeMap<DeviceId, Timestamp>) -> std::io::Result<()> {
        write_whole(&self.seen_path(), seen, false)
    }

    fn read(&mut self, id: &DeviceId, path: &Path) -> Option<Known> {
        let modified = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
        if self.damaged.get(id) == Some(&modified) {
            return None;
        }
        let known = std::fs::read(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
            .and_then(|stored| known(id, stored));
        match known {
            Ok(known) => {
                self.damaged.remove(id);
                Some(known)
            }
            Err(why) => {
                tracing::warn!("{} is no device: {why}; delete it and pair the device again", path.display());
                self.damaged.insert(id.clone(), modified);
                None
            }
        }
    }

    fn path(&self, id: &DeviceId) -> PathBuf {
        self.devices().join(format!("{id}.json"))
    }

    fn seen_path(&self) -> PathBuf {
        self.dir.join("last_seen.json")
    }
}

fn known(id: &DeviceId, stored: Stored) -> Result<Known, String> {
    if stored.id != *id {
        return Err("its name and the number inside differ".to_owned());
    }
    let hash = TokenHash::from_hex(&stored.token_sha256).ok_or("its hash is no SHA-256")?;
    let Stored { id, label, role, user, paired_at, .. } = stored;
    Ok(Known { device: Device { id, label, role, user, paired_at, last_seen: paired_at }, hash })
}

/// The device that a file belongs to: 16 hexadecimal digits and `.json`. Temporary and other files belong to none.
fn id_of(path: &Path) -> Option<DeviceId> {
    let id = path.file_name()?.to_str()?.strip_suffix(".json")?;
    let number = id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    number.then(|| DeviceId(id.to_owned()))
}

/// The number of this installation: 16 hexadecimal digits, no secret, made when it is asked for the first time.
///
/// # Errors
/// What the system says when the folder cannot be read or written.
pub fn installation(folder: &Path) -> std::io::Result<String> {
    let path = folder.join("installation");
    let known = match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice::<String>(&text).ok().filter(|known| !known.is_empty()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(known) = known {
        return Ok(known);
    }
    let number = random_id();
    write_whole(&path, &number, true)?;
    Ok(number)
}

/// Writes a temporary file, readable by its owner alone, and renames it.
fn write_whole(path: &Path, value: &impl Serialize, durable: bool) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    if durable {
        file.as_file().sync_all()?;
    }
    file.persist(path)?;
    if durable {
        sync_folder(folder);
    }
    Ok(())
}

/// Makes a rename or a deletion outlast a power cut, where the system can.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = std::fs::File::open(folder) {
        // Some file systems refuse this; then their own order of writing has to do.
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_keeps_its_number_and_has_another_than_others() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let number = installation(one.path()).unwrap();
        assert_eq!((number.len(), installation(one.path()).unwrap()), (16, number.clone()));
        assert_ne!(installation(other.path()).unwrap(), number);
        std::fs::write(other.path().join("installation"), "").unwrap();
        assert_eq!(installation(other.path()).unwrap().len(), 16, "one that a power cut left empty is made again");
    }

    fn some_device(id: &str) -> Known {
        let device = Device {
            id: DeviceId(id.to_owned()),
            label: "phone".to_owned(),
            role: Role::Camera,
            user: Some("Anna".parse().unwrap()),
            paired_at: Timestamp::from_millis(7),
            last_seen: Timestamp::from_millis(7),
        };
        Known { device, hash: TokenHash::of("token").unwrap() }
    }

    #[test]
    fn a_device_reads_back_as_it_was_written_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        let device = some_device("00000000000000ab");
        folder.write(&device).unwrap();
        let listing = folder.list(&HashSet::new(), 10).unwrap();
        assert_eq!(listing.new, [device]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder.devices().join("00000000000000ab.json")), 0o600);
            assert_eq!(mode(&folder.devices()), 0o700);
        }
    }

    #[test]
    fn the_token_itself_is_nowhere_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.write(&some_device("00000000000000ab")).unwrap();
        let text = std::fs::read_to_string(folder.path(&DeviceId("00000000000000ab".to_owned()))).unwrap();
        assert!(!text.contains("\"token\""), "{text}");
        assert!(text.contains("3c469e9d6c5875d3"), "{text}");
    }

    #[test]
    fn files_that_are_no_devices_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        folder.write(&some_device("00000000000000ab")).unwrap();
        let devices = folder.devices();
        std::fs::write(devices.join("00000000000000ac.json"), "{").unwrap();
        std::fs::copy(devices.join("00000000000000ab.json"), devices.join("00000000000000ad.json")).unwrap();
        std::fs::write(devices.join(".tmpX"), "").unwrap();
        let listing = folder.list(&HashSet::new(), 10).unwrap();
        assert_eq!(listing.new.len(), 1);
    }
}
