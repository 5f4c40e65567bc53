//! What a person at a terminal sees while a file is looked at. On a pipe: nothing but errors and warnings.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

/// The bar of one input; it goes when dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// `frames`: how many there are, where it is known.
    pub fn start(path: &Path, frames: Option<u64>) -> Self {
        let bar = frames.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if frames.is_some() {
            "{msg} [{bar:30}] {percent:>3} %  {pos} of {len} frames, {per_sec}, {eta} left"
        } else {
            "{msg} {spinner} {pos} frames, {per_sec}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(out, "{:.0} frames/s", state.per_sec());
            };
            bar.set_style(style.with_key("per_sec", rate).progress_chars("=> "));
        }
        bar.set_message(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        Self(bar)
    }

    /// So many frames were looked at.
    pub fn at(&self, frames: u64) {
        // A video can have more frames than it promised.
        if self.0.length().is_some_and(|length| length < frames) {
            self.0.set_length(frames);
        }
        self.0.set_position(frames);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
