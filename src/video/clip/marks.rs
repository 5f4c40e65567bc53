//! What is drawn on a film, gathered by the program that owns index and settings, for a worker that has neither: the zones, what
//! the clock of the computer showed, and what moved, by the traces of the frames.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::kept;
use crate::domain::{ClipKind, StreamSettings, Timestamp};
use crate::library::{ClipMarks, ClipOrder, Library};
use crate::motion::Replay;

/// Deciding again begins so long before the first frame: what is counted from frame to frame is known by then.
const RUN_UP: Duration = Duration::from_secs(3);
/// Of kept frames, so much before and after each of them is looked at.
const BESIDE: Duration = Duration::from_millis(300);
/// Changes of the clock that are looked for: more than there are in any fortnight.
const MOST_OFFSETS: usize = 100;

/// What moved and counted at a time of capture.
type Boxes = (Timestamp, Vec<[f32; 4]>);
/// From one time of capture to another.
type Span = (Timestamp, Timestamp);

/// What is drawn on the film of an order that is whole.
pub(super) fn marks(library: &Library, settings: &StreamSettings, order: &ClipOrder) -> Result<ClipMarks, String> {
    let span = (order.from, order.to.unwrap_or(order.from));
    let draw = order.draw;
    let zones = if draw.zones { settings.motion.zones.clone() } else { Vec::new() };
    let offsets = if draw.time { offsets(&TimeZone::system(), span) } else { Vec::new() };
    let boxes = if draw.boxes { boxes(library, settings, order, span)? } else { Vec::new() };
    Ok(ClipMarks { zones, offsets, boxes })
}

fn boxes(library: &Library, settings: &StreamSettings, order: &ClipOrder, span: Span) -> Result<Vec<Boxes>, String> {
    let spans = match order.kind {
        ClipKind::Event | ClipKind::Mask | ClipKind::Drawn => vec![span],
        ClipKind::Timelapse | ClipKind::Selection => {
            let times = kept::times(&library.save_dir(), order).map_err(|error| error.to_string())?;
            times.into_iter().map(|at| (at.minus(BESIDE), at.plus(BESIDE))).collect()
        }
    };
    let mut boxes = Vec::new();
    for run in runs(&spans) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let (from, to) = (first.0.minus(RUN_UP), last.1.plus(Duration::from_millis(1)));
        let mut replay = Replay::new(&settings.motion);
        let visited = library.visit_traces(&order.stream(), (from, to), |frame| {
            let regions = &replay.decide(&frame.trace).detection.regions;
            let after = run.partition_point(|(from, _)| *from <= frame.at);
            if run[..after].last().is_some_and(|(_, to)| frame.at <= *to) {
                let sides = regions.iter().map(|region| [region.x, region.y, region.width, region.height]);
                boxes.push((frame.at, sides.collect()));
            }
        });
        visited.map_err(|error| error.to_string())?;
    }
    boxes.sort_by_key(|(at, _)| *at);
    Ok(boxes)
}

/// Spans that lie so close to each other that they are read in one go.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans.chunk_by(|(_, to), (from, _)| from.since(*to) < RUN_UP)
}

/// From when on local time was how many seconds ahead of UTC, from the beginning of the span to its end.
fn offsets(zone: &TimeZone, (from, to): Span) -> Vec<(Timestamp, i32)> {
    let Ok(begin) = jiff::Timestamp::from_millisecond(from.as_millis()) else { return Vec::new() };
    let changes = zone.following(begin).map(|change| (change.timestamp().as_millisecond(), change.offset().seconds()));
    let within = changes.take(MOST_OFFSETS).take_while(|(at, _)| *at <= to.as_millis());
    let first = (from, zone.to_offset(begin).seconds());
    std::iter::once(first).chain(within.map(|(at, ahead)| (Timestamp::from_millis(at), ahead))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_clock_that_is_set_in_the_middle_is_noted() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let [before, change, after] = [1_743_210_000_000, 1_743_296_400_000, 1_743_400_000_000].map(at);
        assert_eq!(offsets(&zone, (before, after)), [(before, 3600), (change, 7200)]);
        assert_eq!(offsets(&zone, (before, before)), [(before, 3600)]);
    }

    #[test]
    fn frames_that_follow_each_other_closely_are_read_in_one_go() {
        let spans = [(0, 600), (1000, 1600), (4599, 5000), (8000, 9000)].map(|(from, to)| (at(from), at(to)));
        assert_eq!(runs(&spans).map(<[_]>::len).collect::<Vec<_>>(), [3, 1]);
    }
}
