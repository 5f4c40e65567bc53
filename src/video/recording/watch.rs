//! Looks at every frame of a video once: where something moves, and small pictures for the strip.

use std::path::Path;
use std::time::Duration;

use crate::codec;
use crate::domain::{Missing, MovingSpan, RgbPicture, Strip, Timestamp};
use crate::jobs::{Attempt, Failure};
use crate::motion::Detector;
use crate::pipeline::{EndedEvent, EventMachine};
use crate::sources::FileReader;
use crate::sources::files::FileError;
use crate::video::Tools;
use crate::video::recording::span;
use crate::video::recording::task::Look;

/// Most small pictures, and how many stand in a row.
const MOST_PICTURES: u64 = 100;
const COLUMNS: u32 = 10;
/// Shortest time between two of them.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest side of one in pixels.
const SIDE: u32 = 160;
const QUALITY: u8 = 75;
/// Seconds at the start in which nothing is reported: the camera was running long before the first frame of a recording.
const WARM_UP_SECS: f32 = 0.2;

/// A time without a picture that is told: so long, and so many times as long as from one frame to the next in the mean. Cameras
/// make pauses of their own; in a recording that is known to be damaged a shorter one is where something was lost.
const LONG_GAP: Duration = Duration::from_millis(1500);
const GAP_WHERE_DAMAGED: Duration = Duration::from_millis(250);
const GAP_FRAMES: u32 = 5;
/// Most of them that are told.
const MOST_GAPS: usize = 100;

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub width: u32,
    pub height: u32,
    pub frames: u64,
    pub events: Vec<MovingSpan>,
    /// The strip and its JPEG.
    pub strip: Option<(Strip, Vec<u8>)>,
    pub missing: Vec<Missing>,
}

/// Looks at a video that plays for `lasts`, made of a recording of which may be known that it is damaged. What cannot be decoded
/// ends it, and is told.
pub(super) fn watch(
    tools: &Tools,
    path: &Path,
    (lasts, is_damaged): (Duration, bool),
    look: &Look,
    attempt: &Attempt,
) -> Result<Seen, Failure> {
    let over = || Failure::passing("it was stopped");
    let motion_failed = |error: FileError| Missing::Motion { why: error.to_string() };
    let mut file = match FileReader::open_unless(path, None, &|| attempt.is_over()) {
        Err(_) if attempt.is_over() => return Err(over()),
        Err(error @ FileError::NoFfmpeg) => {
            tools.doubt();
            return Err(Failure::outside(error.to_string()));
        }
        Err(error) => {
            tools.still_works()?;
            return Ok(Seen { missing: vec![motion_failed(error)], ..Seen::default() });
        }
        Ok(file) => file,
    };
    let mut motion = look.motion.clone();
    motion.warm_up_secs = motion.warm_up_secs.min(WARM_UP_SECS);
    let (mut detector, mut machine) = (Detector::new(&motion), EventMachine::new(&look.event));
    let mut seen = Seen::default();
    let mut pictures = Pictures::new(lasts);
    let mut frame = RgbPicture::default();
    let (mut last, mut gaps) = (Timestamp::default(), Vec::new());
    let shortest_gap = if is_damaged { GAP_WHERE_DAMAGED } else { LONG_GAP };
    loop {
        if attempt.is_over() {
            return Err(over());
        }
        match file.read(&mut frame) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tools.still_works()?;
                seen.missing.push(motion_failed(error));
                break;
            }
        }
        let detection = detector.detect(&frame, file.seconds());
        let now = at(file.seconds());
        if now.since(last) >= shortest_gap && gaps.len() < MOST_GAPS {
            gaps.push((last, now));
        }
        last = now;
        let step = machine.push(last, file.number(), detection.verdict.into(), detection.score);
        seen.events.extend(step.ended.as_ref().map(moving));
        pictures.take(&frame, last);
        (seen.width, seen.height) = (frame.width, frame.height);
        seen.frames += 1;
        let share = file.seconds() / lasts.as_secs_f64().max(0.001);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        attempt.tell(span(0.42, 0.98, share as f32), "looking for motion");
    }
    seen.events.extend(machine.finish(last).as_ref().map(moving));
    let usual = lasts / u32::try_from(seen.frames.max(1)).unwrap_or(u32::MAX);
    let holes = gaps.into_iter().filter(|(from, to)| to.since(*from) > usual * GAP_FRAMES);
    seen.missing.extend(holes.map(|(from, to)| Missing::Gap { from_ms: millis(from), to_ms: millis(to) }));
    seen.missing.extend(file.warnings().into_iter().map(|why| Missing::Damaged { why }));
    seen.strip = pictures.strip();
    Ok(seen)
}

/// Seconds of a file as a point in time, for the event machine.
fn at(seconds: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "no recording is 300 million years long, and it saturates")]
    let millis = (seconds * 1e3).round() as i64;
    Timestamp::from_millis(millis)
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(0)
}

fn moving(event: &EndedEvent) -> MovingSpan {
    MovingSpan {
        start_ms: millis(event.span.start.at),
        end_ms: millis(event.end.at),
        peak_ms: millis(event.span.peak.at),
        score: event.span.peak_score,
    }
}

/// Small pictures at equal distances.
struct Pictures {
    every_ms: u64,
    most: u64,
    taken: Vec<RgbPicture>,
}

impl Pictures {
    fn new(lasts: Duration) -> Self {
        let every = SHORTEST.max(lasts / u32::try_from(MOST_PICTURES).unwrap_or(1));
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX).max(1);
        Self { every_ms, most: MOST_PICTURES, taken: Vec::new() }
    }

    /// Takes a frame for every place that is due; where frames are rarer than places the same one stands in several.
    fn take(&mut self, frame: &RgbPicture, at: Timestamp) {
        let due = u64::try_from(at.as_millis()).unwrap_or(0) / self.every_ms + 1;
        if self.taken.len() as u64 >= due.min(self.most) {
            return;
        }
        let mut small = RgbPicture::default();
        codec::fit(frame, SIDE, SIDE, &mut small);
        // Up to this one the frame before was shown.
        let before = self.taken.last().unwrap_or(&small).clone();
        while (self.taken.len() as u64) + 1 < due.min(self.most) {
            self.taken.push(before.clone());
        }
        self.taken.push(small);
    }

    fn strip(self) -> Option<(Strip, Vec<u8>)> {
        let (width, height) = self.taken.first().map(|first| (first.width, first.height))?;
        let count = u32::try_from(self.taken.len()).ok()?;
        let columns = count.min(COLUMNS);
        let mut all = RgbPicture { width: columns * width, height: count.div_ceil(columns) * height, data: Vec::new() };
        all.data.resize(all.width as usize * all.height as usize * 3, 0);
        let row_bytes = width as usize * 3;
        for (number, picture) in self.taken.iter().enumerate() {
            let (column, row) = (number % columns as usize, number / columns as usize);
            for (y, line) in picture.data.chunks_exact(row_bytes).enumerate() {
                let start = ((row * height as usize + y) * all.width as usize + column * width as usize) * 3;
                all.data[start..start + row_bytes].copy_from_slice(line);
            }
        }
        let jpeg = codec::encode_jpeg(&all, QUALITY).ok()?;
        Some((Strip { columns, count, width, height, every_ms: self.every_ms }, jpeg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Picture, PictureFormat};

    fn grey(level: u8) -> RgbPicture {
        RgbPicture { width: 320, height: 240, data: vec![level; 320 * 240 * 3] }
    }

    #[test]
    fn the_strip_holds_a_picture_for_every_second_in_its_place() {
        let mut pictures = Pictures::new(Duration::from_secs(13));
        // One frame in two seconds: each stands for two.
        for second in (0..13_u8).step_by(2) {
            pictures.take(&grey(second * 20), Timestamp::from_millis(i64::from(second) * 1000));
        }
        let (strip, jpeg) = pictures.strip().unwrap();
        assert_eq!(strip, Strip { columns: 10, count: 13, width: 160, height: 120, every_ms: 1000 });
        let bytes = jpeg.into();
        let picture = Picture::Encoded { width: 1600, height: 240, format: PictureFormat::Jpeg, bytes };
        let all = codec::decode(&picture).unwrap();
        let level = |second: usize| {
            let (x, y) = (second % 10 * 160 + 80, second / 10 * 120 + 60);
            i32::from(all.data[(y * 1600 + x) * 3])
        };
        for second in 0..13 {
            let expected = i32::try_from(second / 2 * 40).unwrap();
            assert!((level(second) - expected).abs() < 4, "second {second}: {}", level(second));
        }
    }

    #[test]
    fn a_long_recording_has_no_longer_strip() {
        let hours = Pictures::new(Duration::from_hours(4));
        assert_eq!((hours.every_ms, hours.most), (144_000, 100));
    }
}
