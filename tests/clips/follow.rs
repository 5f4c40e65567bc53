//! A film goes with what it shows and comes back with it: the clip of an event, picked frames, a mask.

use framekeep::domain::{Clip, ClipKind, FrameId, KeepRule, MotionSettings, SavedFrame};
use framekeep::library::{ClipFolder, ClipMade, ClipOrder, FrameQuery, Library};

use crate::road::{Road, stream, until};

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

/// An order of a film of these frames.
fn film_of(number: i64, frames: &[SavedFrame]) -> ClipOrder {
    let (first, last) = (frames.first().unwrap().captured_at, frames.last().unwrap().captured_at);
    let order = ClipOrder::new(ClipKind::Selection, number, &stream(), first, Some(last));
    let places = frames.iter().map(Library::frame_place).collect();
    ClipOrder { per_second: 5.0, frames: places, shows: frames.iter().map(|frame| frame.id.0).collect(), ..order }
}

/// An order of the mask of a clip.
fn mask_of(number: i64, clip: &Clip) -> ClipOrder {
    let order = ClipOrder::new(ClipKind::Mask, number, &stream(), clip.started_at, Some(clip.started_at));
    let (of, motion) = (Some(Library::clip_place(clip)), Some(MotionSettings::default()));
    ClipOrder { of, of_began_at: Some(clip.started_at), motion, shows: vec![clip.id.0], ..order }
}

#[test]
fn a_film_of_picked_frames_goes_with_the_last_of_them_and_comes_back_with_any() {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.keep = KeepRule::All { every_secs: 0.5 }).unwrap();
    road.somebody_crosses();
    let event_clip = road.clip();
    // From before the event, whose clip stays.
    let kept = road.kept();
    let picked = &kept[..2];
    assert!(picked.iter().all(|frame| frame.event.is_none()), "{picked:?}");
    let film = road.ordered(&film_of(21, picked));
    road.library.delete(picked[1].id).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 2, "one of what it shows is left");
    road.library.delete(picked[0].id).unwrap().unwrap();
    assert_eq!(clips(&road), std::slice::from_ref(&event_clip));
    assert!(!road.library.clip_file(&film).exists());
    road.library.restore(picked[1].id).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 2);
    assert!(road.library.clip_file(&film).exists());
    // What somebody deleted by itself does not come back with a frame.
    road.library.delete_clip(film.id).unwrap().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2));
    road.library.delete(picked[1].id).unwrap().unwrap();
    road.library.restore(picked[1].id).unwrap().unwrap();
    assert_eq!(clips(&road), [event_clip]);
}

#[test]
fn a_mask_goes_with_its_clip_and_that_with_its_event_and_all_come_back() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    let mask = road.ordered(&mask_of(22, &clip));
    let frames = frames_of(&road, &clip);
    for id in &frames {
        road.library.delete(*id).unwrap().unwrap();
    }
    assert!(clips(&road).is_empty() && !road.library.clip_file(&mask).exists());
    road.library.restore(frames[0]).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 2);
    road.library.delete_clip(clip.id).unwrap().unwrap();
    assert!(clips(&road).is_empty());
    road.library.restore_clip(clip.id).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 2);
    assert!(road.library.clip_file(&mask).exists());
}

#[test]
fn a_film_whose_frames_are_deleted_while_it_waits_to_be_taken_in_is_not_there_until_one_comes_back() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    let kept = road.kept();
    let picked = &kept[..1];
    let order = film_of(23, picked);
    // Not where anybody looks for orders, so that nobody else makes it meanwhile.
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(elsewhere.path().join(".framekeep")).unwrap();
    let folder = ClipFolder::named(elsewhere.path(), &order.name()).unwrap();
    folder.put_order(&order).unwrap();
    road.library.delete(picked[0].id).unwrap().unwrap();
    // As a worker leaves it that had the frame before it was deleted.
    std::fs::copy(road.library.clip_file(&clip), folder.film()).unwrap();
    let made =
        ClipMade { frames: 1, started_at: order.from, duration_ms: 200, width: 320, height: 240, has_sound: false };
    assert_eq!(road.library.take_clip(&folder, &order, &made).unwrap(), None);
    assert_eq!(clips(&road), [clip]);
    road.library.restore(picked[0].id).unwrap().unwrap();
    assert_eq!(clips(&road).len(), 2);
}
