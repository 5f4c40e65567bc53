#![cfg(unix)]
//! What was answered of a recording is there, even when the program is killed in the middle of writing it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use framekeep::domain::{RecordingState, Timestamp};
use framekeep::library::{Library, NewRecording, RecordingError, VerifyOptions, verify};

use crate::fixture::*;
use crate::recordings::{all_of, beginning, chunk, piece};

const FOLDER: &str = "FRAMEKEEP_TEST_RECORDINGS";
const CHUNKS: u32 = 40;
const BYTES: usize = 30_000;

#[test]
fn chunks_that_were_answered_outlive_a_kill_and_every_recording_is_whole_in_the_end() {
    let mut root = tempfile::tempdir().unwrap();
    let mut kills = 0;
    // Each kill comes at another moment: in a piece, between two, while joining, while closing, while opening again.
    for (round, wanted) in (0..30_u64).zip((3..10).cycle()) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "recordings_crash::records_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, root.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told: Vec<String> = Vec::new();
        while told.iter().filter(|line| line.starts_with("put ")).count() < wanted {
            let Some(line) = lines.next() else { break };
            told.push(line);
        }
        std::thread::sleep(Duration::from_micros(round * 517));
        let _ = child.kill();
        kills += u32::from(!child.wait().unwrap().success());
        told.extend(lines);
        let fixture = Fixture::reopen(root);
        for line in &told {
            check(&fixture.library, line);
        }
        root = fixture.close();
    }
    assert!(kills >= 20, "only {kills} were killed");
    let fixture = Fixture::reopen(root);
    for number in 0..40 {
        let (recording, is_new) = fixture.library.begin_recording(numbered(number)).unwrap();
        if is_new {
            break;
        }
        finish(&fixture.library, recording.id);
        let done = fixture.library.recording(recording.id).unwrap().unwrap().recording;
        assert_eq!(done.state, RecordingState::Finished);
        let whole: Vec<u8> = (0..CHUNKS).flat_map(|seq| chunk(seq, BYTES).to_vec()).collect();
        assert!(std::fs::read(fixture.library.recording_file(&done)).unwrap() == whole, "recording {number}");
    }
    fixture.library.close_quiet_recordings(Duration::ZERO);
    let dir = fixture.dir();
    let root = fixture.close();
    let found = verify(&dir, VerifyOptions::default()).unwrap();
    assert!(found.is_sound() && found.recordings > 0, "{found:?}");
    drop(root);
}

fn numbered(number: i64) -> NewRecording {
    NewRecording { started_at: Timestamp::from_millis(MORNING + number), ..beginning(&number.to_string()) }
}

/// What a line of the killed program promised holds.
fn check(library: &Library, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["put", id, seq] => {
            let (id, seq): (_, u32) = (id.parse().unwrap(), seq.parse().unwrap());
            let known = library.recording(id).unwrap().unwrap();
            let is_there = known.have.iter().any(|(first, last)| (*first..=*last).contains(&seq));
            let later = known.recording.state != RecordingState::Open;
            assert!(is_there || later, "{line} is lost: {known:?}");
            assert!(library.put_chunk(id, &all_of(seq, &chunk(seq, BYTES))).unwrap().complete, "{line}");
        }
        ["finished", id] => {
            let known = library.recording(id.parse().unwrap()).unwrap().unwrap();
            assert_eq!(known.recording.state, RecordingState::Finished, "{line}");
        }
        _ => {}
    }
}

/// Sends what is missing, as a phone does.
fn finish(library: &Library, id: framekeep::domain::RecordingId) {
    loop {
        match library.finish_recording(id, CHUNKS, None) {
            Ok(_) => return,
            Err(RecordingError::Missing(missing)) => {
                for seq in missing.into_iter().flat_map(|(first, last)| first..=last) {
                    send(library, id, seq);
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn send(library: &Library, id: framekeep::domain::RecordingId, seq: u32) {
    let whole = chunk(seq, BYTES);
    let half = BYTES / 2;
    match library
        .put_chunk(id, &piece(seq, &whole, 0, half))
        .and_then(|_| library.put_chunk(id, &piece(seq, &whole, half, BYTES)))
    {
        Ok(stored) => assert!(stored.complete),
        Err(error) => panic!("{error}"),
    }
}

#[test]
#[ignore = "the program that the test above starts and kills"]
fn records_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = std::path::PathBuf::from(folder);
    let bus = framekeep::bus::Bus::default();
    let problems = framekeep::bus::Problems::new(bus.clone());
    let library = Library::open(&folder.join("saves"), &folder.join("spool"), bus, problems).unwrap();
    for number in 0.. {
        let (recording, _) = library.begin_recording(numbered(number)).unwrap();
        let id = recording.id;
        if recording.state == RecordingState::Finished {
            continue;
        }
        // Every third chunk comes before the one that it follows, and now and then the phone seems to be gone.
        let known = library.recording(id).unwrap().unwrap();
        let missing = |seq: &u32| !known.have.iter().any(|(first, last)| (*first..=*last).contains(seq));
        for seq in (0..CHUNKS).map(|seq| {
            if seq % 3 == 1 {
                seq + 1
            } else if seq % 3 == 2 {
                seq - 1
            } else {
                seq
            }
        }) {
            if seq < CHUNKS && missing(&seq) {
                send(&library, id, seq);
                println!("put {id} {seq}");
            }
            if seq % 8 == 5 {
                library.close_quiet_recordings(Duration::ZERO);
            }
        }
        finish(&library, id);
        println!("finished {id}");
    }
}
