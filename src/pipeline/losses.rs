//! Frames that were accepted and could not be kept: a problem for as long as a stream loses them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::bus::{Problem, ProblemKind, Problems};
use crate::domain::StreamId;

/// Which streams lose frames. Cloning shares it.
#[derive(Clone)]
pub(super) struct Losses {
    streams: Arc<Mutex<BTreeSet<StreamId>>>,
    problems: Problems,
}

/// The losses of one stream, for as long as it is there or one of its frames waits to be kept.
pub(super) struct OwnLosses {
    stream: StreamId,
    all: Losses,
}

impl Losses {
    /// None does.
    pub fn new(problems: Problems) -> Self {
        Self { streams: Arc::default(), problems }
    }

    pub fn of_stream(&self, stream: &StreamId) -> Arc<OwnLosses> {
        Arc::new(OwnLosses { stream: stream.clone(), all: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<StreamId>> {
        // A set of whole values cannot be half changed, so a poisoned lock is as good as a whole one.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnLosses {
    /// A frame was lost.
    pub fn lost(&self, why: &str) {
        tracing::warn!(stream = %self.stream, why, "a frame is lost");
        if self.all.lock().insert(self.stream.clone()) {
            self.all.problems.raise(Problem {
                kind: ProblemKind::FramesLost,
                since: SystemTime::now().into(),
                what: format!("Frames of {} are lost: {why}", self.stream),
                todo: "This ends with the next frame of that camera that is kept".into(),
            });
        }
    }

    /// A frame was kept.
    pub fn kept(&self) {
        let mut streams = self.all.lock();
        if streams.remove(&self.stream) && streams.is_empty() {
            self.all.problems.settle(ProblemKind::FramesLost);
        }
    }
}

impl Drop for OwnLosses {
    fn drop(&mut self) {
        self.kept();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Bus;

    #[test]
    fn the_problem_lasts_until_no_stream_loses_frames() {
        let problems = Problems::new(Bus::default());
        let losses = Losses::new(problems.clone());
        let of = |camera: &str| {
            losses.of_stream(&StreamId { user: "Anna".parse().unwrap(), camera: camera.parse().unwrap() })
        };
        let (a, b, c) = (of("a"), of("b"), of("c"));
        a.lost("the disk is too slow");
        b.lost("the disk is too slow");
        c.kept();
        a.kept();
        assert_eq!(problems.list().len(), 1);
        drop(b);
        assert!(problems.list().is_empty());
    }
}
