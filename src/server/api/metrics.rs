//! What is counted and measured, as Prometheus reads it.

use crate::server::error::ApiError;
use crate::server::flow::Site;
use crate::server::reply::{self, Reply};

pub async fn metrics(site: &Site) -> Result<Reply, ApiError> {
    let _ = site;
    Ok(reply::done())
}
