//! One run: a pipeline, the model around it, and the clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use corelane::cluster::{MapVersion, SlotMap};
use corelane::config::{Config, CrossSlot, Secret, Seed};
use corelane::pipeline::{LinkId, Pipeline, Time};

use crate::FIXED;
use crate::client::{Client, ClientState};
use crate::listen::{self, Bus};
use crate::model::Cluster;
use crate::net::Conn;
use crate::oracle::Oracle;
use crate::requests::{self, Taste};
use crate::rights;
use crate::rng::Rng;

/// Decides with the seed how lost nodes are dealt with.
const PATIENCE: u64 = 0x0a7a_6e00;

/// Decides with the seed if clients wait.
const WAITS: u64 = 0x77a1_7510;
/// Decides with the seed which replies are passed on while they arrive.
const PASSAGES: u64 = 0x9a55_a6e5;
/// Decides with the seed if large requests may not fit into memory.
const NARROW: u64 = 0x6e61_7272_6f77;
/// Decides with the seed if some clients track what they read.
const TRACKS: u64 = 0x7_4ac4;
/// Decides with the seed if some clients are users with rights.
const RIGHTS: u64 = 0x416_4700;
/// Decides with the seed if clients look for keys.
const WALKS: u64 = 0x3a1c_5000;
/// Makes the choice of runs with computed reads one of its own.
const COMPUTES: u64 = 0xc0_4b17;

pub(crate) const MICRO: u64 = 1_000;
pub(crate) const MILLI: u64 = 1_000_000;

/// What a seed says about the world.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Only slots and primaries move, in good order: every request must succeed.
    pub(crate) calm: bool,
    pub(crate) clients: usize,
    /// Requests of one client that are not answered; it asks no more meanwhile.
    pub(crate) outstanding: usize,
    pub(crate) taste: Taste,
    /// Chances per step, in 1,000, of each kind of trouble.
    pub(crate) migrations: u64,
    pub(crate) fail_overs: u64,
    pub(crate) crashes: u64,
    pub(crate) refusals: u64,
    pub(crate) link_faults: u64,
    pub(crate) poison: u64,
    pub(crate) slow_clients: u64,
    pub(crate) disconnects: u64,
    pub(crate) stale_maps: u64,
    /// Bytes that a connection takes before it is full.
    pub(crate) window: usize,
    pub(crate) latency: u64,
    pub(crate) latency_of_nodes: u64,
    /// From how many bytes on replies are passed on while they arrive, and how much may wait for the client.
    pub(crate) passages: Option<(usize, usize)>,
    /// Some clients listen and publish.
    pub(crate) listens: bool,
    /// Some clients track what they read.
    pub(crate) tracks: bool,
    /// Some clients may not do everything.
    pub(crate) limits_users: bool,
    /// Nodes forget sharded channels when the primary of their shard changes, as old ones do.
    pub(crate) forgets_channels: bool,
}

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

/// In one of so many seeds there are requests to all shards.
const EVERYWHERE_SEEDS: u64 = 7;

// === impl Profile ===

impl Profile {
    fn draw(rng: &mut Rng) -> Self {
        let mut level = |of_1000: u64, rates: &[u64]| {
            if rng.chance(of_1000) {
                *rng.pick(rates)
            } else {
                0
            }
        };
        let migrations = level(600, &[20, 100, 300]);
        let fail_overs = level(350, &[3, 10, 30]);
        let crashes = level(300, &[2, 6]);
        let refusals = level(400, &[5, 20]);
        let link_faults = level(500, &[5, 20, 60]);
        let poison = level(150, &[3]);
        let slow_clients = level(300, &[5, 30]);
        let disconnects = level(400, &[5, 20]);
        let stale_maps = level(500, &[100, 500]);
        let mut profile = Self {
            calm: rng.chance(125),
            clients: rng.range(1, 6) as usize,
            outstanding: 60,
            taste: Taste {
                tags: rng.range(2, 7) as usize,
                large_values: rng.chance(300),
                switches_protocol: rng.chance(400),
                leaves: rng.chance(300),
                many_keys: true,
                everywhere: 0,
                scripts: 0,
                waits: false,
                computes: false,
                walks: false,
            },
            migrations,
            fail_overs,
            crashes,
            refusals,
            link_faults,
            poison,
            slow_clients,
            disconnects,
            stale_maps,
            window: *rng.pick(&[64, 700, 10_000, 1_000_000]),
            latency: *rng.pick(&[100 * MICRO, MILLI, 5 * MILLI]),
            latency_of_nodes: *rng.pick(&[50 * MICRO, 500 * MICRO, 8 * MILLI]),
            passages: None,
            listens: false,
            tracks: false,
            limits_users: false,
            forgets_channels: false,
        };
        if profile.calm {
            profile.calm_down(rng);
        }
        profile
    }

    /// What came later: each is drawn apart, so that the seeds of earlier findings mean what they meant.
    fn draw_apart(&mut self, seed: u64, config: &mut Config) {
        if seed % EVERYWHERE_SEEDS == 3 {
            self.taste.everywhere = 60;
        }
        self.taste.waits = Rng::new(seed ^ WAITS).chance(400);
        if FIXED.contains(&seed) {
            return;
        }
        if Rng::new(seed ^ COMPUTES).chance(300) {
            self.taste.computes = true;
            config.commands.cross_slot = CrossSlot::Emulate;
        }
        self.taste.walks = Rng::new(seed ^ WALKS).chance(300);
        if Rng::new(seed ^ RIGHTS).chance(300) {
            self.limits_users = true;
            config.clients.users = rights::users();
        }
        self.tracks = Rng::new(seed ^ TRACKS).chance(300);
        let mut passages = Rng::new(seed ^ PASSAGES);
        if passages.chance(600) {
            let from = *passages.pick(&[6, 20, 60, 300, 20_000]);
            self.passages = Some((from, *passages.pick(&[20, 200, 5000])));
            self.taste.large_values |= from >= 3000 && !self.calm;
            let mut narrow = Rng::new(seed ^ NARROW);
            if !self.calm && narrow.chance(300) {
                config.limits.memory_max = narrow.range(8_000, 30_000) as usize;
                self.taste.large_values = true;
            }
        }
        if self.taste.large_values {
            // In smaller pieces one value takes longer than everything else.
            self.window = self.window.max(700);
        }
        let mut other = Rng::new(seed ^ 0x5eed_0001);
        if other.chance(400) {
            self.listens = true;
            self.forgets_channels = other.chance(500);
            if !self.calm && other.chance(200) {
                config.limits.subscriber_output_max = 2000;
                config.limits.subscriber_output_soft = 2000;
            }
        }
    }

    fn calm_down(&mut self, rng: &mut Rng) {
        self.migrations = *rng.pick(&[20, 100, 300]);
        self.fail_overs = *rng.pick(&[0, 2]);
        self.taste.many_keys = false;
        // Requests of one client and slot go one by one while the slot moves.
        self.outstanding = 12;
        self.crashes = 0;
        self.refusals = 0;
        self.link_faults = 0;
        self.poison = 0;
        self.slow_clients = 0;
        self.stale_maps = 0;
        self.window = 1_000_000;
        self.latency = 100 * MICRO;
        self.latency_of_nodes = 50 * MICRO;
    }
}

/// What only some seeds have; none of the seeds of earlier findings has scripts.
fn flavour(taste: &mut Taste, seed: u64) {
    if seed % 11 >= 5 {
        taste.scripts = 250;
    }
}

fn draw_config(rng: &mut Rng, calm: bool) -> Config {
    let millis = |n: u64| Duration::from_millis(n);
    let mut config = Config {
        seeds: vec![Seed {
            host: "10.0.0.1".to_owned(),
            port: 7000,
        }],
        ..Config::default()
    };
    let cluster = &mut config.cluster;
    cluster.server_timeout = millis(rng.range(80, 250));
    cluster.connect_timeout = millis(rng.range(30, 120));
    cluster.server_retry_timeout = millis(rng.range(20, 150));
    cluster.retry_delay = millis(rng.range(1, 12));
    cluster.redirects_max = rng.range(1, 6) as u32;
    cluster.server_failure_limit = rng.range(1, 4) as u32;
    match rng.below(6) {
        0 => {
            cluster.static_replica_read_priority = 60;
            cluster.dynamic_replica_read_priority = 60;
        }
        1 => cluster.dynamic_replica_read_priority = 90,
        2 | 3 => {
            cluster.static_replica_read_priority = 0;
            cluster.dynamic_replica_read_priority = 0;
        }
        _ => {}
    }
    if rng.chance(200) {
        cluster.password = Some(Secret::new("secret"));
        cluster.username = rng.chance(500).then(|| "user".to_owned());
    }
    if calm {
        cluster.server_timeout = millis(400);
        return config;
    }
    let limits = &mut config.limits;
    if rng.chance(300) {
        limits.client_requests_in_flight_max = rng.range(2, 20) as usize;
    }
    if rng.chance(300) {
        limits.client_output_pause = rng.range(500, 5000) as usize;
        limits.client_expected_bytes_max = rng.range(500, 5000) as usize;
    }
    if rng.chance(150) {
        limits.client_output_max = 20_000;
    }
    if rng.chance(250) {
        limits.link_requests_in_flight_max = rng.range(2, 12) as usize;
    }
    if rng.chance(250) {
        limits.node_backlog_requests_max = rng.range(1, 12) as usize;
        limits.node_backlog_bytes_max = rng.range(100, 3000) as usize;
    }
    if rng.chance(250) {
        limits.private_links_max = rng.range(1, 4) as usize;
    }
    if rng.chance(150) {
        limits.transaction_bytes_max = rng.range(200, 2000) as usize;
    }
    if rng.chance(100) {
        limits.memory_max = rng.range(5_000, 50_000) as usize;
    }
    config
}

/// How long a shard without a primary is waited for, and if quiet links are tried.
fn draw_patience(config: &mut Config, seed: u64, calm: bool) {
    // Drawn apart, so that seeds that once found something find it again.
    let mut rng = Rng::new(seed ^ PATIENCE);
    let cluster = &mut config.cluster;
    if !calm && rng.chance(600) {
        cluster.failover_hold = Some(Duration::from_millis(rng.below(120)));
    }
    if rng.chance(500) {
        cluster.ping_interval = Duration::from_millis(rng.range(5, 100));
        cluster.canary_interval = cluster.ping_interval;
    }
    cluster.standby_links = rng.chance(700);
}

// === impl World ===

impl World {
    pub(crate) fn new(seed: u64, is_traced: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut profile = Profile::draw(&mut rng);
        flavour(&mut profile.taste, seed);
        let mut config = draw_config(&mut rng, profile.calm);
        profile.draw_apart(seed, &mut config);
        draw_patience(&mut config, seed, profile.calm);
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
