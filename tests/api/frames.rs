//! A frame goes in, its fate comes back, and what was said to be saved is on disk.

use framekeep::domain::{CameraChoice, KeepRule};
use serde_json::json;

use crate::house::{House, jpeg, now};

#[test]
fn a_frame_is_on_disk_byte_for_byte_when_the_answer_says_so() {
    let house = House::open();
    let phone = house.phone_of("Anna");
    let picture = jpeg(320, 240, 1);
    let captured = now().as_millis() - 5000;
    let headers = [("Content-Type", "image/jpeg"), ("X-Seq", "41"), ("X-Captured-At", &captured.to_string())];
    let answer = phone.post("/api/v1/cameras/front%20door/frames", &headers, &picture);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let value = answer.value();
    assert_eq!((&value["seq"], &value["saved"], &value["motion"]), (&json!(41), &json!(true), &json!(false)));
    assert!(value["verdict"].is_string() && value["score"].is_number() && value["interval_ms"].is_u64(), "{value}");
    assert_eq!(value["counts"], json!({ "received": 1, "motion": 0, "kept": 1, "dropped": 0, "lost": 0 }));
    let id = value["frame"].as_str().unwrap();

    let saved = house.library.frame(id.parse().unwrap()).unwrap().unwrap();
    let file = house.library.file(&saved);
    assert!(file.starts_with(house.frames.join("Anna")), "{file:?}");
    assert_eq!(std::fs::read(&file).unwrap(), picture);
    assert_eq!((saved.captured_at.as_millis(), saved.width, saved.height), (captured, 320, 240));

    let back = phone.get(&format!("/api/v1/frames/{id}"));
    assert_eq!((back.status, back.header("content-type")), (200, "image/jpeg"));
    assert_eq!(back.body, picture);
}

#[test]
fn png_and_webp_are_frames_too_and_a_type_may_be_left_out() {
    let house = House::open();
    let script = house.script("Anna");
    let pixels =
        image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x, y, 90].map(|level| u8::try_from(level).unwrap())));
    for (format, media_type) in [(image::ImageFormat::Png, "image/png"), (image::ImageFormat::WebP, "image/webp")] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, format).unwrap();
        let bytes = bytes.into_inner();
        for headers in [&[("Content-Type", media_type)][..], &[("Content-Type", "application/octet-stream")], &[]] {
            let answer = script.post("/api/v1/cameras/door/frames", headers, &bytes);
            assert_eq!(answer.status, 200, "{}", answer.text());
            let id = answer.value()["frame"].as_str().unwrap().to_owned();
            let back = script.get(&format!("/api/v1/frames/{id}"));
            assert_eq!((back.header("content-type"), &back.body), (media_type, &bytes));
        }
    }
}

#[test]
fn frames_without_a_number_are_numbered_by_the_door() {
    let house = House::open();
    let script = house.script("Anna");
    let seqs: Vec<_> = (0..3).map(|seed| script.frame("door", &jpeg(64, 48, seed)).value()["seq"].clone()).collect();
    assert_eq!(seqs, [json!(0), json!(1), json!(2)]);
}

#[test]
fn a_frame_that_the_rules_do_not_ask_for_is_looked_at_and_not_kept() {
    let house = House::keeping(KeepRule::Motion { per_second: 2.0 });
    let script = house.script("Anna");
    let answer = script.frame("door", &jpeg(64, 48, 0)).value();
    assert_eq!((&answer["saved"], &answer["frame"], &answer["event"]), (&json!(false), &json!(null), &json!(null)));
    assert_eq!(answer["counts"]["received"], 1);
    assert_eq!(script.get("/api/v1/frames").value()["frames"], json!([]));
}

#[test]
fn nobody_sends_in_the_place_of_the_local_camera() {
    let house = House::with(|settings| settings.camera = CameraChoice::Demo);
    let script = house.script("Operator");
    let picture = jpeg(64, 48, 0);
    for answer in [
        script.frame("demo", &picture),
        script.post("/upload?camera=DEMO", &[("Content-Type", "image/jpeg")], &picture),
        script.post("/api/v1/cameras/demo/state", &[], br#"{"state":"stopped"}"#),
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (409, "local_camera"));
    }
    assert_eq!(script.frame("door", &picture).status, 200);
    assert_eq!(house.script("Anna").frame("demo", &picture).status, 200);
}

#[test]
fn a_phone_tells_that_it_stopped_and_the_camera_is_blind_for_that_reason() {
    let house = House::open();
    let (phone, operator) = (house.phone_of("Anna"), house.operator());
    phone.frame("front", &jpeg(64, 48, 0));
    let table =
        [("hidden", "page_hidden"), ("taken", "taken"), ("muted", "muted"), ("stopped", "left"), ("live", "starting")];
    for (state, reason) in table {
        // As navigator.sendBeacon does: text, and no type of JSON.
        let body = json!({ "state": state }).to_string();
        let told =
            phone.post("/api/v1/cameras/front/state", &[("Content-Type", "text/plain;charset=UTF-8")], body.as_bytes());
        assert_eq!(told.status, 204, "{}", told.text());
        let camera = operator.get("/api/v1/cameras").value()["cameras"][0].clone();
        assert_eq!((&camera["state"], &camera["reason"]), (&json!("blind"), &json!(reason)), "{camera}");
        assert_eq!(
            (&camera["user"], &camera["camera"], &camera["kind"]),
            (&json!("Anna"), &json!("front"), &json!("remote"))
        );
    }
    phone.frame("front", &jpeg(64, 48, 0));
    assert_eq!(operator.get("/api/v1/cameras").value()["cameras"][0]["state"], "still");
}
