//! Shows a folder in the system's file manager, on a thread of its own: a disk that hangs must not hold the window up.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::Context;

/// Problems that wait to be told; more at a time would say the same.
const WAITING: usize = 4;

const PROGRAM: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(target_os = "windows") {
    "explorer"
} else {
    "xdg-open"
};

/// Shows folders.
pub struct Revealer {
    problems: Receiver<String>,
    tell: Sender<String>,
}

impl Default for Revealer {
    fn default() -> Self {
        let (tell, problems) = bounded(WAITING);
        Self { problems, tell }
    }
}

impl Revealer {
    /// Shows the folder `path`, or the folder that holds the file `path`.
    pub fn reveal(&self, path: PathBuf, ctx: &Context) {
        let folder = move || if path.is_dir() { path } else { path.parent().map_or(path.clone(), Path::to_owned) };
        self.open(folder, "file manager", ctx);
    }

    /// Plays the video `path` in the system's player.
    pub fn play(&self, path: PathBuf, ctx: &Context) {
        self.open(move || path, "player", ctx);
    }

    fn open(&self, path: impl FnOnce() -> PathBuf + Send + 'static, what: &'static str, ctx: &Context) {
        let (tell, ctx) = (self.tell.clone(), ctx.clone());
        let started = std::thread::Builder::new().name("window-reveal".to_owned()).spawn(move || {
            if let Err(problem) = show(PROGRAM, &path(), what) {
                // Nobody listens when the window has closed meanwhile.
                let _ = tell.try_send(problem);
                ctx.request_repaint();
            }
        });
        if let Err(error) = started {
            let _ = self.tell.try_send(format!("No {what} could be started: {error}."));
        }
    }

    /// Why a folder was not shown, in words, once.
    pub fn problem(&self) -> Option<String> {
        self.problems.try_recv().ok()
    }
}

fn show(program: &str, path: &Path, what: &str) -> Result<(), String> {
    let failed = |why: String| format!("No {what} could be started ({program}: {why}). It lies at {}", path.display());
    let status = Command::new(program)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| failed(error.to_string()))?;
    // Explorer ends with 1 when it has shown the folder.
    if status.success() || cfg!(target_os = "windows") { Ok(()) } else { Err(failed(status.to_string())) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_manager_that_is_missing_or_fails_is_told_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(show("true", folder.path(), "file manager"), Ok(()));
        for program in ["false", "no-such-program"] {
            let problem = show(program, folder.path(), "file manager").unwrap_err();
            assert!(
                problem.starts_with("No file manager") && problem.ends_with(&folder.path().display().to_string()),
                "{problem}"
            );
        }
    }
}
