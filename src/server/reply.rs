//! Makes answers. It knows headers and bodies, and nothing of what they are about.

use bytes::Bytes;
use serde::Serialize;
use warp::Reply as _;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use warp::http::{HeaderMap, Response};

/// An answer: status, headers, body.
pub type Reply = warp::reply::Response;

/// For what only this browser may keep, and what never changes under its address.
pub const PRIVATE_IMMUTABLE: &str = "private, max-age=31536000, immutable";

/// An answer in JSON. Nothing may keep it.
pub fn json(status: StatusCode, value: &impl Serialize) -> Reply {
    let mut reply = warp::reply::json(value).into_response();
    // A value that cannot be written became 500 in the line above; that one stays.
    if reply.status() == StatusCode::OK {
        *reply.status_mut() = status;
    }
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// A page. Nothing may keep it.
pub fn html(status: StatusCode, page: String) -> Reply {
    let mut reply = bytes("text/html; charset=utf-8", page.into());
    *reply.status_mut() = status;
    set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// Done; there is nothing to say.
pub fn done() -> Reply {
    empty(StatusCode::NO_CONTENT)
}

/// A status without a body.
pub fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Bytes::new().into());
    *reply.status_mut() = status;
    reply
}

/// Bytes of a media type.
pub fn bytes(media_type: &str, bytes: Bytes) -> Reply {
    let mut reply = Response::new(bytes.into());
    set(&mut reply, CONTENT_TYPE, media_type);
    reply
}

/// Sets a header. What cannot stand in one is left out.
pub fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// Marks an answer with its version and how long it may be kept.
pub fn keep(reply: &mut Reply, etag: &str, cache_control: &str) {
    set(reply, ETAG, etag);
    set(reply, CACHE_CONTROL, cache_control);
}

/// "You have it already", when the client says that it has this version (RFC 9110, 13.1.2).
pub fn unchanged(headers: &HeaderMap, etag: &str, cache_control: &str) -> Option<Reply> {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = known.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == etag || tag == "*").then(|| {
        let mut reply = empty(StatusCode::NOT_MODIFIED);
        keep(&mut reply, etag, cache_control);
        reply
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_recognised_in_a_list_and_when_it_is_weak() {
        let asks = |value: &'static str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
            unchanged(&headers, "\"abc\"", "no-cache").map(|reply| reply.status().as_u16())
        };
        for known in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert_eq!(asks(known), Some(304), "{known}");
        }
        for other in ["\"ab\"", "abc", ""] {
            assert_eq!(asks(other), None, "{other}");
        }
    }
}
