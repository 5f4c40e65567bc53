//! Taps: whoever wants all frames of a stream as they are shown, as a recorder does. What is private in them is black.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::domain::{Frame, StreamId};

/// Frames that wait for whoever taps: a second of a webcam. More would only make them older.
const MOST_WAITING: usize = 32;

/// The frames of a stream, for as long as this is held.
pub struct Tap {
    frames: Receiver<Arc<Frame>>,
    missed: Arc<AtomicU64>,
}

impl Tap {
    /// The frames, the oldest first.
    #[must_use]
    pub fn frames(&self) -> &Receiver<Arc<Frame>> {
        &self.frames
    }

    /// Frames that were left out because those before them were not taken in time.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

struct Open {
    stream: StreamId,
    frames: Sender<Arc<Frame>>,
    missed: Arc<AtomicU64>,
}

/// All taps. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Taps {
    open: Arc<Mutex<Vec<Open>>>,
    /// Whether there is any, so that nobody takes the lock for nothing.
    any: Arc<AtomicBool>,
}

impl Taps {
    pub fn open(&self, stream: &StreamId) -> Tap {
        let (sender, frames) = bounded(MOST_WAITING);
        let missed = Arc::<AtomicU64>::default();
        let mut open = self.lock();
        open.push(Open { stream: stream.clone(), frames: sender, missed: Arc::clone(&missed) });
        self.any.store(true, Ordering::Release);
        Tap { frames, missed }
    }

    /// Gives a frame to all who want it. Never waits.
    pub fn give(&self, frame: &Arc<Frame>) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let mut open = self.lock();
        open.retain(|tap| {
            if tap.stream != frame.stream {
                return true;
            }
            match tap.frames.try_send(Arc::clone(frame)) {
                Err(TrySendError::Disconnected(_)) => return false,
                Err(TrySendError::Full(_)) => {
                    tap.missed.fetch_add(1, Ordering::Relaxed);
                }
                Ok(()) => {}
            }
            true
        });
        self.any.store(!open.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Open>> {
        // A list of plain values cannot be half changed, so a poisoned lock is as good as a whole one.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Picture, PixelFormat, Timestamp};

    fn frame(camera: &str, seq: u64) -> Arc<Frame> {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: camera.parse().unwrap() };
        let picture = Picture::Raw { width: 2, height: 2, format: PixelFormat::Grey, bytes: vec![0; 4].into() };
        Arc::new(Frame { stream, seq, captured_at: Timestamp::default(), picture })
    }

    #[test]
    fn a_tap_gives_its_stream_alone_and_counts_what_nobody_took() {
        let taps = Taps::default();
        let tap = taps.open(&frame("front", 0).stream);
        taps.give(&frame("back", 7));
        for seq in 0..MOST_WAITING as u64 + 3 {
            taps.give(&frame("front", seq));
        }
        let seen: Vec<u64> = tap.frames().try_iter().map(|frame| frame.seq).collect();
        assert_eq!((seen, tap.missed()), ((0..MOST_WAITING as u64).collect(), 3));
        drop(tap);
        taps.give(&frame("front", 99));
        assert!(taps.lock().is_empty() && !taps.any.load(Ordering::Acquire));
    }
}
