//! Names that people type and that become folders and parts of file names.
//!
//! A name comes from a stranger's phone. It is checked once, here, and is harmless from then on: it cannot leave its
//! folder, cannot hide, means the same on every file system and reads the same on every screen.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a name. Forty fit on one line of a phone.
pub const MAX_CHARS: usize = 40;
/// Most bytes of a name in UTF-8, so that a whole file name stays far below the 255 that file systems allow.
pub const MAX_BYTES: usize = 120;

/// Why a name was refused. Each message tells what to type instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was typed, or only spaces.
    #[error("the name is empty; type at least one letter or digit")]
    Empty,
    /// Longer than 40 characters or 120 bytes of UTF-8.
    #[error("the name is too long; use at most {MAX_CHARS} characters")]
    TooLong,
    /// A character that is no letter, digit, mark, space, hyphen, underscore, full stop or apostrophe.
    #[error("the name holds a character that is not allowed ({0}); use letters, digits, spaces, - _ . and '")]
    Character(CharCode),
    /// Nothing in it can be read aloud.
    #[error("the name holds no letter and no digit; type at least one")]
    NothingReadable,
    /// A full stop at the start or the end would hide the folder or be dropped by Windows.
    #[error("the name starts or ends with a full stop; leave it out")]
    EdgeDot,
    /// A device name of Windows, such as `CON`.
    #[error("the name is reserved by the operating system; choose another")]
    Reserved,
}

/// One character by its code point, so that an error can name what cannot be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CharCode(char);

impl fmt::Display for CharCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_ascii_graphic() || (self.0.is_alphanumeric() && !is_invisible(self.0)) {
            write!(f, "{}", self.0)
        } else {
            write!(f, "U+{:04X}", u32::from(self.0))
        }
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Two spellings that differ only in case are the same name, as they are the same folder on many computers.
        #[derive(Clone)]
        pub struct $name {
            text: Arc<str>,
            key: Arc<str>,
        }

        impl $name {
            /// Checks and normalises (NFC, outer spaces removed) what a person typed.
            ///
            /// # Errors
            /// [`NameError`] when it cannot be a folder on every computer or cannot be read.
            pub fn new(typed: &str) -> Result<Self, NameError> {
                let text = checked(typed)?;
                Ok(Self { key: folded(&text).into(), text: text.into() })
            }

            /// The name as its owner spelled it; also the folder's name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// The name without its case: what two spellings of one name share.
            #[must_use]
            pub fn key(&self) -> &str {
                &self.key
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.key == other.key
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.key.hash(state);
            }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.key.cmp(&other.key)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.text)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(typed: &str) -> Result<Self, NameError> {
                Self::new(typed)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let typed = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(&typed).map_err(serde::de::Error::custom)
            }
        }
    };
}

name_type!(
    /// The name under which frames are kept: one folder of the library.
    UserName
);
name_type!(
    /// The name of one camera of a user; part of the file name of every frame that it gives.
    CameraName
);

fn checked(typed: &str) -> Result<String, NameError> {
    // A stranger's megabyte is refused before it is normalised; NFC never makes a text four times shorter.
    if typed.len() > 4 * MAX_BYTES {
        return Err(NameError::TooLong);
    }
    let text: String = typed.trim().nfc().collect();
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().count() > MAX_CHARS || text.len() > MAX_BYTES {
        return Err(NameError::TooLong);
    }
    let mut after_letter = false;
    for c in text.chars() {
        let allowed =
            c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\'') || (after_letter && is_combining_mark(c));
        if !allowed || is_invisible(c) {
            return Err(NameError::Character(CharCode(c)));
        }
        after_letter = c.is_alphanumeric() || is_combining_mark(c);
    }
    if text.starts_with('.') || text.ends_with('.') {
        return Err(NameError::EdgeDot);
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(NameError::NothingReadable);
    }
    if is_reserved(&text) {
        return Err(NameError::Reserved);
    }
    Ok(text)
}

/// By way of the capitals, as some letters have two small forms (σ and ς, s and ſ) or two letters for one (ß): file systems
/// that do not tell cases apart take these for the same name.
fn folded(text: &str) -> String {
    text.to_uppercase().to_lowercase().nfc().collect()
}

/// Letters and marks that show nothing (`Default_Ignorable_Code_Point` of Unicode): with them two names would look the same, or
/// one like none.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Device names of Windows are reserved with and without an ending: `con`, `Con.jpg`, `com1.tar.gz`.
fn is_reserved(text: &str) -> bool {
    let lower = text.to_lowercase();
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            rest.chars().count() == 1 && rest.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c))
        })
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_accepted_as_they_are_spelled() {
        for name in ["Anna", "anna-2", "Jean-Luc O'Neil", "Zoë", "Łukasz", "山田", "مريم", "कमल", "lab_3.cam", "7"]
        {
            assert_eq!(UserName::new(name).map(|n| n.to_string()), Ok(name.nfc().collect()), "{name}");
        }
    }

    #[test]
    fn outer_spaces_go_and_decomposed_letters_are_composed() {
        assert_eq!(UserName::new("  Zoe\u{308} ").unwrap().as_str(), "Zoë");
    }

    #[test]
    fn case_does_not_make_another_user() {
        for (one, other) in
            [("Anna", "aNNA"), ("ΝΙΚΟΣ", "νικοσ"), ("Νίκος", "ΝΊΚΟΣ"), ("Jess", "Jeſs"), ("Groß", "GROSS")]
        {
            assert_eq!(UserName::new(one), UserName::new(other));
        }
        assert_ne!(UserName::new("Zoe"), UserName::new("Zoë"));
    }

    #[test]
    fn what_could_leave_the_folder_or_hide_is_refused() {
        use NameError as E;
        let character = |c| E::Character(CharCode(c));
        let table = [
            ("", E::Empty),
            (" \t ", E::Empty),
            ("..", E::EdgeDot),
            (".", E::EdgeDot),
            (".framekeep", E::EdgeDot),
            ("anna.", E::EdgeDot),
            ("/etc", character('/')),
            ("a/../b", character('/')),
            ("C:\\x", character(':')),
            ("a\0b", character('\0')),
            ("a\nb", character('\n')),
            ("abc\u{202e}gpj", character('\u{202e}')),
            ("a\u{200b}b", character('\u{200b}')),
            ("😀😀", character('😀')),
            ("Anna\u{fe00}", character('\u{fe00}')),
            ("An\u{34f}na", character('\u{34f}')),
            ("Anna\u{3164}", character('\u{3164}')),
            ("\u{3164}", character('\u{3164}')),
            ("\u{ffa0}\u{115f}", character('\u{ffa0}')),
            ("Anna\u{e0101}", character('\u{e0101}')),
            ("a\u{17b4}", character('\u{17b4}')),
            ("a\u{180b}", character('\u{180b}')),
            ("--", E::NothingReadable),
            ("CON", E::Reserved),
            ("con.txt", E::Reserved),
            ("LPT9", E::Reserved),
        ];
        for (typed, why) in table {
            assert_eq!(UserName::new(typed).unwrap_err(), why, "{typed:?}");
        }
        assert_eq!(UserName::new(&"x".repeat(300)).unwrap_err(), E::TooLong);
        assert_eq!(UserName::new(&"x".repeat(100_000)).unwrap_err(), E::TooLong);
        assert!(UserName::new(&"x".repeat(MAX_CHARS)).is_ok());
    }

    #[test]
    fn a_message_names_what_cannot_be_seen() {
        let message = UserName::new("a\u{202e}b").unwrap_err().to_string();
        assert!(message.contains("U+202E"), "{message}");
    }
}
