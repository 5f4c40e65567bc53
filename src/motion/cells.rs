//! How the working picture is cut out of the input: cells of whole pixels, because motion is seen as well on few pixels and the
//! mean of several is less noisy.

/// Where a cell has twice as many rows or more, some are left out: the mean of the others is as good, and most of the time goes
/// by waiting for the pixels of a large picture.
const ENOUGH_ROWS: usize = 2;

/// How a picture is made smaller: each cell of `columns` x `rows` pixels becomes one pixel. Columns and rows that do not
/// fill a last cell are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cells {
    /// Width of a cell in pixels.
    pub columns: usize,
    /// Height of a cell in pixels.
    pub rows: usize,
    /// One in so many of these rows is looked at, from the first one on.
    pub every: usize,
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
            let every = (rows / ENOUGH_ROWS).max(1);
            Self { columns, rows, every, across: width / columns, down: height / rows }
        };
        // With a cell as large as the picture one pixel remains.
        let factors = 1..=width.max(height).max(1);
        factors.map(by).find(|cells| cells.across * cells.down <= most_pixels.max(1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_sizes_come_under_the_limit_with_the_smallest_factor() {
        let size = |width, height| {
            let cells = Cells::for_size(width, height, 130_000);
            (cells.columns, cells.every, cells.across, cells.down)
        };
        assert_eq!(size(320, 240), (1, 1, 320, 240));
        assert_eq!(size(640, 480), (2, 1, 320, 240));
        assert_eq!(size(1280, 720), (3, 1, 426, 240));
        assert_eq!(size(1920, 1080), (4, 2, 480, 270));
        assert_eq!(size(3840, 2160), (8, 4, 480, 270));
    }

    #[test]
    fn a_picture_of_one_row_keeps_its_row() {
        let cells = Cells::for_size(400_000, 1, 130_000);
        assert_eq!((cells.across, cells.down), (100_000, 1));
    }

    #[test]
    fn a_picture_without_pixels_has_no_cells() {
        for (width, height) in [(0, 0), (4, 0), (0, 4)] {
            let cells = Cells::for_size(width, height, 10);
            assert_eq!(cells.across * cells.down, 0);
        }
    }
}
