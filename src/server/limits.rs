//! How much one device, one address and all together may ask for.
//!
//! Who asks too often is told when to come back; nothing waits here. It does not know what is asked for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::DeviceId;
use crate::server::connections::household;
use crate::server::error::ApiError;

/// Requests a second of one device: several cameras at full rate, and a page full of thumbnails.
const DEVICE_PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// Requests of one device at once.
const DEVICE_BURST: NonZeroU32 = NonZeroU32::new(300).unwrap();
/// Requests a second without a session from one address: phones that load the page, and strangers.
const ADDRESS_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// Such requests at once.
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(300).unwrap();
/// Bytes of bodies that may be in memory at the same time.
const ROOM_BYTES: usize = 512 << 20;
/// Of these, bytes of one device, and of all who show no session together.
const SHARE_BYTES: usize = 128 << 20;
/// Streams (events, live pictures) that one device may hold open.
const STREAMS_PER_DEVICE: usize = 32;
/// Checks after which counters that nobody uses any more are thrown away.
const TIDY_EVERY: u32 = 4096;

/// All limits and their counters.
pub struct Limits {
    devices: DefaultKeyedRateLimiter<DeviceId>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    checks: AtomicU32,
    room: Arc<Semaphore>,
    /// What is left of each share that is in use.
    shares: Mutex<HashMap<Option<DeviceId>, Weak<Semaphore>>>,
    open: Arc<Mutex<HashMap<DeviceId, usize>>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            devices: RateLimiter::keyed(Quota::per_second(DEVICE_PER_SECOND).allow_burst(DEVICE_BURST)),
            addresses: RateLimiter::keyed(Quota::per_second(ADDRESS_PER_SECOND).allow_burst(ADDRESS_BURST)),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
            room: Arc::new(Semaphore::new(ROOM_BYTES / Room::UNIT)),
            shares: Mutex::default(),
            open: Arc::default(),
        }
    }
}

impl Limits {
    /// Counts one request of a device.
    pub fn device(&self, device: &DeviceId) -> Result<(), ApiError> {
        self.tidy();
        self.devices.check_key(device).map_err(|until| ApiError::TooOften(until.wait_time_from(self.clock.now())))
    }

    /// Counts one request without a session.
    pub fn address(&self, address: IpAddr) -> Result<(), ApiError> {
        self.tidy();
        let key = household(address);
        self.addresses.check_key(&key).map_err(|until| ApiError::TooOften(until.wait_time_from(self.clock.now())))
    }

    /// Where the bodies of a device find room in memory; without one, those of all who show no session.
    pub fn room(&self, device: Option<&DeviceId>) -> Room {
        let mut shares = lock(&self.shares);
        let share = shares.entry(device.cloned()).or_default();
        let own = share.upgrade().unwrap_or_else(|| {
            let fresh = Arc::new(Semaphore::new(SHARE_BYTES / Room::UNIT));
            *share = Arc::downgrade(&fresh);
            fresh
        });
        Room { all: Arc::clone(&self.room), own }
    }

    /// A place for one more open stream of a device; given back when it is dropped.
    pub fn stream(&self, device: &DeviceId) -> Result<Place, ApiError> {
        let mut open = lock(&self.open);
        let count = open.entry(device.clone()).or_default();
        if *count >= STREAMS_PER_DEVICE {
            return Err(ApiError::TooMany);
        }
        *count += 1;
        Ok(Place { device: device.clone(), open: Arc::clone(&self.open) })
    }

    fn tidy(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.devices.retain_recent();
            self.addresses.retain_recent();
            lock(&self.shares).retain(|_, share| share.strong_count() > 0);
        }
    }
}

/// Memory for bodies: a device's share of what there is for all.
#[derive(Clone)]
pub struct Room {
    all: Arc<Semaphore>,
    own: Arc<Semaphore>,
}

impl Room {
    /// Bytes that one permit stands for.
    const UNIT: usize = 1024;

    /// Room for `bytes` bytes until it is dropped.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] when the device's share is used up, [`ApiError::Crowded`] when everything is.
    pub fn take(&self, bytes: usize) -> Result<Taken, ApiError> {
        let units = u32::try_from(bytes.div_ceil(Self::UNIT)).unwrap_or(u32::MAX);
        let take = |room: &Arc<Semaphore>| Arc::clone(room).try_acquire_many_owned(units).ok();
        let own = take(&self.own).ok_or(ApiError::TooMany)?;
        let all = take(&self.all).ok_or(ApiError::Crowded)?;
        Ok(Taken { room: self.clone(), all, own })
    }
}

/// Room that a body has taken.
pub struct Taken {
    room: Room,
    all: OwnedSemaphorePermit,
    own: OwnedSemaphorePermit,
}

impl Taken {
    /// Takes as much more as is missing to `bytes` bytes: a body that comes in crumbs takes no more room than a whole one.
    ///
    /// # Errors
    /// As [`Room::take`].
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let missing = bytes.saturating_sub(self.all.num_permits() * Room::UNIT);
        if missing > 0 {
            let more = self.room.take(missing)?;
            self.all.merge(more.all);
            self.own.merge(more.own);
        }
        Ok(())
    }
}

/// One open stream of a device.
pub struct Place {
    device: DeviceId,
    open: Arc<Mutex<HashMap<DeviceId, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(count) = open.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.device);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one assignment, so a poisoned lock is as good as a whole one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn device(id: &str) -> DeviceId {
        DeviceId(id.to_owned())
    }

    #[test]
    fn a_device_that_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
        let limits = Limits::default();
        let refused = (0..10_000).find_map(|_| limits.device(&device("a")).err());
        let Some(ApiError::TooOften(wait)) = refused else { panic!("{refused:?}") };
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert!(limits.device(&device("b")).is_ok());
    }

    #[test]
    fn room_is_given_back() {
        let limits = Limits::default();
        let room = limits.room(Some(&device("a")));
        let half = room.take(SHARE_BYTES / 2).unwrap();
        assert!(room.take(SHARE_BYTES).is_err());
        drop(half);
        assert!(room.take(SHARE_BYTES).is_ok());
    }

    #[test]
    fn a_device_that_uses_up_its_share_of_the_memory_takes_nothing_from_others() {
        let limits = Limits::default();
        let everything = limits.room(Some(&device("a"))).take(SHARE_BYTES).unwrap();
        assert!(matches!(limits.room(Some(&device("a"))).take(1), Err(ApiError::TooMany)));
        let others: Vec<_> = ["b", "c", "d"].map(|id| limits.room(Some(&device(id))).take(SHARE_BYTES).unwrap()).into();
        assert!(matches!(limits.room(Some(&device("e"))).take(1), Err(ApiError::Crowded)));
        drop((everything, others));
        assert!(limits.room(Some(&device("a"))).take(SHARE_BYTES).is_ok());
    }

    #[test]
    fn a_device_has_so_many_streams_and_no_more_until_one_ends() {
        let limits = Limits::default();
        let mut places: Vec<_> = (0..STREAMS_PER_DEVICE).map(|_| limits.stream(&device("a")).unwrap()).collect();
        assert!(limits.stream(&device("a")).is_err());
        assert!(limits.stream(&device("b")).is_ok());
        places.pop();
        assert!(limits.stream(&device("a")).is_ok());
    }
}
