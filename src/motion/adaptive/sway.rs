//! Where the background itself moves: trees, water, flags. Tells them from traffic.
//!
//! Both make pixels differ often. But what sways was beside its place a moment ago: its colours are found in the background
//! nearby, and much better than at their own place. Those of a car on a road are not, or by chance, which is no more likely close by
//! than further away; what sways is mostly found close by as well. And what sways brings no tones that were not there, as leaves only
//! change places; cars do, lighter and darker than the road. So each cell of the picture counts, over tens of seconds, how many of its
//! differing pixels are displaced background, and how much their tones are others than those of the background there (the
//! intersection of histograms of Swain and Ballard, *Color Indexing*, IJCV 7(1), 1991, section 3, which does not care where in a picture
//! a colour is). Where clearly more is displaced than new the background sways, and the model may widen what it lets
//! pass.

use super::codebook::{COUNTED, Differing};
use super::light::Light;
use super::planes::{LANES, padded};

/// Side of a cell in pixels of the working picture.
const CELL: usize = 16;
/// Cells to either side that are counted together.
const AROUND: usize = 2;
/// What was counted loses two thirds of its weight in this time.
const MEMORY_SECS: f32 = 20.0;
/// Of what differs, the displaced share less the share of new tones at which a cell is half swaying, and how far beside that it is none or
/// all.
const SHARE: f32 = 0.13;
const SOFTNESS: f32 = 0.05;
/// Of what is found nearby, the share that is found close by as well: where all is found by chance and counts for nothing, and where
/// none is. (A third of the places are close by, but what lies side by side is alike.)
const CHANCE: f32 = 0.4;
const SWAYS: f32 = 0.6;
/// A cell in which less than this share of the pixels differs does not sway.
const LEAST: f32 = 0.004;
/// The map is drawn anew after so many seconds.
const DRAW_SECS: f32 = 0.2;
/// Tones that are told apart in good light. In poor light as many lie closer to each other, and far ones are told apart no longer.
const TONES: usize = 16;

/// The swaying parts of one stream.
#[derive(Debug, Default)]
pub(super) struct Sway {
    width: usize,
    height: usize,
    across: usize,
    down: usize,
    cells: Vec<Cell>,
    shares: Vec<u8>,
    /// The shares at one row of pixels, 32 times.
    column: Vec<u16>,
    /// 0 (stands still) to 255 (sways), per pixel.
    map: Vec<u8>,
    is_anywhere: bool,
    frames: u32,
    undrawn_secs: f32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Of this frame.
    differs_now: u32,
    displaced_now: u32,
    close_now: u32,
    /// Shares of the pixels, over time.
    differs: f32,
    displaced: f32,
    close: f32,
    /// How many more differing pixels have each tone than their background has: of this frame, and as shares over time.
    newer_now: [i16; TONES],
    newer: [f32; TONES],
}

impl Sway {
    /// Makes room for pictures of this size and forgets everything.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        (self.across, self.down) = (width.div_ceil(CELL), height.div_ceil(CELL));
        self.cells.resize(self.across * self.down, Cell::default());
        self.shares.resize(self.across * self.down, 0);
        self.column.resize(self.across, 0);
        self.map.resize(padded(width * height), 0);
        self.reset();
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.cells.fill(Cell::default());
        self.shares.fill(0);
        self.map.fill(0);
        (self.is_anywhere, self.frames, self.undrawn_secs) = (false, 0, 0.0);
    }

    /// How much each pixel's surroundings sway.
    pub fn map(&self) -> &[u8] {
        &self.map
    }

    /// Whether anything sways at all.
    pub fn is_anywhere(&self) -> bool {
        self.is_anywhere
    }

    /// Counts what differed in a frame, and its tones. `lumas`: the brightness of the picture and that of the background. `light`: how
    /// much things differ.
    #[inline(always)]
    pub fn count(&mut self, differing: &Differing, lumas: [&[u8]; 2], light: Light, interval_secs: f32) {
        let ([luma, background], stretch) = (lumas, light.stretch());
        for (step, _) in differing.steps.iter().enumerate().filter(|(_, differs)| **differs) {
            let pixels = step * LANES..((step + 1) * LANES).min(self.width * self.height);
            let (mut row, mut row_start) = (pixels.start / self.width, pixels.start / self.width * self.width);
            for pixel in pixels.filter(|pixel| differing.differs[*pixel] != 0) {
                while pixel - row_start >= self.width {
                    (row, row_start) = (row + 1, row_start + self.width);
                }
                let cell = &mut self.cells[row / CELL * self.across + (pixel - row_start) / CELL];
                cell.differs_now += 1;
                let displaced = differing.displaced[pixel];
                cell.displaced_now += u32::from(displaced.min(1));
                cell.close_now += u32::from(displaced / 2);
                cell.newer_now[tone(luma[pixel], stretch)] += 1;
                cell.newer_now[tone(background[pixel], stretch)] -= 1;
            }
        }
        self.frames = self.frames.saturating_add(1);
        // In the beginning everything counts alike.
        let rate = (interval_secs / MEMORY_SECS).max(1.0 / (self.frames as f32 + 1.0)).min(1.0);
        let pixels = (CELL * CELL / COUNTED) as f32;
        for cell in &mut self.cells {
            cell.differs += (cell.differs_now as f32 / pixels - cell.differs) * rate;
            cell.displaced += (cell.displaced_now as f32 / pixels - cell.displaced) * rate;
            cell.close += (cell.close_now as f32 / pixels - cell.close) * rate;
            for (newer, now) in cell.newer.iter_mut().zip(&mut cell.newer_now) {
                *newer += (f32::from(std::mem::take(now)) / pixels - *newer) * rate;
            }
            (cell.differs_now, cell.displaced_now, cell.close_now) = (0, 0, 0);
        }
        self.undrawn_secs += interval_secs;
        if self.undrawn_secs >= DRAW_SECS {
            self.undrawn_secs = 0.0;
            self.draw();
        }
    }

    #[inline(always)]
    fn draw(&mut self) {
        let mut is_anywhere = false;
        for y in 0..self.down {
            for x in 0..self.across {
                let share = self.share(x, y);
                is_anywhere |= share > 0;
                self.shares[y * self.across + x] = share;
            }
        }
        // A picture in which nothing sways, as before, is not drawn again.
        if is_anywhere || self.is_anywhere {
            self.is_anywhere = is_anywhere;
            self.spread();
        }
    }

    /// How much a cell sways, with the cells around it.
    fn share(&self, x: usize, y: usize) -> u8 {
        if self.cells[y * self.across + x].differs <= LEAST {
            return 0;
        }
        let (mut differs, mut displaced, mut close, mut newer) = (0.0, 0.0, 0.0, [0.0; TONES]);
        for row in y.saturating_sub(AROUND)..(y + AROUND + 1).min(self.down) {
            for cell in &self.cells[row * self.across..][x.saturating_sub(AROUND)..(x + AROUND + 1).min(self.across)] {
                differs += cell.differs;
                displaced += cell.displaced;
                close += cell.close;
                for (newer, of_cell) in newer.iter_mut().zip(cell.newer) {
                    *newer += of_cell;
                }
            }
        }
        let close = close / displaced.max(f32::MIN_POSITIVE);
        let displaced = displaced * ((close - CHANCE) / (SWAYS - CHANCE)).clamp(0.0, 1.0);
        // Each pixel of a new tone is one too many there, and is missing elsewhere.
        let new = newer.iter().map(|tone| tone.abs()).sum::<f32>() / 2.0;
        let share = ((displaced - new) / differs - SHARE + SOFTNESS) / (2.0 * SOFTNESS);
        (share.clamp(0.0, 1.0) * 255.0) as u8
    }

    /// From cells to pixels, bilinear between their middles.
    #[inline(always)]
    fn spread(&mut self) {
        for y in 0..self.height {
            let (above, below, down) = between(y, self.down);
            for x in 0..self.across {
                let at = |row: usize| u16::from(self.shares[row * self.across + x]);
                self.column[x] = at(above) * (2 * CELL as u16 - down) + at(below) * down;
            }
            let row = &mut self.map[y * self.width..][..self.width];
            let (before, row) = row.split_at_mut((CELL / 2).min(self.width));
            before.fill((self.column[0] / (2 * CELL as u16)) as u8);
            // From the middle of each cell to that of the next one.
            for (x, out) in row.chunks_mut(CELL).enumerate() {
                let (left, right) = (u32::from(self.column[x]), u32::from(self.column[(x + 1).min(self.across - 1)]));
                for (out, across) in out.iter_mut().zip((1..2 * CELL as u32).step_by(2)) {
                    *out = ((left * (2 * CELL as u32 - across) + right * across) >> 10) as u8;
                }
            }
        }
    }
}

/// Which of the tones a brightness is, after it was stretched by so many sixteenths.
fn tone(luma: u8, stretch: usize) -> usize {
    usize::from(luma) * stretch / 256 % TONES
}

/// The two cells between whose middles a row lies, and how far towards the second, in 32nds.
#[inline(always)]
fn between(row: usize, cells: usize) -> (usize, usize, u16) {
    // In half pixels, from the middle of the first cell on.
    let place = (2 * row + 1).saturating_sub(CELL);
    let first = (place / (2 * CELL)).min(cells - 1);
    (first, (first + 1).min(cells - 1), (place % (2 * CELL)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 160;

    static ROAD: [u8; WIDTH * HEIGHT] = [100; WIDTH * HEIGHT];

    /// What differs in a frame, and the brightness of its picture.
    type Frame = (Differing, Vec<u8>);

    /// A frame in which every seventh pixel of the left half differs and is found close by as often as `left` of ten, and in the
    /// right half as often as `right`. As many of the others are lighter than the background, which is 100 everywhere.
    fn frame(left: usize, right: usize) -> Frame {
        let mut differing = Differing {
            differs: vec![0; WIDTH * HEIGHT],
            displaced: vec![0; WIDTH * HEIGHT],
            steps: vec![true; WIDTH * HEIGHT / LANES],
        };
        let mut luma = vec![100; WIDTH * HEIGHT];
        for pixel in (0..WIDTH * HEIGHT).step_by(7) {
            let of_ten = if pixel % WIDTH < WIDTH / 2 { left } else { right };
            let displaced = pixel / 7 % 10 < of_ten;
            differing.differs[pixel] = 1;
            differing.displaced[pixel] = if displaced { 2 } else { 0 };
            luma[pixel] = if displaced { 100 } else { 200 };
        }
        (differing, luma)
    }

    fn after(frames: &[Frame], background: &[u8], secs: f32) -> Sway {
        in_light(Light::GOOD, frames, background, secs)
    }

    fn in_light(light: Light, frames: &[Frame], background: &[u8], secs: f32) -> Sway {
        let mut sway = Sway::default();
        sway.fit(WIDTH, HEIGHT);
        for (differing, luma) in frames {
            sway.count(differing, [luma, background], light, secs);
        }
        sway
    }

    fn at(sway: &Sway, x: usize) -> u8 {
        sway.map()[HEIGHT / 2 * WIDTH + x]
    }

    #[test]
    fn a_tree_sways_and_traffic_does_not() {
        let frames: Vec<_> = (0..50).map(|_| frame(6, 2)).collect();
        let sway = after(&frames, &ROAD, 0.04);
        assert!(sway.is_anywhere());
        assert_eq!((at(&sway, 40), at(&sway, WIDTH - 40)), (255, 0));
        // Between them it changes evenly.
        let row: Vec<_> = (40..WIDTH - 40).map(|x| at(&sway, x)).collect();
        assert!(row.is_sorted_by(|a, b| a >= b), "{row:?}");
    }

    #[test]
    fn leaves_change_places_and_cars_bring_tones_that_were_not_there() {
        // Four in ten were found nearby.
        let sways = |light: Light, [odd, even]: [u8; 2], background: [u8; 2]| {
            let tones =
                |tones: [u8; 2]| (0..WIDTH * HEIGHT).map(move |pixel| tones[pixel / 7 % 2]).collect::<Vec<u8>>();
            let frames: Vec<_> = (0..50).map(|_| (frame(4, 4).0, tones([odd, even]))).collect();
            in_light(light, &frames, &tones(background), 0.04).is_anywhere()
        };
        assert!(sways(Light::GOOD, [180, 60], [60, 180]), "each tone is there as often as before");
        assert!(!sways(Light::GOOD, [180, 20], [100, 100]), "lighter than the road and darker");
        // In fog they are so by a few levels, which are one tone in good light.
        let [fog, _] = Light::of(&[180, 190].repeat(1_000));
        assert!(sways(Light::GOOD, [176, 190], [184, 184]));
        assert!(!sways(fog, [176, 190], [184, 184]), "lighter than the road and darker");
        assert!(sways(fog, [176, 190], [190, 176]), "each tone is there as often as before");
    }

    #[test]
    fn what_is_found_anywhere_but_close_by_is_found_by_chance() {
        let sways = |close_of_ten: usize| {
            let (mut differing, luma) = frame(6, 6);
            for (n, displaced) in differing.displaced.iter_mut().filter(|displaced| **displaced > 0).enumerate() {
                *displaced = if n % 10 < close_of_ten { 2 } else { 1 };
            }
            let frames: Vec<_> = (0..50).map(|_| (differing.clone(), luma.clone())).collect();
            at(&after(&frames, &ROAD, 0.04), 40)
        };
        assert_eq!((sways(4), sways(6)), (0, 255));
    }

    #[test]
    fn where_nothing_differs_nothing_sways() {
        let empty = || Differing { differs: vec![], displaced: vec![], steps: vec![false; WIDTH * HEIGHT / LANES] };
        let frames: Vec<_> = (0..50).map(|_| (empty(), vec![])).collect();
        let sway = after(&frames, &[], 0.04);
        assert!(!sway.is_anywhere() && sway.map().iter().all(|share| *share == 0));
    }

    #[test]
    fn wind_that_is_over_is_forgotten_and_a_passer_by_does_not_stop_it() {
        let mut frames: Vec<_> = (0..100).map(|_| frame(7, 7)).collect();
        frames.extend((0..3).map(|_| frame(0, 0)));
        assert_eq!(at(&after(&frames, &ROAD, 0.2), 40), 255, "somebody passed");
        frames.extend((0..300).map(|_| frame(1, 1)));
        assert_eq!(at(&after(&frames, &ROAD, 0.2), 40), 0, "a minute of traffic");
    }
}
