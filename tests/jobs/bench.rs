//! `framekeep bench jobs` measures a queue of its own, and leaves alone what is of others.

use std::process::{Command, Output};

use framekeep::domain::{JobKind, JobState, NewJob};
use framekeep::jobs::JobQueue;
use serde_json::Value;

use crate::places::Redis;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
    command.args(["bench", "jobs", "--jobs", "30", "--single", "3", "--json"]).args(arguments).output().unwrap()
}

#[test]
fn both_queues_are_measured_in_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Redis::start(folder.path());
    // Twice at the same Redis: it is left as it was found.
    for (queue, place) in [("embedded", "in this program"), (&redis.url(), "Redis"), (&redis.url(), "Redis")] {
        let output = bench(&["--queue", queue, "--workers", "2"]);
        assert!(output.status.success(), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(told["queue"].as_str().unwrap().contains(place), "{told}");
        assert_eq!((told["jobs"].as_u64(), told["workers"].as_u64()), (Some(30), Some(2)));
        for figure in ["queued_per_s", "done_per_s"] {
            assert!(told[figure].as_f64().unwrap() > 0.0, "{told}");
        }
        let (median, p95) = (told["start_ms"]["median"].as_f64().unwrap(), told["start_ms"]["p95"].as_f64().unwrap());
        assert!(median > 0.0 && median <= p95, "{told}");
    }
    assert_eq!(JobQueue::redis(&redis.url()).unwrap().counts().unwrap(), []);
}

#[test]
fn a_redis_that_holds_jobs_or_at_which_somebody_works_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Redis::start(folder.path());
    let refused = || {
        let output = bench(&["--queue", &redis.url()]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let queue = JobQueue::redis(&redis.url()).unwrap();
    let id = queue.enqueue(&NewJob::new(JobKind::Clip, "{}")).unwrap();
    let line = refused();
    assert!(line.contains("there are 1 jobs in Redis at") && line.contains("that is empty"), "{line}");
    assert_eq!(queue.job(id).unwrap().unwrap().state, JobState::Waiting);

    queue.cancel(id).unwrap();
    queue.purge(JobState::Cancelled, std::time::Duration::ZERO).unwrap();
    let now = queue.now().unwrap();
    let (name, machine) = ("studio-1-0".to_owned(), "studio".to_owned());
    let worker = framekeep::domain::WorkerInfo { name, machine, version: "1".into(), job: None, since: now, seen: now };
    queue.beat(&worker).unwrap();
    let line = refused();
    assert!(line.contains("the worker studio-1-0 waits for jobs"), "{line}");
}

#[test]
fn a_queue_that_cannot_be_reached_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(folder.path());
    redis.kill();
    let output = bench(&["--queue", &redis.url()]);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("failed to measure the queue") && line.contains("check that Redis runs there"), "{line}");
    assert_eq!(bench(&["--jobs", "0"]).status.code(), Some(2));
}
