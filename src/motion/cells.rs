//! How the working picture is cut out of the input: cells of whole pixels, because motion is seen as well on few pixels and the
//! mean of several is less noisy.

/// Where a cell has twice as many rows or more, some are left out: the mean of the others is as good, and most of the time goes
/// by waiting for the pixels of a large picture.
const ENOUGH_ROWS: usize = 2;

/// How large the working picture is at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fineness {
    /// Most pixels of the working picture.
    pub most_pixels: usize,
    /// Cells may have so many times as many rows as columns. Somebody who stands or walks is higher than wide: with the same number
    /// of pixels more is left of them in cells that are so too.
    pub tallest: usize,
}

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
    /// The smallest cells (narrower, or less high, where the picture itself is) of this fineness: those of which most fit.
    pub fn for_size(width: usize, height: usize, fineness: Fineness) -> Self {
        let Fineness { most_pixels, tallest } = fineness;
        let of = |columns: usize, rows: usize| {
            let (columns, rows) = (columns.min(width).max(1), rows.min(height).max(1));
            Self { columns, rows, every: (rows / ENOUGH_ROWS).max(1), across: width / columns, down: height / rows }
        };
        let fits = |cells: &Self| cells.across * cells.down <= most_pixels.max(1);
        // With a cell as large as the picture one pixel remains.
        let square = (1..=width.max(height).max(1)).find(|factor| fits(&of(*factor, *factor))).unwrap_or(1);
        let narrower = (square.div_ceil(tallest.max(1))..=square)
            .filter_map(|columns| (columns..=columns * tallest).map(|rows| of(columns, rows)).find(fits));
        narrower.max_by_key(|cells| cells.across * cells.down).unwrap_or_else(|| of(square, square))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Fineness = Fineness { most_pixels: 130_000, tallest: 1 };

    #[test]
    fn common_sizes_come_under_the_limit_with_the_smallest_factor() {
        let size = |width, height| {
            let cells = Cells::for_size(width, height, SQUARE);
            (cells.columns, cells.rows, cells.every, cells.across, cells.down)
        };
        assert_eq!(size(320, 240), (1, 1, 1, 320, 240));
        assert_eq!(size(640, 480), (2, 2, 1, 320, 240));
        assert_eq!(size(1280, 720), (3, 3, 1, 426, 240));
        assert_eq!(size(1920, 1080), (4, 4, 2, 480, 270));
        assert_eq!(size(3840, 2160), (8, 8, 4, 480, 270));
    }

    #[test]
    fn cells_that_may_be_higher_than_wide_are_so_where_more_pixels_remain() {
        let size = |width, height| {
            let cells = Cells::for_size(width, height, Fineness { most_pixels: 40_000, tallest: 2 });
            assert!(cells.columns <= cells.rows && cells.rows <= 2 * cells.columns);
            (cells.columns, cells.rows, cells.across * cells.down)
        };
        assert_eq!(size(160, 120), (1, 1, 19_200));
        assert_eq!(size(320, 240), (1, 2, 38_400));
        assert_eq!(size(640, 360), (2, 3, 38_400));
        assert_eq!(size(640, 480), (2, 4, 38_400));
        assert_eq!(size(1280, 720), (4, 6, 38_400));
        assert_eq!(size(7680, 4320), (23, 36, 39_960));
    }

    #[test]
    fn a_picture_of_one_row_keeps_its_row() {
        let cells = Cells::for_size(400_000, 1, SQUARE);
        assert_eq!((cells.across, cells.down), (100_000, 1));
    }

    #[test]
    fn a_picture_without_pixels_has_no_cells() {
        for (width, height) in [(0, 0), (4, 0), (0, 4)] {
            let cells = Cells::for_size(width, height, Fineness { most_pixels: 10, tallest: 2 });
            assert_eq!(cells.across * cells.down, 0);
        }
    }
}
