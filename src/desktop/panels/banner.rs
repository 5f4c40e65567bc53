//! What needs a person: each problem as a sentence with what to do, above everything else.

use eframe::egui;
use eframe::egui::{Frame, Margin, RichText, Ui};

use crate::control::ServerState;
use crate::desktop::signs::Sign;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;

/// The problems there are; nothing when there are none.
#[derive(Debug, Default)]
pub struct Banner;

impl Banner {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        for problem in &snapshot.view.problems {
            let since = format!("Since {}", snapshot.clock.time(problem.since));
            line(ui, &problem.what, &problem.todo).on_hover_text(since);
        }
        let told = snapshot.view.problems.iter().any(|problem| problem.kind == crate::bus::ProblemKind::Server);
        if let (ServerState::Failed(why), false) = (&snapshot.view.server, told) {
            line(ui, "Phones cannot join", why);
        }
        None
    }
}

fn line(ui: &mut Ui, what: &str, todo: &str) -> egui::Response {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.problem_ground)
        .inner_margin(Margin::symmetric(16, 8))
        .show(ui, |ui| {
            ui.take_available_width();
            ui.horizontal_wrapped(|ui| {
                Sign::Problem.ui(ui, 20.0);
                ui.label(RichText::new(sentence(what)).color(palette.problem));
                ui.label(RichText::new(sentence(todo)).color(palette.text));
            });
        })
        .response
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let mut sentence: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(chars.as_str());
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn words_become_a_sentence_once() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        assert_eq!(sentence("Choose another folder."), "Choose another folder.");
        assert_eq!(sentence(" "), "");
    }
}
