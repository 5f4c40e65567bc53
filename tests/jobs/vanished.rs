//! Workers that vanish in the middle of a job: what that means for the job is one rule, wherever the queue is.

use std::time::{Duration, Instant};

use framekeep::domain::{Job, JobId, JobKind, JobState, Lease, NewJob};
use framekeep::jobs::JobQueue;

use crate::places::Place;

/// So short that all pauses together take seconds.
const LEASE: Duration = Duration::from_millis(20);
const CLIP: &[JobKind] = &[JobKind::Clip];

fn clip(most_attempts: u32) -> NewJob {
    NewJob { most_attempts, ..NewJob::new(JobKind::Clip, "{}") }
}

/// Claims until there is something, or the job is over.
fn claim(queue: &JobQueue, id: JobId, worker: &str, lease: Duration) -> Option<Job> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(job) = queue.claim(worker, CLIP, lease).unwrap() {
            return Some(job);
        }
        if queue.job(id).unwrap().unwrap().state.is_over() {
            return None;
        }
        assert!(Instant::now() < end, "nothing came due: {:?}", queue.job(id));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Workers take the job and are not heard of any more, until nobody may have it; tells how long it waited each time.
fn pauses_until_dead(queue: &JobQueue, id: JobId, lease: Duration) -> Vec<Duration> {
    let mut pauses = Vec::new();
    let mut before = Instant::now();
    while let Some(job) = claim(queue, id, "w", lease) {
        assert_eq!((job.id, job.state), (id, JobState::Running));
        pauses.push(before.elapsed());
        before = Instant::now();
    }
    pauses
}

#[test]
fn a_worker_that_vanishes_is_held_against_a_job_late_and_the_pauses_grow() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&clip(2)).unwrap();
        let pauses = pauses_until_dead(queue, id, LEASE);
        assert_eq!(pauses.len(), Job::MOST_VANISHED as usize, "{}", place.name);
        for (times, waited) in (1..).zip(&pauses[1..]) {
            assert!(*waited >= Job::pause_after_vanishing(times, LEASE), "{}: {times}: {waited:?}", place.name);
        }
        let dead = queue.job(id).unwrap().unwrap();
        assert_eq!((dead.state, dead.attempts), (JobState::Dead, Job::MOST_VANISHED));
        assert!(dead.log.contains("attempt 3: its worker (w) was not heard of any more\n"), "{}", dead.log);
        assert_eq!(
            dead.last_failure(),
            "attempt 20: its worker (w) was not heard of any more, for the 20th time: it may be this job that ends its \
             workers"
        );

        assert!(queue.retry(id).unwrap());
        assert_eq!(
            pauses_until_dead(queue, id, LEASE / 10).len(),
            Job::MOST_VANISHED as usize,
            "as often as a new one"
        );
    }
}

#[test]
fn what_fails_by_itself_fails_as_often_as_it_may_whoever_vanished_in_between() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&clip(2)).unwrap();
        for attempt in 1..=3 {
            assert_eq!(claim(queue, id, "w", LEASE).unwrap().attempts, attempt, "{}", place.name);
        }
        let fails = claim(queue, id, "w", LEASE).unwrap();
        assert!(queue.fail((id, fails.attempts), "no video", Some(LEASE)).unwrap());
        assert_eq!(queue.job(id).unwrap().unwrap().state, JobState::Waiting, "{}: the first time", place.name);
        let fails = claim(queue, id, "w", LEASE).unwrap();
        assert!(queue.fail((id, fails.attempts), "no video", Some(LEASE)).unwrap());
        assert_eq!(queue.job(id).unwrap().unwrap().state, JobState::Dead);
    }
}

#[test]
fn one_that_was_to_be_cancelled_when_its_worker_vanished_is() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&clip(5)).unwrap();
        claim(queue, id, "w", LEASE).unwrap();
        assert!(queue.cancel(id).unwrap());
        assert_eq!(claim(queue, id, "w", LEASE), None, "{}", place.name);
        let over = queue.job(id).unwrap().unwrap();
        assert!(over.state == JobState::Cancelled && over.log.contains("was not heard of"), "{over:?}");
    }
}

#[test]
fn among_many_workers_that_go_on_the_one_that_vanished_is_noticed() {
    for place in Place::both() {
        let queue = &place.queue;
        let lease = Duration::from_secs(3);
        let ids: Vec<JobId> = (0..12).map(|_| queue.enqueue(&clip(5)).unwrap()).collect();
        for id in &ids {
            assert_eq!(queue.claim("w", CLIP, lease).unwrap().unwrap().id, *id);
        }
        let (last, others) = ids.split_last().unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while queue.job(*last).unwrap().unwrap().log.is_empty() {
            assert!(Instant::now() < end, "{}: nobody notices", place.name);
            for id in others {
                assert_eq!(queue.renew((*id, 1), "w", (0.5, ""), lease).unwrap(), Lease::Held, "{}", place.name);
            }
            if let Some(job) = queue.claim("x", CLIP, lease).unwrap() {
                assert_eq!(job.id, *last);
            }
        }
    }
}
