//! Tickets become sessions, sessions become users, and both end.

use std::time::Duration;

use framekeep::access::Role;
use serde_json::json;

use crate::house::{House, jpeg, now};

#[test]
fn a_ticket_pairs_one_browser_once() {
    let house = House::open();
    let ticket = house.access.ticket(Role::Camera, None, now());
    let path = format!("/j/{}", ticket.secret);

    // A preview that only looks does not use it up, and a person without JavaScript finds a button.
    for method in ["HEAD", "GET"] {
        let look = house.stranger().send(method, &path, &[("Accept", "text/html")], &[]);
        assert_eq!((look.status, look.header("set-cookie")), (200, ""), "{method}");
        let form = format!("<form method=\"post\" action=\"{path}\"><button");
        assert!(method == "HEAD" || look.text().contains(&form), "{}", look.text());
    }
    assert_eq!(house.access.ticket(Role::Camera, None, now()), ticket);

    let agent = [("User-Agent", "Mozilla/5.0 (iPhone) Version/17.0 Safari/604.1")];
    let first = house.stranger().post(&path, &agent, b"");
    assert_eq!((first.status, first.header("location")), (303, "/"));
    let cookie = first.header("set-cookie");
    for attribute in ["framekeep=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=34560000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(house.access.devices()[0].label, "iPhone, Safari");
    let session = house.stranger().with("Cookie", cookie.split(';').next().unwrap());
    assert_eq!(session.get("/api/v1/me").status, 200);

    let second = house.stranger().post(&path, &[], b"");
    assert_eq!((second.status, second.header("set-cookie")), (410, ""));
    assert!(second.text().contains("used already"), "{}", second.text());
    assert_eq!(house.access.devices().len(), 1);
}

#[test]
fn a_paired_browser_leaves_the_ticket_to_somebody_else() {
    let house = House::open();
    let phone = house.phone();
    let ticket = house.access.ticket(Role::Camera, None, now());
    let path = format!("/j/{}", ticket.secret);
    // From the camera app it comes without its cookie, and shows it only when our own page sends the form.
    let came = phone.clone().without("Cookie").without("Origin").get(&path);
    assert_eq!((came.status, came.header("set-cookie")), (200, ""));
    let again = phone.post(&path, &[], b"");
    assert_eq!((again.status, again.header("location"), again.header("set-cookie")), (303, "/", ""));
    assert_eq!(house.access.ticket(Role::Camera, None, now()), ticket);
    assert_eq!(house.access.devices().len(), 1);
}

#[test]
fn a_ticket_that_is_late_or_none_is_told_so_in_a_page() {
    let house = House::open();
    let old = house.access.ticket(Role::Camera, None, now().minus(Duration::from_mins(11)));
    for (secret, words) in [(old.secret.as_str(), "has expired"), ("nonsense", "not known"), ("", "not known")] {
        let answer = house.stranger().post(&format!("/j/{secret}"), &[], b"");
        assert_eq!((answer.status, answer.header("set-cookie")), (410, ""), "{secret}");
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    assert!(house.access.devices().is_empty());
}

#[test]
fn a_device_picks_a_name_and_me_tells_it() {
    let house = House::open();
    let phone = house.phone();
    let before = phone.get("/api/v1/me").value();
    assert_eq!((&before["user"], &before["pending"], &before["max_fps"]), (&json!(null), &json!(null), &json!(15)));
    assert_eq!(before["device"]["role"], "camera");
    assert!((before["now"].as_i64().unwrap() - now().as_millis()).abs() < 60_000);

    let refused = phone.frame("front", &jpeg(64, 48, 0));
    assert_eq!((refused.status, refused.code().as_str()), (403, "no_user"));

    let answer = phone.json("PUT", "/api/v1/me/user", &json!({ "user": "  Anna " }));
    assert_eq!((answer.status, answer.value()), (200, json!({ "user": "Anna", "status": "granted" })));
    assert_eq!(phone.get("/api/v1/me").value()["user"], "Anna");
    assert_eq!(phone.frame("front", &jpeg(64, 48, 0)).status, 200);
}

#[test]
fn a_name_in_use_needs_the_operators_yes() {
    let house = House::open();
    let (_anna, other, operator) = (house.phone_of("Anna"), house.phone(), house.operator());
    let asked = other.json("PUT", "/api/v1/me/user", &json!({ "user": "anna" }));
    assert_eq!((asked.status, &asked.value()["status"]), (202, &json!("asked")));
    assert_eq!(other.get("/api/v1/me").value()["pending"], "Anna");
    assert_eq!(other.frame("front", &jpeg(64, 48, 0)).code(), "no_user");

    let requests = operator.get("/api/v1/devices").value()["requests"].clone();
    let device = requests[0]["device"].as_str().unwrap().to_owned();
    assert_eq!(requests[0]["user"], "Anna");

    assert_eq!(operator.post(&format!("/api/v1/devices/{device}/refuse"), &[], b"").status, 204);
    assert_eq!(other.get("/api/v1/me").value()["pending"], json!(null));
    assert_eq!(other.get("/api/v1/me").value()["user"], json!(null));

    other.json("PUT", "/api/v1/me/user", &json!({ "user": "Anna" }));
    let approve = operator.json("POST", &format!("/api/v1/devices/{device}/approve"), &json!({ "user": "Anna" }));
    assert_eq!(approve.status, 204, "{}", approve.text());
    let me = other.get("/api/v1/me").value();
    assert_eq!((&me["user"], &me["pending"]), (&json!("Anna"), &json!(null)));
}

#[test]
fn a_name_under_which_frames_are_kept_is_in_use_although_its_device_is_gone() {
    let house = House::open();
    let anna = house.phone_of("Anna");
    assert_eq!(anna.frame("front", &jpeg(64, 48, 0)).value()["saved"], true);
    assert_eq!(anna.delete("/api/v1/me").status, 204);
    let other = house.phone();
    assert_eq!(other.json("PUT", "/api/v1/me/user", &json!({ "user": "Anna" })).status, 202);
    // So is the name of the operator's own camera.
    assert_eq!(other.json("PUT", "/api/v1/me/user", &json!({ "user": "operator" })).status, 202);
    assert_eq!(other.json("PUT", "/api/v1/me/user", &json!({ "user": "Ben" })).status, 200);
}

#[test]
fn who_signs_out_or_is_revoked_is_out_at_once() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let out = phone.delete("/api/v1/me");
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{:?}", out.headers);
    assert!(out.header("clear-site-data").contains("\"cache\""), "{:?}", out.headers);
    assert_eq!(phone.get("/api/v1/me").code(), "unknown_session");

    let (ben, operator) = (house.phone_of("Ben"), house.operator());
    let devices = operator.get("/api/v1/devices").value()["devices"].clone();
    let device = devices.as_array().unwrap().iter().find(|device| device["user"] == "Ben").unwrap()["id"].clone();
    let path = format!("/api/v1/devices/{}", device.as_str().unwrap());
    assert_eq!(operator.delete(&path).status, 204);
    let refused = ben.frame("front", &jpeg(64, 48, 0));
    assert_eq!((refused.status, refused.code().as_str()), (401, "unknown_session"));
    assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"Framekeep\"");
    assert_eq!(operator.delete(&path).code(), "not_found");
}
