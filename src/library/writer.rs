//! The threads that write frames.
//!
//! Several, because each waits for the disk most of the time and a disk flushes several files in little more time than one;
//! each takes what waits in handfuls, so that a folder and the index are flushed once for many frames.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};

use crate::bus::Happening;
use crate::codec;
use crate::domain::{Picture, PictureFormat, RgbPicture, SavedFrame};
use crate::library::disk::Unflushed;
use crate::library::home::Home;
use crate::library::place::{MAX_COPIES, Place};
use crate::library::spool::{Note, SpoolError};
use crate::library::state::Shared;
use crate::library::{SaveError, SaveRequest, disk, rebuild, thumbnail};

/// Threads that write.
const THREADS: usize = 4;
/// Frames that one thread takes at once.
const HANDFUL: usize = 8;
/// Quality of JPEGs made from raw pictures.
const RAW_QUALITY: u8 = 90;

/// A frame with the folder that it was meant for when it was handed in.
pub(super) struct Job {
    pub home: Arc<Home>,
    pub request: SaveRequest,
}

/// Starts the threads. They end when all senders of `jobs` are gone and everything is written; each drops its clone of
/// `ended` then.
pub(super) fn start(shared: &Arc<Shared>, jobs: &Receiver<Job>, ended: &Sender<()>) -> std::io::Result<()> {
    for number in 0..THREADS {
        let (shared, jobs, ended) = (Arc::clone(shared), jobs.clone(), ended.clone());
        thread::Builder::new().name(format!("library-writer-{number}")).spawn(move || {
            while let Ok(first) = jobs.recv() {
                let more = (jobs.len() / THREADS).min(HANDFUL - 1);
                let mut handful: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(more)).collect();
                while let Some(job) = handful.first() {
                    // After a change of the folder a handful may hold frames for two.
                    let home = Arc::clone(&job.home);
                    let same = handful.iter().take_while(|job| Arc::ptr_eq(&job.home, &home)).count();
                    keep(&shared, &home, handful.drain(..same).map(|job| job.request).collect());
                }
            }
            drop(ended);
        })?;
    }
    Ok(())
}

type Done = Box<dyn FnOnce(Result<SavedFrame, SaveError>) + Send>;

/// Keeps some frames and answers each, whatever happens.
fn keep(shared: &Shared, home: &Home, requests: Vec<SaveRequest>) {
    let (mut written, mut answers) = (Vec::new(), Vec::new());
    let mut unflushed = Unflushed::new();
    for request in requests {
        let (done, request) = split(request);
        // A panic in here would be a mistake of ours; it must cost neither the thread nor the answer.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let ready = Ready::new(home, &request)?;
            Ok(if home.is_well() { write(shared, home, ready, &mut unflushed) } else { Written::Not(ready) })
        }));
        match result.unwrap_or_else(|_| {
            Err(SaveError("the frame could not be prepared; this is a mistake in Framekeep".into()))
        }) {
            Ok(Written::Yes(ready, frame)) => written.push((done, ready, frame)),
            Ok(Written::Not(ready)) => answers.push((done, spool(shared, home, &ready))),
            Ok(Written::Refused(why)) => answers.push((done, Err(why))),
            Err(error) => answers.push((done, Err(error))),
        }
    }
    if let Err(error) = disk::flush(&mut unflushed) {
        // Without the flush the names may not outlive a power cut: the frames are kept a second time where they will.
        shared.fall_sick(home, &error);
        answers.extend(written.drain(..).map(|(done, ready, _)| (done, spool(shared, home, &ready))));
    }
    let frames: Vec<SavedFrame> = written.iter().map(|(_, _, frame)| frame.clone()).collect();
    add_to_index(shared, home, frames);
    answers.extend(written.into_iter().map(|(done, _, frame)| (done, Ok(frame))));
    for (done, answer) in answers {
        if catch_unwind(AssertUnwindSafe(|| done(answer))).is_err() {
            tracing::error!("whoever was told that a frame is kept panicked");
        }
    }
}

/// Adds frames to the index and tells everyone of those that are news.
pub(super) fn add_to_index(shared: &Shared, home: &Home, frames: Vec<SavedFrame>) {
    if frames.is_empty() {
        return;
    }
    match home.add(frames) {
        Ok(news) => {
            for frame in news {
                shared.bus.tell(Happening::FrameSaved(frame));
            }
        }
        Err(error) => shared.index_failed(home, &error),
    }
}

enum Written {
    Yes(Ready, SavedFrame),
    /// The folder takes nothing now.
    Not(Ready),
    /// The folder takes others, but not this frame under its name.
    Refused(SaveError),
}

fn write(shared: &Shared, home: &Home, ready: Ready, unflushed: &mut Unflushed) -> Written {
    match home.put(ready.place.clone(), &ready.bytes, unflushed) {
        Ok(place) => {
            let frame = ready.saved_as(&place);
            ready.put_thumbnail(home, &frame);
            Written::Yes(ready, frame)
        }
        // A folder that is being opened anew is cleaned up under those who still write there.
        Err(error) if !home.is_well() || home.is_at_fault(&error) => {
            shared.fall_sick(home, &error);
            Written::Not(ready)
        }
        Err(error) => Written::Refused(refusal(&ready.place, &error)),
    }
}

/// The words of a folder that is well and does not take this one frame.
fn refusal(place: &Place, error: &io::Error) -> SaveError {
    let name = place.relative();
    SaveError(if error.kind() == io::ErrorKind::AlreadyExists {
        format!(
            "the frame could not be kept: {MAX_COPIES} others are there for {name}; give frames numbers of their own"
        )
    } else {
        format!("the frame could not be kept as {name} ({error}); look what stands there and who may write there")
    })
}

fn spool(shared: &Shared, home: &Home, ready: &Ready) -> Result<SavedFrame, SaveError> {
    match shared.spool.put(ready.place.clone(), &ready.note, &ready.bytes) {
        Ok(place) => {
            shared.spooled();
            Ok(ready.saved_as(&place))
        }
        Err(SpoolError::Io(_, error)) if !shared.spool.is_at_fault(&error) => Err(refusal(&ready.place, &error)),
        Err(error) => Err(shared.spool_failed(home, &error)),
    }
}

/// Moves what waits in the spool into the folder. `false`: the folder did not take it, or not all.
pub(super) fn merge(shared: &Shared, home: &Home) -> bool {
    let moved = shared.spool.waiting().and_then(|waiting| {
        let all = waiting.chunks(HANDFUL).all(|some| merge_some(shared, home, some));
        if !waiting.is_empty() {
            home.index().add_missing_events()?;
        }
        shared.spool.tidy()?;
        Ok(all)
    });
    moved.unwrap_or_else(|error| {
        tracing::warn!(%error, "the frames in the spool cannot all be moved");
        false
    })
}

fn merge_some(shared: &Shared, home: &Home, some: &[(Place, u64)]) -> bool {
    let (mut moved, mut unflushed) = (Vec::new(), Unflushed::new());
    for (place, _) in some {
        let Some(ready) = out_of_spool(shared, home, place) else { continue };
        match write(shared, home, ready, &mut unflushed) {
            Written::Yes(_, frame) => moved.push((place, frame)),
            Written::Not(_) => break,
            Written::Refused(why) => set_aside(shared, place, &why),
        }
    }
    if let Err(error) = disk::flush(&mut unflushed) {
        shared.fall_sick(home, &error);
    }
    if !home.is_well() {
        return false;
    }
    add_to_index(shared, home, moved.iter().map(|(_, frame)| frame.clone()).collect());
    for (place, _) in moved {
        if let Err(error) = shared.spool.remove(place) {
            tracing::warn!(%error, file = %place.relative(), "a frame was moved out of the spool and cannot be removed there");
        }
    }
    true
}

fn out_of_spool(shared: &Shared, home: &Home, place: &Place) -> Option<Ready> {
    let (bytes, note) = match shared.spool.get(place) {
        Ok(there) => there,
        Err(error) => {
            tracing::warn!(%error, file = %place.relative(), "a frame in the spool cannot be read");
            return None;
        }
    };
    let Some(note) = note.or_else(|| note_of(&bytes)) else {
        set_aside(shared, place, &"it is no picture");
        return None;
    };
    let target = Place { user: home.folder_of(&place.user), copy: 1, ..place.clone() };
    Some(Ready { place: target, bytes: bytes.into(), note, preview: None })
}

/// One file that cannot be moved into the folder must not hold up those behind it.
fn set_aside(shared: &Shared, place: &Place, why: &impl std::fmt::Display) {
    match shared.spool.set_aside(place) {
        Ok(aside) => {
            tracing::error!(%why, file = %aside.display(), "a frame that waited cannot be kept and is set aside");
        }
        Err(error) => {
            tracing::error!(%why, %error, file = %place.relative(), "a frame that waited cannot be set aside");
        }
    }
}

/// Of a frame whose note is lost the picture itself tells the size.
fn note_of(bytes: &[u8]) -> Option<Note> {
    let (_, width, height) = codec::probe(bytes).ok()?;
    Some(Note { width, height, score: 0.0, event: None, peak: false })
}

/// A frame in the form in which it is stored.
struct Ready {
    place: Place,
    bytes: Bytes,
    note: Note,
    preview: Option<Arc<RgbPicture>>,
}

impl Ready {
    fn new(home: &Home, request: &Unanswered) -> Result<Self, SaveError> {
        let (format, bytes) = stored(&request.0.picture)?;
        let place = Place::of(&request.0, home.folder_of(&request.0.stream.user), format);
        let note = Note { width: request.0.picture.width(), height: request.0.picture.height(), ..request.2 };
        Ok(Self { place, bytes, note, preview: Some(Arc::clone(&request.1)) })
    }

    fn saved_as(&self, place: &Place) -> SavedFrame {
        let frame = rebuild::frame_at(place, (self.note.width, self.note.height), self.bytes.len() as u64);
        SavedFrame { score: self.note.score, event: self.note.event, peak: self.note.peak, ..frame }
    }

    /// A frame is kept without a thumbnail too: it is made again when somebody asks for it.
    fn put_thumbnail(&self, home: &Home, frame: &SavedFrame) {
        let made = match &self.preview {
            Some(preview) => thumbnail::make(preview, &self.bytes),
            None => thumbnail::from_file(frame, self.bytes.clone()).ok(),
        };
        if let Some(jpeg) = made
            && let Err(error) = home.put_thumbnail(frame.id, &jpeg)
        {
            tracing::debug!(%error, frame = %frame.id, "a thumbnail cannot be written");
        }
    }
}

/// A request without the part that can be used only once: frame, preview and note.
struct Unanswered(Arc<crate::domain::Frame>, Arc<RgbPicture>, Note);

fn split(request: SaveRequest) -> (Done, Unanswered) {
    let SaveRequest { frame, preview, score, event, peak, done } = request;
    (done, Unanswered(frame, preview, Note { width: 0, height: 0, score, event, peak }))
}

/// The bytes that go to disk: compressed pictures as they came, raw ones as JPEG.
fn stored(picture: &Picture) -> Result<(PictureFormat, Bytes), SaveError> {
    match picture {
        Picture::Encoded { format, bytes, .. } => Ok((*format, bytes.clone())),
        Picture::Raw { .. } => {
            let pixels = codec::decode(picture).map_err(|error| SaveError(error.to_string()))?;
            let jpeg = codec::encode_jpeg(&pixels, RAW_QUALITY).map_err(|error| SaveError(error.to_string()))?;
            Ok((PictureFormat::Jpeg, jpeg.into()))
        }
    }
}
