use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use framekeep::domain::{EventId, SavedFrame, Timestamp};
use framekeep::library::{FrameQuery, LibraryError, Verified, VerifyOptions, rebuild, verify};
use tempfile::TempDir;

use crate::fixture::*;

const MEND: VerifyOptions = VerifyOptions { decode: true, mend: true };

/// A closed library with five frames, the middle ones of one event.
fn closed_library() -> (TempDir, Vec<SavedFrame>, EventId) {
    let fixture = Fixture::new();
    let event = fixture.library.begin_event(&stream("Anna", "front"), Timestamp::from_millis(MORNING + 100)).unwrap();
    for seq in 0..5 {
        let event = Some(event).filter(|_| (1..4).contains(&seq));
        fixture.hand_in(frame(seq), 0.5, event).recv_timeout(PATIENCE).unwrap().unwrap();
    }
    let frames = fixture.all();
    assert_eq!(frames.len(), 5);
    (fixture.close(), frames, event)
}

fn index(root: &TempDir) -> std::path::PathBuf {
    root.path().join("saves/.framekeep/index.sqlite")
}

fn check(root: &TempDir) -> Verified {
    verify(&root.path().join("saves"), VerifyOptions { decode: true, mend: false }).unwrap()
}

fn without_what_names_do_not_say(frames: &[SavedFrame]) -> Vec<SavedFrame> {
    frames.iter().map(|frame| SavedFrame { score: 0.0, event: None, ..frame.clone() }).collect()
}

#[test]
fn a_lost_index_is_made_again_from_the_names() {
    let (root, frames, _) = closed_library();
    fs::remove_file(index(&root)).unwrap();
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all(), without_what_names_do_not_say(&frames));
    assert!(check(&fixture.close()).is_sound());
}

#[test]
fn an_index_that_is_no_database_is_moved_aside_and_made_again() {
    let (root, frames, _) = closed_library();
    fs::write(index(&root), "this is no database ".repeat(1000)).unwrap();
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all(), without_what_names_do_not_say(&frames));
    let old = fixture.dir().join(".framekeep/index.old.sqlite");
    assert!(fs::read(old).unwrap().starts_with(b"this is no database"));
}

#[test]
fn an_index_with_damaged_pages_is_made_again() {
    let (root, frames, _) = closed_library();
    damage(&index(&root));
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all().len(), frames.len());
}

#[test]
fn an_index_that_is_damaged_while_framekeep_runs_is_made_again_by_itself() {
    let (root, frames, _) = closed_library();
    let path = index(&root);
    let fixture = Fixture::reopen(root);
    damage(&path);
    let list = || fixture.library.frames(&FrameQuery { limit: 50, ..FrameQuery::default() });
    assert!(list().is_err(), "the damage is noticed");
    fixture.keep(frame(10)).unwrap();
    eventually("the list is whole again", || list().is_ok_and(|page| page.frames.len() == frames.len() + 1));
    eventually("the problem is over", || fixture.problems.list().is_empty());
}

/// Writes over the pages of the tables. The first page, with the schema, stays.
fn damage(index: &Path) {
    let size = fs::metadata(index).unwrap().len();
    let mut file = fs::File::options().write(true).open(index).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0x55; usize::try_from(size).unwrap() - 4096]).unwrap();
}

#[test]
fn a_rebuild_keeps_scores_and_events_of_an_index_that_can_be_read() {
    let (root, frames, event) = closed_library();
    let rebuilt = rebuild(&root.path().join("saves")).unwrap();
    assert_eq!((rebuilt.added, rebuilt.unreadable), (5, 0));
    let fixture = Fixture::reopen(root);
    // The event was still going on when the library was closed; now it is over, and its best frame is its peak.
    let peak = fixture.all().into_iter().find(|frame| frame.peak).expect("the event has a peak");
    assert_eq!(peak.event, Some(event));
    let expected: Vec<SavedFrame> =
        frames.into_iter().map(|frame| SavedFrame { peak: frame.id == peak.id, ..frame }).collect();
    assert_eq!(fixture.all(), expected);
    let events = fixture.library.events(&FrameQuery { limit: 9, ..FrameQuery::default() }).unwrap().0;
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [event]);
}

#[test]
fn a_rebuild_waits_until_framekeep_is_closed() {
    let fixture = Fixture::new();
    fixture.keep(frame(1)).unwrap();
    assert!(matches!(rebuild(&fixture.dir()), Err(LibraryError::InUse { .. })));
    assert!(matches!(verify(&fixture.dir(), MEND), Err(LibraryError::InUse { .. })));
    assert!(verify(&fixture.dir(), VerifyOptions::default()).unwrap().is_sound(), "looking is allowed");
}

#[test]
fn a_rebuild_of_a_folder_that_is_not_there_makes_none() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("missing");
    assert!(matches!(rebuild(&missing), Err(LibraryError::Folder { .. })));
    assert!(!missing.exists());
}

#[test]
fn frames_that_were_copied_in_show_up_at_the_next_start() {
    let (root, ..) = closed_library();
    let day = root.path().join("saves/Ben/2025-11-21");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("080101.042Z_porch_1.jpg"), jpeg(9)).unwrap();
    fs::write(day.join("notes.txt"), "not ours").unwrap();
    fs::write(day.join("080101.042Z_porch_2.jpg"), "not a picture").unwrap();
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all().len(), 6);
    assert!(day.join("notes.txt").exists() && day.join("080101.042Z_porch_2.jpg").exists(), "left where they are");
}

#[test]
fn verify_finds_nothing_wrong_with_a_library_that_was_closed() {
    let (root, ..) = closed_library();
    assert_eq!(check(&root), Verified { files: 5, ..Verified::default() });
}

#[test]
fn verify_names_every_kind_of_damage_and_mends_what_it_can() {
    let (root, frames, _) = closed_library();
    let saves = root.path().join("saves");
    let path = |frame: &SavedFrame| {
        let number = frame.seq;
        saves.join(format!("Anna/2025-11-21/080101.{:03}Z_front_{number}.jpg", 42 + number * 100))
    };
    // Newest first: 4 is cut short, 3 is gone, 2 was replaced by hand, 1 has lost its thumbnail.
    let bytes = fs::read(path(&frames[0])).unwrap();
    fs::write(path(&frames[0]), &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(path(&frames[1])).unwrap();
    fs::write(path(&frames[2]), jpeg(77)).unwrap();
    let name = frames[3].id.to_string();
    fs::remove_file(saves.join(".framekeep/thumbnails").join(&name[..2]).join(format!("{name}.jpg"))).unwrap();
    fs::write(saves.join("Anna/2025-11-21/090000.000Z_front_9.jpg"), jpeg(9)).unwrap();
    fs::write(saves.join(".framekeep/tmp/new-x.part"), "half a frame").unwrap();

    let found = check(&root);
    let counts = (found.files, found.files_without_row, found.rows_without_file, found.unreadable, found.wrong_sizes);
    assert_eq!(counts, (5, 1, 1, 1, 1), "{found:?}");
    assert_eq!((found.missing_thumbnails, found.leftovers), (2, 1), "{found:?}");
    assert!(!found.is_sound());
    assert!(found.examples.iter().any(|example| example.contains("cut short")), "{found:?}");

    verify(&saves, MEND).unwrap();
    let left = check(&root);
    assert_eq!(left, Verified { files: 5, unreadable: 1, examples: left.examples.clone(), ..Verified::default() });
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all().len(), 5);
}

#[test]
fn verify_changes_nothing_unless_told() {
    let (root, ..) = closed_library();
    let day = root.path().join("saves/Anna/2025-11-21");
    fs::write(day.join("090000.000Z_front_9.jpg"), jpeg(9)).unwrap();
    assert_eq!(check(&root).files_without_row, 1);
    assert_eq!(check(&root).files_without_row, 1);
}

#[test]
fn verify_of_a_folder_without_index_says_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    let error = verify(root.path(), VerifyOptions::default()).unwrap_err();
    assert!(error.to_string().contains("framekeep library rebuild"), "{error}");
    assert!(!Path::new(&root.path().join(".framekeep")).exists());
}
