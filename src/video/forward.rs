//! Moves jobs from the index to a queue elsewhere. In the index they stand beside what they are about, written as one step;
//! they leave it when the other queue has them, so a Redis that is away for a while costs nothing.

use std::sync::Arc;

use crate::jobs::JobQueue;
use crate::library::Library;
use crate::video::collector::Collect;
use crate::video::exchange::Gate;

/// Jobs that are moved in one go.
const AT_ONCE: usize = 200;

/// Moves them.
pub(super) struct Forward {
    pub library: Arc<Library>,
    pub queue: JobQueue,
    /// A job leaves the index when its workers find what they need.
    pub gate: Gate,
    /// The queue did not answer last time.
    pub silent: bool,
}

impl Collect for Forward {
    fn often(&mut self) -> bool {
        let Ok(jobs) = self.library.outbox(AT_ONCE) else { return false };
        let mut moved = Vec::new();
        for (id, job) in jobs.into_iter().filter(|(_, job)| self.gate.is_open(job)) {
            match self.queue.enqueue(&job) {
                Ok(_) => {
                    moved.push(id);
                    self.silent = false;
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.silent, true) {
                        tracing::warn!(%error, "jobs wait in the index until the queue answers");
                    }
                    break;
                }
            }
        }
        if !moved.is_empty()
            && let Err(error) = self.library.clear_outbox(&moved)
        {
            // They are moved once more, which the queue knows by their keys.
            tracing::warn!(%error, "jobs that were moved to the queue are still in the index");
        }
        // What they are about tells whether it waits.
        false
    }

    fn seldom(&mut self) {}
}
