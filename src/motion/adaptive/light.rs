//! How much things differ in a picture: less in the dark and in fog, so that differences in grey levels that were chosen for good light
//! mean as much there. Where there are no colours they differ by less as well, as brightness alone tells them apart; but so do drops and
//! the shadows of a lamp, so that what is found only for that has to change (see `shapes`).

/// One pixel in so many is looked at.
const SPARSE: usize = 31;
/// The mean brightness of good light, and what is added to a lower one, so that something is left of it in the dark.
const BRIGHT: u8 = 80;
const DARK: u8 = 10;
/// Contrast counts as so much less of brightness, and however little there is as so much: a bare wall has little as well, and somebody
/// before it more.
const LESS: u8 = 50;
const BARE: u8 = 20;
/// One pixel in so many may be darker, and as many brighter, than the contrast tells: a lamp in the fog.
const OUTERMOST: u32 = 50;
/// Below these lights (with what is added) it is poor, and very poor.
const DIM: u8 = 72;
const DIMMER: u8 = 54;
/// Without colours things differ by so many 64ths of what they do where colours are, in the mean, so far from grey.
const COLOURLESS: u32 = 44;
const COLOURFUL: u32 = 6;

/// The light of a picture, 90 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Light(u8);

impl Light {
    /// Enough light for everything.
    #[cfg(test)]
    pub const GOOD: Self = Self(DARK + BRIGHT);

    /// The light of a picture, by its brightness: mean and contrast, and the mean alone.
    #[inline(always)]
    pub fn of(luma: &[u8]) -> [Self; 2] {
        let (mut counts, mut sum) = ([0u32; 256], 0);
        for luma in luma.iter().step_by(SPARSE) {
            counts[usize::from(*luma)] += 1;
            sum += u32::from(*luma);
        }
        let count = luma.len().div_ceil(SPARSE).max(1) as u32;
        let few = count / OUTERMOST;
        let contrast = rank(&counts, count - 1 - few).saturating_sub(rank(&counts, few));
        let mean = ((sum / count) as u8).min(BRIGHT);
        [mean.min(contrast.saturating_sub(LESS).max(BARE)), mean].map(|light| Self(DARK + light))
    }

    /// Three quarters of it.
    pub fn three_quarters(self) -> Self {
        Self(self.0 / 4 * 3)
    }

    /// What means as much in this light as so many grey levels do in good light.
    #[inline(always)]
    pub fn levels(self, levels: u8) -> u8 {
        (u16::from(levels) * u16::from(self.0) / u16::from(DARK + BRIGHT)) as u8
    }

    /// As many sixteenths as brightness has to be stretched by to differ as much as in good light.
    pub fn stretch(self) -> usize {
        16 * usize::from(DARK + BRIGHT) / usize::from(self.0.max(DARK))
    }

    /// Whether it is poor.
    pub fn is_dim(self) -> bool {
        self.0 < DIM
    }

    /// Whether it is very poor.
    pub fn is_dimmer(self) -> bool {
        self.0 < DIMMER
    }
}

/// What colours add to the differences in a picture, in 64ths: all of them where there are colours enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tint(u8);

impl Default for Tint {
    fn default() -> Self {
        Self::FULL
    }
}

impl Tint {
    /// Colours enough for everything.
    pub const FULL: Self = Self(64);

    /// The tint of a picture, by its two colour differences.
    #[inline(always)]
    pub fn of(colours: [&[u8]; 2]) -> Self {
        let count = colours[0].len().div_ceil(SPARSE).max(1) as u32;
        let strength =
            |plane: &[u8]| -> u32 { plane.iter().step_by(SPARSE).map(|value| u32::from(value.abs_diff(128))).sum() };
        let strength: u32 = colours.map(strength).iter().sum();
        Self((COLOURLESS + strength * (64 - COLOURLESS) / (count * COLOURFUL)).min(64) as u8)
    }

    /// What means as much with these colours as so many levels do where there are enough.
    #[inline(always)]
    pub fn levels(self, levels: u8) -> u8 {
        (u16::from(levels) * u16::from(self.0) / 64) as u8
    }
}

/// The value that so many others are not greater than, by how often each occurs.
#[inline(always)]
pub(super) fn rank(counts: &[u32; 256], rank: u32) -> u8 {
    let mut below = 0;
    for (value, count) in (0..=255).zip(counts) {
        below += count;
        if below > rank {
            return value;
        }
    }
    255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_differ_by_less_in_the_dark_and_in_fog() {
        for (darkest, brightest, light, levels) in
            [(30, 210, 90, 20), (20, 20, 30, 6), (150, 200, 30, 6), (90, 200, 70, 15), (200, 200, 30, 6), (0, 0, 10, 2)]
        {
            let luma: Vec<u8> = (0..2_000).map(|pixel| if pixel % 2 == 0 { darkest } else { brightest }).collect();
            let [of, of_mean] = Light::of(&luma);
            assert_eq!((of, of.levels(20)), (Light(light), levels), "{darkest} to {brightest}");
            assert_eq!(of_mean, Light(DARK + (darkest / 2 + brightest / 2).min(BRIGHT)), "{darkest} to {brightest}");
        }
        assert_eq!(Light::of(&[]), [Light(DARK); 2], "a picture of nothing");
    }

    #[test]
    fn things_differ_by_less_without_colours() {
        for (strength, levels) in [(0, 13), (2, 15), (5, 18), (6, 20), (60, 20)] {
            // As much of it in either of them, and to either side of grey.
            for colours in [[128 + strength, 128], [128, 128 - strength]] {
                let tint = Tint::of(colours.map(|value| vec![value; 2_000]).each_ref().map(Vec::as_slice));
                assert_eq!(tint.levels(20), levels, "{colours:?}");
            }
        }
        assert_eq!(Tint::of([&[], &[]]).levels(64), 44, "a picture of nothing");
    }
}
