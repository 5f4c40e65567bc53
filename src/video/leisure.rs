//! Whether the machine has time for jobs: cameras come first.

use std::time::{Duration, Instant};

use crate::bus::Latest;

/// A camera whose frame was turned away makes jobs wait for so long.
const AFTER_A_LOSS: Duration = Duration::from_secs(10);
/// A machine with more to do than this, in threads that want to run for each core, is busy.
const MOST_LOAD: f64 = 8.0;
/// Jobs never wait for longer than this: a machine that is always busy does one now and then.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Says before each job whether it may begin: not within ten seconds after a frame was turned away because the detector
/// did not keep up, and not while more than eight threads for each core want to run; but at the latest after a minute.
pub(super) struct Leisure {
    latest: Latest,
    dropped: u64,
    lost: Option<Instant>,
    busy_since: Option<Instant>,
}

impl Leisure {
    pub fn new(latest: Latest) -> Self {
        let dropped = dropped(&latest);
        Self { latest, dropped, lost: None, busy_since: None }
    }

    /// Whether a job may begin now.
    pub fn has_time(&mut self, now: Instant) -> bool {
        self.has_time_under(load_of_each_core(), now)
    }

    fn has_time_under(&mut self, load: f64, now: Instant) -> bool {
        let dropped = dropped(&self.latest);
        // Cameras that are forgotten take their counts with them.
        if dropped > std::mem::replace(&mut self.dropped, dropped) {
            self.lost = Some(now);
        }
        let loses = self.lost.is_some_and(|at| now.saturating_duration_since(at) < AFTER_A_LOSS);
        if !loses && load <= MOST_LOAD {
            self.busy_since = None;
            return true;
        }
        let since = *self.busy_since.get_or_insert(now);
        let waited = now.saturating_duration_since(since) >= LONGEST_WAIT;
        if waited {
            self.busy_since = Some(now);
        }
        waited
    }
}

fn dropped(latest: &Latest) -> u64 {
    latest.summaries().iter().map(|summary| summary.counts.dropped).sum()
}

/// Threads that wanted to run in the last minute, for each core; 0 where the system does not tell.
fn load_of_each_core() -> f64 {
    let told = std::fs::read_to_string("/proc/loadavg").ok();
    let load: f64 = told.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0.0);
    load / std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Bus;
    use crate::domain::StreamId;

    #[test]
    fn jobs_wait_while_a_camera_loses_frames_but_not_for_ever() {
        let latest = Latest::new(Bus::default());
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let mut leisure = Leisure::new(latest.clone());
        let start = Instant::now();
        let after = |secs| start + Duration::from_secs(secs);
        assert!(leisure.has_time_under(0.5, after(0)));
        latest.appears(&stream);
        latest.dropped(&stream);
        assert!(!leisure.has_time_under(0.5, after(1)));
        assert!(!leisure.has_time_under(0.5, after(10)));
        assert!(leisure.has_time_under(0.5, after(11)), "it keeps up again");
        assert!(!leisure.has_time_under(9.0, after(12)), "the machine has much to do");
        assert!(!leisure.has_time_under(9.0, after(71)));
        assert!(leisure.has_time_under(9.0, after(72)), "one job at last");
        assert!(!leisure.has_time_under(9.0, after(73)), "and not the next at once");
    }
}
