//! Pictures as they come from cameras: compressed by the camera, or raw pixels.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// How the bytes of a compressed picture are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// JPEG (ITU-T T.81), baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, the first frame of it.
    WebP,
}

impl PictureFormat {
    /// Ending of the file name, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// The format of an ending, in any case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }

    /// Media type, as in `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// The format that the first bytes announce, whatever a sender calls it.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

/// How raw pixels lie in memory. Rows follow each other without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// 3 bytes a pixel: red, green, blue.
    Rgb,
    /// 4:2:2 packed, 2 bytes a pixel: Y0 U Y1 V. The width is even.
    Yuyv,
    /// 4:2:0 in two planes, 12 bits a pixel: Y, then U and V by turns. Width and height are even.
    Nv12,
    /// 1 byte a pixel: luma.
    Grey,
}

impl PixelFormat {
    /// Bytes of one picture of this size.
    #[must_use]
    pub fn byte_len(self, width: u32, height: u32) -> usize {
        let pixels = width as usize * height as usize;
        match self {
            Self::Rgb => pixels * 3,
            Self::Yuyv => pixels * 2,
            Self::Nv12 => pixels + pixels / 2,
            Self::Grey => pixels,
        }
    }
}

/// One picture as it came. Cloning shares the bytes.
#[derive(Clone)]
pub enum Picture {
    /// Compressed by the camera or the phone. Kept byte for byte.
    Encoded {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
        /// How the bytes are written.
        format: PictureFormat,
        /// The whole file.
        bytes: Bytes,
    },
    /// Raw pixels of a camera that does not compress, or drawn by the demo camera.
    Raw {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// How the pixels lie.
        format: PixelFormat,
        /// Exactly [`PixelFormat::byte_len`] bytes.
        bytes: Bytes,
    },
}

impl Picture {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        match self {
            Self::Encoded { width, .. } | Self::Raw { width, .. } => *width,
        }
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        match self {
            Self::Encoded { height, .. } | Self::Raw { height, .. } => *height,
        }
    }

    /// The bytes, compressed or raw.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Encoded { bytes, .. } | Self::Raw { bytes, .. } => bytes,
        }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, len) = match self {
            Self::Encoded { format, bytes, .. } => (format!("{format:?}"), bytes.len()),
            Self::Raw { format, bytes, .. } => (format!("{format:?}"), bytes.len()),
        };
        write!(f, "Picture({kind} {}x{}, {len} bytes)", self.width(), self.height())
    }
}

/// Decoded pixels, 3 bytes each (red, green, blue), rows without padding: `data.len() == width * height * 3`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RgbPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The pixels.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for RgbPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbPicture({}x{})", self.width, self.height)
    }
}
