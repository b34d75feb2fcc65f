//! Where each slot's requests go: this worker's own copy of the slot map, corrected by redirects.
//!
//! Holds: every node that a slot names exists in the node table; a node that left the map stays only while
//! a link to it is open. Costs: a lookup is two array reads; changes allocate, and are rare.

use std::collections::HashMap;
use std::time::Duration;

use super::link::Purpose;
use super::node::NodeEntry;
use super::outage::Kept;
use super::time::Time;
use crate::cluster::{MapVersion, NodeAddr, SLOTS, Slot, SlotMap};
use crate::config::Config;

pub(super) use self::owners::Owner;
use self::readers::{Availability, Reader};

mod outages;
mod owners;
mod readers;

/// Index of a node in this worker's node table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeRef(u16);

#[derive(Debug, Default)]
struct ShardRoute {
    primary: Option<NodeRef>,
    /// Every replica, whatever it is used for.
    replicas: Vec<NodeRef>,
    /// Who serves reads, best priority first.
    readers: Vec<Reader>,
}

/// Slot table, shards and nodes.
#[derive(Debug)]
pub(super) struct Routes {
    version: Option<MapVersion>,
    slots: Box<[u16]>,
    shards: Vec<ShardRoute>,
    nodes: Vec<NodeEntry>,
    by_addr: HashMap<NodeAddr, NodeRef>,
    settings: ReadSettings,
    /// Slots that redirects moved away from what the map says, with the map's shard.
    fixes: Vec<(Slot, u16)>,
    /// Rotates among readers of equal priority.
    turn: usize,
    /// Since when some slots have no primary in the map.
    pub(super) uncovered_since: Option<Time>,
    /// Spreads attempts to connect.
    luck: u64,
    /// Nodes to which links are kept.
    pub(super) kept: Kept,
}

#[derive(Debug)]
struct ReadSettings {
    primary: u8,
    static_replica: u8,
    discovered_replica: u8,
    static_nodes: Vec<NodeAddr>,
    failure_limit: u32,
    retry_timeout: Duration,
    /// How long requests wait for a node that is lost.
    hold: Duration,
    /// An outage is over if nothing failed for so long: longer than from one attempt to the next.
    memory: Duration,
}

const NO_SHARD: u16 = u16::MAX;

/// More nodes than any cluster has (the specification recommends at most 1,000): a bound on what redirects
/// to invented addresses can cost.
const NODES_MAX: usize = 4096;

#[cfg(test)]
impl NodeRef {
    pub(super) const FIRST: Self = Self(0);
}

// === impl ReadSettings ===

impl ReadSettings {
    fn of(config: &Config) -> Self {
        let settings = &config.cluster;
        let static_nodes = config
            .seeds
            .iter()
            .map(|seed| NodeAddr::new(&seed.host, seed.port))
            .collect();
        Self {
            primary: settings.master_read_priority,
            static_replica: settings.static_replica_read_priority,
            discovered_replica: settings.dynamic_replica_read_priority,
            static_nodes,
            failure_limit: settings.server_failure_limit,
            retry_timeout: settings.server_retry_timeout,
            hold: settings
                .failover_hold
                .map_or(settings.server_timeout, |hold| {
                    hold.min(settings.server_timeout)
                }),
            // An attempt may have to look a name up first.
            memory: (settings.server_retry_timeout + settings.connect_timeout) * 2,
        }
    }
}

// === impl Routes ===

impl Routes {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            version: None,
            slots: vec![NO_SHARD; SLOTS].into_boxed_slice(),
            shards: Vec::new(),
            nodes: Vec::new(),
            by_addr: HashMap::new(),
            settings: ReadSettings::of(config),
            fixes: Vec::new(),
            turn: 0,
            uncovered_since: None,
            luck: 0,
            kept: Kept::default(),
        }
    }

    /// Goes by other settings; who serves reads changes with the next map.
    pub(super) fn set(&mut self, config: &Config) {
        self.settings = ReadSettings::of(config);
    }

    pub(super) fn version(&self) -> Option<MapVersion> {
        self.version
    }

    /// Slots that have a primary.
    pub(super) fn covered(&self) -> usize {
        Slot::all()
            .filter(|slot| self.primary_of(*slot).is_some())
            .count()
    }

    /// Nodes of the slot map.
    pub(super) fn known(&self) -> usize {
        self.nodes.iter().filter(|node| node.in_map).count()
    }

    /// Every node of the table.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeEntry> {
        self.nodes.iter()
    }

    pub(super) fn node(&self, node: NodeRef) -> Option<&NodeEntry> {
        self.nodes.get(usize::from(node.0))
    }

    pub(super) fn node_mut(&mut self, node: NodeRef) -> Option<&mut NodeEntry> {
        self.nodes.get_mut(usize::from(node.0))
    }

    /// The node's address, for error texts.
    pub(super) fn addr(&self, node: NodeRef) -> Option<&NodeAddr> {
        self.node(node).map(|entry| &entry.addr)
    }

    /// Notes a failed connection to `node`.
    pub(super) fn note_failure(&mut self, node: NodeRef, now: Time) {
        let retry_timeout = self.settings.retry_timeout;
        let failure_limit = self.settings.failure_limit;
        let chance = self.draw();
        if let Some(entry) = self.node_mut(node) {
            entry.note_failure(retry_timeout, chance, now);
            entry.is_avoided |= entry.failures >= failure_limit;
        }
    }

    /// Notes that a link to `node` that was opened then has failed.
    pub(super) fn note_link_failure(&mut self, node: NodeRef, opened_at: Time, now: Time) {
        if self
            .node(node)
            .is_some_and(|entry| entry.is_news(opened_at))
        {
            self.note_failure(node, now);
        }
    }

    /// Primaries that the map names.
    pub(super) fn primaries(&self) -> Vec<NodeRef> {
        self.shards
            .iter()
            .filter_map(|shard| shard.primary)
            .collect()
    }

    /// If a shard has this node as its primary.
    pub(super) fn is_primary(&self, node: NodeRef) -> bool {
        self.shards.iter().any(|shard| shard.primary == Some(node))
    }

    /// If a node belongs to the shard that owns `slot`.
    pub(super) fn is_in_shard_of(&self, slot: Slot, node: NodeRef) -> bool {
        let shard = self.slots.get(slot.index());
        let shard = shard.and_then(|shard| self.shards.get(usize::from(*shard)));
        shard.is_some_and(|shard| shard.primary == Some(node) || shard.replicas.contains(&node))
    }

    /// Who serves requests of `slot` now.
    #[inline(always)]
    pub(super) fn target(&mut self, slot: Slot, read_only: bool) -> Option<(NodeRef, Purpose)> {
        let shard = self.slots.get(slot.index())?;
        let shard = self.shards.get(usize::from(*shard))?;
        let primary = shard.primary.map(|node| (node, Purpose::Primary));
        if !read_only {
            return primary;
        }
        match shard.readers.first() {
            Some(first) if first.purpose == Purpose::Primary && self.is_alive(first.node) => {
                Some((first.node, Purpose::Primary))
            }
            Some(_) => self.reader(slot).or(primary),
            None => primary,
        }
    }

    /// Index of the shard that serves `slot`; all slots of a shard have the same target.
    #[inline]
    pub(super) fn shard_index(&self, slot: Slot) -> Option<u16> {
        let shard = self.slots.get(slot.index()).copied();
        shard.filter(|shard| *shard != NO_SHARD)
    }

    /// Who owns `slot`, for reads that a replica refused.
    pub(super) fn primary_of(&self, slot: Slot) -> Option<NodeRef> {
        let shard = self.slots.get(slot.index())?;
        self.shards.get(usize::from(*shard))?.primary
    }

    /// Node with this address, made known if it is not yet.
    pub(super) fn intern(&mut self, addr: &NodeAddr) -> Option<NodeRef> {
        if let Some(node) = self.by_addr.get(addr) {
            return Some(*node);
        }
        let unused = self.nodes.iter().position(NodeEntry::is_unused);
        let index = match unused {
            Some(index) => index,
            None if self.nodes.len() < NODES_MAX => {
                self.nodes.push(NodeEntry::new(addr.clone()));
                self.nodes.len() - 1
            }
            None => return None,
        };
        let node = NodeRef(u16::try_from(index).ok()?);
        if let Some(entry) = self.nodes.get_mut(index) {
            self.by_addr.remove(&entry.addr);
            *entry = NodeEntry::new(addr.clone());
        }
        self.by_addr.insert(addr.clone(), node);
        Some(node)
    }

    /// Corrects one slot after MOVED; true if its primary changed.
    pub(super) fn fix(&mut self, slot: Slot, node: NodeRef) -> bool {
        if self.primary_of(slot) == Some(node) {
            return false;
        }
        let known = self
            .shards
            .iter()
            .position(|shard| shard.primary == Some(node));
        let index = known.unwrap_or_else(|| {
            let reader = Reader {
                priority: (Availability::Online, self.settings.primary),
                node,
                purpose: Purpose::Primary,
            };
            self.shards.push(ShardRoute {
                primary: Some(node),
                replicas: Vec::new(),
                readers: vec![reader],
            });
            self.shards.len() - 1
        });
        if let Some(entry) = self.node_mut(node) {
            entry.in_map = true;
        }
        let Ok(index) = u16::try_from(index) else {
            return false;
        };
        let Some(place) = self.slots.get_mut(slot.index()) else {
            return false;
        };
        let before = std::mem::replace(place, index);
        if !self.fixes.iter().any(|(fixed, _)| *fixed == slot) {
            self.fixes.push((slot, before));
        }
        true
    }

    /// A node cannot be reached: slots that only redirects gave to it go back to where the map has them.
    /// Returns these slots.
    pub(super) fn revert(&mut self, node: NodeRef) -> Vec<Slot> {
        let mut reverted = Vec::new();
        let fixes = std::mem::take(&mut self.fixes);
        for (slot, by_map) in fixes {
            if self.primary_of(slot) != Some(node) {
                self.fixes.push((slot, by_map));
            } else if let Some(place) = self.slots.get_mut(slot.index()) {
                *place = by_map;
                reverted.push(slot);
            }
        }
        reverted
    }

    /// Takes a newer map over. Returns the slots whose primary changed, or nothing if the map is stale.
    pub(super) fn apply(&mut self, map: &SlotMap) -> Option<Vec<Slot>> {
        if self.version.is_some_and(|version| map.version <= version) {
            return None;
        }
        self.version = Some(map.version);
        self.fixes.clear();
        let before: Vec<Option<NodeRef>> = Slot::all().map(|slot| self.primary_of(slot)).collect();
        // Nodes of the old map keep their places until the new one is complete, so that a node that comes
        // never looks like one that went.
        let shards: Vec<ShardRoute> = map.shards.iter().map(|shard| self.shard(shard)).collect();
        self.shards = shards;
        self.mark_known(map);
        for slot in Slot::all() {
            let index = map.shard_index(slot);
            if let Some(place) = self.slots.get_mut(slot.index()) {
                *place = index.unwrap_or(NO_SHARD);
            }
        }
        let changed = Slot::all().zip(before);
        Some(
            changed
                .filter(|(slot, was)| self.primary_of(*slot) != *was)
                .map(|(s, _)| s)
                .collect(),
        )
    }

    /// Notes which nodes the map names, and which are down by it.
    fn mark_known(&mut self, map: &SlotMap) {
        for entry in &mut self.nodes {
            entry.in_map = false;
            entry.has_failed |= map.lost.contains(&entry.addr);
        }
        for node in map.nodes() {
            if let Some(known) = self.by_addr.get(&node.addr)
                && let Some(entry) = self.nodes.get_mut(usize::from(known.0))
            {
                entry.in_map = true;
                entry.has_failed = node.failed;
            }
        }
    }

    fn shard(&mut self, shard: &crate::cluster::Shard) -> ShardRoute {
        let mut route = ShardRoute::default();
        let primary = shard.primary.iter().map(|node| (node, Purpose::Primary));
        let replicas = shard
            .replicas
            .iter()
            .map(|node| (node, Purpose::ReplicaRead));
        for (node, purpose) in primary.chain(replicas) {
            let Some(known) = self.intern(&node.addr) else {
                continue;
            };
            if let Some(entry) = self.node_mut(known) {
                entry.in_map = true;
            }
            let priority = match purpose {
                Purpose::Primary => self.settings.primary,
                _ if self.settings.static_nodes.contains(&node.addr) => {
                    self.settings.static_replica
                }
                _ => self.settings.discovered_replica,
            };
            if purpose == Purpose::Primary {
                route.primary = Some(known);
            } else {
                route.replicas.push(known);
            }
            if priority > 0 && !node.failed {
                let availability = if node.loading {
                    Availability::Loading
                } else {
                    Availability::Online
                };
                route.readers.push(Reader {
                    priority: (availability, priority),
                    node: known,
                    purpose,
                });
            }
        }
        route
            .readers
            .sort_by_key(|reader| std::cmp::Reverse(reader.priority));
        route
    }
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Routes};
    use crate::cluster::{MapVersion, Node, NodeAddr, Role, Shard, Slot, SlotMap};
    use crate::config::{Config, Seed};
    use crate::pipeline::Time;

    const SLOT: Slot = Slot::FIRST;

    fn node(port: u16, role: Role) -> Node {
        Node::at(NodeAddr::new("127.0.0.1", port), role)
    }

    fn map(version: u64, primary: u16, replicas: Vec<Node>) -> SlotMap {
        let mut map = SlotMap::empty();
        map.version = MapVersion(version);
        let primary = Some(node(primary, Role::Primary));
        let shard = map.push_shard(Shard { primary, replicas }).unwrap();
        map.set_range(Slot::FIRST, Slot::LAST, shard);
        map
    }

    fn routes(priorities: (u8, u8, u8), map: &SlotMap) -> Routes {
        let host = "127.0.0.1".to_owned();
        let mut config = Config {
            seeds: vec![Seed { host, port: 2 }],
            ..Config::default()
        };
        config.cluster.master_read_priority = priorities.0;
        config.cluster.static_replica_read_priority = priorities.1;
        config.cluster.dynamic_replica_read_priority = priorities.2;
        config.cluster.server_failure_limit = 2;
        let mut routes = Routes::new(&config);
        assert!(routes.apply(map).is_some());
        routes
    }

    /// Ports that reads go to in six tries.
    fn readers(routes: &mut Routes) -> Vec<(u16, Purpose)> {
        (0..6)
            .map(|_| {
                let (node, purpose) = routes.target(SLOT, true).unwrap();
                (routes.addr(node).unwrap().port, purpose)
            })
            .collect()
    }

    #[test]
    fn reads_go_to_the_primary_while_it_lives() {
        let replicas = vec![node(2, Role::Replica), node(3, Role::Replica)];
        let mut routes = routes((60, 50, 50), &map(1, 1, replicas));
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
        let primary = routes.primary_of(SLOT).unwrap();
        routes.note_failure(primary, Time(0));
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
        routes.note_failure(primary, Time(0));
        let (two, three) = ((2, Purpose::ReplicaRead), (3, Purpose::ReplicaRead));
        let tries = readers(&mut routes);
        assert_eq!(tries.iter().filter(|reader| **reader == two).count(), 3);
        assert_eq!(tries.iter().filter(|reader| **reader == three).count(), 3);
        let (node, purpose) = routes.target(SLOT, false).unwrap();
        assert_eq!(
            (routes.addr(node).unwrap().port, purpose),
            (1, Purpose::Primary)
        );
        routes.node_mut(primary).unwrap().note_success();
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
    }

    #[test]
    fn priorities_tell_listed_replicas_from_discovered_ones() {
        let replicas = || vec![node(2, Role::Replica), node(3, Role::Replica)];
        let mut listed = routes((50, 60, 40), &map(1, 1, replicas()));
        assert_eq!(readers(&mut listed), vec![(2, Purpose::ReplicaRead); 6]);
        let mut discovered = routes((50, 0, 60), &map(1, 1, replicas()));
        assert_eq!(readers(&mut discovered), vec![(3, Purpose::ReplicaRead); 6]);
        let mut never = routes((50, 0, 0), &map(1, 1, replicas()));
        let primary = never.primary_of(SLOT).unwrap();
        never.note_failure(primary, Time(0));
        never.note_failure(primary, Time(0));
        assert_eq!(readers(&mut never), vec![(1, Purpose::Primary); 6]);
    }

    #[test]
    fn replicas_that_seem_to_load_are_asked_last_and_failed_ones_never() {
        let [mut loading, other, mut failed] = [2, 3, 4].map(|port| node(port, Role::Replica));
        loading.loading = true;
        failed.failed = true;
        let mut routes = routes((10, 60, 60), &map(1, 1, vec![failed, loading, other]));
        for reader in [
            (3, Purpose::ReplicaRead),
            (1, Purpose::Primary),
            (2, Purpose::ReplicaRead),
            (1, Purpose::Primary),
        ] {
            assert_eq!(readers(&mut routes), vec![reader; 6]);
            let (node, _) = routes.target(SLOT, true).unwrap();
            routes.avoid(node);
        }
        assert_eq!(routes.avoided().len(), 3);
    }

    #[test]
    fn an_older_map_is_ignored_and_changes_are_told() {
        let mut routes = routes((60, 50, 50), &map(5, 1, Vec::new()));
        assert!(routes.apply(&map(5, 9, Vec::new())).is_none());
        assert!(routes.apply(&map(4, 9, Vec::new())).is_none());
        assert_eq!(routes.apply(&map(6, 1, Vec::new())).unwrap().len(), 0);
        assert_eq!(routes.apply(&map(7, 9, Vec::new())).unwrap().len(), 16_384);
    }

    #[test]
    fn a_node_that_failed_gets_reads_only_when_it_works_again() {
        let mut routes = routes((50, 60, 60), &map(1, 1, vec![node(2, Role::Replica)]));
        let (replica, _) = routes.target(SLOT, true).unwrap();
        assert_eq!(routes.avoided(), vec![]);
        routes.note_failure(replica, Time(0));
        assert_eq!(readers(&mut routes), vec![(2, Purpose::ReplicaRead); 6]);
        routes.note_failure(replica, Time(0));
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
        assert_eq!(routes.avoided(), vec![(replica, Purpose::ReplicaRead)]);
        assert!(!routes.avoid(replica), "it is already");
        routes.node_mut(replica).unwrap().note_success();
        assert_eq!(readers(&mut routes), vec![(2, Purpose::ReplicaRead); 6]);
        // One that is given up for another reason.
        assert!(routes.avoid(replica));
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
        // When nobody is left, the primary has to do.
        let primary = routes.primary_of(SLOT).unwrap();
        assert!(routes.avoid(primary));
        assert_eq!(readers(&mut routes), vec![(1, Purpose::Primary); 6]);
        assert_eq!(routes.avoided().len(), 2);
    }

    #[test]
    fn a_redirect_to_a_dead_node_is_taken_back() {
        let mut routes = routes((60, 50, 50), &map(1, 1, Vec::new()));
        let owner = routes.primary_of(SLOT).unwrap();
        let dead = routes.intern(&NodeAddr::new("127.0.0.1", 9)).unwrap();
        let other = Slot::new(7).unwrap();
        assert!(routes.fix(SLOT, dead));
        assert_eq!(routes.primary_of(SLOT), Some(dead));
        assert_eq!(routes.revert(owner), vec![]);
        assert_eq!(routes.revert(dead), vec![SLOT]);
        assert_eq!(
            (routes.primary_of(SLOT), routes.primary_of(other)),
            (Some(owner), Some(owner))
        );
        assert_eq!(routes.revert(dead), vec![]);
    }

    #[test]
    fn redirects_to_invented_addresses_are_bounded() {
        let mut routes = routes((60, 50, 50), &map(1, 1, Vec::new()));
        for port in 1..=u16::MAX {
            // Known nodes keep their place; unknown ones without a link share what is left.
            let _ = routes.intern(&NodeAddr::new("10.0.0.1", port));
        }
        assert!(routes.nodes.len() <= super::NODES_MAX);
        assert_eq!(routes.by_addr.len(), routes.nodes.len());
        let primary = routes.primary_of(SLOT).unwrap();
        assert_eq!(routes.addr(primary).unwrap().port, 1);
    }
}
