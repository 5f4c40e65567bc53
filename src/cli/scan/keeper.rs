//! Writes the frames that would be kept: moving ones, at most so many a second, and the peak of each event.

use std::path::PathBuf;

use bytes::Bytes;

use crate::cli::scan::Error;
use crate::cli::scan::masks::stem;
use crate::cli::scan::outputs::Names;
use crate::codec;
use crate::domain::{KeepRule, RgbPicture, Timestamp};
use crate::pipeline::{EventMachine, Rate, Step};
use crate::sources::FileReader;

/// Quality of frames of a video, 1 to 100. There is no picture of their own to keep as it came.
const JPEG_QUALITY: u8 = 90;

/// The kept frames of one input. Pictures are kept byte for byte under their own name, frames of a video as
/// `NNNNNN.jpg`.
pub(super) struct Keeper {
    folder: PathBuf,
    names: Names,
    /// The rate at which a live stream would keep frames.
    rate: Rate,
    /// Frames of motion that is not an event yet.
    pending: Vec<Kept>,
    peak: Option<Peak>,
    /// Memory for the next peak.
    spare: RgbPicture,
}

/// A frame to be written.
struct Kept {
    number: u64,
    name: Option<String>,
    bytes: Bytes,
}

/// The peak up to now of what moves. Compressed only when it turns out to be the last word.
struct Peak {
    number: u64,
    name: Option<String>,
    picture: PeakPicture,
}

enum PeakPicture {
    /// Already kept for the rate.
    Taken,
    Original(Bytes),
    Pixels(RgbPicture),
}

impl Keeper {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            names: Names::default(),
            rate: Rate::default(),
            pending: Vec::new(),
            peak: None,
            spare: RgbPicture::default(),
        }
    }

    /// The frame that was read last, what it changed, and the machine after it.
    pub fn frame(
        &mut self,
        at: Timestamp,
        file: &FileReader,
        pixels: &RgbPicture,
        motion: bool,
        step: &Step,
        machine: &EventMachine,
    ) -> Result<(), Error> {
        if step.ended.is_some() {
            self.ended()?;
        }
        if machine.current().is_none() && machine.pending().is_none() {
            // What moved was no event.
            self.pending.clear();
            self.peak = None;
            return Ok(());
        }
        let due = self.rate.wants(KeepRule::default(), at, motion);
        if due {
            let bytes = match file.original() {
                Some(original) => original.clone(),
                None => self.compress(pixels)?,
            };
            self.pending.push(Kept { number: file.number(), name: file.name().map(str::to_owned), bytes });
        }
        if step.peak {
            self.set_peak(file, pixels, due);
        }
        if machine.current().is_some() {
            for kept in std::mem::take(&mut self.pending) {
                self.write(&kept)?;
            }
        }
        Ok(())
    }

    /// An event is over: its peak is known.
    pub fn ended(&mut self) -> Result<(), Error> {
        let Some(Peak { number, name, picture }) = self.peak.take() else { return Ok(()) };
        let bytes = match picture {
            PeakPicture::Taken => return Ok(()),
            PeakPicture::Original(bytes) => bytes,
            PeakPicture::Pixels(pixels) => {
                let bytes = self.compress(&pixels)?;
                self.spare = pixels;
                bytes
            }
        };
        self.write(&Kept { number, name, bytes })
    }

    fn set_peak(&mut self, file: &FileReader, pixels: &RgbPicture, taken: bool) {
        if let Some(Peak { picture: PeakPicture::Pixels(pixels), .. }) = self.peak.take() {
            self.spare = pixels;
        }
        let picture = match file.original() {
            _ if taken => PeakPicture::Taken,
            Some(original) => PeakPicture::Original(original.clone()),
            None => {
                let mut copy = std::mem::take(&mut self.spare);
                (copy.width, copy.height) = (pixels.width, pixels.height);
                copy.data.clone_from(&pixels.data);
                PeakPicture::Pixels(copy)
            }
        };
        self.peak = Some(Peak { number: file.number(), name: file.name().map(str::to_owned), picture });
    }

    fn compress(&self, pixels: &RgbPicture) -> Result<Bytes, Error> {
        let failed = |error: codec::EncodeError| Error::Write { path: self.folder.clone(), why: error.to_string() };
        codec::encode_jpeg(pixels, JPEG_QUALITY).map(Bytes::from).map_err(failed)
    }

    fn write(&mut self, kept: &Kept) -> Result<(), Error> {
        // The ending follows the bytes, whatever the picture was called.
        let ending = codec::probe(&kept.bytes).map_or("jpg", |(format, ..)| format.extension());
        let wanted = kept.name.as_deref().map_or_else(|| format!("{:06}", kept.number), |name| stem(name).to_owned());
        let path = self.folder.join(format!("{}.{ending}", self.names.unique(&wanted)));
        let failed =
            |error| Error::Write { path: path.clone(), why: format!("{error}; make room or choose another folder") };
        std::fs::write(&path, &kept.bytes).map_err(failed)
    }
}
