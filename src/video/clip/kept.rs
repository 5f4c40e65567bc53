//! The kept frames of a camera in a span of time, as a time-lapse takes them, or those that somebody picked: found by the names of
//! their files.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::film::{Reel, Shot};
use crate::codec::{MatroskaWriter, TrackCodec, VideoTrack};
use crate::domain::{ClipKind, Timestamp};
use crate::jobs::Failure;
use crate::library::{ClipOrder, kept_at, kept_in};

/// Frames of a film at most: five minutes at thirty a second. Of more only every second, third … one is shown.
const MOST_FRAMES: usize = 9000;

/// The frames that are shown, each for the same time.
pub(super) fn reel(folder: &Path, order: &ClipOrder) -> Result<Reel, Failure> {
    let failed = |error: io::Error| Failure::passing(format!("the kept frames cannot be read: {error}"));
    Ok(Reel { shots: shots(folder, order).map_err(failed)?, times: Some(shown_for(order)) })
}

/// How long each frame of a time-lapse is shown.
pub(super) fn shown_for(order: &ClipOrder) -> Duration {
    Duration::from_secs_f32(1.0 / order.per_second.clamp(1.0, 60.0))
}

fn shots(folder: &Path, order: &ClipOrder) -> io::Result<Vec<Shot>> {
    let mut shots = Vec::new();
    for (at, path) in shown(folder, order)? {
        // Deleted meanwhile, or damaged.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        shots.extend(Shot::of(&bytes, at, (&path, 0, bytes.len() as u64)));
    }
    Ok(shots)
}

/// When the frames that are shown were taken.
pub(super) fn times(save_dir: &Path, order: &ClipOrder) -> io::Result<Vec<Timestamp>> {
    Ok(shown(save_dir, order)?.into_iter().map(|(at, _)| at).collect())
}

/// When each kept frame was taken, and where it lies.
fn shown(save_dir: &Path, order: &ClipOrder) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let to = order.to.unwrap_or(order.from);
    let kept = match order.kind {
        ClipKind::Selection => kept_at(save_dir, &order.frames),
        _ => kept_in(save_dir, &order.user, &order.camera, (order.from, to))?,
    };
    let every = kept.len().div_ceil(MOST_FRAMES).max(1);
    Ok(kept.into_iter().step_by(every).collect())
}

/// The kept frames of a time-lapse in one file, as a spool holds those of an event: for a worker that has no folder to look in.
/// Made while it is read, one frame at a time.
pub(in crate::video) struct KeptFrames {
    began_at: Timestamp,
    writer: MatroskaWriter,
    left: std::vec::IntoIter<Shot>,
    now: Cursor<Vec<u8>>,
}

impl KeptFrames {
    /// Those that an order asks for, and about how many bytes they are.
    pub fn of(folder: &Path, order: &ClipOrder) -> io::Result<(Self, u64)> {
        let shots = shots(folder, order)?;
        let began_at = shots.first().map_or(order.from, |shot| shot.at);
        let (width, height) = shots.first().map_or((2, 2), |shot| shot.size);
        let track = VideoTrack { codec: TrackCodec::Jpeg, width, height, began_at: began_at.as_millis() };
        let bytes = shots.iter().map(|shot| shot.length).sum();
        let now = Cursor::new(MatroskaWriter::begin(&track));
        Ok((Self { began_at, writer: MatroskaWriter::default(), left: shots.into_iter(), now }, bytes))
    }
}

impl Read for KeptFrames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.now.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(shot) = self.left.next() else { return Ok(0) };
            // Deleted meanwhile: it is not shown.
            let Ok(picture) = std::fs::read(&shot.path) else { continue };
            let at = shot.at.as_millis() - self.began_at.as_millis();
            let mut block = self.writer.block(at, picture.len());
            block.extend(picture);
            self.now = Cursor::new(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{self, blocks};
    use crate::domain::{RgbPicture, StreamId};

    #[test]
    fn the_file_of_kept_frames_holds_each_as_it_is_at_its_own_time() {
        let folder = tempfile::tempdir().unwrap();
        let day = folder.path().join("Anna/2025-11-21");
        std::fs::create_dir_all(&day).unwrap();
        let pictures: Vec<_> = [10, 200, 90]
            .map(|level| RgbPicture { width: 64, height: 48, data: vec![level; 64 * 48 * 3] })
            .iter()
            .map(|picture| codec::encode_jpeg(picture, 80).unwrap())
            .collect();
        for (name, picture) in
            ["080101.042Z_front_1.jpg", "080105.000Z_front_2.jpg", "090000.500Z_front_3.jpg"].iter().zip(&pictures)
        {
            std::fs::write(day.join(name), picture).unwrap();
        }
        let stream = StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() };
        let ends = Some(Timestamp::from_millis(i64::MAX / 2));
        let order = ClipOrder::new(ClipKind::Timelapse, 1, &stream, Timestamp::from_millis(0), ends);
        let (mut frames, bytes) = KeptFrames::of(folder.path(), &order).unwrap();
        assert_eq!(bytes, pictures.iter().map(|picture| picture.len() as u64).sum::<u64>());
        let mut file = Vec::new();
        frames.read_to_end(&mut file).unwrap();
        let (_, found) = blocks(&mut Cursor::new(&file)).unwrap();
        let times: Vec<i64> = found.iter().map(|block| block.at).collect();
        assert_eq!(times, [0, 3_958, 3_539_458]);
        for (block, picture) in found.iter().zip(&pictures) {
            let from = usize::try_from(block.offset).unwrap();
            assert_eq!(file[from..from + picture.len()], picture[..]);
        }
    }
}
