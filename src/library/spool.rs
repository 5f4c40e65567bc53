//! Where frames wait while the save folder cannot take them.
//!
//! They lie in the data folder under the names that they will have, each with a note of what names do not say. A frame in
//! the spool is as safe as one in its folder: flushed, under a name of its own, found again after a crash.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::domain::EventId;
use crate::library::disk::{self, Unflushed};
use crate::library::home::remove_leftovers;
use crate::library::place::Place;
use crate::library::{LibraryError, rebuild};

/// Most bytes that wait.
const MAX_BYTES: u64 = 1 << 30;
/// Room that is left for everything else on the disk of the spool, in bytes.
const ROOM_LEFT: u64 = 200 * 1_000_000;

/// What the name of a frame does not say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    pub width: u32,
    pub height: u32,
    pub score: f32,
    pub event: Option<EventId>,
    pub peak: bool,
}

/// The folder of waiting frames.
pub(super) struct Spool {
    dir: PathBuf,
    bytes: AtomicU64,
    /// Read while a frame is put in, written while empty folders go and all is counted again: so that no folder goes under
    /// a frame that comes, and none is forgotten in the count.
    tidy: RwLock<()>,
}

/// Why a frame could not wait here.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("too much waits there already")]
    Cap,
    #[error("the disk of {0} is nearly full")]
    NoRoom(PathBuf),
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

impl Spool {
    /// Makes the folder where it is missing and counts what waits.
    pub fn open(dir: &Path) -> Result<Self, LibraryError> {
        let failed = |source| LibraryError::Folder { path: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(failed)?;
        let temporary = dir.join(TEMPORARY);
        disk::make_folder(&temporary).map_err(failed)?;
        remove_leftovers(&temporary);
        let spool = Self { dir: dir.to_owned(), bytes: AtomicU64::new(0), tidy: RwLock::default() };
        spool.tidy()?;
        Ok(spool)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How much waits, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes() == 0
    }

    /// Whether the spool is at fault that a frame could not be put in, and not the name of that frame alone.
    pub fn is_at_fault(&self, error: &io::Error) -> bool {
        disk::is_full(error) || disk::try_writing(&self.dir.join(TEMPORARY), 1).is_err()
    }

    /// Puts a frame in, flushed.
    pub fn put(&self, place: Place, note: &Note, bytes: &[u8]) -> Result<Place, SpoolError> {
        let length = bytes.len() as u64;
        if self.bytes.load(Ordering::Relaxed) + length > MAX_BYTES {
            return Err(SpoolError::Cap);
        }
        if disk::free_bytes(&self.dir).is_some_and(|free| free < ROOM_LEFT + length) {
            return Err(SpoolError::NoRoom(self.dir.clone()));
        }
        let _coming = self.tidy.read().unwrap_or_else(PoisonError::into_inner);
        let written = (|| {
            let mut unflushed = Unflushed::new();
            let place = disk::put(&self.dir, &self.dir.join(TEMPORARY), place, bytes, &mut unflushed)?;
            let note = serde_json::to_vec(note).map_err(io::Error::other)?;
            disk::put_unflushed(&self.note_path(&place), &self.dir.join(TEMPORARY), &note)?;
            disk::flush(&mut unflushed)?;
            Ok(place)
        })();
        let place = written.map_err(|error| SpoolError::Io(self.dir.clone(), error))?;
        self.bytes.fetch_add(length, Ordering::Relaxed);
        Ok(place)
    }

    /// All frames that wait with their sizes in bytes, in order of their names.
    pub fn waiting(&self) -> Result<Vec<(Place, u64)>, LibraryError> {
        let mut waiting = Vec::new();
        rebuild::scan(&self.dir, None, &mut |found| {
            waiting.push((found.place, found.bytes));
            Ok(())
        })?;
        Ok(waiting)
    }

    /// The bytes of a frame and what was noted of it, if the note can be read.
    pub fn get(&self, place: &Place) -> io::Result<(Vec<u8>, Option<Note>)> {
        let bytes = fs::read(place.path(&self.dir))?;
        let note = fs::read(self.note_path(place)).ok().and_then(|note| serde_json::from_slice(&note).ok());
        Ok((bytes, note))
    }

    /// Takes out a frame that is safe elsewhere.
    pub fn remove(&self, place: &Place) -> io::Result<()> {
        fs::remove_file(place.path(&self.dir))?;
        // A note without its frame means nothing.
        let _ = fs::remove_file(self.note_path(place));
        Ok(())
    }

    /// Moves a file that cannot be kept as a frame out of the way, where a person can look at it; gives its new path.
    pub fn set_aside(&self, place: &Place) -> io::Result<PathBuf> {
        let folder = self.dir.join(ASIDE);
        disk::make_folder(&folder)?;
        let aside = folder.join(format!("{}_{}", place.id(), place.file_name()));
        fs::rename(place.path(&self.dir), &aside)?;
        let _ = fs::remove_file(self.note_path(place));
        Ok(aside)
    }

    /// Removes folders that are empty and counts what waits.
    pub fn tidy(&self) -> Result<(), LibraryError> {
        let _alone = self.tidy.write().unwrap_or_else(PoisonError::into_inner);
        for user in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if user.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            for day in fs::read_dir(user.path()).into_iter().flatten().flatten() {
                // Folders that are not empty stay: the system refuses to remove them.
                let _ = fs::remove_dir(day.path());
            }
            let _ = fs::remove_dir(user.path());
        }
        let bytes = self.waiting()?.iter().map(|(_, bytes)| bytes).sum();
        self.bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn note_path(&self, place: &Place) -> PathBuf {
        let mut path = place.path(&self.dir).into_os_string();
        path.push(".json");
        path.into()
    }
}

/// Files that are being written. The dot keeps it apart from users' folders.
const TEMPORARY: &str = ".new";
/// Files with a frame's name that are no pictures, or that the folder does not take under their name.
const ASIDE: &str = ".aside";
