//! The queue of jobs over HTTP: what stands in it, what the operator may do to it, and how it is told live.

use std::time::{Duration, Instant};

use framekeep::domain::{JobId, JobKind, JobState, NewJob, WorkerInfo};
use framekeep::jobs::JobQueue;
use framekeep::server::route::{ROUTES, Who};
use serde_json::{Value, json};

use crate::house::{House, SOON, now, until};
use crate::raw::Line;

const LEASE: Duration = Duration::from_secs(20);

fn queue(house: &House) -> JobQueue {
    JobQueue::embedded(std::sync::Arc::clone(&house.library))
}

fn enqueue(house: &House, kind: JobKind, payload: &str) -> JobId {
    queue(house).enqueue(&NewJob::new(kind, payload)).unwrap()
}

/// One job of each state, as they become in a life of a queue.
fn one_of_each(house: &House) -> [JobId; 5] {
    let queue = queue(house);
    let claim = || queue.claim("studio-1-0", &JobKind::ALL, LEASE).unwrap().unwrap();
    let done = enqueue(house, JobKind::Clip, r#"{"event":1}"#);
    assert!(queue.finish((done, claim().attempts)).unwrap());
    let dead = enqueue(house, JobKind::Recording, r#"{"recording":"0123456789abcdef"}"#);
    assert!(queue.fail((dead, claim().attempts), "it is no video", None).unwrap());
    let cancelled = enqueue(house, JobKind::Clip, r#"{"event":2}"#);
    assert!(queue.cancel(cancelled).unwrap());
    let running = enqueue(house, JobKind::Clip, r#"{"event":3}"#);
    let held = (running, claim().attempts);
    queue.renew(held, "studio-1-0", (0.25, "encoding"), LEASE).unwrap();
    let waiting = enqueue(house, JobKind::Timelapse, "no json");
    [done, dead, cancelled, running, waiting]
}

#[test]
fn a_list_holds_the_jobs_of_a_state_and_kind_page_by_page_newest_first() {
    let house = House::open();
    let operator = house.operator();
    assert_eq!(operator.get("/api/v1/jobs").value(), json!({ "jobs": [], "next": null }));
    let jobs = one_of_each(&house);
    let ids = |path: &str| -> Vec<i64> {
        let value = operator.get(path).value();
        value["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids("/api/v1/jobs"), jobs.iter().rev().map(|id| id.0).collect::<Vec<_>>());
    for (id, state) in jobs.iter().zip(["done", "dead", "cancelled", "running", "waiting"]) {
        assert_eq!(ids(&format!("/api/v1/jobs?state={state}")), [id.0], "{state}");
    }
    assert_eq!(ids("/api/v1/jobs?kind=clip&state=done"), [jobs[0].0]);
    let first = operator.get("/api/v1/jobs?limit=2").value();
    assert_eq!(first["next"], json!(jobs[3]));
    assert_eq!(ids(&format!("/api/v1/jobs?limit=2&before={}", first["next"])), [jobs[2].0, jobs[1].0]);
    for query in ["state=failed", "kind=dream", "before=x", "limit=-1"] {
        assert_eq!(operator.get(&format!("/api/v1/jobs?{query}")).code(), "bad_value", "{query}");
    }
}

#[test]
fn a_job_tells_what_it_is_about_how_far_it_is_and_what_went_wrong() {
    let house = House::open();
    let operator = house.operator();
    let [_, dead, _, running, waiting] = one_of_each(&house);
    let of = |id: JobId| operator.get(&format!("/api/v1/jobs/{id}")).value();
    let job = of(dead);
    assert_eq!((&job["state"], &job["kind"]), (&json!("dead"), &json!("recording")));
    assert_eq!(job["payload"], json!({ "recording": "0123456789abcdef" }));
    assert_eq!(
        (&job["log"], &job["failure"]),
        (&json!("attempt 1: it is no video"), &json!("attempt 1: it is no video"))
    );
    let job = of(running);
    assert_eq!(
        (&job["progress"], &job["note"], &job["worker"]),
        (&json!(0.25), &json!("encoding"), &json!("studio-1-0"))
    );
    assert!(job["left_ms"].is_u64(), "{job}");
    assert_eq!((&of(waiting)["payload"], &of(waiting)["left_ms"]), (&json!("no json"), &json!(null)));
    for nothing in ["99999", "nonsense", "-", ""] {
        assert_eq!(operator.get(&format!("/api/v1/jobs/{nothing}")).code(), "not_found", "{nothing:?}");
    }
}

#[test]
fn jobs_are_tried_again_cancelled_and_forgotten_where_their_state_allows_it() {
    let house = House::open();
    let (operator, queue) = (house.operator(), queue(&house));
    let [done, dead, cancelled, running, waiting] = one_of_each(&house);
    let post = |id: JobId, what: &str| operator.post(&format!("/api/v1/jobs/{id}/{what}"), &[], b"");
    let state = |id: JobId| queue.job(id).unwrap().map(|job| job.state);
    for id in [done, running, waiting] {
        let answer = post(id, "retry");
        assert_eq!((answer.status, answer.code().as_str()), (409, "job_state"), "{id}");
    }
    for id in [done, dead, cancelled] {
        assert_eq!(post(id, "cancel").code(), "job_state", "{id}");
    }
    for what in ["retry", "cancel"] {
        assert_eq!(post(JobId(99_999), what).code(), "not_found");
    }
    assert_eq!((post(dead, "retry").status, state(dead)), (204, Some(JobState::Waiting)));
    assert_eq!((post(waiting, "cancel").status, state(waiting)), (204, Some(JobState::Cancelled)));
    assert_eq!(post(running, "cancel").status, 204);
    assert!(queue.job(running).unwrap().unwrap().cancelling);
    for query in ["", "?state=waiting", "?state=running", "?state=all"] {
        assert_eq!(operator.delete(&format!("/api/v1/jobs{query}")).code(), "bad_value", "{query}");
    }
    assert_eq!(operator.delete("/api/v1/jobs?state=cancelled").value(), json!({ "purged": 2 }));
    assert_eq!(operator.delete("/api/v1/jobs?state=done").value(), json!({ "purged": 1 }));
    assert_eq!((state(done), state(waiting), state(dead)), (None, None, Some(JobState::Waiting)));
}

#[test]
fn the_summary_says_how_the_queue_stands_and_who_works_on_it() {
    let house = House::open();
    let (operator, queue) = (house.operator(), queue(&house));
    let [.., running, waiting] = one_of_each(&house);
    let (since, seen) = (now(), now());
    let worker = |name: &str, job| WorkerInfo {
        name: name.into(),
        machine: "studio".into(),
        version: "0.1.0".into(),
        job,
        since,
        seen,
    };
    queue.beat(&worker("studio-1-0", Some(running))).unwrap();
    let summary = operator.get("/api/v1/jobs/summary").value();
    assert_eq!(summary["states"], json!({ "waiting": 1, "running": 1, "done": 1, "dead": 1, "cancelled": 1 }));
    let counted = summary["counts"].as_array().unwrap().iter().map(|count| count["count"].as_u64().unwrap());
    assert_eq!(counted.sum::<u64>(), 5);
    assert_eq!((&summary["paused"], &summary["place"]), (&json!(false), &json!("in this program")));
    assert_eq!(summary["running"][0]["id"], json!(running));
    let heard = &summary["workers"][0];
    assert_eq!(
        (&heard["name"], &heard["machine"], &heard["job"], &heard["there"]),
        (&json!("studio-1-0"), &json!("studio"), &json!(running), &json!(true))
    );
    assert_eq!(summary["oldest_due"], json!(queue.job(waiting).unwrap().unwrap().run_at));
    assert!(summary["oldest_age_ms"].is_u64());
    let minutes = summary["done_by_minute"].as_array().unwrap();
    assert_eq!(minutes.len(), 60);
    assert_eq!(minutes.iter().map(|count| count.as_u64().unwrap()).sum::<u64>(), 1);
    // What was done stays counted when the job is forgotten.
    operator.delete("/api/v1/jobs?state=done");
    let minutes = operator.get("/api/v1/jobs/summary").value()["done_by_minute"].clone();
    assert_eq!(minutes.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum::<u64>(), 1);
}

#[test]
fn while_the_queue_is_paused_nothing_is_begun() {
    let house = House::open();
    let (operator, queue) = (house.operator(), queue(&house));
    enqueue(&house, JobKind::Clip, "{}");
    let pause = |paused: bool| operator.json("PUT", "/api/v1/jobs/paused", &json!({ "paused": paused })).status;
    assert_eq!(pause(true), 204);
    assert_eq!(operator.get("/api/v1/jobs/summary").value()["paused"], true);
    assert_eq!(queue.claim("a", &JobKind::ALL, LEASE).unwrap(), None);
    assert_eq!(pause(false), 204);
    assert!(queue.claim("a", &JobKind::ALL, LEASE).unwrap().is_some());
    assert_eq!(operator.json("PUT", "/api/v1/jobs/paused", &json!({ "pause": 1 })).code(), "bad_body");
}

/// The data of each event of this name in what was read.
fn told(text: &str, name: &str) -> Vec<Value> {
    let blocks = text.split("\n\n").filter(|block| block.contains(&format!("event:{name}\n")));
    blocks.filter_map(|block| serde_json::from_str(block.split("data:").nth(1)?.trim()).ok()).collect()
}

#[test]
fn what_changes_is_told_live_at_most_once_a_second_and_nothing_while_nothing_changes() {
    let house = House::open();
    let operator = house.operator();
    let mut line = Line::open(&house);
    line.head(&house, "GET /api/v1/jobs/stream", &[("Authorization", operator.sends("Authorization"))]);
    line.read_until("event:jobs", SOON).unwrap();
    let started = Instant::now();
    for number in 0..50 {
        enqueue(&house, JobKind::Clip, &format!("{{\"event\":{number}}}"));
        std::thread::sleep(Duration::from_millis(20));
    }
    let text = line.read_until("\"waiting\":50", SOON).unwrap();
    let seconds = usize::try_from(started.elapsed().as_secs()).unwrap();
    let before = text.matches("event:jobs").count();
    assert!(before <= seconds + 3, "{before} in {seconds} s");
    let again = line.read_for(Duration::from_secs(3));
    assert_eq!(again.matches("event:jobs").count(), before, "{again}");
    let last = told(&again.replace("\r\n", "\n"), "jobs");
    assert!(last.iter().all(|summary| summary["paused"] == false), "{again}");
}

#[test]
fn an_operator_who_is_locked_out_hears_no_more() {
    let house = House::open();
    let operator = house.operator();
    let mut line = Line::open(&house);
    line.head(&house, "GET /api/v1/jobs/stream", &[("Authorization", operator.sends("Authorization"))]);
    line.read_until("event:jobs", SOON).unwrap();
    assert_eq!(operator.delete("/api/v1/me").status, 204);
    enqueue(&house, JobKind::Clip, "{}");
    let text = line.read_until("event:revoked", SOON).unwrap();
    assert!(!text.contains("\"waiting\":1"), "{text}");
    // The last of the pieces in which the answer comes.
    line.read_until("\r\n0\r\n", SOON).unwrap();
}

#[test]
fn nobody_but_the_operator_sees_jobs_or_metrics() {
    let house = House::open();
    let anna = house.script("Anna");
    let routes: Vec<_> =
        ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/jobs") || route.path == "/metrics").collect();
    assert_eq!(routes.len(), 9);
    for route in routes {
        assert_eq!(route.who, Who::Operator, "{}", route.path);
        let path = route.path.replace("{id}", "1");
        let send = |client: &crate::house::Client| client.send(route.method, &path, &[], b"{}").status;
        assert_eq!((send(&anna), send(&house.stranger())), (403, 401), "{path}");
    }
}

#[test]
fn the_queue_is_looked_at_again_when_somebody_comes_after_everybody_had_gone() {
    let house = House::open();
    let operator = house.operator();
    for waiting in 1..=2 {
        enqueue(&house, JobKind::Clip, &format!("{{\"event\":{waiting}}}"));
        let mut line = Line::open(&house);
        line.head(&house, "GET /api/v1/jobs/stream", &[("Authorization", operator.sends("Authorization"))]);
        line.read_until(&format!("\"waiting\":{waiting}"), SOON).unwrap();
        drop(line);
    }
    until("the program still answers", || operator.get("/api/v1/jobs/summary").status == 200);
}
