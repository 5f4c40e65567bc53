//! What is made of closed recordings: a folder each, `.framekeep/made/recordings/<id>/`, and a row that says what is in it.
//!
//! Whoever makes such a folder knows no index, and may be on another machine; here its facts are taken in. Like a thumbnail
//! it can be made again. It does not know how anything is made.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::bus::Happening;
use crate::domain::{Event, EventId, MadeVideo, NewJob, Recording, RecordingId, StreamId, Timestamp};
use crate::library::home::{INSIDE, lock};
use crate::library::index::{Index, IndexError, insert_event};
use crate::library::recordings::{COLUMNS, Name, recording_of, rows};
use crate::library::{Library, LibraryError, now};

/// Where all of it lies, below the save folder.
const MADE: &str = ".framekeep/made/recordings";
/// The facts of one, in its folder.
pub const FACTS: &str = "made.json";
/// Its strip of small pictures.
pub const STRIP: &str = "strip.jpg";

/// Says what is to be done about a recording that is closed.
pub trait RecordingJobs: Send + Sync {
    /// The job, when there is one. `file` is the recording's place below the save folder.
    fn job_of(&self, recording: &Recording, file: &str) -> Option<NewJob>;

    /// Such a job is in the index.
    fn queued(&self);
}

/// The folder of what is made of a recording, below the save folder, with `/` on every system.
#[must_use]
pub fn made_folder(id: RecordingId) -> String {
    format!("{MADE}/{id}")
}

/// The video in that folder.
#[must_use]
pub fn made_video(made: &MadeVideo) -> String {
    format!("video.{}", made.format.extension())
}

impl Library {
    /// Jobs for recordings that are closed from now on. Said once.
    pub fn queue_recordings(&self, jobs: Box<dyn RecordingJobs>) {
        if self.shared.recording_jobs.set(jobs).is_err() {
            tracing::warn!("it was said before what is to be done about recordings");
        }
    }

    /// What was made of a recording as it is now.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn made(&self, recording: &Recording) -> Result<Option<MadeVideo>, LibraryError> {
        let made = self.shared.home.load().read(|connection| find(connection, recording.id))?;
        Ok(made.filter(|made| made.of_bytes == recording.bytes))
    }

    /// Where a file lies that was made of a recording.
    #[must_use]
    pub fn made_file(&self, id: RecordingId, name: &str) -> PathBuf {
        self.shared.home.load().dir().join(made_folder(id)).join(name)
    }

    /// Closed recordings that nothing is known to be made of, and where their files lie below the save folder. The newest
    /// first.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn unmade_recordings(&self, limit: usize) -> Result<Vec<(Recording, String)>, LibraryError> {
        let found = self.shared.home.load().read(|connection| unmade(connection, limit))?;
        Ok(found.into_iter().map(|recording| (recording.clone(), Name::of(&recording).relative())).collect())
    }

    /// Takes the facts of what was made into the index, with its events, and tells it. `false`: the recording is another one
    /// now, or is gone.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn take_made(&self, made: &MadeVideo) -> Result<bool, LibraryError> {
        let home = self.shared.home.load_full();
        // The index learns of these a moment later.
        let waiting: Vec<Event> = lock(&self.shared.events).values().cloned().collect();
        let taken = home.write(|index| {
            let step = index.transaction()?;
            let Some((recording, None)) = rows::find(&step, made.recording)? else { return Ok(None) };
            if recording.bytes != made.of_bytes {
                return Ok(None);
            }
            let events = put(&step, &recording, made, &waiting)?;
            step.commit()?;
            Ok(Some((recording, events)))
        })?;
        let Some((recording, events)) = taken else { return Ok(false) };
        let (id, user) = (recording.id, recording.stream.user);
        self.shared.bus.tell(Happening::RecordingMade { id, user });
        for event in events {
            self.shared.bus.tell(Happening::Event(event));
        }
        Ok(true)
    }

    /// Removes what was made of recordings that are gone for good.
    ///
    /// # Errors
    /// [`LibraryError::Index`].
    pub fn remove_made_of_nothing(&self) -> Result<(), LibraryError> {
        let home = self.shared.home.load_full();
        // The index that stands in for one that is away knows nothing.
        if !home.is_well() {
            return Ok(());
        }
        let known = home.read(known)?;
        for (folder, _) in strangers(home.dir(), &known) {
            if let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(%error, folder = %folder.display(), "what was made of a recording cannot be removed");
            }
        }
        Ok(())
    }
}

/// Writes row and events in the place of those before. Gives the events that are news to the timeline.
fn put(
    step: &Transaction,
    recording: &Recording,
    made: &MadeVideo,
    waiting: &[Event],
) -> Result<Vec<Event>, IndexError> {
    // Facts are plain values; what cannot be written would be a mistake of our own, and is then missing at worst.
    let facts = serde_json::to_string(made).unwrap_or_default();
    step.prepare_cached("INSERT OR REPLACE INTO made VALUES (?1, ?2, ?3)")?.execute(params![
        made.recording.0,
        made.of_bytes.cast_signed(),
        facts
    ])?;
    remove_events(step, recording.id)?;
    let at = |millis: u64| recording.started_at.plus(std::time::Duration::from_millis(millis));
    let mut news = Vec::new();
    for span in &made.events {
        let (start, end) = (at(span.start_ms), at(span.end_ms));
        if is_seen(step, &recording.stream, start, end)? || waiting.iter().any(|e| overlaps(e, recording, start, end)) {
            continue;
        }
        let event = Event {
            id: free_number(step, start)?,
            stream: recording.stream.clone(),
            start,
            end: Some(end),
            peak: at(span.peak_ms),
            peak_score: span.score,
        };
        insert_event(step, &event, Some(recording.id))?;
        news.push(event);
    }
    Ok(news)
}

/// Whether an event of this camera that overlaps was seen live.
fn is_seen(step: &Transaction, stream: &StreamId, start: Timestamp, end: Timestamp) -> Result<bool, IndexError> {
    // No event is longer than a day; without that bound all earlier ones would be looked at.
    let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE user_key = ?1 AND camera_key = ?2 AND start < ?4
            AND start > ?3 - 86400000 AND (end IS NULL OR end > ?3) AND recording IS NULL)";
    let values = params![stream.user.key(), stream.camera.key(), start.as_millis(), end.as_millis()];
    Ok(step.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn overlaps(event: &Event, recording: &Recording, start: Timestamp, end: Timestamp) -> bool {
    event.stream == recording.stream && event.start < end && event.end.is_none_or(|over| over > start)
}

/// A number for an event that begins then: the time itself, so that the same event gets the same number when it is found
/// again.
fn free_number(step: &Transaction, start: Timestamp) -> Result<EventId, IndexError> {
    let mut number = start.as_millis().max(1);
    let mut taken = step.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE id = ?1)")?;
    while taken.query_row([number], |row| row.get(0))? {
        number += 1;
    }
    Ok(EventId(number))
}

fn remove_events(step: &Transaction, id: RecordingId) -> Result<(), IndexError> {
    step.prepare_cached("DELETE FROM events WHERE recording = ?1")?.execute([id.0])?;
    Ok(())
}

/// Takes what was made of a recording out of the index, which is deleted or goes on.
pub(super) fn forget(index: &mut Index, id: RecordingId) -> Result<(), IndexError> {
    let step = index.transaction()?;
    step.prepare_cached("DELETE FROM made WHERE recording = ?1")?.execute([id.0])?;
    remove_events(&step, id)?;
    Ok(step.commit()?)
}

fn find(connection: &Connection, id: RecordingId) -> Result<Option<MadeVideo>, IndexError> {
    let sql = "SELECT facts FROM made WHERE recording = ?1";
    let facts: Option<String> = connection.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?;
    // Facts that a newer Framekeep wrote in another way are as good as none: it is made again.
    Ok(facts.and_then(|facts| serde_json::from_str(&facts).ok()))
}

fn unmade(connection: &Connection, limit: usize) -> Result<Vec<Recording>, IndexError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT {COLUMNS} FROM recordings WHERE deleted_at IS NULL AND bytes > 0 AND NOT EXISTS (
            SELECT 1 FROM made WHERE made.recording = recordings.id AND made.of_bytes = recordings.bytes)
         ORDER BY started_at DESC LIMIT {limit}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| recording_of(row).map(|(recording, _)| recording))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All recordings there are, the deleted ones that can be restored among them.
pub(in crate::library) fn known(connection: &Connection) -> Result<HashSet<RecordingId>, IndexError> {
    let restorable = now().minus(crate::library::trash::KEPT).as_millis();
    let mut statement =
        connection.prepare_cached("SELECT id FROM recordings WHERE deleted_at IS NULL OR deleted_at > ?1")?;
    let rows = statement.query_map([restorable], |row| row.get(0).map(RecordingId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Folders of what was made of recordings that are not known, and are not open either.
pub(in crate::library) fn strangers(dir: &Path, known: &HashSet<RecordingId>) -> Vec<(PathBuf, RecordingId)> {
    let entries = fs::read_dir(dir.join(MADE)).into_iter().flatten().flatten();
    let folders = entries.filter_map(|entry| Some((entry.path(), entry.file_name().to_str()?.parse().ok()?)));
    let is_open = |id: RecordingId| dir.join(INSIDE).join(super::FOLDER).join(id.to_string()).exists();
    folders.filter(|(_, id)| !known.contains(id) && !is_open(*id)).collect()
}
