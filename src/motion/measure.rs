//! From the mask of a model to numbers: cleaning, zones, areas, and which of them change. Knows no setting but the zones, so that
//! what it measures can be decided on again under others.

use super::bits::Bits;
use super::regions::Labeller;
use super::seen::Seen;
use super::zones;
use crate::domain::{ActivityGrid, LeftOut, MovingArea, Trace, TraceAreas, Upheaval, Zone};

/// Pixels by which specks are opened away and gaps closed, on a mask that comes pixel by pixel from a model.
const CLEAN_RADIUS: usize = 1;
/// An area of which a smaller share changes from frame to frame only stands there.
const LEAST_LIVE: f32 = 0.03;

/// What is known of one frame when it is decided on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    /// Width and height of the mask in pixels.
    pub size: (u32, u32),
    pub watched_pixels: u32,
    /// Moving pixels, inside and outside of the zones.
    pub moving_pixels: u32,
    /// What changed everywhere; then nothing else was measured.
    pub upheaval: Upheaval,
    /// What moves inside of the zones, the largest first.
    pub areas: &'a [MovingArea],
    /// Areas that move as well, and of which no more is known.
    pub left_out: LeftOut,
}

impl<'a> Measured<'a> {
    /// What a trace has kept of a frame.
    pub fn of(trace: &'a Trace) -> Self {
        Self {
            size: (trace.width, trace.height),
            watched_pixels: trace.watched_pixels,
            moving_pixels: trace.moving_pixels,
            upheaval: trace.upheaval,
            areas: trace.areas.as_slice(),
            left_out: trace.left_out,
        }
    }

    /// Writes into a trace as much as it has room for. All but the areas and the grid fits always.
    pub fn write(&self, trace: &mut Trace) {
        (trace.width, trace.height) = self.size;
        trace.watched_pixels = self.watched_pixels;
        trace.moving_pixels = self.moving_pixels;
        trace.upheaval = self.upheaval;
        trace.areas = TraceAreas::default();
        let taken = self.areas.iter().take_while(|area| trace.areas.push(**area)).count();
        let rest = &self.areas[taken..];
        trace.left_out = LeftOut {
            count: number(rest.len()),
            pixels: rest.iter().map(|area| area.pixels).sum(),
            largest: rest.first().map_or(0, |area| area.pixels),
        };
    }
}

/// Measures the masks of one stream.
#[derive(Default)]
pub(super) struct Measure {
    /// What is watched; `None` when everything is.
    watched: Option<Bits>,
    watched_pixels: u32,
    /// What moves inside of the zones.
    moving: Bits,
    scratch: Bits,
    labeller: Labeller,
    /// For each area, in the order of the labeller, how many of its pixels change.
    live: Vec<u32>,
    /// The largest first.
    areas: Vec<MovingArea>,
    moving_pixels: u32,
    upheaval: Upheaval,
}

impl Measure {
    /// Fits to masks of this size and to these zones.
    pub fn fit(&mut self, zones: &[Zone], width: usize, height: usize) {
        self.moving = Bits::new(width, height);
        self.scratch = Bits::new(width, height);
        self.labeller.fit(width, height);
        self.live.clear();
        self.live.reserve(self.labeller.room());
        self.areas.clear();
        self.areas.reserve(self.labeller.room());
        self.set_zones(zones);
    }

    /// Watches by other zones from the next frame on.
    pub fn set_zones(&mut self, zones: &[Zone]) {
        let (width, height) = (self.moving.width(), self.moving.height());
        self.watched = zones::watched(zones, width, height);
        self.watched_pixels = number(self.watched.as_ref().map_or(width * height, Bits::count));
    }

    /// Areas for which there is room without allocating.
    pub fn room(&self) -> usize {
        self.labeller.room()
    }

    /// Measures what was seen in one picture, of the size that was fitted. `grid` receives where it moves.
    pub fn take(&mut self, seen: &Seen, grid: &mut ActivityGrid) {
        self.areas.clear();
        self.upheaval = seen.upheaval;
        *grid = ActivityGrid::default();
        if seen.upheaval != Upheaval::None {
            self.moving.clear();
            self.moving_pixels = 0;
            return;
        }
        self.show_everywhere(seen);
        self.moving_pixels = number(self.moving.count());
        if self.moving_pixels == 0 {
            return;
        }
        fill_grid(&self.moving, grid);
        if let Some(watched) = &self.watched {
            self.moving.keep(watched);
        }
        self.labeller.label(&self.moving);
        self.count_changes(&seen.changes);
        let measured = self.labeller.areas().iter().zip(&self.live).map(|(area, live)| MovingArea {
            left: area.left,
            top: area.top,
            width: area.right - area.left,
            height: area.bottom - area.top,
            pixels: area.pixels,
            is_live: *live as f32 >= LEAST_LIVE * area.pixels as f32,
        });
        self.areas.extend(measured);
        // No two areas of as many pixels have the same box: each would have to cross the other. So the order is one.
        self.areas.sort_unstable_by_key(|area| (u32::MAX - area.pixels, area.top, area.left, area.height, area.width));
    }

    /// What was measured in the last frame.
    pub fn measured(&self) -> Measured<'_> {
        Measured {
            size: (number(self.moving.width()), number(self.moving.height())),
            watched_pixels: self.watched_pixels,
            moving_pixels: self.moving_pixels,
            upheaval: self.upheaval,
            areas: &self.areas,
            left_out: LeftOut::default(),
        }
    }

    /// What moves in the last frame, inside of the zones unless it was changed since.
    pub fn moving(&self) -> &Bits {
        &self.moving
    }

    /// Nothing moves.
    pub fn show_nothing(&mut self) {
        self.moving.clear();
    }

    /// What moves inside and outside of the zones.
    pub fn show_everywhere(&mut self, seen: &Seen) {
        self.moving.set_moving(&seen.mask);
        if seen.is_raw {
            self.moving.open(CLEAN_RADIUS, &mut self.scratch);
            self.moving.close(CLEAN_RADIUS, &mut self.scratch);
        }
    }

    /// Clears the areas that have as few pixels as `counts` refuses.
    pub fn show_only(&mut self, counts: impl Fn(u32) -> bool) {
        if self.areas.last().is_some_and(|smallest| !counts(smallest.pixels)) {
            self.labeller.clear_unless(&mut self.moving, |_, area| counts(area.pixels));
        }
    }

    /// Counts for each area how many of its pixels change; all where the model does not tell.
    fn count_changes(&mut self, changes: &[u8]) {
        let areas = self.labeller.areas();
        self.live.clear();
        if changes.is_empty() {
            self.live.extend(areas.iter().map(|area| area.pixels));
            return;
        }
        self.live.resize(areas.len(), 0);
        for (area, run) in self.labeller.runs() {
            let row = run.row as usize * self.moving.width();
            let pixels = &changes[row + run.start as usize..row + run.end as usize];
            self.live[area] += pixels.iter().map(|change| u32::from(*change != 0)).sum::<u32>();
        }
    }
}

/// Which share of each cell moves.
fn fill_grid(moving: &Bits, grid: &mut ActivityGrid) {
    const COLUMNS: usize = ActivityGrid::COLUMNS;
    let (width, height) = (moving.width(), moving.height());
    let edges: [usize; COLUMNS + 1] = std::array::from_fn(|column| column * width / COLUMNS);
    for row in 0..ActivityGrid::ROWS {
        let lines = row * height / ActivityGrid::ROWS..(row + 1) * height / ActivityGrid::ROWS;
        let mut counts = [0; COLUMNS];
        for y in lines.clone().filter(|y| moving.row(*y).iter().any(|word| *word != 0)) {
            for (column, count) in counts.iter_mut().enumerate() {
                *count += moving.count_in_row(y, edges[column]..edges[column + 1]);
            }
        }
        for (column, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let pixels = (edges[column + 1] - edges[column]) * lines.len();
            let share = (count * usize::from(ActivityGrid::ALL)).div_ceil(pixels);
            grid.set(column, row, u8::try_from(share).unwrap_or(ActivityGrid::ALL));
        }
    }
}

/// Pixels are counted in 32 bits: pictures are let in up to far fewer.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a picture has fewer than 2^32 pixels: it was let in by its size")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::drawing::is_set;
    use super::*;
    use crate::domain::{Mask, ZoneKind};

    fn seen(width: u32, pixels: &[bool]) -> Seen {
        let data = pixels.iter().map(|moves| if *moves { Mask::MOVING } else { Mask::STILL }).collect();
        let mask = Mask { width, height: u32::try_from(pixels.len()).unwrap() / width, data };
        Seen { mask, ..Seen::default() }
    }

    proptest! {
        #[test]
        fn the_grid_holds_the_share_of_each_cell(
            (width, pixels) in (1usize..150, 1usize..40)
                .prop_flat_map(|(w, h)| (Just(w), proptest::collection::vec(proptest::bool::weighted(0.2), w * h)))
        ) {
            let height = pixels.len() / width;
            let (mut measure, mut grid) = (Measure::default(), ActivityGrid::default());
            // Zones do not count: the whole picture is out of what is watched.
            measure.fit(&[Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 1.0, 1.0)], width, height);
            measure.take(&seen(u32::try_from(width).unwrap(), &pixels), &mut grid);
            prop_assert!(measure.measured().areas.is_empty());
            for row in 0..9 {
                for column in 0..16 {
                    let (xs, ys) = (column * width / 16..(column + 1) * width / 16, row * height / 9..(row + 1) * height / 9);
                    let cell = xs.len() * ys.len();
                    let moving = ys.flat_map(|y| xs.clone().map(move |x| (x, y))).filter(|(x, y)| pixels[y * width + x]).count();
                    let expected = if moving == 0 { 0 } else { (moving * 15).div_ceil(cell) };
                    prop_assert_eq!(usize::from(grid.get(column, row)), expected);
                }
            }
        }

        #[test]
        fn a_trace_holds_the_largest_areas_and_how_much_was_left_out(
            pixels in proptest::collection::vec(proptest::bool::weighted(0.3), 60 * 40)
        ) {
            let (mut measure, mut grid) = (Measure::default(), ActivityGrid::default());
            measure.fit(&[], 60, 40);
            measure.take(&seen(60, &pixels), &mut grid);
            let measured = measure.measured();
            let mut trace = Trace::default();
            measured.write(&mut trace);
            let (kept, left_out) = (trace.areas.as_slice(), trace.left_out);
            prop_assert_eq!(kept, &measured.areas[..kept.len()]);
            prop_assert!(kept.len() == 16 || left_out.count == 0);
            prop_assert_eq!(kept.len() + left_out.count as usize, measured.areas.len());
            let sum = |areas: &[MovingArea]| areas.iter().map(|area| area.pixels).sum::<u32>();
            prop_assert_eq!(sum(kept) + left_out.pixels, trace.moving_pixels);
            prop_assert!(kept.iter().all(|area| area.pixels >= left_out.largest));
            prop_assert!(measured.areas.is_sorted_by(|one, next| one.pixels >= next.pixels));
            prop_assert_eq!(pixels.iter().filter(|moves| **moves).count(), trace.moving_pixels as usize);
            prop_assert!(pixels.iter().enumerate().all(|(at, moves)| is_set(measure.moving(), at % 60, at / 60) == *moves));
        }
    }
}
