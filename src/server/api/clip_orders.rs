//! Orders of films: a time-lapse of a span, a film of picked frames, the mask of a video, the clip of an event with something drawn
//! on it. What is ordered a job makes.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use warp::http::StatusCode;

use super::clips;
use super::recordings;
use super::saved::number;
use crate::domain::{
    CameraName, ClipKind, Draw, EventId, FrameId, RecordingState, SavedFrame, StreamId, Timestamp, UserName,
};
use crate::library::{ClipOrder, FrameQuery, Library, MOST_PER_PAGE, RecordingError};
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, even_out};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// Longest span of a time-lapse: the days of a fortnight have more pictures than anybody looks at.
const LONGEST: Duration = Duration::from_hours(24 * 14);
/// Most frames of a film of picked ones: as many as a film shows.
const MOST_FRAMES: usize = 9000;
/// Frames that a second shows, unless somebody says otherwise: of a time-lapse, and of picked ones, which are to be looked at.
const PER_SECOND: f32 = 30.0;
const PICKED_PER_SECOND: f32 = 5.0;
/// As long as no clip is: for one of which it is not known how long it lasts.
const UNKNOWN: Duration = Duration::from_hours(2);

/// What film is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    #[serde(default = "timelapse")]
    kind: ClipKind,
    user: Option<String>,
    camera: Option<String>,
    event: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    frames: Option<Vec<String>>,
    of: Option<String>,
    per_second: Option<f32>,
    draw: Option<Draw>,
}

fn timelapse() -> ClipKind {
    ClipKind::Timelapse
}

/// Orders a film. It is in the list when it is made.
pub async fn order(site: &Site, principal: &Principal, order: Order) -> Result<Reply, ApiError> {
    if order.per_second.is_some_and(|per_second| !(1.0..=60.0).contains(&per_second)) {
        return Err(ApiError::BadValue("per_second", "a number from 1 to 60"));
    }
    let order = match order.kind {
        ClipKind::Timelapse => time_lapse(principal, &order)?,
        ClipKind::Selection => selection(site, principal, &order).await?,
        ClipKind::Mask => mask(site, principal, &order).await?,
        ClipKind::Drawn => drawn(site, principal, &order).await?,
        ClipKind::Event => return Err(ApiError::BadValue("kind", "timelapse, selection, mask or drawn")),
    };
    let number = order.number;
    let ordered = ask_library(site, move |library| library.order_clip(&order).map(|_| library.clips_changed()));
    ordered.await?.map_err(|error| {
        tracing::warn!(%error, "a film cannot be ordered");
        RecordingError::NoFolder
    })?;
    Ok(reply::json(StatusCode::ACCEPTED, &json!({ "number": number })))
}

fn time_lapse(principal: &Principal, order: &Order) -> Result<ClipOrder, ApiError> {
    let user = principal
        .scope(order.user.as_deref().map(UserName::new).transpose()?)?
        .ok_or(ApiError::BadValue("user", "the user whose frames are to be shown"))?;
    let camera =
        order.camera.as_deref().ok_or(ApiError::BadValue("camera", "the camera whose frames are to be shown"))?;
    let stream = StreamId { user, camera: CameraName::new(camera)? };
    let span = order.from.zip(order.to).map(|(from, to)| (Timestamp::from_millis(from), Timestamp::from_millis(to)));
    let Some((from, to)) = span.filter(|(from, to)| to > from && to.since(*from) <= LONGEST) else {
        return Err(ApiError::BadValue("to", "a time after from, by at most 14 days"));
    };
    let plain = ClipOrder::new(ClipKind::Timelapse, Library::new_clip_number(), &stream, from, Some(to));
    let per_second = order.per_second.unwrap_or(PER_SECOND);
    Ok(ClipOrder { per_second, draw: order.draw.unwrap_or_default(), ..plain })
}

async fn selection(site: &Site, principal: &Principal, order: &Order) -> Result<ClipOrder, ApiError> {
    let begun = Instant::now();
    let picked = picked(site, principal, order).await;
    even_out(begun).await;
    let mut frames = picked?;
    frames.sort_by_key(|frame| (frame.captured_at, frame.seq, frame.id));
    frames.dedup_by_key(|frame| frame.id);
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return Err(ApiError::NotFound) };
    if frames.iter().any(|frame| frame.stream != first.stream) {
        return Err(ApiError::BadValue("frames", "frames of one camera"));
    }
    let (from, to) = (first.captured_at, Some(last.captured_at));
    let plain = ClipOrder::new(ClipKind::Selection, Library::new_clip_number(), &first.stream, from, to);
    Ok(ClipOrder {
        per_second: order.per_second.unwrap_or(PICKED_PER_SECOND),
        draw: order.draw.unwrap_or_default(),
        frames: frames.iter().map(Library::frame_place).collect(),
        shows: frames.iter().map(|frame| frame.id.0).collect(),
        ..plain
    })
}

/// The frames that somebody picked: by their numbers, all of which have to be there and the device's own, or by conditions as in
/// the list of frames.
async fn picked(site: &Site, principal: &Principal, order: &Order) -> Result<Vec<SavedFrame>, ApiError> {
    let user = principal.scope(order.user.as_deref().map(UserName::new).transpose()?)?;
    if let Some(ids) = &order.frames {
        if ids.is_empty() || ids.len() > MOST_PER_PAGE {
            return Err(ApiError::BadValue("frames", "1 to 500 numbers"));
        }
        let ids = ids.iter().map(|id| number::<FrameId>(id)).collect::<Result<Vec<_>, _>>()?;
        let who = principal.clone();
        let found = ask_library(site, move |library| {
            let own = |id| Ok::<_, ApiError>(who.own(library.frame_of(id, user.as_ref())?)?.clone());
            ids.into_iter().map(own).collect()
        });
        return found.await?;
    }
    let query = FrameQuery {
        user,
        camera: order.camera.as_deref().map(CameraName::new).transpose()?,
        event: order.event.map(EventId),
        from: order.from.map(Timestamp::from_millis),
        to: order.to.map(Timestamp::from_millis),
        limit: MOST_PER_PAGE,
        ..FrameQuery::default()
    };
    let found = ask_library(site, move |library| {
        let (mut query, mut frames) = (query, Vec::new());
        loop {
            let page = library.frames(&query)?;
            frames.extend(page.frames);
            query.cursor = page.next;
            if query.cursor.is_none() {
                return Ok(frames);
            } else if frames.len() >= MOST_FRAMES {
                return Err(ApiError::BadValue("to", "conditions that at most 9000 frames fulfil"));
            }
        }
    });
    found.await?
}

/// The mask of a recording that is closed, or of a clip that is none itself.
async fn mask(site: &Site, principal: &Principal, order: &Order) -> Result<ClipOrder, ApiError> {
    let id = order.of.as_deref().ok_or(ApiError::BadValue("of", "the number of a recording or a clip"))?;
    let (stream, place, began_at, shows) = match recordings::find(site, principal, id).await {
        Ok(found) => {
            let recording = &found.recording;
            if recording.state == RecordingState::Open || recording.bytes == 0 {
                return Err(RecordingError::NotFinished.into());
            }
            (recording.stream.clone(), Library::recording_place(recording), recording.started_at, recording.id.0)
        }
        Err(ApiError::NotFound) => {
            let clip = clips::find(site, principal, id).await?;
            if clip.kind == ClipKind::Mask {
                return Err(ApiError::BadValue("of", "a recording, or a clip that is no mask"));
            }
            (clip.stream.clone(), Library::clip_place(&clip), clip.started_at, clip.id.0)
        }
        Err(error) => return Err(error),
    };
    let settings = &site.parts.controls.view().settings;
    let motion = Some(settings.of_stream(&stream).motion.clone());
    let plain = ClipOrder::new(ClipKind::Mask, Library::new_clip_number(), &stream, began_at, Some(began_at));
    Ok(ClipOrder { of: Some(place), of_began_at: Some(began_at), shows: vec![shows], motion, ..plain })
}

/// The clip of an event once more, with something drawn on it. The one that is there stays as it is.
async fn drawn(site: &Site, principal: &Principal, order: &Order) -> Result<ClipOrder, ApiError> {
    let draw = order.draw.filter(|draw| draw.any());
    let draw = draw.ok_or(ApiError::BadValue("draw", "one or more of boxes, time and zones"))?;
    let id = order.of.as_deref().ok_or(ApiError::BadValue("of", "the number of the clip of an event"))?;
    let clip = clips::find(site, principal, id).await?;
    if clip.kind != ClipKind::Event {
        return Err(ApiError::BadValue("of", "the number of the clip of an event"));
    }
    let (from, lasts) = (clip.started_at, clip.duration_ms.map_or(UNKNOWN, Duration::from_millis));
    let plain = ClipOrder::new(ClipKind::Drawn, Library::new_clip_number(), &clip.stream, from, Some(from.plus(lasts)));
    Ok(ClipOrder { of: Some(Library::clip_place(&clip)), shows: vec![clip.id.0], draw, ..plain })
}
