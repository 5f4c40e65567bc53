//! Numbers that look like chance and are the same on every run.

/// Any of 2^32 numbers for these three.
pub(super) fn hash(a: u64, b: u64, c: u64) -> u32 {
    // The finaliser of SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014).
    let mut z = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ c.wrapping_mul(0xd1b5_4a32_d192_ed03);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 32) as u32
}

/// Evenly between 0 and 1.
pub(super) fn share(a: u64, b: u64, c: u64) -> f32 {
    (hash(a, b, c) >> 8) as f32 / (1u32 << 24) as f32
}

/// Evenly between two numbers.
pub(super) fn between(from: f32, to: f32, (a, b, c): (u64, u64, u64)) -> f32 {
    from + (to - from) * share(a, b, c)
}

/// About a normal distribution with a standard deviation of 1: the sum of twelve even ones.
pub(super) fn normal(a: u64, b: u64) -> f32 {
    (0..12).map(|c| share(a, b, c)).sum::<f32>() - 6.0
}
