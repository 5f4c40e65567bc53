//! Decoded pictures as the pixels that a texture takes.

use eframe::egui::{Color32, ColorImage, Vec2};

use crate::codec;
use crate::domain::RgbPicture;

/// Longest side of a texture. Every graphics card takes this much, and no screen of today shows more in one window.
pub const LARGEST_SIDE: u32 = 2048;

/// Writes `picture` into `image`, made smaller where a side is longer than `largest_side`.
pub fn fit_into(picture: &RgbPicture, largest_side: u32, image: &mut ColorImage) {
    let longest = picture.width.max(picture.height);
    if longest <= largest_side {
        copy(picture, image);
        return;
    }
    let width = u64::from(picture.width) * u64::from(largest_side) / u64::from(longest);
    let mut smaller = RgbPicture::default();
    // Not larger than `largest_side`, so it fits.
    codec::reduce(picture, u32::try_from(width).unwrap_or(largest_side).max(1), &mut smaller);
    copy(&smaller, image);
}

/// Gives `image` a size, keeping its memory. The pixels hold anything afterwards.
pub fn resize(image: &mut ColorImage, width: u32, height: u32) {
    image.size = [width as usize, height as usize];
    image.source_size = Vec2::new(width as f32, height as f32);
    image.pixels.resize(width as usize * height as usize, Color32::TRANSPARENT);
}

fn copy(picture: &RgbPicture, image: &mut ColorImage) {
    resize(image, picture.width, picture.height);
    for (pixel, rgb) in image.pixels.iter_mut().zip(picture.data.as_chunks::<3>().0) {
        *pixel = Color32::from_rgb(rgb[0], rgb[1], rgb[2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_larger_than_a_texture_is_made_smaller_in_its_shape() {
        let (width, height) = (100, 4000);
        let picture = RgbPicture { width, height, data: vec![7; (width * height * 3) as usize] };
        let mut image = ColorImage::default();
        fit_into(&picture, 2000, &mut image);
        assert_eq!((image.size, image.pixels[0]), ([50, 2000], Color32::from_gray(7)));
        fit_into(&picture, 4000, &mut image);
        assert_eq!((image.size, image.pixels.len()), ([100, 4000], 400_000));
    }
}
