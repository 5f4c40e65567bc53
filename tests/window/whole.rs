//! The whole window with its threads: live picture, kept frames, keys, deletion and its undoing, closing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, bounded};
use eframe::egui::{self, Key, Modifiers, Theme};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotResults};
use framekeep::bus::{Bus, Happening, Latest};
use framekeep::control::{Command, Controls, View};
use framekeep::desktop::{App, Closer, Sources};
use framekeep::domain::{BlindReason, CameraChoice, ThemeChoice};

use crate::world::{self, DrawnShelf, World};

/// A window on a drawn world, and the other ends of what it holds.
struct Window {
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    view: Arc<ArcSwap<View>>,
    bus: Bus,
    latest: Latest,
    closer: Closer,
    shelf: Arc<DrawnShelf>,
}

impl Window {
    fn open(view: View, theme: Theme) -> Self {
        Self::open_on(view, theme, 12)
    }

    fn open_on(view: View, theme: Theme, frames: i64) -> Self {
        Self::open_with(view, theme, DrawnShelf::new(frames))
    }

    fn open_with(view: View, theme: Theme, shelf: DrawnShelf) -> Self {
        let (sender, commands) = bounded(16);
        let view = Arc::new(ArcSwap::from_pointee(view));
        let bus = Bus::default();
        let latest = Latest::new(bus.clone());
        let closer = Closer::default();
        let shelf = Arc::new(shelf);
        let sources = Sources {
            controls: Controls::new(sender, Arc::clone(&view)),
            latest: latest.clone(),
            bus: bus.clone(),
            shelf: Arc::clone(&shelf) as _,
        };
        let its_closer = closer.clone();
        let harness = Harness::builder().with_size([1280.0, 840.0]).with_theme(theme).wgpu().build_eframe(|context| {
            let mut app = App::new(&context.egui_ctx, sources, its_closer).unwrap();
            app.set_clock(world::clock());
            app
        });
        Self { harness, commands, view, bus, latest, closer, shelf }
    }

    /// Steps until something is so, because threads of the window take part.
    fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Harness<'static, App>) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so(&mut self.harness) {
            assert!(Instant::now() < deadline, "still waiting until {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.harness.run();
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run();
    }

    fn show_live_picture(&mut self) {
        let local = self.view.load().local.stream.clone();
        let live = world::live_view(&local, 1);
        self.latest.appears(&local);
        self.latest.saw(&local, true, Instant::now());
        let _ = self.latest.show(live);
        self.until("the picture is there", |harness| harness.query_by_label("29.9").is_some());
        self.until("the ledger is read", |harness| harness.query_by_label_contains("The last hour: ").is_some());
        let library = Arc::clone(&self.shelf);
        self.until("the thumbnails are read", |_| library.reads() >= 7);
        // The last one is on its way from the thread that reads.
        self.harness.run_steps(30);
        std::thread::sleep(Duration::from_millis(200));
        self.harness.run();
    }
}

fn named(harness: &Harness<'static, App>, name: &str) -> bool {
    harness.query_by_label(name).is_some()
}

#[test]
fn the_whole_window_looks_as_it_should() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "window_dark"), (Theme::Light, "window_light")] {
        let mut window = Window::open(world::view(), theme);
        window.show_live_picture();
        // The curve moves on with the clock.
        let curve = window.harness.get_by_label_contains("of the last 30 seconds").rect();
        window.harness.mask(curve);
        window.harness.snapshot(name);
        results.extend_harness(&mut window.harness);
    }
}

#[test]
fn the_empty_window_shows_how_to_begin() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "empty_dark"), (Theme::Light, "empty_light")] {
        let mut window = Window::open_on(World::empty().view, theme, 0);
        let nothing = "Nothing kept yet. Frames in which something moves appear here.";
        window.until("the list is read", |harness| harness.query_by_label(nothing).is_some());
        window.harness.snapshot(name);
        results.extend_harness(&mut window.harness);
    }
}

#[test]
fn the_code_in_the_window_leads_a_phone_to_the_page() {
    let mut window = Window::open(World::empty().view, Theme::Dark);
    window.harness.run();
    let picture = window.harness.render().unwrap();
    let grey = |x: usize, y: usize| {
        let pixel = picture.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap());
        u8::try_from((u32::from(pixel[0]) + u32::from(pixel[1]) + u32::from(pixel[2])) / 3).unwrap()
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let codes: Vec<_> =
        picture.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|code| code.1).collect();
    assert_eq!(codes, [world::URL]);
}

#[test]
fn keys_choose_cameras_switch_the_mask_and_stop_the_camera() {
    let mut window = Window::open(world::view(), Theme::Dark);
    window.press(Key::Num2);
    assert!(named(&window.harness, "Watching anna · phone"));
    window.press(Key::S);
    assert_eq!(window.commands.try_recv(), Ok(Command::StopCamera));
    window.press(Key::P);
    assert!(!named(&window.harness, "Devices"), "only the picture is left");
    window.press(Key::P);
    window.press(Key::F1);
    assert!(named(&window.harness, "Mask on or off"));
    window.press(Key::Escape);
    assert!(named(&window.harness, "Devices"));
}

#[test]
fn a_kept_frame_opens_has_neighbours_is_deleted_and_comes_back() {
    let mut window = Window::open(world::view(), Theme::Dark);
    let newest = "Kept frame of operator, 14:02:31";
    window.until("the list is read", |harness| harness.query_by_label(newest).is_some());
    window.harness.get_by_label(newest).click();
    window.until("the file is read", |harness| harness.query_by_label("Copy path").is_some());
    window.press(Key::ArrowRight);
    window.until("the next one is open", |harness| harness.query_by_label("Kept frame of anna · phone").is_some());
    window.press(Key::Delete);
    let deleted = world::kept(2).remove(1);
    assert_eq!(window.commands.try_recv(), Ok(Command::Delete(deleted.id)));
    window.bus.tell(Happening::FrameDeleted { id: deleted.id, user: deleted.stream.user.clone() });
    window.until("it is told", |harness| harness.query_by_label("Frame deleted").is_some());
    window.press(Key::Escape);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run();
    assert_eq!(window.commands.try_recv(), Ok(Command::Restore(deleted.id)));
    window.bus.tell(Happening::FrameRestored(deleted));
    let restored = "Kept frame of anna, 14:02:24";
    window.until("it is back", |harness| harness.query_by_label(restored).is_some());
}

#[test]
fn a_frame_that_was_just_kept_appears_by_itself() {
    let mut window = Window::open(world::view(), Theme::Dark);
    window.until("the list is read", |harness| harness.query_by_label("Kept frame of operator, 14:02:31").is_some());
    let mut fresh = world::kept(1).remove(0);
    fresh.id = framekeep::domain::FrameId(5000);
    fresh.captured_at = world::NOW.plus(Duration::from_secs(2));
    window.bus.tell(Happening::FrameSaved(fresh));
    window.until("it is there", |harness| harness.query_by_label("Kept frame of operator, 14:02:33").is_some());
}

#[test]
fn a_camera_that_sees_is_shown_when_this_computer_has_none() {
    let mut window = Window::open(world::view(), Theme::Dark);
    let mut view = world::view();
    view.cameras[0].state = world::blind(framekeep::domain::BlindReason::Unplugged);
    window.view.store(Arc::new(view));
    window.harness.run();
    assert!(named(&window.harness, "Watching anna · phone"));
}

#[test]
fn whoever_starts_a_camera_sees_it_although_a_phone_is_live() {
    let mut window = Window::open(world::view(), Theme::Dark);
    window.harness.run();
    window.harness.get_by_label("Camera").click();
    window.harness.run();
    window.harness.get_by_label("Demo scene").click();
    window.harness.run();
    assert_eq!(window.commands.try_recv(), Ok(Command::ChooseCamera(CameraChoice::Demo)));
    // The program has made another stream of it, which does not see yet.
    let mut view = world::view();
    view.local.choice = CameraChoice::Demo;
    view.local.stream = world::stream("operator", "demo");
    view.cameras[0].stream = view.local.stream.clone();
    view.cameras[0].state = world::blind(BlindReason::Starting);
    window.view.store(Arc::new(view.clone()));
    window.harness.run();
    assert!(named(&window.harness, "Watching demo (this computer)"));
    window.press(Key::Num2);
    assert!(named(&window.harness, "Watching anna · phone"), "until another is chosen");
}

#[test]
fn a_list_that_cannot_be_read_comes_back_by_itself() {
    let shelf = DrawnShelf::new(12);
    shelf.fail(true);
    let mut window = Window::open_with(world::view(), Theme::Dark, shelf);
    let problem = "The kept frames cannot be listed: the disk does not answer";
    window.until("it is told", |harness| named(harness, problem));
    window.shelf.fail(false);
    window.until("it is read", |harness| named(harness, "Kept frame of operator, 14:02:31"));
}

#[test]
fn kept_frames_come_back_with_their_folder() {
    let mut view = world::view();
    view.problems.push(world::full_disk());
    let mut window = Window::open_on(view, Theme::Dark, 0);
    window.until("the list is read", |harness| {
        named(harness, "Nothing kept yet. Frames in which something moves appear here.")
    });
    window.shelf.grow(12);
    window.view.store(Arc::new(world::view()));
    window.until("it is read again", |harness| named(harness, "Kept frame of operator, 14:02:31"));
}

#[test]
fn older_frames_are_read_when_somebody_scrolls_to_them() {
    let mut window = Window::open_on(world::view(), Theme::Dark, 260);
    let newest = "Kept frame of operator, 14:02:31";
    window.until("the list is read", |harness| named(harness, newest));
    let strip = window.harness.get_by_label(newest).rect().center();
    window.harness.hover_at(strip);
    let deadline = Instant::now() + Duration::from_secs(20);
    // The 260th is 259 times 7 seconds older than the first.
    while !named(&window.harness, "Kept frame of anna, 13:32:18") {
        assert!(Instant::now() < deadline, "the end was not reached");
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(-4000.0, 0.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        window.harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_theme_that_is_remembered_is_drawn() {
    let mut view = world::view();
    let mut settings = (*view.settings).clone();
    settings.theme = ThemeChoice::Light;
    view.settings = Arc::new(settings);
    let mut window = Window::open(view, Theme::Dark);
    window.harness.run();
    assert_eq!(window.harness.ctx.theme(), Theme::Light);
}

#[test]
fn the_window_closes_when_the_program_is_asked_to_end() {
    let mut window = Window::open(world::view(), Theme::Dark);
    window.closer.close();
    window.harness.step();
    let output = &window.harness.output().viewport_output[&eframe::egui::ViewportId::ROOT];
    assert!(output.commands.iter().any(|command| matches!(command, eframe::egui::ViewportCommand::Close)));
}
