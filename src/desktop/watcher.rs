//! Follows the stream that is shown large and turns its newest frame into pixels, on a thread of its own.
//!
//! Only the newest frame counts: what comes while the window is busy or hidden is skipped, and while nobody takes
//! pictures none is decoded. It knows textures' pixels but no texture: [`crate::desktop::App`] uploads them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use eframe::egui::{Color32, ColorImage};
use tokio::sync::{mpsc, watch};

use crate::bus::{Latest, LiveView};
use crate::codec;
use crate::desktop::pixels::{self, LARGEST_SIDE};
use crate::desktop::theme::ON_PICTURE;
use crate::domain::{Detection, Mask, RgbPicture, StreamId};

/// How often it looks whether a stream that is gone is back.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// How much of a moving pixel the mask covers, of 255. The picture stays recognisable below it.
const MASK_ALPHA: u8 = 0x78;
/// The same of a shadow.
const SHADOW_ALPHA: u8 = 0x30;

/// One picture, ready to be uploaded.
pub struct Seen {
    /// Whose.
    pub stream: StreamId,
    /// Its pixels; smaller than the frame when that is very large.
    pub picture: Arc<ColorImage>,
    /// The mask as a translucent picture of the same shape, when it is asked for.
    pub mask: Option<Arc<ColorImage>>,
    /// Width of the frame as it came.
    pub width: u32,
    /// Height of the frame as it came.
    pub height: u32,
    /// What the detector says of it.
    pub detection: Detection,
    /// Frames a second lately.
    pub fps: f32,
}

/// Follows one stream.
pub struct Watcher {
    choice: Option<watch::Sender<Option<StreamId>>>,
    mask: Arc<AtomicBool>,
    seen: mpsc::Receiver<Seen>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts the thread. `wake` is called after each picture.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(latest: Latest, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (choice, chosen) = watch::channel(None);
        let (sender, seen) = mpsc::channel(1);
        let mask = Arc::new(AtomicBool::new(true));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let mut eye = Eye {
            latest,
            sender,
            mask: Arc::clone(&mask),
            pixels: Pool::default(),
            masks: Pool::default(),
            smaller: RgbPicture::default(),
        };
        let thread = std::thread::Builder::new()
            .name("window-decode".to_owned())
            .spawn(move || runtime.block_on(eye.follow(chosen, &wake)))?;
        Ok(Self { choice: Some(choice), mask, seen, thread: Some(thread) })
    }

    /// Which stream to follow from now on.
    pub fn watch(&self, stream: Option<&StreamId>) {
        if let Some(choice) = &self.choice {
            choice.send_if_modified(|chosen| {
                let news = chosen.as_ref() != stream;
                *chosen = stream.cloned();
                news
            });
        }
    }

    /// Whether masks are to be drawn too.
    pub fn want_mask(&self, wanted: bool) {
        self.mask.store(wanted, Ordering::Relaxed);
    }

    /// The newest picture since the last call.
    pub fn take(&mut self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.choice = None;
        self.seen.close();
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported when it happened; the window closes all the same.
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Eye {
    latest: Latest,
    sender: mpsc::Sender<Seen>,
    mask: Arc<AtomicBool>,
    pixels: Pool,
    masks: Pool,
    /// Memory for pictures that are larger than a texture.
    smaller: RgbPicture,
}

/// Why following a stream ended.
enum End {
    /// Another stream was chosen, or this one is gone.
    Other,
    /// The window is closing.
    Closed,
}

impl Eye {
    async fn follow(&mut self, mut chosen: watch::Receiver<Option<StreamId>>, wake: &(impl Fn() + Send)) {
        let sender = self.sender.clone();
        let mut decoded = RgbPicture::default();
        loop {
            let stream = chosen.borrow_and_update().clone();
            // Following a stream that is not there would put it into the list of all, so it is waited for.
            let there = stream.filter(|stream| self.latest.summary(stream).is_some());
            let end = match there {
                Some(stream) => self.follow_one(&stream, &mut chosen, &sender, &mut decoded, wake).await,
                None => match tokio::time::timeout(LOOK_AGAIN, chosen.changed()).await {
                    Ok(Err(_)) => End::Closed,
                    Ok(Ok(())) | Err(_) => End::Other,
                },
            };
            if matches!(end, End::Closed) {
                return;
            }
        }
    }

    async fn follow_one(
        &mut self,
        stream: &StreamId,
        chosen: &mut watch::Receiver<Option<StreamId>>,
        sender: &mpsc::Sender<Seen>,
        decoded: &mut RgbPicture,
        wake: &(impl Fn() + Send),
    ) -> End {
        let mut views = self.latest.follow(stream);
        views.mark_changed();
        loop {
            // Room first, then the newest picture: so none is decoded that is old by the time it is taken.
            let permit = tokio::select! {
                biased;
                changed = chosen.changed() => return end(changed.is_err()),
                permit = sender.reserve() => permit,
            };
            let Ok(permit) = permit else { return End::Closed };
            tokio::select! {
                biased;
                changed = chosen.changed() => return end(changed.is_err()),
                changed = views.changed() => if changed.is_err() { return End::Other },
            }
            let view = views.borrow_and_update().clone();
            // A picture that cannot be decoded is counted and told by the pipeline; the one before it stays.
            if let Some(seen) = view.and_then(|view| self.see(stream, &view, decoded)) {
                permit.send(seen);
                wake();
            }
        }
    }

    fn see(&mut self, stream: &StreamId, view: &LiveView, decoded: &mut RgbPicture) -> Option<Seen> {
        codec::decode_into(&view.frame.picture, decoded).ok()?;
        let (width, height) = (decoded.width, decoded.height);
        let picture = self.pixels.fill(|image| pixels::fit_into(decoded, LARGEST_SIDE, &mut self.smaller, image));
        let wanted = self.mask.load(Ordering::Relaxed) && !view.mask.data.is_empty();
        let mask = wanted.then(|| self.masks.fill(|image| paint_mask(&view.mask, image)));
        let LiveView { detection, fps, .. } = view;
        Some(Seen { stream: stream.clone(), picture, mask, width, height, detection: detection.clone(), fps: *fps })
    }
}

fn end(closed: bool) -> End {
    if closed { End::Closed } else { End::Other }
}

/// Pictures whose memory is used again once the graphics card has them.
#[derive(Default)]
struct Pool(Vec<Arc<ColorImage>>);

impl Pool {
    /// One waits to be taken, one is being uploaded, one is being filled.
    const SIZE: usize = 4;

    fn fill(&mut self, fill: impl FnOnce(&mut ColorImage)) -> Arc<ColorImage> {
        let free = self.0.iter_mut().position(|image| Arc::get_mut(image).is_some());
        let mut image = free.map_or_else(Arc::default, |at| self.0.swap_remove(at));
        // Nobody else holds an image that was just made or found free.
        if let Some(image) = Arc::get_mut(&mut image) {
            fill(image);
        }
        if self.0.len() < Self::SIZE {
            self.0.push(Arc::clone(&image));
        }
        image
    }
}

fn paint_mask(mask: &Mask, image: &mut ColorImage) {
    let moving = ON_PICTURE.gamma_multiply_u8(MASK_ALPHA);
    let shadow = ON_PICTURE.gamma_multiply_u8(SHADOW_ALPHA);
    pixels::resize(image, mask.width, mask.height);
    for (pixel, value) in image.pixels.iter_mut().zip(&mask.data) {
        *pixel = match *value {
            Mask::MOVING => moving,
            Mask::SHADOW => shadow,
            _ => Color32::TRANSPARENT,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;

    use super::*;
    use crate::bus::Bus;
    use crate::domain::{Frame, Picture, PixelFormat, Timestamp};

    fn stream(camera: &str) -> StreamId {
        StreamId { user: "anna".parse().unwrap(), camera: camera.parse().unwrap() }
    }

    fn view(camera: &str, grey: u8) -> LiveView {
        let bytes = Bytes::from(vec![grey; 16]);
        let picture = Picture::Raw { width: 4, height: 4, format: PixelFormat::Grey, bytes };
        let frame = Frame { stream: stream(camera), seq: 0, captured_at: Timestamp::from_millis(1), picture };
        let mask = Mask { width: 2, height: 1, data: vec![Mask::MOVING, Mask::STILL] };
        let at = Instant::now();
        LiveView { frame: Arc::new(frame), detection: Detection::default(), mask, event: None, fps: 5.0, at }
    }

    fn next(watcher: &mut Watcher) -> Seen {
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if let Some(seen) = watcher.take() {
                return seen;
            }
            std::thread::yield_now();
        }
        panic!("no picture came");
    }

    #[test]
    fn the_picture_that_is_there_already_and_every_newer_one_is_shown() {
        let latest = Latest::new(Bus::default());
        latest.appears(&stream("phone"));
        latest.show(view("phone", 10));
        let mut watcher = Watcher::start(latest.clone(), || ()).unwrap();
        watcher.watch(Some(&stream("phone")));
        let seen = next(&mut watcher);
        assert_eq!((seen.width, seen.height, seen.picture.pixels[0]), (4, 4, Color32::from_gray(10)));
        let mask = seen.mask.unwrap();
        assert_eq!((mask.pixels[0].a() > 0, mask.pixels[1]), (true, Color32::TRANSPARENT));
        latest.show(view("phone", 20));
        assert_eq!(next(&mut watcher).picture.pixels[0], Color32::from_gray(20));
    }

    #[test]
    fn another_choice_shows_another_stream_and_a_stream_that_comes_later_is_waited_for() {
        let latest = Latest::new(Bus::default());
        let mut watcher = Watcher::start(latest.clone(), || ()).unwrap();
        watcher.watch(Some(&stream("later")));
        assert!(latest.summary(&stream("later")).is_none(), "looking must not make a camera");
        latest.appears(&stream("later"));
        latest.show(view("later", 30));
        assert_eq!(next(&mut watcher).stream, stream("later"));
        latest.appears(&stream("other"));
        latest.show(view("other", 40));
        watcher.watch(Some(&stream("other")));
        let mut seen = next(&mut watcher);
        while seen.stream != stream("other") {
            seen = next(&mut watcher);
        }
        assert_eq!(seen.picture.pixels[0], Color32::from_gray(40));
    }

    #[test]
    fn it_ends_while_a_picture_waits_to_be_taken() {
        let latest = Latest::new(Bus::default());
        latest.appears(&stream("phone"));
        latest.show(view("phone", 10));
        let watcher = Watcher::start(latest.clone(), || ()).unwrap();
        watcher.watch(Some(&stream("phone")));
        latest.show(view("phone", 20));
        drop(watcher);
    }
}
