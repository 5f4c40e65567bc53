//! Workers do what is in the queue, whatever happens to them and to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use framekeep::domain::{Job, JobId, JobKind, JobState, NewJob};
use framekeep::jobs::{Attempt, Failure, Handler, JobQueue, Workers, WorkersSetup};

use crate::places::Place;

/// Does what its payload says.
#[derive(Default)]
struct Doer {
    done: Mutex<HashMap<JobId, usize>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Handler for Doer {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Clip]
    }

    fn run(&self, job: &Job, attempt: &Attempt) -> Result<(), Failure> {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_open.fetch_max(open, Ordering::SeqCst);
        attempt.tell(0.5, "half");
        let outcome = match job.payload.as_str() {
            "panic" => {
                self.open.fetch_sub(1, Ordering::SeqCst);
                panic!("out of luck")
            }
            "fail once" if job.attempts == 1 => Err(Failure::passing("not yet")),
            "no video" => Err(Failure::lasting("it is no video")),
            "endless" => {
                while !attempt.is_over() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(Failure::passing("stopped"))
            }
            _ => Ok(()),
        };
        self.open.fetch_sub(1, Ordering::SeqCst);
        if outcome.is_ok() {
            *self.done.lock().unwrap().entry(job.id).or_default() += 1;
        }
        outcome
    }
}

fn start(queue: &JobQueue, doer: &Arc<Doer>, count: usize, may_begin: Arc<AtomicBool>) -> Workers {
    let handler: Arc<dyn Handler> = Arc::<Doer>::clone(doer);
    Workers::start(WorkersSetup {
        queue: queue.clone(),
        handlers: vec![handler],
        count,
        machine: "studio".into(),
        may_begin: Box::new(move || may_begin.load(Ordering::SeqCst)),
        heard: Box::new(|_| {}),
    })
    .unwrap()
}

fn yes() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(true))
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn clip(payload: &str) -> NewJob {
    NewJob::new(JobKind::Clip, payload)
}

#[test]
fn jobs_are_done_side_by_side_and_no_more_than_that() {
    for place in Place::both() {
        let doer = Arc::new(Doer::default());
        let ids: Vec<JobId> = (0..40).map(|n| place.queue.enqueue(&clip(&n.to_string())).unwrap()).collect();
        let workers = start(&place.queue, &doer, 3, yes());
        until("all are done", || doer.done.lock().unwrap().len() == 40);
        until("that is told", || ids.iter().all(|id| place.queue.job(*id).unwrap().unwrap().state == JobState::Done));
        assert!(doer.done.lock().unwrap().values().all(|times| *times == 1), "{}", place.name);
        assert!(doer.most_open.load(Ordering::SeqCst) <= 3);
        until("each has said that it is there", || place.queue.workers(Duration::from_secs(30)).unwrap().len() == 3);
        assert!(workers.stop(Duration::from_secs(5)));
    }
}

#[test]
fn what_fails_panics_or_cannot_be_done_ends_as_it_should() {
    for place in Place::both() {
        let doer = Arc::new(Doer::default());
        let [once, never, panics] = ["fail once", "no video", "panic"]
            .map(|payload| place.queue.enqueue(&NewJob { most_attempts: 2, ..clip(payload) }).unwrap());
        let workers = start(&place.queue, &doer, 2, yes());
        let state = |id| place.queue.job(id).unwrap().unwrap().state;
        until("all are over", || [once, never, panics].into_iter().all(|id| state(id).is_over()));
        assert_eq!(
            [once, never, panics].map(state),
            [JobState::Done, JobState::Dead, JobState::Dead],
            "{}",
            place.name
        );
        assert_eq!(place.queue.job(never).unwrap().unwrap().attempts, 1);
        assert!(place.queue.job(panics).unwrap().unwrap().log.contains("attempt 2: a fault in Framekeep"));
        assert!(workers.stop(Duration::from_secs(5)));
    }
}

#[test]
fn a_running_job_is_told_of_and_stops_when_it_is_cancelled() {
    for place in Place::both() {
        let doer = Arc::new(Doer::default());
        let id = place.queue.enqueue(&clip("endless")).unwrap();
        let workers = start(&place.queue, &doer, 1, yes());
        until("how far it is", || place.queue.job(id).unwrap().unwrap().note == "half");
        assert!(place.queue.workers(Duration::from_secs(30)).unwrap()[0].job == Some(id), "{}", place.name);
        place.queue.cancel(id).unwrap();
        until("it is cancelled", || place.queue.job(id).unwrap().unwrap().state == JobState::Cancelled);
        assert!(workers.stop(Duration::from_secs(5)));
    }
}

#[test]
fn workers_that_stop_give_their_jobs_to_those_that_come() {
    for place in Place::both() {
        let doer = Arc::new(Doer::default());
        let id = place.queue.enqueue(&NewJob { most_attempts: 1, ..clip("endless") }).unwrap();
        for attempt in 1..=2 {
            let workers = start(&place.queue, &doer, 1, yes());
            until("it is begun", || place.queue.job(id).unwrap().unwrap().attempts == attempt);
            assert!(workers.stop(Duration::from_secs(5)), "{}", place.name);
            assert_eq!(place.queue.job(id).unwrap().unwrap().state, JobState::Waiting);
        }
    }
}

#[test]
fn nothing_is_begun_while_the_machine_has_better_things_to_do() {
    let place = Place::embedded();
    let (doer, may) = (Arc::new(Doer::default()), Arc::new(AtomicBool::new(false)));
    let workers = start(&place.queue, &doer, 1, Arc::clone(&may));
    let id = place.queue.enqueue(&clip("{}")).unwrap();
    workers.bell().ring();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(place.queue.job(id).unwrap().unwrap().attempts, 0);
    may.store(true, Ordering::SeqCst);
    workers.bell().ring();
    until("it is done", || place.queue.job(id).unwrap().unwrap().state == JobState::Done);
    assert!(workers.stop(Duration::from_secs(5)));
}

#[test]
fn workers_outlive_a_redis_that_goes_and_comes() {
    let mut place = Place::redis();
    let doer = Arc::new(Doer::default());
    let workers = start(&place.queue, &doer, 2, yes());
    until("they are there", || place.queue.workers(Duration::from_secs(30)).unwrap().len() == 2);
    place.redis.as_mut().unwrap().restart();
    let id = place.queue.enqueue(&clip("{}")).unwrap();
    until("it is done", || place.queue.job(id).is_ok_and(|job| job.unwrap().state == JobState::Done));
    place.redis.as_mut().unwrap().kill();
    assert!(workers.stop(Duration::from_secs(10)));
}

#[test]
fn workers_hear_of_jobs_that_come_due_in_redis() {
    const CHANNEL: &str = "{framekeep}:jobs:due";
    let mut place = Place::redis();
    let doer = Arc::new(Doer::default());
    let workers = start(&place.queue, &doer, 1, yes());
    let listeners = |place: &Place| place.redis.as_ref().unwrap().cli(&["PUBSUB", "NUMSUB", CHANNEL]);
    until("they listen", || listeners(&place).ends_with("\n1"));
    place.redis.as_mut().unwrap().restart();
    until("they listen to the one that came back", || listeners(&place).ends_with("\n1"));

    let mut connection = redis::Client::open(place.redis.as_ref().unwrap().url()).unwrap().get_connection().unwrap();
    let mut calls = connection.as_pubsub();
    calls.subscribe(CHANNEL).unwrap();
    let id = place.queue.enqueue(&clip("{}")).unwrap();
    assert_eq!(calls.get_message().unwrap().get_payload::<String>().unwrap(), id.to_string());
    until("it is done", || place.queue.job(id).unwrap().unwrap().state == JobState::Done);
    // One that is given a time is called when it has come.
    let at = place.queue.now().unwrap().plus(Duration::from_millis(300));
    let later = place.queue.enqueue(&NewJob { run_at: Some(at), ..clip("{}") }).unwrap();
    assert_eq!(calls.get_message().unwrap().get_payload::<String>().unwrap(), later.to_string());
    assert!(place.queue.now().unwrap() >= at);
    assert!(workers.stop(Duration::from_secs(5)));
    drop(calls);
    until("nobody listens any more", || listeners(&place).ends_with("\n0"));
}
