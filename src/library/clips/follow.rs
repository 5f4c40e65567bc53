//! A film goes with what it shows, and comes back with it: the clip of an event with the last frame that was kept of it, picked
//! frames with the last of them, a mask with its recording or clip. It knows of these no more than their numbers.

use rusqlite::Connection;

use super::{ClipFolder, delete, restore, rows};
use crate::domain::{Clip, ClipId, ClipKind, EventId, RecordingId, SavedFrame, Timestamp, UserName};
use crate::library::LibraryError;
use crate::library::home::Home;
use crate::library::index::IndexError;

/// Something that a film may show: a frame, a recording or a clip, each by a number that no other has.
#[derive(Debug, Clone)]
pub(in crate::library) struct Thing {
    number: i64,
    /// The event that a frame was kept for, and whose it is.
    event: Option<(EventId, UserName)>,
}

impl From<&SavedFrame> for Thing {
    fn from(frame: &SavedFrame) -> Self {
        Self { number: frame.id.0, event: frame.event.map(|event| (event, frame.stream.user.clone())) }
    }
}

impl From<RecordingId> for Thing {
    fn from(id: RecordingId) -> Self {
        Self { number: id.0, event: None }
    }
}

impl From<ClipId> for Thing {
    fn from(id: ClipId) -> Self {
        Self { number: id.0, event: None }
    }
}

/// Something was deleted: films of which nothing is left that they show are deleted as well, and given.
pub(in crate::library) fn leave(home: &Home, thing: Thing, at: Timestamp) -> Result<Vec<Clip>, LibraryError> {
    let noted = note_event(home, &thing, at);
    let (mut things, mut deleted) = (vec![thing], Vec::new());
    while let Some(thing) = things.pop() {
        let alone = left_alone(home.index().connection(), &thing)?;
        for clip in alone {
            if let Some(clip) = delete(home, clip.id, at)? {
                things.push(clip.id.into());
                deleted.push(clip);
            }
        }
    }
    noted.map(|()| deleted)
}

/// The films that are to come back with something that is in the trash: those that went with it, or with another thing that they
/// show. Asked before it is restored, as nobody knows afterwards when it was deleted.
pub(in crate::library) fn companions(home: &Home, thing: &Thing) -> Result<Vec<ClipId>, LibraryError> {
    let index = home.index();
    let connection = index.connection();
    let mut found = Vec::new();
    if let Some((event, user)) = &thing.event {
        let left_at = left_at(connection, *event)?;
        found.extend(rows::deleted(connection)?.into_iter().filter(|(clip, at)| {
            let is_its = clip.event() == Some(*event) && clip.stream.user == *user;
            is_its && at.is_some_and(|at| left_at.contains(&at))
        }));
    }
    for (film, at) in rows::that_show(connection, thing.number)? {
        if let Some(at) = at
            && rows::shown_left_at(connection, film.id)?.contains(&at)
        {
            found.push((film, Some(at)));
        }
    }
    Ok(found.into_iter().map(|(clip, _)| clip.id).collect())
}

/// Something was restored: its companions come back, and theirs, and are given.
pub(in crate::library) fn come_back(
    home: &Home,
    mut companions: Vec<ClipId>,
    now: Timestamp,
) -> Result<Vec<Clip>, LibraryError> {
    let mut back = Vec::new();
    while let Some(id) = companions.pop() {
        let others = self::companions(home, &id.into())?;
        if let Some(clip) = restore(home, id, now)? {
            companions.extend(others);
            back.push(clip);
        }
    }
    Ok(back)
}

/// When the last of what a film shows was deleted, if nothing of that is left: a film that was made meanwhile is deleted as well.
pub(in crate::library) fn gone_at(
    home: &Home,
    film: &Clip,
    folder: &ClipFolder,
    now: Timestamp,
) -> Result<Option<Timestamp>, LibraryError> {
    let index = home.index();
    let connection = index.connection();
    if let Some(event) = film.event() {
        if has_frames(connection, event)? {
            return Ok(None);
        }
        return Ok(left_at(connection, event)?.into_iter().max().or_else(|| folder.gone()));
    }
    if !rows::shows_something(connection, film.id)? || rows::has_shown(connection, film.id)? {
        return Ok(None);
    }
    // What is gone for good is not known any more.
    Ok(Some(rows::shown_left_at(connection, film.id)?.into_iter().max().unwrap_or(now)))
}

/// If nothing is left of the event of a frame, that is noted beside what is to become its clip: that may be made long after the
/// trash was emptied, which would have told it.
fn note_event(home: &Home, frame: &Thing, at: Timestamp) -> Result<(), LibraryError> {
    let Some((event, _)) = &frame.event else { return Ok(()) };
    let name = format!("{}-{}", ClipKind::Event.name(), event.0);
    let Some(folder) = ClipFolder::named(home.dir(), &name).filter(|folder| folder.path().exists()) else {
        return Ok(());
    };
    if has_frames(home.index().connection(), *event)? {
        return Ok(());
    }
    folder.put_gone(at).map_err(|source| LibraryError::File { path: folder.path().to_owned(), source })
}

/// The films that show a thing and nothing that is left.
fn left_alone(connection: &Connection, thing: &Thing) -> Result<Vec<Clip>, IndexError> {
    let mut alone = Vec::new();
    if let Some((event, user)) = &thing.event
        && !has_frames(connection, *event)?
    {
        alone.extend(rows::of_event(connection, *event)?.into_iter().filter(|clip| clip.stream.user == *user));
    }
    for (film, deleted_at) in rows::that_show(connection, thing.number)? {
        if deleted_at.is_none() && !rows::has_shown(connection, film.id)? {
            alone.push(film);
        }
    }
    Ok(alone)
}

fn has_frames(connection: &Connection, event: EventId) -> Result<bool, IndexError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM frames WHERE event = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([event.0], |row| row.get(0))?)
}

fn left_at(connection: &Connection, event: EventId) -> Result<Vec<Timestamp>, IndexError> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT deleted_at FROM trash WHERE event = ?1")?;
    let rows = statement.query_map([event.0], |row| row.get(0).map(Timestamp::from_millis))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameId, PictureFormat, StreamId};
    use crate::library::ClipOrder;

    #[test]
    fn a_clip_that_is_made_after_the_trash_was_emptied_knows_that_nothing_of_its_event_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path(), true, false).unwrap();
        let at = Timestamp::from_millis;
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let frame = SavedFrame {
            id: FrameId(7),
            stream: stream.clone(),
            seq: 1,
            captured_at: at(50),
            width: 64,
            height: 48,
            bytes: 999,
            format: PictureFormat::Jpeg,
            score: 0.5,
            event: Some(EventId(9)),
            peak: true,
        };
        let order = ClipOrder::new(ClipKind::Event, 9, &stream, at(40), Some(at(60)));
        let spool = ClipFolder::named(folder.path(), &order.name()).unwrap();
        spool.put_order(&order).unwrap();
        let film = Clip {
            id: ClipId(3),
            kind: ClipKind::Event,
            number: 9,
            stream,
            started_at: at(40),
            bytes: 5,
            duration_ms: None,
            has_sound: None,
        };
        home.add(vec![frame.clone()]).unwrap();
        assert_eq!(gone_at(&home, &film, &spool, at(900)).unwrap(), None);
        home.write(|index| index.trash(frame.id, true, at(100))).unwrap();
        leave(&home, (&frame).into(), at(100)).unwrap();
        home.write(|index| index.empty_trash(at(800))).unwrap();
        assert_eq!(gone_at(&home, &film, &spool, at(900)).unwrap(), Some(at(100)));
        // Of an event of which nothing was ever kept the clip stays.
        let other = ClipFolder::named(folder.path(), "event-10").unwrap();
        assert_eq!(gone_at(&home, &Clip { number: 10, ..film }, &other, at(900)).unwrap(), None);
    }
}
