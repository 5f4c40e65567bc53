//! Room on a worker's own disk for what one job needs at a time. It goes when the worker ends, and with the next one that starts
//! when it was killed.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Held for as long as its folder is in use.
const LOCK: &str = "lock";

/// A folder of its own.
pub(super) struct Scratch {
    dir: tempfile::TempDir,
    _lock: File,
}

impl Scratch {
    /// A new one in `parent`, which is made. Those of workers that are not there any more are removed.
    pub fn open(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        // Of several that start at the same time none takes another's for one that was left behind.
        let _one_at_a_time = locked(&parent.join(LOCK))?;
        for entry in fs::read_dir(parent)?.flatten() {
            let left_behind = File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
            if left_behind && let Err(error) = fs::remove_dir_all(entry.path()) {
                tracing::warn!(%error, folder = %entry.path().display(), "what a killed worker left cannot be removed");
            }
        }
        let dir = tempfile::Builder::new().prefix("worker-").tempdir_in(parent)?;
        let lock = locked(&dir.path().join(LOCK))?;
        Ok(Self { dir, _lock: lock })
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

fn locked(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(parent: &Path) -> usize {
        fs::read_dir(parent).unwrap().flatten().filter(|entry| entry.path().is_dir()).count()
    }

    #[test]
    fn what_a_killed_worker_left_goes_and_what_another_one_uses_stays() {
        let parent = tempfile::tempdir().unwrap();
        let used = Scratch::open(parent.path()).unwrap();
        fs::write(used.dir().join("half"), "half").unwrap();
        let killed = parent.path().join("worker-killed");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(LOCK), "").unwrap();
        fs::write(killed.join("half"), "half").unwrap();
        let own = Scratch::open(parent.path()).unwrap();
        assert!(!killed.exists() && used.dir().join("half").exists());
        assert_eq!(folders(parent.path()), 2);
        drop((used, own));
        assert_eq!(folders(parent.path()), 0);
    }
}
