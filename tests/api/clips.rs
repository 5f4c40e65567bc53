//! Clips over HTTP: their list, their films in parts, deletion and its undoing, and orders.

use framekeep::domain::{ClipKind, Draw, EventId, StreamId, Timestamp};
use framekeep::library::{ClipFolder, ClipMade, ClipOrder, Library};
use serde_json::{Value, json};

use crate::house::{Client, House, jpeg};
use crate::recordings::{begin, recorded};

/// What stands in the place of a film: the server sends bytes and looks at none.
pub const FILM: &[u8] = b"....ftypisom: a film of an event, as somebody made it";

pub fn front(user: &str) -> StreamId {
    StreamId { user: user.parse().unwrap(), camera: "front".parse().unwrap() }
}

/// A clip of an event of Anna's camera `front`, as if a job had made it.
pub fn clip(house: &House, event: i64) -> String {
    film(house, ClipKind::Event, event, &front("Anna"))
}

/// A film of somebody's camera, as if a job had made it.
pub fn film(house: &House, kind: ClipKind, number: i64, stream: &StreamId) -> String {
    let at = Timestamp::from_millis(1_790_000_000_000);
    take_in(house, &ClipOrder::new(kind, number, stream, at, Some(at)))
}

/// Takes in the film of an order, as if a job had made it, and gives its number.
fn take_in(house: &House, order: &ClipOrder) -> String {
    let (started_at, has_sound) = (order.from, false);
    let made = ClipMade { frames: 3, started_at, duration_ms: 900, width: 64, height: 48, has_sound };
    let folder = house.library.order_clip(order).unwrap();
    std::fs::write(folder.film(), FILM).unwrap();
    house.library.take_clip(&folder, order, &made).unwrap().unwrap().id.to_string()
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
    assert_eq!((order.per_second.to_bits(), order.draw), (30_f32.to_bits(), Draw::default()));
    let drawn = ask(json!({ "kind": "timelapse", "camera": "front", "from": 0, "to": day, "draw": ["time", "boxes"] }));
    let drawn = format!("timelapse-{}", drawn.value()["number"]);
    let drawn = ClipFolder::named(&house.library.save_dir(), &drawn).unwrap().order().unwrap().unwrap();
    assert_eq!(drawn.draw, Draw { boxes: true, time: true, zones: false });
    for (body, code) in [
        (json!({ "camera": "front", "from": 0, "to": day, "draw": ["clock"] }), "bad_body"),
        (json!({ "kind": "event", "camera": "front", "from": 0, "to": day }), "bad_value"),
        (json!({ "from": 0, "to": day }), "bad_value"),
        (json!({ "camera": "front" }), "bad_value"),
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

/// What was ordered, by the answer.
fn order_of(house: &House, kind: &str, answer: &Value) -> ClipOrder {
    let name = format!("{kind}-{}", answer["number"]);
    ClipFolder::named(&house.library.save_dir(), &name).unwrap().order().unwrap().unwrap()
}

/// Sends a frame that is kept, and gives its number.
fn kept(client: &Client, camera: &str, seed: u32) -> String {
    client.frame(camera, &jpeg(64, 48, seed)).value()["frame"].as_str().unwrap().to_owned()
}

#[test]
fn picked_frames_become_a_film_when_all_of_them_are_ones_own_and_of_one_camera() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let ask = |client: &Client, body: Value| client.json("POST", "/api/v1/clips", &body);
    let frames: Vec<_> = (1..=3).map(|seed| kept(&anna, "front", seed)).collect();
    let (other_camera, of_ben) = (kept(&anna, "back", 4), kept(&ben, "front", 5));
    let answer =
        ask(&anna, json!({ "kind": "selection", "frames": [frames[2], frames[0], frames[0]], "draw": ["time"] }));
    assert_eq!(answer.status, 202, "{}", answer.text());
    let order = order_of(&house, "selection", &answer.value());
    let places: Vec<_> = [&frames[0], &frames[2]]
        .map(|id| house.library.frame(id.parse().unwrap()).unwrap().unwrap())
        .iter()
        .map(Library::frame_place)
        .collect();
    assert_eq!(order.frames, places, "each once, the oldest first");
    assert_eq!((order.per_second.to_bits(), order.draw), (5_f32.to_bits(), Draw { time: true, ..Draw::default() }));

    let all = ask(&anna, json!({ "kind": "selection", "camera": "front" }));
    assert_eq!(order_of(&house, "selection", &all.value()).frames.len(), 3);
    let operator = ask(&house.operator(), json!({ "kind": "selection", "frames": [of_ben] }));
    assert_eq!(order_of(&house, "selection", &operator.value()).user, "Ben".parse().unwrap());

    let nothing = ask(&anna, json!({ "kind": "selection", "frames": ["00c0ffee00c0ffee"] }));
    let foreign = ask(&anna, json!({ "kind": "selection", "frames": [frames[0], of_ben] }));
    assert_eq!((nothing.status, foreign.text()), (404, nothing.text()));
    for (body, code) in [
        (json!({ "kind": "selection", "frames": [frames[0], other_camera] }), "bad_value"),
        (json!({ "kind": "selection" }), "bad_value"),
        (json!({ "kind": "selection", "frames": [] }), "bad_value"),
        (json!({ "kind": "selection", "frames": vec![&frames[0]; 501] }), "bad_value"),
        (json!({ "kind": "selection", "frames": ["../x"] }), "not_found"),
        (json!({ "kind": "selection", "user": "Ben" }), "not_found"),
        (json!({ "kind": "selection", "camera": "front", "to": 5 }), "not_found"),
    ] {
        let answer = ask(&anna, body.clone());
        assert_eq!(answer.code(), code, "{body}: {}", answer.text());
    }
}

#[test]
fn the_mask_is_made_of_ones_own_recording_or_clip() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let ask = |client: &Client, of: &str| client.json("POST", "/api/v1/clips", &json!({ "kind": "mask", "of": of }));
    let (recording, clip) = (recorded(&anna, "a", 1), clip(&house, 77));
    for (id, ending) in [(&recording, ".webm"), (&clip, "_event-77.mp4")] {
        let answer = ask(&anna, id);
        assert_eq!(answer.status, 202, "{}", answer.text());
        let order = order_of(&house, "mask", &answer.value());
        let of = order.of.unwrap();
        assert!(of.starts_with("Anna/") && of.ends_with(ending), "{of}");
        assert!(order.motion.is_some() && order.of_began_at.is_some());
        assert_eq!(ask(&ben, id).code(), "not_found");
    }
    let mask = film(&house, ClipKind::Mask, 5, &front("Anna"));
    assert_eq!(ask(&anna, &mask).code(), "bad_value");
    let open = begin(&anna, "b").value()["id"].as_str().unwrap().to_owned();
    assert_eq!(ask(&anna, &open).code(), "not_finished");
    assert_eq!(ask(&anna, "00c0ffee00c0ffee").code(), "not_found");
    assert_eq!(anna.json("POST", "/api/v1/clips", &json!({ "kind": "mask" })).code(), "bad_value");
}

#[test]
fn ones_own_clip_of_an_event_is_drawn_on_once_more() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let clip = clip(&house, 77);
    let ask = |client: &Client, of: &str, draw: Value| {
        client.json("POST", "/api/v1/clips", &json!({ "kind": "drawn", "of": of, "draw": draw }))
    };
    let answer = ask(&anna, &clip, json!(["boxes", "time"]));
    assert_eq!(answer.status, 202, "{}", answer.text());
    let order = order_of(&house, "drawn", &answer.value());
    assert!(order.of.unwrap().ends_with("_event-77.mp4"));
    assert_eq!(order.draw, Draw { boxes: true, time: true, zones: false });
    assert_eq!(order.to.unwrap().since(order.from), std::time::Duration::from_millis(900));
    let again = ask(&anna, &clip, json!(["zones"]));
    assert_ne!(again.value()["number"], answer.value()["number"], "another drawing is another film");
    assert_eq!(ask(&ben, &clip, json!(["time"])).code(), "not_found");
    assert_eq!(ask(&anna, "00c0ffee00c0ffee", json!(["time"])).code(), "not_found");
    assert_eq!(ask(&anna, &clip, json!([])).code(), "bad_value");
    assert_eq!(anna.json("POST", "/api/v1/clips", &json!({ "kind": "drawn", "draw": ["time"] })).code(), "bad_value");
    let drawn = film(&house, ClipKind::Drawn, 5, &front("Anna"));
    assert_eq!(ask(&anna, &drawn, json!(["time"])).code(), "bad_value");
}

#[test]
fn a_film_is_deleted_with_what_it_shows_and_restored_with_it() {
    let house = House::open();
    let anna = house.script("Anna");
    let listed = || anna.get("/api/v1/clips?ordered").value()["clips"].as_array().unwrap().len();
    let frames: Vec<_> = (1..=2).map(|seed| kept(&anna, "front", seed)).collect();
    let picked = anna.json("POST", "/api/v1/clips", &json!({ "kind": "selection", "frames": frames }));
    let recording = recorded(&anna, "a", 1);
    let mask = anna.json("POST", "/api/v1/clips", &json!({ "kind": "mask", "of": recording }));
    for (kind, answer) in [("selection", picked), ("mask", mask)] {
        take_in(&house, &order_of(&house, kind, &answer.value()));
    }
    assert_eq!(listed(), 2);
    assert_eq!(anna.json("POST", "/api/v1/trash", &json!({ "frames": frames })).status, 200);
    assert_eq!(listed(), 1);
    assert_eq!(anna.json("DELETE", "/api/v1/trash", &json!({ "frames": frames })).status, 200);
    assert_eq!(listed(), 2);
    assert_eq!(anna.delete(&format!("/api/v1/recordings/{recording}")).status, 204);
    assert_eq!(listed(), 1);
    assert_eq!(anna.post(&format!("/api/v1/recordings/{recording}/restore"), &[], &[]).status, 204);
    assert_eq!(listed(), 2);
}

#[test]
fn what_was_ordered_is_listed_apart_from_the_clips_of_events() {
    let house = House::open();
    let anna = house.script("Anna");
    clip(&house, 77);
    let ordered = [(ClipKind::Timelapse, 1), (ClipKind::Selection, 2), (ClipKind::Mask, 3), (ClipKind::Drawn, 4)]
        .map(|(kind, number)| film(&house, kind, number, &front("Anna")));
    let list = anna.get("/api/v1/clips?ordered").value();
    let mut found: Vec<_> = list["clips"].as_array().unwrap().iter().map(|clip| clip["id"].clone()).collect();
    found.sort_by_key(ToString::to_string);
    let mut expected = ordered.map(Value::from);
    expected.sort_by_key(ToString::to_string);
    assert_eq!(found, expected);
    assert_eq!(anna.get("/api/v1/clips").value()["clips"].as_array().unwrap().len(), 5);
}
