//! A camera that zooms or rolls: one affine map, small and smooth, tells where the background is in the picture. The picture is put back
//! through it before it is compared; when the camera rests, or has gone far, the background goes along.
//!
//! Steps of least squares for the six numbers of the map over the gradient of the background (Bergen, Anandan, Hanna and Hingorani,
//! *Hierarchical Model-Based Motion Estimation*, ECCV 1992, section 3.2), at a quarter of the size, in which what differs much counts
//! little, as it is traffic (Black and Anandan, *The Robust Estimation of Multiple Motions*, Computer Vision and Image Understanding
//! 63(1), 1996, section 3).

use super::affine::{Affine, Map, bends, farthest};
use super::search::{Search, Small};

/// Pixels with a smaller gradient (of twice the usual scale, squared) tell nothing.
const LEAST_GRADIENT: i32 = 144;
const LEAST_SAMPLES: u32 = 200;
/// Larger differences are of something else; and the square of the difference that counts half.
const MOST_ERROR: f32 = 48.0;
const HALF_ERROR: f32 = 144.0;
/// Steps to the first map, and from that of the frame before to the next; no corner goes farther in these, in pixels at a quarter of the
/// size.
const STEPS: usize = 6;
const STEPS_ON: usize = 3;
const MOST_STEP: f32 = 3.0;
const MOST_SHIFT: f32 = 2.0;
/// The share of the squares of differences that the first step must promise to explain.
const LEAST_EXPLAINED: f64 = 0.03;
/// Pixels at a quarter of the size by which a corner goes at least, beside what a shift does.
const LEAST_CORNER: f32 = 0.5;
/// Of what the best shift leaves of the difference a map leaves less than this share; and less than the other one, or the camera does
/// not zoom any longer when that lasts.
const LEAVES: f32 = 0.9;
const LEAVES_ON: f32 = 0.95;
const DOUBT_SECS: f32 = 0.3;
/// A map explains what changed when it leaves less than this share of the difference, and moves a corner by as many pixels at a quarter of
/// the size.
const EXPLAINED: f32 = 0.6;
const LEAST_MOVED: f32 = 0.35;
/// Where a corner has gone so far, of the mean of the picture's sides, the background goes along.
const FARTHEST: f32 = 0.02;
/// The camera rests while no corner goes farther than this; after so long the background goes along.
const RESTS: f32 = 0.12;
const RESTS_SECS: f32 = 0.5;
/// Whether it zooms is asked no more often than this, and where one pixel in so many moves.
const ASK_SECS: f32 = 0.09;
const MOVING_PARTS: usize = 1000;

/// Parts of the picture, across and down, in which the first map is tried: it holds when most of what differs clearly does so less with it in
/// so many of them, of more that have edges, and more in few. What one large thing does a map explains in its own place alone.
const PARTS: (usize, usize) = (4, 3);
const CLEARLY: f32 = 4.0;
const LEAST_BETTER: usize = 5;
const LEAST_PARTS: usize = 8;
const MOST_WORSE: usize = 2;
/// The fewest pixels of a part that differ clearly.
const LEAST_OF_PART: u32 = 6;

/// Follows one stream.
#[derive(Debug, Default)]
pub(super) struct Zoom {
    size: (usize, usize),
    /// Where the background is in the picture, while it may be beside its place.
    map: Option<Map>,
    /// The same, when it was found just now and must be right in the next picture too.
    candidate: Option<Map>,
    /// For how long a shift would have done as well.
    doubt_secs: f32,
    /// Where it was last at rest, and for how long.
    rest: Map,
    rest_secs: f32,
    unasked_secs: f32,
    search: Search,
}

/// A map that was found.
struct Fit {
    map: Map,
    /// What it leaves of the difference that the best shift leaves.
    leaves: f32,
    /// It does so all over the picture.
    holds: bool,
}

impl Fit {
    /// The map, where it is that of a camera that zooms.
    fn of_zoom(self) -> Option<Map> {
        let shift = self.map[0].abs().max(self.map[3].abs());
        let zooms = self.holds && self.leaves < LEAVES && bends(&self.map) >= LEAST_CORNER && shift <= MOST_SHIFT;
        zooms.then_some(self.map)
    }
}

impl Zoom {
    /// Makes room for pictures of this size and forgets what was.
    pub fn fit(&mut self, width: usize, height: usize) {
        self.size = (width, height);
        self.search.fit(width, height);
        self.unasked_secs = 0.0;
        self.reset();
    }

    /// The background is in its place.
    pub fn reset(&mut self) {
        (self.map, self.candidate, self.doubt_secs) = (None, None, 0.0);
        (self.rest, self.rest_secs) = (Map::default(), 0.0);
    }

    /// Whether the background may be beside its place.
    pub fn is_away(&self) -> bool {
        self.map.is_some()
    }

    /// From pixels of the background to those of the picture, while it may be beside its place.
    pub fn affine(&self) -> Option<Affine> {
        Some(Affine::of(&self.map?, self.size))
    }

    /// Looks where the background is in a picture, from the brightness of both in the same light. `moving`: pixels that moved in the
    /// picture before.
    #[inline(always)]
    pub fn look(&mut self, luma: &[u8], background: &[u8], moving: usize, interval_secs: f32) {
        self.unasked_secs += interval_secs;
        let asks = self.unasked_secs >= ASK_SECS && moving * MOVING_PARTS > self.size.0 * self.size.1;
        if !asks && self.map.or(self.candidate).is_none() {
            return;
        }
        self.unasked_secs = 0.0;
        let follows = self.map.or(self.candidate).is_some() && self.search.is_large();
        // Farther away a picture that is zoomed fits by chance.
        let reach = self.search.reach(false);
        let shaken = follows.then(|| self.search.shift(luma, background, reach).place());
        let [now, before] = if follows { self.search.searched() } else { self.search.quarters(luma, background) };
        self.map = match (self.map, self.candidate.take()) {
            (Some(map), _) => {
                let fit = follow(now, before, map, shaken);
                fit.and_then(|fit| self.believed(&fit, interval_secs))
            }
            (None, Some(map)) => follow(now, before, map, shaken).and_then(Fit::of_zoom),
            (None, None) => {
                self.candidate = find(now, before).and_then(Fit::of_zoom);
                None
            }
        };
        let went = |map: &Map, from: &Map| bends(&std::array::from_fn(|i| map[i] - from[i]));
        match &self.map {
            Some(map) if went(map, &self.rest) > RESTS => (self.rest, self.rest_secs) = (*map, 0.0),
            _ => self.rest_secs += interval_secs,
        }
    }

    /// The map of a camera that still zooms.
    fn believed(&mut self, fit: &Fit, interval_secs: f32) -> Option<Map> {
        self.doubt_secs = if fit.leaves < LEAVES_ON { 0.0 } else { self.doubt_secs + interval_secs };
        (self.doubt_secs < DOUBT_SECS).then_some(fit.map)
    }

    /// Where the background comes from when it is to go along, from its pixels then to those now: with a camera that rests, or has gone
    /// far. It is in its place then.
    pub fn go_along(&mut self) -> Option<Affine> {
        let map = self.map?;
        let rests = self.rest_secs >= RESTS_SECS;
        if !rests && farthest(&map) <= FARTHEST * (self.size.0 + self.size.1) as f32 / 2.0 {
            return None;
        }
        self.reset();
        if !rests {
            self.map = Some(Map::default());
        }
        Affine::of(&map, self.size).inverse()
    }
}

/// The map of a camera that may have begun to zoom.
#[inline(always)]
fn find(now: &Small, before: &Small) -> Option<Fit> {
    let still = Map::default();
    let first = add_up(now, before, &still, &still);
    let change = solve(first.products, first.errors)?;
    let explained: f64 = change.iter().zip(first.errors).map(|(change, error)| f64::from(*change) * error).sum();
    // In most pictures things move, and no map is even worth a second step.
    if first.count < LEAST_SAMPLES || explained < LEAST_EXPLAINED * first.squares {
        return None;
    }
    let shift = best_shift(now, before, still)?;
    refine(now, before, shift, &shift, STEPS)
}

/// Whether one affine map explains the change from another picture all over it: the camera moved.
#[inline(always)]
pub(super) fn explains(now: &Small, before: &Small) -> bool {
    let still = Map::default();
    refine(now, before, still, &still, STEPS)
        .is_some_and(|fit| fit.holds && fit.leaves < EXPLAINED && farthest(&fit.map) >= LEAST_MOVED)
}

/// The map of the next picture, after that of the one before. `shaken`: how far, in whole pixels, it lies beside the background.
#[inline(always)]
fn follow(now: &Small, before: &Small, map: Map, shaken: Option<(f32, f32)>) -> Option<Fit> {
    // A camera that shakes as well is beside its place at once, farther than steps of least squares go.
    let jumped = shaken
        .map(|(across, down)| (across / 4.0, down / 4.0))
        .filter(|(across, down)| (across - map[0]).abs().max((down - map[3]).abs()) > MOST_SHIFT);
    let (across, down) = jumped.unwrap_or((map[0], map[3]));
    let shift = best_shift(now, before, [across, 0.0, 0.0, down, 0.0, 0.0])?;
    let put_back = best_shift(now, before, [across, map[1], map[2], down, map[4], map[5]])?;
    let fits = [map, put_back].map(|from| refine(now, before, from, &shift, STEPS_ON));
    fits.into_iter().flatten().min_by(|one, other| one.leaves.total_cmp(&other.leaves))
}

/// How far one picture lies beside the other when nothing else is allowed.
#[inline(always)]
fn best_shift(now: &Small, before: &Small, mut shift: Map) -> Option<Map> {
    for _ in 0..STEPS_ON {
        let Sums { mut products, errors, .. } = add_up(now, before, &shift, &shift);
        // The other four numbers are held where they are.
        for fixed in [1, 2, 4, 5] {
            for row in &mut products {
                row[fixed] = 0.0;
            }
            products[fixed] = [0.0; 6];
        }
        let change = solve(products, errors)?;
        (shift[0], shift[3]) = (shift[0] - change[0], shift[3] - change[3]);
    }
    Some(shift)
}

/// So many steps from a map on.
#[inline(always)]
fn refine(now: &Small, before: &Small, from: Map, shift: &Map, steps: usize) -> Option<Fit> {
    let mut map = from;
    for _ in 0..steps {
        let sums = add_up(now, before, &map, shift);
        if sums.count < LEAST_SAMPLES {
            return None;
        }
        map.iter_mut().zip(solve(sums.products, sums.errors)?).for_each(|(value, change)| *value -= change);
    }
    if farthest(&std::array::from_fn(|i| map[i] - from[i])) > MOST_STEP {
        return None;
    }
    let last = add_up(now, before, &map, shift);
    Some(Fit { map, leaves: last.left / last.left_by_shift.max(1.0), holds: last.holds() })
}

/// What a step of least squares adds up, over pixels that tell something.
#[derive(Default)]
struct Sums {
    products: [[f64; 6]; 6],
    errors: [f64; 6],
    squares: f64,
    /// Differences with the map, and with a shift.
    left: f32,
    left_by_shift: f32,
    count: u32,
    /// How many of each part differ clearly less with the map than with the shift, and clearly more.
    parts: [(u32, u32); PARTS.0 * PARTS.1],
}

impl Sums {
    /// Whether the map is that of the whole picture.
    fn holds(&self) -> bool {
        let (mut all, mut better, mut worse) = (0, 0, 0);
        for (less, more) in self.parts.iter().filter(|(less, more)| less + more >= LEAST_OF_PART) {
            all += 1;
            better += usize::from(*less >= 2 * more);
            worse += usize::from(more > less);
        }
        all >= LEAST_PARTS && better >= LEAST_BETTER && worse <= MOST_WORSE
    }

    /// Adds a pixel at `x` and `y`, from -1 to 1, with its gradients over two pixels and how much it differs with the map.
    #[inline(always)]
    fn add(&mut self, (x, y): (f32, f32), (across, down): (i32, i32), error: f32) {
        let weight = HALF_ERROR / (HALF_ERROR + error * error);
        self.squares += f64::from(weight * error * error);
        let (across, down) = (across as f32 / 2.0, down as f32 / 2.0);
        let slopes = [across, across * x, across * y, down, down * x, down * y];
        for (i, slope) in slopes.iter().enumerate() {
            self.errors[i] += f64::from(weight * slope * error);
            for (j, other) in slopes.iter().enumerate().skip(i) {
                self.products[i][j] += f64::from(weight * slope * other);
            }
        }
    }
}

#[inline(always)]
fn add_up(now: &Small, before: &Small, map: &Map, shift: &Map) -> Sums {
    let (width, height) = (before.width, before.height);
    let mut sums = Sums::default();
    for row in (2..height.saturating_sub(2)).step_by(2) {
        let y = (2.0 * row as f32 + 1.0) / height as f32 - 1.0;
        for column in 2..width.saturating_sub(2) {
            let place = row * width + column;
            let value = |place: usize| i32::from(before.luma[place]);
            let (across, down) = (value(place + 1) - value(place - 1), value(place + width) - value(place - width));
            if across * across + down * down < LEAST_GRADIENT {
                continue;
            }
            let x = (2.0 * column as f32 + 1.0) / width as f32 - 1.0;
            let there = |m: &Map| (column as f32 + m[0] + m[1] * x + m[2] * y, row as f32 + m[3] + m[4] * x + m[5] * y);
            let (Some(seen), Some(shifted)) = (sample(now, there(map)), sample(now, there(shift))) else { continue };
            let here = f32::from(before.luma[place]);
            let error = (seen - here).clamp(-MOST_ERROR, MOST_ERROR);
            let (left, left_by_shift) = (error.abs(), (shifted - here).abs().min(MOST_ERROR));
            let part = &mut sums.parts[row * PARTS.1 / height * PARTS.0 + column * PARTS.0 / width];
            part.0 += u32::from(left + CLEARLY < left_by_shift);
            part.1 += u32::from(left_by_shift + CLEARLY < left);
            sums.left += left;
            sums.left_by_shift += left_by_shift;
            sums.count += 1;
            sums.add((x, y), (across, down), error);
        }
    }
    sums
}

/// The value between four pixels.
#[inline(always)]
fn sample(picture: &Small, (x, y): (f32, f32)) -> Option<f32> {
    if !(x >= 0.0 && y >= 0.0) {
        return None;
    }
    let (left, top) = (x as usize, y as usize);
    if left + 1 >= picture.width || top + 1 >= picture.height {
        return None;
    }
    let (u, v) = (x - left as f32, y - top as f32);
    let at = |place: usize| f32::from(picture.luma[place]);
    let place = top * picture.width + left;
    let above = at(place) * (1.0 - u) + at(place + 1) * u;
    let below = at(place + picture.width) * (1.0 - u) + at(place + picture.width + 1) * u;
    Some(above * (1.0 - v) + below * v)
}

/// Solves the symmetric equations, of which the upper half is given, by Cholesky's method. `None` when they do not settle all six.
fn solve(mut a: [[f64; 6]; 6], b: [f64; 6]) -> Option<Map> {
    for i in 0..6 {
        a[i][i] += 1.0;
        for k in 0..i {
            a[i][i] -= a[k][i] * a[k][i];
        }
        if a[i][i] <= 1e-6 {
            return None;
        }
        a[i][i] = a[i][i].sqrt();
        for j in i + 1..6 {
            for k in 0..i {
                a[i][j] -= a[k][i] * a[k][j];
            }
            a[i][j] /= a[i][i];
        }
    }
    let mut x = b;
    for i in 0..6 {
        for k in 0..i {
            x[i] -= a[k][i] * x[k];
        }
        x[i] /= a[i][i];
    }
    for i in (0..6).rev() {
        for k in i + 1..6 {
            x[i] -= a[i][k] * x[k];
        }
        x[i] /= a[i][i];
    }
    Some(x.map(|value| value as f32))
}

#[cfg(test)]
mod tests;
