//! The queue of jobs, for the operator.

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::domain::{Job, JobId, JobKind, JobQuery, JobState, Timestamp};
use crate::jobs::{JobQueue, Overview};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_queue};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};

/// Jobs of a page when nobody says how many.
const DEFAULT_LIMIT: usize = 50;
/// Most jobs of a page.
const MOST_LIMIT: usize = 200;

/// Whether jobs are to be begun.
#[derive(Deserialize)]
pub struct Pause {
    paused: bool,
}

pub async fn list(site: &Site, query: &Query) -> Result<Reply, ApiError> {
    let kind = query.text("kind").map(|name| JobKind::from_name(name).ok_or(BAD_KIND)).transpose()?;
    let limit = query.number("limit")?.unwrap_or(DEFAULT_LIMIT).clamp(1, MOST_LIMIT);
    let before = query.number("before")?.map(JobId);
    let wanted = JobQuery { state: state_of(query)?, kind, before, limit };
    let (jobs, now) = ask_queue(site, move |queue| Ok((queue.list(wanted)?, queue.now()?))).await?;
    // A page that is not full is the last one.
    let next = jobs.last().filter(|_| jobs.len() == limit).map(|job| job.id);
    let jobs: Vec<_> = jobs.iter().map(|job| describe(job, now)).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "jobs": jobs, "next": next })))
}

pub async fn one(site: &Site, id: &str) -> Result<Reply, ApiError> {
    let id = id_of(id)?;
    let (job, now) = ask_queue(site, move |queue| Ok((queue.job(id)?, queue.now()?))).await?;
    let job = job.ok_or(ApiError::NotFound)?;
    let mut described = describe(&job, now);
    described["log"] = json!(job.log);
    Ok(reply::json(StatusCode::OK, &described))
}

pub async fn retry(site: &Site, id: &str) -> Result<Reply, ApiError> {
    let id = id_of(id)?;
    let (done, job) = ask_queue(site, move |queue| Ok((queue.retry(id)?, queue.job(id)?))).await?;
    changed(done, job.as_ref())
}

pub async fn cancel(site: &Site, id: &str) -> Result<Reply, ApiError> {
    let id = id_of(id)?;
    let (done, job) = ask_queue(site, move |queue| Ok((queue.cancel(id)?, queue.job(id)?))).await?;
    changed(done, job.as_ref())
}

pub async fn purge(site: &Site, query: &Query) -> Result<Reply, ApiError> {
    let state = state_of(query)?.filter(|state| state.is_over());
    let state = state.ok_or(ApiError::BadValue("state", "done, dead or cancelled"))?;
    let purged = ask_queue(site, move |queue| queue.purge(state, std::time::Duration::ZERO)).await?;
    Ok(reply::json(StatusCode::OK, &json!({ "purged": purged })))
}

pub async fn pause(site: &Site, Pause { paused }: Pause) -> Result<Reply, ApiError> {
    ask_queue(site, move |queue| queue.pause(paused)).await?;
    Ok(reply::done())
}

pub async fn summary(site: &Site) -> Result<Reply, ApiError> {
    let overview = ask_queue(site, JobQueue::overview).await?;
    Ok(reply::json(StatusCode::OK, &summarize(&overview, &site.parts.jobs.place())))
}

/// A queue as it stands, in JSON.
pub fn summarize(overview: &Overview, place: &str) -> Value {
    let states: serde_json::Map<_, _> =
        JobState::ALL.iter().map(|state| (state.name().to_owned(), json!(overview.count(*state)))).collect();
    let workers = overview.workers.iter().map(|worker| {
        let there = overview.is_there(worker);
        json!({
            "name": worker.name,
            "machine": worker.machine,
            "version": worker.version,
            "job": worker.job,
            "since": worker.since,
            "seen": worker.seen,
            "there": there,
        })
    });
    json!({
        "now": overview.now,
        "place": place,
        "paused": overview.paused,
        "states": states,
        "counts": overview.counts,
        "running": overview.running.iter().map(|job| describe(job, overview.now)).collect::<Vec<_>>(),
        "workers": workers.collect::<Vec<_>>(),
        "oldest_due": overview.oldest_due,
        "oldest_age_ms": overview.oldest_due.map(|due| overview.now.since(due).as_millis()),
        "done_by_minute": overview.done_by_minute,
    })
}

fn describe(job: &Job, now: Timestamp) -> Value {
    json!({
        "id": job.id,
        "kind": job.kind,
        // What is no JSON, of another version, is shown as it is.
        "payload": serde_json::from_str::<Value>(&job.payload).unwrap_or_else(|_| json!(job.payload)),
        "priority": job.priority,
        "state": job.state,
        "attempts": job.attempts,
        "most_attempts": job.most_attempts,
        "run_at": job.run_at,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "worker": job.worker,
        "progress": (f64::from(job.progress) * 1000.0).round() / 1000.0,
        "note": job.note,
        "left_ms": job.left(now).map(|left| left.as_millis()),
        "failure": job.last_failure(),
        "cancelling": job.cancelling,
    })
}

const BAD_KIND: ApiError = ApiError::BadValue("kind", "recording, clip, timelapse or mask");

fn state_of(query: &Query) -> Result<Option<JobState>, ApiError> {
    let bad = ApiError::BadValue("state", "waiting, running, done, dead or cancelled");
    query.text("state").map(|name| JobState::from_name(name).ok_or(bad)).transpose()
}

/// What is no number is the number of no job.
fn id_of(text: &str) -> Result<JobId, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

fn changed(done: bool, job: Option<&Job>) -> Result<Reply, ApiError> {
    match (done, job) {
        (true, _) => Ok(reply::done()),
        (false, Some(job)) => Err(ApiError::JobState(job.state.name())),
        (false, None) => Err(ApiError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_named_where_one_is_refused() {
        for kind in JobKind::ALL {
            assert!(BAD_KIND.to_string().contains(kind.name()), "{kind:?}");
        }
    }
}
