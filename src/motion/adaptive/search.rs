//! How far one picture lies beside another, in whole pixels: a search at a quarter of the size, then at half of it.

/// Differences count up to this many grey levels: a moving object is no better fit when it is darker.
pub(super) const MOST_DIFFERENCE: u8 = 24;
/// Pixels at a quarter of the size to either side by which a camera shakes at most: a sixth of the shorter side, from three to six.
const LEAST_REACH: i32 = 3;
const MOST_REACH: i32 = 6;
/// In smaller pictures there is too little to hold on to.
const LEAST_SIDE: usize = 64;
/// Another place must fit by so much better than the best before it.
const BETTER: f32 = 0.97;

/// Searches pictures of one size.
#[derive(Debug, Default)]
pub(super) struct Search {
    width: usize,
    reach: i32,
    halves: [Small; 2],
    quarters: [Small; 2],
}

/// A picture that was made smaller.
#[derive(Debug, Default)]
pub(super) struct Small {
    pub width: usize,
    pub height: usize,
    pub luma: Vec<u8>,
}

/// What was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The first picture's pixel `x + across` is the second's pixel `x`.
    pub across: i32,
    /// The same for rows.
    pub down: i32,
    /// Mean difference there, and without any shift, at half of the size.
    pub difference: f32,
    pub unshifted: f32,
}

impl Found {
    /// Columns and rows.
    pub fn place(self) -> (f32, f32) {
        (self.across as f32, self.down as f32)
    }
}

impl Search {
    /// Makes room for pictures of this size.
    pub fn fit(&mut self, width: usize, height: usize) {
        self.width = width;
        self.reach = (width.min(height) as i32 / 24).clamp(LEAST_REACH, MOST_REACH);
        for (small, scale) in self.halves.iter_mut().map(|s| (s, 2)).chain(self.quarters.iter_mut().map(|s| (s, 4))) {
            small.fit(width / scale, height / scale);
        }
    }

    /// Both pictures at a quarter of the size.
    #[inline(always)]
    pub fn quarters(&mut self, one: &[u8], other: &[u8]) -> &[Small; 2] {
        for ((half, quarter), full) in self.halves.iter_mut().zip(&mut self.quarters).zip([one, other]) {
            halve(full, self.width, half);
            halve(&half.luma, half.width, quarter);
        }
        &self.quarters
    }

    /// The same of the pictures that were searched last.
    pub fn searched(&self) -> &[Small; 2] {
        &self.quarters
    }

    /// How far a camera is followed, in pixels at a quarter of the size to either side. `shakes`: it has shaken for a while. One that
    /// stood still and jumps was bumped, and is not followed as far.
    pub fn reach(&self, shakes: bool) -> i32 {
        if shakes { self.reach } else { LEAST_REACH }
    }

    /// Whether there is enough in the pictures to hold on to when the camera shakes.
    pub fn is_large(&self) -> bool {
        self.width >= LEAST_SIDE && self.halves[0].height >= LEAST_SIDE / 2
    }

    /// Where `one` lies beside `other`, at most `reach` pixels at a quarter of the size to either side. The pictures must be
    /// more than eight times as wide and high as `reach` + 1.
    #[inline(always)]
    pub fn shift(&mut self, one: &[u8], other: &[u8], reach: i32) -> Found {
        self.quarters(one, other);
        let ([half, half_other], [quarter, quarter_other]) = (&self.halves, &self.quarters);
        let mut best = (0, 0);
        let mut least = difference(quarter, quarter_other, best, (reach, 1), f32::MAX);
        for place in rings(reach) {
            let most = least * BETTER;
            let here = difference(quarter, quarter_other, place, (reach, 1), most);
            if here < most {
                (least, best) = (here, place);
            }
        }
        let (middle, margin) = ((2 * best.0, 2 * best.1), 2 * reach + 1);
        let unshifted = difference(half, half_other, (0, 0), (margin, 3), f32::MAX);
        let mut least = f32::MAX;
        for down in -1..=1 {
            for across in -1..=1 {
                let shift = (middle.0 + across, middle.1 + down);
                let here = difference(half, half_other, shift, (margin, 3), least);
                if here < least {
                    (least, best) = (here, shift);
                }
            }
        }
        Found { across: 2 * best.0, down: 2 * best.1, difference: least, unshifted }
    }
}

impl Small {
    /// Makes room for pictures of this size.
    fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.luma.clear();
        self.luma.resize(width * height, 0);
    }
}

/// The places up to so far to either side of the middle, those close by first.
fn rings(reach: i32) -> impl Iterator<Item = (i32, i32)> {
    (1..=reach).flat_map(|ring| {
        let square = (-ring..=ring).flat_map(move |down| (-ring..=ring).map(move |across| (across, down)));
        square.filter(move |(across, down)| across.abs().max(down.abs()) == ring)
    })
}

#[inline(always)]
fn halve(from: &[u8], width: usize, to: &mut Small) {
    for (y, out) in to.luma.chunks_exact_mut(to.width.max(1)).enumerate() {
        let (above, below) = (&from[2 * y * width..][..width], &from[(2 * y + 1) * width..][..width]);
        let pairs = above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0);
        for (out, (above, below)) in out.iter_mut().zip(pairs) {
            let sum = u16::from(above[0]) + u16::from(above[1]) + u16::from(below[0]) + u16::from(below[1]);
            *out = ((sum + 2) >> 2) as u8;
        }
    }
}

/// The mean difference of a shifted picture from the background, without a margin, on every so many rows; more than `most` when it
/// is seen early that it will be.
#[inline(always)]
fn difference(picture: &Small, background: &Small, shift: (i32, i32), (margin, every): (i32, usize), most: f32) -> f32 {
    let margin = margin.unsigned_abs() as usize;
    let (width, length) = (picture.width, picture.width - 2 * margin);
    let rows = (margin..picture.height - margin).step_by(every);
    let count = (rows.len() * length) as f32;
    let mut sum = 0u32;
    for y in rows {
        let there = &background.luma[y * width + margin..][..length];
        let moved = y.wrapping_add_signed(shift.1 as isize) * width + margin.wrapping_add_signed(shift.0 as isize);
        let here = &picture.luma[moved..][..length];
        // A working picture that is searched has fewer than 2,000 columns: a row fits into 16 bits.
        let row = there.iter().zip(here).map(|(a, b)| u16::from(a.abs_diff(*b).min(MOST_DIFFERENCE)));
        sum += u32::from(row.sum::<u16>());
        if sum as f32 > most * count {
            break;
        }
    }
    sum as f32 / count
}
