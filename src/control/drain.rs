//! The stop: which workers have finished, and how long the others may take. Pure.

use std::time::Duration;

/// A stop under way.
#[derive(Debug)]
pub(super) struct Drain {
    until: Duration,
    done: Vec<bool>,
}

/// How a stop ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Every worker has finished what was under way.
    Drained,
    /// Time is up; these workers have not.
    TimedOut(Vec<usize>),
}

// === impl Drain ===

impl Drain {
    /// `workers` have to finish before `until`.
    pub(super) fn new(workers: usize, until: Duration) -> Self {
        Self {
            until,
            done: vec![false; workers],
        }
    }

    /// A worker has finished, or has ended.
    pub(super) fn note(&mut self, worker: usize) {
        if let Some(done) = self.done.get_mut(worker) {
            *done = true;
        }
    }

    /// How it ended, if it has.
    pub(super) fn ended(&self, now: Duration) -> Option<Ended> {
        if self.done.iter().all(|done| *done) {
            return Some(Ended::Drained);
        }
        if now < self.until {
            return None;
        }
        let late = self.done.iter().enumerate().filter(|(_, done)| !**done);
        Some(Ended::TimedOut(late.map(|(worker, _)| worker).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_all_are_done_or_time_is_up() {
        let second = Duration::from_secs(1);
        let mut drain = Drain::new(3, second * 10);
        drain.note(1);
        drain.note(1);
        drain.note(7);
        assert_eq!(drain.ended(second * 9), None);
        assert_eq!(drain.ended(second * 10), Some(Ended::TimedOut(vec![0, 2])));
        drain.note(0);
        drain.note(2);
        assert_eq!(drain.ended(second * 9), Some(Ended::Drained));
        assert_eq!(drain.ended(second * 10), Some(Ended::Drained));
        assert_eq!(Drain::new(0, second).ended(second), Some(Ended::Drained));
    }
}
