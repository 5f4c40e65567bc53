//! The frames of a spool, as a film takes them.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::film::{Reel, Shot};
use super::kept;
use super::select::{Candidate, select};
use crate::codec;
use crate::domain::Timestamp;
use crate::jobs::Failure;
use crate::library::ClipOrder;

/// So much of a JPEG holds its size, unless it carries a picture of itself.
const HEADER_BYTES: u64 = 64 * 1024;

/// The frames of an event that are shown.
pub(super) fn reel(path: &Path, order: &ClipOrder) -> Result<Reel, Failure> {
    let within = |at| at >= order.from && order.to.is_none_or(|to| at <= to);
    let shots = shots(path, &within)?;
    let candidates: Vec<_> = shots.iter().map(|shot| Candidate { at: shot.at, size: shot.size }).collect();
    Ok(Reel { shots: select(&candidates).into_iter().map(|place| shots[place].clone()).collect(), times: None })
}

/// All kept frames of a time-lapse, as their owner put them into one file.
pub(super) fn timelapse(path: &Path, order: &ClipOrder) -> Result<Reel, Failure> {
    Ok(Reel { shots: shots(path, &|_| true)?, times: Some(kept::shown_for(order)) })
}

fn shots(path: &Path, is_wanted: &dyn Fn(Timestamp) -> bool) -> Result<Vec<Shot>, Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
            Failure::lasting(format!("the frames are damaged: {error}"))
        }
        _ => Failure::passing(format!("the frames cannot be read: {error}")),
    };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let (began_at, blocks) = codec::blocks(&mut file).map_err(failed)?;
    let mut shots = Vec::new();
    for block in blocks {
        let at = Timestamp::from_millis(began_at + block.at);
        if !is_wanted(at) {
            continue;
        }
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(block.offset)).map_err(failed)?;
        file.by_ref().take(block.length.min(HEADER_BYTES)).read_to_end(&mut head).map_err(failed)?;
        // One that is none shows nothing.
        shots.extend(Shot::of(&head, at, (path, block.offset, block.length)));
    }
    Ok(shots)
}
