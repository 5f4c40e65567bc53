//! Pictures in a folder or a zip, one frame each, in the order in which people count: `2.jpg` before `10.jpg`.
//!
//! A name inside a zip is only ever compared and shown, never used as a path. Nothing is taken at its word: an entry is
//! read up to a bound, whatever size it announces, and one at a time.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use zip::ZipArchive;

use crate::codec;
use crate::domain::{PictureFormat, RgbPicture};
use crate::sources::files::read_ahead::{Control, Decode, FrameHead};
use crate::sources::files::{FileError, FileInfo};

/// Most bytes of one compressed picture. The largest that is decoded has 36 million pixels; as a PNG without any
/// redundancy it takes a little more than three bytes for each.
const MAX_BYTES: u64 = 128 << 20;
/// Most entries of a zip. The list of their names is kept in memory.
const MAX_ENTRIES: usize = 1_000_000;

/// The pictures of a folder or zip, not yet read.
pub(super) struct Pictures {
    path: PathBuf,
    place: Place,
    /// In order: the name for people, and the number of the file or of the zip's entry.
    names: Vec<(String, usize)>,
    next: usize,
    fps: f64,
    unreadable: Unreadable,
}

enum Place {
    /// Names of files, which need not be UTF-8.
    Folder(Vec<OsString>),
    Zip(Box<ZipArchive<BufReader<File>>>),
}

/// Pictures that could not be decoded: how many, and the first as an example.
#[derive(Default)]
struct Unreadable {
    count: u64,
    example: Option<String>,
}

impl Pictures {
    /// The pictures that lie directly in a folder. Folders within it are not entered.
    pub fn in_folder(path: &Path, fps: f64) -> Result<(Self, u64), FileError> {
        let (mut names, mut files) = (Vec::new(), Vec::new());
        let mut skipped = 0;
        for entry in std::fs::read_dir(path).map_err(|error| FileError::open(path, error))? {
            let entry = entry.map_err(|error| FileError::open(path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_picture(&name) && entry.path().is_file() {
                names.push((name, files.len()));
                files.push(entry.file_name());
            } else {
                skipped += 1;
            }
        }
        Self::new(path, Place::Folder(files), names, skipped, fps)
    }

    /// The pictures of a zip, in whatever folders inside it.
    pub fn in_zip(path: &Path, fps: f64) -> Result<(Self, u64), FileError> {
        let file = File::open(path).map_err(|error| FileError::open(path, error))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| FileError::open(path, error))?;
        if archive.len() > MAX_ENTRIES {
            return Err(FileError::open(path, format!("it has more than {MAX_ENTRIES} entries; split it")));
        }
        let mut names = Vec::new();
        let mut skipped = 0;
        for (index, name) in archive.file_names().enumerate() {
            match name {
                Ok(name) if name.ends_with('/') => {}
                // What macOS puts beside each file has its ending as well.
                Ok(name) if is_picture(base_name(&name)) && !name.starts_with("__MACOSX/") => {
                    names.push((name.into_owned(), index));
                }
                _ => skipped += 1,
            }
        }
        Self::new(path, Place::Zip(Box::new(archive)), names, skipped, fps)
    }

    fn new(
        path: &Path,
        place: Place,
        mut names: Vec<(String, usize)>,
        skipped: u64,
        fps: f64,
    ) -> Result<(Self, u64), FileError> {
        if names.is_empty() {
            let others = if skipped == 0 { String::new() } else { format!(" among its {skipped} files") };
            return Err(FileError::open(path, format!("there is no picture (.jpg, .png or .webp) in it{others}")));
        }
        names.sort_by(|a, b| natural_order(&a.0, &b.0));
        Ok((Self { path: path.to_owned(), place, names, next: 0, fps, unreadable: Unreadable::default() }, skipped))
    }

    /// Size and number. The size is that of the first picture that is whole.
    pub fn info(&mut self, stopped: &dyn Fn() -> bool) -> Result<FileInfo, FileError> {
        let mut why = None;
        for index in 0..self.names.len() {
            if stopped() {
                break;
            }
            match self.bytes(index).and_then(|bytes| upright_size(&bytes).map_err(|error| error.to_string())) {
                Ok((width, height)) => {
                    let frames = Some(self.names.len() as u64);
                    return Ok(FileInfo { width, height, fps: self.fps, frames, is_counted: true });
                }
                Err(error) => why = why.or(Some(format!("{}: {error}", self.names[index].0))),
            }
        }
        Err(FileError::open(&self.path, format!("none of its pictures can be read ({})", why.unwrap_or_default())))
    }

    /// The whole compressed picture.
    fn bytes(&mut self, index: usize) -> Result<Bytes, String> {
        let (_, number) = self.names[index];
        let mut bytes = Vec::new();
        let read = match &mut self.place {
            Place::Folder(files) => {
                File::open(self.path.join(&files[number])).and_then(|file| bounded(file, &mut bytes))
            }
            Place::Zip(archive) => {
                archive.by_index(number).map_err(std::io::Error::from).and_then(|entry| bounded(entry, &mut bytes))
            }
        };
        read.map_err(|error| error.to_string())?;
        Ok(bytes.into())
    }

    fn decode(&mut self, index: usize, pixels: &mut RgbPicture) -> Result<Bytes, String> {
        let bytes = self.bytes(index)?;
        codec::decode_file_into(&bytes, pixels).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

impl Decode for Pictures {
    fn next(&mut self, pixels: &mut RgbPicture, control: &Control) -> Result<Option<FrameHead>, FileError> {
        while self.next < self.names.len() && !control.stopped() {
            let index = self.next;
            self.next += 1;
            match self.decode(index, pixels) {
                Ok(original) => {
                    let name = base_name(&self.names[index].0).to_owned();
                    let seconds = index as f64 / self.fps;
                    let original = Some(original);
                    return Ok(Some(FrameHead { number: index as u64, seconds, name: Some(name), original }));
                }
                Err(why) => {
                    self.unreadable.count += 1;
                    self.unreadable.example.get_or_insert_with(|| format!("{}: {why}", self.names[index].0));
                }
            }
        }
        let Unreadable { count, example } = std::mem::take(&mut self.unreadable);
        if let Some(example) = example {
            if count == self.names.len() as u64 {
                let why = format!("none of its pictures can be decoded ({example})");
                return Err(FileError::Read { path: self.path.clone(), why });
            }
            control.warn(format!("{count} of {} pictures could not be decoded ({example})", self.names.len()));
        }
        Ok(None)
    }
}

/// Width and height of a picture file as it is decoded: turned as it says.
fn upright_size(bytes: &[u8]) -> Result<(u32, u32), codec::DecodeError> {
    let (_, width, height) = codec::check(bytes)?;
    Ok(if codec::orientation(bytes) >= 5 { (height, width) } else { (width, height) })
}

/// Reads all of it, or fails when it is more than a picture may have.
fn bounded(from: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    from.take(MAX_BYTES + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other(format!("it has more than {} MB", MAX_BYTES >> 20)));
    }
    Ok(())
}

/// The ending says that it is a picture. Hidden files are none: "._1.jpg" holds what macOS knows about "1.jpg".
fn is_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty() && !name.starts_with('.'));
    ending.is_some_and(|(_, ending)| PictureFormat::from_extension(ending).is_some())
}

/// What follows the last separator of either kind: zips from Windows hold backslashes.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// Compares runs of digits by their value and all else by character, so that frames are in the order of their numbers
/// with or without leading zeros.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let ((m, rest_left), (n, rest_right)) = (split_number(left), split_number(right));
            (left, right) = (rest_left, rest_right);
            // Without leading zeros the longer number is the larger one, however many digits it has.
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
    // "1.jpg" and "01.jpg" are equal up to here; the order must still be the same every time.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits at the start without leading zeros, and the rest.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_in_the_order_in_which_people_count() {
        let mut names =
            ["f10.jpg", "f9.jpg", "f010.jpg", "f1.jpg", "f1b.jpg", "a2/f1.jpg", "a10/f0.jpg", "f", "é2", "é10"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(
            names,
            ["a2/f1.jpg", "a10/f0.jpg", "f", "f1.jpg", "f1b.jpg", "f9.jpg", "f010.jpg", "f10.jpg", "é2", "é10"]
        );
        let huge = ("99999999999999999999999999999998", "99999999999999999999999999999999");
        assert_eq!(natural_order(huge.0, huge.1), Ordering::Less);
    }

    #[test]
    fn only_visible_files_with_the_ending_of_a_picture_are_pictures() {
        for name in ["a.jpg", "a.JPEG", "a.b.png", "ü.webp"] {
            assert!(is_picture(name), "{name}");
        }
        for name in ["a.txt", "jpg", ".jpg", "._a.jpg", "a.jpg.part", "a"] {
            assert!(!is_picture(name), "{name}");
        }
        assert_eq!(base_name("../../etc\\a.jpg"), "a.jpg");
    }
}
