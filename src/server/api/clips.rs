//! Clips: films of events and of days, their list, their files, and the order of one more.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::{HeaderMap, StatusCode};

use super::recording_files::{Sent, send};
use super::saved::{frame_query, number};
use crate::domain::{CameraName, Clip, ClipKind, Timestamp, UserName};
use crate::library::{ClipOrder, RecordingError};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, now};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::{Belongs, Owned, Principal};

/// Longest span of a time-lapse: the days of a fortnight have more pictures than anybody looks at.
const LONGEST: Duration = Duration::from_hours(24 * 14);
/// Kept frames that a second of a time-lapse shows, unless somebody says otherwise.
const PER_SECOND: f32 = 30.0;

/// What time-lapse is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    user: Option<String>,
    camera: String,
    from: i64,
    to: i64,
    per_second: Option<f32>,
}

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = frame_query(principal, query)?;
    let found = ask_library(site, move |library| {
        Ok::<_, ApiError>((library.clips(&query)?, library.clips_usage(query.user.as_ref())?))
    });
    let ((clips, next), (count, bytes)) = found.await??;
    let clips: Vec<_> = clips.iter().map(describe).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "clips": clips, "next": next, "count": count, "bytes": bytes })))
}

/// The film, or the part of it that is asked for.
pub async fn file(
    site: &Arc<Site>,
    principal: &Principal,
    id: &str,
    download: bool,
    headers: &HeaderMap,
) -> Result<Reply, ApiError> {
    let clip = find(site, principal, id).await?.clone();
    let sent = Sent { media_type: "video/mp4", tag: clip.id.to_string(), name: None, download };
    send(site, move |library| library.clip_file(&clip), sent, headers).await
}

pub async fn delete(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let id = find(site, principal, id).await?.id;
    // Somebody else of the same user was faster: it is gone, as was asked.
    ask_library(site, move |library| library.delete_clip(id)).await??;
    Ok(reply::done())
}

pub async fn restore(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let id = number(id)?;
    let id = principal.own(ask_library(site, move |library| library.deleted_clip(id)).await??)?.id;
    // Between the two lines the ten minutes may have passed.
    ask_library(site, move |library| library.restore_clip(id)).await??.ok_or(ApiError::NotFound)?;
    Ok(reply::done())
}

/// Orders a time-lapse. It is in the list when it is made.
pub async fn order(site: &Site, principal: &Principal, order: Order) -> Result<Reply, ApiError> {
    let named = order.user.as_deref().map(UserName::new).transpose()?;
    let user = principal.scope(named)?.ok_or(ApiError::BadValue("user", "the user whose frames are to be shown"))?;
    let camera = CameraName::new(&order.camera)?;
    let (from, to) = (Timestamp::from_millis(order.from), Timestamp::from_millis(order.to));
    if to <= from || to.since(from) > LONGEST {
        return Err(ApiError::BadValue("to", "a time after from, by at most 14 days"));
    }
    let per_second = order.per_second.unwrap_or(PER_SECOND);
    if !(1.0..=60.0).contains(&per_second) {
        return Err(ApiError::BadValue("per_second", "a number from 1 to 60"));
    }
    let order = ClipOrder {
        kind: ClipKind::Timelapse,
        number: number_of_its_own(),
        user,
        camera,
        from,
        to: Some(to),
        of: None,
        of_began_at: None,
        per_second,
    };
    let number = order.number;
    let ordered = ask_library(site, move |library| library.order_clip(&order).map(|_| library.clips_changed()));
    ordered.await?.map_err(|_| RecordingError::NoFolder)?;
    Ok(reply::json(StatusCode::ACCEPTED, &json!({ "number": number })))
}

/// A clip as the interface writes it.
pub fn describe(clip: &Clip) -> Value {
    json!({
        "id": clip.id,
        "kind": clip.kind,
        "number": clip.number,
        "event": clip.event(),
        "user": clip.stream.user,
        "camera": clip.stream.camera,
        "started_at": clip.started_at,
        "bytes": clip.bytes,
        "duration_ms": clip.duration_ms,
        "has_sound": clip.has_sound,
    })
}

impl Belongs for Clip {
    fn owner(&self) -> &UserName {
        &self.stream.user
    }
}

/// The clip of a number, when it is there and this device may see it.
async fn find(site: &Site, principal: &Principal, id: &str) -> Result<Owned<Clip>, ApiError> {
    let id = number(id)?;
    principal.own(ask_library(site, move |library| library.clip(id)).await??)
}

/// When it was ordered; of two in one millisecond the second is of the next.
fn number_of_its_own() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let next = |last: i64| (last + 1).max(now().as_millis());
    next(LAST.update(Ordering::Relaxed, Ordering::Relaxed, next))
}
