//! Which of the cameras there are is the one that is wanted.
//!
//! Pure. A camera that was unplugged is known again by its name, because its number may be another one; no other camera
//! is taken in its place unless the operator left the choice to us.

use std::time::Duration;

use super::fault::Fault;
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
    pub(super) last: Option<Known>,
    /// How long it has given no pictures.
    pub(super) gone_for: Duration,
    /// Whether it was opened and gave none at all.
    pub(super) last_gave_nothing: bool,
}

/// A camera, and how it is told from others of its make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) webcam: Webcam,
    /// The numbers of those that had its name while it was there: none of them is it.
    pub(super) twins: Vec<u32>,
}

impl Wanted {
    /// The cameras to try, in this order. Empty: it is not there.
    pub(super) fn candidates(&self, there: &[Webcam]) -> Vec<Webcam> {
        let mut candidates = match &self.last {
            Some(last) => self.again(last, there),
            None => self.chosen(there),
        };
        let is_given_up = self.last.is_none() || self.last_gave_nothing || self.gone_for >= LOYALTY;
        if self.choice == CameraChoice::Auto && is_given_up {
            let others: Vec<Webcam> = there.iter().filter(|webcam| !candidates.contains(webcam)).cloned().collect();
            candidates.extend(others);
        }
        if self.last_gave_nothing {
            // It opens, so nothing after it would ever be tried.
            candidates.sort_by_key(|webcam| self.last.as_ref().is_some_and(|last| last.webcam == *webcam));
        }
        candidates
    }

    /// As the operator said. A name need not be whole: drivers double it and cut it off.
    fn chosen(&self, there: &[Webcam]) -> Vec<Webcam> {
        let which = |wanted: &dyn Fn(&Webcam) -> bool| there.iter().filter(|webcam| wanted(webcam)).cloned().collect();
        match &self.choice {
            CameraChoice::Index(index) => which(&|webcam| webcam.index == *index),
            CameraChoice::Named(name) => {
                let whole: Vec<Webcam> = which(&|webcam| webcam.name == *name);
                let part = containing(name, there);
                if whole.is_empty() && part.len() == 1 { part } else { whole }
            }
            _ => Vec::new(),
        }
    }

    /// Under its number, or under a new one: the number of no camera that was there beside it, and of one alone where the
    /// operator chose among twins.
    fn again(&self, last: &Known, there: &[Webcam]) -> Vec<Webcam> {
        if there.contains(&last.webcam) {
            return vec![last.webcam.clone()];
        }
        let is_new = |webcam: &&Webcam| webcam.name == last.webcam.name && !last.twins.contains(&webcam.index);
        let new: Vec<Webcam> = there.iter().filter(is_new).cloned().collect();
        if new.len() > 1 && matches!(self.choice, CameraChoice::Index(_)) { Vec::new() } else { new }
    }

    /// A camera that is opened, told from its twins.
    pub(super) fn known(&self, webcam: Webcam, there: &[Webcam]) -> Known {
        let is_twin = |other: &&Webcam| other.name == webcam.name && other.index != webcam.index;
        let mut twins: Vec<u32> = there.iter().filter(is_twin).map(|twin| twin.index).collect();
        // A twin that is unplugged just now is still another camera.
        if let Some(last) = self.last.as_ref().filter(|last| last.webcam.name == webcam.name) {
            twins.extend(last.twins.iter().filter(|index| **index != webcam.index));
            twins.sort_unstable();
            twins.dedup();
        }
        Known { webcam, twins }
    }

    /// Why there is no candidate.
    pub(super) fn absence(&self, there: &[Webcam]) -> Fault {
        let list = |webcams: &[Webcam]| {
            let words = webcams.iter().map(|webcam| format!("{} ({})", webcam.index, webcam.name));
            words.collect::<Vec<_>>().join(", ")
        };
        let what = match &self.choice {
            _ if there.is_empty() || self.last.is_some() => return Fault::NotThere,
            CameraChoice::Index(index) => format!("no camera has the number {index}"),
            CameraChoice::Named(name) => {
                let part = containing(name, there);
                if part.len() > 1 {
                    let words =
                        format!("several cameras are called \"{name}\"; choose one by its number: {}", list(&part));
                    return Fault::OnlyOthers(words);
                }
                format!("no camera is called \"{name}\"")
            }
            _ => return Fault::NotThere,
        };
        Fault::OnlyOthers(format!("{what}; plug it in, or choose one of those that are there: {}", list(there)))
    }
}

/// The cameras in whose name this is a part, whatever its case.
fn containing(part: &str, there: &[Webcam]) -> Vec<Webcam> {
    let part = part.trim().to_lowercase();
    there.iter().filter(|webcam| !part.is_empty() && webcam.name.to_lowercase().contains(&part)).cloned().collect()
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

    /// As uvcvideo names cameras.
    fn double(webcam: &Webcam) -> Webcam {
        Webcam { index: webcam.index, name: format!("{0}: {0}", webcam.name) }
    }

    fn wanted(choice: &str, last: &str, gone_secs: u64) -> Wanted {
        let Ok(choice) = choice.parse::<CameraChoice>();
        let gone_for = Duration::from_secs(gone_secs);
        // The last is the camera itself, those before it were there beside it.
        let mut beside = webcams(last);
        let mut wanted = Wanted { choice, last: None, gone_for, last_gave_nothing: false };
        wanted.last = beside.pop().map(|webcam| wanted.known(webcam, &beside));
        wanted
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
    fn a_name_may_be_a_part_of_one_cameras_name() {
        let webcams = |text: &str| webcams(text).iter().map(double).collect::<Vec<_>>();
        let candidates =
            |name: &str| wanted(&format!("name:{name}"), "", 0).candidates(&webcams("0:Desk 2:Door 4:Door"));
        assert_eq!(candidates("desk"), webcams("0:Desk"));
        assert_eq!(candidates("Door: Door"), webcams("2:Door 4:Door"));
        for not_one in ["Door", "D", "Yard", "", " "] {
            assert!(candidates(not_one).is_empty(), "{not_one:?}");
        }
    }

    #[test]
    fn a_camera_that_is_not_there_is_told_with_those_that_are() {
        let absence = |choice, last, there| wanted(choice, last, 0).absence(&webcams(there)).to_string();
        let gone = absence("name:Yard", "", "0:Desk 2:Door");
        assert!(gone.contains("\"Yard\"") && gone.contains("0 (Desk), 2 (Door)"), "{gone}");
        let several = absence("name:d", "", "0:Desk 2:Door 3:Yar");
        assert!(several.contains("\"d\"") && several.ends_with("0 (Desk), 2 (Door)"), "{several}");
        let number = absence("7", "", "0:Desk");
        assert!(number.contains('7') && number.contains("0 (Desk)"), "{number}");
        for (choice, last, there) in [("7", "", ""), ("name:Yard", "0:Yard", "1:Desk"), ("auto", "0:Yard", "1:Desk")] {
            assert_eq!(wanted(choice, last, 0).absence(&webcams(there)), Fault::NotThere);
        }
    }

    #[test]
    fn plugged_in_again_it_is_known_by_its_name() {
        for choice in ["auto", "2", "name:Door"] {
            assert_candidates(choice, "2:Door", 1, "0:Desk 5:Door", "5:Door");
            assert_candidates(choice, "2:Door", 1, "0:Desk 1:Door 2:Door", "2:Door");
        }
    }

    #[test]
    fn a_twin_that_was_there_beside_it_is_not_taken_for_it() {
        for choice in ["auto", "2", "name:Door"] {
            assert_candidates(choice, "1:Door 2:Door", 1, "1:Door", "");
            assert_candidates(choice, "1:Door 2:Door", 1, "1:Door 5:Door", "5:Door");
        }
        assert_candidates("auto", "1:Door 2:Door", 5, "1:Door", "1:Door");
        assert_candidates("2", "2:Door", 60, "4:Door 5:Door", "");
        let wanted = wanted("2", "1:Door 2:Door", 1);
        let again = wanted.known(webcams("5:Door").remove(0), &webcams("5:Door"));
        assert_eq!(again.twins, [1], "a twin that is unplugged is remembered");
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
