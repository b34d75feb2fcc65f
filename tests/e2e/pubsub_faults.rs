//! Subscriptions while nodes fail and slots move, notifications about keys, and clients that do not read.

use std::time::Duration;

use crate::client::{Client, Reply};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, unique, wait_until, workers};
use crate::proxy::Proxy;
use crate::pubsub::{LIMIT, PROTOCOLS, client, expect, notifying, subscribe, words_of};
use crate::servers::{Cluster, SETTLE_LIMIT, slot_of};

matrix!(
    a_moved_slot,
    a_planned_failover,
    a_killed_primary,
    a_stopped_primary,
    notifications_of_all_primaries,
    a_new_primary_notifies,
);
workers!(a_slow_subscriber, a_slow_subscriber_of_shared_messages);

/// Publishes until the listener hears it again: what is published meanwhile may be missed. What others publish on the same
/// channel is read away. Gives how the texts begin, the number of the last one and that of the one that was heard.
#[track_caller]
fn first_heard(
    proxy: &Proxy,
    listener: &mut Client,
    publish: &str,
    name: &str,
    hello: &str,
) -> (String, u64, u64) {
    let mark = unique("mark");
    let mut n = 0;
    let heard = wait_until("messages after the fault", SETTLE_LIMIT, || {
        n += 1;
        let line = format!("{publish} {name} {mark}:{n}");
        let reply = proxy.connect().call(&line);
        if let Some(text) = reply.error() {
            assert!(crate::client::is_documented(text), "{text}");
        }
        while !listener.is_silent(Duration::from_millis(50)) {
            let words = words_of(&listener.read(), hello);
            if let Some(text) = words[2].strip_prefix(&mark) {
                return Some(number_in(text));
            }
        }
        None
    });
    (mark, n, heard)
}

fn number_in(text: &str) -> u64 {
    text[1..].parse().expect("a number")
}

/// As `first_heard`, and from then on it hears everything, in order.
#[track_caller]
fn heard_again(proxy: &Proxy, listener: &mut Client, publish: &str, name: &str, hello: &str) {
    let (mark, n, mut last) = first_heard(proxy, listener, publish, name, hello);
    let next = |listener: &mut Client| loop {
        let words = words_of(&listener.read(), hello);
        if let Some(text) = words[2].strip_prefix(&mark) {
            return text.to_owned();
        }
    };
    while last < n {
        let number = number_in(&next(listener));
        assert!(number > last, "{number} after {last}");
        last = number;
    }
    for text in [":one", ":two", ":three"] {
        let line = format!("{publish} {name} {mark}{text}");
        proxy.connect().call(&line);
        assert_eq!(next(listener), text);
    }
}

/// The words of subscriptions and messages of a channel of one kind.
const KINDS: [(&str, &str); 2] = [("SUBSCRIBE", "PUBLISH"), ("SSUBSCRIBE", "SPUBLISH")];

/// One listener of each kind and protocol.
fn listeners(proxy: &Proxy, name: &str) -> Vec<(Client, &'static str, &'static str)> {
    let mut all = Vec::new();
    for (command, publish) in KINDS {
        for hello in PROTOCOLS {
            let mut listener = client(proxy, hello);
            subscribe(&mut listener, hello, command, name);
            all.push((listener, publish, hello));
        }
    }
    all
}

/// A sharded channel goes where its slot goes, and back; the client is told nothing.
fn a_moved_slot(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let name = cluster.key_on(0, "moved");
    let slot = slot_of(&name);
    let mut all = listeners(&proxy, &name);
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        cluster.migrate_begin(slot, from, to);
        cluster.migrate_end(slot, from, to);
        for (listener, publish, hello) in &mut all {
            if *publish == "SPUBLISH" {
                heard_again(&proxy, listener, publish, &name, hello);
            }
        }
        let at_owner = cluster.node(to).call(&format!("PUBSUB SHARDNUMSUB {name}"));
        assert!(at_owner.elements()[1].integer() >= 1, "{at_owner:?}");
        // Channels without a slot of their own are not touched by any of this.
        proxy.connect().call(&format!("PUBLISH {name} {to}"));
        for (listener, publish, hello) in &mut all {
            if *publish == "PUBLISH" {
                expect(listener, hello, &["message", &name, &to.to_string()]);
            }
        }
    }
    assert!(proxy.metric("resubscriptions") >= 3.0);
}

/// The role goes to the replica and back: channels and patterns miss nothing.
fn a_planned_failover(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let name = cluster.key_on(0, "planned");
    let mut sharded = client(&proxy, "HELLO 3");
    subscribe(&mut sharded, "HELLO 3", "SSUBSCRIBE", &name);
    let mut channel = client(&proxy, "HELLO 2");
    subscribe(&mut channel, "HELLO 2", "SUBSCRIBE", &name);
    let mut pattern = client(&proxy, "HELLO 3");
    subscribe(&mut pattern, "HELLO 3", "PSUBSCRIBE", "plan*");
    let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    for (round, (old, new)) in [(first, second), (second, first)].into_iter().enumerate() {
        proxy
            .connect()
            .call(&format!("PUBLISH {name} before:{round}"));
        fail_over(old, new);
        proxy
            .connect()
            .call(&format!("PUBLISH {name} after:{round}"));
        for text in [format!("before:{round}"), format!("after:{round}")] {
            expect(&mut channel, "HELLO 2", &["message", &name, &text]);
            expect(
                &mut pattern,
                "HELLO 3",
                &["pmessage", "plan*", &name, &text],
            );
        }
        heard_again(&proxy, &mut sharded, "SPUBLISH", &name, "HELLO 3");
        wait_until("the new replica", SETTLE_LIMIT, || {
            (old.info("INFO replication", "master_link_status") == "up").then_some(())
        });
    }
    assert!(channel.is_silent(Duration::from_millis(50)));
    assert!(pattern.is_silent(Duration::from_millis(50)));
}

/// Nodes agree within two seconds that one is gone; what is left goes on.
const QUICK: &[&str] = &[
    "--cluster-node-timeout",
    "2000",
    "--cluster-require-full-coverage",
    "no",
];

fn a_killed_primary(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"2s\"")]);
    let name = cluster.key_on(0, "killed");
    let mut all = listeners(&proxy, &name);
    let other = cluster.key_on(1, "alive");
    let mut alive = listeners(&proxy, &other);
    cluster.node_mut(0).kill();
    // Others notice nothing.
    for (n, (listener, publish, hello)) in alive.iter_mut().enumerate() {
        let expected = n.to_string();
        let line = format!("{publish} {other} {expected}");
        assert!(proxy.connect().call(&line).integer() >= 1);
        // Both listeners of a kind get what was published for either.
        while words_of(&listener.read(), hello)[2] != expected {}
    }
    // A new channel of the dead node is served by the others at once.
    let mut late = client(&proxy, "HELLO 3");
    subscribe(&mut late, "HELLO 3", "SUBSCRIBE", &name);
    for (listener, publish, hello) in &mut all {
        first_heard(&proxy, listener, publish, &name, hello);
    }
    assert!(proxy.metric("resubscriptions") >= 1.0);
}

/// A node that does not answer any more, with its connections open, is found by the heartbeat.
fn a_stopped_primary(setup: Setup) {
    let cluster = setup.cluster(3, 3, QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"1s\"")]);
    let name = cluster.key_on(0, "stopped");
    let mut all = listeners(&proxy, &name);
    cluster
        .node(0)
        .process()
        .signal(rustix::process::Signal::STOP);
    for (listener, publish, hello) in &mut all {
        first_heard(&proxy, listener, publish, &name, hello);
    }
    cluster
        .node(0)
        .process()
        .signal(rustix::process::Signal::CONT);
}

/// Notifications come from the node that made them, whichever it is, and once.
fn notifications_of_all_primaries(setup: Setup) {
    let cluster = notifying(setup, 3);
    let proxy = setup.proxy(&cluster);
    let keys = cluster.keys_on_all("note");
    for hello in PROTOCOLS {
        let mut channel = client(&proxy, hello);
        subscribe(&mut channel, hello, "SUBSCRIBE", "__keyevent@0__:set");
        let mut pattern = client(&proxy, hello);
        subscribe(&mut pattern, hello, "PSUBSCRIBE", "__keyspace@0__:note*");
        let mut everything = client(&proxy, hello);
        subscribe(&mut everything, hello, "PSUBSCRIBE", "*");
        for key in keys.iter().chain(&keys) {
            assert_eq!(proxy.connect().call(&format!("SET {key} 1")), Reply::ok());
            expect(&mut channel, hello, &["message", "__keyevent@0__:set", key]);
            let space = format!("__keyspace@0__:{key}");
            expect(
                &mut pattern,
                hello,
                &["pmessage", "__keyspace@0__:note*", &space, "set"],
            );
            let mut got = [everything.read(), everything.read()].map(|r| words_of(&r, hello));
            got.sort();
            assert_eq!(
                got[0],
                ["pmessage", "*", "__keyevent@0__:set", key.as_str()]
            );
            assert_eq!(got[1], ["pmessage", "*", space.as_str(), "set"]);
        }
        proxy.connect().call("PUBLISH note text");
        expect(&mut everything, hello, &["pmessage", "*", "note", "text"]);
        for listener in [&mut channel, &mut pattern, &mut everything] {
            assert!(listener.is_silent(Duration::from_millis(50)));
        }
    }
}

/// After a failover the notifications are those of the new primary, and once.
fn a_new_primary_notifies(setup: Setup) {
    let cluster: Cluster = notifying(setup, 3);
    let proxy = setup.proxy(&cluster);
    let key = cluster.key_on(0, "new");
    let mut listener = client(&proxy, "HELLO 3");
    subscribe(&mut listener, "HELLO 3", "SUBSCRIBE", "__keyevent@0__:set");
    let (old, new) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
    fail_over(old, new);
    wait_until("the new primary's notifications", SETTLE_LIMIT, || {
        proxy.connect().call(&format!("SET {key} 1"));
        (!listener.is_silent(Duration::from_millis(50))).then(|| listener.read())
    });
    wait_until("a subscription at the new primary only", LIMIT, || {
        let count = new.call("PUBSUB NUMSUB __keyevent@0__:set").elements()[1].integer();
        (count >= 1).then_some(())
    });
    while !listener.is_silent(Duration::from_millis(100)) {
        listener.read();
    }
    for n in 0..5 {
        proxy.connect().call(&format!("SET {key} {n}"));
        expect(
            &mut listener,
            "HELLO 3",
            &["message", "__keyevent@0__:set", &key],
        );
    }
    assert!(listener.is_silent(Duration::from_millis(100)));
}

/// Publishes so many messages of this size; a fast listener gets all of them, in order.
fn flood(proxy: &Proxy, name: &str, size: usize, count: usize, fast: &mut Client, hello: &str) {
    let text = "x".repeat(size);
    let mut publisher = proxy.connect();
    for n in 0..count {
        let sent = publisher.call_args(&["PUBLISH", name, &format!("{n}:{text}")]);
        assert!(sent.error().is_none(), "{sent:?}");
        let words = words_of(&fast.read(), hello);
        assert!(words[2].starts_with(&format!("{n}:")) && words[2].len() > size);
    }
}

/// Two clients stop to read; they are closed, and nobody else notices.
fn slow_subscribers(setup: Setup, size: usize) {
    let settings = [
        ("limits.subscriber_output_max", "\"1MiB\""),
        ("limits.subscriber_output_soft", "\"1MiB\""),
    ];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let name = unique("slow");
    let mut slow: Vec<Client> = PROTOCOLS
        .map(|hello| {
            let mut listener = client(&proxy, hello);
            subscribe(&mut listener, hello, "SUBSCRIBE", &name);
            listener
        })
        .into();
    let mut fast = client(&proxy, "HELLO 3");
    subscribe(&mut fast, "HELLO 3", "SUBSCRIBE", &name);
    wait_until("the slow ones to be closed", LIMIT, || {
        flood(
            &proxy,
            &name,
            size,
            4 * 1024 * 1024 / size,
            &mut fast,
            "HELLO 3",
        );
        (proxy.metric("closes_subscriber") == 2.0).then_some(())
    });
    for listener in &mut slow {
        listener.read_to_close();
    }
    flood(&proxy, &name, size, 10, &mut fast, "HELLO 3");
    assert_eq!(proxy.metric("subscriptions_now"), 1.0);
    wait_until("memory to be free again", LIMIT, || {
        (proxy.metric("buffer_bytes") < 1_000_000.0).then_some(())
    });
}

fn a_slow_subscriber(setup: Setup) {
    slow_subscribers(setup, 4000);
}

/// The same with messages that are not copied for each client.
fn a_slow_subscriber_of_shared_messages(setup: Setup) {
    slow_subscribers(setup, 100_000);
}
