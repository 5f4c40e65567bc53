//! What a job about a recording says: where its file lies, what its sender told of it, and how motion is looked for. A worker
//! on another machine has no settings and no index.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::SettingsStore;
use crate::domain::{
    EventSettings, JobKind, MotionSettings, NewJob, Recording, RecordingId, RecordingState, StreamId, Timestamp,
};
use crate::jobs::Bell;
use crate::library::RecordingJobs;

/// How often a recording is tried. What is no video fails for good at once; of the others each attempt may be one in which the
/// computer was switched off.
const ATTEMPTS: u32 = 8;

/// The payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::video) struct Task {
    pub recording: RecordingId,
    /// Its place below the save folder.
    pub file: String,
    #[serde(flatten)]
    pub stream: StreamId,
    pub started_at: Timestamp,
    /// How long its sender recorded, if it told.
    pub told_ms: Option<u64>,
    /// How motion is looked for; none when the settings were too many to go along.
    pub look: Option<Look>,
}

/// The settings of a stream that tell motion from stillness.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::video) struct Look {
    pub motion: MotionSettings,
    pub event: EventSettings,
}

impl Task {
    fn of(recording: &Recording, file: &str, look: Look) -> Self {
        Self {
            recording: recording.id,
            file: file.to_owned(),
            stream: recording.stream.clone(),
            started_at: recording.started_at,
            told_ms: recording.duration_ms,
            look: Some(look),
        }
    }

    fn payload(&self) -> String {
        // Names and numbers always become JSON; a payload that is none is told by the handler.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Makes jobs of recordings.
#[derive(Clone)]
pub(in crate::video) struct Tasks {
    pub settings: Arc<SettingsStore>,
    pub bell: Bell,
}

impl RecordingJobs for Tasks {
    fn job_of(&self, recording: &Recording, file: &str) -> Option<NewJob> {
        if recording.bytes == 0 || recording.state == RecordingState::Open {
            return None;
        }
        let settings = self.settings.get();
        let own = settings.of_stream(&recording.stream);
        let mut task = Task::of(recording, file, Look { motion: own.motion.clone(), event: own.event.clone() });
        let mut payload = task.payload();
        if payload.len() > NewJob::MOST_PAYLOAD_BYTES {
            task.look = None;
            payload = task.payload();
        }
        // One that goes on after it was abandoned has more bytes, and is another job.
        let key = Some(format!("recording:{}:{}", recording.id, recording.bytes));
        Some(NewJob { key, most_attempts: ATTEMPTS, ..NewJob::new(JobKind::Recording, payload) })
    }

    fn queued(&self) {
        self.bell.ring();
    }
}
