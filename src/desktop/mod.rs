//! The window. (Contract; the panels come with its own change.)

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
