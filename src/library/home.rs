//! One save folder, opened: its files, its index, its thumbnails, its trash.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::domain::{FrameId, SavedFrame, Timestamp, UserName};
use crate::library::disk::{self, Identity, Unflushed};
use crate::library::index::{self, Index, IndexError};
use crate::library::place::Place;
use crate::library::{LibraryError, now, rebuild};

/// What Framekeep keeps beside the frames. That it is there tells that this is the same folder as before.
pub(super) const INSIDE: &str = ".framekeep";
/// Rows that wait for an index that cannot be written. Beyond these, the files themselves are read again.
const MAX_UNINDEXED: usize = 10_000;
/// Room that a folder must have before frames are sent there again, in bytes.
pub(super) const LEAST_ROOM: usize = 1 << 20;

/// A save folder that frames go to.
pub(super) struct Home {
    dir: PathBuf,
    index: Mutex<Index>,
    /// Connections that wait for the next question.
    readers: Mutex<Vec<Connection>>,
    /// The spelling of each user's folder by the user's key.
    folders: Mutex<BTreeMap<String, UserName>>,
    /// Disk and number of the folder and of what Framekeep keeps in it, as they were when it was opened.
    identity: [Option<Identity>; 2],
    well: AtomicBool,
    unindexed: Mutex<Vec<SavedFrame>>,
    /// Whether rows were dropped for want of room. They are found again when the folder is opened anew, because it is not
    /// noted as complete until then.
    dropped_rows: AtomicBool,
    /// Whether the index has turned out to be damaged.
    suspect: AtomicBool,
    /// Held while this program is the only one that uses the folder.
    lock: Mutex<Option<File>>,
    in_memory: bool,
}

impl Home {
    /// Opens a folder; `make` makes it where it is missing. Finds out what the index missed since it was last closed; a
    /// `suspect` index is checked whole.
    pub fn open(dir: &Path, make: bool, suspect: bool) -> Result<Self, LibraryError> {
        let folder_error = |source| LibraryError::Folder { path: dir.to_owned(), source };
        if make {
            fs::create_dir_all(dir).map_err(folder_error)?;
        }
        make_inside(dir).map_err(folder_error)?;
        let inside = dir.join(INSIDE);
        let lock = try_lock(&inside);
        if lock.is_some() {
            remove_leftovers(&inside.join("tmp"));
        }
        disk::try_writing(&inside.join("tmp"), LEAST_ROOM).map_err(folder_error)?;
        let index = rebuild::open_index(dir, lock.is_some(), suspect)?;
        Ok(Self::with(dir, index, lock, false))
    }

    /// Stands for a folder that cannot be used now: it knows no frames and takes none.
    pub fn absent(dir: &Path) -> Result<Self, LibraryError> {
        let home = Self::with(dir, Index::in_memory()?, None, true);
        home.well.store(false, Ordering::Relaxed);
        Ok(home)
    }

    fn with(dir: &Path, index: Index, lock: Option<File>, in_memory: bool) -> Self {
        Self {
            dir: dir.to_owned(),
            index: Mutex::new(index),
            readers: Mutex::default(),
            folders: Mutex::new(spellings(dir)),
            identity: identities(dir),
            well: AtomicBool::new(true),
            unindexed: Mutex::default(),
            dropped_rows: AtomicBool::new(false),
            suspect: AtomicBool::new(false),
            lock: Mutex::new(lock),
            in_memory,
        }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path among what Framekeep keeps for itself in the folder.
    pub fn inside(&self, name: &str) -> PathBuf {
        self.dir.join(INSIDE).join(name)
    }

    /// Whether frames go here; if not they go to the spool.
    pub fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }

    /// Sends frames to the spool from now on. `true` the first time. A folder gets well again only by being opened anew,
    /// as after an unplugged disk the old connections lead nowhere.
    pub fn fall_sick(&self) -> bool {
        self.well.swap(false, Ordering::Relaxed)
    }

    /// Whether the folder is the one that was opened, with all that belongs to it.
    pub fn is_there(&self) -> bool {
        identities(&self.dir) == self.identity
    }

    /// Whether the folder is at fault that a frame could not be written, and not the name of that frame alone.
    pub fn is_at_fault(&self, error: &io::Error) -> bool {
        disk::is_full(error) || !self.is_there() || disk::try_writing(&self.inside("tmp"), 1).is_err()
    }

    /// Whether the folder may be opened anew. Where Framekeep's own things are gone, the same disk must be behind the
    /// folder as before: else the folder is the bare place where a disk was mounted, and frames would end up beneath it.
    pub fn may_reopen(&self) -> bool {
        let Some((device, _)) = disk::identity(&self.dir) else { return false };
        self.dir.join(INSIDE).is_dir() || self.identity[0].is_none_or(|(before, _)| before == device)
    }

    /// The folder of a user: in the spelling that is there already, whatever the case that somebody typed now.
    pub fn folder_of(&self, user: &UserName) -> UserName {
        lock(&self.folders).entry(user.key().to_owned()).or_insert_with(|| user.clone()).clone()
    }

    /// Writes a frame. It is safe once the `unflushed` folders are flushed.
    pub fn put(&self, place: Place, bytes: &[u8], unflushed: &mut Unflushed) -> io::Result<Place> {
        disk::put(&self.dir, &self.inside("tmp"), place, bytes, unflushed)
    }

    /// Adds frames to the index and gives those that are news. What cannot be added now waits for [`Self::retry_index`].
    pub fn add(&self, frames: Vec<SavedFrame>) -> Result<Vec<SavedFrame>, IndexError> {
        match self.write(|index| index.add(&frames)) {
            Ok(news) => Ok(frames.into_iter().zip(news).filter_map(|(frame, news)| news.then_some(frame)).collect()),
            Err(error) => {
                let mut waiting = lock(&self.unindexed);
                let room = MAX_UNINDEXED.saturating_sub(waiting.len());
                self.dropped_rows.fetch_or(frames.len() > room, Ordering::Relaxed);
                waiting.extend(frames.into_iter().take(room));
                Err(error)
            }
        }
    }

    /// Adds what waits because the index could not be written; gives what was added.
    pub fn retry_index(&self) -> Result<Vec<SavedFrame>, IndexError> {
        let waiting = std::mem::take(&mut *lock(&self.unindexed));
        if waiting.is_empty() { Ok(waiting) } else { self.add(waiting) }
    }

    /// Whether the index has turned out to be damaged: the folder has to be opened anew.
    pub fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// Whether rows were dropped, so that the folder has to be opened anew.
    pub fn has_dropped_rows(&self) -> bool {
        self.dropped_rows.load(Ordering::Relaxed)
    }

    /// Takes over rows that wait in the same folder opened before.
    pub fn take_over(&self, before: &Self) {
        lock(&self.unindexed).append(&mut lock(&before.unindexed));
    }

    /// Whether frames wait for the index.
    pub fn is_index_behind(&self) -> bool {
        !lock(&self.unindexed).is_empty()
    }

    /// The connection that writes.
    pub fn index(&self) -> MutexGuard<'_, Index> {
        lock(&self.index)
    }

    /// Changes the index. That it has turned out to be damaged is remembered.
    pub fn write<T>(&self, change: impl FnOnce(&mut Index) -> Result<T, IndexError>) -> Result<T, IndexError> {
        self.note_damage(change(&mut self.index()))
    }

    fn note_damage<T>(&self, answer: Result<T, IndexError>) -> Result<T, IndexError> {
        answer.inspect_err(|error| {
            self.suspect.fetch_or(error.is_lost(), Ordering::Relaxed);
        })
    }

    /// Asks the index. Never waits for whoever writes.
    pub fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, IndexError>) -> Result<T, LibraryError> {
        let answer = if self.in_memory { question(self.index().connection()) } else { self.read_from_file(question) };
        Ok(self.note_damage(answer)?)
    }

    fn read_from_file<T>(&self, question: impl FnOnce(&Connection) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let waiting = lock(&self.readers).pop();
        let connection = waiting.map_or_else(|| index::open_reader(&rebuild::index_path(&self.dir)), Ok)?;
        let answer = question(&connection);
        // A connection that failed may be at fault itself; the next question gets a new one.
        if answer.is_ok() {
            lock(&self.readers).push(connection);
        }
        answer
    }

    /// Where the thumbnail of a frame lies.
    pub fn thumbnail_path(&self, id: FrameId) -> PathBuf {
        thumbnail_path(&self.dir, id)
    }

    /// Writes a thumbnail. One that is lost is made again when it is asked for.
    pub fn put_thumbnail(&self, id: FrameId, jpeg: &[u8]) -> io::Result<()> {
        disk::put_unflushed(&self.thumbnail_path(id), &self.inside("tmp"), jpeg)
    }

    /// Notes until when all files have their rows, and flushes the index.
    pub fn note_complete(&self, until: Timestamp) -> Result<(), IndexError> {
        if self.is_index_behind() || self.has_dropped_rows() {
            return Ok(());
        }
        self.write(|index| index.set_complete_until(until))
    }

    /// Lets another, or the same folder opened anew, become the only user.
    pub fn release_lock(&self) {
        lock(&self.lock).take();
    }

    /// Whether no other program uses the folder.
    pub fn is_only_user(&self) -> bool {
        lock(&self.lock).is_some()
    }

    /// Becomes the only user of the folder when the one before has gone.
    pub fn take_lock(&self) {
        let mut held = lock(&self.lock);
        if held.is_none() && !self.in_memory {
            *held = try_lock(&self.dir.join(INSIDE));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Nobody writes any more: what is on disk is in the index. Without this note more is looked at next time.
        if self.is_well()
            && let Err(error) = self.note_complete(now())
        {
            tracing::warn!(%error, folder = %self.dir.display(), "the index was not closed in order");
        }
    }
}

/// Where the thumbnail of a frame lies in the library `dir`.
pub(super) fn thumbnail_path(dir: &Path, id: FrameId) -> PathBuf {
    let name = id.to_string();
    dir.join(INSIDE).join("thumbnails").join(&name[..2]).join(format!("{name}.jpg"))
}

/// Makes the folders that Framekeep keeps in a library; `dir` itself must be there.
pub(super) fn make_inside(dir: &Path) -> io::Result<()> {
    let inside = dir.join(INSIDE);
    let folders = ["tmp", "thumbnails", "trash", "recordings", "clips"].map(|name| inside.join(name));
    disk::make_folder(&inside)?;
    folders.iter().try_for_each(|folder| disk::make_folder(folder))
}

/// Becomes the only user of the library below `inside`; `None` while another program is.
pub(super) fn try_lock(inside: &Path) -> Option<File> {
    let file = File::options().create(true).truncate(false).write(true).open(inside.join("lock")).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Files that a program left behind when it was killed. Called by the only user of the folder.
pub(super) fn remove_leftovers(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(%error, file = %entry.path().display(), "a leftover cannot be removed");
        }
    }
}

fn identities(dir: &Path) -> [Option<Identity>; 2] {
    [disk::identity(dir), disk::identity(&dir.join(INSIDE))]
}

fn spellings(dir: &Path) -> BTreeMap<String, UserName> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let mut users: Vec<UserName> =
        names.filter_map(|name| UserName::new(&name).ok().filter(|user| user.as_str() == name)).collect();
    // Where somebody made two spellings by hand, the same one wins in every run.
    users.sort_by(|a, b| b.as_str().cmp(a.as_str()));
    users.into_iter().map(|user| (user.key().to_owned(), user)).collect()
}

/// A writer that panicked leaves whole values behind in all that is locked here.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PictureFormat;

    #[test]
    fn rows_beyond_those_that_may_wait_are_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let noted = home.index().complete_until().unwrap();
        let rename = |from, to| {
            home.index().connection().execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
        };
        rename("frames", "away");
        let place = |seq| Place {
            user: "Anna".parse().unwrap(),
            camera: "front".parse().unwrap(),
            captured_at: Timestamp::from_millis(0),
            seq,
            copy: 1,
            format: PictureFormat::Jpeg,
        };
        let frames = (0..=MAX_UNINDEXED as u64).map(|seq| rebuild::frame_at(&place(seq), (1, 1), 1)).collect();
        home.add(frames).unwrap_err();
        rename("away", "frames");
        assert_eq!(home.retry_index().unwrap().len(), MAX_UNINDEXED);
        home.note_complete(now()).unwrap();
        assert_eq!(home.index().complete_until().unwrap(), noted, "one file has no row");
    }
}
