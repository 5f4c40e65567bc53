//! The default model: MOG2 without shadows on a working picture of few pixels in even light, learning by the clock and not
//! by the frame.
//!
//! A rate a frame would forget in eight minutes on a phone that sends one frame a second what takes twenty seconds on a
//! webcam. Here the same time teaches the same, whatever the rate.

use super::light::Light;
use super::mog2::{Mog2, Mog2Params};
use super::working::{Cells, Reducer};
use crate::domain::{Mask, RgbPicture};

/// Most pixels of the working picture. With as many a person who fills a thousandth of the picture still has 130.
const MOST_PIXELS: usize = 130_000;

/// The past on which the background rests. What stands still for about a tenth of it becomes background.
const HISTORY_SECS: f64 = 60.0;

/// The most that one frame teaches once the background is known. After a hole in the film, or at one frame in ten seconds,
/// the clock alone would make who stands still background with the second frame; so it takes at least six.
const MOST_A_FRAME: f64 = 0.02;

/// No pixel counts as quieter than this. A compressed film is quiet for seconds and then jumps by a few grey levels with its
/// next key picture; with OpenCV's 4 these jumps are motion (F of 0.71 instead of 0.92 on changedetection.net's
/// *highway*, the same on its waving tree).
const LEAST_VARIANCE: f32 = 15.0;

/// A working picture and its mixture.
pub(super) struct ReducedMixture {
    cells: Cells,
    reducer: Reducer,
    working: RgbPicture,
    light: Light,
    mixture: Mog2,
    frames: u32,
}

impl ReducedMixture {
    pub fn new(variance_threshold: f32) -> Self {
        Self {
            cells: Cells::default(),
            reducer: Reducer::default(),
            working: RgbPicture::default(),
            light: Light::new(),
            mixture: Mog2::new(params(variance_threshold)),
            frames: 0,
        }
    }

    /// Another threshold from the next picture on.
    pub fn set_threshold(&mut self, variance_threshold: f32) {
        self.mixture.set_params(params(variance_threshold));
    }

    /// Pictures will have this size. Tells the size of the masks.
    pub fn fit(&mut self, width: usize, height: usize) -> Cells {
        self.cells = Cells::for_size(width, height, MOST_PIXELS);
        self.reset();
        self.cells
    }

    /// Forgets the background.
    pub fn reset(&mut self) {
        self.light.reset();
        self.mixture.reset();
        self.frames = 0;
    }

    /// Looks at a picture of the size that was fitted and learns from it. `interval_secs`: time since the one before.
    /// `mask` still holds what moved then.
    pub fn look(&mut self, picture: &RgbPicture, interval_secs: f64, mask: &mut Mask) {
        self.reducer.reduce(picture, self.cells, &mut self.working);
        self.light.even_out(&mut self.working, mask, interval_secs);
        self.frames = self.frames.saturating_add(1);
        self.mixture.apply(&self.working, learning_rate(self.frames, interval_secs), mask);
    }
}

fn params(variance_threshold: f32) -> Mog2Params {
    Mog2Params { variance_threshold, least_variance: LEAST_VARIANCE, shadows: false, ..Mog2Params::default() }
}

/// The rate of the `frame`-th frame (from 1), the mean over what was seen so far until that is as much as the history:
/// as OpenCV's automatic rate begins.
fn learning_rate(frame: u32, interval_secs: f64) -> f64 {
    let steady = (1.0 - (-interval_secs / HISTORY_SECS).exp()).min(MOST_A_FRAME);
    steady.max(0.5 / f64::from(frame)).min(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_time_teaches_the_same_at_any_rate() {
        // After the beginning, what a second leaves of the old is the same at 25, 5 and 1 frames a second.
        let left = |fps: i32| (1.0 - learning_rate(100_000, 1.0 / f64::from(fps))).powi(fps);
        assert!((left(25) - left(1)).abs() < 1e-9);
        assert!((left(5) - left(1)).abs() < 1e-9);
        assert!((learning_rate(100_000, 0.04) - 1.0 / 1500.0).abs() < 1e-5);
    }

    #[test]
    fn the_first_frames_teach_most() {
        assert!(learning_rate(2, 0.04) > learning_rate(20, 0.04));
        assert!(learning_rate(1, 10.0) <= 0.5);
    }
}
