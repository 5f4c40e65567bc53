//! Small frames are looked at in place of large ones, and of these exactly the wanted ones are kept.

use framekeep::codec;
use framekeep::domain::{KeepRule, RgbPicture, Zone, ZoneKind};
use serde_json::{Value, json};

use crate::house::{Answer, Client, House, now, until};

/// A wall with a bright square whose left edge lies at this percent of the width.
pub fn wall(width: u32, height: u32, square: Option<u32>) -> Vec<u8> {
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    let left = square.map(|percent| percent * width / 100);
    for y in 0..height {
        for x in 0..width {
            let inside = left.is_some_and(|left| (left..left + width / 5).contains(&x) && y > height / 3);
            let shade = u8::try_from(70 + x * 30 / width + y * 20 / height).unwrap();
            data.extend(if inside { [230, 225, 210] } else { [shade, shade, shade + 8] });
        }
    }
    codec::encode_jpeg(&RgbPicture { width, height, data }, 80).unwrap()
}

/// A phone's page, as far as the computer can tell: previews of 160 pixels, pictures of 640.
struct Phone {
    client: Client,
    began: i64,
}

impl Phone {
    fn of(client: Client) -> Self {
        Self { client, began: now().as_millis() - 60_000 }
    }

    fn headers(&self, seq: u32) -> [(String, String); 3] {
        let at = self.began + i64::from(seq) * 200;
        [("Content-Type", "image/jpeg".to_owned()), ("X-Seq", seq.to_string()), ("X-Captured-At", at.to_string())]
            .map(|(name, value)| (name.to_owned(), value))
    }

    fn post(&self, path: &str, seq: u32, body: &[u8]) -> Answer {
        let headers = self.headers(seq);
        let headers = headers.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        self.client.post(path, &headers, body)
    }

    fn preview(&self, query: &str, seq: u32, square: Option<u32>) -> Value {
        let answer = self.post(&format!("/api/v1/cameras/front/previews?{query}"), seq, &wall(160, 120, square));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.value()
    }

    fn whole(&self, query: &str, seq: u32, square: Option<u32>) -> Value {
        let path = format!("/api/v1/cameras/front/frames?judged&{query}");
        let answer = self.post(&path, seq, &wall(640, 480, square));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.value()
    }

    /// Somebody crosses the picture from the tenth to the twentieth frame of thirty.
    fn film(&self, query: &str, from: u32) -> Vec<Value> {
        let square = |n: u32| (10..20).contains(&n).then(|| (n - 10) * 8);
        (0..30).map(|n| self.preview(query, from + n, square(n))).collect()
    }
}

#[test]
fn previews_are_not_kept_but_say_which_pictures_are_wanted_from_three_seconds_before() {
    let house = House::keeping(KeepRule::Motion { per_second: 1000.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    let answers = phone.film("whole", 0);
    assert!(answers.iter().all(|answer| answer["saved"] == false && answer["frame"].is_null()));
    let wanted: Vec<(usize, i64)> =
        answers.iter().enumerate().filter_map(|(n, answer)| Some((n, answer["wanted_since"].as_i64()?))).collect();
    let (first, since) = wanted[0];
    assert!((10..14).contains(&first), "{wanted:?}");
    let lead = phone.began + i64::try_from(first).unwrap() * 200 - since;
    assert!((3000..4000).contains(&lead), "{lead} ms before");
    for (n, since) in &wanted[1..] {
        assert_eq!(*since, phone.began + i64::try_from(*n).unwrap() * 200, "after the first each is wanted for itself");
    }
    assert!(answers[2]["lively"] == true || answers[8]["lively"] == false);
    assert_eq!((&answers[8]["lively"], &answers[first]["lively"]), (&json!(false), &json!(true)));
    assert_eq!(phone.client.get("/api/v1/frames").value()["count"], 0);
}

#[test]
fn a_wanted_picture_is_kept_byte_for_byte_once_with_what_was_said_of_its_preview() {
    let house = House::keeping(KeepRule::Motion { per_second: 1000.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    let answers = phone.film("whole", 0);
    let (seq, answer) = (0..).zip(&answers).find(|(_, answer)| answer["wanted_since"].is_i64()).unwrap();
    let (event, score) = (answer["event"].as_i64().unwrap(), answer["score"].as_f64().unwrap());
    let query = format!("event={event}&score={score}&peak");
    let first = phone.whole(&query, seq, Some(20));
    let again = phone.whole(&query, seq, Some(20));
    assert_eq!((&first["saved"], &first["frame"]), (&json!(true), &again["frame"]));
    assert_eq!(first["counts"]["received"], 30, "it is no frame more");
    let list = phone.client.get("/api/v1/frames").value();
    let frame = &list["frames"][0];
    assert_eq!((&list["count"], &frame["event"], &frame["peak"]), (&json!(1), &json!(event), &json!(true)));
    assert_eq!((&frame["width"], frame["score"].as_f64().unwrap() > 0.01), (&json!(640), true));
    let id = frame["id"].as_str().unwrap();
    assert_eq!(phone.client.get(&format!("/api/v1/frames/{id}")).body, wall(640, 480, Some(20)));
}

#[test]
fn a_picture_hangs_on_no_event_of_another_camera() {
    let house = House::keeping(KeepRule::Motion { per_second: 1000.0 });
    let (anna, ben) = (Phone::of(house.phone_of("Anna")), Phone::of(house.phone_of("Ben")));
    let event = anna.film("whole", 0).iter().find_map(|answer| answer["event"].as_i64()).unwrap();
    let kept = ben.whole(&format!("event={event}&score=0.5"), 3, None);
    assert_eq!((&kept["saved"], &kept["event"]), (&json!(true), &json!(null)));
    assert_eq!(ben.client.get("/api/v1/frames").value()["frames"][0]["event"], json!(null));
    for (query, code) in [("score=2", "bad_value"), ("score=x", "bad_value"), ("event=x", "bad_value")] {
        let answer = ben.post(&format!("/api/v1/cameras/front/frames?judged&{query}"), 4, &wall(64, 48, None));
        assert_eq!((answer.status, answer.code().as_str()), (422, code), "{query}");
    }
}

#[test]
fn the_best_preview_of_an_event_is_named_where_it_is_not_wanted_anyway() {
    let house = House::keeping(KeepRule::Motion { per_second: 0.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    let answers = phone.film("whole", 0);
    let wanted = answers.iter().filter(|answer| answer["wanted_since"].is_i64()).count();
    let best = answers.iter().filter(|answer| answer["best"] == true).count();
    assert!(wanted == 1 && best > 0, "what led to the event is wanted, and {best} were the best of it");
    let without = phone.film("", 40);
    assert!(without.iter().all(|answer| answer["best"] == false), "no picture is behind these");
}

#[test]
fn what_comes_late_is_judged_apart_from_what_is_now_and_ends_at_its_own_time() {
    let mut house = House::keeping(KeepRule::Motion { per_second: 1000.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    for seq in 200..220 {
        phone.preview("whole", seq, None);
    }
    // One late frame, one of now, and so on: neither disturbs the other.
    let square = |n: u32| (10..20).contains(&n).then(|| (n - 10) * 8);
    let (mut late, mut live) = (Vec::new(), Vec::new());
    for n in 0..30 {
        late.push(phone.preview("whole&late", n, square(n)));
        live.push(phone.preview("whole", 220 + n, None));
    }
    assert!(live.iter().all(|answer| answer["motion"] == false), "nothing moves now");
    assert!(late.iter().any(|answer| answer["wanted_since"].is_i64()), "something moved then");
    let camera = house.operator().get("/api/v1/cameras").value()["cameras"][0].clone();
    assert_eq!(camera["state"], "still", "{camera}");
    house.close_pipeline();
    let mut events = Vec::new();
    until("the event of then is there and over", || {
        events = phone.client.get("/api/v1/events").value()["events"].as_array().unwrap().clone();
        events.len() == 1 && events[0]["end"].is_i64()
    });
    let end = events[0]["end"].as_i64().unwrap() - phone.began;
    assert!((3000..8000).contains(&end), "it ended {end} ms after the first late frame, not now");
}

#[test]
fn a_camera_that_says_that_it_was_moved_makes_no_event() {
    let house = House::keeping(KeepRule::Motion { per_second: 1000.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    for seq in 0..15 {
        phone.preview("whole", seq, None);
    }
    for seq in 15..20 {
        let answer = phone.preview("whole&moved", seq, Some((seq - 14) * 12));
        assert_eq!((&answer["verdict"], &answer["event"]), (&json!("camera_moved"), &json!(null)), "frame {seq}");
    }
    let settled = phone.preview("whole", 22, Some(70));
    assert_ne!(settled["verdict"], "motion", "where the camera rests now is the background");
}

#[test]
fn private_zones_are_black_in_pictures_whose_preview_was_looked_at() {
    let zone = Zone::rectangle(ZoneKind::Private, 0.0, 0.0, 0.5, 1.0);
    let house = House::with(|settings| settings.defaults.motion.zones = vec![zone]);
    let phone = Phone::of(house.phone_of("Anna"));
    let id = phone.whole("score=0.1", 1, Some(10))["frame"].as_str().unwrap().to_owned();
    let kept = image::load_from_memory(&phone.client.get(&format!("/api/v1/frames/{id}")).body).unwrap().to_rgb8();
    assert!(kept.get_pixel(80, 300).0.iter().all(|level| *level < 16), "{:?}", kept.get_pixel(80, 300));
    assert!(kept.get_pixel(500, 300).0.iter().all(|level| *level > 60));
}

#[test]
fn what_comes_afterwards_does_not_say_that_the_camera_is_there() {
    let house = House::keeping(KeepRule::Motion { per_second: 2.0 });
    let phone = Phone::of(house.phone_of("Anna"));
    assert_eq!(phone.whole("score=0.1&peak", 3, None)["saved"], true);
    phone.preview("whole&late", 4, None);
    assert_eq!(house.operator().get("/api/v1/cameras").value()["cameras"], json!([]));
    phone.preview("whole", 5, None);
    assert_eq!(house.operator().get("/api/v1/cameras").value()["cameras"][0]["state"], "still");
}
