//! How long looking at frames takes, counted as it happens: for every frame, so without a lock and without memory.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Longest times of the bins but the last, in microseconds: from a twentieth of what a frame may take to far beyond.
const BINS_MICROS: [u64; 11] = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000];

/// Times of detection since the program started. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct DetectTimes(Arc<Bins>);

#[derive(Debug, Default)]
struct Bins {
    counts: [AtomicU64; BINS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl DetectTimes {
    /// A frame took so long to be looked at.
    pub fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bin = BINS_MICROS.partition_point(|longest| *longest < micros);
        self.0.counts[bin].fetch_add(1, Ordering::Relaxed);
        self.0.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The bins, each with its longest time in seconds (the last has none) and how many frames took no longer and longer than
    /// the bin before; and the sum of all times.
    #[must_use]
    pub fn bins(&self) -> (Vec<(f64, u64)>, Duration) {
        let counts: [u64; BINS_MICROS.len() + 1] = array::from_fn(|bin| self.0.counts[bin].load(Ordering::Relaxed));
        let longest = BINS_MICROS.iter().map(|micros| Duration::from_micros(*micros).as_secs_f64());
        let bins = longest.chain([f64::INFINITY]).zip(counts).collect();
        (bins, Duration::from_micros(self.0.sum_micros.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_bin_whose_longest_time_it_does_not_exceed() {
        let times = DetectTimes::default();
        for micros in [0, 500, 501, 16_000, 600_000, 3_000_000] {
            times.add(Duration::from_micros(micros));
        }
        let (bins, sum) = times.bins();
        let filled: Vec<_> = bins.iter().filter(|(_, count)| *count > 0).copied().collect();
        assert_eq!(filled, [(0.0005, 2), (0.001, 1), (0.016, 1), (f64::INFINITY, 2)]);
        assert_eq!(sum, Duration::from_micros(3_617_001));
    }
}
