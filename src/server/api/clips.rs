//! Clips: films of events and of days, their list and their files.

use std::sync::Arc;

use serde_json::{Value, json};
use warp::http::{HeaderMap, StatusCode};

use super::file_reply::{ASK_AGAIN, Sent, send};
use super::saved::{frame_query, number};
use crate::domain::{Clip, UserName};
use crate::library::FrameQuery;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::{Belongs, Owned, Principal};

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = FrameQuery { ordered: query.has("ordered"), ..frame_query(principal, query)? };
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
    let sent = Sent { media_type: "video/mp4", tag: clip.id.to_string(), name: None, download, keep: ASK_AGAIN };
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
pub(super) async fn find(site: &Site, principal: &Principal, id: &str) -> Result<Owned<Clip>, ApiError> {
    let id = number(id)?;
    principal.own(ask_library(site, move |library| library.clip(id)).await??)
}
