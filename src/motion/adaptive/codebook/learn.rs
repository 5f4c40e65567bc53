//! How the codebook learns: what a pixel is, how far it usually is from that, and how fast.

use super::{BACKGROUND_WEIGHT, Codebook, WORDS, colours_at, distance};
use crate::motion::adaptive::planes::{LANES, Lanes, Planes, at, at_mut, padded};

/// Seconds after which weights, colours and mean distances have taken over about two thirds of what is new.
const WEIGHT_SECS: f32 = 8.0;
const COLOUR_SECS: f32 = 2.0;
const DISTANCE_SECS: f32 = 4.0;
/// Learning more often teaches nothing more.
const LEARN_SECS: f32 = 0.09;
/// In the beginning everything counts alike, and is learnt a little more often.
const LEARNING_SECS: f32 = 3.0;
const LEARN_SECS_FIRST: f32 = 0.06;
/// What moves and then stands still becomes background in about this time.
const ABSORB_SECS: f32 = 200.0;

/// The most that a lesson teaches, in 256ths: with more, a step of a byte would not fit into 16 bits.
const MOST_RATE: i16 = 127;

/// A colour counts as the same codeword up to this distance in quiet pictures.
const SAME_COLOUR: f32 = 20.0;
/// Distances above this count as this in the mean.
const MOST_DISTANCE: u8 = 60;
/// How fast a pixel that changes its mind is believed less, and how fast that is forgotten, a second.
const BLINK: u8 = 32;
const CALM_A_SECOND: f32 = 30.0;
/// What has less weight than this is forgotten four times as slowly: what a drop on the lens hid is to be known again.
const FAINT: u8 = 24;
const FAINT_SLOWNESS: i16 = 4;
/// The weight of a colour that was seen once.
const FIRST_WEIGHT: u8 = 4;

/// How fast this lesson teaches, in 256ths.
struct Rates {
    weight: i16,
    /// The same for what is hardly known any more.
    faint: i16,
    colour: i16,
    distance: i16,
    calm: u8,
    /// All ones when what moves takes a step towards the background too.
    absorb: u8,
    /// Spreads what is lost by rounding evenly over time.
    dither: i16,
    same_colour: u8,
}

impl Codebook {
    /// Learns from the picture that was compared last. Where `guarded` is not 0 something moves, and is learnt only slowly;
    /// where `shapes` is not 0 a pixel that changes its mind does so because something passes.
    #[inline(always)]
    pub fn learn(
        &mut self,
        picture: &Planes,
        caps: &[u8],
        sway: &[u8],
        guarded: &[u8],
        shapes: &[u8],
        interval_secs: f32,
    ) {
        self.frames = self.frames.wrapping_add(1);
        self.unlearnt_secs += interval_secs;
        let least_secs = if self.is_beginning() { LEARN_SECS_FIRST } else { LEARN_SECS };
        if self.unlearnt_secs < least_secs {
            return;
        }
        let secs = std::mem::take(&mut self.unlearnt_secs);
        let rates = self.rates(secs);
        for start in (0..padded(self.pixels)).step_by(LANES) {
            let guarded = at(guarded, start);
            self.feed_back(start, at(sway, start), guarded, at(shapes, start), &rates);
            self.learn_step(start, picture, at(caps, start), guarded, &rates);
            self.sort(start);
        }
    }

    /// Whether everything still counts alike.
    pub fn is_beginning(&self) -> bool {
        self.learnt_secs < LEARNING_SECS
    }

    fn rates(&mut self, secs: f32) -> Rates {
        self.lessons = self.lessons.wrapping_add(1);
        self.learnt_secs += secs;
        let (mut weight, mut colour) = (secs / WEIGHT_SECS, secs / COLOUR_SECS);
        if self.is_beginning() {
            let mean = 1.0 / (self.lessons as f32 + 1.0);
            (weight, colour) = (weight.max(mean), colour.max(mean));
        }
        // Weights move in steps of at least 4/256, so that little is lost by rounding.
        self.weight_step += weight;
        let mut step = (self.weight_step * 256.0) as i16;
        if step < 4 {
            step = 0;
        } else {
            self.weight_step -= f32::from(step) / 256.0;
        }
        let step = step.min(MOST_RATE);
        // As many steps as bring an unexplained colour to the weight of background in that time.
        let slowness = ABSORB_SECS / (f32::from(BACKGROUND_WEIGHT) / 255.0 * WEIGHT_SECS);
        let mut absorb = 0;
        if step > 0 {
            self.absorbing += 1.0;
            if self.absorbing >= slowness {
                self.absorbing -= slowness;
                absorb = 255;
            }
        }
        Rates {
            weight: step,
            faint: (step + FAINT_SLOWNESS / 2) / FAINT_SLOWNESS,
            colour: ((colour * 256.0).round() as i16).clamp(1, MOST_RATE),
            distance: ((secs / DISTANCE_SECS * 256.0).round() as i16).clamp(1, MOST_RATE),
            calm: (CALM_A_SECOND * secs).round().clamp(1.0, 255.0) as u8,
            absorb,
            dither: i16::from((self.lessons as u8).reverse_bits()),
            same_colour: (SAME_COLOUR + 1.5 * f32::from(self.noise)).min(255.0) as u8,
        }
    }

    #[inline(always)]
    fn feed_back(&mut self, start: usize, sway: &Lanes, guarded: &Lanes, shapes: &Lanes, rates: &Rates) {
        let radius = self.radius_at(start, sway);
        let (explained, distance) = (at(&self.explained, start), at(&self.distance, start));
        let (moved, blink) = (at_mut(&mut self.moved, start), at_mut(&mut self.blink, start));
        for lane in 0..LANES {
            let now = if distance[lane] > radius[lane] { 255 } else { 0 };
            let changed = (now ^ moved[lane]) & !shapes[lane] & explained[lane];
            moved[lane] = now;
            let (more, less) = (blink[lane].saturating_add(BLINK), blink[lane].saturating_sub(rates.calm));
            blink[lane] = if changed != 0 { more } else { less };
        }
        let mean = at_mut(&mut self.mean_distance, start);
        for lane in 0..LANES {
            let now = i16::from(distance[lane].min(MOST_DISTANCE)) * 4;
            let next = towards(mean[lane], now, rates.distance, rates.dither);
            mean[lane] = if (guarded[lane] != 0) | (explained[lane] == 0) { mean[lane] } else { next };
        }
    }

    #[inline(always)]
    fn learn_step(&mut self, start: usize, picture: &Planes, cap: &Lanes, guarded: &Lanes, rates: &Rates) {
        let pixel = colours_at(&picture.channels, start);
        let (mut nearest, mut best) = ([255u8; LANES], [WORDS as u8; LANES]);
        for (word, (colours, weights)) in (0u8..).zip(self.colours.iter().zip(&self.weights)) {
            let weight = at(weights, start);
            if weight == &[0; LANES] {
                continue;
            }
            let distance = distance(pixel, colours_at(colours, start), cap);
            for lane in 0..LANES {
                let fits = (weight[lane] > 0) & (distance[lane] <= rates.same_colour);
                let distance = if fits { distance[lane] } else { 255 };
                best[lane] = if distance < nearest[lane] { word } else { best[lane] };
                nearest[lane] = nearest[lane].min(distance);
            }
        }
        let mut weigh = [0u8; LANES];
        for lane in 0..LANES {
            weigh[lane] = !guarded[lane] | rates.absorb;
        }
        for (word, (colours, weights)) in (0u8..).zip(self.colours.iter_mut().zip(&mut self.weights)) {
            // A colour that no codeword has takes the place of the last one.
            let is_last = usize::from(word) == WORDS - 1;
            let (mut hit, mut fresh) = ([0u8; LANES], [0u8; LANES]);
            for lane in 0..LANES {
                hit[lane] = if best[lane] == word { 255 } else { 0 };
                fresh[lane] = if is_last & (best[lane] == WORDS as u8) { 255 } else { 0 };
            }
            // A colour that no pixel has now stays as it is, and its weight too until the next step.
            let is_fresh = fresh != [0; LANES];
            if is_fresh || hit != [0; LANES] {
                for (now, colour) in pixel.into_iter().zip(colours) {
                    let colour = at_mut(colour, start);
                    for lane in 0..LANES {
                        let next = towards(colour[lane], i16::from(now[lane]), rates.colour, rates.dither);
                        let follow = hit[lane] & !guarded[lane];
                        let kept = (next & follow) | (colour[lane] & !follow);
                        colour[lane] = (now[lane] & fresh[lane]) | (kept & !fresh[lane]);
                    }
                }
            }
            if is_fresh || rates.weight > 0 {
                let weight = at_mut(weights, start);
                for lane in 0..LANES {
                    let fades = (weight[lane] < FAINT) & (hit[lane] == 0);
                    let rate = if fades { rates.faint } else { rates.weight };
                    let next = towards(weight[lane], i16::from(hit[lane]), rate, rates.dither);
                    let kept = (next & weigh[lane]) | (weight[lane] & !weigh[lane]);
                    weight[lane] = (FIRST_WEIGHT & fresh[lane]) | (kept & !fresh[lane]);
                }
            }
        }
    }

    /// The greatest weight first: one pass of a bubble sort a lesson is enough, weights move slowly.
    #[inline(always)]
    fn sort(&mut self, start: usize) {
        for word in (1..WORDS).rev() {
            let mut swap = [0u8; LANES];
            let (higher, lower) = (at(&self.weights[word - 1], start), at(&self.weights[word], start));
            for lane in 0..LANES {
                swap[lane] = if lower[lane] > higher[lane] { 255 } else { 0 };
            }
            if swap == [0; LANES] {
                continue;
            }
            let (weights, lower_weights) = self.weights.split_at_mut(word);
            exchange(&mut weights[word - 1], &mut lower_weights[0], start, &swap);
            let (colours, lower_colours) = self.colours.split_at_mut(word);
            for (one, other) in colours[word - 1].iter_mut().zip(&mut lower_colours[0]) {
                exchange(one, other, start, &swap);
            }
        }
    }
}

/// `rate` 256ths of the way from one value to another.
#[inline(always)]
fn towards(from: u8, to: i16, rate: i16, dither: i16) -> u8 {
    let from = i16::from(from);
    (from + (((to - from) * rate + dither) >> 8)) as u8
}

#[inline(always)]
fn exchange(one: &mut [u8], other: &mut [u8], start: usize, swap: &Lanes) {
    let (one, other) = (at_mut(one, start), at_mut(other, start));
    for lane in 0..LANES {
        let change = (one[lane] ^ other[lane]) & swap[lane];
        one[lane] ^= change;
        other[lane] ^= change;
    }
}
