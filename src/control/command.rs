//! What a person may ask.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::access::{DeviceId, Role};
use crate::domain::{
    CameraChoice, ClipKind, EventId, FrameId, JobId, StreamId, StreamSettings, ThemeChoice, Timestamp, UserName,
};

/// One wish of the operator. Carried out on the control thread; what comes of it is seen in the [`crate::control::View`].
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Use another local camera (and start it).
    ChooseCamera(CameraChoice),
    /// Start the local camera.
    StartCamera,
    /// Stop the local camera.
    StopCamera,
    /// Record the local camera, now and until it stops.
    Record,
    /// Record it no more, also not when it starts the next time.
    StopRecording,
    /// Record it now and whenever it runs.
    RecordAlways,
    /// Keep new frames in this folder.
    ChangeSaveDir(PathBuf),
    /// Show this address in the QR code; `None`: the best one found.
    ChooseAddress(Option<IpAddr>),
    /// Show a code for a camera, a viewer or an operator. The latter two are shown until they are used or too old.
    Invite(Role),
    /// Draw the window so.
    ChooseTheme(ThemeChoice),
    /// Give a stream settings of its own.
    SetStream(StreamId, StreamSettings),
    /// Let a device have the name that it asked for.
    Approve(DeviceId, UserName),
    /// Do not.
    Refuse(DeviceId),
    /// Give a device another label, another user, or both.
    ChangeDevice {
        /// Which.
        device: DeviceId,
        /// Its new label.
        label: Option<String>,
        /// Who it acts for from now on.
        user: Option<UserName>,
    },
    /// Lock a device out.
    Revoke(DeviceId),
    /// Delete a kept frame.
    Delete(FrameId),
    /// Take a deletion back.
    Restore(FrameId),
    /// Make a film; a job does it.
    OrderFilm(FilmWish),
    /// Try a job anew that failed.
    RetryJob(JobId),
    /// Cancel a job that waits or runs.
    CancelJob(JobId),
}

/// What film is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilmWish {
    /// A time-lapse of what was kept of a camera from one time to the other.
    Day {
        /// Which camera.
        stream: StreamId,
        /// From when on.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// What the detector sees in the clip of an event.
    Mask {
        /// Which event.
        event: EventId,
        /// Of which camera.
        stream: StreamId,
    },
}

impl FilmWish {
    /// What the film will be.
    #[must_use]
    pub fn kind(&self) -> ClipKind {
        match self {
            Self::Day { .. } => ClipKind::Timelapse,
            Self::Mask { .. } => ClipKind::Mask,
        }
    }

    /// Of which camera it is.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        match self {
            Self::Day { stream, .. } | Self::Mask { stream, .. } => stream,
        }
    }
}

impl Command {
    /// The same with paths that hold wherever the program is started next: what a person typed is remembered.
    pub(super) fn with_whole_paths(self) -> Self {
        match self {
            Self::ChangeSaveDir(path) => Self::ChangeSaveDir(whole(&path)),
            Self::ChooseCamera(CameraChoice::File(path)) => Self::ChooseCamera(CameraChoice::File(whole(&path))),
            other => other,
        }
    }
}

/// The path from the root on. A leading `~` is the home folder, as in every place where paths are typed.
fn whole(path: &Path) -> PathBuf {
    let home = path.strip_prefix("~").ok().and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    let path = home.unwrap_or_else(|| path.to_owned());
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_was_typed_holds_wherever_the_program_is_started_next() {
        let home = std::env::home_dir().unwrap();
        let here = std::env::current_dir().unwrap();
        let table = [
            ("~/Pictures/cam", home.join("Pictures/cam")),
            ("~", home),
            ("frames", here.join("frames")),
            ("~anna", here.join("~anna")),
            ("/mnt/disk", PathBuf::from("/mnt/disk")),
        ];
        for (typed, expected) in table {
            let typed = PathBuf::from(typed);
            let folder = Command::ChangeSaveDir(typed.clone()).with_whole_paths();
            assert_eq!(folder, Command::ChangeSaveDir(expected.clone()));
            let file = Command::ChooseCamera(CameraChoice::File(typed)).with_whole_paths();
            assert_eq!(file, Command::ChooseCamera(CameraChoice::File(expected)));
        }
    }
}
