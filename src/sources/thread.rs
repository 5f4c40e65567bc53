//! The thread that a source runs in, and how it is told to stop.
//!
//! A source waits only through [`StopSignal`], so that "stop" ends every wait at once. It knows nothing of what the
//! source does.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use crate::domain::{BlindReason, Picture, Timestamp};
use crate::sources::{Sink, SourceInfo};

/// A thread that runs until it is told to stop.
pub(super) struct SourceThread {
    /// Nothing is ever sent: dropping it is the message, which no full channel can hold up.
    stop: Sender<Infallible>,
    /// Disconnected when the thread has ended.
    ended: Receiver<Infallible>,
    sink: Gate,
    handle: JoinHandle<()>,
}

impl SourceThread {
    /// Runs `body` in a thread called `name`. However it ends, the sink hears a last word. `None` when the system has no
    /// thread left, which the sink is told too.
    pub(super) fn start(
        name: &str,
        sink: Box<dyn Sink>,
        body: impl FnOnce(&mut dyn Sink, &StopSignal) + Send + 'static,
    ) -> Option<Self> {
        let (stop, stop_signal) = bounded(0);
        let (end, ended) = bounded::<Infallible>(0);
        let mut sink = Gate(Arc::new(Mutex::new(Some(sink))));
        let mut threads = sink.clone();
        let spawned = Builder::new().name(name.to_owned()).spawn(move || {
            let _end = end;
            run_to_the_last_word(&mut threads, &StopSignal(stop_signal), body);
        });
        match spawned {
            Ok(handle) => Some(Self { stop, ended, sink, handle }),
            Err(error) => {
                sink.blind(BlindReason::Other(format!("the system gives no thread for the camera: {error}")));
                None
            }
        }
    }

    /// Tells it to stop and waits for its end, at most until `deadline` has passed. `false`: it did not end. Its sink hears
    /// nothing more then: what it says when it comes back would be taken for a word of its successor.
    pub(super) fn stop(self, deadline: Duration) -> bool {
        let Self { stop, ended, sink, handle } = self;
        drop(stop);
        match ended.recv_timeout(deadline) {
            Err(RecvTimeoutError::Disconnected) => handle.join().is_ok(),
            Err(RecvTimeoutError::Timeout) => {
                sink.close();
                false
            }
            Ok(never) => match never {},
        }
    }
}

/// The sink, until it is closed. The lock is held while it is called, which is allowed because a sink never waits.
#[derive(Clone)]
struct Gate(Arc<Mutex<Option<Box<dyn Sink>>>>);

impl Gate {
    fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Sink>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Gate {
    fn opened(&mut self, info: &SourceInfo) {
        if let Some(sink) = self.lock().as_mut() {
            sink.opened(info);
        }
    }

    fn picture(&mut self, picture: Picture, at: Timestamp) {
        if let Some(sink) = self.lock().as_mut() {
            sink.picture(picture, at);
        }
    }

    fn blind(&mut self, reason: BlindReason) {
        if let Some(sink) = self.lock().as_mut() {
            sink.blind(reason);
        }
    }
}

/// A panic is our mistake and must not leave a picture on the screen that looks alive.
fn run_to_the_last_word(sink: &mut dyn Sink, stop: &StopSignal, body: impl FnOnce(&mut dyn Sink, &StopSignal)) {
    let result = catch_unwind(AssertUnwindSafe(|| body(sink, stop)));
    sink.blind(match result {
        Ok(()) => BlindReason::Stopped,
        Err(_) => BlindReason::Other("the camera's part of Framekeep failed; press Stop and Start camera".to_owned()),
    });
}

/// Says when to stop.
pub(super) struct StopSignal(Receiver<Infallible>);

impl StopSignal {
    /// Waits for `duration`, or less when told to stop; then it is `true`.
    pub(super) fn wait(&self, duration: Duration) -> bool {
        matches!(self.0.recv_timeout(duration), Err(RecvTimeoutError::Disconnected))
    }

    /// Waits until `instant`; `true` when told to stop.
    pub(super) fn wait_until(&self, instant: Instant) -> bool {
        matches!(self.0.recv_deadline(instant), Err(RecvTimeoutError::Disconnected))
    }

    /// Whether it was told to stop.
    pub(super) fn is_set(&self) -> bool {
        matches!(self.0.try_recv(), Err(TryRecvError::Disconnected))
    }

    /// For waiting on it beside other channels: disconnected when told to stop.
    pub(super) fn channel(&self) -> &Receiver<Infallible> {
        &self.0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a sink heard.
    #[derive(Debug, Clone)]
    pub enum Heard {
        Opened(SourceInfo),
        Picture(Picture),
        Blind(BlindReason),
    }

    /// A sink that writes down what it hears.
    #[derive(Clone, Default)]
    pub struct Notebook(pub Arc<Mutex<Vec<Heard>>>);

    impl Notebook {
        pub fn heard(&self) -> Vec<Heard> {
            self.0.lock().unwrap().clone()
        }

        pub fn blind(&self) -> Vec<BlindReason> {
            let heard = self.heard().into_iter();
            heard.filter_map(|one| if let Heard::Blind(reason) = one { Some(reason) } else { None }).collect()
        }
    }

    impl Sink for Notebook {
        fn opened(&mut self, info: &SourceInfo) {
            self.0.lock().unwrap().push(Heard::Opened(info.clone()));
        }
        fn picture(&mut self, picture: Picture, _: Timestamp) {
            self.0.lock().unwrap().push(Heard::Picture(picture));
        }
        fn blind(&mut self, reason: BlindReason) {
            self.0.lock().unwrap().push(Heard::Blind(reason));
        }
    }

    /// A signal and the handle whose drop sets it.
    pub fn signal() -> (Sender<Infallible>, StopSignal) {
        let (stop, signal) = bounded(0);
        (stop, StopSignal(signal))
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn stopping_ends_a_long_wait_and_the_last_word_is_stopped() {
        let notebook = Notebook::default();
        let thread = SourceThread::start("waiting", Box::new(notebook.clone()), |_, stop| {
            assert!(stop.wait(LONG));
            assert!(stop.is_set());
        });
        assert!(thread.unwrap().stop(LONG));
        assert_eq!(notebook.blind(), [BlindReason::Stopped]);
    }

    #[test]
    fn a_thread_that_does_not_end_in_time_is_left_behind_and_says_nothing_more() {
        let notebook = Notebook::default();
        let (free, held) = bounded::<Infallible>(0);
        let (end, ended) = bounded::<Infallible>(0);
        let thread = SourceThread::start("stuck", Box::new(notebook.clone()), move |sink, _| {
            let _end = end;
            sink.blind(BlindReason::Starting);
            let _ = held.recv();
            sink.blind(BlindReason::Stalled);
        });
        assert!(!thread.unwrap().stop(Duration::from_millis(200)));
        drop(free);
        assert_eq!(ended.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
        assert_eq!(notebook.blind(), [BlindReason::Starting]);
    }

    #[test]
    fn a_panic_becomes_a_reason_that_a_person_can_read() {
        let notebook = Notebook::default();
        let thread = SourceThread::start("failing", Box::new(notebook.clone()), |_, _| panic!("on purpose"));
        assert!(thread.unwrap().stop(LONG));
        assert!(matches!(notebook.blind()[..], [BlindReason::Other(_)]));
    }
}
