//! The background: for each pixel up to three colours that were seen there, each with a weight that says for how much of the
//! past, and how far from them a pixel may be without moving.
//!
//! Codewords after Kim, Chalidabhongse, Harwood and Davis, *Real-time foreground-background segmentation using codebook
//! model*, Real-Time Imaging 11(3), 2005, but with weights that follow the clock instead of counted misses. The radius is fed
//! back from the mean distance of what a pixel saw, as PBAS does with its thresholds (Hofmann, Tiefenbacher and Rigoll,
//! *Background Segmentation with Feedback*, CVPR workshops 2012, section 3.4), and from how often it changes its mind
//! (St-Charles, Bilodeau and Bergevin, `SuBSENSE`, IEEE TIP 24(1), 2015, section III-C); neither decides by chance here, no
//! sample is replaced, and no pixel writes into its neighbours.
//!
//! A pixel that differs looks for its colour in the background nearby: what sways was there a moment ago (displacement, after
//! Elgammal, Harwood and Davis, *Non-parametric Model for Background Subtraction*, ECCV 2000, section 4). Whether that counts
//! is decided for whole parts of the picture, by `sway`.
//!
//! Everything is a byte and works on 32 pixels at a time, so that the compiler makes vector instructions of it.

mod learn;

use std::ops::Range;

use super::follow::shift_plane;
use super::light::{Light, Tint, rank};
use super::planes::{LANES, Lanes, Planes, at, at_mut, padded};

const WORDS: usize = 3;
/// Evidence of one pixel: 0 is certainly still, this much certainly moving, half of it undecided.
pub(super) const MOST_EVIDENCE: u8 = 24;
const HALF: u8 = MOST_EVIDENCE / 2;

/// The weight, of 255, from which a colour is background; and from which it is so where it is found nearby and things sway.
const BACKGROUND_WEIGHT: u8 = 80;
const SWAYING_WEIGHT: u8 = 24;
/// The weight that a colour still has which was background within the last 40 seconds or so, and which nobody who stood there for
/// less than 15 can have brought; and the distance at which it is the same.
const REMEMBERED_WEIGHT: u8 = 12;
const REMEMBERED: u8 = 25;

/// A pixel differs from its background when its distance is greater than this in good light. Counted for `sway`.
const DIFFERS: u8 = 25;
/// It is displaced background when its colour is found nearby within this distance, and twice as well as in its own place.
const FOUND: u8 = 16;
/// In swaying parts a colour is explained by one nearby within this distance.
const EXPLAINED: u8 = 32;
const MOST_BLINK_IN_RADIUS: u8 = 10;
/// So many 128ths of how restless a pixel is widen its radius where everything sways: with all of it cars before the trees would be lost.
const RESTLESS_SHARE: u8 = 77;
/// One pixel in so many tells the noise and the brightness.
const SPARSE: usize = 31;
/// One step in so many is counted in each frame: enough for what takes tens of seconds to decide.
pub(super) const COUNTED: usize = 4;

/// The model of one stream.
#[derive(Debug, Default)]
pub(super) struct Codebook {
    pixels: usize,
    width: usize,
    /// Y, Cb, Cr of each codeword; the one with the greatest weight first.
    colours: [[Vec<u8>; 3]; WORDS],
    weights: [Vec<u8>; WORDS],
    /// Mean distance from the background, in quarters of a grey level.
    mean_distance: Vec<u8>,
    /// How often a pixel changed its mind of late.
    blink: Vec<u8>,
    moved: Vec<u8>,
    distance: Vec<u8>,
    /// 255 where the pixel is background, or explained by the background nearby: only these teach what is usual.
    explained: Vec<u8>,
    evidence: Vec<u8>,
    radius: u8,
    /// 255 while pictures are blurred before they are compared: what is left of the noise then rarely strays far from its mean.
    blurred: u8,
    /// The light, and the radius in it.
    light: Light,
    tint: Tint,
    /// [`DIFFERS`] in this light.
    differs_above: u8,
    /// Whether the picture is as it came, or nearly so.
    is_exact: bool,
    quiet_radius: u8,
    /// What the quieter pixels have as mean distance: the noise of the camera, in quarters of a grey level.
    noise: u8,
    frames: u32,
    /// How often it learnt, for how long, and the time since.
    lessons: u32,
    learnt_secs: f32,
    unlearnt_secs: f32,
    /// What of a step of the weights was not done yet.
    weight_step: f32,
    absorbing: f32,
}

/// What a frame differs from the background, for `sway`: one byte a pixel.
#[derive(Debug, Clone, Default)]
pub(super) struct Differing {
    /// 1 where it differs, else 0.
    pub differs: Vec<u8>,
    /// 2 where it differs and was found close by, two pixels away; 1 where it was found nearby, else 0.
    pub displaced: Vec<u8>,
    /// Steps of [`LANES`] pixels in which anything differs and which count in this frame: one in [`COUNTED`].
    pub steps: Vec<bool>,
}

impl Codebook {
    /// Makes room for pictures of this size and forgets everything.
    pub fn fit(&mut self, width: usize, height: usize) {
        (self.pixels, self.width) = (width * height, width);
        let length = padded(width * height);
        let planes = self.colours.iter_mut().flatten().chain(&mut self.weights);
        let others =
            [&mut self.mean_distance, &mut self.blink, &mut self.moved, &mut self.distance, &mut self.explained];
        for plane in planes.chain(others).chain([&mut self.evidence]) {
            plane.clear();
            plane.resize(length, 0);
        }
        self.noise = 0;
        self.begin_learning();
    }

    /// This picture is the background. Of what was learnt before only the noise is kept.
    pub fn begin(&mut self, picture: &Planes) {
        self.take(picture, 0..padded(self.pixels));
        self.begin_learning();
    }

    /// The camera turned: the background goes `by` so many pixels to the right and down.
    pub fn follow(&mut self, by: (i32, i32)) {
        let size = (self.width, self.pixels / self.width);
        self.carry(|plane| shift_plane(plane, size, by));
    }

    /// All that is known of pixels goes elsewhere, plane by plane.
    pub fn carry(&mut self, mut to: impl FnMut(&mut [u8])) {
        let planes = self.colours.iter_mut().flatten().chain(&mut self.weights);
        for plane in planes.chain([&mut self.mean_distance, &mut self.blink, &mut self.moved]) {
            to(&mut plane[..self.pixels]);
        }
    }

    /// These pixels of the picture, which was not seen there before, are the background.
    pub fn begin_part(&mut self, picture: &Planes, pixels: Range<usize>) {
        self.take(picture, pixels.clone());
        self.mean_distance[pixels].fill(self.noise);
    }

    /// What these pixels are now is all that was ever seen there.
    fn take(&mut self, picture: &Planes, pixels: Range<usize>) {
        for (colour, plane) in self.colours[0].iter_mut().zip(&picture.channels) {
            colour[pixels.clone()].copy_from_slice(&plane[pixels.clone()]);
        }
        let [first, others @ ..] = &mut self.weights;
        first[pixels.clone()].fill(255);
        for forgotten in others.iter_mut().chain([&mut self.blink, &mut self.moved]) {
            forgotten[pixels.clone()].fill(0);
        }
    }

    fn begin_learning(&mut self) {
        (self.frames, self.lessons) = (0, 0);
        (self.learnt_secs, self.unlearnt_secs, self.weight_step, self.absorbing) = (0.0, 0.0, 0.0, 0.0);
    }

    /// How far a pixel may be from a quiet background in good light, in grey levels.
    pub fn set_radius(&mut self, radius: u8) {
        self.radius = radius;
    }

    /// Whether the pictures from the next one on are blurred.
    pub fn set_blurred(&mut self, blurred: bool) {
        self.blurred = if blurred { 255 } else { 0 };
    }

    /// Blurs the background as pictures are: fine edges that were learnt would differ from blurred ones.
    pub fn blur(&mut self, planes: &mut Planes) {
        self.colours.iter_mut().flatten().for_each(|colours| planes.blur_other(colours));
    }

    /// Brightness of the background.
    pub fn luma(&self) -> &[u8] {
        &self.colours[0][0]
    }

    /// Brightness and colour of the background.
    pub fn colours(&self) -> [&[u8]; 3] {
        self.colours[0].each_ref().map(Vec::as_slice)
    }

    /// Evidence for motion of the picture that was compared last, up to [`MOST_EVIDENCE`] a pixel.
    pub fn evidence(&self) -> &[u8] {
        &self.evidence
    }

    /// How often pixels changed their minds of late.
    pub fn blink(&self) -> &[u8] {
        &self.blink
    }

    /// The noise of the camera in quarters of a grey level (of brightness and colour together).
    pub fn noise(&self) -> u8 {
        self.noise
    }

    /// Whether a pixel of the picture has a colour that was background some time ago and no longer is.
    #[inline(always)]
    pub fn remembers(&self, picture: &Planes, pixel: usize) -> bool {
        let [luma, cb, cr] = picture.channels.each_ref().map(|plane| plane[pixel]);
        self.colours.iter().zip(&self.weights).skip(1).any(|([luma0, cb0, cr0], weights)| {
            let colour = u16::from(cb.abs_diff(cb0[pixel])) + u16::from(cr.abs_diff(cr0[pixel]));
            let distance = u16::from(luma.abs_diff(luma0[pixel])) + colour + (colour >> 1);
            weights[pixel] >= REMEMBERED_WEIGHT && distance <= u16::from(self.light.levels(REMEMBERED))
        })
    }

    /// How much things differ in the present light.
    pub fn light(&self) -> Light {
        self.light
    }

    /// By how much less a pixel may differ since there are few colours.
    pub fn narrowed(&self) -> u8 {
        if self.is_beginning() { 0 } else { self.light.levels(self.radius) - self.quiet_radius }
    }

    /// Compares a picture with the background. `caps`: the brightest that the camera can tell, per pixel; `sway`: how much the
    /// background sways there.
    #[inline(always)]
    pub fn compare(&mut self, picture: &Planes, caps: &[u8], sway: &[u8], differing: &mut Differing) {
        self.measure_noise();
        self.differs_above = self.light.levels(DIFFERS);
        for start in (0..padded(self.pixels)).step_by(LANES) {
            // Neighbouring steps take turns, in space and in time.
            let counts = (start / LANES + self.frames as usize).is_multiple_of(COUNTED);
            self.compare_step(start, picture, caps, sway, counts, differing);
        }
    }

    /// In a dark picture and in fog things differ by less: the radius of a quiet background follows. `luma`: brightness of the picture as
    /// it came, whose light counts, by three quarters, where it is the better one: where a lamp was switched on nothing is as exact
    /// any more as the dark was. `is_exact`: next to nothing of its light has to be evened out, and it is not put back through an affine
    /// map, neither of which is ever exact enough for fog.
    #[inline(always)]
    pub fn measure_light(&mut self, luma: &[u8], is_exact: bool) {
        let [background, background_mean] = Light::of(&self.colours[0][0][..self.pixels]);
        let [picture, picture_mean] = Light::of(&luma[..self.pixels]);
        let (background, picture) = if is_exact { (background, picture) } else { (background_mean, picture_mean) };
        self.light = background.max(picture.three_quarters());
        self.is_exact = is_exact;
    }

    /// Without colours things differ by less as well, but not by less than the noise. `is_uneven`: much of the light is evened out, which is
    /// never exact enough for that. To be called after the light was measured.
    #[inline(always)]
    pub fn measure_tint(&mut self, is_uneven: bool) {
        let [_, cb, cr] = &self.colours[0];
        let tint = || Tint::of([cb, cr].map(|plane| &plane[..self.pixels]));
        self.tint = if is_uneven { Tint::FULL } else { tint() };
        let radius = self.light.levels(self.radius);
        // In the dark as much as that is noise: twice its mean is left, or what it was.
        let least = radius.min(self.noise / 2);
        let narrowed = self.tint.levels(radius).max(least);
        // In the beginning the noise is not known yet, which in the dark differs by as much as things do.
        self.quiet_radius = if self.is_beginning() { self.radius } else { narrowed };
    }

    /// The mean distance of the 40 % quietest pixels.
    #[inline(always)]
    fn measure_noise(&mut self) {
        let mut counts = [0u32; 256];
        for distance in self.mean_distance[..self.pixels].iter().step_by(SPARSE) {
            counts[usize::from(*distance)] += 1;
        }
        self.noise = rank(&counts, self.pixels.div_ceil(SPARSE) as u32 * 2 / 5);
    }

    #[inline(always)]
    fn compare_step(
        &mut self,
        start: usize,
        picture: &Planes,
        caps: &[u8],
        sway: &[u8],
        counts: bool,
        differing: &mut Differing,
    ) {
        let (pixel, cap, sway) = (colours_at(&picture.channels, start), at(caps, start), at(sway, start));
        let (mut sure, mut likely, mut first) = ([255u8; LANES], [255u8; LANES], [0u8; LANES]);
        for (word, (colours, weights)) in self.colours.iter().zip(&self.weights).enumerate() {
            let weight = at(weights, start);
            // Most of a picture has seen one colour only.
            if word > 0 && !any_at_least(weight, SWAYING_WEIGHT) {
                continue;
            }
            let distance = distance(pixel, colours_at(colours, start), cap);
            if word == 0 {
                first = distance;
            }
            let (rare, rarer) = (lighter(weight, BACKGROUND_WEIGHT), lighter(weight, SWAYING_WEIGHT));
            for lane in 0..LANES {
                sure[lane] = sure[lane].min(distance[lane] | rare[lane]);
                likely[lane] = likely[lane].min(distance[lane] | rarer[lane]);
            }
        }
        let (radius, least) = (self.radius_at(start, sway), self.differs_above);
        let mut beyond = [0; LANES];
        for lane in 0..LANES {
            beyond[lane] = sure[lane].saturating_sub(radius[lane]) | first[lane].saturating_sub(least);
        }
        let differs_anywhere = beyond != [0; LANES];
        let sways = any_at_least(sway, 128);
        differing.steps[start / LANES] = differs_anywhere && counts;
        if !differs_anywhere {
            *at_mut(&mut self.explained, start) = [255; LANES];
        } else if !sways && !counts {
            // The neighbourhood explains nothing here.
            let explained = at_mut(&mut self.explained, start);
            for lane in 0..LANES {
                explained[lane] = if sure[lane] <= radius[lane] { 255 } else { 0 };
            }
        } else {
            let [close, nearby] = self.nearby(start, pixel, cap);
            let [found_within, explained_within] =
                [FOUND, EXPLAINED].map(|levels| self.tint.levels(self.light.levels(levels)));
            let (differs, displaced) = (at_mut(&mut differing.differs, start), at_mut(&mut differing.displaced, start));
            for lane in 0..LANES {
                differs[lane] = u8::from(first[lane] > least);
                let better = (first[lane] - first[lane] / 2).saturating_sub(1);
                let within = found_within.min(better);
                displaced[lane] = differs[lane] * (u8::from(nearby[lane] <= within) + u8::from(close[lane] <= within));
            }
            let explained = at_mut(&mut self.explained, start);
            for lane in 0..LANES {
                let near = (sway[lane] > 127) & (nearby[lane] <= explained_within);
                // A rare colour counts only where things sway and the neighbourhood explains it.
                sure[lane] = if near { likely[lane] } else { sure[lane] };
                explained[lane] = if near | (sure[lane] <= radius[lane]) { 255 } else { 0 };
            }
        }
        let steep = if self.is_exact && self.light.is_dim() { 255 } else { 0 };
        let steeper = if self.is_exact && self.light.is_dimmer() { 255 } else { 0 };
        let evidence = at_mut(&mut self.evidence, start);
        for lane in 0..LANES {
            let (over, under) = (sure[lane].saturating_sub(radius[lane]), radius[lane].saturating_sub(sure[lane]));
            let over = ((over >> 1) + ((over >> 2) & steep) + ((over >> 2) & steeper)).min(HALF);
            let under = ((under >> 1) + ((under >> 2) & steep) + ((under >> 2) & steeper)).min(HALF);
            evidence[lane] = HALF + over - under;
        }
        *at_mut(&mut self.distance, start) = sure;
    }

    /// How far each pixel may be: more where the camera is noisy, and where the background sways as much more as it usually
    /// moves there.
    #[inline(always)]
    fn radius_at(&self, start: usize, sway: &Lanes) -> Lanes {
        let (mean, blink) = (at(&self.mean_distance, start), at(&self.blink, start));
        let most = u16::from(self.tint.levels(RESTLESS_SHARE));
        let mut radius = [0; LANES];
        for lane in 0..LANES {
            let restless = mean[lane].saturating_sub(self.noise);
            let restless = restless.saturating_add(restless >> 3);
            let swaying = u16::from(restless.saturating_add((blink[lane] >> 1).min(MOST_BLINK_IN_RADIUS)));
            // What is left of the noise after a blur makes no pixel restless: it is what passes that does.
            let still = u16::from(restless.min((self.noise >> 1) & !self.blurred));
            let share = (u16::from(sway[lane]) * most) >> 7;
            let more = (swaying * share + still * (255 - share) + 128) >> 8;
            let noise = mean[lane].min(self.noise);
            let noise = (noise >> 1) - (((noise >> 2) + (noise >> 3)) & self.blurred);
            radius[lane] = self.quiet_radius.saturating_add(noise).saturating_add(more as u8);
        }
        radius
    }

    /// The distance of each pixel from the most similar background at 8 places close by, and at 24 places nearby.
    #[inline(always)]
    fn nearby(&self, start: usize, pixel: [&Lanes; 3], cap: &Lanes) -> [Lanes; 2] {
        let row = self.width as isize;
        let last = padded(self.pixels) - LANES;
        let mut nearest = [255u8; LANES];
        let mut close = nearest;
        for (place, (across, down)) in NEARBY.into_iter().enumerate() {
            let there = start.saturating_add_signed(across + down * row).min(last);
            let distance = distance(pixel, colours_at(&self.colours[0], there), cap);
            for lane in 0..LANES {
                nearest[lane] = nearest[lane].min(distance[lane]);
            }
            if place + 1 == CLOSE {
                close = nearest;
            }
        }
        [close, nearest]
    }
}

/// Where a pixel looks for its colour: rings of 2, 4 and about 8 pixels.
const NEARBY: [(isize, isize); 24] = [
    (2, 0),
    (-2, 0),
    (0, 2),
    (0, -2),
    (2, 2),
    (-2, 2),
    (2, -2),
    (-2, -2),
    (4, 0),
    (-4, 0),
    (0, 4),
    (0, -4),
    (4, 4),
    (-4, 4),
    (4, -4),
    (-4, -4),
    (8, 0),
    (-8, 0),
    (0, 8),
    (0, -8),
    (6, 6),
    (-6, 6),
    (6, -6),
    (-6, -6),
];
/// The first so many of them are close by.
const CLOSE: usize = 8;

/// 255 where a weight is lighter, else 0.
#[inline(always)]
fn lighter(weight: &Lanes, least: u8) -> Lanes {
    let mut lighter = [0; LANES];
    for lane in 0..LANES {
        lighter[lane] = if weight[lane] < least { 255 } else { 0 };
    }
    lighter
}

/// Whether any lane has at least so much, without asking one after the other.
#[inline(always)]
fn any_at_least(lanes: &Lanes, least: u8) -> bool {
    let mut beyond = [0; LANES];
    for lane in 0..LANES {
        beyond[lane] = lanes[lane].saturating_sub(least - 1);
    }
    beyond != [0; LANES]
}

#[inline(always)]
fn colours_at(planes: &[Vec<u8>; 3], start: usize) -> [&Lanes; 3] {
    let [luma, cb, cr] = planes;
    [at(luma, start), at(cb, start), at(cr, start)]
}

/// The difference in brightness plus one and a half times that in colour. The background is no brighter than the camera can
/// tell.
#[inline(always)]
fn distance([luma, cb, cr]: [&Lanes; 3], [luma0, cb0, cr0]: [&Lanes; 3], cap: &Lanes) -> Lanes {
    let mut distance = [0; LANES];
    for lane in 0..LANES {
        let colour = cb[lane].abs_diff(cb0[lane]).saturating_add(cr[lane].abs_diff(cr0[lane]));
        // Close to what the camera can tell at most, some of the three colours were cut off and the others not.
        let is_cut = (cap[lane] < 255) & (luma[lane] >= cap[lane] - cap[lane] / 5);
        let colour = if is_cut { 0 } else { colour };
        let light = luma[lane].abs_diff(luma0[lane].min(cap[lane]));
        distance[lane] = light.saturating_add(colour).saturating_add(colour >> 1);
    }
    distance
}

#[cfg(test)]
mod tests;
