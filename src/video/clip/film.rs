//! Makes the film of an order: of pictures, or of a part of a recording.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::encoder::{Encoder, H264, Plan, TRUE_TIMES, can_write};
use super::overlay::Overlay;
use crate::codec::{self, TrackCodec};
use crate::domain::{Picture, PictureFormat, RgbPicture, Timestamp};
use crate::jobs::{Attempt, Failure};
use crate::library::{ClipMade, ClipOrder};
use crate::sources::FileReader;
use crate::video::Tools;

/// Longest side of a film. What is larger is for photographs, and no phone plays it smoothly.
const MOST_SIDE: u32 = 1920;
/// Quality of pictures that are no JPEG on their way to ffmpeg.
const QUALITY: u8 = 95;
/// How long it may take to look at the film.
const COUNT_LIMIT: Duration = Duration::from_mins(10);
/// A recording has to show all of an event but for so much.
const TOLERANCE: Duration = Duration::from_secs(1);

/// A picture that is shown, and where it lies.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub at: Timestamp,
    /// As it is shown.
    pub size: (u32, u32),
    pub format: PictureFormat,
    /// How it is turned before it is shown ([`codec::orientation`]).
    pub orientation: u8,
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

impl Shot {
    /// The picture that these bytes begin, or are; where they lie the caller knows. `None`: they are none.
    pub fn of(head: &[u8], at: Timestamp, (path, offset, length): (&Path, u64, u64)) -> Option<Self> {
        let (format, width, height) = codec::probe(head).ok()?;
        let orientation = codec::orientation(head);
        let size = if orientation >= 5 { (height, width) } else { (width, height) };
        Some(Self { at, size, format, orientation, path: path.to_owned(), offset, length })
    }
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

/// A film of pictures, with what is drawn on them.
pub(super) fn make(
    tools: &Tools,
    reel: &Reel,
    overlay: Option<Overlay>,
    to: &Path,
    attempt: &Attempt,
) -> Result<ClipMade, Failure> {
    let size = reel.size();
    let (width, height) = size;
    let Some(first) = reel.shots.first() else {
        return Ok(ClipMade { frames: 0, started_at: reel.begins(), duration_ms: 0, width, height, has_sound: false });
    };
    let bytes: u64 = reel.shots.iter().map(|shot| shot.length).sum();
    let (codec, from) = if overlay.is_some() { (TrackCodec::Rgba, size) } else { (TrackCodec::Jpeg, first.size) };
    let most_bytes = bytes.saturating_mul(4).saturating_add(64_000_000);
    let mut encoder = Encoder::begin(tools, &Plan { codec, from, size, sound: None, most_bytes }, to, attempt)?;
    let mut easel = Easel { overlay, size, pixels: RgbPicture::default(), open: None };
    for (number, shot) in reel.shots.iter().enumerate() {
        // One that is damaged shows nothing.
        if let Some(picture) = easel.picture(shot)? {
            encoder.put(reel.shown_at(number), &picture)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        attempt.tell(0.9 * number as f32 / reel.shots.len() as f32, "making the film");
    }
    encoder.end()?;
    looked_at(tools, to, reel.begins(), attempt)
}

/// Makes pictures ready for ffmpeg.
struct Easel {
    overlay: Option<Overlay>,
    size: (u32, u32),
    pixels: RgbPicture,
    /// The file that was read last stays open.
    open: Option<(PathBuf, File)>,
}

impl Easel {
    /// A picture as it goes into the film; nothing when it is none.
    fn picture(&mut self, shot: &Shot) -> Result<Option<Vec<u8>>, Failure> {
        let bytes =
            read(&mut self.open, shot).map_err(|error| Failure::passing(format!("a frame cannot be read: {error}")))?;
        // Not every ffmpeg turns a picture as its Exif says.
        if self.overlay.is_none() && shot.format == PictureFormat::Jpeg && shot.orientation == 1 {
            return Ok(Some(bytes));
        }
        let (width, height) = shot.size;
        let picture = Picture::Encoded { width, height, format: shot.format, bytes: bytes.into() };
        if codec::decode_into(&picture, &mut self.pixels).is_err() {
            return Ok(None);
        }
        codec::turn(&mut self.pixels, shot.orientation);
        Ok(match &mut self.overlay {
            Some(overlay) => Some(overlay.frame(&self.pixels, self.size, shot.at, shot.orientation).to_vec()),
            None => codec::encode_jpeg(&self.pixels, QUALITY).ok(),
        })
    }
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
    let facts = tools.ffmpeg().probe(recording, false, COUNT_LIMIT, &stopped).map_err(|error| tools.failure(&error))?;
    let told = order.of_lasts_ms.map(Duration::from_millis);
    let lasts = facts.duration.or(told).unwrap_or_default();
    let (from, ends) = (order.from.max(began_at), order.to.unwrap_or(order.from).min(began_at.plus(lasts)));
    let wanted = order.to.unwrap_or(order.from).since(order.from);
    let Some(video) = facts.video.filter(|_| ends.since(from) + TOLERANCE >= wanted) else {
        return Err(Failure::lasting("the recording does not show all of the event"));
    };
    let found = can_write(tools)?;
    let (width, height) = fitting((video.width, video.height));
    let seconds = |span: Duration| format!("{:.3}", span.as_secs_f64());
    let filter = format!("scale={width}:{height}:out_range=tv,setsar=1,format=yuv420p");
    let call = tools.ffmpeg().call(tools.limits()).args(["-ss", &seconds(from.since(began_at))]).input(recording);
    let call =
        call.args(["-t", &seconds(ends.since(from)), "-map", "0:v:0", "-vf", &filter]).args(H264).args(TRUE_TIMES);
    // What is drawn on is written once more.
    let call = if order.draw.any() { call.args(["-crf", "16"]) } else { call };
    let call = if found.aac && facts.sound.is_some() {
        call.args(["-map", "0:a:0", "-c:a", "aac", "-b:a", "96k"])
    } else {
        call.args(["-an"])
    };
    let all = ends.since(from).as_secs_f32().max(0.001);
    let progress = |at: Duration| attempt.tell(0.9 * at.as_secs_f32() / all, "cutting the recording");
    call.output(to).run(&progress, &stopped).map_err(|error| tools.failure(&error))?;
    let made = looked_at(tools, to, from, attempt)?;
    // It may end earlier than was told.
    if Duration::from_millis(made.duration_ms) + TOLERANCE < wanted {
        return Err(Failure::lasting("the recording does not show all of the event"));
    }
    Ok(made)
}

/// A film anew with something drawn on it, and its sound. Its first frame was taken at `started_at`.
pub(super) fn draw_on(
    tools: &Tools,
    without: &Path,
    started_at: Timestamp,
    mut overlay: Overlay,
    to: &Path,
    attempt: &Attempt,
) -> Result<ClipMade, Failure> {
    let unread = |error: crate::sources::FileError| Failure::passing(error.to_string());
    let mut file = FileReader::open_unless(without, None, &|| attempt.is_over()).map_err(unread)?;
    let size = fitting((file.info().width, file.info().height));
    let bytes = std::fs::metadata(without).map_err(|error| Failure::passing(error.to_string()))?.len();
    let most_bytes = bytes.saturating_mul(8).saturating_add(64_000_000);
    let plan = Plan { codec: TrackCodec::Rgba, from: size, size, sound: Some(without), most_bytes };
    let mut encoder = Encoder::begin(tools, &plan, to, attempt)?;
    let (mut frame, frames) = (RgbPicture::default(), file.info().frames.unwrap_or(1).max(1));
    while file.read(&mut frame).map_err(unread)? {
        let at = Duration::try_from_secs_f64(file.seconds()).unwrap_or_default();
        let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        encoder.put(millis, overlay.frame(&frame, size, started_at.plus(at), 1))?;
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        attempt.tell(0.5 + 0.4 * (file.number() as f32 / frames as f32).min(1.0), "drawing on the film");
    }
    encoder.end()?;
    looked_at(tools, to, started_at, attempt)
}

/// What was made is looked at before anybody sees it.
pub(super) fn looked_at(
    tools: &Tools,
    film: &Path,
    started_at: Timestamp,
    attempt: &Attempt,
) -> Result<ClipMade, Failure> {
    let stopped = || attempt.is_over();
    attempt.tell(0.92, "looking at the film");
    let facts = tools.ffmpeg().probe(film, true, COUNT_LIMIT, &stopped).map_err(|error| tools.failure(&error))?;
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

/// Even sides, none longer than a film's.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    let longest = width.max(height).max(1);
    let share = f64::from(MOST_SIDE.min(longest)) / f64::from(longest);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1920")]
    let even = |side: u32| ((f64::from(side) * share / 2.0).round() as u32).max(1) * 2;
    (even(width), even(height))
}

/// The bytes of a picture.
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
