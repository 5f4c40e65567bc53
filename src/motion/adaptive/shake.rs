//! A camera that shakes: how far the picture lies beside the background, and putting it back.
//!
//! A coarse search over whole pixels on smaller pictures finds the neighbourhood, steps of least squares over the gradient of
//! the background the fraction of a pixel (Lucas and Kanade, *An Iterative Image Registration Technique*, IJCAI 1981). A
//! camera that stands still costs one sparse step.

use super::planes::{Planes, padded};
use super::search::{MOST_DIFFERENCE, Search};

/// The steps of least squares go so many pixels of the working picture farther than what was searched.
const BEYOND_REACH: f32 = 2.0;
/// The differences must fall by this share, and the shift be this long, to be believed.
const LEAST_BETTER: f32 = 0.10;
const LEAST_SHIFT: f32 = 0.12;
/// A step shorter than this, in a picture not much rougher than usual, is a camera that stands still.
const STILL_STEP: f32 = 0.15;
/// Pixels with a smaller gradient (of twice the usual scale, squared) tell nothing about a shift.
const LEAST_GRADIENT: i32 = 36;
const LEAST_SAMPLES: u32 = 60;
/// Rounds of least squares: larger differences are left out, and one in so many rows is looked at.
const ROUNDS: [(i32, usize); 3] = [(40, 16), (20, 12), (20, 8)];
/// So much of the border tells nothing: what comes into view there is not in the background.
const LEAST_MARGIN: usize = 17;
/// A camera that lies so far beside the background, and whose picture fits there so well, turns: the background goes with it.
const FOLLOWS: f32 = 8.0;
const FITS: f32 = 0.5;
/// A camera that lies so far beside the background, moves by no more than this and does so for so long looks elsewhere now.
const ELSEWHERE: f32 = 1.5;
const RESTS: f32 = 0.5;
const RESTS_SECS: f32 = 2.0;
/// A camera that has shaken for so long is followed farther.
const SHAKES_SECS: f32 = 3.0;

/// Follows the shaking of one stream.
#[derive(Debug, Default)]
pub(super) struct Shake {
    width: usize,
    height: usize,
    shift: Option<(f32, f32)>,
    /// What is left of the difference when the picture is put back.
    left: f32,
    /// Where it has been at rest, and for how long.
    rest: (f32, f32),
    rest_secs: f32,
    /// For how long every picture was put back, and the camera never at rest.
    shaking_secs: f32,
    /// The usual difference of a picture that lies where it should.
    calm: f32,
    search: Search,
    warped: Vec<u8>,
    row: Vec<u16>,
}

/// What one step of least squares found: the step, and the mean difference at the start of it and without any shift.
struct Step {
    across: f32,
    down: f32,
    difference: f32,
    unshifted: f32,
}

/// How a step samples: from which shift, keeping away from the border, leaving out larger differences, every how many
/// rows.
struct Sampling {
    from: (f32, f32),
    margin: usize,
    largest: i32,
    every: usize,
}

/// The three pictures that a shift is measured by, row after row without a gap.
pub(super) struct Inputs<'a> {
    /// Brightness of the picture and of the background.
    pub luma: &'a [u8],
    pub background: &'a [u8],
    /// Not 0 where something moves.
    pub moving: &'a [u8],
}

impl Shake {
    /// Makes room for pictures of this size and forgets the shaking.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.search.fit(width, height);
        self.warped.clear();
        self.warped.resize(padded(width * height), 0);
        self.row.clear();
        self.row.resize(width, 0);
        self.reset();
    }

    /// Forgets the shaking.
    pub fn reset(&mut self) {
        (self.shift, self.calm) = (None, 0.0);
        (self.rest, self.rest_secs, self.shaking_secs) = ((0.0, 0.0), 0.0, 0.0);
    }

    /// Whether the picture before this one was put back.
    pub fn shook(&self) -> bool {
        self.shift.is_some()
    }

    /// Whether the camera looks beside the background.
    pub fn is_elsewhere(&self) -> bool {
        self.shift.is_some_and(|(across, down)| across.abs().max(down.abs()) >= ELSEWHERE)
    }

    /// Whether the camera has come to rest beside the background, where it shows a border that is never compared. To be asked
    /// once for each picture.
    pub fn rests_elsewhere(&mut self, interval_secs: f32) -> bool {
        let (across, down) = self.shift.unwrap_or_default();
        let moved = (across - self.rest.0).abs().max((down - self.rest.1).abs());
        if moved > RESTS {
            (self.rest, self.rest_secs) = ((across, down), 0.0);
        } else {
            self.rest_secs += interval_secs;
        }
        let rests = self.rest_secs >= RESTS_SECS;
        self.shaking_secs = if self.shook() && !rests { self.shaking_secs + interval_secs } else { 0.0 };
        self.is_elsewhere() && rests
    }

    /// Whether the camera looks so far beside the background that the picture was not put back all the way: then things stand
    /// beside their places that were there before.
    pub fn is_far(&self) -> bool {
        self.shift.is_some_and(|(across, down)| across.abs().max(down.abs()) > self.farthest() - RESTS)
    }

    /// Pixels at a quarter of the size to either side that are searched.
    fn reach(&self) -> i32 {
        self.search.reach(self.shaking_secs >= SHAKES_SECS)
    }

    /// Farther than this, in pixels of the working picture, nothing is put back.
    fn farthest(&self) -> f32 {
        (4 * self.reach()) as f32 + BEYOND_REACH
    }

    /// By how many whole pixels the background is to go with a camera that turns; so much less the picture then lies beside it.
    pub fn follow(&mut self) -> Option<(i32, i32)> {
        let (across, down) = self.shift.filter(|(across, down)| across.abs().max(down.abs()) >= FOLLOWS)?;
        if self.left >= FITS || self.is_far() {
            return None;
        }
        self.shift = Some((across - across.round(), down - down.round()));
        (self.rest, self.rest_secs) = ((0.0, 0.0), 0.0);
        Some((across.round() as i32, down.round() as i32))
    }

    /// How far a picture lies beside the background: its pixel `x + shift` is the background's pixel `x`. `None` when the camera
    /// stands still, or nothing is certain.
    #[inline(always)]
    pub fn look(&mut self, inputs: &Inputs) -> Option<(f32, f32)> {
        let shook = self.shift.take().is_some();
        if self.search.is_large() {
            self.shift = self.find(inputs, shook);
        }
        self.shift
    }

    /// Puts a picture back to where the background is.
    #[inline(always)]
    pub fn put_back(&mut self, picture: &mut Planes, shift: (f32, f32)) {
        for plane in &mut picture.channels {
            self.warp(plane, shift);
        }
    }

    #[inline(always)]
    fn find(&mut self, inputs: &Inputs, shook: bool) -> Option<(f32, f32)> {
        let size = (self.width, self.height);
        let sparse = Sampling { from: (0.0, 0.0), margin: 8, largest: 30, every: 20 };
        let first = step(inputs, size, &sparse)?;
        let quiet = first.difference < self.calm * 1.3 + 1.0;
        if !shook && first.across.abs() + first.down.abs() < STILL_STEP && quiet {
            self.calm += (first.difference - self.calm) * 0.1;
            return None;
        }
        let (mut across, mut down) = self.search.shift(inputs.luma, inputs.background, self.reach()).place();
        // What the steps may still add, and the pixel beside it.
        let margin = (across.abs().max(down.abs()) as usize + ROUNDS.len() + 2).max(LEAST_MARGIN);
        let (farthest, mut found) = (self.farthest(), None);
        for (largest, every) in ROUNDS {
            let sampling = Sampling { from: (across, down), margin, largest, every };
            let step = step(inputs, size, &sampling)?;
            across = (across + step.across.clamp(-1.0, 1.0)).clamp(-farthest, farthest);
            down = (down + step.down.clamp(-1.0, 1.0)).clamp(-farthest, farthest);
            found = Some(step);
        }
        let found = found?;
        let better = found.difference < found.unshifted * (1.0 - LEAST_BETTER);
        if better && across.abs() + down.abs() > LEAST_SHIFT {
            self.calm = found.difference;
            self.left = found.difference / found.unshifted;
            return Some((across, down));
        }
        self.calm += (first.difference - self.calm) * 0.1;
        None
    }

    /// Each pixel from where it was, in eighths of a pixel, bilinear, edges repeated.
    #[inline(always)]
    fn warp(&mut self, plane: &mut Vec<u8>, (across, down): (f32, f32)) {
        let (width, height) = (self.width, self.height);
        let ((columns, u), (rows, v)) = (eighths(across), eighths(down));
        let clamp = |place: i32, length: usize| usize::try_from(place).unwrap_or(0).min(length - 1);
        for y in 0..height as i32 {
            let above = &plane[clamp(y + rows, height) * width..][..width];
            let below = &plane[clamp(y + rows + 1, height) * width..][..width];
            for ((out, above), below) in self.row.iter_mut().zip(above).zip(below) {
                *out = u16::from(*above) * (8 - v) + u16::from(*below) * v;
            }
            let out = &mut self.warped[clamp(y, height) * width..][..width];
            let seen = seen(columns, width);
            out[..seen.start].fill((self.row[0] >> 3) as u8);
            out[seen.end..].fill((self.row[width - 1] >> 3) as u8);
            let from = &self.row[clamp(seen.start as i32 + columns, width)..];
            for ((out, left), right) in out[seen].iter_mut().zip(from).zip(&from[1..]) {
                *out = ((left * (8 - u) + right * u + 32) >> 6) as u8;
            }
        }
        std::mem::swap(plane, &mut self.warped);
    }
}

/// What a shifted picture does not show is as in the background.
#[inline(always)]
pub(super) fn fill_unseen(picture: &mut Planes, background: [&[u8]; 3], (across, down): (f32, f32)) {
    let (width, height) = (picture.width, picture.height);
    let (columns, rows) = (seen(eighths(across).0, width), seen(eighths(down).0, height));
    for (plane, background) in picture.channels.iter_mut().zip(background) {
        for y in 0..height {
            let row = y * width..(y + 1) * width;
            let (plane, background) = (&mut plane[row.clone()], &background[row]);
            let seen = if rows.contains(&y) { columns.clone() } else { 0..0 };
            plane[..seen.start].copy_from_slice(&background[..seen.start]);
            plane[seen.end..].copy_from_slice(&background[seen.end..]);
        }
    }
}

/// The whole pixels of a shift, and the eighths that are left.
fn eighths(length: f32) -> (i32, u16) {
    let eighths = (length * 8.0).round();
    ((eighths as i32).div_euclid(8), eighths.rem_euclid(8.0) as u16)
}

/// The places of which both this many pixels farther and the next one lie inside.
fn seen(shift: i32, length: usize) -> std::ops::Range<usize> {
    let first = usize::try_from(-shift).unwrap_or(0).min(length - 1);
    let last = usize::try_from(length as i32 - 1 - shift).unwrap_or(0).min(length - 1);
    first..last.max(first)
}

/// One Gauss-Newton step of a shift. `None` when there is too little to hold on to.
#[inline(always)]
fn step(inputs: &Inputs, (width, height): (usize, usize), sampling: &Sampling) -> Option<Step> {
    let &Sampling { from, margin, largest, every } = sampling;
    let (whole_across, whole_down) = (from.0.floor(), from.1.floor());
    let (u, v) = (((from.0 - whole_across) * 16.0) as i32, ((from.1 - whole_down) * 16.0) as i32);
    let offset = whole_down as isize * width as isize + whole_across as isize;
    let mut sums = Sums::default();
    for y in (margin..height - margin).step_by(every) {
        let start = y * width + margin;
        sums.add_row(inputs, width, (start, start.wrapping_add_signed(offset)), width - 2 * margin, (u, v, largest));
    }
    let Sums { gradients: [a11, a12, a22], errors: [r1, r2], moved, unmoved, count } = sums;
    let (a11, a12, a22, r1, r2) = (a11 as f64 + 1.0, a12 as f64, a22 as f64 + 1.0, r1 as f64, r2 as f64);
    let determinant = a11 * a22 - a12 * a12;
    if count < LEAST_SAMPLES || determinant < 1e-3 * a11 * a22 {
        return None;
    }
    // Gradients are taken over two pixels: twice as large.
    Some(Step {
        across: (-2.0 * (a22 * r1 - a12 * r2) / determinant) as f32,
        down: (-2.0 * (a11 * r2 - a12 * r1) / determinant) as f32,
        difference: moved as f32 / count as f32,
        unshifted: unmoved as f32 / count as f32,
    })
}

/// What a step of least squares adds up.
#[derive(Default)]
struct Sums {
    /// Products of gradients: across by across, across by down, down by down.
    gradients: [i64; 3],
    /// Products of errors with the gradients across and down.
    errors: [i64; 2],
    moved: i64,
    unmoved: i64,
    count: u32,
}

impl Sums {
    /// Adds so many pixels of a row, from `here` in the background and from `there` in the picture on. Everything is
    /// calculated for every pixel, and what does not count is masked: no branch, so that eight go at once.
    #[inline(always)]
    fn add_row(
        &mut self,
        inputs: &Inputs,
        width: usize,
        (here, there): (usize, usize),
        length: usize,
        (u, v, largest): (i32, i32, i32),
    ) {
        let &Inputs { luma, background, moving } = inputs;
        let (middle, unmoved, moving) =
            (&background[here..][..length], &luma[here..][..length], &moving[here..][..length]);
        let (left, right) = (&background[here - 1..][..length], &background[here + 1..][..length]);
        let (above, below) = (&background[here - width..][..length], &background[here + width..][..length]);
        let (upper, upper_right) = (&luma[there..][..length], &luma[there + 1..][..length]);
        let (lower, lower_right) = (&luma[there + width..][..length], &luma[there + width + 1..][..length]);
        let most = i32::from(MOST_DIFFERENCE);
        // A product is at most 255 * 255: a row of 30,000 pixels fits.
        let (mut a11, mut a12, mut a22, mut r1, mut r2) = (0i32, 0i32, 0i32, 0i32, 0i32);
        let (mut moved_sum, mut unmoved_sum, mut count) = (0i32, 0i32, 0i32);
        for x in 0..length {
            let value = |row: &[u8]| i32::from(row[x]);
            let (across, down) = (value(right) - value(left), value(below) - value(above));
            let counts = (across * across + down * down >= LEAST_GRADIENT) & (moving[x] == 0);
            let upper = value(upper) * (16 - u) + value(upper_right) * u;
            let lower = value(lower) * (16 - u) + value(lower_right) * u;
            let error = ((upper * (16 - v) + lower * v + 128) >> 8) - value(middle);
            let mask = -i32::from(counts);
            moved_sum += error.abs().min(most) & mask;
            unmoved_sum += (value(unmoved) - value(middle)).abs().min(most) & mask;
            count -= mask;
            let fits = mask & -i32::from(error.abs() <= largest);
            a11 += (across * across) & fits;
            a12 += (across * down) & fits;
            a22 += (down * down) & fits;
            r1 += (across * error) & fits;
            r2 += (down * error) & fits;
        }
        for (sum, row) in self.gradients.iter_mut().zip([a11, a12, a22]).chain(self.errors.iter_mut().zip([r1, r2])) {
            *sum += i64::from(row);
        }
        self.moved += i64::from(moved_sum);
        self.unmoved += i64::from(unmoved_sum);
        self.count += count.unsigned_abs();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 160;
    const HEIGHT: usize = 120;

    /// Smooth hills and a few edges, moved by a fraction of pixels.
    fn scene(across: f32, down: f32) -> Planes {
        let mut planes = Planes::default();
        planes.fit(WIDTH, HEIGHT);
        for (pixel, luma) in planes.channels[0][..WIDTH * HEIGHT].iter_mut().enumerate() {
            let (x, y) = ((pixel % WIDTH) as f32 - across, (pixel / WIDTH) as f32 - down);
            let hills = 40.0 * (x * 0.21).sin() * (y * 0.17).cos() + 25.0 * (x * 0.05 + y * 0.09).sin();
            *luma = (128.0 + hills + if (x / 23.0).floor() as i32 % 2 == 0 { 20.0 } else { 0.0 }).round() as u8;
        }
        planes
    }

    fn put_back(shake: &mut Shake, across: f32, down: f32) -> ((i32, i32), f32) {
        let mut picture = scene(across, down);
        let background = scene(0.0, 0.0);
        let moving = vec![0; WIDTH * HEIGHT];
        let (luma, background_luma) = (&picture.channels[0], &background.channels[0]);
        let shift = shake.look(&Inputs { luma, background: background_luma, moving: &moving });
        if let Some(shift) = shift {
            shake.put_back(&mut picture, shift);
            fill_unseen(&mut picture, background.channels.each_ref().map(Vec::as_slice), shift);
        }
        let (across, down) = shift.unwrap_or_default();
        let shift = (across.round() as i32, down.round() as i32);
        let inner = (20..HEIGHT - 20).flat_map(|y| (20..WIDTH - 20).map(move |x| y * WIDTH + x));
        let differences =
            inner.map(|pixel| f32::from(picture.channels[0][pixel].abs_diff(background.channels[0][pixel])));
        (shift, differences.sum::<f32>() / ((WIDTH - 40) * (HEIGHT - 40)) as f32)
    }

    #[test]
    fn a_shifted_picture_is_put_back_to_a_fraction_of_a_pixel() {
        for (across, down) in [(3.0, 0.0), (-2.5, 1.25), (0.5, -4.75), (9.0, -7.0), (-12.0, 11.0)] {
            let mut shake = Shake::default();
            shake.fit(WIDTH, HEIGHT);
            let (shift, difference) = put_back(&mut shake, across, down);
            let near = |found: i32, length: f32| (found as f32 - length).abs() <= 0.75;
            assert!(near(shift.0, across) && near(shift.1, down), "{across}, {down}: {shift:?}");
            assert!(difference < 3.0, "{across}, {down}: {difference}");
        }
    }

    #[test]
    fn a_camera_that_has_shaken_for_a_while_is_followed_farther() {
        let mut shake = Shake::default();
        shake.fit(WIDTH, HEIGHT);
        let found = (0..60_i16).map(|n| {
            // One jump after one second, and another one after four more.
            let (across, down) = if n % 40 == 10 { (20.0, -18.0) } else { (f32::from(n % 5) - 2.5, 3.0) };
            let ((x, y), difference) = put_back(&mut shake, across, down);
            shake.rests_elsewhere(0.1);
            (x as f32 - across).abs() <= 0.75 && (y as f32 - down).abs() <= 0.75 && difference < 3.0
        });
        let lost: Vec<_> = found.enumerate().filter(|(_, found)| !found).map(|(n, _)| n).collect();
        assert_eq!(lost, [10]);
    }

    #[test]
    fn a_camera_that_stands_still_is_left_alone() {
        let mut shake = Shake::default();
        shake.fit(WIDTH, HEIGHT);
        assert_eq!(put_back(&mut shake, 0.0, 0.0), ((0, 0), 0.0));
    }

    #[test]
    fn a_camera_that_comes_to_rest_beside_the_background_looks_elsewhere() {
        let rests = |places: [f32; 30]| {
            let mut shake = Shake::default();
            shake.fit(WIDTH, HEIGHT);
            places.map(|place| {
                put_back(&mut shake, place, 0.0);
                shake.rests_elsewhere(0.1)
            })
        };
        assert_eq!(rests([5.0; 30]).iter().position(|elsewhere| *elsewhere), Some(20));
        assert_eq!(rests([0.0; 30]), [false; 30]);
        let sways = std::array::from_fn(|n| 5.0 + (n as f32 * 0.4).sin() * 2.0);
        assert_eq!(rests(sways), [false; 30]);
    }

    #[test]
    fn another_scene_is_not_bent_into_this_one() {
        let mut shake = Shake::default();
        shake.fit(WIDTH, HEIGHT);
        let apart = |one: &Planes, other: &Planes| -> u32 {
            let pairs = one.channels[0].iter().zip(&other.channels[0]);
            pairs.map(|(one, other)| u32::from(one.abs_diff(*other))).sum()
        };
        let (before, (shift, after)) = (apart(&scene(60.0, 45.0), &scene(0.0, 0.0)), put_back(&mut shake, 60.0, 45.0));
        let before = before as f32 / (WIDTH * HEIGHT) as f32;
        assert!(before > 20.0 && after <= before, "{shift:?}: {before} before, {after} after");
    }

    #[test]
    fn small_pictures_are_left_alone() {
        let mut shake = Shake::default();
        let plane = [0; 48 * 48];
        shake.fit(48, 48);
        assert_eq!(shake.look(&Inputs { luma: &plane, background: &plane, moving: &plane }), None);
    }
}
