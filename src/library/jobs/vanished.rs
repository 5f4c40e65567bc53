//! Jobs whose worker vanished in the middle of them. The queue in Redis holds to the same rule (`jobs/redis.lua`).

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::{COLUMNS, Jobs, Place, end, job_of};
use crate::domain::{Job, JobId, JobState, Timestamp};
use crate::library::LibraryError;
use crate::library::index::IndexError;

impl Jobs<'_> {
    /// Takes the jobs that a program before this one had begun from its workers, which are gone with it. Where another program
    /// uses the folder, they keep them until their leases are over.
    ///
    /// # Errors
    /// [`LibraryError::Index`] when the index cannot be read or written.
    pub fn release(self, lease: Duration, now: Timestamp) -> Result<(), LibraryError> {
        if let Place::Library(library) = self.0
            && !library.shared.home.load().is_only_user()
        {
            return Ok(());
        }
        self.change(|step| {
            step.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running'", [])?;
            take(step, |_| "the program ended in the middle of it".to_owned(), lease, now)
        })
    }
}

/// Takes jobs from workers that have not renewed their leases in time.
pub(super) fn take_from_silent(step: &Transaction, lease: Duration, now: Timestamp) -> Result<(), IndexError> {
    let why =
        |job: &Job| format!("its worker ({}) was not heard of any more", job.worker.as_deref().unwrap_or("nobody"));
    take(step, why, lease, now)
}

/// Lets jobs whose lease is over wait for a while, ends those whose worker vanished too often, and those that were to be
/// cancelled.
fn take(step: &Transaction, why: impl Fn(&Job) -> String, lease: Duration, now: Timestamp) -> Result<(), IndexError> {
    let sql = format!("SELECT {COLUMNS}, vanished FROM jobs WHERE state = 'running' AND lease_until <= ?1");
    let mut statement = step.prepare_cached(&sql)?;
    let vanished = statement.query_map([now.as_millis()], |row| Ok((job_of(row)?, row.get("vanished")?)))?;
    let vanished: Vec<(Job, u32)> = vanished.collect::<Result<_, _>>()?;
    for (job, before) in vanished {
        let (times, why) = (before + 1, why(&job));
        let JobId(id) = job.id;
        step.prepare_cached("UPDATE jobs SET vanished = ?2 WHERE id = ?1")?.execute(params![id, times])?;
        let log = |why: &str| Job::log_with(&job.log, job.attempts, why);
        let attempt = (job.id, job.attempts);
        if job.cancelling {
            end(step, attempt, JobState::Cancelled, Some(&log(&why)), now)?;
        } else if times >= Job::MOST_VANISHED {
            end(step, attempt, JobState::Dead, Some(&log(&format!("{why}, {}", Job::vanished_too_often()))), now)?;
        } else {
            let at = now.plus(Job::pause_after_vanishing(times, lease));
            step.prepare_cached(
                "UPDATE jobs SET state = 'waiting', run_at = ?2, most_attempts = most_attempts + 1, log = ?3 WHERE id = ?1",
            )?
            .execute(params![id, at.as_millis(), log(&why)])?;
        }
    }
    Ok(())
}
