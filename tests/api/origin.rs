//! Foreign pages and foreign names are kept out, and every answer says what a browser may do with it.

use framekeep::access::Role;
use framekeep::server::route::{ROUTES, Who};

use crate::house::{House, jpeg, now};

#[test]
fn a_change_by_cookie_from_a_foreign_page_is_refused_on_every_route() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let own = format!("https://{}", house.addr);
    let port = house.addr.port();
    let foreign = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://{}", house.addr),
        format!("https://127.0.0.1:{}", port ^ 1),
        format!("https://localhost:{port}"),
        format!("{own}.evil.example"),
        format!("https://{}@evil.example", house.addr),
    ];
    for route in ROUTES.iter().filter(|route| route.method != "GET" && route.who != Who::Anyone) {
        let path = route.path.replace("{id}", "0123456789abcdef").replace("{camera}", "front");
        for origin in &foreign {
            let answer = phone.clone().with("Origin", origin).send(route.method, &path, &[], b"{}");
            assert_eq!((answer.status, answer.code().as_str()), (403, "cross_origin"), "{origin} {path}");
        }
        let silent = phone.clone().without("Origin").send(route.method, &path, &[], b"{}");
        assert_eq!(silent.code(), "cross_origin", "{path}");
        let site = [("Sec-Fetch-Site", "cross-site")];
        let cross = phone.clone().without("Origin").send(route.method, &path, &site, b"{}");
        assert_eq!(cross.code(), "cross_origin", "{path}");
    }
    assert_eq!(phone.get("/api/v1/me").value()["user"], "Anna");
}

#[test]
fn a_foreign_page_pairs_nobody() {
    let house = House::open();
    let ticket = house.access.ticket(Role::Camera, None, now());
    let path = format!("/j/{}", ticket.secret);
    for (name, value) in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
        let answer = house.stranger().post(&path, &[(name, value)], b"");
        assert_eq!((answer.status, answer.code().as_str()), (403, "cross_origin"), "{value}");
    }
    assert!(house.access.devices().is_empty());
    assert_eq!(house.access.ticket(Role::Camera, None, now()), ticket);
}

#[test]
fn our_own_page_and_scripts_may_change_things() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    assert_eq!(phone.frame("front", &jpeg(64, 48, 0)).status, 200);
    let fetch = phone.clone().without("Origin").with("Sec-Fetch-Site", "same-origin");
    assert_eq!(fetch.frame("front", &jpeg(64, 48, 1)).status, 200);
    assert_eq!(house.script("Ben").frame("front", &jpeg(64, 48, 2)).status, 200);
}

#[test]
fn a_name_that_is_not_ours_is_refused_on_every_route() {
    let house = House::open();
    let script = house.script("Anna");
    let port = house.addr.port();
    for host in [format!("evil.example:{port}"), "127.0.0.1".into(), "127.0.0.1:1".into(), format!("10.9.8.7:{port}")] {
        for route in ROUTES {
            let path = route.path.replace("{id}", "x").replace("{+file}", "style.css");
            let path = path.replace(['{', '}'], "");
            let body: &[u8] = if route.method == "GET" { b"" } else { b"{}" };
            let answer = script.send(route.method, &path, &[("Host", &host)], body);
            assert_eq!((answer.status, answer.code().as_str()), (421, "wrong_host"), "{host} {path}");
        }
    }
    let named = script.send("GET", "/healthz", &[("Host", &format!("localhost:{port}"))], &[]);
    assert_eq!(named.status, 200);
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let answers = [
        phone.get("/"),
        phone.get("/web/style.css"),
        phone.get("/api/v1/me"),
        phone.get("/nothing"),
        phone.get("/j/nonsense"),
        house.stranger().get("/api/v1/me"),
        phone.send("PATCH", "/api/v1/me", &[], b"x"),
        phone.frame("front", b"no picture"),
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'self'", "img-src 'self' blob: data:", "frame-ancestors 'none'", "object-src 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}
