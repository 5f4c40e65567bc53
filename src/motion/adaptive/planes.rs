//! The working picture in three planes: brightness and two colour differences, made smaller by whole factors, because motion
//! is seen as well on few pixels and the mean of several is less noisy. Knows nothing of motion.

use super::super::cells::Cells;
use crate::domain::RgbPicture;

/// Bytes that are worked on at once. Planes are as long as a multiple of this.
pub(super) const LANES: usize = 32;

/// Pixels of one step.
pub(super) type Lanes = [u8; LANES];

/// Brightness and colour of a picture, a byte each (ITU-R BT.601, full range). Rows follow each other without a gap; what
/// lies behind the last pixel is there to be worked on and means nothing.
#[derive(Debug, Default)]
pub(super) struct Planes {
    pub width: usize,
    pub height: usize,
    /// Y, Cb, Cr.
    pub channels: [Vec<u8>; 3],
    reducer: Reducer,
    blurred: [Vec<u16>; 3],
}

/// Makes a row of cells out of as many rows of a picture as a cell is high: first downwards, as that needs no shuffling, and then
/// along the row.
#[derive(Debug, Default)]
struct Reducer {
    /// The mean of the rows, pixel by pixel.
    row: Vec<u8>,
    /// Red, green and blue of it.
    columns: [Vec<u8>; 3],
    /// Red, green and blue of the cells.
    means: [Vec<u16>; 3],
}

/// The next length that is a whole number of steps.
pub(super) fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

/// The pixels of one step.
#[inline(always)]
pub(super) fn at(plane: &[u8], start: usize) -> &Lanes {
    plane[start..start + LANES].try_into().expect("the slice has that length")
}

/// The pixels of one step, to write.
#[inline(always)]
pub(super) fn at_mut(plane: &mut [u8], start: usize) -> &mut Lanes {
    (&mut plane[start..start + LANES]).try_into().expect("the slice has that length")
}

impl Planes {
    /// Makes room for pictures of this size.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        for plane in &mut self.channels {
            plane.clear();
            plane.resize(padded(width * height), 128);
        }
        for row in self.blurred.iter_mut().chain(&mut self.reducer.means) {
            row.clear();
            row.resize(width, 0);
        }
    }

    /// Takes a picture over: the mean of each cell, then its brightness and colour.
    #[inline(always)]
    pub fn take(&mut self, picture: &RgbPicture, cells: Cells) {
        let stride = picture.width as usize * 3;
        let used = cells.across * cells.columns;
        self.reducer.row.resize(used * 3, 0);
        for columns in &mut self.reducer.columns {
            columns.resize(used, 0);
        }
        for y in 0..self.height {
            let rows = &picture.data[y * cells.rows * stride..][..cells.rows * stride];
            let row = |index: usize| &rows[index * cells.every * stride..][..used * 3];
            match cells.rows.div_ceil(cells.every) {
                1 => self.reducer.take_apart(row(0)),
                2 => self.reducer.mean_of_two(row(0), row(1)),
                _ => self.reducer.mean_of_three([row(0), row(1), row(2)]),
            }
            self.reducer.average(cells);
            let [luma, blue, red] = &mut self.channels;
            let row = y * self.width..(y + 1) * self.width;
            to_colours(&self.reducer.means, [&mut luma[row.clone()], &mut blue[row.clone()], &mut red[row]]);
        }
    }

    /// A binomial blur of 3x3 pixels in place, edges repeated.
    #[inline(always)]
    pub fn blur(&mut self) {
        for plane in &mut self.channels {
            blur_plane(plane, self.width, self.height, &mut self.blurred);
        }
    }

    /// The same blur for a plane of the same size.
    #[inline(always)]
    pub fn blur_other(&mut self, plane: &mut [u8]) {
        blur_plane(plane, self.width, self.height, &mut self.blurred);
    }
}

impl Reducer {
    #[inline(always)]
    fn mean_of_two(&mut self, one: &[u8], other: &[u8]) {
        let mut row = std::mem::take(&mut self.row);
        for ((out, one), other) in row.iter_mut().zip(one).zip(other) {
            *out = ((u16::from(*one) + u16::from(*other) + 1) >> 1) as u8;
        }
        self.take_apart(&row);
        self.row = row;
    }

    #[inline(always)]
    fn mean_of_three(&mut self, [one, other, third]: [&[u8]; 3]) {
        let mut row = std::mem::take(&mut self.row);
        for (((out, one), other), third) in row.iter_mut().zip(one).zip(other).zip(third) {
            let sum = u16::from(*one) + u16::from(*other) + u16::from(*third) + 1;
            *out = divided(sum, reciprocal(3)) as u8;
        }
        self.take_apart(&row);
        self.row = row;
    }

    /// Takes the three colours apart: from then on neighbours lie side by side.
    #[inline(always)]
    fn take_apart(&mut self, row: &[u8]) {
        let [red, green, blue] = &mut self.columns;
        let columns = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
        for (((red, green), blue), pixel) in columns.zip(row.as_chunks::<3>().0) {
            *red = pixel[0];
            *green = pixel[1];
            *blue = pixel[2];
        }
    }

    /// From columns to the means of cells. Common widths are known to the compiler, which makes them fast.
    #[inline(always)]
    fn average(&mut self, cells: Cells) {
        match cells.columns {
            1 => self.average_of::<1>(),
            2 => self.average_of_pairs(),
            3 => self.average_of::<3>(),
            4 => self.average_of::<4>(),
            5 => self.average_of::<5>(),
            6 => self.average_of::<6>(),
            7 => self.average_of::<7>(),
            8 => self.average_of::<8>(),
            9 => self.average_of::<9>(),
            10 => self.average_of::<10>(),
            columns => self.average_of_any(columns),
        }
    }

    #[inline(always)]
    fn average_of_pairs(&mut self) {
        for (columns, means) in self.columns.iter().zip(&mut self.means) {
            for (mean, pair) in means.iter_mut().zip(columns.as_chunks::<2>().0) {
                let pair = u16::from_le_bytes(*pair);
                *mean = ((pair & 255) + (pair >> 8) + 1) >> 1;
            }
        }
    }

    #[inline(always)]
    fn average_of<const COLUMNS: usize>(&mut self) {
        let (half, reciprocal) = (COLUMNS as u16 / 2, reciprocal(COLUMNS as u32));
        for (columns, means) in self.columns.iter().zip(&mut self.means) {
            for (mean, cell) in means.iter_mut().zip(columns.as_chunks::<COLUMNS>().0) {
                let sum: u16 = cell.iter().map(|value| u16::from(*value)).sum();
                *mean = divided(sum + half, reciprocal);
            }
        }
    }

    fn average_of_any(&mut self, columns: usize) {
        for (row, means) in self.columns.iter().zip(&mut self.means) {
            for (mean, cell) in means.iter_mut().zip(row.chunks_exact(columns)) {
                let sum: usize = cell.iter().map(|value| usize::from(*value)).sum();
                *mean = ((sum + columns / 2) / columns) as u16;
            }
        }
    }
}

/// What a sum is multiplied by to divide it by so many; in 65536ths, rounded up.
#[inline(always)]
fn reciprocal(count: u32) -> u32 {
    (1 << 16) / count + 1
}

/// A sum of at most ten bytes divided by their number: exact, as the reciprocal is too large by less than the sum's part of it.
#[inline(always)]
fn divided(sum: u16, reciprocal: u32) -> u16 {
    ((u32::from(sum) * reciprocal) >> 16) as u16
}

/// Brightness and colour of one row; red, green and blue are at most 255.
#[inline(always)]
fn to_colours([red, green, blue]: &[Vec<u16>; 3], [luma, cb, cr]: [&mut [u8]; 3]) {
    for (((out, red), green), blue) in luma.iter_mut().zip(red).zip(green).zip(blue) {
        *out = ((77 * red + 150 * green + 29 * blue + 128) >> 8) as u8;
    }
    // 72/128 and 91/128: 0.564 and 0.713. The difference fits: at most 255 * 91 in size.
    for ((out, luma), blue) in cb.iter_mut().zip(&*luma).zip(blue) {
        *out = (128 + (((*blue as i16 - i16::from(*luma)) * 72 + 64) >> 7)).clamp(0, 255) as u8;
    }
    for ((out, luma), red) in cr.iter_mut().zip(&*luma).zip(red) {
        *out = (128 + (((*red as i16 - i16::from(*luma)) * 91 + 64) >> 7)).clamp(0, 255) as u8;
    }
}

/// `rows` is as wide as the plane and means nothing before and afterwards.
#[inline(always)]
fn blur_plane(plane: &mut [u8], width: usize, height: usize, rows: &mut [Vec<u16>; 3]) {
    if width < 2 {
        return;
    }
    let [above, middle, below] = rows;
    let (mut above, mut middle, mut below) = (above, middle, below);
    blur_row(&plane[..width], middle);
    above.copy_from_slice(middle);
    for y in 0..height {
        if y + 1 < height {
            blur_row(&plane[(y + 1) * width..][..width], below);
        } else {
            below.copy_from_slice(middle);
        }
        let rows = above.iter().zip(middle.iter()).zip(below.iter());
        for (out, ((above, middle), below)) in plane[y * width..][..width].iter_mut().zip(rows) {
            *out = ((above + 2 * middle + below + 8) >> 4) as u8;
        }
        (above, middle, below) = (middle, below, above);
    }
}

/// 1 2 1 along a row of at least two pixels.
#[inline(always)]
fn blur_row(from: &[u8], to: &mut [u16]) {
    let last = from.len() - 1;
    to[0] = 3 * u16::from(from[0]) + u16::from(from[1]);
    to[last] = 3 * u16::from(from[last]) + u16::from(from[last - 1]);
    let (left, middle, right) = (&from[..last - 1], &from[1..last], &from[2..]);
    for (((out, left), middle), right) in to[1..last].iter_mut().zip(left).zip(middle).zip(right) {
        *out = u16::from(*left) + 2 * u16::from(*middle) + u16::from(*right);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::cells::Fineness;
    use super::*;

    fn picture(width: u32, height: u32, value: impl Fn(u32, u32, usize) -> u8) -> RgbPicture {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = pixels.flat_map(|(x, y)| [value(x, y, 0), value(x, y, 1), value(x, y, 2)]).collect();
        RgbPicture { width, height, data }
    }

    fn planes(picture: &RgbPicture, most_pixels: usize) -> Planes {
        let fineness = Fineness { most_pixels, tallest: 1 };
        let cells = Cells::for_size(picture.width as usize, picture.height as usize, fineness);
        let mut planes = Planes::default();
        planes.fit(cells.across, cells.down);
        planes.take(picture, cells);
        planes
    }

    #[test]
    fn grey_keeps_its_brightness_and_has_no_colour() {
        for grey in 0..=255 {
            let planes = planes(&picture(3, 2, |_, _, _| grey), 100);
            assert_eq!(planes.channels.map(|plane| plane[5]), [grey, 128, 128]);
        }
    }

    #[test]
    fn colours_are_those_of_bt_601() {
        for (rgb, expected) in
            [([255, 0, 0], [77, 85, 255]), ([0, 255, 0], [149, 44, 22]), ([0, 0, 255], [29, 255, 107])]
        {
            let planes = planes(&picture(1, 1, |_, _, channel| rgb[channel]), 100);
            let found = planes.channels.map(|plane| plane[0]);
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{rgb:?}: {found:?}, {expected:?}");
        }
    }

    #[test]
    fn each_pixel_is_the_mean_of_its_cell_whatever_the_size_of_cells() {
        for side in 1..=11 {
            let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes()[1];
            let large = picture(5 * side - 1, 3 * side + side / 2, |x, y, _| noise(x, y));
            let planes = planes(&large, 12);
            assert_eq!((planes.width, planes.height), (4, 3), "side {side}");
            for (cell, luma) in planes.channels[0][..12].iter().enumerate() {
                let (left, top) = (cell as u32 % 4 * side, cell as u32 / 4 * side);
                let rows = (0..side).step_by((side as usize / 2).max(1));
                let values = rows.flat_map(|y| (0..side).map(move |x| u32::from(noise(left + x, top + y))));
                let pixels = values.clone().count() as u32;
                let mean = (values.sum::<u32>() + pixels / 2) / pixels;
                // It is rounded twice, downwards and along the row.
                assert!(u32::from(*luma).abs_diff(mean) <= 1, "side {side}, cell {cell}: {luma}, {mean}");
            }
        }
    }

    #[test]
    fn rows_that_are_left_out_do_not_count() {
        // In each cell of 4x4 pixels the second and the fourth row are left out.
        let striped = picture(12, 8, |_, y, _| if y % 2 == 0 { 90 } else { 255 });
        let planes = planes(&striped, 6);
        assert_eq!((planes.width, planes.height), (3, 2));
        assert_eq!(planes.channels[0][..6], [90; 6]);
    }

    #[test]
    fn a_blur_spreads_a_point_and_keeps_what_is_even() {
        let mut planes = planes(&picture(5, 5, |x, y, _| if (x, y) == (2, 2) { 216 } else { 200 }), 100);
        planes.blur();
        let expected = [200, 200, 200, 200, 200, 200, 201, 202, 201, 200, 200, 202, 204, 202, 200];
        assert_eq!(planes.channels[0][..15], expected);
        assert_eq!(planes.channels[1][..25], [128; 25]);
    }
}
