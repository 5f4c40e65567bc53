//! What compose.yaml starts works together: its commands and the settings of its container, with folders in the place of
//! volumes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use framekeep::domain::{JobState, MadeVideo};
use framekeep::jobs::JobQueue;
use framekeep::library::{FACTS, made_folder};

use crate::films::{SHORT, film};
use crate::studio::{Studio, until};

const COMPOSE: &str = include_str!("../../compose.yaml");
const DOCKERFILE: &str = include_str!("../../Dockerfile");
const SETTINGS: &str = include_str!("../../assets/container/settings.toml");
/// Where volumes are in the containers.
const VOLUMES: [&str; 4] = ["/run/framekeep", "/queue", "/data", "/frames"];
/// The only other place that can be written.
const TEMPORARY: &str = "/tmp";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A value in JSON, which is YAML too, of a service.
fn of_service<T: serde::de::DeserializeOwned>(service: &str, key: &str) -> T {
    let own = COMPOSE.split(&format!("\n  {service}:\n")).nth(1).expect("compose.yaml has the service");
    let own = own.lines().take_while(|line| line.is_empty() || line.starts_with("    "));
    let line = own.map(str::trim).find_map(|line| line.strip_prefix(&format!("{key}: ")));
    serde_json::from_str(line.expect("the service has the key")).expect("it is written as JSON")
}

fn start(program: &str, command: &[String]) -> Running {
    Running(Command::new(program).args(command).stdout(Stdio::piped()).spawn().unwrap())
}

#[test]
fn what_compose_starts_makes_a_video_of_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    // As the containers have it, but below the folder.
    let here = |text: &str| {
        let at = VOLUMES.iter().chain([&TEMPORARY]).find_map(|place| Some((text.find(place)?, place)));
        at.map_or(text.to_owned(), |(at, place)| {
            let own = folder.path().join(&place[1..]);
            format!("{}{}{}", &text[..at], own.display(), &text[at + place.len()..])
        })
    };
    let command =
        |service| of_service::<Vec<String>>(service, "command").iter().map(|word| here(word)).collect::<Vec<_>>();
    for place in VOLUMES {
        fs::create_dir_all(here(place)).unwrap();
        assert!(DOCKERFILE.contains(&format!(" {place}")), "the Dockerfile makes {place}");
    }
    let settings: String = SETTINGS.lines().map(|line| here(line) + "\n").collect();
    fs::write(Path::new(&here("/data")).join("settings.toml"), &settings).unwrap();
    let recording = {
        let studio = Studio::at(folder.path(), None);
        studio.record("one", &film(SHORT), SHORT.media_type, 2000)
    };

    let _redis = start(&of_service::<Vec<String>>("redis", "entrypoint").concat(), &command("redis"));
    let url = settings.lines().find_map(|line| line.strip_prefix("queue = ")).unwrap().trim_matches('"');
    let queue = JobQueue::redis(url).unwrap();
    until("Redis is up", || queue.now().is_ok());
    let _workers = [(); 2].map(|()| {
        let mut worker = start(env!("CARGO_BIN_EXE_framekeep"), &command("worker"));
        let mut line = String::new();
        BufReader::new(worker.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("1 workers of ") && line.contains("doing recording, clip"), "{line}");
        worker
    });
    let mut serve = command("app");
    serve.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
    let _app = start(env!("CARGO_BIN_EXE_framekeep"), &serve);

    until("two workers are there", || queue.overview().unwrap().workers.len() == 2);
    let facts = Path::new(&here("/frames")).join(made_folder(recording.id)).join(FACTS);
    until("a video is made", || facts.exists());
    let made: MadeVideo = serde_json::from_slice(&fs::read(facts).unwrap()).unwrap();
    assert_eq!((made.width, made.height, made.missing.len()), (160, 120, 0));
    until("its job is done", || queue.counts().unwrap().iter().all(|count| count.state == JobState::Done));
    assert_eq!(queue.counts().unwrap().iter().map(|count| count.count).sum::<u64>(), 1);
}

#[test]
fn the_container_alone_does_what_compose_says_of_the_program() {
    let word = |name: &str| {
        let line = DOCKERFILE.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        serde_json::from_str::<Vec<String>>(line.trim()).unwrap()
    };
    assert_eq!(word("ENTRYPOINT"), ["framekeep"]);
    assert_eq!(word("CMD"), of_service::<Vec<String>>("app", "command"));
    let asked = of_service::<Vec<String>>("redis", "test");
    let socket =
        of_service::<Vec<String>>("redis", "command").into_iter().find(|word| word.starts_with("/run/")).unwrap();
    assert!(asked.contains(&socket) && SETTINGS.contains(&format!("redis+unix://{socket}")), "{asked:?}");
}
