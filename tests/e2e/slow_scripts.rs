//! A script that does not end: what its neighbours see, and how it is ended.

use crate::client::{Client, Reply, request, words};
use crate::harness::{Setup, matrix, wait_until};
use crate::proxy::Proxy;
use crate::servers::{Cluster, SETTLE_LIMIT};

matrix!(
    neighbours_hear_that_the_node_is_busy,
    a_late_script_leaves_nothing_behind,
    a_script_that_ends_is_waited_for,
);

const FOREVER: &str = "while true do end";
/// Sets a key when it has counted for long enough; servers stop nobody who has not written.
const SLOW: &str = "local n = tonumber(ARGV[1]) while n > 0 do n = n - 1 end \
     return redis.call('APPEND', KEYS[1], ARGV[2])";

/// Three nodes that say soon that they are busy.
fn cluster(setup: Setup) -> Cluster {
    setup.cluster(3, 0, &["--busy-reply-threshold", "200"])
}

/// Lets a script run at the node of `key` and waits until the node says that it is busy.
fn make_busy(proxy: &Proxy, client: &mut Client, key: &str, script: &str) {
    client.send(&request(&["EVAL", script, "1", key]));
    let mut other = proxy.connect();
    wait_until("the node to say that it is busy", SETTLE_LIMIT, || {
        let reply = other.call(&format!("GET {key}"));
        let text = reply.error()?;
        assert!(text.starts_with("BUSY "), "{text}");
        Some(())
    });
}

fn end_script(client: &mut Client) {
    wait_until("the script to be ended", SETTLE_LIMIT, || {
        (client.call("SCRIPT KILL") == Reply::ok()).then_some(())
    });
}

fn neighbours_hear_that_the_node_is_busy(setup: Setup) {
    let cluster = cluster(setup);
    // Whoever waits for that gets no reply in time.
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"10min\"")]);
    let keys = cluster.keys_on_all("busy");
    let mut clients: Vec<Client> = (0..6).map(|_| proxy.connect()).collect();
    for key in &keys {
        clients[0].call(&format!("SET {key} {key}"));
    }
    let lost = proxy.metric("links_lost");
    let mut slow = proxy.connect();
    make_busy(&proxy, &mut slow, &keys[0], FOREVER);
    for client in &mut clients {
        client
            .call(&format!("SET {} x", keys[0]))
            .assert_error("BUSY ");
        client
            .call(&format!("MGET {} {}", keys[0], keys[1]))
            .assert_error("BUSY ");
        client
            .call_args(&["EVAL", "return 1", "1", &keys[0]])
            .assert_error("BUSY ");
        let batch = [
            words("MULTI"),
            words(&format!("GET {}", keys[0])),
            words("EXEC"),
        ];
        let replies = client.exchange(&batch.concat(), 3);
        replies[2].assert_error("EXECABORT Transaction discarded because of: BUSY ");
        for key in &keys[1..] {
            assert_eq!(client.call(&format!("GET {key}")), Reply::bulk(key));
            assert_eq!(
                client.call_args(&["EVAL", "return 1", "1", key]),
                Reply::Integer(1)
            );
        }
    }
    end_script(&mut clients[0]);
    let said = slow.read();
    assert!(
        said.error().is_some_and(|text| text.contains("killed")),
        "{said:?}"
    );
    for client in &mut clients {
        assert_eq!(
            client.call(&format!("GET {}", keys[0])),
            Reply::bulk(&keys[0])
        );
    }
    assert_eq!(proxy.metric("links_lost"), lost);
    assert_eq!(proxy.metric("errors_timeout"), 0.0);
    assert!(proxy.metric("scripts_slow") >= 1.0);
}

/// The connection that waits for it is not used for anything else.
fn a_late_script_leaves_nothing_behind(setup: Setup) {
    let cluster = cluster(setup);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"2s\"")]);
    let key = cluster.key_on(0, "late");
    let (mut slow, mut other) = (proxy.connect(), proxy.connect());
    make_busy(&proxy, &mut slow, &key, FOREVER);
    slow.send(&words(&format!("GET {key}")));
    let said = slow.read();
    assert!(
        said.error()
            .is_some_and(|text| text.contains("the outcome of this command is unknown")),
        "{said:?}"
    );
    slow.read().assert_error("BUSY ");
    other.call(&format!("GET {key}")).assert_error("BUSY ");
    end_script(&mut other);
    // The node ends it when it looks next.
    wait_until("the node to serve again", SETTLE_LIMIT, || {
        (other.call(&format!("GET {key}")) == Reply::Null).then_some(())
    });
    for n in 0..20 {
        let script = format!("return {n}");
        for client in [&mut slow, &mut other] {
            assert_eq!(
                client.call_args(&["EVAL", &script, "1", &key]),
                Reply::Integer(n)
            );
        }
    }
    assert_eq!(proxy.metric("errors_timeout"), 1.0);
}

/// In its client's order, and not twice.
fn a_script_that_ends_is_waited_for(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"60s\"")]);
    let mut client = proxy.connect();
    let run = |n: u32, word: &str| request(&["EVAL", SLOW, "1", "k", &n.to_string(), word]);
    let mut requests = Vec::new();
    for word in ["a", "b", "c"] {
        requests.push(words(&format!("APPEND k {word}")));
        requests.push(run(3_000_000, &word.to_uppercase()));
        requests.push(run(10, "-"));
        requests.push(words("STRLEN k"));
        requests.push(words("STRLEN other"));
    }
    let replies = client.exchange(&requests.concat(), requests.len());
    let lengths: Vec<i64> = replies.iter().map(Reply::integer).collect();
    let expected = [1, 2, 3, 3, 0, 4, 5, 6, 6, 0, 7, 8, 9, 9, 0];
    assert_eq!(lengths, expected);
    assert_eq!(client.call("GET k"), Reply::bulk("aA-bB-cC-"));
}
