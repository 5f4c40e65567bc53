//! Reads what a client sends, and never more than allowed.
//!
//! warp's own body filters know no limit, or refuse bodies without a length; these chunks are counted as they come. How
//! slowly they may come is the listener's business.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_LENGTH;

use crate::server::error::ApiError;
use crate::server::limits::Room;

/// So much is read and thrown away before a refusal. Clients that are still sending do not look for an answer, or take it
/// for a broken stream (curl 7.88 over HTTP/2), and a phone that is asked to wait can use its connection again.
const DRAIN_BYTES: usize = 64 << 20;
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
    ended: bool,
}

/// A body in memory. Its room is given back when it is dropped.
pub struct Loaded {
    /// The bytes.
    pub bytes: Bytes,
    _room: Vec<OwnedSemaphorePermit>,
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
        Self { chunks: Box::pin(chunks), announced, room, ended: false }
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::BrokenOff`] or [`ApiError::Crowded`].
    pub async fn read(&mut self, max_bytes: usize) -> Result<Loaded, ApiError> {
        if self.announced.is_some_and(|length| length > max_bytes) {
            return Err(ApiError::TooLarge(max_bytes));
        }
        let mut bytes = BytesMut::new();
        let mut taken = Vec::new();
        while let Some(chunk) = self.next().await? {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(ApiError::TooLarge(max_bytes));
            }
            taken.push(self.room.take(chunk.len())?);
            // What a client announces is believed only after it has sent something, and then it saves the copying.
            if let (false, Some(length)) = (bytes.is_empty(), self.announced) {
                bytes.reserve(length.saturating_sub(bytes.len()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Loaded { bytes: bytes.freeze(), _room: taken })
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
        if self.announced.is_some_and(|length| length > DRAIN_BYTES) {
            return;
        }
        let mut left = DRAIN_BYTES;
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
        Body::new(chunks.map(Ok), &HeaderMap::new(), Limits::default().room())
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
        let mut body = Body::new(stream::pending::<Result<Bytes, _>>(), &headers, Limits::default().room());
        assert!(matches!(body.read(5).await, Err(ApiError::TooLarge(5))));
    }
}
