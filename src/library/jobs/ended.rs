//! Jobs in the middle of which the program ended.

use std::time::Duration;

use rusqlite::params;

use super::{COLUMNS, Jobs, Place, job_of};
use crate::domain::{Job, Timestamp};
use crate::library::LibraryError;

/// Pauses after the program ended in the middle of a job: the first, and the longest; each is twice the one before.
const END_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(5));
/// Attempts up to which that is not held against a job.
const MOST_ENDS: u32 = 20;

impl Jobs<'_> {
    /// Lets what a program before this one had begun be begun again, where no other program uses the folder: the first time after
    /// two seconds, and after twice as long each time. Those attempts count only when it happens very often: the program may
    /// have been ended from outside, or by the job.
    ///
    /// # Errors
    /// [`LibraryError::Index`] when the index cannot be read or written.
    pub fn release(self, now: Timestamp) -> Result<(), LibraryError> {
        if let Place::Library(library) = self.0
            && !library.shared.home.load().is_only_user()
        {
            return Ok(());
        }
        self.change(|step| {
            let sql = format!("SELECT {COLUMNS} FROM jobs WHERE state = 'running'");
            let left: Vec<Job> = step.prepare(&sql)?.query_map([], job_of)?.collect::<Result<_, _>>()?;
            for job in left {
                if job.cancelling || job.most_attempts >= MOST_ENDS {
                    step.execute("UPDATE jobs SET lease_until = 0 WHERE id = ?1", [job.id.0])?;
                    continue;
                }
                let pause = END_PAUSES.0.saturating_mul(1 << job.attempts.min(10).saturating_sub(1)).min(END_PAUSES.1);
                let log = Job::log_with(&job.log, job.attempts, "the program ended in the middle of it");
                step.execute(
                    "UPDATE jobs SET state = 'waiting', run_at = ?2, most_attempts = most_attempts + 1, log = ?3 WHERE id = ?1",
                    params![job.id.0, now.plus(pause).as_millis(), log],
                )?;
            }
            Ok(())
        })
    }
}
