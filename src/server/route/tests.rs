//! Paths lead where the table says, and nowhere else.

use std::collections::HashSet;

use super::*;

fn endpoint(method: &str, path: &str) -> Option<(Endpoint, String)> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    find(&method, path).ok().map(|found| (found.route.endpoint, found.param))
}

#[test]
fn paths_lead_where_the_table_says() {
    let table = [
        ("GET", "/", Endpoint::Page, ""),
        ("HEAD", "/", Endpoint::Page, ""),
        ("GET", "/j/abc-_9", Endpoint::AskToPair, "abc-_9"),
        ("GET", "/j/", Endpoint::AskToPair, ""),
        ("POST", "/j/abc-_9", Endpoint::Pair, "abc-_9"),
        ("GET", "/web/app.js", Endpoint::Asset, "app.js"),
        ("GET", "/web/icons/a.png", Endpoint::Asset, "icons/a.png"),
        ("POST", "/api/v1/cameras/front%20door/frames", Endpoint::PostFrame, "front door"),
        ("POST", "/api/v1/cameras/%C3%A9/frames", Endpoint::PostFrame, "é"),
        ("POST", "/api/v1/cameras//frames", Endpoint::PostFrame, ""),
        ("POST", "/api/v1/cameras/../frames", Endpoint::PostFrame, ".."),
        ("POST", "/api/v1/cameras/a%2Fb/state", Endpoint::CameraState, "a/b"),
        ("GET", "/api/v1/frames/0123456789abcdef", Endpoint::Frame, "0123456789abcdef"),
        ("GET", "/api/v1/frames/0123456789abcdef/thumbnail", Endpoint::Thumbnail, "0123456789abcdef"),
        ("GET", "/api/v1/recordings/0123456789abcdef", Endpoint::Recording, "0123456789abcdef"),
        ("PUT", "/api/v1/recordings/0123456789abcdef/chunks/7", Endpoint::PutChunk, "0123456789abcdef"),
        ("PUT", "/api/v1/recordings//chunks/", Endpoint::PutChunk, ""),
        ("GET", "/api/v1/jobs/12", Endpoint::Job, "12"),
        ("GET", "/api/v1/jobs/summary", Endpoint::JobSummary, ""),
        ("PUT", "/api/v1/jobs/paused", Endpoint::PauseJobs, ""),
        ("POST", "/api/v1/jobs/12/retry", Endpoint::RetryJob, "12"),
        ("GET", "/api/v1/live/Anna~front.mjpeg", Endpoint::Live, "Anna~front"),
    ];
    for (method, path, expected, param) in table {
        assert_eq!(endpoint(method, path), Some((expected, param.to_owned())), "{method} {path}");
    }
    let second = |path| find(&Method::PUT, path).unwrap().second;
    assert_eq!(second("/api/v1/recordings/0123456789abcdef/chunks/7"), "7");
    assert_eq!(second("/api/v1/recordings/0123456789abcdef/chunks/%37%2F"), "7/");
}

#[test]
fn what_is_not_in_the_table_is_unknown_or_names_its_methods() {
    let miss = |method: Method, path| find(&method, path).unwrap_err();
    assert_eq!(miss(Method::PUT, "/api/v1/recordings/a/chunks/7/8"), Miss::Unknown);
    for path in ["", "/nothing", "/api/v1", "/api/v1/me/", "/api/v1/cameras/a/b/frames", "//", "/WEB/app.js"] {
        assert_eq!(miss(Method::GET, path), Miss::Unknown, "{path}");
    }
    assert_eq!(miss(Method::POST, "/"), Miss::Method("GET, HEAD".into()));
    assert_eq!(miss(Method::PATCH, "/api/v1/me"), Miss::Method("GET, HEAD, DELETE".into()));
    assert_eq!(miss(Method::OPTIONS, "/upload"), Miss::Method("GET, HEAD, POST".into()));
    for path in ["/j/%", "/j/%4", "/j/%zz", "/j/%ff"] {
        assert_eq!(miss(Method::GET, path), Miss::Undecodable, "{path}");
    }
}

#[test]
fn no_endpoint_and_no_address_stands_twice() {
    let endpoints: HashSet<_> = ROUTES.iter().map(|route| route.endpoint).collect();
    let addresses: HashSet<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
    assert_eq!((endpoints.len(), addresses.len()), (ROUTES.len(), ROUTES.len()));
}

#[test]
fn every_change_asks_who_it_is() {
    // Who pairs shows a ticket instead.
    for route in ROUTES.iter().filter(|route| route.method != "GET" && route.endpoint != Endpoint::Pair) {
        assert_ne!(route.who, Who::Anyone, "{} {}", route.method, route.path);
    }
}
