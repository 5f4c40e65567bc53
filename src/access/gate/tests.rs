//! The gate as people meet it: pairing, names, revoking, restarts, and all of these at the same time.

use std::sync::Barrier;

use proptest::prelude::*;

use super::*;
use crate::access::label::MAX_LABEL_CHARS;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn later(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

fn user(name: &str) -> UserName {
    name.parse().unwrap()
}

struct House {
    dir: tempfile::TempDir,
    bus: Bus,
    access: Access,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bus = Bus::default();
        let access = Access::open(dir.path(), bus.clone()).unwrap();
        Self { dir, bus, access }
    }

    /// Another process on the same folder.
    fn neighbour(&self) -> Access {
        Access::open(self.dir.path(), Bus::default()).unwrap()
    }

    fn pair(&self, label: &str, now: Timestamp) -> (DeviceId, String) {
        let ticket = self.access.ticket(Role::Camera, None, now);
        let (device, token) = self.access.redeem(&ticket.secret, None, label, now).unwrap().unwrap();
        (device.id, token)
    }

    fn file(&self, id: &DeviceId) -> PathBuf {
        self.dir.path().join(format!("devices/{id}.json"))
    }
}

#[test]
fn a_ticket_pairs_a_device_and_its_token_is_let_in_also_after_a_restart() {
    let house = House::new();
    let (id, token) = house.pair("iPhone, Safari", NOW);
    let device = house.access.authenticate(&token, later(1)).unwrap();
    assert_eq!((device.id, device.label.as_str(), device.user), (id.clone(), "iPhone, Safari", None));
    assert_eq!(house.neighbour().authenticate(&token, later(2)).unwrap().id, id);
    assert!(house.access.authenticate("a false one", later(1)).is_none());
    assert!(house.access.authenticate("", later(1)).is_none());
}

#[test]
fn of_two_browsers_with_the_same_ticket_at_the_same_time_one_is_paired() {
    for _ in 0..20 {
        let house = House::new();
        let ticket = house.access.ticket(Role::Camera, None, NOW);
        let barrier = Barrier::new(4);
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let race = || {
                barrier.wait();
                house.access.redeem(&ticket.secret, None, "phone", NOW).unwrap().map(|_| ())
            };
            let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|o| o.is_ok() || *o == Err(TicketError::Used)), "{outcomes:?}");
        assert_eq!(house.access.devices().len(), 1);
    }
}

#[test]
fn a_ticket_is_not_used_up_when_the_device_could_not_be_written() {
    let house = House::new();
    let ticket = house.access.ticket(Role::Camera, None, NOW);
    let devices = house.dir.path().join("devices");
    std::fs::remove_dir_all(&devices).unwrap();
    std::fs::write(&devices, "in the way").unwrap();
    assert!(matches!(house.access.redeem(&ticket.secret, None, "phone", NOW), Err(AccessError::Write { .. })));
    std::fs::remove_file(&devices).unwrap();
    assert!(house.access.redeem(&ticket.secret, None, "phone", NOW).unwrap().is_ok());
}

#[test]
fn a_token_made_by_another_process_is_let_in_at_once_however_lately_the_folder_was_looked_at() {
    let house = House::new();
    let (_, own) = house.pair("phone", NOW);
    assert!(house.access.authenticate(&own, NOW).is_some());
    let (device, token) = house.neighbour().create_token(&user("Anna"), "script", NOW).unwrap();
    assert_eq!(house.access.authenticate(&token, NOW).unwrap(), device);
}

#[test]
fn a_device_whose_file_was_deleted_is_locked_out_within_a_second() {
    let house = House::new();
    let (id, token) = house.pair("phone", NOW);
    assert!(house.access.authenticate(&token, NOW).is_some());
    std::fs::remove_file(house.file(&id)).unwrap();
    assert!(house.access.authenticate(&token, later(1)).is_none());
    assert!(house.access.devices().is_empty());
    assert!(matches!(house.access.edit(&id, Some("again"), None), Err(AccessError::UnknownDevice)));
}

#[test]
fn whoever_deletes_the_whole_folder_locks_everybody_out_and_can_pair_again() {
    let house = House::new();
    let (_, token) = house.pair("phone", NOW);
    assert!(house.access.authenticate(&token, NOW).is_some());
    std::fs::remove_dir_all(house.dir.path().join("devices")).unwrap();
    assert!(house.access.authenticate(&token, later(1)).is_none());
    assert!(house.access.devices().is_empty());
    let (_, token) = house.pair("phone", later(2));
    assert!(house.access.authenticate(&token, later(3)).is_some());
}

#[test]
fn a_new_token_that_comes_several_times_at_once_is_let_in_each_time() {
    let house = House::new();
    let (_, own) = house.pair("phone", NOW);
    for round in 1..50 {
        // The folder changed long before: another process made the token, and nobody has asked since.
        let at = later(60 * round);
        assert!(house.access.authenticate(&own, at).is_some());
        let (_, token) = house.neighbour().create_token(&user("Anna"), "script", NOW).unwrap();
        let barrier = Barrier::new(8);
        let let_in = std::thread::scope(|scope| {
            let ask = || {
                barrier.wait();
                house.access.authenticate(&token, at).is_some()
            };
            let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().filter_map(|one| one.join().unwrap().then_some(())).count()
        });
        assert_eq!(let_in, 8, "round {round}");
    }
}

#[test]
fn what_needs_no_look_at_the_disk_is_known_without_one() {
    let house = House::new();
    let (id, token) = house.pair("phone", NOW);
    assert!(house.access.authenticate(&token, NOW).is_some());
    let known = |token: &str, at| {
        let (device, look) = house.access.remembered(token, at);
        (device.map(|device| device.id), look)
    };
    assert_eq!(known(&token, NOW), (Some(id.clone()), false));
    assert_eq!(known(&token, later(1)), (Some(id), true), "its file may have been deleted");
    assert_eq!(known("another", NOW), (None, true), "it may have been made just now");
    assert_eq!(known(&"x".repeat(1000), NOW), (None, false), "it is none");
}

#[test]
fn a_change_does_not_bring_a_deleted_file_back() {
    let house = House::new();
    let (id, _) = house.pair("phone", NOW);
    std::fs::remove_file(house.file(&id)).unwrap();
    assert!(matches!(house.access.edit(&id, Some("other"), None), Err(AccessError::UnknownDevice)));
    assert!(matches!(house.access.choose_user(&id, &user("Anna"), false, NOW), Err(AccessError::UnknownDevice)));
    assert!(!house.file(&id).exists());
}

#[test]
fn a_revoked_device_is_out_at_once_and_stays_out() {
    let house = House::new();
    let (id, token) = house.pair("phone", NOW);
    house.access.revoke(&id).unwrap();
    assert!(house.access.authenticate(&token, NOW).is_none());
    assert!(house.neighbour().authenticate(&token, NOW).is_none());
    assert!(matches!(house.access.revoke(&id), Err(AccessError::UnknownDevice)));
}

#[test]
fn revoking_wins_over_whatever_happens_at_the_same_time() {
    let house = House::new();
    for round in 0..30 {
        let (id, token) = house.pair("phone", NOW);
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                for turn in 0..10 {
                    let _ = house.access.edit(&id, Some(&format!("phone {turn}")), None);
                }
            });
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..50 {
                    house.access.authenticate(&token, NOW);
                    house.access.authenticate("a false one", NOW);
                }
            });
            barrier.wait();
            house.access.revoke(&id).unwrap();
            assert!(house.access.authenticate(&token, NOW).is_none(), "round {round}");
        });
        assert!(!house.file(&id).exists(), "round {round}");
        assert!(house.access.authenticate(&token, later(9)).is_none(), "round {round}");
    }
}

#[test]
fn a_free_name_is_granted_and_one_in_use_is_asked_for() {
    let house = House::new();
    let ((first, _), (second, _)) = (house.pair("first", NOW), house.pair("second", NOW));
    let choose = |id, name, taken| house.access.choose_user(id, &user(name), taken, NOW).unwrap();
    assert_eq!(choose(&first, "Anna", false), NameChoice::Granted);
    assert_eq!(choose(&first, "ANNA", true), NameChoice::Granted, "its own name, whoever else has kept frames");
    assert_eq!(choose(&second, "anna", false), NameChoice::Asked);
    assert_eq!(choose(&second, "anna", false), NameChoice::Asked);
    let requests = house.access.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((&requests[0].device, requests[0].user.as_str()), (&second, "Anna"));
    assert_eq!(house.access.device(&second).unwrap().user, None);
    assert_eq!(choose(&second, "Ben", true), NameChoice::Asked, "a name under which there are frames");
    assert_eq!(house.access.requests()[0].user, user("Ben"));
    assert_eq!(choose(&second, "Carl", false), NameChoice::Granted);
    assert!(house.access.requests().is_empty());
}

#[test]
fn the_first_spelling_of_a_name_stays() {
    let house = House::new();
    let ((first, _), (second, _)) = (house.pair("first", NOW), house.pair("second", later(1)));
    house.access.choose_user(&first, &user("Anna"), false, NOW).unwrap();
    house.access.choose_user(&second, &user("ANNA"), false, NOW).unwrap();
    house.access.approve(&second, &user("aNNa")).unwrap();
    assert_eq!(house.access.device(&second).unwrap().user.unwrap().as_str(), "Anna");
    assert!(house.access.requests().is_empty());
    let (script, _) = house.access.create_token(&user("anna"), "script", NOW).unwrap();
    assert_eq!(script.user.unwrap().as_str(), "Anna");
}

#[test]
fn a_name_is_free_again_when_its_only_device_was_revoked_or_took_another() {
    let house = House::new();
    let ((first, _), (second, _)) = (house.pair("first", NOW), house.pair("second", NOW));
    let choose = |id, name| house.access.choose_user(id, &user(name), false, NOW).unwrap();
    choose(&first, "Anna");
    choose(&first, "Ben");
    assert_eq!(choose(&second, "Anna"), NameChoice::Granted);
    house.access.revoke(&first).unwrap();
    assert_eq!(choose(&second, "Ben"), NameChoice::Granted);
}

#[test]
fn the_operator_s_yes_counts_for_the_name_that_was_shown() {
    let house = House::new();
    let ((first, _), (second, _)) = (house.pair("first", NOW), house.pair("second", NOW));
    house.access.choose_user(&first, &user("Anna"), false, NOW).unwrap();
    house.access.choose_user(&second, &user("Anna"), false, NOW).unwrap();
    assert!(matches!(house.access.approve(&second, &user("Ben")), Err(AccessError::NoRequest)));
    house.access.refuse(&second);
    assert!(house.access.requests().is_empty());
    assert!(matches!(house.access.approve(&second, &user("Anna")), Err(AccessError::NoRequest)));
    assert_eq!(house.access.device(&second).unwrap().user, None);
}

#[test]
fn the_operator_s_own_device_takes_a_name_without_asking() {
    let house = House::new();
    house.access.create_token(&user("Anna"), "script", NOW).unwrap();
    let ticket = house.access.ticket(Role::Operator, None, NOW);
    let (operator, _) = house.access.redeem(&ticket.secret, None, "laptop", NOW).unwrap().unwrap();
    assert_eq!(operator.role, Role::Operator);
    assert_eq!(house.access.choose_user(&operator.id, &user("anna"), true, NOW).unwrap(), NameChoice::Granted);
}

#[test]
fn of_two_devices_that_pick_a_free_name_at_the_same_time_one_gets_it() {
    for _ in 0..20 {
        let house = House::new();
        let devices = [house.pair("first", NOW).0, house.pair("second", NOW).0];
        let barrier = Barrier::new(2);
        let granted = std::thread::scope(|scope| {
            let pick = |id| {
                barrier.wait();
                house.access.choose_user(id, &user("Anna"), false, NOW).unwrap() == NameChoice::Granted
            };
            let racers: Vec<_> = devices.iter().map(|id| scope.spawn(move || pick(id))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).filter(|granted| *granted).count()
        });
        assert_eq!(granted, 1);
        assert_eq!(house.access.requests().len(), 1);
    }
}

#[test]
fn every_change_is_told() {
    let house = House::new();
    let mut listener = house.bus.listen();
    let mut told = || std::iter::from_fn(|| listener.try_recv().ok()).count();
    let ((first, _), (second, _)) = (house.pair("first", NOW), house.pair("second", NOW));
    assert_eq!(told(), 2);
    house.access.choose_user(&first, &user("Anna"), false, NOW).unwrap();
    assert_eq!(told(), 1);
    house.access.choose_user(&second, &user("Anna"), false, NOW).unwrap();
    house.access.choose_user(&second, &user("Anna"), false, NOW).unwrap();
    assert_eq!(told(), 1, "the same request twice is one");
    house.access.refuse(&second);
    house.access.refuse(&second);
    assert_eq!(told(), 1);
    house.access.edit(&first, Some("kitchen"), None).unwrap();
    house.access.revoke(&first).unwrap();
    assert_eq!(told(), 2);
}

#[test]
fn when_a_device_was_last_seen_outlives_the_program_but_is_not_written_for_every_frame() {
    let house = House::new();
    let (id, token) = house.pair("phone", NOW);
    let seen = house.dir.path().join("last_seen.json");
    house.access.authenticate(&token, later(1));
    let written = std::fs::metadata(&seen).unwrap().modified().unwrap();
    for second in 2..59 {
        house.access.authenticate(&token, later(second));
    }
    assert_eq!(std::fs::metadata(&seen).unwrap().modified().unwrap(), written);
    assert_eq!(house.access.device(&id).unwrap().last_seen, later(58));
    drop(house.access);
    let again = Access::open(house.dir.path(), Bus::default()).unwrap();
    assert_eq!(again.device(&id).unwrap().last_seen, later(58));
}

#[test]
fn a_process_that_only_makes_a_token_leaves_the_times_last_seen_alone() {
    let house = House::new();
    let (id, token) = house.pair("phone", NOW);
    house.access.authenticate(&token, later(5));
    let neighbour = house.neighbour();
    neighbour.create_token(&user("Anna"), "script", NOW).unwrap();
    drop(neighbour);
    assert_eq!(house.neighbour().device(&id).unwrap().last_seen, later(5));
}

#[test]
fn a_stranger_s_label_is_short_and_readable() {
    let cases = [
        ("iPhone, Safari", "iPhone, Safari"),
        ("  a\nb\u{202e}c\t\0 ", "a bc"),
        ("", "unnamed device"),
        ("\u{200b}\u{200b}", "unnamed device"),
    ];
    for (label, shown) in cases {
        assert_eq!(readable(label), shown);
    }
    assert_eq!(readable(&"x".repeat(1_000_000)).len(), MAX_LABEL_CHARS);
}

#[test]
fn a_leaked_code_cannot_fill_memory_and_disk() {
    let house = House::new();
    {
        let mut memory = lock(&house.access.memory);
        for number in 0..MAX_DEVICES {
            let device = Device {
                id: DeviceId(format!("{number:016x}")),
                label: "phone".to_owned(),
                role: Role::Camera,
                user: None,
                paired_at: NOW,
                last_seen: NOW,
            };
            memory.remember(Known { device, hash: TokenHash::of(&number.to_string()).unwrap() });
        }
    }
    let ticket = house.access.ticket(Role::Camera, None, NOW);
    assert!(matches!(house.access.redeem(&ticket.secret, None, "phone", NOW), Err(AccessError::TooManyDevices)));
}

#[derive(Debug, Clone)]
enum Step {
    Pair,
    Choose(usize, usize, bool),
    Approve(usize, usize),
    Refuse(usize),
    Revoke(usize),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Pair),
        (0..4usize, 0..3usize, any::<bool>()).prop_map(|(device, name, taken)| Step::Choose(device, name, taken)),
        (0..4usize, 0..3usize).prop_map(|(device, name)| Step::Approve(device, name)),
        (0..4usize).prop_map(Step::Refuse),
        (0..4usize).prop_map(Step::Revoke),
        Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever people do: a device comes to a name in use only by the operator's yes, what the memory says is what the
    /// disk says, and revoked tokens open nothing.
    #[test]
    fn names_are_shared_only_by_the_operator_s_yes(steps in steps()) {
        let House { dir, bus, mut access } = House::new();
        let names = ["Anna", "ben", "CARL"].map(user);
        let mut paired: Vec<(DeviceId, String, bool)> = Vec::new();
        for step in steps {
            let before = access.devices();
            match step {
                Step::Pair => {
                    let ticket = access.ticket(Role::Camera, None, NOW);
                    let (device, token) = access.redeem(&ticket.secret, None, "phone", NOW).unwrap().unwrap();
                    paired.push((device.id, token, true));
                }
                Step::Choose(device, name, taken) => {
                    let Some((id, _, live)) = paired.get(device) else { continue };
                    let in_use = before.iter().any(|d| d.id != *id && d.user.as_ref() == Some(&names[name]));
                    let own = before.iter().any(|d| d.id == *id && d.user.as_ref() == Some(&names[name]));
                    match access.choose_user(id, &names[name], taken, NOW) {
                        Ok(NameChoice::Granted) => prop_assert!(*live && (own || !(in_use || taken))),
                        Ok(NameChoice::Asked) => prop_assert!(*live && !own && (in_use || taken)),
                        Err(_) => prop_assert!(!*live),
                    }
                }
                Step::Approve(device, name) => {
                    let Some((id, ..)) = paired.get(device) else { continue };
                    let asked = access.requests().iter().any(|r| r.device == *id && r.user == names[name]);
                    prop_assert_eq!(access.approve(id, &names[name]).is_ok(), asked);
                }
                Step::Refuse(device) => {
                    let Some((id, ..)) = paired.get(device) else { continue };
                    access.refuse(id);
                }
                Step::Revoke(device) => {
                    let Some((id, _, live)) = paired.get_mut(device) else { continue };
                    prop_assert_eq!(access.revoke(id).is_ok(), *live);
                    *live = false;
                }
                Step::Restart => {
                    drop(access);
                    access = Access::open(dir.path(), bus.clone()).unwrap();
                    prop_assert_eq!(access.devices(), before);
                }
            }
            for (id, token, live) in &paired {
                prop_assert_eq!(access.authenticate(token, NOW).map(|d| d.id), live.then(|| id.clone()));
            }
        }
    }
}
