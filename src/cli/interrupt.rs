//! Ctrl-C: the first asks for an orderly end, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// Longest time until signals are heard; they are after a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Becomes true when the command is to end. From the return on signals are heard.
pub(super) fn listen() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let (ready, is_ready) = mpsc::channel();
    // Without the thread Ctrl-C ends the program at once, as it does everywhere.
    let _ = std::thread::Builder::new().name("signals".into()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::new() else { return };
            // Nobody waits any more when that took too long.
            let _ = ready.send(());
            signals.next().await;
            told.store(true, Ordering::Relaxed);
            signals.next().await;
            // ffmpeg ends by itself when nobody reads any more.
            std::process::exit(1);
        });
    });
    let _ = is_ready.recv_timeout(PATIENCE);
    stop
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    /// `None`: the system did not give it. It ends the program at once then.
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // From here on Ctrl-C does nothing by itself any more, so nothing behind it may fail.
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate()).ok() })
    }

    async fn next(&mut self) {
        let Self { interrupt, terminate } = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            Some(()) = async { terminate.as_mut()?.recv().await } => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}
