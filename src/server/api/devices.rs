//! Paired devices, for the operator.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::access::{AccessError, Battery, Device, DeviceId};
use crate::domain::UserName;
use crate::server::error::ApiError;
use crate::server::flow::{Site, now, off_thread};
use crate::server::reply::{self, Reply};

/// A device that was heard of within this time is online.
const ONLINE_WITHIN: Duration = Duration::from_secs(30);

/// The name that a device may have.
#[derive(Deserialize)]
pub struct Approval {
    user: String,
}

/// What of a device is to be another.
#[derive(Deserialize)]
pub struct Change {
    label: Option<String>,
    user: Option<String>,
}

pub fn list(site: &Site) -> Reply {
    let access = &site.parts.access;
    let devices: Vec<_> = access.devices().iter().map(|device| describe(device, access.battery(&device.id))).collect();
    let requests = access.requests();
    let requests: Vec<_> = requests
        .iter()
        .map(|request| {
            json!({ "device": request.device, "label": request.label, "user": request.user, "since": request.since })
        })
        .collect();
    reply::json(StatusCode::OK, &json!({ "devices": devices, "requests": requests }))
}

pub async fn approve(site: &Site, id: &str, approval: Approval) -> Result<Reply, ApiError> {
    let user = UserName::new(&approval.user)?;
    let (access, id) = (Arc::clone(&site.parts.access), known(site, id)?);
    off_thread(move || access.approve(&id, &user)).await?.map_err(gone)?;
    Ok(reply::done())
}

pub fn refuse(site: &Site, id: &str) -> Result<Reply, ApiError> {
    site.parts.access.refuse(&known(site, id)?);
    Ok(reply::done())
}

pub async fn change(site: &Site, id: &str, change: Change) -> Result<Reply, ApiError> {
    let user = change.user.as_deref().map(UserName::new).transpose()?;
    let (access, id) = (Arc::clone(&site.parts.access), known(site, id)?);
    off_thread(move || access.edit(&id, change.label.as_deref(), user.as_ref())).await?.map_err(gone)?;
    Ok(reply::done())
}

pub async fn revoke(site: &Site, id: &str) -> Result<Reply, ApiError> {
    let (access, id) = (Arc::clone(&site.parts.access), known(site, id)?);
    off_thread(move || access.revoke(&id)).await?.map_err(gone)?;
    Ok(reply::done())
}

fn known(site: &Site, id: &str) -> Result<DeviceId, ApiError> {
    let id = DeviceId(id.to_owned());
    site.parts.access.device(&id).map(|device| device.id).ok_or(ApiError::NotFound)
}

/// Here it is another device that is not known, not the one that asks.
fn gone(error: AccessError) -> ApiError {
    match error {
        AccessError::UnknownDevice => ApiError::NotFound,
        other => other.into(),
    }
}

fn describe(device: &Device, battery: Option<Battery>) -> Value {
    json!({
        "id": device.id,
        "label": device.label,
        "role": device.role,
        "user": device.user,
        "paired_at": device.paired_at,
        "last_seen": device.last_seen,
        "battery": battery,
        "online": is_online(device),
    })
}

/// Whether a device was heard of lately.
pub fn is_online(device: &Device) -> bool {
    now().since(device.last_seen) < ONLINE_WITHIN
}
