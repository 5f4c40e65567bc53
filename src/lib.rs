//! Framekeep keeps the frames in which something moved.
//!
//! The modules lie on floors; each imports only from floors below its own (`tests/architecture.rs` holds this):
//!
//! | floor | modules |
//! |---|---|
//! | 9 | [`cli`] reads the command line |
//! | 8 | [`runtime`] starts and stops every part |
//! | 7 | [`desktop`] the window; [`server`] the LAN server |
//! | 6 | [`control`] what a person may ask, and what there is to see |
//! | 5 | [`intake`] how pictures get in; [`video`] what becomes of recordings and events |
//! | 4 | [`pipeline`] from a frame to a kept frame; [`jobs`] work that may wait |
//! | 3 | [`sources`] cameras and files; [`library`] disk and index; [`access`] users and devices |
//! | 2 | [`config`] settings and paths; [`ffmpeg`] as a child process, within limits; [`store`] storage that machines share |
//! | 1 | [`motion`] pixels in, regions out; [`codec`] bytes to pixels and back; [`bus`] events up, latest values |
//! | 0 | [`domain`] the words |

pub mod access;
pub mod bus;
pub mod cli;
pub mod codec;
pub mod config;
pub mod control;
pub mod desktop;
pub mod domain;
pub mod ffmpeg;
pub mod intake;
pub mod jobs;
pub mod library;
pub mod motion;
pub mod pipeline;
pub mod runtime;
pub mod scenes;
pub mod server;
pub mod sources;
pub mod store;
pub mod video;
