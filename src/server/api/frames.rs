//! Frames from phones and scripts: one picture in, what became of it out.

use std::time::Duration;

use serde_json::{Value, json};
use warp::http::header::CONTENT_TYPE;
use warp::http::{HeaderMap, StatusCode};

use crate::bus::ProblemKind;
use crate::domain::{CameraName, EventId, PictureFormat, StreamId, Timestamp, UserName};
use crate::intake::Upload;
use crate::pipeline::{FrameOutcome, Judged, Kept, Order, Wish};
use crate::server::body::Loaded;
use crate::server::error::ApiError;
use crate::server::flow::{Request, Site, ask_library, now};
use crate::server::query::{Query, header_number};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// How long a client waits for what became of its frame. The frame itself goes its way in any case.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub async fn post(
    site: &Site,
    principal: &Principal,
    camera: &str,
    request: &mut Request,
    max_bytes: usize,
) -> Result<Reply, ApiError> {
    let order = match judged(&request.query)? {
        Some(judged) => {
            let judged = of_own_event(site, principal, camera, judged).await?;
            Order { wish: Wish::Judged(judged), late: request.query.has("late"), moved: false }
        }
        None => Wish::ByRule.into(),
    };
    // The room that the body takes is given back when all is done with it.
    let (upload, _loaded) = read(site, principal, camera, request, order, max_bytes).await?;
    let answer = take_in(site, upload).await?;
    site.parts.access.joining().frame(principal.id(), now());
    Ok(reply::json(StatusCode::OK, &answer))
}

/// Reads one picture with what its headers say of it.
///
/// # Errors
/// What is wrong with name, headers or body.
pub async fn read(
    site: &Site,
    principal: &Principal,
    camera: &str,
    request: &mut Request,
    order: Order,
    max_bytes: usize,
) -> Result<(Upload, Loaded), ApiError> {
    let user = principal.user()?.clone();
    let camera = CameraName::new(camera)?;
    let headers = &request.headers;
    let claimed = claimed(headers)?;
    let seq = header_number(headers, "x-seq")?;
    let captured_at = captured_at(headers)?;
    let loaded = request.body.read(max_bytes).await.inspect_err(|error| {
        if matches!(error, ApiError::Crowded | ApiError::TooMany) {
            dropped(site, principal, camera.as_str());
        }
    })?;
    Ok((Upload { user, camera, seq, captured_at, claimed, order, bytes: loaded.bytes.clone() }, loaded))
}

/// What a sender was told of a picture whose preview was looked at: `?judged&score=0.03&event=12&peak`.
fn judged(query: &Query) -> Result<Option<Judged>, ApiError> {
    if !query.has("judged") {
        return Ok(None);
    }
    let score = query.text("score").unwrap_or("0").parse().ok().filter(|score| (0.0_f32..=1.0).contains(score));
    let score = score.ok_or(ApiError::BadValue("score", "a number from 0 to 1"))?;
    let event = query.number("event")?.map(EventId);
    Ok(Some(Judged { score, event, peak: query.has("peak") }))
}

/// Nobody hangs pictures onto an event of another camera: of such a one only the picture is taken.
async fn of_own_event(site: &Site, principal: &Principal, camera: &str, judged: Judged) -> Result<Judged, ApiError> {
    let Some(id) = judged.event else { return Ok(judged) };
    let stream = StreamId { user: principal.user()?.clone(), camera: CameraName::new(camera)? };
    let event = ask_library(site, move |library| library.event(id)).await??;
    let own = event.is_some_and(|event| event.stream == stream);
    Ok(if own { judged } else { Judged { event: None, peak: false, ..judged } })
}

/// Counts a frame that was turned away before it came to the door, for a camera that was seen before.
pub fn dropped(site: &Site, principal: &Principal, camera: &str) {
    let (Ok(user), Ok(camera)) = (principal.user(), CameraName::new(camera)) else { return };
    let stream = StreamId { user: user.clone(), camera };
    if site.parts.latest.summary(&stream).is_some() {
        site.parts.latest.dropped(&stream);
    }
}

/// Hands a picture to the door, waits for what becomes of it and says so in JSON.
///
/// # Errors
/// What the door says, [`ApiError::NotSaved`] when the frame should have been kept and is not.
pub async fn take_in(site: &Site, upload: Upload) -> Result<Value, ApiError> {
    let stream = super::cameras::remote(site, upload.user.clone(), upload.camera.clone())?;
    let preview = matches!(upload.order.wish, Wish::Preview { .. });
    let outcome = tokio::time::timeout(ANSWER_WITHIN, site.parts.door.upload(upload, now()));
    let outcome = outcome.await.map_err(|_| ApiError::NoAnswer)??;
    let answer = describe(site, &stream, &outcome, preview);
    match outcome.kept {
        Kept::Failed(details) => Err(ApiError::NotSaved { why: why_not(site), details, outcome: answer }),
        Kept::Saved(_) | Kept::NotAsked | Kept::Wanted { .. } | Kept::Best => Ok(answer),
    }
}

/// Why frames are not kept, as far as everyone may know.
fn why_not(site: &Site) -> &'static str {
    let known = site.parts.problems.list().into_iter().find_map(|problem| match problem.kind {
        ProblemKind::DiskFull => Some("the disk of the save folder is full"),
        ProblemKind::SaveFolder => Some("the save folder cannot be reached"),
        _ => None,
    });
    known.unwrap_or("it could not be written")
}

fn describe(site: &Site, stream: &StreamId, outcome: &FrameOutcome, preview: bool) -> Value {
    let (frame, since) = match &outcome.kept {
        Kept::Saved(frame) => (Some(frame.id), None),
        Kept::Wanted { since } => (None, Some(since)),
        Kept::NotAsked | Kept::Failed(_) | Kept::Best => (None, None),
    };
    let mut answer = json!({
        "seq": outcome.seq,
        "motion": outcome.verdict.is_motion(),
        "verdict": outcome.verdict,
        "score": outcome.score,
        "saved": frame.is_some(),
        "frame": frame,
        "event": outcome.event,
        "interval_ms": u64::try_from(outcome.interval.as_millis()).unwrap_or(u64::MAX),
        "counts": site.parts.latest.summary(stream).map(|summary| summary.counts).unwrap_or_default(),
        "lively": outcome.lively,
    });
    if preview {
        answer["wanted_since"] = json!(since);
        answer["best"] = json!(matches!(outcome.kept, Kept::Best));
    }
    answer
}

/// What the sender says that the body is; `None` when it leaves that open.
///
/// # Errors
/// [`ApiError::UnsupportedType`] when it is no picture by its own words.
pub fn claimed(headers: &HeaderMap) -> Result<Option<PictureFormat>, ApiError> {
    match headers.get(CONTENT_TYPE) {
        None => Ok(None),
        Some(value) => claimed_format(value.to_str().map_err(|_| ApiError::UnsupportedType)?),
    }
}

/// The picture format of a media type. An unnamed kind of bytes is left open.
///
/// # Errors
/// [`ApiError::UnsupportedType`] for any other kind.
pub fn claimed_format(media_type: &str) -> Result<Option<PictureFormat>, ApiError> {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/jpeg" | "image/jpg" | "image/pjpeg" => Ok(Some(PictureFormat::Jpeg)),
        "image/png" => Ok(Some(PictureFormat::Png)),
        "image/webp" => Ok(Some(PictureFormat::WebP)),
        "application/octet-stream" | "" => Ok(None),
        _ => Err(ApiError::UnsupportedType),
    }
}

/// The capture time in the headers.
///
/// # Errors
/// [`ApiError::BadTime`] when it is no number.
pub fn captured_at(headers: &HeaderMap) -> Result<Option<Timestamp>, ApiError> {
    let millis =
        header_number(headers, "x-captured-at").map_err(|_| ApiError::BadTime("X-Captured-At is no whole number"))?;
    Ok(millis.map(Timestamp::from_millis))
}

/// The user under whose name a device may send: the name that it gives, when it is its own; the operator may give any.
/// A device without a name claims the one that it gives.
///
/// # Errors
/// [`ApiError::NotYourUser`] for somebody else's name, [`ApiError::NameAsked`] when the operator is asked first.
pub async fn sender(site: &Site, principal: &Principal, named: Option<&str>) -> Result<UserName, ApiError> {
    let named = named.map(str::trim).filter(|name| !name.is_empty()).map(UserName::new).transpose()?;
    match (named, &principal.device.user) {
        (Some(named), _) if principal.is_operator() => Ok(named),
        (None, Some(own)) => Ok(own.clone()),
        (Some(named), Some(own)) if named == *own => Ok(own.clone()),
        (Some(_), Some(_)) => Err(ApiError::NotYourUser),
        (None, None) => Err(ApiError::NoUser),
        (Some(named), None) => match super::me::claim(site, principal, &named).await? {
            crate::access::NameChoice::Granted => Ok(named),
            crate::access::NameChoice::Asked => Err(ApiError::NameAsked(named)),
        },
    }
}
