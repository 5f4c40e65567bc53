//! A worker: one thread that owns the detectors of its streams.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crossbeam_channel::Receiver;

use crate::bus::{Latest, Problem, ProblemKind, Problems};
use crate::config::SettingsStore;
use crate::domain::{Frame, StreamId};
use crate::library::Library;
use crate::pipeline::router::Load;
use crate::pipeline::stream::Stream;
use crate::pipeline::{Reply, Wish};

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
    pub wish: Wish,
    /// When it passed the door.
    pub accepted: Instant,
    pub reply: Option<Reply>,
    pub load: Arc<Load>,
}

/// What a worker is told.
pub(super) enum Message {
    Frame(Box<Task>),
    Interrupt(StreamId),
    Close(StreamId),
    Stop,
}

/// Decides on frames until told to stop, in the order in which they came.
pub(super) fn run(inbox: &Receiver<Message>, parts: &Parts) {
    let mut streams: HashMap<StreamId, Stream> = HashMap::new();
    for message in inbox {
        match message {
            Message::Frame(task) => decide(&mut streams, *task, parts),
            Message::Interrupt(id) => {
                if let Some(stream) = streams.get_mut(&id) {
                    stream.interrupt(parts);
                }
            }
            Message::Close(id) => {
                if let Some(mut stream) = streams.remove(&id) {
                    stream.interrupt(parts);
                }
            }
            Message::Stop => break,
        }
    }
    for stream in streams.values_mut() {
        stream.interrupt(parts);
    }
}

fn decide(streams: &mut HashMap<StreamId, Stream>, task: Task, parts: &Parts) {
    let started = Instant::now();
    let (id, load) = (task.frame.stream.clone(), Arc::clone(&task.load));
    let stream = streams.entry(id.clone()).or_insert_with(|| Stream::new(&id, parts));
    // A panic is our bug; it costs one frame and the background of one stream, not the program.
    let outcome = catch_unwind(AssertUnwindSafe(|| stream.decide(task, parts)));
    load.done(started.elapsed());
    if outcome.is_err() {
        tracing::error!(stream = %id, "deciding on a frame panicked; the stream starts anew");
        streams.remove(&id);
        parts.problems.raise(Problem {
            kind: ProblemKind::Internal,
            since: SystemTime::now().into(),
            what: format!("A frame of {id} could not be looked at because of a fault in Framekeep"),
            todo: "Its background is being learnt anew; please report the log".into(),
        });
    }
}
