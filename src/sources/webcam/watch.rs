//! What the pictures of an open camera say about its health: alive, stalled, frozen, corrupt.
//!
//! Pure: it is told what came and what time it is, and answers what to do. Times are measured from the opening.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::BlindReason;

/// Silence after which a camera is told to be stalled. With the slice in which the reader waits and the way to the
/// screen it stays below two seconds.
const STALLED_AFTER: Duration = Duration::from_millis(1200);
/// From "stalled" to opening it again: a hiccup that ends by itself costs less than opening.
const PATIENCE: Duration = Duration::from_millis(500);
/// A slow camera may be silent for this many of its intervals.
const SILENT_INTERVALS: f64 = 4.0;
/// The longest silence, however slow a camera claims to be (and its own interval and a half).
const LONGEST_SILENCE: Duration = Duration::from_secs(15);
/// The first picture may take longer: the sensor wakes up and measures the light.
const FIRST_PICTURE: Duration = Duration::from_secs(4);
/// The same picture for so long is a frozen camera. A living sensor never gives the same bytes twice, but a program that
/// plays a drawn scene as a camera does, in its quiet moments.
const FROZEN_AFTER: Duration = Duration::from_secs(4);
/// And so many times, lest a slow camera be called frozen after two pictures.
const FROZEN_REPEATS: u32 = 5;
/// The span in which broken pictures are counted.
const CORRUPT_WINDOW: Duration = Duration::from_secs(1);
/// Fewest pictures in that span that can tell a camera with many broken ones.
const CORRUPT_PICTURES: usize = 5;
/// Fewest pictures in that span that can tell that it is over.
const RECOVERED_PICTURES: usize = 3;
/// A frozen or corrupt camera is opened again after so long, and after twice as long each further time.
const FIRST_REMEDY: Duration = Duration::from_secs(5);

/// What is known of a picture when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// Whole, and different from the one before.
    Fresh,
    /// Whole, and byte for byte the one before.
    Repeated,
    /// Truncated, empty or damaged.
    Broken,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    /// Show the picture.
    Show,
    /// Drop the picture, if there is one, and go on.
    Wait,
    /// Drop it and say why the camera is blind. Said again with every picture while it lasts.
    Blind(BlindReason),
    /// The same, and close the camera and open it again.
    Reopen(BlindReason),
}

/// Watches one opening of a camera.
#[derive(Debug)]
pub(super) struct Watch {
    interval: Option<Duration>,
    /// When anything came last.
    last_any: Option<Duration>,
    /// When a whole picture came last, or the opening.
    last_whole: Duration,
    /// When the picture that is repeated came first, and how often it was repeated.
    unchanged_since: Duration,
    repeats: u32,
    /// Whether each picture of the last moments was broken.
    recent: VecDeque<(Duration, bool)>,
    corrupt: bool,
    frozen: bool,
    /// Since when it has been frozen or corrupt without a pause.
    ill_since: Option<Duration>,
    remedy_after: Duration,
}

impl Watch {
    /// For a camera that promises one picture each `interval`. `suspicion`: why it had to be opened again, if it had;
    /// a frozen or corrupt camera must first show that it is well. `remedies`: how many times in a row it was opened
    /// again because it was frozen or corrupt, without giving a good picture between.
    pub(super) fn new(interval: Option<Duration>, suspicion: Option<&BlindReason>, remedies: u32) -> Self {
        Self {
            interval,
            last_any: None,
            last_whole: Duration::ZERO,
            unchanged_since: Duration::ZERO,
            repeats: 0,
            recent: VecDeque::new(),
            corrupt: suspicion == Some(&BlindReason::Corrupt),
            frozen: suspicion == Some(&BlindReason::Frozen),
            ill_since: None,
            remedy_after: FIRST_REMEDY * 2_u32.pow(remedies.min(6)),
        }
    }

    /// A picture came.
    pub(super) fn picture(&mut self, now: Duration, condition: Condition) -> Advice {
        self.last_any = Some(now);
        self.count(now, condition == Condition::Broken);
        match condition {
            Condition::Broken => {}
            Condition::Fresh => {
                self.last_whole = now;
                self.unchanged_since = now;
                self.repeats = 0;
                self.frozen = false;
            }
            Condition::Repeated => {
                self.last_whole = now;
                self.repeats += 1;
                let long = now.saturating_sub(self.unchanged_since) >= FROZEN_AFTER;
                self.frozen |= long && self.repeats >= FROZEN_REPEATS;
            }
        }
        if self.is_corrupt(now) {
            return self.ill(now, BlindReason::Corrupt);
        }
        if self.frozen {
            return self.ill(now, BlindReason::Frozen);
        }
        self.ill_since = None;
        if condition == Condition::Broken { Advice::Wait } else { Advice::Show }
    }

    /// Nothing came until now.
    pub(super) fn silence(&self, now: Duration) -> Advice {
        let (silent, reopen_after) = match self.last_any {
            Some(last) => (now.saturating_sub(last), self.longest_silence() + PATIENCE),
            None => (now, self.longest_silence().max(FIRST_PICTURE)),
        };
        if silent >= reopen_after {
            Advice::Reopen(BlindReason::Stalled)
        } else if silent >= self.longest_silence() {
            Advice::Blind(BlindReason::Stalled)
        } else {
            Advice::Wait
        }
    }

    /// How long a camera of this rate may be silent.
    fn longest_silence(&self) -> Duration {
        let interval = self.interval.unwrap_or_default();
        let asked = interval.mul_f64(SILENT_INTERVALS).min(LONGEST_SILENCE.max(interval.mul_f64(1.5)));
        asked.max(STALLED_AFTER)
    }

    fn count(&mut self, now: Duration, broken: bool) {
        let window = CORRUPT_WINDOW.max(self.interval.unwrap_or_default() * 3);
        self.recent.push_back((now, broken));
        // Of a camera that is slower than it promised, the last few count however old they are: it could never show that
        // it is well again.
        while self.recent.len() > RECOVERED_PICTURES
            && self.recent.front().is_some_and(|(then, _)| now.saturating_sub(*then) > window)
        {
            self.recent.pop_front();
        }
    }

    /// Nothing but broken pictures for the window, or more broken than whole ones in it. Once corrupt, it must become
    /// nearly whole again: damaged cables give bursts, and a picture that seems whole in the middle of one rarely is.
    fn is_corrupt(&mut self, now: Duration) -> bool {
        let window = CORRUPT_WINDOW.max(self.interval.unwrap_or_default() * 3);
        let broken = self.recent.iter().filter(|(_, broken)| *broken).count();
        let all = self.recent.len();
        self.corrupt = if self.corrupt {
            broken * 5 > all || all < RECOVERED_PICTURES
        } else {
            (broken > 1 && now.saturating_sub(self.last_whole) >= window)
                || (all >= CORRUPT_PICTURES && broken * 2 > all)
        };
        self.corrupt
    }

    fn ill(&mut self, now: Duration, reason: BlindReason) -> Advice {
        let since = *self.ill_since.get_or_insert(now);
        if now.saturating_sub(since) >= self.remedy_after { Advice::Reopen(reason) } else { Advice::Blind(reason) }
    }
}

/// How long to wait before the camera is opened again. `attempt` counts the openings that came to nothing since the last
/// good picture, from 0.
pub(super) fn back_off(reason: &BlindReason, attempt: u32) -> Duration {
    let doubled = |first_ms: u64, most_ms: u64| Duration::from_millis((first_ms << attempt.min(10)).min(most_ms));
    match reason {
        // Looking for it is cheap, and who plugs a camera in looks at the screen.
        BlindReason::NotFound | BlindReason::OnlyOthers(_) | BlindReason::Unplugged => Duration::from_millis(500),
        // The other program may close it any moment.
        BlindReason::Busy => Duration::from_secs(1),
        // Rules of the system give the permission a moment after the camera is there.
        BlindReason::NoPermission => doubled(500, 2_000),
        BlindReason::Stalled | BlindReason::Frozen | BlindReason::Corrupt => doubled(100, 5_000),
        _ => doubled(500, 5_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Feeds pictures `step` apart from `from` on, and gives what was advised for the last.
    fn feed(watch: &mut Watch, from: u64, step: u64, conditions: &[Condition]) -> Advice {
        let mut last = Advice::Wait;
        for (i, condition) in conditions.iter().enumerate() {
            last = watch.picture(ms(from + step * i as u64), *condition);
        }
        last
    }

    fn at_30_fps() -> Watch {
        Watch::new(Some(ms(33)), None, 0)
    }

    use Condition::{Broken, Fresh, Repeated};

    #[test]
    fn silence_is_told_within_two_seconds_and_then_ended() {
        let mut watch = at_30_fps();
        assert_eq!(watch.picture(ms(500), Fresh), Advice::Show);
        let cases = [
            (600, Advice::Wait),
            (1_600, Advice::Wait),
            (1_700, Advice::Blind(BlindReason::Stalled)),
            (2_150, Advice::Blind(BlindReason::Stalled)),
            (2_200, Advice::Reopen(BlindReason::Stalled)),
        ];
        for (now, expected) in cases {
            assert_eq!(watch.silence(ms(now)), expected, "at {now} ms");
        }
    }

    #[test]
    fn the_first_picture_may_take_longer_but_its_lack_is_told() {
        let watch = at_30_fps();
        assert_eq!(watch.silence(ms(1_100)), Advice::Wait);
        assert_eq!(watch.silence(ms(1_200)), Advice::Blind(BlindReason::Stalled));
        assert_eq!(watch.silence(ms(4_000)), Advice::Reopen(BlindReason::Stalled));
    }

    #[test]
    fn a_slow_camera_is_given_its_time() {
        let mut slow = Watch::new(Some(ms(1_000)), None, 0);
        slow.picture(ms(0), Fresh);
        assert_eq!(slow.silence(ms(3_900)), Advice::Wait);
        assert_eq!(slow.silence(ms(4_000)), Advice::Blind(BlindReason::Stalled));
        let mut slowest = Watch::new(Some(ms(60_000)), None, 0);
        slowest.picture(ms(0), Fresh);
        assert_eq!(slowest.silence(ms(89_000)), Advice::Wait);
        assert_eq!(slowest.silence(ms(90_000)), Advice::Blind(BlindReason::Stalled));
    }

    #[test]
    fn one_broken_picture_is_dropped_and_nothing_more() {
        let mut watch = at_30_fps();
        assert_eq!(feed(&mut watch, 0, 33, &[Fresh, Fresh, Broken]), Advice::Wait);
        assert_eq!(watch.picture(ms(99), Fresh), Advice::Show);
    }

    #[test]
    fn only_broken_pictures_for_a_second_are_a_corrupt_camera() {
        let mut watch = Watch::new(Some(ms(300)), None, 0);
        assert_eq!(feed(&mut watch, 0, 300, &[Fresh, Broken, Broken, Broken]), Advice::Wait);
        assert_eq!(watch.picture(ms(1_200), Broken), Advice::Blind(BlindReason::Corrupt));
    }

    #[test]
    fn a_camera_that_is_slower_than_it_promised_is_well_again_after_three_whole_pictures() {
        for step in [520, 670, 1_000, 1_900] {
            let mut watch = at_30_fps();
            assert_eq!(
                feed(&mut watch, 0, step, &[Fresh, Broken]),
                Advice::Wait,
                "one broken picture, {step} ms apart"
            );
            let broken = feed(&mut watch, 2 * step, step, &[Broken, Broken]);
            assert_eq!(broken, Advice::Blind(BlindReason::Corrupt), "{step} ms apart");
            let healing = feed(&mut watch, 4 * step, step, &[Fresh, Fresh]);
            assert!(matches!(healing, Advice::Blind(_) | Advice::Reopen(_)), "{healing:?}, {step} ms apart");
            assert_eq!(watch.picture(ms(6 * step), Fresh), Advice::Show, "{step} ms apart");
        }
    }

    #[test]
    fn whole_pictures_in_a_burst_of_broken_ones_are_not_trusted_until_it_is_over() {
        let mut watch = at_30_fps();
        let burst = [Broken, Broken, Fresh].repeat(10);
        assert_eq!(feed(&mut watch, 0, 33, &burst), Advice::Blind(BlindReason::Corrupt));
        assert_eq!(watch.picture(ms(1_000), Fresh), Advice::Blind(BlindReason::Corrupt));
        assert_eq!(feed(&mut watch, 1_033, 33, &[Fresh; 30]), Advice::Show);
    }

    #[test]
    fn a_corrupt_camera_is_opened_again_after_a_while_and_later_more_rarely() {
        let seconds = |advice: &dyn Fn(Duration) -> Advice| {
            (0..200_u64).find(|s| matches!(advice(ms(s * 1_000)), Advice::Reopen(BlindReason::Corrupt)))
        };
        for (remedies, expected) in [(0, 6), (1, 11), (2, 21)] {
            let watch = std::cell::RefCell::new(Watch::new(Some(ms(33)), None, remedies));
            let advice = |now| watch.borrow_mut().picture(now, Broken);
            assert_eq!(seconds(&advice), Some(expected), "after {remedies} remedies");
        }
    }

    #[test]
    fn the_same_picture_for_four_seconds_is_a_frozen_camera_until_it_changes() {
        let mut watch = at_30_fps();
        watch.picture(ms(0), Fresh);
        assert_eq!(feed(&mut watch, 100, 100, &[Repeated; 39]), Advice::Show);
        assert_eq!(watch.picture(ms(4_000), Repeated), Advice::Blind(BlindReason::Frozen));
        assert_eq!(watch.picture(ms(4_100), Fresh), Advice::Show);
    }

    #[test]
    fn a_slow_camera_is_not_called_frozen_after_two_pictures() {
        let mut watch = Watch::new(Some(ms(5_000)), None, 0);
        assert_eq!(feed(&mut watch, 0, 5_000, &[Fresh, Repeated, Repeated]), Advice::Show);
        assert_eq!(feed(&mut watch, 15_000, 5_000, &[Repeated; 3]), Advice::Blind(BlindReason::Frozen));
    }

    #[test]
    fn opened_again_a_frozen_or_corrupt_camera_must_first_show_that_it_is_well() {
        let mut frozen = Watch::new(Some(ms(33)), Some(&BlindReason::Frozen), 1);
        assert_eq!(frozen.picture(ms(10), Repeated), Advice::Blind(BlindReason::Frozen));
        assert_eq!(frozen.picture(ms(43), Fresh), Advice::Show);
        let mut corrupt = Watch::new(Some(ms(33)), Some(&BlindReason::Corrupt), 1);
        assert_eq!(feed(&mut corrupt, 0, 33, &[Broken, Fresh]), Advice::Blind(BlindReason::Corrupt));
        assert_eq!(feed(&mut corrupt, 66, 33, &[Fresh; 3]), Advice::Show);
    }

    #[test]
    fn waiting_grows_but_a_lost_camera_is_looked_for_twice_a_second() {
        let table = [
            (BlindReason::Unplugged, 9, 500),
            (BlindReason::NotFound, 0, 500),
            (BlindReason::OnlyOthers("x".into()), 9, 500),
            (BlindReason::Busy, 4, 1_000),
            (BlindReason::Stalled, 0, 100),
            (BlindReason::Stalled, 3, 800),
            (BlindReason::Stalled, 60, 5_000),
            (BlindReason::Other("x".into()), 0, 500),
            (BlindReason::Other("x".into()), 60, 5_000),
        ];
        for (reason, attempt, expected) in table {
            assert_eq!(back_off(&reason, attempt), ms(expected), "{reason:?} {attempt}");
        }
    }
}
