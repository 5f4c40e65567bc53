//! The ledger: for every second of a stream, whether it was recorded, watched and still, or blind, and why.
//!
//! What is known of a second only ever grows: facts are joined, in whatever order they come, and the label follows from them.
//! So a picture that arrives an hour late changes its second from blind to watched, and nothing turns it back.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::{BlindCause, Timestamp};

/// What can be said of one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A frame of it was kept, or an event was going on.
    Recorded,
    /// It was looked at, and nothing had to be kept.
    Watched,
    /// It was not seen, or what was seen of it was lost.
    Blind(BlindCause),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded => f.write_str("Recorded"),
            Self::Watched => f.write_str("Watched, nothing moved"),
            Self::Blind(cause) => write!(f, "Blind: {cause}"),
        }
    }
}

/// What is known of one second. Facts are joined; what was seen stays seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Second {
    flags: u8,
    /// Why nothing was seen, as far as nothing was; the newest telling counts.
    cause: Option<BlindCause>,
}

impl Second {
    /// A frame that was captured in it was judged.
    pub const FRAME: u8 = 1;
    /// A frame stands for it, its own or one shortly before.
    pub const SEEN: u8 = 2;
    /// An event was going on.
    pub const EVENT: u8 = 4;
    /// A frame of it is on disk.
    pub const KEPT: u8 = 8;
    /// A frame of it was to be kept and was lost.
    pub const LOST: u8 = 16;
    /// … because the disk was full.
    pub const FULL: u8 = 32;

    /// From what stands on disk: flags, and the code of a cause (0: none). Unknown codes are read as [`BlindCause::Other`].
    #[must_use]
    pub fn from_bytes([flags, code]: [u8; 2]) -> Self {
        let cause = (code != 0).then(|| BlindCause::from_code(code).unwrap_or(BlindCause::Other));
        Self { flags, cause }
    }

    /// For the disk.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 2] {
        [self.flags, self.cause.map_or(0, BlindCause::code)]
    }

    /// Adds facts.
    pub fn mark(&mut self, flags: u8) {
        self.flags |= flags;
    }

    /// Nothing is seen, for this cause.
    pub fn blind(&mut self, cause: BlindCause) {
        self.cause = Some(cause);
    }

    /// Whether all of these facts are known.
    #[must_use]
    pub fn is(self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// [`Self::EVENT`] if an event was going on, else nothing: to be handed to the seconds for which its frame stands.
    #[must_use]
    pub fn event(self) -> u8 {
        self.flags & Self::EVENT
    }

    /// The cause that was told, whether or not something was seen all the same.
    #[must_use]
    pub fn cause(self) -> Option<BlindCause> {
        self.cause
    }

    /// Adds what became known later.
    pub fn join(&mut self, later: Self) {
        self.flags |= later.flags;
        self.cause = later.cause.or(self.cause);
    }

    /// The label, when so many frames of it were dropped. `None`: nothing is known of it.
    #[must_use]
    pub fn label(self, dropped: u32) -> Option<Label> {
        Some(if self.is(Self::KEPT) {
            Label::Recorded
        } else if self.is(Self::LOST) {
            Label::Blind(if self.is(Self::FULL) { BlindCause::DiskFull } else { BlindCause::NotKept })
        } else if self.is(Self::EVENT) {
            Label::Recorded
        } else if self.is(Self::SEEN) {
            Label::Watched
        } else if dropped > 0 {
            Label::Blind(BlindCause::Overloaded)
        } else {
            Label::Blind(self.cause?)
        })
    }
}

/// Seconds of a page, as a length.
const SECONDS: usize = 600;

/// Ten minutes of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPage {
    /// Which ten minutes since 1970.
    number: i64,
    seconds: [Second; SECONDS],
    /// Frames that were dropped, by second of the page.
    dropped: BTreeMap<u16, u32>,
}

impl LedgerPage {
    /// Seconds of a page.
    pub const SECONDS: i64 = 600;

    /// The page with this number, of which nothing is known.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self { number, seconds: [Second::default(); SECONDS], dropped: BTreeMap::new() }
    }

    /// The number of the page on which a second since 1970 stands.
    #[must_use]
    pub fn number_of(second: i64) -> i64 {
        second.div_euclid(Self::SECONDS)
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Its first second since 1970.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.number * Self::SECONDS
    }

    /// All its seconds in order.
    #[must_use]
    pub fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    /// What is known of a second since 1970 that stands on it.
    #[must_use]
    pub fn get(&self, second: i64) -> Second {
        self.seconds[place(second)]
    }

    /// To add to what is known of a second since 1970 that stands on it.
    pub fn get_mut(&mut self, second: i64) -> &mut Second {
        &mut self.seconds[place(second)]
    }

    /// Dropped frames by second of the page, 0 to 599.
    #[must_use]
    pub fn dropped(&self) -> impl ExactSizeIterator<Item = (u16, u32)> {
        self.dropped.iter().map(|(second, count)| (*second, *count))
    }

    /// How many frames of a second since 1970 were dropped.
    #[must_use]
    pub fn dropped_in(&self, second: i64) -> u32 {
        if self.dropped.is_empty() { 0 } else { self.dropped.get(&key(second)).copied().unwrap_or_default() }
    }

    /// At least so many frames of a second since 1970 were dropped.
    pub fn drop_at_least(&mut self, second: i64, count: u32) {
        let known = self.dropped.entry(key(second)).or_default();
        *known = count.max(*known);
    }

    /// Adds what another copy of this page knows, which is the later one. Doing so twice changes nothing.
    pub fn join(&mut self, later: &Self) {
        self.seconds.iter_mut().zip(&later.seconds).for_each(|(known, later)| known.join(*later));
        for (second, count) in later.dropped() {
            self.drop_at_least(i64::from(second), count);
        }
    }

    /// The label of a second since 1970 that stands on it.
    #[must_use]
    pub fn label(&self, second: i64) -> Option<Label> {
        self.get(second).label(self.dropped_in(second))
    }
}

/// Seconds in a row with one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerSpan {
    /// Its beginning, a whole second.
    pub from: Timestamp,
    /// Its end, a whole second.
    pub to: Timestamp,
    /// What can be said of it.
    pub label: Label,
    /// Frames that were dropped meanwhile.
    pub dropped: u32,
}

/// How many seconds carry which label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerSums {
    /// Seconds that were recorded.
    pub recorded: u64,
    /// Seconds that were watched.
    pub watched: u64,
    /// Blind seconds by cause.
    pub blind: BTreeMap<BlindCause, u64>,
    /// Seconds of which the ledger knows nothing, because the camera did not count as one.
    pub not_covered: u64,
    /// Frames that were dropped.
    pub dropped: u64,
}

impl LedgerSums {
    /// Blind seconds of all causes.
    #[must_use]
    pub fn all_blind(&self) -> u64 {
        self.blind.values().sum()
    }
}

/// What the ledger says of a stream from one whole second to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerExtract {
    /// Seconds with a label, oldest first; what no span covers is not covered.
    pub spans: Vec<LedgerSpan>,
    /// Together they are the time that was asked for.
    pub sums: LedgerSums,
}

impl LedgerExtract {
    /// Reads pages from one second since 1970 to before another.
    #[must_use]
    pub fn read(pages: &BTreeMap<i64, LedgerPage>, from: i64, to: i64) -> Self {
        let mut extract =
            Self { sums: LedgerSums { not_covered: to.abs_diff(from), ..LedgerSums::default() }, ..Self::default() };
        if to <= from {
            return Self::default();
        }
        for page in pages.range(LedgerPage::number_of(from)..=LedgerPage::number_of(to - 1)).map(|(_, page)| page) {
            for second in from.max(page.first())..to.min(page.first() + LedgerPage::SECONDS) {
                if let Some(label) = page.label(second) {
                    extract.push(second, label, page.dropped_in(second));
                }
            }
        }
        extract
    }

    /// The first and the end of the last second with a label.
    #[must_use]
    pub fn covered(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.spans.first()?.from, self.spans.last()?.to))
    }

    fn push(&mut self, second: i64, label: Label, dropped: u32) {
        self.sums.not_covered -= 1;
        self.sums.dropped += u64::from(dropped);
        *match label {
            Label::Recorded => &mut self.sums.recorded,
            Label::Watched => &mut self.sums.watched,
            Label::Blind(cause) => self.sums.blind.entry(cause).or_default(),
        } += 1;
        let time = |second: i64| Timestamp::from_millis(second * 1000);
        match self.spans.last_mut() {
            Some(last) if last.label == label && last.to == time(second) => {
                last.to = time(second + 1);
                last.dropped = last.dropped.saturating_add(dropped);
            }
            _ => self.spans.push(LedgerSpan { from: time(second), to: time(second + 1), label, dropped }),
        }
    }
}

fn place(second: i64) -> usize {
    usize::from(key(second))
}

fn key(second: i64) -> u16 {
    u16::try_from(second.rem_euclid(LedgerPage::SECONDS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_goes_before_what_was_not_and_what_was_kept_before_all() {
        let mut second = Second::default();
        let dropped = |second: Second, dropped| second.label(dropped);
        assert_eq!(second.label(0), None);
        assert_eq!(dropped(second, 3), Some(Label::Blind(BlindCause::Overloaded)));
        second.blind(BlindCause::Silent);
        assert_eq!(second.label(0), Some(Label::Blind(BlindCause::Silent)));
        second.mark(Second::SEEN);
        assert_eq!(dropped(second, 3), Some(Label::Watched));
        second.mark(Second::EVENT);
        assert_eq!(second.label(0), Some(Label::Recorded));
        second.mark(Second::LOST | Second::FULL);
        assert_eq!(second.label(0), Some(Label::Blind(BlindCause::DiskFull)));
        second.mark(Second::KEPT);
        assert_eq!(second.label(0), Some(Label::Recorded), "another frame of the same second was kept");
        assert_eq!(Second::from_bytes(second.to_bytes()), second);
    }

    #[test]
    fn spans_and_sums_make_up_the_time_that_was_asked_for() {
        let mut page = LedgerPage::new(1);
        for second in 600..610 {
            page.get_mut(second).mark(Second::SEEN);
        }
        page.get_mut(605).blind(BlindCause::Silent);
        page.get_mut(610).blind(BlindCause::PageHidden);
        page.drop_at_least(603, 2);
        page.drop_at_least(612, 5);
        let mut next = LedgerPage::new(2);
        next.get_mut(1200).mark(Second::KEPT);
        let extract = LedgerExtract::read(&[(1, page), (2, next)].into(), 598, 1202);
        let short: Vec<_> = extract
            .spans
            .iter()
            .map(|span| (span.from.as_millis() / 1000, span.to.as_millis() / 1000, span.label, span.dropped))
            .collect();
        assert_eq!(
            short,
            [
                (600, 610, Label::Watched, 2),
                (610, 611, Label::Blind(BlindCause::PageHidden), 0),
                (612, 613, Label::Blind(BlindCause::Overloaded), 5),
                (1200, 1201, Label::Recorded, 0)
            ]
        );
        let sums = &extract.sums;
        assert_eq!((sums.recorded, sums.watched, sums.all_blind(), sums.dropped), (1, 10, 2, 7));
        assert_eq!(sums.recorded + sums.watched + sums.all_blind() + sums.not_covered, 1202 - 598);
        assert_eq!(extract.covered().map(|(_, to)| to.as_millis()), Some(1_201_000));
        assert_eq!(LedgerExtract::read(&BTreeMap::new(), 9, 9), LedgerExtract::default());
    }

    #[test]
    fn joining_twice_changes_nothing() {
        let (mut old, mut later) = (LedgerPage::new(0), LedgerPage::new(0));
        old.get_mut(1).blind(BlindCause::Silent);
        old.get_mut(2).mark(Second::KEPT);
        old.drop_at_least(3, 4);
        later.get_mut(1).blind(BlindCause::Offline);
        later.get_mut(2).blind(BlindCause::Offline);
        later.drop_at_least(3, 2);
        old.join(&later);
        let once = old.clone();
        old.join(&later);
        assert_eq!(old, once);
        assert_eq!((old.label(1), old.label(2)), (Some(Label::Blind(BlindCause::Offline)), Some(Label::Recorded)));
        assert_eq!(old.dropped_in(3), 4);
    }
}
