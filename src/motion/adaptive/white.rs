//! Even colour: what the camera's white balance did to red, green and blue is taken back, for the whole picture at once.
//!
//! A camera that thinks again about what is white multiplies the three channels (the diagonal model: von Kries; Finlayson, Drew
//! and Funt, *Diagonal transforms suffice for color constancy*, ICCV 1993). The factors are the medians of the logarithms of
//! background over picture, as [`super::exposure`] finds those of brightness.

use super::planes::Planes;
use super::ratios::{Logarithms, STEPS, median};

/// One pixel in so many is looked at, another one in each frame.
const SPARSE: usize = 61;
const LEAST_SAMPLES: u32 = 64;
/// Below this many octaves nothing is changed.
const LEAST: f32 = 0.02;
/// No channel is changed by more octaves.
const MOST: f32 = 0.7;
/// What is left to the background to learn, so that a correction ends by itself.
const LEAK: f32 = 0.02;
/// Values outside of these tell nothing: they may be cut off or are mostly noise.
const DARKEST: i32 = 16;
const BRIGHTEST: i32 = 245;

/// Follows the white balance of one stream.
#[derive(Debug, Default)]
pub(super) struct White {
    logarithms: Logarithms,
    /// Octaves by which red, green and blue are multiplied.
    octaves: [f32; 3],
    phase: usize,
}

impl White {
    /// Forgets the colour of the light.
    pub fn reset(&mut self) {
        (self.octaves, self.phase) = ([0.0; 3], 0);
    }

    /// Brings a picture to the colours of the background. `moving` is where something moved in the frame before (0: nothing);
    /// where that was most of the picture, it was the light.
    #[inline(always)]
    pub fn even_out(&mut self, picture: &mut Planes, background: [&[u8]; 3], moving: &[u8]) {
        self.measure(picture, background, moving);
        if self.octaves.iter().any(|octaves| octaves.abs() >= LEAST) {
            self.apply(picture);
        }
    }

    #[inline(always)]
    fn measure(&mut self, picture: &Planes, background: [&[u8]; 3], moving: &[u8]) {
        let pixels = picture.width * picture.height;
        // A step that shares no factor with the one between samples, so that all pixels get their turn.
        self.phase = (self.phase + 23) % SPARSE;
        let samples = (self.phase..pixels).step_by(SPARSE);
        let still = samples.clone().filter(|pixel| moving[*pixel] == 0).count();
        let believes = still * 5 > samples.len() * 3;
        let [luma, cb, cr] = &picture.channels;
        let mut counts = [[0u32; STEPS]; 3];
        let mut counted = [0u32; 3];
        for pixel in samples.filter(|pixel| !believes || moving[*pixel] == 0) {
            let now = to_rgb([luma[pixel], cb[pixel], cr[pixel]]);
            let then = to_rgb(background.map(|plane| plane[pixel]));
            if now.iter().chain(&then).any(|value| !(DARKEST..=BRIGHTEST).contains(value)) {
                continue;
            }
            for channel in 0..3 {
                counts[channel][self.logarithms.step(then[channel] as u8, now[channel] as u8)] += 1;
                counted[channel] += 1;
            }
        }
        if counted[0] >= LEAST_SAMPLES {
            let mut channels = counts.iter().zip(counted);
            for octaves in &mut self.octaves {
                let median = channels.next().map_or(0.0, |(counts, counted)| median(counts, counted));
                *octaves = median.clamp(-MOST, MOST) * (1.0 - LEAK);
            }
        }
    }

    #[inline(always)]
    fn apply(&self, picture: &mut Planes) {
        let gains = self.octaves.map(|octaves| (octaves.exp2() * 256.0) as i32);
        let pixels = picture.width * picture.height;
        let [luma, cb, cr] = &mut picture.channels;
        for ((luma, cb), cr) in luma[..pixels].iter_mut().zip(cb).zip(cr) {
            let [red, green, blue] = to_rgb([*luma, *cb, *cr]);
            let [red, green, blue] = [red * gains[0], green * gains[1], blue * gains[2]].map(|value| value >> 8);
            let bright = (77 * red + 150 * green + 29 * blue + 128) >> 8;
            *luma = bright.clamp(0, 255) as u8;
            *cb = (128 + (((blue - bright) * 144 + 128) >> 8)).clamp(0, 255) as u8;
            *cr = (128 + (((red - bright) * 183 + 128) >> 8)).clamp(0, 255) as u8;
        }
    }
}

/// Red, green and blue of one pixel (ITU-R BT.601, full range); not cut off at 0 and 255.
#[inline(always)]
fn to_rgb([luma, cb, cr]: [u8; 3]) -> [i32; 3] {
    let (luma, cb, cr) = (i32::from(luma), i32::from(cb) - 128, i32::from(cr) - 128);
    [luma + ((359 * cr + 128) >> 8), luma - ((88 * cb + 183 * cr + 128) >> 8), luma + ((454 * cb + 128) >> 8)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RgbPicture;
    use crate::motion::adaptive::FINE;
    use crate::motion::cells::Cells;

    const WIDTH: u32 = 120;
    const HEIGHT: u32 = 90;

    fn wall(gains: [u32; 3], object: bool) -> Planes {
        let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        let data = pixels
            .flat_map(|(x, y)| {
                let is_object = object && (30..60).contains(&x) && (20..70).contains(&y);
                let colour = [60 + x % 90, 70 + y, 50 + (x + y) % 110];
                [0, 1, 2].map(|c| if is_object { 40 } else { u8::try_from(colour[c] * gains[c] / 100).unwrap() })
            })
            .collect();
        let mut planes = Planes::default();
        planes.fit(WIDTH as usize, HEIGHT as usize);
        let cells = Cells::for_size(WIDTH as usize, HEIGHT as usize, FINE);
        planes.take(&RgbPicture { width: WIDTH, height: HEIGHT, data }, cells);
        planes
    }

    fn most_difference(picture: &Planes, except: impl Fn(usize) -> bool) -> u8 {
        let then = wall([100; 3], false);
        let differences = (0..(WIDTH * HEIGHT) as usize).filter(|pixel| !except(*pixel)).flat_map(|pixel| {
            let pairs = picture.channels.iter().zip(&then.channels);
            pairs.map(move |(a, b)| a[pixel].abs_diff(b[pixel])).collect::<Vec<_>>()
        });
        differences.max().unwrap()
    }

    fn evened(mut picture: Planes, moving: u8) -> Planes {
        let mut white = White::default();
        let then = wall([100; 3], false);
        white.even_out(
            &mut picture,
            then.channels.each_ref().map(Vec::as_slice),
            &vec![moving; then.channels[0].len()],
        );
        picture
    }

    #[test]
    fn another_white_is_taken_back_whatever_the_frame_before_said() {
        for gains in [[115, 100, 85], [85, 105, 120], [120, 120, 90]] {
            for moving in [0, 255] {
                assert!(most_difference(&wall(gains, false), |_| false) > 10, "{gains:?}");
                let evened = evened(wall(gains, false), moving);
                assert!(most_difference(&evened, |_| false) <= 5, "{gains:?}: {}", most_difference(&evened, |_| false));
            }
        }
    }

    #[test]
    fn an_object_keeps_its_colour() {
        let evened = evened(wall([100; 3], true), 0);
        let is_object = |pixel: usize| (30..60).contains(&(pixel % 120)) && (20..70).contains(&(pixel / 120));
        assert_eq!(most_difference(&evened, is_object), 0);
        assert!(most_difference(&evened, |_| false) > 50);
    }
}
