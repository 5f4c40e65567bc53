//! Each control, found by its name, asks for what it says.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Ui, accesskit};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};
use framekeep::access::{DeviceId, Role};
use framekeep::control::{Command, FilmWish};
use framekeep::desktop::panels::{
    CameraStrip, DevicesPanel, FolderPanel, Header, InvitationPanel, JobsPanel, KeptStrip, LedgerPanel, LivePanel,
    RequestsPanel, Shown, SourcePanel, Viewer, WatchingPanel, Welcome,
};
use framekeep::desktop::{Guide, Snapshot, Wish, theme};
use framekeep::domain::{BlindReason, CameraChoice, JobId, KeepRule, ThemeChoice};

use crate::world::{self, World};

struct Stage<P> {
    world: World,
    panel: P,
    wishes: Vec<Wish>,
}

type Draw<P> = fn(&mut P, &mut Ui, &Snapshot) -> Option<Wish>;

fn show<P: Default + 'static>(world: World, draw: Draw<P>) -> Harness<'static, Stage<P>> {
    let stage = Stage { world, panel: P::default(), wishes: Vec::new() };
    Harness::builder().with_size([900.0, 640.0]).with_context_setup(theme::install).build_ui_state(
        move |ui, stage: &mut Stage<P>| {
            let wish = draw(&mut stage.panel, ui, &stage.world.snapshot());
            stage.wishes.extend(wish);
        },
        stage,
    )
}

/// Presses the control with this name and returns what it asked for.
fn press<P>(harness: &mut Harness<'_, Stage<P>>, name: &str) -> Vec<Wish> {
    harness.get_by(|node| node.label().as_deref() == Some(name) && is_control(node)).click();
    harness.run();
    std::mem::take(&mut harness.state_mut().wishes)
}

fn is_control(node: &egui_kittest::kittest::AccessKitNode<'_>) -> bool {
    use accesskit::Role;
    matches!(
        node.role(),
        Role::Button | Role::ComboBox | Role::TextInput | Role::Slider | Role::SpinButton | Role::CheckBox
    )
}

fn asked(command: Command) -> Vec<Wish> {
    vec![Wish::Ask(command)]
}

#[test]
fn a_camera_in_the_strip_is_chosen_by_a_click_and_by_the_keyboard() {
    let mut harness = show(World::busy(), CameraStrip::ui);
    let anna = Wish::Watch(world::stream("anna", "phone"));
    assert_eq!(press(&mut harness, "anna · phone: Still").first(), Some(&anna));
    harness.get_by_label("anna · phone: Still").focus();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().wishes, [anna]);
    let ben = "ben · phone: Blind since 14:00: the phone is silent: asleep, out of reach or closed";
    assert!(harness.query_by_label(ben).is_some(), "{harness:?}");
}

#[test]
fn the_mask_can_be_switched() {
    let mut harness = show(World::busy(), LivePanel::ui);
    assert_eq!(press(&mut harness, "Mask"), [Wish::ShowMask(false)]);
}

#[test]
fn a_stopped_camera_is_started_where_its_picture_would_be() {
    let mut world = World::busy();
    world.view.local.on = false;
    world.view.cameras[0].state = world::blind(BlindReason::Stopped);
    let mut harness = show(world, LivePanel::ui);
    assert_eq!(press(&mut harness, "Start camera"), asked(Command::StartCamera));
    assert!(harness.query_all_by_label("Blind since 14:00: stopped; press Start camera").next().is_some());
}

#[test]
fn films_of_a_day_and_of_a_mask_are_ordered_where_a_frame_is_large() {
    let draw = |panel: &mut Viewer, ui: &mut Ui, snapshot: &Snapshot| {
        let frame = snapshot.gallery.frames().iter().find(|frame| frame.event.is_some()).unwrap();
        panel.open(Some(frame.id));
        panel.ui(ui, snapshot, &Shown { film: Some("/clips/front.mp4".into()), ..Shown::default() })
    };
    let world = World::busy();
    let frame = world.gallery.frames().iter().find(|frame| frame.event.is_some()).unwrap().clone();
    let mut harness = show(world, draw);
    let event = frame.event.unwrap();
    let mask = FilmWish::Mask { event, stream: frame.stream.clone() };
    assert_eq!(press(&mut harness, "Film of the mask"), asked(Command::OrderFilm(mask)));
    let wishes = press(&mut harness, "Film of the day");
    let [Wish::Ask(Command::OrderFilm(FilmWish::Day { stream, from, to }))] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!((stream, to.since(*from)), (&frame.stream, Duration::from_hours(24)));
    assert!((*from..*to).contains(&frame.captured_at));
}

#[test]
fn a_request_for_a_name_is_granted_or_not() {
    let request = world::request();
    let mut harness = show(World::busy(), RequestsPanel::ui);
    let yes = asked(Command::Approve(request.device.clone(), request.user.clone()));
    assert_eq!(press(&mut harness, "Yes, iPad, Safari may be anna"), yes);
    assert_eq!(press(&mut harness, "No, iPad, Safari may not be anna"), asked(Command::Refuse(request.device)));
}

#[test]
fn a_device_is_given_another_label_and_user_and_locked_out_after_a_second_press() {
    let phone = DeviceId("00000000000000a1".to_owned());
    let mut harness = show(World::busy(), DevicesPanel::ui);
    assert_eq!(press(&mut harness, "Revoke anna, iPhone, Safari"), []);
    assert_eq!(press(&mut harness, "Lock out"), asked(Command::Revoke(phone.clone())));

    assert_eq!(press(&mut harness, "Edit anna, iPhone, Safari"), []);
    assert!(harness.get_by_label("New label of iPhone, Safari").is_focused(), "the field is ready to type into");
    harness.get_by_label("New label of iPhone, Safari").type_text("Kitchen ");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let label = match harness.state_mut().wishes.drain(..).next() {
        Some(Wish::Ask(Command::ChangeDevice { device, label: Some(label), user: None })) if device == phone => label,
        other => panic!("{other:?}"),
    };
    assert!(label.contains("Kitchen") && label.contains("iPhone, Safari"), "{label}");

    press(&mut harness, "Edit anna, iPhone, Safari");
    type_instead(&mut harness, "User of iPhone, Safari", "a/b");
    assert_eq!(press(&mut harness, "Save"), []);
    assert!(harness.query_by_label_contains("This name cannot be used").is_some());
    type_instead(&mut harness, "User of iPhone, Safari", "Clara");
    let given = Command::ChangeDevice { device: phone, label: None, user: Some("Clara".parse().unwrap()) };
    assert_eq!(press(&mut harness, "Save"), asked(given));
    press(&mut harness, "Edit anna, iPhone, Safari");
    assert_eq!(press(&mut harness, "Save"), [], "nothing was changed");
}

fn type_instead<P>(harness: &mut Harness<'_, Stage<P>>, field: &str, text: &str) {
    harness.get_by_label(field).focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_label(field).type_text(text);
    harness.run();
}

#[test]
fn editing_a_device_leaves_the_keyboard_free() {
    let mut harness = show(World::busy(), DevicesPanel::ui);
    press(&mut harness, "Edit anna, iPhone, Safari");
    for name in ["User of iPhone, Safari", "Save", "Cancel"] {
        harness.key_press(Key::Tab);
        harness.run();
        assert!(harness.get_by_label(name).is_focused(), "{name}");
    }
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(harness.state().wishes.is_empty());
}

#[test]
fn the_code_is_chosen_for_a_camera_a_viewer_or_an_operator() {
    let mut harness = show(World::busy(), InvitationPanel::ui);
    assert_eq!(press(&mut harness, "Code for a camera"), [], "it is shown already");
    assert_eq!(press(&mut harness, "Code for a viewer"), asked(Command::Invite(Role::Viewer)));
    assert_eq!(press(&mut harness, "Code for an operator"), asked(Command::Invite(Role::Operator)));
    let invitation = harness.state_mut().world.view.invitation.as_mut().unwrap();
    invitation.role = Role::Operator;
    harness.run();
    assert!(harness.query_by_label_contains("can do all that this window can").is_some());
    assert_eq!(press(&mut harness, "Code for a camera"), asked(Command::Invite(Role::Camera)));
}

#[test]
fn phones_on_their_way_stand_beside_the_code_with_what_holds_them_up() {
    let mut harness = show(world::joining(), InvitationPanel::ui);
    for words in
        ["It does not believe the certificate and shows its warning.", "The camera is not allowed for the page."]
    {
        assert!(harness.query_by_label(words).is_some(), "{words}");
    }
    assert!(harness.query_all_by_label("certificate: held up").count() == 1);
    assert!(harness.query_all_by_label("camera: held up").count() == 1);
    harness.state_mut().world.view.joining.phones.clear();
    harness.state_mut().world.view.joining.nobody = Some(world::nobody());
    harness.run();
    assert!(harness.query_by_label("No phone has reached this computer yet.").is_some());
}

#[test]
fn a_number_that_is_dragged_asks_at_a_pace() {
    let mut harness = show(World::busy(), WatchingPanel::ui);
    let number = harness.get_by_label("Most frames a second").rect().center();
    harness.drag_at(number);
    harness.step();
    let start = Instant::now();
    for step in 1_u8..=60 {
        harness.hover_at(number + egui::vec2(f32::from(step) * 3.0, 0.0));
        harness.step();
    }
    let possible = start.elapsed().as_millis() / 150 + 1;
    let asked = harness.state().wishes.len();
    assert!(asked >= 1 && asked as u128 <= possible, "{asked} commands");
    harness.drop_at(number + egui::vec2(180.0, 0.0));
    std::thread::sleep(Duration::from_millis(200));
    harness.run();
    let last = harness.state().wishes.last().cloned();
    let Some(Wish::Ask(Command::SetStream(_, settings))) = last else { panic!("{last:?}") };
    assert!(matches!(settings.keep, KeepRule::Motion { per_second } if per_second > 8.0), "{:?}", settings.keep);
}

#[test]
fn the_camera_is_picked_started_and_stopped() {
    let mut harness = show(World::busy(), SourcePanel::ui);
    assert_eq!(press(&mut harness, "Stop camera"), asked(Command::StopCamera));
    press(&mut harness, "Camera");
    let usb = CameraChoice::Named("USB Camera".to_owned());
    assert_eq!(press(&mut harness, "USB Camera"), asked(Command::ChooseCamera(usb)));
    press(&mut harness, "Camera");
    assert_eq!(press(&mut harness, "Demo scene"), asked(Command::ChooseCamera(CameraChoice::Demo)));
    harness.state_mut().world.view.local.on = false;
    harness.run();
    assert_eq!(press(&mut harness, "Start camera"), asked(Command::StartCamera));
}

#[test]
fn the_camera_is_recorded_and_no_more_by_button_and_for_good_by_the_box() {
    let mut harness = show(World::busy(), SourcePanel::ui);
    assert_eq!(press(&mut harness, "Record"), asked(Command::Record));
    assert_eq!(press(&mut harness, "Always record"), asked(Command::RecordAlways));
    harness.state_mut().world.view.local.recording = Some(world::recording(0));
    harness.run();
    assert_eq!(press(&mut harness, "Stop recording"), asked(Command::StopRecording));
}

#[test]
fn while_it_is_recorded_everybody_before_the_screen_can_see_that() {
    let mut harness = show(World::busy(), Header::ui);
    assert!(harness.query_all_by_label_contains("Recording since").next().is_none());
    harness.state_mut().world.view.local.recording = Some(world::recording(12));
    harness.run();
    assert!(harness.query_all_by_label_contains("Recording since").next().is_some());
    assert!(harness.query_all_by_label_contains("12 frames left out").next().is_some());
}

#[test]
fn a_file_is_played_by_its_path_where_there_is_no_picker() {
    let mut harness = show(World::busy(), SourcePanel::ui);
    press(&mut harness, "Camera");
    assert_eq!(press(&mut harness, "A file or folder…"), [Wish::PickFile]);
    harness.get_by_label("Path of the file to play").focus();
    harness.run();
    harness.get_by_label("Path of the file to play").type_text("/tmp/a clip.mp4");
    harness.run();
    let file = CameraChoice::File(PathBuf::from("/tmp/a clip.mp4"));
    assert_eq!(press(&mut harness, "Play"), asked(Command::ChooseCamera(file)));
}

#[test]
fn sliders_ask_at_once_and_show_their_effect_on_the_picture() {
    let mut harness = show(World::busy(), WatchingPanel::ui);
    let local = world::stream("operator", "webcam");
    let slider = |name| By::new().label(name).role(accesskit::Role::Slider);
    harness.get(slider("Sensitivity")).focus();
    harness.run();
    assert_eq!(harness.state().panel.guide(), Guide::Mask);
    harness.key_press(Key::ArrowRight);
    harness.run();
    match harness.state_mut().wishes.drain(..).next() {
        Some(Wish::Ask(Command::SetStream(stream, settings))) => {
            assert_eq!(stream, local);
            assert!(settings.motion.sensitivity > 0.5, "{}", settings.motion.sensitivity);
        }
        other => panic!("{other:?}"),
    }
    harness.get(slider("Smallest area")).focus();
    harness.run();
    assert!(matches!(harness.state().panel.guide(), Guide::Area(_)));
}

#[test]
fn what_is_kept_is_chosen() {
    let mut harness = show(World::busy(), WatchingPanel::ui);
    press(&mut harness, "Keep");
    match press(&mut harness, "All frames").as_slice() {
        [Wish::Ask(Command::SetStream(_, settings))] => assert_eq!(settings.keep, KeepRule::All { every_secs: 1.0 }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_save_folder_is_changed_by_picker_or_path() {
    let mut harness = show(World::busy(), FolderPanel::ui);
    assert_eq!(press(&mut harness, "Change the save folder"), [Wish::PickFolder]);
    let field = harness.get_by_role(accesskit::Role::TextInput);
    field.focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_role(accesskit::Role::TextInput).type_text("/mnt/disk");
    harness.run();
    let changed = asked(Command::ChangeSaveDir(PathBuf::from("/mnt/disk")));
    assert_eq!(press(&mut harness, "Use this folder"), changed);
}

#[test]
fn another_address_is_put_into_the_code_and_the_address_is_copied() {
    let mut harness = show(World::busy(), InvitationPanel::ui);
    assert_eq!(press(&mut harness, "Copy address"), [Wish::Copy(world::URL.to_owned())]);
    press(&mut harness, "Address in the QR code");
    let other = "10.0.0.4".parse().unwrap();
    assert_eq!(press(&mut harness, "10.0.0.4"), asked(Command::ChooseAddress(Some(other))));
    assert!(harness.query_by_label("QR code that leads a phone to https://192.168.1.23:8443").is_some());
}

#[test]
fn the_empty_window_offers_the_demo_camera_and_a_file() {
    let mut harness = show(World::empty(), Welcome::ui);
    assert!(harness.state().world.snapshot().nobody_here());
    assert_eq!(press(&mut harness, "Use the demo camera"), asked(Command::ChooseCamera(CameraChoice::Demo)));
    assert_eq!(press(&mut harness, "Play a file as a camera"), [Wish::PickFile]);
}

#[test]
fn a_kept_frame_opens_and_the_folder_is_shown() {
    let mut harness = show(World::busy(), KeptStrip::ui);
    let newest = world::kept(1).remove(0);
    assert_eq!(press(&mut harness, "Kept frame of operator, 14:02:31"), [Wish::Open(newest.id)]);
    assert_eq!(press(&mut harness, "Open folder"), [Wish::Reveal(PathBuf::from("/home/operator/Pictures/Framekeep"))]);
}

#[test]
fn only_the_kept_frames_on_the_screen_are_drawn() {
    let mut world = World::busy();
    world.gallery.replace(world::kept(900), None);
    let harness = show(world, KeptStrip::ui);
    let visible = harness.state().panel.visible();
    assert!(visible.start == 0 && (5..9).contains(&visible.end), "{visible:?}");
}

#[test]
fn the_theme_is_switched() {
    let mut harness = show(World::busy(), Header::ui);
    press(&mut harness, "Theme");
    assert_eq!(press(&mut harness, "Light"), asked(Command::ChooseTheme(ThemeChoice::Light)));
}

#[test]
fn tab_reaches_every_control_of_a_panel() {
    let mut harness = show(World::busy(), WatchingPanel::ui);
    let controls = harness.root().children_recursive().filter(|node| is_control(&node.accesskit_node())).count();
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..controls {
        harness.key_press(Key::Tab);
        harness.run();
        let focused =
            harness.root().children_recursive().find(egui_kittest::Node::is_focused).expect("something has the focus");
        reached.insert(format!("{:?}", focused.rect()));
    }
    assert_eq!(reached.len(), controls);
}

#[test]
fn the_last_hour_is_said_in_words_to_who_hears_it_and_to_who_points_at_it() {
    let mut harness = show(World::busy(), |panel: &mut LedgerPanel, ui, snapshot| {
        panel.ui(ui, snapshot);
        None
    });
    let strip = harness.get_by_label_contains("The last hour: watched 41 min, recorded 3 min, blind 3 min");
    let words = strip.accesskit_node().label().unwrap();
    let blind = "Blind 13:29 to 13:32: the camera is unplugged";
    assert!(words.contains(blind) && words.contains("Blind at 13:50: the camera repeats one picture"), "{words}");
    let rect = strip.rect();
    for (minutes_ago, said) in [(32.0, blind), (6.0, "Recorded 13:55 to 13:57"), (55.0, "Not covered at 13:07")] {
        let at = egui::pos2(rect.right() - rect.width() * minutes_ago / 60.0, rect.center().y);
        harness.hover_at(at);
        harness.run_steps(60);
        assert!(harness.query_by_label(said).is_some(), "{minutes_ago} minutes ago: {harness:?}");
    }
}

#[test]
fn a_job_that_failed_is_tried_again_and_one_that_runs_is_cancelled() {
    let mut world = World::busy();
    world.view.jobs = world::jobs().into();
    let mut harness = show(world, JobsPanel::ui);
    assert_eq!(press(&mut harness, "Retry Recording 7"), asked(Command::RetryJob(JobId(7))));
    assert_eq!(press(&mut harness, "Cancel Clip 12"), asked(Command::CancelJob(JobId(12))));
    assert!(harness.query_by_label("Cancel Time-lapse 14").is_none(), "it is being cancelled");
    harness.get_by_label("Clip 12: 25 %, 3 min left");
    let harness = show(World::busy(), JobsPanel::ui);
    assert!(harness.query_by_label("Jobs").is_none(), "there has never been a job");
}
