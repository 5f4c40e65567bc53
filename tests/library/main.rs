//! What the library promises to everyone who keeps frames in it.

mod crash;
mod events;
mod fixture;
mod jobs;
mod keeping;
mod ledger;
mod lists;
mod mending;
mod moving;
mod recordings;
mod recordings_crash;
mod small_disk;
mod traces;
mod trouble;
