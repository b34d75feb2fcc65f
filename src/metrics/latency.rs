//! A histogram of durations, from one microsecond to one minute.

use std::ops::AddAssign;

use hdrhistogram::Histogram;

/// Equal durations one after the other, on their way into a [`Latency`]: noting many at once costs as much as
/// noting one.
#[derive(Debug, Clone, Copy, Default)]
pub struct LatencyRun {
    ns: u64,
    count: u64,
}

/// How long something took, to about 1 %. Holds: memory is fixed, about 20 KiB.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency {
    micros: Histogram<u64>,
    sum_ns: u64,
}

// === impl LatencyRun ===

impl LatencyRun {
    /// Takes one duration; a run of others goes into `latency` first.
    #[inline]
    pub fn record(&mut self, ns: u64, latency: &mut Latency) {
        if ns != self.ns {
            self.flush(latency);
            self.ns = ns;
        }
        self.count += 1;
    }

    /// Drops what it holds.
    pub fn forget(&mut self) {
        self.count = 0;
    }

    /// Puts what it holds into `latency`.
    pub fn flush(&mut self, latency: &mut Latency) {
        if self.count > 0 {
            latency.record_n(self.ns, std::mem::take(&mut self.count));
        }
    }
}

// === impl Latency ===

impl Latency {
    /// Bounds in microseconds that suit a Prometheus histogram of this range.
    pub const BOUNDS_US: [u64; 19] = [
        50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000,
        100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    ];

    /// Notes one duration. Below a microsecond counts as one, above a minute as a minute.
    pub fn record(&mut self, ns: u64) {
        self.record_n(ns, 1);
    }

    /// Notes the same duration `count` times.
    pub fn record_n(&mut self, ns: u64, count: u64) {
        self.micros
            .saturating_record_n((ns / 1_000).max(LOWEST_US), count);
        self.sum_ns = self.sum_ns.saturating_add(ns.saturating_mul(count));
    }

    /// Durations noted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    /// Sum of all durations as they were given, in nanoseconds.
    #[must_use]
    pub const fn sum_ns(&self) -> u64 {
        self.sum_ns
    }

    /// How many durations were at most `micros`, to the histogram's precision.
    #[must_use]
    pub fn count_up_to_us(&self, micros: u64) -> u64 {
        if micros < LOWEST_US {
            return 0;
        }
        self.micros.count_between(0, micros)
    }

    /// The duration in microseconds that the share `quantile` (0.0 to 1.0) did not exceed;
    /// 0 when nothing was noted.
    #[must_use]
    pub fn quantile_us(&self, quantile: f64) -> u64 {
        self.micros.value_at_quantile(quantile)
    }
}

impl Default for Latency {
    fn default() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the bounds are constants, and a test makes one"
        )]
        let micros = Histogram::new_with_bounds(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
            .expect("constant bounds are valid");
        Self { micros, sum_ns: 0 }
    }
}

impl AddAssign<&Self> for Latency {
    fn add_assign(&mut self, other: &Self) {
        // Cannot fail: both sides have the same bounds.
        let added = self.micros.add(&other.micros);
        debug_assert!(added.is_ok(), "histograms with different bounds");
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
    }
}

const LOWEST_US: u64 = 1;
/// Longer than any timeout that makes sense for a request.
const HIGHEST_US: u64 = 60_000_000;
/// Two digits are 1 % and 20 KiB; three would be 160 KiB per worker for nothing visible.
const SIGNIFICANT_DIGITS: u8 = 2;

#[cfg(test)]
mod tests {
    use super::{Latency, LatencyRun};

    #[test]
    fn runs_count_as_single_ones_do() {
        let (mut single, mut together) = (Latency::default(), Latency::default());
        let mut run = LatencyRun::default();
        for ns in [0, 0, 5_000, 5_000, 5_000, 7_000, 5_000, u64::MAX, u64::MAX] {
            single.record(ns);
            run.record(ns, &mut together);
        }
        run.flush(&mut together);
        run.flush(&mut together);
        assert_eq!(single, together);
        assert_eq!(together.count(), 9);
    }

    #[test]
    fn clamps_to_its_range() {
        let mut latency = Latency::default();
        latency.record(0);
        latency.record(999);
        assert_eq!(latency.quantile_us(1.0), 1);
        latency.record(u64::MAX);
        assert_eq!(latency.count(), 3);
        let longest = latency.quantile_us(1.0);
        assert!((60_000_000..61_000_000).contains(&longest), "{longest}");
        assert_eq!(latency.sum_ns(), u64::MAX);
    }

    #[test]
    fn counts_below_a_bound() {
        let mut latency = Latency::default();
        for micros in [10, 20, 30, 900, 40_000] {
            latency.record(micros * 1_000);
        }
        assert_eq!(latency.sum_ns(), 40_960_000);
        for (bound, count) in [(0, 0), (10, 1), (50, 3), (1_000, 4), (50_000, 5)] {
            assert_eq!(latency.count_up_to_us(bound), count, "up to {bound}");
        }
    }

    #[test]
    fn adds_up() {
        let mut one = Latency::default();
        let mut two = Latency::default();
        one.record(100_000);
        two.record(200_000);
        two.record(300_000);
        one += &two;
        assert_eq!((one.count(), one.sum_ns()), (3, 600_000));
        assert_eq!(one.count_up_to_us(250), 2);
    }

    #[test]
    fn bounds_grow() {
        assert!(Latency::BOUNDS_US.is_sorted_by(|a, b| a < b));
    }
}
