//! Workers, program and store that are killed, and recordings that nobody wants any more: nothing is lost, nothing is doubled,
//! nothing is left behind.

use std::path::Path;
use std::process::Command;

use framekeep::domain::{JobQuery, JobState};
use serde_json::Value;

use crate::films::{CHROMIUM, SHORT, film, frame_checksums};
use crate::s3::ADDRESS;
use crate::site::{OWNER, Process, Site, until};
use crate::small_disk::SmallDisk;

/// How many jobs are in a state.
fn jobs(site: &Site, state: JobState) -> usize {
    let query = JobQuery { state: Some(state), limit: 100, ..JobQuery::default() };
    site.queue().list(query).map_or(0, |jobs| jobs.len())
}

fn assert_whole(site: &Site, id: &str, style: crate::films::Style) {
    assert_eq!(site.made(id)["missing"], Value::Array(Vec::new()));
    let sent = site.path("sent");
    std::fs::write(&sent, film(style)).unwrap();
    assert_eq!(frame_checksums(&site.video_of(id)), frame_checksums(&sent));
}

fn problems(site: &Site) -> String {
    String::from_utf8(site.ask("GET", "/healthz", &[], b"").1).unwrap()
}

fn kill(mut process: Process) {
    process.0.kill().unwrap();
    process.0.wait().unwrap();
}

#[test]
fn workers_and_the_program_that_are_killed_lose_and_double_nothing() {
    let mut site = Site::open(true);
    site.start();
    let ids: Vec<String> = (0..3).map(|number| site.record(&number.to_string(), CHROMIUM)).collect();
    let first = site.worker("first");
    until("a worker is in the middle of a job", || jobs(&site, JobState::Running) == 1);
    kill(first);
    assert!(site.path("first/data/scratch").is_dir());
    // What a job left behind goes with the next start.
    let again = site.worker("first");
    let second = site.worker("second");
    until("one is done", || jobs(&site, JobState::Done) > 0);
    site.kill();
    until("the others are done without the program", || jobs(&site, JobState::Done) == 3);
    site.start();
    for id in &ids {
        assert_whole(&site, id, CHROMIUM);
    }
    assert_eq!((jobs(&site, JobState::Done), jobs(&site, JobState::Dead)), (3, 0));
    site.assert_the_store_gets_empty();
    let scratch = site.path("first/data/scratch");
    until("one folder is in use there", || {
        std::fs::read_dir(&scratch).unwrap().flatten().filter(|entry| entry.path().is_dir()).count() == 1
    });
    let used = std::fs::read_dir(&scratch).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap();
    until("nothing is left in it", || std::fs::read_dir(used.path()).unwrap().count() == 1);
    drop((again, second));
}

#[test]
fn a_worker_whose_own_disk_is_full_waits_for_room_and_costs_no_job_an_attempt() {
    let mut site = Site::open(true);
    let Some(disk) = SmallDisk::mount(site.root.path(), "elsewhere", "8m") else { return };
    site.start();
    let worker = site.worker("elsewhere");
    let only_job = || site.queue().list(JobQuery { limit: 9, ..JobQuery::default() }).unwrap()[0].clone();
    // Before anything is fetched.
    let id = site.record("k1", CHROMIUM);
    until("it is told", || jobs(&site, JobState::Waiting) == 1 && only_job().log.contains("bytes are free in"));
    disk.resize("80m");
    assert_whole(&site, &id, CHROMIUM);
    // In the middle of a job.
    let id = site.record("k2", CHROMIUM);
    let scratch = site.path("elsewhere/data/scratch");
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_fetched = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fetched-"));
    until("a file is fetched", || entries(&scratch).any(|own| entries(&own).any(|path| is_fetched(&path))));
    let filler = site.path("elsewhere/filler");
    let mut full = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut full, &[7; 16384]).is_ok() {}
    until("it fails or is done by then", || jobs(&site, JobState::Running) == 0);
    drop(full);
    std::fs::remove_file(&filler).unwrap();
    assert_whole(&site, &id, CHROMIUM);
    assert_eq!(jobs(&site, JobState::Dead), 0);
    // Nobody writes there any more when it is unmounted.
    drop(worker);
}

#[test]
fn while_the_store_is_away_jobs_wait_and_that_is_told_and_ends_by_itself() {
    let mut site = Site::open(true);
    site.start();
    site.s3.as_mut().unwrap().kill();
    let id = site.record("k1", SHORT);
    until("it is told", || problems(&site).contains("\"store\""));
    let worker = site.worker("elsewhere");
    assert_eq!(site.queue().counts().unwrap(), [], "no worker gets a job without its files");
    site.s3.as_mut().unwrap().start_again();
    assert_whole(&site, &id, SHORT);
    until("nobody is needed any more", || !problems(&site).contains("\"store\""));
    // In the middle of a job.
    let id = site.record("k2", CHROMIUM);
    until("a worker is in the middle of a job", || jobs(&site, JobState::Running) == 1);
    site.s3.as_mut().unwrap().kill();
    until("it fails or is done by then", || jobs(&site, JobState::Running) == 0);
    site.s3.as_mut().unwrap().start_again();
    assert_whole(&site, &id, CHROMIUM);
    site.assert_the_store_gets_empty();
    drop(worker);
}

#[test]
fn a_recording_that_is_deleted_meanwhile_leaves_nothing_and_what_is_no_ones_stays() {
    let mut site = Site::open(true);
    let s3 = site.s3.as_ref().unwrap();
    s3.lay("house/one/notes.txt", b"mine");
    s3.lay("house/other.webm", b"mine");
    site.start();
    let s3 = site.s3.as_ref().unwrap();
    until("it is theirs", || s3.objects().iter().any(|name| name == OWNER));
    site.kill();
    // As if the program had been killed before it could clear these away.
    let s3 = site.s3.as_ref().unwrap();
    s3.lay("house/one/.framekeep/clips/event-99/film.mp4", b"left behind");
    s3.lay("house/one/.framekeep/made/recordings/00c0ffee00c0ffee/made.json", b"left behind");
    site.start();
    let id = site.record("k1", SHORT);
    let s3 = site.s3.as_ref().unwrap();
    let holds = |part: &str| s3.objects().iter().any(|name| name.contains(part));
    until("the recording is in the store", || holds(&id) && jobs(&site, JobState::Waiting) == 1);
    let (status, _) = site.ask("DELETE", &format!("/api/v1/recordings/{id}"), &[], b"");
    assert_eq!(status, 204);
    until("only what is no one's is left", || s3.objects() == [OWNER, "house/one/notes.txt", "house/other.webm"]);
    let worker = site.worker("elsewhere");
    until("its job comes to nothing", || jobs(&site, JobState::Done) == 1);
    assert_eq!(s3.objects(), [OWNER, "house/one/notes.txt", "house/other.webm"]);
    drop(worker);
}

#[test]
fn what_another_one_or_a_copy_of_a_save_folder_holds_is_left_as_it_is() {
    let theirs = "house/one/.framekeep/clips/event-99/film.mp4";
    let copy = "house/one/Anna/recordings/2025-11-21T080101.042Z_front_00c0ffee00c0ffee.webm";
    for objects in [vec![OWNER, theirs], vec![copy]] {
        let mut site = Site::open(true);
        for name in &objects {
            site.s3.as_ref().unwrap().lay(name, b"another");
        }
        site.start();
        site.record("k1", SHORT);
        until("it is told", || problems(&site).contains("\"store\""));
        let mut expected = objects;
        expected.sort_unstable();
        assert_eq!(site.s3.as_ref().unwrap().objects(), expected);
        assert_eq!(site.queue().counts().unwrap(), [], "its job waits");
    }
}

#[test]
fn a_store_that_is_emptied_is_filled_again_and_a_work_that_is_not_whole_is_not_taken() {
    let mut site = Site::open(true);
    site.start();
    let id = site.record("k1", SHORT);
    let s3 = site.s3.as_ref().unwrap();
    let folder = format!("house/one/.framekeep/made/recordings/{id}");
    until("the recording is in the store", || jobs(&site, JobState::Waiting) == 1);
    std::fs::remove_dir_all(site.path("s3/frames/house/one")).unwrap();
    until("it is there again", || s3.objects().iter().any(|name| name.contains(&id)));
    // A video without its facts, and facts of another video than lies there.
    s3.lay(&format!("{folder}/video.webm"), b"half a video");
    let sent = film(SHORT).len();
    let facts = serde_json::json!({
        "recording": i64::from_str_radix(&id, 16).unwrap(), "of_bytes": sent, "format": "webm", "bytes": 77_777,
        "duration_ms": 2000, "frames": 30, "width": 160, "height": 120, "has_sound": true, "is_copy": true,
        "missing": [], "strip": null, "events": []
    });
    s3.lay(&format!("{folder}/made.json"), facts.to_string().as_bytes());
    until("it is turned away", || !s3.objects().contains(&format!("{folder}/made.json")));
    assert_eq!(site.json("GET", &format!("/api/v1/recordings/{id}"), &Value::Null)["made"], Value::Null);
    let worker = site.worker("elsewhere");
    assert_whole(&site, &id, SHORT);
    site.assert_the_store_gets_empty();
    drop(worker);
}

#[test]
fn a_worker_says_at_once_what_is_wrong_with_its_store() {
    let site = Site::open(true);
    let s3 = site.s3.as_ref().unwrap();
    let complaint = |store: &str, variables: Vec<(String, String)>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.args(["worker", "--queue", &site.redis.url(), "--store", store, "--data-dir"]).arg(site.path("own"));
        let output = command.envs(variables).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let wrong = s3.variables_but("AWS_SECRET_ACCESS_KEY", "wrong");
    for (store, variables, code, word) in [
        (ADDRESS, wrong, 1, "AWS_SECRET_ACCESS_KEY"),
        ("s3://nobodys/x", s3.variables(), 1, "no such bucket"),
        ("s3://frames", s3.variables(), 2, "s3://frames/framekeep"),
        ("/mnt/frames", s3.variables(), 2, "s3://BUCKET/PREFIX"),
    ] {
        let (found, told) = complaint(store, variables);
        assert!(found == Some(code) && told.contains(word), "{store}: {found:?} {told}");
    }
}
