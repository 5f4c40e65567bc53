//! Jobs on their way to a Redis that is away, or that forgets all it was told.

use framekeep::jobs::JobQueue;
use framekeep::video::Tools;

use crate::films::{SHORT, film};
use crate::places::Redis;
use crate::studio::{Studio, until};

#[test]
fn what_is_recorded_while_redis_is_down_is_made_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(folder.path());
    let queue = JobQueue::redis(&redis.url()).unwrap();
    redis.kill();
    let studio = Studio::with(Tools::default(), Some(queue));
    let recording = studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    let [(_, job)] = &studio.library.outbox(10).unwrap()[..] else { panic!("the job waits in the index") };
    assert!(job.payload.contains(&recording.id.to_string()), "{}", job.payload);
    redis.restart();
    studio.made(&recording);
    assert!(studio.library.outbox(10).unwrap().is_empty(), "it is in one queue, not in two");
    assert_eq!(studio.jobs().len(), 1);
}

#[test]
fn a_redis_that_was_flushed_loses_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Redis::start(folder.path());
    let queue = JobQueue::redis(&redis.url()).unwrap();
    let mut studio = Studio::idle(Some(queue.clone()));
    studio.start_without_workers();
    let recordings: Vec<_> =
        (0..3).map(|number| studio.record(&number.to_string(), &film(SHORT), SHORT.media_type, 2000)).collect();
    until("all jobs are in Redis", || studio.jobs().len() == 3 && studio.library.outbox(10).unwrap().is_empty());
    redis.cli(&["FLUSHALL"]);
    assert_eq!(studio.jobs().len(), 0);
    // Starting looks at everything, as every minute does.
    studio.stop();
    studio.start(Tools::default());
    for recording in &recordings {
        studio.made(recording);
    }
    assert_eq!(studio.jobs().len(), 3);
}
