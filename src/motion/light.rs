//! Evens out the light: each working picture is brought to the light in which the background was learnt, before the model
//! looks at it. A camera that changes its exposure, a lamp or a cloud then moves nothing. Knows no model.
//!
//! A coarse reference remembers the brightness of the background. In each of a few tiles the median ratio between the
//! reference and the picture tells the light there, whatever moves in less than half of it; between the tiles it is
//! interpolated.

use crate::domain::{Mask, RgbPicture};

/// Tiles across and down.
const TILES: (usize, usize) = (12, 8);
/// Most samples across and down.
const SAMPLES: (usize, usize) = (96, 72);
/// Logarithms of brightness are counted in steps of this part of an octave (a factor of two).
const STEPS_AN_OCTAVE: f32 = 256.0;
/// Added to every brightness, so that the noise of the darkest pixels is no change of light.
const DARK_OFFSET: f32 = 3.0;
/// A tile differs from the whole picture by at most this many steps, lest a large object be evened out.
const MOST_BESIDE_GLOBAL: i32 = 90;
/// The light of the whole picture differs by at most this many steps from what was learnt: beyond, too little is left
/// of the picture to even it out.
const MOST_GLOBAL: i32 = 384;
/// Corrections up to this many steps are not worth their rounding.
const LEAST_STEPS: f32 = 3.0;
/// Brighter samples may be cut off and say nothing about the light.
const BRIGHTEST: u8 = 250;
/// Darker ones are noise.
const DARKEST: u8 = 8;
/// Seconds in which a change of light in one part of the picture is believed. At once, and a waving tree is taken for
/// changing light; in a second, and the shadow of a cloud that passes moves.
const BELIEVED_SECS: f64 = 0.25;
/// Share of a correction that is left out, so that over minutes the background follows the true light of day.
const LEFT_OUT: f32 = 0.02;
/// Seconds in which the reference follows the background.
const REFERENCE_SECS: f64 = 20.0;

/// The light of one stream.
pub(super) struct Light {
    /// Steps of each brightness.
    logarithms: [i16; 256],
    /// Brightness of the background at each sample, 0 to 255; none before the first picture.
    reference: Vec<f32>,
    /// Samples of this picture.
    brightness: Vec<u8>,
    /// Steps by which samples differ; those of one tile one after the other.
    differences: Vec<i16>,
    /// Steps by which each tile is darker than the reference.
    tiles: Vec<i32>,
    /// Steps by which each tile differs from the whole picture, as they were believed in the picture before.
    beside_global: Vec<f32>,
    /// Steps by which each tile is corrected.
    corrections: Vec<f32>,
    /// Gains of one row of pixels, in 256ths.
    gains: Vec<u16>,
    frames: u32,
}

impl Light {
    pub fn new() -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "at most 8 octaves of 256 steps")]
        let steps = |value: usize| ((value as f32 + DARK_OFFSET).log2() * STEPS_AN_OCTAVE).round() as i16;
        Self {
            logarithms: std::array::from_fn(steps),
            reference: Vec::new(),
            brightness: Vec::new(),
            differences: Vec::new(),
            tiles: vec![0; TILES.0 * TILES.1],
            beside_global: vec![0.0; TILES.0 * TILES.1],
            corrections: vec![0.0; TILES.0 * TILES.1],
            gains: Vec::new(),
            frames: 0,
        }
    }

    /// Forgets the light that was learnt.
    pub fn reset(&mut self) {
        self.frames = 0;
    }

    /// Brings the picture to the light that was learnt, and learns. `moving` is what moved in the picture before; where it
    /// has another size nothing did.
    pub fn even_out(&mut self, picture: &mut RgbPicture, moving: &Mask, interval_secs: f64) {
        if picture.data.is_empty() {
            return;
        }
        let grid = Grid::of(picture);
        self.sample(picture, grid);
        self.frames = self.frames.saturating_add(1);
        if self.frames == 1 {
            self.reference.clear();
            self.reference.extend(self.brightness.iter().map(|value| f32::from(*value)));
            self.beside_global.fill(0.0);
            // Room for all that later pictures may need, so that nothing is allocated while they come.
            self.differences.clear();
            self.differences.reserve(self.brightness.len());
            self.gains.resize(grid.width, 0);
            return;
        }
        let fits = (moving.width, moving.height) == (picture.width, picture.height);
        // When most of the picture moves it is the light, and just then it must be measured. (Were it left out, the model
        // would learn the new light and the reference keep the old: each would undo what the other has learnt.)
        let moving = Some(moving).filter(|mask| fits && !grid.mostly_moves(mask));
        let global = self.measure(grid, moving);
        self.believe(global, interval_secs);
        if self.corrections.iter().any(|steps| steps.abs() > LEAST_STEPS) {
            self.correct(picture);
            self.sample(picture, grid);
        }
        self.learn(grid, moving, interval_secs);
    }

    fn sample(&mut self, picture: &RgbPicture, grid: Grid) {
        self.brightness.clear();
        for y in 0..grid.down {
            let row = &picture.data[y * grid.step_y * grid.width * 3..][..grid.width * 3];
            self.brightness.extend(row.chunks_exact(3).step_by(grid.step_x).map(|pixel| {
                // Weights of red, green and blue after ITU-R BT.601.
                let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
                ((77 * red + 150 * green + 29 * blue + 128) >> 8).to_le_bytes()[0]
            }));
        }
    }

    /// Finds by how many steps each tile is darker than the reference, and tells it of the whole picture.
    fn measure(&mut self, grid: Grid, moving: Option<&Mask>) -> i32 {
        self.differences.clear();
        let mut ends = [0; TILES.0 * TILES.1];
        for (tile, end) in ends.iter_mut().enumerate() {
            let (columns, rows) = grid.samples_of_tile(tile);
            for y in rows {
                for x in columns.clone() {
                    let sample = y * grid.across + x;
                    if let Some(difference) = self.difference(sample).filter(|_| !grid.moves(moving, x, y)) {
                        self.differences.push(difference);
                    }
                }
            }
            *end = self.differences.len();
        }
        let mut start = 0;
        let needed = (grid.across * grid.down / (4 * TILES.0 * TILES.1)).max(8);
        for (tile, end) in self.tiles.iter_mut().zip(ends) {
            let samples = &mut self.differences[start..end];
            *tile = if samples.len() < needed { i32::MAX } else { median(samples) };
            start = end;
        }
        // Only now: finding a median changes the order, here that of the whole.
        let global = if self.differences.is_empty() { 0 } else { median(&mut self.differences) };
        let global = global.clamp(-MOST_GLOBAL, MOST_GLOBAL);
        for tile in &mut self.tiles {
            let unknown = *tile == i32::MAX;
            *tile =
                if unknown { global } else { (*tile).clamp(global - MOST_BESIDE_GLOBAL, global + MOST_BESIDE_GLOBAL) };
        }
        global
    }

    fn difference(&self, sample: usize) -> Option<i16> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
        let before = self.reference[sample].round() as u8;
        let now = self.brightness[sample];
        let tells = now.max(before) >= DARKEST && now.max(before) <= BRIGHTEST;
        tells.then(|| self.logarithms[usize::from(before)] - self.logarithms[usize::from(now)])
    }

    /// Decides by how much each tile is corrected: at once by what changed in the whole picture, and by what changed in the
    /// tile and its neighbours beside that as it lasts. A cloud takes seconds to pass; a tree in the wind does not.
    fn believe(&mut self, global: i32, interval_secs: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let share = (1.0 - (-interval_secs / BELIEVED_SECS).exp()) as f32;
        for (tile, believed) in self.beside_global.iter_mut().enumerate() {
            let seen = near_median(&self.tiles, tile) - global;
            *believed += (seen as f32 - *believed) * share;
            self.corrections[tile] = global as f32 + *believed;
        }
    }

    /// Multiplies every pixel by its gain.
    fn correct(&mut self, picture: &mut RgbPicture) {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let gains: [f32; TILES.0 * TILES.1] = std::array::from_fn(|tile| {
            let octaves = self.corrections[tile] / STEPS_AN_OCTAVE * (1.0 - LEFT_OUT);
            octaves.exp2() * 256.0
        });
        for (y, row) in picture.data.chunks_exact_mut(width * 3).enumerate() {
            let (above, below, share) = between(y, height, TILES.1);
            let column = |x: usize| {
                let (above, below) = (gains[above * TILES.0 + x], gains[below * TILES.0 + x]);
                above + (below - above) * share
            };
            let row_gains: [f32; TILES.0] = std::array::from_fn(column);
            for (x, gain) in self.gains.iter_mut().enumerate() {
                let (left, right, share) = between(x, width, TILES.0);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 2^1.9 * 256")]
                let fixed = (row_gains[left] + (row_gains[right] - row_gains[left]) * share).round() as u16;
                *gain = fixed;
            }
            for (pixel, gain) in row.chunks_exact_mut(3).zip(&self.gains) {
                for value in pixel {
                    let even = (u32::from(*value) * u32::from(*gain) + 128) >> 8;
                    *value = u8::try_from(even).unwrap_or(u8::MAX);
                }
            }
        }
    }

    /// Moves the reference towards the evened picture, where nothing moves.
    fn learn(&mut self, grid: Grid, moving: Option<&Mask>, interval_secs: f64) {
        let steady = 1.0 - (-interval_secs / REFERENCE_SECS).exp();
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let rate = steady.max(1.0 / f64::from(self.frames)).min(0.5) as f32;
        for y in 0..grid.down {
            for x in (0..grid.across).filter(|x| !grid.moves(moving, *x, y)) {
                let sample = y * grid.across + x;
                let before = self.reference[sample];
                self.reference[sample] = before + (f32::from(self.brightness[sample]) - before) * rate;
            }
        }
    }
}

/// Where the samples lie in a picture.
#[derive(Clone, Copy)]
struct Grid {
    width: usize,
    step_x: usize,
    step_y: usize,
    across: usize,
    down: usize,
}

impl Grid {
    fn of(picture: &RgbPicture) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let (step_x, step_y) = (width.div_ceil(SAMPLES.0), height.div_ceil(SAMPLES.1));
        Self { width, step_x, step_y, across: width.div_ceil(step_x), down: height.div_ceil(step_y) }
    }

    fn moves(self, moving: Option<&Mask>, x: usize, y: usize) -> bool {
        moving.is_some_and(|mask| mask.data[y * self.step_y * self.width + x * self.step_x] == Mask::MOVING)
    }

    fn mostly_moves(self, mask: &Mask) -> bool {
        let samples = (0..self.down).flat_map(|y| (0..self.across).map(move |x| (x, y)));
        samples.filter(|(x, y)| self.moves(Some(mask), *x, *y)).count() > self.across * self.down / 2
    }

    fn samples_of_tile(self, tile: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let part = |samples: usize, index: usize, tiles: usize| samples * index / tiles..samples * (index + 1) / tiles;
        (part(self.across, tile % TILES.0, TILES.0), part(self.down, tile / TILES.0, TILES.1))
    }
}

/// The tiles whose centres lie before and after a pixel, and its share of the way between.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the tiles")]
fn between(pixel: usize, pixels: usize, tiles: usize) -> (usize, usize, f32) {
    let last = (tiles - 1) as f32;
    let place = ((pixel as f32 + 0.5) / pixels as f32 * tiles as f32 - 0.5).clamp(0.0, last);
    let before = place as usize;
    (before, (before + 1).min(tiles - 1), place - before as f32)
}

/// The median of a tile and its neighbours: an object that fills a tile does not change its light.
fn near_median(tiles: &[i32], tile: usize) -> i32 {
    let (x, y) = (tile % TILES.0, tile / TILES.0);
    let mut near = [0; 9];
    let mut count = 0;
    for y in y.saturating_sub(1)..(y + 2).min(TILES.1) {
        for x in x.saturating_sub(1)..(x + 2).min(TILES.0) {
            near[count] = tiles[y * TILES.0 + x];
            count += 1;
        }
    }
    near[..count].sort_unstable();
    near[count / 2]
}

/// The middle value. Changes the order.
fn median(values: &mut [i16]) -> i32 {
    let middle = values.len() / 2;
    i32::from(*values.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Mask = Mask { width: 0, height: 0, data: Vec::new() };
    const INTERVAL_SECS: f64 = 0.04;

    /// A textured wall of middle brightness in this light, in percent, with a dark square of a quarter of the height.
    fn wall(light: usize, square: bool) -> RgbPicture {
        let (width, height) = (160, 120);
        let value = |index: usize| {
            let (x, y, channel) = (index / 3 % width, index / 3 / width, index % 3);
            let in_square = square && (60..90).contains(&x) && (50..80).contains(&y);
            let value = if in_square { 25 } else { 80 + (x * 7 + y * 13) % 60 + channel * 10 };
            u8::try_from((value * light / 100).min(255)).unwrap()
        };
        RgbPicture { width: 160, height: 120, data: (0..width * height * 3).map(value).collect() }
    }

    fn learnt() -> Light {
        let mut light = Light::new();
        for _ in 0..50 {
            light.even_out(&mut wall(100, false), &NOTHING, INTERVAL_SECS);
        }
        light
    }

    fn mean_difference(one: &RgbPicture, other: &RgbPicture) -> f32 {
        let sum: u32 = one.data.iter().zip(&other.data).map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
        sum as f32 / one.data.len() as f32
    }

    #[test]
    fn in_steady_light_no_pixel_changes() {
        let mut picture = wall(100, false);
        learnt().even_out(&mut picture, &NOTHING, INTERVAL_SECS);
        assert!(picture == wall(100, false));
    }

    #[test]
    fn a_lamp_that_is_switched_is_evened_out_in_the_same_picture() {
        for percent in [60, 75, 130, 160] {
            let mut picture = wall(percent, false);
            assert!(mean_difference(&picture, &wall(100, false)) > 20.0);
            learnt().even_out(&mut picture, &NOTHING, INTERVAL_SECS);
            let left = mean_difference(&picture, &wall(100, false));
            assert!(left < 4.0, "{left} grey levels are left at {percent} %");
        }
    }

    #[test]
    fn what_enters_is_not_evened_out() {
        let mut picture = wall(100, true);
        learnt().even_out(&mut picture, &NOTHING, INTERVAL_SECS);
        let before = mean_difference(&wall(100, true), &wall(100, false));
        assert!(mean_difference(&picture, &wall(100, false)) > 0.9 * before);
    }

    #[test]
    fn what_moves_does_not_enter_the_reference() {
        let moving = Mask {
            width: 160,
            height: 120,
            data: (0..160 * 120).map(|at| if (60..90).contains(&(at % 160)) { Mask::MOVING } else { 0 }).collect(),
        };
        let mut light = learnt();
        for _ in 0..100 {
            light.even_out(&mut wall(100, true), &moving, INTERVAL_SECS);
        }
        assert!(light.reference.iter().all(|value| *value > 70.0));
    }

    #[test]
    fn pictures_of_any_size_do_no_harm() {
        for (width, height) in [(0, 0), (1, 1), (300, 1), (1, 300), (13, 9), (97, 73)] {
            let mut light = Light::new();
            let picture = RgbPicture { width, height, data: vec![100; (width * height * 3) as usize] };
            for _ in 0..3 {
                let mut seen = picture.clone();
                light.even_out(&mut seen, &NOTHING, INTERVAL_SECS);
                assert!(seen == picture, "{width}x{height}");
            }
        }
    }
}
