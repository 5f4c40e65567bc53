//! Paired devices: who they act for, whether they are there; give one another label, lock one out.

use eframe::egui::{Align, Id, Key, Label, Layout, TextEdit, Ui, Vec2};

use super::{quiet, section};
use crate::access::{DeviceId, Role};
use crate::control::{Command, DeviceView};
use crate::desktop::snapshot::{Snapshot, Wish};

/// Room for the two buttons of a device.
const BUTTONS: f32 = 148.0;

/// What is being done to one device.
#[derive(Debug)]
enum Doing {
    Rename(Rename),
    Revoke(DeviceId),
}

#[derive(Debug)]
struct Rename {
    device: DeviceId,
    text: String,
    /// Whether the field has had the focus offered.
    begun: bool,
}

/// The paired devices.
#[derive(Debug, Default)]
pub struct DevicesPanel {
    doing: Option<Doing>,
}

impl DevicesPanel {
    /// Draws them as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        section(ui, "Devices", |ui| {
            if snapshot.view.devices.is_empty() {
                ui.label(quiet(ui, "No phone has joined yet."));
            }
            let mut wish = None;
            for device in &snapshot.view.devices {
                wish = self.device_ui(ui, device, snapshot).or(wish);
            }
            wish
        })
    }

    fn device_ui(&mut self, ui: &mut Ui, view: &DeviceView, snapshot: &Snapshot) -> Option<Wish> {
        let device = &view.device;
        let renaming = matches!(&self.doing, Some(Doing::Rename(rename)) if rename.device == device.id);
        let revoking = matches!(&self.doing, Some(Doing::Revoke(id)) if *id == device.id);
        if renaming {
            return self.rename_ui(ui, &device.label);
        }
        let who = match (&device.user, device.role) {
            (Some(user), _) => user.to_string(),
            (None, Role::Operator) => "operator".to_owned(),
            (None, Role::Camera) => "no name yet".to_owned(),
        };
        let mut wish = None;
        ui.horizontal(|ui| {
            let buttons = if revoking { 0.0 } else { BUTTONS };
            let room = Vec2::new(ui.available_width() - buttons, ui.spacing().interact_size.y);
            ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                ui.set_width(room.x);
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add(Label::new(&who).truncate());
                let seen = if view.online {
                    "here now".to_owned()
                } else {
                    format!("seen {}", snapshot.clock.ago(device.last_seen))
                };
                ui.add(Label::new(quiet(ui, format!("{}, {seen}", device.label)).small()).truncate());
            });
            if revoking {
                return;
            }
            ui.spacing_mut().button_padding.x = 8.0;
            let name = |what: &str| format!("{what} {who}, {}", device.label);
            if ui.button("Rename").accessible_name(name("Rename")).clicked() {
                let (device, text) = (device.id.clone(), device.label.clone());
                self.doing = Some(Doing::Rename(Rename { device, text, begun: false }));
            }
            if ui.button("Revoke").accessible_name(name("Revoke")).clicked() {
                self.doing = Some(Doing::Revoke(device.id.clone()));
            }
        });
        if revoking {
            wish = self.revoke_ui(ui, device.id.clone(), &device.label);
        }
        wish
    }

    fn rename_ui(&mut self, ui: &mut Ui, old: &str) -> Option<Wish> {
        let mut wish = None;
        let mut done = false;
        ui.horizontal(|ui| {
            let Some(Doing::Rename(Rename { device, text, begun })) = &mut self.doing else { return };
            let field = TextEdit::singleline(text).id(Id::unique("rename device")).char_limit(60).desired_width(132.0);
            let field = ui.add(field).accessible_name(format!("New label of {old}"));
            // Once: after that the focus goes where the person takes it.
            if !std::mem::replace(begun, true) {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if (ui.button("Save").clicked() || entered) && !text.trim().is_empty() {
                wish = Some(Command::RenameDevice(device.clone(), text.trim().to_owned()).into());
                done = true;
            }
            done |= ui.button("Cancel").clicked() || ui.input(|input| input.key_pressed(Key::Escape));
        });
        if done {
            self.doing = None;
        }
        wish
    }

    /// Locking out cannot be undone from here, only by pairing again; so it is asked once, in place.
    fn revoke_ui(&mut self, ui: &mut Ui, id: DeviceId, label: &str) -> Option<Wish> {
        let mut wish = None;
        ui.label(format!("Lock {label} out? It has to scan the code again to come back."));
        ui.horizontal(|ui| {
            if ui.button("Lock out").clicked() {
                wish = Some(Command::Revoke(id).into());
                self.doing = None;
            }
            if ui.button("Keep").clicked() {
                self.doing = None;
            }
        });
        wish
    }
}
