//! Settings and the places where they live.
//!
//! The file holds what the operator chose; everything else has a default. It is written whole and renamed, so that a
//! crash leaves the old one or the new one. It never knows who uses a setting.

mod addresses;
mod paths;
mod settings;
mod store;

pub use addresses::addresses;
pub use paths::{PathError, Paths, make_private};
pub use settings::Settings;
pub use store::{SettingsError, SettingsStore};
