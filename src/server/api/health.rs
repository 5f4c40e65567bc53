//! Whether all is well, and the description of this interface.

use serde_json::json;
use warp::http::StatusCode;

use crate::bus::{Problem, Problems};
use crate::server::reply::{self, Reply};

const DESCRIPTION: &str = include_str!("../../../docs/openapi.yaml");

/// 200 while nothing needs a person, 503 with the list of what does, in words for everyone: whoever asks has no session.
pub fn health(problems: &Problems) -> Reply {
    let problems: Vec<Problem> = problems.list().iter().map(Problem::in_public).collect();
    if problems.is_empty() {
        reply::json(StatusCode::OK, &json!({ "status": "ok" }))
    } else {
        reply::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "problem", "problems": problems }))
    }
}

/// The `OpenAPI` description of this server.
pub fn description() -> Reply {
    reply::bytes("application/yaml", DESCRIPTION.into())
}
