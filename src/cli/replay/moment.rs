//! Points in time as they are typed and shown: by the clock on the wall, whatever zone that is in.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// A point in time as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub Timestamp);

impl FromStr for Moment {
    type Err = String;

    /// `2025-11-21T08:00` in local time, `2025-11-21T08:00Z`, or milliseconds since 1970.
    fn from_str(text: &str) -> Result<Self, String> {
        let moment = |time: jiff::Timestamp| Self(Timestamp::from_millis(time.as_millisecond()));
        if let Ok(millis) = text.parse() {
            return Ok(Self(Timestamp::from_millis(millis)));
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(moment(time));
        }
        let local = text.parse::<DateTime>().ok().and_then(|time| TimeZone::system().to_timestamp(time).ok());
        local.map(moment).ok_or_else(|| "give a time such as 2025-11-21T08:00, or milliseconds since 1970".to_owned())
    }
}

/// Date and time, or the time alone to the millisecond, in local time.
pub(super) fn clock(at: Timestamp, time_alone: bool) -> String {
    let Ok(time) = jiff::Timestamp::from_millisecond(at.as_millis()) else { return "-".to_owned() };
    let time = TimeZone::system().to_datetime(time);
    let format = if time_alone { "%H:%M:%S%.3f" } else { "%Y-%m-%d %H:%M:%S" };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_typed() {
        let read = |text: &str| text.parse::<Moment>().map(|moment| moment.0.as_millis());
        assert_eq!(read("1763712061042"), Ok(1_763_712_061_042));
        assert_eq!(read("2025-11-21T08:01:01.042Z"), Ok(1_763_712_061_042));
        assert_eq!(read("2025-11-21T09:01+01:00"), Ok(1_763_712_060_000));
        for text in ["", "today", "2025-13-01T00:00", "08:00"] {
            assert!(read(text).unwrap_err().contains("milliseconds"), "{text}");
        }
        // Whatever the zone is here: what is shown reads back.
        let shown = clock(Timestamp::from_millis(1_763_712_061_042), false);
        assert_eq!(read(&shown), Ok(1_763_712_061_000));
        assert!(clock(Timestamp::from_millis(1_763_712_061_042), true).ends_with(":01.042"));
        assert_eq!(clock(Timestamp::from_millis(i64::MIN), true), "-");
    }
}
