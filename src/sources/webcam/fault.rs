//! What the system says when a camera cannot be opened or read, put into the words of the domain.

use crate::domain::BlindReason;

/// Why a camera could not be opened or gave up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The system's own number and words.
    #[error("{text}")]
    System {
        /// `errno`, where there is one.
        code: Option<i32>,
        /// The words.
        text: String,
    },
    /// None of its formats is read by Framekeep.
    #[error("it offers no picture format that Framekeep reads")]
    Unsupported,
    /// It is not there.
    #[error("it is not there")]
    NotThere,
    /// It is not there, but others are: in words.
    #[error("{0}")]
    OnlyOthers(String),
}

impl Fault {
    /// Whether another mode of the same camera may go better.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "the other systems report no numbers to judge by"))]
    pub(super) fn depends_on_mode(&self) -> bool {
        !matches!(self.reason(0), BlindReason::Unplugged | BlindReason::Busy | BlindReason::NoPermission)
    }

    /// Whether the pictures of this mode do not fit on the USB cable.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "the other systems report no numbers to judge by"))]
    pub(super) fn is_for_want_of_bandwidth(&self) -> bool {
        matches!(self, Self::System { code: Some(NO_BANDWIDTH), .. })
    }

    /// What a person is told. `failures`: how often it was opened in vain before; much is cured by that.
    pub(super) fn reason(&self, failures: u32) -> BlindReason {
        match self {
            Self::Unsupported => BlindReason::Unsupported,
            Self::NotThere => BlindReason::NotFound,
            Self::OnlyOthers(words) => BlindReason::OnlyOthers(words.clone()),
            Self::System { code: Some(code), .. } if UNPLUGGED.contains(code) => BlindReason::Unplugged,
            Self::System { code: Some(code), .. } if BUSY.contains(code) => BlindReason::Busy,
            Self::System { code: Some(code), .. } if NO_PERMISSION.contains(code) => BlindReason::NoPermission,
            Self::System { code: Some(NO_BANDWIDTH), .. } => BlindReason::Other(
                "another device takes up the camera's USB connection; plug the camera into another port".to_owned(),
            ),
            Self::System { text, .. } => {
                let todo = if failures < HOPE { "opening it again" } else { "unplug it and plug it in again" };
                BlindReason::Other(format!("the camera failed ({text}); {todo}"))
            }
        }
    }
}

/// So many times a camera is opened in vain before a person is asked to do something about it.
const HOPE: u32 = 3;

// The numbers are the same on Linux and macOS; Windows gives none of them here.
/// ENOENT, ENXIO, ENODEV.
const UNPLUGGED: [i32; 3] = [2, 6, 19];
/// EBUSY.
const BUSY: [i32; 1] = [16];
/// ENOSPC.
const NO_BANDWIDTH: i32 = 28;
/// EPERM, EACCES.
const NO_PERMISSION: [i32; 2] = [1, 13];

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::System { code: error.raw_os_error(), text: error.to_string() }
    }
}

impl From<nokhwa::NokhwaError> for Fault {
    /// nokhwa hands on the system's words and drops its number; the standard library writes the number into the words.
    fn from(error: nokhwa::NokhwaError) -> Self {
        let text = error.to_string();
        Self::System { code: os_error_code(&text), text }
    }
}

/// The number in "… (os error 19)".
fn os_error_code(text: &str) -> Option<i32> {
    let (_, rest) = text.rsplit_once("(os error ")?;
    rest.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_systems_numbers_become_causes() {
        let table = [
            (19, BlindReason::Unplugged),
            (2, BlindReason::Unplugged),
            (16, BlindReason::Busy),
            (13, BlindReason::NoPermission),
            (1, BlindReason::NoPermission),
        ];
        for (code, expected) in table {
            assert_eq!(Fault::from(io::Error::from_raw_os_error(code)).reason(0), expected);
        }
    }

    #[test]
    fn what_is_not_known_is_told_in_the_systems_words() {
        let words = |code| Fault::from(io::Error::from_raw_os_error(code)).reason(0).to_string();
        assert!(words(5).contains("Input/output error"), "{}", words(5));
        assert!(words(28).contains("another port"), "{}", words(28));
    }

    #[test]
    fn a_person_is_asked_to_unplug_it_only_when_opening_it_again_did_not_help() {
        let words = |failures| Fault::from(io::Error::from_raw_os_error(22)).reason(failures).to_string();
        for (failures, expected) in [(0, "opening it again"), (2, "opening it again"), (3, "unplug it")] {
            assert!(words(failures).contains(expected), "{}", words(failures));
        }
    }

    #[test]
    fn the_number_survives_the_road_through_nokhwa() {
        let words = io::Error::from_raw_os_error(19).to_string();
        let error = nokhwa::NokhwaError::ReadFrameError(words);
        assert_eq!(Fault::from(error).reason(0), BlindReason::Unplugged);
        assert_eq!(os_error_code("Could not capture frame: timed out"), None);
        assert_eq!(os_error_code("(os error x)"), None);
    }
}
