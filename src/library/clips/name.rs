//! Where a clip lies: the facts in its name, and the way back from the name to the facts.
//!
//! `<user>/clips/<YYYY-MM-DD>T<HHMMSS.mmm>Z_<camera>_<kind>-<number>.mp4`. A name that is not written exactly as it would be
//! written here is not one of ours. It touches no disk.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::{CameraName, Clip, ClipId, ClipKind, StreamId, Timestamp, UserName};
use crate::library::place::{moment_of, number_of, parse_moment, within_four_digits};

/// The folder of clips in the folder of a user, and of what is to become one in ours.
pub(in crate::library) const FOLDER: &str = "clips";

/// All facts that a clip's name holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct Name {
    /// In the spelling of the folder.
    pub user: UserName,
    pub camera: CameraName,
    pub started_at: Timestamp,
    pub kind: ClipKind,
    pub number: i64,
}

impl Name {
    pub fn of(clip: &Clip) -> Self {
        Self {
            user: clip.stream.user.clone(),
            camera: clip.stream.camera.clone(),
            started_at: within_four_digits(clip.started_at),
            kind: clip.kind,
            number: clip.number,
        }
    }

    /// The facts of a file, or `None` when it is not one of ours.
    pub fn parse(user: &str, file: &str) -> Option<Self> {
        let (started_at, rest) = parse_moment(file.strip_suffix(".mp4")?)?;
        let (camera, what) = rest.rsplit_once('_')?;
        let (kind, number) = what.split_once('-')?;
        let name = Self {
            user: UserName::new(user).ok()?,
            camera: CameraName::new(camera).ok()?,
            started_at,
            kind: ClipKind::from_name(kind)?,
            number: number.parse().ok()?,
        };
        (name.user.as_str() == user && name.file_name() == file).then_some(name)
    }

    pub fn file_name(&self) -> String {
        format!("{}_{}_{}-{}.mp4", moment_of(self.started_at), self.camera, self.kind.name(), self.number)
    }

    /// Below the library's folder, with `/` on every system.
    pub fn relative(&self) -> String {
        format!("{}/{FOLDER}/{}", self.user, self.file_name())
    }

    pub fn path(&self, root: &Path) -> PathBuf {
        root.join(self.user.as_str()).join(FOLDER).join(self.file_name())
    }

    /// 63 bits of the SHA-256 of the relative path: the same after every rebuild, on every computer.
    pub fn id(&self) -> ClipId {
        ClipId(number_of(&Sha256::digest(self.relative().as_bytes()).into()))
    }

    /// The clip with all facts but those that the name does not tell.
    pub fn clip(&self, bytes: u64) -> Clip {
        Clip {
            id: self.id(),
            kind: self.kind,
            number: self.number,
            stream: StreamId { user: self.user.clone(), camera: self.camera.clone() },
            started_at: self.started_at,
            bytes,
            duration_ms: None,
            has_sound: None,
        }
    }
}

/// Whether a name below the save folder is that of a clip.
#[must_use]
pub fn is_clip_place(name: &str) -> bool {
    let Some((user, file)) = name.split_once(&format!("/{FOLDER}/")) else { return false };
    Name::parse(user, file).is_some()
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
            kind: ClipKind::Event,
            number: 1_763_712_066_000,
        }
    }

    #[test]
    fn a_clip_lies_where_the_documents_say() {
        let relative = name("front").relative();
        assert_eq!(relative, "Anna/clips/2025-11-21T080101.042Z_front_event-1763712066000.mp4");
    }

    #[test]
    fn a_name_written_in_another_way_is_not_ours() {
        let ours = "2025-11-21T080101.042Z_front_event-1763712066000.mp4";
        assert_eq!(Name::parse("Anna", ours), Some(name("front")));
        for (user, file) in [
            ("Anna", "2025-11-21T080101.042Z_front_event-01763712066000.mp4"),
            ("Anna", "2025-11-21T080101.042Z_front_event-+1763712066000.mp4"),
            ("Anna", "2025-11-21T080101.042Z_front_events-1763712066000.mp4"),
            ("Anna", "2025-11-21T080101.042Z_front_1763712066000.mp4"),
            ("Anna", "2025-11-21T080101.042Z_front_event-1763712066000.webm"),
            ("Anna", "2025-02-30T080101.042Z_front_event-1763712066000.mp4"),
            (" Anna", ours),
            (".framekeep", ours),
        ] {
            assert_eq!(Name::parse(user, file), None, "{user}/{file}");
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(camera in "[a-zA-Z0-9_ .'Z-]{1,20}", millis: i64, number: i64) {
            if let Ok(camera) = CameraName::new(&camera) {
                let started_at = within_four_digits(Timestamp::from_millis(millis));
                let name = Name { camera, started_at, number, ..name("x") };
                prop_assert_eq!(Name::parse("Anna", &name.file_name()), Some(name));
            }
        }
    }
}
