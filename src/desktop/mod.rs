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
