//! Devices that ask for a name that is in use: yes or no.

use eframe::egui::{Frame, Margin, Stroke, Ui};

use super::primary_button;
use crate::access::NameRequest;
use crate::control::Command;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;

/// Requests for names; nothing when there are none.
#[derive(Debug, Default)]
pub struct RequestsPanel;

impl RequestsPanel {
    /// Draws them, each as a card.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        snapshot.view.requests.iter().fold(None, |wish, request| request_ui(ui, request, snapshot).or(wish))
    }
}

fn request_ui(ui: &mut Ui, request: &NameRequest, snapshot: &Snapshot) -> Option<Wish> {
    let palette = theme::palette(ui);
    let mut wish = None;
    Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(2.0, palette.accent))
        .corner_radius(2 * theme::RADIUS)
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.take_available_width();
            let NameRequest { device, label, user, since } = request;
            ui.label(format!("A phone asks to be {user}, a name in use. Is it the same person?"));
            ui.label(super::quiet(ui, format!("{label}, {}", snapshot.clock.ago(*since))).small());
            ui.horizontal(|ui| {
                let yes = primary_button(ui, "Yes").accessible_name(format!("Yes, {label} may be {user}"));
                if yes.clicked() {
                    wish = Some(Command::Approve(device.clone(), user.clone()).into());
                }
                let no = ui.button("No").accessible_name(format!("No, {label} may not be {user}"));
                if no.clicked() {
                    wish = Some(Command::Refuse(device.clone()).into());
                }
            });
        });
    wish
}
