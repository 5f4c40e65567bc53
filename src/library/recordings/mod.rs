//! Recordings: videos that phones send in chunks, joined to one file when they are whole.
//!
//! While a recording is open it lies in a folder of its own (`draft`); closed, it is a file under its final name (`name`) and a
//! row of the index (`rows`). Nobody holds a lock while files are written: who changes a recording takes it, and who comes
//! meanwhile is told to come again. It knows nothing of HTTP and of who may see what.

mod chunk;
mod closing;
mod draft;
mod made;
mod name;
mod own;
mod rows;
mod table;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::bus::Happening;
use crate::domain::{CameraName, Recording, RecordingId, RecordingState, Timestamp, UserName, VideoFormat};
use crate::library::clips::companions;
use crate::library::home::Home;
use crate::library::query::{self, Cursor};
use crate::library::{FrameQuery, Library, LibraryError, cursor_of, now};
use draft::{About, Draft};
use table::Claim;

pub(super) use closing::{complete, look_after, purge, reconcile};
pub use draft::ChunkStored;
pub use made::{FACTS, RecordingJobs, STRIP, made_folder, made_video};
pub(super) use made::{known, strangers};
pub use name::is_recording_place;
pub(super) use name::{FOLDER, Name};
pub use own::OwnRecording;
pub(super) use rows::{COLUMNS, all, find, put, recording_of, remove};
pub(super) use table::Table;

/// Largest chunk. A phone gives one every two seconds, or a large one when it was slow to give any.
pub const MOST_CHUNK_BYTES: u64 = 100_000_000;
/// Most chunks of one recording: 23 days of two seconds each.
pub const MOST_CHUNKS: u32 = 1_000_000;
/// How far a chunk may be ahead of the first that is missing: each lies in a file of its own until then.
const MOST_AHEAD: u32 = 1000;
/// Recordings of one user that may be open at the same time.
const MOST_OPEN_OF_USER: usize = 16;
/// Recordings that may be open at the same time.
const MOST_OPEN: usize = 256;
/// A recording of which nobody sends or asks anything for so long is taken for abandoned.
const QUIET: Duration = Duration::from_mins(10);

/// What is known of a recording at its beginning.
#[derive(Debug, Clone)]
pub struct NewRecording {
    /// Whose it is.
    pub user: UserName,
    /// Of which camera.
    pub camera: CameraName,
    /// When it begins.
    pub started_at: Timestamp,
    /// What its sender calls it, with codecs.
    pub mime: String,
    /// What that means.
    pub format: VideoFormat,
    /// What its sender calls this very recording: the same key of the same user is the same recording.
    pub key: String,
}

/// A piece of a chunk, or all of it.
#[derive(Debug, Clone)]
pub struct ChunkPiece {
    /// Number of the chunk, from 0.
    pub seq: u32,
    /// Where in the chunk the piece begins.
    pub offset: u64,
    /// Length of the whole chunk, at least 1 and at most [`MOST_CHUNK_BYTES`].
    pub chunk_bytes: u64,
    /// SHA-256 of the whole chunk.
    pub sha256: [u8; 32],
    /// When its last picture was taken.
    pub captured_at: Option<Timestamp>,
    /// The piece.
    pub bytes: Bytes,
}

impl ChunkPiece {
    /// A chunk in one piece, whose pictures tell no time.
    #[must_use]
    pub fn whole(seq: u32, bytes: Bytes) -> Self {
        let (chunk_bytes, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
        Self { seq, offset: 0, chunk_bytes, sha256, captured_at: None, bytes }
    }
}

/// A recording, and what of it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingProgress {
    /// The recording.
    pub recording: Recording,
    /// Chunks that are there whole: first and last of each run.
    pub have: Vec<(u32, u32)>,
    /// Chunks of which the end is missing: number, bytes that are there, bytes in all.
    pub partial: Vec<(u32, u64, u64)>,
    /// Whether its owner deleted it.
    pub deleted: bool,
}

/// Why a recording could not be changed as asked. The texts are shown to people.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Another request changes it at this moment.
    #[error("another request changes this recording")]
    Busy,
    /// There is no such recording.
    #[error("there is no such recording")]
    Unknown,
    /// Its owner deleted it.
    #[error("the recording was deleted")]
    Deleted,
    /// The key belongs to a recording that began otherwise.
    #[error("this key belongs to a recording of another camera, time or type")]
    OtherBeginning,
    /// A chunk of this number is there, and it is another one.
    #[error("chunk {0} is there already, and it is another one")]
    OtherChunk(u32),
    /// It was finished with another number of chunks.
    #[error("the recording has {chunks} chunks already")]
    OtherEnd {
        /// As many as are known.
        chunks: u32,
    },
    /// The chunk lies behind the end that was told.
    #[error("the recording was finished before this chunk")]
    BeyondEnd,
    /// A piece begins behind what is there.
    #[error("the chunk goes on at byte {have}")]
    Gap {
        /// Where the next piece has to begin.
        have: u64,
    },
    /// The chunk is too far ahead.
    #[error("chunks before this one are missing")]
    TooFarAhead,
    /// Some chunks are missing: first and last of each run.
    #[error("{} of its chunks are missing", count(.0))]
    Missing(Vec<(u32, u32)>),
    /// There is no file yet.
    #[error("the recording is not finished yet")]
    NotFinished,
    /// The bytes are not those that were announced.
    #[error("the bytes do not have the SHA-256 that was announced; the chunk begins anew")]
    WrongChecksum,
    /// The first bytes are of no video that is known.
    #[error("the bytes are no WebM or MP4 video")]
    NotAVideo,
    /// Too many are open.
    #[error("too many recordings are open at once")]
    TooManyOpen,
    /// The save folder cannot be written now.
    #[error("the save folder cannot be written")]
    NoFolder,
    /// A file could not be written.
    #[error("the recording could not be written")]
    Io(#[from] io::Error),
    /// The library failed otherwise.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl From<crate::library::index::IndexError> for RecordingError {
    fn from(error: crate::library::index::IndexError) -> Self {
        Self::Library(error.into())
    }
}

impl Library {
    /// Begins a recording. One that was begun before by the same key is given as it is now; `true` when it is new.
    ///
    /// # Errors
    /// [`RecordingError`]: deleted, another beginning, too many, or the folder cannot be written.
    pub fn begin_recording(&self, new: NewRecording) -> Result<(Recording, bool), RecordingError> {
        let id = name::id_of(&new.user, &new.key);
        let home = self.shared.home.load_full();
        let known = match self.claim(id) {
            Ok(claim) => Some(claim.recording()),
            Err(RecordingError::Busy) => self.shared.recordings.progress(id).map(|progress| progress.recording),
            Err(RecordingError::Unknown) => match home.read(|connection| rows::find(connection, id))? {
                Some((_, Some(_))) => return Err(RecordingError::Deleted),
                row => row.map(|(recording, _)| recording),
            },
            Err(error) => return Err(error),
        };
        if let Some(known) = known {
            let same = known.stream.camera == new.camera && known.started_at == new.started_at;
            return if same { Ok((known, false)) } else { Err(RecordingError::OtherBeginning) };
        }
        let place = self.shared.recordings.reserve(id, &new.user)?;
        ready(&home)?;
        let about = About {
            id,
            user: new.user,
            camera: new.camera,
            started_at: new.started_at,
            mime: new.mime,
            format: new.format,
            expected: None,
            duration_ms: None,
            closed: None,
        };
        let begun = Draft::begin(&home.inside(FOLDER), about).map_err(|error| self.failed(&home, error))?;
        let recording = begun.recording();
        place.fill(home, begun);
        self.shared.bus.tell(Happening::Recording(recording.clone()));
        Ok((recording, true))
    }

    /// Takes a piece of a chunk. When it is over, what it says is flushed to disk. A chunk that is there already is left as it
    /// is. An abandoned recording goes on with its next chunk.
    ///
    /// # Errors
    /// [`RecordingError`]; nothing that was accepted before is lost by any of them, but a chunk that turns out to be another
    /// than was announced begins anew.
    pub fn put_chunk(&self, id: RecordingId, piece: &ChunkPiece) -> Result<ChunkStored, RecordingError> {
        let mut claim = match self.claim(id) {
            Err(RecordingError::Unknown) => match self.repeated(id, piece)? {
                Some(stored) => return Ok(stored),
                None => self.reopen(id)?,
            },
            claim => claim?,
        };
        ready(claim.home())?;
        if piece.seq >= MOST_CHUNKS || piece.seq > claim.next_seq().saturating_add(MOST_AHEAD) {
            return Err(RecordingError::TooFarAhead);
        }
        if claim.about.closed.is_some() {
            claim.mark(None).map_err(|error| self.failed(claim.home(), error))?;
        }
        claim.put(piece).map_err(|error| self.judged(claim.home(), error))
    }

    /// Ends a recording that has `chunks` chunks: joins them to one file under its final name.
    ///
    /// # Errors
    /// [`RecordingError::Missing`] names the chunks that are still to come; others as for [`Self::put_chunk`].
    pub fn finish_recording(
        &self,
        id: RecordingId,
        chunks: u32,
        duration_ms: Option<u64>,
    ) -> Result<Recording, RecordingError> {
        let mut claim = match self.claim(id) {
            Err(RecordingError::Unknown) => match self.closed(id)? {
                done if done.state == RecordingState::Finished && [0, chunks].contains(&done.chunks) => {
                    return Ok(done);
                }
                done if done.state == RecordingState::Finished => {
                    return Err(RecordingError::OtherEnd { chunks: done.chunks });
                }
                _ => self.reopen(id)?,
            },
            claim => claim?,
        };
        ready(claim.home())?;
        claim.expect(chunks, duration_ms).map_err(|error| self.judged(claim.home(), error))?;
        if !claim.is_complete() {
            // Chunks that are there and could not be joined for want of room are joined now.
            let missing = claim.missing(Some(chunks));
            if missing.is_empty() {
                claim.join().map_err(|error| self.failed(claim.home(), error))?;
            } else {
                claim.mark(None).map_err(|error| self.failed(claim.home(), error))?;
                return Err(RecordingError::Missing(missing));
            }
        }
        closing::close(&self.shared, claim, RecordingState::Finished, None)
    }

    /// One recording by its number, and what of it is there. To ask counts as a sign of life.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn recording(&self, id: RecordingId) -> Result<Option<RecordingProgress>, LibraryError> {
        if let Some(progress) = self.shared.recordings.progress(id) {
            return Ok(Some(progress));
        }
        let row = self.shared.home.load().read(|connection| rows::find(connection, id))?;
        Ok(row.map(|(recording, deleted_at)| {
            let have = recording.chunks.checked_sub(1).map(|last| (0, last)).into_iter().collect();
            RecordingProgress { recording, have, partial: Vec::new(), deleted: deleted_at.is_some() }
        }))
    }

    /// Recordings, newest first: user, camera, from, to, cursor and limit as for frames; their start counts. Open ones stand
    /// on the first page.
    ///
    /// # Errors
    /// [`LibraryError::Cursor`] for a cursor that no list gave out, or [`LibraryError::Index`].
    pub fn recordings(&self, query: &FrameQuery) -> Result<(Vec<Recording>, Option<String>), LibraryError> {
        let cursor: Option<Cursor> = cursor_of(query)?;
        let (closed, next) = self.shared.home.load().read(|connection| query::recordings(connection, query, cursor))?;
        let mut open = if cursor.is_none() { self.shared.recordings.list(query) } else { Vec::new() };
        let known: Vec<RecordingId> = open.iter().map(|recording| recording.id).collect();
        open.extend(closed.into_iter().filter(|recording| !known.contains(&recording.id)));
        open.sort_by_key(|recording| std::cmp::Reverse((recording.started_at, recording.id)));
        Ok((open, next))
    }

    /// Number and bytes of the closed recordings of a user, or of all.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn recordings_usage(&self, user: Option<&UserName>) -> Result<(u64, u64), LibraryError> {
        self.shared.home.load().read(|connection| rows::usage(connection, user))
    }

    /// Where the file of a closed recording lies.
    #[must_use]
    pub fn recording_file(&self, recording: &Recording) -> PathBuf {
        Name::of(recording).path(self.shared.home.load().dir())
    }

    /// Where the file of a closed recording lies below the save folder, with `/` on every system.
    #[must_use]
    pub fn recording_place(recording: &Recording) -> String {
        Name::of(recording).relative()
    }

    /// Takes a recording out of the library, also one that is open; it can be restored for ten minutes. `None`: there is no
    /// such recording.
    ///
    /// # Errors
    /// [`RecordingError`] when its file cannot be moved or the index cannot be written, or when it is just being changed.
    pub fn delete_recording(&self, id: RecordingId) -> Result<Option<Recording>, RecordingError> {
        match self.claim(id) {
            Ok(claim) => closing::throw_away(&self.shared, claim)?,
            Err(RecordingError::Unknown) => {}
            Err(error) => return Err(error),
        }
        let place = self.shared.recordings.hold(id)?;
        let (home, at) = (self.shared.home.load(), now());
        let deleted = closing::delete(&home, id, at)?;
        drop(place);
        if let Some(recording) = &deleted {
            let user = recording.stream.user.clone();
            self.shared.bus.tell(Happening::RecordingDeleted { id, user });
            self.films_leave(&home, id.into(), at);
        }
        Ok(deleted)
    }

    /// A recording that was deleted and can be restored.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn deleted_recording(&self, id: RecordingId) -> Result<Option<Recording>, LibraryError> {
        closing::look(&self.shared.home.load(), id, now())
    }

    /// Takes a deletion back. `None`: it was not deleted, or too long ago.
    ///
    /// # Errors
    /// [`RecordingError`] when the file cannot be moved or the index cannot be written.
    pub fn restore_recording(&self, id: RecordingId) -> Result<Option<Recording>, RecordingError> {
        let place = self.shared.recordings.hold(id)?;
        let (home, now) = (self.shared.home.load(), now());
        let companions = companions(&home, &id.into())?;
        let restored = closing::restore(&home, id, now)?;
        drop(place);
        if let Some(recording) = &restored {
            self.shared.bus.tell(Happening::Recording(recording.clone()));
            self.films_come_back(&home, companions, now);
        }
        Ok(restored)
    }

    /// Closes every open recording of which nothing was heard for `quiet`, with what is there up to the first hole. The
    /// library does so by itself after ten minutes.
    pub fn close_quiet_recordings(&self, quiet: Duration) {
        closing::close_quiet(&self.shared, quiet);
    }

    /// Takes an open recording to change it.
    fn claim(&self, id: RecordingId) -> Result<Claim<'_>, RecordingError> {
        let home = self.shared.home.load_full();
        self.shared.recordings.claim(id, &home).map_err(|error| self.judged(&home, error))
    }

    /// A recording that is closed and not deleted.
    fn closed(&self, id: RecordingId) -> Result<Recording, RecordingError> {
        match self.shared.home.load().read(|connection| rows::find(connection, id))? {
            Some((_, Some(_))) => Err(RecordingError::Deleted),
            Some((recording, None)) => Ok(recording),
            None => Err(RecordingError::Unknown),
        }
    }

    /// What is answered to a chunk of a closed recording; `None` when it is to go on.
    fn repeated(&self, id: RecordingId, piece: &ChunkPiece) -> Result<Option<ChunkStored>, RecordingError> {
        let recording = self.closed(id)?;
        let folder = closing::note_folder(self.shared.home.load().dir(), id);
        match draft::was_joined(&folder, piece) {
            Some(true) => Ok(Some(ChunkStored { bytes: piece.chunk_bytes, complete: true })),
            Some(false) => Err(RecordingError::OtherChunk(piece.seq)),
            None if recording.state == RecordingState::Abandoned => Ok(None),
            None => Err(RecordingError::BeyondEnd),
        }
    }

    /// Opens an abandoned recording again, because its phone is back.
    fn reopen(&self, id: RecordingId) -> Result<Claim<'_>, RecordingError> {
        let home = self.shared.home.load_full();
        ready(&home)?;
        let claim = self.shared.recordings.claim_after(id, &home, || closing::reopen(&home, id));
        let claim = claim.map_err(|error| self.judged(&home, error))?;
        self.shared.bus.tell(Happening::Recording(Recording {
            state: RecordingState::Open,
            reason: None,
            ..claim.recording()
        }));
        Ok(claim)
    }

    /// A file could not be written: where the folder is at fault, everyone is told.
    fn failed(&self, home: &Home, error: io::Error) -> RecordingError {
        closing::told(&self.shared, home, error)
    }

    fn judged(&self, home: &Home, error: RecordingError) -> RecordingError {
        match error {
            RecordingError::Io(error) => self.failed(home, error),
            other => other,
        }
    }
}

fn ready(home: &Home) -> Result<(), RecordingError> {
    if home.is_well() { Ok(()) } else { Err(RecordingError::NoFolder) }
}

fn count(missing: &[(u32, u32)]) -> u32 {
    missing.iter().map(|(first, last)| last - first + 1).sum()
}
