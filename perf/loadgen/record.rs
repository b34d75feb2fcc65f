//! What one thread counts.

use std::sync::mpsc::Sender;

use hdrhistogram::{CreationError, Histogram};

use super::clock::SECOND;
use super::replies::{Expect, Sent, Verdict};

/// Counts of a run, or of one thread's part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Replies to requests inside the window.
    pub(crate) requests: u64,
    /// Error replies, at any time.
    pub(crate) errors: u64,
    /// Replies that were not what they must be, at any time.
    pub(crate) wrong: u64,
    /// Keys without a value, where that is allowed.
    pub(crate) missing: u64,
    /// Connections that ended.
    pub(crate) lost: u64,
    /// Requests that were sent and never answered.
    pub(crate) unanswered: u64,
    /// Open loop: requests that were due and never sent, because too many waited for replies.
    pub(crate) unsent: u64,
    /// Open loop: requests that were sent late for the same reason.
    pub(crate) held_back: u64,
}

/// The times between which replies count, in ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Requests count by when they were due, not by when their replies came.
    pub(crate) is_by_due: bool,
    /// From here on.
    pub(crate) from: u64,
    /// Up to here.
    pub(crate) until: u64,
}

/// Latencies of one thread and one second.
#[derive(Debug)]
pub(crate) struct Interval {
    /// Begin, in ns of the clock.
    pub(crate) from: u64,
    /// End.
    pub(crate) until: u64,
    /// In ns.
    pub(crate) latencies: Histogram<u64>,
}

/// Counts and latencies of one thread.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// What counts.
    pub(crate) window: Window,
    /// Counts so far.
    pub(crate) totals: Totals,
    /// When the last reply came that counted.
    pub(crate) last_at: u64,
    /// How late requests left, in ns; open loop only.
    pub(crate) lateness: Histogram<u64>,
    /// All latencies, in ns.
    pub(crate) latencies: Histogram<u64>,
    /// Those since the last second was over.
    interval: Histogram<u64>,
    interval_from: u64,
    /// A latency and how often it came in a row: a pipeline's replies come together, so that most
    /// need not be looked up.
    run: (u64, u64),
}

/// Latencies beyond this count as this.
const LATENCY_MAX: u64 = 3_600 * SECOND;
/// Values are kept to within 0.1 %.
const DIGITS: u8 = 3;

/// An empty histogram of times in ns.
pub(crate) fn histogram() -> Result<Histogram<u64>, CreationError> {
    Histogram::new_with_max(LATENCY_MAX, DIGITS)
}

// === impl Recorder ===

impl Recorder {
    /// Nothing counted yet.
    pub(crate) fn new(window: Window) -> Result<Self, CreationError> {
        Ok(Self {
            window,
            totals: Totals::default(),
            last_at: window.from,
            lateness: histogram()?,
            latencies: histogram()?,
            interval: histogram()?,
            interval_from: window.from,
            run: (0, 0),
        })
    }

    /// A reply came at `now`.
    #[inline]
    pub(crate) fn reply(&mut self, sent: Sent, verdict: Verdict, now: u64) {
        match verdict {
            Verdict::Right => {}
            Verdict::Missing => self.totals.missing += 1,
            Verdict::Wrong => self.totals.wrong += 1,
            Verdict::Error => self.totals.errors += 1,
        }
        if sent.expect == Expect::Greeting {
            return;
        }
        if self.counts(sent.at, now) {
            self.totals.requests += 1;
            self.last_at = now;
            self.record(now.saturating_sub(sent.at));
        }
    }

    #[inline]
    fn counts(&self, due: u64, now: u64) -> bool {
        let at = if self.window.is_by_due { due } else { now };
        self.window.from <= at && at < self.window.until
    }

    #[inline]
    fn record(&mut self, latency: u64) {
        if self.run.0 != latency {
            self.end_run();
            self.run = (latency, 0);
        }
        self.run.1 += 1;
    }

    fn end_run(&mut self) {
        let (latency, count) = self.run;
        if count > 0 {
            self.interval.saturating_record_n(latency, count);
            self.run.1 = 0;
        }
    }

    /// A request that was due at `due` leaves at `now`.
    #[inline]
    pub(crate) fn leaves(&mut self, due: u64, now: u64) {
        if self.counts(due, now) {
            self.lateness.saturating_record(now.saturating_sub(due));
        }
    }

    /// Requests that were due at `due` are not sent at all; they would have taken longer than until `now`.
    pub(crate) fn unsent(&mut self, due: u64, now: u64, count: u64) {
        if self.counts(due, now) {
            self.totals.unsent += count;
            (0..count).for_each(|_| self.record(now.saturating_sub(due)));
        }
    }

    /// A request that was due at `due` has no reply and gets none.
    pub(crate) fn unanswered(&mut self, due: u64, now: u64) {
        self.totals.unanswered += 1;
        if self.window.is_by_due && self.counts(due, now) {
            self.record(now.saturating_sub(due));
        }
    }

    /// The latencies since the last call.
    pub(crate) fn end_interval(&mut self, now: u64, to: &Sender<Interval>) {
        self.end_run();
        if self.interval.is_empty() {
            self.interval_from = self.interval_from.max(now);
            return;
        }
        let empty = Histogram::new_from(&self.interval);
        let added = self.latencies.add(&self.interval);
        debug_assert!(added.is_ok(), "both have one shape");
        let interval = Interval {
            from: std::mem::replace(&mut self.interval_from, now),
            until: now,
            latencies: std::mem::replace(&mut self.interval, empty),
        };
        // Who no longer listens has given up the whole run.
        let _ = to.send(interval);
    }
}

// === impl Totals ===

impl Totals {
    /// Something went wrong that must not.
    pub(crate) fn has_failures(&self) -> bool {
        self.errors + self.wrong + self.lost + self.unanswered > 0
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.wrong += other.wrong;
        self.missing += other.missing;
        self.lost += other.lost;
        self.unanswered += other.unanswered;
        self.unsent += other.unsent;
        self.held_back += other.held_back;
    }
}
