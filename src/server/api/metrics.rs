//! Gathers what is counted and measured, for Prometheus.

use bytes::Bytes;
use warp::http::header::CACHE_CONTROL;

use super::devices::is_online;
use crate::jobs::JobQueue;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, ask_queue};
use crate::server::metrics::{self, Facts};
use crate::server::reply::{self, Reply};

/// Answers with what there is to say. What does not answer in time is left out: the rest is worth most then.
pub async fn metrics(site: &Site) -> Result<Reply, ApiError> {
    let parts = &site.parts;
    let usage = ask_library(site, |library| {
        (library.usage(None).ok(), library.recordings_usage(None).ok(), library.free_bytes())
    });
    let (usage, jobs) = tokio::join!(usage, ask_queue(site, JobQueue::overview));
    let (frames, recordings, free_bytes) = usage.unwrap_or_default();
    let (bins, sum) = parts.latest.detect_times().bins();
    let devices = parts.access.devices();
    let online = devices.iter().filter(|device| is_online(device)).count();
    // A kind is a word in JSON.
    let kind = |kind| serde_json::to_value(kind).ok()?.as_str().map(ToOwned::to_owned);
    let facts = Facts {
        streams: parts.latest.summaries(),
        detect: (bins, sum.as_secs_f64()),
        frames,
        recordings,
        jobs: jobs.ok(),
        free_bytes,
        problems: parts.problems.list().iter().filter_map(|problem| kind(problem.kind)).collect(),
        devices: (devices.len() as u64, online as u64),
    };
    let text = metrics::text(facts).map_err(|error| ApiError::Internal(error.to_string()))?;
    let mut reply = reply::bytes(metrics::MEDIA_TYPE, Bytes::from(text));
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    Ok(reply)
}
