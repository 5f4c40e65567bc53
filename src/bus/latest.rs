//! The newest picture and verdict of every stream, for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::watch;

use crate::bus::Bus;
use crate::domain::{CameraState, Detection, EventId, Frame, Mask, StreamId, Timestamp};

/// How many frames of a stream took which way since the program started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Accepted at the door.
    pub received: u64,
    /// Of these, frames with motion.
    pub motion: u64,
    /// Of these, frames that are on disk.
    pub kept: u64,
    /// Turned away at the door because the pipeline was busy.
    pub dropped: u64,
}

/// What a stream looks like now.
#[derive(Debug, Clone)]
pub struct LiveView {
    /// The frame as it came (after private zones were blacked out).
    pub frame: Arc<Frame>,
    /// What the detector says of it.
    pub detection: Detection,
    /// The mask, at the size at which the detector works; smaller than the frame, of the same shape.
    pub mask: Mask,
    /// The event that goes on, if any.
    pub event: Option<EventId>,
    /// Frames a second over the last few seconds.
    pub fps: f32,
    /// When the pipeline was done with it.
    pub at: Instant,
}

struct Entry {
    view: watch::Sender<Option<Arc<LiveView>>>,
    state: CameraState,
    counts: Counts,
    last_frame: Option<Timestamp>,
}

/// The newest value of every stream. Cloning shares it.
#[derive(Clone)]
pub struct Latest {
    streams: Arc<Mutex<BTreeMap<StreamId, Entry>>>,
    bus: Bus,
}

/// A stream in the list of all.
#[derive(Debug, Clone)]
pub struct StreamSummary {
    /// Which.
    pub stream: StreamId,
    /// What it does.
    pub state: CameraState,
    /// Its counts.
    pub counts: Counts,
    /// Capture time of its newest frame.
    pub last_frame: Option<Timestamp>,
    /// Its newest view.
    pub view: Option<Arc<LiveView>>,
}

impl Latest {
    /// Empty; tells changes of state over `bus`.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { streams: Arc::default(), bus }
    }

    /// Puts a new view in the place of the old one, which is given back so that its memory can be used again, and wakes
    /// the window.
    #[expect(clippy::must_use_candidate, reason = "only who shows many views has a use for the old one's memory")]
    pub fn show(&self, view: LiveView) -> Option<Arc<LiveView>> {
        let stream = view.frame.stream.clone();
        let old = self.with(&stream, |entry| {
            entry.last_frame = Some(view.frame.captured_at);
            entry.view.send_replace(Some(Arc::new(view)))
        });
        self.bus.wake();
        old
    }

    /// Says what a camera does now; told over the bus when it is news.
    pub fn set_state(&self, stream: &StreamId, state: CameraState) {
        let news = self.with(stream, |entry| {
            let news = !same_state(&entry.state, &state);
            if news {
                entry.state = state.clone();
            }
            news
        });
        if news {
            self.bus.tell(crate::bus::Happening::Camera { stream: stream.clone(), state });
        }
    }

    /// Changes the counts of a stream.
    pub fn count(&self, stream: &StreamId, change: impl FnOnce(&mut Counts)) {
        self.with(stream, |entry| change(&mut entry.counts));
    }

    /// Follows the views of one stream, from the newest on.
    #[must_use]
    pub fn follow(&self, stream: &StreamId) -> watch::Receiver<Option<Arc<LiveView>>> {
        self.with(stream, |entry| entry.view.subscribe())
    }

    /// The newest view of a stream.
    #[must_use]
    pub fn view(&self, stream: &StreamId) -> Option<Arc<LiveView>> {
        self.lock().get(stream)?.view.borrow().clone()
    }

    /// What one stream does, if it was ever seen.
    #[must_use]
    pub fn summary(&self, stream: &StreamId) -> Option<StreamSummary> {
        self.lock().get(stream).map(|entry| summarise(stream, entry))
    }

    /// All streams in order of user and camera.
    #[must_use]
    pub fn summaries(&self) -> Vec<StreamSummary> {
        self.lock().iter().map(|(stream, entry)| summarise(stream, entry)).collect()
    }

    /// Forgets a stream, for example of a file that was played to its end.
    pub fn forget(&self, stream: &StreamId) {
        self.lock().remove(stream);
        self.bus.wake();
    }

    fn with<T>(&self, stream: &StreamId, change: impl FnOnce(&mut Entry) -> T) -> T {
        let mut streams = self.lock();
        if !streams.contains_key(stream) {
            streams.insert(stream.clone(), Entry::default());
        }
        // The entry was put there in the lines above, under the same lock.
        change(streams.get_mut(stream).expect("just inserted"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<StreamId, Entry>> {
        // Nothing under this lock can leave an entry half changed, so a poisoned lock is as good as a whole one.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            view: watch::Sender::new(None),
            state: CameraState::Blind { since: Timestamp::default(), reason: crate::domain::BlindReason::Starting },
            counts: Counts::default(),
            last_frame: None,
        }
    }
}

fn summarise(stream: &StreamId, entry: &Entry) -> StreamSummary {
    StreamSummary {
        stream: stream.clone(),
        state: entry.state.clone(),
        counts: entry.counts,
        last_frame: entry.last_frame,
        view: entry.view.borrow().clone(),
    }
}

/// Blind for the same reason is the same state, whatever time the second report names: the first one counts.
fn same_state(old: &CameraState, new: &CameraState) -> bool {
    match (old, new) {
        (CameraState::Blind { reason: a, .. }, CameraState::Blind { reason: b, .. }) => a == b,
        _ => old == new,
    }
}
