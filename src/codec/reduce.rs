//! Makes pictures smaller.

use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::domain::RgbPicture;

thread_local! {
    /// Keeps its tables and its scratch memory, so that nothing is allocated per frame. One a thread: nobody waits for it.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Writes `picture`, at most `max_width` pixels wide and twice as high, and of the same shape, into `reduced`. An upright
/// picture of a phone is bounded by its width, a column that no camera gives by its height.
///
/// # Panics
/// As [`fit`].
pub fn reduce(picture: &RgbPicture, max_width: u32, reduced: &mut RgbPicture) {
    fit(picture, max_width, max_width.saturating_mul(2), reduced);
}

/// Writes `picture`, no larger than this and of the same shape, into `reduced`. Each new pixel is the mean of the area that
/// it covers; a picture that is small enough is copied.
///
/// # Panics
/// When the memory of `picture` does not fit its size, which would be a mistake of our own.
pub fn fit(picture: &RgbPicture, max_width: u32, max_height: u32, reduced: &mut RgbPicture) {
    let (max_width, max_height) = (max_width.max(1), max_height.max(1));
    if (picture.width <= max_width && picture.height <= max_height) || picture.width == 0 || picture.height == 0 {
        reduced.clone_from_picture(picture);
        return;
    }
    // What is reduced by most decides; the other side follows, and is one pixel at least.
    let follow = |length: u32, from: u32, to: u32| {
        let length = (u64::from(length) * u64::from(to) + u64::from(from) / 2) / u64::from(from);
        u32::try_from(length).unwrap_or(u32::MAX).max(1)
    };
    let by_width = follow(picture.height, picture.width, max_width);
    (reduced.width, reduced.height) = if picture.width > max_width && by_width <= max_height {
        (max_width, by_width)
    } else {
        (follow(picture.width, picture.height, max_height), max_height)
    };
    reduced.data.resize(reduced.width as usize * reduced.height as usize * 3, 0);
    scale(picture, reduced, FilterType::Box);
}

/// Writes `picture` into `resized` at exactly this size, whatever its shape. Going down each new pixel is the mean of the
/// area that it covers, going up it lies between its neighbours (triangle filter).
///
/// # Panics
/// When the memory of `picture` does not fit its size, which would be a mistake of our own.
pub fn resize(picture: &RgbPicture, width: u32, height: u32, resized: &mut RgbPicture) {
    if (picture.width, picture.height) == (width, height) {
        resized.clone_from_picture(picture);
        return;
    }
    resized.data.resize(width as usize * height as usize * 3, 0);
    (resized.width, resized.height) = (width, height);
    if resized.data.is_empty() || picture.data.is_empty() {
        return;
    }
    let smaller = width <= picture.width && height <= picture.height;
    scale(picture, resized, if smaller { FilterType::Box } else { FilterType::Bilinear });
}

fn scale(picture: &RgbPicture, target: &mut RgbPicture, filter: FilterType) {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let source = ImageRef::new(picture.width, picture.height, &picture.data, PixelType::U8x3);
    let target = Image::from_slice_u8(target.width, target.height, &mut target.data, PixelType::U8x3);
    // Both fail only when the memory does not fit the size, which `RgbPicture` promises and the callers ensure.
    let (source, mut target) = (source.expect("an RgbPicture is whole"), target.expect("resized by the caller"));
    RESIZER
        .with_borrow_mut(|resizer| resizer.resize(&source, &mut target, &options))
        .expect("both pictures have the same pixel type");
}

impl RgbPicture {
    /// Copies into memory that is there already.
    fn clone_from_picture(&mut self, other: &Self) {
        (self.width, self.height) = (other.width, other.height);
        self.data.clone_from(&other.data);
    }
}
