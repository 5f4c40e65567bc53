//! The queue of jobs for the window: looked at by a thread that may wait for it, and only while somebody looks.
//!
//! The control thread never waits for the queue, which may lie on another machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::bus::{Problem, ProblemKind, Problems};
use crate::domain::{Job, JobId, JobQuery, JobState, Timestamp};
use crate::jobs::{JobError, JobQueue};

/// How often the queue is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Wishes that may wait for the queue.
const MOST_WAITING: usize = 32;
/// How long the end of the program waits for what was asked for just before it.
const DONE_AT_THE_END: Duration = Duration::from_secs(1);
/// Failed jobs that are shown.
const MOST_FAILED: usize = 3;

/// How the queue stands, as the window shows it. Nothing at all until somebody has looked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobsView {
    /// The time by the clock of the queue.
    pub now: Timestamp,
    /// Whether there are jobs in any state; while there are none, nothing is to be shown.
    pub any: bool,
    /// How many wait.
    pub waiting: u64,
    /// How many failed for good.
    pub failed: u64,
    /// What is being done, the newest first.
    pub running: Vec<Job>,
    /// The newest of those that failed.
    pub newest_failed: Vec<Job>,
    /// Whether no job is begun.
    pub paused: bool,
    /// Why the queue cannot be seen, while it cannot.
    pub trouble: Option<String>,
}

/// What the operator wants of a job.
#[derive(Debug, Clone, Copy)]
pub(super) enum JobWish {
    Retry(JobId),
    Cancel(JobId),
}

/// The thread that looks, and the way to it. Dropping it ends the thread.
pub(super) struct JobDesk {
    wishes: Option<Sender<JobWish>>,
    view: Arc<ArcSwap<JobsView>>,
    looked_at: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl JobDesk {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(queue: JobQueue, problems: Problems) -> std::io::Result<Self> {
        let (wishes, wanted) = bounded(MOST_WAITING);
        let (ending, ended) = bounded(0);
        let desk = Self { wishes: Some(wishes), view: Arc::default(), looked_at: Arc::default(), ended };
        let (view, looked_at) = (Arc::clone(&desk.view), Arc::clone(&desk.looked_at));
        std::thread::Builder::new().name("job-desk".to_owned()).spawn(move || {
            run(&queue, &problems, &wanted, &view, &looked_at);
            drop(ending);
        })?;
        Ok(desk)
    }

    /// How the queue stood when it was looked at last.
    pub fn view(&self) -> Arc<JobsView> {
        self.view.load_full()
    }

    /// To be set by whoever looks, each time.
    pub fn looked_at(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.looked_at)
    }

    /// Asks for something. `false`: the queue does not answer, and enough waits for it.
    #[must_use]
    pub fn ask(&self, wish: JobWish) -> bool {
        self.wishes.as_ref().is_some_and(|wishes| wishes.try_send(wish).is_ok())
    }
}

impl Drop for JobDesk {
    fn drop(&mut self) {
        self.wishes.take();
        // A queue that does not answer is left behind.
        let _ = self.ended.recv_timeout(DONE_AT_THE_END);
    }
}

fn run(
    queue: &JobQueue,
    problems: &Problems,
    wanted: &Receiver<JobWish>,
    view: &ArcSwap<JobsView>,
    looked_at: &AtomicBool,
) {
    loop {
        match wanted.recv_timeout(LOOK_EVERY) {
            Ok(wish) => carry_out(queue, problems, wish),
            Err(RecvTimeoutError::Timeout) if looked_at.swap(false, Ordering::Relaxed) => {}
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let seen = look(queue).unwrap_or_else(|error| {
            // What was seen last stays in sight, with the reason why it is old.
            JobsView { trouble: Some(error.to_string()), ..JobsView::clone(&view.load()) }
        });
        view.store(Arc::new(seen));
    }
}

fn look(queue: &JobQueue) -> Result<JobsView, JobError> {
    let overview = queue.overview()?;
    let failed = overview.count(JobState::Dead);
    let newest = JobQuery { state: Some(JobState::Dead), limit: MOST_FAILED, ..JobQuery::default() };
    Ok(JobsView {
        now: overview.now,
        any: !overview.counts.is_empty(),
        waiting: overview.count(JobState::Waiting),
        failed,
        newest_failed: if failed > 0 { queue.list(newest)? } else { Vec::new() },
        running: overview.running,
        paused: overview.paused,
        trouble: None,
    })
}

fn carry_out(queue: &JobQueue, problems: &Problems, wish: JobWish) {
    let done = match wish {
        JobWish::Retry(id) => queue.retry(id),
        JobWish::Cancel(id) => queue.cancel(id),
    };
    match done {
        // `false`: it has come to another end meanwhile, which is seen.
        Ok(_) => problems.settle(ProblemKind::Command),
        Err(error) => {
            tracing::warn!(%error, "a command failed");
            problems.raise(Problem {
                kind: ProblemKind::Command,
                since: std::time::SystemTime::now().into(),
                what: format!("Framekeep could not change a job: {error}"),
                todo: "Try it again".to_owned(),
            });
        }
    }
}
