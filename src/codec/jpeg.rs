//! JPEG by zune-jpeg (in) and jpeg-encoder (out).

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::codec::{DecodeError, EncodeError, MAX_SIDE, header};
use crate::domain::RgbPicture;

/// Scans of a progressive JPEG. Encoders write about ten; each costs a walk over the whole picture.
pub(super) const MAX_SCANS: usize = 32;

/// Compresses pixels to a baseline JPEG, colour at half resolution. `quality` is 1 to 100.
///
/// # Errors
/// [`EncodeError`] for a picture without pixels, with a side over 65535, or whose memory does not fit its size.
pub fn encode_jpeg(picture: &RgbPicture, quality: u8) -> Result<Vec<u8>, EncodeError> {
    encode_jpeg_turned(picture, quality, 1)
}

/// [`encode_jpeg`] for a picture that is to be turned before it is shown (see [`crate::codec::orientation`]).
///
/// # Errors
/// As [`encode_jpeg`].
pub fn encode_jpeg_turned(picture: &RgbPicture, quality: u8, orientation: u8) -> Result<Vec<u8>, EncodeError> {
    let failed = |why: String| EncodeError { width: picture.width, height: picture.height, why };
    let (Ok(width), Ok(height)) = (u16::try_from(picture.width), u16::try_from(picture.height)) else {
        return Err(failed("no side may be longer than 65535 pixels".into()));
    };
    // About two bits a pixel at the qualities used here: one allocation is enough for most pictures.
    let mut bytes = Vec::with_capacity(picture.data.len() / 12 + 1024);
    let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if (2..=8).contains(&orientation) {
        encoder.add_exif_metadata(&exif(orientation)).map_err(|error| failed(error.to_string()))?;
    }
    encoder.encode(&picture.data, width, height, ColorType::Rgb).map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}

pub(super) fn decode_into(bytes: &[u8], width: u32, height: u32, pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    let end = header::jpeg_end(bytes)?;
    if end.huffman_tables {
        decode_whole(bytes, width, height, pixels)
    } else {
        decode_whole(&with_avi_mark(bytes), width, height, pixels)
    }
}

fn decode_whole(bytes: &[u8], width: u32, height: u32, pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    let options = DecoderOptions::default()
        // Strict: damage inside the picture is an error, instead of grey pixels.
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let expected = width as usize * height as usize * 3;
    if decoder.output_buffer_size() != Some(expected) || decoder.output_colorspace() != Some(ColorSpace::RGB) {
        return Err(DecodeError::Damaged("its headers contradict each other".into()));
    }
    pixels.data.resize(expected, 0);
    decoder.decode_into(&mut pixels.data).map_err(|error| damaged(&error))?;
    (pixels.width, pixels.height) = (width, height);
    Ok(())
}

fn damaged(error: &zune_jpeg::errors::DecodeErrors) -> DecodeError {
    DecodeError::Damaged(error.to_string().trim().trim_end_matches('.').to_owned())
}

/// The picture with the mark of an AVI file in front, by which the decoder takes the standard Huffman tables
/// (ITU-T T.81, annex K.3) for those that are missing.
fn with_avi_mark(bytes: &[u8]) -> Vec<u8> {
    let mark = *b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";
    [&bytes[..2], &mark, &bytes[2..]].concat()
}

/// A TIFF structure with one entry, the orientation.
fn exif(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation;
    tiff
}
