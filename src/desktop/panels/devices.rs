//! Paired devices: who they act for, whether they are there; give one another label or user, lock one out.

use eframe::egui::{Align, Id, Key, Label, Layout, TextEdit, Ui, Vec2};

use super::{quiet, section};
use crate::access::{Device, DeviceId, Role};
use crate::control::{Command, DeviceView};
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::words;
use crate::domain::UserName;

/// Room for the two buttons of a device.
const BUTTONS: f32 = 128.0;
/// Width of the fields to edit one.
const FIELD: f32 = 216.0;

/// What is being done to one device.
#[derive(Debug)]
enum Doing {
    Edit(Edit),
    Revoke(DeviceId),
}

#[derive(Debug)]
struct Edit {
    device: DeviceId,
    label: String,
    user: String,
    /// Why the last press of Save did nothing.
    wrong: Option<String>,
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
        let editing = matches!(&self.doing, Some(Doing::Edit(edit)) if edit.device == device.id);
        let revoking = matches!(&self.doing, Some(Doing::Revoke(id)) if *id == device.id);
        if editing {
            return self.edit_ui(ui, device);
        }
        let who = who(device);
        let mut wish = None;
        ui.horizontal(|ui| {
            let buttons = if revoking { 0.0 } else { BUTTONS };
            let room = Vec2::new(ui.available_width() - buttons, ui.spacing().interact_size.y);
            ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(room.x);
                ui.add(Label::new(&who).truncate());
            });
            if revoking {
                return;
            }
            ui.spacing_mut().button_padding.x = 8.0;
            let name = |what: &str| format!("{what} {who}, {}", device.label);
            if ui.button("Edit").accessible_name(name("Edit")).clicked() {
                let user = device.user.as_ref().map(ToString::to_string).unwrap_or_default();
                let (device, label) = (device.id.clone(), device.label.clone());
                self.doing = Some(Doing::Edit(Edit { device, label, user, wrong: None, begun: false }));
            }
            if ui.button("Revoke").accessible_name(name("Revoke")).clicked() {
                self.doing = Some(Doing::Revoke(device.id.clone()));
            }
        });
        let seen =
            if view.online { "here now".to_owned() } else { format!("seen {}", snapshot.clock.ago(device.last_seen)) };
        let battery = view.battery.map(words::battery);
        let about: Vec<String> = [Some(device.label.clone()), Some(seen), battery].into_iter().flatten().collect();
        ui.add(Label::new(quiet(ui, about.join(" · ")).small()).truncate());
        if revoking {
            wish = self.revoke_ui(ui, device.id.clone(), &device.label);
        }
        wish
    }

    fn edit_ui(&mut self, ui: &mut Ui, old: &Device) -> Option<Wish> {
        let Some(Doing::Edit(edit)) = &mut self.doing else { return None };
        let field = |text, id| TextEdit::singleline(text).id(Id::unique(id)).char_limit(60).desired_width(FIELD);
        let label = ui.horizontal(|ui| {
            ui.label("Label");
            ui.add(field(&mut edit.label, "label of device")).accessible_name(format!("New label of {}", old.label))
        });
        let user = ui.horizontal(|ui| {
            ui.label("User ");
            ui.add(field(&mut edit.user, "user of device")).accessible_name(format!("User of {}", old.label))
        });
        // Once: after that the focus goes where the person takes it.
        if !std::mem::replace(&mut edit.begun, true) {
            label.inner.request_focus();
        }
        let left = label.inner.lost_focus() || user.inner.lost_focus();
        let entered = left && ui.input(|input| input.key_pressed(Key::Enter));
        if let Some(wrong) = &edit.wrong {
            ui.add(Label::new(wrong.as_str()).wrap());
        }
        let (mut wish, mut done) = (None, false);
        ui.horizontal(|ui| {
            if ui.button("Save").clicked() || entered {
                match edit.wish(old) {
                    Ok(wished) => (wish, done) = (wished, true),
                    Err(wrong) => edit.wrong = Some(wrong),
                }
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

impl Edit {
    /// What is to be asked for; nothing when all is as it was.
    fn wish(&self, old: &Device) -> Result<Option<Wish>, String> {
        let user = match self.user.trim() {
            "" => None,
            typed => Some(UserName::new(typed).map_err(|error| format!("This name cannot be used: {error}."))?),
        };
        let label = self.label.trim();
        let user = user.filter(|user| old.user.as_ref() != Some(user));
        let label = (!label.is_empty() && label != old.label).then(|| label.to_owned());
        let changes = user.is_some() || label.is_some();
        Ok(changes.then(|| Command::ChangeDevice { device: old.id.clone(), label, user }.into()))
    }
}

/// Who a device acts for, and what it may do where that is more or less than to film.
fn who(device: &Device) -> String {
    match (&device.user, device.role) {
        (Some(user), Role::Camera) => user.to_string(),
        (None, Role::Camera) => "no name yet".to_owned(),
        (Some(user), role) => format!("{user} ({})", words::role(role)),
        (None, role) => words::role(role).to_owned(),
    }
}
