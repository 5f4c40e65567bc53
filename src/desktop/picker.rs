//! The system's own folder and file pickers, on a thread of their own, so that the window goes on living meanwhile.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

/// An answer that comes faster than any person can give means that no picker opened.
const TOO_FAST: Duration = Duration::from_millis(700);

/// What is to be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The save folder.
    Folder,
    /// A file to play as a camera.
    File,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Picked {
    /// This one.
    Path(Kind, PathBuf),
    /// Nothing was chosen.
    Nothing,
    /// The system has no picker: a path has to be typed.
    NoPicker(Kind),
}

/// At most one picker at a time.
#[derive(Default)]
pub struct Picker {
    open: Option<(Kind, Instant, Receiver<Option<PathBuf>>)>,
}

impl Picker {
    /// Opens a picker that starts in `folder`. Does nothing while one is open.
    pub fn open(&mut self, kind: Kind, folder: &Path, ctx: &Context) {
        if self.open.is_some() {
            return;
        }
        let (answer, answered) = bounded(1);
        let (folder, ctx) = (folder.to_owned(), ctx.clone());
        let started = std::thread::Builder::new().name("window-picker".to_owned()).spawn(move || {
            let path = pick(kind, &folder);
            // The window may have closed meanwhile; then nobody wants to know.
            let _ = answer.send(path);
            ctx.request_repaint();
        });
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for the picker");
        }
        self.open = Some((kind, Instant::now(), answered));
    }

    /// What was picked, once.
    pub fn take(&mut self) -> Option<Picked> {
        let (kind, since, answered) = self.open.as_ref()?;
        let picked = match answered.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(Some(path)) => Picked::Path(*kind, path),
            Ok(None) if since.elapsed() > TOO_FAST => Picked::Nothing,
            Ok(None) | Err(TryRecvError::Disconnected) => Picked::NoPicker(*kind),
        };
        self.open = None;
        Some(picked)
    }
}

fn pick(kind: Kind, folder: &Path) -> Option<PathBuf> {
    // The asynchronous dialogs are the ones that macOS allows outside the main thread.
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let dialog = rfd::AsyncFileDialog::new().set_directory(folder);
    let handle = match kind {
        Kind::Folder => runtime.block_on(dialog.set_title("Save folder of Framekeep").pick_folder()),
        Kind::File => {
            let videos = ["mp4", "mkv", "mov", "avi", "webm", "m4v", "mjpeg", "zip"];
            let dialog = dialog.set_title("Play a file as a camera").add_filter("Videos and zips of pictures", &videos);
            runtime.block_on(dialog.add_filter("All files", &["*"]).pick_file())
        }
    };
    handle.map(|handle| handle.path().to_owned())
}
