//! Decodes ahead: a thread of its own fills pictures while the reader still works on an earlier one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::RgbPicture;
use crate::sources::files::{FileError, cpu_time};

/// Pictures on their way. Two hide the unevenness of decoding; more would only cost memory.
const AHEAD: usize = 3;

/// Gives frames one by one, on the thread that decodes.
pub(super) trait Decode: Send + 'static {
    /// The next frame, its pixels written into `pixels`; `None` at the end.
    fn next(&mut self, pixels: &mut RgbPicture, control: &Control) -> Result<Option<FrameHead>, FileError>;
    /// CPU time of other processes that work for it.
    fn outside_cpu_time(&self) -> Duration {
        Duration::ZERO
    }
}

/// What is known of a frame beside its pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameHead {
    pub number: u64,
    pub seconds: f64,
    pub name: Option<String>,
    pub original: Option<Bytes>,
}

/// What the reader and the decoding thread tell each other beside the frames.
#[derive(Debug, Default)]
pub(super) struct Control {
    stop: AtomicBool,
    cpu_nanos: AtomicU64,
    warnings: std::sync::Mutex<Vec<String>>,
}

impl Control {
    /// Nobody waits for frames any more.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Something that the reader should tell, although frames go on or were enough.
    pub fn warn(&self, warning: String) {
        self.warnings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(warning);
    }
}

type Message = Result<(FrameHead, RgbPicture), FileError>;

/// The reader's end.
pub(super) struct ReadAhead {
    control: Arc<Control>,
    /// `None` once the end was reached.
    frames: Option<Receiver<Message>>,
    /// Gives pictures back to be filled again.
    empty: Sender<RgbPicture>,
    thread: Option<JoinHandle<()>>,
}

impl ReadAhead {
    pub fn start(decode: impl Decode) -> Result<Self, std::io::Error> {
        let control = Arc::new(Control::default());
        let (frames_in, frames) = bounded(AHEAD - 1);
        let (empty, empty_out) = bounded(AHEAD + 1);
        for _ in 0..AHEAD {
            // The channel holds one more than that.
            let _ = empty.try_send(RgbPicture::default());
        }
        let thread = std::thread::Builder::new().name("file-decode".into()).spawn({
            let control = control.clone();
            move || run(decode, &control, &frames_in, &empty_out)
        })?;
        Ok(Self { control, frames: Some(frames), empty, thread: Some(thread) })
    }

    /// Waits for the next frame. `picture` gives its memory and takes the frame's.
    pub fn read(&mut self, picture: &mut RgbPicture) -> Result<Option<FrameHead>, FileError> {
        let Some(frames) = &self.frames else { return Ok(None) };
        match frames.recv() {
            Ok(Ok((head, pixels))) => {
                let used = std::mem::replace(picture, pixels);
                // Refused when the caller brought in more pictures than there were; then this one is dropped.
                let _ = self.empty.try_send(used);
                Ok(Some(head))
            }
            Ok(Err(error)) => {
                self.frames = None;
                Err(error)
            }
            Err(_) => {
                self.frames = None;
                Ok(None)
            }
        }
    }

    pub fn cpu_time(&self) -> Duration {
        Duration::from_nanos(self.control.cpu_nanos.load(Ordering::Relaxed))
    }

    pub fn warnings(&self) -> Vec<String> {
        self.control.warnings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.control.stop.store(true, Ordering::Relaxed);
        // Wakes the thread where it waits to hand over a frame.
        self.frames = None;
        if let Some(thread) = self.thread.take() {
            // It panicked: then its frames ended, which the reader has seen.
            let _ = thread.join();
        }
    }
}

fn run(mut decode: impl Decode, control: &Control, frames: &Sender<Message>, empty: &Receiver<RgbPicture>) {
    while !control.stopped() {
        // The reader can hold on to pictures that it was given: then new memory takes their place.
        let mut pixels = empty.try_recv().unwrap_or_default();
        let result = decode.next(&mut pixels, control);
        let cpu_time = cpu_time::thread() + decode.outside_cpu_time();
        control.cpu_nanos.store(u64::try_from(cpu_time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let (message, last) = match result {
            Ok(Some(head)) => (Ok((head, pixels)), false),
            Ok(None) => return,
            Err(error) => (Err(error), true),
        };
        if frames.send(message).is_err() || last {
            return;
        }
    }
}
