//! When requests are due in the open loop, whatever the replies do.

use super::chance::Chance;
use super::clock::SECOND;

/// How the times between requests are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Arrivals {
    /// All the same.
    Constant,
    /// As those of many independent users: exponentially distributed.
    Poisson,
}

/// The due times of one thread, in order.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    begin: u64,
    gap: f64,
    arrivals: Arrivals,
    /// Gaps from the beginning to what is due next.
    position: f64,
    chance: Chance,
}

// === impl Schedule ===

impl Schedule {
    /// From `begin` on, `rate` times per second, the first time after a `phase` of the gap.
    pub(crate) fn new(begin: u64, rate: f64, phase: f64, arrivals: Arrivals, seed: u64) -> Self {
        let mut schedule = Self {
            begin,
            gap: SECOND as f64 / rate,
            arrivals,
            position: phase,
            chance: Chance::new(seed),
        };
        if arrivals == Arrivals::Poisson {
            schedule.position = schedule.exponential();
        }
        schedule
    }

    /// What is due next. Made from the whole distance each time, so that errors do not add up.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "nanoseconds of a run fit, and positions are not negative"
    )]
    pub(crate) fn due(&self) -> u64 {
        self.begin + (self.position * self.gap) as u64
    }

    /// It was sent: the next one.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.position += match self.arrivals {
            Arrivals::Constant => 1.0,
            Arrivals::Poisson => self.exponential(),
        };
    }

    fn exponential(&mut self) -> f64 {
        // Never the logarithm of 0.
        -(1.0 - self.chance.fraction()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrivals, Schedule};
    use crate::clock::SECOND;

    fn due_times(arrivals: Arrivals, count: usize) -> Vec<u64> {
        let mut schedule = Schedule::new(7, 30_000.0, 0.5, arrivals, 1);
        let times = (0..count).map(|_| {
            let due = schedule.due();
            schedule.advance();
            due
        });
        times.collect()
    }

    #[test]
    fn constant_gaps_do_not_drift() {
        let times = due_times(Arrivals::Constant, 30_000 * 60 + 1);
        assert_eq!(times[0], 7 + SECOND / 60_000);
        assert_eq!(times[30_000 * 60] - times[0], 60 * SECOND);
    }

    #[test]
    fn poisson_gaps_have_the_rate_and_its_spread() {
        let times = due_times(Arrivals::Poisson, 300_000);
        let seconds = (times[299_999] - 7) as f64 / SECOND as f64;
        assert!((9.9..10.1).contains(&seconds), "{seconds}");
        let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // Of exponential gaps, 1 - 1/e are shorter than the mean.
        let short = gaps.iter().filter(|gap| **gap < SECOND / 30_000).count();
        assert!((188_000..191_500).contains(&short), "{short}");
    }
}
