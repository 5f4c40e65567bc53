//! Files as sources of frames: a video, a folder or a zip of pictures.
//!
//! Frames are decoded ahead on a thread of their own and handed out one by one. It knows nothing of streams and motion,
//! and writes nothing.

pub mod cpu_time;
mod ffmpeg;
mod pictures;
mod probe;
mod read_ahead;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::domain::RgbPicture;
use ffmpeg::Ffmpeg;
use pictures::Pictures;
use read_ahead::{FrameHead, ReadAhead};

/// Frames a second of pictures, when nothing is said.
pub const DEFAULT_PICTURES_FPS: f64 = 25.0;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FileInfo {
    /// Width in pixels, as shown: a video that asks to be turned is turned. Of pictures, that of the first.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
    /// Frames a second: of a video its mean, of pictures as asked for.
    pub fps: f64,
    /// How many frames there are. A video only promises them; there can be fewer or more.
    pub frames: Option<u64>,
    /// Whether they were counted when the file was written, and are not guessed from how long it lasts.
    pub is_counted: bool,
}

/// Why a file gives no frames, or no more of them.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, may not be read, or is nothing that has frames.
    #[error("failed to open {}: {why}", path.display())]
    Open {
        /// The file as it was asked for.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// It was opened and then gave nothing that can be used.
    #[error("failed to read {}: {why}", path.display())]
    Read {
        /// The file as it was asked for.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// ffmpeg or ffprobe cannot be started.
    #[error("ffmpeg is needed to read videos and was not found; install it (Debian: apt install ffmpeg)")]
    NoFfmpeg,
}

impl FileError {
    fn open(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::Open { path: path.to_owned(), why: why.to_string() }
    }

    fn read(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::Read { path: path.to_owned(), why: why.to_string() }
    }
}

/// Reads a video (ffmpeg as a child process), a folder or a zip of pictures, frame by frame.
///
/// Pictures that cannot be decoded are left out and keep their number; damage in a video ends it or not, as ffmpeg finds.
/// Either is told by [`FileReader::warnings`] afterwards. Dropping the reader ends the child process.
pub struct FileReader {
    info: FileInfo,
    ahead: ReadAhead,
    head: FrameHead,
    skipped: u64,
}

impl FileReader {
    /// Opens a file or folder. `fps` is for pictures, whose rate is not written anywhere; otherwise
    /// [`DEFAULT_PICTURES_FPS`]. A video goes by its own times.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be opened, holds no frames, or ffmpeg is missing.
    pub fn open(path: &Path, fps: Option<f64>) -> Result<Self, FileError> {
        Self::open_unless(path, fps, &|| false)
    }

    /// The same, given up with an error as soon as `stopped`: looking at a large file on a slow disk can take long.
    ///
    /// # Errors
    /// [`FileError`] as for [`FileReader::open`], and any when it was stopped.
    pub fn open_unless(path: &Path, fps: Option<f64>, stopped: &dyn Fn() -> bool) -> Result<Self, FileError> {
        let fps = fps.filter(|fps| fps.is_finite() && *fps > 0.0).unwrap_or(DEFAULT_PICTURES_FPS);
        let kind = std::fs::metadata(path).map_err(|error| FileError::open(path, error))?;
        if !kind.is_dir() && !kind.is_file() {
            return Err(FileError::open(path, "it is neither a file nor a folder"));
        }
        let (info, ahead, skipped) = if kind.is_dir() || is_zip(path)? {
            let open = if kind.is_dir() { Pictures::in_folder } else { Pictures::in_zip };
            let (mut pictures, skipped) = open(path, fps)?;
            (pictures.info(stopped)?, ReadAhead::start(pictures), skipped)
        } else {
            let info = probe::video(path, stopped)?;
            let ffmpeg = Ffmpeg::start(path, &info)?;
            (info, ReadAhead::start(ffmpeg), 0)
        };
        let ahead = ahead.map_err(|error| FileError::open(path, error))?;
        Ok(Self { info, ahead, head: FrameHead::default(), skipped })
    }

    /// What the file holds.
    #[must_use]
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// The next frame, decoded into `frame`, whose memory is used again; `false` at the end. Waits for the decoder. Pictures
    /// may differ in size; a video whose size changes is scaled to its first.
    ///
    /// # Errors
    /// [`FileError`] when nothing at all can be decoded, or the decoder hangs. There are no frames after that.
    pub fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError> {
        let Some(head) = self.ahead.read(frame)? else { return Ok(false) };
        self.head = head;
        Ok(true)
    }

    /// Number of the frame that was read last, from 0. Pictures that could not be decoded are counted.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.head.number
    }

    /// Time of the frame that was read last, in seconds since the first.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.head.seconds
    }

    /// File name of the picture that was read last, without any folder; `None` for a video.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.head.name.as_deref()
    }

    /// The picture that was read last as its file holds it; `None` for a video.
    #[must_use]
    pub fn original(&self) -> Option<&Bytes> {
        self.head.original.as_ref()
    }

    /// Files of the folder or zip that are no pictures.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What went wrong without ending it, in words. Whole only after the last frame.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.ahead.warnings()
    }

    /// CPU time spent decoding so far, children included.
    #[must_use]
    pub fn decode_time(&self) -> Duration {
        self.ahead.cpu_time()
    }
}

/// The first bytes are those of a zip: of its first entry, or of the end of an empty one.
fn is_zip(path: &Path) -> Result<bool, FileError> {
    let mut start = [0; 4];
    let file = std::fs::File::open(path).map_err(|error| FileError::open(path, error))?;
    match file.take(4).read_exact(&mut start) {
        Ok(()) => Ok(matches!(&start, b"PK\x03\x04" | b"PK\x05\x06")),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(FileError::open(path, "the file is empty or nearly so"))
        }
        Err(error) => Err(FileError::open(path, error)),
    }
}
