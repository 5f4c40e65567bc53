//! `framekeep token` prints a token alone, and the token works.

use std::path::Path;
use std::process::{Command, Output};
use std::time::SystemTime;

use framekeep::access::{Access, Role};
use framekeep::bus::Bus;
use framekeep::domain::Timestamp;

fn token(data_dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framekeep"))
        .arg("token")
        .arg("--data-dir")
        .arg(data_dir)
        .args(args)
        .output()
        .unwrap()
}

fn line(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && text.ends_with('\n') && text.lines().count() == 1, "{output:?}");
    text.trim_end().to_owned()
}

#[test]
fn a_token_is_printed_alone_and_let_in_by_the_program_that_runs() {
    let dir = tempfile::tempdir().unwrap();
    let running = Access::open(&dir.path().join("access"), Bus::default()).unwrap();
    let now = Timestamp::from(SystemTime::now());
    assert!(running.authenticate("before", now).is_none());
    let printed = line(&token(dir.path(), &["--user", "Anna", "--label", "door bell"]));
    let device = running.authenticate(&printed, now).unwrap();
    assert_eq!((device.label.as_str(), device.role), ("door bell", Role::Camera));
    assert_eq!(device.user.unwrap().as_str(), "Anna");
    let printed = line(&token(dir.path(), &["--user", "Anna", "--operator"]));
    assert_eq!(running.authenticate(&printed, now).unwrap().role, Role::Operator);
}

#[test]
fn a_name_that_cannot_be_one_is_bad_usage_and_makes_no_device() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["--user", "../etc"][..], &["--user", ""], &[]] {
        let output = token(dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    assert!(Access::open(&dir.path().join("access"), Bus::default()).unwrap().devices().is_empty());
}

#[test]
fn a_data_folder_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = token(&file, &["--user", "Anna"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("file") && error.lines().count() == 1, "{error}");
}
