//! What was kept can be listed, looked at, taken away and brought back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Client, House, jpeg, now};

/// Sends frames a second apart and gives their numbers, newest first.
fn fill(client: &Client, camera: &str, count: u32) -> Vec<String> {
    let start = now().minus(Duration::from_hours(1)).as_millis();
    let mut ids: Vec<_> = (0..count)
        .map(|number| {
            let at = (start + i64::from(number) * 1000).to_string();
            let path = format!("/api/v1/cameras/{camera}/frames");
            let answer = client.post(&path, &[("X-Captured-At", &at)], &jpeg(64, 48, number));
            answer.value()["frame"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
        })
        .collect();
    ids.reverse();
    ids
}

fn ids(page: &Value) -> Vec<String> {
    page["frames"].as_array().unwrap().iter().map(|frame| frame["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_is_given_page_by_page_newest_first() {
    let house = House::open();
    let script = house.script("Anna");
    let all = fill(&script, "door", 7);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = script.get(&format!("/api/v1/frames?limit=3&cursor={cursor}")).value();
        assert_eq!(page["count"], 7);
        assert!(page["bytes"].as_u64().unwrap() > 1000, "{page}");
        seen.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, all);
}

#[test]
fn a_part_of_a_frame_is_sent_where_that_is_asked_for() {
    let house = House::open();
    let script = house.script("Anna");
    let path = format!("/api/v1/frames/{}", fill(&script, "door", 1)[0]);
    let whole = script.get(&path);
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    let part = script.send("GET", &path, &[("Range", "bytes=10-19")], b"");
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[10..20]));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", whole.body.len()));
}

#[test]
fn a_list_is_narrowed_by_camera_time_and_user() {
    let house = House::open();
    let (script, operator) = (house.script("Anna"), house.operator());
    let door = fill(&script, "door", 3);
    let gate = fill(&script, "gate", 2);
    let of = |client: &Client, query: &str| ids(&client.get(&format!("/api/v1/frames?{query}")).value());
    assert_eq!(of(&script, "camera=DOOR"), door);
    assert_eq!(of(&script, "user=anna&camera=gate"), gate);
    assert_eq!(of(&operator, "user=Anna").len(), 5);
    assert_eq!(of(&operator, "user=Ben").len(), 0);
    assert_eq!(of(&operator, "").len(), 5);
    let second = script.get("/api/v1/frames?camera=door").value()["frames"][1]["captured_at"].as_i64().unwrap();
    assert_eq!(of(&script, &format!("camera=door&from={second}&to={}", second + 1)), door[1..2]);
    for bad in ["limit=0", "limit=501", "limit=x", "from=today", "event=x", "camera=..", "user=%00", "cursor=x"] {
        let answer = script.get(&format!("/api/v1/frames?{bad}"));
        assert_eq!(answer.status, 422, "{bad}: {}", answer.text());
        answer.code();
    }
}

#[test]
fn a_file_is_cached_by_its_own_browser_alone_and_named_when_saved() {
    let house = House::open();
    let script = house.script("Anna");
    let id = fill(&script, "door", 1).remove(0);
    let path = format!("/api/v1/frames/{id}");
    let file = script.get(&path);
    assert_eq!(file.header("cache-control"), "private, max-age=31536000, immutable");
    assert!(file.header("content-disposition").starts_with("inline; filename="), "{:?}", file.headers);
    let saved = script.get(&format!("{path}?download"));
    assert!(saved.header("content-disposition").starts_with("attachment; filename="), "{:?}", saved.headers);
    assert!(saved.header("content-disposition").contains("_door_0.jpg"), "{:?}", saved.headers);
    for path in [path.clone(), format!("{path}/thumbnail")] {
        let first = script.get(&path);
        let again = script.send("GET", &path, &[("If-None-Match", first.header("etag"))], &[]);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, first.header("etag")));
        let head = script.send("HEAD", &path, &[], &[]);
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
    let thumbnail = script.get(&format!("{path}/thumbnail"));
    assert_eq!(thumbnail.header("content-type"), "image/jpeg");
    assert!(image::load_from_memory(&thumbnail.body).is_ok());
}

#[test]
fn a_deleted_frame_is_gone_and_comes_back() {
    let house = House::open();
    let script = house.script("Anna");
    let id = fill(&script, "door", 2).remove(0);
    let path = format!("/api/v1/frames/{id}");
    let before = script.get(&path).body;
    assert_eq!(script.post(&format!("{path}/restore"), &[], b"").code(), "not_found");

    assert_eq!(script.delete(&path).status, 204);
    assert_eq!(script.get(&path).code(), "not_found");
    assert_eq!(script.get(&format!("{path}/thumbnail")).code(), "not_found");
    assert_eq!(script.delete(&path).code(), "not_found");
    assert_eq!(script.get("/api/v1/frames").value()["count"], 1);

    assert_eq!(script.post(&format!("{path}/restore"), &[], b"").status, 204);
    assert_eq!(script.get(&path).body, before);
    assert_eq!(script.get("/api/v1/frames").value()["count"], 2);
}

#[test]
fn a_file_that_somebody_took_away_is_told_and_harms_nothing() {
    let house = House::open();
    let script = house.script("Anna");
    let id = fill(&script, "door", 1).remove(0);
    let saved = house.library.frame(id.parse().unwrap()).unwrap().unwrap();
    std::fs::remove_file(house.library.file(&saved)).unwrap();
    let answer = script.get(&format!("/api/v1/frames/{id}"));
    assert_eq!((answer.status, answer.code().as_str()), (404, "file_gone"));
    // Made anew: the one that was made when the frame was kept is gone as well.
    let _ = std::fs::remove_dir_all(house.frames.join(".framekeep/thumbnails"));
    let thumbnail = script.get(&format!("/api/v1/frames/{id}/thumbnail"));
    assert_eq!((thumbnail.status, thumbnail.code().as_str()), (404, "file_gone"));
    assert!(!thumbnail.text().contains("frames/"), "{}", thumbnail.text());
    assert_eq!(script.get("/healthz").status, 200);
}

#[test]
#[cfg(unix)]
fn a_disk_that_does_not_answer_is_told_and_frames_are_taken_meanwhile() {
    let house = House::open();
    let script = house.script("Anna");
    let id = fill(&script, "door", 1).remove(0);
    let saved = house.library.frame(id.parse().unwrap()).unwrap().unwrap();
    let file = house.library.file(&saved);
    std::fs::remove_file(&file).unwrap();
    // Whoever opens a pipe that nobody writes to waits for ever, as before a disk that is gone.
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || script.get(&format!("/api/v1/frames/{id}"));
        let asking: Vec<_> = (0..40).map(|_| scope.spawn(ask)).collect();
        for seed in 0..5 {
            assert_eq!(script.frame("door", &jpeg(64, 48, seed)).status, 200);
            assert_eq!(script.get("/api/v1/me").status, 200);
        }
        asking.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    for answer in answers {
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_disk"));
    }
}

#[test]
fn events_are_listed_for_their_own_user() {
    let house = House::open();
    let stream = framekeep::domain::StreamId { user: "Anna".parse().unwrap(), camera: "door".parse().unwrap() };
    let start = now();
    let id = house.library.begin_event(&stream, start).unwrap();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    crate::house::until("the event is in the list", || {
        !anna.get("/api/v1/events").value()["events"].as_array().unwrap().is_empty()
    });
    let event = anna.get("/api/v1/events").value()["events"][0].clone();
    assert_eq!((&event["id"], &event["user"], &event["camera"]), (&json!(id), &json!("Anna"), &json!("door")));
    assert_eq!((&event["start"], &event["end"]), (&json!(start), &json!(null)));
    assert_eq!(ben.get("/api/v1/events").value()["events"], json!([]));
}
