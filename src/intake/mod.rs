//! How pictures get in: the door for uploads and the catch for local cameras.
//!
//! The door checks what a stranger sends (format, size, time) before the pipeline sees it, and counts what it turns away.

use crate::domain::{CameraName, PictureFormat, Timestamp, UserName};
use crate::pipeline::{FrameOutcome, Pipeline, Rejected, Undecodable};
use bytes::Bytes;
use std::sync::Arc;

/// A picture as a client sent it.
pub struct Upload {
    pub user: UserName,
    pub camera: CameraName,
    /// As the client numbers it; the door numbers the frame when the client does not.
    pub seq: Option<u64>,
    /// As the client tells it; the arrival counts when it does not.
    pub captured_at: Option<Timestamp>,
    /// What the client says it is; the first bytes decide, and a lie is refused.
    pub claimed: Option<PictureFormat>,
    pub bytes: Bytes,
}

/// Why an upload was refused. Nothing of it was stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UploadError {
    #[error("the bytes are not a JPEG, PNG or WebP picture; send one of these")]
    NotAPicture,
    #[error("the picture is {actual:?} but was announced as {claimed:?}; correct the Content-Type")]
    WrongType { claimed: PictureFormat, actual: PictureFormat },
    #[error(
        "the picture measures {width}x{height}; send one with sides of 16 to 8192 pixels and at most 36 million pixels"
    )]
    Size { width: u32, height: u32 },
    #[error("the capture time is {0}; send milliseconds since 1970, or leave it out")]
    Time(String),
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

/// Takes one upload through the door and waits until it is known what became of it.
pub struct Door;
impl Door {
    pub fn new(_pipeline: Arc<Pipeline>) -> Self {
        todo!()
    }
    pub async fn upload(&self, _upload: Upload, _now: Timestamp) -> Result<FrameOutcome, UploadError> {
        todo!()
    }
}
