//! Time between frames, made safe: capture times may jump, stand still or go backwards.

/// Seconds between frames of a stream whose rate is not known yet, as of a common camera.
const UNKNOWN_SECS: f64 = 1.0 / 25.0;

/// A longer pause teaches no more than this one: nothing was seen in between, and one picture must not outweigh all that
/// was learnt before. The slowest phone sends one frame in ten seconds.
const LONGEST_SECS: f64 = 10.0;

/// What is known of the time from one picture to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    /// How long it was.
    pub interval_secs: f64,
    /// The camera's own sensors say that it was moved.
    pub moved: bool,
}

/// Follows the capture times of one stream.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    last: Option<f64>,
    usual_secs: f64,
    frames: u64,
    watched_secs: f64,
    watched_micros: u64,
    interval_micros: u32,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            last: None,
            usual_secs: UNKNOWN_SECS,
            frames: 0,
            watched_secs: 0.0,
            watched_micros: 0,
            interval_micros: 0,
        }
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
        let before = self.watched_micros;
        self.watched_micros = micros(self.watched_secs);
        let interval = if self.frames > 0 { self.watched_micros - before } else { micros(self.usual_secs) };
        self.interval_micros = u32::try_from(interval).unwrap_or(u32::MAX);
        self.last = Some(seconds);
        self.frames += 1;
        self.usual_secs
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// What [`Self::advance`] told last, in whole microseconds that add up to [`Self::watched_micros`]. Verdicts go by these, as they
    /// can be written down exactly.
    pub fn interval_micros(&self) -> u32 {
        self.interval_micros
    }

    /// Microseconds from the first frame to the last, pauses and jumps left out.
    pub fn watched_micros(&self) -> u64 {
        self.watched_micros
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturates")]
fn micros(secs: f64) -> u64 {
    (secs * 1e6).round() as u64
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
        assert_eq!((pace.watched_micros(), pace.interval_micros()), (2_500_000, 500_000));
    }

    #[test]
    fn a_long_pause_counts_as_ten_seconds() {
        let mut pace = Pace::new();
        pace.advance(0.0);
        assert_eq!(pace.advance(86_400.0).to_bits(), 10f64.to_bits());
    }

    #[test]
    fn times_since_1970_give_whole_microseconds() {
        let mut pace = Pace::new();
        for frame in 0..=50 {
            pace.advance(f64::from(frame).mul_add(0.1, 1_763_712_061.042));
        }
        assert_eq!((pace.interval_micros(), pace.watched_micros()), (100_000, 5_000_000));
    }

    #[test]
    fn what_is_rounded_does_not_add_up() {
        let mut pace = Pace::new();
        let mut sum = 0;
        for frame in 0..=15 {
            pace.advance(f64::from(frame) / 30.0);
            sum += if frame > 0 { u64::from(pace.interval_micros()) } else { 0 };
        }
        assert_eq!((pace.watched_micros(), sum), (500_000, 500_000));
    }

    #[test]
    fn the_first_frame_takes_no_time() {
        let mut pace = Pace::new();
        assert!(pace.advance(7.0) > 0.0);
        assert_eq!((pace.frames(), pace.watched_micros()), (1, 0));
    }
}
