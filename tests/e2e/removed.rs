//! A shard that is taken out of the cluster for good.

use std::net::{SocketAddr, TcpListener};

use crate::client::{Reply, words};
use crate::harness::{ServerKind, Setup, matrix, wait_until};
use crate::load::Load;
use crate::proxy::Proxy;
use crate::servers::{Cluster, SETTLE_LIMIT, slot_of};

matrix!(a_shard_is_removed_for_good);

/// Its slots go to another shard, everybody forgets its nodes, and their processes end: no client notices, the links go
/// away, and nobody tries to connect to them any more.
fn a_shard_is_removed_for_good(setup: Setup) {
    // Its nodes stay what they are without slots.
    // Valkey has replicas confirm each slot that moves, which takes minutes for so many.
    let replicas = if setup.kind == ServerKind::Redis7 {
        3
    } else {
        0
    };
    let alone = ["--cluster-allow-replica-migration", "no"];
    let mut cluster = setup.cluster(3, replicas, &alone);
    let (gone, stay): (Vec<usize>, Vec<usize>) = (0..3 + replicas).partition(|at| at % 3 == 2);
    let seeds: Vec<SocketAddr> = stay.iter().map(|at| cluster.node(*at).addr()).collect();
    let settings = [
        ("cluster.server_timeout", "\"10s\""),
        ("cluster.refresh_interval", "\"200ms\""),
    ];
    let proxy = Proxy::start_unready(&seeds, setup.workers, &settings);
    proxy.wait_ready();
    wait_until("links to all nodes", SETTLE_LIMIT, || {
        let all = gone.iter().all(|at| has_links(&cluster, *at));
        all.then_some(())
    });
    let tags = cluster.keys_on_all("removed");
    let load = Load::start(&proxy, 3, &tags);
    load.wait_progress(10);
    move_all_slots(&cluster, &tags[2], 2, 0, &load);
    load.wait_progress(6);
    for at in &stay {
        for other in &gone {
            let line = format!("CLUSTER FORGET {}", cluster.node(*other).id());
            cluster.node(*at).call_ok(&line);
        }
    }
    // While they still run.
    wait_until("a slot map without them", SETTLE_LIMIT, || {
        let page = proxy.try_get("/topology").ok()?.1;
        let is_there = |at: &usize| page.contains(&cluster.node(*at).addr().to_string());
        (!gone.iter().any(is_there) && stay.iter().all(is_there)).then_some(())
    });
    wait_until("the end of the links to them", SETTLE_LIMIT, || {
        (!gone.iter().any(|at| has_links(&cluster, *at))).then_some(())
    });
    load.wait_progress(6);
    let traps: Vec<TcpListener> = gone
        .iter()
        .copied()
        .map(|at| {
            cluster.node_mut(at).kill();
            let addr = cluster.node(at).addr();
            let trap = wait_until("the port", SETTLE_LIMIT, || TcpListener::bind(addr).ok());
            trap.set_nonblocking(true).expect("a socket");
            trap
        })
        .collect();
    let (looks, failed) = (looks(&proxy), proxy.metric("links_failed"));
    wait_until("more looks at the cluster", SETTLE_LIMIT, || {
        (self::looks(&proxy) >= looks + 15).then_some(())
    });
    load.wait_progress(20);
    for trap in traps {
        let came = trap.accept();
        assert!(came.is_err(), "{came:?} was made to a node that is gone");
    }
    assert_eq!(proxy.metric("links_failed"), failed);
    wait_until("one link to each node that is left", SETTLE_LIMIT, || {
        (proxy.metric("links_now") == (stay.len() * setup.workers) as f64).then_some(())
    });
    load.finish(&proxy);
}

/// How often the cluster was asked for its nodes, and nothing was new.
fn looks(proxy: &Proxy) -> u64 {
    let (_, text) = proxy.try_get("/metrics").expect("the admin port answers");
    let name = "corelane_refreshes_total{outcome=\"unchanged\"} ";
    let mut lines = text.lines();
    let count = lines.find_map(|line| line.strip_prefix(name));
    count.and_then(|n| n.parse().ok()).expect("a number")
}

/// If corelane has connections to a node, as the node says.
fn has_links(cluster: &Cluster, at: usize) -> bool {
    let list = cluster.node(at).call("CLIENT LIST").text();
    list.contains("name=corelane ")
}

/// Gives all slots of a primary to another one; only that of `tag` has keys.
fn move_all_slots(cluster: &Cluster, tag: &str, from: usize, to: usize, load: &Load) {
    let full = slot_of(tag);
    cluster.migrate_begin(full, from, to);
    while cluster.migrate_keys(full, from, to, 5) > 0 {}
    load.wait_progress(3);
    cluster.migrate_end(full, from, to);
    let (source, target) = (cluster.node(from).id(), cluster.node(to).id());
    for (at, what) in [
        (to, format!("IMPORTING {source}")),
        (from, format!("MIGRATING {target}")),
        (to, format!("NODE {target}")),
        (from, format!("NODE {target}")),
    ] {
        let empty = cluster.initial_slots(from).filter(|slot| *slot != full);
        let lines: Vec<_> = empty
            .map(|slot| words(&format!("CLUSTER SETSLOT {slot} {what}")))
            .collect();
        let mut client = cluster.node(at).connect();
        for reply in client.exchange(&lines.concat(), lines.len()) {
            assert_eq!(reply, Reply::ok(), "{what}");
        }
    }
    let port = i64::from(cluster.node(from).addr().port());
    wait_until(
        "all nodes to know that it has no slots",
        SETTLE_LIMIT,
        || {
            let is_owner = |slots: Reply| {
                let mut ranges = slots.elements().iter();
                ranges.any(|range| range.elements()[2].elements()[1] == Reply::Integer(port))
            };
            let mut nodes = cluster.nodes().iter();
            nodes
                .all(|node| !is_owner(node.call("CLUSTER SLOTS")))
                .then_some(())
        },
    );
}
