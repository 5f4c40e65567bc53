//! Real calls of ffmpeg, and of programs that behave worse.

use std::cell::Cell;
use std::fs;

use super::*;
use crate::ffmpeg::Ffmpeg;

/// An "ffmpeg" that is a shell script.
fn script(text: &str) -> (tempfile::TempDir, Ffmpeg) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ffmpeg");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let ffmpeg = Ffmpeg::in_folder(folder.path());
    (folder, ffmpeg)
}

/// A video of two seconds.
fn film(folder: &Path) -> PathBuf {
    let path = folder.join("film.mkv");
    let source = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=2", "-c:v", "mpeg4"];
    Ffmpeg::default().call(Limits::default()).args(source).output(&path).run(&|_| {}, &|| false).unwrap();
    path
}

#[test]
fn a_film_is_written_and_its_progress_told() {
    let folder = tempfile::tempdir().unwrap();
    let (film, copy) = (film(folder.path()), folder.path().join("copy.mp4"));
    let furthest = Cell::new(Duration::ZERO);
    let call = Ffmpeg::default().call(Limits::default()).input(&film).args(["-c", "copy"]).output(&copy);
    call.run(&|at| furthest.set(at), &|| false).unwrap();
    let facts = Ffmpeg::default().probe(&copy, true, Duration::from_secs(20), &|| false).unwrap();
    assert_eq!(facts.video.unwrap().packets, Some(50));
    assert!(furthest.get() > Duration::from_millis(1800), "{furthest:?}");
}

#[test]
fn a_name_that_looks_like_an_option_or_an_address_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["-version", "http:x.mkv", "concat:a|b", "pipe:1"] {
        let path = folder.path().join(name);
        fs::rename(film(folder.path()), &path).unwrap();
        assert!(Ffmpeg::default().probe(&path, false, Duration::from_secs(20), &|| false).is_ok(), "{name}");
    }
}

#[test]
fn a_list_of_other_files_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.webm");
    fs::write(&list, format!("ffconcat version 1.0\nfile '{}'\n", film(folder.path()).display())).unwrap();
    let call = Ffmpeg::default().call(Limits::default()).input(&list).output(&folder.path().join("out.mkv"));
    let error = call.run(&|_| {}, &|| false).unwrap_err();
    assert!(matches!(&error, FfmpegError::Failed(_)), "{error}");
}

#[test]
fn what_it_complains_about_last_is_the_reason() {
    let (_folder, ffmpeg) = script("echo one >&2; echo two: no such codec >&2; exit 1");
    let error = ffmpeg.call(Limits::default()).run(&|_| {}, &|| false).unwrap_err();
    assert_eq!(error.to_string(), "ffmpeg ended with an error: one; two: no such codec");
}

#[cfg(unix)]
#[test]
fn one_that_hangs_is_ended_with_all_that_it_started() {
    let (folder, ffmpeg) = script("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; wait");
    let limits = Limits { silence: Duration::from_millis(300), ..Limits::default() };
    let error = ffmpeg.call(limits).run(&|_| {}, &|| false).unwrap_err();
    assert!(matches!(error, FfmpegError::Silent(_)), "{error}");
    let pid: libc::pid_t = fs::read_to_string(folder.path().join("pid")).unwrap().trim().parse().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    // Whoever adopted it has to notice its end before it is gone.
    // SAFETY: signal 0 asks only whether there is such a process.
    while unsafe { libc::kill(pid, 0) } == 0 && !is_dead(pid) {
        assert!(Instant::now() < until, "the child of the child lives");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn is_dead(pid: libc::pid_t) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[test]
fn one_that_goes_on_for_ever_is_ended_in_time_and_one_that_nobody_wants_at_once() {
    let (_folder, ffmpeg) = script("n=0; while true; do n=$((n+1000)); echo out_time_us=$n; sleep 0.01; done");
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let error = ffmpeg.call(limits).run(&|_| {}, &|| false).unwrap_err();
    assert!(matches!(error, FfmpegError::TooLong(_)), "{error}");
    let error = ffmpeg.call(Limits::default()).run(&|_| {}, &|| true).unwrap_err();
    assert!(matches!(error, FfmpegError::Stopped), "{error}");
}

#[cfg(unix)]
#[test]
fn an_output_that_grows_too_large_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { output_bytes: 100_000, ..Limits::default() };
    let source = ["-f", "lavfi", "-i", "testsrc=size=640x480:rate=25:duration=20", "-c:v", "rawvideo"];
    let call = Ffmpeg::default().call(limits).args(source).output(&folder.path().join("large.avi"));
    let error = call.run(&|_| {}, &|| false).unwrap_err();
    assert!(matches!(error, FfmpegError::TooLarge(100_000)), "{error}");
}

#[cfg(unix)]
#[test]
fn it_is_less_urgent_than_we_are() {
    let (folder, ffmpeg) = script("nice > \"$(dirname \"$0\")/nice\"");
    ffmpeg.call(Limits { nice: 12, ..Limits::default() }).run(&|_| {}, &|| false).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("nice")).unwrap().trim(), "12");
}

#[test]
fn one_that_is_fed_writes_all_that_it_got() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, copy) = (fs::read(film(folder.path())).unwrap(), folder.path().join("copy.mp4"));
    let mut feed =
        Ffmpeg::default().call(Limits::default()).fed("matroska").args(["-c", "copy"]).output(&copy).start().unwrap();
    for piece in bytes.chunks(10_000) {
        feed.write(piece, &|| false).unwrap();
    }
    feed.close(Duration::from_secs(20)).unwrap();
    let facts = Ffmpeg::default().probe(&copy, true, Duration::from_secs(20), &|| false).unwrap();
    assert_eq!(facts.video.unwrap().packets, Some(50));
}

#[cfg(unix)]
#[test]
fn one_that_takes_nothing_or_ends_early_does_not_hold_whoever_feeds_it() {
    let (_folder, ffmpeg) = script("sleep 1000");
    let limits = Limits { silence: Duration::from_millis(200), ..Limits::default() };
    let mut feed = ffmpeg.call(limits).fed("matroska").start().unwrap();
    let error = feed.write(&vec![0; 10_000_000], &|| false).unwrap_err();
    assert!(matches!(error, FfmpegError::Silent(_)), "{error}");
    let (_folder, ffmpeg) = script("echo broken >&2; exit 3");
    let mut feed = ffmpeg.call(Limits::default()).fed("matroska").start().unwrap();
    let error = feed.write(&vec![0; 10_000_000], &|| false).unwrap_err();
    assert!(error.to_string().contains("broken"), "{error}");
}
