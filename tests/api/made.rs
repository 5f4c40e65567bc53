//! What was made of a recording over HTTP: its facts, a video to be sought in, and small pictures.

use framekeep::domain::{MadeVideo, Missing, MovingSpan, RecordingId, Strip, VideoFormat};
use framekeep::library::{FACTS, STRIP, made_folder};
use serde_json::json;

use crate::house::House;
use crate::recordings::recorded;

/// Puts what a worker would make of a recording in its place, as it was of so many bytes.
fn made_of(house: &House, id: &str, of_bytes: u64, video: &[u8]) -> MadeVideo {
    let recording: RecordingId = id.parse().unwrap();
    let made = MadeVideo {
        recording,
        of_bytes,
        format: VideoFormat::WebM,
        bytes: video.len() as u64,
        duration_ms: 10_000,
        frames: 150,
        width: 320,
        height: 240,
        has_sound: true,
        is_copy: true,
        missing: vec![Missing::Time { told_ms: 12_000 }],
        strip: Some(Strip { columns: 10, count: 10, width: 160, height: 120, every_ms: 1000 }),
        events: vec![MovingSpan { start_ms: 4000, end_ms: 8000, peak_ms: 5000, score: 0.25 }],
    };
    let folder = house.frames.join(made_folder(recording));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("video.webm"), video).unwrap();
    std::fs::write(folder.join(STRIP), b"\xff\xd8 small pictures").unwrap();
    std::fs::write(folder.join(FACTS), serde_json::to_vec(&made).unwrap()).unwrap();
    made
}

#[test]
fn what_was_made_is_told_played_in_parts_and_of_this_version_of_the_recording_alone() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = recorded(&anna, "a", 2);
    let path = |what: &str| format!("/api/v1/recordings/{id}{what}");
    let (video, strip) = (path("/video"), path("/strip"));
    for path in [&video, &strip] {
        let answer = anna.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_made"));
    }
    assert_eq!(anna.get(&path("")).value()["made"], json!(null));

    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert!(!house.library.take_made(&made_of(&house, &id, 1, &bytes)).unwrap(), "of another recording than there is");
    assert_eq!(anna.get(&video).code(), "not_made");
    let whole = anna.get(&path("")).value()["bytes"].as_u64().unwrap();
    assert!(house.library.take_made(&made_of(&house, &id, whole, &bytes)).unwrap());

    let told = anna.get(&path("")).value()["made"].clone();
    assert_eq!(told["events"], json!([{ "start_ms": 4000, "end_ms": 8000, "peak_ms": 5000, "score": 0.25 }]));
    assert_eq!(told["missing"], json!([{ "what": "time", "told_ms": 12_000 }]));
    assert_eq!((told["duration_ms"].clone(), told["strip"]["every_ms"].clone()), (json!(10_000), json!(1000)));
    let listed = anna.get("/api/v1/recordings").value()["recordings"][0]["made"].clone();
    assert_eq!((listed["duration_ms"].clone(), listed.get("events")), (json!(10_000), None));
    let events = anna.get("/api/v1/events").value()["events"].clone();
    assert_eq!(events.as_array().unwrap().len(), 1, "what was found in it is on the timeline");

    let answer = anna.get(&video);
    assert_eq!((answer.status, answer.header("content-type")), (200, "video/webm"));
    assert!(answer.body == bytes && answer.header("accept-ranges") == "bytes");
    let part = anna.send("GET", &video, &[("Range", "bytes=1000-1999")], b"");
    assert_eq!((part.status, part.header("content-range")), (206, "bytes 1000-1999/100000"));
    assert!(part.body == bytes[1000..2000]);
    let etag = answer.header("etag").to_owned();
    assert_ne!(etag, anna.get(&path("/file")).header("etag"), "the recording as it came is another file");
    assert_eq!(anna.send("GET", &video, &[("If-None-Match", &etag)], b"").status, 304);
    let name = anna.get(&path("/video?download")).header("content-disposition").to_owned();
    assert!(name.starts_with("attachment") && name.contains(&format!("front-{id}.webm")), "{name}");
    let pictures = anna.get(&strip);
    assert_eq!((pictures.status, pictures.header("content-type")), (200, "image/jpeg"));

    assert_eq!(house.script("Ben").get(&video).status, 404);
    assert_eq!(anna.delete(&path("")).status, 204);
    assert_eq!(anna.get(&video).status, 410);
    assert_eq!(anna.get("/api/v1/events").value()["events"], json!([]), "its events go with it");
}
