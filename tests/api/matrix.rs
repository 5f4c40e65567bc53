//! Every route with every object of somebody else, from the route table: whatever Ben asks with what he guessed of Anna's, he
//! reads nothing of hers and changes nothing of hers. It knows no route: a new one is tried as soon as it stands in the table.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use framekeep::domain::{ClipKind, StreamId};
use framekeep::library::ClipFolder;
use framekeep::server::route::{Endpoint, ROUTES, Route, Who};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clips::film;
use crate::house::{Answer, Client, House, SOON, jpeg, now, until};
use crate::isolation::{body_for, path_of};
use crate::previews::wall;
use crate::raw::Line;
use crate::recordings::{begin, put_chunk, recorded};

/// Names that stand nowhere by chance.
const ANNA: &str = "Anna-Quendel";
const CAMERA: &str = "kitchen-sorrel";

/// What Anna has, by the words by which it would be known in an answer.
struct Things {
    /// Numbers of her frames, recordings and films, her streams, her device and her cameras: what stands in paths.
    objects: Vec<String>,
    frame: String,
    event: u64,
    /// A part of the bytes of each of her files.
    bytes: Vec<Vec<u8>>,
}

fn anna_s_things(house: &House, anna: &Client) -> Things {
    let text = |answer: Answer, key: &str| answer.value()[key].as_str().unwrap().to_owned();
    let mut objects = vec![format!("{ANNA}~{CAMERA}"), CAMERA.to_owned(), ANNA.to_owned()];
    // Somebody crosses her kitchen: an event, and frames that belong to it.
    let mut event = None;
    let began = now().as_millis() - 60_000;
    for n in 0..24 {
        let headers = [("Content-Type", "image/jpeg"), ("X-Captured-At", &(began + n * 200).to_string())];
        let square = (10..20).contains(&n).then(|| u32::try_from(n - 10).unwrap() * 8);
        let answer = anna.post(&format!("/api/v1/cameras/{CAMERA}/frames"), &headers, &wall(640, 480, square)).value();
        event = event.or(answer["event"].as_u64());
        objects.extend(answer["frame"].as_str().map(str::to_owned));
    }
    let frame = objects[3].clone();
    let gone = objects.pop().unwrap();
    assert_eq!(anna.delete(&format!("/api/v1/frames/{gone}")).status, 204);
    let (whole, deleted) = (recorded(anna, "a", 2), recorded(anna, "b", 1));
    assert_eq!(anna.delete(&format!("/api/v1/recordings/{deleted}")).status, 204);
    let open = text(begin(anna, "c"), "id");
    assert_eq!(
        put_chunk(anna, &format!("/api/v1/recordings/{open}/chunks/0"), b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81Anna").status,
        200
    );
    let stream = StreamId { user: ANNA.parse().unwrap(), camera: CAMERA.parse().unwrap() };
    let film = film(house, ClipKind::Selection, 7, &stream);
    objects.extend([gone, whole, deleted, open, film, text_of(&anna.get("/api/v1/me").value()["device"]["id"])]);
    let files = files_of(&house.frames.join(ANNA));
    let bytes = files.iter().map(|path| part_of(&std::fs::read(path).unwrap())).collect();
    Things { objects, frame, event: event.expect("something moved before her camera"), bytes }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Bytes from the middle of a file, where it is like no other.
fn part_of(file: &[u8]) -> Vec<u8> {
    let middle = file.len() / 2;
    file[middle..(middle + 48).min(file.len())].to_vec()
}

fn files_of(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_of(&path)) } else { found.push(path) }
    }
    found
}

/// All that can be seen of what is Anna's: by herself, by the operator and on disk.
fn state_of(house: &House, anna: &Client, operator: &Client, things: &Things) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    let event = things.event;
    for path in ["frames?limit=500", &format!("frames?event={event}&limit=500"), "recordings", "clips", "events"] {
        state.insert(path.to_owned(), anna.get(&format!("/api/v1/{path}")).text());
    }
    for object in &things.objects {
        let one = anna.get(&format!("/api/v1/recordings/{object}"));
        state.insert(format!("recording {object}"), format!("{} {}", one.status, one.text()));
    }
    let mut me = anna.get("/api/v1/me").value();
    me["now"].take();
    state.insert("me".to_owned(), me.to_string());
    let cameras = operator.get("/api/v1/cameras").value()["cameras"].as_array().unwrap().clone();
    let mut hers: Vec<_> = cameras.into_iter().filter(|camera| camera["user"] == ANNA).collect();
    for camera in &mut hers {
        // The rate is that of the last seconds.
        camera["fps"].take();
    }
    state.insert("cameras".to_owned(), Value::from(hers).to_string());
    for path in files_of(&house.frames.join(ANNA)) {
        state.insert(path.display().to_string(), format!("{:?}", Sha256::digest(std::fs::read(&path).unwrap())));
    }
    state
}

/// Asks as somebody does who has found out all of Anna's numbers and names, in path, query and body.
fn ask(client: &Client, route: &Route, object: &str, query: &str) -> (Answer, String) {
    let user = if query.contains("user") { ANNA } else { "Ben" };
    let path = format!("{}{query}", path_of(route, object));
    let body = body_for(route.endpoint, user, object);
    let known = format!("{path} {}", String::from_utf8_lossy(&body));
    loop {
        let answer = match route.endpoint {
            Endpoint::PutChunk => put_chunk(client, &path, &body),
            _ => client.send(route.method, &path, &[("Content-Type", content_type(route.endpoint))], &body),
        };
        if answer.status != 429 {
            return (answer, known);
        }
        std::thread::sleep(Duration::from_millis(answer.value()["error"]["retry_ms"].as_u64().unwrap_or(50)));
    }
}

fn content_type(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::PostFrame | Endpoint::PostPreview | Endpoint::Upload => "image/jpeg",
        _ => "application/json",
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Orders every kind of film of all that is hers: he gets none, and learns nothing by being refused.
fn order_films_of(house: &House, ben: &Client, things: &Things) {
    for object in &things.objects {
        for body in [
            json!({ "kind": "selection", "frames": [object] }),
            json!({ "kind": "selection", "user": ANNA, "event": things.event }),
            json!({ "kind": "selection", "event": things.event }),
            json!({ "kind": "mask", "of": object }),
            json!({ "kind": "timelapse", "user": ANNA, "camera": CAMERA, "from": 0, "to": 1000 }),
        ] {
            let answer = ben.json("POST", "/api/v1/clips", &body);
            assert_eq!(answer.code(), "not_found", "{body}: {}", answer.text());
        }
    }
    // That of her own event is hers.
    let orders = ClipFolder::all(&house.library.save_dir());
    let hers = orders
        .iter()
        .filter_map(|folder| folder.order().unwrap())
        .filter(|order| order.kind != ClipKind::Event)
        .find(|order| order.user == ANNA.parse().unwrap());
    assert_eq!(hers, None);
}

#[test]
fn whatever_ben_asks_with_all_that_is_annas_he_reads_nothing_of_hers_and_changes_nothing_of_hers() {
    let house = House::open();
    let (anna, operator) = (house.script(ANNA), house.operator());
    let things = anna_s_things(&house, &anna);
    // What is hers changes no more by itself: her page is in the background.
    assert_eq!(anna.post(&format!("/api/v1/cameras/{CAMERA}/state"), &[], br#"{"state":"hidden"}"#).status, 204);
    until("her event is over", || anna.get("/api/v1/events").value()["events"][0]["end"].is_i64());
    until("her camera is blind", || operator.get("/api/v1/cameras").text().contains("page_hidden"));
    let before = state_of(&house, &anna, &operator, &things);
    assert!(things.objects.len() > 20 && things.bytes.len() > 10, "there is something to be guarded");

    // What Ben hears all the while.
    let listener = house.script("Ben");
    let mut heard = Line::open(&house);
    heard.head(&house, "GET /api/v1/stream", &[("Authorization", listener.sends("Authorization"))]);
    heard.read_until("event:problems", SOON).unwrap();

    let event = things.event;
    let queries = [
        String::new(),
        format!("?user={ANNA}&camera={CAMERA}"),
        format!("?username={ANNA}&camera={CAMERA}"),
        format!("?camera={CAMERA}&event={event}&judged=1&peak=1"),
    ];
    let mut objects: Vec<_> = things.objects.iter().map(String::as_str).collect();
    // One frame of many stands for all of them.
    objects.drain(4..objects.len() - 7);
    let asked = ROUTES.iter().filter(|route| !matches!(route.who, Who::Operator | Who::Viewer));
    let mut answers = 0;
    for (number, route) in asked.enumerate() {
        // Another Ben for each route: one of them ends his session, others give him things that are called like hers.
        let (ben, nameless) = (house.script(&format!("Ben {number}")), house.phone());
        for (object, query) in objects.iter().flat_map(|object| queries.iter().map(move |query| (*object, query))) {
            // They have no end; what Ben hears is looked at below, and a live picture of his own he has none.
            if route.endpoint == Endpoint::Stream || (route.endpoint == Endpoint::Live && !object.contains('~')) {
                continue;
            }
            if !route.path.contains('{') && object != things.frame {
                continue;
            }
            for client in [&ben, &nameless] {
                let (answer, known) = ask(client, route, object, query);
                answers += 1;
                let case = format!("{} {known}: {} {}", route.method, answer.status, answer.text());
                for mark in things.objects.iter().map(String::as_str).filter(|mark| !known.contains(mark)) {
                    assert!(!answer.text().contains(mark), "{mark} in {case}");
                    let headers = format!("{:?}", answer.headers);
                    assert!(!headers.contains(mark), "{mark} in the headers of {case}: {headers}");
                }
                for bytes in &things.bytes {
                    assert!(!contains(&answer.body, bytes), "a part of a file of hers in {case}");
                }
                if route.endpoint == Endpoint::SignOut {
                    break;
                }
            }
        }
    }
    assert!(answers > 500, "{answers} answers");
    order_films_of(&house, &house.script("Ben who orders"), &things);
    let after = state_of(&house, &anna, &operator, &things);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (what, was) in &before {
        assert_eq!(&after[what], was, "{what}");
    }

    // A frame of Ben's own comes after all that he could hear.
    assert_eq!(listener.frame("back", &jpeg(64, 48, 9)).status, 200);
    heard.read_until("event:frame", SOON).unwrap();
    for mark in &things.objects {
        assert!(!contains(heard.bytes(), mark.as_bytes()), "he heard of {mark}");
    }
}
