//! The kept frames of a camera in a span of time, as a time-lapse takes them, or those that somebody picked: found by the names of
//! their files.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::film::{Reel, Shot};
use crate::codec;
use crate::domain::{ClipKind, PictureFormat, Timestamp};
use crate::jobs::Failure;
use crate::library::{ClipOrder, kept_at, kept_in};
use crate::video::Files;

/// Frames of a film at most: five minutes at thirty a second. Of more only every second, third … one is shown.
const MOST_FRAMES: usize = 9000;

/// The frames that are shown, each for the same time.
pub(super) fn reel(files: &Files, order: &ClipOrder) -> Result<Reel, Failure> {
    let failed = |error: io::Error| Failure::passing(format!("the kept frames cannot be read: {error}"));
    let kept = shown(&files.root(), order).map_err(failed)?;
    let mut reel =
        Reel { shots: Vec::new(), times: Some(Duration::from_secs_f32(1.0 / order.per_second.clamp(1.0, 60.0))) };
    for (at, format, path) in kept {
        // Deleted meanwhile, or damaged.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let Ok((_, width, height)) = codec::probe(&bytes) else { continue };
        let length = bytes.len() as u64;
        reel.shots.push(Shot { at, size: (width, height), format, path, offset: 0, length });
    }
    Ok(reel)
}

/// When the frames that are shown were taken.
pub(super) fn times(save_dir: &Path, order: &ClipOrder) -> io::Result<Vec<Timestamp>> {
    Ok(shown(save_dir, order)?.into_iter().map(|(at, ..)| at).collect())
}

/// A kept frame: when it was taken, how it is written, and where.
type Kept = (Timestamp, PictureFormat, PathBuf);

fn shown(save_dir: &Path, order: &ClipOrder) -> io::Result<Vec<Kept>> {
    let to = order.to.unwrap_or(order.from);
    let kept = match order.kind {
        ClipKind::Selection => kept_at(save_dir, &order.frames),
        _ => kept_in(save_dir, &order.user, &order.camera, (order.from, to))?,
    };
    let every = kept.len().div_ceil(MOST_FRAMES).max(1);
    Ok(kept.into_iter().step_by(every).collect())
}
