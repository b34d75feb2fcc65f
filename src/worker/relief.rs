//! When so much memory of buffers has become free that the system should have it back.
//!
//! The C library keeps what was freed, and is right to do so as long as it is needed again. After clients that made
//! buffers grow have left it is not.

use std::time::Duration;

use crate::pipeline::Time;

/// Less is not worth it.
const WORTH: usize = 16 * 1024 * 1024;

/// Buffers that grow and shrink all the time keep their memory for so long.
const PAUSE: Duration = Duration::from_secs(2);

/// The most that buffers have held since memory was given back.
#[derive(Debug, Default)]
pub(super) struct Relief {
    peak: usize,
    peak_at: Time,
}

// === impl Relief ===

impl Relief {
    /// Buffers hold so many bytes `now`; true if most of what they held has been free for a while.
    pub(super) fn note(&mut self, held: usize, now: Time) -> bool {
        if held > self.peak / 4 {
            self.peak = self.peak.max(held);
            self.peak_at = now;
        }
        let is_due = self.peak >= WORTH && now >= self.peak_at.plus(PAUSE);
        if is_due {
            self.peak = held;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::{Relief, WORTH};
    use crate::pipeline::Time;

    #[test]
    fn memory_that_was_much_and_is_free_for_a_while_is_given_back_once() {
        let mut relief = Relief::default();
        let mut given = Vec::new();
        let held = |second: u64| match second {
            3..10 => WORTH,
            11..20 => WORTH / 2,
            _ => WORTH / 10,
        };
        for tenth in 0..400 {
            if relief.note(held(tenth / 10), Time(tenth * 100_000_000)) {
                given.push(tenth);
            }
        }
        assert_eq!(given, [219], "two seconds after it was much last");
    }

    #[test]
    fn little_is_kept() {
        let mut relief = Relief::default();
        let mut note = |held, second: u64| relief.note(held, Time(second * 1_000_000_000));
        assert!(!note(WORTH - 1, 1) && !note(0, 2) && !note(0, 60));
    }
}
