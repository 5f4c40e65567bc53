//! The camera of this computer: which, start and stop.

use eframe::egui;
use std::path::PathBuf;

use eframe::egui::{Button, ComboBox, Key, TextEdit, Ui};

use super::{primary_button, quiet, section};
use crate::control::{Command, View};
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::domain::CameraChoice;
use crate::sources::Webcam;

/// The camera of this computer.
#[derive(Debug, Default)]
pub struct SourcePanel {
    /// The path field, while it is open.
    path: Option<String>,
}

impl SourcePanel {
    /// Opens the field for the path of a file to play.
    pub fn ask_for_file(&mut self) {
        self.path.get_or_insert_default();
    }

    /// Closes that field again: a file was chosen in another way.
    pub fn file_is_chosen(&mut self) {
        self.path = None;
    }

    /// Draws it as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        section(ui, "Camera of this computer", |ui| {
            let picked = self.picker_ui(ui, snapshot.view);
            let path = self.path_ui(ui);
            picked.or(path).or(buttons_ui(ui, snapshot.view))
        })
    }

    fn picker_ui(&mut self, ui: &mut Ui, view: &View) -> Option<Wish> {
        let mut wish = None;
        let width = ui.available_width();
        let chosen = &view.local.choice;
        let combo = ComboBox::from_id_salt("camera").selected_text(choice_words(view)).width(width).truncate().show_ui(
            ui,
            |ui| {
                let mut offer = |ui: &mut Ui, choice: CameraChoice, words: String| {
                    if ui.selectable_label(is_chosen(chosen, &choice, &view.webcams), words).clicked() {
                        self.path = None;
                        wish = Some(Command::ChooseCamera(choice).into());
                    }
                };
                offer(ui, CameraChoice::Auto, "Automatic: the first webcam".to_owned());
                for webcam in &view.webcams {
                    offer(ui, choice_of(webcam, &view.webcams), webcam.name.clone());
                }
                offer(ui, CameraChoice::Demo, "Demo scene".to_owned());
                offer(ui, CameraChoice::None, "None: phones only".to_owned());
                let file = matches!(chosen, CameraChoice::File(_)) || self.path.is_some();
                if ui.selectable_label(file, "A file or folder…").clicked() {
                    self.ask_for_file();
                    wish = Some(Wish::PickFile);
                }
            },
        );
        combo.response.accessible_name("Camera");
        wish
    }

    /// Where no file picker can be shown, a path can still be typed.
    fn path_ui(&mut self, ui: &mut Ui) -> Option<Wish> {
        let text = self.path.as_mut()?;
        let mut wish = None;
        ui.label(quiet(ui, "A video, or a folder or zip of pictures:").small());
        ui.horizontal(|ui| {
            let width = ui.available_width() - 72.0;
            let field =
                ui.add(TextEdit::singleline(text).desired_width(width)).accessible_name("Path of the file to play");
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if (ui.button("Play").clicked() || entered) && !text.trim().is_empty() {
                wish = Some(Command::ChooseCamera(CameraChoice::File(PathBuf::from(text.trim()))).into());
            }
        });
        if wish.is_some() {
            self.path = None;
        }
        wish
    }
}

fn buttons_ui(ui: &mut Ui, view: &View) -> Option<Wish> {
    let mut wish = None;
    let possible = view.local.choice != CameraChoice::None;
    ui.horizontal(|ui| {
        if view.local.on && possible {
            if ui.button("Stop camera").on_hover_text("S").clicked() {
                wish = Some(Command::StopCamera.into());
            }
        } else if possible {
            if primary_button(ui, "Start camera").on_hover_text("S").clicked() {
                wish = Some(Command::StartCamera.into());
            }
        } else {
            ui.add_enabled(false, Button::new("Start camera")).on_disabled_hover_text("Choose a camera first");
        }
        if view.local.on && possible {
            wish = record_ui(ui, view).or(wish.take());
        }
    });
    ui.horizontal(|ui| {
        if view.local.on && possible {
            let mut always = view.settings.record.always;
            let toggle =
                ui.checkbox(&mut always, "Always record").on_hover_text("Whenever this camera runs, in segments");
            if toggle.changed() {
                let command = if always { Command::RecordAlways } else { Command::StopRecording };
                wish = Some(command.into());
            }
        }
        if let Some(info) = &view.local.info {
            let text = format!("{}x{}, {:.0} fps, {}", info.width, info.height, info.fps, info.format);
            ui.add(egui::Label::new(quiet(ui, text).small()).truncate());
        }
    });
    wish
}

fn record_ui(ui: &mut Ui, view: &View) -> Option<Wish> {
    let (words, command) = if view.local.recording.is_some() {
        ("Stop recording", Command::StopRecording)
    } else {
        ("Record", Command::Record)
    };
    ui.button(words).on_hover_text("R").clicked().then(|| command.into())
}

/// What the picker shows while it is closed.
fn choice_words(view: &View) -> String {
    let name = view.local.info.as_ref().map(|info| info.name.as_str());
    match &view.local.choice {
        CameraChoice::Auto => match name {
            Some(name) => format!("Automatic: {name}"),
            None if view.webcams.is_empty() => "Automatic: no webcam".to_owned(),
            None => "Automatic: the first webcam".to_owned(),
        },
        CameraChoice::None => "None: phones only".to_owned(),
        CameraChoice::Demo => "Demo scene".to_owned(),
        CameraChoice::Index(index) => {
            let webcam = view.webcams.iter().find(|webcam| webcam.index == *index);
            webcam.map_or_else(|| format!("Webcam {index}"), |webcam| webcam.name.clone())
        }
        CameraChoice::Named(name) => name.clone(),
        CameraChoice::File(path) => {
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
        }
    }
}

/// By name, which survives another socket; by number where two have the same name.
fn choice_of(webcam: &Webcam, all: &[Webcam]) -> CameraChoice {
    if all.iter().filter(|other| other.name == webcam.name).count() > 1 {
        CameraChoice::Index(webcam.index)
    } else {
        CameraChoice::Named(webcam.name.clone())
    }
}

fn is_chosen(chosen: &CameraChoice, offered: &CameraChoice, webcams: &[Webcam]) -> bool {
    let index = |choice: &CameraChoice| match choice {
        CameraChoice::Index(index) => Some(*index),
        CameraChoice::Named(name) => webcams.iter().find(|webcam| webcam.name == *name).map(|webcam| webcam.index),
        _ => None,
    };
    chosen == offered || index(chosen).is_some_and(|chosen| index(offered) == Some(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webcam(index: u32, name: &str) -> Webcam {
        Webcam { index, name: name.to_owned() }
    }

    #[test]
    fn a_webcam_is_chosen_by_name_unless_two_share_it() {
        let all = [webcam(0, "HD"), webcam(2, "USB"), webcam(4, "USB")];
        assert_eq!(choice_of(&all[0], &all), CameraChoice::Named("HD".to_owned()));
        assert_eq!(choice_of(&all[2], &all), CameraChoice::Index(4));
        assert!(is_chosen(&CameraChoice::Index(0), &CameraChoice::Named("HD".to_owned()), &all));
        assert!(!is_chosen(&CameraChoice::Auto, &CameraChoice::Named("HD".to_owned()), &all));
    }
}
