//! Asks ffprobe what a video file holds.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::codec::{MAX_PIXELS, MAX_SIDE};
use crate::ffmpeg::{self, FfmpegError};
use crate::sources::files::{FileError, FileInfo};

/// What ffprobe is asked for.
const ENTRIES: &str = "stream=width,height,avg_frame_rate,r_frame_rate,nb_frames,duration\
                       :stream_side_data=rotation:stream_tags=rotate:format=duration,format_name";

/// Rates that a container can promise in earnest. Browsers write 1000, the ticks of their clock.
const PLAUSIBLE_FPS: std::ops::RangeInclusive<f64> = 0.01..=480.0;

/// How long ffprobe may take. It reads little, but a disk may have to wake up.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Size, rate and number of frames of the first video stream that is not a cover picture.
pub(super) fn video(path: &Path, stopped: &dyn Fn() -> bool) -> Result<FileInfo, FileError> {
    let mut command = Command::new("ffprobe");
    command
        .args(["-v", "error", "-select_streams", "V:0", "-of", "json", "-show_entries", ENTRIES])
        .args(input_args(path)?);
    let answer = ffmpeg::ask(&mut command, TIME_LIMIT, stopped).map_err(|error| not_started(path, &error))?;
    let Some(success) = answer.success else {
        let why = format!("ffprobe did not answer in {} s; is its disk there?", TIME_LIMIT.as_secs());
        return Err(FileError::open(path, why));
    };
    let unreadable = || FileError::open(path, why_unreadable(path, &String::from_utf8_lossy(&answer.stderr)));
    if !success {
        return Err(unreadable());
    }
    let found: Found = serde_json::from_slice(&answer.stdout)
        .map_err(|error| FileError::open(path, format!("what ffprobe says of it is not understood ({error})")))?;
    if found.streams.is_empty() && !answer.stderr.is_empty() {
        return Err(unreadable());
    }
    info(&found).map_err(|why| FileError::open(path, why))
}

/// What ffmpeg and ffprobe are told about the file that they read.
pub(super) fn input_args(path: &Path) -> Result<Vec<OsString>, FileError> {
    ffmpeg::input_args(path).map_err(|error| FileError::open(path, error))
}

/// A program that could not be started, as an error.
pub(super) fn not_started(path: &Path, error: &FfmpegError) -> FileError {
    match error {
        FfmpegError::Missing => FileError::NoFfmpeg,
        error => FileError::open(path, error),
    }
}

/// What ffprobe complained about, in one line.
fn why_unreadable(path: &Path, said: &str) -> String {
    if said.contains("ermission denied") {
        return "permission denied; make it readable".into();
    }
    // Said of everything that is only called .mp4, too.
    if said.contains("moov atom not found") && is_mp4(path) {
        return "the video is cut short: its index, which is written last, is missing; record or copy it again".into();
    }
    format!("{}; give a video, or a folder or zip of pictures", ffmpeg::why_unreadable(said))
}

/// The first box of the file is that of an MP4 (ISO/IEC 14496-12, 4.3).
fn is_mp4(path: &Path) -> bool {
    let mut start = [0; 8];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start[4..] == b"ftyp"
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, Default)]
struct Format {
    duration: Option<String>,
    #[serde(default)]
    format_name: String,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    nb_frames: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    side_data_list: Vec<SideData>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Deserialize, Default)]
struct Tags {
    rotate: Option<String>,
}

fn info(found: &Found) -> Result<FileInfo, String> {
    let stream = found.streams.first().ok_or("it has no video in it, at most sound")?;
    let rotation = (stream.side_data_list.iter().find_map(|data| data.rotation))
        .or_else(|| stream.tags.rotate.as_ref()?.parse().ok())
        .unwrap_or(0.0);
    let lies = ((rotation.rem_euclid(180.0)) - 90.0).abs() < 1.0;
    let (width, height) = if lies { (stream.height, stream.width) } else { (stream.width, stream.height) };
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err("its video has no size; it is damaged, or ffmpeg cannot decode it".into());
    }
    if pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
        let most = MAX_PIXELS / 1_000_000;
        return Err(format!(
            "its video measures {width}x{height}; at most {MAX_SIDE} pixels a side and {most} million in all are read"
        ));
    }
    let rate = |text: &Option<String>| ffmpeg::ratio(text.as_deref()?).filter(|fps| PLAUSIBLE_FPS.contains(fps));
    let fps = rate(&stream.avg_frame_rate).or_else(|| rate(&stream.r_frame_rate)).unwrap_or(25.0);
    let seconds = [&stream.duration, &found.format.duration]
        .into_iter()
        .find_map(|text| text.as_ref()?.parse::<f64>().ok().filter(|secs| secs.is_finite() && *secs > 0.0));
    let counted = stream.nb_frames.as_ref().and_then(|text| text.parse().ok()).filter(|frames| *frames > 0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturates")]
    let frames = counted.or_else(|| seconds.map(|secs| (secs * fps).round() as u64));
    // An AVI says how many frames there are room for: where the rate varies, empty ones stand between.
    let is_counted = counted.is_some() && found.format.format_name != "avi";
    Ok(FileInfo { width, height, fps, frames, is_counted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(json: &str) -> Result<FileInfo, String> {
        info(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_plain_video() {
        let info = from(
            r#"{"streams":[{"width":1280,"height":720,"r_frame_rate":"25/1","avg_frame_rate":"25/1",
            "duration":"23.040000","nb_frames":"576"}],"format":{"duration":"23.1"}}"#,
        );
        assert_eq!(info, Ok(FileInfo { width: 1280, height: 720, fps: 25.0, frames: Some(576), is_counted: true }));
        let avi = from(
            r#"{"streams":[{"width":8,"height":8,"avg_frame_rate":"10/1","nb_frames":"116"}],"format":{"format_name":"avi"}}"#,
        )
        .unwrap();
        assert_eq!((avi.frames, avi.is_counted), (Some(116), false));
    }

    #[test]
    fn a_phone_held_upright_gives_an_upright_video() {
        for rotated in [r#""side_data_list":[{},{"rotation":-90}]"#, r#""tags":{"rotate":"270"}"#] {
            let info = from(&format!(r#"{{"streams":[{{"width":1920,"height":1080,{rotated}}}]}}"#)).unwrap();
            assert_eq!((info.width, info.height), (1080, 1920));
        }
        let head_over =
            from(r#"{"streams":[{"width":1920,"height":1080,"side_data_list":[{"rotation":180}]}]}"#).unwrap();
        assert_eq!((head_over.width, head_over.height), (1920, 1080));
    }

    #[test]
    fn a_rate_without_sense_falls_back_and_frames_are_guessed_from_the_duration() {
        let info = from(
            r#"{"streams":[{"width":8,"height":8,"r_frame_rate":"30/1","avg_frame_rate":"0/0"}],"format":{"duration":"2"}}"#,
        )
        .unwrap();
        assert_eq!((info.fps, info.frames, info.is_counted), (30.0, Some(60), false));
        let info = from(r#"{"streams":[{"width":8,"height":8,"r_frame_rate":"1000/1"}]}"#).unwrap();
        assert_eq!((info.fps, info.frames), (25.0, None));
    }

    #[test]
    fn sound_without_video_and_monstrous_sizes_are_refused_in_words() {
        assert!(from(r#"{"streams":[],"format":{"duration":"3"}}"#).unwrap_err().contains("no video"));
        assert!(from(r#"{"streams":[{}]}"#).unwrap_err().contains("no size"));
        assert!(from(r#"{"streams":[{"width":1,"height":60000}]}"#).unwrap_err().contains("1x60000"));
    }
}
