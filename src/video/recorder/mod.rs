//! The recorder: the camera of this computer as video, in segments, each of which is playable wherever it ends.
//!
//! It runs on a thread of its own behind a bounded queue, and gives ffmpeg the pictures as they are shown, so what is private is
//! black. When it cannot follow, frames are left out and counted; nothing else waits for it.

mod segment;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::RecvTimeoutError;

use crate::bus::{Latest, Problem, ProblemKind, Problems};
use crate::domain::{Frame, Recording, StreamId, Timestamp};
use crate::library::Library;
use crate::pipeline::Tap;
use crate::video::Tools;
use segment::Segment;

/// A camera that gives nothing for so long has stopped: its segment ends.
const STALLED: Duration = Duration::from_secs(3);
/// How long it is waited after a failure before another segment is begun.
const PAUSE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A clock that was set back so far begins another segment.
const SET_BACK: Duration = Duration::from_secs(1);

/// What the recorder needs.
pub struct Setup {
    /// The frames.
    pub tap: Tap,
    /// Whose.
    pub stream: StreamId,
    /// Where recordings go.
    pub library: Arc<Library>,
    /// Who is told which seconds were recorded.
    pub latest: Latest,
    /// Who is told what needs a person.
    pub problems: Problems,
    /// ffmpeg.
    pub tools: Tools,
    /// A segment is so long.
    pub segment: Duration,
}

/// How the recording goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecorderView {
    /// When it began, unless nothing is written now.
    pub since: Option<Timestamp>,
    /// Frames that are left out because the computer is busy.
    pub left_out: u64,
}

/// A recording that goes on. It ends when this is dropped, or in order by [`Self::stop`].
pub struct Recorder {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    left_out: AtomicU64,
    since: Mutex<Option<Timestamp>>,
}

impl Recorder {
    /// Begins with the next frame.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(setup: Setup) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let desk = Desk { setup, shared: Arc::clone(&shared), segment: None, heard: Instant::now(), pause: None };
        let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || desk.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// How it goes.
    #[must_use]
    pub fn view(&self) -> RecorderView {
        let since = *self.shared.since.lock().unwrap_or_else(PoisonError::into_inner);
        RecorderView { since, left_out: self.shared.left_out.load(Ordering::Relaxed) }
    }

    /// Ends it: what was recorded is whole, under its final name.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the recorder panicked; what it wrote is taken up at the next start");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

struct Desk {
    setup: Setup,
    shared: Arc<Shared>,
    segment: Option<Segment>,
    /// When the last frame came.
    heard: Instant,
    /// Until when nothing is tried after a failure.
    pause: Option<Instant>,
}

impl Desk {
    fn run(mut self) {
        while !self.shared.stop.load(Ordering::Acquire) {
            match self.setup.tap.frames().recv_timeout(LOOK_EVERY) {
                Ok(frame) => self.take(&frame),
                Err(RecvTimeoutError::Timeout) if self.heard.elapsed() > STALLED => self.close(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.shared.left_out.store(self.setup.tap.missed(), Ordering::Relaxed);
        }
        while let Ok(frame) = self.setup.tap.frames().try_recv() {
            self.take(&frame);
        }
        self.close();
        self.setup.problems.settle(ProblemKind::Recorder);
    }

    fn take(&mut self, frame: &Frame) {
        self.heard = Instant::now();
        if self.pause.is_some_and(|until| until > Instant::now()) {
            return;
        }
        let ends = self.segment.as_ref().is_some_and(|segment| {
            let at = frame.captured_at;
            at.since(segment.began()) >= self.setup.segment
                || segment.last().since(at) > SET_BACK
                || !segment.fits(&frame.picture, &self.setup.library)
        });
        if ends {
            self.close();
        }
        if let Err(why) = self.write(frame) {
            self.failed(&why);
        }
    }

    fn write(&mut self, frame: &Frame) -> Result<(), String> {
        if self.segment.is_none() {
            let Setup { library, tools, stream, .. } = &self.setup;
            let segment = Segment::begin(library, tools, stream, frame)?;
            *self.shared.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(segment.began());
            self.segment = Some(segment);
            self.setup.problems.settle(ProblemKind::Recorder);
        }
        let Some(segment) = &mut self.segment else { return Ok(()) };
        if segment.put(frame)? {
            self.setup.latest.ledger().kept(&self.setup.stream, frame.captured_at);
        }
        Ok(())
    }

    /// What there is of the segment is kept; another is tried in a while.
    fn failed(&mut self, why: &str) {
        tracing::warn!(stream = %self.setup.stream, why, "recording is interrupted");
        self.close();
        self.pause = Some(Instant::now() + PAUSE);
        self.setup.problems.raise(Problem {
            kind: ProblemKind::Recorder,
            since: SystemTime::now().into(),
            what: format!("{} is not being recorded: {why}", self.setup.stream),
            todo: "It goes on by itself when this is mended; what was recorded before is kept".to_owned(),
        });
    }

    fn close(&mut self) {
        *self.shared.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let Some(segment) = self.segment.take() else { return };
        match segment.close(&self.setup.library) {
            Ok(Some(Recording { id, bytes, .. })) => tracing::info!(recording = %id, bytes, "a segment is recorded"),
            Ok(None) => {}
            Err(why) => tracing::warn!(why, "a segment cannot be put in its place yet"),
        }
    }
}
