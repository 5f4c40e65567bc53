//! `framekeep worker`: does jobs of a queue that several machines share, without window, server and cameras.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::cli::troubles::Troubles;
use crate::cli::{Outcome, interrupt, print, tell};
use crate::config::Paths;
use crate::domain::{JobSettings, StoreAddress};
use crate::jobs::{self, JobError, JobQueue, Workers, WorkersSetup};
use crate::runtime::Options;
use crate::store::{Store, StoreError};
use crate::video::{self, Files, Tools};

/// How often it is looked whether to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long jobs may take to stop and be given back. What takes longer is taken over when its lease is over.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Where it lies in the data folder what a job needs of a store.
const SCRATCH: &str = "scratch";

/// What the command takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The queue, as redis://HOST:PORT/NUMBER; that of the settings when it is not named
    #[arg(long, value_name = "URL")]
    queue: Option<String>,
    /// S3-compatible storage as `s3://BUCKET/PREFIX` instead of the save folder: the same as jobs.store where Framekeep runs.
    /// Endpoint, region and keys are what the `AWS_` variables say
    #[arg(long, value_name = "URL", conflicts_with = "save_dir")]
    store: Option<StoreAddress>,
    /// Jobs at the same time [default: one for two cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
}

/// Does jobs until SIGINT or SIGTERM, then gives back what is not done.
///
/// # Errors
/// When the queue is none that machines can share, or the save folder is not there, or the store refuses.
pub fn run(args: &Args, options: &Options) -> Outcome {
    let queue = match &args.queue {
        Some(url) => url.clone(),
        None => options.settings()?.jobs.queue.clone(),
    };
    let settings = JobSettings { queue, ..JobSettings::default() };
    if settings.is_embedded() {
        return Err("the queue of the settings lies within the program; name one that machines share: --queue redis://HOST:PORT/0".into());
    }
    let queue = JobQueue::redis(&settings.queue)?;
    let (files, from) = files(args.store.as_ref(), options)?;
    let stop = interrupt::listen();
    let count = args.workers.map_or_else(jobs::half_of_the_cores, usize::from);
    let tools = Tools::default();
    let (place, machine, handlers) = (queue.place(), jobs::machine(), video::handlers(&files, &tools));
    let kinds: Vec<_> = handlers.iter().flat_map(|handler| handler.kinds()).map(|kind| kind.name()).collect();
    let news = Arc::new(News::default());
    let (looking, of_machine, of_queue) = (tools.clone(), Arc::clone(&news), news);
    let may_begin = Box::new(move || {
        let ffmpeg = of_machine.tell(Trouble::Ffmpeg, looking.found().err().as_deref());
        ffmpeg && of_machine.tell(Trouble::Files, files.reach().err().as_deref())
    });
    let heard = Box::new(move |answer: Result<(), &JobError>| {
        of_queue.tell(Trouble::Queue, answer.err().map(ToString::to_string).as_deref());
    });
    let workers = Workers::start(WorkersSetup { queue, handlers, count, machine: machine.clone(), may_begin, heard })?;
    let does = if kinds.is_empty() {
        "this Framekeep can do none of its kinds of jobs, and waits".to_owned()
    } else {
        format!("doing {}", kinds.join(", "))
    };
    print(&format!("{count} workers of {machine} at the queue in {place}, files in {from}: {does}\n"))?;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
    tell("stopping");
    if !workers.stop(STOP_WITHIN) {
        tell("a job did not stop in time; another worker takes it over");
    }
    Ok(())
}

/// Why no job can be begun.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Ffmpeg,
    Files,
    Queue,
}

/// What all workers have told together.
#[derive(Default)]
struct News(Mutex<Troubles<Trouble>>);

impl News {
    /// Something keeps jobs from being begun, or does not; gives whether all is well.
    fn tell(&self, trouble: Trouble, why: Option<&str>) -> bool {
        let wrong = why.map(|why| format!("no job is begun: {why}"));
        // A map of whole values cannot be half changed, so a poisoned lock is as good as a whole one.
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.set(trouble, wrong.as_deref().map(|what| (what, "")));
        wrong.is_none()
    }
}

/// Where the files of the jobs are, and what that is called.
fn files(store: Option<&StoreAddress>, options: &Options) -> Result<(Files, String), Box<dyn std::error::Error>> {
    if let Some(address) = store {
        let store = Store::open(address)?;
        // What somebody has to correct ends it at once; what is only away may come, and the workers tell of it.
        if let Err(error @ (StoreError::Denied { .. } | StoreError::NoBucket { .. } | StoreError::Settings(_))) =
            store.reach(&|| false)
        {
            return Err(error.into());
        }
        let scratch = Paths::find(options.data_dir.as_deref())?.data_dir.join(SCRATCH);
        let files = Files::in_store(store, &scratch).map_err(|error| {
            format!("{} cannot be used: {error}; name another with --data-dir DIR", scratch.display())
        })?;
        return Ok((files, address.to_string()));
    }
    let save_dir = options.save_dir()?;
    let folder = save_dir.display().to_string();
    if !save_dir.is_dir() {
        return Err(format!("the save folder {folder} is not there; mount it, or name it with --save-dir DIR").into());
    }
    Ok((Files::in_folder(&save_dir), folder))
}
