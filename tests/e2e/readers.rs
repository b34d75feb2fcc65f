//! Reads while their primary is away and nobody takes over: the replica serves them, also while the primary is tried again.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Reply, words};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::outages::Hole;
use crate::proxy::Proxy;
use crate::servers::SETTLE_LIMIT;

matrix!(
    reads_go_to_the_replica,
    handshakes_that_nobody_answers,
    a_replica_that_cannot_be_reached,
);

/// No failover during the test.
const LONELY: &[&str] = &[
    "--cluster-node-timeout",
    "60000",
    "--cluster-require-full-coverage",
    "no",
];

const SETTINGS: &[(&str, &str)] = &[
    ("cluster.server_timeout", "\"2s\""),
    ("cluster.failover_hold", "\"300ms\""),
    ("cluster.connect_timeout", "\"500ms\""),
];

/// Waits until so many more attempts to connect to nodes have failed, with requests all the time.
fn while_tried(proxy: &Proxy, attempts: f64, mut ask: impl FnMut()) {
    let before = proxy.metric("links_failed");
    wait_until("attempts to connect", SETTLE_LIMIT, || {
        (0..20).for_each(|_| ask());
        (proxy.metric("links_failed") >= before + attempts).then_some(())
    });
}

fn reads_go_to_the_replica(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, LONELY);
    let proxy = setup.proxy_with(&cluster, SETTINGS);
    let keys = cluster.keys_on_all(&unique("reader"));
    let mut client = proxy.connect();
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(client.call(&format!("SET {key} {key}")), Reply::ok());
        let mut replica = cluster.node(cluster.replica_of(at)).connect();
        assert_eq!(replica.call("READONLY"), Reply::ok());
        wait_until("the value at the replica", SETTLE_LIMIT, || {
            (replica.call(&format!("GET {key}")) == Reply::bulk(key)).then_some(())
        });
    }
    cluster.node(0).process().signal(Signal::STOP);
    check_reads(&proxy, &mut client, &keys, 0);
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("the primary works again", SETTLE_LIMIT, || {
        (client.call(&format!("SET {} x", keys[0])) == Reply::ok()).then_some(())
    });
    assert_eq!(client.call(&format!("GET {}", keys[0])), Reply::bulk("x"));
    cluster.node_mut(1).kill();
    check_reads(&proxy, &mut client, &keys, 1);
}

/// The primary at `lost` does not answer any more.
fn check_reads(proxy: &Proxy, client: &mut Client, keys: &[String], lost: usize) {
    let key = &keys[lost];
    let expected = Reply::bulk(key);
    let get = format!("GET {key}");
    // What is under way when it is lost may fail.
    wait_until("reads at the replica", SETTLE_LIMIT, || {
        let reply = client.call(&get);
        if reply != expected {
            reply.assert_documented();
        }
        (reply == expected).then_some(())
    });
    let mget = format!("MGET {} {key} {{{key}}}", keys[2]);
    let all = [Reply::bulk(&keys[2]), expected.clone(), Reply::Null];
    while_tried(proxy, 4.0, || {
        assert_eq!(client.call(&get), expected);
        assert_eq!(client.call(&mget), Reply::Array(all.to_vec()));
    });
    client
        .call(&format!("SET {key} no"))
        .assert_error("CLUSTERDOWN corelane: node");
}

/// Nothing answers at the address of the better replica, from the start on: no read fails, not even the first.
fn a_replica_that_cannot_be_reached(setup: Setup) {
    let timeout = ["--cluster-node-timeout", "20000"];
    let mut cluster = setup.cluster(3, 3, &[LONELY, &timeout].concat());
    let keys = cluster.keys_on_all(&unique("hole"));
    let (key, replica) = (&keys[0], cluster.replica_of(0));
    for (at, key) in keys.iter().enumerate() {
        cluster.node(at).call_ok(&format!("SET {key} x"));
    }
    // Until nodes have heard how far a replica is they say that it loads.
    wait_until("nodes that know the replicas", SETTLE_LIMIT, || {
        let shards = cluster.running().map(|node| node.call("CLUSTER SHARDS"));
        let mut texts = shards.map(|shards| format!("{shards:?}"));
        texts.all(|text| !text.contains("loading")).then_some(())
    });
    let settings = [
        ("cluster.server_timeout", "\"2s\""),
        ("cluster.connect_timeout", "\"2s\""),
        ("cluster.master_read_priority", "10"),
        ("cluster.static_replica_read_priority", "90"),
        ("cluster.dynamic_replica_read_priority", "90"),
    ];
    cluster.node_mut(replica).kill();
    let hole = Hole::at(cluster.node(replica).addr());
    let proxy = setup.proxy_with(&cluster, &settings);
    // Enough that each worker has one.
    let mut clients: Vec<Client> = (0..8).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        client.say(&format!("GET {key}"));
    }
    let sent = Instant::now();
    for client in &mut clients {
        assert_eq!(client.read(), Reply::bulk("x"));
    }
    let took = sent.elapsed();
    assert!(
        took > Duration::from_millis(500),
        "it was not tried: {took:?}"
    );
    drop(hole);
    cluster.node_mut(replica).restart();
    wait_until("reads at the replica", SETTLE_LIMIT, || {
        let reply = clients[0].call(&format!("GET {key}"));
        assert_eq!(reply, Reply::bulk("x"));
        let reads = cluster
            .node(replica)
            .info("INFO commandstats", "cmdstat_get");
        (!reads.is_empty()).then_some(())
    });
}

/// A node accepts connections and says nothing, from the start on: its shard fails in time, and the others do not notice.
fn handshakes_that_nobody_answers(setup: Setup) {
    let cluster = setup.cluster(3, 0, LONELY);
    let keys = cluster.keys_on_all(&unique("handshake"));
    cluster.node(0).process().signal(Signal::STOP);
    let seeds = format!("[\"{}\"]", cluster.node(1).addr());
    let mut settings = SETTINGS.to_vec();
    settings.push(("seeds", &seeds));
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    while_tried(&proxy, 3.0, || {
        let pipeline = keys.iter().map(|key| words(&format!("SET {key} 1")));
        client.send(&pipeline.collect::<Vec<_>>().concat());
        client.read().assert_error("CLUSTERDOWN corelane: node");
        assert_eq!(client.read(), Reply::ok());
        assert_eq!(client.read(), Reply::ok());
    });
    let said = proxy.process().output();
    let addr = cluster.node(0).addr().to_string();
    let is_told = |line: &&str| line.contains(&addr) && line.contains("in time");
    assert!(said.lines().any(|line| is_told(&line)), "{said}");
    assert_eq!(proxy.metric("errors_timeout"), 0.0);
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("it serves", SETTLE_LIMIT, || {
        (client.call(&format!("SET {} 1", keys[0])) == Reply::ok()).then_some(())
    });
}
