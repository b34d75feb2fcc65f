//! What a seed says about the world: its faults, its clients and its settings.

use std::time::Duration;

use corelane::config::{Config, CrossSlot, Secret, Seed};

use crate::FIXED;
use crate::requests::Taste;
use crate::rights;
use crate::rng::Rng;
use crate::world::{MICRO, MILLI};

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

/// In one of so many seeds there are requests to all shards.
const EVERYWHERE_SEEDS: u64 = 7;

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

// === impl Profile ===

impl Profile {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
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
    pub(crate) fn draw_apart(&mut self, seed: u64, config: &mut Config) {
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

    pub(crate) fn calm_down(&mut self, rng: &mut Rng) {
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
pub(crate) fn flavour(taste: &mut Taste, seed: u64) {
    if seed % 11 >= 5 {
        taste.scripts = 250;
    }
}

pub(crate) fn draw_config(rng: &mut Rng, calm: bool) -> Config {
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
pub(crate) fn draw_patience(config: &mut Config, seed: u64, calm: bool) {
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
