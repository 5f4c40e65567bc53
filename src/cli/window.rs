//! `framekeep`: the window and the LAN server.

use crate::cli::{Outcome, serve};
use crate::desktop;
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
    let shown = desktop::run(runtime.desktop_parts(), &closer);
    runtime.stop();
    Ok(shown?)
}
