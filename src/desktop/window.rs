//! Opens the window and waits until it closes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use eframe::egui::{Context, ViewportBuilder};

use crate::bus::{Bus, Latest};
use crate::control::Controls;
use crate::desktop::app::{App, Sources};
use crate::desktop::icon::icon;
use crate::library::Library;

/// What the window needs.
pub struct Parts {
    /// To ask and to see.
    pub controls: Controls,
    /// Pictures and verdicts.
    pub latest: Latest,
    /// What happens.
    pub bus: Bus,
    /// Kept frames: only read.
    pub library: Arc<Library>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// Nobody could see it.
    #[error("no display is there (neither WAYLAND_DISPLAY nor DISPLAY is set)")]
    NoDisplay,
    /// The system, the display server or the graphics driver refused.
    #[error("failed to open the window: {0}; `framekeep serve` works without one")]
    Refused(String),
    /// It stopped by a mistake of ours, or a library that it needs is missing.
    #[error("the window stopped: {0}; `framekeep serve` works without one")]
    Stopped(String),
}

/// Asks the window to close, from any thread and at any time, before it opened too. Cloning shares it.
#[derive(Clone, Default)]
pub struct Closer {
    asked: Arc<AtomicBool>,
    ctx: Arc<OnceLock<Context>>,
}

impl Closer {
    /// Asks the window to close.
    pub fn close(&self) {
        self.asked.store(true, Ordering::Release);
        if let Some(ctx) = self.ctx.get() {
            ctx.request_repaint();
        }
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// From now on asking wakes the window of `ctx`.
    pub(super) fn attach(&self, ctx: &Context) {
        // A second window of one closer would be a mistake of our own; the first one stays attached.
        let _ = self.ctx.set(ctx.clone());
    }
}

/// Whether a window can be shown.
///
/// # Errors
/// [`DesktopError::NoDisplay`] when there is nowhere to show it.
pub fn display() -> Result<(), DesktopError> {
    let unix = cfg!(all(unix, not(target_os = "macos")));
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if unix && !["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().any(named) {
        return Err(DesktopError::NoDisplay);
    }
    Ok(())
}

/// Shows the window and returns when it was closed, by the person or by `closer`. Its own threads have ended then;
/// everything else still runs. Must be called on the main thread.
///
/// # Errors
/// [`DesktopError`] when there is no display or the window cannot be opened.
pub fn run(parts: Parts, closer: &Closer) -> Result<(), DesktopError> {
    display()?;
    let Parts { controls, latest, bus, library } = parts;
    let sources = Sources { controls, latest, bus, shelf: library };
    let closer = closer.clone();
    let viewport = ViewportBuilder::default()
        .with_title("Framekeep")
        .with_app_id("framekeep")
        .with_icon(icon())
        .with_inner_size([1280.0, 840.0])
        .with_min_inner_size([880.0, 600.0]);
    // Named, because a build with the tests' own renderer beside it would choose that one.
    let renderer = eframe::Renderer::Glow;
    let options = eframe::NativeOptions { viewport, renderer, centered: true, ..Default::default() };
    let opened = Arc::new(AtomicBool::new(false));
    let open = Arc::clone(&opened);
    let make: eframe::AppCreator = Box::new(move |context| {
        let app = App::new(&context.egui_ctx, sources, closer)?;
        open.store(true, Ordering::Relaxed);
        tracing::info!("the window is open");
        Ok(Box::new(app))
    });
    // A panic in the window (a missing libxkbcommon-x11 ends as one) must not keep the other parts from stopping in order
    // and writing what was accepted. What the window held is dropped with it and not looked at again.
    match catch_unwind(AssertUnwindSafe(|| eframe::run_native("Framekeep", options, make))) {
        Ok(ended) => ended.map_err(|error| failed(&error, opened.load(Ordering::Relaxed))),
        Err(panic) => Err(DesktopError::Stopped(words_of(&*panic))),
    }
}

/// A window that could not be opened can be done without. One that was open and broke means that the session is over: a
/// camera must not go on filming behind it.
fn failed(error: &eframe::Error, opened: bool) -> DesktopError {
    if opened { DesktopError::Stopped(error.to_string()) } else { DesktopError::Refused(error.to_string()) }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    words.unwrap_or("for a reason that it did not name").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_can_be_asked_for_before_there_is_a_window() {
        let closer = Closer::default();
        let signal = closer.clone();
        assert!(!closer.is_asked());
        signal.close();
        assert!(closer.is_asked());
    }

    #[test]
    fn a_window_that_broke_is_not_one_that_could_not_be_opened() {
        let error = eframe::Error::AppCreation("no more".into());
        assert!(matches!(failed(&error, false), DesktopError::Refused(_)));
        assert!(matches!(failed(&error, true), DesktopError::Stopped(_)));
    }
}
