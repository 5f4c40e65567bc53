//! Ratios of brightness, and the median of many: what an exposure or a white balance multiplied a picture by.

/// Steps of a histogram of ratios: two octaves to either side.
pub(super) const STEPS: usize = 128;
/// Steps in an octave.
const STEPS_AN_OCTAVE: f32 = 32.0;

/// The logarithm of each brightness, in steps of a histogram.
#[derive(Debug)]
pub(super) struct Logarithms([i16; 256]);

impl Default for Logarithms {
    fn default() -> Self {
        let logarithm = |value: usize| ((value as f32 + 3.0).log2() * STEPS_AN_OCTAVE).round() as i16;
        Self(std::array::from_fn(logarithm))
    }
}

impl Logarithms {
    /// The step of the ratio of two values.
    #[inline(always)]
    pub fn step(&self, then: u8, now: u8) -> usize {
        let step = self.0[usize::from(then)] - self.0[usize::from(now)];
        (step + STEPS as i16 / 2).clamp(0, STEPS as i16 - 1) as usize
    }
}

/// The median of a histogram with `count` entries, in octaves, between the steps linear.
pub(super) fn median(counts: &[u32; STEPS], count: u32) -> f32 {
    let half = count / 2;
    let mut below = 0;
    for (step, here) in counts.iter().enumerate() {
        if below + here > half {
            let within = (half - below) as f32 / *here as f32;
            return (step as f32 - STEPS as f32 / 2.0 - 0.5 + within) / STEPS_AN_OCTAVE;
        }
        below += here;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_ratio_of_most() {
        let logarithms = Logarithms::default();
        for (then, now, octaves) in [(100, 100, 0.0), (203, 100, 1.0), (100, 203, -1.0)] {
            let mut counts = [0; STEPS];
            counts[logarithms.step(then, now)] = 9;
            counts[logarithms.step(10, 250)] += 4;
            assert!((median(&counts, 13) - octaves).abs() < 1.0 / STEPS_AN_OCTAVE, "{then} to {now}");
        }
        assert!(median(&[0; STEPS], 0).abs() < f32::EPSILON);
    }
}
