//! The local camera: started, stopped and exchanged as the operator wishes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::bus::Latest;
use crate::domain::{BlindReason, CameraChoice, CameraName, StreamId, UserName};
use crate::intake::Catch;
use crate::pipeline::Pipeline;
use crate::sources::{Source, SourceInfo};

/// How long a source may take to stop before it is left behind.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// The local camera and what runs for it.
pub(super) struct Local {
    pipeline: Arc<Pipeline>,
    latest: Latest,
    running: Option<Source>,
    info: Arc<Mutex<Option<SourceInfo>>>,
    stream: StreamId,
}

impl Local {
    /// Not running yet.
    pub(super) fn new(user: &UserName, choice: &CameraChoice, pipeline: Arc<Pipeline>, latest: Latest) -> Self {
        let stream = stream_of(user, choice);
        Self { pipeline, latest, running: None, info: Arc::default(), stream }
    }

    /// Starts the chosen camera in the place of what runs.
    pub(super) fn start(&mut self, user: &UserName, choice: &CameraChoice) {
        self.stop();
        let stream = stream_of(user, choice);
        if stream != self.stream {
            self.latest.forget(&self.stream);
            self.stream = stream;
        }
        if *choice == CameraChoice::None {
            self.latest.forget(&self.stream);
            return;
        }
        self.latest.appears(&self.stream);
        self.say(BlindReason::Starting);
        let catch =
            Catch::new(self.stream.clone(), Arc::clone(&self.pipeline), self.latest.clone(), Arc::clone(&self.info));
        self.running = Some(Source::start(choice, Box::new(catch)));
    }

    /// Stops what runs; its event ends and its background is forgotten.
    pub(super) fn stop(&mut self) {
        if let Some(source) = self.running.take() {
            if !source.stop(STOP_DEADLINE) {
                tracing::warn!(stream = %self.stream, "the camera's thread did not end in time and was left behind");
            }
            self.pipeline.close(&self.stream);
            *self.info.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.say(BlindReason::Stopped);
        }
    }

    /// Whether a camera is to give frames.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// What is open, while it is.
    pub(super) fn info(&self) -> Option<SourceInfo> {
        self.info.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The stream that it gives, or would give.
    pub(super) fn stream(&self) -> &StreamId {
        &self.stream
    }

    fn say(&self, reason: BlindReason) {
        self.latest.went_blind(&self.stream, SystemTime::now().into(), reason);
    }
}

/// A webcam, the demo scene and a file are three cameras, each with frames of its own.
fn stream_of(user: &UserName, choice: &CameraChoice) -> StreamId {
    let fixed = |name: &str| CameraName::new(name).expect("a plain word is a name");
    let camera = match choice {
        CameraChoice::Auto | CameraChoice::None | CameraChoice::Index(_) | CameraChoice::Named(_) => fixed("webcam"),
        CameraChoice::Demo => fixed("demo"),
        CameraChoice::File(path) => path
            .file_stem()
            .and_then(|stem| CameraName::new(&stem.to_string_lossy()).ok())
            .unwrap_or_else(|| fixed("file")),
    };
    StreamId { user: user.clone(), camera }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_camera_under_its_own_name_where_that_is_one() {
        let user = UserName::new("anna").unwrap();
        let name = |path: &str| stream_of(&user, &CameraChoice::File(path.into())).camera.to_string();
        assert_eq!(name("clips/traffic_camera.mp4"), "traffic_camera");
        assert_eq!(name("clips/???.mp4"), "file");
        assert_eq!(stream_of(&user, &CameraChoice::Index(2)).camera.as_str(), "webcam");
    }
}
