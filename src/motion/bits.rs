//! Masks of one bit a pixel: opening and closing by word shifts, 64 pixels at a time. Knows nothing of what moved.
//!
//! Outside of the picture nothing is set when it grows and everything is set when it shrinks (as in OpenCV's
//! `morphologyEx`). The two are then adjoint on the bounded picture, so that opening only removes and closing only
//! adds, up to the very border (Serra, *Image Analysis and Mathematical Morphology*, 1982, chapter II).

use std::ops::Range;

use crate::domain::Mask;

const WORD: usize = u64::BITS as usize;

/// A picture of bits. Rows start at a word of their own; bits beyond the width are always 0.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Bits {
    width: usize,
    height: usize,
    words_a_row: usize,
    words: Vec<u64>,
}

impl Bits {
    /// A picture of this size with nothing set.
    pub fn new(width: usize, height: usize) -> Self {
        let words_a_row = width.div_ceil(WORD);
        Self { width, height, words_a_row, words: vec![0; words_a_row * height] }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// The words of a row; pixel `x` is bit `x % 64` of word `x / 64`.
    pub fn row(&self, y: usize) -> &[u64] {
        &self.words[y * self.words_a_row..][..self.words_a_row]
    }

    /// Like [`Bits::row`], to write. Bits beyond the width must stay 0.
    pub fn row_mut(&mut self, y: usize) -> &mut [u64] {
        &mut self.words[y * self.words_a_row..][..self.words_a_row]
    }

    /// How many pixels are set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many pixels of a part of a row are set.
    #[inline]
    pub fn count_in_row(&self, y: usize, columns: Range<usize>) -> usize {
        let Some(last) = columns.end.checked_sub(1).filter(|last| *last >= columns.start) else { return 0 };
        let (first_word, last_word) = (columns.start / WORD, last / WORD);
        let counted = |(index, word): (usize, &u64)| {
            let from = if index == first_word { !0 << (columns.start % WORD) } else { !0 };
            let to = if index == last_word { !0 >> (WORD - 1 - last % WORD) } else { !0 };
            (word & from & to).count_ones() as usize
        };
        self.row(y).iter().enumerate().skip(first_word).take(last_word + 1 - first_word).map(counted).sum()
    }

    /// Clears every pixel.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Sets every pixel.
    pub fn fill(&mut self) {
        let last = last_word_mask(self.width);
        for row in rows_mut(&mut self.words, self.words_a_row) {
            row.fill(!0);
            if let Some(word) = row.last_mut() {
                *word = last;
            }
        }
    }

    /// Keeps only what is set in `other` too, which has the same size.
    pub fn keep(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Sets what is set in `other` too, which has the same size.
    pub fn join(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Clears what was set, and sets the rest.
    pub fn invert(&mut self) {
        let last = last_word_mask(self.width);
        for row in rows_mut(&mut self.words, self.words_a_row) {
            for word in row.iter_mut() {
                *word = !*word;
            }
            if let Some(word) = row.last_mut() {
                *word &= last;
            }
        }
    }

    /// Becomes like `other`.
    pub fn copy(&mut self, other: &Self) {
        self.match_size(other);
        self.words.copy_from_slice(&other.words);
    }

    /// Sets the pixels whose value is greater than `threshold`, clears the others. `values` has `width * height`.
    #[inline]
    pub fn set_above(&mut self, values: &[u16], threshold: u16) {
        if self.width > 0 {
            for (y, values) in values.chunks_exact(self.width).take(self.height).enumerate() {
                self.set_row_above(y, values, threshold);
            }
        }
    }

    /// The same for one row. `values` has the picture's width.
    #[inline]
    pub fn set_row_above<T: PartialOrd + Copy>(&mut self, y: usize, values: &[T], threshold: T) {
        for (word, values) in self.row_mut(y).iter_mut().zip(values.chunks(WORD)) {
            let mut bytes = [0u8; WORD];
            for (byte, value) in bytes.iter_mut().zip(values) {
                *byte = if *value > threshold { 0x80 } else { 0 };
            }
            *word = pack(&bytes);
        }
    }

    /// Sets everything within `radius` pixels, diagonals included, of what is set.
    pub fn dilate(&mut self, radius: usize, scratch: &mut Self) {
        for _ in 0..radius {
            self.grow(scratch);
        }
    }

    /// Clears everything within `radius` pixels, diagonals included, of what is not set. What lies outside of the picture does
    /// not count.
    pub fn erode(&mut self, radius: usize, scratch: &mut Self) {
        for _ in 0..radius {
            self.shrink(scratch);
        }
    }

    /// Sets the pixels that a mask of the same size calls moving. Shadows are not set.
    pub fn set_moving(&mut self, mask: &Mask) {
        if self.width == 0 {
            return;
        }
        for (row, bytes) in rows_mut(&mut self.words, self.words_a_row).zip(mask.data.chunks_exact(self.width)) {
            for (word, bytes) in row.iter_mut().zip(bytes.chunks(WORD)) {
                *word = pack(bytes);
            }
        }
    }

    /// Writes 255 where set and 0 elsewhere into `width * height` bytes.
    pub fn write_bytes(&self, bytes: &mut [u8]) {
        if self.width == 0 {
            return;
        }
        for (y, bytes) in bytes.chunks_exact_mut(self.width).take(self.height).enumerate() {
            let (whole, rest) = bytes.as_chunks_mut::<WORD>();
            let words = self.row(y);
            for (word, bytes) in words.iter().zip(whole.iter_mut()) {
                *bytes = unpack(*word);
            }
            if let Some(word) = words.get(whole.len()) {
                rest.copy_from_slice(&unpack(*word)[..rest.len()]);
            }
        }
    }

    /// Removes what is thinner than a square of `2 * radius + 1` pixels, and leaves the rest as it is.
    pub fn open(&mut self, radius: usize, scratch: &mut Self) {
        for _ in 0..radius {
            self.shrink(scratch);
        }
        for _ in 0..radius {
            self.grow(scratch);
        }
    }

    /// Fills gaps into which a square of `2 * radius + 1` pixels does not fit, and leaves the rest as it is.
    pub fn close(&mut self, radius: usize, scratch: &mut Self) {
        for _ in 0..radius {
            self.grow(scratch);
        }
        for _ in 0..radius {
            self.shrink(scratch);
        }
    }

    /// Dilation by 3x3.
    fn grow(&mut self, scratch: &mut Self) {
        scratch.match_size(self);
        let last = last_word_mask(self.width);
        for y in 0..self.height {
            spread_row(self.row(y), scratch.row_mut(y), last, 0, |left, middle, right| left | middle | right);
        }
        self.combine_rows(scratch, |above, middle, below| above | middle | below);
    }

    /// Erosion by 3x3.
    fn shrink(&mut self, scratch: &mut Self) {
        scratch.match_size(self);
        let last = last_word_mask(self.width);
        for y in 0..self.height {
            spread_row(self.row(y), scratch.row_mut(y), last, !0, |left, middle, right| left & middle & right);
        }
        self.combine_rows(scratch, |above, middle, below| above & middle & below);
    }

    /// Each row of `self` from three rows of `source`. A missing neighbour is replaced by the row itself, which changes
    /// neither a union nor an intersection.
    fn combine_rows(&mut self, source: &Self, combine: impl Fn(u64, u64, u64) -> u64) {
        for y in 0..self.height {
            let above = source.row(y.saturating_sub(1));
            let middle = source.row(y);
            let below = source.row((y + 1).min(self.height - 1));
            for (((out, above), middle), below) in self.row_mut(y).iter_mut().zip(above).zip(middle).zip(below) {
                *out = combine(*above, *middle, *below);
            }
        }
    }

    fn match_size(&mut self, other: &Self) {
        if (self.width, self.height) != (other.width, other.height) {
            *self = Self::new(other.width, other.height);
        }
    }
}

/// One row combined with itself moved by one pixel to either side. `outside` is what lies beyond the borders.
fn spread_row(from: &[u64], to: &mut [u64], last_mask: u64, outside: u64, combine: impl Fn(u64, u64, u64) -> u64) {
    let Some(last) = from.len().checked_sub(1) else { return };
    if from.iter().all(|word| *word == 0) {
        to.fill(0);
        return;
    }
    // Bits beyond the width are 0 at rest; they must look like the outside while pixels move over the border.
    let word = |i: usize| if i == last { from[i] | (outside & !last_mask) } else { from[i] };
    let mut before = outside;
    let mut middle = word(0);
    for (i, out) in to.iter_mut().enumerate() {
        let after = if i == last { outside } else { word(i + 1) };
        *out = combine(middle << 1 | before >> (WORD - 1), middle, middle >> 1 | after << (WORD - 1));
        before = middle;
        middle = after;
    }
    to[last] &= last_mask;
}

/// Up to 64 bytes of a mask as bits.
fn pack(bytes: &[u8]) -> u64 {
    // Of the three values of a mask only `MOVING` has its highest bit set. The multiplication gathers the highest bits
    // of eight bytes in the top byte: each lands at its own place and no two partial sums meet.
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const GATHER: u64 = 0x0002_0408_1020_4081;
    if bytes == [0; WORD] {
        return 0;
    }
    let mut word = 0;
    let mut chunks = bytes.chunks_exact(8);
    let mut shift = 0;
    for chunk in &mut chunks {
        let eight = u64::from_le_bytes(chunk.try_into().expect("chunks_exact(8) gives eight bytes"));
        word |= ((eight & HIGH).wrapping_mul(GATHER) >> 56) << shift;
        shift += 8;
    }
    for byte in chunks.remainder() {
        word |= u64::from(byte >> 7) << shift;
        shift += 1;
    }
    word
}

/// A byte of a mask for each bit.
#[inline]
fn unpack(word: u64) -> [u8; WORD] {
    // Most of a picture is still, and most of the rest is inside of something.
    match word {
        0 => return [Mask::STILL; WORD],
        u64::MAX => return [Mask::MOVING; WORD],
        _ => {}
    }
    let eights = word.to_le_bytes();
    let mut bytes = [Mask::STILL; WORD];
    for (place, byte) in bytes.iter_mut().enumerate() {
        let bit = 1 << (place % 8);
        *byte = if eights[place / 8] & bit == bit { Mask::MOVING } else { Mask::STILL };
    }
    bytes
}

/// The bits of a row's last word that lie inside the picture.
fn last_word_mask(width: usize) -> u64 {
    match width % WORD {
        0 => !0,
        used => (1 << used) - 1,
    }
}

fn rows_mut(words: &mut [u64], words_a_row: usize) -> impl Iterator<Item = &mut [u64]> {
    words.chunks_exact_mut(words_a_row.max(1))
}

#[cfg(test)]
pub(super) mod drawing {
    //! Bits drawn as text: `#` is set.
    use super::Bits;

    /// Reads rows of `#` and `.`.
    pub fn bits(rows: &[&str]) -> Bits {
        let mut bits = Bits::new(rows.first().map_or(0, |row| row.len()), rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (x, character) in row.bytes().enumerate() {
                if character == b'#' {
                    bits.row_mut(y)[x / 64] |= 1 << (x % 64);
                }
            }
        }
        bits
    }

    /// The same picture as text.
    pub fn text(bits: &Bits) -> Vec<String> {
        let character = |x, y| if is_set(bits, x, y) { '#' } else { '.' };
        (0..bits.height()).map(|y| (0..bits.width()).map(|x| character(x, y)).collect()).collect()
    }

    pub fn is_set(bits: &Bits, x: usize, y: usize) -> bool {
        bits.row(y)[x / 64] >> (x % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::drawing::{bits, is_set, text};
    use super::*;

    fn opened(rows: &[&str]) -> Vec<String> {
        let mut picture = bits(rows);
        picture.open(1, &mut Bits::default());
        text(&picture)
    }

    fn closed(rows: &[&str]) -> Vec<String> {
        let mut picture = bits(rows);
        picture.close(1, &mut Bits::default());
        text(&picture)
    }

    #[test]
    fn opening_removes_specks_and_thin_lines_and_keeps_the_square() {
        assert_eq!(
            opened(&[
                "#.........", //
                "....###...",
                ".##.######",
                "....###...",
                "..........",
            ]),
            [
                "..........", //
                "....###...",
                "....###...",
                "....###...",
                "..........",
            ]
        );
    }

    #[test]
    fn opening_keeps_what_the_border_cuts() {
        let corner = ["##..", "##..", "....", "...."];
        assert_eq!(opened(&corner), corner);
    }

    #[test]
    fn closing_fills_the_gap_between_two_halves() {
        assert_eq!(
            closed(&[
                "...........", //
                "...........",
                "..###.###..",
                "..###.###..",
                "..###.###..",
                "...........",
                "...........",
            ]),
            [
                "...........", //
                "...........",
                "..#######..",
                "..#######..",
                "..#######..",
                "...........",
                "...........",
            ]
        );
    }

    #[test]
    fn a_shadow_is_not_set() {
        let mask = Mask { width: 3, height: 1, data: vec![Mask::SHADOW, Mask::MOVING, Mask::STILL] };
        let mut picture = Bits::new(3, 1);
        picture.set_moving(&mask);
        assert_eq!(text(&picture), [".#."]);
    }

    /// 3x3 neighbourhood, one pixel at a time.
    fn naive(picture: &Bits, grow: bool) -> Bits {
        let mut out = Bits::new(picture.width(), picture.height());
        for y in 0..picture.height() {
            for x in 0..picture.width() {
                let columns = x.saturating_sub(1)..(x + 2).min(picture.width());
                let rows = y.saturating_sub(1)..(y + 2).min(picture.height());
                let mut near = rows.flat_map(|y| columns.clone().map(move |x| is_set(picture, x, y)));
                if if grow { near.any(|set| set) } else { near.all(|set| set) } {
                    out.row_mut(y)[x / 64] |= 1 << (x % 64);
                }
            }
        }
        out
    }

    fn any_picture() -> impl Strategy<Value = (usize, Vec<u8>)> {
        (1usize..150, 1usize..12).prop_flat_map(|(width, height)| {
            let value = prop_oneof![2 => Just(Mask::MOVING), 1 => Just(Mask::STILL), 1 => Just(Mask::SHADOW)];
            (Just(width), proptest::collection::vec(value, width * height))
        })
    }

    fn picture_of((width, data): &(usize, Vec<u8>)) -> (Mask, Bits) {
        let height = data.len() / width;
        let size = |pixels: usize| u32::try_from(pixels).unwrap();
        let mask = Mask { width: size(*width), height: size(height), data: data.clone() };
        let mut picture = Bits::new(*width, height);
        picture.set_moving(&mask);
        (mask, picture)
    }

    proptest! {
        #[test]
        fn bits_and_bytes_tell_the_same(drawn in any_picture()) {
            let (mask, picture) = picture_of(&drawn);
            let mut bytes = vec![1; mask.data.len()];
            picture.write_bytes(&mut bytes);
            let moving = |v: &u8| if *v == Mask::MOVING { Mask::MOVING } else { Mask::STILL };
            prop_assert_eq!(&bytes, &mask.data.iter().map(moving).collect::<Vec<_>>());
            prop_assert_eq!(picture.count(), bytes.into_iter().filter(|v| *v == Mask::MOVING).count());
        }

        #[test]
        fn a_part_of_a_row_is_counted_as_pixel_by_pixel(drawn in any_picture(), ends in (0usize..200, 0usize..200)) {
            let (_, picture) = picture_of(&drawn);
            let columns = ends.0.min(picture.width())..ends.1.min(picture.width());
            for y in 0..picture.height() {
                let counted = columns.clone().filter(|x| is_set(&picture, *x, y)).count();
                prop_assert_eq!(picture.count_in_row(y, columns.clone()), counted);
            }
        }

        #[test]
        fn growing_and_shrinking_match_a_pixel_by_pixel_reading(drawn in any_picture()) {
            let (_, picture) = picture_of(&drawn);
            let (mut grown, mut shrunk) = (picture.clone(), picture.clone());
            grown.grow(&mut Bits::default());
            shrunk.shrink(&mut Bits::default());
            prop_assert_eq!(text(&grown), text(&naive(&picture, true)));
            prop_assert_eq!(text(&shrunk), text(&naive(&picture, false)));
        }

        #[test]
        fn opening_only_removes_and_closing_only_adds(drawn in any_picture(), radius in 1usize..4) {
            let (_, picture) = picture_of(&drawn);
            let (mut opened, mut closed) = (picture.clone(), picture.clone());
            opened.open(radius, &mut Bits::default());
            closed.close(radius, &mut Bits::default());
            for ((before, opened), closed) in picture.words.iter().zip(&opened.words).zip(&closed.words) {
                prop_assert_eq!(opened & !before, 0);
                prop_assert_eq!(before & !closed, 0);
            }
            let (mut again, once) = (opened.clone(), opened);
            again.open(radius, &mut Bits::default());
            prop_assert_eq!(text(&again), text(&once));
        }
    }
}
