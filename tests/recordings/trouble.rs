//! Recordings that are damaged or none, and an ffmpeg that hangs, crashes, is missing or not wanted any more.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use framekeep::bus::ProblemKind;
use framekeep::domain::{Job, JobKind, JobState, Missing, NewJob};
use framekeep::ffmpeg::{Ffmpeg, Limits};
use framekeep::jobs::JobQueue;
use framekeep::video::Tools;
use serde_json::json;

use crate::films::{CHROMIUM, SECONDS, SHORT, film, probe};
use crate::places::Redis;
use crate::small_disk::SmallDisk;
use crate::studio::{Studio, names_in, until};

const TOLD_MS: u64 = SECONDS * 1000;

/// A folder with an ffmpeg that says what it is as the real one does, and then does this.
fn ffmpeg_that(does: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script =
        format!("#!/bin/sh\ncase \"$2\" in -version|-encoders) exec /usr/bin/env ffmpeg \"$@\";; esac\n{does}\n");
    put_program(folder.path(), "ffmpeg", &script);
    put_program(folder.path(), "ffprobe", "#!/bin/sh\nexec /usr/bin/env ffprobe \"$@\"\n");
    folder
}

fn put_program(folder: &Path, name: &str, script: &str) {
    // Under another name first: nobody starts half of it.
    let fresh = folder.join(format!("{name}.new"));
    std::fs::write(&fresh, script).unwrap();
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(fresh, folder.join(name)).unwrap();
}

fn tools_in(folder: &Path, silence: Duration) -> Tools {
    Tools::new(Ffmpeg::in_folder(folder), Limits { silence, ..Limits::default() })
}

/// Whether a process runs with this word in its command line.
fn runs(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
    lines.any(|line| line.split('\0').any(|argument| argument == word))
}

fn only_job(studio: &Studio) -> Job {
    let [job] = &studio.jobs()[..] else { panic!("{:?}", studio.jobs()) };
    job.clone()
}

#[test]
fn what_is_no_video_fails_once_and_says_why() {
    let studio = Studio::open();
    let mut text = b"\x1a\x45\xdf\xa3".to_vec();
    text.extend("Dear diary, this is no video at all. ".repeat(500).into_bytes());
    let recording = studio.record("text", &text, "video/webm", 1000);
    until("it is given up", || only_job(&studio).state == JobState::Dead);
    let job = only_job(&studio);
    assert_eq!(job.attempts, 1, "it would fail again: {}", job.log);
    assert!(job.log.contains("not a video that ffmpeg can read"), "{}", job.log);
    assert_eq!(std::fs::read(studio.original_of(&recording)).unwrap(), text, "the file itself stays");
    assert_eq!(studio.library.made(&recording).unwrap(), None);
    assert_eq!(names_in(&studio.frames().join(".framekeep/made/tmp")), [""; 0]);
}

#[test]
fn a_file_of_nothing_and_a_job_that_leads_elsewhere_fail_and_one_whose_file_is_gone_has_nothing_to_do() {
    let studio = Studio::open();
    std::fs::create_dir_all(studio.frames().join("Anna/recordings")).unwrap();
    std::fs::write(studio.frames().join("Anna/recordings/empty.webm"), "").unwrap();
    let queue = |file: &str| {
        let payload = json!({ "recording": "0000000000000007", "file": file, "user": "Anna", "camera": "front",
            "started_at": 0, "told_ms": null, "look": null });
        studio.queue.enqueue(&NewJob::new(JobKind::Recording, payload.to_string())).unwrap()
    };
    for (file, state, why) in [
        ("Anna/recordings/empty.webm", JobState::Dead, "0 bytes"),
        ("../../etc/passwd", JobState::Dead, "no file of a library"),
        ("Anna/recordings/gone.webm", JobState::Done, ""),
    ] {
        let id = queue(file);
        until("it is over", || studio.queue.job(id).unwrap().unwrap().state.is_over());
        let job = studio.queue.job(id).unwrap().unwrap();
        assert!(job.state == state && job.log.contains(why), "{file}: {job:?}");
    }
}

#[test]
fn of_a_damaged_or_cut_recording_is_saved_what_can_be_and_it_is_said_what_is_missing() {
    let studio = Studio::open();
    let mut bytes = film(CHROMIUM);
    let (from, to) = (bytes.len() / 3, bytes.len() / 2);
    bytes[from..to].fill(0xff);
    let damaged = studio.made(&studio.record("damaged", &bytes, CHROMIUM.media_type, TOLD_MS));
    assert!(damaged.frames > 20 && damaged.frames < SECONDS * 15, "{damaged:?}");
    assert!(damaged.missing.iter().any(|missing| matches!(missing, Missing::Gap { .. })), "{damaged:?}");
    probe(&studio.video_of(&damaged));

    let whole = film(CHROMIUM);
    let cut = studio.record("cut", &whole[..whole.len() / 2], CHROMIUM.media_type, TOLD_MS);
    let made = studio.made(&cut);
    assert!(made.missing.contains(&Missing::Time { told_ms: TOLD_MS }), "{made:?}");
    assert!(made.duration_ms < TOLD_MS * 2 / 3 && made.frames > 20, "{made:?}");
}

#[test]
fn an_ffmpeg_that_hangs_is_ended_with_all_that_it_started() {
    let fake = ffmpeg_that("sleep 98761 & sleep 98762");
    let studio = Studio::with(tools_in(fake.path(), Duration::from_secs(1)), None);
    studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it failed", || !only_job(&studio).log.is_empty());
    let job = only_job(&studio);
    assert!(job.log.contains("did nothing for 1 s"), "{}", job.log);
    until("nothing of it is left", || !runs("98761") && !runs("98762"));
    // Its disk may have hung: it is tried again, and an ffmpeg that works finds it.
    put_program(fake.path(), "ffmpeg", "#!/bin/sh\nexec /usr/bin/env ffmpeg \"$@\"\n");
    until("it is done", || only_job(&studio).state == JobState::Done);
}

#[test]
fn an_ffmpeg_that_crashes_is_told_and_the_program_goes_on() {
    let fake = ffmpeg_that("kill -SEGV $$");
    let studio = Studio::with(tools_in(fake.path(), Duration::from_mins(1)), None);
    studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it failed", || !only_job(&studio).log.is_empty());
    assert!(only_job(&studio).log.contains("ended by signal 11"), "{}", only_job(&studio).log);
    put_program(fake.path(), "ffmpeg", "#!/bin/sh\nexec /usr/bin/env ffmpeg \"$@\"\n");
    until("it is done", || only_job(&studio).state == JobState::Done);
}

#[test]
fn an_ffprobe_that_crashes_is_not_taken_for_a_recording_that_is_none() {
    let fake = ffmpeg_that("exec /usr/bin/env ffmpeg \"$@\"");
    let probe = "exec /usr/bin/env ffprobe \"$@\"";
    let crashes = format!("#!/bin/sh\ncase \"$2\" in -version) {probe};; esac\nkill -SEGV $$\n");
    put_program(fake.path(), "ffprobe", &crashes);
    let studio = Studio::with(tools_in(fake.path(), Duration::from_mins(1)), None);
    let recording = studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it failed", || !only_job(&studio).log.is_empty());
    assert!(only_job(&studio).log.contains("ffprobe was ended by signal 11"), "{}", only_job(&studio).log);
    put_program(fake.path(), "ffprobe", &format!("#!/bin/sh\n{probe}\n"));
    studio.made(&recording);
}

#[test]
fn a_job_that_is_cancelled_ends_its_ffmpeg() {
    let fake = ffmpeg_that("sleep 98763");
    let studio = Studio::with(tools_in(fake.path(), Duration::from_mins(10)), None);
    studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it runs", || runs("98763"));
    assert!(studio.queue.cancel(only_job(&studio).id).unwrap());
    until("it is cancelled", || only_job(&studio).state == JobState::Cancelled);
    until("its ffmpeg is gone", || !runs("98763"));
}

#[test]
fn without_ffmpeg_recordings_are_kept_jobs_wait_and_it_is_said_how_to_get_it() {
    let nowhere = tempfile::tempdir().unwrap();
    let studio = Studio::with(tools_in(nowhere.path(), Duration::from_mins(1)), None);
    let told = || studio.problems.list().into_iter().find(|problem| problem.kind == ProblemKind::Ffmpeg);
    assert_eq!(told(), None, "nobody needs it while nothing waits for it");
    let recording = studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it is told", || told().is_some());
    assert!(told().unwrap().todo.contains("apt install ffmpeg"), "{:?}", told());
    let job = only_job(&studio);
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0), "no attempt is wasted");
    for name in ["ffprobe", "ffmpeg"] {
        put_program(nowhere.path(), name, &format!("#!/bin/sh\nexec /usr/bin/env {name} \"$@\"\n"));
    }
    studio.made(&recording);
    until("it is over", || told().is_none());
}

#[test]
fn an_ffmpeg_that_is_just_being_replaced_costs_no_attempt() {
    let fake = ffmpeg_that("exec /usr/bin/env ffmpeg \"$@\"");
    let tools = tools_in(fake.path(), Duration::from_mins(1));
    tools.found().unwrap();
    // There already, and its libraries are not yet.
    put_program(fake.path(), "ffmpeg", "#!/bin/sh\nexit 127\n");
    let studio = Studio::with(tools, None);
    let told = || studio.problems.list().into_iter().any(|problem| problem.kind == ProblemKind::Ffmpeg);
    let recording = studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    until("it was tried", || !only_job(&studio).log.is_empty());
    let job = only_job(&studio);
    assert_eq!((job.state, job.attempts, job.most_attempts), (JobState::Waiting, 1, 9), "{}", job.log);
    until("it is told", told);
    put_program(fake.path(), "ffmpeg", "#!/bin/sh\nexec /usr/bin/env ffmpeg \"$@\"\n");
    studio.made(&recording);
    until("it is over", || !told());
}

#[test]
fn a_full_disk_costs_no_job_is_told_and_what_waits_goes_on_when_there_is_room() {
    let root = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(root.path(), "disk", "16m") else { return };
    // With the queue in the index nothing is begun while that cannot be written.
    let redis = Redis::start(root.path());
    let mut studio = Studio::at(&root.path().join("disk"), Some(JobQueue::redis(&redis.url()).unwrap()));
    let recording = studio.record("a", &film(SHORT), SHORT.media_type, 2000);
    let filler = studio.frames().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    studio.start(Tools::default());
    until("it was tried again", || studio.jobs().first().is_some_and(|job| job.attempts > 1));
    let job = only_job(&studio);
    assert!(job.log.contains("disk is full") || job.log.contains("No space left"), "{}", job.log);
    assert!(job.most_attempts >= 9, "no attempt is held against it: {job:?}");
    let told = || studio.problems.list().into_iter().any(|problem| problem.kind == ProblemKind::DiskFull);
    until("it is told, though nothing comes in", told);
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    studio.made(&recording);
    until("it is over", || !told());
}
