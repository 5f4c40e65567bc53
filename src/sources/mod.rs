//! Where pictures come from: webcam, file, demo scene.
//!
//! A source runs in a thread of its own and gives pictures to a [`Sink`]. It knows nothing of streams, motion or disks.

use std::path::Path;
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

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FileInfo {
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub frames: Option<u64>,
}

/// Reads a video (ffmpeg as a child process), a folder or a zip of pictures, frame by frame.
pub struct FileReader;

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("failed to open {path}: {why}")]
    Open { path: std::path::PathBuf, why: String },
    #[error("failed to read {path}: {why}")]
    Read { path: std::path::PathBuf, why: String },
    #[error("ffmpeg is needed to read videos and was not found; install it (Debian: apt install ffmpeg)")]
    NoFfmpeg,
}

impl FileReader {
    /// `fps` for pictures, whose rate is not written anywhere; default 25.
    pub fn open(_path: &Path, _fps: Option<f64>) -> Result<Self, FileError> {
        todo!()
    }
    pub fn info(&self) -> &FileInfo {
        todo!()
    }
    /// The next frame, decoded into `frame`; `false` at the end. The name is the picture's (without folder), none for a video.
    pub fn read(&mut self, _frame: &mut crate::domain::RgbPicture) -> Result<bool, FileError> {
        todo!()
    }
    /// File name of the picture that was read last, for a folder or zip.
    pub fn name(&self) -> Option<&str> {
        todo!()
    }
    /// CPU time spent decoding so far, children included.
    pub fn decode_time(&self) -> Duration {
        todo!()
    }
}
