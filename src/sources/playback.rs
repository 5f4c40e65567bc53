//! A file played as a camera: at its own rate, over and over.
//!
//! It knows nothing of how files are read; a file that cannot be read is tried again, because it may be on a disk that
//! comes back.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use crate::codec;
use crate::domain::{BlindReason, Picture, PixelFormat, RgbPicture};
use crate::sources::thread::StopSignal;
use crate::sources::{FileError, FileInfo, FileReader, Sink, SourceInfo};

/// How long to wait before a file that could not be read is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How long to wait at least from one opening to the next, however short the file is: opening starts two programs.
const REOPENING: Duration = Duration::from_secs(1);
/// When decoding is late by more than this, the clock is set anew instead of rushing through what was missed.
const MOST_LATENESS: Duration = Duration::from_millis(500);
/// Rates outside make no sense for a camera: where a file asks for them, it is played at the nearer end.
const FPS: std::ops::RangeInclusive<f64> = 0.1..=120.0;

/// Plays the file until told to stop.
pub(super) fn run(path: &Path, sink: &mut dyn Sink, stop: &StopSignal) {
    play(path, sink, stop, || FileReader::open_unless(path, None, &|| stop.is_set()));
}

/// What is played: a reader of files, or a test's own pictures.
trait Reel {
    fn info(&self) -> &FileInfo;
    fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError>;
    /// Of the frame that was read last: seconds since the first.
    fn seconds(&self) -> f64;
    /// Of the frame that was read last: as the file holds it, if that is a picture.
    fn original(&self) -> Option<&Bytes>;
    fn warnings(&self) -> Vec<String>;
}

impl Reel for FileReader {
    fn info(&self) -> &FileInfo {
        Self::info(self)
    }
    fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError> {
        Self::read(self, frame)
    }
    fn seconds(&self) -> f64 {
        Self::seconds(self)
    }
    fn original(&self) -> Option<&Bytes> {
        Self::original(self)
    }
    fn warnings(&self) -> Vec<String> {
        Self::warnings(self)
    }
}

fn play<R: Reel>(path: &Path, sink: &mut dyn Sink, stop: &StopSignal, mut open: impl FnMut() -> Result<R, FileError>) {
    sink.blind(BlindReason::Starting);
    let mut clock = Clock { due: None };
    let mut opened: Option<Instant> = None;
    let mut warned = Vec::new();
    let mut told: Option<BlindReason> = Some(BlindReason::Starting);
    while !stop.is_set() {
        if opened.is_some_and(|at| stop.wait_until(at + REOPENING)) {
            return;
        }
        opened = Some(Instant::now());
        let fault = match open() {
            Ok(mut reel) => {
                let fault = play_once(path, &mut reel, sink, stop, &mut clock, &mut told);
                for warning in reel.warnings() {
                    if !warned.contains(&warning) {
                        tracing::warn!("{}: {warning}", path.display());
                        warned.push(warning);
                    }
                }
                fault
            }
            Err(_) if stop.is_set() => return,
            Err(error) => Some(error.to_string()),
        };
        let Some(fault) = fault else { continue };
        let reason = BlindReason::File(fault);
        if told.as_ref() != Some(&reason) {
            sink.blind(reason.clone());
            told = Some(reason);
        }
        if stop.wait(RETRY) {
            return;
        }
    }
}

/// From the first picture to the last. Says what went wrong, if anything did. `told` is why it is blind, `None` while
/// pictures come.
fn play_once(
    path: &Path,
    reel: &mut impl Reel,
    sink: &mut dyn Sink,
    stop: &StopSignal,
    clock: &mut Clock,
    told: &mut Option<BlindReason>,
) -> Option<String> {
    let fps = reel.info().fps.clamp(*FPS.start(), *FPS.end());
    let fps = if fps.is_nan() { 25.0 } else { fps };
    let mut seconds = -1.0 / fps;
    let mut frame = RgbPicture::default();
    let mut shown = 0_u64;
    loop {
        match reel.read(&mut frame) {
            Ok(true) => {}
            Ok(false) if shown == 0 => {
                return Some(format!("{} holds no pictures; choose another file", path.display()));
            }
            Ok(false) => return None,
            Err(error) => return Some(error.to_string()),
        }
        // A rate that varies is kept: the times of the frames are what counts, and the mean only at the seam.
        let since_last = (reel.seconds() - seconds).clamp(1.0 / FPS.end(), 1.0 / FPS.start());
        seconds = reel.seconds();
        if stop.wait_until(clock.next(Instant::now(), Duration::from_secs_f64(since_last))) {
            return None;
        }
        let picture = picture(reel.original(), &mut frame);
        let (width, height) = (picture.width(), picture.height());
        if told.take().is_some() {
            sink.opened(&source_info(path, width, height, fps));
        }
        sink.picture(picture, SystemTime::now().into());
        shown += 1;
    }
}

/// As the file holds it, so that it can be kept so; else its pixels, which are taken out of `frame`.
fn picture(original: Option<&Bytes>, frame: &mut RgbPicture) -> Picture {
    if let Some(bytes) = original
        && let Ok((format, width, height)) = codec::probe(bytes)
    {
        return Picture::Encoded { width, height, format, bytes: bytes.clone() };
    }
    let (width, height) = (frame.width, frame.height);
    Picture::Raw { width, height, format: PixelFormat::Rgb, bytes: std::mem::take(&mut frame.data).into() }
}

fn source_info(path: &Path, width: u32, height: u32, fps: f64) -> SourceInfo {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    #[expect(clippy::cast_possible_truncation, reason = "a rate between 0.1 and 120")]
    let fps = fps as f32;
    SourceInfo { name, width, height, fps, format: "file".to_owned() }
}

/// Says when each picture is due. It runs on through the seam from the last picture to the first.
struct Clock {
    /// When the last one was.
    due: Option<Instant>,
}

impl Clock {
    /// When the next picture is due: so long after the last one, the first at once.
    fn next(&mut self, now: Instant, since_last: Duration) -> Instant {
        let due = self.due.map_or(now, |last| last + since_last);
        let due = if now > due + MOST_LATENESS { now } else { due };
        *self.due.insert(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::thread::tests::{Heard, Notebook, signal};

    /// Grey pictures of two pixels, from `next` to `count - 1`.
    struct Greys {
        info: FileInfo,
        next: u8,
        count: u8,
        breaks_at: Option<u8>,
        /// Each picture as its file holds it.
        original: Option<Bytes>,
        seconds: fn(u8) -> f64,
    }

    impl Greys {
        fn new(count: u8) -> Self {
            let info = FileInfo { width: 2, height: 1, fps: 120.0, frames: Some(count.into()), is_counted: true };
            Self { info, next: 0, count, breaks_at: None, original: None, seconds: |n| f64::from(n) / 120.0 }
        }
    }

    impl Reel for Greys {
        fn info(&self) -> &FileInfo {
            &self.info
        }
        fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError> {
            if self.breaks_at == Some(self.next) {
                return Err(FileError::Read { path: "clip".into(), why: "it is damaged".into() });
            }
            if self.next == self.count {
                return Ok(false);
            }
            *frame = RgbPicture { width: 2, height: 1, data: vec![self.next; 6] };
            self.next += 1;
            Ok(true)
        }
        fn seconds(&self) -> f64 {
            (self.seconds)(self.next - 1)
        }
        fn original(&self) -> Option<&Bytes> {
            self.original.as_ref()
        }
        fn warnings(&self) -> Vec<String> {
            Vec::new()
        }
    }

    /// Plays until `enough` was heard, and gives it as short words.
    fn heard(enough: usize, mut open: impl FnMut() -> Result<Greys, FileError> + Send + 'static) -> Vec<String> {
        let notebook = Notebook::default();
        let (stop, signal) = signal();
        let player = {
            let mut sink = notebook.clone();
            std::thread::spawn(move || play(Path::new("/clips/street.mp4"), &mut sink, &signal, &mut open))
        };
        let begin = Instant::now();
        while notebook.heard().len() < enough && begin.elapsed() < Duration::from_secs(20) {
            std::thread::yield_now();
        }
        drop(stop);
        player.join().unwrap();
        let mut words: Vec<_> = notebook.heard().iter().map(words).collect();
        words.truncate(enough);
        words
    }

    fn words(heard: &Heard) -> String {
        match heard {
            Heard::Opened(info) => format!("opened {} {}x{}", info.name, info.width, info.height),
            Heard::Picture(picture) => picture.bytes()[0].to_string(),
            Heard::Blind(reason) => reason.to_string(),
        }
    }

    #[test]
    fn it_begins_again_at_the_end_without_being_opened_anew_for_the_viewer() {
        let words = heard(9, || Ok(Greys::new(3)));
        assert_eq!(words, ["starting", "opened street.mp4 2x1", "0", "1", "2", "0", "1", "2", "0"]);
    }

    #[test]
    fn what_is_a_picture_already_comes_byte_for_byte() {
        let pixels = RgbPicture { width: 2, height: 1, data: vec![9; 6] };
        let jpeg = Bytes::from(codec::encode_jpeg(&pixels, 80).unwrap());
        let mut frame = RgbPicture::default();
        let Picture::Encoded { width: 2, height: 1, bytes, .. } = picture(Some(&jpeg), &mut frame) else { panic!() };
        assert_eq!(bytes, jpeg);
        let words = heard(3, move || Ok(Greys { original: Some(jpeg.clone()), ..Greys::new(1) }));
        assert_eq!(words, ["starting", "opened street.mp4 2x1", "255"], "the first byte of a JPEG");
    }

    #[test]
    fn frames_of_a_variable_rate_keep_their_times_and_a_short_file_is_not_opened_all_the_time() {
        let begin = Instant::now();
        let times: fn(u8) -> f64 = |n| [0.0, 0.01, 0.41][usize::from(n)];
        heard(5, move || Ok(Greys { seconds: times, ..Greys::new(3) }));
        assert!(begin.elapsed() >= Duration::from_millis(400), "the pause");
        heard(6, || Ok(Greys::new(1)));
        assert!(begin.elapsed() >= Duration::from_millis(400) + 3 * REOPENING, "four openings");
    }

    #[test]
    fn a_file_that_cannot_be_opened_says_why() {
        let words = heard(2, || Err(FileError::Open { path: "/clips/street.mp4".into(), why: "no such file".into() }));
        assert_eq!(words, ["starting", "failed to open /clips/street.mp4: no such file"]);
    }

    #[test]
    fn a_file_without_pictures_is_no_endless_loop() {
        let words = heard(2, || Ok(Greys::new(0)));
        assert_eq!(words, ["starting", "/clips/street.mp4 holds no pictures; choose another file"]);
    }

    #[test]
    fn a_file_that_breaks_in_the_middle_shows_what_it_has_and_then_says_why() {
        let words = heard(4, || Ok(Greys { breaks_at: Some(1), ..Greys::new(3) }));
        assert_eq!(words, ["starting", "opened street.mp4 2x1", "0", "failed to read clip: it is damaged"]);
    }

    #[test]
    fn pictures_are_due_one_interval_apart_and_a_long_delay_is_not_made_up_for() {
        let start = Instant::now();
        let interval = Duration::from_millis(40);
        let mut clock = Clock { due: None };
        assert_eq!(clock.next(start, interval), start);
        assert_eq!(clock.next(start + Duration::from_millis(10), interval), start + interval);
        assert_eq!(clock.next(start + Duration::from_millis(90), interval), start + 2 * interval);
        let late = start + Duration::from_secs(5);
        assert_eq!(clock.next(late, interval), late);
        assert_eq!(clock.next(late, interval), late + interval);
    }
}
