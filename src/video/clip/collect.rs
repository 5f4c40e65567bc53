//! Sees to it that each order of a clip has a job, and takes in the films that were made.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::job_of;
use super::marks::marks;
use crate::config::SettingsStore;
use crate::domain::{ClipKind, JobState, NewJob, RecordingState, Timestamp};
use crate::jobs::{Bell, JobQueue};
use crate::library::{ClipFolder, ClipOrder, FrameQuery, Library};
use crate::video::Parts;
use crate::video::collector::Collect;
use crate::video::exchange::Gate;

/// How long a clip waits for a recording that shows its event and has not ended.
const PATIENCE: Duration = Duration::from_mins(10);
/// Recordings of a camera that are looked at: those that began last.
const MOST_RECORDINGS: usize = 8;

/// Takes in clips.
pub(in crate::video) struct ClipCollect {
    library: Arc<Library>,
    settings: Arc<SettingsStore>,
    queue: JobQueue,
    bell: Bell,
    gate: Gate,
    /// Orders that are not over.
    waiting: Vec<ClipFolder>,
    /// Those of them that have a job.
    queued: HashSet<String>,
}

impl Collect for ClipCollect {
    fn often(&mut self) -> bool {
        if self.library.take_clips_changed() {
            self.waiting = ClipFolder::all(&self.library.save_dir());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting = waiting.into_iter().filter(|folder| self.look(folder).is_some()).collect();
        !self.queued.is_empty()
    }

    fn seldom(&mut self) {
        self.library.clips_changed();
        // Where the queue was emptied meanwhile, they are queued anew.
        self.queued.clear();
    }
}

impl ClipCollect {
    pub fn new(parts: &Parts, bell: Bell, gate: Gate) -> Self {
        let (library, settings) = (Arc::clone(&parts.library), Arc::clone(&parts.settings));
        Self { library, settings, queue: parts.queue.clone(), bell, gate, waiting: Vec::new(), queued: HashSet::new() }
    }

    /// Looks at one order; `None` when it is over.
    fn look(&mut self, folder: &ClipFolder) -> Option<()> {
        let order = match folder.order() {
            Ok(Some(order)) => order,
            Ok(None) if !folder.path().exists() => return None,
            // One without an order that can be read was never begun, unless it is being begun now.
            Ok(None) if rests(folder.path()) => return folder.remove().is_err().then_some(()),
            Ok(None) | Err(_) => return Some(()),
        };
        match folder.made() {
            Ok(Some(made)) => match self.library.take_clip(folder, &order, &made) {
                Ok(_) => {
                    self.queued.remove(&order.name());
                    return None;
                }
                Err(error) => tracing::warn!(%error, clip = order.name(), "a clip cannot be taken in yet"),
            },
            Ok(None) if order.to.is_some() && !self.queued.contains(&order.name()) => self.queue(folder, order),
            _ => {}
        }
        Some(())
    }

    fn queue(&mut self, folder: &ClipFolder, order: ClipOrder) {
        let (name, told_before) = (order.name(), order.of.is_some());
        let Some(order) = self.with_recording(order) else { return };
        let queued: Result<bool, String> = (|| {
            if order.of.is_some() && !told_before {
                folder.put_order(&order).map_err(|error| error.to_string())?;
            }
            if order.draw.any() && !folder.has_marks() {
                let settings = self.settings.get();
                let marks = marks(&self.library, settings.of_stream(&order.stream()), &order)?;
                folder.put_marks(&marks).map_err(|error| error.to_string())?;
            }
            let job = job_of(&order);
            Ok(self.gate.is_open(&job) && self.see_to(job).map(|()| true)?)
        })();
        match queued {
            // Its files are on their way to the workers; it is looked at again in a second.
            Ok(false) => {}
            Ok(true) => {
                self.queued.insert(name);
                self.bell.ring();
            }
            Err(error) => tracing::debug!(error, clip = name, "its job cannot be queued yet"),
        }
    }

    /// Queues its job, unless there is one. One that is done, and whose film is not there, is done again.
    fn see_to(&self, mut job: NewJob) -> Result<(), String> {
        for _ in 0..4 {
            let id = self.queue.enqueue(&job).map_err(|error| error.to_string())?;
            let known = self.queue.job(id).map_err(|error| error.to_string())?;
            if known.is_none_or(|known| known.state != JobState::Done) {
                break;
            }
            job.key = job.key.map(|key| format!("{key}:{id}"));
        }
        Ok(())
    }

    /// The order with the recording that shows its event, if there is one. `None`: it has not ended yet.
    fn with_recording(&self, order: ClipOrder) -> Option<ClipOrder> {
        let query = FrameQuery {
            user: Some(order.user.clone()),
            camera: Some(order.camera.clone()),
            to: Some(order.from.plus(Duration::from_millis(1))),
            limit: MOST_RECORDINGS,
            ..FrameQuery::default()
        };
        if order.of.is_some() || order.kind != ClipKind::Event {
            return Some(order);
        }
        let Ok((recordings, _)) = self.library.recordings(&query) else { return Some(order) };
        let to = order.to.unwrap_or(order.from);
        let now: Timestamp = SystemTime::now().into();
        let is_open = recordings.iter().any(|recording| recording.state == RecordingState::Open);
        if is_open && now.since(to) < PATIENCE {
            return None;
        }
        let shows = recordings.iter().find(|recording| {
            let lasts = Duration::from_millis(recording.duration_ms.unwrap_or_default());
            recording.state != RecordingState::Open && recording.started_at.plus(lasts) >= to
        });
        Some(match shows {
            Some(recording) => ClipOrder {
                of: Some(Library::recording_place(recording)),
                of_began_at: Some(recording.started_at),
                of_lasts_ms: recording.duration_ms,
                ..order
            },
            None => order,
        })
    }
}

/// Whether nothing was made in a folder for longer than it takes to write an order.
fn rests(folder: &Path) -> bool {
    let changed = std::fs::metadata(folder).and_then(|meta| meta.modified()).ok();
    changed.and_then(|at| at.elapsed().ok()).is_some_and(|rests| rests > Duration::from_mins(1))
}
