//! Frames that were kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{EventId, PictureFormat, StreamId, Timestamp};

/// Number of a saved frame, made from its place on disk: it survives a rebuild of the index. Written as 16 hexadecimal
/// digits, because JavaScript's numbers end at 53 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub i64);

impl fmt::Display for FrameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for FrameId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        i64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for FrameId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FrameId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A kept picture, as the index knows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedFrame {
    /// Its number.
    pub id: FrameId,
    /// Whose camera saw it.
    #[serde(flatten)]
    pub stream: StreamId,
    /// Its number within the stream.
    pub seq: u64,
    /// When the camera saw it.
    pub captured_at: Timestamp,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size of the file.
    pub bytes: u64,
    /// How the file is written.
    pub format: PictureFormat,
    /// Moving share of the picture, 0 to 1; 0 where it is not known.
    pub score: f32,
    /// The event that it belongs to.
    pub event: Option<EventId>,
    /// Whether it is the peak of its event.
    pub peak: bool,
}
