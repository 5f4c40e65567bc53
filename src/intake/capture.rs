//! The catch: what the local camera gives goes to the pipeline; what the pipeline cannot take is dropped and counted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::bus::Latest;
use crate::domain::{BlindReason, Frame, Picture, StreamId, Timestamp};
use crate::pipeline::{Pipeline, Rejected, Wish};
use crate::sources::{Sink, SourceInfo};

/// How long no picture of an open camera may be readable before it counts as blind.
const BLIND_AFTER: Duration = Duration::from_secs(1);

/// Catches what one local source gives.
pub struct Catch {
    stream: StreamId,
    pipeline: Arc<Pipeline>,
    latest: Latest,
    info: Arc<Mutex<Option<SourceInfo>>>,
    next_seq: u64,
    last_readable: Arc<Mutex<Instant>>,
}

impl Catch {
    /// A catch for `stream`; `info` shows what is open, for as long as it is.
    #[must_use]
    pub fn new(
        stream: StreamId,
        pipeline: Arc<Pipeline>,
        latest: Latest,
        info: Arc<Mutex<Option<SourceInfo>>>,
    ) -> Self {
        let last_readable = Arc::new(Mutex::new(Instant::now()));
        Self { stream, pipeline, latest, info, next_seq: 0, last_readable }
    }

    fn show(&self, info: Option<SourceInfo>) {
        *self.info.lock().unwrap_or_else(PoisonError::into_inner) = info;
    }
}

impl Sink for Catch {
    fn opened(&mut self, info: &SourceInfo) {
        tracing::info!(stream = %self.stream, camera = %info.name, width = info.width, height = info.height,
            fps = info.fps, format = %info.format, "camera opened");
        self.show(Some(info.clone()));
        *self.last_readable.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn picture(&mut self, picture: Picture, at: Timestamp) {
        let frame = Frame { stream: self.stream.clone(), seq: self.next_seq, captured_at: at, picture };
        self.next_seq += 1;
        let (last_readable, latest, stream) =
            (Arc::clone(&self.last_readable), self.latest.clone(), self.stream.clone());
        let pipeline = Arc::clone(&self.pipeline);
        let reply = Box::new(move |result: Result<_, _>| {
            let mut last = last_readable.lock().unwrap_or_else(PoisonError::into_inner);
            if result.is_ok() {
                *last = Instant::now();
            } else if last.elapsed() > BLIND_AFTER {
                latest.went_blind(&stream, at, BlindReason::Corrupt);
                pipeline.interrupt(&stream);
            }
        });
        match self.pipeline.submit(frame, Wish::ByRule, Some(reply)) {
            // A busy pipeline takes the next picture; this one was counted as dropped at its door.
            Ok(()) | Err(Rejected::Busy { .. } | Rejected::Closing) => {}
            Err(error @ Rejected::TooManyCameras(_)) => self.blind(BlindReason::Other(error.to_string())),
        }
    }

    fn blind(&mut self, reason: BlindReason) {
        tracing::info!(stream = %self.stream, %reason, "camera is blind");
        self.show(None);
        let since = SystemTime::now().into();
        self.latest.went_blind(&self.stream, since, reason);
        self.pipeline.interrupt(&self.stream);
    }
}
