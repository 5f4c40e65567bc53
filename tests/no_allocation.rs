//! A detector allocates nothing per frame once it has seen a few, and no more than docs/detector.md says before that.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use framekeep::domain::{DetectorKind, MotionSettings, RgbPicture, Verdict, Zone, ZoneKind};
use framekeep::motion::Detector;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting what each thread asks for.
struct Counting;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller keeps the promises of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size.cast_signed() - size(layout));
        // SAFETY: the caller keeps the promises of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.with(|bytes| bytes.set(bytes.get() - size(layout)));
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn size(layout: Layout) -> isize {
    layout.size().cast_signed()
}

fn count(more_bytes: isize) {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
    BYTES.with(|bytes| bytes.set(bytes.get() + more_bytes));
}

#[global_allocator]
static COUNTING: Counting = Counting;

const WIDTH: usize = 403;
const HEIGHT: usize = 351;

/// Two bright squares on a grey wall, one going right, one down; every 40 frames they are where they were.
fn draw(picture: &mut RgbPicture, frame: usize) {
    picture.data.fill(90);
    let step = frame % 40;
    for (left, top) in [(step * 9, 40), (200, step * 7)] {
        for row in top..top + 30 {
            picture.data[(row * WIDTH + left) * 3..][..30 * 3].fill(220);
        }
    }
}

#[test]
fn after_some_frames_nothing_is_allocated() {
    for kind in [DetectorKind::Default, DetectorKind::Fast, DetectorKind::Mog2] {
        let zones = vec![Zone::rectangle(ZoneKind::Ignore, 0.9, 0.0, 0.1, 0.2)];
        let mut detector = Detector::new(&MotionSettings { detector: kind, zones, ..MotionSettings::default() });
        let mut picture = RgbPicture { width: 403, height: 351, data: vec![0; WIDTH * HEIGHT * 3] };
        let mut moving_frames = 0;
        let mut look = |frame: usize| {
            draw(&mut picture, frame);
            let detection = detector.detect(&picture, frame as f64 / 25.0);
            moving_frames += usize::from(detection.verdict == Verdict::Motion);
            assert!(!detector.working_mask().data.is_empty());
            assert_eq!(detector.mask().data.len(), WIDTH * HEIGHT);
        };
        (0..40).for_each(&mut look);
        let before = ALLOCATIONS.get();
        (40..100).for_each(&mut look);
        assert_eq!(ALLOCATIONS.get() - before, 0, "{kind:?}");
        assert!(moving_frames > 50, "{kind:?}: only {moving_frames} moving frames, so little was tried");
    }
}

/// A wall of bricks, each of another grey, as a camera sees it that looks so many pixels beside it, in so much percent of the
/// light; with so many small squares that move. It zooms in by so many thousandths.
fn draw_wall(picture: &mut RgbPicture, frame: usize, (across, percent, squares, zoom): (usize, usize, usize, usize)) {
    for (pixel, values) in picture.data.chunks_exact_mut(3).enumerate() {
        let (column, row) = (pixel % WIDTH * 1000 / (1000 + zoom), pixel / WIDTH * 1000 / (1000 + zoom));
        let (column, row) = ((column + across) / 11, row / 17);
        let grey = 60 + (column * 131 + row * 197 + column * row * 53) % 150;
        values.fill(u8::try_from(grey * percent / 100).unwrap());
    }
    for square in 0..squares {
        let (left, top) = (20 + square % 6 * 60 + frame % 8 * 4, 20 + square / 6 * 60);
        for row in top..top + 20 {
            picture.data[(row * WIDTH + left) * 3..][..20 * 3].fill(250);
        }
    }
}

#[test]
fn what_comes_for_the_first_time_allocates_nothing_either() {
    for kind in [DetectorKind::Default, DetectorKind::Fast] {
        let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
        let mut picture = RgbPicture { width: 403, height: 351, data: vec![0; WIDTH * HEIGHT * 3] };
        let mut verdicts = Vec::with_capacity(200);
        let (mut before, mut most_regions) = (0, 0);
        for frame in 0..180 {
            let look = match frame {
                0..40 => (300, 100, 1, 0),
                40..60 => (300, 100, 30, 0),
                // A camera that is shaken, then turned, then a lamp, then the camera is turned slowly, then it zooms.
                60..80 => (300 + frame % 4, 100, 2, 0),
                80..100 => (300 - (frame - 79).min(8) * 30, 100, 2, 0),
                100..120 => (60, 100, 1, 0),
                120..135 => (60, 60, 1, 0),
                135..150 => (60 + (frame - 135) * 4, 60, 1, 0),
                _ => (116, 60, 1, (frame - 149).min(20) * 10),
            };
            draw_wall(&mut picture, frame, look);
            if frame == 40 {
                before = ALLOCATIONS.get();
            }
            let detection = detector.detect(&picture, frame as f64 / 10.0);
            most_regions = most_regions.max(detection.regions.len());
            verdicts.push(detection.verdict);
            assert_eq!(detector.mask().data.len(), WIDTH * HEIGHT);
        }
        assert_eq!(ALLOCATIONS.get() - before, 0, "{kind:?}");
        assert!(most_regions > 20, "{kind:?}: {most_regions}");
        assert!(!verdicts[60..80].contains(&Verdict::CameraMoved), "{kind:?}: {:?}", &verdicts[60..80]);
        assert!(verdicts[80..100].contains(&Verdict::CameraMoved), "{kind:?}: {:?}", &verdicts[80..100]);
        assert!(verdicts[120..135].contains(&Verdict::LightChanged), "{kind:?}: {:?}", &verdicts[120..135]);
        assert!(!verdicts[135..].contains(&Verdict::CameraMoved), "{kind:?}: {:?}", &verdicts[135..]);
    }
}

#[test]
fn a_stream_takes_as_much_memory_as_the_documents_say() {
    let text = include_str!("../docs/detector.md");
    // What is measured is a little less at some sizes.
    let (_, told) = text.split_once("A stream takes ").unwrap();
    let told: isize = told.split(' ').next().unwrap().parse().unwrap();
    for (width, height) in [(320, 240), (640, 480), (1920, 1080)] {
        for kind in [DetectorKind::Default, DetectorKind::Fast] {
            let picture = RgbPicture { width, height, data: vec![90; (width * height * 3) as usize] };
            let before = BYTES.get();
            let mut detector = Detector::new(&MotionSettings { detector: kind, ..MotionSettings::default() });
            for frame in 0..5 {
                detector.detect(&picture, f64::from(frame) / 10.0);
            }
            let pixels = detector.working_mask().data.len().cast_signed();
            let each = (BYTES.get() - before) / pixels;
            assert!((told - 5..=told).contains(&each), "{kind:?} at {width}x{height}: {each} bytes, told are {told}");
        }
    }
}
