//! The camera of this computer as video.

use std::path::{Path, PathBuf};
use std::time::Duration;

use framekeep::bus::ProblemKind;
use framekeep::domain::{Recording, RecordingState};
use framekeep::ffmpeg::{Ffmpeg, Limits};
use framekeep::library::FrameQuery;
use framekeep::video::{Recorder, RecorderSetup, Tools};

use crate::road::{Road, START, ffprobe, room, stream, until};

impl Road {
    fn recorder(&self, tools: Tools, segment: Duration) -> Recorder {
        let setup = RecorderSetup {
            tap: self.pipeline.tap(&stream()),
            stream: stream(),
            library: std::sync::Arc::clone(&self.library),
            latest: self.latest.clone(),
            problems: self.problems.clone(),
            tools,
            segment,
        };
        Recorder::start(setup).unwrap()
    }

    /// The oldest first.
    fn recordings(&self) -> Vec<Recording> {
        let query = FrameQuery { limit: 100, ..FrameQuery::default() };
        let mut found = self.library.recordings(&query).unwrap().0;
        found.reverse();
        found
    }
}

/// When the frames of a file are shown, in milliseconds.
fn shown(file: &Path) -> Vec<i64> {
    let found = ffprobe(file, &["-show_packets", "-show_streams"]);
    let video = &found["streams"][0];
    assert_eq!((video["codec_name"].as_str(), video["pix_fmt"].as_str()), (Some("h264"), Some("yuv420p")));
    let seconds = |time: &serde_json::Value| time.as_str().unwrap().parse::<f64>().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
    let millis = |time: &serde_json::Value| (seconds(time) * 1000.0).round() as i64;
    found["packets"].as_array().unwrap().iter().map(|packet| millis(&packet["pts_time"])).collect()
}

#[test]
fn each_segment_has_its_frames_at_their_times_and_becomes_a_recording_as_any_other() {
    let road = Road::open();
    let recorder = road.recorder(Tools::default(), Duration::from_secs(3));
    let times: Vec<u64> = (0..60).map(|n| n * 100 + (n % 3) * 17).collect();
    for at in &times {
        road.send(*at, &room(Some(u32::try_from(at / 30).unwrap())));
    }
    recorder.stop();
    let recordings = road.recordings();
    assert_eq!(recordings.len(), 2, "{recordings:?}");
    let mut all = Vec::new();
    for recording in &recordings {
        assert_eq!((recording.state, &recording.stream), (RecordingState::Finished, &stream()));
        let file = road.library.recording_file(recording);
        let began = i64::try_from(recording.started_at.since(START).as_millis()).unwrap();
        let shown = shown(&file);
        let lasted = i64::try_from(recording.duration_ms.unwrap()).unwrap();
        assert_eq!(shown.last(), Some(&lasted));
        all.extend(shown.iter().map(|at| u64::try_from(at + began).unwrap()));
    }
    let differ = |(a, b): (&u64, &u64)| a.abs_diff(*b) > 2;
    assert!(all.len() == times.len() && !all.iter().zip(&times).any(differ), "{all:?} and {times:?}");
    until("a job has prepared them", || {
        recordings.iter().all(|recording| road.library.made(recording).unwrap().is_some())
    });
}

#[test]
fn a_segment_for_which_there_is_no_place_is_listed_as_soon_as_there_is() {
    let road = Road::open();
    let recorder = road.recorder(Tools::default(), Duration::from_mins(10));
    // Nothing can be put into a folder that cannot be made, as on a full disk.
    let user = road.library.save_dir().join(stream().user.as_str());
    std::fs::create_dir_all(&user).unwrap();
    let in_the_way = user.join("recordings");
    std::fs::write(&in_the_way, "").unwrap();
    for n in 0..30 {
        road.send(n * 100, &room(Some(u32::try_from(n * 4).unwrap())));
    }
    recorder.stop();
    assert_eq!(road.recordings(), []);
    std::fs::remove_file(&in_the_way).unwrap();
    until("it is listed", || !road.recordings().is_empty());
    let [recording] = &road.recordings()[..] else { panic!("{:?}", road.recordings()) };
    let shown = shown(&road.library.recording_file(recording));
    let lasted = recording.duration_ms.map(|lasted| i64::try_from(lasted).unwrap());
    assert_eq!((shown.len(), shown.last().copied()), (30, lasted));
    until("a job has prepared it", || road.library.made(recording).unwrap().is_some());
}

#[test]
fn without_ffmpeg_it_is_told_and_nothing_else_is_touched() {
    let road = Road::open();
    let nowhere = tempfile::tempdir().unwrap();
    let recorder =
        road.recorder(Tools::new(Ffmpeg::in_folder(nowhere.path()), Limits::default()), Duration::from_mins(1));
    road.send(0, &room(None));
    let told = || road.problems.list().into_iter().find(|problem| problem.kind == ProblemKind::Recorder);
    until("it is told", || told().is_some());
    assert!(told().unwrap().what.contains("ffmpeg"), "{:?}", told());
    road.send(100, &room(None));
    recorder.stop();
    assert!(road.recordings().is_empty() && told().is_none());
}

#[test]
#[cfg(unix)]
fn an_ffmpeg_that_dies_costs_no_segment_and_is_told() {
    let road = Road::open();
    let recorder = road.recorder(Tools::default(), Duration::from_mins(10));
    let open = || crate::road::files(&road.library.save_dir().join(".framekeep/recordings/own"), ".mp4");
    for n in 0..40 {
        road.send(n * 100, &room(Some(u32::try_from(n * 4).unwrap())));
    }
    until("a fragment is on disk", || {
        open().first().is_some_and(|file: &PathBuf| std::fs::metadata(file).unwrap().len() > 1500)
    });
    // Whatever ffmpeg writes to that very file.
    let writes_to = open()[0].display().to_string();
    let listed = std::process::Command::new("pgrep").args(["-f", &writes_to]).output().unwrap();
    for pid in String::from_utf8(listed.stdout).unwrap().split_whitespace() {
        assert!(std::process::Command::new("kill").args(["-9", pid]).status().unwrap().success());
    }
    let told = || road.problems.list().into_iter().any(|problem| problem.kind == ProblemKind::Recorder);
    let mut n = 40;
    until("it is told", || {
        road.send(n * 100, &room(None));
        n += 1;
        told()
    });
    let recordings = road.recordings();
    assert_eq!(recordings.len(), 1);
    let shown = shown(&road.library.recording_file(&recordings[0]));
    assert!(shown.len() >= 20, "{shown:?}");
    recorder.stop();
}
