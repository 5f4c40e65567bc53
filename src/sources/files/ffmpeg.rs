//! Decodes a video by ffmpeg as a child process: pixels come through its standard output, times and complaints through
//! its standard error.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::domain::RgbPicture;
use crate::sources::files::read_ahead::{Control, Decode, FrameHead};
use crate::sources::files::{FileError, FileInfo, probe};

/// Longest time without a byte from ffmpeg while it is waited for. Opening a file on a sleeping disk takes seconds.
const SILENCE_LIMIT: Duration = Duration::from_mins(1);
/// How often the wait for pixels looks up whether anybody still wants them.
const LOOK_UP: Duration = Duration::from_millis(100);
/// How long ffmpeg may take to end after its last frame.
const END_LIMIT: Duration = Duration::from_secs(5);
/// How long the time of a frame may come later than its pixels. Both leave ffmpeg together.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Longest line of ffmpeg that is looked at, in bytes.
const LINE_LIMIT: u64 = 4096;

/// A video that is being decoded. Dropping it ends the child process.
pub(super) struct Ffmpeg {
    path: PathBuf,
    info: FileInfo,
    child: Child,
    pixels: ChildStdout,
    times: Times,
    complaints: Option<JoinHandle<Complaints>>,
    frames: u64,
    /// CPU time of the child, kept when it was waited for.
    cpu_time: Duration,
    waited_for: bool,
}

impl Ffmpeg {
    /// Starts ffmpeg. Every frame comes as it is, none doubled or dropped to even out the rate, and in the size of `info`
    /// even when the size changes within the video.
    pub fn start(path: &Path, info: &FileInfo) -> Result<Self, FileError> {
        let FileInfo { width, height, .. } = info;
        let mut command = Command::new("ffmpeg");
        command
            .args(["-hide_banner", "-nostats", "-nostdin", "-loglevel", "repeat+level+info"])
            .args(probe::input_args(path)?)
            // Frames of a phone may follow each other closer than its mean rate says; by that rate two of them would have one
            // time, and ffmpeg would complain of a damage that is none.
            .args(["-map", "0:V:0", "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-vf"])
            .arg(format!("scale={width}:{height},format=rgb24,showinfo=checksum=0"))
            .args(["-f", "rawvideo", "pipe:1"])
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that Ctrl-C reaches us alone and the end is ours to order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| probe::not_started(path, &error.into()))?;
        let (Some(pixels), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            unreachable!("both were asked for as pipes");
        };
        widen(&pixels);
        let (send_time, times) = mpsc::channel();
        let complaints = std::thread::Builder::new()
            .name("file-ffmpeg".into())
            .spawn(move || listen(BufReader::new(stderr), &send_time))
            .map_err(|error| FileError::open(path, error));
        let mut ffmpeg = Self {
            path: path.to_owned(),
            info: info.clone(),
            child,
            pixels,
            times: Times::new(times, 1.0 / info.fps),
            complaints: None,
            frames: 0,
            cpu_time: Duration::ZERO,
            waited_for: false,
        };
        // When the thread could not be started this error drops `ffmpeg`, and with it the child.
        ffmpeg.complaints = Some(complaints?);
        Ok(ffmpeg)
    }

    /// Fills the frame's pixels. `false`: the pixels ended before the frame did.
    fn fill(&mut self, data: &mut [u8], control: &Control) -> Result<bool, FileError> {
        let (mut filled, mut heard) = (0, Instant::now());
        while filled < data.len() {
            if !readable(&self.pixels, LOOK_UP) {
                if control.stopped() {
                    return Ok(false);
                }
                if heard.elapsed() > SILENCE_LIMIT {
                    let why = format!(
                        "ffmpeg gave nothing for {} s at frame {}; the video is damaged or its disk hangs",
                        SILENCE_LIMIT.as_secs(),
                        self.frames
                    );
                    return Err(FileError::read(&self.path, why));
                }
                continue;
            }
            match self.pixels.read(&mut data[filled..]) {
                Ok(0) => return Ok(false),
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FileError::read(&self.path, error)),
            }
            heard = Instant::now();
        }
        Ok(true)
    }

    /// The video is over: was it whole?
    fn finish(&mut self, control: &Control) -> Result<(), FileError> {
        let success = self.wait(END_LIMIT);
        let complaints = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if control.stopped() {
            return Ok(());
        }
        let said = complaints.first;
        if self.frames == 0 {
            let why = match said {
                Some(said) if said.contains("fps_mode") => "this ffmpeg is too old; install 5.1 or newer".into(),
                Some(said) => said,
                None => "it holds no frames".into(),
            };
            return Err(FileError::read(&self.path, format!("not one frame of it can be decoded ({why})")));
        }
        let promised = self.info.frames.unwrap_or(0);
        let is_short = if self.info.is_counted {
            promised.saturating_sub(self.frames) > 2 + promised / 50
        } else {
            // Where the rate varies fewer frames than were guessed are all there are: then they reach to the end, or nearly, as
            // the last is shown for as long as others before it.
            self.times.last + 2.0 * self.times.longest < 0.98 * promised as f64 / self.info.fps
        };
        if is_short {
            let why = said.map(|said| format!(" (ffmpeg: {said})")).unwrap_or_default();
            control.warn(format!(
                "the video is cut short or damaged: {} of about {promised} frames could be read{why}",
                self.frames
            ));
        } else if complaints.count > 0 || !success {
            let said = said.unwrap_or_else(|| "it ended with an error".into());
            let times =
                if complaints.count > 1 { format!(", and {} more", complaints.count - 1) } else { String::new() };
            control.warn(format!("the video is damaged: ffmpeg read {} frames and said: {said}{times}", self.frames));
        }
        Ok(())
    }

    /// Waits for the child to end, no longer than the limit, and says whether it ended well.
    fn wait(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut pause = Duration::from_micros(200);
        loop {
            if let Some(success) = self.try_wait() {
                return success;
            }
            if Instant::now() > deadline {
                self.kill();
                return false;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    #[cfg(unix)]
    fn try_wait(&mut self) -> Option<bool> {
        let pid = libc::pid_t::try_from(self.child.id()).ok()?;
        let mut status = 0;
        // SAFETY: an all-zero `rusage` is a valid one; it holds nothing but numbers.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both places are valid, and the child was neither waited for before (then `waited_for` is set) nor by
        // the standard library, whose wait functions are never called here.
        match unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG, &raw mut usage) } {
            ended if ended == pid => {}
            // The system waited for it in our place, because whoever started us ignores its children (SIGCHLD). How it
            // ended is not known; what it said is.
            -1 if std::io::Error::last_os_error().raw_os_error() == Some(libc::ECHILD) => {
                self.waited_for = true;
                return Some(true);
            }
            _ => return None,
        }
        self.waited_for = true;
        let time = |time: libc::timeval| {
            let micros = u64::try_from(time.tv_usec).unwrap_or(0);
            Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0)) + Duration::from_micros(micros)
        };
        self.cpu_time = time(usage.ru_utime) + time(usage.ru_stime);
        Some(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0)
    }

    #[cfg(not(unix))]
    fn try_wait(&mut self) -> Option<bool> {
        let status = self.child.try_wait().ok().flatten()?;
        self.waited_for = true;
        Some(status.success())
    }

    fn kill(&mut self) {
        // It can have ended in the meantime.
        let _ = self.child.kill();
        let deadline = Instant::now() + END_LIMIT;
        // One that hangs in the system is left to it.
        while self.try_wait().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Decode for Ffmpeg {
    fn next(&mut self, pixels: &mut RgbPicture, control: &Control) -> Result<Option<FrameHead>, FileError> {
        (pixels.width, pixels.height) = (self.info.width, self.info.height);
        pixels.data.resize(pixels.width as usize * pixels.height as usize * 3, 0);
        if !self.fill(&mut pixels.data, control)? {
            self.finish(control)?;
            return Ok(None);
        }
        let number = self.frames;
        self.frames += 1;
        #[cfg(target_os = "linux")]
        if let Some(time) = libc::pid_t::try_from(self.child.id()).ok().and_then(super::cpu_time::process) {
            self.cpu_time = time;
        }
        Ok(Some(FrameHead { number, seconds: self.times.next(number), name: None, original: None }))
    }

    fn outside_cpu_time(&self) -> Duration {
        self.cpu_time
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        if !self.waited_for {
            self.kill();
        }
    }
}

/// When each frame is shown.
struct Times {
    /// Seconds as ffmpeg says them, not a number where the file holds no time. `None` once they failed to come.
    said: Option<mpsc::Receiver<f64>>,
    first: Option<f64>,
    last: f64,
    /// Seconds between two frames, where nothing better is known.
    interval: f64,
    /// Most seconds between two frames.
    longest: f64,
}

impl Times {
    fn new(said: mpsc::Receiver<f64>, interval: f64) -> Self {
        Self { said: Some(said), first: None, last: 0.0, interval, longest: interval }
    }

    /// Seconds since the first frame.
    fn next(&mut self, number: u64) -> f64 {
        let said = self.said.as_ref().and_then(|said| said.recv_timeout(TIME_LIMIT).ok());
        let guess = if number == 0 { 0.0 } else { self.last + self.interval };
        let before = self.last;
        self.last = match said {
            Some(said) if said.is_finite() => said - *self.first.get_or_insert(said),
            Some(_) => guess,
            None => {
                // An ffmpeg that words it differently: the mean rate has to do.
                self.said = None;
                guess
            }
        };
        self.longest = self.longest.max(self.last - before);
        self.last
    }
}

/// What ffmpeg found wrong.
#[derive(Debug, Default)]
struct Complaints {
    count: u64,
    first: Option<String>,
}

/// Reads what ffmpeg says until it ends, so that it never waits for a reader.
fn listen(mut said: impl BufRead, times: &mpsc::Sender<f64>) -> Complaints {
    let mut complaints = Complaints::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        // Longer lines come in pieces, of which the later ones begin with nothing that is known here.
        match said.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return complaints,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line);
        match understand(line.trim_end()) {
            // Nobody listens any more when the reader was dropped; ffmpeg is ended then.
            Said::Time(seconds) => drop(times.send(seconds)),
            Said::Wrong(what) => {
                complaints.count += 1;
                complaints.first.get_or_insert_with(|| what.to_owned());
            }
            Said::Other => {}
        }
    }
}

#[derive(Debug, PartialEq)]
enum Said<'a> {
    /// The time of the next frame, in seconds.
    Time(f64),
    Wrong(&'a str),
    Other,
}

/// One line of ffmpeg at `-loglevel level+info`: `[source @ 0x…] [level] text`, the source left out where it is ffmpeg
/// itself.
fn understand(line: &str) -> Said<'_> {
    if let Some((source, text)) = line.split_once("] [info] n:")
        && source.starts_with("[Parsed_showinfo")
    {
        let time = text.split_once("pts_time:").map(|(_, time)| time.split_whitespace().next().unwrap_or_default());
        return Said::Time(time.and_then(|time| time.parse().ok()).unwrap_or(f64::NAN));
    }
    let text = if line.starts_with('[') && line.contains(" @ 0x") {
        line.split_once("] ").map_or(line, |(_, text)| text)
    } else {
        line
    };
    let wrong = ["[error] ", "[fatal] ", "[panic] "].iter().find_map(|level| text.strip_prefix(level));
    wrong.map_or(Said::Other, Said::Wrong)
}

/// Makes the pipe larger than its usual 64 KB: a frame takes a tenth of the turns then.
fn widen(pipe: &ChildStdout) {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        // SAFETY: the descriptor is open as long as `pipe` is borrowed. Refused, the pipe stays as it is.
        unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, 1 << 20) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}

/// Waits until there is something to read or the pipe was closed; `false` when the time was over first.
fn readable(pipe: &ChildStdout, limit: Duration) -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsRawFd;
        let mut poll = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let millis = libc::c_int::try_from(limit.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: one valid entry, and the descriptor is open as long as `pipe` is borrowed.
        unsafe { libc::poll(&raw mut poll, 1, millis) > 0 }
    }
    #[cfg(not(unix))]
    {
        let _ = (pipe, limit);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_complaints_are_told_apart() {
        let table = [
            ("[Parsed_showinfo_2 @ 0x5] [info] n:   3 pts:   1536 pts_time:0.12    pos: 9 fmt:rgb24", Said::Time(0.12)),
            ("[Parsed_showinfo_2 @ 0x5] [info] config in time_base: 1/12800", Said::Other),
            ("[info]     title           : x] [info] n: 1 pts_time:9", Said::Other),
            ("[h264 @ 0x5] [error] error while decoding MB 4 7", Said::Wrong("error while decoding MB 4 7")),
            ("[fatal] no space", Said::Wrong("no space")),
            ("[info]     comment : an [error] in words", Said::Other),
        ];
        for (line, expected) in table {
            assert_eq!(understand(line), expected, "{line}");
        }
        assert!(
            matches!(understand("[Parsed_showinfo_2 @ 0x5] [info] n: 3 pts: NOPTS pts_time:NOPTS"), Said::Time(t) if t.is_nan())
        );
    }

    #[test]
    fn a_flood_of_complaints_is_counted_and_only_the_first_kept() {
        let flood: Vec<String> = (0..1000).map(|n| format!("[x @ 0x1] [error] {n}\n")).collect();
        let complaints = listen(flood.concat().as_bytes(), &mpsc::channel().0);
        assert_eq!((complaints.count, complaints.first.as_deref()), (1000, Some("0")));
    }

    #[test]
    fn times_start_at_zero_and_go_on_when_the_file_has_none() {
        let (send, said) = mpsc::channel();
        for time in [5.0, 5.5, f64::NAN, 6.5] {
            send.send(time).unwrap();
        }
        drop(send);
        let mut times = Times::new(said, 0.25);
        let seconds: Vec<f64> = (0..5).map(|number| times.next(number)).collect();
        assert_eq!((seconds.as_slice(), times.longest), ([0.0, 0.5, 0.75, 1.5, 1.75].as_slice(), 0.75));
    }
}
