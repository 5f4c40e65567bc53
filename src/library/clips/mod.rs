//! Clips: films of events, of days, of what somebody picked, made from what was kept.
//!
//! What is to become one lies in a folder of its own (`order`) until somebody, here or on another machine, has put the film
//! there. The library takes it in: a file under its final name (`name`) and a row of the index (`rows`). It does not know how
//! films are made.

mod follow;
mod kept;
mod name;
mod order;
mod rows;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use crate::bus::Happening;
use crate::domain::{Clip, ClipId, EventId, SavedFrame, Timestamp, UserName};
use crate::library::home::{Home, INSIDE};
use crate::library::index::{Index, IndexError};
use crate::library::place::Place;
use crate::library::query::{self, Cursor};
use crate::library::trash::{self, KEPT};
use crate::library::{FrameQuery, Library, LibraryError, cursor_of, disk, now};

pub(super) use follow::{Thing, companions};
pub use kept::{kept_at, kept_in};
pub use name::is_clip_place;
pub(super) use name::{FOLDER, Name};
pub use order::{ClipFolder, ClipMade, ClipMarks, ClipOrder};
pub(super) use rows::{COLUMNS, clip_of, find, put, put_shown};

impl Library {
    /// A number for what somebody orders: when that was; of two in one millisecond the second is of the next.
    #[must_use]
    pub fn new_clip_number() -> i64 {
        static LAST: AtomicI64 = AtomicI64::new(0);
        let next = |last: i64| (last + 1).max(now().as_millis());
        next(LAST.update(Ordering::Relaxed, Ordering::Relaxed, next))
    }

    /// The folder of an order in the save folder, made when it is missing, with the order in it.
    ///
    /// # Errors
    /// What the system says; also when frames wait because the save folder cannot be written.
    pub fn order_clip(&self, order: &ClipOrder) -> io::Result<ClipFolder> {
        let home = self.shared.home.load();
        let folder = ClipFolder::named(home.dir(), &order.name()).filter(|_| home.is_well());
        let folder = folder.ok_or_else(|| io::Error::other("the save folder cannot be written"))?;
        folder.put_order(order)?;
        Ok(folder)
    }

    /// Orders of which something is still being spooled. Asked before anybody spools, it gives those that a program left behind
    /// that was killed.
    #[must_use]
    pub fn clips_left_open(&self) -> Vec<(ClipFolder, ClipOrder)> {
        let all = ClipFolder::all(self.shared.home.load().dir()).into_iter();
        let open = all.filter_map(|folder| Some((folder.order().ok()??, folder)));
        open.filter(|(order, _)| order.to.is_none()).map(|(order, folder)| (folder, order)).collect()
    }

    /// Something can become a clip: whoever looks for that looks soon.
    pub fn clips_changed(&self) {
        self.shared.clips_changed.store(true, Ordering::Release);
    }

    /// Whether something could have become one since this was asked last.
    #[must_use]
    pub fn take_clips_changed(&self) -> bool {
        self.shared.clips_changed.swap(false, Ordering::AcqRel)
    }

    /// Takes the film of an order into the library, when it is made. `None`: there was nothing to show, or what it shows was deleted
    /// meanwhile; then it can be restored with that.
    ///
    /// # Errors
    /// [`LibraryError`] when a file cannot be moved or the index cannot be written; it is tried again by asking again.
    pub fn take_clip(
        &self,
        folder: &ClipFolder,
        order: &ClipOrder,
        made: &ClipMade,
    ) -> Result<Option<Clip>, LibraryError> {
        let home = self.shared.home.load_full();
        let failed = |source| LibraryError::File { path: folder.path().to_owned(), source };
        if made.frames == 0 {
            folder.remove().map_err(failed)?;
            return Ok(None);
        }
        let name = Name {
            user: home.folder_of(&order.user),
            camera: order.camera.clone(),
            started_at: crate::library::place::within_four_digits(made.started_at),
            kind: order.kind,
            number: order.number,
        };
        let path = name.path(home.dir());
        give_name(&home, &folder.film(), &path).map_err(failed)?;
        let bytes = fs::metadata(&path).map_err(failed)?.len();
        let (duration_ms, has_sound) = (Some(made.duration_ms), Some(made.has_sound));
        let clip = Clip { duration_ms, has_sound, ..name.clip(bytes) };
        let shown = order.shows.iter().map(|what| (clip.id, *what));
        home.write(|index| rows::put_shown(index, shown).and_then(|()| rows::put(index, &clip, None)))?;
        let gone_at = follow::gone_at(&home, &clip, folder, now())?;
        folder.remove().map_err(failed)?;
        if let Some(gone_at) = gone_at {
            delete(&home, clip.id, gone_at)?;
            return Ok(None);
        }
        self.shared.bus.tell(Happening::Clip(clip.clone()));
        Ok(Some(clip))
    }

    /// Clips, newest first: user, camera, event, from, to, cursor and limit as for frames; their start counts.
    ///
    /// # Errors
    /// [`LibraryError::Cursor`] for a cursor that no list gave out, or [`LibraryError::Index`].
    pub fn clips(&self, query: &FrameQuery) -> Result<(Vec<Clip>, Option<String>), LibraryError> {
        let cursor: Option<Cursor> = cursor_of(query)?;
        self.shared.home.load().read(|connection| query::clips(connection, query, cursor))
    }

    /// Number and bytes of the clips of a user, or of all.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn clips_usage(&self, user: Option<&UserName>) -> Result<(u64, u64), LibraryError> {
        self.shared.home.load().read(|connection| rows::usage(connection, user))
    }

    /// One clip by its number.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn clip(&self, id: ClipId) -> Result<Option<Clip>, LibraryError> {
        let row = self.shared.home.load().read(|connection| rows::find(connection, id))?;
        Ok(row.filter(|(_, deleted_at)| deleted_at.is_none()).map(|(clip, _)| clip))
    }

    /// The clips that show an event.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn clips_of(&self, event: EventId) -> Result<Vec<Clip>, LibraryError> {
        self.shared.home.load().read(|connection| rows::of_event(connection, event))
    }

    /// Where the file of a clip lies.
    #[must_use]
    pub fn clip_file(&self, clip: &Clip) -> PathBuf {
        Name::of(clip).path(self.shared.home.load().dir())
    }

    /// Where the file of a clip lies below the save folder, with `/` on every system.
    #[must_use]
    pub fn clip_place(clip: &Clip) -> String {
        Name::of(clip).relative()
    }

    /// Where the file of a frame lies below the save folder, with `/` on every system.
    #[must_use]
    pub fn frame_place(frame: &SavedFrame) -> String {
        Place::of_saved(frame).relative()
    }

    /// Takes a clip out of the library, and with it films that show it; they can be restored for ten minutes. `None`: there is no
    /// such clip.
    ///
    /// # Errors
    /// [`LibraryError`] when its file cannot be moved or the index cannot be written.
    pub fn delete_clip(&self, id: ClipId) -> Result<Option<Clip>, LibraryError> {
        let (home, at) = (self.shared.home.load(), now());
        let deleted = delete(&home, id, at)?;
        if let Some(clip) = &deleted {
            self.shared.bus.tell(Happening::ClipDeleted { id, user: clip.stream.user.clone() });
            self.films_leave(&home, id.into(), at);
        }
        Ok(deleted)
    }

    /// A clip that was deleted and can be restored.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn deleted_clip(&self, id: ClipId) -> Result<Option<Clip>, LibraryError> {
        let home = self.shared.home.load();
        let index = home.index();
        Ok(in_trash(&index, home.dir(), id, now())?.map(|(clip, _)| clip))
    }

    /// Takes a deletion back. `None`: it was not deleted, or too long ago.
    ///
    /// # Errors
    /// [`LibraryError`] when the file cannot be moved or the index cannot be written.
    pub fn restore_clip(&self, id: ClipId) -> Result<Option<Clip>, LibraryError> {
        let (home, now) = (self.shared.home.load(), now());
        let companions = companions(&home, &id.into())?;
        let restored = restore(&home, id, now)?;
        if let Some(clip) = &restored {
            self.shared.bus.tell(Happening::Clip(clip.clone()));
            self.films_come_back(&home, companions, now);
        }
        Ok(restored)
    }
}

impl Library {
    /// Something was deleted: films go with the last of what they show.
    pub(super) fn films_leave(&self, home: &Home, thing: Thing, at: Timestamp) {
        match follow::leave(home, thing, at) {
            Ok(films) => films.into_iter().for_each(|Clip { id, stream, .. }| {
                self.shared.bus.tell(Happening::ClipDeleted { id, user: stream.user });
            }),
            // What was to be deleted is, as was asked.
            Err(error) => tracing::warn!(%error, "a film is left of which all that it shows was deleted"),
        }
    }

    /// Something was restored: films that went with it come back.
    pub(super) fn films_come_back(&self, home: &Home, companions: Vec<ClipId>, now: Timestamp) {
        match follow::come_back(home, companions, now) {
            Ok(films) => films.into_iter().for_each(|film| self.shared.bus.tell(Happening::Clip(film))),
            Err(error) => tracing::warn!(%error, "a film is not restored with what it shows"),
        }
    }
}

/// Forgets what was deleted long enough ago; the files go with the trash.
pub(super) fn purge(home: &Home, now: Timestamp) -> Result<(), LibraryError> {
    Ok(home.write(|index| rows::forget(index, now.minus(KEPT)))?)
}

/// Brings rows and files together where the program ended between the two steps of a deletion or a restoration.
pub(super) fn reconcile(dir: &Path, index: &mut Index) -> Result<(), IndexError> {
    for (_, deleted_at, id) in trash::contents(dir) {
        if let Some((clip, known)) = rows::find(index.connection(), ClipId(id.0))? {
            let is_there = Name::of(&clip).path(dir).exists();
            if known.is_some() == is_there {
                rows::put(index, &clip, (!is_there).then_some(deleted_at))?;
            }
        }
    }
    for (clip, deleted_at) in rows::deleted(index.connection())? {
        let in_trash = deleted_at.is_some_and(|at| trash_path(dir, clip.id, at).exists());
        if !in_trash && Name::of(&clip).path(dir).exists() {
            rows::put(index, &clip, None)?;
        }
    }
    Ok(())
}

/// Moves a film to its final name; where it is there already, that was done before.
fn give_name(home: &Home, film: &Path, path: &Path) -> io::Result<()> {
    if !film.exists() && path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let user = folder.parent().unwrap_or(folder);
    disk::make_folder(user)?;
    disk::make_folder(folder)?;
    // One that was made twice is the same film.
    fs::rename(film, path)?;
    disk::flush(&mut [home.dir().to_owned(), user.to_owned(), folder.to_owned()].into())
}

fn delete(home: &Home, id: ClipId, now: Timestamp) -> Result<Option<Clip>, LibraryError> {
    let mut index = home.index();
    let Some((clip, None)) = rows::find(index.connection(), id)? else { return Ok(None) };
    let path = Name::of(&clip).path(home.dir());
    match disk::move_without_overwriting(&path, &trash_path(home.dir(), id, now)) {
        // A file that is missing because its folder is away comes back with it.
        Err(source) if source.kind() == io::ErrorKind::NotFound && !home.is_there() => {
            return Err(LibraryError::Folder { path: home.dir().to_owned(), source });
        }
        // Somebody removed the file by hand.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        moved => moved.map_err(|source| LibraryError::File { path, source })?,
    }
    rows::put(&mut index, &clip, Some(now))?;
    Ok(Some(clip))
}

fn restore(home: &Home, id: ClipId, now: Timestamp) -> Result<Option<Clip>, LibraryError> {
    let mut index = home.index();
    let Some((clip, deleted_at)) = in_trash(&index, home.dir(), id, now)? else { return Ok(None) };
    let path = Name::of(&clip).path(home.dir());
    disk::move_without_overwriting(&trash_path(home.dir(), id, deleted_at), &path)
        .map_err(|source| LibraryError::File { path, source })?;
    rows::put(&mut index, &clip, None)?;
    Ok(Some(clip))
}

/// A clip in the trash and when it was put there.
fn in_trash(index: &Index, dir: &Path, id: ClipId, now: Timestamp) -> Result<Option<(Clip, Timestamp)>, IndexError> {
    let row = rows::find(index.connection(), id)?;
    let deleted = row.and_then(|(clip, deleted_at)| Some((clip, deleted_at?)));
    Ok(deleted.filter(|(_, at)| now.since(*at) < KEPT && trash_path(dir, id, *at).exists()))
}

fn trash_path(dir: &Path, id: ClipId, deleted_at: Timestamp) -> PathBuf {
    dir.join(INSIDE).join("trash").join(format!("{}_{id}.mp4", deleted_at.as_millis()))
}
