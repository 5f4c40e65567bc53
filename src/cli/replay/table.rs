//! The events under the present settings beside those under others, for people.

use std::fmt::Write;

use crate::cli::replay::time::{clock, day, time_of_day};
use crate::domain::{StreamId, Timestamp};
use crate::pipeline::{EndedEvent, Replayed};

/// Width of the cells in which events stand.
const CELL: usize = 34;

/// What is shown.
pub(super) struct Table<'a> {
    pub stream: &'a StreamId,
    pub span: (Timestamp, Timestamp),
    pub present: &'a Replayed,
    pub changed: &'a Replayed,
    /// The other settings in words.
    pub words: &'a str,
}

impl Table<'_> {
    pub fn text(&self) -> String {
        let Self { stream, span: (from, to), present, changed, words } = self;
        let mut text = format!("{stream}, {} to {}: {} frames\n\n", clock(*from), clock(*to), present.frames);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<18}{:>12}   {words}", "", "present");
        let (events, other_events) = (present.events.len() as u64, changed.events.len() as u64);
        for (what, one, other) in [
            ("events", events, other_events),
            ("frames with motion", present.moving, changed.moving),
            ("frames kept", present.kept, changed.kept),
        ] {
            let _ = writeln!(text, "  {what:<18}{one:>12}   {other:>12}");
        }
        if !(present.events.is_empty() && changed.events.is_empty()) {
            let head = "start         seconds   score";
            let _ = writeln!(text, "\n  {:<10}  {head:<CELL$}{head}", "day");
        }
        for (one, other) in side_by_side(&present.events, &changed.events) {
            let day = one.or(other).map(|event| day(event.span.start.at)).unwrap_or_default();
            let line = format!("  {day:<10}  {:<CELL$}{}", cell(one), cell(other));
            text += line.trim_end();
            text += "\n";
        }
        text + &notes(present, changed)
    }
}

/// What limits how far this can be believed.
fn notes(present: &Replayed, changed: &Replayed) -> String {
    let mut text = String::new();
    let inexact = present.inexact.max(changed.inexact);
    if inexact > 0 {
        let _ = writeln!(
            text,
            "\n  Of {inexact} frames the detector itself might say something else: more areas moved than a trace has room for,\n  or frames before them are missing."
        );
    }
    if present.otherwise > 0 {
        let _ = writeln!(
            text,
            "\n  Of {} frames something else was said when they came: the settings were others.",
            present.otherwise
        );
    }
    text
}

fn cell(event: Option<&EndedEvent>) -> String {
    event.map_or_else(
        || "-".to_owned(),
        |EndedEvent { span, end }| {
            let secs = end.at.since(span.start.at).as_secs_f64();
            format!("{}  {secs:>7.1}  {:>6.4}", time_of_day(span.start.at), span.peak_score)
        },
    )
}

/// Events of both in the order of their starts; those that overlap stand in one line.
fn side_by_side<'a>(
    one: &'a [EndedEvent],
    other: &'a [EndedEvent],
) -> Vec<(Option<&'a EndedEvent>, Option<&'a EndedEvent>)> {
    let mut lines = Vec::new();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let (left, right) = (one.peek().copied(), other.peek().copied());
        let line = match (left, right) {
            (None, None) => return lines,
            (Some(left), Some(right)) if left.span.start.at > right.end.at => (None, Some(right)),
            (Some(left), Some(right)) if right.span.start.at > left.end.at => (Some(left), None),
            both => both,
        };
        if line.0.is_some() {
            one.next();
        }
        if line.1.is_some() {
            other.next();
        }
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{EventSpan, Moment};

    fn event(start: i64, end: i64) -> EndedEvent {
        let moment = |at| Moment { at: Timestamp::from_millis(at), seq: 0 };
        let span = EventSpan { start: moment(start), last_motion: moment(end), peak: moment(start), peak_score: 0.25 };
        EndedEvent { span, end: moment(end) }
    }

    #[test]
    fn events_that_overlap_stand_in_one_line() {
        let one = [event(0, 10), event(20, 30), event(40, 50)];
        let other = [event(5, 9), event(32, 35), event(45, 60), event(70, 71)];
        let start = |event: Option<&EndedEvent>| event.map(|event| event.span.start.at.as_millis());
        let lines: Vec<_> = side_by_side(&one, &other).into_iter().map(|(a, b)| (start(a), start(b))).collect();
        let expected = [(Some(0), Some(5)), (Some(20), None), (None, Some(32)), (Some(40), Some(45)), (None, Some(70))];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_event_at_a_time_that_no_calendar_has_is_listed() {
        let found = Replayed { events: vec![event(i64::MIN, i64::MIN)], ..Replayed::default() };
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "phone".parse().unwrap() };
        let span = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MIN));
        let text = Table { stream: &stream, span, present: &found, changed: &found, words: "--gap 5" }.text();
        assert!(text.lines().any(|line| line.starts_with("  -           -  ")), "{text}");
    }

    #[test]
    fn the_table_says_what_both_found_and_how_far_to_believe_it() {
        let present = Replayed {
            frames: 900,
            moving: 12,
            kept: 4,
            otherwise: 3,
            events: vec![event(0, 1500), event(60_000, 61_000)],
            ..Replayed::default()
        };
        let changed = Replayed {
            frames: 900,
            moving: 9,
            kept: 2,
            inexact: 7,
            events: vec![event(500, 1500)],
            ..Replayed::default()
        };
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "phone".parse().unwrap() };
        let span = (Timestamp::from_millis(0), Timestamp::from_millis(90_000));
        let text = Table { stream: &stream, span, present: &present, changed: &changed, words: "--gap 5" }.text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Anna/phone, ") && lines[0].ends_with(": 900 frames"), "{text}");
        for line in ["events 2 1", "frames with motion 12 9", "frames kept 4 2"] {
            let plain: Vec<String> =
                lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            assert!(plain.iter().any(|found| found == line), "{line}: {text}");
        }
        assert!(lines.iter().any(|line| line.contains("1.5  0.2500") && line.ends_with("1.0  0.2500")), "{text}");
        assert!(lines.iter().any(|line| line.contains("1.0  0.2500") && line.ends_with('-')), "{text}");
        assert!(text.contains("Of 7 frames the detector") && text.contains("Of 3 frames something else"), "{text}");
    }
}
