//! Webcams on macOS and Windows, by nokhwa's own backends.
//!
//! A camera that stalls cannot be woken there: its reader is left behind.

use std::collections::BTreeSet;

use nokhwa::Camera;
use nokhwa::utils::{ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};

use super::fault::Fault;
use super::ladder::{Format, Interval, Mode, ladder};
use super::reader::Quit;
use crate::domain::PixelFormat;
use crate::sources::Webcam;

/// Rungs of the ladder that are tried before giving up.
const RUNGS: usize = 8;

const FORMATS: [(FrameFormat, Format); 5] = [
    (FrameFormat::MJPEG, Format::Mjpeg),
    (FrameFormat::YUYV, Format::Raw(PixelFormat::Yuyv)),
    (FrameFormat::NV12, Format::Raw(PixelFormat::Nv12)),
    (FrameFormat::GRAY, Format::Raw(PixelFormat::Grey)),
    (FrameFormat::RAWRGB, Format::Raw(PixelFormat::Rgb)),
];

/// The webcams there are, in order of their number.
pub(super) fn list() -> Vec<Webcam> {
    let mut seen = BTreeSet::new();
    let mut webcams: Vec<Webcam> = nokhwa::query(ApiBackend::Auto)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|info| Some(Webcam { index: info.index().as_index().ok()?, name: info.human_name() }))
        .filter(|webcam| seen.insert(webcam.index))
        .collect();
    webcams.sort_by_key(|webcam| webcam.index);
    webcams
}

/// Listing asks no camera here.
pub(super) fn is_hanging(_: u32) -> bool {
    false
}

/// Opens a camera in the best of its modes that works, and starts it.
///
/// # Errors
/// Why it could not be opened.
pub(super) fn open(webcam: &Webcam, quit: &Quit) -> Result<(Camera, Mode), Fault> {
    if !is_permitted() {
        return Err(Fault::System {
            code: Some(NO_PERMISSION),
            text: "the camera is not allowed in System Settings".into(),
        });
    }
    let index = CameraIndex::Index(webcam.index);
    let frame_formats = FORMATS.map(|(frame_format, _)| frame_format);
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &frame_formats);
    let offers = Camera::new(index.clone(), any)?.compatible_camera_formats()?;
    let modes: Vec<Mode> = offers.iter().filter_map(mode_of).collect();
    let mut fault = Fault::Unsupported;
    for mode in ladder(&modes).into_iter().take(RUNGS) {
        let Some(exact) = camera_format_of(mode) else { continue };
        let request = RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &frame_formats);
        let opened = Camera::new(index.clone(), request).and_then(|mut camera| {
            camera.open_stream()?;
            Ok(camera)
        });
        match opened {
            Ok(camera) => return Ok((camera, mode)),
            Err(error) => fault = error.into(),
        }
        if quit.is_set() {
            break;
        }
    }
    Err(fault)
}

/// EACCES.
const NO_PERMISSION: i32 = 13;

/// macOS asks its user once. The answer is awaited here, in the reader's thread, which may hang for as long as it likes;
/// the other systems answer at once.
fn is_permitted() -> bool {
    let (tell, told) = crossbeam_channel::bounded(1);
    nokhwa::nokhwa_initialize(move |granted| {
        let _ = tell.try_send(granted);
    });
    told.recv().unwrap_or(false)
}

fn mode_of(offer: &CameraFormat) -> Option<Mode> {
    let (_, format) = FORMATS.into_iter().find(|(frame_format, _)| *frame_format == offer.format())?;
    let interval = Some(Interval { numerator: 1, denominator: offer.frame_rate() });
    Some(Mode { format, width: offer.width(), height: offer.height(), interval })
}

fn camera_format_of(mode: Mode) -> Option<CameraFormat> {
    let (frame_format, _) = FORMATS.into_iter().find(|(_, format)| *format == mode.format)?;
    Some(CameraFormat::new_from(mode.width, mode.height, frame_format, mode.interval?.denominator))
}
