//! Footage: what films are made of. Frames go to whoever records them, and there are the frames of the last seconds of every stream, and those of events that go on, for the clips that are made of them.
//!
//! One thread owns all of it, so that no worker waits for a disk or compresses a picture twice: what the workers hand in are
//! references. When the thread cannot follow, clips miss frames; frames that are kept are not touched by that.

mod reel;
mod spool;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use crate::bus::{Problem, ProblemKind, Problems};
use crate::codec;
use crate::config::SettingsStore;
use crate::domain::{ClipKind, ClipSettings, Event, Frame, Picture, PictureFormat, PixelFormat, RgbPicture, StreamId};
use crate::library::{ClipOrder, Library};
use crate::pipeline::Tap;
use crate::pipeline::stream::Lane;
use crate::pipeline::taps::Taps;
use crate::pipeline::worker::PIXELS_KEPT;
use reel::{Reel, Shot};
use spool::Spool;

/// Frames that wait for the thread: each may be a raw picture.
const MOST_WAITING: usize = 24;
/// Events that wait for it: they are small.
const MOST_EVENTS: usize = 1024;
/// From so many on raw pictures, which have to be compressed, are left out every other time.
const CROWDED: usize = 12;
/// Most bytes of frames in memory, of all streams together.
const MOST_RING_BYTES: usize = 256 << 20;
/// Most bytes of one spool: half an hour of a common webcam.
const MOST_SPOOL_BYTES: u64 = 4 << 30;
/// So much of the disk is left to the frames that are kept.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// How long after the end of an event frames may still come that belong to it, as a phone sends the large ones afterwards.
const GRACE: Duration = Duration::from_secs(2);
/// Events are noticed so late after they began, beside what their settings ask for.
const NOTICED_WITHIN: Duration = Duration::from_secs(2);
/// A stream of which nothing came for so long needs no memory.
const IDLE: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(250);
/// Quality of pictures that come without any compression.
const QUALITY: u8 = 85;

/// The frames of which lane of which stream.
type Key = (StreamId, Lane);

struct Incoming {
    key: Key,
    frame: Arc<Frame>,
    keep: Duration,
}

enum Message {
    Event { key: Key, event: Event, clip: ClipSettings },
    Stop,
}

/// Where workers hand in what clips are made of. Cloning shares it.
#[derive(Clone)]
pub(super) struct Footage {
    frames: Sender<Incoming>,
    messages: Sender<Message>,
    missed: Arc<AtomicU64>,
    closed: Arc<AtomicBool>,
    ended: Receiver<()>,
    taps: Taps,
}

impl Footage {
    /// Starts the thread.
    pub fn start(settings: &Arc<SettingsStore>, library: &Arc<Library>, problems: &Problems) -> std::io::Result<Self> {
        close_left_behind(library);
        let (frames, incoming) = bounded(MOST_WAITING);
        let (messages, inbox) = bounded(MOST_EVENTS);
        let (lives, ended) = bounded(0);
        let footage =
            Self { frames, messages, missed: Arc::default(), closed: Arc::default(), ended, taps: Taps::default() };
        let desk = Desk {
            library: Arc::clone(library),
            settings: Arc::clone(settings),
            problems: problems.clone(),
            missed: Arc::clone(&footage.missed),
            told: 0,
            reels: HashMap::new(),
            pixels: RgbPicture::default(),
            odd: false,
        };
        thread::Builder::new().name("footage".into()).spawn(move || {
            desk.run(&incoming, &inbox);
            drop(lives);
        })?;
        Ok(footage)
    }

    /// A frame of a stream, as it is shown: what is private in it is black. Never waits.
    pub fn frame(&self, stream: &StreamId, lane: Lane, frame: &Arc<Frame>, clip: &ClipSettings, shortest_secs: f32) {
        if lane == Lane::Live {
            self.taps.give(frame);
        }
        if !clip.on || self.closed.load(Ordering::Relaxed) {
            return;
        }
        let keep = seconds(clip.before_secs) + seconds(shortest_secs) + NOTICED_WITHIN;
        let incoming = Incoming { key: (stream.clone(), lane), frame: Arc::clone(frame), keep };
        if let Err(TrySendError::Full(_)) = self.frames.try_send(incoming) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All frames of a stream from now on.
    pub fn tap(&self, stream: &StreamId) -> Tap {
        self.taps.open(stream)
    }

    /// An event of a stream began, or ended when it has an end. Never waits. Frames and events may overtake each other: what
    /// came before an event is in memory, and what came with it is written for a while after its end.
    pub fn event(&self, lane: Lane, event: &Event, clip: &ClipSettings) {
        if clip.on || event.end.is_some() {
            let message = Message::Event { key: (event.stream.clone(), lane), event: event.clone(), clip: *clip };
            if self.messages.try_send(message).is_err() {
                tracing::error!(event = %event.id, "no clip is made of an event, as a thousand others wait");
            }
        }
    }

    /// Closes what is spooled, as it is. `false`: that took longer than the deadline.
    pub fn stop(&self, deadline: Duration) -> bool {
        self.closed.store(true, Ordering::Relaxed);
        let until = Instant::now() + deadline;
        if self.messages.send_deadline(Message::Stop, until).is_err() {
            // Stopped before, or stuck.
            return matches!(self.ended.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected));
        }
        matches!(self.ended.recv_deadline(until), Err(RecvTimeoutError::Disconnected))
    }
}

/// What the thread has before it.
struct Desk {
    library: Arc<Library>,
    settings: Arc<SettingsStore>,
    problems: Problems,
    missed: Arc<AtomicU64>,
    /// Of the frames that were missed, those that were told.
    told: u64,
    reels: HashMap<Key, Reel>,
    pixels: RgbPicture,
    odd: bool,
}

impl Desk {
    fn run(mut self, frames: &Receiver<Incoming>, inbox: &Receiver<Message>) {
        let mut next = Instant::now() + TICK;
        loop {
            crossbeam_channel::select! {
                recv(inbox) -> message => match message {
                    Ok(Message::Event { key, event, clip }) => self.event(key, &event, clip),
                    Ok(Message::Stop) | Err(_) => break,
                },
                recv(frames) -> incoming => if let Ok(incoming) = incoming {
                    self.frame(incoming, frames.len());
                },
                default(next.saturating_duration_since(Instant::now())) => {}
            }
            if Instant::now() >= next {
                next = Instant::now() + TICK;
                self.close_due(Instant::now());
                self.tell_missed();
            }
        }
        while let Ok(incoming) = frames.try_recv() {
            self.frame(incoming, 0);
        }
        for reel in self.reels.values_mut() {
            for spool in reel.spools.drain(..) {
                close(&self.library, spool);
            }
        }
    }

    fn frame(&mut self, Incoming { key, frame, keep }: Incoming, waiting: usize) {
        let is_jpeg = matches!(&frame.picture, Picture::Encoded { format: PictureFormat::Jpeg, .. });
        if !is_jpeg && waiting > CROWDED {
            self.odd = !self.odd;
            if self.odd {
                self.missed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
        let Some(shot) = shot(&frame, &mut self.pixels) else { return };
        let free = self.library.free_bytes();
        let reel = self.reels.entry(key).or_default();
        let mut failed = None;
        for spool in reel.spools.iter_mut().filter(|spool| spool.wants(shot.at)) {
            let room = free.is_none_or(|free| free > LEAST_FREE_BYTES) && spool.bytes() < MOST_SPOOL_BYTES;
            if let Err(error) = if room { spool.put(&shot) } else { Err(full()) } {
                spool.give_up();
                failed = Some((spool.order().clone(), error));
            }
        }
        reel.push(shot, keep);
        if let Some((order, error)) = failed {
            self.tell_cut(&order, &error);
        }
        self.bound();
    }

    fn event(&mut self, key: Key, event: &Event, clip: ClipSettings) {
        let reel = self.reels.entry(key).or_default();
        let Some(end) = event.end else {
            let from = event.start.minus(seconds(clip.before_secs));
            let order = ClipOrder::new(ClipKind::Event, event.id.0, &event.stream, from, None);
            let order = ClipOrder { draw: clip.draw, ..order };
            let size = reel.largest().unwrap_or((2, 2));
            let begun = self.library.order_clip(&order).and_then(|folder| Spool::begin(folder, order.clone(), size));
            let begun = begun.and_then(|mut spool| {
                for shot in reel.shots() {
                    if spool.wants(shot.at) {
                        spool.put(shot)?;
                    }
                }
                Ok(spool)
            });
            match begun {
                Ok(spool) => {
                    reel.spools.push(spool);
                    self.problems.settle(ProblemKind::Clips);
                }
                Err(error) => self.tell_cut(&order, &error),
            }
            return;
        };
        let after = seconds(clip.after_secs);
        for spool in reel.spools.iter_mut().filter(|spool| spool.order().number == event.id.0) {
            spool.end(end.plus(after), Instant::now() + after + GRACE);
        }
    }

    fn close_due(&mut self, now: Instant) {
        for reel in self.reels.values_mut() {
            for spool in reel.spools.extract_if(.., |spool| spool.is_due(now)) {
                close(&self.library, spool);
            }
        }
        self.reels.retain(|_, reel| !reel.spools.is_empty() || now.duration_since(reel.last) < IDLE);
    }

    /// Of the stream that holds the most the oldest frames go, until all fit.
    fn bound(&mut self) {
        let mut bytes: usize = self.reels.values().map(Reel::bytes).sum();
        while bytes > MOST_RING_BYTES {
            let largest = self.reels.values_mut().max_by_key(|reel| reel.bytes());
            let Some(gone) = largest.and_then(Reel::pop) else { return };
            bytes -= gone;
        }
    }

    fn tell_missed(&mut self) {
        let missed = self.missed.load(Ordering::Relaxed);
        if missed > self.told {
            tracing::warn!(frames = missed - self.told, "clips miss frames, because the computer is busy");
            self.told = missed;
        }
        // Settings are read here so that clips that are switched off give their memory back at once.
        let settings = self.settings.get();
        self.reels.retain(|(stream, _), reel| settings.of_stream(stream).clip.on || !reel.spools.is_empty());
    }

    fn tell_cut(&self, order: &ClipOrder, error: &std::io::Error) {
        tracing::warn!(user = %order.user, camera = %order.camera, event = order.number, %error, "a clip is cut short");
        self.problems.raise(Problem {
            kind: ProblemKind::Clips,
            since: SystemTime::now().into(),
            what: format!("Of an event of {}/{} not all can become a clip: {error}", order.user, order.camera),
            todo: "Make room on the disk of the save folder; frames are kept as before".to_owned(),
        });
    }
}

/// A spool is whole: from now on a clip can be made of it.
fn close(library: &Library, spool: Spool) {
    let (number, result) = (spool.order().number, spool.close());
    match result {
        Ok(()) => library.clips_changed(),
        // It is found at the next start.
        Err(error) => tracing::warn!(event = number, %error, "the frames of an event cannot be closed"),
    }
}

/// A frame as it lies in memory: compressed.
fn shot(frame: &Frame, pixels: &mut RgbPicture) -> Option<Shot> {
    let (at, size) = (frame.captured_at, (frame.picture.width(), frame.picture.height()));
    if let Picture::Encoded { format: PictureFormat::Jpeg, bytes, .. } = &frame.picture {
        return Some(Shot { at, size, jpeg: bytes.clone() });
    }
    // Larger than 4K and no JPEG is no frame of a film but a photograph: to compress it takes longer than the time between two.
    if PixelFormat::Rgb.byte_len(size.0, size.1) > PIXELS_KEPT {
        return None;
    }
    // The worker decoded it before.
    codec::decode_into(&frame.picture, pixels).ok()?;
    let jpeg = codec::encode_jpeg(pixels, QUALITY).ok()?.into();
    Some(Shot { at, size, jpeg })
}

fn full() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::StorageFull, "there is too little room")
}

fn seconds(secs: f32) -> Duration {
    Duration::try_from_secs_f32(secs.min(ClipSettings::MOST_SECS)).unwrap_or_default()
}

/// The order of an event whose program ended: its frames are all there will be.
fn close_left_behind(library: &Library) {
    for (folder, order) in library.clips_left_open() {
        let to = Some(spool::last_frame(&folder).unwrap_or(order.from));
        match folder.put_order(&ClipOrder { to, ..order }) {
            Ok(()) => library.clips_changed(),
            Err(error) => {
                tracing::warn!(folder = %folder.path().display(), %error, "frames of an event cannot be closed");
            }
        }
    }
}
