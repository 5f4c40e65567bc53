//! Traces read back as they were written, and nothing else is taken for one.

use proptest::prelude::*;

use super::*;

fn area() -> impl Strategy<Value = MovingArea> {
    // Small numbers as well as large ones.
    let number = || (any::<u32>(), 0..=31u32).prop_map(|(number, shift)| number >> shift);
    (number(), number(), number(), number(), number(), any::<bool>()).prop_map(
        |(left, top, width, height, pixels, is_live)| MovingArea { left, top, width, height, pixels, is_live },
    )
}

fn trace() -> impl Strategy<Value = Trace> {
    let decided = (0..9usize, any::<f32>(), any::<bool>(), any::<u32>(), any::<u64>(), any::<Option<u8>>(), 0..3usize);
    let measured = (any::<[u32; 4]>(), proptest::collection::vec(area(), 0..20), any::<[u32; 3]>());
    // From next to nothing to everywhere.
    let cell = |density: f64| {
        (proptest::bool::weighted(density), any::<u8>()).prop_map(|(moves, cell)| if moves { cell } else { 0 })
    };
    let grid = (0.02..1.0f64).prop_flat_map(move |density| proptest::collection::vec(cell(density), GRID_BYTES));
    (decided, measured, grid, any::<bool>()).prop_map(|(decided, measured, grid, moves)| {
        let (verdict, score, is_first, interval_micros, watched_micros, noise, upheaval) = decided;
        let ([width, height, watched_pixels, moving_pixels], list, [count, pixels, largest]) = measured;
        let mut areas = TraceAreas::default();
        let trace = Trace {
            verdict: Verdict::ALL[verdict],
            score,
            is_first,
            interval_micros,
            watched_micros,
            noise,
            upheaval: Upheaval::ALL[upheaval],
            width,
            height,
            watched_pixels,
            ..Trace::default()
        };
        if !moves {
            return trace;
        }
        for area in list {
            assert!(areas.push(area) || !areas.as_slice().is_empty());
        }
        let (left_out, grid) = (LeftOut { count, pixels, largest }, ActivityGrid::from_bytes(&grid).unwrap());
        Trace { moving_pixels, areas, left_out, grid, ..trace }
    })
}

fn frames() -> impl Strategy<Value = Vec<TracedFrame>> {
    let frame = (any::<i64>(), any::<u64>(), trace()).prop_map(|(at, seq, trace)| TracedFrame {
        at: Timestamp::from_millis(at),
        seq,
        trace,
    });
    proptest::collection::vec(frame, 0..6)
}

fn written(frames: &[TracedFrame]) -> Vec<u8> {
    let mut writer = TraceWriter::default();
    for frame in frames {
        let before = writer.len();
        writer.push(frame);
        assert!(writer.len() - before < TRACE_BYTES, "{} bytes", writer.len() - before);
    }
    assert_eq!(writer.is_empty(), frames.is_empty());
    writer.into_bytes()
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(frames in frames()) {
        let bytes = written(&frames);
        let read: Vec<_> = TraceReader::new(&bytes).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn what_is_cut_short_reads_back_as_far_as_it_goes(frames in frames(), cut in any::<proptest::sample::Index>()) {
        let bytes = written(&frames);
        let short = &bytes[..=cut.index(bytes.len())];
        let read: Vec<_> = TraceReader::new(short).unwrap().collect();
        let whole: Vec<_> = read.iter().filter_map(|frame| frame.ok()).collect();
        prop_assert_eq!(&whole[..], &frames[..whole.len()]);
        prop_assert!(read.len() <= whole.len() + 1);
    }

    #[test]
    fn garbage_is_an_error_or_frames_that_read_back(garbage in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes: Vec<u8> = std::iter::once(VERSION).chain(garbage).collect();
        let frames: Vec<_> = TraceReader::new(&bytes).unwrap().map_while(Result::ok).collect();
        let again = written(&frames);
        let read: Vec<_> = TraceReader::new(&again).unwrap().map(Result::unwrap).collect();
        let bits = |frames: &[TracedFrame]| format!("{frames:?}");
        prop_assert_eq!(bits(&read), bits(&frames));
    }

    #[test]
    fn an_area_takes_as_many_bytes_as_it_says(area in area()) {
        let mut areas = TraceAreas::default();
        let with = |areas| {
            let frame = TracedFrame { trace: Trace { areas, moving_pixels: 1, ..Trace::default() }, ..TracedFrame::default() };
            written(&[frame]).len()
        };
        let without = with(areas);
        areas.push(area);
        prop_assert_eq!(with(areas) - without, area.encoded_bytes());
    }
}

#[test]
fn a_still_frame_takes_one_byte_and_two_when_the_camera_is_not_regular() {
    let mut writer = TraceWriter::default();
    let mut frame = TracedFrame { at: Timestamp::from_millis(1_763_712_061_042), seq: 7, trace: Trace::default() };
    (frame.trace.width, frame.trace.height, frame.trace.noise) = (320, 240, Some(9));
    let mut sizes = Vec::new();
    for millis in [40, 100, 100, 100, 118, 100] {
        frame.trace.interval_micros = millis * 1000;
        frame.trace.watched_micros += u64::from(millis) * 1000;
        frame.at = frame.at.plus(std::time::Duration::from_millis(millis.into()));
        frame.seq += 1;
        let before = writer.len();
        writer.push(&frame);
        sizes.push(writer.len() - before);
    }
    assert_eq!(sizes[1..], [3, 1, 1, 2, 2]);
}

#[test]
fn the_largest_frame_of_all_has_room() {
    let most = u32::MAX;
    let mut areas = TraceAreas::default();
    let filling = MovingArea { left: 1 << 7, top: 1 << 7, width: 1 << 7, height: 0, pixels: 1 << 6, is_live: true };
    while areas.push(filling) {}
    let trace = Trace {
        score: 0.5,
        interval_micros: most,
        watched_micros: u64::MAX,
        noise: Some(u8::MAX),
        width: most,
        height: most,
        watched_pixels: most,
        moving_pixels: most,
        areas,
        left_out: LeftOut { count: most, pixels: most, largest: most },
        grid: ActivityGrid::from_bytes(&[255; GRID_BYTES]).unwrap(),
        ..Trace::default()
    };
    let frame = TracedFrame { at: Timestamp::from_millis(i64::MIN), seq: u64::MAX, trace };
    // One byte of these is the version.
    assert!((290..=TRACE_BYTES).contains(&written(&[frame]).len()), "{}", written(&[frame]).len());
}

#[test]
fn what_is_not_ours_is_refused() {
    assert_eq!(TraceReader::new(&[]).err(), Some(TraceError::CutShort));
    assert_eq!(TraceReader::new(&[2, 1]).err(), Some(TraceError::Newer(2)));
    // A verdict, an upheaval and a number of areas that there are not, and a number of 65 bits.
    for frame in [&[15][..], &[0x10, 0xc0], &[0x80, 0, 31], &[0x10, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2]]
    {
        let bytes: Vec<u8> = std::iter::once(VERSION).chain(frame.iter().copied()).chain([0; 400]).collect();
        assert_eq!(TraceReader::new(&bytes).unwrap().next(), Some(Err(TraceError::Damaged)), "{frame:?}");
    }
}
