//! Deleted frames, and with them recordings: out of the library at once, on disk for ten minutes more.
//!
//! In `.framekeep/trash/` a file is named `<deleted at, milliseconds>_<number>.<ending>`: the name tells when it goes for good.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::{FrameId, SavedFrame, Timestamp};
use crate::library::home::{Home, INSIDE, thumbnail_path};
use crate::library::index::Index;
use crate::library::place::Place;
use crate::library::{LibraryError, disk, query};

/// How long a deletion can be taken back.
pub(super) const KEPT: Duration = Duration::from_mins(10);

/// Moves a frame to the trash. `None`: there is no such frame.
pub(super) fn delete(home: &Home, id: FrameId, now: Timestamp) -> Result<Option<SavedFrame>, LibraryError> {
    let mut index = home.index();
    let Some(frame) = query::frame(index.connection(), id, None)? else {
        return Ok(None);
    };
    let path = Place::of_saved(&frame).path(home.dir());
    match disk::move_without_overwriting(&path, &path_of(home.dir(), &frame, now)) {
        Ok(()) => index.trash(id, true, now),
        // A file that is missing because its folder is away comes back with it.
        Err(source) if source.kind() == io::ErrorKind::NotFound && !home.is_there() => {
            return Err(LibraryError::Folder { path: home.dir().to_owned(), source });
        }
        // Somebody removed the file by hand: the row follows it, and there is nothing to restore.
        Err(error) if error.kind() == io::ErrorKind::NotFound => index.remove(&[id]),
        Err(source) => return Err(LibraryError::File { path, source }),
    }?;
    Ok(Some(frame))
}

/// A frame that can be put back.
pub(super) fn look(home: &Home, id: FrameId, now: Timestamp) -> Result<Option<SavedFrame>, LibraryError> {
    Ok(find(&home.index(), id, now)?.map(|(frame, _)| frame))
}

/// Puts a frame back. `None`: it is not in the trash, or no more.
pub(super) fn restore(home: &Home, id: FrameId, now: Timestamp) -> Result<Option<SavedFrame>, LibraryError> {
    let mut index = home.index();
    let Some((frame, deleted_at)) = find(&index, id, now)? else { return Ok(None) };
    let path = Place::of_saved(&frame).path(home.dir());
    disk::move_without_overwriting(&path_of(home.dir(), &frame, deleted_at), &path)
        .map_err(|source| LibraryError::File { path, source })?;
    index.trash(id, false, now)?;
    Ok(Some(frame))
}

/// A frame in the trash and when it was put there.
fn find(index: &Index, id: FrameId, now: Timestamp) -> Result<Option<(SavedFrame, Timestamp)>, LibraryError> {
    Ok(index.trashed_frame(id)?.filter(|(_, deleted_at)| now.since(*deleted_at) < KEPT))
}

/// Removes for good what was deleted long enough ago.
pub(super) fn purge(home: &Home, now: Timestamp) -> Result<(), LibraryError> {
    let before = now.minus(KEPT);
    let mut gone = 0;
    for (path, deleted_at, id) in contents(home.dir()) {
        if deleted_at < before {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(%error, file = %path.display(), "a deleted file cannot be removed for good");
                continue;
            }
            // A thumbnail that stays behind is found by `verify`.
            let _ = fs::remove_file(thumbnail_path(home.dir(), id));
            gone += 1;
        }
    }
    if gone > 0 {
        tracing::debug!(files = gone, "the trash was emptied");
        home.write(|index| index.empty_trash(before))?;
    }
    Ok(())
}

/// Brings rows and files together where the program ended between the two steps of a deletion or a restoration.
pub(super) fn reconcile(dir: &Path, index: &mut Index) -> Result<(), LibraryError> {
    for (_, deleted_at, id) in contents(dir) {
        let row = query::frame(index.connection(), id, None)?;
        if row.is_some_and(|frame| !Place::of_saved(&frame).path(dir).exists()) {
            index.trash(id, true, deleted_at)?;
        }
    }
    for (frame, deleted_at) in index.trashed()? {
        if !path_of(dir, &frame, deleted_at).exists() && Place::of_saved(&frame).path(dir).exists() {
            index.trash(frame.id, false, deleted_at)?;
        }
    }
    Ok(())
}

fn path_of(dir: &Path, frame: &SavedFrame, deleted_at: Timestamp) -> PathBuf {
    let name = format!("{}_{}.{}", deleted_at.as_millis(), frame.id, frame.format.extension());
    dir.join(INSIDE).join("trash").join(name)
}

pub(super) fn contents(dir: &Path) -> Vec<(PathBuf, Timestamp, FrameId)> {
    let entries = fs::read_dir(dir.join(INSIDE).join("trash")).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (deleted_at, rest) = name.split_once('_')?;
            let (id, _) = rest.split_once('.')?;
            Some((entry.path(), Timestamp::from_millis(deleted_at.parse().ok()?), id.parse().ok()?))
        })
        .collect()
}
