//! `framekeep jobs` on the queue of a program that runs, and on one in Redis.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use framekeep::domain::{JobId, JobKind, JobState, NewJob};
use framekeep::jobs::JobQueue;

use crate::places::Redis;

/// Longer than any machine takes for all of it, however much it has to do.
const LEASE: Duration = Duration::from_mins(30);

fn framekeep(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(arguments).arg("--data-dir").arg(folder.join("data")).arg("--save-dir").arg(folder.join("frames"));
    command
}

fn jobs(folder: &Path, arguments: &[&str]) -> Output {
    framekeep(folder, &[&["jobs"], arguments].concat()).output().unwrap()
}

/// What it printed, where it succeeded.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = jobs(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one line that it complained with.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = jobs(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

/// The program itself, which does no jobs.
struct Serving(Child);

impl Serving {
    fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("data/settings.toml"), "[jobs]\nworkers = 0\n").unwrap();
        let mut command = framekeep(folder, &["serve", "--camera", "none", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        // When it says where it is it has taken up what a program before it had begun, and takes no job away any more.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("https://")), "it says where it is");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One that is dead, one that runs, and one that waits.
fn fill(queue: &JobQueue) -> [JobId; 3] {
    let claim = || queue.claim("studio-1-0", &JobKind::ALL, LEASE).unwrap().unwrap();
    let dead = queue.enqueue(&NewJob::new(JobKind::Recording, r#"{"recording":"abc"}"#)).unwrap();
    assert!(queue.fail((dead, claim().attempts), "it is no video\nbut a text", None).unwrap());
    let running = queue.enqueue(&NewJob::new(JobKind::Clip, r#"{"event":5}"#)).unwrap();
    queue.renew((running, claim().attempts), "studio-1-0", (0.4, "encoding"), LEASE).unwrap();
    let waiting = queue.enqueue(&NewJob::new(JobKind::Clip, r#"{"event":6}"#)).unwrap();
    [dead, running, waiting]
}

fn steer(folder: &Path, queue: &JobQueue, place: &str) {
    let [dead, running, waiting] = fill(queue);
    let (d, r, w) = (dead.to_string(), running.to_string(), waiting.to_string());
    let state = |id: JobId| queue.job(id).unwrap().map(|job| job.state);

    let listed = told(folder, &["list"]);
    assert!(listed.contains(place) && listed.contains("1 waiting, 1 running, 0 done, 1 dead, 0 cancelled"), "{listed}");
    assert!(listed.contains("attempt 1: it is no video") && listed.contains("40 %"), "{listed}");
    let only = told(folder, &["list", "--state", "dead", "--json"]);
    let job: serde_json::Value = serde_json::from_str(only.trim()).unwrap();
    assert_eq!((job["id"].as_i64(), job["state"].as_str()), (Some(dead.0), Some("dead")));
    assert_eq!(told(folder, &["list", "--kind", "clip", "--json"]).lines().count(), 2);
    assert_eq!(told(folder, &["list", "--limit", "1", "--json"]).lines().count(), 1);
    assert_eq!(told(folder, &["list", "--kind", "timelapse", "--json"]), "");

    let shown = told(folder, &["show", &d]);
    assert!(shown.contains(r#"{"recording":"abc"}"#) && shown.contains("but a text"), "{shown}");

    told(folder, &["retry", &d]);
    assert_eq!(state(dead), Some(JobState::Waiting));
    assert!(complaint(folder, &["retry", &r]).contains("is running"));
    told(folder, &["cancel", &w]);
    assert_eq!(state(waiting), Some(JobState::Cancelled));
    told(folder, &["cancel", &r]);
    assert!(queue.job(running).unwrap().unwrap().cancelling);
    assert!(complaint(folder, &["cancel", &w]).contains("is cancelled"));
    for what in ["show", "retry", "cancel"] {
        assert!(complaint(folder, &[what, "99999"]).contains("no job 99999"), "{what}");
    }

    told(folder, &["pause"]);
    assert_eq!(queue.claim("w", &JobKind::ALL, LEASE).unwrap(), None);
    assert!(told(folder, &["list"]).contains("paused"));
    told(folder, &["resume"]);
    assert_eq!(queue.claim("w", &JobKind::ALL, LEASE).unwrap().unwrap().id, dead);

    assert!(told(folder, &["purge", "cancelled"]).starts_with("1 jobs"));
    assert_eq!(state(waiting), None);
    for usage in [&["purge", "waiting"][..], &["list", "--state", "failed"], &["show", "x"], &[]] {
        assert_eq!(jobs(folder, usage).status.code(), Some(2), "{usage:?}");
    }
}

#[test]
fn the_queue_of_a_program_that_runs_is_steered_from_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let _serving = Serving::start(folder.path());
    let queue = JobQueue::beside(&folder.path().join("frames")).unwrap();
    steer(folder.path(), &queue, "in this program");
}

#[test]
fn a_queue_in_redis_is_steered_from_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Redis::start(folder.path());
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let settings = format!("[jobs]\nqueue = \"{}\"\n", redis.url());
    std::fs::write(folder.path().join("data/settings.toml"), settings).unwrap();
    steer(folder.path(), &JobQueue::redis(&redis.url()).unwrap(), "Redis at 127.0.0.1");
}

#[test]
fn where_nothing_was_ever_kept_the_file_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let line = complaint(folder.path(), &["list"]);
    assert!(line.contains("index.sqlite"), "{line}");
    assert!(!folder.path().join("frames").exists(), "a look makes nothing");
}
