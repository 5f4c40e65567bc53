//! A drawn world for the window: cameras, phones, frames and pictures that are the same on every day.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use framekeep::access::{Advice, Battery, Device, DeviceId, Joining, Knock, NameRequest, Role, Told};
use framekeep::bus::{Counts, LiveView, Problem, ProblemKind};
use framekeep::config::Settings;
use framekeep::control::{
    CameraKind, CameraView, DeviceView, Fingerprint, Invitation, JobsView, JoiningView, LocalCamera, ServerState, View,
};
use framekeep::desktop::gallery::Gallery;
use framekeep::desktop::history::{SAMPLES, Sample};
use framekeep::desktop::ledger::LedgerLook;
use framekeep::desktop::loader::Shelf;
use framekeep::desktop::words::Clock;
use framekeep::desktop::{Guide, LivePicture, Snapshot};
use framekeep::domain::{
    BlindCause, BlindReason, CameraChoice, CameraState, Detection, EventId, Frame, FrameId, Job, JobId, JobKind,
    JobState, LedgerExtract, LedgerPage, Mask, Picture, PictureFormat, PixelFormat, Priority, Region, RgbPicture,
    SavedFrame, Second, StreamId, Timestamp, Verdict, Zone, ZoneKind,
};
use framekeep::library::{FramePage, LedgerQuery};
use framekeep::sources::{SourceInfo, Webcam};
use framekeep::video::RecorderView;

/// 21 November 2026, 14:02:31 UTC.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_269_751_000);
pub const URL: &str = "https://192.168.1.23:8443/j/3vQe8mZkT1uYxw";

/// Everything that a panel can be shown, owned.
pub struct World {
    pub view: View,
    pub clock: Clock,
    pub chosen: StreamId,
    pub live: Option<LivePicture>,
    pub history: Vec<Sample>,
    pub ledger: Option<LedgerLook>,
    pub gallery: Gallery,
    pub mask_on: bool,
    pub guide: Guide,
    /// What the live picture says that differs.
    pub seen: Option<fn(&mut LivePicture)>,
    pub without_picture: bool,
    textures: Vec<TextureHandle>,
}

impl World {
    /// One webcam that sees something move, two phones, a dozen kept frames.
    pub fn busy() -> Self {
        let local = stream("operator", "webcam");
        let mut gallery = Gallery::default();
        gallery.replace(kept(12), None);
        Self {
            view: view(),
            clock: clock(),
            chosen: local,
            live: None,
            history: history(),
            ledger: Some(ledger_look()),
            gallery,
            mask_on: true,
            guide: Guide::None,
            seen: None,
            without_picture: false,
            textures: Vec::new(),
        }
    }

    /// A computer without a webcam, before anybody joined.
    pub fn empty() -> Self {
        let mut world = Self::busy();
        let view = &mut world.view;
        view.webcams.clear();
        view.local.info = None;
        view.cameras.truncate(1);
        view.cameras[0].state = blind(BlindReason::NotFound);
        view.cameras[0].counts = Counts::default();
        view.requests.clear();
        view.devices.clear();
        world.gallery = Gallery::default();
        world.gallery.replace(Vec::new(), None);
        world.history = vec![Sample::default(); SAMPLES];
        world
    }

    /// Uploads the live picture and the thumbnails.
    pub fn upload(&mut self, ctx: &Context) {
        if !self.textures.is_empty() {
            return;
        }
        let image = |picture: &RgbPicture| {
            ColorImage::from_rgb([picture.width as usize, picture.height as usize], &picture.data)
        };
        let picture = ctx.load_texture("live", image(&scene(640, 360, 3)), TextureOptions::LINEAR);
        let mask = ctx.load_texture("mask", mask_image(), TextureOptions::LINEAR);
        self.live = Some(LivePicture {
            texture: picture.id(),
            mask: Some(mask.id()),
            width: 1280,
            height: 720,
            detection: detection(),
            fps: 29.9,
        });
        if let (Some(change), Some(live)) = (self.seen, &mut self.live) {
            change(live);
        }
        self.textures.extend([picture, mask]);
        for frame in self.gallery.frames().to_vec() {
            let number = u32::try_from(frame.seq).unwrap();
            let thumbnail = ctx.load_texture("thumbnail", image(&scene(160, 90, number)), TextureOptions::LINEAR);
            self.gallery.set_thumbnail(frame.id, Some(thumbnail));
        }
    }

    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            view: &self.view,
            clock: &self.clock,
            chosen: &self.chosen,
            live: self.live.as_ref().filter(|_| !self.without_picture),
            history: &self.history,
            ledger: self.ledger.as_ref(),
            gallery: &self.gallery,
            mask_on: self.mask_on,
            guide: self.guide,
        }
    }
}

pub fn clock() -> Clock {
    Clock { now: NOW, zone: jiff::tz::TimeZone::UTC, stopped: true }
}

pub fn stream(user: &str, camera: &str) -> StreamId {
    StreamId { user: user.parse().unwrap(), camera: camera.parse().unwrap() }
}

pub fn before(secs: u64) -> Timestamp {
    NOW.minus(std::time::Duration::from_secs(secs))
}

pub fn blind(reason: BlindReason) -> CameraState {
    CameraState::Blind { since: before(95), reason }
}

pub fn full_disk() -> Problem {
    Problem {
        kind: ProblemKind::DiskFull,
        since: before(40),
        what: "the disk of /home/operator/Pictures/Framekeep is full, new frames wait in the spool".to_owned(),
        todo: "free some room, or choose another save folder".to_owned(),
    }
}

/// A recording that began a while ago.
pub fn recording(left_out: u64) -> RecorderView {
    RecorderView { since: Some(NOW.minus(std::time::Duration::from_mins(2))), left_out }
}

pub fn view() -> View {
    let local = stream("operator", "webcam");
    let counts = |received, motion, kept| Counts { received, motion, kept, ..Counts::default() };
    let camera =
        |stream, kind, state, fps, counts| CameraView { stream, kind, state, fps, counts, last_frame: Some(NOW) };
    View {
        at: NOW,
        local: LocalCamera {
            choice: CameraChoice::Auto,
            on: true,
            info: Some(SourceInfo {
                name: "HD Webcam".to_owned(),
                width: 1280,
                height: 720,
                fps: 30.0,
                format: "MJPEG".to_owned(),
            }),
            stream: local.clone(),
            recording: None,
        },
        webcams: vec![
            Webcam { index: 0, name: "HD Webcam".to_owned() },
            Webcam { index: 2, name: "USB Camera".to_owned() },
        ],
        cameras: vec![
            camera(local, CameraKind::Local, CameraState::Motion, 29.9, counts(18_214, 412, 96)),
            camera(stream("anna", "phone"), CameraKind::Remote, CameraState::Still, 1.0, counts(240, 31, 12)),
            camera(stream("ben", "phone"), CameraKind::Remote, blind(BlindReason::Silent), 0.0, counts(80, 0, 0)),
        ],
        invitation: Some(Invitation {
            url: URL.to_owned(),
            address: "https://192.168.1.23:8443".to_owned(),
            role: Role::Camera,
            expires: NOW.plus(std::time::Duration::from_mins(9)),
            qr: Arc::new(qr(URL)),
            fingerprint: Fingerprint {
                phrase: "tiger acorn muffin river cello walnut quartz lemon".to_owned(),
                digits: "3F9A 01C4 B7E2 88D0".to_owned(),
            },
        }),
        joining: JoiningView::default(),
        addresses: vec!["192.168.1.23".parse().unwrap(), "10.0.0.4".parse().unwrap()],
        server: ServerState::Listening("0.0.0.0:8443".parse().unwrap()),
        requests: vec![request()],
        devices: vec![
            device("00000000000000a1", "iPhone, Safari", Some("anna"), true),
            device("00000000000000b2", "Pixel, Chrome", Some("ben"), false),
        ],
        jobs: Arc::default(),
        problems: Vec::new(),
        save_dir: PathBuf::from("/home/operator/Pictures/Framekeep"),
        free_bytes: Some(214_000_000_000),
        settings: Arc::new(Settings { local_user: "operator".parse().unwrap(), ..Settings::default() }),
    }
}

pub fn zones() -> Vec<Zone> {
    vec![
        Zone::rectangle(ZoneKind::Watch, 0.05, 0.45, 0.6, 0.5),
        Zone::rectangle(ZoneKind::Ignore, 0.7, 0.05, 0.2, 0.3),
        Zone::rectangle(ZoneKind::Private, 0.1, 0.1, 0.15, 0.2),
    ]
}

pub fn request() -> NameRequest {
    NameRequest {
        device: DeviceId("00000000000000c3".to_owned()),
        label: "iPad, Safari".to_owned(),
        user: "anna".parse().unwrap(),
        since: before(12),
    }
}

fn device(id: &str, label: &str, user: Option<&str>, online: bool) -> DeviceView {
    let device = Device {
        id: DeviceId(id.to_owned()),
        label: label.to_owned(),
        role: Role::Camera,
        user: user.map(|user| user.parse().unwrap()),
        paired_at: before(3600),
        last_seen: before(if online { 1 } else { 95 }),
    };
    DeviceView { device, online, battery: online.then_some(Battery { percent: 54, charging: true }) }
}

/// Phones on their way: one at the warning, one whose camera is not allowed, one that is through.
pub fn joining() -> World {
    let joining = Joining::default();
    let from = |n: u8| std::net::IpAddr::from([192, 168, 1, n]);
    let iphone = "Mozilla/5.0 (iPhone) Safari/604.1";
    let paired = |n: u8, told: &[Told]| {
        let device = device(&format!("00000000000000{n:02x}"), "Android, Chrome", Some("clara"), true).device;
        joining.page(from(n), "Android", true, before(30));
        joining.paired(from(n), "Android", &device, before(25));
        for told in told {
            joining.told(from(n), "Android", &device, *told, before(20));
        }
        device
    };
    let through = paired(51, &[Told::Asking, Told::Allowed]);
    joining.frame(&through.id, before(6));
    paired(52, &[Told::Asking, Told::Denied]);
    joining.help(from(53), iphone, before(12));
    joining.knock(from(53), Knock::Refused, before(8));
    let mut world = World::busy();
    world.view.joining = JoiningView { phones: joining.phones(&[], NOW), nobody: None };
    world
}

/// Jobs of each state that is shown: one that runs, one that is being cancelled, and one that failed.
pub fn jobs() -> JobsView {
    let job = |id, kind, state| Job {
        id: JobId(id),
        kind,
        payload: "{}".to_owned(),
        priority: Priority::Normal,
        state,
        attempts: 1,
        most_attempts: 5,
        run_at: before(90),
        created_at: before(90),
        started_at: Some(before(60)),
        finished_at: None,
        worker: Some("studio-4711-0".to_owned()),
        progress: 0.25,
        note: "encoding".to_owned(),
        log: String::new(),
        cancelling: false,
    };
    let cancelling = Job { cancelling: true, progress: 0.0, ..job(14, JobKind::Timelapse, JobState::Running) };
    let log = "attempt 1: the chunks cannot be joined: the third one is damaged".to_owned();
    JobsView {
        now: NOW,
        any: true,
        waiting: 3,
        failed: 1,
        running: vec![cancelling, job(12, JobKind::Clip, JobState::Running)],
        newest_failed: vec![Job { log, ..job(7, JobKind::Recording, JobState::Dead) }],
        paused: false,
        trouble: None,
    }
}

/// What is said when no phone comes.
pub fn nobody() -> Advice {
    let joining = Joining::default();
    let address = "192.168.1.23:8443".parse().unwrap();
    joining.nobody(address, false, before(60));
    joining.nobody(address, false, NOW).unwrap()
}

/// Frames that were kept lately, newest first.
pub fn kept(count: i64) -> Vec<SavedFrame> {
    (0..count)
        .map(|number| SavedFrame {
            id: FrameId(1000 - number),
            stream: if number % 3 == 1 { stream("anna", "phone") } else { stream("operator", "webcam") },
            seq: u64::try_from(number).unwrap(),
            captured_at: before(u64::try_from(number).unwrap() * 7),
            width: 1280,
            height: 720,
            bytes: 143_000,
            format: PictureFormat::Jpeg,
            score: 0.031,
            event: Some(EventId(1)),
            peak: number == 2,
        })
        .collect()
}

pub fn history() -> Vec<Sample> {
    (0..SAMPLES)
        .map(|step| {
            let wave = ((step as f32 / 9.0).sin() * 0.5 + 0.5) * (step as f32 / SAMPLES as f32);
            let score = if step % 40 < 12 { 0.0 } else { wave * 0.3 };
            Sample { score, motion: score > 0.03 }
        })
        .collect()
}

/// Quiet but for three events, and blind twice: once for minutes and once for two seconds.
pub fn ledger(from: Timestamp, to: Timestamp) -> LedgerExtract {
    let (first, end) = (from.as_millis() / 1000, to.as_millis() / 1000);
    let mut pages: BTreeMap<i64, LedgerPage> = BTreeMap::new();
    for second in first..end {
        let number = LedgerPage::number_of(second);
        let known = pages.entry(number).or_insert_with(|| LedgerPage::new(number)).get_mut(second);
        match end - second {
            2900.. => {}
            300..=420 | 1500..=1530 | 2600..=2640 => known.mark(Second::KEPT),
            1801..=2000 => known.blind(BlindCause::Unplugged),
            700..=701 => known.blind(BlindCause::Frozen),
            _ => known.mark(Second::SEEN),
        }
    }
    LedgerExtract::read(&pages, first, end)
}

pub fn ledger_look() -> LedgerLook {
    let hour = ledger(before(3600), NOW);
    LedgerLook { stream: stream("operator", "webcam"), at: NOW, today: hour.sums.clone(), hour }
}

pub fn detection() -> Detection {
    let region = |x, y, width, height| Region { x, y, width, height, area: width * height * 0.6, strength: 0.6 };
    let regions = vec![region(0.40, 0.38, 0.14, 0.40), region(0.72, 0.55, 0.08, 0.12)];
    Detection { verdict: Verdict::Motion, score: 0.031, regions }
}

/// A room with a window, a floor and somebody in it, drawn; `number` moves the person.
pub fn scene(width: u32, height: u32, number: u32) -> RgbPicture {
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            data.extend(scene_at(u, v, number));
        }
    }
    RgbPicture { width, height, data }
}

fn scene_at(u: f32, v: f32, number: u32) -> [u8; 3] {
    let shift = (number as f32 - 3.0) * 0.03;
    let inside = |x: f32, y: f32, w: f32, h: f32| u >= x && u < x + w && v >= y && v < y + h;
    let person = 0.47 + shift;
    // Flat colours, so that the pictures in `tests/snapshots` stay small.
    if (u - person).hypot((v - 0.44) * 0.5625) < 0.03 {
        [226, 184, 150]
    } else if inside(person - 0.055, 0.50, 0.11, 0.28) {
        [70, 105, 160]
    } else if inside(0.73, 0.56, 0.06, 0.10) {
        [150, 70, 52]
    } else if inside(0.08, 0.12, 0.22, 0.34) {
        let bar = (u - 0.19).abs() < 0.004 || (v - 0.29).abs() < 0.006;
        if bar { [90, 80, 70] } else { [176, 206, 232] }
    } else if v > 0.72 {
        [134, 104, 76]
    } else {
        [176, 170, 158]
    }
}

fn mask_image() -> ColorImage {
    let (width, height) = (160, 90);
    let mut image = ColorImage::filled([width, height], eframe::egui::Color32::TRANSPARENT);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let person = (u - 0.47).abs() < 0.058 && (0.40..0.78).contains(&v);
            let box_ = (0.73..0.79).contains(&u) && (0.56..0.66).contains(&v);
            if person || box_ {
                image.pixels[y * width + x] = framekeep::desktop::theme::ON_PICTURE.gamma_multiply_u8(0x78);
            }
        }
    }
    image
}

/// A live view as the pipeline shows it, with a raw picture.
pub fn live_view(stream: &StreamId, seq: u64) -> LiveView {
    let RgbPicture { width, height, data } = scene(640, 360, 3);
    let picture = Picture::Raw { width, height, format: PixelFormat::Rgb, bytes: Bytes::from(data) };
    let mut mask = Mask { width: 160, height: 90, data: vec![Mask::STILL; 160 * 90] };
    for y in 36..70 {
        mask.data[y * 160 + 66..y * 160 + 85].fill(Mask::MOVING);
    }
    LiveView {
        frame: Arc::new(Frame { stream: stream.clone(), seq, captured_at: NOW, picture }),
        detection: detection(),
        mask,
        event: Some(EventId(1)),
        fps: 29.9,
        at: Instant::now(),
    }
}

/// A library of drawn frames.
pub struct DrawnShelf {
    folder: tempfile::TempDir,
    frames: AtomicI64,
    reads: AtomicU64,
    failing: AtomicBool,
}

/// Frames of one page of the drawn library.
const PAGE: i64 = 200;

impl DrawnShelf {
    pub fn new(frames: i64) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            frames: frames.into(),
            reads: AtomicU64::new(0),
            failing: AtomicBool::new(false),
        }
    }

    /// From now on it has so many frames.
    pub fn grow(&self, frames: i64) {
        self.frames.store(frames, Ordering::Relaxed);
    }

    /// Lets the disk fail, or not any more.
    pub fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::Relaxed);
    }

    /// How many thumbnails were read.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }
}

impl Shelf for DrawnShelf {
    fn page(&self, cursor: Option<String>, _limit: usize) -> Result<FramePage, String> {
        if self.failing.load(Ordering::Relaxed) {
            return Err("the disk does not answer".to_owned());
        }
        let from: i64 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let all = self.frames.load(Ordering::Relaxed);
        let to = all.min(from + PAGE);
        let frames = kept(to).split_off(usize::try_from(from).unwrap());
        Ok(FramePage { frames, next: (to < all).then(|| to.to_string()) })
    }

    fn thumbnail(&self, frame: &SavedFrame) -> Result<Vec<u8>, String> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.failing.load(Ordering::Relaxed) {
            return Err("the disk does not answer".to_owned());
        }
        jpeg(320, 180, u32::try_from(frame.seq).unwrap())
    }

    fn ledger(&self, query: &LedgerQuery) -> Result<LedgerExtract, String> {
        Ok(ledger(query.from, query.to))
    }

    fn path(&self, frame: &SavedFrame) -> PathBuf {
        let path = self.folder.path().join(format!("{}.jpg", frame.id));
        std::fs::write(&path, jpeg(640, 360, u32::try_from(frame.seq).unwrap()).unwrap()).unwrap();
        path
    }
}

fn jpeg(width: u32, height: u32, number: u32) -> Result<Vec<u8>, String> {
    framekeep::codec::encode_jpeg(&scene(width, height, number), 85).map_err(|error| error.to_string())
}

/// The modules of a QR code.
pub fn qr(text: &str) -> Vec<Vec<bool>> {
    let code = qrcode::QrCode::new(text).unwrap();
    let dark: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark).collect();
    dark.chunks(code.width()).map(<[bool]>::to_vec).collect()
}
