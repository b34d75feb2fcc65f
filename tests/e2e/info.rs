//! INFO with what the nodes know, CONFIG RESETSTAT, and numbers of slots.

use crate::client::{Client, Reply};
use crate::harness::{ServerKind, Setup, matrix, unique, wait_until};
use crate::servers::slot_of;
use std::time::Duration;

matrix!(
    memory_and_counts_of_all_nodes,
    counts_begin_anew_at_all_workers_and_nodes,
    slots_of_all_nodes_in_one_list,
    what_a_server_does_not_know_it_says_itself,
    one_node_answers_in_a_transaction_what_all_know,
);

const LIMIT: Duration = Duration::from_secs(20);

fn field(text: &str, name: &str) -> String {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value
        .unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .to_owned()
}

fn number(client: &mut Client, section: &str, name: &str) -> u64 {
    let text = client.call(&format!("INFO {section}")).text();
    field(&text, name).parse().expect("a number")
}

fn memory_and_counts_of_all_nodes(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    for node in cluster.nodes() {
        node.call_ok("CONFIG SET maxmemory 100mb");
    }
    let policy = "CONFIG SET maxmemory-policy volatile-lru";
    cluster.node(2).call_ok(policy);
    let keys = cluster.keys_on_all("info");
    for key in &keys {
        client.call(&format!("SET {key} v"));
    }
    assert_eq!(client.call("CONFIG RESETSTAT"), Reply::ok());
    for key in &keys {
        client.call(&format!("SET {key}:soon v PX 1"));
        client.call(&format!("GET {key}"));
        client.call(&format!("MGET {key} {key}:none"));
    }
    for key in &keys[1..] {
        client
            .call(&format!("LPUSH {key} x"))
            .assert_error("WRONGTYPE");
    }
    for protocol in [2, 3] {
        client.call(&format!("HELLO {protocol}"));
        let memory = client.call("INFO memory").text();
        assert_eq!(field(&memory, "maxmemory"), (300 << 20).to_string());
        assert_eq!(field(&memory, "maxmemory_human"), "300.00M");
        assert_eq!(field(&memory, "maxmemory_policy"), "volatile-lru");
        let used: u64 = field(&memory, "used_memory").parse().unwrap();
        let each = cluster
            .nodes()
            .iter()
            .map(|node| node.info("INFO memory", "used_memory"));
        let largest = each.map(|used| used.parse::<u64>().unwrap()).max();
        assert!(largest.is_some_and(|one| used > one), "{memory}");
        let all = client.call("INFO all").text();
        assert_eq!(field(&all, "keyspace_hits"), "6");
        // MGET of one node asks for single keys, too.
        assert_eq!(field(&all, "keyspace_misses"), "3");
        assert_eq!(field(&all, "errorstat_WRONGTYPE"), "count=2");
        assert!(field(&all, "cmdstat_lpush").contains("failed_calls=2"));
        assert!(all.contains("latency_percentiles_usec_get:p50="), "{all}");
        assert_eq!(all.matches("\ntotal_commands_processed:").count(), 1);
        assert!(client.call("INFO").text().contains("\nkeyspace_hits:6\r"));
        let of_commands = client.call("INFO commandstats").text();
        assert!(of_commands.contains("cmdstat_get:calls="), "{of_commands}");
    }
    let server = client.call("INFO server").text();
    assert!(!server.contains("used_memory"), "{server}");
    wait_until("keys to expire", LIMIT, || {
        (number(&mut client, "stats", "expired_keys") == 3).then_some(())
    });
}

fn counts_begin_anew_at_all_workers_and_nodes(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut crowd: Vec<Client> = (0..8).map(|_| proxy.connect()).collect();
    let key = cluster.key_on(1, "anew");
    for client in &mut crowd {
        for _ in 0..25 {
            client.call(&format!("GET {key}"));
        }
    }
    let [asker, other, ..] = crowd.as_mut_slice() else {
        panic!("a crowd");
    };
    assert!(number(asker, "stats", "total_commands_processed") >= 200);
    assert!(number(asker, "stats", "keyspace_misses") >= 200);
    assert_eq!(asker.call("CONFIG RESETSTAT"), Reply::ok());
    for client in [asker, other] {
        assert!(number(client, "stats", "total_commands_processed") < 50);
        assert!(number(client, "stats", "total_net_input_bytes") < 5000);
        assert_eq!(number(client, "stats", "keyspace_misses"), 0);
        assert_eq!(number(client, "stats", "total_connections_received"), 0);
        assert_eq!(number(client, "clients", "connected_clients"), 8);
    }
    for node in cluster.nodes() {
        assert_eq!(node.info("INFO stats", "keyspace_misses"), "0");
    }
    let _another = proxy.connect();
    wait_until("one that has come since", LIMIT, || {
        let count = number(&mut crowd[2], "stats", "total_connections_received");
        (count == 1).then_some(())
    });
    assert!(proxy.metric("requests") >= 200.0, "metrics do not fall");
}

fn slots_of_all_nodes_in_one_list(setup: Setup) {
    if setup.kind == ServerKind::Redis7 {
        // The next test is about these.
        return;
    }
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        client.call("FLUSHALL");
        let tags = cluster.keys_on_all("stats");
        for (tag, count) in tags.iter().zip([2, 4, 3]) {
            for number in 0..count {
                client.call(&format!("SET {{{tag}}}{number} v"));
            }
        }
        let slots = |reply: &Reply| -> Vec<i64> {
            let entries = reply.elements().iter();
            entries.map(|entry| entry.elements()[0].integer()).collect()
        };
        let slot = |index: usize| i64::try_from(slot_of(&tags[index])).unwrap();
        let most = client.call("CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 3");
        assert_eq!(slots(&most), [slot(1), slot(2), slot(0)], "{most:?}");
        let stats = most.elements()[0].elements()[1].clone();
        assert_eq!(matches!(stats, Reply::Map(_)), protocol == 3);
        assert_eq!(
            stats.elements()[..2],
            [Reply::bulk("key-count"), Reply::Integer(4)]
        );
        let least = client.call("CLUSTER SLOT-STATS ORDERBY key-count ASC LIMIT 2");
        assert_eq!(slots(&least), [0, 1]);
        let all = client.call("cluster slot-stats slotsrange 0 16383");
        assert_eq!(slots(&all), (0..16384).collect::<Vec<i64>>());
        let some = client.call("CLUSTER SLOT-STATS SLOTSRANGE 5400 5500");
        assert_eq!(slots(&some), (5400..=5500).collect::<Vec<i64>>());
        let mut node = cluster.node(0).connect();
        for line in [
            "CLUSTER SLOT-STATS ORDERBY nosuch",
            "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 0",
            "CLUSTER SLOT-STATS SLOTSRANGE 5 1",
            "CLUSTER SLOT-STATS x y",
        ] {
            let said = client.call(line);
            said.assert_error("ERR ");
            assert_eq!(said, node.call(line), "{line}");
        }
        for line in ["MULTI", "CLUSTER SLOT-STATS SLOTSRANGE 0 1", "EXEC"] {
            let said = client.call(line);
            assert_eq!(said.error().is_none(), line == "MULTI", "{said:?}");
        }
    }
}

fn what_a_server_does_not_know_it_says_itself(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let (mut client, mut node) = (proxy.connect(), cluster.node(0).connect());
    let mut lines = vec!["SFLUSH 0 16383"];
    if setup.kind == ServerKind::Redis7 {
        lines.push("CLUSTER SLOT-STATS SLOTSRANGE 0 1");
    }
    for line in lines {
        let said = client.call(line);
        said.assert_error("ERR unknown ");
        assert_eq!(said, node.call(line), "{line}");
    }
}

fn one_node_answers_in_a_transaction_what_all_know(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = cluster.key_on(2, &unique("one"));
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        let lines = [
            "CONFIG GET maxmemory-policy",
            &format!("SET {key} v"),
            "FUNCTION LIST",
            "PUBLISH nobody x",
            "EVAL return(7) 0",
            "ECHO x",
        ];
        assert_eq!(client.call("MULTI"), Reply::ok());
        for line in lines {
            assert_eq!(client.call(line), Reply::Simple("QUEUED".to_owned()));
        }
        let got = client.call("EXEC");
        let got = got.elements();
        assert_eq!(got[0].elements()[0], Reply::bulk("maxmemory-policy"));
        assert_eq!(got[1], Reply::ok());
        assert_eq!(got[2].elements(), []);
        assert_eq!(got[4..], [Reply::Integer(7), Reply::bulk("x")]);
        for line in ["DBSIZE", "FLUSHALL", "SCRIPT LOAD x", "CONFIG RESETSTAT"] {
            assert_eq!(client.call("MULTI"), Reply::ok());
            let said = client.call(line);
            said.assert_error("ERR corelane: '");
            let text = said.error().unwrap_or_default();
            assert!(text.contains("inside a transaction"), "{text}");
            client.call("EXEC").assert_error("EXECABORT");
        }
    }
}
