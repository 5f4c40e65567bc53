//! The queue of jobs: one contract, two places.

mod bench;
mod contract;
mod machines;
mod places;
mod terminal;
mod vanished;
mod workers;
