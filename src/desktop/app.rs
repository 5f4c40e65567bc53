//! The window itself: gathers what there is to see, lays the panels out, passes on what they wish for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::load::SizedTexture;
use eframe::egui::{self, Context, TextureHandle, TextureOptions, Ui, ViewportCommand};
use tokio::sync::broadcast::error::TryRecvError;

use crate::bus::{Bus, Happening, Latest, Listener, ProblemKind};
use crate::control::{Command, Controls, View};
use crate::desktop::films::Films;
use crate::desktop::gallery::Gallery;
use crate::desktop::history::History;
use crate::desktop::layout::{Panels, layout_ui};
use crate::desktop::ledger::LedgerLooks;
use crate::desktop::loader::{Delivery, Loader, Shelf};
use crate::desktop::panels::Shown;
use crate::desktop::picker::{Kind, Picked, Picker};
use crate::desktop::reveal::Revealer;
use crate::desktop::snapshot::{LivePicture, Snapshot, Wish};
use crate::desktop::watcher::{Seen, Watcher};
use crate::desktop::words::Clock;
use crate::desktop::{Closer, keys, theme};
use crate::domain::{CameraChoice, CameraState, FrameId, StreamId, ThemeChoice};

/// The clock on the screen moves on this often even when nothing else happens.
const CLOCK: Duration = Duration::from_millis(500);
/// News of the program may wait this long to be drawn while nobody touches the window, so that it costs little to leave it
/// open, and ten phones do not make ten times the work.
const NEWS: Duration = Duration::from_millis(450);
/// The same while somebody does: what a press brought about is seen at once.
const NEWS_IN_USE: Duration = Duration::from_millis(40);
/// How long after the last input the window counts as in use.
const IN_USE: Duration = Duration::from_secs(2);
/// A new picture is drawn at once. One millisecond, because egui draws twice for "now".
const AT_ONCE: Duration = Duration::from_millis(1);
/// How long the threads of the window may take to end.
const STOP: Duration = Duration::from_secs(1);
/// After this a list that could not be read is asked for again.
const RETRY: Duration = Duration::from_secs(2);
/// Thumbnails asked for at a time.
const THUMBNAILS: usize = 12;
/// What the window needs, with the library behind [`Shelf`].
pub struct Sources {
    /// To ask and to see.
    pub controls: Controls,
    /// Pictures and verdicts.
    pub latest: Latest,
    /// What happens.
    pub bus: Bus,
    /// Kept frames.
    pub shelf: Arc<dyn Shelf>,
}

/// The window.
pub struct App {
    controls: Controls,
    latest: Latest,
    bus: Bus,
    listener: Listener,
    watcher: Watcher,
    loader: Option<Loader>,
    picker: Picker,
    closer: Closer,
    /// Read by the waker, on other threads.
    in_use: Arc<AtomicBool>,
    touched_at: Option<Instant>,

    clock: Clock,
    chosen: StreamId,
    choice: Choice,
    live: Option<Live>,
    histories: HashMap<StreamId, (History, Option<Instant>)>,
    ledger: LedgerLooks,
    gallery: Gallery,
    /// Whether the list of kept frames must be read anew.
    stale: bool,
    /// When it was last read in vain.
    failed_at: Option<Instant>,
    /// Whether the library was in trouble when it was last looked at.
    trouble: bool,
    /// The theme that was set last.
    theme: ThemeChoice,
    revealer: Revealer,
    save_dir: PathBuf,
    looks: Looks,
    /// The picture of the larger view.
    full: Option<(FrameId, Option<TextureHandle>, Shown)>,
    asked_to_delete: Vec<FrameId>,
    deleted: Vec<FrameId>,
    films: Films,
    panels: Panels,
}

/// Why a stream is the one that is shown large.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// It is a camera that there is.
    Any,
    /// A person chose it.
    ByHand,
    /// A person started the camera of this computer, whose stream is known only when that is done.
    Local,
}

/// What the person switched.
struct Looks {
    mask_on: bool,
    only_picture: bool,
}

/// The newest picture and the textures that it lives in, which are used again for the next one.
struct Live {
    stream: StreamId,
    picture: TextureHandle,
    mask: Option<TextureHandle>,
    shown: LivePicture,
}

impl App {
    /// Makes the window's inside; its threads run from now on.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(ctx: &Context, sources: Sources, closer: Closer) -> std::io::Result<Self> {
        theme::install(ctx);
        closer.attach(ctx);
        let Sources { controls, latest, bus, shelf } = sources;
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint_after(AT_ONCE)
        };
        let watcher = Watcher::start(latest.clone(), wake.clone())?;
        let loader = Loader::start(shelf, wake)?;
        let listener = bus.listen();
        let in_use = Arc::new(AtomicBool::new(false));
        bus.set_waker({
            let (ctx, in_use) = (ctx.clone(), Arc::clone(&in_use));
            move || ctx.request_repaint_after(if in_use.load(Ordering::Relaxed) { NEWS_IN_USE } else { NEWS })
        });
        let view = controls.view();
        let (chosen, save_dir) = (view.local.stream.clone(), view.save_dir.clone());
        Ok(Self {
            controls,
            latest,
            bus,
            listener,
            watcher,
            loader: Some(loader),
            picker: Picker::default(),
            closer,
            in_use,
            touched_at: None,
            clock: Clock::system(),
            chosen,
            choice: Choice::Any,
            live: None,
            histories: HashMap::new(),
            ledger: LedgerLooks::default(),
            gallery: Gallery::default(),
            stale: true,
            failed_at: None,
            trouble: false,
            theme: ThemeChoice::System,
            revealer: Revealer::default(),
            save_dir,
            looks: Looks { mask_on: true, only_picture: false },
            full: None,
            asked_to_delete: Vec::new(),
            deleted: Vec::new(),
            films: Films::default(),
            panels: Panels::default(),
        })
    }

    /// Shows times as `clock` has them, for pictures of the window that do not change from day to day.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    fn choose(&mut self, view: &View) {
        let find = |stream: &StreamId| view.cameras.iter().find(|camera| camera.stream == *stream);
        if let (Choice::Local, Some(local)) = (self.choice, find(&view.local.stream)) {
            self.chosen = local.stream.clone();
        }
        let there = find(&self.chosen);
        if there.is_none() && self.choice == Choice::ByHand {
            self.choice = Choice::Any;
        }
        let blind = |state: &CameraState| matches!(state, CameraState::Blind { .. });
        if (self.choice == Choice::Any || there.is_none()) && there.is_none_or(|camera| blind(&camera.state)) {
            let seeing = view.cameras.iter().find(|camera| !blind(&camera.state)).or(there).or(view.cameras.first());
            self.chosen = seeing.map_or_else(|| view.local.stream.clone(), |camera| camera.stream.clone());
        }
        self.watcher.watch(Some(&self.chosen));
        if self.live.as_ref().is_some_and(|live| live.stream != self.chosen) {
            self.live = None;
        }
    }

    fn take_picture(&mut self, ctx: &Context) {
        let Some(seen) = self.watcher.take() else { return };
        if seen.stream != self.chosen {
            return;
        }
        let Seen { stream, picture, mask, width, height, detection, fps, .. } = seen;
        let (old_picture, old_mask) = self.live.take().map_or((None, None), |live| (Some(live.picture), live.mask));
        let picture = upload(ctx, old_picture, "live picture", picture);
        let mask = mask.map(|mask| upload(ctx, old_mask, "mask", mask));
        let shown = LivePicture {
            texture: picture.id(),
            mask: mask.as_ref().map(TextureHandle::id),
            width,
            height,
            detection,
            fps,
        };
        self.live = Some(Live { stream, picture, mask, shown });
    }

    /// Adds the newest score of every stream to its curve.
    fn note_scores(&mut self, view: &View) {
        let now = Instant::now();
        self.histories.retain(|stream, _| view.cameras.iter().any(|camera| camera.stream == *stream));
        for summary in self.latest.summaries() {
            let (history, last) = self.histories.entry(summary.stream).or_insert_with(|| (History::new(now), None));
            history.advance(now);
            if let Some(view) = summary.view.filter(|view| *last != Some(view.at)) {
                *last = Some(view.at);
                history.add(view.detection.score, view.detection.verdict.is_motion());
            }
        }
    }

    fn hear(&mut self, view: &View) {
        loop {
            match self.listener.try_recv() {
                Ok(happening) => self.take_happening(&happening),
                Err(TryRecvError::Lagged(_)) => self.stale = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if view.save_dir != self.save_dir {
            self.save_dir.clone_from(&view.save_dir);
            self.gallery = Gallery::default();
            self.stale = true;
        }
        let kinds = [ProblemKind::SaveFolder, ProblemKind::DiskFull, ProblemKind::Index];
        let trouble = view.problems.iter().any(|problem| kinds.contains(&problem.kind));
        if self.trouble && !trouble {
            // The folder that is back has frames that were not there to be listed, and their thumbnails.
            self.gallery.forget_missing();
            self.stale = true;
        }
        self.trouble = trouble;
    }

    fn take_happening(&mut self, happening: &Happening) {
        match happening {
            Happening::FrameSaved(frame) => self.gallery.add(frame.clone()),
            Happening::FrameRestored(frame) => {
                self.deleted.retain(|id| *id != frame.id);
                self.gallery.restore(frame.clone());
            }
            Happening::FrameDeleted { id, .. } => {
                self.gallery.remove(*id);
                if self.asked_to_delete.contains(id) {
                    self.asked_to_delete.retain(|other| other != id);
                    self.deleted.push(*id);
                    self.panels.toast.say("Frame deleted", true);
                }
            }
            Happening::Clip(clip) => self.films.made(clip, &self.save_dir, &mut self.panels.toast),
            Happening::Recording(_)
            | Happening::RecordingFinished(_)
            | Happening::RecordingMade { .. }
            | Happening::RecordingDeleted { .. }
            | Happening::ClipDeleted { .. }
            | Happening::Event(_)
            | Happening::Camera { .. }
            | Happening::Devices
            | Happening::Problems
            | Happening::Settings => {}
        }
    }

    fn take_deliveries(&mut self, ctx: &Context) {
        let Some(loader) = &self.loader else { return };
        let deliveries: Vec<_> = loader.deliveries().collect();
        for delivery in deliveries {
            match delivery {
                Delivery::Page { first, page: Err(problem) } => {
                    self.failed_at = Some(Instant::now());
                    if first {
                        self.gallery.fail(problem);
                        self.stale = true;
                    } else {
                        self.gallery.next_page_failed();
                    }
                }
                Delivery::Page { first: true, page: Ok(page) } => self.gallery.replace(page.frames, page.next),
                Delivery::Page { first: false, page: Ok(page) } => self.gallery.append(page.frames, page.next),
                Delivery::Ledger(look) => self.ledger.take(*look),
                Delivery::Thumbnail(id, image) => {
                    let texture = image.map(|image| ctx.load_texture("thumbnail", image, TextureOptions::LINEAR));
                    self.gallery.set_thumbnail(id, texture);
                }
                Delivery::Picture(id, (path, film), image) => {
                    let Some((open, texture, shown)) = &mut self.full else { continue };
                    if *open != id {
                        continue;
                    }
                    (shown.path, shown.film) = (Some(path), film);
                    match image {
                        Ok(image) => {
                            let uploaded = ctx.load_texture("kept frame", image, TextureOptions::LINEAR);
                            shown.texture = Some(SizedTexture::from_handle(&uploaded));
                            *texture = Some(uploaded);
                        }
                        Err(problem) => shown.problem = Some(problem),
                    }
                }
            }
        }
    }

    /// Orders what the panels showed to be missing.
    fn order_missing(&mut self) {
        let Some(loader) = &self.loader else { return };
        let may_ask = !self.gallery.waits_for_first_page() && self.failed_at.is_none_or(|at| at.elapsed() > RETRY);
        // A list that is held still is read anew when it may move.
        if self.stale && may_ask && !self.gallery.is_held() && loader.page(None) {
            self.stale = false;
            self.gallery.first_page_asked();
        }
        self.ledger.order(loader, &self.chosen, &self.clock);
        let visible = self.panels.kept.visible();
        for frame in self.gallery.look_at(visible.clone(), THUMBNAILS) {
            let id = frame.id;
            if !loader.thumbnail(frame) {
                self.gallery.forget_thumbnail(id);
            }
        }
        if let Some(cursor) = self.gallery.next_page(&visible)
            && may_ask
            && loader.page(Some(cursor.to_owned()))
        {
            self.gallery.next_page_asked();
        }
        let open = self.panels.viewer.frame();
        if open != self.full.as_ref().map(|(id, ..)| *id) {
            let frame = open.and_then(|id| self.gallery.position(id)).map(|at| self.gallery.frames()[at].clone());
            self.full = match (open, frame) {
                (Some(id), Some(frame)) if loader.picture(frame.clone()) => Some((id, None, Shown::default())),
                _ => None,
            };
        }
        self.gallery.hold(self.panels.kept.is_touched() || self.panels.viewer.frame().is_some());
    }

    fn fulfil(&mut self, ctx: &Context, wish: Wish) {
        match wish {
            Wish::Ask(command) => self.ask(command),
            Wish::Watch(stream) => {
                self.chosen = stream;
                self.choice = Choice::ByHand;
            }
            Wish::ShowMask(on) => self.looks.mask_on = on,
            Wish::OnlyPicture(only) => self.looks.only_picture = only,
            Wish::Open(frame) => self.panels.viewer.open(Some(frame)),
            Wish::PickFolder => self.picker.open(Kind::Folder, &self.save_dir, ctx),
            Wish::PickFile => {
                self.panels.source.ask_for_file();
                let videos = std::env::home_dir().unwrap_or_default();
                self.picker.open(Kind::File, &videos, ctx);
            }
            Wish::Reveal(path) => self.revealer.reveal(path, ctx),
            Wish::Play(path) => self.revealer.play(path, ctx),
            Wish::Copy(text) => {
                ctx.copy_text(text);
                self.panels.toast.say("Copied", false);
            }
            Wish::Undo => {
                if let Some(id) = self.deleted.pop() {
                    self.panels.toast.clear();
                    self.ask(Command::Restore(id));
                }
            }
            Wish::Help(open) => self.panels.help.open(open),
        }
    }

    fn ask(&mut self, command: Command) {
        if let Command::Delete(id) = &command {
            self.asked_to_delete.push(*id);
        }
        if let Command::OrderFilm(wish) = &command {
            self.films.ordered(wish, &mut self.panels.toast);
        }
        match &command {
            Command::ChooseCamera(CameraChoice::None) => self.choice = Choice::Any,
            // Whoever starts a camera wants to see it.
            Command::ChooseCamera(_) | Command::StartCamera => self.choice = Choice::Local,
            _ => {}
        }
        let setting = matches!(command, Command::SetStream(..));
        if !self.controls.ask(command) {
            if setting {
                self.panels.watching.not_taken();
            }
            self.panels.toast.say("Framekeep is busy and did not take that. Try again in a moment.", false);
        }
    }

    fn take_picked(&mut self) {
        match self.picker.take() {
            Some(Picked::Path(Kind::Folder, path)) => self.ask(Command::ChangeSaveDir(path)),
            Some(Picked::Path(Kind::File, path)) => {
                self.panels.source.file_is_chosen();
                self.ask(Command::ChooseCamera(CameraChoice::File(path)));
            }
            Some(Picked::NoPicker(kind)) => {
                let field = if kind == Kind::Folder { "Save folder" } else { "Camera of this computer" };
                let say = format!("This system offers no picker. Type the path into the field below \"{field}\".");
                self.panels.toast.say(say, false);
            }
            Some(Picked::Nothing) | None => {}
        }
    }

    fn panels_ui(&mut self, ui: &mut Ui, view: &View) -> Option<Wish> {
        let no_history = [];
        let shown = self.full.as_ref().map_or_else(Shown::default, |(_, _, shown)| shown.clone());
        let snapshot = Snapshot {
            view,
            clock: &self.clock,
            chosen: &self.chosen,
            live: self.live.as_ref().map(|live| &live.shown),
            history: self.histories.get(&self.chosen).map_or(&no_history, |(history, _)| history.samples()),
            ledger: self.ledger.of(&self.chosen),
            gallery: &self.gallery,
            mask_on: self.looks.mask_on,
            guide: self.panels.watching.guide(),
        };
        let free = !self.panels.help.is_open() && self.panels.viewer.frame().is_none();
        let pressed = keys::pressed(ui.ctx(), &snapshot, self.looks.only_picture, free);
        let panels = &mut self.panels;
        let drawn = layout_ui(ui, panels, &snapshot, self.looks.only_picture);
        let viewed = panels.viewer.ui(ui, &snapshot, &shown);
        panels.help.ui(ui);
        let toasted = panels.toast.ui(ui);
        pressed.or(toasted).or(viewed).or(drawn)
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if self.closer.is_asked() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        let view = self.controls.view();
        self.choose(&view);
        self.hear(&view);
        self.take_deliveries(ctx);
        self.note_scores(&view);
        self.take_picked();
        if let Some(problem) = self.revealer.problem() {
            self.panels.toast.say(problem, false);
        }
        if view.settings.theme != self.theme {
            self.theme = view.settings.theme;
            ctx.set_theme(theme::preference(self.theme));
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.clock.tick();
        // Here and not before: while the window is hidden no picture is taken, and so none is decoded.
        self.take_picture(ui.ctx());
        self.controls.look_at_jobs();
        let view = self.controls.view();
        if let Some(wish) = self.panels_ui(ui, &view) {
            self.fulfil(ui.ctx(), wish);
            ui.ctx().request_repaint_after(AT_ONCE);
        }
        self.watcher.want_mask(self.looks.mask_on || self.panels.watching.guide() != crate::desktop::Guide::None);
        self.order_missing();
        if ui.input(|input| !input.events.is_empty()) {
            self.touched_at = Some(Instant::now());
        }
        self.in_use.store(self.touched_at.is_some_and(|at| at.elapsed() < IN_USE), Ordering::Relaxed);
        ui.ctx().request_repaint_after(CLOCK);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.bus.set_waker(|| ());
        if let Some(loader) = self.loader.take() {
            loader.stop(STOP);
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::of(visuals.dark_mode).window.to_normalized_gamma_f32()
    }
}

/// Puts pixels into the texture that is there, or a new one.
fn upload(ctx: &Context, old: Option<TextureHandle>, name: &str, image: Arc<egui::ColorImage>) -> TextureHandle {
    match old {
        Some(mut texture) => {
            texture.set(image, TextureOptions::LINEAR);
            texture
        }
        None => ctx.load_texture(name, image, TextureOptions::LINEAR),
    }
}
