//! Saved frames: list, file, thumbnail, deletion and its undoing.

use std::str::FromStr;
use std::sync::Arc;

use serde_json::json;
use warp::http::header::VARY;
use warp::http::{HeaderMap, StatusCode};

use super::file_reply::{Sent, send};
use crate::domain::SavedFrame;
use crate::library::{FrameQuery, MOST_PER_PAGE};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::query::Query;
use crate::server::reply::{self, PRIVATE_IMMUTABLE, Reply};
use crate::server::session::{Owned, Principal};

const DEFAULT_LIMIT: usize = 60;
/// Longest cursor that is looked at.
const MAX_CURSOR_BYTES: usize = 200;

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = frame_query(principal, query)?;
    let found = ask_library(site, move |library| {
        Ok::<_, ApiError>((library.frames(&query)?, library.usage(query.user.as_ref())?))
    });
    let (page, (count, bytes)) = found.await??;
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "frames": page.frames, "next": page.next, "count": count, "bytes": bytes }),
    ))
}

/// The conditions of a list, for frames and for events.
///
/// # Errors
/// What cannot be read, or somebody else's user.
pub fn frame_query(principal: &Principal, query: &Query) -> Result<FrameQuery, ApiError> {
    let limit = query.number("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_PER_PAGE).contains(&limit) {
        return Err(ApiError::BadValue("limit", "a number from 1 to 500"));
    }
    let cursor = query.text("cursor").map(str::to_owned);
    if cursor.as_ref().is_some_and(|cursor| cursor.len() > MAX_CURSOR_BYTES) {
        return Err(ApiError::BadValue("cursor", "what the page before gave as next"));
    }
    Ok(FrameQuery {
        user: principal.scope(query.name("user")?)?,
        camera: query.name("camera")?,
        event: query.number("event")?.map(crate::domain::EventId),
        from: query.time("from")?,
        to: query.time("to")?,
        cursor,
        limit,
        ordered: false,
    })
}

pub async fn file(
    site: &Arc<Site>,
    principal: &Principal,
    id: &str,
    download: bool,
    headers: &HeaderMap,
) -> Result<Reply, ApiError> {
    let frame = find(site, principal, id).await?;
    let (media_type, tag) = (frame.format.media_type(), frame.id.to_string());
    let sent = Sent { media_type, tag, name: None, download, keep: PRIVATE_IMMUTABLE };
    send(site, move |library| library.file(&frame), sent, headers).await
}

pub async fn thumbnail(site: &Site, principal: &Principal, id: &str, headers: &HeaderMap) -> Result<Reply, ApiError> {
    let frame = find(site, principal, id).await?;
    let etag = format!("\"{}-t\"", frame.id);
    if let Some(unchanged) = reply::unchanged(headers, &etag, PRIVATE_IMMUTABLE) {
        return Ok(unchanged);
    }
    let jpeg = ask_library(site, move |library| library.thumbnail(&frame)).await??;
    let mut reply = reply::bytes("image/jpeg", jpeg.into());
    reply::set(&mut reply, VARY, "Cookie, Authorization");
    reply::keep(&mut reply, &etag, PRIVATE_IMMUTABLE);
    Ok(reply)
}

pub async fn delete(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let frame = find(site, principal, id).await?;
    // Somebody else of the same user was faster: it is gone, as was asked.
    ask_library(site, move |library| library.delete(frame.id)).await??;
    Ok(reply::done())
}

pub async fn restore(site: &Site, principal: &Principal, id: &str) -> Result<Reply, ApiError> {
    let id = number(id)?;
    let frame = principal.own(ask_library(site, move |library| library.deleted(id)).await??)?;
    // Between the two lines the ten minutes may have passed.
    ask_library(site, move |library| library.restore(frame.id)).await??.ok_or(ApiError::NotFound)?;
    Ok(reply::done())
}

/// The saved frame of a number, when it is there and this device may see it.
async fn find(site: &Site, principal: &Principal, id: &str) -> Result<Owned<SavedFrame>, ApiError> {
    let id = number(id)?;
    principal.own(ask_library(site, move |library| library.frame(id)).await??)
}

/// The number of a frame or a recording: sixteen hexadecimal digits. Anything else is the number of none.
pub fn number<Id: FromStr>(text: &str) -> Result<Id, ApiError> {
    let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !digits {
        return Err(ApiError::NotFound);
    }
    text.parse().map_err(|_| ApiError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FrameId;

    #[test]
    fn only_sixteen_hexadecimal_digits_are_a_number() {
        assert_eq!(number::<FrameId>("00000000000000ff").unwrap(), FrameId(255));
        for text in [
            "",
            "ff",
            "+0000000000000ff",
            "00000000000000fg",
            "000000000000000ff",
            "ffffffffffffffff",
            "..",
            "éééééééé",
        ] {
            assert!(matches!(number::<FrameId>(text), Err(ApiError::NotFound)), "{text}");
        }
    }
}
