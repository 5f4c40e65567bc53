//! The demo camera: the street that we draw ourselves, at its own rate.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use crate::domain::{BlindReason, Picture, PixelFormat, RgbPicture};
use crate::scenes::street::{FPS, Scene};
use crate::sources::thread::StopSignal;
use crate::sources::{Sink, SourceInfo};

/// The demo camera's size.
const SIZE: (u32, u32) = (640, 480);

/// Gives the scene until told to stop.
pub(super) fn run(sink: &mut dyn Sink, stop: &StopSignal) {
    sink.blind(BlindReason::Starting);
    let (width, height) = SIZE;
    let scene = Scene::new(width, height);
    let fps = FPS as f32;
    sink.opened(&SourceInfo { name: "demo scene".to_owned(), width, height, fps, format: "RGB".to_owned() });
    let start = Instant::now();
    let interval = Duration::from_secs(1) / FPS;
    let mut n = 0_u64;
    let mut picture = RgbPicture::default();
    loop {
        scene.draw(n, &mut picture);
        let bytes = Bytes::from(std::mem::take(&mut picture.data));
        sink.picture(Picture::Raw { width, height, format: PixelFormat::Rgb, bytes }, SystemTime::now().into());
        // By the clock, so that a machine that was busy or asleep skips pictures instead of rushing through them.
        n = (n + 1).max(pictures_in(start.elapsed()));
        let due = u32::try_from(n).map_or(Instant::now() + interval, |n| start + interval * n);
        if stop.wait_until(due) {
            return;
        }
    }
}

fn pictures_in(time: Duration) -> u64 {
    u64::try_from(time.as_millis() * u128::from(FPS) / 1000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::street::PERIOD;

    #[test]
    fn pictures_are_numbered_by_the_clock() {
        assert_eq!(pictures_in(Duration::from_millis(66)), 0);
        assert_eq!(pictures_in(Duration::from_secs(40)), PERIOD);
    }
}
