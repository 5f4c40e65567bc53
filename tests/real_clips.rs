//! The default detector on a real film: cars on a road, with the frames in which a person saw them come.
//!
//! The film is not part of the repository. `FRAMEKEEP_CLIPS` names the folder that holds `dvrscan_traffic_camera.mp4`
//! (DVR-Scan's test resources); ffmpeg reads it.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use framekeep::domain::{MotionSettings, RgbPicture, Verdict};
use framekeep::motion::Detector;

const FPS: f64 = 25.0;
const GAP_FRAMES: u32 = 50;

#[test]
fn the_three_passages_of_cars_are_found_within_five_frames() {
    let Ok(clips) = std::env::var("FRAMEKEEP_CLIPS") else {
        eprintln!("SKIPPED: set FRAMEKEEP_CLIPS to the folder with dvrscan_traffic_camera.mp4");
        return;
    };
    let film = Path::new(&clips).join("dvrscan_traffic_camera.mp4");
    let events = events(&film, (631, 532, 210, 127));
    // DVR-Scan's own events of this film and part, whose ends include the gap.
    let expected = [(10, 148), (359, 490), (543, 575)];
    assert_eq!(events.len(), expected.len(), "{events:?}");
    for (found, expected) in events.iter().zip(expected) {
        let near = found.0.abs_diff(expected.0) <= 5 && found.1.abs_diff(expected.1) <= 5;
        assert!(near, "found {events:?}, expected {expected:?} among them");
    }
}

/// First frame with motion, and the last one plus the gap or the end of the film, of each event.
fn events(film: &Path, (x, y, width, height): (u32, u32, u32, u32)) -> Vec<(u32, u32)> {
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(film)
        .args(["-vf", &format!("crop={width}:{height}:{x}:{y}:exact=1"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut pixels = ffmpeg.stdout.take().unwrap();
    let mut detector = Detector::new(&MotionSettings::default());
    let mut picture = RgbPicture { width, height, data: vec![0; (width * height * 3) as usize] };
    let mut moving: Vec<(u32, u32)> = Vec::new();
    let (mut frame, mut began) = (0, None);
    while pixels.read_exact(&mut picture.data).is_ok() {
        let verdict = detector.detect(&picture, f64::from(frame) / FPS).verdict;
        // An event begins where the motion began that was certain a little later.
        began = if verdict.is_motion() || verdict == Verdict::NotLongEnough { began.or(Some(frame)) } else { None };
        if let Some(began) = began.filter(|_| verdict.is_motion()) {
            match moving.last_mut() {
                Some((_, last)) if began <= *last + GAP_FRAMES => *last = frame,
                _ => moving.push((began, frame)),
            }
        }
        frame += 1;
    }
    assert!(ffmpeg.wait().unwrap().success());
    moving.into_iter().map(|(first, last)| (first, (last + GAP_FRAMES).min(frame - 1))).collect()
}
