//! Waiting without giving the core away.

use std::time::{Duration, Instant};

/// A wait that has begun.
#[derive(Debug)]
pub(super) struct Spin {
    started: Instant,
    longest: Duration,
}

// === impl Spin ===

impl Spin {
    #[expect(clippy::disallowed_methods, reason = "it measures itself")]
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            started: Instant::now(),
            longest,
        }
    }

    /// If it is not over yet. Gives way to the other thread of the core for a moment.
    pub(super) fn goes_on(&self) -> bool {
        std::hint::spin_loop();
        self.started.elapsed() < self.longest
    }
}
