//! The bus: every happening to every listener.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::broadcast;

use crate::domain::{
    CameraState, Clip, ClipId, Event, FrameId, Recording, RecordingId, SavedFrame, StreamId, UserName,
};

/// How many happenings a listener may lag behind before it misses some.
const CAPACITY: usize = 1024;

/// Something that happened and that a person may want to see at once.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A frame is on disk, under its final name.
    FrameSaved(SavedFrame),
    /// A kept frame was deleted.
    FrameDeleted {
        /// Which.
        id: FrameId,
        /// Whose.
        user: UserName,
    },
    /// A deletion was taken back.
    FrameRestored(SavedFrame),
    /// A recording began or goes on, was abandoned, or is back after a deletion: its state tells.
    Recording(Recording),
    /// A recording is whole, in one file under its final name. What is to be done with it next may begin.
    RecordingFinished(Recording),
    /// Something that can be sought in was made of a recording, and it is known where something moves in it.
    RecordingMade {
        /// Which.
        id: RecordingId,
        /// Whose.
        user: UserName,
    },
    /// A recording was deleted.
    RecordingDeleted {
        /// Which.
        id: RecordingId,
        /// Whose.
        user: UserName,
    },
    /// A clip was made, or is back after a deletion.
    Clip(Clip),
    /// A clip was deleted.
    ClipDeleted {
        /// Which.
        id: ClipId,
        /// Whose.
        user: UserName,
    },
    /// An event began, or ended when `end` is set.
    Event(Event),
    /// A camera moves, is still, or is blind. Sent on change only.
    Camera {
        /// Which stream.
        stream: StreamId,
        /// What it does now.
        state: CameraState,
    },
    /// Devices, requests or users changed.
    Devices,
    /// A problem came or went.
    Problems,
    /// Settings, save folder or addresses changed.
    Settings,
}

impl Happening {
    /// Whose business it is; `None` when it is the operator's alone.
    #[must_use]
    pub fn user(&self) -> Option<&UserName> {
        match self {
            Self::FrameSaved(frame) | Self::FrameRestored(frame) => Some(&frame.stream.user),
            Self::FrameDeleted { user, .. }
            | Self::RecordingDeleted { user, .. }
            | Self::RecordingMade { user, .. }
            | Self::ClipDeleted { user, .. } => Some(user),
            Self::Clip(clip) => Some(&clip.stream.user),
            Self::Recording(recording) | Self::RecordingFinished(recording) => Some(&recording.stream.user),
            Self::Event(event) => Some(&event.stream.user),
            Self::Camera { stream, .. } => Some(&stream.user),
            Self::Devices | Self::Problems | Self::Settings => None,
        }
    }
}

/// Receives happenings from the moment it was made.
pub type Listener = broadcast::Receiver<Arc<Happening>>;

type Waker = Box<dyn Fn() + Send + Sync>;

/// Carries happenings upward. Cloning shares it.
#[derive(Clone)]
pub struct Bus {
    sender: broadcast::Sender<Arc<Happening>>,
    waker: Arc<ArcSwapOption<Waker>>,
}

impl Default for Bus {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY), waker: Arc::default() }
    }
}

impl Bus {
    /// Tells everyone. Never waits.
    pub fn tell(&self, happening: Happening) {
        // Nobody listening is no error: without a window and without a page there is nobody to tell.
        let _ = self.sender.send(Arc::new(happening));
        self.wake();
    }

    /// Hears everything from now on.
    #[must_use]
    pub fn listen(&self) -> Listener {
        self.sender.subscribe()
    }

    /// Sets the callback that wakes the window. It must not block.
    pub fn set_waker(&self, waker: impl Fn() + Send + Sync + 'static) {
        self.waker.store(Some(Arc::new(Box::new(waker))));
    }

    /// Wakes the window, if there is one.
    pub fn wake(&self) {
        if let Some(waker) = &*self.waker.load() {
            waker();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_listener_hears_it_and_the_window_is_woken() {
        let bus = Bus::default();
        let (mut first, mut second) = (bus.listen(), bus.listen());
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        bus.set_waker(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        bus.tell(Happening::Devices);
        assert!(matches!(*first.try_recv().unwrap(), Happening::Devices));
        assert!(matches!(*second.try_recv().unwrap(), Happening::Devices));
        assert_eq!(woken.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn telling_nobody_is_no_error() {
        Bus::default().tell(Happening::Settings);
    }
}
