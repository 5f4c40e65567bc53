//! What the library's threads share, and what is told when something goes wrong.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, OnceLock};

use arc_swap::ArcSwap;
use crossbeam_channel::Sender;

use crate::bus::{Bus, Ledger, Problem, ProblemKind, Problems};
use crate::domain::{Event, EventId};
use crate::library::home::{Home, lock};
use crate::library::index::IndexError;
use crate::library::recordings;
use crate::library::spool::{Spool, SpoolError};
use crate::library::traces::Waiting;
use crate::library::{SaveError, disk, now};

/// Shared by the writing threads, the keeper and whoever asks.
pub(super) struct Shared {
    /// Where frames go that are handed in now.
    pub home: ArcSwap<Home>,
    pub spool: Spool,
    pub bus: Bus,
    pub problems: Problems,
    /// Free bytes in the save folder; `u64::MAX` where it is not known.
    pub free: AtomicU64,
    /// Events as they are now, until the index has them.
    pub events: Mutex<BTreeMap<EventId, Event>>,
    /// Recordings that are open.
    pub recordings: recordings::Table,
    /// What is to be done about those that are closed, once it is told.
    pub recording_jobs: OnceLock<Box<dyn recordings::RecordingJobs>>,
    /// Traces until the index has them.
    pub traces: Mutex<Waiting>,
    /// The ledger that is kept, once it is told.
    pub ledger: OnceLock<Ledger>,
    /// Whether the last frame that should have waited in the spool could not, and why.
    pub losing: Mutex<Option<String>>,
    /// Wakes the keeper.
    pub wake: Sender<()>,
    /// Whether something can become a clip that could not before.
    pub clips_changed: AtomicBool,
    pub closing: AtomicBool,
}

impl Shared {
    /// A folder did not take a frame: frames wait in the spool from now on, and everyone is told.
    pub fn fall_sick(&self, home: &Home, error: &io::Error) {
        // Another thread may have seen it first; its words are as good.
        if home.fall_sick() {
            tracing::warn!(%error, folder = %home.dir().display(), "the save folder cannot be written");
            self.tell_sick(home, error, None);
            let _ = self.wake.try_send(());
        }
    }

    /// A frame could be kept nowhere: the words for whoever sent it.
    pub fn spool_failed(&self, home: &Home, error: &SpoolError) -> SaveError {
        self.set_losing(Some(error.to_string()));
        SaveError(format!(
            "the frame could not be kept: {} cannot be written and {} takes no more ({error}); free some room or choose another save folder",
            home.dir().display(),
            self.spool.dir().display()
        ))
    }

    /// A frame waits in the spool: nothing is being lost.
    pub fn spooled(&self) {
        self.set_losing(None);
    }

    fn set_losing(&self, why: Option<String>) {
        *lock(&self.losing) = why;
        let known = self.problems.list().into_iter().find(|problem| is_of_folder(problem.kind));
        if let Some(problem) = known {
            let what = problem.what.split(NEW).next().unwrap_or_default().trim_end();
            self.problems.raise(self.with_what_becomes_of_frames(Problem { what: what.to_owned(), ..problem }));
        }
    }

    /// Says whether new frames wait or are lost: the same at every turn until that changes.
    fn with_what_becomes_of_frames(&self, problem: Problem) -> Problem {
        let (spool, losing) = (self.spool.dir().display(), lock(&self.losing).clone());
        let what = problem.what;
        let what = match losing {
            None => format!("{what} {NEW} wait in {spool}."),
            Some(why) => {
                format!("{what} {NEW} cannot be kept: they cannot wait in {spool} either ({why}) and are lost.")
            }
        };
        Problem { what, ..problem }
    }

    /// Tells what is wrong with the folder. `more` replaces the system's words where we know better.
    pub fn tell_sick(&self, home: &Home, error: &io::Error, more: Option<&str>) {
        let dir = home.dir().display();
        let (kind, other, what, todo) = if disk::is_full(error) {
            let what = format!("The disk of the save folder {dir} is full.");
            let todo = "Free some room there or choose another save folder; what waits is moved there by itself.";
            (ProblemKind::DiskFull, ProblemKind::SaveFolder, what, todo)
        } else if !home.is_there() {
            let what = format!("The save folder {dir} is gone{}.", more.unwrap_or_default());
            let todo =
                "Plug its disk in, make the folder again or choose another; what waits is moved there by itself.";
            (ProblemKind::SaveFolder, ProblemKind::DiskFull, what, todo)
        } else {
            let what = format!("The save folder {dir} cannot be written: {error}.");
            let todo = "Check its permissions and its disk, or choose another; what waits is moved there by itself.";
            (ProblemKind::SaveFolder, ProblemKind::DiskFull, what, todo)
        };
        self.problems.settle(other);
        let problem = Problem { kind, since: now(), what, todo: todo.into() };
        self.problems.raise(self.with_what_becomes_of_frames(problem));
    }

    /// Rows could not be added. The frames are on disk; their rows are added as soon as that is possible.
    pub fn index_failed(&self, home: &Home, error: &IndexError) {
        tracing::warn!(%error, folder = %home.dir().display(), "the index cannot be written");
        self.problems.raise(Problem {
            kind: ProblemKind::Index,
            since: now(),
            what: format!(
                "The index of {} cannot be written: {error}. Frames are kept, but lists do not show them.",
                home.dir().display()
            ),
            todo: if error.is_full() {
                "Free some room on the disk of the save folder; the index catches up by itself.".into()
            } else {
                "If this stays, end Framekeep and run `framekeep library rebuild`.".into()
            },
        });
        let _ = self.wake.try_send(());
    }

    /// The index is damaged and is about to be made again.
    pub fn tell_index_damaged(&self, home: &Home) {
        self.problems.raise(Problem {
            kind: ProblemKind::Index,
            since: now(),
            what: format!("The index of {} is damaged and is made again from the files.", home.dir().display()),
            todo: "Nothing; frames are kept meanwhile.".into(),
        });
    }

    /// The folder takes frames and nothing waits.
    pub fn tell_well(&self) {
        *lock(&self.losing) = None;
        self.problems.settle(ProblemKind::DiskFull);
        self.problems.settle(ProblemKind::SaveFolder);
    }
}

/// The sentence that begins so tells what becomes of frames; it is replaced when that changes.
const NEW: &str = "New frames";

fn is_of_folder(kind: ProblemKind) -> bool {
    matches!(kind, ProblemKind::DiskFull | ProblemKind::SaveFolder)
}
