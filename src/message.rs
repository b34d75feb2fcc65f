//! What control and workers tell each other: values over channels, never shared state.

use crate::cluster::{RefreshReason, SlotMap};
use crate::metrics::WorkerStats;

/// From control to a worker.
#[derive(Debug, Clone)]
pub enum ToWorker {
    /// A new slot map; the worker's own copy.
    SlotMap(Box<SlotMap>),
    /// The worker shall send its numbers.
    Stats,
    /// Clients of the other workers, for the limit that counts them all.
    ClientsElsewhere(usize),
    /// The worker shall accept nothing new and finish what is under way.
    Drain,
}

/// From a worker to control.
#[derive(Debug)]
pub enum ToControl {
    /// A wish for a fresh topology.
    RefreshHint(RefreshReason),
    /// The worker's numbers, as asked.
    Stats {
        /// Index of the worker.
        worker: usize,
        /// Its numbers so far.
        stats: Box<WorkerStats>,
    },
    /// The worker's clients came or went.
    Clients {
        /// Index of the worker.
        worker: usize,
        /// How many it has now.
        now: usize,
    },
    /// The worker has finished everything.
    Drained {
        /// Index of the worker.
        worker: usize,
    },
}
