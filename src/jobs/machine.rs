//! The machine that workers are on: its name, its cores, and its other work, which goes first.

/// What this machine is called.
#[must_use]
pub fn machine() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok());
    told.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "machine".to_owned())
}

/// One worker for two cores, for a machine that has nothing else to do.
#[must_use]
pub fn half_of_the_cores() -> usize {
    cores().div_ceil(2)
}

/// As many workers as are wanted, but no more than there are cores.
#[must_use]
pub fn at_most_the_cores(wanted: u32) -> usize {
    usize::try_from(wanted).unwrap_or(usize::MAX).min(cores())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Lets all other work go before that of this thread, and of the processes and threads that it starts.
pub(super) fn step_back() {
    #[cfg(target_os = "linux")]
    {
        const NICENESS: libc::c_int = 10;
        // On Linux the niceness is that of a thread, and is handed down to what it starts. Elsewhere it would be that of the
        // whole program, cameras included.
        // SAFETY: the call takes plain numbers, and 0 means the thread that calls.
        if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) } != 0 {
            tracing::debug!(error = %std::io::Error::last_os_error(), "a worker cannot step back");
        }
    }
}
