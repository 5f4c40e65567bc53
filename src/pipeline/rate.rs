//! How many frames are kept by rate. The peaks of events come on top of it.

use std::time::Duration;

use crate::domain::{KeepRule, Timestamp};

/// Keeps the rate of one stream by the capture times of its frames.
#[derive(Debug, Default)]
pub struct Rate {
    due: Option<Timestamp>,
}

impl Rate {
    /// Whether the frame of this time is to be kept; if so, the next is due one interval later.
    ///
    /// The due times lie on a grid, so that 15 frames a second thinned to 2 give 2 and not 1.9: a frame that comes a
    /// little late does not move the next one.
    pub fn wants(&mut self, rule: KeepRule, at: Timestamp, motion: bool) -> bool {
        let asked = match rule {
            KeepRule::Motion { .. } => motion,
            KeepRule::All { .. } => true,
        };
        let (true, Some(interval)) = (asked, rule.interval()) else { return false };
        let due = match self.due {
            // A clock that was put back must not stop the keeping for hours.
            Some(due) if due.since(at) <= interval => due,
            _ => at,
        };
        if at < due {
            return false;
        }
        self.due = Some(next_due(due, at, interval));
        true
    }
}

fn next_due(due: Timestamp, at: Timestamp, interval: Duration) -> Timestamp {
    if at.since(due) < interval { due.plus(interval) } else { at.plus(interval) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rule: KeepRule, frames: impl IntoIterator<Item = (i64, bool)>) -> Vec<i64> {
        let mut keeper = Rate::default();
        frames
            .into_iter()
            .filter(|&(ms, motion)| keeper.wants(rule, Timestamp::from_millis(ms), motion))
            .map(|f| f.0)
            .collect()
    }

    #[test]
    fn motion_at_fifteen_a_second_is_thinned_to_two() {
        let frames = (0..150).map(|n| (n * 1000 / 15, true));
        assert_eq!(kept(KeepRule::Motion { per_second: 2.0 }, frames).len(), 20);
    }

    #[test]
    fn still_frames_are_not_kept_by_the_motion_rule() {
        let frames = [(0, false), (1000, true), (1100, true), (2000, false), (3000, true)];
        assert_eq!(kept(KeepRule::Motion { per_second: 1.0 }, frames), [1000, 3000]);
    }

    #[test]
    fn plain_capture_keeps_still_frames_at_its_interval() {
        let frames = (0..31).map(|n| (n * 1000, false));
        assert_eq!(kept(KeepRule::All { every_secs: 10.0 }, frames), [0, 10_000, 20_000, 30_000]);
    }

    #[test]
    fn an_interval_of_zero_keeps_every_frame() {
        assert_eq!(kept(KeepRule::All { every_secs: 0.0 }, [(0, false), (1, false), (2, true)]).len(), 3);
    }

    #[test]
    fn a_rate_of_zero_leaves_the_peaks_alone() {
        assert!(kept(KeepRule::Motion { per_second: 0.0 }, [(0, true), (9000, true)]).is_empty());
    }

    #[test]
    fn a_clock_put_back_by_an_hour_goes_on_at_once() {
        let frames = [(3_600_000, true), (0, true), (100, true), (1000, true)];
        assert_eq!(kept(KeepRule::Motion { per_second: 1.0 }, frames), [3_600_000, 0, 1000]);
    }

    #[test]
    fn after_a_pause_the_first_frame_is_kept_at_once() {
        let frames = [(0, true), (10_250, true), (10_500, true), (11_250, true)];
        assert_eq!(kept(KeepRule::Motion { per_second: 1.0 }, frames), [0, 10_250, 11_250]);
    }
}
