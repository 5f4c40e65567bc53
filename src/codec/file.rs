//! Pictures from files, with the very pixels that OpenCV's `imread` gives: upright, and a JPEG's colours as libjpeg-turbo
//! rounds them.
//!
//! zune-jpeg, which decodes what cameras send, differs from libjpeg by up to 4 in a tenth of the bytes. Nobody sees that, but a
//! detector that is to be compared byte for byte with another one needs the same pixels.

use image::RgbImage;
use image::metadata::Orientation;
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

use crate::codec::{
    DecodeError, MAX_PIXELS, MAX_SIDE, check_size, decode_encoded, header, jpeg, orientation, probe, whole_or_empty,
};
use crate::domain::{PictureFormat, RgbPicture};

/// Decodes the bytes of a picture file into memory that is used again, turned as its Exif says. After an error `pixels` is
/// a whole, empty picture.
///
/// # Errors
/// [`DecodeError`] when the picture is damaged, cut short or too large.
pub fn decode_file_into(bytes: &[u8], pixels: &mut RgbPicture) -> Result<(), DecodeError> {
    whole_or_empty(pixels, |pixels| {
        let (format, width, height) = probe(bytes)?;
        check_size(width, height)?;
        if format != PictureFormat::Jpeg {
            return decode_encoded(bytes, pixels);
        }
        // Looked at first, because decoders forgive a missing end. Kinds that libjpeg gives no colours for (four inks) or
        // that lack their tables are left to the other decoder.
        if !header::jpeg_end(bytes)?.huffman_tables || !as_libjpeg(bytes, width, height, pixels) {
            decode_encoded(bytes, pixels)?;
        }
        turn(pixels, orientation(bytes));
        Ok(())
    })
}

/// False when the picture is not one for this decoder, or damaged.
fn as_libjpeg(bytes: &[u8], width: u32, height: u32, pixels: &mut RgbPicture) -> bool {
    let limits = DecodeLimits {
        max_width: MAX_SIDE as usize,
        max_height: MAX_SIDE as usize,
        max_pixels: MAX_PIXELS,
        max_scans: jpeg::MAX_SCANS,
        // Coefficients of a progressive picture: two bytes for each of three full planes, and the pixels.
        max_memory: Some(MAX_PIXELS * 16),
    };
    let Ok(mut decoder) = Decoder::new_with_limits(bytes, limits) else { return false };
    decoder.set_output_format(PixelFormat::Rgb);
    decoder.set_stop_on_warning(true);
    let length = width as usize * height as usize * 3;
    if decoder.output_buffer_size().ok() != Some(length) {
        return false;
    }
    pixels.data.resize(length, 0);
    (pixels.width, pixels.height) = (width, height);
    decoder.decode_image_into(&mut pixels.data).is_ok()
}

/// Turns a picture as the note of its file says ([`orientation`]).
pub fn turn(pixels: &mut RgbPicture, orientation: u8) {
    let Some(orientation) = Orientation::from_exif(orientation).filter(|turned| *turned != Orientation::NoTransforms)
    else {
        return;
    };
    let data = std::mem::take(&mut pixels.data);
    let Some(image) = RgbImage::from_raw(pixels.width, pixels.height, data) else { return };
    let mut image = image::DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    let image = image.into_rgb8();
    (pixels.width, pixels.height) = image.dimensions();
    pixels.data = image.into_raw();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::encode_jpeg_turned;

    macro_rules! vector {
        ($name:literal) => {
            (
                $name,
                include_bytes!(concat!("../../tests/vectors/jpeg/", $name, ".jpg")),
                include_bytes!(concat!("../../tests/vectors/jpeg/", $name, ".png")),
            )
        };
    }

    /// Pictures and what OpenCV 5.0 decoded of them, recorded by scripts/jpeg-vectors.
    const VECTORS: [(&str, &[u8], &[u8]); 6] =
        [vector!("420"), vector!("422"), vector!("444"), vector!("progressive"), vector!("grey"), vector!("turned")];

    #[test]
    fn a_jpeg_has_the_pixels_that_opencv_reads() {
        for (name, picture, expected) in VECTORS {
            let mut pixels = RgbPicture::default();
            decode_file_into(picture, &mut pixels).unwrap();
            let mut by_opencv = RgbPicture::default();
            decode_file_into(expected, &mut by_opencv).unwrap();
            assert_eq!((pixels.width, pixels.height), (by_opencv.width, by_opencv.height), "{name}");
            let differing = pixels.data.iter().zip(&by_opencv.data).filter(|(a, b)| a != b).count();
            assert_eq!(differing, 0, "{name}");
        }
    }

    #[test]
    fn a_file_is_turned_as_its_note_says() {
        let mut upright = RgbPicture { width: 32, height: 16, data: vec![0; 32 * 16 * 3] };
        upright.data[..32 * 8 * 3].fill(200);
        for (orientation, width, corner) in [(1, 32, 200), (3, 32, 0), (6, 16, 0), (8, 16, 200)] {
            let bytes = encode_jpeg_turned(&upright, 95, orientation).unwrap();
            let mut pixels = RgbPicture::default();
            decode_file_into(&bytes, &mut pixels).unwrap();
            assert_eq!(pixels.width, width, "orientation {orientation}");
            assert!(pixels.data[0].abs_diff(corner) < 8, "orientation {orientation}: {}", pixels.data[0]);
        }
    }

    #[test]
    fn damage_in_a_file_is_an_error_and_leaves_an_empty_picture() {
        let (_, whole, _) = VECTORS[0];
        let mut pixels = RgbPicture::default();
        for cut in 1..whole.len() {
            assert!(decode_file_into(&whole[..cut], &mut pixels).is_err(), "cut at {cut}");
            assert_eq!((pixels.width, pixels.data.len()), (0, 0));
        }
        let mut refused = 0;
        for index in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[index] ^= 0x55;
            match decode_file_into(&damaged, &mut pixels) {
                Ok(()) => assert_eq!(pixels.data.len(), pixels.width as usize * pixels.height as usize * 3),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 100, "{refused} of {}", whole.len());
    }
}
