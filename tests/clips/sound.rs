//! A clip that is cut out of a recording has its sound, with and without something drawn on it.

use std::process::Command;
use std::time::Duration;

use framekeep::domain::{Draw, RecordingState, VideoFormat};
use framekeep::library::{ChunkPiece, NewRecording};
use sha2::{Digest, Sha256};

use crate::road::{Road, START, ffprobe, room, stream};

/// Twelve seconds of a wall and a tone, as Chromium records them.
fn recording() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.webm");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240:r=15:d=12"]);
    command.args(["-f", "lavfi", "-i", "sine=frequency=440:duration=12", "-c:v", "libvpx", "-deadline", "realtime"]);
    command.args(["-cpu-used", "8", "-c:a", "libopus", "-live", "1", "-f", "webm"]);
    assert!(command.arg(&path).status().unwrap().success());
    std::fs::read(path).unwrap()
}

/// A phone films and records, and somebody crosses the room.
fn filmed(draw: Draw) -> Road {
    let road = Road::open();
    road.settings.update(|settings| settings.defaults.clip.draw = draw).unwrap();
    let bytes = recording();
    let new = NewRecording {
        user: stream().user,
        camera: stream().camera,
        started_at: START,
        mime: "video/webm;codecs=vp8,opus".to_owned(),
        format: VideoFormat::WebM,
        key: "one".to_owned(),
    };
    let (begun, _) = road.library.begin_recording(new).unwrap();
    let piece = ChunkPiece {
        seq: 0,
        offset: 0,
        chunk_bytes: bytes.len() as u64,
        sha256: Sha256::digest(&bytes).into(),
        captured_at: None,
        bytes: bytes.into(),
    };
    road.library.put_chunk(begun.id, &piece).unwrap();
    let finished = road.library.finish_recording(begun.id, 1, Some(12_000)).unwrap();
    assert_eq!(finished.state, RecordingState::Finished);
    for n in 0..80_u64 {
        let square = (30..40).contains(&n).then(|| u32::try_from((n - 30) * 20).unwrap());
        road.send(n * 100, &room(square));
    }
    road
}

/// Seconds of a stream by its kind.
fn lasts(found: &serde_json::Value, kind: &str) -> Option<f64> {
    let streams = found["streams"].as_array().unwrap();
    let stream = streams.iter().find(|stream| stream["codec_type"] == kind)?;
    stream["duration"].as_str().unwrap().parse().ok()
}

#[test]
fn a_clip_that_is_cut_out_of_a_recording_can_be_heard_for_as_long_as_it_is_seen() {
    for draw in [Draw::default(), Draw { boxes: true, time: true, zones: true }] {
        let road = filmed(draw);
        let clip = road.clip();
        assert_eq!(clip.has_sound, Some(true), "{draw:?}");
        let event = road.library.event(clip.event().unwrap()).unwrap().unwrap();
        let from = event.start.minus(Duration::from_secs(1));
        let wanted = event.end.unwrap().plus(Duration::from_millis(500)).since(from).as_secs_f64();
        assert_eq!(clip.started_at, from);
        let found = ffprobe(&road.library.clip_file(&clip), &["-show_streams", "-show_format"]);
        let (seen, heard) = (lasts(&found, "video").unwrap(), lasts(&found, "audio").unwrap());
        assert!((seen - wanted).abs() < 0.2 && (heard - wanted).abs() < 0.2, "{draw:?}: {wanted} {seen} {heard}");
        let codecs: Vec<_> = found["streams"].as_array().unwrap().iter().map(|s| s["codec_name"].clone()).collect();
        assert_eq!(codecs, ["h264", "aac"]);
        // Of the test picture's first frame the lower left corner is dark grey or coloured, and no text is in it.
        let pixels = road.pixels_of(&clip);
        let corner = (215..238).flat_map(|y| (5..200).map(move |x| (y * 320 + x) * 3));
        let white = corner.filter(|at| pixels[*at..at + 3].iter().all(|part| *part > 215)).count();
        assert_eq!(white > 60, draw.time, "{draw:?}: {white}");
    }
}
