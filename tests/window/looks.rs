//! How each panel looks in each of its states, in light and dark.

use eframe::egui::{self, Theme, Ui};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotResults};
use framekeep::access::Role;
use framekeep::bus::ProblemKind;
use framekeep::control::ServerState;
use framekeep::desktop::panels::{
    Banner, CameraStrip, DevicesPanel, FolderPanel, Header, Help, InvitationPanel, JobsPanel, KeptStrip, LedgerPanel,
    LivePanel, RequestsPanel, Shown, SourcePanel, Toast, Viewer, WatchingPanel,
};
use framekeep::desktop::{Guide, Snapshot, Wish, theme};
use framekeep::domain::{BlindReason, CameraChoice, KeepRule, Verdict};

use crate::world::{self, World};

const WIDE: [f32; 2] = [720.0, 64.0];
const STAGE: [f32; 2] = [640.0, 404.0];

/// Shows a panel in a world, light and dark, and compares it with its picture in `tests/snapshots`.
fn looks<P: Default + 'static>(
    results: &mut SnapshotResults,
    name: &str,
    size: [f32; 2],
    world: impl Fn() -> World,
    mut draw: impl FnMut(&mut P, &mut Ui, &Snapshot) + Copy + 'static,
) {
    for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_theme(theme)
            .with_context_setup(theme::install)
            .with_render_cursor(false)
            .wgpu()
            .build_ui_state(
                move |ui, (world, panel): &mut (World, P)| {
                    world.upload(ui.ctx());
                    egui::Frame::central_panel(ui.style()).show(ui, |ui| draw(panel, ui, &world.snapshot()));
                },
                (world(), P::default()),
            );
        harness.run();
        harness.snapshot(format!("{name}_{suffix}"));
        results.extend_harness(&mut harness);
    }
}

fn changed(change: impl Fn(&mut World) + Copy) -> impl Fn() -> World {
    move || {
        let mut world = World::busy();
        change(&mut world);
        world
    }
}

fn keep_all(world: &mut World) {
    let mut settings = (*world.view.settings).clone();
    settings.defaults.keep = KeepRule::All { every_secs: 5.0 };
    world.view.settings = settings.into();
}

/// Presses a button of a panel in a world before it is looked at.
fn looks_after<P: Default + 'static>(
    results: &mut SnapshotResults,
    (name, button): (&str, &str),
    size: [f32; 2],
    draw: fn(&mut P, &mut Ui, &Snapshot) -> Option<Wish>,
) {
    for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let builder = Harness::builder().with_size(size).with_theme(theme).with_render_cursor(false);
        let mut harness = builder.with_context_setup(theme::install).wgpu().build_ui_state(
            move |ui, (world, panel): &mut (World, P)| {
                egui::Frame::central_panel(ui.style()).show(ui, |ui| draw(panel, ui, &world.snapshot()));
            },
            (World::busy(), P::default()),
        );
        harness.get_by_label(button).click();
        harness.run();
        harness.snapshot(format!("{name}_{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn header() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut Header, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "header", WIDE, World::busy, draw);
    let recording = changed(|world| world.view.local.recording = Some(world::recording(12)));
    looks(results, "header_recording", WIDE, recording, draw);
}

#[test]
fn banner() {
    let results = &mut SnapshotResults::new();
    let full = changed(|world| world.view.problems.push(world::full_disk()));
    looks(results, "banner_disk_full", [720.0, 84.0], full, |panel: &mut Banner, ui, snapshot| {
        panel.ui(ui, snapshot);
    });
    let deaf = changed(|world| {
        let why = "failed to listen on 0.0.0.0:8443: address in use; choose another with --listen ADDR:PORT";
        world.view.server = ServerState::Failed(why.to_owned());
        assert!(world.view.problems.iter().all(|problem| problem.kind != ProblemKind::Server));
    });
    looks(results, "banner_no_server", [720.0, 84.0], deaf, |panel: &mut Banner, ui, snapshot| {
        panel.ui(ui, snapshot);
    });
}

#[test]
fn live() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut LivePanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "live_motion", STAGE, World::busy, draw);
    let still = changed(|world| {
        world.mask_on = false;
        world.seen = Some(|live| {
            live.detection.verdict = Verdict::TooSmall;
            live.detection.score = 0.0;
            live.detection.regions.clear();
        });
    });
    looks(results, "live_still", STAGE, still, draw);
    let unplugged = changed(|world| world.view.cameras[0].state = world::blind(BlindReason::Unplugged));
    looks(results, "live_unplugged", STAGE, unplugged, draw);
    let stopped = changed(|world| {
        world.view.cameras[0].state = world::blind(BlindReason::Stopped);
        world.view.local.on = false;
        world.without_picture = true;
    });
    looks(results, "live_stopped", STAGE, stopped, draw);
    let zones = changed(|world| {
        let mut settings = (*world.view.settings).clone();
        settings.defaults.motion.zones = world::zones();
        world.view.settings = settings.into();
    });
    looks(results, "live_zones", STAGE, zones, draw);
    looks(results, "live_smallest_area", STAGE, changed(|world| world.guide = Guide::Area(0.01)), draw);
}

#[test]
fn cameras() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut CameraStrip, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "cameras", [720.0, 76.0], World::busy, draw);
    looks(results, "cameras_recording", [720.0, 76.0], changed(keep_all), draw);
}

#[test]
fn ledger() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut LedgerPanel, ui: &mut Ui, snapshot: &Snapshot| panel.ui(ui, snapshot);
    looks(results, "ledger", [336.0, 168.0], World::busy, draw);
    let nothing = changed(|world| {
        let look = world.ledger.as_mut().unwrap();
        (look.hour, look.today) = Default::default();
    });
    looks(results, "ledger_nothing", [336.0, 136.0], nothing, draw);
}

#[test]
fn kept() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut KeptStrip, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "kept", [720.0, 172.0], World::busy, draw);
    let nothing = changed(|world| world.gallery.replace(Vec::new(), None));
    looks(results, "kept_nothing", [720.0, 172.0], nothing, draw);
    let unreadable = changed(|world| {
        world.gallery.replace(Vec::new(), None);
        world.gallery.fail("failed to use the index: it is damaged; run `framekeep library rebuild`".to_owned());
    });
    looks(results, "kept_unreadable", [720.0, 172.0], unreadable, draw);
}

#[test]
fn viewer() {
    let results = &mut SnapshotResults::new();
    let open = |panel: &mut Viewer, ui: &mut Ui, snapshot: &Snapshot| {
        panel.open(Some(snapshot.gallery.frames()[2].id));
        let path = "/home/operator/Pictures/Framekeep/operator/2026-11-21/140217.000Z_webcam_2.jpg";
        let shown = Shown { path: Some(path.into()), film: Some("/home/operator/clip.mp4".into()), ..Shown::default() };
        panel.ui(ui, snapshot, &shown);
    };
    looks(results, "viewer", [880.0, 600.0], World::busy, open);
    let broken = |panel: &mut Viewer, ui: &mut Ui, snapshot: &Snapshot| {
        panel.open(Some(snapshot.gallery.frames()[0].id));
        let problem = "The file /media/stick/140231.000Z_webcam_0.jpg cannot be read: No such file or directory.";
        panel.ui(ui, snapshot, &Shown { problem: Some(problem.to_owned()), ..Shown::default() });
    };
    looks(results, "viewer_gone", [880.0, 600.0], World::busy, broken);
}

#[test]
fn invitation() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut InvitationPanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "invitation", [336.0, 420.0], World::busy, draw);
    let operator = changed(|world| world.view.invitation.as_mut().unwrap().role = Role::Operator);
    looks(results, "invitation_operator", [336.0, 436.0], operator, draw);
    looks(results, "invitation_joining", [336.0, 800.0], world::joining, draw);
    let nobody = changed(|world| world.view.joining.nobody = Some(world::nobody()));
    looks(results, "invitation_nobody", [336.0, 540.0], nobody, draw);
    let starting = changed(|world| {
        world.view.invitation = None;
        world.view.server = ServerState::Starting;
    });
    looks(results, "invitation_starting", [336.0, 96.0], starting, draw);
    let failed = changed(|world| {
        let why = "failed to listen on 0.0.0.0:8443: address in use; choose another with --listen ADDR:PORT";
        world.view.invitation = None;
        world.view.server = ServerState::Failed(why.to_owned());
    });
    looks(results, "invitation_failed", [336.0, 128.0], failed, draw);
}

#[test]
fn requests() {
    let results = &mut SnapshotResults::new();
    looks(results, "requests", [336.0, 144.0], World::busy, |panel: &mut RequestsPanel, ui, snapshot| {
        panel.ui(ui, snapshot);
    });
}

#[test]
fn devices() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut DevicesPanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "devices", [336.0, 168.0], World::busy, draw);
    looks(results, "devices_none", [336.0, 96.0], changed(|world| world.view.devices.clear()), draw);
    let rename = ("devices_editing", "Edit anna, iPhone, Safari");
    looks_after(results, rename, [336.0, 168.0], DevicesPanel::ui);
    let revoke = ("devices_revoking", "Revoke anna, iPhone, Safari");
    looks_after(results, revoke, [336.0, 228.0], DevicesPanel::ui);
}

#[test]
fn source() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut SourcePanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "source_on", [336.0, 164.0], World::busy, draw);
    let recording = changed(|world| {
        world.view.local.recording = Some(world::recording(0));
        world.view.settings = std::sync::Arc::new(framekeep::config::Settings {
            record: framekeep::domain::RecordSettings { always: true, segment_mins: 10 },
            ..(*world.view.settings).clone()
        });
    });
    looks(results, "source_recording", [336.0, 164.0], recording, draw);
    let off = changed(|world| {
        world.view.local.on = false;
        world.view.local.info = None;
        world.view.local.choice = CameraChoice::Named("USB Camera".to_owned());
    });
    looks(results, "source_off", [336.0, 164.0], off, draw);
    let automatic = changed(|world| {
        world.view.local.on = false;
        world.view.local.info = None;
    });
    looks(results, "source_automatic_off", [336.0, 164.0], automatic, draw);
    looks(results, "source_file", [336.0, 224.0], World::busy, |panel: &mut SourcePanel, ui, snapshot| {
        panel.ask_for_file();
        panel.ui(ui, snapshot);
    });
}

#[test]
fn watching() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut WatchingPanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    looks(results, "watching_motion", [336.0, 292.0], World::busy, draw);
    looks(results, "watching_all", [336.0, 292.0], changed(keep_all), draw);
}

#[test]
fn folder() {
    let results = &mut SnapshotResults::new();
    looks(results, "folder", [336.0, 136.0], World::busy, |panel: &mut FolderPanel, ui, snapshot| {
        panel.ui(ui, snapshot);
    });
}

#[test]
fn help_and_toast() {
    let results = &mut SnapshotResults::new();
    looks(results, "help", [640.0, 440.0], World::busy, |panel: &mut Help, ui, _| {
        panel.open(true);
        panel.ui(ui);
    });
    looks(results, "toast", [420.0, 96.0], World::busy, |panel: &mut Toast, ui, _| {
        panel.say("Frame deleted", true);
        panel.ui(ui);
    });
}

#[test]
fn jobs() {
    let results = &mut SnapshotResults::new();
    let draw = |panel: &mut JobsPanel, ui: &mut Ui, snapshot: &Snapshot| {
        panel.ui(ui, snapshot);
    };
    let some = changed(|world| world.view.jobs = world::jobs().into());
    looks(results, "jobs", [336.0, 300.0], some, draw);
    let silent = changed(|world| {
        let trouble = Some("the queue at 192.168.1.5:6379 does not answer".to_owned());
        world.view.jobs =
            framekeep::control::JobsView { any: true, paused: true, trouble, ..Default::default() }.into();
    });
    looks(results, "jobs_silent", [336.0, 132.0], silent, draw);
}
