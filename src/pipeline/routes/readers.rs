//! Who serves reads of a slot.

use super::super::link::Purpose;
use super::{NodeRef, Routes};
use crate::cluster::Slot;

/// What the cluster says about a reader that has not failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Availability {
    Loading,
    Online,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// Who is said to be loading comes last: the word may be old, and nobody else may be left.
    pub(super) priority: (Availability, u8),
    pub(super) node: NodeRef,
    pub(super) purpose: Purpose,
}

// === impl Routes ===

impl Routes {
    /// The live reader of the best priority; readers of the same priority take turns.
    pub(super) fn reader(&mut self, slot: Slot) -> Option<(NodeRef, Purpose)> {
        let shard = self.slots.get(slot.index())?;
        let readers = &self.shards.get(usize::from(*shard))?.readers;
        let best = readers
            .iter()
            .find(|reader| self.is_alive(reader.node))?
            .priority;
        let equal = || {
            readers
                .iter()
                .filter(|reader| reader.priority == best && self.is_alive(reader.node))
        };
        let chosen = equal().nth(self.turn % equal().count().max(1)).copied()?;
        self.turn = self.turn.wrapping_add(1);
        Some((chosen.node, chosen.purpose))
    }

    /// A node that failed too often gets no reads until it is known to work, see [`Self::avoided`].
    #[inline]
    pub(super) fn is_alive(&self, node: NodeRef) -> bool {
        self.node(node).is_some_and(|entry| !entry.is_avoided)
    }
}
