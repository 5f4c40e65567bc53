//! Motion engine. Pixels in, regions out: no clock, no file, no thread, no log, no configuration.
//!
//! ```text
//! picture ─▶ model (adaptive; or MOG2 as in OpenCV) ─▶ mask of what moves
//!         ─▶ judge: measure (zones, areas) ─▶ decide (warm-up, light, sizes, persistence) ─▶ Detection
//!                          └─▶ Trace ─▶ Replay: decide again, under other settings
//! ```
//!
//! [`Detector`] is what the pipeline uses; [`Mog2`] is there for those who want exactly OpenCV's masks.

mod adaptive;
mod bits;
mod cells;
mod decide;
mod detector;
mod judge;
mod measure;
mod mog2;
#[cfg(target_arch = "x86_64")]
mod mog2_avx2;
mod mog2_block;
mod mog2_lanes;
mod pace;
mod persistence;
mod places;
mod regions;
mod replay;
mod seen;
mod zones;

pub use detector::Detector;
pub use mog2::{Mog2, Mog2Params};
pub use replay::{Redecided, Replay};
