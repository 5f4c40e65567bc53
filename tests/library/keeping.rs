use std::fs;

use bytes::Bytes;
use framekeep::bus::Happening;
use framekeep::codec;
use framekeep::domain::{Frame, Picture, PictureFormat, PixelFormat, Timestamp};

use crate::fixture::*;

#[test]
fn a_jpeg_is_kept_byte_for_byte_under_its_name() {
    let mut fixture = Fixture::new();
    let saved = fixture.keep(frame(7)).unwrap();
    let path = fixture.dir().join("Anna/2025-11-21/080101.742Z_front_7.jpg");
    assert_eq!(fs::read(&path).unwrap(), jpeg(7));
    assert_eq!(fixture.library.file(&saved), path);
    assert_eq!((saved.width, saved.height, saved.bytes), (64, 48, jpeg(7).len() as u64));
    assert!((saved.score - 0.25).abs() < f32::EPSILON);
    assert_eq!(fixture.library.frame(saved.id).unwrap().as_ref(), Some(&saved));
    assert!(matches!(&*fixture.listener.try_recv().unwrap(), Happening::FrameSaved(frame) if *frame == saved));
}

#[test]
fn raw_pictures_become_jpegs() {
    let fixture = Fixture::new();
    let bytes = Bytes::from([180, 128, 180, 128].repeat(32 * 48));
    let picture = Picture::Raw { width: 64, height: 48, format: PixelFormat::Yuyv, bytes };
    let saved = fixture.keep(Frame { picture, ..frame(1) }).unwrap();
    assert_eq!(saved.format, PictureFormat::Jpeg);
    let stored = fs::read(fixture.library.file(&saved)).unwrap();
    assert_eq!(codec::probe(&stored), Ok((PictureFormat::Jpeg, 64, 48)));
}

#[test]
fn raw_pixels_of_the_wrong_length_are_answered_with_words() {
    let fixture = Fixture::new();
    let picture = Picture::Raw { width: 64, height: 48, format: PixelFormat::Rgb, bytes: Bytes::from_static(b"short") };
    let error = fixture.keep(Frame { picture, ..frame(1) }).unwrap_err();
    assert!(error.to_string().contains("5 bytes"), "{error}");
    assert!(files(&fixture.dir()).is_empty());
}

#[test]
fn every_frame_has_a_thumbnail_and_a_lost_one_is_made_again() {
    let fixture = Fixture::new();
    let saved = fixture.keep(frame(1)).unwrap();
    let thumbnail = fixture.library.thumbnail(&saved).unwrap();
    assert_eq!(codec::probe(&thumbnail), Ok((PictureFormat::Jpeg, 320, 240)));
    let name = saved.id.to_string();
    let path = fixture.dir().join(".framekeep/thumbnails").join(&name[..2]).join(format!("{name}.jpg"));
    assert_eq!(fs::read(&path).unwrap(), thumbnail);
    for damage in [&[][..], &thumbnail[..100]] {
        fs::write(&path, damage).unwrap();
        let again = fixture.library.thumbnail(&saved).unwrap();
        assert_eq!(codec::probe(&again), Ok((PictureFormat::Jpeg, 64, 48)));
    }
    fs::remove_file(&path).unwrap();
    assert!(fixture.library.thumbnail(&saved).is_ok());
    assert!(path.exists(), "it is kept for the next time");
}

#[test]
fn frames_that_claim_one_name_do_not_overwrite_each_other() {
    let fixture = Fixture::new();
    let claims = [5, 6, 7].map(|seed| {
        let picture = frame(seed).picture;
        fixture.keep(Frame { picture, ..frame(1) }).unwrap()
    });
    let names: Vec<_> = claims.iter().map(|saved| fixture.library.file(saved)).collect();
    let expected = ["080101.142Z_front_1.jpg", "080101.142Z_front_1.2.jpg", "080101.142Z_front_1.3.jpg"];
    assert_eq!(names, expected.map(|name| fixture.dir().join("Anna/2025-11-21").join(name)));
    for (name, seed) in names.iter().zip([5, 6, 7]) {
        assert_eq!(fs::read(name).unwrap(), jpeg(seed));
    }
    assert_eq!(fixture.all().len(), 3);
}

#[test]
fn the_same_frame_twice_is_kept_once() {
    let fixture = Fixture::new();
    assert_eq!(fixture.keep(frame(1)).unwrap(), fixture.keep(frame(1)).unwrap());
    assert_eq!((files(&fixture.dir()).len(), fixture.all().len()), (1, 1));
}

#[test]
fn a_user_has_one_folder_however_the_name_is_spelled() {
    let fixture = Fixture::new();
    for (seq, user) in [(1, "Anna"), (2, "anna"), (3, "ANNA")] {
        let saved = fixture.keep(frame_of(user, "front", seq, MORNING)).unwrap();
        assert_eq!(saved.stream.user.as_str(), "Anna");
    }
    let fixture = Fixture::reopen(fixture.close());
    fixture.keep(frame_of("aNNa", "front", 4, MORNING)).unwrap();
    assert!(files(&fixture.dir()).iter().all(|file| file.starts_with("Anna/")), "{:?}", files(&fixture.dir()));
    assert_eq!(
        fixture.library.users().unwrap().iter().map(framekeep::domain::UserName::as_str).collect::<Vec<_>>(),
        ["Anna"]
    );
}

#[test]
fn times_beyond_four_digits_are_kept_inside_the_folder() {
    let fixture = Fixture::new();
    for (seq, millis) in [(1, i64::MIN), (2, i64::MAX), (3, -1), (4, 7_258_118_400_000)] {
        let saved = fixture.keep(Frame { captured_at: Timestamp::from_millis(millis), ..frame(seq) }).unwrap();
        assert!(fixture.library.file(&saved).starts_with(fixture.dir().join("Anna")));
        assert!(fixture.library.file(&saved).is_file());
    }
    let fixture = Fixture::reopen(fixture.close());
    assert_eq!(fixture.all().len(), 4);
}

#[test]
fn many_frames_of_many_cameras_all_arrive() {
    let fixture = Fixture::new();
    let cameras = ["front", "back", "a_b", "garden gate"];
    let answers: Vec<_> = (0..400)
        .map(|seq| {
            let camera = cameras[usize::try_from(seq).unwrap() % cameras.len()];
            fixture.hand_in(frame_of("Anna", camera, seq, MORNING + i64::try_from(seq).unwrap()), 0.1, None)
        })
        .collect();
    for answer in answers {
        answer.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    assert_eq!((files(&fixture.dir()).len(), fixture.all().len()), (400, 400));
    assert_eq!(fixture.library.usage(Some(&"anna".parse().unwrap())).unwrap().0, 400);
}

#[test]
fn after_the_stop_everything_is_answered_and_nothing_more_is_taken() {
    let fixture = Fixture::new();
    let answers: Vec<_> = (0..100).map(|seq| fixture.hand_in(frame(seq), 0.1, None)).collect();
    assert!(fixture.library.stop(PATIENCE));
    assert!(answers.iter().all(|answer| answer.try_recv().is_ok_and(|answer| answer.is_ok())));
    let done = Box::new(|_| panic!("it must not be taken"));
    let request = framekeep::library::SaveRequest {
        frame: frame(1).into(),
        preview: preview(),
        score: 0.0,
        event: None,
        peak: false,
        done,
    };
    assert!(fixture.library.save(request).is_err());
}
