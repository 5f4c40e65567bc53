//! Every way through a step gives the same bytes.

use std::ops::Range;

use proptest::prelude::*;

use super::*;

/// A block of pixels with values of this range.
fn around(values: Range<u8>) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(values, LANES * 3)
}

proptest! {
    /// Where there is no AVX2 both are the same code and the test says little.
    #[test]
    fn every_kind_of_register_gives_the_same_bytes(
        frames in proptest::collection::vec(
            (proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), 100u8..110], 53 * 3), 0.0f64..0.4), 1..40),
        shadows: bool,
        variance_threshold in 1.0f32..80.0,
    ) {
        let (mut best, mut portable) = (Mixture::new(53), Mixture::new(53));
        let (mut best_mask, mut portable_mask) = ([0; 53], [0; 53]);
        for (rgb, rate) in frames {
            let rates = Rates::new(rate, variance_threshold, 4.0);
            best.step(shadows, &rgb, &mut best_mask, &rates);
            portable.step_as::<Portable>(shadows, &rgb, &mut portable_mask, &rates);
            prop_assert_eq!(best_mask, portable_mask);
            prop_assert_eq!(&best.counts, &portable.counts);
        }
    }

    /// A pixel that never comes to rest keeps its block from the shorter way of [`Mixture::match_heaviest`].
    #[test]
    fn what_a_pixel_gives_does_not_depend_on_its_neighbours(
        frames in proptest::collection::vec((prop_oneof![4 => around(100..103), 1 => around(60..140)], any::<[u8; 3]>()), 1..40),
        rate in 0.0f64..0.2,
    ) {
        let (mut calm, mut disturbed) = (Mixture::new(LANES), Mixture::new(LANES));
        let (mut calm_mask, mut disturbed_mask) = ([0; LANES], [0; LANES]);
        let rates = Rates::new(rate, 16.0, 4.0);
        for (mut rgb, restless) in frames {
            calm.step(true, &rgb, &mut calm_mask, &rates);
            rgb[3 * LANES - 3..].copy_from_slice(&restless);
            disturbed.step(true, &rgb, &mut disturbed_mask, &rates);
            prop_assert_eq!(&calm_mask[..LANES - 1], &disturbed_mask[..LANES - 1]);
            prop_assert_eq!(&calm.counts[0][..LANES - 1], &disturbed.counts[0][..LANES - 1]);
            for (lane, &count) in calm.counts[0][..LANES - 1].iter().enumerate() {
                for mode in 0..usize::from(count) {
                    let weight = |of: &Mixture| of.modes[mode].weights[0].0[lane].to_bits();
                    prop_assert_eq!(weight(&calm), weight(&disturbed));
                }
            }
        }
    }
}
