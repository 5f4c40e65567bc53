//! Previews: small frames that are looked at in place of the large ones that a phone holds back.
//!
//! They spare network, battery and heat while nothing moves. The answer says which of the pictures held back are wanted;
//! these come as frames with `?judged`.

use warp::http::StatusCode;

use super::frames;
use crate::pipeline::{Order, Wish};
use crate::server::error::ApiError;
use crate::server::flow::{Request, Site, now};
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

pub async fn post(
    site: &Site,
    principal: &Principal,
    camera: &str,
    request: &mut Request,
    max_bytes: usize,
) -> Result<Reply, ApiError> {
    let query = &request.query;
    let wish = Wish::Preview { whole: query.has("whole") };
    let order = Order { wish, late: query.has("late"), moved: query.has("moved") };
    // The room that the body takes is given back when all is done with it.
    let (upload, _loaded) = frames::read(site, principal, camera, request, order, max_bytes).await?;
    let answer = frames::take_in(site, upload).await?;
    site.parts.access.joining().frame(principal.id(), now());
    Ok(reply::json(StatusCode::OK, &answer))
}
