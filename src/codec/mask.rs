//! Masks as grey PNG files.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::codec::EncodeError;
use crate::domain::Mask;

/// Compresses a mask to a PNG of 8-bit grey, losslessly. Masks are mostly runs of one value: the fastest setting makes them
/// small already.
///
/// # Errors
/// [`EncodeError`] for a mask without pixels or whose memory does not fit its size.
pub fn encode_mask(mask: &Mask) -> Result<Vec<u8>, EncodeError> {
    let failed = |why: String| EncodeError { width: mask.width, height: mask.height, why };
    // The encoder panics where the memory does not fit the size.
    if mask.data.is_empty() || mask.data.len() != mask.width as usize * mask.height as usize {
        return Err(failed(format!("it has {} bytes", mask.data.len())));
    }
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
        .write_image(&mask.data, mask.width, mask.height, ExtendedColorType::L8)
        .map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_comes_back_as_it_was() {
        let data: Vec<u8> = (0..150 * 94).map(|i| [0, 127, 255][i / 40 % 3]).collect();
        let mask = Mask { width: 150, height: 94, data };
        let read = image::load_from_memory(&encode_mask(&mask).unwrap()).unwrap();
        assert_eq!(read.color(), image::ColorType::L8);
        assert_eq!(read.into_luma8().into_raw(), mask.data);
    }

    #[test]
    fn a_mask_that_is_not_whole_is_refused() {
        for (width, height, len) in [(0, 0, 0), (2, 2, 3), (1, 1, 2)] {
            assert!(encode_mask(&Mask { width, height, data: vec![0; len] }).is_err());
        }
    }
}
