//! Which nodes there are and what they are now, for requests that are about nodes.
//!
//! The map's word counts here and not what redirects told: after a failover the map's primary and the one of a
//! redirect are the same shard, which must not be taken for two.

use super::super::link::Purpose;
use super::{NodeRef, Routes};
use crate::cluster::{NodeAddr, Slot};

/// A shard as it was when a request was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Owner {
    /// The lowest of its slots.
    pub(in super::super) slot: Slot,
    pub(in super::super) primary: NodeAddr,
    pub(in super::super) replicas: Vec<NodeAddr>,
}

// === impl Owner ===

impl Owner {
    /// If a node belonged to the shard.
    pub(in super::super) fn has(&self, addr: &NodeAddr) -> bool {
        self.primary == *addr || self.replicas.contains(addr)
    }
}

// === impl Routes ===

impl Routes {
    /// If redirects have told of owners that the map does not know.
    pub(in super::super) fn is_outdated(&self) -> bool {
        !self.fixes.is_empty()
    }

    /// The primaries that serve slots. While a failover is not known to all nodes, maps may call the node that was
    /// the primary one still, without slots.
    pub(in super::super) fn primaries_with_slots(&self) -> Vec<NodeRef> {
        let mut owns = vec![false; self.shards.len()];
        for shard in &self.slots {
            if let Some(owns) = owns.get_mut(usize::from(*shard)) {
                *owns = true;
            }
        }
        let shards = self.shards.iter().zip(owns);
        shards
            .filter(|(_, owns)| *owns)
            .filter_map(|(shard, _)| shard.primary)
            .collect()
    }

    /// Every shard to which the map gives slots, in their order; the lowest slot without a primary, if there is
    /// one.
    pub(in super::super) fn owners(&self) -> Result<Vec<Owner>, Slot> {
        let mut by_map = self.slots.clone();
        for (slot, shard) in &self.fixes {
            if let Some(place) = by_map.get_mut(slot.index()) {
                *place = *shard;
            }
        }
        let mut found: Vec<u16> = Vec::new();
        let mut owners: Vec<Owner> = Vec::new();
        for slot in Slot::all() {
            let index = *by_map.get(slot.index()).ok_or(slot)?;
            if found.last() == Some(&index) || found.contains(&index) {
                continue;
            }
            found.push(index);
            let shard = self.shards.get(usize::from(index)).ok_or(slot)?;
            let addr = |node: NodeRef| self.addr(node).cloned();
            let primary = shard.primary.and_then(addr).ok_or(slot)?;
            if owners.iter().any(|owner| owner.primary == primary) {
                continue;
            }
            owners.push(Owner {
                slot,
                primary,
                replicas: shard.replicas.iter().copied().filter_map(addr).collect(),
            });
        }
        Ok(owners)
    }

    /// The primary of a shard now: the same as before, or one of its replicas that has taken over, or whoever has
    /// its slot.
    pub(in super::super) fn primary_now(&self, owner: &Owner) -> Option<NodeRef> {
        let members = std::iter::once(&owner.primary).chain(&owner.replicas);
        let mut nodes = members.filter_map(|addr| self.by_addr.get(addr).copied());
        let primary = nodes.find(|node| self.is_primary(*node));
        primary.or_else(|| self.primary_of(owner.slot))
    }

    /// Replicas of a shard that serve reads before its primary does, as long as they live.
    pub(in super::super) fn preferred_replicas(&self, owner: &Owner) -> Vec<NodeAddr> {
        let shard = self.slots.get(owner.slot.index());
        let shard = shard.and_then(|shard| self.shards.get(usize::from(*shard)));
        let readers = shard.map_or(&[][..], |shard| &shard.readers);
        let replicas = readers
            .iter()
            .take_while(|reader| reader.purpose == Purpose::ReplicaRead)
            .filter(|reader| self.is_alive(reader.node));
        replicas
            .filter_map(|reader| self.addr(reader.node).cloned())
            .collect()
    }

    /// Every node of the map; if only those that live are wanted, not those that the cluster calls failed.
    pub(in super::super) fn members(&self, living: bool) -> impl Iterator<Item = &NodeAddr> {
        let members = self.nodes.iter().filter(|node| node.in_map);
        members
            .filter(move |node| !(living && node.has_failed))
            .map(|node| &node.addr)
    }

    /// The node with this address, if the map has it.
    pub(in super::super) fn member(&self, addr: &NodeAddr) -> Option<NodeRef> {
        let node = *self.by_addr.get(addr)?;
        self.node(node)?.is_in_map().then_some(node)
    }
}
