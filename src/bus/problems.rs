//! What needs a person: one list, shown by the window, the phones and `/healthz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::bus::{Bus, Happening};
use crate::domain::Timestamp;

/// What kind of problem; there is at most one of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The disk of the save folder is full; frames wait in the spool or are refused.
    DiskFull,
    /// The save folder is gone or cannot be written; frames wait in the spool.
    SaveFolder,
    /// The index cannot be written.
    Index,
    /// Frames that were accepted could not be kept.
    FramesLost,
    /// The LAN server could not start or stopped.
    Server,
    /// The settings could not be read or written.
    Settings,
    /// Something that the operator asked for could not be done.
    Command,
    /// The camera of this computer is not being recorded although it should be.
    Recorder,
    /// Clips cannot be made, or not whole.
    Clips,
    /// The store through which workers on other machines get their files cannot be used.
    Store,
    /// A part of the program stopped that should run.
    Internal,
    /// Something waits for ffmpeg, which is not there.
    Ffmpeg,
}

/// One problem, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which kind.
    pub kind: ProblemKind,
    /// Since when.
    pub since: Timestamp,
    /// What is wrong and why, one sentence.
    pub what: String,
    /// What to do, one sentence.
    pub todo: String,
}

impl Problem {
    /// The problem in words for everyone in the network: without folders and addresses of this computer.
    #[must_use]
    pub fn in_public(&self) -> Self {
        let (what, todo) = match self.kind {
            ProblemKind::DiskFull => ("The disk of the save folder is full", "Ask the operator to make room there"),
            ProblemKind::SaveFolder => {
                ("The save folder cannot be reached", "Ask the operator to bring it back or choose another")
            }
            ProblemKind::Index => ("New frames are kept, but lists do not show them", "Ask the operator to look"),
            ProblemKind::FramesLost => ("Frames cannot be kept and are lost", "Ask the operator to look"),
            ProblemKind::Server => ("The server for phones has a problem", "Ask the operator to look"),
            ProblemKind::Settings => ("A setting of this computer could not be changed", "Ask the operator to look"),
            ProblemKind::Command => ("Something that the operator asked for failed", "Ask the operator to look"),
            ProblemKind::Recorder => ("A recording is interrupted", "Ask the operator to look"),
            ProblemKind::Clips => ("Clips of events cannot be made", "Ask the operator to look"),
            ProblemKind::Ffmpeg => (
                "Recordings and events are kept, but no videos are made of them yet",
                "Ask the operator to install ffmpeg",
            ),
            ProblemKind::Store => {
                ("Recordings are kept, but cannot be prepared for playing yet", "Ask the operator to look")
            }
            ProblemKind::Internal => ("A part of Framekeep has a fault", "Ask the operator to look"),
        };
        Self { kind: self.kind, since: self.since, what: what.to_owned(), todo: todo.to_owned() }
    }
}

/// The problems there are now. Cloning shares the list.
#[derive(Clone)]
pub struct Problems {
    list: Arc<Mutex<BTreeMap<ProblemKind, Problem>>>,
    bus: Bus,
}

impl Problems {
    /// An empty list; tells changes over `bus`.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { list: Arc::default(), bus }
    }

    /// Reports a problem. One of the same kind keeps its `since` and takes the new words.
    pub fn raise(&self, problem: Problem) {
        let news = {
            let mut list = self.lock();
            let old = list.get(&problem.kind);
            let since = old.map_or(problem.since, |old| old.since);
            let problem = Problem { since, ..problem };
            let news = old != Some(&problem);
            list.insert(problem.kind, problem);
            news
        };
        if news {
            self.bus.tell(Happening::Problems);
        }
    }

    /// Takes a problem back, because it is over.
    pub fn settle(&self, kind: ProblemKind) {
        if self.lock().remove(&kind).is_some() {
            self.bus.tell(Happening::Problems);
        }
    }

    /// All problems there are.
    #[must_use]
    pub fn list(&self) -> Vec<Problem> {
        self.lock().values().cloned().collect()
    }

    /// Whether there is a problem of this kind.
    #[must_use]
    pub fn has(&self, kind: ProblemKind) -> bool {
        self.lock().contains_key(&kind)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ProblemKind, Problem>> {
        // A map of whole values cannot be half changed, so a poisoned lock is as good as a whole one.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(since: i64) -> Problem {
        Problem {
            kind: ProblemKind::DiskFull,
            since: Timestamp::from_millis(since),
            what: "the disk is full".into(),
            todo: "free some room".into(),
        }
    }

    #[test]
    fn a_problem_keeps_its_beginning_and_goes_when_settled() {
        let problems = Problems::new(Bus::default());
        problems.raise(full(1));
        problems.raise(full(9));
        assert_eq!(problems.list(), [full(1)]);
        problems.settle(ProblemKind::DiskFull);
        assert!(problems.list().is_empty());
    }

    #[test]
    fn the_same_problem_twice_is_told_once() {
        let bus = Bus::default();
        let mut listener = bus.listen();
        let problems = Problems::new(bus);
        problems.raise(full(1));
        problems.raise(full(2));
        assert!(listener.try_recv().is_ok());
        assert!(listener.try_recv().is_err());
    }
}
