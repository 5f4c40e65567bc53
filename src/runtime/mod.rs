//! Starts every part upward and stops it downward; the only module that knows them all.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::access::Access;
use crate::bus::{Bus, Latest, Problem, ProblemKind, Problems};
use crate::config::{Paths, Settings, SettingsStore};
use crate::control::{ControlService, Controls, ServerState};
use crate::domain::{CameraChoice, JobSettings};
use crate::intake::Door;
use crate::jobs::{JobError, JobQueue};
use crate::library::{Library, LibraryError};
use crate::pipeline::Pipeline;
use crate::server::Server;
use crate::store::{Store, StoreError};
use crate::video::Video;
use crate::{access, control, desktop, pipeline, server, video};

/// How long each part may take to stop.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// What the command line says about a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where frames are kept, instead of what the settings say.
    pub save_dir: Option<PathBuf>,
    /// Where settings, keys and devices live, instead of the platform's own folder.
    pub data_dir: Option<PathBuf>,
    /// Where the server listens, instead of what the settings say.
    pub listen: Option<SocketAddr>,
    /// Which local camera, instead of what the settings say.
    pub camera: Option<CameraChoice>,
}

impl Options {
    /// Where frames are kept, by the options and the settings.
    ///
    /// # Errors
    /// [`StartError`] when the folders or the settings cannot be used.
    pub fn save_dir(&self) -> Result<PathBuf, StartError> {
        let (paths, settings) = (Paths::find(self.data_dir.as_deref())?, self.settings()?);
        Ok(self.save_dir.clone().or_else(|| settings.save_dir.clone()).unwrap_or(paths.default_save_dir))
    }

    /// What the settings say, read from their file.
    ///
    /// # Errors
    /// [`StartError`] when the folders or the settings cannot be used.
    pub fn settings(&self) -> Result<Arc<Settings>, StartError> {
        let paths = Paths::find(self.data_dir.as_deref())?;
        Ok(SettingsStore::open(paths.settings(), Bus::default())?.get())
    }
}

/// Why the program could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No folder for settings.
    #[error(transparent)]
    Paths(#[from] crate::config::PathError),
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] crate::config::SettingsError),
    /// The save folder cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The devices cannot be read.
    #[error(transparent)]
    Access(#[from] crate::access::AccessError),
    /// The queue of jobs has no address that can be read.
    #[error("settings.toml, jobs.queue: {0}")]
    Jobs(#[from] JobError),
    /// The store of the jobs cannot be used as it is set up.
    #[error("settings.toml, jobs.store: {0}")]
    Store(#[from] StoreError),
    /// Another instance runs with the same data folder.
    #[error("another Framekeep uses {0}; close it, or start this one with a --data-dir of its own")]
    AlreadyRunning(PathBuf),
    /// The system gives no threads or files.
    #[error("failed to start: {0}")]
    System(#[from] std::io::Error),
}

/// The running program. Dropping it stops it, so that no way out of a command leaves what was accepted unwritten.
pub struct Runtime {
    // In the order in which they were started; stopped in the reverse order. What is `None` has been stopped.
    library: Arc<Library>,
    pipeline: Arc<Pipeline>,
    video: Option<Video>,
    control: Option<ControlService>,
    tokio: Option<tokio::runtime::Runtime>,
    server: Option<Server>,
    controls: Controls,
    state: ServerState,
    latest: Latest,
    bus: Bus,
    // Last: the next instance may start when everything above is gone.
    _instance: File,
}

impl Runtime {
    /// Starts every part. A server that cannot listen is no reason not to start: the state tells.
    ///
    /// # Errors
    /// [`StartError`] when the folders or the settings cannot be used.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        let paths = Paths::find(options.data_dir.as_deref())?;
        let instance = lock_instance(&paths)?;
        let bus = Bus::default();
        let problems = Problems::new(bus.clone());
        let latest = Latest::new(bus.clone());
        let settings = Arc::new(SettingsStore::open(paths.settings(), bus.clone())?);
        settings.override_with(|settings| apply(options, settings));
        let save_dir = settings.get().save_dir.clone().unwrap_or_else(|| paths.default_save_dir.clone());
        let library = Arc::new(open_library(options, &settings.get(), &save_dir, &paths, &bus, &problems)?);
        library.limit_traces(settings.get().traces);
        library.keep_ledger(latest.ledger().clone());
        let access = Arc::new(Access::open(&paths.access(), bus.clone())?);
        let pipeline = Arc::new(Pipeline::start(&pipeline::Parts {
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            latest: latest.clone(),
            problems: problems.clone(),
        })?);
        let jobs = open_queue(&settings.get().jobs, &library)?;
        let working = video::Parts {
            queue: jobs.clone(),
            library: Arc::clone(&library),
            settings: Arc::clone(&settings),
            problems: problems.clone(),
            tools: video::Tools::default(),
            store: settings.get().jobs.store.as_ref().map(Store::open).transpose()?,
            installation: access::installation(&paths.access())?,
        };
        let video = Video::start(&working, video::leisure(latest.clone()))?;
        let control = ControlService::start(control::Parts {
            jobs: jobs.clone(),
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            access: Arc::clone(&access),
            pipeline: Arc::clone(&pipeline),
            latest: latest.clone(),
            bus: bus.clone(),
            problems: problems.clone(),
        })?;
        let tokio = tokio::runtime::Builder::new_multi_thread().thread_name("server").enable_all().build()?;
        let parts = server::Parts {
            jobs,
            access: Arc::clone(&access),
            library: Arc::clone(&library),
            door: Arc::new(Door::new(Arc::clone(&pipeline), latest.clone())),
            latest: latest.clone(),
            bus: bus.clone(),
            problems: problems.clone(),
            controls: control.controls(),
            certificates: paths.certificates(),
        };
        let started = Server::start(tokio.handle(), settings.get().listen, parts);
        let (server, state) = match started {
            Ok(server) => {
                let state = ServerState::Listening(server.local_addr());
                control.set_server(state.clone(), Box::new(server.fingerprint()));
                (Some(server), state)
            }
            Err(error) => {
                let state = ServerState::Failed(error.to_string());
                control.set_server(state.clone(), Box::new(control::Fingerprint::default));
                problems.raise(Problem {
                    kind: ProblemKind::Server,
                    since: SystemTime::now().into(),
                    what: format!("No phone can join: Framekeep {error}"),
                    todo: "Free the port or choose another, then start Framekeep again".to_owned(),
                });
                (None, state)
            }
        };
        let controls = control.controls();
        let (video, control, tokio) = (Some(video), Some(control), Some(tokio));
        Ok(Self { _instance: instance, library, pipeline, video, control, tokio, server, controls, state, latest, bus })
    }

    /// The handle by which to ask and see.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// How the server fared at its start.
    #[must_use]
    pub fn server(&self) -> ServerState {
        self.state.clone()
    }

    /// What the window uses.
    #[must_use]
    pub fn desktop_parts(&self) -> desktop::Parts {
        desktop::Parts {
            controls: self.controls(),
            latest: self.latest.clone(),
            bus: self.bus.clone(),
            library: Arc::clone(&self.library),
        }
    }

    /// Calls `then` at every SIGINT and SIGTERM (Ctrl-C elsewhere).
    pub fn on_signal(&self, then: impl Fn() + Send + 'static) {
        let Some(tokio) = &self.tokio else { return };
        tokio.spawn(async move {
            loop {
                if let Err(error) = signal().await {
                    tracing::error!(%error, "signals cannot be heard");
                    return;
                }
                then();
            }
        });
    }

    /// Stops every part in the reverse order of its start; what was accepted is on disk afterwards.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            timed("server", || server.stop(STOP_DEADLINE));
        }
        if let Some(control) = self.control.take() {
            timed("control", || control.stop(STOP_DEADLINE));
        }
        if let Some(video) = self.video.take() {
            timed("jobs", || video.stop(STOP_DEADLINE));
        }
        timed("pipeline", || self.pipeline.stop(STOP_DEADLINE));
        timed("library", || self.library.stop(2 * STOP_DEADLINE));
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// A folder that was typed must be usable, and is made. One that is remembered may be on a disk that is not plugged in yet,
/// and made anew it would lie on another disk, below the place where the first one appears: frames wait in the spool, the
/// operator is told, and the folder is used as soon as it is there.
fn open_library(
    options: &Options,
    settings: &Settings,
    save_dir: &Path,
    paths: &Paths,
    bus: &Bus,
    problems: &Problems,
) -> Result<Library, LibraryError> {
    let spooling = |why: &std::io::Error| {
        tracing::warn!(folder = %save_dir.display(), %why, "the save folder cannot be used; frames wait in the spool");
        Library::open_spooling(save_dir, &paths.spool(), bus.clone(), problems.clone(), why)
    };
    let typed = options.save_dir.is_some();
    if !typed && settings.save_dir.is_some() && !save_dir.exists() {
        return spooling(&std::io::Error::new(std::io::ErrorKind::NotFound, "it is gone"));
    }
    match Library::open(save_dir, &paths.spool(), bus.clone(), problems.clone()) {
        Err(LibraryError::Folder { source, .. }) if !typed => spooling(&source),
        opened => opened,
    }
}

fn open_queue(settings: &JobSettings, library: &Arc<Library>) -> Result<JobQueue, JobError> {
    if settings.is_embedded() { Ok(JobQueue::embedded(Arc::clone(library))) } else { JobQueue::redis(&settings.queue) }
}

fn apply(options: &Options, settings: &mut Settings) {
    if let Some(save_dir) = &options.save_dir {
        settings.save_dir = Some(save_dir.clone());
    }
    if let Some(listen) = options.listen {
        settings.listen = listen;
    }
    if let Some(camera) = &options.camera {
        settings.camera = camera.clone();
        settings.camera_on = true;
    }
}

fn lock_instance(paths: &Paths) -> Result<File, StartError> {
    let file = File::create(paths.data_dir.join("running"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::AlreadyRunning(paths.data_dir.clone())),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

fn timed(part: &str, stop: impl FnOnce() -> bool) {
    let started = Instant::now();
    if stop() {
        tracing::info!(part, took = ?started.elapsed(), "stopped");
    } else {
        tracing::warn!(part, "did not stop in time and was left behind");
    }
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eventually(what: &str, holds: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_remembered_folder_that_is_gone_is_told_not_made_and_used_when_it_is_back() {
        let root = tempfile::tempdir().unwrap();
        let (data, frames) = (root.path().join("data"), root.path().join("stick/frames"));
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("settings.toml"), format!("save_dir = {frames:?}\n")).unwrap();
        let listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let options = Options { data_dir: Some(data), listen, camera: Some(CameraChoice::None), ..Options::default() };
        let runtime = Runtime::start(&options).unwrap();
        let told = || runtime.controls().view().problems.iter().any(|problem| problem.kind == ProblemKind::SaveFolder);
        eventually("it is told", told);
        assert!(!root.path().join("stick").exists(), "a folder was made where the disk appears");
        std::fs::create_dir_all(&frames).unwrap();
        eventually("it is used again", || !told() && frames.join(".framekeep").is_dir());
    }

    #[test]
    fn a_folder_that_is_typed_is_made() {
        let root = tempfile::tempdir().unwrap();
        let frames = root.path().join("new/frames");
        let options = Options {
            save_dir: Some(frames.clone()),
            data_dir: Some(root.path().join("data")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            camera: Some(CameraChoice::None),
        };
        Runtime::start(&options).unwrap().stop();
        assert!(frames.join(".framekeep").is_dir());
    }
}
