//! What the detector sees in a video, as a film: for those who tune it.

use std::path::Path;
use std::time::Duration;

use super::encoder::can_write;
use super::film::looked_at;
use crate::domain::{RgbPicture, Timestamp};
use crate::ffmpeg::Limits;
use crate::jobs::{Attempt, Failure};
use crate::library::{ClipMade, ClipOrder};
use crate::motion::Detector;
use crate::sources::{FileError, FileReader};
use crate::video::{MaskFilm, Tools};

/// Seconds at the start in which nothing is reported: the camera was running long before the first frame of a video.
const WARM_UP_SECS: f32 = 0.2;

/// The masks of a recording or a clip, each at the time of its frame. Of one that is damaged those up to there.
pub(super) fn mask(
    tools: &Tools,
    video: &Path,
    order: &ClipOrder,
    to: &Path,
    attempt: &Attempt,
) -> Result<ClipMade, Failure> {
    can_write(tools)?;
    let stopped = || attempt.is_over();
    let unread = |error: FileError| match error {
        FileError::NoFfmpeg => {
            tools.doubt();
            Failure::outside(error.to_string())
        }
        _ if stopped() => Failure::passing("it was stopped"),
        _ => tools.still_works().err().unwrap_or_else(|| Failure::lasting(error.to_string())),
    };
    let mut file = FileReader::open_unless(video, None, &stopped).map_err(unread)?;
    let mut motion = order.motion.clone().unwrap_or_default();
    motion.warm_up_secs = motion.warm_up_secs.min(WARM_UP_SECS);
    let mut detector = Detector::new(&motion);
    let bytes = std::fs::metadata(video).map_err(|error| Failure::passing(error.to_string()))?.len();
    let limits = Limits { output_bytes: bytes.saturating_mul(4).saturating_add(256_000_000), ..tools.limits() };
    let mut masks = MaskFilm::new(tools.ffmpeg().clone(), limits, to);
    let mut frame = RgbPicture::default();
    let lasts = file.info().frames.map(|frames| frames as f64 / file.info().fps);
    let mut seen = 0;
    loop {
        match file.read(&mut frame) {
            Ok(true) => seen += 1,
            Ok(false) => break,
            Err(error) if seen == 0 => return Err(unread(error)),
            Err(error) => {
                tracing::info!(%error, clip = order.name(), "the mask ends where the video is damaged");
                break;
            }
        }
        detector.detect(&frame, file.seconds());
        let at = Timestamp::default().plus(Duration::try_from_secs_f64(file.seconds()).unwrap_or_default());
        masks.push(at, detector.mask(), &stopped).map_err(|error| tools.failure(&error))?;
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let share = lasts.map_or(0.0, |lasts| (file.seconds() / lasts.max(0.001)) as f32);
        attempt.tell(0.9 * share.min(1.0), "looking for motion");
    }
    masks.finish().map_err(|error| tools.failure(&error))?;
    looked_at(tools, to, order.of_began_at.unwrap_or(order.from), attempt)
}
