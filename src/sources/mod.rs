//! Where pictures come from: webcam, file, demo scene.
//!
//! A source runs in a thread of its own and gives pictures to a [`Sink`]. It knows nothing of streams, motion or disks.

pub mod files;

pub use files::{FileError, FileInfo, FileReader};

use std::time::Duration;

use crate::domain::{BlindReason, CameraChoice, Picture, Timestamp};

/// Receives what a source gives. Called on the source's thread; must not wait.
pub trait Sink: Send + 'static {
    /// It is open and will give pictures.
    fn opened(&mut self, info: &SourceInfo);
    /// One picture and when it was seen.
    fn picture(&mut self, picture: Picture, at: Timestamp);
    /// It gives none now, and why. The source goes on trying unless it ends.
    fn blind(&mut self, reason: BlindReason);
}

/// What was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// For people: "HD Webcam", "demo scene", "traffic.mp4".
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// Frames a second as promised.
    pub fps: f32,
    /// "MJPEG", "YUYV", "file" …
    pub format: String,
}

/// A webcam that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webcam {
    pub index: u32,
    pub name: String,
}

/// A running source.
pub struct Source;

impl Source {
    /// Starts the source. `CameraChoice::None` is the caller's mistake and gives a source that is `Stopped`.
    pub fn start(_choice: &CameraChoice, _sink: Box<dyn Sink>) -> Self {
        todo!()
    }
    /// Stops it. `false`: its thread did not end in time and was left behind.
    pub fn stop(self, _deadline: Duration) -> bool {
        todo!()
    }
}

/// Webcams there are now, without metadata nodes, in order of their number. Asks the system: not for the UI thread.
pub fn webcams() -> Vec<Webcam> {
    todo!()
}
