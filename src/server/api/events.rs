//! Events: quiet, then motion, then quiet again.

use serde_json::{Value, json};
use warp::http::StatusCode;

use super::saved::frame_query;
use crate::domain::Event;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = frame_query(principal, query)?;
    let (events, next) = ask_library(site, move |library| library.events(&query)).await??;
    let events: Vec<_> = events.iter().map(describe).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "events": events, "next": next })))
}

/// An event as the interface writes it: flat, like a saved frame.
pub fn describe(event: &Event) -> Value {
    json!({
        "id": event.id,
        "user": event.stream.user,
        "camera": event.stream.camera,
        "start": event.start,
        "end": event.end,
        "peak": event.peak,
        "peak_score": event.peak_score,
    })
}
