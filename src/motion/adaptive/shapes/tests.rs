//! Shapes of evidence that is drawn, in worlds that change, sway and remember.

use super::*;

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const PIXELS: usize = WIDTH * HEIGHT;

/// Certain evidence in boxes (left, top, right, bottom), none elsewhere.
fn boxes(boxes: &[(usize, usize, usize, usize)]) -> Vec<u8> {
    let inside = |x, y| boxes.iter().any(|(l, t, r, b)| (*l..*r).contains(&x) && (*t..*b).contains(&y));
    (0..PIXELS).map(|pixel| if inside(pixel % WIDTH, pixel / WIDTH) { MOST_EVIDENCE } else { 0 }).collect()
}

struct World {
    sway: u8,
    blink: u8,
    before: u8,
    luma: Vec<u8>,
    background: Vec<u8>,
    moved: u8,
    remembered: bool,
    narrowed: u8,
}

impl Default for World {
    fn default() -> Self {
        let (luma, background) = (vec![100; PIXELS], vec![100; PIXELS]);
        Self { sway: 0, blink: 0, before: 0, luma, background, moved: 0, remembered: false, narrowed: 0 }
    }
}

fn found(evidence: &[u8], world: &World) -> Shapes {
    let mut shapes = Shapes::default();
    shapes.fit(WIDTH, HEIGHT);
    let grey = [128; PIXELS];
    shapes.find(&Inputs {
        evidence,
        sway: &[world.sway; PIXELS],
        sways_anywhere: world.sway > 0,
        blink: &[world.blink; PIXELS],
        picture: [&world.luma, &grey, &grey],
        background: [&world.background, &grey, &grey],
        remembers: &|_| world.remembered,
        moved: &[world.moved; PIXELS],
        before: &[world.before; PIXELS],
        light: Light::GOOD,
        narrowed: world.narrowed,
    });
    shapes
}

#[test]
fn a_square_keeps_its_size_and_the_model_keeps_away_from_it() {
    let shapes = found(&boxes(&[(20, 10, 40, 30)]), &World::default());
    // The corners of a square lose a few pixels to the smoothing.
    assert!((380..=400).contains(&shapes.moving().count()), "{}", shapes.moving().count());
    assert!((550..=576).contains(&shapes.guarded().count()), "{}", shapes.guarded().count());
}

#[test]
fn specks_and_thin_lines_are_no_shapes() {
    let shapes = found(&boxes(&[(5, 5, 7, 7), (20, 0, 21, 48), (40, 20, 42, 21)]), &World::default());
    assert_eq!((shapes.moving().count(), shapes.candidates().count()), (0, 0));
}

#[test]
fn holes_are_filled_and_bays_are_not() {
    let square = [(10, 10, 40, 14), (10, 14, 20, 40), (30, 14, 40, 40), (10, 36, 40, 40)];
    let mut evidence = boxes(&square);
    let with_hole = found(&evidence, &World::default()).moving().count();
    for pixel in 36 * WIDTH + 20..36 * WIDTH + 30 {
        for row in 0..4 {
            evidence[pixel + row * WIDTH] = 0;
        }
    }
    let with_bay = found(&evidence, &World::default()).moving().count();
    assert!(with_hole < 900 && with_bay < with_hole, "the hole is larger than the largest that is filled");
    let small = [(10, 10, 30, 16), (10, 16, 16, 30), (22, 16, 30, 30), (10, 21, 30, 30)];
    let filled = found(&boxes(&small), &World::default()).moving().count();
    assert!((385..=400).contains(&filled), "{filled}");
}

#[test]
fn what_blinks_in_a_swaying_part_does_not_move() {
    let evidence = boxes(&[(20, 10, 27, 17)]);
    let luma: Vec<u8> = evidence.iter().map(|evidence| 100 + 4 * evidence).collect();
    let blinking = World { blink: 30, luma, ..World::default() };
    assert!(found(&evidence, &blinking).moving().count() > 0);
    let shapes = found(&evidence, &World { sway: 255, ..blinking });
    assert_eq!(shapes.moving().count(), 0);
    assert!(shapes.candidates().count() > 0);
}

#[test]
fn a_small_shape_without_edges_of_its_own_is_a_drop_or_light() {
    let evidence = boxes(&[(20, 10, 27, 17)]);
    let ramp = |from: i32, to: i32| {
        let at = move |pixel: usize| u8::try_from(100 + (pixel as i32 % 64).clamp(from, to) * 3).unwrap();
        (0..PIXELS).map(at).collect::<Vec<u8>>()
    };
    // It differs by up to 30 grey levels, but softly.
    let soft = World { luma: ramp(14, 24), ..World::default() };
    assert_eq!(found(&evidence, &soft).moving().count(), 0);
    let hard: Vec<u8> = evidence.iter().map(|evidence| 100 + evidence).collect();
    assert!(found(&evidence, &World { luma: hard, ..World::default() }).moving().count() > 0);
}

#[test]
fn what_is_a_shape_only_without_colours_must_change() {
    // A little more than strong; eight levels less would not be.
    let faint: Vec<u8> = boxes(&[(20, 10, 36, 26)]).iter().map(|evidence| (*evidence).min(17)).collect();
    let luma: Vec<u8> = faint.iter().map(|evidence| 100 + 2 * evidence).collect();
    let moving = |narrowed, before| {
        let world = World { luma: luma.clone(), narrowed, before, ..World::default() };
        found(&faint, &world).moving().count()
    };
    assert!(moving(0, 134) > 100, "it stands still, in colours");
    assert_eq!(moving(8, 134), 0, "it stands still");
    assert_eq!(moving(8, 130), 0, "hardly more than the noise");
    assert!(moving(8, 126) > 100, "it changes");
    // A third of it is sure.
    let partly: Vec<u8> = boxes(&[(20, 10, 36, 15)]).iter().zip(&faint).map(|(sure, faint)| *sure.max(faint)).collect();
    let world = World { luma, narrowed: 8, before: 134, ..World::default() };
    assert!(found(&partly, &world).moving().count() > 100, "part of it would be a shape in colours");
}

#[test]
fn in_a_small_picture_what_is_three_pixels_wide_is_a_shape() {
    let thin = boxes(&[(20, 10, 23, 30)]);
    let luma: Vec<u8> = thin.iter().map(|evidence| 100 + 4 * evidence).collect();
    let moving = found(&thin, &World { luma, ..World::default() }).moving().count();
    assert!((54..=66).contains(&moving), "{moving} of 60");
}

#[test]
fn who_stands_there_for_long_is_not_taken_for_what_was_there() {
    let evidence = boxes(&[(20, 10, 27, 17)]);
    let luma: Vec<u8> = evidence.iter().map(|evidence| 100 + evidence).collect();
    let stands = World { before: 120, luma, remembered: true, moved: 255, ..World::default() };
    assert!(found(&evidence, &stands).moving().count() > 0);
    assert_eq!(found(&evidence, &World { moved: 0, ..stands }).moving().count(), 0);
}

#[test]
fn what_is_as_it_was_some_time_ago_does_not_move_unless_it_changes() {
    let evidence = boxes(&[(20, 10, 27, 17)]);
    let luma: Vec<u8> = evidence.iter().map(|evidence| 100 + evidence).collect();
    let quiet = World { before: 120, luma, ..World::default() };
    assert!(found(&evidence, &quiet).moving().count() > 0);
    let returned = World { remembered: true, ..quiet };
    assert_eq!(found(&evidence, &returned).moving().count(), 0);
    let passing = World { before: 80, ..returned };
    assert!(found(&evidence, &passing).moving().count() > 0);
}

#[test]
fn what_goes_out_of_the_picture_is_no_drop_when_it_moved_before() {
    let evidence = boxes(&[(57, 10, 64, 17)]);
    let soft = (0..PIXELS).map(|pixel| 100 + u8::try_from((pixel % WIDTH).saturating_sub(50)).unwrap()).collect();
    let stays = World { luma: soft, ..World::default() };
    assert_eq!(found(&evidence, &stays).moving().count(), 0);
    assert!(found(&evidence, &World { moved: 255, ..stays }).moving().count() > 0);
}

#[test]
fn what_something_left_behind_moves_but_is_learnt() {
    let mut background = vec![100; PIXELS];
    for (pixel, value) in background.iter_mut().enumerate() {
        let inside = (20..40).contains(&(pixel % WIDTH)) && (10..30).contains(&(pixel / WIDTH));
        *value = if inside { 200 } else { 100 };
    }
    let still = World { before: 100, background, ..World::default() };
    let shapes = found(&boxes(&[(20, 10, 40, 30)]), &still);
    assert!(shapes.moving().count() > 300);
    assert_eq!(shapes.guarded().count(), 0);
}

#[test]
fn tiny_pictures_do_no_harm() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (65, 3)] {
        let mut shapes = Shapes::default();
        shapes.fit(width, height);
        let pixels = width * height;
        shapes.find(&Inputs {
            evidence: &vec![MOST_EVIDENCE; pixels],
            sway: &vec![255; pixels],
            sways_anywhere: true,
            blink: &vec![0; pixels],
            picture: [&vec![0; pixels], &vec![128; pixels], &vec![128; pixels]],
            background: [&vec![0; pixels], &vec![128; pixels], &vec![128; pixels]],
            before: &vec![9; pixels],
            light: Light::GOOD,
            narrowed: 8,
            moved: &vec![0; pixels],
            remembers: &|_| true,
        });
        assert_eq!(shapes.moving().count(), if pixels < 8 { 0 } else { pixels }, "{width}x{height}");
    }
}
