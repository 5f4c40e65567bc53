//! The phone's pages: the folder `web/`, embedded in the binary when it is built.

use rust_embed::{EmbeddedFile, RustEmbed};
use warp::http::{HeaderMap, StatusCode};

use crate::server::error::ApiError;
use crate::server::reply::{self, Reply};

/// Names of files do not change with their content, so a browser asks each time whether it still has the newest.
const ASK_AGAIN: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "web/"]
struct Web;

/// A file of `web/` by its path in there.
///
/// # Errors
/// [`ApiError::UnknownPath`] when there is none.
pub fn asset(path: &str, headers: &HeaderMap) -> Result<Reply, ApiError> {
    let media_type = media_type(path).ok_or(ApiError::UnknownPath)?;
    let file = Web::get(path).ok_or(ApiError::UnknownPath)?;
    Ok(send(&file, media_type, headers))
}

/// A page: `index`, `frames`, `upload` or `watch`.
///
/// # Errors
/// [`ApiError::Internal`] when it was not embedded.
pub fn page(name: &str, headers: &HeaderMap) -> Result<Reply, ApiError> {
    let file = Web::get(&format!("{name}.html"));
    let file = file.ok_or_else(|| ApiError::Internal(format!("the page {name} is not in the binary")))?;
    Ok(send(&file, "text/html; charset=utf-8", headers))
}

fn send(file: &EmbeddedFile, media_type: &str, headers: &HeaderMap) -> Reply {
    let hash = file.metadata.sha256_hash();
    let etag = format!("\"{:032x}\"", u128::from_be_bytes(std::array::from_fn(|at| hash[at])));
    if let Some(unchanged) = reply::unchanged(headers, &etag, ASK_AGAIN) {
        return unchanged;
    }
    let bytes = match &file.data {
        std::borrow::Cow::Borrowed(bytes) => bytes::Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.clone().into(),
    };
    let mut reply = reply::bytes(media_type, bytes);
    debug_assert_eq!(reply.status(), StatusCode::OK);
    reply::keep(&mut reply, &etag, ASK_AGAIN);
    reply
}

/// The media type of what belongs to a page. Other files in the folder (types, notes) are not for browsers.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_a_page_is_sent() {
        for path in ["../Cargo.toml", "package.json", "README.md", "nothing.js", "/etc/passwd", ""] {
            assert!(matches!(asset(path, &HeaderMap::new()), Err(ApiError::UnknownPath)), "{path}");
        }
    }
}
