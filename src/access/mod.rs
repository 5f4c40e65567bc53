//! Who may: tickets, devices, tokens, users; and who is on the way in.
//!
//! A ticket pairs one browser once. The browser becomes a device with a secret token and picks its user. Only hashes of
//! tokens are stored, one file a device, so that `framekeep token` can add one while the program runs.
//! It knows no HTTP and reads no clock: times are arguments.

mod files;
mod gate;
mod joining;
mod label;
mod secret;
mod tickets;

pub use files::installation;
pub use gate::{Access, MAX_DEVICES};
pub use joining::{Advice, Joining, JoiningPhone, Knock, Platform, Step, Told, Trouble};
pub use tickets::{Ticket, TicketError};

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, UserName};

/// What a ticket or a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends frames and sees its own user's.
    Camera,
    /// Sees what everybody's cameras see and kept, sends and changes nothing.
    Viewer,
    /// May do all that the window may.
    Operator,
}

/// Number of a device: 16 hexadecimal digits, no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub String);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A paired browser or script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its number.
    pub id: DeviceId,
    /// What it calls itself, for people: "iPhone, Safari", "script". At most 60 characters, none of them invisible.
    pub label: String,
    /// What it may do.
    pub role: Role,
    /// The user it acts for, once it has picked one and may.
    pub user: Option<UserName>,
    /// When it was paired.
    pub paired_at: Timestamp,
    /// When it last showed its token. Kept in memory and written about once a minute.
    pub last_seen: Timestamp,
}

/// What a device told of its battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Battery {
    /// How full it is, 0 to 100.
    pub percent: u8,
    /// Whether it is being charged.
    pub charging: bool,
}

/// A device that asks for a name that another device uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRequest {
    /// Who asks.
    pub device: DeviceId,
    /// What it calls itself.
    pub label: String,
    /// The name it asks for, as its owner before it spelled it.
    pub user: UserName,
    /// Since when it waits.
    pub since: Timestamp,
}

/// What comes of picking a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameChoice {
    /// The device acts for that user from now on.
    Granted,
    /// Another device has that name: the operator is asked.
    Asked,
}

/// Why something about devices could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A device could not be written or deleted.
    #[error("failed to write {path}: {source}; check the data folder")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The devices could not be read.
    #[error("failed to read {path}: {source}; check the data folder")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was never paired, or it was revoked.
    #[error("this device is not known; pair it again")]
    UnknownDevice,
    /// The operator's yes came after the device had withdrawn its request or asked for another name.
    #[error("this device does not ask for that name any more; look at the list of requests again")]
    NoRequest,
    /// [`MAX_DEVICES`] are paired.
    #[error("{MAX_DEVICES} devices are paired already; revoke those that are not used")]
    TooManyDevices,
}
