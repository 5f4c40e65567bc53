//! The help page: what who comes without protection is told, namely how to come with it.
//!
//! It answers every page asked for in the clear, and offers the local authority for download. It takes nothing in:
//! what is sent in the clear is refused, so that no script believes that a picture was accepted.

use std::net::SocketAddr;
use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Method, StatusCode};
use warp::path::FullPath;
use warp::reply::Response;

use super::certificate::Certificates;
use super::joining::agent;
use super::listener::Peer;
use super::trust::{self, Download};

/// Longest name of a host that is believed (RFC 1035, section 2.3.4), and the port behind it.
const MAX_HOST_BYTES: usize = 253 + 6;
/// What scripts ask for, and not people: an answer that looks like success would mislead them.
const FOR_SCRIPTS: [&str; 4] = ["/api/", "/healthz", "/metrics", "/openapi.yaml"];

/// Hears who reads the help page: where they come from, and what their browser calls itself.
pub type Readers = Arc<dyn Fn(SocketAddr, &str) + Send + Sync>;

/// Answers everything that comes in the clear.
#[must_use]
pub fn routes(certificates: Arc<Certificates>, readers: Readers) -> BoxedFilter<(Response,)> {
    warp::method()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<Peer>())
        .map(move |method: Method, path: FullPath, headers: HeaderMap, peer: Option<Peer>| {
            let address = address(&headers, peer);
            if let (Some(peer), true) = (peer, is_page(&method, path.as_str())) {
                readers(peer.addr, agent(&headers));
            }
            answer(&certificates, &method, path.as_str(), &headers, &address)
        })
        .boxed()
}

fn answer(certificates: &Certificates, method: &Method, path: &str, headers: &HeaderMap, address: &str) -> Response {
    if !is_page(method, path) {
        return protection_needed(address);
    }
    let page = |status| {
        reply(status, "text/html; charset=utf-8", trust::help_page(certificates, agent(headers), address), address)
    };
    match trust::download(certificates, path) {
        Some(Download::Authority(bytes, kind)) => reply(StatusCode::OK, kind, bytes, address),
        Some(Download::None) => page(StatusCode::NOT_FOUND),
        None => page(StatusCode::OK),
    }
}

fn is_page(method: &Method, path: &str) -> bool {
    let reading = *method == Method::GET || *method == Method::HEAD;
    reading && !FOR_SCRIPTS.iter().any(|prefix| path.starts_with(prefix))
}

/// The address under which the peer reached us: its `Host` header where that is a host and a port, ours otherwise.
pub fn address(headers: &HeaderMap, peer: Option<Peer>) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host_and_port(host));
    let reached = || peer.map_or_else(|| "localhost".to_owned(), |peer| peer.local.to_string());
    host.map_or_else(reached, str::to_owned)
}

fn is_host_and_port(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let (host, port) = (authority.host(), authority.port_u16());
    let whole = match port {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let v6 = v6.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    // What the parts do not add up to was a user's name, a leading zero or worse.
    text.len() <= MAX_HOST_BYTES && whole == text && !host.is_empty() && (name || v6)
}

fn protection_needed(address: &str) -> Response {
    let error = serde_json::json!({ "error": {
        "code": "tls_required",
        "message": "this came over an unprotected connection and was not accepted",
        "hint": format!("use https://{address}"),
    }});
    reply(StatusCode::FORBIDDEN, "application/json", error.to_string(), address)
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Vec<u8>>, address: &str) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("content-security-policy", trust::help_policy(address));
    for (name, value) in [
        // Addresses, digits and the authority may change; who comes again is to see what holds then.
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("vary", "user-agent, host"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_is_reflected_only_when_it_is_a_host_and_a_port() {
        for good in ["192.168.1.5:8443", "kitchen.local:8443", "kitchen", "[fe80::1]:8443", "[::1]"] {
            assert!(is_host_and_port(good), "{good}");
        }
        let long = "a".repeat(300);
        for bad in [
            "",
            "a b",
            "evil\"><script>",
            "user@host:1",
            "host:port",
            "host:99999",
            "host:",
            "host/path",
            "host?x",
            "[::1",
            "[not v6]:1",
            "<b>",
            "{{style}}",
            "a_b",
            &long,
        ] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
    }
}
