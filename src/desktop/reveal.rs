//! Shows a folder in the system's file manager.

use std::path::Path;
use std::process::{Command, Stdio};

/// Shows the folder `path`, or the folder that holds the file `path`.
///
/// # Errors
/// Why no file manager could be started, in words, with the path for the person to go there.
pub fn reveal(path: &Path) -> Result<(), String> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut child = Command::new(program)
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            format!("No file manager could be started ({program}: {error}). The folder is {}", folder.display())
        })?;
    // Waited for, so that it does not stay behind as a zombie; how it ends is its own business.
    let waited = std::thread::Builder::new().name("window-reveal".to_owned()).spawn(move || child.wait());
    if let Err(error) = waited {
        tracing::debug!(%error, "the file manager is not waited for");
    }
    Ok(())
}
