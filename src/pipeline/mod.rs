//! From a frame to a kept frame: router, workers, event machine, keeper.
//!
//! Each stream is owned by one worker thread; nobody locks a detector. It knows nothing of where frames come from and of
//! who looks at them.

use std::sync::Arc;
use std::time::Duration;

use crate::bus::{Latest, Problems};
use crate::config::SettingsStore;
use crate::domain::{EventId, Frame, SavedFrame, StreamId, Verdict};
use crate::library::Library;

/// What became of a frame.
#[derive(Debug, Clone)]
pub struct FrameOutcome {
    pub seq: u64,
    pub verdict: Verdict,
    pub score: f32,
    pub event: Option<EventId>,
    pub kept: Kept,
}

/// Whether a frame was kept.
#[derive(Debug, Clone)]
pub enum Kept {
    /// The rules do not ask for it.
    NotAsked,
    /// It is on disk.
    Saved(SavedFrame),
    /// It should have been and could not, in words.
    Failed(String),
}

/// Why a frame was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Rejected {
    /// Too many frames of this stream wait.
    #[error("too many frames of this camera wait; send the next in {} ms", .retry_after.as_millis())]
    Busy { retry_after: Duration },
    /// The program is ending.
    #[error("Framekeep is closing")]
    Closing,
}

/// Why an accepted picture came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the picture cannot be decoded: {0}")]
pub struct Undecodable(pub String);

/// Called once with what became of the frame, on a thread of the pipeline or the library; must not wait.
pub type Reply = Box<dyn FnOnce(Result<FrameOutcome, Undecodable>) + Send>;

pub struct Pipeline;

impl Pipeline {
    /// Starts the workers.
    pub fn start(_settings: Arc<SettingsStore>, _library: Arc<Library>, _latest: Latest, _problems: Problems) -> Self {
        todo!()
    }
    /// Hands in a frame. Never waits.
    pub fn submit(&self, _frame: Frame, _reply: Option<Reply>) -> Result<(), Rejected> {
        todo!()
    }
    /// Ends the event that goes on in a stream and forgets its background: the camera stopped.
    pub fn close(&self, _stream: &StreamId) {
        todo!()
    }
    /// Settings changed: workers take them up before the next frame. (They also listen themselves.)
    pub fn stop(&self, _deadline: Duration) -> bool {
        todo!()
    }
}
