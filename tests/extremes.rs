//! What no camera should send and one day some camera will: tiny and odd sizes, black, white and noise, and a clock that jumps. The
//! detectors give a mask of the right size for each of them, and the same one on every run.

use framekeep::domain::{DetectorKind, Mask, MotionSettings, RgbPicture};
use framekeep::motion::Detector;

const SIZES: [(u32, u32); 16] = [
    (1, 1),
    (2, 1),
    (1, 300),
    (501, 1),
    (3, 3),
    (16, 16),
    (31, 33),
    (32, 32),
    (33, 47),
    (48, 48),
    (63, 65),
    (64, 64),
    (65, 63),
    (96, 80),
    (145, 149),
    (640, 20),
];

#[derive(Debug, Clone, Copy)]
enum Look {
    Black,
    White,
    Noise,
    Stripes,
    /// Stripes, moved by so many pixels.
    Moved(u32),
    Half,
}

/// The looks of a film, and the seconds since the frame before.
const FILM: [(Look, f64); 26] = [
    (Look::Black, 0.1),
    (Look::Black, 0.1),
    (Look::White, 0.1),
    (Look::Black, 0.1),
    (Look::Noise, 0.1),
    (Look::Noise, 0.1),
    (Look::Noise, 0.0),
    (Look::Noise, -5.0),
    (Look::Stripes, 3_600.0),
    (Look::Stripes, 0.1),
    (Look::Stripes, 0.1),
    (Look::Moved(3), 0.1),
    (Look::Moved(9), 0.1),
    (Look::Moved(17), 0.1),
    (Look::Moved(25), 0.1),
    (Look::Moved(25), 0.1),
    (Look::Moved(25), 0.2),
    (Look::Moved(25), 0.2),
    (Look::Half, 0.2),
    (Look::Half, 0.2),
    (Look::Half, 10.0),
    (Look::White, f64::NAN),
    (Look::White, f64::INFINITY),
    (Look::Stripes, 1e-9),
    (Look::White, 1e12),
    (Look::Half, 0.1),
];

fn draw(look: Look, (width, height): (u32, u32), n: usize) -> RgbPicture {
    let mut state = 0x9e37_79b9_u32.wrapping_mul(u32::try_from(n).unwrap() + 1) | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let stripe = |x: u32, y: u32| if (x / 5 + y / 7).is_multiple_of(2) { 60 } else { 190 };
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let pixel = match look {
                Look::Black => [0; 3],
                Look::White => [255; 3],
                Look::Noise => [noise(), noise(), noise()],
                Look::Stripes => [stripe(x, y); 3],
                Look::Moved(by) => [stripe(x + by, y + by / 2); 3],
                Look::Half => [if y < height / 2 { 250 } else { 20 }, 90, 40],
            };
            data.extend(pixel);
        }
    }
    RgbPicture { width, height, data }
}

/// The masks of the film at all sizes, one size after the other on one detector.
fn masks(kind: DetectorKind) -> Vec<Mask> {
    let settings =
        MotionSettings { detector: kind, warm_up_secs: 0.0, smallest_area: 0.0, ..MotionSettings::default() };
    let mut detector = Detector::new(&settings);
    let mut masks = Vec::new();
    for size in SIZES {
        let mut seconds = 0.0;
        for (n, (look, interval)) in FILM.into_iter().enumerate() {
            seconds = if interval.is_finite() { seconds + interval } else { interval };
            let score = detector.detect(&draw(look, size, n), seconds).score;
            assert!((0.0..=1.0).contains(&score), "{kind:?}, {size:?}, {look:?}: {score}");
            let mask = detector.mask().clone();
            assert_eq!((mask.width, mask.height), size, "{kind:?}, {look:?}");
            assert_eq!(mask.data.len(), (size.0 * size.1) as usize);
            masks.push(mask);
            if !seconds.is_finite() {
                seconds = 0.0;
            }
        }
    }
    masks
}

#[test]
fn whatever_comes_each_picture_has_its_mask_and_the_same_one_on_every_run() {
    for kind in [DetectorKind::Default, DetectorKind::Fast, DetectorKind::Mog2] {
        assert!(masks(kind) == masks(kind), "{kind:?}");
    }
}
