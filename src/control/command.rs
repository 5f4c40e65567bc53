//! What a person may ask.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::access::DeviceId;
use crate::domain::{CameraChoice, FrameId, StreamId, StreamSettings, UserName};

/// One wish of the operator. Carried out on the control thread; what comes of it is seen in the [`crate::control::View`].
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Use another local camera (and start it).
    ChooseCamera(CameraChoice),
    /// Start the local camera.
    StartCamera,
    /// Stop the local camera.
    StopCamera,
    /// Keep new frames in this folder.
    ChangeSaveDir(PathBuf),
    /// Show this address in the QR code; `None`: the best one found.
    ChooseAddress(Option<IpAddr>),
    /// Give a stream settings of its own.
    SetStream(StreamId, StreamSettings),
    /// Let a device have the name that it asked for.
    Approve(DeviceId, UserName),
    /// Do not.
    Refuse(DeviceId),
    /// Give a device another label.
    RenameDevice(DeviceId, String),
    /// Lock a device out.
    Revoke(DeviceId),
    /// Delete a kept frame.
    Delete(FrameId),
    /// Take a deletion back.
    Restore(FrameId),
}
