//! Recordings as browsers make them, by the real ffmpeg, and what ffprobe says of what was made of them.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// Seconds of each film; something crosses the picture from second 4 to second 6.
pub const SECONDS: u64 = 10;

/// A still wall, and a box that crosses it from second 4 to 6; 320x240 at 15 a second.
const SCENE: &str = "color=c=0x506070:s=320x240:r=15:d=10[wall];color=c=white:s=60x80:r=15:d=10[box];\
                     [wall][box]overlay=x='if(between(t,4,6),(t-4)*190-60,-100)':y=100:eval=frame,noise=alls=2:allf=t,format=yuv420p[v]";

/// How a film is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub name: &'static str,
    /// Encoder and wrapping, as ffmpeg is told.
    args: &'static [&'static str],
    pub media_type: &'static str,
}

/// As Chromium and Firefox record: VP8 and Opus in a `WebM` that does not know how long it is.
pub const CHROMIUM: Style = Style {
    name: "vp8",
    args: &[
        "-c:v",
        "libvpx",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-b:v",
        "1M",
        "-c:a",
        "libopus",
        "-live",
        "1",
        "-f",
        "webm",
    ],
    media_type: "video/webm;codecs=vp8,opus",
};

/// The same, two seconds of it and small, for tests that make many.
pub const SHORT: Style = Style {
    name: "short",
    args: &[
        "-t",
        "2",
        "-s",
        "160x120",
        "-c:v",
        "libvpx",
        "-deadline",
        "realtime",
        "-c:a",
        "libopus",
        "-live",
        "1",
        "-f",
        "webm",
    ],
    media_type: "video/webm;codecs=vp8,opus",
};

/// As Chromium records with H.264: in a Matroska, with Opus.
pub const H264_IN_MATROSKA: Style = Style {
    name: "h264-opus",
    args: &[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-bf",
        "0",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "libopus",
        "-live",
        "1",
        "-f",
        "matroska",
    ],
    media_type: "video/x-matroska;codecs=avc1",
};

/// As Safari records: a fragmented MP4.
pub const SAFARI: Style = Style {
    name: "fragmented-mp4",
    args: &[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-movflags",
        "frag_keyframe+empty_moov+default_base_moof",
        "-g",
        "15",
        "-f",
        "mp4",
    ],
    media_type: "video/mp4",
};

/// What no browser plays: Motion JPEG with plain sound.
pub const MJPEG: Style = Style {
    name: "mjpeg",
    args: &["-c:v", "mjpeg", "-q:v", "4", "-c:a", "pcm_s16le", "-f", "matroska"],
    media_type: "video/x-matroska",
};

/// The bytes of a film; each is made once.
pub fn film(style: Style) -> Vec<u8> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().unwrap());
    let path = folder.path().join(style.name);
    if !path.exists() {
        // Tests run at the same time, and no two films have the same bytes: the first one stays.
        let own = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-nostdin", "-f", "lavfi", "-i", "sine=frequency=440:duration=10"])
            .args(["-filter_complex", SCENE, "-map", "[v]", "-map", "0:a"])
            .args(style.args)
            .arg(own.path())
            .status()
            .unwrap();
        assert!(status.success(), "{}", style.name);
        assert!(own.persist_noclobber(&path).is_ok() || path.exists());
    }
    std::fs::read(path).unwrap()
}

/// What ffprobe says of a file, frames counted.
pub fn probe(path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_streams", "-show_format", "-count_frames"])
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The checksum of every frame of the picture, decoded, in order.
pub fn frame_checksums(path: &Path) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(',')?.1.trim().to_owned())).collect()
}
