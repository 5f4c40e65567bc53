//! What may be chosen for each stream.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{Draw, StoreAddress, Zone};

/// Which detector watches a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectorKind {
    /// The one that Framekeep finds best.
    #[default]
    Default,
    /// The same on fewer pixels, for many phones and small computers.
    Fast,
    /// A mixture of Gaussians, equal to OpenCV's MOG2.
    Mog2,
}

/// How the window is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How motion is told from stillness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MotionSettings {
    /// Which detector.
    pub detector: DetectorKind,
    /// 0 sees only strong changes, 1 the faintest; 0.5 is the detector's own default.
    pub sensitivity: f32,
    /// Smallest moving area that counts, as a share of the picture.
    pub smallest_area: f32,
    /// Largest moving area that counts, as a share of the picture; above it the light changed or the camera moved.
    pub largest_area: f32,
    /// Seconds in which the background is learnt and nothing is reported.
    pub warm_up_secs: f32,
    /// Moving frames in a row, in about the same place, before it counts. What is small must move for longer, up to half a second,
    /// which counts however few frames it was.
    pub persistence: u32,
    /// Where to look and where not.
    pub zones: Vec<Zone>,
}

impl Default for MotionSettings {
    fn default() -> Self {
        Self {
            detector: DetectorKind::Default,
            sensitivity: 0.5,
            smallest_area: 0.001,
            largest_area: 0.8,
            warm_up_secs: 0.5,
            persistence: 2,
            zones: Vec::new(),
        }
    }
}

/// When an event begins and ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventSettings {
    /// Seconds of motion before an event begins.
    pub shortest_secs: f32,
    /// Seconds of quiet that end it.
    pub gap_secs: f32,
    /// Seconds after which a new event begins although it still moves.
    pub longest_secs: f32,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self { shortest_secs: 0.0, gap_secs: 2.0, longest_secs: 600.0 }
    }
}

/// Which frames are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase", try_from = "WrittenRule")]
pub enum KeepRule {
    /// Moving frames, at most so many a second, and the peak of each event.
    Motion {
        /// Most frames a second; 0 keeps the peaks only.
        per_second: f32,
    },
    /// Every frame, but at most one in so many seconds, whether it moves or not. 0 keeps all.
    All {
        /// Seconds between two kept frames.
        every_secs: f32,
    },
}

impl Default for KeepRule {
    fn default() -> Self {
        Self::Motion { per_second: 2.0 }
    }
}

/// A rule as people write it: what is left out is as in the default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    #[serde(default)]
    mode: Mode,
    per_second: Option<f32>,
    every_secs: Option<f32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Motion,
    All,
}

impl TryFrom<WrittenRule> for KeepRule {
    type Error = &'static str;

    fn try_from(written: WrittenRule) -> Result<Self, Self::Error> {
        match (written.mode, written.per_second, written.every_secs) {
            (Mode::Motion, Some(per_second), None) => Ok(Self::Motion { per_second }),
            (Mode::Motion, None, None) => Ok(Self::default()),
            (Mode::All, None, Some(every_secs)) => Ok(Self::All { every_secs }),
            (Mode::All, None, None) => Err("mode \"all\" needs every_secs"),
            (Mode::Motion, _, Some(_)) => Err("every_secs goes with mode = \"all\""),
            (Mode::All, Some(_), _) => Err("per_second goes with mode = \"motion\""),
        }
    }
}

impl KeepRule {
    /// Shortest time between two kept frames; `None` when frames are not kept by rate at all.
    #[must_use]
    pub fn interval(self) -> Option<Duration> {
        let secs = match self {
            Self::Motion { per_second } if per_second > 0.0 => 1.0 / per_second,
            Self::Motion { .. } => return None,
            Self::All { every_secs } => every_secs.max(0.0),
        };
        Duration::try_from_secs_f32(secs).ok()
    }
}

/// How the camera of this computer is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordSettings {
    /// Whether it is recorded whenever it runs.
    pub always: bool,
    /// After so many minutes another file is begun.
    pub segment_mins: u32,
}

impl RecordSettings {
    /// Longest segment, in minutes.
    pub const MOST_MINS: u32 = 24 * 60;

    /// Whether every value is one that can be meant.
    ///
    /// # Errors
    /// The field, and what it may be.
    pub fn check(&self) -> Result<(), String> {
        if (1..=Self::MOST_MINS).contains(&self.segment_mins) {
            return Ok(());
        }
        Err(format!("segment_mins is {}; it may be 1 to {}", self.segment_mins, Self::MOST_MINS))
    }
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self { always: false, segment_mins: 10 }
    }
}

/// What is made of an event besides its kept frames.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipSettings {
    /// Whether each event becomes a video.
    pub on: bool,
    /// Seconds before the event that the video shows.
    pub before_secs: f32,
    /// Seconds after its end.
    pub after_secs: f32,
    /// What is drawn on it.
    pub draw: Draw,
}

impl ClipSettings {
    /// Most seconds before and after an event: what came before it waits in memory.
    pub const MOST_SECS: f32 = 60.0;
}

impl Default for ClipSettings {
    fn default() -> Self {
        Self { on: true, before_secs: 5.0, after_secs: 5.0, draw: Draw::default() }
    }
}

/// For how long, and up to which size, it is kept what was seen in every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSettings {
    /// Days after which a trace goes; 0 keeps none.
    pub keep_days: u32,
    /// Megabytes (of a million bytes) beyond which the oldest go.
    pub most_megabytes: u32,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self { keep_days: 7, most_megabytes: 200 }
    }
}

/// Where work waits, and how much of it is done here at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobSettings {
    /// `embedded`, or the address of a Redis that workers on other machines reach too: `redis://HOST:PORT/NUMBER`.
    pub queue: String,
    /// Where workers on other machines get the files of their jobs, and put what they made; `None`: in the save folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAddress>,
    /// Jobs that are done here at the same time; 0 leaves them to other machines.
    pub workers: u32,
}

impl JobSettings {
    /// What `queue` says when jobs wait in the index.
    pub const EMBEDDED: &str = "embedded";
    /// Most workers of one program.
    pub const MOST_WORKERS: u32 = 64;

    /// Whether jobs wait in the index.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        [Self::EMBEDDED, ""].contains(&self.queue.as_str())
    }

    /// Whether every value is one that can be meant.
    ///
    /// # Errors
    /// The field, and what it may be.
    pub fn check(&self) -> Result<(), String> {
        if self.workers > Self::MOST_WORKERS {
            return Err(format!("workers is {}; it may be 0 to {}", self.workers, Self::MOST_WORKERS));
        }
        if self.store.is_some() && self.is_embedded() {
            return Err("store is for workers on other machines; say in queue which Redis they share".to_owned());
        }
        Ok(())
    }
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { queue: Self::EMBEDDED.to_owned(), store: None, workers: 1 }
    }
}

/// All that may be chosen for one stream.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// How motion is told from stillness.
    pub motion: MotionSettings,
    /// When an event begins and ends.
    pub event: EventSettings,
    /// Which frames are kept.
    pub keep: KeepRule,
    /// What becomes of an event.
    pub clip: ClipSettings,
}

impl StreamSettings {
    /// Whether every value is one that can be meant.
    ///
    /// # Errors
    /// The field, and what it may be.
    pub fn check(&self) -> Result<(), String> {
        let Self { motion, event, keep, clip } = self;
        let shares = [
            ("motion.sensitivity", motion.sensitivity),
            ("motion.smallest_area", motion.smallest_area),
            ("motion.largest_area", motion.largest_area),
        ];
        if let Some((field, value)) = shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            return Err(format!("{field} is {value}; it may be 0 to 1"));
        }
        let amounts = [
            ("motion.warm_up_secs", motion.warm_up_secs),
            ("event.shortest_secs", event.shortest_secs),
            ("event.gap_secs", event.gap_secs),
            ("event.longest_secs", event.longest_secs),
            match *keep {
                KeepRule::Motion { per_second } => ("keep.per_second", per_second),
                KeepRule::All { every_secs } => ("keep.every_secs", every_secs),
            },
        ];
        if let Some((field, value)) = amounts.into_iter().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            return Err(format!("{field} is {value}; it may be 0 or more"));
        }
        let spans = [("clip.before_secs", clip.before_secs), ("clip.after_secs", clip.after_secs)];
        let most = ClipSettings::MOST_SECS;
        if let Some((field, value)) = spans.into_iter().find(|(_, value)| !(0.0..=most).contains(value)) {
            return Err(format!("{field} is {value}; it may be 0 to {most}"));
        }
        let whole =
            |zone: &Zone| zone.points.len() >= 3 && zone.points.iter().all(|(x, y)| x.is_finite() && y.is_finite());
        if motion.zones.iter().all(whole) { Ok(()) } else { Err("motion.zones holds one without three corners".into()) }
    }
}
