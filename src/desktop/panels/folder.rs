//! Where frames are kept: the save folder, by picker or by path, and how much room there is.

use std::path::PathBuf;

use eframe::egui::{Key, TextEdit, Ui};

use super::{primary_button, quiet, section};
use crate::control::Command;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::words;

/// The save folder.
#[derive(Debug, Default)]
pub struct FolderPanel {
    /// What is being typed, while it differs from what holds.
    typed: Option<String>,
}

impl FolderPanel {
    /// Draws it as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        section(ui, "Save folder", |ui| {
            let view = snapshot.view;
            let current = view.save_dir.display().to_string();
            let mut text = self.typed.clone().unwrap_or_else(|| current.clone());
            let mut wish = None;
            let field = TextEdit::singleline(&mut text).desired_width(f32::INFINITY);
            let field = ui.add(field).accessible_name("Save folder").on_hover_text(&current);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let escaped = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
            let typed = text != current && !text.trim().is_empty() && !escaped;
            self.typed = Some(text).filter(|text| typed || (field.has_focus() && *text != current));
            ui.horizontal(|ui| {
                if typed && (primary_button(ui, "Use this folder").clicked() || entered) {
                    let path = self.typed.take().unwrap_or_default();
                    wish = Some(Command::ChangeSaveDir(PathBuf::from(path.trim())).into());
                }
                if ui
                    .button("Change…")
                    .on_hover_text("Choose a folder")
                    .accessible_name("Change the save folder")
                    .clicked()
                {
                    wish = Some(Wish::PickFolder);
                }
                if let Some(free) = view.free_bytes {
                    ui.label(quiet(ui, format!("{} free", words::bytes(free))));
                }
            });
            wish
        })
    }
}
