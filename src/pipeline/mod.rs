//! From a frame to a kept frame: router, workers, event machine, rate of kept frames.
//!
//! Each stream is owned by one worker thread; nobody locks a detector. Overload is decided here at the door: what is
//! accepted is decided on and kept, what is not is refused at once. It knows nothing of where frames come from and of
//! who looks at them.

mod event;
mod footage;
mod losses;
mod privacy;
mod rate;
mod replay;
mod router;
mod stream;
mod taps;
mod traces;
mod worker;

use std::time::Duration;

pub use event::{EndedEvent, EventMachine, EventSpan, Moment, Movement, Step};
pub use rate::Rate;
pub use replay::{Replayed, StreamReplay};
pub use router::Pipeline;
pub use taps::Tap;
pub use worker::Parts;

use crate::domain::{EventId, SavedFrame, Timestamp, Verdict};

/// What became of a frame.
#[derive(Debug, Clone)]
pub struct FrameOutcome {
    /// Its number, as its source counts.
    pub seq: u64,
    /// Motion or not, and why.
    pub verdict: Verdict,
    /// Moving share of the watched picture, 0 to 1.
    pub score: f32,
    /// The event that goes on.
    pub event: Option<EventId>,
    /// Whether it was kept.
    pub kept: Kept,
    /// Shortest time between two frames of this stream that the pipeline can take now; zero when it has room to spare.
    pub interval: Duration,
    /// Whether something goes on, or may begin: frames are wanted more often than while all is quiet.
    pub lively: bool,
}

/// What a sender wants of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Wish {
    /// Keep it if the rule of its stream asks for it.
    #[default]
    ByRule,
    /// Keep this one in any case: a person picked it.
    Always,
    /// Look at it in place of larger pictures, which the sender holds back, and say which of those are wanted. It is not
    /// kept itself.
    Preview {
        /// Whether the sender holds a picture of this very moment.
        whole: bool,
    },
    /// Keep it without looking: its preview was looked at, and it was asked for.
    Judged(Judged),
}

/// What was said of a frame when its preview was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Moving share of the watched picture, 0 to 1.
    pub score: f32,
    /// The event that went on.
    pub event: Option<EventId>,
    /// Whether it is the peak of that event.
    pub peak: bool,
}

/// How a frame comes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Order {
    /// What is wanted of it.
    pub wish: Wish,
    /// It was captured while its sender could not send. It says nothing of the present, and what comes at the same time
    /// says nothing of it: late frames have a background of their own.
    pub late: bool,
    /// The camera's own sensors say that it was moved since the frame before.
    pub moved: bool,
}

impl Order {
    /// Whether the frame says that its camera is there now. One that comes afterwards, as what was asked for or could not be
    /// sent, says only that it was.
    #[must_use]
    pub fn is_of_now(&self) -> bool {
        !self.late && !matches!(self.wish, Wish::Judged(_))
    }
}

impl From<Wish> for Order {
    fn from(wish: Wish) -> Self {
        Self { wish, late: false, moved: false }
    }
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
    /// It is a preview: the pictures are wanted that its sender holds from this capture time up to its own.
    Wanted {
        /// Earlier than the frame itself at the beginning of an event, for what led to it.
        since: Timestamp,
    },
    /// It is a preview, and the best one of its event up to now: its picture is to be held back until a better one comes or
    /// the event ends.
    Best,
}

/// Why a frame was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Rejected {
    /// Too many frames of this stream wait.
    #[error("too many frames of this camera wait; send the next in {} ms", .retry_after.as_millis())]
    Busy {
        /// When there will be room.
        retry_after: Duration,
    },
    /// Too many cameras at once.
    #[error("{0} cameras are connected, which is the most; stop one of them")]
    TooManyCameras(usize),
    /// The program is ending.
    #[error("Framekeep is closing; start it again")]
    Closing,
}

/// Why an accepted picture came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the picture cannot be decoded: {0}; send a whole JPEG, PNG or WebP picture")]
pub struct Undecodable(pub String);

/// Called once with what became of the frame, on a thread of the pipeline or the library; must not wait.
pub type Reply = Box<dyn FnOnce(Result<FrameOutcome, Undecodable>) + Send>;
