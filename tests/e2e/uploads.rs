//! Large requests: passed on while they arrive, and what is left when that ends in the middle.
//!
//! `CORELANE_TEST_LARGE_MIB` sets the size of the values, as for [`memory`](crate::memory).

use std::time::{Duration, Instant};

use crate::client::{Client, Reply};
use crate::harness::{Setup, unique, wait_until, workers};
use crate::memory::{BUDGET, BUDGET_BYTES, Large, MIB, PATIENCE, SLACK, wait_given_back, watch};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::slot_of;

workers!(
    large_requests_are_passed_on,
    writers_that_stop_in_the_middle,
    a_node_dies_in_the_middle,
    a_slot_moves_in_the_middle,
    what_can_neither_be_passed_on_nor_kept_is_refused,
);

/// The value comes back as it was sent.
fn assert_stored(proxy: &Proxy, large: &Large, key: &str) {
    large.read(&mut large.ask(proxy, key), 0);
}

/// Waits until so many requests have begun to go to their nodes.
fn wait_passed_on(proxy: &Proxy, count: f64) {
    wait_until("a request that is passed on", READY_LIMIT, || {
        (proxy.metric("requests_passed_on") >= count).then_some(())
    });
}

/// A client that has sent the first part of a SET.
fn half(proxy: &Proxy, large: &Large, key: &str, count: f64) -> Client {
    let mut client = proxy.connect();
    large.begin(&mut client, key);
    large.send(&mut client, 0, large.len() / 2);
    wait_passed_on(proxy, count);
    client
}

/// Several values at once, each larger than all buffers may be.
fn large_requests_are_passed_on(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let small = cluster.keys_on_all(&unique("small"));
    let large = [Large::new(1), Large::new(2), Large::new(3)];
    let keys = [0, 1, 0].map(|node| cluster.key_on(node, &unique("large")));
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let (most, slowest) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|at| {
                let (proxy, large, key) = (&proxy, &large[at], &keys[at]);
                scope.spawn(move || {
                    let mut client = proxy.connect();
                    large.begin(&mut client, key);
                    large.send(&mut client, 0, large.len());
                    client.send(b"ECHO next\r\n");
                    assert_eq!(client.read(), Reply::ok());
                    assert_eq!(client.read(), Reply::bulk("next"));
                })
            })
            .collect();
        let watched = watch(&proxy, &small, || writers.iter().all(|w| w.is_finished()));
        for writer in writers {
            writer.join().expect("a writer");
        }
        watched
    });
    eprintln!(
        "{} MiB above {} MiB; slowest small requests: {slowest:?}",
        most.saturating_sub(before) >> 20,
        before >> 20
    );
    assert!(
        most < before + BUDGET_BYTES + SLACK,
        "{most} bytes, before {before}"
    );
    assert_eq!(proxy.metric("requests_passed_on"), 3.0);
    for (large, key) in large.iter().zip(&keys) {
        assert_stored(&proxy, large, key);
    }
    wait_given_back(&proxy, before);
}

/// One stops for a while, one for good.
fn writers_that_stop_in_the_middle(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET]);
    let small = cluster.keys_on_all(&unique("small"));
    let [first, second] = [0, 0].map(|node| cluster.key_on(node, &unique("large")));
    let large = Large::new(4);
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let gone = half(&proxy, &large, &first, 1.0);
    let mut stays = half(&proxy, &large, &second, 2.0);
    // Longer than any request may take at a node.
    let from = Instant::now();
    let (most, _) = watch(&proxy, &small, || {
        from.elapsed() > Duration::from_millis(1500)
    });
    assert!(most < before + SLACK, "{most} bytes, before {before}");
    drop(gone);
    wait_until("the end of what was half sent", READY_LIMIT, || {
        (proxy.metric("requests_broken_off") >= 1.0).then_some(())
    });
    large.send(&mut stays, large.len() / 2, large.len());
    assert_eq!(stays.read(), Reply::ok());
    assert_eq!(stays.call("ECHO next"), Reply::bulk("next"));
    assert_stored(&proxy, &large, &second);
    assert_eq!(
        proxy.connect().call(&format!("EXISTS {first}")).integer(),
        0
    );
    assert_eq!(proxy.metric("requests_broken_off"), 1.0);
    drop(stays);
    wait_given_back(&proxy, before);
}

/// The client is told, and its connection goes on with what follows.
fn a_node_dies_in_the_middle(setup: Setup) {
    let mut cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET]);
    let key = cluster.key_on(0, &unique("large"));
    let other = cluster.key_on(1, &unique("small"));
    let large = Large::new(5);
    let mut client = half(&proxy, &large, &key, 1.0);
    cluster.node_mut(0).kill();
    large.send(&mut client, large.len() / 2, large.len());
    let said = client.read();
    let text = said.error().expect("an error").to_owned();
    assert!(
        text.starts_with("TRYAGAIN corelane: lost the connection")
            && text.contains("it was not executed"),
        "{text}"
    );
    assert_eq!(client.call(&format!("SET {other} 1")), Reply::ok());
    assert_eq!(proxy.metric("errors_passed_on"), 1.0);
}

/// A redirect is followed if it comes before the first byte has gone; after that the client is told.
fn a_slot_moves_in_the_middle(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let key = cluster.key_on(0, &unique("large"));
    let new = format!("{{{key}}}new");
    let slot = slot_of(&key);
    let large = Large::new(6);
    let mut client = half(&proxy, &large, &key, 1.0);
    cluster.migrate_begin(slot, 0, 1);
    // The key is not there yet, so it is made at the other node.
    let mut other = proxy.connect();
    large.begin(&mut other, &new);
    large.send(&mut other, 0, large.len());
    assert_eq!(other.read(), Reply::ok());
    assert!(proxy.metric("redirects_ask") >= 1.0);
    cluster.migrate_end(slot, 0, 1);
    large.send(&mut client, large.len() / 2, large.len());
    let said = client.read();
    let text = said.error().expect("an error").to_owned();
    assert!(
        text.starts_with("TRYAGAIN corelane: node")
            && text.contains("(MOVED)")
            && text.contains("it was not executed"),
        "{text}"
    );
    // As it was told.
    large.begin(&mut client, &key);
    large.send(&mut client, 0, large.len());
    assert_eq!(client.read(), Reply::ok());
    assert!(large.len() > 2 * MIB, "it is passed on");
    assert_eq!(proxy.metric("requests_passed_on"), 3.0);
    assert_stored(&proxy, &large, &key);
    assert_stored(&proxy, &large, &new);
}

/// Requests of several keys and of scripts are received whole, but not if all buffers are too small for them.
fn what_can_neither_be_passed_on_nor_kept_is_refused(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[BUDGET, PATIENCE]);
    let small = cluster.keys_on_all(&unique("small"));
    let [first, second] = [0, 1].map(|node| cluster.key_on(node, &unique("large")));
    let large = Large::new(7);
    assert!(large.len() as u64 > BUDGET_BYTES, "it does not fit");
    let length = large.len();
    let script = "return redis.call('SET', KEYS[1], ARGV[1])";
    let heads = [
        request_head(5, &["MSET", &first, "1", &second], length),
        request_head(5, &["EVAL", script, "1", &first], length),
    ];
    watch(&proxy, &small, || true);
    let before = proxy.memory();
    let mut clients: Vec<Client> = heads.iter().map(|_| proxy.connect()).collect();
    for (client, head) in clients.iter_mut().zip(&heads) {
        client.send(head);
        // What is promised is enough.
        client
            .read()
            .assert_error("ERR corelane: the request is too large");
    }
    let (most, slowest) = std::thread::scope(|scope| {
        let senders: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(|| large.send(client, 0, length)))
            .collect();
        let watched = watch(&proxy, &small, || senders.iter().all(|s| s.is_finished()));
        senders
            .into_iter()
            .for_each(|s| s.join().expect("a sender"));
        watched
    });
    eprintln!(
        "{} MiB above {} MiB; slowest small requests: {slowest:?}",
        most.saturating_sub(before) >> 20,
        before >> 20
    );
    assert!(most < before + SLACK, "{most} bytes, before {before}");
    for client in &mut clients {
        let exist = client.call(&format!("EXISTS {first} {second}"));
        assert_eq!(exist.integer(), 0, "nothing was executed");
    }
    assert_eq!(proxy.metric("errors_too_large"), 2.0);
}

/// The beginning of a request of so many arguments, up to the first byte of one that has `length`.
fn request_head(count: usize, args: &[&str], length: usize) -> Vec<u8> {
    let mut head = format!("*{count}\r\n");
    for arg in args {
        head.push_str(&format!("${}\r\n{arg}\r\n", arg.len()));
    }
    head.push_str(&format!("${length}\r\n"));
    head.into_bytes()
}
