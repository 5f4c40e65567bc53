//! Workers: threads that take jobs from the queue and do them.
//!
//! One thread more keeps the leases of all: a job that takes hours is kept, and one whose machine is gone is not. It does
//! not know what any job is about.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::{Job, JobId, JobKind, Lease, WorkerInfo};
use crate::jobs::{JobError, JobQueue, LEASE, machine};

/// How often the queue is asked for work while nobody says that there is some.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often a lease is renewed, and a worker says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(4);
/// Pauses after failures: the first, and the longest; each is twice the one before.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(5));
/// The longest pause where the machine is at fault: what waits for room on a disk goes on soon after there is some.
const MACHINE_PAUSE: Duration = Duration::from_secs(30);
/// How long a queue that does not answer is left alone.
const QUEUE_PAUSE: Duration = Duration::from_secs(2);

/// Does jobs of some kinds.
pub trait Handler: Send + Sync {
    /// Which.
    fn kinds(&self) -> &[JobKind];

    /// Does one. It may be begun a second time, by another worker too, while the first has not ended: doing it twice must
    /// give what doing it once gives. Long work tells how far it is and looks whether it is still wanted.
    ///
    /// # Errors
    /// [`Failure`].
    fn run(&self, job: &Job, attempt: &Attempt) -> Result<(), Failure>;
}

/// Why a job was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// In words for people.
    pub why: String,
    /// What becomes of the job.
    pub cause: Cause,
}

/// What was at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The job: trying again would fail again. It is dead.
    Job,
    /// Nobody knows. It is tried again, as often as it may be.
    Unknown,
    /// The machine: no attempt is held against the job, and it is tried again until this is mended.
    Machine,
}

impl Failure {
    /// Trying again may help: ffmpeg crashed, a file could not be read.
    #[must_use]
    pub fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), cause: Cause::Unknown }
    }

    /// Trying again helps once a person has mended the machine: its disk is full, ffmpeg is gone.
    #[must_use]
    pub fn outside(why: impl Into<String>) -> Self {
        Self { why: why.into(), cause: Cause::Machine }
    }

    /// Trying again would fail again: the recording is no video.
    #[must_use]
    pub fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), cause: Cause::Job }
    }
}

/// One attempt at a job, as its handler sees it.
pub struct Attempt {
    id: JobId,
    number: u32,
    worker: String,
    /// Thousandths that are done.
    progress: AtomicU32,
    note: Mutex<String>,
    stopped: AtomicBool,
    closing: Arc<AtomicBool>,
}

impl Attempt {
    /// How much is done, 0 to 1, and what is being done. Told to the queue every few seconds.
    pub fn tell(&self, progress: f32, note: &str) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1000")]
        self.progress.store((progress.clamp(0.0, 1.0) * 1000.0) as u32, Ordering::Relaxed);
        note.clone_into(&mut lock(&self.note));
    }

    /// Whether to stop: somebody cancelled the job, another worker has it, or the program ends.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Acquire) || self.closing.load(Ordering::Acquire)
    }
}

/// Told after each look for a job whether the queue answered.
pub type Heard = Box<dyn Fn(Result<(), &JobError>) + Send + Sync>;

/// What workers need.
pub struct WorkersSetup {
    /// Where jobs are.
    pub queue: JobQueue,
    /// Who does them.
    pub handlers: Vec<Arc<dyn Handler>>,
    /// How many jobs at the same time.
    pub count: usize,
    /// What this machine is called.
    pub machine: String,
    /// Asked before each job: `false` while the machine has more urgent things to do.
    pub may_begin: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether the queue answers.
    pub heard: Heard,
}

/// Running workers. They stop when this is dropped, or in order by [`Workers::stop`].
pub struct Workers {
    shared: Arc<Shared>,
    wakers: Arc<[Sender<()>]>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<()>,
}

/// Wakes workers. Cloning shares it.
#[derive(Clone)]
pub struct Bell(Arc<[Sender<()>]>);

impl Bell {
    /// There is new work.
    pub fn ring(&self) {
        for waker in &*self.0 {
            // A worker that was woken already will look anyway.
            let _ = waker.try_send(());
        }
    }
}

struct Shared {
    setup: WorkersSetup,
    closing: Arc<AtomicBool>,
    /// What each worker does, for whoever keeps the leases.
    desks: Vec<Mutex<Desk>>,
    /// Wakes who keeps the leases.
    keeper: Sender<()>,
}

/// One worker as others see it.
struct Desk {
    info: WorkerInfo,
    attempt: Option<Arc<Attempt>>,
    /// The queue was not told yet.
    changed: bool,
}

impl Workers {
    /// Starts them.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(setup: WorkersSetup) -> std::io::Result<Self> {
        let now = SystemTime::now().into();
        let desk = |number| {
            let name = format!("{}-{}-{number}", setup.machine, std::process::id());
            let (machine, version) = (setup.machine.clone(), env!("CARGO_PKG_VERSION").to_owned());
            Mutex::new(Desk {
                info: WorkerInfo { name, machine, version, job: None, since: now, seen: now },
                attempt: None,
                changed: false,
            })
        };
        let desks = (0..setup.count).map(desk).collect();
        let (ending, ended) = bounded(0);
        // One for each worker, and the last for who keeps the leases.
        let (mut wakers, calls): (Vec<_>, Vec<_>) = (0..setup.count).map(|_| bounded(1)).unzip();
        let (keeper, wake) = bounded(1);
        wakers.push(keeper.clone());
        let shared = Arc::new(Shared { setup, closing: Arc::default(), desks, keeper });
        let mut workers = Self { shared: Arc::clone(&shared), wakers: wakers.into(), threads: Vec::new(), ended };
        for (number, wake) in calls.into_iter().enumerate() {
            let (shared, ending) = (Arc::clone(&shared), ending.clone());
            workers.threads.push(std::thread::Builder::new().name(format!("job-{number}")).spawn(move || {
                machine::step_back();
                shared.work(number, &wake);
                drop(ending);
            })?);
        }
        if !shared.setup.queue.is_embedded() {
            let (shared, ending, bell) = (Arc::clone(&shared), ending.clone(), workers.bell());
            workers.threads.push(std::thread::Builder::new().name("job-bell".into()).spawn(move || {
                shared.listen(&bell);
                drop(ending);
            })?);
        }
        workers.threads.push(std::thread::Builder::new().name("job-leases".into()).spawn(move || {
            shared.keep_leases(&wake);
            drop(ending);
        })?);
        Ok(workers)
    }

    /// Wakes them when there is new work.
    #[must_use]
    pub fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.wakers))
    }

    /// Lets every worker give its job back and ends them. `false`: one did not end in time and was left behind; its job is
    /// taken over when its lease is over.
    #[must_use]
    pub fn stop(mut self, deadline: Duration) -> bool {
        let end = Instant::now() + deadline;
        self.close();
        let in_time = matches!(self.ended.recv_deadline(end), Err(crossbeam_channel::RecvTimeoutError::Disconnected));
        in_time && self.threads.drain(..).all(|thread| thread.join().is_ok())
    }

    fn close(&self) {
        self.shared.closing.store(true, Ordering::Release);
        self.bell().ring();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Takes one job after the other until told to stop.
    fn work(&self, number: usize, wake: &Receiver<()>) {
        let name = lock(&self.desks[number]).info.name.clone();
        let kinds: Vec<JobKind> =
            self.setup.handlers.iter().flat_map(|handler| handler.kinds().iter().copied()).collect();
        while !self.is_closing() {
            if !(self.setup.may_begin)() {
                let _ = wake.recv_timeout(QUEUE_PAUSE);
                continue;
            }
            let claimed = self.setup.queue.claim(&name, &kinds, LEASE);
            (self.setup.heard)(claimed.as_ref().map(drop));
            match claimed {
                Ok(Some(job)) => self.attempt(number, &name, &job),
                Ok(None) => drop(wake.recv_timeout(LOOK_EVERY)),
                Err(_) => drop(wake.recv_timeout(QUEUE_PAUSE)),
            }
        }
    }

    /// Rings when a job comes due in a queue elsewhere, which nobody here would hear of. Only a matter of time that is saved:
    /// workers look by themselves as well.
    fn listen(&self, bell: &Bell) {
        while !self.is_closing() {
            if let Err(error) = self.setup.queue.listen(&|| self.is_closing(), &|| bell.ring()) {
                tracing::debug!(%error, "nobody hears of new jobs at once");
                std::thread::sleep(LOOK_EVERY);
            }
        }
    }

    fn attempt(&self, number: usize, worker: &str, job: &Job) {
        let attempt = Arc::new(Attempt {
            id: job.id,
            number: job.attempts,
            worker: worker.to_owned(),
            progress: AtomicU32::new(0),
            note: Mutex::default(),
            stopped: AtomicBool::new(false),
            closing: Arc::clone(&self.closing),
        });
        self.sit(number, Some(Arc::clone(&attempt)));
        let outcome = match self.setup.handlers.iter().find(|handler| handler.kinds().contains(&job.kind)) {
            Some(handler) => catch_unwind(AssertUnwindSafe(|| handler.run(job, &attempt)))
                .unwrap_or_else(|_| Err(Failure::passing("a fault in Framekeep; its log says more"))),
            None => Err(Failure::lasting("nobody here can do it")),
        };
        self.sit(number, None);
        let told = self.tell(job, &attempt, outcome);
        if let Err(error) = told {
            // Its lease ends, and another worker finds what is done already.
            tracing::warn!(job = %job.id, %error, "what became of a job could not be told");
        }
    }

    fn tell(&self, job: &Job, attempt: &Attempt, outcome: Result<(), Failure>) -> Result<bool, JobError> {
        let (queue, held) = (&self.setup.queue, (job.id, job.attempts));
        match outcome {
            Ok(()) => queue.finish(held),
            Err(_) if self.is_closing() && !attempt.stopped.load(Ordering::Acquire) => queue.give_back(held),
            Err(failure) => {
                tracing::warn!(job = %job.id, kind = job.kind.name(), attempt = job.attempts, why = failure.why, "a job failed");
                let pause = PAUSES.0.saturating_mul(1 << job.attempts.min(10).saturating_sub(1)).min(PAUSES.1);
                match failure.cause {
                    Cause::Job => queue.fail(held, &failure.why, None),
                    Cause::Unknown => queue.fail(held, &failure.why, Some(pause)),
                    Cause::Machine => queue.put_off(held, &failure.why, pause.min(MACHINE_PAUSE)),
                }
            }
        }
    }

    /// Notes what a worker does. The queue is told soon: a worker does not wait for that, and of many small jobs only some
    /// are told.
    fn sit(&self, number: usize, attempt: Option<Arc<Attempt>>) {
        {
            let mut desk = lock(&self.desks[number]);
            desk.info.job = attempt.as_ref().map(|attempt| attempt.id);
            desk.attempt = attempt;
            desk.changed = true;
        }
        // Who was woken already will look anyway.
        let _ = self.keeper.try_send(());
    }

    fn keep_leases(&self, wake: &Receiver<()>) {
        let mut next = Instant::now();
        while !self.is_closing() || self.desks.iter().any(|desk| lock(desk).attempt.is_some()) {
            // Woken for other reasons too; a lease is renewed when it is time.
            let is_time = Instant::now() >= next;
            if is_time {
                next = Instant::now() + BEAT_EVERY;
            }
            self.beat(is_time);
            let _ = wake.recv_timeout(next.saturating_duration_since(Instant::now()).min(LOOK_EVERY));
        }
        self.beat(false);
    }

    /// Tells what changed, and when it `is_time` everything.
    fn beat(&self, is_time: bool) {
        for desk in &self.desks {
            let (info, attempt) = {
                let mut desk = lock(desk);
                if !std::mem::take(&mut desk.changed) && !is_time {
                    continue;
                }
                (desk.info.clone(), desk.attempt.clone().filter(|_| is_time))
            };
            if let Err(error) = self.setup.queue.beat(&info) {
                tracing::debug!(%error, "a worker could not say that it is there");
            }
            let Some(attempt) = attempt else { continue };
            let note = lock(&attempt.note).clone();
            #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
            let progress = attempt.progress.load(Ordering::Relaxed) as f32 / 1000.0;
            match self.setup.queue.renew((attempt.id, attempt.number), &attempt.worker, (progress, &note), LEASE) {
                Ok(Lease::Held) => {}
                Ok(Lease::Cancelled | Lease::Lost) => attempt.stopped.store(true, Ordering::Release),
                // A queue that is back before the lease is over has lost nothing.
                Err(error) => tracing::debug!(job = %attempt.id, %error, "a lease could not be renewed"),
            }
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain values that cannot be half changed, so a poisoned lock is as good as a whole one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
