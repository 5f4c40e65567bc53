//! A V4L2 device as nokhwa's `Camera` wants it: set to one mode, read picture by picture.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nokhwa::utils::{
    ApiBackend, CameraControl, CameraFormat, CameraIndex, CameraInfo, ControlValueSetter, FrameFormat,
    KnownCameraControl, Resolution,
};
use nokhwa::{Buffer, NokhwaError};
use nokhwa_traits::CaptureBackendTrait;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format as V4lFormat, Fraction};

use super::stream::{Filled, Stream};
use super::{format_of, fourcc_of, of_fraction};
use crate::domain::PixelFormat;
use crate::sources::Webcam;
use crate::sources::webcam::fault::Fault;
use crate::sources::webcam::ladder::{Format, Mode};
use crate::sources::webcam::reader::Quit;

use nokhwa::camera_traits as nokhwa_traits;

/// How long one wait for a picture lasts before it is asked whether to go on.
const SLICE: Duration = Duration::from_millis(100);

/// One device in one mode.
pub(super) struct Backend {
    // Before the device, so that it is dropped first.
    stream: Option<Stream>,
    device: Device,
    mode: Mode,
    /// Bytes from one row to the next; 0 for compressed pictures.
    stride: usize,
    info: CameraInfo,
    quit: Quit,
}

impl Backend {
    /// Opens the device and sets it to a mode, whatever state another program left it in.
    ///
    /// # Errors
    /// The system's, or [`Fault::Unsupported`] when the driver answers with another format than the one asked for.
    pub(super) fn prepare(webcam: &Webcam, asked: Mode, quit: Quit) -> Result<Self, Fault> {
        let device = Device::new(webcam.index as usize)?;
        let set = device.set_format(&V4lFormat::new(asked.width, asked.height, fourcc_of(asked.format)))?;
        if format_of(set.fourcc) != Some(asked.format) {
            return Err(Fault::Unsupported);
        }
        if let Some(interval) = asked.interval {
            let interval = Fraction::new(interval.numerator, interval.denominator);
            // Some drivers have one rate and refuse to be asked for it.
            if let Err(error) = device.set_params(&Parameters::new(interval)) {
                let fault = Fault::from(error);
                if !fault.depends_on_mode() {
                    return Err(fault);
                }
            }
        }
        // What the driver made of the wish is what counts.
        let told = device.params().ok().map(|params| of_fraction(params.interval));
        let interval = told.filter(|interval| interval.fps().is_some()).or(asked.interval);
        let mode = Mode { width: set.width, height: set.height, interval, ..asked };
        let index = CameraIndex::Index(webcam.index);
        let info = CameraInfo::new(&webcam.name, "V4L2", "", index);
        Ok(Self { stream: None, device, mode, stride: set.stride as usize, info, quit })
    }

    /// The mode as the driver took it.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Waits for a picture until it comes, the device fails, or the reader is told to quit.
    fn next<T>(&mut self, take: impl Fn(Filled, Mode, usize) -> T) -> Result<T, NokhwaError> {
        let (mode, stride) = (self.mode, self.stride);
        let failed = |why: String| NokhwaError::ReadFrameError(why);
        let stream = self.stream.as_mut().ok_or_else(|| failed("the stream is not open".to_owned()))?;
        while !self.quit.is_set() {
            let taken = stream.next(SLICE, |filled| take(filled, mode, stride));
            if let Some(taken) = taken.map_err(|error| failed(error.to_string()))? {
                return Ok(taken);
            }
        }
        Err(failed("told to quit".to_owned()))
    }
}

/// The rows of a raw picture without the padding that some devices put behind each. A picture that is too short stays
/// too short, and is found out by that.
fn without_padding(bytes: &[u8], format: Format, width: u32, height: u32, stride: usize) -> Cow<'_, [u8]> {
    let Format::Raw(format) = format else { return Cow::Borrowed(bytes) };
    let (row, rows) = match format {
        PixelFormat::Rgb => (width as usize * 3, height as usize),
        PixelFormat::Yuyv => (width as usize * 2, height as usize),
        PixelFormat::Nv12 => (width as usize, height as usize * 3 / 2),
        PixelFormat::Grey => (width as usize, height as usize),
    };
    if stride <= row {
        return Cow::Borrowed(&bytes[..bytes.len().min(row * rows)]);
    }
    let mut packed = Vec::with_capacity(row * rows);
    for line in bytes.chunks(stride).take(rows) {
        packed.extend_from_slice(&line[..line.len().min(row)]);
    }
    Cow::Owned(packed)
}

/// A moment of the clock that counts from the start of the machine, as time since 1970.
fn wall_clock(monotonic: Duration) -> Option<Duration> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one such structure.
    if unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) } != 0 {
        return None;
    }
    let now = Duration::new(now.tv_sec.try_into().ok()?, now.tv_nsec.try_into().ok()?);
    let age = now.checked_sub(monotonic)?;
    SystemTime::now().duration_since(UNIX_EPOCH).ok()?.checked_sub(age)
}

impl CaptureBackendTrait for Backend {
    fn open_stream(&mut self) -> Result<(), NokhwaError> {
        let stream = Stream::start(&self.device).map_err(|error| NokhwaError::OpenStreamError(error.to_string()))?;
        self.stream = Some(stream);
        Ok(())
    }

    fn is_stream_open(&self) -> bool {
        self.stream.is_some()
    }

    fn frame(&mut self) -> Result<Buffer, NokhwaError> {
        let (resolution, format) = (self.resolution(), self.frame_format());
        self.next(|filled, mode, stride| {
            let bytes = without_padding(filled.bytes, mode.format, mode.width, mode.height, stride);
            Buffer::with_timestamp(resolution, &bytes, format, filled.monotonic.and_then(wall_clock))
        })
    }

    fn frame_raw(&mut self) -> Result<Cow<'_, [u8]>, NokhwaError> {
        self.next(|filled, _, _| Cow::Owned(filled.bytes.to_vec()))
    }

    fn stop_stream(&mut self) -> Result<(), NokhwaError> {
        self.stream = None;
        Ok(())
    }

    fn backend(&self) -> ApiBackend {
        ApiBackend::Video4Linux
    }

    fn camera_info(&self) -> &CameraInfo {
        &self.info
    }

    fn camera_format(&self) -> CameraFormat {
        CameraFormat::new(self.resolution(), self.frame_format(), self.frame_rate())
    }

    fn refresh_camera_format(&mut self) -> Result<(), NokhwaError> {
        Ok(())
    }

    fn resolution(&self) -> Resolution {
        Resolution::new(self.mode.width, self.mode.height)
    }

    /// Whole pictures a second, as nokhwa counts; the mode knows better.
    fn frame_rate(&self) -> u32 {
        let fps = self.mode.fps().unwrap_or_default().round().clamp(0.0, 1000.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let fps = fps as u32;
        fps
    }

    fn frame_format(&self) -> FrameFormat {
        match self.mode.format {
            Format::Mjpeg => FrameFormat::MJPEG,
            Format::Raw(PixelFormat::Yuyv) => FrameFormat::YUYV,
            Format::Raw(PixelFormat::Nv12) => FrameFormat::NV12,
            Format::Raw(PixelFormat::Grey) => FrameFormat::GRAY,
            Format::Raw(PixelFormat::Rgb) => FrameFormat::RAWRGB,
        }
    }

    fn compatible_fourcc(&mut self) -> Result<Vec<FrameFormat>, NokhwaError> {
        Ok(vec![self.frame_format()])
    }

    fn compatible_list_by_resolution(&mut self, _: FrameFormat) -> Result<HashMap<Resolution, Vec<u32>>, NokhwaError> {
        Ok(HashMap::from([(self.resolution(), vec![self.frame_rate()])]))
    }

    // An opening has one mode for all its life; another mode is another opening. Framekeep turns no knobs of cameras.
    fn set_camera_format(&mut self, _: CameraFormat) -> Result<(), NokhwaError> {
        Err(fixed())
    }

    fn set_resolution(&mut self, _: Resolution) -> Result<(), NokhwaError> {
        Err(fixed())
    }

    fn set_frame_rate(&mut self, _: u32) -> Result<(), NokhwaError> {
        Err(fixed())
    }

    fn set_frame_format(&mut self, _: FrameFormat) -> Result<(), NokhwaError> {
        Err(fixed())
    }

    fn camera_control(&self, _: KnownCameraControl) -> Result<CameraControl, NokhwaError> {
        Err(fixed())
    }

    fn camera_controls(&self) -> Result<Vec<CameraControl>, NokhwaError> {
        Err(fixed())
    }

    fn set_camera_control(&mut self, _: KnownCameraControl, _: ControlValueSetter) -> Result<(), NokhwaError> {
        Err(fixed())
    }
}

fn fixed() -> NokhwaError {
    NokhwaError::UnsupportedOperationError(ApiBackend::Video4Linux)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_behind_each_row_is_left_out() {
        let padded = [1, 2, 0, 3, 4, 0, 5, 6, 0];
        let grey = Format::Raw(PixelFormat::Grey);
        assert_eq!(*without_padding(&padded, grey, 2, 3, 3), [1, 2, 3, 4, 5, 6]);
        let nv12 = Format::Raw(PixelFormat::Nv12);
        assert_eq!(*without_padding(&padded, nv12, 2, 2, 3), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_picture_that_is_too_short_stays_too_short() {
        let grey = Format::Raw(PixelFormat::Grey);
        assert_eq!(without_padding(&[1, 2, 0, 3], grey, 2, 3, 3).len(), 3);
        assert_eq!(without_padding(&[1, 2, 3], grey, 2, 3, 2).len(), 3);
        assert_eq!(without_padding(&[], grey, 2, 3, 2).len(), 0);
    }

    #[test]
    fn compressed_pictures_and_rows_without_padding_are_left_as_they_are() {
        assert_eq!(*without_padding(&[1, 2, 3], Format::Mjpeg, 2, 3, 0), [1, 2, 3]);
        assert_eq!(*without_padding(&[1, 2, 3, 4, 9], Format::Raw(PixelFormat::Yuyv), 2, 1, 4), [1, 2, 3, 4]);
    }

    #[test]
    fn the_machines_clock_is_translated() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let boot = wall_clock(Duration::ZERO).unwrap();
        assert!(boot < now);
        assert_eq!(wall_clock(Duration::MAX), None, "a time that is still to come");
    }
}
