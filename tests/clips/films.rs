//! What ffprobe says of the films.

use std::time::Duration;

use framekeep::bus::ProblemKind;
use framekeep::domain::{ClipKind, StreamId, Timestamp};
use framekeep::ffmpeg::{Ffmpeg, Limits};
use framekeep::library::{ClipOrder, FrameQuery};
use framekeep::video::Tools;
use serde_json::Value;

use crate::road::{Road, START, ffprobe, room, stream, until};

/// Milliseconds at which a camera saw its pictures: as irregular as they come.
fn times(count: u64) -> Vec<u64> {
    (0..count).map(|n| n * 100 + [0, 13, 41, 7, 66][usize::try_from(n % 5).unwrap()]).collect()
}

#[test]
fn an_event_becomes_a_film_of_its_frames_each_at_its_time() {
    let road = Road::open();
    let times = times(80);
    for (n, at) in times.iter().enumerate() {
        // Something crosses the room in the fourth second.
        let square = (30..40).contains(&n).then(|| u32::try_from((n - 30) * 20).unwrap());
        road.send(*at, &room(square));
    }
    let clip = road.clip();
    assert_eq!((clip.kind, clip.has_sound), (ClipKind::Event, Some(false)));
    let event = road.library.event(clip.event().unwrap()).unwrap().unwrap();
    let at = |millis: &u64| START.plus(Duration::from_millis(*millis));
    let (first, last) =
        (event.start.minus(Duration::from_secs(1)), event.end.unwrap().plus(Duration::from_millis(500)));
    let expected: Vec<Timestamp> = times.iter().map(at).filter(|at| (first..=last).contains(at)).collect();
    assert!(expected.len() > 20, "{expected:?}");
    assert_eq!(clip.started_at, expected[0]);

    let file = road.library.clip_file(&clip);
    let found = ffprobe(&file, &["-show_streams", "-show_packets", "-show_format"]);
    let video = &found["streams"][0];
    assert_eq!(found["streams"].as_array().unwrap().len(), 1);
    assert_eq!((video["codec_name"].as_str(), video["pix_fmt"].as_str()), (Some("h264"), Some("yuv420p")));
    assert_eq!((&video["width"], &video["height"]), (&Value::from(320), &Value::from(240)));
    let shown: Vec<i64> =
        found["packets"].as_array().unwrap().iter().map(|packet| millis(&packet["pts_time"])).collect();
    assert_eq!(shown.len(), expected.len());
    for (shown, expected) in shown.iter().zip(&expected) {
        let true_time = expected.since(clip.started_at).as_millis();
        assert!((i128::from(*shown) - i128::try_from(true_time).unwrap()).abs() <= 2, "{shown} and {true_time}");
    }
    let lasts = millis(&found["format"]["duration"]);
    assert!(lasts >= *shown.last().unwrap() && lasts <= shown.last().unwrap() + 200, "{lasts}: {shown:?}");
    assert_eq!(clip.duration_ms, Some(lasts.unsigned_abs()));
    // A browser begins to play before it has all: what tells where the frames lie stands before them.
    let bytes = std::fs::read(&file).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|four| four == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
    // It is in the list a moment before its order goes.
    until("nothing is left of what it was made of", || road.spools().is_empty());
}

#[test]
#[cfg(unix)]
fn without_ffmpeg_an_event_waits_for_its_film_and_it_is_said_how_to_get_it() {
    let nowhere = tempfile::tempdir().unwrap();
    let road = Road::with(Tools::new(Ffmpeg::in_folder(nowhere.path()), Limits::default()));
    let told = || road.problems.list().into_iter().find(|problem| problem.kind == ProblemKind::Ffmpeg);
    road.somebody_crosses();
    until("it is told", || told().is_some());
    assert!(told().unwrap().todo.contains("apt install ffmpeg"), "{:?}", told());
    let path = std::env::var_os("PATH").unwrap();
    for name in ["ffprobe", "ffmpeg"] {
        let program =
            std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists()).unwrap();
        std::os::unix::fs::symlink(program, nowhere.path().join(name)).unwrap();
    }
    assert_eq!(road.clip().kind, ClipKind::Event);
    until("it is over", || told().is_none());
}

#[test]
fn what_is_private_is_black_in_the_film_too() {
    let road = Road::open();
    road.settings
        .update(|settings| {
            let zone = framekeep::domain::Zone {
                kind: framekeep::domain::ZoneKind::Private,
                points: vec![(0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)],
            };
            settings.defaults.motion.zones.push(zone);
        })
        .unwrap();
    for n in 0..70_u64 {
        let square = (30..40).contains(&n).then(|| u32::try_from((n - 30) * 20).unwrap());
        road.send(n * 100, &room(square));
    }
    let pixels = road.pixels_of(&road.clip());
    for frame in pixels.chunks(320 * 240 * 3) {
        let (left, right) = (frame[(120 * 320 + 20) * 3], frame[(120 * 320 + 250) * 3]);
        assert!(left < 30 && right > 60, "{left} {right}");
    }
}

#[test]
fn a_camera_whose_clips_are_off_gets_none() {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.clip.on = false).unwrap();
    for n in 0..70_u64 {
        let square = (30..40).contains(&n).then(|| u32::try_from((n - 30) * 20).unwrap());
        road.send(n * 100, &room(square));
    }
    until("the event is there", || {
        !road.library.events(&FrameQuery { limit: 9, ..FrameQuery::default() }).unwrap().0.is_empty()
    });
    assert!(road.spools().is_empty());
}

#[test]
fn kept_frames_become_a_time_lapse() {
    let road = Road::open();
    road.settings
        .update(|settings| settings.defaults.keep = framekeep::domain::KeepRule::All { every_secs: 1.0 })
        .unwrap();
    for n in 0..40_u64 {
        road.send(n * 1000, &room(None));
    }
    let query = FrameQuery { limit: 100, ..FrameQuery::default() };
    until("all are kept", || road.library.frames(&query).unwrap().frames.len() == 40);
    let [from, to] = [10, 29].map(|secs| START.plus(Duration::from_secs(secs)));
    let lower = StreamId { user: "anna".parse().unwrap(), ..stream() };
    let order = ClipOrder::new(ClipKind::Timelapse, 5, &lower, from, Some(to));
    let order = ClipOrder { per_second: 10.0, ..order };
    road.library.order_clip(&order).unwrap();
    road.library.clips_changed();
    let clip = road.clip();
    assert_eq!((clip.kind, clip.event(), clip.stream.user.as_str()), (ClipKind::Timelapse, None, "Anna"));
    let found = ffprobe(&road.library.clip_file(&clip), &["-show_packets"]);
    let shown: Vec<i64> =
        found["packets"].as_array().unwrap().iter().map(|packet| millis(&packet["pts_time"])).collect();
    assert_eq!(shown, (0..20).map(|n| n * 100).collect::<Vec<i64>>());
}

/// A time in seconds as ffprobe writes it.
fn millis(time: &Value) -> i64 {
    let seconds: f64 = time.as_str().unwrap().parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
    let millis = (seconds * 1000.0).round() as i64;
    millis
}
