//! Why a second of the ledger is blind: the causes as the disk, the API and people know them.

use std::fmt;

use serde::Serialize;

use crate::domain::BlindReason;

/// Why a second is blind. [`BlindReason`] without free text, and what no camera can tell of itself. [`fmt::Display`] gives the
/// cause in words that stand after "Blind: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum BlindCause {
    /// Nobody had started it, or it was stopped.
    Stopped = 1,
    /// It was being opened.
    Starting = 2,
    /// No such camera was there.
    NotFound = 3,
    /// It was unplugged.
    Unplugged = 4,
    /// Another program held it.
    Busy = 5,
    /// The system did not let us open it.
    NoPermission = 6,
    /// It was open and gave no pictures.
    Stalled = 7,
    /// It gave the same picture again and again.
    Frozen = 8,
    /// Its pictures could not be read.
    Corrupt = 9,
    /// It offered no picture format that we read.
    Unsupported = 10,
    /// Nothing came, and nobody said why.
    Silent = 11,
    /// The phone's page was in the background.
    PageHidden = 12,
    /// Another app or the phone's system took the camera.
    Taken = 13,
    /// The phone's camera was open and gave nothing.
    Muted = 14,
    /// The phone's owner pressed Stop, or closed the page.
    Left = 15,
    /// The file that is played as a camera ended or could not be read.
    File = 16,
    /// Anything else that a camera told.
    Other = 17,
    /// Frames came faster than they could be looked at.
    Overloaded = 18,
    /// Frames were to be kept, and the disk was full.
    DiskFull = 19,
    /// Frames were to be kept and could not be written for another reason.
    NotKept = 20,
    /// Framekeep did not run.
    NotRunning = 21,
    /// The phone was awake and did not reach this computer.
    Offline = 22,
    /// The phone went silent with an empty battery.
    Battery = 23,
    /// The computer slept, or its clock was set.
    ComputerAsleep = 24,
}

impl BlindCause {
    /// Every one there is, in the order of their codes, which begin at 1.
    pub const ALL: [Self; 24] = [
        Self::Stopped,
        Self::Starting,
        Self::NotFound,
        Self::Unplugged,
        Self::Busy,
        Self::NoPermission,
        Self::Stalled,
        Self::Frozen,
        Self::Corrupt,
        Self::Unsupported,
        Self::Silent,
        Self::PageHidden,
        Self::Taken,
        Self::Muted,
        Self::Left,
        Self::File,
        Self::Other,
        Self::Overloaded,
        Self::DiskFull,
        Self::NotKept,
        Self::NotRunning,
        Self::Offline,
        Self::Battery,
        Self::ComputerAsleep,
    ];

    /// Its number on disk; it never changes.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The cause with this number; `None` for one that a newer Framekeep may know.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        usize::from(code).checked_sub(1).and_then(|place| Self::ALL.get(place).copied())
    }

    /// Two or three words for a list: "page hidden", "offline".
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::NotFound => "no camera",
            Self::Unplugged => "unplugged",
            Self::Busy => "camera in use",
            Self::NoPermission => "no permission",
            Self::Stalled => "no pictures",
            Self::Frozen => "frozen picture",
            Self::Corrupt => "damaged pictures",
            Self::Unsupported => "unknown format",
            Self::Silent => "silent",
            Self::PageHidden => "page hidden",
            Self::Taken => "camera taken",
            Self::Muted => "camera muted",
            Self::Left => "stopped on the phone",
            Self::File => "file ended",
            Self::Other => "fault",
            Self::Overloaded => "overloaded",
            Self::DiskFull => "disk full",
            Self::NotKept => "not written",
            Self::NotRunning => "not running",
            Self::Offline => "offline",
            Self::Battery => "battery empty",
            Self::ComputerAsleep => "computer asleep",
        }
    }

    /// Whether pictures were missed on their way, while the camera may have seen: then a short gap between two pictures is a
    /// gap of the way, and one of them stands for it.
    #[must_use]
    pub fn is_on_the_way(self) -> bool {
        matches!(
            self,
            Self::Silent | Self::Starting | Self::Offline | Self::Overloaded | Self::NotRunning | Self::Battery
        )
    }

    /// Whether the camera told it or was asked, so that it still holds after a restart.
    #[must_use]
    pub fn is_told(self) -> bool {
        !matches!(
            self,
            Self::Starting
                | Self::Overloaded
                | Self::DiskFull
                | Self::NotKept
                | Self::NotRunning
                | Self::Offline
                | Self::ComputerAsleep
        )
    }

    /// Whether it lasts for as long as nobody mends it: a camera that is wanted and gives nothing stays blind, while one that
    /// was stopped, or a phone that went home, is a camera no more after a while.
    #[must_use]
    pub fn is_a_fault(self) -> bool {
        matches!(
            self,
            Self::NotFound
                | Self::Unplugged
                | Self::Busy
                | Self::NoPermission
                | Self::Stalled
                | Self::Frozen
                | Self::Unsupported
        )
    }
}

impl From<&BlindReason> for BlindCause {
    fn from(reason: &BlindReason) -> Self {
        match reason {
            BlindReason::Stopped => Self::Stopped,
            BlindReason::Starting => Self::Starting,
            BlindReason::NotFound | BlindReason::OnlyOthers(_) => Self::NotFound,
            BlindReason::Unplugged => Self::Unplugged,
            BlindReason::Busy => Self::Busy,
            BlindReason::NoPermission => Self::NoPermission,
            BlindReason::Stalled => Self::Stalled,
            BlindReason::Frozen => Self::Frozen,
            BlindReason::Corrupt => Self::Corrupt,
            BlindReason::Unsupported => Self::Unsupported,
            BlindReason::Silent => Self::Silent,
            BlindReason::PageHidden => Self::PageHidden,
            BlindReason::Taken => Self::Taken,
            BlindReason::Muted => Self::Muted,
            BlindReason::Left => Self::Left,
            BlindReason::File(_) => Self::File,
            BlindReason::Other(_) => Self::Other,
        }
    }
}

impl fmt::Display for BlindCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "the camera is stopped",
            Self::Starting => "the camera is starting",
            Self::NotFound => "no camera found",
            Self::Unplugged => "the camera is unplugged",
            Self::Busy => "another program uses the camera",
            Self::NoPermission => "no permission to open the camera",
            Self::Stalled => "the camera gives no pictures",
            Self::Frozen => "the camera repeats one picture",
            Self::Corrupt => "the camera's pictures are damaged",
            Self::Unsupported => "the camera's picture format cannot be read",
            Self::Silent => "nothing comes: the phone is asleep, out of reach or closed",
            Self::PageHidden => "the phone's page is in the background",
            Self::Taken => "another app or the system took the phone's camera",
            Self::Muted => "the phone's camera gives nothing",
            Self::Left => "stopped on the phone",
            Self::File => "the file that is played has ended or cannot be read",
            Self::Other => "the camera has a fault",
            Self::Overloaded => "the server is overloaded",
            Self::DiskFull => "the disk is full",
            Self::NotKept => "frames cannot be written",
            Self::NotRunning => "Framekeep was not running",
            Self::Offline => "the phone does not reach this computer",
            Self::Battery => "the phone's battery is empty",
            Self::ComputerAsleep => "this computer slept, or its clock was set",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Second;

    #[test]
    fn a_cause_reads_back_from_its_code_and_no_code_stands_twice() {
        for (place, cause) in BlindCause::ALL.into_iter().enumerate() {
            assert_eq!((usize::from(cause.code()), BlindCause::from_code(cause.code())), (place + 1, Some(cause)));
        }
        assert_eq!((BlindCause::from_code(0), BlindCause::from_code(25)), (None, None));
        assert_eq!(Second::from_bytes([0, 200]).cause(), Some(BlindCause::Other), "of a newer program");
    }
}
