//! Moves bytes between the pipeline and the model, as the worker does with sockets.

use corelane::cluster::Slot;
use corelane::pipeline::{Action, ClientId, Intake, LinkEnd, LinkId, Peer};

use crate::client::ClientState;
use crate::everywhere;
use crate::model::Verdict;
use crate::multi;
use crate::net::{Conn, ConnState};
use crate::requests;
use crate::store;
use crate::waits::Manner;
use crate::wire;
use crate::world::{MILLI, World};

impl World {
    /// Every peer, in any order, gets a chance to move some bytes.
    pub(crate) fn move_bytes(&mut self) -> Result<(), String> {
        let mut conns: Vec<u64> = self.conns.keys().copied().collect();
        self.rng.shuffle(&mut conns);
        for serial in conns {
            self.run_node(serial)?;
            if self.rng.chance(900) {
                self.run_link(serial)?;
            }
        }
        self.conns.retain(|_, conn| conn.state != ConnState::Gone);
        for at in 0..self.clients.len() {
            self.hand_over(at);
        }
        Ok(())
    }

    /// A client's bytes reach the proxy, in pieces.
    fn hand_over(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let may_send = matches!(
            client.state,
            ClientState::Open | ClientState::Leaving | ClientState::Ending
        );
        let (id, now) = (client.id, self.now);
        if !may_send || now < client.mute_until {
            return;
        }
        // A receive that is armed already may bring bytes that were not asked for any more.
        let intake = self.pipeline.intake(Peer::Client(id));
        let is_armed = match intake {
            Intake::Small | Intake::Large => true,
            Intake::Paused => self.rng.below(2) == 0,
            Intake::OnlyEnd | Intake::Full => false,
        };
        // An end that is watched for is seen although bytes lie before it.
        if intake == Intake::OnlyEnd && client.state == ClientState::Ending {
            return self.end_side(at);
        }
        if !is_armed {
            return;
        }
        if client.output.is_empty() {
            if client.state == ClientState::Ending {
                self.end_side(at);
            }
            return;
        }
        let len = match self.rng.below(4) {
            0 => self.rng.range(1, 30) as usize,
            1 => self.rng.range(1, 400) as usize,
            _ => client.output.len(),
        };
        let peer = Peer::Client(id);
        let len = len.min(client.output.len());
        if let Some(room) = self.pipeline.large_input(peer) {
            let len = len.min(room.capacity() - room.len());
            let bytes: Vec<u8> = client.output.drain(..len).collect();
            room.extend_from_slice(&bytes);
            client.handed += len as u64;
            self.pipeline.handle_client_input(id, len, self.time());
        } else {
            let bytes: Vec<u8> = client.output.drain(..len).collect();
            client.handed += len as u64;
            self.log(|world| {
                format!(
                    "client {} sends {}",
                    world.clients[at].number,
                    wire::show(&bytes)
                )
            });
            self.pipeline.handle_client_bytes(id, &bytes, self.time());
        }
    }

    fn end_side(&mut self, at: usize) {
        let client = &mut self.clients[at];
        client.state = ClientState::Ended;
        let id = client.id;
        self.log(|world| format!("client {} ends its side", world.clients[at].number));
        self.pipeline.handle_client_end(id, self.time());
    }

    /// What has arrived at a node is executed, in order, unless the node has stopped to.
    fn run_node(&mut self, serial: u64) -> Result<(), String> {
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        let node = conn.node;
        let server = &self.cluster.nodes[node];
        let listens = matches!(conn.state, ConnState::Open | ConnState::ProxyClosed);
        if !listens || !server.up || self.now < server.stalled_until || self.now < conn.silent_until
        {
            return Ok(());
        }
        let arrived = conn.to_node.take(usize::MAX, self.now);
        conn.node_input.extend(arrived);
        let mut left = self.rng.range(1, 12);
        while left > 0 && self.conns.contains_key(&serial) {
            left -= 1;
            if !self.run_request(serial)? {
                break;
            }
        }
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        if conn.state == ConnState::ProxyClosed && conn.to_node.len() == 0 {
            let stuck = conn.blocked.is_none()
                && wire::take_request(&conn.node_input)
                    .map_err(|bad| bad.0)?
                    .is_none();
            if stuck {
                conn.state = ConnState::Gone;
            }
        }
        Ok(())
    }

    /// One request at a node; false if there is none.
    fn run_request(&mut self, serial: u64) -> Result<bool, String> {
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(false);
        };
        if conn.blocked.is_some() {
            return Ok(false);
        }
        let taken = wire::take_request(&conn.node_input).map_err(|bad| bad.0)?;
        let Some((args, len)) = taken else {
            return Ok(false);
        };
        let start = conn.node_base;
        conn.node_input.drain(..len);
        conn.node_base += len as u64;
        let args = requests::without_script(args);
        let (was_read_only, node) = (conn.session.read_only, conn.node);
        if args[0] == b"CLIENT" && args[1] == b"UNBLOCK" {
            return self.run_unblock(serial, node, &args);
        }
        if self.run_aside(serial, &args)? {
            return Ok(true);
        }
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(false);
        };
        let verdict = self
            .cluster
            .handle(node, &mut conn.session, &args, self.now);
        let has_keys = !matches!(verdict, Verdict::Internal(_));
        if has_keys && was_read_only && store::is_write(&args) {
            let shown = wire::show(&wire::request(&args));
            return Err(format!("a write on a READONLY link: {shown}"));
        }
        let (one_way, at_node) = (self.profile.latency, self.profile.latency_of_nodes);
        let due = self.now + self.rng.below(one_way) + self.rng.below(at_node);
        if args[0] == b"MULTI" {
            conn.session.multi.start = start;
        }
        let refuses = refused(&verdict, &args);
        let reply = match verdict {
            Verdict::Waits => {
                self.block(serial, args, start);
                return Ok(true);
            }
            Verdict::Internal(reply) | Verdict::Refused(reply) | Verdict::RefusedAll(reply, _) => {
                reply
            }
            Verdict::Done(reply) if everywhere::is_meant(&args) => {
                let shard = self.cluster.nodes[node].shard;
                self.oracle.everywhere.note_executed(shard, &args)?;
                reply
            }
            Verdict::Executed(all) => {
                let resp3 = conn.session.resp3;
                let exec = self.oracle.execution(serial, all.start, &all.reply);
                self.oracle.note_transaction(&all, exec, resp3)?;
                self.track_transaction(serial, node, &all);
                all.reply
            }
            Verdict::Done(reply) => {
                self.note_done(serial, &args, start, &reply)?;
                reply
            }
        };
        let (asked, said) = (wire::show(&wire::request(&args)), wire::show(&reply));
        self.log(|_| format!("node {node} on {serial}: {asked} -> {said}"));
        self.send_reply(serial, &args, reply, due, refuses);
        if args[0] == b"RPUSH" {
            self.serve_waits(node)?;
        }
        Ok(true)
    }

    /// A node has executed a request that came over a connection, where it began at `start`.
    pub(crate) fn note_done(
        &mut self,
        serial: u64,
        args: &wire::Args,
        start: u64,
        reply: &[u8],
    ) -> Result<(), String> {
        let Some(conn) = self.conns.get(&serial) else {
            return Ok(());
        };
        let (node, resp3) = (conn.node, conn.session.resp3);
        let exec = self.oracle.execution(serial, start, reply);
        let shard = self.cluster.nodes[node].shard;
        let store = &self.cluster.shards[shard].store;
        self.oracle.note_executed(args, exec, resp3, store)?;
        self.notify(serial, node, args)
    }

    /// CLIENT UNBLOCK at a node.
    fn run_unblock(&mut self, serial: u64, node: usize, args: &wire::Args) -> Result<bool, String> {
        let text = String::from_utf8_lossy(&args[2]).into_owned();
        let manner = match args[3].as_slice() {
            b"ERROR" => Manner::Error,
            _ => Manner::Null,
        };
        let reply = self.unblock(node, text.parse().unwrap_or(0), manner)?;
        let due = self.now + self.rng.below(self.profile.latency);
        self.send_reply(serial, args, reply, due, None);
        Ok(true)
    }

    /// The reply leaves the node, sometimes with something that nobody asked for.
    pub(crate) fn send_reply(
        &mut self,
        serial: u64,
        args: &wire::Args,
        reply: Vec<u8>,
        due: u64,
        refuses: Option<(u64, Slot)>,
    ) {
        let poison = self.is_poisoned();
        let pause = self.pause_between_pieces(reply.len());
        let is_push = !self.quiet && self.rng.chance(10);
        let Some(conn) = self.conns.get_mut(&serial) else {
            return;
        };
        if conn.state != ConnState::Open {
            return;
        }
        if is_push && conn.session.resp3 && !conn.poisoned {
            conn.reply(
                b">2\r\n+message\r\n$3\r\nfoo\r\n".to_vec(),
                due,
                false,
                None,
            );
        }
        if !poison {
            conn.reply(reply, due, true, refuses);
            conn.to_proxy.spread_last(pause);
            return;
        }
        conn.poisoned = true;
        let is_part = args.len() > 4 || args.get(1).is_some_and(|key| store::is_label(key));
        let nonsense: &[u8] = match args[0].as_slice() {
            b"MGET" | b"GET" if is_part => b"*1\r\n:1\r\n",
            _ => b"@what\r\n",
        };
        conn.reply(nonsense.to_vec(), due, true, None);
        self.log(|_| format!("poison on {serial}"));
    }

    /// What has arrived at the proxy's end of a connection.
    fn run_link(&mut self, serial: u64) -> Result<(), String> {
        let now = self.time();
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        let link = conn.link;
        match conn.state {
            ConnState::Connecting { at, accepted } if self.now >= at => {
                if accepted {
                    conn.state = ConnState::Open;
                    self.log(|_| format!("connected {serial}"));
                    self.pipeline.handle_link_connected(link, now);
                } else {
                    self.lose(serial, "refused");
                }
                Ok(())
            }
            ConnState::Open | ConnState::NodeClosed if self.now >= conn.silent_until => {
                self.receive(serial)
            }
            _ => Ok(()),
        }
    }

    fn receive(&mut self, serial: u64) -> Result<(), String> {
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        let link = conn.link;
        if !conn.to_proxy.arrived(self.now) {
            if conn.state == ConnState::NodeClosed && conn.to_proxy.len() == 0 {
                self.lose(serial, "closed by the node");
            }
            return Ok(());
        }
        // A receive that is armed already may bring bytes that were not asked for any more.
        if self.pipeline.intake(Peer::Link(link)) == Intake::Full && self.rng.below(4) > 0 {
            return Ok(());
        }
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        let max = match self.rng.below(5) {
            0 => self.rng.range(1, 20) as usize,
            1 => self.rng.range(1, 300) as usize,
            _ => 100_000,
        };
        let peer = Peer::Link(link);
        let room = self
            .pipeline
            .large_input(peer)
            .map(|input| input.capacity() - input.len());
        let bytes = conn.to_proxy.take(max.min(room.unwrap_or(max)), self.now);
        conn.delivered += bytes.len() as u64;
        while conn
            .marks
            .front()
            .is_some_and(|mark| mark.end <= conn.delivered)
        {
            let Some(mark) = conn.marks.pop_front() else {
                break;
            };
            if mark.is_answer {
                conn.unanswered.pop_front();
            }
            if let Some((uid, slot)) = mark.refuses {
                self.oracle.note_refused(uid, slot, serial, conn.written)?;
            }
        }
        let now = self.time();
        match self.pipeline.large_input(peer) {
            Some(input) if room.is_some() => {
                input.extend_from_slice(&bytes);
                self.pipeline.handle_link_input(link, bytes.len(), now);
            }
            _ => self.pipeline.handle_link_bytes(link, &bytes, now),
        }
        Ok(())
    }

    /// The proxy learns that a connection is gone.
    pub(crate) fn lose(&mut self, serial: u64, why: &str) {
        let Some(conn) = self.conns.get_mut(&serial) else {
            return;
        };
        let link = conn.link;
        conn.state = ConnState::Gone;
        self.by_link.remove(&link);
        self.just_lost.push(link);
        self.log(|_| format!("connection {serial} is gone: {why}"));
        self.pipeline.handle_link_closed(link, self.time());
    }

    /// Carries out what the pipeline decided.
    pub(crate) fn act(&mut self) -> Result<(), String> {
        while let Some(action) = self.pipeline.poll_action() {
            match action {
                Action::Connect { link, addr } => self.connect(link, self.cluster.node_at(&addr)),
                Action::CloseLink { link, why, .. } => self.close_link(link, &why)?,
                Action::CloseClient(id) => self.close_client(id)?,
                Action::LinkReady(_) | Action::ResumeClient(_) | Action::ResumeLink(_) => {}
                Action::Tell { .. } | Action::Show { .. } | Action::Inform { .. } => {
                    return Err("one worker alone tells nobody".to_owned());
                }
                Action::Ask { .. } | Action::Answer { .. } => {
                    return Err("one worker alone asks nobody".to_owned());
                }
                Action::Refresh(_) => {
                    let soon = self.now + self.rng.range(1, 20) * MILLI;
                    self.next_map = self.next_map.min(soon);
                }
            }
        }
        self.just_lost.clear();
        Ok(())
    }

    fn connect(&mut self, link: LinkId, node: Option<usize>) {
        self.conns_seen += 1;
        let serial = self.conns_seen;
        let faulty = !self.quiet && self.rng.chance(self.profile.link_faults);
        let delay = self.rng.below(self.profile.latency * 2);
        let (at, accepted) = match node.map(|node| &self.cluster.nodes[node]) {
            Some(server) if server.silent || (faulty && self.rng.chance(300)) => (u64::MAX, true),
            Some(server) => (self.now + delay, server.up && !faulty),
            None => (self.now + delay, false),
        };
        self.log(|_| format!("connection {serial} to {node:?}: {accepted} at {at}"));
        let conn = Conn::new(
            serial,
            link,
            node.unwrap_or(0),
            at,
            accepted,
            self.profile.window,
        );
        self.by_link.insert(link, serial);
        self.conns.insert(serial, conn);
    }

    fn close_link(&mut self, link: LinkId, why: &LinkEnd) -> Result<(), String> {
        let serial = match self.by_link.remove(&link) {
            Some(serial) => serial,
            None if self.just_lost.contains(&link) => return Ok(()),
            None => return Err(format!("closed an unknown link: {why:?}")),
        };
        self.log(|_| format!("the proxy closes {serial}: {why:?}"));
        let abrupt = self.rng.chance(300);
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        if matches!(why, LinkEnd::Desync(_)) && !conn.poisoned {
            return Err(format!(
                "connection {serial} was closed without a reason: {why:?}"
            ));
        }
        conn.to_proxy.clear();
        conn.state = match conn.state {
            ConnState::Open if !abrupt => ConnState::ProxyClosed,
            _ => ConnState::Gone,
        };
        Ok(())
    }

    fn close_client(&mut self, id: ClientId) -> Result<(), String> {
        let has_slow_listeners = self.has_slow_listeners();
        let found = self
            .clients
            .iter_mut()
            .find(|client| client.id == id && client.state != ClientState::Gone);
        let client = found.ok_or("an unknown client was closed")?;
        let number = client.number;
        let is_over = self.config.limits.client_output_max < 1_000_000
            && self.pipeline.stats().counters.closes_output_max > 0
            || has_slow_listeners;
        let owed = client
            .sent
            .iter()
            .filter(|sent| sent.end <= client.handed)
            .count();
        let may_close = match client.state {
            // Who has ended his side waits for nothing.
            ClientState::Ended if client.waits() => true,
            ClientState::Leaving | ClientState::Ended => owed == 0,
            _ => self.draining && owed == 0,
        };
        // In the middle of a large reply there is no other way out.
        let counters = self.pipeline.stats().counters;
        let cuts = counters.closes_broken_reply + counters.closes_slow_reply;
        // Nor for who holds up others while memory is short.
        let cuts = cuts + counters.closes_memory;
        let is_cut = !may_close && !is_over && !self.profile.calm && self.cuts_seen < cuts;
        self.cuts_seen += u64::from(is_cut);
        if !may_close && !is_over && !is_cut {
            return Err(format!(
                "client {number} was closed with {owed} replies due: {:?}",
                client.state
            ));
        }
        client.state = ClientState::Gone;
        self.log(|_| format!("the proxy closes client {number}"));
        Ok(())
    }
}

/// Which request a node does not execute.
fn refused(verdict: &Verdict, args: &wire::Args) -> Option<(u64, Slot)> {
    match verdict {
        Verdict::Refused(_) => multi::concerns(args),
        Verdict::RefusedAll(_, commands) => commands.iter().find_map(multi::concerns),
        _ => None,
    }
}
