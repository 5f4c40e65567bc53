//! The ledger: what every second of a camera was.

use std::time::Duration;

use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::domain::{CameraName, Label, LedgerExtract, LedgerSpan, StreamId};
use crate::library::LedgerQuery;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library, now};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

/// What is read when nobody says from when.
const DEFAULT: Duration = Duration::from_hours(24);
/// Longest time that is read at once.
const LONGEST: Duration = Duration::from_hours(48);

pub async fn read(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let user = principal.scope(query.name("user")?)?.ok_or(ApiError::BadValue("user", "the name of a user"))?;
    let camera: CameraName = query.name("camera")?.ok_or(ApiError::BadValue("camera", "the name of a camera"))?;
    // Nothing is said of a second that is not over.
    let to = query.time("to")?.unwrap_or_else(now).min(now());
    let from = query.time("from")?.unwrap_or_else(|| to.minus(DEFAULT)).min(to);
    if to.since(from) > LONGEST {
        return Err(ApiError::BadValue("from", "a time at most 48 hours before `to`"));
    }
    let query = LedgerQuery { stream: StreamId { user, camera }, from, to }.whole();
    let asked = query.clone();
    let extract = ask_library(site, move |library| library.ledger(&asked)).await??;
    Ok(reply::json(StatusCode::OK, &describe(&query, &extract)))
}

fn describe(LedgerQuery { stream, from, to }: &LedgerQuery, extract: &LedgerExtract) -> Value {
    let sums = &extract.sums;
    json!({
        "user": stream.user,
        "camera": stream.camera,
        "from": from,
        "to": to,
        "covered": extract.covered().map(|(from, to)| json!({ "from": from, "to": to })),
        "spans": extract.spans.iter().map(describe_span).collect::<Vec<_>>(),
        "seconds": {
            "recorded": sums.recorded,
            "watched": sums.watched,
            "blind": sums.all_blind(),
            "not_covered": sums.not_covered,
        },
        "blind_seconds": sums.blind,
        "dropped": sums.dropped,
    })
}

fn describe_span(LedgerSpan { from, to, label, dropped }: &LedgerSpan) -> Value {
    let mut span = json!({ "from": from, "to": to, "label": name(*label), "words": label.to_string() });
    if let Label::Blind(cause) = label {
        span["reason"] = json!(cause);
    }
    if *dropped > 0 {
        span["dropped"] = json!(dropped);
    }
    span
}

fn name(label: Label) -> &'static str {
    match label {
        Label::Recorded => "recorded",
        Label::Watched => "watched",
        Label::Blind(_) => "blind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BlindCause, LedgerPage, Second, Timestamp};

    #[test]
    fn spans_are_written_with_their_words_and_the_sums_beside_them() {
        let mut page = LedgerPage::new(0);
        page.get_mut(1).mark(Second::SEEN);
        page.get_mut(2).blind(BlindCause::PageHidden);
        page.drop_at_least(3, 14);
        let query = LedgerQuery {
            stream: StreamId { user: "Anna".parse().unwrap(), camera: "front".parse().unwrap() },
            from: Timestamp::default(),
            to: Timestamp::from_millis(5000),
        };
        let value = describe(&query, &LedgerExtract::read(&[(0, page)].into(), 0, 5));
        assert_eq!(value["covered"], json!({ "from": 1000, "to": 4000 }));
        assert_eq!(
            value["spans"][0],
            json!({ "from": 1000, "to": 2000, "label": "watched", "words": "Watched, nothing moved" })
        );
        assert_eq!(
            (&value["spans"][1]["label"], &value["spans"][1]["reason"]),
            (&json!("blind"), &json!("page_hidden"))
        );
        assert_eq!((&value["spans"][2]["reason"], &value["spans"][2]["dropped"]), (&json!("overloaded"), &json!(14)));
        assert_eq!(value["seconds"], json!({ "recorded": 0, "watched": 1, "blind": 2, "not_covered": 2 }));
        assert_eq!(value["blind_seconds"], json!({ "page_hidden": 1, "overloaded": 1 }));
        assert_eq!(describe(&query, &LedgerExtract::default())["covered"], json!(null));
    }
}
