//! A phone's way in, as the operator sees it: each step, and each trouble with its cause and cure.

use std::io::Write;
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use framekeep::access::{JoiningPhone, Role, Step, Trouble};
use serde_json::{Value, json};

use crate::house::{Client, House, jpeg, now, until};
use crate::raw::Line;

const IPHONE: (&str, &str) =
    ("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1");
const ANDROID: (&str, &str) =
    ("User-Agent", "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari/537.36");
const PAGE: (&str, &str) = ("Accept", "text/html");

fn phones(house: &House) -> Vec<JoiningPhone> {
    house.access.joining().phones(&[], now())
}

/// Waits until the one phone on its way stands so, and gives it.
fn stands(house: &House, step: Step, trouble: Option<Trouble>) -> JoiningPhone {
    let there = || phones(house).into_iter().find(|phone| (phone.step, phone.trouble) == (step, trouble));
    until(&format!("a phone stands at {step:?} with {trouble:?}"), || there().is_some());
    there().unwrap()
}

/// What the interface tells the operator of the phones.
fn told(operator: &Client, holds: impl Fn(&Value) -> bool) -> Value {
    let mut found = Value::Null;
    until("the operator is told", || {
        let list = operator.get("/api/v1/joining").value();
        found = list["phones"].as_array().unwrap().iter().find(|phone| holds(phone)).cloned().unwrap_or_default();
        !found.is_null()
    });
    found
}

#[test]
fn a_phone_is_seen_from_its_first_connection_to_its_first_frame() {
    let house = House::open();
    let line = TcpStream::connect(house.addr).unwrap();
    let reached = stands(&house, Step::Reached, None);
    assert!(reached.address.is_loopback() && reached.name == "127.0.0.1", "{reached:?}");
    drop(line);

    let mut line = Line::open(&house);
    line.write("").unwrap();
    stands(&house, Step::Certificate, None);

    let ticket = house.access.ticket(Role::Camera, Some(house.addr.ip()), now());
    let path = format!("/j/{}", ticket.secret);
    let browser = house.stranger().with(IPHONE.0, IPHONE.1).with(PAGE.0, PAGE.1);
    assert_eq!(browser.get(&path).status, 200);
    let page = stands(&house, Step::Page, None);
    assert_eq!(
        (page.name.as_str(), page.id),
        ("iPhone or iPad at 127.0.0.1", reached.id),
        "one row from the beginning"
    );

    let paired = browser.post(&path, &[], b"");
    let cookie = paired.header("set-cookie").split(';').next().unwrap().to_owned();
    let phone = browser.with("Cookie", &cookie).with("Origin", &format!("https://{}", house.addr));
    let paired = stands(&house, Step::Paired, Some(Trouble::NotStarted));
    assert_eq!((paired.name.as_str(), paired.id, paired.held), ("iPhone, Safari", reached.id, false));

    phone.json("PUT", "/api/v1/me/user", &json!({ "user": "Anna" }));
    assert_eq!(phone.json("POST", "/api/v1/me/progress", &json!({ "step": "asking" })).status, 204);
    stands(&house, Step::Paired, Some(Trouble::AskingForCamera));
    phone.json("POST", "/api/v1/me/progress", &json!({ "step": "allowed" }));
    stands(&house, Step::Camera, None);
    assert_eq!(phone.frame("front", &jpeg(64, 48, 0)).status, 200);
    let done = stands(&house, Step::FirstFrame, None);
    assert!(done.done && done.what == "Its frames are here.", "{done:?}");
    assert_eq!(phones(&house).len(), 1);
}

#[test]
fn a_certificate_that_is_refused_is_told_with_what_to_tap() {
    let house = House::open();
    let mut stranger = TcpStream::connect(house.addr).unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14)\r\n\r\n").unwrap();
    let reads = stands(&house, Step::Reached, Some(Trouble::OnHelpPage));
    assert_eq!(reads.name, "Android at 127.0.0.1");

    // It trusts another computer's authority.
    let other = House::open();
    let (authority, tcp) = (&other.authority, TcpStream::connect(house.addr).unwrap());
    assert!(Line::over(tcp, authority).write("GET / HTTP/1.1\r\n\r\n").is_err());
    let refused = stands(&house, Step::Reached, Some(Trouble::CertificateRefused));
    assert!(refused.held && refused.todo.unwrap().contains("Tap Advanced, then Proceed"));
}

#[test]
fn a_handshake_that_ends_without_a_word_is_taken_for_a_warning() {
    let house = House::open();
    let mut stranger = TcpStream::connect(house.addr).unwrap();
    // The beginning of a handshake's record, and no more.
    stranger.write_all(&[0x16, 3, 1, 0, 200, 1]).unwrap();
    drop(stranger);
    stands(&house, Step::Reached, Some(Trouble::CertificateRefused));
}

#[test]
fn what_the_page_tells_is_told_to_the_operator_in_words_for_that_phone() {
    let house = House::open();
    let operator = house.operator();
    let phone = house.phone().with(ANDROID.0, ANDROID.1);
    let cases = [
        ("asking", "asking_for_camera", "Tap \u{201c}Allow\u{201d}"),
        ("denied", "camera_denied", "Permissions, Camera, Allow"),
        ("busy", "camera_busy", "Close the camera app"),
        ("missing", "camera_missing", "send single photos"),
        ("failed", "camera_failed", "press Start camera again"),
        ("insecure", "insecure", "with https"),
        ("hidden", "page_hidden", "keep it open"),
    ];
    for (step, trouble, cure) in cases {
        let answer = phone.json("POST", "/api/v1/me/progress", &json!({ "step": step }));
        assert_eq!(answer.status, 204, "{}", answer.text());
        let row = told(&operator, |row| row["trouble"] == trouble);
        assert_eq!((&row["held"], &row["step"], &row["role"]), (&json!(true), &json!("paired"), &json!("camera")));
        assert!(row["todo"].as_str().unwrap().contains(cure), "{row}");
        assert!(row["device"].is_string() && row["what"].as_str().unwrap().ends_with('.'), "{row}");
    }
    phone.json("PUT", "/api/v1/me/user", &json!({ "user": "Operator" }));
    phone.json("POST", "/api/v1/me/progress", &json!({ "step": "seen" }));
    told(&operator, |row| row["trouble"] == "name_asked");
    assert_eq!(phone.json("POST", "/api/v1/me/progress", &json!({ "step": "flying" })).code(), "bad_body");
}

#[test]
fn codes_that_do_not_work_are_told_to_the_phone_and_to_the_operator() {
    let house = House::open();
    let (operator, browser) = (house.operator(), house.stranger().with(IPHONE.0, IPHONE.1));
    let here = Some(house.addr.ip());
    let used = house.access.ticket(Role::Camera, here, now());
    house.access.redeem(&used.secret, here, "first", now()).unwrap().unwrap();
    let late = house.access.ticket(Role::Camera, here, now().minus(Duration::from_mins(11)));
    let elsewhere = house.access.ticket(Role::Camera, Some("10.0.0.4".parse::<IpAddr>().unwrap()), now());
    let before = house.access.devices().len();
    let cases = [
        (used.secret.as_str(), "code_used", "used already"),
        (&late.secret, "code_expired", "has expired"),
        ("nonsense", "code_unknown", "not known"),
        (&elsewhere.secret, "code_elsewhere", "for the address 10.0.0.4"),
    ];
    for (secret, trouble, words) in cases {
        let page = browser.post(&format!("/j/{secret}"), &[], b"");
        assert_eq!((page.status, page.header("set-cookie")), (410, ""), "{secret}");
        assert!(page.text().contains(words) && page.text().contains("Scan the code again"), "{}", page.text());
        let row = told(&operator, |row| row["trouble"] == trouble);
        assert!(row["todo"].as_str().unwrap().contains("Scan the code"), "{row}");
    }
    assert_eq!(house.access.devices().len(), before);
    assert!(house.access.is_open(&elsewhere, now()), "a code is not used up where it is not good");
}

#[test]
fn whoever_comes_without_a_code_is_told_to_scan_it() {
    let house = House::open();
    let browser = house.stranger().with(IPHONE.0, IPHONE.1);
    assert_eq!(browser.clone().with(PAGE.0, PAGE.1).get("/").status, 200);
    stands(&house, Step::Page, Some(Trouble::NotPaired));
    // What its page loads and asks changes nothing.
    browser.get("/web/main.js");
    assert_eq!(browser.get("/api/v1/me").status, 401);
    stands(&house, Step::Page, Some(Trouble::NotPaired));
}

#[test]
fn scripts_watchers_and_phones_that_are_at_home_make_no_rows() {
    let house = House::open();
    house.stranger().get("/healthz");
    house.stranger().get("/nothing/here");
    house.stranger().get("/");
    house.script("Anna").frame("door", &jpeg(64, 48, 0));
    drop(TcpStream::connect(house.addr).unwrap());
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(phones(&house), []);
}

#[test]
fn the_operator_makes_codes_for_every_role_and_each_lets_one_device_in() {
    let house = House::open();
    let operator = house.operator();
    for (role, page) in [("camera", "/"), ("viewer", "/watch"), ("operator", "/watch")] {
        let made = operator.json("POST", "/api/v1/invitations", &json!({ "role": role }));
        assert_eq!((made.status, &made.value()["role"]), (200, &json!(role)), "{}", made.text());
        assert!(made.value()["expires"].as_i64().unwrap() > now().as_millis());
        let url = made.value()["url"].as_str().unwrap().to_owned();
        let path = url.strip_prefix(&format!("https://{}", house.addr)).unwrap();
        let paired = house.stranger().post(path, &[], b"");
        assert_eq!((paired.status, paired.header("location")), (303, page));
        assert_eq!(house.stranger().post(path, &[], b"").status, 410);
        assert_eq!(serde_json::to_value(house.access.devices().last().unwrap().role).unwrap(), role);
        let next = operator.json("POST", "/api/v1/invitations", &json!({ "role": role })).value()["url"].clone();
        assert_ne!(next, url, "the next device sees a fresh one at once");
    }
    assert_eq!(operator.json("POST", "/api/v1/invitations", &json!({ "role": "king" })).code(), "bad_body");
}

#[test]
fn the_window_shows_a_fresh_code_as_soon_as_one_is_used() {
    let house = House::open();
    let url = || house.controls().view().invitation.as_ref().map(|invitation| invitation.url.clone());
    until("a code is shown", || url().is_some());
    let first = url().unwrap();
    let path = first.strip_prefix(&format!("https://{}", house.addr)).unwrap();
    assert_eq!(house.stranger().post(path, &[], b"").status, 303);
    until("another one is shown", || url().as_ref() != Some(&first));
}
