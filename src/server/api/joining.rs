//! Phones on their way in, and the codes by which they come, for the operator.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::json;
use warp::http::StatusCode;

use crate::access::Role;
use crate::server::flow::{Site, now};
use crate::server::reply::{self, Reply};

/// What a code is wanted for.
#[derive(Deserialize)]
pub struct Wanted {
    role: Role,
}

/// What the window shows beside the code, made a few times a second.
pub fn list(site: &Site) -> Reply {
    let view = site.parts.controls.view();
    reply::json(StatusCode::OK, &json!({ "phones": view.joining.phones, "nobody": view.joining.nobody }))
}

/// A code for the address at which the operator asks. The same one until it is used or nears its end.
pub fn invite(site: &Site, reached: SocketAddr, wanted: &Wanted) -> Reply {
    let address = SocketAddr::new(reached.ip().to_canonical(), reached.port());
    let ticket = site.parts.access.ticket(wanted.role, Some(address.ip()), now());
    let url = format!("https://{address}/j/{}", ticket.secret);
    reply::json(StatusCode::OK, &json!({ "url": url, "role": wanted.role, "expires": ticket.expires }))
}
