//! Commands about nodes: all of them get these, and their replies become one.

use std::collections::BTreeSet;

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, wait_until, workers};
use crate::proxy::Proxy;
use crate::servers::{Cluster, Node, SETTLE_LIMIT};

matrix!(
    keys_of_all_shards,
    settings_and_logs_of_all_nodes,
    reports,
    administration,
    no_client_shuts_the_proxy_out,
    saving_is_told
);
workers!(a_dead_node_is_named, in_order_with_other_requests);

/// What is dead stays dead.
const NO_SUCCESSOR: &[&str] = &[
    "--cluster-replica-no-failover",
    "yes",
    "--cluster-require-full-coverage",
    "no",
];

fn connect(proxy: &Proxy, protocol: usize) -> Client {
    let mut client = proxy.connect();
    client.call(&format!("HELLO {protocol}"));
    client
}

fn set_some(client: &mut Client, cluster: &Cluster, stem: &str) -> BTreeSet<String> {
    let keys: BTreeSet<String> = (0..40).map(|n| format!("{stem}:{n}")).collect();
    let on_all = cluster.keys_on_all(stem);
    for key in keys.iter().chain(&on_all) {
        assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
    }
    keys.into_iter().chain(on_all).collect()
}

fn texts(reply: &Reply) -> BTreeSet<String> {
    let texts: Vec<String> = reply.elements().iter().map(Reply::text).collect();
    let set: BTreeSet<String> = texts.iter().cloned().collect();
    assert_eq!(set.len(), texts.len(), "{texts:?}");
    set
}

fn keys_of_all_shards(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    for protocol in [2, 3] {
        let mut client = connect(&proxy, protocol);
        assert_eq!(client.call("DBSIZE"), Reply::Integer(0));
        assert_eq!(client.call("RANDOMKEY"), Reply::Null);
        assert_eq!(client.call("KEYS *"), Reply::Array(Vec::new()));
        let keys = set_some(&mut client, &cluster, "all");
        let count = i64::try_from(keys.len()).unwrap();
        assert_eq!(client.call("dbsize"), Reply::Integer(count));
        assert_eq!(texts(&client.call("KEYS *")), keys);
        assert_eq!(texts(&client.call("KEYS all:1?")).len(), 10);
        let mut owners = BTreeSet::new();
        for _ in 0..200 {
            let key = client.call("RANDOMKEY").text();
            assert!(keys.contains(&key), "{key}");
            owners.insert(cluster.initial_owner(crate::servers::slot_of(&key)));
        }
        assert_eq!(owners.len(), 3, "keys of all shards come");
        let info = client.call("INFO keyspace").text();
        assert!(
            info.contains(&format!("db0:keys={count},expires=0")),
            "{info}"
        );
        for flush in ["FLUSHALL", "FLUSHDB ASYNC"] {
            set_some(&mut client, &cluster, "again");
            assert_eq!(client.call(flush), Reply::ok());
            assert_eq!(client.call("DBSIZE"), Reply::Integer(0));
            for shard in 0..3 {
                assert_eq!(cluster.node(shard).call("DBSIZE"), Reply::Integer(0));
            }
        }
        client
            .call("FLUSHALL NONSENSE")
            .assert_error("ERR syntax error");
        client
            .call("KEYS")
            .assert_error("ERR wrong number of arguments for 'keys' command");
    }
    assert!(proxy.metric("broadcasts") > 20.0);
}

fn settings_and_logs_of_all_nodes(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let value = |node: &Node, name: &str| {
        let reply = node.call(&format!("CONFIG GET {name}"));
        reply.elements()[1].text()
    };
    for (protocol, limit) in [(2, "1000"), (3, "2000")] {
        let mut client = connect(&proxy, protocol);
        let set = format!("CONFIG SET latency-monitor-threshold {limit} slowlog-max-len {limit}");
        assert_eq!(client.call(&set), Reply::ok());
        for node in cluster.nodes() {
            assert_eq!(value(node, "latency-monitor-threshold"), limit);
            assert_eq!(value(node, "slowlog-max-len"), limit);
        }
        let told = client.call("CONFIG GET slowlog-max*");
        let is_map = matches!(told, Reply::Map(_));
        assert_eq!(is_map, protocol == 3, "{told:?}");
        assert_eq!(told.elements()[1], Reply::bulk(limit));
        client
            .call("CONFIG SET no-such-setting 1")
            .assert_error("ERR ");
        assert_eq!(client.call("CONFIG RESETSTAT"), Reply::ok());

        assert_eq!(
            client.call("CONFIG SET slowlog-log-slower-than 0"),
            Reply::ok()
        );
        assert_eq!(client.call("SLOWLOG RESET"), Reply::ok());
        for (shard, key) in cluster.keys_on_all("slow").iter().enumerate() {
            client.call(&format!("SET {key} {shard}"));
        }
        let log = client.call("SLOWLOG GET -1");
        let sets: Vec<String> = log
            .elements()
            .iter()
            .filter(|entry| entry.elements()[3].elements()[0] == Reply::bulk("SET"))
            .map(|entry| entry.elements()[3].elements()[2].text())
            .collect();
        let sets: BTreeSet<&str> = sets.iter().map(String::as_str).collect();
        assert_eq!(sets, BTreeSet::from(["0", "1", "2"]), "{log:?}");
        let times: Vec<i64> = log
            .elements()
            .iter()
            .map(|e| e.elements()[1].integer())
            .collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
        assert_eq!(client.call("SLOWLOG GET 2").elements().len(), 2);
        assert!(client.call("SLOWLOG GET").elements().len() <= 10);
        assert!(
            client.call("SLOWLOG LEN").integer() >= 6,
            "each node has logged"
        );
        assert_eq!(
            client.call("CONFIG SET slowlog-log-slower-than -1"),
            Reply::ok()
        );
        assert_eq!(client.call("SLOWLOG RESET"), Reply::ok());
        assert_eq!(client.call("SLOWLOG LEN"), Reply::Integer(0));
    }
}

fn reports(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    for protocol in [2, 3] {
        let mut client = connect(&proxy, protocol);
        let keys = set_some(&mut client, &cluster, "reports");
        let own = |line: &str| -> Vec<Reply> {
            cluster.nodes().iter().map(|node| node.call(line)).collect()
        };
        let saved: Vec<i64> = own("LASTSAVE").iter().take(3).map(Reply::integer).collect();
        assert!(
            saved.contains(&client.call("LASTSAVE").integer()),
            "{saved:?}"
        );
        // A save for a replica may be under way at first.
        wait_until("all to begin a save", SETTLE_LIMIT, || {
            let idle = |node: &Node| node.info("INFO persistence", "rdb_bgsave_in_progress") == "0";
            (cluster.nodes().iter().all(idle) && client.call("BGSAVE").error().is_none())
                .then_some(())
        });
        wait_until("all to have saved", SETTLE_LIMIT, || {
            (client.call("LASTSAVE").integer() >= *saved.iter().max().unwrap()).then_some(())
        });
        assert_eq!(client.call("MEMORY PURGE"), Reply::ok());
        let stats = client.call("MEMORY STATS");
        assert_eq!(matches!(stats, Reply::Map(_)), protocol == 3);
        let total = stats
            .elements()
            .chunks(2)
            .find(|pair| pair[0] == Reply::bulk("keys.count"))
            .map(|pair| pair[1].integer());
        assert_eq!(total, i64::try_from(keys.len()).ok(), "{stats:?}");
        let doctor = client.call("MEMORY DOCTOR").text();
        assert_eq!(doctor.matches("# Node 127.0.0.1:").count(), 3, "{doctor}");
        assert!(
            client
                .call("MEMORY MALLOC-STATS")
                .text()
                .contains("# Node ")
        );
        latencies(&mut client, protocol, keys.len());
        let mut node = cluster.node(0).connect();
        node.call(&format!("HELLO {protocol}"));
        assert_eq!(client.call("MODULE LIST"), node.call("MODULE LIST"));
        assert_eq!(client.call("FLUSHALL"), Reply::ok());
    }
}

/// What the latency monitors of all nodes say together.
fn latencies(client: &mut Client, protocol: usize, calls_min: usize) {
    let histograms = client.call("LATENCY HISTOGRAM set");
    assert_eq!(matches!(histograms, Reply::Map(_)), protocol == 3);
    let [name, report] = histograms.elements() else {
        panic!("{histograms:?}")
    };
    assert_eq!(*name, Reply::bulk("set"));
    let calls = report.elements()[1].integer();
    let buckets = report.elements()[3].elements();
    assert_eq!(
        buckets.last().map(Reply::integer),
        Some(calls),
        "{report:?}"
    );
    assert!(calls >= i64::try_from(calls_min).unwrap(), "{calls}");
    assert_eq!(client.call("LATENCY LATEST"), Reply::Array(Vec::new()));
    assert_eq!(
        client.call("LATENCY HISTORY command"),
        Reply::Array(Vec::new())
    );
    assert_eq!(client.call("LATENCY RESET"), Reply::Integer(0));
    client
        .call("LATENCY GRAPH command")
        .assert_error("ERR No samples available");
    assert_eq!(
        client
            .call("LATENCY DOCTOR")
            .text()
            .matches("# Node ")
            .count(),
        6
    );
}

/// What would shut corelane out of all nodes is refused unless settings allow it; then clients are told why.
fn no_client_shuts_the_proxy_out(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    for line in [
        "CONFIG SET requirepass x",
        "CONFIG SET slowlog-max-len 10 RequirePass x",
        "CONFIG SET masterauth x",
        "CONFIG SET maxclients 1",
        "CONFIG SET cluster-announce-port 1",
        "CONFIG SET bind 127.0.0.2",
        "CONFIG SET dir /",
        "CONFIG REWRITE",
    ] {
        let said = client.call(line);
        let text = said.error().expect(line);
        assert!(text.contains("commands.allow_administration"), "{text}");
    }
    for node in cluster.nodes() {
        assert_eq!(node.call("PING"), Reply::Simple("PONG".to_owned()));
    }
    let settings = [
        ("commands.allow_administration", "true"),
        ("cluster.server_timeout", "\"1500ms\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("CONFIG SET requirepass x"), Reply::ok());
    let said = client.call(&format!("BLPOP {} 0", cluster.key_on(0, "shut")));
    let text = said.error().expect("a new connection cannot log in");
    assert!(text.contains("NOAUTH"), "{text}");
    let none = client.call_args(&["CONFIG", "SET", "requirepass", ""]);
    assert_eq!(none, Reply::ok());
}

/// Nothing is said to have succeeded at all nodes while one of them is dead.
fn a_dead_node_is_named(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, NO_SUCCESSOR);
    let settings = [("cluster.server_timeout", "\"1500ms\"")];
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    let set = "CONFIG SET slowlog-max-len 77";
    assert_eq!(client.call(set), Reply::ok());
    let replica = cluster.replica_of(1);
    let addr = cluster.node(replica).addr();
    cluster.node_mut(replica).kill();
    let said = client.call(set);
    said.assert_documented();
    assert!(
        said.error().unwrap().contains(&addr.to_string()),
        "{said:?}"
    );
    // Keys are all there.
    assert_eq!(client.call("DBSIZE"), Reply::Integer(0));
    cluster.node_mut(1).kill();
    for line in [
        "DBSIZE",
        "KEYS *",
        "FLUSHALL",
        "RANDOMKEY",
        "INFO keyspace",
        "INFO memory",
        "LASTSAVE",
    ] {
        let said = client.call(line);
        said.assert_documented();
        let named = said.error().unwrap();
        let addr = cluster.node(1).addr().to_string();
        assert!(
            named.contains(&addr) || named.contains("no node is known"),
            "{line}: {said:?}"
        );
    }
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    let plain = client.call("INFO").text();
    assert!(plain.contains("# Keyspace") && plain.contains("total_commands_processed:"));
    assert!(!plain.contains("used_memory:"), "{plain}");
}

/// A pipeline of one client with requests of single slots before and behind.
fn in_order_with_other_requests(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all("pipeline");
    let mut line = Vec::new();
    for round in 0..20 {
        for key in &keys {
            line.extend(crate::client::words(&format!("SET {key}:{round} 1")));
        }
        line.extend(crate::client::words("DBSIZE"));
        if round % 5 == 4 {
            line.extend(crate::client::words("FLUSHALL"));
            line.extend(crate::client::words("DBSIZE"));
        }
    }
    client.send(&line);
    let mut count = 0;
    for round in 0..20 {
        for _ in &keys {
            assert_eq!(client.read(), Reply::ok());
        }
        count += 3;
        assert_eq!(client.read(), Reply::Integer(count), "round {round}");
        if round % 5 == 4 {
            assert_eq!(client.read(), Reply::ok());
            count = 0;
            assert_eq!(client.read(), Reply::Integer(0));
        }
    }
}

/// What one command could stop a cluster with, for those who are allowed to.
fn administration(setup: Setup) {
    let cluster = setup.cluster(3, 3, &["--enable-debug-command", "yes"]);
    let proxy = setup.proxy_with(&cluster, &[("commands.allow_administration", "true")]);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all("debug");
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} v")), Reply::ok());
        let object = client.call(&format!("DEBUG OBJECT {key}")).text();
        assert!(object.contains("encoding:embstr"), "{object}");
        let value = client.call(&format!("DEBUG DIGEST-VALUE {key}"));
        assert_eq!(value.elements().len(), 1);
    }
    let digest = client.call("DEBUG DIGEST");
    assert_eq!(client.call("DEBUG RELOAD"), Reply::ok());
    assert_eq!(client.call("DEBUG DIGEST"), digest);
    assert_eq!(client.call(&format!("SET {} w", keys[2])), Reply::ok());
    assert_ne!(client.call("DEBUG DIGEST"), digest);
    assert_eq!(client.call("DEBUG SLEEP 0"), Reply::ok());
    client.call("MODULE UNLOAD none").assert_error("ERR ");
    client.call("SHUTDOWN NOSAVE").assert_error("ERR corelane");
}

/// Who waits for a save sees when the last node is done.
fn saving_is_told(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    for key in cluster.keys_on_all("saved") {
        client.call(&format!("SET {key} v"));
    }
    let field = |client: &mut Client, name: &str| {
        // Plain INFO says it too.
        let section = if name == "rdb_bgsave_in_progress" {
            ""
        } else {
            "persistence"
        };
        let text = client.call(&format!("INFO {section}")).text();
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value
            .map(str::to_owned)
            .unwrap_or_else(|| panic!("{name} in {text}"))
    };
    assert_eq!(field(&mut client, "rdb_bgsave_in_progress"), "0");
    assert_eq!(field(&mut client, "rdb_changes_since_last_save"), "3");
    // One node takes a second for its key.
    cluster
        .node(1)
        .call_ok("CONFIG SET rdb-key-save-delay 1000000");
    client.call("BGSAVE");
    let wait = |client: &mut Client, wanted: &str| {
        wait_until("the state of the save", SETTLE_LIMIT, || {
            (field(client, "rdb_bgsave_in_progress") == wanted).then_some(())
        });
    };
    wait(&mut client, "1");
    wait(&mut client, "0");
    assert_eq!(field(&mut client, "rdb_changes_since_last_save"), "0");
    assert_eq!(field(&mut client, "rdb_last_bgsave_status"), "ok");
    let last = client.call("LASTSAVE").integer().to_string();
    assert_eq!(field(&mut client, "rdb_last_save_time"), last);
}
