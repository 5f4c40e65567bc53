//! Clips: films of events, made of the frames that were spooled for them or of a recording that shows them, and time-lapses of
//! kept frames.
//!
//! What is wanted, and what was made of it, lies in one folder for each clip; nothing depends on a message.

mod collect;
mod film;
mod kept;
mod select;
mod spooled;

use serde::{Deserialize, Serialize};

pub(super) use collect::ClipCollect;

use crate::domain::{ClipKind, Job, JobKind, NewJob, Priority};
use crate::jobs::{Attempt, Failure, Handler};
use crate::library::{ClipFolder, ClipMade, ClipOrder};
use crate::video::{Files, FilesError, Tools};
use film::Reel;

/// What a job says: the name of the order. All else stands in its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Task {
    clip: String,
}

/// The job of an order.
fn job_of(order: &ClipOrder) -> NewJob {
    let kind = match order.kind {
        ClipKind::Event => JobKind::Clip,
        ClipKind::Timelapse => JobKind::Timelapse,
    };
    // A name always becomes JSON.
    let payload = serde_json::to_string(&Task { clip: order.name() }).unwrap_or_default();
    // For a time-lapse somebody waits.
    let priority = if kind == JobKind::Timelapse { Priority::High } else { Priority::Normal };
    NewJob { key: Some(format!("clip:{}", order.name())), priority, ..NewJob::new(kind, payload) }
}

/// Does jobs about clips.
pub(super) struct ClipHandler {
    pub files: Files,
    pub tools: Tools,
}

impl Handler for ClipHandler {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Clip, JobKind::Timelapse]
    }

    fn run(&self, job: &Job, attempt: &Attempt) -> Result<(), Failure> {
        let task: Task = serde_json::from_str(&job.payload)
            .map_err(|error| Failure::lasting(format!("what the job is about is not understood: {error}")))?;
        let place = ClipFolder::place_of(&task.clip)
            .ok_or_else(|| Failure::lasting(format!("the job names {:?}, which is no clip", task.clip)))?;
        let name = |file: &str| format!("{place}/{file}");
        let order: ClipOrder = match self.files.fetch(&name(ClipFolder::ORDER)) {
            // The film was taken in, or nobody wants it any more.
            Err(FilesError::Gone(_)) => return Ok(()),
            fetched => {
                let text = std::fs::read(fetched?).map_err(|error| Failure::passing(error.to_string()))?;
                serde_json::from_slice(&text)
                    .map_err(|error| Failure::lasting(format!("the order of the clip is not understood: {error}")))?
            }
        };
        if self.files.read(&name(ClipFolder::MADE)).is_some() {
            return Ok(());
        }
        let work = self.files.workplace(job)?;
        let film = work.path(ClipFolder::FILM);
        let made = match order.kind {
            ClipKind::Event => self.event(&order, &name(ClipFolder::FRAMES), &film, attempt)?,
            ClipKind::Timelapse => {
                let mut reel = kept::reel(&self.files, &order)?;
                film::make(&self.tools, &mut reel, &film, attempt)?
            }
        };
        attempt.tell(0.99, "putting it in its place");
        if made.frames > 0 {
            self.files.publish_file(&film, &name(ClipFolder::FILM))?;
        }
        let facts = work.path(ClipFolder::MADE);
        let text = serde_json::to_vec(&made).map_err(|error| Failure::lasting(error.to_string()))?;
        std::fs::write(&facts, text).map_err(|error| Failure::passing(format!("it cannot be written: {error}")))?;
        Ok(self.files.publish_file(&facts, &name(ClipFolder::MADE))?)
    }
}

impl ClipHandler {
    /// A recording shows the event with its sound; where there is none, the frames that were spooled do.
    fn event(
        &self,
        order: &ClipOrder,
        frames: &str,
        film: &std::path::Path,
        attempt: &Attempt,
    ) -> Result<ClipMade, Failure> {
        if let Some(of) = &order.of
            && let Ok(recording) = self.files.fetch(of)
        {
            match film::cut(&self.tools, &recording, order, film, attempt) {
                Err(failure) if failure.passes => return Err(failure),
                // What cannot be read of the recording is there as frames.
                Err(failure) => tracing::info!(%failure, clip = order.name(), "it is made of its frames"),
                made => return made,
            }
        }
        let mut reel = match self.files.fetch(frames) {
            Err(FilesError::Gone(_)) => Reel::default(),
            fetched => spooled::reel(&fetched?, order)?,
        };
        film::make(&self.tools, &mut reel, film, attempt)
    }
}
