use std::time::{Duration, Instant};

use framekeep::domain::{Frame, Picture, PictureFormat};

use crate::fixture::*;

/// A 720p picture of a phone.
const BYTES: usize = 120_000;

#[test]
#[ignore = "measures; run it alone: cargo test --release --test library speed -- --ignored --nocapture"]
fn frames_a_second() {
    let fixture = Fixture::new();
    let pictures: Vec<_> = (0..1000).map(picture).collect();
    let begin = Instant::now();
    let answers: Vec<_> = pictures.into_iter().map(|frame| fixture.hand_in(frame, 0.1, None)).collect();
    for answer in answers {
        answer.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    println!("as fast as it goes: {:.0} frames a second", 1000.0 / begin.elapsed().as_secs_f64());
}

#[test]
#[ignore = "measures; run it alone: cargo test --release --test library speed -- --ignored --nocapture"]
fn eight_phones_at_fifteen_frames_a_second_are_served() {
    let fixture = Fixture::new();
    let pictures: Vec<_> = (0..600).map(picture).collect();
    let begin = Instant::now();
    let (send, waits) = crossbeam_channel::unbounded();
    for (number, frame) in (0_u32..).zip(pictures) {
        let due = begin + Duration::from_secs(1) * number / 120;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let (send, handed_in) = (send.clone(), Instant::now());
        let answer = fixture.hand_in(frame, 0.1, None);
        std::thread::spawn(move || {
            answer.recv_timeout(PATIENCE).unwrap().unwrap();
            send.send(handed_in.elapsed()).unwrap();
        });
    }
    drop(send);
    let mut waits: Vec<Duration> = waits.iter().collect();
    waits.sort_unstable();
    let (median, slow) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    println!("120 frames a second: answered after {median:.1?} (median), {slow:.1?} (99 of 100)");
    assert!(begin.elapsed() < Duration::from_secs(7), "it fell behind: {:?}", begin.elapsed());
}

fn picture(seq: u64) -> Frame {
    let mut bytes = jpeg(seq);
    bytes.resize(BYTES, 0);
    let camera = ["a", "b", "c", "d", "e", "f", "g", "h"][usize::try_from(seq).unwrap() % 8];
    let picture = Picture::Encoded { width: 64, height: 48, format: PictureFormat::Jpeg, bytes: bytes.into() };
    Frame { picture, ..frame_of("Anna", camera, seq, MORNING + i64::try_from(seq).unwrap()) }
}
