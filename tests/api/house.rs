//! A running server in folders of its own, and clients of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use framekeep::access::{Access, Role};
use framekeep::bus::{Bus, Latest, Problems};
use framekeep::codec;
use framekeep::config::{Settings, SettingsStore};
use framekeep::control::{self, ControlService, ServerState};
use framekeep::domain::{CameraChoice, KeepRule, RgbPicture, Timestamp};
use framekeep::intake::Door;
use framekeep::jobs::JobQueue;
use framekeep::library::Library;
use framekeep::pipeline::{self, Pipeline};
use framekeep::server::{self, Server};
use serde_json::Value;
use tokio_rustls::rustls::crypto::ring;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use warp::http::{HeaderMap, Request};

/// Longest that anything may take that should happen soon.
pub const SOON: Duration = Duration::from_secs(20);

/// The whole program but the window, on a free port.
pub struct House {
    pub addr: SocketAddr,
    pub access: Arc<Access>,
    pub library: Arc<Library>,
    pub bus: Bus,
    pub problems: Problems,
    pub latest: Latest,
    pub frames: std::path::PathBuf,
    pub authority: Vec<u8>,
    server: Option<Server>,
    pipeline: Arc<Pipeline>,
    control: Option<ControlService>,
    runtime: Option<tokio::runtime::Runtime>,
    _folder: tempfile::TempDir,
}

impl House {
    /// Keeps every frame.
    pub fn open() -> Self {
        Self::keeping(KeepRule::All { every_secs: 0.0 })
    }

    pub fn keeping(rule: KeepRule) -> Self {
        Self::with(|settings| settings.defaults.keep = rule)
    }

    /// Keeps every frame but where `change` says otherwise.
    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let bus = Bus::default();
        let (latest, problems) = (Latest::new(bus.clone()), Problems::new(bus.clone()));
        let settings = Arc::new(SettingsStore::open(path("settings.toml"), bus.clone()).unwrap());
        settings.override_with(|settings| {
            settings.camera = CameraChoice::None;
            settings.local_user = "Operator".parse().unwrap();
            settings.defaults.keep = KeepRule::All { every_secs: 0.0 };
            change(settings);
        });
        let library = Arc::new(Library::open(&path("frames"), &path("spool"), bus.clone(), problems.clone()).unwrap());
        library.keep_ledger(latest.ledger().clone());
        let access = Arc::new(Access::open(&path("access"), bus.clone()).unwrap());
        let pipeline = Arc::new(
            Pipeline::start(&pipeline::Parts {
                settings: Arc::clone(&settings),
                library: Arc::clone(&library),
                latest: latest.clone(),
                problems: problems.clone(),
            })
            .unwrap(),
        );
        let control = ControlService::start(control::Parts {
            jobs: JobQueue::embedded(Arc::clone(&library)),
            settings: Arc::clone(&settings),
            library: Arc::clone(&library),
            access: Arc::clone(&access),
            pipeline: Arc::clone(&pipeline),
            latest: latest.clone(),
            bus: bus.clone(),
            problems: problems.clone(),
        })
        .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let parts = server::Parts {
            jobs: JobQueue::embedded(Arc::clone(&library)),
            access: Arc::clone(&access),
            library: Arc::clone(&library),
            door: Arc::new(Door::new(Arc::clone(&pipeline), latest.clone())),
            latest: latest.clone(),
            bus: bus.clone(),
            problems: problems.clone(),
            controls: control.controls(),
            certificates: path("certificates"),
        };
        let server = Server::start(runtime.handle(), "127.0.0.1:0".parse().unwrap(), parts).unwrap();
        control.set_server(ServerState::Listening(server.local_addr()), Box::new(server.fingerprint()));
        let authority = std::fs::read(path("certificates").join("authority.pem")).unwrap();
        Self {
            addr: server.local_addr(),
            access,
            library,
            bus,
            problems,
            latest,
            frames: path("frames"),
            authority,
            server: Some(server),
            pipeline,
            control: Some(control),
            runtime: Some(runtime),
            _folder: folder,
        }
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Client {
        let certificate = Certificate::from_pem(&self.authority).unwrap();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[certificate]))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(SOON))
            .build();
        Client { agent: config.into(), base: format!("https://{}", self.addr), headers: Vec::new() }
    }

    /// A script with a token.
    pub fn script(&self, user: &str) -> Client {
        let (_, token) = self.access.create_token(&user.parse().unwrap(), "test", now()).unwrap();
        self.stranger().with("Authorization", &format!("Bearer {token}"))
    }

    /// A script of the operator.
    pub fn operator(&self) -> Client {
        let ticket = self.access.ticket(Role::Operator, None, now());
        let (_, token) = self.access.redeem(&ticket.secret, None, "operator", now()).unwrap().unwrap();
        self.stranger().with("Authorization", &format!("Bearer {token}"))
    }

    /// A phone that has scanned the code, and sends what browsers send.
    pub fn phone(&self) -> Client {
        let ticket = self.access.ticket(Role::Camera, None, now());
        let answer = self.stranger().post(&format!("/j/{}", ticket.secret), &[], b"");
        assert_eq!(answer.status, 303, "{}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        self.stranger().with("Cookie", &cookie).with("Origin", &format!("https://{}", self.addr))
    }

    /// A phone whose owner has typed a name.
    pub fn phone_of(&self, user: &str) -> Client {
        let phone = self.phone();
        let answer = phone.json("PUT", "/api/v1/me/user", &serde_json::json!({ "user": user }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        phone
    }

    /// Stops the pipeline alone: what goes on ends.
    pub fn close_pipeline(&mut self) {
        assert!(self.pipeline.stop(Duration::from_secs(5)));
    }

    /// What the window shows and asks.
    pub fn controls(&self) -> control::Controls {
        self.control.as_ref().unwrap().controls()
    }

    /// Stops the server alone.
    pub fn stop_server(&mut self) -> bool {
        self.server.take().unwrap().stop(Duration::from_secs(5))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let deadline = Duration::from_secs(5);
        if let Some(server) = self.server.take() {
            let _ = server.stop(deadline);
        }
        if let Some(control) = self.control.take() {
            let _ = control.stop(deadline);
        }
        let _ = self.pipeline.stop(deadline);
        let _ = self.library.stop(deadline);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// Sends requests with headers of its own.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    pub base: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// The value of a header that this client sends.
    pub fn sends(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &[])
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], &[])
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", path, headers, body)
    }

    pub fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// Sends one frame to a camera.
    pub fn frame(&self, camera: &str, picture: &[u8]) -> Answer {
        self.post(&format!("/api/v1/cameras/{camera}/frames"), &[("Content-Type", "image/jpeg")], picture)
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS") {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut response = response.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let body = response.body_mut().with_config().limit(100 << 20).read_to_vec().unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The code of an error, after a look at its shape.
    pub fn code(&self) -> String {
        let value = self.value();
        let error = value["error"].as_object().unwrap_or_else(|| panic!("no error: {value}"));
        for key in ["code", "message", "hint"] {
            let text = error[key].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{key} is missing: {value}");
        }
        assert!(self.header("content-type").starts_with("application/json"), "{:?}", self.headers);
        error["code"].as_str().unwrap().to_owned()
    }
}

pub fn now() -> Timestamp {
    SystemTime::now().into()
}

/// A picture with edges; another `seed` is another picture.
pub fn jpeg(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let light = u8::try_from((x / 8 + y / 8 + seed) % 7 * 30).unwrap();
            data.extend([light, light / 2, 255 - light]);
        }
    }
    codec::encode_jpeg(&RgbPicture { width, height, data }, 85).unwrap()
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "it did not come true that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
