//! The frames of one stream that are in memory, oldest first by their arrival.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::spool::Spool;
use crate::domain::Timestamp;

/// A frame as it lies in memory.
pub(super) struct Shot {
    pub at: Timestamp,
    pub size: (u32, u32),
    pub jpeg: Bytes,
}

/// The last frames of a stream, and the events that go on.
pub(super) struct Reel {
    shots: VecDeque<Shot>,
    bytes: usize,
    pub spools: Vec<Spool>,
    /// When the last frame came.
    pub last: Instant,
}

impl Default for Reel {
    fn default() -> Self {
        Self { shots: VecDeque::new(), bytes: 0, spools: Vec::new(), last: Instant::now() }
    }
}

impl Reel {
    /// Adds a frame; those go that are more than `keep` older than the newest.
    pub fn push(&mut self, shot: Shot, keep: Duration) {
        self.last = Instant::now();
        let newest = self.shots.back().map_or(shot.at, |newest| newest.at.max(shot.at));
        self.bytes += shot.jpeg.len();
        self.shots.push_back(shot);
        // A clock that was set back leaves frames behind that seem to be of the future: they are as useless.
        let is_old = |shot: &Shot| newest.since(shot.at) > keep || shot.at.since(newest) > keep;
        while self.shots.len() > 1 && self.shots.front().is_some_and(is_old) {
            self.pop();
        }
    }

    /// Lets the oldest go; its bytes.
    pub fn pop(&mut self) -> Option<usize> {
        let bytes = self.shots.pop_front()?.jpeg.len();
        self.bytes -= bytes;
        Some(bytes)
    }

    pub fn shots(&self) -> impl Iterator<Item = &Shot> {
        self.shots.iter()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Width and height of the largest picture.
    pub fn largest(&self) -> Option<(u32, u32)> {
        self.shots.iter().map(|shot| shot.size).max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(at: i64, bytes: usize) -> Shot {
        Shot { at: Timestamp::from_millis(at), size: (64, 48), jpeg: vec![0; bytes].into() }
    }

    fn times(reel: &Reel) -> Vec<i64> {
        reel.shots().map(|shot| shot.at.as_millis()).collect()
    }

    #[test]
    fn only_the_last_seconds_are_held_and_their_bytes_are_known() {
        let (mut reel, keep) = (Reel::default(), Duration::from_secs(2));
        for second in 0..10 {
            reel.push(shot(second * 1000, 100), keep);
        }
        assert_eq!(times(&reel), [7000, 8000, 9000]);
        assert_eq!(reel.bytes(), 300);
        assert_eq!(reel.pop(), Some(100));
        assert_eq!((times(&reel), reel.bytes()), (vec![8000, 9000], 200));
    }

    #[test]
    fn large_pictures_that_come_later_than_their_previews_are_held_as_long_as_they_are_recent() {
        let (mut reel, keep) = (Reel::default(), Duration::from_secs(2));
        for at in [0, 1000, 2000, 500, 1500, 2500] {
            reel.push(shot(at, 1), keep);
        }
        assert_eq!(times(&reel), [1000, 2000, 500, 1500, 2500]);
    }
}
