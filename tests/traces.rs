//! Deciding again from traces is the same as running the detector again, for every setting that a trace carries.

use framekeep::codec::{TRACE_BYTES, TraceReader, TraceWriter};
use framekeep::domain::{
    Detection, DetectorKind, Mask, MotionSettings, RgbPicture, Timestamp, Trace, TracedFrame, Verdict, Zone, ZoneKind,
};
use framekeep::motion::{Detector, Replay};
use framekeep::scenes::street::Scene;
use framekeep::scenes::trial::{Stage, Trial};

/// Settings a trace carries, each far from the default in its own way.
fn others(base: &MotionSettings) -> Vec<MotionSettings> {
    let with = |smallest_area, largest_area, persistence, warm_up_secs| MotionSettings {
        smallest_area,
        largest_area,
        persistence,
        warm_up_secs,
        ..base.clone()
    };
    vec![
        with(0.0, 1.0, 0, 0.0),
        with(0.02, 0.8, 2, 0.5),
        with(0.0003, 0.03, 1, 3.0),
        with(0.005, 0.2, 9, 1.0),
        with(0.001, 0.0, 2, 0.5),
    ]
}

/// A detector under other settings, beside what is decided again from the traces of the first.
struct Pair {
    settings: MotionSettings,
    detector: Detector,
    replay: Replay,
    exact: usize,
    /// Frames since one of which not all was known.
    since_unknown: usize,
}

/// After so many frames it is known again what is counted from frame to frame.
const KNOWN_AGAIN: usize = 12;

impl Pair {
    fn new(settings: MotionSettings) -> Self {
        let (detector, replay) = (Detector::new(&settings), Replay::new(&settings));
        Self { settings, detector, replay, exact: 0, since_unknown: usize::MAX }
    }

    fn compare(&mut self, picture: &RgbPicture, seconds: f64, trace: &Trace, what: &str) {
        let run = self.detector.detect(picture, seconds).clone();
        let again = self.replay.decide(trace);
        let left_out = trace.left_out.largest as f32;
        let pixels = trace.width as f32 * trace.height as f32;
        let all_known = trace.left_out.count == 0 || left_out < self.settings.smallest_area * pixels;
        if again.is_exact {
            assert_same(again.detection, &run, &format!("{what}, {:?}", self.settings));
            self.exact += 1;
        }
        self.since_unknown = if all_known { self.since_unknown.saturating_add(1) } else { 0 };
        assert!(again.is_exact || self.since_unknown < KNOWN_AGAIN, "{what}: not exact without a reason");
        // What was measured does not depend on what was decided.
        let measured = |trace: &Trace| Trace { verdict: Verdict::Still, score: 0.0, ..*trace };
        assert_eq!(measured(self.detector.trace()), measured(trace), "{what}");
    }
}

fn assert_same(again: &Detection, run: &Detection, what: &str) {
    assert_eq!(again.verdict, run.verdict, "{what}");
    assert_eq!(again.score.to_bits(), run.score.to_bits(), "{what}: {} and {}", again.score, run.score);
    assert_eq!(again.regions, run.regions, "{what}");
}

/// Plays pictures to a detector, writes its traces and reads them again, and compares. Gives the share of exact frames.
fn play(base: &MotionSettings, pictures: &mut dyn FnMut(u64, &mut RgbPicture) -> Option<f64>, what: &str) -> f64 {
    let mut detector = Detector::new(base);
    let mut pairs: Vec<Pair> = others(base).into_iter().chain([base.clone()]).map(Pair::new).collect();
    let mut picture = RgbPicture::default();
    let mut frames = 0;
    for n in 0.. {
        let Some(seconds) = pictures(n, &mut picture) else { break };
        let detection = detector.detect(&picture, seconds).clone();
        let trace = read_back(detector.trace());
        assert_eq!((trace.verdict, trace.score.to_bits()), (detection.verdict, detection.score.to_bits()));
        for pair in &mut pairs {
            pair.compare(&picture, seconds, &trace, &format!("{what}, frame {n}"));
        }
        frames += 1;
    }
    let exact: usize = pairs.iter().map(|pair| pair.exact).sum();
    exact as f64 / (frames * pairs.len()) as f64
}

fn read_back(trace: &Trace) -> Trace {
    let mut writer = TraceWriter::default();
    writer.push(&TracedFrame { at: Timestamp::from_millis(1_763_712_061_042), seq: 9, trace: *trace });
    assert!(writer.len() < TRACE_BYTES, "{}", writer.len());
    let bytes = writer.into_bytes();
    TraceReader::new(&bytes).unwrap().next().unwrap().unwrap().trace
}

#[test]
fn in_scenes_the_traces_say_what_the_detector_would() {
    let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 0.4, 1.0)];
    let kinds = [DetectorKind::Default, DetectorKind::Fast];
    for (number, trial) in [Trial::Noise, Trial::Rain, Trial::Lamp, Trial::Bump, Trial::Screen].into_iter().enumerate()
    {
        let zones = if number % 2 == 0 { zones.clone() } else { Vec::new() };
        let base = MotionSettings { detector: kinds[number % 2], zones, ..MotionSettings::default() };
        let mut stage = Stage::new(trial, 96, 72, 5.0);
        let mut truth = Mask::default();
        // From 26 seconds on: the lamp is switched, somebody walks by, the camera is bumped.
        let exact = play(
            &base,
            &mut |n, picture| {
                stage.draw(n + 130, picture, &mut truth);
                (n < 110).then(|| 1_763_712_061.042 + stage.secs(n))
            },
            trial.name(),
        );
        assert!(exact > 0.99, "{trial:?}: {exact} exact");
    }
}

#[test]
fn on_the_street_and_for_mog2_too() {
    let base = MotionSettings { detector: DetectorKind::Mog2, ..MotionSettings::default() };
    let scene = Scene::new(96, 72);
    let exact = play(
        &base,
        &mut |n, picture| {
            scene.draw(n * 3, picture);
            (n < 150).then_some(n as f64 * 0.2)
        },
        "street",
    );
    assert!(exact > 0.95, "{exact} exact");
}

/// So many squares of eight pixels that go right, and a large one that goes down.
fn squares(n: u64, count: usize, picture: &mut RgbPicture) {
    (picture.width, picture.height) = (160, 120);
    picture.data.clear();
    picture.data.resize(160 * 120 * 3, 90);
    let mut square = |left: usize, top: usize, side: usize| {
        for row in top..top + side {
            picture.data[(row * 160 + left) * 3..][..side * 3].fill(230);
        }
    };
    let n = usize::try_from(n).unwrap();
    for number in 0..count {
        square((number % 7 * 22 + n * 4) % 150, 4 + number / 7 * 16, 8);
    }
    if count > 0 {
        square(n * 3 % 138, 90, 20);
    }
}

#[test]
fn where_areas_were_left_out_that_count_it_is_not_called_exact() {
    let base = MotionSettings { detector: DetectorKind::Mog2, ..MotionSettings::default() };
    let mut detector = Detector::new(&base);
    let sizes = [0.0005, 0.03];
    let mut pairs = sizes.map(|smallest_area| Pair::new(MotionSettings { smallest_area, ..base.clone() }));
    let mut picture = RgbPicture::default();
    let mut left_out = 0;
    for n in 0..120 {
        let count = if (30..90).contains(&n) { 25 } else { 0 };
        squares(n, count, &mut picture);
        detector.detect(&picture, n as f64 / 10.0);
        left_out += usize::from(detector.trace().left_out.count > 0);
        for pair in &mut pairs {
            pair.compare(&picture, n as f64 / 10.0, detector.trace(), &format!("frame {n}"));
        }
    }
    let [few, all] = pairs.map(|pair| pair.exact);
    assert!(left_out > 30, "{left_out} traces had no room for all");
    assert!(few <= 120 - left_out && few > 50, "{few} exact");
    assert_eq!(all, 120, "what was left out is too small to count");
}

#[test]
fn what_begins_in_the_middle_is_exact_as_soon_as_it_can_be() {
    let base = MotionSettings { persistence: 3, ..MotionSettings::default() };
    let mut detector = Detector::new(&base);
    let mut picture = RgbPicture::default();
    let mut replays: Vec<(u64, Replay, Vec<bool>)> =
        [10, 32, 45, 60].map(|from| (from, Replay::new(&base), Vec::new())).into();
    for n in 0..90 {
        squares(n, if (30..70).contains(&n) { 3 } else { 0 }, &mut picture);
        let run = detector.detect(&picture, n as f64 / 10.0).clone();
        // Some frames are missing.
        if n == 20 {
            continue;
        }
        for (_, replay, exact) in replays.iter_mut().filter(|(from, ..)| n >= *from) {
            let again = replay.decide(detector.trace());
            exact.push(again.is_exact);
            if again.is_exact {
                assert_same(again.detection, &run, &format!("frame {n}"));
            }
        }
    }
    for (from, _, exact) in &replays {
        let last = exact.iter().rposition(|exact| !exact).map_or(0, |last| last + 1);
        // What came all at once must move for 0.8 s, and whether it did is in the frames before.
        assert!(last <= 8, "from frame {from}: not exact up to the {last}th");
    }
    assert!(replays.iter().any(|(.., exact)| !exact[0]), "nothing was in doubt, so little was tried");
}

#[test]
fn a_still_frame_takes_next_to_nothing_and_a_busy_one_has_room() {
    let mut detector = Detector::new(&MotionSettings::default());
    let (mut picture, mut truth) = (RgbPicture::default(), Mask::default());
    let mut stage = Stage::new(Trial::Noise, 96, 72, 5.0);
    let (mut writer, mut still, mut busy) = (TraceWriter::default(), Vec::new(), Vec::new());
    for n in 0..150_u32 {
        stage.draw((n + 110).into(), &mut picture, &mut truth);
        detector.detect(&picture, stage.secs(n.into()));
        let (before, trace) = (writer.len(), *detector.trace());
        writer.push(&TracedFrame { at: Timestamp::from_millis(i64::from(n) * 200), seq: n.into(), trace });
        let bytes = writer.len() - before;
        if trace.moving_pixels == 0 { still.push(bytes) } else { busy.push(bytes) }
    }
    assert!(still.len() > 50 && busy.len() > 20, "{} still, {} busy", still.len(), busy.len());
    assert!(still.iter().sum::<usize>() < still.len() * 3, "{still:?}");
    assert!(busy.iter().all(|bytes| *bytes < TRACE_BYTES), "{busy:?}");
}
