//! Pages of the ledger as bytes: runs of seconds of which the same is known, then the dropped frames.

use crate::domain::{LedgerPage, Second};

/// The first byte: which way of writing follows.
const VERSION: u8 = 1;
/// A run: how many seconds, then what is known of each.
const RUN_BYTES: usize = 4;
/// Dropped frames: which second of the page, then how many.
const DROPPED_BYTES: usize = 6;

/// Writes a page. An hour in which nothing happens takes a few bytes, and no page more than 6 kB.
#[must_use]
pub fn encode_page(page: &LedgerPage) -> Vec<u8> {
    let runs: Vec<&[Second]> = page.seconds().chunk_by(|a, b| a == b).collect();
    let mut bytes = Vec::with_capacity(3 + runs.len() * RUN_BYTES + page.dropped().len() * DROPPED_BYTES);
    bytes.push(VERSION);
    bytes.extend(short(runs.len()).to_le_bytes());
    for run in runs {
        bytes.extend(short(run.len()).to_le_bytes());
        bytes.extend(run[0].to_bytes());
    }
    for (second, count) in page.dropped() {
        bytes.extend(second.to_le_bytes());
        bytes.extend(count.to_le_bytes());
    }
    bytes
}

/// Reads a page with this number. `None`: the bytes are none of ours, or damaged.
#[must_use]
pub fn decode_page(number: i64, bytes: &[u8]) -> Option<LedgerPage> {
    let (&[version, low, high], rest) = bytes.split_first_chunk::<3>()?;
    let (runs, dropped) = rest.split_at_checked(usize::from(u16::from_le_bytes([low, high])) * RUN_BYTES)?;
    let (dropped, left) = dropped.as_chunks::<DROPPED_BYTES>();
    if version != VERSION || !left.is_empty() {
        return None;
    }
    let mut page = LedgerPage::new(number);
    let (first, end) = (page.first(), page.first() + LedgerPage::SECONDS);
    let mut second = first;
    for &[low, high, flags, cause] in runs.as_chunks::<RUN_BYTES>().0 {
        let next = second + i64::from(u16::from_le_bytes([low, high]));
        if next > end {
            return None;
        }
        (second..next).for_each(|at| *page.get_mut(at) = Second::from_bytes([flags, cause]));
        second = next;
    }
    for &[low, high, a, b, c, d] in dropped {
        let at = i64::from(u16::from_le_bytes([low, high]));
        if at >= LedgerPage::SECONDS {
            return None;
        }
        page.drop_at_least(first + at, u32::from_le_bytes([a, b, c, d]));
    }
    (second == end).then_some(page)
}

/// A number of seconds of one page.
fn short(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::BlindCause;

    #[test]
    fn a_quiet_page_is_small_and_one_that_is_cut_is_refused() {
        let mut page = LedgerPage::new(-3);
        for second in page.first()..page.first() + 500 {
            page.get_mut(second).mark(Second::SEEN);
        }
        page.drop_at_least(page.first() + 7, 70_000);
        let bytes = encode_page(&page);
        assert_eq!((bytes.len(), decode_page(-3, &bytes)), (3 + 2 * RUN_BYTES + DROPPED_BYTES, Some(page)));
        for cut in 0..bytes.len() {
            // Without the dropped frames it is a whole page again.
            assert_eq!(decode_page(-3, &bytes[..cut]).is_some(), cut == bytes.len() - DROPPED_BYTES, "{cut}");
        }
    }

    proptest! {
        #[test]
        fn every_page_reads_back_as_it_was_written(
            seconds in proptest::collection::vec((0_u8..64, 0_u8..=24), 600),
            dropped in proptest::collection::btree_map(0_i64..600, 1_u32.., 0..9),
        ) {
            let mut page = LedgerPage::new(5);
            for (at, (flags, code)) in (3000..).zip(seconds) {
                let second = page.get_mut(at);
                second.mark(flags);
                if let Some(cause) = BlindCause::from_code(code) {
                    second.blind(cause);
                }
            }
            for (at, count) in dropped {
                page.drop_at_least(3000 + at, count);
            }
            prop_assert_eq!(decode_page(5, &encode_page(&page)), Some(page));
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_page(0, &bytes);
        }
    }
}
