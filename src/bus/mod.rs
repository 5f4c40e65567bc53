//! What happens, told upward: every happening to whoever listens, the latest picture of every stream, and its ledger.
//!
//! It knows the words of `domain` and nothing of who listens. Nothing here waits: a listener that is too slow misses
//! happenings and is told how many, a reader of [`Latest`] sees only the newest value.

mod happening;
mod latest;
mod ledger;
mod metrics;
mod problems;

pub use happening::{Bus, Happening, Listener};
pub use latest::{Counts, Latest, LiveView, StreamSummary};
pub use ledger::{Ledger, Resumed};
pub use metrics::DetectTimes;
pub use problems::{Problem, ProblemKind, Problems};
