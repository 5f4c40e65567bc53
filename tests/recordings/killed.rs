//! Programs that are killed while they work: every recording that was finished is made of once, whole, frame by frame.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use framekeep::domain::RecordingId;
use framekeep::video::Tools;

use crate::films::{self, SHORT, film};
use crate::studio::{Studio, names_in};

const FOLDER: &str = "FRAMEKEEP_TEST_STUDIO";
const LONG: Duration = Duration::from_mins(4);

/// All recordings of a studio are made of, and each is as it was sent.
pub fn assert_all_made(studio: &Studio, finished: &[RecordingId]) {
    let end = Instant::now() + LONG;
    let recording = |id: RecordingId| studio.library.recording(id).unwrap().expect("it was finished").recording;
    for id in finished {
        while studio.library.made(&recording(*id)).unwrap().is_none() {
            assert!(Instant::now() < end, "{id} is not made: {:?}", studio.jobs());
            std::thread::sleep(Duration::from_millis(50));
        }
        let recording = recording(*id);
        let made = studio.library.made(&recording).unwrap().unwrap();
        assert_eq!(made.missing, []);
        assert!(std::fs::read(studio.original_of(&recording)).unwrap() == film(SHORT), "{id} has other bytes");
        let (video, original) = (studio.video_of(&made), studio.original_of(&recording));
        assert_eq!(films::frame_checksums(&video), films::frame_checksums(&original), "{id}");
        assert_eq!(names_in(video.parent().unwrap()), ["made.json", "strip.jpg", "video.webm"]);
    }
    let made = names_in(&studio.frames().join(".framekeep/made/recordings"));
    let mut expected: Vec<String> = finished.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(made, expected, "each is there once");
}

#[test]
fn a_program_that_is_killed_at_any_moment_makes_every_recording_in_the_end() {
    let root = tempfile::tempdir().unwrap();
    // Every process would write its own in other bytes.
    let sent = root.path().join("sent.webm");
    std::fs::write(&sent, film(SHORT)).unwrap();
    let mut finished = Vec::new();
    let mut kills = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::records_and_works_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, root.path())
            .env("FRAMEKEEP_TEST_ROUND", round.to_string())
            .env("FRAMEKEEP_TEST_FILM", &sent)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Each kill comes at another moment: while a recording is closed, its job is begun, or ffmpeg runs for it.
        let mut told: Vec<String> = Vec::new();
        while !told.last().is_some_and(|line| line.starts_with("finished ")) {
            told.push(lines.next().expect("it tells what it does"));
        }
        std::thread::sleep(Duration::from_millis(round * 131 % 1700));
        let _ = child.kill();
        kills += u32::from(!child.wait().unwrap().success());
        told.extend(lines);
        let ids = told.iter().filter_map(|line| line.strip_prefix("finished "));
        finished.extend(ids.map(|id| id.parse::<RecordingId>().unwrap()));
    }
    assert!(kills >= 10 && finished.len() >= 12, "{kills} kills, {} recordings", finished.len());
    let mut studio = Studio::at(root.path(), None);
    studio.start(Tools::default());
    // One that was closed in the moment of a kill was not told; it counts as well.
    let all =
        studio.library.recordings(&framekeep::library::FrameQuery { limit: 500, ..Default::default() }).unwrap().0;
    let closed: Vec<RecordingId> = all
        .iter()
        .filter(|recording| recording.state == framekeep::domain::RecordingState::Finished)
        .map(|recording| recording.id)
        .collect();
    assert!(finished.iter().all(|id| closed.contains(id)), "what was told to be finished is there");
    assert_all_made(&studio, &closed);
}

#[test]
#[ignore = "a process that another test starts and kills"]
fn records_and_works_until_it_is_killed() {
    let root = std::env::var_os(FOLDER).expect("another test starts this");
    let round = std::env::var("FRAMEKEEP_TEST_ROUND").unwrap();
    let bytes = std::fs::read(std::env::var_os("FRAMEKEEP_TEST_FILM").unwrap()).unwrap();
    let mut studio = Studio::at(Path::new(&root), None);
    studio.start(Tools::default());
    for number in 0.. {
        let recording = studio.record(&format!("{round}-{number}"), &bytes, SHORT.media_type, 2000);
        println!("finished {}", recording.id);
        std::thread::sleep(Duration::from_millis(700));
    }
}

#[test]
fn workers_of_other_processes_that_are_killed_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let redis = crate::places::Redis::start(folder.path());
    let queue = framekeep::jobs::JobQueue::redis(&redis.url()).unwrap();
    let mut studio = Studio::idle(Some(queue));
    // It forwards and collects, and leaves the work to others.
    studio.start_without_workers();
    let ids: Vec<RecordingId> =
        (0..6).map(|number| studio.record(&number.to_string(), &film(SHORT), SHORT.media_type, 2000).id).collect();
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_framekeep"))
            .args(["worker", "--queue", &redis.url(), "--workers", "1", "--save-dir"])
            .arg(studio.frames())
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut workers = [start(), start()];
    for round in 0..4_u64 {
        std::thread::sleep(Duration::from_millis(900 + round * 370));
        let number = usize::try_from(round % 2).unwrap();
        workers[number].kill().unwrap();
        workers[number].wait().unwrap();
        workers[number] = start();
    }
    assert_all_made(&studio, &ids);
    for worker in &mut workers {
        let _ = worker.kill();
        let _ = worker.wait();
    }
}
