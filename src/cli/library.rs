//! `framekeep library rebuild|verify`: looks after the files and the index of a library from the command line.

use std::fmt::Write;
use std::path::Path;

use clap::Subcommand;

use crate::library::{LibraryError, Verified, VerifyOptions, rebuild, verify};

/// Options of `framekeep library`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the index again from the names of the files; scores and events are taken over from the old index if it can be read
    Rebuild,
    /// Compare files, index and thumbnails; exit code 1 when something is wrong
    Verify {
        /// Mend what can be mended: rows, sizes, thumbnails, leftovers. Pictures are never changed or removed
        #[arg(long)]
        mend: bool,
        /// Decode every picture instead of only reading it to its end
        #[arg(long)]
        decode: bool,
    },
}

/// Carries out `framekeep library …` on the library in `save_dir`. Gives whether it is sound, and in words what was found.
///
/// # Errors
/// [`LibraryError`] when the library cannot be read, or is in use and would have to be written.
pub fn run(args: &Args, save_dir: &Path) -> Result<(bool, String), LibraryError> {
    match args.action {
        Action::Rebuild => {
            let rebuilt = rebuild(save_dir)?;
            let (frames, recordings) = (rebuilt.added, rebuilt.recordings);
            let videos = if recordings > 0 { format!(" and {recordings} recordings") } else { String::new() };
            let mut words = format!("The index of {} holds {frames} frames{videos}.\n", save_dir.display());
            if rebuilt.unreadable > 0 {
                let _ = writeln!(words, "{} files are no readable pictures and were left out.", rebuilt.unreadable);
            }
            if rebuilt.unread_folders > 0 {
                let count = rebuilt.unread_folders;
                let _ = writeln!(words, "{count} folders cannot be read and were left out; look who may read them.");
            }
            Ok((true, words))
        }
        Action::Verify { mend, decode } => {
            let found = verify(save_dir, VerifyOptions { decode, mend })?;
            // Damaged pictures and closed folders cannot be mended.
            let is_well = found.is_sound() || (mend && found.unreadable + found.unread_folders == 0);
            Ok((is_well, words(save_dir, &found, mend)))
        }
    }
}

fn words(save_dir: &Path, found: &Verified, mended: bool) -> String {
    let videos = if found.recordings > 0 { format!(", {} recordings", found.recordings) } else { String::new() };
    let mut words = format!("{}: {} frames{videos}\n", save_dir.display(), found.files);
    let table = [
        (found.files_without_row, "files that are not in the index", "added"),
        (found.rows_without_file, "frames or recordings in the index whose file is gone", "taken out"),
        (found.wrong_sizes, "frames or recordings with another size in the index", "corrected"),
        (found.unreadable, "files that are no whole pictures", "left as they are"),
        (found.unread_folders, "folders that cannot be read", "left as they are"),
        (found.missing_thumbnails, "frames without a thumbnail", "made again"),
        (found.leftovers, "files left behind by a program that was killed", "removed"),
    ];
    for (count, what, mending) in table.into_iter().filter(|(count, ..)| *count > 0) {
        let mending = if mended { format!(": {mending}") } else { String::new() };
        let _ = writeln!(words, "{count:>8} {what}{mending}");
    }
    for example in &found.examples {
        let _ = writeln!(words, "         {example}");
    }
    match (found.is_sound(), mended) {
        (true, _) => words += "Files and index agree.\n",
        (false, false) => words += "Run `framekeep library verify --mend` to mend what can be mended.\n",
        (false, true) => {}
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn run_line(line: &[&str], dir: &Path) -> Result<bool, LibraryError> {
        let line = Line::try_parse_from(["library"].iter().chain(line)).expect("the line is understood");
        run(&line.args, dir).map(|(sound, _)| sound)
    }

    #[test]
    fn a_damaged_library_is_told_by_the_exit_code_and_mended_when_asked() {
        let root = tempfile::tempdir().unwrap();
        let day = root.path().join("Anna/2025-11-21");
        std::fs::create_dir_all(&day).unwrap();
        let pixels = crate::domain::RgbPicture { width: 16, height: 16, data: vec![9; 768] };
        let jpeg = crate::codec::encode_jpeg(&pixels, 90).unwrap();
        std::fs::write(day.join("080101.042Z_front_1.jpg"), &jpeg).unwrap();
        assert!(run_line(&["verify"], root.path()).is_err(), "there is no index yet");
        assert!(run_line(&["rebuild"], root.path()).unwrap());
        assert!(run_line(&["verify", "--decode"], root.path()).unwrap());
        std::fs::write(day.join("080101.042Z_front_2.jpg"), &jpeg).unwrap();
        assert!(!run_line(&["verify"], root.path()).unwrap());
        assert!(run_line(&["verify", "--mend"], root.path()).unwrap());
        assert!(run_line(&["verify"], root.path()).unwrap());
    }

    #[test]
    fn an_action_has_to_be_named() {
        assert!(Line::try_parse_from(["library"]).is_err());
        assert!(Line::try_parse_from(["library", "verify", "--repair"]).is_err());
    }
}
