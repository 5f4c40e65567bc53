//! `framekeep worker`: does jobs of a queue that several machines share, without window, server and cameras.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::cli::{Outcome, interrupt, print, tell};
use crate::domain::JobSettings;
use crate::jobs::{self, JobQueue, Workers, WorkersSetup};
use crate::runtime::Options;
use crate::video::{self, Files, Tools};

/// How often it is looked whether to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long jobs may take to stop and be given back. What takes longer is taken over when its lease is over.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What the command takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The queue, as redis://HOST:PORT/NUMBER; that of the settings when it is not named
    #[arg(long, value_name = "URL")]
    queue: Option<String>,
    /// Jobs at the same time [default: one for two cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
}

/// Does jobs until SIGINT or SIGTERM, then gives back what is not done.
///
/// # Errors
/// When the queue is none that machines can share, or the save folder is not there.
pub fn run(args: &Args, options: &Options) -> Outcome {
    let url = match &args.queue {
        Some(url) => url.clone(),
        None => options.settings()?.jobs.queue.clone(),
    };
    if [JobSettings::EMBEDDED, ""].contains(&url.as_str()) {
        return Err("the queue of the settings lies within the program; name one that machines share: --queue redis://HOST:PORT/0".into());
    }
    let queue = JobQueue::redis(&url)?;
    let save_dir = options.save_dir()?;
    if !save_dir.is_dir() {
        let folder = save_dir.display();
        return Err(format!("the save folder {folder} is not there; mount it, or name it with --save-dir DIR").into());
    }
    let stop = interrupt::listen();
    let count = args.workers.map_or_else(jobs::half_of_the_cores, usize::from);
    let tools = Tools::default();
    let (place, machine, handlers) =
        (queue.place(), jobs::machine(), video::handlers(&Files::in_folder(&save_dir), &tools));
    let kinds: Vec<_> = handlers.iter().flat_map(|handler| handler.kinds()).map(|kind| kind.name()).collect();
    let looking = tools.clone();
    let may_begin = Box::new(move || looking.found().is_ok());
    let workers = Workers::start(WorkersSetup { queue, handlers, count, machine: machine.clone(), may_begin })?;
    let does = if kinds.is_empty() {
        "this Framekeep can do none of its kinds of jobs, and waits".to_owned()
    } else {
        format!("doing {}", kinds.join(", "))
    };
    print(&format!("{count} workers of {machine} at the queue in {place}: {does}\n"))?;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
    tell("stopping");
    if !workers.stop(STOP_WITHIN) {
        tell("a job did not stop in time; another worker takes it over");
    }
    Ok(())
}
