//! The queue of jobs in short: what waits, what runs and how far it is, what failed and can be tried again.

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

use super::{quiet, section};
use crate::control::{Command, JobsView};
use crate::desktop::signs::Sign;
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::words;
use crate::domain::Job;

/// Running jobs that are shown one by one.
const MOST_RUNNING: usize = 3;

/// The jobs; nothing while there are none.
#[derive(Debug, Default)]
pub struct JobsPanel;

impl JobsPanel {
    /// Draws them as a section of the side panel.
    pub fn ui(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> Option<Wish> {
        let jobs = &*snapshot.view.jobs;
        if !jobs.any {
            return None;
        }
        section(ui, "Jobs", |ui| {
            ui.label(standing(jobs));
            if let Some(trouble) = &jobs.trouble {
                ui.horizontal_top(|ui| {
                    Sign::Problem.ui(ui, 16.0);
                    ui.add(Label::new(format!("The queue cannot be seen: {trouble}.")).wrap());
                });
            }
            let mut wish = None;
            for job in jobs.running.iter().take(MOST_RUNNING) {
                wish = running_ui(ui, job, jobs).or(wish);
            }
            for job in &jobs.newest_failed {
                wish = failed_ui(ui, job).or(wish);
            }
            wish
        })
    }
}

fn running_ui(ui: &mut Ui, job: &Job, jobs: &JobsView) -> Option<Wish> {
    let name = words::job(job);
    let left = job.left(jobs.now).map(|left| format!(", {} left", words::duration(left.as_secs()))).unwrap_or_default();
    let far = format!("{:.0} %{left}", (job.progress * 100.0).floor());
    let mut wish = None;
    let what = if job.cancelling { "is to be cancelled" } else { job.note.as_str() };
    head_ui(ui, &name, what, |ui| {
        let may = !job.cancelling;
        if may && ui.button("Cancel").accessible_name(format!("Cancel {name}")).clicked() {
            wish = Some(Command::CancelJob(job.id).into());
        }
    });
    ui.add(ProgressBar::new(job.progress).text(far.clone())).accessible_name(format!("{name}: {far}"));
    wish
}

fn failed_ui(ui: &mut Ui, job: &Job) -> Option<Wish> {
    let name = words::job(job);
    let mut wish = None;
    head_ui(ui, &name, "failed", |ui| {
        if ui.button("Retry").accessible_name(format!("Retry {name}")).clicked() {
            wish = Some(Command::RetryJob(job.id).into());
        }
    });
    let why = job.last_failure().lines().next().unwrap_or_default();
    ui.add(Label::new(quiet(ui, why).small()).truncate()).on_hover_text(&job.log);
    wish
}

/// The name of a job, what there is to say beside it, and its button at the right.
fn head_ui(ui: &mut Ui, name: &str, what: &str, button: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            button(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(quiet(ui, what).small()).truncate());
            });
        });
    });
}

/// "2 waiting, 1 running, 1 failed; paused".
fn standing(jobs: &JobsView) -> String {
    let counts = [(jobs.waiting, "waiting"), (jobs.running.len() as u64, "running"), (jobs.failed, "failed")];
    let said: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let mut words = if said.is_empty() { "Nothing to do".to_owned() } else { said.join(", ") };
    if jobs.paused {
        words += "; paused";
    }
    words
}
