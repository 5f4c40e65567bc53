//! The large picture: what the chosen camera sees, what moves in it, and the line that says so.

use eframe::egui;
use eframe::egui::{
    Align, Align2, Color32, FontId, Frame, Layout, Painter, Rect, RichText, Role, Sense, Shape, Stroke, StrokeKind,
};
use eframe::egui::{Ui, Vec2, WidgetInfo};

use super::primary_button;
use crate::control::Command;
use crate::desktop::signs::{Sign, hatch};
use crate::desktop::snapshot::{Guide, LivePicture, Snapshot, Wish};
use crate::desktop::theme::{self, GUIDE, HALO, ON_PICTURE};
use crate::desktop::{sparkline, words};
use crate::domain::{BlindReason, CameraState, Region, Zone, ZoneKind};

/// Height of the line below the picture.
const STATUS: f32 = 44.0;
const ALL: Rect = Rect { min: egui::Pos2::ZERO, max: egui::Pos2::new(1.0, 1.0) };

/// The large picture.
#[derive(Debug, Default)]
pub struct LivePanel;

impl LivePanel {
    /// Draws it into all the room there is.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let status = egui::Panel::bottom("live status")
            .exact_size(STATUS)
            .frame(Frame::new().fill(theme::palette(ui).panel).inner_margin(egui::Margin::symmetric(12, 0)))
            .show_separator_line(false)
            .show(ui, |ui| status_ui(ui, snapshot))
            .inner;
        stage_ui(ui, snapshot).or(status)
    }
}

fn stage_ui(ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
    let (stage, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let painter = ui.painter_at(stage);
    painter.rect_filled(stage, 0, theme::palette(ui).stage);
    let blind = match snapshot.camera().map(|camera| &camera.state) {
        Some(blind @ CameraState::Blind { .. }) => Some(blind),
        _ => None,
    };
    if let Some(live) = snapshot.live {
        let rect = fit(stage, live.width, live.height);
        let tint = if blind.is_some() { Color32::from_gray(0x60) } else { Color32::WHITE };
        painter.image(live.texture, rect, ALL, tint);
        if blind.is_none() {
            marks(&painter, rect, live, snapshot);
        }
        zones(&painter, rect, &snapshot.stream_settings().motion.zones);
        if let Guide::Area(share) = snapshot.guide {
            smallest_area(&painter, rect, share);
        }
    }
    let name = snapshot.camera().map_or_else(|| words::stream(snapshot.chosen), words::camera);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Live picture of {name}")));
    match (blind, snapshot.live) {
        (Some(blind), _) => blind_ui(ui, stage, snapshot, blind),
        (None, None) => {
            text(
                &painter,
                stage.center(),
                Align2::CENTER_CENTER,
                "Waiting for the first picture",
                theme::palette(ui).text,
            );
            None
        }
        (None, Some(_)) => None,
    }
}

/// The mask and the boxes of what moves.
fn marks(painter: &Painter, rect: Rect, live: &LivePicture, snapshot: &Snapshot) {
    if let (Some(mask), true) = (live.mask, snapshot.mask_on || snapshot.guide == Guide::Mask) {
        painter.image(mask, rect, ALL, Color32::WHITE);
    }
    for region in &live.detection.regions {
        let region = place(rect, region).expand(1.0);
        painter.rect_stroke(region, 3, Stroke::new(4.0, HALO), StrokeKind::Middle);
        painter.rect_stroke(region, 3, Stroke::new(2.0, ON_PICTURE), StrokeKind::Middle);
    }
}

fn zones(painter: &Painter, rect: Rect, zones: &[Zone]) {
    for zone in zones {
        let mut points: Vec<_> = zone.points.iter().map(|&(x, y)| rect.min + Vec2::new(x, y) * rect.size()).collect();
        let Some(&first) = points.first() else { continue };
        points.push(first);
        let (word, colour) = match zone.kind {
            ZoneKind::Watch => ("Watched", GUIDE),
            ZoneKind::Ignore => ("Ignored", Color32::from_gray(0xd0)),
            ZoneKind::Private => ("Private", Color32::WHITE),
        };
        painter.add(Shape::line(points.clone(), Stroke::new(3.5, HALO)));
        match zone.kind {
            ZoneKind::Watch => painter.add(Shape::line(points.clone(), Stroke::new(1.5, colour))),
            ZoneKind::Ignore | ZoneKind::Private => {
                painter.extend(Shape::dashed_line(&points, Stroke::new(1.5, colour), 6.0, 4.0));
                painter.add(Shape::Noop)
            }
        };
        let corner = points.iter().copied().reduce(|a, b| if (b.y, b.x) < (a.y, a.x) { b } else { a }).unwrap_or(first);
        tag(painter, corner + Vec2::new(4.0, 4.0), Align2::LEFT_TOP, word, colour);
    }
}

/// A box as large as the smallest area that counts, in the middle of the picture.
fn smallest_area(painter: &Painter, rect: Rect, share: f32) {
    let side = (rect.area() * share.max(0.0)).sqrt();
    let square = Rect::from_center_size(rect.center(), Vec2::splat(side));
    painter.rect_filled(square, 0, GUIDE.gamma_multiply(0.35));
    painter.rect_stroke(square, 0, Stroke::new(4.0, HALO), StrokeKind::Outside);
    painter.rect_stroke(square, 0, Stroke::new(2.0, GUIDE), StrokeKind::Outside);
    let below = square.center_bottom() + Vec2::new(0.0, 8.0);
    tag(painter, below, Align2::CENTER_TOP, &format!("smallest area: {}", words::percent(share)), GUIDE);
}

fn blind_ui(ui: &mut Ui, stage: Rect, snapshot: &Snapshot, blind: &CameraState) -> Option<Wish> {
    let palette = theme::palette(ui);
    if snapshot.live.is_none() {
        hatch(ui.painter(), stage, 24.0, Stroke::new(1.0, palette.line.gamma_multiply(0.6)));
    }
    let mut wish = None;
    let card = Rect::from_center_size(stage.center(), Vec2::new((stage.width() - 32.0).min(440.0), 160.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(card).layout(Layout::top_down(Align::Center)), |ui| {
        Frame::new().fill(palette.panel).corner_radius(12).inner_margin(16).show(ui, |ui| {
            ui.set_width(card.width() - 32.0);
            Sign::Blind.ui(ui, 28.0);
            ui.add(egui::Label::new(RichText::new(words::state(blind, snapshot.clock)).size(theme::LARGE)).wrap());
            let stopped = matches!(blind, CameraState::Blind { reason: BlindReason::Stopped, .. });
            if stopped && snapshot.is_local() && primary_button(ui, "Start camera").clicked() {
                wish = Some(Command::StartCamera.into());
            }
        });
    });
    wish
}

/// Sign, word and reason on the left, where they may be long; numbers on the right, where they do not move.
fn status_ui(ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
    let palette = theme::palette(ui);
    let mut wish = None;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let mask = egui::Button::selectable(snapshot.mask_on, "Mask");
        if ui.add(mask).on_hover_text("What the detector sees as moving (M)").clicked() {
            wish = Some(Wish::ShowMask(!snapshot.mask_on));
        }
        let live = snapshot.live.filter(|_| !is_blind(snapshot));
        let fps = live.map_or_else(|| "  –".to_owned(), |live| format!("{:4.1}", live.fps));
        ui.label(RichText::new("fps").color(palette.quiet_text));
        ui.label(RichText::new(fps).monospace());
        ui.add_space(8.0);
        sparkline::ui(ui, snapshot.history, Vec2::new(144.0, 28.0));
        let score = live.map_or(0.0, |live| live.detection.score);
        ui.label(RichText::new(format!("{score:.3}")).monospace().size(theme::LARGE))
            .on_hover_text("Share of the picture that moves, from 0 to 1");
        ui.add_space(8.0);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (sign, text) = verdict(snapshot);
            sign.ui(ui, 20.0);
            let text = RichText::new(text).size(theme::LARGE).color(sign.colour(palette));
            ui.add(egui::Label::new(text).truncate());
        });
    });
    wish
}

/// Sign and words of what is seen now.
fn verdict(snapshot: &Snapshot) -> (Sign, String) {
    match (snapshot.camera(), snapshot.live) {
        (Some(camera), _) if matches!(camera.state, CameraState::Blind { .. }) => {
            (Sign::Blind, words::state(&camera.state, snapshot.clock))
        }
        (_, Some(live)) => {
            let verdict = live.detection.verdict;
            (if verdict.is_motion() { Sign::Motion } else { Sign::Still }, verdict.words().to_owned())
        }
        (Some(camera), None) => ((&camera.state).into(), words::state(&camera.state, snapshot.clock)),
        (None, None) => (Sign::Blind, "No camera".to_owned()),
    }
}

fn is_blind(snapshot: &Snapshot) -> bool {
    matches!(snapshot.camera().map(|camera| &camera.state), Some(CameraState::Blind { .. }))
}

/// The largest rectangle of the picture's shape within `stage`, on whole pixels.
fn fit(stage: Rect, width: u32, height: u32) -> Rect {
    let size = Vec2::new(width.max(1) as f32, height.max(1) as f32);
    let scale = (stage.width() / size.x).min(stage.height() / size.y);
    let size = size * scale;
    Rect::from_min_size((stage.center() - size / 2.0).round(), size.round())
}

fn place(picture: Rect, region: &Region) -> Rect {
    let at = |x: f32, y: f32| picture.min + Vec2::new(x, y) * picture.size();
    Rect::from_min_max(at(region.x, region.y), at(region.x + region.width, region.y + region.height))
}

/// A word on a dark ground, readable on any picture.
fn tag(painter: &Painter, at: egui::Pos2, align: Align2, words: &str, colour: Color32) {
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::proportional(theme::SMALL), colour);
    let rect = align.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(Vec2::new(4.0, 2.0)), 3, Color32::from_black_alpha(0xd0));
    painter.galley(rect.min, galley, colour);
}

fn text(painter: &Painter, at: egui::Pos2, align: Align2, words: &str, colour: Color32) {
    painter.text(at, align, words, FontId::proportional(theme::LARGE), colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_on_any_stage() {
        let stage = Rect::from_min_size(egui::pos2(10.0, 10.0), Vec2::new(400.0, 300.0));
        assert_eq!(fit(stage, 1600, 900).size(), Vec2::new(400.0, 225.0));
        assert_eq!(fit(stage, 900, 1600).size(), Vec2::new(169.0, 300.0));
        assert!(stage.contains_rect(fit(stage, 1, 60000)));
    }
}
