//! Videos that phones recorded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{StreamId, Timestamp};

/// Number of a recording, made from its user and the key that its sender chose: who sends the beginning twice begins one
/// recording. Written as 16 hexadecimal digits, because JavaScript's numbers end at 53 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(pub i64);

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for RecordingId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        i64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for RecordingId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordingId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a recorded video is written. What is inside (VP8, H.264 …) the media type of its sender says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoFormat {
    /// `WebM` or another Matroska.
    WebM,
    /// MP4 and its relatives (ISO base media file format).
    Mp4,
}

impl VideoFormat {
    /// So many bytes from the start tell the format.
    pub const SNIFF_BYTES: usize = 8;

    /// Ending of the file name, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::WebM => "webm",
            Self::Mp4 => "mp4",
        }
    }

    /// The format of an ending as [`Self::extension`] gives it.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        [Self::WebM, Self::Mp4].into_iter().find(|format| format.extension() == extension)
    }

    /// Media type, as in `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WebM => "video/webm",
            Self::Mp4 => "video/mp4",
        }
    }

    /// The format that the first [`Self::SNIFF_BYTES`] announce, whatever a sender calls it.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1a, 0x45, 0xdf, 0xa3, _, _, _, _, ..] => Some(Self::WebM),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }
}

/// How far a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// Chunks are still to come.
    Open,
    /// All of it is there, in one file.
    Finished,
    /// The phone went away: what came without a hole is there, in one file. It goes on if the phone comes back.
    Abandoned,
}

/// A video that a phone recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// Its number.
    pub id: RecordingId,
    /// Whose camera it is.
    #[serde(flatten)]
    pub stream: StreamId,
    /// When it begins, by the computer's clock.
    pub started_at: Timestamp,
    /// What its sender calls it, with codecs.
    pub mime: String,
    /// How the file is written, by its first bytes; by the sender's word before they are there.
    pub format: VideoFormat,
    /// Bytes of the file; while it is open, of what there is up to the first hole.
    pub bytes: u64,
    /// Chunks of these bytes; 0 where that is not known.
    pub chunks: u32,
    /// How long it plays, as far as that is known.
    pub duration_ms: Option<u64>,
    /// How far it is.
    pub state: RecordingState,
    /// Why it was abandoned, one sentence.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_a_video_from_other_files() {
        let table: [(&[u8], Option<VideoFormat>); 6] = [
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01", Some(VideoFormat::WebM)),
            (b"\0\0\0\x1cftypiso5", Some(VideoFormat::Mp4)),
            (b"\x1a\x45\xdf\xa3", None),
            (b"hello, I am webm", None),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", None),
            (b"", None),
        ];
        for (bytes, format) in table {
            assert_eq!(VideoFormat::sniff(bytes), format, "{bytes:?}");
        }
    }
}
