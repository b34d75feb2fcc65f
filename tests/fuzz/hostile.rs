//! The pipeline between clients and nodes that send whatever they like, in any order.
//!
//! A run reads operations from the fuzzer's bytes. Whatever happens, nothing panics, the parts of the state
//! agree, a client gets whole replies and nothing else, memory stays within what was sent, every turn ends,
//! and nothing is left when all have gone.

use std::collections::BTreeMap;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Duration;

use corelane::cluster::{MapVersion, Node, NodeAddr, Role, Shard, Slot, SlotMap};
use corelane::config::{Config, CrossSlot, Secret, Seed};
use corelane::pipeline::{Action, ClientId, Intake, LinkId, Peer, Pipeline, Time};
use corelane::resp::{Limits, ReplyScanner, Scan, write};

use crate::input::Input;
use crate::script;

const CLIENTS_MAX: usize = 6;
const OPERATIONS_MAX: usize = 400;
/// Turns of the driver in which one thing leads to the next; more do not end.
const ROUNDS_MAX: usize = 10_000;
const MILLI: u64 = 1_000_000;
/// What is held beyond what was sent: replies made here, such as the list of commands, for each client.
const HELD_MAX: usize = 8 << 20;

/// A client's end.
#[derive(Debug, Default)]
struct Ear {
    /// The beginning of a reply.
    input: Vec<u8>,
    /// It reads nothing.
    is_deaf: bool,
}

/// A node's end.
#[derive(Debug, Default)]
struct Mouth {
    is_connected: bool,
    /// Bytes of requests that were not looked at.
    input: Vec<u8>,
}

/// A run.
#[derive(Debug)]
struct Run {
    pipeline: Pipeline,
    config: Config,
    now: u64,
    clients: BTreeMap<ClientId, Ear>,
    links: BTreeMap<LinkId, Mouth>,
    map_version: u64,
    received: usize,
}

/// Operations upon a pipeline: a byte for the settings, then for each operation its kind and arguments.
pub fn pipeline(data: &[u8]) {
    let mut input = Input::new(data);
    let mut run = Run::new(input.byte());
    for _ in 0..OPERATIONS_MAX {
        let Some(kind) = input.next() else { break };
        run.operate(kind, &mut input);
        run.turn();
    }
    run.end();
}

// === impl Run ===

impl Run {
    fn new(kind: u8) -> Self {
        let config = config(kind);
        let wall = Duration::from_secs(1_700_000_000);
        let mut pipeline = Pipeline::new(config.clone(), 0, 1, Time(0), wall);
        if kind.is_multiple_of(3) {
            pipeline.set_passages(40, 200);
        }
        let mut run = Self {
            pipeline,
            config,
            now: 0,
            clients: BTreeMap::new(),
            links: BTreeMap::new(),
            map_version: 0,
            received: 0,
        };
        if kind & 0x80 == 0 {
            run.map(0);
        }
        run.connect();
        run
    }

    fn operate(&mut self, kind: u8, input: &mut Input<'_>) {
        match kind % 20 {
            0 => self.connect(),
            1 => {
                let (client, bytes) = (self.client(input), input.piece());
                self.client_sends(client, bytes);
            }
            // Whole requests are what leads anywhere.
            2..=6 => {
                let client = self.client(input);
                let bytes = script::requests(input);
                self.client_sends(client, &bytes);
            }
            7 => {
                let (link, bytes) = (self.link(input), input.piece());
                self.link_sends(link, bytes);
            }
            8 => {
                let (link, bytes) = (self.link(input), script::reply(input));
                self.link_sends(link, &bytes);
            }
            9..=13 => self.answer(input),
            14 => self.advance(input),
            15 => self.map(input.byte()),
            16 => self.leave(input),
            17 => {
                let link = self.link(input);
                if let Some(link) = link.filter(|link| self.links.remove(link).is_some()) {
                    self.pipeline.handle_link_closed(link, Time(self.now));
                }
            }
            18 => {
                let is_deaf = input.byte().is_multiple_of(2);
                let client = self.client(input);
                if let Some(ear) = client.and_then(|id| self.clients.get_mut(&id)) {
                    ear.is_deaf = is_deaf;
                }
            }
            _ => self.change(input.byte()),
        }
    }

    fn connect(&mut self) {
        let peer: SocketAddr = ([192, 0, 2, 1], 40_000).into();
        let local: SocketAddr = ([192, 0, 2, 2], 7617).into();
        if self.clients.len() < CLIENTS_MAX
            && let Ok(id) = self
                .pipeline
                .handle_client_connected(peer, local, Time(self.now))
        {
            self.clients.insert(id, Ear::default());
        }
    }

    fn client(&self, input: &mut Input<'_>) -> Option<ClientId> {
        let at = input.index(self.clients.len().max(1));
        self.clients.keys().nth(at).copied()
    }

    fn link(&self, input: &mut Input<'_>) -> Option<LinkId> {
        let at = input.index(self.links.len().max(1));
        self.links.keys().nth(at).copied()
    }

    /// As the driver does: where a large frame is under way its room is used, and a peer that is not
    /// to be received from is left alone.
    fn client_sends(&mut self, client: Option<ClientId>, mut bytes: &[u8]) {
        let Some(id) = client else { return };
        self.received += bytes.len();
        while !bytes.is_empty() && self.clients.contains_key(&id) {
            let now = Time(self.now);
            let intake = self.pipeline.intake(Peer::Client(id));
            if matches!(intake, Intake::OnlyEnd | Intake::Full) {
                return;
            }
            if let Some(room) = self.pipeline.large_input(Peer::Client(id)) {
                let len = bytes.len().min(room.capacity() - room.len());
                room.extend_from_slice(&bytes[..len]);
                bytes = &bytes[len..];
                self.pipeline.handle_client_input(id, len, now);
            } else {
                self.pipeline.handle_client_bytes(id, bytes, now);
                bytes = &[];
            }
            self.turn();
        }
    }

    fn link_sends(&mut self, link: Option<LinkId>, mut bytes: &[u8]) {
        let Some(id) = link else { return };
        self.received += bytes.len();
        let is_connected = self.links.get(&id).is_some_and(|mouth| mouth.is_connected);
        while is_connected && !bytes.is_empty() && self.links.contains_key(&id) {
            let now = Time(self.now);
            if let Some(room) = self.pipeline.large_input(Peer::Link(id)) {
                let len = bytes.len().min(room.capacity() - room.len());
                room.extend_from_slice(&bytes[..len]);
                bytes = &bytes[len..];
                self.pipeline.handle_link_input(id, len, now);
            } else {
                self.pipeline.handle_link_bytes(id, bytes, now);
                bytes = &[];
            }
            self.turn();
        }
    }

    /// Nodes answer: connections come about, and requests that a node has got are replied to, in the
    /// usual words or in others.
    fn answer(&mut self, input: &mut Input<'_>) {
        let manner = input.byte();
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            let Some(mouth) = self.links.get_mut(&link) else {
                continue;
            };
            if !mouth.is_connected {
                mouth.is_connected = true;
                self.pipeline.handle_link_connected(link, Time(self.now));
                self.turn();
                continue;
            }
            let mut said = Vec::new();
            let mut at = 0;
            while let Some((args, len)) = script::next_request(&mouth.input[at..]) {
                at += len;
                said.extend(script::answer(&args, manner, input));
            }
            mouth.input.drain(..at);
            self.link_sends(Some(link), &said);
        }
    }

    fn advance(&mut self, input: &mut Input<'_>) {
        let steps = [1, 10, 60, 1_000, 30_000];
        self.now += *input.pick(&steps) * MILLI;
        self.pipeline.handle_timeout(Time(self.now));
    }

    fn map(&mut self, kind: u8) {
        self.map_version += 1;
        // At times one that is older.
        let version = if kind >= 0xf0 { 1 } else { self.map_version };
        let map = script::map(kind, MapVersion(version));
        self.pipeline.handle_slot_map(&map, Time(self.now));
    }

    fn leave(&mut self, input: &mut Input<'_>) {
        let is_abrupt = input.byte().is_multiple_of(2);
        let Some(id) = self.client(input) else { return };
        if is_abrupt {
            self.clients.remove(&id);
            self.pipeline.handle_client_closed(id);
        } else {
            self.pipeline.handle_client_end(id, Time(self.now));
        }
    }

    fn change(&mut self, kind: u8) {
        if kind >= 0xf8 {
            return self.pipeline.handle_drain(Time(self.now));
        }
        // Limits stay: what is under way may be beyond new ones.
        let other = config(kind);
        self.config.commands = other.commands;
        self.config.clients = other.clients;
        let reloads = corelane::metrics::Reloads::default();
        self.pipeline.handle_settings(&self.config, reloads);
    }

    /// What the driver does after each event.
    fn turn(&mut self) {
        for round in 0.. {
            assert!(round < ROUNDS_MAX, "turns do not end");
            self.pipeline.handle_resumable(Time(self.now));
            let acted = self.act();
            let wrote = self.write();
            if !acted && !wrote {
                break;
            }
        }
        if let Err(why) = self.pipeline.check_invariants() {
            panic!("{why}");
        }
        let held = self.pipeline.stats().counters.buffer_bytes;
        let held = usize::try_from(held).unwrap_or(usize::MAX);
        assert!(
            held <= HELD_MAX + 100 * self.received,
            "{held} bytes are held"
        );
    }

    fn act(&mut self) -> bool {
        let mut acted = false;
        while let Some(action) = self.pipeline.poll_action() {
            acted = true;
            match action {
                Action::Connect { link, .. } => {
                    let before = self.links.insert(link, Mouth::default());
                    assert!(before.is_none(), "a link is opened twice");
                }
                Action::CloseLink { link, .. } => {
                    self.links.remove(&link);
                }
                Action::CloseClient(id) => {
                    self.clients.remove(&id);
                }
                Action::Tell { .. }
                | Action::Show { .. }
                | Action::Inform { .. }
                | Action::Ask { .. }
                | Action::Answer { .. } => {
                    panic!("one worker alone talks to nobody");
                }
                Action::LinkReady(_)
                | Action::ResumeClient(_)
                | Action::ResumeLink(_)
                | Action::Refresh(_) => {}
            }
        }
        acted
    }

    fn write(&mut self) -> bool {
        let mut wrote = false;
        while let Some(peer) = self.pipeline.poll_dirty(Time(self.now)) {
            wrote |= self.write_to(peer);
        }
        let again: Vec<ClientId> = self.clients.keys().copied().collect();
        for client in again {
            wrote |= self.write_to(Peer::Client(client));
        }
        wrote
    }

    fn write_to(&mut self, peer: Peer) -> bool {
        let may_write = match peer {
            Peer::Client(id) => self.clients.get(&id).is_some_and(|ear| !ear.is_deaf),
            Peer::Link(id) => self.links.get(&id).is_some_and(|mouth| mouth.is_connected),
        };
        if !may_write {
            return false;
        }
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = self.pipeline.output(peer, &mut slices);
        let bytes: Vec<u8> = slices[..filled]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect();
        if bytes.is_empty() {
            return false;
        }
        self.pipeline.handle_written(peer, bytes.len());
        match peer {
            Peer::Client(id) => {
                if let Some(ear) = self.clients.get_mut(&id) {
                    ear.hear(&bytes);
                }
            }
            Peer::Link(id) => {
                if let Some(mouth) = self.links.get_mut(&id) {
                    mouth.input.extend_from_slice(&bytes);
                    assert_requests(&mouth.input);
                }
            }
        }
        true
    }

    /// Everybody goes; nothing is left.
    fn end(&mut self) {
        for client in std::mem::take(&mut self.clients).into_keys() {
            self.pipeline.handle_client_closed(client);
        }
        self.turn();
        for link in std::mem::take(&mut self.links).into_keys() {
            self.pipeline.handle_link_closed(link, Time(self.now));
        }
        self.turn();
        let counters = self.pipeline.stats().counters;
        assert_eq!(self.pipeline.clients(), 0);
        assert_eq!(counters.requests_in_flight, 0);
        // What is dropped waits for no more than its deadlines.
        for _ in 0..20 {
            self.now += 700 * MILLI;
            self.pipeline.handle_timeout(Time(self.now));
            self.turn();
            for link in std::mem::take(&mut self.links).into_keys() {
                self.pipeline.handle_link_closed(link, Time(self.now));
            }
        }
        let counters = self.pipeline.stats().counters;
        assert_eq!(counters.clients_accepted, counters.clients_closed);
        assert_eq!(counters.buffer_bytes, 0, "bytes are held for nobody");
    }
}

// === impl Ear ===

impl Ear {
    /// Everything that comes is a reply.
    fn hear(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let rest = &self.input[at..];
            match ReplyScanner::default().scan(rest, &Limits::DEFAULT) {
                Scan::Complete { len } => at += len,
                Scan::Incomplete { .. } => break,
                Scan::Invalid(why) => panic!("a client gets {:?}: {why:?}", rest.escape_ascii()),
            }
        }
        self.input.drain(..at);
    }
}

/// What a node gets are requests.
fn assert_requests(mut bytes: &[u8]) {
    while let Some((_, len)) = script::next_request(bytes) {
        bytes = &bytes[len..];
    }
}

fn config(kind: u8) -> Config {
    let mut config = Config {
        seeds: vec![Seed {
            host: "10.0.0.1".to_owned(),
            port: 7000,
        }],
        ..Config::default()
    };
    if kind & 1 != 0 {
        config.commands.cross_slot = CrossSlot::Emulate;
    }
    if kind & 2 != 0 {
        config.cluster.dynamic_replica_read_priority = 90;
        config.cluster.failover_hold = Some(Duration::from_millis(50));
    }
    if kind & 4 != 0 {
        config.clients.password = Some(Secret::new("open"));
    }
    if kind & 8 != 0 {
        let limits = &mut config.limits;
        limits.client_requests_in_flight_max = 3;
        limits.link_requests_in_flight_max = 4;
        limits.node_backlog_requests_max = 3;
        limits.private_links_max = 2;
        limits.transaction_bytes_max = 300;
        limits.client_output_pause = 2_000;
    }
    if kind & 16 != 0 {
        config.limits.memory_max = 20_000;
        config.limits.client_output_max = 20_000;
    }
    config
}

/// A map of two shards.
pub(crate) fn shard(port: u16) -> Shard {
    let node = |port, role| Node::at(NodeAddr::new("10.0.0.1", port), role);
    Shard {
        primary: Some(node(port, Role::Primary)),
        replicas: vec![node(port + 1, Role::Replica)],
    }
}

pub(crate) fn whole_range(map: &mut SlotMap, border: u16) {
    let ends =
        [0, border, border + 1, 16_383].map(|number| Slot::new(number).unwrap_or(Slot::LAST));
    map.set_range(ends[0], ends[1], 0);
    map.set_range(ends[2], ends[3], 1);
}

/// For scripts: the frame of a request.
pub(crate) fn frame(args: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    write::request(&mut out, args);
    out
}
