use std::fs;

use bytes::Bytes;
use framekeep::bus::{Bus, ProblemKind, Problems};
use framekeep::domain::{Frame, Picture, PictureFormat, SavedFrame, Timestamp};
use framekeep::library::{FrameQuery, Library, LibraryError};

use crate::fixture::*;
use crate::small_disk::SmallDisk;

#[test]
fn frames_wait_in_the_spool_while_the_folder_is_gone_and_come_back_with_it() {
    let fixture = Fixture::new();
    fixture.keep(frame(1)).unwrap();
    fixture.unplug();
    let event = fixture.library.begin_event(&stream("Anna", "front"), Timestamp::from_millis(MORNING)).unwrap();
    let saved = fixture.hand_in(frame(2), 0.75, Some(event)).recv_timeout(PATIENCE).unwrap().unwrap();
    assert_eq!(fs::read(fixture.library.file(&saved)).unwrap(), jpeg(2), "it is on disk, if not in the folder");
    let problem = fixture.problem(ProblemKind::SaveFolder).expect("it is told");
    assert!(problem.what.contains("is gone") && problem.what.contains("wait in"), "{problem:?}");
    assert!(!fixture.dir().exists(), "a folder that is gone may be an unplugged disk: it is not made again");

    fs::create_dir(fixture.dir()).unwrap();
    eventually("the problem is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    let all = fixture.all();
    // Where the index that went with the folder had the event, only this frame tells of it, and is its peak.
    let expected = SavedFrame { peak: all[0].peak, ..saved };
    assert_eq!(all, [expected], "with its score and its event");
    assert_eq!(fs::read(fixture.dir().join("Anna/2025-11-21/080101.242Z_front_2.jpg")).unwrap(), jpeg(2));
    assert!(files(&fixture.spool()).is_empty(), "{:?}", files(&fixture.spool()));
    eventually("the event is in the new index", || {
        let events = fixture.library.events(&FrameQuery { limit: 9, ..FrameQuery::default() }).unwrap().0;
        events.iter().any(|listed| listed.id == event)
    });
    fixture.keep(frame(3)).unwrap();
    assert_eq!(fixture.all().len(), 2);
}

#[test]
fn a_folder_that_goes_while_nothing_happens_is_told_too() {
    let fixture = Fixture::new();
    fs::rename(fixture.dir(), fixture.root.path().join("elsewhere")).unwrap();
    eventually("it is told", || fixture.problem(ProblemKind::SaveFolder).is_some());
    fs::rename(fixture.root.path().join("elsewhere"), fixture.dir()).unwrap();
    eventually("it is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
}

#[test]
fn a_folder_that_was_deleted_on_purpose_can_be_chosen_again() {
    let fixture = Fixture::new();
    fixture.unplug();
    let saved = fixture.keep(frame(1)).unwrap();
    fixture.library.change_save_dir(&fixture.dir()).unwrap();
    assert!(fixture.problem(ProblemKind::SaveFolder).is_none());
    eventually("what waited is there", || fixture.all() == [saved.clone()]);
}

#[test]
fn what_waits_goes_to_the_folder_that_is_chosen_instead() {
    let fixture = Fixture::new();
    fixture.unplug();
    let saved = fixture.keep(frame(1)).unwrap();
    let other = fixture.root.path().join("other");
    fixture.library.change_save_dir(&other).unwrap();
    eventually("what waited is there", || fixture.all() == [saved.clone()]);
    assert!(fixture.library.file(&saved).starts_with(other));
    assert!(!fixture.dir().exists());
}

#[test]
fn what_waits_outlives_a_restart() {
    let fixture = Fixture::new();
    fixture.unplug();
    let saved: Vec<_> = (0..20).map(|seq| fixture.keep(frame(seq)).unwrap()).collect();
    let fixture = Fixture::reopen(fixture.close());
    eventually("all are there", || fixture.all().len() == 20);
    let mut all = fixture.all();
    all.reverse();
    assert_eq!(all, saved);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_with_the_reason_and_recovers() {
    let fixture = Fixture::new();
    let temporary = fixture.dir().join(".framekeep/tmp");
    fs::remove_dir_all(&temporary).unwrap();
    fs::write(&temporary, "in the way").unwrap();
    let saved = fixture.keep(frame(1)).unwrap();
    let problem = fixture.problem(ProblemKind::SaveFolder).expect("it is told");
    assert!(problem.what.contains("cannot be written"), "{problem:?}");
    fs::remove_file(&temporary).unwrap();
    eventually("it is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    assert_eq!(fixture.all(), [saved]);
}

#[test]
fn where_nothing_can_be_written_the_answer_says_so() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.spool()).unwrap();
    fixture.unplug();
    let error = fixture.keep(frame(1)).unwrap_err().to_string();
    assert!(error.contains("could not be kept") && error.contains("choose another"), "{error}");
    let problem = fixture.problem(ProblemKind::SaveFolder).unwrap();
    assert!(problem.what.contains("cannot be kept"), "{problem:?}");
    fs::create_dir(fixture.dir()).unwrap();
    eventually("it is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    assert!(fixture.keep(frame(2)).is_ok());
}

#[test]
fn a_library_can_start_before_its_disk_is_plugged_in() {
    let root = tempfile::tempdir().unwrap();
    let (folder, spool) = (root.path().join("stick/saves"), root.path().join("spool"));
    let bus = Bus::default();
    let problems = Problems::new(bus.clone());
    let why = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let library = Library::open_spooling(&folder, &spool, bus, problems.clone(), &why).unwrap();
    assert_eq!(problems.list().len(), 1);
    let fixture = Fixture { listener: Bus::default().listen(), root, library, problems };
    let saved = fixture.keep(frame(1)).unwrap();
    assert!(fixture.all().is_empty() && !folder.exists());
    fs::create_dir_all(&folder).unwrap();
    eventually("it is used", || fixture.all() == [saved.clone()]);
    assert!(fixture.library.file(&saved).starts_with(&folder));
}

#[test]
fn a_name_that_the_folder_cannot_hold_costs_that_frame_alone() {
    let fixture = Fixture::new();
    fs::write(fixture.dir().join("README.md"), "not a folder").unwrap();
    let error = fixture.keep(frame_of("README.md", "front", 1, MORNING)).unwrap_err().to_string();
    assert!(error.contains("README.md/2025-11-21"), "{error}");
    assert!(fixture.problems.list().is_empty(), "{:?}", fixture.problems.list());
    fixture.keep(frame(1)).unwrap();
    assert_eq!(files(&fixture.dir()), ["Anna/2025-11-21/080101.142Z_front_1.jpg", "README.md"], "not in the spool");
}

#[test]
fn a_thousand_frames_of_one_name_cost_the_next_of_that_name_alone() {
    let fixture = Fixture::new();
    let day = fixture.dir().join("Anna/2025-11-21");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("080101.142Z_front_1.jpg"), "another").unwrap();
    for copy in 2..=1000 {
        fs::write(day.join(format!("080101.142Z_front_1.{copy}.jpg")), "another").unwrap();
    }
    let error = fixture.keep(frame(1)).unwrap_err().to_string();
    assert!(error.contains("1000 others"), "{error}");
    fixture.keep(frame(2)).unwrap();
    assert!(fixture.problems.list().is_empty() && files(&fixture.spool()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_user_folder_that_is_closed_costs_the_frames_of_that_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    as_ordinary_user();
    let fixture = Fixture::new();
    fs::create_dir(fixture.dir().join("Ben")).unwrap();
    fs::set_permissions(fixture.dir().join("Ben"), fs::Permissions::from_mode(0o500)).unwrap();
    let error = fixture.keep(frame_of("Ben", "front", 1, MORNING)).unwrap_err().to_string();
    assert!(error.contains("Ben/2025-11-21") && error.contains("denied"), "{error}");
    fixture.keep(frame(1)).unwrap();
    assert!(fixture.problems.list().is_empty() && files(&fixture.spool()).is_empty());
}

#[test]
fn one_frame_that_the_folder_does_not_take_does_not_hold_up_those_that_wait_behind_it() {
    let fixture = Fixture::new();
    fixture.unplug();
    fixture.keep(frame_of("Anna.txt", "front", 1, MORNING)).unwrap();
    let behind = fixture.keep(frame_of("Ben", "front", 2, MORNING)).unwrap();
    fs::create_dir(fixture.dir()).unwrap();
    fs::write(fixture.dir().join("Anna.txt"), "not a folder").unwrap();
    eventually("the problem is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    assert_eq!(fixture.all(), [behind]);
    assert!(files(&fixture.spool()).is_empty());
    assert_eq!(fs::read_dir(fixture.spool().join(".aside")).unwrap().count(), 1, "it is not thrown away");
}

#[cfg(unix)]
#[test]
fn folders_that_are_not_ours_or_closed_do_not_keep_a_library_from_opening() {
    use std::os::unix::fs::PermissionsExt;
    as_ordinary_user();
    let fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    fixture.keep(frame_of("Ben", "front", 2, MORNING)).unwrap();
    let (dir, root) = (fixture.dir(), fixture.close());
    fs::create_dir(dir.join("lost+found")).unwrap();
    fs::remove_dir_all(dir.join(".framekeep")).unwrap();
    for closed in ["lost+found", "Ben"] {
        fs::set_permissions(dir.join(closed), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let fixture = Fixture::reopen(root);
    assert_eq!(fixture.all().iter().map(|frame| frame.id).collect::<Vec<_>>(), [saved.id]);
    let found = framekeep::library::verify(&dir, framekeep::library::VerifyOptions::default()).unwrap();
    assert_eq!((found.files, found.unread_folders), (1, 1), "only Ben's is one of ours");
    fs::set_permissions(dir.join("Ben"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_frame_in_a_folder_that_is_away_is_not_taken_for_deleted() {
    let fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    let away = fixture.root.path().join("away");
    fs::rename(fixture.dir(), &away).unwrap();
    let error = fixture.library.delete(saved.id).unwrap_err();
    assert!(matches!(error, LibraryError::Folder { .. }), "{error}");
    fs::rename(away, fixture.dir()).unwrap();
    eventually("it is listed again", || fixture.all() == [saved.clone()]);
    eventually("it can be deleted", || fixture.library.delete(saved.id).is_ok());
}

#[test]
fn while_frames_are_lost_nothing_says_that_they_wait() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.spool()).unwrap();
    fixture.unplug();
    fixture.keep(frame(1)).unwrap_err();
    let words = || fixture.problem(ProblemKind::SaveFolder).unwrap().what;
    // Longer than the folder takes to be looked at again.
    let begin = std::time::Instant::now();
    while begin.elapsed() < std::time::Duration::from_millis(2500) {
        assert!(words().contains("are lost"), "{}", words());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    fs::create_dir_all(fixture.spool().join(".new")).unwrap();
    fixture.keep(frame(2)).unwrap();
    assert!(words().contains("New frames wait") && !words().contains("lost"), "{}", words());
}

#[test]
fn a_full_disk_loses_nothing_that_was_answered_saved() {
    let root = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(root.path(), "saves", "6m") else { return };
    let fixture = Fixture::reopen(root);
    for seq in 0..12 {
        fixture.keep(heavy(seq)).unwrap();
    }
    let problem = fixture.problem(ProblemKind::DiskFull).expect("it is told");
    assert!(problem.what.contains("is full"), "{problem:?}");
    let (kept, waiting) = (files(&fixture.dir()).len(), files(&fixture.spool()).len());
    assert!(kept > 2 && waiting > 2, "{kept} kept, {waiting} files wait");
    assert!(fixture.problem(ProblemKind::SaveFolder).is_none());

    disk.resize("64m");
    eventually("the problem is over", || fixture.problem(ProblemKind::DiskFull).is_none());
    assert_eq!(fixture.all().len(), 12);
    for saved in fixture.all() {
        let stored = fs::read(fixture.library.file(&saved)).unwrap();
        assert!(heavy(saved.seq).picture.bytes() == &stored);
    }
    assert!(files(&fixture.spool()).is_empty());
    drop(fixture.close());
}

#[test]
fn a_library_on_a_full_disk_opens_all_the_same() {
    let root = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(root.path(), "saves", "8m") else { return };
    let fixture = Fixture::reopen(root);
    fixture.keep(frame(1)).unwrap();
    let root = fixture.close();
    // Fills the disk to its last byte.
    let _ = fs::write(root.path().join("saves/filler"), vec![1; 9 << 20]);
    let fixture = Fixture::reopen(root);
    assert!(fixture.problem(ProblemKind::DiskFull).is_some());
    fixture.keep(frame(2)).unwrap();
    fs::remove_file(fixture.dir().join("filler")).unwrap();
    eventually("both frames are listed", || fixture.all().len() == 2);
    eventually("the problem is over", || fixture.problem(ProblemKind::DiskFull).is_none());
    let root = fixture.close();
    drop(disk);
    drop(root);
}

#[test]
fn an_unplugged_disk_leaves_no_frames_below_its_place() {
    let root = tempfile::tempdir().unwrap();
    let Some(stick) = SmallDisk::mount(root.path(), "stick", "16m") else { return };
    let saves = root.path().join("saves");
    fs::create_dir(&saves).unwrap();
    stick.plug_in(&saves);
    let fixture = Fixture::reopen(root);
    fixture.keep(frame(1)).unwrap();
    stick.unplug(&saves);
    fixture.keep(frame(2)).unwrap();
    // Long enough for the folder to be looked at again.
    eventually("it is told", || {
        fixture.problem(ProblemKind::SaveFolder).is_some_and(|problem| problem.what.contains("not mounted"))
    });
    assert_eq!(fs::read_dir(&saves).unwrap().count(), 0, "the bare place where the disk was mounted stays empty");
    stick.plug_in(&saves);
    eventually("it is over", || fixture.problem(ProblemKind::SaveFolder).is_none());
    assert_eq!(fixture.all().iter().map(|frame| frame.seq).collect::<Vec<_>>(), [2, 1]);
    let root = fixture.close();
    stick.unplug(&saves);
    drop(stick);
    drop(root);
}

/// A frame of 700 kilobytes: zeros behind the end of a JPEG belong to the file and not to the picture.
pub fn heavy(seq: u64) -> Frame {
    let mut bytes = jpeg(seq);
    bytes.resize(700_000, 0);
    let bytes = Bytes::from(bytes);
    Frame { picture: Picture::Encoded { width: 64, height: 48, format: PictureFormat::Jpeg, bytes }, ..frame(seq) }
}
