//! A library with the workers of the program, in a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use framekeep::bus::{Bus, Problems};
use framekeep::config::SettingsStore;
use framekeep::domain::{Job, JobQuery, MadeVideo, Recording, RecordingId, Timestamp, VideoFormat};
use framekeep::jobs::JobQueue;
use framekeep::library::{ChunkPiece, Library, NewRecording, made_video};
use framekeep::video::{Parts, Tools, Video};
use sha2::{Digest, Sha256};

const LONG: Duration = Duration::from_mins(3);
/// Size of a chunk that a phone sends.
pub const CHUNK_BYTES: usize = 100_000;
/// When recordings begin.
pub const BEGAN: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub struct Studio {
    /// Where all of it lies.
    root: PathBuf,
    /// Kept until the end, where the folder is the studio's own.
    own_folder: Option<tempfile::TempDir>,
    pub bus: Bus,
    pub problems: Problems,
    pub library: Arc<Library>,
    pub queue: JobQueue,
    settings: Arc<SettingsStore>,
    video: Option<Video>,
}

impl Studio {
    /// With the usual ffmpeg, and jobs in the index.
    pub fn open() -> Self {
        Self::with(Tools::default(), None)
    }

    pub fn with(tools: Tools, queue: Option<JobQueue>) -> Self {
        let mut studio = Self::idle(queue);
        studio.start(tools);
        studio
    }

    /// In which nobody works yet.
    pub fn idle(queue: Option<JobQueue>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut studio = Self::at(folder.path(), queue);
        studio.own_folder = Some(folder);
        studio
    }

    /// The same in a folder that is there, in which nobody works yet.
    pub fn at(root: &Path, queue: Option<JobQueue>) -> Self {
        let path = |name: &str| root.join(name);
        let bus = Bus::default();
        let problems = Problems::new(bus.clone());
        let settings = Arc::new(SettingsStore::open(path("settings.toml"), bus.clone()).unwrap());
        let library = Library::open(&path("frames"), &path("spool"), bus.clone(), problems.clone()).unwrap();
        let library = Arc::new(library);
        let queue = queue.unwrap_or_else(|| JobQueue::embedded(Arc::clone(&library)));
        Self { root: root.to_owned(), own_folder: None, bus, problems, library, queue, settings, video: None }
    }

    pub fn start(&mut self, tools: Tools) {
        let parts = Parts {
            queue: self.queue.clone(),
            library: Arc::clone(&self.library),
            settings: Arc::clone(&self.settings),
            problems: self.problems.clone(),
            tools,
            store: None,
            installation: "here".to_owned(),
        };
        self.video = Some(Video::start(&parts, Box::new(|| true)).unwrap());
    }

    /// Forwards jobs and takes in what others make, and does nothing itself.
    pub fn start_without_workers(&mut self) {
        self.settings.override_with(|settings| settings.jobs.workers = 0);
        self.start(Tools::default());
        self.settings.override_with(|settings| settings.jobs.workers = 1);
    }

    pub fn stop(&mut self) {
        assert!(self.video.take().unwrap().stop(Duration::from_secs(10)), "workers did not stop in time");
    }

    pub fn frames(&self) -> PathBuf {
        self.root.join("frames")
    }

    /// Begins a recording of Anna's and sends so many of its bytes.
    pub fn send(&self, key: &str, bytes: &[u8], media_type: &str) -> (RecordingId, u32) {
        let format = if media_type.starts_with("video/mp4") { VideoFormat::Mp4 } else { VideoFormat::WebM };
        let new = NewRecording {
            user: "Anna".parse().unwrap(),
            camera: "front".parse().unwrap(),
            started_at: BEGAN,
            mime: media_type.to_owned(),
            format,
            key: key.to_owned(),
        };
        let (begun, _) = self.library.begin_recording(new).unwrap();
        let mut chunks = 0;
        for (seq, chunk) in (0..).zip(bytes.chunks(CHUNK_BYTES)) {
            let piece = ChunkPiece {
                seq,
                offset: 0,
                chunk_bytes: chunk.len() as u64,
                sha256: Sha256::digest(chunk).into(),
                captured_at: None,
                bytes: bytes::Bytes::copy_from_slice(chunk),
            };
            self.library.put_chunk(begun.id, &piece).unwrap();
            chunks = seq + 1;
        }
        (begun.id, chunks)
    }

    /// Sends and finishes a recording of which its phone says that it is so long.
    pub fn record(&self, key: &str, bytes: &[u8], media_type: &str, told_ms: u64) -> Recording {
        let (id, chunks) = self.send(key, bytes, media_type);
        self.library.finish_recording(id, chunks, Some(told_ms)).unwrap()
    }

    /// What is made of a recording, once it is.
    pub fn made(&self, recording: &Recording) -> MadeVideo {
        let mut made = None;
        until("it is made", || {
            made = self.library.made(recording).unwrap();
            let failed = self.jobs().into_iter().find(|job| job.state == framekeep::domain::JobState::Dead);
            assert!(failed.is_none(), "{failed:?}");
            made.is_some()
        });
        made.unwrap()
    }

    /// The video that was made.
    pub fn video_of(&self, made: &MadeVideo) -> PathBuf {
        self.library.made_file(made.recording, &made_video(made))
    }

    /// The recording as it came.
    pub fn original_of(&self, recording: &Recording) -> PathBuf {
        self.library.recording_file(recording)
    }

    pub fn jobs(&self) -> Vec<Job> {
        self.queue.list(JobQuery { limit: 100, ..JobQuery::default() }).unwrap()
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        if let Some(video) = self.video.take() {
            let stopped = video.stop(Duration::from_secs(10));
            assert!(stopped || std::thread::panicking(), "workers did not stop in time");
        }
        let _ = self.library.stop(Duration::from_secs(10));
    }
}

#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "it did not come true that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All that lies in a folder, as names.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
