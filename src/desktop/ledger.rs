//! The ledger of the chosen camera as the window holds it, and how it is said.
//!
//! It is read anew every few seconds by the thread that reads the library. Knows no egui.

use std::time::{Duration, Instant};

use crate::desktop::loader::Loader;
use crate::desktop::words::{self, Clock};
use crate::domain::{BlindCause, Label, LedgerExtract, LedgerSpan, LedgerSums, StreamId, Timestamp};

/// How often it is read.
const READ_EVERY: Duration = Duration::from_secs(5);
/// The time that the strip shows.
pub const HOUR: Duration = Duration::from_hours(1);
/// So many causes are named; the others are counted together.
const MOST_CAUSES: usize = 3;

/// What the ledger says of one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerLook {
    /// Which.
    pub stream: StreamId,
    /// When it was read: the end of the hour.
    pub at: Timestamp,
    /// The last hour.
    pub hour: LedgerExtract,
    /// Today, up to now.
    pub today: LedgerSums,
}

/// The newest look, and when it was asked for.
#[derive(Default)]
pub struct LedgerLooks {
    newest: Option<LedgerLook>,
    asked: Option<(StreamId, Instant)>,
}

impl LedgerLooks {
    /// Takes what was read.
    pub fn take(&mut self, look: LedgerLook) {
        self.newest = Some(look);
    }

    /// What is known of a stream.
    #[must_use]
    pub fn of(&self, stream: &StreamId) -> Option<&LedgerLook> {
        self.newest.as_ref().filter(|look| look.stream == *stream)
    }

    /// Asks for another look when it is time.
    pub fn order(&mut self, loader: &Loader, chosen: &StreamId, clock: &Clock) {
        let fresh = |(stream, at): &(StreamId, Instant)| stream == chosen && at.elapsed() < READ_EVERY;
        if !self.asked.as_ref().is_some_and(fresh) && loader.ledger(chosen.clone(), clock.midnight(), clock.now) {
            self.asked = Some((chosen.clone(), Instant::now()));
        }
    }
}

/// A span in words: "Blind 14:02 to 14:09: the phone's page is in the background".
#[must_use]
pub fn span(span: &LedgerSpan, clock: &Clock) -> String {
    let (from, to) = (clock.time(span.from), clock.time(span.to));
    let when = if from == to { format!("at {from}") } else { format!("{from} to {to}") };
    let what = match span.label {
        Label::Recorded => format!("Recorded {when}"),
        Label::Watched => format!("Watched {when}, nothing moved"),
        Label::Blind(cause) => format!("Blind {when}: {cause}"),
    };
    match span.dropped {
        0 => what,
        dropped => format!("{what}, {} dropped", words::count(dropped.into(), "frame")),
    }
}

/// Sums in words: "watched 2 h 10 min, recorded 14 min, blind 3 min (page hidden 2 min, offline 1 min)"; nothing when the
/// ledger knows nothing of that time.
#[must_use]
pub fn sums(sums: &LedgerSums) -> Option<String> {
    let blind = sums.all_blind();
    let part = |word: &str, secs: u64| (secs > 0).then(|| format!("{word} {}", words::duration(secs)));
    let why = |blind: String| format!("{blind} ({})", causes(sums));
    let parts = [part("watched", sums.watched), part("recorded", sums.recorded), part("blind", blind).map(why)];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn causes(sums: &LedgerSums) -> String {
    let mut causes: Vec<(BlindCause, u64)> = sums.blind.iter().map(|(cause, secs)| (*cause, *secs)).collect();
    causes.sort_by_key(|(_, secs)| std::cmp::Reverse(*secs));
    let others: u64 = causes.iter().skip(MOST_CAUSES).map(|(_, secs)| secs).sum();
    let named = causes.iter().take(MOST_CAUSES).map(|(cause, secs)| (cause.short(), *secs));
    let parts = named.chain((others > 0).then_some(("others", others)));
    parts.map(|(word, secs)| format!("{word} {}", words::duration(secs))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_span_says_what_when_and_why() {
        let clock = Clock { now: Timestamp::from_millis(7_200_000), zone: TimeZone::UTC, stopped: true };
        let of = |label, to: i64, dropped| {
            let to = Timestamp::from_millis(to * 60_000);
            span(&LedgerSpan { from: Timestamp::from_millis(3_600_000), to, label, dropped }, &clock)
        };
        let hidden = Label::Blind(BlindCause::PageHidden);
        assert_eq!(of(hidden, 67, 0), "Blind 01:00 to 01:07: the phone's page is in the background");
        assert_eq!(of(Label::Watched, 61, 14), "Watched 01:00 to 01:01, nothing moved, 14 frames dropped");
        assert_eq!(of(Label::Recorded, 60, 0), "Recorded at 01:00");
    }

    #[test]
    fn sums_name_the_causes_that_matter_most() {
        let mut day = LedgerSums { recorded: 840, watched: 7800, ..LedgerSums::default() };
        assert_eq!(sums(&LedgerSums::default()), None);
        assert_eq!(sums(&day).unwrap(), "watched 2 h 10 min, recorded 14 min");
        let blind =
            [BlindCause::Offline, BlindCause::PageHidden, BlindCause::Starting, BlindCause::Busy, BlindCause::Taken];
        day.blind = blind.into_iter().zip([60, 120, 3, 2, 1]).collect();
        assert_eq!(
            sums(&day).unwrap(),
            "watched 2 h 10 min, recorded 14 min, blind 3 min (page hidden 2 min, offline 1 min, starting 3 s, others 3 s)"
        );
    }
}
