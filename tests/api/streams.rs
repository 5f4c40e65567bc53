//! What happens is told as it happens, to those whose business it is, and ends when it must.

use std::time::{Duration, Instant};

use framekeep::bus::{Happening, Problem, ProblemKind};
use framekeep::domain::{CameraState, StreamId};
use serde_json::{Value, json};

use crate::house::{Client, House, SOON, jpeg, now, until};
use crate::raw::Line;

/// A page that listens.
pub struct Page {
    line: Line,
}

impl Page {
    pub fn open(house: &House, client: &Client) -> Self {
        let mut line = Line::open(house);
        line.head(house, "GET /api/v1/stream", &[("Authorization", client.sends("Authorization"))]);
        let head = line.read_until("\r\n\r\n", SOON).unwrap();
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
        let mut page = Self { line };
        page.hear("problems");
        page
    }

    /// Waits for an event and gives its data. What came before it is forgotten.
    pub fn hear(&mut self, name: &str) -> Value {
        let mark = format!("event:{name}\n");
        let parts = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).unwrap();
            let begin = text.find(&mark)?;
            Some((begin, begin + text[begin..].find("\n\n")?))
        };
        self.line.read_while(&mark, SOON, |bytes| parts(bytes).is_none()).expect("the stream goes on");
        let (begin, end) = parts(self.line.bytes()).unwrap();
        let event = String::from_utf8(self.line.bytes()[begin..end].to_vec()).unwrap();
        self.line.forget(end);
        let data = event.lines().find_map(|line| line.strip_prefix("data:")).unwrap();
        serde_json::from_str(data).unwrap()
    }

    /// Waits for the end of the stream: its last chunk, or the end of the connection.
    fn ends(&mut self) {
        self.line.read_until("\r\n0\r\n\r\n", SOON);
    }

    /// What was heard so far and not forgotten.
    fn heard(&self) -> String {
        String::from_utf8_lossy(self.line.bytes()).into_owned()
    }
}

#[test]
fn a_kept_frame_is_told_within_a_second_to_its_owner_and_the_operator_alone() {
    let house = House::open();
    let (anna, ben, operator) = (house.script("Anna"), house.script("Ben"), house.operator());
    let mut pages = [Page::open(&house, &anna), Page::open(&house, &operator)];
    let mut bens = Page::open(&house, &ben);

    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].clone();
    let saved = Instant::now();
    for page in &mut pages {
        let frame = page.hear("frame");
        assert_eq!((&frame["id"], &frame["user"], &frame["camera"]), (&id, &json!("Anna"), &json!("front")));
        assert!(frame["captured_at"].is_i64() && frame["bytes"].is_u64(), "{frame}");
    }
    assert!(saved.elapsed() < Duration::from_secs(1), "{:?}", saved.elapsed());

    let path = format!("/api/v1/frames/{}", id.as_str().unwrap());
    anna.delete(&path);
    assert_eq!(pages[0].hear("deleted"), json!({ "id": id }));
    anna.post(&format!("{path}/restore"), &[], b"");
    assert_eq!(pages[0].hear("frame")["id"], id);

    // Ben's own frame comes after all of that, and nothing of Anna's before it.
    ben.frame("back", &jpeg(64, 48, 0));
    bens.line.read_until("event:frame\n", SOON).unwrap();
    assert!(!bens.heard().contains("Anna"), "{}", bens.heard());
}

#[test]
fn a_camera_that_stops_is_told_with_its_reason() {
    let house = House::open();
    let anna = house.script("Anna");
    let mut page = Page::open(&house, &anna);
    anna.frame("front", &jpeg(64, 48, 0));
    assert_eq!(page.hear("camera")["state"], "still");
    anna.post("/api/v1/cameras/front/state", &[], br#"{"state":"hidden"}"#);
    let camera = page.hear("camera");
    assert_eq!((&camera["state"], &camera["reason"]), (&json!("blind"), &json!("page_hidden")));
    assert_eq!(camera["words"], "Blind: the phone's page is in the background");
}

#[test]
fn problems_and_the_operators_answer_are_told() {
    let house = House::open();
    let phone = house.phone();
    let token = phone.sends("Cookie").replace("framekeep=", "Bearer ");
    let mut page = Page::open(&house, &house.stranger().with("Authorization", &token));
    let problem = Problem {
        kind: ProblemKind::DiskFull,
        since: now(),
        what: "/home/ben is full".into(),
        todo: "make room".into(),
    };
    house.problems.raise(problem);
    let told = page.hear("problems");
    assert_eq!(told[0]["kind"], "disk_full");
    assert!(told[0]["what"].as_str().unwrap().contains("full"), "{told}");
    assert!(!told.to_string().contains("/home/ben"), "folders of this computer are nobody else's business: {told}");
    house.problems.settle(ProblemKind::DiskFull);
    assert_eq!(page.hear("problems"), json!([]));

    house.script("Anna");
    phone.json("PUT", "/api/v1/me/user", &json!({ "user": "Anna" }));
    assert_eq!(page.hear("session"), json!({ "user": null, "pending": "Anna" }));
    let device = house.access.requests()[0].device.clone();
    house.access.approve(&device, &"Anna".parse().unwrap()).unwrap();
    assert_eq!(page.hear("session"), json!({ "user": "Anna", "pending": null }));

    // From here on Anna's frames are this page's business.
    phone.frame("front", &jpeg(64, 48, 0));
    assert_eq!(page.hear("frame")["user"], "Anna");

    house.access.revoke(&device).unwrap();
    assert_eq!(page.hear("revoked"), json!({}));
    page.ends();
}

#[test]
fn a_revoked_device_hears_nothing_more_of_its_user_also_when_it_missed_that_it_was_revoked() {
    let house = House::open();
    let anna = house.script("Anna");
    let device = house.access.devices()[0].id.clone();
    let mut page = Page::open(&house, &anna);
    let busy = |times: u32| {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        for _ in 0..times {
            house.bus.tell(Happening::Camera { stream: stream.clone(), state: CameraState::Still });
        }
    };
    // More than the bus remembers: what is told between them is lost to whoever does not read as fast.
    busy(3000);
    house.access.revoke(&device).unwrap();
    busy(3000);
    page.hear("revoked");
    page.ends();
}

#[test]
fn live_pictures_come_one_after_the_other_and_only_to_their_owner() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    assert_eq!(anna.get("/api/v1/live/Anna~front.mjpeg").code(), "not_found");
    let pictures: Vec<_> = (0..3).map(|seed| jpeg(64, 48, seed)).collect();
    anna.frame("front", &pictures[0]);
    assert_eq!(ben.get("/api/v1/live/Anna~front.mjpeg").code(), "not_found");
    for stream in ["front", "~", "Anna", "..~..", "Anna~%2F"] {
        assert_eq!(anna.get(&format!("/api/v1/live/{stream}.mjpeg")).code(), "not_found", "{stream}");
    }

    let mut line = Line::open(&house);
    line.head(&house, "GET /api/v1/live/anna~FRONT.mjpeg", &[("Authorization", anna.sends("Authorization"))]);
    let head = line.read_until("\r\n\r\n", SOON).unwrap();
    assert!(head.contains("multipart/x-mixed-replace; boundary="), "{head}");
    for picture in &pictures {
        if picture != &pictures[0] {
            anna.frame("front", picture);
        }
        let whole = |bytes: &[u8]| bytes.windows(picture.len()).any(|window| window == picture);
        line.read_while("the picture", SOON, |bytes| !whole(bytes)).expect("the stream goes on");
        line.forget(line.bytes().len());
    }
}

#[test]
fn whoever_watches_a_camera_that_gives_nothing_new_is_let_go_when_revoked() {
    let house = House::open();
    let anna = house.script("Anna");
    anna.frame("front", &jpeg(64, 48, 0));
    let mut page = Page { line: Line::open(&house) };
    let headers = [("Authorization", anna.sends("Authorization"))];
    page.line.head(&house, "GET /api/v1/live/Anna~front.mjpeg", &headers);
    page.line.read_until("image/jpeg", SOON).unwrap();
    house.access.revoke(&house.access.devices()[0].id).unwrap();
    page.ends();
}

#[test]
fn streams_do_not_keep_the_server_from_stopping() {
    let mut house = House::open();
    let anna = house.script("Anna");
    anna.frame("front", &jpeg(64, 48, 0));
    let mut pages: Vec<_> = (0..10).map(|_| Page::open(&house, &anna)).collect();
    let mut live = Line::open(&house);
    live.head(&house, "GET /api/v1/live/Anna~front.mjpeg", &[("Authorization", anna.sends("Authorization"))]);
    live.read_until("image/jpeg", SOON).unwrap();
    let start = Instant::now();
    assert!(house.stop_server(), "something had to be cut");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(pages.iter_mut().all(|page| page.line.is_closed_within(SOON)));
}

#[test]
fn one_device_holds_only_so_many_streams() {
    let house = House::open();
    let anna = house.script("Anna");
    let mut pages: Vec<_> = (0..32).map(|_| Page::open(&house, &anna)).collect();
    let refused = anna.get("/api/v1/stream");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many"));
    pages.pop();
    until("a place is free again", || {
        let mut line = Line::open(&house);
        line.head(&house, "GET /api/v1/stream", &[("Authorization", anna.sends("Authorization"))]);
        line.status() == 200
    });
}
