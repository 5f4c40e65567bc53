//! `framekeep bench recordings` makes what the program makes of recordings, and tells how long that took.

use std::process::{Command, Output};

use serde_json::Value;

use crate::films::{MJPEG, SHORT, film};

fn bench(film: &[u8], arguments: &[&str]) -> Output {
    let (folder, on) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("film");
    std::fs::write(&path, film).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(["bench", "recordings", "--json", "--input"]).arg(&path).arg("--on").arg(on.path()).args(arguments);
    let output = command.output().unwrap();
    assert_eq!(std::fs::read_dir(on.path()).unwrap().count(), 0, "nothing is left behind");
    output
}

#[test]
fn it_is_told_what_was_made_and_how_fast() {
    let output = bench(&film(SHORT), &["--count", "3", "--workers", "2"]);
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["size"].as_str(), told["is_copy"].as_bool()), (Some("160x120"), Some(true)), "{told}");
    assert_eq!(told["recordings"].as_u64(), Some(3));
    let cores = std::thread::available_parallelism().unwrap().get() as u64;
    assert_eq!(told["workers"].as_u64(), Some(cores.min(2)), "at most one a core");
    let number = |name: &str| told[name].as_f64().unwrap();
    assert!((number("duration_s") - 2.0).abs() < 0.2 && number("megabytes") > 0.0, "{told}");
    // The two figures follow from the time that it took.
    let an_hour = 3.0 * 3600.0 / number("wall_s");
    assert!(number("wall_s") > 0.0 && (number("per_hour") / an_hour - 1.0).abs() < 0.05, "{told}");
    let times = 3.0 * number("duration_s") / number("wall_s");
    assert!((number("times_real_time") / times - 1.0).abs() < 0.1, "{told}");
}

#[test]
fn it_is_told_when_pictures_had_to_be_encoded_anew() {
    let output = bench(&film(MJPEG), &["--count", "1"]);
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["is_copy"].as_bool(), told["workers"].as_u64()), (Some(false), Some(1)), "{told}");
}

#[test]
fn what_is_no_recording_is_told_with_what_to_do() {
    let broken = [b"\x1a\x45\xdf\xa3".to_vec(), b"Dear diary, this is no video at all. ".repeat(500)].concat();
    for (bytes, why, what) in [
        (b"Dear diary".to_vec(), "is neither WebM nor MP4", "name one that is"),
        (broken, "a job failed, attempt 1: ", "name another video"),
    ] {
        let output = bench(&bytes, &[]);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(line.contains("failed to measure recordings: ") && line.contains(why) && line.contains(what), "{line}");
    }
}
