//! What comes back from workers through a store is what workers make that share the folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::films::{CHROMIUM, frame_checksums, probe};
use crate::site::{Site, leave_an_event, now, picture, until};

/// Has one of each kind made: what became of it, and the checksums of its frames.
fn one_of_each(with_store: bool) -> BTreeMap<String, (Value, Vec<String>)> {
    let mut site = Site::open(with_store);
    leave_an_event(&site.path("frames"));
    site.start();
    let hour_ago = now().minus(Duration::from_hours(1)).as_millis();
    for number in 0..12_u8 {
        let at = (hour_ago + i64::from(number) * 1000).to_string();
        let headers = [("Content-Type", "image/jpeg"), ("X-Captured-At", at.as_str())];
        let (status, answer) = site.ask("POST", "/api/v1/cameras/garden/frames", &headers, &picture(number));
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }
    let id = site.record("k1", CHROMIUM);
    let day = json!({ "camera": "garden", "from": hour_ago, "to": hour_ago + 3_600_000, "per_second": 10 });
    site.json("POST", "/api/v1/clips", &day);
    let worker = site.worker("elsewhere");

    let made = site.made(&id);
    until("both clips are made", || site.clips().len() == 2);
    let video = site.video_of(&id);
    assert_eq!(frame_checksums(&video).len(), 150);
    let strip = video.with_file_name("strip.jpg");
    let facts =
        json!([made["frames"], made["events"], made["missing"], made["strip"], std::fs::read(strip).unwrap().len()]);
    let mut all = BTreeMap::from([("recording".to_owned(), (facts, frame_checksums(&video)))]);
    for (kind, film) in site.clips() {
        all.insert(kind, (shape(&film), frame_checksums(&film)));
    }
    if with_store {
        site.assert_the_store_gets_empty();
    }
    // The worker made nothing beside what it was asked for, and keeps nothing.
    drop(worker);
    let own = site.path("elsewhere");
    let left = std::fs::read_dir(&own).unwrap().flatten().filter(|entry| entry.file_name() != "data").count();
    assert_eq!(left, 0);
    if with_store {
        assert!(!own.join("data").join("index.sqlite").exists());
    }
    all
}

fn shape(film: &Path) -> Value {
    let found = probe(film);
    let stream = &found["streams"][0];
    json!([
        stream["codec_name"],
        stream["width"],
        stream["height"],
        stream["nb_read_frames"],
        found["format"]["duration"]
    ])
}

#[test]
fn a_recording_an_event_and_a_time_lapse_are_made_as_by_workers_that_share_the_folder() {
    let through_a_store = one_of_each(true);
    assert_eq!(through_a_store.keys().collect::<Vec<_>>(), ["event", "recording", "timelapse"]);
    let (_, event) = &through_a_store["event"];
    let (_, timelapse) = &through_a_store["timelapse"];
    assert_eq!((event.len(), timelapse.len()), (20, 12));
    assert_eq!(through_a_store, one_of_each(false));
}
