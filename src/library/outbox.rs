//! Jobs in the index that wait to be moved to a queue elsewhere: "this is done" and "that is to be done about it" are one
//! step here, and the way to the other queue may be gone for a while.

use rusqlite::Connection;

use crate::domain::{JobId, JobKind, NewJob, Priority, Timestamp};
use crate::library::{Library, LibraryError};

impl Library {
    /// Jobs of the index that are not over, the oldest first.
    ///
    /// # Errors
    /// [`LibraryError::Index`] when the index cannot be read.
    pub fn outbox(&self, limit: usize) -> Result<Vec<(JobId, NewJob)>, LibraryError> {
        self.shared.home.load().read(|connection| Ok(waiting(connection, limit)?))
    }

    /// Takes jobs out of the index that another queue has now.
    ///
    /// # Errors
    /// [`LibraryError::Index`] when the index cannot be written.
    pub fn clear_outbox(&self, ids: &[JobId]) -> Result<(), LibraryError> {
        Ok(self.shared.home.load().write(|index| {
            let step = index.transaction()?;
            for id in ids {
                step.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([id.0])?;
            }
            Ok(step.commit()?)
        })?)
    }
}

fn waiting(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<(JobId, NewJob)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, payload, priority, run_at, created_at, key, most_attempts FROM jobs
         WHERE state IN ('waiting', 'running') ORDER BY id LIMIT ?1",
    )?;
    let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        let id = JobId(row.get(0)?);
        let (run_at, created_at): (i64, i64) = (row.get(4)?, row.get(5)?);
        let Some(kind) = JobKind::from_name(row.get_ref(1)?.as_str()?) else { return Ok(None) };
        let key: Option<String> = row.get(6)?;
        let job = NewJob {
            kind,
            payload: row.get(2)?,
            priority: Priority::from_rank(row.get(3)?),
            // The clock of the other queue may be another; only what was put off is put off there.
            run_at: (run_at > created_at).then(|| Timestamp::from_millis(run_at)),
            // One that is moved twice, because the program was killed in between, is one job there.
            key: Some(key.unwrap_or_else(|| format!("outbox:{created_at}:{id}"))),
            most_attempts: row.get(7)?,
        };
        Ok(Some((id, job)))
    })?;
    rows.filter_map(Result::transpose).collect()
}
