//! What was kept: files on disk, the index beside them, thumbnails.
//!
//! The files are the truth; the index can be made again from their names. A file appears under its final name only when
//! whole. It knows nothing of cameras, users' rights or HTTP: whoever asks has checked who may.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bus::{Bus, Problems};
use crate::domain::{
    CameraName, Event, EventId, Frame, FrameId, RgbPicture, SavedFrame, StreamId, Timestamp, UserName,
};

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
    /// Called once, on the library's thread, when the frame is on disk or cannot be.
    pub done: Box<dyn FnOnce(Result<SavedFrame, SaveError>) + Send>,
}

/// Why a frame was not kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SaveError(pub String);

/// Which frames to list. All conditions hold together.
#[derive(Debug, Clone, Default)]
pub struct FrameQuery {
    pub user: Option<UserName>,
    pub camera: Option<CameraName>,
    pub event: Option<EventId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Most frames of a page, 1 to 500.
    pub limit: usize,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, Default)]
pub struct FramePage {
    pub frames: Vec<SavedFrame>,
    /// Given when there are more.
    pub next: Option<String>,
}

pub struct Library;

impl Library {
    /// Opens `save_dir` (made if it is missing) and its index; frames that cannot be written there go to `spool`.
    pub fn open(_save_dir: &Path, _spool: &Path, _bus: Bus, _problems: Problems) -> Result<Self, LibraryError> {
        todo!()
    }
    /// Hands a frame to the writing thread. Never waits: `Err` gives the request back when too many wait.
    pub fn save(&self, _request: SaveRequest) -> Result<(), SaveRequest> {
        todo!()
    }
    /// New frames go to `save_dir` from now on; those handed in before go to the old one.
    pub fn change_save_dir(&self, _save_dir: &Path) -> Result<(), LibraryError> {
        todo!()
    }
    pub fn save_dir(&self) -> PathBuf {
        todo!()
    }
    /// Free bytes on the disk of the save folder, as last seen (never asks the disk itself).
    pub fn free_bytes(&self) -> Option<u64> {
        todo!()
    }
    pub fn frames(&self, _query: &FrameQuery) -> Result<FramePage, LibraryError> {
        todo!()
    }
    pub fn frame(&self, _id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        todo!()
    }
    /// Where the file of a frame lies.
    pub fn file(&self, _frame: &SavedFrame) -> PathBuf {
        todo!()
    }
    /// The thumbnail (JPEG, at most 320 pixels wide); made again when it is missing.
    pub fn thumbnail(&self, _frame: &SavedFrame) -> Result<Vec<u8>, LibraryError> {
        todo!()
    }
    /// Takes a frame out of the library; it can be restored for ten minutes.
    pub fn delete(&self, _id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        todo!()
    }
    pub fn restore(&self, _id: FrameId) -> Result<Option<SavedFrame>, LibraryError> {
        todo!()
    }
    /// Number and bytes of the frames of a user, or of all.
    pub fn usage(&self, _user: Option<&UserName>) -> Result<(u64, u64), LibraryError> {
        todo!()
    }
    /// Users that have frames, in the spelling of their folder.
    pub fn users(&self) -> Result<Vec<UserName>, LibraryError> {
        todo!()
    }
    /// A number for a new event of this stream.
    pub fn begin_event(&self, _stream: &StreamId, _start: Timestamp) -> Result<EventId, LibraryError> {
        todo!()
    }
    /// Writes start, end and peak of an event.
    pub fn update_event(&self, _event: &Event) -> Result<(), LibraryError> {
        todo!()
    }
    /// Events, newest first: (user, camera, from, to, cursor, limit) as for frames.
    pub fn events(&self, _query: &FrameQuery) -> Result<(Vec<Event>, Option<String>), LibraryError> {
        todo!()
    }
    /// Writes what waits and stops the threads.
    pub fn stop(&self, _deadline: std::time::Duration) -> bool {
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("failed to open the save folder {path}: {source}; choose another folder")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("failed to use the index: {0}; run `framekeep library rebuild`")]
    Index(String),
    #[error("failed to read {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
}
