//! Bytes under names: what is put is fetched, whole, and nothing outside the prefix is touched.

use std::io::Read;
use std::sync::atomic::{AtomicU32, Ordering};

use framekeep::store::{Store, StoreError};

use crate::s3::{ADDRESS, S3};

const ON: fn() -> bool = || false;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251).to_le_bytes()[0]).collect()
}

#[test]
fn files_of_every_size_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(&folder.path().join("s3"));
    let store = s3.store();
    let part = 8 << 20;
    for length in [0, 1, part - 1, part, part + 1, 3 * part, 3 * part + 77] {
        let (there, name) = (bytes(length), "Anna Ö'Neill/recordings/100% front.door.webm");
        store.put(name, &mut &there[..], there.len() as u64, &ON).unwrap();
        assert_eq!(store.size(name, &ON).unwrap(), length as u64);
        let back = folder.path().join("back");
        assert_eq!(store.fetch(name, &back, &ON).unwrap(), length as u64);
        assert!(std::fs::read(&back).unwrap() == there, "{length} bytes");
        if length <= part {
            assert!(store.read(name, part as u64, &ON).unwrap() == there);
        }
        assert_eq!(store.list(&ON).unwrap().into_iter().collect::<Vec<_>>(), [(name.to_owned(), length as u64)]);
    }
    assert!(matches!(
        store.read("Anna Ö'Neill/recordings/100% front.door.webm", 10, &ON),
        Err(StoreError::Strange { .. })
    ));
}

#[test]
fn what_lies_beside_the_prefix_is_neither_listed_nor_removed() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(folder.path());
    for key in ["holiday.jpg", "house/two/a", "house/one.txt", "house/one-more/a", "house/one/a", "house/one/b/c"] {
        s3.lay(key, b"x");
    }
    let store = s3.store();
    let names: Vec<String> = store.list(&ON).unwrap().into_keys().collect();
    assert_eq!(names, ["a", "b/c"]);
    let mut all = names;
    all.push("never-there".to_owned());
    store.remove(&all, &ON).unwrap();
    assert_eq!(s3.objects(), ["holiday.jpg", "house/one-more/a", "house/one.txt", "house/two/a"]);
    assert!(matches!(store.size("a", &ON), Err(StoreError::Gone)));
    assert!(matches!(store.fetch("a", &folder.path().join("a"), &ON), Err(StoreError::Gone)));
}

/// Gives bytes for ever, and counts.
struct Endless<'a>(&'a AtomicU32);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.fetch_add(1, Ordering::Relaxed);
        buffer.fill(7);
        Ok(buffer.len())
    }
}

#[test]
fn an_upload_that_is_told_to_stop_leaves_nothing_that_could_be_taken_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(folder.path());
    let (store, read) = (s3.store(), AtomicU32::new(0));
    let stop = || read.load(Ordering::Relaxed) > 2_000;
    let outcome = store.put("film.mp4", &mut Endless(&read), 1 << 30, &stop);
    assert!(matches!(outcome, Err(StoreError::Stopped)), "{outcome:?}");
    assert!(store.list(&ON).unwrap().is_empty());
    let parts = std::fs::read_dir(folder.path()).unwrap().flatten();
    let parts: Vec<_> = parts.filter(|entry| entry.file_name().to_string_lossy().contains(".part-")).collect();
    assert!(parts.is_empty(), "its parts take room: {parts:?}");
}

#[test]
fn each_trouble_is_told_with_what_to_do_and_without_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut s3 = S3::start(folder.path());
    let complaint = |address: &str, variables: Vec<(String, String)>| {
        let told = Store::open_with(&address.parse().unwrap(), variables).and_then(|store| store.list(&ON));
        let told = told.unwrap_err().to_string();
        assert!(!told.contains("a-secret-for-tests") && !told.contains("AKTEST"), "{told}");
        told
    };
    for (address, variables, words) in [
        ("s3://nobodys/x", s3.variables(), ["no such bucket", "make it"]),
        (ADDRESS, s3.variables_but("AWS_SECRET_ACCESS_KEY", "wrong"), ["refuses", "AWS_SECRET_ACCESS_KEY"]),
        (ADDRESS, s3.variables_but("AWS_ACCESS_KEY_ID", "nobody"), ["refuses", "AWS_ACCESS_KEY_ID"]),
        (ADDRESS, s3.variables_but("AWS_ALLOW_HTTP", "false"), ["plain http", "AWS_ALLOW_HTTP=true"]),
    ] {
        let told = complaint(address, variables);
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
    let variables = s3.variables();
    s3.kill();
    let told = complaint(ADDRESS, variables);
    assert!(told.contains("does not answer") && told.contains("AWS_ENDPOINT_URL"), "{told}");
}
