//! The scores of a stream over the last half minute, for the small curve below the picture.

use std::time::{Duration, Instant};

/// How many samples the curve has: half a minute.
pub const SAMPLES: usize = 120;
/// The time of one sample.
const STEP: Duration = Duration::from_millis(250);

/// The highest score within one step, and whether something moved.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sample {
    /// Moving share of the picture, 0 to 1.
    pub score: f32,
    /// Whether a frame of this step counted as motion.
    pub motion: bool,
}

/// The last half minute. Steps without a frame hold the score of none: 0, still.
#[derive(Debug, Clone)]
pub struct History {
    start: Instant,
    /// Number of the newest step since `start`.
    step: u64,
    samples: [Sample; SAMPLES],
}

impl History {
    /// An empty half minute that ends at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { start: now, step: 0, samples: [Sample::default(); SAMPLES] }
    }

    /// Moves on to `now`; what is older than half a minute falls out.
    pub fn advance(&mut self, now: Instant) {
        let step =
            u64::try_from(now.saturating_duration_since(self.start).as_millis() / STEP.as_millis()).unwrap_or(u64::MAX);
        let steps = step.saturating_sub(self.step);
        let gone = usize::try_from(steps).unwrap_or(SAMPLES).min(SAMPLES);
        self.samples.rotate_left(gone);
        self.samples[SAMPLES - gone..].fill(Sample::default());
        self.step = self.step.max(step);
    }

    /// Adds what a frame said, at the time of the last [`Self::advance`].
    pub fn add(&mut self, score: f32, motion: bool) {
        let newest = &mut self.samples[SAMPLES - 1];
        newest.score = newest.score.max(score);
        newest.motion |= motion;
    }

    /// Oldest first.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(30);

    #[test]
    fn a_score_moves_to_the_left_and_falls_out_after_half_a_minute() {
        let start = Instant::now();
        let mut history = History::new(start);
        history.add(0.2, false);
        history.add(0.1, true);
        assert_eq!(history.samples()[SAMPLES - 1], Sample { score: 0.2, motion: true });
        history.advance(start + STEP * 119);
        assert_eq!(history.samples()[0], Sample { score: 0.2, motion: true });
        history.advance(start + SPAN);
        assert!(history.samples().iter().all(|sample| *sample == Sample::default()));
    }

    #[test]
    fn an_hour_asleep_leaves_it_empty() {
        let start = Instant::now();
        let mut history = History::new(start);
        history.add(0.5, true);
        history.advance(start + Duration::from_hours(1));
        assert!(history.samples().iter().all(|sample| !sample.motion));
    }
}
