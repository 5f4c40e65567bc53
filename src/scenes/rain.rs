//! Drops on the lens: soft discs behind which the picture is blurred. They fall at once, stay, grow heavy and run down.

use super::hash::between;
use crate::domain::RgbPicture;

/// Seconds between two drops, and how long one stays before it runs down.
const EVERY_SECS: f32 = 2.5;
const STAYS_SECS: (f32, f32) = (8.0, 40.0);
/// Seconds in which it runs out of the picture.
const RUNS_SECS: f32 = 3.0;
/// Radius as a share of the picture's height.
const RADIUS: (f32, f32) = (0.03, 0.10);
/// How much of a drop is seen, and how bright the picture is behind it.
const OPACITY: f32 = 0.7;
const VEIL: (f32, f32) = (0.85, 1.1);

/// Draws the drops of this moment; `dry` is the picture without any.
pub(super) fn draw(picture: &mut RgbPicture, dry: &RgbPicture, seed: u64, secs: f32) {
    let longest = STAYS_SECS.1 + RUNS_SECS;
    let newest = (secs / EVERY_SECS) as u64;
    let oldest = ((secs - longest).max(0.0) / EVERY_SECS) as u64;
    for drop in oldest..=newest {
        let within = |(from, to): (f32, f32), which: u64| between(from, to, (seed, drop, which));
        let age = secs - EVERY_SECS * (drop as f32 + within((0.0, 1.0), 0));
        let stays = within(STAYS_SECS, 1);
        if age < 0.0 || age > stays + RUNS_SECS {
            continue;
        }
        let ran = ((age - stays) / RUNS_SECS).max(0.0);
        let (width, height) = (picture.width as f32, picture.height as f32);
        let centre = (within((0.0, width), 2), within((0.0, 0.8 * height), 3) + ran * ran * height);
        one(picture, dry, centre, within(RADIUS, 4) * height, within(VEIL, 5));
    }
}

/// A drop on the lens is far out of focus: behind it the picture is blurred, and a little darker or brighter.
fn one(picture: &mut RgbPicture, dry: &RgbPicture, (cx, cy): (f32, f32), radius: f32, veil: f32) {
    let (width, height) = (picture.width as i32, picture.height as i32);
    let reach = radius.ceil() as i32;
    let offset = (radius / 3.0).ceil() as i32;
    for y in (cy as i32 - reach).max(0)..(cy as i32 + reach).min(height) {
        for x in (cx as i32 - reach).max(0)..(cx as i32 + reach).min(width) {
            let distance = (x as f32 - cx).hypot(y as f32 - cy) / radius;
            let seen = OPACITY * (1.5 - 1.5 * distance).clamp(0.0, 1.0);
            if seen <= 0.0 {
                continue;
            }
            let pixel = (y * width + x) as usize * 3;
            for channel in 0..3 {
                let mut sum = 0.0;
                for place in 0..9 {
                    let beside = (x + (place % 3 - 1) * offset).clamp(0, width - 1);
                    let below = (y + (place / 3 - 1) * offset).clamp(0, height - 1);
                    sum += f32::from(dry.data[(below * width + beside) as usize * 3 + channel]);
                }
                let value = &mut picture.data[pixel + channel];
                *value = (f32::from(*value) * (1.0 - seen) + sum / 9.0 * veil * seen) as u8;
            }
        }
    }
}
