//! Inputs that are damaged, hostile or no inputs at all.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Report, assert_scene, draw, ffmpeg, files, framekeep, pictures, refused, scan, text, video, zip_pictures};

#[test]
fn what_is_no_video_is_refused_in_one_clear_line() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let sound = folder.path().join("sound.mp4").to_str().unwrap().to_owned();
    ffmpeg(&["-f", "lavfi", "-i", "sine=d=1", &sound]);
    let empty_folder = folder.path().join("empty folder");
    fs::create_dir(&empty_folder).unwrap();
    // Lists of further files must not lead there.
    let real = video(&folder, "real.mp4");
    let list = file(
        "list.mp4",
        format!("ffconcat version 1.0\nfile {}\n", real.file_name().unwrap().to_str().unwrap()).as_bytes(),
    );
    let hls = file("hls.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.mp4\n#EXT-X-ENDLIST\n");
    let table = [
        (
            file("text.mp4", "Only words, \u{1b}[31mred\u{1b}[0m ones.\n".repeat(100).as_bytes()),
            "not a video that ffmpeg can read",
        ),
        (file("nothing.mp4", b""), "the file is empty"),
        (file("zip.zip", b"PK\x03\x04 and then no zip"), "zip.zip"),
        (list, "not a video that ffmpeg can read"),
        (hls, "not a video that ffmpeg can read"),
        (sound, "no video in it"),
        (empty_folder.to_str().unwrap().to_owned(), "there is no picture"),
        (folder.path().join("missing.mp4").to_str().unwrap().to_owned(), "No such file"),
        ("/dev/null".to_owned(), "neither a file nor a folder"),
    ];
    for (path, expected) in table {
        let said = refused(&["--json", &path], 1);
        assert!(said.contains(expected) && said.trim_end().lines().count() == 1, "{path}: {said}");
        assert!(said.starts_with("framekeep: failed to "), "{path}: {said}");
    }
}

#[test]
fn a_damaged_video_gives_what_can_be_read_and_a_warning() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(draw(&folder, "whole.avi", &["-c:v", "mjpeg", "-q:v", "2"])).unwrap();
    let cut = folder.path().join("cut.avi");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let output = framekeep(&["scan", "--json", cut.to_str().unwrap()]);
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && (40..80).contains(&report.frames), "{report:?}");
    assert_eq!(report.warnings.len(), 1);
    assert!(text(&output.stderr).contains("cut short or damaged"), "{}", text(&output.stderr));
}

#[test]
fn a_video_with_a_hole_in_it_is_told_although_it_reaches_to_its_end() {
    let folder = TempDir::new().unwrap();
    // One picture is as good as any other, so that those behind the hole can be read.
    let path = draw(&folder, "hole.mov", &["-c:v", "png"]);
    let mut bytes = fs::read(&path).unwrap();
    let third = bytes.len() / 3;
    bytes[third..2 * third].fill(0);
    fs::write(&path, bytes).unwrap();
    let report = scan(&path, &[]);
    assert!((60..100).contains(&report.frames), "{report:?}");
    let [warning] = report.warnings.as_slice() else { panic!("one warning: {report:?}") };
    assert!(warning.contains(&format!("{} of about 120 frames could be read", report.frames)), "{warning}");
}

#[test]
fn an_mp4_without_its_index_is_said_to_be_cut_short() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(video(&folder, "whole.mp4")).unwrap();
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let said = refused(&[cut.to_str().unwrap()], 1);
    assert!(said.contains("the video is cut short: its index"), "{said}");
}

#[test]
fn without_ffmpeg_it_is_said_how_to_get_it_and_pictures_work() {
    let folder = TempDir::new().unwrap();
    let (video, pictures) = (video(&folder, "box.mp4"), pictures(&folder, "frames"));
    let scan = |input: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        command.args(["scan", "--json", "--fps", "10"]).arg(input).env("PATH", folder.path()).output().unwrap()
    };
    let output = scan(&video);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("install it (Debian: apt install ffmpeg)"), "{}", text(&output.stderr));
    assert_scene(&serde_json::from_slice(&scan(&pictures).stdout).unwrap());
}

#[cfg(unix)]
#[test]
fn a_parent_that_ignores_its_children_changes_nothing() {
    use std::os::unix::process::CommandExt;
    let folder = TempDir::new().unwrap();
    let (video, no_video) = (video(&folder, "box.mp4"), folder.path().join("text.mp4"));
    fs::write(&no_video, "no video at all").unwrap();
    let scan = |input: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framekeep"));
        // SAFETY: `signal` may be called between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                Ok(())
            })
        };
        command.args(["scan", "--json"]).arg(input).output().unwrap()
    };
    let output = scan(&video);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_scene(&report);
    assert_eq!(report.warnings, [""; 0]);
    let said = text(&scan(&no_video).stderr);
    assert!(said.contains("it is not a video that ffmpeg can read"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_whose_name_is_not_utf_8_is_a_picture() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    fs::rename(path.join("f120.jpg"), path.join(std::ffi::OsStr::from_bytes(b"f120caf\xe9.jpg"))).unwrap();
    let report = scan(&path, &["--fps", "10"]);
    assert_scene(&report);
    assert_eq!(report.warnings, [""; 0]);
}

#[test]
fn the_size_is_that_of_the_first_picture_that_can_be_read() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    let mut monstrous = fs::read(path.join("f1.jpg")).unwrap();
    let frame = monstrous.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    // The height and the width of the frame header.
    monstrous[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    fs::write(path.join("f0.jpg"), monstrous).unwrap();
    let report = scan(&path, &["--fps", "10"]);
    assert_eq!((report.width, report.height), (160, 120));
    assert!(report.warnings[0].contains("f0.jpg: the picture measures 20000x20000"), "{report:?}");
}

#[test]
fn damaged_pictures_are_left_out_and_told() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    let whole = fs::read(path.join("f100.jpg")).unwrap();
    fs::write(path.join("f100.jpg"), &whole[..whole.len() / 2]).unwrap();
    fs::write(path.join("f101.jpg"), "no picture at all").unwrap();
    let masks = folder.path().join("masks");
    let report = scan(&path, &["--fps", "10", "--masks", masks.to_str().unwrap()]);
    assert_scene(&report);
    assert!(report.warnings[0].contains("2 of 120 pictures could not be decoded (f100.jpg"), "{report:?}");
    assert_eq!(files(&masks).len(), 118);
    for n in 1..=120 {
        fs::write(path.join(format!("f{n}.jpg")), "no picture at all").unwrap();
    }
    assert!(refused(&[path.to_str().unwrap()], 1).contains("none of its pictures can be read (f1.jpg"));
}

#[test]
fn names_in_a_zip_never_leave_the_folder() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    let zip = folder.path().join("evil.zip");
    zip_pictures(&path, &zip, "../../../");
    let masks = folder.path().join("deep/down/masks");
    let before = files(folder.path());
    scan(&zip, &["--fps", "10", "--masks", masks.to_str().unwrap()]);
    assert_eq!(files(&masks).len(), 120);
    assert_eq!(files(folder.path()).len(), before.len() + 1, "only `deep` is new");
}

#[test]
fn a_picture_in_a_zip_that_grows_without_end_is_left_out() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bomb.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let deflated = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("bomb.jpg", deflated).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..200 {
        std::io::Write::write_all(&mut zip, &zeros).unwrap();
    }
    zip.finish().unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
    assert!(refused(&[path.to_str().unwrap()], 1).contains("more than 128 MB"));
}

#[test]
fn file_names_are_never_options() {
    let folder = TempDir::new().unwrap();
    fs::copy(video(&folder, "box.mp4"), folder.path().join("-i.mp4")).unwrap();
    fs::copy(folder.path().join("box.mp4"), folder.path().join("http:%02d.mp4")).unwrap();
    for name in ["-i.mp4", "http:%02d.mp4"] {
        let output = Command::new(env!("CARGO_BIN_EXE_framekeep"))
            .args(["scan", "--json", "--", name])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_scene(&serde_json::from_slice(&output.stdout).unwrap());
    }
}

#[test]
fn the_scanned_folder_is_never_written_to() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    // Each input has a folder of its own inside `out`: that of the first is the second input here.
    let (path, out) = (path.to_str().unwrap(), folder.path().join("out").to_str().unwrap().to_owned());
    let second = pictures(&folder, "out/frames");
    let before = fs::read(second.join("f100.jpg")).unwrap();
    for option in ["--masks", "--save"] {
        assert!(refused(&[path, option, path], 1).contains("it is a folder that is being scanned"));
        refused(&[path, second.to_str().unwrap(), option, &out], 1);
        assert_eq!((files(&second).len(), fs::read(second.join("f100.jpg")).unwrap()), (120, before.clone()));
    }
}

#[test]
fn masks_and_kept_frames_do_not_share_a_folder() {
    let folder = TempDir::new().unwrap();
    let path = pictures(&folder, "frames");
    let out = folder.path().join("out");
    let (out, dotted) = (out.to_str().unwrap().to_owned(), folder.path().join("./out/."));
    let said = refused(&[path.to_str().unwrap(), "--masks", &out, "--save", dotted.to_str().unwrap()], 1);
    assert!(said.contains("choose a folder for each"), "{said}");
    assert!(files(Path::new(&out)).is_empty());
}

#[test]
fn bad_usage_is_exit_code_2() {
    for args in [
        &[][..],
        &["x.mp4", "--roi", "1,2,3"],
        &["x.mp4", "--detector", "best"],
        &["x.mp4", "--gap", "-1"],
        &["x.mp4", "--fps", "0"],
        &["x.mp4", "--sensitivity", "2"],
    ] {
        refused(args, 2);
    }
}
