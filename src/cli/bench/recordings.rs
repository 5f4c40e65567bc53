//! `framekeep bench recordings`: how long it takes until what is made of a recording is made, for many of the same.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use clap::Args as ClapArgs;
use serde::Serialize;

use crate::bus::{Bus, Problems};
use crate::cli::bench::{Error, round, told};
use crate::config::SettingsStore;
use crate::domain::{JobQuery, JobState, MadeVideo, Recording, VideoFormat};
use crate::jobs::{JobQueue, at_most_the_cores};
use crate::library::{ChunkPiece, Library, NewRecording};
use crate::video::{Parts, Tools, Video};

/// Size of the chunks of a phone.
const CHUNK_BYTES: usize = 1 << 20;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take until the program has taken in what was made.
const TAKEN_IN_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct RecordingsArgs {
    /// Video in a .webm or .mp4, as a phone records it
    #[arg(long, value_name = "VIDEO")]
    input: PathBuf,
    /// Recordings of which a video is made
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=200))]
    count: u16,
    /// Jobs that are done at the same time, at most one a core
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Folder in which the recordings are kept while it is measured (a temporary one in it is made and deleted)
    #[arg(long, value_name = "DIR")]
    on: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What `bench recordings --json` writes.
#[derive(Debug, Serialize)]
struct RecordingsBench {
    size: String,
    /// How long each plays.
    duration_s: f64,
    /// Of each, as it came.
    megabytes: f64,
    /// Whether the video that was made has the pictures as they came.
    is_copy: bool,
    recordings: u16,
    workers: usize,
    /// From the first job's beginning to the last one's end.
    wall_s: f64,
    per_hour: f64,
    /// Hours of recordings that are made in an hour.
    times_real_time: f64,
}

/// Sends the recordings first, and then lets the workers begin.
pub(super) fn run(args: &RecordingsArgs) -> Result<(), Error> {
    let bytes = std::fs::read(&args.input).map(Bytes::from);
    let bytes = bytes.map_err(|error| failed(&format!("{}: {error}", args.input.display())))?;
    let Some(format) = VideoFormat::sniff(&bytes) else {
        return Err(failed(&format!("{} is neither WebM nor MP4; name one that is", args.input.display())));
    };
    let scratch = match &args.on {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let scratch = scratch.map_err(|error| failed(&format!("{error}; name another folder with --on")))?;
    let path = |name: &str| scratch.path().join(name);
    let bus = Bus::default();
    let problems = Problems::new(bus.clone());
    let settings = SettingsStore::open(path("settings.toml"), bus.clone()).map_err(|error| failed(&error))?;
    settings.override_with(|settings| settings.jobs.workers = u32::from(args.workers));
    let library = Library::open(&path("frames"), &path("spool"), bus, problems.clone());
    let library = Arc::new(library.map_err(|error| failed(&error))?);
    let parts = Parts {
        queue: JobQueue::embedded(Arc::clone(&library)),
        library: Arc::clone(&library),
        settings: Arc::new(settings),
        problems,
        tools: Tools::default(),
        store: None,
        installation: "bench".to_owned(),
    };
    let outcome = measure(args, &parts, &bytes, format);
    library.stop(STOP_WITHIN);
    let (made, wall) = outcome?;
    let (duration_s, wall_s) = (made.duration_ms as f64 / 1e3, wall.as_secs_f64());
    let bench = RecordingsBench {
        size: format!("{}x{}", made.width, made.height),
        duration_s: round(duration_s),
        megabytes: round(bytes.len() as f64 / 1e6),
        is_copy: made.is_copy,
        recordings: args.count,
        workers: at_most_the_cores(args.workers.into()),
        wall_s: round(wall_s),
        per_hour: (f64::from(args.count) * 3600.0 / wall_s).round(),
        times_real_time: round(f64::from(args.count) * duration_s / wall_s),
    };
    let RecordingsBench { size, megabytes, recordings, workers, per_hour, times_real_time, .. } = &bench;
    let pictures = if made.is_copy { "kept as they came" } else { "encoded anew" };
    let words = format!(
        "{recordings} recordings of {} s, {size}, {megabytes} MB, pictures {pictures}; {workers} at a time: {} s\n  \
         {per_hour} an hour, {times_real_time} times as fast as they play",
        bench.duration_s, bench.wall_s
    );
    told(args.json, &bench, words)
}

fn measure(
    args: &RecordingsArgs,
    parts: &Parts,
    bytes: &Bytes,
    format: VideoFormat,
) -> Result<(MadeVideo, Duration), Error> {
    parts.tools.found().map_err(|why| failed(&why))?;
    parts.queue.pause(true).map_err(|error| failed(&error))?;
    let video = Video::start(parts, Box::new(|| true)).map_err(|error| failed(&error))?;
    let sent = (0..args.count).map(|number| send(&parts.library, number, bytes, format));
    let outcome = sent.collect::<Result<Vec<_>, _>>().and_then(|sent| {
        let began = Instant::now();
        parts.queue.pause(false).map_err(|error| failed(&error))?;
        video.bell().ring();
        wait(&parts.queue, sent.len())?;
        let wall = began.elapsed();
        Ok((taken_in(&parts.library, &sent)?, wall))
    });
    if !video.stop(STOP_WITHIN) {
        return Err(failed(&"a worker did not stop in time; measure again when the machine has less to do"));
    }
    outcome
}

/// A finished recording, sent as a phone sends it.
fn send(library: &Library, number: u16, bytes: &Bytes, format: VideoFormat) -> Result<Recording, Error> {
    let camera = format!("bench-{number}");
    let (Ok(user), Ok(camera)) = ("bench".parse(), camera.parse()) else {
        unreachable!("both are names: letters, a hyphen, a number");
    };
    let new = NewRecording {
        user,
        camera,
        started_at: SystemTime::now().into(),
        mime: format.media_type().to_owned(),
        format,
        key: number.to_string(),
    };
    let (begun, _) = library.begin_recording(new).map_err(|error| failed(&error))?;
    let mut chunks = 0;
    for (seq, from) in (0..).zip((0..bytes.len()).step_by(CHUNK_BYTES)) {
        let chunk = bytes.slice(from..bytes.len().min(from + CHUNK_BYTES));
        library.put_chunk(begun.id, &ChunkPiece::whole(seq, chunk)).map_err(|error| failed(&error))?;
        chunks = seq + 1;
    }
    library.finish_recording(begun.id, chunks, None).map_err(|error| failed(&error))
}

/// Waits until all are done, or one failed.
fn wait(queue: &JobQueue, all: usize) -> Result<(), Error> {
    loop {
        let jobs = queue.list(JobQuery { limit: all, ..JobQuery::default() }).map_err(|error| failed(&error))?;
        if let Some(job) = jobs.iter().find(|job| !job.log.is_empty()) {
            return Err(failed(&format!("a job failed, {}; name another video", job.last_failure())));
        }
        if jobs.iter().filter(|job| job.state == JobState::Done).count() == all {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What was made of the last one, once all are in the library.
fn taken_in(library: &Library, sent: &[Recording]) -> Result<MadeVideo, Error> {
    let end = Instant::now() + TAKEN_IN_WITHIN;
    loop {
        let made = sent.iter().map(|recording| library.made(recording)).collect::<Result<Option<Vec<_>>, _>>();
        if let Some(last) = made.map_err(|error| failed(&error))?.and_then(|mut made| made.pop()) {
            return Ok(last);
        }
        if Instant::now() > end {
            return Err(failed(&"what was made did not come into the library; measure again with --log info"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn failed(why: &dyn std::fmt::Display) -> Error {
    Error::Recordings(why.to_string())
}
