//! A camera that zooms or rolls: whether one affine map, small and smooth, explains what changed since a moment ago.
//!
//! Steps of least squares for the six numbers of the map over the gradient of the earlier picture (Bergen, Anandan, Hanna and Hingorani,
//! *Hierarchical Model-Based Motion Estimation*, ECCV 1992, section 3.2), at a quarter of the size.

/// Pixels with a smaller gradient (of twice the usual scale, squared) tell nothing.
const LEAST_GRADIENT: i32 = 144;
const LEAST_SAMPLES: u32 = 200;
/// Larger differences are of something else.
const MOST_ERROR: f32 = 48.0;
const STEPS: usize = 4;
/// The share of the squares of differences that the first step must promise to explain.
const LEAST_EXPLAINED: f64 = 0.2;
/// Pixels at a quarter of the size by which a corner goes at least.
const LEAST_CORNER: f32 = 0.35;

/// Parts of the picture, across and down, in which the map is tried: it holds when it leaves less than this share of the difference in so
/// many of them, of more that have edges, and makes it larger in few. What one large thing does a map explains in its own place
/// alone.
const PARTS: (usize, usize) = (4, 3);
const BETTER: f32 = 0.7;
const LEAST_BETTER: usize = 5;
const LEAST_PARTS: usize = 8;
const MOST_WORSE: usize = 2;
/// The fewest samples of a part that counts, and by how much worse it is when it is worse.
const LEAST_OF_PART: u32 = 6;
const WORSE: f32 = 0.5;

/// How far a place, from -1 to 1 across and down, goes: `across = m[0] + m[1] x + m[2] y`, `down = m[3] + m[4] x + m[5] y`, in pixels.
type Map = [f32; 6];

/// A picture of which every pixel is the mean of 4x4.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quarter<'a> {
    pub width: usize,
    pub height: usize,
    pub luma: &'a [u8],
}

/// Which share of the difference between two pictures an affine map leaves, if it moves a corner at all. `None` where there is too
/// little to hold on to, or it is not worth while to look on.
#[inline(always)]
pub(super) fn unexplained(now: Quarter, before: Quarter) -> Option<f32> {
    let mut map = Map::default();
    let mut first: Option<Sums> = None;
    for step in 0..=STEPS {
        let sums = add_up(now, before, &map);
        if sums.count() < LEAST_SAMPLES {
            return None;
        }
        if let Some(first) = first.as_ref().filter(|_| step == STEPS) {
            let corner = |m: &[f32]| m[0].abs() + m[1].abs() + m[2].abs();
            let goes = corner(&map[..3]).max(corner(&map[3..])) >= LEAST_CORNER;
            return Some(if goes && sums.holds_beside(first) { sums.mean() / first.mean().max(0.1) } else { 1.0 });
        }
        let change = solve(sums.products, sums.errors)?;
        // In most pictures things move, and no map is even worth a second step.
        let explained: f64 = change.iter().zip(sums.errors).map(|(change, error)| f64::from(*change) * error).sum();
        if step == 0 && explained < LEAST_EXPLAINED * sums.squares {
            return None;
        }
        map.iter_mut().zip(change).for_each(|(value, change)| *value -= change);
        first = first.or(Some(sums));
    }
    None
}

#[derive(Default)]
struct Sums {
    products: [[f64; 6]; 6],
    errors: [f64; 6],
    squares: f64,
    /// Of each part: the sum of differences, and of how many.
    parts: [(f32, u32); PARTS.0 * PARTS.1],
}

impl Sums {
    fn count(&self) -> u32 {
        self.parts.iter().map(|(_, count)| count).sum()
    }

    fn mean(&self) -> f32 {
        self.parts.iter().map(|(error, _)| error).sum::<f32>() / self.count().max(1) as f32
    }

    /// Whether the map of these differences is that of the whole picture. `first`: without any map.
    fn holds_beside(&self, first: &Self) -> bool {
        let parts = self.parts.iter().zip(&first.parts);
        let parts = parts.filter(|((_, count), (_, before))| (*count).min(*before) >= LEAST_OF_PART);
        let means = parts.map(|(left, first)| (left.0 / left.1 as f32, first.0 / first.1 as f32));
        let (mut all, mut better, mut worse) = (0, 0, 0);
        for (left, first) in means {
            all += 1;
            better += usize::from(left < BETTER * first);
            worse += usize::from(left > first + WORSE);
        }
        all >= LEAST_PARTS && better >= LEAST_BETTER && worse <= MOST_WORSE
    }
}

#[inline(always)]
fn add_up(now: Quarter, before: Quarter, map: &Map) -> Sums {
    let (width, height) = (before.width, before.height);
    let mut sums = Sums::default();
    for row in (2..height.saturating_sub(2)).step_by(2) {
        let y = 2.0 * row as f32 / height as f32 - 1.0;
        for column in 2..width.saturating_sub(2) {
            let place = row * width + column;
            let value = |place: usize| i32::from(before.luma[place]);
            let (across, down) = (value(place + 1) - value(place - 1), value(place + width) - value(place - width));
            if across * across + down * down < LEAST_GRADIENT {
                continue;
            }
            let x = 2.0 * column as f32 / width as f32 - 1.0;
            let there =
                (column as f32 + map[0] + map[1] * x + map[2] * y, row as f32 + map[3] + map[4] * x + map[5] * y);
            let Some(seen) = sample(now, there) else { continue };
            let error = (seen - f32::from(before.luma[place])).clamp(-MOST_ERROR, MOST_ERROR);
            let part = &mut sums.parts[row * PARTS.1 / height * PARTS.0 + column * PARTS.0 / width];
            *part = (part.0 + error.abs(), part.1 + 1);
            sums.squares += f64::from(error * error);
            // Gradients are taken over two pixels: twice as large.
            let (across, down) = (across as f32 / 2.0, down as f32 / 2.0);
            let slopes = [across, across * x, across * y, down, down * x, down * y];
            for (i, slope) in slopes.iter().enumerate() {
                sums.errors[i] += f64::from(slope * error);
                for (j, other) in slopes.iter().enumerate().skip(i) {
                    sums.products[i][j] += f64::from(slope * other);
                }
            }
        }
    }
    sums
}

/// The value between four pixels.
#[inline(always)]
fn sample(picture: Quarter, (x, y): (f32, f32)) -> Option<f32> {
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
mod tests {
    use super::*;

    const WIDTH: usize = 80;
    const HEIGHT: usize = 60;

    /// Hills and bricks, seen so many times as large as they are, with noise; and something bright at `x`.
    fn scene(scale: f32, seed: usize, x: Option<usize>) -> Vec<u8> {
        let value = |pixel: usize| {
            let (column, row) = (pixel % WIDTH, pixel / WIDTH);
            if x.is_some_and(|x| (x..x + 20).contains(&column) && (15..45).contains(&row)) {
                return 240;
            }
            let (u, v) = ((column as f32 - 40.0) / scale, (row as f32 - 30.0) / scale);
            let hills = 50.0 * (u * 0.33).sin() * (v * 0.27).cos() + 30.0 * (u * 0.11 + v * 0.19).sin();
            let noise = ((pixel * 7919 + seed * 104_729) % 13) as f32 / 6.0 - 1.0;
            (120.0 + hills + noise).round() as u8
        };
        (0..WIDTH * HEIGHT).map(value).collect()
    }

    fn left(now: &[u8], before: &[u8]) -> Option<f32> {
        let quarter = |luma| Quarter { width: WIDTH, height: HEIGHT, luma };
        unexplained(quarter(now), quarter(before))
    }

    #[test]
    fn a_zoom_explains_what_changed() {
        for scale in [0.96, 1.02, 1.05] {
            let left = left(&scene(scale, 1, None), &scene(1.0, 2, None)).unwrap();
            assert!(left < 0.5, "{scale}: {left}");
        }
    }

    #[test]
    fn noise_and_something_large_that_moves_are_no_zoom() {
        for (now, before) in [(None, None), (Some(30), Some(24)), (Some(50), None), (None, Some(20))] {
            let left = left(&scene(1.0, 1, now), &scene(1.0, 2, before));
            assert!(left.is_none_or(|left| left > 0.8), "{now:?}, {before:?}: {left:?}");
        }
    }

    #[test]
    fn what_one_large_thing_does_before_a_bare_wall_is_no_zoom() {
        let wall = |x: usize| -> Vec<u8> {
            let value = |pixel: usize| {
                let (column, row) = (pixel % WIDTH, pixel / WIDTH);
                let inside = (x..x + 30).contains(&column) && (12..48).contains(&row);
                let pattern = 128.0 + 80.0 * ((column - x.min(column)) as f32 * 0.5).sin() * (row as f32 * 0.4).cos();
                if inside { pattern as u8 } else { 120 + (pixel * 7919 % 5) as u8 }
            };
            (0..WIDTH * HEIGHT).map(value).collect()
        };
        assert!(left(&wall(22), &wall(20)).is_none_or(|left| left > 0.8));
    }

    #[test]
    fn a_bare_wall_and_a_picture_of_nothing_tell_nothing() {
        assert_eq!(left(&[90; WIDTH * HEIGHT], &[90; WIDTH * HEIGHT]), None);
        for (width, height) in [(0, 0), (1, 1), (3, 9), (9, 3)] {
            let luma = vec![7; width * height];
            let quarter = Quarter { width, height, luma: &luma };
            assert_eq!(unexplained(quarter, quarter), None);
        }
    }
}
