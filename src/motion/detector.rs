//! The detector of one stream: a model of the background, and the judge of what it sees.

use super::adaptive::{Adaptive, MOST_PIXELS, MOST_PIXELS_FAST};
use super::cells::Cells;
use super::decide::Moment;
use super::judge::Judge;
use super::mog2::{Mog2, Mog2Params};
use super::pace::{Pace, Since};
use super::seen::Seen;
use crate::domain::{Detection, DetectorKind, Mask, MotionSettings, RgbPicture, Trace, Upheaval};

/// Background subtraction for one stream. Owned by one thread; nothing is allocated per frame after the first ones.
pub struct Detector {
    settings: MotionSettings,
    model: Model,
    judge: Judge,
    pace: Pace,
    /// Width and height of the pictures.
    size: (u32, u32),
    /// From a picture to the mask of the model.
    cells: Cells,
    /// What the model says, of the working size.
    seen: Seen,
    detection: Detection,
    trace: Trace,
    working_mask: Mask,
    full_mask: Mask,
    /// Whether `full_mask` is of the last frame. It is made only when it is asked for.
    full_mask_is_current: bool,
    /// The next frame is of a camera that was moved.
    told_moved: bool,
}

/// The models there are. A new one takes a seat here: it looks at a picture, learns from it and writes a mask of the size
/// it told in [`Model::fit`]. Everything behind the mask is the judge's.
enum Model {
    Adaptive(Box<Adaptive>),
    Mog2(Box<Mog2>),
}

impl Detector {
    /// A detector that knows no background yet.
    #[must_use]
    pub fn new(settings: &MotionSettings) -> Self {
        Self {
            settings: settings.clone(),
            model: Model::new(settings),
            judge: Judge::default(),
            pace: Pace::new(),
            size: (0, 0),
            cells: Cells::default(),
            seen: Seen::default(),
            detection: Detection::default(),
            trace: Trace::default(),
            working_mask: Mask::default(),
            full_mask: Mask::default(),
            full_mask_is_current: true,
            told_moved: false,
        }
    }

    /// The camera was moved since the last frame, as its own sensors say: the next frame is no motion, and where the camera
    /// comes to rest the background begins anew if it is another one.
    pub fn tell_moved(&mut self) {
        self.told_moved = true;
    }

    /// New settings from the next frame on; the background that was learnt is kept unless the detector itself changes.
    pub fn set(&mut self, settings: &MotionSettings) {
        let before = std::mem::replace(&mut self.settings, settings.clone());
        if before.detector == settings.detector {
            self.model.set(settings);
            if before.zones != settings.zones {
                self.judge.set_zones(&settings.zones);
            }
        } else {
            self.model = Model::new(settings);
            self.fit(self.size);
        }
    }

    /// Looks at one frame. `seconds` is the capture time since any fixed point; it may jump or go backwards.
    /// A picture of another size starts anew.
    pub fn detect(&mut self, picture: &RgbPicture, seconds: f64) -> &Detection {
        let size = (picture.width, picture.height);
        if self.size != size {
            self.fit(size);
        }
        let since = Since { interval_secs: self.pace.advance(seconds), moved: std::mem::take(&mut self.told_moved) };
        self.model.look(picture, since, &mut self.seen);
        let (is_first, interval_micros, watched_micros) =
            (self.pace.frames() <= 1, self.pace.interval_micros(), self.pace.watched_micros());
        let moment = Moment::new(is_first, interval_micros, watched_micros);
        self.judge.judge(&self.seen, &self.settings, moment, &mut self.detection, &mut self.trace);
        (self.trace.is_first, self.trace.noise) = (is_first, self.model.noise());
        (self.trace.interval_micros, self.trace.watched_micros) = (interval_micros, watched_micros);
        self.judge.moving().write_bytes(&mut self.working_mask.data);
        self.full_mask_is_current = false;
        &self.detection
    }

    /// What was said of the last frame.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// The trace of the last frame: what was measured in it, and how it was decided.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The mask of the last frame, of the picture's size. With [`DetectorKind::Mog2`] exactly what OpenCV returns, shadows
    /// included; otherwise [`Detector::working_mask`] made larger. It is made when it is asked for.
    pub fn mask(&mut self) -> &Mask {
        if matches!(self.model, Model::Mog2(_)) {
            return &self.seen.mask;
        }
        if !self.full_mask_is_current {
            enlarge(&self.working_mask, self.cells, self.size, &mut self.full_mask);
            self.full_mask_is_current = true;
        }
        &self.full_mask
    }

    /// The moving pixels that counted in the last frame, after zones and areas, of the working size: the picture made
    /// smaller by a whole factor, so that its shares mean the same. Meant for overlays.
    #[must_use]
    pub fn working_mask(&self) -> &Mask {
        &self.working_mask
    }

    /// Forgets the background.
    pub fn reset(&mut self) {
        self.model.reset();
        // All that is counted from frame to frame begins anew with the first frame.
        self.pace = Pace::new();
        self.detection = Detection { regions: std::mem::take(&mut self.detection.regions), ..Detection::default() };
        self.detection.regions.clear();
        self.trace = Trace::default();
    }

    fn fit(&mut self, size: (u32, u32)) {
        self.size = size;
        self.cells = self.model.fit(size.0 as usize, size.1 as usize);
        let Cells { across, down, .. } = self.cells;
        self.judge.fit(&self.settings.zones, across, down);
        let length = |cells: usize| u32::try_from(cells).expect("no more cells than pixels, whose number is a u32");
        self.working_mask =
            Mask { width: length(across), height: length(down), data: vec![Mask::STILL; across * down] };
        self.detection.regions.reserve(self.judge.room());
        self.full_mask = Mask::default();
        self.seen = Seen::default();
        self.full_mask_is_current = false;
        self.reset();
    }
}

impl Model {
    fn new(settings: &MotionSettings) -> Self {
        let adaptive = |most_pixels| Self::Adaptive(Box::new(Adaptive::new(most_pixels, radius(settings.sensitivity))));
        let threshold = variance_threshold(settings.sensitivity);
        match settings.detector {
            DetectorKind::Default => adaptive(MOST_PIXELS),
            DetectorKind::Fast => adaptive(MOST_PIXELS_FAST),
            DetectorKind::Mog2 => Self::Mog2(Box::new(Mog2::new(exact_params(threshold)))),
        }
    }

    /// Takes up settings that leave the background as it is.
    fn set(&mut self, settings: &MotionSettings) {
        let threshold = variance_threshold(settings.sensitivity);
        match self {
            Self::Adaptive(model) => model.set_radius(radius(settings.sensitivity)),
            Self::Mog2(model) => model.set_params(exact_params(threshold)),
        }
    }

    /// Pictures will have this size. Tells how they become masks.
    fn fit(&mut self, width: usize, height: usize) -> Cells {
        match self {
            Self::Adaptive(model) => model.fit(width, height),
            Self::Mog2(_) => Cells { columns: 1, rows: 1, every: 1, across: width, down: height },
        }
    }

    fn look(&mut self, picture: &RgbPicture, since: Since, seen: &mut Seen) {
        match self {
            Self::Adaptive(model) => model.look(picture, since, seen),
            // A negative rate is OpenCV's automatic one, which counts frames and not seconds.
            Self::Mog2(model) => {
                model.apply(picture, -1.0, &mut seen.mask);
                seen.is_raw = true;
                seen.upheaval = if since.moved { Upheaval::Camera } else { Upheaval::None };
            }
        }
    }

    /// The noise of the camera in quarters of a grey level, where the model measures it.
    fn noise(&self) -> Option<u8> {
        match self {
            Self::Adaptive(model) => Some(model.noise()),
            Self::Mog2(_) => None,
        }
    }

    fn reset(&mut self) {
        match self {
            Self::Adaptive(model) => model.reset(),
            Self::Mog2(model) => model.reset(),
        }
    }
}

fn exact_params(variance_threshold: f32) -> Mog2Params {
    Mog2Params { variance_threshold, ..Mog2Params::default() }
}

/// How far a pixel may be from a quiet background, in grey levels: from 40 (strong changes only) through 20 to 10.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the threshold is 4 to 64")]
fn radius(sensitivity: f32) -> u8 {
    (5.0 * variance_threshold(sensitivity).sqrt()) as u8
}

/// From 64 (strong changes only) through OpenCV's 16 to 4 (the faintest).
fn variance_threshold(sensitivity: f32) -> f32 {
    let sensitivity = if sensitivity.is_nan() { 0.5 } else { sensitivity.clamp(0.0, 1.0) };
    16.0 * 4f32.powf(1.0 - 2.0 * sensitivity)
}

/// Each pixel of `small` fills its cell; the last ones fill what is left at the borders too.
fn enlarge(small: &Mask, cells: Cells, (width, height): (u32, u32), full: &mut Mask) {
    let (columns, rows) = (width as usize, height as usize);
    (full.width, full.height) = (width, height);
    full.data.resize(columns * rows, Mask::STILL);
    if full.data.is_empty() {
        return;
    }
    for (y, from) in small.data.chunks_exact(cells.across).enumerate() {
        let first = y * cells.rows * columns;
        widen(from, cells.columns, &mut full.data[first..first + columns]);
        let used = cells.across * cells.columns;
        full.data[first + used..first + columns].fill(from[cells.across - 1]);
        let end = if y + 1 == cells.down { rows } else { (y + 1) * cells.rows };
        for row in y * cells.rows + 1..end {
            full.data.copy_within(first..first + columns, row * columns);
        }
    }
}

/// Each value as often as a cell is wide; common widths are known to the compiler, which makes them fast.
fn widen(from: &[u8], times: usize, to: &mut [u8]) {
    fn by<const TIMES: usize>(from: &[u8], to: &mut [u8]) {
        for (cell, value) in to.as_chunks_mut::<TIMES>().0.iter_mut().zip(from) {
            *cell = [*value; TIMES];
        }
    }
    match times {
        1 => by::<1>(from, to),
        2 => by::<2>(from, to),
        3 => by::<3>(from, to),
        4 => by::<4>(from, to),
        5 => by::<5>(from, to),
        6 => by::<6>(from, to),
        _ => to.chunks_exact_mut(times).zip(from).for_each(|(cell, value)| cell.fill(*value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Verdict, Zone, ZoneKind};

    const FPS: f64 = 25.0;

    /// A grey wall with a bright square of a fifth of the height whose left edge is at `x`, none when `x` is `None`.
    fn scene(width: u32, height: u32, x: Option<u32>) -> RgbPicture {
        let mut data = vec![90; (width * height * 3) as usize];
        let side = height / 5;
        for row in (height / 2)..(height / 2 + side) {
            for column in x.map_or(0..0, |x| x..x + side) {
                data[((row * width + column) * 3) as usize..][..3].fill(220);
            }
        }
        RgbPicture { width, height, data }
    }

    fn quiet(detector: &mut Detector, picture: &RgbPicture, frames: u32, from_secs: f64) {
        for frame in 0..frames {
            detector.detect(picture, from_secs + f64::from(frame) / FPS);
        }
    }

    #[test]
    fn what_enters_a_learnt_picture_is_found_where_it_is() {
        for kind in [DetectorKind::Default, DetectorKind::Mog2] {
            let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
            quiet(&mut detector, &scene(320, 180, None), 50, 0.0);
            assert_eq!(detector.detection().verdict, Verdict::Still);
            assert_eq!(detector.detect(&scene(320, 180, Some(160)), 2.0).verdict, Verdict::NotLongEnough);
            let detection = detector.detect(&scene(320, 180, Some(160)), 2.04);
            assert_eq!((detection.verdict, detection.regions.len()), (Verdict::Motion, 1), "{kind:?}");
            let region = detection.regions[0];
            let near = |value: f32, expected: f32| (value - expected).abs() < 0.01;
            assert!(near(region.x, 0.5) && near(region.y, 0.5) && near(region.height, 0.2), "{kind:?} {region:?}");
            assert!(near(detection.score, region.area), "{kind:?}");
        }
    }

    #[test]
    fn the_mask_has_the_size_of_the_picture_whatever_the_working_size() {
        for (width, height) in [(640, 360), (1283, 723), (37, 21), (16, 16), (501, 1), (1, 300)] {
            let mut detector = Detector::new(&MotionSettings::default());
            detector.detect(&scene(width, height, None), 0.0);
            let mask = detector.mask();
            assert_eq!((mask.width, mask.height), (width, height));
            assert_eq!(mask.data.len(), (width * height) as usize);
        }
    }

    #[test]
    fn the_large_mask_covers_the_moving_square_to_the_border() {
        let mut detector = Detector::new(&MotionSettings { persistence: 1, ..MotionSettings::default() });
        let (width, height) = (643, 363);
        quiet(&mut detector, &scene(width, height, None), 15, 0.0);
        let side = height / 5;
        detector.detect(&scene(width, height, Some(width - side)), 1.2);
        let mask = detector.mask();
        let at = |x: u32, y: u32| mask.data[(y * width + x) as usize];
        assert_eq!(at(width - 1, height / 2 + side / 2), Mask::MOVING);
        assert_eq!(at(width - side - 8, height / 2 + side / 2), Mask::STILL);
    }

    #[test]
    fn who_came_while_nothing_was_seen_is_found() {
        for (hole_secs, interval_secs) in [(0.0, 0.04), (7.0, 0.04), (3600.0, 0.04), (10.0, 10.0), (5.0, 5.0)] {
            let mut detector = Detector::new(&MotionSettings { warm_up_secs: 0.2, ..MotionSettings::default() });
            for frame in 0..50 {
                detector.detect(&scene(320, 180, None), f64::from(frame) * interval_secs);
            }
            let from = 50.0 * interval_secs + hole_secs;
            let found = (0..5).filter(|frame| {
                let seconds = from + f64::from(*frame) * interval_secs;
                detector.detect(&scene(320, 180, Some(160)), seconds).verdict == Verdict::Motion
            });
            assert!(found.count() >= 4, "after a hole of {hole_secs} s at a frame in {interval_secs} s");
        }
    }

    #[test]
    fn the_warm_up_ends_after_its_seconds_at_any_rate() {
        for fps in [1.0, 5.0, 25.0] {
            let mut detector = Detector::new(&MotionSettings { warm_up_secs: 2.0, ..MotionSettings::default() });
            let warming = (0..).take_while(|frame| {
                let detection = detector.detect(&scene(64, 48, None), f64::from(*frame) / fps);
                detection.verdict == Verdict::WarmingUp
            });
            assert!((f64::from(warming.max().unwrap() + 1) / fps - 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_first_frame_is_never_motion_even_without_a_warm_up() {
        let settings = MotionSettings { warm_up_secs: 0.0, persistence: 0, ..MotionSettings::default() };
        assert_eq!(Detector::new(&settings).detect(&scene(64, 48, Some(3)), 0.0).verdict, Verdict::WarmingUp);
    }

    #[test]
    fn a_picture_of_another_size_starts_anew() {
        let mut detector = Detector::new(&MotionSettings::default());
        quiet(&mut detector, &scene(64, 48, None), 50, 0.0);
        assert_eq!(detector.detect(&scene(48, 64, None), 2.0).verdict, Verdict::WarmingUp);
        assert_eq!(detector.mask().width, 48);
    }

    #[test]
    fn a_picture_without_pixels_is_still_and_does_no_harm() {
        for kind in [DetectorKind::Default, DetectorKind::Mog2] {
            let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
            quiet(&mut detector, &RgbPicture::default(), 60, 0.0);
            assert_eq!(detector.detection().verdict, Verdict::Still);
            assert_eq!(detector.mask().data.len(), 0);
        }
    }

    #[test]
    fn new_zones_and_sensitivity_keep_the_background_and_another_detector_does_not() {
        let settings = MotionSettings { persistence: 1, ..MotionSettings::default() };
        let mut detector = Detector::new(&settings);
        quiet(&mut detector, &scene(160, 120, None), 50, 0.0);
        let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.5, 0.0, 0.5, 1.0)];
        let ignoring = MotionSettings { zones, sensitivity: 0.9, ..settings };
        detector.set(&ignoring);
        assert_eq!(detector.detect(&scene(160, 120, Some(100)), 2.0).verdict, Verdict::OutsideZones);
        detector.set(&MotionSettings { detector: DetectorKind::Mog2, ..ignoring });
        assert_eq!(detector.detect(&scene(160, 120, Some(100)), 2.1).verdict, Verdict::WarmingUp);
    }

    #[test]
    fn forgetting_begins_with_the_warm_up() {
        let mut detector = Detector::new(&MotionSettings::default());
        quiet(&mut detector, &scene(64, 48, None), 50, 0.0);
        detector.reset();
        assert_eq!(detector.detect(&scene(64, 48, Some(10)), 2.0).verdict, Verdict::WarmingUp);
    }

    #[test]
    fn a_lamp_that_is_switched_is_told_and_moves_nothing() {
        let lit = |percent: usize| {
            let value = |index: usize| (60 + index / 3 * 7 % 90 + index / 288 * 11 % 50) * percent / 100;
            let data = (0..96 * 72 * 3).map(|index| u8::try_from(value(index)).unwrap()).collect();
            RgbPicture { width: 96, height: 72, data }
        };
        let mut detector = Detector::new(&MotionSettings::default());
        quiet(&mut detector, &lit(100), 50, 0.0);
        for (percent, from_secs) in [(65, 2.0), (100, 4.0), (120, 6.0)] {
            for frame in 0..20 {
                let detection = detector.detect(&lit(percent), from_secs + f64::from(frame) / FPS);
                let expected = if frame < 2 { Verdict::LightChanged } else { Verdict::Still };
                assert_eq!(detection.verdict, expected, "{percent} %, frame {frame}");
            }
        }
    }

    /// Bricks, and somebody in a coat of many greys whose left edge is at `x`, through a noisy camera at night.
    fn night(frame: u32, x: Option<u32>) -> RgbPicture {
        let noise = |place: u32| {
            let mixed = (place ^ frame.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
            let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
            mixed.to_le_bytes().map(|byte| u32::from(byte % 8)).iter().sum::<u32>()
        };
        let value = |place: u32| {
            let (column, row) = (place / 3 % 160, place / 480);
            let is_there = x.is_some_and(|x| (x..x + 16).contains(&column) && (30..90).contains(&row));
            let greys = if is_there { 34 + row / 5 % 3 * 6 } else { 6 + (column / 12 + row / 9) % 3 * 5 };
            u8::try_from((greys + noise(place)).saturating_sub(14)).unwrap()
        };
        RgbPicture { width: 160, height: 120, data: (0..160 * 120 * 3).map(value).collect() }
    }

    #[test]
    fn somebody_is_found_in_the_dark_and_noise_is_not() {
        for kind in [DetectorKind::Default, DetectorKind::Fast] {
            let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
            let mut verdict = |frame: u32, x| detector.detect(&night(frame, x), f64::from(frame) / 10.0).verdict;
            assert!((0..60).all(|frame| !verdict(frame, None).is_motion()), "{kind:?}");
            let found = (0..30).filter(|n| verdict(60 + n, Some(10 + 4 * n)).is_motion()).count();
            assert!(found >= 26, "{kind:?}: {found} of 30 frames");
        }
    }

    #[test]
    fn who_stands_there_for_a_minute_stays_in_the_mask() {
        let mut detector = Detector::new(&MotionSettings::default());
        let mut look = |n: u32, x| {
            detector.detect(&scene(480, 180, x), f64::from(n) / 5.0);
            detector.mask().data.iter().map(|pixel| u32::from(*pixel == Mask::MOVING)).sum::<u32>()
        };
        (0..50).for_each(|n| assert_eq!(look(n, None), 0));
        for n in 50..350 {
            let seen = look(n, Some((n * 8).min(560) - 400));
            assert!(n < 52 || (1_200..1_400).contains(&seen), "{seen} of 1296 pixels after {} s", (n - 50) / 5);
        }
    }

    #[test]
    fn half_the_sensitivity_is_the_threshold_of_opencv() {
        for (sensitivity, threshold) in [(0.0, 64), (0.5, 16), (1.0, 4), (-3.0, 64), (f32::NAN, 16), (f32::INFINITY, 4)]
        {
            assert_eq!(variance_threshold(sensitivity).to_bits(), (threshold as f32).to_bits(), "{sensitivity}");
        }
    }
}
