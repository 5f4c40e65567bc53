//! The door: what a client sends is checked, numbered and handed to the pipeline.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::bus::Latest;
use crate::codec;
use crate::domain::{BlindReason, CameraName, Frame, Picture, PictureFormat, StreamId, Timestamp, UserName};
use crate::pipeline::{FrameOutcome, Order, Pipeline, Rejected, Undecodable};

/// Shortest and longest side of a picture, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;
/// Most pixels of a picture: an 8K frame has 33 million.
const MOST_PIXELS: u64 = 36_000_000;
/// How old a frame may be: phones send what they kept while they had no network.
const OLDEST: Duration = Duration::from_hours(30 * 24);
/// How far a client's clock may be ahead of ours.
const NEWEST: Duration = Duration::from_hours(24);

/// How many streams are numbered before it is looked which are still there. More than there can be at once.
const MOST_NUMBERS: usize = 256;

/// A picture as a client sent it.
#[derive(Debug)]
pub struct Upload {
    /// Whose frame it is.
    pub user: UserName,
    /// Which camera of that user.
    pub camera: CameraName,
    /// As the client numbers it; the door numbers the frame when the client does not.
    pub seq: Option<u64>,
    /// As the client tells it; the arrival counts when it does not.
    pub captured_at: Option<Timestamp>,
    /// What the client says it is; the first bytes decide, and a lie is refused.
    pub claimed: Option<PictureFormat>,
    /// What is wanted of it, and how it comes.
    pub order: Order,
    /// The whole file.
    pub bytes: Bytes,
}

/// Why an upload was refused. Nothing of it was stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UploadError {
    /// Neither JPEG, PNG nor WebP, or its header is damaged.
    #[error("the bytes are not a JPEG, PNG or WebP picture; send one of these")]
    NotAPicture,
    /// Announced as something else than it is.
    #[error("the picture is {actual:?} but was announced as {claimed:?}; correct the Content-Type")]
    WrongType {
        /// What the client said.
        claimed: PictureFormat,
        /// What the first bytes say.
        actual: PictureFormat,
    },
    /// Too small, too long or too large.
    #[error(
        "the picture measures {width}x{height}; send one with sides of 16 to 8192 pixels and at most 36 million pixels"
    )]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A capture time that cannot be true.
    #[error("the capture time lies {0}; send milliseconds since 1970 by a clock that is right, or leave it out")]
    Time(&'static str),
    /// Its header is whole but its pixels are not.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// No room now.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// A fault of ours.
    #[error("the frame was lost to a fault in Framekeep; send it again")]
    Lost,
}

/// Takes uploads through the checks into the pipeline, and notes what phones say of their cameras.
pub struct Door {
    pipeline: Arc<Pipeline>,
    latest: Latest,
    numbers: Mutex<HashMap<StreamId, u64>>,
}

impl Door {
    /// A door in front of `pipeline`.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, latest: Latest) -> Self {
        Self { pipeline, latest, numbers: Mutex::default() }
    }

    /// Takes one upload and waits until it is known what became of it: when the outcome says saved, it is on disk.
    ///
    /// # Errors
    /// [`UploadError`]; nothing was stored.
    pub async fn upload(&self, upload: Upload, now: Timestamp) -> Result<FrameOutcome, UploadError> {
        let picture = checked_picture(upload.bytes, upload.claimed)?;
        let captured_at = checked_time(upload.captured_at, now)?;
        let stream = StreamId { user: upload.user, camera: upload.camera };
        let (sender, outcome) = oneshot::channel();
        let reply = Box::new(move |result| {
            // The client may have gone; its frame is decided on and kept all the same.
            let _ = sender.send(result);
        });
        let submit =
            |stream, seq| self.pipeline.submit(Frame { stream, seq, captured_at, picture }, upload.order, Some(reply));
        match upload.seq {
            Some(seq) => submit(stream, seq)?,
            None => self.number(stream, submit)?,
        }
        Ok(outcome.await.map_err(|_| UploadError::Lost)??)
    }

    /// A phone says that its camera gives nothing for now, and why. Its next frame says the contrary.
    pub fn blind(&self, stream: &StreamId, since: Timestamp, reason: BlindReason) {
        // A phone that never sent a frame has no camera to be blind.
        if self.latest.summary(stream).is_some() {
            self.latest.went_blind(stream, since, reason);
            self.pipeline.interrupt(stream);
        }
    }

    /// Hands a frame in under the next number of its stream. Only what was taken counts, and only streams that are shown are
    /// remembered, because everyone in the network can think of names.
    fn number(
        &self,
        stream: StreamId,
        submit: impl FnOnce(StreamId, u64) -> Result<(), Rejected>,
    ) -> Result<(), Rejected> {
        // A map of plain numbers cannot be half changed, so a poisoned lock is as good as a whole one.
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = numbers.get(&stream).copied().unwrap_or_default();
        submit(stream.clone(), seq)?;
        numbers.insert(stream, seq + 1);
        if numbers.len() > MOST_NUMBERS {
            numbers.retain(|stream, _| self.latest.summary(stream).is_some());
        }
        Ok(())
    }
}

fn checked_picture(bytes: Bytes, claimed: Option<PictureFormat>) -> Result<Picture, UploadError> {
    let actual = PictureFormat::sniff(&bytes).ok_or(UploadError::NotAPicture)?;
    if let Some(claimed) = claimed.filter(|claimed| *claimed != actual) {
        return Err(UploadError::WrongType { claimed, actual });
    }
    let (format, width, height) = codec::probe(&bytes).map_err(|_| UploadError::NotAPicture)?;
    let fits = SIDES.contains(&width) && SIDES.contains(&height) && u64::from(width) * u64::from(height) <= MOST_PIXELS;
    if !fits {
        return Err(UploadError::Size { width, height });
    }
    Ok(Picture::Encoded { width, height, format, bytes })
}

fn checked_time(told: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, UploadError> {
    match told {
        None => Ok(now),
        Some(told) if told < now.minus(OLDEST) => Err(UploadError::Time("more than 30 days in the past")),
        Some(told) if told > now.plus(NEWEST) => Err(UploadError::Time("more than a day in the future")),
        Some(told) => Ok(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn jpeg(width: u32, height: u32) -> Bytes {
        let picture = crate::domain::RgbPicture { width, height, data: vec![90; (width * height * 3) as usize] };
        codec::encode_jpeg(&picture, 80).unwrap().into()
    }

    #[test]
    fn a_picture_is_what_its_first_bytes_say() {
        let picture = checked_picture(jpeg(32, 24), Some(PictureFormat::Jpeg)).unwrap();
        assert_eq!((picture.width(), picture.height()), (32, 24));
        let lie = checked_picture(jpeg(32, 24), Some(PictureFormat::Png)).unwrap_err();
        assert!(matches!(lie, UploadError::WrongType { .. }), "{lie}");
        let text = checked_picture(Bytes::from_static(b"GIF89a"), None).unwrap_err();
        assert!(matches!(text, UploadError::NotAPicture), "{text}");
    }

    #[test]
    fn a_picture_thinner_than_any_camera_gives_is_refused() {
        let error = checked_picture(jpeg(1, 600), None).unwrap_err();
        assert!(matches!(error, UploadError::Size { width: 1, height: 600 }), "{error}");
    }

    #[test]
    fn times_that_cannot_be_true_are_refused_and_a_clock_off_by_an_hour_is_not() {
        let at = |ms| checked_time(Some(Timestamp::from_millis(ms)), NOW);
        assert!(at(0).is_err());
        assert!(at(7_258_118_400_000).is_err());
        assert!(at(i64::MAX).is_err());
        assert!(at(NOW.as_millis() + 3_600_000).is_ok());
        assert!(at(NOW.as_millis() - 3_600_000).is_ok());
        assert_eq!(checked_time(None, NOW).unwrap(), NOW);
    }
}
