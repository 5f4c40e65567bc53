//! What there is to see, as one consistent picture of plain values.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::access::{Advice, Battery, Device, JoiningPhone, NameRequest, Role};
use crate::bus::{Counts, Problem};
use crate::config::Settings;
use crate::control::JobsView;
use crate::domain::{CameraChoice, CameraState, StreamId, Timestamp};
use crate::sources::{SourceInfo, Webcam};
use crate::video::RecorderView;

/// Everything the window shows but pictures (these come from [`crate::bus::Latest`]) and kept frames (from the library).
/// Made anew by the control thread a few times a second and on every change; reading it takes no lock.
#[derive(Debug, Clone)]
pub struct View {
    /// When it was made.
    pub at: Timestamp,
    /// The local camera.
    pub local: LocalCamera,
    /// Webcams that are plugged in.
    pub webcams: Vec<Webcam>,
    /// All streams there are, the local one first.
    pub cameras: Vec<CameraView>,
    /// How a phone joins; `None` while the server is not there.
    pub invitation: Option<Invitation>,
    /// Phones on their way in.
    pub joining: JoiningView,
    /// Addresses of this computer that a phone may reach.
    pub addresses: Vec<IpAddr>,
    /// The LAN server.
    pub server: ServerState,
    /// Devices that ask for a name in use.
    pub requests: Vec<NameRequest>,
    /// Paired devices.
    pub devices: Vec<DeviceView>,
    /// The queue of jobs, as it was when somebody looked last.
    pub jobs: Arc<JobsView>,
    /// What needs a person.
    pub problems: Vec<Problem>,
    /// Where frames are kept.
    pub save_dir: PathBuf,
    /// Free room there, in bytes.
    pub free_bytes: Option<u64>,
    /// The settings as they are.
    pub settings: Arc<Settings>,
}

/// The local camera.
#[derive(Debug, Clone)]
pub struct LocalCamera {
    /// What the operator wants.
    pub choice: CameraChoice,
    /// Whether it should run.
    pub on: bool,
    /// What was opened, while it is.
    pub info: Option<SourceInfo>,
    /// Its stream.
    pub stream: StreamId,
    /// How its recording goes, while there is one.
    pub recording: Option<RecorderView>,
}

/// What a stream comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraKind {
    /// The local webcam, demo or file.
    Local,
    /// A phone or script.
    Remote,
}

/// One stream in the list.
#[derive(Debug, Clone)]
pub struct CameraView {
    /// Which.
    pub stream: StreamId,
    /// Where it comes from.
    pub kind: CameraKind,
    /// What it does.
    pub state: CameraState,
    /// Frames a second lately.
    pub fps: f32,
    /// Its counts.
    pub counts: Counts,
    /// Capture time of its newest frame.
    pub last_frame: Option<Timestamp>,
}

/// How a phone joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The address in the QR code, with the ticket: `https://192.168.1.23:8443/j/…`.
    pub url: String,
    /// The address without the ticket, for people: `https://192.168.1.23:8443`.
    pub address: String,
    /// What whoever scans it may do.
    pub role: Role,
    /// Until when it works.
    pub expires: Timestamp,
    /// The QR code: rows of modules, true is dark, without the quiet zone.
    pub qr: Arc<Vec<Vec<bool>>>,
    /// The fingerprint of the local authority; the phone's help page shows the same.
    pub fingerprint: Fingerprint,
}

/// How people compare the authority between window and phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Eight words.
    pub phrase: String,
    /// The same as four groups of digits, which the phone itself shows of a certificate.
    pub digits: String,
}

/// Phones on their way in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoiningView {
    /// The newest first.
    pub phones: Vec<JoiningPhone>,
    /// Why perhaps none comes; `None` while some do, or before one could have come.
    pub nobody: Option<Advice>,
}

/// The LAN server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerState {
    /// Not yet there.
    Starting,
    /// There.
    Listening(SocketAddr),
    /// Could not start: why and what to do.
    Failed(String),
}

/// A paired device.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// The device.
    pub device: Device,
    /// Whether it was heard of in the last half minute.
    pub online: bool,
    /// Its battery, where its browser tells.
    pub battery: Option<Battery>,
}
