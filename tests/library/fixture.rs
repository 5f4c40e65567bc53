//! A library in a folder of its own, and frames to keep in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use framekeep::bus::{Bus, Listener, Problem, ProblemKind, Problems};
use framekeep::codec;
use framekeep::domain::{EventId, Frame, Picture, PictureFormat, RgbPicture, SavedFrame, StreamId, Timestamp};
use framekeep::library::{FrameQuery, Library, SaveError, SaveRequest};
use tempfile::TempDir;

/// 2025-11-21 08:01:01.042 UTC.
pub const MORNING: i64 = 1_763_712_061_042;
/// Longest time that a condition may take to come true.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Fixture {
    pub root: TempDir,
    pub library: Library,
    pub problems: Problems,
    pub listener: Listener,
}

impl Fixture {
    pub fn new() -> Self {
        Self::reopen(tempfile::tempdir().unwrap())
    }

    /// The library in a folder that is there already.
    pub fn reopen(root: TempDir) -> Self {
        let bus = Bus::default();
        let (listener, problems) = (bus.listen(), Problems::new(bus.clone()));
        let library =
            Library::open(&root.path().join("saves"), &root.path().join("spool"), bus, problems.clone()).unwrap();
        Self { root, library, problems, listener }
    }

    /// Closes the library and gives its folder.
    pub fn close(self) -> TempDir {
        assert!(self.library.stop(PATIENCE), "the library did not stop");
        self.root
    }

    /// Takes the save folder away in one step, as the library may write into it at any moment.
    pub fn unplug(&self) {
        std::fs::rename(self.dir(), tempfile::tempdir_in(self.root.path()).unwrap().keep().join("away")).unwrap();
    }

    pub fn dir(&self) -> PathBuf {
        self.root.path().join("saves")
    }

    pub fn spool(&self) -> PathBuf {
        self.root.path().join("spool")
    }

    /// Keeps a frame and waits for the answer.
    pub fn keep(&self, frame: Frame) -> Result<SavedFrame, SaveError> {
        let answer = self.hand_in(frame, 0.25, None);
        answer.recv_timeout(PATIENCE).expect("no answer")
    }

    /// Hands in a frame; the answer comes later.
    pub fn hand_in(&self, frame: Frame, score: f32, event: Option<EventId>) -> Receiver<Result<SavedFrame, SaveError>> {
        let (send, answer) = unbounded();
        let done = Box::new(move |result| send.send(result).unwrap());
        let mut request = SaveRequest { preview: preview(), frame: Arc::new(frame), score, event, peak: false, done };
        let begin = Instant::now();
        while let Err(back) = self.library.save(request) {
            assert!(begin.elapsed() < PATIENCE, "the library takes no frames");
            std::thread::yield_now();
            request = back;
        }
        answer
    }

    pub fn all(&self) -> Vec<SavedFrame> {
        self.library.frames(&FrameQuery { limit: 500, ..FrameQuery::default() }).unwrap().frames
    }

    pub fn problem(&self, kind: ProblemKind) -> Option<Problem> {
        self.problems.list().into_iter().find(|problem| problem.kind == kind)
    }
}

/// Waits until something is so.
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn stream(user: &str, camera: &str) -> StreamId {
    StreamId { user: user.parse().unwrap(), camera: camera.parse().unwrap() }
}

/// A frame of Anna's front camera; each number makes another picture.
pub fn frame(seq: u64) -> Frame {
    frame_of("Anna", "front", seq, MORNING + i64::try_from(seq).unwrap() * 100)
}

pub fn frame_of(user: &str, camera: &str, seq: u64, millis: i64) -> Frame {
    let bytes = jpeg(seq).into();
    let picture = Picture::Encoded { width: 64, height: 48, format: PictureFormat::Jpeg, bytes };
    Frame { stream: stream(user, camera), seq, captured_at: Timestamp::from_millis(millis), picture }
}

pub fn jpeg(seed: u64) -> Vec<u8> {
    let mut picture = RgbPicture { width: 64, height: 48, data: vec![90; 64 * 48 * 3] };
    for (at, value) in picture.data.iter_mut().enumerate() {
        *value = u8::try_from((at as u64 * 31 + seed.wrapping_mul(97) + (at as u64 / 192) * seed % 64) % 251).unwrap();
    }
    codec::encode_jpeg(&picture, 90).unwrap()
}

pub fn preview() -> Arc<RgbPicture> {
    Arc::new(RgbPicture { width: 400, height: 300, data: vec![120; 400 * 300 * 3] })
}

/// All files below a folder, relative to it, without those that Framekeep keeps for itself.
pub fn files(dir: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if entry.path().is_dir() && !hidden {
                folders.push(entry.path());
            } else if !hidden {
                files.push(entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// Takes this thread, and those that it starts, the rights of the superuser, which no folder is closed to.
pub fn as_ordinary_user() {
    #[cfg(target_os = "linux")]
    // SAFETY: the call changes nothing but by which user's rights this thread opens files.
    unsafe {
        if libc::geteuid() == 0 {
            libc::setfsuid(65534);
        }
    }
}
