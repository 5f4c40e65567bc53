//! How to trust this computer once, behind the warning: the page, the authority to download, and a sign for whoever
//! believes the certificate already.

use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName};

use crate::server::error::ApiError;
use crate::server::flow::{Request, Site};
use crate::server::help;
use crate::server::joining::agent;
use crate::server::reply::{self, Reply};
use crate::server::trust::{self, Download};

pub fn page(site: &Site, request: &Request) -> Reply {
    let address = help::address(&request.headers, Some(request.peer));
    let page = trust::protected_page(&site.certificates, agent(&request.headers), &address);
    let mut reply = reply::html(StatusCode::OK, page);
    reply::set(&mut reply, CONTENT_SECURITY_POLICY, &trust::protected_policy());
    reply
}

/// The help page asks for it from the unprotected side, which is another origin. There is nothing in it.
pub fn check() -> Reply {
    let mut reply = reply::bytes("text/plain; charset=utf-8", bytes::Bytes::from_static(b"believed\n"));
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply::set(&mut reply, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    reply
}

pub fn download(site: &Site, path: &str) -> Result<Reply, ApiError> {
    match trust::download(&site.certificates, path) {
        Some(Download::Authority(bytes, kind)) => {
            let mut reply = reply::bytes(kind, bytes.into());
            reply::set(&mut reply, CACHE_CONTROL, "no-store");
            Ok(reply)
        }
        Some(Download::None) | None => Err(ApiError::UnknownPath),
    }
}
