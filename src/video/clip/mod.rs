//! Clips: films of events, made of the frames that were spooled for them or of a recording that shows them, time-lapses of kept
//! frames, selections of them, the masks of a video, and clips with something drawn on them.
//!
//! What is wanted, and what was made of it, lies in one folder for each clip; nothing depends on a message.

mod collect;
mod encoder;
mod film;
mod kept;
mod look;
mod marks;
mod overlay;
mod select;
mod spooled;

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(super) use collect::ClipCollect;
pub(super) use kept::KeptFrames;

use crate::domain::{ClipKind, Job, JobKind, NewJob, Priority};
use crate::jobs::{Attempt, Cause, Failure, Handler};
use crate::library::{ClipFolder, ClipMade, ClipMarks, ClipOrder};
use crate::video::files::{Fetched, Workplace};
use crate::video::{Files, FilesError, Tools, files};
use film::Reel;
use overlay::Overlay;

/// What a job says: the name of the order. All else stands in its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    pub clip: String,
}

/// The job of an order.
fn job_of(order: &ClipOrder) -> NewJob {
    let kind = match order.kind {
        ClipKind::Event | ClipKind::Drawn => JobKind::Clip,
        ClipKind::Timelapse | ClipKind::Selection => JobKind::Timelapse,
        ClipKind::Mask => JobKind::Mask,
    };
    // A name always becomes JSON.
    let payload = serde_json::to_string(&Task { clip: order.name() }).unwrap_or_default();
    // For what was ordered somebody waits.
    let priority = if order.kind == ClipKind::Event { Priority::Normal } else { Priority::High };
    NewJob { key: Some(format!("clip:{}", order.name())), priority, ..NewJob::new(kind, payload) }
}

/// Does jobs about clips.
pub(super) struct ClipHandler {
    pub files: Files,
    pub tools: Tools,
}

impl Handler for ClipHandler {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Clip, JobKind::Timelapse, JobKind::Mask]
    }

    fn run(&self, job: &Job, attempt: &Attempt) -> Result<(), Failure> {
        let task: Task = serde_json::from_str(&job.payload)
            .map_err(|error| Failure::lasting(format!("what the job is about is not understood: {error}")))?;
        let place = ClipFolder::place_of(&task.clip)
            .ok_or_else(|| Failure::lasting(format!("the job names {:?}, which is no clip", task.clip)))?;
        let name = |file: &str| format!("{place}/{file}");
        let stopped = || attempt.is_over();
        // The film was taken in, or nobody wants it any more.
        let Some(order) = self.fetched::<ClipOrder>(&name(ClipFolder::ORDER), attempt)? else { return Ok(()) };
        if self.files.size(&name(ClipFolder::MADE), &stopped).is_ok() {
            return Ok(());
        }
        let work = self.files.workplace(job)?;
        let marks = if order.draw.any() { self.fetched::<ClipMarks>(&name(ClipFolder::MARKS), attempt)? } else { None };
        let overlay = marks.and_then(|marks| Overlay::new(order.draw, marks));
        let film = work.path(ClipFolder::FILM);
        let made = match order.kind {
            ClipKind::Event => self.event(&order, &name(ClipFolder::FRAMES), overlay, &work, attempt)?,
            ClipKind::Mask => self.mask(&order, &film, attempt)?,
            ClipKind::Drawn => self.drawn(&order, overlay, &film, attempt)?,
            ClipKind::Timelapse | ClipKind::Selection => {
                let (reel, _fetched) = self.kept(&order, &name(ClipFolder::FRAMES), attempt)?;
                film::make(&self.tools, &reel, overlay, &film, attempt)?
            }
        };
        attempt.tell(0.99, "putting it in its place");
        if made.frames > 0 {
            self.files.publish_file(&film, &name(ClipFolder::FILM), &stopped)?;
        }
        let facts = work.path(ClipFolder::MADE);
        let text = serde_json::to_vec(&made).map_err(|error| Failure::lasting(error.to_string()))?;
        std::fs::write(&facts, text).map_err(|error| files::unwritten(&error))?;
        Ok(self.files.publish_file(&facts, &name(ClipFolder::MADE), &stopped)?)
    }
}

impl ClipHandler {
    /// A recording shows the event with its sound; where there is none, the frames that were spooled do.
    fn event(
        &self,
        order: &ClipOrder,
        frames: &str,
        overlay: Option<Overlay>,
        work: &Workplace,
        attempt: &Attempt,
    ) -> Result<ClipMade, Failure> {
        let (film, plain) = (work.path(ClipFolder::FILM), work.path("plain.mp4"));
        let recording = match order.of.as_deref().map(|of| self.files.fetch(of, &|| attempt.is_over())) {
            None | Some(Err(FilesError::Gone(_))) => None,
            Some(fetched) => Some(fetched?),
        };
        if let Some(recording) = recording {
            let to = if overlay.is_some() { &plain } else { &film };
            match (film::cut(&self.tools, &recording, order, to, attempt), overlay) {
                (Err(failure), _) if failure.cause != Cause::Job => return Err(failure),
                (Ok(cut), Some(overlay)) => {
                    return film::draw_on(&self.tools, &plain, cut.started_at, overlay, &film, attempt);
                }
                (Ok(cut), None) => return Ok(cut),
                // What cannot be read of the recording is there as frames.
                (Err(failure), overlay) => {
                    tracing::info!(%failure, clip = order.name(), "it is made of its frames");
                    return self.spooled(order, frames, overlay, &film, attempt);
                }
            }
        }
        self.spooled(order, frames, overlay, &film, attempt)
    }

    fn spooled(
        &self,
        order: &ClipOrder,
        frames: &str,
        overlay: Option<Overlay>,
        film: &Path,
        attempt: &Attempt,
    ) -> Result<ClipMade, Failure> {
        match self.files.fetch(frames, &|| attempt.is_over()) {
            Err(FilesError::Gone(_)) => film::make(&self.tools, &Reel::default(), overlay, film, attempt),
            fetched => {
                let frames = fetched?;
                film::make(&self.tools, &spooled::reel(&frames, order)?, overlay, film, attempt)
            }
        }
    }

    /// Kept frames: where they lie, or in the file that their owner made of them for a store.
    fn kept(&self, order: &ClipOrder, frames: &str, attempt: &Attempt) -> Result<(Reel, Option<Fetched>), Failure> {
        if let Some(folder) = self.files.folder() {
            return Ok((kept::reel(&folder, order)?, None));
        }
        match self.files.fetch(frames, &|| attempt.is_over()) {
            Err(FilesError::Gone(_)) => Ok((Reel::default(), None)),
            fetched => {
                let fetched = fetched?;
                Ok((spooled::timelapse(&fetched, order)?, Some(fetched)))
            }
        }
    }

    fn mask(&self, order: &ClipOrder, film: &Path, attempt: &Attempt) -> Result<ClipMade, Failure> {
        let of = order.of.as_deref().ok_or_else(|| Failure::lasting("the order names no video"))?;
        look::mask(&self.tools, &self.files.fetch(of, &|| attempt.is_over())?, order, film, attempt)
    }

    /// A clip that was made, with something drawn on it.
    fn drawn(
        &self,
        order: &ClipOrder,
        overlay: Option<Overlay>,
        film: &Path,
        attempt: &Attempt,
    ) -> Result<ClipMade, Failure> {
        let of = order.of.as_deref().ok_or_else(|| Failure::lasting("the order names no clip"))?;
        let overlay = overlay.ok_or_else(|| Failure::lasting("the order does not say what to draw"))?;
        let clip = self.files.fetch(of, &|| attempt.is_over())?;
        film::draw_on(&self.tools, &clip, order.from, overlay, film, attempt)
    }

    /// What a file of the order says; nothing when it is gone.
    fn fetched<T: DeserializeOwned>(&self, name: &str, attempt: &Attempt) -> Result<Option<T>, Failure> {
        let path = match self.files.fetch(name, &|| attempt.is_over()) {
            Err(FilesError::Gone(_)) => return Ok(None),
            fetched => fetched?,
        };
        let text = std::fs::read(&*path).map_err(|error| Failure::passing(error.to_string()))?;
        let read = serde_json::from_slice(&text);
        read.map(Some).map_err(|error| Failure::lasting(format!("{name} is not understood: {error}")))
    }
}
