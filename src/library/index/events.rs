//! Events in the index: those that were seen live, and those that were found in recordings.

use rusqlite::{Row, Transaction, params};

use super::{Index, IndexError, stream_of};
use crate::domain::{Event, EventId, RecordingId, StreamId, Timestamp};

impl Index {
    /// Writes events, new ones and those that went on.
    pub fn put_events<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        for event in events {
            insert_event(&transaction, event, None)?;
        }
        Ok(transaction.commit()?)
    }

    /// Ends events that were going on when the program ended without farewell: at their last frame.
    pub fn end_open_events(&mut self) -> Result<(), IndexError> {
        self.connection.execute(
            "UPDATE events SET end = max(start, peak, coalesce(
                (SELECT max(captured_at) FROM frames WHERE frames.event = events.id), start)) WHERE end IS NULL",
            [],
        )?;
        Ok(())
    }

    /// Makes events that frames speak of and that nobody knows any more, from their frames.
    pub fn add_missing_events(&mut self) -> Result<(), IndexError> {
        self.connection.execute(
            "INSERT OR IGNORE INTO events (id, user, user_key, camera, camera_key, start, end, peak, peak_score)
             SELECT event, min(user), min(user_key), min(camera), min(camera_key), min(captured_at), max(captured_at),
                (SELECT f.captured_at FROM frames f WHERE f.event = frames.event ORDER BY f.peak DESC, f.score DESC LIMIT 1),
                max(score)
             FROM frames WHERE event IS NOT NULL AND event NOT IN (SELECT id FROM events) GROUP BY event",
            [],
        )?;
        Ok(())
    }

    /// The highest number of an event.
    pub fn last_event(&self) -> Result<EventId, IndexError> {
        let sql = "SELECT coalesce(max(id), 0) FROM events";
        Ok(EventId(self.connection.query_row(sql, [], |row| row.get(0))?))
    }
}

/// Writes an event that was seen live, or found in a recording.
pub(in crate::library) fn insert_event(
    transaction: &Transaction,
    event: &Event,
    recording: Option<RecordingId>,
) -> Result<(), rusqlite::Error> {
    let StreamId { user, camera } = &event.stream;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO events
                (id, user, user_key, camera, camera_key, start, end, peak, peak_score, recording)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            event.id.0,
            user.as_str(),
            user.key(),
            camera.as_str(),
            camera.key(),
            event.start.as_millis(),
            event.end.map(Timestamp::as_millis),
            event.peak.as_millis(),
            event.peak_score,
            recording.map(|recording| recording.0),
        ])?;
    Ok(())
}

/// An event from a row of `id, user, camera, start, end, peak, peak_score`.
pub(in crate::library) fn event_of(row: &Row) -> Result<Event, rusqlite::Error> {
    Ok(Event {
        id: EventId(row.get(0)?),
        stream: stream_of(row, 1)?,
        start: Timestamp::from_millis(row.get(3)?),
        end: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
        peak: Timestamp::from_millis(row.get(5)?),
        peak_score: row.get(6)?,
    })
}
