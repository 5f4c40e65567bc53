//! The two places of a queue: a library in a folder of its own, and a Redis of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use framekeep::bus::{Bus, Problems};
use framekeep::jobs::JobQueue;
use framekeep::library::Library;

/// A queue of its own, with what it lies in.
pub struct Place {
    pub name: &'static str,
    pub queue: JobQueue,
    pub redis: Option<Redis>,
    library: Option<Arc<Library>>,
    folder: tempfile::TempDir,
}

impl Place {
    /// Where the embedded one keeps frames and index.
    pub fn frames(&self) -> std::path::PathBuf {
        self.folder.path().join("frames")
    }

    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = Bus::default();
        let problems = Problems::new(bus.clone());
        let library = Library::open(&folder.path().join("frames"), &folder.path().join("spool"), bus, problems);
        let library = Arc::new(library.unwrap());
        let queue = JobQueue::embedded(Arc::clone(&library));
        Self { name: "embedded", queue, redis: None, library: Some(library), folder }
    }

    pub fn redis() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let redis = Redis::start(folder.path());
        let queue = JobQueue::redis(&redis.url()).unwrap();
        Self { name: "redis", queue, redis: Some(redis), library: None, folder }
    }

    /// Both, one after the other.
    pub fn both() -> [Self; 2] {
        [Self::embedded(), Self::redis()]
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(library) = &self.library {
            let _ = library.stop(Duration::from_secs(5));
        }
    }
}

/// A Redis that keeps what it was told, on a port of its own.
pub struct Redis {
    port: u16,
    folder: std::path::PathBuf,
    child: Child,
}

impl Redis {
    pub fn start(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let redis = Self { port, folder: folder.to_owned(), child: Self::spawn(port, folder) };
        redis.wait();
        redis
    }

    fn spawn(port: u16, folder: &Path) -> Child {
        let port = port.to_string();
        let options = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];
        let more = ["--appendfsync", "always", "--dir", folder.to_str().unwrap(), "--daemonize", "no"];
        Command::new("redis-server")
            .args(options)
            .args(more)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there: scripts/needs test installs it")
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.cli(&["PING"]) != "PONG" {
            assert!(Instant::now() < end, "Redis does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Asks it as a person does.
    pub fn cli(&self, words: &[&str]) -> String {
        let out = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output().unwrap();
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Kills it, as a power cut does, and starts it again.
    pub fn restart(&mut self) {
        self.kill();
        self.child = Self::spawn(self.port, &self.folder);
        self.wait();
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
