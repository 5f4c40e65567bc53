//! `framekeep bench jobs`: how fast a queue takes jobs and hands them out, when there is nothing to do in them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::Serialize;

use crate::bus::{Bus, Problems};
use crate::cli::bench::{Error, Spread, told};
use crate::domain::{Job, JobKind, JobSettings, JobState, NewJob};
use crate::jobs::{Attempt, Failure, Handler, JobQueue, Workers, WorkersSetup};
use crate::library::Library;

/// How long one job may take to begin before the measuring is given up.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long workers may take to end.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Workers that were heard of in this time would take jobs that are meant for ours.
const HEARD_WITHIN: Duration = Duration::from_secs(30);
/// What the machine of our own workers is called.
const MACHINE: &str = "bench";

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct JobsArgs {
    /// The queue: embedded, or redis://HOST:PORT/NUMBER of a Redis in which there is no job and at which nobody works
    #[arg(long, value_name = "URL", default_value = JobSettings::EMBEDDED)]
    queue: String,
    /// Jobs that are queued, and then done
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Jobs that are queued one by one while nothing else is to be done
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    single: u32,
    /// Jobs that are done at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What `bench jobs --json` writes.
#[derive(Debug, Serialize)]
struct JobsBench {
    queue: String,
    jobs: u32,
    workers: u16,
    queued_per_s: f64,
    done_per_s: f64,
    /// From queueing a job to its beginning, while the workers have nothing else to do.
    start_ms: Spread,
}

/// Does nothing, and tells when.
struct Nothing(Sender<Instant>);

impl Handler for Nothing {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Clip]
    }

    fn run(&self, _job: &Job, _attempt: &Attempt) -> Result<(), Failure> {
        // When nobody listens any more, the measuring is over.
        let _ = self.0.send(Instant::now());
        Ok(())
    }
}

pub(super) fn run(args: &JobsArgs) -> Result<(), Error> {
    let scratch = tempfile::tempdir().map_err(|error| failed(&error))?;
    let (queue, library) = open(&args.queue, scratch.path())?;
    let outcome = refuse_used(&queue).and_then(|()| measure(args, &queue));
    if let Some(library) = library {
        library.stop(STOP_WITHIN);
    }
    let bench = outcome?;
    let JobsBench { queue, jobs, workers, queued_per_s, done_per_s, start_ms } = &bench;
    let words = format!(
        "{jobs} jobs {queue}, {workers} at a time\n  {queued_per_s} queued a second, {done_per_s} done a second\n  \
         from queueing to beginning: median {} ms, p95 {} ms",
        start_ms.median, start_ms.p95
    );
    told(args.json, &bench, words)
}

/// The queue, and the library that it is in where it is in one.
fn open(queue: &str, folder: &Path) -> Result<(JobQueue, Option<Arc<Library>>), Error> {
    if queue != JobSettings::EMBEDDED {
        return Ok((JobQueue::redis(queue).map_err(|error| failed(&error))?, None));
    }
    let bus = Bus::default();
    let problems = Problems::new(bus.clone());
    let library = Library::open(&folder.join("frames"), &folder.join("spool"), bus, problems);
    let library = Arc::new(library.map_err(|error| failed(&error))?);
    Ok((JobQueue::embedded(Arc::clone(&library)), Some(library)))
}

/// Jobs of others would be done by handlers that do nothing, and workers of others would do ours.
fn refuse_used(queue: &JobQueue) -> Result<(), Error> {
    let jobs: u64 = queue.counts().map_err(|error| failed(&error))?.iter().map(|count| count.count).sum();
    if jobs > 0 {
        return Err(failed(&format!(
            "there are {jobs} jobs in {}; name a Redis database that is empty",
            queue.place()
        )));
    }
    let workers = queue.workers(HEARD_WITHIN).map_err(|error| failed(&error))?;
    match workers.iter().find(|worker| worker.machine != MACHINE) {
        Some(worker) => Err(failed(&format!(
            "the worker {} waits for jobs in {}; stop it, or name a Redis database of its own",
            worker.name,
            queue.place()
        ))),
        None => Ok(()),
    }
}

fn measure(args: &JobsArgs, queue: &JobQueue) -> Result<JobsBench, Error> {
    let enqueue = || queue.enqueue(&NewJob::new(JobKind::Clip, "{}")).map_err(|error| failed(&error));
    let began = Instant::now();
    for _ in 0..args.jobs {
        enqueue()?;
    }
    let queued = began.elapsed();
    let (starting, started) = unbounded();
    let began = Instant::now();
    let workers = Workers::start(WorkersSetup {
        queue: queue.clone(),
        handlers: vec![Arc::new(Nothing(starting))],
        count: usize::from(args.workers),
        machine: MACHINE.to_owned(),
        may_begin: Box::new(|| true),
        heard: Box::new(|_| {}),
    })
    .map_err(|error| failed(&error))?;
    let mut last = began;
    for _ in 0..args.jobs {
        last = next(&started)?;
    }
    let done = last.saturating_duration_since(began);
    let mut starts = Vec::new();
    for number in 0..args.single {
        // The workers have nothing to do again, and are at another place of their pauses each time.
        std::thread::sleep(Duration::from_millis(20 + u64::from(number) * 137 % 500));
        let asked = Instant::now();
        enqueue()?;
        if queue.is_embedded() {
            // As whoever queues a job in the program does.
            workers.bell().ring();
        }
        starts.push(next(&started)?.saturating_duration_since(asked));
    }
    if !workers.stop(STOP_WITHIN) {
        return Err(failed(&"a worker did not stop in time; measure again when the machine has less to do"));
    }
    // A Redis is left as it was found.
    queue.purge(JobState::Done, Duration::ZERO).map_err(|error| failed(&error))?;
    let per_second = |lasted: Duration| (f64::from(args.jobs) / lasted.as_secs_f64().max(1e-6)).round();
    Ok(JobsBench {
        queue: queue.place(),
        jobs: args.jobs,
        workers: args.workers,
        queued_per_s: per_second(queued),
        done_per_s: per_second(done),
        start_ms: Spread::of(starts),
    })
}

fn next(started: &Receiver<Instant>) -> Result<Instant, Error> {
    started
        .recv_timeout(PATIENCE)
        .map_err(|_| failed(&"no job was begun within a minute; look whether the queue is paused: framekeep jobs list"))
}

fn failed(why: &dyn std::fmt::Display) -> Error {
    Error::Jobs(why.to_string())
}
