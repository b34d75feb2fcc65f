//! Seeds that are names: all that stays when every node of a cluster has another address, and it need not be known at
//! first.

use std::time::{Duration, Instant};

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::outages::Hole;
use crate::proxy::Proxy;
use crate::resolver::{Entry, NONE, Resolver};
use crate::servers::{Node, SETTLE_LIMIT};

matrix!(
    all_nodes_go_elsewhere,
    a_name_is_not_known_at_first,
    a_name_is_found_slowly,
    the_first_address_of_a_name_is_dead,
);

const SEED: &str = "seed.test";

/// Where all nodes are at first, and where they go.
const HERE: &str = "127.0.0.1";
const ELSEWHERE: &str = "127.0.0.2";

/// As the C library waits for a name server that is dead before it asks the next one, and more: longer than everything
/// that is asked here meanwhile, on a busy machine.
const SLOW: Duration = Duration::from_secs(10);

/// As they are by default: each attempt to learn where nodes are is over long before a slow lookup.
const SETTINGS: &[(&str, &str)] = &[
    ("cluster.connect_timeout", "\"500ms\""),
    ("cluster.server_timeout", "\"1s\""),
];

/// What the resolver knows.
fn entry(time: Duration, addresses: &str) -> [Entry<'_>; 1] {
    [Entry {
        name: SEED,
        time,
        addresses,
    }]
}

/// A proxy that knows a name and the port of a node.
fn begin(setup: Setup, names: &Resolver, node: &Node) -> Proxy {
    let seeds = format!("[\"{SEED}:{}\"]", node.addr().port());
    let settings = [SETTINGS, &[("seeds", &seeds)]].concat();
    Proxy::start_as(&[], setup.workers, &settings, |command| {
        names.prepare(command);
    })
}

/// It is there and says what it lacks.
fn is_not_served(proxy: &Proxy, client: &mut Client, key: &str) {
    assert!(!proxy.is_ready());
    let pong = Reply::Simple("PONG".to_owned());
    assert_eq!(client.call("PING"), pong);
    for line in [format!("GET {key}"), format!("SET {key} x")] {
        let reply = client.call(&line);
        reply.assert_error("CLUSTERDOWN corelane: ");
        reply.assert_documented();
    }
    assert_eq!(client.call("PING"), pong, "it stays connected");
    assert!(!proxy.is_ready());
}

/// It is served until the test ends.
fn is_served(client: &mut Client, keys: &[String]) {
    for key in keys {
        wait_until("a write", SETTLE_LIMIT, || {
            let reply = client.call(&format!("SET {key} {key}"));
            if reply != Reply::ok() {
                reply.assert_documented();
            }
            (reply == Reply::ok()).then_some(())
        });
    }
    for key in keys.iter().cycle().take(30) {
        assert_eq!(client.call(&format!("GET {key}")), Reply::bulk(key));
    }
}

/// As the pods of a cluster in Kubernetes that are all replaced: only the name of the service stays. Where the nodes were
/// nothing answers, not even with a refusal.
fn all_nodes_go_elsewhere(setup: Setup) {
    let mut cluster = setup.cluster(
        3,
        0,
        &[
            "--bind",
            HERE,
            "--cluster-announce-ip",
            HERE,
            "--cluster-node-timeout",
            "2000",
            "--cluster-require-full-coverage",
            "no",
        ],
    );
    let names = Resolver::new(&entry(Duration::ZERO, HERE));
    // The port of a service stays, too; the others change theirs.
    let proxy = begin(setup, &names, cluster.node(2));
    proxy.wait_ready();
    let keys = cluster.keys_on_all(&unique("all-gone"));
    let mut clients: Vec<Client> = (0..4).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        is_served(client, &keys);
    }
    (0..3).for_each(|index| cluster.node_mut(index).kill());
    let holes: Vec<Hole> = cluster
        .nodes()
        .iter()
        .map(|node| Hole::at(node.addr()))
        .collect();
    (0..3).for_each(|index| cluster.node_mut(index).move_to(ELSEWHERE));
    (0..2).for_each(|index| cluster.node_mut(index).restart_elsewhere());
    cluster.node_mut(2).restart();
    cluster.meet();
    cluster.wait_settled();
    for client in &mut clients {
        let reply = client.call(&format!("GET {}", keys[0]));
        reply.assert_error("");
        reply.assert_documented();
    }
    names.set(&entry(Duration::ZERO, ELSEWHERE));
    for client in &mut clients {
        is_served(client, &keys);
    }
    for (node, key) in cluster.nodes().iter().zip(&keys) {
        assert_eq!(node.addr().ip().to_string(), ELSEWHERE);
        assert_eq!(node.call(&format!("GET {key}")), Reply::bulk(key));
    }
    assert!(proxy.is_ready());
    drop(holes);
}

fn a_name_is_not_known_at_first(setup: Setup) {
    let cluster = setup.shared();
    let keys = cluster.keys_on_all(&unique("unknown-seed"));
    let names = Resolver::new(&entry(Duration::ZERO, NONE));
    let proxy = begin(setup, &names, cluster.node(0));
    let mut client = proxy.connect();
    is_not_served(&proxy, &mut client, &keys[0]);
    wait_until("the reason in the log", SETTLE_LIMIT, || {
        let log = proxy.process().output();
        log.contains("its name cannot be resolved").then_some(())
    });
    names.set(&entry(Duration::ZERO, HERE));
    proxy.wait_ready();
    is_served(&mut client, &keys);
}

/// A lookup takes longer than all else may: the proxy does not wait for it, and uses what it finds all the same.
fn a_name_is_found_slowly(setup: Setup) {
    let cluster = setup.shared();
    let keys = cluster.keys_on_all(&unique("slow-seed"));
    let names = Resolver::new(&entry(SLOW, HERE));
    let from = Instant::now();
    let proxy = begin(setup, &names, cluster.node(0));
    let mut client = proxy.connect();
    is_not_served(&proxy, &mut client, &keys[0]);
    let took = from.elapsed();
    assert!(took < SLOW, "it began within {took:?}");
    proxy.wait_ready();
    let took = from.elapsed();
    assert!(took >= SLOW, "the name was known after {took:?}");
    eprintln!("ready after {took:?}, of which {SLOW:?} for the name");
    is_served(&mut client, &keys);
}

/// Nobody listens there, or nothing answers.
fn the_first_address_of_a_name_is_dead(setup: Setup) {
    let cluster = setup.shared();
    let keys = cluster.keys_on_all(&unique("dead-seed"));
    // Of this test alone: others use the same cluster.
    let dead = format!("127.0.1.{}", setup.workers);
    let names = Resolver::new(&entry(Duration::ZERO, &format!("{dead},{HERE}")));
    for is_silent in [false, true] {
        let node = cluster.node(0);
        let addr = format!("{dead}:{}", node.addr().port());
        let _hole = is_silent.then(|| Hole::at(addr.parse().expect("an address")));
        let proxy = begin(setup, &names, node);
        proxy.wait_ready();
        is_served(&mut proxy.connect(), &keys);
    }
}
