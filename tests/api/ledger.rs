//! What every second of a camera was can be asked for by whoever owns it, and adds up to the time that was asked for.

use framekeep::bus::ProblemKind;
use framekeep::domain::{KeepRule, Timestamp};
use serde_json::{Value, json};

use crate::house::{Client, House, jpeg, now, until};

/// Sends frames that were captured so many milliseconds after `start`.
fn film(client: &Client, camera: &str, start: i64, after: impl IntoIterator<Item = i64>) {
    for after in after {
        let at = (start + after).to_string();
        let path = format!("/api/v1/cameras/{camera}/frames");
        let answer = client.post(&path, &[("X-Captured-At", &at)], &jpeg(64, 48, 1));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

fn ledger(client: &Client, query: &str) -> Value {
    let value = client.get(&format!("/api/v1/ledger?{query}")).value();
    let seconds = value["seconds"].as_object().unwrap_or_else(|| panic!("no ledger: {value}"));
    let sum: u64 = seconds.values().map(|seconds| seconds.as_u64().unwrap()).sum();
    let asked = value["to"].as_i64().unwrap() - value["from"].as_i64().unwrap();
    assert_eq!(
        i64::try_from(sum).unwrap() * 1000,
        asked,
        "the labels and what is not covered are the time that was asked for: {value}"
    );
    let blind: u64 =
        value["blind_seconds"].as_object().unwrap().values().map(|seconds| seconds.as_u64().unwrap()).sum();
    assert_eq!(seconds["blind"], blind, "{value}");
    value
}

/// The labels of all spans with their seconds.
fn short(value: &Value) -> Vec<String> {
    let spans = value["spans"].as_array().unwrap().iter();
    let short = |span: &Value| {
        let seconds = (span["to"].as_i64().unwrap() - span["from"].as_i64().unwrap()) / 1000;
        let what = span["reason"].as_str().unwrap_or(span["label"].as_str().unwrap());
        format!("{what} {seconds}")
    };
    spans.map(short).collect()
}

/// A whole second a minute ago.
fn minute_ago() -> i64 {
    (now().as_millis() - 60_000).div_euclid(1000) * 1000
}

#[test]
fn frames_that_arrive_late_are_told_as_watched_when_they_were_captured() {
    let house = House::keeping(KeepRule::default());
    let anna = house.script("Anna");
    let start = minute_ago();
    film(&anna, "door", start, (0..10).chain(15..20).map(|half| half * 500 + 100));
    let query = format!("camera=DOOR&from={start}&to={}", start + 12_000);
    assert_eq!(short(&ledger(&anna, &query)), ["watched 5", "watched 3"], "five and a half seconds lie between");
    // What was missing comes at last, in any order.
    film(&anna, "door", start, [7_100, 5_600, 6_500, 5_100]);
    let value = ledger(&anna, &query);
    assert_eq!(short(&value), ["watched 10"]);
    assert_eq!(value["seconds"], json!({ "recorded": 0, "watched": 10, "blind": 0, "not_covered": 2 }));
    assert_eq!(value["covered"], json!({ "from": start, "to": start + 10_000 }));
}

#[test]
fn a_frame_that_is_kept_makes_its_second_a_recorded_one() {
    let house = House::open();
    let anna = house.script("Anna");
    let start = minute_ago();
    film(&anna, "door", start, [100, 1100, 2100]);
    let value = ledger(&anna, &format!("camera=door&from={start}&to={}", start + 3000));
    assert_eq!(short(&value), ["recorded 3"]);
    assert_eq!(value["spans"][0]["words"], "Recorded");
}

#[test]
fn a_phone_tells_why_it_is_blind_and_the_ledger_says_it_to_its_owner_and_the_operator_alone() {
    let house = House::keeping(KeepRule::default());
    let (anna, ben, operator) = (house.script("Anna"), house.script("Ben"), house.operator());
    let start = now().as_millis();
    film(&anna, "door", start, [0, 1]);
    assert_eq!(anna.json("POST", "/api/v1/cameras/door/state", &json!({ "state": "hidden" })).status, 204);
    let query = format!("user=Anna&camera=door&from={start}");
    let hidden = |value: &Value| value["blind_seconds"]["page_hidden"].as_u64().unwrap_or_default();
    until("three seconds are hidden", || hidden(&ledger(&anna, &query)) >= 3);
    let value = ledger(&operator, &query);
    assert_eq!(value["spans"][1]["words"], "Blind: the phone's page is in the background");
    assert_eq!(value["spans"].as_array().unwrap().len(), 2, "{value}");
    assert_eq!(ledger(&ben, "camera=door")["covered"], Value::Null);
    assert_eq!(ben.get(&format!("/api/v1/ledger?{query}")).code(), "not_found");
}

#[test]
fn a_phone_tells_afterwards_that_it_had_no_network() {
    let house = House::keeping(KeepRule::default());
    let anna = house.script("Anna");
    let start = now().as_millis();
    film(&anna, "door", start, [0]);
    let since = |reason: &str| {
        let value = ledger(&anna, &format!("camera=door&from={start}"));
        value["blind_seconds"][reason].as_u64().unwrap_or_default()
    };
    until("it is silent for some seconds", || since("silent") >= 3);
    let told = json!({ "state": "offline", "from": start, "to": now().as_millis() });
    assert_eq!(anna.json("POST", "/api/v1/cameras/door/state", &told).status, 204);
    assert!(since("offline") >= 3);
    let half = anna.json("POST", "/api/v1/cameras/door/state", &json!({ "state": "offline", "from": start }));
    assert_eq!(half.code(), "bad_value");
}

#[test]
fn dropped_frames_are_counted_in_the_span_in_which_they_were() {
    let house = House::keeping(KeepRule::default());
    let anna = house.script("Anna");
    let start = now().as_millis();
    film(&anna, "door", start, [0]);
    let stream = framekeep::domain::StreamId { user: "Anna".parse().unwrap(), camera: "door".parse().unwrap() };
    (0..14).for_each(|_| house.latest.dropped(&stream));
    until("the second is over", || now() > Timestamp::from_millis(start + 2500));
    assert_eq!(ledger(&anna, &format!("camera=door&from={}", start - 1000))["dropped"], 14);
    until("nothing comes for longer", || {
        let value = ledger(&anna, &format!("camera=door&from={start}"));
        value["blind_seconds"]["overloaded"].as_u64().unwrap_or_default() >= 1
    });
}

#[test]
fn frames_that_cannot_be_kept_make_their_seconds_blind() {
    let house = House::open();
    let anna = house.script("Anna");
    film(&anna, "door", minute_ago(), [100]);
    std::fs::remove_dir_all(&house.frames).unwrap();
    std::fs::remove_dir_all(house.frames.with_file_name("spool")).unwrap();
    let start = minute_ago() + 30_000;
    let at = (start + 100).to_string();
    let answer = anna.post("/api/v1/cameras/door/frames", &[("X-Captured-At", &at)], &jpeg(64, 48, 1));
    assert_eq!(answer.status, 507, "{}", answer.text());
    std::fs::create_dir(&house.frames).unwrap();
    until("the folder is used again", || !house.problems.has(ProblemKind::SaveFolder));
    let value = ledger(&anna, &format!("camera=door&from={start}&to={}", start + 1000));
    assert_eq!(short(&value), ["not_kept 1"]);
    film(&anna, "door", start, [200]);
    let value = ledger(&anna, &format!("camera=door&from={start}&to={}", start + 1000));
    assert_eq!(short(&value), ["recorded 1"], "another frame of it was kept");
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let house = House::open();
    let (anna, operator) = (house.script("Anna"), house.operator());
    for (client, query, code) in [
        (&anna, "", "bad_value"),
        (&operator, "camera=door", "bad_value"),
        (&operator, "user=Anna", "bad_value"),
        (&anna, "camera=..", "bad_name"),
        (&anna, "camera=door&from=today", "bad_value"),
        (&anna, "camera=door&from=0", "bad_value"),
        (&anna, "camera=door&from=-9223372036854775808&to=9223372036854775807", "bad_value"),
    ] {
        let answer = client.get(&format!("/api/v1/ledger?{query}"));
        assert_eq!((answer.status, answer.code().as_str()), (422, code), "{query}");
    }
    assert_eq!(house.phone().get("/api/v1/ledger?camera=door").code(), "no_user");
    assert_eq!(ledger(&anna, "camera=door&from=5000&to=4000")["seconds"]["not_covered"], 0);
    let ages_ago = ledger(&anna, "camera=door&from=-9223372036854775808&to=-9223372036854775808");
    assert_eq!(ages_ago["spans"], json!([]));
}

#[test]
fn seconds_of_which_there_is_a_video_are_recorded_although_nothing_moved() {
    let house = House::keeping(KeepRule::default());
    let anna = house.script("Anna");
    let start = minute_ago();
    film(&anna, "front", start, (0..10).map(|n| n * 1000 + 100));
    let query = format!("camera=front&from={start}&to={}", start + 10_000);
    assert_eq!(short(&ledger(&anna, &query)), ["watched 10"]);
    let id = crate::recordings::begin(&anna, "k").value()["id"].as_str().unwrap().to_owned();
    for (seq, end) in [(0, 5_950), (1, 7_950)] {
        let answer = crate::recordings::put_at(&anna, &id, seq, start + end);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(short(&ledger(&anna, &query)), ["watched 4", "recorded 4", "watched 2"]);
}
