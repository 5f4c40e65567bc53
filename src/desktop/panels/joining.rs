//! Phones on their way in, beside the code: how far each has come, what holds it up and what helps.

use eframe::egui::{self, Color32, Label, Pos2, Rect, RichText, Role as Kind, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::quiet;
use crate::access::{JoiningPhone, Role, Step};
use crate::desktop::signs::Sign;
use crate::desktop::snapshot::Snapshot;
use crate::desktop::theme;
use crate::desktop::words;

/// Side of the mark of a step.
const MARK: f32 = 12.0;

/// How a step of a phone stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Done,
    /// The next one.
    Awaited,
    /// The next one, and a person has to do something.
    Held,
    Later,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Awaited => "awaited",
            Self::Held => "held up",
            Self::Later => "later",
        }
    }
}

/// Draws a row for each phone, or why perhaps none comes; nothing when there is nothing to say.
pub fn joining_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let joining = &snapshot.view.joining;
    for phone in &joining.phones {
        ui.separator();
        phone_ui(ui, phone, snapshot);
    }
    if let Some(nobody) = &joining.nobody {
        ui.separator();
        ui.add(Label::new(quiet(ui, &nobody.what)).wrap());
        if let Some(todo) = &nobody.todo {
            ui.add(Label::new(quiet(ui, todo).small()).wrap());
        }
    }
}

fn phone_ui(ui: &mut Ui, phone: &JoiningPhone, snapshot: &Snapshot) {
    ui.horizontal(|ui| {
        let room = ui.available_width() - 76.0;
        ui.allocate_ui(Vec2::new(room, ui.spacing().interact_size.y), |ui| {
            ui.set_width(room);
            ui.add(Label::new(RichText::new(&phone.name).strong()).truncate());
        });
        ui.label(quiet(ui, snapshot.clock.ago(phone.since)).small());
    });
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(4.0, 2.0);
        // The line is as high as what stands in it, not as what can be pressed.
        ui.spacing_mut().interact_size.y = MARK;
        ui.horizontal_wrapped(|ui| {
            for step in steps(phone) {
                step_ui(ui, *step, mark(phone, *step));
            }
        });
    });
    ui.horizontal_top(|ui| {
        if phone.held {
            Sign::Problem.ui(ui, 16.0);
        }
        ui.vertical(|ui| {
            ui.add(Label::new(&phone.what).wrap());
            if let Some(todo) = &phone.todo {
                ui.add(Label::new(quiet(ui, todo).small()).wrap());
            }
        });
    });
}

/// Whoever only looks on has no camera to open.
fn steps(phone: &JoiningPhone) -> &'static [Step] {
    let all = &Step::ALL;
    if matches!(phone.role, Some(Role::Viewer | Role::Operator)) && phone.step <= Step::Paired {
        &all[..4]
    } else {
        all
    }
}

fn mark(phone: &JoiningPhone, step: Step) -> Mark {
    if step <= phone.step {
        return Mark::Done;
    }
    let next = Step::ALL.into_iter().find(|next| *next > phone.step);
    match (next == Some(step), phone.held) {
        (true, true) => Mark::Held,
        (true, false) => Mark::Awaited,
        (false, _) => Mark::Later,
    }
}

fn step_ui(ui: &mut Ui, step: Step, mark: Mark) {
    let palette = theme::palette(ui);
    // Mark and word stay together when the line wraps.
    let word = words::step(step);
    let colour = if mark == Mark::Later { palette.quiet_text } else { palette.text };
    let galley = ui.painter().layout_no_wrap(word.to_owned(), egui::TextStyle::Small.resolve(ui.style()), colour);
    let size = Vec2::new(MARK + 3.0 + galley.size().x + 6.0, galley.size().y.max(MARK));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Kind::Label, true, format!("{word}: {}", mark.word())));
    let square = Rect::from_center_size(Pos2::new(rect.left() + MARK / 2.0, rect.center().y), Vec2::splat(MARK));
    paint(ui, square, mark);
    let text = Pos2::new(square.right() + 3.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(text, galley, Color32::PLACEHOLDER);
}

fn paint(ui: &Ui, square: Rect, mark: Mark) {
    let palette = theme::palette(ui);
    let (painter, centre, radius) = (ui.painter(), square.center(), square.width() * 0.4);
    match mark {
        Mark::Done => {
            let stroke = Stroke::new(1.8, palette.still);
            let at = |x: f32, y: f32| centre + Vec2::new(x, y) * radius;
            painter.line_segment([at(-0.9, 0.05), at(-0.25, 0.75)], stroke);
            painter.line_segment([at(-0.25, 0.75), at(0.95, -0.75)], stroke);
        }
        Mark::Awaited => {
            painter.circle_stroke(centre, radius - 0.75, Stroke::new(1.5, palette.accent));
        }
        Mark::Held => Sign::Problem.paint(painter, square, palette),
        Mark::Later => {
            painter.circle_filled(centre, 1.5, palette.quiet_text);
        }
    }
}
