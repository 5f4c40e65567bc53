//! Nobody takes more than their share: not of requests, not of connections, not of time.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::house::{House, SOON, jpeg, until};
use crate::raw::Line;

#[test]
fn a_device_that_asks_too_often_is_told_when_to_come_back() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let refused = (0..2000).map(|_| anna.get("/api/v1/me")).find(|answer| answer.status != 200).expect("a refusal");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_often"));
    assert_eq!(refused.header("retry-after"), "1");
    let wait = refused.value()["error"]["retry_ms"].as_u64().unwrap();
    assert!((1..=1000).contains(&wait), "{wait}");
    assert_eq!(ben.get("/api/v1/me").status, 200);
    std::thread::sleep(Duration::from_millis(wait));
    assert_eq!(anna.get("/api/v1/me").status, 200);
}

#[test]
fn strangers_are_limited_by_their_address_and_paired_devices_are_not_touched_by_it() {
    let house = House::open();
    let (stranger, anna) = (house.stranger(), house.script("Anna"));
    let refused = (0..2000).map(|_| stranger.get("/healthz")).find(|answer| answer.status != 200).expect("a refusal");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_often"));
    assert_eq!(anna.frame("front", &jpeg(64, 48, 0)).status, 200);
}

#[test]
fn strangers_are_counted_also_where_they_name_another_computer() {
    let house = House::open();
    let stranger = house.stranger().with("Host", "evil.example");
    let refused = (0..2000).map(|_| stranger.get("/healthz")).find(|answer| answer.status != 421).expect("a refusal");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_often"));
}

#[test]
fn a_stranger_s_body_is_not_read_for_long() {
    let house = House::open();
    let mut line = Line::open(&house);
    line.head(&house, "POST /api/v1/cameras/front/frames", &[("Content-Length", "60000000")]);
    let mut sent = 0;
    while line.peek_status().is_none() {
        assert!(sent < 10_000_000, "no answer after {sent} bytes");
        // Once the answer is out the other end may close.
        let _ = line.write(vec![0; 100_000]);
        sent += 100_000;
    }
    assert_eq!(line.status(), 401);
}

#[test]
fn a_frame_that_is_refused_because_its_device_asks_too_often_is_counted_as_dropped() {
    let house = House::open();
    let anna = house.script("Anna");
    assert_eq!(anna.frame("front", &jpeg(64, 48, 0)).status, 200);
    let refused = (0..2000).any(|_| anna.post("/api/v1/cameras/front/frames", &[], b"x").status == 429);
    assert!(refused);
    std::thread::sleep(Duration::from_millis(100));
    let counts = anna.frame("front", &jpeg(64, 48, 1)).value()["counts"].clone();
    assert_eq!(counts["dropped"], 1, "{counts}");
}

#[test]
fn a_device_holds_only_its_share_of_the_memory_for_pictures() {
    let house = House::open();
    let (anna, ben) = (house.script("Anna"), house.script("Ben"));
    let headers = [("Authorization", anna.sends("Authorization")), ("Content-Length", "25000000")];
    let mut lines: Vec<_> = (0..6).map(|_| Line::open(&house)).collect();
    for line in &mut lines {
        line.head(&house, "POST /api/v1/cameras/front/frames", &headers);
        line.write([0xff]).unwrap();
    }
    until("one of six large pictures is refused", || lines.iter_mut().any(|line| line.peek_status() == Some(429)));
    assert_eq!(ben.frame("front", &jpeg(64, 48, 0)).status, 200);
}

#[test]
fn a_thousand_connections_that_say_nothing_keep_nobody_out() {
    let house = House::open();
    let anna = house.script("Anna");
    let silent: Vec<_> = (0..1000).filter_map(|_| TcpStream::connect(house.addr).ok()).collect();
    assert!(silent.len() > 900, "{}", silent.len());
    let start = Instant::now();
    assert_eq!(anna.frame("front", &jpeg(64, 48, 0)).status, 200);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(house.stranger().get("/healthz").status, 200);
    // They are shown out by themselves.
    for mut stream in silent {
        stream.set_read_timeout(Some(SOON)).unwrap();
        assert!(!matches!(stream.read(&mut [0]), Ok(1..)), "it said something to the silent");
    }
}

#[test]
fn one_byte_a_second_is_too_slow() {
    let house = House::open();
    let anna = house.script("Anna");
    let mut line = Line::open(&house);
    let headers = [("Authorization", anna.sends("Authorization")), ("Content-Length", "100000")];
    line.head(&house, "POST /api/v1/cameras/front/frames", &headers);
    let start = Instant::now();
    while start.elapsed() < SOON && line.write([0xff]).is_ok() && line.peek_status().is_none() {
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(line.status(), 408);
    assert!(start.elapsed() > Duration::from_secs(8), "{:?}", start.elapsed());
    assert_eq!(anna.frame("front", &jpeg(64, 48, 0)).status, 200);
}
