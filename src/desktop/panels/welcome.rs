//! The window before anything is there: how to begin, in three steps, with the QR code large.

use eframe::egui;
use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui, Vec2};

use super::invitation::invitation_ui;
use super::primary_button;
use crate::control::Command;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;
use crate::domain::CameraChoice;

const STEPS: [&str; 3] = [
    "Scan the code with a phone in the same network.",
    "The phone warns of an unknown certificate: it is this computer's own. Go on.",
    "Type a name and press Start camera.",
];

/// How to begin.
#[derive(Debug, Default)]
pub struct Welcome;

impl Welcome {
    /// Draws it in the place of the picture.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let mut wish = None;
        let room = ui.available_size();
        ScrollArea::vertical().id_salt("welcome").auto_shrink(false).show(ui, |ui| {
            let wide = room.x > 720.0;
            let side = if wide { (room.y - 160.0).clamp(232.0, 420.0) } else { 232.0 };
            ui.add_space(((room.y - side - 160.0) / 2.0).max(16.0));
            let layout = if wide { Layout::left_to_right(Align::Center) } else { Layout::top_down(Align::Center) };
            let margin = if wide { ((room.x - side - 400.0) / 2.0).max(16.0) } else { 0.0 };
            ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), side + 112.0), layout, |ui| {
                ui.add_space(margin);
                ui.allocate_ui_with_layout(Vec2::new(side, side + 112.0), Layout::top_down(Align::Center), |ui| {
                    ui.set_width(side);
                    wish = invitation_ui(ui, snapshot, side);
                });
                ui.add_space(32.0);
                ui.allocate_ui_with_layout(Vec2::new(336.0, side), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(336.0);
                    wish = steps_ui(ui).or(wish.take());
                });
            });
        });
        wish
    }
}

fn steps_ui(ui: &mut Ui) -> Option<Wish> {
    let palette = theme::palette(ui);
    let mut wish = None;
    ui.label(RichText::new("Make a phone a camera").heading());
    for (index, step) in STEPS.iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(format!("{}", index + 1)).heading().color(palette.accent));
            ui.add(egui::Label::new(*step).wrap());
        });
    }
    ui.add_space(16.0);
    ui.label(RichText::new("No phone at hand?").heading());
    ui.horizontal_wrapped(|ui| {
        if primary_button(ui, "Use the demo camera").clicked() {
            wish = Some(Command::ChooseCamera(CameraChoice::Demo).into());
        }
        if ui.button("Play a file as a camera").clicked() {
            wish = Some(Wish::PickFile);
        }
    });
    ui.label(super::quiet(ui, "Or plug in a webcam: it starts by itself.").small());
    wish
}
