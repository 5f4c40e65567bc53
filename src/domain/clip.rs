//! Films that Framekeep makes of what it saw: around an event, of a day, of what somebody picked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{EventId, StreamId, Timestamp};

/// Number of a clip, made from its place on disk: it survives a rebuild of the index. Written as 16 hexadecimal digits, because
/// JavaScript's numbers end at 53 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClipId(pub i64);

impl fmt::Display for ClipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ClipId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        i64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for ClipId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a clip shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClipKind {
    /// An event, with what came before and after it.
    Event,
    /// The kept frames of a span of time, quickly.
    Timelapse,
    /// Kept frames that somebody picked, one after the other.
    Selection,
    /// What the detector sees in a recording or in another clip.
    Mask,
    /// The clip of an event once more, with something drawn on it.
    Drawn,
}

impl ClipKind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [Self::Event, Self::Timelapse, Self::Selection, Self::Mask, Self::Drawn];

    /// As it is written in file names and addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Timelapse => "timelapse",
            Self::Selection => "selection",
            Self::Mask => "mask",
            Self::Drawn => "drawn",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A film that was made, an MP4 that plays everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clip {
    /// Its number.
    pub id: ClipId,
    /// What it shows.
    pub kind: ClipKind,
    /// Its number among those of its kind: that of the event, or when it was ordered.
    #[serde(skip)]
    pub number: i64,
    /// Whose camera saw it.
    #[serde(flatten)]
    pub stream: StreamId,
    /// Capture time of its first frame.
    pub started_at: Timestamp,
    /// Size of the file.
    pub bytes: u64,
    /// How long it plays, where that is known.
    pub duration_ms: Option<u64>,
    /// Whether it can be heard; not known of one that was found by its file alone.
    pub has_sound: Option<bool>,
}

impl Clip {
    /// The event that it shows.
    #[must_use]
    pub fn event(&self) -> Option<EventId> {
        match self.kind {
            ClipKind::Event => Some(EventId(self.number)),
            ClipKind::Timelapse | ClipKind::Selection | ClipKind::Mask | ClipKind::Drawn => None,
        }
    }
}
