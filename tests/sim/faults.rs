//! Trouble: what nodes, networks, operators and clients do at the wrong moment.

use corelane::cluster::Slot;

use crate::client::{ClientState, TAGS, slot_of};
use crate::model::{NODES, SHARDS};
use crate::net::ConnState;
use crate::world::{MILLI, World};

impl World {
    /// Random trouble of the kinds that this seed likes.
    pub(crate) fn make_trouble(&mut self) -> Result<(), String> {
        let profile = self.profile.clone();
        if self.rng.chance(profile.migrations) {
            self.migrate()?;
        }
        if self.rng.chance(profile.fail_overs) {
            let shard = self.rng.index(SHARDS);
            let done = self.fail_over(shard);
            self.log(|_| done.unwrap_or_else(|| format!("shard {shard} cannot fail over")));
        }
        if self.rng.chance(profile.crashes) {
            self.crash();
        }
        if self.rng.chance(profile.refusals) {
            self.refuse();
        }
        if self.rng.chance(profile.link_faults) {
            self.break_link();
        }
        if self.rng.chance(profile.slow_clients) {
            self.slow_down_client();
        }
        if self.rng.chance(profile.disconnects) {
            self.disconnect();
        }
        self.clients
            .retain(|client| client.state != ClientState::Gone);
        if self.clients.len() < profile.clients && self.rng.chance(100) {
            self.connect_client();
        }
        Ok(())
    }

    pub(crate) fn migrate(&mut self) -> Result<(), String> {
        let moving: Vec<u16> = self.cluster.migrations.keys().copied().collect();
        let slot = if moving.is_empty() || (moving.len() < 3 && self.rng.chance(100)) {
            slot_of(TAGS[self.rng.index(self.profile.taste.tags)])
        } else {
            Slot::new(*self.rng.pick(&moving)).expect("a slot")
        };
        self.migrate_slot(slot);
        // A key that arrives is given to those who wait for it.
        (0..NODES).try_for_each(|node| self.serve_waits(node))
    }

    /// One step of a slot's way; channels of it stay behind.
    fn migrate_slot(&mut self, slot: Slot) {
        let from = self.cluster.owner(slot);
        let before = self.cluster.shards[from].store.keys_of(slot);
        let done = self.cluster.migrate(slot, &mut self.rng, self.now);
        self.log(|_| done);
        for key in before {
            if !self.cluster.shards[from].store.contains(&key) {
                self.invalidate(from, &key);
            }
        }
        if self.cluster.owner(slot) != from {
            self.forget_channels(from, |other| other == slot);
        }
    }

    /// The replica of a shard takes over, if it can.
    pub(crate) fn fail_over(&mut self, shard: usize) -> Option<String> {
        let done = self.cluster.fail_over(shard, &mut self.rng, self.now)?;
        if self.profile.forgets_channels {
            let cluster = &self.cluster;
            let own: Vec<Slot> = TAGS.map(slot_of).into();
            let own: Vec<Slot> = own
                .into_iter()
                .filter(|slot| cluster.owner(*slot) == shard)
                .collect();
            self.forget_channels(shard, |slot| own.contains(&slot));
        }
        Some(done)
    }

    /// A server process ends, or its whole machine goes silent; it comes back, and its replica may take over.
    pub(crate) fn crash(&mut self) {
        let node = self.rng.index(NODES);
        if !self.cluster.nodes[node].up {
            return;
        }
        let silent = self.rng.chance(400);
        let restart_at = self.now + self.rng.range(20, 300) * MILLI;
        let promote_at = self.now + self.rng.range(10, 150) * MILLI;
        let server = &mut self.cluster.nodes[node];
        (server.up, server.silent, server.restart_at) = (false, silent, restart_at);
        let shard = server.shard;
        if self.cluster.is_primary(node) {
            self.cluster.shards[shard].promote_at = Some(promote_at);
        }
        self.log(|_| format!("node {node} crashes, silent: {silent}"));
        self.cut_links_of(node, silent);
    }

    /// What was under way to the node is lost; the proxy learns that at once or only by waiting.
    fn cut_links_of(&mut self, node: usize, silent: bool) {
        for conn in self.conns.values_mut().filter(|conn| conn.node == node) {
            conn.to_node.clear();
            conn.node_input.clear();
            conn.blocked = None;
            match conn.state {
                ConnState::Connecting { .. } if silent => {
                    conn.state = ConnState::Connecting {
                        at: u64::MAX,
                        accepted: true,
                    };
                }
                ConnState::Connecting { .. } => {
                    conn.state = ConnState::Connecting {
                        at: self.now,
                        accepted: false,
                    };
                }
                ConnState::Open if silent => conn.silent_until = u64::MAX,
                ConnState::Open => {
                    conn.state = ConnState::NodeClosed;
                    if self.rng.chance(500) {
                        conn.to_proxy.clear();
                    }
                }
                ConnState::ProxyClosed => conn.state = ConnState::Gone,
                ConnState::NodeClosed | ConnState::Gone => {}
            }
        }
    }

    /// A node has reasons of its own to refuse for a while.
    pub(crate) fn refuse(&mut self) {
        let node = self.rng.index(NODES);
        let until = self.now + self.rng.range(1, 120) * MILLI;
        let kind = self.rng.below(7);
        let server = &mut self.cluster.nodes[node];
        match kind {
            0 => server.loading_until = until,
            1 => server.orphaned_until = until,
            2 => server.cluster_down_until = until,
            3 => server.read_only_until = until,
            4 => server.out_of_memory_until = until,
            5 => server.refuses_handshakes_until = until,
            _ => server.stalled_until = until,
        }
        self.log(|_| format!("node {node} has trouble {kind} until {until}"));
    }

    pub(crate) fn break_link(&mut self) {
        let open: Vec<u64> = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.state == ConnState::Open && conn.silent_until != u64::MAX)
            .map(|(serial, _)| *serial)
            .collect();
        if open.is_empty() {
            return;
        }
        let serial = *self.rng.pick(&open);
        let now = self.now;
        let kind = self.rng.below(4);
        let silent = now + self.rng.range(1, 400) * MILLI;
        self.log(|_| format!("trouble {kind} on {serial}"));
        let Some(conn) = self.conns.get_mut(&serial) else {
            return;
        };
        match kind {
            0 => self.lose(serial, "reset"),
            1 => {
                conn.to_node.clear();
                conn.blocked = None;
                conn.state = ConnState::NodeClosed;
            }
            2 => conn.silent_until = silent,
            _ => self.cluster.nodes[conn.node].stalled_until = silent,
        }
    }

    pub(crate) fn slow_down_client(&mut self) {
        if self.clients.is_empty() {
            return;
        }
        let at = self.rng.index(self.clients.len());
        let until = self.now + self.rng.range(1, 150) * MILLI;
        if self.rng.chance(400) {
            self.clients[at].mute_until = until;
        } else {
            self.clients[at].slow_until = until;
        }
    }

    /// A client goes, at once or after what it has asked.
    pub(crate) fn disconnect(&mut self) {
        if self.clients.is_empty() {
            return;
        }
        let at = self.rng.index(self.clients.len());
        let abrupt = self.rng.chance(600);
        let client = &mut self.clients[at];
        if client.state != ClientState::Open {
            return;
        }
        if !abrupt {
            client.state = ClientState::Ending;
            return;
        }
        client.state = ClientState::Gone;
        let id = client.id;
        self.log(|world| format!("client {} is gone", world.clients[at].number));
        self.pipeline.handle_client_closed(id);
    }

    /// What servers do by themselves as time passes.
    pub(crate) fn run_clock_of_nodes(&mut self) {
        let now = self.now;
        for shard in 0..SHARDS {
            if self.cluster.shards[shard]
                .promote_at
                .is_some_and(|at| at <= now)
            {
                let done = self.fail_over(shard);
                self.log(|_| {
                    done.unwrap_or_else(|| format!("shard {shard} has nobody to take over"))
                });
                self.cluster.shards[shard].promote_at = None;
            }
        }
        for node in 0..NODES {
            let server = &mut self.cluster.nodes[node];
            if server.up || now < server.restart_at {
                continue;
            }
            server.up = true;
            server.silent = false;
            server.loading_until = now + self.rng.below(60) * MILLI;
            self.log(|_| format!("node {node} is back"));
        }
    }

    /// Everything works again; connections to machines that were silent are reset.
    pub(crate) fn heal(&mut self) {
        self.cluster.heal(self.now);
        for conn in self.conns.values_mut() {
            match conn.state {
                ConnState::Connecting { at: u64::MAX, .. } => {
                    conn.state = ConnState::Connecting {
                        at: self.now,
                        accepted: false,
                    };
                }
                _ if conn.silent_until == u64::MAX => conn.state = ConnState::NodeClosed,
                _ => {}
            }
            conn.silent_until = conn.silent_until.min(self.now);
        }
        for client in &mut self.clients {
            client.mute_until = self.now;
            client.slow_until = self.now;
        }
        let moving: Vec<u16> = self.cluster.migrations.keys().copied().collect();
        for number in moving {
            let slot = Slot::new(number).expect("a slot");
            while self.cluster.migrations.contains_key(&number) {
                self.migrate_slot(slot);
            }
        }
        self.next_map = self.now;
    }
}
