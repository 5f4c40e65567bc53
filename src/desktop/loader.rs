//! Reads kept frames for the window on a thread of its own: lists, thumbnails, pictures.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::ColorImage;

use crate::codec;
use crate::desktop::ledger::{HOUR, LedgerLook};
use crate::desktop::pixels::{self, LARGEST_SIDE};
use crate::domain::{FrameId, LedgerExtract, Picture, PictureFormat, RgbPicture, SavedFrame, StreamId, Timestamp};
use crate::library::{FramePage, FrameQuery, LedgerQuery, Library};

/// Frames of one page.
const PAGE: usize = 200;
/// Most orders that wait; the window asks again for what it still needs.
const ORDERS: usize = 64;
/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 320;

/// What the window reads of the library. Reads only: changes are asked of control.
pub trait Shelf: Send + Sync + 'static {
    /// A page of the list, newest first, from where the page before ended.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn page(&self, cursor: Option<String>, limit: usize) -> Result<FramePage, String>;
    /// A small JPEG of a frame.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn thumbnail(&self, frame: &SavedFrame) -> Result<Vec<u8>, String>;
    /// The ledger of a stream.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn ledger(&self, query: &LedgerQuery) -> Result<LedgerExtract, String>;
    /// Where the file of a frame lies.
    fn path(&self, frame: &SavedFrame) -> PathBuf;
    /// Where the film of a frame's event lies, once there is one.
    fn film(&self, _frame: &SavedFrame) -> Option<PathBuf> {
        None
    }
}

impl Shelf for Library {
    fn page(&self, cursor: Option<String>, limit: usize) -> Result<FramePage, String> {
        self.frames(&FrameQuery { cursor, limit, ..FrameQuery::default() }).map_err(|error| error.to_string())
    }

    fn thumbnail(&self, frame: &SavedFrame) -> Result<Vec<u8>, String> {
        Library::thumbnail(self, frame).map_err(|error| error.to_string())
    }

    fn ledger(&self, query: &LedgerQuery) -> Result<LedgerExtract, String> {
        Library::ledger(self, query).map_err(|error| error.to_string())
    }

    fn path(&self, frame: &SavedFrame) -> PathBuf {
        self.file(frame)
    }

    fn film(&self, frame: &SavedFrame) -> Option<PathBuf> {
        let clips = self.clips_of(frame.event?).ok()?;
        clips.first().map(|clip| self.clip_file(clip))
    }
}

/// What the window wants to have read.
enum Order {
    Page(Option<String>),
    Thumbnail(SavedFrame),
    Picture(SavedFrame),
    Ledger(StreamId, Timestamp, Timestamp),
}

/// What was read.
pub enum Delivery {
    /// A page of the list, or why there is none; `first` when it takes the place of all.
    Page {
        /// Whether it is the first page.
        first: bool,
        /// The page.
        page: Result<FramePage, String>,
    },
    /// A thumbnail; `None` when it cannot be had.
    Thumbnail(FrameId, Option<ColorImage>),
    /// A picture in full, and where its file and the film of its event lie.
    Picture(FrameId, (PathBuf, Option<PathBuf>), Result<ColorImage, String>),
    /// What the ledger says of a stream.
    Ledger(Box<LedgerLook>),
}

/// Reads kept frames.
pub struct Loader {
    orders: Sender<Order>,
    deliveries: Receiver<Delivery>,
    thread: JoinHandle<()>,
}

impl Loader {
    /// Starts the thread. `wake` is called after each delivery.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(shelf: Arc<dyn Shelf>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (orders, ordered) = bounded::<Order>(ORDERS);
        let (deliver, deliveries) = bounded(ORDERS);
        let thread = std::thread::Builder::new().name("window-load".to_owned()).spawn(move || {
            for order in ordered {
                let Some(delivery) = carry_out(&*shelf, order) else { continue };
                if deliver.send(delivery).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { orders, deliveries, thread })
    }

    /// Asks for a page; the first one without a cursor. `false`: too much waits, ask again.
    #[must_use]
    pub fn page(&self, cursor: Option<String>) -> bool {
        self.order(Order::Page(cursor))
    }

    /// Asks for a thumbnail. `false`: too much waits, ask again.
    #[must_use]
    pub fn thumbnail(&self, frame: SavedFrame) -> bool {
        self.order(Order::Thumbnail(frame))
    }

    /// Asks for a picture in full. `false`: too much waits, ask again.
    #[must_use]
    pub fn picture(&self, frame: SavedFrame) -> bool {
        self.order(Order::Picture(frame))
    }

    /// Asks for the ledger of a stream: its last hour, and its sums since midnight. `false`: too much waits, ask again.
    #[must_use]
    pub fn ledger(&self, stream: StreamId, midnight: Timestamp, now: Timestamp) -> bool {
        self.order(Order::Ledger(stream, midnight, now))
    }

    /// What was read since the last call, in order; at most as much as uploads within one pass.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery> + '_ {
        self.deliveries.try_iter().take(16)
    }

    /// Ends the thread. A disk that does not answer must not keep the window from closing, so after `deadline` the thread is
    /// left behind; it only reads.
    pub fn stop(self, deadline: Duration) {
        drop((self.orders, self.deliveries));
        let end = Instant::now() + deadline;
        while !self.thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !self.thread.is_finished() {
            tracing::warn!("the thread that reads kept frames is left behind: the disk does not answer");
        }
    }

    fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }
}

/// What came of an order; nothing when that is not told.
fn carry_out(shelf: &dyn Shelf, order: Order) -> Option<Delivery> {
    Some(match order {
        Order::Page(cursor) => Delivery::Page { first: cursor.is_none(), page: shelf.page(cursor, PAGE) },
        Order::Thumbnail(frame) => {
            let image = shelf.thumbnail(&frame).and_then(|bytes| decode(bytes, PictureFormat::Jpeg, THUMBNAIL_SIDE));
            if let Err(why) = &image {
                tracing::debug!(frame = %frame.id, why, "no thumbnail");
            }
            Delivery::Thumbnail(frame.id, image.ok())
        }
        Order::Picture(frame) => {
            let path = shelf.path(&frame);
            let image = std::fs::read(&path)
                .map_err(|error| format!("The file {} cannot be read: {error}.", path.display()))
                .and_then(|bytes| decode(bytes, frame.format, LARGEST_SIDE));
            Delivery::Picture(frame.id, (path, shelf.film(&frame)), image)
        }
        Order::Ledger(stream, midnight, now) => Delivery::Ledger(Box::new(look_up(shelf, stream, midnight, now)?)),
    })
}

fn look_up(shelf: &dyn Shelf, stream: StreamId, midnight: Timestamp, now: Timestamp) -> Option<LedgerLook> {
    let read = |from| shelf.ledger(&LedgerQuery { stream: stream.clone(), from, to: now });
    match (read(now.minus(HOUR)), read(midnight)) {
        (Ok(hour), Ok(today)) => Some(LedgerLook { stream, at: now, hour, today: today.sums }),
        (Err(why), _) | (_, Err(why)) => {
            // What was read before stays; that the index cannot be read is told as a problem.
            tracing::debug!(why, "no ledger");
            None
        }
    }
}

fn decode(bytes: Vec<u8>, format: PictureFormat, largest_side: u32) -> Result<ColorImage, String> {
    let orientation = codec::orientation(&bytes);
    let picture = Picture::Encoded { width: 0, height: 0, format, bytes: bytes.into() };
    let pixels = codec::decode(&picture).map_err(|error| format!("The picture cannot be shown: {error}."))?;
    let mut image = ColorImage::default();
    pixels::fit_into(&pixels, largest_side, &mut RgbPicture::default(), &mut image);
    Ok(pixels::turned(image, orientation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_was_taken_on_its_side_is_shown_upright() {
        let lying = RgbPicture { width: 32, height: 16, data: vec![90; 32 * 16 * 3] };
        let shape = |orientation| {
            let jpeg = codec::encode_jpeg_turned(&lying, 90, orientation).unwrap();
            decode(jpeg, PictureFormat::Jpeg, LARGEST_SIDE).unwrap().size
        };
        assert_eq!((shape(1), shape(3), shape(6), shape(8)), ([32, 16], [32, 16], [16, 32], [16, 32]));
    }
}
