//! The files of recordings: the video as it came, the one that was made of it to be played, and the strip of small pictures.

use std::sync::Arc;

use warp::http::HeaderMap;

use super::file_reply::{ASK_AGAIN, Sent, send};
use super::recordings::find;
use crate::domain::{MadeVideo, Recording, RecordingState};
use crate::library::{RecordingError, STRIP, made_video};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::reply::Reply;
use crate::server::session::Principal;

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
    let sent = Sent {
        media_type: found.format.media_type(),
        tag: found.id.to_string(),
        name: None,
        download,
        keep: ASK_AGAIN,
    };
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
    let sent = Sent { media_type: made.format.media_type(), tag, name: Some(name), download, keep: ASK_AGAIN };
    send(site, move |library| library.made_file(made.recording, &made_video(&made)), sent, headers).await
}

/// Small pictures of it, in the places that its `strip` tells.
pub async fn strip(site: &Arc<Site>, principal: &Principal, id: &str, headers: &HeaderMap) -> Result<Reply, ApiError> {
    let (recording, made) = made_of(site, principal, id).await?;
    let tag = format!("{}-strip-{}", recording.id, made.of_bytes);
    let sent = Sent { media_type: "image/jpeg", tag, name: None, download: false, keep: ASK_AGAIN };
    send(site, move |library| library.made_file(made.recording, STRIP), sent, headers).await
}

async fn made_of(site: &Site, principal: &Principal, id: &str) -> Result<(Recording, MadeVideo), ApiError> {
    let recording = find(site, principal, id).await?.recording.clone();
    let asked = recording.clone();
    let made = ask_library(site, move |library| library.made(&asked)).await??;
    Ok((recording, made.ok_or(ApiError::NotMade)?))
}
