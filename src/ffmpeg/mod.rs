//! ffmpeg and ffprobe as child processes, within limits.
//!
//! Every call is bounded: in time, in silence, in what it writes and takes in memory, in threads and priority, and in what
//! it may open. It knows nothing of recordings, events and queues.

mod call;
mod child;
mod facts;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub use call::{Call, Feed, Limits};
pub use child::Answer;
pub use facts::{Facts, SoundFacts, VideoFacts, ratio, why_unreadable};

/// The file formats that are let in, by ffmpeg's names. Others that it knows are lists of further files or addresses
/// (HLS, concat scripts, SDP), or make a picture of any text: nobody means those when a video is asked for.
const FORMATS: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,obu,ivf,flv,asf,ogg,gif,apng,\
                       mjpeg,mpjpeg,mxf,nut,dv,wtv,rm,yuv4mpegpipe";

/// The oldest ffmpeg that is known to do all that is asked of it: that of Debian 12.
pub const OLDEST: (u32, u32) = (5, 1);

/// How long a program may take to say what it is.
const LOOK_LIMIT: Duration = Duration::from_secs(20);

/// Why ffmpeg did not do what was asked. The texts are shown to people.
#[derive(Debug, thiserror::Error)]
pub enum FfmpegError {
    /// It is not installed.
    #[error("ffmpeg was not found; install it (Debian: apt install ffmpeg)")]
    Missing,
    /// It cannot be started although it is there.
    #[error("ffmpeg cannot be started: {0}")]
    NotStarted(#[source] std::io::Error),
    /// It ended with an error.
    #[error("{0}")]
    Failed(String),
    /// It took longer than it may.
    #[error("ffmpeg took longer than {} s and was ended", .0.as_secs())]
    TooLong(Duration),
    /// It did nothing for a while.
    #[error("ffmpeg did nothing for {} s and was ended; the video is damaged or its disk hangs", .0.as_secs())]
    Silent(Duration),
    /// What it wrote grew too large.
    #[error("what ffmpeg wrote grew beyond {} MB, and it was ended", .0 / 1_000_000)]
    TooLarge(u64),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// Nobody wants it any more.
    #[error("it was stopped")]
    Stopped,
}

impl From<std::io::Error> for FfmpegError {
    /// Why a program could not be started.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            _ => Self::NotStarted(error),
        }
    }
}

/// What an ffmpeg can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it calls itself, such as `5.1.6-0+deb12u1`.
    pub version: String,
    /// It writes H.264, by libx264.
    pub h264: bool,
    /// It writes AAC.
    pub aac: bool,
}

impl Found {
    /// Whether it is older than what is known to work. Versions without numbers are builds of the newest source.
    #[must_use]
    pub fn is_too_old(&self) -> bool {
        let mut numbers = self.version.trim_start_matches('n').split(['.', '-']).map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST,
            _ => false,
        }
    }
}

/// Where ffmpeg and ffprobe are.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
}

impl Default for Ffmpeg {
    /// Those that the system finds by their names.
    fn default() -> Self {
        Self { ffmpeg: "ffmpeg".into(), ffprobe: "ffprobe".into() }
    }
}

impl Ffmpeg {
    /// Those in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { ffmpeg: folder.join("ffmpeg"), ffprobe: folder.join("ffprobe") }
    }

    /// Asks what it is and what it can do. Takes a tenth of a second.
    ///
    /// # Errors
    /// [`FfmpegError::Missing`] when ffmpeg or ffprobe is not there, others when they do not answer.
    pub fn look(&self) -> Result<Found, FfmpegError> {
        let told = |program: &Path, what: &str| {
            let answer = self::ask(Command::new(program).args(["-hide_banner", what]), LOOK_LIMIT, &|| false)?;
            match answer.success {
                Some(true) => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
                Some(false) => Err(FfmpegError::Failed(format!("{} {what} ended with an error", program.display()))),
                None => Err(FfmpegError::TooLong(LOOK_LIMIT)),
            }
        };
        told(&self.ffprobe, "-version")?;
        let version = told(&self.ffmpeg, "-version")?;
        let version = version.split_whitespace().nth(2).unwrap_or("unknown").to_owned();
        let encoders = told(&self.ffmpeg, "-encoders")?;
        // ` V....D libx264              H.264 / AVC …`
        let has = |name: &str| encoders.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
        Ok(Found { version, h264: has("libx264"), aac: has("aac") })
    }

    /// What a file holds. `count`: reads all of it and counts, which tells more than the file promises.
    ///
    /// # Errors
    /// [`FfmpegError::Failed`] when it is no video that can be read, others when ffprobe does not answer in `limit`.
    pub fn probe(
        &self,
        path: &Path,
        count: bool,
        limit: Duration,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Facts, FfmpegError> {
        facts::of(&self.ffprobe, path, count, limit, stopped)
    }

    /// A call of ffmpeg, to be filled and made.
    #[must_use]
    pub fn call(&self, limits: Limits) -> Call {
        Call::new(&self.ffmpeg, limits)
    }
}

/// What ffprobe and ffmpeg are told about every input. The name is absolute and has the protocol in front, so that it can
/// neither be an option nor an address.
///
/// # Errors
/// What the system says when there is no working folder.
pub fn input_args(path: &Path) -> std::io::Result<Vec<OsString>> {
    let mut args: Vec<OsString> =
        ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i"].map(Into::into).into();
    args.push(file_name(path)?);
    Ok(args)
}

/// Runs ffprobe or the like to its end, but not for longer than `limit`, and keeps what it says.
///
/// # Errors
/// [`FfmpegError::Missing`] and [`FfmpegError::NotStarted`]; how it ended is in the answer.
pub fn ask(command: &mut Command, limit: Duration, stopped: &dyn Fn() -> bool) -> Result<Answer, FfmpegError> {
    Ok(child::ask(command, limit, stopped)?)
}

/// A path as ffmpeg takes it for a file and nothing else.
fn file_name(path: &Path) -> std::io::Result<OsString> {
    let mut name = OsString::from("file:");
    name.push(std::path::absolute(path)?);
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ffmpeg_of_this_computer_says_what_it_can_do() {
        let found = Ffmpeg::default().look().unwrap();
        assert!(found.h264 && found.aac && !found.is_too_old(), "{found:?}");
    }

    #[test]
    fn one_that_is_not_there_is_missing() {
        let nowhere = tempfile::tempdir().unwrap();
        let error = Ffmpeg::in_folder(nowhere.path()).look().unwrap_err();
        assert!(matches!(error, FfmpegError::Missing), "{error}");
        assert!(error.to_string().contains("install"), "{error}");
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let found = |version: &str| Found { version: version.into(), h264: true, aac: true };
        for (version, is_too_old) in [
            ("4.4.2-0ubuntu0.22.04.1", true),
            ("5.0.1", true),
            ("5.1.6-0+deb12u1", false),
            ("n7.1", false),
            ("10.0", false),
            ("N-113007-g8d24a28d06", false),
        ] {
            assert_eq!(found(version).is_too_old(), is_too_old, "{version}");
        }
    }
}
