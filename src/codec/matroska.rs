//! Matroska, as little of it as one track of pictures needs: written so that a file that was cut anywhere is readable up to
//! there, and read back by whoever wrote it.
//!
//! Segment and clusters are of unknown size (RFC 8794, 6.2): nothing that was written has to be changed afterwards, so a power
//! cut costs the last picture and no more, and the same bytes can go into a pipe.

use std::io::{self, Read, Seek, SeekFrom};

/// Identifiers of elements (RFC 9559, 5.1), with their length marker.
mod id {
    pub const EBML: u32 = 0x1a45_dfa3;
    pub const EBML_VERSION: u32 = 0x4286;
    pub const EBML_READ_VERSION: u32 = 0x42f7;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const DOC_TYPE_VERSION: u32 = 0x4287;
    pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const INFO: u32 = 0x1549_a966;
    pub const TIMESTAMP_SCALE: u32 = 0x002a_d7b1;
    pub const DATE: u32 = 0x4461;
    pub const MUXING_APP: u32 = 0x4d80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_ae6b;
    pub const TRACK: u32 = 0xae;
    pub const TRACK_NUMBER: u32 = 0xd7;
    pub const TRACK_UID: u32 = 0x73c5;
    pub const TRACK_TYPE: u32 = 0x83;
    pub const FLAG_LACING: u32 = 0x9c;
    pub const CODEC: u32 = 0x86;
    pub const VIDEO: u32 = 0xe0;
    pub const PIXEL_WIDTH: u32 = 0xb0;
    pub const PIXEL_HEIGHT: u32 = 0xba;
    pub const FOUR_CC: u32 = 0x002e_b524;
    pub const CLUSTER: u32 = 0x1f43_b675;
    pub const TIMESTAMP: u32 = 0xe7;
    pub const SIMPLE_BLOCK: u32 = 0xa3;
}

/// The size that means that it is not known.
const UNKNOWN: [u8; 8] = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/// A cluster holds the pictures of so many milliseconds: within it times are 16 bits.
const CLUSTER_MILLIS: i64 = 1000;
/// Milliseconds from 1970 to the beginning of 2001, from which Matroska counts.
const EPOCH_2001: i64 = 978_307_200_000;

/// How the pictures of a track are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackCodec {
    /// Each picture is a whole JPEG. They may differ in size; that of the track is what is told first.
    Jpeg,
    /// Each picture is raw: red, green, blue and alpha of each pixel.
    Rgba,
}

/// The one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoTrack {
    /// How its pictures are written.
    pub codec: TrackCodec,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The time of the day at which the track's own time is 0, in milliseconds since 1970.
    pub began_at: i64,
}

/// Writes a track: first [`Self::begin`], then for every picture [`Self::block`] and the picture itself.
#[derive(Debug, Default)]
pub struct MatroskaWriter {
    cluster: Option<i64>,
}

impl MatroskaWriter {
    /// All that comes before the first picture.
    #[must_use]
    pub fn begin(track: &VideoTrack) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let header = [
            uint(id::EBML_VERSION, 1),
            uint(id::EBML_READ_VERSION, 1),
            element(id::DOC_TYPE, b"matroska"),
            uint(id::DOC_TYPE_VERSION, 4),
            uint(id::DOC_TYPE_READ_VERSION, 2),
        ];
        out.extend(element(id::EBML, &header.concat()));
        put_id(&mut out, id::SEGMENT);
        out.extend(UNKNOWN);
        let nanos = track.began_at.saturating_sub(EPOCH_2001).saturating_mul(1_000_000);
        let info = [
            uint(id::TIMESTAMP_SCALE, 1_000_000),
            element(id::DATE, &nanos.to_be_bytes()),
            element(id::MUXING_APP, b"Framekeep"),
            element(id::WRITING_APP, b"Framekeep"),
        ];
        out.extend(element(id::INFO, &info.concat()));
        let mut video =
            [uint(id::PIXEL_WIDTH, track.width.into()), uint(id::PIXEL_HEIGHT, track.height.into())].concat();
        let codec: &[u8] = match track.codec {
            TrackCodec::Jpeg => b"V_MJPEG",
            TrackCodec::Rgba => {
                video.extend(element(id::FOUR_CC, b"RGBA"));
                b"V_UNCOMPRESSED"
            }
        };
        let entry = [
            uint(id::TRACK_NUMBER, 1),
            uint(id::TRACK_UID, 1),
            uint(id::TRACK_TYPE, 1),
            uint(id::FLAG_LACING, 0),
            element(id::CODEC, codec),
            element(id::VIDEO, &video),
        ];
        out.extend(element(id::TRACKS, &element(id::TRACK, &entry.concat())));
        out
    }

    /// All that comes between the picture before and this one, which is `length` bytes long and of `at` milliseconds after the
    /// beginning. Pictures may overtake each other; one of before the beginning counts as the first.
    pub fn block(&mut self, at: i64, length: usize) -> Vec<u8> {
        let at = at.max(0);
        let mut out = Vec::with_capacity(40);
        let cluster = match self.cluster {
            Some(cluster) if (cluster..cluster + CLUSTER_MILLIS).contains(&at) => cluster,
            _ => {
                put_id(&mut out, id::CLUSTER);
                out.extend(UNKNOWN);
                out.extend(uint(id::TIMESTAMP, at.cast_unsigned()));
                at
            }
        };
        self.cluster = Some(cluster);
        put_id(&mut out, id::SIMPLE_BLOCK);
        put_size(&mut out, length as u64 + BLOCK_HEAD);
        // Track 1, the time within the cluster, and that it needs no other picture.
        out.push(0x81);
        out.extend(i16::try_from(at - cluster).unwrap_or(i16::MAX).to_be_bytes());
        out.push(0x80);
        out
    }
}

/// Track number, time and flags before the picture in a block.
const BLOCK_HEAD: u64 = 4;

/// Where a picture lies in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Milliseconds after the beginning.
    pub at: i64,
    /// Its first byte.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
}

/// Finds the pictures of a file that [`MatroskaWriter`] wrote, as far as they are whole, and when it began in milliseconds since
/// 1970. Reads no picture.
///
/// # Errors
/// What the system says, or [`io::ErrorKind::InvalidData`] for a file that does not begin as ours do.
pub fn blocks(input: &mut (impl Read + Seek)) -> io::Result<(i64, Vec<Block>)> {
    let end = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    let (mut began_at, mut cluster, mut found) = (None, 0, Vec::new());
    let mut is_ours = false;
    while let Some(head) = head(input)? {
        let from = input.stream_position()?;
        match (head.id, head.length) {
            (id::EBML, Some(length)) => {
                is_ours = true;
                input.seek(SeekFrom::Current(length.cast_signed()))?;
            }
            // What they hold is looked at one by one.
            (id::SEGMENT | id::CLUSTER, _) | (id::INFO, Some(_)) => {}
            (id::DATE, Some(8)) => {
                let Some(nanos) = number(input, 8)? else { break };
                began_at = Some(nanos.cast_signed() / 1_000_000 + EPOCH_2001);
            }
            (id::TIMESTAMP, Some(length @ 0..=8)) => {
                let Some(millis) = number(input, length)? else { break };
                cluster = millis.cast_signed();
            }
            (id::SIMPLE_BLOCK, Some(length)) if length >= BLOCK_HEAD => {
                let Some(head) = number(input, BLOCK_HEAD)? else { break };
                if from.saturating_add(length) > end {
                    break;
                }
                #[expect(clippy::cast_possible_truncation, reason = "the two bytes in the middle")]
                let within = ((head >> 8) as u16).cast_signed();
                let (offset, length) = (from + BLOCK_HEAD, length - BLOCK_HEAD);
                found.push(Block { at: cluster.saturating_add(within.into()), offset, length });
                input.seek(SeekFrom::Start(offset + length))?;
            }
            (_, Some(length)) if is_ours && from.saturating_add(length) <= end => {
                input.seek(SeekFrom::Start(from + length))?;
            }
            _ => break,
        }
        if !is_ours {
            break;
        }
    }
    match began_at {
        Some(began_at) => Ok((began_at, found)),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "it is no spool of frames")),
    }
}

struct Head {
    id: u32,
    /// `None`: unknown.
    length: Option<u64>,
}

/// How many bytes follow the first one, which says so by its leading zeros.
fn bytes_after(first: u64) -> u64 {
    // Of the 64 bits those of one byte are in use.
    u64::from(first.leading_zeros().saturating_sub(u64::BITS - u8::BITS))
}

/// The head of the next element; `None` where the file ends before it does.
fn head(input: &mut impl Read) -> io::Result<Option<Head>> {
    let Some(first) = number(input, 1)? else { return Ok(None) };
    let more = bytes_after(first);
    if more > 3 {
        return Ok(None);
    }
    let Some(rest) = number(input, more)? else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "at most four bytes")]
    let id = (first << (8 * more) | rest) as u32;
    let Some(first) = number(input, 1)? else { return Ok(None) };
    let more = bytes_after(first);
    if more > 7 {
        return Ok(None);
    }
    let Some(rest) = number(input, more)? else { return Ok(None) };
    let bits = 7 * (more + 1);
    let length = (first << (8 * more) | rest) & ((1 << bits) - 1);
    Ok(Some(Head { id, length: (length != (1 << bits) - 1).then_some(length) }))
}

/// The next `length` bytes as a number; `None` where the file ends before.
fn number(input: &mut impl Read, length: u64) -> io::Result<Option<u64>> {
    let mut bytes = [0; 8];
    let from = 8 - usize::try_from(length).unwrap_or(8).min(8);
    match input.read_exact(&mut bytes[from..]) {
        Ok(()) => Ok(Some(u64::from_be_bytes(bytes))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 12);
    put_id(&mut out, id);
    put_size(&mut out, content.len() as u64);
    out.extend(content);
    out
}

fn uint(id: u32, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    element(id, &bytes[from..])
}

fn put_id(out: &mut Vec<u8>, id: u32) {
    let bytes = id.to_be_bytes();
    out.extend(bytes.iter().skip_while(|byte| **byte == 0));
}

/// Always eight bytes: the shortest way would save nothing that counts beside a picture.
fn put_size(out: &mut Vec<u8>, size: u64) {
    out.extend((size | 1 << 56).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    const TRACK: VideoTrack =
        VideoTrack { codec: TrackCodec::Jpeg, width: 64, height: 48, began_at: 1_763_712_061_042 };

    fn file(frames: &[(i64, Vec<u8>)]) -> Vec<u8> {
        let (mut writer, mut out) = (MatroskaWriter::default(), MatroskaWriter::begin(&TRACK));
        for (at, bytes) in frames {
            out.extend(writer.block(*at, bytes.len()));
            out.extend(bytes);
        }
        out
    }

    #[test]
    fn what_is_no_spool_is_told_from_one_without_pictures() {
        assert_eq!(blocks(&mut Cursor::new(file(&[]))).unwrap(), (TRACK.began_at, Vec::new()));
        for other in [&b""[..], b"hello", b"\x1a\x45\xdf\xa3", &[0xff; 64]] {
            assert!(blocks(&mut Cursor::new(other)).is_err(), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn a_file_that_is_cut_anywhere_has_every_picture_that_is_whole(
            frames in prop::collection::vec((0_i64..100_000, prop::collection::vec(any::<u8>(), 0..40)), 0..20),
            cut in 0.0_f64..=1.0,
        ) {
            let whole = file(&frames);
            let begin = MatroskaWriter::begin(&TRACK).len();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
            let end = begin + ((whole.len() - begin) as f64 * cut) as usize;
            let (began_at, found) = blocks(&mut Cursor::new(&whole[..end])).unwrap();
            prop_assert_eq!(began_at, TRACK.began_at);
            let fits = |at: usize| file(&frames[..=at]).len() <= end;
            prop_assert_eq!(found.len(), (0..frames.len()).filter(|at| fits(*at)).count());
            for (block, (at, bytes)) in found.iter().zip(&frames) {
                let offset = usize::try_from(block.offset).unwrap();
                prop_assert_eq!(block.at, *at);
                prop_assert_eq!(&whole[offset..offset + usize::try_from(block.length).unwrap()], &bytes[..]);
            }
        }

        #[test]
        fn strange_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut whole = MatroskaWriter::begin(&TRACK);
            whole.extend(&bytes);
            prop_assert!(blocks(&mut Cursor::new(&whole)).is_ok());
            let _ = blocks(&mut Cursor::new(&bytes));
        }
    }
}
