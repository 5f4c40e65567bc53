//! Recordings over HTTP: chunks in, a video out that can be seeked in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use framekeep::bus::Happening;
use framekeep::domain::{StreamId, Zone, ZoneKind};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::house::{Answer, Client, House, until};

/// A chunk of some length; the first begins as `WebM` does.
fn chunk(seq: u32, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|at| (at * 13 + seq as usize * 101).to_le_bytes()[0]).collect();
    if seq == 0 {
        bytes[..8].copy_from_slice(b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81");
    }
    bytes
}

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

type Headers<'h> = &'h [(&'h str, &'h str)];

/// Sends a whole chunk to the path of one.
pub fn put_chunk(client: &Client, path: &str, bytes: &[u8]) -> Answer {
    client.send("PUT", path, &[("Repr-Digest", &digest(bytes))], bytes)
}

fn put(client: &Client, id: &str, seq: u32, bytes: &[u8]) -> Answer {
    put_chunk(client, &format!("/api/v1/recordings/{id}/chunks/{seq}"), bytes)
}

fn put_piece(client: &Client, id: &str, seq: u32, whole: &[u8], from: usize, to: usize) -> Answer {
    let range = format!("bytes {from}-{}/{}", to - 1, whole.len());
    let headers =
        [("Content-Range", range.as_str()), ("Repr-Digest", &digest(whole)), ("X-Captured-At", "1790000000000")];
    client.send("PUT", &format!("/api/v1/recordings/{id}/chunks/{seq}"), &headers, &whole[from..to])
}

/// Sends a chunk whose last picture was taken at this time.
pub fn put_at(client: &Client, id: &str, seq: u32, captured_at: i64) -> Answer {
    let bytes = chunk(seq, 5000);
    let headers = [("Repr-Digest", digest(&bytes)), ("X-Captured-At", captured_at.to_string())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    client.send("PUT", &format!("/api/v1/recordings/{id}/chunks/{seq}"), &headers, &bytes)
}

pub fn begin(client: &Client, key: &str) -> Answer {
    let body = json!({ "camera": "front", "mime": "video/webm;codecs=vp8", "key": key });
    client.json("POST", "/api/v1/recordings", &body)
}

fn finish(client: &Client, id: &str, chunks: u32) -> Answer {
    client.json("POST", &format!("/api/v1/recordings/{id}/finish"), &json!({ "chunks": chunks }))
}

/// A finished recording of so many chunks.
pub fn recorded(client: &Client, key: &str, chunks: u32) -> String {
    let id = begin(client, key).value()["id"].as_str().unwrap().to_owned();
    for seq in 0..chunks {
        assert_eq!(put(client, &id, seq, &chunk(seq, 5000)).status, 200);
    }
    assert_eq!(finish(client, &id, chunks).status, 200);
    id
}

#[test]
fn a_phone_records_loses_its_connection_and_goes_on() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let mut listener = house.bus.listen();
    let started_at = crate::house::now().as_millis() - 60_000;
    let body = json!({ "camera": "front", "mime": "video/webm;codecs=vp8", "started_at": started_at, "key": "k1" });
    let begun = phone.json("POST", "/api/v1/recordings", &body);
    assert_eq!((begun.status, begun.value()["state"].as_str().unwrap()), (201, "open"));
    let again = phone.json("POST", "/api/v1/recordings", &body);
    assert_eq!((again.status, again.value()["id"].clone()), (200, begun.value()["id"].clone()));
    let id = begun.value()["id"].as_str().unwrap().to_owned();

    let (first, second) = (chunk(0, 3_000_000), chunk(1, 2_500_000));
    assert_eq!(
        put_piece(&phone, &id, 0, &first, 0, 1_000_000).value(),
        json!({ "seq": 0, "bytes": 1_000_000, "complete": false })
    );
    assert_eq!(put_piece(&phone, &id, 1, &second, 0, 1_000_000).status, 200);
    let gap = put_piece(&phone, &id, 0, &first, 2_000_000, 3_000_000);
    assert_eq!((gap.status, gap.code().as_str(), gap.value()["have"].clone()), (409, "gap", json!(1_000_000)));
    assert_eq!(phone.get(&format!("/api/v1/recordings/{id}/file")).code(), "not_finished");

    let known = phone.get(&format!("/api/v1/recordings/{id}")).value();
    assert_eq!(known["have"], json!([]));
    assert_eq!(known["partial"][0], json!({ "seq": 0, "have": 1_000_000, "bytes": 3_000_000 }));
    let missing = finish(&phone, &id, 2);
    assert_eq!((missing.status, missing.code().as_str()), (409, "missing_chunks"));
    assert_eq!(missing.value()["missing"], json!([[0, 1]]));
    assert_eq!(put_piece(&phone, &id, 0, &first, 1_000_000, 3_000_000).value()["complete"], true);
    assert_eq!(put_piece(&phone, &id, 1, &second, 1_000_000, 2_500_000).value()["complete"], true);
    let done = finish(&phone, &id, 2);
    assert_eq!((done.status, done.value()["state"].as_str().unwrap()), (200, "finished"));
    assert_eq!(done.value()["bytes"], 5_500_000);
    assert_eq!(finish(&phone, &id, 2).value(), done.value());

    let whole = [first, second].concat();
    let file = phone.get(&format!("/api/v1/recordings/{id}/file"));
    assert!(file.body == whole);
    let list = phone.get("/api/v1/recordings").value();
    assert_eq!((list["count"].clone(), list["bytes"].clone()), (json!(1), json!(5_500_000)));
    assert_eq!(list["recordings"][0]["started_at"], started_at);
    let mut finished = 0;
    while let Ok(happening) = listener.try_recv() {
        finished += usize::from(
            matches!(&*happening, Happening::RecordingFinished(recording) if recording.id.to_string() == id),
        );
    }
    assert_eq!(finished, 1, "it is told once");
}

#[test]
fn a_part_of_the_video_can_be_asked_for() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = recorded(&anna, "a", 2);
    let whole = [chunk(0, 5000), chunk(1, 5000)].concat();
    let path = format!("/api/v1/recordings/{id}/file");
    let all = anna.get(&path);
    assert_eq!((all.status, all.header("accept-ranges"), all.header("content-type")), (200, "bytes", "video/webm"));
    assert!(all.body == whole && all.header("content-length") == "10000");
    let range = |range: &str| anna.send("GET", &path, &[("Range", range)], b"");
    let part = range("bytes=4990-5009");
    assert_eq!((part.status, part.header("content-range")), (206, "bytes 4990-5009/10000"));
    assert_eq!(part.body, whole[4990..5010]);
    assert_eq!(range("bytes=-1").body, whole[9999..]);
    let beyond = range("bytes=10000-");
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */10000"));
    let head = anna.send("HEAD", &path, &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "10000", 0));
    let known = anna.send("GET", &path, &[("If-None-Match", all.header("etag"))], b"");
    assert_eq!(known.status, 304);
    let download = anna.get(&format!("{path}?download"));
    assert!(download.header("content-disposition").starts_with("attachment; filename=\""), "{:?}", download.headers);
    assert!(download.header("content-disposition").contains(&format!("front_{id}.webm")));
}

#[test]
fn what_is_wrong_with_a_chunk_is_told_and_changes_nothing() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = begin(&anna, "a").value()["id"].as_str().unwrap().to_owned();
    let path = |seq: &str| format!("/api/v1/recordings/{id}/chunks/{seq}");
    let bytes = chunk(0, 2000);
    let cases: [(&str, &str, Headers, &[u8]); 11] = [
        ("0", "bad_value", &[], &bytes),
        ("0", "bad_value", &[("Repr-Digest", "sha-256=nonsense")], &bytes),
        ("0", "wrong_checksum", &[("Repr-Digest", &digest(b"other"))], &bytes),
        ("0", "not_a_video", &[("Repr-Digest", &digest(b"text named webm"))], b"text named webm"),
        ("0", "bad_body", &[("Repr-Digest", &digest(b""))], b""),
        ("0", "bad_value", &[("Repr-Digest", &digest(&bytes)), ("Content-Range", "bytes 0-5/2000")], &bytes),
        ("0", "too_large", &[("Repr-Digest", &digest(&bytes)), ("Content-Range", "bytes 0-1999/100000001")], &bytes),
        ("0", "bad_time", &[("Repr-Digest", &digest(&bytes)), ("X-Captured-At", "noon")], &bytes),
        ("-1", "bad_value", &[("Repr-Digest", &digest(&bytes))], &bytes),
        ("1000000", "bad_value", &[("Repr-Digest", &digest(&bytes))], &bytes),
        ("1500", "too_far_ahead", &[("Repr-Digest", &digest(&bytes))], &bytes),
    ];
    for (seq, code, headers, body) in cases {
        let answer = anna.send("PUT", &path(seq), headers, body);
        assert_eq!(answer.code(), code, "{seq} {headers:?}");
    }
    let large = vec![7; (4 << 20) + 1];
    assert_eq!(put(&anna, &id, 0, &large).code(), "too_large");
    let known = anna.get(&format!("/api/v1/recordings/{id}")).value();
    assert_eq!(
        (known["have"].clone(), known["partial"].clone(), known["bytes"].clone()),
        (json!([]), json!([]), json!(0))
    );

    assert_eq!(put(&anna, &id, 0, &bytes).status, 200);
    assert_eq!(put(&anna, &id, 0, &bytes).status, 200, "twice is once");
    let other = put(&anna, &id, 0, &chunk(0, 2001));
    assert_eq!((other.status, other.code().as_str()), (409, "contradiction"));
    assert_eq!(anna.get(&format!("/api/v1/recordings/{id}")).value()["bytes"], 2000);
}

#[test]
fn a_beginning_and_an_end_are_read_strictly() {
    let house = House::open();
    let anna = house.script("Anna");
    let post = |body: Value| anna.json("POST", "/api/v1/recordings", &body);
    let far = crate::house::now().as_millis() + 3 * 86_400_000;
    for (body, code) in [
        (json!({}), "bad_body"),
        (json!({ "camera": "a/b", "mime": "video/webm" }), "bad_name"),
        (json!({ "camera": "front", "mime": "text/plain" }), "not_a_video"),
        (json!({ "camera": "front", "mime": format!("video/webm;{}", "x".repeat(200)) }), "bad_value"),
        (json!({ "camera": "front", "mime": "video/webm", "key": "" }), "bad_value"),
        (json!({ "camera": "front", "mime": "video/webm", "started_at": far }), "bad_time"),
        (json!({ "camera": "front", "mime": "video/webm", "started_at": 0 }), "bad_time"),
    ] {
        assert_eq!(post(body.clone()).code(), code, "{body}");
    }
    let id = begin(&anna, "a").value()["id"].as_str().unwrap().to_owned();
    let other = post(json!({ "camera": "back", "mime": "video/webm", "key": "a" }));
    assert_eq!((other.status, other.code().as_str()), (409, "contradiction"));
    for chunks in [json!(0), json!(1_000_001), json!(-1), json!("two"), Value::Null] {
        let answer = anna.json("POST", &format!("/api/v1/recordings/{id}/finish"), &json!({ "chunks": chunks }));
        assert_eq!(answer.status, 422, "{chunks}");
    }
    assert_eq!(
        house.phone().json("POST", "/api/v1/recordings", &json!({ "camera": "a", "mime": "video/mp4" })).code(),
        "no_user"
    );
    let unnamed = || post(json!({ "camera": "front", "mime": "video/mp4" })).value()["id"].clone();
    assert_ne!(unnamed(), unnamed(), "without a key each beginning is one of its own");
    for open in 3..16 {
        assert_eq!(begin(&anna, &open.to_string()).status, 201);
    }
    let many = begin(&anna, "one more");
    assert_eq!((many.status, many.code().as_str(), many.header("retry-after")), (429, "too_many_recordings", "10"));
}

#[test]
fn a_deleted_recording_answers_gone_to_its_owner_and_comes_back() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = recorded(&anna, "a", 1);
    let path = format!("/api/v1/recordings/{id}");
    assert_eq!(anna.delete(&path).status, 204);
    for answer in [
        anna.get(&path),
        anna.get(&format!("{path}/file")),
        anna.delete(&path),
        put(&anna, &id, 1, &chunk(1, 10)),
        finish(&anna, &id, 1),
        begin(&anna, "a"),
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (410, "deleted"));
    }
    assert_eq!(anna.get("/api/v1/recordings").value()["count"], 0);
    assert_eq!(anna.post(&format!("{path}/restore"), &[], b"").status, 204);
    assert_eq!(anna.post(&format!("{path}/restore"), &[], b"").code(), "not_found");
    assert_eq!(anna.get(&format!("{path}/file")).status, 200);
}

#[test]
fn a_camera_with_a_private_zone_is_not_recorded() {
    let zone = Zone::rectangle(ZoneKind::Private, 0.0, 0.0, 0.5, 0.5);
    let front = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
    let house = House::with(|settings| {
        let mut own = settings.defaults.clone();
        own.motion.zones.push(zone);
        settings.set_stream(&front, own);
    });
    let anna = house.script("Anna");
    let refused = begin(&anna, "a");
    assert_eq!((refused.status, refused.code().as_str()), (409, "private_zone"));
    let back = anna.json("POST", "/api/v1/recordings", &json!({ "camera": "back", "mime": "video/webm" }));
    assert_eq!(back.status, 201);
    assert!(!house.frames.join("Anna").exists());
}

#[test]
fn a_page_hears_of_recordings() {
    let house = House::open();
    let anna = house.script("Anna");
    let mut page = crate::streams::Page::open(&house, &anna);
    let id = recorded(&anna, "a", 1);
    for state in ["open", "finished"] {
        let heard = page.hear("recording");
        assert_eq!((heard["id"].as_str().unwrap(), heard["state"].as_str().unwrap()), (id.as_str(), state));
    }
    assert_eq!(anna.delete(&format!("/api/v1/recordings/{id}")).status, 204);
    assert_eq!(page.hear("recording"), json!({ "id": id, "state": "deleted" }));
    until("the list is empty", || anna.get("/api/v1/recordings").value()["count"] == 0);
}
