//! The queue in Redis (6.2 or newer): streams and a group of consumers, for workers on other machines.
//!
//! Each question is one call of one script, which Redis runs as one step; so the rules of the queue stand in one place,
//! `redis.lua`, and no answer that got lost leaves a job half changed. Times are those of Redis, as the clocks of several
//! machines differ. It does no job.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Connection, FromRedisValue, Script};

use crate::domain::{
    Job, JobCount, JobId, JobKind, JobQuery, JobState, Lease, NewJob, Priority, Timestamp, WorkerInfo,
};
use crate::jobs::JobError;

/// How long Redis may take to answer, or to be reached.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long it is listened for a job that comes due before it is seen whether Redis is still there.
const LISTEN_FOR: Duration = Duration::from_millis(500);
/// Connections that are kept for the next question.
const MOST_IDLE: usize = 8;
/// Before all keys, so that other programs can use the same Redis.
const PREFIX: &str = "{framekeep}:jobs";

/// A queue in Redis. Connections are opened when they are needed, so that a Redis that is restarted is found again.
pub(super) struct RedisQueue {
    client: redis::Client,
    idle: Mutex<Vec<Connection>>,
    script: Script,
    /// Where it is, without a password, for people.
    place: String,
}

impl RedisQueue {
    /// A queue at a URL such as `redis://192.168.1.5:6379/0`. Nothing is asked yet.
    pub fn new(url: &str) -> Result<Self, JobError> {
        let client = redis::Client::open(url)
            .map_err(|error| JobError::Url(format!("{error}; write it as redis://HOST:PORT/NUMBER")))?;
        let place = client.get_connection_info().addr().to_string();
        Ok(Self { client, idle: Mutex::default(), script: Script::new(include_str!("redis.lua")), place })
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn enqueue(&self, job: &NewJob) -> Result<JobId, JobError> {
        let run_at = job.run_at.map(|at| at.as_millis().to_string()).unwrap_or_default();
        let (rank, most) = (job.priority.rank().to_string(), job.most_attempts.max(1).to_string());
        let key = job.key.as_deref().unwrap_or_default();
        let id: i64 = self.ask(&["enqueue", job.kind.name(), &job.payload, &rank, &most, &run_at, key])?;
        Ok(JobId(id))
    }

    pub fn claim(&self, worker: &str, kinds: &[JobKind], lease: Duration) -> Result<Option<Job>, JobError> {
        let pauses: Vec<String> = (1..Job::MOST_VANISHED)
            .map(|times| Job::pause_after_vanishing(times, lease).as_millis().to_string())
            .collect();
        let (lease, pauses) = (lease.as_millis().to_string(), pauses.join(" "));
        let too_often = Job::vanished_too_often();
        let mut words = vec!["claim", worker, &lease, &pauses, &too_often];
        words.extend(kinds.iter().map(|kind| kind.name()));
        self.ask::<Option<Fields>>(&words)?.as_ref().map(job_of).transpose()
    }

    pub fn renew(
        &self,
        (id, attempt): (JobId, u32),
        worker: &str,
        (progress, note): (f32, &str),
    ) -> Result<Lease, JobError> {
        let (id, attempt, progress) = (id.to_string(), attempt.to_string(), progress.clamp(0.0, 1.0).to_string());
        let held: String = self.ask(&["renew", &id, &attempt, worker, &progress, note])?;
        Ok(match held.as_str() {
            "held" => Lease::Held,
            "cancelled" => Lease::Cancelled,
            _ => Lease::Lost,
        })
    }

    pub fn finish(&self, (id, attempt): (JobId, u32)) -> Result<bool, JobError> {
        self.ask(&["finish", &id.to_string(), &attempt.to_string()])
    }

    pub fn fail(&self, (id, attempt): (JobId, u32), why: &str, retry_in: Option<Duration>) -> Result<bool, JobError> {
        let retry_at = match retry_in {
            Some(pause) => self.now()?.plus(pause).as_millis().to_string(),
            None => String::new(),
        };
        self.ask(&["fail", &id.to_string(), &attempt.to_string(), why.trim(), &retry_at])
    }

    pub fn give_back(&self, (id, attempt): (JobId, u32), put_off: Option<(&str, Duration)>) -> Result<bool, JobError> {
        let (why, run_at) = match put_off {
            Some((why, pause)) => (why.trim(), self.now()?.plus(pause).as_millis().to_string()),
            None => ("", String::new()),
        };
        self.ask(&["give_back", &id.to_string(), &attempt.to_string(), why, &run_at])
    }

    pub fn cancel(&self, id: JobId) -> Result<bool, JobError> {
        self.ask(&["cancel", &id.to_string()])
    }

    pub fn retry(&self, id: JobId) -> Result<bool, JobError> {
        self.ask(&["retry", &id.to_string(), &NewJob::ATTEMPTS.to_string()])
    }

    pub fn purge(&self, state: JobState, before: Timestamp) -> Result<u64, JobError> {
        if !state.is_over() {
            return Ok(0);
        }
        self.ask(&["purge", state.name(), &before.as_millis().to_string()])
    }

    pub fn pause(&self, paused: bool) -> Result<(), JobError> {
        self.ask::<i64>(&["pause", if paused { "1" } else { "0" }]).map(drop)
    }

    pub fn paused(&self) -> Result<bool, JobError> {
        self.ask(&["paused"])
    }

    pub fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        self.ask::<Option<Fields>>(&["job", &id.to_string()])?.as_ref().map(job_of).transpose()
    }

    pub fn list(&self, query: JobQuery) -> Result<Vec<Job>, JobError> {
        let state = query.state.map_or("", JobState::name);
        let kind = query.kind.map_or("", JobKind::name);
        let before = query.before.map(|id| id.to_string()).unwrap_or_default();
        let jobs: Vec<Fields> = self.ask(&["list", state, kind, &before, &query.limit.to_string()])?;
        jobs.iter().map(job_of).collect()
    }

    pub fn counts(&self) -> Result<Vec<JobCount>, JobError> {
        let mut counts = Vec::new();
        for kind in JobKind::ALL {
            for state in JobState::ALL {
                let count = self.ask(&["count", state.name(), kind.name()])?;
                if count > 0 {
                    counts.push(JobCount { kind, state, count });
                }
            }
        }
        Ok(counts)
    }

    pub fn oldest_due(&self) -> Result<Option<Timestamp>, JobError> {
        Ok(self.ask::<Option<i64>>(&["oldest_due"])?.map(Timestamp::from_millis))
    }

    pub fn done_by_minute(&self) -> Result<Vec<u64>, JobError> {
        self.ask(&["done_by_minute"])
    }

    pub fn beat(&self, worker: &WorkerInfo) -> Result<(), JobError> {
        let words = serde_json::to_string(worker).map_err(|error| JobError::Strange(error.to_string()))?;
        self.ask::<i64>(&["beat", &worker.name, &words]).map(drop)
    }

    pub fn workers(&self, within: Duration) -> Result<Vec<WorkerInfo>, JobError> {
        let found: Vec<(String, f64)> = self.ask(&["workers", &within.as_millis().to_string()])?;
        let read = |(words, seen): (String, f64)| {
            let worker: WorkerInfo =
                serde_json::from_str(&words).map_err(|error| JobError::Strange(error.to_string()))?;
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit 53 bits")]
            Ok(WorkerInfo { seen: Timestamp::from_millis(seen as i64), ..worker })
        };
        found.into_iter().map(read).collect()
    }

    /// Calls `ring` for each job that comes due, until `is_over`, which is asked every `LISTEN_FOR`.
    pub fn listen(&self, is_over: &dyn Fn() -> bool, ring: &dyn Fn()) -> Result<(), JobError> {
        let mut connection = self.connect().map_err(|error| self.unreachable(&error))?;
        Self::hear(&mut connection, is_over, ring).map_err(|error| self.unreachable(&error))
    }

    fn hear(connection: &mut Connection, is_over: &dyn Fn() -> bool, ring: &dyn Fn()) -> redis::RedisResult<()> {
        let mut calls = connection.as_pubsub();
        calls.set_read_timeout(Some(LISTEN_FOR))?;
        calls.subscribe(format!("{PREFIX}:due"))?;
        // What came due before anybody listened.
        ring();
        while !is_over() {
            match calls.get_message() {
                Ok(_) => ring(),
                // A network that was cut looks like silence, but gives no answer.
                Err(error) if error.is_timeout() => calls.ping::<redis::Value>().map(drop)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The time by the clock of Redis.
    pub fn now(&self) -> Result<Timestamp, JobError> {
        let (secs, micros): (i64, i64) = self.with(|connection| redis::cmd("TIME").query(connection))?;
        Ok(Timestamp::from_millis(secs * 1000 + micros / 1000))
    }

    fn ask<T: FromRedisValue>(&self, words: &[&str]) -> Result<T, JobError> {
        self.with(|connection| {
            let mut call = self.script.prepare_invoke();
            call.key(PREFIX);
            for word in words {
                call.arg(*word);
            }
            call.invoke(connection)
        })
    }

    /// Asks over a connection that is idle, or over a new one. One that fails is not used again.
    fn with<T>(&self, question: impl Fn(&mut Connection) -> redis::RedisResult<T>) -> Result<T, JobError> {
        let waiting = lock(&self.idle).pop();
        if let Some(mut connection) = waiting {
            match question(&mut connection) {
                // It may have been cut since it was used last; every question can be asked twice.
                Err(error) if error.is_io_error() || error.is_connection_dropped() => {}
                answer => return self.keep(connection, answer),
            }
        }
        let mut connection = self.connect().map_err(|error| self.unreachable(&error))?;
        let answer = question(&mut connection);
        self.keep(connection, answer)
    }

    fn connect(&self) -> redis::RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(ANSWER_WITHIN)?;
        connection.set_read_timeout(Some(ANSWER_WITHIN))?;
        connection.set_write_timeout(Some(ANSWER_WITHIN))?;
        Ok(connection)
    }

    fn keep<T>(&self, connection: Connection, answer: redis::RedisResult<T>) -> Result<T, JobError> {
        match answer {
            Ok(answer) => {
                let mut idle = lock(&self.idle);
                if idle.len() < MOST_IDLE {
                    idle.push(connection);
                }
                Ok(answer)
            }
            Err(error) if error.is_io_error() || error.is_connection_dropped() => Err(self.unreachable(&error)),
            Err(error) => Err(JobError::Strange(error.to_string())),
        }
    }

    fn unreachable(&self, error: &redis::RedisError) -> JobError {
        JobError::Unreachable { place: self.place.clone(), why: error.to_string() }
    }
}

/// Names and values of one job.
type Fields = HashMap<String, String>;

fn job_of(fields: &Fields) -> Result<Job, JobError> {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let time = |name: &str| fields.get(name).and_then(|time| time.parse().ok()).map(Timestamp::from_millis);
    let strange = |name: &str| JobError::Strange(format!("job {} has no {name} that is understood", text("id")));
    let number = |name: &str| text(name).parse().map_err(|_| strange(name));
    Ok(Job {
        id: text("id").parse().map_err(|_| strange("number"))?,
        kind: JobKind::from_name(&text("kind")).ok_or_else(|| strange("kind"))?,
        payload: text("payload"),
        priority: Priority::from_rank(text("rank").parse().map_err(|_| strange("rank"))?),
        state: JobState::from_name(&text("state")).ok_or_else(|| strange("state"))?,
        attempts: number("attempts")?,
        most_attempts: number("most")?,
        run_at: time("run_at").ok_or_else(|| strange("run_at"))?,
        created_at: time("created_at").ok_or_else(|| strange("created_at"))?,
        started_at: time("started_at"),
        finished_at: time("finished_at"),
        worker: fields.get("worker").cloned(),
        progress: text("progress").parse().unwrap_or_default(),
        note: text("note"),
        log: text("log"),
        cancelling: text("cancelling") == "1",
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A list of whole connections cannot be half changed, so a poisoned lock is as good as a whole one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
