//! ffmpeg that is fed the pictures of a film and writes it: H.264 in an MP4 that plays everywhere, each picture at its own time.

use std::path::Path;
use std::time::Duration;

use crate::codec::{MatroskaWriter, TrackCodec, VideoTrack};
use crate::ffmpeg::{Feed, Found, Limits};
use crate::jobs::{Attempt, Failure};
use crate::video::Tools;

/// How long a film may take to be ended once all its pictures are there: its index is moved to the front then.
const END_LIMIT: Duration = Duration::from_mins(5);

/// H.264 as everybody plays it. No frame stands for another that comes later: a player that goes by the order of the frames
/// alone would else end before the last ones.
pub(super) const H264: [&str; 14] = [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-crf",
    "23",
    "-bf",
    "0",
    "-profile:v",
    "high",
    "-map_metadata",
    "-1",
    "-movflags",
    "+faststart",
];
/// Each frame at the millisecond at which it was taken. Sound has a time base of its own: in another it would end too early.
pub(super) const TRUE_TIMES: [&str; 6] =
    ["-fps_mode", "passthrough", "-enc_time_base:v", "1:1000", "-video_track_timescale", "1000"];

/// What is made of the pictures.
pub(super) struct Plan<'a> {
    /// How they come.
    pub codec: TrackCodec,
    /// The size of the first; raw pictures are all of one.
    pub from: (u32, u32),
    /// The size of the film. A picture of another shape stands in its middle.
    pub size: (u32, u32),
    /// A file whose sound is that of the film, if it has any.
    pub sound: Option<&'a Path>,
    /// Largest file that is written.
    pub most_bytes: u64,
}

/// The film that is being written.
pub(super) struct Encoder<'a> {
    tools: &'a Tools,
    attempt: &'a Attempt,
    feed: Feed,
    writer: MatroskaWriter,
}

impl<'a> Encoder<'a> {
    pub fn begin(tools: &'a Tools, plan: &Plan, to: &Path, attempt: &'a Attempt) -> Result<Self, Failure> {
        can_write(tools)?;
        let (width, height) = plan.size;
        let filter = format!(
            "scale={width}:{height}:force_original_aspect_ratio=decrease:out_range=tv,\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
        );
        let call = tools.ffmpeg().call(Limits { output_bytes: plan.most_bytes, ..tools.limits() }).fed("matroska");
        let call = match plan.sound {
            Some(sound) => call.input(sound).args(["-map", "0:v:0", "-map", "1:a:0?", "-c:a", "copy"]),
            None => call.args(["-an"]),
        };
        let call = call.args(["-vf", &filter]).args(H264).args(TRUE_TIMES).output(to);
        let mut feed = call.start().map_err(|error| tools.failure(&error))?;
        let track = VideoTrack { codec: plan.codec, width: plan.from.0, height: plan.from.1, began_at: 0 };
        let written = feed.write(&MatroskaWriter::begin(&track), &|| attempt.is_over());
        written.map_err(|error| tools.failure(&error))?;
        Ok(Self { tools, attempt, feed, writer: MatroskaWriter::default() })
    }

    /// Shows a picture from this millisecond of the film on.
    pub fn put(&mut self, at: i64, picture: &[u8]) -> Result<(), Failure> {
        let head = self.writer.block(at, picture.len());
        for bytes in [&head, picture] {
            let written = self.feed.write(bytes, &|| self.attempt.is_over());
            written.map_err(|error| self.tools.failure(&error))?;
        }
        Ok(())
    }

    /// Waits until all is written.
    pub fn end(self) -> Result<(), Failure> {
        self.feed.close(END_LIMIT).map_err(|error| self.tools.failure(&error))
    }
}

/// What ffmpeg can do, when it can write films.
pub(super) fn can_write(tools: &Tools) -> Result<Found, Failure> {
    let found = tools.found().map_err(Failure::outside)?;
    if found.h264 {
        Ok(found)
    } else {
        Err(Failure::passing("this ffmpeg cannot write H.264; install one with libx264"))
    }
}
