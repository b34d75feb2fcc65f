//! The worker's clock, which stands still while the worker does.
//!
//! A worker that gets no processor, or whose process is stopped, hears nobody, and what nodes have said meanwhile lies in
//! its sockets. If that time counted, requests would fail whose replies are there, and nodes would be blamed. So of the
//! time between two readings that should follow each other at once only [`STANDSTILL`] counts.

use std::time::{Duration, Instant};

use crate::pipeline::Time;

/// So long a turn, or what comes after a wait, may take before it is a standstill. Busy turns take milliseconds.
const STANDSTILL: Duration = Duration::from_millis(100);

/// Time since the worker was made, without its standstills.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    /// What does not count.
    lost: Duration,
}

// === impl Clock ===

impl Clock {
    pub(super) fn new(started: Instant) -> Self {
        Self {
            started,
            lost: Duration::ZERO,
        }
    }

    fn at(&self, elapsed: Duration) -> Time {
        let counted = elapsed.saturating_sub(self.lost);
        Time(u64::try_from(counted.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The time where the worker goes on, which it should have done at `due` at the latest; and how much does not count
    /// because it did not.
    pub(super) fn go_on(&mut self, due: Time) -> (Time, Duration) {
        self.go_on_at(self.started.elapsed(), due)
    }

    fn go_on_at(&mut self, elapsed: Duration, due: Time) -> (Time, Duration) {
        let gap = Duration::from_nanos(self.at(elapsed).since(due));
        let beyond = gap.saturating_sub(STANDSTILL);
        self.lost += beyond;
        (self.at(elapsed), beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_standstill_only_a_little_counts() {
        let millis = Duration::from_millis;
        let time = |at: u64| Time(at * 1_000_000);
        #[expect(
            clippy::disallowed_methods,
            reason = "readings are made by hand from here on"
        )]
        let mut clock = Clock::new(Instant::now());
        // On time, early, and late by what a busy turn may take.
        for (elapsed, due) in [(10, 10), (20, 30), (130, 30)] {
            let read = clock.go_on_at(millis(elapsed), time(due));
            assert_eq!(read, (time(elapsed), Duration::ZERO), "{elapsed}");
        }
        assert_eq!(
            clock.go_on_at(millis(1640), time(140)),
            (time(240), millis(1400))
        );
        // It goes on from there, and never back.
        assert_eq!(
            clock.go_on_at(millis(1650), time(250)),
            (time(250), Duration::ZERO)
        );
        assert_eq!(
            clock.go_on_at(millis(1900), time(260)),
            (time(360), millis(140))
        );
    }
}
