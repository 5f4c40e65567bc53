//! A clip goes with its event and comes back with it.

use framekeep::domain::{Clip, FrameId};
use framekeep::library::FrameQuery;

use crate::road::{Road, until};

fn clips(road: &Road) -> Vec<Clip> {
    road.library.clips(&FrameQuery { limit: 10, ..FrameQuery::default() }).unwrap().0
}

/// The kept frames of the event of a clip.
fn frames_of(road: &Road, clip: &Clip) -> Vec<FrameId> {
    let event = clip.event();
    road.kept().into_iter().filter(|frame| frame.event == event).map(|frame| frame.id).collect()
}

#[test]
fn with_the_last_frame_of_its_event_a_clip_is_deleted_and_with_any_it_is_restored() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    let file = road.library.clip_file(&clip);
    let frames = frames_of(&road, &clip);
    assert!(frames.len() >= 2, "{frames:?}");
    let (last, others) = frames.split_last().unwrap();
    for id in others {
        road.library.delete(*id).unwrap().unwrap();
    }
    assert_eq!(clips(&road), std::slice::from_ref(&clip), "something of its event is left");
    road.library.delete(*last).unwrap().unwrap();
    assert!(clips(&road).is_empty() && !file.exists());
    assert!(road.library.deleted_clip(clip.id).unwrap().is_some(), "it can be restored by itself, too");
    road.library.restore(others[0]).unwrap().unwrap();
    assert_eq!(clips(&road), std::slice::from_ref(&clip));
    assert!(file.exists());
}

#[test]
fn a_clip_that_somebody_deleted_by_itself_does_not_come_back_with_a_frame() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    road.library.delete_clip(clip.id).unwrap().unwrap();
    let frames = frames_of(&road, &clip);
    // A millisecond tells the two deletions apart.
    std::thread::sleep(std::time::Duration::from_millis(2));
    for id in &frames {
        road.library.delete(*id).unwrap().unwrap();
    }
    road.library.restore(frames[0]).unwrap().unwrap();
    assert!(clips(&road).is_empty());
}

#[test]
fn a_clip_whose_event_is_deleted_while_it_is_made_is_deleted_as_well() {
    let road = Road::open();
    road.somebody_crosses();
    let event = || road.library.events(&FrameQuery { limit: 9, ..FrameQuery::default() }).unwrap().0;
    until("the event is over", || event().first().is_some_and(|event| event.end.is_some()));
    let id = event()[0].id;
    let frames: Vec<_> =
        road.kept().into_iter().filter(|frame| frame.event == Some(id)).map(|frame| frame.id).collect();
    assert!(!frames.is_empty());
    for id in &frames {
        road.library.delete(*id).unwrap().unwrap();
    }
    until("its film was made", || road.spools().is_empty());
    assert!(clips(&road).is_empty());
    road.library.restore(frames[0]).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 1);
}
