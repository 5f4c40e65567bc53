//! Who may: tickets, devices, tokens, users.
//!
//! A ticket pairs one browser once. The browser becomes a device with a secret token and picks its user. Only hashes of
//! tokens are stored, one file a device, so that `framekeep token` can add one while the program runs.
//! It knows no HTTP and reads no clock: times are arguments.

use std::path::Path;

use crate::bus::Bus;
use crate::domain::{Timestamp, UserName};

/// What a ticket or a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends frames and sees its own user's.
    Camera,
    /// May do all that the window may.
    Operator,
}

/// Number of a device: 16 hexadecimal digits, no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub String);

/// A paired browser or script.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Device {
    pub id: DeviceId,
    /// What it calls itself, for people: "iPhone, Safari", "script".
    pub label: String,
    pub role: Role,
    /// The user it acts for, once it has picked one and may.
    pub user: Option<UserName>,
    pub paired_at: Timestamp,
    pub last_seen: Timestamp,
}

/// A device that asks for a name that another device uses.
#[derive(Debug, Clone)]
pub struct NameRequest {
    pub device: DeviceId,
    pub label: String,
    pub user: UserName,
    pub since: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameChoice {
    /// The device acts for that user from now on.
    Granted,
    /// Another device has that name: the operator is asked.
    Asked,
}

/// A fresh ticket: the secret part of the QR code's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub secret: String,
    pub expires: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("this code is not known; scan the code on the screen again")]
    Unknown,
    #[error("this code was used already; scan the code on the screen again")]
    Used,
    #[error("this code has expired; scan the code on the screen again")]
    Expired,
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("failed to write {path}: {source}; check the data folder")]
    Write { path: std::path::PathBuf, source: std::io::Error },
    #[error("failed to read {path}: {source}; check the data folder")]
    Read { path: std::path::PathBuf, source: std::io::Error },
    #[error("this device is not known; pair it again")]
    UnknownDevice,
}

pub struct Access;

impl Access {
    pub fn open(_dir: &Path, _bus: Bus) -> Result<Self, AccessError> {
        todo!()
    }
    /// The ticket that the QR code shows now: the same until it is used or expires, then a fresh one.
    pub fn ticket(&self, _role: Role, _now: Timestamp) -> Ticket {
        todo!()
    }
    /// Pairs a device. Returns it and its token (base64url, 256 bits), which is stored nowhere.
    pub fn redeem(
        &self,
        _secret: &str,
        _label: &str,
        _now: Timestamp,
    ) -> Result<Result<(Device, String), TicketError>, AccessError> {
        todo!()
    }
    /// Makes a device for a script, acting for `user` at once (takes the name without asking: the caller is the operator).
    pub fn create_token(
        &self,
        _user: &UserName,
        _label: &str,
        _now: Timestamp,
    ) -> Result<(Device, String), AccessError> {
        todo!()
    }
    /// The device of a token, or `None` when it is unknown or revoked. Notes when it was last seen (in memory).
    pub fn authenticate(&self, _token: &str, _now: Timestamp) -> Option<Device> {
        todo!()
    }
    pub fn device(&self, _id: &DeviceId) -> Option<Device> {
        todo!()
    }
    pub fn devices(&self) -> Vec<Device> {
        todo!()
    }
    pub fn requests(&self) -> Vec<NameRequest> {
        todo!()
    }
    /// A device picks its user. A name in use by another device (or that has kept frames, `taken`) needs the operator's yes.
    pub fn choose_user(
        &self,
        _device: &DeviceId,
        _user: &UserName,
        _taken: bool,
        _now: Timestamp,
    ) -> Result<NameChoice, AccessError> {
        todo!()
    }
    pub fn approve(&self, _device: &DeviceId, _user: &UserName) -> Result<(), AccessError> {
        todo!()
    }
    pub fn refuse(&self, _device: &DeviceId) {
        todo!()
    }
    pub fn rename(&self, _device: &DeviceId, _label: &str) -> Result<(), AccessError> {
        todo!()
    }
    pub fn revoke(&self, _device: &DeviceId) -> Result<(), AccessError> {
        todo!()
    }
}
