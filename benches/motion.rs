//! What a frame costs: MOG2 alone and the whole detector, on a scene with noise and traffic. One thread.
//!
//! `cargo bench --bench motion`. Figures against OpenCV need the same clip in the same minute; these are for comparing one
//! change with the one before.

#![expect(missing_docs, reason = "the function that criterion_group writes has no documentation")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use framekeep::domain::{DetectorKind, Mask, MotionSettings, RgbPicture};
use framekeep::motion::{Detector, Mog2, Mog2Params};

const SIZES: [(u32, u32); 3] = [(640, 480), (1280, 720), (1920, 1080)];
const FPS: f64 = 25.0;

fn mog2(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mog2");
    for (width, height) in SIZES {
        let frames = scene(width, height);
        for shadows in [false, true] {
            group.throughput(Throughput::Elements(u64::from(width * height)));
            let name = if shadows { "with shadows" } else { "without shadows" };
            group.bench_function(BenchmarkId::new(name, format!("{width}x{height}")), |bencher| {
                let mut mog2 = Mog2::new(Mog2Params { shadows, ..Mog2Params::default() });
                let mut mask = Mask::default();
                let mut next = frames.iter().cycle();
                bencher.iter(|| {
                    mog2.apply(next.next().expect("it cycles"), -1.0, &mut mask);
                    black_box(mask.data.len())
                });
            });
        }
    }
    group.finish();
}

fn detector(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("detector");
    for (width, height) in SIZES {
        let frames = scene(width, height);
        for kind in [DetectorKind::Default, DetectorKind::Fast, DetectorKind::Mog2] {
            group.throughput(Throughput::Elements(u64::from(width * height)));
            group.bench_function(BenchmarkId::new(format!("{kind:?}"), format!("{width}x{height}")), |bencher| {
                let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
                let mut next = frames.iter().cycle().zip(0u32..);
                bencher.iter(|| {
                    let (picture, number) = next.next().expect("it cycles");
                    black_box(detector.detect(picture, f64::from(number) / FPS).score)
                });
            });
        }
    }
    group.finish();
}

/// Eight frames of a noisy gradient across which a few bright boxes move.
fn scene(width: u32, height: u32) -> Vec<RgbPicture> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 29).to_le_bytes()[0]
    };
    let frame = |number: u32| {
        let mut data = Vec::with_capacity((width * height * 3) as usize);
        for y in 0..height {
            for x in 0..width {
                let in_box = (x + number * 8) % (width / 3) < width / 16 && y % (height / 2) < height / 10;
                let ground = (60 + (x + y) * 100 / (width + height)).to_le_bytes()[0];
                data.extend([0, 10, 20].map(|tint| if in_box { 230 } else { ground + tint + noise() }));
            }
        }
        RgbPicture { width, height, data }
    };
    (0..8).map(frame).collect()
}

criterion_group!(benches, mog2, detector);
criterion_main!(benches);
