//! One recording that is not closed yet, as it lies on disk.
//!
//! ```text
//! .framekeep/recordings/<id>/
//!     about.json      whose it is, when it began, and, while it is being closed, how it ended
//!     whole           the chunks without a hole so far, joined
//!     log             a line for each of these, written when its bytes are flushed: what lies in `whole` beyond is thrown away
//!     7_….chunk       a chunk that waits for one before it
//!     7_….part        the beginning of a chunk
//! ```
//!
//! Nothing else is known: whatever moment a program ended at, the files alone tell what was accepted. It knows no index and
//! nobody who listens.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{CameraName, Recording, RecordingId, RecordingState, StreamId, Timestamp, UserName, VideoFormat};
use crate::library::disk::{self, Unflushed};
use crate::library::recordings::chunk::{Chunk, Stage, hash_all, hash_of};
use crate::library::recordings::{ChunkPiece, RecordingError};

const ABOUT: &str = "about.json";
pub(super) const WHOLE: &str = "whole";
const LOG: &str = "log";

/// What the names of its files do not tell of a recording. It stays when the recording is closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    pub id: RecordingId,
    pub user: UserName,
    pub camera: CameraName,
    pub started_at: Timestamp,
    pub mime: String,
    /// The ending that the media type promises; the first bytes decide.
    pub format: VideoFormat,
    /// How many chunks there are in all, once its sender has told.
    pub expected: Option<u32>,
    /// How long it plays, if its sender has told.
    pub duration_ms: Option<u64>,
    pub closed: Option<Closed>,
}

/// How a recording ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Closed {
    pub state: RecordingState,
    pub reason: Option<String>,
    pub chunks: u32,
    pub duration_ms: Option<u64>,
}

/// How much of a chunk is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkStored {
    /// Bytes from its beginning on.
    pub bytes: u64,
    /// Whether that is all of it, and it is safe.
    pub complete: bool,
}

/// A recording that is not closed, and where its files lie.
pub(super) struct Draft {
    folder: PathBuf,
    pub about: About,
    joined: Vec<Chunk>,
    joined_bytes: u64,
    waiting: BTreeMap<u32, Chunk>,
    /// Beginnings, and how many bytes each has.
    partial: BTreeMap<u32, (Chunk, u64)>,
}

impl Draft {
    /// Begins one in `<recordings>/<id>`, which appears with all that belongs to it.
    pub fn begin(recordings: &Path, about: About) -> io::Result<Self> {
        let fresh = recordings.join(format!("new-{}", about.id));
        let folder = recordings.join(about.id.to_string());
        match fs::remove_dir_all(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir(&fresh)?;
        File::create(fresh.join(WHOLE))?.sync_all()?;
        File::create(fresh.join(LOG))?.sync_all()?;
        let draft = Self::new(fresh.clone(), about);
        draft.write_about()?;
        fs::rename(&fresh, &folder)?;
        flush_folder(recordings)?;
        Ok(Self { folder, ..draft })
    }

    /// Finds out what lies in a folder, and takes away what a program left there that was killed. `None` when there is no
    /// recording in it.
    pub fn load(folder: &Path) -> io::Result<Option<Self>> {
        let Some(about) = read_about(folder)? else { return Ok(None) };
        let mut draft = Self::new(folder.to_owned(), about);
        draft.read_log()?;
        draft.read_chunks()?;
        if let Err(error) = draft.join() {
            tracing::warn!(%error, recording = %draft.about.id, "chunks wait to be joined");
        }
        Ok(Some(draft))
    }

    fn new(folder: PathBuf, about: About) -> Self {
        let (waiting, partial) = (BTreeMap::new(), BTreeMap::new());
        Self { folder, about, joined: Vec::new(), joined_bytes: 0, waiting, partial }
    }

    /// Takes a piece of a chunk. When it is over, what it says is flushed to disk.
    pub fn put(&mut self, piece: &ChunkPiece) -> Result<ChunkStored, RecordingError> {
        let chunk = Chunk { bytes: piece.chunk_bytes, sha256: piece.sha256, ended_at: piece.captured_at };
        let seq = piece.seq;
        if let Some(known) = self.known(seq) {
            return if known == chunk { Ok(complete(chunk)) } else { Err(RecordingError::OtherChunk(seq)) };
        }
        if self.about.expected.is_some_and(|expected| seq >= expected) {
            return Err(RecordingError::BeyondEnd);
        }
        let (chunk, have) = match self.partial.get(&seq) {
            Some((known, _)) if *known != chunk => return Err(RecordingError::OtherChunk(seq)),
            Some((known, have)) => (*known, *have),
            None => (chunk, 0),
        };
        let alone = piece.offset == 0 && piece.bytes.len() as u64 == chunk.bytes;
        if alone && hash_of(&piece.bytes) != chunk.sha256 {
            return Err(RecordingError::WrongChecksum);
        }
        let tells = seq == 0 && piece.offset == 0 && piece.bytes.len() >= VideoFormat::SNIFF_BYTES;
        if tells && VideoFormat::sniff(&piece.bytes).is_none() {
            return Err(RecordingError::NotAVideo);
        }
        // What is there already is passed over: a piece whose answer was lost comes twice.
        let known_bytes = have.checked_sub(piece.offset).ok_or(RecordingError::Gap { have })?;
        let skip = usize::try_from(known_bytes).unwrap_or(usize::MAX).min(piece.bytes.len());
        let have = self.append(seq, chunk, have, &piece.bytes[skip..])?;
        if have < chunk.bytes {
            return Ok(ChunkStored { bytes: have, complete: false });
        }
        self.complete_part(seq, chunk)?;
        if let Err(error) = self.join() {
            // The chunk itself is safe. It is joined with the next one, or when the recording is closed.
            tracing::warn!(%error, recording = %self.about.id, "a chunk waits to be joined");
        }
        Ok(complete(chunk))
    }

    /// The first chunk that is not joined.
    pub fn next_seq(&self) -> u32 {
        // Numbers of chunks fit, so their count does.
        u32::try_from(self.joined.len()).unwrap_or(u32::MAX)
    }

    /// What is known of a chunk that is whole.
    fn known(&self, seq: u32) -> Option<Chunk> {
        self.joined.get(seq as usize).or_else(|| self.waiting.get(&seq)).copied()
    }

    fn append(&mut self, seq: u32, chunk: Chunk, have: u64, bytes: &[u8]) -> io::Result<u64> {
        let path = self.folder.join(chunk.file_name(seq, Stage::Part));
        let is_new = !self.partial.contains_key(&seq);
        let mut file = File::options().create(true).truncate(false).write(true).open(&path)?;
        // A disk that was full may have taken a part of the piece before.
        file.set_len(have)?;
        file.seek(SeekFrom::Start(have))?;
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_data()) {
            let undone = if is_new { fs::remove_file(&path) } else { file.set_len(have) };
            if let Err(error) = undone {
                tracing::warn!(%error, file = %path.display(), "a piece of a chunk cannot be taken back");
            }
            return Err(error);
        }
        if is_new {
            flush_folder(&self.folder)?;
        }
        let have = have + bytes.len() as u64;
        self.partial.insert(seq, (chunk, have));
        Ok(have)
    }

    /// All bytes of a chunk are there: it is that chunk, or it goes.
    fn complete_part(&mut self, seq: u32, chunk: Chunk) -> Result<(), RecordingError> {
        let part = self.folder.join(chunk.file_name(seq, Stage::Part));
        let refused = if hash_all(File::open(&part)?)? != chunk.sha256 {
            Some(RecordingError::WrongChecksum)
        } else if seq == 0 && sniff_file(&part)?.is_none() {
            Some(RecordingError::NotAVideo)
        } else {
            None
        };
        if let Some(why) = refused {
            fs::remove_file(&part)?;
            self.partial.remove(&seq);
            return Err(why);
        }
        fs::rename(&part, self.folder.join(chunk.file_name(seq, Stage::Whole)))?;
        flush_folder(&self.folder)?;
        self.partial.remove(&seq);
        self.waiting.insert(seq, chunk);
        Ok(())
    }

    /// Joins what waits for nothing any more: first the bytes, flushed, then the line that makes them count.
    pub fn join(&mut self) -> io::Result<()> {
        while let Some(chunk) = self.waiting.remove(&self.next_seq()) {
            let seq = self.next_seq();
            let path = self.folder.join(chunk.file_name(seq, Stage::Whole));
            if let Err(error) = self.join_one(&path, chunk) {
                self.waiting.insert(seq, chunk);
                return Err(error);
            }
            self.joined.push(chunk);
            self.joined_bytes += chunk.bytes;
            // One that stays is removed when the folder is looked at the next time.
            let _ = fs::remove_file(&path);
        }
        Ok(())
    }

    fn join_one(&self, path: &Path, chunk: Chunk) -> io::Result<()> {
        let mut whole = File::options().create(true).truncate(false).write(true).open(self.folder.join(WHOLE))?;
        whole.set_len(self.joined_bytes)?;
        whole.seek(SeekFrom::Start(self.joined_bytes))?;
        io::copy(&mut File::open(path)?, &mut whole)?;
        whole.sync_data()?;
        let mut log = File::options().append(true).create(true).open(self.folder.join(LOG))?;
        let before = log.metadata()?.len();
        log.write_all(chunk.line().as_bytes()).and_then(|()| log.sync_data()).inspect_err(|_| {
            // Half a line would hide the lines after it.
            let _ = log.set_len(before);
        })
    }

    /// Chunks from 0 to before `expected`, or to the last that is there, that are missing: first and last of each run.
    pub fn missing(&self, expected: Option<u32>) -> Vec<(u32, u32)> {
        let end = expected.unwrap_or_else(|| self.waiting.keys().next_back().map_or(0, |last| last + 1));
        let mut missing = Vec::new();
        let mut next = self.next_seq();
        for seq in self.waiting.keys().copied().filter(|seq| *seq < end).chain([end]) {
            if next < seq {
                missing.push((next, seq - 1));
            }
            next = next.max(seq + 1);
        }
        missing
    }

    /// The chunks that are whole: first and last of each run.
    pub fn have(&self) -> Vec<(u32, u32)> {
        let joined = (0..self.next_seq()).chain(self.waiting.keys().copied());
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for seq in joined {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == seq => *last = seq,
                _ => runs.push((seq, seq)),
            }
        }
        runs
    }

    /// The chunks of which the end is missing: number, bytes that are there, bytes in all.
    pub fn partial(&self) -> Vec<(u32, u64, u64)> {
        self.partial.iter().map(|(seq, (chunk, have))| (*seq, *have, chunk.bytes)).collect()
    }

    /// Notes how many chunks there are in all, so that the last of them ends it also when nobody says so again.
    pub fn expect(&mut self, chunks: u32, duration_ms: Option<u64>) -> Result<(), RecordingError> {
        let beyond = self.waiting.keys().next_back().map_or(0, |last| last + 1).max(self.next_seq());
        let beyond = self.partial.keys().next_back().map_or(0, |last| last + 1).max(beyond);
        if chunks < beyond {
            return Err(RecordingError::OtherEnd { chunks: beyond });
        }
        let about =
            About { expected: Some(chunks), duration_ms: duration_ms.or(self.about.duration_ms), ..self.about.clone() };
        self.set_about(about)?;
        Ok(())
    }

    /// Whether all chunks are joined, and it is known how many there are.
    pub fn is_complete(&self) -> bool {
        self.about.expected.is_some_and(|expected| expected as usize == self.joined.len())
    }

    /// Whether anything can be made a file of.
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// Whether nothing was accepted at all.
    pub fn is_void(&self) -> bool {
        self.joined.is_empty() && self.waiting.is_empty() && self.partial.is_empty()
    }

    /// Notes how it ended, or (`None`) that it goes on.
    pub fn mark(&mut self, ended: Option<(RecordingState, Option<String>)>) -> io::Result<()> {
        let closed = ended.map(|(state, reason)| {
            let chunks = self.next_seq();
            Closed { state, reason, chunks, duration_ms: self.duration_ms() }
        });
        self.set_about(About { closed, ..self.about.clone() })
    }

    /// The joined file, cut to what counts, ready to get its final name.
    pub fn whole(&self) -> io::Result<PathBuf> {
        let path = self.folder.join(WHOLE);
        let file = File::options().write(true).open(&path)?;
        file.set_len(self.joined_bytes)?;
        file.sync_all()?;
        Ok(path)
    }

    /// Where its files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The recording as it is now.
    pub fn recording(&self) -> Recording {
        let About { id, user, camera, started_at, mime, .. } = self.about.clone();
        let closed = self.about.closed.as_ref();
        Recording {
            id,
            stream: StreamId { user, camera },
            started_at,
            mime,
            format: self.format(),
            bytes: self.joined_bytes,
            chunks: self.next_seq(),
            duration_ms: self.duration_ms(),
            state: closed.map_or(RecordingState::Open, |closed| closed.state),
            reason: closed.and_then(|closed| closed.reason.clone()),
        }
    }

    fn format(&self) -> VideoFormat {
        let sniffed = if self.is_empty() { None } else { sniff_file(&self.folder.join(WHOLE)).ok().flatten() };
        sniffed.unwrap_or(self.about.format)
    }

    /// As its sender told, if it is whole; else from the beginning to the end of the last chunk.
    fn duration_ms(&self) -> Option<u64> {
        let told = self.about.duration_ms.filter(|_| self.is_complete());
        told.or_else(|| {
            let last = self.joined.last()?.ended_at?.since(self.about.started_at);
            u64::try_from(last.as_millis()).ok().filter(|millis| *millis > 0)
        })
    }

    fn set_about(&mut self, about: About) -> io::Result<()> {
        let before = std::mem::replace(&mut self.about, about);
        self.write_about().inspect_err(|_| self.about = before)
    }

    fn write_about(&self) -> io::Result<()> {
        write_about(&self.folder, &self.about)
    }

    /// Reads the lines that are whole and whose bytes are there, and cuts off the rest of both files.
    fn read_log(&mut self) -> io::Result<()> {
        let text = read_joined(&self.folder, &mut self.joined)?;
        let whole = self.folder.join(WHOLE);
        let length = fs::metadata(&whole).map_or(0, |meta| meta.len());
        self.joined_bytes = self.joined.iter().map(|chunk| chunk.bytes).sum();
        while self.joined_bytes > length
            && let Some(lost) = self.joined.pop()
        {
            self.joined_bytes -= lost.bytes;
        }
        let lines: String = self.joined.iter().map(Chunk::line).collect();
        if lines.len() as u64 != text {
            let log = File::options().create(true).truncate(false).write(true).open(self.folder.join(LOG))?;
            log.set_len(lines.len() as u64)?;
            log.sync_all()?;
        }
        if length > self.joined_bytes {
            File::options().write(true).open(&whole)?.set_len(self.joined_bytes)?;
        }
        Ok(())
    }

    fn read_chunks(&mut self) -> io::Result<()> {
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Some((seq, chunk, stage)) = entry.file_name().to_str().and_then(Chunk::parse) else { continue };
            let length = entry.metadata()?.len();
            if stage == Stage::Whole && length == chunk.bytes && seq as usize >= self.joined.len() {
                self.waiting.insert(seq, chunk);
            } else if stage == Stage::Part && length <= chunk.bytes && seq as usize >= self.joined.len() {
                parts.push((seq, chunk, length, entry.path()));
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        for (seq, chunk, length, path) in parts {
            if self.waiting.contains_key(&seq) || self.partial.contains_key(&seq) {
                fs::remove_file(path)?;
            } else if length < chunk.bytes {
                self.partial.insert(seq, (chunk, length));
            } else if let Err(RecordingError::Io(error)) = self.complete_part(seq, chunk) {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// What is noted of the recording in a folder.
pub(super) fn read_about(folder: &Path) -> io::Result<Option<About>> {
    match fs::read(folder.join(ABOUT)) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes that note in one step.
pub(super) fn write_about(folder: &Path, about: &About) -> io::Result<()> {
    let fresh = folder.join("about.new");
    let mut file = File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(about).map_err(io::Error::other)?)?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(ABOUT))?;
    flush_folder(folder)
}

/// Whether a chunk of a closed recording is the one that somebody sends again; `None` where that is not known.
pub(super) fn was_joined(folder: &Path, piece: &ChunkPiece) -> Option<bool> {
    let mut joined = Vec::new();
    read_joined(folder, &mut joined).ok()?;
    let known = joined.get(piece.seq as usize)?;
    Some((known.bytes, known.sha256) == (piece.chunk_bytes, piece.sha256))
}

/// Reads the log up to its first line that is none; gives its length.
fn read_joined(folder: &Path, joined: &mut Vec<Chunk>) -> io::Result<u64> {
    let bytes = match fs::read(folder.join(LOG)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.split_inclusive('\n').map_while(|line| line.strip_suffix('\n').and_then(Chunk::of_line));
    joined.extend(lines);
    Ok(bytes.len() as u64)
}

fn sniff_file(path: &Path) -> io::Result<Option<VideoFormat>> {
    let mut head = Vec::new();
    File::open(path)?.take(VideoFormat::SNIFF_BYTES as u64).read_to_end(&mut head)?;
    Ok(VideoFormat::sniff(&head))
}

pub(super) fn flush_folder(folder: &Path) -> io::Result<()> {
    disk::flush(&mut Unflushed::from([folder.to_owned()]))
}

fn complete(chunk: Chunk) -> ChunkStored {
    ChunkStored { bytes: chunk.bytes, complete: true }
}
