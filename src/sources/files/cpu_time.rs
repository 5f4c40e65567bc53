//! CPU time, as opposed to the time on the wall: what a thread or a child process has really worked.

use std::time::Duration;

/// CPU time of the calling thread since it began. Zero where the system does not tell.
#[must_use]
pub fn thread() -> Duration {
    #[cfg(unix)]
    {
        clock(libc::CLOCK_THREAD_CPUTIME_ID)
    }
    #[cfg(not(unix))]
    {
        Duration::ZERO
    }
}

/// CPU time of all threads of this program since it began. Zero where the system does not tell.
#[must_use]
pub fn program() -> Duration {
    #[cfg(unix)]
    {
        clock(libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    #[cfg(not(unix))]
    {
        Duration::ZERO
    }
}

/// CPU time of another process that runs or has not been waited for yet. `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn process(pid: libc::pid_t) -> Option<Duration> {
    let mut id = 0;
    // SAFETY: `id` is a valid place for the one value that the call writes.
    (unsafe { libc::clock_getcpuclockid(pid, &raw mut id) } == 0).then(|| clock(id))
}

#[cfg(unix)]
fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the one value that the call writes. A clock that is gone leaves it at zero.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn waiting_costs_nothing_and_working_does() {
        let start = thread();
        std::thread::sleep(Duration::from_millis(30));
        let waited = thread();
        assert!(waited < start + Duration::from_millis(20), "{start:?} {waited:?}");
        let mut sum = 0_u64;
        // Ends only when the clock goes on.
        while thread() < waited + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
