//! The model cluster: three shards of two nodes, their keys, and how they refuse what is not theirs.
//!
//! A shard has one keyspace that its primary and its replica share: replication of acknowledged writes is
//! taken as synchronous, so that a failover that loses an acknowledged write is the proxy's fault.

use std::collections::{BTreeMap, BTreeSet};

use corelane::cluster::{MapVersion, Node, NodeAddr, Role, Shard, Slot, SlotMap};

use crate::everywhere;
use crate::listen::Topic;
use crate::multi::{Executed, Multi, OUT_OF_MEMORY};
use crate::rng::Rng;
use crate::store::{self, Store};
use crate::trackers::Tracked;
use crate::waits;
use crate::wire::{self, Args};

pub(crate) const SHARDS: usize = 3;
pub(crate) const NODES: usize = 6;

/// A server process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) addr: NodeAddr,
    pub(crate) shard: usize,
    pub(crate) up: bool,
    /// Machine and all: connections to it are not refused, nothing answers.
    pub(crate) silent: bool,
    pub(crate) restart_at: u64,
    pub(crate) stalled_until: u64,
    pub(crate) loading_until: u64,
    pub(crate) orphaned_until: u64,
    pub(crate) cluster_down_until: u64,
    pub(crate) read_only_until: u64,
    pub(crate) out_of_memory_until: u64,
    pub(crate) refuses_handshakes_until: u64,
}

/// Who serves a keyspace.
#[derive(Debug)]
pub(crate) struct ShardState {
    pub(crate) primary: usize,
    pub(crate) store: Store,
    /// Config epoch of the primary.
    pub(crate) epoch: u64,
    /// When the replica of a crashed primary takes over.
    pub(crate) promote_at: Option<u64>,
}

/// A slot on its way to another shard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) to: usize,
}

/// What other nodes still believe.
#[derive(Debug, Clone, Copy)]
struct Rumour {
    node: usize,
    until: u64,
}

/// State of one connection at a node.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) resp3: bool,
    pub(crate) read_only: bool,
    pub(crate) asking: bool,
    /// Number of the connection.
    pub(crate) id: u64,
    pub(crate) authenticated: bool,
    pub(crate) multi: Multi,
    /// The connection on which the node tells what was read here and has changed.
    pub(crate) tracks: Option<u64>,
    /// What is subscribed on it.
    pub(crate) topics: BTreeSet<Topic>,
}

/// What a node did with a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing that concerns a client.
    Internal(Vec<u8>),
    /// Not executed, for a reason that the proxy must handle.
    Refused(Vec<u8>),
    /// A transaction was not executed, for such a reason.
    RefusedAll(Vec<u8>, Vec<Args>),
    /// Executed.
    Done(Vec<u8>),
    /// Nothing to give yet.
    Waits,
    /// EXEC did its work.
    Executed(Executed),
}

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
    pub(crate) shards: Vec<ShardState>,
    /// Slots that differ from the initial thirds.
    owners: BTreeMap<u16, usize>,
    pub(crate) migrations: BTreeMap<u16, Migration>,
    slot_rumours: BTreeMap<u16, Rumour>,
    primary_rumours: Vec<Option<Rumour>>,
    pub(crate) password: Option<String>,
    pub(crate) tracked: Tracked,
}

// === impl Cluster ===

impl Cluster {
    pub(crate) fn new(password: Option<String>) -> Self {
        let server = |index: usize| Server {
            addr: NodeAddr::new("10.0.0.1", 7000 + index as u16),
            shard: index % SHARDS,
            up: true,
            silent: false,
            restart_at: 0,
            stalled_until: 0,
            loading_until: 0,
            orphaned_until: 0,
            cluster_down_until: 0,
            read_only_until: 0,
            out_of_memory_until: 0,
            refuses_handshakes_until: 0,
        };
        let shard = |index: usize| ShardState {
            primary: index,
            store: Store::default(),
            epoch: index as u64 + 1,
            promote_at: None,
        };
        Self {
            nodes: (0..NODES).map(server).collect(),
            shards: (0..SHARDS).map(shard).collect(),
            owners: BTreeMap::new(),
            migrations: BTreeMap::new(),
            slot_rumours: BTreeMap::new(),
            primary_rumours: vec![None; SHARDS],
            password,
            tracked: Tracked::new(),
        }
    }

    pub(crate) fn node_at(&self, addr: &NodeAddr) -> Option<usize> {
        self.nodes.iter().position(|node| node.addr == *addr)
    }

    pub(crate) fn owner(&self, slot: Slot) -> usize {
        let first = usize::from(slot.number()) * SHARDS / 16_384;
        *self.owners.get(&slot.number()).unwrap_or(&first)
    }

    pub(crate) fn is_primary(&self, node: usize) -> bool {
        self.shards[self.nodes[node].shard].primary == node
    }

    pub(crate) fn replica_of(&self, shard: usize) -> usize {
        let primary = self.shards[shard].primary;
        (primary + SHARDS) % NODES
    }

    /// One request on one connection of `node`.
    pub(crate) fn handle(
        &mut self,
        node: usize,
        session: &mut Session,
        args: &Args,
        now: u64,
    ) -> Verdict {
        if let Some(reply) = self.administer(node, session, args, now) {
            return Verdict::Internal(reply);
        }
        if let Some(verdict) = self.tell_slots(node, args, now) {
            return verdict;
        }
        if everywhere::is_meant(args) {
            return self.handle_everywhere(node, args, now);
        }
        if let Some(verdict) = self.transact(node, session, args, now) {
            return verdict;
        }
        let asking = std::mem::take(&mut session.asking);
        let (keys, write) = (store::keys(args), store::is_write(args));
        match self.refusal(node, session, asking, &keys, write, now) {
            Some(text) => Verdict::Refused(wire::error(&text)),
            None if args[0] == b"BLPOP" => {
                let shard = self.nodes[node].shard;
                let element = self.shards[shard].store.pop(&args[1]);
                element.map_or(Verdict::Waits, |element| {
                    Verdict::Done(waits::popped(&args[1], &element))
                })
            }
            None => {
                let reply = if write && now < self.nodes[node].out_of_memory_until {
                    wire::error(OUT_OF_MEMORY)
                } else {
                    let shard = self.nodes[node].shard;
                    self.shards[shard].store.execute(args, session.resp3)
                };
                Verdict::Done(reply)
            }
        }
    }

    /// A request without keys, which any node carries out for its shard.
    fn handle_everywhere(&self, node: usize, args: &Args, now: u64) -> Verdict {
        let server = &self.nodes[node];
        let is_order = store::is_write(args);
        let is_read_only = !self.is_primary(node) || now < server.read_only_until;
        let refusal = if now < server.loading_until {
            "LOADING Redis is loading the dataset in memory"
        } else if now < server.orphaned_until && !self.is_primary(node) {
            "MASTERDOWN Link with MASTER is down"
        } else if is_order && is_read_only {
            "READONLY You can't write against a read only replica."
        } else {
            return Verdict::Done(everywhere::reply_of(server.shard, args));
        };
        Verdict::Refused(wire::error(refusal))
    }

    /// What a connection says before and between requests.
    fn administer(
        &self,
        node: usize,
        session: &mut Session,
        args: &Args,
        now: u64,
    ) -> Option<Vec<u8>> {
        let refused = now < self.nodes[node].refuses_handshakes_until;
        let is_password = |given: Option<&Vec<u8>>| match &self.password {
            None => true,
            Some(password) => given.is_some_and(|given| *given == password.as_bytes()),
        };
        let reply = match args[0].as_slice() {
            b"HELLO" if refused || !is_password(args.get(4)) => wire::error("WRONGPASS no"),
            b"HELLO" => {
                session.resp3 = args[1] == b"3";
                session.authenticated = true;
                b"%1\r\n$5\r\nproto\r\n:3\r\n".to_vec()
            }
            b"AUTH" if refused || !is_password(args.last()) => wire::error("WRONGPASS no"),
            b"AUTH" => {
                session.authenticated = true;
                b"+OK\r\n".to_vec()
            }
            _ if self.password.is_some() && !session.authenticated => wire::error("NOAUTH no"),
            b"PING" => args
                .get(1)
                .map_or_else(|| b"+PONG\r\n".to_vec(), |text| wire::bulk(text)),
            b"READONLY" if refused => wire::error("ERR not now"),
            b"READONLY" => {
                session.read_only = true;
                b"+OK\r\n".to_vec()
            }
            b"CLIENT" if args[1] == b"ID" => wire::integer(session.id as i64),
            b"CLIENT" if refused => wire::error("ERR no names today"),
            b"CLIENT" => b"+OK\r\n".to_vec(),
            b"SELECT" => wire::error("ERR SELECT is not allowed in cluster mode"),
            b"INFO" => wire::bulk(b"# Server\r\nredis_version:7.4.0\r\n"),
            b"ASKING" => {
                session.asking = true;
                b"+OK\r\n".to_vec()
            }
            _ => return None,
        };
        Some(reply)
    }

    /// Why `node` does not execute a request, in Redis's words and order.
    pub(crate) fn refusal(
        &self,
        node: usize,
        session: &Session,
        asking: bool,
        keys: &[Vec<u8>],
        write: bool,
        now: u64,
    ) -> Option<String> {
        let server = &self.nodes[node];
        let slot = Slot::of_key(keys.first()?);
        let owner = self.owner(slot);
        if keys.iter().any(|key| Slot::of_key(key) != slot) {
            return Some("CROSSSLOT Keys in request don't hash to the same slot".to_owned());
        }
        if now < server.cluster_down_until {
            return Some("CLUSTERDOWN The cluster is down".to_owned());
        }
        if !self.is_primary(node) {
            if owner != server.shard || !session.read_only || write {
                return Some(self.moved(node, slot, now));
            }
            if now < server.loading_until {
                return Some("LOADING Redis is loading the dataset in memory".to_owned());
            }
            if now < server.orphaned_until {
                return Some("MASTERDOWN Link with MASTER is down".to_owned());
            }
            return self.refused_by_migration(server.shard, slot, keys);
        }
        if owner != server.shard {
            let importing = self.migrations.get(&slot.number());
            if !asking || importing.is_none_or(|migration| migration.to != server.shard) {
                return Some(self.moved(node, slot, now));
            }
            let here = self.present(server.shard, keys);
            // A request that was asked over in an earlier migration of the slot and comes only now finds
            // its keys at the other side; real nodes would not notice.
            let is_late = self.present(owner, keys).1 > 0;
            if is_late || (here.0 > 0 && here.0 + here.1 > 1) {
                return Some("TRYAGAIN Multiple keys request during rehashing of slot".to_owned());
            }
        }
        if now < server.loading_until {
            return Some("LOADING Redis is loading the dataset in memory".to_owned());
        }
        if now < server.read_only_until && write {
            return Some("READONLY You can't write against a read only replica.".to_owned());
        }
        (owner == server.shard).then(|| self.refused_by_migration(server.shard, slot, keys))?
    }

    /// Why `node` does not take a command about a sharded channel: any node of the shard does.
    pub(crate) fn channel_refusal(&self, node: usize, slot: Slot, now: u64) -> Option<String> {
        let server = &self.nodes[node];
        if now < server.cluster_down_until {
            return Some("CLUSTERDOWN The cluster is down".to_owned());
        }
        (self.owner(slot) != server.shard).then(|| self.moved(node, slot, now))
    }

    /// Keys that are missing in the keyspace of `shard`, and keys that are there.
    fn present(&self, shard: usize, keys: &[Vec<u8>]) -> (usize, usize) {
        let real: BTreeSet<&Vec<u8>> = keys.iter().filter(|key| !store::is_label(key)).collect();
        let here = real
            .iter()
            .filter(|key| self.shards[shard].store.contains(key))
            .count();
        (real.len() - here, here)
    }

    fn refused_by_migration(&self, shard: usize, slot: Slot, keys: &[Vec<u8>]) -> Option<String> {
        let migration = self.migrations.get(&slot.number())?;
        match self.present(shard, keys) {
            (0, _) => None,
            (_, 0) => {
                let target = &self.nodes[self.shards[migration.to].primary].addr;
                Some(format!("ASK {} {target}", slot.number()))
            }
            _ => Some("TRYAGAIN Multiple keys request during rehashing of slot".to_owned()),
        }
    }

    /// If clients may wait at `node` for keys of `slot`.
    pub(crate) fn may_serve(&self, node: usize, slot: Slot) -> bool {
        let shard = self.nodes[node].shard;
        let importing = self.migrations.get(&slot.number());
        let is_here = self.owner(slot) == shard || importing.is_some_and(|to| to.to == shard);
        is_here && self.is_primary(node)
    }

    pub(crate) fn moved(&self, said_by: usize, slot: Slot, now: u64) -> String {
        let owner = self.owner(slot);
        let mut primary = self.shards[owner].primary;
        let shard = self.nodes[said_by].shard;
        for rumour in [
            self.slot_rumours.get(&slot.number()).copied(),
            self.primary_rumours[owner],
        ] {
            if let Some(rumour) = rumour
                && now < rumour.until
                && shard != owner
                && said_by != rumour.node
            {
                primary = rumour.node;
            }
        }
        // A node may leave its own host out.
        let host = if slot.number().is_multiple_of(5) {
            ""
        } else {
            &*self.nodes[primary].addr.host
        };
        format!(
            "MOVED {} {host}:{}",
            slot.number(),
            self.nodes[primary].addr.port
        )
    }

    /// Starts to move a slot, calls it off, moves a key, or hands the slot over: one thing at a time.
    pub(crate) fn migrate(&mut self, slot: Slot, rng: &mut Rng, now: u64) -> String {
        let from = self.owner(slot);
        let number = slot.number();
        let Some(migration) = self.migrations.get(&number).copied() else {
            let to = (from + 1 + rng.index(SHARDS - 1)) % SHARDS;
            self.migrations.insert(number, Migration { to });
            return format!("slot {number} begins to move from shard {from} to {to}");
        };
        // It can be called off only before any key has moved or was made at the other side.
        let untouched = self.shards[migration.to].store.keys_of(slot).is_empty();
        if untouched && rng.chance(100) {
            self.migrations.remove(&number);
            return format!("slot {number} stays at shard {from}");
        }
        let keys = self.shards[from].store.keys_of(slot);
        if !keys.is_empty() {
            let key = rng.pick(&keys).clone();
            if let Some(value) = self.shards[from].store.take(&key) {
                self.shards[migration.to].store.put(key.clone(), value);
            }
            return format!(
                "key {} moves from shard {from} to {}",
                wire::show(&key),
                migration.to
            );
        }
        self.migrations.remove(&number);
        self.owners.insert(number, migration.to);
        self.bump_epoch(migration.to);
        let rumour = Rumour {
            node: self.shards[from].primary,
            until: now + rng.below(30_000_000),
        };
        self.slot_rumours.insert(number, rumour);
        format!("slot {number} is now at shard {}", migration.to)
    }

    /// Who takes a slot or a role has the highest config epoch then.
    fn bump_epoch(&mut self, shard: usize) {
        let others = self.shards.iter().enumerate();
        let others = others.filter(|(other, _)| *other != shard);
        let highest = others.map(|(_, state)| state.epoch).max().unwrap_or(0);
        let own = &mut self.shards[shard].epoch;
        *own = (*own).max(highest + 1);
    }

    /// The replica of a shard takes over, if it can.
    pub(crate) fn fail_over(&mut self, shard: usize, rng: &mut Rng, now: u64) -> Option<String> {
        let old = self.shards[shard].primary;
        let new = self.replica_of(shard);
        if !self.nodes[new].up || now < self.nodes[new].loading_until {
            return None;
        }
        self.shards[shard].primary = new;
        self.bump_epoch(shard);
        self.shards[shard].promote_at = None;
        self.nodes[new].read_only_until = now + rng.below(2) * rng.below(20_000_000);
        self.primary_rumours[shard] = Some(Rumour {
            node: old,
            until: now + rng.below(30_000_000),
        });
        Some(format!("node {new} takes over from {old} in shard {shard}"))
    }

    /// The slot map that a topology fetched now would give, possibly without one shard.
    pub(crate) fn slot_map(&self, without: Option<usize>, now: u64) -> SlotMap {
        let mut map = SlotMap::empty();
        map.version = MapVersion(0);
        for (index, state) in self.shards.iter().enumerate() {
            let node = |node: usize, role| Node::at(self.nodes[node].addr.clone(), role);
            let primary = Some(node(state.primary, Role::Primary));
            let mut replicas = vec![node(self.replica_of(index), Role::Replica)];
            // What is down is a replica that has failed, or was a primary and is in no shard now.
            let other = &self.nodes[self.replica_of(index)];
            replicas[0].failed = !other.up || now < other.stalled_until;
            if replicas[0].failed && other.restart_at.is_multiple_of(2) {
                map.lost.extend(replicas.pop().map(|lost| lost.addr));
            }
            map.push_shard(Shard { primary, replicas });
        }
        for shard in (0..SHARDS).filter(|shard| Some(*shard) != without) {
            let first = (shard * 16_384).div_ceil(SHARDS) as u16;
            let end = ((shard + 1) * 16_384).div_ceil(SHARDS) as u16;
            map.set_range(slot(first), slot(end - 1), shard as u16);
        }
        for (number, owner) in &self.owners {
            map.set_range(slot(*number), slot(*number), *owner as u16);
        }
        map
    }

    /// Everything works again.
    pub(crate) fn heal(&mut self, now: u64) {
        for node in &mut self.nodes {
            node.silent = false;
            node.up = true;
            node.restart_at = 0;
            node.stalled_until = now;
            node.loading_until = now;
            node.orphaned_until = now;
            node.cluster_down_until = now;
            node.read_only_until = now;
            node.out_of_memory_until = now;
            node.refuses_handshakes_until = now;
        }
        for shard in &mut self.shards {
            shard.promote_at = None;
        }
    }
}

fn slot(number: u16) -> Slot {
    Slot::new(number).expect("slots of the model are below 16,384")
}
