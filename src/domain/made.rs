//! What is made of a recording: a file that can be sought in, a strip of small pictures, and where something moves.

use serde::{Deserialize, Serialize};

use crate::domain::{RecordingId, VideoFormat};

/// The facts of what was made of one recording. They lie beside it as `made.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MadeVideo {
    /// Of which recording.
    pub recording: RecordingId,
    /// Of how many bytes of it. One that went on later has more, and something new is made of it.
    pub of_bytes: u64,
    /// How the file is written.
    pub format: VideoFormat,
    /// Its size.
    pub bytes: u64,
    /// How long it plays.
    pub duration_ms: u64,
    /// How many frames it has.
    pub frames: u64,
    /// Width of the picture as shown.
    pub width: u32,
    /// Height of the picture as shown.
    pub height: u32,
    /// Whether there is sound.
    pub has_sound: bool,
    /// Whether its frames are those of the recording, byte for byte, and only the file around them is another.
    pub is_copy: bool,
    /// What of the recording is not in it.
    pub missing: Vec<Missing>,
    /// The strip of small pictures; none where not one frame could be decoded.
    pub strip: Option<Strip>,
    /// Where something moves, in order.
    pub events: Vec<MovingSpan>,
}

/// What could not be saved of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Missing {
    /// It plays for less than its sender recorded.
    Time {
        /// So long it should play.
        told_ms: u64,
    },
    /// There is no picture in this span of it.
    Gap {
        /// From the beginning of the video.
        from_ms: u64,
        /// When there is a picture again.
        to_ms: u64,
    },
    /// So many frames are damaged beyond use.
    Frames {
        /// How many.
        count: u64,
    },
    /// Something in it is damaged; frames may look wrong.
    Damaged {
        /// What ffmpeg said.
        why: String,
    },
    /// There was sound, and it could not be kept.
    Sound,
    /// It has further pictures or sounds, which are in the recording as it came alone.
    Tracks {
        /// How many.
        count: u64,
    },
    /// Motion could not be looked for, or not to the end.
    Motion {
        /// Why.
        why: String,
    },
    /// The camera's own settings were too many to go with the job; motion was looked for by the defaults.
    Settings,
}

/// Small pictures of a video in one file, row by row, at equal distances in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Pictures in a row.
    pub columns: u32,
    /// How many there are.
    pub count: u32,
    /// Width of one in pixels.
    pub width: u32,
    /// Height of one in pixels.
    pub height: u32,
    /// Time from one to the next.
    pub every_ms: u64,
}

/// A span of a recording in which something moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MovingSpan {
    /// First moving frame, from the beginning of the video.
    pub start_ms: u64,
    /// When it was quiet again.
    pub end_ms: u64,
    /// The frame with the highest score.
    pub peak_ms: u64,
    /// That score, 0 to 1.
    pub score: f32,
}
