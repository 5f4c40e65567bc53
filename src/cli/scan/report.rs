//! What a scan found in one input, for scripts and for people.

use serde::Serialize;

use crate::domain::Timestamp;
use crate::pipeline::EndedEvent;

/// One input's results. Serialised it is the JSON of `scan --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    pub input: String,
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub frames: u64,
    pub seconds: f64,
    pub events: Vec<EventReport>,
    pub timing: Timing,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One event: frames from 0, times in seconds since the first frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct EventReport {
    pub start_frame: u64,
    pub end_frame: u64,
    pub start_s: f64,
    pub end_s: f64,
    pub peak_frame: u64,
    pub peak_score: f32,
}

/// Mean CPU milliseconds a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Timing {
    pub decode_ms: f64,
    pub detect_ms: f64,
}

impl From<&EndedEvent> for EventReport {
    fn from(event: &EndedEvent) -> Self {
        let seconds = |at: Timestamp| at.as_millis() as f64 / 1e3;
        Self {
            start_frame: event.span.start.seq,
            end_frame: event.end.seq,
            start_s: seconds(event.span.start.at),
            end_s: seconds(event.end.at),
            peak_frame: event.span.peak.seq,
            peak_score: event.span.peak_score,
        }
    }
}

impl Report {
    /// For people: a line for the input and one for each event.
    pub fn table(&self) -> String {
        let Self { input, width, height, frames, .. } = self;
        let fps = (self.fps * 100.0).round() / 100.0;
        let events = match self.events.len() {
            0 => "no motion".to_owned(),
            1 => "1 event".to_owned(),
            count => format!("{count} events"),
        };
        let mut table =
            format!("{input}: {width}x{height}, {fps} fps, {frames} frames, {}, {events}\n", clock(self.seconds));
        if !self.events.is_empty() {
            table += "  event         start           end    seconds           frames      peak   score\n";
        }
        for (index, event) in self.events.iter().enumerate() {
            let span = format!("{}-{}", event.start_frame, event.end_frame);
            let line = format!(
                "  {:>5}  {:>12}  {:>12}  {:>9.3}  {:>15}  {:>8}  {:.4}\n",
                index + 1,
                clock(event.start_s),
                clock(event.end_s),
                event.end_s - event.start_s,
                span,
                event.peak_frame,
                event.peak_score
            );
            table += &line;
        }
        let timing = format!(
            "  CPU a frame: decoding {:.2} ms, detection {:.2} ms\n",
            self.timing.decode_ms, self.timing.detect_ms
        );
        table + &timing
    }
}

/// Hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturates")]
    let millis = (seconds.max(0.0) * 1e3).round() as u64;
    let (hours, minutes, secs) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    format!("{hours}:{minutes:02}:{secs:02}.{:03}", millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_clocks_are() {
        assert_eq!(clock(0.4), "0:00:00.400");
        assert_eq!(clock(59.9996), "0:01:00.000");
        assert_eq!(clock(90_061.5), "25:01:01.500");
    }

    #[test]
    fn the_columns_of_the_table_stand_below_their_heads() {
        let event = EventReport {
            start_frame: 9,
            end_frame: 148,
            start_s: 0.36,
            end_s: 5.92,
            peak_frame: 75,
            peak_score: 0.25,
        };
        let timing = Timing { decode_ms: 1.0, detect_ms: 2.0 };
        let report = Report {
            input: "a.mp4".into(),
            width: 8,
            height: 6,
            fps: 30_000.0 / 1001.0,
            frames: 576,
            seconds: 23.04,
            events: vec![event],
            timing,
            warnings: vec![],
        };
        let table = report.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "a.mp4: 8x6, 29.97 fps, 576 frames, 0:00:23.040, 1 event");
        for (head, cell) in [
            ("event", "1"),
            ("start", "0:00:00.360"),
            ("end", "0:00:05.920"),
            ("seconds", "5.560"),
            ("frames", "9-148"),
        ] {
            let right_edge = |line: &str, text: &str| line.find(text).map(|at| at + text.len());
            assert_eq!(right_edge(lines[1], &format!(" {head}")), right_edge(lines[2], &format!(" {cell}")), "{table}");
        }
    }
}
