//! Connected areas of a picture of bits: which pixels belong together, how large each area is and where it lies.
//!
//! Labelling by runs with union-find, 8-connected: only the ends of runs are looked at, never single pixels
//! (He, Chao, Suzuki, *A Run-Based Two-Scan Labeling Algorithm*, IEEE TIP 17(5), 2008; the union here keeps the smaller
//! root, so that no second scan over pixels is needed).

use super::bits::Bits;

/// One connected area. Lengths in pixels; the box is half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
    /// How many pixels are set.
    pub pixels: u32,
}

/// Pixels of one row that are set without a gap: `start..end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub row: u32,
    pub start: u32,
    pub end: u32,
}

/// Runs for which room is made beforehand. Memory that is never written costs nothing.
const MOST_ROOM: usize = 65_536;

/// Labels pictures one after the other; its lists are reused.
#[derive(Debug, Default)]
pub(super) struct Labeller {
    runs: Vec<Run>,
    /// For each run another run of the same area with a smaller or the same number; the same number at the root.
    parents: Vec<u32>,
    areas: Vec<Area>,
    /// For each run that is a root, the number of its area.
    area_of_root: Vec<u32>,
}

impl Labeller {
    /// Makes room for pictures of this size, so that a busier picture than any before allocates nothing. Noise that has even
    /// more runs than this may allocate once.
    pub fn fit(&mut self, width: usize, height: usize) {
        let runs = (width.div_ceil(2) * height).min(MOST_ROOM);
        self.runs.reserve(runs.saturating_sub(self.runs.len()));
        self.parents.reserve(runs.saturating_sub(self.parents.len()));
        self.area_of_root.reserve(runs.saturating_sub(self.area_of_root.len()));
        self.areas.reserve((runs / 4).saturating_sub(self.areas.len()));
    }

    /// Finds the connected areas, in the order of their first pixel (row by row).
    pub fn label(&mut self, picture: &Bits) -> &[Area] {
        self.find_runs(picture);
        self.join_runs();
        self.measure();
        &self.areas
    }

    /// Areas for which there is room without allocating.
    pub fn room(&self) -> usize {
        self.areas.capacity()
    }

    /// The areas of the picture that was labelled last, in the order of their first pixel.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// Clears in `picture`, which was labelled last or has lost pixels since, every area that `keep` refuses. It is told the
    /// number of the area and the area.
    pub fn clear_unless(&self, picture: &mut Bits, keep: impl Fn(usize, &Area) -> bool) {
        for (area, run) in self.runs() {
            if !keep(area, &self.areas[area]) {
                clear_run(picture.row_mut(run.row as usize), run.start as usize, run.end as usize);
            }
        }
    }

    /// The runs of the picture that was labelled last, row by row, each with the number of its area.
    pub fn runs(&self) -> impl Iterator<Item = (usize, Run)> {
        let area = |root: &u32| self.area_of_root[*root as usize] as usize;
        self.parents.iter().map(area).zip(self.runs.iter().copied())
    }

    fn find_runs(&mut self, picture: &Bits) {
        self.runs.clear();
        for y in 0..picture.height() {
            runs_of_row(picture.row(y), picture.width(), |start, end| {
                self.runs.push(Run { row: number(y), start: number(start), end: number(end) });
            });
        }
    }

    /// Joins runs that touch, corners included, in neighbouring rows.
    fn join_runs(&mut self) {
        self.parents.clear();
        self.parents.extend(0..number(self.runs.len()));
        let (mut above, mut above_end) = (0, 0);
        let mut start = 0;
        while start < self.runs.len() {
            let row = self.runs[start].row;
            let end = start + self.runs[start..].iter().take_while(|run| run.row == row).count();
            if above < above_end && self.runs[above].row + 1 == row {
                self.join_rows(above..above_end, start..end);
            }
            (above, above_end) = (start, end);
            start = end;
        }
        // A parent has a smaller number than its child, so that one pass from the front leaves every run at its root.
        for run in 0..self.parents.len() {
            self.parents[run] = self.parents[self.parents[run] as usize];
        }
    }

    fn join_rows(&mut self, above: std::ops::Range<usize>, below: std::ops::Range<usize>) {
        let mut first = above.start;
        for current in below {
            let run = self.runs[current];
            while first < above.end && self.runs[first].end < run.start {
                first += 1;
            }
            let mut other = first;
            while other < above.end && self.runs[other].start <= run.end {
                self.join(number(other), number(current));
                other += 1;
            }
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other) as usize] = one.min(other);
    }

    fn root(&mut self, mut run: u32) -> u32 {
        while self.parents[run as usize] != run {
            let parent = self.parents[run as usize];
            self.parents[run as usize] = self.parents[parent as usize];
            run = self.parents[run as usize];
        }
        run
    }

    fn measure(&mut self) {
        self.areas.clear();
        self.area_of_root.clear();
        self.area_of_root.resize(self.runs.len(), 0);
        for (current, run) in self.runs.iter().enumerate() {
            let root = self.parents[current] as usize;
            if root == current {
                self.area_of_root[root] = number(self.areas.len());
                let empty = Area { left: run.start, top: run.row, right: run.end, bottom: run.row + 1, pixels: 0 };
                self.areas.push(empty);
            }
            let area = &mut self.areas[self.area_of_root[root] as usize];
            area.left = area.left.min(run.start);
            area.right = area.right.max(run.end);
            area.bottom = run.row + 1;
            area.pixels += run.end - run.start;
        }
    }
}

/// Calls `found` with the start and end of every run of ones.
fn runs_of_row(words: &[u64], width: usize, mut found: impl FnMut(usize, usize)) {
    let mut x = 0;
    while x < width {
        let Some(start) = next_bit(words, x, 0) else { return };
        let end = next_bit(words, start, !0).unwrap_or(width).min(width);
        found(start, end);
        x = end;
    }
}

/// The first set bit at or after `from`; the first clear one when `flip` is all ones.
fn next_bit(words: &[u64], from: usize, flip: u64) -> Option<usize> {
    let first = from / 64;
    let mut below = (1u64 << (from % 64)) - 1;
    for (index, word) in words.iter().enumerate().skip(first) {
        let candidates = (word ^ flip) & !below;
        if candidates != 0 {
            return Some(index * 64 + candidates.trailing_zeros() as usize);
        }
        below = 0;
    }
    None
}

fn clear_run(words: &mut [u64], start: usize, end: usize) {
    for (index, word) in words.iter_mut().enumerate().take(end.div_ceil(64)).skip(start / 64) {
        let from = start.saturating_sub(index * 64).min(63);
        let to = (end - index * 64).min(64);
        *word &= !((!0u64 >> (64 - (to - from))) << from);
    }
}

/// Rows, columns and runs are counted in 32 bits: pictures are let in up to far fewer pixels.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a picture has fewer than 2^32 pixels: it was let in by its size")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::drawing::{bits, is_set, text};
    use super::*;

    #[test]
    fn touching_corners_are_one_area_and_a_gap_makes_two() {
        let picture = bits(&[
            "##......", //
            "..#..###", ".....###",
        ]);
        assert_eq!(
            Labeller::default().label(&picture),
            [
                Area { left: 0, top: 0, right: 3, bottom: 2, pixels: 3 },
                Area { left: 5, top: 1, right: 8, bottom: 3, pixels: 6 },
            ]
        );
    }

    #[test]
    fn two_arms_that_meet_further_down_are_one_area() {
        let picture = bits(&[
            "#.#.#", //
            "#.#.#", "#####",
        ]);
        assert_eq!(Labeller::default().label(&picture).len(), 1);
    }

    #[test]
    fn an_area_that_is_refused_disappears_and_the_others_stay() {
        let mut picture = bits(&["#.###", "..###"]);
        let mut labeller = Labeller::default();
        labeller.label(&picture);
        labeller.clear_unless(&mut picture, |_, area| area.pixels > 1);
        assert_eq!(text(&picture), ["..###", "..###"]);
    }

    #[test]
    fn a_full_picture_is_one_area_across_word_borders() {
        let mut picture = Bits::new(200, 3);
        picture.fill();
        let mut labeller = Labeller::default();
        assert_eq!(labeller.label(&picture), [Area { left: 0, top: 0, right: 200, bottom: 3, pixels: 600 }]);
        labeller.clear_unless(&mut picture, |_, _| false);
        assert_eq!(picture.count(), 0);
    }

    #[test]
    fn an_empty_picture_has_no_areas() {
        assert!(Labeller::default().label(&Bits::new(0, 0)).is_empty());
        assert!(Labeller::default().label(&Bits::new(70, 5)).is_empty());
    }

    /// Areas by flooding from each pixel, in the order of their first pixel.
    fn flooded(picture: &Bits) -> Vec<Area> {
        let (width, height) = (picture.width(), picture.height());
        let mut seen = vec![false; width * height];
        let mut areas = Vec::new();
        for at in 0..width * height {
            if seen[at] || !is_set(picture, at % width, at / width) {
                continue;
            }
            let (mut stack, mut pixels) = (vec![at], Vec::new());
            seen[at] = true;
            while let Some(at) = stack.pop() {
                let (x, y) = (at % width, at / width);
                pixels.push((x, y));
                for y in y.saturating_sub(1)..(y + 2).min(height) {
                    for x in x.saturating_sub(1)..(x + 2).min(width) {
                        if is_set(picture, x, y) && !seen[y * width + x] {
                            seen[y * width + x] = true;
                            stack.push(y * width + x);
                        }
                    }
                }
            }
            areas.push(Area {
                left: number(pixels.iter().map(|p| p.0).min().unwrap()),
                top: number(pixels.iter().map(|p| p.1).min().unwrap()),
                right: number(pixels.iter().map(|p| p.0).max().unwrap() + 1),
                bottom: number(pixels.iter().map(|p| p.1).max().unwrap() + 1),
                pixels: number(pixels.len()),
            });
        }
        areas
    }

    proptest! {
        #[test]
        fn labelling_partitions_the_mask(
            (width, set) in (1usize..140, 1usize..14)
                .prop_flat_map(|(w, h)| (Just(w), proptest::collection::vec(proptest::bool::weighted(0.45), w * h)))
        ) {
            let mut picture = Bits::new(width, set.len() / width);
            for (at, _) in set.iter().enumerate().filter(|(_, set)| **set) {
                picture.row_mut(at / width)[at % width / 64] |= 1 << (at % width % 64);
            }
            let mut labeller = Labeller::default();
            let areas = labeller.label(&picture).to_vec();
            prop_assert_eq!(areas.iter().map(|area| area.pixels as usize).sum::<usize>(), picture.count());
            prop_assert_eq!(&areas, &flooded(&picture));
            let mut large = picture.clone();
            labeller.clear_unless(&mut large, |_, area| area.pixels > 5);
            let expected: u32 = areas.iter().map(|area| area.pixels).filter(|pixels| *pixels > 5).sum();
            prop_assert_eq!(large.count(), expected as usize);
        }
    }
}
