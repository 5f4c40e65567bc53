//! The queue of jobs: one contract, two places.

mod contract;
mod places;
mod workers;
