//! Nobody takes more than their share: not of requests, not of connections, not of time.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::house::{House, SOON, jpeg};
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
