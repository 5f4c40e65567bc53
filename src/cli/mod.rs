//! The command line.

pub mod library;
