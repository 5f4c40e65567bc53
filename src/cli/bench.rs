//! `framekeep bench`: how fast the parts are on this computer.
//!
//! What surrounds a part is done before the clock starts: frames are decoded and resized into memory, so that nothing but
//! the part is measured.

mod clip;
mod jobs;
mod pipeline;
mod recordings;
mod scenes;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::{Args as ClapArgs, Subcommand};
use serde::Serialize;

use crate::cli::scan::DetectorName;
use crate::cli::tell;
use crate::codec;
use crate::domain::{MotionSettings, RgbPicture};
use crate::motion::Detector;
use crate::sources::files::{FileError, cpu_time};
use crate::sources::{FileInfo, FileReader};

/// Most memory that decoded frames may take.
const MOST_BYTES: usize = 1 << 30;

/// Measures how fast the parts are.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Clone, Subcommand)]
enum Part {
    /// The motion detector alone, on one thread
    Detector(DetectorArgs),
    /// The whole road from the bytes of a JPEG to a kept file, for many streams at once
    Pipeline(pipeline::PipelineArgs),
    /// What a queue of jobs takes and hands out when there is nothing to do in them
    Jobs(jobs::JobsArgs),
    /// What is made of recordings: videos that can be sought in, with small pictures and what moves
    Recordings(recordings::RecordingsArgs),
    /// How well the detector does in scenes that are drawn: what moves is found, what does not is left alone
    Scenes(scenes::ScenesArgs),
}

#[derive(Debug, Clone, ClapArgs)]
struct DetectorArgs {
    /// Video, or folder or zip of pictures
    #[arg(long, value_name = "VIDEO|DIR")]
    input: PathBuf,
    /// Size to which the frames are brought first; otherwise as they are
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Which detector
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    detector: DetectorName,
    /// Most frames to look at; they are all in memory at once
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    width: u32,
    height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("give width and height in pixels, such as 640x480, at most {} each", codec::MAX_SIDE);
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        let side = |text: &str| text.parse().ok().filter(|side| (1..=codec::MAX_SIDE).contains(side));
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Self { width, height }),
            _ => Err(wrong()),
        }
    }
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input gives no frames.
    #[error(transparent)]
    File(#[from] FileError),
    /// The result has nowhere to go.
    #[error("failed to write the result: {0}")]
    Output(#[from] std::io::Error),
    /// A scene cannot be written.
    #[error("failed to write {}: {why}; make room or name another folder with --write", .path.display())]
    Clip {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The parts could not be started.
    #[error("failed to prepare the pipeline: {0}; name another folder with --on")]
    Pipeline(String),
    /// The queue cannot be used.
    #[error("failed to measure the queue: {0}")]
    Jobs(String),
    /// Nothing can be made of the recordings.
    #[error("failed to measure recordings: {0}")]
    Recordings(String),
}

/// Measures and writes the result to standard output.
///
/// # Errors
/// [`Error`] when the input cannot be read.
pub fn run(args: &Args) -> Result<(), Error> {
    match &args.part {
        Part::Detector(args) => detector(args),
        Part::Pipeline(args) => pipeline::run(args),
        Part::Jobs(args) => jobs::run(args),
        Part::Recordings(args) => recordings::run(args),
        Part::Scenes(args) => scenes::run(args),
    }
}

/// What `bench detector --json` writes. Times in milliseconds a frame.
#[derive(Debug, Serialize)]
struct DetectorBench {
    detector: String,
    size: String,
    frames: usize,
    cpu_ms: Spread,
    wall_ms: Spread,
    stages: Stages,
}

/// CPU time of the parts of it.
#[derive(Debug, Serialize)]
struct Stages {
    /// From pixels to verdict and regions.
    detect: Spread,
    /// The mask at full size, which only those who look at it ask for.
    mask: Spread,
}

/// Of all frames.
#[derive(Debug, PartialEq, Serialize)]
struct Spread {
    median: f64,
    p95: f64,
}

fn detector(args: &DetectorArgs) -> Result<(), Error> {
    let (frames, info) = load(args)?;
    let mut detector = Detector::new(&MotionSettings { detector: args.detector.into(), ..MotionSettings::default() });
    let (mut detect, mut mask, mut wall) = (Vec::new(), Vec::new(), Vec::new());
    for (index, frame) in frames.iter().enumerate() {
        let (wall_start, start) = (Instant::now(), cpu_time::thread());
        std::hint::black_box(detector.detect(frame, index as f64 / info.fps));
        let detected = cpu_time::thread();
        std::hint::black_box(detector.mask());
        mask.push(cpu_time::thread().saturating_sub(detected));
        wall.push(wall_start.elapsed());
        detect.push(detected.saturating_sub(start));
    }
    let all = detect.iter().zip(&mask).map(|(detect, mask)| *detect + *mask).collect();
    let (width, height) = frames.first().map_or((info.width, info.height), |frame| (frame.width, frame.height));
    let bench = DetectorBench {
        detector: clap::ValueEnum::to_possible_value(&args.detector)
            .map_or_else(String::new, |name| name.get_name().to_owned()),
        size: format!("{width}x{height}"),
        frames: frames.len(),
        cpu_ms: Spread::of(all),
        wall_ms: Spread::of(wall),
        stages: Stages { detect: Spread::of(detect), mask: Spread::of(mask) },
    };
    told(args.json, &bench, bench.words())
}

/// Writes what was measured, as JSON or for people.
fn told(json: bool, bench: &impl Serialize, words: String) -> Result<(), Error> {
    let words = if json { serde_json::to_string_pretty(bench).map_err(std::io::Error::from)? } else { words };
    Ok(crate::cli::print(&(words + "\n"))?)
}

/// Two digits after the point: more would only look like knowledge.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Decodes and resizes as many frames as are asked for, fit into memory, and are there.
fn load(args: &DetectorArgs) -> Result<(Vec<RgbPicture>, FileInfo), Error> {
    let mut file = FileReader::open(&args.input, None)?;
    let info = file.info().clone();
    let Size { width, height } = args.size.unwrap_or(Size { width: info.width, height: info.height });
    let fit = (MOST_BYTES / (width as usize * height as usize * 3)).max(2);
    let wanted = args.frames as usize;
    if fit < wanted && info.frames.is_none_or(|frames| frames > fit as u64) {
        tell(format_args!("only the first {fit} frames of this size fit into {} MB", MOST_BYTES >> 20));
    }
    let (mut frames, mut frame) = (Vec::new(), RgbPicture::default());
    while frames.len() < wanted.min(fit) && file.read(&mut frame)? {
        let mut resized = RgbPicture::default();
        codec::resize(&frame, width, height, &mut resized);
        frames.push(resized);
    }
    Ok((frames, info))
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
            let index = (share * times.len().saturating_sub(1) as f64).round() as usize;
            // Microseconds: more digits would only look like knowledge.
            times.get(index).map_or(0.0, |time| (time.as_secs_f64() * 1e6).round() / 1e3)
        };
        Self { median: at(0.5), p95: at(0.95) }
    }
}

impl DetectorBench {
    /// For people.
    fn words(&self) -> String {
        let Self { detector, size, frames, cpu_ms, wall_ms, stages } = self;
        let line = |name: &str, spread: &Spread| format!("\n  {name:<8} {:>9.3} {:>9.3}", spread.median, spread.p95);
        let mut words = format!("detector {detector}, {size}, {frames} frames, one thread; milliseconds a frame\n");
        words += "              median       p95";
        for (name, spread) in
            [("CPU", cpu_ms), ("  detect", &stages.detect), ("  mask", &stages.mask), ("wall", wall_ms)]
        {
            words += &line(name, spread);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_frames_are_faster_than_the_median() {
        let times = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!(Spread::of(times), Spread { median: 51.0, p95: 96.0 });
        assert_eq!(Spread::of(Vec::new()), Spread { median: 0.0, p95: 0.0 });
    }

    #[test]
    fn a_size_is_two_numbers_within_bounds() {
        assert_eq!("640x480".parse(), Ok(Size { width: 640, height: 480 }));
        for text in ["640", "0x480", "640x", "99999x1", "640X480 "] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
