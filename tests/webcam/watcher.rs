//! A process of ours that opens cameras under the shim, and the one that watches what it says.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use framekeep::domain::{BlindReason, CameraChoice, Picture, Timestamp};
use framekeep::sources::{Sink, Source, SourceInfo, webcams};

use crate::cameras::{Cameras, shim};

/// Says in the environment that this process is the watched one, and which camera it is to open.
const CHOICE: &str = "FRAMEKEEP_TEST_CAMERA";

// The watched process.

/// Opens a camera and says what happens, one line each. Does nothing in the process of the tests.
pub fn child_main() {
    let Ok(choice) = std::env::var(CHOICE) else { return };
    if choice == "list" {
        let list: Vec<_> = webcams().into_iter().map(|webcam| format!(" {}:{}", webcam.index, webcam.name)).collect();
        println!("\ncameras{}", list.concat());
        return;
    }
    let Ok(choice) = choice.parse::<CameraChoice>();
    println!();
    let mut source = Source::start(&choice, Box::new(Speaker { decoded: false }));
    for line in std::io::stdin().lines() {
        let in_time = source.stop(Duration::from_secs(1));
        println!("stopped {}", if in_time { "in time" } else { "too late" });
        source = Source::start(&CameraChoice::None, Box::new(Mute));
        if line.unwrap() == "restart" {
            source = Source::start(&choice, Box::new(Speaker { decoded: false }));
        }
    }
    // The parent is gone, or has seen enough.
    drop(source);
}

struct Speaker {
    decoded: bool,
}

impl Sink for Speaker {
    fn opened(&mut self, info: &SourceInfo) {
        println!("opened {} {}x{} {} {}", info.name, info.width, info.height, info.fps, info.format);
    }

    fn picture(&mut self, picture: Picture, at: Timestamp) {
        let kind = match &picture {
            Picture::Encoded { format, .. } => format!("{format:?}"),
            Picture::Raw { format, .. } => format!("{format:?}"),
        };
        println!("picture {kind} {}x{} {}", picture.width(), picture.height(), hash(picture.bytes()));
        if !self.decoded {
            self.decoded = true;
            println!("age {}", Timestamp::from(SystemTime::now()).since(at).as_millis());
            if let Ok(decoded) = image::load_from_memory(picture.bytes()) {
                println!("decoded {}x{}", decoded.width(), decoded.height());
            }
        }
    }

    fn blind(&mut self, reason: BlindReason) {
        println!("blind {reason:?}");
    }
}

struct Mute;

impl Sink for Mute {
    fn opened(&mut self, _: &SourceInfo) {}
    fn picture(&mut self, _: Picture, _: Timestamp) {}
    fn blind(&mut self, _: BlindReason) {}
}

/// A short name for bytes.
pub fn hash(bytes: &[u8]) -> String {
    let fnv = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{fnv:016x}")
}

// The watching one.

/// Reads what the watched process says.
pub struct Watcher {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    /// All lines so far, but pictures, for messages.
    heard: Vec<String>,
}

impl Watcher {
    pub fn start(cameras: &Cameras, choice: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env("LD_PRELOAD", shim())
            .env("WEBCAMS", cameras.folder())
            .env(CHOICE, choice)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, stdin, lines, heard: Vec::new() }
    }

    /// Waits for a line that begins so, passes all others by, and gives it.
    pub fn expect(&mut self, start: &str, within: Duration) -> String {
        self.expect_any(&[start], within)
    }

    /// The same for one of several.
    pub fn expect_any(&mut self, starts: &[&str], within: Duration) -> String {
        match self.wait_for(starts, within) {
            Some(line) => line,
            None => panic!("none of {starts:?} within {within:?}; heard {:#?}", self.heard),
        }
    }

    /// Makes sure that no such line comes. Lines that were said before this call are passed by.
    pub fn expect_nothing(&mut self, starts: &[&str], within: Duration) {
        while self.lines.try_recv().is_ok() {}
        if let Some(line) = self.wait_for(starts, within) {
            panic!("{line:?} was not to come; heard {:#?}", self.heard);
        }
    }

    /// The last reason for blindness so far.
    pub fn last_blind(&self) -> &str {
        self.heard.iter().rfind(|line| line.starts_with("blind")).map_or("", String::as_str)
    }

    pub fn say(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    fn wait_for(&mut self, starts: &[&str], within: Duration) -> Option<String> {
        let until = Instant::now() + within;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if !line.starts_with("picture") {
                        self.heard.push(line.clone());
                    }
                    if starts.iter().any(|start| line.starts_with(start)) {
                        return Some(line);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => panic!("the process ended; heard {:#?}", self.heard),
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
