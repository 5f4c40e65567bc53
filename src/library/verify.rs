//! Compares the files, the index and the thumbnails of a library, and mends what differs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::codec;
use crate::domain::{FrameId, Recording, RecordingId, SavedFrame};
use crate::library::home::{INSIDE, remove_leftovers, thumbnail_path, try_lock};
use crate::library::index::{self, FRAME_COLUMNS, Index, IndexError, frame_of};
use crate::library::place::Place;
use crate::library::rebuild::{frame_at, index_path, only_user, scan, scan_recordings};
use crate::library::recordings::{self, Name};
use crate::library::{LibraryError, disk, query, thumbnail};

/// How much [`verify`] does.
#[derive(Debug, Clone, Copy, Default)]
pub struct VerifyOptions {
    /// Decode every picture instead of only reading it to its end.
    pub decode: bool,
    /// Mend what can be mended: rows, sizes, thumbnails, leftovers. Pictures are never changed or removed.
    pub mend: bool,
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Files with a frame's name.
    pub files: u64,
    /// Files with a recording's name.
    pub recordings: u64,
    /// Files that the index does not know.
    pub files_without_row: u64,
    /// Rows of the index whose file is gone.
    pub rows_without_file: u64,
    /// Files that hold no whole picture. They stay where they are.
    pub unreadable: u64,
    /// Rows with another size, in pixels or bytes, than their file.
    pub wrong_sizes: u64,
    /// Frames without a thumbnail; it is made when somebody asks for it, or by mending.
    pub missing_thumbnails: u64,
    /// Folders of users or days that could not be read.
    pub unread_folders: u64,
    /// Files that a program left behind when it was killed. Not looked at while Framekeep runs on the folder.
    pub leftovers: u64,
    /// The first of the files and rows that something is wrong with, and what.
    pub examples: Vec<String>,
}

impl Verified {
    /// Whether files and index agree and every picture is whole. Thumbnails and leftovers do no harm.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.files_without_row + self.rows_without_file + self.unreadable + self.wrong_sizes + self.unread_folders == 0
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push(what());
        }
    }
}

const MAX_EXAMPLES: usize = 20;

/// Looks at every file and every row of a library.
///
/// # Errors
/// [`LibraryError::InUse`] when something is to be mended while Framekeep runs on the folder; others when the index or a
/// folder cannot be read.
pub fn verify(save_dir: &Path, options: VerifyOptions) -> Result<Verified, LibraryError> {
    let inside = save_dir.join(INSIDE);
    if !index_path(save_dir).is_file() {
        return Err(LibraryError::Index(format!("{} has none", save_dir.display())));
    }
    let lock = if options.mend { Some(only_user(save_dir)?) } else { try_lock(&inside) };
    let reader = index::open_reader(&index_path(save_dir))?;
    let mut found = Verified::default();
    let mut mending = Mending::default();
    found.unread_folders = scan(save_dir, None, &mut |file| {
        let row = query::frame(&reader, file.place.id(), None)?;
        check_file(save_dir, &file.place, row, options, &mut found, &mut mending);
        Ok(())
    })?;
    check_rows(save_dir, &reader, &mut found, &mut mending)?;
    check_recordings(save_dir, &reader, &mut found, &mut mending)?;
    let strangers = recordings::strangers(save_dir, &recordings::known(&reader)?);
    mending.made = strangers.into_iter().map(|(folder, _)| folder).collect();
    drop(reader);
    if lock.is_some() {
        let left = |folder: &str| fs::read_dir(inside.join(folder)).map_or(0, |entries| entries.count() as u64);
        found.leftovers = left("tmp") + left("made/tmp") + mending.made.len() as u64;
    }
    if options.mend {
        mending.carry_out(save_dir)?;
    }
    Ok(found)
}

/// What has to be done to mend a library.
#[derive(Default)]
struct Mending {
    add: Vec<SavedFrame>,
    correct: Vec<SavedFrame>,
    remove: Vec<FrameId>,
    thumbnails: Vec<SavedFrame>,
    put_recordings: Vec<Recording>,
    remove_recordings: Vec<RecordingId>,
    /// Folders of what was made of recordings that are gone.
    made: Vec<PathBuf>,
}

impl Mending {
    fn carry_out(&self, dir: &Path) -> Result<(), LibraryError> {
        let mut index = Index::open(&index_path(dir), false)?;
        index.add(&self.add)?;
        index.correct(&self.correct)?;
        index.remove(&self.remove)?;
        self.put_recordings.iter().try_for_each(|recording| recordings::put(&mut index, recording, None))?;
        recordings::remove(&mut index, &self.remove_recordings)?;
        let temporary = dir.join(INSIDE).join("tmp");
        remove_leftovers(&temporary);
        let unfinished = fs::read_dir(dir.join(INSIDE).join("made/tmp")).into_iter().flatten().flatten();
        for folder in unfinished.map(|entry| entry.path()).chain(self.made.iter().cloned()) {
            // What cannot be removed is told again by the next look.
            let _ = fs::remove_dir_all(folder);
        }
        for frame in &self.thumbnails {
            let made = fs::read(Place::of_saved(frame).path(dir))
                .ok()
                .and_then(|bytes| thumbnail::from_file(frame, bytes.into()).ok());
            if let Some(jpeg) = made {
                let path = thumbnail_path(dir, frame.id);
                disk::put_unflushed(&path, &temporary, &jpeg).map_err(|source| LibraryError::File { path, source })?;
            }
        }
        Ok(())
    }
}

fn check_file(
    dir: &Path,
    place: &Place,
    row: Option<SavedFrame>,
    options: VerifyOptions,
    found: &mut Verified,
    mending: &mut Mending,
) {
    found.files += 1;
    let (width, height, bytes) = match look_at(&place.path(dir), options.decode) {
        Ok(size) => size,
        Err(why) => {
            found.unreadable += 1;
            found.note(|| format!("{}: {why}", place.relative()));
            return;
        }
    };
    let frame = frame_at(place, (width, height), bytes);
    match row {
        None => {
            found.files_without_row += 1;
            found.note(|| format!("{}: it is not in the index", place.relative()));
            mending.add.push(frame.clone());
        }
        Some(row) if (row.width, row.height, row.bytes) != (width, height, bytes) => {
            found.wrong_sizes += 1;
            found.note(|| format!("{}: the index has another size", place.relative()));
            mending.correct.push(frame.clone());
        }
        Some(_) => {}
    }
    if !thumbnail_path(dir, frame.id).is_file() {
        found.missing_thumbnails += 1;
        mending.thumbnails.push(frame);
    }
}

fn check_rows(
    dir: &Path,
    reader: &rusqlite::Connection,
    found: &mut Verified,
    mending: &mut Mending,
) -> Result<(), IndexError> {
    let mut statement = reader.prepare(&format!("SELECT {FRAME_COLUMNS} FROM frames"))?;
    for frame in statement.query_map([], frame_of)? {
        let frame = frame?;
        let place = Place::of_saved(&frame);
        // What lies in a folder that cannot be read now is not gone.
        let gone = fs::metadata(place.path(dir))
            .map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |there| !there.is_file());
        if gone {
            found.rows_without_file += 1;
            found.note(|| format!("{}: the file is gone", place.relative()));
            mending.remove.push(frame.id);
        }
    }
    Ok(())
}

fn check_recordings(
    dir: &Path,
    reader: &rusqlite::Connection,
    found: &mut Verified,
    mending: &mut Mending,
) -> Result<(), LibraryError> {
    found.unread_folders += scan_recordings(dir, None, &mut |name, bytes| {
        found.recordings += 1;
        match recordings::find(reader, name.id)? {
            None => {
                found.files_without_row += 1;
                found.note(|| format!("{}: it is not in the index", name.relative()));
                mending.put_recordings.push(recordings::complete(dir, name.recording(bytes)));
            }
            Some((row, _)) if row.bytes != bytes => {
                found.wrong_sizes += 1;
                found.note(|| format!("{}: the index has another size", name.relative()));
                mending.put_recordings.push(Recording { bytes, ..row });
            }
            Some(_) => {}
        }
        Ok(())
    })?;
    for (recording, _) in recordings::all(reader, false)? {
        let name = Name::of(&recording);
        let gone = fs::metadata(name.path(dir)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if gone {
            found.rows_without_file += 1;
            found.note(|| format!("{}: the file is gone", name.relative()));
            mending.remove_recordings.push(recording.id);
        }
    }
    Ok(())
}

/// Width, height and bytes of a picture, or what is wrong with it.
fn look_at(path: &Path, decode: bool) -> Result<(u32, u32, u64), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let length = bytes.len() as u64;
    let (format, width, height) = codec::check(&bytes).map_err(|error| error.to_string())?;
    if decode {
        let picture = crate::domain::Picture::Encoded { width, height, format, bytes: bytes.into() };
        codec::decode(&picture).map_err(|error| error.to_string())?;
    }
    Ok((width, height, length))
}
