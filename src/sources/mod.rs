//! Where pictures come from: webcam, file, demo scene.
//!
//! A source runs in a thread of its own and gives pictures to a [`Sink`]. It knows nothing of streams, motion or disks,
//! and never decodes what a camera compressed.

mod demo;
pub mod files;
mod playback;
mod thread;
mod webcam;

use std::time::Duration;

use crate::domain::{BlindReason, CameraChoice, Picture, Timestamp};

pub use files::{FileError, FileInfo, FileReader};
use thread::SourceThread;

/// Receives what a source gives. Called on the source's thread; must not wait.
///
/// A source is blind from the start. The first picture after [`Sink::blind`] ends the blindness.
pub trait Sink: Send + 'static {
    /// It is open and will give pictures. Called before the first of them, and again before the first one after each
    /// [`Sink::blind`]: another camera or another format may have been found.
    fn opened(&mut self, info: &SourceInfo);
    /// One picture and when it was seen.
    fn picture(&mut self, picture: Picture, at: Timestamp);
    /// It gives none now, and why; told once for each new reason. The source goes on trying, and nothing comes only after
    /// [`BlindReason::Stopped`], or a [`BlindReason::Other`] that asks to start it again. A source that [`Source::stop`]
    /// left behind says nothing at all any more.
    fn blind(&mut self, reason: BlindReason);
}

/// What was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// For people: "HD Webcam", "demo scene", "traffic.mp4".
    pub name: String,
    /// Width of its pictures in pixels.
    pub width: u32,
    /// Height of its pictures in pixels.
    pub height: u32,
    /// Frames a second as promised; 0 when it promises nothing.
    pub fps: f32,
    /// "MJPEG", "YUYV", "file" …
    pub format: String,
}

/// A webcam that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webcam {
    /// Its number: `/dev/video2` is 2. May change when it is plugged in again.
    pub index: u32,
    /// Its name, which stays the same wherever it is plugged in. Two cameras of one make share it.
    pub name: String,
}

/// A running source. Dropping it tells it to stop without waiting for it.
pub struct Source {
    thread: Option<SourceThread>,
}

impl Source {
    /// Starts the source. `CameraChoice::None` is the caller's mistake and gives a source that is `Stopped`.
    #[must_use]
    pub fn start(choice: &CameraChoice, sink: Box<dyn Sink>) -> Self {
        let thread = match choice.clone() {
            CameraChoice::None => {
                let mut sink = sink;
                sink.blind(BlindReason::Stopped);
                None
            }
            CameraChoice::Demo => SourceThread::start("demo camera", sink, demo::run),
            CameraChoice::File(path) => {
                SourceThread::start("file camera", sink, move |sink, stop| playback::run(&path, sink, stop))
            }
            choice => SourceThread::start("webcam", sink, move |sink, stop| webcam::run(choice, sink, stop)),
        };
        Self { thread }
    }

    /// Stops it. `false`: its thread did not end in time and was left behind.
    #[must_use]
    pub fn stop(self, deadline: Duration) -> bool {
        self.thread.is_none_or(|thread| thread.stop(deadline))
    }
}

/// Webcams there are now, without metadata nodes, in order of their number. Asks the system: not for the UI thread.
#[must_use]
pub fn webcams() -> Vec<Webcam> {
    webcam::list()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::sources::thread::tests::{Heard, Notebook};

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn no_camera_is_stopped_from_the_beginning() {
        let notebook = Notebook::default();
        let source = Source::start(&CameraChoice::None, Box::new(notebook.clone()));
        assert_eq!(notebook.blind(), [BlindReason::Stopped]);
        assert!(source.stop(Duration::ZERO));
    }

    #[test]
    fn the_demo_camera_says_what_it_is_gives_pictures_and_stops() {
        let notebook = Notebook::default();
        let source = Source::start(&CameraChoice::Demo, Box::new(notebook.clone()));
        let begin = Instant::now();
        while notebook.heard().len() < 5 && begin.elapsed() < LONG {
            std::thread::yield_now();
        }
        assert!(source.stop(LONG));
        let heard = notebook.heard();
        assert!(
            matches!(&heard[..2], [Heard::Blind(BlindReason::Starting), Heard::Opened(info)] if info.name == "demo scene")
        );
        assert!(matches!(&heard[2], Heard::Picture(picture) if picture.bytes().len() == 640 * 480 * 3));
        assert!(matches!(heard.last(), Some(Heard::Blind(BlindReason::Stopped))));
    }
}
