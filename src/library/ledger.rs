//! The ledger on disk: ten minutes of a stream are one small row, which is written again while more becomes known of them.
//!
//! A row is joined with what is known newly, never replaced: late frames, a second writing and a restart lose nothing. What
//! is not on disk yet is asked of [`crate::bus::Ledger`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::bus::{Ledger, Resumed};
use crate::codec;
use crate::domain::{Label, LedgerExtract, LedgerPage, Second, StreamId, Timestamp};
use crate::library::home::Home;
use crate::library::index::{Index, IndexError, stream_of};
use crate::library::state::Shared;
use crate::library::{Library, LibraryError, now};

/// How often news is written: so much is lost at most when the program is killed.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// How often it is written that a blindness goes on, and that Framekeep was there.
const LASTED_EVERY: Duration = Duration::from_mins(1);
const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// How often rows are counted, and those removed that are too old or too many.
const PRUNE_EVERY: Duration = Duration::from_mins(5);
/// How long the ledger is kept, in pages of ten minutes: 400 days.
const MOST_AGE_PAGES: i64 = 400 * 24 * 6;
/// Most rows, about 60 MB.
const MOST_ROWS: i64 = 500_000;
/// How far back it is looked for streams that go on after a start, in pages: a day and what belongs to it.
const RESUMED_PAGES: i64 = 25 * 6;
/// So long before the last writing a frame may have been captured that was kept after it: the peak of an event is kept when
/// the event is over.
const KEPT_LATER: Duration = Duration::from_mins(15);
/// Most frames of one stream that are looked at after the program was killed, the newest.
const MOST_FRAMES: u32 = 4000;

/// All there is.
pub(super) const ALL: &str = "SELECT user, camera, page, bytes FROM ledger";
const READ: &str = "SELECT page, bytes FROM ledger WHERE user_key = ?1 AND camera_key = ?2 AND page BETWEEN ?3 AND ?4";
const READ_ONE: &str = "SELECT bytes FROM ledger WHERE user_key = ?1 AND camera_key = ?2 AND page = ?3";
const PUT: &str = "INSERT OR REPLACE INTO ledger (user_key, camera_key, page, user, camera, bytes)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const STREAMS: &str = "SELECT DISTINCT user, camera FROM ledger WHERE page >= ?1";
const FRAMES_SINCE: &str = "SELECT captured_at FROM frames
     WHERE user_key = ?1 AND camera_key = ?2 AND captured_at >= ?3 AND captured_at < ?4
     ORDER BY captured_at DESC LIMIT ?5";
const FIRST_OF_MOST: &str = "SELECT page FROM ledger ORDER BY page DESC LIMIT 1 OFFSET ?1";
const REMOVE: &str = "DELETE FROM ledger WHERE page <= ?1";
const ALIVE: &str = "SELECT value FROM notes WHERE name = 'ledger_alive'";
const SET_ALIVE: &str = "INSERT OR REPLACE INTO notes VALUES ('ledger_alive', ?1)";

/// Which part of the ledger to read.
#[derive(Debug, Clone)]
pub struct LedgerQuery {
    /// Of this stream.
    pub stream: StreamId,
    /// From this time, down to a whole second.
    pub from: Timestamp,
    /// To this time, down to a whole second.
    pub to: Timestamp,
}

impl LedgerQuery {
    /// The same in whole seconds.
    #[must_use]
    pub fn whole(self) -> Self {
        let whole = |time: Timestamp| Timestamp::from_millis(time.as_millis().div_euclid(1000).saturating_mul(1000));
        Self { from: whole(self.from), to: whole(self.to), ..self }
    }
}

/// What the keeper thread remembers of its writing.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// Whether the ledger goes on where the disk said that it had ended.
    is_resumed: bool,
    written: Option<Instant>,
    lasted: Option<Instant>,
    alive: Option<Instant>,
    pruned: Option<Instant>,
    /// Whether it could not be written the last time.
    is_stuck: bool,
}

impl Library {
    /// Keeps this ledger from now on, and tells it how the one on disk ended.
    pub fn keep_ledger(&self, ledger: Ledger) {
        // There is one ledger in a program: a second one is told to the same library by no one.
        let _ = self.shared.ledger.set(ledger);
        let _ = self.shared.wake.try_send(());
    }

    /// What the ledger says of a stream: on disk, and what is known since.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn ledger(&self, query: &LedgerQuery) -> Result<LedgerExtract, LibraryError> {
        let second = |time: Timestamp| time.as_millis().div_euclid(1000);
        let (from, to) = (second(query.from), second(query.to));
        // First what is in memory: what goes from there to the disk meanwhile is then read twice, and not missed.
        let newer = self.shared.ledger.get().map(|ledger| ledger.pages(&query.stream, from, to)).unwrap_or_default();
        let home = self.shared.home.load();
        let mut pages = home.read(|connection| read(connection, &query.stream, from, to))?;
        for (number, later) in newer {
            pages.entry(number).or_insert_with(|| LedgerPage::new(number)).join(&later);
        }
        Ok(LedgerExtract::read(&pages, from, to))
    }
}

/// Writes what is new, as often as is due; `all` whatever there is.
pub(super) fn write(shared: &Shared, home: &Home, writing: &mut Writing, all: bool) {
    let Some(ledger) = shared.ledger.get() else { return };
    ledger.advance();
    let due = |last: &mut Option<Instant>, every| {
        let due = all || last.is_none_or(|last| last.elapsed() >= every);
        if due {
            *last = Some(Instant::now());
        }
        due
    };
    if !due(&mut writing.written, WRITE_EVERY) {
        return;
    }
    if !writing.is_resumed {
        match home.read(|connection| resume(connection, ledger)) {
            Ok(()) => writing.is_resumed = true,
            Err(error) => return tracing::warn!(%error, "how the ledger ended cannot be read"),
        }
    }
    let pages = ledger.take(due(&mut writing.lasted, LASTED_EVERY));
    if pages.is_empty() && (ledger.is_empty() || !due(&mut writing.alive, ALIVE_EVERY)) {
        return;
    }
    match home.write(|index| put(index, &pages)) {
        Ok(()) => {
            writing.alive = Some(Instant::now());
            if std::mem::take(&mut writing.is_stuck) {
                tracing::info!("the ledger is written again");
            }
        }
        Err(error) => {
            ledger.put_back(&pages);
            if !std::mem::replace(&mut writing.is_stuck, true) {
                tracing::warn!(%error, "the ledger cannot be written and waits");
            }
        }
    }
    if due(&mut writing.pruned, PRUNE_EVERY)
        && let Err(error) = home.write(prune)
    {
        tracing::warn!(%error, "old pages of the ledger cannot be removed");
    }
}

fn put(index: &mut Index, pages: &[(StreamId, Vec<LedgerPage>)]) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    for (stream, pages) in pages {
        pages.iter().try_for_each(|page| put_page(&transaction, stream, page))?;
    }
    transaction.execute(SET_ALIVE, [now().as_millis()])?;
    Ok(transaction.commit()?)
}

/// Puts pages of an old index into a new one.
pub(super) fn put_back(index: &mut Index, pages: &[(StreamId, LedgerPage)]) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    pages.iter().try_for_each(|(stream, page)| put_page(&transaction, stream, page))?;
    Ok(transaction.commit()?)
}

/// A stream and its page from a row of [`ALL`].
pub(super) fn row_of(row: &Row) -> Result<(StreamId, LedgerPage), rusqlite::Error> {
    let number = row.get(2)?;
    Ok((stream_of(row, 0)?, page_of(number, row.get_ref(3)?.as_blob()?)))
}

fn put_page(transaction: &Transaction, stream: &StreamId, page: &LedgerPage) -> Result<(), IndexError> {
    let StreamId { user, camera } = stream;
    let known: Option<Vec<u8>> = transaction
        .prepare_cached(READ_ONE)?
        .query_row(params![user.key(), camera.key(), page.number()], |row| row.get(0))
        .optional()?;
    let mut joined = known.map_or_else(|| LedgerPage::new(page.number()), |bytes| page_of(page.number(), &bytes));
    joined.join(page);
    transaction.prepare_cached(PUT)?.execute(params![
        user.key(),
        camera.key(),
        page.number(),
        user.as_str(),
        camera.as_str(),
        codec::encode_page(&joined),
    ])?;
    Ok(())
}

fn read(
    connection: &Connection,
    stream: &StreamId,
    from: i64,
    to: i64,
) -> Result<BTreeMap<i64, LedgerPage>, IndexError> {
    let StreamId { user, camera } = stream;
    let mut statement = connection.prepare_cached(READ)?;
    let (first, last) = (LedgerPage::number_of(from), LedgerPage::number_of(to));
    let rows = statement.query_map(params![user.key(), camera.key(), first, last], |row| {
        let number = row.get(0)?;
        Ok((number, page_of(number, row.get_ref(1)?.as_blob()?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn page_of(number: i64, bytes: &[u8]) -> LedgerPage {
    codec::decode_page(number, bytes).unwrap_or_else(|| {
        tracing::warn!(number, "a page of the ledger is damaged and begins anew");
        LedgerPage::new(number)
    })
}

/// Tells the ledger of the streams that were there when the program ended the last time. What was kept after the last
/// writing is known by the frames.
fn resume(connection: &Connection, ledger: &Ledger) -> Result<(), IndexError> {
    let alive: Option<i64> = connection.query_row(ALIVE, [], |row| row.get(0)).optional()?;
    let now = now();
    let second = now.as_millis().div_euclid(1000);
    let first = LedgerPage::number_of(second) - RESUMED_PAGES;
    let mut statement = connection.prepare(STREAMS)?;
    let streams = statement.query_map([first], |row| stream_of(row, 0))?.collect::<Result<Vec<_>, _>>()?;
    for stream in streams {
        let pages = read(connection, &stream, first * LedgerPage::SECONDS, second)?;
        let Some(ended) = ended(&pages) else { continue };
        ledger.resume(&stream, &ended, alive.unwrap_or_default().div_euclid(1000));
        let mut statement = connection.prepare_cached(FRAMES_SINCE)?;
        let since = Timestamp::from_millis(ended.next * 1000).minus(KEPT_LATER).as_millis();
        let times = statement
            .query_map(params![stream.user.key(), stream.camera.key(), since, now.as_millis(), MOST_FRAMES], |row| {
                row.get(0).map(Timestamp::from_millis)
            })?;
        for time in times {
            ledger.kept(&stream, time?);
        }
    }
    Ok(())
}

/// How a stream ended by its last pages; `None` where nothing is known of it.
fn ended(pages: &BTreeMap<i64, LedgerPage>) -> Option<Resumed> {
    let last_with = |is: fn(&LedgerPage, i64) -> bool| {
        let seconds = pages.values().rev().flat_map(|page| {
            let seconds = (page.first()..page.first() + LedgerPage::SECONDS).rev();
            seconds.map(move |second| (page, second))
        });
        seconds.into_iter().find(|(page, second)| is(page, *second))
    };
    let (page, last) = last_with(|page, second| page.label(second).is_some())?;
    let seen = last_with(|page, second| page.get(second).is(Second::FRAME)).map(|(_, second)| second);
    let first = pages.values().flat_map(|page| page.first()..page.first() + LedgerPage::SECONDS);
    let first = first.into_iter().find(|second| pages[&LedgerPage::number_of(*second)].label(*second).is_some())?;
    let cause = page.get(last).cause().filter(|cause| cause.is_told());
    let blind = cause.filter(|_| matches!(page.label(last), Some(Label::Blind(_))));
    Some(Resumed { next: last + 1, last_seen: seen.unwrap_or(first), blind })
}

fn prune(index: &mut Index) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    let too_many: Option<i64> = transaction.query_row(FIRST_OF_MOST, [MOST_ROWS], |row| row.get(0)).optional()?;
    let too_old = LedgerPage::number_of(now().as_millis().div_euclid(1000)) - MOST_AGE_PAGES;
    transaction.execute(REMOVE, [too_many.map_or(too_old, |many| many.max(too_old))])?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> StreamId {
        StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() }
    }

    fn page(number: i64, seen: i64) -> LedgerPage {
        let mut page = LedgerPage::new(number);
        page.get_mut(number * LedgerPage::SECONDS + seen).mark(Second::SEEN);
        page
    }

    fn put_all(home: &Home, pages: Vec<LedgerPage>) {
        home.write(|index| put(index, &[(stream(), pages)])).unwrap();
    }

    fn read_all(home: &Home, last: i64) -> BTreeMap<i64, LedgerPage> {
        home.read(|connection| read(connection, &stream(), 0, last * LedgerPage::SECONDS)).unwrap()
    }

    #[test]
    fn a_page_is_joined_with_its_row_and_one_that_is_damaged_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        put_all(&home, vec![page(3, 5), page(4, 7)]);
        put_all(&home, vec![page(3, 9)]);
        let seconds = |page: &LedgerPage| page.seconds().iter().filter(|second| second.is(Second::SEEN)).count();
        let seen = |home: &Home| read_all(home, 5).values().map(seconds).collect::<Vec<_>>();
        assert_eq!(seen(&home), [2, 1]);
        home.index().connection().execute("UPDATE ledger SET bytes = x'0905' WHERE page = 3", []).unwrap();
        assert_eq!(seen(&home), [0, 1]);
        put_all(&home, vec![page(3, 9)]);
        assert_eq!(seen(&home), [1, 1]);
    }

    #[test]
    fn how_a_stream_ended_is_told_by_its_last_pages() {
        use crate::domain::BlindCause;
        assert_eq!(ended(&BTreeMap::new()), None);
        let (mut first, mut last) = (LedgerPage::new(1), LedgerPage::new(3));
        first.get_mut(700).mark(Second::FRAME | Second::SEEN);
        first.get_mut(701).blind(BlindCause::Left);
        last.get_mut(1900).blind(BlindCause::Left);
        let pages = |last: &LedgerPage| [(1, first.clone()), (3, last.clone())].into();
        let left = Resumed { next: 1901, last_seen: 700, blind: Some(BlindCause::Left) };
        assert_eq!(ended(&pages(&last)), Some(left));
        last.get_mut(1901).blind(BlindCause::NotRunning);
        assert_eq!(ended(&pages(&last)), Some(Resumed { next: 1902, blind: None, ..left }), "nobody told that");
        last.get_mut(1902).mark(Second::FRAME | Second::SEEN);
        assert_eq!(ended(&pages(&last)), Some(Resumed { next: 1903, last_seen: 1902, blind: None }));
    }

    #[test]
    fn a_frame_that_was_kept_after_the_last_writing_is_recorded_at_the_next_start() {
        use crate::domain::PictureFormat;
        use crate::library::place::Place;
        use crate::library::rebuild::frame_at;
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let start = now().as_millis().div_euclid(1000) - 100;
        let mut pages: BTreeMap<i64, LedgerPage> = BTreeMap::new();
        for second in start..start + 10 {
            let page = pages.entry(LedgerPage::number_of(second)).or_insert_with_key(|number| LedgerPage::new(*number));
            page.get_mut(second).mark(Second::FRAME | Second::SEEN);
        }
        put_all(&home, pages.into_values().collect());
        // One of a second that was written already, as the peak of an event is, and one of a second that was not.
        let place = |(seq, second): (u64, i64)| Place {
            user: stream().user,
            camera: stream().camera,
            captured_at: Timestamp::from_millis(second * 1000 + 300),
            seq,
            copy: 1,
            format: PictureFormat::Jpeg,
        };
        let frames = [(1, start + 4), (2, start + 11)].map(|frame| frame_at(&place(frame), (64, 48), 999));
        home.add(frames.into()).unwrap();
        let ledger = Ledger::default();
        home.read(|connection| resume(connection, &ledger)).unwrap();
        let known = ledger.pages(&stream(), start, start + 20);
        let label = |second: i64| known.get(&LedgerPage::number_of(second)).and_then(|page| page.label(second));
        assert_eq!([start + 4, start + 11].map(label), [Some(Label::Recorded); 2]);
        assert_eq!(label(start + 12), Some(Label::Blind(crate::domain::BlindCause::NotRunning)));
        assert_eq!(label(start + 3), None, "what stands on disk is not read into memory");
    }

    #[test]
    fn old_pages_go() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let today = LedgerPage::number_of(now().as_millis() / 1000);
        put_all(&home, vec![page(today - MOST_AGE_PAGES - 1, 0), page(today - MOST_AGE_PAGES + 1, 0), page(today, 0)]);
        home.write(prune).unwrap();
        let left: Vec<_> = read_all(&home, today + 1).into_keys().collect();
        assert_eq!(left, [today - MOST_AGE_PAGES + 1, today]);
    }

    #[test]
    fn no_question_goes_through_all_pages() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        for sql in [READ, READ_ONE, STREAMS, FRAMES_SINCE, REMOVE, FIRST_OF_MOST] {
            let plan = home.read(|connection| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let lines =
                    statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>()?;
                Ok(lines.join("; "))
            });
            let plan = plan.unwrap();
            // The count of the newest goes through the small index alone.
            let cheap = plan.contains("SEARCH") || (sql == FIRST_OF_MOST && plan.contains("COVERING INDEX"));
            assert!(cheap && !plan.contains("ORDER BY"), "{sql}: {plan}");
        }
    }
}
