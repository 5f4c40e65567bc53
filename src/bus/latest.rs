//! The newest picture and verdict of every stream, for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::watch;

use crate::bus::{Bus, Happening};
use crate::domain::{BlindReason, CameraState, Detection, EventId, Frame, Mask, StreamId, Timestamp};

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
    /// When the camera was last told to be blind.
    blind_from: Option<Instant>,
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

    /// A frame that was accepted at this time showed that the camera sees, and whether something moves. Told over the bus
    /// when it is news. A frame that was under way when the camera went blind changes nothing.
    pub fn saw(&self, stream: &StreamId, moving: bool, accepted: Instant) {
        self.change(stream, if moving { CameraState::Motion } else { CameraState::Still }, |entry| {
            entry.blind_from.is_none_or(|blind| accepted > blind)
        });
    }

    /// The camera gives nothing from now on, and why. Told over the bus when it is news.
    pub fn went_blind(&self, stream: &StreamId, since: Timestamp, reason: BlindReason) {
        self.change(stream, CameraState::Blind { since, reason }, |entry| {
            entry.blind_from = Some(Instant::now());
            true
        });
    }

    fn change(&self, stream: &StreamId, state: CameraState, may: impl FnOnce(&mut Entry) -> bool) {
        let news = self.with(stream, |entry| {
            let news = may(entry) && !same_state(&entry.state, &state);
            if news {
                entry.state = state.clone();
            }
            news
        });
        if news {
            self.bus.tell(Happening::Camera { stream: stream.clone(), state });
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
            state: CameraState::Blind { since: Timestamp::default(), reason: BlindReason::Starting },
            blind_from: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> StreamId {
        StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() }
    }

    #[test]
    fn a_frame_under_way_does_not_make_a_blind_camera_see() {
        let latest = Latest::new(Bus::default());
        let accepted = Instant::now();
        latest.went_blind(&stream(), Timestamp::from_millis(5), BlindReason::Unplugged);
        latest.saw(&stream(), true, accepted);
        let state = || latest.summary(&stream()).unwrap().state;
        assert_eq!(state(), CameraState::Blind { since: Timestamp::from_millis(5), reason: BlindReason::Unplugged });
        latest.saw(&stream(), false, Instant::now() + std::time::Duration::from_millis(1));
        assert_eq!(state(), CameraState::Still);
    }

    #[test]
    fn a_state_is_told_once_and_blindness_keeps_its_beginning() {
        let bus = Bus::default();
        let mut listener = bus.listen();
        let latest = Latest::new(bus);
        latest.went_blind(&stream(), Timestamp::from_millis(5), BlindReason::Stalled);
        latest.went_blind(&stream(), Timestamp::from_millis(9), BlindReason::Stalled);
        assert!(listener.try_recv().is_ok());
        assert!(listener.try_recv().is_err());
        let CameraState::Blind { since, .. } = latest.summary(&stream()).unwrap().state else { panic!("it sees") };
        assert_eq!(since.as_millis(), 5);
    }
}
