//! Saved frames: list, file, thumbnail, deletion and its undoing.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use serde_json::json;
use warp::Reply as _;
use warp::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use warp::http::{HeaderMap, StatusCode};

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
const CHUNK_BYTES: usize = 64 * 1024;

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
    let etag = format!("\"{}\"", frame.id);
    if let Some(unchanged) = reply::unchanged(headers, &etag, PRIVATE_IMMUTABLE) {
        return Ok(unchanged);
    }
    let media_type = frame.format.media_type();
    let opened = ask_library(site, move |library| {
        let path = library.file(&frame);
        let file = File::open(&path)?;
        // By the open file, not by its name or the index: the length is promised to the client before the bytes are read.
        let length = file.metadata()?.len();
        Ok::<_, std::io::Error>((path, file, length))
    });
    let (path, file, length) = opened.await?.map_err(|_| ApiError::FileGone)?;
    let mut reply = warp::reply::stream(chunks(Arc::clone(site), file)).into_response();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    reply::set(&mut reply, CONTENT_TYPE, media_type);
    reply::set(&mut reply, CONTENT_LENGTH, &length.to_string());
    reply::set(&mut reply, CONTENT_DISPOSITION, &disposition(&name, download));
    reply::set(&mut reply, VARY, "Cookie, Authorization");
    reply::keep(&mut reply, &etag, PRIVATE_IMMUTABLE);
    Ok(reply)
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

/// What a reader gives, piece by piece, without holding up anybody.
pub fn chunks(site: Arc<Site>, file: impl Read + Send + 'static) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold(Some(file), move |file| {
        let site = Arc::clone(&site);
        async move {
            let mut file = file?;
            let read = ask_library(&site, move |_| {
                let mut chunk = vec![0; CHUNK_BYTES];
                let length = file.read(&mut chunk)?;
                chunk.truncate(length);
                Ok::<_, std::io::Error>((file, chunk))
            });
            match read.await {
                Ok(Ok((_, chunk))) if chunk.is_empty() => None,
                Ok(Ok((file, chunk))) => Some((Ok(chunk.into()), Some(file))),
                Ok(Err(error)) => Some((Err(error), None)),
                Err(error) => Some((Err(std::io::Error::other(error)), None)),
            }
        }
    })
}

/// How a browser names the file: as plain ASCII for old ones, and in UTF-8 (RFC 6266).
pub fn disposition(name: &str, download: bool) -> String {
    let kind = if download { "attachment" } else { "inline" };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
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

    #[test]
    fn a_file_name_is_safe_in_a_header() {
        assert_eq!(
            disposition("12\"é.jpg", true),
            "attachment; filename=\"12__.jpg\"; filename*=UTF-8''12%22%C3%A9.jpg"
        );
    }
}
