//! Who this device is, and which user it acts for.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use warp::http::header::{HeaderName, SET_COOKIE};
use warp::http::{HeaderMap, StatusCode};

use crate::access::{Battery, NameChoice, Told};
use crate::bus::Problem;
use crate::domain::UserName;
use crate::library::Library;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, now, off_thread};
use crate::server::joining::agent;
use crate::server::reply::{self, Reply};
use crate::server::session::{Principal, clear_cookie};

/// Most frames a second that a phone is asked to send.
const MAX_FPS: u32 = 15;

/// What a device sends to pick its user.
#[derive(Deserialize)]
pub struct Choice {
    user: String,
}

/// What a page tells on its way, and of its battery.
#[derive(Deserialize)]
pub struct Progress {
    step: Option<Told>,
    battery: Option<Battery>,
}

pub fn me(site: &Site, principal: &Principal) -> Result<Reply, ApiError> {
    // Read again: the operator may have said yes since the session was checked.
    let device = site.parts.access.device(principal.id()).ok_or(ApiError::UnknownSession)?;
    let pending = pending(site, principal);
    Ok(reply::json(
        StatusCode::OK,
        &json!({
            "device": { "id": device.id, "label": device.label, "role": device.role },
            "user": device.user,
            "pending": pending,
            "now": now(),
            "max_fps": MAX_FPS,
            "problems": problems(&site.parts.problems.list()),
        }),
    ))
}

pub async fn choose_user(site: &Site, principal: &Principal, choice: Choice) -> Result<Reply, ApiError> {
    let user = UserName::new(&choice.user)?;
    match claim(site, principal, &user).await? {
        NameChoice::Granted => {
            // As the one who had the name first spells it.
            let user = site.parts.access.device(principal.id()).and_then(|device| device.user).unwrap_or(user);
            Ok(reply::json(StatusCode::OK, &json!({ "user": user, "status": "granted" })))
        }
        NameChoice::Asked => Ok(reply::json(StatusCode::ACCEPTED, &json!({ "user": user, "status": "asked" }))),
    }
}

pub fn progress(
    site: &Site,
    principal: &Principal,
    from: SocketAddr,
    headers: &HeaderMap,
    progress: &Progress,
) -> Result<Reply, ApiError> {
    let access = &site.parts.access;
    if let Some(battery) = progress.battery {
        if battery.percent > 100 {
            return Err(ApiError::BadValue("percent", "a number from 0 to 100"));
        }
        access.note_battery(principal.id(), battery);
    }
    if let Some(told) = progress.step {
        access.joining().told(from.ip(), agent(headers), &principal.device, told, now());
    }
    Ok(reply::done())
}

pub async fn sign_out(site: &Site, principal: &Principal) -> Result<Reply, ApiError> {
    let (access, device) = (Arc::clone(&site.parts.access), principal.id().clone());
    off_thread(move || access.revoke(&device)).await??;
    let mut reply = reply::done();
    reply::set(&mut reply, SET_COOKIE, &clear_cookie());
    // Pictures that the browser was allowed to keep go with the session.
    reply::set(&mut reply, HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"");
    Ok(reply)
}

/// Asks for a name on behalf of a device. A name under which somebody has kept frames is in use, even when no device has
/// it any more, and so is the operator's own.
pub async fn claim(site: &Site, principal: &Principal, user: &UserName) -> Result<NameChoice, ApiError> {
    let local = site.parts.controls.view().settings.local_user == *user;
    let taken = local || ask_library(site, Library::users).await??.contains(user);
    let (access, device, user) = (Arc::clone(&site.parts.access), principal.id().clone(), user.clone());
    Ok(off_thread(move || access.choose_user(&device, &user, taken, now())).await??)
}

/// The name that a device asked for and that the operator has not answered.
pub fn pending(site: &Site, principal: &Principal) -> Option<UserName> {
    let requests = site.parts.access.requests();
    requests.into_iter().find(|request| request.device == *principal.id()).map(|request| request.user)
}

/// Problems as a phone shows them.
pub fn problems(list: &[Problem]) -> serde_json::Value {
    let public = list.iter().map(Problem::in_public);
    public.map(|problem| json!({ "kind": problem.kind, "what": problem.what, "todo": problem.todo })).collect()
}
