//! When everything changes at once: a camera that is turned or bumped, a lamp that throws other shadows. Nothing of it is
//! motion, and as soon as the picture is quiet it is the new background.
//!
//! Told from large objects by how far over the picture the changes are spread, and from a large crowd by whether one shift
//! explains the change from the frame before; where nearly everything changes, also by whether an affine map does that from a moment ago.

use std::ops::Range;

use super::super::bits::Bits;
use super::planes::LANES;
use super::search::Search;
use super::tiles::{self, TILES};
use super::zoom::explains;
use crate::domain::Upheaval;

/// A tile takes part when this share of its pixels moves, and everything changes when this share of the tiles takes part.
const LEAST_OF_TILE: f32 = 0.10;
const LEAST_TILES: f32 = 0.6;
/// The share of tiles with which it is worth while to ask whether the camera moves, and to forget the background after it did.
const LEAST_TILES_CAMERA: f32 = 0.15;
const LEAST_TILES_ANEW: f32 = 0.05;
/// The picture is quiet when at most this share of it changes from frame to frame, for so long.
const QUIET: f32 = 0.02;
const QUIET_SECS: f32 = 0.3;
/// Where the light is measured in another picture than that of the background, its evening out flickers. So what differs stands when
/// only one in so many of its pixels changes, for so long. Only where frames come as rarely as this: somebody who sits close by and
/// speaks changes more from one frame to the next there.
const RARE_SECS: f32 = 0.19;
const STANDS_PARTS: usize = 8;
const STANDS_SECS: f32 = 1.0;
/// Pixels at quarter size to either side in which the frame before is searched; fewer in small pictures.
const MOST_REACH: i32 = 8;
/// A camera that moves changes this share of the tiles, and of those with edges; what an edge is, and a tile that has some.
const LEAST_TILES_WITH_EDGES: f32 = 0.25;
const MOST_EDGES: f32 = 0.6;
const EDGE: u8 = 16;
const EDGES_OF_TILE: f32 = 0.02;
/// A shift explains the change when it leaves less than this share of the difference.
const EXPLAINED: f32 = 0.6;

/// Follows one stream.
#[derive(Debug, Default)]
pub(super) struct Watch {
    width: usize,
    height: usize,
    /// For how long the camera, or everything, has been at rest.
    rest_secs: f32,
    /// The camera moved and has not been at rest for long enough since.
    unsettled: bool,
    search: Search,
}

/// What a frame is judged by.
pub(super) struct Inputs<'a> {
    /// Brightness of this frame and of the one before.
    pub luma: &'a [u8],
    pub before: &'a [u8],
    /// Brightness a moment ago.
    pub reference: &'a [u8],
    /// What moves.
    pub moving: &'a Bits,
    /// Not 0 where the picture changed since the frame before.
    pub changes: &'a [u8],
    pub interval_secs: f32,
    /// The camera's own sensors say that it was moved since the frame before.
    pub told_moved: bool,
    /// This picture was put back to where the background is, which it may be in another way than the one before.
    pub put_back: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Finding {
    pub upheaval: Upheaval,
    /// The next picture is the background.
    pub begin_anew: bool,
}

impl Watch {
    /// Makes room for pictures of this size and forgets what was.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        (self.rest_secs, self.unsettled) = (0.0, false);
        self.search.fit(width, height);
    }

    /// Looks at one frame.
    #[inline(always)]
    pub fn look(&mut self, inputs: &Inputs) -> Finding {
        let spread = self.spread(LEAST_OF_TILE, |y, columns| inputs.moving.count_in_row(y, columns));
        let changed = count(&inputs.changes[..self.width * self.height]);
        let is_quiet = changed as f32 <= QUIET * (self.width * self.height) as f32;
        if inputs.told_moved
            || ((spread >= LEAST_TILES_CAMERA || self.unsettled) && !is_quiet && self.moves(inputs, spread))
        {
            (self.unsettled, self.rest_secs) = (true, 0.0);
            return Finding { upheaval: Upheaval::Camera, begin_anew: false };
        }
        if self.unsettled {
            self.rest_secs += inputs.interval_secs;
            self.unsettled = self.rest_secs < QUIET_SECS;
            let begin_anew = !self.unsettled && spread >= LEAST_TILES_ANEW;
            return Finding { upheaval: Upheaval::Camera, begin_anew };
        }
        // What was put back and yet differs nearly everywhere looks elsewhere. How far it was put back changes from frame to
        // frame then, so that it would never be quiet.
        let stands = inputs.interval_secs >= RARE_SECS && changed * STANDS_PARTS <= inputs.moving.count();
        if spread < LEAST_TILES || !(is_quiet || stands || inputs.put_back) {
            self.rest_secs = 0.0;
            return Finding::default();
        }
        self.rest_secs += inputs.interval_secs;
        let upheaval = if inputs.put_back { Upheaval::Camera } else { Upheaval::Light };
        let least_secs = if is_quiet || inputs.put_back { QUIET_SECS } else { STANDS_SECS };
        Finding { upheaval, begin_anew: self.rest_secs >= least_secs }
    }

    /// The share of tiles of which at least `least` are pixels that `count` counts in a part of a row.
    #[inline(always)]
    fn spread(&self, least: f32, count: impl Fn(usize, Range<usize>) -> usize) -> f32 {
        let mut take_part = 0u16;
        for tile in 0..TILES {
            let (columns, rows) = tiles::place(tile, self.width, self.height);
            let (mut counted, mut all) = (0, 0);
            for y in rows.step_by(2) {
                all += columns.len();
                counted += count(y, columns.clone());
            }
            take_part += u16::from(counted as f32 > least * all as f32);
        }
        f32::from(take_part) / TILES as f32
    }

    /// Whether one shift explains the change from the frame before, or, where `spread` says that nearly everything moves, one affine map that
    /// from a moment ago.
    #[inline(always)]
    fn moves(&mut self, inputs: &Inputs, spread: f32) -> bool {
        if spread >= LEAST_TILES {
            let [now, then] = self.search.quarters(inputs.luma, inputs.reference);
            if explains(now, then) {
                return true;
            }
        }
        let reach = (self.width.min(self.height) as i32 / 16 - 1).min(MOST_REACH);
        let changed = self.spread(EDGES_OF_TILE, |y, columns| {
            sum(inputs.changes[y * self.width..][columns].iter().map(|change| *change != 0))
        });
        if reach < 1 || changed < LEAST_TILES_WITH_EDGES {
            return false;
        }
        // Where a camera moves everything that has edges changes; in front of a bare wall nothing can be told.
        let edges = self.spread(EDGES_OF_TILE, |y, columns| {
            let row = &inputs.before[y * self.width..][..self.width];
            let beside = &row[(columns.start + 2).min(self.width)..(columns.end + 2).min(self.width)];
            sum(row[columns].iter().zip(beside).map(|(one, other)| one.abs_diff(*other) > EDGE))
        });
        if edges < LEAST_TILES_WITH_EDGES || changed < MOST_EDGES * edges {
            return false;
        }
        let found = self.search.shift(inputs.luma, inputs.before, reach);
        (found.across, found.down) != (0, 0) && found.difference < EXPLAINED * found.unshifted
    }
}

/// How many of part of a row, which has fewer than 65,536 pixels, are true.
#[inline(always)]
fn sum(pixels: impl Iterator<Item = bool>) -> usize {
    pixels.map(u16::from).sum::<u16>().into()
}

/// How many are not 0.
#[inline(always)]
fn count(bytes: &[u8]) -> usize {
    let (steps, rest) = bytes.as_chunks::<LANES>();
    let mut count = rest.iter().filter(|byte| **byte != 0).count();
    // Each lane counts in a byte of its own, for at most 255 steps.
    for steps in steps.chunks(255) {
        let mut counts = [0u8; LANES];
        for step in steps {
            for lane in 0..LANES {
                counts[lane] += step[lane].min(1);
            }
        }
        count += counts.iter().map(|count| usize::from(*count)).sum::<usize>();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 192;
    const HEIGHT: usize = 160;

    /// Smooth hills, moved by whole pixels.
    fn hills(across: i32) -> Vec<u8> {
        let luma = |x: i32, y: i32| {
            let (x, y) = ((x - across) as f32, y as f32);
            (120.0 + 60.0 * (x * 0.2).sin() * (y * 0.07).cos() + 30.0 * (x * 0.031 + y * 0.05).sin()) as u8
        };
        (0..HEIGHT as i32).flat_map(|y| (0..WIDTH as i32).map(move |x| luma(x, y))).collect()
    }

    /// Plays frames at ten a second; `moving` is the share of rows that move.
    fn play(frames: &[Vec<u8>], moving: f32) -> Vec<Finding> {
        let mut watch = Watch::default();
        watch.fit(WIDTH, HEIGHT);
        let rows = (HEIGHT as f32 * moving) as usize;
        let mut above = Bits::new(WIDTH, HEIGHT);
        (0..rows).for_each(|y| above.row_mut(y).fill(!0));
        let mut findings = Vec::new();
        for pair in frames.windows(2) {
            let [before, luma] = pair else { unreachable!("windows of two") };
            let changes: Vec<u8> = luma.iter().zip(before).map(|(a, b)| u8::from(a.abs_diff(*b) > 12)).collect();
            let inputs = Inputs {
                luma,
                before,
                reference: before,
                moving: &above,
                changes: &changes,
                interval_secs: 0.1,
                told_moved: false,
                put_back: false,
            };
            findings.push(watch.look(&inputs));
        }
        findings
    }

    #[test]
    fn a_camera_that_is_turned_is_told_and_begins_anew_when_it_rests() {
        let frames: Vec<_> = [0, 8, 16, 24, 24, 24, 24, 24].map(hills).into();
        let findings = play(&frames, 0.5);
        assert!(findings[..6].iter().all(|finding| finding.upheaval == Upheaval::Camera), "{findings:?}");
        assert_eq!(findings.iter().position(|finding| finding.begin_anew), Some(5), "{findings:?}");
    }

    #[test]
    fn a_camera_that_zooms_all_at_once_is_told_where_nearly_everything_moves() {
        let zoomed = |scale: f32| -> Vec<u8> {
            let luma = |x: i32, y: i32| {
                let (x, y) = ((x - 96) as f32 / scale, (y - 80) as f32 / scale);
                (120.0 + 60.0 * (x * 0.2).sin() * (y * 0.17).cos() + 30.0 * (x * 0.031 + y * 0.05).sin()) as u8
            };
            (0..HEIGHT as i32).flat_map(|y| (0..WIDTH as i32).map(move |x| luma(x, y))).collect()
        };
        let frames: Vec<_> = [1.0, 1.03, 1.06, 1.09, 1.06, 1.03].map(zoomed).into();
        for (moving, upheaval) in [(0.7, Upheaval::Camera), (0.4, Upheaval::None)] {
            let findings = play(&frames, moving);
            assert!(findings.iter().all(|finding| finding.upheaval == upheaval), "{moving}: {findings:?}");
        }
    }

    #[test]
    fn a_bright_thing_before_a_bare_wall_is_no_camera_that_moves() {
        let bare = vec![90; WIDTH * HEIGHT];
        let bright: Vec<u8> = (0..WIDTH * HEIGHT).map(|pixel| if pixel < WIDTH * 70 { 230 } else { 90 }).collect();
        assert!(play(&[bare, bright.clone(), bright], 0.45).iter().all(|finding| *finding == Finding::default()));
    }

    #[test]
    fn a_lamp_is_told_and_begins_anew_when_it_is_quiet() {
        let brighter: Vec<u8> = hills(0).iter().map(|value| value.saturating_add(40)).collect();
        let frames = [vec![hills(0)], vec![brighter; 5]].concat();
        let findings = play(&frames, 0.7);
        assert_eq!(findings[0], Finding::default(), "in the moment of the change it may be anything");
        assert!(findings[1..4].iter().all(|finding| finding.upheaval == Upheaval::Light), "{findings:?}");
        assert!(findings[3].begin_anew);
    }

    #[test]
    fn a_picture_that_is_put_back_and_fits_nowhere_is_of_a_camera_that_looks_elsewhere() {
        let findings = |put_back| {
            let mut watch = Watch::default();
            watch.fit(WIDTH, HEIGHT);
            let mut moving = Bits::new(WIDTH, HEIGHT);
            (0..HEIGHT * 7 / 10).for_each(|y| moving.row_mut(y).fill(!0));
            // As it is put back otherwise each time, much changes from frame to frame.
            let (luma, changes) = (hills(0), vec![255; WIDTH * HEIGHT]);
            let inputs = Inputs {
                luma: &luma,
                before: &luma,
                reference: &luma,
                moving: &moving,
                changes: &changes,
                interval_secs: 0.1,
                told_moved: false,
                put_back,
            };
            [0; 4].map(|_| watch.look(&inputs))
        };
        let camera = findings(true);
        assert!(camera.iter().all(|finding| finding.upheaval == Upheaval::Camera), "{camera:?}");
        assert_eq!(camera.iter().position(|finding| finding.begin_anew), Some(2), "{camera:?}");
        assert_eq!(findings(false), [Finding::default(); 4], "something large moves");
    }

    #[test]
    fn what_differs_nearly_everywhere_and_flickers_a_little_stands() {
        let mut watch = Watch::default();
        watch.fit(WIDTH, HEIGHT);
        let mut moving = Bits::new(WIDTH, HEIGHT);
        (0..HEIGHT * 8 / 10).for_each(|y| moving.row_mut(y).fill(!0));
        let luma = hills(0);
        let mut findings = |interval_secs: f32, share: usize| {
            let changes: Vec<u8> = (0..WIDTH * HEIGHT).map(|pixel| u8::from(pixel % 100 < share)).collect();
            let (luma, before, moving) = (&luma, &luma, &moving);
            let inputs = Inputs {
                luma,
                before,
                reference: before,
                moving,
                changes: &changes,
                interval_secs,
                told_moved: false,
                put_back: false,
            };
            [0; 3].map(|_| watch.look(&inputs))
        };
        assert_eq!(findings(0.4, 20), [Finding::default(); 3], "something large moves");
        let light = |begin_anew| Finding { upheaval: Upheaval::Light, begin_anew };
        assert_eq!(findings(0.4, 5), [light(false), light(false), light(true)]);
        assert_eq!(findings(0.1, 5), [Finding::default(); 3], "somebody sits close by");
    }

    #[test]
    fn what_moves_in_a_small_part_is_neither() {
        let frames: Vec<_> = [0, 8, 16, 24].map(hills).into();
        assert!(play(&frames, 0.1).iter().all(|finding| *finding == Finding::default()));
    }
}
