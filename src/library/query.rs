//! Lists of frames and events, newest first, page by page.
//!
//! A page ends where the next begins by time and number of its last row, so that rows which come in between shift nothing.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::domain::{Clip, Event, EventId, FrameId, Recording, SavedFrame, Timestamp, UserName};
use crate::library::index::{IndexError, event_of, frame_of};
use crate::library::{FramePage, FrameQuery, MOST_PER_PAGE, clips, recordings};

/// Where a page ended. Written as `<milliseconds>_<number in hexadecimal>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    time: Timestamp,
    id: i64,
}

impl Cursor {
    /// `None` for a text that no page gave out.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('_')?;
        Some(Self { time: Timestamp::from_millis(time.parse().ok()?), id: i64::from_str_radix(id, 16).ok()? })
    }

    fn text(self) -> String {
        format!("{}_{:016x}", self.time.as_millis(), self.id)
    }
}

/// The columns of a frame as people see it: a frame that was kept before it was known to be the best of its event is the
/// peak all the same, once the event is over.
const LISTED_COLUMNS: &str = "id, user, camera, seq, captured_at, width, height, bytes, format, score, event,
    peak OR EXISTS (SELECT 1 FROM events e WHERE e.id = frames.event AND e.end IS NOT NULL AND e.peak = frames.captured_at)";

/// One page of frames.
pub(super) fn frames(
    connection: &Connection,
    query: &FrameQuery,
    cursor: Option<Cursor>,
) -> Result<FramePage, IndexError> {
    let conditions = Conditions::new(query, cursor, "captured_at", "event");
    let sql = format!(
        "SELECT {LISTED_COLUMNS} FROM frames {} ORDER BY captured_at DESC, id DESC LIMIT {}",
        conditions.sql(),
        page_limit(query) + 1
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.values), frame_of)?;
    let mut frames: Vec<SavedFrame> = rows.collect::<Result<_, _>>()?;
    let next = cut(&mut frames, page_limit(query), |frame| Cursor { time: frame.captured_at, id: frame.id.0 });
    Ok(FramePage { frames, next })
}

/// One page of events.
pub(super) fn events(
    connection: &Connection,
    query: &FrameQuery,
    cursor: Option<Cursor>,
) -> Result<(Vec<Event>, Option<String>), IndexError> {
    let conditions = Conditions::new(query, cursor, "start", "id");
    let sql = format!(
        "SELECT id, user, camera, start, end, peak, peak_score FROM events {} ORDER BY start DESC, id DESC LIMIT {}",
        conditions.sql(),
        page_limit(query) + 1
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.values), event_of)?;
    let mut events: Vec<Event> = rows.collect::<Result<_, _>>()?;
    let next = cut(&mut events, page_limit(query), |event| Cursor { time: event.start, id: event.id.0 });
    Ok((events, next))
}

/// One event by its number.
pub(super) fn event(connection: &Connection, id: EventId) -> Result<Option<Event>, IndexError> {
    let sql = "SELECT id, user, camera, start, end, peak, peak_score FROM events WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([id.0], event_of).optional()?)
}

/// One page of closed recordings that are not deleted.
pub(super) fn recordings(
    connection: &Connection,
    query: &FrameQuery,
    cursor: Option<Cursor>,
) -> Result<(Vec<Recording>, Option<String>), IndexError> {
    let mut conditions = Conditions::new(&FrameQuery { event: None, ..query.clone() }, cursor, "started_at", "id");
    conditions.conditions.push("deleted_at IS NULL".to_owned());
    let sql = format!(
        "SELECT {} FROM recordings {} ORDER BY started_at DESC, id DESC LIMIT {}",
        recordings::COLUMNS,
        conditions.sql(),
        page_limit(query) + 1
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.values), recordings::recording_of)?;
    let mut found = rows.map(|row| row.map(|(recording, _)| recording)).collect::<Result<Vec<_>, _>>()?;
    let next =
        cut(&mut found, page_limit(query), |recording| Cursor { time: recording.started_at, id: recording.id.0 });
    Ok((found, next))
}

/// One page of clips that are not deleted.
pub(super) fn clips(
    connection: &Connection,
    query: &FrameQuery,
    cursor: Option<Cursor>,
) -> Result<(Vec<Clip>, Option<String>), IndexError> {
    let mut conditions = Conditions::new(query, cursor, "started_at", "number");
    conditions.conditions.push("deleted_at IS NULL".to_owned());
    if query.event.is_some() {
        conditions.conditions.push("kind = 'event'".to_owned());
    }
    if query.ordered {
        conditions.conditions.push("kind <> 'event'".to_owned());
    }
    let sql = format!(
        "SELECT {} FROM clips {} ORDER BY started_at DESC, id DESC LIMIT {}",
        clips::COLUMNS,
        conditions.sql(),
        page_limit(query) + 1
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.values), clips::clip_of)?;
    let mut found = rows.map(|row| row.map(|(clip, _)| clip)).collect::<Result<Vec<_>, _>>()?;
    let next = cut(&mut found, page_limit(query), |clip| Cursor { time: clip.started_at, id: clip.id.0 });
    Ok((found, next))
}

/// One frame by its number, if it is this user's.
pub(super) fn frame(
    connection: &Connection,
    id: FrameId,
    user: Option<&UserName>,
) -> Result<Option<SavedFrame>, IndexError> {
    let sql = format!("SELECT {LISTED_COLUMNS} FROM frames WHERE id = ?1 AND (?2 IS NULL OR user_key = ?2)");
    Ok(connection.prepare_cached(&sql)?.query_row((id.0, user.map(UserName::key)), frame_of).optional()?)
}

/// Number and bytes of the frames of a user, or of all.
pub(super) fn usage(connection: &Connection, user: Option<&UserName>) -> Result<(u64, u64), IndexError> {
    let counts =
        |row: &rusqlite::Row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()));
    let sums = "SELECT count(*), coalesce(sum(bytes), 0) FROM frames";
    Ok(match user {
        Some(user) => {
            let sql = format!("{sums} INDEXED BY frames_by_user WHERE user_key = ?1");
            connection.prepare_cached(&sql)?.query_row([user.key()], counts)?
        }
        None => connection.prepare_cached(sums)?.query_row([], counts)?,
    })
}

/// Users that have frames, in order of their names.
pub(super) fn users(connection: &Connection) -> Result<Vec<UserName>, IndexError> {
    // Walks from one key to the next along the index instead of over every row.
    let sql = "WITH RECURSIVE keys(key) AS (
            SELECT min(user_key) FROM frames
            UNION ALL SELECT (SELECT min(user_key) FROM frames WHERE user_key > key) FROM keys WHERE key IS NOT NULL
        ) SELECT (SELECT user FROM frames WHERE user_key = key LIMIT 1) FROM keys WHERE key IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names.iter().filter_map(|name| UserName::new(name).ok()).collect())
}

/// The conditions of a query with their values, in the same order.
struct Conditions {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn new(query: &FrameQuery, cursor: Option<Cursor>, time: &str, event: &str) -> Self {
        let mut all = Self { conditions: Vec::new(), values: Vec::new() };
        if let Some(user) = &query.user {
            all.add("user_key = ?", user.key().to_owned());
        }
        if let Some(camera) = &query.camera {
            all.add("camera_key = ?", camera.key().to_owned());
        }
        if let Some(id) = query.event {
            all.add(&format!("{event} = ?"), id.0);
        }
        if let Some(from) = query.from {
            all.add(&format!("{time} >= ?"), from.as_millis());
        }
        if let Some(to) = query.to {
            all.add(&format!("{time} < ?"), to.as_millis());
        }
        if let Some(cursor) = cursor {
            all.add(&format!("({time}, id) < (?, ?)"), cursor.time.as_millis());
            all.values.push(cursor.id.into());
        }
        all
    }

    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.conditions.push(condition.to_owned());
        self.values.push(value.into());
    }

    fn sql(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }
}

fn page_limit(query: &FrameQuery) -> usize {
    query.limit.clamp(1, MOST_PER_PAGE)
}

/// Takes off the row that only tells that there are more, and says where the page ended.
fn cut<T>(rows: &mut Vec<T>, limit: usize, cursor: impl Fn(&T) -> Cursor) -> Option<String> {
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(|row| cursor(row).text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_made_up_one_does_not() {
        let cursor = Cursor { time: Timestamp::from_millis(-5), id: i64::MAX };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for text in ["", "5", "x_1", "5_", "5_xyz", "5_ffffffffffffffff", "_"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
