//! The router: which worker owns which stream, and whether there is room for one more frame.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::bus::Latest;
use crate::domain::{Frame, StreamId};
use crate::pipeline::worker::{self, Message, Parts, Task};
use crate::pipeline::{Rejected, Reply, Wish};

/// Most frames of one stream that wait. More would only make them older: at 15 frames a second four are a quarter second.
const MOST_WAITING: usize = 4;
/// Most streams at once; each holds a background in memory.
const MOST_STREAMS: usize = 64;
/// Most streams of one user, so that nobody takes the places of the others with names of cameras.
const MOST_OF_ONE_USER: usize = 16;
/// Most workers: beyond that one waits for memory, not for cores.
const MOST_WORKERS: usize = 8;

/// How busy a stream is, shared by the door and its worker.
pub(super) struct Load {
    /// Frames between the door and the verdict.
    waiting: AtomicUsize,
    /// Smoothed time that a frame of this stream takes, in microseconds.
    cost_micros: AtomicU32,
    /// The same for all streams of the worker together, once each.
    worker_cost_micros: Arc<AtomicU32>,
}

impl Load {
    /// One frame is done after `took`.
    pub(super) fn done(&self, took: Duration) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let old = self.cost_micros.load(Ordering::Relaxed);
        let new = if old == 0 { took } else { old - old / 8 + took / 8 };
        self.cost_micros.store(new, Ordering::Relaxed);
        self.worker_cost_micros.fetch_add(new.wrapping_sub(old), Ordering::Relaxed);
    }

    /// The stream is gone: its worker has one less to do.
    fn retire(&self) {
        let cost = self.cost_micros.swap(0, Ordering::Relaxed);
        self.worker_cost_micros.fetch_sub(cost, Ordering::Relaxed);
    }

    /// Shortest time between two frames that keeps the worker below seven tenths of its time.
    pub(super) fn interval(&self) -> Duration {
        let micros = u64::from(self.worker_cost_micros.load(Ordering::Relaxed));
        let interval = Duration::from_micros(micros * 10 / 7);
        // Below a sixtieth of a second nobody sends faster anyway.
        if interval < Duration::from_millis(16) { Duration::ZERO } else { interval }
    }

    fn retry_after(&self) -> Duration {
        let micros = u64::from(self.worker_cost_micros.load(Ordering::Relaxed)) * MOST_WAITING as u64;
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
    cost_micros: Arc<AtomicU32>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

/// Takes frames and owns the workers that decide on them.
pub struct Pipeline {
    routes: Mutex<HashMap<StreamId, Route>>,
    workers: Mutex<Vec<Worker>>,
    senders: Vec<(Sender<Message>, Arc<AtomicU32>)>,
    latest: Latest,
    closing: AtomicBool,
}

impl Pipeline {
    /// Starts one worker a core, at most eight.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(parts: &Parts) -> std::io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, usize::from).min(MOST_WORKERS);
        let workers = (0..count)
            .map(|number| {
                let (messages, inbox) = bounded(MOST_STREAMS * (MOST_WAITING + 2));
                let (ending, ended) = bounded(0);
                let parts = parts.clone();
                let thread = std::thread::Builder::new().name(format!("motion-{number}")).spawn(move || {
                    // Dropped with the closure, however it ends: whoever waits for the end then stops waiting.
                    let _ending = ending;
                    worker::run(&inbox, &parts);
                })?;
                Ok(Worker { messages, cost_micros: Arc::default(), ended, thread })
            })
            .collect::<std::io::Result<Vec<Worker>>>()?;
        let senders = workers.iter().map(|w| (w.messages.clone(), Arc::clone(&w.cost_micros))).collect();
        Ok(Self {
            routes: Mutex::default(),
            workers: Mutex::new(workers),
            senders,
            latest: parts.latest.clone(),
            closing: AtomicBool::new(false),
        })
    }

    /// Hands in a frame. Never waits. An accepted frame's `reply` is called once, when its verdict is known and, if it
    /// is to be kept, when it is on disk or cannot be.
    ///
    /// # Errors
    /// [`Rejected`]: the frame was not taken, and that is counted. `reply` is dropped.
    pub fn submit(&self, frame: Frame, wish: Wish, reply: Option<Reply>) -> Result<(), Rejected> {
        if self.closing.load(Ordering::Acquire) {
            return Err(Rejected::Closing);
        }
        let stream = frame.stream.clone();
        let (worker, load) = self.route(&stream)?;
        let taken = load.waiting.fetch_add(1, Ordering::AcqRel) < MOST_WAITING;
        let task = Task { frame, wish, accepted: Instant::now(), reply, load: Arc::clone(&load) };
        if !taken || self.senders[worker].0.try_send(Message::Frame(Box::new(task))).is_err() {
            load.waiting.fetch_sub(1, Ordering::AcqRel);
            self.latest.count(&stream, |counts| counts.dropped += 1);
            return Err(Rejected::Busy { retry_after: load.retry_after() });
        }
        self.latest.count(&stream, |counts| counts.received += 1);
        Ok(())
    }

    /// The camera is blind for now: the event that goes on ends, its peak is kept, the background stays.
    pub fn interrupt(&self, stream: &StreamId) {
        let worker = self.lock().get(stream).map(|route| route.worker);
        if let Some(worker) = worker {
            self.tell(worker, Message::Interrupt(stream.clone()));
        }
    }

    /// The camera is gone: ends its event and forgets its background.
    pub fn close(&self, stream: &StreamId) {
        let route = self.lock().remove(stream);
        if let Some(route) = route {
            route.load.retire();
            self.tell(route.worker, Message::Close(stream.clone()));
        }
    }

    /// Closes the streams that have given nothing for `idle`.
    pub fn close_idle(&self, idle: Duration) {
        let streams: Vec<StreamId> =
            self.lock().iter().filter(|(_, r)| r.last_used.elapsed() > idle).map(|(s, _)| s.clone()).collect();
        for stream in streams {
            self.close(&stream);
        }
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
        all
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
        if routes.len() >= MOST_STREAMS {
            return Err(Rejected::TooManyCameras(MOST_STREAMS));
        }
        let mut streams_of = vec![0_usize; self.senders.len()];
        for route in routes.values() {
            streams_of[route.worker] += 1;
        }
        let worker = (0..streams_of.len()).min_by_key(|worker| streams_of[*worker]).unwrap_or_default();
        let load = Arc::new(Load {
            waiting: AtomicUsize::new(0),
            cost_micros: AtomicU32::new(0),
            worker_cost_micros: Arc::clone(&self.senders[worker].1),
        });
        let route = Route { worker, load: Arc::clone(&load), last_used: Instant::now() };
        routes.insert(stream.clone(), route);
        Ok((worker, load))
    }

    /// A word to a worker. Its channel has room for it: the door leaves two places a stream.
    fn tell(&self, worker: usize, message: Message) {
        if self.senders[worker].0.send_timeout(message, Duration::from_secs(1)).is_err() {
            tracing::warn!(worker, "a motion worker does not listen");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<StreamId, Route>> {
        // The map is only ever changed by single insertions and removals, so a poisoned lock guards a whole map.
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
