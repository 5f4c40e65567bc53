//! The queue of jobs in the index: what is to be done lies beside what it is about, and nothing has to be set up.
//!
//! Every change is one transaction. Times come from whoever asks, who has one clock. It does no job.

mod vanished;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};

use crate::domain::{
    Job, JobCount, JobId, JobKind, JobQuery, JobState, Lease, NewJob, Priority, Timestamp, WorkerInfo,
};
use crate::library::home::lock;
use crate::library::index::{Index, IndexError};
use crate::library::rebuild::index_path;
use crate::library::{Library, LibraryError};

const COLUMNS: &str = "id, kind, payload, priority, state, attempts, most_attempts, run_at, created_at, started_at,
    finished_at, worker, progress, note, log, cancelling";

/// Minutes of which is known how many jobs were done in them.
const DONE_MINUTES: u8 = 60;
const MINUTE_MILLIS: i64 = 60_000;
/// The jobs of a library.
#[derive(Clone, Copy)]
pub struct Jobs<'l>(Place<'l>);

#[derive(Clone, Copy)]
enum Place<'l> {
    Library(&'l Library),
    File(&'l JobsFile),
}

impl Library {
    /// The jobs that are kept in its index.
    #[must_use]
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(Place::Library(self))
    }
}

/// The jobs in the index of a library that a program may have open: its frames are left alone.
pub struct JobsFile {
    index: Mutex<Index>,
}

impl JobsFile {
    /// Opens the index of the library in `save_dir`, which must be there.
    ///
    /// # Errors
    /// [`LibraryError::File`] where there is no index, [`LibraryError::Index`] when it cannot be used.
    pub fn open(save_dir: &Path) -> Result<Self, LibraryError> {
        let path = index_path(save_dir);
        if let Err(source) = path.metadata() {
            return Err(LibraryError::File { path, source });
        }
        Ok(Self { index: Mutex::new(Index::open_beside(&path)?) })
    }

    /// The jobs.
    #[must_use]
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(Place::File(self))
    }
}

/// # Errors
/// All of them: [`LibraryError::Index`] when the index cannot be read or written.
#[expect(clippy::missing_errors_doc, reason = "the same for all, above")]
impl Jobs<'_> {
    /// Queues a job. Of two with the same key the first one stands, and its number is given.
    pub fn enqueue(self, job: &NewJob, now: Timestamp) -> Result<JobId, LibraryError> {
        self.change(|step| enqueue(step, job, now))
    }

    /// Takes the most urgent job of these kinds that is due. `None` while there is none, or while the queue is paused. Jobs whose
    /// worker has not renewed its lease in time are taken from it, and wait or are dead by the rule of
    /// [`Job::MOST_VANISHED`].
    pub fn claim(
        self,
        worker: &str,
        kinds: &[JobKind],
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Job>, LibraryError> {
        self.change(|step| {
            vanished::take_from_silent(step, lease, now)?;
            if paused(step)? {
                return Ok(None);
            }
            let Some(id) = next(step, kinds, now)? else { return Ok(None) };
            step.prepare_cached(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1, started_at = ?2, worker = ?3, lease_until = ?4,
                    progress = 0, note = '' WHERE id = ?1",
            )?
            .execute(params![id, now.as_millis(), worker, now.plus(lease).as_millis()])?;
            job(step, JobId(id))
        })
    }

    /// Tells that an attempt goes on and how far it is, and keeps it for another `lease`.
    pub fn renew(
        self,
        (id, attempt): (JobId, u32),
        (progress, note): (f32, &str),
        lease: Duration,
        now: Timestamp,
    ) -> Result<Lease, LibraryError> {
        self.change(|step| {
            let changed = step
                .prepare_cached(
                    "UPDATE jobs SET progress = ?3, note = ?4, lease_until = ?5
                     WHERE id = ?1 AND attempts = ?2 AND state = 'running'",
                )?
                .execute(params![id.0, attempt, progress.clamp(0.0, 1.0), note, now.plus(lease).as_millis()])?;
            Ok(match job(step, id)?.filter(|_| changed > 0) {
                Some(job) if job.cancelling => Lease::Cancelled,
                Some(_) => Lease::Held,
                None => Lease::Lost,
            })
        })
    }

    /// An attempt is done. `false` when it was not this worker's any more.
    pub fn finish(self, attempt: (JobId, u32), now: Timestamp) -> Result<bool, LibraryError> {
        self.change(|step| end(step, attempt, JobState::Done, None, now))
    }

    /// An attempt failed; it is tried again at `retry_at` unless that is `None` or its attempts are used up. One that was to
    /// be cancelled is. `false` when it was not this worker's any more.
    pub fn fail(
        self,
        (id, attempt): (JobId, u32),
        why: &str,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, LibraryError> {
        self.change(|step| {
            let Some(failed) = held(step, (id, attempt))? else { return Ok(false) };
            let log = Job::log_with(&failed.log, attempt, why);
            if failed.cancelling {
                return end(step, (id, attempt), JobState::Cancelled, Some(&log), now);
            }
            let Some(at) = retry_at.filter(|_| attempt < failed.most_attempts) else {
                return end(step, (id, attempt), JobState::Dead, Some(&log), now);
            };
            step.prepare_cached("UPDATE jobs SET state = 'waiting', run_at = ?2, log = ?3 WHERE id = ?1")?
                .execute(params![id.0, at.as_millis(), log])?;
            Ok(true)
        })
    }

    /// An attempt is broken off through no fault of the job: it waits again, now or (`put_off`, with the reason) until later,
    /// and the attempt is not held against it. `false` when it was not this worker's any more.
    pub fn give_back(
        self,
        (id, attempt): (JobId, u32),
        put_off: Option<(&str, Timestamp)>,
        now: Timestamp,
    ) -> Result<bool, LibraryError> {
        self.change(|step| {
            let Some(given) = held(step, (id, attempt))? else { return Ok(false) };
            let (log, at) = match put_off {
                Some((why, at)) => (Job::log_with(&given.log, attempt, why), at),
                None => (given.log, now),
            };
            step.execute(
                "UPDATE jobs SET state = CASE WHEN cancelling THEN 'cancelled' ELSE 'waiting' END,
                    finished_at = CASE WHEN cancelling THEN ?2 END, most_attempts = most_attempts + 1, run_at = ?3,
                    log = ?4, cancelling = 0 WHERE id = ?1",
                params![id.0, now.as_millis(), at.as_millis(), log],
            )?;
            Ok(true)
        })
    }

    /// A job is not wanted any more: one that waits is cancelled at once, one that runs is told. `false` for one that is over
    /// or is not there.
    pub fn cancel(self, id: JobId, now: Timestamp) -> Result<bool, LibraryError> {
        self.change(|step| {
            let waiting = step.execute(
                "UPDATE jobs SET state = 'cancelled', finished_at = ?2 WHERE id = ?1 AND state = 'waiting'",
                params![id.0, now.as_millis()],
            )?;
            let running = step.execute("UPDATE jobs SET cancelling = 1 WHERE id = ?1 AND state = 'running'", [id.0])?;
            Ok(waiting + running > 0)
        })
    }

    /// A job that is dead or was cancelled is tried anew, as often as a new one. `false` for any other.
    pub fn retry(self, id: JobId, now: Timestamp) -> Result<bool, LibraryError> {
        self.change(|step| {
            let changed = step.execute(
                "UPDATE jobs SET state = 'waiting', most_attempts = attempts + ?3, vanished = 0, run_at = ?2, finished_at = NULL,
                    progress = 0 WHERE id = ?1 AND state IN ('dead', 'cancelled')",
                // Attempts are never counted anew: a worker that was taken for dead must not be taken for another.
                params![id.0, now.as_millis(), NewJob::ATTEMPTS],
            )?;
            Ok(changed > 0)
        })
    }

    /// Forgets jobs in a state that is over, and were so before `before`; tells how many.
    pub fn purge(self, state: JobState, before: Timestamp) -> Result<u64, LibraryError> {
        if !state.is_over() {
            return Ok(0);
        }
        self.change(|step| {
            let gone = step.execute(
                "DELETE FROM jobs WHERE state = ?1 AND finished_at < ?2",
                params![state.name(), before.as_millis()],
            )?;
            Ok(gone as u64)
        })
    }

    /// From now on no job is begun, or jobs are begun again.
    pub fn pause(self, paused: bool) -> Result<(), LibraryError> {
        self.change(|step| {
            step.execute("INSERT OR REPLACE INTO notes VALUES ('jobs_paused', ?1)", [i64::from(paused)])?;
            Ok(())
        })
    }

    /// Whether no job is begun.
    pub fn paused(self) -> Result<bool, LibraryError> {
        self.ask(paused)
    }

    /// One job.
    pub fn job(self, id: JobId) -> Result<Option<Job>, LibraryError> {
        self.ask(|connection| job(connection, id))
    }

    /// Jobs, the newest first.
    pub fn list(self, query: JobQuery) -> Result<Vec<Job>, LibraryError> {
        self.ask(|connection| {
            let mut values: Vec<Value> = vec![query.before.map_or(i64::MAX, |id| id.0).into()];
            let mut condition = |column: &str, name: Option<&str>| {
                let Some(name) = name else { return String::new() };
                values.push(name.to_owned().into());
                format!(" AND {column} = ?{}", values.len())
            };
            let state = condition("state", query.state.map(JobState::name));
            let kind = condition("kind", query.kind.map(JobKind::name));
            let sql =
                format!("SELECT {COLUMNS} FROM jobs WHERE id < ?1{state}{kind} ORDER BY id DESC LIMIT {}", query.limit);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), job_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many there are of each kind in each state.
    pub fn counts(self) -> Result<Vec<JobCount>, LibraryError> {
        self.ask(|connection| {
            let sql = "SELECT kind, state, count(*) FROM jobs GROUP BY kind, state ORDER BY kind, state";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                let (kind, state) = (kind_of(row, 0)?, state_of(row, 1)?);
                Ok(JobCount { kind, state, count: row.get::<_, i64>(2)?.cast_unsigned() })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Since when the job has been due that waits the longest.
    pub fn oldest_due(self, now: Timestamp) -> Result<Option<Timestamp>, LibraryError> {
        self.ask(|connection| {
            let sql = "SELECT min(run_at) FROM jobs WHERE state = 'waiting' AND run_at <= ?1";
            let oldest: Option<i64> = connection.query_row(sql, [now.as_millis()], |row| row.get(0))?;
            Ok(oldest.map(Timestamp::from_millis))
        })
    }

    /// How many jobs were done in each minute of the last hour, the one that goes on last.
    pub fn done_by_minute(self, now: Timestamp) -> Result<Vec<u64>, LibraryError> {
        self.ask(|connection| {
            let first = minute_of(now) - i64::from(DONE_MINUTES) + 1;
            let sql = "SELECT name, value FROM notes WHERE name >= ?1 AND name <= ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let mut done = vec![0; usize::from(DONE_MINUTES)];
            let mut rows = statement.query([done_in(first), done_in(minute_of(now))])?;
            while let Some(row) = rows.next()? {
                let minute = row.get::<_, String>(0)?.strip_prefix(DONE).and_then(|text| text.parse::<i64>().ok());
                let place = minute.and_then(|minute| usize::try_from(minute - first).ok());
                if let Some(count) = place.and_then(|place| done.get_mut(place)) {
                    *count = row.get::<_, i64>(1)?.cast_unsigned();
                }
            }
            Ok(done)
        })
    }

    /// A worker is there.
    pub fn beat(self, worker: &WorkerInfo) -> Result<(), LibraryError> {
        self.change(|step| {
            step.prepare_cached("INSERT OR REPLACE INTO workers VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
                worker.name,
                worker.machine,
                worker.version,
                worker.job.map(|id| id.0),
                worker.since.as_millis(),
                worker.seen.as_millis(),
            ])?;
            Ok(())
        })
    }

    /// The workers that were heard of since `since`. The others are forgotten.
    pub fn workers(self, since: Timestamp) -> Result<Vec<WorkerInfo>, LibraryError> {
        self.change(|step| {
            step.execute("DELETE FROM workers WHERE seen < ?1", [since.as_millis()])?;
            let mut statement =
                step.prepare_cached("SELECT name, machine, version, job, since, seen FROM workers ORDER BY name")?;
            let rows = statement.query_map([], |row| {
                Ok(WorkerInfo {
                    name: row.get(0)?,
                    machine: row.get(1)?,
                    version: row.get(2)?,
                    job: row.get::<_, Option<i64>>(3)?.map(JobId),
                    since: Timestamp::from_millis(row.get(4)?),
                    seen: Timestamp::from_millis(row.get(5)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn change<T>(self, change: impl FnOnce(&Transaction) -> Result<T, IndexError>) -> Result<T, LibraryError> {
        let change = |index: &mut Index| {
            let step = index.transaction()?;
            let answer = change(&step)?;
            step.commit()?;
            Ok(answer)
        };
        Ok(match self.0 {
            Place::Library(library) => library.shared.home.load().write(change),
            Place::File(file) => change(&mut lock(&file.index)),
        }?)
    }

    fn ask<T>(self, question: impl FnOnce(&Connection) -> Result<T, IndexError>) -> Result<T, LibraryError> {
        match self.0 {
            Place::Library(library) => library.shared.home.load().read(question),
            Place::File(file) => Ok(question(lock(&file.index).connection())?),
        }
    }
}

/// Queues a job as a part of something larger.
pub(super) fn enqueue(step: &Transaction, job: &NewJob, now: Timestamp) -> Result<JobId, IndexError> {
    let known = "SELECT id FROM jobs WHERE key = ?1";
    if let Some(key) = &job.key
        && let Some(id) = step.prepare_cached(known)?.query_row([key], |row| row.get(0)).optional()?
    {
        return Ok(JobId(id));
    }
    step.prepare_cached(
        "INSERT INTO jobs (kind, payload, priority, state, most_attempts, run_at, created_at, key)
         VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        job.kind.name(),
        job.payload,
        job.priority.rank(),
        job.most_attempts.max(1),
        job.run_at.unwrap_or(now).as_millis(),
        now.as_millis(),
        job.key,
    ])?;
    Ok(JobId(step.last_insert_rowid()))
}

/// The number of the job that goes first.
fn next(step: &Transaction, kinds: &[JobKind], now: Timestamp) -> Result<Option<i64>, IndexError> {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
    let sql = format!(
        "SELECT id FROM jobs WHERE kind IN ({}) AND state = 'waiting' AND run_at <= ?1 ORDER BY priority, run_at, id LIMIT 1",
        names.join(", ")
    );
    Ok(step.prepare_cached(&sql)?.query_row([now.as_millis()], |row| row.get(0)).optional()?)
}

fn end(
    step: &Transaction,
    (id, attempt): (JobId, u32),
    state: JobState,
    log: Option<&str>,
    now: Timestamp,
) -> Result<bool, IndexError> {
    let changed = step
        .prepare_cached(
            "UPDATE jobs SET state = ?3, finished_at = ?4, log = coalesce(?5, log), cancelling = 0,
                progress = CASE WHEN ?3 = 'done' THEN 1 ELSE progress END
             WHERE id = ?1 AND attempts = ?2 AND state = 'running'",
        )?
        .execute(params![id.0, attempt, state.name(), now.as_millis(), log])?;
    if changed > 0 && state == JobState::Done {
        note_done(step, minute_of(now))?;
    }
    Ok(changed > 0)
}

/// Before the number of a minute in the name of a note: how many jobs were done in it. Counted, as jobs that are done may be
/// forgotten soon.
const DONE: &str = "jobs_done:";

fn note_done(step: &Transaction, minute: i64) -> Result<(), IndexError> {
    step.prepare_cached("INSERT INTO notes VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")?
        .execute([done_in(minute)])?;
    step.prepare_cached("DELETE FROM notes WHERE name >= ?1 AND name < ?2")?
        .execute([done_in(0), done_in(minute - i64::from(DONE_MINUTES))])?;
    Ok(())
}

/// The name of the note of a minute; names are in the order of their minutes.
fn done_in(minute: i64) -> String {
    format!("{DONE}{:012}", minute.max(0))
}

fn minute_of(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(MINUTE_MILLIS)
}

fn paused(connection: &Connection) -> Result<bool, IndexError> {
    let sql = "SELECT value FROM notes WHERE name = 'jobs_paused'";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(0) != 0)
}

fn job(connection: &Connection, id: JobId) -> Result<Option<Job>, IndexError> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id.0], job_of).optional()?)
}

/// A job whose attempt goes on.
fn held(step: &Transaction, (id, attempt): (JobId, u32)) -> Result<Option<Job>, IndexError> {
    Ok(job(step, id)?.filter(|job| job.attempts == attempt && job.state == JobState::Running))
}

fn job_of(row: &Row) -> Result<Job, rusqlite::Error> {
    let time = |at| row.get::<_, Option<i64>>(at).map(|time| time.map(Timestamp::from_millis));
    Ok(Job {
        id: JobId(row.get(0)?),
        kind: kind_of(row, 1)?,
        payload: row.get(2)?,
        priority: Priority::from_rank(row.get(3)?),
        state: state_of(row, 4)?,
        attempts: row.get(5)?,
        most_attempts: row.get(6)?,
        run_at: Timestamp::from_millis(row.get(7)?),
        created_at: Timestamp::from_millis(row.get(8)?),
        started_at: time(9)?,
        finished_at: time(10)?,
        worker: row.get(11)?,
        progress: row.get(12)?,
        note: row.get(13)?,
        log: row.get(14)?,
        cancelling: row.get(15)?,
    })
}

fn kind_of(row: &Row, at: usize) -> Result<JobKind, rusqlite::Error> {
    JobKind::from_name(row.get_ref(at)?.as_str()?).ok_or_else(|| strange(at))
}

fn state_of(row: &Row, at: usize) -> Result<JobState, rusqlite::Error> {
    JobState::from_name(row.get_ref(at)?.as_str()?).ok_or_else(|| strange(at))
}

fn strange(column: usize) -> rusqlite::Error {
    let error = std::io::Error::other("not written by this Framekeep");
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
