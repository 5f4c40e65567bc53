//! The strip of kept frames, newest first: only what is on the screen is drawn and loaded.

use eframe::egui;
use std::ops::Range;

use eframe::egui::load::SizedTexture;
use eframe::egui::{
    Align, Color32, FontId, Layout, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2,
};
use eframe::egui::{Align2, WidgetInfo};

use super::quiet;
use crate::desktop::gallery::{Gallery, LONGEST};
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;
use crate::domain::SavedFrame;

const PICTURE: Vec2 = Vec2::new(144.0, 81.0);
const CAPTION: f32 = 20.0;
const GAP: f32 = 8.0;

/// The strip of kept frames.
#[derive(Debug, Default)]
pub struct KeptStrip {
    visible: Range<usize>,
    touched: bool,
}

impl KeptStrip {
    /// Which frames of the list were on the screen in the last pass.
    #[must_use]
    pub fn visible(&self) -> Range<usize> {
        self.visible.clone()
    }

    /// Whether the list should stay still, because somebody points at it or has scrolled back in it.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        self.touched
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let mut wish = None;
        let mut to_start = false;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Kept frames").heading());
            ui.label(quiet(ui, "newest first"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Open folder").on_hover_text("Show the save folder in the file manager").clicked() {
                    wish = Some(Wish::Reveal(snapshot.view.save_dir.clone()));
                }
                let held = snapshot.gallery.held();
                if held > 0 {
                    to_start = ui.button(format!("{held} new")).on_hover_text("Show them").clicked();
                }
            });
        });
        if snapshot.gallery.frames().is_empty() {
            self.visible = 0..0;
            self.touched = false;
            ui.label(quiet(ui, nothing(snapshot.gallery)));
            return wish;
        }
        self.list_ui(ui, snapshot, to_start).or(wish)
    }

    fn list_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, to_start: bool) -> Option<Wish> {
        let mut wish = None;
        let frames = snapshot.gallery.frames();
        let step = PICTURE.x + GAP;
        let mut area = ScrollArea::horizontal().id_salt("kept").auto_shrink(false);
        if to_start {
            area = area.horizontal_scroll_offset(0.0);
        }
        let output = area.show_viewport(ui, |ui, viewport| {
            let end = if frames.len() >= LONGEST { PICTURE.x } else { 0.0 };
            ui.set_min_size(Vec2::new(frames.len() as f32 * step - GAP + end, PICTURE.y + CAPTION));
            let (first, last) = ((viewport.left() / step).floor().max(0.0), (viewport.right() / step).ceil().max(0.0));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, not negative, a few thousand"
            )]
            let visible = (first as usize).min(frames.len())..(last as usize).min(frames.len());
            for index in visible.clone() {
                let corner = ui.max_rect().min + Vec2::new(index as f32 * step, 0.0);
                let rect = Rect::from_min_size(corner, PICTURE + Vec2::new(0.0, CAPTION));
                if frame_ui(ui, rect, &frames[index], snapshot).clicked() {
                    wish = Some(Wish::Open(frames[index].id));
                }
            }
            visible
        });
        self.visible = output.inner;
        let pointed = ui.rect_contains_pointer(output.inner_rect);
        self.touched = !to_start && (pointed || output.state.clamped_offset().x > 1.0);
        wish
    }
}

fn nothing(gallery: &Gallery) -> String {
    match gallery.problem() {
        Some(problem) => format!("The kept frames cannot be listed: {problem}"),
        None if !gallery.is_loaded() => "Reading the save folder".to_owned(),
        None => "Nothing kept yet. Frames in which something moves appear here.".to_owned(),
    }
}

fn frame_ui(ui: &mut Ui, rect: Rect, frame: &SavedFrame, snapshot: &Snapshot) -> egui::Response {
    let id = ui.scope_id().with(frame.id.0);
    let response = ui.interact(rect, id, Sense::click());
    let time = snapshot.clock.precise(frame.captured_at);
    let peak = if frame.peak { ", peak of its event" } else { "" };
    response.widget_info(|| {
        let name = format!("Kept frame of {}, {time}{peak}", frame.stream.user);
        WidgetInfo::labeled(Role::Button, true, name)
    });
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let picture = Rect::from_min_size(rect.min, PICTURE);
    painter.rect_filled(picture, theme::RADIUS, palette.stage);
    if let Some(texture) = snapshot.gallery.thumbnail(frame.id) {
        cover(painter, picture, texture);
    } else if snapshot.gallery.thumbnail_is_missing(frame.id) {
        let font = FontId::proportional(theme::SMALL);
        painter.text(picture.center(), Align2::CENTER_CENTER, "no picture", font, palette.quiet_text);
    }
    if frame.peak {
        peak_sign(painter, picture);
    }
    let caption = picture.left_bottom() + Vec2::new(0.0, 4.0);
    let font = FontId::proportional(theme::SMALL);
    let who = painter.layout(frame.stream.user.to_string(), font.clone(), palette.quiet_text, f32::INFINITY);
    let when = painter.text(caption, Align2::LEFT_TOP, &time, font, palette.text);
    let room = Rect::from_min_max(when.right_top() + Vec2::new(8.0, 0.0), rect.max);
    painter.with_clip_rect(painter.clip_rect().intersect(room)).galley(room.min, who, palette.quiet_text);
    if response.has_focus() || response.hovered() {
        let width = if response.has_focus() { 3.0 } else { 2.0 };
        painter.rect_stroke(picture, theme::RADIUS, Stroke::new(width, palette.accent), StrokeKind::Inside);
    }
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response.on_hover_ui(|ui| {
        if let Some(texture) = snapshot.gallery.thumbnail(frame.id) {
            ui.add(egui::Image::new(texture).fit_to_exact_size(Vec2::splat(320.0)));
        }
        ui.label(format!("{} · {} · score {:.3}{peak}", frame.stream.user, frame.stream.camera, frame.score));
    })
}

/// Fills `rect` with the picture, cutting off what sticks out.
fn cover(painter: &egui::Painter, rect: Rect, texture: SizedTexture) {
    let shape = texture.size.x.max(1.0) / texture.size.y.max(1.0);
    let room = rect.aspect_ratio();
    let part = if shape > room { Vec2::new(room / shape, 1.0) } else { Vec2::new(1.0, shape / room) };
    let uv = Rect::from_center_size(egui::pos2(0.5, 0.5), part);
    let image = egui::epaint::RectShape::filled(rect, theme::RADIUS, Color32::WHITE).with_texture(texture.id, uv);
    painter.add(image);
}

/// The word "Peak" in the corner: the frame of its event in which most moved.
fn peak_sign(painter: &egui::Painter, picture: Rect) {
    let galley = painter.layout_no_wrap("Peak".to_owned(), FontId::proportional(theme::SMALL), theme::ON_PICTURE);
    let rect = Align2::RIGHT_TOP.anchor_size(picture.right_top() + Vec2::new(-8.0, 6.0), galley.size());
    painter.rect_filled(rect.expand2(Vec2::new(4.0, 2.0)), 3, Color32::from_black_alpha(0xd0));
    painter.galley(rect.min, galley, theme::ON_PICTURE);
}
