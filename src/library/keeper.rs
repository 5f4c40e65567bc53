//! The thread that looks after the library: events into the index, free room, trash, and the way back when the folder was
//! full or gone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::bus::{Happening, ProblemKind};
use crate::domain::{Event, EventId};
use crate::library::home::{Home, LEAST_ROOM, lock};
use crate::library::state::Shared;
use crate::library::{LibraryError, clips, disk, ledger, now, recordings, traces, trash, writer};

/// How often the folder is looked at.
const TICK: Duration = Duration::from_secs(1);
const PURGE_EVERY: Duration = Duration::from_secs(30);
/// How often traces are counted, and those removed that are too many or too old.
const PRUNE_EVERY: Duration = Duration::from_mins(5);
/// How often what failed for a reason that does not pass by itself is tried again.
const RETRY_EVERY: Duration = Duration::from_secs(30);
/// How often the index is flushed and noted as complete, and how far behind now: longer than a frame takes from its file to
/// its row.
const NOTE_EVERY: Duration = Duration::from_mins(1);

/// Starts the thread. It ends when `closing` is set; it drops `ended` then.
pub(super) fn start(shared: &Arc<Shared>, wake: Receiver<()>, ended: Sender<()>) -> std::io::Result<()> {
    let shared = Arc::clone(shared);
    thread::Builder::new().name("library-keeper".into()).spawn(move || {
        let mut keeper = Keeper {
            shared,
            before: None,
            purged: None,
            pruned: None,
            ledger: ledger::Writing::default(),
            noted: Instant::now(),
            left: None,
            refused: None,
        };
        let mut next = Instant::now();
        loop {
            if Instant::now() >= next {
                keeper.tick();
                next = Instant::now() + TICK;
            }
            keeper.write_events();
            match wake.recv_deadline(next) {
                Err(RecvTimeoutError::Disconnected) => break,
                _ if keeper.shared.closing.load(Ordering::Acquire) => break,
                _ => {}
            }
        }
        keeper.write_events();
        let home = keeper.shared.home.load_full();
        if home.is_well() {
            traces::write(&keeper.shared, &home);
            ledger::write(&keeper.shared, &home, &mut keeper.ledger, true);
            report("the index is not closed in order", home.note_complete(now()));
        }
        drop((home, keeper));
        drop(ended);
    })?;
    Ok(())
}

struct Keeper {
    shared: Arc<Shared>,
    /// The folder as it was opened before, for as long as a writer may still use it.
    before: Option<Arc<Home>>,
    purged: Option<Instant>,
    pruned: Option<Instant>,
    ledger: ledger::Writing,
    noted: Instant,
    /// When the spool was last gone through, and the bytes that could not even be set aside.
    left: Option<(Instant, u64)>,
    /// When the folder was last opened in vain because of its index, which nobody mends within a second.
    refused: Option<Instant>,
}

impl Keeper {
    fn tick(&mut self) {
        let home = self.shared.home.load_full();
        let free = disk::free_bytes(home.dir());
        self.shared.free.store(free.unwrap_or(u64::MAX), Ordering::Relaxed);
        if home.is_well() && !home.is_there() {
            let gone = std::io::Error::new(std::io::ErrorKind::NotFound, "it is gone");
            self.shared.fall_sick(&home, &gone);
        }
        if home.is_well() && free.is_some_and(|free| free < LEAST_ROOM as u64) {
            // Told also while nothing comes in: what workers make does not fit either.
            self.shared.fall_sick(&home, &std::io::ErrorKind::StorageFull.into());
        }
        if home.is_well() && home.is_suspect() && home.fall_sick() {
            tracing::warn!(folder = %home.dir().display(), "the index is damaged; the folder is opened anew");
            self.shared.tell_index_damaged(&home);
        }
        let home = if home.is_well() { home } else { self.recover(&home) };
        if !home.is_well() {
            return;
        }
        let waiting = self.shared.spool.bytes();
        let same = self.left.is_some_and(|(at, bytes)| bytes == waiting && at.elapsed() < RETRY_EVERY);
        if waiting > 0 && !same {
            if !writer::merge(&self.shared, &home) {
                return;
            }
            self.left = Some((Instant::now(), self.shared.spool.bytes()));
        }
        self.shared.tell_well();
        home.take_lock();
        if let Some(before) = self.before.take_if(|before| Arc::strong_count(before) == 1) {
            // Writers were still at work when it was opened anew; what failed then is known only now.
            if before.dir() == home.dir() {
                home.take_over(&before);
            }
        }
        self.retry_index(&home);
        traces::write(&self.shared, &home);
        ledger::write(&self.shared, &home, &mut self.ledger, false);
        self.purge(&home);
        if self.noted.elapsed() >= NOTE_EVERY {
            self.noted = Instant::now();
            report("the index cannot be flushed", home.note_complete(now().minus(NOTE_EVERY)));
        }
    }

    /// Tries to open a sick folder anew; gives the folder that frames go to now.
    fn recover(&mut self, sick: &Arc<Home>) -> Arc<Home> {
        if self.refused.is_some_and(|at| at.elapsed() < RETRY_EVERY) && sick.is_there() {
            return Arc::clone(sick);
        }
        self.refused = None;
        sick.release_lock();
        match try_again(&self.shared, sick.dir(), sick) {
            Ok(home) => {
                let home = Arc::new(home);
                // Unless the operator has chosen another folder meanwhile.
                let before = self.shared.home.compare_and_swap(sick, Arc::clone(&home));
                if Arc::ptr_eq(&before, sick) {
                    self.before = Some(Arc::clone(sick));
                    tracing::info!(folder = %home.dir().display(), "the save folder can be written again");
                    return home;
                }
                arc_swap::Guard::into_inner(before)
            }
            Err(error) => {
                tracing::debug!(%error, "the save folder is not back");
                self.refused = matches!(error, LibraryError::Index(_)).then(Instant::now);
                Arc::clone(sick)
            }
        }
    }

    fn retry_index(&self, home: &Home) {
        if !home.is_index_behind() {
            // Whoever failed may tell so after what failed was made good.
            self.shared.problems.settle(ProblemKind::Index);
            return;
        }
        match home.retry_index() {
            Ok(news) => {
                for frame in news {
                    self.shared.bus.tell(Happening::FrameSaved(frame));
                }
                if home.has_dropped_rows() && home.fall_sick() {
                    tracing::info!(folder = %home.dir().display(), "it is opened anew to find what the index missed");
                }
                self.shared.problems.settle(ProblemKind::Index);
            }
            Err(error) => self.shared.index_failed(home, &error),
        }
    }

    fn purge(&mut self, home: &Arc<Home>) {
        if self.purged.is_none_or(|purged| purged.elapsed() >= PURGE_EVERY) {
            self.purged = Some(Instant::now());
            report("the trash cannot be emptied", trash::purge(home, now()));
            report("deleted recordings cannot be forgotten", recordings::purge(home, now()));
            report("deleted clips cannot be forgotten", clips::purge(home, now()));
            recordings::look_after(&self.shared, home);
        }
        let is_due = lock(&self.shared.traces).prune_due;
        if is_due || self.pruned.is_none_or(|pruned| pruned.elapsed() >= PRUNE_EVERY) {
            self.pruned = Some(Instant::now());
            report("old traces cannot be removed", traces::prune(&self.shared, home, now()));
        }
    }

    /// Writes events that are new or went on. They stay in memory until the index has them.
    fn write_events(&self) {
        let home = self.shared.home.load();
        if !home.is_well() {
            return;
        }
        let waiting: Vec<(EventId, Event)> =
            lock(&self.shared.events).iter().map(|(id, event)| (*id, event.clone())).collect();
        if waiting.is_empty() {
            return;
        }
        match home.write(|index| index.put_events(waiting.iter().map(|(_, event)| event))) {
            Ok(()) => {
                let mut events = lock(&self.shared.events);
                for (id, event) in &waiting {
                    // One that changed again meanwhile is written again.
                    if events.get(id) == Some(event) {
                        events.remove(id);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "events cannot be written and wait"),
        }
    }
}

fn try_again(shared: &Shared, dir: &Path, sick: &Home) -> Result<Home, LibraryError> {
    let gone = |why: &str| {
        let error = std::io::Error::new(std::io::ErrorKind::NotFound, "it is gone");
        shared.tell_sick(sick, &error, Some(why));
        LibraryError::Folder { path: dir.to_owned(), source: error }
    };
    if !dir.is_dir() {
        return Err(gone(""));
    }
    if !sick.may_reopen() {
        return Err(gone(": its disk is not mounted"));
    }
    // Opening the index on a full disk every second would only wear it out.
    if disk::free_bytes(dir).is_some_and(|free| free < 2 * LEAST_ROOM as u64) {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        shared.tell_sick(sick, &full, None);
        return Err(LibraryError::Folder { path: dir.to_owned(), source: full });
    }
    Home::open(dir, false, sick.is_suspect()).inspect_err(|error| {
        if let LibraryError::Folder { source, .. } | LibraryError::File { source, .. } = error {
            shared.tell_sick(sick, source, None);
        }
    })
}

fn report<E: std::fmt::Display>(what: &str, result: Result<(), E>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what}");
    }
}
