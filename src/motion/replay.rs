//! Decides again on frames of which only the traces are left, under other settings.
//!
//! Equal to running the detector again for the settings that come after what a trace measures: smallest and largest area,
//! warm-up and persistence. Sensitivity, zones and the kind of detector come before it and cannot be changed afterwards.

use super::decide::{Decider, Moment};
use super::measure::Measured;
use crate::domain::{Detection, MotionSettings, Trace};

/// Decides again on the frames of one stream, in their order.
pub struct Replay {
    settings: MotionSettings,
    decider: Decider,
    detection: Detection,
    /// Time watched by the end of the frame before.
    watched_micros: Option<u64>,
}

/// What is said of a frame now.
#[derive(Debug, Clone, Copy)]
pub struct Redecided<'a> {
    /// Verdict, score and regions.
    pub detection: &'a Detection,
    /// Whether the detector itself would say exactly this. It may say otherwise where areas count that the trace had no room
    /// for, and where frames are missing before this one, until what is counted from frame to frame is known again.
    pub is_exact: bool,
}

impl Replay {
    /// Decides by these settings; of those only what a trace can carry is used.
    #[must_use]
    pub fn new(settings: &MotionSettings) -> Self {
        Self {
            settings: settings.clone(),
            decider: Decider::default(),
            detection: Detection::default(),
            watched_micros: None,
        }
    }

    /// Decides on the next frame. When frames are missing before it, the time that was watched tells.
    pub fn decide(&mut self, trace: &Trace) -> Redecided<'_> {
        let before = trace.watched_micros.checked_sub(trace.interval_micros.into());
        if !trace.is_first && (before.is_none() || before != self.watched_micros) {
            self.decider.forget();
        }
        self.watched_micros = Some(trace.watched_micros);
        let moment = Moment::new(trace.is_first, trace.interval_micros, trace.watched_micros);
        let is_exact = self.decider.decide(&Measured::of(trace), &self.settings, moment, &mut self.detection);
        Redecided { detection: &self.detection, is_exact }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::judge::Judge;
    use super::super::seen::Seen;
    use super::*;
    use crate::domain::{Mask, TraceAreas, Upheaval, Zone, ZoneKind};

    const WIDTH: usize = 30;
    const HEIGHT: usize = 20;

    /// A frame of rectangles that move, of which some change; sometimes everything does.
    fn seen() -> impl Strategy<Value = Seen> {
        let rectangle = (0..WIDTH, 0..HEIGHT, 1..WIDTH, 1..HEIGHT, any::<bool>());
        let upheaval = prop_oneof![9 => Just(Upheaval::None), 1 => Just(Upheaval::Light), 1 => Just(Upheaval::Camera)];
        (proptest::collection::vec(rectangle, 0..4), upheaval, proptest::bool::weighted(0.8), any::<bool>()).prop_map(
            |(rectangles, upheaval, tells_changes, is_raw)| {
                let mut data = vec![Mask::STILL; WIDTH * HEIGHT];
                let mut changes = vec![0; WIDTH * HEIGHT];
                for (left, top, width, height, is_live) in rectangles {
                    for y in top..(top + height / 2 + 1).min(HEIGHT) {
                        for x in left..(left + width / 3 + 1).min(WIDTH) {
                            data[y * WIDTH + x] = Mask::MOVING;
                            changes[y * WIDTH + x] |= u8::from(is_live);
                        }
                    }
                }
                let mask = Mask { width: 30, height: 20, data };
                Seen { mask, is_raw, changes: if tells_changes { changes } else { Vec::new() }, upheaval }
            },
        )
    }

    /// What was seen, how long after the frame before, and how often.
    fn frames() -> impl Strategy<Value = Vec<(Seen, u32)>> {
        let interval = prop_oneof![Just(40_000u32), Just(100_000), Just(700_000), 1..10_000_000u32];
        let spell = (seen(), interval, 1..4usize).prop_map(|(seen, interval, count)| vec![(seen, interval); count]);
        proptest::collection::vec(spell, 1..12).prop_map(|spells| spells.into_iter().flatten().collect())
    }

    fn settings() -> impl Strategy<Value = MotionSettings> {
        let share = || prop_oneof![Just(0.0f32), 0.0..0.05f32, 0.0..1.0f32, Just(1.0)];
        let counts = prop_oneof![0..5u32, Just(u32::MAX)];
        (share(), share(), counts, prop_oneof![Just(0.0f32), 0.0..3.0f32]).prop_map(
            |(smallest_area, largest_area, persistence, warm_up_secs)| MotionSettings {
                smallest_area,
                largest_area,
                warm_up_secs,
                persistence,
                ..MotionSettings::default()
            },
        )
    }

    /// Judges all frames; gives for each what was said and its trace.
    fn judged(frames: &[(Seen, u32)], settings: &MotionSettings, zones: &[Zone]) -> Vec<(Detection, Trace)> {
        let mut judge = Judge::default();
        judge.fit(zones, WIDTH, HEIGHT);
        let mut watched_micros = 0;
        let frames = frames.iter().enumerate().map(|(number, (seen, interval_micros))| {
            let is_first = number == 0;
            watched_micros += if is_first { 0 } else { u64::from(*interval_micros) };
            let (mut detection, mut trace) = (Detection::default(), Trace::default());
            let moment = Moment::new(is_first, *interval_micros, watched_micros);
            judge.judge(seen, settings, moment, &mut detection, &mut trace);
            trace = Trace { is_first, interval_micros: *interval_micros, watched_micros, ..trace };
            (detection, trace)
        });
        frames.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn deciding_again_is_deciding(
            frames in frames(),
            first in settings(),
            others in proptest::collection::vec(settings(), 6),
            zoned: bool,
        ) {
            let zones = [Zone::rectangle(ZoneKind::Ignore, 0.0, 0.0, 0.5, 0.5)];
            let zones = if zoned { &zones[..] } else { &[] };
            let traced = judged(&frames, &first, zones);
            for settings in &others {
                let mut replay = Replay::new(settings);
                for ((_, trace), (detection, _)) in traced.iter().zip(judged(&frames, settings, zones)) {
                    let again = replay.decide(trace);
                    prop_assert!(again.is_exact);
                    prop_assert_eq!(again.detection, &detection);
                }
            }
        }

        #[test]
        fn what_is_called_exact_is_even_where_frames_are_missing(
            frames in frames(),
            settings in settings(),
            missing in proptest::collection::vec(proptest::bool::weighted(0.2), 40),
        ) {
            let mut replay = Replay::new(&settings);
            for ((detection, trace), _) in judged(&frames, &settings, &[]).iter().zip(missing).filter(|(_, gone)| !gone) {
                let again = replay.decide(trace);
                prop_assert!(!again.is_exact || again.detection == detection);
            }
        }

        #[test]
        fn what_is_called_exact_is_even_where_areas_were_left_out(
            frames in frames(),
            settings in settings(),
            room in 0..3usize,
        ) {
            let mut replay = Replay::new(&settings);
            for (detection, mut trace) in judged(&frames, &settings, &[]) {
                let areas = trace.areas;
                trace.areas = TraceAreas::default();
                let (kept, rest) = areas.as_slice().split_at(areas.as_slice().len().min(room + 1));
                for area in kept {
                    assert!(trace.areas.push(*area));
                }
                trace.left_out.count = u32::try_from(rest.len()).unwrap();
                trace.left_out.largest = rest.first().map_or(0, |area| area.pixels);
                let again = replay.decide(&trace);
                prop_assert!(!again.is_exact || *again.detection == detection);
            }
        }
    }
}
