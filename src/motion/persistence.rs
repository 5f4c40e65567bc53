//! Whether what moves has moved for long enough: from frame to frame in about the same place, and the smaller the longer.

use crate::domain::{Detection, Region};

/// Boxes this far from each other, of the picture's width and height, still touch.
const NEAR: f32 = 0.02;
/// What has moved for so long counts, however few frames that was: a phone that sends one frame a second sees somebody who
/// passes once or twice.
const LONG_ENOUGH_SECS: f64 = 0.5;
/// Where frames come as rarely as this, just above five a second, what fills this share of the picture need not be seen twice: a car is gone by then.
const RARE_SECS: f64 = 0.19;
const LARGE_AT_ONCE: f32 = 0.05;
/// The smaller, the longer: what moves must come to this share of the picture times seconds. A thousandth of the picture does
/// so in half a second, a hundredth in a twentieth of one.
const ENOUGH_MOVED: f64 = 0.0005;
/// What fills more than this share of the picture in its first frame is a camera that was bumped more often than a thing so close:
/// it must move for so long, however large it is.
const MOST_AT_ONCE: f32 = 0.5;
const LONG_ENOUGH_AT_ONCE_SECS: f64 = 0.8;

/// Follows the moving frames of one stream.
#[derive(Debug, Default)]
pub(super) struct Persistence {
    /// The regions of the frame before.
    before: Vec<Region>,
    /// Moving frames in a row, and the seconds that they stand for.
    frames: u32,
    secs: f64,
    /// The moving share of the picture times the seconds, over these frames.
    moved: f64,
    /// The first of these frames changed more of the picture than a thing that comes in.
    sudden: bool,
}

impl Persistence {
    /// Makes room for so many regions a frame, and begins anew.
    pub fn fit(&mut self, regions: usize) {
        self.reset();
        self.before.reserve(regions);
    }

    /// Nothing moves, or the background was forgotten: it begins anew.
    pub fn reset(&mut self) {
        self.before.clear();
        (self.frames, self.secs, self.moved, self.sudden) = (0, 0.0, 0.0, false);
    }

    /// Takes in a moving frame. True when by now it has moved for long enough; `least_frames` in a row are asked for.
    pub fn add(&mut self, detection: &Detection, least_frames: u32, interval_secs: f64) -> bool {
        let goes_on = detection.regions.iter().any(|new| self.before.iter().any(|old| is_near(old, new)));
        if !goes_on {
            self.reset();
        }
        self.before.clear();
        self.before.extend_from_slice(&detection.regions);
        self.sudden |= self.frames == 0 && detection.score > MOST_AT_ONCE;
        self.frames = self.frames.saturating_add(1);
        self.secs += interval_secs;
        self.moved += interval_secs * f64::from(detection.score);
        let is_large = interval_secs >= RARE_SECS && detection.score >= LARGE_AT_ONCE;
        if self.sudden {
            return self.secs >= LONG_ENOUGH_AT_ONCE_SECS;
        }
        is_large || (self.frames >= least_frames && self.moved >= ENOUGH_MOVED) || self.secs >= LONG_ENOUGH_SECS
    }
}

/// Whether what moved there may be what moves here: the boxes, each as much larger as it is large, touch.
fn is_near(one: &Region, other: &Region) -> bool {
    let near = |from: f32, length: f32, other_from: f32, other_length: f32| {
        let reach = f32::midpoint(length, other_length) + NEAR;
        from <= other_from + other_length + reach && other_from <= from + length + reach
    };
    near(one.x, one.width, other.x, other.width) && near(one.y, one.height, other.y, other.height)
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
        let frames = vec![square(0.2, 0.2); 5];
        for (interval_secs, expected) in
            [(0.04, [false, false, false, false, true]), (0.2, [false, false, true, true, true]), (1.0, [true; 5])]
        {
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
        assert_eq!(enough(&[all], 1, 1.0), [true], "one frame a second");
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
