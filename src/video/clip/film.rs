//! Makes the film: H.264 in an MP4 that plays everywhere, each frame at its own time.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::codec::{MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::Timestamp;
use crate::ffmpeg::{FfmpegError, Limits};
use crate::jobs::{Attempt, Failure};
use crate::library::{ClipMade, ClipOrder};
use crate::video::Tools;

/// Longest side of a film. What is larger is for photographs, and no phone plays it smoothly.
const MOST_SIDE: u32 = 1920;
/// How long a film may take to be ended once all its frames are there: its index is moved to the front then.
const END_LIMIT: Duration = Duration::from_mins(5);
/// How long it may take to look at the film.
const COUNT_LIMIT: Duration = Duration::from_mins(10);
/// A recording has to show all of an event but for so much.
const TOLERANCE: Duration = Duration::from_secs(1);

/// H.264 as everybody plays it. No frame stands for another that comes later: a player that goes by the order of the frames
/// alone would else end before the last ones.
const H264: [&str; 14] = [
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
/// Each frame at the millisecond at which it was taken.
const TRUE_TIMES: [&str; 6] =
    ["-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-video_track_timescale", "1000"];

/// A picture that is shown, and where it lies.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub at: Timestamp,
    pub size: (u32, u32),
    pub path: PathBuf,
    pub offset: u64,
    pub length: u64,
}

/// The pictures of a film in their order.
#[derive(Debug, Default)]
pub(super) struct Reel {
    pub shots: Vec<Shot>,
    /// How long each is shown; `None`: until the next was taken.
    pub times: Option<Duration>,
}

impl Reel {
    fn begins(&self) -> Timestamp {
        self.shots.first().map_or_else(Timestamp::default, |shot| shot.at)
    }

    /// When the picture of this number is shown, in milliseconds.
    fn shown_at(&self, number: usize) -> i64 {
        match self.times {
            None => self.shots[number].at.as_millis() - self.begins().as_millis(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "minutes in milliseconds")]
            Some(each) => (each.as_secs_f64() * 1000.0 * number as f64).round() as i64,
        }
    }

    /// One size for all: that of the largest, with even sides, not longer than a film's.
    fn size(&self) -> (u32, u32) {
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        fitting(self.shots.iter().map(|shot| shot.size).max_by_key(|size| area(*size)).unwrap_or((2, 2)))
    }
}

/// A film of pictures.
pub(super) fn make(tools: &Tools, reel: &mut Reel, to: &Path, attempt: &Attempt) -> Result<ClipMade, Failure> {
    let (width, height) = reel.size();
    let nothing = ClipMade { frames: 0, started_at: reel.begins(), duration_ms: 0, width, height, has_sound: false };
    if reel.shots.is_empty() {
        return Ok(nothing);
    }
    can_write(tools)?;
    let stopped = || attempt.is_over();
    let bytes: u64 = reel.shots.iter().map(|shot| shot.length).sum();
    let limits = Limits { output_bytes: bytes.saturating_mul(4).saturating_add(64_000_000), ..tools.limits() };
    let filter = format!(
        "scale={width}:{height}:force_original_aspect_ratio=decrease:out_range=tv,\
         pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
    );
    let call = tools.ffmpeg().call(limits).fed("matroska").args(["-vf", &filter, "-an"]).args(H264).args(TRUE_TIMES);
    let mut feed = call.output(to).start().map_err(|error| failed(tools, &error))?;
    let track = VideoTrack {
        codec: TrackCodec::Jpeg,
        width: reel.shots[0].size.0,
        height: reel.shots[0].size.1,
        began_at: reel.begins().as_millis(),
    };
    let (mut writer, mut open): (_, Option<(PathBuf, File)>) = (MatroskaWriter::default(), None);
    feed.write(&MatroskaWriter::begin(&track), &stopped).map_err(|error| failed(tools, &error))?;
    for (number, shot) in reel.shots.iter().enumerate() {
        let picture =
            read(&mut open, shot).map_err(|error| Failure::passing(format!("a frame cannot be read: {error}")))?;
        let head = writer.block(reel.shown_at(number), picture.len());
        for bytes in [head, picture] {
            feed.write(&bytes, &stopped).map_err(|error| failed(tools, &error))?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        attempt.tell(0.9 * number as f32 / reel.shots.len() as f32, "making the film");
    }
    feed.close(END_LIMIT).map_err(|error| failed(tools, &error))?;
    looked_at(tools, to, reel.begins(), attempt)
}

/// The part of a recording that shows an event, with its sound. Fails for good when the recording does not show all of it.
pub(super) fn cut(
    tools: &Tools,
    recording: &Path,
    order: &ClipOrder,
    to: &Path,
    attempt: &Attempt,
) -> Result<ClipMade, Failure> {
    let stopped = || attempt.is_over();
    let began_at = order.of_began_at.unwrap_or(order.from);
    let facts = tools.ffmpeg().probe(recording, false, COUNT_LIMIT, &stopped).map_err(|error| failed(tools, &error))?;
    let lasts = facts.duration.unwrap_or_default();
    let (from, ends) = (order.from.max(began_at), order.to.unwrap_or(order.from).min(began_at.plus(lasts)));
    let wanted = order.to.unwrap_or(order.from).since(order.from);
    let Some(video) = facts.video.filter(|_| ends.since(from) + TOLERANCE >= wanted) else {
        return Err(Failure::lasting("the recording does not show all of the event"));
    };
    let found = can_write(tools)?;
    let (width, height) = fitting((video.width, video.height));
    let seconds = |span: Duration| format!("{:.3}", span.as_secs_f64());
    let filter = format!("scale={width}:{height}:out_range=tv,setsar=1,format=yuv420p");
    let limits = tools.limits();
    let call = tools.ffmpeg().call(limits).args(["-ss", &seconds(from.since(began_at))]).input(recording);
    let call =
        call.args(["-t", &seconds(ends.since(from)), "-map", "0:v:0", "-vf", &filter]).args(H264).args(TRUE_TIMES);
    let call = if found.aac && facts.sound.is_some() {
        call.args(["-map", "0:a:0", "-c:a", "aac", "-b:a", "96k"])
    } else {
        call.args(["-an"])
    };
    let all = ends.since(from).as_secs_f32().max(0.001);
    let progress = |at: Duration| attempt.tell(0.9 * at.as_secs_f32() / all, "cutting the recording");
    call.output(to).run(&progress, &stopped).map_err(|error| failed(tools, &error))?;
    looked_at(tools, to, from, attempt)
}

/// What was made is looked at before anybody sees it.
fn looked_at(tools: &Tools, film: &Path, started_at: Timestamp, attempt: &Attempt) -> Result<ClipMade, Failure> {
    let stopped = || attempt.is_over();
    attempt.tell(0.92, "looking at the film");
    let facts = tools.ffmpeg().probe(film, true, COUNT_LIMIT, &stopped).map_err(|error| failed(tools, &error))?;
    let video = facts.video.filter(|video| video.packets.is_some_and(|packets| packets > 0));
    let video = video.ok_or_else(|| Failure::lasting("not one frame of it could be shown"))?;
    Ok(ClipMade {
        frames: video.packets.unwrap_or_default(),
        started_at,
        duration_ms: facts.duration.map_or(0, |lasts| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX)),
        width: video.width,
        height: video.height,
        has_sound: facts.sound.is_some(),
    })
}

fn can_write(tools: &Tools) -> Result<crate::ffmpeg::Found, Failure> {
    let found = tools.found().map_err(Failure::passing)?;
    if found.h264 {
        Ok(found)
    } else {
        Err(Failure::passing("this ffmpeg cannot write H.264; install one with libx264"))
    }
}

fn failed(tools: &Tools, error: &FfmpegError) -> Failure {
    if matches!(error, FfmpegError::Missing | FfmpegError::NotStarted(_)) {
        tools.doubt();
    }
    Failure { why: error.to_string(), passes: error.passes() }
}

/// Even sides, none longer than a film's.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    let longest = width.max(height).max(1);
    let share = f64::from(MOST_SIDE.min(longest)) / f64::from(longest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1920")]
    let even = |side: u32| ((f64::from(side) * share / 2.0).round() as u32).max(1) * 2;
    (even(width), even(height))
}

/// The bytes of a picture. The file that was read last stays open.
fn read(open: &mut Option<(PathBuf, File)>, shot: &Shot) -> std::io::Result<Vec<u8>> {
    if open.as_ref().is_none_or(|(path, _)| *path != shot.path) {
        *open = Some((shot.path.clone(), File::open(&shot.path)?));
    }
    let mut bytes = vec![0; usize::try_from(shot.length).map_err(std::io::Error::other)?];
    if let Some((_, file)) = open {
        file.seek(SeekFrom::Start(shot.offset))?;
        file.read_exact(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_of_a_film_is_even_and_not_too_long() {
        for (size, expected) in [
            ((640, 480), (640, 480)),
            ((641, 481), (642, 482)),
            ((1920, 1080), (1920, 1080)),
            ((4032, 3024), (1920, 1440)),
            ((1080, 2400), (864, 1920)),
            ((8192, 16), (1920, 4)),
            ((1, 1), (2, 2)),
        ] {
            assert_eq!(fitting(size), expected, "{size:?}");
        }
    }
}
