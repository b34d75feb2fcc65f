//! Where each slot's requests go: this worker's own copy of the slot map, corrected by redirects.
//!
//! Holds: every node that a slot names exists in the node table; a node that left the map stays only while
//! a link to it is open. Costs: a lookup is two array reads; changes allocate, and are rare.

use std::collections::HashMap;
use std::time::Duration;

use super::link::Purpose;
use super::slab::Key;
use super::time::Time;
use crate::cluster::{MapVersion, NodeAddr, SLOTS, Slot, SlotMap};
use crate::config::Config;
use crate::resp::Protocol;

/// Index of a node in this worker's node table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeRef(u16);

/// A node as this worker sees it.
#[derive(Debug)]
pub(super) struct NodeEntry {
    pub(super) addr: NodeAddr,
    /// The link that new requests use, by protocol and purpose.
    links: [Option<Key>; 4],
    /// Failed attempts in a row.
    failures: u32,
    /// Not connected to before this moment.
    retry_at: Time,
    in_map: bool,
}

#[derive(Debug, Default)]
struct ShardRoute {
    primary: Option<NodeRef>,
    /// Who serves reads, best priority first.
    readers: Vec<Reader>,
}

#[derive(Debug, Clone, Copy)]
struct Reader {
    priority: u8,
    node: NodeRef,
    purpose: Purpose,
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
    /// Rotates among readers of equal priority.
    turn: usize,
}

#[derive(Debug)]
struct ReadSettings {
    primary: u8,
    static_replica: u8,
    discovered_replica: u8,
    static_nodes: Vec<NodeAddr>,
    failure_limit: u32,
    retry_timeout: Duration,
}

const NO_SHARD: u16 = u16::MAX;

/// More nodes than any cluster has (the specification recommends at most 1,000): a bound on what redirects
/// to invented addresses can cost.
const NODES_MAX: usize = 4096;

/// First pause after a failed attempt to connect; doubles up to `server_retry_timeout`.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

// === impl NodeEntry ===

impl NodeEntry {
    fn new(addr: NodeAddr) -> Self {
        Self {
            addr,
            links: [None; 4],
            failures: 0,
            retry_at: Time(0),
            in_map: false,
        }
    }

    pub(super) fn link(&self, protocol: Protocol, purpose: Purpose) -> Option<Key> {
        self.links.get(lane(protocol, purpose)).copied().flatten()
    }

    pub(super) fn set_link(&mut self, protocol: Protocol, purpose: Purpose, link: Option<Key>) {
        if let Some(place) = self.links.get_mut(lane(protocol, purpose)) {
            *place = link;
        }
    }

    pub(super) fn may_connect(&self, now: Time) -> bool {
        now >= self.retry_at
    }

    /// A connection was refused, lost or did not come about.
    fn note_failure(&mut self, retry_timeout: Duration, now: Time) {
        let pause = RETRY_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(retry_timeout);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.plus(pause);
    }

    pub(super) fn note_success(&mut self) {
        self.failures = 0;
        self.retry_at = Time(0);
    }

    pub(super) fn is_in_map(&self) -> bool {
        self.in_map
    }

    fn is_unused(&self) -> bool {
        !self.in_map && self.links.iter().all(Option::is_none)
    }
}

fn lane(protocol: Protocol, purpose: Purpose) -> usize {
    usize::from(protocol == Protocol::Resp3) * 2 + usize::from(purpose == Purpose::ReplicaRead)
}

// === impl Routes ===

impl Routes {
    pub(super) fn new(config: &Config) -> Self {
        let settings = &config.cluster;
        let static_nodes = config
            .seeds
            .iter()
            .map(|seed| NodeAddr::new(&seed.host, seed.port))
            .collect();
        Self {
            version: None,
            slots: vec![NO_SHARD; SLOTS].into_boxed_slice(),
            shards: Vec::new(),
            nodes: Vec::new(),
            by_addr: HashMap::new(),
            settings: ReadSettings {
                primary: settings.master_read_priority,
                static_replica: settings.static_replica_read_priority,
                discovered_replica: settings.dynamic_replica_read_priority,
                static_nodes,
                failure_limit: settings.server_failure_limit,
                retry_timeout: settings.server_retry_timeout,
            },
            turn: 0,
        }
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
        if let Some(entry) = self.node_mut(node) {
            entry.note_failure(retry_timeout, now);
        }
    }

    /// Primaries that the map names.
    pub(super) fn primaries(&self) -> Vec<NodeRef> {
        self.shards
            .iter()
            .filter_map(|shard| shard.primary)
            .collect()
    }

    /// Who serves requests of `slot` now.
    #[inline]
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
                priority: self.settings.primary,
                node,
                purpose: Purpose::Primary,
            };
            self.shards.push(ShardRoute {
                primary: Some(node),
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
        if let Some(place) = self.slots.get_mut(slot.index()) {
            *place = index;
        }
        true
    }

    /// Takes a newer map over. Returns the slots whose primary changed, or nothing if the map is stale.
    pub(super) fn apply(&mut self, map: &SlotMap) -> Option<Vec<Slot>> {
        if self.version.is_some_and(|version| map.version <= version) {
            return None;
        }
        self.version = Some(map.version);
        let before: Vec<Option<NodeRef>> = Slot::all().map(|slot| self.primary_of(slot)).collect();
        for entry in &mut self.nodes {
            entry.in_map = false;
        }
        let shards: Vec<ShardRoute> = map.shards.iter().map(|shard| self.shard(shard)).collect();
        self.shards = shards;
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
                Purpose::ReplicaRead => self.settings.discovered_replica,
            };
            if purpose == Purpose::Primary {
                route.primary = Some(known);
            }
            if priority > 0 && node.is_usable() {
                route.readers.push(Reader {
                    priority,
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

    /// The live reader of the best priority; readers of the same priority take turns.
    fn reader(&mut self, slot: Slot) -> Option<(NodeRef, Purpose)> {
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

    #[inline]
    fn is_alive(&self, node: NodeRef) -> bool {
        self.node(node)
            .is_some_and(|entry| entry.failures < self.settings.failure_limit)
    }
}
