//! Where the panels lie in the window. It knows their order and sizes, nothing of what they show.

use eframe::egui::{self, Rect, Ui, UiBuilder};

use crate::desktop::panels::{
    Banner, CameraStrip, DevicesPanel, FolderPanel, Header, Help, InvitationPanel, JobsPanel, KeptStrip, LedgerPanel,
    LivePanel, RequestsPanel, SourcePanel, Toast, Viewer, WatchingPanel, Welcome,
};
use crate::desktop::snapshot::{Snapshot, Wish};
use crate::desktop::theme;

/// Width of the side panel.
const SIDE: f32 = 336.0;
/// Height of the strip of cameras.
const CAMERAS: f32 = 68.0;
/// Height of the strip of kept frames.
const KEPT: f32 = 168.0;

/// All panels.
#[derive(Default)]
pub struct Panels {
    pub header: Header,
    pub banner: Banner,
    pub live: LivePanel,
    pub welcome: Welcome,
    pub cameras: CameraStrip,
    pub kept: KeptStrip,
    pub ledger: LedgerPanel,
    pub requests: RequestsPanel,
    pub invitation: InvitationPanel,
    pub source: SourcePanel,
    pub watching: WatchingPanel,
    pub devices: DevicesPanel,
    pub jobs: JobsPanel,
    pub folder: FolderPanel,
    pub viewer: Viewer,
    pub toast: Toast,
    pub help: Help,
}

/// Where the panels lie. They are drawn in the order in which Tab goes through them.
pub fn layout_ui(ui: &mut Ui, panels: &mut Panels, snapshot: &Snapshot, only_picture: bool) -> Option<Wish> {
    let bar = egui::Frame::new().fill(theme::palette(ui).window).inner_margin(egui::Margin::symmetric(16, 0));
    let header = egui::Panel::top("header").exact_size(48.0).frame(bar).show_separator_line(false);
    let mut wish = header.show(ui, |ui| panels.header.ui(ui, snapshot)).inner;
    let banner = egui::Panel::top("banner").frame(egui::Frame::NONE).show_separator_line(false).min_size(0.0);
    wish = banner.show(ui, |ui| panels.banner.ui(ui, snapshot)).inner.or(wish);

    let all = ui.available_rect_before_wrap();
    ui.painter().rect_filled(all, 0, theme::palette(ui).window);
    let side = if only_picture { 0.0 } else { SIDE };
    let (left, right) = all.split_left_right_at_x(all.right() - side);
    let welcome = snapshot.nobody_here();
    let below = match (only_picture, welcome) {
        (true, _) => 0.0,
        (false, true) => KEPT,
        (false, false) => CAMERAS + KEPT,
    };
    if only_picture || welcome {
        panels.watching.hidden();
    }
    let (main, below) = left.split_top_bottom_at_y(left.bottom() - below);
    let (cameras, kept) = below.split_top_bottom_at_y(below.bottom() - KEPT.min(below.height()));

    wish =
        part(ui, main, 0.0, |ui| if welcome { panels.welcome.ui(ui, snapshot) } else { panels.live.ui(ui, snapshot) })
            .or(wish);
    if only_picture {
        return wish;
    }
    if !welcome {
        wish = part(ui, cameras, 8.0, |ui| panels.cameras.ui(ui, snapshot)).or(wish);
    }
    wish = part(ui, kept, 8.0, |ui| panels.kept.ui(ui, snapshot)).or(wish);
    part(ui, right, 0.0, |ui| side_ui(ui, panels, snapshot, welcome)).or(wish)
}

fn side_ui(ui: &mut Ui, panels: &mut Panels, snapshot: &Snapshot, welcome: bool) -> Option<Wish> {
    let mut wish = None;
    egui::ScrollArea::vertical().id_salt("side").auto_shrink(false).show(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 0)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            wish = panels.requests.ui(ui, snapshot);
            if !welcome {
                wish = panels.invitation.ui(ui, snapshot).or(wish.take());
            }
            wish = panels.source.ui(ui, snapshot).or(wish.take());
            if !welcome {
                panels.ledger.ui(ui, snapshot);
                wish = panels.watching.ui(ui, snapshot).or(wish.take());
            }
            wish = panels.devices.ui(ui, snapshot).or(wish.take());
            wish = panels.jobs.ui(ui, snapshot).or(wish.take());
            wish = panels.folder.ui(ui, snapshot).or(wish.take());
            ui.add_space(8.0);
        });
    });
    wish
}

/// Draws into a part of the window.
fn part<R>(ui: &mut Ui, rect: Rect, margin: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let inner = rect.shrink(margin);
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        contents(ui)
    })
    .inner
}
