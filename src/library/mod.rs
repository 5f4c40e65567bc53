//! What was kept: files on disk, the index beside them, thumbnails.
//!
//! The files are the truth; the index can be made again from their names, all but scores, events, traces and the ledger. A file appears under its final name only when
//! whole. It knows nothing of cameras, users' rights or HTTP: whoever asks has checked who may.

mod clips;
mod disk;
mod home;
mod index;
mod jobs;
mod keeper;
mod ledger;
mod outbox;
mod place;
mod query;
mod rebuild;
mod recordings;
mod spool;
mod state;
mod thumbnail;
mod traces;
mod trash;
mod verify;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};

use crate::bus::{Bus, Happening, Problems};
use crate::domain::{
    CameraName, Event, EventId, Frame, FrameId, RgbPicture, SavedFrame, StreamId, Timestamp, UserName,
};
use home::{Home, lock};
use place::Place;
use query::Cursor;
use spool::Spool;
use state::Shared;
use writer::Job;

pub use clips::{ClipFolder, ClipMade, ClipMarks, ClipOrder, is_clip_place, kept_at, kept_in};
pub use disk::free_bytes;
pub use jobs::{Jobs, JobsFile};
pub use ledger::LedgerQuery;
pub use rebuild::{Rebuilt, rebuild};
pub use recordings::{
    ChunkPiece, ChunkStored, FACTS, MOST_CHUNK_BYTES, MOST_CHUNKS, NewRecording, OwnRecording, RecordingError,
    RecordingJobs, RecordingProgress, STRIP, is_recording_place, made_folder, made_video,
};
pub use traces::{TraceChunk, TracePage, TraceQuery, read_traces, traced_streams};
pub use verify::{Verified, VerifyOptions, verify};

/// Most frames, events or traces of one page.
pub const MOST_PER_PAGE: usize = 500;
/// Frames that may wait to be written, about a second of eight phones.
const QUEUE: usize = 128;
/// Events that may wait for an index that cannot be written. Of those beyond, the frames still tell.
const MAX_EVENTS: usize = 50_000;
/// How long a library that is dropped without [`Library::stop`] may take to write what waits.
const DROP_DEADLINE: Duration = Duration::from_secs(10);

/// A request to keep one frame.
pub struct SaveRequest {
    /// The frame. Encoded pictures are stored byte for byte, raw ones are compressed to JPEG.
    pub frame: Arc<Frame>,
    /// The picture decoded at working size (at least 320 pixels wide unless the frame is smaller): the thumbnail is made from it.
    pub preview: Arc<RgbPicture>,
    /// Moving share of the picture.
    pub score: f32,
    /// The event it belongs to.
    pub event: Option<EventId>,
    /// Whether it is the peak of its event.
    pub peak: bool,
    /// Called once, on the library's thread, when the frame is on disk or cannot be. `Ok` also for a frame that waits in
    /// the spool: it is flushed to disk there and shows up in lists as soon as the save folder takes it.
    pub done: Box<dyn FnOnce(Result<SavedFrame, SaveError>) + Send>,
}

/// Why a frame was not kept, and what to do, in words for people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SaveError(pub String);

/// Which frames to list. All conditions hold together.
#[derive(Debug, Clone, Default)]
pub struct FrameQuery {
    /// Of this user.
    pub user: Option<UserName>,
    /// Of this camera.
    pub camera: Option<CameraName>,
    /// Of this event.
    pub event: Option<EventId>,
    /// Captured at this time or later.
    pub from: Option<Timestamp>,
    /// Captured before this time.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Most frames of a page, 1 to [`MOST_PER_PAGE`].
    pub limit: usize,
    /// Of clips those alone that somebody ordered.
    pub ordered: bool,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, Default)]
pub struct FramePage {
    /// The frames.
    pub frames: Vec<SavedFrame>,
    /// The cursor of the next page, given when there are more.
    pub next: Option<String>,
}

/// Why the library could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The folder cannot be made or written.
    #[error("failed to open the save folder {path}: {source}; choose another folder")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index cannot be read or written.
    #[error("failed to use the index: {0}; run `framekeep library rebuild`")]
    Index(String),
    /// A file of the library cannot be read or written.
    #[error("failed to read {path}: {source}; check whether its disk is there")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A stored picture cannot be decoded.
    #[error("failed to make a thumbnail of {path}: {why}")]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The cursor was not given out by a list.
    #[error("failed to continue the list: the cursor is not one of its own; start again without it")]
    Cursor,
    /// Another program uses the folder.
    #[error("failed to get {path} for this program alone: Framekeep runs on it; close it first")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A thread could not be started.
    #[error("failed to start the library: {0}; close other programs")]
    Thread(std::io::Error),
}

impl From<index::IndexError> for LibraryError {
    fn from(error: index::IndexError) -> Self {
        Self::Index(error.to_string())
    }
}

/// The library: takes frames, keeps them, and tells what was kept.
pub struct Library {
    shared: Arc<Shared>,
    /// `None` once it is stopped.
    jobs: ArcSwapOption<Sender<Job>>,
    last_event: AtomicI64,
    /// Folders that were used before, while frames for them still wait. Locked during a change: there is one at a time.
    before: Mutex<Vec<Weak<Home>>>,
    writers_ended: Receiver<()>,
    keeper_ended: Receiver<()>,
}

impl Library {
    /// Opens `save_dir` (made if it is missing) and its index; frames that cannot be written there go to `spool`.
    ///
    /// An index that is missing or damaged is made again from the files. A folder whose disk is full is opened all the same.
    ///
    /// # Errors
    /// [`LibraryError`] when the folder, its index or the spool cannot be used.
    pub fn open(save_dir: &Path, spool: &Path, bus: Bus, problems: Problems) -> Result<Self, LibraryError> {
        let save_dir = absolute(save_dir)?;
        match Home::open(&save_dir, true, false) {
            Ok(home) => Self::start(home, spool, bus, problems),
            Err(LibraryError::Folder { source, .. }) if disk::is_full(&source) => {
                Self::open_spooling(&save_dir, spool, bus, problems, &source)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the library of a folder that cannot be used now, for the reason that [`Self::open`] gave: frames wait in the
    /// spool, the problem is told, and as soon as the folder is there and takes files, it is used. The folder itself is
    /// never made, as it may lie on a disk that is not plugged in.
    ///
    /// # Errors
    /// [`LibraryError`] when the spool cannot be used either.
    pub fn open_spooling(
        save_dir: &Path,
        spool: &Path,
        bus: Bus,
        problems: Problems,
        why: &std::io::Error,
    ) -> Result<Self, LibraryError> {
        let library = Self::start(Home::absent(&absolute(save_dir)?)?, spool, bus, problems)?;
        library.shared.tell_sick(&library.shared.home.load(), why, None);
        Ok(library)
    }

    fn start(home: Home, spool: &Path, bus: Bus, problems: Problems) -> Result<Self, LibraryError> {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let last_event = home.index().last_event()?;
        let free = disk::free_bytes(home.dir()).unwrap_or(u64::MAX);
        let shared = Arc::new(Shared {
            home: ArcSwap::from_pointee(home),
            spool: Spool::open(&absolute(spool)?)?,
            bus,
            problems,
            free: AtomicU64::new(free),
            events: Mutex::new(BTreeMap::new()),
            recordings: recordings::Table::default(),
            recording_jobs: OnceLock::new(),
            traces: Mutex::default(),
            ledger: OnceLock::new(),
            losing: Mutex::default(),
            wake,
            clips_changed: AtomicBool::new(true),
            closing: AtomicBool::new(false),
        });
        let (jobs, waiting) = crossbeam_channel::bounded(QUEUE);
        let (writer_lives, writers_ended) = crossbeam_channel::bounded(0);
        let (keeper_lives, keeper_ended) = crossbeam_channel::bounded(0);
        recordings::look_after(&shared, &shared.home.load_full());
        writer::start(&shared, &waiting, &writer_lives).map_err(LibraryError::Thread)?;
        keeper::start(&shared, woken, keeper_lives).map_err(LibraryError::Thread)?;
        let jobs = ArcSwapOption::from_pointee(jobs);
        let last_event = AtomicI64::new(last_event.0);
        Ok(Self { shared, jobs, last_event, before: Mutex::default(), writers_ended, keeper_ended })
    }

    /// Hands a frame to the writing threads. Never waits.
    ///
    /// # Errors
    /// Gives the request back when too many wait, or when the library is stopped.
    pub fn save(&self, request: SaveRequest) -> Result<(), SaveRequest> {
        let jobs = self.jobs.load();
        let Some(jobs) = &*jobs else { return Err(request) };
        jobs.try_send(Job { home: self.shared.home.load_full(), request }).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job.request,
        })
    }

    /// New frames go to `save_dir` from now on; those handed in before go to the old one. The new folder is made if it is
    /// missing, and tried, before the change. What waits in the spool is moved to the new folder.
    ///
    /// # Errors
    /// [`LibraryError`] when the new folder cannot be used; the old one is kept then.
    pub fn change_save_dir(&self, save_dir: &Path) -> Result<(), LibraryError> {
        let save_dir = absolute(save_dir)?;
        let mut before = lock(&self.before);
        let old = self.shared.home.load_full();
        if is_ready(&old, &save_dir) {
            return Ok(());
        }
        before.retain(|home| home.strong_count() > 0);
        // A folder that is still being written to is not opened a second time: it would clean up under the writers.
        let in_use = before.iter().filter_map(Weak::upgrade).find(|home| is_ready(home, &save_dir));
        let new = if let Some(home) = in_use {
            home
        } else {
            if !old.is_well() {
                old.release_lock();
            }
            Arc::new(Home::open(&save_dir, true, old.is_suspect())?)
        };
        before.push(Arc::downgrade(&old));
        self.last_event.fetch_max(new.index().last_event()?.0, Ordering::Relaxed);
        if old.is_well() {
            // The old index learns of the events so far; the keeper writes them, and how they end, to the new one.
            let events: Vec<Event> = lock(&self.shared.events).values().cloned().collect();
            if let Err(error) = old.index().put_events(&events) {
                tracing::warn!(%error, "the index of the old save folder misses its last events");
            }
        }
        self.shared.free.store(disk::free_bytes(&save_dir).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.shared.home.store(new);
        self.shared.tell_well();
        self.shared.bus.tell(Happening::Settings);
        let _ = self.shared.wake.try_send(());
        Ok(())
    }

    /// The folder that new frames go to.
    #[must_use]
    pub fn save_dir(&self) -> PathBuf {
        self.shared.home.load().dir().to_owned()
    }

    /// The folder that new frames go to, unless it cannot be used now: then nothing can be said of what is in it.
    #[must_use]
    pub fn well_dir(&self) -> Option<PathBuf> {
        let home = self.shared.home.load();
        home.is_well().then(|| home.dir().to_owned())
    }

    /// Free bytes on the disk of the save folder, as last seen (never asks the disk itself).
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        Some(self.shared.free.load(Ordering::Relaxed)).filter(|free| *free != u64::MAX)
    }

    /// Frames, newest first.
    ///
    /// # Errors
    /// [`LibraryError::Cursor`] for a cursor that no list gave out, or [`LibraryError::Index`].
    pub fn frames(&self, query: &FrameQuery) -> Result<FramePage, LibraryError> {
        let cursor = cursor_of(query)?;
        self.shared.home.load().read(|connection| query::frames(connection, query, cursor))
    }

    /// One frame by its number.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn frame(&self, id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        self.frame_of(id, None)
    }

    /// One frame by its number if it is this user's, or anybody's when none is named. Of somebody else's no more is read than
    /// whose it is.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn frame_of(&self, id: FrameId, user: Option<&UserName>) -> Result<Option<SavedFrame>, LibraryError> {
        self.shared.home.load().read(|connection| query::frame(connection, id, user))
    }

    /// Where the file of a frame lies: in the save folder, or in the spool while it waits there.
    #[must_use]
    pub fn file(&self, frame: &SavedFrame) -> PathBuf {
        let place = Place::of_saved(frame);
        let path = place.path(self.shared.home.load().dir());
        if self.shared.spool.is_empty() || path.exists() {
            return path;
        }
        Some(place.path(self.shared.spool.dir())).filter(|waiting| waiting.exists()).unwrap_or(path)
    }

    /// The thumbnail (JPEG, at most 320 pixels wide); made again when it is missing.
    ///
    /// # Errors
    /// [`LibraryError::File`] or [`LibraryError::Picture`] when it is missing and the frame itself cannot be read.
    pub fn thumbnail(&self, frame: &SavedFrame) -> Result<Vec<u8>, LibraryError> {
        thumbnail::of(&self.shared.home.load(), frame, self.file(frame))
    }

    /// Takes a frame out of the library; it can be restored for ten minutes. With the last frame of an event goes its clip, and a
    /// film with the last frame that it shows. `None`: there is no such frame.
    ///
    /// # Errors
    /// [`LibraryError`] when the folder is away, the file cannot be moved or the index cannot be written.
    pub fn delete(&self, id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        let (home, at) = (self.shared.home.load(), now());
        let deleted = trash::delete(&home, id, at)?;
        if let Some(frame) = &deleted {
            self.shared.bus.tell(Happening::FrameDeleted { id, user: frame.stream.user.clone() });
            self.films_leave(&home, frame.into(), at);
        }
        Ok(deleted)
    }

    /// A frame that was deleted and can be restored.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn deleted(&self, id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        trash::look(&self.shared.home.load(), id, now())
    }

    /// Takes a deletion back, and that of films that went with it. `None`: it was not deleted, or too long ago.
    ///
    /// # Errors
    /// [`LibraryError`] when the file cannot be moved or the index cannot be written.
    pub fn restore(&self, id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        let (home, now) = (self.shared.home.load(), now());
        let Some(frame) = trash::look(&home, id, now)? else { return Ok(None) };
        let companions = clips::companions(&home, &(&frame).into())?;
        let restored = trash::restore(&home, id, now)?;
        if let Some(frame) = &restored {
            self.shared.bus.tell(Happening::FrameRestored(frame.clone()));
            self.films_come_back(&home, companions, now);
        }
        Ok(restored)
    }

    /// Number and bytes of the frames of a user, or of all.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn usage(&self, user: Option<&UserName>) -> Result<(u64, u64), LibraryError> {
        self.shared.home.load().read(|connection| query::usage(connection, user))
    }

    /// Users that have frames, in the spelling of their folder.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn users(&self) -> Result<Vec<UserName>, LibraryError> {
        self.shared.home.load().read(query::users)
    }

    /// A number for a new event of this stream, and tells that it began. Never waits for the disk.
    ///
    /// # Errors
    /// None today: numbers are given without asking the index.
    pub fn begin_event(&self, stream: &StreamId, start: Timestamp) -> Result<EventId, LibraryError> {
        // Milliseconds since 1970 keep numbers growing even when the index is lost or the folder is another one.
        let (last, next) = (&self.last_event, |last: i64| (last + 1).max(now().as_millis()));
        let id = EventId(next(last.update(Ordering::Relaxed, Ordering::Relaxed, next)));
        let event = Event { id, stream: stream.clone(), start, end: None, peak: start, peak_score: 0.0 };
        self.put_event(event.clone());
        self.shared.bus.tell(Happening::Event(event));
        Ok(id)
    }

    /// Writes start, end and peak of an event, and tells it when it has ended. Never waits for the disk: the index has it a
    /// moment later.
    ///
    /// # Errors
    /// None today: what cannot be written yet is kept in memory and written as soon as that is possible.
    pub fn update_event(&self, event: &Event) -> Result<(), LibraryError> {
        self.put_event(event.clone());
        if event.end.is_some() {
            self.shared.bus.tell(Happening::Event(event.clone()));
        }
        Ok(())
    }

    /// One event, also one that the index does not have yet.
    ///
    /// # Errors
    /// [`LibraryError::Index`] when the index cannot be read.
    pub fn event(&self, id: EventId) -> Result<Option<Event>, LibraryError> {
        let waiting = lock(&self.shared.events).get(&id).cloned();
        match waiting {
            Some(event) => Ok(Some(event)),
            None => self.shared.home.load().read(|connection| query::event(connection, id)),
        }
    }

    fn put_event(&self, event: Event) {
        let mut events = lock(&self.shared.events);
        events.insert(event.id, event);
        if events.len() > MAX_EVENTS {
            events.pop_first();
        }
        drop(events);
        let _ = self.shared.wake.try_send(());
    }

    /// Events, newest first: user, camera, event, from, to, cursor and limit as for frames; their start counts.
    ///
    /// # Errors
    /// [`LibraryError::Cursor`] for a cursor that no list gave out, or [`LibraryError::Index`].
    pub fn events(&self, query: &FrameQuery) -> Result<(Vec<Event>, Option<String>), LibraryError> {
        let cursor = cursor_of(query)?;
        self.shared.home.load().read(|connection| query::events(connection, query, cursor))
    }

    /// Writes what waits and stops the threads. `false`: they did not end in time and go on by themselves.
    pub fn stop(&self, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        self.jobs.store(None);
        let written = ended(&self.writers_ended, until);
        self.shared.closing.store(true, Ordering::Release);
        let _ = self.shared.wake.try_send(());
        ended(&self.keeper_ended, until) && written
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if !self.stop(DROP_DEADLINE) {
            tracing::warn!("the library did not write everything in time");
        }
    }
}

/// Waits until everyone who holds the other end is gone.
fn ended(lives: &Receiver<()>, until: Instant) -> bool {
    matches!(lives.recv_deadline(until), Err(RecvTimeoutError::Disconnected))
}

fn cursor_of(query: &FrameQuery) -> Result<Option<Cursor>, LibraryError> {
    query.cursor.as_deref().map(|text| Cursor::parse(text).ok_or(LibraryError::Cursor)).transpose()
}

/// Whether a home is that of `dir` and takes frames.
fn is_ready(home: &Home, dir: &Path) -> bool {
    home.is_well() && home.is_there() && same_folder(home.dir(), dir)
}

fn same_folder(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn absolute(path: &Path) -> Result<PathBuf, LibraryError> {
    std::path::absolute(path).map_err(|source| LibraryError::Folder { path: path.to_owned(), source })
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
