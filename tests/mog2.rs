//! MOG2 gives the same bytes as OpenCV 5.0.
//!
//! The scenes are drawn here. `scripts/mog2-vectors` lets OpenCV look at the same scenes and records its masks in
//! `tests/vectors/mog2.zip`: one entry a case, the masks of all frames one after the other.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use framekeep::domain::{Mask, RgbPicture};
use framekeep::motion::{Mog2, Mog2Params};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/mog2.zip");
const AUTOMATIC: f64 = -1.0;

#[test]
fn every_mask_equals_the_one_that_opencv_gave() {
    let mut vectors = zip::ZipArchive::new(File::open(VECTORS).unwrap()).unwrap();
    let cases = cases();
    assert_eq!(vectors.len(), cases.len(), "cases and vectors differ: run scripts/mog2-vectors");
    for case in cases {
        let mut expected = Vec::new();
        vectors.by_name(case.name).unwrap().read_to_end(&mut expected).unwrap();
        let mut expected = expected.as_slice();
        let mut mog2 = Mog2::new(case.params);
        let mut mask = Mask::default();
        for (number, frame) in case.frames().enumerate() {
            mog2.apply(&frame.picture, frame.rate, &mut mask);
            let (theirs, rest) = expected.split_at(mask.data.len());
            compare(case.name, number, &mask, theirs);
            expected = rest;
        }
        assert!(expected.is_empty(), "{}: OpenCV gave more masks", case.name);
    }
}

#[test]
fn the_vectors_show_motion_shadow_and_stillness() {
    let mut vectors = zip::ZipArchive::new(File::open(VECTORS).unwrap()).unwrap();
    let mut counts = [0usize; 3];
    for index in 0..vectors.len() {
        let mut masks = Vec::new();
        vectors.by_index(index).unwrap().read_to_end(&mut masks).unwrap();
        for (count, value) in counts.iter_mut().zip([Mask::STILL, Mask::SHADOW, Mask::MOVING]) {
            *count += masks.iter().copied().filter(|byte| *byte == value).count();
        }
    }
    assert!(counts.iter().all(|count| *count > 10_000), "still, shadow, moving: {counts:?}");
}

/// Says where the first difference lies, and how many there are.
fn compare(case: &str, number: usize, mask: &Mask, theirs: &[u8]) {
    let different = || mask.data.iter().zip(theirs).enumerate().filter(|(_, (ours, theirs))| ours != theirs);
    if let Some((at, (ours, theirs))) = different().next() {
        let (x, y) = (at % mask.width as usize, at / mask.width as usize);
        let count = different().count();
        panic!("{case}, frame {number}: {count} pixels differ; at ({x}, {y}) {ours}, OpenCV {theirs}");
    }
}

/// What OpenCV is asked and what we are asked.
struct Case {
    name: &'static str,
    params: Mog2Params,
    /// Width, height and learning rate of each frame.
    rates: Vec<(u32, u32, f64)>,
    scene: fn(u32, u32, u32) -> RgbPicture,
}

struct Frame {
    picture: RgbPicture,
    rate: f64,
}

impl Case {
    fn frames(&self) -> impl Iterator<Item = Frame> {
        self.rates.iter().zip(0..).map(|(&(width, height, rate), number)| {
            let picture = (self.scene)(width, height, number);
            Frame { picture, rate }
        })
    }
}

fn cases() -> Vec<Case> {
    let params = Mog2Params::default();
    let plain = Mog2Params { shadows: false, ..params };
    let case = |name, params, scene, rates| Case { name, params, rates, scene };
    let steady = |width, height, count, rate| vec![(width, height, rate); count];
    let switching = |rates: [f64; 3]| {
        let rate = |number: usize| rates[number / 20];
        (0..60).map(|number| (37, 21, rate(number))).collect::<Vec<_>>()
    };
    vec![
        case("street", params, street, steady(37, 21, 120, AUTOMATIC)),
        case("street without shadows", plain, street, steady(37, 21, 80, AUTOMATIC)),
        case("street, slow", params, street, steady(37, 21, 60, 0.002)),
        case("street, fast", params, street, steady(37, 21, 60, 0.3)),
        case("street, learning stops and goes on", params, street, switching([AUTOMATIC, 0.0, 0.05])),
        case("street, beginning anew", params, street, switching([0.01, 1.0, AUTOMATIC])),
        case("street, short history", Mog2Params { history: 7, ..params }, street, steady(37, 21, 60, AUTOMATIC)),
        case("street, history of one", Mog2Params { history: 1, ..plain }, street, steady(37, 21, 12, AUTOMATIC)),
        case("street, faint", Mog2Params { variance_threshold: 4.0, ..params }, street, steady(37, 21, 60, AUTOMATIC)),
        case(
            "street, strong",
            Mog2Params { variance_threshold: 64.0, ..params },
            street,
            steady(37, 21, 60, AUTOMATIC),
        ),
        case("street, quiet pixels", Mog2Params { least_variance: 15.0, ..params }, street, steady(37, 21, 60, 0.02)),
        case("noise", params, noise, steady(48, 16, 60, AUTOMATIC)),
        case("noise, fast", plain, noise, steady(48, 16, 60, 0.1)),
        case("light", params, light, steady(50, 20, 80, AUTOMATIC)),
        case("black and white", params, black_and_white, steady(16, 16, 50, 0.03)),
        case("one row", params, street, steady(101, 1, 40, AUTOMATIC)),
        case("one column", params, street, steady(1, 40, 40, AUTOMATIC)),
        case("one pixel", params, street, steady(1, 1, 30, AUTOMATIC)),
        case("whole blocks", params, street, steady(16, 16, 40, AUTOMATIC)),
        case(
            "another size",
            params,
            street,
            [steady(33, 9, 15, AUTOMATIC), steady(16, 20, 15, AUTOMATIC), steady(20, 16, 15, 0.01)].concat(),
        ),
    ]
}

/// A textured ground with sensor noise; two squares cross it, the darker one drags a shadow.
fn street(width: u32, height: u32, number: u32) -> RgbPicture {
    draw(width, height, number, |x, y, noise| {
        let texture = scramble(y * 977 + x) % 60;
        let ground = [70 + texture, 90 + texture / 2, 60 + (x * 5 + y * 3) % 90];
        let noisy = ground.map(|value| value + noise() % 9);
        let inside =
            |left: u32, top: u32, side: u32| (left..left + side).contains(&x) && (top..top + side).contains(&y);
        let (first, second) = (number * 2 % (width + 12), (number / 2) % (width + 8));
        if inside(first, height / 4, height.div_ceil(4)) {
            [200 + noise() % 20, 40, 30 + number % 50]
        } else if inside(second, height / 2, height.div_ceil(3)) {
            [30, 35, 40 + noise() % 6]
        } else if inside(second, height / 2 + height.div_ceil(3), height.div_ceil(6)) {
            noisy.map(|value| value * 7 / 10)
        } else {
            noisy
        }
    })
}

/// Every pixel is anything; some return to a few values, so that all five Gaussians come, rise and go.
fn noise(width: u32, height: u32, number: u32) -> RgbPicture {
    draw(width, height, number, |x, y, noise| {
        let choices = 2 + (x + y) % 6;
        let choice = scramble(y * 131 + x * 7 + noise() % choices);
        if noise() % 16 == 0 {
            [noise() % 256, noise() % 256, noise() % 256]
        } else {
            [choice % 256, choice / 256 % 256, choice / 65_536 % 256].map(|value| (value + noise() % 5).min(255))
        }
    })
}

/// The street while its light falls and comes back at once.
fn light(width: u32, height: u32, number: u32) -> RgbPicture {
    let mut picture = street(width, height, number);
    let share = if number < 60 { 100 - number } else { 110 };
    for value in &mut picture.data {
        *value = u8::try_from((u32::from(*value) * share / 100).min(255)).unwrap();
    }
    picture
}

/// The darkest and the brightest there is, by turns and in long rests.
fn black_and_white(width: u32, height: u32, number: u32) -> RgbPicture {
    draw(width, height, number, |x, y, noise| match (x / 4 + y / 4 + number / 10) % 4 {
        0 => [0; 3],
        1 => [255; 3],
        2 => [noise() % 2 * 255; 3],
        _ => [number % 2 * 255, 0, noise() % 2 * 255],
    })
}

/// A picture pixel by pixel. `pixel` gets the place and a source of noise that depends on nothing but frame and place.
fn draw(
    width: u32,
    height: u32,
    number: u32,
    pixel: impl Fn(u32, u32, &mut dyn FnMut() -> u32) -> [u32; 3],
) -> RgbPicture {
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let mut state = scramble(number.wrapping_mul(65_537) ^ (y * 4099 + x));
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 16
            };
            data.extend(pixel(x, y, &mut noise).map(|value| u8::try_from(value).unwrap()));
        }
    }
    RgbPicture { width, height, data }
}

/// One number from another, far from it.
fn scramble(value: u32) -> u32 {
    let mixed = (value ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    mixed ^ (mixed >> 16)
}

#[test]
#[ignore = "writes the scenes for scripts/mog2-vectors into the folder FRAMEKEEP_SCENES"]
fn write_the_scenes() {
    let folder = std::env::var("FRAMEKEEP_SCENES").expect("FRAMEKEEP_SCENES names a folder");
    let mut list = Vec::new();
    for (index, case) in cases().into_iter().enumerate() {
        let pixels: Vec<u8> = case.frames().flat_map(|frame| frame.picture.data).collect();
        std::fs::write(Path::new(&folder).join(format!("{index}.rgb")), pixels).unwrap();
        list.push(serde_json::json!({
            "name": case.name,
            "history": case.params.history,
            "variance_threshold": case.params.variance_threshold,
            "least_variance": case.params.least_variance,
            "shadows": case.params.shadows,
            "frames": case.rates,
        }));
    }
    std::fs::write(Path::new(&folder).join("cases.json"), serde_json::to_vec(&list).unwrap()).unwrap();
}
