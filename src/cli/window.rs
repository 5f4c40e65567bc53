//! `framekeep`: the window and the LAN server.

use std::sync::{Mutex, PoisonError};

use crate::cli::{Outcome, serve, tell};
use crate::desktop::{self, DesktopError};
use crate::runtime::{Options, Runtime};

/// What runs behind the window, where the end of the process finds it.
static RUNNING: Mutex<Option<Runtime>> = Mutex::new(None);

/// Opens the window; where there is no display it says so and serves without one.
pub(super) fn run(options: &Options) -> Outcome {
    if let Err(why) = desktop::display() {
        tell(format_args!("{why}; serving without a window"));
        return serve::run(options);
    }
    let runtime = Runtime::start(options)?;
    let closer = desktop::Closer::default();
    runtime.on_signal({
        let closer = closer.clone();
        move || closer.close()
    });
    let parts = runtime.desktop_parts();
    stop_at_exit(runtime);
    let shown = desktop::run(parts, &closer);
    let runtime = taken();
    match (shown, runtime) {
        // A display without OpenGL, for example over a remote connection: phones can join all the same.
        (Err(why @ DesktopError::Refused(_)), Some(runtime)) => {
            tell(format_args!("{why}; serving without a window"));
            serve::go_on(runtime)
        }
        (shown, runtime) => {
            drop(runtime);
            Ok(shown?)
        }
    }
}

fn taken() -> Option<Runtime> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Keeps `runtime` where it is stopped in order even when the process ends from below the window. Xlib calls `exit` when
/// the connection to the display breaks, as it does at the end of a session; no error and no panic comes back from that.
fn stop_at_exit(runtime: Runtime) {
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
    #[cfg(unix)]
    {
        extern "C" fn stop() {
            let Some(runtime) = taken() else { return };
            tell("the display is gone; stopping");
            // In a thread of its own: what is local to this one is gone already.
            let stopping = std::thread::Builder::new().name("stop".to_owned()).spawn(move || runtime.stop());
            if let Ok(stopping) = stopping {
                let _ = stopping.join();
            }
        }
        // SAFETY: `stop` takes nothing, lives as long as the program, and does not unwind: all that may panic in it does
        // so in the thread that it waits for. Without the handler the process ends as it did before.
        let _ = unsafe { libc::atexit(stop) };
    }
}
