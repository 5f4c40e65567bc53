//! What workers need of what waits, and what they give back: worked out of the library alone, whatever lies in the store.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::{ClipKind, JobKind, NewJob, Recording, RecordingId, RecordingState};
use crate::library::{ClipFolder, ClipOrder, FACTS, Library, STRIP, is_clip_place, is_recording_place, made_folder};
use crate::video::clip;
use crate::video::recording;

/// All videos that can be made of a recording.
pub(super) const VIDEOS: [&str; 2] = ["video.webm", "video.mp4"];

/// One thing that waits for a worker.
#[derive(Debug)]
pub(super) struct Parcel {
    pub what: What,
    /// What a worker reads.
    pub inputs: Vec<Input>,
    /// The folder that it puts its work into.
    pub folder: String,
}

/// What it is about.
#[derive(Debug, Clone)]
pub(super) enum What {
    Recording { id: RecordingId, bytes: u64 },
    Clip(ClipFolder),
}

/// A file that a worker reads.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// Its name in the store.
    pub name: String,
    pub source: Source,
    /// How many bytes it has; `None` where that shows when it is made.
    pub bytes: Option<u64>,
}

/// Where it comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    File(PathBuf),
    /// The kept frames of a time-lapse or a selection.
    Kept(Box<ClipOrder>),
}

impl Parcel {
    /// The file that is there when the work is whole.
    pub fn marker(&self) -> String {
        let marker = match self.what {
            What::Recording { .. } => FACTS,
            What::Clip(_) => ClipFolder::MADE,
        };
        format!("{}/{marker}", self.folder)
    }

    /// All names in a store that are about it.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let made: &[&str] = match self.what {
            What::Recording { .. } => &RECORDING_FILES,
            What::Clip(_) => &[ClipFolder::FILM, ClipFolder::MADE],
        };
        let made = made.iter().map(|file| format!("{}/{file}", self.folder));
        self.inputs.iter().map(|input| input.name.clone()).chain(made).collect::<BTreeSet<_>>().into_iter()
    }
}

const RECORDING_FILES: [&str; 4] = [FACTS, STRIP, VIDEOS[0], VIDEOS[1]];
const CLIP_FILES: [&str; 5] =
    [ClipFolder::ORDER, ClipFolder::MARKS, ClipFolder::FRAMES, ClipFolder::FILM, ClipFolder::MADE];

/// All that waits. `None` while the save folder is away, of which nothing can be said then.
pub(super) fn all(library: &Library) -> Option<Vec<Parcel>> {
    let root = library.well_dir()?;
    let recordings = library.unmade_recordings(usize::MAX).ok()?;
    let recordings = recordings.into_iter().filter_map(|(recording, file)| of_recording(&root, &recording, &file));
    let clips = ClipFolder::all(&root).into_iter().filter_map(|folder| of_clip(&root, folder));
    let parcels = recordings.chain(clips).collect();
    // What was read of a folder that was taken away meanwhile says nothing.
    (library.well_dir()? == root).then_some(parcels)
}

/// What a job is about. `None`: it is over, or needs nothing that could be put into a store.
pub(super) fn of_job(library: &Library, job: &NewJob) -> Option<Parcel> {
    let root = library.save_dir();
    match job.kind {
        JobKind::Recording => {
            let task: recording::Task = serde_json::from_str(&job.payload).ok()?;
            let bytes = fs::metadata(root.join(&task.file)).ok()?.len();
            Some(recording_parcel(&root, task.recording, bytes, &task.file))
        }
        JobKind::Clip | JobKind::Timelapse | JobKind::Mask => {
            let task: clip::Task = serde_json::from_str(&job.payload).ok()?;
            of_clip(&root, ClipFolder::named(&root, &task.clip)?)
        }
    }
}

/// Whether a name in a store is one that is written here or by a worker. Anything else there is somebody else's.
pub(super) fn is_ours(name: &str) -> bool {
    if is_recording_place(name) || is_clip_place(name) {
        return true;
    }
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    let Some((_, last)) = folder.rsplit_once('/') else { return false };
    let of_recording = last.parse().is_ok_and(|id| made_folder(id) == folder) && RECORDING_FILES.contains(&file);
    let of_clip = ClipFolder::place_of(last).is_some_and(|place| place == folder) && CLIP_FILES.contains(&file);
    of_recording || of_clip
}

/// A recording of which nothing is made here either.
fn of_recording(root: &Path, recording: &Recording, file: &str) -> Option<Parcel> {
    let bytes = fs::metadata(root.join(file)).ok()?.len();
    let here = fs::read(root.join(made_folder(recording.id)).join(FACTS)).ok();
    let made: Option<crate::domain::MadeVideo> = here.and_then(|facts| serde_json::from_slice(&facts).ok());
    let waits = recording.state != RecordingState::Open && made.is_none_or(|made| made.of_bytes != bytes);
    waits.then(|| recording_parcel(root, recording.id, bytes, file))
}

fn recording_parcel(root: &Path, id: RecordingId, bytes: u64, file: &str) -> Parcel {
    let input = Input { name: file.to_owned(), source: Source::File(root.join(file)), bytes: Some(bytes) };
    Parcel { what: What::Recording { id, bytes }, inputs: vec![input], folder: made_folder(id) }
}

/// An order that is whole, and of which nothing is made here either.
fn of_clip(root: &Path, folder: ClipFolder) -> Option<Parcel> {
    let order = folder.order().ok()??;
    if order.to.is_none() || folder.made().ok()?.is_some() {
        return None;
    }
    let place = ClipFolder::place_of(&order.name())?;
    let file = |name: String, path: PathBuf| {
        let bytes = fs::metadata(&path).ok()?.len();
        Some(Input { name, source: Source::File(path), bytes: Some(bytes) })
    };
    let mut inputs = vec![file(format!("{place}/{}", ClipFolder::ORDER), folder.path().join(ClipFolder::ORDER))?];
    let frames = format!("{place}/{}", ClipFolder::FRAMES);
    inputs.extend(file(format!("{place}/{}", ClipFolder::MARKS), folder.path().join(ClipFolder::MARKS)));
    if [ClipKind::Timelapse, ClipKind::Selection].contains(&order.kind) {
        inputs.push(Input { name: frames, source: Source::Kept(Box::new(order)), bytes: None });
    } else {
        inputs.extend(file(frames, folder.frames()));
        inputs.extend(order.of.and_then(|of| file(of.clone(), root.join(of))));
    }
    Some(Parcel { what: What::Clip(folder), inputs, folder: place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_here_or_by_workers_is_ever_cleared_away() {
        for name in [
            "Anna/recordings/2025-11-21T080101.042Z_front_00c0ffee00c0ffee.webm",
            ".framekeep/made/recordings/00c0ffee00c0ffee/made.json",
            ".framekeep/made/recordings/00c0ffee00c0ffee/video.mp4",
            ".framekeep/clips/event-1763712066000/frames.mkv",
            ".framekeep/clips/timelapse-7/film.mp4",
            "Anna/clips/2025-11-21T080101.042Z_front_event-1763712066000.mp4",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            "holiday.mp4",
            "Anna/recordings/holiday.webm",
            "Anna/2025-11-21/080101.042Z_front_7.jpg",
            ".framekeep/index.sqlite",
            ".framekeep/made/recordings/00c0ffee00c0ffee/notes.txt",
            ".framekeep/made/recordings/c0ffee/made.json",
            "x/.framekeep/clips/event-7/film.mp4",
            ".framekeep/clips/event-07/film.mp4",
            ".framekeep/clips/event-7/film.mp4/more",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
