//! The detector in scenes that are drawn: who walks by is found, and nothing else is. `framekeep bench scenes` plays more of them, and for longer.

use framekeep::domain::{EventSettings, Mask, MotionSettings, RgbPicture, Timestamp};
use framekeep::motion::Detector;
use framekeep::pipeline::EventMachine;
use framekeep::scenes::trial::{Stage, Trial};

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
