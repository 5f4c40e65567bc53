//! A street that we draw ourselves, for a first look without a webcam, and for tests.
//!
//! Picture `n` is a function of `n` and nothing else, and it is known what moves in it. It knows nothing of detectors.
//!
//! # Timetable
//! It begins again every [`PERIOD`] pictures, which are 40 s at [`FPS`] a second:
//!
//! | pictures | seconds | what happens |
//! |---|---|---|
//! | 0–74 | 0–5 | nothing: time to learn the background |
//! | 75–209 | 5–14 | a person in a red coat walks from left to right |
//! | 210–284 | 14–19 | nothing but the lamp, which flickers from 225 to 269 |
//! | 285–344 | 19–23 | a ball bounces from right to left |
//! | 345–419 | 23–28 | nothing but the lamp, which flickers from 360 to 404 |
//! | 420–554 | 28–37 | a person in a blue coat walks from right to left |
//! | 555–599 | 37–40 | nothing |
//!
//! The lamp's glass covers less than a thousandth of the picture and is no motion: a street lamp, not a visitor. When
//! nothing happens, one picture is the next, byte for byte.

use super::canvas::{Bounds, Canvas, Colour, HEIGHT, WIDTH, circle, ellipse, limb, mix, rectangle, triangle};
use crate::domain::RgbPicture;

/// Pictures a second.
pub const FPS: u32 = 15;
/// Pictures after which the scene begins again.
pub const PERIOD: u64 = 600;
/// What moves through the scene, from which picture to which (not included).
const ACTS: [(std::ops::Range<u64>, Act); 3] = [
    (75..210, Act::Walk { coat: [186.0, 58.0, 50.0], direction: 1.0 }),
    (285..345, Act::Ball),
    (420..555, Act::Walk { coat: [52.0, 88.0, 160.0], direction: -1.0 }),
];
/// When the lamp flickers.
const FLICKER: [std::ops::Range<u64>; 2] = [225..270, 360..405];

/// The box around what moves, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovingBox {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

/// The street at one size of picture.
pub struct Scene {
    background: RgbPicture,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Walk { coat: Colour, direction: f32 },
    Ball,
}

impl Scene {
    /// Draws what stands still. Any size; the scene is thought at 640x480 and stretched.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let mut background = RgbPicture { width, height, data: vec![0; width as usize * height as usize * 3] };
        let mut canvas = Canvas::new(&mut background);
        sky(&mut canvas);
        hills(&mut canvas);
        ground(&mut canvas);
        house(&mut canvas);
        tree(&mut canvas);
        fence(&mut canvas);
        lamp_post(&mut canvas);
        Self { background }
    }

    /// Draws picture `n` into `picture`, whatever that held before.
    pub fn draw(&self, n: u64, picture: &mut RgbPicture) {
        picture.width = self.background.width;
        picture.height = self.background.height;
        picture.data.clone_from(&self.background.data);
        let canvas = &mut Canvas::new(picture);
        lamp_glass(canvas, n % PERIOD);
        match now(n) {
            Some((Act::Walk { coat, direction }, progress)) => Walker { coat, direction, progress }.paint(canvas),
            Some((Act::Ball, progress)) => ball(canvas, progress),
            None => {}
        }
    }

    /// The box around everything that moves in picture `n`, its shadow included; `None` when nothing does, or when it is
    /// still outside the picture.
    #[must_use]
    pub fn truth(&self, n: u64) -> Option<MovingBox> {
        let (act, progress) = now(n)?;
        let bounds = match act {
            Act::Walk { direction, .. } => walker_bounds(walker_x(direction, progress)),
            Act::Ball => ball_bounds(ball_place(progress)),
        };
        let [left, top, right, bottom] = bounds.pixels(&self.background);
        (left < right && top < bottom).then(|| MovingBox { x: left, y: top, width: right - left, height: bottom - top })
    }
}

/// What happens in picture `n`, and how far it is from 0 to 1.
fn now(n: u64) -> Option<(Act, f32)> {
    let n = n % PERIOD;
    let (when, act) = ACTS.into_iter().find(|(when, _)| when.contains(&n))?;
    let progress = (n - when.start) as f32 / (when.end - when.start) as f32;
    Some((act, progress))
}

// What stands still, from back to front.

fn sky(canvas: &mut Canvas) {
    let everywhere = |_, _| -1.0;
    let (above, below) = ([104.0, 158.0, 208.0], [232.0, 226.0, 208.0]);
    canvas.paint(Bounds::ALL, |_, y| (mix(above, below, y / 290.0), 1.0), everywhere);
    // The sun's glow, low on the right.
    let glow = |x: f32, y: f32| (1.0 - (x - 560.0).hypot((y - 150.0) * 1.3) / 260.0).max(0.0);
    canvas.paint(Bounds::ALL, |x, y| ([255.0, 240.0, 200.0], glow(x, y).powi(2) * 0.8), everywhere);
    for (cx, cy, size) in [(130.0, 70.0, 1.0), (420.0, 45.0, 0.7), (505.0, 108.0, 0.5)] {
        for (dx, dy, radius) in [(-46.0, 6.0, 26.0), (-14.0, -6.0, 36.0), (26.0, 0.0, 32.0), (58.0, 8.0, 20.0)] {
            let (x, y, radius) = (cx + dx * size, cy + dy * size, radius * size);
            let soft = move |px: f32, py: f32| (1.0 - (px - x).hypot((py - y) * 1.7) / radius).clamp(0.0, 1.0);
            let bounds = Bounds(x - radius, y - radius, x + radius, y + radius);
            canvas.paint(bounds, |px, py| ([255.0, 252.0, 246.0], soft(px, py).sqrt() * 0.55), everywhere);
        }
    }
}

fn hills(canvas: &mut Canvas) {
    canvas.fill(Bounds::ALL, [150.0, 172.0, 168.0], ellipse(140.0, 330.0, 330.0, 105.0));
    canvas.fill(Bounds::ALL, [128.0, 158.0, 142.0], ellipse(520.0, 340.0, 300.0, 90.0));
}

/// Lawn, pavement, kerb and road.
fn ground(canvas: &mut Canvas) {
    let band = |canvas: &mut Canvas, top: f32, bottom: f32, from: Colour, to: Colour| {
        let bounds = Bounds(0.0, top, WIDTH, bottom);
        canvas.paint(bounds, |_, y| (mix(from, to, (y - top) / (bottom - top)), 1.0), |_, _| -1.0);
    };
    band(canvas, 280.0, 378.0, [126.0, 164.0, 92.0], [104.0, 146.0, 78.0]);
    band(canvas, 378.0, 424.0, [196.0, 190.0, 180.0], [178.0, 172.0, 164.0]);
    band(canvas, 424.0, 430.0, [140.0, 136.0, 132.0], [120.0, 117.0, 114.0]);
    band(canvas, 430.0, HEIGHT, [98.0, 99.0, 104.0], [84.0, 85.0, 92.0]);
    for joint in 0_u8..9 {
        let x = f32::from(joint) * 80.0;
        canvas.fill(
            Bounds(x - 20.0, 378.0, x + 4.0, 424.0),
            [164.0, 158.0, 150.0],
            limb((x, 379.0), (x - 14.0, 423.0), 0.7),
        );
    }
    for dash in 0_u8..5 {
        let x = f32::from(dash) * 150.0 - 20.0;
        let bounds = Bounds(x, 456.0, x + 80.0, 462.0);
        canvas.fill(bounds, [206.0, 202.0, 190.0], rectangle(bounds, 2.0));
    }
}

fn house(canvas: &mut Canvas) {
    canvas.fill(Bounds::ALL, [96.0, 134.0, 74.0], ellipse(300.0, 344.0, 190.0, 14.0));
    let wall = Bounds(180.0, 190.0, 410.0, 342.0);
    canvas.paint(
        wall,
        |x, y| (mix([240.0, 226.0, 200.0], [222.0, 204.0, 176.0], (x + y - 370.0) / 400.0), 1.0),
        rectangle(wall, 2.0),
    );
    canvas.fill(
        Bounds(150.0, 96.0, 440.0, 200.0),
        [158.0, 84.0, 66.0],
        triangle([(295.0, 98.0), (436.0, 196.0), (154.0, 196.0)]),
    );
    canvas.fill(
        Bounds(150.0, 190.0, 440.0, 202.0),
        [120.0, 62.0, 50.0],
        rectangle(Bounds(152.0, 192.0, 438.0, 200.0), 3.0),
    );
    for (x, y) in [(204.0, 222.0), (336.0, 222.0)] {
        window(canvas, Bounds(x, y, x + 50.0, y + 46.0));
    }
    window(canvas, Bounds(278.0, 144.0, 312.0, 172.0));
    let door = Bounds(274.0, 262.0, 316.0, 342.0);
    canvas.fill(
        Bounds(270.0, 258.0, 320.0, 342.0),
        [246.0, 240.0, 228.0],
        rectangle(Bounds(270.0, 258.0, 320.0, 346.0), 2.0),
    );
    canvas.fill(door, [72.0, 104.0, 96.0], rectangle(Bounds(274.0, 262.0, 316.0, 346.0), 2.0));
    canvas.fill(Bounds(304.0, 300.0, 314.0, 310.0), [226.0, 196.0, 110.0], circle(309.0, 305.0, 2.6));
    // The way from the door to the pavement.
    canvas.fill(Bounds(240.0, 342.0, 350.0, 380.0), [190.0, 182.0, 168.0], |x, y| {
        (x - 295.0).abs() - 22.0 - (y - 342.0) * 0.4
    });
}

fn window(canvas: &mut Canvas, pane: Bounds) {
    let Bounds(left, top, right, bottom) = pane;
    let frame = Bounds(left - 3.0, top - 3.0, right + 3.0, bottom + 3.0);
    canvas.fill(frame, [250.0, 246.0, 238.0], rectangle(frame, 2.0));
    let glass =
        |x: f32, y: f32| (mix([92.0, 120.0, 144.0], [168.0, 192.0, 204.0], (x - left + bottom - y) / 90.0), 1.0);
    canvas.paint(pane, glass, rectangle(pane, 1.0));
    let (cx, cy) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
    canvas.fill(pane, [250.0, 246.0, 238.0], limb((cx, top), (cx, bottom), 1.2));
    canvas.fill(pane, [250.0, 246.0, 238.0], limb((left, cy), (right, cy), 1.2));
}

fn tree(canvas: &mut Canvas) {
    canvas.fill(Bounds(20.0, 340.0, 140.0, 366.0), [92.0, 130.0, 70.0], ellipse(82.0, 354.0, 54.0, 8.0));
    canvas.fill(Bounds(60.0, 220.0, 104.0, 358.0), [104.0, 78.0, 58.0], limb((82.0, 350.0), (82.0, 236.0), 8.0));
    let leaves = [
        (54.0, 226.0, 34.0),
        (110.0, 222.0, 36.0),
        (82.0, 250.0, 34.0),
        (64.0, 186.0, 36.0),
        (100.0, 178.0, 38.0),
        (82.0, 210.0, 42.0),
    ];
    for (i, (x, y, radius)) in leaves.into_iter().enumerate() {
        let shade = [8.0, 0.0, 18.0, -6.0, -14.0, -8.0][i];
        let lit = move |px: f32, py: f32| {
            (
                mix(
                    [112.0, 156.0, 82.0],
                    [74.0, 116.0, 62.0],
                    (py - px * 0.4 - y + x * 0.4 + radius) / (radius * 2.2) + shade / 90.0,
                ),
                1.0,
            )
        };
        canvas.paint(Bounds(x - radius, y - radius, x + radius, y + radius), lit, circle(x, y, radius));
    }
}

fn fence(canvas: &mut Canvas) {
    let white = [238.0, 234.0, 224.0];
    for (left, right) in [(0.0, 252.0), (338.0, 640.0)] {
        for y in [352.0, 366.0] {
            canvas.fill(
                Bounds(left, y - 3.0, right, y + 3.0),
                mix(white, [150.0; 3], 0.15),
                rectangle(Bounds(left - 4.0, y - 1.8, right, y + 1.8), 0.5),
            );
        }
        let mut x = left + 6.0;
        while x < right - 2.0 {
            canvas.fill(
                Bounds(x - 4.0, 340.0, x + 4.0, 380.0),
                white,
                rectangle(Bounds(x - 2.6, 342.0, x + 2.6, 378.0), 2.0),
            );
            x += 14.0;
        }
    }
}

fn lamp_post(canvas: &mut Canvas) {
    let iron = [58.0, 62.0, 70.0];
    canvas.fill(Bounds(570.0, 186.0, 604.0, 400.0), iron, limb((587.0, 214.0), (587.0, 392.0), 3.0));
    canvas.fill(Bounds(570.0, 384.0, 604.0, 402.0), iron, rectangle(Bounds(579.0, 386.0, 595.0, 400.0), 3.0));
    canvas.fill(Bounds(570.0, 176.0, 604.0, 194.0), iron, triangle([(587.0, 178.0), (600.0, 192.0), (574.0, 192.0)]));
    canvas.fill(Bounds(570.0, 206.0, 604.0, 218.0), iron, rectangle(Bounds(578.0, 210.0, 596.0, 215.0), 2.0));
}

// What changes.

/// 14x17 of 640x480: under a thousandth of the picture.
fn lamp_glass(canvas: &mut Canvas, n: u64) {
    let glass = Bounds(580.0, 193.0, 594.0, 210.0);
    let lit = FLICKER.iter().any(|when| when.contains(&n)) && (n * n / 3 + n) % 5 < 3;
    let colour = if lit { [255.0, 236.0, 160.0] } else { [188.0, 184.0, 168.0] };
    canvas.fill(glass, colour, rectangle(glass, 2.0));
}

/// Where the walker's feet are, of all people on the pavement.
const FEET_Y: f32 = 412.0;

fn walker_x(direction: f32, progress: f32) -> f32 {
    WIDTH / 2.0 + direction * (progress - 0.5) * (WIDTH + 90.0)
}

fn walker_bounds(x: f32) -> Bounds {
    Bounds(x - 34.0, FEET_Y - 122.0, x + 34.0, FEET_Y + 8.0)
}

/// Somebody who walks by.
pub(super) struct Walker {
    /// Colour of the coat.
    pub coat: Colour,
    /// 1 from left to right, -1 back.
    pub direction: f32,
    /// From 0, at one side, to 1.
    pub progress: f32,
}

impl Walker {
    /// Draws them over a street of any size.
    pub fn draw(&self, picture: &mut RgbPicture) {
        self.paint(&mut Canvas::new(picture));
    }

    fn paint(&self, canvas: &mut Canvas) {
        let Self { coat, direction, progress } = *self;
        let x = walker_x(direction, progress);
        let bounds = walker_bounds(x);
        // Twelve steps on the way; the body rises and falls twice in each.
        let phase = progress * 12.0 * std::f32::consts::TAU;
        let swing = phase.sin();
        let bob = (phase * 2.0).cos() * 1.2;
        let shadow = ellipse(x, FEET_Y + 1.0, 26.0, 5.0);
        canvas.paint(bounds, |_, _| ([70.0, 68.0, 70.0], 0.45), shadow);
        let (hip, shoulder) = ((x, FEET_Y - 52.0 + bob), (x + direction * 1.5, FEET_Y - 88.0 + bob));
        let trousers = [58.0, 60.0, 78.0];
        for side in [-1.0, 1.0] {
            let reach = side * swing * 17.0;
            let lift = (side * phase.cos()).max(0.0) * 5.0;
            let foot = (x + reach, FEET_Y - 4.0 - lift);
            let knee = (x + reach * 0.5 + direction * 4.0, FEET_Y - 28.0 - lift * 0.5);
            let shade = if side > 0.0 { trousers } else { mix(trousers, [0.0; 3], 0.25) };
            canvas.fill(bounds, shade, limb(hip, knee, 6.5));
            canvas.fill(bounds, shade, limb(knee, foot, 5.0));
            canvas.fill(bounds, [42.0, 36.0, 34.0], limb(foot, (foot.0 + direction * 7.0, foot.1 + 1.5), 3.6));
        }
        let hand = |side: f32| (shoulder.0 - side * swing * 18.0 + direction * 3.0, shoulder.1 + 34.0);
        canvas.fill(bounds, mix(coat, [0.0; 3], 0.25), limb(shoulder, hand(-1.0), 5.0));
        canvas.fill(bounds, coat, limb(shoulder, (hip.0, hip.1 - 2.0), 12.5));
        canvas.fill(bounds, mix(coat, [255.0; 3], 0.1), limb(shoulder, hand(1.0), 5.0));
        let skin = [224.0, 178.0, 148.0];
        let hand = hand(1.0);
        canvas.fill(bounds, skin, circle(hand.0, hand.1 + 4.0, 3.8));
        let head = (x + direction * 2.5, FEET_Y - 108.0 + bob);
        canvas.fill(bounds, skin, circle(head.0, head.1, 10.0));
        let hair = |px: f32, py: f32| {
            circle(head.0, head.1 - 0.5, 10.8)(px, py).max(py - head.1 + 2.0 - (px - head.0) * direction * -0.6)
        };
        canvas.fill(bounds, [74.0, 52.0, 40.0], hair);
    }
}

const BALL_RADIUS: f32 = 15.0;

/// Where the ball is; each bounce is lower than the one before.
fn ball_place(progress: f32) -> (f32, f32) {
    let x = WIDTH + 25.0 - progress * (WIDTH + 50.0);
    let bounces = progress * 5.0;
    let height = (bounces.fract() * std::f32::consts::PI).sin() * (95.0 - 16.0 * bounces.floor());
    (x, FEET_Y + 4.0 - BALL_RADIUS - height)
}

fn ball_bounds((x, y): (f32, f32)) -> Bounds {
    Bounds(x - 18.0, y - BALL_RADIUS - 1.0, x + 18.0, FEET_Y + 10.0)
}

fn ball(canvas: &mut Canvas, progress: f32) {
    let (x, y) = ball_place(progress);
    let bounds = ball_bounds((x, y));
    let closeness = 1.0 - (FEET_Y + 4.0 - BALL_RADIUS - y) / 140.0;
    canvas.paint(bounds, |_, _| ([70.0, 68.0, 70.0], 0.4 * closeness), ellipse(x, FEET_Y + 4.0, 15.0, 4.0));
    let turn = -progress * 14.0;
    let striped = |px: f32, py: f32| {
        let along = (px - x) * turn.cos() + (py - y) * turn.sin();
        let base = if along.abs() < 4.5 { [250.0, 246.0, 236.0] } else { [232.0, 142.0, 44.0] };
        let shade = ((py - y + (px - x) * 0.4) / BALL_RADIUS).clamp(-1.0, 1.0);
        (mix(base, [90.0, 50.0, 20.0], 0.2 + shade * 0.2), 1.0)
    };
    canvas.paint(bounds, striped, circle(x, y, BALL_RADIUS));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(scene: &Scene, n: u64) -> RgbPicture {
        let mut picture = RgbPicture::default();
        scene.draw(n, &mut picture);
        picture
    }

    /// The box around the pixels that differ between two pictures.
    fn changed(a: &RgbPicture, b: &RgbPicture) -> Option<MovingBox> {
        let pixels = a.data.chunks_exact(3).zip(b.data.chunks_exact(3)).enumerate();
        let places = pixels
            .filter(|(_, (a, b))| a != b)
            .map(|(i, _)| u32::try_from(i).unwrap())
            .map(|i| (i % a.width, i / a.width));
        places.fold(None, |seen: Option<MovingBox>, (x, y)| {
            let Some(seen) = seen else { return Some(MovingBox { x, y, width: 1, height: 1 }) };
            let (left, top) = (seen.x.min(x), seen.y.min(y));
            let (right, bottom) = ((seen.x + seen.width).max(x + 1), (seen.y + seen.height).max(y + 1));
            Some(MovingBox { x: left, y: top, width: right - left, height: bottom - top })
        })
    }

    fn contains(outer: &MovingBox, inner: &MovingBox) -> bool {
        outer.x <= inner.x
            && outer.y <= inner.y
            && inner.x + inner.width <= outer.x + outer.width
            && inner.y + inner.height <= outer.y + outer.height
    }

    #[test]
    fn a_picture_depends_on_its_number_only_and_comes_again_after_a_period() {
        let scene = Scene::new(160, 120);
        let first = drawn(&scene, 100);
        drawn(&scene, 300);
        assert!(drawn(&scene, 100) == first);
        assert!(drawn(&Scene::new(160, 120), 100 + PERIOD) == first);
    }

    #[test]
    fn what_differs_from_the_empty_street_lies_within_the_truth() {
        for (width, height) in [(640, 480), (320, 180)] {
            let scene = Scene::new(width, height);
            let empty = drawn(&scene, 0);
            for n in (0..PERIOD).step_by(7).filter(|n| !FLICKER.iter().any(|when| when.contains(n))) {
                match (changed(&empty, &drawn(&scene, n)), scene.truth(n)) {
                    (Some(seen), Some(truth)) => assert!(contains(&truth, &seen), "{n}: {seen:?} in {truth:?}"),
                    (Some(seen), None) => panic!("{n}: {seen:?} and nothing should move"),
                    (None, _) => {}
                }
            }
        }
    }

    #[test]
    fn events_begin_and_end_as_the_timetable_says() {
        let scene = Scene::new(640, 480);
        for n in [0, 74, 210, 284, 345, 419, 555, 599] {
            assert_eq!(scene.truth(n), None, "{n}");
        }
        for n in [90, 140, 195, 295, 315, 335, 435, 500, 540] {
            assert!(scene.truth(n).is_some(), "{n}");
            assert!(changed(&drawn(&scene, 0), &drawn(&scene, n)).is_some(), "{n}");
        }
    }

    #[test]
    fn the_lamp_flickers_and_is_smaller_than_what_counts_as_motion() {
        let scene = Scene::new(640, 480);
        let empty = drawn(&scene, 0);
        let seen: Vec<_> = (225..270).filter_map(|n| changed(&empty, &drawn(&scene, n))).collect();
        assert!(seen.len() > 10 && seen.len() < 40, "{}", seen.len());
        let share = f64::from(seen[0].width * seen[0].height) / (640.0 * 480.0);
        assert!(share < 0.001, "{share}");
    }
}
