//! Clips over HTTP: their list, their films in parts, deletion and its undoing, and the order of a time-lapse.

use framekeep::domain::{ClipKind, EventId, Timestamp};
use framekeep::library::{ClipFolder, ClipMade, ClipOrder};
use serde_json::{Value, json};

use crate::house::House;

/// What stands in the place of a film: the server sends bytes and looks at none.
pub const FILM: &[u8] = b"....ftypisom: a film of an event, as somebody made it";

/// A clip of an event of Anna's camera `front`, as if a job had made it.
pub fn clip(house: &House, event: i64) -> String {
    let at = Timestamp::from_millis(1_790_000_000_000);
    let order = ClipOrder {
        kind: ClipKind::Event,
        number: event,
        user: "Anna".parse().unwrap(),
        camera: "front".parse().unwrap(),
        from: at,
        to: Some(at),
        of: None,
        of_began_at: None,
        per_second: 0.0,
    };
    let made = ClipMade { frames: 3, started_at: at, duration_ms: 900, width: 64, height: 48, has_sound: false };
    let folder = house.library.order_clip(&order).unwrap();
    std::fs::write(folder.film(), FILM).unwrap();
    house.library.take_clip(&folder, &order, &made).unwrap().unwrap().id.to_string()
}

#[test]
fn a_clip_is_listed_with_its_event_and_sent_whole_and_in_parts() {
    let house = House::open();
    let anna = house.script("Anna");
    let (id, other) = (clip(&house, 77), clip(&house, 78));
    let list = anna.get("/api/v1/clips").value();
    assert_eq!((list["count"].as_u64(), list["bytes"].as_u64()), (Some(2), Some(2 * FILM.len() as u64)));
    let found = anna.get("/api/v1/clips?event=77").value();
    let expected = json!({
        "id": id, "kind": "event", "number": 77, "event": 77, "user": "Anna", "camera": "front",
        "started_at": 1_790_000_000_000_i64, "bytes": FILM.len(), "duration_ms": 900, "has_sound": false
    });
    assert_eq!(found["clips"], Value::Array(vec![expected]));
    let whole = anna.get(&format!("/api/v1/clips/{id}"));
    assert_eq!((whole.status, &whole.body[..]), (200, FILM));
    assert_eq!(whole.headers["content-type"], "video/mp4");
    let part = anna.send("GET", &format!("/api/v1/clips/{id}"), &[("Range", "bytes=4-7")], b"");
    assert_eq!((part.status, &part.body[..]), (206, &b"ftyp"[..]));
    assert_ne!(id, other);
    let event = house.library.clips_of(EventId(78)).unwrap();
    assert_eq!(event[0].id.to_string(), other);
    let path = house.library.clip_file(&event[0]);
    assert!(path.ends_with("Anna/clips/2026-09-21T141320.000Z_front_event-78.mp4"), "{path:?}");
}

#[test]
fn a_deleted_clip_is_gone_and_can_be_restored() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = clip(&house, 77);
    let path = format!("/api/v1/clips/{id}");
    assert_eq!(anna.delete(&path).status, 204);
    assert_eq!(anna.get(&path).status, 404);
    assert_eq!(anna.get("/api/v1/clips").value()["count"], 0);
    assert_eq!(anna.post(&format!("{path}/restore"), &[], b"").status, 204);
    assert_eq!(anna.get(&path).body, FILM);
    assert_eq!(anna.post(&format!("{path}/restore"), &[], b"").status, 404, "it is not deleted");
}

#[test]
fn a_time_lapse_is_ordered_for_ones_own_camera_and_a_span_that_makes_sense() {
    let house = House::open();
    let anna = house.script("Anna");
    let ask = |body: Value| anna.json("POST", "/api/v1/clips", &body);
    let day = 24 * 3_600_000_i64;
    let ordered = ask(json!({ "camera": "front", "from": 0, "to": day }));
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    let number = ordered.value()["number"].as_i64().unwrap();
    let folder = ClipFolder::named(&house.library.save_dir(), &format!("timelapse-{number}")).unwrap();
    let order = folder.order().unwrap().unwrap();
    assert_eq!(
        (order.user.as_str(), order.camera.as_str(), order.to),
        ("Anna", "front", Some(Timestamp::from_millis(day)))
    );
    for (body, code) in [
        (json!({ "camera": "front", "from": day, "to": 0 }), "bad_value"),
        (json!({ "camera": "front", "from": 0, "to": 15 * day }), "bad_value"),
        (json!({ "camera": "front", "from": 0, "to": day, "per_second": 0.5 }), "bad_value"),
        (json!({ "camera": "../x", "from": 0, "to": day }), "bad_name"),
        (json!({ "camera": "front", "from": 0, "to": day, "user": "Ben" }), "not_found"),
    ] {
        let answer = ask(body.clone());
        assert_eq!(answer.code(), code, "{body}: {}", answer.text());
    }
}
