//! What is drawn on films, seen in their pixels.

use std::time::Duration;

use framekeep::domain::{Clip, ClipKind, Draw, KeepRule, RgbPicture, Zone, ZoneKind};
use framekeep::library::{ClipOrder, Library, TraceQuery};

use crate::road::{Road, START, ffprobe, stream, until};

const ALL: Draw = Draw { boxes: true, time: true, zones: true };
const WIDTH: usize = 320;

/// Each frame of a film.
fn frames_of(road: &Road, clip: &Clip) -> Vec<Vec<u8>> {
    road.pixels_of(clip).chunks_exact(WIDTH * 240 * 3).map(<[u8]>::to_vec).collect()
}

/// How many pixels of a colour there are within these rows.
fn count(frame: &[u8], rows: std::ops::Range<usize>, is: impl Fn(i32, i32, i32) -> bool) -> usize {
    let pixels = frame[rows.start * WIDTH * 3..rows.end * WIDTH * 3].chunks_exact(3);
    pixels.filter(|pixel| is(pixel[0].into(), pixel[1].into(), pixel[2].into())).count()
}

/// The columns in which there are so many pixels of a colour within these rows.
fn columns(frame: &[u8], rows: std::ops::Range<usize>, is: impl Fn(i32, i32, i32) -> bool) -> Vec<usize> {
    let pixel = |x: usize, y: usize| {
        let at = (y * WIDTH + x) * 3;
        is(frame[at].into(), frame[at + 1].into(), frame[at + 2].into())
    };
    (0..WIDTH).filter(|x| rows.clone().filter(|y| pixel(*x, *y)).count() > 3).collect()
}

fn is_amber(red: i32, green: i32, blue: i32) -> bool {
    red > 170 && (100..215).contains(&green) && blue < 120 && red - blue > 90
}

fn is_white(red: i32, green: i32, blue: i32) -> bool {
    red.min(green).min(blue) > 180
}

/// An event closes its traces only when something is drawn on its clip; else they come within seconds.
fn traces_are_written(road: &Road) {
    let query = TraceQuery { stream: stream(), from: None, to: None, cursor: None, limit: 500 };
    until("the traces are there", || {
        !road.library.traces(&query).unwrap().frames.is_empty() || {
            road.pipeline.interrupt(&stream());
            false
        }
    });
}

#[test]
fn a_clip_shows_boxes_around_what_moves_the_time_and_the_zones_where_that_is_asked_for() {
    let road = Road::open();
    road.settings
        .update(|settings| {
            settings.defaults.clip.draw = ALL;
            settings.defaults.motion.zones = vec![Zone::rectangle(ZoneKind::Watch, 0.02, 0.3, 0.96, 0.5)];
        })
        .unwrap();
    road.somebody_crosses();
    let frames = frames_of(&road, &road.clip());
    assert!(frames.len() > 20, "{}", frames.len());
    let boxed: Vec<_> = frames.iter().map(|frame| columns(frame, 95..155, is_amber)).collect();
    let (first, last) = (boxed.first().unwrap(), boxed.last().unwrap());
    assert!(first.is_empty() && last.is_empty(), "nothing moves then: {first:?} {last:?}");
    // The square goes from left to right, and so does its box.
    let edges: Vec<usize> = boxed.iter().filter_map(|columns| columns.first().copied()).collect();
    assert!(edges.len() >= 5, "{boxed:?}");
    assert!(edges.first().unwrap() + 60 < *edges.last().unwrap(), "{edges:?}");
    for frame in &frames {
        let white = count(frame, 215..238, is_white);
        assert!(white > 150, "{white} pixels of the time stand below");
        let zone = |red: i32, _, blue: i32| blue - red > 40;
        assert!(columns(frame, 75..190, zone).iter().any(|x| *x < 12), "the zone begins on the left");
    }
}

#[test]
fn without_being_asked_nothing_is_drawn() {
    let road = Road::open();
    road.somebody_crosses();
    for frame in frames_of(&road, &road.clip()) {
        assert!(columns(&frame, 0..240, is_amber).is_empty());
        assert_eq!(count(&frame, 215..238, is_white), 0);
    }
}

#[test]
fn boxes_on_a_time_lapse_are_those_of_the_frames_that_it_shows() {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.keep = KeepRule::All { every_secs: 0.5 }).unwrap();
    road.somebody_crosses();
    until("they are kept", || road.kept().len() >= 16);
    traces_are_written(&road);
    let order = ClipOrder::new(ClipKind::Timelapse, 3, &stream(), START, Some(START.plus(Duration::from_secs(8))));
    let clip = road.ordered(&ClipOrder { per_second: 10.0, draw: Draw { boxes: true, ..Draw::default() }, ..order });
    let frames = frames_of(&road, &clip);
    let boxed: Vec<bool> = frames.iter().map(|frame| !columns(frame, 95..155, is_amber).is_empty()).collect();
    assert!(frames.len() >= 16 && !boxed[0] && !boxed[frames.len() - 1], "{boxed:?}");
    assert!((1..=3).contains(&boxed.iter().filter(|boxed| **boxed).count()), "{boxed:?}");
}

#[test]
fn the_clip_of_an_event_is_drawn_on_once_more_and_stays_as_it_is() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    traces_are_written(&road);
    let before = std::fs::read(road.library.clip_file(&clip)).unwrap();
    let (from, lasts) = (clip.started_at, Duration::from_millis(clip.duration_ms.unwrap()));
    let order = ClipOrder::new(ClipKind::Drawn, 4, &stream(), from, Some(from.plus(lasts)));
    let (of, draw) = (Some(Library::clip_place(&clip)), Draw { boxes: true, time: true, zones: false });
    let drawn = road.ordered(&ClipOrder { of, draw, shows: vec![clip.id.0], ..order });
    assert_eq!((drawn.event(), drawn.started_at), (None, clip.started_at));
    assert!(drawn.duration_ms.unwrap().abs_diff(clip.duration_ms.unwrap()) <= 100, "{drawn:?} and {clip:?}");
    let frames = frames_of(&road, &drawn);
    assert_eq!(frames.len(), frames_of(&road, &clip).len());
    let boxed = frames.iter().filter(|frame| !columns(frame, 95..155, is_amber).is_empty()).count();
    assert!(boxed >= 5 && boxed < frames.len() / 2, "{boxed} of {}", frames.len());
    assert!(frames.iter().all(|frame| count(frame, 215..238, is_white) > 150), "the time stands below");
    assert_eq!(std::fs::read(road.library.clip_file(&clip)).unwrap(), before);
}

#[test]
fn a_picture_that_was_taken_on_its_side_is_upright_in_a_film_drawn_on_or_not() {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.keep = KeepRule::All { every_secs: 0.1 }).unwrap();
    // Dark above, bright below, as it is to be seen: 240 by 320. As it came it lies on its left side.
    let mut lying = RgbPicture { width: 320, height: 240, data: vec![40; 320 * 240 * 3] };
    for row in lying.data.chunks_exact_mut(320 * 3) {
        row[160 * 3..].fill(220);
    }
    let jpeg = framekeep::codec::encode_jpeg_turned(&lying, 90, 6).unwrap().into();
    for n in 0..3_u64 {
        road.send(n * 500, &jpeg);
    }
    until("they are kept", || road.kept().len() == 3);
    let kept = road.kept();
    for (number, draw) in [(1, Draw::default()), (2, Draw { time: true, ..Draw::default() })] {
        let order =
            ClipOrder::new(ClipKind::Selection, number, &stream(), kept[0].captured_at, Some(kept[2].captured_at));
        let frames = kept.iter().map(Library::frame_place).collect();
        let film = road.ordered(&ClipOrder { per_second: 5.0, frames, draw, ..order });
        let probed = ffprobe(&road.library.clip_file(&film), &["-show_streams"]);
        let size = (probed["streams"][0]["width"].as_u64(), probed["streams"][0]["height"].as_u64());
        assert_eq!(size, (Some(240), Some(320)), "{draw:?}");
        let pixels = road.pixels_of(&film);
        let level = |x: usize, y: usize| pixels[(y * 240 + x) * 3];
        assert!(level(120, 40) < 80 && level(120, 240) > 180, "{draw:?}: {} {}", level(120, 40), level(120, 240));
        let written = pixels[290 * 240 * 3..310 * 240 * 3].chunks_exact(3).filter(|pixel| pixel[0] < 90).count();
        assert_eq!(written > 50, draw.time, "{written} dark pixels of the time");
    }
}
