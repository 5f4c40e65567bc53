//! What a chunk is called while it waits, and what is noted of it when it is joined. It touches no disk.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::domain::Timestamp;

/// SHA-256 of a chunk.
pub(super) type Hash = [u8; 32];

/// Ending of a chunk that is whole and waits for those before it.
const WHOLE: &str = "chunk";
/// Ending of a chunk of which the end is missing.
const PART: &str = "part";

/// What its sender says of a chunk. Two are the same when length and hash are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub bytes: u64,
    pub sha256: Hash,
    /// When its last picture was taken.
    pub ended_at: Option<Timestamp>,
}

impl PartialEq for Chunk {
    fn eq(&self, other: &Self) -> bool {
        (self.bytes, self.sha256) == (other.bytes, other.sha256)
    }
}

/// How far a chunk that lies in a file of its own is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Part,
    Whole,
}

impl Chunk {
    /// `<seq>_<bytes>_<milliseconds since 1970, or ->_<sha256>.<ending>`: the name alone tells what is to be in it.
    pub fn file_name(&self, seq: u32, stage: Stage) -> String {
        let ending = if stage == Stage::Whole { WHOLE } else { PART };
        format!("{seq}_{}_{}_{}.{ending}", self.bytes, time_text(self.ended_at), hex(&self.sha256))
    }

    /// The way back from the name.
    pub fn parse(file: &str) -> Option<(u32, Self, Stage)> {
        let (stem, ending) = file.rsplit_once('.')?;
        let stage = [(WHOLE, Stage::Whole), (PART, Stage::Part)].into_iter().find(|(known, _)| *known == ending)?.1;
        let (seq, rest) = stem.split_once('_')?;
        Some((seq.parse().ok()?, Self::of_fields(rest.split('_'))?, stage))
    }

    /// One line of the log of joined chunks, with its end.
    pub fn line(&self) -> String {
        format!("{} {} {}\n", self.bytes, time_text(self.ended_at), hex(&self.sha256))
    }

    /// The chunk of a line without its end. What a power cut left of one is none.
    pub fn of_line(line: &str) -> Option<Self> {
        Self::of_fields(line.split(' '))
    }

    fn of_fields<'t>(mut fields: impl Iterator<Item = &'t str>) -> Option<Self> {
        let bytes = fields.next()?.parse().ok()?;
        let time = fields.next()?;
        let ended_at = if time == "-" { None } else { Some(Timestamp::from_millis(time.parse().ok()?)) };
        let chunk = Self { bytes, ended_at, sha256: of_hex(fields.next()?)? };
        fields.next().is_none().then_some(chunk)
    }
}

/// The hash of bytes in memory.
pub(super) fn hash_of(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The hash of all that a reader gives.
pub(super) fn hash_all(mut reader: impl std::io::Read) -> std::io::Result<Hash> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            length => hasher.update(&buffer[..length]),
        }
    }
}

fn time_text(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| time.as_millis().to_string())
}

fn hex(hash: &Hash) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn of_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_lines_come_back_and_what_is_left_of_one_does_not() {
        for ended_at in [None, Some(Timestamp::from_millis(1_763_712_061_042)), Some(Timestamp::from_millis(-5))] {
            let chunk = Chunk { bytes: 77, sha256: hash_of(b"abc"), ended_at };
            for stage in [Stage::Part, Stage::Whole] {
                let name = chunk.file_name(3, stage);
                let (seq, read, read_stage) = Chunk::parse(&name).unwrap();
                assert_eq!((seq, read, read_stage, read.ended_at), (3, chunk, stage, ended_at));
            }
            let line = chunk.line();
            let line = line.strip_suffix('\n').unwrap();
            assert_eq!(Chunk::of_line(line), Some(chunk));
            for end in 0..line.len() {
                assert_eq!(Chunk::of_line(&line[..end]), None, "{}", &line[..end]);
            }
        }
        for name in ["about.json", "whole", "log", "", "1_2_3.part", "x_1_-_00.chunk"] {
            assert!(Chunk::parse(name).is_none(), "{name}");
        }
    }
}
