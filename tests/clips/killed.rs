//! The program is killed in the middle of an event: what there is becomes a clip at the next start.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::road::{ffprobe, files, until};

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(["serve", "--camera", "demo", "--listen", "127.0.0.1:0"]);
    command.arg("--data-dir").arg(folder.join("data")).arg("--save-dir").arg(folder.join("frames"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn an_event_in_the_middle_of_which_the_program_is_killed_becomes_a_clip() {
    let folder = tempfile::tempdir().unwrap();
    let frames = folder.path().join("frames");
    let mut program = start(folder.path());
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    until("frames of an event are spooled", || {
        files(&frames, "frames.mkv").iter().any(|spool| length(spool) > 400_000)
    });
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(files(&frames, ".mp4").is_empty(), "the event went on");
    let spooled = ffprobe(&files(&frames, "frames.mkv")[0], &["-show_packets"])["packets"].as_array().unwrap().len();

    let mut program = start(folder.path());
    let clips =
        || files(&frames, ".mp4").into_iter().filter(|file| file.parent().is_some_and(|at| at.ends_with("clips")));
    until("it is a clip", || clips().next().is_some());
    let clip = clips().next().unwrap();
    let found = ffprobe(&clip, &["-show_packets", "-show_streams"]);
    let shown = found["packets"].as_array().unwrap().len();
    assert_eq!(found["streams"][0]["codec_name"], "h264");
    assert!(shown > 0 && (shown == spooled || shown + 1 == spooled), "{shown} of {spooled} frames are shown");
    program.kill().unwrap();
    program.wait().unwrap();
}

#[test]
fn a_recording_in_the_middle_of_which_the_program_is_killed_is_playable_to_its_last_second() {
    let folder = tempfile::tempdir().unwrap();
    let frames = folder.path().join("frames");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/settings.toml"), "[record]\nalways = true\n[defaults.clip]\non = false\n")
        .unwrap();
    let mut program = start(folder.path());
    let own = frames.join(".framekeep/recordings/own");
    let seconds = |file: &Path| -> f64 {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0"])
            .arg(file)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().last().and_then(|line| line.trim_end_matches(',').parse().ok()).unwrap_or_default()
    };
    let began = std::time::Instant::now();
    until("some seconds are recorded", || files(&own, ".mp4").first().is_some_and(|file| seconds(file) > 3.0));
    program.kill().unwrap();
    program.wait().unwrap();
    let lasted = began.elapsed().as_secs_f64();
    let file = files(&own, ".mp4").remove(0);
    let recorded = seconds(&file);
    assert!(recorded > 3.0 && recorded <= lasted, "{recorded} of at most {lasted} seconds");

    let mut program = start(folder.path());
    let name = file.file_name().unwrap().to_owned();
    let is_there = || {
        files(&frames, ".mp4").into_iter().find(|found| {
            found.file_name() == Some(&name) && found.parent().is_some_and(|at| at.ends_with("recordings"))
        })
    };
    until("it has its name", || is_there().is_some());
    assert!(seconds(&is_there().unwrap()) >= recorded);
    program.kill().unwrap();
    program.wait().unwrap();
}
