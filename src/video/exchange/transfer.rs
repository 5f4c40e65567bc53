//! One file to the store, or one finished work from it into the library, where it appears as if it had been made here.

use std::fs::{self, File};
use std::io::{self, Read};

use super::parcel::{Input, Parcel, Source, VIDEOS, What};
use crate::domain::{MadeVideo, RecordingId};
use crate::library::{ClipFolder, ClipMade, FACTS, STRIP, made_video};
use crate::store::{Stop, Store, StoreError};
use crate::video::clip::KeptFrames;
use crate::video::files::{Files, FilesError, Workplace};

/// The facts of a work are smaller than this.
const MOST_FACTS_BYTES: u64 = 16_000_000;

/// What there is to carry.
#[derive(Debug)]
pub(super) enum Transfer {
    To(Input),
    From(Parcel),
}

/// Why it was not carried.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Files(#[from] FilesError),
    /// What a worker put there is not what its facts say.
    #[error("{0} in the store is not whole")]
    Broken(String),
}

impl Transfer {
    /// What is carried, by a name of its own: nothing is carried twice at the same time.
    pub fn name(&self) -> &str {
        match self {
            Self::To(input) => &input.name,
            Self::From(parcel) => &parcel.folder,
        }
    }

    /// Carries it. What is not there any more is no error: nobody needs it then.
    pub fn carry(&self, store: &Store, files: &Files, stop: Stop) -> Result<(), TransferError> {
        match self {
            Self::To(input) => put(store, files, input, stop),
            Self::From(parcel) => match take(store, files, parcel, stop) {
                // Its job is done again, as nothing came of it.
                Err(TransferError::Broken(what)) => {
                    tracing::warn!(what, "what a worker made is not whole in the store, and is made again");
                    Ok(store.remove(&[parcel.marker()], stop)?)
                }
                taken => taken,
            },
        }
    }
}

fn put(store: &Store, files: &Files, input: &Input, stop: Stop) -> Result<(), TransferError> {
    let opened: io::Result<(Box<dyn Read>, u64)> = (|| match &input.source {
        Source::File(path) => {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            Ok((Box::new(file) as Box<dyn Read>, bytes))
        }
        Source::Kept(order) => {
            let folder = files.folder().ok_or(io::ErrorKind::NotFound)?;
            let (frames, bytes) = KeptFrames::of(&folder, order)?;
            Ok((Box::new(frames) as Box<dyn Read>, bytes))
        }
    })();
    match opened {
        Ok((mut from, bytes)) => Ok(store.put(&input.name, &mut *from, bytes, stop)?),
        // Deleted meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::System(error).into()),
    }
}

fn take(store: &Store, files: &Files, parcel: &Parcel, stop: Stop) -> Result<(), TransferError> {
    let facts = match store.read(&parcel.marker(), MOST_FACTS_BYTES, stop) {
        Err(StoreError::Gone) => return Ok(()),
        facts => facts?,
    };
    let name = format!("store-{}", parcel.folder.rsplit('/').next().unwrap_or_default());
    let work = files.workplace_for(&name, 1)?;
    match &parcel.what {
        What::Recording { id, bytes } => recording(store, files, parcel, (*id, *bytes), &facts, work, stop),
        What::Clip(folder) => clip(store, files, parcel, folder, &facts, &work, stop),
    }
}

fn recording(
    store: &Store,
    files: &Files,
    parcel: &Parcel,
    of: (RecordingId, u64),
    facts: &[u8],
    work: Workplace,
    stop: Stop,
) -> Result<(), TransferError> {
    let broken = || TransferError::Broken(parcel.folder.clone());
    let made: MadeVideo = serde_json::from_slice(facts).map_err(|_| broken())?;
    // One that went on meanwhile has another job.
    if (made.recording, made.of_bytes) != of {
        return Err(broken());
    }
    let video = made_video(&made);
    if !VIDEOS.contains(&video.as_str()) {
        return Err(broken());
    }
    let strip = made.strip.map(|_| STRIP);
    for file in [Some(video.as_str()), strip].into_iter().flatten() {
        fetch(store, parcel, file, &work, stop)?;
    }
    if fs::metadata(work.path(&video)).map_err(StoreError::System)?.len() != made.bytes {
        return Err(broken());
    }
    fs::write(work.path(FACTS), facts).map_err(StoreError::System)?;
    Ok(files.publish_folder(work, &parcel.folder, FACTS, stop)?)
}

fn clip(
    store: &Store,
    files: &Files,
    parcel: &Parcel,
    folder: &ClipFolder,
    facts: &[u8],
    work: &Workplace,
    stop: Stop,
) -> Result<(), TransferError> {
    let made: ClipMade = serde_json::from_slice(facts).map_err(|_| TransferError::Broken(parcel.folder.clone()))?;
    if made.frames > 0 {
        fetch(store, parcel, ClipFolder::FILM, work, stop)?;
    }
    fs::write(work.path(ClipFolder::MADE), facts).map_err(StoreError::System)?;
    // Nobody wants it any more.
    if !folder.path().is_dir() {
        return Ok(());
    }
    if made.frames > 0 {
        let film = format!("{}/{}", parcel.folder, ClipFolder::FILM);
        files.publish_file(&work.path(ClipFolder::FILM), &film, stop)?;
    }
    Ok(files.publish_file(&work.path(ClipFolder::MADE), &parcel.marker(), stop)?)
}

fn fetch(store: &Store, parcel: &Parcel, file: &str, work: &Workplace, stop: Stop) -> Result<(), TransferError> {
    match store.fetch(&format!("{}/{file}", parcel.folder), &work.path(file), stop) {
        Err(StoreError::Gone) => Err(TransferError::Broken(parcel.folder.clone())),
        fetched => Ok(fetched.map(drop)?),
    }
}
