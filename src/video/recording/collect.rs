//! Takes in what was made of recordings, and sees to it that each has a job that needs one.

use std::sync::Arc;

use crate::domain::{JobState, MadeVideo, NewJob, Recording};
use crate::jobs::{JobError, JobQueue};
use crate::library::{FACTS, Library, LibraryError, RecordingJobs, made_folder, made_video};
use crate::video::Files;
use crate::video::collector::Collect;
use crate::video::exchange::Gate;
use crate::video::recording::Tasks;

/// Recordings that are looked at in one go.
const AT_ONCE: usize = 500;
/// How often a job is queued anew whose work was done and is gone.
const MOST_AGAIN: u32 = 8;

/// Takes in what is made of recordings.
pub(in crate::video) struct RecordingCollect {
    pub files: Files,
    pub library: Arc<Library>,
    pub queue: JobQueue,
    pub gate: Gate,
    pub tasks: Tasks,
}

impl Collect for RecordingCollect {
    fn often(&mut self) -> bool {
        self.library.end_own_again();
        let Ok(waiting) = self.library.unmade_recordings(AT_ONCE) else { return false };
        for (recording, _) in &waiting {
            if let Some(made) = self.made_of(recording) {
                report("what was made of a recording cannot be noted", self.library.take_made(&made).map(drop));
            }
        }
        !waiting.is_empty()
    }

    fn seldom(&mut self) {
        let Ok(waiting) = self.library.unmade_recordings(AT_ONCE) else { return };
        let without = waiting.iter().filter(|(recording, _)| self.made_of(recording).is_none());
        for (recording, file) in without {
            // One whose file is gone is the business of `framekeep library verify`.
            if self.files.fetch(file, &|| false).is_ok()
                && let Some(job) = self.tasks.job_of(recording, file)
                && self.gate.is_open(&job)
                && let Err(error) = self.see_to(&job)
            {
                tracing::debug!(%error, recording = %recording.id, "it cannot be seen whether it has a job");
                break;
            }
        }
        report("what was made of nothing cannot be removed", self.library.remove_made_of_nothing());
    }
}

impl RecordingCollect {
    /// What was made of a recording as it is now, as far as it is whole.
    fn made_of(&self, recording: &Recording) -> Option<MadeVideo> {
        let folder = made_folder(recording.id);
        let made: MadeVideo =
            serde_json::from_slice(&self.files.read(&format!("{folder}/{FACTS}"), &|| false)?).ok()?;
        let is_there = self.files.fetch(&format!("{folder}/{}", made_video(&made)), &|| false).is_ok();
        (is_there && made.recording == recording.id && made.of_bytes == recording.bytes).then_some(made)
    }

    /// Queues a job that nobody knows any more: its queue was emptied, or the program that should have queued it was killed.
    /// One that is done, and whose work is not there, is done again. One that failed is left to the operator.
    fn see_to(&self, job: &NewJob) -> Result<(), JobError> {
        let mut job = job.clone();
        for _ in 0..MOST_AGAIN {
            let id = self.queue.enqueue(&job)?;
            if self.queue.job(id)?.is_none_or(|known| known.state != JobState::Done) {
                break;
            }
            job.key = job.key.map(|key| format!("{key}:{id}"));
        }
        Ok(())
    }
}

fn report(what: &str, result: Result<(), LibraryError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what}");
    }
}
