//! Cameras: what they do, told to the operator and by the phones.

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::control::CameraKind;
use crate::domain::{BlindCause, BlindReason, CameraChoice, CameraName, CameraState, StreamId, Timestamp, UserName};
use crate::server::error::ApiError;
use crate::server::flow::{Site, now};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// What a phone tells of its camera.
#[derive(Deserialize)]
pub struct Told {
    state: ToldState,
    /// From when to when the phone was offline.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ToldState {
    Live,
    Hidden,
    Taken,
    Muted,
    Stopped,
    Offline,
    Weak,
}

/// The stream of a device's camera. What the local camera gives is no other's to send.
///
/// # Errors
/// [`ApiError::LocalCamera`] for that one.
pub fn remote(site: &Site, user: UserName, camera: CameraName) -> Result<StreamId, ApiError> {
    let stream = StreamId { user, camera };
    let local = &site.parts.controls.view().local;
    if local.choice != CameraChoice::None && local.stream == stream {
        return Err(ApiError::LocalCamera);
    }
    Ok(stream)
}

pub fn tell_state(site: &Site, principal: &Principal, camera: &str, told: &Told) -> Result<Reply, ApiError> {
    let stream = remote(site, principal.user()?.clone(), CameraName::new(camera)?)?;
    let ledger = site.parts.latest.ledger();
    let reason = match told.state {
        // What was, and what may be: neither says what the camera does now.
        ToldState::Offline => {
            let (Some(from), Some(to)) = (told.from, told.to) else {
                return Err(ApiError::BadValue("from", "the time at which the network went, with `to`"));
            };
            ledger.was_blind(&stream, (from, to), BlindCause::Offline);
            return Ok(reply::done());
        }
        ToldState::Weak => {
            ledger.is_weak(&stream);
            return Ok(reply::done());
        }
        ToldState::Live => BlindReason::Starting,
        ToldState::Hidden => BlindReason::PageHidden,
        ToldState::Taken => BlindReason::Taken,
        ToldState::Muted => BlindReason::Muted,
        ToldState::Stopped => BlindReason::Left,
    };
    let blind = site.parts.latest.summary(&stream).is_some_and(|seen| matches!(seen.state, CameraState::Blind { .. }));
    // A camera that is seen already is live without being told so.
    if blind || !matches!(told.state, ToldState::Live) {
        site.parts.door.blind(&stream, now(), reason);
    }
    Ok(reply::done())
}

pub fn list(site: &Site) -> Reply {
    let view = site.parts.controls.view();
    let cameras = site.parts.latest.summaries().into_iter().map(|seen| {
        let kind = match view.cameras.iter().find(|camera| camera.stream == seen.stream).map(|camera| camera.kind) {
            Some(CameraKind::Local) => "local",
            // The view lags behind by a moment; what it does not know yet came over the network.
            Some(CameraKind::Remote) | None => "remote",
        };
        let mut camera = describe(&seen.stream, &seen.state);
        camera["kind"] = json!(kind);
        camera["fps"] = json!(seen.view.as_ref().map_or(0.0, |view| view.fps));
        camera["counts"] = json!(seen.counts);
        camera["last_frame"] = json!(seen.last_frame);
        camera
    });
    reply::json(StatusCode::OK, &json!({ "cameras": cameras.collect::<Vec<_>>() }))
}

/// A camera and its state as the interface writes them: flat, with the words that the screens show.
pub fn describe(stream: &StreamId, state: &CameraState) -> Value {
    let mut camera = json!({ "user": stream.user, "camera": stream.camera });
    match state {
        CameraState::Motion => {
            camera["state"] = json!("motion");
            camera["words"] = json!("Motion");
        }
        CameraState::Still => {
            camera["state"] = json!("still");
            camera["words"] = json!("Still");
        }
        CameraState::Blind { since, reason } => {
            camera["state"] = json!("blind");
            camera["since"] = json!(since);
            // The reason writes itself as one object of a tag and, for some, a detail; here they are flat.
            let written = json!(reason);
            camera["reason"] = written["reason"].clone();
            camera["detail"] = written["detail"].clone();
            camera["words"] = json!(format!("Blind: {reason}"));
        }
    }
    camera
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_written_flat_and_in_words() {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let still = json!({ "user": "Anna", "camera": "front", "state": "still", "words": "Still" });
        assert_eq!(describe(&stream, &CameraState::Still), still);
        let reason = BlindReason::Other("the lens is off".into());
        let blind = describe(&stream, &CameraState::Blind { since: Timestamp::from_millis(7), reason });
        assert_eq!(blind["reason"], "other");
        assert_eq!(blind["detail"], "the lens is off");
        assert_eq!(blind["since"], 7);
        assert_eq!(blind["words"], "Blind: the lens is off");
    }
}
