//! The words of Framekeep as types: users, cameras, frames, masks, events.
//!
//! Floor 0: it knows nothing but the standard library, `bytes` and `serde`. No clock is read here and no file is
//! opened; a value that exists is a value that is allowed, because the constructors refuse everything else.

mod camera;
mod cause;
mod clip;
mod detection;
mod draw;
mod event;
mod frame;
mod job;
mod ledger;
mod made;
mod name;
mod picture;
mod recording;
mod saved;
mod settings;
mod store_address;
mod time;
mod trace;
mod zone;

pub use camera::{BlindReason, CameraChoice, CameraState, StreamId};
pub use cause::BlindCause;
pub use clip::{Clip, ClipId, ClipKind};
pub use detection::{Detection, Mask, Region, Verdict};
pub use draw::Draw;
pub use event::{Event, EventId};
pub use frame::Frame;
pub use job::{Job, JobCount, JobId, JobKind, JobQuery, JobState, Lease, NewJob, Priority, WorkerInfo};
pub use ledger::{Label, LedgerExtract, LedgerPage, LedgerSpan, LedgerSums, Second};
pub use made::{MadeVideo, Missing, MovingSpan, Strip};
pub use name::{CameraName, NameError, UserName};
pub use picture::{Picture, PictureFormat, PixelFormat, RgbPicture};
pub use recording::{Recording, RecordingId, RecordingState, VideoFormat};
pub use saved::{FrameId, SavedFrame};
pub use settings::{
    ClipSettings, DetectorKind, EventSettings, JobSettings, KeepRule, MotionSettings, RecordSettings, StreamSettings,
    ThemeChoice, TraceSettings,
};
pub use store_address::{StoreAddress, StoreAddressError};
pub use time::Timestamp;
pub use trace::{ActivityGrid, LeftOut, MovingArea, Trace, TraceAreas, TracedFrame, Upheaval};
pub use zone::{Zone, ZoneKind};
