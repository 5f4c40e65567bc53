//! Who has gone silent: phones that stopped sending without a word.

use std::time::{Duration, Instant};

use crate::bus::{Latest, StreamSummary};
use crate::domain::{BlindReason, CameraState, StreamId, Timestamp};
use crate::pipeline::Pipeline;

/// A camera is silent when nothing came for this long …
const AT_LEAST: Duration = Duration::from_secs(5);
/// … and for this many of its own intervals: a phone may send one frame in ten seconds.
const INTERVALS: f32 = 2.5;
/// After so long without a frame a stream's background and its last picture are forgotten.
const IDLE: Duration = Duration::from_mins(10);

/// Notes which remote cameras have gone silent since the last look.
pub(super) fn note_silent(
    latest: &Latest,
    pipeline: &Pipeline,
    local: &StreamId,
    summaries: &[StreamSummary],
    now: Timestamp,
) {
    for summary in summaries.iter().filter(|summary| summary.stream != *local) {
        let Some(view) = &summary.view else { continue };
        let seen = !matches!(summary.state, CameraState::Blind { .. });
        if seen && is_silent(view.at, Instant::now(), view.fps) {
            // When its last frame came by our clock: its own may be hours ahead, or the frame a month old.
            let since = now.minus(view.at.elapsed());
            latest.went_blind(&summary.stream, since, BlindReason::Silent);
            pipeline.interrupt(&summary.stream);
        }
    }
    for stream in pipeline.close_idle(IDLE).iter().filter(|stream| *stream != local) {
        latest.retire(stream);
    }
}

fn is_silent(last: Instant, now: Instant, fps: f32) -> bool {
    let own = if fps > 0.0 { Duration::from_secs_f32((INTERVALS / fps).min(120.0)) } else { Duration::from_secs(25) };
    now.saturating_duration_since(last) > own.max(AT_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_phone_is_given_more_time_than_a_fast_one() {
        let start = Instant::now();
        let after = |secs| start + Duration::from_secs(secs);
        assert!(!is_silent(start, after(4), 15.0));
        assert!(is_silent(start, after(6), 15.0));
        assert!(!is_silent(start, after(20), 0.1));
        assert!(is_silent(start, after(26), 0.1));
    }
}
