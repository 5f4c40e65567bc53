//! `framekeep scan`: motion in files.
//!
//! Reads each input in turn, watches it, and writes its events to standard output; what goes wrong and how far it is goes
//! to standard error. It touches neither the library nor the settings of this computer.

mod input;
mod keeper;
mod masks;
mod outputs;
mod progress;
mod report;
mod roi;

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::cli::{interrupt, tell};
use crate::domain::{DetectorKind, EventSettings, MotionSettings};
use crate::sources::files::{DEFAULT_PICTURES_FPS, FileError};
use outputs::Outputs;
use report::Report;
use roi::Roi;

/// Seconds at the start of a file in which nothing is reported. A camera that was just switched on needs a second for its
/// exposure; a recording was running long before its first frame, and what moves in its first second counts.
const WARM_UP_SECS: f32 = 0.2;

/// Finds motion in files: videos, folders and zips of pictures.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Video, folder or zip of pictures (.jpg, .png, .webp); several are looked at one after the other
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Write JSON: one object for one input, an array of them for several
    #[arg(long)]
    json: bool,
    /// Which detector watches
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    detector: DetectorName,
    /// Look only at this rectangle, in pixels from the top left corner
    #[arg(long, value_name = "X,Y,W,H")]
    roi: Option<Roi>,
    /// Seconds that motion must last before it is an event
    #[arg(long, value_name = "SECONDS", default_value_t = 0.1, value_parser = seconds)]
    min_event: f32,
    /// Seconds of quiet that end an event; they belong to it
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    gap: f32,
    /// Frames a second of pictures, whose rate is not written anywhere; videos go by their own times
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PICTURES_FPS, value_parser = rate)]
    fps: f64,
    /// Write the mask of every frame into this folder, as a grey PNG
    #[arg(long, value_name = "DIR")]
    masks: Option<PathBuf>,
    /// Write the masks as a video (MP4), each at the time of its frame; for one input, and with ffmpeg
    #[arg(long, value_name = "FILE")]
    mask_video: Option<PathBuf>,
    /// Write the frames that would be kept into this folder: at most two a second while it moves, and each event's peak
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// 0 sees only strong changes, 1 the faintest
    #[arg(long, value_name = "0..1", default_value_t = MotionSettings::default().sensitivity, value_parser = share)]
    sensitivity: f32,
    /// Smallest moving area that counts, as a share of what is looked at
    #[arg(long, value_name = "0..1", default_value_t = MotionSettings::default().smallest_area, value_parser = share)]
    smallest_area: f32,
}

/// The detectors by the names that are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum DetectorName {
    /// The one that Framekeep finds best
    #[default]
    Default,
    /// The same on fewer pixels: half the work, for many phones and small computers
    Fast,
    /// A mixture of Gaussians with the masks of `OpenCV`'s MOG2.
    #[value(help = "A mixture of Gaussians: the masks of OpenCV's MOG2, byte for byte")]
    Mog2,
}

impl From<DetectorName> for DetectorKind {
    fn from(name: DetectorName) -> Self {
        match name {
            DetectorName::Default => Self::Default,
            DetectorName::Fast => Self::Fast,
            DetectorName::Mog2 => Self::Mog2,
        }
    }
}

/// Why a scan did not do all that was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file gives no frames.
    #[error(transparent)]
    File(#[from] FileError),
    /// The region does not fit.
    #[error("failed to scan {}: {why}", path.display())]
    Region {
        /// The input.
        path: PathBuf,
        /// What does not fit and what to do.
        why: String,
    },
    /// A mask or a frame could not be written.
    #[error("failed to write {}: {why}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says and what to do.
        why: String,
    },
    /// Some of several inputs failed; each was told already.
    #[error("{failed} of {inputs} inputs failed; the reasons are above")]
    Several {
        /// Inputs that failed.
        failed: usize,
        /// Inputs in all.
        inputs: usize,
    },
    /// Ctrl-C or a request to end.
    #[error("stopped before the end of {}; {finished} of {inputs} inputs were finished", path.display())]
    Stopped {
        /// The input that was being looked at.
        path: PathBuf,
        /// Inputs that are in the output.
        finished: usize,
        /// Inputs in all.
        inputs: usize,
    },
    /// The results have nowhere to go.
    #[error("failed to write the results to standard output: {0}")]
    Output(std::io::Error),
}

/// Looks at every input and writes what it found to standard output. An input that fails is told on standard error and does
/// not keep the others from being looked at.
///
/// # Errors
/// [`Error`] when an input failed or the scan was stopped. All of them mean exit code 1.
pub fn run(args: &Args) -> Result<(), Error> {
    if let (Some(path), true) = (&args.mask_video, args.inputs.len() > 1) {
        let why = "a video takes the masks of one input; scan one after the other".into();
        return Err(Error::Write { path: path.clone(), why });
    }
    let stop = interrupt::listen();
    let mut outputs = Outputs::new(args);
    let mut reports = Vec::new();
    let mut failures = Vec::new();
    let mut stopped = None;
    for path in &args.inputs {
        match input::scan(path, args, &mut outputs, &stop) {
            Ok(Some(report)) => {
                if !args.json {
                    print(&report.table())?;
                }
                reports.push(report);
            }
            Ok(None) => {
                stopped = Some(path.clone());
                break;
            }
            Err(error) => {
                if args.inputs.len() > 1 {
                    tell(&error);
                }
                failures.push(error);
            }
        }
    }
    if args.json {
        print_json(&reports, args.inputs.len())?;
    }
    let inputs = args.inputs.len();
    if let Some(path) = stopped {
        return Err(Error::Stopped { path, finished: reports.len(), inputs });
    }
    match failures.len() {
        0 => Ok(()),
        1 if inputs == 1 => Err(failures.remove(0)),
        failed => Err(Error::Several { failed, inputs }),
    }
}

impl Args {
    fn motion(&self) -> MotionSettings {
        MotionSettings {
            detector: self.detector.into(),
            sensitivity: self.sensitivity,
            smallest_area: self.smallest_area,
            warm_up_secs: WARM_UP_SECS,
            ..MotionSettings::default()
        }
    }

    fn events(&self) -> EventSettings {
        EventSettings { shortest_secs: self.min_event, gap_secs: self.gap, ..EventSettings::default() }
    }
}

/// One object for one input; several inputs make an array, also when only one of them succeeded.
fn print_json(reports: &[Report], inputs: usize) -> Result<(), Error> {
    let text = match reports {
        [] if inputs == 1 => return Ok(()),
        [report] if inputs == 1 => serde_json::to_string_pretty(report),
        reports => serde_json::to_string_pretty(reports),
    };
    print(&(text.map_err(|error| Error::Output(error.into()))? + "\n"))
}

fn print(text: &str) -> Result<(), Error> {
    crate::cli::print(text).map_err(Error::Output)
}

pub(super) fn seconds(text: &str) -> Result<f32, String> {
    number(text, "seconds, 0 or more", |value| (0.0..=86_400.0).contains(&value))
}

pub(super) fn share(text: &str) -> Result<f32, String> {
    number(text, "a number from 0 to 1", |value| (0.0..=1.0).contains(&value))
}

fn rate(text: &str) -> Result<f64, String> {
    number(text, "frames a second, more than 0 and at most 1000", |value| value > 0.0 && value <= 1000.0)
}

pub(super) fn number<T: std::str::FromStr + Copy>(
    text: &str,
    what: &str,
    fits: impl Fn(T) -> bool,
) -> Result<T, String> {
    text.parse().ok().filter(|value| fits(*value)).ok_or_else(|| format!("give {what}"))
}
