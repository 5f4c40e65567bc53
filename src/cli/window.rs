//! `framekeep`: the window and the LAN server.

use crate::cli::{Outcome, serve};
use crate::desktop::{self, DesktopError};
use crate::runtime::{Options, Runtime};

/// Opens the window; where there is no display it says so and serves without one.
pub(super) fn run(options: &Options) -> Outcome {
    if let Err(why) = desktop::display() {
        eprintln!("framekeep: {why}; serving without a window");
        return serve::run(options);
    }
    let runtime = Runtime::start(options)?;
    let closer = desktop::Closer::default();
    runtime.on_signal({
        let closer = closer.clone();
        move || closer.close()
    });
    match desktop::run(runtime.desktop_parts(), &closer) {
        // A display without OpenGL, for example over a remote connection: phones can join all the same.
        Err(why @ DesktopError::Refused(_)) => {
            eprintln!("framekeep: {why}; serving without a window");
            serve::go_on(runtime)
        }
        shown => {
            runtime.stop();
            Ok(shown?)
        }
    }
}
