//! `framekeep bench pipeline`: the whole road, from the bytes of a JPEG to a kept file, for many streams at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use clap::Args as ClapArgs;
use crossbeam_channel::{Receiver, bounded};
use serde::Serialize;

use crate::bus::{Bus, Latest, Problems};
use crate::cli::bench::{Error, Spread, round, told};
use crate::codec;
use crate::config::SettingsStore;
use crate::domain::{Frame, KeepRule, Picture, PictureFormat, RgbPicture, StreamId, Timestamp};
use crate::library::Library;
use crate::pipeline::{FrameOutcome, Kept, Parts, Pipeline, Rejected, Undecodable, Wish};
use crate::sources::FileReader;
use crate::sources::files::cpu_time;

/// Quality of frames of a video, which has no JPEGs of its own.
const QUALITY: u8 = 85;
/// Time between two frames of a stream, as it is told to the detector.
const INTERVAL: Duration = Duration::from_millis(67);

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct PipelineArgs {
    /// Video, or folder or zip of pictures
    #[arg(long, value_name = "VIDEO|DIR")]
    input: PathBuf,
    /// Cameras that send at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    streams: u16,
    /// Most frames of each
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// Folder in which the frames are kept while it is measured (a temporary one in it is made and deleted)
    #[arg(long, value_name = "DIR")]
    on: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What `bench pipeline --json` writes.
#[derive(Debug, Serialize)]
struct PipelineBench {
    streams: u16,
    size: String,
    frames: usize,
    kept: usize,
    frames_per_s: f64,
    /// CPU time of the whole program a frame.
    cpu_ms: f64,
    /// From handing a frame in to knowing that it is on disk.
    latency_ms: Spread,
}

/// Every stream sends its next frame as soon as it hears what became of the last one, and every frame is kept: the
/// figures are those of the road, not of the sender.
pub(super) fn run(args: &PipelineArgs) -> Result<(), Error> {
    let (pictures, size) = load(args)?;
    let failed = |error: &dyn std::fmt::Display| Error::Pipeline(error.to_string());
    let scratch = match &args.on {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }
    .map_err(|error| failed(&error))?;
    let bus = Bus::default();
    let (latest, problems) = (Latest::new(bus.clone()), Problems::new(bus.clone()));
    let settings =
        SettingsStore::open(scratch.path().join("settings.toml"), bus.clone()).map_err(|error| failed(&error))?;
    settings.override_with(|settings| settings.defaults.keep = KeepRule::All { every_secs: 0.0 });
    let (frames_dir, spool) = (scratch.path().join("frames"), scratch.path().join("spool"));
    let library =
        Arc::new(Library::open(&frames_dir, &spool, bus.clone(), problems.clone()).map_err(|error| failed(&error))?);
    let parts = Parts { settings: Arc::new(settings), library: Arc::clone(&library), latest, problems };
    let pipeline = Pipeline::start(&parts).map_err(|error| failed(&error))?;
    let (cpu, start) = (cpu_time::program(), Instant::now());
    let sent = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..args.streams)
            .map(|number| {
                let (pipeline, pictures) = (&pipeline, &pictures);
                let named = std::thread::Builder::new().name(format!("bench-{number}"));
                named.spawn_scoped(scope, move || send(number, pictures, pipeline))
            })
            .collect();
        let sent = senders.into_iter().map(|sender| Ok(sender?.join().unwrap_or_default()));
        sent.collect::<std::io::Result<Vec<Sent>>>()
    })
    .map_err(|error| failed(&error))?;
    let (wall, cpu) = (start.elapsed(), cpu_time::program().saturating_sub(cpu));
    pipeline.stop(Duration::from_secs(5));
    library.stop(Duration::from_secs(5));
    let latencies: Vec<Duration> = sent.iter().flat_map(|sent| sent.latencies.iter().copied()).collect();
    let frames = latencies.len();
    let bench = PipelineBench {
        streams: args.streams,
        size,
        frames,
        kept: sent.iter().map(|sent| sent.kept).sum(),
        frames_per_s: round(frames as f64 / wall.as_secs_f64()),
        cpu_ms: round(cpu.as_secs_f64() * 1e3 / frames.max(1) as f64),
        latency_ms: Spread::of(latencies),
    };
    let PipelineBench { streams, size, frames, kept, frames_per_s, cpu_ms, latency_ms } = &bench;
    let words = format!(
        "{streams} streams of {size}: {frames} frames, {kept} kept\n  {frames_per_s} frames a second, {cpu_ms} CPU-ms a frame\n  from frame to file: median {} ms, p95 {} ms",
        latency_ms.median, latency_ms.p95
    );
    told(args.json, &bench, words)
}

#[derive(Default)]
struct Sent {
    latencies: Vec<Duration>,
    kept: usize,
}

fn send(number: u16, pictures: &[Picture], pipeline: &Pipeline) -> Sent {
    let name = format!("bench-{number}");
    let (Ok(user), Ok(camera)) = (name.parse(), name.parse()) else { return Sent::default() };
    let stream = StreamId { user, camera };
    let first: Timestamp = SystemTime::now().into();
    let mut sent = Sent::default();
    for (seq, picture) in (0..).zip(pictures) {
        let captured_at = first.plus(INTERVAL * u32::try_from(seq).unwrap_or(u32::MAX));
        let start = Instant::now();
        let frame = Frame { stream: stream.clone(), seq, captured_at, picture: picture.clone() };
        let Some(outcome) = hand_in(&frame, pipeline) else { break };
        if let Ok(Ok(FrameOutcome { kept, .. })) = outcome.recv() {
            sent.latencies.push(start.elapsed());
            sent.kept += usize::from(matches!(kept, Kept::Saved(_)));
        }
    }
    sent
}

type Answer = Receiver<Result<FrameOutcome, Undecodable>>;

fn hand_in(frame: &Frame, pipeline: &Pipeline) -> Option<Answer> {
    loop {
        let (sender, outcome) = bounded(1);
        let reply = Box::new(move |result| {
            let _ = sender.send(result);
        });
        match pipeline.submit(frame.clone(), Wish::ByRule, Some(reply)) {
            Ok(()) => return Some(outcome),
            Err(Rejected::Busy { retry_after }) => std::thread::sleep(retry_after),
            Err(Rejected::Closing | Rejected::TooManyCameras(_)) => return None,
        }
    }
}

fn load(args: &PipelineArgs) -> Result<(Vec<Picture>, String), Error> {
    let mut file = FileReader::open(&args.input, None)?;
    let (mut pictures, mut pixels) = (Vec::new(), RgbPicture::default());
    while pictures.len() < args.frames as usize && file.read(&mut pixels)? {
        let bytes = match file.original() {
            Some(original) => original.clone(),
            None => {
                Bytes::from(codec::encode_jpeg(&pixels, QUALITY).map_err(|error| Error::Pipeline(error.to_string()))?)
            }
        };
        let format = PictureFormat::sniff(&bytes).unwrap_or(PictureFormat::Jpeg);
        pictures.push(Picture::Encoded { width: pixels.width, height: pixels.height, format, bytes });
    }
    Ok((pictures, format!("{}x{}", pixels.width, pixels.height)))
}
