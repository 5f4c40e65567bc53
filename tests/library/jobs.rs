//! Jobs that a program before this one had begun.

use std::time::Duration;

use framekeep::domain::{JobKind, JobState, NewJob, Timestamp};

use crate::fixture::Fixture;

const LEASE: Duration = Duration::from_secs(20);

#[test]
fn a_program_that_ends_again_and_again_waits_longer_each_time_and_gives_a_job_up_late() {
    let fixture = Fixture::new();
    let jobs = fixture.library.jobs();
    let mut now = Timestamp::from_millis(1_790_000_000_000);
    let id = jobs.enqueue(&NewJob::new(JobKind::Clip, "{}".to_owned()), now).unwrap();
    let mut pauses = Vec::new();
    while let Some(begun) = jobs.claim("here", &JobKind::ALL, LEASE, now).unwrap() {
        jobs.release(LEASE, now).unwrap();
        let mut pause = 0;
        while jobs.job(id).unwrap().unwrap().state == JobState::Waiting && jobs.job(id).unwrap().unwrap().run_at > now {
            now = now.plus(Duration::from_secs(1));
            pause += 1;
        }
        assert_eq!(begun.attempts as usize, pauses.len() + 1);
        pauses.push(pause);
    }
    assert_eq!(pauses[..10], [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    let dead = jobs.job(id).unwrap().unwrap();
    assert_eq!((dead.state, dead.attempts), (JobState::Dead, 20));
    assert!(dead.log.contains("attempt 3: the program ended in the middle of it"), "{}", dead.log);
}

#[test]
fn one_that_was_to_be_cancelled_is_not_begun_again() {
    let fixture = Fixture::new();
    let jobs = fixture.library.jobs();
    let now = Timestamp::from_millis(1_790_000_000_000);
    let id = jobs.enqueue(&NewJob::new(JobKind::Clip, "{}".to_owned()), now).unwrap();
    jobs.claim("here", &JobKind::ALL, LEASE, now).unwrap().unwrap();
    assert!(jobs.cancel(id, now).unwrap());
    jobs.release(LEASE, now).unwrap();
    assert_eq!(jobs.claim("here", &JobKind::ALL, LEASE, now).unwrap(), None);
    assert_eq!(jobs.job(id).unwrap().unwrap().state, JobState::Cancelled);
}
