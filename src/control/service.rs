//! The control thread: carries commands out, one after the other, and keeps the view fresh.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::access::Access;
use crate::bus::{Bus, Latest, Problem, ProblemKind, Problems};
use crate::config::{SettingsError, SettingsStore, addresses};
use crate::control::films;
use crate::control::invitation::{Invitations, reachable};
use crate::control::jobs::{JobDesk, JobWish};
use crate::control::local::Local;
use crate::control::{
    CameraKind, CameraView, Command, Controls, DeviceView, Fingerprint, JoiningView, LocalCamera, ServerState, View,
    watch,
};
use crate::domain::Timestamp;
use crate::jobs::JobQueue;
use crate::library::{Library, LibraryError};
use crate::pipeline::Pipeline;
use crate::sources::{Webcam, webcams};
use crate::video::{Recorder, RecorderSetup, Tools};

/// How often the view is made anew when nobody asks for anything.
const TICK: Duration = Duration::from_millis(250);
/// How often the system is asked for webcams and addresses.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// A device is online when it was heard of within this time.
const ONLINE: Duration = Duration::from_secs(30);
/// How long the end of the program waits for a save folder that is being opened.
const OPENED_AT_THE_END: Duration = Duration::from_secs(1);
/// Most commands that wait.
const MOST_WAITING: usize = 100;

/// What the control thread works with.
#[derive(Clone)]
pub struct Parts {
    /// The settings.
    pub settings: Arc<SettingsStore>,
    /// Kept frames.
    pub library: Arc<Library>,
    /// Devices and users.
    pub access: Arc<Access>,
    /// Where frames are decided on.
    pub pipeline: Arc<Pipeline>,
    /// The newest view of every stream.
    pub latest: Latest,
    /// Happenings.
    pub bus: Bus,
    /// What needs a person.
    pub problems: Problems,
    /// Work that may wait.
    pub jobs: JobQueue,
}

/// Asked anew for each view: certificates may be exchanged while the server runs.
pub type AskFingerprint = Box<dyn Fn() -> Fingerprint + Send + Sync>;

/// The control thread and the handles to it.
pub struct ControlService {
    controls: Controls,
    server: Arc<ArcSwap<(ServerState, AskFingerprint)>>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
    looking: Arc<AtomicBool>,
}

impl ControlService {
    /// Starts the thread, and the local camera if it is to run.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        let (commands, wishes) = bounded(MOST_WAITING);
        let (stop, stopped) = bounded(0);
        let server =
            Arc::new(ArcSwap::from_pointee((ServerState::Starting, Box::new(Fingerprint::default) as AskFingerprint)));
        let looking = Arc::new(AtomicBool::new(true));
        let around = look_around(&looking);
        let settings = parts.settings.get();
        let local =
            Local::new(&settings.local_user, &settings.camera, Arc::clone(&parts.pipeline), parts.latest.clone());
        let desk = JobDesk::start(parts.jobs.clone(), parts.problems.clone())?;
        let looked_at = desk.looked_at();
        let mut control = Control {
            parts,
            desk,
            opening: None,
            local,
            around,
            server: Arc::clone(&server),
            invitations: Invitations::default(),
            tools: Tools::default(),
            recorder: None,
        };
        let view = Arc::new(ArcSwap::from_pointee(control.view()));
        let controls = Controls { commands, view: Arc::clone(&view), jobs_looked_at: looked_at };
        let thread = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || control.run(&wishes, &stopped, &view))?;
        Ok(Self { controls, server, stop, thread, looking })
    }

    /// The handle for the window and the server.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Tells how the server fares, and how to learn the fingerprint by which people compare its authority.
    pub fn set_server(&self, state: ServerState, fingerprint: AskFingerprint) {
        self.server.store(Arc::new((state, fingerprint)));
    }

    /// Stops the local camera and the thread. `false`: it did not end in time and was left behind.
    #[must_use]
    pub fn stop(self, deadline: Duration) -> bool {
        self.looking.store(false, Ordering::Relaxed);
        // The thread may be in the middle of stopping a camera, which takes two seconds at most.
        self.stop.send_timeout((), deadline).is_ok() && self.thread.join().is_ok()
    }
}

/// What was found around: webcams and addresses.
#[derive(Default)]
struct Around {
    webcams: Vec<Webcam>,
    addresses: Vec<std::net::IpAddr>,
}

/// Asks the system in a thread of its own, because opening a broken device can take long.
fn look_around(looking: &Arc<AtomicBool>) -> Arc<ArcSwap<Around>> {
    let around = Arc::new(ArcSwap::from_pointee(Around { webcams: Vec::new(), addresses: addresses() }));
    let (found, looking) = (Arc::clone(&around), Arc::clone(looking));
    let started = std::thread::Builder::new().name("look-around".to_owned()).spawn(move || {
        while looking.load(Ordering::Relaxed) {
            found.store(Arc::new(Around { webcams: webcams(), addresses: addresses() }));
            std::thread::sleep(LOOK_AROUND);
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "webcams and addresses are not looked for");
    }
    around
}

/// A save folder that is being opened, in a thread of its own: a large one without an index is read for minutes, and one in
/// the network may hang.
struct Opening {
    folder: PathBuf,
    opened: Receiver<Result<(), LibraryError>>,
}

struct Control {
    parts: Parts,
    desk: JobDesk,
    opening: Option<Opening>,
    local: Local,
    around: Arc<ArcSwap<Around>>,
    server: Arc<ArcSwap<(ServerState, AskFingerprint)>>,
    invitations: Invitations,
    tools: Tools,
    recorder: Option<Recorder>,
}

impl Control {
    fn run(&mut self, wishes: &Receiver<Command>, stopped: &Receiver<()>, view: &ArcSwap<View>) {
        if self.parts.settings.get().camera_on {
            self.start_camera();
        }
        loop {
            if !matches!(stopped.try_recv(), Err(crossbeam_channel::TryRecvError::Empty)) {
                break;
            }
            match wishes.recv_timeout(TICK) {
                Ok(command) => self.carry_out(command.with_whole_paths()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.note_opened(Duration::ZERO);
            self.parts.latest.ledger().advance();
            let summaries = self.parts.latest.summaries();
            watch::note_silent(&self.parts.latest, &self.parts.pipeline, self.local.stream(), &summaries, now());
            view.store(Arc::new(self.view()));
            self.parts.bus.wake();
        }
        // What was asked for just before the end is done: a setting that was changed is on disk.
        for command in wishes.try_iter().take(MOST_WAITING) {
            if !matches!(command, Command::ChooseCamera(_) | Command::StartCamera) {
                self.carry_out(command);
            }
        }
        self.note_opened(OPENED_AT_THE_END);
        self.local.stop();
        // After the camera, so that its last frames are in the recording.
        self.recorder = None;
    }

    fn carry_out(&mut self, command: Command) {
        tracing::debug!(?command, "carrying out");
        match command {
            Command::ChooseCamera(choice) => {
                self.change_settings(|settings| {
                    settings.camera = choice.clone();
                    settings.camera_on = true;
                });
                self.start_camera();
            }
            Command::StartCamera => {
                self.change_settings(|settings| settings.camera_on = true);
                self.start_camera();
            }
            Command::StopCamera => {
                self.change_settings(|settings| settings.camera_on = false);
                self.recorder = None;
                self.local.stop();
            }
            Command::Record => self.record(),
            Command::StopRecording => {
                self.change_settings(|settings| settings.record.always = false);
                self.recorder = None;
            }
            Command::RecordAlways => {
                self.change_settings(|settings| settings.record.always = true);
                self.record();
            }
            Command::ChangeSaveDir(folder) => self.open_save_dir(folder),
            Command::ChooseAddress(address) => self.change_settings(|settings| settings.address = address),
            Command::ChooseTheme(theme) => self.change_settings(|settings| settings.theme = theme),
            Command::SetStream(stream, own) => {
                self.change_settings(|settings| settings.set_stream(&stream, own.clone()));
            }
            Command::Approve(device, user) => {
                let done = self.parts.access.approve(&device, &user);
                self.check(done);
            }
            Command::Refuse(device) => self.parts.access.refuse(&device),
            Command::ChangeDevice { device, label, user } => {
                let done = self.parts.access.edit(&device, label.as_deref(), user.as_ref());
                self.check(done);
            }
            Command::Invite(role) => self.invitations.invite(role),
            Command::Revoke(device) => {
                let done = self.parts.access.revoke(&device);
                self.check(done);
            }
            Command::Delete(id) => {
                let done = self.parts.library.delete(id);
                self.check(done);
            }
            Command::Restore(id) => {
                let done = self.parts.library.restore(id);
                self.check(done);
            }
            Command::OrderFilm(wish) => {
                let done = films::order(&self.parts.library, &self.parts.settings.get(), &wish);
                self.check(done);
            }
            Command::RetryJob(id) => self.ask_desk(JobWish::Retry(id)),
            Command::CancelJob(id) => self.ask_desk(JobWish::Cancel(id)),
        }
    }

    fn ask_desk(&self, wish: JobWish) {
        if !self.desk.ask(wish) {
            let why = "could not change a job: its queue does not answer";
            self.complain(ProblemKind::Command, &why, "Try it again when it does");
        }
    }

    fn open_save_dir(&mut self, folder: PathBuf) {
        if let Some(opening) = &self.opening {
            let busy = format!("failed to open {}: {} is still being read", folder.display(), opening.folder.display());
            return self.complain(ProblemKind::Command, &busy, "Choose it again when that one is there");
        }
        let (send, opened) = bounded(1);
        let (library, wanted) = (Arc::clone(&self.parts.library), folder.clone());
        let started = std::thread::Builder::new().name("library-opener".to_owned()).spawn(move || {
            // Where nobody waits any more the program is ending.
            let _ = send.send(library.change_save_dir(&wanted));
        });
        match started {
            Ok(_) => self.opening = Some(Opening { folder, opened }),
            Err(error) => self.complain(ProblemKind::Command, &error, "Try it again"),
        }
        self.note_opened(TICK);
    }

    /// Takes up a save folder that has been opened.
    fn note_opened(&mut self, patience: Duration) {
        let done = self.opening.as_ref().map(|opening| opening.opened.recv_timeout(patience));
        let Some(Ok(done)) = done else { return };
        let Some(Opening { folder, .. }) = self.opening.take() else { return };
        match done {
            Ok(()) => {
                self.parts.problems.settle(ProblemKind::Command);
                self.change_settings(|settings| settings.save_dir = Some(folder.clone()));
            }
            Err(error) => self.complain(ProblemKind::Command, &error, "Frames go on to the old folder"),
        }
    }

    fn start_camera(&mut self) {
        let settings = self.parts.settings.get();
        // What goes on is of the camera before.
        let was_recorded = self.recorder.take().is_some();
        self.local.start(&settings.local_user, &settings.camera);
        if was_recorded || settings.record.always {
            self.record();
        }
    }

    /// Records the local camera while it runs.
    fn record(&mut self) {
        if self.recorder.is_some() || !self.local.is_running() {
            return;
        }
        let stream = self.local.stream().clone();
        let started = Recorder::start(RecorderSetup {
            tap: self.parts.pipeline.tap(&stream),
            stream,
            library: Arc::clone(&self.parts.library),
            latest: self.parts.latest.clone(),
            problems: self.parts.problems.clone(),
            tools: self.tools.clone(),
            segment: Duration::from_mins(self.parts.settings.get().record.segment_mins.into()),
        });
        match started {
            Ok(recorder) => self.recorder = Some(recorder),
            Err(error) => self.complain(ProblemKind::Command, &error, "Try it again"),
        }
    }

    fn change_settings(&self, change: impl Fn(&mut crate::config::Settings)) {
        match self.parts.settings.update(change) {
            Ok(()) => self.parts.problems.settle(ProblemKind::Settings),
            Err(error @ SettingsError::Write { .. }) => {
                self.complain(ProblemKind::Settings, &error, "Check the data folder");
            }
            Err(error) => self.complain(ProblemKind::Settings, &error, "The change holds until the program ends"),
        }
    }

    fn check<T, E: std::fmt::Display>(&self, done: Result<T, E>) {
        match done {
            Ok(_) => self.parts.problems.settle(ProblemKind::Command),
            Err(error) => self.complain(ProblemKind::Command, &error, "Try it again"),
        }
    }

    fn complain(&self, kind: ProblemKind, error: &impl std::fmt::Display, todo: &str) {
        tracing::warn!(%error, "a command failed");
        self.parts.problems.raise(Problem {
            kind,
            since: now(),
            what: format!("Framekeep {error}"),
            todo: todo.to_owned(),
        });
    }

    fn view(&mut self) -> View {
        let at = now();
        let settings = self.parts.settings.get();
        let around = self.around.load();
        let server = self.server.load();
        let (state, fingerprint) = &**server;
        let requests = self.parts.access.requests();
        let devices = self.devices(at);
        let phones = self.parts.access.joining().phones(&requests, at);
        let mut joining = JoiningView { phones, nobody: None };
        let invitation = match state {
            ServerState::Listening(listening) => {
                let address = reachable(*listening, settings.address, &around.addresses);
                let (role, ticket) = self.invitations.ticket(&self.parts.access, address, at);
                let here = devices.iter().any(|device| device.online);
                joining.nobody = self.parts.access.joining().nobody(address, here, at);
                self.invitations.make(address, (role, &ticket), &fingerprint())
            }
            _ => None,
        };
        View {
            at,
            local: LocalCamera {
                choice: settings.camera.clone(),
                on: settings.camera_on,
                info: self.local.info(),
                stream: self.local.stream().clone(),
                recording: self.recorder.as_ref().map(Recorder::view),
            },
            webcams: around.webcams.clone(),
            cameras: self.cameras(),
            invitation,
            joining,
            addresses: around.addresses.clone(),
            server: state.clone(),
            requests,
            devices,
            jobs: self.desk.view(),
            problems: self.parts.problems.list(),
            save_dir: self.parts.library.save_dir(),
            free_bytes: self.parts.library.free_bytes(),
            settings,
        }
    }

    fn cameras(&self) -> Vec<CameraView> {
        let local = self.local.stream();
        let mut cameras: Vec<CameraView> = self
            .parts
            .latest
            .summaries()
            .into_iter()
            .map(|summary| CameraView {
                kind: if summary.stream == *local { CameraKind::Local } else { CameraKind::Remote },
                fps: summary.view.as_ref().filter(|view| fresh(view.at)).map_or(0.0, |view| view.fps),
                stream: summary.stream,
                state: summary.state,
                counts: summary.counts,
                last_frame: summary.last_frame,
            })
            .collect();
        cameras.sort_by_key(|camera| camera.kind == CameraKind::Remote);
        cameras
    }

    fn devices(&self, now: Timestamp) -> Vec<DeviceView> {
        let online = |device: &crate::access::Device| now.since(device.last_seen) < ONLINE;
        let devices = self.parts.access.devices().into_iter();
        devices
            .map(|device| {
                let (online, battery) = (online(&device), self.parts.access.battery(&device.id));
                DeviceView { device, online, battery }
            })
            .collect()
    }
}

fn fresh(at: Instant) -> bool {
    at.elapsed() < ONLINE
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
