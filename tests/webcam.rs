//! The promise: whatever a webcam does, its pictures come, or the reason why not is told within two seconds, and it
//! comes back by itself.
//!
//! A real process of ours opens cameras that `v4l2/webcams.c` plays under it. The tests plug, unplug and break them, and
//! read what the process says.
#![cfg(target_os = "linux")]

#[path = "webcam/cameras.rs"]
mod cameras;
#[path = "webcam/watcher.rs"]
mod watcher;

use std::time::Duration;

use cameras::{Cameras, jpeg_pictures, raw_pictures, without_tables};
use watcher::{Watcher, child_main, hash};

/// The promise.
const TOLD: Duration = Duration::from_secs(2);
/// Long enough for a machine with other things to do; nothing is measured by it.
const LONG: Duration = Duration::from_secs(20);
/// What stopping may take.
const STOP: Duration = Duration::from_secs(2);

const MJPEG: &str = "MJPG 320x240 30 street.mjpeg";

/// Not a test: the process that the tests watch.
#[test]
fn child() {
    child_main();
}

fn one_camera() -> Cameras {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", MJPEG);
    cameras
}

fn watch_one(cameras: &Cameras) -> Watcher {
    let mut watcher = Watcher::start(cameras, "auto");
    watcher.expect("opened Desk", LONG);
    watcher.expect("picture", LONG);
    watcher
}

#[test]
fn cameras_are_listed_by_number_and_nothing_else_is() {
    let cameras = Cameras::new();
    cameras.plug(10, "Door", MJPEG);
    cameras.plug(2, "Desk", MJPEG);
    cameras.plug(3, "Desk", MJPEG);
    cameras.say(3, "metadata");
    cameras.plug(4, "Locked", MJPEG);
    cameras.say(4, "eacces");
    cameras.plug(5, "Old", MJPEG);
    cameras.say(5, "latin1");
    cameras.link("video-door");
    let mut watcher = Watcher::start(&cameras, "list");
    assert_eq!(watcher.expect("cameras", LONG), "cameras 2:Desk 4:Locked 5:Kam\u{fffd}ra 10:Door");
}

#[test]
fn no_camera_is_told_and_one_that_is_plugged_in_is_taken() {
    let cameras = Cameras::new();
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("blind NotFound", TOLD);
    cameras.plug(0, "Desk", MJPEG);
    watcher.expect("opened Desk 320x240 30 MJPEG", TOLD);
}

#[test]
fn jpeg_pictures_come_byte_for_byte() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    let known: Vec<_> =
        jpeg_pictures(320, 240).iter().map(|jpeg| format!("picture Jpeg 320x240 {}", hash(jpeg))).collect();
    for _ in 0..20 {
        let line = watcher.expect("picture", LONG);
        assert!(known.contains(&line), "{line}");
    }
}

#[test]
fn jpeg_pictures_without_huffman_tables_become_whole() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "MJPG 320x240 30 bare.mjpeg");
    let bare: Vec<u8> = jpeg_pictures(320, 240).iter().flat_map(|jpeg| without_tables(jpeg)).collect();
    cameras.write(0, "bare.mjpeg", &bare);
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("decoded", LONG);
}

#[test]
fn raw_pictures_of_every_format_come_as_they_are() {
    for (fourcc, name) in [("YUYV", "Yuyv"), ("NV12", "Nv12"), ("GREY", "Grey"), ("RGB3", "Rgb")] {
        for padding in ["", "1024"] {
            let cameras = Cameras::new();
            cameras.plug(0, "Desk", &format!("{fourcc} 320x240 30 street.{fourcc} {padding}"));
            let mut watcher = Watcher::start(&cameras, "auto");
            watcher.expect("opened Desk", LONG);
            let line = watcher.expect("picture", LONG);
            let pictures = raw_pictures(fourcc, 320, 240);
            let mut known = pictures.iter().map(|raw| format!("picture {name} 320x240 {}", hash(raw)));
            assert!(known.any(|known| line == known), "{line} {fourcc} padded to {padding:?}");
        }
    }
}

#[test]
fn the_time_of_a_picture_is_when_it_was_seen() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    let line = watcher.expect("age", LONG);
    let millis: u64 = line.strip_prefix("age ").unwrap().parse().unwrap();
    assert!(millis < 1000, "{line}");
}

#[test]
fn odd_rates_are_taken_as_they_are() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "YUYV 320x240 25/2 street.YUYV");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Desk 320x240 12.5 YUYV", LONG);
    watcher.expect("picture", LONG);
}

#[test]
fn the_state_that_another_program_left_does_not_matter() {
    for left_behind in ["H264 1280x720 30 none", "YUYV 320x240 25/2 street.YUYV"] {
        let cameras = Cameras::new();
        cameras.plug(0, "Desk", &format!("{left_behind}\n{MJPEG}"));
        let mut watcher = Watcher::start(&cameras, "auto");
        watcher.expect("opened Desk 320x240 30 MJPEG", LONG);
        watcher.expect("picture", LONG);
    }
}

#[test]
fn a_large_and_slow_mode_is_not_taken_when_there_is_a_better_one() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "MJPG 3840x2160 2 none\nYUYV 320x240 30 street.YUYV");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Desk 320x240 30 YUYV", LONG);
}

#[test]
fn a_slow_camera_is_no_stalled_camera() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "MJPG 320x240 1/2 street.mjpeg");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Desk 320x240 0.5 MJPEG", LONG);
    for _ in 0..2 {
        let line = watcher.expect_any(&["picture", "blind"], LONG);
        assert!(line.starts_with("picture"), "{line}");
    }
}

#[test]
fn a_mode_that_does_not_fit_on_the_cable_gives_way_to_a_smaller_one() {
    // As one camera that is sold lists itself: many sizes, each in many rates.
    let sizes = ["1280x720", "960x720", "1024x576", "800x600", "1600x896", "864x480", "800x448"];
    let offers = sizes.map(|size| ["30", "24", "20", "15"].map(|fps| format!("MJPG {size} {fps} none\n")).concat());
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", &format!("{}MJPG 640x480 30 street.mjpeg", offers.concat()));
    cameras.say(0, "enospc");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Desk 640x480 30 MJPEG", LONG);
}

#[test]
fn a_camera_without_a_format_that_we_read_is_told() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "H264 1280x720 30 none");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("blind Unsupported", TOLD);
}

#[test]
fn a_stall_is_told_and_ended_by_opening_the_camera_again() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    cameras.say(0, "stall");
    watcher.expect("blind Stalled", TOLD);
    // It does not look alive because it is being opened again and again.
    watcher.expect_nothing(&["opened", "picture", "blind"], Duration::from_secs(2));
    cameras.say(0, "");
    watcher.expect("opened Desk", LONG);
    watcher.expect("picture", LONG);
}

#[test]
fn a_stall_that_ends_by_itself_is_over_at_once() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    cameras.say(0, "stall");
    watcher.expect("blind Stalled", TOLD);
    cameras.say(0, "");
    // What is open was forgotten with the blindness, so it is told again.
    watcher.expect("opened Desk", LONG);
    watcher.expect("picture", LONG);
}

#[test]
fn a_camera_that_is_stalled_from_the_beginning_is_told() {
    let cameras = one_camera();
    cameras.say(0, "stall");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("blind Stalled", TOLD);
    cameras.say(0, "");
    watcher.expect("picture", LONG);
}

#[test]
fn a_camera_that_hangs_while_it_is_opened_is_told() {
    let cameras = one_camera();
    cameras.say(0, "hang");
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("blind Stalled", TOLD);
    cameras.say(0, "");
    watcher.expect("picture", LONG);
}

#[test]
fn a_device_that_hangs_keeps_no_other_camera_from_being_listed_and_opened() {
    let cameras = Cameras::new();
    cameras.plug(0, "Broken", MJPEG);
    cameras.say(0, "hang");
    cameras.plug(1, "Desk", MJPEG);
    let mut watcher = Watcher::start(&cameras, "list");
    assert_eq!(watcher.expect("cameras", TOLD), "cameras 0:Broken 1:Desk");
    for choice in ["auto", "1", "name:Desk"] {
        let mut watcher = Watcher::start(&cameras, choice);
        watcher.expect("opened Desk", LONG);
        watcher.expect("picture", LONG);
    }
    let mut watcher = Watcher::start(&cameras, "0");
    watcher.expect("blind Stalled", TOLD);
    cameras.say(0, "");
    watcher.expect("opened Broken", LONG);
}

#[test]
fn a_part_of_the_name_that_the_driver_gives_is_enough() {
    let cameras = Cameras::new();
    cameras.plug(0, "Framecam: Framecam", MJPEG);
    cameras.plug(1, "Doorcam: Doorcam", MJPEG);
    Watcher::start(&cameras, "name:framecam").expect("opened Framecam: Framecam", LONG);
    Watcher::start(&cameras, "name:cam").expect("blind OnlyOthers(\"several cameras", TOLD);
    let mut watcher = Watcher::start(&cameras, "name:Yard");
    let told = watcher.expect("blind OnlyOthers", TOLD);
    assert!(told.contains("0 (Framecam: Framecam), 1 (Doorcam: Doorcam)"), "{told}");
    cameras.plug(2, "Yard", MJPEG);
    watcher.expect("opened Yard", TOLD);
}

#[test]
fn a_twin_is_not_taken_for_the_camera_that_was_unplugged() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", MJPEG);
    cameras.plug(1, "Desk", MJPEG);
    let mut watcher = Watcher::start(&cameras, "1");
    watcher.expect("picture", LONG);
    cameras.unplug(1);
    watcher.expect("blind Unplugged", TOLD);
    watcher.expect_nothing(&["opened", "picture"], Duration::from_millis(1500));
    cameras.plug(3, "Desk", MJPEG);
    watcher.expect("opened Desk", TOLD);
}

#[test]
fn an_unplugged_camera_is_told_and_known_again_under_another_number() {
    for choice in ["auto", "0", "name:Desk"] {
        let cameras = one_camera();
        let mut watcher = Watcher::start(&cameras, choice);
        watcher.expect("picture", LONG);
        cameras.unplug(0);
        watcher.expect("blind Unplugged", TOLD);
        cameras.plug(3, "Desk", MJPEG);
        watcher.expect("opened Desk", TOLD);
        watcher.expect("picture", LONG);
    }
}

#[test]
fn no_other_camera_is_taken_for_one_that_was_named() {
    let cameras = one_camera();
    let mut watcher = Watcher::start(&cameras, "name:Desk");
    watcher.expect("picture", LONG);
    cameras.unplug(0);
    cameras.plug(0, "Door", MJPEG);
    watcher.expect("blind Unplugged", TOLD);
    watcher.expect_nothing(&["opened", "picture"], Duration::from_millis(1500));
    cameras.plug(1, "Desk", MJPEG);
    watcher.expect("opened Desk", TOLD);
}

#[test]
fn another_camera_takes_over_after_a_while_when_any_will_do() {
    let cameras = one_camera();
    cameras.plug(1, "Door", MJPEG);
    let mut watcher = watch_one(&cameras);
    cameras.unplug(0);
    watcher.expect("blind Unplugged", TOLD);
    watcher.expect_nothing(&["opened"], Duration::from_secs(3));
    watcher.expect("opened Door", LONG);
}

#[test]
fn the_first_camera_that_opens_is_taken_when_any_will_do() {
    let cameras = one_camera();
    cameras.say(0, "busy");
    cameras.plug(1, "Door", MJPEG);
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Door", LONG);
}

#[test]
fn a_camera_that_opens_and_gives_nothing_gives_way_to_another_when_any_will_do() {
    let cameras = one_camera();
    cameras.say(0, "stall");
    cameras.plug(1, "Door", MJPEG);
    let mut watcher = Watcher::start(&cameras, "auto");
    watcher.expect("opened Door", LONG);
}

#[test]
fn a_busy_camera_and_one_that_may_not_be_opened_are_told_apart_and_taken_when_they_are_free() {
    for (word, reason) in [("busy", "blind Busy"), ("eacces", "blind NoPermission")] {
        let cameras = one_camera();
        cameras.say(0, word);
        let mut watcher = Watcher::start(&cameras, "0");
        watcher.expect(reason, TOLD);
        cameras.say(0, "");
        watcher.expect("opened Desk", LONG);
    }
}

#[test]
fn damaged_pictures_are_told_and_not_shown_until_they_are_whole_again() {
    for word in ["truncate", "empty", "garbage", "errflag", "corrupt"] {
        let cameras = one_camera();
        let mut watcher = watch_one(&cameras);
        cameras.say(0, word);
        watcher.expect("blind Corrupt", TOLD);
        watcher.expect_nothing(&["picture"], Duration::from_millis(500));
        cameras.say(0, "");
        watcher.expect("opened Desk", LONG);
        watcher.expect("picture", LONG);
    }
}

#[test]
fn truncated_raw_pictures_do_not_end_in_the_remains_of_older_ones() {
    let cameras = Cameras::new();
    cameras.plug(0, "Desk", "YUYV 320x240 30 street.YUYV");
    let mut watcher = watch_one(&cameras);
    cameras.say(0, "truncate");
    watcher.expect("blind Corrupt", TOLD);
}

#[test]
fn a_camera_that_repeats_one_picture_is_told() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    cameras.say(0, "frozen");
    // A quiet scene of a program that plays a camera looks the same; so it takes four seconds to be sure.
    watcher.expect("blind Frozen", TOLD + Duration::from_secs(4));
    // It is opened again after five seconds, and must not look alive because of that.
    watcher.expect_nothing(&["picture", "opened"], Duration::from_secs(7));
    cameras.say(0, "");
    watcher.expect("picture", LONG);
}

#[test]
fn any_error_of_reading_leads_to_opening_again() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    cameras.say(0, "eio");
    let told = watcher.expect("blind Other", TOLD);
    assert!(told.ends_with("; opening it again\")"), "{told}");
    // It does not help: now a person has to.
    let told = watcher.expect("blind Other", LONG);
    assert!(told.ends_with("; unplug it and plug it in again\")"), "{told}");
    cameras.say(0, "");
    watcher.expect("opened Desk", LONG);
    watcher.expect("picture", LONG);
}

#[test]
fn stopping_takes_no_longer_than_its_deadline_whatever_the_camera_does() {
    for (word, until) in [
        ("", "picture"),
        ("stall", "blind Stalled"),
        ("hang", "blind Stalled"),
        ("busy", "blind Busy"),
        ("garbage", "blind Corrupt"),
    ] {
        let cameras = one_camera();
        cameras.say(0, word);
        let mut watcher = Watcher::start(&cameras, "auto");
        watcher.expect(until, LONG);
        watcher.say("stop");
        assert_eq!(watcher.expect("stopped", STOP), "stopped in time", "while {word:?}");
        assert_eq!(watcher.last_blind(), "blind Stopped");
    }
}

#[test]
fn a_camera_is_free_for_others_as_soon_as_it_is_stopped() {
    let cameras = one_camera();
    let mut watcher = watch_one(&cameras);
    watcher.say("restart");
    watcher.expect("stopped in time", STOP);
    watcher.expect("opened Desk", TOLD);
    watcher.expect("picture", LONG);
}
