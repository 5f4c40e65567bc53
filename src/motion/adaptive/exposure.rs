//! Even light: what the camera's exposure, a lamp or a cloud did to the brightness since the background was learnt is taken
//! back before anything is compared.
//!
//! For each of 12x8 tiles the median of the logarithm of background over picture, over pixels that did not move; a median
//! over neighbouring tiles; between the tiles bilinear. Medians do not care for objects that fill less than half a tile
//! (after the tile-wise normalisation of illumination in Toyama et al., *Wallflower*, ICCV 1999, section 3.3, and the use of
//! ratio images in Shashua and Riklin-Raviv, *The Quotient Image*, IEEE PAMI 23(2), 2001).

use super::planes::Planes;
use super::ratios::{Logarithms, STEPS, median};
use super::tiles::{self, ACROSS, DOWN, TILES, neighbours};

/// Every fourth pixel in both directions is looked at.
const GRID: usize = 4;
/// One pixel in so many tells whether most of the picture moves.
const SPARSE: usize = 37;
/// The least that a tile, and the picture, must have seen.
const LEAST_SAMPLES: u32 = 8;
const LEAST_SAMPLES_IN_ALL: u32 = 64;
/// No tile differs by more octaves from the whole picture: else it is an object and not light.
const MOST_BESIDE_ALL: f32 = 0.35;
/// What is left to the background to learn, so that a correction ends by itself.
const LEAK: f32 = 0.02;
/// Below this many octaves nothing is changed: it is less than one grey level.
const LEAST: f32 = 0.012;
/// Below this many, in the mean of all tiles, it is no lamp and no cloud.
const NEARLY: f32 = 0.015;
/// Above this many it is not what noise does in the dark.
const FAR: f32 = 0.06;
/// No cloud does this many octaves from one frame to the next: a lamp, or the camera's exposure.
const JUMP: f32 = 0.2;
/// A jump changes the mean brightness by so many grey levels as well: in a dark picture half of an octave is noise.
const LEAST_JUMP: f32 = 8.0;
/// Frames until it is settled: in the second one the light is measured without what seemed to move in the first.
const SETTLING: u8 = 2;
/// A gain of 1 as a number of 16 bits.
const ONE: f32 = 4096.0;

/// Follows the light of one stream.
#[derive(Debug)]
pub(super) struct Exposure {
    logarithms: Logarithms,
    tiles: [f32; TILES],
    /// The octaves of the whole picture, and those of the picture before it.
    everywhere: f32,
    everywhere_before: f32,
    /// Mean brightness of the background, where it was looked at.
    brightness: f32,
    /// Frames that are still to come until a jump is over.
    settling: u8,
    /// The rows of tiles in which nothing is to be changed.
    is_even: [bool; DOWN],
    /// Caps were written.
    applied: bool,
    phase: usize,
    /// For each column of pixels the tile to its left, and its share of the way to the next.
    columns: Vec<(usize, f32)>,
    /// The gains of the rows of tiles, spread over the width, and those of the row that is corrected.
    spread: Vec<u16>,
    row: Vec<u16>,
}

impl Default for Exposure {
    fn default() -> Self {
        Self {
            logarithms: Logarithms::default(),
            tiles: [0.0; TILES],
            everywhere: 0.0,
            everywhere_before: 0.0,
            brightness: 0.0,
            settling: 0,
            is_even: [true; DOWN],
            applied: false,
            phase: 0,
            columns: Vec::new(),
            spread: Vec::new(),
            row: Vec::new(),
        }
    }
}

impl Exposure {
    /// Makes room for pictures of this width and forgets the light.
    pub fn fit(&mut self, width: usize) {
        self.columns.clear();
        self.columns.extend((0..width).map(|x| between(x, width, ACROSS)));
        self.spread.clear();
        self.spread.resize(width * DOWN, 0);
        self.row.clear();
        self.row.resize(width, 0);
        self.phase = 0;
        self.reset();
    }

    /// Forgets the light.
    pub fn reset(&mut self) {
        (self.tiles, self.is_even, self.applied) = ([0.0; TILES], [true; DOWN], false);
        (self.everywhere, self.everywhere_before, self.settling) = (0.0, 0.0, 0);
    }

    /// Measures the light of a picture of this size beside that of the background, from the brightness of both. `moving` is
    /// where something moved in the frame before (0: nothing); where that was most of the picture, it was the light.
    #[inline(always)]
    pub fn measure(&mut self, size: (usize, usize), luma: &[u8], background: &[u8], moving: &[u8]) {
        if self.measure_tiles(size, luma, background, moving) {
            for (is_even, tiles) in self.is_even.iter_mut().zip(self.tiles.chunks_exact(ACROSS)) {
                *is_even = tiles.iter().all(|tile| tile.abs() < LEAST);
            }
            self.spread(size.0);
        }
    }

    /// Whether the light of the whole picture changed at once, in this frame or the one before. To be asked once a frame, after
    /// it was measured.
    pub fn jumped(&mut self) -> bool {
        let (now, before) = (self.everywhere, std::mem::replace(&mut self.everywhere_before, self.everywhere));
        let levels = self.brightness * ((-now).exp2() - (-before).exp2()).abs();
        if (now - before).abs() >= JUMP && levels >= LEAST_JUMP {
            self.settling = SETTLING;
        } else {
            self.settling = self.settling.saturating_sub(1);
        }
        self.settling > 0
    }

    /// Whether the light is that of the background.
    pub fn is_even(&self) -> bool {
        self.is_even == [true; DOWN]
    }

    /// Whether no more has to be evened out than what noise and the camera's own regulation do.
    pub fn is_nearly_even(&self) -> bool {
        self.octaves() < NEARLY
    }

    /// Whether a lamp, a cloud or the camera did clearly more than that.
    pub fn is_far_from_even(&self) -> bool {
        self.octaves() > FAR
    }

    /// What is evened out, in the mean of all tiles.
    fn octaves(&self) -> f32 {
        self.tiles.iter().map(|tile| tile.abs()).sum::<f32>() / TILES as f32
    }

    /// Brings the brightness of a picture into the light of the background.
    #[inline(always)]
    pub fn even_luma(&mut self, (width, height): (usize, usize), luma: &[u8], evened: &mut [u8]) {
        for y in 0..height {
            let (from, to) = (&luma[y * width..][..width], &mut evened[y * width..][..width]);
            if !self.mix_row(y, height) {
                to.copy_from_slice(from);
                continue;
            }
            for ((value, to), gain) in from.iter().zip(to).zip(&self.row) {
                *to = times((u16::from(*value) << 4) + 8, *gain).min(255) as u8;
            }
        }
    }

    /// The same for its colours. `caps` receives what a pixel that the camera cut off at 255 has become.
    #[inline(always)]
    pub fn even_colours(&mut self, picture: &mut Planes, caps: &mut [u8]) {
        if self.is_even() {
            if self.applied {
                caps.fill(255);
                self.applied = false;
            }
            return;
        }
        self.applied = true;
        let (width, height) = (picture.width, picture.height);
        for y in 0..height {
            let caps = &mut caps[y * width..][..width];
            if !self.mix_row(y, height) {
                caps.fill(255);
                continue;
            }
            for (cap, gain) in caps.iter_mut().zip(&self.row) {
                *cap = times(255 << 4, *gain).min(255) as u8;
            }
            for colour in &mut picture.channels[1..] {
                for (value, gain) in colour[y * width..][..width].iter_mut().zip(&self.row) {
                    let strength = i32::from(((i16::from(*value) - 128) << 4) + 8) * i32::from(*gain as i16);
                    *value = (128 + ((strength >> 16) as i16).clamp(-127, 127)) as u8;
                }
            }
        }
    }

    /// The gains of a row of pixels; false when the light is even there.
    #[inline(always)]
    fn mix_row(&mut self, y: usize, height: usize) -> bool {
        let (tile, share) = between(y, height, DOWN);
        if self.is_even[tile] && self.is_even[tile + 1] {
            return false;
        }
        let (share, width) = ((share * 32_767.0) as i16, self.row.len());
        let (above, below) = (&self.spread[tile * width..][..width], &self.spread[(tile + 1) * width..][..width]);
        for ((out, above), below) in self.row.iter_mut().zip(above).zip(below) {
            // Gains are below 2^14, so that twice their difference fits.
            let (above, below) = (*above as i16, *below as i16);
            let part = (i32::from(2 * (below - above)) * i32::from(share)) >> 16;
            *out = (above + part as i16) as u16;
        }
        true
    }

    /// From the tiles of each row to gains for all of its pixels.
    #[inline(always)]
    fn spread(&mut self, width: usize) {
        let rows = self.tiles.chunks_exact(ACROSS).zip(self.spread.chunks_exact_mut(width)).enumerate();
        // Where the light is even in a row of tiles, and above and below it, nobody asks for its gains.
        let is_asked_for = |row: usize| !self.is_even[row.saturating_sub(1)..(row + 2).min(DOWN)].iter().all(|is| *is);
        for (_, (tiles, spread)) in rows.filter(|(row, _)| is_asked_for(*row)) {
            let gains: [f32; ACROSS] = std::array::from_fn(|tile| tiles[tile].exp2() * ONE);
            for (out, &(tile, share)) in spread.iter_mut().zip(&self.columns) {
                *out = (gains[tile] * (1.0 - share) + gains[tile + 1] * share + 0.5).min(16_383.0) as u16;
            }
        }
    }

    /// False when too little was seen to tell anything; the tiles are then those of before.
    #[inline(always)]
    fn measure_tiles<'a>(
        &mut self,
        (width, height): (usize, usize),
        luma: &'a [u8],
        background: &'a [u8],
        moving: &'a [u8],
    ) -> bool {
        let pixels = &moving[..width * height];
        let samples = pixels.len().div_ceil(SPARSE);
        let believes = pixels.iter().step_by(SPARSE).filter(|moving| **moving != 0).count() * 5 < samples * 2;
        self.phase = (self.phase + 1) % GRID;
        // The grid moves with the frame, so that in four frames more than one pixel in sixteen was seen.
        let (below, beside) = ([0, 2, 1, 3][self.phase], [0, 1, 3, 2][self.phase]);
        let mut tiles = [f32::NAN; TILES];
        let mut all = [0u32; STEPS];
        let mut brightness = 0;
        for (index, tile) in tiles.iter_mut().enumerate() {
            let (columns, rows) = tiles::place(index, width, height);
            let mut counts = [0u32; STEPS];
            let (mut counted, mut seen) = (0, 0);
            let columns = (columns.start + beside).min(columns.end)..columns.end;
            for y in (rows.start + below..rows.end).step_by(GRID) {
                let row = |plane: &'a [u8]| plane[y * width..][columns.clone()].as_chunks::<GRID>().0;
                seen += row(luma).len() as u32;
                for ((&[now, ..], &[then, ..]), &[moving, ..]) in row(luma).iter().zip(row(background)).zip(row(moving))
                {
                    // What was cut off or is black tells nothing about the light.
                    if (believes & (moving != 0)) | (now.max(then) > 250) | (now.max(then) < 8) {
                        continue;
                    }
                    counts[self.logarithms.step(then, now)] += 1;
                    brightness += u32::from(then);
                    counted += 1;
                }
            }
            for (all, count) in all.iter_mut().zip(counts) {
                *all += count;
            }
            if counted >= LEAST_SAMPLES && counted * 4 >= seen {
                *tile = median(&counts, counted);
            }
        }
        let counted = all.iter().sum();
        if counted < LEAST_SAMPLES_IN_ALL {
            return false;
        }
        let everywhere = median(&all, counted);
        (self.everywhere, self.brightness) = (everywhere, brightness as f32 / counted as f32);
        fill_in(&mut tiles, everywhere);
        for (index, tile) in self.tiles.iter_mut().enumerate() {
            let mut around = [0.0; 9];
            for (around, near) in around.iter_mut().zip(neighbours(index)) {
                *around = tiles[near];
            }
            around.sort_unstable_by(f32::total_cmp);
            *tile = around[4].clamp(everywhere - MOST_BESIDE_ALL, everywhere + MOST_BESIDE_ALL) * (1.0 - LEAK);
        }
        true
    }
}

/// Tiles that could not be measured are as their neighbours, ring by ring; without any, as the whole picture.
fn fill_in(tiles: &mut [f32; TILES], everywhere: f32) {
    while tiles.iter().any(|tile| tile.is_nan()) {
        let measured = *tiles;
        for (index, tile) in tiles.iter_mut().enumerate().filter(|(_, tile)| tile.is_nan()) {
            let near = neighbours(index).map(|near| measured[near]).filter(|near| !near.is_nan());
            let (count, sum) = near.fold((0.0, 0.0), |(count, sum), near| (count + 1.0, sum + near));
            if count > 0.0 {
                *tile = sum / count;
            }
        }
        if measured.iter().all(|tile| tile.is_nan()) {
            tiles.fill(everywhere);
        }
    }
}

/// A value with four bits behind the point, times a gain with twelve; the whole part.
#[inline(always)]
fn times(value: u16, gain: u16) -> u16 {
    ((u32::from(value) * u32::from(gain)) >> 16) as u16
}

/// Between which two of `tiles` tiles the middle of a pixel lies, and how far towards the second.
#[inline(always)]
fn between(pixel: usize, pixels: usize, tiles: usize) -> (usize, f32) {
    let place = (pixel as f32 + 0.5) * tiles as f32 / pixels as f32 - 0.5;
    let place = place.clamp(0.0, tiles as f32 - 1.001);
    (place as usize, place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large enough that every tile is measured.
    const WIDTH: usize = 192;
    const HEIGHT: usize = 128;
    static STILL: [u8; WIDTH * HEIGHT] = [0; WIDTH * HEIGHT];
    static MOVING: [u8; WIDTH * HEIGHT] = [255; WIDTH * HEIGHT];

    /// A wall of many shades, in `percent` of the light, as planes of one colour.
    fn wall(percent: impl Fn(usize, usize) -> usize) -> Planes {
        let mut planes = Planes::default();
        planes.fit(WIDTH, HEIGHT);
        for (pixel, luma) in planes.channels[0][..WIDTH * HEIGHT].iter_mut().enumerate() {
            let (x, y) = (pixel % WIDTH, pixel / WIDTH);
            *luma = u8::try_from(((60 + x * 7 % 90 + y * 11 % 50) * percent(x, y) / 100).min(255)).unwrap();
        }
        planes
    }

    fn evened(mut picture: Planes, moving: &[u8]) -> (Planes, Vec<u8>) {
        let mut caps = vec![255; WIDTH * HEIGHT];
        let mut exposure = Exposure::default();
        exposure.fit(WIDTH);
        let size = (WIDTH, HEIGHT);
        exposure.measure(size, &picture.channels[0], &wall(|_, _| 100).channels[0], moving);
        let luma = picture.channels[0].clone();
        exposure.even_luma(size, &luma, &mut picture.channels[0]);
        exposure.even_colours(&mut picture, &mut caps);
        (picture, caps)
    }

    fn most_difference(picture: &Planes) -> u8 {
        let wall = wall(|_, _| 100);
        let pairs = picture.channels[0].iter().zip(&wall.channels[0]).take(WIDTH * HEIGHT);
        pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn a_lamp_that_is_switched_is_taken_back() {
        for percent in [60, 80, 120] {
            let (picture, _) = evened(wall(|_, _| percent), &STILL);
            assert!(most_difference(&picture) <= 8, "{percent} %: {}", most_difference(&picture));
        }
    }

    #[test]
    fn a_lamp_that_is_switched_is_a_jump_and_the_light_after_it_is_not() {
        let mut exposure = Exposure::default();
        exposure.fit(WIDTH);
        let jumps = [100, 60, 60, 60, 100, 98, 90].map(|percent| {
            let luma = &wall(|_, _| percent).channels[0];
            let wall = &wall(|_, _| 100).channels[0];
            exposure.measure((WIDTH, HEIGHT), luma, wall, &STILL);
            // As with a camera that shakes: measured twice, asked once.
            exposure.measure((WIDTH, HEIGHT), luma, wall, &STILL);
            exposure.jumped()
        });
        assert_eq!(jumps, [false, true, true, false, true, true, false]);
    }

    #[test]
    fn two_grey_levels_in_the_dark_are_no_jump() {
        let (dark, brighter) = (vec![10; WIDTH * HEIGHT], vec![12; WIDTH * HEIGHT]);
        let mut exposure = Exposure::default();
        exposure.fit(WIDTH);
        for luma in [&dark, &brighter, &dark] {
            exposure.measure((WIDTH, HEIGHT), luma, &dark, &STILL);
            assert!(!exposure.jumped());
        }
    }

    #[test]
    fn light_in_the_lower_half_leaves_the_upper_half_as_it_is() {
        let is_lower = |y: usize| y >= HEIGHT / 2;
        let (picture, caps) = evened(wall(|_, y| if is_lower(y) { 115 } else { 100 }), &STILL);
        let wall = wall(|_, _| 100);
        let quarter = WIDTH * HEIGHT / 4;
        let most_difference = |pixels: std::ops::Range<usize>| {
            let pairs = picture.channels[0][pixels.clone()].iter().zip(&wall.channels[0][pixels]);
            pairs.map(|(now, then)| now.abs_diff(*then)).max()
        };
        assert_eq!((most_difference(0..quarter), caps[..quarter].iter().min()), (Some(0), Some(&255)));
        assert!(most_difference(3 * quarter..4 * quarter) <= Some(8));
        assert!(caps[3 * quarter..4 * quarter].iter().all(|cap| (215..=230).contains(cap)));
    }

    #[test]
    fn colours_follow_the_light() {
        let mut half = wall(|_, _| 60);
        half.channels[1].fill(128 + 24);
        half.channels[2].fill(128 - 24);
        let (picture, _) = evened(half, &STILL);
        for (channel, expected) in [(1, 128 + 40), (2, 128 - 40)] {
            let values = &picture.channels[channel][..WIDTH * HEIGHT];
            assert!(values.iter().all(|value| value.abs_diff(expected) <= 4), "{channel}: {:?}", &values[..4]);
        }
    }

    #[test]
    fn light_from_one_side_is_mostly_taken_back() {
        let dimmed = wall(|x, _| 100 - x * 30 / WIDTH);
        let before = most_difference(&dimmed);
        let (picture, _) = evened(dimmed, &STILL);
        let after = most_difference(&picture);
        assert!(before > 50 && after < before * 2 / 3, "{before}, {after}");
    }

    #[test]
    fn an_object_is_not_taken_for_light() {
        let is_object = |x: usize, y: usize| (20..40).contains(&x) && (20..40).contains(&y);
        let (picture, _) = evened(wall(|x, y| if is_object(x, y) { 30 } else { 100 }), &STILL);
        let wall = wall(|_, _| 100);
        for (pixel, (now, then)) in picture.channels[0].iter().zip(&wall.channels[0]).enumerate().take(WIDTH * HEIGHT) {
            let (x, y) = (pixel % WIDTH, pixel / WIDTH);
            let differs = now.abs_diff(*then) > 30;
            assert_eq!(differs, is_object(x, y), "at {x}, {y}: {now} instead of {then}");
        }
    }

    #[test]
    fn what_the_camera_cut_off_is_told() {
        let (_, caps) = evened(wall(|_, _| 80), &STILL);
        assert_eq!(caps[..WIDTH * HEIGHT].iter().min(), Some(&255), "a darker picture cuts nothing off");
        let (_, caps) = evened(wall(|_, _| 120), &STILL);
        assert!(caps[..WIDTH * HEIGHT].iter().all(|cap| (205..=220).contains(cap)), "{:?}", caps[0]);
    }

    #[test]
    fn a_picture_of_which_everything_moved_is_evened_out_too() {
        let (picture, _) = evened(wall(|_, _| 60), &MOVING);
        assert!(most_difference(&picture) <= 8, "{}", most_difference(&picture));
    }
}
