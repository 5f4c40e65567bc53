//! The ledger on disk: written while something changes, joined with what comes late, waiting while the folder is away.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use framekeep::bus::{Bus, Latest, Ledger, ProblemKind};
use framekeep::config::SettingsStore;
use framekeep::domain::{BlindCause, BlindReason, KeepRule, Label, LedgerExtract, StreamId, Timestamp};
use framekeep::library::{LedgerQuery, Library, rebuild};
use framekeep::pipeline::{Kept, Parts, Pipeline, Wish};

use crate::fixture::*;
use crate::small_disk::SmallDisk;
use crate::trouble::heavy;

/// A whole second some time ago.
fn ago(secs: u64) -> Timestamp {
    let now = Timestamp::from(SystemTime::now()).minus(Duration::from_secs(secs));
    Timestamp::from_millis(now.as_millis().div_euclid(1000) * 1000)
}

fn door() -> StreamId {
    stream("Anna", "door")
}

/// Frames twice a second of so many seconds.
fn film(ledger: &Ledger, from: Timestamp, secs: u64) {
    for half in 0..secs * 2 {
        ledger.judged(&door(), from.plus(Duration::from_millis(half * 500 + 10)), false);
    }
}

fn read(library: &Library, from: Timestamp, secs: u64) -> LedgerExtract {
    let extract =
        library.ledger(&LedgerQuery { stream: door(), from, to: from.plus(Duration::from_secs(secs)) }).unwrap();
    let sums = &extract.sums;
    assert_eq!(sums.recorded + sums.watched + sums.all_blind() + sums.not_covered, secs);
    extract
}

fn watched(library: &Library, from: Timestamp, secs: u64) -> u64 {
    read(library, from, secs).sums.watched
}

#[test]
fn what_was_told_is_there_at_once_and_after_a_restart_and_grows_by_late_frames() {
    let (fixture, ledger, start) = (Fixture::new(), Ledger::default(), ago(3000));
    fixture.library.keep_ledger(ledger.clone());
    film(&ledger, start, 10);
    film(&ledger, start.plus(Duration::from_secs(1000)), 5);
    assert_eq!(watched(&fixture.library, start, 1100), 15, "before it is on disk");

    let fixture = Fixture::reopen(fixture.close());
    assert_eq!(watched(&fixture.library, start, 1100), 15, "by the disk alone");
    let ledger = Ledger::default();
    fixture.library.keep_ledger(ledger.clone());
    film(&ledger, start.plus(Duration::from_secs(12)), 4);
    assert_eq!(watched(&fixture.library, start, 1100), 19);
    ledger.kept(&door(), start.plus(Duration::from_secs(3)));
    let fixture = Fixture::reopen(fixture.close());
    let sums = read(&fixture.library, start, 1100).sums;
    assert_eq!((sums.watched, sums.recorded), (18, 1));
}

#[test]
fn the_time_between_two_runs_is_told_as_such() {
    let (fixture, latest) = (Fixture::new(), Latest::new(Bus::default()));
    fixture.library.keep_ledger(latest.ledger().clone());
    latest.appears(&door());
    let start = ago(0);
    film(latest.ledger(), start, 1);
    latest.went_blind(&door(), start.plus(Duration::from_millis(1500)), BlindReason::Left);
    eventually("three seconds have gone", || {
        latest.ledger().advance();
        read(&fixture.library, start, 10).sums.blind.get(&BlindCause::Left).is_some_and(|secs| *secs >= 2)
    });
    let root = fixture.close();
    std::thread::sleep(Duration::from_secs(2));
    let (fixture, ledger) = (Fixture::reopen(root), Ledger::default());
    fixture.library.keep_ledger(ledger.clone());
    let labels = || {
        let labels = read(&fixture.library, start, 60).spans.into_iter().map(|span| span.label);
        labels.collect::<Vec<_>>()
    };
    let (left, away) = (Label::Blind(BlindCause::Left), Label::Blind(BlindCause::NotRunning));
    eventually("it goes on as it was", || labels() == [Label::Watched, left, away, left]);
    assert_eq!(read(&fixture.library, start, 60).covered().unwrap().0, start);
}

#[test]
fn pages_wait_while_the_folder_is_away_and_are_written_when_it_is_back() {
    let (fixture, ledger, start) = (Fixture::new(), Ledger::default(), ago(300));
    fixture.library.keep_ledger(ledger.clone());
    fixture.unplug();
    eventually("it is noticed", || fixture.problem(ProblemKind::SaveFolder).is_some());
    film(&ledger, start, 7);
    fs::create_dir(fixture.dir()).unwrap();
    eventually("it is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    let fixture = Fixture::reopen(fixture.close());
    assert_eq!(watched(&fixture.library, start, 20), 7);
}

#[test]
fn an_index_that_is_made_again_takes_the_ledger_over() {
    let (fixture, ledger, start) = (Fixture::new(), Ledger::default(), ago(300));
    fixture.library.keep_ledger(ledger.clone());
    film(&ledger, start, 7);
    let root = fixture.close();
    rebuild(&root.path().join("saves")).unwrap();
    let fixture = Fixture::reopen(root);
    assert_eq!(watched(&fixture.library, start, 20), 7);
}

#[test]
fn frames_that_a_full_disk_does_not_take_make_their_seconds_blind_until_there_is_room() {
    let root = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(root.path(), "saves", "6m") else { return };
    let (folder, spool) = (root.path().join("saves"), root.path().join("spool"));
    let bus = Bus::default();
    let (latest, problems) = (Latest::new(bus.clone()), framekeep::bus::Problems::new(bus.clone()));
    let library = Arc::new(Library::open(&folder, &spool, bus.clone(), problems.clone()).unwrap());
    library.keep_ledger(latest.ledger().clone());
    let settings = Arc::new(SettingsStore::open(root.path().join("settings.toml"), bus).unwrap());
    settings.override_with(|settings| settings.defaults.keep = KeepRule::All { every_secs: 0.0 });
    let parts = Parts { settings, library: Arc::clone(&library), latest, problems: problems.clone() };
    let pipeline = Pipeline::start(&parts).unwrap();
    // With the spool gone too nothing can wait.
    fs::remove_dir_all(&spool).unwrap();
    fs::write(&spool, "in the way").unwrap();

    let start = ago(100);
    let send = |seq: u64| {
        let (send, answer) = crossbeam_channel::bounded(1);
        let captured_at = start.plus(Duration::from_secs(seq));
        let frame = framekeep::domain::Frame { captured_at, stream: door(), ..heavy(seq) };
        let reply = Box::new(move |outcome: Result<_, _>| send.send(outcome).unwrap());
        pipeline.submit(frame, Wish::ByRule, Some(reply)).unwrap();
        let outcome: framekeep::pipeline::FrameOutcome = answer.recv_timeout(PATIENCE).unwrap().unwrap();
        matches!(outcome.kept, Kept::Saved(_))
    };
    let saved = (0..20).take_while(|seq| send(*seq)).count() as u64;
    assert!((2..20).contains(&saved), "{saved} were kept");
    assert!(!send(saved + 1));
    assert!(problems.has(ProblemKind::DiskFull));
    disk.resize("64m");
    eventually("there is room", || !problems.has(ProblemKind::DiskFull));
    let begin = Instant::now();
    while !send(saved + 2) {
        assert!(begin.elapsed() < PATIENCE, "frames are kept again");
    }
    let spans = read(&library, start, saved + 3).spans;
    let labels: Vec<_> = spans.iter().map(|span| span.label).collect();
    assert_eq!(labels, [Label::Recorded, Label::Blind(BlindCause::DiskFull), Label::Recorded]);
    assert_eq!(spans[1].to.since(spans[1].from).as_secs(), 2);
    pipeline.stop(PATIENCE);
    assert!(library.stop(PATIENCE));
}
