//! The files of recordings: the video as it came, the one that was made of it to be played, and the strip of small pictures.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use warp::Reply as _;
use warp::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, VARY};
use warp::http::{HeaderMap, StatusCode};

use super::recordings::find;
use super::saved::{chunks, disposition};
use crate::domain::{MadeVideo, Recording, RecordingState};
use crate::library::{Library, RecordingError, STRIP, made_video};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::range::{self, Wanted};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// A browser asks each time whether it still has the newest: an abandoned recording may go on.
const ASK_AGAIN: &str = "private, no-cache";

/// The recording, byte for byte.
pub async fn file(
    site: &Arc<Site>,
    principal: &Principal,
    id: &str,
    download: bool,
    headers: &HeaderMap,
) -> Result<Reply, ApiError> {
    let found = find(site, principal, id).await?.recording.clone();
    if found.state == RecordingState::Open || found.bytes == 0 {
        return Err(RecordingError::NotFinished.into());
    }
    let sent = Sent { media_type: found.format.media_type(), tag: found.id.to_string(), name: None, download };
    send(site, move |library| library.recording_file(&found), sent, headers).await
}

/// What was made of it: it knows how long it is, and can be sought in.
pub async fn video(
    site: &Arc<Site>,
    principal: &Principal,
    id: &str,
    download: bool,
    headers: &HeaderMap,
) -> Result<Reply, ApiError> {
    let (recording, made) = made_of(site, principal, id).await?;
    let name = format!("{}-{}.{}", recording.stream.camera, recording.id, made.format.extension());
    let tag = format!("{}-made-{}", recording.id, made.of_bytes);
    let sent = Sent { media_type: made.format.media_type(), tag, name: Some(name), download };
    send(site, move |library| library.made_file(made.recording, &made_video(&made)), sent, headers).await
}

/// Small pictures of it, in the places that its `strip` tells.
pub async fn strip(site: &Arc<Site>, principal: &Principal, id: &str, headers: &HeaderMap) -> Result<Reply, ApiError> {
    let (recording, made) = made_of(site, principal, id).await?;
    let tag = format!("{}-strip-{}", recording.id, made.of_bytes);
    let sent = Sent { media_type: "image/jpeg", tag, name: None, download: false };
    send(site, move |library| library.made_file(made.recording, STRIP), sent, headers).await
}

async fn made_of(site: &Site, principal: &Principal, id: &str) -> Result<(Recording, MadeVideo), ApiError> {
    let recording = find(site, principal, id).await?.recording.clone();
    let asked = recording.clone();
    let made = ask_library(site, move |library| library.made(&asked)).await??;
    Ok((recording, made.ok_or(ApiError::NotMade)?))
}

/// How a file is sent.
pub(super) struct Sent {
    pub media_type: &'static str,
    /// Tells this version of it from others, together with its length.
    pub tag: String,
    /// What it is called when it is stored; as in its folder when it is `None`.
    pub name: Option<String>,
    pub download: bool,
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
        let length = file.metadata()?.len();
        Ok::<_, std::io::Error>((path, file, length))
    });
    let (path, file, length) = opened.await?.map_err(|_| ApiError::FileGone)?;
    let etag = format!("\"{}-{length}\"", sent.tag);
    if let Some(unchanged) = reply::unchanged(headers, &etag, ASK_AGAIN) {
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
    reply::keep(&mut reply, &etag, ASK_AGAIN);
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
