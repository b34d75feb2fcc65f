//! Rare branches of the pipeline, driven by hand: one client, one or two nodes, and the clock.

use std::io::IoSlice;
use std::time::Duration;

use super::{Action, ClientId, Intake, LinkId, Peer, Pipeline, Time};
use crate::cluster::{MapVersion, Node, NodeAddr, Role, Shard, Slot, SlotMap};
use crate::config::Config;
use crate::resp::write;

mod batches;
mod blocking;
mod broadcast;
mod canary;
mod cut;
mod drain;
mod emulate;
mod learned;
mod memory;
mod outage;
mod oversize;
mod pace;
mod passages;
mod readers;
mod refused_batch;
mod room;
mod script_lane;
mod scripts;
mod settings;
mod sharded;
mod subscribe;
mod tracking;
mod transaction;
mod unblock;
mod uploads;
mod wait;
mod walks;
mod watch;

const MILLISECOND: u64 = 1_000_000;
const MIB: usize = 1024 * 1024;

/// A pipeline and what it asked its driver for.
struct Rig {
    pipeline: Pipeline,
    now: Time,
    links: Vec<(LinkId, NodeAddr)>,
    closed: Vec<ClientId>,
    closed_links: Vec<LinkId>,
    answers: Vec<(usize, u64, Box<[u8]>)>,
}

fn addr(port: u16) -> NodeAddr {
    NodeAddr::new("127.0.0.1", port)
}

/// All slots at `primary`, but those of `others` at the port given with them.
fn map(version: u64, primary: u16, replicas: &[u16], others: &[(&[u8], u16)]) -> SlotMap {
    let mut map = SlotMap::empty();
    map.version = MapVersion(version);
    let replicas = replicas
        .iter()
        .map(|port| Node::at(addr(*port), Role::Replica))
        .collect();
    let primary = Some(Node::at(addr(primary), Role::Primary));
    let shard = map.push_shard(Shard { primary, replicas }).unwrap();
    map.set_range(Slot::FIRST, Slot::LAST, shard);
    for (key, port) in others {
        let primary = Some(Node::at(addr(*port), Role::Primary));
        let shard = map
            .push_shard(Shard {
                primary,
                replicas: Vec::new(),
            })
            .unwrap();
        map.set_range(Slot::of_key(key), Slot::of_key(key), shard);
    }
    map
}

fn request(args: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::request(&mut bytes, args);
    bytes
}

fn bulk(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::bulk(&mut bytes, &vec![b'x'; len]);
    bytes
}

/// What a socket gives at a time.
const PIECE: usize = 64 * 1024;

impl Rig {
    fn new(config: Config, map: &SlotMap) -> Self {
        // Nodes are played by hand, and only the tests of PING answer it.
        let mut config = config;
        if config.cluster.ping_interval == Config::default().cluster.ping_interval {
            config.cluster.ping_interval = Duration::ZERO;
        }
        let pipeline = Pipeline::new(config, 0, 1, Time(0), Duration::ZERO);
        let mut rig = Self {
            pipeline,
            now: Time(0),
            links: Vec::new(),
            closed: Vec::new(),
            closed_links: Vec::new(),
            answers: Vec::new(),
        };
        rig.pipeline.handle_slot_map(map, rig.now);
        rig.act();
        rig
    }

    fn client(&mut self) -> ClientId {
        let peer = "127.0.0.1:1".parse().unwrap();
        self.pipeline
            .handle_client_connected(peer, peer, self.now)
            .unwrap()
    }

    fn act(&mut self) {
        while let Some(action) = self.pipeline.poll_action() {
            match action {
                Action::Connect { link, addr } => self.links.push((link, addr)),
                Action::CloseClient(id) => self.closed.push(id),
                Action::CloseLink { link, .. } => self.closed_links.push(link),
                Action::Answer { asker, id, answer } => self.answers.push((asker, id, answer)),
                _ => {}
            }
        }
    }

    /// The newest link to a node.
    fn link(&self, port: u16) -> LinkId {
        self.links
            .iter()
            .rev()
            .find(|(_, addr)| addr.port == port)
            .expect("a link")
            .0
    }

    /// Everything that waits to be written to a peer; it takes all of it.
    /// If a client may send more.
    fn wants(&self, client: ClientId) -> bool {
        let intake = self.pipeline.intake(Peer::Client(client));
        matches!(intake, Intake::Small | Intake::Large)
    }

    fn written(&mut self, peer: Peer) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.pipeline.output(peer, &mut slices);
            let bytes: Vec<u8> = slices[..filled]
                .iter()
                .flat_map(|slice| slice.to_vec())
                .collect();
            if bytes.is_empty() {
                return all;
            }
            self.pipeline.handle_written(peer, bytes.len());
            all.extend(bytes);
        }
    }

    /// Lets the newest link to a node come up.
    fn ready(&mut self, port: u16) -> LinkId {
        let link = self.link(port);
        self.pipeline.handle_link_connected(link, self.now);
        let steps = self
            .written(Peer::Link(link))
            .iter()
            .filter(|byte| **byte == b'*')
            .count();
        for _ in 0..steps {
            self.pipeline.handle_link_bytes(link, b"+OK\r\n", self.now);
        }
        self.act();
        link
    }

    fn send(&mut self, client: ClientId, args: &[&[u8]]) {
        self.pipeline
            .handle_client_bytes(client, &request(args), self.now);
        self.act();
    }

    fn reply(&mut self, link: LinkId, bytes: &[u8]) {
        self.pipeline.handle_link_bytes(link, bytes, self.now);
        self.act();
    }

    /// Gives a peer's bytes as a driver would, as long as it is read; returns how many were taken.
    fn feed(&mut self, peer: Peer, bytes: &[u8]) -> usize {
        let mut done = 0;
        let is_read = |intake| !matches!(intake, Intake::OnlyEnd | Intake::Full);
        while done < bytes.len() && is_read(self.pipeline.intake(peer)) {
            let piece = &bytes[done..bytes.len().min(done + PIECE)];
            let taken = self.pipeline.large_input(peer).map(|input| {
                let len = piece.len().min(input.capacity() - input.len());
                input.extend_from_slice(&piece[..len]);
                len
            });
            let (pipeline, now) = (&mut self.pipeline, self.now);
            match (peer, taken) {
                (Peer::Client(id), Some(len)) => pipeline.handle_client_input(id, len, now),
                (Peer::Client(id), None) => pipeline.handle_client_bytes(id, piece, now),
                (Peer::Link(id), Some(len)) => pipeline.handle_link_input(id, len, now),
                (Peer::Link(id), None) => pipeline.handle_link_bytes(id, piece, now),
            }
            done += taken.unwrap_or(piece.len());
            self.pipeline.check_invariants().unwrap();
            self.pipeline.handle_resumable(self.now);
            self.act();
        }
        done
    }

    /// Has everything offered that waits to be written, although nobody takes it.
    fn offer(&mut self) {
        while self.pipeline.poll_dirty(self.now).is_some() {}
    }

    fn tick(&mut self, millis: u64) {
        for _ in 0..millis / 10 {
            self.now.0 += 10 * MILLISECOND;
            self.pipeline.handle_timeout(self.now);
            self.pipeline.handle_resumable(self.now);
            self.act();
            self.pipeline.check_invariants().unwrap();
        }
    }

    fn held(&self) -> usize {
        usize::try_from(self.pipeline.stats().counters.buffer_bytes).unwrap()
    }
}

fn small_memory() -> Config {
    let mut config = Config::default();
    config.limits.memory_max = 16 * MIB;
    config
}

#[test]
fn requests_that_wait_for_a_node_are_counted() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let refused = rig.link(7000);
    rig.pipeline.handle_link_closed(refused, rig.now);
    let client = rig.client();
    let value = vec![b'x'; MIB];
    let mut taken = 0;
    while rig.wants(client) && taken < 100 {
        rig.send(client, &[b"SET", b"a", &value]);
        taken += 1;
    }
    assert!(taken <= 3, "{taken} requests of 1 MiB were taken");
    assert!(rig.held() >= taken * MIB);
    assert!(rig.pipeline.stats().counters.pauses_expected_bytes > 0);
    rig.tick(3000);
    let answers = rig.written(Peer::Client(client));
    assert_eq!(answers.iter().filter(|byte| **byte == b'\n').count(), taken);
    assert!(answers.starts_with(b"-CLUSTERDOWN corelane: "));
    assert_eq!(rig.held(), 0);
}

#[test]
fn large_replies_that_overtake_are_counted() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let (slow, fast) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    let mut sent = 0;
    while rig.wants(client) && sent < 1000 {
        rig.send(client, &[b"GET", b"b"]);
        sent += 1;
    }
    assert!(sent < 100, "{sent} reads of unknown size were under way");
    rig.written(Peer::Link(slow));
    rig.written(Peer::Link(fast));
    rig.reply(fast, &bulk(MIB));
    assert!(rig.held() >= MIB);
    assert!(!rig.wants(client));
    rig.reply(slow, b"$1\r\n1\r\n");
    assert_eq!(rig.written(Peer::Client(client)).len(), 7 + bulk(MIB).len());
}

#[test]
fn a_replica_that_was_loading_is_read_again() {
    let mut config = Config::default();
    config.cluster.master_read_priority = 10;
    config.cluster.standby_links = false;
    let mut rig = Rig::new(config, &map(1, 7000, &[7001], &[]));
    let primary = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    let replica = rig.ready(7001);
    for _ in 0..4 {
        rig.written(Peer::Link(replica));
        rig.reply(
            replica,
            b"-LOADING Redis is loading the dataset in memory\r\n",
        );
        // What the replica does not serve, the primary does, at once.
        assert!(!rig.written(Peer::Link(primary)).is_empty());
        rig.reply(primary, b"$1\r\n1\r\n");
        assert_eq!(rig.written(Peer::Client(client)), b"$1\r\n1\r\n");
        rig.tick(2000);
        rig.send(client, &[b"GET", b"a"]);
    }
    rig.written(Peer::Link(replica));
    rig.reply(replica, b"$1\r\n2\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\n2\r\n");
    rig.send(client, &[b"GET", b"a"]);
    assert!(!rig.written(Peer::Link(replica)).is_empty());
}

#[test]
fn a_redirect_to_a_dead_address_does_not_stick() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"SET", b"a", b"1"]);
    rig.written(Peer::Link(link));
    let slot = Slot::of_key(b"a").number();
    rig.reply(link, format!("-MOVED {slot} 127.0.0.1:7999\r\n").as_bytes());
    let dead = rig.link(7999);
    rig.pipeline.handle_link_closed(dead, rig.now);
    rig.tick(100);
    assert_eq!(
        rig.written(Peer::Link(link)),
        request(&[b"SET", b"a", b"1"])
    );
    rig.reply(link, b"+OK\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"+OK\r\n");
}

#[test]
fn a_request_over_all_slots_is_one_that_many_wait_behind() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let refused = rig.link(7000);
    rig.pipeline.handle_link_closed(refused, rig.now);
    let keys: Vec<Vec<u8>> = (0..30_000).map(|n| format!("k{n}").into_bytes()).collect();
    let args: Vec<&[u8]> = std::iter::once(b"MGET".as_slice())
        .chain(keys.iter().map(Vec::as_slice))
        .collect();
    let client = rig.client();
    rig.send(client, &args);
    assert!(rig.pipeline.stats().counters.parts > 10_000);
    rig.send(client, &[b"GET", b"k1"]);
    // Parts count as requests in flight, so the second one was not taken.
    assert!(!rig.wants(client));
    assert_eq!(rig.pipeline.stats().counters.requests, 1);
    rig.tick(2000);
    let answers = rig.written(Peer::Client(client));
    assert_eq!(answers.iter().filter(|byte| **byte == b'\n').count(), 2);
    assert_eq!(rig.held(), 0);
}

#[test]
fn time_spent_elsewhere_is_not_held_against_a_node() {
    let mut rig = Rig::new(Config::default(), &SlotMap::empty());
    let client = rig.client();
    rig.send(client, &[b"GET", b"a"]);
    rig.tick(900);
    // The owner becomes known late, so the request gets little time there.
    rig.pipeline
        .handle_slot_map(&map(1, 7000, &[], &[]), rig.now);
    rig.act();
    let link = rig.ready(7000);
    rig.tick(80);
    rig.send(client, &[b"GET", b"b"]);
    rig.written(Peer::Link(link));
    rig.tick(20);
    let answer = rig.written(Peer::Client(client));
    assert!(answer.starts_with(b"-ERR corelane: timeout"), "{answer:?}");
    // The late link is not used again, but a new one may be opened at once.
    rig.send(client, &[b"GET", b"c"]);
    assert_ne!(rig.link(7000), link);
    rig.reply(link, b"$4\r\nlate\r\n$1\r\nb\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\nb\r\n");
}

#[test]
fn a_write_on_a_lost_link_is_not_sent_again() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"INCR", b"a"]);
    rig.send(client, &[b"GET", b"a"]);
    rig.written(Peer::Link(link));
    rig.send(client, &[b"INCR", b"a"]);
    rig.pipeline.handle_link_closed(link, rig.now);
    rig.act();
    let answer = rig.written(Peer::Client(client));
    assert!(
        answer.ends_with(b"the outcome of this command is unknown\r\n"),
        "{answer:?}"
    );
    rig.tick(100);
    let link = rig.ready(7000);
    // The read goes out again, and the write that was never written after it.
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"a"]));
    rig.reply(link, b"$1\r\n1\r\n");
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"INCR", b"a"]));
    rig.reply(link, b":2\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\n1\r\n:2\r\n");
}

#[test]
fn an_unknown_outcome_of_a_part_is_what_the_client_hears() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"MSET", b"a", b"1", b"b", b"2"]);
    for link in [first, second] {
        assert!(!rig.written(Peer::Link(link)).is_empty());
    }
    // Whichever part comes first, its error is not the one that counts.
    rig.reply(
        second,
        b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    );
    rig.pipeline.handle_link_closed(first, rig.now);
    rig.act();
    let answer = rig.written(Peer::Client(client));
    assert!(
        answer.ends_with(b"the outcome of this command is unknown\r\n"),
        "{answer:?}"
    );
}

#[test]
fn an_error_of_a_part_is_the_reply() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"DEL", b"a", b"b"]);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b":1\r\n");
    assert!(rig.written(Peer::Client(client)).is_empty());
    rig.reply(second, b"-NOPERM no\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"-NOPERM no\r\n");
}

#[test]
fn a_key_of_another_type_is_nil_among_others() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"MGET", b"b", b"a"]);
    assert_eq!(rig.written(Peer::Link(first)), request(&[b"GET", b"a"]));
    assert_eq!(rig.written(Peer::Link(second)), request(&[b"GET", b"b"]));
    rig.reply(first, b"$1\r\n1\r\n");
    rig.reply(second, b"-WRONGTYPE Operation against a key\r\n");
    let answer = rig.written(Peer::Client(client));
    assert_eq!(answer, b"*2\r\n$-1\r\n$1\r\n1\r\n");
}

#[test]
fn bytes_of_parts_are_counted_until_the_reply_leaves() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"MGET", b"a", b"b"]);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    let before = rig.held();
    rig.reply(first, b"$5\r\n12345\r\n");
    let waiting = rig.held() + request(&[b"GET", b"a"]).len() - before;
    assert_eq!(waiting, b"$5\r\n12345\r\n".len());
    // Counting again finds the same.
    let counted = rig.held();
    rig.tick(10);
    assert_eq!(rig.held(), counted);
    rig.reply(second, b"$-1\r\n");
    rig.written(Peer::Client(client));
    assert_eq!(rig.held(), 0);
}

#[test]
fn clients_are_looked_at_by_time_however_seldom_ticks_come() {
    for every in [10, 50] {
        let mut config = Config::default();
        config.clients.client_timeout = Duration::from_secs(2);
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let idle = rig.client();
        let mut passed = 0;
        while rig.closed.is_empty() && passed < 10_000 {
            passed += every;
            rig.now.0 += every * MILLISECOND;
            rig.pipeline.handle_timeout(rig.now);
            rig.act();
        }
        assert_eq!(rig.closed, vec![idle]);
        assert!((2000..=3100).contains(&passed), "after {passed} ms");
    }
}

#[test]
fn ticks_look_after_those_who_wait_and_nobody_else() {
    let mut config = Config::default();
    config.limits.link_requests_in_flight_max = 2;
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[(b"b", 7001)]));
    let (link, other) = (rig.ready(7000), rig.ready(7001));
    let clients: Vec<ClientId> = (0..5).map(|_| rig.client()).collect();
    rig.send(clients[1], &[b"MGET", b"a", b"b"]);
    rig.send(clients[2], &[b"GET", b"a"]);
    rig.send(clients[3], &[b"GET", b"a"]);
    rig.written(Peer::Link(link));
    rig.written(Peer::Link(other));
    rig.reply(other, b"$-1\r\n");
    let waiting = |rig: &Rig| -> Vec<ClientId> {
        let mut keys = rig.pipeline.listed.clone();
        keys.sort_unstable();
        keys.into_iter().map(ClientId).collect()
    };
    // One has half of its reply, one found the link full.
    assert_eq!(waiting(&rig), [clients[1], clients[3]]);
    rig.tick(20);
    assert_eq!(waiting(&rig), [clients[1], clients[3]]);
    rig.pipeline.handle_client_closed(clients[3]);
    rig.reply(link, b"$-1\r\n$-1\r\n");
    rig.tick(10);
    assert_eq!(waiting(&rig), []);
}

#[test]
fn who_keeps_talking_gets_hello_in_time_without_any_server() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let client = rig.client();
    rig.send(client, &[b"HELLO", b"3"]);
    let patience = rig.pipeline.config.cluster.server_timeout.as_millis();
    for _ in 0..patience / 10 {
        assert_eq!(rig.written(Peer::Client(client)), b"");
        rig.send(client, &[b"PING"]);
        rig.tick(10);
    }
    let said = rig.written(Peer::Client(client));
    assert!(said.starts_with(b"%7\r\n"), "{}", said.escape_ascii());
}
