//! The router: which worker owns which stream, and whether there is room for one more frame.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::bus::Latest;
use crate::config::SettingsStore;
use crate::domain::{Frame, StreamId};
use crate::pipeline::footage::Footage;
use crate::pipeline::losses::Losses;
use crate::pipeline::worker::{self, Message, Parts, Task};
use crate::pipeline::{Order, Rejected, Reply, Tap, Wish};

/// Most frames of one stream that wait. More would only make them older: at 15 frames a second four are a quarter second.
const MOST_WAITING: usize = 4;
/// Most streams at once; each holds a background in memory.
const MOST_STREAMS: usize = 64;
/// Most streams of one user, so that nobody takes the places of the others with names of cameras.
const MOST_OF_ONE_USER: usize = 16;
/// Most workers: beyond that one waits for memory, not for cores.
const MOST_WORKERS: usize = 8;

/// What a worker tells the door, and the door the worker.
#[derive(Default)]
pub(super) struct Desk {
    /// Smoothed time in microseconds that one frame of each stream takes that gave some lately. Written by the worker alone.
    pub cost_micros: AtomicU32,
    /// Whether a stream of this worker is to be interrupted or closed.
    pub asked: AtomicBool,
}

/// How busy a stream is and what is asked of it, shared by the door and its worker. Wishes are flags, so that nobody waits to
/// tell one and none can be lost; they are carried out once the frames are decided on that came before.
pub(super) struct Load {
    /// Frames between the door and the verdict.
    waiting: AtomicUsize,
    interrupted: AtomicBool,
    closed: AtomicBool,
    desk: Arc<Desk>,
}

/// What is asked of a stream now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    /// Something, but frames wait that came before it.
    Later,
    Interrupt,
    Close,
}

impl Load {
    /// One frame is decided on.
    pub(super) fn done(&self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// What is asked of the stream; asked once.
    pub(super) fn asked(&self) -> Asked {
        let closed = self.closed.load(Ordering::SeqCst);
        if !closed && !self.interrupted.load(Ordering::SeqCst) {
            return Asked::Nothing;
        }
        // Whoever comes through the door counts as waiting before it looks whether the stream is closed.
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return Asked::Later;
        }
        self.interrupted.store(false, Ordering::SeqCst);
        if closed { Asked::Close } else { Asked::Interrupt }
    }

    /// Shortest time between two frames that keeps the worker below seven tenths of its time.
    pub(super) fn interval(&self) -> Duration {
        let micros = u64::from(self.desk.cost_micros.load(Ordering::Relaxed));
        let interval = Duration::from_micros(micros * 10 / 7);
        // Below a sixtieth of a second nobody sends faster anyway.
        if interval < Duration::from_millis(16) { Duration::ZERO } else { interval }
    }

    fn retry_after(&self) -> Duration {
        let micros = u64::from(self.desk.cost_micros.load(Ordering::Relaxed)) * MOST_WAITING as u64;
        Duration::from_micros(micros).clamp(Duration::from_millis(50), Duration::from_secs(5))
    }
}

struct Route {
    worker: usize,
    load: Arc<Load>,
    last_used: Instant,
}

struct Worker {
    messages: Sender<Message>,
    desk: Arc<Desk>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

/// Takes frames and owns the workers that decide on them.
pub struct Pipeline {
    routes: Mutex<HashMap<StreamId, Route>>,
    workers: Mutex<Vec<Worker>>,
    senders: Vec<(Sender<Message>, Arc<Desk>)>,
    settings: Arc<SettingsStore>,
    latest: Latest,
    footage: Footage,
    closing: AtomicBool,
}

impl Pipeline {
    /// Starts one worker a core, at most eight.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(parts: &Parts) -> std::io::Result<Self> {
        let losses = Losses::new(parts.problems.clone());
        let footage = Footage::start(&parts.settings, &parts.library, &parts.problems)?;
        let count = std::thread::available_parallelism().map_or(2, usize::from).min(MOST_WORKERS);
        let workers = (0..count)
            .map(|number| {
                let (messages, inbox) = bounded((MOST_STREAMS + 1) * MOST_WAITING + 1);
                let (ending, ended) = bounded(0);
                let (parts, losses, footage) = (parts.clone(), losses.clone(), footage.clone());
                let desk = Arc::<Desk>::default();
                let looked_at = Arc::clone(&desk);
                let thread = std::thread::Builder::new().name(format!("motion-{number}")).spawn(move || {
                    // Dropped with the closure, however it ends: whoever waits for the end then stops waiting.
                    let _ending = ending;
                    worker::run(&inbox, &looked_at, &parts, (&losses, &footage));
                })?;
                Ok(Worker { messages, desk, ended, thread })
            })
            .collect::<std::io::Result<Vec<Worker>>>()?;
        let senders = workers.iter().map(|w| (w.messages.clone(), Arc::clone(&w.desk))).collect();
        Ok(Self {
            routes: Mutex::default(),
            workers: Mutex::new(workers),
            senders,
            settings: Arc::clone(&parts.settings),
            latest: parts.latest.clone(),
            footage,
            closing: AtomicBool::new(false),
        })
    }

    /// Hands in a frame. Never waits. An accepted frame's `reply` is called once, when its verdict is known and, if it
    /// is to be kept, when it is on disk or cannot be.
    ///
    /// # Errors
    /// [`Rejected`]: the frame was not taken, and that is counted. `reply` is dropped.
    pub fn submit(&self, frame: Frame, order: impl Into<Order>, reply: Option<Reply>) -> Result<(), Rejected> {
        if self.closing.load(Ordering::Acquire) {
            return Err(Rejected::Closing);
        }
        let stream = frame.stream.clone();
        let (worker, load) = self.route(&stream)?;
        let taken = load.waiting.fetch_add(1, Ordering::SeqCst) < MOST_WAITING && !load.closed.load(Ordering::SeqCst);
        let order = order.into();
        if taken && order.is_of_now() {
            // Before its verdict can be shown.
            self.latest.appears(&stream);
        }
        let task = Task { frame, order, accepted: Instant::now(), reply, load: Arc::clone(&load) };
        if !taken || self.senders[worker].0.try_send(Message::Frame(Box::new(task))).is_err() {
            load.waiting.fetch_sub(1, Ordering::SeqCst);
            self.latest.dropped(&stream);
            return Err(Rejected::Busy { retry_after: load.retry_after() });
        }
        // The whole picture of a frame whose preview was counted is no frame more.
        if !matches!(order.wish, Wish::Judged(_)) {
            self.latest.count(&stream, |counts| counts.received += 1);
        }
        Ok(())
    }

    /// The camera is blind for now: the event that goes on ends, its peak is kept, the background stays. Never waits.
    pub fn interrupt(&self, stream: &StreamId) {
        if let Some(route) = self.lock().get(stream) {
            route.load.interrupted.store(true, Ordering::SeqCst);
            self.wake(route.worker);
        }
    }

    /// The camera is gone: ends its event and forgets its background. Never waits.
    pub fn close(&self, stream: &StreamId) {
        if let Some(route) = self.lock().remove(stream) {
            route.load.closed.store(true, Ordering::SeqCst);
            self.wake(route.worker);
        }
    }

    /// All frames of a stream from now on, as they are shown, for a recorder.
    #[must_use]
    pub fn tap(&self, stream: &StreamId) -> Tap {
        self.footage.tap(stream)
    }

    /// Closes the streams that have given nothing for `idle`, and tells which.
    #[must_use]
    pub fn close_idle(&self, idle: Duration) -> Vec<StreamId> {
        let streams: Vec<StreamId> =
            self.lock().iter().filter(|(_, r)| r.last_used.elapsed() > idle).map(|(s, _)| s.clone()).collect();
        for stream in &streams {
            self.close(stream);
        }
        streams
    }

    /// Takes no more frames, decides on those that wait, ends every event and stops the workers.
    /// `false`: a worker did not end in time and was left behind.
    pub fn stop(&self, deadline: Duration) -> bool {
        self.closing.store(true, Ordering::Release);
        let end = Instant::now() + deadline;
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in &workers {
            let _ = worker.messages.send_deadline(Message::Stop, end);
        }
        let mut all = true;
        for worker in workers {
            match worker.ended.recv_deadline(end) {
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => all &= worker.thread.join().is_ok(),
                _ => all = false,
            }
        }
        // By now every event has its end.
        self.footage.stop(end.saturating_duration_since(Instant::now())) && all
    }

    fn route(&self, stream: &StreamId) -> Result<(usize, Arc<Load>), Rejected> {
        let mut routes = self.lock();
        if let Some(route) = routes.get_mut(stream) {
            route.last_used = Instant::now();
            return Ok((route.worker, Arc::clone(&route.load)));
        }
        let of_user = routes.keys().filter(|known| known.user == stream.user).count();
        if of_user >= MOST_OF_ONE_USER {
            return Err(Rejected::TooManyCameras(MOST_OF_ONE_USER));
        }
        // One place more for the operator, whose own camera nobody shuts out.
        let most = MOST_STREAMS + usize::from(stream.user == self.settings.get().local_user);
        if routes.len() >= most {
            return Err(Rejected::TooManyCameras(MOST_STREAMS));
        }
        let mut streams_of = vec![0_usize; self.senders.len()];
        for route in routes.values() {
            streams_of[route.worker] += 1;
        }
        let worker = (0..streams_of.len()).min_by_key(|worker| streams_of[*worker]).unwrap_or_default();
        let load = Arc::new(Load {
            waiting: AtomicUsize::new(0),
            interrupted: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            desk: Arc::clone(&self.senders[worker].1),
        });
        let route = Route { worker, load: Arc::clone(&load), last_used: Instant::now() };
        routes.insert(stream.clone(), route);
        Ok((worker, load))
    }

    /// Makes a worker look at what is asked of its streams.
    fn wake(&self, worker: usize) {
        let (messages, desk) = &self.senders[worker];
        desk.asked.store(true, Ordering::SeqCst);
        // Where there is no room the worker is awake: it looks after each message.
        let _ = messages.try_send(Message::Look);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<StreamId, Route>> {
        // The map is only ever changed by single insertions and removals, so a poisoned lock guards a whole map.
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
