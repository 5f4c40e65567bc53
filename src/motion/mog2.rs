//! MOG2: each pixel is a mixture of at most five Gaussians, learnt as frames come. Gives byte for byte the masks of
//! OpenCV 5.0's `BackgroundSubtractorMOG2` on three-channel pictures. Pixels in, mask out; it knows nothing of regions,
//! zones or time.
//!
//! The method: Z. Zivkovic, *Improved adaptive Gaussian mixture model for background subtraction*, ICPR 2004;
//! Z. Zivkovic and F. van der Heijden, *Efficient adaptive density estimation per image pixel for the task of background
//! subtraction*, Pattern Recognition Letters 27(7), 2006; shadows: A. Prati et al., *Detecting moving shadows*, IEEE
//! PAMI 25(7), 2003.
//!
//! Equal bytes need equal rounding: everything is `f32`, each operation is rounded on its own (no fused multiply-add) and
//! sums are taken in OpenCV's order, blue first. Speed comes from the layout alone: sixteen pixels are computed at once,
//! and what is not needed (rarer Gaussians of quiet pixels) is not even read.

use crate::domain::{Mask, RgbPicture};

use super::mog2_block::{Mixture, Rates};

/// What may be chosen. The rest is fixed at OpenCV's defaults: five Gaussians, background share 0.9, generation
/// threshold 9, variances of at most 75 beginning at 15, complexity reduction 0.05, shadow darkness 0.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mog2Params {
    /// Frames that the automatic learning rate looks back on, at least 1. OpenCV's default is 500.
    pub history: u32,
    /// Squared distance from the background, in variances, above which a pixel moves; above 0. OpenCV's default is 16.
    pub variance_threshold: f32,
    /// Variance below which no Gaussian falls, however quiet its pixel: 0 to 75. OpenCV's default is 4 (`setVarMin`).
    pub least_variance: f32,
    /// Whether cast shadows are told from motion and marked [`Mask::SHADOW`]. OpenCV's default is `true`.
    pub shadows: bool,
}

impl Default for Mog2Params {
    fn default() -> Self {
        Self { history: 500, variance_threshold: 16.0, least_variance: 4.0, shadows: true }
    }
}

/// The background of one stream as a mixture of Gaussians.
#[derive(Default)]
pub struct Mog2 {
    params: Mog2Params,
    size: (u32, u32),
    /// Frames since the background was begun.
    frames: u32,
    mixture: Mixture,
}

impl Mog2 {
    /// A mixture that knows nothing yet. The first picture fixes its size.
    #[must_use]
    pub fn new(params: Mog2Params) -> Self {
        Self { params, ..Self::default() }
    }

    /// New parameters from the next picture on; what was learnt stays.
    pub fn set_params(&mut self, params: Mog2Params) {
        self.params = params;
    }

    /// Forgets the background.
    pub fn reset(&mut self) {
        self.frames = 0;
    }

    /// Looks at one picture, learns from it and writes what moves into `mask`, which takes the picture's size.
    ///
    /// `learning_rate` as in OpenCV: negative is automatic (1 / (2 n) in the n-th frame, from then on 1 / history), 0 learns
    /// nothing (except from the first picture), 1 and more begins anew with this picture. NaN counts as automatic. A
    /// picture of another size begins anew too.
    pub fn apply(&mut self, picture: &RgbPicture, learning_rate: f64, mask: &mut Mask) {
        let size = (picture.width, picture.height);
        if self.frames == 0 || learning_rate >= 1.0 || self.size != size {
            self.begin(size);
        }
        self.frames = self.frames.saturating_add(1);
        let rate = if learning_rate >= 0.0 && self.frames > 1 {
            learning_rate
        } else {
            1.0 / f64::from(self.frames.saturating_mul(2).min(self.params.history.max(1)))
        };
        (mask.width, mask.height) = size;
        mask.data.resize(pixel_count(size), Mask::STILL);
        let rates = Rates::new(rate, self.params.variance_threshold, self.params.least_variance);
        self.mixture.step(self.params.shadows, &picture.data, &mut mask.data, &rates);
    }

    fn begin(&mut self, size: (u32, u32)) {
        self.frames = 0;
        if self.size == size {
            self.mixture.clear();
        } else {
            self.size = size;
            self.mixture = Mixture::new(pixel_count(size));
        }
    }
}

fn pixel_count((width, height): (u32, u32)) -> usize {
    width as usize * height as usize
}
