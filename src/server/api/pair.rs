//! Pairing: a ticket for a session.
//!
//! To look at the address of the code changes nothing: previews of messages and readers of codes look at it too, and a
//! browser that comes from a foreign site does not show its cookie. So the page behind it sends a form to the same
//! address, and that request pairs: it comes from a page of ours and shows the cookie of a phone that is paired already.

use std::sync::Arc;

use warp::http::header::{LOCATION, SET_COOKIE};
use warp::http::{HeaderMap, StatusCode};

use crate::access::Role;
use crate::server::error::ApiError;
use crate::server::flow::{Request, Site, now, off_thread};
use crate::server::html;
use crate::server::joining::agent;
use crate::server::language::Language;
use crate::server::reply::{self, Reply};
use crate::server::session::{Principal, set_cookie};

/// The page that goes on to pair by itself.
pub fn ask(path: &str, headers: &HeaderMap) -> Reply {
    let Language { tag, pairing, moment, pair, .. } = Language::of(headers);
    reply::html(StatusCode::OK, html::pressing_on(tag, pairing, moment, path, pair))
}

pub async fn pair(
    site: &Site,
    principal: Option<&Principal>,
    ticket: &str,
    request: &Request,
) -> Result<Reply, ApiError> {
    let (from, agent) = (request.peer.addr.ip(), agent(&request.headers));
    let joining = site.parts.access.joining();
    // A browser that is paired already keeps its session and leaves the ticket to somebody else.
    if let Some(principal) = principal {
        joining.paired(from, agent, &principal.device, now());
        return Ok(go_on(principal.device.role));
    }
    let access = Arc::clone(&site.parts.access);
    let (ticket, reached, label) = (ticket.to_owned(), request.peer.local.ip(), label(&request.headers));
    match off_thread(move || access.redeem(&ticket, Some(reached), &label, now())).await?? {
        Ok((device, token)) => {
            joining.paired(from, agent, &device, now());
            let mut reply = go_on(device.role);
            reply::set(&mut reply, SET_COOKIE, &set_cookie(&token));
            Ok(reply)
        }
        Err(error) => {
            joining.refused(from, agent, error, now());
            let language = Language::of(&request.headers);
            let [why, todo] = language.refusal(error);
            Ok(reply::html(StatusCode::GONE, html::page(language.tag, language.scan_again, &[&why, &todo], &[])))
        }
    }
}

/// Cameras go to the page that films, whoever looks on to the page of all cameras.
pub fn go_on(role: Role) -> Reply {
    let mut reply = reply::empty(StatusCode::SEE_OTHER);
    let page = match role {
        Role::Camera => "/",
        Role::Viewer | Role::Operator => "/watch",
    };
    reply::set(&mut reply, LOCATION, page);
    reply
}

/// What a browser calls itself, short enough for a list: "iPhone, Safari".
fn label(headers: &HeaderMap) -> String {
    let agent = agent(headers);
    let first =
        |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Order matters: every browser carries the names of those that it wants to be taken for.
    let device = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    let browser = first(&[
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    match (device, browser) {
        (Some(device), Some(browser)) => format!("{device}, {browser}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;
    use warp::http::header::USER_AGENT;

    use super::*;

    #[test]
    fn a_label_names_device_and_browser() {
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
            Version/17.0 Mobile/15E148 Safari/604.1";
        let android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
            Mobile Safari/537.36";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
        let table = [
            (iphone, "iPhone, Safari"),
            (android, "Android, Chrome"),
            (firefox, "Linux, Firefox"),
            ("curl/8.0", "browser"),
            ("", "browser"),
        ];
        for (agent, expected) in table {
            let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_str(agent).unwrap())]);
            assert_eq!(label(&headers), expected);
        }
    }
}
