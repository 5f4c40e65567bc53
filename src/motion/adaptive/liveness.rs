//! What changes and what only stands there: a drop on the lens, a parked car and the next picture on a screen differ from the
//! background for long, but from frame to frame they do not change.
//!
//! Differences of consecutive frames (Jain and Nagel, *On the Analysis of Accumulative Difference Pictures from Image Sequences
//! of Real World Scenes*, IEEE PAMI 1(2), 1979), and, for what moves slowly, of frames that lie a while apart; there only
//! around what moved then already, because what has just appeared need not move.

use std::ops::Range;

use super::follow::shift_plane;
use super::planes::{LANES, Planes, at, at_mut, padded};

/// Frames that are compared for slow motion lie at least so far apart.
const SLOW_SECS: f32 = 0.25;
/// In good light a pixel changes when it differs by more grey levels than this and twice the noise.
pub(super) const CHANGES: u8 = 12;
/// However noisy the camera is: who walks by differs by more.
const MOST_CHANGES: u8 = 40;

/// Follows one stream.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    before: Vec<u8>,
    reference: Vec<u8>,
    /// Around what moved in the reference, without what changed at once since.
    around: Vec<u8>,
    age_secs: f32,
}

impl Liveness {
    /// Makes room for pictures of this size and forgets what was.
    pub fn fit(&mut self, width: usize, height: usize) {
        for plane in [&mut self.before, &mut self.reference, &mut self.around] {
            plane.clear();
            plane.resize(padded(width * height), 0);
        }
        self.age_secs = 0.0;
    }

    /// The first picture.
    pub fn begin(&mut self, luma: &[u8]) {
        self.before.copy_from_slice(luma);
        self.reference.copy_from_slice(luma);
        self.around.fill(0);
        self.age_secs = 0.0;
    }

    /// Blurs what was as pictures are from now on.
    pub fn blur(&mut self, planes: &mut Planes) {
        planes.blur_other(&mut self.before);
        planes.blur_other(&mut self.reference);
    }

    /// The camera turned: what was goes `by` so many pixels to the right and down.
    pub fn follow(&mut self, size: (usize, usize), by: (i32, i32)) {
        self.carry(|plane| shift_plane(&mut plane[..size.0 * size.1], size, by));
    }

    /// What was goes elsewhere, plane by plane.
    pub fn carry(&mut self, to: impl FnMut(&mut [u8])) {
        [&mut self.before, &mut self.reference, &mut self.around].map(Vec::as_mut_slice).into_iter().for_each(to);
    }

    /// These pixels of the picture were not seen before: nothing changed there.
    pub fn begin_part(&mut self, luma: &[u8], pixels: Range<usize>) {
        for plane in [&mut self.before, &mut self.reference] {
            plane[pixels.clone()].copy_from_slice(&luma[pixels.clone()]);
        }
    }

    /// The picture before this one.
    pub fn before(&self) -> &[u8] {
        &self.before
    }

    /// A picture of up to a quarter of a second ago, or of the frame before where that is longer ago.
    pub fn reference(&self) -> &[u8] {
        &self.reference
    }

    /// Writes 255 into `changes` where the picture changed, else 0. `least`: [`CHANGES`] in the present light; `noise`: of the
    /// camera, in quarters of a grey level.
    #[inline(always)]
    pub fn compare(&mut self, luma: &[u8], least: u8, noise: u8, changes: &mut [u8]) {
        let least = least.saturating_add(noise / 2).min(MOST_CHANGES);
        // Twice as much, or what changed at once by just less than that would count again with a little noise.
        let slowly = 2 * least;
        for start in (0..luma.len()).step_by(LANES) {
            let (now, before) = (at(luma, start), at(&self.before, start));
            let (reference, around) = (at(&self.reference, start), at_mut(&mut self.around, start));
            let changes = at_mut(changes, start);
            for lane in 0..LANES {
                let fast = if now[lane].abs_diff(before[lane]) > least { 255 } else { 0 };
                around[lane] &= !fast;
                let slow = if now[lane].abs_diff(reference[lane]) > slowly { 255 } else { 0 };
                changes[lane] = fast | (slow & around[lane]);
            }
        }
    }

    /// The next picture will be compared with this one. `around`: 255 at what moves and a little around it, else 0.
    #[inline(always)]
    pub fn learn(&mut self, luma: &[u8], around: &[u8], interval_secs: f32) {
        self.before.copy_from_slice(luma);
        self.age_secs += interval_secs;
        if self.age_secs >= SLOW_SECS {
            self.reference.copy_from_slice(luma);
            self.around.copy_from_slice(around);
            self.age_secs = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 4 * LANES;

    /// A line of pixels with something bright from one place to another.
    fn line(bright: std::ops::Range<usize>) -> Vec<u8> {
        (0..LENGTH).map(|x| if bright.contains(&x) { 200 } else { 50 }).collect()
    }

    /// How many pixels change in each frame, at ten a second.
    fn changes(frames: &[Vec<u8>]) -> Vec<usize> {
        let mut liveness = Liveness::default();
        liveness.fit(LENGTH, 1);
        liveness.begin(&line(0..0));
        let mut changes = vec![0; LENGTH];
        let looks = frames.iter().map(|frame| {
            let around: Vec<u8> = frame.iter().map(|value| if *value > 50 { 255 } else { 0 }).collect();
            liveness.compare(frame, CHANGES, 0, &mut changes);
            liveness.learn(frame, &around, 0.1);
            changes.iter().filter(|change| **change > 0).count()
        });
        looks.collect()
    }

    #[test]
    fn what_appears_and_stands_changes_once() {
        assert_eq!(changes(&vec![line(40..50); 8]), [10, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_goes_on_changes_in_each_frame() {
        let frames: Vec<_> = (0..8).map(|n| line(10 + 2 * n..20 + 2 * n)).collect();
        assert!(changes(&frames).iter().skip(1).all(|changed| *changed >= 4));
    }

    #[test]
    fn what_slowly_becomes_brighter_changes_after_a_while() {
        let frames: Vec<Vec<u8>> =
            (0..12u8).map(|n| line(40..50).iter().map(|v| if *v > 50 { 100 + 10 * n } else { 50 }).collect()).collect();
        assert!(changes(&frames)[4..].iter().filter(|changed| **changed == 10).count() >= 2);
    }
}
