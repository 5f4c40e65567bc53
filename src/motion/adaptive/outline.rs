//! The outline of what moves. Shapes are found in surroundings of 5x5 pixels, which widens what is thin and rounds what is
//! not; where a shape ends is decided anew by 3x3.
//!
//! Coarse to fine, as in every pyramid (Burt and Adelson, *The Laplacian Pyramid as a Compact Image Code*, IEEE Transactions on
//! Communications 31(4), 1983): what is certain on a coarse scale stays, what lies at its border is decided on the finer one.

use super::super::bits::Bits;
use super::codebook::MOST_EVIDENCE;

/// So many pixels of the border are decided anew.
const BORDER: usize = 3;
/// The evidence around a pixel, by the weights 1 2 1, 2 4 2, 1 2 1, from which it moves. Halves are added up, so that the sum
/// fits into a byte.
const LEAST: u8 = 16 * (MOST_EVIDENCE / 2 / 2);

/// Works on the outlines of one stream; its memory is reused.
#[derive(Default)]
pub(super) struct Outline {
    inner: Bits,
    /// One row.
    fine: Bits,
    scratch: Bits,
    column: Vec<u8>,
    sums: Vec<u8>,
}

impl Outline {
    /// Makes room for pictures of this size.
    pub fn fit(&mut self, width: usize, height: usize) {
        self.inner = Bits::new(width, height);
        self.scratch = Bits::new(width, height);
        self.fine = Bits::new(width, 1);
        for row in [&mut self.column, &mut self.sums] {
            row.clear();
            row.resize(width, 0);
        }
    }

    /// Decides anew where the shapes end, up to a pixel outside of them. `evidence`: of each pixel, up to [`MOST_EVIDENCE`].
    #[inline(always)]
    pub fn sharpen(&mut self, shapes: &mut Bits, evidence: &[u8]) {
        self.inner.copy(shapes);
        self.inner.erode(BORDER, &mut self.scratch);
        shapes.dilate(1, &mut self.scratch);
        for y in 0..shapes.height() {
            if shapes.row(y).iter().all(|word| *word == 0) {
                continue;
            }
            self.add_up(y, shapes.height(), evidence);
            self.fine.set_row_above(0, &self.sums, LEAST);
            let finer = self.fine.row(0).iter().zip(self.inner.row(y));
            for (shape, (fine, inner)) in shapes.row_mut(y).iter_mut().zip(finer) {
                *shape = inner | (*shape & fine);
            }
        }
    }

    /// The sums around the pixels of a row, edges repeated.
    #[inline(always)]
    fn add_up(&mut self, y: usize, height: usize, evidence: &[u8]) {
        let width = self.column.len();
        let row = |y: usize| &evidence[y * width..][..width];
        let rows = row(y.saturating_sub(1)).iter().zip(row(y)).zip(row((y + 1).min(height - 1)));
        for (sum, ((above, middle), below)) in self.column.iter_mut().zip(rows) {
            *sum = (above >> 1) + (middle & !1) + (below >> 1);
        }
        let last = width - 1;
        self.sums[0] = 3 * self.column[0] + self.column[1.min(last)];
        self.sums[last] = 3 * self.column[last] + self.column[last.saturating_sub(1)];
        for (sum, three) in self.sums[1..].iter_mut().zip(self.column.windows(3)) {
            *sum = three[0] + 2 * three[1] + three[2];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bits::drawing::{bits, text};
    use super::*;

    /// Certain evidence where a picture is set, none elsewhere.
    fn evidence(rows: &[&str]) -> Vec<u8> {
        rows.iter().flat_map(|row| row.bytes().map(|c| if c == b'#' { MOST_EVIDENCE } else { 0 })).collect()
    }

    fn sharpened(shapes: &[&str], truth: &[&str]) -> Vec<String> {
        let mut shapes = bits(shapes);
        let mut outline = Outline::default();
        outline.fit(shapes.width(), shapes.height());
        outline.sharpen(&mut shapes, &evidence(truth));
        text(&shapes)
    }

    #[test]
    fn a_shape_that_is_too_wide_ends_where_its_evidence_ends() {
        let truth = ["............", "............", "...######...", "...######...", "...######...", "............"];
        let wide = ["............", "..########..", "..########..", "..########..", "..########..", "............"];
        assert_eq!(sharpened(&wide, &truth), truth);
    }

    #[test]
    fn what_lies_deep_inside_stays_and_nothing_comes_from_far_outside() {
        let mut shape = [".########."; 10];
        (shape[0], shape[9]) = ("..........", "..........");
        let none = [".........."; 10];
        let inner = sharpened(&shape, &none);
        assert_eq!(inner.concat().matches('#').count(), 4, "{inner:?}");
        let all = ["##########"; 10];
        assert_eq!(sharpened(&shape, &all), all, "one pixel outside of the shape");
        assert_eq!(sharpened(&none, &all), none);
    }

    #[test]
    fn pictures_of_one_row_or_column_are_no_trouble() {
        assert_eq!(sharpened(&["##..##"], &["##..##"]), ["##..##"]);
        assert_eq!(sharpened(&["#"], &["#"]), ["#"]);
        assert_eq!(sharpened(&["#", "#", "."], &["#", "#", "."]), ["#", "#", "."]);
    }
}
