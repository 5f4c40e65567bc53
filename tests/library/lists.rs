use framekeep::bus::Happening;
use framekeep::domain::{SavedFrame, Timestamp};
use framekeep::library::{FrameQuery, LibraryError};

use crate::fixture::*;

fn seqs(frames: &[SavedFrame]) -> Vec<u64> {
    frames.iter().map(|frame| frame.seq).collect()
}

#[test]
fn lists_are_newest_first_and_pages_join_without_gap_while_frames_come_in() {
    let fixture = Fixture::new();
    for seq in 0..10 {
        fixture.keep(frame(seq)).unwrap();
    }
    let mut query = FrameQuery { limit: 3, ..FrameQuery::default() };
    let mut seen = Vec::new();
    for page_number in 0.. {
        let page = fixture.library.frames(&query).unwrap();
        seen.extend(seqs(&page.frames));
        // Newer frames come in while somebody pages: they shift nothing.
        fixture.keep(frame(100 + page_number)).unwrap();
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn frames_of_one_millisecond_are_paged_too() {
    let fixture = Fixture::new();
    for seq in 0..7 {
        fixture.keep(frame_of("Anna", "front", seq, MORNING)).unwrap();
    }
    let mut query = FrameQuery { limit: 2, ..FrameQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = fixture.library.frames(&query).unwrap();
        seen.extend(seqs(&page.frames));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn all_conditions_hold_together() {
    let fixture = Fixture::new();
    let event = fixture.library.begin_event(&stream("Anna", "front"), Timestamp::from_millis(MORNING)).unwrap();
    fixture.hand_in(frame(1), 0.5, Some(event)).recv_timeout(PATIENCE).unwrap().unwrap();
    for (user, camera, seq) in [("Anna", "front", 2), ("anna", "back", 3), ("Ben", "front", 4)] {
        fixture.keep(frame_of(user, camera, seq, MORNING + i64::try_from(seq).unwrap() * 100)).unwrap();
    }
    let list = |query: FrameQuery| seqs(&fixture.library.frames(&FrameQuery { limit: 50, ..query }).unwrap().frames);
    let time = |after| Some(Timestamp::from_millis(MORNING + after));
    let all = FrameQuery::default;
    assert_eq!(list(all()), [4, 3, 2, 1]);
    assert_eq!(list(FrameQuery { user: Some("ANNA".parse().unwrap()), ..all() }), [3, 2, 1]);
    assert_eq!(list(FrameQuery { camera: Some("Front".parse().unwrap()), ..all() }), [4, 2, 1]);
    assert_eq!(list(FrameQuery { event: Some(event), ..all() }), [1]);
    assert_eq!(list(FrameQuery { from: time(200), to: time(400), ..all() }), [3, 2]);
    let (anna, front) = (Some("anna".parse().unwrap()), Some("front".parse().unwrap()));
    assert_eq!(list(FrameQuery { user: anna, camera: front, from: time(200), ..all() }), [2]);
    let users: Vec<_> = fixture.library.users().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(users, ["Anna", "Ben"]);
    assert_eq!(fixture.library.usage(None).unwrap().0, 4);
    assert_eq!(fixture.library.usage(Some(&"ben".parse().unwrap())).unwrap(), (1, jpeg(4).len() as u64));
}

#[test]
fn a_made_up_cursor_is_refused() {
    let fixture = Fixture::new();
    let query = FrameQuery { cursor: Some("1; DROP TABLE frames".into()), limit: 1, ..FrameQuery::default() };
    assert!(matches!(fixture.library.frames(&query), Err(LibraryError::Cursor)));
    assert!(matches!(fixture.library.events(&query), Err(LibraryError::Cursor)));
}

#[test]
fn a_deleted_frame_is_gone_from_lists_and_can_be_restored() {
    let mut fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    let _ = fixture.listener.try_recv();
    assert_eq!(fixture.library.delete(saved.id).unwrap().as_ref(), Some(&saved));
    assert!(matches!(&*fixture.listener.try_recv().unwrap(), Happening::FrameDeleted { id, .. } if *id == saved.id));
    assert!(fixture.all().is_empty() && files(&fixture.dir()).is_empty());
    assert_eq!(fixture.library.delete(saved.id).unwrap(), None);

    let mut fixture = Fixture::reopen(fixture.close());
    assert_eq!(fixture.library.restore(saved.id).unwrap().as_ref(), Some(&saved));
    assert!(matches!(&*fixture.listener.try_recv().unwrap(), Happening::FrameRestored(frame) if frame.id == saved.id));
    assert_eq!(fixture.all(), std::slice::from_ref(&saved));
    assert_eq!(std::fs::read(fixture.library.file(&saved)).unwrap(), jpeg(1));
    assert_eq!(fixture.library.restore(saved.id).unwrap(), None);
}

#[test]
fn a_deletion_can_be_taken_back_after_the_index_was_made_again() {
    let fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    fixture.library.delete(saved.id).unwrap();
    let root = fixture.close();
    framekeep::library::rebuild(&root.path().join("saves")).unwrap();
    let fixture = Fixture::reopen(root);
    assert!(fixture.all().is_empty());
    assert_eq!(fixture.library.restore(saved.id).unwrap(), Some(saved));
}

#[test]
fn ten_minutes_later_a_deletion_is_final() {
    let fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    fixture.library.delete(saved.id).unwrap();
    let root = fixture.close();
    let trash = root.path().join("saves/.framekeep/trash");
    let file = std::fs::read_dir(&trash).unwrap().next().unwrap().unwrap();
    // As if it had been deleted eleven minutes ago.
    let name = file.file_name().into_string().unwrap();
    let (deleted_at, rest) = name.split_once('_').unwrap();
    let earlier = deleted_at.parse::<i64>().unwrap() - 11 * 60 * 1000;
    std::fs::rename(file.path(), trash.join(format!("{earlier}_{rest}"))).unwrap();

    let fixture = Fixture::reopen(root);
    eventually("the trash is empty", || std::fs::read_dir(&trash).unwrap().count() == 0);
    assert!(fixture.library.restore(saved.id).map_or(true, |restored| restored.is_none()));
    assert!(files(&fixture.dir()).is_empty());
}
