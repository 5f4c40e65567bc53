//! `framekeep scan` finds motion in files, and says clearly what is wrong with those that it cannot read.
//!
//! The real program runs on clips that ffmpeg draws here, so that it is known what moves in them and when.

mod bad_input;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;
use tempfile::TempDir;

/// What the documentation promises of `--json`, and nothing more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    input: String,
    width: u32,
    height: u32,
    fps: f64,
    frames: u64,
    seconds: f64,
    events: Vec<Event>,
    timing: Timing,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    start_frame: u64,
    end_frame: u64,
    start_s: f64,
    end_s: f64,
    peak_frame: u64,
    peak_score: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Timing {
    decode_ms: f64,
    detect_ms: f64,
}

fn framekeep(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framekeep")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the scan, which must succeed, and reads its JSON.
fn scan(input: &Path, args: &[&str]) -> Report {
    let output = framekeep(&[&["scan", "--json", input.to_str().unwrap()], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs the scan, which must fail with this exit code, and gives what it said.
fn refused(args: &[&str], code: i32) -> String {
    let output = framekeep(&[&["scan"], args].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

fn ffmpeg(args: &[&str]) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(args)
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// The scene of these tests, 160x120 and 10 frames a second for 12 seconds: grey with a little structure, and a white box of
/// 30x30 that crosses it from 3 s to 5 s.
const SCENE: &str = "color=c=0x707070:s=160x120:r=10:d=12,format=yuv444p,\
                     drawgrid=w=40:h=30:t=2:c=0x505050[back];color=c=white:s=30x30:r=10:d=12,format=yuv444p[box];\
                     [back][box]overlay=x='(t-3)*60':y=40:enable='between(t,2.95,4.95)':shortest=1";
const FRAMES: u64 = 120;
const MOVES: std::ops::RangeInclusive<u64> = 30..=49;

/// Draws the scene into `name`, as pictures when the name counts them.
fn draw(folder: &TempDir, name: &str, encode: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    ffmpeg(&[&["-f", "lavfi", "-i", SCENE], encode, &[path.to_str().unwrap()]].concat());
    path
}

fn video(folder: &TempDir, name: &str) -> PathBuf {
    draw(folder, name, &["-c:v", "libx264", "-qp", "10", "-pix_fmt", "yuv420p"])
}

fn pictures(folder: &TempDir, name: &str) -> PathBuf {
    draw(folder, &format!("{name}/f%d.jpg"), &["-q:v", "2"]).parent().unwrap().to_owned()
}

/// One event, which begins when the box comes and ends two seconds after it has gone.
fn assert_scene(report: &Report) {
    assert_eq!((report.width, report.height, report.frames), (160, 120, FRAMES));
    let [event] = report.events.as_slice() else { panic!("one event: {:?}", report.events) };
    let near = |frame: u64, expected: u64| frame.abs_diff(expected) <= 3;
    assert!(near(event.start_frame, *MOVES.start()), "{event:?}");
    assert!(near(event.end_frame, MOVES.end() + 20), "{event:?}");
    assert!(MOVES.contains(&event.peak_frame) && event.peak_score > 0.01 && event.peak_score <= 1.0, "{event:?}");
    assert!((event.start_s - event.start_frame as f64 / report.fps).abs() < 0.01, "{event:?}");
    assert!((event.end_s - event.end_frame as f64 / report.fps).abs() < 0.11, "{event:?}");
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn mask(path: &Path) -> image::GrayImage {
    let image = image::open(path).unwrap();
    assert_eq!(image.color(), image::ColorType::L8, "{}", path.display());
    image.into_luma8()
}

fn moving(mask: &image::GrayImage) -> usize {
    mask.pixels().filter(|pixel| pixel.0[0] == 255).count()
}

#[test]
fn a_box_that_crosses_a_video_is_one_event() {
    let folder = TempDir::new().unwrap();
    let path = video(&folder, "box.mp4");
    let report = scan(&path, &[]);
    assert_scene(&report);
    assert_eq!((report.fps, report.seconds, report.warnings.len()), (10.0, 12.0, 0));
    assert_eq!(report.input, path.to_str().unwrap());
    assert!(report.timing.decode_ms > 0.0 && report.timing.detect_ms > 0.0, "{:?}", report.timing);
    assert_scene(&scan(&path, &["--detector", "mog2"]));
}

#[test]
fn a_folder_and_a_zip_of_pictures_give_the_same_events_in_the_order_in_which_people_count() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    fs::write(path.join("notes.txt"), "no picture").unwrap();
    fs::write(path.join("._f1.jpg"), "what macOS leaves behind").unwrap();
    let from_folder = scan(&path, &["--fps", "10"]);
    assert_scene(&from_folder);
    let zip = folder.path().join("frames.zip");
    zip_pictures(&path, &zip, "some/where/");
    let from_zip = scan(&zip, &["--fps", "10"]);
    assert_scene(&from_zip);
    assert_eq!(from_folder.events[0].start_frame, from_zip.events[0].start_frame);
    assert!((from_folder.events[0].peak_score - from_zip.events[0].peak_score).abs() < f64::EPSILON);
}

/// A zip of the pictures of a folder, in an order that is not theirs.
fn zip_pictures(from: &Path, to: &Path, inside: &str) {
    let mut zip = zip::ZipWriter::new(fs::File::create(to).unwrap());
    for name in files(from).into_iter().rev().filter(|name| name.starts_with('f')) {
        zip.start_file(format!("{inside}{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &fs::read(from.join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn an_upright_phone_video_is_looked_at_upright() {
    let folder = TempDir::new().unwrap();
    let lying = video(&folder, "lying.mp4");
    let upright = folder.path().join("upright.mp4");
    ffmpeg(&["-i", lying.to_str().unwrap(), "-c", "copy", "-metadata:s:v:0", "rotate=90", upright.to_str().unwrap()]);
    let report = scan(&upright, &[]);
    assert_eq!((report.width, report.height, report.frames), (120, 160, FRAMES));
    assert_eq!(report.events.len(), 1);
}

#[test]
fn frames_of_a_variable_rate_keep_their_times() {
    let folder = TempDir::new().unwrap();
    // Only every fifth frame while nothing moves, as screen recorders and phones do.
    let select = format!("{SCENE},select='between(t,2.95,4.95)+not(mod(n,5))'");
    // Their frames are not counted, counted, and counted with the empty ones.
    for name in ["variable.mkv", "variable.mp4", "variable.avi"] {
        let path = folder.path().join(name);
        let coded = ["-fps_mode", "vfr", "-c:v", "libx264", "-qp", "10", path.to_str().unwrap()];
        ffmpeg(&[&["-f", "lavfi", "-i", &select], coded.as_slice()].concat());
        let report = scan(&path, &[]);
        assert!(report.frames < 60 && report.warnings.is_empty(), "they are all there: {report:?}");
        let [event] = report.events.as_slice() else { panic!("one event: {report:?}") };
        assert!((event.start_s - 3.0).abs() < 0.35 && (event.end_s - 6.9).abs() < 0.6, "{event:?}");
    }
}

#[test]
fn a_size_that_changes_within_the_video_is_survived() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sizes.ts");
    let part = |size: &str, name: &str| {
        let path = folder.path().join(name);
        let source = format!("testsrc=s={size}:r=10:d=3");
        ffmpeg(&["-f", "lavfi", "-i", &source, "-c:v", "libx264", "-pix_fmt", "yuv420p", path.to_str().unwrap()]);
        fs::read(path).unwrap()
    };
    fs::write(&path, [part("160x120", "a.ts"), part("320x180", "b.ts")].concat()).unwrap();
    let masks = folder.path().join("masks");
    let report = scan(&path, &["--masks", masks.to_str().unwrap()]);
    assert!((report.width, report.height) == (160, 120) && report.frames >= 58, "{report:?}");
    assert!(files(&masks).iter().all(|name| mask(&masks.join(name)).dimensions() == (160, 120)));
}

#[test]
fn the_masks_as_a_video_show_every_frame_at_its_time() {
    let folder = TempDir::new().unwrap();
    let film = folder.path().join("masks.mp4");
    let input = video(&folder, "box.mp4");
    scan(&input, &["--mask-video", film.to_str().unwrap()]);
    let shown = |path: &Path| {
        let asked = ["-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
        let output = Command::new("ffprobe").args(asked).arg(path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut times: Vec<f64> = text.lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (masks, frames) = (shown(&film), shown(&input));
    assert_eq!((masks.len() as u64, frames.len() as u64), (FRAMES, FRAMES));
    assert!(masks.iter().zip(&frames).all(|(mask, frame)| (mask - frame).abs() <= 0.002), "{masks:?}");
    let two = framekeep(&["scan", "a.mp4", "b.mp4", "--mask-video", film.to_str().unwrap()]);
    assert!(!two.status.success() && String::from_utf8_lossy(&two.stderr).contains("one input"));
}

#[test]
fn every_frame_has_a_mask_of_full_size_named_after_it() {
    let folder = TempDir::new().unwrap();
    let masks = folder.path().join("masks");
    scan(&video(&folder, "box.mp4"), &["--masks", masks.to_str().unwrap()]);
    let names = files(&masks);
    assert_eq!((names.len() as u64, names[0].as_str(), names[119].as_str()), (FRAMES, "000000.png", "000119.png"));
    assert!(moving(&mask(&masks.join("000040.png"))) > 500, "the box is 900 pixels large");
    assert_eq!(moving(&mask(&masks.join("000025.png"))), 0);
    assert_eq!(mask(&masks.join("000040.png")).dimensions(), (160, 120));

    let of_pictures = folder.path().join("of pictures");
    scan(&pictures(&folder, "frames"), &["--fps", "10", "--masks", of_pictures.to_str().unwrap()]);
    assert!(of_pictures.join("f1.png").is_file() && of_pictures.join("f120.png").is_file());
}

#[test]
fn a_region_looks_at_its_part_alone() {
    let folder = TempDir::new().unwrap();
    let path = video(&folder, "box.mp4");
    let masks = folder.path().join("masks");
    // The box crosses between y 40 and 70: above it there is nothing.
    assert!(scan(&path, &["--roi", "0,0,160,36"]).events.is_empty());
    // It passes the region's 40 pixels, with its own 30, in 70/60 s.
    let report = scan(&path, &["--roi", "80,30,40,60", "--masks", masks.to_str().unwrap(), "--detector", "mog2"]);
    let [event] = report.events.as_slice() else { panic!("one event: {report:?}") };
    assert!((event.start_s - 3.9).abs() < 0.35, "{event:?}");
    let mask = mask(&masks.join("000045.png"));
    assert_eq!(mask.dimensions(), (160, 120));
    let inside = |x, y| (80..120).contains(&x) && (30..90).contains(&y);
    assert!(mask.enumerate_pixels().all(|(x, y, pixel)| pixel.0[0] == 0 || inside(x, y)));
    assert!(moving(&mask) > 0);

    let said = refused(&[path.to_str().unwrap(), "--roi", "100,100,61,20"], 1);
    assert!(said.contains("reaches out of the picture, which measures 160x120"), "{said}");
}

#[test]
fn the_masks_of_mog2_are_those_of_the_library() {
    let folder = TempDir::new().unwrap();
    let path = draw(&folder, "frames/f%03d.png", &[]).parent().unwrap().to_owned();
    let masks = folder.path().join("masks");
    scan(&path, &["--detector", "mog2", "--masks", masks.to_str().unwrap()]);
    let mut mog2 = framekeep::motion::Mog2::new(framekeep::motion::Mog2Params::default());
    let mut expected = framekeep::domain::Mask::default();
    for name in files(&path) {
        let picture = image::open(path.join(&name)).unwrap().into_rgb8();
        let (width, height) = picture.dimensions();
        let picture = framekeep::domain::RgbPicture { width, height, data: picture.into_raw() };
        mog2.apply(&picture, -1.0, &mut expected);
        assert!(mask(&masks.join(&name)).into_raw() == expected.data, "{name}");
    }
}

#[test]
fn kept_pictures_are_the_bytes_that_came_at_most_two_a_second() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    let save = folder.path().join("kept");
    let report = scan(&path, &["--fps", "10", "--save", save.to_str().unwrap()]);
    let kept = files(&save);
    assert!((4..=7).contains(&kept.len()), "two seconds of motion: {kept:?}");
    for name in &kept {
        assert_eq!(fs::read(save.join(name)).unwrap(), fs::read(path.join(name)).unwrap(), "{name}");
    }
    let peak = format!("f{}.jpg", report.events[0].peak_frame + 1);
    assert!(kept.contains(&peak), "the peak {peak} in {kept:?}");
}

#[test]
fn kept_frames_of_a_video_are_jpegs_named_by_number() {
    let folder = TempDir::new().unwrap();
    let save = folder.path().join("kept");
    let report = scan(&video(&folder, "box.mp4"), &["--save", save.to_str().unwrap()]);
    let kept = files(&save);
    assert!(kept.contains(&format!("{:06}.jpg", report.events[0].peak_frame)), "{kept:?}");
    for name in &kept {
        let picture = image::open(save.join(name)).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (160, 120));
        assert!(
            picture.pixels().filter(|pixel| pixel.0.iter().all(|v| *v > 240)).count() > 300,
            "the box is in {name}"
        );
    }
}

#[test]
fn motion_shorter_than_asked_for_is_no_event_and_nothing_of_it_is_kept() {
    let folder = TempDir::new().unwrap();
    let save = folder.path().join("kept");
    let path = video(&folder, "box.mp4");
    let report = scan(&path, &["--min-event", "3", "--save", save.to_str().unwrap()]);
    assert!(report.events.is_empty() && files(&save).is_empty(), "{report:?}");
    assert_scene(&scan(&path, &["--min-event", "1"]));
    let short_gap = scan(&path, &["--gap", "0.5"]);
    assert!(short_gap.events[0].end_frame.abs_diff(MOVES.end() + 5) <= 3, "{short_gap:?}");
}

#[test]
fn one_input_that_fails_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let (video, pictures) = (video(&folder, "same.mp4"), pictures(&folder, "same"));
    let missing = folder.path().join("missing.mp4");
    let masks = folder.path().join("masks");
    let inputs = [&video, &missing, &pictures].map(|path| path.to_str().unwrap());
    let output = framekeep(
        &[&["scan", "--json", "--fps", "10", "--masks", masks.to_str().unwrap()], inputs.as_slice()].concat(),
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("missing.mp4: No such file") && said.contains("1 of 3 inputs failed"), "{said}");
    let reports: Vec<Report> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports.iter().map(|report| report.input.as_str()).collect::<Vec<_>>(), [inputs[0], inputs[2]]);
    reports.iter().for_each(assert_scene);
    assert_eq!(files(&masks), ["same", "same-2"]);
    assert!(masks.join("same/000000.png").is_file() && masks.join("same-2/f1.png").is_file());
}

#[test]
fn several_inputs_are_an_array_even_when_one_is_left() {
    let folder = TempDir::new().unwrap();
    let video = video(&folder, "box.mp4");
    let output = framekeep(&["scan", "--json", video.to_str().unwrap(), "/does/not/exist"]);
    let reports: Vec<Report> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports.len(), 1);
}

#[test]
fn people_get_a_table_and_a_pipe_gets_no_progress_bar() {
    let folder = TempDir::new().unwrap();
    let output = framekeep(&["scan", video(&folder, "box.mp4").to_str().unwrap()]);
    let (table, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.is_empty(), "{said}");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].ends_with("box.mp4: 160x120, 10 fps, 120 frames, 0:00:12.000, 1 event"), "{table}");
    assert_eq!(lines[2].split_whitespace().next(), Some("1"), "{table}");
    assert!(lines[2].contains("0:00:03.") && lines[3].contains("CPU a frame"), "{table}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_in_order_and_leaves_no_ffmpeg_behind() {
    use std::time::{Duration, Instant};
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("long.mp4");
    ffmpeg(&[
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=1280x720:r=25:d=40",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        path.to_str().unwrap(),
    ]);
    let masks = folder.path().join("masks");
    let child = Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .args(["scan", path.to_str().unwrap(), "--masks", masks.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !masks.join("000002.png").exists() {
        assert!(Instant::now() < deadline, "the scan never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    // SAFETY: a signal to a child of our own that was not waited for.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped before the end of") && output.stdout.is_empty(), "{said}");
    for name in files(&masks) {
        assert_eq!(mask(&masks.join(name)).dimensions(), (1280, 720), "every mask is whole");
    }
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let left = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok()).any(|line| {
        line.starts_with(b"ffmpeg")
            && line.windows(path.as_os_str().len()).any(|part| part == path.as_os_str().as_encoded_bytes())
    });
    assert!(!left, "ffmpeg still runs");
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_a_video_is_looked_at_says_stopped_and_not_that_it_is_no_video() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::time::{Duration, Instant};
    let folder = TempDir::new().unwrap();
    let (path, bin, started) = (video(&folder, "box.mp4"), folder.path().join("bin"), folder.path().join("started"));
    fs::create_dir(&bin).unwrap();
    let slow = format!("#!/bin/sh\n: > {}\nexec sleep 60\n", started.display());
    fs::write(bin.join("ffprobe"), slow).unwrap();
    fs::set_permissions(bin.join("ffprobe"), fs::Permissions::from_mode(0o755)).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .args(["scan", path.to_str().unwrap()])
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .process_group(0)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !started.exists() {
        assert!(Instant::now() < deadline, "the scan never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    // As a terminal does, to the whole group.
    // SAFETY: a signal to a group of our own, whose leader was not waited for.
    unsafe { libc::kill(-i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped before the end of"), "{said}");
    assert!(Instant::now() < deadline, "it waited for ffprobe");
}

#[test]
fn the_detector_bench_times_what_it_was_asked_for() {
    let folder = TempDir::new().unwrap();
    let path = video(&folder, "box.mp4");
    let output = framekeep(&[
        "bench",
        "detector",
        "--input",
        path.to_str().unwrap(),
        "--size",
        "320x240",
        "--frames",
        "20",
        "--json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let bench: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (bench["detector"].as_str(), bench["size"].as_str(), bench["frames"].as_u64()),
        (Some("default"), Some("320x240"), Some(20))
    );
    for spread in [&bench["cpu_ms"], &bench["wall_ms"], &bench["stages"]["detect"]] {
        let (median, p95) = (spread["median"].as_f64().unwrap(), spread["p95"].as_f64().unwrap());
        assert!(median > 0.0 && median <= p95, "{bench}");
    }
    assert_eq!(framekeep(&["bench", "detector", "--input", "x", "--size", "big"]).status.code(), Some(2));
}
