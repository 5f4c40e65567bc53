//! From what a model saw to a verdict: measures, decides, and shows in a mask what counted. Knows no model and no clock.

use super::bits::Bits;
use super::decide::{self, Decider, Moment};
use super::measure::Measure;
use super::seen::Seen;
use crate::domain::{Detection, MotionSettings, Trace, Verdict, Zone};

/// Judges the masks of one stream.
#[derive(Default)]
pub(super) struct Judge {
    measure: Measure,
    decider: Decider,
}

impl Judge {
    /// Fits the judge to masks of this size and to these zones. Frames in a row are counted anew.
    pub fn fit(&mut self, zones: &[Zone], width: usize, height: usize) {
        self.measure.fit(zones, width, height);
        self.decider.fit(self.measure.room());
        self.decider.begin();
    }

    /// Other zones from the next frame on. What is counted from frame to frame goes on: it is about frames, not about places.
    pub fn set_zones(&mut self, zones: &[Zone]) {
        self.measure.set_zones(zones);
    }

    /// Judges what was seen in one picture, of the size that was fitted. `trace` receives what was measured and how it was
    /// decided, but not when that was.
    pub fn judge(
        &mut self,
        seen: &Seen,
        settings: &MotionSettings,
        moment: Moment,
        detection: &mut Detection,
        trace: &mut Trace,
    ) {
        self.measure.take(seen, &mut trace.grid);
        let measured = self.measure.measured();
        self.decider.decide(&measured, settings, moment, detection);
        measured.write(trace);
        (trace.verdict, trace.score) = (detection.verdict, detection.score);
        let pixels = decide::pixels(&measured);
        match detection.verdict {
            Verdict::WarmingUp | Verdict::CameraMoved | Verdict::LightChanged => self.measure.show_nothing(),
            Verdict::TooLarge => self.measure.show_everywhere(seen),
            _ => self.measure.show_only(|area_pixels| decide::counts(area_pixels, settings, pixels)),
        }
    }

    /// Areas, and regions, for which there is room without allocating.
    pub fn room(&self) -> usize {
        self.measure.room()
    }

    /// What counted as moving in the last frame. Where the whole picture changed: what changed.
    pub fn moving(&self) -> &Bits {
        self.measure.moving()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Mask, Region, Upheaval, ZoneKind};

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
        Seen { mask, is_raw: true, ..Seen::default() }
    }

    const AT_25_FPS: Moment = Moment { is_first: false, interval_secs: 0.04, watched_secs: 10.0 };

    /// A judge of masks of this size.
    fn judge_for(settings: &MotionSettings, width: usize, height: usize) -> Judge {
        let mut judge = Judge::default();
        judge.fit(&settings.zones, width, height);
        judge
    }

    fn judge(judge: &mut Judge, seen: &Seen, settings: &MotionSettings, moment: Moment) -> Detection {
        let mut detection = Detection::default();
        judge.judge(seen, settings, moment, &mut detection, &mut Trace::default());
        detection
    }

    fn any_size() -> MotionSettings {
        MotionSettings { smallest_area: 0.0, largest_area: 1.0, persistence: 1, ..MotionSettings::default() }
    }

    fn judged(settings: &MotionSettings, rows: &[&str]) -> Detection {
        let mut judging = judge_for(settings, rows[0].len(), rows.len());
        judge(&mut judging, &seen(rows), settings, AT_25_FPS)
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
        let mut judging = judge_for(&settings, 10, 3);
        let detection = judge(&mut judging, &seen(&rows), &settings, AT_25_FPS);
        assert_eq!((detection.regions.len(), judging.moving().count()), (1, 12));
    }

    #[test]
    fn more_than_the_largest_area_is_the_light() {
        let detection = judged(&MotionSettings { largest_area: 0.09, ..any_size() }, &SQUARE);
        assert_eq!((detection.verdict, detection.regions.len()), (Verdict::TooLarge, 0));
    }

    #[test]
    fn of_what_is_too_large_the_parts_outside_the_zones_are_shown_too() {
        let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 0.3, 1.0)];
        let settings = MotionSettings { largest_area: 0.09, zones, ..any_size() };
        let mut judging = judge_for(&settings, 12, 10);
        assert_eq!(judge(&mut judging, &seen(&SQUARE), &settings, AT_25_FPS).verdict, Verdict::TooLarge);
        assert_eq!(judging.moving().count(), 12);
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
        let mut judging = judge_for(&settings, 12, 10);
        let still = ["............"; 10];
        let verdicts = [SQUARE, SQUARE, SQUARE, SQUARE, still, SQUARE]
            .map(|rows| judge(&mut judging, &seen(&rows), &settings, AT_25_FPS).verdict);
        assert_eq!(verdicts, [NotLongEnough, NotLongEnough, Motion, Motion, Still, NotLongEnough]);
    }

    #[test]
    fn while_the_background_is_learnt_nothing_is_reported() {
        let settings = any_size();
        let mut judging = judge_for(&settings, 12, 10);
        for moment in [Moment { watched_secs: 0.4, ..AT_25_FPS }, Moment { is_first: true, ..AT_25_FPS }] {
            let detection = judge(&mut judging, &seen(&SQUARE), &settings, moment);
            assert_eq!(detection, Detection { verdict: Verdict::WarmingUp, score: 0.0, regions: vec![] });
            assert_eq!(judging.moving().count(), 0);
        }
    }

    #[test]
    fn what_only_stands_there_is_shown_and_is_still() {
        // A hundredth of the picture, and a sixteenth of it, of which nothing changes after the first frame.
        for (side, moves_secs) in [(4, 0.1), (10, 2.1)] {
            let rows: Vec<String> = (0..40)
                .map(|y| (0..40).map(|x| if x < side && y < side { '#' } else { '.' }).collect::<String>())
                .collect();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let mut judging = judge_for(&any_size(), 40, 40);
            let moment = Moment { interval_secs: 0.1, ..AT_25_FPS };
            for frame in 0..40 {
                let seen = Seen { changes: vec![u8::from(frame == 0); 1_600], ..seen(&rows) };
                let detection = judge(&mut judging, &seen, &any_size(), moment);
                let moves = f64::from(frame) * 0.1 < moves_secs - 0.05;
                let expected = if moves { Verdict::Motion } else { Verdict::Still };
                assert_eq!(detection.verdict, expected, "{side}, frame {frame}");
                assert_eq!(judging.moving().count(), side * side);
            }
        }
    }

    #[test]
    fn what_grows_slowly_after_a_quiet_while_only_stands_there() {
        let mut judging = judge_for(&any_size(), 12, 10);
        let moment = Moment { interval_secs: 0.5, ..AT_25_FPS };
        let still = ["............"; 10];
        for _ in 0..6 {
            assert_eq!(judge(&mut judging, &seen(&still), &any_size(), moment).verdict, Verdict::Still);
        }
        let stands = Seen { changes: vec![0; 120], ..seen(&SQUARE) };
        assert_eq!(judge(&mut judging, &stands, &any_size(), moment).verdict, Verdict::Still);
    }

    #[test]
    fn what_the_light_left_behind_is_still_however_large_it_is() {
        let mut judging = judge_for(&any_size(), 12, 10);
        let lamp = Seen { upheaval: Upheaval::Light, changes: vec![1; 120], ..seen(&SQUARE) };
        judge(&mut judging, &lamp, &any_size(), AT_25_FPS);
        let stands = Seen { changes: vec![0; 120], ..seen(&SQUARE) };
        assert_eq!(judge(&mut judging, &stands, &any_size(), AT_25_FPS).verdict, Verdict::Still);
        assert_eq!(judging.moving().count(), 12);
        let moves = Seen { changes: vec![1; 120], ..seen(&SQUARE) };
        assert_eq!(judge(&mut judging, &moves, &any_size(), AT_25_FPS).verdict, Verdict::Motion);
    }

    #[test]
    fn a_camera_that_moved_and_a_lamp_are_told_and_nothing_moves() {
        let mut judging = judge_for(&any_size(), 12, 10);
        for (upheaval, expected) in [(Upheaval::Camera, Verdict::CameraMoved), (Upheaval::Light, Verdict::LightChanged)]
        {
            let detection = judge(&mut judging, &Seen { upheaval, ..seen(&SQUARE) }, &any_size(), AT_25_FPS);
            assert_eq!((detection.verdict, detection.regions.len(), judging.moving().count()), (expected, 0, 0));
        }
    }
}
