//! The slot map: which shard serves which slot.
//!
//! `control` builds it from a topology and sends each worker a copy of its own. A worker only reads
//! it, except that it takes over what a MOVED says at once ([`SlotMap::assign`]).
//!
//! Holds: every entry of the table is an index into `shards` or `NO_SHARD`. Costs: a lookup is
//! two loads; a copy is 32 KiB and the shards.

use std::fmt;

use super::node::{Node, NodeAddr, Role};
use super::slot::{SLOTS, Slot};

/// Our number of a slot map; it grows with every map that `control` sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MapVersion(pub u64);

/// A primary and its replicas, which serve the same slots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shard {
    /// The node that takes writes; none while the shard has lost it. It may be marked as failed.
    pub primary: Option<Node>,
    /// The nodes that follow the primary.
    pub replicas: Vec<Node>,
}

/// Slots to shards. Two maps are equal when they say the same of all nodes and slots, whatever their versions.
#[derive(Clone)]
pub struct SlotMap {
    /// Which map this is; an older one never replaces a newer one.
    pub version: MapVersion,
    /// The shards, in the order that the table refers to. Some may serve no slot.
    pub shards: Vec<Shard>,
    /// Where nodes have failed that are in no shard any more: others have taken their slots. Whoever was asked
    /// there does not answer.
    pub lost: Vec<NodeAddr>,
    slots: Box<[u16; SLOTS]>,
}

/// Table entry of a slot that no shard serves; so there are at most 65,535 shards.
const NO_SHARD: u16 = u16::MAX;

// === impl MapVersion ===

impl MapVersion {
    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for MapVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// === impl Shard ===

impl Shard {
    /// A shard of one node, of which only the address is known.
    #[must_use]
    pub fn at(addr: NodeAddr) -> Self {
        Self {
            primary: Some(Node::at(addr, Role::Primary)),
            replicas: Vec::new(),
        }
    }

    /// All its nodes, the primary first.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.primary.iter().chain(&self.replicas)
    }

    /// Makes the replica at `addr` the primary, and the primary a replica. False if no replica is
    /// there.
    fn promote(&mut self, addr: &NodeAddr) -> bool {
        let Some(replica) = self.replicas.iter_mut().find(|node| node.addr == *addr) else {
            return false;
        };
        replica.role = Role::Primary;
        replica.failed = false;
        match &mut self.primary {
            Some(primary) => {
                primary.role = Role::Replica;
                std::mem::swap(primary, replica);
            }
            None => {
                self.replicas.retain(|node| {
                    if node.addr == *addr {
                        self.primary = Some(node.clone());
                    }
                    node.addr != *addr
                });
            }
        }
        true
    }
}

// === impl SlotMap ===

impl SlotMap {
    /// A map without shards, which serves no slot.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            version: MapVersion::default(),
            shards: Vec::new(),
            lost: Vec::new(),
            slots: Box::new([NO_SHARD; SLOTS]),
        }
    }

    /// The shard that serves a slot.
    #[must_use]
    pub fn shard_of(&self, slot: Slot) -> Option<&Shard> {
        self.shards.get(usize::from(self.entry(slot)))
    }

    /// The index in [`shards`](Self::shards) of the shard that serves a slot.
    #[must_use]
    pub fn shard_index(&self, slot: Slot) -> Option<u16> {
        let index = self.entry(slot);
        (index != NO_SHARD).then_some(index)
    }

    /// Number of slots that some shard serves.
    #[must_use]
    pub fn covered(&self) -> usize {
        self.slots
            .iter()
            .filter(|index| **index != NO_SHARD)
            .count()
    }

    /// All nodes of all shards.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.shards.iter().flat_map(Shard::nodes)
    }

    /// Runs of slots with the shard that serves them, in slot order; runs without one are left out.
    #[must_use]
    pub fn ranges(&self) -> Vec<(Slot, Slot, u16)> {
        let mut ranges: Vec<(Slot, Slot, u16)> = Vec::new();
        for slot in (0..=Slot::LAST.number()).filter_map(Slot::new) {
            let Some(index) = self.shard_index(slot) else {
                continue;
            };
            match ranges.last_mut() {
                Some((_, last, shard)) if *shard == index && last.index() + 1 == slot.index() => {
                    *last = slot;
                }
                _ => ranges.push((slot, slot, index)),
            }
        }
        ranges
    }

    /// Adds a shard that serves no slot yet and tells its index; `None` when there are too many.
    pub fn push_shard(&mut self, shard: Shard) -> Option<u16> {
        let index = u16::try_from(self.shards.len())
            .ok()
            .filter(|index| *index != NO_SHARD)?;
        self.shards.push(shard);
        Some(index)
    }

    /// Lets a shard of this map serve the slots `first..=last`. An unknown index changes nothing.
    pub fn set_range(&mut self, first: Slot, last: Slot, shard: u16) {
        if usize::from(shard) >= self.shards.len() {
            debug_assert!(false, "no shard has the index {shard}");
            return;
        }
        if let Some(run) = self.slots.get_mut(first.index()..=last.index()) {
            run.fill(shard);
        }
    }

    /// Takes over what a MOVED said: the primary at `addr` serves `slot`. Tells its shard's index.
    ///
    /// If a replica is known there, the shard has failed over: the replica becomes its primary, for
    /// all its slots. If no node is known there, a shard of that node alone is added. `None` when
    /// there are too many shards.
    pub fn assign(&mut self, slot: Slot, addr: &NodeAddr) -> Option<u16> {
        let owner = |shard: &Shard| {
            shard
                .primary
                .as_ref()
                .is_some_and(|node| node.addr == *addr)
        };
        let index = match self.shards.iter().position(owner) {
            Some(index) => u16::try_from(index).ok()?,
            None => match self.shards.iter_mut().position(|shard| shard.promote(addr)) {
                Some(index) => u16::try_from(index).ok()?,
                None => self.push_shard(Shard::at(addr.clone()))?,
            },
        };
        self.set_range(slot, slot, index);
        Some(index)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a slot is below the length of the table"
    )]
    fn entry(&self, slot: Slot) -> u16 {
        self.slots[slot.index()]
    }
}

impl PartialEq for SlotMap {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.shards == other.shards && self.lost == other.lost
    }
}

impl Eq for SlotMap {}

impl fmt::Debug for SlotMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotMap")
            .field("version", &self.version)
            .field("shards", &self.shards)
            .field("lost", &self.lost)
            .field("covered", &self.covered())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn addr(port: u16) -> NodeAddr {
        NodeAddr::new("10.0.0.1", port)
    }

    fn slot(number: u16) -> Slot {
        Slot::new(number).unwrap()
    }

    fn two_shards() -> SlotMap {
        let mut map = SlotMap::empty();
        for port in [1, 2] {
            let mut shard = Shard::at(addr(port));
            shard
                .replicas
                .push(Node::at(addr(port + 10), Role::Replica));
            map.push_shard(shard).unwrap();
        }
        map.set_range(slot(0), slot(9), 0);
        map.set_range(slot(10), slot(19), 1);
        map
    }

    #[test]
    fn an_empty_map_serves_nothing() {
        let map = SlotMap::empty();
        assert_eq!(map.covered(), 0);
        assert_eq!(map.shard_of(Slot::LAST), None);
        assert_eq!(map.shard_index(Slot::FIRST), None);
        assert!(map.ranges().is_empty());
    }

    #[test]
    fn the_version_does_not_count_for_equality() {
        let map = two_shards();
        let mut other = SlotMap {
            version: MapVersion(7).next(),
            ..map.clone()
        };
        assert_eq!(other.version, MapVersion(8));
        assert_eq!(map, other);
        other.set_range(slot(19), slot(19), 0);
        assert_ne!(map, other);
        assert_eq!(
            other.ranges(),
            [
                (slot(0), slot(9), 0),
                (slot(10), slot(18), 1),
                (slot(19), slot(19), 0)
            ]
        );
    }

    #[test]
    fn a_moved_slot_goes_to_the_known_primary() {
        let mut map = two_shards();
        assert_eq!(map.assign(slot(3), &addr(2)), Some(1));
        assert_eq!(map.shard_index(slot(3)), Some(1));
        assert_eq!(map.shard_index(slot(4)), Some(0));
        assert_eq!(map.shards, two_shards().shards);
    }

    #[test]
    fn a_moved_to_a_replica_is_a_failover() {
        let mut map = two_shards();
        assert_eq!(map.assign(slot(3), &addr(11)), Some(0));
        let shard = map.shard_of(slot(9)).unwrap();
        assert_eq!(shard.primary, Some(Node::at(addr(11), Role::Primary)));
        assert_eq!(shard.replicas, [Node::at(addr(1), Role::Replica)]);

        map.shards[0].primary = None;
        assert_eq!(map.assign(slot(3), &addr(1)), Some(0));
        assert_eq!(map.shards[0], Shard::at(addr(1)));
    }

    #[test]
    fn a_moved_to_an_unknown_node_adds_a_shard() {
        let mut map = two_shards();
        assert_eq!(map.assign(slot(100), &addr(99)), Some(2));
        assert_eq!(map.shard_of(slot(100)), Some(&Shard::at(addr(99))));
        assert_eq!(map.assign(slot(101), &addr(99)), Some(2));
        assert_eq!(map.covered(), 22);
        assert_eq!(map.nodes().count(), 5);
    }

    #[test]
    fn there_are_at_most_65535_shards() {
        let mut map = SlotMap::empty();
        map.shards = vec![Shard::default(); usize::from(NO_SHARD)];
        assert_eq!(map.push_shard(Shard::default()), None);
        assert_eq!(map.assign(slot(0), &addr(1)), None);
        map.shards.pop();
        assert_eq!(map.push_shard(Shard::default()), Some(NO_SHARD - 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lookups_agree_with_a_tree(
            changes in proptest::collection::vec((0u16..16_384, 0u16..16_384, 0u16..8), 0..8),
            moves in proptest::collection::vec((0u16..16_384, 1u16..20), 0..20),
        ) {
            let mut map = SlotMap::empty();
            for port in 1..=8 {
                map.push_shard(Shard::at(addr(port)));
            }
            let mut oracle = BTreeMap::new();
            for (a, b, shard) in changes {
                let (first, last) = (a.min(b), a.max(b));
                map.set_range(slot(first), slot(last), shard);
                oracle.extend((first..=last).map(|number| (number, shard + 1)));
            }
            for (number, port) in moves {
                prop_assert!(map.assign(slot(number), &addr(port)).is_some());
                oracle.insert(number, port);
            }
            prop_assert_eq!(map.covered(), oracle.len());
            for number in 0..16_384 {
                let shard = map.shard_of(slot(number)).and_then(|s| s.primary.as_ref());
                prop_assert_eq!(shard.map(|node| node.addr.port), oracle.get(&number).copied());
            }
            let total: usize =
                map.ranges().iter().map(|(first, last, _)| last.index() - first.index() + 1).sum();
            prop_assert_eq!(total, oracle.len());
        }
    }
}
