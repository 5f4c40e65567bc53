//! Live pictures of a camera as MJPEG: each part of the answer replaces the one before.
//!
//! A viewer gets the newest frame when it can take one and never an older one. Pictures of cameras that do not compress
//! are compressed once for all viewers.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OnceCell, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use warp::Reply as _;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::bus::{Happening, LiveView};
use crate::codec;
use crate::domain::{Picture, RgbPicture, StreamId};
use crate::server::error::ApiError;
use crate::server::flow::{Site, off_thread};
use crate::server::limits::Place;
use crate::server::reply::{self, Reply};
use crate::server::session::{Owned, Principal, may_see};

/// Ten pictures a second at most.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// A viewer that takes nothing for so long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// A camera that gives nothing new is shown again after so long.
const SHOW_AGAIN: Duration = Duration::from_secs(10);
/// Pictures that are compressed here are made no wider than this, in pixels.
const MAX_WIDTH: u32 = 1280;
const QUALITY: u8 = 75;
const BOUNDARY: &str = "framekeep-picture";

pub fn live(site: &Arc<Site>, principal: &Principal, stream: &str) -> Result<Reply, ApiError> {
    // A tilde stands in no name, so it parts them. What is no name names nothing that is there.
    let (user, camera) = stream.split_once('~').ok_or(ApiError::NotFound)?;
    let (Ok(user), Ok(camera)) = (user.parse(), camera.parse()) else { return Err(ApiError::NotFound) };
    let stream = StreamId { user, camera };
    let there = site.parts.latest.summary(&stream).map(|summary| summary.stream);
    let stream = principal.own(there)?;
    let place = site.limits.stream(principal.id())?;
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(show(Arc::clone(site), principal.clone(), stream, sender, place));
    let parts = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut reply = warp::reply::stream(parts).into_response();
    reply::set(&mut reply, CONTENT_TYPE, &format!("multipart/x-mixed-replace; boundary={BOUNDARY}"));
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    Ok(reply)
}

/// Pictures that were compressed for viewers, the newest of each stream.
#[derive(Default)]
pub struct LivePictures(Mutex<HashMap<StreamId, Compressed>>);

struct Compressed {
    of: Weak<LiveView>,
    jpeg: Arc<OnceCell<Option<Bytes>>>,
}

impl LivePictures {
    /// The picture of a view as a browser reads it, and its media type. `None` when it cannot be compressed.
    async fn shown(&self, view: &Arc<LiveView>) -> Option<(&'static str, Bytes)> {
        if let Picture::Encoded { format, bytes, .. } = &view.frame.picture {
            return Some((format.media_type(), bytes.clone()));
        }
        let cell = self.cell(view);
        // Whoever comes first compresses; the others wait for it.
        let jpeg = cell.get_or_init(|| async {
            let view = Arc::clone(view);
            off_thread(move || compress(&view.frame.picture)).await.ok().flatten()
        });
        jpeg.await.clone().map(|jpeg| ("image/jpeg", jpeg))
    }

    fn cell(&self, view: &Arc<LiveView>) -> Arc<OnceCell<Option<Bytes>>> {
        // A map of whole values cannot be half changed, so a poisoned lock is as good as a whole one.
        let mut pictures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = pictures.get(&view.frame.stream)
            && Weak::as_ptr(&known.of) == Arc::as_ptr(view)
        {
            return Arc::clone(&known.jpeg);
        }
        // A weak pointer keeps the place of its view in memory, so that no other view can be taken for it.
        let fresh = Compressed { of: Arc::downgrade(view), jpeg: Arc::default() };
        let jpeg = Arc::clone(&fresh.jpeg);
        pictures.insert(view.frame.stream.clone(), fresh);
        jpeg
    }
}

/// Shows the newest picture again and again until the viewer, the camera or the right to see it is gone.
async fn show(
    site: Arc<Site>,
    principal: Principal,
    stream: Owned<StreamId>,
    sender: mpsc::Sender<Result<Bytes, Infallible>>,
    _place: Place,
) {
    let mut closing = site.closing.clone();
    let gone = sender.clone();
    tokio::select! {
        // An error means that the server is gone altogether.
        _ = closing.wait_for(|closing| *closing) => {}
        () = gone.closed() => {}
        () = no_longer_theirs(&site, &principal, &stream) => {}
        () = show_all(&site, &principal, &stream, &sender) => {}
    }
}

/// Waits until the device may not see the stream any more: it was revoked, or acts for somebody else.
async fn no_longer_theirs(site: &Site, principal: &Principal, stream: &StreamId) {
    let mut listener = site.parts.bus.listen();
    loop {
        let device = site.parts.access.device(principal.id());
        if !device.is_some_and(|device| may_see(&device, &stream.user)) {
            return;
        }
        loop {
            match listener.recv().await {
                Ok(happening) if !matches!(*happening, Happening::Devices) => {}
                // Devices changed, or this is among what was missed.
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            }
        }
    }
}

async fn show_all(
    site: &Site,
    principal: &Principal,
    stream: &StreamId,
    sender: &mpsc::Sender<Result<Bytes, Infallible>>,
) {
    let mut views = site.parts.latest.follow(stream);
    // The first picture is the one that is there, not the next.
    views.mark_changed();
    let mut first = true;
    loop {
        // Where nothing new comes the last picture is shown again: to a peer that is gone without a word it cannot be.
        if let Ok(Err(_)) = timeout(SHOW_AGAIN, views.changed()).await {
            return;
        }
        let next = Instant::now() + SHORTEST_INTERVAL;
        let view = views.borrow_and_update().clone();
        let device = site.parts.access.device(principal.id());
        if !device.is_some_and(|device| may_see(&device, &stream.user)) {
            return;
        }
        if let Some(view) = view
            && let Some((media_type, picture)) = site.live.shown(&view).await
        {
            for piece in part(media_type, picture, view.frame.captured_at.as_millis(), first) {
                if !matches!(timeout(SEND_WITHIN, sender.send(Ok(piece))).await, Ok(Ok(()))) {
                    return;
                }
            }
            first = false;
        }
        sleep_until(next).await;
    }
}

/// One picture and the border behind it: browsers show a part when they have read what ends it. In pieces, so that the
/// picture is not copied for each viewer.
fn part(media_type: &str, picture: Bytes, captured_at: i64, first: bool) -> [Bytes; 3] {
    let begin = if first { format!("--{BOUNDARY}\r\n") } else { String::new() };
    let length = picture.len();
    let head = format!(
        "{begin}Content-Type: {media_type}\r\nContent-Length: {length}\r\nX-Captured-At: {captured_at}\r\n\r\n"
    );
    [head.into(), picture, format!("\r\n--{BOUNDARY}\r\n").into()]
}

fn compress(picture: &Picture) -> Option<Bytes> {
    let pixels = codec::decode(picture).ok()?;
    let mut small = RgbPicture::default();
    codec::reduce(&pixels, MAX_WIDTH, &mut small);
    codec::encode_jpeg(&small, QUALITY).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Detection, Frame, Mask, PixelFormat, Timestamp};

    fn view(grey: u8) -> Arc<LiveView> {
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let bytes = Bytes::from(vec![grey; 64 * 48]);
        let picture = Picture::Raw { width: 64, height: 48, format: PixelFormat::Grey, bytes };
        Arc::new(LiveView {
            frame: Arc::new(Frame { stream, seq: 0, captured_at: Timestamp::default(), picture }),
            detection: Detection::default(),
            mask: Mask::default(),
            event: None,
            fps: 0.0,
            at: std::time::Instant::now(),
        })
    }

    #[tokio::test]
    async fn a_raw_picture_is_compressed_once_for_all_viewers() {
        let pictures = LivePictures::default();
        let (first, second) = (view(10), view(200));
        let (media_type, one) = pictures.shown(&first).await.unwrap();
        let (_, two) = pictures.shown(&first).await.unwrap();
        assert_eq!(media_type, "image/jpeg");
        assert_eq!(one.as_ptr(), two.as_ptr());
        let (_, other) = pictures.shown(&second).await.unwrap();
        assert_ne!(one, other);
    }

    #[test]
    fn a_part_ends_with_the_border_of_the_next() {
        let first = part("image/jpeg", Bytes::from_static(b"abc"), 5, true);
        let text = String::from_utf8(first.concat()).unwrap();
        assert!(text.starts_with("--framekeep-picture\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nabc\r\n--framekeep-picture\r\n"), "{text}");
    }
}
