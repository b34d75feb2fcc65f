//! Which nodes cannot be reached, how long requests wait for them, and which links are kept open.

use super::super::node::NodeEntry;
use super::super::time::Time;
use super::{NodeRef, Purpose, Routes};
use crate::cluster::Slot;

// === impl Routes ===

impl Routes {
    /// Where the spread of attempts to connect begins; other workers and proxies begin elsewhere.
    pub(in super::super) fn seed(&mut self, seed: u64) {
        self.luck = seed;
    }

    /// A small number by chance.
    pub(super) fn draw(&mut self) -> u8 {
        // Knuth's MMIX; its high bits are the good ones.
        self.luck = self
            .luck
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.luck.to_be_bytes()[0]
    }

    /// If any node may be down.
    pub(in super::super) fn has_outages(&self) -> bool {
        self.nodes.iter().any(NodeEntry::has_outage)
    }

    /// A node could not be reached, and last said something at `answered_at`.
    pub(in super::super) fn note_down(&mut self, node: NodeRef, answered_at: Time, now: Time) {
        let memory = self.settings.memory;
        if let Some(entry) = self.node_mut(node) {
            entry.note_down(memory, answered_at, now);
        }
    }

    /// These slots have other primaries, on the word of the cluster: what was held against them counts no more, so
    /// they are tried at once and waited for like any primary that was just lost.
    pub(in super::super) fn forgive_primaries(&mut self, changed: &[Slot]) {
        let mut last = None;
        for slot in changed {
            let primary = self.primary_of(*slot);
            if primary == last {
                continue;
            }
            last = primary;
            if let Some(entry) = primary.and_then(|node| self.node_mut(node)) {
                entry.note_success();
            }
        }
    }

    /// Since when a node cannot be reached, if it could not lately.
    pub(in super::super) fn down_since(&self, node: NodeRef, now: Time) -> Option<Time> {
        self.node(node)?.down_since(self.settings.memory, now)
    }

    /// Until when requests wait for a node that cannot be reached; nothing if it can.
    pub(in super::super) fn outage(&self, node: NodeRef, now: Time) -> Option<Time> {
        Some(self.down_since(node, now)?.plus(self.settings.hold))
    }

    /// If a node has been lost for longer than requests wait for it.
    #[cold]
    pub(in super::super) fn is_given_up(&self, node: NodeRef, now: Time) -> bool {
        self.outage(node, now).is_some_and(|until| now >= until)
    }

    /// Gives reads that others can serve to them, until a node works again; false if that is so already.
    pub(in super::super) fn avoid(&mut self, node: NodeRef) -> bool {
        self.node_mut(node)
            .is_some_and(|entry| !std::mem::replace(&mut entry.is_avoided, true))
    }

    /// Nodes that would get reads if they worked, and over which links.
    pub(in super::super) fn avoided(&self) -> Vec<(NodeRef, Purpose)> {
        let readers = self.shards.iter().flat_map(|shard| &shard.readers);
        let avoided = readers.filter(|reader| !self.is_alive(reader.node));
        avoided
            .map(|reader| (reader.node, reader.purpose))
            .collect()
    }

    /// Until when requests wait for a primary of a slot that has none.
    pub(in super::super) fn uncovered_until(&self) -> Time {
        match self.uncovered_since {
            Some(since) => since.plus(self.settings.hold),
            None => Time(u64::MAX),
        }
    }

    /// Notes if the map has a primary for each slot.
    pub(in super::super) fn note_coverage(&mut self, now: Time) {
        let is_covered = self.covered() == crate::cluster::SLOTS;
        let since = self.uncovered_since.take().unwrap_or(now);
        self.uncovered_since = (!is_covered).then_some(since);
    }

    /// Nodes to which links are kept: all primaries, and the replicas that may take over if `standby`.
    pub(in super::super) fn wanted(&self, standby: bool) -> Vec<NodeRef> {
        let mut wanted = self.primaries();
        if standby {
            let replicas = self.shards.iter().flat_map(|shard| &shard.replicas);
            let lives = |node: &NodeRef| self.node(*node).is_some_and(|entry| !entry.has_failed);
            wanted.extend(replicas.copied().filter(lives));
        }
        wanted
    }
}
