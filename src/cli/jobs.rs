//! `framekeep jobs`: looks at the queue of jobs and steers it, also while the program runs. It does no job.

use std::fmt::Write;
use std::time::Duration;

use clap::Subcommand;

use crate::cli::{Outcome, print};
use crate::domain::{Job, JobId, JobKind, JobQuery, JobSettings, JobState, Timestamp};
use crate::jobs::{JobQueue, Overview};
use crate::runtime::Options;

/// Jobs that are asked for at once.
const PAGE: usize = 200;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List jobs, the newest first, below how the queue stands
    List {
        /// Only in this state: waiting, running, done, dead or cancelled
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<JobState>,
        /// Only of this kind: recording, clip, timelapse or mask
        #[arg(long, value_name = "KIND", value_parser = kind)]
        kind: Option<JobKind>,
        /// Most jobs that are listed
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// One job a line, as JSON, and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Show one job with all that went wrong
    Show {
        /// Its number
        id: JobId,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Try a job anew that is dead or was cancelled
    Retry {
        /// Its number
        id: JobId,
    },
    /// Cancel a job that waits or runs
    Cancel {
        /// Its number
        id: JobId,
    },
    /// Forget all jobs that are done, dead or cancelled
    Purge {
        /// Which of the three
        #[arg(value_name = "STATE", value_parser = state_that_is_over)]
        state: JobState,
    },
    /// Let no job be begun; those that run go on
    Pause,
    /// Let jobs be begun again
    Resume,
}

/// Carries out `framekeep jobs …` on the queue of the settings.
///
/// # Errors
/// When the settings or the queue cannot be used, or the job is in a state in which that cannot be done.
pub fn run(args: &Args, options: &Options) -> Outcome {
    let queue = queue(options)?;
    match args.action {
        Action::List { state, kind, limit, json } => {
            let jobs = list(&queue, JobQuery { state, kind, before: None, limit })?;
            if json {
                let lines = jobs.iter().map(|job| serde_json::to_string(job).map(|line| line + "\n"));
                return Ok(print(&lines.collect::<Result<String, _>>()?)?);
            }
            let overview = queue.overview()?;
            Ok(print(&(standing(&overview, &queue.place()) + &table(&jobs, overview.now)))?)
        }
        Action::Show { id, json } => {
            let job = queue.job(id)?.ok_or_else(|| nothing(id))?;
            let words = if json { serde_json::to_string(&job)? + "\n" } else { details(&job, queue.now()?) };
            Ok(print(&words)?)
        }
        Action::Retry { id } if queue.retry(id)? => Ok(print(&format!("Job {id} waits again.\n"))?),
        Action::Retry { id } => Err(refused(&queue, id, "dead or cancelled")?.into()),
        Action::Cancel { id } if queue.cancel(id)? => {
            Ok(print(&format!("Job {id} is cancelled, or its worker is told.\n"))?)
        }
        Action::Cancel { id } => Err(refused(&queue, id, "waiting or running")?.into()),
        Action::Purge { state } => {
            let purged = queue.purge(state, Duration::ZERO)?;
            Ok(print(&format!("{purged} jobs that were {} are forgotten.\n", state.name()))?)
        }
        Action::Pause => {
            queue.pause(true)?;
            Ok(print("Paused: no job is begun until `framekeep jobs resume`.\n")?)
        }
        Action::Resume => {
            queue.pause(false)?;
            Ok(print("Jobs are begun again.\n")?)
        }
    }
}

/// The queue of the settings. The embedded one is opened beside the program that may run.
fn queue(options: &Options) -> Result<JobQueue, Box<dyn std::error::Error>> {
    match options.settings()?.jobs.queue.as_str() {
        JobSettings::EMBEDDED | "" => Ok(JobQueue::beside(&options.save_dir()?)?),
        url => Ok(JobQueue::redis(url)?),
    }
}

fn list(queue: &JobQueue, query: JobQuery) -> Result<Vec<Job>, crate::jobs::JobError> {
    let mut jobs: Vec<Job> = Vec::new();
    while jobs.len() < query.limit {
        let limit = (query.limit - jobs.len()).min(PAGE);
        let page = queue.list(JobQuery { limit, before: jobs.last().map(|job| job.id), ..query })?;
        let last = page.len() < limit;
        jobs.extend(page);
        if last {
            break;
        }
    }
    Ok(jobs)
}

fn standing(overview: &Overview, place: &str) -> String {
    let counts: Vec<_> =
        JobState::ALL.iter().map(|state| format!("{} {}", overview.count(*state), state.name())).collect();
    let mut words = format!("The queue {place}: {}", counts.join(", "));
    let done: u64 = overview.done_by_minute.iter().sum();
    let _ = write!(words, "; {done} done in the last hour");
    if let Some(due) = overview.oldest_due {
        let _ = write!(words, "; the oldest has been due for {}", span(overview.now.since(due)));
    }
    words += if overview.paused { "; paused.\n" } else { ".\n" };
    for worker in &overview.workers {
        let does = match worker.job {
            _ if !overview.is_there(worker) => "is not heard of any more".to_owned(),
            Some(job) => format!("does job {job}"),
            None => "is idle".to_owned(),
        };
        let _ = writeln!(words, "{} ({}) {does}", worker.name, worker.version);
    }
    words
}

fn table(jobs: &[Job], now: Timestamp) -> String {
    if jobs.is_empty() {
        return "No such job.\n".to_owned();
    }
    let mut words = format!("\n{:>8}  {:<10} {:<10} {:>8}  WHAT\n", "JOB", "KIND", "STATE", "AGE");
    for job in jobs {
        let age = span(now.since(job.created_at));
        let line =
            format!("{:>8}  {:<10} {:<10} {age:>8}  {}", job.id, job.kind.name(), job.state.name(), what(job, now));
        words += line.trim_end();
        words += "\n";
    }
    words
}

/// What there is to say of a job in one line.
fn what(job: &Job, now: Timestamp) -> String {
    let failure = job.last_failure().lines().next().unwrap_or_default();
    match job.state {
        JobState::Running => {
            let left = job.left(now).map(|left| format!(", {} left", span(left))).unwrap_or_default();
            let cancelling = if job.cancelling { ", to be cancelled" } else { "" };
            format!("{:.0} %{left}{cancelling} {}", job.progress * 100.0, job.note)
        }
        JobState::Waiting if job.run_at > now => format!("in {}: {failure}", span(job.run_at.since(now))),
        JobState::Waiting | JobState::Dead => failure.to_owned(),
        JobState::Done | JobState::Cancelled => String::new(),
    }
}

fn details(job: &Job, now: Timestamp) -> String {
    let mut words = format!("Job {}: {}, {}\n", job.id, job.kind.name(), job.state.name());
    let ago = |time: Option<Timestamp>| time.map(|time| format!("{} ago", span(now.since(time))));
    let due =
        if job.run_at > now { Some(format!("in {}", span(job.run_at.since(now)))) } else { ago(Some(job.run_at)) };
    let rows = [
        ("about", Some(job.payload.clone())),
        ("begun", Some(format!("{} of at most {} times", job.attempts, job.most_attempts))),
        ("queued", ago(Some(job.created_at))),
        ("due", due),
        ("begun at", ago(job.started_at)),
        ("over", ago(job.finished_at)),
        ("worker", job.worker.clone()),
        ("now", Some(what(job, now)).filter(|_| job.state == JobState::Running)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            let _ = writeln!(words, "  {name:<9} {value}");
        }
    }
    if !job.log.is_empty() {
        let _ = writeln!(words, "\n{}", job.log);
    }
    words
}

fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

fn refused(queue: &JobQueue, id: JobId, wanted: &str) -> Result<String, crate::jobs::JobError> {
    let found =
        queue.job(id)?.map(|job| format!("job {id} is {}, and that works for one that is {wanted}", job.state.name()));
    Ok(found.unwrap_or_else(|| nothing(id)))
}

fn nothing(id: JobId) -> String {
    format!("there is no job {id}; `framekeep jobs list` shows those there are")
}

fn state(name: &str) -> Result<JobState, String> {
    JobState::from_name(name).ok_or_else(|| "it is waiting, running, done, dead or cancelled".to_owned())
}

fn state_that_is_over(name: &str) -> Result<JobState, String> {
    let state = JobState::from_name(name).filter(|state| state.is_over());
    state.ok_or_else(|| "only jobs that are done, dead or cancelled can be forgotten".to_owned())
}

fn kind(name: &str) -> Result<JobKind, String> {
    let names: Vec<_> = JobKind::ALL.iter().map(|kind| kind.name()).collect();
    JobKind::from_name(name).ok_or_else(|| format!("it is one of {}", names.join(", ")))
}
