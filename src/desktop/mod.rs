//! The window: the live picture, what moves in it, who else films, what was kept, and what may be chosen.
//!
//! It shows [`crate::control::View`], [`crate::bus::Latest`] and the library, and asks through
//! [`crate::control::Controls`]. It changes nothing by itself. Decoding and reading happen on threads of its own, never
//! on the one that draws. eframe, egui and rfd appear nowhere else.

pub mod gallery;
pub mod history;
pub mod panels;
pub mod qr;
pub mod signs;
pub mod snapshot;
pub mod sparkline;
pub mod theme;
pub mod words;

pub use snapshot::{Guide, LivePicture, Snapshot, Wish};
use std::sync::Arc;

use crate::bus::{Bus, Latest};
use crate::control::Controls;
use crate::library::Library;

/// What the window uses.
pub struct Parts {
    pub controls: Controls,
    pub latest: Latest,
    pub bus: Bus,
    pub library: Arc<Library>,
}

/// Asks the window to close, from any thread.
#[derive(Clone, Default)]
pub struct Closer;
impl Closer {
    pub fn close(&self) {}
}

#[derive(Debug, thiserror::Error)]
#[error("no display")]
pub struct DesktopError;

/// Whether there is a display to open a window on.
pub fn display() -> Result<(), DesktopError> {
    Err(DesktopError)
}

/// Shows the window until it is closed.
pub fn run(_parts: Parts, _closer: &Closer) -> Result<(), DesktopError> {
    Err(DesktopError)
}
