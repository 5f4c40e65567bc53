//! Clips in the index. A row that is lost is made again from the name of its file.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::{Clip, ClipId, ClipKind, EventId, Timestamp, UserName};
use crate::library::index::{Index, IndexError, stream_of};

/// The columns of a clip, in the order of [`clip_of`].
pub(in crate::library) const COLUMNS: &str =
    "id, user, camera, kind, number, started_at, bytes, duration_ms, has_sound, deleted_at";

/// A clip and when it was deleted.
pub(in crate::library) type Known = (Clip, Option<Timestamp>);

/// Writes a row, in the place of the one before.
pub(in crate::library) fn put(index: &mut Index, clip: &Clip, deleted_at: Option<Timestamp>) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    let (user, camera) = (&clip.stream.user, &clip.stream.camera);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO clips (id, user, user_key, camera, camera_key, kind, number, started_at, bytes,
             duration_ms, has_sound, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            clip.id.0,
            user.as_str(),
            user.key(),
            camera.as_str(),
            camera.key(),
            clip.kind.name(),
            clip.number,
            clip.started_at.as_millis(),
            clip.bytes.cast_signed(),
            clip.duration_ms.map(u64::cast_signed),
            clip.has_sound,
            deleted_at.map(Timestamp::as_millis),
        ])?;
    Ok(transaction.commit()?)
}

/// Writes what films show, by the numbers of frames, of a recording or of a clip.
pub(in crate::library) fn put_shown(
    index: &mut Index,
    shown: impl Iterator<Item = (ClipId, i64)>,
) -> Result<(), IndexError> {
    let transaction = index.transaction()?;
    for (film, what) in shown {
        let sql = "INSERT OR IGNORE INTO shown (what, film) VALUES (?1, ?2)";
        transaction.prepare_cached(sql)?.execute([what, film.0])?;
    }
    Ok(transaction.commit()?)
}

/// Forgets those that were deleted before.
pub(in crate::library) fn forget(index: &mut Index, before: Timestamp) -> Result<(), IndexError> {
    let connection = index.connection();
    if connection.execute("DELETE FROM clips WHERE deleted_at < ?1", [before.as_millis()])? > 0 {
        connection.execute("DELETE FROM shown WHERE film NOT IN (SELECT id FROM clips)", [])?;
    }
    Ok(())
}

/// One row by its number, deleted or not.
pub(in crate::library) fn find(connection: &Connection, id: ClipId) -> Result<Option<Known>, IndexError> {
    let sql = format!("SELECT {COLUMNS} FROM clips WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id.0], clip_of).optional()?)
}

/// The clips that show an event, and are not deleted.
pub(in crate::library) fn of_event(connection: &Connection, event: EventId) -> Result<Vec<Clip>, IndexError> {
    let sql = format!("SELECT {COLUMNS} FROM clips WHERE number = ?1 AND kind = 'event' AND deleted_at IS NULL");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([event.0], clip_of)?;
    Ok(rows.map(|row| row.map(|(clip, _)| clip)).collect::<Result<_, _>>()?)
}

/// The films that show a thing among others, deleted or not.
pub(in crate::library) fn that_show(connection: &Connection, what: i64) -> Result<Vec<Known>, IndexError> {
    let sql = format!("SELECT {COLUMNS} FROM clips WHERE id IN (SELECT film FROM shown WHERE what = ?1)");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([what], clip_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether it is known what a film shows.
pub(in crate::library) fn shows_something(connection: &Connection, film: ClipId) -> Result<bool, IndexError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM shown WHERE film = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([film.0], |row| row.get(0))?)
}

/// Whether anything of what a film shows is in the library.
pub(in crate::library) fn has_shown(connection: &Connection, film: ClipId) -> Result<bool, IndexError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM shown WHERE film = ?1 AND (
                   EXISTS (SELECT 1 FROM frames WHERE id = what)
                   OR EXISTS (SELECT 1 FROM recordings WHERE id = what AND deleted_at IS NULL)
                   OR EXISTS (SELECT 1 FROM clips WHERE id = what AND deleted_at IS NULL)))";
    Ok(connection.prepare_cached(sql)?.query_row([film.0], |row| row.get(0))?)
}

/// When those of the things that a film shows were deleted that are in the trash.
pub(in crate::library) fn shown_left_at(connection: &Connection, film: ClipId) -> Result<Vec<Timestamp>, IndexError> {
    let sql = "SELECT deleted_at FROM shown JOIN trash ON trash.id = what WHERE film = ?1
               UNION SELECT deleted_at FROM shown JOIN recordings ON recordings.id = what WHERE film = ?1
               UNION SELECT deleted_at FROM shown JOIN clips ON clips.id = what WHERE film = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let times = statement.query_map([film.0], |row| row.get::<_, Option<i64>>(0))?;
    let times = times.collect::<Result<Vec<_>, _>>()?;
    Ok(times.into_iter().flatten().map(Timestamp::from_millis).collect())
}

/// All rows that are deleted.
pub(in crate::library) fn deleted(connection: &Connection) -> Result<Vec<Known>, IndexError> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM clips WHERE deleted_at IS NOT NULL"))?;
    let rows = statement.query_map([], clip_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Number and bytes of the clips of a user, or of all.
pub(in crate::library) fn usage(connection: &Connection, user: Option<&UserName>) -> Result<(u64, u64), IndexError> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM clips
               WHERE deleted_at IS NULL AND (?1 IS NULL OR user_key = ?1)";
    let counts = |row: &Row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()));
    Ok(connection.prepare_cached(sql)?.query_row([user.map(UserName::key)], counts)?)
}

/// A clip from a row of [`COLUMNS`].
pub(in crate::library) fn clip_of(row: &Row) -> Result<Known, rusqlite::Error> {
    let kind = row.get_ref(3)?.as_str()?;
    let strange = || {
        let error = std::io::Error::other("no kind of clip");
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error))
    };
    let clip = Clip {
        id: ClipId(row.get(0)?),
        stream: stream_of(row, 1)?,
        kind: ClipKind::from_name(kind).ok_or_else(strange)?,
        number: row.get(4)?,
        started_at: Timestamp::from_millis(row.get(5)?),
        bytes: row.get::<_, i64>(6)?.cast_unsigned(),
        duration_ms: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
        has_sound: row.get(8)?,
    };
    Ok((clip, row.get::<_, Option<i64>>(9)?.map(Timestamp::from_millis)))
}
