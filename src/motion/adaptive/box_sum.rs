//! Sums over squares of pixels, in two passes: along the rows, then down the columns with what enters and what leaves.

use super::codebook::MOST_EVIDENCE;

/// The widest square reaches so far to either side of its middle.
const MOST_RADIUS: usize = 3;

/// Sums over the square around each pixel, edges repeated.
#[derive(Debug, Default)]
pub(super) struct BoxSum {
    width: usize,
    height: usize,
    rows: Vec<u8>,
    column: Vec<u16>,
    extended: Vec<u8>,
    /// What was added up last, of each pixel.
    pub sums: Vec<u16>,
}

impl BoxSum {
    /// Makes room for pictures of this size.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.rows.clear();
        self.rows.resize(width * height, 0);
        self.sums.clear();
        self.sums.resize(width * height, 0);
        self.column.clear();
        self.column.resize(width, 0);
        self.extended.clear();
        self.extended.resize(width + 2 * MOST_RADIUS, 0);
    }

    /// Adds up the `2 * RADIUS + 1` pixels to the square of each side around every pixel. Values are at most
    /// [`MOST_EVIDENCE`] and squares at most seven pixels wide, so that a row of one fits into a byte.
    #[inline(always)]
    pub fn add_up<const RADIUS: usize>(&mut self, values: &[u8]) {
        const { assert!(RADIUS <= MOST_RADIUS && (2 * RADIUS + 1) * MOST_EVIDENCE as usize <= u8::MAX as usize) };
        let (width, height) = (self.width, self.height);
        if width == 0 || height == 0 {
            return;
        }
        let rows = values.chunks_exact(width).zip(self.rows.chunks_exact_mut(width));
        for (from, out) in rows.take(height) {
            let extended = &mut self.extended[..width + 2 * RADIUS];
            extended[..RADIUS].fill(from[0]);
            extended[RADIUS..RADIUS + width].copy_from_slice(from);
            extended[RADIUS + width..].fill(from[width - 1]);
            out.copy_from_slice(&extended[..width]);
            for offset in 1..=2 * RADIUS {
                for (out, value) in out.iter_mut().zip(&extended[offset..]) {
                    *out += value;
                }
            }
        }
        let row = |y: usize| y.min(height - 1) * width..y.min(height - 1) * width + width;
        for (sum, value) in self.column.iter_mut().zip(&self.rows[row(0)]) {
            *sum = u16::from(*value) * (RADIUS as u16 + 1);
        }
        for y in 1..=RADIUS {
            for (sum, value) in self.column.iter_mut().zip(&self.rows[row(y)]) {
                *sum += u16::from(*value);
            }
        }
        for y in 0..height {
            self.sums[row(y)].copy_from_slice(&self.column);
            let (enters, leaves) = (&self.rows[row(y + RADIUS + 1)], &self.rows[row(y.saturating_sub(RADIUS))]);
            for ((sum, enters), leaves) in self.column.iter_mut().zip(enters).zip(leaves) {
                *sum = *sum + u16::from(*enters) - u16::from(*leaves);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_gets_the_sum_of_its_square_and_edges_are_repeated() {
        let (width, height) = (9usize, 7usize);
        let values: Vec<u8> =
            (0..width * height).map(|pixel| (pixel * 5 % (MOST_EVIDENCE as usize + 1)) as u8).collect();
        let mut sum = BoxSum::default();
        sum.fit(width, height);
        sum.add_up::<MOST_RADIUS>(&values);
        let clamp =
            |place: usize, offset: usize, length: usize| (place + offset).saturating_sub(MOST_RADIUS).min(length - 1);
        for pixel in 0..width * height {
            let (x, y) = (pixel % width, pixel / width);
            let square = (0..=2 * MOST_RADIUS).flat_map(|down| (0..=2 * MOST_RADIUS).map(move |across| (across, down)));
            let expected: u16 = square
                .map(|(across, down)| u16::from(values[clamp(y, down, height) * width + clamp(x, across, width)]))
                .sum();
            assert_eq!(sum.sums[pixel], expected, "{x}, {y}");
        }
    }
}
