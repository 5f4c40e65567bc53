//! Which of a camera's modes to try, and in which order.
//!
//! Pure: a list of modes in, the same modes sorted out. The first rung is what Framekeep would like best; the others are
//! for cameras that refuse their own offers, which happens (USB bandwidth, firmware, another program's leftovers).

use std::cmp::Ordering;
use std::mem;

use crate::domain::PixelFormat;

/// The size that shows a room or a street well and is decoded quickly.
const BEST_PIXELS: f64 = 1280.0 * 720.0;
/// The rate at which movements look smooth; more only costs.
const BEST_FPS: f64 = 30.0;
/// Below it, movements look like slides.
const SMOOTH_FPS: f64 = 15.0;
/// Below it, whoever walks past may be missed.
const SLOW_FPS: f64 = 5.0;
/// Sizes that need no excuse, in pixels: from 640x360 to 1920x1080.
const GOOD_PIXELS: std::ops::RangeInclusive<f64> = 640.0 * 360.0..=1920.0 * 1088.0;

/// How a camera may write its pictures, as far as Framekeep reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Format {
    /// One JPEG a picture.
    Mjpeg,
    /// Raw pixels.
    Raw(PixelFormat),
}

impl Format {
    /// The short name that people know.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mjpeg => "MJPEG",
            Self::Raw(PixelFormat::Yuyv) => "YUYV",
            Self::Raw(PixelFormat::Nv12) => "NV12",
            Self::Raw(PixelFormat::Grey) => "GREY",
            Self::Raw(PixelFormat::Rgb) => "RGB",
        }
    }

    /// Whether a picture of this size can be written so: chroma is shared by two pixels, or by four.
    fn fits(self, width: u32, height: u32) -> bool {
        let even = |length: u32| length.is_multiple_of(2);
        match self {
            Self::Raw(PixelFormat::Yuyv) => even(width),
            Self::Raw(PixelFormat::Nv12) => even(width) && even(height),
            _ => true,
        }
    }
}

/// Time between two pictures as the camera writes it: `numerator / denominator` seconds. 25/2 pictures a second are 2/25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Interval {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Interval {
    /// Pictures a second; `None` for an interval of nothing, which some drivers report when they do not know.
    pub(super) fn fps(self) -> Option<f64> {
        (self.numerator > 0 && self.denominator > 0).then(|| f64::from(self.denominator) / f64::from(self.numerator))
    }
}

/// One offer of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Mode {
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    /// `None` when the camera does not say.
    pub(super) interval: Option<Interval>,
}

impl Mode {
    /// Pictures a second; `None` when the camera does not say.
    pub(super) fn fps(self) -> Option<f64> {
        self.interval.and_then(Interval::fps)
    }

    /// Whether it is worth trying after `refused` did not fit on the cable: it is no larger, or of another format. What
    /// that takes cannot be told, because cameras ask for more than they need.
    #[cfg_attr(
        all(not(target_os = "linux"), not(test)),
        expect(dead_code, reason = "the other systems do not say why they refuse")
    )]
    pub(super) fn may_fit_after(self, refused: Self) -> bool {
        self.format != refused.format || pixels(&self) <= pixels(&refused)
    }
}

/// The modes worth trying, best first:
///
/// 1. MJPEG or YUYV of a good size at 15 pictures a second or more,
/// 2. then other colours, then grey, of a good size at that rate,
/// 3. then any size at that rate, 4. then 5 pictures a second or more, 5. then whatever is left.
///
/// Within a group the size nearest to 1280x720 comes first, then MJPEG (it takes the least of the cable and is kept as
/// it came), then the rate nearest to 30. Each size of a format has two rungs at most, the best rate and the next slower
/// one: whoever refuses both refuses the other rates too, and smaller sizes must have their turn.
pub(super) fn ladder(modes: &[Mode]) -> Vec<Mode> {
    let usable = |mode: &Mode| mode.width > 0 && mode.height > 0 && mode.format.fits(mode.width, mode.height);
    let mut rungs: Vec<Mode> = modes.iter().copied().filter(usable).collect();
    rungs.sort_by(compare);
    rungs.dedup();
    let rate = |mode: &Mode| mode.fps().unwrap_or(BEST_FPS);
    let all = mem::take(&mut rungs);
    for mode in all {
        let same = |other: &&Mode| (other.format, other.width, other.height) == (mode.format, mode.width, mode.height);
        let before: Vec<&Mode> = rungs.iter().filter(same).collect();
        if before.is_empty() || (before.len() == 1 && rate(&mode) < rate(before[0])) {
            rungs.push(mode);
        }
    }
    rungs
}

fn compare(a: &Mode, b: &Mode) -> Ordering {
    let distance = |mode: &Mode| (pixels(mode) / BEST_PIXELS).ln().abs();
    let rate_distance = |mode: &Mode| (mode.fps().unwrap_or(BEST_FPS) - BEST_FPS).abs();
    group(a)
        .cmp(&group(b))
        .then(distance(a).total_cmp(&distance(b)))
        .then(format_rank(a.format).cmp(&format_rank(b.format)))
        .then(rate_distance(a).total_cmp(&rate_distance(b)))
}

fn group(mode: &Mode) -> u8 {
    // A camera that does not name its rates has one, and it is nearly always a usual one.
    let fps = mode.fps().unwrap_or(BEST_FPS);
    let good_size = GOOD_PIXELS.contains(&pixels(mode));
    match mode.format {
        _ if fps < SLOW_FPS => 5,
        _ if fps < SMOOTH_FPS => 4,
        _ if !good_size => 3,
        Format::Mjpeg | Format::Raw(PixelFormat::Yuyv) => 0,
        Format::Raw(PixelFormat::Nv12 | PixelFormat::Rgb) => 1,
        Format::Raw(PixelFormat::Grey) => 2,
    }
}

fn format_rank(format: Format) -> u8 {
    match format {
        Format::Mjpeg => 0,
        Format::Raw(PixelFormat::Yuyv) => 1,
        Format::Raw(PixelFormat::Nv12) => 2,
        Format::Raw(PixelFormat::Rgb) => 3,
        Format::Raw(PixelFormat::Grey) => 4,
    }
}

fn pixels(mode: &Mode) -> f64 {
    f64::from(mode.width) * f64::from(mode.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `MJPEG 1280x720 30`, `YUYV 640x480 25/2`, `GREY 640x480 ?`
    fn mode(text: &str) -> Mode {
        let mut words = text.split(' ');
        let format = match words.next().unwrap() {
            "MJPEG" => Format::Mjpeg,
            "YUYV" => Format::Raw(PixelFormat::Yuyv),
            "NV12" => Format::Raw(PixelFormat::Nv12),
            "GREY" => Format::Raw(PixelFormat::Grey),
            "RGB" => Format::Raw(PixelFormat::Rgb),
            other => panic!("{other}"),
        };
        let (width, height) = words.next().unwrap().split_once('x').unwrap();
        let interval = match words.next().unwrap() {
            "?" => None,
            rate => {
                let (denominator, numerator) = rate.split_once('/').unwrap_or((rate, "1"));
                Some(Interval { numerator: numerator.parse().unwrap(), denominator: denominator.parse().unwrap() })
            }
        };
        Mode { format, width: width.parse().unwrap(), height: height.parse().unwrap(), interval }
    }

    fn assert_ladder(name: &str, offers: &[&str], expected: &[&str]) {
        let modes: Vec<_> = offers.iter().map(|text| mode(text)).collect();
        let expected: Vec<_> = expected.iter().map(|text| mode(text)).collect();
        assert_eq!(ladder(&modes), expected, "{name}");
    }

    #[test]
    fn cameras_as_they_are_sold() {
        assert_ladder(
            "a usual webcam: 720p MJPEG before full HD and before raw VGA",
            &["YUYV 640x480 30", "YUYV 1280x720 10", "MJPEG 1920x1080 30", "MJPEG 1280x720 30", "MJPEG 640x480 30"],
            &["MJPEG 1280x720 30", "MJPEG 1920x1080 30", "MJPEG 640x480 30", "YUYV 640x480 30", "YUYV 1280x720 10"],
        );
        assert_ladder(
            "4K only, and slow, beside a small fast mode: the fast one",
            &["MJPEG 3840x2160 2", "YUYV 320x240 30"],
            &["YUYV 320x240 30", "MJPEG 3840x2160 2"],
        );
        assert_ladder("4K only: better than nothing", &["MJPEG 3840x2160 2"], &["MJPEG 3840x2160 2"]);
        assert_ladder(
            "an old camera whose large modes crawl",
            &["YUYV 1600x1200 5", "YUYV 1280x720 15/2", "YUYV 640x480 30", "YUYV 352x288 30"],
            &["YUYV 640x480 30", "YUYV 352x288 30", "YUYV 1280x720 15/2", "YUYV 1600x1200 5"],
        );
        assert_ladder(
            "an infrared camera for faces beside a colour mode",
            &["GREY 640x360 30", "NV12 640x360 30"],
            &["NV12 640x360 30", "GREY 640x360 30"],
        );
    }

    #[test]
    fn odd_rates_are_read_as_they_are() {
        assert_eq!(mode("YUYV 640x480 25/2").fps(), Some(12.5));
        assert_ladder(
            "30000/1001 is smooth, 25/2 is not",
            &["MJPEG 1280x720 25/2", "MJPEG 640x480 30000/1001"],
            &["MJPEG 640x480 30000/1001", "MJPEG 1280x720 25/2"],
        );
        assert_ladder("a camera with an odd rate only", &["YUYV 640x480 25/2"], &["YUYV 640x480 25/2"]);
    }

    #[test]
    fn of_all_rates_of_a_size_thirty_a_second_is_tried_and_a_slower_one() {
        assert_ladder(
            "rates",
            &["MJPEG 1280x720 60", "MJPEG 1280x720 15", "MJPEG 1280x720 30", "MJPEG 1280x720 20", "MJPEG 1280x720 10"],
            &["MJPEG 1280x720 30", "MJPEG 1280x720 20"],
        );
    }

    #[test]
    fn what_does_not_fit_on_the_cable_gives_way_to_what_is_no_larger() {
        let may_fit = |a: &str, b: &str| mode(a).may_fit_after(mode(b));
        assert!(may_fit("MJPEG 640x480 30", "MJPEG 1280x720 30"));
        assert!(may_fit("MJPEG 1280x720 15", "MJPEG 1280x720 30"));
        assert!(!may_fit("MJPEG 1600x896 15", "MJPEG 1280x720 30"));
        assert!(may_fit("YUYV 1600x896 5", "MJPEG 1280x720 30"), "it may ask for less");
    }

    #[test]
    fn a_driver_that_names_no_rate_is_given_the_benefit_of_the_doubt() {
        assert_ladder("no rates", &["YUYV 640x480 ?", "YUYV 640x480 5"], &["YUYV 640x480 ?", "YUYV 640x480 5"]);
        assert_eq!(Interval { numerator: 0, denominator: 0 }.fps(), None);
    }

    #[test]
    fn what_cannot_be_and_what_is_said_twice_is_left_out() {
        assert_ladder(
            "YUYV of an odd width, NV12 of an odd height, a picture of nothing, one mode twice",
            &["YUYV 641x480 30", "NV12 640x481 30", "MJPEG 0x0 30", "GREY 641x481 30", "GREY 641x481 30"],
            &["GREY 641x481 30"],
        );
        assert_ladder("no modes at all", &[], &[]);
    }
}
