//! One run: a pipeline, the model around it, and the clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use corelane::cluster::{MapVersion, SlotMap};
use corelane::config::Config;
use corelane::pipeline::{LinkId, Pipeline, Time};

use crate::client::{Client, ClientState};
use crate::listen::{self, Bus};
use crate::model::Cluster;
use crate::net::Conn;
use crate::oracle::Oracle;
use crate::profile::{self, Profile};
use crate::requests;
use crate::rng::Rng;

pub(crate) const MICRO: u64 = 1_000;
pub(crate) const MILLI: u64 = 1_000_000;

/// Everything there is in a run.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) now: u64,
    pub(crate) next_tick: u64,
    pub(crate) profile: Profile,
    pub(crate) config: Config,
    pub(crate) pipeline: Pipeline,
    pub(crate) cluster: Cluster,
    pub(crate) conns: BTreeMap<u64, Conn>,
    pub(crate) by_link: BTreeMap<LinkId, u64>,
    /// Links that were lost since actions were last carried out: the proxy may be about to close them.
    pub(crate) just_lost: Vec<LinkId>,
    pub(crate) conns_seen: u64,
    pub(crate) waits_seen: u64,
    pub(crate) clients: Vec<Client>,
    pub(crate) clients_seen: u64,
    pub(crate) maps: Vec<(u64, SlotMap)>,
    pub(crate) older_map: SlotMap,
    pub(crate) map_version: u64,
    pub(crate) next_map: u64,
    pub(crate) oracle: Oracle,
    pub(crate) bus: Bus,
    /// Clients that the proxy closed in the middle of a reply.
    pub(crate) cuts_seen: u64,
    pub(crate) quiet: bool,
    pub(crate) draining: bool,
    pub(crate) trace: Option<Vec<String>>,
}

// === impl World ===

impl World {
    pub(crate) fn new(seed: u64, is_traced: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut profile = Profile::draw(&mut rng);
        profile::flavour(&mut profile.taste, seed);
        let mut config = profile::draw_config(&mut rng, profile.calm);
        profile.draw_apart(seed, &mut config);
        profile::draw_patience(&mut config, seed, profile.calm);
        let password = config
            .cluster
            .password
            .as_ref()
            .map(|secret| secret.reveal().to_owned());
        let cluster = Cluster::new(password);
        let mut pipeline = Pipeline::new(
            config.clone(),
            0,
            1,
            Time(0),
            Duration::from_secs(1_700_000_000),
        );
        if let Some((from, window)) = profile.passages {
            pipeline.set_passages(from, window);
        }
        let oracle = Oracle {
            calm: profile.calm,
            reads_ordered: config.cluster.dynamic_replica_read_priority == 0,
            ..Oracle::default()
        };
        let mut world = Self {
            rng,
            now: 0,
            next_tick: 0,
            profile,
            config,
            pipeline,
            older_map: cluster.slot_map(None, 0),
            cluster,
            conns: BTreeMap::new(),
            by_link: BTreeMap::new(),
            just_lost: Vec::new(),
            conns_seen: 0,
            waits_seen: 0,
            clients: Vec::new(),
            clients_seen: 0,
            maps: Vec::new(),
            map_version: 0,
            next_map: 0,
            oracle,
            bus: Bus::default(),
            cuts_seen: 0,
            quiet: false,
            draining: false,
            trace: is_traced.then(Vec::new),
        };
        world.log(|world| {
            format!(
                "{:?} {:?} {:?}",
                world.profile, world.config.cluster, world.config.limits
            )
        });
        for _ in 0..world.profile.clients {
            world.connect_client();
        }
        world
    }

    /// Notes an event for the report of a failure.
    pub(crate) fn log(&mut self, text: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let line = format!(
                "{:>10.3} ms  {}",
                self.now as f64 / MILLI as f64,
                text(self)
            );
            self.trace
                .iter_mut()
                .for_each(|trace| trace.push(line.clone()));
        }
    }

    pub(crate) fn time(&self) -> Time {
        Time(self.now)
    }

    pub(crate) fn connect_client(&mut self) {
        let peer: SocketAddr = ([192, 0, 2, 1], 40_000).into();
        let local: SocketAddr = ([192, 0, 2, 2], 7617).into();
        if let Ok(id) = self
            .pipeline
            .handle_client_connected(peer, local, self.time())
        {
            self.clients_seen += 1;
            let mut client = Client::new(self.clients_seen, id);
            if self.profile.listens && !self.quiet && self.rng.chance(600) {
                client.is_listener = true;
                if self.rng.chance(500) {
                    client.say_hello_3(self.now);
                }
            } else if self.profile.limits_users && !self.quiet && self.rng.chance(500) {
                client.say_auth(self.now);
            } else if self.profile.tracks && !self.quiet && self.rng.chance(600) {
                self.begin_tracking(&mut client);
            }
            self.clients.push(client);
        }
    }

    /// One turn of the world.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        self.now += match self.rng.below(20) {
            0 => self.rng.range(1, 15) * MILLI,
            1..8 => self.rng.range(200, 1500) * MICRO,
            _ => self.rng.range(5, 200) * MICRO,
        };
        if !self.quiet {
            self.make_trouble()?;
            self.make_requests();
        }
        self.turn()
    }

    /// What is under way goes on, as far as the time allows.
    pub(crate) fn turn(&mut self) -> Result<(), String> {
        self.run_clock_of_nodes();
        self.run_waits()?;
        self.deliver_maps();
        self.move_bytes()?;
        if self.now >= self.next_tick {
            self.next_tick = self.now + 10 * MILLI;
            self.pipeline.handle_timeout(self.time());
        }
        self.pipeline.handle_resumable(self.time());
        self.act()?;
        self.write_all()?;
        self.act()?;
        self.check()
    }

    pub(crate) fn make_requests(&mut self) {
        let (taste, now) = (self.profile.taste.clone(), self.now);
        for at in 0..self.clients.len() {
            let client = &mut self.clients[at];
            if client.state != ClientState::Open
                || client.sent.len() > self.profile.outstanding
                || !self.rng.chance(250)
            {
                continue;
            }
            for _ in 0..self.rng.range(1, 6) {
                if client.state != ClientState::Open {
                    break;
                }
                let listens = client.is_listener && (!client.resp3 || self.rng.chance(600));
                let publishes = self.profile.listens
                    && !client.is_listener
                    && !client.is_limited
                    && self.rng.chance(200);
                if listens {
                    listen::next(client, &mut self.rng, &mut self.bus, now);
                } else if publishes {
                    listen::publish(client, &mut self.rng, &mut self.bus, now);
                } else {
                    // A listener stays with its protocol.
                    let mut taste = taste.clone();
                    taste.switches_protocol &= !client.is_listener && !client.is_tracker;
                    requests::next(client, &taste, &mut self.rng, &mut self.oracle, now);
                }
            }
        }
    }

    /// Control learns the topology, sometimes late, twice, out of order, or wrongly.
    fn deliver_maps(&mut self) {
        if self.now >= self.next_map {
            self.next_map = self.now + 60 * MILLI;
            self.fetch_map();
        }
        let now = self.now;
        let due: Vec<SlotMap> = self
            .maps
            .extract_if(.., |(due, _)| *due <= now)
            .map(|(_, map)| map)
            .collect();
        for map in due {
            self.log(|_| format!("map {} arrives", map.version.0));
            self.pipeline.handle_slot_map(&map, Time(now));
        }
    }

    /// A fetch of the topology, as control does after a hint.
    pub(crate) fn fetch_map(&mut self) {
        let stale = !self.quiet && self.rng.chance(self.profile.stale_maps);
        let mut map = if stale {
            self.older_map.clone()
        } else {
            let without = (!self.quiet && !self.profile.calm && self.rng.chance(20))
                .then(|| self.rng.index(3));
            self.cluster.slot_map(without, self.now)
        };
        self.map_version += 1;
        map.version = MapVersion(self.map_version);
        if self.rng.chance(200) {
            self.older_map = map.clone();
        }
        let due = self.now + self.rng.range(0, if stale { 80 } else { 15 }) * MILLI;
        if stale && self.rng.chance(300) {
            self.maps.push((due + MILLI, map.clone()));
        }
        self.maps.push((due, map));
    }

    /// Everything heals, nothing new is asked: what is under way must end, and leave nothing behind.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        self.log(|_| "everything heals".to_owned());
        self.quiet = true;
        self.oracle.unblocks = true;
        self.heal();
        let patience = self.patience() * 2 + 200 * MILLI;
        let mut waiting = usize::MAX;
        let mut deadline = self.now + patience;
        while self.now < deadline {
            self.step()?;
            let left: usize = self
                .clients
                .iter()
                .filter(|client| client.state != ClientState::Gone)
                .map(|client| client.sent.len() + client.output.len())
                .sum();
            // What clients that are gone have asked may still wait for a link.
            let held = self.pipeline.stats().counters.buffer_bytes;
            let awaited = self.conns.values().any(|conn| !conn.unanswered.is_empty());
            if left == 0 && held == 0 && !awaited {
                break;
            }
            if left < waiting {
                waiting = left;
                deadline = self.now + patience;
            }
        }
        self.check_idle()?;
        self.deliver_messages()?;
        self.check_ears()?;
        self.check_caches()?;
        self.probe()
    }

    /// The proxy is told to finish; every client gets what is due to it and is closed.
    pub(crate) fn drain(&mut self) -> Result<(), String> {
        self.log(|_| "drain".to_owned());
        self.quiet = false;
        for _ in 0..3 {
            self.make_requests();
            self.move_bytes()?;
        }
        self.quiet = true;
        self.draining = true;
        self.pipeline.handle_drain(Time(self.now));
        let deadline = self.now + self.patience() * 2 + 1500 * MILLI;
        while self.now < deadline && !self.pipeline.is_drained() {
            self.step()?;
        }
        if !self.pipeline.is_drained() {
            return Err(format!("not drained: {:?}", self.clients));
        }
        self.act()?;
        for client in &self.clients {
            if client.state != ClientState::Gone {
                return Err(format!(
                    "client {} was forgotten and not closed",
                    client.number
                ));
            }
        }
        // What was dropped with its client may still be under way at nodes.
        for _ in 0..20 {
            self.step()?;
        }
        self.check_counts()
    }
}
