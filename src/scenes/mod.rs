//! Scenes that we draw ourselves, in which it is known what moves: a street for the demo camera and the tests, and the same street
//! through all that makes other detectors give false alarms. Pure, and the same on every run.

// Drawing goes from seconds and shares to pixels and bytes and back; `as` keeps what is drawn within its bounds.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "see above")]

mod canvas;
mod hash;
mod rain;
pub mod street;
pub mod trial;
