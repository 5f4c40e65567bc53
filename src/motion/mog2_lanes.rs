//! Sixteen numbers at once. The arithmetic of MOG2 is written once against [`Wide`]; here is the version for every
//! processor, and `mog2_avx2` has the one for x86-64 with AVX2. Both round every operation on its own, so that they give
//! the same bits.

/// Pixels that are computed at once.
pub(super) const LANES: usize = 16;

/// One number of sixteen pixels, as it lies in memory.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Lanes(pub [f32; LANES]);

impl Lanes {
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// Sixteen `f32` in registers. No operation is ever fused with another.
pub(super) trait Wide: Copy {
    /// One answer a lane.
    type Flags: Flags;

    fn splat(value: f32) -> Self;
    fn load(lanes: &Lanes) -> Self;
    fn store(self, lanes: &mut Lanes);
    /// Asks the memory for numbers that are needed soon.
    fn fetch(lanes: &Lanes);
    /// Bytes as numbers 0 to 255.
    fn from_bytes(bytes: &[u8; LANES]) -> Self;
    /// Whole numbers 0 to 255 as bytes.
    fn to_bytes(self, bytes: &mut [u8; LANES]);
    /// Blue, green and red of sixteen pixels that lie as red, green, blue.
    fn channels(rgb: &[u8; 3 * LANES]) -> [Self; 3];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// `self < other`; never when either is not a number. So are the others.
    fn below(self, other: Self) -> Self::Flags;
    /// `self <= other`.
    fn at_most(self, other: Self) -> Self::Flags;
    /// `self == other`.
    fn equals(self, other: Self) -> Self::Flags;
    /// Where `flags` are set `yes`, elsewhere `no`.
    fn choose(flags: Self::Flags, yes: Self, no: Self) -> Self;
}

/// Sixteen answers, yes or no.
pub(super) trait Flags: Copy {
    fn none() -> Self;
    fn and(self, other: Self) -> Self;
    /// `self` where `other` is not set.
    fn and_not(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn not(self) -> Self;
    fn any(self) -> bool;
}

/// The version for every processor; compilers turn its loops into whatever vectors there are.
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; LANES]);

/// All bits of a lane are set or none is.
#[derive(Clone, Copy)]
pub(super) struct PortableFlags([u32; LANES]);

impl Portable {
    #[inline]
    fn each(self, other: Self, operation: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }

    #[inline]
    fn ask(self, other: Self, question: impl Fn(f32, f32) -> bool) -> PortableFlags {
        PortableFlags(std::array::from_fn(|lane| if question(self.0[lane], other.0[lane]) { !0 } else { 0 }))
    }
}

impl Wide for Portable {
    type Flags = PortableFlags;

    #[inline]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline]
    fn load(lanes: &Lanes) -> Self {
        Self(lanes.0)
    }

    #[inline]
    fn store(self, lanes: &mut Lanes) {
        lanes.0 = self.0;
    }

    #[inline]
    fn fetch(_lanes: &Lanes) {}

    #[inline]
    fn from_bytes(bytes: &[u8; LANES]) -> Self {
        Self(std::array::from_fn(|lane| f32::from(bytes[lane])))
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers give whole numbers 0 to 255")]
    fn to_bytes(self, bytes: &mut [u8; LANES]) {
        *bytes = std::array::from_fn(|lane| self.0[lane] as u8);
    }

    #[inline]
    fn channels(rgb: &[u8; 3 * LANES]) -> [Self; 3] {
        std::array::from_fn(|channel| Self(std::array::from_fn(|lane| f32::from(rgb[3 * lane + 2 - channel]))))
    }

    #[inline]
    fn add(self, other: Self) -> Self {
        self.each(other, |one, other| one + other)
    }

    #[inline]
    fn sub(self, other: Self) -> Self {
        self.each(other, |one, other| one - other)
    }

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.each(other, |one, other| one * other)
    }

    #[inline]
    fn div(self, other: Self) -> Self {
        self.each(other, |one, other| one / other)
    }

    #[inline]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    #[inline]
    fn below(self, other: Self) -> PortableFlags {
        self.ask(other, |one, other| one < other)
    }

    #[inline]
    fn at_most(self, other: Self) -> PortableFlags {
        self.ask(other, |one, other| one <= other)
    }

    #[inline]
    #[expect(
        clippy::float_cmp,
        reason = "OpenCV asks for exactly 0 before it divides, and modes are counted in floats"
    )]
    fn equals(self, other: Self) -> PortableFlags {
        self.ask(other, |one, other| one == other)
    }

    #[inline]
    fn choose(flags: PortableFlags, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|lane| if flags.0[lane] == 0 { no.0[lane] } else { yes.0[lane] }))
    }
}

impl Flags for PortableFlags {
    #[inline]
    fn none() -> Self {
        Self([0; LANES])
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] & other.0[lane]))
    }

    #[inline]
    fn and_not(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] & !other.0[lane]))
    }

    #[inline]
    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] | other.0[lane]))
    }

    #[inline]
    fn not(self) -> Self {
        Self(self.0.map(|lane| !lane))
    }

    #[inline]
    fn any(self) -> bool {
        self.0.iter().fold(0, |all, lane| all | lane) != 0
    }
}
