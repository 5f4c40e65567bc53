//! A short message at the bottom, with a way back where there is one.

use eframe::egui;
use std::time::{Duration, Instant};

use eframe::egui::{Align2, Area, Frame, Id, Order, Ui, Vec2};

use crate::desktop::snapshot::Wish;
use crate::desktop::theme;

/// How long a message stays.
const STAY: Duration = Duration::from_secs(10);

/// What a message offers to do.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What the button says.
    pub name: &'static str,
    /// What more is to be said of it.
    pub hover: &'static str,
    /// What it does.
    pub wish: Wish,
}

/// A short message.
#[derive(Debug, Default)]
pub struct Toast {
    message: Option<(String, Option<Offer>)>,
    until: Option<Instant>,
}

impl Toast {
    /// Shows a message, in the place of the one before.
    pub fn say(&mut self, message: impl Into<String>, with_undo: bool) {
        let undo = Offer { name: "Undo", hover: "Ctrl+Z", wish: Wish::Undo };
        self.message = Some((message.into(), Some(undo).filter(|_| with_undo)));
        self.until = None;
    }

    /// Shows a message with a button that says what can be done now.
    pub fn offer(&mut self, message: impl Into<String>, offer: Offer) {
        self.message = Some((message.into(), Some(offer)));
        self.until = None;
    }

    /// Takes the message away.
    pub fn clear(&mut self) {
        self.message = None;
    }

    /// Draws it above everything else.
    pub fn ui(&mut self, ui: &mut Ui) -> Option<Wish> {
        let (message, offer) = self.message.clone()?;
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
                    if let Some(Offer { name, hover, wish: offered }) = offer
                        && ui.button(name).on_hover_text(hover).clicked()
                    {
                        wish = Some(offered);
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
