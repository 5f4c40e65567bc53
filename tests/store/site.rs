//! A real program, a real Redis, a real store, and workers with nothing but their own empty folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use framekeep::codec::{self, MatroskaWriter, TrackCodec, VideoTrack};
use framekeep::domain::{ClipKind, RgbPicture, StreamId, Timestamp};
use framekeep::jobs::JobQueue;
use framekeep::library::{ClipFolder, ClipOrder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::crypto::ring;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use warp::http::Request;

use crate::films::{Style, film};
use crate::places::Redis;
use crate::s3::{ADDRESS, S3};

/// Says whom the prefix belongs to.
pub const OWNER: &str = "house/one/.framekeep/owner";
const LONG: Duration = Duration::from_mins(4);
/// When the event began.
const BEGAN: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// A process that ends with the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Site {
    pub redis: Redis,
    pub s3: Option<S3>,
    pub root: tempfile::TempDir,
    program: Option<(Process, ureq::Agent, String)>,
    token: String,
}

impl Site {
    /// With a store, or with workers that share the save folder. The program does no job itself.
    pub fn open(with_store: bool) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["data", "frames", "redis", "s3"] {
            std::fs::create_dir(path(folder)).unwrap();
        }
        let redis = Redis::start(&path("redis"));
        let s3 = with_store.then(|| S3::start(&path("s3")));
        let store = if with_store { format!("store = {ADDRESS:?}\n") } else { String::new() };
        let settings = format!("[jobs]\nqueue = {:?}\nworkers = 0\n{store}", redis.url());
        let keep = "[defaults.keep]\nmode = \"all\"\nevery_secs = 0.0\n[defaults.clip]\non = false\n";
        std::fs::write(path("data/settings.toml"), settings + keep).unwrap();
        let mut site = Self { redis, s3, root, program: None, token: String::new() };
        let token = site.framekeep(&["token", "--user", "Anna"]).output().unwrap();
        String::from_utf8(token.stdout).unwrap().trim().clone_into(&mut site.token);
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn queue(&self) -> JobQueue {
        JobQueue::redis(&self.redis.url()).unwrap()
    }

    fn framekeep(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.args(arguments).arg("--data-dir").arg(self.path("data"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        command.envs(self.s3.iter().flat_map(S3::variables));
        command
    }

    pub fn start(&mut self) {
        let mut command = self.framekeep(&["serve", "--camera", "none", "--listen", "127.0.0.1:0"]);
        command.arg("--save-dir").arg(self.path("frames")).stdout(Stdio::piped());
        let mut program = Process(command.spawn().unwrap());
        let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find(|line| line.starts_with("https://")).expect("it says where it is");
        let base = url.split_once("/j/").map_or(url.as_str(), |(base, _)| base).to_owned();
        // It goes on to print, and ends when nobody reads.
        std::thread::spawn(move || lines.for_each(drop));
        let authority = std::fs::read(self.path("data/certificates/authority.pem")).unwrap();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[Certificate::from_pem(&authority).unwrap()]))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        self.program = Some((program, config.into(), base));
    }

    pub fn kill(&mut self) {
        self.program = None;
    }

    /// A process of workers in a folder of its own, which is empty.
    pub fn worker(&self, name: &str) -> Process {
        let own = self.path(name);
        std::fs::create_dir_all(&own).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.args(["worker", "--queue", &self.redis.url(), "--workers", "1", "--data-dir"]).arg(own.join("data"));
        match &self.s3 {
            Some(s3) => command.args(["--store", ADDRESS]).envs(s3.variables()),
            None => command.arg("--save-dir").arg(self.path("frames")),
        };
        Process(command.current_dir(own).stdout(Stdio::null()).spawn().unwrap())
    }

    /// What the program answers Anna.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let (_, agent, base) = self.program.as_ref().unwrap();
        let mut request = Request::builder().method(method).uri(format!("{base}{path}"));
        request = request.header("Authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if matches!(method, "GET" | "DELETE") {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(body).unwrap())
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let body = answer.body_mut().with_config().limit(100 << 20).read_to_vec().unwrap();
        (answer.status().as_u16(), body)
    }

    pub fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) =
            self.ask(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes());
        assert!(status < 300, "{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// A finished recording of Anna's, sent in chunks as a phone does.
    pub fn record(&self, key: &str, style: Style) -> String {
        let bytes = film(style);
        let began = json!({ "camera": "front", "mime": style.media_type, "started_at": now().as_millis() - 60_000, "key": key });
        let id = self.json("POST", "/api/v1/recordings", &began)["id"].as_str().unwrap().to_owned();
        let mut chunks = 0;
        for chunk in bytes.chunks(300_000) {
            let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(chunk)));
            let path = format!("/api/v1/recordings/{id}/chunks/{chunks}");
            let (status, answer) = self.ask("PUT", &path, &[("Repr-Digest", &digest)], chunk);
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
            chunks += 1;
        }
        self.json("POST", &format!("/api/v1/recordings/{id}/finish"), &json!({ "chunks": chunks }));
        id
    }

    /// What is made of a recording, once it is.
    pub fn made(&self, id: &str) -> Value {
        let mut made = Value::Null;
        until("it is made", || {
            made = self.json("GET", &format!("/api/v1/recordings/{id}"), &Value::Null)["made"].clone();
            !made.is_null()
        });
        made
    }

    /// The video that was made of it.
    pub fn video_of(&self, id: &str) -> PathBuf {
        let folder = self.path("frames/.framekeep/made/recordings").join(id);
        let found = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
        found.filter(|path| path.file_stem().is_some_and(|stem| stem == "video")).last().unwrap()
    }

    /// The films of the clips there are, by their kind.
    pub fn clips(&self) -> Vec<(String, PathBuf)> {
        let list = self.json("GET", "/api/v1/clips", &Value::Null);
        let kinds = list["clips"].as_array().unwrap().iter().map(|clip| clip["kind"].as_str().unwrap().to_owned());
        let files: Vec<PathBuf> = std::fs::read_dir(self.path("frames/Anna/clips"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        let of_kind = |kind: &str| files.iter().find(|file| file.to_string_lossy().contains(&format!("_{kind}-")));
        let mut clips: Vec<_> = kinds.filter_map(|kind| Some((kind.clone(), of_kind(&kind)?.clone()))).collect();
        clips.sort();
        clips
    }

    /// Waits until nothing is left in the store, under whatever name, but whom it belongs to.
    pub fn assert_the_store_gets_empty(&self) {
        let s3 = self.s3.as_ref().unwrap();
        until("the store is empty", || s3.objects() == [OWNER]);
    }
}

/// An event of Anna's whose frames were spooled by a program that ended before their clip was made.
pub fn leave_an_event(frames: &Path) {
    let stream = StreamId { user: "Anna".parse().unwrap(), camera: "door".parse().unwrap() };
    let ends = Some(BEGAN.plus(Duration::from_secs(2)));
    let order = ClipOrder::new(ClipKind::Event, 7, &stream, BEGAN, ends);
    let inside = frames.join(".framekeep");
    std::fs::create_dir_all(&inside).unwrap();
    let folder = ClipFolder::named(frames, &order.name()).unwrap();
    folder.put_order(&order).unwrap();
    let track = VideoTrack { codec: TrackCodec::Jpeg, width: 160, height: 120, began_at: BEGAN.as_millis() };
    let (mut file, mut writer) = (MatroskaWriter::begin(&track), MatroskaWriter::default());
    for number in 0..20_u8 {
        let picture = picture(number);
        file.extend(writer.block(i64::from(number) * 100, picture.len()));
        file.extend(picture);
    }
    std::fs::write(folder.frames(), file).unwrap();
}

/// A JPEG; another number is another one.
pub fn picture(number: u8) -> Vec<u8> {
    let (width, height) = (160_usize, 120_usize);
    let level = |at: usize| u8::try_from((at % width + at / width * 2 + usize::from(number) * 9) % 256).unwrap();
    let data = (0..width * height).flat_map(|at| [level(at), level(at) / 2, 90]).collect();
    codec::encode_jpeg(&RgbPicture { width: 160, height: 120, data }, 85).unwrap()
}

pub fn now() -> Timestamp {
    SystemTime::now().into()
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "it did not come true that {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
