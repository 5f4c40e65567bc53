//! Many frames at once: into the trash, and back.

use std::time::Instant;

use serde::Deserialize;
use serde_json::json;
use warp::http::StatusCode;

use crate::domain::FrameId;
use crate::library::MOST_PER_PAGE;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, even_out};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// What a person has picked.
#[derive(Deserialize)]
pub struct Picked {
    frames: Vec<String>,
}

/// Deletes the frames that are there and the device's own; tells which. A number of somebody else's frame is left out like
/// one that no frame has.
pub async fn fill(site: &Site, principal: &Principal, picked: &Picked) -> Result<Reply, ApiError> {
    let (begun, ids, who) = (Instant::now(), ids(picked)?, principal.clone());
    let whose = who.scope(None)?;
    let done = ask_library(site, move |library| {
        let mut done = Vec::new();
        for id in ids {
            if who.own(library.frame_of(id, whose.as_ref())?).is_ok() && library.delete(id)?.is_some() {
                done.push(id);
            }
        }
        Ok::<_, ApiError>(done)
    });
    let frames = done.await??;
    even_out(begun).await;
    Ok(reply::json(StatusCode::OK, &json!({ "frames": frames })))
}

/// Brings frames back that were deleted in the last ten minutes; tells which.
pub async fn empty(site: &Site, principal: &Principal, picked: &Picked) -> Result<Reply, ApiError> {
    let (begun, ids, who) = (Instant::now(), ids(picked)?, principal.clone());
    let done = ask_library(site, move |library| {
        let mut done = Vec::new();
        for id in ids {
            if who.own(library.deleted(id)?).is_ok() && library.restore(id)?.is_some() {
                done.push(id);
            }
        }
        Ok::<_, ApiError>(done)
    });
    let frames = done.await??;
    even_out(begun).await;
    Ok(reply::json(StatusCode::OK, &json!({ "frames": frames })))
}

fn ids(picked: &Picked) -> Result<Vec<FrameId>, ApiError> {
    if picked.frames.len() > MOST_PER_PAGE {
        return Err(ApiError::BadValue("frames", "at most 500 numbers"));
    }
    // What is no number is the number of no frame.
    Ok(picked.frames.iter().filter_map(|text| super::saved::number::<FrameId>(text).ok()).collect())
}
