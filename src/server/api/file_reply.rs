//! Files as answers: whole or in the part that is asked for, under the name that they have on disk, read piece by piece.

use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use warp::Reply as _;
use warp::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, VARY};
use warp::http::{HeaderMap, StatusCode};

use crate::library::Library;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::range::{self, Wanted};
use crate::server::reply::{self, Reply};

/// A browser asks each time whether it still has the newest: an abandoned recording may go on.
pub(super) const ASK_AGAIN: &str = "private, no-cache";
const CHUNK_BYTES: usize = 64 * 1024;

/// How a file is sent.
pub(super) struct Sent {
    pub media_type: &'static str,
    /// Tells this version of it from others, together with its length.
    pub tag: String,
    /// What it is called when it is stored; as in its folder when it is `None`.
    pub name: Option<String>,
    pub download: bool,
    /// How long a browser may keep it (`Cache-Control`).
    pub keep: &'static str,
}

/// Sends a file, or the part of it that is asked for.
pub(super) async fn send(
    site: &Arc<Site>,
    path: impl FnOnce(&Library) -> PathBuf + Send + 'static,
    sent: Sent,
    headers: &HeaderMap,
) -> Result<Reply, ApiError> {
    let opened = ask_library(site, move |library| {
        let path = path(library);
        let file = File::open(&path)?;
        // By the open file, not by its name or the index: the length is promised before the bytes are read.
        let length = file.metadata()?.len();
        Ok::<_, std::io::Error>((path, file, length))
    });
    let (path, file, length) = opened.await?.map_err(|_| ApiError::FileGone)?;
    let etag = format!("\"{}-{length}\"", sent.tag);
    if let Some(unchanged) = reply::unchanged(headers, &etag, sent.keep) {
        return Ok(unchanged);
    }
    let mut reply = match range::wanted(headers, length, &etag) {
        Wanted::Whole => part(site, file, 0, length).await?,
        Wanted::Part(first, last) => {
            let mut reply = part(site, file, first, last - first + 1).await?;
            *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
            reply::set(&mut reply, CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
            reply
        }
        Wanted::Beyond => {
            let mut reply = reply::empty(StatusCode::RANGE_NOT_SATISFIABLE);
            reply::set(&mut reply, CONTENT_RANGE, &format!("bytes */{length}"));
            return Ok(reply);
        }
    };
    let own = || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    reply::set(&mut reply, CONTENT_TYPE, sent.media_type);
    reply::set(&mut reply, ACCEPT_RANGES, "bytes");
    reply::set(&mut reply, CONTENT_DISPOSITION, &disposition(&sent.name.unwrap_or_else(own), sent.download));
    reply::set(&mut reply, VARY, "Cookie, Authorization");
    reply::keep(&mut reply, &etag, sent.keep);
    Ok(reply)
}

/// `length` bytes of a file from `first` on.
async fn part(site: &Arc<Site>, mut file: File, first: u64, length: u64) -> Result<Reply, ApiError> {
    let part = ask_library(site, move |_| {
        file.seek(SeekFrom::Start(first))?;
        Ok::<_, std::io::Error>(file.take(length))
    });
    let part = part.await?.map_err(|_| ApiError::FileGone)?;
    let mut reply = warp::reply::stream(chunks(Arc::clone(site), part)).into_response();
    reply::set(&mut reply, CONTENT_LENGTH, &length.to_string());
    Ok(reply)
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

    #[test]
    fn a_file_name_is_safe_in_a_header() {
        assert_eq!(
            disposition("12\"é.jpg", true),
            "attachment; filename=\"12__.jpg\"; filename*=UTF-8''12%22%C3%A9.jpg"
        );
    }
}
