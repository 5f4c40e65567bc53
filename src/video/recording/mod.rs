//! What becomes of a recording: a file that can be sought in, a strip of small pictures, and where something moves.
//!
//! The recording itself is never touched. What is made of it is a folder that appears in one step, whole or not at all.

mod collect;
mod film;
mod task;
mod watch;

use std::time::Duration;

pub(super) use collect::RecordingCollect;
pub(super) use task::{Task, Tasks};

use crate::domain::{Job, JobKind, MadeVideo, Missing};
use crate::jobs::{Attempt, Failure, Handler};
use crate::library::{FACTS, STRIP, made_folder, made_video};
use crate::store::Stop;
use crate::video::{Files, FilesError, Tools, files};

/// Does jobs about recordings.
pub(super) struct RecordingHandler {
    pub files: Files,
    pub tools: Tools,
}

impl Handler for RecordingHandler {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Recording]
    }

    fn run(&self, job: &Job, attempt: &Attempt) -> Result<(), Failure> {
        let task: Task = serde_json::from_str(&job.payload)
            .map_err(|error| Failure::lasting(format!("what the job is about is not understood: {error}")))?;
        let stopped = || attempt.is_over();
        // Deleted, or it goes on: then there is another job at its end. From a store it goes when it was made by another worker.
        let gone = || {
            attempt.tell(1.0, "the recording is not there any more");
            Ok(())
        };
        let of_bytes = match self.files.size(&task.file, &stopped) {
            Err(FilesError::Gone(_)) => return gone(),
            size => size?,
        };
        if self.known(&task, &stopped).is_some_and(|made| made.of_bytes == of_bytes) {
            return Ok(());
        }
        if of_bytes == 0 {
            return Err(Failure::lasting("the recording is empty: 0 bytes"));
        }
        attempt.tell(0.0, "fetching the recording");
        let original = match self.files.fetch(&task.file, &stopped) {
            Err(FilesError::Gone(_)) => return gone(),
            fetched => fetched?,
        };
        let work = self.files.workplace(job)?;
        let path = |format: crate::domain::VideoFormat| work.path(&format!("video.{}", format.extension()));
        let told = task.told_ms.map(Duration::from_millis).filter(|told| !told.is_zero());
        let film = film::make(&self.tools, &original, path, told, attempt)?;
        let video = path(film.format);
        let lasts = film.facts.duration.unwrap_or_default();
        let look = task.look.clone().unwrap_or_default();
        let mut missing = film.missing;
        let is_damage = |missing: &Missing| matches!(missing, Missing::Damaged { .. });
        let is_damaged = missing.iter().any(is_damage);
        let seen = watch::watch(&self.tools, &video, (lasts, is_damaged), &look, attempt)?;
        // Of a damage that is known the decoder complains as well.
        missing.extend(seen.missing.into_iter().filter(|more| !(is_damaged && is_damage(more))));
        if task.look.is_none() {
            missing.push(Missing::Settings);
        }
        let made = MadeVideo {
            recording: task.recording,
            of_bytes,
            format: film.format,
            bytes: std::fs::metadata(&video).map_err(|error| Failure::passing(error.to_string()))?.len(),
            duration_ms: u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX),
            frames: film.facts.video.as_ref().and_then(|video| video.packets).unwrap_or(seen.frames),
            width: seen.width,
            height: seen.height,
            has_sound: film.facts.sound.is_some(),
            is_copy: film.is_copy,
            missing,
            strip: seen.strip.as_ref().map(|(strip, _)| *strip),
            events: seen.events,
        };
        attempt.tell(0.99, "putting it in its place");
        let write = |name: &str, bytes: &[u8]| std::fs::write(work.path(name), bytes);
        let written = (|| {
            if let Some((_, jpeg)) = &seen.strip {
                write(STRIP, jpeg)?;
            }
            write(FACTS, &serde_json::to_vec_pretty(&made)?)
        })();
        written.map_err(|error: std::io::Error| files::unwritten(&error))?;
        Ok(self.files.publish_folder(work, &made_folder(task.recording), FACTS, &stopped)?)
    }
}

impl RecordingHandler {
    /// What was made of it before, by an attempt whose end nobody heard.
    fn known(&self, task: &Task, stop: Stop) -> Option<MadeVideo> {
        let folder = made_folder(task.recording);
        let made: MadeVideo = serde_json::from_slice(&self.files.read(&format!("{folder}/{FACTS}"), stop)?).ok()?;
        let bytes = self.files.size(&format!("{folder}/{}", made_video(&made)), stop).ok()?;
        (bytes == made.bytes).then_some(made)
    }
}

/// A share of one step as a share of all: from `first` to `last`.
fn span(first: f32, last: f32, share: f32) -> f32 {
    first + (last - first) * share.clamp(0.0, 1.0)
}
