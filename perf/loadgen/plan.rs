//! What is to be done: everything that the threads share and none of them changes.

use super::chance::Keys;
use super::mix::Mix;
use super::replies::Rules;
use super::routes::Routes;
use super::schedule::Arrivals;

/// One run, as all threads see it. Times are in ns.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is sent.
    pub(crate) mix: Mix,
    /// What must come back.
    pub(crate) rules: Rules,
    /// When it is sent.
    pub(crate) pace: Pace,
    /// How long nothing is counted.
    pub(crate) warmup: u64,
    /// When it is over.
    pub(crate) end: End,
    /// Where each key goes, if the target is a cluster.
    pub(crate) routes: Option<Routes>,
    /// Where all chance comes from.
    pub(crate) seed: u64,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// Each client sends a batch, waits for all its replies, and sends the next one.
    Closed {
        /// Requests of a batch.
        pipeline: usize,
    },
    /// On a schedule.
    Open {
        /// Requests per second of all threads.
        rate: f64,
        /// Requests that are due at the same time.
        burst: usize,
        /// How the due times are spread.
        arrivals: Arrivals,
        /// Requests of one client that may wait for replies.
        in_flight_max: usize,
    },
}

/// When a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// After so many ns of counting.
    After(u64),
    /// After so many counted requests of all threads.
    Requests(u64),
}

/// The part of one thread.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// Which thread it is, from 0.
    pub(crate) index: usize,
    /// How many there are.
    pub(crate) threads: usize,
    /// How many of the requests it counts, if they are counted.
    pub(crate) requests: u64,
    /// Where its keys come from.
    pub(crate) keys: Keys,
}

// === impl Plan ===

impl Plan {
    /// Connections of each client.
    pub(crate) fn links_per_client(&self) -> usize {
        self.routes
            .as_ref()
            .map_or(1, |routes| routes.addrs().len())
    }
}

// === impl Share ===

impl Share {
    /// This thread's part of a number that is spread evenly.
    pub(crate) fn of(index: usize, threads: usize, number: u64) -> u64 {
        let (index, threads) = (index as u64, threads.max(1) as u64);
        number / threads + u64::from(index < number % threads)
    }
}
