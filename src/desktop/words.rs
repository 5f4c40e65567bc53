//! How the window says things: states, times, sizes and names, for people.
//!
//! Plain values in, words out. Only [`Clock::tick`] reads the clock, once a pass, so that one pass tells one time.

use jiff::tz::TimeZone;

use crate::access::{Battery, Role, Step};
use crate::control::{CameraKind, CameraView};
use crate::domain::{CameraState, Job, JobKind, StreamId, Timestamp};

/// The time now, and where the person is.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// The time zone in which times are shown.
    pub zone: TimeZone,
    /// Whether `now` stays as it is, for pictures that must not change from day to day.
    pub stopped: bool,
}

impl Clock {
    /// This computer's clock and time zone, read once.
    #[must_use]
    pub fn system() -> Self {
        Self { now: std::time::SystemTime::now().into(), zone: TimeZone::system(), stopped: false }
    }

    /// Moves on to the time now.
    pub fn tick(&mut self) {
        if !self.stopped {
            self.now = std::time::SystemTime::now().into();
        }
    }

    /// A time of day, with the date when it is not today: "14:02", "3 Nov 14:02", "3 Nov 2025 14:02".
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        self.form(at, "%H:%M")
    }

    /// The same with seconds: "14:02:31".
    #[must_use]
    pub fn precise(&self, at: Timestamp) -> String {
        self.form(at, "%H:%M:%S")
    }

    /// Relative when recent, else the time: "just now", "12 s ago", "5 min ago", "14:02".
    #[must_use]
    pub fn ago(&self, at: Timestamp) -> String {
        match self.now.since(at).as_secs() {
            0..5 => "just now".to_owned(),
            secs @ 5..60 => format!("{secs} s ago"),
            secs @ 60..3600 => format!("{} min ago", secs / 60),
            _ => self.time(at),
        }
    }

    /// Whether a time lies on the day of `now`.
    #[must_use]
    pub fn is_today(&self, at: Timestamp) -> bool {
        match (self.zoned(at), self.zoned(self.now)) {
            (Some(at), Some(now)) => at.date() == now.date(),
            _ => false,
        }
    }

    /// When the day of `now` began.
    #[must_use]
    pub fn midnight(&self) -> Timestamp {
        self.day(self.now).0
    }

    /// When the day of a time began, and when the next one did.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let begin = self.zoned(at).and_then(|at| at.start_of_day().ok());
        let end = begin.as_ref().and_then(|begin| begin.tomorrow().ok()).and_then(|next| next.start_of_day().ok());
        let time = |zoned: Option<jiff::Zoned>| {
            zoned.map_or(at, |zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        };
        (time(begin), time(end))
    }

    fn form(&self, at: Timestamp, time: &str) -> String {
        let (Some(when), Some(now)) = (self.zoned(at), self.zoned(self.now)) else {
            return "an unknown time".to_owned();
        };
        let date = if when.date() == now.date() {
            ""
        } else if when.year() == now.year() {
            "%-d %b "
        } else {
            "%-d %b %Y "
        };
        when.strftime(&format!("{date}{time}")).to_string()
    }

    fn zoned(&self, at: Timestamp) -> Option<jiff::Zoned> {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        Some(instant.to_zoned(self.zone.clone()))
    }
}

/// What a camera does, in one line: "Motion", "Still", "Blind since 14:02: the phone is silent".
#[must_use]
pub fn state(state: &CameraState, clock: &Clock) -> String {
    match state {
        CameraState::Blind { since, reason } if since.as_millis() <= 0 => format!("Blind: {reason}"),
        CameraState::Blind { since, reason } => format!("Blind since {}: {reason}", clock.time(*since)),
        other => short_state(other, clock),
    }
}

/// What a camera does, in the few words that fit below its name.
#[must_use]
pub fn short_state(state: &CameraState, clock: &Clock) -> String {
    match state {
        CameraState::Motion => "Motion".to_owned(),
        CameraState::Still => "Still".to_owned(),
        CameraState::Blind { since, .. } if since.as_millis() <= 0 => "Blind".to_owned(),
        CameraState::Blind { since, .. } => format!("Blind since {}", clock.time(*since)),
    }
}

/// What people call a camera: "anna · phone", or the local one by its camera's name alone.
#[must_use]
pub fn camera(camera: &CameraView) -> String {
    match camera.kind {
        CameraKind::Local => format!("{} (this computer)", camera.stream.camera),
        CameraKind::Remote => stream(&camera.stream),
    }
}

/// "anna · phone".
#[must_use]
pub fn stream(stream: &StreamId) -> String {
    format!("{} · {}", stream.user, stream.camera)
}

/// What a device or a code is for: "camera".
#[must_use]
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Camera => "camera",
        Role::Viewer => "viewer",
        Role::Operator => "operator",
    }
}

/// Whom a code lets in: the word on its button, and the button's name for screen readers.
#[must_use]
pub fn code_for(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Camera => ("Camera", "Code for a camera"),
        Role::Viewer => ("Viewer", "Code for a viewer"),
        Role::Operator => ("Operator", "Code for an operator"),
    }
}

/// What a code allows to whoever scans it; `expires` is when it stops working.
#[must_use]
pub fn role_allows(role: Role, clock: &Clock, expires: Timestamp) -> String {
    match role {
        Role::Camera => "Whoever scans it can film. What moves is kept under the name that they type.".to_owned(),
        Role::Viewer => format!(
            "Whoever scans it sees all cameras and everything that is kept, and can change nothing. For one device, until {}.",
            clock.time(expires)
        ),
        Role::Operator => format!(
            "Whoever scans it can do all that this window can: see, delete, lock out. For one device, until {}.",
            clock.time(expires)
        ),
    }
}

/// A step of a phone on its way in.
#[must_use]
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Reached => "reached",
        Step::Certificate => "certificate",
        Step::Page => "page",
        Step::Paired => "paired",
        Step::Camera => "camera",
        Step::FirstFrame => "first frame",
    }
}

/// A battery: "battery 54 %, charging".
#[must_use]
pub fn battery(battery: Battery) -> String {
    let charging = if battery.charging { ", charging" } else { "" };
    format!("battery {} %{charging}", battery.percent)
}

/// What a job is called: "Clip 12".
#[must_use]
pub fn job(job: &Job) -> String {
    let kind = match job.kind {
        JobKind::Recording => "Recording",
        JobKind::Clip => "Clip",
        JobKind::Timelapse => "Time-lapse",
        JobKind::Mask => "Mask",
    };
    format!("{kind} {}", job.id)
}

/// Bytes with a unit: "214 GB", "1.4 MB".
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit > 0 && value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A length of time: "40 s", "14 min", "2 h 10 min".
#[must_use]
pub fn duration(secs: u64) -> String {
    match (secs / 3600, secs / 60 % 60) {
        (0, 0) => format!("{secs} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A count with its noun: "1 camera", "3 cameras".
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A share of the picture as per cent, with as many digits as it takes: "0.10 %", "2.5 %", "40 %".
#[must_use]
pub fn percent(share: f32) -> String {
    let value = share * 100.0;
    if value < 0.995 {
        format!("{value:.2} %")
    } else if value < 9.95 {
        format!("{value:.1} %")
    } else {
        format!("{value:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BlindReason;

    /// 2026-11-21 14:02:31 UTC.
    const NOON: i64 = 1_795_269_751_000;

    fn clock() -> Clock {
        Clock { now: Timestamp::from_millis(NOON), zone: TimeZone::UTC, stopped: true }
    }

    fn before(secs: i64) -> Timestamp {
        Timestamp::from_millis(NOON - secs * 1000)
    }

    #[test]
    fn a_length_of_time_has_the_units_that_matter() {
        let lengths = [0, 59, 60, 3599, 3600, 7860, 90_000].map(duration);
        assert_eq!(lengths, ["0 s", "59 s", "1 min", "59 min", "1 h", "2 h 11 min", "25 h"]);
    }

    #[test]
    fn the_day_begins_at_midnight_of_its_place() {
        let mut clock = clock();
        assert_eq!(clock.midnight().as_millis(), NOON - (14 * 3600 + 2 * 60 + 31) * 1000);
        assert_eq!(clock.day(before(0)).1.as_millis() - clock.midnight().as_millis(), 24 * 3_600_000);
        clock.zone = TimeZone::fixed(jiff::tz::offset(11));
        assert_eq!(clock.midnight().as_millis(), NOON - (3600 + 2 * 60 + 31) * 1000);
    }

    #[test]
    fn a_time_names_its_day_when_it_is_not_today() {
        assert_eq!(clock().time(before(0)), "14:02");
        assert_eq!(clock().time(before(24 * 3600)), "20 Nov 14:02");
        assert_eq!(clock().time(before(365 * 24 * 3600)), "21 Nov 2025 14:02");
        assert!(clock().is_today(before(3600)) && !clock().is_today(before(24 * 3600)));
    }

    #[test]
    fn recent_times_are_relative() {
        assert_eq!(clock().ago(before(2)), "just now");
        assert_eq!(clock().ago(before(12)), "12 s ago");
        assert_eq!(clock().ago(before(300)), "5 min ago");
        assert_eq!(clock().ago(before(7200)), "12:02");
    }

    #[test]
    fn a_blind_camera_says_since_when_and_why() {
        let blind = CameraState::Blind { since: before(60), reason: BlindReason::Unplugged };
        assert_eq!(state(&blind, &clock()), "Blind since 14:01: unplugged; plug it in again");
        let never = CameraState::Blind { since: Timestamp::default(), reason: BlindReason::Starting };
        assert_eq!(state(&never, &clock()), "Blind: starting");
    }

    #[test]
    fn numbers_carry_units() {
        assert_eq!(bytes(214_000_000_000), "214 GB");
        assert_eq!(bytes(1_440_000), "1.4 MB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(bytes(7), "7 bytes");
        assert_eq!(count(1, "camera"), "1 camera");
        assert_eq!(count(0, "camera"), "0 cameras");
        assert_eq!((percent(0.001), percent(0.025), percent(0.4)), ("0.10 %".into(), "2.5 %".into(), "40 %".into()));
    }
}
