//! What control knows, for the admin port in the same executor.
//!
//! Control writes it at its ticks; readers borrow it for a moment and never across an `await`.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::cluster::{MapVersion, SlotMap};
use crate::metrics::{Reloads, WorkerStats};

/// What control knows.
#[derive(Debug)]
pub struct State {
    clock: Instant,
    /// The slot map in force.
    pub map: Rc<SlotMap>,
    /// A slot map was learned and every worker has been sent one.
    pub is_loaded: bool,
    /// The process was told to stop.
    pub is_draining: bool,
    /// How settings were read again.
    pub reloads: Reloads,
    /// Lines of the log that were dropped because it was not read.
    pub log_lost: Arc<AtomicU64>,
    /// Takeovers by another process that have failed.
    pub takeovers_failed: u64,
    /// Another process has taken over, and answers on the admin port.
    pub has_heir: bool,
    /// Each worker as it is known here.
    pub workers: Vec<WorkerReport>,
    /// How refreshes ended.
    pub refreshes: Refreshes,
    /// How often certificates and keys were read again.
    pub certificates: Certificates,
    /// Commands that were learned from nodes.
    pub commands: Commands,
    /// Hints that workers sent.
    pub hints: u64,
    /// Nodes and seeds that did not tell the topology when they were last asked.
    pub silent: usize,
    /// The last round of statistics that somebody wants.
    stats_round: u64,
    /// Wakes control, which waits for such a wish among others.
    waker: Option<Waker>,
}

/// One worker as control knows it.
#[derive(Debug, Clone, Default)]
pub struct WorkerReport {
    /// The last numbers that it sent.
    pub stats: WorkerStats,
    /// When it sent them, since the start; `None` if it never did.
    pub stats_at: Option<Duration>,
    /// Version of the last slot map that it was sent.
    pub map_version: MapVersion,
    /// It has ended.
    pub is_gone: bool,
    /// The round of statistics that its numbers answer.
    stats_round: u64,
}

/// How many refreshes ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refreshes {
    /// A new slot map came of it.
    pub changed: u64,
    /// The slot map in force was confirmed.
    pub unchanged: u64,
    /// Nodes answered, but knew of no slot.
    pub empty: u64,
    /// Nobody answered.
    pub unanswered: u64,
}

/// How often files with certificates and keys were read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Certificates {
    /// New connections use what they hold.
    pub changed: u64,
    /// Something was wrong with them, so nothing has changed.
    pub refused: u64,
}

/// What nodes told about their commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Commands {
    /// Commands and subcommands in force that the table does not have.
    pub learned: usize,
    /// Entries that were left out: malformed, or beyond a limit.
    pub skipped: usize,
    /// How questions to nodes ended.
    pub refreshes: CommandRefreshes,
}

/// How many nodes that were asked for their commands answered in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommandRefreshes {
    /// It told something new.
    pub changed: u64,
    /// It told what was known.
    pub unchanged: u64,
    /// It did not tell, or could not be asked.
    pub failed: u64,
}

/// A round of statistics; see [`State::want_stats`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatsRound(u64);

// === impl State ===

impl State {
    /// The state of a control that starts now, with so many workers.
    #[must_use]
    pub fn new(workers: usize, clock: Instant) -> Self {
        Self {
            clock,
            map: Rc::new(SlotMap::empty()),
            is_loaded: false,
            is_draining: false,
            reloads: Reloads::default(),
            log_lost: Arc::default(),
            takeovers_failed: 0,
            has_heir: false,
            workers: vec![WorkerReport::default(); workers],
            refreshes: Refreshes::default(),
            certificates: Certificates::default(),
            commands: Commands::default(),
            hints: 0,
            silent: 0,
            stats_round: 0,
            waker: None,
        }
    }

    /// Time since the start.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Whether clients should be sent here: a slot map was loaded, even if a shard of it is down now,
    /// and no stop is under way, or another process serves them here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_loaded && (!self.is_draining || self.has_heir)
    }

    /// Asks all workers for their numbers.
    pub fn want_stats(&mut self) -> StatsRound {
        self.stats_round += 1;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        StatsRound(self.stats_round)
    }

    /// Whether the numbers of a worker are as new as a round.
    #[must_use]
    pub fn is_fresh(&self, worker: &WorkerReport, round: StatsRound) -> bool {
        worker.stats_round >= round.0
    }

    /// Whether all workers that live have answered a round.
    #[must_use]
    pub fn are_all_fresh(&self, round: StatsRound) -> bool {
        self.workers
            .iter()
            .all(|worker| worker.is_gone || self.is_fresh(worker, round))
    }

    /// Whether somebody wants a later round than `asked`; if not, the next wish wakes `waker`.
    pub(super) fn has_wish(&mut self, asked: StatsRound, waker: &Waker) -> bool {
        let has_wish = self.stats_wanted() > asked;
        if !has_wish {
            self.waker = Some(waker.clone());
        }
        has_wish
    }

    /// The last round that somebody wants.
    pub(super) fn stats_wanted(&self) -> StatsRound {
        StatsRound(self.stats_round)
    }

    /// Takes the numbers of a worker, which answer a round.
    pub(super) fn take_stats(&mut self, worker: usize, stats: WorkerStats, round: StatsRound) {
        let now = self.uptime();
        if let Some(report) = self.workers.get_mut(worker) {
            report.stats = stats;
            report.stats_at = Some(now);
            report.stats_round = round.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a state needs a time of start")]
    fn rounds_of_statistics() {
        let mut state = State::new(2, Instant::now());
        let first = state.want_stats();
        assert!(!state.are_all_fresh(first));
        state.take_stats(0, WorkerStats::default(), first);
        assert!(!state.are_all_fresh(first));
        state.workers[1].is_gone = true;
        assert!(state.are_all_fresh(first), "the ended are not waited for");
        assert!(!state.is_fresh(&state.workers[1], first));
        assert_eq!(state.workers[1].stats_at, None);
        let second = state.want_stats();
        assert!(second > first && !state.are_all_fresh(second));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a state needs a time of start")]
    fn readiness() {
        let mut state = State::new(0, Instant::now());
        assert!(!state.is_ready());
        state.is_loaded = true;
        assert!(state.is_ready());
        state.is_draining = true;
        assert!(!state.is_ready());
        state.has_heir = true;
        assert!(state.is_ready(), "the other process is");
    }
}
