//! Makes the index again from the names of the files.

use std::collections::HashMap;
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags, Row};

use crate::codec::{self, DecodeError};
use crate::domain::{Clip, ClipId, Event, FrameId, LedgerPage, Recording, SavedFrame, StreamId, Timestamp, UserName};
use crate::library::home::{INSIDE, make_inside, try_lock};
use crate::library::index::{FRAME_COLUMNS, Index, IndexError, event_of, frame_of, trashed_of};
use crate::library::place::Place;
use crate::library::{LibraryError, clips, ledger, now, query, recordings, trash};

/// How far the clock of a disk may be behind ours, and how coarse its times may be.
const CLOCK_MARGIN: Duration = Duration::from_secs(10);
/// Rows of one transaction.
const BATCH: usize = 1000;
/// So much of a file holds its size nearly always.
const HEADER_BYTES: u64 = 64 * 1024;

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Frames that are in the index now and were not before.
    pub added: u64,
    /// Recordings that are in the index now and were not before.
    pub recordings: u64,
    /// Clips that are in the index now and were not before.
    pub clips: u64,
    /// Files with a frame's name that hold no readable picture. They were left where they are.
    pub unreadable: u64,
    /// Folders of users or days that could not be read; their frames are not in the index.
    pub unread_folders: u64,
}

/// Makes the index of a library again from its files. Scores, events, what films show and the ledger are taken over from the old
/// index as far as it can be read; the old index is kept beside the new one as `index.old.sqlite`.
///
/// # Errors
/// [`LibraryError::InUse`] while Framekeep runs on this folder; others when files cannot be read or written.
pub fn rebuild(save_dir: &Path) -> Result<Rebuilt, LibraryError> {
    let _lock = only_user(save_dir)?;
    rebuild_locked(save_dir)
}

/// Opens the index of a folder. One that is missing or damaged is made again when this program is the only one there; one
/// that was not closed is brought up to date.
pub(super) fn open_index(dir: &Path, only_user: bool, suspect: bool) -> Result<Index, LibraryError> {
    match up_to_date(dir, suspect) {
        Err(LibraryError::Index(error)) if only_user && is_lost(&index_path(dir)) => {
            tracing::warn!(%error, folder = %dir.display(), "the index is damaged and is made again from the files");
            let rebuilt = rebuild_locked(dir)?;
            tracing::info!(frames = rebuilt.added, unreadable = rebuilt.unreadable, "the index is made");
            up_to_date(dir, false)
        }
        opened => opened,
    }
}

fn is_lost(path: &Path) -> bool {
    Index::open(path, true).is_err_and(|error| error.is_lost())
}

fn up_to_date(dir: &Path, suspect: bool) -> Result<Index, LibraryError> {
    let before = index_path(dir).exists();
    let mut index = Index::open(&index_path(dir), suspect)?;
    let since = if before { index.complete_until()? } else { None };
    let rebuilt = fill(&mut index, dir, since, &Salvage::default())?;
    if rebuilt != Rebuilt::default() {
        tracing::info!(
            frames = rebuilt.added,
            recordings = rebuilt.recordings,
            clips = rebuilt.clips,
            unreadable = rebuilt.unreadable,
            "files were found that the index had missed"
        );
    }
    index.end_open_events()?;
    trash::reconcile(dir, &mut index)?;
    recordings::reconcile(dir, &mut index)?;
    clips::reconcile(dir, &mut index)?;
    index.set_complete_until(now())?;
    Ok(index)
}

/// Where the index lies in the library `dir`.
pub(super) fn index_path(dir: &Path) -> PathBuf {
    dir.join(INSIDE).join("index.sqlite")
}

/// Makes sure that no other program uses the library.
pub(super) fn only_user(dir: &Path) -> Result<File, LibraryError> {
    make_inside(dir).map_err(|source| LibraryError::Folder { path: dir.to_owned(), source })?;
    try_lock(&dir.join(INSIDE)).ok_or_else(|| LibraryError::InUse { path: dir.to_owned() })
}

/// A file with a frame's name.
pub(super) struct Found {
    pub place: Place,
    pub bytes: u64,
}

/// Looks at every file with a frame's name, below folders that changed after `since`. Gives the number of folders that
/// could not be read: one of them is no reason to do without the others.
pub(super) fn scan(
    dir: &Path,
    since: Option<SystemTime>,
    visit: &mut impl FnMut(Found) -> Result<(), LibraryError>,
) -> Result<u64, LibraryError> {
    let mut unread = 0;
    for (user, folder) in folders(dir, is_user)? {
        for (day, folder) in readable(folders(&folder, is_day), &mut unread) {
            if since.is_some_and(|since| modified(&folder).is_some_and(|modified| modified < since)) {
                continue;
            }
            for entry in readable(entries(&folder), &mut unread) {
                let Some(place) = entry.file_name().to_str().and_then(|file| Place::parse(&user, &day, file)) else {
                    continue;
                };
                match entry.metadata() {
                    Ok(meta) if meta.is_file() => visit(Found { place, bytes: meta.len() })?,
                    // Deleted between the listing and the question, or no plain file.
                    _ => {}
                }
            }
        }
    }
    Ok(unread)
}

/// Looks at every file with a recording's name, below folders that changed after `since`. Gives the number of folders that
/// could not be read.
pub(super) fn scan_recordings(
    dir: &Path,
    since: Option<SystemTime>,
    visit: &mut impl FnMut(recordings::Name, u64) -> Result<(), LibraryError>,
) -> Result<u64, LibraryError> {
    scan_films(dir, recordings::FOLDER, since, recordings::Name::parse, visit)
}

/// The same in the folder `name` of each user, by what reads the names of its files.
fn scan_films<Name>(
    dir: &Path,
    name: &str,
    since: Option<SystemTime>,
    parse: fn(&str, &str) -> Option<Name>,
    visit: &mut impl FnMut(Name, u64) -> Result<(), LibraryError>,
) -> Result<u64, LibraryError> {
    let mut unread = 0;
    for (user, folder) in folders(dir, is_user)? {
        let folder = folder.join(name);
        if !folder.is_dir() || since.is_some_and(|since| modified(&folder).is_some_and(|modified| modified < since)) {
            continue;
        }
        for entry in readable(entries(&folder), &mut unread) {
            let name = entry.file_name().to_str().and_then(|file| parse(&user, file));
            if let (Some(name), Ok(meta)) = (name, entry.metadata())
                && meta.is_file()
            {
                visit(name, meta.len())?;
            }
        }
    }
    Ok(unread)
}

/// Reads the size of a picture, from its header as far as possible.
pub(super) fn measure(path: &Path) -> io::Result<Result<(u32, u32), DecodeError>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEADER_BYTES).read_to_end(&mut bytes)?;
    let mut probed = codec::probe(&bytes);
    if probed == Err(DecodeError::CutShort) {
        file.read_to_end(&mut bytes)?;
        probed = codec::probe(&bytes);
    }
    Ok(probed.map(|(_, width, height)| (width, height)))
}

/// A frame with all facts but those that neither name nor file tell.
pub(super) fn frame_at(place: &Place, (width, height): (u32, u32), bytes: u64) -> SavedFrame {
    SavedFrame {
        id: place.id(),
        stream: place.stream(),
        seq: place.seq,
        captured_at: place.captured_at,
        width,
        height,
        bytes,
        format: place.format,
        score: 0.0,
        event: None,
        peak: false,
    }
}

fn rebuild_locked(dir: &Path) -> Result<Rebuilt, LibraryError> {
    let (path, inside) = (index_path(dir), dir.join(INSIDE));
    let salvage = Salvage::read(&path);
    let fresh = inside.join("index.new.sqlite");
    remove_database(&fresh);
    let mut index = Index::open(&fresh, false)?;
    let rebuilt = fill(&mut index, dir, None, &salvage)?;
    for (frame, deleted_at) in salvage.trash.iter().filter(|(frame, _)| !Place::of_saved(frame).path(dir).exists()) {
        // By way of the lists, as a deletion goes.
        index.add(std::slice::from_ref(frame))?;
        index.trash(frame.id, true, *deleted_at)?;
    }
    ledger::put_back(&mut index, &salvage.ledger)?;
    for (clip, deleted_at) in salvage.clips.iter().filter(|(_, deleted_at)| deleted_at.is_some()) {
        if clips::find(index.connection(), clip.id)?.is_none() {
            clips::put(&mut index, clip, *deleted_at)?;
        }
    }
    clips::put_shown(&mut index, salvage.shown.iter().copied())?;
    for (recording, deleted_at) in &salvage.deleted_recordings {
        if recordings::find(index.connection(), recording.id)?.is_none() {
            recordings::put(&mut index, recording, *deleted_at)?;
        }
    }
    index.set_complete_until(now())?;
    // Closing writes the log into the database, so that one file is all.
    drop(index);
    let old = inside.join("index.old.sqlite");
    remove_database(&old);
    for ending in ["", "-wal", "-shm"] {
        // A log that stayed behind would be applied to the new database, which it knows nothing of.
        rename_if_there(&with_ending(&path, ending), &with_ending(&old, ending))?;
    }
    rename_if_there(&fresh, &path)?;
    Ok(rebuilt)
}

/// Adds all files that have no row.
fn fill(index: &mut Index, dir: &Path, since: Option<Timestamp>, salvage: &Salvage) -> Result<Rebuilt, LibraryError> {
    let since = since.and_then(|since| {
        let millis = u64::try_from(since.as_millis()).ok()?;
        (SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).checked_sub(CLOCK_MARGIN)
    });
    let mut rebuilt = Rebuilt::default();
    let mut batch = Vec::new();
    let unread = scan(dir, since, &mut |found| {
        let known = query::frame(index.connection(), found.place.id(), None)?;
        if known.is_some() {
            return Ok(());
        }
        if let Ok(Ok(size)) = measure(&found.place.path(dir)) {
            batch.push(salvage.complete(frame_at(&found.place, size, found.bytes)));
        } else {
            tracing::warn!(file = %found.place.relative(), "the file is no readable picture");
            rebuilt.unreadable += 1;
        }
        if batch.len() >= BATCH {
            rebuilt.added += add(index, &mut batch)?;
            tracing::info!(frames = rebuilt.added, "reading the library");
        }
        Ok(())
    })?;
    rebuilt.unread_folders = unread;
    rebuilt.added += add(index, &mut batch)?;
    rebuilt.unread_folders += scan_recordings(dir, since, &mut |name, bytes| {
        if recordings::find(index.connection(), name.id)?.is_none() {
            recordings::put(index, &recordings::complete(dir, name.recording(bytes)), None)?;
            rebuilt.recordings += 1;
        }
        Ok(())
    })?;
    rebuilt.unread_folders += scan_films(dir, clips::FOLDER, since, clips::Name::parse, &mut |name, bytes| {
        if clips::find(index.connection(), name.id())?.is_none() {
            clips::put(index, &salvage.complete_clip(name.clip(bytes)), None)?;
            rebuilt.clips += 1;
        }
        Ok(())
    })?;
    if !salvage.events.is_empty() {
        index.put_events(&salvage.events)?;
    }
    if rebuilt.added > 0 {
        index.add_missing_events()?;
    }
    Ok(rebuilt)
}

fn add(index: &mut Index, batch: &mut Vec<SavedFrame>) -> Result<u64, LibraryError> {
    let news = index.add(batch)?;
    batch.clear();
    Ok(news.into_iter().filter(|news| *news).count() as u64)
}

/// What an old index knows and the files do not tell.
#[derive(Default)]
struct Salvage {
    frames: HashMap<FrameId, SavedFrame>,
    events: Vec<Event>,
    trash: Vec<(SavedFrame, Timestamp)>,
    ledger: Vec<(StreamId, LedgerPage)>,
    deleted_recordings: Vec<(Recording, Option<Timestamp>)>,
    clips: Vec<(Clip, Option<Timestamp>)>,
    /// Each film with something that it shows.
    shown: Vec<(ClipId, i64)>,
}

impl Salvage {
    /// Reads as far as it goes; a damaged index may end anywhere.
    fn read(path: &Path) -> Self {
        let mut salvage = Self::default();
        let result = (|| -> Result<(), IndexError> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            // Those of recordings are found again by what was made of these. An old index knows none.
            let has_others = connection.prepare("SELECT recording FROM events").is_ok();
            let seen = if has_others { " WHERE recording IS NULL" } else { "" };
            let events = format!("SELECT id, user, camera, start, end, peak, peak_score FROM events{seen}");
            rows(&connection, &events, event_of, |event| salvage.events.push(event));
            let trash = format!("SELECT {FRAME_COLUMNS}, deleted_at FROM trash");
            rows(&connection, &trash, trashed_of, |trashed| salvage.trash.push(trashed));
            rows(&connection, ledger::ALL, ledger::row_of, |page| salvage.ledger.push(page));
            let deleted = format!("SELECT {} FROM recordings WHERE deleted_at IS NOT NULL", recordings::COLUMNS);
            rows(&connection, &deleted, recordings::recording_of, |known| salvage.deleted_recordings.push(known));
            let clips = format!("SELECT {} FROM clips", clips::COLUMNS);
            rows(&connection, &clips, clips::clip_of, |known| salvage.clips.push(known));
            rows(&connection, "SELECT film, what FROM shown", shown_of, |shown| salvage.shown.push(shown));
            let frames = format!("SELECT {FRAME_COLUMNS} FROM frames");
            rows(&connection, &frames, frame_of, |frame| {
                salvage.frames.insert(frame.id, frame);
            });
            Ok(())
        })();
        if let Err(error) = result {
            tracing::info!(%error, "nothing can be taken over from the old index");
        }
        salvage.events.retain(|event| event.peak_score.is_finite());
        salvage
    }

    /// Adds what the old index knew of this very clip.
    fn complete_clip(&self, clip: Clip) -> Clip {
        let old = self.clips.iter().find(|(old, _)| old.id == clip.id && old.bytes == clip.bytes);
        old.map_or(clip.clone(), |(old, _)| Clip { duration_ms: old.duration_ms, has_sound: old.has_sound, ..clip })
    }

    /// Adds what the old index knew of this very frame.
    fn complete(&self, frame: SavedFrame) -> SavedFrame {
        match self.frames.get(&frame.id) {
            Some(old) if (old.captured_at, old.seq, &old.stream) == (frame.captured_at, frame.seq, &frame.stream) => {
                let score = if old.score.is_finite() { old.score.clamp(0.0, 1.0) } else { 0.0 };
                SavedFrame { score, event: old.event, peak: old.peak, ..frame }
            }
            _ => frame,
        }
    }
}

/// A film and something that it shows.
fn shown_of(row: &Row) -> rusqlite::Result<(ClipId, i64)> {
    Ok((ClipId(row.get(0)?), row.get(1)?))
}

fn rows<T>(connection: &Connection, sql: &str, read: fn(&Row) -> rusqlite::Result<T>, mut take: impl FnMut(T)) {
    let result = (|| -> Result<(), rusqlite::Error> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // A single strange row says nothing about the next.
            if let Ok(value) = read(row) {
                take(value);
            }
        }
        Ok(())
    })();
    if let Err(error) = result {
        tracing::info!(%error, "the old index cannot be read to its end");
    }
}

/// What a folder holds; nothing when it has gone since its name was read, or cannot be read.
fn readable<T>(found: Result<Vec<T>, LibraryError>, unread: &mut u64) -> Vec<T> {
    found.unwrap_or_else(|error| {
        if !matches!(&error, LibraryError::File { source, .. } if source.kind() == io::ErrorKind::NotFound) {
            tracing::warn!(%error, "the frames of a folder are left out");
            *unread += 1;
        }
        Vec::new()
    })
}

fn is_user(name: &str) -> bool {
    UserName::new(name).is_ok_and(|user| user.as_str() == name)
}

/// `YYYY-MM-DD`; whether there is such a day is seen by the names of the files.
fn is_day(name: &str) -> bool {
    name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn folders(dir: &Path, is_ours: fn(&str) -> bool) -> Result<Vec<(String, PathBuf)>, LibraryError> {
    let mut folders: Vec<_> = entries(dir)?
        .into_iter()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .filter(|(name, path)| is_ours(name) && path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

fn entries(dir: &Path) -> Result<Vec<DirEntry>, LibraryError> {
    fs::read_dir(dir).and_then(Iterator::collect).map_err(|source| LibraryError::File { path: dir.to_owned(), source })
}

fn modified(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).ok()?.modified().ok()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove_database(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        // Missing is as good as removed, and what cannot be removed shows when the database is opened.
        let _ = fs::remove_file(with_ending(path, ending));
    }
}

fn rename_if_there(from: &Path, to: &Path) -> Result<(), LibraryError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(LibraryError::File { path: from.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}
