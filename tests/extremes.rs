//! What no camera should send and one day some camera will: tiny and odd sizes, black, white and noise, and a clock that jumps. The
//! detectors give a mask of the right size for each of them, and the same one on every run.

use framekeep::domain::{DetectorKind, Mask, MotionSettings, RgbPicture};
use framekeep::motion::Detector;

const SIZES: [(u32, u32); 18] = [
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
    // Made smaller by 2 and 4, and by 4 and 6, with rows left out.
    (643, 363),
    (1283, 723),
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

fn detector(kind: DetectorKind) -> Detector {
    Detector::new(&MotionSettings {
        detector: kind,
        warm_up_secs: 0.0,
        smallest_area: 0.0,
        ..MotionSettings::default()
    })
}

/// The masks of the film at one size.
fn masks(detector: &mut Detector, size: (u32, u32), what: &str) -> Vec<Mask> {
    let mut masks = Vec::new();
    let mut seconds = 0.0;
    for (n, (look, interval)) in FILM.into_iter().enumerate() {
        seconds = if interval.is_finite() { seconds + interval } else { interval };
        let score = detector.detect(&draw(look, size, n), seconds).score;
        assert!((0.0..=1.0).contains(&score), "{what}, {look:?}: {score}");
        let mask = detector.mask().clone();
        assert_eq!((mask.width, mask.height), size, "{what}, {look:?}");
        assert_eq!(mask.data.len(), (size.0 * size.1) as usize);
        masks.push(mask);
        if !seconds.is_finite() {
            seconds = 0.0;
        }
    }
    masks
}

#[test]
fn whatever_comes_each_picture_has_its_mask_and_the_same_one_whatever_came_before() {
    for kind in [DetectorKind::Default, DetectorKind::Fast, DetectorKind::Mog2] {
        // One detector sees all sizes one after the other, another one of each size nothing else.
        let mut old = detector(kind);
        for size in SIZES.into_iter().filter(|(width, _)| *width < 640 || kind != DetectorKind::Mog2) {
            let what = format!("{kind:?}, {size:?}");
            assert!(masks(&mut old, size, &what) == masks(&mut detector(kind), size, &what), "{what}");
        }
    }
}
