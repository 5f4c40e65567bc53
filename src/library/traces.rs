//! Traces of frames: what was seen in every frame of the last days, kept or not, so that it can be decided on again.
//!
//! They come in chunks of some seconds of one stream, are written to the index beside other work, and go by age and by size,
//! the oldest first. Nobody waits for them, and nothing is lost with them that frames or events need.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row, params};

use crate::codec::TraceReader;
use crate::domain::{StreamId, Timestamp, TraceSettings, TracedFrame};
use crate::library::home::{Home, lock};
use crate::library::index::{self, IndexError, stream_of};
use crate::library::rebuild::index_path;
use crate::library::state::Shared;
use crate::library::{Library, LibraryError};

/// Most frames of one page.
const MAX_LIMIT: usize = 500;
/// Chunks that wait for an index that cannot be written, in bytes. Beyond these the oldest are dropped.
const MOST_WAITING_BYTES: usize = 16 << 20;
/// What a row takes beside the bytes of its chunk: names, times, and its places in two indices.
const ROW_BYTES: usize = 160;
/// Rows that are removed at once, so that frames need not wait for the index.
const HANDFUL: u32 = 200;
/// The version of the index that holds traces for the first time.
const FIRST_VERSION: i64 = 3;

/// Some seconds of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceChunk {
    /// Whose frames.
    pub stream: StreamId,
    /// Capture time of the first.
    pub from: Timestamp,
    /// Capture time of the last; at most [`Self::LONGEST`] later.
    pub to: Timestamp,
    /// How many.
    pub frames: u32,
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
    /// Most frames of a page, 1 to 500.
    pub limit: usize,
}

/// One page of traces, oldest first.
#[derive(Debug, Clone, Default)]
pub struct TracePage {
    /// The frames, in the order in which they were decided on.
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
    let chunks = lock(&shared.traces).take();
    if chunks.is_empty() {
        return;
    }
    if let Err(error) = add(home, &chunks) {
        tracing::debug!(%error, "traces cannot be written and wait");
        lock(&shared.traces).put_back(chunks);
    }
}

/// Removes traces that are too old, and the oldest where all together are too large.
pub(super) fn prune(shared: &Shared, home: &Home, now: Timestamp) -> Result<(), LibraryError> {
    let Some(limits) = lock(&shared.traces).limits else { return Ok(()) };
    lock(&shared.traces).prune_due = false;
    let age = Duration::from_secs(u64::from(limits.keep_days) * 24 * 60 * 60);
    let most_bytes = i64::from(limits.most_megabytes) * 1_000_000;
    let before = home.read(|connection| first_to_keep(connection, most_bytes))?.max(now.minus(age));
    while remove(home, before)? == HANDFUL as usize {}
    Ok(())
}

fn add(home: &Home, chunks: &VecDeque<TraceChunk>) -> Result<(), IndexError> {
    let mut index = home.index();
    let transaction = index.transaction()?;
    for chunk in chunks {
        let StreamId { user, camera } = &chunk.stream;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO traces (user, user_key, camera, camera_key, start, end, frames, size, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        statement.execute(params![
            user.as_str(),
            user.key(),
            camera.as_str(),
            camera.key(),
            chunk.from.as_millis(),
            chunk.to.as_millis(),
            chunk.frames,
            i64::try_from(chunk.size()).unwrap_or(i64::MAX),
            chunk.bytes,
        ])?;
    }
    Ok(transaction.commit()?)
}

/// Removes some rows that end before a time; gives how many.
fn remove(home: &Home, before: Timestamp) -> Result<usize, IndexError> {
    let mut index = home.index();
    let transaction = index.transaction()?;
    let sql = "DELETE FROM traces WHERE id IN (SELECT id FROM traces WHERE end < ?1 ORDER BY end LIMIT ?2)";
    let removed = transaction.prepare_cached(sql)?.execute(params![before.as_millis(), HANDFUL])?;
    transaction.commit()?;
    Ok(removed)
}

/// Up to where rows have to go, by their end, so that the rest is no larger than this.
fn first_to_keep(connection: &Connection, most_bytes: i64) -> Result<Timestamp, IndexError> {
    let sum: i64 = connection.query_row("SELECT coalesce(sum(size), 0) FROM traces", [], |row| row.get(0))?;
    let mut excess = sum - most_bytes;
    let mut before = i64::MIN;
    let mut statement = connection.prepare("SELECT end, size FROM traces ORDER BY end")?;
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
    let limit = query.limit.clamp(1, MAX_LIMIT);
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
    let mut statement = connection.prepare_cached(
        "SELECT start, id, bytes FROM traces WHERE user_key = ?1 AND camera_key = ?2 AND start >= ?3 AND start < ?4
         ORDER BY start, id",
    )?;
    let StreamId { user, camera } = &query.stream;
    let mut rows = statement.query(params![user.key(), camera.key(), first.as_millis(), to.as_millis()])?;
    while let Some(row) = rows.next()? {
        let (start, id) = (Timestamp::from_millis(row.get(0)?), row.get(1)?);
        if (start, id) < (cursor.start, cursor.id) {
            continue;
        }
        let skip = if (start, id) == (cursor.start, cursor.id) { cursor.frames } else { 0 };
        for (frames, frame) in frames_of(row, 2)?.into_iter().enumerate().skip(skip) {
            if (from..to).contains(&frame.at) && !visit(&frame, Cursor { start, id, frames }) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The frames of a chunk, as far as they can be read.
fn frames_of(row: &Row, column: usize) -> Result<Vec<TracedFrame>, IndexError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    let frames = TraceReader::new(bytes).and_then(|frames| {
        let mut read = Vec::new();
        for frame in frames {
            read.push(frame?);
        }
        Ok(read)
    });
    Ok(frames.unwrap_or_else(|error| {
        tracing::warn!(%error, "some traces cannot be read and are left out");
        Vec::new()
    }))
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
    use super::*;

    fn chunk(from: i64, bytes: usize) -> TraceChunk {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let at = Timestamp::from_millis;
        TraceChunk { stream, from: at(from), to: at(from + 900), frames: 1, bytes: vec![1; bytes] }
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
    fn no_question_goes_through_all_traces() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let plan = |sql: &str| -> String {
            home.read(|connection| {
                let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let lines = statement.query_map([], |row| row.get::<_, String>(3))?;
                Ok(lines.map(Result::unwrap).collect::<Vec<_>>().join("; "))
            })
            .unwrap()
        };
        let list = plan(
            "SELECT start, id, bytes FROM traces WHERE user_key = 'a' AND camera_key = 'b' AND start >= 1 AND start < 9 ORDER BY start, id",
        );
        assert!(list.contains("SEARCH") && !list.contains("TEMP B-TREE"), "{list}");
        for sql in ["SELECT sum(size) FROM traces", "SELECT end, size FROM traces ORDER BY end"] {
            let plan = plan(sql);
            assert!(plan.contains("COVERING INDEX traces_by_end") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        let old = plan("SELECT id FROM traces WHERE end < 5 ORDER BY end LIMIT 9");
        assert!(old.contains("SEARCH") && !old.contains("TEMP B-TREE"), "{old}");
    }
}
