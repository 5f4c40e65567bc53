//! The keys that do something.

use eframe::egui::{Frame, Grid, Id, Modal, RichText, Ui};

/// Keys and what they do.
pub const SHORTCUTS: [(&str, &str); 12] = [
    ("1 to 9", "Show the first to the ninth camera"),
    ("M", "Mask on or off"),
    ("S", "Start or stop the camera of this computer"),
    ("R", "Record the camera of this computer, or stop recording it"),
    ("P", "Only the picture, or everything"),
    ("Enter, Space", "Press what has the focus"),
    ("Tab, Shift+Tab", "Next, previous control"),
    ("Left, Right", "Newer, older kept frame in the large view"),
    ("Delete", "Delete the kept frame in the large view"),
    ("Ctrl+Z", "Take the last deletion back"),
    ("Escape", "Close what lies on top"),
    ("F1", "This list"),
];

/// The list of shortcuts.
#[derive(Debug, Default)]
pub struct Help {
    open: bool,
}

impl Help {
    /// Shows or hides it.
    pub fn open(&mut self, open: bool) {
        self.open = open;
    }

    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Draws it over everything else, when it is open.
    pub fn ui(&mut self, ui: &mut Ui) {
        if !self.open {
            return;
        }
        let frame = Frame::popup(ui.style()).inner_margin(16).corner_radius(12);
        let modal = Modal::new(Id::unique("help")).frame(frame).show(ui.ctx(), |ui| {
            ui.label(RichText::new("Shortcuts").heading());
            Grid::new("shortcuts").num_columns(2).spacing([24.0, 8.0]).show(ui, |ui| {
                for (key, what) in SHORTCUTS {
                    ui.label(RichText::new(key).monospace());
                    ui.label(what);
                    ui.end_row();
                }
            });
            ui.button("Close").clicked()
        });
        self.open = !(modal.inner || modal.should_close());
    }
}
