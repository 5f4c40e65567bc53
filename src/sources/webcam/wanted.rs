//! Which of the cameras there are is the one that is wanted.
//!
//! Pure. A camera that was unplugged is known again by its name, because its number may be another one; no other camera
//! is taken in its place unless the operator left the choice to us.

use std::time::Duration;

use crate::domain::CameraChoice;
use crate::sources::Webcam;

/// How long a camera that was chosen by itself is waited for before another one is taken.
const LOYALTY: Duration = Duration::from_secs(5);

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// What the operator said.
    pub(super) choice: CameraChoice,
    /// The camera that was open last.
    pub(super) last: Option<Webcam>,
    /// How long it has given no pictures.
    pub(super) gone_for: Duration,
    /// Whether it was opened and gave none at all.
    pub(super) last_gave_nothing: bool,
}

impl Wanted {
    /// The cameras to try, in this order. Empty: it is not there.
    pub(super) fn candidates(&self, there: &[Webcam]) -> Vec<Webcam> {
        let mut candidates: Vec<Webcam> = there.iter().filter(|webcam| self.is_same(webcam)).cloned().collect();
        if let Some(last) = &self.last {
            candidates.sort_by_key(|webcam| webcam.index != last.index);
        }
        let is_given_up = self.last.is_none() || self.last_gave_nothing || self.gone_for >= LOYALTY;
        if self.choice == CameraChoice::Auto && is_given_up {
            candidates.extend(there.iter().filter(|webcam| !self.is_same(webcam)).cloned());
        }
        if self.last_gave_nothing {
            // It opens, so nothing after it would ever be tried.
            candidates.sort_by_key(|webcam| self.last.as_ref() == Some(webcam));
        }
        candidates
    }

    fn is_same(&self, webcam: &Webcam) -> bool {
        match (&self.last, &self.choice) {
            (Some(last), _) => webcam.name == last.name,
            (None, CameraChoice::Named(name)) => webcam.name == *name,
            (None, CameraChoice::Index(index)) => webcam.index == *index,
            (None, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `0:Desk 2:Door`
    fn webcams(text: &str) -> Vec<Webcam> {
        let webcam = |word: &str| {
            let (index, name) = word.split_once(':').unwrap();
            Webcam { index: index.parse().unwrap(), name: name.to_owned() }
        };
        text.split_whitespace().map(webcam).collect()
    }

    fn wanted(choice: &str, last: &str, gone_secs: u64) -> Wanted {
        let Ok(choice) = choice.parse::<CameraChoice>();
        let gone_for = Duration::from_secs(gone_secs);
        Wanted { choice, last: webcams(last).pop(), gone_for, last_gave_nothing: false }
    }

    fn assert_candidates(choice: &str, last: &str, gone_secs: u64, there: &str, expected: &str) {
        let wanted = wanted(choice, last, gone_secs);
        assert_eq!(wanted.candidates(&webcams(there)), webcams(expected), "{wanted:?} among {there}");
    }

    #[test]
    fn the_first_time_it_is_as_the_operator_said() {
        assert_candidates("auto", "", 0, "0:Desk 2:Door", "0:Desk 2:Door");
        assert_candidates("2", "", 0, "0:Desk 2:Door", "2:Door");
        assert_candidates("1", "", 0, "0:Desk 2:Door", "");
        assert_candidates("name:Door", "", 0, "0:Desk 2:Door 4:Door", "2:Door 4:Door");
        assert_candidates("name:Yard", "", 0, "0:Desk 2:Door", "");
        assert_candidates("auto", "", 0, "", "");
    }

    #[test]
    fn plugged_in_again_it_is_known_by_its_name() {
        for choice in ["auto", "2", "name:Door"] {
            assert_candidates(choice, "2:Door", 1, "0:Desk 5:Door", "5:Door");
            assert_candidates(choice, "2:Door", 1, "0:Desk 1:Door 2:Door", "2:Door 1:Door");
        }
    }

    #[test]
    fn another_camera_is_taken_only_when_any_will_do_and_after_a_while() {
        assert_candidates("name:Door", "2:Door", 60, "0:Desk", "");
        assert_candidates("2", "2:Door", 60, "2:Desk", "");
        assert_candidates("auto", "2:Door", 4, "0:Desk", "");
        assert_candidates("auto", "2:Door", 5, "0:Desk", "0:Desk");
        assert_candidates("auto", "2:Door", 5, "0:Desk 4:Door", "4:Door 0:Desk");
    }

    #[test]
    fn a_camera_that_opens_and_gives_nothing_does_not_keep_the_others_from_being_tried() {
        let barren = |choice| Wanted { last_gave_nothing: true, ..wanted(choice, "0:Loopback", 1) };
        let there = webcams("0:Loopback 2:Desk");
        assert_eq!(barren("auto").candidates(&there), webcams("2:Desk 0:Loopback"));
        assert_eq!(barren("0").candidates(&there), webcams("0:Loopback"));
    }
}
