//! The ledger of one stream: what is told of it, with times, becomes facts of whole seconds.
//!
//! It reads no clock and takes what is told in any order. Times are milliseconds since 1970, seconds are whole ones.

use std::collections::BTreeMap;

use crate::domain::{BlindCause, LedgerPage, Second};

/// A frame stands for at least so many seconds, if no other comes …
const LEAST_REACH: i64 = 2;
/// … and for so many of its usual intervals, in tenths …
const INTERVALS_TENTHS: i64 = 25;
/// … but for no more than this, in seconds.
const MOST_REACH: i64 = 120;
/// A camera that is stopped or silent is a camera no more when it was last seen so many seconds ago.
const REMEMBERED: i64 = 24 * 60 * 60;
/// A phone whose battery was nearly empty so many seconds before it went silent, and that said no more, ran out of it.
const WEAK: i64 = 60 * 60;
/// Pages are held in memory for so many seconds after they were last touched: a frame that comes some minutes late may close
/// the two gaps before it, each as long as a frame's farthest reach.
const HELD: i64 = 10 * 60;
/// Most pages in memory: a day and more without a disk that takes them.
const MOST_PAGES: usize = 160;

/// What a page waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    None,
    /// Blindness went on: that can be told without the page.
    Lasted,
    News,
}

struct Held {
    page: LedgerPage,
    change: Change,
    /// When it was last touched, a second.
    touched: i64,
}

/// What stands on disk of a stream when the program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    /// The first second of which nothing stands there.
    pub next: i64,
    /// The last second in which a frame was seen or the camera was started.
    pub last_seen: i64,
    /// Why it was blind at the end, if it was.
    pub blind: Option<BlindCause>,
}

impl Resumed {
    fn is_faulty(&self) -> bool {
        self.blind.is_some_and(BlindCause::is_a_fault)
    }

    /// Why it is blind now that the program runs again. What was broken may be whole, and was not started yet.
    fn now(&self) -> BlindCause {
        if self.is_faulty() { BlindCause::Stopped } else { self.blind.unwrap_or(BlindCause::Silent) }
    }
}

/// The ledger of one stream.
pub(super) struct Book {
    pages: BTreeMap<i64, Held>,
    /// The first second that this run of the program knows of.
    begin: i64,
    /// The first second that is not decided.
    next: i64,
    /// Capture time of the newest frame, in milliseconds.
    last_frame: Option<i64>,
    /// The last two intervals between frames in milliseconds. The shorter one is the usual one: a single pause is none.
    gaps: [i64; 2],
    /// The last second in which a frame was seen or the camera was started.
    last_seen: i64,
    /// Why nothing is seen, from the moment at which that is so.
    why: BlindCause,
    /// When the camera was told to be blind, in milliseconds; nothing while it is not.
    blind_since: Option<i64>,
    /// Whether frames that are to be kept are lost, with the flags of that.
    losing: u8,
    /// When the phone last said that its battery is nearly empty, a second.
    weak: Option<i64>,
    /// The newest second that was told, so that pages know when they were touched.
    now: i64,
}

impl Book {
    /// A stream that is known from this second on.
    pub fn new(begin: i64) -> Self {
        Self {
            pages: BTreeMap::new(),
            begin,
            next: begin,
            last_frame: None,
            gaps: [0; 2],
            last_seen: begin,
            why: BlindCause::Silent,
            blind_since: None,
            losing: 0,
            weak: None,
            now: begin,
        }
    }

    /// A frame that was captured at `at` was judged; afterwards an event is going on, or not.
    pub fn judged(&mut self, at: i64, event: bool, now: i64) {
        // A picture of the future is one of a clock that is wrong.
        let at = at.min(now);
        let second = at.div_euclid(1000);
        self.now = self.now.max(now.div_euclid(1000));
        let is_new = self.last_frame.is_none_or(|last| at >= last) && self.blind_since.is_none_or(|since| at > since);
        if is_new {
            self.decide(second);
            if let Some(last) = self.last_frame {
                // What is not decided by now is within the reach of the frame before.
                let event = self.get(last.div_euclid(1000)).event();
                for between in self.next..second {
                    self.mark(between, Second::SEEN | event);
                }
                self.gaps = [at - last, self.gaps[0]];
            }
            self.last_frame = Some(at);
            (self.why, self.blind_since) = (BlindCause::Silent, None);
            self.next = self.next.max(second + 1);
        }
        self.last_seen = self.last_seen.max(second);
        let known = self.get(second).is(Second::FRAME);
        let flags = if event { Second::EVENT | self.losing } else { 0 };
        self.mark(second, Second::FRAME | Second::SEEN | flags);
        if !known {
            self.bridge(second);
        }
    }

    /// A frame that was captured at `at` is on disk.
    pub fn kept(&mut self, at: i64, now: i64) {
        self.losing = 0;
        self.mark(at.min(now).div_euclid(1000), Second::SEEN | Second::KEPT);
    }

    /// A frame that was captured at `at` was to be kept and is lost, for want of room or not.
    pub fn lost(&mut self, at: i64, is_full: bool, now: i64) {
        self.losing = if is_full { Second::LOST | Second::FULL } else { Second::LOST };
        self.mark(at.min(now).div_euclid(1000), Second::SEEN | self.losing);
    }

    /// A frame was turned away because others wait.
    pub fn dropped(&mut self, now: i64) {
        let second = now.div_euclid(1000);
        self.now = self.now.max(second);
        if self.blind_since.is_none() {
            self.why = BlindCause::Overloaded;
        }
        let held = self.held(second);
        held.page.drop_at_least(second, held.page.dropped_in(second).saturating_add(1));
        held.change = Change::News;
    }

    /// The camera gives nothing since `since`, for this cause.
    pub fn blind(&mut self, since: i64, cause: BlindCause, now: i64) {
        let since = since.min(now);
        let second = since.div_euclid(1000);
        self.now = self.now.max(now.div_euclid(1000));
        let cause = self.known_better(cause);
        if self.blind_since.is_some() && self.why == cause {
            return;
        }
        match self.last_frame.filter(|_| self.blind_since.is_none()) {
            // Nothing came for longer than usual, and now it is known why.
            Some(last) if second - last.div_euclid(1000) > self.reach() => self.fill(second, cause),
            // The last frame stands for the time up to here.
            Some(_) => {
                for seen in self.next..second {
                    self.mark(seen, Second::SEEN);
                }
                self.next = self.next.max(second);
            }
            None => self.fill(second, self.why),
        }
        if cause != BlindCause::Silent {
            let last = self.last_frame.map_or(second, |last| last.div_euclid(1000));
            self.explain(second.max(last), self.next, cause);
        }
        if cause.is_a_fault() || cause == BlindCause::Starting {
            self.last_seen = self.last_seen.max(second);
        }
        self.why = cause;
        self.blind_since = Some(since);
        self.fill(second + 1, cause);
        // The rest of it is news even where it only goes on from what is said here.
        self.held(second).change = Change::News;
    }

    /// What was missed from one second to before another had this cause, as is told afterwards.
    pub fn explain(&mut self, from: i64, to: i64, cause: BlindCause) {
        for second in from.max(self.begin).max(self.next - REMEMBERED)..to.min(self.next) {
            let known = self.get(second);
            let unexplained = matches!(known.cause(), None | Some(BlindCause::Silent | BlindCause::Battery));
            if (unexplained || cause == BlindCause::ComputerAsleep) && !known.is(Second::SEEN) {
                self.blind_second(second, cause, Change::News);
            }
        }
    }

    /// The phone's battery is nearly empty: a silence that follows is no riddle.
    pub fn is_weak(&mut self, now: i64) {
        self.weak = Some(now.div_euclid(1000));
    }

    /// Time goes on.
    pub fn advance(&mut self, now: i64, asleep: Option<(i64, i64)>) {
        let second = now.div_euclid(1000);
        self.now = self.now.max(second);
        if let Some((from, to)) = asleep.map(|(from, to)| (from.div_euclid(1000), to.div_euclid(1000))) {
            self.decide(from);
            for missed in self.next.max(to - REMEMBERED)..to.min(self.end()) {
                self.blind_second(missed, BlindCause::ComputerAsleep, Change::News);
            }
            // Whoever could tell what happened slept as well.
            self.explain(from, to, BlindCause::ComputerAsleep);
            self.next = self.next.max(to);
        }
        self.decide(second);
    }

    /// Tells of the time before this run of the program, which began at the second `started`: an earlier one ended and was
    /// still there before the second `alive`.
    pub fn resume(&mut self, before: &Resumed, alive: i64, started: i64) {
        let (known_from, began_before) = (self.begin, before.next);
        // What went on when the program was last there went on until then: had it ended, that would stand on disk.
        let alive =
            if before.blind.is_some() { alive.clamp(began_before, started.max(began_before)) } else { began_before };
        let end = if before.is_faulty() { alive } else { before.last_seen } + REMEMBERED;
        let mut put = |from: i64, to: i64, cause| {
            for second in from.max(began_before)..to.min(end).min(known_from) {
                self.blind_second(second, cause, Change::News);
            }
        };
        put(began_before, alive, before.blind.unwrap_or(BlindCause::Silent));
        put(alive, started, BlindCause::NotRunning);
        put(started, known_from, before.now());
    }

    /// Goes on with a stream of which nothing was told since the program began.
    pub fn resumed(before: &Resumed, alive: i64, started: i64) -> Self {
        let mut book = Self::new(started.max(before.next));
        book.resume(before, alive, started);
        book.last_seen = before.last_seen;
        book.why = before.now();
        book.blind_since = before.blind.map(|_| book.begin * 1000);
        book
    }

    /// Whether nothing is to be said of it any more, and all was handed on.
    pub fn is_over(&self) -> bool {
        self.now >= self.end() + HELD && self.pages.is_empty()
    }

    /// When it was last seen or started, a second.
    pub fn last_seen(&self) -> i64 {
        self.last_seen
    }

    /// All pages in memory that touch these seconds.
    pub fn pages(&self, from: i64, to: i64) -> impl Iterator<Item = &LedgerPage> {
        let numbers = LedgerPage::number_of(from)..=LedgerPage::number_of(to.max(from));
        self.pages.range(numbers).map(|(_, held)| &held.page)
    }

    /// Copies of the pages that changed since they were last taken; with `lasted` also of those on which blindness only went
    /// on. Pages that were taken long ago are let go.
    pub fn take(&mut self, lasted: bool, pages: &mut Vec<LedgerPage>) {
        let least = if lasted { Change::Lasted } else { Change::News };
        let (now, newest) = (self.now, LedgerPage::number_of(self.next));
        self.pages.retain(|number, held| {
            if held.change >= least || (held.change == Change::Lasted && *number < newest) {
                held.change = Change::None;
                pages.push(held.page.clone());
                return true;
            }
            held.change != Change::None || *number >= newest || now - held.touched < HELD
        });
    }

    /// A page that was taken could not be written: it is to be taken again.
    pub fn put_back(&mut self, page: &LedgerPage) {
        let held = self.held(page.first());
        let later = std::mem::replace(&mut held.page, page.clone());
        held.page.join(&later);
        held.change = Change::News;
    }

    /// Decides what the seconds before `until` were, as far as that can be said.
    fn decide(&mut self, until: i64) {
        let in_reach = |last: i64| until - last.div_euclid(1000) <= self.reach();
        if self.blind_since.is_some() || self.last_frame.is_none_or(|last| !in_reach(last)) {
            self.fill(until, self.why);
        }
    }

    /// Everything before `until` that is not decided is blind.
    fn fill(&mut self, until: i64, cause: BlindCause) {
        let change = if self.blind_since.is_some() && self.why == cause { Change::Lasted } else { Change::News };
        let cause = self.known_better(cause);
        // A clock that was set far ahead is no reason to fill years.
        for second in self.next.max(until - REMEMBERED)..until.min(self.end()) {
            // The first blind second behind one that was seen tells why; without it on disk nobody would know after a kill.
            let begins = self.get(second - 1).is(Second::SEEN);
            self.blind_second(second, cause, if begins { Change::News } else { change });
        }
        self.next = self.next.max(until);
    }

    /// The cause of a silence, where the phone has foretold it.
    fn known_better(&self, cause: BlindCause) -> BlindCause {
        let was_weak = self.weak.is_some_and(|weak| self.next - weak < WEAK);
        if cause == BlindCause::Silent && was_weak { BlindCause::Battery } else { cause }
    }

    /// The second at which it is a camera no more.
    fn end(&self) -> i64 {
        let stays = self.blind_since.is_some() && self.why.is_a_fault();
        if stays { i64::MAX - HELD } else { self.last_seen + REMEMBERED }
    }

    /// For how many seconds a frame stands when none follows.
    fn reach(&self) -> i64 {
        let usual = self.gaps[0].min(self.gaps[1]);
        ((usual * INTERVALS_TENTHS + 9_999) / 10_000).clamp(LEAST_REACH, MOST_REACH)
    }

    /// Closes the gaps around a second with a frame that are no longer than a frame's reach. The gap before is looked at as
    /// well, as only now it may be known how long the usual one is.
    fn bridge(&mut self, second: i64) {
        if let Some(before) = self.close_before(second) {
            self.close_before(before);
        }
        let reach = self.reach();
        if let Some(after) = (1..=reach).map(|step| second + step).find(|after| self.get(*after).is(Second::FRAME)) {
            self.close_before(after);
        }
    }

    /// Closes the gap before a second with a frame; gives the second of the frame before it.
    fn close_before(&mut self, second: i64) -> Option<i64> {
        let seconds = (1..=self.reach()).map(|step| second - step);
        let before = seconds.take_while(|at| self.may_bridge(*at)).find(|at| self.get(*at).is(Second::FRAME))?;
        let event = self.get(before).event();
        for between in before + 1..second {
            self.mark(between, Second::SEEN | event);
        }
        Some(before)
    }

    fn may_bridge(&self, second: i64) -> bool {
        let known = self.get(second);
        known.is(Second::SEEN) || known.cause().is_none_or(BlindCause::is_on_the_way)
    }

    fn get(&self, second: i64) -> Second {
        self.pages.get(&LedgerPage::number_of(second)).map(|held| held.page.get(second)).unwrap_or_default()
    }

    fn mark(&mut self, second: i64, flags: u8) {
        let held = self.held(second);
        let known = held.page.get_mut(second);
        if !known.is(flags) {
            known.mark(flags);
            held.change = Change::News;
        }
    }

    fn blind_second(&mut self, second: i64, cause: BlindCause, change: Change) {
        let held = self.held(second);
        let known = held.page.get_mut(second);
        if known.cause() != Some(cause) {
            known.blind(cause);
            held.change = held.change.max(change);
        }
    }

    fn held(&mut self, second: i64) -> &mut Held {
        let (number, touched) = (LedgerPage::number_of(second), self.now);
        if !self.pages.contains_key(&number) && self.pages.len() >= MOST_PAGES {
            tracing::warn!("ten minutes of a ledger are dropped: for a day no disk has taken them");
            self.pages.pop_first();
        }
        let held = self.pages.entry(number).or_insert_with(|| Held {
            page: LedgerPage::new(number),
            change: Change::None,
            touched,
        });
        held.touched = touched;
        held
    }
}

#[cfg(test)]
mod tests;
