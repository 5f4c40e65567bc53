//! Codec: bytes to pixels and back, to traces, to the ledger and to films of pictures, and back. Pure: no file, no clock, no thread, no log.
//!
//! Every byte here may come from a stranger. Sizes are read from the header and bounded before anything is allocated, a
//! picture that was cut short or damaged is an error and never half a picture, and a panic inside a decoder ends as a
//! [`DecodeError`]. It does not know where pictures come from or where they go.

mod file;
mod header;
mod jpeg;
mod ledger;
mod mask;
mod matroska;
mod raw;
mod reduce;
mod trace;

pub use file::{decode_file_into, turn};
pub use header::{orientation, probe};
pub use jpeg::{encode_jpeg, encode_jpeg_turned};
pub use ledger::{decode_page, encode_page};
pub use mask::encode_mask;
pub use matroska::{Block, MatroskaWriter, TrackCodec, VideoTrack, blocks};
pub use reduce::{fit, reduce, resize};
pub use trace::{TRACE_BYTES, TraceError, TraceReader, TraceWriter};

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{ImageFormat, ImageReader, Limits};

use crate::domain::{Picture, PictureFormat, RgbPicture};

/// Longest side of a picture that is decoded, in pixels.
pub const MAX_SIDE: u32 = 8192;
/// Most pixels of a picture that is decoded.
pub const MAX_PIXELS: u64 = 36_000_000;

/// Why bytes are no picture, or not one that is read here. Completes "the picture cannot be decoded: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first bytes are of no known format.
    #[error("the bytes are not a JPEG, PNG or WebP picture; send one of these")]
    NotAPicture,
    /// Larger than [`MAX_SIDE`] or [`MAX_PIXELS`], or without any pixel.
    #[error("the picture measures {width}x{height}; at most {MAX_SIDE} pixels a side and 36 million in all are read")]
    Size {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
    },
    /// The bytes end before the picture does.
    #[error("the picture is cut short; send it again")]
    CutShort,
    /// The bytes contradict the rules of their format.
    #[error("the picture is damaged ({0}); send it again")]
    Damaged(String),
    /// Raw pixels that do not have the length that their size asks for.
    #[error("the raw picture has {actual} bytes and should have {expected}; check the camera's format")]
    RawLength {
        /// Bytes that there are.
        actual: usize,
        /// Bytes that there should be.
        expected: usize,
    },
}

/// Why pixels could not be compressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to compress a picture of {width}x{height} pixels: {why}")]
pub struct EncodeError {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What is wrong with it.
    pub why: String,
}

/// Reads format and size and makes sure that the bytes reach the end of the picture, without decoding a pixel. Damage inside
/// is seen only by [`decode`].
///
/// # Errors
/// [`DecodeError`] when the bytes are no picture, one that is cut short, or one that is too large.
pub fn check(bytes: &[u8]) -> Result<(PictureFormat, u32, u32), DecodeError> {
    let (format, width, height) = probe(bytes)?;
    check_size(width, height)?;
    header::check_end(format, bytes)?;
    Ok((format, width, height))
}

/// Decodes a picture into new memory.
///
/// # Errors
/// [`DecodeError`] when the picture is damaged, cut short or too large.
pub fn decode(picture: &Picture) -> Result<RgbPicture, DecodeError> {
    let mut pixels = RgbPicture::default();
    decode_into(picture, &mut pixels)?;
    Ok(pixels)
}

/// Decodes a picture into memory that is used again from frame to frame. The size is that of the decoded picture; for
/// encoded pictures the bytes decide, not the fields beside them. After an error `pixels` is a whole, empty picture.
///
/// # Errors
/// [`DecodeError`] when the picture is damaged, cut short or too large.
pub fn decode_into(picture: &Picture, pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    whole_or_empty(pixels, |pixels| match picture {
        Picture::Encoded { bytes, .. } => decode_encoded(bytes, pixels),
        Picture::Raw { width, height, format, bytes } => {
            check_size(*width, *height)?;
            raw::to_rgb(*width, *height, *format, bytes, pixels)
        }
    })
}

/// Lets `decode` fill a picture, and empties it after an error.
fn whole_or_empty(
    pixels: &mut RgbPicture,
    decode: impl FnOnce(&mut RgbPicture) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    // A decoder that panics leaves only `pixels` behind half written, and that is emptied below.
    let result = catch_unwind(AssertUnwindSafe(|| decode(pixels)))
        .unwrap_or_else(|_| Err(DecodeError::Damaged("the decoder gave up".into())));
    if result.is_err() {
        (pixels.width, pixels.height) = (0, 0);
        pixels.data.clear();
    }
    result
}

fn decode_encoded(bytes: &[u8], pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    let (format, width, height) = probe(bytes)?;
    check_size(width, height)?;
    match format {
        PictureFormat::Jpeg => jpeg::decode_into(bytes, width, height, pixels),
        PictureFormat::Png => decode_by_image(bytes, ImageFormat::Png, pixels),
        PictureFormat::WebP => decode_by_image(bytes, ImageFormat::WebP, pixels),
    }
}

fn decode_by_image(bytes: &[u8], format: ImageFormat, pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    // Eight bytes a pixel: 16-bit RGBA, the largest that PNG knows, and as much again for the decoder's own needs.
    limits.max_alloc = Some(MAX_PIXELS * 16);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let rgb = reader.decode().map_err(|error| image_error(&error))?.into_rgb8();
    (pixels.width, pixels.height) = rgb.dimensions();
    pixels.data = rgb.into_raw();
    Ok(())
}

fn image_error(error: &image::ImageError) -> DecodeError {
    match error {
        image::ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => DecodeError::CutShort,
        other => DecodeError::Damaged(other.to_string()),
    }
}

fn check_size(width: u32, height: u32) -> Result<(), DecodeError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || width.max(height) > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(DecodeError::Size { width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
