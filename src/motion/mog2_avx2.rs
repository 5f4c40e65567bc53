//! Sixteen numbers in two AVX2 registers. The one file of the motion engine with `unsafe`: each operation is one
//! instruction that the processor must have.
//!
//! Safety, for every block below: [`Avx2`] is used by [`run`] alone, which is entered only after the processor was asked
//! for AVX2. Loads and stores go through references to arrays of exactly the length that is read or written.

#![expect(clippy::inline_always, reason = "an operation must become part of a function that is compiled for AVX2")]

use std::arch::x86_64::{
    __m128i, __m256, _CMP_EQ_OQ, _CMP_LE_OQ, _CMP_LT_OQ, _MM_HINT_T0, _mm_loadu_si128, _mm_or_si128, _mm_packus_epi16,
    _mm_packus_epi32, _mm_prefetch, _mm_setr_epi8, _mm_shuffle_epi8, _mm_storeu_si128, _mm_unpackhi_epi64,
    _mm256_add_ps, _mm256_and_ps, _mm256_andnot_ps, _mm256_blendv_ps, _mm256_castsi256_si128, _mm256_cmp_ps,
    _mm256_cvtepi32_ps, _mm256_cvtepu8_epi32, _mm256_cvttps_epi32, _mm256_div_ps, _mm256_extracti128_si256,
    _mm256_load_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_or_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_store_ps, _mm256_sub_ps, _mm256_xor_ps,
};

use super::mog2_block::{Mixture, Rates};
use super::mog2_lanes::{Flags, LANES, Lanes, Wide};

/// The step in time of every block, compiled for AVX2. `None` when this processor lacks it.
pub(super) fn run(mixture: &mut Mixture, shadows: bool, rgb: &[u8], mask: &mut [u8], rates: &Rates) -> Option<()> {
    #[target_feature(enable = "avx2")]
    fn compiled_for_avx2(mixture: &mut Mixture, shadows: bool, rgb: &[u8], mask: &mut [u8], rates: &Rates) {
        mixture.step_as::<Avx2>(shadows, rgb, mask, rates);
    }
    if !is_x86_feature_detected!("avx2") {
        return None;
    }
    // SAFETY: the processor has AVX2, as was just asked.
    unsafe { compiled_for_avx2(mixture, shadows, rgb, mask, rates) };
    Some(())
}

#[derive(Clone, Copy)]
struct Avx2(__m256, __m256);

/// All bits of a lane are set or none is.
#[derive(Clone, Copy)]
struct Avx2Flags(__m256, __m256);

/// One operation on both registers.
macro_rules! both {
    ($type:ident, $operation:ident $(::<$constant:ident>)?, $($one:expr, $other:expr);+) => {
        // SAFETY: see the head of this file.
        unsafe { both!(@call $type, $operation $(::<$constant>)?, [$($one),+], [$($other),+]) }
    };
    (@call $type:ident, $operation:ident $(::<$constant:ident>)?, [$($one:expr),+], [$($other:expr),+]) => {
        $type($operation $(::<$constant>)? ($($one),+), $operation $(::<$constant>)? ($($other),+))
    };
}

impl Wide for Avx2 {
    type Flags = Avx2Flags;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        both!(Self, _mm256_set1_ps, value, value)
    }

    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        let start = lanes.0.as_ptr();
        // SAFETY: see the head of this file. `Lanes` is aligned to 64 bytes and holds 16 numbers.
        unsafe { Self(_mm256_load_ps(start), _mm256_load_ps(start.add(8))) }
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes) {
        let start = lanes.0.as_mut_ptr();
        // SAFETY: as in `load`.
        unsafe {
            _mm256_store_ps(start, self.0);
            _mm256_store_ps(start.add(8), self.1);
        }
    }

    #[inline(always)]
    fn fetch(lanes: &Lanes) {
        // SAFETY: see the head of this file; fetching changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(lanes.0.as_ptr().cast()) }
    }

    #[inline(always)]
    fn from_bytes(sixteen: &[u8; LANES]) -> Self {
        numbers(bytes(sixteen))
    }

    #[inline(always)]
    fn to_bytes(self, bytes: &mut [u8; LANES]) {
        // SAFETY: see the head of this file; 16 bytes are written.
        unsafe {
            let (first, second) = (_mm256_cvttps_epi32(self.0), _mm256_cvttps_epi32(self.1));
            let first = _mm_packus_epi32(_mm256_castsi256_si128(first), _mm256_extracti128_si256::<1>(first));
            let second = _mm_packus_epi32(_mm256_castsi256_si128(second), _mm256_extracti128_si256::<1>(second));
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm_packus_epi16(first, second));
        }
    }

    #[inline(always)]
    fn channels(rgb: &[u8; 3 * LANES]) -> [Self; 3] {
        let (parts, _) = rgb.as_chunks();
        let parts = [bytes(&parts[0]), bytes(&parts[1]), bytes(&parts[2])];
        [channel::<2>(parts), channel::<1>(parts), channel::<0>(parts)]
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        both!(Self, _mm256_add_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        both!(Self, _mm256_sub_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        both!(Self, _mm256_mul_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        both!(Self, _mm256_div_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let sign = Self::splat(-0.0);
        both!(Self, _mm256_andnot_ps, sign.0, sign.1; self.0, self.1)
    }

    #[inline(always)]
    fn below(self, other: Self) -> Avx2Flags {
        both!(Avx2Flags, _mm256_cmp_ps::<_CMP_LT_OQ>, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn at_most(self, other: Self) -> Avx2Flags {
        both!(Avx2Flags, _mm256_cmp_ps::<_CMP_LE_OQ>, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Avx2Flags {
        both!(Avx2Flags, _mm256_cmp_ps::<_CMP_EQ_OQ>, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn choose(flags: Avx2Flags, yes: Self, no: Self) -> Self {
        both!(Self, _mm256_blendv_ps, no.0, no.1; yes.0, yes.1; flags.0, flags.1)
    }
}

impl Flags for Avx2Flags {
    #[inline(always)]
    fn none() -> Self {
        // SAFETY: see the head of this file.
        unsafe { Self(_mm256_setzero_ps(), _mm256_setzero_ps()) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        both!(Self, _mm256_and_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        both!(Self, _mm256_andnot_ps, other.0, other.1; self.0, self.1)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        both!(Self, _mm256_or_ps, self.0, self.1; other.0, other.1)
    }

    #[inline(always)]
    fn not(self) -> Self {
        let all = Avx2::splat(0.0).equals(Avx2::splat(0.0));
        both!(Self, _mm256_xor_ps, self.0, self.1; all.0, all.1)
    }

    #[inline(always)]
    fn any(self) -> bool {
        // SAFETY: see the head of this file.
        unsafe { _mm256_movemask_ps(_mm256_or_ps(self.0, self.1)) != 0 }
    }
}

/// Sixteen bytes in a register.
#[inline(always)]
fn bytes(sixteen: &[u8; LANES]) -> __m128i {
    // SAFETY: see the head of this file; 16 bytes are read, wherever they lie.
    unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) }
}

/// Sixteen bytes as numbers.
#[inline(always)]
fn numbers(lower: __m128i) -> Avx2 {
    // SAFETY: see the head of this file.
    unsafe {
        let upper = _mm_unpackhi_epi64(lower, lower);
        Avx2(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(lower)), _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(upper)))
    }
}

/// Every third byte of 48, from byte `FIRST` on.
#[inline(always)]
fn channel<const FIRST: usize>(parts: [__m128i; 3]) -> Avx2 {
    /// For each of the 16 places which byte of this part belongs there; the highest bit leaves the place 0.
    const fn places(first: usize, part: usize) -> [i8; LANES] {
        let mut places = [-1; LANES];
        let mut lane = 0;
        while lane < LANES {
            let byte = 3 * lane + first;
            if byte / LANES == part {
                #[expect(clippy::cast_possible_truncation, reason = "below 16")]
                {
                    places[lane] = (byte % LANES) as i8;
                }
            }
            lane += 1;
        }
        places
    }
    #[inline(always)]
    fn picked(part: __m128i, p: [i8; LANES]) -> __m128i {
        // SAFETY: see the head of this file.
        unsafe {
            let places = _mm_setr_epi8(
                p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15],
            );
            _mm_shuffle_epi8(part, places)
        }
    }
    let first = picked(parts[0], const { places(FIRST, 0) });
    let second = picked(parts[1], const { places(FIRST, 1) });
    let third = picked(parts[2], const { places(FIRST, 2) });
    // SAFETY: see the head of this file.
    numbers(unsafe { _mm_or_si128(_mm_or_si128(first, second), third) })
}
