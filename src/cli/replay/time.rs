//! Points in time as they are typed and shown: by the clock on the wall, whatever zone that is in.

use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// The first number that is taken for milliseconds: of 1973. One below is a date or a year without its dashes, or seconds.
const FEWEST_MILLIS: i64 = 100_000_000_000;

/// A point in time as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TypedTime(pub Timestamp);

impl FromStr for TypedTime {
    type Err = String;

    /// `2025-11-21T08:00` in local time, with `Z`, `+01:00` or `[Europe/Berlin]` behind it in that zone; or milliseconds since
    /// 1970.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "give a time such as 2025-11-21T08:00, or milliseconds since 1970";
        if let Ok(millis) = text.parse() {
            return if millis >= FEWEST_MILLIS {
                Ok(Self(Timestamp::from_millis(millis)))
            } else {
                Err(format!("{text} is too few milliseconds; {wanted}"))
            };
        }
        let time = read(text).map_err(|error| format!("{wanted} ({error})"))?;
        Ok(Self(Timestamp::from_millis(time.as_millisecond())))
    }
}

fn read(text: &str) -> Result<jiff::Timestamp, jiff::Error> {
    let pieces = Pieces::parse(text)?;
    if pieces.time_zone_annotation().is_some() {
        return Ok(text.parse::<Zoned>()?.timestamp());
    }
    if pieces.offset().is_some() {
        return text.parse();
    }
    let time = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or(Time::midnight()));
    TimeZone::system().to_timestamp(time)
}

/// Date and time, in local time.
pub(super) fn clock(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S")
}

/// The date alone, in local time.
pub(super) fn day(at: Timestamp) -> String {
    local(at, "%Y-%m-%d")
}

/// The time alone, to the millisecond, in local time.
pub(super) fn time_of_day(at: Timestamp) -> String {
    local(at, "%H:%M:%S%.3f")
}

/// `-` for a time that no calendar has.
fn local(at: Timestamp, format: &str) -> String {
    let time = jiff::Timestamp::from_millisecond(at.as_millis()).map(|time| TimeZone::system().to_datetime(time));
    time.map_or_else(|_| "-".to_owned(), |time| time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<i64, String> {
        text.parse::<TypedTime>().map(|time| time.0.as_millis())
    }

    #[test]
    fn times_are_read_as_they_are_typed() {
        assert_eq!(read("1763712061042"), Ok(1_763_712_061_042));
        assert_eq!(read("2025-11-21T08:01:01.042Z"), Ok(1_763_712_061_042));
        assert_eq!(read("2025-11-21T09:01+01:00"), Ok(1_763_712_060_000));
        assert_eq!(read("2025-11-21T03:01[-05:00]"), Ok(1_763_712_060_000));
        assert_eq!(read("2025-11-21T08:01Z[-05:00]"), Ok(1_763_712_060_000));
        if TimeZone::get("Europe/Berlin").is_ok() {
            assert_eq!(read("2025-11-21T09:01[Europe/Berlin]"), Ok(1_763_712_060_000));
            assert_eq!(read("2025-11-21T09:01+01:00[Europe/Berlin]"), Ok(1_763_712_060_000));
        }
        for text in ["", "today", "2025-13-01T00:00", "08:00", "2025-11-21T08:00[Europe/Nowhere]", "2025-11-21Z"] {
            assert!(read(text).unwrap_err().contains("milliseconds"), "{text}");
        }
        assert_eq!(read("2025-11-21"), read("2025-11-21T00:00"));
        // Whatever the zone is here: what is shown reads back.
        let at = Timestamp::from_millis(1_763_712_061_042);
        assert_eq!(read(&clock(at)), Ok(1_763_712_061_000));
        assert!(clock(at).starts_with(&day(at)) && time_of_day(at).ends_with(":01.042"));
    }

    #[test]
    fn a_year_or_a_date_without_dashes_or_seconds_are_no_milliseconds() {
        for text in ["2025", "20251121", "1763712061", "99999999999", "0", "-1763712061042"] {
            let error = read(text).unwrap_err();
            assert!(error.contains("too few milliseconds") && error.contains("2025-11-21T08:00"), "{error}");
        }
    }

    #[test]
    fn a_time_that_no_calendar_has_is_a_dash() {
        let at = Timestamp::from_millis(i64::MIN);
        assert_eq!([clock(at), day(at), time_of_day(at)], ["-", "-", "-"]);
    }
}
