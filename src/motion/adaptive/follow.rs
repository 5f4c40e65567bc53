//! A camera that turns: the background goes with it, and what comes into view is background where it was not seen before.
//!
//! So somebody who moves is found while the camera turns, as in a mosaic that grows with every picture (Bhat, Saptharishi and Khosla,
//! *Motion Detection and Segmentation Using Image Mosaics*, ICME 2000), but of one picture's size.

use std::ops::Range;

/// Moves a plane by so many pixels to the right and down. What comes in is 0.
pub(super) fn shift_plane(plane: &mut [u8], (width, height): (usize, usize), (across, down): (i32, i32)) {
    if (across, down) == (0, 0) {
        return;
    }
    let (columns, rows) = (across.unsigned_abs() as usize, down.unsigned_abs() as usize);
    let (columns, rows) = (columns.min(width), rows.min(height));
    if down > 0 {
        plane.copy_within(..(height - rows) * width, rows * width);
        plane[..rows * width].fill(0);
    } else {
        plane.copy_within(rows * width.., 0);
        plane[(height - rows) * width..].fill(0);
    }
    for row in plane.chunks_exact_mut(width) {
        if across > 0 {
            row.copy_within(..width - columns, columns);
            row[..columns].fill(0);
        } else {
            row.copy_within(columns.., 0);
            row[width - columns..].fill(0);
        }
    }
}

/// The pixels that come in when a plane is moved by so many to the right and down, row by row.
pub(super) fn new_pixels(
    (width, height): (usize, usize),
    (across, down): (i32, i32),
) -> impl Iterator<Item = Range<usize>> {
    let (columns, rows) = (across.unsigned_abs() as usize, down.unsigned_abs() as usize);
    let (columns, rows) = (columns.min(width), rows.min(height));
    (0..height).map(move |y| {
        let row = y * width..(y + 1) * width;
        let is_new_row = if down > 0 { y < rows } else { y >= height - rows };
        match (is_new_row, across > 0) {
            (true, _) => row,
            (false, true) => row.start..row.start + columns,
            (false, false) => row.end - columns..row.end,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_goes_to_all_sides_and_what_comes_in_is_told() {
        let plane: Vec<u8> = (1..=12).collect();
        for (by, expected) in [
            ((1, 0), [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11]),
            ((-2, 0), [3, 4, 0, 0, 7, 8, 0, 0, 11, 12, 0, 0]),
            ((0, 1), [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
            ((1, -2), [0, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0]),
            ((9, 9), [0; 12]),
            ((0, 0), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ] {
            let mut moved = plane.clone();
            shift_plane(&mut moved, (4, 3), by);
            assert_eq!(moved, expected, "{by:?}");
            let new: Vec<usize> = new_pixels((4, 3), by).flatten().collect();
            let zeroes: Vec<usize> = (0..12).filter(|pixel| expected[*pixel] == 0).collect();
            assert_eq!(new, zeroes, "{by:?}");
        }
    }
}
