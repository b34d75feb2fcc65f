//! A node that stops answering without closing: only its requests suffer, and no reply is mixed up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Reply, is_documented, words};
use crate::harness::{Setup, matrix, wait_until};
use crate::servers::SETTLE_LIMIT;

matrix!(
    stalled_node,
    replies_are_never_mixed_up,
    a_client_may_be_closed_instead
);

/// Longer than a machine stops a node that is well.
const TIMEOUT: Duration = Duration::from_secs(3);
const SHORT: &[(&str, &str)] = &[("cluster.server_timeout", "\"3s\"")];

fn stalled_node(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--cluster-node-timeout", "60000"]);
    let proxy = setup.proxy_with(&cluster, SHORT);
    let keys = cluster.keys_on_all("stall");
    let (mut stuck, mut other) = (proxy.connect(), proxy.connect());
    for key in &keys {
        assert_eq!(stuck.call(&format!("SET {key} {key}")), Reply::ok());
    }
    cluster.node(0).process().signal(Signal::STOP);
    let from = Instant::now();
    let requests = keys.iter().map(|key| words(&format!("GET {key}")));
    stuck.send(&requests.collect::<Vec<_>>().concat());
    while stuck.is_silent(Duration::from_millis(1)) {
        for key in &keys[1..] {
            assert_eq!(
                other.call(&format!("GET {key}")),
                Reply::bulk(key),
                "others go on"
            );
        }
    }
    let waited = from.elapsed();
    stuck.read().assert_documented();
    assert!(waited >= TIMEOUT.mul_f32(0.9), "an answer after {waited:?}");
    assert!(waited <= TIMEOUT * 10, "an answer after {waited:?}");
    for key in &keys[1..] {
        assert_eq!(stuck.read(), Reply::bulk(key), "in the client's order");
    }
    stuck
        .call(&format!("MGET {} {}", keys[0], keys[1]))
        .assert_documented();
    assert!(proxy.metric("errors_timeout") >= 1.0);
    cluster.node(0).process().signal(Signal::CONT);
    wait_until("the node serves again", SETTLE_LIMIT, || {
        (stuck.call(&format!("GET {}", keys[0])) == Reply::bulk(&keys[0])).then_some(())
    });
    for _ in 0..50 {
        for key in &keys {
            assert_eq!(stuck.call(&format!("GET {key}")), Reply::bulk(key));
        }
    }
}

/// The setting for programs that know how to go on after a lost connection, and not after an error.
fn a_client_may_be_closed_instead(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--cluster-node-timeout", "60000"]);
    let settings = [SHORT[0], ("clients.on_unknown_outcome", "\"close\"")];
    let proxy = setup.proxy_with(&cluster, &settings);
    let keys = cluster.keys_on_all("cut");
    let (mut client, mut reader) = (proxy.connect(), proxy.connect());
    assert_eq!(client.call(&format!("SET {} x", keys[1])), Reply::ok());
    // A write that no connection has taken is not unknown.
    assert_eq!(client.call(&format!("INCR {}", keys[0])), Reply::Integer(1));
    cluster.node(0).process().signal(Signal::STOP);
    let lines = [
        format!("GET {}", keys[1]),
        format!("INCR {}", keys[0]),
        format!("GET {}", keys[1]),
        "PING".to_owned(),
    ];
    let requests = lines.iter().map(|line| words(line));
    client.send(&requests.collect::<Vec<_>>().concat());
    reader.send(&words(&format!("GET {}", keys[0])));
    assert_eq!(client.read(), Reply::bulk("x"));
    assert!(client.read_to_close().is_empty(), "nothing else comes");
    reader.read().assert_documented();
    assert_eq!(reader.call(&format!("GET {}", keys[1])), Reply::bulk("x"));
    assert_eq!(proxy.metric("closes_unknown_outcome"), 1.0);
    cluster.node(0).process().signal(Signal::CONT);
}

/// The node stops and goes on several times under load; late replies must not reach anyone.
fn replies_are_never_mixed_up(setup: Setup) {
    let cluster = setup.cluster(3, 0, &["--cluster-node-timeout", "60000"]);
    let proxy = setup.proxy_with(&cluster, SHORT);
    let keys: Vec<String> = (0..30)
        .map(|n| cluster.key_on(n % 3, &format!("mixed{n}")))
        .collect();
    let mut client = proxy.connect();
    for key in &keys {
        assert_eq!(client.call(&format!("SET {key} {key}")), Reply::ok());
    }
    let stop = AtomicBool::new(false);
    let (answers, errors) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for start in 0..4 {
            let client = proxy.connect();
            let (keys, stop, answers, errors) = (&keys, &stop, &answers, &errors);
            scope.spawn(move || read_all(client, &keys[start..], stop, answers, errors));
        }
        let _stop = StopAtEnd(&stop);
        let wait_more = |what: &str, counter: &AtomicU64, more: u64| {
            let from = counter.load(Ordering::Relaxed);
            wait_until(what, SETTLE_LIMIT, || {
                (counter.load(Ordering::Relaxed) >= from + more).then_some(())
            });
        };
        for _ in 0..4 {
            wait_more("answers", &answers, 500);
            cluster.node(0).process().signal(Signal::STOP);
            wait_more("requests that time out", &errors, 4);
            cluster.node(0).process().signal(Signal::CONT);
        }
        wait_more("answers", &answers, 2_000);
    });
    for key in &keys {
        assert_eq!(client.call(&format!("GET {key}")), Reply::bulk(key));
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn read_all(
    mut client: Client,
    keys: &[String],
    stop: &AtomicBool,
    answers: &AtomicU64,
    errors: &AtomicU64,
) {
    let requests: Vec<u8> = keys
        .iter()
        .flat_map(|key| words(&format!("GET {key}")))
        .collect();
    while !stop.load(Ordering::Relaxed) {
        client.send(&requests);
        for key in keys {
            match client.read() {
                Reply::Error(text) => {
                    assert!(is_documented(&text), "{text}");
                    errors.fetch_add(1, Ordering::Relaxed);
                }
                reply => {
                    assert_eq!(reply, Reply::bulk(key), "the reply of another key");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}
