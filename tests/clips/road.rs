//! A pipeline with a library and the workers that make clips.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bytes::Bytes;
use framekeep::bus::{Bus, Latest, Problems};
use framekeep::codec;
use framekeep::config::SettingsStore;
use framekeep::domain::{
    Clip, Frame, JobQuery, JobState, Picture, PictureFormat, RgbPicture, SavedFrame, StreamId, Timestamp,
};
use framekeep::jobs::JobQueue;
use framekeep::library::{ClipFolder, ClipOrder, FrameQuery, Library};
use framekeep::pipeline::{self, Pipeline, Rejected, Wish};
use framekeep::video::{Parts, Tools, Video};
use serde_json::Value;

pub const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
/// A busy computer does no job for five minutes, and then one all the same.
const LONG: Duration = Duration::from_mins(7);

pub struct Road {
    pub settings: Arc<SettingsStore>,
    pub library: Arc<Library>,
    queue: JobQueue,
    pub latest: Latest,
    pub problems: Problems,
    pub pipeline: Pipeline,
    video: Option<Video>,
    _folder: tempfile::TempDir,
}

impl Road {
    pub fn open() -> Self {
        Self::with(Tools::default())
    }

    pub fn with(tools: Tools) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let bus = Bus::default();
        let (latest, problems) = (Latest::new(bus.clone()), Problems::new(bus.clone()));
        let settings = Arc::new(SettingsStore::open(path("settings.toml"), bus.clone()).unwrap());
        settings
            .update(|settings| {
                (settings.defaults.clip.before_secs, settings.defaults.clip.after_secs) = (1.0, 0.5);
                settings.defaults.event.gap_secs = 1.0;
            })
            .unwrap();
        let library = Library::open(&path("frames"), &path("spool"), bus, problems.clone()).unwrap();
        let library = Arc::new(library);
        let queue = JobQueue::embedded(Arc::clone(&library));
        let pipeline = Pipeline::start(&pipeline::Parts {
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            latest: latest.clone(),
            problems: problems.clone(),
        });
        let parts = Parts {
            queue: queue.clone(),
            library: Arc::clone(&library),
            settings: Arc::clone(&settings),
            problems: problems.clone(),
            tools,
            store: None,
            installation: "here".to_owned(),
        };
        // The program itself does no jobs while the computer is as busy as it is with tests.
        let video = Video::start(&parts, Box::new(|| true));
        Self {
            settings,
            library,
            queue,
            latest,
            problems,
            pipeline: pipeline.unwrap(),
            video: Some(video.unwrap()),
            _folder: folder,
        }
    }

    /// Sends a picture and waits until it is decided on.
    pub fn send(&self, millis: u64, jpeg: &Bytes) {
        let stream = stream();
        let picture = Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes: jpeg.clone() };
        let captured_at = START.plus(Duration::from_millis(millis));
        loop {
            let (sender, answer) = channel();
            let frame = Frame { stream: stream.clone(), seq: millis, captured_at, picture: picture.clone() };
            let reply = Box::new(move |outcome: Result<_, _>| sender.send(outcome.is_ok()).unwrap_or(()));
            match self.pipeline.submit(frame, Wish::ByRule, Some(reply)) {
                Err(Rejected::Busy { retry_after }) => std::thread::sleep(retry_after),
                Err(error) => panic!("{error}"),
                Ok(()) => return assert!(answer.recv_timeout(LONG).unwrap()),
            }
        }
    }

    /// The one clip that is made.
    pub fn clip(&self) -> Clip {
        let mut clips = Vec::new();
        until("a clip is made", || {
            let dead = self.queue.list(JobQuery { limit: 100, ..JobQuery::default() }).unwrap();
            let dead = dead.into_iter().find(|job| job.state == JobState::Dead);
            assert!(dead.is_none(), "{dead:?}");
            clips = self.library.clips(&FrameQuery { limit: 10, ..FrameQuery::default() }).unwrap().0;
            !clips.is_empty()
        });
        assert_eq!(clips.len(), 1, "{clips:?}");
        clips.remove(0)
    }

    /// Somebody crosses the room from the third second to the fourth of eight.
    pub fn somebody_crosses(&self) {
        for n in 0..80_u64 {
            let square = (30..40).contains(&n).then(|| u32::try_from((n - 30) * 20).unwrap());
            self.send(n * 100, &room(square));
        }
    }

    /// Orders a film and waits until it is made.
    pub fn ordered(&self, order: &ClipOrder) -> Clip {
        self.library.order_clip(order).unwrap();
        self.library.clips_changed();
        let mut found = None;
        until("the film is made", || {
            let clips =
                self.library.clips(&FrameQuery { limit: 10, ordered: true, ..FrameQuery::default() }).unwrap().0;
            found = clips.into_iter().find(|clip| clip.number == order.number && clip.kind == order.kind);
            found.is_some()
        });
        found.unwrap()
    }

    /// Why jobs failed for good.
    pub fn dead(&self) -> Vec<String> {
        let jobs = self.queue.list(JobQuery { limit: 100, ..JobQuery::default() }).unwrap();
        jobs.into_iter().filter(|job| job.state == JobState::Dead).map(|job| job.log).collect()
    }

    /// The frames that are kept, oldest first.
    pub fn kept(&self) -> Vec<SavedFrame> {
        let mut frames = self.library.frames(&FrameQuery { limit: 500, ..FrameQuery::default() }).unwrap().frames;
        frames.reverse();
        frames
    }

    /// All frames of a film as pixels.
    pub fn pixels_of(&self, clip: &Clip) -> Vec<u8> {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-i"]).arg(self.library.clip_file(clip));
        let output = command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
        output.stdout
    }

    /// What is to become a clip, or has become one a moment ago.
    pub fn spools(&self) -> Vec<ClipFolder> {
        ClipFolder::all(&self.library.save_dir())
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        let stopped = self.video.take().is_none_or(|video| video.stop(Duration::from_secs(10)));
        let stopped = self.pipeline.stop(Duration::from_secs(10)) && stopped;
        let stopped = self.library.stop(Duration::from_secs(10)) && stopped;
        assert!(stopped || std::thread::panicking(), "something did not stop in time");
    }
}

pub fn stream() -> StreamId {
    StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() }
}

/// A grey room, and a bright square in it.
pub fn room(square: Option<u32>) -> Bytes {
    let (width, height) = (320_u32, 240_u32);
    let mut data = vec![110_u8; (width * height * 3) as usize];
    if let Some(left) = square {
        for y in 100..150 {
            for x in left..(left + 50).min(width) {
                let at = ((y * width + x) * 3) as usize;
                data[at..at + 3].fill(230);
            }
        }
    }
    codec::encode_jpeg(&RgbPicture { width, height, data }, 85).unwrap().into()
}

pub fn ffprobe(file: &Path, what: &[&str]) -> Value {
    let output = Command::new("ffprobe").args(["-v", "error", "-of", "json"]).args(what).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "it did not come true that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Every file below a folder that ends so.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}
