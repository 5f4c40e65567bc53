//! Where a recording lies: the facts in its name, and the way back from the name to the facts.
//!
//! `<user>/recordings/<YYYY-MM-DD>T<HHMMSS.mmm>Z_<camera>_<id>.<ending>`. A name that is not written exactly as it would be
//! written here is not one of ours. It touches no disk.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::{CameraName, Recording, RecordingId, RecordingState, StreamId, Timestamp, UserName, VideoFormat};
use crate::library::place::{moment_of, number_of, parse_moment, within_four_digits};

/// The folder of recordings in the folder of a user.
pub(in crate::library) const FOLDER: &str = "recordings";

/// All facts that a recording's name holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct Name {
    /// In the spelling of the folder.
    pub user: UserName,
    pub camera: CameraName,
    pub started_at: Timestamp,
    pub id: RecordingId,
    pub format: VideoFormat,
}

impl Name {
    pub fn of(recording: &Recording) -> Self {
        Self {
            user: recording.stream.user.clone(),
            camera: recording.stream.camera.clone(),
            started_at: within_four_digits(recording.started_at),
            id: recording.id,
            format: recording.format,
        }
    }

    /// The facts of a file, or `None` when it is not one of ours.
    pub fn parse(user: &str, file: &str) -> Option<Self> {
        let (stem, ending) = file.rsplit_once('.')?;
        let (started_at, rest) = parse_moment(stem)?;
        let (camera, id) = rest.rsplit_once('_')?;
        let name = Self {
            user: UserName::new(user).ok()?,
            camera: CameraName::new(camera).ok()?,
            started_at,
            id: id.parse().ok()?,
            format: VideoFormat::from_extension(ending)?,
        };
        (name.user.as_str() == user && name.file_name() == file).then_some(name)
    }

    pub fn file_name(&self) -> String {
        format!("{}_{}_{}.{}", moment_of(self.started_at), self.camera, self.id, self.format.extension())
    }

    /// Below the library's folder, with `/` on every system.
    pub fn relative(&self) -> String {
        format!("{}/{FOLDER}/{}", self.user, self.file_name())
    }

    pub fn path(&self, root: &Path) -> PathBuf {
        root.join(self.user.as_str()).join(FOLDER).join(self.file_name())
    }

    /// The recording with all facts but those that the name does not tell.
    pub fn recording(&self, bytes: u64) -> Recording {
        Recording {
            id: self.id,
            stream: StreamId { user: self.user.clone(), camera: self.camera.clone() },
            started_at: self.started_at,
            mime: self.format.media_type().to_owned(),
            format: self.format,
            bytes,
            chunks: 0,
            duration_ms: None,
            state: RecordingState::Finished,
            reason: None,
        }
    }
}

/// Whether a name below the save folder is that of the file of a closed recording.
#[must_use]
pub fn is_recording_place(name: &str) -> bool {
    let Some((user, file)) = name.split_once(&format!("/{FOLDER}/")) else { return false };
    Name::parse(user, file).is_some()
}

/// The number of the recording that this user's device calls `key`: 63 bits of their SHA-256, so that the same beginning sent
/// twice begins one recording, and nobody comes upon another user's.
pub(in crate::library) fn id_of(user: &UserName, key: &str) -> RecordingId {
    // No name holds a zero byte.
    let hash =
        Sha256::new().chain_update(b"recording\0").chain_update(user.key()).chain_update(b"\0").chain_update(key);
    RecordingId(number_of(&hash.finalize().into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(camera: &str) -> Name {
        Name {
            user: "Anna".parse().unwrap(),
            camera: camera.parse().unwrap(),
            started_at: Timestamp::from_millis(1_763_712_061_042),
            id: RecordingId(0x00c0_ffee),
            format: VideoFormat::WebM,
        }
    }

    #[test]
    fn a_recording_lies_where_the_documents_say() {
        let relative = name("front").relative();
        assert_eq!(relative, "Anna/recordings/2025-11-21T080101.042Z_front_0000000000c0ffee.webm");
    }

    #[test]
    fn a_name_written_in_another_way_is_not_ours() {
        let ours = "2025-11-21T080101.042Z_front_0000000000c0ffee.webm";
        assert_eq!(Name::parse("Anna", ours), Some(name("front")));
        for (user, file) in [
            ("Anna", "2025-11-21T080101.042Z_front_0000000000C0FFEE.webm"),
            ("Anna", "2025-11-21T080101.042Z_front_c0ffee.webm"),
            ("Anna", "2025-11-21T080101.042Z_front_0000000000c0ffee.WEBM"),
            ("Anna", "2025-11-21T080101.042Z_front_0000000000c0ffee.mov"),
            ("Anna", "2025-11-21 080101.042Z_front_0000000000c0ffee.webm"),
            ("Anna", "2025-02-30T080101.042Z_front_0000000000c0ffee.webm"),
            ("Anna", "notes.txt"),
            (" Anna", ours),
            (".framekeep", ours),
        ] {
            assert_eq!(Name::parse(user, file), None, "{user}/{file}");
        }
    }

    #[test]
    fn the_same_key_of_the_same_user_is_the_same_recording_and_another_is_another() {
        let (anna, ben) = ("Anna".parse().unwrap(), "Ben".parse().unwrap());
        assert_eq!(id_of(&anna, "a"), id_of(&"ANNA".parse().unwrap(), "a"));
        assert_ne!(id_of(&anna, "a"), id_of(&ben, "a"));
        assert_ne!(id_of(&anna, "a"), id_of(&anna, "b"));
    }

    proptest! {
        #[test]
        fn every_name_comes_back(camera in "[a-zA-Z0-9_ .'Z-]{1,20}", millis: i64, id in 0..i64::MAX) {
            if let Ok(camera) = CameraName::new(&camera) {
                let started_at = within_four_digits(Timestamp::from_millis(millis));
                let name = Name { camera, started_at, id: RecordingId(id), ..name("x") };
                prop_assert_eq!(Name::parse("Anna", &name.file_name()), Some(name));
            }
        }
    }
}
