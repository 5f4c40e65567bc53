//! The masks of one input as a video, to be looked at beside it: white moves, grey is a shadow, each mask at the time of its frame.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::scan::Error;
use crate::codec::{self, MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::{Mask, RgbPicture, Timestamp};
use crate::ffmpeg::{Feed, Ffmpeg, FfmpegError, Limits};

/// Masks have hard edges, which should stay so.
const QUALITY: u8 = 98;
/// How long ffmpeg may take to finish the file.
const END_LIMIT: Duration = Duration::from_mins(5);

const ENCODER: [&str; 18] = [
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
    "-y",
];

/// The video that is being written. It is begun with the first mask, which says how large it is.
pub(super) struct MaskVideo {
    path: PathBuf,
    open: Option<(Feed, MatroskaWriter)>,
    last: Option<Timestamp>,
    pixels: RgbPicture,
}

impl MaskVideo {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: None, last: None, pixels: RgbPicture::default() }
    }

    /// Adds the mask of a frame. Of two in one millisecond the first is shown.
    pub fn push(&mut self, at: Timestamp, mask: &Mask) -> Result<(), Error> {
        if self.last.is_some_and(|last| last >= at) {
            return Ok(());
        }
        self.last = Some(at);
        (self.pixels.width, self.pixels.height) = (mask.width, mask.height);
        self.pixels.data.clear();
        self.pixels.data.extend(mask.data.iter().flat_map(|pixel| [*pixel; 3]));
        let jpeg = codec::encode_jpeg(&self.pixels, QUALITY).map_err(|error| self.failed(&error))?;
        let (feed, writer) = if let Some(open) = &mut self.open {
            open
        } else {
            let begun = begin(&self.path, mask).map_err(|error| self.failed(&error))?;
            self.open.insert(begun)
        };
        let head = writer.block(at.as_millis(), jpeg.len());
        let written = feed.write(&head, &|| false).and_then(|()| feed.write(&jpeg, &|| false));
        written.map_err(|error| self.failed(&error))
    }

    /// Waits until all is written.
    pub fn finish(mut self) -> Result<(), Error> {
        let Some((feed, _)) = self.open.take() else { return Ok(()) };
        feed.close(END_LIMIT).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Write { path: self.path.clone(), why: error.to_string() }
    }
}

fn begin(path: &Path, mask: &Mask) -> Result<(Feed, MatroskaWriter), FfmpegError> {
    let call = Ffmpeg::default().call(Limits { nice: 0, ..Limits::default() });
    let call = call.fed("matroska").args(ENCODER).args(["-movflags", "+faststart", "-f", "mp4"]);
    let mut feed = call.output(path).start()?;
    let track = VideoTrack { codec: TrackCodec::Jpeg, width: mask.width, height: mask.height, began_at: 0 };
    feed.write(&MatroskaWriter::begin(&track), &|| false)?;
    Ok((feed, MatroskaWriter::default()))
}
