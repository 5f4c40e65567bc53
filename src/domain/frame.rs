//! A frame: one picture of one stream at one time.

use crate::domain::{Picture, StreamId, Timestamp};

/// One picture with its stream, sequence number and capture time.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose camera it came from.
    pub stream: StreamId,
    /// Number within the stream, given by its source. A phone that starts again may start again at 0.
    pub seq: u64,
    /// When the camera saw it: by the clock of this computer for its own cameras, else as the sender tells.
    pub captured_at: Timestamp,
    /// The picture as it came.
    pub picture: Picture,
}
