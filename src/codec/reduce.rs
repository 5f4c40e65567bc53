//! Makes pictures smaller.

use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::domain::RgbPicture;

thread_local! {
    /// Keeps its tables and its scratch memory, so that nothing is allocated per frame. One a thread: nobody waits for it.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Writes `picture`, at most `max_width` pixels wide and of the same shape, into `reduced`. Each new pixel is the mean of
/// the area that it covers; a picture that is small enough is copied.
///
/// # Panics
/// When the memory of `picture` does not fit its size, which would be a mistake of our own.
pub fn reduce(picture: &RgbPicture, max_width: u32, reduced: &mut RgbPicture) {
    let max_width = max_width.max(1);
    if picture.width <= max_width || picture.height == 0 {
        reduced.clone_from_picture(picture);
        return;
    }
    let height =
        (u64::from(picture.height) * u64::from(max_width) + u64::from(picture.width) / 2) / u64::from(picture.width);
    // At least one row, and never more than the picture has, so it fits.
    let height = u32::try_from(height.max(1)).unwrap_or(picture.height);
    reduced.data.resize(max_width as usize * height as usize * 3, 0);
    (reduced.width, reduced.height) = (max_width, height);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    let source = ImageRef::new(picture.width, picture.height, &picture.data, PixelType::U8x3);
    let target = Image::from_slice_u8(max_width, height, &mut reduced.data, PixelType::U8x3);
    // Both fail only when the memory does not fit the size, which `RgbPicture` promises and the lines above ensure.
    let (source, mut target) = (source.expect("an RgbPicture is whole"), target.expect("resized above"));
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
