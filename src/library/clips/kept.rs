//! Kept frames by the names of their files, for whoever has no index.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{CameraName, Timestamp, UserName};
use crate::library::place::{Place, day_of};

/// The kept frames of a camera from one time of capture to another, oldest first.
///
/// # Errors
/// What the system says when the save folder cannot be read.
pub fn kept_in(
    save_dir: &Path,
    user: &UserName,
    camera: &CameraName,
    (from, to): (Timestamp, Timestamp),
) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let (first, last) = (day_of(from), day_of(to));
    let mut found = Vec::new();
    for (owner, folder) in names(save_dir)?.into_iter().filter(|(name, _)| UserName::new(name).as_ref() == Ok(user)) {
        for (day, folder) in names(&folder)?.into_iter().filter(|(day, _)| (&first..=&last).contains(&day)) {
            for (file, path) in names(&folder)? {
                let Some(place) = Place::parse(&owner, &day, &file) else { continue };
                if place.camera == *camera && (from..=to).contains(&place.captured_at) {
                    found.push((place.captured_at, place.seq, path));
                }
            }
        }
    }
    found.sort_by_key(|(at, seq, ..)| (*at, *seq));
    Ok(found.into_iter().map(|(at, _, path)| (at, path)).collect())
}

/// Kept frames by their places below the save folder, as they are named. What is no place of a frame is left out.
#[must_use]
pub fn kept_at(save_dir: &Path, places: &[String]) -> Vec<(Timestamp, PathBuf)> {
    let known = places.iter().filter_map(|place| {
        let mut parts = place.splitn(3, '/');
        let place = Place::parse(parts.next()?, parts.next()?, parts.next()?)?;
        Some((place.captured_at, place.path(save_dir)))
    });
    known.collect()
}

/// What is in a folder; nothing when it is none, or gone.
fn names(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let entries = entries.flatten();
            Ok(entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect())
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
