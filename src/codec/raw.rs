//! Raw pixels of cameras to RGB.
//!
//! YUV is BT.601 with luma from 16 to 235, what the USB video class names as its default and what V4L2 assumes where a
//! camera says nothing.

use crate::codec::DecodeError;
use crate::domain::{PixelFormat, RgbPicture};

/// Converts raw pixels. The size was checked by the caller.
pub(super) fn to_rgb(
    width: u32,
    height: u32,
    format: PixelFormat,
    bytes: &[u8],
    pixels: &mut RgbPicture,
) -> Result<(), DecodeError> {
    let (w, h) = (width as usize, height as usize);
    let expected = match format {
        // Rows of an odd width are padded to whole pairs by every camera that sends them; none was seen that does.
        PixelFormat::Yuyv if !w.is_multiple_of(2) => return Err(odd(width, height)),
        PixelFormat::Nv12 if !w.is_multiple_of(2) || !h.is_multiple_of(2) => return Err(odd(width, height)),
        format => format.byte_len(width, height),
    };
    if bytes.len() != expected {
        return Err(DecodeError::RawLength { actual: bytes.len(), expected });
    }
    pixels.data.resize(w * h * 3, 0);
    match format {
        PixelFormat::Rgb => pixels.data.copy_from_slice(bytes),
        PixelFormat::Grey => grey(bytes, &mut pixels.data),
        PixelFormat::Yuyv => yuyv(bytes, &mut pixels.data),
        PixelFormat::Nv12 => nv12(bytes, w, &mut pixels.data),
    }
    (pixels.width, pixels.height) = (width, height);
    Ok(())
}

fn odd(width: u32, height: u32) -> DecodeError {
    DecodeError::Damaged(format!("{width}x{height} is odd, and its pixels share their colour in pairs"))
}

fn grey(luma: &[u8], rgb: &mut [u8]) {
    for (pixel, y) in rgb.chunks_exact_mut(3).zip(luma) {
        pixel.fill(*y);
    }
}

fn yuyv(bytes: &[u8], rgb: &mut [u8]) {
    for (pair, yuyv) in rgb.as_chunks_mut::<6>().0.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *pair = pair_to_rgb(yuyv[0], yuyv[2], yuyv[1], yuyv[3]);
    }
}

fn nv12(bytes: &[u8], width: usize, rgb: &mut [u8]) {
    let (luma, chroma) = bytes.split_at(rgb.len() / 3);
    let rows = luma.chunks_exact(width).zip(rgb.chunks_exact_mut(width * 3));
    for (row, (luma, rgb)) in rows.enumerate() {
        let chroma = &chroma[row / 2 * width..][..width];
        let pairs = luma.as_chunks::<2>().0.iter().zip(chroma.as_chunks::<2>().0);
        for (pair, ([y0, y1], [u, v])) in rgb.as_chunks_mut::<6>().0.iter_mut().zip(pairs) {
            *pair = pair_to_rgb(*y0, *y1, *u, *v);
        }
    }
}

/// Two pixels that share their colour. Fixed point with 8 bits: 298/256 is 255/219, the others are BT.601's factors times
/// 255/224.
#[inline]
fn pair_to_rgb(y0: u8, y1: u8, u: u8, v: u8) -> [u8; 6] {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let (red, green, blue) = (409 * v + 128, 128 - 100 * u - 208 * v, 516 * u + 128);
    let (y0, y1) = (298 * (i32::from(y0) - 16), 298 * (i32::from(y1) - 16));
    [byte(y0 + red), byte(y0 + green), byte(y0 + blue), byte(y1 + red), byte(y1 + green), byte(y1 + blue)]
}

#[inline]
#[expect(clippy::cast_sign_loss, reason = "clamped to 0..=255 in the same line")]
fn byte(value: i32) -> u8 {
    (value >> 8).clamp(0, 255) as u8
}
