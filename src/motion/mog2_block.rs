//! One step in time of MOG2 for sixteen neighbouring pixels at once, in the order of operations of OpenCV 5.0.
//!
//! OpenCV asks each pixel in turn; here every question is asked of sixteen pixels, and an answer that no pixel of the
//! block needs is not computed and its Gaussians are not read. Lanes that are not concerned keep their numbers.

#![expect(clippy::inline_always, reason = "the step must become part of a function that is compiled for AVX2")]

#[cfg(target_arch = "x86_64")]
use super::mog2_avx2;
use super::mog2_lanes::{Flags, LANES, Lanes, Portable, Wide};

/// Most Gaussians of a pixel.
const MODES: usize = 5;
/// Variances within which a pixel belongs to a Gaussian and teaches it.
const GENERATION_THRESHOLD: f32 = 9.0;
/// The heaviest Gaussians whose weights reach this share are the background.
const BACKGROUND_SHARE: f32 = 0.9;
const FIRST_VARIANCE: f32 = 15.0;
const MOST_VARIANCE: f32 = 75.0;
/// A shadow is not darker than this share of the background.
const DARKEST_SHADOW: f32 = 0.5;
/// What each Gaussian loses a frame, in learning rates, beside its share. Those that fall below it are removed.
const COMPLEXITY_REDUCTION: f32 = 0.05;

/// How many blocks ahead the memory is asked. The processor foresees by itself what comes next, but only to the end of a
/// page of memory, and a page holds sixteen blocks: this saves a sixth of the time at 1280x720.
const FETCHED_AHEAD: usize = 8;

/// The Gaussians of every pixel of a picture, sixteen pixels a block, the last block filled up.
#[derive(Default)]
pub(super) struct Mixture {
    /// First the heaviest Gaussian of each pixel, last the lightest.
    modes: [Mode; MODES],
    /// How many Gaussians each pixel has.
    counts: Vec<[u8; LANES]>,
}

/// The n-th Gaussian of every pixel. Weights lie apart because every frame changes all of them, but mostly only the first
/// mean and variance.
#[derive(Default)]
struct Mode {
    weights: Vec<Lanes>,
    gaussians: Vec<Gaussian>,
}

#[derive(Clone)]
struct Gaussian {
    variance: Lanes,
    /// Blue, green, red.
    mean: [Lanes; 3],
}

/// How fast a step learns and how far it looks, rounded as OpenCV rounds it.
pub(super) struct Rates {
    alpha: f32,
    /// `1 - alpha`.
    keep: f32,
    /// At most 0: what is added to each weight.
    prune: f32,
    variance_threshold: f32,
    least_variance: f32,
}

impl Rates {
    /// `rate` from 0 to 1.
    #[expect(clippy::cast_possible_truncation, reason = "the rounding to f32 is OpenCV's")]
    pub fn new(rate: f64, variance_threshold: f32, least_variance: f32) -> Self {
        let alpha = rate as f32;
        let prune = (-rate * f64::from(COMPLEXITY_REDUCTION)) as f32;
        Self { alpha, keep: 1.0 - alpha, prune, variance_threshold, least_variance }
    }
}

impl Mixture {
    /// For so many pixels, none of which has a Gaussian yet.
    pub fn new(pixels: usize) -> Self {
        let blocks = pixels.div_ceil(LANES);
        // Zeroed memory comes untouched from the system: Gaussians that no pixel ever needs take no room.
        let mode = |_| Mode { weights: vec![Lanes::ZERO; blocks], gaussians: vec![Gaussian::ZERO; blocks] };
        Self { modes: std::array::from_fn(mode), counts: vec![[0; LANES]; blocks] }
    }

    /// Removes all Gaussians.
    pub fn clear(&mut self) {
        self.counts.fill([0; LANES]);
    }

    /// One step in time. `rgb` has three bytes a pixel and `mask` one, for as many pixels as in [`Mixture::new`].
    pub fn step(&mut self, shadows: bool, rgb: &[u8], mask: &mut [u8], rates: &Rates) {
        #[cfg(target_arch = "x86_64")]
        if mog2_avx2::run(self, shadows, rgb, mask, rates).is_some() {
            return;
        }
        self.step_as::<Portable>(shadows, rgb, mask, rates);
    }

    /// [`Mixture::step`] with a given kind of registers.
    #[inline(always)]
    pub fn step_as<V: Wide>(&mut self, shadows: bool, rgb: &[u8], mask: &mut [u8], rates: &Rates) {
        let constants = Constants::<V>::new(rates);
        let (pixels, last_pixels) = rgb.as_chunks::<{ 3 * LANES }>();
        let (masks, last_mask) = mask.as_chunks_mut::<LANES>();
        for (block, (rgb, mask)) in pixels.iter().zip(masks).enumerate() {
            self.fetch::<V>(block + FETCHED_AHEAD);
            self.step_block(block, shadows, rgb, mask, &constants);
        }
        if !last_pixels.is_empty() {
            let mut rgb = [0; 3 * LANES];
            rgb[..last_pixels.len()].copy_from_slice(last_pixels);
            let mut mask = [0; LANES];
            self.step_block(pixels.len(), shadows, &rgb, &mut mask, &constants);
            last_mask.copy_from_slice(&mask[..last_mask.len()]);
        }
    }

    /// Asks the memory for what nearly every block needs.
    #[inline(always)]
    fn fetch<V: Wide>(&self, block: usize) {
        for mode in &self.modes[..2] {
            if let Some(weights) = mode.weights.get(block) {
                V::fetch(weights);
            }
        }
        if let Some(gaussian) = self.modes[0].gaussians.get(block) {
            V::fetch(&gaussian.variance);
            for mean in &gaussian.mean {
                V::fetch(mean);
            }
        }
    }

    #[inline(always)]
    fn step_block<V: Wide>(
        &mut self,
        block: usize,
        shadows: bool,
        rgb: &[u8; 3 * LANES],
        mask: &mut [u8; LANES],
        constants: &Constants<V>,
    ) {
        let pixel = V::channels(rgb);
        let mut count = V::from_bytes(&self.counts[block]);
        let background = if let Some(background) = self.match_heaviest(block, &pixel, &mut count, constants) {
            background
        } else {
            let Matched { fits, background } = self.match_modes(block, &pixel, &mut count, constants);
            let strange = fits.not();
            if constants.learns && strange.any() {
                self.add_modes(block, &pixel, strange, &mut count, constants);
            }
            background
        };
        count.to_bytes(&mut self.counts[block]);
        let moving = background.not();
        let mut shown = V::choose(background, V::splat(0.0), V::splat(255.0));
        if shadows && moving.any() {
            let shadow = self.find_shadows(block, &pixel, moving, count, constants);
            shown = V::choose(shadow, V::splat(127.0), shown);
        }
        shown.to_bytes(mask);
    }

    /// What [`Mixture::match_modes`] does where every pixel of the block belongs to its heaviest Gaussian, as most do: nothing
    /// is overtaken and nothing is added. Gives the pixels that are background; `None`, and nothing has changed, elsewhere.
    #[inline(always)]
    fn match_heaviest<V: Wide>(
        &mut self,
        block: usize,
        pixel: &[V; 3],
        count: &mut V,
        constants: &Constants<V>,
    ) -> Option<V::Flags> {
        let [Mode { weights, gaussians }, others @ ..] = &mut self.modes;
        let gaussian = &mut gaussians[block];
        let variance = V::load(&gaussian.variance);
        let away = gaussian.differences(pixel);
        let distance = sum_of_products(&away, &away);
        let fit = V::splat(NUMBERS[0]).below(*count).and(distance.below(V::splat(GENERATION_THRESHOLD).mul(variance)));
        if fit.not().any() {
            return None;
        }
        let background = distance.below(constants.variance_threshold.mul(variance));
        // What was just taught is never so light that it is removed.
        let heaviest = constants.keep.mul(V::load(&weights[block])).add(constants.prune).add(constants.alpha);
        gaussian.learn(constants.alpha.div(heaviest), &away, distance, constants.least_variance);
        let mut total = heaviest;
        let mut lighter = [V::splat(0.0); MODES - 1];
        let mut used = 0;
        for (mode, number) in NUMBERS[1..].iter().enumerate() {
            let active = V::splat(*number).below(*count);
            if !active.any() {
                break;
            }
            used = mode + 1;
            let weight = constants.keep.mul(V::load(&others[mode].weights[block])).add(constants.prune);
            let weight = constants.pruned(active, weight, count);
            total = V::choose(active, total.add(weight), total);
            lighter[mode] = weight;
        }
        let share = V::splat(1.0).div(total);
        heaviest.mul(share).store(&mut weights[block]);
        for (mode, weight) in others[..used].iter_mut().zip(lighter) {
            weight.mul(share).store(&mut mode.weights[block]);
        }
        Some(background)
    }

    /// Finds the Gaussian that each pixel belongs to, teaches it, and brings all weights up to date.
    #[inline(always)]
    fn match_modes<V: Wide>(
        &mut self,
        block: usize,
        pixel: &[V; 3],
        count: &mut V,
        constants: &Constants<V>,
    ) -> Matched<V> {
        let mut fits = V::Flags::none();
        let mut background = V::Flags::none();
        let mut total = V::splat(0.0);
        let mut used = 0;
        for (mode, number) in NUMBERS.into_iter().enumerate() {
            let active = V::splat(number).below(*count);
            if !active.any() {
                break;
            }
            used = mode + 1;
            let Mode { weights, gaussians } = &mut self.modes[mode];
            let mut weight = constants.keep.mul(V::load(&weights[block])).add(constants.prune);
            let mut fit = V::Flags::none();
            let open = active.and_not(fits);
            if open.any() {
                let gaussian = &mut gaussians[block];
                let variance = V::load(&gaussian.variance);
                let away = gaussian.differences(pixel);
                let distance = sum_of_products(&away, &away);
                let near = distance.below(constants.variance_threshold.mul(variance));
                background = background.or(open.and(near).and(total.below(V::splat(BACKGROUND_SHARE))));
                fit = open.and(distance.below(V::splat(GENERATION_THRESHOLD).mul(variance)));
                if fit.any() {
                    let grown = weight.add(constants.alpha);
                    weight = V::choose(fit, grown, weight);
                    gaussian.learn_where(fit, constants.alpha.div(grown), &away, distance, constants.least_variance);
                }
                fits = fits.or(fit);
            }
            weight = constants.pruned(active, weight, count);
            weight.store(&mut weights[block]);
            total = V::choose(active, total.add(weight), total);
            if mode > 0 && fit.any() {
                self.rise(block, mode, fit, weight);
            }
        }
        let known = V::splat(f32::EPSILON).below(total.abs());
        let share = V::choose(known, V::splat(1.0).div(total), V::splat(0.0));
        for mode in &mut self.modes[..used] {
            let weight = &mut mode.weights[block];
            V::load(weight).mul(share).store(weight);
        }
        Matched { fits, background }
    }

    /// Gives each `strange` pixel, which belongs to no Gaussian, one of its own in place of the lightest.
    #[inline(always)]
    fn add_modes<V: Wide>(
        &mut self,
        block: usize,
        pixel: &[V; 3],
        strange: V::Flags,
        count: &mut V,
        constants: &Constants<V>,
    ) {
        let last = V::splat(NUMBERS[MODES - 1]);
        let place = V::choose(count.below(last), *count, last);
        *count = V::choose(strange, place.add(V::splat(1.0)), *count);
        let mut used = 0;
        for (mode, Mode { weights, gaussians }) in self.modes.iter_mut().enumerate() {
            let number = V::splat(NUMBERS[mode]);
            let heavier = strange.and(number.below(place));
            let here = strange.and(number.equals(place));
            if here.any() {
                used = mode;
                gaussians[block].begin(here, pixel);
            }
            let weight = V::load(&weights[block]);
            let first = if mode == 0 { V::splat(1.0) } else { constants.alpha };
            let weight = V::choose(heavier, weight.mul(constants.keep), V::choose(here, first, weight));
            weight.store(&mut weights[block]);
            if !heavier.any() {
                break;
            }
        }
        for mode in (1..=used).rev() {
            let here = strange.and(V::splat(NUMBERS[mode]).equals(place));
            if here.any() {
                self.rise(block, mode, here, constants.alpha);
            }
        }
    }

    /// Moves Gaussians of this weight up from `from` for as long as the one above is not heavier.
    #[inline(always)]
    fn rise<V: Wide>(&mut self, block: usize, from: usize, mut rising: V::Flags, weight: V) {
        for mode in (1..=from).rev() {
            let [above, here] = &mut self.modes[mode - 1..=mode] else { unreachable!("a range of two") };
            let lighter = V::load(&above.weights[block]);
            rising = rising.and_not(weight.below(lighter));
            if !rising.any() {
                return;
            }
            V::choose(rising, lighter, V::load(&here.weights[block])).store(&mut here.weights[block]);
            V::choose(rising, weight, lighter).store(&mut above.weights[block]);
            Gaussian::swap::<V>(rising, &mut above.gaussians[block], &mut here.gaussians[block]);
        }
    }

    /// Which of the `moving` pixels are darker background of the same colour.
    #[inline(always)]
    fn find_shadows<V: Wide>(
        &self,
        block: usize,
        pixel: &[V; 3],
        moving: V::Flags,
        count: V,
        constants: &Constants<V>,
    ) -> V::Flags {
        let mut open = moving;
        let mut shadow = V::Flags::none();
        let mut total = V::splat(0.0);
        for (mode, Mode { weights, gaussians }) in self.modes.iter().enumerate() {
            open = open.and(V::splat(NUMBERS[mode]).below(count));
            if !open.any() {
                break;
            }
            let gaussian = &gaussians[block];
            let mean: [V; 3] = gaussian.means();
            let product = sum_of_products(pixel, &mean);
            let square = sum_of_products(&mean, &mean);
            open = open.and_not(square.equals(V::splat(0.0)));
            let darker = product.at_most(square).and(V::splat(DARKEST_SHADOW).mul(square).at_most(product));
            let shade = product.div(square);
            let away = subtract(&[shade.mul(mean[0]), shade.mul(mean[1]), shade.mul(mean[2])], pixel);
            let limit = constants.variance_threshold.mul(V::load(&gaussian.variance)).mul(shade).mul(shade);
            let found = open.and(darker).and(sum_of_products(&away, &away).below(limit));
            shadow = shadow.or(found);
            total = total.add(V::load(&weights[block]));
            open = open.and_not(found).and_not(V::splat(BACKGROUND_SHARE).below(total));
        }
        shadow
    }
}

/// 0 to 4 as they are compared with counts.
const NUMBERS: [f32; MODES] = [0.0, 1.0, 2.0, 3.0, 4.0];

/// What the Gaussians say of each pixel.
struct Matched<V: Wide> {
    /// It belongs to one of them.
    fits: V::Flags,
    /// It is near enough to one of the background.
    background: V::Flags,
}

/// [`Rates`] in registers.
struct Constants<V> {
    alpha: V,
    keep: V,
    prune: V,
    prune_limit: V,
    variance_threshold: V,
    least_variance: V,
    learns: bool,
}

impl<V: Wide> Constants<V> {
    #[inline(always)]
    fn new(rates: &Rates) -> Self {
        Self {
            alpha: V::splat(rates.alpha),
            keep: V::splat(rates.keep),
            prune: V::splat(rates.prune),
            prune_limit: V::splat(-rates.prune),
            variance_threshold: V::splat(rates.variance_threshold),
            least_variance: V::splat(rates.least_variance),
            learns: rates.alpha > 0.0,
        }
    }

    /// The weights of the active Gaussians of one number; those that are too light become 0 and are no longer counted.
    #[inline(always)]
    fn pruned(&self, active: V::Flags, weight: V, count: &mut V) -> V {
        let pruned = active.and(weight.below(self.prune_limit));
        *count = V::choose(pruned, count.sub(V::splat(1.0)), *count);
        V::choose(pruned, V::splat(0.0), weight)
    }
}

impl Gaussian {
    const ZERO: Self = Self { variance: Lanes::ZERO, mean: [Lanes::ZERO; 3] };

    #[inline(always)]
    fn means<V: Wide>(&self) -> [V; 3] {
        [V::load(&self.mean[0]), V::load(&self.mean[1]), V::load(&self.mean[2])]
    }

    /// Mean minus pixel, a channel each.
    #[inline(always)]
    fn differences<V: Wide>(&self, pixel: &[V; 3]) -> [V; 3] {
        subtract(&self.means(), pixel)
    }

    /// Moves towards the pixels, by the share `step` of the way.
    #[inline(always)]
    fn learn<V: Wide>(&mut self, step: V, away: &[V; 3], distance: V, least: V) {
        for (mean, away) in self.mean.iter_mut().zip(away) {
            V::load(mean).sub(step.mul(*away)).store(mean);
        }
        self.learnt_variance(step, distance, least).store(&mut self.variance);
    }

    /// [`Gaussian::learn`] where the pixels fit.
    #[inline(always)]
    fn learn_where<V: Wide>(&mut self, fit: V::Flags, step: V, away: &[V; 3], distance: V, least: V) {
        for (mean, away) in self.mean.iter_mut().zip(away) {
            let before = V::load(mean);
            V::choose(fit, before.sub(step.mul(*away)), before).store(mean);
        }
        let after = self.learnt_variance(step, distance, least);
        V::choose(fit, after, V::load(&self.variance)).store(&mut self.variance);
    }

    #[inline(always)]
    fn learnt_variance<V: Wide>(&self, step: V, distance: V, least: V) -> V {
        let before = V::load(&self.variance);
        let most = V::splat(MOST_VARIANCE);
        let after = before.add(step.mul(distance.sub(before)));
        let after = V::choose(after.below(least), least, after);
        V::choose(most.below(after), most, after)
    }

    /// Starts at the pixel.
    #[inline(always)]
    fn begin<V: Wide>(&mut self, here: V::Flags, pixel: &[V; 3]) {
        for (mean, pixel) in self.mean.iter_mut().zip(pixel) {
            V::choose(here, *pixel, V::load(mean)).store(mean);
        }
        V::choose(here, V::splat(FIRST_VARIANCE), V::load(&self.variance)).store(&mut self.variance);
    }

    #[inline(always)]
    fn swap<V: Wide>(swapped: V::Flags, one: &mut Self, other: &mut Self) {
        swap::<V>(swapped, &mut one.variance, &mut other.variance);
        for (one, other) in one.mean.iter_mut().zip(&mut other.mean) {
            swap::<V>(swapped, one, other);
        }
    }
}

#[inline(always)]
fn swap<V: Wide>(swapped: V::Flags, one: &mut Lanes, other: &mut Lanes) {
    let (first, second) = (V::load(one), V::load(other));
    V::choose(swapped, second, first).store(one);
    V::choose(swapped, first, second).store(other);
}

// Neither closures nor `map` on arrays: the compiler does not make them part of a function that is compiled for AVX2.

#[inline(always)]
fn subtract<V: Wide>(one: &[V; 3], other: &[V; 3]) -> [V; 3] {
    [one[0].sub(other[0]), one[1].sub(other[1]), one[2].sub(other[2])]
}

/// `a0 b0 + a1 b1 + a2 b2`, added from the left.
#[inline(always)]
fn sum_of_products<V: Wide>(one: &[V; 3], other: &[V; 3]) -> V {
    one[0].mul(other[0]).add(one[1].mul(other[1])).add(one[2].mul(other[2]))
}

#[cfg(test)]
mod tests;
