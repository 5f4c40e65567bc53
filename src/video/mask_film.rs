//! The masks of a video as a film, to be looked at beside it: white moves, grey is a shadow, each mask at the time of its frame.
//! It knows no detector.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::codec::{self, MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::{Mask, RgbPicture, Timestamp};
use crate::ffmpeg::{Feed, Ffmpeg, FfmpegError, Limits};

/// Masks have hard edges, which should stay so.
const QUALITY: u8 = 98;
/// How long ffmpeg may take to finish the file.
const END_LIMIT: Duration = Duration::from_mins(5);

const ENCODER: [&str; 22] = [
    "-an",
    "-vf",
    "scale=trunc(iw/2)*2:trunc(ih/2)*2:flags=neighbor:out_range=tv,setsar=1,format=yuv420p",
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-crf",
    "18",
    "-bf",
    "0",
    "-fps_mode",
    "passthrough",
    "-enc_time_base",
    "1:1000",
    "-video_track_timescale",
    "1000",
    "-movflags",
    "+faststart",
    "-f",
    "mp4",
    "-y",
];

/// The film that is being written. It is begun with the first mask, which says how large it is.
pub struct MaskFilm {
    ffmpeg: Ffmpeg,
    limits: Limits,
    path: PathBuf,
    open: Option<(Feed, MatroskaWriter)>,
    last: Option<Timestamp>,
    pixels: RgbPicture,
}

impl MaskFilm {
    /// It will be written to this path, an MP4.
    #[must_use]
    pub fn new(ffmpeg: Ffmpeg, limits: Limits, path: &Path) -> Self {
        Self { ffmpeg, limits, path: path.to_owned(), open: None, last: None, pixels: RgbPicture::default() }
    }

    /// Adds the mask of a frame, whose time counts from the beginning of the film. Of two in one millisecond the first is shown.
    ///
    /// # Errors
    /// [`FfmpegError`] when ffmpeg cannot be started, ended or hangs, or nobody wants the film any more.
    pub fn push(&mut self, at: Timestamp, mask: &Mask, stopped: &dyn Fn() -> bool) -> Result<(), FfmpegError> {
        if self.last.is_some_and(|last| last >= at) {
            return Ok(());
        }
        self.last = Some(at);
        (self.pixels.width, self.pixels.height) = (mask.width, mask.height);
        self.pixels.data.clear();
        self.pixels.data.extend(mask.data.iter().flat_map(|pixel| [*pixel; 3]));
        let jpeg = codec::encode_jpeg(&self.pixels, QUALITY).map_err(|error| FfmpegError::Failed(error.to_string()))?;
        let (feed, writer) = if let Some(open) = &mut self.open {
            open
        } else {
            let begun = self.begin(mask)?;
            self.open.insert(begun)
        };
        feed.write(&writer.block(at.as_millis(), jpeg.len()), stopped)?;
        feed.write(&jpeg, stopped)
    }

    /// Waits until all is written. Without any mask there is no film.
    ///
    /// # Errors
    /// [`FfmpegError`] when ffmpeg ends with an error, or not at all.
    pub fn finish(mut self) -> Result<(), FfmpegError> {
        self.open.take().map_or(Ok(()), |(feed, _)| feed.close(END_LIMIT))
    }

    fn begin(&self, mask: &Mask) -> Result<(Feed, MatroskaWriter), FfmpegError> {
        let call = self.ffmpeg.call(self.limits).fed("matroska").args(ENCODER).output(&self.path);
        let mut feed = call.start()?;
        let track = VideoTrack { codec: TrackCodec::Jpeg, width: mask.width, height: mask.height, began_at: 0 };
        feed.write(&MatroskaWriter::begin(&track), &|| false)?;
        Ok((feed, MatroskaWriter::default()))
    }
}
