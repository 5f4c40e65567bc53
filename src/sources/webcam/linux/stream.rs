//! Buffers shared with a V4L2 device: queued empty, taken back full.
//!
//! The v4l crate has such a stream too. This one tells how many bytes of a buffer are the picture, waits with a limit
//! and can go on waiting, and does not panic when a device refuses to be stopped.

use std::io::{Error, ErrorKind, Result};
use std::mem;
use std::os::raw::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use v4l::Device;
use v4l::device::Handle;
use v4l::v4l_sys::{
    V4L2_BUF_FLAG_ERROR, V4L2_BUF_FLAG_TIMESTAMP_MASK, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
    v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE as VIDEO_CAPTURE, v4l2_buffer, v4l2_memory_V4L2_MEMORY_MMAP as MMAP,
    v4l2_requestbuffers,
};
use v4l::v4l2::{self, vidioc};

/// Buffers asked for: one being filled, one full, and two for the moments in which the machine is busy.
const BUFFERS: u32 = 4;

/// A running stream of one device.
pub(super) struct Stream {
    handle: Arc<Handle>,
    buffers: Vec<Mapping>,
}

/// A picture in a buffer. The buffer goes back to the device when the closure that was given it returns.
pub(super) struct Filled<'a> {
    /// The bytes that the device wrote; none when it says itself that they are damaged.
    pub(super) bytes: &'a [u8],
    /// When, by the clock that counts from the start of the machine.
    pub(super) monotonic: Option<Duration>,
}

impl Stream {
    /// Maps buffers of the device in its present format and starts it.
    ///
    /// # Errors
    /// The system's: EBUSY when another program streams, ENOSPC when the USB cable is too busy for this mode.
    pub(super) fn start(device: &Device) -> Result<Self> {
        let mut stream = Self { handle: device.handle(), buffers: Vec::new() };
        let count = stream.request_buffers(BUFFERS)?;
        for index in 0..count {
            let mut description = description(index);
            stream.ioctl(vidioc::VIDIOC_QUERYBUF, &mut description)?;
            // SAFETY: for memory of this kind the device answers with an offset.
            let offset = unsafe { description.m.offset };
            stream.buffers.push(Mapping::new(&stream.handle, description.length as usize, offset)?);
            stream.queue(index)?;
        }
        let mut kind: c_int = VIDEO_CAPTURE.cast_signed();
        stream.ioctl(vidioc::VIDIOC_STREAMON, &mut kind)?;
        Ok(stream)
    }

    /// Waits at most `limit` for a picture and gives it to `take`. `None`: none came.
    ///
    /// # Errors
    /// The system's: ENODEV after an unplug.
    pub(super) fn next<T>(&mut self, limit: Duration, take: impl FnOnce(Filled) -> T) -> Result<Option<T>> {
        let limit_ms = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
        match self.handle.poll(libc::POLLIN, limit_ms) {
            Ok(0) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        let mut filled = description(0);
        match self.ioctl(vidioc::VIDIOC_DQBUF, &mut filled) {
            Ok(()) => {}
            // Said to be ready and was not. Without a pause a driver that goes on so would take a whole processor.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                std::thread::sleep(Duration::from_millis(5));
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        let buffer = self.buffers.get(filled.index as usize).ok_or(ErrorKind::InvalidData)?;
        let damaged = filled.flags & V4L2_BUF_FLAG_ERROR != 0;
        let len = if damaged { 0 } else { (filled.bytesused as usize).min(buffer.len) };
        let taken = take(Filled { bytes: &buffer.bytes()[..len], monotonic: monotonic(&filled) });
        self.queue(filled.index)?;
        Ok(Some(taken))
    }

    fn queue(&self, index: u32) -> Result<()> {
        self.ioctl(vidioc::VIDIOC_QBUF, &mut description(index))
    }

    fn request_buffers(&self, count: u32) -> Result<u32> {
        // SAFETY: the structure is made of numbers only, for which all zeros are valid.
        let mut request: v4l2_requestbuffers = unsafe { mem::zeroed() };
        request.count = count;
        request.type_ = VIDEO_CAPTURE;
        request.memory = MMAP;
        self.ioctl(vidioc::VIDIOC_REQBUFS, &mut request)?;
        Ok(request.count)
    }

    /// `argument` must be what V4L2 says of `request`.
    fn ioctl<T>(&self, request: vidioc::_IOC_TYPE, argument: &mut T) -> Result<()> {
        // SAFETY: the descriptor is open as long as the handle lives; each caller in this file passes the structure that
        // belongs to its request.
        unsafe { v4l2::ioctl(self.handle.fd(), request, ptr::from_mut(argument).cast()) }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A device that is gone refuses all of this, and there is nothing to be done about it: closing the descriptor,
        // which follows, frees what is left.
        let mut kind: c_int = VIDEO_CAPTURE.cast_signed();
        let _ = self.ioctl(vidioc::VIDIOC_STREAMOFF, &mut kind);
        self.buffers.clear();
        let _ = self.request_buffers(0);
    }
}

fn description(index: u32) -> v4l2_buffer {
    // SAFETY: numbers and unions of numbers and pointers, for which all zeros are valid.
    let mut description: v4l2_buffer = unsafe { mem::zeroed() };
    description.index = index;
    description.type_ = VIDEO_CAPTURE;
    description.memory = MMAP;
    description
}

fn monotonic(filled: &v4l2_buffer) -> Option<Duration> {
    let is_monotonic = filled.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    let seconds = u64::try_from(filled.timestamp.tv_sec).ok()?;
    let micros = u64::try_from(filled.timestamp.tv_usec).ok()?;
    let time = Duration::from_secs(seconds) + Duration::from_micros(micros);
    (is_monotonic && !time.is_zero()).then_some(time)
}

/// Memory shared with the device.
struct Mapping {
    start: NonNull<c_void>,
    len: usize,
}

impl Mapping {
    fn new(handle: &Handle, len: usize, offset: u32) -> Result<Self> {
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping at an address of the system's choice touches no memory of ours.
        let start = unsafe { v4l2::mmap(ptr::null_mut(), len, protection, flags, handle.fd(), offset.into())? };
        let start = NonNull::new(start).ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        Ok(Self { start, len })
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping is `len` bytes long and lives as long as `self`. The device does not write to it, because
        // it is read only between taking the buffer from the device and giving it back.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that was made in `new`, and nothing borrows it any more.
        let _ = unsafe { v4l2::munmap(self.start.as_ptr(), self.len) };
    }
}
