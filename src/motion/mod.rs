//! Motion engine. Pixels in, regions out: no clock, no file, no thread, no log, no configuration.

use crate::domain::{Detection, Mask, MotionSettings, RgbPicture};

/// Background subtraction for one stream. Owned by one thread; nothing is allocated per frame after the first ones.
pub struct Detector;

impl Detector {
    pub fn new(_settings: &MotionSettings) -> Self {
        todo!()
    }
    /// New settings from the next frame on; the background that was learnt is kept unless the detector itself changes.
    pub fn set(&mut self, _settings: &MotionSettings) {
        todo!()
    }
    /// Looks at one frame. `seconds` is the capture time since any fixed point; it may jump or go backwards.
    /// A picture of another size starts anew.
    pub fn detect(&mut self, _picture: &RgbPicture, _seconds: f64) -> &Detection {
        todo!()
    }
    /// The mask of the last frame, of the picture's size, as the detector decides by it.
    pub fn mask(&self) -> &Mask {
        todo!()
    }
    /// The mask at the size at which the detector works.
    pub fn working_mask(&self) -> &Mask {
        todo!()
    }
    /// Forgets the background.
    pub fn reset(&mut self) {
        todo!()
    }
}
