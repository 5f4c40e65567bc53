//! Where a store is that machines share: `s3://BUCKET/PREFIX`. How it is reached, and the right to, are told apart from that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A bucket of S3-compatible storage, and the beginning of all names in it that are Framekeep's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoreAddress {
    bucket: String,
    prefix: String,
}

/// Why a text is no address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreAddressError {
    /// It does not begin with `s3://`.
    #[error("the store {0:?} is not understood; write it as s3://BUCKET/PREFIX")]
    Scheme(String),
    /// No bucket can be called so.
    #[error(
        "{0:?} is no name of a bucket: 3 to 63 small letters, digits, points and hyphens; write s3://BUCKET/PREFIX"
    )]
    Bucket(String),
    /// Everything in a bucket would be Framekeep's to clear away.
    #[error(
        "the store names no folder of its own in the bucket; write s3://BUCKET/PREFIX, for example s3://{0}/framekeep"
    )]
    NoPrefix(String),
    /// It could lead elsewhere, or is read differently by different stores.
    #[error("the prefix {0:?} may hold letters, digits, - _ and ., in parts between single slashes")]
    Prefix(String),
}

impl StoreAddress {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What all names begin with: never empty, with no slash at either end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for StoreAddress {
    type Err = StoreAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or_else(|| StoreAddressError::Scheme(text.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let of_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(of_bucket) {
            return Err(StoreAddressError::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.is_empty() {
            return Err(StoreAddressError::NoPrefix(bucket.to_owned()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        let is_name = |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain);
        if !prefix.split('/').all(is_name) {
            return Err(StoreAddressError::Prefix(prefix.to_owned()));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl TryFrom<String> for StoreAddress {
    type Error = StoreAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StoreAddress> for String {
    fn from(address: StoreAddress) -> Self {
        address.to_string()
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_folder_of_its_own_in_it() {
        for (text, written) in [
            ("s3://frames/framekeep", "s3://frames/framekeep"),
            ("s3://my.frames-2/a/b_c.d/", "s3://my.frames-2/a/b_c.d"),
        ] {
            assert_eq!(text.parse::<StoreAddress>().unwrap().to_string(), written);
        }
        for (text, word) in [
            ("frames/framekeep", "s3://BUCKET/PREFIX"),
            ("https://frames/x", "s3://BUCKET/PREFIX"),
            ("s3://frames", "s3://frames/framekeep"),
            ("s3://frames/", "s3://frames/framekeep"),
            ("s3://Frames/x", "small letters"),
            ("s3:///x", "small letters"),
            ("s3://key:secret@frames/x", "small letters"),
            ("s3://frames/../x", "prefix"),
            ("s3://frames/a//b", "prefix"),
            ("s3://frames/a b", "prefix"),
            ("s3://frames/x?y=1", "prefix"),
        ] {
            let error = text.parse::<StoreAddress>().unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
