//! Devices in the operator's hands: called otherwise, given to somebody else, locked out; and what they tell of themselves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::house::{Client, House, SOON, jpeg};
use crate::raw::Line;

fn row(operator: &Client, label: &str) -> Value {
    let list = operator.get("/api/v1/devices").value();
    let devices = list["devices"].as_array().unwrap().clone();
    devices.into_iter().find(|device| device["label"] == label).unwrap_or_else(|| panic!("no {label} in {list}"))
}

fn path(device: &Value) -> String {
    format!("/api/v1/devices/{}", device["id"].as_str().unwrap())
}

#[test]
fn a_device_gets_another_label_and_another_user_and_what_it_sends_is_theirs() {
    let house = House::open();
    let (operator, phone) = (house.operator(), house.phone_of("Anna"));
    let before = phone.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    let device = row(&operator, "browser");
    assert_eq!((&device["user"], &device["role"], &device["online"]), (&json!("Anna"), &json!("camera"), &json!(true)));
    assert!(device["last_seen"].is_i64());

    let renamed = operator.json("PATCH", &path(&device), &json!({ "label": " Kitchen\u{202e} tablet " }));
    assert_eq!(renamed.status, 204, "{}", renamed.text());
    assert_eq!(row(&operator, "Kitchen tablet")["user"], "Anna");

    let given = operator.json("PATCH", &path(&device), &json!({ "user": "Ben" }));
    assert_eq!(given.status, 204, "{}", given.text());
    assert_eq!(phone.get("/api/v1/me").value()["user"], "Ben");
    let after = phone.frame("front", &jpeg(64, 48, 9)).value()["frame"].as_str().unwrap().to_owned();
    assert_eq!(operator.get("/api/v1/frames?user=Ben").value()["frames"][0]["id"], json!(after));
    assert_eq!(phone.get(&format!("/api/v1/frames/{before}")).code(), "not_found", "what was Anna's stays hers");

    assert_eq!(operator.json("PATCH", &path(&device), &json!({ "label": "Hall", "user": "a/b" })).code(), "bad_name");
    row(&operator, "Kitchen tablet");
    let nobody = operator.json("PATCH", "/api/v1/devices/0123456789abcdef", &json!({ "label": "x" }));
    assert_eq!(nobody.code(), "not_found");
}

#[test]
fn a_battery_is_told_and_shown() {
    let house = House::open();
    let (operator, phone) = (house.operator(), house.phone_of("Anna"));
    assert_eq!(row(&operator, "browser")["battery"], json!(null));
    let battery = json!({ "percent": 54, "charging": true });
    assert_eq!(phone.json("POST", "/api/v1/me/progress", &json!({ "battery": battery })).status, 204);
    assert_eq!(row(&operator, "browser")["battery"], battery);
    let wrong = phone.json("POST", "/api/v1/me/progress", &json!({ "battery": { "percent": 101, "charging": true } }));
    assert_eq!(wrong.code(), "bad_value");
}

#[test]
fn whoever_is_revoked_sees_and_hears_nothing_from_that_moment_on() {
    let house = House::open();
    let anna = house.script("Anna");
    anna.frame("front", &jpeg(64, 48, 0));
    let header = [("Authorization", anna.sends("Authorization"))];
    let mut live = Line::open(&house);
    live.head(&house, "GET /api/v1/live/Anna~front.mjpeg", &header);
    live.read_until("image/jpeg", SOON).unwrap();
    let mut events = Line::open(&house);
    events.head(&house, "GET /api/v1/stream", &header);
    events.read_until("event:problems", SOON).unwrap();

    let operator = house.operator();
    let revoked = Instant::now();
    assert_eq!(operator.delete(&path(&row(&operator, "test"))).status, 204);
    for line in [&mut live, &mut events] {
        line.read_until("\r\n0\r\n\r\n", SOON).expect("the answer ends in order");
    }
    assert!(revoked.elapsed() < Duration::from_secs(2), "{:?}", revoked.elapsed());
    assert_eq!(anna.get("/api/v1/me").code(), "unknown_session");
}
