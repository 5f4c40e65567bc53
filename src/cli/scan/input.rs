//! Looks at one input from its first frame to its last.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cli::scan::keeper::Keeper;
use crate::cli::scan::masks::Masks;
use crate::cli::scan::outputs::Outputs;
use crate::cli::scan::progress::Progress;
use crate::cli::scan::report::{EventReport, Report, Timing};
use crate::cli::scan::roi::Roi;
use crate::cli::scan::{Args, Error};
use crate::cli::tell;
use crate::domain::{RgbPicture, Timestamp};
use crate::ffmpeg::{Ffmpeg, FfmpegError, Limits};
use crate::motion::Detector;
use crate::pipeline::EventMachine;
use crate::sources::FileReader;
use crate::sources::files::cpu_time;
use crate::video::MaskFilm;

/// What was found in one input; `None` when the scan was stopped before its end.
pub(super) fn scan(
    path: &Path,
    args: &Args,
    outputs: &mut Outputs,
    stop: &AtomicBool,
) -> Result<Option<Report>, Error> {
    let is_stopped = || stop.load(Ordering::Relaxed);
    let mut file = match FileReader::open_unless(path, Some(args.fps), &is_stopped) {
        Err(_) if is_stopped() => return Ok(None),
        opened => opened?,
    };
    let mut scan = Scan::new(path, args, &file, outputs)?;
    let bar = Progress::start(path, file.info().frames);
    let mut frame = RgbPicture::default();
    while file.read(&mut frame)? {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if !scan.frame(&file, &frame)? {
            break;
        }
        bar.at(file.number() + 1);
    }
    drop(bar);
    let report = scan.finish(&file)?;
    for warning in &report.warnings {
        tell(format_args!("warning: {}: {warning}", path.display()));
    }
    Ok(Some(report))
}

/// One input that is being looked at.
struct Scan {
    path: PathBuf,
    roi: Option<Roi>,
    detector: Detector,
    machine: EventMachine,
    masks: Option<Masks>,
    /// Where the masks are written as a video.
    mask_film: Option<(PathBuf, MaskFilm)>,
    keeper: Option<Keeper>,
    /// The region's pixels.
    part: RgbPicture,
    events: Vec<EventReport>,
    detect_time: Duration,
    /// Frames that the detector has seen.
    seen: u64,
}

impl Scan {
    fn new(path: &Path, args: &Args, file: &FileReader, outputs: &mut Outputs) -> Result<Self, Error> {
        let scan_roi = |roi: Roi| {
            roi.check(file.info().width, file.info().height).map_err(|why| Error::Region { path: path.to_owned(), why })
        };
        args.roi.map_or(Ok(()), scan_roi)?;
        let folders = outputs.folders(path)?;
        Ok(Self {
            path: path.to_owned(),
            roi: args.roi,
            detector: Detector::new(&args.motion()),
            machine: EventMachine::new(&args.events()),
            masks: folders.masks.map(Masks::new).transpose()?,
            mask_film: args.mask_video.as_deref().map(|path| {
                let limits = Limits { nice: 0, ..Limits::default() };
                (path.to_owned(), MaskFilm::new(Ffmpeg::default(), limits, path))
            }),
            keeper: folders.save.map(Keeper::new),
            part: RgbPicture::default(),
            events: Vec::new(),
            detect_time: Duration::ZERO,
            seen: 0,
        })
    }

    /// Looks at the frame that was read last. `false`: there is no use in going on, and [`Scan::finish`] says why.
    fn frame(&mut self, file: &FileReader, frame: &RgbPicture) -> Result<bool, Error> {
        let watched = if let Some(roi) = self.roi {
            let named = |why| match file.name() {
                Some(name) => format!("{name}: {why}"),
                None => why,
            };
            roi.check(frame.width, frame.height)
                .map_err(|why| Error::Region { path: self.path.clone(), why: named(why) })?;
            roi.crop(frame, &mut self.part);
            &self.part
        } else {
            frame
        };
        let before = cpu_time::thread();
        let detection = self.detector.detect(watched, file.seconds());
        self.detect_time += cpu_time::thread().saturating_sub(before);
        self.seen += 1;
        let motion = detection.verdict.is_motion();
        let at = timestamp(file.seconds());
        let step = self.machine.push(at, file.number(), detection.verdict.into(), detection.score);
        self.events.extend(step.ended.as_ref().map(EventReport::from));
        if let Some(keeper) = &mut self.keeper {
            keeper.frame(at, file, frame, motion, &step, &self.machine)?;
        }
        if self.masks.is_none() && self.mask_film.is_none() {
            return Ok(true);
        }
        let mask = self.detector.mask();
        let mask = match self.roi {
            Some(roi) => roi.place(mask, frame.width, frame.height),
            None => mask.clone(),
        };
        if let Some((path, film)) = &mut self.mask_film {
            film.push(at, &mask, &|| false).map_err(|error| unwritten(path, &error))?;
        }
        Ok(self.masks.as_mut().is_none_or(|masks| masks.push(file.name(), file.number(), mask)))
    }

    /// The file is over.
    fn finish(mut self, file: &FileReader) -> Result<Report, Error> {
        let info = file.info();
        let ended = self.machine.finish(timestamp(file.seconds()));
        self.events.extend(ended.as_ref().map(EventReport::from));
        if let Some(mut keeper) = self.keeper.filter(|_| ended.is_some()) {
            keeper.ended()?;
        }
        self.masks.map_or(Ok(()), Masks::finish)?;
        if let Some((path, film)) = self.mask_film {
            film.finish().map_err(|error| unwritten(&path, &error))?;
        }
        // Of pictures all are counted, also those at the end that could not be decoded.
        let all = if file.name().is_some() { info.frames } else { None };
        let frames = all.unwrap_or(file.number() + 1);
        // Microseconds suffice, and more digits would only look like knowledge.
        let mean_ms = |time: Duration| (time.as_secs_f64() * 1e6 / self.seen.max(1) as f64).round() / 1e3;
        Ok(Report {
            input: self.path.to_string_lossy().into_owned(),
            width: info.width,
            height: info.height,
            fps: info.fps,
            frames,
            seconds: ((file.seconds() + 1.0 / info.fps) * 1e3).round() / 1e3,
            events: self.events,
            timing: Timing { decode_ms: mean_ms(file.decode_time()), detect_ms: mean_ms(self.detect_time) },
            warnings: file.warnings(),
        })
    }
}

fn unwritten(path: &Path, error: &FfmpegError) -> Error {
    Error::Write { path: path.to_owned(), why: error.to_string() }
}

/// Seconds of a file as a point in time, for the event machine.
fn timestamp(seconds: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "no file is 300 million years long, and it saturates")]
    let millis = (seconds * 1e3).round() as i64;
    Timestamp::from_millis(millis)
}
