//! What a person asks for is done, one wish after the other, and seen in the view.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use framekeep::access::Access;
use framekeep::bus::{Bus, Happening, Latest, ProblemKind, Problems};
use framekeep::codec;
use framekeep::config::SettingsStore;
use framekeep::control::{self, Command, ControlService, Controls, FilmWish, View};
use framekeep::domain::{
    BlindReason, CameraChoice, CameraState, ClipKind, EventId, Frame, JobKind, JobState, NewJob, Picture,
    PictureFormat, RgbPicture, StreamId, Timestamp,
};
use framekeep::jobs::JobQueue;
use framekeep::library::{ClipFolder, ClipMade, ClipOrder, Library};
use framekeep::pipeline::{self, Pipeline, Wish};

struct Desk {
    control: Option<ControlService>,
    controls: Controls,
    parts: control::Parts,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let bus = Bus::default();
        let (latest, problems) = (Latest::new(bus.clone()), Problems::new(bus.clone()));
        let settings = Arc::new(SettingsStore::open(path("settings.toml"), bus.clone()).unwrap());
        settings.override_with(|settings| settings.camera_on = false);
        let library = Arc::new(Library::open(&path("frames"), &path("spool"), bus.clone(), problems.clone()).unwrap());
        let access = Arc::new(Access::open(&path("access"), bus.clone()).unwrap());
        let road = pipeline::Parts {
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            latest: latest.clone(),
            problems: problems.clone(),
        };
        let pipeline = Arc::new(Pipeline::start(&road).unwrap());
        let jobs = JobQueue::embedded(Arc::clone(&library));
        let parts = control::Parts { settings, library, access, pipeline, latest, bus, problems, jobs };
        let control = ControlService::start(parts.clone()).unwrap();
        Self { controls: control.controls(), control: Some(control), parts, folder }
    }

    fn ask(&self, command: Command) {
        assert!(self.controls.ask(command));
    }

    fn until(&self, what: &str, is_so: impl Fn(&View) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so(&self.controls.view()) {
            assert!(Instant::now() < deadline, "it never came true that {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stop(&mut self) {
        let deadline = Duration::from_secs(10);
        assert!(self.control.take().is_none_or(|control| control.stop(deadline)));
        assert!(self.parts.pipeline.stop(deadline) && self.parts.library.stop(deadline));
    }
}

#[test]
fn a_camera_that_was_exchanged_leaves_no_phantom_behind() {
    let mut desk = Desk::new();
    desk.ask(Command::ChooseCamera(CameraChoice::Demo));
    desk.until("the demo camera shows motion that is kept", |view| {
        view.cameras.iter().any(|camera| camera.stream.camera.as_str() == "demo" && camera.counts.kept > 0)
    });
    desk.ask(Command::ChooseCamera(CameraChoice::None));
    desk.until("it is gone", |view| view.cameras.is_empty());
    // The event that went on ends, and its peak is kept, after that.
    desk.stop();
    assert!(desk.parts.latest.summaries().is_empty(), "{:?}", desk.parts.latest.summaries());
}

#[test]
fn a_camera_that_is_stopped_stays_in_the_list_and_starts_again() {
    let mut desk = Desk::new();
    let is = |view: &View, seen: bool| {
        view.cameras.first().is_some_and(|camera| matches!(camera.state, CameraState::Blind { .. }) != seen)
    };
    desk.ask(Command::ChooseCamera(CameraChoice::Demo));
    desk.until("it sees", |view| is(view, true));
    desk.ask(Command::StopCamera);
    desk.until("it is stopped", |view| {
        let state = view.cameras.first().map(|camera| &camera.state);
        !view.local.on && matches!(state, Some(CameraState::Blind { reason: BlindReason::Stopped, .. }))
    });
    desk.ask(Command::StartCamera);
    desk.until("it sees again", |view| is(view, true));
    desk.stop();
}

#[test]
fn another_save_folder_is_used_and_remembered_and_one_that_cannot_be_is_told() {
    let mut desk = Desk::new();
    let (good, bad) = (desk.folder.path().join("good"), desk.folder.path().join("file"));
    std::fs::write(&bad, "no folder").unwrap();
    desk.ask(Command::ChangeSaveDir(bad.join("frames")));
    desk.until("it is told", |view| view.problems.iter().any(|problem| problem.kind == ProblemKind::Command));
    desk.ask(Command::ChangeSaveDir(good.clone()));
    desk.until("it is used", |view| view.save_dir == good && view.problems.is_empty());
    desk.stop();
    let settings = SettingsStore::open(desk.folder.path().join("settings.toml"), Bus::default()).unwrap().get();
    assert_eq!(settings.save_dir, Some(good));
}

#[test]
fn what_was_asked_for_just_before_the_end_is_done() {
    let mut desk = Desk::new();
    let address = Some("192.0.2.7".parse().unwrap());
    for _ in 0..50 {
        desk.ask(Command::ChooseAddress(None));
    }
    desk.ask(Command::ChooseAddress(address));
    desk.stop();
    let settings = SettingsStore::open(desk.folder.path().join("settings.toml"), Bus::default()).unwrap().get();
    assert_eq!(settings.address, address);
}

#[test]
fn a_phone_that_goes_silent_is_blind_since_its_last_frame_by_our_clock_and_its_event_ends() {
    let mut desk = Desk::new();
    let mut listener = desk.parts.bus.listen();
    let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
    let picture = |square: bool| {
        let mut picture = RgbPicture { width: 320, height: 240, data: vec![90; 320 * 240 * 3] };
        picture.data[..320 * 100 * 3].fill(if square { 230 } else { 90 });
        Bytes::from(codec::encode_jpeg(&picture, 90).unwrap())
    };
    // Its clock is an hour ahead.
    let hour = Duration::from_hours(1);
    let begin = Timestamp::from(std::time::SystemTime::now());
    for seq in 0..40_u64 {
        let picture =
            Picture::Encoded { width: 320, height: 240, format: PictureFormat::Jpeg, bytes: picture(seq > 30) };
        let captured_at = begin.plus(hour + Duration::from_millis(seq * 100));
        let (sender, answer) = std::sync::mpsc::channel();
        let reply = Box::new(move |outcome: Result<_, _>| sender.send(outcome.is_ok()).unwrap_or(()));
        let frame = Frame { stream: stream.clone(), seq, captured_at, picture };
        desk.parts.pipeline.submit(frame, Wish::ByRule, Some(reply)).unwrap();
        assert!(answer.recv_timeout(Duration::from_secs(10)).unwrap());
    }
    let sent = Timestamp::from(std::time::SystemTime::now());
    let state = || desk.parts.latest.summary(&stream).unwrap().state;
    desk.until("it is silent", |_| matches!(state(), CameraState::Blind { reason: BlindReason::Silent, .. }));
    let CameraState::Blind { since, .. } = state() else { panic!("it sees") };
    assert!(begin <= since && since <= sent.plus(Duration::from_secs(1)), "{begin:?} {since:?} {sent:?}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while !matches!(listener.try_recv().as_deref(), Ok(Happening::Event(event)) if event.end.is_some()) {
        assert!(Instant::now() < deadline, "its event goes on");
        std::thread::yield_now();
    }
    desk.stop();
}

#[test]
fn jobs_are_seen_while_somebody_looks_and_tried_again_and_cancelled_when_asked() {
    let mut desk = Desk::new();
    let queue = desk.parts.jobs.clone();
    let dead = queue.enqueue(&NewJob::new(JobKind::Clip, "{}")).unwrap();
    queue.claim("w", &[JobKind::Clip], Duration::from_mins(1)).unwrap();
    assert!(queue.fail((dead, 1), "no such event", None).unwrap());
    let waiting = queue.enqueue(&NewJob::new(JobKind::Clip, "{}")).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(!desk.controls.view().jobs.any, "nobody looked");
    desk.until("what failed and what waits is seen", |view| {
        desk.controls.look_at_jobs();
        let jobs = &view.jobs;
        jobs.any && (jobs.waiting, jobs.failed) == (1, 1) && jobs.newest_failed[0].id == dead
    });
    desk.ask(Command::RetryJob(dead));
    desk.until("it waits again", |view| (view.jobs.waiting, view.jobs.failed) == (2, 0));
    desk.ask(Command::CancelJob(waiting));
    desk.until("one is cancelled", |view| view.jobs.waiting == 1);
    assert_eq!(queue.job(waiting).unwrap().unwrap().state, JobState::Cancelled);
    // Asked for just before the end.
    desk.ask(Command::CancelJob(dead));
    desk.stop();
}

#[test]
fn a_film_of_a_day_is_ordered_and_the_mask_of_an_event_without_a_clip_is_refused_with_the_reason() {
    let mut desk = Desk::new();
    let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(86_400_000));
    desk.ask(Command::OrderFilm(FilmWish::Mask { event: EventId(77), stream: stream.clone() }));
    desk.until("it is told", |view| view.problems.iter().any(|problem| problem.what.contains("has no clip")));
    desk.ask(Command::OrderFilm(FilmWish::Day { stream: stream.clone(), from, to }));
    desk.until("that is over", |view| view.problems.is_empty());
    let orders = ClipFolder::all(&desk.parts.library.save_dir());
    assert_eq!(orders.len(), 1, "{orders:?}");
    let order = orders[0].order().unwrap().unwrap();
    assert_eq!(
        (order.kind, order.stream(), order.from, order.to),
        (ClipKind::Timelapse, stream.clone(), from, Some(to))
    );

    let event = ClipOrder::new(ClipKind::Event, 77, &stream, from, Some(to));
    let made = ClipMade { frames: 3, started_at: from, duration_ms: 900, width: 64, height: 48, has_sound: false };
    let folder = desk.parts.library.order_clip(&event).unwrap();
    std::fs::write(folder.film(), "a film").unwrap();
    let clip = desk.parts.library.take_clip(&folder, &event, &made).unwrap().unwrap();
    desk.ask(Command::OrderFilm(FilmWish::Mask { event: EventId(77), stream }));
    let mask = || {
        let orders = ClipFolder::all(&desk.parts.library.save_dir()).into_iter();
        orders.filter_map(|folder| folder.order().ok()?).find(|order| order.kind == ClipKind::Mask)
    };
    desk.until("the mask is ordered", |_| mask().is_some());
    let order = mask().unwrap();
    assert_eq!((order.of, order.motion.is_some()), (Some(Library::clip_place(&clip)), true));
    desk.stop();
}
