//! A short message at the bottom, with a way back where there is one.

use eframe::egui;
use std::time::{Duration, Instant};

use eframe::egui::{Align2, Area, Frame, Id, Order, Ui, Vec2};

use crate::desktop::snapshot::Wish;
use crate::desktop::theme;

/// How long a message stays.
const STAY: Duration = Duration::from_secs(10);

/// A short message.
#[derive(Debug, Default)]
pub struct Toast {
    message: Option<(String, bool)>,
    until: Option<Instant>,
}

impl Toast {
    /// Shows a message, in the place of the one before.
    pub fn say(&mut self, message: impl Into<String>, undo: bool) {
        self.message = Some((message.into(), undo));
        self.until = None;
    }

    /// Takes the message away.
    pub fn clear(&mut self) {
        self.message = None;
    }

    /// Draws it above everything else.
    pub fn ui(&mut self, ui: &mut Ui) -> Option<Wish> {
        let (message, undo) = self.message.clone()?;
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + STAY);
        if now >= until {
            self.message = None;
            return None;
        }
        ui.ctx().request_repaint_after(until - now);
        let palette = theme::palette(ui);
        let mut wish = None;
        let area =
            Area::new(Id::unique("toast")).order(Order::Tooltip).anchor(Align2::CENTER_BOTTOM, Vec2::new(0.0, -24.0));
        area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).fill(palette.raised).inner_margin(12).show(ui, |ui| {
                ui.horizontal(|ui| {
                    let label = ui.label(message);
                    ui.ctx().accesskit_node_builder(label.id, |node| node.set_live(egui::accesskit::Live::Polite));
                    if undo && ui.button("Undo").on_hover_text("Ctrl+Z").clicked() {
                        wish = Some(Wish::Undo);
                        self.message = None;
                    }
                    if ui.button("Dismiss").clicked() {
                        self.message = None;
                    }
                });
            });
        });
        wish
    }
}
