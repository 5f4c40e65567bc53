//! Where masks and kept frames go, and under which names.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::scan::{Args, Error};

/// Longest stem of a file name that is taken over, in bytes. File systems allow 255 with the ending.
const LONGEST_STEM: usize = 200;

/// Gives every input its folders. With one input these are the folders that were asked for, with several a folder for
/// each inside them, named after the input.
pub(super) struct Outputs {
    masks: Option<PathBuf>,
    save: Option<PathBuf>,
    /// Where the inputs really lie.
    inputs: Vec<PathBuf>,
    several: bool,
    names: Names,
}

/// The folders of one input.
pub(super) struct Folders {
    pub masks: Option<PathBuf>,
    pub save: Option<PathBuf>,
}

impl Outputs {
    pub fn new(args: &Args) -> Self {
        Self {
            masks: args.masks.clone(),
            save: args.save.clone(),
            inputs: args.inputs.iter().filter_map(|input| input.canonicalize().ok()).collect(),
            several: args.inputs.len() > 1,
            names: Names::default(),
        }
    }

    /// Makes the folders of an input.
    pub fn folders(&mut self, input: &Path) -> Result<Folders, Error> {
        let own = if self.several {
            // A folder keeps its whole name: `2024.05` has no ending.
            let stem = if input.is_dir() { input.file_name() } else { input.file_stem() };
            Some(self.names.unique(&stem.unwrap_or(OsStr::new("input")).to_string_lossy()))
        } else {
            None
        };
        let make = |folder: &Option<PathBuf>| {
            let Some(folder) = folder else { return Ok(None) };
            let folder = own.as_ref().map_or_else(|| folder.clone(), |own| folder.join(own));
            make_folder(&folder, &self.inputs).map(Some)
        };
        let folders = Folders { masks: make(&self.masks)?, save: make(&self.save)? };
        if let (Some(masks), Some(save)) = (&folders.masks, &folders.save)
            && is_same(masks, save)
        {
            // A mask and a kept PNG bear the same name, and one would replace the other.
            let why = "it is given for masks and for kept frames; choose a folder for each".into();
            return Err(Error::Write { path: save.clone(), why });
        }
        Ok(folders)
    }
}

fn make_folder(folder: &Path, inputs: &[PathBuf]) -> Result<PathBuf, Error> {
    let failed = |why: String| Error::Write { path: folder.to_owned(), why };
    std::fs::create_dir_all(folder).map_err(|error| failed(format!("{error}; choose another folder")))?;
    // Written beside pictures that are read now or later, masks would replace pictures of the same name.
    if inputs.iter().any(|input| is_same(folder, input)) {
        return Err(failed("it is a folder that is being scanned; choose another".into()));
    }
    Ok(folder.to_owned())
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Makes names of strangers safe as file names, and different from each other.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In small letters: some file systems make no difference.
    used: HashSet<String>,
}

impl Names {
    /// A name without ending, like `wanted`, that was not given out before: `a`, `a-2`, `a-3` …
    pub fn unique(&mut self, wanted: &str) -> String {
        let stem = safe(wanted);
        let mut name = stem.clone();
        let mut count = 1;
        while !self.used.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{stem}-{count}");
        }
        name
    }
}

fn safe(wanted: &str) -> String {
    let forbidden = |c: char| c.is_control() || r#"/\<>:"|?*"#.contains(c);
    let mut stem: String = wanted.chars().map(|c| if forbidden(c) { '_' } else { c }).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    // "." and ".." are folders, and a dot in front hides the file.
    let stem = stem.trim().trim_matches('.');
    if stem.is_empty() { "unnamed".into() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_become_plain_and_different() {
        let mut names = Names::default();
        let table = [
            ("in000370", "in000370"),
            ("in000370", "in000370-2"),
            ("IN000370", "IN000370-3"),
            ("..", "unnamed"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a\0b\u{202e}", "a_b\u{202e}"),
            ("", "unnamed-2"),
        ];
        for (wanted, expected) in table {
            assert_eq!(names.unique(wanted), expected, "{wanted:?}");
        }
        assert!(names.unique(&"ü".repeat(300)).len() <= LONGEST_STEM);
    }
}
