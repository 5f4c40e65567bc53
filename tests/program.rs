//! The whole program, as it is started by hand: what it prints, what it keeps of a webcam, how it stops.
#![cfg(target_os = "linux")]

#[path = "webcam/cameras.rs"]
#[expect(dead_code, reason = "the tests of the webcam use the rest of it")]
mod cameras;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use cameras::{Cameras, jpeg_pictures, shim};

/// Long enough for a machine with other things to do; nothing is measured by it.
const LONG: Duration = Duration::from_secs(30);
const MJPEG: &str = "MJPG 320x240 30 street.mjpeg";

struct Program {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(arguments).args(["--listen", "127.0.0.1:0"]);
    command.arg("--data-dir").arg(folder.join("data")).arg("--save-dir").arg(folder.join("frames"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, out, err }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn ends(&mut self) -> i32 {
        let end = Instant::now() + LONG;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().expect("an exit code and no signal");
            }
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The next line that holds `part`, and all lines before it.
fn read_until(lines: &Receiver<String>, part: &str) -> (String, Vec<String>) {
    let mut before = Vec::new();
    let end = Instant::now() + LONG;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let line = lines.recv_timeout(left).unwrap_or_else(|_| panic!("no line with {part:?} after {before:#?}"));
        if line.contains(part) {
            return (line, before);
        }
        before.push(line);
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within {LONG:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn kept(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("frames")];
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

fn verify(folder: &Path) -> Output {
    command(folder, &["library", "verify", "--decode"]).output().unwrap()
}

#[test]
fn serve_prints_the_address_and_a_code_that_leads_there_and_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let mut program = Program::start(&mut command(folder.path(), &["serve", "--camera", "none"]));
        let (url, before) = read_until(&program.out, "https://");
        let code: Vec<&String> = before.iter().filter(|line| line.starts_with('█') || line.starts_with('▀')).collect();
        assert!(url.starts_with("https://127.0.0.1:") && url.contains("/j/"), "{url}");
        assert_eq!(scanned(&code), url);
        program.signal(signal);
        assert_eq!(program.ends(), 0, "after SIG{signal}");
    }
}

/// What a phone reads in the half blocks, light on dark as most terminals are.
fn scanned(rows: &[&String]) -> String {
    let light: Vec<Vec<bool>> = rows
        .iter()
        .flat_map(|row| {
            let upper = row.chars().map(|c| matches!(c, '█' | '▀')).collect();
            let lower = row.chars().map(|c| matches!(c, '█' | '▄')).collect();
            [upper, lower]
        })
        .collect();
    let (side, scale, margin) = (light[0].len(), 4, 8);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(side * scale + 2 * margin, side * scale + 2 * margin, |x, y| {
            let module = |v: usize| v.checked_sub(margin).map(|v| v / scale).filter(|v| *v < side);
            match (module(x), module(y)) {
                (Some(x), Some(y)) if !light[y][x] => 0,
                _ => 255,
            }
        });
    image.detect_grids()[0].decode().unwrap().1
}

#[test]
fn frames_of_a_webcam_are_kept_byte_for_byte_through_unplugging_and_a_kill_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/settings.toml"), "[defaults.keep]\nmode = \"all\"\nevery_secs = 0.0\n")
        .unwrap();
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", MJPEG);
    let under_shim = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        command.env("WEBCAMS", cameras.folder()).env("LD_PRELOAD", shim());
        command
    };
    let mut program = Program::start(&mut under_shim(&["serve"]));
    eventually("frames are kept", || kept(folder.path()).len() >= 10);
    cameras.unplug(0);
    read_until(&program.err, "unplugged");
    cameras.plug(3, "Desk", MJPEG);
    read_until(&program.err, "over: local camera: ");
    let before = kept(folder.path()).len();
    eventually("it goes on under another number", || kept(folder.path()).len() >= before + 10);
    program.signal("KILL");
    let _ = program.child.wait();

    let known: BTreeSet<Vec<u8>> = jpeg_pictures(320, 240).into_iter().collect();
    for path in kept(folder.path()) {
        assert!(known.contains(&std::fs::read(&path).unwrap()), "{} is not as it came", path.display());
    }
    let mut again = Program::start(&mut under_shim(&["serve"]));
    let before = kept(folder.path()).len();
    eventually("it goes on after the kill", || kept(folder.path()).len() >= before + 5);
    again.signal("TERM");
    assert_eq!(again.ends(), 0);
    assert_sound(folder.path());
}

#[test]
fn without_a_display_and_a_webcam_it_says_so_and_serves() {
    let folder = tempfile::tempdir().unwrap();
    let cameras = Cameras::new();
    let mut command = command(folder.path(), &[]);
    command.env("WEBCAMS", cameras.folder()).env("LD_PRELOAD", shim());
    let mut program = Program::start(&mut command);
    read_until(&program.err, "serving without a window");
    let (line, _) = read_until(&program.err, "no camera found");
    assert!(line.contains("--camera demo"), "{line}");
    read_until(&program.out, "https://");
    program.signal("TERM");
    assert_eq!(program.ends(), 0);
}

#[test]
fn a_full_disk_below_standard_output_ends_nothing_and_it_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = command(folder.path(), &["serve", "--camera", "none", "--log", "info"]);
    let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut program = Program { err: lines(child.stderr.take().unwrap()), out: lines(std::io::empty()), child };
    read_until(&program.err, "cannot be written to standard output");
    program.signal("TERM");
    read_until(&program.err, "part=\"library\"");
    assert_eq!(program.ends(), 0);
}

#[test]
fn a_log_that_nobody_reads_ends_neither_the_program_nor_a_thread() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["serve", "--camera", "demo", "--log", "debug"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    let mut program = Program { out: lines(child.stdout.take().unwrap()), err: lines(std::io::empty()), child };
    read_until(&program.out, "https://");
    eventually("frames are kept", || kept(folder.path()).len() >= 4);
    program.signal("TERM");
    assert_eq!(program.ends(), 0);

    let mut child = self::command(folder.path(), &["library", "verify"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0), "a reader that has seen enough is no failure");
}

#[test]
fn a_problem_is_told_on_the_terminal_when_it_begins_and_when_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let (data, stick) = (folder.path().join("data"), folder.path().join("stick"));
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("settings.toml"), format!("save_dir = {:?}\n", stick.join("frames"))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(["serve", "--camera", "none", "--listen", "127.0.0.1:0", "--log", "off", "--data-dir"]).arg(&data);
    let mut program = Program::start(&mut command);
    let (begins, before) = read_until(&program.err, "framekeep: problem: ");
    assert!(before.is_empty() && begins.contains("stick/frames"), "{before:?} {begins}");
    std::fs::create_dir_all(stick.join("frames")).unwrap();
    let (over, between) = read_until(&program.err, "framekeep: over: ");
    assert!(between.is_empty(), "{between:?}");
    let what = over.strip_prefix("framekeep: over: ").unwrap();
    assert!(begins.starts_with(&format!("framekeep: problem: {what}. ")), "{begins} {over}");
    program.signal("TERM");
    assert_eq!(program.ends(), 0);
}

/// A screen without a screen.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn open() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Xvfb; see scripts/needs");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, name: format!(":{}", number.trim()) }
    }

    fn close(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.close();
    }
}

/// The window on `screen`, open and with frames being kept behind it.
fn window(folder: &Path, screen: &Screen) -> Program {
    let mut command = command(folder, &["--camera", "demo", "--log", "info"]);
    command.env("DISPLAY", &screen.name).env("LIBGL_ALWAYS_SOFTWARE", "1");
    let program = Program::start(&mut command);
    read_until(&program.err, "the window is open");
    eventually("frames are kept", || kept(folder).len() >= 2);
    program
}

fn assert_sound(folder: &Path) {
    let verified = verify(folder);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_window_that_is_asked_to_end_closes_and_everything_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::open();
    let mut program = window(folder.path(), &screen);
    program.signal("TERM");
    read_until(&program.err, "part=\"library\"");
    assert_eq!(program.ends(), 0);
    assert_sound(folder.path());
}

#[test]
fn a_display_that_breaks_ends_the_program_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = Screen::open();
    let mut program = window(folder.path(), &screen);
    screen.close();
    read_until(&program.err, "part=\"library\"");
    assert_eq!(program.ends(), 1);
    assert_sound(folder.path());
}

#[test]
fn what_cannot_be_started_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(&mut command(folder.path(), &["serve", "--camera", "none"]));
    let (url, _) = read_until(&first.out, "https://");
    let port = url.trim_start_matches("https://").split('/').next().unwrap().to_owned();

    let same = command(folder.path(), &["serve", "--camera", "none"]).output().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut taken = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    taken.args(["serve", "--camera", "none", "--listen", &port]);
    taken.arg("--data-dir").arg(elsewhere.path().join("data")).arg("--save-dir").arg(elsewhere.path().join("frames"));
    let taken = taken.output().unwrap();
    for (output, words) in [(same, "another Framekeep uses"), (taken, "choose another with --listen")] {
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.trim().lines().count() == 1 && error.contains(words), "{error}");
    }
    let usage = Command::new(env!("CARGO_BIN_EXE_framekeep")).arg("--nonsense").output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
}
