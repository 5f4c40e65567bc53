//! Which of the frames that came make the clip.
//!
//! A phone that holds pictures back sends small previews all the time and large pictures afterwards, those that were asked
//! for. The large ones are shown, and previews only where there is no large one for longer than half a second: a film that
//! goes from sharp to blurred ten times a second is worse than one with fewer frames, and one that stands still for seconds
//! while the previews tell what happened is worse than a blurred one.

use crate::domain::Timestamp;

/// A hole between two large pictures is filled with previews when it is longer, in milliseconds.
const LONGEST_HOLE: i64 = 500;

/// A frame that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub at: Timestamp,
    pub size: (u32, u32),
}

impl Candidate {
    fn area(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }
}

/// The places of those that are shown, in the order of their time. No two are of the same millisecond.
pub(super) fn select(candidates: &[Candidate]) -> Vec<usize> {
    let largest = candidates.iter().map(Candidate::area).max().unwrap_or_default();
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    // Of two of the same moment the larger one stands.
    order.sort_by_key(|place| (candidates[*place].at, std::cmp::Reverse(candidates[*place].area())));
    order.dedup_by_key(|place| candidates[*place].at);
    let is_large = |place: &usize| candidates[*place].area() * 2 > largest;
    let at = |place: usize| candidates[place].at.as_millis();
    let large: Vec<i64> = order.iter().filter(|place| is_large(place)).map(|place| at(*place)).collect();
    order.retain(|place| {
        let next = large.partition_point(|large| *large < at(*place));
        let before = next.checked_sub(1).map(|before| large[before]);
        let hole = before.zip(large.get(next)).map_or(i64::MAX, |(before, after)| after - before);
        is_large(place) || hole > LONGEST_HOLE
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `L`: large, `p`: preview, `B`: both, each column a tenth of a second.
    fn chosen(drawn: &str) -> String {
        let mut candidates = Vec::new();
        for (at, sign) in (0_i64..).zip(drawn.chars()) {
            let at = Timestamp::from_millis(at * 100);
            if "pB".contains(sign) {
                candidates.push(Candidate { at, size: (320, 240) });
            }
            if "LB".contains(sign) {
                candidates.push(Candidate { at, size: (1280, 720) });
            }
        }
        let mut out = vec!['.'; drawn.len()];
        for place in select(&candidates) {
            let Candidate { at, size } = candidates[place];
            let column = usize::try_from(at.as_millis() / 100).unwrap();
            assert_eq!(out[column], '.', "two of the same moment");
            out[column] = if size.0 > 320 { 'L' } else { 'p' };
        }
        out.into_iter().collect()
    }

    #[test]
    fn previews_fill_the_holes_between_large_pictures_and_no_more() {
        for (drawn, expected) in [
            ("LLLLLL", "LLLLLL"),
            ("pppppp", "LLLLLL".replace('L', "p").as_str()),
            ("LppLppL", "L..L..L"),
            ("LpppppppL", "LpppppppL"),
            ("ppLppppLpp", "ppL....Lpp"),
            ("pBpppBp.", "pL...Lp."),
            ("", ""),
        ] {
            // The `p`s before the first and after the last large picture stand where no large one is.
            assert_eq!(chosen(drawn), expected, "{drawn}");
        }
    }

    #[test]
    fn frames_are_shown_in_the_order_of_their_time_however_they_came() {
        let at = |millis| Candidate { at: Timestamp::from_millis(millis), size: (64, 48) };
        assert_eq!(select(&[at(200), at(0), at(100), at(0)]), [1, 2, 0]);
    }
}
