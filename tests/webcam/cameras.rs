//! A folder in which `v4l2/webcams.c` finds its cameras, and what they play.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use framekeep::domain::RgbPicture;
use framekeep::scenes::street::Scene;
use jpeg_encoder::{ColorType, Encoder};
use tempfile::TempDir;

/// Pictures of the scene that are played: a person walks through all of them.
const PICTURES: std::ops::Range<u64> = 100..124;

/// The cameras of one test.
pub struct Cameras {
    folder: TempDir,
}

impl Cameras {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Plugs a camera in. `modes` as in the shim's `modes`; files called `street.*` hold the scene in the mode's size.
    pub fn plug(&self, index: u32, name: &str, modes: &str) {
        // Made aside and moved to its place, as a device is there all at once.
        let aside = self.folder().join("being-made");
        fs::create_dir(&aside).unwrap();
        fs::write(aside.join("name"), name).unwrap();
        fs::write(aside.join("modes"), modes).unwrap();
        for mode in modes.lines() {
            let words: Vec<_> = mode.split(' ').collect();
            let (width, height) = words[1].split_once('x').unwrap();
            let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
            if words[3].starts_with("street.") {
                let pictures = if words[0] == "MJPG" {
                    jpeg_pictures(width, height)
                } else {
                    raw_pictures(words[0], width, height)
                };
                fs::write(aside.join(words[3]), pictures.concat()).unwrap();
            }
        }
        fs::rename(&aside, self.device(index)).unwrap();
    }

    pub fn unplug(&self, index: u32) {
        // Kept, so that its inode is not given to the next one.
        let gone = (0..100).map(|n| self.folder().join(format!("gone-{n}"))).find(|path| !path.exists()).unwrap();
        fs::rename(self.device(index), gone).unwrap();
    }

    /// Sets the camera's state, in the shim's words.
    pub fn say(&self, index: u32, state: &str) {
        let aside = self.device(index).join("state-being-written");
        fs::write(&aside, state).unwrap();
        fs::rename(&aside, self.device(index).join("state")).unwrap();
    }

    pub fn write(&self, index: u32, file: &str, bytes: &[u8]) {
        fs::write(self.device(index).join(file), bytes).unwrap();
    }

    /// Something else in `/dev` whose name begins like a camera's.
    pub fn link(&self, name: &str) {
        std::os::unix::fs::symlink("video10", self.folder().join(name)).unwrap();
    }

    fn device(&self, index: u32) -> PathBuf {
        self.folder().join(format!("video{index}"))
    }
}

/// The scene as a webcam compresses it.
pub fn jpeg_pictures(width: u32, height: u32) -> Vec<Vec<u8>> {
    let encode = |rgb: RgbPicture| {
        let mut jpeg = Vec::new();
        let (width, height) = (u16::try_from(width).unwrap(), u16::try_from(height).unwrap());
        Encoder::new(&mut jpeg, 85).encode(&rgb.data, width, height, ColorType::Rgb).unwrap();
        jpeg
    };
    scene(width, height).map(encode).collect()
}

/// The scene as raw pixels, `format` as V4L2 calls it.
pub fn raw_pictures(format: &str, width: u32, height: u32) -> Vec<Vec<u8>> {
    scene(width, height).map(|rgb| raw(format, &rgb)).collect()
}

/// A JPEG without its Huffman tables, as many webcams send it.
pub fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut left = jpeg.to_vec();
    while let Some(at) = left.windows(2).position(|two| two == [0xff, 0xc4]) {
        let len = usize::from(u16::from_be_bytes([left[at + 2], left[at + 3]]));
        left.drain(at..at + 2 + len);
    }
    left
}

fn scene(width: u32, height: u32) -> impl Iterator<Item = RgbPicture> {
    let scene = Scene::new(width, height);
    PICTURES.map(move |n| {
        let mut picture = RgbPicture::default();
        scene.draw(n, &mut picture);
        picture
    })
}

fn raw(format: &str, rgb: &RgbPicture) -> Vec<u8> {
    let luma = |pixel: &[u8]| {
        let sum = u32::from(pixel[0]) * 77 + u32::from(pixel[1]) * 150 + u32::from(pixel[2]) * 29;
        u8::try_from(sum >> 8).unwrap()
    };
    match format {
        "RGB3" => rgb.data.clone(),
        "GREY" => rgb.data.chunks_exact(3).map(luma).collect(),
        "YUYV" => rgb.data.chunks_exact(6).flat_map(|two| [luma(two), two[2], luma(&two[3..]), two[0]]).collect(),
        "NV12" => {
            let mut bytes = raw("GREY", rgb);
            let chroma: Vec<u8> = bytes.iter().step_by(2).copied().take(bytes.len() / 2).collect();
            bytes.extend(chroma);
            bytes
        }
        other => panic!("no pictures in {other}"),
    }
}

/// The shim, compiled once for all tests of this process.
pub fn shim() -> &'static Path {
    static SHIM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webcams.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/v4l2/webcams.c");
        let compiled = Command::new("cc")
            .args(["-O1", "-fPIC", "-shared", "-o"])
            .args([&path, &source])
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("cc is needed to compile the V4L2 shim");
        assert!(compiled.success());
        (folder, path)
    });
    path
}
