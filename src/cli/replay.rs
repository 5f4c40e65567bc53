//! `framekeep replay`: what would other settings have kept?
//!
//! Decides again on what was seen in every frame of the last days and tells the events under the present settings beside those
//! under others. It changes nothing, and may run while Framekeep runs.

mod table;
mod time;

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::cli::Outcome;
use crate::cli::scan::{number, seconds, share};
use crate::domain::{CameraName, KeepRule, StreamId, StreamSettings, Timestamp, UserName};
use crate::library::{LibraryError, read_traces, traced_streams};
use crate::pipeline::{EndedEvent, Replayed, StreamReplay};
use crate::runtime::Options;
use table::Table;
use time::TypedTime;

/// So much before the time that is asked about is looked at too, so that what is counted from frame to frame is known.
const LEAD_IN: Duration = Duration::from_secs(30);

/// Shows what other settings would have made of the last days.
#[derive(Debug, Clone, clap::Args)]
#[command(group = clap::ArgGroup::new("settings").required(true).multiple(true))]
pub struct Args {
    /// Whose camera: anna/phone
    #[arg(value_name = "USER/CAMERA", value_parser = stream)]
    stream: StreamId,
    /// First moment: 2025-11-21T08:00 (local time), with Z, +01:00 or [Europe/Berlin] behind it, or milliseconds since 1970
    /// [default: all there is]
    #[arg(long, value_name = "TIME")]
    from: Option<TypedTime>,
    /// Up to before this moment [default: now]
    #[arg(long, value_name = "TIME")]
    to: Option<TypedTime>,
    #[command(flatten)]
    changes: Changes,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// The settings to try.
#[derive(Debug, Clone, clap::Args)]
struct Changes {
    /// Smallest moving area that counts, as a share of the picture
    #[arg(long, group = "settings", value_name = "0..1", value_parser = share)]
    smallest_area: Option<f32>,
    /// Largest moving area that counts, as a share of the picture
    #[arg(long, group = "settings", value_name = "0..1", value_parser = share)]
    largest_area: Option<f32>,
    /// Moving frames in a row before it counts
    #[arg(long, group = "settings", value_name = "FRAMES")]
    persistence: Option<u32>,
    /// Seconds in which the background is learnt and nothing is reported
    #[arg(long, group = "settings", value_name = "SECONDS", value_parser = seconds)]
    warm_up: Option<f32>,
    /// Seconds of motion before an event begins
    #[arg(long, group = "settings", value_name = "SECONDS", value_parser = seconds)]
    min_event: Option<f32>,
    /// Seconds of quiet that end an event
    #[arg(long, group = "settings", value_name = "SECONDS", value_parser = seconds)]
    gap: Option<f32>,
    /// Seconds after which a new event begins although it still moves
    #[arg(long, group = "settings", value_name = "SECONDS", value_parser = seconds)]
    longest: Option<f32>,
    /// Most frames a second that are kept while it moves
    #[arg(long, group = "settings", value_name = "N", value_parser = per_second)]
    per_second: Option<f32>,
}

/// Why nothing could be shown.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("failed to look back: --from lies after --to; give a span of time")]
    Span,
    #[error("failed to look back: there are no traces of {stream} at that time; {there}")]
    None { stream: StreamId, there: String },
}

/// Decides again and writes what came of it.
///
/// # Errors
/// When the library cannot be read or has no traces of the camera at that time.
pub fn run(args: &Args, options: &Options) -> Outcome {
    let (save_dir, settings) = (options.save_dir()?, options.settings()?);
    let present = settings.of_stream(&args.stream);
    let changed = args.changes.apply(present);
    let found = look_back(args, &save_dir, present, &changed)?;
    let text = if args.json {
        serde_json::to_string_pretty(&found.json(&args.stream))? + "\n"
    } else {
        let words = args.changes.words().join(" ");
        Table {
            stream: &args.stream,
            span: found.span,
            present: &found.present,
            changed: &found.changed,
            words: &words,
        }
        .text()
    };
    Ok(crate::cli::print(&text)?)
}

/// What came of both.
struct Found {
    /// Capture times of the first and the last frame.
    span: (Timestamp, Timestamp),
    present: Replayed,
    changed: Replayed,
}

fn look_back(
    args: &Args,
    save_dir: &Path,
    present: &StreamSettings,
    changed: &StreamSettings,
) -> Result<Found, Box<dyn std::error::Error>> {
    let from = args.from.map_or(Timestamp::from_millis(i64::MIN), |time| time.0);
    let to = args.to.map_or_else(|| SystemTime::now().into(), |time| time.0);
    if from > to {
        return Err(Error::Span.into());
    }
    let mut both = [StreamReplay::new(present), StreamReplay::new(changed)];
    let mut span = None;
    read_traces(save_dir, &args.stream, (from.minus(LEAD_IN), to), |frame| {
        let is_asked = frame.at >= from;
        for replay in &mut both {
            if is_asked { replay.push(frame) } else { replay.lead_in(frame) }
        }
        if is_asked {
            span = Some((span.map_or(frame.at, |(first, _)| first), frame.at));
        }
    })?;
    let Some(span) = span else {
        return Err(Error::None { stream: args.stream.clone(), there: there(save_dir)? }.into());
    };
    let [present, changed] = both.map(StreamReplay::finish);
    Ok(Found { span, present, changed })
}

/// Of which cameras there are traces, in words.
fn there(save_dir: &Path) -> Result<String, LibraryError> {
    let streams = traced_streams(save_dir)?
        .into_iter()
        .map(|(stream, from, to)| format!("{stream} ({} to {})", time::clock(from), time::clock(to)));
    let streams: Vec<String> = streams.collect();
    Ok(if streams.is_empty() {
        "there are none at all: let a camera run for half a minute".to_owned()
    } else {
        format!("there are some of {}", streams.join(", "))
    })
}

/// A setting as it is typed, and where it belongs.
type Decimal = (&'static str, Option<f32>, fn(&mut StreamSettings, f32));

impl Changes {
    /// All that are decimals.
    fn decimals(&self) -> [Decimal; 7] {
        [
            ("smallest-area", self.smallest_area, |settings, value| settings.motion.smallest_area = value),
            ("largest-area", self.largest_area, |settings, value| settings.motion.largest_area = value),
            ("warm-up", self.warm_up, |settings, value| settings.motion.warm_up_secs = value),
            ("min-event", self.min_event, |settings, value| settings.event.shortest_secs = value),
            ("gap", self.gap, |settings, value| settings.event.gap_secs = value),
            ("longest", self.longest, |settings, value| settings.event.longest_secs = value),
            ("per-second", self.per_second, |settings, per_second| settings.keep = KeepRule::Motion { per_second }),
        ]
    }

    fn apply(&self, present: &StreamSettings) -> StreamSettings {
        let mut settings = present.clone();
        for (_, value, put) in self.decimals() {
            if let Some(value) = value {
                put(&mut settings, value);
            }
        }
        settings.motion.persistence = self.persistence.unwrap_or(settings.motion.persistence);
        settings
    }

    /// As they were typed.
    fn words(&self) -> Vec<String> {
        let decimals = self.decimals().into_iter().filter_map(|(name, value, _)| Some(format!("--{name} {}", value?)));
        decimals.chain(self.persistence.map(|frames| format!("--persistence {frames}"))).collect()
    }
}

impl Found {
    fn json(&self, stream: &StreamId) -> Value {
        json!({
            "user": stream.user,
            "camera": stream.camera,
            "from": self.span.0,
            "to": self.span.1,
            "frames": self.present.frames,
            "present": side(&self.present),
            "changed": side(&self.changed),
        })
    }
}

fn side(found: &Replayed) -> Value {
    let event = |EndedEvent { span, end }: &EndedEvent| json!({ "start": span.start.at, "end": end.at, "peak": span.peak.at, "peak_score": span.peak_score });
    json!({
        "moving": found.moving,
        "kept": found.kept,
        "inexact": found.inexact,
        "otherwise": found.otherwise,
        "events": found.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn stream(text: &str) -> Result<StreamId, String> {
    let (user, camera) = text.split_once('/').ok_or("give USER/CAMERA, as in anna/phone")?;
    let user = UserName::new(user).map_err(|error| error.to_string())?;
    let camera = CameraName::new(camera).map_err(|error| error.to_string())?;
    Ok(StreamId { user, camera })
}

fn per_second(text: &str) -> Result<f32, String> {
    number(text, "frames a second, 0 to 1000", |value| (0.0..=1000.0).contains(&value))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn line(words: &str) -> Result<Args, String> {
        let words = ["replay"].into_iter().chain(words.split_whitespace());
        Line::try_parse_from(words).map(|line| line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_names_a_camera_and_at_least_one_setting() {
        let args = line("anna/phone --smallest-area 0.01 --persistence 3 --gap 5").unwrap();
        let changed = args.changes.apply(&StreamSettings::default());
        let mut expected = StreamSettings::default();
        (expected.motion.smallest_area, expected.motion.persistence, expected.event.gap_secs) = (0.01, 3, 5.0);
        assert_eq!(changed, expected);
        assert_eq!(args.changes.words().join(" "), "--smallest-area 0.01 --gap 5 --persistence 3");
        for (words, told) in [
            ("anna/phone", "required"),
            ("anna --gap 5", "USER/CAMERA"),
            ("anna/.. --gap 5", "name"),
            ("anna/phone --gap -1", "unexpected"),
            ("anna/phone --smallest-area 2", "0 to 1"),
            ("anna/phone --per-second x", "0 to 1000"),
            ("anna/phone --gap 5 --from yesterday", "2025-11-21T08:00"),
            ("anna/phone --gap 5 --from 20251121", "too few milliseconds"),
        ] {
            let error = line(words).unwrap_err();
            assert!(error.contains(told), "{words}: {error}");
        }
    }
}
