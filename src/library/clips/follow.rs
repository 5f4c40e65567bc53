//! A clip goes with its event: with the last frame that was kept of it, and back with any of them. It knows of frames no more
//! than of which event they are.

use super::{delete, restore, rows};
use crate::domain::{Clip, EventId, SavedFrame, Timestamp};
use crate::library::LibraryError;
use crate::library::home::Home;
use crate::library::index::IndexError;

/// A frame was deleted: if nothing else is left of its event, its clips are deleted as well, and given.
pub(in crate::library) fn leave(home: &Home, frame: &SavedFrame, at: Timestamp) -> Result<Vec<Clip>, LibraryError> {
    let Some(event) = frame.event else { return Ok(Vec::new()) };
    let clips = {
        let index = home.index();
        if has_frames(index.connection(), event)? {
            return Ok(Vec::new());
        }
        rows::of_event(index.connection(), event)?
    };
    let own = clips.into_iter().filter(|clip| clip.stream.user == frame.stream.user);
    let deleted = own.map(|clip| delete(home, clip.id, at)).collect::<Result<Vec<_>, _>>()?;
    Ok(deleted.into_iter().flatten().collect())
}

/// When the frames of an event were deleted that are in the trash: a clip that was deleted with one of them comes back with any.
pub(in crate::library) fn leavings(home: &Home, event: Option<EventId>) -> Result<Vec<Timestamp>, LibraryError> {
    let Some(event) = event else { return Ok(Vec::new()) };
    Ok(left_at(home.index().connection(), event)?)
}

/// A frame was restored: the clips that left with its event come back, and are given.
pub(in crate::library) fn come_back(
    home: &Home,
    frame: &SavedFrame,
    leavings: &[Timestamp],
    now: Timestamp,
) -> Result<Vec<Clip>, LibraryError> {
    let Some(event) = frame.event else { return Ok(Vec::new()) };
    let deleted = rows::deleted(home.index().connection())?;
    let with_event = deleted.into_iter().filter(|(clip, at)| {
        let is_its = clip.event() == Some(event) && clip.stream.user == frame.stream.user;
        is_its && at.is_some_and(|at| leavings.contains(&at))
    });
    let back = with_event.map(|(clip, _)| restore(home, clip.id, now)).collect::<Result<Vec<_>, _>>()?;
    Ok(back.into_iter().flatten().collect())
}

/// When the last frame of an event was deleted, if none of it is left: a clip of it that is made now is deleted as well.
pub(in crate::library) fn is_gone(home: &Home, event: EventId) -> Result<Option<Timestamp>, LibraryError> {
    let index = home.index();
    if has_frames(index.connection(), event)? {
        return Ok(None);
    }
    Ok(left_at(index.connection(), event)?.into_iter().max())
}

fn has_frames(connection: &rusqlite::Connection, event: EventId) -> Result<bool, IndexError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM frames WHERE event = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([event.0], |row| row.get(0))?)
}

fn left_at(connection: &rusqlite::Connection, event: EventId) -> Result<Vec<Timestamp>, IndexError> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT deleted_at FROM trash WHERE event = ?1")?;
    let rows = statement.query_map([event.0], |row| row.get(0).map(Timestamp::from_millis))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
