//! From what a model saw to a verdict: cleaning, zones, areas, what only stands there, persistence. Knows no model and no clock.

use super::bits::Bits;
use super::persistence::Persistence;
use super::regions::{Area, Labeller};
use super::seen::{Seen, Upheaval};
use super::zones;
use crate::domain::{Detection, MotionSettings, Region, Verdict};

/// Pixels by which specks are opened away and gaps closed, on the mask that the model gives.
const CLEAN_RADIUS: usize = 1;

/// An area of which a smaller share changes from frame to frame only stands there.
const LEAST_LIVE: f32 = 0.03;
/// Areas of this share of the picture move for so long, and for so many frames, after anything changed: a large thing that has
/// come to a halt is no drop and no screen.
const LARGE: f32 = 0.015;
const HOLD_SECS: f64 = 2.0;
const HOLD_FRAMES: u32 = 5;

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
    /// For each area how many of its pixels change.
    live: Vec<u32>,
    /// For how long nothing that counts has changed.
    unchanged_frames: u32,
    unchanged_secs: f64,
    persistence: Persistence,
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
        self.live.clear();
        self.live.reserve(self.labeller.room());
        self.persistence.fit(self.labeller.room());
        self.watched = zones::watched(&settings.zones, width, height);
        self.watched_pixels = self.watched.as_ref().map_or(width * height, Bits::count);
    }

    /// The background was forgotten: frames in a row are counted anew.
    pub fn reset(&mut self) {
        self.persistence.reset();
    }

    /// Judges what was seen in one picture, of the size that was fitted.
    pub fn judge(&mut self, seen: &Seen, settings: &MotionSettings, moment: Moment, detection: &mut Detection) {
        detection.regions.clear();
        detection.score = 0.0;
        let nothing_counts = match seen.upheaval {
            _ if moment.warming_up => Some(Verdict::WarmingUp),
            Upheaval::Camera => Some(Verdict::CameraMoved),
            Upheaval::Light => Some(Verdict::LightChanged),
            Upheaval::None => None,
        };
        if let Some(verdict) = nothing_counts {
            self.moving.clear();
            self.reset();
            // What differs since then and only stands there did not come by itself.
            (self.unchanged_frames, self.unchanged_secs) = (HOLD_FRAMES, HOLD_SECS);
            detection.verdict = verdict;
            return;
        }
        self.moving.set_moving(&seen.mask);
        if moment.is_raw {
            self.moving.open(CLEAN_RADIUS, &mut self.scratch);
            self.moving.close(CLEAN_RADIUS, &mut self.scratch);
        }
        detection.verdict = self.weigh(seen, settings, moment.interval_secs, detection);
        if detection.verdict != Verdict::Motion {
            self.reset();
        } else if !self.persistence.add(detection, settings.persistence, moment.interval_secs) {
            detection.verdict = Verdict::NotLongEnough;
        }
    }

    /// Counts for each area how many of its pixels change; all where the model does not tell.
    fn count_changes(&mut self, changes: &[u8]) {
        let areas = self.labeller.areas();
        self.live.clear();
        if changes.is_empty() {
            self.live.extend(areas.iter().map(|area| area.pixels));
            return;
        }
        self.live.resize(areas.len(), 0);
        for (area, run) in self.labeller.runs() {
            let row = run.row as usize * self.moving.width();
            let pixels = &changes[row + run.start as usize..row + run.end as usize];
            self.live[area] += pixels.iter().map(|change| u32::from(*change != 0)).sum::<u32>();
        }
    }

    /// What counted as moving in the last frame. Where the whole picture changed: what changed.
    pub fn moving(&self) -> &Bits {
        &self.moving
    }

    /// Applies the rules to the cleaned mask, each to what the one before has left.
    fn weigh(
        &mut self,
        seen: &Seen,
        settings: &MotionSettings,
        interval_secs: f64,
        detection: &mut Detection,
    ) -> Verdict {
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
        if self.labeller.label(&self.moving).is_empty() {
            return Verdict::OutsideZones;
        }
        self.count_changes(&seen.changes);
        let areas = self.labeller.areas();
        let counts = |area: &Area| area.pixels as f32 >= settings.smallest_area * pixels;
        let holds = self.unchanged_secs < HOLD_SECS || self.unchanged_frames < HOLD_FRAMES;
        let (mut shown, mut counted, mut changes) = (0, 0, false);
        for (area, live) in areas.iter().zip(&self.live).filter(|(area, _)| counts(area)) {
            shown += area.pixels;
            let is_live = *live as f32 >= LEAST_LIVE * area.pixels as f32;
            changes |= is_live;
            if is_live || (holds && area.pixels as f32 >= LARGE * pixels) {
                counted += area.pixels;
                detection.regions.push(region(area, width, height));
            }
        }
        if shown < areas.iter().map(|area| area.pixels).sum() {
            self.labeller.clear_unless(&mut self.moving, |_, area| counts(area));
        }
        (self.unchanged_frames, self.unchanged_secs) = if changes {
            (0, 0.0)
        } else {
            (self.unchanged_frames.saturating_add(1), self.unchanged_secs + interval_secs)
        };
        if shown == 0 {
            return Verdict::TooSmall;
        }
        if detection.regions.is_empty() {
            return Verdict::Still;
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
    use crate::domain::{Mask, Zone, ZoneKind};

    /// A mask drawn as text: `#` moves, `+` is a shadow.
    fn seen(rows: &[&str]) -> Seen {
        let value = |character| match character {
            b'#' => Mask::MOVING,
            b'+' => Mask::SHADOW,
            _ => Mask::STILL,
        };
        let mask = Mask {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
            data: rows.iter().flat_map(|row| row.bytes().map(value)).collect(),
        };
        Seen { mask, ..Seen::default() }
    }

    const AT_25_FPS: Moment = Moment { interval_secs: 0.04, warming_up: false, is_raw: true };

    fn any_size() -> MotionSettings {
        MotionSettings { smallest_area: 0.0, largest_area: 1.0, persistence: 1, ..MotionSettings::default() }
    }

    fn judged(settings: &MotionSettings, rows: &[&str]) -> Detection {
        let mut judge = Judge::default();
        judge.fit(settings, rows[0].len(), rows.len());
        let mut detection = Detection::default();
        judge.judge(&seen(rows), settings, AT_25_FPS, &mut detection);
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
        judge.judge(&seen(&rows), &settings, AT_25_FPS, &mut detection);
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
            judge.judge(&seen(&rows), &settings, AT_25_FPS, &mut detection);
            detection.verdict
        });
        assert_eq!(verdicts, [NotLongEnough, NotLongEnough, Motion, Motion, Still, NotLongEnough]);
    }

    #[test]
    fn while_the_background_is_learnt_nothing_is_reported() {
        let settings = any_size();
        let mut judge = Judge::default();
        judge.fit(&settings, 12, 10);
        let mut detection = Detection::default();
        judge.judge(&seen(&SQUARE), &settings, Moment { warming_up: true, ..AT_25_FPS }, &mut detection);
        assert_eq!(detection, Detection { verdict: Verdict::WarmingUp, score: 0.0, regions: vec![] });
        assert_eq!(judge.moving().count(), 0);
    }

    #[test]
    fn what_only_stands_there_is_shown_and_is_still() {
        // A hundredth of the picture, and a sixteenth of it, of which nothing changes after the first frame.
        for (side, moves_secs) in [(4, 0.1), (10, 2.1)] {
            let rows: Vec<String> = (0..40)
                .map(|y| (0..40).map(|x| if x < side && y < side { '#' } else { '.' }).collect::<String>())
                .collect();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let mut judge = Judge::default();
            judge.fit(&any_size(), 40, 40);
            let mut detection = Detection::default();
            let moment = Moment { interval_secs: 0.1, is_raw: false, warming_up: false };
            for frame in 0..40 {
                let seen = Seen { changes: vec![u8::from(frame == 0); 1_600], ..seen(&rows) };
                judge.judge(&seen, &any_size(), moment, &mut detection);
                let moves = f64::from(frame) * 0.1 < moves_secs - 0.05;
                let expected = if moves { Verdict::Motion } else { Verdict::Still };
                assert_eq!(detection.verdict, expected, "{side}, frame {frame}");
                assert_eq!(judge.moving().count(), side * side);
            }
        }
    }

    #[test]
    fn what_the_light_left_behind_is_still_however_large_it_is() {
        let mut judge = Judge::default();
        judge.fit(&any_size(), 12, 10);
        let mut detection = Detection::default();
        let moment = Moment { is_raw: false, ..AT_25_FPS };
        let lamp = Seen { upheaval: Upheaval::Light, changes: vec![1; 120], ..seen(&SQUARE) };
        judge.judge(&lamp, &any_size(), moment, &mut detection);
        judge.judge(&Seen { changes: vec![0; 120], ..seen(&SQUARE) }, &any_size(), moment, &mut detection);
        assert_eq!((detection.verdict, judge.moving().count()), (Verdict::Still, 13));
        judge.judge(&Seen { changes: vec![1; 120], ..seen(&SQUARE) }, &any_size(), moment, &mut detection);
        assert_eq!(detection.verdict, Verdict::Motion, "what changes moves all the same");
    }

    #[test]
    fn a_camera_that_moved_and_a_lamp_are_told_and_nothing_moves() {
        let mut judge = Judge::default();
        judge.fit(&any_size(), 12, 10);
        let mut detection = Detection::default();
        for (upheaval, expected) in [(Upheaval::Camera, Verdict::CameraMoved), (Upheaval::Light, Verdict::LightChanged)]
        {
            judge.judge(&Seen { upheaval, ..seen(&SQUARE) }, &any_size(), AT_25_FPS, &mut detection);
            assert_eq!((detection.verdict, detection.regions.len(), judge.moving().count()), (expected, 0, 0));
        }
    }
}
