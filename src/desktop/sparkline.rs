//! The small curve of the scores over the last half minute.

use eframe::egui;
use eframe::egui::{Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::desktop::history::Sample;
use crate::desktop::theme;

/// Draws the curve: one bar a sample, amber where it counted as motion.
///
/// The height is the square root of the score, so that a small animal is seen beside a crowd.
pub fn ui(ui: &mut Ui, samples: &[Sample], size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = theme::palette(ui);
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, palette.line));
    let step = rect.width() / samples.len().max(1) as f32;
    let mut bars = egui::Mesh::default();
    for (index, sample) in samples.iter().enumerate() {
        let height = (sample.score.clamp(0.0, 1.0).sqrt() * rect.height()).max(if sample.motion { 2.0 } else { 0.0 });
        let left = rect.left() + index as f32 * step;
        let bar = Rect::from_min_max(egui::pos2(left, rect.bottom() - height), egui::pos2(left + step, rect.bottom()));
        bars.add_colored_rect(bar, if sample.motion { palette.motion } else { palette.quiet_text });
    }
    painter.add(bars);
    response.widget_info(|| {
        let moving = samples.iter().filter(|sample| sample.motion).count() * 30 / samples.len().max(1);
        WidgetInfo::labeled(Role::Image, true, format!("Motion in {moving} of the last 30 seconds"))
    });
    response.on_hover_text("The last 30 seconds")
}
