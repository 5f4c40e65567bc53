//! The picture in 12x8 tiles: small enough to follow the light from place to place, large enough for a median.

use std::ops::Range;

/// Tiles in a row, and rows of tiles.
pub(super) const ACROSS: usize = 12;
pub(super) const DOWN: usize = 8;
/// All of them.
pub(super) const TILES: usize = ACROSS * DOWN;

/// The columns and rows of a tile in a picture of this size; empty where the picture has too few.
pub(super) fn place(tile: usize, width: usize, height: usize) -> (Range<usize>, Range<usize>) {
    let (column, row) = (tile % ACROSS, tile / ACROSS);
    let part = |index: usize, length: usize, parts: usize| index * length / parts..(index + 1) * length / parts;
    (part(column, width, ACROSS), part(row, height, DOWN))
}

/// The tile and those around it; at the border some come twice.
pub(super) fn neighbours(tile: usize) -> impl Iterator<Item = usize> {
    let (column, row) = (tile % ACROSS, tile / ACROSS);
    (0..9).map(move |offset| {
        let x = (column + offset % 3).saturating_sub(1).min(ACROSS - 1);
        let y = (row + offset / 3).saturating_sub(1).min(DOWN - 1);
        y * ACROSS + x
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_each_pixel_once() {
        for (width, height) in [(1, 1), (12, 8), (13, 100), (320, 240), (426, 241)] {
            let mut covered = vec![0; width * height];
            for tile in 0..TILES {
                let (columns, rows) = place(tile, width, height);
                for pixel in rows.flat_map(|y| columns.clone().map(move |x| y * width + x)) {
                    covered[pixel] += 1;
                }
            }
            assert!(covered.iter().all(|times| *times == 1), "{width}x{height}");
        }
    }

    #[test]
    fn neighbours_lie_within_the_picture() {
        assert_eq!(neighbours(0).collect::<Vec<_>>(), [0, 0, 1, 0, 0, 1, 12, 12, 13]);
        assert_eq!(neighbours(17).collect::<Vec<_>>(), [4, 5, 6, 16, 17, 18, 28, 29, 30]);
        assert_eq!(neighbours(TILES - 1).last(), Some(TILES - 1));
    }
}
