//! One segment: an ffmpeg that is fed, and the file that it writes. Fragments of a second each are flushed as they are
//! written, so that a power cut costs no more.

use std::time::Duration;

use crate::codec::{self, MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::{Frame, Picture, PictureFormat, Recording, RgbPicture, StreamId, Timestamp};
use crate::ffmpeg::{Feed, FfmpegError, Limits};
use crate::library::{Library, OwnRecording};
use crate::video::Tools;

/// As much as one screen of a phone shows; what is larger is scaled down.
const MOST_SIDES: (u32, u32) = (1920, 1080);
/// How long ffmpeg may take to write what it has when there is no more.
const END_LIMIT: Duration = Duration::from_secs(10);
/// When ffmpeg takes nothing for so long it hangs, or the disk does.
const SILENCE: Duration = Duration::from_secs(10);
/// Quality of pictures that come without any compression, on their way to ffmpeg.
const QUALITY: u8 = 92;

/// H.264 as it comes, at a quality that is hardly told from the source: nothing is looked at ahead of time, so that what is
/// written is at most a second behind.
const ENCODER: [&str; 20] = [
    "-an",
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-tune",
    "zerolatency",
    "-crf",
    "23",
    "-profile:v",
    "high",
    "-g",
    "60",
    "-map_metadata",
    "-1",
    "-fps_mode",
    "passthrough",
    "-enc_time_base",
    "1:1000",
    "-y",
];
/// Fragments that are whole in themselves, one a second.
const FRAGMENTS: [&str; 10] = [
    "-video_track_timescale",
    "1000",
    "-movflags",
    "+empty_moov+default_base_moof+frag_keyframe",
    "-frag_duration",
    "1000000",
    "-flush_packets",
    "1",
    "-f",
    "mp4",
];

/// A segment that is being written.
pub(super) struct Segment {
    own: OwnRecording,
    feed: Feed,
    writer: MatroskaWriter,
    /// Capture time of the first and of the last frame.
    began: Timestamp,
    last: Timestamp,
    size: (u32, u32),
    pixels: RgbPicture,
}

impl Segment {
    pub fn begin(library: &Library, tools: &Tools, stream: &StreamId, frame: &Frame) -> Result<Self, String> {
        let found = tools.found()?;
        if !found.h264 {
            return Err("this ffmpeg cannot write H.264; install one with libx264".to_owned());
        }
        let own = library.begin_own(stream, frame.captured_at).map_err(|error| error.to_string())?;
        let size = (frame.picture.width(), frame.picture.height());
        let (width, height) = fitting(size);
        let filter = format!("scale={width}:{height}:out_range=tv,setsar=1,format=yuv420p");
        let (rate, buffer) = bit_rate(width, height);
        let limits = Limits { time: Duration::from_hours(24), silence: SILENCE, nice: 0, ..tools.limits() };
        // Without looking at a second of frames for their rate, of which there is none.
        let call = tools.ffmpeg().call(limits).args(["-fpsprobesize", "0"]);
        let call = call.fed("matroska").args(["-vf", &filter]).args(ENCODER);
        let call = call.args(["-maxrate", &rate, "-bufsize", &buffer]).args(FRAGMENTS).output(own.path());
        let mut feed = call.start().map_err(|error| why(tools, &error))?;
        let began = frame.captured_at;
        let track = VideoTrack { codec: TrackCodec::Jpeg, width: size.0, height: size.1, began_at: began.as_millis() };
        feed.write(&MatroskaWriter::begin(&track), &|| false).map_err(|error| why(tools, &error))?;
        let last = began.minus(Duration::from_millis(1));
        Ok(Self { own, feed, writer: MatroskaWriter::default(), began, last, size, pixels: RgbPicture::default() })
    }

    pub fn began(&self) -> Timestamp {
        self.began
    }

    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// Whether a picture is as large as those before, and recordings go to the same folder.
    pub fn fits(&self, picture: &Picture, library: &Library) -> bool {
        (picture.width(), picture.height()) == self.size && library.save_dir() == self.own.root()
    }

    /// Adds a frame. `false`: it is not later than the one before, and left out.
    pub fn put(&mut self, frame: &Frame) -> Result<bool, String> {
        if frame.captured_at <= self.last {
            return Ok(false);
        }
        let encoded;
        let jpeg: &[u8] = if let Picture::Encoded { format: PictureFormat::Jpeg, bytes, .. } = &frame.picture {
            bytes
        } else {
            codec::decode_into(&frame.picture, &mut self.pixels).map_err(|error| error.to_string())?;
            encoded = codec::encode_jpeg(&self.pixels, QUALITY).map_err(|error| error.to_string())?;
            &encoded
        };
        let at = frame.captured_at.as_millis() - self.began.as_millis();
        let head = self.writer.block(at, jpeg.len());
        for bytes in [&head[..], jpeg] {
            self.feed.write(bytes, &|| false).map_err(|error| error.to_string())?;
        }
        self.last = frame.captured_at;
        Ok(true)
    }

    /// No more comes: the file gets its final name. What ffmpeg complains of does not matter any more, as its file is
    /// playable wherever it ends.
    pub fn close(self, library: &Library) -> Result<Option<Recording>, String> {
        if let Err(error) = self.feed.close(END_LIMIT) {
            tracing::warn!(%error, "a segment ends early");
        }
        library.end_own(&self.own, Some(self.last.since(self.began))).map_err(|error| error.to_string())
    }
}

fn why(tools: &Tools, error: &FfmpegError) -> String {
    if matches!(error, FfmpegError::Missing | FfmpegError::NotStarted(_)) {
        tools.doubt();
    }
    error.to_string()
}

/// Even sides that fit a screen, held upright or not.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    let (long, short) = (f64::from(width.max(height).max(1)), f64::from(width.min(height).max(1)));
    let share = (f64::from(MOST_SIDES.0) / long).min(f64::from(MOST_SIDES.1) / short).min(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1920")]
    let even = |side: u32| ((f64::from(side) * share / 2.0).round() as u32).max(1) * 2;
    (even(width), even(height))
}

/// The most that a second may take, in bits: 6 million for 1080p, less for smaller pictures in proportion; and over how much that
/// is evened out.
fn bit_rate(width: u32, height: u32) -> (String, String) {
    let rate = (u64::from(width) * u64::from(height) * 6_000_000 / (1920 * 1080)).max(500_000);
    (rate.to_string(), (2 * rate).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_large_as_its_camera_up_to_a_screen() {
        for (size, expected) in [
            ((640, 480), (640, 480)),
            ((1920, 1080), (1920, 1080)),
            ((3840, 2160), (1920, 1080)),
            ((1080, 1920), (1080, 1920)),
            ((2592, 1944), (1440, 1080)),
            ((321, 241), (322, 242)),
        ] {
            assert_eq!(fitting(size), expected, "{size:?}");
        }
        assert_eq!(bit_rate(1920, 1080).0, "6000000");
        assert_eq!(bit_rate(320, 240).0, "500000");
    }
}
