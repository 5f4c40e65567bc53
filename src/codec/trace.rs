//! Traces of frames in a few bytes: a still frame takes one or two, the busiest one fewer than 300.
//!
//! ```text
//! traces = version frame*                         version: 1
//! frame  = head [extra] [interval] [score] [moving]
//! head     bits 0-3 verdict, 4 extra follows, 5 interval follows, 6 score follows, 7 moving follows
//! extra    bit 0 first frame; then in this order what the bit says: 1 time of capture, 2 number, 3 size (width, height, watched
//!          pixels), 4 watched time, 5 noise (0: none, else one more than it is); bits 6-7 upheaval
//! interval against that of the frame before, in whole milliseconds where bit 0 is set, else in microseconds
//! score    four bytes, little end first
//! moving   moving pixels; bits 0-4 number of areas, bit 5 areas were left out; each area (left, top, width, height, twice its
//!          pixels and one more if it is live); what was left out (count, pixels, largest); the grid
//! grid     bits 0-8 rows in which it moves; each with 16 bits for its columns and four bits for each of those cells; or, where that
//!          would take more, 512 and four bits for each cell, 72 bytes. The first of two cells, or columns, is in the low half
//! ```
//!
//! Numbers have seven bits a byte, the lowest first, the highest bit of each byte telling that another follows (LEB128); those
//! with a sign alternate (0, -1, 1, -2 …). What does not follow is as expected: captured one interval after the frame before,
//! numbered one more, of the same size and noise, watched for one interval longer.

use crate::domain::{ActivityGrid, LeftOut, MovingArea, Timestamp, Trace, TraceAreas, TracedFrame, Upheaval, Verdict};

/// A frame with its trace takes fewer bytes than this.
pub const TRACE_BYTES: usize = 300;

const VERSION: u8 = 1;
/// Instead of the rows of a grid: all of its cells follow.
const GRID_WHOLE: u32 = 1 << ActivityGrid::ROWS;
const GRID_BYTES: usize = ActivityGrid::COLUMNS / 2 * ActivityGrid::ROWS;

const HEAD_EXTRA: u8 = 1 << 4;
const HEAD_INTERVAL: u8 = 1 << 5;
const HEAD_SCORE: u8 = 1 << 6;
const HEAD_MOVING: u8 = 1 << 7;

const EXTRA_FIRST: u8 = 1;
const EXTRA_AT: u8 = 1 << 1;
const EXTRA_SEQ: u8 = 1 << 2;
const EXTRA_SIZE: u8 = 1 << 3;
const EXTRA_WATCHED: u8 = 1 << 4;
const EXTRA_NOISE: u8 = 1 << 5;

const AREAS_LEFT_OUT: u8 = 1 << 5;

/// Why bytes are no traces. Completes "the traces cannot be read: …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// Of a version that this program does not know.
    #[error("they were written by a newer Framekeep (version {0})")]
    Newer(u8),
    /// They end within a frame.
    #[error("they are cut short")]
    CutShort,
    /// A value that no frame can have.
    #[error("they are damaged")]
    Damaged,
}

/// Writes the frames of one stream one after the other.
#[derive(Debug, Clone)]
pub struct TraceWriter {
    bytes: Vec<u8>,
    before: TracedFrame,
}

impl Default for TraceWriter {
    fn default() -> Self {
        Self { bytes: vec![VERSION], before: TracedFrame::default() }
    }
}

impl TraceWriter {
    /// Adds the next frame.
    pub fn push(&mut self, frame: &TracedFrame) {
        let (trace, out) = (&frame.trace, &mut self.bytes);
        let head = out.len();
        let verdict = Verdict::ALL.iter().position(|verdict| *verdict == trace.verdict).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "there are nine verdicts")]
        out.push(verdict as u8);
        if write_extra(out, frame, &self.before) {
            out[head] |= HEAD_EXTRA;
        }
        let usual = self.before.trace.interval_micros;
        if trace.interval_micros != usual {
            out[head] |= HEAD_INTERVAL;
            let change = i64::from(trace.interval_micros) - i64::from(usual);
            let is_whole = change % 1000 == 0;
            write(out, signed(if is_whole { change / 1000 } else { change }) << 1 | u64::from(is_whole));
        }
        if trace.score.to_bits() != 0 {
            out[head] |= HEAD_SCORE;
            out.extend(trace.score.to_le_bytes());
        }
        if moves(trace) {
            out[head] |= HEAD_MOVING;
            write_moving(out, trace);
        }
        self.before = *frame;
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether no frame was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == 1
    }

    /// The bytes of all frames.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads frames as [`TraceWriter`] wrote them. Ends after the first error.
#[derive(Debug, Clone)]
pub struct TraceReader<'a> {
    rest: &'a [u8],
    before: TracedFrame,
}

impl<'a> TraceReader<'a> {
    /// Of the bytes that a writer gave.
    ///
    /// # Errors
    /// [`TraceError`] when they are no traces, or none that this program knows.
    pub fn new(bytes: &'a [u8]) -> Result<Self, TraceError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self { rest, before: TracedFrame::default() }),
            Some((&version, _)) => Err(TraceError::Newer(version)),
            None => Err(TraceError::CutShort),
        }
    }

    fn read(&mut self) -> Result<TracedFrame, TraceError> {
        let before = self.before.trace;
        let head = self.byte()?;
        let verdict = *Verdict::ALL.get(usize::from(head & 15)).ok_or(TraceError::Damaged)?;
        let extra = if head & HEAD_EXTRA == 0 { 0 } else { self.byte()? };
        let upheaval = *Upheaval::ALL.get(usize::from(extra >> 6)).ok_or(TraceError::Damaged)?;
        let mut frame = TracedFrame { trace: Trace { verdict, upheaval, ..Trace::default() }, ..self.before };
        let trace = &mut frame.trace;
        (trace.is_first, trace.interval_micros) = (extra & EXTRA_FIRST != 0, before.interval_micros);
        (trace.width, trace.height, trace.watched_pixels) = (before.width, before.height, before.watched_pixels);
        trace.noise = before.noise;
        let at = (extra & EXTRA_AT != 0).then(|| self.signed()).transpose()?;
        let seq = (extra & EXTRA_SEQ != 0).then(|| self.number()).transpose()?;
        if extra & EXTRA_SIZE != 0 {
            (trace.width, trace.height, trace.watched_pixels) = (self.small()?, self.small()?, self.small()?);
        }
        let watched = (extra & EXTRA_WATCHED != 0).then(|| self.number()).transpose()?;
        if extra & EXTRA_NOISE != 0 {
            let noise = self.number()?.checked_sub(1);
            trace.noise = noise.map(u8::try_from).transpose().map_err(|_| TraceError::Damaged)?;
        }
        if head & HEAD_INTERVAL != 0 {
            trace.interval_micros = self.interval(before.interval_micros)?;
        }
        if head & HEAD_SCORE != 0 {
            trace.score = f32::from_le_bytes(self.bytes()?);
        }
        if head & HEAD_MOVING != 0 {
            self.moving(trace)?;
        }
        let expected = expected(&self.before, frame.trace.interval_micros);
        frame.at = Timestamp::from_millis(expected.at.as_millis().wrapping_add(at.unwrap_or(0)));
        frame.seq = expected.seq.wrapping_add(seq.unwrap_or(0));
        frame.trace.watched_micros = watched.unwrap_or(expected.trace.watched_micros);
        self.before = frame;
        Ok(frame)
    }

    fn interval(&mut self, before: u32) -> Result<u32, TraceError> {
        let number = self.number()?;
        let change = unsigned(number >> 1).checked_mul(if number & 1 == 1 { 1000 } else { 1 });
        let interval = change.and_then(|change| change.checked_add(before.into()));
        interval.and_then(|interval| u32::try_from(interval).ok()).ok_or(TraceError::Damaged)
    }

    fn moving(&mut self, trace: &mut Trace) -> Result<(), TraceError> {
        trace.moving_pixels = self.small()?;
        let areas = self.byte()?;
        if areas & !(AREAS_LEFT_OUT | 31) != 0 {
            return Err(TraceError::Damaged);
        }
        for _ in 0..areas & 31 {
            let (left, top, width, height) = (self.small()?, self.small()?, self.small()?, self.small()?);
            let twice = self.number()?;
            let pixels = u32::try_from(twice >> 1).map_err(|_| TraceError::Damaged)?;
            if !trace.areas.push(MovingArea { left, top, width, height, pixels, is_live: twice & 1 == 1 }) {
                return Err(TraceError::Damaged);
            }
        }
        if areas & AREAS_LEFT_OUT != 0 {
            trace.left_out = LeftOut { count: self.small()?, pixels: self.small()?, largest: self.small()? };
        }
        self.grid(&mut trace.grid)
    }

    fn grid(&mut self, grid: &mut ActivityGrid) -> Result<(), TraceError> {
        let rows = self.small()?;
        if rows == GRID_WHOLE {
            let bytes: [u8; GRID_BYTES] = self.bytes()?;
            *grid = ActivityGrid::from_bytes(&bytes).ok_or(TraceError::Damaged)?;
            return Ok(());
        }
        if rows >> ActivityGrid::ROWS != 0 {
            return Err(TraceError::Damaged);
        }
        for row in (0..ActivityGrid::ROWS).filter(|row| rows >> row & 1 == 1) {
            let columns = u16::from_le_bytes(self.bytes()?);
            let mut pair = 0;
            for (number, column) in (0..ActivityGrid::COLUMNS).filter(|column| columns >> column & 1 == 1).enumerate() {
                pair = if number % 2 == 0 { self.byte()? } else { pair >> 4 };
                grid.set(column, row, pair & 15);
            }
        }
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], TraceError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(TraceError::CutShort)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn byte(&mut self) -> Result<u8, TraceError> {
        self.bytes().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<u64, TraceError> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 127);
            if bits << shift >> shift != bits {
                return Err(TraceError::Damaged);
            }
            number |= bits << shift;
            if byte & 128 == 0 {
                return Ok(number);
            }
        }
        Err(TraceError::Damaged)
    }

    fn small(&mut self) -> Result<u32, TraceError> {
        u32::try_from(self.number()?).map_err(|_| TraceError::Damaged)
    }

    fn signed(&mut self) -> Result<i64, TraceError> {
        self.number().map(unsigned)
    }
}

impl Iterator for TraceReader<'_> {
    type Item = Result<TracedFrame, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let frame = self.read();
        if frame.is_err() {
            self.rest = &[];
        }
        Some(frame)
    }
}

/// The frame after `before` when all goes on as usual.
fn expected(before: &TracedFrame, interval_micros: u32) -> TracedFrame {
    let millis = (i64::from(interval_micros) + 500) / 1000;
    let watched_micros = before.trace.watched_micros.wrapping_add(interval_micros.into());
    TracedFrame {
        at: Timestamp::from_millis(before.at.as_millis().wrapping_add(millis)),
        seq: before.seq.wrapping_add(1),
        trace: Trace { watched_micros, ..before.trace },
    }
}

/// Writes what is not as expected. `false`: all is.
fn write_extra(out: &mut Vec<u8>, frame: &TracedFrame, before: &TracedFrame) -> bool {
    let (trace, expected) = (&frame.trace, expected(before, frame.trace.interval_micros));
    let size = |trace: &Trace| (trace.width, trace.height, trace.watched_pixels);
    let upheaval = Upheaval::ALL.iter().position(|upheaval| *upheaval == trace.upheaval).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "there are three upheavals")]
    let mut extra = (upheaval as u8) << 6;
    for (bit, differs) in [
        (EXTRA_FIRST, trace.is_first),
        (EXTRA_AT, frame.at != expected.at),
        (EXTRA_SEQ, frame.seq != expected.seq),
        (EXTRA_SIZE, size(trace) != size(&before.trace)),
        (EXTRA_WATCHED, trace.watched_micros != expected.trace.watched_micros),
        (EXTRA_NOISE, trace.noise != before.trace.noise),
    ] {
        extra |= if differs { bit } else { 0 };
    }
    if extra == 0 {
        return false;
    }
    out.push(extra);
    if extra & EXTRA_AT != 0 {
        write(out, signed(frame.at.as_millis().wrapping_sub(expected.at.as_millis())));
    }
    if extra & EXTRA_SEQ != 0 {
        write(out, frame.seq.wrapping_sub(expected.seq));
    }
    if extra & EXTRA_SIZE != 0 {
        for number in [trace.width, trace.height, trace.watched_pixels] {
            write(out, number.into());
        }
    }
    if extra & EXTRA_WATCHED != 0 {
        write(out, trace.watched_micros);
    }
    if extra & EXTRA_NOISE != 0 {
        write(out, trace.noise.map_or(0, |noise| u64::from(noise) + 1));
    }
    true
}

fn moves(trace: &Trace) -> bool {
    trace.moving_pixels != 0
        || !trace.areas.as_slice().is_empty()
        || trace.left_out != LeftOut::default()
        || trace.grid != ActivityGrid::default()
}

fn write_moving(out: &mut Vec<u8>, trace: &Trace) {
    write(out, trace.moving_pixels.into());
    let (areas, left_out) = (trace.areas.as_slice(), trace.left_out);
    let were_left_out = left_out != LeftOut::default();
    #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
    let count = areas.len().min(TraceAreas::MOST) as u8;
    out.push(count | if were_left_out { AREAS_LEFT_OUT } else { 0 });
    for area in areas {
        for number in [area.left, area.top, area.width, area.height] {
            write(out, number.into());
        }
        write(out, u64::from(area.pixels) << 1 | u64::from(area.is_live));
    }
    if were_left_out {
        for number in [left_out.count, left_out.pixels, left_out.largest] {
            write(out, number.into());
        }
    }
    write_grid(out, &trace.grid);
}

fn write_grid(out: &mut Vec<u8>, grid: &ActivityGrid) {
    let cells = |row| (0..ActivityGrid::COLUMNS).map(move |column| (column, grid.get(column, row)));
    let moving = |row| cells(row).filter(|(_, share)| *share != 0);
    let rows = || (0..ActivityGrid::ROWS).filter(|row| moving(*row).next().is_some());
    if rows().map(|row| 2 + moving(row).count().div_ceil(2)).sum::<usize>() >= GRID_BYTES {
        write(out, GRID_WHOLE.into());
        return out.extend(grid.bytes());
    }
    write(out, rows().map(|row| 1 << row).sum());
    for row in rows() {
        out.extend(moving(row).map(|(column, _)| 1 << column).sum::<u16>().to_le_bytes());
        for (number, (_, share)) in moving(row).enumerate() {
            match out.last_mut() {
                Some(pair) if number % 2 == 1 => *pair |= share << 4,
                _ => out.push(share),
            }
        }
    }
}

fn write(out: &mut Vec<u8>, mut number: u64) {
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "the lowest seven bits are wanted")]
        let byte = number as u8 & 127;
        number >>= 7;
        if number == 0 {
            return out.push(byte);
        }
        out.push(byte | 128);
    }
}

/// 0, -1, 1, -2 … as 0, 1, 2, 3 …
fn signed(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

/// The way back from [`signed`].
fn unsigned(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests;
