//! What becomes of a recording: a file that can be sought in, a strip of small pictures, and where something moves.

mod bench;
mod container;
mod damage;
mod films;
mod killed;
mod made;
mod outbox;
#[path = "../jobs/places.rs"]
#[expect(dead_code, reason = "the tests of the queue use all of it")]
mod places;
#[path = "../library/small_disk.rs"]
#[expect(dead_code, reason = "the tests of the library use all of it")]
mod small_disk;
mod studio;
mod trouble;
