//! Closed recordings in the index. A row that is lost is made again from the name of its file.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::domain::{NewJob, Recording, RecordingId, RecordingState, Timestamp, UserName, VideoFormat};
use crate::library::index::{Index, IndexError, stream_of};
use crate::library::jobs;

/// The columns of a recording, in the order of [`recording_of`].
pub(in crate::library) const COLUMNS: &str =
    "id, user, camera, started_at, mime, format, bytes, chunks, duration_ms, state, reason, deleted_at";

/// A recording and when it was deleted.
pub(in crate::library) type Known = (Recording, Option<Timestamp>);

/// Writes a row, in the place of the one before.
pub(in crate::library) fn put(
    index: &mut Index,
    recording: &Recording,
    deleted_at: Option<Timestamp>,
) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    put_in(&transaction, recording, deleted_at)?;
    Ok(transaction.commit()?)
}

/// Writes the row of a recording that was just closed, and queues what is to be done about it, as one step.
pub(super) fn put_with(
    index: &mut Index,
    recording: &Recording,
    job: Option<&NewJob>,
    now: Timestamp,
) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    put_in(&transaction, recording, None)?;
    if let Some(job) = job {
        jobs::enqueue(&transaction, job, now)?;
    }
    Ok(transaction.commit()?)
}

fn put_in(transaction: &Transaction, recording: &Recording, deleted_at: Option<Timestamp>) -> Result<(), IndexError> {
    let (user, camera) = (&recording.stream.user, &recording.stream.camera);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO recordings (id, user, user_key, camera, camera_key, started_at, mime, format, bytes,
             chunks, duration_ms, state, reason, deleted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            recording.id.0,
            user.as_str(),
            user.key(),
            camera.as_str(),
            camera.key(),
            recording.started_at.as_millis(),
            recording.mime,
            recording.format.extension(),
            recording.bytes.cast_signed(),
            recording.chunks,
            recording.duration_ms.map(u64::cast_signed),
            state_text(recording.state),
            recording.reason,
            deleted_at.map(Timestamp::as_millis),
        ])?;
    Ok(())
}

/// Takes rows out.
pub(in crate::library) fn remove(index: &mut Index, ids: &[RecordingId]) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    for id in ids {
        transaction.prepare_cached("DELETE FROM recordings WHERE id = ?1")?.execute([id.0])?;
    }
    Ok(transaction.commit()?)
}

/// One row by its number, deleted or not.
pub(in crate::library) fn find(connection: &Connection, id: RecordingId) -> Result<Option<Known>, IndexError> {
    let sql = format!("SELECT {COLUMNS} FROM recordings WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id.0], recording_of).optional()?)
}

/// Number and bytes of the recordings of a user, or of all.
pub(in crate::library) fn usage(connection: &Connection, user: Option<&UserName>) -> Result<(u64, u64), IndexError> {
    let counts = |row: &Row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()));
    let whose = if user.is_some() { "AND user_key = ?1" } else { "" };
    let sql = format!("SELECT count(*), coalesce(sum(bytes), 0) FROM recordings WHERE deleted_at IS NULL {whose}");
    let values: Vec<Value> = user.into_iter().map(|user| user.key().to_owned().into()).collect();
    Ok(connection.prepare_cached(&sql)?.query_row(rusqlite::params_from_iter(values), counts)?)
}

/// All rows that are deleted (`true`), or all that are not.
pub(in crate::library) fn all(connection: &Connection, deleted: bool) -> Result<Vec<Known>, IndexError> {
    let which = if deleted { "NOT NULL" } else { "NULL" };
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM recordings WHERE deleted_at IS {which}"))?;
    let rows = statement.query_map([], recording_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A recording from a row of [`COLUMNS`].
pub(in crate::library) fn recording_of(row: &Row) -> Result<Known, rusqlite::Error> {
    let recording = Recording {
        id: RecordingId(row.get(0)?),
        stream: stream_of(row, 1)?,
        started_at: Timestamp::from_millis(row.get(3)?),
        mime: row.get(4)?,
        format: of_text(row, 5, VideoFormat::from_extension)?,
        bytes: row.get::<_, i64>(6)?.cast_unsigned(),
        chunks: row.get(7)?,
        duration_ms: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        state: of_text(row, 9, state_of)?,
        reason: row.get(10)?,
    };
    Ok((recording, row.get::<_, Option<i64>>(11)?.map(Timestamp::from_millis)))
}

fn of_text<T>(row: &Row, at: usize, read: impl Fn(&str) -> Option<T>) -> Result<T, rusqlite::Error> {
    let text = row.get_ref(at)?.as_str()?;
    read(text).ok_or_else(|| {
        let strange = std::io::Error::other("not a word that is written there");
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(strange))
    })
}

fn state_text(state: RecordingState) -> &'static str {
    match state {
        RecordingState::Open => "open",
        RecordingState::Finished => "finished",
        RecordingState::Abandoned => "abandoned",
    }
}

fn state_of(text: &str) -> Option<RecordingState> {
    let states = [RecordingState::Open, RecordingState::Finished, RecordingState::Abandoned];
    states.into_iter().find(|state| state_text(*state) == text)
}
