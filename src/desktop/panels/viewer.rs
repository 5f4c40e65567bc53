//! One kept frame, large, with its neighbours an arrow away.

use eframe::egui;
use std::path::PathBuf;

use eframe::egui::WidgetInfo;
use eframe::egui::load::SizedTexture;
use eframe::egui::{Align, Align2, Frame, Id, Key, Layout, Modal, Modifiers, Rect, RichText, Role, Sense, Ui, Vec2};

use super::quiet;
use crate::control::{Command, FilmWish};
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;
use crate::desktop::words::{self, Clock};
use crate::domain::{FrameId, SavedFrame};

/// What the loader has of the frame that is open.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The picture in full, once it is read.
    pub texture: Option<SizedTexture>,
    /// Where its file lies.
    pub path: Option<PathBuf>,
    /// Where the film of its event lies, if there is one.
    pub film: Option<PathBuf>,
    /// Why it cannot be shown.
    pub problem: Option<String>,
}

/// The larger view.
#[derive(Debug, Default)]
pub struct Viewer {
    open: Option<FrameId>,
    /// Where the frame was in the list, for when it is gone from it.
    position: usize,
}

impl Viewer {
    /// Which frame is open.
    #[must_use]
    pub fn frame(&self) -> Option<FrameId> {
        self.open
    }

    /// Opens a frame, or closes the view.
    pub fn open(&mut self, frame: Option<FrameId>) {
        self.open = frame;
    }

    /// Draws it over everything else, when a frame is open.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, shown: &Shown) -> Option<Wish> {
        let frames = snapshot.gallery.frames();
        let id = self.open?;
        // A frame that is gone makes room for the one that took its place.
        self.position = snapshot.gallery.position(id).unwrap_or(self.position.min(frames.len().saturating_sub(1)));
        let Some(frame) = frames.get(self.position) else {
            self.open = None;
            return None;
        };
        self.open = Some(frame.id);
        let newer = self.position.checked_sub(1).and_then(|at| frames.get(at));
        let older = frames.get(self.position + 1);

        let room = ui.ctx().content_rect().size() - Vec2::splat(64.0);
        let mut wish = None;
        let modal = Modal::new(Id::unique("viewer"))
            .frame(Frame::popup(ui.style()).inner_margin(16).corner_radius(12))
            .backdrop_color(egui::Color32::from_black_alpha(0xb0))
            .show(ui.ctx(), |ui| {
                ui.set_width(room.x.min(1280.0));
                picture_ui(ui, frame, snapshot, shown, room.y - 164.0);
                about_ui(ui, frame, snapshot);
                wish = buttons_ui(ui, frame, newer, older, shown, snapshot.clock);
                wish = keys(ui, frame, newer, older).or(wish.take());
            });
        let close = matches!(wish, Some(Wish::Open(same)) if same == frame.id);
        if close || modal.should_close() {
            self.open = None;
            return wish.filter(|_| !close);
        }
        if let Some(Wish::Open(next)) = wish {
            self.open = Some(next);
            return None;
        }
        wish
    }
}

fn picture_ui(ui: &mut Ui, frame: &SavedFrame, snapshot: &Snapshot, shown: &Shown, height: f32) {
    let size = Vec2::new(ui.available_width(), height.max(120.0));
    let (stage, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = format!("Kept frame of {}", words::stream(&frame.stream));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let palette = theme::palette(ui);
    ui.painter().rect_filled(stage, theme::RADIUS, palette.stage);
    // The thumbnail stands in until the picture is read, so that nothing flashes.
    let texture = shown.texture.or_else(|| snapshot.gallery.thumbnail(frame.id));
    if let (Some(texture), None) = (texture, &shown.problem) {
        // Of the texture, because the picture may be stored lying on its side.
        let shape = texture.size.max(Vec2::splat(1.0));
        let scale = (stage.width() / shape.x).min(stage.height() / shape.y);
        let rect = Rect::from_center_size(stage.center(), shape * scale);
        let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id, rect, uv, egui::Color32::WHITE);
    } else {
        let words = shown.problem.as_deref().unwrap_or("Reading the picture");
        let galley = ui.painter().layout(
            words.to_owned(),
            egui::FontId::proportional(theme::LARGE),
            palette.text,
            stage.width() - 32.0,
        );
        let rect = Align2::CENTER_CENTER.anchor_size(stage.center(), galley.size());
        ui.painter().galley(rect.min, galley, palette.text);
    }
}

fn about_ui(ui: &mut Ui, frame: &SavedFrame, snapshot: &Snapshot) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(words::stream(&frame.stream)).heading());
        ui.label(RichText::new(snapshot.clock.precise(frame.captured_at)).heading());
        let peak = if frame.peak { " · peak of its event" } else { "" };
        let size = format!("{}x{} · {}", frame.width, frame.height, words::bytes(frame.bytes));
        ui.label(quiet(ui, format!("score {:.3}{peak} · {size}", frame.score)));
    });
}

/// Closing is said as the wish to open the frame that is open already.
fn buttons_ui(
    ui: &mut Ui,
    frame: &SavedFrame,
    newer: Option<&SavedFrame>,
    older: Option<&SavedFrame>,
    shown: &Shown,
    clock: &Clock,
) -> Option<Wish> {
    let mut wish = None;
    ui.horizontal(|ui| {
        for (text, key, other) in [("Newer", "Left arrow", newer), ("Older", "Right arrow", older)] {
            let button = ui.add_enabled(other.is_some(), egui::Button::new(text)).on_hover_text(key);
            if let (true, Some(other)) = (button.clicked(), other) {
                wish = Some(Wish::Open(other.id));
            }
        }
        if ui.button("Delete").on_hover_text("Delete; it can be undone").clicked() {
            wish = Some(Command::Delete(frame.id).into());
        }
        if let Some(film) = &shown.film {
            if ui.button("Play clip").on_hover_text("The film of this event, in the system's player").clicked() {
                wish = Some(Wish::Play(film.clone()));
            }
            if ui.button("Show clip").on_hover_text("Show it in the file manager").clicked() {
                wish = Some(Wish::Reveal(film.clone()));
            }
        }
        if let Some(path) = &shown.path {
            if ui.button("Show file").on_hover_text("Show it in the file manager").clicked() {
                wish = Some(Wish::Reveal(path.clone()));
            }
            if ui.button("Copy path").clicked() {
                wish = Some(Wish::Copy(path.display().to_string()));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Close").on_hover_text("Escape").clicked() {
                wish = Some(Wish::Open(frame.id));
            }
        });
    });
    ui.horizontal(|ui| {
        if let Some(film) = films_ui(ui, frame, shown, clock) {
            wish = Some(Command::OrderFilm(film).into());
        }
        if let Some(path) = &shown.path {
            ui.add(egui::Label::new(quiet(ui, path.display().to_string()).small()).truncate());
        }
    });
    wish
}

/// Films that can be made of what is on the screen.
fn films_ui(ui: &mut Ui, frame: &SavedFrame, shown: &Shown, clock: &Clock) -> Option<FilmWish> {
    let stream = || frame.stream.clone();
    let day = ui.button("Film of the day").on_hover_text("A time-lapse of what was kept of this camera on that day");
    if day.clicked() {
        let (from, to) = clock.day(frame.captured_at);
        return Some(FilmWish::Day { stream: stream(), from, to });
    }
    let event = frame.event.filter(|_| shown.film.is_some())?;
    let mask =
        ui.button("Film of the mask").on_hover_text("What the detector sees in the clip, as a film, to tune it by");
    mask.clicked().then(|| FilmWish::Mask { event, stream: stream() })
}

fn keys(ui: &Ui, frame: &SavedFrame, newer: Option<&SavedFrame>, older: Option<&SavedFrame>) -> Option<Wish> {
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        if pressed(Key::ArrowLeft) {
            newer.map(|frame| Wish::Open(frame.id))
        } else if pressed(Key::ArrowRight) {
            older.map(|frame| Wish::Open(frame.id))
        } else if pressed(Key::Delete) {
            Some(Command::Delete(frame.id).into())
        } else {
            None
        }
    })
}
