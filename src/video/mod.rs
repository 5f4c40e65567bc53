//! What becomes of recordings and events: the handlers of jobs, and who takes in what they made.
//!
//! A handler runs in this program or in a worker on another machine. It knows files and its job, and no index; what it made
//! is a file under a final name, which the program that owns the index finds (`collector`). It knows no HTTP and no window.

mod clip;
mod collector;
mod exchange;
mod files;
mod forward;
mod leisure;
mod mask_film;
mod recorder;
mod recording;
mod tools;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub use files::{Fetched, Files, FilesError, Workplace};
pub use mask_film::MaskFilm;
pub use recorder::{Recorder, RecorderView, Setup as RecorderSetup};
pub use tools::Tools;

use crate::bus::{Latest, Problem, ProblemKind, Problems};
use crate::config::SettingsStore;
use crate::jobs::{self, Bell, Handler, Heard, JobQueue, Workers, WorkersSetup};
use crate::library::Library;
use crate::store::Store;
use clip::{ClipCollect, ClipHandler};
use collector::{Collect, Collector};
use exchange::{Exchange, Gate, Setup};
use forward::Forward;
use leisure::Leisure;
use recording::{RecordingCollect, RecordingHandler, Tasks};

/// Who does jobs on these files, on whatever machine.
#[must_use]
pub fn handlers(files: &Files, tools: &Tools) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(RecordingHandler { files: files.clone(), tools: tools.clone() }),
        Arc::new(ClipHandler { files: files.clone(), tools: tools.clone() }),
    ]
}

/// What the work on recordings and events needs of the program.
pub struct Parts {
    /// Where jobs wait.
    pub queue: JobQueue,
    /// What they are about.
    pub library: Arc<Library>,
    /// How many are done here, and how motion is looked for.
    pub settings: Arc<SettingsStore>,
    /// Where it is told what needs a person.
    pub problems: Problems,
    /// ffmpeg.
    pub tools: Tools,
    /// Where workers on other machines get and put files; `None`: in the save folder.
    pub store: Option<Store>,
    /// Who this is, among those who might use the same store.
    pub installation: String,
}

/// Says whether the machine has time for a job.
pub type HasTime = Box<dyn Fn() -> bool + Send + Sync>;

/// Says so by what cameras lose and how much the machine has to do.
#[must_use]
pub fn leisure(latest: Latest) -> HasTime {
    let leisure = Mutex::new(Leisure::new(latest));
    Box::new(move || leisure.lock().unwrap_or_else(PoisonError::into_inner).has_time(Instant::now()))
}

/// The workers of this program, and who takes in what they and others made.
pub struct Video {
    workers: Workers,
    exchange: Option<Exchange>,
    collector: Collector,
}

impl Video {
    /// Starts them. `has_time` is asked before each job.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(parts: &Parts, has_time: HasTime) -> std::io::Result<Self> {
        let (files, tools) = (Files::of(Arc::clone(&parts.library)), parts.tools.clone());
        if parts.queue.is_embedded()
            && let Err(error) = parts.library.jobs().release(jobs::LEASE, SystemTime::now().into())
        {
            // They are begun again when their leases are over.
            tracing::warn!(%error, "jobs that were begun before are not let go");
        }
        parts.library.end_own_left_behind();
        let looking = tools.clone();
        let workers = Workers::start(WorkersSetup {
            queue: parts.queue.clone(),
            handlers: handlers(&files, &tools),
            count: jobs::at_most_the_cores(parts.settings.get().jobs.workers),
            machine: jobs::machine(),
            may_begin: Box::new(move || looking.found().is_ok() && has_time()),
            heard: said_once(),
        })?;
        let tasks = Tasks { settings: Arc::clone(&parts.settings), bell: workers.bell() };
        parts.library.queue_recordings(Box::new(tasks.clone()));
        let exchange = parts.store.clone().filter(|_| !parts.queue.is_embedded()).map(|store| {
            let owner = parts.installation.clone();
            Exchange::start(Setup {
                store,
                owner,
                files: files.clone(),
                library: Arc::clone(&parts.library),
                problems: parts.problems.clone(),
            })
        });
        let exchange = exchange.transpose()?;
        let gate = exchange.as_ref().map(Exchange::gate).unwrap_or_default();
        Ok(Self {
            collector: Collector::start(collects(parts, &files, &tasks, &gate), tell_of_ffmpeg(parts))?,
            exchange,
            workers,
        })
    }

    /// Wakes the workers of this program when there is something to do.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.workers.bell()
    }

    /// Lets workers give their jobs back and ends all threads. `false`: one did not end in time and was left behind.
    #[must_use]
    pub fn stop(self, deadline: Duration) -> bool {
        let end = Instant::now() + deadline;
        let left = || end.saturating_duration_since(Instant::now());
        let workers = self.workers.stop(deadline);
        let exchange = self.exchange.is_none_or(|exchange| exchange.stop(left()));
        self.collector.stop(left()) && exchange && workers
    }
}

/// Logs that no job can be taken: once, not at each look.
fn said_once() -> Heard {
    let silent = AtomicBool::new(false);
    Box::new(move |answer| {
        if !silent.swap(answer.is_err(), Ordering::Relaxed)
            && let Err(error) = answer
        {
            tracing::warn!(%error, "no job can be taken");
        }
    })
}

/// A person is needed when something waits for ffmpeg, and not before.
fn tell_of_ffmpeg(parts: &Parts) -> Box<dyn Fn(bool) + Send> {
    let (tools, problems) = (parts.tools.clone(), parts.problems.clone());
    Box::new(move |is_needed| match tools.found() {
        Err(why) if is_needed => problems.raise(Problem {
            kind: ProblemKind::Ffmpeg,
            since: SystemTime::now().into(),
            what: format!("Recordings and events are kept, but no videos are made of them yet: {why}"),
            todo: "Install ffmpeg 5.1 or newer (Debian and Ubuntu: sudo apt install ffmpeg; Fedora: sudo dnf install \
                   ffmpeg; macOS: brew install ffmpeg); what waits goes on by itself"
                .to_owned(),
        }),
        _ => problems.settle(ProblemKind::Ffmpeg),
    })
}

/// Who takes in what is made.
fn collects(parts: &Parts, files: &Files, tasks: &Tasks, gate: &Gate) -> Vec<Box<dyn Collect>> {
    let mut collects: Vec<Box<dyn Collect>> = vec![
        Box::new(RecordingCollect {
            files: files.clone(),
            library: Arc::clone(&parts.library),
            queue: parts.queue.clone(),
            gate: gate.clone(),
            tasks: tasks.clone(),
        }),
        Box::new(ClipCollect::new(parts, tasks.bell.clone(), gate.clone())),
        Box::new(Clearing(files.clone())),
    ];
    if !parts.queue.is_embedded() {
        let (library, queue) = (Arc::clone(&parts.library), parts.queue.clone());
        collects.insert(0, Box::new(Forward { library, queue, gate: gate.clone(), silent: false }));
    }
    collects
}

/// Clears away what killed workers left behind.
struct Clearing(Files);

impl Collect for Clearing {
    fn often(&mut self) -> bool {
        false
    }

    fn seldom(&mut self) {
        self.0.clear_workplaces();
    }
}
