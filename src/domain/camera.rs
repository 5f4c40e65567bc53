//! Cameras, the streams that they give, and the state that they are in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{CameraName, Timestamp, UserName};

/// One stream of pictures: a camera of a user. Each has a detector of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// Whose folder the frames go to.
    pub user: UserName,
    /// Which of the user's cameras.
    pub camera: CameraName,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.user, self.camera)
    }
}

/// What a person sees a camera do. The same three words stand on the window, the phone and in the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CameraState {
    /// Something moves.
    Motion,
    /// Watched; nothing moves.
    Still,
    /// Not seen, since when and why.
    Blind {
        /// Since when no usable picture has come.
        since: Timestamp,
        /// Why.
        reason: BlindReason,
    },
}

/// Why a camera is blind. [`fmt::Display`] gives the cause and what to do, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
pub enum BlindReason {
    /// Nobody has started it, or it was stopped.
    Stopped,
    /// Being opened for the first time.
    Starting,
    /// No camera is there.
    NotFound,
    /// The chosen camera is not there, but others are: which, in words.
    OnlyOthers(String),
    /// It was there and was unplugged.
    Unplugged,
    /// Another program holds it.
    Busy,
    /// The system does not let us open it.
    NoPermission,
    /// It is open but gives no pictures.
    Stalled,
    /// It gives the same picture again and again.
    Frozen,
    /// Its pictures cannot be read.
    Corrupt,
    /// It offers no picture format that we read.
    Unsupported,
    /// The phone has sent nothing for a while.
    Silent,
    /// The phone's page is in the background.
    PageHidden,
    /// Another app or the phone's system took the camera.
    Taken,
    /// The phone's camera is open but gives nothing, as during a call.
    Muted,
    /// The phone's owner pressed Stop, or closed the page.
    Left,
    /// The file that is played as a camera has ended or cannot be read.
    File(String),
    /// Anything else, in the system's own words.
    Other(String),
}

impl fmt::Display for BlindReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "stopped; press Start camera",
            Self::Starting => "starting",
            Self::NotFound => "no camera found; plug one in, or use the demo camera or a file",
            Self::Unplugged => "unplugged; plug it in again",
            Self::Busy => "another program uses the camera; close it",
            Self::NoPermission => "no permission to open the camera; add your user to the group \"video\"",
            Self::Stalled => "the camera gives no pictures; opening it again",
            Self::Frozen => "the camera repeats one picture; opening it again",
            Self::Corrupt => "the camera's pictures are damaged; check the cable",
            Self::Unsupported => "the camera offers no picture format that Framekeep reads",
            Self::Silent => "the phone is silent: asleep, out of reach or closed",
            Self::PageHidden => "the phone's page is in the background",
            Self::Taken => "another app or the system took the phone's camera",
            Self::Muted => "the phone's camera gives nothing",
            Self::Left => "stopped on the phone",
            Self::OnlyOthers(what) | Self::File(what) | Self::Other(what) => what,
        })
    }
}

/// Which local camera the operator wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CameraChoice {
    /// The first webcam that opens.
    #[default]
    Auto,
    /// No local camera: phones only.
    None,
    /// The scene that Framekeep draws itself.
    Demo,
    /// The webcam with this number (`/dev/video2` is 2).
    Index(u32),
    /// The webcam with this name, wherever it is plugged in.
    Named(String),
    /// A video, a folder or a zip of pictures, played at its own rate.
    File(PathBuf),
}

impl FromStr for CameraChoice {
    type Err = std::convert::Infallible;

    /// `auto`, `none`, `demo`, a number, `name:NAME`, or a path.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => Self::Auto,
            "none" => Self::None,
            "demo" => Self::Demo,
            _ => match (text.parse(), text.strip_prefix("name:")) {
                (Ok(index), _) => Self::Index(index),
                (_, Some(name)) => Self::Named(name.to_owned()),
                _ => Self::File(text.into()),
            },
        })
    }
}

impl fmt::Display for CameraChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::Demo => f.write_str("demo"),
            Self::Index(index) => write!(f, "{index}"),
            Self::Named(name) => write!(f, "name:{name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Serialize for CameraChoice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CameraChoice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Ok(choice) = String::deserialize(deserializer)?.parse();
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_as_it_was_written() {
        for text in ["auto", "none", "demo", "3", "name:HD Webcam", "clips/a b.mp4"] {
            let Ok(choice) = text.parse::<CameraChoice>();
            assert_eq!(choice.to_string(), text);
        }
    }
}
