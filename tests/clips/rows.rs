//! The list of clips can be made again from the names of their files.

use std::path::Path;
use std::time::Duration;

use framekeep::bus::{Bus, Problems};
use framekeep::domain::{Clip, ClipKind, Timestamp};
use framekeep::library::{ClipMade, ClipOrder, FrameQuery, Library, rebuild};

use crate::road::stream;

fn open(folder: &Path) -> Library {
    let bus = Bus::default();
    Library::open(&folder.join("frames"), &folder.join("spool"), bus.clone(), Problems::new(bus)).unwrap()
}

fn listed(library: &Library) -> Vec<Clip> {
    library.clips(&FrameQuery { limit: 10, ..FrameQuery::default() }).unwrap().0
}

#[test]
fn without_an_index_a_clip_is_found_by_its_name_and_with_the_old_one_nothing_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let at = Timestamp::from_millis(1_790_000_000_000);
    let order = ClipOrder::new(ClipKind::Event, 77, &stream(), at, Some(at));
    let made = ClipMade { frames: 3, started_at: at, duration_ms: 900, width: 64, height: 48, has_sound: true };
    let place = library.order_clip(&order).unwrap();
    std::fs::write(place.film(), "a film").unwrap();
    let clip = library.take_clip(&place, &order, &made).unwrap().unwrap();
    assert!(!place.path().exists());
    assert!(library.stop(Duration::from_secs(10)));
    drop(library);

    let frames = folder.path().join("frames");
    assert_eq!(rebuild(&frames).unwrap().clips, 1);
    let library = open(folder.path());
    assert_eq!(listed(&library), std::slice::from_ref(&clip), "the old index knew how long it plays");
    assert!(library.stop(Duration::from_secs(10)));
    drop(library);

    for file in std::fs::read_dir(frames.join(".framekeep")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.to_string_lossy().contains("index") {
            std::fs::remove_file(file).unwrap();
        }
    }
    let library = open(folder.path());
    assert_eq!(listed(&library), [Clip { duration_ms: None, has_sound: None, ..clip }]);
}

#[test]
fn a_film_without_a_frame_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let order = ClipOrder::new(ClipKind::Timelapse, 1, &stream(), Timestamp::default(), None);
    let place = library.order_clip(&order).unwrap();
    let left: Vec<_> = library.clips_left_open().into_iter().map(|(_, order)| order).collect();
    assert_eq!(left, std::slice::from_ref(&order));
    let started_at = Timestamp::default();
    let made = ClipMade { frames: 0, started_at, duration_ms: 0, width: 2, height: 2, has_sound: false };
    assert_eq!(library.take_clip(&place, &order, &made).unwrap(), None);
    assert!(listed(&library).is_empty() && !place.path().exists());
}
