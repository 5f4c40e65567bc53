//! The line at the top: how many cameras, what they do, how much room there is; theme and help.

use eframe::egui;
use eframe::egui::{Align, Layout, RichText, Ui};

use super::quiet;
use crate::control::{Command, View};
use crate::desktop::signs::Sign;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::{theme, words};
use crate::domain::{CameraState, ThemeChoice};

/// The summary, the theme and the help need so much beside a recording, in points.
const ROOM_FOR_SUMMARY: f32 = 620.0;

/// The line at the top.
#[derive(Debug, Default)]
pub struct Header;

impl Header {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let mut wish = None;
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new("Framekeep").heading());
            ui.add_space(8.0);
            recording_ui(ui, snapshot);
            // In a narrow window what is recorded comes before what can be seen elsewhere too.
            if snapshot.view.local.recording.is_none() || ui.available_width() > ROOM_FOR_SUMMARY {
                ui.label(quiet(ui, summary(snapshot.view)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Shortcuts").on_hover_text("All keys (F1)").clicked() {
                    wish = Some(Wish::Help(true));
                }
                wish = theme_ui(ui, snapshot.view.settings.theme).or(wish.take());
            });
        });
        wish
    }
}

/// Whoever is filmed sees it for as long as it lasts, whatever else the window shows.
pub fn recording_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let Some(recording) = &snapshot.view.local.recording else { return };
    Sign::Recording.ui(ui, 16.0);
    let palette = theme::palette(ui);
    let text = match recording.since {
        Some(since) => format!("Recording since {}", snapshot.clock.time(since)),
        None => "Recording waits for the camera".to_owned(),
    };
    ui.label(RichText::new(text).color(palette.recording).strong());
    if recording.left_out > 0 {
        let left_out = words::count(recording.left_out, "frame");
        ui.label(quiet(ui, format!("{left_out} left out"))).on_hover_text("The computer is too busy to record them");
    }
}

/// "3 cameras watching · 1 in motion · 214 GB free".
fn summary(view: &View) -> String {
    let watching = view.cameras.iter().filter(|camera| !matches!(camera.state, CameraState::Blind { .. })).count();
    let moving = view.cameras.iter().filter(|camera| camera.state == CameraState::Motion).count();
    let mut parts = match watching {
        0 => vec!["no camera watching".to_owned()],
        _ => vec![format!("{} watching", words::count(watching as u64, "camera")), format!("{moving} in motion")],
    };
    if let Some(free) = view.free_bytes {
        parts.push(format!("{} free", words::bytes(free)));
    }
    parts.join(" · ")
}

fn theme_ui(ui: &mut Ui, now: ThemeChoice) -> Option<Wish> {
    let choices = [(ThemeChoice::System, "As the system"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")];
    let name = choices.iter().find(|(choice, _)| *choice == now).map_or("", |(_, name)| name);
    let mut wish = None;
    let combo = egui::ComboBox::from_id_salt("theme").selected_text(name).width(128.0).show_ui(ui, |ui| {
        for (choice, name) in choices {
            if ui.selectable_label(choice == now, name).clicked() {
                wish = Some(Command::ChooseTheme(choice).into());
            }
        }
    });
    combo.response.accessible_name("Theme").on_hover_text("Light or dark");
    wish
}
