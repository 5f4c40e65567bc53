//! Events: quiet, then motion, then quiet again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{StreamId, Timestamp};

/// Number of an event, unique in one library and growing with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub i64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One event of one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// Where it happened.
    pub stream: StreamId,
    /// Capture time of the first moving frame.
    pub start: Timestamp,
    /// When it had been quiet for the gap; `None` while it goes on.
    pub end: Option<Timestamp>,
    /// Capture time of the frame with the highest score.
    pub peak: Timestamp,
    /// That score, 0 to 1.
    pub peak_score: f32,
}
