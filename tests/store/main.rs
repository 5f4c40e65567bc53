//! Workers that share no folder with the program: a queue in Redis, files in an S3 store.
#![cfg(unix)]

mod bytes;
#[path = "../recordings/films.rs"]
#[expect(dead_code, reason = "the tests of recordings use the rest of it")]
mod films;
#[path = "../jobs/places.rs"]
#[expect(dead_code, reason = "the tests of the queue use all of it")]
mod places;
mod s3;
mod site;
#[path = "../library/small_disk.rs"]
#[expect(dead_code, reason = "the tests of the library use all of it")]
mod small_disk;
mod trouble;
mod work;
