//! How a recording ends: joined under its final name, abandoned, opened again, deleted.
//!
//! Each of these takes several steps on disk, in an order in which a program that is killed between two of them can go on
//! afterwards: the note says what is to become of the recording before its file moves, and the folder goes last.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::bus::Happening;
use crate::domain::{Recording, RecordingId, RecordingState, Timestamp, VideoFormat};
use crate::library::home::{Home, INSIDE};
use crate::library::index::{Index, IndexError};
use crate::library::recordings::draft::{self, About, Draft, WHOLE};
use crate::library::recordings::table::Claim;
use crate::library::recordings::{FOLDER, Name, QUIET, RecordingError};
use crate::library::recordings::{made, rows};
use crate::library::state::Shared;
use crate::library::trash::{self, KEPT};
use crate::library::{LibraryError, disk};

/// How long it is remembered that a recording was deleted, so that a phone that goes on sending it is told.
const REMEMBERED: Duration = Duration::from_hours(24 * 30);

/// Why a recording of which nothing more came is not whole.
const WENT_AWAY: &str = "The phone went away before the recording was finished.";
const NO_BEGINNING: &str = "The phone went away, and the beginning of the recording never came.";
const THROWN_AWAY: &str = "It was deleted before it was finished.";

/// Gives a recording its final name and takes it out of those that are open.
pub(super) fn close(
    shared: &Shared,
    mut claim: Claim,
    state: RecordingState,
    reason: Option<&str>,
) -> Result<Recording, RecordingError> {
    let home = Arc::clone(claim.home());
    let done = (|| {
        let known = claim.about.closed.as_ref().is_some_and(|closed| closed.state == state);
        if !known {
            claim.mark(Some((state, reason.map(str::to_owned))))?;
        }
        let mut recording = claim.recording();
        recording.stream.user = home.folder_of(&recording.stream.user);
        give_name(&home, &claim, &recording)?;
        // What is thrown away is not worth any work.
        let jobs = shared.recording_jobs.get().filter(|_| reason != Some(THROWN_AWAY));
        let job = jobs.and_then(|jobs| jobs.job_of(&recording, &Name::of(&recording).relative()));
        // "It is closed" and "something is to be made of it" are one step: neither is ever true without the other.
        home.write(|index| rows::put_with(index, &recording, job.as_ref(), crate::library::now()))?;
        put_note_away(home.dir(), claim.folder(), recording.id)?;
        Ok(recording)
    })();
    let recording = done.map_err(|error| match error {
        RecordingError::Io(error) => told(shared, &home, error),
        other => other,
    })?;
    claim.end();
    if let Some(jobs) = shared.recording_jobs.get() {
        jobs.queued();
    }
    shared.bus.tell(match state {
        RecordingState::Finished => Happening::RecordingFinished(recording.clone()),
        _ => Happening::Recording(recording.clone()),
    });
    Ok(recording)
}

/// Opens the note of an abandoned recording again; [`load`] does the rest.
pub(super) fn reopen(home: &Home, id: RecordingId) -> Result<(), RecordingError> {
    let (note, folder) = (note_folder(home.dir(), id), home.inside(FOLDER).join(id.to_string()));
    match fs::rename(&note, &folder) {
        // Without its note it cannot be told which chunks are in the file.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(RecordingError::BeyondEnd),
        renamed => renamed?,
    }
    draft::flush_folder(&home.inside(FOLDER))?;
    if let Some(about) = draft::read_about(&folder)? {
        draft::write_about(&folder, &About { closed: None, ..about })?;
    }
    Ok(())
}

/// Reads an open recording. Goes on with what a program began that was killed: a closing, or an opening.
pub(super) fn load(home: &Home, id: RecordingId) -> Result<Option<Draft>, RecordingError> {
    let folder = home.inside(FOLDER).join(id.to_string());
    let Some(about) = draft::read_about(&folder)? else { return Ok(None) };
    let named = if folder.join(WHOLE).exists() { None } else { named_file(home, &about) };
    if let Some((path, mut recording)) = named {
        if let Some(closed) = &about.closed {
            (recording.state, recording.reason) = (closed.state, closed.reason.clone());
            (recording.chunks, recording.duration_ms) = (closed.chunks, closed.duration_ms);
            home.write(|index| rows::put(index, &recording, None))?;
            put_note_away(home.dir(), &folder, id)?;
            return Ok(None);
        }
        fs::rename(&path, folder.join(WHOLE))?;
        draft::flush_folder(&folder)?;
        if let Err(error) = home.write(|index| {
            made::forget(index, id)?;
            rows::remove(index, &[id])
        }) {
            // Lists show the open one alone.
            tracing::warn!(%error, recording = %id, "a recording that goes on is in the index as abandoned");
        }
    }
    Ok(Draft::load(&folder)?)
}

/// Finds the open recordings of a folder, and closes those of which nothing is heard any more.
pub(in crate::library) fn look_after(shared: &Shared, home: &Arc<Home>) {
    shared.recordings.find_all(home);
    close_quiet(shared, QUIET);
}

/// Closes what is quiet for so long, and goes on with closings that failed.
pub(super) fn close_quiet(shared: &Shared, quiet: Duration) {
    let current = shared.home.load_full();
    for id in shared.recordings.to_close(quiet) {
        // A request is faster: then it is not quiet.
        let Ok(claim) = shared.recordings.claim(id, &current) else { continue };
        if claim.home().is_well()
            && let Err(error) = close_one(shared, claim)
        {
            tracing::warn!(%error, recording = %id, "a recording cannot be closed");
        }
    }
}

fn close_one(shared: &Shared, mut claim: Claim) -> Result<(), RecordingError> {
    claim.join()?;
    if let Some(closed) = claim.about.closed.clone() {
        close(shared, claim, closed.state, closed.reason.as_deref())?;
    } else if claim.is_void() {
        let recording = claim.recording();
        fs::remove_dir_all(claim.folder())?;
        claim.end();
        let (id, user) = (recording.id, recording.stream.user);
        shared.bus.tell(Happening::RecordingDeleted { id, user });
    } else if claim.is_complete() {
        close(shared, claim, RecordingState::Finished, None)?;
    } else if claim.is_empty() {
        claim.mark(Some((RecordingState::Abandoned, Some(NO_BEGINNING.to_owned()))))?;
        shared.bus.tell(Happening::Recording(claim.recording()));
    } else {
        close(shared, claim, RecordingState::Abandoned, Some(WENT_AWAY))?;
    }
    Ok(())
}

/// Closes an open recording so that it can be deleted.
pub(super) fn throw_away(shared: &Shared, claim: Claim) -> Result<(), RecordingError> {
    if !claim.is_empty() {
        return close(shared, claim, RecordingState::Abandoned, Some(THROWN_AWAY)).map(drop);
    }
    // There is no file; the row tells a phone that goes on sending that it was deleted.
    claim.home().write(|index| rows::put(index, &claim.recording(), None))?;
    fs::remove_dir_all(claim.folder())?;
    claim.end();
    Ok(())
}

/// Moves a closed recording to the trash. `None`: there is no such recording.
pub(super) fn delete(home: &Home, id: RecordingId, now: Timestamp) -> Result<Option<Recording>, RecordingError> {
    let mut index = home.index();
    let Some((recording, None)) = rows::find(index.connection(), id)? else { return Ok(None) };
    let path = Name::of(&recording).path(home.dir());
    match disk::move_without_overwriting(&path, &trash_path(home.dir(), &recording, now)) {
        // A file that is missing because its folder is away comes back with it.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !home.is_there() => {
            return Err(RecordingError::NoFolder);
        }
        // Somebody removed the file by hand, or there never was one.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        moved => moved?,
    }
    rows::put(&mut index, &recording, Some(now))?;
    made::forget(&mut index, id)?;
    Ok(Some(recording))
}

/// A recording that can be put back.
pub(super) fn look(home: &Home, id: RecordingId, now: Timestamp) -> Result<Option<Recording>, LibraryError> {
    Ok(in_trash(&home.index(), home.dir(), id, now)?.map(|(recording, _)| recording))
}

/// Puts a recording back. `None`: it is not in the trash, or no more.
pub(super) fn restore(home: &Home, id: RecordingId, now: Timestamp) -> Result<Option<Recording>, RecordingError> {
    let mut index = home.index();
    let Some((recording, deleted_at)) = in_trash(&index, home.dir(), id, now)? else { return Ok(None) };
    let path = Name::of(&recording).path(home.dir());
    disk::move_without_overwriting(&trash_path(home.dir(), &recording, deleted_at), &path)?;
    rows::put(&mut index, &recording, None)?;
    Ok(Some(recording))
}

/// Forgets what was deleted long enough ago; the files go with the trash.
pub(in crate::library) fn purge(home: &Home, now: Timestamp) -> Result<(), LibraryError> {
    let deleted = rows::all(home.index().connection(), true)?;
    let mut forgotten = Vec::new();
    for (recording, deleted_at) in deleted {
        let age = now.since(deleted_at.unwrap_or(now));
        if age >= KEPT {
            // One that is gone already is as good as removed.
            let _ = fs::remove_dir_all(note_folder(home.dir(), recording.id));
        }
        if age >= REMEMBERED {
            forgotten.push(recording.id);
        }
    }
    if !forgotten.is_empty() {
        home.write(|index| rows::remove(index, &forgotten))?;
    }
    Ok(())
}

/// Brings rows and files together where the program ended between the two steps of a deletion or a restoration.
pub(in crate::library) fn reconcile(dir: &Path, index: &mut Index) -> Result<(), IndexError> {
    for (_, deleted_at, id) in trash::contents(dir) {
        if let Some((recording, known)) = rows::find(index.connection(), RecordingId(id.0))? {
            let is_there = Name::of(&recording).path(dir).exists();
            if known.is_some() == is_there {
                rows::put(index, &recording, (!is_there).then_some(deleted_at))?;
            }
        }
    }
    for (recording, deleted_at) in rows::all(index.connection(), true)? {
        let in_trash = deleted_at.is_some_and(|at| trash_path(dir, &recording, at).exists());
        if !in_trash && Name::of(&recording).path(dir).exists() {
            rows::put(index, &recording, None)?;
        }
    }
    Ok(())
}

/// What the note of a recording says that its name does not.
pub(in crate::library) fn complete(dir: &Path, recording: Recording) -> Recording {
    let folders = [note_folder(dir, recording.id), dir.join(INSIDE).join(FOLDER).join(recording.id.to_string())];
    let about = folders.iter().find_map(|folder| draft::read_about(folder).ok().flatten());
    // A file that somebody moved to another user is that user's.
    let Some(about) = about.filter(|about| about.user == recording.stream.user) else { return recording };
    let recording = Recording { mime: about.mime, ..recording };
    match about.closed {
        Some(closed) => Recording {
            chunks: closed.chunks,
            duration_ms: closed.duration_ms,
            state: closed.state,
            reason: closed.reason,
            ..recording
        },
        None => recording,
    }
}

/// A file could not be written: where the folder is at fault, everyone is told.
pub(super) fn told(shared: &Shared, home: &Home, error: io::Error) -> RecordingError {
    if home.is_at_fault(&error) {
        shared.fall_sick(home, &error);
    }
    RecordingError::Io(error)
}

/// Where what is noted of a closed recording lies.
pub(super) fn note_folder(dir: &Path, id: RecordingId) -> PathBuf {
    dir.join(INSIDE).join(FOLDER).join("closed").join(id.to_string())
}

/// Moves the joined file to its final name; where it is there already, that was done before.
fn give_name(home: &Home, draft: &Draft, recording: &Recording) -> io::Result<()> {
    let path = Name::of(recording).path(home.dir());
    let user = home.dir().join(recording.stream.user.as_str());
    let whole = match draft.whole() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.exists() => return Ok(()),
        whole => whole?,
    };
    disk::make_folder(&user)?;
    disk::move_without_overwriting(&whole, &path)?;
    let folders = [home.dir().to_owned(), user.clone(), user.join(FOLDER)];
    disk::flush(&mut folders.into())
}

fn put_note_away(dir: &Path, folder: &Path, id: RecordingId) -> io::Result<()> {
    let note = note_folder(dir, id);
    disk::make_folder(note.parent().unwrap_or(dir))?;
    match fs::remove_dir_all(&note) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(folder, &note)?;
    draft::flush_folder(&dir.join(INSIDE).join(FOLDER))
}

/// The file that a recording has under its final name, and what the name tells.
fn named_file(home: &Home, about: &About) -> Option<(PathBuf, Recording)> {
    [VideoFormat::WebM, VideoFormat::Mp4].into_iter().find_map(|format| {
        let user = home.folder_of(&about.user);
        let (camera, started_at, id) = (about.camera.clone(), about.started_at, about.id);
        let name = Name { user, camera, started_at: crate::library::place::within_four_digits(started_at), id, format };
        let path = name.path(home.dir());
        let bytes = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        Some((path, Recording { mime: about.mime.clone(), started_at, ..name.recording(bytes) }))
    })
}

/// A recording in the trash and when it was put there.
fn in_trash(
    index: &Index,
    dir: &Path,
    id: RecordingId,
    now: Timestamp,
) -> Result<Option<(Recording, Timestamp)>, IndexError> {
    let row = rows::find(index.connection(), id)?;
    let deleted = row.and_then(|(recording, deleted_at)| Some((recording, deleted_at?)));
    Ok(deleted.filter(|(recording, at)| now.since(*at) < KEPT && trash_path(dir, recording, *at).exists()))
}

fn trash_path(dir: &Path, recording: &Recording, deleted_at: Timestamp) -> PathBuf {
    let name = format!("{}_{}.{}", deleted_at.as_millis(), recording.id, recording.format.extension());
    dir.join(INSIDE).join("trash").join(name)
}
