//! What both queues promise.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use framekeep::domain::{JobCount, JobKind, JobQuery, JobState, Lease, NewJob, Priority, Timestamp, WorkerInfo};
use framekeep::jobs::{JobError, JobQueue};

use crate::places::Place;

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(200);
const CLIP: &[JobKind] = &[JobKind::Clip];

fn clip(payload: &str) -> NewJob {
    NewJob::new(JobKind::Clip, payload)
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

/// Claims until there is something.
fn claim_soon(queue: &JobQueue, worker: &str, lease: Duration) -> framekeep::domain::Job {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(job) = queue.claim(worker, CLIP, lease).unwrap() {
            return job;
        }
        assert!(Instant::now() < end, "nothing came due");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_job_is_done_by_one_worker_and_its_way_can_be_seen() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&clip(r#"{"event":5}"#)).unwrap();
        let waiting = queue.job(id).unwrap().unwrap();
        assert_eq!(
            (waiting.state, waiting.attempts, waiting.payload.as_str()),
            (JobState::Waiting, 0, r#"{"event":5}"#)
        );
        assert!(now().since(waiting.created_at) < LONG && queue.oldest_due().unwrap().is_some(), "{}", place.name);

        let job = queue.claim("one", CLIP, LONG).unwrap().unwrap();
        assert_eq!((job.id, job.state, job.attempts, job.worker.as_deref()), (id, JobState::Running, 1, Some("one")));
        assert_eq!(queue.claim("two", CLIP, LONG).unwrap(), None);
        assert_eq!(queue.renew((id, 1), "one", (0.25, "cutting"), LONG).unwrap(), Lease::Held);
        let running = queue.job(id).unwrap().unwrap();
        assert_eq!((running.progress.to_bits(), running.note.as_str()), (0.25_f32.to_bits(), "cutting"));

        assert!(queue.finish((id, 1)).unwrap());
        assert!(!queue.finish((id, 1)).unwrap(), "once");
        let done = queue.job(id).unwrap().unwrap();
        assert_eq!((done.state, done.progress.to_bits(), done.log.as_str()), (JobState::Done, 1.0_f32.to_bits(), ""));
        assert!(done.finished_at.is_some() && done.started_at.is_some());
        assert_eq!(queue.oldest_due().unwrap(), None);
        assert_eq!(queue.counts().unwrap(), [JobCount { kind: JobKind::Clip, state: JobState::Done, count: 1 }]);
    }
}

#[test]
fn the_urgent_go_first_and_of_equals_the_older() {
    for place in Place::both() {
        let queue = &place.queue;
        let job = |priority, name: &str| NewJob { priority, ..clip(name) };
        for (priority, name) in [
            (Priority::Low, "e"),
            (Priority::Normal, "c"),
            (Priority::High, "a"),
            (Priority::Normal, "d"),
            (Priority::High, "b"),
        ] {
            queue.enqueue(&job(priority, name)).unwrap();
            // Times are in milliseconds.
            std::thread::sleep(Duration::from_millis(3));
        }
        let order: Vec<String> =
            std::iter::from_fn(|| queue.claim("w", CLIP, LONG).unwrap().map(|job| job.payload)).collect();
        assert_eq!(order, ["a", "b", "c", "d", "e"], "{}", place.name);
    }
}

#[test]
fn a_worker_gets_only_what_it_can_do() {
    for place in Place::both() {
        let queue = &place.queue;
        queue.enqueue(&NewJob::new(JobKind::Recording, "{}")).unwrap();
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None);
        assert_eq!(queue.claim("w", &[], LONG).unwrap(), None);
        let job = queue.claim("w", &[JobKind::Clip, JobKind::Recording], LONG).unwrap().unwrap();
        assert_eq!(job.kind, JobKind::Recording);
    }
}

#[test]
fn a_key_is_queued_once_until_it_is_forgotten() {
    for place in Place::both() {
        let queue = &place.queue;
        let job = NewJob { key: Some("recording 7".into()), ..clip("{}") };
        let first = queue.enqueue(&job).unwrap();
        assert_eq!(queue.enqueue(&job).unwrap(), first);
        let claimed = queue.claim("w", CLIP, LONG).unwrap().unwrap();
        queue.finish((claimed.id, 1)).unwrap();
        assert_eq!(queue.enqueue(&job).unwrap(), first, "{}", place.name);
        assert_eq!(queue.purge(JobState::Done, Duration::ZERO).unwrap(), 1);
        assert_ne!(queue.enqueue(&job).unwrap(), first);
    }
}

#[test]
fn what_is_put_off_waits_for_its_time() {
    for place in Place::both() {
        let queue = &place.queue;
        let begun = Instant::now();
        let at = now().plus(Duration::from_secs(3));
        queue.enqueue(&NewJob { run_at: Some(at), ..clip("later") }).unwrap();
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None);
        assert_eq!(queue.oldest_due().unwrap(), None, "{}", place.name);
        assert_eq!(claim_soon(queue, "w", LONG).payload, "later");
        assert!(begun.elapsed() >= Duration::from_millis(2990));
    }
}

#[test]
fn what_fails_is_tried_again_as_often_as_it_may_and_says_why() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&NewJob { most_attempts: 2, ..clip("{}") }).unwrap();
        queue.claim("w", CLIP, LONG).unwrap().unwrap();
        assert!(queue.fail((id, 1), "no disk", Some(SHORT)).unwrap());
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None, "not at once");
        assert_eq!(claim_soon(queue, "w", LONG).attempts, 2);
        assert!(queue.fail((id, 2), "still no disk", Some(SHORT)).unwrap());
        let dead = queue.job(id).unwrap().unwrap();
        assert_eq!((dead.state, dead.log.as_str()), (JobState::Dead, "attempt 1: no disk\nattempt 2: still no disk"));

        assert!(queue.retry(id).unwrap() && !queue.retry(id).unwrap());
        let again = claim_soon(queue, "w", LONG);
        assert_eq!((again.attempts, again.most_attempts), (3, 2 + NewJob::ATTEMPTS), "{}", place.name);
        assert!(queue.fail((id, 3), &"ü".repeat(9000), None).unwrap());
        let log = queue.job(id).unwrap().unwrap().log;
        assert!(log.len() <= 8192 && log.ends_with('ü') && !log.contains('\u{fffd}'), "{} {}", place.name, log.len());
    }
}

#[test]
fn a_reason_that_stays_is_not_tried_again() {
    for place in Place::both() {
        let id = place.queue.enqueue(&clip("{}")).unwrap();
        place.queue.claim("w", CLIP, LONG).unwrap().unwrap();
        place.queue.fail((id, 1), "it is no video", None).unwrap();
        assert_eq!(place.queue.job(id).unwrap().unwrap().state, JobState::Dead);
    }
}

#[test]
fn a_worker_that_is_silent_loses_its_job_and_cannot_end_it_any_more() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&clip("{}")).unwrap();
        queue.claim("one", CLIP, SHORT).unwrap().unwrap();
        for _ in 0..4 {
            std::thread::sleep(SHORT / 2);
            assert_eq!(queue.renew((id, 1), "one", (0.5, ""), SHORT).unwrap(), Lease::Held);
            assert_eq!(queue.claim("two", CLIP, SHORT).unwrap(), None, "{}: it is renewed", place.name);
        }
        let second = claim_soon(queue, "two", SHORT);
        assert_eq!((second.id, second.attempts, second.worker.as_deref()), (id, 2, Some("two")));
        assert_eq!(queue.renew((id, 1), "one", (0.9, ""), SHORT).unwrap(), Lease::Lost);
        assert!(!queue.finish((id, 1)).unwrap() && !queue.fail((id, 1), "?", None).unwrap());
        assert!(queue.finish((id, 2)).unwrap());
    }
}

#[test]
fn a_worker_that_has_to_stop_gives_its_job_back_and_that_is_not_held_against_it() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&NewJob { most_attempts: 1, ..clip("{}") }).unwrap();
        for attempt in 1..=3 {
            assert_eq!(queue.claim("w", CLIP, LONG).unwrap().unwrap().attempts, attempt, "{}", place.name);
            assert!(queue.give_back((id, attempt)).unwrap() && !queue.give_back((id, attempt)).unwrap());
        }
        queue.claim("w", CLIP, LONG).unwrap().unwrap();
        queue.cancel(id).unwrap();
        assert!(queue.give_back((id, 4)).unwrap());
        assert_eq!(queue.job(id).unwrap().unwrap().state, JobState::Cancelled);
    }
}

#[test]
fn what_the_machine_is_at_fault_for_is_tried_until_it_is_mended_and_says_why() {
    for place in Place::both() {
        let queue = &place.queue;
        let id = queue.enqueue(&NewJob { most_attempts: 1, ..clip("{}") }).unwrap();
        for attempt in 1..=3 {
            assert_eq!(claim_soon(queue, "w", LONG).attempts, attempt, "{}", place.name);
            assert!(queue.put_off((id, attempt), "the disk is full", SHORT).unwrap());
            assert!(!queue.put_off((id, attempt), "the disk is full", SHORT).unwrap(), "once");
            assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None, "not at once");
        }
        let waits = queue.job(id).unwrap().unwrap();
        assert!(waits.state == JobState::Waiting && waits.log.ends_with("attempt 3: the disk is full"), "{waits:?}");
        claim_soon(queue, "w", LONG);
        queue.cancel(id).unwrap();
        assert!(queue.put_off((id, 4), "the disk is full", SHORT).unwrap());
        assert_eq!(queue.job(id).unwrap().unwrap().state, JobState::Cancelled);
    }
}

#[test]
fn a_job_is_cancelled_at_once_or_by_its_worker() {
    for place in Place::both() {
        let queue = &place.queue;
        let (waits, runs) = (
            queue.enqueue(&clip("a")).unwrap(),
            queue.enqueue(&NewJob { priority: Priority::High, ..clip("b") }).unwrap(),
        );
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap().unwrap().id, runs);
        assert!(queue.cancel(waits).unwrap() && queue.cancel(runs).unwrap());
        assert_eq!(queue.job(waits).unwrap().unwrap().state, JobState::Cancelled);
        assert!(queue.job(runs).unwrap().unwrap().cancelling);
        assert_eq!(queue.renew((runs, 1), "w", (0.1, ""), LONG).unwrap(), Lease::Cancelled);
        assert!(queue.fail((runs, 1), "stopped", Some(SHORT)).unwrap());
        assert_eq!(queue.job(runs).unwrap().unwrap().state, JobState::Cancelled, "{}", place.name);
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None);
        assert!(!queue.cancel(runs).unwrap());
        assert!(queue.retry(waits).unwrap());
        assert_eq!(claim_soon(queue, "w", LONG).id, waits);
    }
}

#[test]
fn a_queue_that_is_paused_begins_nothing() {
    for place in Place::both() {
        let queue = &place.queue;
        queue.pause(true).unwrap();
        queue.enqueue(&clip("{}")).unwrap();
        assert!(queue.paused().unwrap());
        assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None);
        queue.pause(false).unwrap();
        assert!(queue.claim("w", CLIP, LONG).unwrap().is_some(), "{}", place.name);
    }
}

#[test]
fn jobs_are_listed_newest_first_by_state_and_kind() {
    for place in Place::both() {
        let queue = &place.queue;
        let clips: Vec<_> = (0..5).map(|n| queue.enqueue(&clip(&n.to_string())).unwrap()).collect();
        let recording = queue.enqueue(&NewJob::new(JobKind::Recording, "{}")).unwrap();
        queue.cancel(clips[0]).unwrap();
        let list = |query: JobQuery| queue.list(query).unwrap().iter().map(|job| job.id).collect::<Vec<_>>();
        let all = JobQuery { limit: 100, ..JobQuery::default() };
        assert_eq!(list(all), [recording, clips[4], clips[3], clips[2], clips[1], clips[0]], "{}", place.name);
        assert_eq!(list(JobQuery { kind: Some(JobKind::Recording), ..all }), [recording]);
        assert_eq!(list(JobQuery { state: Some(JobState::Cancelled), ..all }), [clips[0]]);
        let waiting = JobQuery { state: Some(JobState::Waiting), kind: Some(JobKind::Clip), limit: 2, before: None };
        assert_eq!(list(waiting), [clips[4], clips[3]]);
        assert_eq!(list(JobQuery { before: Some(clips[3]), ..waiting }), [clips[2], clips[1]]);
    }
}

#[test]
fn only_what_is_over_can_be_purged() {
    for place in Place::both() {
        let queue = &place.queue;
        let (gone, stays) = (queue.enqueue(&clip("a")).unwrap(), queue.enqueue(&clip("b")).unwrap());
        queue.cancel(gone).unwrap();
        assert_eq!(queue.purge(JobState::Waiting, Duration::ZERO).unwrap(), 0);
        assert_eq!(queue.purge(JobState::Cancelled, LONG).unwrap(), 0, "{}: not old enough", place.name);
        assert_eq!(queue.purge(JobState::Cancelled, Duration::ZERO).unwrap(), 1);
        assert_eq!(queue.job(gone).unwrap(), None);
        assert!(queue.job(stays).unwrap().is_some());
    }
}

#[test]
fn workers_are_seen_for_as_long_as_they_are_heard_of() {
    for place in Place::both() {
        let worker = |name: &str| WorkerInfo {
            name: name.into(),
            machine: "studio".into(),
            version: "1.2.3".into(),
            job: None,
            since: now(),
            seen: now(),
        };
        place.queue.beat(&worker("one")).unwrap();
        std::thread::sleep(2 * SHORT);
        place.queue.beat(&worker("two")).unwrap();
        let names = |within| -> Vec<String> {
            place.queue.workers(within).unwrap().into_iter().map(|worker| worker.name).collect()
        };
        assert_eq!(names(LONG), ["one", "two"], "{}", place.name);
        assert_eq!(names(SHORT), ["two"]);
        assert_eq!(names(LONG), ["two"], "the other is forgotten");
    }
}

#[test]
fn many_workers_do_every_job_once_and_none_is_forgotten() {
    for place in Place::both() {
        let queue = &place.queue;
        for n in 0..200 {
            queue.enqueue(&NewJob { most_attempts: 20, ..clip(&n.to_string()) }).unwrap();
        }
        let done = Mutex::new(Vec::new());
        let end = Instant::now() + Duration::from_mins(1);
        std::thread::scope(|scope| {
            for worker in 0..6 {
                let done = &done;
                scope.spawn(move || {
                    let name = format!("w{worker}");
                    for turn in 0.. {
                        let Some(job) = queue.claim(&name, CLIP, Duration::from_secs(2)).unwrap() else {
                            let over =
                                queue.list(JobQuery { state: Some(JobState::Done), limit: 500, ..JobQuery::default() });
                            if over.unwrap().len() == 200 {
                                return;
                            }
                            assert!(Instant::now() < end, "it takes too long");
                            std::thread::sleep(Duration::from_millis(20));
                            continue;
                        };
                        // Every seventh time a worker dies with its job.
                        if (turn + worker) % 7 == 6 {
                            continue;
                        }
                        if queue.finish((job.id, job.attempts)).unwrap() {
                            done.lock().unwrap().push(job.payload);
                        }
                    }
                });
            }
        });
        let done = done.into_inner().unwrap();
        let each: HashSet<&String> = done.iter().collect();
        assert_eq!((done.len(), each.len()), (200, 200), "{}", place.name);
    }
}

#[test]
fn what_was_done_in_the_last_hour_is_counted_also_when_the_jobs_are_forgotten() {
    for place in Place::both() {
        let queue = &place.queue;
        assert_eq!(queue.done_by_minute().unwrap(), [0; 60]);
        for outcome in ["done", "done", "dead", "cancelled"] {
            let id = queue.enqueue(&clip(outcome)).unwrap();
            match outcome {
                "cancelled" => assert!(queue.cancel(id).unwrap()),
                _ => assert_eq!(queue.claim("w", CLIP, LONG).unwrap().unwrap().id, id),
            }
            match outcome {
                "done" => assert!(queue.finish((id, 1)).unwrap()),
                "dead" => assert!(queue.fail((id, 1), "no", None).unwrap()),
                _ => {}
            }
        }
        assert_eq!(queue.purge(JobState::Done, Duration::ZERO).unwrap(), 2);
        let done = queue.done_by_minute().unwrap();
        assert_eq!((done.len(), done.iter().sum::<u64>()), (60, 2), "{}", place.name);
        // The minute may have turned meanwhile.
        assert_eq!(done[58..].iter().sum::<u64>(), 2, "{}", place.name);
        let overview = queue.overview().unwrap();
        assert_eq!((overview.count(JobState::Dead), overview.count(JobState::Done)), (1, 0));
        assert!(now().since(overview.now) < LONG && overview.running.is_empty());
    }
}

#[test]
fn two_programs_at_one_index_do_not_get_in_each_others_way() {
    let place = Place::embedded();
    let beside = JobQueue::beside(&place.frames()).unwrap();
    let done = Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for (queue, name) in [(&place.queue, "program"), (&beside, "terminal")] {
            let done = &done;
            scope.spawn(move || {
                for number in 0.. {
                    if number < 100 {
                        queue.enqueue(&clip(&format!("{name} {number}"))).unwrap();
                    } else if done.lock().unwrap().len() == 200 {
                        break;
                    }
                    assert!(number < 100_000, "{name} finds nothing more to do");
                    let Some(job) = queue.claim(name, CLIP, LONG).unwrap() else { continue };
                    assert_eq!(queue.renew((job.id, 1), name, (0.5, ""), LONG).unwrap(), Lease::Held);
                    assert!(queue.finish((job.id, 1)).unwrap());
                    assert!(done.lock().unwrap().insert(job.id), "{} twice", job.id);
                }
            });
        }
    });
    assert_eq!(done.lock().unwrap().len(), 200);
    assert_eq!(place.queue.overview().unwrap().count(JobState::Done), 200);
}

#[test]
fn a_payload_that_is_no_reference_is_refused() {
    for place in Place::both() {
        let large = clip(&"x".repeat(NewJob::MOST_PAYLOAD_BYTES + 1));
        assert!(matches!(place.queue.enqueue(&large), Err(JobError::TooLarge(_))));
    }
}

#[test]
fn redis_is_found_again_after_a_restart_and_has_forgotten_nothing() {
    let mut place = Place::redis();
    let queue = place.queue.clone();
    let id = queue.enqueue(&clip("{}")).unwrap();
    assert_eq!(queue.claim("w", CLIP, LONG).unwrap().unwrap().id, id);
    place.redis.as_mut().unwrap().restart();
    assert_eq!(queue.renew((id, 1), "w", (0.5, ""), LONG).unwrap(), Lease::Held);
    assert!(queue.finish((id, 1)).unwrap());
    place.redis.as_mut().unwrap().kill();
    let error = queue.enqueue(&clip("{}")).unwrap_err();
    assert!(matches!(&error, JobError::Unreachable { .. }) && error.to_string().contains("127.0.0.1"), "{error}");
}

#[test]
fn redis_that_was_flushed_in_the_middle_goes_on_with_what_comes() {
    let place = Place::redis();
    let queue = &place.queue;
    queue.enqueue(&clip("gone")).unwrap();
    let running = queue.claim("w", CLIP, LONG).unwrap().unwrap();
    assert_eq!(place.redis.as_ref().unwrap().cli(&["FLUSHALL"]), "OK");
    assert_eq!(queue.renew((running.id, 1), "w", (0.5, ""), LONG).unwrap(), Lease::Lost);
    assert!(!queue.finish((running.id, 1)).unwrap());
    assert_eq!(queue.claim("w", CLIP, LONG).unwrap(), None);
    let new = queue.enqueue(&clip("new")).unwrap();
    assert!(new > running.id, "a number that somebody worked on is given again");
    assert_eq!(queue.claim("w", CLIP, LONG).unwrap().unwrap().payload, "new");
    assert!(!queue.finish((running.id, 1)).unwrap());
    assert_eq!(queue.job(new).unwrap().unwrap().state, JobState::Running);
}

#[test]
fn an_address_that_is_none_says_how_to_write_it() {
    let error = JobQueue::redis("localhost").err().unwrap();
    assert!(error.to_string().contains("redis://HOST:PORT"), "{error}");
}
