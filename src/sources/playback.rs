//! A file played as a camera: at its own rate, over and over.
//!
//! It knows nothing of how files are read; a file that cannot be read is tried again, because it may be on a disk that
//! comes back.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use crate::domain::{BlindReason, Picture, PixelFormat, RgbPicture};
use crate::sources::thread::StopSignal;
use crate::sources::{FileError, FileInfo, FileReader, Sink, SourceInfo};

/// How long to wait before a file that could not be read is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// When decoding is late by more than this, the clock is set anew instead of rushing through what was missed.
const MOST_LATENESS: Duration = Duration::from_millis(500);
/// Rates outside make no sense for a camera: a file that claims them is played at the nearer end.
const FPS: std::ops::RangeInclusive<f64> = 0.1..=120.0;

/// Plays the file until told to stop.
pub(super) fn run(path: &Path, sink: &mut dyn Sink, stop: &StopSignal) {
    play(path, sink, stop, || FileReader::open(path, None));
}

/// What is played: a reader of files, or a test's own pictures.
trait Reel {
    fn info(&self) -> &FileInfo;
    fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError>;
}

impl Reel for FileReader {
    fn info(&self) -> &FileInfo {
        Self::info(self)
    }
    fn read(&mut self, frame: &mut RgbPicture) -> Result<bool, FileError> {
        Self::read(self, frame)
    }
}

fn play<R: Reel>(path: &Path, sink: &mut dyn Sink, stop: &StopSignal, mut open: impl FnMut() -> Result<R, FileError>) {
    sink.blind(BlindReason::Starting);
    let mut clock = Clock { due: Instant::now() };
    let mut told: Option<BlindReason> = Some(BlindReason::Starting);
    while !stop.is_set() {
        let fault = match open() {
            Ok(mut reel) => play_once(path, &mut reel, sink, stop, &mut clock, &mut told),
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
    let interval = Duration::from_secs_f64(1.0 / fps);
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
        if stop.wait_until(clock.next(Instant::now(), interval)) {
            return None;
        }
        let (width, height) = (frame.width, frame.height);
        if told.take().is_some() {
            sink.opened(&source_info(path, width, height, fps));
        }
        let bytes = Bytes::from(std::mem::take(&mut frame.data));
        sink.picture(Picture::Raw { width, height, format: PixelFormat::Rgb, bytes }, SystemTime::now().into());
        shown += 1;
    }
}

fn source_info(path: &Path, width: u32, height: u32, fps: f64) -> SourceInfo {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    #[expect(clippy::cast_possible_truncation, reason = "a rate between 0.1 and 120")]
    let fps = fps as f32;
    SourceInfo { name, width, height, fps, format: "file".to_owned() }
}

/// Says when each picture is due. It runs on through the seam from the last picture to the first.
struct Clock {
    due: Instant,
}

impl Clock {
    /// When the next picture is due, and `interval` later the one after it.
    fn next(&mut self, now: Instant, interval: Duration) -> Instant {
        if now > self.due + MOST_LATENESS {
            self.due = now;
        }
        let due = self.due;
        self.due += interval;
        due
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
    }

    impl Greys {
        fn new(count: u8) -> Self {
            let info = FileInfo { width: 2, height: 1, fps: 120.0, frames: Some(count.into()) };
            Self { info, next: 0, count, breaks_at: None }
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
        let mut clock = Clock { due: start };
        assert_eq!(clock.next(start, interval), start);
        assert_eq!(clock.next(start + Duration::from_millis(10), interval), start + interval);
        assert_eq!(clock.next(start + Duration::from_millis(90), interval), start + 2 * interval);
        let late = start + Duration::from_secs(5);
        assert_eq!(clock.next(late, interval), late);
        assert_eq!(clock.next(late, interval), late + interval);
    }
}
