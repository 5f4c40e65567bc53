//! How a queue stands, in one picture of plain values: for the page, the window and the terminal.

use std::time::Duration;

use crate::domain::{Job, JobCount, JobQuery, JobState, Timestamp, WorkerInfo};
use crate::jobs::{JobError, JobQueue, LEASE};

/// Most running jobs that are shown.
const MOST_RUNNING: usize = 100;
/// Workers that were not heard of for so long are forgotten; those before it are shown as gone.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// How a queue stands. Its parts are read one after the other, so a job may be missing in one and counted in another.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The time by the clock of the queue.
    pub now: Timestamp,
    /// Whether no job is begun.
    pub paused: bool,
    /// How many of each kind in each state.
    pub counts: Vec<JobCount>,
    /// What is being done, the newest first.
    pub running: Vec<Job>,
    /// Who does it.
    pub workers: Vec<WorkerInfo>,
    /// Since when the job has been due that waits the longest.
    pub oldest_due: Option<Timestamp>,
    /// How many were done in each minute of the last hour, the one that goes on last.
    pub done_by_minute: Vec<u64>,
}

impl Overview {
    /// How many jobs are in a state.
    #[must_use]
    pub fn count(&self, state: JobState) -> u64 {
        self.counts.iter().filter(|count| count.state == state).map(|count| count.count).sum()
    }

    /// Whether a worker was heard of lately: one that was not has lost its job to another.
    #[must_use]
    pub fn is_there(&self, worker: &WorkerInfo) -> bool {
        self.now.since(worker.seen) <= LEASE
    }

    /// Whether there is nothing new in `self` but the time.
    #[must_use]
    pub fn says_the_same_as(&self, before: &Self) -> bool {
        let gone = |overview: &Self| -> Vec<bool> {
            overview.workers.iter().map(|worker| overview.is_there(worker)).collect()
        };
        Self { now: before.now, ..self.clone() } == *before && gone(self) == gone(before)
    }
}

impl JobQueue {
    /// How the queue stands.
    ///
    /// # Errors
    /// [`JobError`] when the queue cannot be reached or does not understand.
    pub fn overview(&self) -> Result<Overview, JobError> {
        let running = JobQuery { state: Some(JobState::Running), limit: MOST_RUNNING, ..JobQuery::default() };
        Ok(Overview {
            paused: self.paused()?,
            counts: self.counts()?,
            running: self.list(running)?,
            workers: self.workers(FORGOTTEN_AFTER)?,
            oldest_due: self.oldest_due()?,
            done_by_minute: self.done_by_minute()?,
            now: self.now()?,
        })
    }
}
