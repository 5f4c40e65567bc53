//! What connections and requests tell of phones on their way in. It decides nothing and answers nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use warp::http::header::USER_AGENT;
use warp::http::{HeaderMap, Method};

use crate::access::{Access, Knock};
use crate::server::flow::{Request, Site, now};
use crate::server::help::Readers;
use crate::server::listener::Knocks;
use crate::server::route::{Endpoint, Found};
use crate::server::session::Principal;

/// Hears of connections.
pub fn knocks(access: &Arc<Access>) -> Knocks {
    let access = Arc::clone(access);
    Arc::new(move |peer: SocketAddr, knock: Knock| access.joining().knock(peer.ip(), knock, now()))
}

/// Hears of readers of the help page.
pub fn readers(access: &Arc<Access>) -> Readers {
    let access = Arc::clone(access);
    Arc::new(move |peer: SocketAddr, agent: &str| access.joining().help(peer.ip(), agent, now()))
}

/// What a browser calls itself; empty where it does not.
pub fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Notes a request over TLS, before it is answered. `found` is its route, `principal` whoever sent it, where that is known.
pub fn note(site: &Site, request: &Request, found: Option<&Found>, principal: Option<&Principal>) {
    let joining = site.parts.access.joining();
    let address = request.peer.addr.ip();
    if principal.is_some() {
        return joining.heard(address, now());
    }
    let page = found.filter(|_| request.method == Method::GET).map(|found| found.route.endpoint);
    match page {
        Some(Endpoint::AskToPair) => joining.page(address, agent(&request.headers), true, now()),
        // A script that asks for a page does not say that it reads HTML.
        Some(Endpoint::Page | Endpoint::FramesPage | Endpoint::UploadPage | Endpoint::WatchPage)
            if request.wants_page() =>
        {
            joining.page(address, agent(&request.headers), false, now());
        }
        Some(Endpoint::TrustPage) => joining.help(address, agent(&request.headers), now()),
        Some(Endpoint::TrustCheck | Endpoint::Authority | Endpoint::Profile | Endpoint::Asset) => {}
        _ => joining.something_else(address),
    }
}
