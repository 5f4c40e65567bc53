//! Parts of a file (RFC 9110, 14): browsers ask for them to play a video and to seek in it.
//!
//! One part is given; who asks for several at once gets the whole file, as the standard allows.

use warp::http::HeaderMap;
use warp::http::header::{IF_RANGE, RANGE};

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// Its bytes from the first to the last, both included.
    Part(u64, u64),
    /// Bytes that it does not have.
    Beyond,
}

/// What these headers ask for of a file of `length` bytes in the version `etag`.
pub fn wanted(headers: &HeaderMap, length: u64, etag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &warp::http::HeaderValue| value.to_str().ok());
    // A part of another version would not fit what the client has.
    if text(IF_RANGE).is_some_and(|known| known.trim() != etag) {
        return Wanted::Whole;
    }
    let Some(range) = text(RANGE).and_then(|value| value.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    parse(range.trim(), length).unwrap_or(Wanted::Whole)
}

/// `None` for what is no single range.
fn parse(range: &str, length: u64) -> Option<Wanted> {
    let (first, last) = range.split_once('-')?;
    if first.is_empty() {
        let bytes: u64 = number(last)?;
        let is_any = bytes > 0 && length > 0;
        return Some(if is_any { Wanted::Part(length.saturating_sub(bytes), length - 1) } else { Wanted::Beyond });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(if first < length { Wanted::Part(first, last.min(length - 1)) } else { Wanted::Beyond })
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    // A number beyond all files is as good as the largest.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    #[test]
    fn one_part_is_read_as_the_standard_says_and_anything_else_is_the_whole() {
        let table = [
            ("bytes=0-", Wanted::Part(0, 99)),
            ("bytes=0-0", Wanted::Part(0, 0)),
            ("bytes=10-19", Wanted::Part(10, 19)),
            ("bytes=90-1000", Wanted::Part(90, 99)),
            ("bytes=-30", Wanted::Part(70, 99)),
            ("bytes=-1000", Wanted::Part(0, 99)),
            ("bytes=99999999999999999999-", Wanted::Beyond),
            ("bytes=100-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=20-10", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
        ];
        for (range, expected) in table {
            let headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
            assert_eq!(wanted(&headers, 100, "\"a\""), expected, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 100, "\"a\""), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_version_is_not_given() {
        let headers = |known: &'static str| {
            HeaderMap::from_iter([
                (RANGE, HeaderValue::from_static("bytes=1-2")),
                (IF_RANGE, HeaderValue::from_static(known)),
            ])
        };
        assert_eq!(wanted(&headers("\"a\""), 100, "\"a\""), Wanted::Part(1, 2));
        assert_eq!(wanted(&headers("\"b\""), 100, "\"a\""), Wanted::Whole);
    }
}
