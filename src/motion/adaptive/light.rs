//! How much things differ in a picture: less in the dark and in fog, so that differences in grey levels that were chosen for good light
//! mean as much there. Where there are no colours they differ by less as well, but so do drops and the shadows of a lamp.

/// One pixel in so many is looked at.
const SPARSE: usize = 31;
/// The mean brightness, and three quarters of the contrast, of good light; and what is added to a lower one, so that something is left
/// of it in the dark.
const BRIGHT: u8 = 80;
const DARK: u8 = 10;
/// However little contrast there is counts as so much: before a bare wall somebody has more.
const BARE: u8 = 30;
/// One pixel in so many may be darker, and as many brighter, than the contrast tells: a lamp in the fog.
const OUTERMOST: u32 = 50;
/// Below these lights (with what is added) it is poor, and very poor.
const DIM: u8 = 72;
const DIMMER: u8 = 54;

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
        [mean.min((contrast - contrast / 4).max(BARE)), mean].map(|light| Self(DARK + light))
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

    /// Whether it is poor.
    pub fn is_dim(self) -> bool {
        self.0 < DIM
    }

    /// Whether it is very poor.
    pub fn is_dimmer(self) -> bool {
        self.0 < DIMMER
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
            [(40, 200, 90, 20), (20, 20, 30, 6), (150, 200, 48, 10), (200, 200, 40, 8), (0, 0, 10, 2)]
        {
            let luma: Vec<u8> = (0..2_000).map(|pixel| if pixel % 2 == 0 { darkest } else { brightest }).collect();
            let [of, of_mean] = Light::of(&luma);
            assert_eq!((of, of.levels(20)), (Light(light), levels), "{darkest} to {brightest}");
            assert_eq!(of_mean, Light(DARK + (darkest / 2 + brightest / 2).min(BRIGHT)), "{darkest} to {brightest}");
        }
        assert_eq!(Light::of(&[]), [Light(DARK); 2], "a picture of nothing");
    }
}
