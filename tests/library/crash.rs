#![cfg(unix)]
//! What was answered "saved" is there, even when the program is killed in the middle of writing.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use framekeep::library::{VerifyOptions, verify};
use tempfile::TempDir;

use crate::fixture::*;

const FOLDER: &str = "FRAMEKEEP_TEST_LIBRARY";
const FIRST: &str = "FRAMEKEEP_TEST_FIRST";

#[test]
fn what_was_answered_saved_outlives_a_kill() {
    let root = tempfile::tempdir().unwrap();
    let (saves, mut reported, mut first) = (root.path().join("saves"), BTreeSet::new(), 0);
    for round in 0..8_u64 {
        // Later kills come at other moments of the writing.
        let more = kill_after(&root, first, 20 + round * 7, Duration::from_micros(round * 371));
        assert!(more.len() >= 20, "round {round} saved only {}", more.len());
        reported.extend(more);
        first += 100_000;

        for file in files(&saves) {
            let seq: u64 = file.rsplit('_').next().unwrap().trim_end_matches(".jpg").parse().unwrap();
            assert_eq!(std::fs::read(saves.join(&file)).unwrap(), jpeg(seq), "round {round}: {file} is not whole");
        }
        let names: BTreeSet<u64> = seqs(&files(&saves));
        assert!(reported.is_subset(&names), "round {round}: {:?} are lost", reported.difference(&names));
    }

    let fixture = Fixture::reopen(root);
    let listed = fixture.library.usage(None).unwrap().0;
    assert_eq!(listed, files(&saves).len() as u64, "the index catches up with the files");
    let root = fixture.close();
    let found = verify(&saves, VerifyOptions { decode: true, mend: false }).unwrap();
    assert!(found.is_sound() && found.leftovers == 0, "{found:?}");
    drop(root);
}

/// Starts a program that saves frames from number `first` on, kills it a moment after it reported `count` of them, and gives
/// the numbers of all that it reported.
fn kill_after(root: &TempDir, first: u64, count: u64, moment: Duration) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::saves_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, root.path())
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut reported = Vec::new();
    let number = |line: &str| line.strip_prefix("saved ").map(|seq| seq.parse::<u64>().unwrap());
    while (reported.len() as u64) < count {
        reported.extend(lines.next().and_then(|line| number(&line.unwrap())));
    }
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    // What it managed to say before its end counts too; the last line may be cut off.
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    reported.extend(rest.iter().take(rest.len().saturating_sub(1)).filter_map(|line| number(line)));
    reported
}

#[test]
#[ignore = "the program that the test above starts and kills"]
fn saves_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let bus = framekeep::bus::Bus::default();
    let problems = framekeep::bus::Problems::new(bus.clone());
    let folder = std::path::PathBuf::from(folder);
    let library =
        framekeep::library::Library::open(&folder.join("saves"), &folder.join("spool"), bus, problems).unwrap();
    for seq in first.. {
        let done = Box::new(move |result: Result<_, _>| {
            let _: framekeep::domain::SavedFrame = result.unwrap();
            // One write: lines of several threads do not mix.
            println!("saved {seq}");
        });
        let mut request = framekeep::library::SaveRequest {
            frame: frame_of("Anna", "front", seq, MORNING + i64::try_from(seq).unwrap()).into(),
            preview: preview(),
            score: 0.5,
            event: None,
            peak: false,
            done,
        };
        while let Err(back) = library.save(request) {
            std::thread::sleep(Duration::from_millis(1));
            request = back;
        }
    }
}

fn seqs(files: &[String]) -> BTreeSet<u64> {
    files.iter().map(|file| file.rsplit('_').next().unwrap().trim_end_matches(".jpg").parse().unwrap()).collect()
}
