//! Time between frames, made safe: capture times may jump, stand still or go backwards.

/// Seconds between frames of a stream whose rate is not known yet, as of a common camera.
const UNKNOWN_SECS: f64 = 1.0 / 25.0;

/// A longer pause teaches no more than this one: nothing was seen in between, and one picture must not outweigh all that
/// was learnt before. The slowest phone sends one frame in ten seconds.
const LONGEST_SECS: f64 = 10.0;

/// Follows the capture times of one stream.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    last: Option<f64>,
    usual_secs: f64,
    frames: u64,
    watched_secs: f64,
}

impl Pace {
    pub fn new() -> Self {
        Self { last: None, usual_secs: UNKNOWN_SECS, frames: 0, watched_secs: 0.0 }
    }

    /// Takes the capture time of the next frame and tells the seconds since the frame before: above 0, at most 10. When
    /// the times do not tell, it is the last interval that they did tell.
    pub fn advance(&mut self, seconds: f64) -> f64 {
        let interval = seconds - self.last.unwrap_or(f64::NAN);
        if interval.is_finite() && interval > 0.0 {
            self.usual_secs = interval.min(LONGEST_SECS);
        }
        if self.frames > 0 {
            self.watched_secs += self.usual_secs;
        }
        self.last = Some(seconds);
        self.frames += 1;
        self.usual_secs
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Seconds from the first frame to the last, pauses and jumps left out.
    pub fn watched_secs(&self) -> f64 {
        self.watched_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_stand_still_or_go_backwards_count_as_the_usual_interval() {
        let mut pace = Pace::new();
        pace.advance(100.0);
        assert_eq!(pace.advance(100.5).to_bits(), 0.5f64.to_bits());
        for seconds in [100.5, 3.0, f64::NAN, 4.0] {
            assert_eq!(pace.advance(seconds).to_bits(), 0.5f64.to_bits(), "at {seconds}");
        }
        assert_eq!(pace.watched_secs().to_bits(), 2.5f64.to_bits());
    }

    #[test]
    fn a_long_pause_counts_as_ten_seconds() {
        let mut pace = Pace::new();
        pace.advance(0.0);
        assert_eq!(pace.advance(86_400.0).to_bits(), 10f64.to_bits());
    }

    #[test]
    fn the_first_frame_takes_no_time() {
        let mut pace = Pace::new();
        assert!(pace.advance(7.0) > 0.0);
        assert_eq!((pace.frames(), pace.watched_secs().to_bits()), (1, 0f64.to_bits()));
    }
}
