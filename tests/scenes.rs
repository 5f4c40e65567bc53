//! The detector in scenes that are drawn: who walks by is found, and nothing else is. `framekeep bench scenes` plays more of them, and for longer.

use std::fs;
use std::process::Command;

use framekeep::codec;
use framekeep::domain::{EventSettings, Mask, MotionSettings, RgbPicture, Timestamp};
use framekeep::motion::Detector;
use framekeep::pipeline::EventMachine;
use framekeep::scenes::trial::{Stage, Trial};
use tempfile::TempDir;

const FPS: f32 = 5.0;
/// Somebody walks by from 30 to 39 seconds.
const FRAMES: u64 = 47 * 5;
const VISIT: std::ops::Range<f64> = 30.0..39.5;

/// Start and end of the events, in seconds.
fn events(trial: Trial) -> Vec<(f64, f64)> {
    let mut stage = Stage::new(trial, 160, 120, FPS);
    let mut detector = Detector::new(&MotionSettings::default());
    let mut machine = EventMachine::new(&EventSettings::default());
    let (mut picture, mut truth) = (RgbPicture::default(), Mask::default());
    let mut spans = Vec::new();
    for n in 0..FRAMES {
        stage.draw(n, &mut picture, &mut truth);
        let detection = detector.detect(&picture, stage.secs(n));
        let at = Timestamp::from_millis(i64::try_from(n).unwrap() * 200);
        let (verdict, score) = (detection.verdict, detection.score);
        spans.extend(machine.push(at, n, verdict.into(), score).ended.map(|ended| ended.span));
    }
    spans.extend(machine.current().copied());
    spans.iter().map(|span| (stage.secs(span.start.seq), stage.secs(span.last_motion.seq))).collect()
}

#[test]
fn who_walks_by_is_the_one_event_whatever_light_and_screens_do() {
    for trial in [Trial::WhiteBalance, Trial::Clouds, Trial::Lamp, Trial::Screen] {
        let events = events(trial);
        let [(start, end)] = events[..] else { panic!("{trial:?}: {events:?}") };
        assert!(VISIT.contains(&start) && VISIT.contains(&end) && end - start > 6.5, "{trial:?}: {start} to {end}");
    }
}

#[test]
fn what_is_written_of_a_scene_is_what_is_played_and_what_moves_in_it() {
    let folder = TempDir::new().unwrap();
    let written = Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .args(["bench", "scenes", "--scene", "clouds", "--minutes", "1", "--fps", "2", "--size", "160x120", "--write"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let clip = folder.path().join("clouds");
    let count = |part: &str| fs::read_dir(clip.join(part)).unwrap().count();
    assert_eq!((count("input"), count("groundtruth")), (120, 120));
    assert_eq!(fs::read_to_string(clip.join("temporalROI.txt")).unwrap(), "21 120\n");

    let read = |name: &str| {
        let mut pixels = RgbPicture::default();
        codec::decode_file_into(&fs::read(clip.join(name)).unwrap(), &mut pixels).unwrap();
        pixels
    };
    let mut stage = Stage::new(Trial::Clouds, 160, 120, 2.0);
    let (mut picture, mut truth) = (RgbPicture::default(), Mask::default());
    // Somebody walks by from 30 to 39 seconds. The first picture has the number 1.
    for (n, somebody) in [(0, false), (69, true), (119, false)] {
        stage.draw(n, &mut picture, &mut truth);
        let (jpeg, png) =
            (read(&format!("input/in{:06}.jpg", n + 1)), read(&format!("groundtruth/gt{:06}.png", n + 1)));
        assert_eq!(png.data.iter().step_by(3).copied().collect::<Vec<u8>>(), truth.data, "{n}");
        assert_eq!(truth.data.contains(&Mask::MOVING), somebody, "{n}");
        let differences = jpeg.data.iter().zip(&picture.data).map(|(a, b)| u64::from(a.abs_diff(*b)));
        let mean = differences.sum::<u64>() as f64 / picture.data.len() as f64;
        assert!(mean < 4.0, "{n}: {mean}");
    }
}

#[test]
fn a_scene_that_cannot_be_written_is_told_with_what_to_do() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .args(["bench", "scenes", "--scene", "calm", "--minutes", "1", "--write"])
        .arg(file.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("failed to write") && said.contains("another folder with --write"), "{said}");
}

#[test]
fn the_comparison_with_other_detectors_plays_all_scenes() {
    let script = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/peers/__main__.py")).unwrap();
    for trial in Trial::ALL {
        assert!(script.contains(&format!("\"{}\"", trial.name())), "scripts/peers does not name {}", trial.name());
    }
}
