//! The working picture: the input made smaller by whole factors, because motion is seen as well on few pixels and the
//! mean of several is less noisy. Knows nothing of motion.

use crate::domain::RgbPicture;

/// How a picture is made smaller: each cell of `columns` x `rows` pixels becomes one pixel. Columns and rows that do not
/// fill a last cell are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cells {
    /// Width of a cell in pixels.
    pub columns: usize,
    /// Height of a cell in pixels.
    pub rows: usize,
    /// Cells in a row.
    pub across: usize,
    /// Rows of cells.
    pub down: usize,
}

impl Cells {
    /// The smallest square cells (narrower where the picture itself is) with which at most `most_pixels` remain.
    pub fn for_size(width: usize, height: usize, most_pixels: usize) -> Self {
        let by = |factor: usize| {
            let (columns, rows) = (factor.min(width).max(1), factor.min(height).max(1));
            Self { columns, rows, across: width / columns, down: height / rows }
        };
        // With a cell as large as the picture one pixel remains.
        let factors = 1..=width.max(height).max(1);
        factors.map(by).find(|cells| cells.across * cells.down <= most_pixels.max(1)).unwrap_or_default()
    }
}

/// Makes pictures smaller; its row is reused.
#[derive(Debug, Default)]
pub(super) struct Reducer {
    /// Sums of one row of cells, column by column of the input.
    sums: Vec<u32>,
}

impl Reducer {
    /// The mean of each cell, rounded to nearest.
    pub fn reduce(&mut self, picture: &RgbPicture, cells: Cells, working: &mut RgbPicture) {
        let size = |length: usize| u32::try_from(length).expect("no longer than the picture's, which is a u32");
        (working.width, working.height) = (size(cells.across), size(cells.down));
        working.data.resize(cells.across * cells.down * 3, 0);
        if working.data.is_empty() {
            return;
        }
        let stride = picture.width as usize * 3;
        let used = cells.across * cells.columns * 3;
        self.sums.resize(used, 0);
        for (rows, out) in
            picture.data.chunks_exact(stride * cells.rows).zip(working.data.chunks_exact_mut(cells.across * 3))
        {
            self.sums.fill(0);
            for row in rows.chunks_exact(stride) {
                for (sum, value) in self.sums.iter_mut().zip(row) {
                    *sum += u32::from(*value);
                }
            }
            means(&self.sums, cells, out);
        }
    }
}

/// From sums of columns to means of cells. Common cell widths are known to the compiler, which makes them fast.
fn means(sums: &[u32], cells: Cells, out: &mut [u8]) {
    match cells.columns {
        1 => means_of_width::<1>(sums, cells, out),
        2 => means_of_width::<2>(sums, cells, out),
        3 => means_of_width::<3>(sums, cells, out),
        4 => means_of_width::<4>(sums, cells, out),
        _ => means_of_any_width(sums, cells, out),
    }
}

#[inline]
fn means_of_width<const COLUMNS: usize>(sums: &[u32], cells: Cells, out: &mut [u8]) {
    means_of_any_width(sums, Cells { columns: COLUMNS, ..cells }, out);
}

#[inline]
fn means_of_any_width(sums: &[u32], cells: Cells, out: &mut [u8]) {
    let pixels =
        u32::try_from(cells.columns * cells.rows).expect("a cell is not larger than a picture that was let in");
    for (cell, out) in sums.chunks_exact(cells.columns * 3).zip(out.chunks_exact_mut(3)) {
        let mut total = [pixels / 2; 3];
        for pixel in cell.chunks_exact(3) {
            for (total, value) in total.iter_mut().zip(pixel) {
                *total += value;
            }
        }
        for (out, total) in out.iter_mut().zip(total) {
            *out = u8::try_from(total / pixels).expect("a mean of bytes is a byte");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, value: impl Fn(usize) -> u8) -> RgbPicture {
        RgbPicture { width, height, data: (0..(width * height * 3) as usize).map(value).collect() }
    }

    fn reduced(picture: &RgbPicture, most_pixels: usize) -> RgbPicture {
        let mut working = RgbPicture::default();
        let cells = Cells::for_size(picture.width as usize, picture.height as usize, most_pixels);
        Reducer::default().reduce(picture, cells, &mut working);
        working
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let small = picture(5, 3, |i| u8::try_from(i * 5).unwrap());
        assert_eq!(reduced(&small, 15), small);
    }

    #[test]
    fn common_sizes_come_under_the_limit_with_the_smallest_factor() {
        let size = |width, height| {
            let cells = Cells::for_size(width, height, 130_000);
            (cells.columns, cells.across, cells.down)
        };
        assert_eq!(size(320, 240), (1, 320, 240));
        assert_eq!(size(640, 480), (2, 320, 240));
        assert_eq!(size(1280, 720), (3, 426, 240));
        assert_eq!(size(1920, 1080), (4, 480, 270));
        assert_eq!(size(3840, 2160), (8, 480, 270));
    }

    #[test]
    fn a_picture_of_one_row_keeps_its_row() {
        let cells = Cells::for_size(400_000, 1, 130_000);
        assert_eq!((cells.across, cells.down), (100_000, 1));
        assert_eq!(reduced(&picture(9, 1, |_| 7), 3).data, [7; 9]);
    }

    #[test]
    fn a_picture_without_pixels_gives_one_without_pixels() {
        assert_eq!(reduced(&RgbPicture::default(), 10).data, [0; 0]);
        assert_eq!(reduced(&RgbPicture { width: 4, height: 0, data: vec![] }, 10).data, [0; 0]);
    }

    #[test]
    fn each_pixel_is_the_rounded_mean_of_its_cell_and_incomplete_cells_are_left_out() {
        let mut five = picture(5, 2, |_| 0);
        for (pixel, value) in [(0, 10), (1, 20), (5, 30), (6, 42), (4, 255), (9, 255)] {
            five.data[pixel * 3] = value;
        }
        let working = reduced(&five, 2);
        assert_eq!((working.width, working.height), (2, 1));
        assert_eq!(working.data, [26, 0, 0, 0, 0, 0]);
        for columns in [2, 3, 4, 7, 20] {
            let white = picture(40, 40, |_| 255);
            assert!(reduced(&white, (40 / columns) * (40 / columns)).data.iter().all(|value| *value == 255));
        }
    }
}
