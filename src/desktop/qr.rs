//! A QR code on the screen: crisp modules, white ground and a quiet zone in both themes.

use eframe::egui::{Color32, Mesh, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

/// Width of the white border in modules (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

/// Draws `modules` (rows, true is dark) into a square of at most `side` points, each module of whole pixels.
pub fn ui(ui: &mut Ui, modules: &[Vec<bool>], side: f32, name: &str) -> Response {
    let count = modules.len() + 2 * QUIET_ZONE;
    let pixel = 1.0 / ui.pixels_per_point();
    let module = ((side / pixel / count as f32).floor() * pixel).max(pixel);
    let room = Vec2::splat(module * count as f32);
    let (place, response) = ui.allocate_exact_size(room, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let corner = (place.min.to_vec2() / pixel).round() * pixel;
    let square = Rect::from_min_size(corner.to_pos2(), room);
    ui.painter().rect_filled(square, 4, Color32::WHITE);
    // A bare mesh is drawn without the soft edges that shapes get.
    let mut mesh = Mesh::default();
    for (y, row) in modules.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            let at = Vec2::new((x + QUIET_ZONE) as f32, (y + QUIET_ZONE) as f32) * module;
            mesh.add_colored_rect(Rect::from_min_size(square.min + at, Vec2::splat(module)), Color32::BLACK);
        }
    }
    ui.painter().add(mesh);
    response
}
