//! What panels see and what they may wish for: plain data in, one wish out.
//!
//! A panel is a function of a [`Snapshot`]; it asks nothing of the rest of the program. So each can be shown in a test
//! in any state, without cameras, disk or threads.

use std::path::PathBuf;

use eframe::egui::TextureId;

use crate::control::{CameraView, Command, View};
use crate::desktop::gallery::Gallery;
use crate::desktop::history::Sample;
use crate::desktop::ledger::LedgerLook;
use crate::desktop::words::Clock;
use crate::domain::{BlindReason, CameraChoice, CameraState, Detection, FrameId, StreamId, StreamSettings};

/// Everything that the window shows in one pass.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// The state of the program.
    pub view: &'a View,
    /// The time, for words such as "12 s ago".
    pub clock: &'a Clock,
    /// The stream whose picture is large.
    pub chosen: &'a StreamId,
    /// Its newest picture, once there is one.
    pub live: Option<&'a LivePicture>,
    /// Its scores over the last half minute, oldest first.
    pub history: &'a [Sample],
    /// What the ledger says of it, once that is read.
    pub ledger: Option<&'a LedgerLook>,
    /// The kept frames.
    pub gallery: &'a Gallery,
    /// Whether the mask lies over the picture.
    pub mask_on: bool,
    /// What a slider that is being moved wants to show on the picture.
    pub guide: Guide,
}

impl<'a> Snapshot<'a> {
    /// The chosen camera, when it is in the list.
    #[must_use]
    pub fn camera(&self) -> Option<&'a CameraView> {
        self.view.cameras.iter().find(|camera| &camera.stream == self.chosen)
    }

    /// What holds for the chosen camera.
    #[must_use]
    pub fn stream_settings(&self) -> &'a StreamSettings {
        self.view.settings.of_stream(self.chosen)
    }

    /// Whether the chosen camera is the one of this computer.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.chosen == &self.view.local.stream
    }

    /// Whether there is nothing to look at: no camera of this computer, and nobody joined.
    #[must_use]
    pub fn nobody_here(&self) -> bool {
        let local = &self.view.local;
        let reason = |camera: &CameraView| match &camera.state {
            CameraState::Blind { reason, .. } => Some(reason.clone()),
            CameraState::Motion | CameraState::Still => None,
        };
        let mine = self.view.cameras.iter().find(|camera| camera.stream == local.stream).and_then(reason);
        // A webcam that is being opened, or was unplugged, is not nothing: its own words stand in the place of its picture.
        let nothing = matches!(mine, Some(BlindReason::NotFound | BlindReason::Stopped));
        let no_local = match local.choice {
            CameraChoice::None => true,
            CameraChoice::Auto => nothing && self.view.webcams.is_empty(),
            _ => false,
        };
        no_local && self.view.cameras.iter().all(|camera| camera.stream == local.stream)
    }
}

/// The newest picture of the chosen stream, on the graphics card.
#[derive(Debug, Clone)]
pub struct LivePicture {
    /// The picture.
    pub texture: TextureId,
    /// The mask, of the same shape.
    pub mask: Option<TextureId>,
    /// Width of the frame as it came, in pixels.
    pub width: u32,
    /// Height of the frame as it came, in pixels.
    pub height: u32,
    /// What the detector says of it.
    pub detection: Detection,
    /// Frames a second lately.
    pub fps: f32,
}

/// What is drawn on the picture while a slider moves.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Guide {
    /// Nothing.
    #[default]
    None,
    /// The mask, even when it is switched off: the sensitivity changes.
    Mask,
    /// A box of this share of the picture: the smallest area changes.
    Area(f32),
}

/// What a person wants, said by a panel.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Something of the program.
    Ask(Command),
    /// Show this stream large.
    Watch(StreamId),
    /// Switch the mask on or off.
    ShowMask(bool),
    /// Show only the picture, or everything.
    OnlyPicture(bool),
    /// Show a kept frame large.
    Open(FrameId),
    /// Open the folder picker for the save folder.
    PickFolder,
    /// Open the file picker for a file to play as a camera.
    PickFile,
    /// Show the folder of a file in the system's file manager.
    Reveal(PathBuf),
    /// Play a video in the system's player.
    Play(PathBuf),
    /// Put this text on the clipboard.
    Copy(String),
    /// Take the last deletion back.
    Undo,
    /// Show or hide the list of shortcuts.
    Help(bool),
}

impl From<Command> for Wish {
    fn from(command: Command) -> Self {
        Self::Ask(command)
    }
}
