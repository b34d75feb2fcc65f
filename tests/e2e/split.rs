//! Commands over keys of several nodes: cut into parts, merged in order, no error of a part hidden.

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, unique, workers};
use crate::servers::{Cluster, slot_of};

matrix!(
    keys_of_all_nodes,
    many_keys,
    a_part_is_refused,
    a_part_runs_out_of_memory,
    keys_with_options
);
workers!(
    duplicates,
    cross_slot,
    a_part_has_no_node,
    other_types_are_nil,
    a_part_of_one_key_is_a_set
);

/// Text of servers for keys of different slots.
const CROSS_SLOT: &str = "CROSSSLOT Keys in request don't hash to the same slot";

fn keys_of_all_nodes(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        let keys = cluster.keys_on_all(&unique("split"));
        let [a, b, c] = keys.as_slice() else {
            panic!("three primaries")
        };
        assert_eq!(client.call(&format!("MSET {a} 1 {b} 2 {c} 3")), Reply::ok());
        for (shard, key) in keys.iter().enumerate() {
            let value = cluster.node(shard).call(&format!("GET {key}"));
            assert_eq!(
                value,
                Reply::bulk((shard + 1).to_string()),
                "{key} is at its owner"
            );
        }
        let got = client.call(&format!("MGET {c} {a}:none {b} {a} {b}:none"));
        let some = |n: &str| Reply::bulk(n);
        let expected = vec![some("3"), Reply::Null, some("2"), some("1"), Reply::Null];
        assert_eq!(got, Reply::Array(expected));
        assert_eq!(
            client.call(&format!("EXISTS {a} {b} {c} {a}:none")),
            Reply::Integer(3)
        );
        assert_eq!(
            client.call(&format!("TOUCH {a} {b} {c} {c}:none")),
            Reply::Integer(3)
        );
        assert_eq!(
            client.call(&format!("DEL {a} {b} {b}:none")),
            Reply::Integer(2)
        );
        assert_eq!(
            client.call(&format!("UNLINK {a} {b} {c}")),
            Reply::Integer(1)
        );
        assert_eq!(
            client.call(&format!("EXISTS {a} {b} {c}")),
            Reply::Integer(0)
        );
    }
}

/// Far more keys than parts, next to requests that are not split.
fn many_keys(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let stem = unique("many");
    let keys: Vec<String> = (0..1_000).map(|n| format!("{stem}:{n}")).collect();
    let mut set = vec!["MSET".to_owned()];
    set.extend(
        keys.iter()
            .flat_map(|key| [key.clone(), format!("value of {key}")]),
    );
    assert_eq!(client.call_args(&set), Reply::ok());
    let of = |command: &str| {
        let mut args = vec![command.to_owned()];
        args.extend(keys.iter().rev().cloned());
        args
    };
    let expected = keys
        .iter()
        .rev()
        .map(|key| Reply::bulk(format!("value of {key}")))
        .collect();
    assert_eq!(client.call_args(&of("MGET")), Reply::Array(expected));
    assert_eq!(client.call_args(&of("EXISTS")), Reply::Integer(1_000));
    assert_eq!(client.call_args(&of("TOUCH")), Reply::Integer(1_000));
    assert_eq!(client.call_args(&of("UNLINK")), Reply::Integer(1_000));
    assert_eq!(client.call_args(&of("DEL")), Reply::Integer(0));
}

fn duplicates(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("twice"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    assert_eq!(
        client.call(&format!("MSET {a} 1 {b} 2 {a} 3 {c} 4 {b} 5")),
        Reply::ok()
    );
    let expected = ["3", "5", "3", "4", "3"].map(Reply::bulk);
    let got = client.call(&format!("MGET {a} {b} {a} {c} {a}"));
    assert_eq!(
        got,
        Reply::Array(expected.into()),
        "the last value of a key stays"
    );
    assert_eq!(
        client.call(&format!("EXISTS {a} {a} {b}")),
        Reply::Integer(3)
    );
    assert_eq!(
        client.call(&format!("TOUCH {a} {a} {b}")),
        Reply::Integer(3)
    );
    assert_eq!(client.call(&format!("DEL {a} {a} {b}")), Reply::Integer(2));
    assert_eq!(client.call(&format!("UNLINK {c} {c}")), Reply::Integer(1));
}

fn cross_slot(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let stem = unique("cross");
    let (a, b) = (cluster.key_on(0, &stem), cluster.key_on(1, &stem));
    // Two slots of one node are refused by servers as well.
    let mut others = (0..).map(|n| format!("{a}:{n}"));
    let near =
        |key: &String| cluster.initial_owner(slot_of(key)) == 0 && slot_of(key) != slot_of(&a);
    let near = others.find(near).expect("endless");
    for other in [&b, &near] {
        for line in [
            format!("RENAME {a} {other}"),
            format!("SINTER {a} {other}"),
            format!("SUNIONSTORE {a} {a} {other}"),
            format!("MSETNX {a} 1 {other} 2"),
            format!("PFCOUNT {a} {other}"),
            format!("LMOVE {a} {other} LEFT LEFT"),
            format!("BITOP AND {a} {a} {other}"),
            format!("ZUNIONSTORE {a} 1 {other}"),
            format!("SORT {a} STORE {other}"),
            format!("XREAD STREAMS {a} {other} 0 0"),
            format!("GEORADIUS {a} 0 0 1 m STORE {other}"),
        ] {
            assert_eq!(client.call(&line).error(), Some(CROSS_SLOT), "{line}");
        }
    }
    assert_eq!(
        client.call(&format!("EXISTS {a} {b} {near}")),
        Reply::Integer(0),
        "nothing ran"
    );
}

/// One node refuses the split commands to everyone: each kind of merge has to show it.
fn a_part_is_refused(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all("part");
    for refusing in 0..3 {
        let node = cluster.node(refusing);
        node.call_ok("ACL SETUSER default -mget -get -mset -set -del -unlink -exists -touch");
        every_split_fails(&mut client, &keys, "NOPERM ");
        let elsewhere: Vec<String> = keys
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != refusing)
            .map(|(_, k)| k.clone())
            .collect();
        let line = format!("MGET {}", elsewhere.join(" "));
        assert_eq!(
            client.call(&line).elements().len(),
            2,
            "the other nodes serve"
        );
        node.call_ok("ACL SETUSER default +@all");
    }
    let line = format!("MSET {} x {} y {} z", keys[0], keys[1], keys[2]);
    assert_eq!(client.call(&line), Reply::ok());
    assert_eq!(
        client.call(&format!("DEL {}", keys.join(" "))),
        Reply::Integer(3)
    );
}

fn every_split_fails(client: &mut Client, keys: &[String], prefix: &str) {
    let pairs: Vec<String> = keys.iter().map(|key| format!("{key} v")).collect();
    let mut lines = vec![format!("MSET {}", pairs.join(" "))];
    for command in ["MGET", "EXISTS", "TOUCH", "DEL", "UNLINK"] {
        lines.push(format!("{command} {}", keys.join(" ")));
    }
    for line in lines {
        let reply = client.call(&line);
        assert!(
            reply.error().is_some_and(|e| e.starts_with(prefix)),
            "{line}: {reply:?}"
        );
        assert_eq!(
            client.call("ECHO usable"),
            Reply::bulk("usable"),
            "after {line}"
        );
    }
}

fn a_part_runs_out_of_memory(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all("memory");
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    cluster.node(1).call_ok("CONFIG SET maxmemory 1");
    client
        .call(&format!("MSET {a} 1 {b} 2 {c} 3"))
        .assert_error("OOM ");
    let got = client.call(&format!("MGET {a} {b} {c}"));
    let expected = vec![Reply::bulk("1"), Reply::Null, Reply::bulk("3")];
    assert_eq!(got, Reply::Array(expected), "parts are not undone");
    cluster.node(1).call_ok("CONFIG SET maxmemory 0");
    assert_eq!(client.call(&format!("MSET {a} 1 {b} 2 {c} 3")), Reply::ok());
}

/// MGET answers nil for what is no string, though a part of one key is asked for with GET, which refuses.
fn other_types_are_nil(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        let keys = cluster.keys_on_all(&unique("types"));
        let [a, b, c] = keys.as_slice() else {
            panic!("three primaries")
        };
        assert_eq!(client.call(&format!("MSET {a} 1 {c} 3")), Reply::ok());
        assert_eq!(client.call(&format!("RPUSH {b} x")), Reply::Integer(1));
        let some = |n: &str| Reply::bulk(n);
        let expected = vec![some("1"), Reply::Null, some("3")];
        let got = client.call(&format!("MGET {a} {b} {c}"));
        assert_eq!(got, Reply::Array(expected));
        let got = client.call(&format!("MGET {b} {a} {b}"));
        let expected = vec![Reply::Null, some("1"), Reply::Null];
        assert_eq!(got, Reply::Array(expected), "two keys of the slot");
        client.call(&format!("GET {b}")).assert_error("WRONGTYPE ");
    }
}

/// MSET replaces a value of any type and ends its time to live, and so must a part of one key.
fn a_part_of_one_key_is_a_set(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("mset"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    assert_eq!(client.call(&format!("RPUSH {a} x")), Reply::Integer(1));
    assert_eq!(client.call(&format!("SET {b} old EX 1000")), Reply::ok());
    // Words that SET knows as options are values here.
    assert_eq!(
        client.call(&format!("MSET {a} NX {b} XX {c} GET")),
        Reply::ok()
    );
    let expected = vec![Reply::bulk("NX"), Reply::bulk("XX"), Reply::bulk("GET")];
    let got = client.call(&format!("MGET {a} {b} {c}"));
    assert_eq!(got, Reply::Array(expected));
    assert_eq!(client.call(&format!("TTL {b}")), Reply::Integer(-1));
}

/// A dead node without a replica: its parts fail, and so does the whole; the rest is served.
fn a_part_has_no_node(setup: Setup) {
    let mut cluster: Cluster = setup.cluster(3, 0, &["--cluster-require-full-coverage", "no"]);
    // The living nodes answer within it, also when the machine stops one for a while.
    let settings = [("cluster.server_timeout", "\"1500ms\"")];
    let proxy = setup.proxy_with(&cluster, &settings);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all("dead");
    let line = format!("MSET {} x {} y {} z", keys[0], keys[1], keys[2]);
    assert_eq!(client.call(&line), Reply::ok());
    cluster.node_mut(2).kill();
    for _ in 0..3 {
        every_split_fails(&mut client, &keys, "");
        let expected = vec![Reply::Null, Reply::Null];
        client.call(&format!("DEL {} {}", keys[0], keys[1]));
        assert_eq!(
            client.call(&format!("MGET {} {}", keys[0], keys[1])),
            Reply::Array(expected),
            "the living shards serve"
        );
    }
}

/// MSETEX, where servers have it: its options are for every part.
fn keys_with_options(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("msetex"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    let line = format!("MSETEX 3 {a} 1 {b} 2 {c} 3");
    let told = cluster.node(0).call("COMMAND INFO msetex");
    if told == Reply::Array(vec![Reply::Null]) {
        client.call(&line).assert_error("ERR unknown command");
        return;
    }
    assert_eq!(client.call(&line), Reply::Integer(1));
    let expected = ["1", "2", "3"].map(Reply::bulk).to_vec();
    let all = format!("MGET {a} {b} {c}");
    assert_eq!(client.call(&all), Reply::Array(expected));
    assert_eq!(client.call(&format!("TTL {b}")), Reply::Integer(-1));
    assert_eq!(client.call(&format!("{line} EX 1000")), Reply::Integer(1));
    for key in &keys {
        assert!(client.call(&format!("TTL {key}")).integer() > 900);
    }
    client
        .call(&format!("{line} NX"))
        .assert_error("CROSSSLOT ");
    assert_eq!(
        client.call(&format!("MSETEX 2 {a} 1 {{{a}}} 2 NX")),
        Reply::Integer(0)
    );
    client.call(&format!("MSETEX 7 {a} 1")).assert_error("ERR ");
    client
        .call(&format!("{line} NONSENSE"))
        .assert_error("ERR ");
}
