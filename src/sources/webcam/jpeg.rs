//! Whether a camera's JPEG is whole, and what it lacks.
//!
//! Webcams send JPEG as it suits them: without the Huffman tables that every decoder of moving pictures knows (UVC 1.5
//! payload specification, MJPEG), with padding behind the end, cut off by a bad cable. Here the structure is walked
//! (ITU-T T.81, annex B) without decoding anything; a picture whose structure is whole but whose content is not is
//! the business of whoever decodes it.

use bytes::{Bytes, BytesMut};

/// A JPEG from its first to its last marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    /// Width in pixels, from the frame header.
    pub(super) width: u32,
    /// Height in pixels, from the frame header.
    pub(super) height: u32,
    /// How many bytes belong to it; the rest is padding.
    len: usize,
    /// Where the tables go when it brings none.
    tables_missing_at: Option<usize>,
}

/// Why a JPEG is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    /// It does not begin as a JPEG does.
    #[error("it does not begin as a JPEG does")]
    NoStart,
    /// It stops before its end.
    #[error("it stops before its end")]
    Truncated,
    /// A marker or a length that cannot be.
    #[error("its structure is damaged")]
    Structure,
}

mod marker {
    pub(super) const SOI: u8 = 0xd8;
    pub(super) const EOI: u8 = 0xd9;
    pub(super) const SOS: u8 = 0xda;
    pub(super) const DHT: u8 = 0xc4;
    pub(super) const DRI: u8 = 0xdd;
    pub(super) const DNL: u8 = 0xdc;
    pub(super) const TEM: u8 = 0x01;
}

/// Walks a JPEG from marker to marker and through its compressed data.
///
/// # Errors
/// [`Damage`] when it is not whole. Damage inside the compressed data is seen when it makes a marker that cannot be
/// there, which is so in most pictures that lost more than a few bytes.
pub(super) fn examine(bytes: &[u8]) -> Result<Whole, Damage> {
    if !bytes.starts_with(&[0xff, marker::SOI, 0xff]) {
        return Err(Damage::NoStart);
    }
    let mut walk = Walk { bytes, at: 2 };
    let mut size = None;
    let mut tables = false;
    let mut first_scan = None;
    let mut restart_interval = 0;
    loop {
        let marker_at = walk.at;
        match walk.marker()? {
            marker::EOI => {
                let (Some((width, height)), Some(scan_at)) = (size, first_scan) else { return Err(Damage::Structure) };
                let tables_missing_at = (!tables).then_some(scan_at);
                return Ok(Whole { width, height, len: walk.at, tables_missing_at });
            }
            marker::SOS => {
                walk.segment()?;
                size.ok_or(Damage::Structure)?;
                first_scan.get_or_insert(marker_at);
                walk.compressed_data(restart_interval > 0)?;
            }
            marker::DHT => {
                walk.segment()?;
                tables = true;
            }
            marker::DRI => restart_interval = walk.segment()?.first_u16().ok_or(Damage::Structure)?,
            // Frame headers: baseline, extended and progressive Huffman. The others no camera sends and few decoders read.
            0xc0..=0xc2 => {
                let header = walk.segment()?;
                let (height, width) =
                    (header.get(1..).and_then(First::first_u16), header.get(3..).and_then(First::first_u16));
                match (width, height, size) {
                    (Some(width @ 1..), Some(height @ 1..), None) => size = Some((width.into(), height.into())),
                    _ => return Err(Damage::Structure),
                }
            }
            // Tables, restart, line number, application data and comments.
            0xdb | marker::DNL | 0xe0..=0xef | 0xfe => {
                walk.segment()?;
            }
            _ => return Err(Damage::Structure),
        }
    }
}

impl Whole {
    /// The picture as a file that every program opens: without padding, with tables.
    pub(super) fn complete(&self, bytes: &Bytes) -> Bytes {
        let Some(at) = self.tables_missing_at else { return bytes.slice(..self.len) };
        let mut complete = BytesMut::with_capacity(self.len + STANDARD_TABLES.len());
        complete.extend_from_slice(&bytes[..at]);
        complete.extend_from_slice(&STANDARD_TABLES);
        complete.extend_from_slice(&bytes[at..self.len]);
        complete.freeze()
    }
}

/// A place in a JPEG.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    /// The marker here; any number of fill bytes may stand before it.
    fn marker(&mut self) -> Result<u8, Damage> {
        if self.next()? != 0xff {
            return Err(Damage::Structure);
        }
        loop {
            match self.next()? {
                0xff => {}
                0 | marker::TEM => return Err(Damage::Structure),
                code => return Ok(code),
            }
        }
    }

    /// The segment here, without its length.
    fn segment(&mut self) -> Result<&'a [u8], Damage> {
        let rest = &self.bytes[self.at..];
        let len = usize::from(rest.first_u16().ok_or(Damage::Truncated)?);
        if len < 2 {
            return Err(Damage::Structure);
        }
        let segment = rest.get(2..len).ok_or(Damage::Truncated)?;
        self.at += len;
        Ok(segment)
    }

    /// Passes the compressed data of a scan, and stops at the marker behind it.
    fn compressed_data(&mut self, restarts: bool) -> Result<(), Damage> {
        let mut expected_restart = 0xd0;
        loop {
            let rest = &self.bytes[self.at..];
            let escape = rest.iter().position(|byte| *byte == 0xff).ok_or(Damage::Truncated)?;
            match rest.get(escape + 1).ok_or(Damage::Truncated)? {
                0 => self.at += escape + 2,
                0xff => self.at += escape + 1,
                restart @ 0xd0..=0xd7 => {
                    if !restarts || *restart != expected_restart {
                        return Err(Damage::Structure);
                    }
                    expected_restart = 0xd0 | (expected_restart + 1) & 7;
                    self.at += escape + 2;
                }
                _ => {
                    self.at += escape;
                    return Ok(());
                }
            }
        }
    }

    fn next(&mut self) -> Result<u8, Damage> {
        let byte = *self.bytes.get(self.at).ok_or(Damage::Truncated)?;
        self.at += 1;
        Ok(byte)
    }
}

/// The first big-endian number of two bytes.
trait First {
    fn first_u16(&self) -> Option<u16>;
}

impl First for [u8] {
    fn first_u16(&self) -> Option<u16> {
        self.first_chunk().map(|two| u16::from_be_bytes(*two))
    }
}

/// One segment with the four tables of ITU-T T.81, annex K.3: DC and AC of luma, DC and AC of chroma.
const STANDARD_TABLES: [u8; 420] = standard_tables();

const fn standard_tables() -> [u8; 420] {
    let mut segment = [0; 420];
    // The length counts itself and everything but the marker.
    let head = [0xff, marker::DHT, 0x01, 0xa2];
    let mut at = copy(&mut segment, 0, &head);
    at = table(&mut segment, at, 0x00, &DC_LUMA_COUNTS, &DC_VALUES);
    at = table(&mut segment, at, 0x10, &AC_LUMA_COUNTS, &AC_LUMA_VALUES);
    at = table(&mut segment, at, 0x01, &DC_CHROMA_COUNTS, &DC_VALUES);
    at = table(&mut segment, at, 0x11, &AC_CHROMA_COUNTS, &AC_CHROMA_VALUES);
    assert!(at == segment.len(), "four tables fill the segment");
    segment
}

const fn table(segment: &mut [u8; 420], at: usize, class_and_number: u8, counts: &[u8], values: &[u8]) -> usize {
    let at = copy(segment, at, &[class_and_number]);
    let at = copy(segment, at, counts);
    copy(segment, at, values)
}

const fn copy(segment: &mut [u8; 420], at: usize, bytes: &[u8]) -> usize {
    let mut i = 0;
    while i < bytes.len() {
        segment[at + i] = bytes[i];
        i += 1;
    }
    at + bytes.len()
}

/// How many codes there are of each length from 1 to 16 bits.
const DC_LUMA_COUNTS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CHROMA_COUNTS: [u8; 16] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const AC_LUMA_COUNTS: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const AC_CHROMA_COUNTS: [u8; 16] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77];
/// The values in order of their codes.
const DC_VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
#[rustfmt::skip]
const AC_LUMA_VALUES: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];
#[rustfmt::skip]
const AC_CHROMA_VALUES: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
    0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
    0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    fn encoded(restart_interval: Option<u16>) -> Vec<u8> {
        let rgb: Vec<u8> = (0..64 * 48 * 3_u32).map(|i| (i * i / 77).to_le_bytes()[0]).collect();
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 80);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        if let Some(interval) = restart_interval {
            encoder.set_restart_interval(interval);
        }
        encoder.encode(&rgb, 64, 48, ColorType::Rgb).unwrap();
        jpeg
    }

    /// The picture as a webcam sends it: with its Huffman tables cut out.
    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut left = jpeg.to_vec();
        while let Some(at) = left.windows(2).position(|two| two == [0xff, marker::DHT]) {
            let len = usize::from(left[at + 2..].first_u16().unwrap());
            left.drain(at..at + 2 + len);
        }
        left
    }

    fn pixels(jpeg: &[u8]) -> Vec<u8> {
        image::load_from_memory(jpeg).unwrap().to_rgb8().into_raw()
    }

    #[test]
    fn a_whole_picture_is_known_with_its_size_and_kept_byte_for_byte() {
        let jpeg = Bytes::from(encoded(None));
        let whole = examine(&jpeg).unwrap();
        assert_eq!((whole.width, whole.height), (64, 48));
        assert_eq!(whole.complete(&jpeg), jpeg);
    }

    #[test]
    fn padding_behind_the_end_is_cut_off() {
        let jpeg = encoded(None);
        for padding in [&[0, 0, 0, 0][..], &[0xff, 0xd9], b"\xff\xd8\xff the picture before this one"] {
            let padded = Bytes::from([&jpeg, padding].concat());
            assert_eq!(examine(&padded).unwrap().complete(&padded), jpeg);
        }
    }

    #[test]
    fn missing_tables_are_put_in_and_the_picture_is_the_same() {
        let jpeg = encoded(None);
        let bare = Bytes::from(without_tables(&jpeg));
        assert!(bare.len() < jpeg.len());
        let complete = examine(&bare).unwrap().complete(&bare);
        assert_eq!(pixels(&complete), pixels(&jpeg));
        assert_eq!(examine(&complete).unwrap().complete(&complete), complete);
    }

    #[test]
    fn a_picture_cut_off_anywhere_is_not_whole() {
        let jpeg = encoded(None);
        for len in 0..jpeg.len() {
            assert!(examine(&jpeg[..len]).is_err(), "{len} of {} bytes", jpeg.len());
        }
    }

    #[test]
    fn garbage_is_not_whole() {
        assert_eq!(examine(b""), Err(Damage::NoStart));
        assert_eq!(examine(&[0; 100]), Err(Damage::NoStart));
        assert_eq!(examine(&[0xff, 0xd8, 0xff, 0xd9]), Err(Damage::Structure));
        assert_eq!(examine(&[0xff, 0xd8, 0xff, 0xe0, 0, 1, 0, 0]), Err(Damage::Structure));
        let picture_of_nothing = [0xff, 0xd8, 0xff, 0xc0, 0, 8, 8, 0, 0, 0, 0, 3];
        assert_eq!(examine(&picture_of_nothing), Err(Damage::Structure));
    }

    #[test]
    fn a_marker_in_the_compressed_data_that_cannot_be_there_is_damage() {
        let jpeg = encoded(None);
        for marker in [0x3a, 0xd0, 0xc1] {
            let mut damaged = jpeg.clone();
            let at = damaged.len() - 40;
            damaged[at..at + 2].copy_from_slice(&[0xff, marker]);
            assert!(examine(&damaged).is_err(), "marker {marker:02x}");
        }
    }

    #[test]
    fn restart_markers_are_read_and_a_missing_one_is_seen() {
        let jpeg = encoded(Some(2));
        let restarts: Vec<_> =
            (0..jpeg.len() - 1).filter(|i| jpeg[*i] == 0xff && (0xd0..=0xd7).contains(&jpeg[i + 1])).collect();
        assert!(restarts.len() > 2);
        assert!(examine(&jpeg).is_ok());
        let mut damaged = jpeg.clone();
        damaged.drain(restarts[1]..restarts[2]);
        assert_eq!(examine(&damaged), Err(Damage::Structure));
    }

    proptest::proptest! {
        #[test]
        fn strange_bytes_are_no_panic(bytes: Vec<u8>) {
            let _ = examine(&bytes);
            let _ = examine(&[&[0xff, 0xd8, 0xff][..], &bytes].concat());
        }

        #[test]
        fn a_damaged_picture_is_no_panic(at in 0_usize..2000, value: u8) {
            let mut jpeg = encoded(None);
            let at = at % jpeg.len();
            jpeg[at] = value;
            if let Ok(whole) = examine(&jpeg) {
                let jpeg = Bytes::from(jpeg);
                proptest::prop_assert!(whole.complete(&jpeg).len() <= jpeg.len() + STANDARD_TABLES.len());
            }
        }
    }
}
