//! A worker: one thread that owns the detectors of its streams.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::bus::{Latest, Problem, ProblemKind, Problems};
use crate::config::SettingsStore;
use crate::domain::{Frame, RgbPicture, StreamId};
use crate::library::Library;
use crate::pipeline::footage::Footage;
use crate::pipeline::losses::Losses;
use crate::pipeline::router::{Asked, Desk, Load};
use crate::pipeline::stream::{Lane, Stream};
use crate::pipeline::{Order, Reply};

/// What the pipeline uses.
#[derive(Clone)]
pub struct Parts {
    /// The settings; changes are taken up with the next frame.
    pub settings: Arc<SettingsStore>,
    /// Where frames are kept.
    pub library: Arc<Library>,
    /// Where the newest view of every stream is shown.
    pub latest: Latest,
    /// Where a fault of ours is told.
    pub problems: Problems,
}

/// One accepted frame.
pub(super) struct Task {
    pub frame: Frame,
    pub order: Order,
    /// When it passed the door.
    pub accepted: Instant,
    pub reply: Option<Reply>,
    pub load: Arc<Load>,
}

/// What a worker is told.
pub(super) enum Message {
    Frame(Box<Task>),
    /// Something is asked of a stream.
    Look,
    Stop,
}

/// When no more late frames have come for so long, all have: a sender brings them one after the other.
const LATE_ENDS_AFTER: Duration = Duration::from_secs(20);
/// How long a stream counts for what its worker has to do after its last frame.
const BUSY: Duration = Duration::from_secs(3);
/// Memory for pixels that is used again: enough for a 4K frame. More is given back, as one large photograph in ten minutes
/// is no reason to hold its memory.
pub(super) const PIXELS_KEPT: usize = 3840 * 2160 * 3;

/// A stream as its worker owns it.
struct Owned {
    stream: Stream,
    /// Takes what comes late, for as long as some comes.
    late: Option<(Stream, Instant)>,
    load: Arc<Load>,
    /// Smoothed time that a frame takes, in microseconds.
    cost_micros: u32,
    last: Instant,
}

impl Owned {
    /// Nothing more comes: the events that go on end.
    fn end(&mut self, id: &StreamId, parts: &Parts) {
        interrupt(id, &mut self.stream, parts);
        if let Some((late, _)) = &mut self.late {
            interrupt(id, late, parts);
        }
    }
}

type Streams = HashMap<StreamId, Owned>;

/// Decides on frames until told to stop, in the order in which they came.
pub(super) fn run(inbox: &Receiver<Message>, desk: &Desk, parts: &Parts, shared: (&Losses, &Footage)) {
    let mut streams = Streams::new();
    // One decoded frame for all streams: its memory is used again.
    let mut pixels = RgbPicture::default();
    loop {
        match inbox.recv_timeout(BUSY) {
            Ok(Message::Frame(task)) => decide(&mut streams, *task, &mut pixels, parts, shared),
            Ok(Message::Look) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
        if pixels.data.capacity() > PIXELS_KEPT {
            pixels = RgbPicture::default();
        }
        for (id, owned) in &mut streams {
            if let Some((mut late, _)) = owned.late.take_if(|(_, used)| used.elapsed() > LATE_ENDS_AFTER) {
                interrupt(id, &mut late, parts);
            }
        }
        if desk.asked.swap(false, Ordering::SeqCst) {
            let mut later = false;
            streams.retain(|id, owned| {
                let asked = owned.load.asked();
                later |= asked == Asked::Later;
                match asked {
                    Asked::Interrupt => interrupt(id, &mut owned.stream, parts),
                    Asked::Close => owned.end(id, parts),
                    Asked::Nothing | Asked::Later => {}
                }
                asked != Asked::Close
            });
            desk.asked.fetch_or(later, Ordering::SeqCst);
        }
        let busy = streams.values().filter(|owned| owned.last.elapsed() < BUSY);
        desk.cost_micros.store(busy.fold(0, |sum, owned| owned.cost_micros.saturating_add(sum)), Ordering::Relaxed);
    }
    for (id, owned) in &mut streams {
        owned.end(id, parts);
    }
}

fn decide(streams: &mut Streams, task: Task, pixels: &mut RgbPicture, parts: &Parts, shared: (&Losses, &Footage)) {
    let started = Instant::now();
    let (id, load) = (task.frame.stream.clone(), Arc::clone(&task.load));
    // A stream that was closed and comes again is another one.
    if streams.get(&id).is_some_and(|owned| !Arc::ptr_eq(&owned.load, &load))
        && let Some(mut closed) = streams.remove(&id)
    {
        closed.end(&id, parts);
    }
    let owned = streams.entry(id.clone()).or_insert_with(|| Owned {
        stream: Stream::new(&id, Lane::Live, parts, shared),
        late: None,
        load: Arc::clone(&load),
        cost_micros: 0,
        last: started,
    });
    // A panic is our bug; it costs one frame and the background of one stream, not the program.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        if !task.order.late {
            return owned.stream.decide(task, pixels, parts);
        }
        let (late, used) =
            owned.late.get_or_insert_with(|| (Stream::new(&id, Lane::Late, parts, shared), Instant::now()));
        *used = Instant::now();
        late.decide(task, pixels, parts);
    }));
    let took = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
    let old = owned.cost_micros;
    owned.cost_micros = if old == 0 { took } else { old - old / 8 + took / 8 };
    owned.last = Instant::now();
    load.done();
    if outcome.is_err() {
        streams.remove(&id);
        panicked(&id, parts);
    }
}

fn interrupt(id: &StreamId, stream: &mut Stream, parts: &Parts) {
    if catch_unwind(AssertUnwindSafe(|| stream.interrupt(parts))).is_err() {
        panicked(id, parts);
    }
}

fn panicked(id: &StreamId, parts: &Parts) {
    tracing::error!(stream = %id, "deciding on a frame panicked; the stream starts anew");
    parts.problems.raise(Problem {
        kind: ProblemKind::Internal,
        since: SystemTime::now().into(),
        what: format!("A frame of {id} could not be looked at because of a fault in Framekeep"),
        todo: "Its background is being learnt anew; please report the log".into(),
    });
}
