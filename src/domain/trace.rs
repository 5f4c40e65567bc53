//! The trace of a frame: what was measured in it before it was decided on, in so few bytes that a week of frames can be kept.
//!
//! Made for two questions: why was this frame kept, or not, and what would other settings have kept?

use serde::Serialize;

use crate::domain::{Timestamp, Verdict};

/// What changed everywhere in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Upheaval {
    /// Nothing did.
    #[default]
    None,
    /// The light.
    Light,
    /// Where the camera looks.
    Camera,
}

impl Upheaval {
    /// Every one there is, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::None, Self::Light, Self::Camera];
}

/// One connected moving area of a mask, in pixels of the working picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MovingArea {
    /// Left edge of its box.
    pub left: u32,
    /// Top edge of its box.
    pub top: u32,
    /// Width of its box.
    pub width: u32,
    /// Height of its box.
    pub height: u32,
    /// How many of the pixels in the box belong to it.
    pub pixels: u32,
    /// Whether it changes from frame to frame. One that does not only stands there, like a drop on the lens.
    pub is_live: bool,
}

impl MovingArea {
    /// Bytes that it takes in an encoded trace: five numbers of seven bits a byte.
    #[must_use]
    pub fn encoded_bytes(&self) -> usize {
        let bytes = |number: u64| (u64::BITS - number.leading_zeros()).div_ceil(7).max(1) as usize;
        let box_bytes: usize =
            [self.left, self.top, self.width, self.height].map(|side| bytes(side.into())).iter().sum();
        box_bytes + bytes(u64::from(self.pixels) << 1)
    }
}

/// Moving areas, the largest first: at most 16, and fewer where their numbers are so large that they take more than 146 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceAreas {
    areas: [MovingArea; Self::MOST],
    count: u8,
    bytes: u8,
}

impl TraceAreas {
    /// Most areas.
    pub const MOST: usize = 16;
    /// Most bytes that they take in an encoded trace.
    pub const MOST_BYTES: usize = 146;

    /// Takes in one more area. `false`: there is no room.
    pub fn push(&mut self, area: MovingArea) -> bool {
        let bytes = u8::try_from(usize::from(self.bytes) + area.encoded_bytes()).ok();
        let Some(bytes) = bytes.filter(|bytes| usize::from(*bytes) <= Self::MOST_BYTES) else { return false };
        let Some(free) = self.areas.get_mut(usize::from(self.count)) else { return false };
        *free = area;
        self.count += 1;
        self.bytes = bytes;
        true
    }

    /// The areas, in the order in which they were taken in.
    #[must_use]
    pub fn as_slice(&self) -> &[MovingArea] {
        &self.areas[..usize::from(self.count)]
    }
}

/// Moving areas that a trace has no room for. All are as small as the smallest one in it, or smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LeftOut {
    /// How many.
    pub count: u32,
    /// Moving pixels of all of them.
    pub pixels: u32,
    /// Moving pixels of the largest.
    pub largest: u32,
}

/// How much of the picture moves where: 16 by 9 cells with the share of their pixels that move, in fifteenths, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActivityGrid {
    rows: [[u8; Self::COLUMNS / 2]; Self::ROWS],
}

impl ActivityGrid {
    /// Cells in a row.
    pub const COLUMNS: usize = 16;
    /// Rows of cells.
    pub const ROWS: usize = 9;
    /// The share that says that all of a cell moves.
    pub const ALL: u8 = 15;

    /// The share of one cell, 0 to 15.
    ///
    /// # Panics
    /// Beyond the last column or row.
    #[must_use]
    pub fn get(&self, column: usize, row: usize) -> u8 {
        self.rows[row][column / 2] >> (column % 2 * 4) & 15
    }

    /// Sets the share of one cell; more than 15 counts as 15.
    ///
    /// # Panics
    /// Beyond the last column or row.
    pub fn set(&mut self, column: usize, row: usize, share: u8) {
        let shift = column % 2 * 4;
        let pair = &mut self.rows[row][column / 2];
        *pair = *pair & !(15 << shift) | share.min(Self::ALL) << shift;
    }

    /// Two cells a byte, row by row, the left one in the low half.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        self.rows.into_iter().flatten()
    }

    /// From 72 bytes as [`Self::bytes`] gives them; `None` for another number of them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (rows, rest) = bytes.as_chunks::<{ Self::COLUMNS / 2 }>();
        Some(Self { rows: rows.try_into().ok().filter(|_| rest.is_empty())? })
    }
}

/// What was measured in one frame, and how it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trace {
    /// How it was decided under the settings of then.
    pub verdict: Verdict,
    /// The score of then, 0 to 1.
    pub score: f32,
    /// Whether the background begins with this frame, and all that is counted from frame to frame.
    pub is_first: bool,
    /// Microseconds since the frame before, at most ten million; the usual ones where the capture times do not tell.
    pub interval_micros: u32,
    /// Microseconds since the first frame, pauses and jumps left out.
    pub watched_micros: u64,
    /// The noise of the camera in quarters of a grey level (of brightness and colour together); MOG2 does not measure it.
    pub noise: Option<u8>,
    /// What changed everywhere. If anything did, no area was measured.
    pub upheaval: Upheaval,
    /// Width of the working picture in pixels.
    pub width: u32,
    /// Height of the working picture in pixels.
    pub height: u32,
    /// How many of its pixels are watched, by the zones of then.
    pub watched_pixels: u32,
    /// How many of its pixels move, inside and outside of zones.
    pub moving_pixels: u32,
    /// The areas that move inside of the zones.
    pub areas: TraceAreas,
    /// Those for which there is no room.
    pub left_out: LeftOut,
    /// Where it moves, inside and outside of zones.
    pub grid: ActivityGrid,
}

/// A frame of a stream with its trace.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TracedFrame {
    /// Capture time.
    pub at: Timestamp,
    /// Number of the frame within its stream.
    pub seq: u64,
    /// What was measured and decided.
    pub trace: Trace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_its_share_beside_its_neighbour() {
        let mut grid = ActivityGrid::default();
        grid.set(4, 8, 15);
        grid.set(5, 8, 99);
        grid.set(4, 8, 3);
        assert_eq!([grid.get(3, 8), grid.get(4, 8), grid.get(5, 8), grid.get(6, 8)], [0, 3, 15, 0]);
        let bytes: Vec<u8> = grid.bytes().collect();
        assert_eq!((bytes.len(), ActivityGrid::from_bytes(&bytes)), (72, Some(grid)));
        assert_eq!(ActivityGrid::from_bytes(&bytes[1..]), None);
    }

    #[test]
    fn areas_are_taken_in_while_there_is_room() {
        let mut areas = TraceAreas::default();
        assert_eq!((0..20).filter(|_| areas.push(MovingArea::default())).count(), TraceAreas::MOST);
        let huge = MovingArea {
            left: u32::MAX,
            top: u32::MAX,
            width: u32::MAX,
            height: u32::MAX,
            pixels: u32::MAX,
            is_live: true,
        };
        let mut areas = TraceAreas::default();
        assert_eq!((0..20).filter(|_| areas.push(huge)).count(), 5, "25 bytes each");
        assert_eq!(areas.as_slice(), [huge; 5]);
    }
}
