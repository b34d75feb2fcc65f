//! What one worker counts: plain numbers of its own, added up when somebody asks.
//!
//! A worker owns one [`WorkerStats`] and bumps its fields; control receives copies, adds them with
//! `+=` and renders them. There is no registry, no atomic and no lock.
//!
//! Costs: a counter is one addition, [`Latency::record`] a few instructions, [`LatencyRun::record`]
//! fewer; a copy of
//! [`WorkerStats`] is about 20 KiB and is made only when control asks.

mod counters;
mod latency;
mod reloads;

use std::ops::AddAssign;

pub use self::counters::{Kind, WorkerCounters};
pub use self::latency::{Latency, LatencyRun};
pub use self::reloads::{Reload, Reloads};

/// Everything that one worker counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkerStats {
    /// Counters and gauges.
    pub counters: WorkerCounters,
    /// Time from a request's last byte read to its reply's last byte handed to the client's output.
    pub latency: Latency,
}

// === impl WorkerStats ===

impl AddAssign<&Self> for WorkerStats {
    fn add_assign(&mut self, other: &Self) {
        self.counters += &other.counters;
        self.latency += &other.latency;
    }
}
