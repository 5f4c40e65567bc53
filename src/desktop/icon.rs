//! The icon of the window, drawn here: a dark lens with an amber dot, the sign of motion.

use eframe::egui::{Color32, IconData};

use crate::desktop::theme::{DARK, ON_PICTURE};

const SIDE: u32 = 64;
/// Points that each pixel is sampled at, along one side.
const SAMPLES: u32 = 4;

/// The icon, 64x64 pixels.
#[must_use]
pub fn icon() -> IconData {
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            rgba.extend(pixel(x, y));
        }
    }
    IconData { rgba, width: SIDE, height: SIDE }
}

fn pixel(x: u32, y: u32) -> [u8; 4] {
    let mut sum = [0_u32; 4];
    for sample in 0..SAMPLES * SAMPLES {
        let at = |pixel: u32, part: u32| (pixel as f32 + (part as f32 + 0.5) / SAMPLES as f32) / SIDE as f32 - 0.5;
        let colour = colour_at(at(x, sample % SAMPLES), at(y, sample / SAMPLES));
        for (sum, value) in sum.iter_mut().zip(colour.to_srgba_unmultiplied()) {
            *sum += u32::from(value);
        }
    }
    // The mean of bytes is a byte.
    sum.map(|value| u8::try_from(value / (SAMPLES * SAMPLES)).unwrap_or(u8::MAX))
}

/// `x` and `y` from -0.5 to 0.5, the middle at 0.
fn colour_at(x: f32, y: f32) -> Color32 {
    let corner = |value: f32| (value.abs() - 0.30).max(0.0);
    let radius = x.hypot(y);
    if corner(x).hypot(corner(y)) > 0.18 {
        Color32::TRANSPARENT
    } else if radius < 0.15 {
        ON_PICTURE
    } else if (0.27..0.34).contains(&radius) {
        DARK.text
    } else {
        DARK.raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_a_dot_in_the_middle_and_nothing_in_the_corners() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), (SIDE * SIDE * 4) as usize);
        let at = |x: u32, y: u32| &icon.rgba[((y * SIDE + x) * 4) as usize..][..4];
        assert_eq!(at(SIDE / 2, SIDE / 2), ON_PICTURE.to_srgba_unmultiplied());
        assert_eq!(at(0, 0)[3], 0);
    }
}
