//! Reads what a client sends, and never more than allowed.
//!
//! warp's own body filters know no limit, or refuse bodies without a length; these chunks are counted as they come. How
//! slowly they may come is the listener's business.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_LENGTH;

use crate::server::error::ApiError;
use crate::server::limits::{Room, Taken};

/// So much of a stranger's body is read and thrown away before a refusal. Clients that are still sending do not look for an
/// answer, or take it for a broken stream (curl 7.88 over HTTP/2), and a phone that is asked to wait can use its connection
/// again.
const DRAIN_BYTES: usize = 1 << 20;
/// A body over the limit comes in whole in this time over a poor Wi-Fi.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// Whoever sends nothing for so long waits for the answer.
const DRAIN_PAUSE: Duration = Duration::from_millis(500);

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// A body that has not been read yet.
pub struct Body {
    chunks: Chunks,
    announced: Option<usize>,
    room: Room,
    drain_bytes: usize,
    ended: bool,
}

/// A body in memory. Its room is given back when it is dropped.
pub struct Loaded {
    /// The bytes.
    pub bytes: Bytes,
    room: Option<Taken>,
}

impl Loaded {
    /// Takes room for a copy of `bytes` bytes as well.
    ///
    /// # Errors
    /// As [`Room::take`].
    pub fn and_a_copy_of(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.room.as_mut().map_or(Ok(()), |room| room.grow_to(self.bytes.len() + bytes))
    }
}

impl Body {
    /// Of the chunks that a request gives.
    pub fn new<B: Buf>(
        chunks: impl Stream<Item = Result<B, warp::Error>> + Send + Sync + 'static,
        headers: &HeaderMap,
        room: Room,
    ) -> Self {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let chunks = chunks.map(|chunk| chunk.map(|mut chunk| chunk.copy_to_bytes(chunk.remaining())));
        Self { chunks: Box::pin(chunks), announced, room, drain_bytes: DRAIN_BYTES, ended: false }
    }

    /// It was sent by a device for a route that reads so many bytes: it finds room in the device's share, and before a
    /// refusal also a body that is somewhat too large is read to its end.
    pub fn sent_by_device(&mut self, room: Room, max_bytes: usize) {
        self.room = room;
        self.drain_bytes = DRAIN_BYTES.max(2 * max_bytes);
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::BrokenOff`], [`ApiError::TooMany`] or [`ApiError::Crowded`].
    pub async fn read(&mut self, max_bytes: usize) -> Result<Loaded, ApiError> {
        if self.announced.is_some_and(|length| length > max_bytes) {
            return Err(ApiError::TooLarge(max_bytes));
        }
        let mut bytes = BytesMut::new();
        let mut room: Option<Taken> = None;
        while let Some(chunk) = self.next().await? {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(ApiError::TooLarge(max_bytes));
            }
            if let Some(room) = &mut room {
                room.grow_to(bytes.len() + chunk.len())?;
            } else {
                // What a client announces is believed only after it has sent something. It saves the copying, and room for
                // it is taken before it is given.
                let length = self.announced.unwrap_or(0).max(chunk.len());
                room = Some(self.room.take(length)?);
                bytes.reserve(length);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Loaded { bytes: bytes.freeze(), room })
    }

    /// Reads it as JSON.
    ///
    /// # Errors
    /// As [`Self::read`], and [`ApiError::BadBody`] when it is none.
    pub async fn json<T: DeserializeOwned>(&mut self, max_bytes: usize) -> Result<T, ApiError> {
        let loaded = self.read(max_bytes).await?;
        serde_json::from_slice(&loaded.bytes).map_err(|error| ApiError::BadBody(error.to_string()))
    }

    /// Throws away what is left of it, for a while.
    pub async fn drain(&mut self) {
        if self.announced.is_some_and(|length| length > self.drain_bytes) {
            return;
        }
        let mut left = self.drain_bytes;
        // Out of time or in a pause: the answer goes out in the middle of the body, and the listener closes the connection.
        let _ = timeout(DRAIN_WITHIN, async {
            while let Ok(Ok(Some(chunk))) = timeout(DRAIN_PAUSE, self.next()).await {
                let Some(rest) = left.checked_sub(chunk.len()) else { return };
                left = rest;
            }
        })
        .await;
    }

    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let next = self.chunks.next().await;
        self.ended = !matches!(next, Some(Ok(_)));
        next.transpose().map_err(|_| ApiError::BrokenOff)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::server::limits::Limits;

    fn body(chunks: impl Stream<Item = Bytes> + Send + Sync + 'static) -> Body {
        Body::new(chunks.map(Ok), &HeaderMap::new(), Limits::default().room(None))
    }

    #[tokio::test]
    async fn a_body_in_crumbs_takes_no_more_room_than_a_whole_one() {
        let crumbs = || stream::iter((0..200_000).map(|_| Bytes::from_static(b"x")));
        let loaded = body(crumbs()).read(200_000).await.unwrap();
        assert_eq!(loaded.bytes.len(), 200_000);
    }

    #[tokio::test]
    async fn room_is_taken_for_what_is_announced_before_memory_is() {
        let limits = Limits::default();
        let length = 100 << 20;
        let headers = HeaderMap::from_iter([(CONTENT_LENGTH, length.to_string().parse().unwrap())]);
        let chunks = || stream::iter([Ok(Bytes::from_static(b"x"))]).chain(stream::pending());
        let mut first = Body::new(chunks(), &headers, limits.room(None));
        let reading = first.read(length);
        tokio::pin!(reading);
        assert!(futures_util::poll!(&mut reading).is_pending());
        let second = Body::new(chunks(), &headers, limits.room(None)).read(length).await;
        assert!(matches!(second, Err(ApiError::TooMany)));
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_read_up_to_the_limit_and_not_beyond() {
        let chunks = || stream::iter([Bytes::from_static(b"abc"), Bytes::from_static(b"de")]);
        assert_eq!(body(chunks()).read(5).await.unwrap().bytes, "abcde");
        assert!(matches!(body(chunks()).read(4).await, Err(ApiError::TooLarge(4))));
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_refused_before_it_is_read() {
        let headers = HeaderMap::from_iter([(CONTENT_LENGTH, "6".parse().unwrap())]);
        let mut body = Body::new(stream::pending::<Result<Bytes, _>>(), &headers, Limits::default().room(None));
        assert!(matches!(body.read(5).await, Err(ApiError::TooLarge(5))));
    }
}
