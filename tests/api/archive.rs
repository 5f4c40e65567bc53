//! Everything that was kept as one file, and many frames deleted and brought back at once: of one's own, and of nobody else.

use std::io::{Cursor, Read};

use serde_json::{Value, json};

use crate::clips::clip;
use crate::house::{Answer, House, jpeg};
use crate::recordings::recorded;

/// Names and bytes in a zip file.
fn unpack(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"), "{}", answer.text());
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
    let entries = 0..archive.len();
    entries
        .map(|n| {
            let mut entry = archive.by_index(n).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn ids(value: &Value) -> Vec<String> {
    let mut ids: Vec<String> =
        value["frames"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn all_frames_of_a_user_come_as_one_zip_file_byte_for_byte() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let pictures: Vec<Vec<u8>> = (0..7).map(|seed| jpeg(320, 240, seed)).collect();
    for picture in &pictures {
        anna.frame("front", picture);
    }
    ben.frame("front", &jpeg(64, 48, 9));
    let answer = anna.get("/api/v1/archive");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"framekeep_Anna_"));
    let mut kept = unpack(&answer);
    assert!(kept.iter().all(|(name, _)| name.starts_with("Anna/20") && name.contains("Z_front_")), "{kept:?}");
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    let mut expected = pictures.clone();
    let mut bytes: Vec<Vec<u8>> = kept.into_iter().map(|(_, bytes)| bytes).collect();
    bytes.sort();
    expected.sort();
    assert_eq!(bytes, expected);
    assert_eq!(unpack(&anna.get("/api/v1/archive?camera=back")).len(), 0);
    assert_eq!(unpack(&house.operator().get("/api/v1/archive")).len(), 8);
    assert_eq!(unpack(&house.operator().get("/api/v1/archive?user=Ben")).len(), 1);
    assert_eq!(anna.get("/api/v1/archive?user=Ben").status, 404);
}

#[test]
fn clips_and_recordings_come_with_the_frames_and_nothing_of_somebody_else() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    anna.frame("front", &jpeg(64, 48, 1));
    let (clip, recording) = (clip(&house, 77), recorded(&anna, "one", 3));
    recorded(&ben, "other", 2);
    let kept = unpack(&anna.get("/api/v1/archive"));
    let folders: Vec<&str> = kept.iter().map(|(name, _)| name.rsplit_once('/').unwrap().0).collect();
    assert!(folders[0].starts_with("Anna/20"), "{folders:?}");
    assert_eq!(folders[1..], ["Anna/clips", "Anna/recordings"]);
    assert!(kept[1].1 == anna.get(&format!("/api/v1/clips/{clip}")).body);
    assert!(kept[2].1 == anna.get(&format!("/api/v1/recordings/{recording}/file")).body && kept[2].1.len() == 15_000);
    let of_event: Vec<String> =
        unpack(&anna.get("/api/v1/archive?event=77")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(of_event.len(), 1, "{of_event:?}");
    assert!(of_event[0].ends_with("event-77.mp4"));
    assert_eq!(unpack(&ben.get("/api/v1/archive")).len(), 1);
}

#[test]
fn more_frames_than_a_page_come_whole() {
    let house = House::open();
    let anna = house.script("Anna");
    for seed in 0..520 {
        assert_eq!(anna.frame("front", &jpeg(16, 16, seed)).status, 200);
        if seed % 80 == 79 {
            // A device may not ask for more at once.
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    }
    assert_eq!(unpack(&anna.get("/api/v1/archive")).len(), 520);
}

#[test]
fn many_frames_are_deleted_at_once_and_brought_back_and_none_of_somebody_else() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let sent = |client: &crate::house::Client, seed| {
        client.frame("front", &jpeg(64, 48, seed)).value()["frame"].as_str().unwrap().to_owned()
    };
    let mut own: Vec<String> = (0..5).map(|seed| sent(&anna, seed)).collect();
    own.sort();
    let theirs = sent(&ben, 9);
    let picked = [own.clone(), vec![theirs.clone(), "0123456789abcdef".to_owned(), "../x".to_owned()]].concat();
    let deleted = anna.json("POST", "/api/v1/trash", &json!({ "frames": picked }));
    assert_eq!((deleted.status, ids(&deleted.value())), (200, own.clone()), "{}", deleted.text());
    assert_eq!(anna.get("/api/v1/frames").value()["count"], 0);
    assert_eq!(ben.get(&format!("/api/v1/frames/{theirs}")).status, 200);
    let nothing = ben.json("DELETE", "/api/v1/trash", &json!({ "frames": own }));
    assert_eq!(ids(&nothing.value()), Vec::<String>::new(), "it is not Ben's to bring back");
    let back = anna.json("DELETE", "/api/v1/trash", &json!({ "frames": picked }));
    assert_eq!(ids(&back.value()), own);
    assert_eq!(anna.get("/api/v1/frames").value()["count"], 5);
    let many: Vec<String> = (0..501).map(|n| format!("{n:016x}")).collect();
    assert_eq!(anna.json("POST", "/api/v1/trash", &json!({ "frames": many })).code(), "bad_value");
    assert_eq!(anna.json("POST", "/api/v1/trash", &json!({})).code(), "bad_body");
}
