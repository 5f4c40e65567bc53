use framekeep::bus::Happening;
use framekeep::domain::{Event, Timestamp};
use framekeep::library::FrameQuery;

use crate::fixture::*;

fn at(after: i64) -> Timestamp {
    Timestamp::from_millis(MORNING + after)
}

fn list(fixture: &Fixture) -> Vec<Event> {
    fixture.library.events(&FrameQuery { limit: 100, ..FrameQuery::default() }).unwrap().0
}

#[test]
fn an_event_is_told_when_it_begins_and_when_it_ends_and_is_listed() {
    let mut fixture = Fixture::new();
    let id = fixture.library.begin_event(&stream("Anna", "front"), at(0)).unwrap();
    assert!(matches!(&*fixture.listener.try_recv().unwrap(), Happening::Event(event) if event.end.is_none()));
    let event =
        Event { id, stream: stream("Anna", "front"), start: at(0), end: Some(at(900)), peak: at(300), peak_score: 0.5 };
    fixture.library.update_event(&Event { end: None, ..event.clone() }).unwrap();
    fixture.library.update_event(&event).unwrap();
    assert!(matches!(&*fixture.listener.try_recv().unwrap(), Happening::Event(told) if *told == event));
    eventually("the event is listed with its end", || list(&fixture) == [event.clone()]);
    let fixture = Fixture::reopen(fixture.close());
    assert_eq!(list(&fixture), [event]);
}

#[test]
fn numbers_of_events_grow_even_when_the_index_is_lost() {
    let fixture = Fixture::new();
    let mut last = fixture.library.begin_event(&stream("Anna", "front"), at(0)).unwrap();
    for _ in 0..5 {
        let next = fixture.library.begin_event(&stream("Ben", "back"), at(0)).unwrap();
        assert!(next > last);
        last = next;
    }
    let root = fixture.close();
    std::fs::remove_file(root.path().join("saves/.framekeep/index.sqlite")).unwrap();
    let fixture = Fixture::reopen(root);
    assert!(fixture.library.begin_event(&stream("Anna", "front"), at(0)).unwrap() > last);
}

#[test]
fn events_are_paged_newest_first() {
    let fixture = Fixture::new();
    let ids: Vec<_> = (0..5).map(|n| fixture.library.begin_event(&stream("Anna", "front"), at(n)).unwrap()).collect();
    eventually("all events are listed", || list(&fixture).len() == 5);
    let mut query = FrameQuery { limit: 2, user: Some("anna".parse().unwrap()), ..FrameQuery::default() };
    let mut seen = Vec::new();
    loop {
        let (events, next) = fixture.library.events(&query).unwrap();
        seen.extend(events.iter().map(|event| event.id));
        query.cursor = next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert!(seen.iter().rev().eq(ids.iter()), "{seen:?}");
}

#[test]
fn an_event_that_was_cut_off_ends_with_its_last_frame() {
    let fixture = Fixture::new();
    let id = fixture.library.begin_event(&stream("Anna", "front"), at(0)).unwrap();
    for seq in 1..4 {
        fixture.hand_in(frame(seq), 0.5, Some(id)).recv_timeout(PATIENCE).unwrap().unwrap();
    }
    let fixture = Fixture::reopen(fixture.close());
    assert_eq!(list(&fixture)[0].end, Some(at(300)));
}
