//! A real S3 server over a folder, in a process of its own that can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use framekeep::store::Store;
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;

const FOLDER: &str = "FRAMEKEEP_TEST_S3";
const PORT: &str = "FRAMEKEEP_TEST_S3_PORT";
/// The bucket that is there.
pub const BUCKET: &str = "frames";
/// What is Framekeep's in it.
pub const ADDRESS: &str = "s3://frames/house/one";
const KEY: &str = "AKTEST";
const SECRET: &str = "a-secret-for-tests";

pub struct S3 {
    pub port: u16,
    folder: PathBuf,
    child: Child,
}

impl S3 {
    /// With an empty bucket.
    pub fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
        let (child, port) = spawn(folder, 0);
        Self { port, folder: folder.to_owned(), child }
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// At the same address as before, with what it had.
    pub fn start_again(&mut self) {
        (self.child, _) = spawn(&self.folder, self.port);
    }

    /// What the environment says of it.
    pub fn variables(&self) -> Vec<(String, String)> {
        let all = [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ];
        all.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// The same but for one of them.
    pub fn variables_but(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let mut all = self.variables();
        all.retain(|(known, _)| known != name);
        all.push((name.to_owned(), value.to_owned()));
        all
    }

    pub fn store(&self) -> Store {
        Store::open_with(&ADDRESS.parse().unwrap(), self.variables()).unwrap()
    }

    /// The files of all objects in the bucket, whatever they are called.
    pub fn objects(&self) -> Vec<String> {
        let (mut found, mut folders) = (Vec::new(), vec![self.folder.join(BUCKET)]);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.folder.join(BUCKET)).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// Puts an object there past everybody.
    pub fn lay(&self, key: &str, bytes: &[u8]) {
        let path = self.folder.join(BUCKET).join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, port: u16) -> (Child, u16) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "s3::serves_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(PORT, port.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.strip_prefix("at port ")?.parse().ok()).expect("it says where it is");
    // It goes on to print, and ends when nobody reads.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port)
}

#[test]
#[ignore = "a process that other tests start and kill"]
fn serves_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("another test starts this"));
    let port: u16 = std::env::var(PORT).unwrap().parse().unwrap();
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = builder.build();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        println!("\nat port {}", listener.local_addr().unwrap().port());
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                // A client that hangs up is its own business.
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
}
