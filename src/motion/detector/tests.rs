//! The detector on pictures that are drawn pixel by pixel.

use super::*;
use crate::domain::{Verdict, Zone, ZoneKind};

const FPS: f64 = 25.0;

/// A grey wall with a bright square of a fifth of the height whose left edge is at `x`, none when `x` is `None`.
fn scene(width: u32, height: u32, x: Option<u32>) -> RgbPicture {
    let mut data = vec![90; (width * height * 3) as usize];
    let side = height / 5;
    for row in (height / 2)..(height / 2 + side) {
        for column in x.map_or(0..0, |x| x..x + side) {
            data[((row * width + column) * 3) as usize..][..3].fill(220);
        }
    }
    RgbPicture { width, height, data }
}

fn quiet(detector: &mut Detector, picture: &RgbPicture, frames: u32, from_secs: f64) {
    for frame in 0..frames {
        detector.detect(picture, from_secs + f64::from(frame) / FPS);
    }
}

/// How much of the mask of the last frame moves.
fn moving_pixels(detector: &mut Detector) -> u32 {
    detector.mask().data.iter().map(|pixel| u32::from(*pixel == Mask::MOVING)).sum()
}

#[test]
fn what_enters_a_learnt_picture_is_found_where_it_is() {
    for kind in [DetectorKind::Default, DetectorKind::Mog2] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        quiet(&mut detector, &scene(320, 180, None), 50, 0.0);
        assert_eq!(detector.detection().verdict, Verdict::Still);
        assert_eq!(detector.detect(&scene(320, 180, Some(160)), 2.0).verdict, Verdict::NotLongEnough);
        let detection = detector.detect(&scene(320, 180, Some(160)), 2.04);
        assert_eq!((detection.verdict, detection.regions.len()), (Verdict::Motion, 1), "{kind:?}");
        let region = detection.regions[0];
        let near = |value: f32, expected: f32| (value - expected).abs() < 0.01;
        assert!(near(region.x, 0.5) && near(region.y, 0.5) && near(region.height, 0.2), "{kind:?} {region:?}");
        assert!(near(detection.score, region.area), "{kind:?}");
    }
}

#[test]
fn the_mask_has_the_size_of_the_picture_whatever_the_working_size() {
    for (width, height) in [(640, 360), (1283, 723), (37, 21), (16, 16), (501, 1), (1, 300)] {
        let mut detector = Detector::new(&MotionSettings::default());
        detector.detect(&scene(width, height, None), 0.0);
        let mask = detector.mask();
        assert_eq!((mask.width, mask.height), (width, height));
        assert_eq!(mask.data.len(), (width * height) as usize);
    }
}

#[test]
fn the_large_mask_covers_the_moving_square_to_the_border() {
    let mut detector = Detector::new(&MotionSettings { persistence: 1, ..MotionSettings::default() });
    let (width, height) = (643, 363);
    quiet(&mut detector, &scene(width, height, None), 15, 0.0);
    let side = height / 5;
    detector.detect(&scene(width, height, Some(width - side)), 1.2);
    let mask = detector.mask();
    let at = |x: u32, y: u32| mask.data[(y * width + x) as usize];
    assert_eq!(at(width - 1, height / 2 + side / 2), Mask::MOVING);
    assert_eq!(at(width - side - 8, height / 2 + side / 2), Mask::STILL);
}

#[test]
fn who_came_while_nothing_was_seen_is_found() {
    for (hole_secs, interval_secs) in [(0.0, 0.04), (7.0, 0.04), (3600.0, 0.04), (10.0, 10.0), (5.0, 5.0)] {
        let mut detector = Detector::new(&MotionSettings { warm_up_secs: 0.2, ..MotionSettings::default() });
        for frame in 0..50 {
            detector.detect(&scene(320, 180, None), f64::from(frame) * interval_secs);
        }
        let from = 50.0 * interval_secs + hole_secs;
        let found = (0..5).filter(|frame| {
            let seconds = from + f64::from(*frame) * interval_secs;
            detector.detect(&scene(320, 180, Some(160)), seconds).verdict == Verdict::Motion
        });
        assert!(found.count() >= 4, "after a hole of {hole_secs} s at a frame in {interval_secs} s");
    }
}

#[test]
fn the_warm_up_ends_after_its_seconds_at_any_rate() {
    for fps in [1.0, 5.0, 25.0] {
        let mut detector = Detector::new(&MotionSettings { warm_up_secs: 2.0, ..MotionSettings::default() });
        let warming = (0..).take_while(|frame| {
            let detection = detector.detect(&scene(64, 48, None), f64::from(*frame) / fps);
            detection.verdict == Verdict::WarmingUp
        });
        assert!((f64::from(warming.max().unwrap() + 1) / fps - 2.0).abs() < 1e-9);
    }
}

#[test]
fn the_first_frame_is_never_motion_even_without_a_warm_up() {
    let settings = MotionSettings { warm_up_secs: 0.0, persistence: 0, ..MotionSettings::default() };
    assert_eq!(Detector::new(&settings).detect(&scene(64, 48, Some(3)), 0.0).verdict, Verdict::WarmingUp);
}

#[test]
fn a_picture_of_another_size_starts_anew() {
    let mut detector = Detector::new(&MotionSettings::default());
    quiet(&mut detector, &scene(64, 48, None), 50, 0.0);
    assert_eq!(detector.detect(&scene(48, 64, None), 2.0).verdict, Verdict::WarmingUp);
    assert_eq!(detector.mask().width, 48);
}

#[test]
fn a_picture_without_pixels_is_still_and_does_no_harm() {
    for kind in [DetectorKind::Default, DetectorKind::Mog2] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        quiet(&mut detector, &RgbPicture::default(), 60, 0.0);
        assert_eq!(detector.detection().verdict, Verdict::Still);
        assert_eq!(detector.mask().data.len(), 0);
    }
}

#[test]
fn new_zones_and_sensitivity_keep_the_background_and_another_detector_does_not() {
    let settings = MotionSettings { persistence: 1, ..MotionSettings::default() };
    let mut detector = Detector::new(&settings);
    quiet(&mut detector, &scene(160, 120, None), 50, 0.0);
    let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.5, 0.0, 0.5, 1.0)];
    let ignoring = MotionSettings { zones, sensitivity: 0.9, ..settings };
    detector.set(&ignoring);
    assert_eq!(detector.detect(&scene(160, 120, Some(100)), 2.0).verdict, Verdict::OutsideZones);
    detector.set(&MotionSettings { detector: DetectorKind::Mog2, ..ignoring });
    assert_eq!(detector.detect(&scene(160, 120, Some(100)), 2.1).verdict, Verdict::WarmingUp);
}

#[test]
fn forgetting_begins_with_the_warm_up() {
    let mut detector = Detector::new(&MotionSettings::default());
    quiet(&mut detector, &scene(64, 48, None), 50, 0.0);
    detector.reset();
    assert_eq!(detector.detect(&scene(64, 48, Some(10)), 2.0).verdict, Verdict::WarmingUp);
}

#[test]
fn a_lamp_that_is_switched_is_told_and_moves_nothing() {
    let lit = |percent: usize| {
        let value = |index: usize| (60 + index / 3 * 7 % 90 + index / 288 * 11 % 50) * percent / 100;
        let data = (0..96 * 72 * 3).map(|index| u8::try_from(value(index)).unwrap()).collect();
        RgbPicture { width: 96, height: 72, data }
    };
    let mut detector = Detector::new(&MotionSettings::default());
    quiet(&mut detector, &lit(100), 50, 0.0);
    for (percent, from_secs) in [(65, 2.0), (100, 4.0), (120, 6.0)] {
        for frame in 0..20 {
            let detection = detector.detect(&lit(percent), from_secs + f64::from(frame) / FPS);
            let expected = if frame < 2 { Verdict::LightChanged } else { Verdict::Still };
            assert_eq!(detection.verdict, expected, "{percent} %, frame {frame}");
        }
    }
}

/// The noise of a camera that sees badly, 0 to 28.
fn noise(frame: u32, place: u32) -> u32 {
    let mixed = (place ^ frame.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    mixed.to_le_bytes().map(|byte| u32::from(byte % 8)).iter().sum::<u32>()
}

/// Bricks, and somebody in a coat of many greys whose left edge is at `x`, through a noisy camera at night, or as much brighter
/// as there is fog.
fn night(frame: u32, x: Option<u32>, fog: u32) -> RgbPicture {
    let value = |place: u32| {
        let (column, row) = (place / 3 % 160, place / 480);
        let is_there = x.is_some_and(|x| (x..x + 16).contains(&column) && (30..90).contains(&row));
        let coat = if fog > 0 { 22 } else { 34 };
        let greys = if is_there { coat + row / 5 % 3 * 6 } else { 6 + (column / 12 + row / 9) % 3 * 5 };
        u8::try_from((fog + greys + noise(frame, place)).saturating_sub(14)).unwrap()
    };
    RgbPicture { width: 160, height: 120, data: (0..160 * 120 * 3).map(value).collect() }
}

#[test]
fn somebody_is_found_in_the_dark_and_in_fog_and_noise_is_not() {
    for (kind, fog) in [DetectorKind::Default, DetectorKind::Fast].into_iter().flat_map(|kind| [(kind, 0), (kind, 130)])
    {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        let mut verdict = |frame: u32, x| detector.detect(&night(frame, x, fog), f64::from(frame) / 10.0).verdict;
        assert!((0..60).all(|frame| !verdict(frame, None).is_motion()), "{kind:?}");
        let found = (0..30).filter(|n| verdict(60 + n, Some(10 + 4 * n)).is_motion()).count();
        assert!(found >= 26, "{kind:?}, fog {fog}: {found} of 30 frames");
    }
}

/// Bricks in a bright fog, and somebody whose coat is a little lighter than they are, here and there a little more.
fn foggy(frame: u32, x: Option<u32>) -> RgbPicture {
    let value = |place: u32| {
        let (column, row) = (place / 3 % 160, place / 480);
        let is_there = x.is_some_and(|x| (x..x + 20).contains(&column) && (30..90).contains(&row));
        let brick = 130 + (column / 8 * 131 + row / 6 * 197) % 64;
        let coat = [0, 11, 22][usize::from(is_there) * (1 + row as usize / 6 % 2)];
        // A little warm, as fog in the light of lamps.
        let colour = [14, 7, 0][place as usize % 3];
        u8::try_from(brick + coat + colour + noise(frame, place) / 8).unwrap()
    };
    RgbPicture { width: 160, height: 120, data: (0..160 * 120 * 3).map(value).collect() }
}

#[test]
fn somebody_in_bright_fog_is_found_whole() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        quiet(&mut detector, &foggy(0, None), 60, 0.0);
        for n in 0..30 {
            let verdict = detector.detect(&foggy(n, Some(10 + 4 * n)), 6.0 + f64::from(n) / 10.0).verdict;
            let pixels = moving_pixels(&mut detector);
            let share = f64::from(pixels) / 1200.0;
            assert!(
                n < 3 || verdict == Verdict::Motion && (0.8..1.3).contains(&share),
                "{kind:?}, {n}: {verdict:?}, {share} of somebody"
            );
        }
    }
}

/// A wall as an infrared camera sees it, and somebody before it who is hardly
/// brighter and darker.
fn infrared(frame: u32, x: Option<u32>) -> RgbPicture {
    let value = |place: u32| {
        let (column, row) = (place % 160, place / 160);
        let is_there = x.is_some_and(|x| (x..x + 12).contains(&column)) && (40..100).contains(&row);
        // From the darkest to the brightest, and even where somebody walks.
        let wall = if row < 30 { column + row } else { 100 };
        // A light coat and dark trousers.
        let somebody = if row < 70 { 124 } else { 76 };
        u8::try_from(if is_there { somebody } else { wall } + noise(frame, place) / 14).unwrap()
    };
    RgbPicture { width: 160, height: 120, data: (0..160 * 120).flat_map(|place| [value(place); 3]).collect() }
}

#[test]
fn somebody_is_found_where_there_are_no_colours() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        let mut verdict = |frame: u32, x| detector.detect(&infrared(frame, x), f64::from(frame) / 10.0).verdict;
        assert!((0..60).all(|frame| !verdict(frame, None).is_motion()), "{kind:?}");
        let found = (0..30).filter(|n| verdict(60 + n, Some(10 + 4 * n)).is_motion()).count();
        assert!(found >= 26, "{kind:?}: {found} of 30 frames");
    }
}

/// A fence of thin boards, in so many 28ths of the noise.
fn fence(frame: u32, share: u32) -> RgbPicture {
    let value = |place: u32| {
        let board = if (place / 3).is_multiple_of(3) { 200 } else { 60 };
        u8::try_from(board + noise(frame, place) * share / 28).unwrap()
    };
    RgbPicture { width: 120, height: 90, data: (0..120 * 90 * 3).map(value).collect() }
}

#[test]
fn when_noise_comes_at_dusk_and_goes_in_the_morning_nothing_moves() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        let mut noises = Vec::new();
        for frame in 0..450 {
            let noise = if (150..300).contains(&frame) { 28 } else { 0 };
            let verdict = detector.detect(&fence(frame, noise), f64::from(frame) / 10.0).verdict;
            let moves = detector.mask().data.contains(&Mask::MOVING);
            assert!(!verdict.is_motion() && !moves, "{kind:?}, frame {frame}: {verdict:?}, in the mask: {moves}");
            noises.push(detector.trace().noise.unwrap_or_default());
        }
        assert!(noises[299] > 8 && noises[449] < 2, "blurred, and no longer: {} and {}", noises[299], noises[449]);
    }
}

/// A wall of bricks of many greys as a camera sees it that looks `turned` pixels to the right, and somebody before it whose left edge
/// is at `x` of the wall.
fn turned(turned: u32, x: Option<u32>) -> RgbPicture {
    let value = |place: u32| {
        let (column, row) = (place / 3 % 160 + turned, place / 480);
        let is_there = x.is_some_and(|x| (x..x + 16).contains(&column) && (30..90).contains(&row));
        let brick = 60 + (column / 11 * 131 + row / 9 * 197) % 110;
        u8::try_from(if is_there { 220 - row / 7 % 3 * 20 } else { brick }).unwrap()
    };
    RgbPicture { width: 160, height: 120, data: (0..160 * 120 * 3).map(value).collect() }
}

#[test]
fn a_camera_that_turns_is_followed_and_who_walks_meanwhile_is_found() {
    let mut detector = Detector::new(&MotionSettings::default());
    let mut look = |n: u32, x| {
        let verdict = detector.detect(&turned(n, x), f64::from(n) / 10.0).verdict;
        (verdict, moving_pixels(&mut detector))
    };
    for n in 0..100 {
        let (verdict, pixels) = look(n, None);
        assert!(!verdict.is_motion() && pixels == 0, "nobody is there, {n}: {verdict:?}, {pixels}");
    }
    // From the right border to the left, once across the picture.
    for n in 100..140 {
        let (verdict, pixels) = look(n, Some(n + 150 - 3 * (n - 100)));
        assert!(
            n < 104 || verdict == Verdict::Motion && (840..1080).contains(&pixels),
            "{n}: {verdict:?}, {pixels} of 960"
        );
    }
}

/// A wall of bricks of many greys as a camera sees it that zooms by `scale` and rolls by `roll` radians, and somebody before it, 40 by 80
/// pixels, whose left edge is at `x` of the wall.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bricks are counted, from 100 to the left and above"
)]
fn zoomed(scale: f32, roll: f32, x: Option<f32>) -> RgbPicture {
    let grey = |u: f32, v: f32| {
        let is_there = x.is_some_and(|x| (x..x + 40.0).contains(&u) && (-40.0..40.0).contains(&v));
        let brick = |length: f32, of: f32| (length / of + 100.0) as u32;
        let brick = 60 + (brick(u, 23.0) * 131 + brick(v, 17.0) * 197) % 110;
        if is_there { 220 - (v + 40.0) as u32 / 9 % 3 * 20 } else { brick }
    };
    // A pixel is the mean of four places, as with a lens and not as with a pinhole.
    let value = |pixel: u32| {
        let places = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)].map(|(right, down)| {
            let (u, v) = ((pixel % 320) as f32 - 160.0 + right, (pixel / 320) as f32 - 120.0 + down);
            let (sin, cos) = roll.sin_cos();
            grey((u * cos - v * sin) / scale, (u * sin + v * cos) / scale)
        });
        u8::try_from(places.iter().sum::<u32>() / 4).unwrap()
    };
    RgbPicture { width: 320, height: 240, data: (0..320 * 240).flat_map(|pixel| [value(pixel); 3]).collect() }
}

#[test]
fn a_camera_that_zooms_and_rolls_is_followed_and_who_walks_meanwhile_is_found() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        let mut look = |n: u32, x: Option<f32>| {
            // Two seconds still, then to and fro, once in nine seconds.
            let angle = n.saturating_sub(20) as f32 / 90.0 * std::f32::consts::TAU;
            let view = (1.15 - 0.15 * angle.cos(), 0.06 * angle.sin());
            let verdict = detector.detect(&zoomed(view.0, view.1, x), f64::from(n) / 10.0).verdict;
            let pixels = moving_pixels(&mut detector);
            (verdict, pixels as f32 / (3200.0 * view.0 * view.0))
        };
        let false_frames = (0..110).filter(|n| look(*n, None).0.is_motion()).count();
        assert!(false_frames <= 3, "{kind:?}: motion in {false_frames} of 110 frames in which nobody is there");
        for n in 110..160 {
            let (verdict, share) = look(n, Some((n - 110) as f32 * 4.0 - 120.0));
            assert!(
                n < 114 || verdict == Verdict::Motion && (0.8..1.35).contains(&share),
                "{kind:?}, {n}: {verdict:?}, {share} of somebody"
            );
        }
    }
}

/// Small boards of many greys as a camera sees them that was pushed aside by a few pixels, and somebody before them or nobody.
fn boards(is_pushed: bool, is_there: bool) -> RgbPicture {
    let value = |column: u32, row: u32| {
        let (x, y) = if is_pushed { (column + 3, row + 5) } else { (column, row) };
        let is_there = is_there && (100..140).contains(&x) && (60..200).contains(&y);
        let board = u8::try_from(40 + (x / 9 * 131 + y / 7 * 197) % 170).unwrap();
        if is_there { [20, 60, 230] } else { [board; 3] }
    };
    let pixels = (0..240).flat_map(|row| (0..320).map(move |column| (column, row)));
    RgbPicture { width: 320, height: 240, data: pixels.flat_map(|(column, row)| value(column, row)).collect() }
}

#[test]
fn a_camera_that_was_pushed_learns_anew_unless_somebody_stands_there() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let marked = |is_there: bool| {
            let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
            for frame in 0..140 {
                detector.detect(&boards(frame >= 90, is_there && frame >= 60), f64::from(frame) / 10.0);
            }
            moving_pixels(&mut detector)
        };
        assert_eq!(marked(false), 0, "{kind:?}: the boards are elsewhere");
        assert!(marked(true) > 4_000, "{kind:?}: {} pixels of somebody are marked", marked(true));
    }
}

#[test]
fn who_stands_there_for_a_minute_stays_in_the_mask() {
    let mut detector = Detector::new(&MotionSettings::default());
    let mut look = |n: u32, x| {
        detector.detect(&scene(480, 180, x), f64::from(n) / 5.0);
        moving_pixels(&mut detector)
    };
    (0..50).for_each(|n| assert_eq!(look(n, None), 0));
    for n in 50..350 {
        let seen = look(n, Some((n * 8).min(560) - 400));
        assert!(n < 52 || (1_200..1_400).contains(&seen), "{seen} of 1296 pixels after {} s", (n - 50) / 5);
    }
}

#[test]
fn half_the_sensitivity_is_the_threshold_of_opencv() {
    for (sensitivity, threshold) in [(0.0, 64), (0.5, 16), (1.0, 4), (-3.0, 64), (f32::NAN, 16), (f32::INFINITY, 4)] {
        assert_eq!(variance_threshold(sensitivity).to_bits(), (threshold as f32).to_bits(), "{sensitivity}");
    }
}

#[test]
fn a_mask_that_was_not_asked_for_is_made_all_the_same_and_so_is_one_of_another_size() {
    let film = |frame: u32| scene(480, 180, (frame >= 40).then(|| frame * 8 - 240));
    let settings = MotionSettings::default();
    let (mut often, mut rarely) = (Detector::new(&settings), Detector::new(&settings));
    let mut marked = 0;
    for frame in 0..70 {
        for detector in [&mut often, &mut rarely] {
            detector.detect(&film(frame), f64::from(frame) / 10.0);
        }
        let mask = often.mask().clone();
        marked += usize::from(mask.data.contains(&Mask::MOVING));
        if frame % 7 == 0 {
            assert_eq!(mask, *rarely.mask(), "frame {frame}");
        }
    }
    assert!(marked > 10, "somebody was in {marked} masks");
    often.detect(&scene(120, 90, None), 7.0);
    assert_eq!(often.mask().data, [Mask::STILL; 120 * 90]);
}
