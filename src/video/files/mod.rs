//! The files of a library as a worker sees them: by their names below its folder, whatever machine the worker is on.
//!
//! A worker opens no index. It reads what its job names, makes things in a workplace that nobody else looks at, and
//! publishes them in one step. Names come out of jobs, so none may lead out of the folder. The folder may lie on another
//! machine, or in a store (`remote`) that both sides reach.

mod remote;
mod scratch;

use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::domain::Job;
use crate::jobs::Failure;
use crate::library::Library;
use crate::store::{Stop, Store, StoreError};
use remote::Remote;

/// Where workers make things, below the folder of the library.
const WORKPLACES: &str = ".framekeep/made/tmp";
/// What tells that the folder is a library and its disk is there.
const INSIDE: &str = ".framekeep";

/// Why a file could not be had or published.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The job names something that is no place in a library.
    #[error("the job names {0:?}, which is no file of a library")]
    Name(String),
    /// The folder of the library is away.
    #[error("the save folder {0} is not there; mount it")]
    Away(PathBuf),
    /// There is no such file.
    #[error("{0} is not there any more; it was deleted or moved")]
    Gone(String),
    /// The store says no, or it was told to stop.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a job needs does not fit here beside what is made of it.
    #[error("{free} bytes are free in {dir} and {needed} are needed; free room, or name another --data-dir")]
    NoRoom {
        /// Where.
        dir: PathBuf,
        /// How much room there is.
        free: u64,
        /// How much is needed.
        needed: u64,
    },
    /// The system says no.
    #[error("{path} cannot be read or written: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        let why = error.to_string();
        match error {
            FilesError::Name(_) | FilesError::Gone(_) => Self::lasting(why),
            FilesError::Away(_) | FilesError::Store(_) | FilesError::NoRoom { .. } => Self::outside(why),
            FilesError::Io { source, .. } if is_of_machine(&source) => Self::outside(why),
            FilesError::Io { .. } => Self::passing(why),
        }
    }
}

/// What becomes of a job whose work could not be written.
pub(super) fn unwritten(error: &io::Error) -> Failure {
    let why = format!("it cannot be written: {error}");
    if is_of_machine(error) { Failure::outside(why) } else { Failure::passing(why) }
}

/// Whether the disk is at fault, and not this very file.
fn is_of_machine(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StaleNetworkFileHandle, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | StaleNetworkFileHandle)
}

/// The files of a library. Cloning shares them.
#[derive(Clone)]
pub struct Files(Place);

#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    /// Follows the library when another folder is chosen.
    Library(Arc<Library>),
    /// In a store, of which no more than one job needs is here.
    Store(Arc<Remote>),
}

impl Files {
    /// Those in a folder, which may lie on another machine.
    #[must_use]
    pub fn in_folder(dir: &Path) -> Self {
        Self(Place::Folder(dir.to_owned()))
    }

    /// Those of the library of this program.
    #[must_use]
    pub fn of(library: Arc<Library>) -> Self {
        Self(Place::Library(library))
    }

    /// Those that an owner elsewhere put into a store. What a job needs of them is fetched into a folder of its own below
    /// `scratch`, and goes with the job; what a killed worker left there is removed.
    ///
    /// # Errors
    /// What the system says when there can be no such folder.
    pub fn in_store(store: Store, scratch: &Path) -> io::Result<Self> {
        Ok(Self(Place::Store(Arc::new(Remote::open(store, scratch)?))))
    }

    /// Whether they can be reached now. Asked before a job is begun; while they cannot, none is.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn reach(&self) -> Result<(), String> {
        match &self.0 {
            Place::Store(remote) => remote.reach(),
            Place::Folder(_) | Place::Library(_) => Ok(()),
        }
    }

    /// A file to be read, by its name below the folder, with `/` on every system.
    ///
    /// # Errors
    /// [`FilesError`] when it is not there or the name is none.
    pub fn fetch(&self, name: &str, stop: Stop) -> Result<Fetched, FilesError> {
        if let Place::Store(remote) = &self.0 {
            return remote.fetch(plain(name)?, stop);
        }
        let path = self.path(name)?;
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => Ok(Fetched { path, scratch: None }),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FilesError::Io { path, source: error }),
            _ if !self.root().join(INSIDE).is_dir() => Err(FilesError::Away(self.root())),
            _ => Err(FilesError::Gone(name.to_owned())),
        }
    }

    /// How many bytes a file has, without fetching it.
    ///
    /// # Errors
    /// As for [`Self::fetch`].
    pub fn size(&self, name: &str, stop: Stop) -> Result<u64, FilesError> {
        if let Place::Store(remote) = &self.0 {
            return remote.size(plain(name)?, stop);
        }
        let fetched = self.fetch(name, stop)?;
        fs::metadata(&*fetched).map(|meta| meta.len()).map_err(|source| FilesError::Io { path: fetched.path, source })
    }

    /// What a small file holds; `None` when there is none that can be read.
    #[must_use]
    pub fn read(&self, name: &str, stop: Stop) -> Option<Vec<u8>> {
        match &self.0 {
            Place::Store(remote) => remote.read(plain(name).ok()?, stop),
            Place::Folder(_) | Place::Library(_) => self.path(name).ok().and_then(|path| fs::read(path).ok()),
        }
    }

    /// A new, empty folder to make things in, for one attempt at a job. What an attempt before left behind is removed: its
    /// worker is gone, or has lost the job.
    ///
    /// # Errors
    /// [`FilesError`] when the folder of the library is away or takes nothing.
    pub fn workplace(&self, job: &Job) -> Result<Workplace, FilesError> {
        let of_job = format!("{}-{}-{}", job.kind.name(), job.created_at.as_millis(), job.id);
        self.workplace_for(&of_job, job.attempts)
    }

    /// The same for one try at anything that has a name of its own.
    pub(super) fn workplace_for(&self, what: &str, attempt: u32) -> Result<Workplace, FilesError> {
        let all = match &self.0 {
            Place::Store(remote) => remote.scratch().to_owned(),
            Place::Folder(_) | Place::Library(_) => {
                let root = self.root();
                if !root.join(INSIDE).is_dir() {
                    return Err(FilesError::Away(root));
                }
                root.join(WORKPLACES)
            }
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| FilesError::Io { path, source }
        };
        fs::create_dir_all(&all).map_err(failed(&all))?;
        let before = format!("{what}.");
        for entry in fs::read_dir(&all).map_err(failed(&all))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(&before) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let dir = all.join(format!("{before}{attempt}"));
        fs::create_dir(&dir).map_err(failed(&dir))?;
        Ok(Workplace { dir })
    }

    /// Gives a whole folder its final name, in one step. Another that is there gives way: it was made of the same before. Where
    /// there is no such step, the file `last` comes after all others: the folder is whole when that is there.
    ///
    /// # Errors
    /// [`FilesError`] when it cannot be written or moved.
    pub fn publish_folder(&self, made: Workplace, name: &str, last: &str, stop: Stop) -> Result<(), FilesError> {
        if let Place::Store(remote) = &self.0 {
            return remote.put_folder(&made, plain(name)?, last, stop);
        }
        let path = self.path(name)?;
        let parent = path.parent().map_or_else(|| self.root(), Path::to_owned);
        let moved = (|| {
            for entry in fs::read_dir(&made.dir)?.flatten() {
                File::open(entry.path())?.sync_all()?;
            }
            flush_folder(&made.dir)?;
            fs::create_dir_all(&parent)?;
            if path.exists() {
                // Named like a workplace, so that it is cleared away when this program ends in between.
                let before = made.dir.with_extension("before");
                fs::rename(&path, &before)?;
                fs::rename(&made.dir, &path)?;
                fs::remove_dir_all(before)?;
            } else {
                fs::rename(&made.dir, &path)?;
            }
            flush_folder(&parent)
        })();
        // It has another name now, and nothing is left to be removed.
        drop(made);
        moved.map_err(|source| FilesError::Io { path, source })
    }

    /// Gives one file of a workplace its final name, in one step. Another that is there gives way.
    ///
    /// # Errors
    /// [`FilesError`] when it cannot be written or moved.
    pub fn publish_file(&self, made: &Path, name: &str, stop: Stop) -> Result<(), FilesError> {
        if let Place::Store(remote) = &self.0 {
            return remote.put_file(made, plain(name)?, stop);
        }
        let path = self.path(name)?;
        let parent = path.parent().map_or_else(|| self.root(), Path::to_owned);
        let moved = (|| {
            File::open(made)?.sync_all()?;
            fs::create_dir_all(&parent)?;
            fs::rename(made, &path)?;
            flush_folder(&parent)
        })();
        moved.map_err(|source| FilesError::Io { path, source })
    }

    /// Removes workplaces in which nothing was written for longer than any job rests: their workers were killed, and the
    /// jobs are over.
    pub fn clear_workplaces(&self) {
        for entry in fs::read_dir(self.root().join(WORKPLACES)).into_iter().flatten().flatten() {
            let files = fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|file| file.path());
            let times = files.chain([entry.path()]).filter_map(|path| fs::metadata(path).ok()?.modified().ok());
            let rests = times.max().and_then(|newest| newest.elapsed().ok());
            if rests.is_some_and(|rests| rests > LONGEST_REST) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// The folder itself, for whoever looks for files by their names; `None` where nothing can be looked for.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        match &self.0 {
            Place::Folder(_) | Place::Library(_) => Some(self.root()),
            Place::Store(_) => None,
        }
    }

    fn root(&self) -> PathBuf {
        match &self.0 {
            Place::Folder(dir) => dir.clone(),
            Place::Library(library) => library.save_dir(),
            Place::Store(remote) => remote.scratch().to_owned(),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, FilesError> {
        Ok(self.root().join(plain(name)?))
    }
}

/// A name that leads nowhere else.
fn plain(name: &str) -> Result<&str, FilesError> {
    let is_plain = |part: Component| matches!(part, Component::Normal(_));
    if name.is_empty() || name.contains('\\') || !Path::new(name).components().all(is_plain) {
        return Err(FilesError::Name(name.to_owned()));
    }
    Ok(name)
}

/// A file as it can be read here. What was fetched for that goes when this is dropped.
#[derive(Debug)]
pub struct Fetched {
    path: PathBuf,
    /// Held for its end.
    #[expect(dead_code, reason = "its drop removes what was fetched")]
    scratch: Option<tempfile::TempDir>,
}

impl Deref for Fetched {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// Looking for motion in a recording of many hours writes nothing meanwhile.
const LONGEST_REST: std::time::Duration = std::time::Duration::from_hours(24);

/// A folder of one attempt. It is removed when this is dropped, unless it was published.
pub struct Workplace {
    dir: PathBuf,
}

impl Workplace {
    /// The path of a file in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The folder itself.
    fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // Moved away when it was published; what cannot be removed now is cleared a day later.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A name that was given in a folder outlasts a power cut only when the folder is flushed.
fn flush_folder(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, JobKind, JobState, Priority, Timestamp};
    use crate::jobs::Cause;

    /// Nobody tells it to stop.
    const ON: fn() -> bool = || false;

    fn job(attempts: u32) -> Job {
        Job {
            id: JobId(7),
            kind: JobKind::Recording,
            payload: String::new(),
            priority: Priority::Normal,
            state: JobState::Running,
            attempts,
            most_attempts: 5,
            run_at: Timestamp::default(),
            created_at: Timestamp::default(),
            started_at: None,
            finished_at: None,
            worker: None,
            progress: 0.0,
            note: String::new(),
            log: String::new(),
            cancelling: false,
        }
    }

    fn library() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(INSIDE)).unwrap();
        let files = Files::in_folder(dir.path());
        (dir, files)
    }

    #[test]
    fn no_name_in_a_job_leads_out_of_the_library() {
        let (_dir, files) = library();
        for name in ["../secret", "/etc/passwd", "a/../../b", "", "a\\..\\b", "./a"] {
            assert!(matches!(files.fetch(name, &ON), Err(FilesError::Name(_))), "{name}");
        }
    }

    #[test]
    fn a_file_that_is_gone_is_another_thing_than_a_library_that_is_away() {
        let (dir, files) = library();
        assert_eq!(Failure::from(files.fetch("Anna/x.webm", &ON).unwrap_err()).cause, Cause::Job);
        fs::remove_dir(dir.path().join(INSIDE)).unwrap();
        let cause = Failure::from(files.fetch("Anna/x.webm", &ON).unwrap_err()).cause;
        assert_eq!(cause, Cause::Machine, "its disk may come back");
        assert!(files.workplace(&job(1)).is_err(), "nothing is made beneath the place where a disk is mounted");
    }

    #[test]
    fn what_is_made_twice_stands_once_and_nothing_is_left_of_the_attempts() {
        let (dir, files) = library();
        let lost = files.workplace(&job(1)).unwrap();
        fs::write(lost.path("a"), "half").unwrap();
        std::mem::forget(lost);
        for attempt in [2, 3] {
            let made = files.workplace(&job(attempt)).unwrap();
            fs::write(made.path("a"), attempt.to_string()).unwrap();
            files.publish_folder(made, "Anna/made", "a", &ON).unwrap();
        }
        assert_eq!(files.read("Anna/made/a", &ON).unwrap(), b"3");
        assert_eq!(fs::read_dir(dir.path().join(WORKPLACES)).unwrap().count(), 0);
    }
}
