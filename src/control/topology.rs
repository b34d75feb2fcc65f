//! A refresh of the topology from its start to a slot map in force, and what the log is told of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::learn::{Learned, learn};
use super::refresh::{Cause, Whom};
use super::{Control, list};
use crate::cluster::{NodeAddr, SLOTS};

/// A refresh under way; its task leaves what it learned in `learned`.
#[derive(Debug)]
pub(super) struct Refresh {
    cause: Cause,
    learned: Rc<RefCell<Option<Learned>>>,
}

// === impl Cause ===

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start => f.write_str("the start"),
            Self::Timer => f.write_str("the refresh interval"),
            Self::Hint(reason) => write!(f, "a hint ({reason:?})"),
            Self::Retry => f.write_str("a refresh that nobody answered"),
        }
    }
}

// === impl Control ===

impl Control {
    pub(super) fn start_refresh(&mut self) {
        let jitter = self.random.next();
        let Some(cause) = self.schedule.try_start(self.clock.elapsed(), jitter) else {
            return;
        };
        let known = Rc::clone(self.broadcast.map());
        let silent: BTreeSet<NodeAddr> = self.silent.keys().cloned().collect();
        let seeds = &self.config.seeds;
        let whom = Whom::choose(&known, &self.told, seeds, &silent, self.round);
        self.round = self.round.wrapping_add(1);
        log::debug!("refresh because of {cause}: asking {}", list(&whom.first));
        let learned = Rc::new(RefCell::new(None));
        let (fetcher, result) = (Rc::clone(&self.fetcher), Rc::clone(&learned));
        // Ends by the deadlines of the fetcher.
        glommio::spawn_local(async move {
            let found = learn(fetcher, whom, known).await;
            *result.borrow_mut() = Some(found);
        })
        .detach();
        self.refresh = Some(Refresh { cause, learned });
    }

    pub(super) fn finish_refresh(&mut self) {
        let Some(refresh) = &self.refresh else { return };
        let Some(learned) = refresh.learned.take() else {
            return;
        };
        let cause = refresh.cause;
        self.refresh = None;
        let covered = learned.map.covered();
        self.schedule.finish(covered > 0, self.clock.elapsed());
        self.note_silent(&learned);
        if covered > 0 {
            self.told.clear();
        }
        let Learned { map, answered, .. } = learned;
        let is_changed = covered > 0 && self.broadcast.offer(map);
        let mut state = self.state.borrow_mut();
        state.silent = self.silent.len();
        let refreshes = &mut state.refreshes;
        if answered.is_empty() {
            refreshes.unanswered += 1;
        } else if covered == 0 {
            refreshes.empty += 1;
        } else if is_changed {
            refreshes.changed += 1;
        } else {
            refreshes.unchanged += 1;
        }
        if is_changed {
            self.book.hint();
            let map = self.broadcast.map();
            state.map = Rc::clone(map);
            log::info!(
                "slot map {}: {} nodes in {} shards serve {covered} of {SLOTS} slots; learned from {} \
                 because of {cause}",
                map.version,
                map.nodes().count(),
                map.shards.len(),
                list(&answered)
            );
        }
    }

    /// Logs who has become silent and who speaks again.
    fn note_silent(&mut self, learned: &Learned) {
        for addr in &learned.answered {
            if self.silent.remove(addr).is_some() {
                log::info!("{addr} tells the topology again");
            }
        }
        for (addr, why) in &learned.silent {
            if self.silent.insert(addr.clone(), why.clone()).is_none() {
                log::warn!("{addr} does not tell the topology: {why}");
            }
        }
        let map = self.broadcast.map();
        let seeds = &self.config.seeds;
        self.silent.retain(|addr, _| {
            seeds
                .iter()
                .any(|seed| *seed.host == *addr.host && seed.port == addr.port)
                || self.told.contains(addr)
                || map
                    .nodes()
                    .chain(learned.map.nodes())
                    .any(|node| node.addr == *addr)
        });
    }
}
