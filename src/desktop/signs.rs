//! The signs of the states, drawn, so that they look the same on every computer: dot, ring, hatch, triangle.
//!
//! Colour is never the only sign: each state has a shape and a word of its own.

use eframe::egui;
use eframe::egui::{Color32, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::desktop::theme::{self, Palette};
use crate::domain::CameraState;

/// What a sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Something moves: a filled dot.
    Motion,
    /// Watched, nothing moves: a ring.
    Still,
    /// Not seen: a hatched disc.
    Blind,
    /// All frames are kept, whether it moves or not: a red dot in a ring.
    Recording,
    /// Needs a person: a triangle with a stroke.
    Problem,
}

impl From<&CameraState> for Sign {
    fn from(state: &CameraState) -> Self {
        match state {
            CameraState::Motion => Self::Motion,
            CameraState::Still => Self::Still,
            CameraState::Blind { .. } => Self::Blind,
        }
    }
}

impl Sign {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Motion => "Motion",
            Self::Still => "Still",
            Self::Blind => "Blind",
            Self::Recording => "Recording",
            Self::Problem => "Problem",
        }
    }

    /// Its colour in this theme.
    #[must_use]
    pub fn colour(self, palette: &Palette) -> Color32 {
        match self {
            Self::Motion => palette.motion,
            Self::Still => palette.still,
            Self::Blind => palette.blind,
            Self::Recording => palette.recording,
            Self::Problem => palette.problem,
        }
    }

    /// Puts the sign into the flow of `ui`, `size` points high and wide.
    pub fn ui(self, ui: &mut Ui, size: f32) -> Response {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.word()));
        self.paint(ui.painter(), rect, theme::palette(ui));
        response
    }

    /// Draws the sign into a square.
    pub fn paint(self, painter: &egui::Painter, rect: Rect, palette: &Palette) {
        let colour = self.colour(palette);
        let (centre, radius) = (rect.center(), rect.width() * 0.4);
        let stroke = Stroke::new((rect.width() / 8.0).max(1.5), colour);
        match self {
            Self::Motion => {
                painter.circle_filled(centre, radius, colour);
            }
            Self::Still => {
                painter.circle_stroke(centre, radius - stroke.width / 2.0, stroke);
            }
            Self::Blind => {
                let thin = Stroke::new((rect.width() / 12.0).max(1.0), colour);
                painter.circle_stroke(centre, radius, thin);
                painter.extend(hatch_disc(centre, radius, thin));
            }
            Self::Recording => {
                painter.circle_filled(centre, radius * 0.6, colour);
                painter.circle_stroke(centre, radius, Stroke::new(1.0, colour));
            }
            Self::Problem => {
                let up = |x: f32, y: f32| centre + Vec2::new(x * radius, y * radius);
                let corners = vec![up(0.0, -1.0), up(1.1, 0.95), up(-1.1, 0.95)];
                painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
                let mark = Stroke::new(stroke.width * 0.9, palette.problem_ground);
                painter.line_segment([up(0.0, -0.35), up(0.0, 0.35)], mark);
                painter.circle_filled(up(0.0, 0.66), mark.width * 0.55, palette.problem_ground);
            }
        }
    }
}

/// Slanted lines across a rectangle, `step` points apart: the sign of what is not seen or not looked at.
pub fn hatch(painter: &egui::Painter, rect: Rect, step: f32, stroke: Stroke) {
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(rect));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        painter.line_segment([Pos2::new(x, rect.bottom()), Pos2::new(x + rect.height(), rect.top())], stroke);
        x += step;
    }
}

/// Three slanted chords of a disc.
fn hatch_disc(centre: Pos2, radius: f32, stroke: Stroke) -> impl Iterator<Item = Shape> {
    let along = Vec2::new(1.0, -1.0) / std::f32::consts::SQRT_2;
    let across = Vec2::new(1.0, 1.0) / std::f32::consts::SQRT_2;
    [-0.5_f32, 0.0, 0.5].into_iter().map(move |offset| {
        let half = (1.0 - offset * offset).sqrt() * radius;
        let middle = centre + across * (offset * radius);
        Shape::line_segment([middle - along * half, middle + along * half], stroke)
    })
}
