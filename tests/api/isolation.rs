//! What is Anna's is for Ben as if it were not there. The routes come from the table, so that none is forgotten.

use framekeep::server::route::{Endpoint, ROUTES, Route, Who};
use serde_json::{Value, json};

use crate::clips::clip;
use crate::house::{Answer, Client, House, jpeg};
use crate::recordings::{put_chunk, recorded};

/// A number that no frame has.
const ABSENT: &str = "0123456789abcdef";

/// The path of a route with something in the place that it leaves open.
pub fn path_of(route: &Route, with: &str) -> String {
    let Some((before, rest)) = route.path.split_once('{') else { return route.path.to_owned() };
    // Where a second place is left open, it is that of a chunk.
    format!("{before}{with}{}", rest.split_once('}').unwrap().1).replace("{seq}", "0")
}

/// Asks for a route with a body that it reads.
pub fn ask(client: &Client, route: &Route, path: &str, user: &str) -> Answer {
    let body = body_for(route.endpoint, user, ABSENT);
    if route.endpoint == Endpoint::PutChunk {
        return put_chunk(client, path, &body);
    }
    client.send(route.method, path, &[], &body)
}

/// A body that a route reads: the name of a user and the number of a frame stand where it asks for one. Every route stands
/// here, so that the compiler asks whoever adds one what it reads.
pub fn body_for(endpoint: Endpoint, user: &str, frame: &str) -> Vec<u8> {
    match endpoint {
        Endpoint::ChooseUser | Endpoint::Approve => json!({ "user": user }).to_string().into_bytes(),
        Endpoint::ChangeDevice => json!({ "label": "taken over", "user": user }).to_string().into_bytes(),
        Endpoint::FillTrash | Endpoint::EmptyTrash => json!({ "frames": [frame] }).to_string().into_bytes(),
        Endpoint::Invite => br#"{"role":"operator"}"#.to_vec(),
        Endpoint::PauseJobs => br#"{"paused":true}"#.to_vec(),
        Endpoint::Progress => br#"{"step":"denied"}"#.to_vec(),
        Endpoint::CameraState => br#"{"state":"stopped"}"#.to_vec(),
        Endpoint::BeginRecording => br#"{"camera":"front","mime":"video/webm"}"#.to_vec(),
        Endpoint::OrderClip => json!({ "kind": "selection", "frames": [frame] }).to_string().into_bytes(),
        Endpoint::FinishRecording => br#"{"chunks":1}"#.to_vec(),
        Endpoint::PutChunk => b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81".to_vec(),
        Endpoint::PostFrame | Endpoint::PostPreview | Endpoint::Upload => jpeg(64, 48, 3),
        Endpoint::AskToPair
        | Endpoint::Pair
        | Endpoint::Page
        | Endpoint::FramesPage
        | Endpoint::UploadPage
        | Endpoint::WatchPage
        | Endpoint::JobsPage
        | Endpoint::TrustPage
        | Endpoint::TrustCheck
        | Endpoint::Authority
        | Endpoint::Profile
        | Endpoint::Asset
        | Endpoint::Description
        | Endpoint::Health
        | Endpoint::Me
        | Endpoint::SignOut
        | Endpoint::Frames
        | Endpoint::Frame
        | Endpoint::Thumbnail
        | Endpoint::DeleteFrame
        | Endpoint::RestoreFrame
        | Endpoint::Archive
        | Endpoint::Recordings
        | Endpoint::Recording
        | Endpoint::RecordingFile
        | Endpoint::RecordingVideo
        | Endpoint::RecordingStrip
        | Endpoint::DeleteRecording
        | Endpoint::RestoreRecording
        | Endpoint::Events
        | Endpoint::Clips
        | Endpoint::Clip
        | Endpoint::DeleteClip
        | Endpoint::RestoreClip
        | Endpoint::Traces
        | Endpoint::Ledger
        | Endpoint::Stream
        | Endpoint::Live
        | Endpoint::Cameras
        | Endpoint::Joining
        | Endpoint::Devices
        | Endpoint::Refuse
        | Endpoint::Revoke
        | Endpoint::Jobs
        | Endpoint::PurgeJobs
        | Endpoint::JobSummary
        | Endpoint::JobStream
        | Endpoint::Job
        | Endpoint::RetryJob
        | Endpoint::CancelJob
        | Endpoint::Metrics => Vec::new(),
    }
}

/// Asks again when it was too often: there are more routes than one address may ask for at once.
fn ask_patiently(client: &Client, route: &Route, path: &str) -> Answer {
    loop {
        let answer = ask(client, route, path, "Anna");
        if answer.status != 429 {
            return answer;
        }
        let wait = answer.value()["error"]["retry_ms"].as_u64().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
    }
}

#[test]
fn without_a_session_that_holds_no_route_answers_but_the_open_ones() {
    let house = House::open();
    let anna = house.script("Anna");
    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    let revoked = house.script("Ben");
    assert_eq!(revoked.delete("/api/v1/me").status, 204);
    let cookie = revoked.sends("Authorization").replace("Bearer ", "framekeep=");
    let strangers = [
        (house.stranger(), "no_session"),
        (house.stranger().with("Authorization", "Bearer nonsense"), "unknown_session"),
        (house.stranger().with("Authorization", "Bearer "), "unknown_session"),
        (house.stranger().with("Authorization", "Basic YTpi"), "unknown_session"),
        (house.stranger().with("Cookie", "framekeep=nonsense"), "unknown_session"),
        (house.stranger().with("Cookie", &cookie), "unknown_session"),
        (revoked.clone(), "unknown_session"),
    ];
    for (stranger, code) in &strangers {
        for route in ROUTES.iter().filter(|route| route.who != Who::Anyone) {
            let answer = ask_patiently(stranger, route, &path_of(route, &id));
            let case = format!("{} {} with {code}", route.method, route.path);
            assert_eq!(answer.status, 401, "{case}: {}", answer.text());
            assert_eq!(answer.code(), *code, "{case}");
        }
    }
    assert_eq!(anna.get(&format!("/api/v1/frames/{id}")).status, 200);
}

#[test]
fn open_routes_ask_for_no_session() {
    let house = House::open();
    for route in ROUTES.iter().filter(|route| route.who == Who::Anyone) {
        let with = if route.endpoint == Endpoint::Asset { "style.css" } else { "nonsense" };
        let status = ask(&house.stranger(), route, &path_of(route, with), "Anna").status;
        let expected = if route.endpoint == Endpoint::Pair { 410 } else { 200 };
        assert_eq!(status, expected, "{} {}", route.method, route.path);
    }
}

#[test]
fn somebody_elses_object_cannot_be_told_from_none() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    let gone = anna.frame("front", &jpeg(64, 48, 1)).value()["frame"].as_str().unwrap().to_owned();
    assert_eq!(anna.delete(&format!("/api/v1/frames/{gone}")).status, 204);
    let (video, gone_video) = (recorded(&anna, "a", 1), recorded(&anna, "b", 1));
    let unfinished = anna.json("POST", "/api/v1/recordings", &json!({ "camera": "front", "mime": "video/webm" }));
    let unfinished = unfinished.value()["id"].as_str().unwrap().to_owned();
    assert_eq!(anna.delete(&format!("/api/v1/recordings/{gone_video}")).status, 204);
    let (film, gone_film) = (clip(&house, 77), clip(&house, 78));
    assert_eq!(anna.delete(&format!("/api/v1/clips/{gone_film}")).status, 204);
    let open =
        |route: &&Route| route.who == Who::Paired && (route.path.contains("{id}") || route.path.contains("{stream}"));
    let mut asked = 0;
    for route in ROUTES.iter().filter(open) {
        let (theirs, none) = match route.endpoint {
            Endpoint::Live => (vec!["Anna~front"], "Anna~back"),
            Endpoint::RestoreFrame => (vec![gone.as_str(), id.as_str()], ABSENT),
            _ if route.path.contains("/recordings/") => {
                (vec![video.as_str(), gone_video.as_str(), unfinished.as_str()], ABSENT)
            }
            _ if route.path.contains("/clips/") => (vec![film.as_str(), gone_film.as_str()], ABSENT),
            _ => (vec![id.as_str(), gone.as_str()], ABSENT),
        };
        let absent = ask(&ben, route, &path_of(route, none), "Ben");
        for object in theirs {
            let answer = ask(&ben, route, &path_of(route, object), "Ben");
            assert_eq!(answer.status, 404, "{} {}: {}", route.method, route.path, answer.text());
            assert_eq!(answer.text(), absent.text());
            let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&answer), names(&absent));
            asked += 1;
        }
    }
    assert_eq!(asked, 9 + 8 * 3 + 3 * 2, "the table has other routes now: look at this test");
    assert_eq!(anna.get(&format!("/api/v1/frames/{id}")).status, 200);
    assert_eq!(anna.post(&format!("/api/v1/frames/{gone}/restore"), &[], b"").status, 204);
    assert_eq!(anna.get(&format!("/api/v1/clips/{film}")).status, 200);
    assert_eq!(anna.post(&format!("/api/v1/clips/{gone_film}/restore"), &[], b"").status, 204);
    assert_eq!(anna.get(&format!("/api/v1/recordings/{video}/file")).status, 200);
    assert_eq!(anna.post(&format!("/api/v1/recordings/{gone_video}/restore"), &[], b"").status, 204);
    assert_eq!(anna.get(&format!("/api/v1/recordings/{unfinished}")).value()["state"], "open");
}

#[test]
fn lists_hold_nothing_of_others() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    anna.frame("front", &jpeg(64, 48, 0));
    ben.frame("back", &jpeg(64, 48, 0));
    recorded(&anna, "a", 1);
    clip(&house, 77);
    for path in ["/api/v1/frames", "/api/v1/events", "/api/v1/recordings", "/api/v1/clips"] {
        let own = ben.get(path);
        assert_eq!(own.status, 200);
        assert!(!own.text().contains("Anna") && !own.text().contains("front"), "{}", own.text());
        for query in ["user=Anna", "user=anna", "user=Nobody"] {
            assert_eq!(ben.get(&format!("{path}?{query}")).code(), "not_found", "{path}?{query}");
        }
        // Another's camera or event in the query selects among one's own.
        let kind = path.rsplit('/').next().unwrap();
        let list = |value: Value| value[kind].as_array().unwrap().len();
        assert_eq!(list(ben.get(&format!("{path}?camera=front")).value()), 0);
    }
    for query in ["user=Anna&camera=front", "user=anna&camera=back", "user=Nobody&camera=front"] {
        for path in ["/api/v1/traces", "/api/v1/ledger"] {
            assert_eq!(ben.get(&format!("{path}?{query}")).code(), "not_found", "{path}?{query}");
        }
    }
    // Another's camera is for Ben one that he does not have.
    let ledger = |camera: &str| {
        let mut value = ben.get(&format!("/api/v1/ledger?camera={camera}&from=0&to=1000")).value();
        value["camera"].take();
        value
    };
    assert_eq!(ledger("front"), ledger("nothing"));
    assert_eq!(ben.get("/api/v1/frames").value()["count"], 1);
    assert_eq!(house.phone().get("/api/v1/frames").code(), "no_user");
}

#[test]
fn what_is_the_operators_is_refused_to_devices_and_changes_nothing() {
    let house = House::open();
    let (ben, waiting) = (house.phone_of("Ben"), house.phone());
    assert_eq!(waiting.json("PUT", "/api/v1/me/user", &json!({ "user": "Ben" })).status, 202);
    let device = house.access.requests()[0].device.clone();
    for route in ROUTES.iter().filter(|route| matches!(route.who, Who::Operator | Who::Viewer)) {
        for with in [device.0.as_str(), "nonsense"] {
            let answer = ask(&ben, route, &path_of(route, with), "Ben");
            assert_eq!((answer.status, answer.code().as_str()), (403, "operator_only"), "{}", route.path);
        }
    }
    assert_eq!(house.access.requests().len(), 1);
    assert!(house.access.device(&device).is_some());
}

#[test]
fn the_operator_sees_and_does_everything() {
    let house = House::open();
    let (anna, operator) = (house.script("Anna"), house.operator());
    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/frames/{id}");
    assert_eq!(operator.get(&path).status, 200);
    assert_eq!(operator.delete(&path).status, 204);
    assert_eq!(operator.post(&format!("{path}/restore"), &[], b"").status, 204);
    assert_eq!(operator.get("/api/v1/frames?user=Anna").value()["count"], 1);
    let devices = operator.get("/api/v1/devices").value();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 2);
}

#[test]
fn who_becomes_somebody_else_sees_what_is_theirs_and_no_longer_what_was() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let id = phone.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    assert_eq!(phone.json("PUT", "/api/v1/me/user", &json!({ "user": "Ben" })).status, 200);
    assert_eq!(phone.get(&format!("/api/v1/frames/{id}")).code(), "not_found");
    assert_eq!(phone.get("/api/v1/frames").value()["count"], 0);
}
