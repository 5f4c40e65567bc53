//! `framekeep worker`: processes at one Redis, as on machines of their own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use framekeep::domain::{JobKind, JobState, NewJob};
use framekeep::jobs::JobQueue;

use crate::places::{Place, Redis};

const LONG: Duration = Duration::from_secs(40);

/// A process of workers.
struct Machine(Child);

impl Machine {
    /// Starts it and waits for the line in which it says what it does.
    fn start(redis: &Redis, save_dir: &Path, workers: &str) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_framekeep"))
            .args(["worker", "--queue", &redis.url(), "--workers", workers, "--save-dir"])
            .arg(save_dir)
            .arg("--data-dir")
            .arg(save_dir.join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn ends(&mut self) -> Option<i32> {
        let mut code = None;
        until("it ends", || {
            code = self.0.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().code()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "it did not come true that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many workers are there, and how many were.
fn there_and_gone(queue: &JobQueue) -> (usize, usize) {
    let overview = queue.overview().unwrap();
    let there = overview.workers.iter().filter(|worker| overview.is_there(worker)).count();
    (there, overview.workers.len() - there)
}

#[test]
fn workers_of_other_processes_are_seen_stop_in_order_and_are_missed_when_they_are_killed() {
    let place = Place::redis();
    let (redis, queue) = (place.redis.as_ref().unwrap(), &place.queue);
    let folder = tempfile::tempdir().unwrap();
    let (first, line) = Machine::start(redis, folder.path(), "2");
    assert!(line.starts_with("2 workers of ") && line.contains("Redis at 127.0.0.1"), "{line}");
    let (mut second, _) = Machine::start(redis, folder.path(), "1");
    until("three workers are there", || there_and_gone(queue) == (3, 0));
    first.signal("KILL");
    let killed = Instant::now();
    until("the two of the killed process are missed", || there_and_gone(queue) == (1, 2));
    assert!(killed.elapsed() < Duration::from_secs(30), "{:?}", killed.elapsed());
    second.signal("TERM");
    assert_eq!(second.ends(), Some(0));
    let mut told = String::new();
    second.0.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("stopping"), "{told}");
}

#[test]
fn a_process_that_cannot_do_a_kind_of_job_leaves_it_to_others() {
    let place = Place::redis();
    let (redis, queue) = (place.redis.as_ref().unwrap(), &place.queue);
    let folder = tempfile::tempdir().unwrap();
    let id = queue.enqueue(&NewJob::new(JobKind::Timelapse, "{}")).unwrap();
    let (_machine, line) = Machine::start(redis, folder.path(), "1");
    if line.contains("timelapse") {
        return until("it is over", || queue.job(id).unwrap().unwrap().attempts > 0);
    }
    until("it was there", || there_and_gone(queue).0 == 1);
    let seen = queue.overview().unwrap().workers[0].seen;
    until("it has looked often", || queue.overview().unwrap().workers[0].seen > seen);
    let job = queue.job(id).unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
}

#[test]
fn what_keeps_jobs_from_being_begun_is_told_once_and_so_is_its_end() {
    let mut place = Place::redis();
    let url = place.redis.as_ref().unwrap().url();
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .args(["worker", "--queue", &url, "--workers", "3", "--log", "off", "--save-dir"])
        .arg(folder.path())
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env("PATH", &programs)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let _machine = Machine(child);
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.for_each(|line| drop(tell.send(line))));
    let next = || told.recv_timeout(LONG).expect("it is told");
    let missing = "no job is begun: ffmpeg was not found; install it (Debian: apt install ffmpeg)";
    assert_eq!(next(), format!("framekeep: problem: {missing}"));
    for name in ["ffprobe", "ffmpeg"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap().stdout;
        let found = String::from_utf8(found).unwrap();
        std::os::unix::fs::symlink(found.trim(), programs.join(name)).unwrap();
    }
    assert_eq!(next(), format!("framekeep: over: {missing}"));
    place.redis.as_mut().unwrap().kill();
    let line = next();
    assert!(line.starts_with("framekeep: problem: no job is begun: the queue at 127.0.0.1"), "{line}");
    place.redis.as_mut().unwrap().restart();
    assert_eq!(next(), line.replace("problem:", "over:"));
}

#[test]
fn what_cannot_work_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.arg("worker").args(arguments).arg("--data-dir").arg(folder.path().join("data"));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let frames = folder.path().to_str().unwrap();
    let (code, line) = complaint(&["--save-dir", frames]);
    assert!(code == Some(1) && line.contains("--queue redis://"), "{line}");
    let (code, line) = complaint(&["--queue", "redis://127.0.0.1:1/0", "--save-dir", "/nowhere/at/all"]);
    assert!(code == Some(1) && line.contains("/nowhere/at/all") && line.contains("--save-dir"), "{line}");
    let (code, line) = complaint(&["--queue", "localhost", "--save-dir", frames]);
    assert!(code == Some(1) && line.contains("redis://HOST"), "{line}");
    assert_eq!(complaint(&["--queue", "redis://127.0.0.1:1/0", "--workers", "0"]).0, Some(2));
}
