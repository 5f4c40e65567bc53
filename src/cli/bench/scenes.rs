//! `framekeep bench scenes`: how well the detector does in scenes that are drawn, in which it is known what moves.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde::Serialize;

use crate::cli::bench::clip::Clip;
use crate::cli::bench::{Error, Size, Spread};
use crate::cli::scan::DetectorName;
use crate::domain::{EventSettings, Mask, MotionSettings, RgbPicture, Timestamp};
use crate::motion::Detector;
use crate::pipeline::EventMachine;
use crate::scenes::trial::{Stage, Trial};
use crate::sources::files::cpu_time;

/// Motion this close to a visit belongs to it.
const SLACK_SECS: f64 = 0.5;
/// False motion with a shorter pause is one false event.
const PAUSE_SECS: f64 = 2.0;

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ScenesArgs {
    /// Only this scene; may be given several times
    #[arg(long, value_name = "NAME", value_parser = scene)]
    scene: Vec<Trial>,
    /// Minutes of each scene
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
    /// Frames a second
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=60))]
    fps: u16,
    /// Size of the frames
    #[arg(long, value_name = "WxH", default_value = "320x240")]
    size: Size,
    /// Which detector
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    detector: DetectorName,
    /// Write the pictures of each scene, and what truly moves in them, into a folder of its name in this one
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

fn scene(name: &str) -> Result<Trial, String> {
    let names: Vec<&str> = Trial::ALL.map(Trial::name).into();
    Trial::ALL.into_iter().find(|trial| trial.name() == name).ok_or_else(|| format!("give one of {}", names.join(", ")))
}

/// What `bench scenes --json` writes for one scene.
#[derive(Debug, Serialize)]
struct SceneBench {
    scene: &'static str,
    frames: u64,
    /// How often somebody walked by, and how often an event says so.
    visits: usize,
    found: usize,
    /// Times of motion that was none.
    false_events: usize,
    /// Of the frames in which somebody is seen, the share that lies in an event.
    recall: f64,
    /// Of the frames with motion, the share in which somebody is seen.
    precision: f64,
    cpu_ms: Spread,
}

/// Plays the scenes and writes a table.
pub(super) fn run(args: &ScenesArgs) -> Result<(), Error> {
    let scenes = if args.scene.is_empty() { Trial::ALL.to_vec() } else { args.scene.clone() };
    if args.json {
        let benches: Vec<SceneBench> = scenes.into_iter().map(|trial| play(trial, args)).collect::<Result<_, _>>()?;
        let words = serde_json::to_string_pretty(&benches).map_err(std::io::Error::from)?;
        return Ok(crate::cli::print(&(words + "\n"))?);
    }
    crate::cli::print("scene           visits  found  false  recall  precision  CPU ms a frame\n")?;
    for trial in scenes {
        let SceneBench { scene, visits, found, false_events, recall, precision, cpu_ms, .. } = play(trial, args)?;
        let median = cpu_ms.median;
        crate::cli::print(&format!(
            "{scene:<14} {visits:>7} {found:>6} {false_events:>6} {recall:>7.3} {precision:>10.3} {median:>15.3}\n"
        ))?;
    }
    Ok(())
}

fn play(trial: Trial, args: &ScenesArgs) -> Result<SceneBench, Error> {
    let Size { width, height } = args.size;
    let mut stage = Stage::new(trial, width, height, f32::from(args.fps));
    let settings = MotionSettings { detector: args.detector.into(), ..MotionSettings::default() };
    let least = f64::from(settings.smallest_area) * f64::from(width) * f64::from(height);
    let mut detector = Detector::new(&settings);
    let mut machine = EventMachine::new(&EventSettings::default());
    let (mut picture, mut truth) = (RgbPicture::default(), Mask::default());
    let mut tally = Tally::default();
    let mut times = Vec::new();
    let mut clip = args.write.as_ref().map(|folder| Clip::new(folder.join(trial.name()), args.fps)).transpose()?;
    for n in 0..u64::from(args.minutes) * 60 * u64::from(args.fps) {
        stage.draw(n, &mut picture, &mut truth);
        clip.as_mut().map_or(Ok(()), |clip| clip.push(&picture, &truth))?;
        let before = cpu_time::thread();
        let detection = detector.detect(&picture, stage.secs(n));
        let (verdict, score) = (detection.verdict, detection.score);
        std::hint::black_box(detector.mask());
        times.push(cpu_time::thread().saturating_sub(before));
        let seen: u32 = truth.data.iter().map(|pixel| u32::from(*pixel == Mask::MOVING)).sum();
        tally.seen.push(f64::from(seen) >= least);
        tally.moving.push(verdict.is_motion());
        let at = Timestamp::from_millis(0).plus(Duration::from_secs_f64(stage.secs(n)));
        if let Some(ended) = machine.push(at, n, verdict.into(), score).ended {
            tally.events.push((ended.span.start.seq, ended.span.last_motion.seq));
        }
    }
    tally.events.extend(machine.current().map(|span| (span.start.seq, span.last_motion.seq)));
    clip.map_or(Ok(()), Clip::finish)?;
    Ok(tally.bench(trial, f64::from(args.fps), times))
}

/// What was true and what was said, frame by frame.
#[derive(Debug, Default)]
struct Tally {
    seen: Vec<bool>,
    moving: Vec<bool>,
    /// First and last moving frame of each event.
    events: Vec<(u64, u64)>,
}

impl Tally {
    fn bench(&self, trial: Trial, fps: f64, times: Vec<Duration>) -> SceneBench {
        let visits = runs(&self.seen, 1.0);
        let near = |n: u64, slack: f64| {
            visits.iter().any(|(first, last)| n as f64 + slack >= *first as f64 && n as f64 <= *last as f64 + slack)
        };
        let in_event = |n: u64| self.events.iter().any(|(first, last)| (*first..=*last).contains(&n));
        let frames = |flags: &[bool]| (0..).zip(flags.to_vec()).filter(|(_, flag)| *flag).map(|(n, _)| n).collect();
        let (seen, moving): (Vec<u64>, Vec<u64>) = (frames(&self.seen), frames(&self.moving));
        let slack = SLACK_SECS * fps;
        let wrong: Vec<bool> = (0..).zip(&self.moving).map(|(n, moving)| *moving && !near(n, slack)).collect();
        let share = |of: usize, all: usize| if all == 0 { 1.0 } else { of as f64 / all as f64 };
        SceneBench {
            scene: trial.name(),
            frames: self.seen.len() as u64,
            visits: visits.len(),
            found: visits.iter().filter(|(first, last)| (*first..=*last).any(in_event)).count(),
            false_events: runs(&wrong, PAUSE_SECS * fps).len(),
            recall: share(seen.iter().filter(|n| in_event(**n)).count(), seen.len()),
            precision: share(moving.iter().filter(|n| near(**n, slack)).count(), moving.len()),
            cpu_ms: Spread::of(times),
        }
    }
}

/// First and last frame of each run of true ones; runs with at most so many frames between them are one.
fn runs(flags: &[bool], pause: f64) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (n, _) in (0..).zip(flags).filter(|(_, flag)| **flag) {
        match runs.last_mut() {
            Some((_, last)) if (n - *last) as f64 <= pause => *last = n,
            _ => runs.push((n, n)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<bool> {
        text.chars().map(|sign| sign == '#').collect()
    }

    #[test]
    fn what_is_found_missed_and_false_is_counted() {
        let tally = Tally {
            seen: flags("....####.......................####....."),
            moving: flags(".....####..........##.#..............#..."),
            events: vec![(5, 8), (19, 22), (37, 37)],
        };
        let bench = tally.bench(Trial::Calm, 2.0, Vec::new());
        assert_eq!((bench.visits, bench.found, bench.false_events), (2, 1, 2));
        assert!((bench.recall - 3.0 / 8.0).abs() < 1e-9, "{}", bench.recall);
        assert!((bench.precision - 4.0 / 8.0).abs() < 1e-9, "{}", bench.precision);
    }

    #[test]
    fn nothing_seen_and_nothing_said_is_right() {
        let tally = Tally { seen: flags("...."), moving: flags("...."), events: Vec::new() };
        let bench = tally.bench(Trial::Calm, 10.0, Vec::new());
        assert!(bench.recall >= 1.0 && bench.precision >= 1.0 && bench.false_events == 0);
    }

    #[test]
    fn scenes_have_names() {
        assert_eq!(scene("rain"), Ok(Trial::Rain));
        assert!(scene("snow").unwrap_err().contains("mains-flicker"));
    }
}
