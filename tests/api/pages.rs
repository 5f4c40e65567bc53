//! Pages, assets, health, and what is not there.

use framekeep::bus::{Problem, ProblemKind};
use serde_json::json;

use crate::house::{House, now};

#[test]
fn the_pages_and_all_that_they_name_are_there() {
    let house = House::open();
    let stranger = house.stranger();
    for page in ["/", "/frames", "/upload", "/watch", "/jobs", "/trust"] {
        let answer = stranger.get(page);
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"), "{page}");
        let text = answer.text();
        let named: Vec<_> = text.split('"').filter(|word| word.starts_with("/web/")).collect();
        assert!(!named.is_empty(), "{page}");
        for asset in named {
            let answer = stranger.get(asset);
            assert_eq!(answer.status, 200, "{page} names {asset}");
            assert!(!answer.header("content-type").is_empty(), "{asset}");
        }
    }
}

#[test]
fn an_asset_is_sent_once() {
    let house = House::open();
    let stranger = house.stranger();
    let first = stranger.get("/web/style.css");
    assert_eq!(first.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(first.header("cache-control"), "no-cache");
    let etag = first.header("etag");
    let again = stranger.send("GET", "/web/style.css", &[("If-None-Match", etag)], &[]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, etag));
    assert_eq!(stranger.get("/web/package.json").status, 404);
}

#[test]
fn what_is_not_there_is_told_in_the_language_of_the_asker() {
    let house = House::open();
    let stranger = house.stranger();
    let json = stranger.get("/nothing");
    assert_eq!((json.status, json.code().as_str()), (404, "no_such_address"));
    let browser = stranger.clone().with("Accept", "text/html");
    let page = browser.get("/nothing");
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert_eq!(browser.get("/api/v1/nothing").code(), "no_such_address");

    let method = stranger.send("PUT", "/api/v1/frames", &[], b"x");
    assert_eq!((method.status, method.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(method.header("allow"), "GET, HEAD");
    assert_eq!(stranger.send("OPTIONS", "/upload", &[], &[]).header("allow"), "GET, HEAD, POST");
}

#[test]
fn health_tells_what_needs_a_person() {
    let house = House::open();
    let stranger = house.stranger();
    let well = stranger.get("/healthz");
    assert_eq!((well.status, well.value()), (200, json!({ "status": "ok" })));
    let since = now();
    let problem =
        Problem { kind: ProblemKind::SaveFolder, since, what: "/home/ben is gone".into(), todo: "plug it in".into() };
    house.problems.raise(problem);
    let ill = stranger.get("/healthz");
    assert_eq!((ill.status, &ill.value()["status"]), (503, &json!("problem")));
    let listed = &ill.value()["problems"][0];
    assert_eq!((&listed["kind"], &listed["since"]), (&json!("save_folder"), &json!(since)));
    assert!(listed["what"].as_str().unwrap().contains("save folder"), "{listed}");
    assert!(!ill.text().contains("/home/ben"), "folders of this computer are nobody else's business");
    assert_eq!(house.phone().get("/api/v1/me").value()["problems"][0]["what"], listed["what"]);
    house.problems.settle(ProblemKind::SaveFolder);
    assert_eq!(stranger.get("/healthz").status, 200);
}

#[test]
fn the_description_is_served() {
    let house = House::open();
    let answer = house.stranger().get("/openapi.yaml");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/yaml"));
    assert_eq!(answer.text(), include_str!("../../docs/openapi.yaml"));
}
