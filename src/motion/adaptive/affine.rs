//! Affine maps of a picture, and pictures that are drawn through them: a camera that zooms or rolls shows the background larger, smaller
//! or turned.

use std::ops::Range;

use super::planes::Planes;

/// Sub-pixel places are counted in so many parts of a pixel.
const PART: f32 = 65_536.0;

/// How far a place, from -1 to 1 across and down, goes in pixels of a quarter of the size:
/// `across = m[0] + m[1] x + m[2] y`, `down = m[3] + m[4] x + m[5] y`.
pub(super) type Map = [f32; 6];

/// Pixels at a quarter of the size by which a map moves the corner that it moves most.
pub(super) fn farthest(map: &Map) -> f32 {
    let [x, xx, xy, y, yx, yy] = map.map(f32::abs);
    (x + xx + xy).max(y + yx + yy)
}

/// The same without what a shift does.
pub(super) fn bends(map: &Map) -> f32 {
    let [_, xx, xy, _, yx, yy] = *map;
    farthest(&[0.0, xx, xy, 0.0, yx, yy])
}

/// Where each pixel of a picture of one size comes from, in whole pixels of that size and parts of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    width: usize,
    height: usize,
    /// For columns and rows: the place of the first pixel, and by how much it goes on with each column and each row.
    across: [f32; 3],
    down: [f32; 3],
}

impl Affine {
    /// Pixels of the background, and where they are in a picture that lies beside it by `map`.
    pub fn of(map: &Map, (width, height): (usize, usize)) -> Self {
        let along = |m: &[f32]| {
            // The middle of the first pixel is half a pixel from the border, which is at -1.
            let steps = [8.0 * m[1] / width as f32, 8.0 * m[2] / height as f32];
            [4.0 * (m[0] - m[1] - m[2]) + 0.5 * (steps[0] + steps[1]), steps[0], steps[1]]
        };
        let ([x, xx, xy], [y, yx, yy]) = (along(&map[..3]), along(&map[3..]));
        Self { width, height, across: [x, 1.0 + xx, xy], down: [y, yx, 1.0 + yy] }
    }

    /// The other way round: pixels of the picture, and where they are in the background. `None` where many places fall on one.
    pub fn inverse(&self) -> Option<Self> {
        let ([x, xx, xy], [y, yx, yy]) = (self.across, self.down);
        let determinant = xx * yy - xy * yx;
        if !(0.1..10.0).contains(&determinant) {
            return None;
        }
        let [xx, xy, yx, yy] = [yy, -xy, -yx, xx].map(|value| value / determinant);
        Some(Self { across: [-(xx * x + xy * y), xx, xy], down: [-(yx * x + yy * y), yx, yy], ..*self })
    }

    /// The place of the first pixel of a row, and the step to the next one.
    fn row(&self, y: usize) -> ((i32, i32), (i32, i32)) {
        let place = |m: &[f32; 3]| ((m[0] + m[2] * y as f32) * PART) as i32;
        let step = |m: &[f32; 3]| (m[1] * PART) as i32;
        ((place(&self.across), place(&self.down)), (step(&self.across), step(&self.down)))
    }

    /// The columns of a row that come from inside of the picture, where each place has a neighbour to its right and below.
    fn inside(&self, y: usize) -> Range<usize> {
        let (start, step) = self.row(y);
        let is_inside = |column: usize| {
            let place = |start: i32, step: i32| (i64::from(start) + i64::from(step) * column as i64) >> 16;
            let (x, y) = (place(start.0, step.0), place(start.1, step.1));
            (0..self.width as i64 - 1).contains(&x) && (0..self.height as i64 - 1).contains(&y)
        };
        // What is inside of a row is one piece, as pictures are convex.
        let first = (0..self.width).find(|column| is_inside(*column)).unwrap_or(self.width);
        let last = (first..self.width).rev().find(|column| is_inside(*column)).map_or(first, |last| last + 1);
        first..last
    }

    /// The columns of a row that come from inside, the place of the first of them, and the step to the next one.
    fn way(&self, y: usize) -> (Range<usize>, (i32, i32), (i32, i32)) {
        let ((across, down), step) = self.row(y);
        let inside = self.inside(y);
        let first = inside.start as i32;
        (inside, (across + step.0 * first, down + step.1 * first), step)
    }

    /// The pixels that come from outside, row by row, in at most two pieces each.
    pub fn outside(&self) -> impl Iterator<Item = Range<usize>> {
        let Self { width, height, .. } = *self;
        let pieces = (0..height).flat_map(move |y| {
            let inside = self.inside(y);
            [y * width..y * width + inside.start, y * width + inside.end..(y + 1) * width]
        });
        pieces.filter(|piece| !piece.is_empty())
    }

    /// Draws a picture as it would lie where the background is, between four pixels each. What it does not show is like the nearest pixel
    /// of the row that it does. `drawn` is as long as the plane, and means nothing before and afterwards.
    pub fn draw(&self, plane: &mut Vec<u8>, drawn: &mut Vec<u8>) {
        drawn.resize(plane.len(), 0);
        for y in 0..self.height {
            let (inside, (mut across, mut down), (x_step, y_step)) = self.way(y);
            for out in &mut drawn[y * self.width..][inside.clone()] {
                let first = (down >> 16) as usize * self.width + (across >> 16) as usize;
                let (u, v) = ((across >> 8) & 255, (down >> 8) & 255);
                let at = |place: usize| i32::from(plane[place]);
                let upper = at(first) * (256 - u) + at(first + 1) * u;
                let lower = at(first + self.width) * (256 - u) + at(first + self.width + 1) * u;
                *out = ((upper * (256 - v) + lower * v + 32_768) >> 16) as u8;
                (across, down) = (across + x_step, down + y_step);
            }
            let row = &mut drawn[y * self.width..][..self.width];
            if inside.is_empty() {
                row.copy_from_slice(&plane[y * self.width..][..self.width]);
            } else {
                let (left, right) = (row[inside.start], row[inside.end - 1]);
                row[..inside.start].fill(left);
                row[inside.end..].fill(right);
            }
        }
        std::mem::swap(plane, drawn);
    }

    /// The same with the nearest pixel and nothing in between, for what is not only brightness. What comes from outside is 0.
    pub fn carry(&self, plane: &mut [u8], carried: &mut Vec<u8>) {
        carried.clear();
        carried.resize(self.width * self.height, 0);
        for y in 0..self.height {
            let (inside, (mut across, mut down), (x_step, y_step)) = self.way(y);
            (across, down) = (across + (1 << 15), down + (1 << 15));
            for out in &mut carried[y * self.width..][inside] {
                *out = plane[(down >> 16) as usize * self.width + (across >> 16) as usize];
                (across, down) = (across + x_step, down + y_step);
            }
        }
        plane[..carried.len()].copy_from_slice(carried);
    }

    /// What a picture that was drawn does not show is as in the background.
    pub fn fill_unseen(&self, picture: &mut Planes, background: [&[u8]; 3]) {
        for pixels in self.outside() {
            for (plane, background) in picture.channels.iter_mut().zip(background) {
                plane[pixels.clone()].copy_from_slice(&background[pixels.clone()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (40, 28);

    /// Maps of all kinds, in which a corner goes by some pixels.
    const MAPS: [Map; 5] = [
        [0.0; 6],
        [0.5, 0.0, 0.0, -0.25, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.7],
        [0.0, -1.0, 0.0, 0.3, 0.0, -0.7],
        [0.2, 0.1, 0.6, 0.1, -0.8, 0.05],
    ];

    /// A ramp, on which the place of a pixel is seen.
    fn ramp() -> Vec<u8> {
        (0..SIZE.0 * SIZE.1).map(|pixel| (3 * (pixel % SIZE.0) + 2 * (pixel / SIZE.0)) as u8).collect()
    }

    fn outside(affine: &Affine) -> Vec<bool> {
        let mut outside = vec![false; SIZE.0 * SIZE.1];
        affine.outside().for_each(|pixels| outside[pixels].fill(true));
        outside
    }

    #[test]
    fn each_pixel_is_drawn_from_where_the_map_says() {
        for map in MAPS {
            let affine = Affine::of(&map, SIZE);
            let mut plane = ramp();
            affine.draw(&mut plane, &mut Vec::new());
            let mut seen = 0;
            for (pixel, is_outside) in outside(&affine).into_iter().enumerate() {
                let (column, row) = ((pixel % SIZE.0) as f32, (pixel / SIZE.0) as f32);
                let (x, y) = ((2.0 * column + 1.0) / SIZE.0 as f32 - 1.0, (2.0 * row + 1.0) / SIZE.1 as f32 - 1.0);
                let from =
                    (column + 4.0 * (map[0] + map[1] * x + map[2] * y), row + 4.0 * (map[3] + map[4] * x + map[5] * y));
                let is_far_inside =
                    (0.1..SIZE.0 as f32 - 1.1).contains(&from.0) && (0.1..SIZE.1 as f32 - 1.1).contains(&from.1);
                assert!(!(is_far_inside && is_outside), "{map:?}, {pixel}");
                if !is_outside {
                    let expected = 3.0 * from.0 + 2.0 * from.1;
                    assert!(
                        (f32::from(plane[pixel]) - expected).abs() < 0.8,
                        "{map:?}, {pixel}: {}, {expected}",
                        plane[pixel]
                    );
                    seen += 1;
                }
            }
            assert!(seen > SIZE.0 * SIZE.1 / 2, "{map:?}: {seen} pixels");
        }
    }

    #[test]
    fn the_way_there_and_back_ends_where_it_began() {
        for map in MAPS {
            let there = Affine::of(&map, SIZE);
            let back = there.inverse().unwrap();
            let (mut plane, mut room) = (ramp(), Vec::new());
            there.draw(&mut plane, &mut room);
            back.draw(&mut plane, &mut room);
            let mut seen = outside(&there);
            // What was outside on one of both ways is lost, and what lies beside it is mixed with it.
            let mut lost: Vec<u8> = seen.iter().map(|lost| if *lost { 255 } else { 0 }).collect();
            back.draw(&mut lost, &mut room);
            for ((seen, lost), outside) in seen.iter_mut().zip(&lost).zip(outside(&back)) {
                *seen = *lost == 0 && !outside;
            }
            assert!(seen.iter().filter(|seen| **seen).count() > SIZE.0 * SIZE.1 / 2, "{map:?}");
            for ((seen, now), then) in seen.into_iter().zip(plane).zip(ramp()) {
                assert!(!seen || now.abs_diff(then) <= 1, "{map:?}: {now}, {then}");
            }
        }
        assert!(Affine::of(&[0.0, -5.0, 0.0, 0.0, 0.0, 0.0], SIZE).inverse().is_none(), "everything in one column");
    }

    #[test]
    fn what_is_carried_keeps_its_values_and_what_comes_from_outside_is_nothing() {
        for map in MAPS {
            let affine = Affine::of(&map, SIZE);
            let mut plane: Vec<u8> = ramp().iter().map(|value| if value % 2 == 0 { 255 } else { 7 }).collect();
            affine.carry(&mut plane, &mut Vec::new());
            for (value, is_outside) in plane.into_iter().zip(outside(&affine)) {
                assert!(if is_outside { value == 0 } else { value == 255 || value == 7 }, "{map:?}: {value}");
            }
        }
    }

    #[test]
    fn what_a_picture_does_not_show_is_as_in_the_background() {
        let affine = Affine::of(&MAPS[2], SIZE);
        let mut planes = Planes::default();
        planes.fit(SIZE.0, SIZE.1);
        let background = vec![9; SIZE.0 * SIZE.1];
        affine.fill_unseen(&mut planes, [&background; 3]);
        for (value, is_outside) in planes.channels[1].iter().zip(outside(&affine)) {
            assert_eq!(*value, if is_outside { 9 } else { 128 });
        }
    }
}
