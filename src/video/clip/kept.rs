//! The kept frames of a camera in a span of time, as a time-lapse takes them: found by the names of their files.

use std::time::Duration;

use super::film::{Reel, Shot};
use crate::codec;
use crate::domain::PictureFormat;
use crate::jobs::Failure;
use crate::library::{ClipOrder, kept_in};
use crate::video::Files;

/// Frames of a film at most: five minutes at thirty a second. Of more only every second, third … one is shown.
const MOST_FRAMES: usize = 9000;

/// The frames that are shown, each for the same time.
pub(super) fn reel(files: &Files, order: &ClipOrder) -> Result<Reel, Failure> {
    let to = order.to.unwrap_or(order.from);
    let failed = |error: std::io::Error| Failure::passing(format!("the kept frames cannot be read: {error}"));
    let kept = kept_in(&files.root(), &order.user, &order.camera, (order.from, to)).map_err(failed)?;
    let every = kept.len().div_ceil(MOST_FRAMES).max(1);
    let mut reel =
        Reel { shots: Vec::new(), times: Some(Duration::from_secs_f32(1.0 / order.per_second.clamp(1.0, 60.0))) };
    for (at, format, path) in kept.into_iter().step_by(every) {
        // Deleted meanwhile, or of a kind that a film of JPEGs does not take.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let Ok((_, width, height)) = codec::probe(&bytes) else { continue };
        if format == PictureFormat::Jpeg {
            reel.shots.push(Shot { at, size: (width, height), path, offset: 0, length: bytes.len() as u64 });
        }
    }
    Ok(reel)
}
