//! Files in a store, as a worker sees them that shares no folder with their owner: fetched when they are read, put there when
//! they are made.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::scratch::Scratch;
use super::{Fetched, FilesError, Workplace};
use crate::library::free_bytes;
use crate::store::{Stop, Store, StoreError};

/// How long it is believed that the store is there, and that it is not.
const BELIEVED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(5));
/// What is made of a file takes at most about as much room as the file, and so much more.
const ROOM_BESIDE: u64 = 64_000_000;
/// Files that are read whole are smaller than this.
const MOST_SMALL_BYTES: u64 = 16_000_000;

/// The store, and the room here for what one job needs at a time.
pub(super) struct Remote {
    store: Store,
    scratch: Scratch,
    /// When it was asked last, and what it said.
    seen: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Remote {
    pub fn open(store: Store, scratch: &Path) -> std::io::Result<Self> {
        Ok(Self { store, scratch: Scratch::open(scratch)?, seen: Mutex::default() })
    }

    /// Where things are made before they are put there.
    pub fn scratch(&self) -> &Path {
        self.scratch.dir()
    }

    pub fn reach(&self) -> Result<(), String> {
        let before = self.seen().clone();
        if let Some((at, answer)) = before
            && at.elapsed() < if answer.is_ok() { BELIEVED.0 } else { BELIEVED.1 }
        {
            return answer;
        }
        let answer = self.store.reach(&|| false).map_err(|error| error.to_string());
        *self.seen() = Some((Instant::now(), answer.clone()));
        answer
    }

    pub fn fetch(&self, name: &str, stop: Stop) -> Result<Fetched, FilesError> {
        let bytes = self.size(name, stop)?;
        let needed = bytes.saturating_mul(2).saturating_add(ROOM_BESIDE);
        let dir = self.scratch.dir();
        if let Some(free) = free_bytes(dir)
            && free < needed
        {
            return Err(FilesError::NoRoom { dir: dir.to_owned(), free, needed });
        }
        let io = |source| FilesError::Io { path: dir.to_owned(), source };
        let folder = tempfile::Builder::new().prefix("fetched-").tempdir_in(dir).map_err(io)?;
        // The ending tells what kind of file it is.
        let path = folder.path().join(name.rsplit('/').next().unwrap_or(name));
        self.store.fetch(name, &path, stop).map_err(|error| self.judged(name, error))?;
        Ok(Fetched { path, scratch: Some(folder) })
    }

    pub fn size(&self, name: &str, stop: Stop) -> Result<u64, FilesError> {
        self.store.size(name, stop).map_err(|error| self.judged(name, error))
    }

    pub fn read(&self, name: &str, stop: Stop) -> Option<Vec<u8>> {
        self.store.read(name, MOST_SMALL_BYTES, stop).ok()
    }

    pub fn put_file(&self, made: &Path, name: &str, stop: Stop) -> Result<(), FilesError> {
        let io = |source| FilesError::Io { path: made.to_owned(), source };
        let mut file = File::open(made).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        self.store.put(name, &mut file, bytes, stop).map_err(|error| self.judged(name, error))
    }

    /// What was there before is no folder any more from the first file on, and one again with the last.
    pub fn put_folder(&self, made: &Workplace, name: &str, last: &str, stop: Stop) -> Result<(), FilesError> {
        let io = |source| FilesError::Io { path: made.dir().to_owned(), source };
        let whole = format!("{name}/{last}");
        self.store.remove(std::slice::from_ref(&whole), stop).map_err(|error| self.judged(&whole, error))?;
        for entry in fs::read_dir(made.dir()).map_err(io)? {
            let file = entry.map_err(io)?.file_name();
            let file = file.to_string_lossy();
            if file != last {
                self.put_file(&made.path(&file), &format!("{name}/{file}"), stop)?;
            }
        }
        self.put_file(&made.path(last), &whole, stop)
    }

    fn judged(&self, name: &str, error: StoreError) -> FilesError {
        match error {
            StoreError::Gone => FilesError::Gone(name.to_owned()),
            StoreError::Name(_) => FilesError::Name(name.to_owned()),
            other => {
                // Before the next job it is asked anew.
                *self.seen() = None;
                FilesError::Store(other)
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<(Instant, Result<(), String>)>> {
        // A plain value that cannot be half changed.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
