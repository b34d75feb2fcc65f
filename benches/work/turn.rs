//! A pipeline with clients and nodes around it, as a worker drives it, but without sockets.
//!
//! A scene of some rounds is made once: in each round every client sends its requests, each node gets what
//! the pipeline has for it and answers, and every client gets its replies. The first pass records what the
//! nodes are sent and works out their replies; what clients must get is known from the requests alone.
//! Each later round is compared with that byte by byte, which costs next to nothing, so that the time and
//! the instructions of a round are the pipeline's.

use std::io::IoSlice;

use corelane::cluster::NodeAddr;
use corelane::config::Config;
use corelane::pipeline::{Action, ClientId, LinkId, Peer, Pipeline, TICK, Time};

use super::Work;
use super::cluster::{replies_to, slot_map};

/// What a client sends at once, and what it must get for it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) sends: Vec<u8>,
    pub(crate) gets: Vec<u8>,
}

/// One round: an exchange for each client.
type Round = Vec<Exchange>;

/// The pipeline and its peers.
struct Rig {
    pipeline: Pipeline,
    now: Time,
    next_tick: Time,
    clients: Vec<ClientId>,
    links: Vec<LinkId>,
}

/// A round, and what goes over the links in it.
struct Recorded {
    exchanges: Round,
    /// For each link: what the node must be sent, and what it answers.
    links: Vec<Exchange>,
}

/// Different rounds, so that no branch is learnt by heart.
const ROUNDS: usize = 8;
/// Bytes a worker reads from a socket at once.
const READ: usize = 64 * 1024;
/// Pieces of output that a worker writes at once.
const SLICES: usize = 32;
/// Time between the two halves of a round, in nanoseconds, about what a real one takes under load.
const HALF_ROUND: u64 = 50_000;

/// A work that plays rounds one after the other, one in each run. Each of the `clients` has `depth` requests in
/// a round, and `exchange` makes them; `value_len` is for the nodes.
pub(crate) fn work(
    name: &str,
    clients: usize,
    depth: usize,
    value_len: usize,
    exchange: impl FnMut() -> Exchange,
) -> Work {
    work_with(
        name,
        &Config::default(),
        clients,
        depth,
        value_len,
        exchange,
    )
}

/// The same with settings.
pub(crate) fn work_with(
    name: &str,
    config: &Config,
    clients: usize,
    depth: usize,
    value_len: usize,
    mut exchange: impl FnMut() -> Exchange,
) -> Work {
    let mut round = || -> Round { (0..clients).map(|_| exchange()).collect() };
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| round()).collect();
    let mut rig = Rig::new(config, clients);
    let recorded: Vec<Recorded> = rounds
        .into_iter()
        .map(|round| rig.record(round, value_len))
        .collect();
    let bytes: usize = recorded.iter().map(Recorded::bytes).sum();
    let mean = bytes / recorded.len();
    let mut next = 0;
    Work::new(name, clients * depth, mean, move || {
        rig.play(&recorded[next]);
        next = (next + 1) % recorded.len();
    })
}

// === impl Recorded ===

impl Recorded {
    /// Bytes that the pipeline takes in.
    fn bytes(&self) -> usize {
        let sent = |exchange: &Exchange| exchange.sends.len();
        let replied = |exchange: &Exchange| exchange.gets.len();
        self.exchanges.iter().map(sent).sum::<usize>()
            + self.links.iter().map(replied).sum::<usize>()
    }
}

// === impl Rig ===

impl Rig {
    fn new(config: &Config, clients: usize) -> Self {
        let now = Time(0);
        let wall = std::time::Duration::ZERO;
        let mut rig = Self {
            pipeline: Pipeline::new(config.clone(), 0, 1, now, wall),
            now,
            next_tick: now.plus(TICK),
            clients: Vec::new(),
            links: Vec::new(),
        };
        rig.pipeline.handle_slot_map(&slot_map(), now);
        let mut links: Vec<(NodeAddr, LinkId)> = Vec::new();
        while let Some(action) = rig.pipeline.poll_action() {
            if let Action::Connect { link, addr } = action {
                links.push((addr, link));
            }
        }
        // The pipeline opens them in no fixed order.
        links.sort_by_key(|(addr, _)| addr.port);
        rig.links = links.into_iter().map(|(_, link)| link).collect();
        for link in rig.links.clone() {
            rig.pipeline.handle_link_connected(link, now);
            let handshake = rig.written(Peer::Link(link));
            rig.feed(Peer::Link(link), &replies_to(&handshake, 0));
        }
        while rig.pipeline.poll_action().is_some() {}
        for _ in 0..clients {
            let addr = "127.0.0.1:1".parse().expect("an address");
            let client = rig.pipeline.handle_client_connected(addr, addr, now);
            rig.clients.push(client.expect("room for a client"));
        }
        rig
    }

    /// Plays a round for the first time, to learn what goes over the links.
    fn record(&mut self, exchanges: Round, value_len: usize) -> Recorded {
        self.take_requests(&exchanges);
        let mut links = Vec::new();
        while self.pipeline.poll_dirty(self.now).is_some() {}
        for link in self.links.clone() {
            let sends = self.written(Peer::Link(link));
            let gets = replies_to(&sends, value_len);
            links.push(Exchange { sends, gets });
        }
        let recorded = Recorded { exchanges, links };
        self.take_replies(&recorded);
        self.check_clients(&recorded);
        recorded
    }

    /// One round: two turns of a worker.
    fn play(&mut self, round: &Recorded) {
        self.take_requests(&round.exchanges);
        self.check_links(round);
        self.take_replies(round);
        self.check_clients(round);
    }

    fn take_requests(&mut self, exchanges: &[Exchange]) {
        for (at, exchange) in exchanges.iter().enumerate() {
            self.feed(Peer::Client(self.clients[at]), &exchange.sends);
        }
        self.end_reading();
    }

    fn take_replies(&mut self, round: &Recorded) {
        for (at, exchange) in round.links.iter().enumerate() {
            self.feed(Peer::Link(self.links[at]), &exchange.gets);
        }
        self.end_reading();
    }

    /// What a worker does between reading and writing.
    fn end_reading(&mut self) {
        self.now.0 += HALF_ROUND;
        if self.now >= self.next_tick {
            self.pipeline.handle_timeout(self.now);
            self.next_tick = self.now.plus(TICK);
        }
        self.pipeline.handle_resumable(self.now);
        if let Some(action) = self.pipeline.poll_action() {
            panic!("nothing is wrong, but the pipeline wants {action:?}");
        }
    }

    /// Hands bytes over in the portions of a worker's reads.
    fn feed(&mut self, peer: Peer, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count;
            if let Some(input) = self.pipeline.large_input(peer) {
                count = bytes.len().min(input.capacity() - input.len());
                input.extend_from_slice(&bytes[..count]);
                match peer {
                    Peer::Client(id) => self.pipeline.handle_client_input(id, count, self.now),
                    Peer::Link(id) => self.pipeline.handle_link_input(id, count, self.now),
                }
            } else {
                count = bytes.len().min(READ);
                match peer {
                    Peer::Client(id) => {
                        self.pipeline
                            .handle_client_bytes(id, &bytes[..count], self.now);
                    }
                    Peer::Link(id) => {
                        self.pipeline
                            .handle_link_bytes(id, &bytes[..count], self.now);
                    }
                }
            }
            bytes = &bytes[count..];
        }
    }

    /// Every link gets what it must, and no client anything yet.
    fn check_links(&mut self, round: &Recorded) {
        let mut served = 0;
        while let Some(peer) = self.pipeline.poll_dirty(self.now) {
            match self.links.iter().position(|link| Peer::Link(*link) == peer) {
                Some(at) => served += self.check(peer, &round.links[at].sends),
                None => assert_eq!(self.check(peer, &[]), 0),
            }
        }
        let asked = |exchange: &&Exchange| !exchange.sends.is_empty();
        assert_eq!(
            served,
            round.links.iter().filter(asked).count(),
            "links served"
        );
    }

    /// Every client gets its replies, and no link anything.
    fn check_clients(&mut self, round: &Recorded) {
        let mut served = 0;
        while let Some(peer) = self.pipeline.poll_dirty(self.now) {
            match peer {
                // They were the first entries of the slab, so their places are their numbers.
                Peer::Client(ClientId(key)) => {
                    served += self.check(peer, &round.exchanges[key.index()].gets);
                }
                Peer::Link(_) => assert_eq!(self.check(peer, &[]), 0),
            }
        }
        assert_eq!(served, round.exchanges.len(), "clients served");
    }

    /// Takes all output of a peer, which must be `expected`; returns 1 if there was any.
    fn check(&mut self, peer: Peer, expected: &[u8]) -> usize {
        let mut rest = expected;
        loop {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.pipeline.output(peer, &mut slices);
            let mut count = 0;
            for slice in &slices[..filled] {
                let Some(tail) = rest.strip_prefix(&**slice) else {
                    panic!("{peer:?} gets {:?}", slice.escape_ascii().to_string());
                };
                rest = tail;
                count += slice.len();
            }
            if count > 0 {
                self.pipeline.handle_written(peer, count);
            }
            if filled < SLICES {
                break;
            }
        }
        assert!(
            rest.is_empty(),
            "{peer:?} gets {} bytes too few",
            rest.len()
        );
        usize::from(!expected.is_empty())
    }

    /// Takes all output of a peer, whatever it is.
    fn written(&mut self, peer: Peer) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.pipeline.output(peer, &mut slices);
            let before = all.len();
            for slice in &slices[..filled] {
                all.extend_from_slice(slice);
            }
            if all.len() == before {
                return all;
            }
            self.pipeline.handle_written(peer, all.len() - before);
        }
    }
}
