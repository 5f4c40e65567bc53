//! The ledgers of all streams, as far as they are not on disk yet.
//!
//! Whoever sees something of a stream tells it here in one call that never waits; the library takes the pages from here and
//! keeps them. It knows neither cameras nor files.

mod book;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::domain::{BlindCause, LedgerPage, StreamId, Timestamp};
use book::Book;

pub use book::Resumed;

/// Most streams that are written about at once. The one that was not seen for longest goes first, because everyone in the
/// network can think of names.
const MOST_STREAMS: usize = 256;
/// When the clock of the wall went so much further than the one that counts the program's own time, the computer slept.
const SLEPT: Duration = Duration::from_secs(5);

/// The ledgers of all streams. Cloning shares them.
#[derive(Clone)]
pub struct Ledger {
    books: Arc<Mutex<Books>>,
}

struct Books {
    streams: HashMap<StreamId, Book>,
    /// When the program began to look, a second.
    started: i64,
    /// Both clocks when time was last told to go on.
    clocks: (Instant, Timestamp),
}

impl Default for Ledger {
    fn default() -> Self {
        let now = now();
        let started = now.as_millis().div_euclid(1000);
        let books = Books { streams: HashMap::new(), started, clocks: (Instant::now(), now) };
        Self { books: Arc::new(Mutex::new(books)) }
    }
}

impl Ledger {
    /// A frame was judged; afterwards an event is going on, or not.
    pub fn judged(&self, stream: &StreamId, captured_at: Timestamp, event: bool) {
        let (at, now) = (captured_at.as_millis(), now().as_millis());
        self.with_new(stream, at.min(now), |book| book.judged(at, event, now));
    }

    /// A frame is on disk.
    pub fn kept(&self, stream: &StreamId, captured_at: Timestamp) {
        self.with(stream, |book| book.kept(captured_at.as_millis(), now().as_millis()));
    }

    /// A frame was to be kept and is lost, because the disk is full or for another reason.
    pub fn lost(&self, stream: &StreamId, captured_at: Timestamp, is_full: bool) {
        self.with(stream, |book| book.lost(captured_at.as_millis(), is_full, now().as_millis()));
    }

    /// A frame was turned away because others wait.
    pub(super) fn dropped(&self, stream: &StreamId) {
        let now = now().as_millis();
        self.with_new(stream, now, |book| book.dropped(now));
    }

    /// The camera gives nothing since then, and why.
    pub(super) fn went_blind(&self, stream: &StreamId, since: Timestamp, cause: BlindCause) {
        let (since, now) = (since.as_millis(), now().as_millis());
        self.with_new(stream, since.min(now), |book| book.blind(since, cause, now));
    }

    /// Nothing came from one time to another for this cause, as a camera tells afterwards. What was told or seen at the time
    /// itself stays as it is.
    pub fn was_blind(&self, stream: &StreamId, (from, to): (Timestamp, Timestamp), cause: BlindCause) {
        let second = |time: Timestamp| time.as_millis().div_euclid(1000);
        self.with(stream, |book| book.explain(second(from), second(to) + 1, cause));
    }

    /// A phone's battery is nearly empty: if it goes silent, that is why.
    pub fn is_weak(&self, stream: &StreamId) {
        self.with(stream, |book| book.is_weak(now().as_millis()));
    }

    /// Time goes on: what nobody has spoken of by now is blind.
    pub fn advance(&self) {
        let mut books = self.lock();
        let (instant, wall) = (Instant::now(), now());
        let (instant_before, wall_before) = std::mem::replace(&mut books.clocks, (instant, wall));
        let slept = wall.since(wall_before).saturating_sub(instant - instant_before) > SLEPT;
        let asleep = slept.then(|| (wall_before.as_millis(), wall.as_millis()));
        for book in books.streams.values_mut() {
            book.advance(wall.as_millis(), asleep);
        }
        books.streams.retain(|_, book| !book.is_over());
    }

    /// Goes on where an earlier run ended, of which the disk says this; the program was last there before the second `alive`.
    pub fn resume(&self, stream: &StreamId, before: &Resumed, alive: i64) {
        let mut books = self.lock();
        let started = books.started;
        if let Some(book) = books.streams.get_mut(stream) {
            return book.resume(before, alive, started);
        }
        insert(&mut books.streams, stream, Book::resumed(before, alive, started));
    }

    /// The pages of a stream in memory that touch these seconds, by number.
    #[must_use]
    pub fn pages(&self, stream: &StreamId, from: i64, to: i64) -> BTreeMap<i64, LedgerPage> {
        let books = self.lock();
        let pages = books.streams.get(stream).into_iter().flat_map(|book| book.pages(from, to));
        pages.map(|page| (page.number(), page.clone())).collect()
    }

    /// Copies of the pages that changed since they were last taken; with `lasted` also of those on which blindness only went on.
    #[must_use]
    pub fn take(&self, lasted: bool) -> Vec<(StreamId, Vec<LedgerPage>)> {
        let mut books = self.lock();
        let changed = books.streams.iter_mut().filter_map(|(stream, book)| {
            let mut pages = Vec::new();
            book.take(lasted, &mut pages);
            (!pages.is_empty()).then(|| (stream.clone(), pages))
        });
        changed.collect()
    }

    /// Pages that were taken could not be written: they are to be taken again.
    pub fn put_back(&self, taken: &[(StreamId, Vec<LedgerPage>)]) {
        let mut books = self.lock();
        for (stream, pages) in taken {
            if let Some(book) = books.streams.get_mut(stream) {
                for page in pages {
                    book.put_back(page);
                }
            }
        }
    }

    /// Whether there is a stream to write about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().streams.is_empty()
    }

    fn with(&self, stream: &StreamId, tell: impl FnOnce(&mut Book)) {
        if let Some(book) = self.lock().streams.get_mut(stream) {
            tell(book);
        }
    }

    fn with_new(&self, stream: &StreamId, begin: i64, tell: impl FnOnce(&mut Book)) {
        let mut books = self.lock();
        if let Some(book) = books.streams.get_mut(stream) {
            return tell(book);
        }
        // What was before this run is told by whoever knows the disk.
        let mut book = Book::new(begin.div_euclid(1000).max(books.started));
        tell(&mut book);
        insert(&mut books.streams, stream, book);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Books> {
        // Facts are only ever added, one after the other, so a poisoned lock guards books that are whole.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(streams: &mut HashMap<StreamId, Book>, stream: &StreamId, book: Book) {
    if streams.len() >= MOST_STREAMS
        && let Some(oldest) = streams.iter().min_by_key(|(_, book)| book.last_seen()).map(|(stream, _)| stream.clone())
    {
        tracing::info!(stream = %oldest, "its ledger ends early, as there are too many cameras");
        streams.remove(&oldest);
    }
    streams.insert(stream.clone(), book);
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
