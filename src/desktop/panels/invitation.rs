//! How a phone joins: the QR code, the address under it, and how to tell that it is the right computer.

use eframe::egui::{Button, ComboBox, Label, RichText, Ui, Vec2};

use super::joining::joining_ui;
use super::{quiet, section};
use crate::access::Role;
use crate::control::{Command, Fingerprint, Invitation, ServerState, View};
use crate::desktop::qr;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::words;

/// Width of the picker of addresses.
const PICKER: f32 = 160.0;
/// Width of the button that copies.
const COPY: f32 = 64.0;

/// How a phone joins.
#[derive(Debug, Default)]
pub struct InvitationPanel;

impl InvitationPanel {
    /// Draws it as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        section(ui, "Join with a phone", |ui| invitation_ui(ui, snapshot, 232.0))
    }
}

/// The QR code with its address, at most `side` points wide.
pub fn invitation_ui(ui: &mut Ui, snapshot: &Snapshot, side: f32) -> Option<Wish> {
    let view = snapshot.view;
    let Some(invitation) = &view.invitation else {
        ui.label(match &view.server {
            ServerState::Failed(why) => format!("Phones cannot join: {why}"),
            ServerState::Starting | ServerState::Listening(_) => "The server is starting".to_owned(),
        });
        return None;
    };
    let mut wish = None;
    ui.vertical_centered(|ui| {
        let name = format!("QR code that leads a phone to {}", invitation.address);
        qr::ui(ui, &invitation.qr, side.min(ui.available_width()), &name);
        ui.add(Label::new(RichText::new(&invitation.address).monospace()).selectable(true).truncate());
        wish = address_ui(ui, snapshot, invitation);
        let Fingerprint { phrase, digits } = &invitation.fingerprint;
        let compare = "The phone's help page shows the same words. If they differ, do not go on. The digits are the beginning \
                       of the fingerprint that a phone shows of the certificate itself.";
        ui.add(Label::new(quiet(ui, format!("Trust phrase: {phrase} ({digits})")).small()).wrap()).on_hover_text(compare);
    });
    wish = role_ui(ui, snapshot, invitation).or(wish);
    joining_ui(ui, snapshot);
    wish
}

/// Whom the code lets in, and what that allows.
fn role_ui(ui: &mut Ui, snapshot: &Snapshot, invitation: &Invitation) -> Option<Wish> {
    let mut wish = None;
    ui.horizontal(|ui| {
        ui.label("Code for");
        ui.spacing_mut().button_padding.x = 8.0;
        for role in [Role::Camera, Role::Viewer, Role::Operator] {
            let (chosen, (word, name)) = (invitation.role == role, words::code_for(role));
            let button = ui.selectable_label(chosen, word).accessible_name(name);
            if button.clicked() && !chosen {
                wish = Some(Command::Invite(role).into());
            }
        }
    });
    let allows = words::role_allows(invitation.role, snapshot.clock, invitation.expires);
    ui.add(Label::new(quiet(ui, allows).small()).wrap());
    wish
}

/// Which address the QR code shows, when this computer has several; and a way to copy it.
fn address_ui(ui: &mut Ui, snapshot: &Snapshot, invitation: &Invitation) -> Option<Wish> {
    let view = snapshot.view;
    let several = view.addresses.len() > 1;
    let mut wish = None;
    let picker = if several { PICKER + ui.spacing().item_spacing.x } else { 0.0 };
    ui.horizontal(|ui| {
        ui.add_space(((ui.available_width() - picker - COPY) / 2.0).max(0.0));
        if several {
            wish = picker_ui(ui, view);
        }
        let copy = Button::new("Copy").min_size(Vec2::new(COPY, 0.0));
        let copy = ui.add(copy).accessible_name("Copy address");
        if copy.on_hover_text("Copy the address with its ticket, as the QR code has it").clicked() {
            wish = Some(Wish::Copy(invitation.url.clone()));
        }
    });
    wish
}

fn picker_ui(ui: &mut Ui, view: &View) -> Option<Wish> {
    let chosen = view.settings.address;
    let mut wish = None;
    let name = chosen.map_or_else(|| "Best address".to_owned(), |address| address.to_string());
    let combo = ComboBox::from_id_salt("address").selected_text(name).width(PICKER).truncate().show_ui(ui, |ui| {
        if ui.selectable_label(chosen.is_none(), "Best address").clicked() {
            wish = Some(Command::ChooseAddress(None).into());
        }
        for address in &view.addresses {
            if ui.selectable_label(chosen == Some(*address), address.to_string()).clicked() {
                wish = Some(Command::ChooseAddress(Some(*address)).into());
            }
        }
    });
    combo.response.accessible_name("Address in the QR code").on_hover_text("Choose the one that phones can reach");
    wish
}
