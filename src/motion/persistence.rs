//! Whether what moves has moved for long enough: from frame to frame in about the same place, and the smaller the longer.

use super::places::{Places, is_near};
use crate::domain::{Detection, Region};

/// What has moved for so long counts, however few frames that was: a phone that sends one frame a second sees somebody who
/// passes a few times.
const LONG_ENOUGH_SECS: f64 = 0.5;
/// Where frames come as rarely as this, just above five a second, what fills this share of the picture need not be seen twice: a car is gone by then.
const RARE_SECS: f64 = 0.19;
const LARGE_AT_ONCE: f32 = 0.05;
/// The smaller, the longer: what moves must come to this share of the picture times seconds. A thousandth of the picture does
/// so in half a second, a hundredth in a twentieth of one.
const ENOUGH_MOVED: f64 = 0.0005;
/// What is smaller than this share of the picture must be seen in so many frames, where they come at least once a second: a drop
/// that runs down the lens is seen in one or two.
const SMALL: f32 = 0.006;
const SMALL_FRAMES: u32 = 3;
const SMALL_SECS: f64 = 1.05;
/// Where frames come as rarely as this (in seconds from one to the next), a screen that shows another picture and a drop that falls
/// look like somebody who passes, but for one thing: who passes is elsewhere in the next frame. Where they come still more rarely,
/// who passes is seen once.
const PLACES_SECS: std::ops::Range<f64> = 0.35..2.5;
/// What fills more than this share of the picture in its first frame, or comes, within so long, as so many regions all over so much of it,
/// is a camera that was bumped more often than a thing so close: it must move for so long, however large it is.
const MOST_AT_ONCE: f32 = 0.5;
const SEVERAL: usize = 2;
const SCATTERED: f32 = 0.4;
const AT_ONCE_SECS: f64 = 0.3;
const LONG_ENOUGH_AT_ONCE_SECS: f64 = 0.8;
/// So long after a bump a camera has come to rest: where frames are rare it must still move then.
const SWUNG_SECS: f64 = 1.3;

/// Follows the moving frames of one stream.
#[derive(Debug, Default)]
pub(super) struct Persistence {
    /// The regions of the frame before.
    before: Vec<Region>,
    places: Places,
    /// Moving frames in a row, and the seconds that they stand for.
    frames: u32,
    secs: f64,
    /// The moving share of the picture times the seconds, over these frames.
    moved: f64,
    /// The first of these frames changed more of the picture than a thing that comes in does.
    sudden: bool,
}

impl Persistence {
    /// Makes room for so many regions a frame, and begins anew.
    pub fn fit(&mut self, regions: usize) {
        self.reset();
        self.before.reserve(regions);
        self.places.fit();
    }

    /// Nothing moves, or the background was forgotten: it begins anew.
    pub fn reset(&mut self) {
        self.before.clear();
        self.places.clear();
        (self.frames, self.secs, self.moved, self.sudden) = (0, 0.0, 0.0, false);
    }

    /// Takes in a moving frame. True when by now it has moved for long enough; `least_frames` in a row are asked for.
    pub fn add(&mut self, detection: &Detection, least_frames: u32, interval_secs: f64) -> bool {
        let Detection { score, ref regions, .. } = *detection;
        let goes_on = regions.iter().any(|new| self.before.iter().any(|old| is_near(old, new, interval_secs)));
        if !goes_on {
            self.reset();
        }
        self.before.clear();
        self.before.extend_from_slice(regions);
        self.sudden |= self.frames == 0 && score > MOST_AT_ONCE;
        self.sudden |= (self.frames == 0 || self.secs < AT_ONCE_SECS) && is_scattered(regions);
        self.frames = self.frames.saturating_add(1);
        self.secs += interval_secs;
        self.moved += interval_secs * f64::from(score);
        let stays =
            PLACES_SECS.contains(&interval_secs) && !self.places.note(regions, interval_secs) && score < LARGE_AT_ONCE;
        if self.sudden {
            return interval_secs >= PLACES_SECS.end || self.secs >= sudden_secs(interval_secs);
        }
        let is_short = score < SMALL && self.frames < SMALL_FRAMES && interval_secs <= SMALL_SECS;
        let is_large = interval_secs >= RARE_SECS && score >= LARGE_AT_ONCE;
        let is_long = self.secs >= LONG_ENOUGH_SECS;
        let is_enough = is_large || is_long || (self.frames >= least_frames && self.moved >= ENOUGH_MOVED);
        is_enough && !stays && !is_short
    }

    /// Whether what was said of the frame that was taken in last, whose score and interval these are, is so whatever frames there
    /// were before this run, of which nothing is known.
    pub fn stands_alone(&self, score: f32, interval_secs: f64) -> bool {
        let asks_for_places = PLACES_SECS.contains(&interval_secs) && score < LARGE_AT_ONCE;
        self.frames >= SMALL_FRAMES && self.secs >= sudden_secs(interval_secs) && !asks_for_places
    }
}

/// For how long something must move that came all at once.
fn sudden_secs(interval_secs: f64) -> f64 {
    if PLACES_SECS.contains(&interval_secs) { interval_secs + SWUNG_SECS } else { LONG_ENOUGH_AT_ONCE_SECS }
}

/// Whether there are several regions, all over the picture.
fn is_scattered(regions: &[Region]) -> bool {
    let least = |place: fn(&Region) -> f32| regions.iter().map(place).fold(1.0, f32::min);
    let most = |place: fn(&Region) -> f32| regions.iter().map(place).fold(0.0, f32::max);
    let across = most(|region| region.x + region.width) - least(|region| region.x);
    let down = most(|region| region.y + region.height) - least(|region| region.y);
    regions.len() >= SEVERAL && across * down > SCATTERED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Verdict;

    /// A filled square at `x`, whose side is a share of the picture.
    fn square(x: f32, side: f32) -> Detection {
        let area = side * side;
        let region = Region { x, y: 0.1, width: side, height: side, area, strength: 1.0 };
        Detection { verdict: Verdict::Motion, score: area, regions: vec![region] }
    }

    /// Which of the frames are enough.
    fn enough(frames: &[Detection], least_frames: u32, interval_secs: f64) -> Vec<bool> {
        let mut persistence = Persistence::default();
        frames.iter().map(|frame| persistence.add(frame, least_frames, interval_secs)).collect()
    }

    #[test]
    fn half_a_second_of_motion_counts_however_few_frames_it_was() {
        let frames: Vec<_> = [0.0, 0.1, 0.2, 0.3, 0.4].map(|x| square(x, 0.2)).into();
        for (interval_secs, expected) in [
            (0.04, [false, false, false, false, true]),
            (0.2, [false, false, true, true, true]),
            (1.0, [false, true, true, true, true]),
            (5.0, [true; 5]),
        ] {
            assert_eq!(enough(&frames, 5, interval_secs), expected, "{interval_secs} s between frames");
        }
    }

    #[test]
    fn what_appears_now_here_and_now_there_does_not_go_on() {
        let frames = [square(0.0, 0.2), square(0.8, 0.2), square(0.75, 0.2)];
        assert_eq!(enough(&frames, 2, 0.04), [false, false, true]);
    }

    #[test]
    fn the_smaller_the_longer() {
        // A hundredth of the picture and one in 25, at 25 frames a second.
        assert_eq!(enough(&[square(0.5, 0.1), square(0.5, 0.1)], 1, 0.04), [false, true]);
        assert_eq!(enough(&[square(0.5, 0.2)], 1, 0.04), [true]);
    }

    #[test]
    fn what_is_large_counts_at_once_where_frames_are_rare() {
        for (interval_secs, expected) in [(0.1, [false, true]), (0.2, [true, true])] {
            assert_eq!(enough(&[square(0.5, 0.4), square(0.5, 0.4)], 2, interval_secs), expected, "{interval_secs} s");
        }
    }

    #[test]
    fn what_fills_the_picture_at_once_must_move_for_long_and_what_grows_need_not() {
        let (all, part) = (square(0.0, 0.8), square(0.1, 0.6));
        assert_eq!(
            enough(&[all.clone(), all.clone(), all.clone(), part.clone()], 1, 0.25),
            [false, false, false, true]
        );
        assert_eq!(enough(&[part, all.clone()], 1, 0.1), [true, true]);
        assert_eq!(enough(&vec![all.clone(); 4], 1, 1.0), [false, false, true, true], "one frame a second");
        assert_eq!(enough(&[all], 1, 3.0), [true], "one frame in three seconds");
    }

    #[test]
    fn a_bump_is_seen_all_over_the_picture_for_a_moment() {
        let mut bump = square(0.0, 0.1);
        bump.regions.extend([(0.8, 0.2), (0.3, 0.8)].map(|(x, y)| Region { x, y, ..bump.regions[0] }));
        assert_eq!(enough(&vec![bump.clone(); 5], 1, 0.2), [false, false, false, true, true]);
        assert_eq!(enough(&vec![bump.clone(); 4], 1, 1.0), [false, false, true, true]);
        bump.regions.drain(1..);
        assert_eq!(enough(&vec![bump; 2], 1, 0.2), [true, true], "one that passes");
    }

    #[test]
    fn where_frames_are_rare_what_is_small_must_change_its_place() {
        let (stays, passes) = (vec![square(0.5, 0.15); 4], [0.1, 0.3, 0.5, 0.7].map(|x| square(x, 0.15)));
        for (interval_secs, stays_is_enough) in
            [(0.2, [false, false, true, true]), (0.5, [false; 4]), (1.0, [false; 4])]
        {
            assert_eq!(enough(&stays, 3, interval_secs), stays_is_enough, "{interval_secs} s");
            assert!(enough(&passes, 3, interval_secs)[2..].iter().all(|enough| *enough), "{interval_secs} s");
        }
        let small = [0.1, 0.2, 0.3].map(|x| square(x, 0.05));
        assert_eq!(enough(&small, 1, 1.0), [false, false, true]);
        assert_eq!(enough(&small, 1, 2.0), [false, true, true], "it is gone before it is seen three times");
    }

    #[test]
    fn what_has_moved_for_long_stands_alone() {
        for (side, interval_secs, expected) in
            [(0.2, 0.1, Some(9)), (0.2, 0.3, Some(3)), (0.2, 1.0, None), (0.3, 1.0, Some(3)), (0.2, 3.0, Some(3))]
        {
            let mut persistence = Persistence::default();
            let alone = (1..100).find(|_| {
                let frame = square(0.2, side);
                persistence.add(&frame, 2, interval_secs);
                persistence.stands_alone(frame.score, interval_secs)
            });
            assert_eq!(alone, expected, "{side}, {interval_secs} s");
        }
    }

    #[test]
    fn after_a_reset_it_begins_anew() {
        let mut persistence = Persistence::default();
        assert!(!persistence.add(&square(0.5, 0.2), 2, 0.04));
        persistence.reset();
        assert!(!persistence.add(&square(0.5, 0.2), 2, 0.04));
        assert!(persistence.add(&square(0.5, 0.2), 2, 0.04));
    }
}
