//! Decoded pictures as the pixels that a texture takes.

use eframe::egui::{Color32, ColorImage, Vec2};

use crate::codec;
use crate::domain::RgbPicture;

/// Longest side of a texture. Every graphics card takes this much, and no screen of today shows more in one window.
pub const LARGEST_SIDE: u32 = 2048;

/// Writes `picture` into `image`, made smaller by way of `smaller` where a side is longer than `largest_side`.
pub fn fit_into(picture: &RgbPicture, largest_side: u32, smaller: &mut RgbPicture, image: &mut ColorImage) {
    if picture.width.max(picture.height) <= largest_side {
        copy(picture, image);
        return;
    }
    codec::fit(picture, largest_side, largest_side, smaller);
    copy(smaller, image);
}

/// The picture as it is to be shown; `orientation` is that of [`codec::orientation`].
pub fn turned(image: ColorImage, orientation: u8) -> ColorImage {
    let [width, height] = image.size;
    if !(2..=8).contains(&orientation) || image.pixels.is_empty() {
        return image;
    }
    let size = if orientation >= 5 { [height, width] } else { [width, height] };
    // Where the pixel at x, y of the shown picture lies in the stored one (EXIF 2.3, section 4.6.4, tag 0112).
    let stored = |x: usize, y: usize| match orientation {
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (y, height - 1 - x),
        7 => (width - 1 - y, height - 1 - x),
        _ => (width - 1 - y, x),
    };
    let places = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| (x, y)));
    let pixels = places.map(|(x, y)| {
        let (x, y) = stored(x, y);
        image.pixels[y * width + x]
    });
    ColorImage::new(size, pixels.collect())
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
        fit_into(&picture, 2000, &mut RgbPicture::default(), &mut image);
        assert_eq!((image.size, image.pixels[0]), ([50, 2000], Color32::from_gray(7)));
        fit_into(&picture, 4000, &mut RgbPicture::default(), &mut image);
        assert_eq!((image.size, image.pixels.len()), ([100, 4000], 400_000));
    }

    #[test]
    fn a_picture_is_turned_as_it_says() {
        // Shown it is always
        //   1 2 3
        //   4 5 6
        let stored = [
            (1, [3, 2], [1, 2, 3, 4, 5, 6]),
            (2, [3, 2], [3, 2, 1, 6, 5, 4]),
            (3, [3, 2], [6, 5, 4, 3, 2, 1]),
            (4, [3, 2], [4, 5, 6, 1, 2, 3]),
            (5, [2, 3], [1, 4, 2, 5, 3, 6]),
            (6, [2, 3], [3, 6, 2, 5, 1, 4]),
            (7, [2, 3], [6, 3, 5, 2, 4, 1]),
            (8, [2, 3], [4, 1, 5, 2, 6, 3]),
        ];
        for (orientation, size, greys) in stored {
            let image = ColorImage::new(size, greys.map(Color32::from_gray).to_vec());
            let shown = turned(image, orientation);
            let greys: Vec<u8> = shown.pixels.iter().map(Color32::r).collect();
            assert_eq!((shown.size, greys), ([3, 2], vec![1, 2, 3, 4, 5, 6]), "{orientation}");
        }
    }
}
