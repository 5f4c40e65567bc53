//! Phones on their way in, told as a listener and its routes would tell it, at made-up times.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130";

fn at(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn device(id: &str, role: Role) -> Device {
    Device {
        id: DeviceId(id.to_owned()),
        label: "iPhone, Safari".to_owned(),
        role,
        user: None,
        paired_at: NOW,
        last_seen: NOW,
    }
}

/// A phone at this address that has come as far as the page behind the code.
fn with_page(address: &str) -> Joining {
    let joining = Joining::default();
    for knock in [Knock::Came, Knock::Began, Knock::Secured] {
        joining.knock(ip(address), knock, at(0));
    }
    joining.page(ip(address), IPHONE, true, at(0));
    joining
}

fn only(joining: &Joining, secs: u64) -> JoiningPhone {
    let mut phones = joining.phones(&[], at(secs));
    assert_eq!(phones.len(), 1, "{phones:?}");
    phones.remove(0)
}

#[test]
fn a_phone_goes_through_every_step_and_its_row_ends() {
    let joining = Joining::default();
    let phone = device("a1", Role::Camera);
    let from = ip("192.168.1.20");
    let step = |secs| (only(&joining, secs).step, only(&joining, secs).trouble);
    joining.knock(from, Knock::Came, at(0));
    assert_eq!(step(1), (Step::Reached, None));
    joining.knock(from, Knock::Began, at(1));
    joining.knock(from, Knock::Secured, at(1));
    assert_eq!(step(2), (Step::Certificate, None));
    joining.page(from, IPHONE, true, at(2));
    assert_eq!(step(2), (Step::Page, None));
    assert_eq!(only(&joining, 2).name, "iPhone or iPad at 192.168.1.20");
    joining.paired(from, IPHONE, &phone, at(3));
    assert_eq!(step(4), (Step::Paired, Some(Trouble::NotStarted)));
    assert!(!only(&joining, 4).held, "to type a name takes its time and is no trouble");
    joining.told(from, IPHONE, &phone, Told::Asking, at(5));
    joining.told(from, IPHONE, &phone, Told::Allowed, at(6));
    assert_eq!(step(6), (Step::Camera, None));
    joining.frame(&phone.id, at(7));
    let done = only(&joining, 8);
    assert!(done.done && done.step == Step::FirstFrame && done.todo.is_none(), "{done:?}");
    assert_eq!((done.name.as_str(), &done.device), ("iPhone, Safari", &Some(phone.id.clone())));
    // Whatever the phone does later is no joining.
    joining.told(from, IPHONE, &phone, Told::Hidden, at(9));
    assert!(only(&joining, 9).done);
    assert!(joining.phones(&[], at(28)).is_empty());
    joining.told(from, IPHONE, &phone, Told::Hidden, at(40));
    assert!(joining.phones(&[], at(40)).is_empty());
}

#[test]
fn the_warning_of_the_certificate_is_told_with_what_to_tap_on_that_phone() {
    for (agent, cure) in [(IPHONE, "Show Details"), (ANDROID, "Tap Advanced"), ("", "iPhone: tap Show Details")] {
        let joining = Joining::default();
        let from = ip("192.168.1.20");
        if !agent.is_empty() {
            joining.help(from, agent, at(0));
        }
        joining.knock(from, Knock::Came, at(1));
        joining.knock(from, Knock::Refused, at(1));
        let phone = only(&joining, 1);
        assert_eq!((phone.step, phone.trouble), (Step::Reached, Some(Trouble::CertificateRefused)));
        assert!(phone.held && phone.todo.as_ref().unwrap().contains(cure), "{phone:?}");
        // Tapped: the warning is over.
        joining.knock(from, Knock::Secured, at(9));
        assert_eq!(only(&joining, 9).trouble, None);
        // Of its several connections one may still end in the middle.
        joining.knock(from, Knock::BrokenOff, at(9));
        assert_eq!((only(&joining, 9).step, only(&joining, 9).trouble), (Step::Certificate, None));
    }
}

#[test]
fn a_browser_that_shows_its_warning_without_a_word_is_noticed_by_the_time() {
    let joining = Joining::default();
    joining.knock(ip("10.0.0.9"), Knock::Came, at(0));
    assert_eq!(only(&joining, 4).trouble, Some(Trouble::Silent));
    joining.knock(ip("10.0.0.9"), Knock::Began, at(4));
    assert_eq!(only(&joining, 5).trouble, None);
    assert_eq!(only(&joining, 7).trouble, Some(Trouble::NoPage));
    joining.knock(ip("10.0.0.9"), Knock::BrokenOff, at(10));
    assert_eq!(only(&joining, 10).trouble, Some(Trouble::CertificateRefused));
}

#[test]
fn what_the_page_tells_of_its_camera_is_told_with_its_cure() {
    let phone = device("a1", Role::Camera);
    let cases = [
        (Told::Asking, Trouble::AskingForCamera, "Allow"),
        (Told::Denied, Trouble::CameraDenied, "Website Settings"),
        (Told::Busy, Trouble::CameraBusy, "Close the camera app"),
        (Told::Missing, Trouble::CameraMissing, "photos"),
        (Told::Failed, Trouble::CameraFailed, "Start camera again"),
        (Told::Insecure, Trouble::Insecure, "https"),
        (Told::Hidden, Trouble::PageHidden, "keep it open"),
    ];
    for (told, trouble, cure) in cases {
        let joining = with_page("192.168.1.20");
        joining.paired(ip("192.168.1.20"), IPHONE, &phone, at(1));
        joining.told(ip("192.168.1.20"), IPHONE, &phone, told, at(2));
        let row = only(&joining, 2);
        assert_eq!((row.trouble, row.held), (Some(trouble), true));
        assert!(row.todo.as_ref().unwrap().contains(cure), "{row:?}");
        joining.told(ip("192.168.1.20"), IPHONE, &phone, Told::Allowed, at(3));
        assert_eq!((only(&joining, 3).step, only(&joining, 3).trouble), (Step::Camera, None));
        assert_eq!(only(&joining, 11).trouble, Some(Trouble::NoFrame));
    }
}

#[test]
fn a_page_that_is_seen_again_stands_where_it_stood() {
    let joining = with_page("192.168.1.20");
    let phone = device("a1", Role::Camera);
    joining.paired(ip("192.168.1.20"), IPHONE, &phone, at(1));
    joining.told(ip("192.168.1.20"), IPHONE, &phone, Told::Denied, at(2));
    joining.told(ip("192.168.1.20"), IPHONE, &phone, Told::Seen, at(3));
    assert_eq!(only(&joining, 3).trouble, Some(Trouble::CameraDenied));
    joining.told(ip("192.168.1.20"), IPHONE, &phone, Told::Hidden, at(4));
    joining.told(ip("192.168.1.20"), IPHONE, &phone, Told::Seen, at(5));
    assert_eq!(only(&joining, 5).trouble, Some(Trouble::NotStarted));
}

#[test]
fn codes_that_do_not_work_are_told_apart() {
    let elsewhere = TicketError::Elsewhere(ip("10.0.0.4"));
    let cases = [
        (TicketError::Used, Trouble::CodeUsed),
        (TicketError::Expired, Trouble::CodeExpired),
        (TicketError::Unknown, Trouble::CodeUnknown),
        (elsewhere, Trouble::CodeElsewhere),
    ];
    for (error, trouble) in cases {
        let joining = with_page("192.168.1.20");
        joining.refused(ip("192.168.1.20"), ANDROID, error, at(1));
        let row = only(&joining, 1);
        assert_eq!((row.trouble, row.held, row.device), (Some(trouble), true, None));
        assert!(row.todo.unwrap().contains("Scan the code"));
    }
    let joining = with_page("192.168.1.20");
    joining.page(ip("192.168.1.20"), IPHONE, false, at(1));
    assert_eq!(only(&joining, 1).trouble, Some(Trouble::NotPaired));
    let joining = with_page("192.168.1.20");
    assert_eq!((only(&joining, 5).trouble, only(&joining, 6).trouble), (None, Some(Trouble::NotGoingOn)));
}

#[test]
fn who_only_looks_on_is_through_when_it_has_paired() {
    for role in [Role::Viewer, Role::Operator] {
        let joining = with_page("192.168.1.20");
        joining.paired(ip("192.168.1.20"), IPHONE, &device("a1", role), at(1));
        let row = only(&joining, 1);
        assert!(row.done && row.trouble.is_none() && row.todo.is_none(), "{row:?}");
    }
}

#[test]
fn a_name_that_waits_for_a_yes_is_told() {
    let joining = with_page("192.168.1.20");
    let phone = device("a1", Role::Camera);
    joining.paired(ip("192.168.1.20"), IPHONE, &phone, at(1));
    let request = NameRequest { device: phone.id, label: phone.label, user: "Anna".parse().unwrap(), since: at(2) };
    assert_eq!(joining.phones(&[request], at(3))[0].trouble, Some(Trouble::NameAsked));
    assert_eq!(only(&joining, 4).trouble, Some(Trouble::NotStarted));
}

#[test]
fn a_paired_phone_that_comes_and_goes_makes_no_row_but_its_trouble_does() {
    let joining = Joining::default();
    let (phone, from) = (device("a1", Role::Camera), ip("192.168.1.20"));
    joining.heard(from, at(0));
    for knock in [Knock::Came, Knock::Began, Knock::Secured, Knock::BrokenOff] {
        joining.knock(from, knock, at(1));
    }
    assert!(joining.phones(&[], at(9)).is_empty());
    // Another address makes its browser warn again.
    joining.knock(from, Knock::Refused, at(10));
    assert_eq!(only(&joining, 10).trouble, Some(Trouble::CertificateRefused));
    joining.heard(from, at(11));
    assert_eq!(only(&joining, 11).trouble, Some(Trouble::CertificateRefused), "another browser of it is at home");
    joining.knock(from, Knock::Secured, at(11));
    joining.heard(from, at(11));
    assert!(joining.phones(&[], at(11)).is_empty());
    joining.told(from, IPHONE, &phone, Told::Denied, at(12));
    assert_eq!(only(&joining, 12).trouble, Some(Trouble::CameraDenied));
    // After a while the address may be somebody else's.
    joining.knock(from, Knock::Came, at(700));
    assert_eq!(joining.phones(&[], at(702)).len(), 1);
}

#[test]
fn scripts_and_watchers_of_the_port_are_no_phones() {
    let joining = Joining::default();
    for knock in [Knock::Came, Knock::Began, Knock::Secured] {
        joining.knock(ip("10.0.0.7"), knock, at(0));
    }
    assert!(joining.phones(&[], at(0)).is_empty(), "not shown before it has had time to ask");
    joining.something_else(ip("10.0.0.7"));
    assert!(joining.phones(&[], at(2)).is_empty());
    // What a page loads after it is no end of the phone's row.
    let joining = with_page("10.0.0.7");
    joining.something_else(ip("10.0.0.7"));
    assert_eq!(only(&joining, 1).step, Step::Page);
}

#[test]
fn a_phone_that_scans_twice_has_one_row_and_two_phones_have_two_the_newest_first() {
    let joining = with_page("192.168.1.20");
    let phone = device("a1", Role::Camera);
    joining.paired(ip("192.168.1.20"), IPHONE, &phone, at(1));
    joining.page(ip("192.168.1.20"), IPHONE, true, at(5));
    assert_eq!(joining.phones(&[], at(5)).len(), 2, "it may be another one behind the same address");
    joining.paired(ip("192.168.1.20"), IPHONE, &phone, at(6));
    assert_eq!(only(&joining, 6).device, Some(phone.id));
    joining.page(ip("192.168.1.21"), ANDROID, true, at(7));
    let rows = joining.phones(&[], at(7));
    assert_eq!((rows.len(), rows[0].platform, rows[1].platform), (2, Platform::Android, Platform::Ios));
}

#[test]
fn rows_do_not_pile_up_and_strangers_do_not_push_paired_phones_out() {
    let joining = with_page("192.168.1.20");
    joining.paired(ip("192.168.1.20"), IPHONE, &device("a1", Role::Camera), at(1));
    for n in 0..2000_u32 {
        let stranger = IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n));
        joining.page(stranger, ANDROID, true, at(2));
        joining.heard(stranger, at(2));
    }
    let rows = joining.phones(&[], at(3));
    assert!(rows.len() <= MOST && joining.lock().known.len() <= MOST_KNOWN, "{}", rows.len());
    assert!(rows.iter().any(|row| row.device.is_some()));
    assert_eq!(joining.phones(&[], at(200)).len(), 1, "strangers are forgotten after minutes");
    assert!(joining.phones(&[], at(700)).is_empty());
}

#[test]
fn nobody_is_told_after_half_a_minute_with_the_port_and_the_address() {
    let joining = Joining::default();
    let address: SocketAddr = "192.168.1.23:8443".parse().unwrap();
    assert_eq!(joining.nobody(address, false, at(0)), None);
    assert_eq!(joining.nobody(address, false, at(29)), None);
    let advice = joining.nobody(address, false, at(30)).unwrap();
    let todo = advice.todo.unwrap();
    for word in ["8443", "192.168.1.23", "firewall", "guest", "same Wi-Fi"] {
        assert!(todo.contains(word), "{word}: {todo}");
    }
    assert_eq!(joining.nobody(address, true, at(40)), None, "a phone is here, so the way is open");
    joining.knock(ip("192.168.1.20"), Knock::Came, at(50));
    assert_eq!(joining.nobody(address, false, at(60)), None);
    joining.something_else(ip("192.168.1.20"));
    assert!(joining.nobody(address, false, at(80)).is_some());
    assert_eq!(joining.nobody("10.0.0.4:8443".parse().unwrap(), false, at(81)), None, "another address, another try");
}

#[test]
fn every_sentence_ends_and_every_trouble_names_a_cure_on_every_phone() {
    for trouble in Trouble::ALL {
        for platform in [Platform::Ios, Platform::Android, Platform::Computer, Platform::Unknown] {
            let Advice { what, todo } = words::trouble(trouble, platform);
            let todo = todo.unwrap_or_default();
            assert!(what.ends_with('.') && todo.ends_with('.'), "{trouble:?} {platform:?}: {what} {todo}");
        }
    }
}
