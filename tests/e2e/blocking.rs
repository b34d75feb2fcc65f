//! Requests that wait in a server: lists, sorted sets and streams, many at once, and what ends a wait.

use std::time::{Duration, Instant};

use crate::client::{Client, Reply, request};
use crate::harness::{Setup, matrix, unique, wait_until, workers};
use crate::proxy::Proxy;
use crate::servers::{Cluster, SETTLE_LIMIT, slot_of};

matrix!(
    every_command_waits_and_gets_what_comes,
    times_pass_as_at_a_server,
    streams_wait_for_entries,
);

workers!(
    a_watch_outlives_waits_at_other_nodes,
    pipelines_wait_for_it,
    a_client_that_leaves_frees_everything,
    a_client_that_leaves_with_much_unread_frees_everything,
    a_killed_client_frees_everything,
    idle_clients_are_closed_and_waiting_ones_are_not,
    many_wait_on_few_links_afterwards,
    too_many_get_an_error,
);

fn a_watch_outlives_waits_at_other_nodes(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut other = proxy.connect();
    each_protocol(&proxy, |client, version| {
        let [key, elsewhere, third] = &cluster.keys_on_all(&unique("watch"))[..] else {
            panic!("three shards");
        };
        for is_changed in [false, true] {
            other.call(&format!("RPUSH {elsewhere} x"));
            assert_eq!(client.call(&format!("WATCH {key}")), Reply::ok());
            let popped = client.call(&format!("BLPOP {elsewhere} 5"));
            assert_eq!(popped, bulks(&[elsewhere, "x"]));
            assert_eq!(client.call(&format!("BLPOP {third} 0.01")), Reply::Null);
            assert_eq!(client.call("WAIT 0 10"), Reply::Integer(0));
            if is_changed {
                other.call(&format!("SET {key} other"));
            }
            let popped = client.call(&format!("BLPOP {{{key}}}list 0.01"));
            assert_eq!(popped, Reply::Null);
            assert_eq!(client.call("MULTI"), Reply::ok());
            client.call(&format!("SET {key} mine"));
            let executed = client.call("EXEC");
            let expected = if is_changed {
                Reply::Null
            } else {
                Reply::Array(vec![Reply::ok()])
            };
            assert_eq!(executed, expected, "RESP{version}");
        }
    });
    assert!(proxy.metric("transactions_unwatched") < 1.0);
    drop(other);
}

/// Both protocols.
fn each_protocol(proxy: &Proxy, mut test: impl FnMut(&mut Client, u8)) {
    for version in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {version}"));
        test(&mut client, version);
    }
}

/// Clients that wait at the nodes, as these say.
pub(crate) fn blocked(cluster: &Cluster) -> u64 {
    let count = |text: String| text.trim().parse::<u64>().expect("a number");
    let running = cluster.running();
    running
        .map(|node| count(node.info("INFO clients", "blocked_clients")))
        .sum()
}

/// Waits until so many clients wait at the nodes.
#[track_caller]
pub(crate) fn wait_blocked(cluster: &Cluster, count: u64) {
    wait_until("clients that wait at the nodes", SETTLE_LIMIT, || {
        (blocked(cluster) == count).then_some(())
    });
}

/// Waits until a number of the proxy's has this value.
#[track_caller]
pub(crate) fn wait_metric(proxy: &Proxy, name: &str, value: f64) {
    wait_until(name, SETTLE_LIMIT, || {
        #[expect(clippy::float_cmp, reason = "whole numbers")]
        let is_there = proxy.metric(name) == value;
        is_there.then_some(())
    });
}

/// An array of strings.
pub(crate) fn bulks(words: &[&str]) -> Reply {
    Reply::Array(words.iter().map(Reply::bulk).collect())
}

fn every_command_waits_and_gets_what_comes(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut other = proxy.connect();
    each_protocol(&proxy, |client, version| {
        let (a, b) = (unique("{w}a"), unique("{w}b"));
        let score = |text: &str| match version {
            2 => Reply::bulk(text),
            _ => Reply::Double(text.to_owned()),
        };
        let member = |score: Reply| Reply::Array(vec![Reply::bulk("m"), score]);
        let popped =
            |key: &str, score: Reply| Reply::Array(vec![Reply::bulk(key), Reply::bulk("m"), score]);
        let rows = [
            (
                format!("BLPOP {b} {a} 0"),
                format!("RPUSH {a} x y"),
                bulks(&[&a, "x"]),
            ),
            (
                format!("BRPOP {b} 0"),
                format!("RPUSH {b} 1 2"),
                bulks(&[&b, "2"]),
            ),
            (
                format!("BLMOVE {a}:n {b}:n LEFT RIGHT 0"),
                format!("RPUSH {a}:n z"),
                Reply::bulk("z"),
            ),
            (
                format!("BRPOPLPUSH {a}:o {b}:o 0"),
                format!("RPUSH {a}:o z"),
                Reply::bulk("z"),
            ),
            (
                format!("BLMPOP 0 2 {a}:p {b}:p LEFT COUNT 2"),
                format!("RPUSH {b}:p 1 2 3"),
                Reply::Array(vec![Reply::bulk(format!("{b}:p")), bulks(&["1", "2"])]),
            ),
            (
                format!("BZPOPMIN {a}:q 0"),
                format!("ZADD {a}:q 1.5 m"),
                popped(&format!("{a}:q"), score("1.5")),
            ),
            (
                format!("BZPOPMAX {a}:r 0"),
                format!("ZADD {a}:r 1.5 m"),
                popped(&format!("{a}:r"), score("1.5")),
            ),
            (
                format!("BZMPOP 0 1 {a}:s MIN"),
                format!("ZADD {a}:s 1.5 m"),
                Reply::Array(vec![
                    Reply::bulk(format!("{a}:s")),
                    Reply::Array(vec![member(score("1.5"))]),
                ]),
            ),
        ];
        for (waits, pushes, expected) in rows {
            client.say(&waits);
            wait_blocked(&cluster, 1);
            let flags = other.call("CLIENT LIST").text();
            assert!(flags.contains(" flags=b "), "{flags}");
            other.call(&pushes).integer();
            assert_eq!(client.read(), expected, "{waits}");
        }
    });
    wait_blocked(&cluster, 0);
    wait_metric(&proxy, "clients_waiting", 0.0);
}

fn times_pass_as_at_a_server(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    each_protocol(&proxy, |client, version| {
        let key = unique("none");
        let owner = cluster.initial_owner(slot_of(&key));
        let mut direct = cluster.node(owner).connect();
        direct.call(&format!("HELLO {version}"));
        for line in [
            format!("BLPOP {key} 0.05"),
            format!("BRPOP {key} 0.0001"),
            format!("BLMOVE {key} {key} LEFT LEFT 0.05"),
            format!("BRPOPLPUSH {key} {key} 0.05"),
            format!("BLMPOP 0.05 1 {key} LEFT"),
            format!("BZPOPMIN {key} 0.05"),
            format!("BZMPOP 0.05 1 {key} MAX"),
            format!("XREAD BLOCK 50 STREAMS {key} $"),
            format!("BLPOP {key} x"),
            format!("BLPOP {key} -1"),
            format!("BLMPOP nan 1 {key} LEFT"),
            format!("XREAD BLOCK -5 STREAMS {key} $"),
            format!("XREAD BLOCK STREAMS {key} $"),
            format!("BLPOP {key}"),
        ] {
            let begun = Instant::now();
            client.call(&line);
            let raw = client.last_raw().to_vec();
            assert!(begun.elapsed() < Duration::from_secs(5), "{line}");
            direct.call(&line);
            assert_eq!(
                String::from_utf8_lossy(&raw),
                String::from_utf8_lossy(direct.last_raw()),
                "{line}"
            );
        }
    });
    let mut client = proxy.connect();
    client.call("BLPOP a{x} b{y} 0").assert_error("CROSSSLOT");
}

fn streams_wait_for_entries(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut other = proxy.connect();
    each_protocol(&proxy, |client, version| {
        let (stream, none) = (unique("{s}"), unique("{s}none"));
        let entries = |id: &str, value: &str| {
            let entry = Reply::Array(vec![Reply::bulk(id), bulks(&["f", value])]);
            let stream = Reply::bulk(&stream);
            let entries = Reply::Array(vec![entry]);
            match version {
                2 => Reply::Array(vec![Reply::Array(vec![stream, entries])]),
                _ => Reply::Map(vec![stream, entries]),
            }
        };
        client.say(&format!(
            "XREAD COUNT 5 BLOCK 0 STREAMS {none} {stream} $ $"
        ));
        wait_blocked(&cluster, 1);
        other.call(&format!("XADD {stream} 1-1 f v"));
        assert_eq!(client.read(), entries("1-1", "v"));
        assert_eq!(
            other.call(&format!("XGROUP CREATE {stream} g $")),
            Reply::ok()
        );
        client.say(&format!("XREADGROUP GROUP g c BLOCK 0 STREAMS {stream} >"));
        wait_blocked(&cluster, 1);
        other.call(&format!("XADD {stream} 2-1 f w"));
        assert_eq!(client.read(), entries("2-1", "w"));
        assert_eq!(client.call(&format!("XACK {stream} g 2-1")).integer(), 1);
        // A group that is removed ends the wait.
        client.say(&format!("XREADGROUP GROUP g c BLOCK 0 STREAMS {stream} >"));
        wait_blocked(&cluster, 1);
        other.call(&format!("DEL {stream}"));
        assert!(client.read().error().is_some());
    });
}

fn pipelines_wait_for_it(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let (key, list) = (unique("k"), unique("l"));
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    for line in [
        format!("SET {key} 1"),
        format!("INCR {key}"),
        format!("BLPOP {list} 0"),
        format!("INCR {key}"),
        format!("BRPOP {list} 0"),
        format!("GET {key}"),
        "PING".to_owned(),
    ] {
        client.say(&line);
    }
    assert_eq!(client.read(), Reply::ok());
    assert_eq!(client.read().integer(), 2);
    wait_metric(&proxy, "clients_waiting", 1.0);
    assert_eq!(other.call(&format!("GET {key}")), Reply::bulk("2"));
    other.call(&format!("RPUSH {list} a"));
    assert_eq!(client.read(), bulks(&[&list, "a"]));
    assert_eq!(client.read().integer(), 3);
    wait_metric(&proxy, "clients_waiting", 1.0);
    assert!(client.is_silent(Duration::from_millis(50)));
    other.call(&format!("RPUSH {list} b"));
    assert_eq!(client.read(), bulks(&[&list, "b"]));
    assert_eq!(client.read(), Reply::bulk("3"));
    assert_eq!(client.read(), Reply::Simple("PONG".to_owned()));
}

fn a_client_that_leaves_frees_everything(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    // With both drivers.
    for driver in ["\"epoll\"", "\"auto\""] {
        let proxy = setup.proxy_with(&cluster, &[("driver", driver)]);
        let key = unique("q");
        let mut other = proxy.connect();
        // Before the request, in the same packet, after it, and with more requests behind it.
        for (before, behind) in [(0, 0), (1, 0), (1, 1), (0, 100)] {
            let mut client = proxy.connect();
            for _ in 0..before {
                client.say(&format!("GET {key}"));
            }
            client.say(&format!("BLPOP {key} 0"));
            for _ in 0..behind {
                client.say(&format!("SET {key}:s behind"));
            }
            wait_blocked(&cluster, 1);
            drop(client);
            wait_blocked(&cluster, 0);
            wait_metric(&proxy, "clients_waiting", 0.0);
            wait_metric(&proxy, "links_private_now", 0.0);
            // What comes now is for somebody else.
            other.call(&format!("RPUSH {key} x"));
            assert_eq!(other.call(&format!("LPOP {key}")), Reply::bulk("x"));
            assert_eq!(other.call(&format!("GET {key}:s")), Reply::Null);
        }
        let mut client = proxy.connect();
        client.say(&format!("BLPOP {key} 0"));
        wait_blocked(&cluster, 1);
        client.shutdown_write();
        assert!(client.read_to_close().is_empty());
        wait_blocked(&cluster, 0);
    }
}

/// More than is read while it waits lies before its end.
fn a_client_that_leaves_with_much_unread_frees_everything(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    for driver in ["\"epoll\"", "\"auto\""] {
        let settings = [("driver", driver), ("limits.private_links_max", "1")];
        let proxy = setup.proxy_with(&cluster, &settings);
        let key = unique("q");
        let mut other = proxy.connect();
        for wait in [
            format!("BLPOP {key} 0"),
            format!("XREAD BLOCK 0 STREAMS {key} $"),
            "WAIT 1 0".to_owned(),
        ] {
            for is_reset in [true, false] {
                for much in [MUCH, 20 * MUCH] {
                    let client = with_much_behind(&proxy, &cluster, &wait, much);
                    leave(client, is_reset);
                    wait_blocked(&cluster, 0);
                    wait_metric(&proxy, "clients_waiting", 0.0);
                    wait_metric(&proxy, "links_private_now", 0.0);
                }
            }
        }
        // What comes now is for somebody else.
        assert_eq!(other.call(&format!("RPUSH {key} x")).integer(), 1);
        assert_eq!(other.call(&format!("LPOP {key}")), Reply::bulk("x"));
        // Who stays gets everything.
        let wait = format!("BLPOP {key} 0");
        let mut client = with_much_behind(&proxy, &cluster, &wait, 20 * MUCH);
        other.call(&format!("RPUSH {key} y"));
        assert_eq!(client.read(), bulks(&[&key, "y"]));
        for _ in 0..21 {
            assert_eq!(client.read().text().len(), MUCH);
        }
        assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
    }
}

/// More than the proxy takes from other clients that are paused. Twenty times as much does not fit into the kernel's
/// buffers of a socket that is not read.
const MUCH: usize = 30_000;

/// A client that waits in a server; of what it has sent behind that the proxy has taken a part.
fn with_much_behind(proxy: &Proxy, cluster: &Cluster, wait: &str, much: usize) -> Client {
    let mut client = proxy.connect();
    client.say(wait);
    wait_blocked(cluster, 1);
    let echo = request(&["ECHO", &"x".repeat(MUCH)]);
    client.send(&echo);
    wait_until("what is behind the wait", SETTLE_LIMIT, || {
        (proxy.metric("buffer_bytes") > MUCH as f64).then_some(())
    });
    client.send(&echo.repeat(much / MUCH));
    client
}

fn leave(mut client: Client, is_reset: bool) {
    if is_reset {
        let socket = socket2::SockRef::from(client.stream());
        socket.set_linger(Some(Duration::ZERO)).expect("linger");
    } else {
        client.shutdown_write();
        assert!(client.read_to_close().is_empty());
    }
}

fn a_killed_client_frees_everything(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    let id = client.call("CLIENT ID").integer();
    client.say("BLPOP q 0");
    wait_blocked(&cluster, 1);
    assert_eq!(other.call(&format!("CLIENT KILL ID {id}")).integer(), 1);
    assert!(client.read_to_close().is_empty());
    wait_blocked(&cluster, 0);
    wait_metric(&proxy, "links_private_now", 0.0);
}

fn idle_clients_are_closed_and_waiting_ones_are_not(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[("clients.client_timeout", "\"1s\"")]);
    let (mut client, mut idle) = (proxy.connect(), proxy.connect());
    client.say("BLPOP q 0");
    idle.call("PING");
    assert!(idle.read_to_close().is_empty());
    // Two more pass, each as long as the limit.
    for _ in 0..2 {
        let mut idle = proxy.connect();
        idle.call("PING");
        assert!(idle.read_to_close().is_empty());
    }
    proxy.connect().call("RPUSH q x");
    assert_eq!(client.read(), bulks(&["q", "x"]));
    assert_eq!(client.call("PING"), Reply::Simple("PONG".to_owned()));
}

fn many_wait_on_few_links_afterwards(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut clients: Vec<Client> = (0..300).map(|_| proxy.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.say(&format!("BLPOP q:{number} 0"));
    }
    wait_blocked(&cluster, 300);
    #[expect(clippy::float_cmp, reason = "whole numbers")]
    let is_there = proxy.metric("links_private_now") == 300.0;
    assert!(is_there);
    let mut other = proxy.connect();
    for (number, client) in clients.iter_mut().enumerate() {
        other.call(&format!("RPUSH q:{number} v{number}"));
        let expected = bulks(&[&format!("q:{number}"), &format!("v{number}")]);
        assert_eq!(client.read(), expected);
    }
    // Each worker keeps at most 64 per node, and none for long.
    let kept = proxy.metric("links_private_now");
    assert!(kept <= 64.0 * 3.0 * 2.0, "{kept}");
    wait_metric(&proxy, "links_private_now", 0.0);
    wait_metric(&proxy, "clients_waiting", 0.0);
}

fn too_many_get_an_error(setup: Setup) {
    let cluster = setup.cluster(1, 0, &[]);
    let proxy = setup.proxy_with(&cluster, &[("limits.private_links_max", "2")]);
    let mut clients: Vec<Client> = (0..12).map(|_| proxy.connect()).collect();
    for client in &mut clients {
        client.say("BLPOP q 0");
    }
    let mut refused = 0;
    let may_wait = 2 * setup.workers;
    wait_until("errors", SETTLE_LIMIT, || {
        for client in &mut clients {
            if !client.is_silent(Duration::from_millis(1)) {
                client
                    .read()
                    .assert_error("ERR corelane: too many clients wait");
                refused += 1;
            }
        }
        // A worker may have got fewer clients than it would let wait.
        (refused >= clients.len() - may_wait).then_some(())
    });
    assert!(blocked(&cluster) <= may_wait as u64);
    assert!(proxy.metric("errors_private_links") >= 8.0);
    // The others are as before.
    assert_eq!(
        proxy.connect().call("PING"),
        Reply::Simple("PONG".to_owned())
    );
}
