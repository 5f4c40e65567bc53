//! Webcams on Linux: which there are, what they offer, and how they are opened.
//!
//! nokhwa's own V4L2 backend is not used. Read in its source and measured: it hides how many bytes of a buffer belong to
//! the picture, so that a cut-off picture ends in the remains of an older one; it cannot be woken when a camera stalls;
//! it knows neither GREY nor rates such as 25/2; it fails on the state that another program left; it lists metadata
//! nodes and panics on `/dev/video-name`. Instead [`backend`] is given to nokhwa's `Camera` through the door that it has
//! for this, so that the rest of the code is the same on all systems.

mod backend;
mod stream;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::v4l_sys::{
    V4L2_CAP_DEVICE_CAPS, V4L2_CAP_STREAMING, V4L2_CAP_VIDEO_CAPTURE, v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE,
    v4l2_capability, v4l2_fmtdesc,
};
use v4l::v4l2::{self, vidioc};
use v4l::video::Capture;
use v4l::{Device, Format as V4lFormat, FourCC, Fraction};

use self::backend::Backend;
use super::fault::Fault;
use super::ladder::{Format, Interval, Mode, ladder};
use super::reader::Quit;
use crate::domain::{BlindReason, PixelFormat};
use crate::sources::Webcam;

/// Rungs of the ladder that may fail before giving up. Each may cost a camera half a second; only a full cable is told at
/// once and is not counted.
const RUNGS: usize = 8;
/// How long devices may take to say what they are. One that sleeps takes a moment.
const ANSWER: Duration = Duration::from_millis(400);
/// Sizes and rates asked for when a camera takes any.
const USUAL_SIZES: [(u32, u32); 4] = [(1280, 720), (640, 480), (1920, 1080), (320, 240)];
const USUAL_FPS: [u32; 3] = [30, 25, 15];

/// The formats that Framekeep reads, by the names that V4L2 gives them.
const FORMATS: [(&[u8; 4], Format); 5] = [
    (b"MJPG", Format::Mjpeg),
    (b"YUYV", Format::Raw(PixelFormat::Yuyv)),
    (b"NV12", Format::Raw(PixelFormat::Nv12)),
    (b"GREY", Format::Raw(PixelFormat::Grey)),
    (b"RGB3", Format::Raw(PixelFormat::Rgb)),
];

/// The webcams there are, in order of their number. A camera that may not be opened, or does not answer, is among them, so
/// that the operator learns why it cannot be used.
pub(super) fn list() -> Vec<Webcam> {
    let Ok(entries) = fs::read_dir("/dev") else { return Vec::new() };
    let index = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok();
    let mut indices: Vec<u32> = entries.flatten().filter_map(index).collect();
    indices.sort_unstable();
    let (tell, told) = bounded(indices.len());
    for index in &indices {
        ask(*index, &tell);
    }
    drop(tell);
    let deadline = Instant::now() + ANSWER;
    let mut answers = HashMap::new();
    // Ends at once when all have answered.
    while let Ok((index, answer)) = told.recv_deadline(deadline) {
        answers.insert(index, answer);
    }
    indices.into_iter().filter_map(|index| webcam(index, answers.remove(&index))).collect()
}

/// Name, and whether it gives pictures.
type Answer = Result<(String, bool), Fault>;

/// Devices that have been asked what they are and have not answered yet, and since when.
static ASKED: Mutex<BTreeMap<u32, Instant>> = Mutex::new(BTreeMap::new());

fn asked() -> MutexGuard<'static, BTreeMap<u32, Instant>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it was asked what it is and does not answer.
pub(super) fn is_hanging(index: u32) -> bool {
    asked().get(&index).is_some_and(|since| since.elapsed() >= ANSWER)
}

/// Asks a device what it is, in a thread of its own: a broken one can hang, and must hang nobody else. One that does is
/// not asked again.
fn ask(index: u32, tell: &Sender<(u32, Answer)>) {
    if is_hanging(index) {
        return;
    }
    asked().entry(index).or_insert_with(Instant::now);
    let tell = tell.clone();
    let asking = Builder::new().name(format!("webcam {index}?")).spawn(move || {
        let answer = Device::new(index as usize).and_then(|device| capability(&device)).map_err(Fault::from);
        asked().remove(&index);
        // Nobody listens any more when it comes too late.
        let _ = tell.send((index, answer));
    });
    if asking.is_err() {
        asked().remove(&index);
    }
}

/// `None` for what is no camera: metadata nodes, outputs, decoders.
fn webcam(index: u32, answer: Option<Answer>) -> Option<Webcam> {
    let told = match answer {
        Some(Ok((name, true))) => name,
        Some(Ok((_, false))) => return None,
        Some(Err(fault)) if fault.reason(0) == BlindReason::Unplugged => return None,
        // It may not be opened, or hangs. The nodes of one camera are numbered from 0; the first one gives the pictures.
        _ if attribute(index, "index").is_some_and(|number| number != "0") => return None,
        _ => String::new(),
    };
    let names = [Some(told), attribute(index, "name"), Some(format!("camera {index}"))];
    let name = names.into_iter().flatten().find(|name| !name.is_empty())?;
    Some(Webcam { index, name })
}

fn attribute(index: u32, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/sys/class/video4linux/video{index}/{name}")).ok()?;
    Some(text.trim().to_owned())
}

/// Name, and whether it gives pictures. Asked for directly, because the v4l crate panics on names that are not UTF-8.
fn capability(device: &Device) -> std::io::Result<(String, bool)> {
    // SAFETY: the structure is made of numbers only, for which all zeros are valid.
    let mut answer: v4l2_capability = unsafe { mem::zeroed() };
    // SAFETY: the descriptor is open, and this request writes one such structure.
    unsafe { v4l2::ioctl(device.handle().fd(), vidioc::VIDIOC_QUERYCAP, (&raw mut answer).cast())? };
    let capabilities =
        if answer.capabilities & V4L2_CAP_DEVICE_CAPS == 0 { answer.capabilities } else { answer.device_caps };
    let pictures = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    let name = answer.card.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok((String::from_utf8_lossy(name).trim().to_owned(), capabilities & pictures == pictures))
}

/// Opens a camera in the best of its modes that works, and starts it.
///
/// # Errors
/// Why it could not be opened.
pub(super) fn open(webcam: &Webcam, quit: &Quit) -> Result<(nokhwa::Camera, Mode), Fault> {
    let mut rungs = rungs(&Device::new(webcam.index as usize)?);
    let mut fault = Fault::Unsupported;
    let mut failures = 0;
    while failures < RUNGS && !rungs.is_empty() {
        let mode = rungs.remove(0);
        match start(webcam, mode, quit) {
            Ok(opened) => return Ok(opened),
            Err(error) if !error.depends_on_mode() => return Err(error),
            Err(error) => {
                tracing::info!("{} does not start in {mode:?}: {error}", webcam.name);
                if error.is_for_want_of_bandwidth() {
                    rungs.retain(|rung| rung.may_fit_after(mode));
                } else {
                    failures += 1;
                }
                fault = error;
            }
        }
        if quit.is_set() {
            break;
        }
    }
    Err(fault)
}

/// Each try has a descriptor of its own: closing it is the one way to undo everything that a refused mode left behind.
fn start(webcam: &Webcam, mode: Mode, quit: &Quit) -> Result<(nokhwa::Camera, Mode), Fault> {
    let backend = Backend::prepare(webcam, mode, quit.clone())?;
    let mode = backend.mode();
    let index = nokhwa::utils::CameraIndex::Index(webcam.index);
    let mut camera = nokhwa::Camera::with_custom(index, nokhwa::utils::ApiBackend::Video4Linux, Box::new(backend));
    camera.open_stream()?;
    Ok((camera, mode))
}

fn rungs(device: &Device) -> Vec<Mode> {
    let mut rungs = ladder(&modes(device));
    if rungs.is_empty() {
        rungs.extend(present_mode(device));
    }
    rungs
}

/// All that the camera offers in the formats that we read.
fn modes(device: &Device) -> Vec<Mode> {
    let mut modes = Vec::new();
    for (fourcc, format) in formats(device) {
        for (width, height) in sizes(device, fourcc) {
            let intervals = intervals(device, fourcc, width, height);
            modes.extend(intervals.into_iter().map(|interval| Mode { format, width, height, interval }));
        }
    }
    modes
}

/// Asked for directly, because the v4l crate panics on descriptions that are not UTF-8.
fn formats(device: &Device) -> Vec<(FourCC, Format)> {
    let mut formats = Vec::new();
    for index in 0.. {
        // SAFETY: the structure is made of numbers only, for which all zeros are valid.
        let mut answer: v4l2_fmtdesc = unsafe { mem::zeroed() };
        answer.index = index;
        answer.type_ = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
        // SAFETY: the descriptor is open, and this request reads and writes one such structure.
        if unsafe { v4l2::ioctl(device.handle().fd(), vidioc::VIDIOC_ENUM_FMT, (&raw mut answer).cast()) }.is_err() {
            break;
        }
        let fourcc = FourCC::from(answer.pixelformat);
        formats.extend(format_of(fourcc).map(|format| (fourcc, format)));
    }
    formats
}

fn sizes(device: &Device, fourcc: FourCC) -> Vec<(u32, u32)> {
    let mut sizes = Vec::new();
    for size in device.enum_framesizes(fourcc).unwrap_or_default() {
        match size.size {
            FrameSizeEnum::Discrete(size) => sizes.push((size.width, size.height)),
            FrameSizeEnum::Stepwise(range) => sizes.extend(USUAL_SIZES.map(|(width, height)| {
                (
                    nearest_step(width, range.min_width, range.max_width, range.step_width),
                    nearest_step(height, range.min_height, range.max_height, range.step_height),
                )
            })),
        }
    }
    sizes
}

fn intervals(device: &Device, fourcc: FourCC, width: u32, height: u32) -> Vec<Option<Interval>> {
    let mut intervals = Vec::new();
    for offer in device.enum_frameintervals(fourcc, width, height).unwrap_or_default() {
        match offer.interval {
            FrameIntervalEnum::Discrete(interval) => intervals.push(Some(of_fraction(interval))),
            FrameIntervalEnum::Stepwise(range) => {
                let (shortest, longest) = (of_fraction(range.min), of_fraction(range.max));
                let usual = USUAL_FPS.map(|fps| Interval { numerator: 1, denominator: fps });
                let within = |interval: &Interval| {
                    let fps = interval.fps().unwrap_or_default();
                    shortest.fps().is_none_or(|most| fps <= most) && longest.fps().is_none_or(|least| fps >= least)
                };
                intervals.extend(usual.into_iter().filter(within).map(Some));
                intervals.push(Some(shortest));
            }
        }
    }
    if intervals.is_empty() { vec![None] } else { intervals }
}

/// What a camera that lists nothing is set to.
fn present_mode(device: &Device) -> Option<Mode> {
    let V4lFormat { fourcc, width, height, .. } = device.format().ok()?;
    let interval = device.params().ok().map(|params| of_fraction(params.interval));
    Some(Mode { format: format_of(fourcc)?, width, height, interval })
}

fn format_of(fourcc: FourCC) -> Option<Format> {
    FORMATS.into_iter().find(|(name, _)| fourcc.repr == **name).map(|(_, format)| format)
}

fn fourcc_of(format: Format) -> FourCC {
    // Every format is in the table.
    FORMATS.into_iter().find(|(_, other)| *other == format).map_or(FourCC::new(b"    "), |(name, _)| FourCC::new(name))
}

fn of_fraction(fraction: Fraction) -> Interval {
    Interval { numerator: fraction.numerator, denominator: fraction.denominator }
}

/// The length that a camera with steps can give and that is nearest to, but not above, what is asked for.
fn nearest_step(asked: u32, least: u32, most: u32, step: u32) -> u32 {
    let asked = asked.min(most).max(least);
    asked - (asked - least) % step.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_with_steps_is_asked_for_what_it_can_give() {
        for (asked, least, most, step, expected) in [
            (1280, 16, 4096, 16, 1280),
            (1280, 16, 1000, 16, 992),
            (240, 480, 1080, 2, 480),
            (721, 1, 5000, 0, 721),
            (640, 32, 4000, 48, 608),
        ] {
            assert_eq!(nearest_step(asked, least, most, step), expected);
        }
    }

    #[test]
    fn every_format_has_a_name_that_leads_back_to_it() {
        for (_, format) in FORMATS {
            assert_eq!(format_of(fourcc_of(format)), Some(format));
        }
        assert_eq!(format_of(FourCC::new(b"H264")), None);
    }
}
