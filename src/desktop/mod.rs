//! The window: the live picture, what moves in it, who else films, what was kept, and what may be chosen.
//!
//! It shows [`crate::control::View`], [`crate::bus::Latest`] and the library, and asks through
//! [`crate::control::Controls`]. It changes nothing by itself. Decoding and reading happen on threads of its own, never
//! on the one that draws. eframe, egui and rfd appear nowhere else.

mod app;
mod films;
pub mod gallery;
pub mod history;
mod icon;
mod keys;
mod layout;
pub mod ledger;
pub mod loader;
pub mod panels;
mod picker;
mod pixels;
mod qr;
mod reveal;
mod signs;
mod snapshot;
mod sparkline;
pub mod theme;
mod watcher;
mod window;
pub mod words;

pub use app::{App, Sources};
pub use snapshot::{Guide, LivePicture, Snapshot, Wish};
pub use window::{Closer, DesktopError, Parts, display, run};
