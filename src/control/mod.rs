//! What a person may ask of the program, and what there is to see: commands down, one view up.
//!
//! The window and the operator's routes use nothing else to change anything. One thread carries the commands out, one
//! after the other, so that two wishes never meet half way.

mod command;
mod films;
mod invitation;
mod jobs;
mod local;
mod service;
mod view;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use crossbeam_channel::Sender;

pub use command::{Command, FilmWish};
pub use jobs::JobsView;
pub use service::{ControlService, Parts};
pub use view::{
    CameraKind, CameraView, DeviceView, Fingerprint, Invitation, JoiningView, LocalCamera, ServerState, View,
};

/// The handle by which the window and the server ask and see. Cloning shares it.
#[derive(Clone)]
pub struct Controls {
    commands: Sender<Command>,
    view: Arc<ArcSwap<View>>,
    jobs_looked_at: Arc<AtomicBool>,
}

impl Controls {
    /// A handle that sends into `commands` and shows `view`. The control thread keeps the other ends.
    #[must_use]
    pub fn new(commands: Sender<Command>, view: Arc<ArcSwap<View>>) -> Self {
        Self { commands, view, jobs_looked_at: Arc::default() }
    }

    /// Asks for something. `false`: the program is ending, or a hundred wishes wait already.
    #[must_use]
    pub fn ask(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Somebody looks at the jobs of the view: they are kept fresh for the next second.
    pub fn look_at_jobs(&self) {
        self.jobs_looked_at.store(true, Ordering::Relaxed);
    }

    /// What there is to see now.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        self.view.load_full()
    }
}
