//! Shards that are down: how soon they work again after the cluster has another primary, how soon their requests
//! fail while it has none, and that the others notice nothing.
//!
//! Times are printed and only bounded by the deadlines that would pass without what is tested: the machine that
//! runs this may be busy.

#![expect(
    clippy::disallowed_types,
    reason = "the threads of a test share what they have seen"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Reply, words};
use crate::failover::{QUICK, fail_over};
use crate::harness::{Setup, matrix, number, poll_until, unique, wait_until};
use crate::servers::{Cluster, Node, SETTLE_LIMIT, slot_of};

matrix!(
    killed_primaries,
    stopped_primaries,
    dead_shard_fails_at_once,
    unreachable_address,
    vanished_node_is_found_while_idle,
    planned_changes_stall_briefly,
    crowd_of_new_clients,
);

/// Longer than any failover here: whoever waits for a deadline fails the test.
const PATIENT: &[(&str, &str)] = &[("cluster.server_timeout", "\"30s\"")];

/// What the loss of a primary may take beyond the cluster's own failover, on a very busy machine.
const SOON: Duration = Duration::from_secs(10);

/// One request of a writer: when it was sent and answered, and the error if it failed.
#[derive(Debug, Clone)]
struct Try {
    sent: Instant,
    answered: Instant,
    error: Option<String>,
}

/// Clients that write one key each, over and over, until they are dropped.
struct Writers<'a> {
    stop: &'a AtomicBool,
}

impl Drop for Writers<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn write_on(addr: SocketAddr, key: &str, stop: &AtomicBool, tries: &Mutex<Vec<Try>>) {
    let mut client = Client::connect(addr);
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let sent = Instant::now();
        let reply = client.call(&format!("SET {key} {n}"));
        let error = reply.error().map(str::to_owned);
        assert!(error.is_some() || reply == Reply::ok(), "{reply:?}");
        let answered = Instant::now();
        tries.lock().expect("tries").push(Try {
            sent,
            answered,
            error,
        });
    }
}

/// Runs `body` while one client writes each key; gives what they were told.
fn while_writing(
    addr: SocketAddr,
    keys: &[String],
    body: impl FnOnce(&dyn Fn(usize) -> Vec<Try>),
) -> Vec<Vec<Try>> {
    let tries: Vec<Mutex<Vec<Try>>> = keys.iter().map(|_| Mutex::default()).collect();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _writers = Writers { stop: &stop };
        for (key, tries) in keys.iter().zip(&tries) {
            let stop = &stop;
            scope.spawn(move || write_on(addr, key, stop, tries));
        }
        body(&|at| tries[at].lock().expect("tries").clone());
    });
    tries
        .into_iter()
        .map(|tries| tries.into_inner().expect("tries"))
        .collect()
}

/// Waits until a writer was answered well after `from`; when that was.
fn works_again(tries: &dyn Fn(usize) -> Vec<Try>, at: usize, from: Instant) -> Instant {
    wait_until("a write that succeeds", SETTLE_LIMIT, || {
        let is_good = |one: &&Try| one.error.is_none() && one.answered > from;
        tries(at).iter().find(is_good).map(|one| one.answered)
    })
}

/// The port that a node names as the primary of a slot.
fn owner_of(client: &mut Client, slot: usize) -> i64 {
    let slots = client.call("CLUSTER SLOTS");
    let mut ranges = slots.elements().iter();
    let found = ranges.find(|range| {
        let border = |at: usize| usize::try_from(range.elements()[at].integer()).expect("a slot");
        (border(0)..=border(1)).contains(&slot)
    });
    found.map_or(0, |range| range.elements()[2].elements()[1].integer())
}

/// How many failovers a test makes; more of them to look for what happens seldom.
fn rounds() -> usize {
    let set = std::env::var("CORELANE_TEST_ROUNDS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// Primary and replica of one shard are lost in turn; a write that is under way may fail, and nothing else.
fn lose_primaries(setup: Setup, lose: fn(&mut Node), mend: fn(&mut Node)) {
    let mut cluster = setup.cluster(3, 3, QUICK);
    let proxy = setup.proxy_with(&cluster, PATIENT);
    let keys = cluster.keys_on_all(&unique("lost"));
    let slot = slot_of(&keys[0]);
    let (mut victim, mut heir) = (0, cluster.replica_of(0));
    for round in 0..rounds() {
        let mut gap = Duration::ZERO;
        let told = while_writing(proxy.addr(), &keys, |tries| {
            (0..3).for_each(|at| {
                works_again(tries, at, Instant::now());
            });
            let mut survivor = cluster.node(1).connect();
            let heir = i64::from(cluster.node(heir).addr().port());
            let lost_at = Instant::now();
            lose(cluster.node_mut(victim));
            wait_until("the cluster's own failover", SETTLE_LIMIT, || {
                (owner_of(&mut survivor, slot) == heir).then_some(())
            });
            let promoted_at = Instant::now();
            let works_at = works_again(tries, 0, lost_at);
            gap = works_at.saturating_duration_since(promoted_at);
            (1..3).for_each(|at| {
                works_again(tries, at, promoted_at);
            });
        });
        eprintln!("round {round}: works {gap:?} after the cluster has failed over");
        assert!(gap < SOON, "{gap:?} after the cluster's own failover");
        let errors: Vec<&Try> = told[0].iter().filter(|one| one.error.is_some()).collect();
        let is_unknown = |one: &&Try| {
            one.error
                .as_ref()
                .is_some_and(|text| text.contains("unknown"))
        };
        assert!(
            errors.len() <= 1 && errors.iter().all(is_unknown),
            "only the write under way may fail: {errors:?}"
        );
        for other in &told[1..] {
            assert!(other.iter().all(|one| one.error.is_none()), "{other:?}");
        }
        mend(cluster.node_mut(victim));
        cluster.wait_settled();
        std::mem::swap(&mut victim, &mut heir);
    }
}

fn killed_primaries(setup: Setup) {
    lose_primaries(setup, Node::kill, Node::restart);
}

fn stopped_primaries(setup: Setup) {
    let stop = |node: &mut Node| node.process().signal(Signal::STOP);
    let go_on = |node: &mut Node| node.process().signal(Signal::CONT);
    lose_primaries(setup, stop, go_on);
}

/// Nobody takes over: after `failover_hold` requests fail without waiting; others do not notice; the node is used as
/// soon as it is back.
fn dead_shard_fails_at_once(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, QUICK);
    let settings = [
        ("cluster.server_timeout", "\"30s\""),
        ("cluster.failover_hold", "\"500ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all(&unique("dead"));
    let mut before = times_of_others(&proxy.connect(), &keys);
    cluster.node_mut(0).kill();
    let mut client = proxy.connect();
    let sent = Instant::now();
    client.call(&format!("GET {}", keys[0])).assert_documented();
    let held = sent.elapsed();
    assert!(held < SOON, "held for {held:?}, although only for 500 ms");
    let mut longest = Duration::ZERO;
    for _ in 0..50 {
        let sent = Instant::now();
        client
            .call(&format!("SET {} 1", keys[0]))
            .assert_error("CLUSTERDOWN corelane: node");
        longest = longest.max(sent.elapsed());
    }
    assert!(longest < SOON, "{longest:?} to say what is known");
    assert!(proxy.metric("errors_node_down") >= 50.0);
    assert_eq!(proxy.metric("holds_now"), 0.0);
    // A pipeline over all shards, and one request over all of them.
    let lines = keys.iter().cycle().take(9);
    let pipeline: Vec<u8> = lines
        .flat_map(|key| words(&format!("EXISTS {key}")))
        .collect();
    for (at, reply) in client.exchange(&pipeline, 9).iter().enumerate() {
        assert_eq!(reply.error().is_some(), at % 3 == 0, "{at}: {reply:?}");
    }
    let all = format!("MGET {}", keys.join(" "));
    client.call(&all).assert_documented();
    let mut after = times_of_others(&proxy.connect(), &keys);
    eprintln!(
        "held {held:?}, then errors within {longest:?}; others: p99 {:?} before, {:?} while it is dead",
        percentile(&mut before, 99),
        percentile(&mut after, 99)
    );
    cluster.node_mut(0).restart();
    wait_until("the node is used again", SETTLE_LIMIT, || {
        (client.call(&format!("SET {} back", keys[0])) == Reply::ok()).then_some(())
    });
    assert_eq!(
        client.call(&format!("GET {}", keys[0])),
        Reply::bulk("back")
    );
}

/// How long requests to the shards but the first one take; none of them may fail.
fn times_of_others(client: &Client, keys: &[String]) -> Vec<Duration> {
    let mut client = Client::connect(client.stream().peer_addr().expect("connected"));
    let times = (0..2_000).map(|n| {
        let key = &keys[1 + n % 2];
        let sent = Instant::now();
        assert_eq!(client.call(&format!("SET {key} {n}")), Reply::ok());
        sent.elapsed()
    });
    times.collect()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// Nothing answers at the address of a node, not even with a refusal.
fn unreachable_address(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, QUICK);
    let settings = [
        ("cluster.server_timeout", "\"2s\""),
        ("cluster.failover_hold", "\"500ms\""),
        ("cluster.connect_timeout", "\"200ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all(&unique("hole"));
    cluster.node_mut(0).kill();
    let hole = Hole::at(cluster.node(0).addr());
    let mut client = proxy.connect();
    wait_until("errors without a wait", SETTLE_LIMIT, || {
        let sent = Instant::now();
        let reply = client.call(&format!("GET {}", keys[0]));
        reply.assert_documented();
        let is_quick = sent.elapsed() < Duration::from_millis(400);
        (is_quick && reply.error()?.starts_with("CLUSTERDOWN corelane: node")).then_some(())
    });
    times_of_others(&client, &keys);
    drop(hole);
    cluster.node_mut(0).restart();
    wait_until("the node is used again", SETTLE_LIMIT, || {
        (client.call(&format!("SET {} back", keys[0])) == Reply::ok()).then_some(())
    });
}

/// A listener that accepts nobody and whose queue is full, so that the kernel drops attempts to connect.
pub(crate) struct Hole {
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Hole {
    pub(crate) fn at(addr: SocketAddr) -> Self {
        let listener = wait_until("the port", SETTLE_LIMIT, || TcpListener::bind(addr).ok());
        rustix::net::listen(&listener, 0).expect("a shorter queue");
        let waiting = (0..16)
            .map_while(|_| TcpStream::connect_timeout(&addr, Duration::from_millis(50)).ok())
            .collect();
        Self {
            _listener: listener,
            _waiting: waiting,
        }
    }
}

/// No request is needed to notice that a node says nothing any more, nor that it speaks again.
fn vanished_node_is_found_while_idle(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--cluster-node-timeout", "60000"]);
    let settings = [
        ("cluster.server_timeout", "\"3s\""),
        ("cluster.failover_hold", "\"1s\""),
        ("cluster.ping_interval", "\"100ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all(&unique("idle"));
    let mut client = proxy.connect();
    assert_eq!(client.call(&format!("SET {} 1", keys[0])), Reply::ok());
    let lost = proxy.metric("links_lost");
    let failed = proxy.metric("links_failed");
    cluster.node(0).process().signal(Signal::STOP);
    wait_until("the loss of its links", SETTLE_LIMIT, || {
        (proxy.metric("links_lost") > lost && proxy.metric("links_failed") > failed + 1.0)
            .then_some(())
    });
    let sent = Instant::now();
    client
        .call(&format!("SET {} 2", keys[0]))
        .assert_error("CLUSTERDOWN corelane: node");
    eprintln!("refused within {:?}", sent.elapsed());
    assert_eq!(
        proxy.metric("errors_timeout"),
        0.0,
        "nobody had to wait for it"
    );
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("it serves again", SETTLE_LIMIT, || {
        (client.call(&format!("SET {} 3", keys[0])) == Reply::ok()).then_some(())
    });
}

/// What the operator does on purpose costs no error and hardly any time.
fn planned_changes_stall_briefly(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy_with(&cluster, PATIENT);
    let keys = cluster.keys_on_all(&unique("planned"));
    let told = while_writing(proxy.addr(), &keys, |tries| {
        let go_on = || {
            works_again(tries, 0, Instant::now());
        };
        go_on();
        let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
        fail_over(first, second);
        go_on();
        wait_until("the new replica", SETTLE_LIMIT, || {
            (first.info("INFO replication", "master_link_status") == "up").then_some(())
        });
        fail_over(second, first);
        go_on();
        // Slots move only between primaries that know of each other.
        cluster.wait_settled();
        let slot = slot_of(&keys[0]);
        move_slot(&cluster, slot, 0, 1);
        go_on();
        move_slot(&cluster, slot, 1, 0);
        go_on();
    });
    let longest = |tries: &[Try]| {
        let times = tries.iter().map(|one| one.answered - one.sent);
        times.max().unwrap_or_default()
    };
    for one in told.iter().flatten() {
        assert!(one.error.is_none(), "{one:?}");
    }
    let stalls: Vec<Duration> = told.iter().map(|tries| longest(tries)).collect();
    eprintln!("longest wait of a write in each shard, the first changes: {stalls:?}");
    assert!(stalls.iter().all(|stall| *stall < SOON), "{stalls:?}");
}

fn move_slot(cluster: &Cluster, slot: usize, from: usize, to: usize) {
    cluster.migrate_begin(slot, from, to);
    while cluster.migrate_keys(slot, from, to, 10) > 0 {}
    cluster.migrate_end(slot, from, to);
}

/// Many clients connect at once; those that are here are served meanwhile.
/// `CORELANE_TEST_CROWD` makes it larger: 10000 is the promise, and needs as many descriptors.
fn crowd_of_new_clients(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy_with(cluster, &[("limits.clients_max", "20000")]);
    let keys = vec![unique("crowd")];
    let mut crowd: Vec<TcpStream> = Vec::new();
    let wanted = number("CORELANE_TEST_CROWD", CROWD);
    let (mut took, mut served) = (Duration::ZERO, Duration::ZERO);
    let told = while_writing(proxy.addr(), &keys, |tries| {
        works_again(tries, 0, Instant::now());
        let from = Instant::now();
        crowd.extend((0..wanted).map_while(|_| TcpStream::connect(proxy.addr()).ok()));
        let all = crowd.len();
        for client in &mut crowd {
            client.write_all(b"EXISTS crowd\r\n").expect("a request");
        }
        let arrived = poll_until(SETTLE_LIMIT, || {
            (proxy.metric("clients_now") > all as f64).then_some(())
        });
        took = from.elapsed();
        assert!(arrived.is_some(), "not all of {all} clients were accepted");
        for client in &mut crowd {
            let mut reply = [0; 4];
            client.read_exact(&mut reply).expect("a reply");
            assert_eq!(&reply, b":0\r\n");
        }
        served = from.elapsed();
        works_again(tries, 0, Instant::now());
    });
    assert!(told[0].iter().all(|one| one.error.is_none()));
    let mut times: Vec<Duration> = told[0].iter().map(|one| one.answered - one.sent).collect();
    let (middle, most) = (percentile(&mut times, 50), percentile(&mut times, 100));
    eprintln!(
        "{} clients came within {took:?} and were served after {served:?}; a write took {middle:?}, at most {most:?}",
        crowd.len()
    );
    assert!(crowd.len() > wanted / 2, "only {} clients", crowd.len());
    assert!(most < SOON, "{most:?} for a client that was there before");
}

/// As many as a test process may have descriptors for beside others.
const CROWD: usize = 2_000;
