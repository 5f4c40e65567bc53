//! What was seen in every frame can be asked for by whoever owns the camera.

use serde_json::json;

use crate::house::{Client, House, jpeg, now, until};

/// Sends so many frames 100 ms apart, then one that is so much later that the others are handed on.
fn film(client: &Client, camera: &str, count: i64) -> i64 {
    let start = now().as_millis() - 60_000;
    for (number, after) in (0..count).map(|number| number * 100).chain([30_000]).enumerate() {
        let (at, seq) = ((start + after).to_string(), number.to_string());
        let path = format!("/api/v1/cameras/{camera}/frames");
        let answer = client.post(&path, &[("X-Captured-At", &at), ("X-Seq", &seq)], &jpeg(64, 48, 1));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    start
}

#[test]
fn traces_are_given_page_by_page_oldest_first_to_their_owner_and_to_the_operator() {
    let house = House::open();
    let (anna, ben, operator) = (house.script("Anna"), house.script("Ben"), house.operator());
    let start = film(&anna, "door", 20);
    let list = |client: &Client, query: &str| client.get(&format!("/api/v1/traces?{query}")).value();
    until("the traces are in the index", || !list(&anna, "camera=door")["traces"].as_array().unwrap().is_empty());
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&anna, &format!("camera=DOOR&limit=7&cursor={cursor}"));
        seen.extend(page["traces"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let times: Vec<_> = seen.iter().map(|trace| trace["at"].as_i64().unwrap() - start).collect();
    assert_eq!(times, (0..20).map(|number| number * 100).collect::<Vec<_>>());
    assert_eq!((&seen[0]["verdict"], &seen[0]["first"]), (&json!("warming_up"), &json!(true)));
    assert_eq!(
        (&seen[19]["verdict"], &seen[19]["grid"], &seen[19]["seq"]),
        (&json!("still"), &json!(null), &json!(19))
    );
    assert_eq!(seen[19]["interval_ms"], 100.0);

    let within = format!("user=anna&camera=door&from={}&to={}", start + 300, start + 500);
    assert_eq!(list(&operator, &within)["traces"].as_array().unwrap().len(), 2);
    assert_eq!(list(&ben, "camera=door"), json!({ "traces": [], "next": null }));
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
        (&anna, "camera=door&limit=501", "bad_value"),
        (&anna, "camera=door&from=today", "bad_value"),
        (&anna, "camera=door&cursor=5_x", "bad_cursor"),
    ] {
        let answer = client.get(&format!("/api/v1/traces?{query}"));
        assert_eq!((answer.status, answer.code().as_str()), (422, code), "{query}");
    }
    assert_eq!(house.phone().get("/api/v1/traces?camera=door").code(), "no_user");
}
