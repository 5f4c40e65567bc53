//! The newest picture and verdict of every stream, for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;

use crate::bus::{Bus, DetectTimes, Happening, Ledger};
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
    /// Accepted, to be kept, and lost all the same: told as a problem.
    pub lost: u64,
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
    /// Since when the pipeline does not know the stream any more.
    retired: Option<Instant>,
}

/// Most streams that are shown although the pipeline does not know them any more.
const MOST_RETIRED: usize = 64;
/// How long such a stream is shown.
const SHOWN_RETIRED: Duration = Duration::from_hours(24);

/// The newest value of every stream. Cloning shares it.
#[derive(Clone)]
pub struct Latest {
    streams: Arc<Mutex<BTreeMap<StreamId, Entry>>>,
    bus: Bus,
    ledger: Ledger,
    detect_times: DetectTimes,
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
        Self { streams: Arc::default(), bus, ledger: Ledger::default(), detect_times: DetectTimes::default() }
    }

    /// The ledger of all streams. What is told here of blindness and of dropped frames stands there too.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How long looking at frames takes.
    #[must_use]
    pub fn detect_times(&self) -> &DetectTimes {
        &self.detect_times
    }

    /// A stream is to be shown from now on. Nothing else but [`Self::follow`] makes it known, so that what is still said of a
    /// stream that was forgotten does not bring it back.
    pub fn appears(&self, stream: &StreamId) {
        self.with_new(stream, |entry| entry.retired = None);
    }

    /// The pipeline does not know the stream any more: its last picture goes. It is forgotten after a day, or when many others
    /// have gone after it, because everyone in the network can think of names.
    pub fn retire(&self, stream: &StreamId) {
        let mut streams = self.lock();
        if let Some(entry) = streams.get_mut(stream) {
            entry.retired = Some(Instant::now());
            entry.view.send_replace(None);
        }
        let mut retired: Vec<(Instant, StreamId)> =
            streams.iter().filter_map(|(stream, entry)| Some((entry.retired?, stream.clone()))).collect();
        retired.sort();
        let too_many = retired.len().saturating_sub(MOST_RETIRED);
        for (place, (since, stream)) in retired.iter().enumerate() {
            if place < too_many || since.elapsed() > SHOWN_RETIRED {
                streams.remove(stream);
            }
        }
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
        old.flatten()
    }

    /// The whole picture of a frame whose preview is shown: it takes the preview's place, unless a newer one is shown already.
    pub fn sharpen(&self, frame: &Arc<Frame>) {
        let sharpened = self.with(&frame.stream, |entry| {
            entry.view.send_if_modified(|view| {
                let shown = view.as_ref().filter(|shown| shown.frame.captured_at == frame.captured_at);
                let Some(shown) = shown.filter(|shown| shown.frame.seq == frame.seq) else { return false };
                *view = Some(Arc::new(LiveView { frame: Arc::clone(frame), ..LiveView::clone(shown) }));
                true
            })
        });
        if sharpened == Some(true) {
            self.bus.wake();
        }
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
        if self.lock().contains_key(stream) {
            self.ledger.went_blind(stream, since, (&reason).into());
        }
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
        if news == Some(true) {
            self.bus.tell(Happening::Camera { stream: stream.clone(), state });
        }
    }

    /// A frame was turned away because others wait.
    pub fn dropped(&self, stream: &StreamId) {
        self.count(stream, |counts| counts.dropped += 1);
        self.ledger.dropped(stream);
    }

    /// Changes the counts of a stream.
    pub fn count(&self, stream: &StreamId, change: impl FnOnce(&mut Counts)) {
        self.with(stream, |entry| change(&mut entry.counts));
    }

    /// Follows the views of one stream, from the newest on.
    #[must_use]
    pub fn follow(&self, stream: &StreamId) -> watch::Receiver<Option<Arc<LiveView>>> {
        self.with_new(stream, |entry| entry.view.subscribe())
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

    fn with<T>(&self, stream: &StreamId, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.lock().get_mut(stream).map(change)
    }

    fn with_new<T>(&self, stream: &StreamId, change: impl FnOnce(&mut Entry) -> T) -> T {
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
            retired: None,
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
        latest.appears(&stream());
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
        latest.appears(&stream());
        latest.went_blind(&stream(), Timestamp::from_millis(5), BlindReason::Stalled);
        latest.went_blind(&stream(), Timestamp::from_millis(9), BlindReason::Stalled);
        assert!(listener.try_recv().is_ok());
        assert!(listener.try_recv().is_err());
        let CameraState::Blind { since, .. } = latest.summary(&stream()).unwrap().state else { panic!("it sees") };
        assert_eq!(since.as_millis(), 5);
    }

    #[test]
    fn what_is_said_of_a_stream_that_was_forgotten_does_not_bring_it_back() {
        let latest = Latest::new(Bus::default());
        latest.appears(&stream());
        latest.forget(&stream());
        latest.count(&stream(), |counts| counts.kept += 1);
        latest.saw(&stream(), true, Instant::now());
        latest.went_blind(&stream(), Timestamp::from_millis(5), BlindReason::Corrupt);
        assert!(latest.summaries().is_empty());
    }

    #[test]
    fn of_streams_that_are_gone_the_latest_are_shown() {
        let latest = Latest::new(Bus::default());
        let stream = |n: usize| StreamId { user: "Anna".parse().unwrap(), camera: format!("c{n}").parse().unwrap() };
        latest.appears(&stream(0));
        for n in 1..=MOST_RETIRED + 10 {
            latest.appears(&stream(n));
            latest.retire(&stream(n));
        }
        assert_eq!(latest.summaries().len(), MOST_RETIRED + 1, "and the one that is still there");
        assert!(latest.summary(&stream(0)).is_some() && latest.summary(&stream(10)).is_none());
        assert!(latest.summary(&stream(MOST_RETIRED + 10)).is_some());
    }
}
