//! The part of the picture that is looked at.

use std::str::FromStr;

use crate::domain::{Mask, RgbPicture};

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Roi {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl FromStr for Roi {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[x, y, width, height]) if width > 0 && height > 0 => Ok(Self { x, y, width, height }),
            _ => Err("give left, top, width and height in pixels, such as 631,532,210,127".into()),
        }
    }
}

impl Roi {
    /// Fails when it is not wholly inside a picture of this size.
    pub fn check(self, width: u32, height: u32) -> Result<(), String> {
        let inside = |start: u32, length: u32, all: u32| start.checked_add(length).is_some_and(|end| end <= all);
        if inside(self.x, self.width, width) && inside(self.y, self.height, height) {
            return Ok(());
        }
        let Self { x, y, width: w, height: h } = self;
        Err(format!(
            "the region {x},{y},{w},{h} reaches out of the picture, which measures {width}x{height}; give one inside it"
        ))
    }

    /// Copies the part of `picture` into `part`. It lies inside, see [`Roi::check`].
    pub fn crop(self, picture: &RgbPicture, part: &mut RgbPicture) {
        (part.width, part.height) = (self.width, self.height);
        part.data.clear();
        for row in self.rows(picture.width) {
            part.data.extend_from_slice(&picture.data[row.start * 3..row.end * 3]);
        }
    }

    /// A mask of the whole picture: `part` in its place and nothing moving around it.
    pub fn place(self, part: &Mask, width: u32, height: u32) -> Mask {
        let mut data = vec![Mask::STILL; width as usize * height as usize];
        for (row, from) in self.rows(width).zip(part.data.chunks_exact(self.width as usize)) {
            data[row].copy_from_slice(from);
        }
        Mask { width, height, data }
    }

    /// The pixels of each row, in a picture so wide.
    fn rows(self, picture_width: u32) -> impl Iterator<Item = std::ops::Range<usize>> {
        (self.y..self.y + self.height).map(move |y| {
            let start = y as usize * picture_width as usize + self.x as usize;
            start..start + self.width as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_numbers_with_an_area_are_a_region() {
        assert_eq!("631,532, 210,127".parse(), Ok(Roi { x: 631, y: 532, width: 210, height: 127 }));
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "a,b,c,d", "1,2,3,99999999999"] {
            assert!(text.parse::<Roi>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_must_lie_inside() {
        let roi = |x, y, width, height| Roi { x, y, width, height };
        assert_eq!(roi(0, 0, 4, 3).check(4, 3), Ok(()));
        assert!(roi(1, 0, 4, 3).check(4, 3).is_err());
        assert!(roi(u32::MAX, 0, 4, 3).check(4, 3).unwrap_err().contains("4x3"));
    }

    #[test]
    fn a_part_is_cut_out_and_its_mask_put_back() {
        let picture = RgbPicture { width: 4, height: 3, data: (0..36).collect() };
        let roi = Roi { x: 1, y: 1, width: 2, height: 2 };
        let mut part = RgbPicture::default();
        roi.crop(&picture, &mut part);
        assert_eq!(part.data, [15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32]);
        let mask = roi.place(&Mask { width: 2, height: 2, data: vec![1, 2, 3, 4] }, 4, 3);
        assert_eq!(mask.data, [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0]);
    }
}
