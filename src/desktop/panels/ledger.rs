//! What the last hour of the chosen camera was, as a strip, and the sums of today in a sentence.

use eframe::egui::{Align, Layout, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::{quiet, section};
use crate::desktop::ledger::{self, HOUR, LedgerLook};
use crate::desktop::signs::hatch;
use crate::desktop::snapshot::Snapshot;
use crate::desktop::theme;
use crate::desktop::words::Clock;
use crate::domain::{Label, LedgerSpan, Timestamp};

const HEIGHT: f32 = 20.0;
/// A single blind second of an hour is seen too.
const NARROWEST: f32 = 2.0;
/// Lines of the hatching of blind spans, so many points apart.
const HATCH: f32 = 5.0;
/// So many blind spans are read out, the newest ones.
const MOST_READ_OUT: usize = 5;

/// The ledger of the chosen camera.
#[derive(Debug, Default)]
pub struct LedgerPanel;

impl LedgerPanel {
    /// Draws it as a section of the side panel, once there is something to say.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        let Some(look) = snapshot.ledger else { return };
        section(ui, "The last hour", |ui| {
            strip_ui(ui, look, snapshot.clock);
            // A line of asides is no row of controls.
            ui.spacing_mut().interact_size.y = theme::SMALL;
            ui.horizontal(|ui| {
                ui.label(quiet(ui, snapshot.clock.time(look.at.minus(HOUR))).small());
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(quiet(ui, "now").small()));
            });
            let today = ledger::sums(&look.today);
            ui.label(
                today.map_or_else(|| "Nothing is known of today yet.".to_owned(), |today| format!("Today: {today}.")),
            );
        });
    }
}

/// Recorded is high and amber, watched is low, blind is hatched, and what is not covered is empty.
fn strip_ui(ui: &mut Ui, look: &LedgerLook, clock: &Clock) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::hover());
    let palette = theme::palette(ui);
    let begin = look.at.minus(HOUR);
    let x = |at: Timestamp| rect.left() + rect.width() * (at.since(begin).as_secs_f32() / HOUR.as_secs_f32()).min(1.0);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3, palette.field);
    let place = |span: &LedgerSpan, top: f32| {
        let (left, right) = (x(span.from), x(span.to));
        Rect::from_x_y_ranges(
            left..=right.max(left + NARROWEST),
            Rangef::new(rect.bottom() - top * rect.height(), rect.bottom()),
        )
    };
    // Blind ones last: the shortest must not be covered by its neighbours.
    for span in look.hour.spans.iter().filter(|span| span.label == Label::Watched) {
        painter.rect_filled(place(span, 0.4), 0, palette.still);
    }
    for span in look.hour.spans.iter().filter(|span| span.label == Label::Recorded) {
        painter.rect_filled(place(span, 1.0), 0, palette.motion);
    }
    for span in look.hour.spans.iter().filter(|span| matches!(span.label, Label::Blind(_))) {
        let place = place(span, 1.0);
        painter.rect_filled(place, 0, palette.raised);
        hatch(&painter, place, HATCH, Stroke::new(1.0, palette.blind));
    }
    painter.rect_stroke(rect, 3, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, read_out(look, clock)));
    response.on_hover_ui_at_pointer(|ui| {
        let share = ui.input(|input| input.pointer.hover_pos()).map_or(0.0, |at| (at.x - rect.left()) / rect.width());
        let at = begin.plus(HOUR.mul_f32(share.clamp(0.0, 1.0)));
        ui.label(
            under(look, at, HOUR.mul_f32(NARROWEST / rect.width()))
                .map_or_else(|| format!("Not covered at {}", clock.time(at)), |span| ledger::span(span, clock)),
        );
    });
}

/// The span at this time; a blind one that is drawn wider than it is goes first.
fn under(look: &LedgerLook, at: Timestamp, reach: std::time::Duration) -> Option<&LedgerSpan> {
    let mut spans = look.hour.spans.iter();
    let blind =
        |span: &&LedgerSpan| matches!(span.label, Label::Blind(_)) && span.from <= at && at < span.from.plus(reach);
    spans.clone().find(blind).or_else(|| spans.find(|span| span.from <= at && at < span.to))
}

/// The strip for who cannot see it.
fn read_out(look: &LedgerLook, clock: &Clock) -> String {
    let sums = ledger::sums(&look.hour.sums).unwrap_or_else(|| "nothing is known".to_owned());
    let blind = look.hour.spans.iter().rev().filter(|span| matches!(span.label, Label::Blind(_)));
    let spans = blind.take(MOST_READ_OUT).map(|span| format!(". {}", ledger::span(span, clock)));
    format!("The last hour: {sums}{}", spans.collect::<String>())
}
