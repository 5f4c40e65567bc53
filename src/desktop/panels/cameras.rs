//! The strip of all cameras: who, what each does; a click or a number shows it large.

use eframe::egui;
use eframe::egui::{
    Align2, FontId, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, TextWrapMode, Ui, Vec2,
};
use eframe::egui::{RichText, WidgetInfo, WidgetText};

use crate::control::CameraView;
use crate::desktop::signs::Sign;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;
use crate::desktop::words::{self, Clock};
use crate::domain::{CameraState, KeepRule};

const TILE: Vec2 = Vec2::new(216.0, 52.0);

/// The strip of all cameras.
#[derive(Debug, Default)]
pub struct CameraStrip;

impl CameraStrip {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let mut wish = None;
        ScrollArea::horizontal().id_salt("cameras").auto_shrink(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                for (index, camera) in snapshot.view.cameras.iter().enumerate() {
                    let chosen = &camera.stream == snapshot.chosen;
                    let rule = snapshot.view.settings.of_stream(&camera.stream).keep;
                    let blind = matches!(camera.state, CameraState::Blind { .. });
                    let recording = !blind && matches!(rule, KeepRule::All { .. });
                    if tile_ui(ui, index, camera, chosen, recording, snapshot.clock).clicked() {
                        wish = Some(Wish::Watch(camera.stream.clone()));
                    }
                }
            });
        });
        wish
    }
}

fn tile_ui(ui: &mut Ui, index: usize, camera: &CameraView, chosen: bool, recording: bool, clock: &Clock) -> Response {
    let (rect, response) = ui.allocate_exact_size(TILE, Sense::click());
    let name = words::camera(camera);
    let also = if recording { format!(", {}", Sign::Recording.word()) } else { String::new() };
    let state = format!("{}{also}", words::state(&camera.state, clock));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, format!("{name}: {state}")));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let palette = theme::palette(ui);
    let ground = match (chosen, response.hovered()) {
        (true, _) => palette.chosen,
        (false, true) => palette.hovered,
        (false, false) => palette.panel,
    };
    ui.painter().rect_filled(rect, theme::RADIUS, ground);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme::RADIUS, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    }
    let sign = Sign::from(&camera.state);
    sign.paint(
        ui.painter(),
        Rect::from_center_size(rect.left_center() + Vec2::new(20.0, 0.0), Vec2::splat(20.0)),
        palette,
    );

    let left = rect.left() + 40.0;
    let room = rect.right() - left - 24.0;
    let line = |text: RichText, ui: &Ui| {
        WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), room, egui::TextStyle::Body)
    };
    let (upper, lower) = (rect.top() + 8.0, rect.bottom() - 8.0);
    let galley = line(RichText::new(&name).color(palette.text), ui);
    ui.painter().galley(egui::pos2(left, upper), galley, palette.text);
    let short = format!("{}{also} · {} kept", words::short_state(&camera.state, clock), camera.counts.kept);
    let galley = line(RichText::new(short).small().color(sign.colour(palette)), ui);
    ui.painter().galley(egui::pos2(left, lower - galley.size().y), galley, palette.text);
    if recording {
        let corner = rect.right_bottom() - Vec2::splat(16.0);
        Sign::Recording.paint(ui.painter(), Rect::from_center_size(corner, Vec2::splat(14.0)), palette);
    }
    if index < 9 {
        let corner = rect.right_top() + Vec2::new(-8.0, 6.0);
        let font = FontId::proportional(theme::SMALL);
        ui.painter().text(corner, Align2::RIGHT_TOP, index + 1, font, palette.quiet_text);
    }
    response.on_hover_ui(|ui| {
        ui.label(&name);
        ui.label(&state);
        let counts = camera.counts;
        ui.label(format!(
            "{} received, {} with motion, {} kept, {} dropped",
            counts.received, counts.motion, counts.kept, counts.dropped
        ));
    })
}
