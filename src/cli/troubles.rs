//! What is wrong while a command runs without a window: told on standard error once when it begins, and once when it is over.

use std::collections::BTreeMap;

use crate::cli::tell;

/// What was told and is not over yet, by its kind.
pub(super) struct Troubles<K>(BTreeMap<K, String>);

impl<K> Default for Troubles<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Copy> Troubles<K> {
    /// Something is wrong, in a sentence and what to do, or is not any more. Other words for what was told already are no news.
    pub fn set(&mut self, kind: K, wrong: Option<(&str, &str)>) {
        if let Some(line) = self.news(kind, wrong) {
            tell(line);
        }
    }

    /// This is all that is wrong now.
    pub fn set_all<'w>(&mut self, all: impl Iterator<Item = (K, (&'w str, &'w str))>) {
        let all: BTreeMap<K, _> = all.collect();
        let over: Vec<K> = self.0.keys().filter(|kind| !all.contains_key(kind)).copied().collect();
        for kind in over {
            self.set(kind, None);
        }
        for (kind, wrong) in all {
            self.set(kind, Some(wrong));
        }
    }

    fn news(&mut self, kind: K, wrong: Option<(&str, &str)>) -> Option<String> {
        let sentence = |text: &str| text.trim_end_matches('.').to_owned();
        match wrong {
            Some((what, todo)) if !self.0.contains_key(&kind) => {
                let what = sentence(what);
                let todo = if todo.is_empty() { String::new() } else { format!(". {}", sentence(todo)) };
                let line = format!("problem: {what}{todo}");
                self.0.insert(kind, what);
                Some(line)
            }
            Some(_) => None,
            None => self.0.remove(&kind).map(|what| format!("over: {what}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_when_it_begins_and_when_it_is_over_and_not_in_between() {
        let mut troubles = Troubles::default();
        let mut full = |free| troubles.news('d', free).unwrap_or_default();
        assert_eq!(full(None), "");
        assert_eq!(full(Some(("The disk is full.", "Make room"))), "problem: The disk is full. Make room");
        assert_eq!(full(Some(("The disk is still full", ""))), "");
        assert_eq!(full(None), "over: The disk is full");
        assert_eq!(full(None), "");
        assert_eq!(full(Some(("The disk is full", ""))), "problem: The disk is full", "again");
    }

    #[test]
    fn what_is_not_among_all_that_is_wrong_is_over() {
        let mut troubles = Troubles::default();
        troubles.set_all([(1, ("one", "")), (2, ("two", ""))].into_iter());
        troubles.set_all([(2, ("two", "")), (3, ("three", ""))].into_iter());
        assert_eq!(troubles.0.into_keys().collect::<Vec<_>>(), [2, 3]);
    }
}
