//! Jobs: work that may wait, and what becomes of it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

/// The number of a job, given by its queue. Grows with every job of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for JobId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What kind of work it is: tells who can do it and how the rest of the job is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A finished recording becomes a file that can be sought in, with a strip of thumbnails and its events.
    Recording,
    /// A video around an event.
    Clip,
    /// Kept frames, those of a span of time or those that somebody picked, as a quick video.
    Timelapse,
    /// What the detector sees in a video, as a video.
    Mask,
}

impl JobKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::Recording, Self::Clip, Self::Timelapse, Self::Mask];

    /// As it is written in queues, addresses and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Clip => "clip",
            Self::Timelapse => "timelapse",
            Self::Mask => "mask",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What goes first. Within one priority the job goes first that may run since longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits for it.
    High,
    /// The usual work.
    #[default]
    Normal,
    /// When there is nothing else to do.
    Low,
}

impl Priority {
    /// All, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Its place among all, 0 for the most urgent.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }

    /// The priority of a rank; what is beyond them is low.
    #[must_use]
    pub fn from_rank(rank: u8) -> Self {
        match rank {
            0 => Self::High,
            1 => Self::Normal,
            _ => Self::Low,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for a worker, or for its time: it has not begun, or failed and is to be tried again.
    Waiting,
    /// A worker has it.
    Running,
    /// It is done.
    Done,
    /// It failed as often as it may, or for a reason that stays.
    Dead,
    /// Somebody did not want it any more.
    Cancelled,
}

impl JobState {
    /// Every state there is.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Done, Self::Dead, Self::Cancelled];

    /// As it is written in queues and addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

/// A job that is to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What kind of work.
    pub kind: JobKind,
    /// What it is about, as JSON: references, such as the number of a recording, never pictures. At most
    /// [`Self::MOST_PAYLOAD_BYTES`].
    pub payload: String,
    /// What goes first.
    pub priority: Priority,
    /// Not to be begun before.
    pub run_at: Option<Timestamp>,
    /// Of two jobs with the same key the second is not queued, for as long as the first one is known.
    pub key: Option<String>,
    /// How often it may be begun.
    pub most_attempts: u32,
}

impl NewJob {
    /// Largest payload as JSON, in bytes.
    pub const MOST_PAYLOAD_BYTES: usize = 16 * 1024;
    /// How often a job may be begun unless somebody says otherwise.
    pub const ATTEMPTS: u32 = 5;

    /// A job of the usual priority that may be begun at once.
    #[must_use]
    pub fn new(kind: JobKind, payload: impl Into<String>) -> Self {
        Self {
            kind,
            payload: payload.into(),
            priority: Priority::Normal,
            run_at: None,
            key: None,
            most_attempts: Self::ATTEMPTS,
        }
    }
}

/// A job as its queue knows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// What it is about, as JSON.
    pub payload: String,
    /// What goes first.
    pub priority: Priority,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun. Counted when a worker takes it, so that a job that kills its worker is not tried for ever.
    pub attempts: u32,
    /// How often it may be begun.
    pub most_attempts: u32,
    /// Not begun before this.
    pub run_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was begun the last time.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Who has it, or had it last.
    pub worker: Option<String>,
    /// How much of it is done, 0 to 1.
    pub progress: f32,
    /// What is being done, in a few words.
    pub note: String,
    /// What went wrong, the newest attempt last. Empty when nothing did.
    pub log: String,
    /// Somebody wants it to stop, and its worker has not noticed yet.
    pub cancelling: bool,
}

impl Job {
    /// Longest log, in bytes. Of a longer one the beginning is left out.
    pub const MOST_LOG_BYTES: usize = 8 * 1024;
    /// So often the worker of a job may vanish in the middle of it: killed, without power, memory or network. That is not held
    /// against the job before, as it happens to any job on a machine that is restarted often; the last time the job is dead,
    /// as it may be what ends its workers. The attempts that count for failures are left to failures.
    pub const MOST_VANISHED: u32 = 20;

    /// How long it will take until it is done, if it goes on as it went so far. `None` while that cannot be told.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let began = self.started_at.filter(|_| self.state == JobState::Running)?;
        // Of less than a hundredth nothing can be concluded.
        (0.01..=1.0).contains(&self.progress).then(|| now.since(began).mul_f32((1.0 - self.progress) / self.progress))
    }

    /// How long a job waits after its worker vanished: a tenth of the lease the first time, then twice as long each time, up to
    /// fifteen leases. With a lease of 20 seconds that is 2 seconds to 5 minutes.
    #[must_use]
    pub fn pause_after_vanishing(times: u32, lease: Duration) -> Duration {
        (lease / 10).saturating_mul(1 << (times.clamp(1, 16) - 1)).min(lease.saturating_mul(15))
    }

    /// What is said of a job whose worker vanished [`Self::MOST_VANISHED`] times, after how that was noticed.
    #[must_use]
    pub fn vanished_too_often() -> String {
        format!("for the {}th time: it may be this job that ends its workers", Self::MOST_VANISHED)
    }

    /// What went wrong last, without the attempts before; empty when nothing did.
    #[must_use]
    pub fn last_failure(&self) -> &str {
        let from = self.log.rfind("\nattempt ").map_or(0, |at| at + 1);
        &self.log[from..]
    }

    /// A log with one more entry, of which each is one paragraph.
    #[must_use]
    pub fn log_with(log: &str, attempt: u32, what: &str) -> String {
        let entry = format!("attempt {attempt}: {}", what.trim());
        let mut whole = if log.is_empty() { entry } else { format!("{log}\n{entry}") };
        let mut from = whole.len().saturating_sub(Self::MOST_LOG_BYTES);
        while !whole.is_char_boundary(from) {
            from += 1;
        }
        whole.split_off(from)
    }
}

/// Whether a worker still has its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// It has.
    Held,
    /// It has, and somebody does not want the job any more.
    Cancelled,
    /// Somebody else has it, or it is over: what this worker does for it is for nothing.
    Lost,
}

/// How many jobs of one kind are in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JobCount {
    /// The kind.
    pub kind: JobKind,
    /// The state.
    pub state: JobState,
    /// How many.
    pub count: u64,
}

/// Which jobs to list, the newest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobQuery {
    /// In this state.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<JobKind>,
    /// Queued before this one.
    pub before: Option<JobId>,
    /// Most jobs of a page.
    pub limit: usize,
}

/// Who does jobs: a thread of this program, or one of another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// Its name, of one machine, process and thread.
    pub name: String,
    /// The machine.
    pub machine: String,
    /// The version of Framekeep.
    pub version: String,
    /// What it works on.
    pub job: Option<JobId>,
    /// Since when it is there.
    pub since: Timestamp,
    /// When it was heard of last.
    pub seen: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(progress: f32) -> Job {
        Job {
            id: JobId(7),
            kind: JobKind::Clip,
            payload: "{}".into(),
            priority: Priority::Normal,
            state: JobState::Running,
            attempts: 1,
            most_attempts: 5,
            run_at: Timestamp::from_millis(0),
            created_at: Timestamp::from_millis(0),
            started_at: Some(Timestamp::from_millis(10_000)),
            finished_at: None,
            worker: None,
            progress,
            note: String::new(),
            log: String::new(),
            cancelling: false,
        }
    }

    #[test]
    fn the_time_left_follows_from_the_time_that_was_taken_and_is_not_made_up() {
        let now = Timestamp::from_millis(40_000);
        let left = |job: &Job| job.left(now).map(|left| left.as_millis());
        assert_eq!(left(&running(0.75)), Some(10_000));
        assert_eq!(left(&running(1.0)), Some(0));
        assert_eq!(left(&running(0.0)), None, "nothing is known yet");
        assert_eq!(left(&Job { state: JobState::Waiting, ..running(0.5) }), None);
    }

    #[test]
    fn the_last_failure_is_the_newest_entry_of_the_log_with_all_its_lines() {
        let log = Job::log_with("", 1, "the disk was full");
        let log = Job::log_with(&log, 2, "ffmpeg ended:\nno such codec");
        let job = Job { log, ..running(0.0) };
        assert_eq!(job.last_failure(), "attempt 2: ffmpeg ended:\nno such codec");
        assert_eq!(running(0.0).last_failure(), "");
    }
}
