//! Writes pictures and what truly moves in them as a clip in the layout of changedetection.net, which programs that compare
//! detectors read. It does not know who draws the pictures.
//!
//! `input/in000001.jpg` is a picture, `groundtruth/gt000001.png` what moves in it, 255 or 0, and `temporalROI.txt` names the
//! first and the last picture that count.

use std::path::{Path, PathBuf};

use crate::cli::bench::Error;
use crate::codec;
use crate::domain::{Mask, RgbPicture};

/// As good as the pictures of a good camera: what is left out is less than its noise.
const QUALITY: u8 = 95;
/// The first pictures do not count, as every detector learns the background from them.
const LEARNING_SECS: u64 = 10;

/// One clip that is being written.
pub(super) struct Clip {
    folder: PathBuf,
    pictures: u64,
    /// Those at the start that do not count.
    learning: u64,
}

impl Clip {
    /// Makes the folders of a clip with so many pictures a second. There must be nothing in them, as pictures of another clip
    /// would be taken for its own.
    pub fn new(folder: PathBuf, fps: u16) -> Result<Self, Error> {
        for part in ["input", "groundtruth"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).map_err(|error| failed(&part, &error))?;
            let mut inside = std::fs::read_dir(&part).map_err(|error| failed(&part, &error))?;
            if inside.next().is_some() {
                return Err(failed(&part, &"there is something in it already; empty it or name another folder"));
            }
        }
        Ok(Self { folder, pictures: 0, learning: LEARNING_SECS * u64::from(fps) })
    }

    /// Writes the next picture and what moves in it.
    pub fn push(&mut self, picture: &RgbPicture, truth: &Mask) -> Result<(), Error> {
        self.pictures += 1;
        let jpeg = codec::encode_jpeg(picture, QUALITY).map_err(|error| failed(&self.folder, &error))?;
        let png = codec::encode_mask(truth).map_err(|error| failed(&self.folder, &error))?;
        self.write(&format!("input/in{:06}.jpg", self.pictures), &jpeg)?;
        self.write(&format!("groundtruth/gt{:06}.png", self.pictures), &png)
    }

    /// Writes which pictures count.
    pub fn finish(self) -> Result<(), Error> {
        self.write("temporalROI.txt", format!("{} {}\n", self.learning + 1, self.pictures).as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| failed(&path, &error))
    }
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::Clip { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_not_mixed_with_another() {
        let folder = tempfile::tempdir().unwrap();
        let picture = RgbPicture { width: 8, height: 8, data: vec![9; 8 * 8 * 3] };
        let truth = Mask { width: 8, height: 8, data: vec![0; 64] };
        let mut clip = Clip::new(folder.path().join("calm"), 10).unwrap();
        clip.push(&picture, &truth).unwrap();
        clip.finish().unwrap();
        for part in ["input/in000001.jpg", "groundtruth/gt000001.png", "temporalROI.txt"] {
            assert!(folder.path().join("calm").join(part).is_file(), "{part}");
        }
        let error = Clip::new(folder.path().join("calm"), 10).err().expect("it is refused").to_string();
        assert!(error.contains("input") && error.contains("name another folder"), "{error}");
        assert!(Clip::new(folder.path().join("rain"), 10).is_ok());
    }
}
