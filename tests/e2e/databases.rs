//! Databases other than 0, where the servers have them.

use crate::client::Reply;
use crate::harness::{ServerKind, Setup, matrix};

matrix!(
    each_client_has_its_own,
    a_watch_and_a_monitor_know_the_database,
    refused_where_there_are_none,
);

fn each_client_has_its_own(setup: Setup) {
    if setup.kind == ServerKind::Redis7 {
        // These servers do not know the setting; the other test is about them.
        return;
    }
    let cluster = setup.cluster(3, 0, &["--cluster-databases", "16"]);
    let proxy = setup.proxy(&cluster);
    let keys = cluster.keys_on_all("db");
    for protocol in [2, 3] {
        let (mut zero, mut three) = (proxy.connect(), proxy.connect());
        for client in [&mut zero, &mut three] {
            client.call(&format!("HELLO {protocol}"));
        }
        assert_eq!(three.call("SELECT 3"), Reply::ok());
        for key in &keys {
            assert_eq!(zero.call(&format!("SET {key} zero")), Reply::ok());
            assert_eq!(three.call(&format!("SET {key} three")), Reply::ok());
        }
        // In a pipeline each request is about the database selected before it.
        let (a, b) = (&keys[0], &keys[1]);
        let pipeline = format!(
            "GET {a}\r\nSELECT 3\r\nGET {a}\r\nMGET {a} {b}\r\nSELECT 0\r\nGET {b}\r\nSELECT 99\r\nGET {b}\r\n"
        );
        let got = zero.exchange(pipeline.as_bytes(), 8);
        let threes = Reply::Array(vec![Reply::bulk("three"), Reply::bulk("three")]);
        assert_eq!(got[0], Reply::bulk("zero"));
        assert_eq!(got[1], Reply::ok());
        assert_eq!(got[2], Reply::bulk("three"));
        assert_eq!(got[3], threes);
        assert_eq!(got[4], Reply::ok());
        assert_eq!(got[5], Reply::bulk("zero"));
        got[6].assert_error("ERR DB index is out of range");
        assert_eq!(got[7], Reply::bulk("zero"));
        assert!(three.call("CLIENT INFO").text().contains(" db=3 "));
        assert_eq!(three.call(&format!("MOVE {a} 4")), Reply::Integer(1));
        assert_eq!(three.call(&format!("EXISTS {a}")), Reply::Integer(0));
        assert_eq!(three.call(&format!("COPY {b} {b} DB 5")), Reply::Integer(1));
        assert_eq!(three.call("SELECT 5"), Reply::ok());
        assert_eq!(three.call(&format!("GET {b}")), Reply::bulk("three"));
        assert_eq!(three.call(&format!("DEL {b}")), Reply::Integer(1));
        assert_eq!(three.call("SELECT 4"), Reply::ok());
        assert_eq!(three.call(&format!("DEL {a}")), Reply::Integer(1));
        three.call("RESET");
        assert_eq!(three.call(&format!("GET {a}")), Reply::bulk("zero"));
    }
    // At the servers it is so too.
    let mut node = cluster.node(1).connect();
    node.call("SELECT 3");
    assert_eq!(node.call(&format!("GET {}", keys[1])), Reply::bulk("three"));
    let mut scanner = proxy.connect();
    scanner.call("SELECT 3");
    let found = scanner.call("SCAN 0 COUNT 1000000");
    assert_eq!(found.elements()[1].elements().len(), 2, "{found:?}");
}

/// Keys are watched in the database of WATCH, and the transaction is about the one selected since.
fn a_watch_and_a_monitor_know_the_database(setup: Setup) {
    if setup.kind == ServerKind::Redis7 {
        return;
    }
    let cluster = setup.cluster(3, 0, &["--cluster-databases", "16"]);
    let proxy = setup.proxy(&cluster);
    let mut monitor = proxy.connect();
    assert_eq!(monitor.call("MONITOR"), Reply::ok());
    for shard in 0..3 {
        let key = cluster.key_on(shard, "watched");
        for (changed_in, is_executed) in [("0", false), ("3", true)] {
            let mut client = proxy.connect();
            let mut other = cluster.node(shard).connect();
            other.call(&format!("SELECT {changed_in}"));
            for line in [format!("WATCH {key}"), "SELECT 3".to_owned()] {
                assert_eq!(client.call(&line), Reply::ok());
            }
            assert_eq!(other.call(&format!("SET {key} other")), Reply::ok());
            for line in ["MULTI".to_owned(), format!("SET {key} mine")] {
                assert!(client.call(&line).error().is_none());
            }
            let executed = client.call("EXEC");
            assert_eq!(executed != Reply::Null, is_executed, "{executed:?}");
            assert_eq!(other.call("SELECT 3"), Reply::ok());
            let found = other.call(&format!("GET {key}"));
            assert_eq!(found == Reply::bulk("mine"), is_executed, "{found:?}");
        }
    }
    let mut line = monitor.read().text();
    while !line.contains("\"MULTI\"") {
        assert!(line.contains(" [0 127.0.0.1:"), "{line}");
        line = monitor.read().text();
    }
    assert!(line.contains(" [3 127.0.0.1:"), "{line}");
}

fn refused_where_there_are_none(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    let mut node = cluster.node(0).connect();
    for index in ["1", "99", "-1", "70000", "x"] {
        let line = format!("SELECT {index}");
        assert_eq!(client.call(&line), node.call(&line), "{line}");
    }
    assert_eq!(client.call("PING"), node.call("PING"));
    assert!(client.call("CLIENT INFO").text().contains(" db=0 "));
}
