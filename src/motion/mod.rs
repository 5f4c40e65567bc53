//! Motion engine. Pixels in, regions out: no clock, no file, no thread, no log, no configuration.
//!
//! ```text
//! picture ─▶ model (fewer pixels, even light, mixture; or MOG2 as in OpenCV) ─▶ mask of what moves
//!         ─▶ judge: open and close ─▶ zones ─▶ areas ─▶ warm-up, light, persistence ─▶ Detection
//! ```
//!
//! [`Detector`] is what the pipeline uses; [`Mog2`] is there for those who want exactly OpenCV's masks.

mod bits;
mod detector;
mod judge;
mod light;
mod mog2;
#[cfg(target_arch = "x86_64")]
mod mog2_avx2;
mod mog2_block;
mod mog2_lanes;
mod pace;
mod reduced;
mod regions;
mod working;
mod zones;

pub use detector::Detector;
pub use mog2::{Mog2, Mog2Params};
