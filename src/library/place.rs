//! Where a frame lies: the facts in its name, and the way back from the name to the facts.
//!
//! `<user>/<YYYY-MM-DD>/<HHMMSS.mmm>Z_<camera>_<seq>.<ending>`. The facts and the name are two forms of one thing: a name
//! that is not written exactly as it would be written here is not one of ours. It touches no disk.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::domain::{CameraName, Frame, FrameId, PictureFormat, SavedFrame, StreamId, Timestamp, UserName};

/// Year 1 to year 9999: what four digits can say. Times beyond are kept at the border.
const EARLIEST_MILLIS: i64 = -62_135_596_800_000;
const LATEST_MILLIS: i64 = 253_402_207_199_999;
/// So many different frames may claim the same camera, number and millisecond.
pub(super) const MAX_COPIES: u16 = 1000;

/// All facts that a frame's name holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// In the spelling of the folder.
    pub user: UserName,
    pub camera: CameraName,
    pub captured_at: Timestamp,
    pub seq: u64,
    /// 1, or more where other frames claimed the same name before: `…_7.jpg`, `…_7.2.jpg`, `…_7.3.jpg`.
    pub copy: u16,
    pub format: PictureFormat,
}

impl Place {
    pub fn of(frame: &Frame, user: UserName, format: PictureFormat) -> Self {
        Self {
            user,
            camera: frame.stream.camera.clone(),
            captured_at: within_four_digits(frame.captured_at),
            seq: frame.seq,
            copy: 1,
            format,
        }
    }

    /// The place of a frame that was saved. Its number tells which of several copies it is.
    pub fn of_saved(frame: &SavedFrame) -> Self {
        let mut place = Self {
            user: frame.stream.user.clone(),
            camera: frame.stream.camera.clone(),
            captured_at: frame.captured_at,
            seq: frame.seq,
            copy: 1,
            format: frame.format,
        };
        while place.id() != frame.id && place.copy < MAX_COPIES {
            place.copy += 1;
        }
        if place.id() != frame.id {
            place.copy = 1;
        }
        place
    }

    /// The facts of a file, or `None` when it is not one of ours.
    pub fn parse(user: &str, day: &str, file: &str) -> Option<Self> {
        let (stem, ending) = file.rsplit_once('.')?;
        let (time, rest) = stem.split_once("Z_")?;
        let (camera, number) = rest.rsplit_once('_')?;
        let (seq, copy) = number.split_once('.').unwrap_or((number, "1"));
        let place = Self {
            user: UserName::new(user).ok()?,
            camera: CameraName::new(camera).ok()?,
            captured_at: parse_time(day, time)?,
            seq: seq.parse().ok()?,
            copy: copy.parse().ok()?,
            format: PictureFormat::from_extension(ending)?,
        };
        let ours = place.user.as_str() == user && place.day() == day && place.file_name() == file;
        (ours && place.copy <= MAX_COPIES).then_some(place)
    }

    /// `YYYY-MM-DD` in UTC.
    pub fn day(&self) -> String {
        day_of(self.captured_at)
    }

    pub fn file_name(&self) -> String {
        let time = time_of(self.captured_at);
        let copy = if self.copy > 1 { format!(".{}", self.copy) } else { String::new() };
        let (camera, seq, ending) = (&self.camera, self.seq, self.format.extension());
        format!("{time}Z_{camera}_{seq}{copy}.{ending}")
    }

    /// Below the library's folder, with `/` on every system.
    pub fn relative(&self) -> String {
        format!("{}/{}/{}", self.user, self.day(), self.file_name())
    }

    pub fn path(&self, root: &Path) -> PathBuf {
        root.join(self.user.as_str()).join(self.day()).join(self.file_name())
    }

    /// 63 bits of the SHA-256 of the relative path: the same after every rebuild, on every computer.
    pub fn id(&self) -> FrameId {
        FrameId(number_of(&Sha256::digest(self.relative().as_bytes()).into()))
    }

    pub fn stream(&self) -> StreamId {
        StreamId { user: self.user.clone(), camera: self.camera.clone() }
    }
}

/// The first 63 bits of a hash, as a number.
pub(super) fn number_of(hash: &[u8; 32]) -> i64 {
    i64::from_be_bytes(std::array::from_fn(|byte| hash[byte])) & i64::MAX
}

/// `YYYY-MM-DDTHHMMSS.mmmZ`, with which the names of recordings and clips begin.
pub(super) fn moment_of(time: Timestamp) -> String {
    format!("{}T{}Z", day_of(time), time_of(time))
}

/// The moment with which a name begins, and what stands behind it and a `_`.
pub(super) fn parse_moment(name: &str) -> Option<(Timestamp, &str)> {
    let (moment, rest) = name.split_once("Z_")?;
    let (day, time) = moment.split_once('T')?;
    Some((parse_time(day, time)?, rest))
}

/// `YYYY-MM-DD` in UTC.
pub(super) fn day_of(time: Timestamp) -> String {
    let time = civil(time);
    format!("{:04}-{:02}-{:02}", time.year(), time.month(), time.day())
}

/// `HHMMSS.mmm` in UTC.
pub(super) fn time_of(time: Timestamp) -> String {
    let time = civil(time);
    format!("{:02}{:02}{:02}.{:03}", time.hour(), time.minute(), time.second(), time.millisecond())
}

pub(super) fn within_four_digits(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.as_millis().clamp(EARLIEST_MILLIS, LATEST_MILLIS))
}

fn civil(time: Timestamp) -> DateTime {
    jiff::Timestamp::from_millisecond(within_four_digits(time).as_millis())
        .map(|time| TimeZone::UTC.to_datetime(time))
        // The border above lies inside what jiff can say.
        .expect("years 1 to 9999 are in range")
}

/// `YYYY-MM-DD` and `HHMMSS.mmm`; signs and spaces are refused by the comparison with the name as it would be written.
pub(super) fn parse_time(day: &str, time: &str) -> Option<Timestamp> {
    if !day.is_ascii() || !time.is_ascii() || day.len() != 10 || time.len() != 10 {
        return None;
    }
    let (hour, minute, second) = (time[0..2].parse().ok()?, time[2..4].parse().ok()?, time[4..6].parse().ok()?);
    let milli: i32 = time[7..10].parse().ok()?;
    let (year, month, date) = (day[0..4].parse().ok()?, day[5..7].parse().ok()?, day[8..10].parse().ok()?);
    let civil = DateTime::new(year, month, date, hour, minute, second, milli.checked_mul(1_000_000)?).ok()?;
    let millis = TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond();
    let time = Timestamp::from_millis(millis);
    (within_four_digits(time) == time).then_some(time)
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    fn place(camera: &str, millis: i64, seq: u64) -> Place {
        Place {
            user: "Anna".parse().unwrap(),
            camera: camera.parse().unwrap(),
            captured_at: Timestamp::from_millis(millis),
            seq,
            copy: 1,
            format: PictureFormat::Jpeg,
        }
    }

    #[test]
    fn a_frame_lies_where_the_documents_say() {
        let relative = place("front", 1_763_712_061_042, 7).relative();
        assert_eq!(relative, "Anna/2025-11-21/080101.042Z_front_7.jpg");
    }

    #[test]
    fn a_camera_may_hold_what_separates_the_parts() {
        for camera in ["a_b", "_a_", "7_8", "Z_x", "x.2", "a_9.3", "back yard", "O'Neil"] {
            for copy in [1, 2, 1000] {
                let place = Place { copy, ..place(camera, 12_345, 9) };
                assert_eq!(Place::parse("Anna", &place.day(), &place.file_name()), Some(place));
            }
        }
    }

    #[test]
    fn a_name_written_in_another_way_is_not_ours() {
        let day = "2025-11-21";
        assert!(Place::parse("Anna", day, "080101.042Z_front_7.jpg").is_some());
        let table = [
            ("Anna", day, "080101.042Z_front_07.jpg"),
            ("Anna", day, "080101.042Z_front_7.1.jpg"),
            ("Anna", day, "080101.042Z_front_7.1001.jpg"),
            ("Anna", day, "080101.042Z_front_+7.jpg"),
            ("Anna", day, "080101.042Z_front_7.jpeg"),
            ("Anna", day, "080101.042Z_front_7.JPG"),
            ("Anna", day, "080101.042Z_7.jpg"),
            ("Anna", day, "250101.042Z_front_7.jpg"),
            ("Anna", day, "080160.042Z_front_7.jpg"),
            ("Anna", day, "+80101.042Z_front_7.jpg"),
            ("Anna", day, "notes.txt"),
            ("Anna", "2025-02-30", "080101.042Z_front_7.jpg"),
            ("Anna", "2025-1-021", "080101.042Z_front_7.jpg"),
            (" Anna", day, "080101.042Z_front_7.jpg"),
            (".framekeep", day, "080101.042Z_front_7.jpg"),
        ];
        for (user, day, file) in table {
            assert_eq!(Place::parse(user, day, file), None, "{user}/{day}/{file}");
        }
    }

    #[test]
    fn the_number_tells_which_copy_a_frame_is() {
        let place = Place { copy: 3, ..place("front", 99, 1) };
        let saved = SavedFrame {
            id: place.id(),
            stream: place.stream(),
            seq: 1,
            captured_at: place.captured_at,
            width: 1,
            height: 1,
            bytes: 1,
            format: PictureFormat::Jpeg,
            score: 0.0,
            event: None,
            peak: false,
        };
        assert_eq!(Place::of_saved(&saved), place);
    }

    proptest! {
        #[test]
        fn no_name_and_no_time_leaves_the_folder(user in "\\PC{0,50}", camera in "\\PC{0,50}", millis: i64, seq: u64) {
            let names = (UserName::new(&user), CameraName::new(&camera));
            if let (Ok(user), Ok(camera)) = names {
                stays_inside_and_comes_back(user, camera, millis, seq);
            }
        }

        #[test]
        fn names_that_try_to_leave_do_not(
            user in "[a-zA-Z0-9./\\\\:_ é山-]{1,20}", camera in "[a-zA-Z0-9./\\\\:_ '-]{1,20}", millis: i64, seq: u64,
        ) {
            let names = (UserName::new(&user), CameraName::new(&camera));
            if let (Ok(user), Ok(camera)) = names {
                stays_inside_and_comes_back(user, camera, millis, seq);
            }
        }
    }

    fn stays_inside_and_comes_back(user: UserName, camera: CameraName, millis: i64, seq: u64) {
        let captured_at = within_four_digits(Timestamp::from_millis(millis));
        let place = Place { user, camera, captured_at, seq, copy: 1, format: PictureFormat::WebP };
        let root = Path::new("/library");
        let path = place.path(root);
        let parts: Vec<_> = path.strip_prefix(root).unwrap().components().collect();
        assert_eq!(parts.len(), 3, "{path:?}");
        assert!(parts.iter().all(|part| matches!(part, Component::Normal(name) if name.len() < 255)), "{path:?}");
        assert!(!place.user.as_str().starts_with('.'));
        assert_eq!(Place::parse(place.user.as_str(), &place.day(), &place.file_name()), Some(place));
    }
}
