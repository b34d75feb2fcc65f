//! Nodes that announce host names, when names are looked up slowly or are not known.
//!
//! Seeds are addresses here; `seed_names` has seeds that are names.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::outages::Hole;
use crate::proxy::Proxy;
use crate::resolver::{Entry, NONE, Resolver};
use crate::servers::{Cluster, SETTLE_LIMIT};

matrix!(
    slow_lookups,
    a_primary_without_an_address,
    a_replica_without_an_address,
    many_silent_names_hold_nobody_up,
    all_addresses_of_a_name_are_tried,
    a_name_comes_to_mean_another_address,
);

/// What the nodes announce.
const NAMES: [&str; 12] = [
    "n0.test", "n1.test", "n2.test", "n3.test", "n4.test", "n5.test", "n6.test", "n7.test",
    "n8.test", "n9.test", "n10.test", "n11.test",
];

/// Where all nodes are at first, where one may go, and where none is.
const HERE: &str = "127.0.0.1";
const ELSEWHERE: &str = "127.0.0.2";
const NOBODY: &str = "127.0.0.9";

/// The time that an attempt to connect may take.
const CONNECT: Duration = Duration::from_millis(500);

/// The time that a request may take.
const REQUEST: Duration = Duration::from_secs(2);

/// Within this a node is used again, on a busy machine; attempts are a second apart.
const SOON: Duration = Duration::from_secs(20);

const SETTINGS: &[(&str, &str)] = &[
    ("cluster.connect_timeout", "\"500ms\""),
    ("cluster.server_timeout", "\"2s\""),
    ("cluster.ping_interval", "\"100ms\""),
];

/// How a name is not known.
#[derive(Debug, Clone, Copy)]
enum Lack {
    /// The name server says so at once.
    Unknown,
    /// The name server says nothing for longer than a request may take.
    Silent,
}

/// What the resolver knows.
struct Names {
    resolver: Resolver,
}

impl Lack {
    fn lookup_time(self) -> Duration {
        match self {
            Self::Unknown => Duration::ZERO,
            Self::Silent => REQUEST * 3 / 2,
        }
    }
}

impl Names {
    /// All names have an address, which is found after `time`.
    fn known(time: Duration) -> Self {
        let names = Self {
            resolver: Resolver::new(&[]),
        };
        names.write(|_| (time, HERE));
        names
    }

    /// All names but one have an address.
    fn without(missing: usize, lack: Lack) -> Self {
        let names = Self::known(Duration::ZERO);
        names.write(|index| match index == missing {
            true => (lack.lookup_time(), NONE),
            false => (Duration::ZERO, HERE),
        });
        names
    }

    /// From now on all names have an address.
    fn mend(&self) {
        self.write(|_| (Duration::ZERO, HERE));
    }

    /// How long it takes to look a name up, and its addresses.
    fn write(&self, lookup: impl Fn(usize) -> (Duration, &'static str)) {
        let entries = NAMES.iter().enumerate().map(|(index, name)| {
            let (time, addresses) = lookup(index);
            Entry {
                name,
                time,
                addresses,
            }
        });
        self.resolver.set(&entries.collect::<Vec<_>>());
    }

    /// A proxy that knows these names; its seeds are addresses.
    fn proxy(&self, setup: Setup, cluster: &Cluster, more: &[(&str, &str)]) -> Proxy {
        let seeds: Vec<SocketAddr> = cluster.running().map(|node| node.addr()).collect();
        let settings = [SETTINGS, more].concat();
        let proxy = Proxy::start_as(&seeds, setup.workers, &settings, |command| {
            self.resolver.prepare(command);
        });
        proxy.wait_ready();
        proxy
    }
}

/// Nodes that announce their names, and never think that one of them has failed.
fn cluster(setup: Setup, replicas: usize) -> Cluster {
    Cluster::start_each(setup.kind, 3, replicas, |index| {
        vec![
            "--cluster-announce-hostname",
            NAMES[index],
            "--cluster-preferred-endpoint-type",
            "hostname",
            "--cluster-node-timeout",
            "60000",
            "--bind",
            HERE,
            "--cluster-announce-ip",
            HERE,
        ]
    })
}

fn wait_served(client: &mut Client, key: &str) {
    let from = Instant::now();
    wait_until("the node is used", SOON, || {
        (client.call(&format!("SET {key} x")) == Reply::ok()).then_some(())
    });
    eprintln!("{key} was served after {:?}", from.elapsed());
}

/// A lookup takes longer than an attempt to connect may: a node that was away is found all the same.
fn slow_lookups(setup: Setup) {
    let cluster = cluster(setup, 0);
    let names = Names::known(CONNECT * 7 / 5);
    let proxy = names.proxy(setup, &cluster, &[]);
    let keys = cluster.keys_on_all(&unique("slow-name"));
    let mut client = proxy.connect();
    keys.iter().for_each(|key| wait_served(&mut client, key));
    let failed = proxy.metric("links_failed");
    cluster.node(0).process().signal(Signal::STOP);
    // By then a second passes between two attempts, and a lookup begins with each of them.
    wait_until("failed attempts", SETTLE_LIMIT, || {
        (proxy.metric("links_failed") > failed + 8.0 * setup.workers as f64).then_some(())
    });
    cluster.node(0).process().signal(Signal::CONT);
    wait_served(&mut client, &keys[0]);
}

/// Requests to it fail in time and with a clear error, those to others go on, and it is used once it has an address.
fn a_primary_without_an_address(setup: Setup) {
    let cluster = cluster(setup, 0);
    for lack in [Lack::Unknown, Lack::Silent] {
        let names = Names::without(0, lack);
        let proxy = names.proxy(setup, &cluster, &[]);
        let keys = cluster.keys_on_all(&unique("no-name"));
        let (mut client, mut other) = (proxy.connect(), proxy.connect());
        keys[1..]
            .iter()
            .for_each(|key| wait_served(&mut client, key));
        let all = keys.join(" ");
        let set_all: String = keys.iter().map(|key| format!(" {key} all")).collect();
        for line in [
            format!("SET {} x", keys[0]),
            format!("GET {}", keys[0]),
            format!("MGET {all}"),
            format!("MSET{set_all}"),
            format!("DEL {all}"),
        ] {
            let sent = Instant::now();
            client.say(&line);
            // Nobody waits for it; they share the links of a worker with the one that fails.
            for key in &keys[1..] {
                assert_eq!(other.call(&format!("SET {key} on")), Reply::ok());
            }
            assert!(sent.elapsed() < REQUEST / 2, "{:?}", sent.elapsed());
            let reply = client.read();
            reply.assert_error("CLUSTERDOWN corelane: ");
            reply.assert_documented();
            let took = sent.elapsed();
            assert!(took < REQUEST + REQUEST / 2, "{lack:?}: {line}: {took:?}");
            // The next reply is that of the next request.
            let text = format!("after {line}");
            let echoed = client.call_args(&["ECHO", &text]);
            assert_eq!(echoed, Reply::bulk(&text));
        }
        let sent = Instant::now();
        client
            .call(&format!("SET {} x", keys[0]))
            .assert_error("CLUSTERDOWN corelane: node n0.test:");
        assert!(sent.elapsed() < REQUEST / 2, "it is known by now");
        if matches!(lack, Lack::Unknown) {
            let log = proxy.process().output();
            assert!(log.contains("its name cannot be resolved"), "{log}");
        }
        names.mend();
        wait_served(&mut client, &keys[0]);
        assert_eq!(client.call(&format!("MSET{set_all}")), Reply::ok());
    }
}

/// Its primary answers, without an error, until the replica has an address.
fn a_replica_without_an_address(setup: Setup) {
    let cluster = cluster(setup, 3);
    let replica = cluster.replica_of(0);
    let prefers_replicas = [
        // Three failures in a row fit into the time of a request.
        ("cluster.connect_timeout", "\"200ms\""),
        ("cluster.master_read_priority", "10"),
        ("cluster.static_replica_read_priority", "90"),
        ("cluster.dynamic_replica_read_priority", "90"),
    ];
    for lack in [Lack::Unknown, Lack::Silent] {
        let key = cluster.key_on(0, &unique("no-replica"));
        let names = Names::without(replica, lack);
        cluster.node(replica).call_ok("CONFIG RESETSTAT");
        let proxy = names.proxy(setup, &cluster, &prefers_replicas);
        let mut client = proxy.connect();
        let copy = cluster.node(replica);
        let before = copy.call("DBSIZE").integer();
        wait_served(&mut client, &key);
        wait_until("the copy", SETTLE_LIMIT, || {
            (copy.call("DBSIZE").integer() > before).then_some(())
        });
        let reads = || copy.info("INFO commandstats", "cmdstat_get");
        let mut read = |from: Instant| {
            let reply = client.call(&format!("GET {key}"));
            assert_eq!(reply, Reply::bulk("x"), "{lack:?}");
            assert!(from.elapsed() < REQUEST, "{lack:?}: {:?}", from.elapsed());
        };
        for _ in 0..100 {
            read(Instant::now());
        }
        assert_eq!(reads(), "", "nothing was read from the replica");
        names.mend();
        wait_until("reads from the replica", SOON, || {
            read(Instant::now());
            (!reads().is_empty()).then_some(())
        });
    }
}

/// The names of eight replicas are looked up for longer than the test lasts, again and again by each worker and by control.
/// Whoever is looked up beside them is found: links that are lost come back, and so does a node that was away.
fn many_silent_names_hold_nobody_up(setup: Setup) {
    let mut cluster = cluster(setup, 8);
    let names = Names::known(Duration::ZERO);
    names.write(|index| match index < 3 {
        true => (Duration::ZERO, HERE),
        false => (Duration::from_secs(600), NONE),
    });
    let proxy = names.proxy(setup, &cluster, &[]);
    let keys = cluster.keys_on_all(&unique("silent"));
    let mut client = proxy.connect();
    keys.iter().for_each(|key| wait_served(&mut client, key));
    for _ in 0..3 {
        // From now on each worker has tried all replicas.
        let failed = proxy.metric("links_failed");
        wait_until("failed attempts", SETTLE_LIMIT, || {
            (proxy.metric("links_failed") >= failed + 8.0).then_some(())
        });
        cluster.node(0).call("CLIENT KILL TYPE normal SKIPME yes");
        wait_served(&mut client, &keys[0]);
    }
    let log = proxy.process().output();
    for (node, name) in cluster.nodes()[..3].iter().zip(NAMES) {
        let silent = format!("{name}:{} does not tell", node.addr().port());
        assert!(!log.contains(&silent), "{log}");
    }
    cluster.node_mut(1).kill();
    client.call(&format!("GET {}", keys[1])).assert_documented();
    cluster.node_mut(1).restart();
    wait_served(&mut client, &keys[1]);
}

/// Of the addresses of each name the first is nobody's, or does not answer: the others are tried in their order, and the
/// one that works is kept to.
fn all_addresses_of_a_name_are_tried(setup: Setup) {
    let cluster = cluster(setup, 0);
    let holes: Vec<Hole> = (0..2)
        .map(|index| {
            Hole::at(SocketAddr::new(
                NOBODY.parse().expect("an address"),
                cluster.node(index).addr().port(),
            ))
        })
        .collect();
    let names = Names::known(Duration::ZERO);
    names.write(|_| (Duration::ZERO, "127.0.0.9,127.0.0.1"));
    let proxy = names.proxy(setup, &cluster, &[]);
    let keys = cluster.keys_on_all(&unique("several"));
    let mut client = proxy.connect();
    keys.iter().for_each(|key| wait_served(&mut client, key));
    let failed = proxy.metric("links_failed");
    // One attempt to connect to each of three nodes, by each worker that serves somebody or will.
    wait_until("links of all workers", SOON, || {
        let connected = (0..3).map(|index| {
            let list = cluster.node(index).call("CLIENT LIST").text();
            list.matches("name=corelane ").count()
        });
        (connected.sum::<usize>() >= 3 * setup.workers).then_some(())
    });
    assert_eq!(
        proxy.metric("links_failed"),
        3.0 * setup.workers as f64,
        "{failed} before"
    );
    for node in cluster.nodes() {
        node.call("CLIENT KILL TYPE normal SKIPME yes");
    }
    keys.iter().for_each(|key| wait_served(&mut client, key));
    assert_eq!(proxy.metric("links_failed"), 3.0 * setup.workers as f64);
    drop(holes);
}

/// A node goes elsewhere and its name with it, as those of a Kubernetes stateful set: what the nodes say of it stays the
/// same. Where it was, nothing answers.
fn a_name_comes_to_mean_another_address(setup: Setup) {
    let mut cluster = cluster(setup, 0);
    let names = Names::known(Duration::ZERO);
    let proxy = names.proxy(setup, &cluster, &[]);
    let keys = cluster.keys_on_all(&unique("goes"));
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    keys.iter().for_each(|key| wait_served(&mut client, key));
    cluster.node_mut(0).kill();
    let hole = Hole::at(cluster.node(0).addr());
    cluster.node_mut(0).move_to(ELSEWHERE);
    cluster.node_mut(0).restart();
    client.call(&format!("GET {}", keys[0])).assert_documented();
    for key in &keys[1..] {
        assert_eq!(other.call(&format!("SET {key} on")), Reply::ok());
    }
    names.write(|index| match index {
        0 => (Duration::ZERO, ELSEWHERE),
        _ => (Duration::ZERO, HERE),
    });
    // Each worker has its own connection, and each its own time.
    for client in [&mut client, &mut other] {
        wait_served(client, &keys[0]);
    }
    let get = format!("GET {}", keys[0]);
    assert_eq!(cluster.node(0).call(&get), Reply::bulk("x"));
    assert_eq!(other.call(&get), Reply::bulk("x"));
    drop(hole);
}
