//! The event machine: quiet, then motion, then quiet again.
//!
//! It goes by the capture times that it is given, never by counting frames, so that a phone at one frame a second and a
//! webcam at thirty make the same events. It reads no clock and knows nothing of pictures, streams or disks.

use std::time::Duration;

use crate::domain::{EventSettings, Timestamp, Verdict};

/// One frame of a stream: when it was captured, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Capture time.
    pub at: Timestamp,
    /// Number of the frame within its stream.
    pub seq: u64,
}

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// It is quiet.
    None,
    /// Something moves, but not for long enough yet to be believed. When it is, it began here.
    Doubtful,
    /// It moves.
    Certain,
}

impl From<Verdict> for Movement {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Motion => Self::Certain,
            Verdict::NotLongEnough => Self::Doubtful,
            _ => Self::None,
        }
    }
}

/// An event as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventSpan {
    /// The first moving frame.
    pub start: Moment,
    /// The last moving frame up to now.
    pub last_motion: Moment,
    /// The frame with the highest score up to now; of equal ones the first.
    pub peak: Moment,
    /// Its score, 0 to 1.
    pub peak_score: f32,
}

/// An event that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndedEvent {
    /// Start, last motion and peak.
    pub span: EventSpan,
    /// When the gap was over: the last motion plus the gap, and the last frame that is not later than that. Earlier when
    /// the event was split or the stream ended within the gap.
    pub end: Moment,
}

/// What one frame changed. All three can happen at once: a frame can end an event that was too long, begin the next one
/// and be its peak.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// An event ended, before this frame.
    pub ended: Option<EndedEvent>,
    /// An event began. Its start lies before this frame when motion had to last for a while.
    pub began: Option<EventSpan>,
    /// This frame is the peak, up to now, of the event or of the motion that may become one.
    pub peak: bool,
}

/// Shortest time without any frame that ends an event, however short the gap is. Without it a gap shorter than the time
/// between two frames would make an event of every frame.
const SHORTEST_HOLE: Duration = Duration::from_secs(1);

/// What was doubtful for longer was not this event.
const LONGEST_DOUBT: Duration = Duration::from_secs(2);

/// Finds the events of one stream.
#[derive(Debug, Clone)]
pub struct EventMachine {
    shortest: Duration,
    gap: Duration,
    longest: Duration,
    state: State,
    /// The frame that was pushed last.
    last: Option<Moment>,
    /// The first of the doubtful frames that came last, one after the other.
    doubtful: Option<Moment>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Quiet,
    /// It moves, but not yet for long enough. The time is that of the frame before the first moving one: a frame stands for
    /// the time since the one before it, or motion could never last where frames are rare.
    Pending(EventSpan, Timestamp),
    Active(EventSpan),
}

impl EventMachine {
    /// A machine in which it is quiet. Settings that make no sense (negative, not a number) count as zero; a longest
    /// length of zero never splits.
    #[must_use]
    pub fn new(settings: &EventSettings) -> Self {
        let mut machine = Self {
            shortest: Duration::ZERO,
            gap: Duration::ZERO,
            longest: Duration::MAX,
            state: State::Quiet,
            last: None,
            doubtful: None,
        };
        machine.set(settings);
        machine
    }

    /// Takes new settings from the next frame on; an event that goes on is kept.
    pub fn set(&mut self, settings: &EventSettings) {
        // Whole milliseconds, as capture times are: 0.3 as a float is a little more than 300 ms.
        let secs = |value: f32| Duration::try_from_secs_f64((f64::from(value) * 1e3).round() / 1e3).unwrap_or_default();
        self.shortest = secs(settings.shortest_secs);
        self.gap = secs(settings.gap_secs);
        self.longest = match secs(settings.longest_secs) {
            Duration::ZERO => Duration::MAX,
            longest => longest,
        };
    }

    /// One frame: when it was captured, its number, whether it moves and how much of it (0 to 1).
    ///
    /// Time may go backwards. By less than the gap it counts as standing still, as frames that overtook each other do; by
    /// more the clock was set, and the event that went on ends with the last frame before.
    pub fn push(&mut self, at: Timestamp, seq: u64, movement: Movement, score: f32) -> Step {
        let motion = movement == Movement::Certain;
        let mut step = Step::default();
        let mut frame = Moment { at, seq };
        if let Some(last) = self.last.filter(|last| at < last.at) {
            if last.at.since(at) > self.hole() {
                step.ended = self.end_at(last);
            } else {
                frame.at = last.at;
            }
        }
        if let Some(ended) = self.end_before(frame, motion) {
            step.ended = Some(ended);
        }
        if motion {
            self.moved(frame, score, &mut step);
        }
        self.doubtful = match movement {
            Movement::Doubtful => self.doubtful.or(Some(frame)),
            Movement::None | Movement::Certain => None,
        };
        self.last = Some(frame);
        step
    }

    /// The stream ends: so does the event that goes on, at `at` or when its gap is over, whichever is earlier.
    pub fn finish(&mut self, at: Timestamp) -> Option<EndedEvent> {
        let last = self.last?;
        let end = self.end_at(Moment { at: at.max(last.at), seq: last.seq });
        self.last = None;
        end
    }

    /// The event that goes on.
    #[must_use]
    pub fn current(&self) -> Option<&EventSpan> {
        match &self.state {
            State::Active(span) => Some(span),
            State::Quiet | State::Pending(..) => None,
        }
    }

    /// The motion that has not lasted long enough to be an event.
    #[must_use]
    pub fn pending(&self) -> Option<&EventSpan> {
        match &self.state {
            State::Pending(span, _) => Some(span),
            State::Quiet | State::Active(_) => None,
        }
    }

    /// Takes a moving frame into the event that goes on or may begin.
    fn moved(&mut self, frame: Moment, score: f32, step: &mut Step) {
        let start = self.doubtful.filter(|first| frame.at.since(first.at) <= LONGEST_DOUBT).unwrap_or(frame);
        let fresh = EventSpan { start, last_motion: frame, peak: frame, peak_score: score };
        let before = self.last.map_or(start.at, |last| last.at.min(start.at));
        let (mut span, pending_since) = match self.state {
            State::Quiet => (fresh, Some(before)),
            State::Pending(span, since) => (span, Some(since)),
            State::Active(span) => (span, None),
        };
        span.last_motion = frame;
        if score > span.peak_score {
            (span.peak, span.peak_score) = (frame, score);
        }
        step.peak = span.peak == frame;
        self.state = match pending_since {
            Some(since) if frame.at.since(since) < self.shortest => State::Pending(span, since),
            Some(_) => {
                step.began = Some(span);
                State::Active(span)
            }
            None => State::Active(span),
        };
    }

    /// Ends what is over by the time of this frame: quiet for the gap, no frame for too long, or too long in all.
    fn end_before(&mut self, frame: Moment, motion: bool) -> Option<EndedEvent> {
        let last = self.last?;
        let hole = frame.at.since(last.at) > self.hole();
        match self.state {
            State::Quiet => None,
            State::Pending(span, _) => {
                // Motion must last: a pause of half the time that is asked for starts the count anew, but a frame that
                // the detector missed does not.
                let pause = (self.shortest / 2).min(self.gap);
                if hole || (!motion && frame.at.since(span.last_motion.at) > pause) {
                    self.state = State::Quiet;
                }
                None
            }
            State::Active(span) => {
                let quiet = frame.at.since(span.last_motion.at);
                let was_still = last != span.last_motion;
                if hole || (!motion && quiet >= self.gap) || (motion && was_still && quiet > self.gap) {
                    let over = span.last_motion.at.plus(self.gap);
                    // Every frame before the last one was looked at in its turn: only these two are in question.
                    let seq = if frame.at <= over { frame.seq } else { last.seq };
                    self.end_at(Moment { at: over, seq })
                } else if motion && frame.at.since(span.start.at) >= self.longest {
                    self.end_at(last)
                } else {
                    None
                }
            }
        }
    }

    /// Ends the event that goes on at this moment, or when its gap was over if that was earlier.
    fn end_at(&mut self, moment: Moment) -> Option<EndedEvent> {
        let State::Active(span) = std::mem::replace(&mut self.state, State::Quiet) else { return None };
        // What was doubtful up to now belongs to the event that ends.
        self.doubtful = None;
        let at = moment.at.min(span.last_motion.at.plus(self.gap));
        Some(EndedEvent { span, end: Moment { at: at.max(span.last_motion.at), seq: moment.seq } })
    }

    fn hole(&self) -> Duration {
        self.gap.max(SHORTEST_HOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(shortest_secs: f32, gap_secs: f32, longest_secs: f32) -> EventSettings {
        EventSettings { shortest_secs, gap_secs, longest_secs }
    }

    /// An event in short: first and last frame, the peak's frame, start and end in milliseconds.
    type Short = (u64, u64, u64, i64, i64);

    fn short(event: &EndedEvent) -> Short {
        let EndedEvent { span, end } = event;
        (span.start.seq, end.seq, span.peak.seq, span.start.at.as_millis(), end.at.as_millis())
    }

    /// Plays frames 100 ms apart: `.` is still, `?` is doubtful, a digit moves with that score, and a space is a frame that
    /// never came.
    fn play(settings: &EventSettings, frames: &str) -> Vec<Short> {
        let mut machine = EventMachine::new(settings);
        let mut events = Vec::new();
        let (mut seq, mut at) = (0, Timestamp::default());
        for (tick, sign) in frames.chars().enumerate() {
            if sign == ' ' {
                continue;
            }
            at = Timestamp::from_millis(i64::try_from(tick).unwrap() * 100);
            let score = sign.to_digit(10).map_or(0.0, |digit| digit as f32 / 10.0);
            let movement = match sign {
                '.' => Movement::None,
                '?' => Movement::Doubtful,
                _ => Movement::Certain,
            };
            let step = machine.push(at, seq, movement, score);
            assert!(step.began.is_none() || machine.current() == step.began.as_ref());
            events.extend(step.ended);
            seq += 1;
        }
        events.extend(machine.finish(at));
        events.iter().map(short).collect()
    }

    #[test]
    fn events_of_drawn_timelines() {
        let table: [(&str, EventSettings, &str, &[Short]); _] = [
            ("nothing moves", settings(0.0, 0.3, 0.0), "..........", &[]),
            ("the end is where the gap is over", settings(0.0, 0.3, 0.0), "..152......", &[(2, 7, 3, 200, 700)]),
            ("a pause within the gap is bridged", settings(0.0, 0.3, 0.0), "1..2....", &[(0, 6, 3, 0, 600)]),
            (
                "motion in the very moment the gap ends is bridged",
                settings(0.0, 0.3, 0.0),
                "1  1....",
                &[(0, 4, 0, 0, 600)],
            ),
            ("two events", settings(0.0, 0.2, 0.0), "1....3....", &[(0, 2, 0, 0, 200), (5, 7, 5, 500, 700)]),
            ("the file ends within the gap", settings(0.0, 0.5, 0.0), "..12..", &[(2, 5, 3, 200, 500)]),
            ("the file ends while it moves", settings(0.0, 0.5, 0.0), "..12", &[(2, 3, 3, 200, 300)]),
            ("one moving frame is an event", settings(0.0, 0.2, 0.0), ".9...", &[(1, 3, 1, 100, 300)]),
            ("one moving frame is none when it must last", settings(0.2, 0.5, 0.0), ".9......", &[]),
            (
                "a frame stands for the time since the one before",
                settings(0.1, 0.2, 0.0),
                ".9...",
                &[(1, 3, 1, 100, 300)],
            ),
            ("a start in the past, and its peak", settings(0.3, 0.5, 0.0), ".1911......", &[(1, 9, 2, 100, 900)]),
            (
                "a missed frame does not start the count anew",
                settings(0.4, 0.5, 0.0),
                "11.11......",
                &[(0, 9, 0, 0, 900)],
            ),
            ("a pause does", settings(0.4, 0.5, 0.0), "11....11....", &[]),
            (
                "split when too long",
                settings(0.0, 0.3, 0.4),
                "12345678....",
                &[(0, 3, 3, 0, 300), (4, 10, 7, 400, 1000)],
            ),
            ("no gap at all", settings(0.0, 0.0, 0.0), ".12..3.", &[(1, 2, 2, 100, 200), (5, 5, 5, 500, 500)]),
            ("the first of equal peaks", settings(0.0, 0.1, 0.0), "373373..", &[(0, 6, 1, 0, 600)]),
            ("what was doubtful belongs to it", settings(0.0, 0.2, 0.0), "..??12...", &[(2, 7, 5, 200, 700)]),
            ("doubts alone are no event", settings(0.0, 0.2, 0.0), ".???..?..", &[]),
            ("doubts before a pause do not", settings(0.0, 0.2, 0.0), ".??.12...", &[(4, 7, 5, 400, 700)]),
            (
                "doubts do not reach back into the event before",
                settings(0.0, 0.2, 0.0),
                "1???1...",
                &[(0, 2, 0, 0, 200), (2, 6, 4, 200, 600)],
            ),
            ("settings without sense", settings(-1.0, f32::NAN, f32::INFINITY), ".1.", &[(1, 1, 1, 100, 100)]),
            (
                "no frame for longer than the gap",
                settings(0.0, 1.0, 0.0),
                "11             11.",
                &[(0, 1, 0, 0, 1100), (2, 4, 2, 1500, 1700)],
            ),
            (
                "a hole shorter than a second and a gap of nothing",
                settings(0.0, 0.0, 0.0),
                "1        1.",
                &[(0, 1, 0, 0, 900)],
            ),
        ];
        for (name, settings, frames, expected) in table {
            assert_eq!(play(&settings, frames), expected, "{name}: {frames}");
        }
    }

    #[test]
    fn an_event_that_is_too_long_ends_and_the_next_begins_in_the_same_step() {
        let mut machine = EventMachine::new(&settings(0.0, 2.0, 1.0));
        let at = Timestamp::from_millis;
        assert!(machine.push(at(0), 0, Movement::Certain, 0.1).began.is_some());
        let step = machine.push(at(1000), 1, Movement::Certain, 0.2);
        assert_eq!(step.ended.map(|event| event.end), Some(Moment { at: at(0), seq: 0 }));
        assert_eq!(step.began.map(|span| span.start), Some(Moment { at: at(1000), seq: 1 }));
        assert!(step.peak);
    }

    #[test]
    fn frames_that_overtook_each_other_stay_in_their_event() {
        let mut machine = EventMachine::new(&settings(0.0, 2.0, 0.0));
        let at = Timestamp::from_millis;
        machine.push(at(1000), 0, Movement::Certain, 0.1);
        assert_eq!(machine.push(at(900), 1, Movement::Certain, 0.2).ended, None);
        let span = machine.current().copied().unwrap();
        assert_eq!((span.start.at, span.last_motion.at, span.peak.seq), (at(1000), at(1000), 1));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_the_event_and_does_not_stop_the_next() {
        let mut machine = EventMachine::new(&settings(0.0, 2.0, 0.0));
        let at = Timestamp::from_millis;
        machine.push(at(1_000_000), 0, Movement::Certain, 0.1);
        machine.push(at(1_000_500), 1, Movement::None, 0.0);
        let step = machine.push(at(0), 2, Movement::Certain, 0.2);
        assert_eq!(step.ended.map(|event| event.end), Some(Moment { at: at(1_000_500), seq: 1 }));
        assert_eq!(step.began.map(|span| span.start), Some(Moment { at: at(0), seq: 2 }));
        assert_eq!(machine.push(at(2000), 3, Movement::None, 0.0).ended.map(|event| event.end.at), Some(at(2000)));
    }

    #[test]
    fn new_settings_keep_the_event_that_goes_on() {
        let mut machine = EventMachine::new(&settings(0.0, 2.0, 0.0));
        let at = Timestamp::from_millis;
        machine.push(at(0), 0, Movement::Certain, 0.1);
        machine.set(&settings(0.0, 0.5, 0.0));
        assert!(machine.current().is_some());
        assert_eq!(machine.push(at(600), 1, Movement::None, 0.0).ended.map(|event| event.end.at), Some(at(500)));
    }

    #[test]
    fn motion_that_is_not_yet_an_event_can_be_seen() {
        let mut machine = EventMachine::new(&settings(1.0, 2.0, 0.0));
        assert!(machine.push(Timestamp::from_millis(0), 7, Movement::Certain, 0.1).peak);
        assert_eq!(machine.pending().map(|span| span.start.seq), Some(7));
        assert!(machine.current().is_none());
    }
}
