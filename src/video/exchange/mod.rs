//! The way to workers that share no folder with this program: what they need is put into a store, what they made is taken out of
//! it, and what nobody waits for is cleared away.
//!
//! The disk here stays the truth. Nothing is remembered of the store: again and again it is listed and compared with what waits
//! here (`parcel`), so whatever moment the program, a worker or the store is killed at, the next look sets it right.

mod parcel;
mod transfer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::bus::{Problem, ProblemKind, Problems};
use crate::domain::NewJob;
use crate::library::Library;
use crate::store::{Store, StoreError};
use crate::video::Files;
use parcel::Parcel;
use transfer::{Transfer, TransferError};

/// How often the store is looked at while something is in it or waits for it, and else.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LOOK_SELDOM: Duration = Duration::from_mins(1);
/// Shortest time from one look to the next: who is woken often does not list often.
const LOOK_AT_MOST: Duration = Duration::from_millis(250);
/// How long the store, or a file that could not be carried, is left alone.
const PAUSE: Duration = Duration::from_secs(5);
/// Files that are carried at the same time. The smallest go first, so that one of many gigabytes holds up no clip.
const CARRIERS: usize = 3;

/// Says in the store whom the prefix belongs to: what lies there and nobody here waits for is removed, so it must lie there for
/// nobody else.
const OWNER: &str = ".framekeep/owner";
/// It holds no more than this.
const MOST_OWNER_BYTES: u64 = 100;

/// What an exchange works on.
pub(super) struct Setup {
    pub store: Store,
    /// Who this is, among those who might use the same store.
    pub owner: String,
    pub files: Files,
    pub library: Arc<Library>,
    pub problems: Problems,
}

/// Whether what a job needs is where its workers look for it. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Gate(Option<Arc<Board>>);

impl Gate {
    /// Whether a job may go to workers now. If not, it is seen to that it soon may.
    pub fn is_open(&self, job: &NewJob) -> bool {
        let Some(board) = &self.0 else { return true };
        let Some(parcel) = parcel::of_job(&board.library, job) else { return true };
        let there = lock(&board.there);
        let is_there = parcel.inputs.iter().all(|input| has(&there, &input.name, input.bytes));
        drop(there);
        if !is_there {
            // Woken already is as good.
            let _ = board.wake.try_send(());
        }
        is_there
    }
}

/// The threads that keep store and library together. They end when this is dropped.
pub(super) struct Exchange {
    board: Arc<Board>,
    threads: Vec<JoinHandle<()>>,
    ended: Receiver<()>,
}

/// What the threads share.
struct Board {
    store: Store,
    owner: String,
    /// The store said that it is ours.
    owned: AtomicBool,
    files: Files,
    library: Arc<Library>,
    problems: Problems,
    /// What was in the store when it was looked at last.
    there: Mutex<BTreeMap<String, u64>>,
    /// What is being carried.
    busy: Mutex<BTreeSet<String>>,
    /// What could not be carried, when, and why.
    failed: Mutex<BTreeMap<String, (Instant, String)>>,
    wake: Sender<()>,
    closing: AtomicBool,
}

impl Exchange {
    /// Starts them.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(Setup { store, owner, files, library, problems }: Setup) -> std::io::Result<Self> {
        let (wake, woken) = bounded(1);
        let (give, given) = bounded(0);
        let (ending, ended) = bounded(0);
        let board = Arc::new(Board {
            store,
            owner,
            owned: AtomicBool::new(false),
            files,
            library,
            problems,
            there: Mutex::default(),
            busy: Mutex::default(),
            failed: Mutex::default(),
            wake,
            closing: AtomicBool::new(false),
        });
        let mut exchange = Self { board: Arc::clone(&board), threads: Vec::new(), ended };
        for number in 0..CARRIERS {
            let (board, given, ending) = (Arc::clone(&board), given.clone(), ending.clone());
            exchange.threads.push(std::thread::Builder::new().name(format!("store-{number}")).spawn(move || {
                given.iter().for_each(|transfer| board.carry(&transfer));
                drop(ending);
            })?);
        }
        exchange.threads.push(std::thread::Builder::new().name("store-look".into()).spawn(move || {
            board.run(&woken, &give);
            drop(ending);
        })?);
        Ok(exchange)
    }

    /// Tells for a job whether what it needs is in the store.
    pub fn gate(&self) -> Gate {
        Gate(Some(Arc::clone(&self.board)))
    }

    /// Breaks off what is being carried and ends the threads. `false`: one does not end in time and is left behind.
    pub fn stop(mut self, deadline: Duration) -> bool {
        self.board.close();
        let in_time = matches!(self.ended.recv_timeout(deadline), Err(RecvTimeoutError::Disconnected));
        in_time && self.threads.drain(..).all(|thread| thread.join().is_ok())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.board.close();
    }
}

impl Board {
    fn run(&self, woken: &Receiver<()>, give: &Sender<Transfer>) {
        while !self.is_closing() {
            let began = Instant::now();
            let pause = self.look(give);
            let _ = woken.recv_timeout(pause);
            if !self.is_closing() {
                std::thread::sleep(LOOK_AT_MOST.saturating_sub(began.elapsed()));
            }
        }
    }

    /// Compares the store with what waits here, and has done what is to be done. Gives how long to wait until the next look.
    fn look(&self, give: &Sender<Transfer>) -> Duration {
        // Before the store is listed: what lies there of something newer than this list is not taken for what nobody needs.
        let Some(parcels) = parcel::all(&self.library) else { return LOOK_EVERY };
        let there = match self.store.list(&|| self.is_closing()) {
            Ok(there) => there,
            Err(StoreError::Stopped) => return LOOK_EVERY,
            Err(error) => {
                self.tell(&error.to_string());
                return PAUSE;
            }
        };
        match self.claim(&there) {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Stopped) => return LOOK_AT_MOST,
            Err(error) => {
                self.tell(&error.to_string());
                return PAUSE;
            }
        }
        lock(&self.there).clone_from(&there);
        let needed: BTreeSet<String> = parcels.iter().flat_map(Parcel::names).collect();
        let strays: Vec<String> = {
            let busy = lock(&self.busy);
            let is_stray = |name: &&String| parcel::is_ours(name) && !needed.contains(*name) && !busy.contains(*name);
            there.keys().filter(is_stray).cloned().collect()
        };
        let cleared = if strays.is_empty() { Ok(()) } else { self.store.remove(&strays, &|| self.is_closing()) };
        let quiet = parcels.is_empty() && there.keys().filter(|name| parcel::is_ours(name)).count() == strays.len();
        self.hand_out(parcels, &there, give);
        let failed = lock(&self.failed).values().next().map(|(_, why)| why.clone());
        match (cleared, failed) {
            (Err(StoreError::Stopped), _) | (Ok(()), None) => self.problems.settle(ProblemKind::Store),
            (Err(error), _) => self.tell(&error.to_string()),
            (Ok(()), Some(why)) => self.tell(&why),
        }
        if quiet { LOOK_SELDOM } else { LOOK_EVERY }
    }

    /// Whether the prefix is ours. One that holds nothing of Framekeep becomes it, which is seen at the next look.
    fn claim(&self, there: &BTreeMap<String, u64>) -> Result<bool, StoreError> {
        let (was_owned, place) = (self.owned.load(Ordering::Acquire), || self.store.place());
        if !there.contains_key(OWNER) {
            // One that was emptied may have got the work of somebody who did not hear of it.
            if let Some(name) = there.keys().find(|name| parcel::is_ours(name)).filter(|_| !was_owned) {
                return Err(StoreError::NotEmpty { place: place(), name: name.clone() });
            }
            self.store.put(OWNER, &mut self.owner.as_bytes(), self.owner.len() as u64, &|| self.is_closing())?;
            self.owned.store(false, Ordering::Release);
            return Ok(false);
        }
        if !was_owned {
            match self.store.read(OWNER, MOST_OWNER_BYTES, &|| self.is_closing()) {
                Ok(owner) if owner == self.owner.as_bytes() => self.owned.store(true, Ordering::Release),
                Ok(_) => return Err(StoreError::Taken { place: place() }),
                Err(StoreError::Gone) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Gives what is to be carried to whoever has nothing to do.
    fn hand_out(&self, parcels: Vec<Parcel>, there: &BTreeMap<String, u64>, give: &Sender<Transfer>) {
        let mut transfers: BTreeMap<String, (u64, Transfer)> = BTreeMap::new();
        for parcel in parcels {
            if there.contains_key(&parcel.marker()) {
                let bytes = parcel.names().filter_map(|name| there.get(&name)).sum();
                let transfer = Transfer::From(parcel);
                transfers.insert(transfer.name().to_owned(), (bytes, transfer));
                continue;
            }
            for input in parcel.inputs {
                if !has(there, &input.name, input.bytes) {
                    let bytes = input.bytes.unwrap_or_default();
                    transfers.insert(input.name.clone(), (bytes, Transfer::To(input)));
                }
            }
        }
        {
            let mut failed = lock(&self.failed);
            failed.retain(|name, _| transfers.contains_key(name));
            transfers.retain(|name, _| failed.get(name).is_none_or(|(at, _)| at.elapsed() >= PAUSE));
        }
        let mut transfers: Vec<_> = transfers.into_values().collect();
        transfers.sort_by_key(|(bytes, _)| *bytes);
        for (_, transfer) in transfers {
            let name = transfer.name().to_owned();
            if !lock(&self.busy).insert(name.clone()) {
                continue;
            }
            if give.try_send(transfer).is_err() {
                lock(&self.busy).remove(&name);
                break;
            }
        }
    }

    fn carry(&self, transfer: &Transfer) {
        let carried = transfer.carry(&self.store, &self.files, &|| self.is_closing());
        let name = transfer.name();
        match carried {
            Ok(()) => drop(lock(&self.failed).remove(name)),
            Err(TransferError::Store(StoreError::Stopped)) => {}
            Err(error) => {
                tracing::warn!(%error, name, "a file could not be carried to or from the store");
                lock(&self.failed).insert(name.to_owned(), (Instant::now(), error.to_string()));
            }
        }
        lock(&self.busy).remove(name);
        let _ = self.wake.try_send(());
    }

    fn tell(&self, why: &str) {
        self.problems.raise(Problem {
            kind: ProblemKind::Store,
            since: SystemTime::now().into(),
            what: format!("Jobs wait, as their files do not reach the workers on other machines: {why}"),
            todo: "Bring the store back, or correct jobs.store and the AWS_ variables that Framekeep was started with; what \
                   waits goes on by itself"
                .to_owned(),
        });
    }

    fn close(&self) {
        self.closing.store(true, Ordering::Release);
        let _ = self.wake.try_send(());
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// Whether a store has a file of this length, or of any.
fn has(there: &BTreeMap<String, u64>, name: &str, bytes: Option<u64>) -> bool {
    there.get(name).is_some_and(|found| bytes.is_none_or(|bytes| bytes == *found))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain values that cannot be half changed, so a poisoned lock is as good as a whole one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
