//! Traces: what was seen in every frame of a camera, kept or not.

use serde_json::{Value, json};
use warp::http::StatusCode;

use super::saved::frame_query;
use crate::domain::{ActivityGrid, LeftOut, StreamId, Trace, TracedFrame};
use crate::library::TraceQuery;
use crate::server::error::ApiError;
use crate::server::flow::{Site, ask_library};
use crate::server::query::Query;
use crate::server::reply::{self, Reply};
use crate::server::session::Principal;

pub async fn list(site: &Site, principal: &Principal, query: &Query) -> Result<Reply, ApiError> {
    let query = frame_query(principal, query)?;
    let user = query.user.ok_or(ApiError::BadValue("user", "the name of a user"))?;
    let camera = query.camera.ok_or(ApiError::BadValue("camera", "the name of a camera"))?;
    let (stream, from, to) = (StreamId { user, camera }, query.from, query.to);
    let query = TraceQuery { stream, from, to, cursor: query.cursor, limit: query.limit };
    let page = ask_library(site, move |library| library.traces(&query)).await??;
    let traces: Vec<_> = page.frames.iter().map(describe).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "traces": traces, "next": page.next })))
}

/// A trace as the interface writes it: lengths and areas in shares of the picture.
fn describe(TracedFrame { at, seq, trace }: &TracedFrame) -> Value {
    let (width, height) = (f64::from(trace.width), f64::from(trace.height));
    // A picture without pixels has nothing that moves.
    let share = |pixels: u32| f64::from(pixels) / (width * height).max(1.0);
    let areas = trace.areas.as_slice().iter().map(|area| {
        json!({
            "x": f64::from(area.left) / width,
            "y": f64::from(area.top) / height,
            "width": f64::from(area.width) / width,
            "height": f64::from(area.height) / height,
            "area": share(area.pixels),
            "live": area.is_live,
        })
    });
    let LeftOut { count, pixels, largest } = trace.left_out;
    json!({
        "at": at,
        "seq": seq,
        "verdict": trace.verdict,
        "score": trace.score,
        "first": trace.is_first,
        "interval_ms": f64::from(trace.interval_micros) / 1e3,
        "noise": trace.noise.map(|quarters| f64::from(quarters) / 4.0),
        "upheaval": trace.upheaval,
        "moving": share(trace.moving_pixels),
        "areas": areas.collect::<Vec<_>>(),
        "left_out": { "count": count, "area": share(pixels), "largest": share(largest) },
        "grid": grid(trace),
    })
}

/// A text of 16 hexadecimal digits for each of the nine rows; nothing where nothing moves.
fn grid(trace: &Trace) -> Option<Vec<String>> {
    let digit = |column, row| char::from_digit(trace.grid.get(column, row).into(), 16).unwrap_or('f');
    let row = |row| (0..ActivityGrid::COLUMNS).map(|column| digit(column, row)).collect();
    (trace.moving_pixels > 0).then(|| (0..ActivityGrid::ROWS).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MovingArea, Timestamp, TraceAreas};

    #[test]
    fn lengths_are_shares_and_the_grid_can_be_read() {
        let (mut areas, mut grid) = (TraceAreas::default(), ActivityGrid::default());
        areas.push(MovingArea { left: 32, top: 60, width: 16, height: 12, pixels: 96, is_live: true });
        grid.set(1, 0, 15);
        grid.set(15, 8, 2);
        let trace = Trace {
            width: 320,
            height: 240,
            moving_pixels: 768,
            noise: Some(9),
            interval_micros: 100_000,
            areas,
            grid,
            ..Trace::default()
        };
        let value = describe(&TracedFrame { at: Timestamp::from_millis(7), seq: 3, trace });
        assert_eq!((&value["at"], &value["seq"], &value["verdict"]), (&json!(7), &json!(3), &json!("still")));
        assert_eq!(
            (&value["moving"], &value["noise"], &value["interval_ms"]),
            (&json!(0.01), &json!(2.25), &json!(100.0))
        );
        let area = json!({ "x": 0.1, "y": 0.25, "width": 0.05, "height": 0.05, "area": 0.00125, "live": true });
        assert_eq!(value["areas"], json!([area]));
        assert_eq!((&value["grid"][0], &value["grid"][8]), (&json!("0f00000000000000"), &json!("0000000000000002")));
        assert_eq!(describe(&TracedFrame::default())["grid"], json!(null));
    }
}
