//! Recordings that are damaged somewhere inside say so, and none does that is sound, however its frames come.

use std::process::Command;

use framekeep::domain::{MadeVideo, Missing};

use crate::films::{frame_checksums, probe};
use crate::studio::Studio;

/// What moves all over the picture, so that its frames are not small.
const BUSY: &str = "testsrc2=s=160x120:r=15:d=10,noise=alls=20:allf=t";
/// Frames as a phone gives them that has other things to do, with two pauses of its own.
const UNEVEN: &str =
    "testsrc2=s=160x120:r=15:d=4,select='lt(random(0)\\,0.6)*not(between(t\\,1\\,1.9))*not(between(t\\,2.5\\,3.1))'";
/// The same, but that its recorder was paused, which leaves no gap.
const PAUSED: &str = "testsrc2=s=160x120:r=15:d=4,select='not(between(t\\,1\\,3))',setpts=N/15/TB";
const STILL: &str = "color=gray:s=160x120:r=15:d=3";
const RARE: &str = "testsrc2=s=160x120:r=1:d=4";

const SOUND: &str = "sine=frequency=440:duration=3";
const VP8: &[&str] = &["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-live", "1", "-f", "webm"];
const VP9: &[&str] = &["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-live", "1", "-f", "webm"];
const X264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p", "-g", "15"];
const FRAGMENTED: &[&str] = &["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"];
const MATROSKA: &[&str] = &["-live", "1", "-f", "matroska"];

/// A recording of pictures that ffmpeg draws, written as it is told.
fn film(inputs: &[&str], args: &[&[&str]]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-nostdin"]);
    for input in inputs {
        command.args(["-f", "lavfi", "-i", input]);
    }
    let status = command.args(["-fps_mode", "vfr", "-b:v", "250k"]).args(args.concat()).arg(&path).status().unwrap();
    assert!(status.success(), "{inputs:?} {args:?}");
    std::fs::read(path).unwrap()
}

fn type_of(bytes: &[u8]) -> &'static str {
    if bytes[4..8] == *b"ftyp" { "video/mp4" } else { "video/webm" }
}

/// 64 KiB of rubbish in the third fifth of a recording.
fn with_rubbish(mut bytes: Vec<u8>) -> Vec<u8> {
    let from = bytes.len() * 2 / 5;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for byte in &mut bytes[from..from + 64 * 1024] {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state.to_le_bytes()[0];
    }
    bytes
}

fn is_incomplete(made: &MadeVideo) -> bool {
    made.missing.iter().any(|missing| matches!(missing, Missing::Damaged { .. } | Missing::Time { .. }))
}

#[test]
fn rubbish_in_the_middle_of_a_recording_is_told_and_where_there_is_no_picture() {
    let studio = Studio::open();
    // Of the second one less than a second is lost: a phone makes longer pauses by itself.
    let recorded = [
        film(&[BUSY, SOUND], &[&["-c:a", "libopus"], VP8]),
        film(&[BUSY], &[&["-b:v", "1M"], VP8]),
        film(&[BUSY], &[VP9]),
    ];
    for (number, bytes) in recorded.into_iter().enumerate() {
        let made = studio.made(&studio.record(&format!("webm-{number}"), &with_rubbish(bytes), "video/webm", 10_000));
        assert!((60..148).contains(&made.frames), "{made:?}");
        let damages = made.missing.iter().filter(|missing| matches!(missing, Missing::Damaged { .. })).count();
        assert_eq!(damages, 1, "once, by whoever found it first: {made:?}");
        assert!(
            made.missing.iter().any(|missing| matches!(missing, Missing::Gap { from_ms, to_ms }
                if (2000..9000).contains(from_ms) && from_ms < to_ms)),
            "{made:?}"
        );
        probe(&studio.video_of(&made));
    }
    for (number, args) in [[X264, FRAGMENTED], [X264, MATROSKA]].iter().enumerate() {
        let bytes = with_rubbish(film(&[BUSY], args));
        let media_type = type_of(&bytes);
        let made = studio.made(&studio.record(&format!("h264-{number}"), &bytes, media_type, 10_000));
        assert!(is_incomplete(&made), "{made:?}");
    }
}

#[test]
fn a_sound_recording_is_not_called_damaged_however_its_frames_come() {
    let studio = Studio::open();
    let opus: &[&str] = &["-c:a", "libopus"];
    let aac: &[&str] = &["-c:a", "aac"];
    let sound: [(&[&str], &[&[&str]]); 12] = [
        (&[UNEVEN], &[VP8]),
        (&[UNEVEN, SOUND], &[opus, VP8]),
        (&[PAUSED], &[VP8]),
        (&[STILL], &[VP8]),
        (&[RARE], &[VP8]),
        (&[UNEVEN], &[VP9]),
        (&[STILL, SOUND], &[opus, VP9]),
        (&[UNEVEN], &[X264, FRAGMENTED]),
        (&[UNEVEN, SOUND], &[aac, X264, FRAGMENTED]),
        (&[STILL], &[X264, FRAGMENTED]),
        (&[PAUSED], &[X264, FRAGMENTED]),
        (&[UNEVEN, SOUND], &[opus, X264, MATROSKA]),
    ];
    let recorded = sound.iter().enumerate().map(|(number, (inputs, args))| {
        let bytes = film(inputs, args);
        studio.record(&format!("sound-{number}"), &bytes, type_of(&bytes), 3000)
    });
    for (recording, (inputs, args)) in recorded.collect::<Vec<_>>().into_iter().zip(sound) {
        let made = studio.made(&recording);
        assert_eq!(made.missing, [], "{inputs:?} {args:?}");
        assert_eq!(frame_checksums(&studio.video_of(&made)), frame_checksums(&studio.original_of(&recording)));
    }
}

#[test]
fn what_a_recording_holds_beside_its_first_picture_and_sound_is_told() {
    let studio = Studio::open();
    let two = ["-map", "0:v", "-map", "1:v", "-map", "2:a", "-c:a", "libopus"];
    let bytes = film(&[STILL, RARE, SOUND], &[&two, VP8]);
    let recording = studio.record("two", &bytes, "video/webm", 3000);
    let made = studio.made(&recording);
    assert_eq!(made.missing, [Missing::Tracks { count: 1 }]);
    assert!((made.width, made.height, made.has_sound) == (160, 120, true), "{made:?}");
    assert!(std::fs::read(studio.original_of(&recording)).unwrap() == bytes, "it is in the recording as it came");
}
