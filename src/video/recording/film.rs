//! Makes a file that can be sought in of a recording: the same frames in another wrapping where that plays everywhere, else
//! H.264 and AAC. What was made is compared with what there was before anybody sees it.

use std::path::Path;
use std::time::Duration;

use crate::domain::{Missing, VideoFormat};
use crate::ffmpeg::{Facts, FfmpegError, Found, Limits};
use crate::jobs::{Attempt, Failure};
use crate::video::Tools;
use crate::video::recording::span;

/// How long it may take to count the frames of a file.
const COUNT_LIMIT: Duration = Duration::from_mins(30);
/// A wrapping is hardly larger than what is in it.
const COPY_ROOM: (u64, u64) = (2, 64_000_000);
/// H.264 of a recording in another codec may be larger, within reason.
const CODED_ROOM: (u64, u64) = (20, 256_000_000);
/// A video may be so much shorter than its sender measured.
const TOLERANCE: (f64, Duration) = (0.02, Duration::from_secs(2));

/// A file that was made and looked at.
pub(super) struct Film {
    pub format: VideoFormat,
    pub facts: Facts,
    pub is_copy: bool,
    pub missing: Vec<Missing>,
}

/// How a file is made of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub format: VideoFormat,
    /// The frames are taken as they are.
    pub keeps_video: bool,
    /// So is the sound.
    pub keeps_sound: bool,
}

/// Makes it. `told`: how long its sender recorded.
pub(super) fn make(
    tools: &Tools,
    from: &Path,
    to: impl Fn(VideoFormat) -> std::path::PathBuf,
    told: Option<Duration>,
    attempt: &Attempt,
) -> Result<Film, Failure> {
    let stopped = || attempt.is_over();
    let found = tools.found().map_err(Failure::outside)?;
    attempt.tell(0.0, "reading the recording");
    let before = tools.ffmpeg().probe(from, true, COUNT_LIMIT, &stopped).map_err(|error| tools.failure(&error))?;
    if before.video.is_none() {
        return Err(Failure::lasting("there is no picture in the recording, at most sound"));
    }
    let bytes = std::fs::metadata(from).map(|meta| meta.len()).unwrap_or_default();
    let (plan, anew) = (plan_of(&before), Plan { format: VideoFormat::Mp4, keeps_video: false, keeps_sound: false });
    let mut reason = None;
    for plan in if plan.keeps_video { vec![plan, anew] } else { vec![anew] } {
        match try_plan(tools, &found, (from, &to(plan.format)), plan, (&before, bytes, told), attempt) {
            Ok(film) => return Ok(film),
            // A file that ffmpeg cannot wrap anew it can perhaps decode.
            Err(error @ FfmpegError::Failed(_)) if plan.keeps_video => {
                let _ = std::fs::remove_file(to(plan.format));
                reason = Some(error);
            }
            Err(error) => return Err(tools.failure(reason.as_ref().unwrap_or(&error))),
        }
    }
    Err(reason.map_or_else(|| Failure::lasting("nothing of it could be saved"), |error| tools.failure(&error)))
}

fn try_plan(
    tools: &Tools,
    found: &Found,
    (from, to): (&Path, &Path),
    plan: Plan,
    (before, bytes, told): (&Facts, u64, Option<Duration>),
    attempt: &Attempt,
) -> Result<Film, FfmpegError> {
    let stopped = || attempt.is_over();
    if !plan.keeps_video && !found.h264 {
        return Err(FfmpegError::Failed("this ffmpeg cannot write H.264; install one with libx264".into()));
    }
    let keeps_sound = plan.keeps_sound || found.aac;
    let (times, plus) = if plan.keeps_video { COPY_ROOM } else { CODED_ROOM };
    let limits = Limits {
        output_bytes: bytes.saturating_mul(times).saturating_add(plus),
        threads: if plan.keeps_video { 1 } else { half_of_the_cores() },
        ..tools.limits()
    };
    let (all, note) = (told.or(before.duration), if plan.keeps_video { "writing" } else { "converting to H.264" });
    let progress = |at: Duration| {
        let share = all.map_or(0.0, |all| at.as_secs_f32() / all.as_secs_f32().max(0.001));
        attempt.tell(span(0.02, 0.4, share), note);
    };
    let call = tools.ffmpeg().call(limits).input(from).args(plan.args(keeps_sound)).output(to);
    call.run(&progress, &stopped)?;
    attempt.tell(0.4, "comparing it with the recording");
    let facts = tools.ffmpeg().probe(to, true, COUNT_LIMIT, &stopped)?;
    let missing = compare(before, &facts, told)?;
    Ok(Film { format: plan.format, facts, is_copy: plan.keeps_video, missing })
}

/// What of the recording is not in the file. Nothing that could not be compared is taken for whole.
fn compare(before: &Facts, made: &Facts, told: Option<Duration>) -> Result<Vec<Missing>, FfmpegError> {
    let packets = |facts: &Facts| facts.video.as_ref().and_then(|video| video.packets).unwrap_or(0);
    let (had, has) = (packets(before), packets(made));
    let Some(lasts) = made.duration.filter(|_| has > 0) else {
        return Err(FfmpegError::Failed("not one frame of it could be saved".into()));
    };
    let mut missing = Vec::new();
    if has < had {
        missing.push(Missing::Frames { count: had - has });
    }
    let told = told.or(before.duration).unwrap_or(lasts);
    if lasts + TOLERANCE.1.max(told.mul_f64(TOLERANCE.0)) < told {
        missing.push(Missing::Time { told_ms: u64::try_from(told.as_millis()).unwrap_or(u64::MAX) });
    }
    if before.sound.is_some() && made.sound.is_none() {
        missing.push(Missing::Sound);
    }
    if before.other_tracks > 0 {
        missing.push(Missing::Tracks { count: before.other_tracks });
    }
    if let Some(why) = &before.complaint {
        missing.push(Missing::Damaged { why: why.clone() });
    }
    Ok(missing)
}

/// How a recording becomes a file that plays in any browser.
pub(super) fn plan_of(facts: &Facts) -> Plan {
    let (codec, pixels) = facts.video.as_ref().map_or(("", ""), |video| (&video.codec, &video.pixels));
    let sound = facts.sound.as_ref().map_or("", |sound| sound.codec.as_str());
    let is_mp4 = facts.format.split(',').any(|name| name == "mp4");
    let eight_bits = matches!(pixels, "" | "yuv420p" | "yuvj420p");
    match codec {
        "h264" if eight_bits => {
            Plan { format: VideoFormat::Mp4, keeps_video: true, keeps_sound: matches!(sound, "" | "aac") }
        }
        "vp9" | "av1" if is_mp4 => {
            Plan { format: VideoFormat::Mp4, keeps_video: true, keeps_sound: matches!(sound, "" | "aac" | "opus") }
        }
        "vp8" | "vp9" | "av1" if matches!(sound, "" | "opus" | "vorbis") => {
            Plan { format: VideoFormat::WebM, keeps_video: true, keeps_sound: true }
        }
        _ => Plan { format: VideoFormat::Mp4, keeps_video: false, keeps_sound: sound == "aac" },
    }
}

impl Plan {
    /// What ffmpeg is told between input and output.
    fn args(self, with_sound: bool) -> Vec<&'static str> {
        let mut args = vec!["-map", "0:V:0", "-dn", "-sn", "-map_metadata", "-1", "-map_chapters", "-1"];
        if with_sound {
            args.extend(["-map", "0:a:0?"]);
        }
        if self.keeps_video {
            args.extend(["-c:v", "copy"]);
        } else {
            // Frames at their own times, none doubled or dropped to even out the rate.
            args.extend(["-fps_mode", "passthrough", "-enc_time_base", "1:90000"]);
            args.extend(["-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2", "-c:v", "libx264", "-preset", "veryfast"]);
            args.extend(["-crf", "23", "-pix_fmt", "yuv420p"]);
        }
        if with_sound {
            args.extend(if self.keeps_sound { ["-c:a", "copy"] } else { ["-c:a", "aac"] });
        }
        match self.format {
            VideoFormat::Mp4 => args.extend(["-movflags", "+faststart", "-f", "mp4"]),
            // The index of places to seek to stands in front, so that a player need not read the end first.
            VideoFormat::WebM => args.extend(["-cues_to_front", "1", "-f", "webm"]),
        }
        args
    }
}

fn half_of_the_cores() -> u16 {
    u16::try_from(crate::jobs::half_of_the_cores()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffmpeg::{SoundFacts, VideoFacts};

    fn facts(format: &str, codec: &str, pixels: &str, sound: Option<&str>, packets: u64, secs: u64) -> Facts {
        Facts {
            format: format.into(),
            duration: (secs > 0).then(|| Duration::from_secs(secs)),
            video: Some(VideoFacts {
                codec: codec.into(),
                pixels: pixels.into(),
                width: 640,
                height: 480,
                fps: None,
                packets: Some(packets),
            }),
            sound: sound.map(|codec| SoundFacts { codec: codec.into(), packets: None }),
            other_tracks: 0,
            complaint: None,
        }
    }

    #[test]
    fn what_plays_everywhere_is_wrapped_anew_and_the_rest_is_converted() {
        let plan = |format, codec, pixels, sound| plan_of(&facts(format, codec, pixels, sound, 1, 1));
        let (webm, mp4) = ("matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2");
        let of = |format, keeps_video, keeps_sound| Plan { format, keeps_video, keeps_sound };
        for (given, expected) in [
            (plan(webm, "vp8", "yuv420p", Some("opus")), of(VideoFormat::WebM, true, true)),
            (plan(webm, "vp9", "yuv420p", None), of(VideoFormat::WebM, true, true)),
            (plan(webm, "h264", "yuv420p", Some("opus")), of(VideoFormat::Mp4, true, false)),
            (plan(mp4, "h264", "yuvj420p", Some("aac")), of(VideoFormat::Mp4, true, true)),
            (plan(mp4, "h264", "yuv444p", Some("aac")), of(VideoFormat::Mp4, false, true)),
            (plan(mp4, "hevc", "yuv420p10le", Some("aac")), of(VideoFormat::Mp4, false, true)),
            (plan(mp4, "vp9", "yuv420p", Some("opus")), of(VideoFormat::Mp4, true, true)),
            (plan(webm, "vp8", "yuv420p", Some("pcm_s16le")), of(VideoFormat::Mp4, false, false)),
            (plan(webm, "mjpeg", "yuvj420p", None), of(VideoFormat::Mp4, false, false)),
        ] {
            assert_eq!(given, expected);
        }
    }

    #[test]
    fn what_is_missing_is_said_and_nothing_at_all_is_a_failure() {
        let whole = facts("matroska,webm", "vp8", "yuv420p", Some("opus"), 100, 10);
        let told = Some(Duration::from_secs(10));
        assert_eq!(compare(&whole, &whole, told).unwrap(), []);
        let half = facts("matroska,webm", "vp8", "yuv420p", None, 60, 6);
        let expected = [Missing::Frames { count: 40 }, Missing::Time { told_ms: 10_000 }, Missing::Sound];
        assert_eq!(compare(&whole, &half, told).unwrap(), expected);
        let odd = Facts { other_tracks: 2, complaint: Some("0x00 at pos 7".into()), ..whole.clone() };
        let expected = [Missing::Tracks { count: 2 }, Missing::Damaged { why: "0x00 at pos 7".into() }];
        assert_eq!(compare(&odd, &whole, told).unwrap(), expected);
        assert!(compare(&whole, &facts("matroska,webm", "vp8", "yuv420p", None, 0, 6), told).is_err());
        assert!(compare(&whole, &facts("matroska,webm", "vp8", "yuv420p", None, 100, 0), told).is_err());
    }
}
