//! What is made of whole recordings of every kind, and what becomes of it later.

use framekeep::bus::Happening;
use framekeep::domain::{JobState, MadeVideo, RecordingState, VideoFormat};
use framekeep::library::FrameQuery;
use serde_json::Value;

use crate::films::{self, CHROMIUM, H264_IN_MATROSKA, MJPEG, SAFARI, SECONDS, Style, film};
use crate::studio::{BEGAN, CHUNK_BYTES, Studio, names_in, until};

const TOLD_MS: u64 = SECONDS * 1000;

fn seconds(probed: &Value) -> f64 {
    probed["format"]["duration"].as_str().expect("it knows how long it is").parse().unwrap()
}

fn codec(probed: &Value, kind: &str) -> Option<String> {
    let streams = probed["streams"].as_array().unwrap();
    let found = streams.iter().find(|stream| stream["codec_type"] == kind)?;
    Some(found["codec_name"].as_str().unwrap().to_owned())
}

/// The box crosses from second 4 to 6; the event ends when it was quiet for two seconds.
fn assert_one_crossing(made: &MadeVideo) {
    let [event] = made.events[..] else { panic!("{:?}", made.events) };
    assert!((3500..5000).contains(&event.start_ms), "{event:?}");
    assert!((7000..9000).contains(&event.end_ms), "{event:?}");
    assert!((event.start_ms..event.end_ms).contains(&event.peak_ms) && event.score > 0.0, "{event:?}");
}

fn events(studio: &Studio) -> Vec<framekeep::domain::Event> {
    studio.library.events(&FrameQuery { limit: 100, ..FrameQuery::default() }).unwrap().0
}

#[test]
fn what_browsers_record_can_be_sought_in_and_what_moves_in_it_is_found() {
    let studio = Studio::open();
    let kinds: [(Style, VideoFormat, &str, &str); 3] = [
        (CHROMIUM, VideoFormat::WebM, "vp8", "opus"),
        (H264_IN_MATROSKA, VideoFormat::Mp4, "h264", "aac"),
        (SAFARI, VideoFormat::Mp4, "h264", "aac"),
    ];
    for (style, format, picture, sound) in kinds {
        let bytes = film(style);
        let recording = studio.record(style.name, &bytes, style.media_type, TOLD_MS);
        let made = studio.made(&recording);
        assert_eq!((made.format, made.is_copy, made.has_sound), (format, true, true), "{}", style.name);
        assert_eq!((made.width, made.height, made.missing.len()), (320, 240, 0), "{made:?}");
        assert_eq!(made.frames, SECONDS * 15);
        assert_one_crossing(&made);
        let (video, original) = (studio.video_of(&made), studio.original_of(&recording));
        let probed = films::probe(&video);
        assert!((seconds(&probed) - SECONDS as f64).abs() < 0.3, "{probed}");
        assert_eq!(codec(&probed, "video").as_deref(), Some(picture));
        assert_eq!(codec(&probed, "audio").as_deref(), Some(sound));
        assert_eq!(films::frame_checksums(&video), films::frame_checksums(&original), "{}", style.name);
        assert_eq!(std::fs::read(&original).unwrap(), bytes, "the recording itself is never touched");
        let strip = made.strip.unwrap();
        assert_eq!((strip.count, strip.every_ms, strip.width, strip.height), (10, 1000, 160, 120));
    }
    assert_eq!(names_in(&studio.frames().join(".framekeep/made/tmp")), [""; 0]);
}

#[test]
fn what_no_browser_plays_becomes_h264_with_every_frame() {
    let studio = Studio::open();
    let recording = studio.record("a", &film(MJPEG), MJPEG.media_type, TOLD_MS);
    let made = studio.made(&recording);
    assert_eq!((made.format, made.is_copy, made.frames), (VideoFormat::Mp4, false, SECONDS * 15));
    assert_one_crossing(&made);
    let probed = films::probe(&studio.video_of(&made));
    assert_eq!(codec(&probed, "video").as_deref(), Some("h264"));
    assert_eq!(codec(&probed, "audio").as_deref(), Some("aac"));
    let picture = probed["streams"].as_array().unwrap().iter().find(|stream| stream["codec_type"] == "video").unwrap();
    assert_eq!(picture["pix_fmt"], "yuv420p");
}

#[test]
fn events_of_a_recording_are_on_the_timeline_unless_they_were_seen_live() {
    let studio = Studio::open();
    let mut listener = studio.bus.listen();
    let first = studio.record("a", &film(CHROMIUM), CHROMIUM.media_type, TOLD_MS);
    let made = studio.made(&first);
    let [event] = &events(&studio)[..] else { panic!("one event") };
    assert_eq!(event.start, BEGAN.plus(std::time::Duration::from_millis(made.events[0].start_ms)));
    assert_eq!(event.stream, first.stream);
    let (mut heard_made, mut heard_event) = (false, false);
    while let Ok(happening) = listener.try_recv() {
        match &*happening {
            Happening::RecordingMade { id, .. } => heard_made |= *id == first.id,
            Happening::Event(told) => heard_event |= told == event,
            _ => {}
        }
    }
    assert!(heard_made && heard_event);

    studio.library.delete_recording(first.id).unwrap().unwrap();
    assert_eq!(events(&studio), [], "with the recording its events go");
    assert_eq!(studio.library.made(&first).unwrap(), None);
    studio.library.restore_recording(first.id).unwrap().unwrap();
    assert_eq!(studio.made(&first), made, "it is taken in again, and not made again");
    assert_eq!(events(&studio).len(), 1);
    assert_eq!(studio.jobs().len(), 1);

    studio.library.delete_recording(first.id).unwrap().unwrap();
    let seen = event.start.plus(std::time::Duration::from_millis(500));
    let id = studio.library.begin_event(&first.stream, seen).unwrap();
    let live = framekeep::domain::Event { id, start: seen, end: Some(seen), ..event.clone() };
    studio.library.update_event(&live).unwrap();
    until("the event that was seen live is in the index", || events(&studio).len() == 1);
    studio.library.restore_recording(first.id).unwrap().unwrap();
    assert_eq!(studio.made(&first).events.len(), 1, "its own player knows it");
    assert_eq!(events(&studio), [live], "and the timeline tells it once");
}

#[test]
fn an_abandoned_recording_is_made_too_and_anew_when_it_went_on() {
    let studio = Studio::open();
    let bytes = film(CHROMIUM);
    let (id, _) = studio.send("a", &bytes[..2 * CHUNK_BYTES], CHROMIUM.media_type);
    studio.library.close_quiet_recordings(std::time::Duration::ZERO);
    let abandoned = studio.library.recording(id).unwrap().unwrap().recording;
    assert_eq!(abandoned.state, RecordingState::Abandoned);
    let half = studio.made(&abandoned);
    assert!(half.frames > 10 && half.frames < SECONDS * 15, "{half:?}");
    let whole = studio.record("a", &bytes, CHROMIUM.media_type, TOLD_MS);
    assert_eq!(whole.id, id);
    let made = studio.made(&whole);
    assert_eq!((made.frames, made.missing.len()), (SECONDS * 15, 0));
}

#[test]
fn what_was_made_is_found_again_when_the_index_is_made_anew_and_goes_for_good_with_the_recording() {
    let mut studio = Studio::open();
    let recording = studio.record("a", &film(CHROMIUM), CHROMIUM.media_type, TOLD_MS);
    let made = studio.made(&recording);
    let frames = studio.frames();
    // Another program at the same files.
    let copy = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("cp").arg("-r").args([&frames, copy.path()]).status().unwrap();
    assert!(status.success());
    drop(std::mem::replace(&mut studio, Studio::idle(None)));
    let again = copy.path().join("frames");
    std::fs::remove_file(again.join(".framekeep/index.sqlite")).unwrap();
    framekeep::library::rebuild(&again).unwrap();
    studio.library.change_save_dir(&again).unwrap();
    studio.start(framekeep::video::Tools::default());
    assert_eq!(studio.made(&recording), made);
    assert_eq!(events(&studio).len(), 1);
    assert!(studio.jobs().iter().all(|job| job.state == JobState::Done), "nothing is made twice: {:?}", studio.jobs());
    let sound = framekeep::library::verify(&again, framekeep::library::VerifyOptions::default()).unwrap();
    assert!(sound.is_sound() && sound.leftovers == 0, "{sound:?}");
}
