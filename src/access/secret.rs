//! Secrets: made from the system's random numbers, kept only as hashes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Longest text that is looked at as a secret: ours have 43 characters, a stranger's may be a megabyte.
const MAX_SECRET_BYTES: usize = 128;

/// SHA-256 of a token.
///
/// A plain hash, without salt and stretching, is enough: a token has 256 random bits, there is nothing to guess. For the
/// same reason looking it up need not take constant time: whoever measures how far a comparison got learns about a hash
/// that he cannot choose without already knowing the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Of a token as it was sent; `None` when it is too long to be one.
    pub fn of(token: &str) -> Option<Self> {
        (token.len() <= MAX_SECRET_BYTES).then(|| Self(Sha256::digest(token.as_bytes()).into()))
    }

    /// As 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// A secret of `N` random bytes in base64url: 22 characters for 16 bytes, 43 for 32.
pub fn random_secret<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<N>())
}

/// A number of 16 hexadecimal digits that nobody has yet.
pub fn random_id() -> String {
    hex(&random_bytes::<8>())
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A computer whose kernel gives no random numbers cannot make the TLS handshake either by which we would be asked.
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    bytes
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_as_it_was_written() {
        let hash = TokenHash::of("token").unwrap();
        assert_eq!(TokenHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(hash.to_hex(), "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0");
        for bad in ["", "3c", &"g".repeat(64), &"é".repeat(32), &"0".repeat(66)] {
            assert_eq!(TokenHash::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_stranger_s_megabyte_is_not_hashed() {
        assert_eq!(TokenHash::of(&"x".repeat(1_000_000)), None);
    }

    #[test]
    fn secrets_differ_and_fit_an_address() {
        let (a, b) = (random_secret::<16>(), random_secret::<16>());
        assert_ne!(a, b);
        assert_eq!((a.len(), random_secret::<32>().len(), random_id().len()), (22, 43, 16));
        assert!(a.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{a}");
    }
}
