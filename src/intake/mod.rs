//! How pictures get in: the door for uploads, the catch for the local camera.
//!
//! The door checks what a stranger sends (format, size, time) before the pipeline sees it. Neither knows HTTP or a window.

mod capture;
mod upload;

pub use capture::Catch;
pub use upload::{Door, Upload, UploadError};
