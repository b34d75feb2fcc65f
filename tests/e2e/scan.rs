//! SCAN over the whole cluster: nothing is missed, whatever moves meanwhile.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::{Client, Reply};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, poll_until, unique};
use crate::proxy::READY_LIMIT;
use crate::servers::slot_of;

matrix!(
    finds_all,
    options_and_errors,
    slots_move_meanwhile,
    a_half_moved_slot,
    the_servers_own_cursors,
    expired_keys_are_left_out,
    cursors_outlive_a_failover
);

/// One SCAN: where to go on, and the keys.
fn step(client: &mut Client, cursor: &str, options: &str) -> (String, Vec<String>) {
    let reply = client.call(&format!("SCAN {cursor} {options}"));
    let [next, keys] = reply.elements() else {
        panic!("{reply:?}")
    };
    let keys = keys.elements().iter().map(Reply::text).collect();
    (next.text(), keys)
}

/// All keys that SCAN finds from `cursor` on, and how many calls that took.
fn scan(client: &mut Client, cursor: &str, options: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut cursor, mut calls) = (BTreeSet::new(), cursor.to_owned(), 0);
    loop {
        let (next, keys) = step(client, &cursor, options);
        found.extend(keys);
        calls += 1;
        if next == "0" {
            return (found, calls);
        }
        assert!(calls < 20_000, "no end");
        cursor = next;
    }
}

fn write(client: &mut Client, prefix: &str, count: usize) -> BTreeSet<String> {
    let keys: BTreeSet<String> = (0..count).map(|n| format!("{prefix}:{n}")).collect();
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} 1")), Reply::ok());
    }
    keys
}

fn finds_all(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let prefix = unique("scan");
    let keys = write(&mut proxy.connect(), &prefix, 300);
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        for count in [1, 10, 100_000] {
            let options = format!("MATCH {prefix}:* COUNT {count}");
            let (found, calls) = scan(&mut client, "0", &options);
            assert_eq!(found, keys, "COUNT {count}");
            assert!(count > 10 || calls > 10, "COUNT {count} took {calls} calls");
        }
    }
    // Every connection, and so every worker, understands a cursor.
    let (mut cursor, mut found) = ("0".to_owned(), BTreeSet::new());
    loop {
        let options = format!("MATCH {prefix}:* COUNT 50");
        let (next, keys) = step(&mut proxy.connect(), &cursor, &options);
        found.extend(keys);
        if next == "0" {
            break;
        }
        cursor = next;
    }
    assert_eq!(found, keys);
    let mut client = proxy.connect();
    for key in &keys {
        client.call(&format!("DEL {key}"));
    }
    let (found, _) = scan(&mut client, "0", &format!("MATCH {prefix}:* COUNT 1000"));
    assert_eq!(found, BTreeSet::new());
}

fn options_and_errors(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let prefix = unique("kinds");
    for line in [
        format!("SET {prefix}:s 1"),
        format!("RPUSH {prefix}:l 1"),
        format!("HSET {prefix}:h f 1"),
        format!("RPUSH {prefix}:l2 1"),
    ] {
        assert!(client.call(&line).error().is_none());
    }
    let lists = ["l", "l2"].map(|name| format!("{prefix}:{name}"));
    let options = format!("MATCH {prefix}:* COUNT 1000 TYPE list");
    let (found, _) = scan(&mut client, "0", &options);
    assert_eq!(found, BTreeSet::from(lists));
    let (found, calls) = scan(&mut client, "0", &format!("MATCH {prefix}:h"));
    assert_eq!(found, BTreeSet::from([format!("{prefix}:h")]));
    assert_eq!(calls, 1, "a pattern of one slot asks one slot");
    assert_eq!(step(&mut client, "16384", "").0, "0");
    for line in [
        "SCAN x",
        "SCAN",
        "SCAN 0 COUNT 0",
        "SCAN 0 COUNT x",
        "SCAN 0 NOPE 1",
        "SCAN 0 MATCH",
    ] {
        let direct = cluster.node(0).call(line);
        assert!(direct.error().is_some());
        assert_eq!(client.call(line), direct, "{line}");
    }
    // In its place among other requests.
    let replies = client.exchange(
        format!("SET {prefix}:s 2\r\nSCAN 0 MATCH {prefix}:s\r\nGET {prefix}:s\r\nPING\r\n")
            .as_bytes(),
        4,
    );
    assert_eq!(
        replies[1].elements()[1].elements(),
        [Reply::bulk(format!("{prefix}:s"))]
    );
    assert_eq!(replies[2], Reply::bulk("2"));
    assert_eq!(replies[3].text(), "PONG");
}

/// Slots with keys wander while one client scans again and again: every pass has every key.
fn slots_move_meanwhile(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let tags: Vec<String> = (0..4)
        .map(|n| cluster.key_on(0, &format!("moving{n}")))
        .collect();
    let mut client = proxy.connect();
    let mut keys = write(&mut client, "still", 50);
    for tag in &tags {
        keys.extend(write(&mut client, &format!("{{{tag}}}"), 20));
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scanner = scope.spawn(|| {
            let mut client = proxy.connect();
            let mut passes = 0;
            while !is_over.load(Ordering::Relaxed) || passes < 3 {
                let (found, _) = scan(&mut client, "0", "COUNT 25");
                let missing: Vec<&String> = keys.difference(&found).collect();
                assert!(missing.is_empty(), "pass {passes} missed {missing:?}");
                passes += 1;
            }
        });
        for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 2)] {
            for tag in &tags {
                let slot = slot_of(tag);
                cluster.migrate_begin(slot, from, to);
                while cluster.migrate_keys(slot, from, to, 3) > 0 {}
                cluster.migrate_end(slot, from, to);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        scanner.join().expect("the scanner");
    });
}

/// Keys on both sides of a slot that stays half moved are found.
fn a_half_moved_slot(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let tag = cluster.key_on(0, "half");
    let mut client = proxy.connect();
    let keys = write(&mut client, &format!("{{{tag}}}"), 20);
    cluster.migrate_begin(slot_of(&tag), 0, 1);
    cluster.migrate_keys(slot_of(&tag), 0, 1, 10);
    let (found, _) = scan(&mut client, "0", "COUNT 100");
    assert_eq!(found, keys);
    let (found, _) = scan(&mut client, "0", &format!("MATCH {{{tag}}}*"));
    assert_eq!(found, keys);
}

/// CLUSTERSCAN, where the server has it, goes from node to node by its cursor.
fn the_servers_own_cursors(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = write(&mut client, "own", 100);
    let direct = cluster.node(0).call("COMMAND INFO clusterscan");
    if direct.elements() == [Reply::Null] {
        client
            .call("CLUSTERSCAN 0")
            .assert_error("ERR unknown command");
        return;
    }
    let (mut cursor, mut found, mut calls) = ("0".to_owned(), BTreeSet::new(), 0);
    loop {
        let reply = client.call(&format!("CLUSTERSCAN {cursor} COUNT 1000"));
        let [next, some] = reply.elements() else {
            panic!("{reply:?}")
        };
        found.extend(some.elements().iter().map(Reply::text));
        cursor = next.text();
        calls += 1;
        assert!(calls < 20_000, "no end");
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(found, keys);
}

/// Nodes that do not look for expired keys keep them; nobody sees them any more.
fn expired_keys_are_left_out(setup: Setup) {
    let cluster = setup.cluster(2, 0, &["--enable-debug-command", "yes"]);
    for node in 0..2 {
        let said = cluster.node(node).call("DEBUG SET-ACTIVE-EXPIRE 0");
        assert_eq!(said, Reply::ok());
    }
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = write(&mut client, "stays", 20);
    let brief: Vec<String> = (0..30).map(|n| format!("brief:{n}")).collect();
    for key in &brief {
        assert_eq!(client.call(&format!("SET {key} 1 PX 1")), Reply::ok());
    }
    // Whoever asks for one key removes it, and the others are still named.
    poll_until(READY_LIMIT, || {
        (client.call(&format!("EXISTS {}", brief[0])) == Reply::Integer(0)).then_some(())
    });
    let last = brief.last().expect("30 keys");
    poll_until(READY_LIMIT, || {
        (client.call(&format!("EXISTS {last}")) == Reply::Integer(0)).then_some(())
    });
    let count = client.call("DBSIZE");
    assert_eq!(count, Reply::Integer(48), "they are gone without a SCAN");
    for options in ["COUNT 5", "COUNT 1000", "COUNT 1000 TYPE string"] {
        let (found, _) = scan(&mut client, "0", options);
        assert_eq!(found, keys, "{options}");
    }
}

/// A walk begun before a failover ends behind it, and misses nothing.
fn cursors_outlive_a_failover(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let keys = write(&mut client, "all", 200);
    let (cursor, first) = step(&mut client, "0", "COUNT 20");
    assert_ne!(cursor, "0");
    fail_over(cluster.node(0), cluster.node(cluster.replica_of(0)));
    let (rest, _) = scan(&mut client, &cursor, "COUNT 20");
    let mut found = rest;
    found.extend(first);
    assert_eq!(found, keys);
}
