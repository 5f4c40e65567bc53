//! The keys that do something wherever the focus is; [`crate::desktop::panels::Help`] lists them.

use eframe::egui::{Context, Key, Modifiers};

use crate::control::Command;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::domain::CameraChoice;

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// What the keys ask for. `free`: nothing lies over the window that has keys of its own.
pub fn pressed(ctx: &Context, snapshot: &Snapshot, only_picture: bool, free: bool) -> Option<Wish> {
    // Whoever types a path must be able to type an M.
    if ctx.text_edit_focused() {
        return None;
    }
    let press = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if press(Modifiers::COMMAND, Key::Z) {
        return Some(Wish::Undo);
    }
    if press(Modifiers::NONE, Key::F1) {
        return Some(Wish::Help(true));
    }
    if !free {
        return None;
    }
    if press(Modifiers::NONE, Key::M) {
        return Some(Wish::ShowMask(!snapshot.mask_on));
    }
    if press(Modifiers::NONE, Key::P) {
        return Some(Wish::OnlyPicture(!only_picture));
    }
    let local = &snapshot.view.local;
    if local.choice != CameraChoice::None && press(Modifiers::NONE, Key::S) {
        return Some(Wish::Ask(if local.on { Command::StopCamera } else { Command::StartCamera }));
    }
    if local.choice != CameraChoice::None && local.on && press(Modifiers::NONE, Key::R) {
        return Some(Wish::Ask(if local.recording.is_some() { Command::StopRecording } else { Command::Record }));
    }
    let digit = DIGITS.iter().position(|key| press(Modifiers::NONE, *key))?;
    snapshot.view.cameras.get(digit).map(|camera| Wish::Watch(camera.stream.clone()))
}
