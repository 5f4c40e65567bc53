//! Child processes that cannot outgrow their bounds, and how they end.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Most bytes of an answer that are kept.
const ANSWER_LIMIT: u64 = 1 << 20;

/// What a child may take. Where the system knows no such bounds they do not hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    /// How much less urgent it is than we are, 0 to 19.
    pub nice: i32,
    /// Largest file that it writes.
    pub file_bytes: Option<u64>,
    /// Most memory that it asks for.
    pub memory_bytes: Option<u64>,
    /// Whether it ends when the thread ends that started it. One that is fed ends with its food instead, and in good order.
    pub dies_with_us: bool,
}

/// Puts bounds on a child that is to be started. It becomes the head of a group of its own, so that Ctrl-C reaches us alone
/// and its end, with all that it started, is ours to order.
pub(super) fn bound(command: &mut Command, bounds: Bounds) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
        // SAFETY: between fork and exec only system calls are made that allow it; nothing is allocated.
        unsafe {
            command.pre_exec(move || {
                limit_self(bounds);
                Ok(())
            });
        }
    }
    #[cfg(not(unix))]
    let _ = (command, bounds);
}

/// Called in the child alone. A bound that the system refuses does not hold; the others do.
#[cfg(unix)]
fn limit_self(bounds: Bounds) {
    let set = |what, most: u64| {
        let limit = libc::rlimit { rlim_cur: most as libc::rlim_t, rlim_max: most as libc::rlim_t };
        // SAFETY: the limit is a valid one, and lives for the length of the call.
        unsafe { libc::setrlimit(what, &raw const limit) };
    };
    set(libc::RLIMIT_CORE, 0);
    if let Some(most) = bounds.file_bytes {
        set(libc::RLIMIT_FSIZE, most);
    }
    if let Some(most) = bounds.memory_bytes {
        set(libc::RLIMIT_AS, most);
    }
    // SAFETY: plain numbers.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, bounds.nice) };
    #[cfg(target_os = "linux")]
    if bounds.dies_with_us {
        // SAFETY: plain numbers.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    }
}

/// Ends a child and all that it started, and waits for it.
pub(super) fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(pid) = libc::pid_t::try_from(child.id()) {
        // SAFETY: plain numbers. The child was not waited for, so its number is still its own, and that of its group.
        unsafe { libc::kill(-pid, libc::SIGKILL) };
    }
    // It can have ended in the meantime.
    let _ = child.kill();
    let _ = child.wait();
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Well.
    Well,
    /// With an error.
    Badly,
    /// By this signal.
    Signal(i32),
    /// The system waited for it in our place, because whoever started us ignores its children (SIGCHLD). What it wrote tells
    /// how it went.
    Unknown,
}

/// How a child ended, once it has.
pub(super) fn ended(child: &mut Child) -> Option<End> {
    let status = match child.try_wait() {
        Ok(status) => status?,
        Err(_) => return Some(End::Unknown),
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Some(End::Signal(signal));
    }
    Some(if status.success() { End::Well } else { End::Badly })
}

/// What a program answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// `None`: it took too long, or nobody wanted to know any more, and was ended.
    pub success: Option<bool>,
    /// The signal that ended it, where it was one and not ours.
    pub signal: Option<i32>,
    /// The first megabyte of what it answered.
    pub stdout: Vec<u8>,
    /// The first megabyte of what it complained about.
    pub stderr: Vec<u8>,
}

/// Runs a program to its end, but not for longer than `limit`.
pub(super) fn ask(command: &mut Command, limit: Duration, stopped: &dyn Fn() -> bool) -> std::io::Result<Answer> {
    bound(command, Bounds { dies_with_us: true, ..Bounds::default() });
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        // Both are read at once, so that neither can fill up and hold the program.
        let stdout = scope.spawn(|| read_all(stdout));
        let stderr = scope.spawn(|| read_all(stderr));
        let deadline = Instant::now() + limit;
        let end = loop {
            match ended(&mut child) {
                Some(end) => break Some(end),
                None if Instant::now() > deadline || stopped() => {
                    self::end(&mut child);
                    break None;
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        Ok(Answer {
            success: end.map(|end| matches!(end, End::Well | End::Unknown)),
            signal: if let Some(End::Signal(signal)) = end { Some(signal) } else { None },
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        })
    })
}

/// Reads to the end and keeps what fits.
fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        // What a pipe gave before it broke is all there is.
        let _ = pipe.by_ref().take(ANSWER_LIMIT).read_to_end(&mut kept);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    kept
}
