//! Primaries that change, die, and come back elsewhere.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::client::{Client, Reply, is_documented};
use crate::harness::{Setup, matrix, poll_until, wait_until};
use crate::load::Load;
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, Node, SETTLE_LIMIT};

matrix!(
    planned_failover,
    killed_primary,
    node_returns_at_another_port,
    all_nodes_return_at_other_ports,
    no_seed_at_first,
    the_only_seed_vanishes,
);

/// Nodes agree within two seconds that one is gone; what is left goes on.
pub(crate) const QUICK: &[&str] = &[
    "--cluster-node-timeout",
    "2000",
    "--cluster-require-full-coverage",
    "no",
];

/// The operator moves a primary's role to its replica and back: no client notices.
fn planned_failover(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let load = Load::start(&proxy, 3, &cluster.keys_on_all("planned"));
    load.wait_progress(10);
    let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    for (old, new) in [(first, second), (second, first), (first, second)] {
        fail_over(old, new);
        load.wait_progress(10);
        // The next failover needs a replica in step.
        wait_until("the new replica", SETTLE_LIMIT, || {
            (old.info("INFO replication", "master_link_status") == "up").then_some(())
        });
        load.wait_progress(4);
    }
    load.finish(&proxy);
}

/// Asks the replica until it is the primary: the servers themselves give up after five seconds if they do
/// not agree, and go on as before.
pub(crate) fn fail_over(old: &Node, new: &Node) {
    for _ in 0..6 {
        new.call_ok("CLUSTER FAILOVER");
        let done = poll_until(Duration::from_secs(8), || {
            (is_primary(new) && !is_primary(old)).then_some(())
        });
        if done.is_some() {
            return;
        }
    }
    panic!("the servers do not fail over");
}

pub(crate) fn is_primary(node: &Node) -> bool {
    node.info("INFO replication", "role") == "master"
}

/// The other shards notice nothing; the shard answers documented errors until its replica takes over.
fn killed_primary(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"2s\"")]);
    let keys = cluster.keys_on_all("killed");
    let stop = AtomicBool::new(false);
    let served: Vec<AtomicU64> = keys.iter().map(|_| AtomicU64::new(0)).collect();
    let failed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        for (shard, key) in keys.iter().enumerate() {
            let (stop, served, failed, addr) = (&stop, &served[shard], &failed, proxy.addr());
            scope.spawn(move || {
                let errors = round_trips(addr, key, shard == 0, stop, served);
                failed.fetch_add(errors, Ordering::Relaxed);
            });
        }
        let wait_served = |shard: usize, more: u64| {
            let from = served[shard].load(Ordering::Relaxed);
            wait_until(&format!("answers of shard {shard}"), SETTLE_LIMIT, || {
                (served[shard].load(Ordering::Relaxed) >= from + more).then_some(())
            });
        };
        (0..3).for_each(|shard| wait_served(shard, 50));
        let replica = cluster.replica_of(0);
        cluster.node_mut(0).kill();
        (1..3).for_each(|shard| wait_served(shard, 200));
        wait_until("promotion", SETTLE_LIMIT, || {
            is_primary(cluster.node(replica)).then_some(())
        });
        (0..3).for_each(|shard| wait_served(shard, 200));
    });
    let value = cluster
        .node(cluster.replica_of(0))
        .call(&format!("GET {}", keys[0]));
    assert!(
        value.text().starts_with(&keys[0]),
        "{value:?} is at the promoted node"
    );
    // Whether requests failed depends on the moment; if so, they were counted.
    let counted: f64 = [
        "errors_timeout",
        "errors_outcome_unknown",
        "errors_node_unavailable",
        "errors_node_down",
    ]
    .iter()
    .map(|name| proxy.metric(name))
    .sum();
    assert!(failed.load(Ordering::Relaxed) == 0 || counted > 0.0);
}

/// Ends the scope's clients also when the test fails.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// SET and GET in turn on one key; gives the number of errors.
fn round_trips(
    addr: SocketAddr,
    key: &str,
    may_fail: bool,
    stop: &AtomicBool,
    served: &AtomicU64,
) -> u64 {
    let mut client = Client::connect(addr);
    let mut errors = 0;
    let mut n = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        for line in [format!("SET {key} {key}:{n}"), format!("GET {key}")] {
            let reply = client.call(&line);
            if let Some(text) = reply.error() {
                assert!(may_fail, "{line}: {text}");
                assert!(is_documented(text), "{line}: {text}");
                errors += 1;
                continue;
            }
            if line.starts_with("SET") {
                assert_eq!(reply, Reply::ok());
            } else if reply != Reply::Null {
                // The last acknowledged value may be lost with the node, never another key's read.
                assert!(
                    reply.text().starts_with(&format!("{key}:")),
                    "{line}: {reply:?}"
                );
            }
            served.fetch_add(1, Ordering::Relaxed);
        }
    }
    errors
}

/// As a container that is started again elsewhere with its volume.
fn node_returns_at_another_port(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"2s\"")]);
    let keys = cluster.keys_on_all("moved");
    for round in 0..2 {
        for (shard, key) in keys.iter().enumerate() {
            cluster.node_mut(shard).kill();
            let other = &keys[(shard + 1) % 3];
            let mut client = proxy.connect();
            let set = format!("SET {other} {round}");
            assert_eq!(client.call(&set), Reply::ok(), "others serve meanwhile");
            cluster.node_mut(shard).restart_elsewhere();
            works_at(&proxy, cluster.node(shard), key);
        }
        cluster.wait_settled();
    }
}

/// Every address that the proxy ever knew is gone; only the seeds come back, at other ports.
fn all_nodes_return_at_other_ports(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, QUICK);
    // A seed that stays where it is, as the name of a service would: the last node keeps its port.
    let seeds = [cluster.node(2).addr()];
    let settings = [("cluster.server_timeout", "\"2s\"")];
    let proxy = Proxy::start_unready(&seeds, setup.workers, &settings);
    proxy.wait_ready();
    let keys = cluster.keys_on_all("all");
    (0..3).for_each(|shard| cluster.node_mut(shard).kill());
    cluster.node_mut(2).restart();
    (0..2).for_each(|shard| cluster.node_mut(shard).restart_elsewhere());
    // Restarted nodes know the seed's address, and so find each other again.
    for (shard, key) in keys.iter().enumerate() {
        works_at(&proxy, cluster.node(shard), key);
    }
}

/// Waits until writes arrive at this node, and then allows no error any more.
fn works_at(proxy: &Proxy, node: &Node, key: &str) {
    let mut client = proxy.connect();
    wait_until(
        "writes arrive at the node's new place",
        SETTLE_LIMIT,
        || {
            let reply = client.call(&format!("SET {key} {}", node.addr()));
            let documented = reply == Reply::ok() || reply.error().is_some_and(is_documented);
            assert!(documented, "{reply:?}");
            (reply == Reply::ok()).then_some(())
        },
    );
    assert_eq!(
        node.call(&format!("GET {key}")),
        Reply::bulk(node.addr().to_string())
    );
    for _ in 0..20 {
        assert_eq!(
            client.call(&format!("GET {key}")),
            Reply::bulk(node.addr().to_string())
        );
    }
}

fn no_seed_at_first(setup: Setup) {
    let mut cluster: Cluster = setup.cluster(3, 0, QUICK);
    let seeds: Vec<SocketAddr> = cluster.nodes().iter().map(Node::addr).collect();
    (0..3).for_each(|shard| cluster.node_mut(shard).kill());
    let settings = [
        ("cluster.server_timeout", "\"3s\""),
        ("cluster.connect_timeout", "\"3s\""),
    ];
    let proxy = Proxy::start_unready(&seeds, setup.workers, &settings);
    let mut client = proxy.connect();
    assert!(!proxy.is_ready());
    assert_eq!(
        client.call("PING"),
        Reply::Simple("PONG".to_owned()),
        "alive all the same"
    );
    client.call("GET key").assert_documented();
    assert!(!proxy.is_ready());
    (0..3).for_each(|shard| cluster.node_mut(shard).restart());
    proxy.wait_ready();
    wait_until("the first answer", READY_LIMIT, || {
        (client.call("SET key value") == Reply::ok()).then_some(())
    });
    assert_eq!(client.call("GET key"), Reply::bulk("value"));
}

/// Seeds are where the proxy begins; from then on any node tells of changes.
fn the_only_seed_vanishes(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, QUICK);
    let seeds = format!("[\"{}\"]", cluster.node(0).addr());
    let proxy = setup.proxy_with(&cluster, &[("seeds", &seeds)]);
    let keys = cluster.keys_on_all("seed");
    let mut client = proxy.connect();
    let set = |key: &String| format!("SET {key} {key}");
    for key in &keys {
        assert_eq!(client.call(&set(key)), Reply::ok());
    }
    cluster.node_mut(0).kill();
    wait_until("the seed's successor serves", SETTLE_LIMIT, || {
        let reply = client.call(&set(&keys[0]));
        (reply == Reply::ok()).then_some(())
    });
    let (first, second) = (cluster.node(1), cluster.node(cluster.replica_of(1)));
    fail_over(first, second);
    let named = format!("\"primary\":{{\"id\":\"{}\"", second.id());
    wait_until("a map that names the next primary", SETTLE_LIMIT, || {
        let (_, page) = proxy.try_get("/topology").ok()?;
        page.contains(&named).then_some(())
    });
    for key in &keys {
        assert_eq!(client.call(&set(key)), Reply::ok());
        assert_eq!(client.call(&format!("GET {key}")), Reply::bulk(key));
    }
    assert!(proxy.is_ready());
}
