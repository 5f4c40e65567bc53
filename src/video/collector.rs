//! Takes in what workers made. Results are found by looking for their files, so nothing depends on a message that could be
//! lost: one thread looks every second for what is waited for, and once a minute at all there is.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

/// How often it is looked for what is waited for …
const OFTEN: Duration = Duration::from_secs(1);
/// … and at everything.
const SELDOM: Duration = Duration::from_mins(1);

/// Takes in what is made of one kind of thing.
pub(super) trait Collect: Send {
    /// Looks for what is waited for. Cheap. Tells whether anything waits for a job that takes ffmpeg.
    fn often(&mut self) -> bool;

    /// Looks at everything: what was missed, what nobody needs any more.
    fn seldom(&mut self);
}

/// The thread. It ends when this is dropped.
pub(super) struct Collector {
    /// Wakes it; closed, it ends.
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    ended: Receiver<()>,
}

impl Collector {
    /// `waits` is told after each look whether anything waits for a job that takes ffmpeg.
    pub fn start(collects: Vec<Box<dyn Collect>>, waits: Box<dyn Fn(bool) + Send>) -> std::io::Result<Self> {
        let (wake, woken) = bounded(1);
        let (ending, ended) = bounded(0);
        let thread = std::thread::Builder::new().name("video-collector".into()).spawn(move || {
            run(collects, &waits, &woken);
            drop(ending);
        })?;
        Ok(Self { wake: Some(wake), thread: Some(thread), ended })
    }

    /// Ends it when it has done what it is about. `false`: it does not end in time and is left behind.
    pub fn stop(mut self, deadline: Duration) -> bool {
        self.wake = None;
        let in_time = matches!(self.ended.recv_timeout(deadline), Err(RecvTimeoutError::Disconnected));
        in_time && self.thread.take().is_some_and(|thread| thread.join().is_ok())
    }
}

fn run(mut collects: Vec<Box<dyn Collect>>, waits: &dyn Fn(bool), woken: &Receiver<()>) {
    let mut everything = Instant::now();
    loop {
        if Instant::now() >= everything {
            for collect in &mut collects {
                collect.seldom();
            }
            everything = Instant::now() + SELDOM;
        }
        let mut any = false;
        for collect in &mut collects {
            any |= collect.often();
        }
        waits(any);
        if let Err(RecvTimeoutError::Disconnected) = woken.recv_timeout(OFTEN) {
            return;
        }
    }
}
