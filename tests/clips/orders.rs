//! Films that somebody orders: picked frames, and the mask of a video.

use framekeep::domain::{Clip, ClipKind, Frame, KeepRule, MotionSettings, Picture, PictureFormat};
use framekeep::library::{ClipOrder, Library};
use framekeep::pipeline::Wish;
use serde_json::Value;

use crate::road::{Road, START, ffprobe, room, stream, until};

/// When the frames of a film are shown, in milliseconds.
fn shown(road: &Road, clip: &Clip) -> Vec<i64> {
    let found = ffprobe(&road.library.clip_file(clip), &["-show_packets"]);
    let seconds = |packet: &Value| packet["pts_time"].as_str().unwrap().parse::<f64>().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
    let millis = |packet: &Value| (seconds(packet) * 1000.0).round() as i64;
    found["packets"].as_array().unwrap().iter().map(millis).collect()
}

#[test]
fn picked_frames_become_a_film_of_exactly_those_whatever_their_format() {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.keep = KeepRule::All { every_secs: 1.0 }).unwrap();
    for n in 0..6_u64 {
        road.send(n * 1000, &room(Some(u32::try_from(n).unwrap() * 40)));
    }
    // One is a PNG, as a script sends it.
    let mut png = Vec::new();
    let (width, height) = (320, 240);
    let mask = framekeep::domain::Mask { width, height, data: vec![250; 320 * 240] };
    png.extend(framekeep::codec::encode_mask(&mask).unwrap());
    let picture = Picture::Encoded { width, height, format: PictureFormat::Png, bytes: png.into() };
    let captured_at = START.plus(std::time::Duration::from_secs(7));
    let frame = Frame { stream: stream(), seq: 7000, captured_at, picture };
    road.pipeline.submit(frame, Wish::Always, None).unwrap();
    until("all are kept", || road.kept().len() == 7);

    let kept = road.kept();
    let picked = [&kept[1], &kept[4], &kept[6]];
    let (from, to) = (picked[0].captured_at, Some(picked[2].captured_at));
    let order = ClipOrder::new(ClipKind::Selection, 9, &stream(), from, to);
    let frames = picked.iter().map(|frame| Library::frame_place(frame)).collect();
    let clip = road.ordered(&ClipOrder { per_second: 4.0, frames, ..order });
    assert_eq!((clip.kind, clip.event(), clip.started_at), (ClipKind::Selection, None, picked[0].captured_at));
    assert_eq!(shown(&road, &clip), [0, 250, 500]);
    let pixels = road.pixels_of(&clip);
    // A pixel that is bright in the second of them alone, and one in the corner, which is bright in the PNG.
    let level = |frame: usize, x: usize, y: usize| pixels[(frame * 320 * 240 + y * 320 + x) * 3];
    assert_eq!([0, 1, 2].map(|frame| level(frame, 185, 125) > 200), [false, true, true]);
    assert_eq!([0, 1, 2].map(|frame| level(frame, 5, 5) > 200), [false, false, true]);
}

#[test]
fn the_mask_of_a_clip_is_white_where_it_moves_and_when_it_moves() {
    let road = Road::open();
    road.somebody_crosses();
    let clip = road.clip();
    let order = ClipOrder::new(ClipKind::Mask, 11, &stream(), clip.started_at, Some(clip.started_at));
    let mask = road.ordered(&ClipOrder {
        of: Some(Library::clip_place(&clip)),
        of_began_at: Some(clip.started_at),
        motion: Some(MotionSettings::default()),
        ..order
    });
    assert_eq!((mask.kind, mask.started_at, mask.has_sound), (ClipKind::Mask, clip.started_at, Some(false)));
    let (of, own) = (shown(&road, &clip), shown(&road, &mask));
    assert!(own.len() > 20 && own.iter().zip(&of).all(|(own, of)| (own - of).abs() <= 2), "{own:?} and {of:?}");
    let pixels = road.pixels_of(&mask);
    let white: Vec<usize> = pixels
        .chunks_exact(320 * 240 * 3)
        .map(|frame| frame.iter().step_by(3).filter(|level| **level > 200).count())
        .collect();
    assert!(white[0] == 0 && white.last() == Some(&0), "{white:?}");
    // A square of 50 by 50.
    assert!(white.iter().filter(|count| (1500..4500).contains(*count)).count() >= 5, "{white:?}");
}

#[test]
fn a_mask_of_a_video_that_was_deleted_fails_with_the_reason() {
    let road = Road::open();
    let order = ClipOrder::new(ClipKind::Mask, 12, &stream(), START, Some(START));
    road.library.order_clip(&ClipOrder { of: Some("Anna/recordings/gone.webm".to_owned()), ..order }).unwrap();
    road.library.clips_changed();
    until("it is told", || road.dead().iter().any(|why| why.contains("is not there any more")));
}
