//! `framekeep replay` tells what other settings would have made of the last days, from the traces in a library.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use framekeep::bus::{Bus, Problems};
use framekeep::codec::TraceWriter;
use framekeep::domain::{MotionSettings, RgbPicture, StreamId, Timestamp, TracedFrame};
use framekeep::library::{Library, TraceChunk};
use framekeep::motion::Detector;
use serde_json::Value;
use tempfile::TempDir;

/// 2025-11-21 08:01:01.042 UTC.
const MORNING: i64 = 1_763_712_061_042;
/// Thirty seconds at ten frames a second.
const FRAMES: u64 = 300;

/// Grey with a little structure; from 20 s to 22 s a white box crosses it.
fn picture(number: u64) -> RgbPicture {
    let (width, height) = (160, 120);
    let left = (200..220).contains(&number).then(|| (number - 200) * 6);
    let mut data = Vec::with_capacity(width * height * 3);
    for at in 0..width * height {
        let (x, y) = ((at % width) as u64, at / width);
        let is_box = left.is_some_and(|left| (left..left + 30).contains(&x) && (40..70).contains(&y));
        let grey = if x % 40 < 2 || y % 30 < 2 { 80 } else { 112 };
        data.extend([if is_box { 255 } else { grey }; 3]);
    }
    RgbPicture { width: 160, height: 120, data }
}

/// A library with half a minute of Anna's camera "front".
fn library() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let bus = Bus::default();
    let problems = Problems::new(bus.clone());
    let library = Library::open(&root.path().join("saves"), &root.path().join("spool"), bus, problems).unwrap();
    let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
    let mut detector = Detector::new(&MotionSettings::default());
    for part in 0..3 {
        let (mut writer, mut times) = (TraceWriter::default(), Vec::new());
        for seq in part * 100..part * 100 + 100 {
            detector.detect(&picture(seq), seq as f64 / 10.0);
            let at = Timestamp::from_millis(MORNING + i64::try_from(seq).unwrap() * 100);
            writer.push(&TracedFrame { at, seq, trace: *detector.trace() });
            times.push(at);
        }
        let (from, to) = (times[0], times[99]);
        library.keep_traces(TraceChunk { stream: stream.clone(), from, to, bytes: writer.into_bytes() });
    }
    assert!(library.stop(Duration::from_secs(20)), "the library did not stop");
    root
}

fn replay(root: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.arg("replay").args(args).arg("--data-dir").arg(root.join("data")).arg("--save-dir").arg(root.join("saves"));
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(root: &Path, args: &[&str]) -> Value {
    let output = replay(root, &[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What it says when it fails.
fn refused(root: &Path, args: &[&str], code: i32) -> String {
    let output = replay(root, args);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(code), ""), "{said}");
    said
}

#[test]
fn the_present_settings_find_the_box_and_others_do_not() {
    let library = library();
    let found = json(library.path(), &["anna/front", "--smallest-area", "0.5"]);
    let (present, changed) = (&found["present"], &found["changed"]);
    assert_eq!((&found["user"], &found["camera"]), (&"anna".into(), &"front".into()));
    assert_eq!((found["frames"].as_u64(), found["from"].as_i64()), (Some(FRAMES), Some(MORNING)));
    assert_eq!(found["to"].as_i64(), Some(MORNING + 29_900));
    let [event] = present["events"].as_array().unwrap().as_slice() else { panic!("one event: {found}") };
    let start = event["start"].as_i64().unwrap() - MORNING;
    assert!((19_900..20_600).contains(&start), "{event}");
    let (moving, kept) = (present["moving"].as_u64().unwrap(), present["kept"].as_u64().unwrap());
    assert!((10..30).contains(&moving) && (1..moving).contains(&kept), "{present}");
    assert_eq!((&present["inexact"], &present["otherwise"]), (&0.into(), &0.into()), "they are the settings of then");
    assert_eq!(
        (&changed["moving"], &changed["kept"], &changed["events"]),
        (&0.into(), &0.into(), &Value::Array(vec![]))
    );
    assert!(changed["otherwise"].as_u64().unwrap() >= moving, "{changed}");
}

#[test]
fn people_get_a_table() {
    let library = library();
    let output = replay(library.path(), &["anna/front", "--smallest-area", "0.5"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("anna/front, ") && lines[0].ends_with(": 300 frames"), "{table}");
    assert!(lines[2].contains("present") && lines[2].ends_with("--smallest-area 0.5"), "{table}");
    assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["events", "1", "0"], "{table}");
    assert!(lines.iter().any(|line| line.trim_start().starts_with("2025-11-2") && line.ends_with('-')), "{table}");
}

#[test]
fn only_the_span_that_was_asked_about_is_told() {
    let library = library();
    let before = json(library.path(), &["anna/front", "--gap", "5", "--to", "2025-11-21T08:01:11.042Z"]);
    assert_eq!((before["frames"].as_u64(), &before["present"]["moving"]), (Some(100), &0.into()));
    let with = ["anna/front", "--gap", "5", "--from", "2025-11-21T03:01:20[-05:00]", "--to", "1763712085042"];
    let within = json(library.path(), &with);
    assert!(within["from"].as_i64().unwrap() > MORNING + 18_000 && within["to"].as_i64().unwrap() < MORNING + 24_000);
    assert_eq!(within["present"]["events"].as_array().unwrap().len(), 1, "{within}");
}

#[test]
fn what_cannot_be_looked_back_at_is_told_with_what_to_do() {
    let library = library();
    let said = |args: &[&str], code| refused(library.path(), &[args, &["--gap", "5"]].concat(), code);
    let backwards = said(&["anna/front", "--from", "2025-11-22T00:00Z", "--to", "2025-11-21T00:00Z"], 1);
    assert!(backwards.contains("--from lies after --to"), "{backwards}");
    let unknown = said(&["anna/back"], 1);
    assert!(unknown.contains("no traces of anna/back") && unknown.contains("Anna/front (2025-11-2"), "{unknown}");
    let earlier = said(&["anna/front", "--to", "2025-11-20T00:00Z"], 1);
    assert!(earlier.contains("no traces of anna/front at that time"), "{earlier}");
    assert!(said(&["anna/front", "--from", "20251121"], 2).contains("too few milliseconds"));
    assert!(refused(library.path(), &["anna/front"], 2).contains("required"), "no setting to try");
    let empty = tempfile::tempdir().unwrap();
    let nothing = refused(empty.path(), &["anna/front", "--gap", "5"], 1);
    assert!(nothing.contains("no frames were kept there yet"), "{nothing}");
}
