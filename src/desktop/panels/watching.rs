//! How the chosen camera is watched and what is kept of it. A slider shows its effect while it moves.

use std::time::{Duration, Instant};

use eframe::egui::{ComboBox, DragValue, Response, Slider, Ui};

use super::{quiet, section};
use crate::control::Command;
use crate::desktop::snapshot::{Guide, Snapshot, Wish};
use crate::desktop::words;
use crate::domain::{KeepRule, StreamId, StreamSettings};

/// Shortest time between two commands, whatever is moved and by what: each is written to disk.
const PACE: Duration = Duration::from_millis(150);
/// After this the program has had its chance to take a change; what it says then holds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Settings as the person sees them, until the program has taken them.
#[derive(Debug)]
struct Draft {
    stream: StreamId,
    settings: StreamSettings,
    /// `None` when the program did not take it.
    sent: Option<StreamSettings>,
    sent_at: Option<Instant>,
}

/// Sensitivity, smallest area and what is kept.
#[derive(Debug, Default)]
pub struct WatchingPanel {
    draft: Option<Draft>,
    guide: Guide,
}

impl WatchingPanel {
    /// What the slider in hand wants to show on the picture.
    #[must_use]
    pub fn guide(&self) -> Guide {
        self.guide
    }

    /// The program did not take the last change: it is sent again.
    pub fn not_taken(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.sent = None;
        }
    }

    /// It was not drawn in this pass: nothing is in hand.
    pub fn hidden(&mut self) {
        self.guide = Guide::None;
    }

    /// Draws it as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let title = snapshot.camera().map_or_else(|| words::stream(snapshot.chosen), words::camera);
        let now = Instant::now();
        let current = snapshot.stream_settings();
        let left = self.draft.take_if(|draft| draft.stream != *snapshot.chosen).and_then(Draft::last);
        self.draft = self.draft.take().filter(|draft| !draft.is_over(current, now));
        let mut settings = self.draft.as_ref().map_or(current, |draft| &draft.settings).clone();
        let before = settings.clone();

        section(ui, &format!("Watching {title}"), |ui| {
            let sensitivity = sensitivity_ui(ui, &mut settings.motion.sensitivity);
            let area = smallest_area_ui(ui, &mut settings.motion.smallest_area);
            self.guide = if area.dragged() || area.has_focus() {
                Guide::Area(settings.motion.smallest_area)
            } else if sensitivity.dragged() || sensitivity.has_focus() {
                Guide::Mask
            } else {
                Guide::None
            };
            keep_ui(ui, &mut settings.keep);
        });
        if settings != before {
            let (sent, sent_at) =
                self.draft.take().map_or_else(|| (Some(current.clone()), None), |draft| (draft.sent, draft.sent_at));
            self.draft = Some(Draft { stream: snapshot.chosen.clone(), settings, sent, sent_at });
        }
        if left.is_some() {
            return left.map(Wish::from);
        }
        let draft = self.draft.as_mut()?;
        let due = draft.take_due(now);
        if !draft.is_sent() {
            // The last value is sent even if the pointer rests and nothing else wakes the window.
            ui.ctx().request_repaint_after(PACE);
        }
        due.map(Wish::from)
    }
}

impl Draft {
    fn is_sent(&self) -> bool {
        self.sent.as_ref() == Some(&self.settings)
    }

    /// What is still to be sent when another camera is chosen.
    fn last(self) -> Option<Command> {
        if self.is_sent() { None } else { Some(Command::SetStream(self.stream, self.settings)) }
    }

    /// What is to be sent now, if anything.
    fn take_due(&mut self, now: Instant) -> Option<Command> {
        let rested = self.sent_at.is_none_or(|at| now.saturating_duration_since(at) >= PACE);
        if self.is_sent() || !rested {
            return None;
        }
        self.sent = Some(self.settings.clone());
        self.sent_at = Some(now);
        Some(Command::SetStream(self.stream.clone(), self.settings.clone()))
    }

    /// The program has taken it, or has had its time.
    fn is_over(&self, current: &StreamSettings, now: Instant) -> bool {
        let waited = self.sent_at.is_some_and(|at| now.saturating_duration_since(at) > PATIENCE);
        self.is_sent() && (*current == self.settings || waited)
    }
}

fn sensitivity_ui(ui: &mut Ui, value: &mut f32) -> Response {
    let slider = Slider::new(value, 0.0..=1.0).step_by(0.01).fixed_decimals(2);
    labelled(ui, "Sensitivity", "higher sees fainter changes", slider)
}

fn smallest_area_ui(ui: &mut Ui, value: &mut f32) -> Response {
    #[expect(clippy::cast_possible_truncation, reason = "a share of at most 1 that came from an f32")]
    let percent = |value: f64| words::percent(value as f32);
    let slider = Slider::new(value, 0.0001..=0.2)
        .logarithmic(true)
        .custom_formatter(move |value, _| percent(value))
        .custom_parser(|text| text.trim().trim_end_matches('%').trim().parse::<f64>().ok().map(|value| value / 100.0));
    labelled(ui, "Smallest area", "of the picture, that counts", slider)
}

fn labelled(ui: &mut Ui, name: &str, hint: &str, slider: Slider) -> Response {
    ui.horizontal(|ui| {
        ui.label(name);
        ui.label(quiet(ui, hint).small());
    });
    ui.spacing_mut().slider_width = ui.available_width() - 80.0;
    ui.add(slider).accessible_name(name)
}

fn keep_ui(ui: &mut Ui, rule: &mut KeepRule) {
    ui.label("Keep");
    ui.horizontal(|ui| {
        let moving = matches!(rule, KeepRule::Motion { .. });
        let words = if moving { "Frames with motion" } else { "All frames" };
        let combo = ComboBox::from_id_salt("keep").selected_text(words).width(152.0).show_ui(ui, |ui| {
            if ui.selectable_label(moving, "Frames with motion").clicked() && !moving {
                *rule = KeepRule::default();
            }
            if ui.selectable_label(!moving, "All frames").clicked() && moving {
                *rule = KeepRule::All { every_secs: 1.0 };
            }
        });
        combo.response.accessible_name("Keep");
        match rule {
            KeepRule::Motion { per_second } => {
                let value =
                    DragValue::new(per_second).range(0.0..=30.0).speed(0.05).max_decimals(1).suffix(" a second");
                ui.add(value)
                    .accessible_name("Most frames a second")
                    .on_hover_text("At most so many a second, and the peak of each event. 0 keeps the peaks only.");
            }
            KeepRule::All { every_secs } => {
                let value = DragValue::new(every_secs)
                    .range(0.0..=3600.0)
                    .speed(0.1)
                    .max_decimals(1)
                    .prefix("every ")
                    .suffix(" s");
                ui.add(value)
                    .accessible_name("Seconds between two kept frames")
                    .on_hover_text("One frame in so many seconds, whether it moves or not. 0 keeps every frame.");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(sensitivity: f32) -> Draft {
        let mut settings = StreamSettings::default();
        settings.motion.sensitivity = sensitivity;
        let stream = StreamId { user: "anna".parse().unwrap(), camera: "phone".parse().unwrap() };
        Draft { stream, settings, sent: Some(StreamSettings::default()), sent_at: None }
    }

    #[test]
    fn changes_are_sent_at_a_pace_and_the_last_one_always() {
        let start = Instant::now();
        let mut draft = draft(0.6);
        assert!(draft.take_due(start).is_some());
        draft.settings.motion.sensitivity = 0.7;
        assert!(draft.take_due(start + PACE / 2).is_none());
        assert!(draft.take_due(start + PACE).is_some());
        assert!(draft.take_due(start + PACE * 2).is_none(), "nothing new");
        draft.settings.motion.sensitivity = 0.8;
        assert!(matches!(draft.last(), Some(Command::SetStream(_, settings)) if settings.motion.sensitivity > 0.75));
    }

    #[test]
    fn a_change_that_was_not_taken_stays_and_is_sent_again() {
        let start = Instant::now();
        let mut panel = WatchingPanel { draft: Some(draft(0.6)), guide: Guide::None };
        assert!(panel.draft.as_mut().unwrap().take_due(start).is_some());
        panel.not_taken();
        let draft = panel.draft.as_mut().unwrap();
        assert!(!draft.is_over(&StreamSettings::default(), start + PATIENCE * 2));
        assert!(draft.take_due(start + PACE).is_some());
    }

    #[test]
    fn a_draft_ends_when_the_program_has_taken_it_or_does_not_in_time() {
        let start = Instant::now();
        let mut draft = draft(0.6);
        assert!(!draft.is_over(&StreamSettings::default(), start), "not yet sent");
        draft.take_due(start);
        assert!(!draft.is_over(&StreamSettings::default(), start));
        assert!(draft.is_over(&draft.settings.clone(), start));
        assert!(draft.is_over(&StreamSettings::default(), start + PATIENCE * 2));
    }
}
