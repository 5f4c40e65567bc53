//! How much things differ in a picture: less in the dark, in fog and where there are no colours, so that differences in grey levels that
//! were chosen for good light mean as much there.

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
/// Pictures without colours have so many 64ths of the light of those whose colours are, in the mean, so far from grey.
const COLOURLESS: u32 = 48;
const COLOURFUL: u32 = 6;
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

    /// The light of a picture: brightness and two colour differences.
    #[inline(always)]
    pub fn of([luma, cb, cr]: [&[u8]; 3]) -> Self {
        let (mut counts, mut sum, mut colours) = ([0u32; 256], 0, 0);
        for pixel in (0..luma.len()).step_by(SPARSE) {
            counts[usize::from(luma[pixel])] += 1;
            sum += u32::from(luma[pixel]);
            colours += u32::from(cb[pixel].abs_diff(128)) + u32::from(cr[pixel].abs_diff(128));
        }
        let count = luma.len().div_ceil(SPARSE).max(1) as u32;
        let few = count / OUTERMOST;
        let contrast = rank(&counts, count - 1 - few).saturating_sub(rank(&counts, few));
        let light = DARK + ((sum / count) as u8).min((contrast - contrast / 4).max(BARE)).min(BRIGHT);
        let colours = (COLOURLESS + colours * (64 - COLOURLESS) / (count * COLOURFUL)).min(64);
        Self((u32::from(light) * colours / 64) as u8)
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
    fn things_differ_by_less_in_the_dark_in_fog_and_without_colours() {
        for ((darkest, brightest, colour), light, levels) in [
            ((40, 200, 134), 90, 20),
            ((20, 20, 140), 30, 6),
            ((150, 200, 140), 48, 10),
            ((200, 200, 140), 40, 8),
            ((0, 0, 140), 10, 2),
            ((40, 200, 128), 67, 14),
            ((40, 200, 125), 78, 17),
        ] {
            let luma: Vec<u8> = (0..2_000).map(|pixel| if pixel % 2 == 0 { darkest } else { brightest }).collect();
            let of = Light::of([&luma, &vec![colour; 2_000], &[128; 2_000]]);
            assert_eq!((of, of.levels(20)), (Light(light), levels), "{darkest} to {brightest}, {colour}");
        }
        assert_eq!(Light::of([&[], &[], &[]]), Light(7), "a picture of nothing");
    }
}
