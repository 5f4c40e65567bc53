//! What a detector says of one frame.

use serde::Serialize;

/// One byte a pixel, rows without padding: 255 moving, 127 shadow, 0 still.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mask {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height` bytes.
    pub data: Vec<u8>,
}

impl Mask {
    /// A moving pixel.
    pub const MOVING: u8 = 255;
    /// A cast shadow: darker, of the same colour.
    pub const SHADOW: u8 = 127;
    /// A pixel of the background.
    pub const STILL: u8 = 0;
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({}x{})", self.width, self.height)
    }
}

/// One connected moving area. All lengths are shares of the picture's width or height, 0 to 1, so that they mean the
/// same on the phone's frame, on the working picture and on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width of the box.
    pub width: f32,
    /// Height of the box.
    pub height: f32,
    /// Moving share of the whole picture.
    pub area: f32,
    /// Moving share of its box: 1 for a filled box.
    pub strength: f32,
}

/// Why a frame counts as motion or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something moves, large enough and for long enough.
    Motion,
    /// Nothing moves.
    #[default]
    Still,
    /// The background is still being learnt.
    WarmingUp,
    /// The light changed: a lamp, the exposure, the white balance.
    LightChanged,
    /// The camera was bumped or turned.
    CameraMoved,
    /// What moves is smaller than the smallest area.
    TooSmall,
    /// What moves is larger than the largest area: the light, or the camera itself.
    TooLarge,
    /// What moves lies outside the watched zones.
    OutsideZones,
    /// It moves, but not yet for as many frames as asked for.
    NotLongEnough,
}

impl Verdict {
    /// Every verdict there is, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Motion,
        Self::Still,
        Self::WarmingUp,
        Self::LightChanged,
        Self::CameraMoved,
        Self::TooSmall,
        Self::TooLarge,
        Self::OutsideZones,
        Self::NotLongEnough,
    ];

    /// Whether the frame counts as motion.
    #[must_use]
    pub fn is_motion(self) -> bool {
        self == Self::Motion
    }

    /// A few words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Motion => "Motion",
            Self::Still => "Still",
            Self::WarmingUp => "Still: learning the background",
            Self::LightChanged => "Still: the light changed",
            Self::CameraMoved => "Still: the camera moved",
            Self::TooSmall => "Still: what moves is too small",
            Self::TooLarge => "Still: the whole picture changed",
            Self::OutsideZones => "Still: it moves outside the zones",
            Self::NotLongEnough => "Still: not long enough yet",
        }
    }
}

/// What a detector says of one frame. The mask is handed out beside it, as it is reused from frame to frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Detection {
    /// Motion or not, and why.
    pub verdict: Verdict,
    /// Moving share of the watched picture after the area rules, 0 to 1.
    pub score: f32,
    /// The moving areas that count, largest first.
    pub regions: Vec<Region>,
}
