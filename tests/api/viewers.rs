//! A viewer sees what everybody's cameras see and kept, and neither sends nor changes anything.

use framekeep::access::Role;
use framekeep::server::route::{Endpoint, ROUTES, Who};
use serde_json::json;

use crate::clips::clip;
use crate::house::{Client, House, SOON, jpeg, now};
use crate::isolation::{ask, path_of};
use crate::raw::Line;
use crate::recordings::recorded;

fn viewer(house: &House) -> Client {
    let ticket = house.access.ticket(Role::Viewer, None, now());
    let (_, token) = house.access.redeem(&ticket.secret, None, "tablet", now()).unwrap().unwrap();
    house.stranger().with("Authorization", &format!("Bearer {token}"))
}

#[test]
fn every_route_that_sends_or_changes_is_refused_to_a_viewer_and_changes_nothing() {
    let house = House::open();
    let (anna, viewer) = (house.script("Anna"), viewer(&house));
    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    let video = recorded(&anna, "a", 1);
    let devices = house.access.devices();
    let film = clip(&house, 77);
    let mut refused = 0;
    for route in ROUTES.iter().filter(|route| !matches!(route.who, Who::Anyone | Who::Session)) {
        let with = match route.endpoint {
            Endpoint::Live => "Anna~front",
            _ if route.path.contains("/recordings/") => &video,
            _ if route.path.contains("/clips/") => &film,
            _ => &id,
        };
        // A live picture and the stream of events have no end; below they are looked at line by line.
        if matches!(route.endpoint, Endpoint::Live | Endpoint::Stream) {
            continue;
        }
        let answer = ask(&viewer, route, &path_of(route, with), "Viewer");
        let case = format!("{} {}: {}", route.method, route.path, answer.text());
        match route.who {
            Who::Operator => assert_eq!((answer.status, answer.code().as_str()), (403, "operator_only"), "{case}"),
            _ if route.method != "GET" => {
                assert_eq!((answer.status, answer.code().as_str()), (403, "viewer_only"), "{case}");
                refused += 1;
            }
            // Nobody works on recordings here.
            _ if answer.status == 404 => assert_eq!(answer.code(), "not_made", "{case}"),
            // Some want a condition that is not given here.
            _ => assert!([200, 422].contains(&answer.status), "{case}"),
        }
    }
    assert!(refused >= 7, "the table has other routes now: look at this test");
    assert_eq!(anna.get(&format!("/api/v1/frames/{id}")).status, 200);
    assert_eq!(house.access.devices().len(), devices.len());
    assert_eq!(house.library.users().unwrap(), ["Anna".parse().unwrap()]);
}

#[test]
fn a_viewer_sees_the_frames_events_and_live_pictures_of_everybody() {
    let house = House::open();
    let (anna, ben, viewer) = (house.script("Anna"), house.script("Ben"), viewer(&house));
    let id = anna.frame("front", &jpeg(64, 48, 0)).value()["frame"].as_str().unwrap().to_owned();
    ben.frame("back", &jpeg(64, 48, 0));
    assert_eq!(viewer.get("/api/v1/frames").value()["count"], 2);
    assert_eq!(viewer.get("/api/v1/frames?user=Ben").value()["count"], 1);
    for path in [format!("/api/v1/frames/{id}"), format!("/api/v1/frames/{id}/thumbnail")] {
        assert_eq!(viewer.get(&path).status, 200, "{path}");
    }
    assert_eq!(viewer.get("/api/v1/events").status, 200);
    assert_eq!(viewer.get("/api/v1/cameras").value()["cameras"].as_array().unwrap().len(), 2);
    assert_eq!(ben.get("/api/v1/cameras").code(), "operator_only");
    let header = [("Authorization", viewer.sends("Authorization"))];
    for (path, sign) in [("/api/v1/live/Anna~front.mjpeg", "image/jpeg"), ("/api/v1/stream", "event:problems")] {
        let mut line = Line::open(&house);
        line.head(&house, &format!("GET {path}"), &header);
        line.read_until(sign, SOON).unwrap();
        if path.ends_with("stream") {
            anna.frame("front", &jpeg(64, 48, 7));
            line.read_until("event:frame", SOON).unwrap();
        }
    }
}

#[test]
fn a_viewers_browser_is_led_to_the_page_of_all_cameras_and_may_sign_itself_out() {
    let house = House::open();
    let viewer = viewer(&house);
    for page in ["/", "/frames", "/upload"] {
        let answer = viewer.get(page);
        assert_eq!((answer.status, answer.header("location")), (303, "/watch"), "{page}");
    }
    assert_eq!(viewer.get("/watch").status, 200);
    let me = viewer.get("/api/v1/me").value();
    assert_eq!((&me["device"]["role"], &me["user"]), (&json!("viewer"), &json!(null)));
    assert_eq!(viewer.delete("/api/v1/me").status, 204);
    assert_eq!(viewer.get("/api/v1/me").code(), "unknown_session");
}
