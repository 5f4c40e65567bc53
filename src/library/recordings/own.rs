//! Recordings that this program makes itself, of its own camera: written beside the others while they go on, and given their
//! final names afterwards, also those that a program left behind that was killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bus::Happening;
use crate::domain::{Recording, StreamId, Timestamp, UserName, VideoFormat};
use crate::library::home::{Home, lock};
use crate::library::recordings::{FOLDER, Name, RecordingError, closing, name, rows};
use crate::library::{Library, disk, now};

/// Where they lie while they go on, in the folder of open recordings.
const OWN: &str = "own";

/// A recording of our own that goes on.
#[derive(Debug, Clone)]
pub struct OwnRecording {
    /// The save folder in which it began.
    root: PathBuf,
    name: Name,
    path: PathBuf,
}

impl OwnRecording {
    /// The file to write to: an MP4 that is playable wherever it ends.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The save folder in which it began.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Library {
    /// A place for a recording of a camera of this computer that begins now.
    ///
    /// # Errors
    /// [`RecordingError`] when the save folder cannot be written.
    pub fn begin_own(&self, stream: &StreamId, started_at: Timestamp) -> Result<OwnRecording, RecordingError> {
        let home = self.shared.home.load_full();
        super::ready(&home)?;
        let started_at = crate::library::place::within_four_digits(started_at);
        let name = Name {
            user: home.folder_of(&stream.user),
            camera: stream.camera.clone(),
            started_at,
            id: name::id_of(&stream.user, &format!("own {} {}", stream.camera.key(), started_at.as_millis())),
            format: VideoFormat::Mp4,
        };
        let folder = folder(&home);
        let of_user = folder.join(name.user.as_str());
        let made = disk::make_folder(&folder).and_then(|()| disk::make_folder(&of_user));
        made.map_err(|error| closing::told(&self.shared, &home, error))?;
        Ok(OwnRecording { root: home.dir().to_owned(), path: of_user.join(name.file_name()), name })
    }

    /// Gives a recording of our own its final name. `None`: nothing was written, and it is gone.
    ///
    /// # Errors
    /// [`RecordingError`] when its file cannot be moved or the index cannot be written, as on a full disk;
    /// [`Self::end_own_again`] tries it again, and so does the next start.
    pub fn end_own(&self, own: &OwnRecording, lasted: Option<Duration>) -> Result<Option<Recording>, RecordingError> {
        let ended = self.place_own(own, lasted);
        if ended.is_err() {
            lock(&self.shared.recordings.unplaced).push((own.clone(), lasted));
        }
        ended
    }

    /// Gives those recordings of our own their names that could not get them when they ended.
    pub fn end_own_again(&self) {
        let unplaced = std::mem::take(&mut *lock(&self.shared.recordings.unplaced));
        for (own, lasted) in unplaced {
            match self.end_own(&own, lasted) {
                Ok(Some(recording)) => {
                    tracing::info!(recording = %recording.id, "a recording that waited has its place");
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, file = %own.path.display(), "a recording still waits"),
            }
        }
    }

    fn place_own(&self, own: &OwnRecording, lasted: Option<Duration>) -> Result<Option<Recording>, RecordingError> {
        let home = self.shared.home.load_full();
        let path = own.name.path(&own.root);
        let bytes = match fs::metadata(&own.path) {
            // It was moved before the index could not be written.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                found => found?.len(),
            },
            found => found?.len(),
        };
        if bytes == 0 {
            fs::remove_file(&own.path)?;
            return Ok(None);
        }
        let recordings = path.parent().unwrap_or(&own.root).to_owned();
        let user = own.root.join(own.name.user.as_str());
        let moved = (|| {
            if own.path.exists() {
                fs::File::open(&own.path)?.sync_data()?;
                disk::make_folder(&user)?;
                disk::move_without_overwriting(&own.path, &path)?;
            }
            disk::flush(&mut [own.root.clone(), user, recordings].into())
        })();
        moved.map_err(|error| closing::told(&self.shared, &home, error))?;
        let duration_ms = lasted.map(|lasted| u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX));
        let recording = Recording { duration_ms, ..own.name.recording(bytes) };
        if own.root != home.dir() {
            // Another folder was chosen meanwhile. The index of this one finds it when it is opened again.
            return Ok(Some(recording));
        }
        let jobs = self.shared.recording_jobs.get();
        let job = jobs.and_then(|jobs| jobs.job_of(&recording, &own.name.relative()));
        home.write(|index| rows::put_with(index, &recording, job.as_ref(), now()))?;
        if let Some(jobs) = jobs {
            jobs.queued();
        }
        self.shared.bus.tell(Happening::RecordingFinished(recording.clone()));
        Ok(Some(recording))
    }

    /// Ends all recordings of our own that a program left behind: what there is of them is playable.
    pub fn end_own_left_behind(&self) {
        let home = self.shared.home.load_full();
        for entry in fs::read_dir(folder(&home)).into_iter().flatten().flatten() {
            let Ok(user) = entry.file_name().into_string() else { continue };
            for file in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                let name = file.file_name().into_string().ok().and_then(|file| Name::parse(&user, &file));
                let Some(name) = name.filter(|name| UserName::new(&user).as_ref() == Ok(&name.user)) else { continue };
                let own = OwnRecording { root: home.dir().to_owned(), name, path: file.path() };
                if let Err(error) = self.end_own(&own, None) {
                    tracing::warn!(%error, file = %own.path.display(), "a recording that was left behind waits");
                }
            }
        }
    }
}

fn folder(home: &Home) -> PathBuf {
    home.inside(FOLDER).join(OWN)
}
