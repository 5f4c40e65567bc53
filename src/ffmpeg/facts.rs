//! What a video file holds, as ffprobe tells.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::ffmpeg::{FfmpegError, ask, input_args};

const ENTRIES: &str = "stream=codec_type,codec_name,pix_fmt,width,height,avg_frame_rate,nb_read_packets,duration\
                       :stream_disposition=attached_pic:format=format_name,duration";

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// ffmpeg's names of its format, separated by commas, such as `matroska,webm`.
    pub format: String,
    /// How long it lasts, as far as it says.
    pub duration: Option<Duration>,
    /// Its first video that is not a cover picture.
    pub video: Option<VideoFacts>,
    /// Its first sound.
    pub sound: Option<SoundFacts>,
    /// How many pictures and sounds it holds beside these.
    pub other_tracks: u64,
    /// What ffprobe complained of first while it read. Of a file that is counted this is the whole of it: what is sound gives no
    /// reason.
    pub complaint: Option<String>,
}

/// What is known of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoFacts {
    /// ffmpeg's name of its codec, such as `h264`.
    pub codec: String,
    /// How its pixels are written, such as `yuv420p`; empty where not even that can be told.
    pub pixels: String,
    /// Width in pixels as it is stored; 0 where it is damaged.
    pub width: u32,
    /// Height in pixels as it is stored.
    pub height: u32,
    /// Frames a second, in the mean.
    pub fps: Option<f64>,
    /// How many packets there are, which is one a frame, where they were counted.
    pub packets: Option<u64>,
}

/// What is known of a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundFacts {
    /// ffmpeg's name of its codec, such as `opus`.
    pub codec: String,
    /// How many packets there are, where they were counted.
    pub packets: Option<u64>,
}

pub(super) fn of(
    ffprobe: &Path,
    path: &Path,
    count: bool,
    limit: Duration,
    stopped: &dyn Fn() -> bool,
) -> Result<Facts, FfmpegError> {
    let mut command = Command::new(ffprobe);
    command.args(["-v", "error", "-of", "json", "-show_entries", ENTRIES]);
    if count {
        command.arg("-count_packets");
    }
    command.args(input_args(path).map_err(FfmpegError::NotStarted)?);
    let answer = ask(&mut command, limit, stopped)?;
    let said = String::from_utf8_lossy(&answer.stderr);
    match answer.success {
        Some(true) => {}
        Some(false) => {
            return Err(FfmpegError::Failed(match answer.signal {
                Some(signal) => format!("ffprobe was ended by signal {signal}"),
                None => why_unreadable(&said),
            }));
        }
        None if stopped() => return Err(FfmpegError::Stopped),
        None => return Err(FfmpegError::TooLong(limit)),
    }
    let found: Found = serde_json::from_slice(&answer.stdout)
        .map_err(|error| FfmpegError::Failed(format!("what ffprobe says is not understood ({error})")))?;
    if found.streams.is_empty() {
        return Err(FfmpegError::Failed(why_unreadable(&said)));
    }
    Ok(Facts { complaint: complaint(&said), ..facts(found) })
}

/// Why a file is none, by what ffprobe complained about last, without the name of the file.
#[must_use]
pub fn why_unreadable(said: &str) -> String {
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("ffprobe gives no reason");
    let reason = last.rsplit_once(": ").map_or(last, |(_, reason)| reason);
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
    format!("it is not a video that ffmpeg can read ({reason})")
}

/// The first complaint, without the part of ffprobe that has it.
fn complaint(said: &str) -> Option<String> {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty())?;
    let text = line.strip_prefix('[').and_then(|line| line.split_once("] ")).map_or(line, |(_, text)| text);
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
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
    codec_type: String,
    #[serde(default)]
    codec_name: String,
    #[serde(default)]
    pix_fmt: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    avg_frame_rate: Option<String>,
    nb_read_packets: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    disposition: Disposition,
}

#[derive(Deserialize, Default)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

fn facts(found: Found) -> Facts {
    let is_video = |stream: &&Stream| stream.codec_type == "video" && stream.disposition.attached_pic == 0;
    let video = found.streams.iter().find(is_video);
    let is_sound = |stream: &&Stream| stream.codec_type == "audio";
    let sound = found.streams.iter().find(is_sound);
    let tracks = found.streams.iter().filter(|stream| is_video(stream) || is_sound(stream)).count() as u64;
    let counted = |stream: &Stream| stream.nb_read_packets.as_ref().and_then(|text| text.parse().ok());
    let durations = [Some(&found.format.duration), video.map(|stream| &stream.duration)];
    Facts {
        duration: durations.into_iter().flatten().find_map(|text| seconds(text.as_deref()?)),
        video: video.map(|stream| VideoFacts {
            codec: stream.codec_name.clone(),
            pixels: stream.pix_fmt.clone(),
            width: stream.width,
            height: stream.height,
            fps: stream.avg_frame_rate.as_deref().and_then(ratio),
            packets: counted(stream),
        }),
        sound: sound.map(|stream| SoundFacts { codec: stream.codec_name.clone(), packets: counted(stream) }),
        other_tracks: tracks - u64::from(video.is_some()) - u64::from(sound.is_some()),
        format: found.format.format_name,
        complaint: None,
    }
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok().filter(|duration| !duration.is_zero())
}

/// A fraction such as `30000/1001`, as ffprobe writes rates; `None` where it makes no sense as one.
#[must_use]
pub fn ratio(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    let value = over.parse::<f64>().ok()? / under.parse::<f64>().ok()?;
    (value.is_finite() && value > 0.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cover_pictures_are_no_video_and_counts_are_read_where_they_are() {
        let found = serde_json::from_str(
            r#"{"streams":[{"codec_type":"video","codec_name":"mjpeg","disposition":{"attached_pic":1}},
            {"codec_type":"audio","codec_name":"opus","nb_read_packets":"51"},
            {"codec_type":"video","codec_name":"vp8","pix_fmt":"yuv420p","width":640,"height":480,"avg_frame_rate":"30/1",
            "nb_read_packets":"30","disposition":{"attached_pic":0}}],"format":{"format_name":"matroska,webm"}}"#,
        )
        .unwrap();
        let facts = facts(found);
        assert_eq!((facts.format.as_str(), facts.duration), ("matroska,webm", None));
        assert_eq!(facts.sound, Some(SoundFacts { codec: "opus".into(), packets: Some(51) }));
        assert_eq!((facts.other_tracks, facts.complaint), (0, None));
        let video = facts.video.unwrap();
        assert_eq!((video.codec.as_str(), video.packets, video.fps), ("vp8", Some(30), Some(30.0)));
    }

    #[test]
    fn the_first_complaint_is_told_in_words() {
        let said = "\n[matroska,webm @ 0x5559b5d467c0] 0x00 at pos 23 invalid as first byte of an EBML number\nmore\n";
        assert_eq!(complaint(said).as_deref(), Some("0x00 at pos 23 invalid as first byte of an EBML number"));
        assert_eq!(complaint("Truncating packet").as_deref(), Some("Truncating packet"));
        assert_eq!(complaint(" \n"), None);
    }

    #[test]
    fn a_length_that_makes_no_sense_is_none() {
        for text in ["N/A", "0.000000", "-1", "nan", "inf"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds("2.5"), Some(Duration::from_millis(2500)));
        assert_eq!((ratio("0/0"), ratio("30000/1001").is_some()), (None, true));
    }
}
