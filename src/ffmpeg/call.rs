//! One call of ffmpeg: what it reads and writes, how far it is, and when it is ended.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use crate::ffmpeg::child::{self, Bounds, End};
use crate::ffmpeg::{FfmpegError, file_name, input_args};

/// How often it is looked whether a call is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Lines of complaints that are kept, the newest, and the longest of them in bytes.
const COMPLAINTS: usize = 8;
const LINE_LIMIT: u64 = 1000;

/// What a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time in all.
    pub time: Duration,
    /// Longest time without any progress.
    pub silence: Duration,
    /// Largest file that it writes.
    pub output_bytes: u64,
    /// Most memory.
    pub memory_bytes: u64,
    /// Threads for each of decoding, filtering and encoding.
    pub threads: u16,
    /// How much less urgent than we are, 0 to 19.
    pub nice: u8,
}

impl Default for Limits {
    /// Four hours at low priority on one thread, a minute of silence, 64 GB of output, 4 GB of memory.
    fn default() -> Self {
        Self {
            time: Duration::from_hours(4),
            silence: Duration::from_mins(1),
            output_bytes: 64_000_000_000,
            memory_bytes: 4 << 30,
            threads: 1,
            nice: 10,
        }
    }
}

/// A call that is being put together: arguments stand in the order in which they are given.
#[derive(Debug)]
pub struct Call {
    program: PathBuf,
    limits: Limits,
    args: Vec<OsString>,
    /// The system has no working folder, so that paths mean nothing.
    broken: Option<std::io::Error>,
}

impl Call {
    pub(super) fn new(program: &Path, limits: Limits) -> Self {
        let threads = limits.threads.max(1).to_string();
        let mut call = Self { program: program.to_owned(), limits, args: Vec::new(), broken: None };
        call.push(["-hide_banner", "-nostats", "-nostdin", "-loglevel", "repeat+error", "-y", "-filter_threads"]);
        call.push([threads.as_str(), "-filter_complex_threads", threads.as_str()]);
        call
    }

    /// Reads a file. Options of the input stand before it.
    #[must_use]
    pub fn input(mut self, path: &Path) -> Self {
        self.push_threads();
        match input_args(path) {
            Ok(args) => self.args.extend(args),
            Err(error) => self.broken = Some(error),
        }
        self
    }

    /// Reads what it is fed ([`Call::start`]), in the format that ffmpeg calls so.
    #[must_use]
    pub fn fed(mut self, format: &str) -> Self {
        self.push_threads();
        self.push(["-protocol_whitelist", "file,pipe", "-f", format, "-i", "pipe:0"]);
        self
    }

    /// Further arguments. Nothing that a user typed may stand in one, but for a value that ffmpeg does not take apart.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.push(args);
        self
    }

    /// Writes a file, in the place of one that is there. Options of the output stand before it.
    #[must_use]
    pub fn output(mut self, path: &Path) -> Self {
        self.push_threads();
        match file_name(path) {
            Ok(name) => self.args.push(name),
            Err(error) => self.broken = Some(error),
        }
        self
    }

    /// Makes the call and waits for its end. `progress` is told the time within the output that is written.
    ///
    /// # Errors
    /// [`FfmpegError`]; the child and all that it started are gone then, what it wrote is not.
    pub fn run(mut self, progress: &dyn Fn(Duration), stopped: &dyn Fn() -> bool) -> Result<(), FfmpegError> {
        self.args.splice(0..0, ["-progress", "pipe:1"].map(OsString::from));
        let limits = self.limits;
        let mut child = self.spawn(Stdio::null(), Stdio::piped(), true)?;
        let complaints = listen(child.stderr.take());
        let (tell, told) = unbounded();
        let stdout = child.stdout.take();
        let reader = std::thread::Builder::new().name("ffmpeg-progress".into()).spawn(move || read(stdout, &tell));
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                child::end(&mut child);
                return Err(FfmpegError::NotStarted(error));
            }
        };
        let (began, mut heard) = (Instant::now(), Instant::now());
        let (mut whole, mut furthest) = (false, Duration::ZERO);
        let broken_off = loop {
            match told.recv_timeout(LOOK_EVERY) {
                Ok(Told::Time(at)) if at > furthest => {
                    (furthest, heard) = (at, Instant::now());
                    progress(at);
                }
                Ok(Told::Time(_)) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::Whole) => whole = true,
                // Its output is closed; now it ends, or hangs.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(2)),
            }
            if let Some(end) = child::ended(&mut child) {
                break Ok(end);
            }
            if stopped() {
                break Err(FfmpegError::Stopped);
            } else if began.elapsed() > limits.time {
                break Err(FfmpegError::TooLong(limits.time));
            } else if heard.elapsed() > limits.silence {
                break Err(FfmpegError::Silent(limits.silence));
            }
        };
        if broken_off.is_err() {
            child::end(&mut child);
        }
        // What was told in its last moment.
        drop(reader.join());
        whole |= told.try_iter().any(|told| told == Told::Whole);
        verdict(broken_off?, whole, complaints, limits)
    }

    /// Begins a call that is fed. It is no less urgent than we are, and if we end it ends in good order with what it got.
    ///
    /// # Errors
    /// [`FfmpegError::Missing`] and [`FfmpegError::NotStarted`].
    pub fn start(self) -> Result<Feed, FfmpegError> {
        let limits = self.limits;
        let mut child = self.spawn(Stdio::piped(), Stdio::null(), false)?;
        let complaints = listen(child.stderr.take());
        let stdin = child.stdin.take();
        #[cfg(unix)]
        if let Some(stdin) = &stdin {
            use std::os::fd::AsRawFd;
            // SAFETY: the descriptor is open as long as `stdin` is borrowed.
            unsafe {
                let flags = libc::fcntl(stdin.as_raw_fd(), libc::F_GETFL);
                libc::fcntl(stdin.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK);
            }
        }
        Ok(Feed { child, stdin, complaints: Some(complaints), limits, over: false })
    }

    fn spawn(self, stdin: Stdio, stdout: Stdio, dies_with_us: bool) -> Result<Child, FfmpegError> {
        if let Some(error) = self.broken {
            return Err(FfmpegError::NotStarted(error));
        }
        let mut command = Command::new(&self.program);
        command.args(&self.args).env("AV_LOG_FORCE_NOCOLOR", "1").stdin(stdin).stdout(stdout).stderr(Stdio::piped());
        child::bound(
            &mut command,
            Bounds {
                nice: i32::from(self.limits.nice.min(19)),
                file_bytes: Some(self.limits.output_bytes),
                memory_bytes: Some(self.limits.memory_bytes),
                dies_with_us,
            },
        );
        Ok(command.spawn()?)
    }

    fn push<A: AsRef<OsStr>>(&mut self, args: impl IntoIterator<Item = A>) {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
    }

    fn push_threads(&mut self) {
        let threads = self.limits.threads.max(1).to_string();
        self.push(["-threads", threads.as_str()]);
    }
}

/// An ffmpeg that is fed. Dropping it ends it where it stands.
#[derive(Debug)]
pub struct Feed {
    child: Child,
    /// Nothing once it was closed.
    stdin: Option<ChildStdin>,
    complaints: Option<Listener>,
    limits: Limits,
    over: bool,
}

impl Feed {
    /// Gives it bytes. When it takes none for as long as its silence may last, it hangs.
    ///
    /// # Errors
    /// [`FfmpegError`]: it ended, hangs, or nobody wants it any more.
    pub fn write(&mut self, mut bytes: &[u8], stopped: &dyn Fn() -> bool) -> Result<(), FfmpegError> {
        let mut heard = Instant::now();
        while !bytes.is_empty() {
            let Some(stdin) = &mut self.stdin else { return Err(FfmpegError::Stopped) };
            match stdin.write(bytes) {
                Ok(taken) => {
                    bytes = &bytes[taken..];
                    heard = Instant::now();
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if stopped() {
                        return Err(FfmpegError::Stopped);
                    }
                    if heard.elapsed() > self.limits.silence {
                        self.kill();
                        return Err(FfmpegError::Silent(self.limits.silence));
                    }
                    wait_for_room(stdin);
                }
                // It ended: it knows why.
                Err(_) => {
                    return self.finish(LOOK_EVERY * 20).and(Err(FfmpegError::Failed("ffmpeg ended early".into())));
                }
            }
        }
        Ok(())
    }

    /// There is no more: waits until it has written all of it.
    ///
    /// # Errors
    /// [`FfmpegError`] when it ended with an error, or did not end in `within`.
    pub fn close(mut self, within: Duration) -> Result<(), FfmpegError> {
        self.finish(within)
    }

    fn finish(&mut self, within: Duration) -> Result<(), FfmpegError> {
        self.stdin = None;
        let deadline = Instant::now() + within;
        let end = loop {
            match child::ended(&mut self.child) {
                Some(end) => break end,
                None if Instant::now() > deadline => {
                    self.kill();
                    return Err(FfmpegError::TooLong(within));
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        self.over = true;
        let complaints = self.complaints.take().unwrap_or_else(|| listen(None::<&[u8]>));
        verdict(end, end == End::Unknown, complaints, self.limits)
    }

    fn kill(&mut self) {
        self.stdin = None;
        child::end(&mut self.child);
        self.over = true;
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if !self.over {
            self.kill();
        }
    }
}

/// Waits a moment for room in the pipe.
fn wait_for_room(pipe: &ChildStdin) {
    #[cfg(unix)]
    {
        use std::os::fd::AsRawFd;
        let mut poll = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        let millis = libc::c_int::try_from(LOOK_EVERY.as_millis()).unwrap_or(50);
        // SAFETY: one valid entry, and the descriptor is open as long as `pipe` is borrowed.
        unsafe { libc::poll(&raw mut poll, 1, millis) };
    }
    #[cfg(not(unix))]
    let _ = pipe;
}

fn verdict(end: End, whole: bool, complaints: Listener, limits: Limits) -> Result<(), FfmpegError> {
    let said = complaints.join();
    #[cfg(unix)]
    if end == End::Signal(libc::SIGXFSZ) || said.iter().any(|line| line.contains("File too large")) {
        return Err(FfmpegError::TooLarge(limits.output_bytes));
    }
    if said.iter().any(|line| line.contains("No space left on device") || line.contains("Disk quota exceeded")) {
        return Err(FfmpegError::DiskFull);
    }
    match end {
        End::Well => Ok(()),
        End::Unknown if whole => Ok(()),
        End::Signal(signal) => Err(FfmpegError::Failed(format!("ffmpeg was ended by signal {signal}"))),
        End::Badly | End::Unknown => {
            let why = if said.is_empty() { "it gave no reason".to_owned() } else { Vec::from(said).join("; ") };
            Err(FfmpegError::Failed(format!("ffmpeg ended with an error: {why}")))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Time(Duration),
    Whole,
}

/// Reads what `-progress` writes: lines such as `out_time_us=1234567`, and `progress=end` as the very last.
fn read(stdout: Option<impl Read>, tell: &Sender<Told>) {
    let Some(stdout) = stdout else { return };
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let told = match line.split_once('=') {
            Some(("out_time_us", micros)) => micros.trim().parse().ok().map(|us| Told::Time(Duration::from_micros(us))),
            Some(("progress", "end")) => Some(Told::Whole),
            _ => None,
        };
        if told.is_some_and(|told| tell.send(told).is_err()) {
            return;
        }
    }
}

/// Who hears the complaints of a child.
#[derive(Debug)]
struct Listener(Option<JoinHandle<VecDeque<String>>>);

impl Listener {
    fn join(self) -> VecDeque<String> {
        self.0.and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

/// Keeps the newest complaints until the child closes its standard error, so that it never waits for a reader. Where no thread
/// can be had there are no reasons.
fn listen(stderr: Option<impl Read + Send + 'static>) -> Listener {
    let thread = std::thread::Builder::new().name("ffmpeg-complaints".into()).spawn(move || {
        let (mut kept, mut line) = (VecDeque::new(), Vec::new());
        let Some(stderr) = stderr else { return kept };
        let mut stderr = BufReader::new(stderr);
        loop {
            line.clear();
            match stderr.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return kept,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&line);
            let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
            if !text.is_empty() {
                kept.push_back(text);
            }
            if kept.len() > COMPLAINTS {
                kept.pop_front();
            }
        }
    });
    Listener(thread.ok())
}

#[cfg(test)]
mod tests;
