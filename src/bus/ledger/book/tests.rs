//! The ledger of one stream by simulated time.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Label, LedgerExtract};

const START: i64 = 1_700_000_000;

fn extract(book: &Book, from: i64, to: i64) -> LedgerExtract {
    let pages: BTreeMap<i64, LedgerPage> = book.pages(from, to).map(|page| (page.number(), page.clone())).collect();
    LedgerExtract::read(&pages, from, to)
}

/// One letter a second since the start: Recorded, Watched, a small one for a cause, `.` where nothing is known.
fn letters(book: &Book, from: i64, to: i64) -> String {
    let mut letters = vec!['.'; usize::try_from(to - from).unwrap()];
    for span in extract(book, START + from, START + to).spans {
        let letter = match span.label {
            Label::Recorded => 'R',
            Label::Watched => 'W',
            Label::Blind(cause) => match cause {
                BlindCause::Silent => 's',
                BlindCause::PageHidden => 'h',
                BlindCause::Left => 'l',
                BlindCause::Overloaded => 'o',
                BlindCause::DiskFull => 'f',
                BlindCause::NotRunning => 'n',
                BlindCause::Offline => 'x',
                BlindCause::Battery => 'b',
                BlindCause::ComputerAsleep => 'c',
                BlindCause::Stalled => 't',
                BlindCause::Starting => 'a',
                _ => '?',
            },
        };
        let place = |time: crate::domain::Timestamp| usize::try_from(time.as_millis() / 1000 - START - from).unwrap();
        letters[place(span.from)..place(span.to)].fill(letter);
    }
    letters.into_iter().collect()
}

/// A book and the time, in seconds since the start.
struct Told {
    book: Book,
}

#[expect(clippy::cast_possible_truncation, reason = "some hours in milliseconds")]
fn at(seconds: f64) -> i64 {
    START * 1000 + (seconds * 1000.0).round() as i64
}

impl Told {
    fn new() -> Self {
        Self { book: Book::new(START) }
    }

    /// Frames twice a second from one time to before another.
    fn frames(mut self, from: u32, to: u32, event: bool) -> Self {
        for half in from * 2..to * 2 {
            let at = at(f64::from(half) / 2.0);
            self.book.judged(at, event, at + 20);
        }
        self
    }

    fn blind(mut self, seconds: f64, cause: BlindCause) -> Self {
        self.book.blind(at(seconds), cause, at(seconds));
        self
    }

    fn until(mut self, seconds: u32) -> Self {
        self.book.advance(at(seconds.into()), None);
        self
    }

    fn letters(&self, to: i64) -> String {
        letters(&self.book, 0, to)
    }
}

#[test]
fn still_motion_and_hidden_follow_each_other_without_a_hole() {
    let told = Told::new().frames(0, 3, false).frames(3, 5, true).frames(5, 6, false);
    let told = told.blind(6.3, BlindCause::PageHidden).until(9).frames(9, 11, false).until(12);
    assert_eq!(
        told.letters(13),
        "WWWRRWhhhWW..",
        "the last second is not decided before it is known whether frames go on"
    );
}

#[test]
fn a_short_gap_is_bridged_and_a_long_one_is_blind() {
    let told = Told::new().frames(0, 2, false).frames(3, 5, false).frames(8, 9, false).until(30);
    assert_eq!(told.letters(12), "WWWWWsssWsss");
}

#[test]
fn a_hidden_page_is_blind_however_short() {
    let told = Told::new().frames(0, 2, false).blind(2.0, BlindCause::PageHidden).frames(3, 4, false);
    assert_eq!(told.letters(4), "WWhW");
}

#[test]
fn a_silence_has_the_cause_that_is_told_for_it() {
    let told = Told::new().frames(0, 3, false).until(4).blind(9.0, BlindCause::Stalled).until(11);
    assert_eq!(told.letters(11), "WWWtttttttt");
    let told = Told::new().frames(0, 3, false).until(8).blind(9.0, BlindCause::Stalled).until(11);
    assert_eq!(told.letters(11), "WWWsssssttt", "what was decided before is not guessed anew");
}

#[test]
fn a_slow_camera_is_not_blind_between_its_frames() {
    let mut told = Told::new();
    for frame in 0..5 {
        let at = at(f64::from(frame) * 10.0);
        told.book.judged(at, false, at);
        told.book.advance(at + 9_000, None);
    }
    assert_eq!(told.letters(41), "W".repeat(41), "the first gap too, once it is known how long they are");
    assert_eq!(told.until(80).letters(80), "W".repeat(41) + &"s".repeat(39));
}

#[test]
fn dropped_frames_are_counted_and_blind_only_where_none_was_judged() {
    let mut told = Told::new().frames(0, 2, false);
    for drop in 0..7 {
        told.book.dropped(at(1.0 + f64::from(drop)));
    }
    let told = told.until(10).frames(10, 11, false).until(12);
    assert_eq!(told.letters(11), "WWooooooooW");
    let sums = extract(&told.book, START, START + 11).sums;
    assert_eq!((sums.dropped, sums.blind[&BlindCause::Overloaded]), (7, 8));
}

#[test]
fn what_is_lost_is_blind_until_a_frame_is_kept_again() {
    let mut told = Told::new().frames(0, 2, true);
    told.book.lost(at(1.9), true, at(2.0));
    let mut told = told.frames(2, 5, true);
    told.book.kept(at(4.5), at(4.6));
    let told = told.frames(5, 7, true).frames(7, 8, false);
    assert_eq!(told.letters(8), "RfffRRRW");
}

#[test]
fn late_frames_turn_what_was_blind() {
    let told = Told::new().frames(0, 3, false).until(60).blind(10.0, BlindCause::Silent).until(70);
    assert_eq!(told.letters(12), "WWWsssssssss");
    let mut told = told.frames(70, 72, false).frames(5, 9, true);
    told.book.explain(START + 3, START + 70, BlindCause::Offline);
    assert_eq!(told.letters(12), "WWWxxRRRRxxx");
    assert_eq!(letters(&told.book, 66, 72), "xxxxWW");
    told.book.kept(at(10.2), at(80.0));
    assert_eq!(told.letters(12), "WWWxxRRRRxRx");
}

#[test]
fn a_weak_battery_explains_the_silence_after_it() {
    let mut told = Told::new().frames(0, 3, false);
    told.book.is_weak(at(2.0));
    let told = told.frames(2, 3, false).until(6).blind(3.0, BlindCause::Silent).until(8);
    assert_eq!(told.letters(8), "WWWbbbbb");
    let told = told.frames(4000, 4001, false).until(4010);
    assert_eq!(letters(&told.book, 4000, 4004), "Wsss", "an hour later it was charged, or lasts after all");
}

#[test]
fn a_sleep_of_the_computer_is_told_apart_from_silence() {
    let mut told = Told::new().frames(0, 3, false);
    told.book.advance(at(3.2), None);
    told.book.advance(at(20.0), Some((at(3.2), at(20.0))));
    assert_eq!(told.frames(20, 22, false).letters(22), "WWW".to_owned() + &"c".repeat(17) + "WW");
    // The first frame may come before anybody has noticed.
    let mut told = Told::new().frames(0, 3, false).frames(20, 22, false);
    told.book.advance(at(22.0), Some((at(3.2), at(20.0))));
    assert_eq!(told.letters(22), "WWW".to_owned() + &"c".repeat(17) + "WW");
}

#[test]
fn a_camera_that_was_stopped_is_one_no_more_after_a_day_and_one_that_is_broken_stays_one() {
    let day = 24 * 60 * 60;
    for (cause, covered) in [(BlindCause::Left, day + 2), (BlindCause::Stalled, 2 * day)] {
        let mut told = Told::new().frames(0, 3, false).blind(3.0, cause);
        let mut pages = Vec::new();
        for second in (0..=2 * day).step_by(100) {
            told.book.advance(at(second as f64), None);
            told.book.take(true, &mut pages);
        }
        let mut known = BTreeMap::new();
        for page in pages {
            known.entry(page.number()).or_insert_with(|| LedgerPage::new(page.number())).join(&page);
        }
        let sums = LedgerExtract::read(&known, START, START + 2 * day).sums;
        assert_eq!(sums.watched + sums.blind[&cause], covered.cast_unsigned(), "{cause:?}");
        assert_eq!(sums.not_covered, (2 * day - covered).cast_unsigned(), "{cause:?}");
        let mut over = Book::new(START);
        over.last_seen = START - 2 * day;
        over.advance(at(1e6), None);
        over.take(true, &mut Vec::new());
        assert!(over.is_over());
    }
}

#[test]
fn a_new_run_goes_on_where_the_old_one_ended() {
    let before = |blind| Resumed { next: START + 4, last_seen: START + 3, blind };
    let mut seen = Book::resumed(&before(None), START + 5, START + 8);
    seen.advance(at(10.0), None);
    assert_eq!(letters(&seen, 4, 10), "nnnnss");
    let mut left = Book::resumed(&before(Some(BlindCause::Left)), START + 6, START + 8);
    left.advance(at(10.0), None);
    assert_eq!(letters(&left, 4, 10), "llnnll");
    let mut broken = Book::resumed(&before(Some(BlindCause::Stalled)), START + 6, START + 8);
    broken.advance(at(10.0), None);
    assert_eq!(letters(&broken, 4, 10), "ttnn??");
    // It was heard of before the disk was read.
    let mut early = Book::new(START + 9);
    early.judged(at(9.1), false, at(9.1));
    early.resume(&before(None), START + 5, START + 8);
    assert_eq!(letters(&early, 4, 10), "nnnnsW");
    let long_ago = Resumed { next: START - 100_000, last_seen: START - 100_000, blind: None };
    let old = Book::resumed(&long_ago, START - 100_000, START);
    let sums = extract(&old, START - 100_000, START).sums;
    assert_eq!((sums.not_covered, sums.all_blind()), (100_000 - 86_400, 86_400));
}

#[test]
fn pages_are_taken_once_and_let_go_when_they_are_old() {
    let mut told = Told::new().frames(0, 3, false);
    let take = |told: &mut Told, lasted| {
        let mut pages = Vec::new();
        told.book.take(lasted, &mut pages);
        pages.len()
    };
    assert_eq!((take(&mut told, false), take(&mut told, true)), (1, 0));
    let mut told = told.blind(3.1, BlindCause::Left).until(4);
    assert_eq!(take(&mut told, false), 1, "that it is blind is news");
    let mut told = told.until(20);
    assert_eq!((take(&mut told, false), take(&mut told, true)), (0, 1), "that it stays so is none");
    let mut told = told.until(1500);
    assert!(take(&mut told, false) >= 1, "pages that are full are written");
    let mut told = told.until(3000);
    take(&mut told, true);
    assert!(told.until(3001).book.pages.len() <= 4);
}

/// Something that is told.
#[derive(Debug, Clone)]
enum Tell {
    Frame(f64, bool),
    Kept(f64),
    Lost(f64),
    Dropped,
    Blind(f64, usize),
    Explain(f64, f64, usize),
    Resume(f64),
    Advance(Option<f64>),
}

fn tell() -> impl Strategy<Value = Tell> {
    let ago = || prop_oneof![3 => 0.0..2.0_f64, 1 => 0.0..90.0_f64, 1 => -20.0..4000.0_f64];
    prop_oneof![
        6 => (ago(), any::<bool>()).prop_map(|(ago, event)| Tell::Frame(ago, event)),
        1 => ago().prop_map(Tell::Kept),
        1 => ago().prop_map(Tell::Lost),
        1 => Just(Tell::Dropped),
        2 => (ago(), 0_usize..24).prop_map(|(ago, cause)| Tell::Blind(ago, cause)),
        1 => (ago(), ago(), 0_usize..24).prop_map(|(from, to, cause)| Tell::Explain(from, to, cause)),
        1 => (0.0..9000.0_f64).prop_map(Tell::Resume),
        3 => proptest::option::of(0.0..100.0_f64).prop_map(Tell::Advance),
    ]
}

proptest! {
    #[test]
    fn whatever_is_told_in_whatever_order_every_second_has_one_label(
        told in proptest::collection::vec((0.0..7.0_f64, tell()), 1..120),
    ) {
        let mut book = Book::new(START);
        let mut now = 0.0;
        for (later, tell) in told {
            now += later;
            match tell {
                Tell::Frame(ago, event) => book.judged(at(now - ago), event, at(now)),
                Tell::Kept(ago) => book.kept(at(now - ago), at(now)),
                Tell::Lost(ago) => book.lost(at(now - ago), true, at(now)),
                Tell::Dropped => book.dropped(at(now)),
                Tell::Blind(ago, cause) => book.blind(at(now - ago), BlindCause::ALL[cause], at(now)),
                Tell::Explain(from, to, cause) => book.explain(
                    at(now - from).div_euclid(1000),
                    at(now - to).div_euclid(1000),
                    BlindCause::ALL[cause],
                ),
                Tell::Resume(ago) => {
                    let next = at(-ago).div_euclid(1000);
                    book.resume(&Resumed { next, last_seen: next, blind: None }, next, START);
                }
                Tell::Advance(slept) => book.advance(at(now), slept.map(|slept| (at(now - slept), at(now)))),
            }
        }
        // Time goes on until all is decided.
        let end = at(now).div_euclid(1000) - START + 200;
        book.advance(at(end as f64), None);
        let LedgerExtract { spans, sums } = extract(&book, START, START + end);
        prop_assert_eq!(sums.not_covered, 0, "{}", letters(&book, 0, end));
        prop_assert_eq!(sums.recorded + sums.watched + sums.all_blind(), u64::try_from(end).unwrap());
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
            prop_assert_ne!(pair[0].label, pair[1].label);
        }
    }

    #[test]
    fn frames_that_come_late_in_any_order_say_what_they_would_have_said_in_time(
        parts in proptest::collection::vec((1_u32..8, any::<bool>()), 2..20),
        seed in any::<u64>(),
    ) {
        let end: u32 = parts.iter().map(|(length, _)| length).sum();
        let (mut in_time, mut late) = (Told::new().until(0), Told::new().until(0));
        let mut held_back = Vec::new();
        let mut from = 0;
        for (place, (length, here)) in parts.iter().enumerate() {
            let to = from + length;
            in_time = in_time.frames(from, to, false);
            if *here || place + 1 == parts.len() {
                late = late.frames(from, to, false);
            } else {
                held_back.extend((from * 2..to * 2).map(|half| at(f64::from(half) / 2.0)));
            }
            from = to;
        }
        held_back.sort_by_key(|at| at.cast_unsigned().wrapping_mul(seed | 1).rotate_left(17));
        for captured in held_back {
            late.book.judged(captured, false, at(f64::from(end) + 30.0));
        }
        prop_assert_eq!(late.letters(end.into()), in_time.letters(end.into()));
    }

    #[test]
    fn pages_that_are_taken_at_any_time_join_to_the_whole(
        told in proptest::collection::vec((0.0..20.0_f64, tell(), any::<bool>()), 1..80),
    ) {
        let (mut whole, mut taken) = (Book::new(START), Book::new(START));
        let mut disk: BTreeMap<i64, LedgerPage> = BTreeMap::new();
        let mut now = 0.0;
        for (later, tell, take) in told {
            now += later;
            for book in [&mut whole, &mut taken] {
                match tell {
                    Tell::Frame(ago, event) => book.judged(at(now - ago.min(100.0)), event, at(now)),
                    Tell::Dropped => book.dropped(at(now)),
                    Tell::Blind(ago, cause) => book.blind(at(now - ago.min(100.0)), BlindCause::ALL[cause], at(now)),
                    _ => book.advance(at(now), None),
                }
            }
            let mut pages = Vec::new();
            if take {
                taken.take(true, &mut pages);
            }
            for page in pages {
                disk.entry(page.number()).or_insert_with(|| LedgerPage::new(page.number())).join(&page);
            }
        }
        let end = at(now).div_euclid(1000) + 1;
        for page in taken.pages(START, end) {
            disk.entry(page.number()).or_insert_with(|| LedgerPage::new(page.number())).join(page);
        }
        prop_assert_eq!(LedgerExtract::read(&disk, START, end), extract(&whole, START, end));
    }
}
