//! What is kept as one zip file, frames and films, made while it is sent: it needs no room on any disk, and little memory however
//! much it holds.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use warp::Reply as _;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{file_reply, saved};
use crate::domain::{RecordingState, Timestamp};
use crate::library::{FrameQuery, Library, LibraryError, MOST_PER_PAGE};
use crate::server::error::ApiError;
use crate::server::flow::{Site, now};
use crate::server::limits::Place;
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// Archives that are made at the same time: each holds a thread for as long as its reader takes.
pub const MAKING: usize = 8;
/// Pieces on their way to the reader.
const PIECES: usize = 4;
const PIECE_BYTES: usize = 64 * 1024;
/// Files from this size on are written in the zip format that has no bounds.
const LARGE_BYTES: u64 = 2 << 30;

pub fn download(site: &Arc<Site>, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let wanted = saved::frame_query(principal, query)?;
    let name = wanted.user.as_ref().map_or("frames", |user| user.as_str());
    let name = file_reply::disposition(&format!("framekeep {name} {}.zip", now().as_millis()), true);
    let place = site.limits.stream(principal.id())?;
    let making = Arc::clone(&site.archives).try_acquire_owned().map_err(|_| ApiError::TooMany)?;
    let (sender, mut receiver) = mpsc::channel(PIECES);
    let (site, principal) = (Arc::clone(site), principal.clone());
    tokio::task::spawn_blocking(move || make(&site, &principal, wanted, &sender, (place, making)));
    let pieces = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut reply = warp::reply::stream(pieces).into_response();
    reply::set(&mut reply, CONTENT_TYPE, "application/zip");
    reply::set(&mut reply, CONTENT_DISPOSITION, &name);
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    Ok(reply)
}

type Piece = Result<Bytes, io::Error>;

/// Makes the archive until its end, or until nobody reads it any more. One that broke off is no whole file to the reader
/// either: its answer ends with an error.
fn make(
    site: &Site,
    principal: &Principal,
    wanted: FrameQuery,
    sender: &mpsc::Sender<Piece>,
    _held: (Place, OwnedSemaphorePermit),
) {
    let mut archive = ZipWriter::new_stream(Pieces { sender: sender.clone(), piece: Vec::new() });
    let made = add_all(site, principal, wanted, &mut archive).and_then(|()| {
        archive.finish()?.into_inner().flush()?;
        Ok(())
    });
    if let Err(error) = made {
        tracing::debug!(%error, "an archive was not finished");
        // Nobody may be there to hear it.
        let _ = sender.blocking_send(Err(error));
    }
}

/// One file to be added: where it lies, and when it was taken.
struct Kept {
    path: PathBuf,
    at: Timestamp,
}

/// A page of files, and where the next one begins.
type Page = Result<(Vec<Kept>, Option<String>), LibraryError>;

fn add_all(
    site: &Site,
    principal: &Principal,
    mut wanted: FrameQuery,
    archive: &mut ZipWriter<StreamWriter<Pieces>>,
) -> io::Result<()> {
    // No recording belongs to an event.
    let lists: &[fn(&Library, &FrameQuery) -> Page] =
        if wanted.event.is_some() { &[frames, clips] } else { &[frames, clips, recordings] };
    wanted.limit = MOST_PER_PAGE;
    // A cursor is one of frames: whoever gives one wants frames.
    let lists = if wanted.cursor.is_some() { &lists[..1] } else { lists };
    for list in lists {
        loop {
            let device = site.parts.access.device(principal.id());
            if *site.closing.borrow() || device.is_none_or(|device| device.user != principal.device.user) {
                return Err(io::Error::other("whoever asked for it may no longer have it"));
            }
            let (files, next) = list(&site.parts.library, &wanted).map_err(io::Error::other)?;
            for file in &files {
                add(file, archive)?;
            }
            wanted.cursor = next;
            if wanted.cursor.is_none() {
                break;
            }
        }
    }
    Ok(())
}

fn frames(library: &Library, wanted: &FrameQuery) -> Page {
    let page = library.frames(wanted)?;
    let files = page.frames.iter().map(|frame| Kept { path: library.file(frame), at: frame.captured_at });
    Ok((files.collect(), page.next))
}

fn clips(library: &Library, wanted: &FrameQuery) -> Page {
    let (clips, next) = library.clips(wanted)?;
    let files = clips.iter().map(|clip| Kept { path: library.clip_file(clip), at: clip.started_at });
    Ok((files.collect(), next))
}

fn recordings(library: &Library, wanted: &FrameQuery) -> Page {
    let (recordings, next) = library.recordings(wanted)?;
    // One that goes on has no file yet.
    let closed = recordings.iter().filter(|recording| recording.state != RecordingState::Open);
    let files = closed.map(|recording| Kept { path: library.recording_file(recording), at: recording.started_at });
    Ok((files.collect(), next))
}

/// Adds one file under the name that it has in the save folder. One that was deleted meanwhile is left out.
fn add(Kept { path, at }: &Kept, archive: &mut ZipWriter<StreamWriter<Pieces>>) -> io::Result<()> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut parts: Vec<_> = path.iter().rev().take(3).map(|part| part.to_string_lossy()).collect();
    parts.reverse();
    let name = parts.join("/");
    let mut options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(file.metadata()?.len() >= LARGE_BYTES);
    if let Some(time) = dos_time(*at) {
        options = options.last_modified_time(time);
    }
    archive.start_file(name, options)?;
    io::copy(&mut file, archive)?;
    Ok(())
}

/// The time as zip files tell it: in whole even seconds, here of UTC, from 1980 on.
fn dos_time(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).ok();
    let (month, day, hour) = (small(at.month())?, small(at.day())?, small(at.hour())?);
    DateTime::from_date_and_time(
        u16::try_from(at.year()).ok()?,
        month,
        day,
        hour,
        small(at.minute())?,
        small(at.second())?,
    )
    .ok()
}

/// Gathers what is written into pieces and waits until the reader takes them.
struct Pieces {
    sender: mpsc::Sender<Piece>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece).into();
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
