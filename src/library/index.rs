//! The index beside the files: one `SQLite` database that can be made again from their names, all but what they do not say.
//!
//! It answers lists, and keeps scores, events, traces and the ledger, which stand nowhere else. It never opens a picture.

mod check;
mod events;
mod steps;

use std::path::Path;

pub(super) use events::{event_of, insert_event};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::domain::{CameraName, EventId, FrameId, PictureFormat, SavedFrame, StreamId, Timestamp, UserName};
use steps::STEPS;

/// Today's version.
#[expect(clippy::cast_possible_wrap, reason = "a handful of steps")]
const VERSION: i64 = STEPS.len() as i64;

/// "FKLB": tells our database from another program's.
const APPLICATION_ID: i32 = 0x464b_4c42;

/// The columns of a frame, in the order of [`frame_of`].
pub(super) const FRAME_COLUMNS: &str =
    "id, user, camera, seq, captured_at, width, height, bytes, format, score, event, peak";
const ALL_FRAME_COLUMNS: &str =
    "id, user, user_key, camera, camera_key, seq, captured_at, width, height, bytes, format, score, event, peak";

/// Why the index did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("it was written by a newer Framekeep (version {0})")]
    Newer(i64),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it belongs to another program")]
    Foreign,
}

impl IndexError {
    /// Whether the file itself is beyond use, so that another has to be made.
    pub fn is_lost(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Self::Damaged(_) | Self::Foreign => true,
            Self::Newer(_) => false,
            Self::Sql(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            }
        }
    }

    /// Whether it failed because the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}

/// The connection that writes. There is one for each open library.
pub(super) struct Index {
    connection: Connection,
}

impl Index {
    /// Opens the index or makes an empty one. One that was not closed is checked, all but the traces, which are most of it; one
    /// that is `suspect` is checked whole, and does without its traces where they alone are damaged.
    pub fn open(path: &Path, suspect: bool) -> Result<Self, IndexError> {
        // Whoever closes a database last removes its log.
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let check = suspect || Path::new(&log).exists();
        let connection = Connection::open(path)?;
        prepare(&connection)?;
        if check {
            check::all_but_traces(&connection)?;
        }
        let mut index = Self { connection };
        index.step_up()?;
        if suspect {
            check::traces_or_new(&mut index.connection, STEPS[2])?;
        }
        Ok(index)
    }

    /// Opens an index that another program may use at the same time. It must be there.
    pub fn open_beside(path: &Path) -> Result<Self, IndexError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut index = Self { connection: Connection::open_with_flags(path, flags)? };
        prepare(&index.connection)?;
        index.step_up()?;
        Ok(index)
    }

    /// An index that is in no file: for a folder that is not there at the moment.
    pub fn in_memory() -> Result<Self, IndexError> {
        let connection = Connection::open_in_memory()?;
        let mut index = Self { connection };
        index.step_up()?;
        Ok(index)
    }

    fn step_up(&mut self) -> Result<(), IndexError> {
        let transaction = self.transaction()?;
        let version = version(&transaction)?;
        // A version below 0 was not written by us.
        let done = usize::try_from(version).map_err(|_| IndexError::Foreign)?;
        if done == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        } else if transaction.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))? != APPLICATION_ID
        {
            return Err(IndexError::Foreign);
        }
        for step in &STEPS[done..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        Ok(transaction.commit()?)
    }

    /// Adds frames in one transaction; gives for each whether it was news. A row that was found by its file alone learns
    /// its score and event.
    pub fn add(&mut self, frames: &[SavedFrame]) -> Result<Vec<bool>, IndexError> {
        let transaction = self.connection.transaction()?;
        let news = frames.iter().map(|frame| insert_frame(&transaction, frame)).collect::<Result<_, _>>()?;
        transaction.commit()?;
        Ok(news)
    }

    /// Takes rows out whose files are gone.
    pub fn remove(&mut self, ids: &[FrameId]) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        for id in ids {
            transaction.prepare_cached("DELETE FROM frames WHERE id = ?1")?.execute([id.0])?;
        }
        Ok(transaction.commit()?)
    }

    /// Puts other sizes in the place of wrong ones.
    pub fn correct(&mut self, frames: &[SavedFrame]) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        for frame in frames {
            transaction
                .prepare_cached("UPDATE frames SET width = ?2, height = ?3, bytes = ?4 WHERE id = ?1")?
                .execute(params![frame.id.0, frame.width, frame.height, frame.bytes.cast_signed()])?;
        }
        Ok(transaction.commit()?)
    }

    /// Moves a row to the trash (`true`) or back.
    pub fn trash(&mut self, id: FrameId, to_trash: bool, now: Timestamp) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        if to_trash {
            transaction.execute(
                &format!("INSERT OR REPLACE INTO trash ({ALL_FRAME_COLUMNS}, deleted_at) SELECT {ALL_FRAME_COLUMNS}, ?2 FROM frames WHERE id = ?1"),
                [id.0, now.as_millis()],
            )?;
            transaction.execute("DELETE FROM frames WHERE id = ?1", [id.0])?;
        } else {
            transaction.execute(
                &format!("INSERT OR IGNORE INTO frames ({ALL_FRAME_COLUMNS}) SELECT {ALL_FRAME_COLUMNS} FROM trash WHERE id = ?1"),
                [id.0],
            )?;
            transaction.execute("DELETE FROM trash WHERE id = ?1", [id.0])?;
        }
        Ok(transaction.commit()?)
    }

    /// Forgets rows of the trash that are older than `before`.
    pub fn empty_trash(&mut self, before: Timestamp) -> Result<(), IndexError> {
        self.connection.execute("DELETE FROM trash WHERE deleted_at < ?1", [before.as_millis()])?;
        Ok(())
    }

    /// All rows of the trash with the time when they were deleted.
    pub fn trashed(&self) -> Result<Vec<(SavedFrame, Timestamp)>, IndexError> {
        let mut statement = self.connection.prepare(&format!("SELECT {FRAME_COLUMNS}, deleted_at FROM trash"))?;
        let rows = statement.query_map([], trashed_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One row of the trash with the time when it was deleted.
    pub fn trashed_frame(&self, id: FrameId) -> Result<Option<(SavedFrame, Timestamp)>, IndexError> {
        let sql = format!("SELECT {FRAME_COLUMNS}, deleted_at FROM trash WHERE id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id.0], trashed_of).optional()?)
    }

    /// Until when every file is known to have its row.
    pub fn complete_until(&self) -> Result<Option<Timestamp>, IndexError> {
        let sql = "SELECT value FROM notes WHERE name = 'complete_until'";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.map(Timestamp::from_millis))
    }

    /// Notes until when every file has its row. What was written before is flushed first, so that the note is true even
    /// after a power cut.
    pub fn set_complete_until(&mut self, time: Timestamp) -> Result<(), IndexError> {
        self.flush()?;
        self.connection.execute("INSERT OR REPLACE INTO notes VALUES ('complete_until', ?1)", [time.as_millis()])?;
        Ok(())
    }

    /// Writes all that was added into the database file and flushes it.
    pub fn flush(&mut self) -> Result<(), IndexError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Begins to write several things at once. From here on nobody else writes: a step that reads before it writes would
    /// else fail when another program wrote in between.
    pub fn transaction(&mut self) -> Result<Transaction<'_>, IndexError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// The connection, for reading.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A connection that reads. Reading never waits for the one that writes.
pub(super) fn open_reader(path: &Path) -> Result<Connection, IndexError> {
    // A reader takes part in the write-ahead log's bookkeeping, so the file is opened for writing and queries are not.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// How many of [`STEPS`] an index has gone.
pub(super) fn version(connection: &Connection) -> Result<i64, IndexError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION { Err(IndexError::Newer(version)) } else { Ok(version) }
}

const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

fn prepare(connection: &Connection) -> Result<(), IndexError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // Rows that a power cut takes are found again by the files that came after the last flush (`complete_until`).
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(())
}

fn insert_frame(transaction: &Transaction, frame: &SavedFrame) -> Result<bool, rusqlite::Error> {
    let StreamId { user, camera } = &frame.stream;
    let mut statement = transaction.prepare_cached(&format!(
        "INSERT INTO frames ({ALL_FRAME_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (id) DO UPDATE SET score = excluded.score, event = excluded.event, peak = excluded.peak
         WHERE score = 0 AND event IS NULL AND (excluded.score > 0 OR excluded.event IS NOT NULL)"
    ))?;
    let rows = statement.execute(params![
        frame.id.0,
        user.as_str(),
        user.key(),
        camera.as_str(),
        camera.key(),
        frame.seq.cast_signed(),
        frame.captured_at.as_millis(),
        frame.width,
        frame.height,
        frame.bytes.cast_signed(),
        frame.format.extension(),
        frame.score,
        frame.event.map(|event| event.0),
        frame.peak,
    ])?;
    Ok(rows > 0)
}

/// A frame from a row of [`FRAME_COLUMNS`].
pub(super) fn frame_of(row: &Row) -> Result<SavedFrame, rusqlite::Error> {
    Ok(SavedFrame {
        id: FrameId(row.get(0)?),
        stream: stream_of(row, 1)?,
        seq: row.get::<_, i64>(3)?.cast_unsigned(),
        captured_at: Timestamp::from_millis(row.get(4)?),
        width: row.get(5)?,
        height: row.get(6)?,
        bytes: row.get::<_, i64>(7)?.cast_unsigned(),
        format: format_of(row, 8)?,
        score: row.get(9)?,
        event: row.get::<_, Option<i64>>(10)?.map(EventId),
        peak: row.get(11)?,
    })
}

/// A frame from a row of [`FRAME_COLUMNS`] and the time when it was deleted.
pub(super) fn trashed_of(row: &Row) -> Result<(SavedFrame, Timestamp), rusqlite::Error> {
    Ok((frame_of(row)?, Timestamp::from_millis(row.get(12)?)))
}

/// The columns `user, camera` from `at` on.
pub(super) fn stream_of(row: &Row, at: usize) -> Result<StreamId, rusqlite::Error> {
    Ok(StreamId {
        user: UserName::new(row.get_ref(at)?.as_str()?).map_err(|error| strange(at, error))?,
        camera: CameraName::new(row.get_ref(at + 1)?.as_str()?).map_err(|error| strange(at + 1, error))?,
    })
}

fn format_of(row: &Row, at: usize) -> Result<PictureFormat, rusqlite::Error> {
    let ending = row.get_ref(at)?.as_str()?;
    PictureFormat::from_extension(ending).ok_or_else(|| strange(at, std::io::Error::other("not a picture's ending")))
}

fn strange(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.sqlite");
        let index = Index::open(&path, false).unwrap();
        index.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(index);
        let error = Index::open(&path, false).err().expect("it must be refused");
        assert!(matches!(error, IndexError::Newer(99)) && !error.is_lost(), "{error}");
    }

    #[test]
    fn who_opens_an_index_waits_for_another_that_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.sqlite");
        let mut other = Index::open(&path, false).unwrap();
        let writing = other.transaction().unwrap();
        writing.execute("INSERT OR REPLACE INTO notes VALUES ('complete_until', 1)", []).unwrap();
        let opening = std::thread::spawn(move || Index::open_beside(&path).map(drop));
        // Time to read, and to find that it may not write yet.
        std::thread::sleep(std::time::Duration::from_millis(300));
        writing.commit().unwrap();
        opening.join().unwrap().unwrap();
    }

    #[test]
    fn an_index_of_an_older_program_is_brought_up_to_date_and_keeps_its_rows() {
        for version in 1..STEPS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index.sqlite");
            let old = Connection::open(&path).unwrap();
            STEPS[..version].iter().for_each(|step| old.execute_batch(step).unwrap());
            old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            old.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
            old.execute_batch(
                "INSERT INTO frames VALUES (7, 'Anna', 'anna', 'front', 'front', 3, 50, 64, 48, 999, 'jpg', 0.5, 9, 1);
                 INSERT INTO events (id, user, user_key, camera, camera_key, start, end, peak, peak_score)
                 VALUES (9, 'Anna', 'anna', 'front', 'front', 40, 90, 50, 0.5);",
            )
            .unwrap();
            drop(old);
            let index = Index::open(&path, false).unwrap();
            let count = |sql: &str| index.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(count("PRAGMA user_version"), VERSION);
            assert_eq!(count("SELECT seq FROM frames INDEXED BY frames_by_camera_name WHERE camera_key = 'front'"), 3);
            assert_eq!((count("SELECT peak FROM events"), count("SELECT count(*) FROM traces")), (50, 0));
        }
    }

    #[test]
    fn no_question_of_a_page_goes_through_all_frames() {
        let index = Index::in_memory().unwrap();
        let plan = |sql: &str| -> String {
            let mut statement = index.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let lines = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
            lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
        };
        let usage = plan("SELECT count(*), sum(bytes) FROM frames INDEXED BY frames_by_user WHERE user_key = 'a'");
        assert!(usage.contains("SEARCH") && usage.contains("COVERING INDEX"), "{usage}");
        for condition in ["user_key = 'a'", "camera_key = 'a'", "user_key = 'a' AND camera_key = 'b'", "event = 5"] {
            let list = plan(&format!(
                "SELECT score FROM frames WHERE {condition} AND (captured_at, id) < (1, 2) ORDER BY captured_at DESC, id DESC LIMIT 60"
            ));
            assert!(list.contains("SEARCH") && !list.contains("TEMP B-TREE"), "{condition}: {list}");
        }
    }

    #[test]
    fn what_is_no_database_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.sqlite");
        std::fs::write(&path, vec![7; 8192]).unwrap();
        assert!(Index::open(&path, false).err().expect("it must be refused").is_lost());
    }
}
