//! The local webcam: opened, watched, opened again.
//!
//! This thread talks to the sink and never to the device: a [`Reader`] does that, one for each opening. Here is decided
//! what its reports mean. Pictures are passed on as the camera wrote them, and nothing is decoded.

mod entropy;
mod fault;
mod jpeg;
mod ladder;
mod reader;
mod wanted;
mod watch;

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{after, select};

use self::ladder::{Format, Mode};
use self::reader::{Reader, Report, Shot};
use self::wanted::{Known, Wanted};
use self::watch::{Advice, Condition, Watch, back_off};
use crate::domain::{BlindReason, CameraChoice, Picture, PictureFormat, PixelFormat, Timestamp};
use crate::sources::thread::StopSignal;
use crate::sources::{Sink, SourceInfo, Webcam};

/// How often silence is looked at.
const TICK: Duration = Duration::from_millis(100);
/// A camera that takes longer to open is told to be stalled. It is not given up: a question for permission may stand on
/// the screen.
const SLOW_OPENING: Duration = Duration::from_millis(1200);
/// So long after a broken picture, each picture is looked at to its last bit.
const SUSPICION: Duration = Duration::from_secs(3);
/// How long a reader may take to let go of its camera before it is left behind.
const LETTING_GO: Duration = Duration::from_millis(500);
/// How long to wait after a reader was left behind, and at most, when many were.
const FIRST_HANG: Duration = Duration::from_secs(5);
const LONGEST_HANG: Duration = Duration::from_mins(5);

/// The webcams there are, in order of their number.
pub(super) fn list() -> Vec<Webcam> {
    system::list()
}

/// Gives the pictures of a webcam until told to stop.
pub(super) fn run(choice: CameraChoice, sink: &mut dyn Sink, stop: &StopSignal) {
    let mut teller = Teller { sink, told: None };
    teller.blind(BlindReason::Starting);
    let mut wanted = Wanted { choice, last: None, gone_for: Duration::ZERO, last_gave_nothing: false };
    let mut gone_since = Instant::now();
    let mut history = History::default();
    let mut left_behind = LeftBehind::default();
    let mut attempt = 0;
    loop {
        wanted.gone_for = gone_since.elapsed();
        let mut opening = Opening::new(Reader::start(wanted.clone()), history);
        let Outcome::Again(reason) = opening.follow(&mut teller, stop, attempt) else {
            opening.reader.end(LETTING_GO).ok();
            return;
        };
        if opening.webcam.is_some() {
            wanted.last = opening.webcam;
            wanted.last_gave_nothing = !opening.gave_pictures;
        }
        history = opening.history;
        if opening.gave_pictures {
            (attempt, history.remedies) = (0, 0);
            gone_since = Instant::now();
        }
        let reason = match reason {
            // It was there before: somebody pulled the plug.
            BlindReason::NotFound if wanted.last.is_some() => BlindReason::Unplugged,
            reason => reason,
        };
        teller.blind(reason.clone());
        left_behind.add(opening.reader.end(LETTING_GO));
        let wait = back_off(&reason, attempt).max(left_behind.back_off());
        attempt += 1;
        history.remedies += u32::from(matches!(reason, BlindReason::Frozen | BlindReason::Corrupt));
        history.suspicion = Some(reason);
        if stop.wait(wait) {
            return;
        }
    }
}

/// Readers that hang in a system call. Each holds a thread and perhaps the camera, so there must not be many.
#[derive(Default)]
struct LeftBehind(Vec<Reader>);

impl LeftBehind {
    fn add(&mut self, ended: Result<(), Reader>) {
        if let Err(reader) = ended {
            tracing::warn!("the webcam does not answer; what waits for it was left behind");
            self.0.push(reader);
        }
    }

    /// The more hang, the longer the next try has to wait.
    fn back_off(&mut self) -> Duration {
        self.0.retain(|reader| !reader.has_ended());
        match u32::try_from(self.0.len()) {
            Ok(0) => Duration::ZERO,
            many => (FIRST_HANG * 2_u32.pow(many.unwrap_or(u32::MAX).min(8) - 1)).min(LONGEST_HANG),
        }
    }
}

/// How an opening ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Stopped,
    /// Open it again, because of this.
    Again(BlindReason),
}

/// Tells the sink what is news.
struct Teller<'a> {
    sink: &'a mut dyn Sink,
    /// Why it is blind; `None` while pictures come.
    told: Option<BlindReason>,
}

impl Teller<'_> {
    fn blind(&mut self, reason: BlindReason) {
        if self.told.as_ref() != Some(&reason) {
            self.sink.blind(reason.clone());
            self.told = Some(reason);
        }
    }

    fn picture(&mut self, picture: Picture, at: Timestamp) {
        self.told = None;
        self.sink.picture(picture, at);
    }
}

/// What one opening leaves to the next.
#[derive(Default)]
struct History {
    /// Why the camera has to be opened again.
    suspicion: Option<BlindReason>,
    /// How many times in a row it was opened again because it was frozen or corrupt.
    remedies: u32,
    /// The last whole picture, to see whether it changes.
    previous: Bytes,
}

/// One opening of a camera, from looking for it to its end.
struct Opening {
    reader: Reader,
    began: Instant,
    history: History,
    open: Option<Open>,
    /// The camera that was found.
    webcam: Option<Known>,
    gave_pictures: bool,
    /// When a picture was broken last.
    broken_at: Option<Instant>,
}

/// What is known once it is open.
struct Open {
    mode: Mode,
    since: Instant,
    watch: Watch,
    /// Told to the sink before the first picture, and before the first one after each blindness.
    info: SourceInfo,
}

impl Opening {
    fn new(reader: Reader, history: History) -> Self {
        Self { reader, began: Instant::now(), history, open: None, webcam: None, gave_pictures: false, broken_at: None }
    }

    /// `attempt`: how many openings came to nothing before.
    fn follow(&mut self, teller: &mut Teller, stop: &StopSignal, attempt: u32) -> Outcome {
        loop {
            let advice = select! {
                recv(stop.channel()) -> _ => return Outcome::Stopped,
                recv(self.reader.reports()) -> report => match report {
                    Ok(Report::Opened(known, mode)) => self.opened(known, mode),
                    Ok(Report::Shot(shot)) => self.shot(&shot, teller),
                    Ok(Report::Ended(fault)) => return Outcome::Again(fault.reason(if self.gave_pictures { 0 } else { attempt })),
                    Err(_) => return Outcome::Again(BlindReason::Stalled),
                },
                recv(after(TICK)) -> _ => self.silence(teller),
            };
            match advice {
                Advice::Show | Advice::Wait => {}
                Advice::Blind(reason) => teller.blind(reason),
                Advice::Reopen(reason) => return Outcome::Again(reason),
            }
        }
    }

    fn opened(&mut self, known: Known, mode: Mode) -> Advice {
        let webcam = &known.webcam;
        tracing::debug!("webcam {} ({}) is open: {mode:?}", webcam.index, webcam.name);
        let fps = mode.fps();
        let interval = fps.and_then(|fps| Duration::try_from_secs_f64(1.0 / fps).ok());
        #[expect(clippy::cast_possible_truncation, reason = "rates of cameras are small numbers")]
        let fps = fps.unwrap_or_default() as f32;
        let format = mode.format.name().to_owned();
        let info = SourceInfo { name: webcam.name.clone(), width: mode.width, height: mode.height, fps, format };
        let watch = Watch::new(interval, self.history.suspicion.as_ref(), self.history.remedies);
        self.open = Some(Open { mode, since: Instant::now(), watch, info });
        self.webcam = Some(known);
        Advice::Wait
    }

    fn shot(&mut self, shot: &Shot, teller: &mut Teller) -> Advice {
        // A reader reports pictures only of a camera that it reported as open.
        let Some(open) = &mut self.open else { return Advice::Wait };
        let suspicious = self.broken_at.is_some_and(|at| at.elapsed() < SUSPICION);
        let picture = picture_of(&shot.bytes, open.mode).filter(|picture| !suspicious || is_decodable(picture));
        if picture.is_none() {
            self.broken_at = Some(Instant::now());
        }
        let condition = match &picture {
            None => Condition::Broken,
            Some(_) if shot.bytes == self.history.previous => Condition::Repeated,
            Some(_) => {
                self.history.previous = shot.bytes.clone();
                Condition::Fresh
            }
        };
        let advice = open.watch.picture(open.since.elapsed(), condition);
        if let (Advice::Show, Some(picture)) = (&advice, picture) {
            if teller.told.is_some() {
                (open.info.width, open.info.height) = (picture.width(), picture.height());
                teller.sink.opened(&open.info);
            }
            self.gave_pictures = true;
            teller.picture(picture, shot.at);
        }
        advice
    }

    fn silence(&mut self, teller: &Teller) -> Advice {
        match &self.open {
            Some(open) => open.watch.silence(open.since.elapsed()),
            // While it is opened again, the reason for that is told already, and says more.
            None if teller.told == Some(BlindReason::Starting) && self.began.elapsed() >= SLOW_OPENING => {
                Advice::Blind(BlindReason::Stalled)
            }
            None => Advice::Wait,
        }
    }
}

/// The picture that the camera wrote; `None` when it is not whole.
fn picture_of(bytes: &Bytes, mode: Mode) -> Option<Picture> {
    let Mode { width, height, .. } = mode;
    match mode.format {
        Format::Mjpeg => {
            let whole = jpeg::examine(bytes).ok()?;
            let is_size = |told: u32, asked: u32| told == asked || told == asked.next_multiple_of(16);
            // Some cameras write full blocks: 1088 rows for 1080.
            if !is_size(whole.width, width) || !is_size(whole.height, height) {
                return None;
            }
            let (format, bytes) = (PictureFormat::Jpeg, whole.complete(bytes));
            Some(Picture::Encoded { width: whole.width, height: whole.height, format, bytes })
        }
        Format::Raw(format) => raw(bytes, width, height, format),
    }
}

fn is_decodable(picture: &Picture) -> bool {
    match picture {
        Picture::Encoded { bytes, .. } => entropy::is_decodable(bytes),
        Picture::Raw { .. } => true,
    }
}

fn raw(bytes: &Bytes, width: u32, height: u32, format: PixelFormat) -> Option<Picture> {
    let len = format.byte_len(width, height);
    (bytes.len() >= len).then(|| Picture::Raw { width, height, format, bytes: bytes.slice(..len) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(format: Format, width: u32, height: u32) -> Mode {
        Mode { format, width, height, interval: None }
    }

    fn jpeg(width: u16, height: u16) -> Bytes {
        let mut bytes = Vec::new();
        let grey = vec![90; usize::from(width) * usize::from(height)];
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        encoder.encode(&grey, width, height, jpeg_encoder::ColorType::Luma).unwrap();
        bytes.into()
    }

    #[test]
    fn a_picture_has_the_size_of_the_mode_or_is_none() {
        let size = |mode| picture_of(&jpeg(64, 48), mode).map(|picture| (picture.width(), picture.height()));
        assert_eq!(size(mode(Format::Mjpeg, 64, 48)), Some((64, 48)));
        assert_eq!(size(mode(Format::Mjpeg, 64, 40)), Some((64, 48)), "written in full blocks");
        assert_eq!(size(mode(Format::Mjpeg, 128, 96)), None);
    }

    #[test]
    fn raw_pictures_are_taken_when_all_bytes_came_and_only_these() {
        let yuyv = mode(Format::Raw(PixelFormat::Yuyv), 4, 2);
        assert!(picture_of(&Bytes::from(vec![0; 15]), yuyv).is_none());
        assert!(picture_of(&Bytes::new(), yuyv).is_none());
        assert_eq!(picture_of(&Bytes::from(vec![0; 20]), yuyv).unwrap().bytes().len(), 16);
    }
}
