//! The frames of one event on disk, while it goes on and until a clip is made of them.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::time::Instant;

use super::reel::Shot;
use crate::codec::{self, MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::Timestamp;
use crate::library::{ClipFolder, ClipOrder};

/// An event whose frames are being written.
pub(super) struct Spool {
    folder: ClipFolder,
    order: ClipOrder,
    file: File,
    writer: MatroskaWriter,
    bytes: u64,
    last: Timestamp,
    /// When it is closed, once the event is over.
    due: Option<Instant>,
    given_up: bool,
}

impl Spool {
    /// Begins the file. It is readable however the program ends.
    pub fn begin(folder: ClipFolder, order: ClipOrder, (width, height): (u32, u32)) -> io::Result<Self> {
        let mut file = File::create(folder.frames())?;
        let track = VideoTrack { codec: TrackCodec::Jpeg, width, height, began_at: order.from.as_millis() };
        let begin = MatroskaWriter::begin(&track);
        file.write_all(&begin)?;
        let (bytes, last) = (begin.len() as u64, order.from);
        Ok(Self { folder, order, file, writer: MatroskaWriter::default(), bytes, last, due: None, given_up: false })
    }

    /// Whether a frame of this time belongs to it.
    pub fn wants(&self, at: Timestamp) -> bool {
        !self.given_up && at >= self.order.from && self.order.to.is_none_or(|to| at <= to)
    }

    pub fn put(&mut self, shot: &Shot) -> io::Result<()> {
        let at = shot.at.as_millis() - self.order.from.as_millis();
        let head = self.writer.block(at, shot.jpeg.len());
        self.file.write_all(&head)?;
        self.file.write_all(&shot.jpeg)?;
        self.bytes += (head.len() + shot.jpeg.len()) as u64;
        self.last = self.last.max(shot.at);
        Ok(())
    }

    /// The event is over: nothing from after `to` is shown, and what has not come until `due` does not come any more.
    pub fn end(&mut self, to: Timestamp, due: Instant) {
        self.order.to = Some(to);
        self.due = Some(due);
    }

    /// No more is written: the clip ends here.
    pub fn give_up(&mut self) {
        self.given_up = true;
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    pub fn order(&self) -> &ClipOrder {
        &self.order
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All is written.
    pub fn close(self) -> io::Result<()> {
        self.file.sync_data()?;
        let to = self.order.to.or(Some(self.last));
        self.folder.put_order(&ClipOrder { to, ..self.order })
    }
}

/// Capture time of the last frame of a spool that nobody closed.
pub(super) fn last_frame(folder: &ClipFolder) -> Option<Timestamp> {
    let (began_at, blocks) = codec::blocks(&mut BufReader::new(File::open(folder.frames()).ok()?)).ok()?;
    blocks.iter().map(|block| block.at).max().map(|at| Timestamp::from_millis(began_at + at))
}
