//! From a mask of what moves to a verdict: cleaning, zones, areas, the light, persistence. Knows no model and no time.

use super::bits::Bits;
use super::regions::{Area, Labeller};
use super::zones;
use crate::domain::{Detection, Mask, MotionSettings, Region, Verdict};

/// Pixels by which specks are opened away and gaps closed, on the mask that the model gives.
const CLEAN_RADIUS: usize = 1;

/// What has moved for so long counts, however few frames that was: a phone that sends one frame a second sees somebody who
/// passes once or twice.
const LONG_ENOUGH_SECS: f64 = 0.5;

/// Judges the masks of one stream.
#[derive(Default)]
pub(super) struct Judge {
    /// What is watched; `None` when everything is.
    watched: Option<Bits>,
    watched_pixels: usize,
    /// What moves, after the rules that were applied so far.
    moving: Bits,
    scratch: Bits,
    labeller: Labeller,
    /// Frames in a row in which something moved that counts, and the seconds that they stand for.
    moving_frames: u32,
    moving_secs: f64,
}

/// What the judge has to know of a frame beside its mask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Seconds since the frame before.
    pub interval_secs: f64,
    /// The background is not known well enough.
    pub warming_up: bool,
    /// The mask comes pixel by pixel from a model, with specks and gaps.
    pub is_raw: bool,
}

impl Judge {
    /// Fits the judge to masks of this size and to these zones. Frames in a row are counted anew.
    pub fn fit(&mut self, settings: &MotionSettings, width: usize, height: usize) {
        self.moving = Bits::new(width, height);
        self.scratch = Bits::new(width, height);
        self.labeller.fit(width, height);
        self.watched = zones::watched(&settings.zones, width, height);
        self.watched_pixels = self.watched.as_ref().map_or(width * height, Bits::count);
        self.reset();
    }

    /// The background was forgotten: frames in a row are counted anew.
    pub fn reset(&mut self) {
        (self.moving_frames, self.moving_secs) = (0, 0.0);
    }

    /// Judges one mask, of the size that was fitted.
    pub fn judge(&mut self, mask: &Mask, settings: &MotionSettings, moment: Moment, detection: &mut Detection) {
        detection.regions.clear();
        detection.score = 0.0;
        if moment.warming_up {
            self.moving.clear();
            self.reset();
            detection.verdict = Verdict::WarmingUp;
            return;
        }
        self.moving.set_moving(mask);
        if moment.is_raw {
            self.moving.open(CLEAN_RADIUS, &mut self.scratch);
            self.moving.close(CLEAN_RADIUS, &mut self.scratch);
        }
        detection.verdict = self.weigh(settings, detection);
        if detection.verdict == Verdict::Motion {
            self.moving_frames = self.moving_frames.saturating_add(1);
            self.moving_secs += moment.interval_secs;
            if self.moving_frames < settings.persistence && self.moving_secs < LONG_ENOUGH_SECS {
                detection.verdict = Verdict::NotLongEnough;
            }
        } else {
            self.reset();
        }
    }

    /// What counted as moving in the last frame. Where the whole picture changed: what changed.
    pub fn moving(&self) -> &Bits {
        &self.moving
    }

    /// Applies the rules to the cleaned mask, each to what the one before has left.
    fn weigh(&mut self, settings: &MotionSettings, detection: &mut Detection) -> Verdict {
        let (width, height) = (self.moving.width(), self.moving.height());
        let pixels = (width * height) as f32;
        let everywhere = self.moving.count();
        if everywhere == 0 {
            return Verdict::Still;
        }
        if everywhere as f32 > settings.largest_area * pixels {
            return Verdict::TooLarge;
        }
        if let Some(watched) = &self.watched {
            self.moving.keep(watched);
        }
        let counts = |area: &Area| area.pixels as f32 >= settings.smallest_area * pixels;
        let areas = self.labeller.label(&self.moving);
        if areas.is_empty() {
            return Verdict::OutsideZones;
        }
        let mut counted = 0;
        for area in areas.iter().filter(|area| counts(area)) {
            counted += area.pixels;
            detection.regions.push(region(area, width, height));
        }
        if counted < areas.iter().map(|area| area.pixels).sum() {
            self.labeller.clear_unless(&mut self.moving, |_, area| counts(area));
        }
        if detection.regions.is_empty() {
            return Verdict::TooSmall;
        }
        detection.regions.sort_unstable_by(|one, other| other.area.total_cmp(&one.area));
        detection.score = counted as f32 / self.watched_pixels as f32;
        Verdict::Motion
    }
}

fn region(area: &Area, width: usize, height: usize) -> Region {
    let (width, height) = (width as f32, height as f32);
    let (across, down) = ((area.right - area.left) as f32, (area.bottom - area.top) as f32);
    Region {
        x: area.left as f32 / width,
        y: area.top as f32 / height,
        width: across / width,
        height: down / height,
        area: area.pixels as f32 / (width * height),
        strength: area.pixels as f32 / (across * down),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Zone, ZoneKind};

    /// A mask drawn as text: `#` moves, `+` is a shadow.
    fn mask(rows: &[&str]) -> Mask {
        let value = |character| match character {
            b'#' => Mask::MOVING,
            b'+' => Mask::SHADOW,
            _ => Mask::STILL,
        };
        Mask {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
            data: rows.iter().flat_map(|row| row.bytes().map(value)).collect(),
        }
    }

    const AT_25_FPS: Moment = Moment { interval_secs: 0.04, warming_up: false, is_raw: true };

    fn any_size() -> MotionSettings {
        MotionSettings { smallest_area: 0.0, largest_area: 1.0, persistence: 1, ..MotionSettings::default() }
    }

    fn judged(settings: &MotionSettings, rows: &[&str]) -> Detection {
        let mut judge = Judge::default();
        judge.fit(settings, rows[0].len(), rows.len());
        let mut detection = Detection::default();
        judge.judge(&mask(rows), settings, AT_25_FPS, &mut detection);
        detection
    }

    /// 12 of 120 pixels, two away from every border: closing joins what is only one away with the border.
    const SQUARE: [&str; 10] = [
        "............", //
        "............",
        "..####......",
        "..####......",
        "..####......",
        "............",
        "............",
        ".........#..",
        "............",
        "............",
    ];

    #[test]
    fn a_square_is_one_region_in_shares_of_the_picture_and_the_speck_is_gone() {
        let detection = judged(&any_size(), &SQUARE);
        assert_eq!(detection.verdict, Verdict::Motion);
        let region = Region { x: 2.0 / 12.0, y: 0.2, width: 4.0 / 12.0, height: 0.3, area: 0.1, strength: 1.0 };
        assert_eq!(detection.regions, [region]);
        assert!((detection.score - 0.1).abs() < 1e-6);
    }

    #[test]
    fn nothing_but_specks_and_shadows_is_still() {
        let detection = judged(&any_size(), &["++++++", "++++++", "++++++", "#....#"]);
        assert_eq!(detection, Detection { verdict: Verdict::Still, score: 0.0, regions: vec![] });
    }

    #[test]
    fn what_is_smaller_than_the_smallest_area_is_too_small() {
        let detection = judged(&MotionSettings { smallest_area: 0.11, ..any_size() }, &SQUARE);
        assert_eq!((detection.verdict, detection.regions.len()), (Verdict::TooSmall, 0));
    }

    #[test]
    fn a_small_area_is_cleared_beside_a_large_one() {
        let settings = MotionSettings { smallest_area: 0.35, ..any_size() };
        let rows = ["####...###", "####...###", "####...###"];
        let mut judge = Judge::default();
        judge.fit(&settings, 10, 3);
        let mut detection = Detection::default();
        judge.judge(&mask(&rows), &settings, AT_25_FPS, &mut detection);
        assert_eq!((detection.regions.len(), judge.moving().count()), (1, 12));
    }

    #[test]
    fn more_than_the_largest_area_is_the_light() {
        let detection = judged(&MotionSettings { largest_area: 0.09, ..any_size() }, &SQUARE);
        assert_eq!((detection.verdict, detection.regions.len()), (Verdict::TooLarge, 0));
    }

    #[test]
    fn motion_in_an_ignored_zone_lies_outside() {
        let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 0.5, 1.0)];
        assert_eq!(judged(&MotionSettings { zones, ..any_size() }, &SQUARE).verdict, Verdict::OutsideZones);
    }

    #[test]
    fn the_score_is_a_share_of_what_is_watched() {
        let zones = vec![Zone::rectangle(ZoneKind::Watch, 0.0, 0.0, 0.34, 1.0)];
        let detection = judged(&MotionSettings { zones, ..any_size() }, &SQUARE);
        assert_eq!(detection.verdict, Verdict::Motion);
        assert!((detection.score - 6.0 / 40.0).abs() < 1e-6);
    }

    #[test]
    fn motion_counts_from_the_third_frame_in_a_row_and_a_still_one_begins_anew() {
        use Verdict::{Motion, NotLongEnough, Still};
        let settings = MotionSettings { persistence: 3, ..any_size() };
        let mut judge = Judge::default();
        judge.fit(&settings, 12, 10);
        let still = ["............"; 10];
        let mut detection = Detection::default();
        let verdicts = [SQUARE, SQUARE, SQUARE, SQUARE, still, SQUARE].map(|rows| {
            judge.judge(&mask(&rows), &settings, AT_25_FPS, &mut detection);
            detection.verdict
        });
        assert_eq!(verdicts, [NotLongEnough, NotLongEnough, Motion, Motion, Still, NotLongEnough]);
    }

    #[test]
    fn half_a_second_of_motion_counts_however_few_frames_it_was() {
        use Verdict::{Motion, NotLongEnough};
        let settings = MotionSettings { persistence: 5, ..any_size() };
        for (interval_secs, expected) in [
            (0.04, [NotLongEnough, NotLongEnough, NotLongEnough, NotLongEnough, Motion]),
            (0.2, [NotLongEnough, NotLongEnough, Motion, Motion, Motion]),
            (1.0, [Motion; 5]),
        ] {
            let mut judge = Judge::default();
            judge.fit(&settings, 12, 10);
            let mut detection = Detection::default();
            let verdicts = [SQUARE; 5].map(|rows| {
                let moment = Moment { interval_secs, ..AT_25_FPS };
                judge.judge(&mask(&rows), &settings, moment, &mut detection);
                detection.verdict
            });
            assert_eq!(verdicts, expected, "{interval_secs} s between frames");
        }
    }

    #[test]
    fn while_the_background_is_learnt_nothing_is_reported() {
        let settings = any_size();
        let mut judge = Judge::default();
        judge.fit(&settings, 12, 10);
        let mut detection = Detection::default();
        judge.judge(&mask(&SQUARE), &settings, Moment { warming_up: true, ..AT_25_FPS }, &mut detection);
        assert_eq!(detection, Detection { verdict: Verdict::WarmingUp, score: 0.0, regions: vec![] });
        assert_eq!(judge.moving().count(), 0);
    }
}
