//! The panels of the window: one file each, each a function of a [`crate::desktop::Snapshot`].

mod banner;
mod cameras;
mod devices;
mod folder;
mod header;
mod help;
mod invitation;
mod jobs;
mod joining;
mod kept;
mod ledger;
mod live;
mod requests;
mod source;
mod toast;
mod viewer;
mod watching;
mod welcome;

pub use banner::Banner;
pub use cameras::CameraStrip;
pub use devices::DevicesPanel;
pub use folder::FolderPanel;
pub use header::Header;
pub use help::Help;
pub use invitation::InvitationPanel;
pub use jobs::JobsPanel;
pub use kept::KeptStrip;
pub use ledger::LedgerPanel;
pub use live::LivePanel;
pub use requests::RequestsPanel;
pub use source::SourcePanel;
pub use toast::{Offer, Toast};
pub use viewer::{Shown, Viewer};
pub use watching::WatchingPanel;
pub use welcome::Welcome;

use eframe::egui::{Button, CornerRadius, Frame, Margin, Response, RichText, Ui};

use crate::desktop::theme;

/// A section of the side panel: a heading and what belongs to it.
fn section<R>(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.panel)
        .corner_radius(CornerRadius::same(2 * theme::RADIUS))
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.take_available_width();
            ui.label(RichText::new(title).heading());
            contents(ui)
        })
        .inner
}

/// The button that is to be pressed first.
fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let palette = theme::palette(ui);
    ui.add(Button::new(RichText::new(text).color(palette.on_accent)).fill(palette.accent))
}

/// Text that matters less.
fn quiet(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(theme::palette(ui).quiet_text)
}
