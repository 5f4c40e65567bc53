//! Jobs: a queue that survives, and who does what is in it.
//!
//! One queue, two places: the index of the library, where nothing has to be set up, or a Redis that workers on other
//! machines reach. Both hold to one contract (`tests/jobs/`): each job is done at least once, an attempt counts
//! when it is begun, and a worker that is not heard of loses its job to another.

mod machine;
mod overview;
mod redis;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use machine::{at_most_the_cores, half_of_the_cores, machine};
pub use overview::Overview;
pub use worker::{Attempt, Bell, Cause, Failure, Handler, Heard, Workers, WorkersSetup};

use self::redis::RedisQueue;
use crate::domain::{Job, JobCount, JobId, JobKind, JobQuery, JobState, Lease, NewJob, Timestamp, WorkerInfo};
use crate::library::{Jobs, JobsFile, Library, LibraryError};

/// For so long a worker has a job that it does not tell of.
pub const LEASE: Duration = Duration::from_secs(20);

/// Why the queue did not answer.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The queue in the index cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The address of the queue is none.
    #[error("the address of the queue cannot be read: {0}")]
    Url(String),
    /// Redis does not answer.
    #[error("the queue at {place} does not answer ({why}); check that Redis runs there and can be reached")]
    Unreachable {
        /// Where it should be.
        place: String,
        /// What the system said.
        why: String,
    },
    /// Redis answered what is not understood.
    #[error("the queue answered what is not understood: {0}; is its Redis 6.2 or newer, and of this Framekeep alone?")]
    Strange(String),
    /// A job that no queue takes.
    #[error("a job may carry at most 16 KiB; this one carries {0} bytes")]
    TooLarge(usize),
}

/// A queue of jobs. Cloning shares it.
#[derive(Clone)]
pub struct JobQueue(Backend);

#[derive(Clone)]
enum Backend {
    Embedded(Index),
    Redis(Arc<RedisQueue>),
}

/// Whose index it is.
#[derive(Clone)]
enum Index {
    Ours(Arc<Library>),
    Beside(Arc<JobsFile>),
}

impl Index {
    fn jobs(&self) -> Jobs<'_> {
        match self {
            Self::Ours(library) => library.jobs(),
            Self::Beside(file) => file.jobs(),
        }
    }
}

impl JobQueue {
    /// The queue in the index of a library.
    #[must_use]
    pub fn embedded(library: Arc<Library>) -> Self {
        Self(Backend::Embedded(Index::Ours(library)))
    }

    /// The queue in the index of the library in `save_dir`, which a program may have open: it goes on with what is changed
    /// here.
    ///
    /// # Errors
    /// [`JobError::Library`] when there is no index or it cannot be used.
    pub fn beside(save_dir: &Path) -> Result<Self, JobError> {
        Ok(Self(Backend::Embedded(Index::Beside(Arc::new(JobsFile::open(save_dir)?)))))
    }

    /// A queue in Redis, at a URL such as `redis://192.168.1.5:6379/0`. Whether it is there is not asked yet.
    ///
    /// # Errors
    /// [`JobError::Url`] when the address cannot be read.
    pub fn redis(url: &str) -> Result<Self, JobError> {
        Ok(Self(Backend::Redis(Arc::new(RedisQueue::new(url)?))))
    }

    /// Whether it is in the index, beside what its jobs are about.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.0, Backend::Embedded(_))
    }

    /// Where it is, for people.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.0 {
            Backend::Embedded(_) => "in this program".to_owned(),
            Backend::Redis(queue) => format!("Redis at {}", queue.place()),
        }
    }
}

/// # Errors
/// All of them: [`JobError`] when the queue cannot be reached or does not understand.
#[expect(clippy::missing_errors_doc, reason = "the same for all, above")]
impl JobQueue {
    /// Queues a job. Of two with the same key the first one stands, and its number is given.
    pub fn enqueue(&self, job: &NewJob) -> Result<JobId, JobError> {
        if job.payload.len() > NewJob::MOST_PAYLOAD_BYTES {
            return Err(JobError::TooLarge(job.payload.len()));
        }
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().enqueue(job, now())?),
            Backend::Redis(queue) => queue.enqueue(job),
        }
    }

    /// Takes the most urgent job of these kinds that is due. `None` while there is none, or while the queue is paused. Jobs of
    /// these kinds whose worker has not renewed its lease in time are taken from it, and wait or are dead by the rule of
    /// [`Job::MOST_VANISHED`]. All workers of a queue use the same lease.
    pub fn claim(&self, worker: &str, kinds: &[JobKind], lease: Duration) -> Result<Option<Job>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().claim(worker, kinds, lease, now())?),
            Backend::Redis(queue) => queue.claim(worker, kinds, lease),
        }
    }

    /// Tells that an attempt goes on, how far it is (0 to 1) and what it does, and keeps the job for another `lease`.
    pub fn renew(
        &self,
        attempt: (JobId, u32),
        worker: &str,
        progress: (f32, &str),
        lease: Duration,
    ) -> Result<Lease, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().renew(attempt, progress, lease, now())?),
            Backend::Redis(queue) => queue.renew(attempt, worker, progress),
        }
    }

    /// An attempt is done. `false` when it was not this worker's any more.
    pub fn finish(&self, attempt: (JobId, u32)) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().finish(attempt, now())?),
            Backend::Redis(queue) => queue.finish(attempt),
        }
    }

    /// An attempt failed; it is tried again after `retry_in` unless that is `None` or its attempts are used up. One that was
    /// to be cancelled is. `false` when it was not this worker's any more.
    pub fn fail(&self, attempt: (JobId, u32), why: &str, retry_in: Option<Duration>) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => {
                let now = now();
                Ok(index.jobs().fail(attempt, why, retry_in.map(|pause| now.plus(pause)), now)?)
            }
            Backend::Redis(queue) => queue.fail(attempt, why, retry_in),
        }
    }

    /// An attempt is broken off through no fault of the job, as its worker has to stop: it waits again, and the attempt is not
    /// held against it. `false` when it was not this worker's any more.
    pub fn give_back(&self, attempt: (JobId, u32)) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().give_back(attempt, None, now())?),
            Backend::Redis(queue) => queue.give_back(attempt, None),
        }
    }

    /// An attempt failed because of the machine: the job waits for `pause`, its log says why, and the attempt is not held
    /// against it. `false` when it was not this worker's any more.
    pub fn put_off(&self, attempt: (JobId, u32), why: &str, pause: Duration) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => {
                let now = now();
                Ok(index.jobs().give_back(attempt, Some((why, now.plus(pause))), now)?)
            }
            Backend::Redis(queue) => queue.give_back(attempt, Some((why, pause))),
        }
    }

    /// A job is not wanted any more: one that waits is cancelled at once, one that runs is told. `false` for one that is over
    /// or is not there.
    pub fn cancel(&self, id: JobId) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().cancel(id, now())?),
            Backend::Redis(queue) => queue.cancel(id),
        }
    }

    /// A job that is dead or was cancelled is tried anew, as often as a new one. `false` for any other.
    pub fn retry(&self, id: JobId) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().retry(id, now())?),
            Backend::Redis(queue) => queue.retry(id),
        }
    }

    /// Forgets jobs in a state that is over, and were so for longer than `age`; tells how many.
    pub fn purge(&self, state: JobState, age: Duration) -> Result<u64, JobError> {
        match &self.0 {
            // One millisecond on, so that an age of zero means all.
            Backend::Embedded(index) => Ok(index.jobs().purge(state, before(now(), age))?),
            Backend::Redis(queue) => queue.purge(state, before(queue.now()?, age)),
        }
    }

    /// From now on no job is begun, or jobs are begun again.
    pub fn pause(&self, paused: bool) -> Result<(), JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().pause(paused)?),
            Backend::Redis(queue) => queue.pause(paused),
        }
    }

    /// Whether no job is begun.
    pub fn paused(&self) -> Result<bool, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().paused()?),
            Backend::Redis(queue) => queue.paused(),
        }
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().job(id)?),
            Backend::Redis(queue) => queue.job(id),
        }
    }

    /// Jobs, the newest first.
    pub fn list(&self, query: JobQuery) -> Result<Vec<Job>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().list(query)?),
            Backend::Redis(queue) => queue.list(query),
        }
    }

    /// How many there are of each kind in each state; none where there is none.
    pub fn counts(&self) -> Result<Vec<JobCount>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().counts()?),
            Backend::Redis(queue) => queue.counts(),
        }
    }

    /// Since when the job has been due that waits the longest.
    pub fn oldest_due(&self) -> Result<Option<Timestamp>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().oldest_due(now())?),
            Backend::Redis(queue) => queue.oldest_due(),
        }
    }

    /// How many jobs were done in each minute of the last hour, the one that goes on last.
    pub fn done_by_minute(&self) -> Result<Vec<u64>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().done_by_minute(now())?),
            Backend::Redis(queue) => queue.done_by_minute(),
        }
    }

    /// The time by the clock of the queue, by which all its times are.
    pub fn now(&self) -> Result<Timestamp, JobError> {
        match &self.0 {
            Backend::Embedded(_) => Ok(now()),
            Backend::Redis(queue) => queue.now(),
        }
    }

    /// A worker is there.
    pub fn beat(&self, worker: &WorkerInfo) -> Result<(), JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().beat(&WorkerInfo { seen: now(), ..worker.clone() })?),
            Backend::Redis(queue) => queue.beat(worker),
        }
    }

    /// Calls `ring` for each job that comes due in a queue elsewhere, until `is_over`, which is asked twice a second. At once
    /// over for the one in the index, where whoever queues a job rings.
    fn listen(&self, is_over: &dyn Fn() -> bool, ring: &dyn Fn()) -> Result<(), JobError> {
        match &self.0 {
            Backend::Embedded(_) => Ok(()),
            Backend::Redis(queue) => queue.listen(is_over, ring),
        }
    }

    /// The workers that were heard of in the time `within`. The others are forgotten.
    pub fn workers(&self, within: Duration) -> Result<Vec<WorkerInfo>, JobError> {
        match &self.0 {
            Backend::Embedded(index) => Ok(index.jobs().workers(now().minus(within))?),
            Backend::Redis(queue) => queue.workers(within),
        }
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    now.plus(Duration::from_millis(1)).minus(age)
}
