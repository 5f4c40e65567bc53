//! Reads videos, folders and zips of pictures, frame by frame.

use std::path::Path;
use std::time::Duration;

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
