//! Traces of frames: what was seen in every frame of the last days, kept or not, so that it can be decided on again.
//!
//! They come in chunks of some seconds of one stream, are written to the index beside other work, and go by age and by size,
//! the oldest first. Nobody waits for them, and nothing is lost with them that frames or events need.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row, params};

use crate::codec::{TraceError, TraceReader};
use crate::domain::{StreamId, Timestamp, TraceSettings, TracedFrame};
use crate::library::home::{Home, lock};
use crate::library::index::{self, Index, IndexError, stream_of};
use crate::library::rebuild::index_path;
use crate::library::state::Shared;
use crate::library::{Library, LibraryError, MOST_PER_PAGE};

/// Chunks that wait for an index that cannot be written, in bytes. Beyond these the oldest are dropped.
const MOST_WAITING_BYTES: usize = 16 << 20;
/// What a row takes beside the bytes of its chunk: names, times, and its places in two indices.
const ROW_BYTES: usize = 160;
/// Rows that are removed at once, so that frames need not wait for the index.
const HANDFUL: u32 = 200;
/// How long rows are removed at a stretch, as the thread that does it has other things to look after.
const PRUNE_FOR: Duration = Duration::from_secs(1);
/// The version of the index that holds traces for the first time.
const FIRST_VERSION: i64 = 3;

const ADD: &str = "INSERT INTO traces (user, user_key, camera, camera_key, start, end, size, bytes)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const REMOVE: &str = "DELETE FROM traces WHERE id IN (SELECT id FROM traces WHERE end < ?1 ORDER BY end LIMIT ?2)";
const SIZE_OF_ALL: &str = "SELECT coalesce(sum(size), 0) FROM traces";
const SIZES_BY_END: &str = "SELECT end, size FROM traces ORDER BY end";
const LIST: &str = "SELECT start, id, bytes FROM traces
     WHERE user_key = ?1 AND camera_key = ?2 AND start >= ?3 AND start < ?4 ORDER BY start, id";

/// Some seconds of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceChunk {
    /// Whose frames.
    pub stream: StreamId,
    /// Capture time of the first.
    pub from: Timestamp,
    /// Capture time of the last; at most [`Self::LONGEST`] later.
    pub to: Timestamp,
    /// As [`crate::codec::TraceWriter`] gives them.
    pub bytes: Vec<u8>,
}

impl TraceChunk {
    /// Longest time from the first frame to the last.
    pub const LONGEST: Duration = Duration::from_secs(20);

    fn size(&self) -> usize {
        self.bytes.len() + ROW_BYTES
    }
}

/// Which traces to list.
#[derive(Debug, Clone)]
pub struct TraceQuery {
    /// Of this stream.
    pub stream: StreamId,
    /// Captured at this time or later.
    pub from: Option<Timestamp>,
    /// Captured before this time.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Most frames of a page, 1 to [`MOST_PER_PAGE`].
    pub limit: usize,
}

/// One page of traces, oldest first.
#[derive(Debug, Clone, Default)]
pub struct TracePage {
    /// The frames by time of capture, chunk by chunk: where a camera's clock went back, two chunks can overlap.
    pub frames: Vec<TracedFrame>,
    /// The cursor of the next page, given when there are more.
    pub next: Option<String>,
}

/// Chunks on their way to the index, and how much of them may be kept there.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    chunks: VecDeque<TraceChunk>,
    bytes: usize,
    /// Not known before somebody tells: nothing is removed by a guess.
    limits: Option<TraceSettings>,
    /// The limits are new, so that there may be more than they allow.
    pub prune_due: bool,
    /// Whether the index did not take what waited the last time.
    is_stuck: bool,
}

impl Waiting {
    fn push(&mut self, chunk: TraceChunk) {
        self.bytes += chunk.size();
        self.chunks.push_back(chunk);
        while self.bytes > MOST_WAITING_BYTES
            && let Some(oldest) = self.chunks.pop_front()
        {
            self.bytes -= oldest.size();
        }
    }

    fn take(&mut self) -> VecDeque<TraceChunk> {
        self.bytes = 0;
        std::mem::take(&mut self.chunks)
    }

    fn put_back(&mut self, before: VecDeque<TraceChunk>) {
        let after = self.take();
        before.into_iter().chain(after).for_each(|chunk| self.push(chunk));
    }
}

impl Library {
    /// Takes a chunk of traces. Never waits: the index has it a second later. Where the index cannot be written for long the
    /// oldest chunks are dropped.
    pub fn keep_traces(&self, chunk: TraceChunk) {
        let mut waiting = lock(&self.shared.traces);
        if waiting.limits.is_none_or(|limits| limits.keep_days > 0) {
            waiting.push(chunk);
        }
    }

    /// How many traces are kept from now on.
    pub fn limit_traces(&self, limits: TraceSettings) {
        let mut waiting = lock(&self.shared.traces);
        (waiting.limits, waiting.prune_due) = (Some(limits), true);
    }

    /// Traces of one stream, oldest first.
    ///
    /// # Errors
    /// [`LibraryError::Cursor`] for a cursor that no list gave out, or [`LibraryError::Index`].
    pub fn traces(&self, query: &TraceQuery) -> Result<TracePage, LibraryError> {
        let cursor = query.cursor.as_deref().map(|text| Cursor::parse(text).ok_or(LibraryError::Cursor)).transpose()?;
        self.shared.home.load().read(|connection| page(connection, query, cursor.unwrap_or_default()))
    }

    /// Hands the traces of a stream that were captured from one time to before the other to `visit`, oldest first; also those
    /// that were taken a moment ago.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn visit_traces(
        &self,
        stream: &StreamId,
        (from, to): (Timestamp, Timestamp),
        mut visit: impl FnMut(&TracedFrame),
    ) -> Result<(), LibraryError> {
        let home = self.shared.home.load();
        write(&self.shared, &home);
        let query = TraceQuery { stream: stream.clone(), from: Some(from), to: Some(to), cursor: None, limit: 0 };
        home.read(|connection| {
            each(connection, &query, Cursor::default(), |frame, _| {
                visit(frame);
                true
            })
        })
    }
}

/// Hands the traces of a stream that were captured from one time to before the other to `visit`, oldest first. Reads the library
/// in `save_dir`, also while Framekeep runs on it.
///
/// # Errors
/// [`LibraryError::Folder`] when there is no library, [`LibraryError::Index`] when its index cannot be read.
pub fn read_traces(
    save_dir: &Path,
    stream: &StreamId,
    (from, to): (Timestamp, Timestamp),
    mut visit: impl FnMut(&TracedFrame),
) -> Result<(), LibraryError> {
    let Some(connection) = open(save_dir)? else { return Ok(()) };
    let query = TraceQuery { stream: stream.clone(), from: Some(from), to: Some(to), cursor: None, limit: 0 };
    Ok(each(&connection, &query, Cursor::default(), |frame, _| {
        visit(frame);
        true
    })?)
}

/// The streams of which there are traces, with the capture times of the first and the last.
///
/// # Errors
/// As [`read_traces`].
pub fn traced_streams(save_dir: &Path) -> Result<Vec<(StreamId, Timestamp, Timestamp)>, LibraryError> {
    let Some(connection) = open(save_dir)? else { return Ok(Vec::new()) };
    let read = || -> Result<Vec<_>, IndexError> {
        let mut statement = connection.prepare(
            "SELECT min(user), min(camera), min(start), max(end) FROM traces GROUP BY user_key, camera_key ORDER BY 1, 2",
        )?;
        let time = |row: &Row, at| row.get(at).map(Timestamp::from_millis);
        let rows = statement.query_map([], |row| Ok((stream_of(row, 0)?, time(row, 2)?, time(row, 3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    Ok(read()?)
}

/// Writes what waits. What cannot be written waits on.
pub(super) fn write(shared: &Shared, home: &Home) {
    // They are taken only once nobody else writes, so that whoever reads afterwards finds what another took.
    let written = home.write(|index| {
        let chunks = lock(&shared.traces).take();
        if chunks.is_empty() {
            return Ok(());
        }
        add(index, &chunks).inspect_err(|_| lock(&shared.traces).put_back(chunks))
    });
    let mut waiting = lock(&shared.traces);
    match &written {
        Ok(()) if waiting.is_stuck => tracing::info!("traces are written again"),
        Err(error) if !waiting.is_stuck => tracing::warn!(%error, "traces cannot be written and wait"),
        _ => {}
    }
    waiting.is_stuck = written.is_err();
}

/// Removes traces that are too old, and the oldest where all together are too large. What takes long goes on at the next turn.
pub(super) fn prune(shared: &Shared, home: &Home, now: Timestamp) -> Result<(), LibraryError> {
    let limits = {
        let mut waiting = lock(&shared.traces);
        let Some(limits) = waiting.limits else { return Ok(()) };
        waiting.prune_due = false;
        limits
    };
    let age = Duration::from_secs(u64::from(limits.keep_days) * 24 * 60 * 60);
    let most_bytes = i64::from(limits.most_megabytes) * 1_000_000;
    let before = home.read(|connection| first_to_keep(connection, most_bytes))?.max(now.minus(age));
    let begin = Instant::now();
    while home.write(|index| remove_some(index, before))? {
        if begin.elapsed() >= PRUNE_FOR || shared.closing.load(Ordering::Acquire) {
            lock(&shared.traces).prune_due = true;
            break;
        }
    }
    Ok(())
}

fn add(index: &mut Index, chunks: &VecDeque<TraceChunk>) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    for chunk in chunks {
        let StreamId { user, camera } = &chunk.stream;
        transaction.prepare_cached(ADD)?.execute(params![
            user.as_str(),
            user.key(),
            camera.as_str(),
            camera.key(),
            chunk.from.as_millis(),
            chunk.to.as_millis(),
            i64::try_from(chunk.size()).unwrap_or(i64::MAX),
            chunk.bytes,
        ])?;
    }
    Ok(transaction.commit()?)
}

/// Removes some rows that end before a time; gives whether there may be more.
fn remove_some(index: &mut Index, before: Timestamp) -> Result<bool, IndexError> {
    let transaction = index.transaction()?;
    let removed = transaction.prepare_cached(REMOVE)?.execute(params![before.as_millis(), HANDFUL])?;
    transaction.commit()?;
    Ok(removed == HANDFUL as usize)
}

/// Up to where rows have to go, by their end, so that the rest is no larger than this.
fn first_to_keep(connection: &Connection, most_bytes: i64) -> Result<Timestamp, IndexError> {
    let sum: i64 = connection.query_row(SIZE_OF_ALL, [], |row| row.get(0))?;
    let mut excess = sum - most_bytes;
    let mut before = i64::MIN;
    let mut statement = connection.prepare(SIZES_BY_END)?;
    let mut rows = statement.query([])?;
    while excess > 0
        && let Some(row) = rows.next()?
    {
        before = row.get::<_, i64>(0)?.saturating_add(1);
        excess -= row.get::<_, i64>(1)?;
    }
    Ok(Timestamp::from_millis(before))
}

fn open(save_dir: &Path) -> Result<Option<Connection>, LibraryError> {
    let path = index_path(save_dir);
    if !path.is_file() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no frames were kept there yet");
        return Err(LibraryError::Folder { path: save_dir.to_owned(), source });
    }
    let connection = index::open_reader(&path)?;
    // An index from before traces has none; the next start brings it up to date.
    Ok((index::version(&connection)? >= FIRST_VERSION).then_some(connection))
}

fn page(connection: &Connection, query: &TraceQuery, cursor: Cursor) -> Result<TracePage, IndexError> {
    let limit = query.limit.clamp(1, MOST_PER_PAGE);
    let mut page = TracePage::default();
    each(connection, query, cursor, |frame, place| {
        if page.frames.len() == limit {
            page.next = Some(place.text());
            return false;
        }
        page.frames.push(*frame);
        true
    })?;
    Ok(page)
}

/// Hands each frame with its place to `visit` until that has seen enough.
fn each(
    connection: &Connection,
    query: &TraceQuery,
    cursor: Cursor,
    mut visit: impl FnMut(&TracedFrame, Cursor) -> bool,
) -> Result<(), IndexError> {
    let from = query.from.unwrap_or(Timestamp::from_millis(i64::MIN));
    let to = query.to.unwrap_or(Timestamp::from_millis(i64::MAX));
    let first = from.minus(TraceChunk::LONGEST).max(cursor.start);
    let mut statement = connection.prepare_cached(LIST)?;
    let StreamId { user, camera } = &query.stream;
    let mut rows = statement.query(params![user.key(), camera.key(), first.as_millis(), to.as_millis()])?;
    while let Some(row) = rows.next()? {
        let (start, id) = (Timestamp::from_millis(row.get(0)?), row.get(1)?);
        if (start, id) < (cursor.start, cursor.id) {
            continue;
        }
        let skip = if (start, id) == (cursor.start, cursor.id) { cursor.frames } else { 0 };
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        for (frames, frame) in frames_of(bytes).enumerate().skip(skip) {
            if (from..to).contains(&frame.at) && !visit(&frame, Cursor { start, id, frames }) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The frames of a chunk up to the first that cannot be read.
fn frames_of(bytes: &[u8]) -> impl Iterator<Item = TracedFrame> {
    let tell = |error: &TraceError| tracing::warn!(%error, "some traces cannot be read and are left out");
    let frames = TraceReader::new(bytes).inspect_err(tell).ok();
    frames.into_iter().flatten().map_while(move |frame| frame.inspect_err(tell).ok())
}

/// Where a page begins: a row by its start and number, and a frame in it. Written as `<milliseconds>_<number>_<frame>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    start: Timestamp,
    id: i64,
    frames: usize,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { start: Timestamp::from_millis(i64::MIN), id: i64::MIN, frames: 0 }
    }
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '_');
        let (start, id, frames) = (parts.next()?, parts.next()?, parts.next()?);
        let start = Timestamp::from_millis(start.parse().ok()?);
        Some(Self { start, id: id.parse().ok()?, frames: frames.parse().ok()? })
    }

    fn text(self) -> String {
        format!("{}_{}_{}", self.start.as_millis(), self.id, self.frames)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicU64};

    use arc_swap::ArcSwap;

    use super::*;
    use crate::bus::{Bus, Problems};
    use crate::library::spool::Spool;

    fn chunk(from: i64, bytes: usize) -> TraceChunk {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let at = Timestamp::from_millis;
        TraceChunk { stream, from: at(from), to: at(from + 900), bytes: vec![1; bytes] }
    }

    fn starts(waiting: &Waiting) -> Vec<i64> {
        waiting.chunks.iter().map(|chunk| chunk.from.as_millis()).collect()
    }

    #[test]
    fn of_what_waits_the_oldest_is_dropped() {
        let mut waiting = Waiting::default();
        (0..20).for_each(|number| waiting.push(chunk(number, 1 << 20)));
        assert_eq!(starts(&waiting), (5..20).collect::<Vec<_>>());
        let taken = waiting.take();
        waiting.push(chunk(99, 5));
        waiting.put_back(taken);
        assert_eq!((starts(&waiting)[0], starts(&waiting)[15]), (5, 99));
        assert_eq!(waiting.bytes, waiting.chunks.iter().map(TraceChunk::size).sum::<usize>());
    }

    #[test]
    fn a_cursor_reads_back_and_a_made_up_one_does_not() {
        let cursor = Cursor { start: Timestamp::from_millis(-5), id: 7, frames: 99 };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for text in ["", "5", "5_1", "x_1_1", "5_x_1", "5_1_-1", "5_1_1_1", "__"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_end_is_not_kept_waiting_and_what_was_left_to_remove_goes_at_the_next_turn() {
        let folder = tempfile::tempdir().unwrap();
        let bus = Bus::default();
        let shared = Shared {
            home: ArcSwap::from_pointee(Home::open(&folder.path().join("saves"), true, false).unwrap()),
            spool: Spool::open(&folder.path().join("spool")).unwrap(),
            problems: Problems::new(bus.clone()),
            bus,
            free: AtomicU64::default(),
            events: Mutex::default(),
            recordings: crate::library::recordings::Table::default(),
            recording_jobs: std::sync::OnceLock::new(),
            clips_changed: AtomicBool::new(false),
            traces: Mutex::default(),
            ledger: std::sync::OnceLock::new(),
            losing: Mutex::default(),
            wake: crossbeam_channel::bounded(1).0,
            closing: AtomicBool::new(true),
        };
        let home = shared.home.load_full();
        let left =
            || home.read(|index| Ok(index.query_row("SELECT count(*) FROM traces", [], |row| row.get(0))?)).unwrap();
        let is_due = || lock(&shared.traces).prune_due;
        (0..500).for_each(|number| lock(&shared.traces).push(chunk(number, 5)));
        write(&shared, &home);
        lock(&shared.traces).limits = Some(TraceSettings::default());
        let now = Timestamp::from_millis(i64::MAX);
        prune(&shared, &home, now).unwrap();
        assert_eq!((left(), is_due()), (300, true));
        shared.closing.store(false, Ordering::Release);
        prune(&shared, &home, now).unwrap();
        assert_eq!((left(), is_due()), (0, false));
    }

    #[test]
    fn no_question_goes_through_all_traces() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let plan = |sql: &str| -> String {
            home.read(|connection| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let lines =
                    statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>()?;
                Ok(lines.join("; "))
            })
            .unwrap()
        };
        for sql in [LIST, REMOVE] {
            let plan = plan(sql);
            assert!(
                plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
                "{sql}: {plan}"
            );
        }
        for sql in [SIZE_OF_ALL, SIZES_BY_END] {
            let plan = plan(sql);
            assert!(plan.contains("COVERING INDEX traces_by_end") && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        }
    }
}
