//! The ledger outlives the program: it knows every second from the first frame on, however the program ended.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use framekeep::bus::{Bus, Problems};
use framekeep::domain::{BlindCause, Label, LedgerExtract, StreamId, Timestamp};
use framekeep::library::{FrameQuery, LedgerQuery, Library};

/// Long enough for a machine with other things to do; nothing is measured by it.
const LONG: Duration = Duration::from_mins(1);
/// What may be lost to a kill, in seconds: what is written every two seconds, and what comes between two looks.
const LOST: i64 = 5;

struct Program(Child);

impl Program {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.args(["serve", "--camera", "demo", "--listen", "127.0.0.1:0"]);
        command.arg("--data-dir").arg(folder.join("data")).arg("--save-dir").arg(folder.join("frames"));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Ends it by a signal; gives the second of that.
    fn end(mut self, signal: &str) -> i64 {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
        self.0.wait().unwrap();
        second()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn second() -> i64 {
    Timestamp::from(SystemTime::now()).as_millis() / 1000
}

fn kept(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.join("frames")]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.is_dir() && path.file_name().is_some_and(|name| name != ".framekeep") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jpg") {
                found.push(path);
            }
        }
    }
    found
}

/// Films until so many more frames are kept and so many seconds have gone.
fn film(folder: &Path, seconds: u64) -> Program {
    let (program, before, start) = (Program::start(folder), kept(folder).len(), Instant::now());
    while kept(folder).len() < before + 3 || start.elapsed() < Duration::from_secs(seconds) {
        assert!(start.elapsed() < LONG, "no frames are kept");
        std::thread::sleep(Duration::from_millis(50));
    }
    program
}

/// What the ledger of the one camera says from its beginning on, and in which seconds frames were kept.
fn read(folder: &Path) -> (LedgerExtract, BTreeSet<i64>) {
    let bus = Bus::default();
    let problems = Problems::new(bus.clone());
    let library = Library::open(&folder.join("frames"), &folder.join("spool"), bus, problems).unwrap();
    let frames = library.frames(&FrameQuery { limit: 500, ..FrameQuery::default() }).unwrap().frames;
    let stream: StreamId = frames[0].stream.clone();
    let seconds = frames.iter().map(|frame| frame.captured_at.as_millis().div_euclid(1000)).collect();
    let now = Timestamp::from(SystemTime::now());
    // To the end of this second: the last frame may be one of it.
    let to = now.plus(Duration::from_secs(1));
    let of = |from| library.ledger(&LedgerQuery { stream: stream.clone(), from, to }).unwrap();
    let from = of(now.minus(LONG * 10)).covered().expect("there is a ledger").0;
    (of(from), seconds)
}

/// The spans in which Framekeep was not running, in seconds.
fn not_running(extract: &LedgerExtract) -> Vec<(i64, i64)> {
    let spans = extract.spans.iter().filter(|span| span.label == Label::Blind(BlindCause::NotRunning));
    spans.map(|span| (span.from.as_millis() / 1000, span.to.as_millis() / 1000)).collect()
}

#[test]
fn a_kill_costs_seconds_that_say_so_and_everything_else_is_still_known() {
    let folder = tempfile::tempdir().unwrap();
    let killed = film(folder.path(), 6).end("KILL");
    std::thread::sleep(Duration::from_secs(4));
    let again = second();
    let ended = film(folder.path(), 4).end("TERM");
    std::thread::sleep(Duration::from_secs(2));
    let last = second();
    film(folder.path(), 3).end("TERM");

    let (extract, kept) = read(folder.path());
    let (first, end) = extract.covered().unwrap();
    let seconds = (end.as_millis() - first.as_millis()) / 1000;
    let sums = &extract.sums;
    assert_eq!(
        sums.recorded + sums.watched + sums.all_blind(),
        seconds.cast_unsigned(),
        "no second is missing: {extract:#?}"
    );
    let gaps = not_running(&extract);
    let [(from, to), (from_second, to_second)] = gaps[..] else { panic!("not two gaps: {gaps:?}") };
    assert!((killed - LOST..=killed + 1).contains(&from), "killed at {killed}, told from {from}");
    assert!((again..=again + LOST).contains(&to), "started at {again}, told to {to}");
    assert!((ended - 2..=ended + 1).contains(&from_second), "ended at {ended}, told from {from_second}");
    assert!((last..=last + LOST).contains(&to_second), "started at {last}, told to {to_second}");
    for second in kept {
        let span = extract
            .spans
            .iter()
            .find(|span| (span.from.as_millis() / 1000..span.to.as_millis() / 1000).contains(&second));
        assert_eq!(span.map(|span| span.label), Some(Label::Recorded), "a frame of {second} is on disk: {extract:#?}");
    }
    assert!(sums.watched > 0 && sums.recorded > 3);
}
