//! What Prometheus reads, over HTTP, and the dashboard that shows it.

use std::collections::{BTreeMap, BTreeSet};

use framekeep::domain::{JobKind, NewJob};
use framekeep::jobs::JobQueue;
use serde_json::Value;

use crate::house::{Client, House, jpeg, until};
use crate::recordings::recorded;

const DASHBOARD: &str = include_str!("../../assets/grafana-dashboard.json");

/// Every sample by its name with labels; every line is read.
fn samples(client: &Client) -> BTreeMap<String, f64> {
    let answer = client.get("/metrics");
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    assert!(answer.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    let text = answer.text();
    assert_eq!(text.lines().last(), Some("# EOF"));
    let mut described = BTreeSet::new();
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            match rest.split(' ').collect::<Vec<_>>()[..] {
                ["TYPE", name, kind] => {
                    assert!(["gauge", "counter", "histogram"].contains(&kind), "{line}");
                    assert!(described.insert(name.to_owned()), "{name} twice");
                }
                ["HELP", _, ..] | ["EOF"] => {}
                _ => panic!("no comment that is known: {line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let bare = name.split('{').next().unwrap();
        let of = |suffix: &str| described.contains(bare.strip_suffix(suffix).unwrap_or(bare));
        assert!(["_total", "_bucket", "_sum", "_count"].iter().any(|suffix| of(suffix)), "{line} was not described");
        assert!(found.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{name} twice");
    }
    found
}

fn busy_house() -> House {
    let house = House::open();
    let anna = house.script("Anna");
    for seed in 0..3 {
        assert_eq!(anna.frame("front", &jpeg(64, 48, seed)).status, 200);
    }
    recorded(&anna, "a", 1);
    let queue = JobQueue::embedded(std::sync::Arc::clone(&house.library));
    queue.enqueue(&NewJob::new(JobKind::Timelapse, "{}")).unwrap();
    house
}

#[test]
fn what_was_received_saved_and_queued_is_counted() {
    let house = busy_house();
    let operator = house.operator();
    let samples = samples(&operator);
    let value = |name: &str| samples.get(name).copied().unwrap_or_else(|| panic!("{name} in {samples:#?}"));
    assert_eq!(value("framekeep_frames_received_total{user=\"Anna\",camera=\"front\"}").to_bits(), 3_f64.to_bits());
    assert_eq!(value("framekeep_frames_saved_total{user=\"Anna\",camera=\"front\"}").to_bits(), 3_f64.to_bits());
    assert_eq!(value("framekeep_detect_seconds_count").to_bits(), 3_f64.to_bits());
    assert_eq!(value("framekeep_detect_seconds_bucket{le=\"+Inf\"}").to_bits(), 3_f64.to_bits());
    assert!(value("framekeep_detect_seconds_sum") > 0.0);
    assert_eq!(value("framekeep_kept_frames").to_bits(), 3_f64.to_bits());
    assert!(value("framekeep_kept_frames_bytes") > 1000.0 && value("framekeep_kept_recordings_bytes") > 0.0);
    assert_eq!(value("framekeep_jobs{kind=\"timelapse\",state=\"waiting\"}").to_bits(), 1_f64.to_bits());
    assert!(value("framekeep_disk_free_bytes") > 0.0);
    assert!(value("framekeep_devices_online") >= 2.0);
    let version = format!("framekeep_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(value(&version).to_bits(), 1_f64.to_bits());
}

#[test]
fn counters_go_on_from_one_look_to_the_next() {
    let house = busy_house();
    let (anna, operator) = (house.script("Anna"), house.operator());
    let received = || samples(&operator)["framekeep_frames_received_total{user=\"Anna\",camera=\"front\"}"];
    let before = received();
    anna.frame("front", &jpeg(64, 48, 9));
    until("one more is counted", || received() > before);
}

#[test]
fn every_metric_that_the_dashboard_names_is_there() {
    let house = busy_house();
    house.problems.raise(framekeep::bus::Problem {
        kind: framekeep::bus::ProblemKind::DiskFull,
        since: crate::house::now(),
        what: "x".into(),
        todo: "y".into(),
    });
    let samples = samples(&house.operator());
    let names: BTreeSet<_> = samples.keys().map(|name| name.split('{').next().unwrap()).collect();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let words = target["expr"].as_str().unwrap().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            asked.extend(words.filter(|word| word.starts_with("framekeep_")).map(ToOwned::to_owned));
        }
    }
    let missing: Vec<_> = asked.iter().filter(|name| !names.contains(name.as_str())).collect();
    assert!(asked.len() > 15 && missing.is_empty(), "the dashboard names {missing:?}, and there are {names:?}");
    // And the reverse: what is measured is shown, all but what a histogram is made of.
    let unseen = names.iter().filter(|name| !asked.contains(**name));
    let unseen: Vec<_> = unseen.filter(|name| !name.starts_with("framekeep_detect_seconds_")).collect();
    assert!(unseen.is_empty(), "{unseen:?} are shown nowhere");
}
