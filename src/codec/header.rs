//! Reads sizes from headers, and whether a JPEG reaches its end, without decoding a pixel.

use crate::codec::DecodeError;
use crate::domain::PictureFormat;

/// Format, width and height in pixels, read from the header alone. Touches no pixel and allocates nothing; sizes are as the
/// header says, however large.
///
/// # Errors
/// [`DecodeError`] when the bytes are no picture, or their header is cut short or damaged.
pub fn probe(bytes: &[u8]) -> Result<(PictureFormat, u32, u32), DecodeError> {
    let format = PictureFormat::sniff(bytes).ok_or(DecodeError::NotAPicture)?;
    let (width, height) = match format {
        PictureFormat::Jpeg => jpeg_size(bytes)?,
        PictureFormat::Png => png_size(bytes)?,
        PictureFormat::WebP => webp_size(bytes)?,
    };
    if width == 0 || height == 0 {
        return Err(DecodeError::Size { width, height });
    }
    Ok((format, width, height))
}

/// How a JPEG is to be turned before it is shown, as its Exif says (tag 0x0112, Exif 2.32, 4.6.4 A): 1 is upright, 3, 6 and
/// 8 are turned, 2, 4, 5 and 7 are mirrored. 1 where nothing is said.
#[must_use]
pub fn orientation(bytes: &[u8]) -> u8 {
    Segments::new(bytes)
        .filter(|segment| segment.marker == 0xe1)
        .find_map(|segment| exif_orientation(segment.body.strip_prefix(b"Exif\0\0")?))
        .unwrap_or(1)
}

/// Whether a file reaches the end of its picture, as far as that can be told without decoding it.
pub(super) fn check_end(format: PictureFormat, bytes: &[u8]) -> Result<(), DecodeError> {
    let whole = match format {
        PictureFormat::Jpeg => return jpeg_end(bytes).map(drop),
        PictureFormat::Png => bytes.windows(8).rev().take(1 << 16).any(|chunk| chunk == b"IEND\xae\x42\x60\x82"),
        // The length in the header counts what follows it.
        PictureFormat::WebP => {
            bytes.get(4..8).is_some_and(|l| u32::from_le_bytes([l[0], l[1], l[2], l[3]]) as usize <= bytes.len() - 8)
        }
    };
    if whole { Ok(()) } else { Err(DecodeError::CutShort) }
}

/// What a walk over a JPEG's segments finds out.
pub(super) struct JpegEnd {
    /// Huffman tables are in the file. Some webcams leave them out, as in the MJPEG of AVI files.
    pub huffman_tables: bool,
}

/// Walks over the segments and scans of a JPEG to its end marker.
///
/// Decoders forgive a missing end, and with it the missing lower half of the picture: that is why this looks first.
pub(super) fn jpeg_end(bytes: &[u8]) -> Result<JpegEnd, DecodeError> {
    let mut segments = Segments::new(bytes);
    let (mut huffman_tables, mut scans) = (false, 0);
    for segment in &mut segments {
        match segment.marker {
            0xc4 => huffman_tables = true,
            0xda => scans += 1,
            0xd9 if scans > 0 => return Ok(JpegEnd { huffman_tables }),
            0xd9 => return Err(DecodeError::Damaged("it ends before its first scan".into())),
            _ => {}
        }
    }
    Err(DecodeError::CutShort)
}

fn jpeg_size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    for segment in Segments::new(bytes) {
        match segment.marker {
            // The frame headers SOF0 to SOF15; C4, C8 and CC among them mean something else.
            0xc0..=0xcf if !matches!(segment.marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, h1, h0, w1, w0, ..] = *segment.body else {
                    return Err(DecodeError::Damaged("its frame header is too short".into()));
                };
                return Ok((u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0]))));
            }
            0xda | 0xd9 => return Err(DecodeError::Damaged("it has no frame header".into())),
            _ => {}
        }
    }
    Err(DecodeError::CutShort)
}

fn png_size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let header = bytes.get(8..24).ok_or(DecodeError::CutShort)?;
    if &header[4..8] != b"IHDR" {
        return Err(DecodeError::Damaged("its header is missing".into()));
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    Ok((number(8), number(12)))
}

/// The three kinds of WebP header: <https://developers.google.com/speed/webp/docs/riff_container>.
fn webp_size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let chunk = bytes.get(12..16).ok_or(DecodeError::CutShort)?;
    let body = bytes.get(20..30).ok_or(DecodeError::CutShort)?;
    let u16_at = |at: usize| u32::from(u16::from_le_bytes([body[at], body[at + 1]]));
    let u24_at = |at: usize| u16_at(at) | (u32::from(body[at + 2]) << 16);
    match chunk {
        b"VP8 " if body[3..6] == [0x9d, 0x01, 0x2a] => Ok((u16_at(6) & 0x3fff, u16_at(8) & 0x3fff)),
        b"VP8L" if body[0] == 0x2f => {
            let bits = u32::from_le_bytes([body[1], body[2], body[3], body[4]]);
            Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => Ok((u24_at(4) + 1, u24_at(7) + 1)),
        _ => Err(DecodeError::Damaged("its header is not one of WebP".into())),
    }
}

/// One marker of a JPEG with what belongs to it.
struct Segment<'a> {
    marker: u8,
    /// Without marker and length; empty for markers that stand alone.
    body: &'a [u8],
}

/// The segments of a JPEG up to and with its end marker, entropy-coded data skipped (ITU-T T.81, annex B.1). Stops early
/// where the bytes end or a segment reaches beyond them.
struct Segments<'a> {
    rest: &'a [u8],
    done: bool,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(2..).unwrap_or_default(), done: false }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.done {
            return None;
        }
        // A marker is FF and a byte that is neither a stuffed zero, nor fill, nor a restart.
        let at =
            self.rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff | 0xd0..=0xd7))?;
        let marker = self.rest[at + 1];
        self.rest = &self.rest[at + 2..];
        if marker == 0xd9 {
            self.done = true;
            return Some(Segment { marker, body: &[] });
        }
        if matches!(marker, 0x01 | 0xd8) {
            return Some(Segment { marker, body: &[] });
        }
        let length = usize::from(u16::from_be_bytes([*self.rest.first()?, *self.rest.get(1)?]));
        let body = self.rest.get(2..length)?;
        self.rest = &self.rest[length..];
        Some(Segment { marker, body })
    }
}

/// Looks the orientation up in a TIFF structure (TIFF 6.0, section 2).
fn exif_orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let pair = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let (high, low) = if little { (6, 4) } else { (4, 6) };
    let directory = (usize::from(u16_at(high)?) << 16) | usize::from(u16_at(low)?);
    let entries = usize::from(u16_at(directory)?);
    (0..entries)
        .map(|entry| directory + 2 + entry * 12)
        .take_while(|at| at + 12 <= tiff.len())
        .find(|at| u16_at(*at) == Some(0x0112))
        .and_then(|at| u8::try_from(u16_at(at + 8)?).ok())
        .filter(|turn| (1..=8).contains(turn))
}
