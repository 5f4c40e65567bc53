//! `/upload` in its three shapes, for scripts and for people.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::house::{Answer, Client, House, jpeg, now};

/// A form as browsers write it.
fn form(client: &Client, headers: &[(&str, &str)], parts: &[(&str, &str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, about, bytes) in parts {
        body.extend(format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"{about}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--line--\r\n");
    let mut all = vec![("Content-Type", "multipart/form-data; boundary=line")];
    all.extend_from_slice(headers);
    client.post("/upload", &all, &body)
}

const FILE: &str = "; filename=\"p.jpg\"\r\nContent-Type: image/jpeg";

fn data_url(picture: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(picture))
}

fn kept(house: &House, answer: &Answer) -> (String, String, Vec<u8>) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = answer.value()["frame"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).parse().unwrap();
    let saved = house.library.frame(id).unwrap().unwrap();
    let file = std::fs::read(house.library.file(&saved)).unwrap();
    (saved.stream.user.to_string(), saved.stream.camera.to_string(), file)
}

#[test]
fn a_picture_arrives_byte_for_byte_in_every_shape() {
    let house = House::open();
    let script = house.script("Anna");
    let picture = jpeg(320, 240, 5);
    let expected = |camera: &str| ("Anna".to_owned(), camera.to_owned(), picture.clone());

    let answer = form(&script, &[], &[("username", "", b"anna"), ("frame", FILE, &picture)]);
    assert_eq!(kept(&house, &answer), expected("upload"));

    let at = now().as_millis() - 1000;
    let body = json!({ "dataUrl": data_url(&picture), "username": "Anna", "timestamp": at, "serialNumber": 7 });
    let answer = script.json("POST", "/upload", &body);
    assert_eq!(kept(&house, &answer), expected("upload"));
    assert_eq!(answer.value()["seq"], 7);
    let id = answer.value()["frame"].as_str().unwrap().parse().unwrap();
    assert_eq!(house.library.frame(id).unwrap().unwrap().captured_at.as_millis(), at);

    let answer = script.post("/upload?username=Anna&camera=door", &[("Content-Type", "image/jpeg")], &picture);
    assert_eq!(kept(&house, &answer), expected("door"));

    // The name may be left out: it is the device's own.
    let answer = script.post("/upload", &[], &picture);
    assert_eq!(kept(&house, &answer), expected("upload"));
}

#[test]
fn a_phone_without_javascript_gets_a_page_back() {
    let house = House::open();
    let phone = house.phone();
    let page = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    // A device without a name claims the one in the form.
    let answer = form(&phone, &page, &[("username", "", b"Anna"), ("frame", FILE, &jpeg(64, 48, 0))]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.text().contains("The photo was kept"), "{}", answer.text());
    assert_eq!(phone.get("/api/v1/me").value()["user"], "Anna");

    let evil = "<script>alert(1)</script>";
    let answer = form(&phone, &page, &[("username", "", evil.as_bytes()), ("frame", FILE, &jpeg(64, 48, 0))]);
    assert_eq!((answer.status, answer.header("content-type")), (422, "text/html; charset=utf-8"));
    assert!(!answer.text().contains("<script>"), "{}", answer.text());
    assert!(answer.text().contains("not allowed (&lt;)"), "{}", answer.text());

    let lost = form(&house.stranger(), &page, &[("frame", FILE, &jpeg(64, 48, 0))]);
    assert_eq!((lost.status, lost.header("content-type")), (401, "text/html; charset=utf-8"));
    assert!(lost.text().contains("Scan the code"), "{}", lost.text());
}

#[test]
fn nobody_uploads_under_another_name() {
    let house = House::open();
    let (anna, ben, operator) = (house.script("Anna"), house.script("Ben"), house.operator());
    let picture = jpeg(64, 48, 0);
    for name in ["Anna", "Nobody"] {
        let answer = ben.post(&format!("/upload?username={name}"), &[], &picture);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{name}");
    }
    assert_eq!(anna.get("/api/v1/frames").value()["count"], 0);
    let answer = operator.post("/upload?username=Anna", &[], &picture);
    assert_eq!(kept(&house, &answer).0, "Anna");

    let nameless = house.phone();
    assert_eq!(nameless.post("/upload", &[], &picture).code(), "no_user");
    let asked = nameless.post("/upload?username=Anna", &[], &picture);
    assert_eq!((asked.status, asked.code().as_str()), (403, "name_asked"));
    assert_eq!(house.access.requests().len(), 1);
}

#[test]
fn a_form_or_json_that_is_not_what_is_read_is_refused() {
    let house = House::open();
    let script = house.script("Anna");
    let picture = jpeg(64, 48, 0);
    let long = "x".repeat(5000);
    let bad_forms: [&[(&str, &str, &[u8])]; 6] = [
        &[],
        &[("username", "", b"Anna")],
        &[("frame", FILE, b"")],
        &[("frame", FILE, &picture), ("frame", FILE, &picture)],
        &[("frame", FILE, &picture), ("extra", "", b"x")],
        &[("username", "", long.as_bytes()), ("frame", FILE, &picture)],
    ];
    for parts in bad_forms {
        let answer = form(&script, &[], parts);
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_body"), "{}", answer.text());
    }
    assert_eq!(form(&script, &[], &[("frame", FILE, b"no picture")]).code(), "not_a_picture");
    let lie = "; filename=\"p.png\"\r\nContent-Type: image/png";
    assert_eq!(form(&script, &[], &[("frame", lie, &picture)]).code(), "wrong_type");

    let with = |key: &str, value: Value| {
        let mut body = json!({ "dataUrl": data_url(&picture) });
        body[key] = value;
        script.json("POST", "/upload", &body)
    };
    assert_eq!(with("dataUrl", json!("data:text/html;base64,aGk=")).code(), "unsupported_type");
    assert_eq!(with("dataUrl", json!("data:image/jpeg;base64,!!!")).code(), "bad_body");
    assert_eq!(with("dataUrl", json!(data_url(&picture).replace("jpeg", "png"))).code(), "wrong_type");
    assert_eq!(with("dataUrl", json!(5)).code(), "bad_body");
    assert_eq!(with("timestamp", json!("yesterday")).code(), "bad_time");
    assert_eq!(with("timestamp", json!(0)).code(), "bad_time");
    assert_eq!(with("serialNumber", json!(-1)).code(), "bad_value");
    assert_eq!(with("camera", json!("../x")).code(), "bad_name");
    let plain = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(script.post("/upload", &plain, b"a=b").code(), "unsupported_type");
    assert_eq!(script.get("/api/v1/frames").value()["count"], 0);
    assert_eq!(with("camera", json!("door")).status, 200);
}

#[test]
fn a_picture_over_the_limit_is_refused_in_every_shape() {
    let house = House::open();
    let script = house.script("Anna");
    let mut large = jpeg(64, 48, 0);
    large.resize(25_000_001, 0);
    let by_form = form(&script, &[], &[("frame", FILE, &large)]);
    assert_eq!((by_form.status, by_form.code().as_str()), (413, "too_large"));
    let by_json = script.json("POST", "/upload", &json!({ "dataUrl": data_url(&large) }));
    assert_eq!((by_json.status, by_json.code().as_str()), (413, "too_large"));
    let by_bytes = script.post("/upload", &[], &large);
    assert_eq!((by_bytes.status, by_bytes.code().as_str()), (413, "too_large"));
}
