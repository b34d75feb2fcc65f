//! Publish and subscribe: what single clients see, and that nodes are asked once for all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::client::{Client, Reply};
use crate::harness::{Setup, matrix, unique, wait_until, workers};
use crate::proxy::Proxy;
use crate::servers::{Cluster, Node, slot_of};

matrix!(
    like_a_server,
    messages_and_counts,
    one_subscription_at_the_node_for_all,
    no_message_twice,
    refused_by_the_node,
    everything_is_left_behind,
);
workers!(
    shown_by_the_proxy,
    idle_subscribers_stay,
    limits_of_subscriptions,
);

pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Between what must not come and the proof that it did not: long for loopback, and only ever waited in vain.
const SILENCE: Duration = Duration::from_millis(100);

pub(crate) const PROTOCOLS: [&str; 2] = ["HELLO 2", "HELLO 3"];

/// A client that speaks one of the protocols.
pub(crate) fn client(proxy: &Proxy, hello: &str) -> Client {
    let mut client = proxy.connect();
    assert!(client.call(hello).error().is_none());
    client
}

/// The words of a message or of a word about a subscription, after checking that it has the protocol's form.
#[track_caller]
pub(crate) fn words_of(reply: &Reply, hello: &str) -> Vec<String> {
    let fits = match reply {
        Reply::Push(_) => hello == "HELLO 3",
        Reply::Array(_) => hello == "HELLO 2",
        _ => false,
    };
    assert!(fits, "{hello}: {reply:?}");
    let words = reply.elements().iter();
    words
        .map(|word| match word {
            Reply::Null => "nil".to_owned(),
            other => other.text_or_integer(),
        })
        .collect()
}

/// Reads the next push and compares it.
#[track_caller]
pub(crate) fn expect(client: &mut Client, hello: &str, words: &[&str]) {
    let got = client.read();
    assert_eq!(words_of(&got, hello), words, "{hello}");
}

/// Subscribes to one name and waits for the word about it.
#[track_caller]
pub(crate) fn subscribe(client: &mut Client, hello: &str, command: &str, name: &str) {
    let reply = client.call(&format!("{command} {name}"));
    let words = words_of(&reply, hello);
    assert_eq!(words[..2], [command.to_lowercase(), name.to_owned()]);
}

/// A list of names from a reply.
fn names(reply: &Reply) -> Vec<String> {
    let mut names: Vec<String> = reply.elements().iter().map(Reply::text).collect();
    names.sort();
    names
}

/// Commands of one client with the number of replies to each.
const DIALOGUE: &[(&str, usize)] = &[
    ("UNSUBSCRIBE", 1),
    ("PUNSUBSCRIBE @x", 1),
    ("SUNSUBSCRIBE", 1),
    ("SUBSCRIBE @a", 1),
    ("SUBSCRIBE @a @b @a", 3),
    ("PSUBSCRIBE @*", 1),
    ("PSUBSCRIBE @[ab]?", 1),
    ("SSUBSCRIBE @s", 1),
    ("PING", 1),
    ("PING text", 1),
    ("PING too many", 1),
    ("NOSUCH", 1),
    ("GET", 1),
    ("SUBSCRIBE", 1),
    ("UNSUBSCRIBE @c", 1),
    ("UNSUBSCRIBE @a @a", 2),
    ("PUNSUBSCRIBE @[ab]?", 1),
    ("UNSUBSCRIBE", 1),
    ("UNSUBSCRIBE", 1),
    ("SUNSUBSCRIBE", 1),
    ("PUNSUBSCRIBE", 1),
    ("PING", 1),
    ("SUBSCRIBE @a", 1),
    ("SSUBSCRIBE @s", 1),
    ("RESET", 1),
    ("PING", 1),
    ("UNSUBSCRIBE", 1),
];

/// What a client that listens in RESP2 may not send.
const REFUSED: &[&str] = &[
    "GET @",
    "MULTI",
    "HELLO 3",
    "CLIENT ID",
    "CONFIG GET x",
    "PUBLISH @a m",
];

/// The same words in the same order as from a server.
fn like_a_server(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    for hello in PROTOCOLS {
        let stem = unique("like");
        // A sharded channel must be asked for where its slot is.
        let owner = setup.shared().initial_owner(slot_of(&format!("{stem}s")));
        let mut server = setup.shared().node(owner).connect();
        let mut through = proxy.connect();
        for client in [&mut server, &mut through] {
            client.call(hello);
        }
        for (line, count) in DIALOGUE {
            let line = line.replace('@', &stem);
            for client in [&mut server, &mut through] {
                client.send(&crate::client::words(&line));
            }
            for _ in 0..*count {
                assert_eq!(through.read(), server.read(), "{hello}: {line}");
                assert_eq!(through.last_raw(), server.last_raw(), "{hello}: {line}");
            }
        }
    }
    let stem = setup.shared().key_on(0, &unique("confined"));
    let mut server = setup.shared().node(0).connect();
    let mut through = proxy.connect();
    for client in [&mut server, &mut through] {
        client.call(&format!("SUBSCRIBE {stem}"));
        client.call(&format!("PSUBSCRIBE {stem}"));
        client.call(&format!("UNSUBSCRIBE {stem}"));
    }
    for line in REFUSED {
        let line = line.replace('@', &stem);
        assert_eq!(through.call(&line), server.call(&line), "{line}");
    }
    through.call(&format!("PUNSUBSCRIBE {stem}"));
    assert_eq!(through.call(&format!("GET {stem}")), Reply::Null);
    assert_eq!(proxy.metric("errors_confined"), REFUSED.len() as f64);
}

/// Who listens gets what is published, in order, and the publisher gets the number of those who did.
fn messages_and_counts(setup: Setup) {
    // Alone, because everybody who listens to everything counts.
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let stem = unique("count");
    let channels = cluster.keys_on_all(&stem);
    let mut publisher = proxy.connect();
    for hello in PROTOCOLS {
        let mut one = client(&proxy, hello);
        let mut all = client(&proxy, hello);
        for channel in &channels {
            subscribe(&mut all, hello, "SUBSCRIBE", channel);
            subscribe(&mut all, hello, "SSUBSCRIBE", channel);
        }
        subscribe(&mut one, hello, "SUBSCRIBE", &channels[0]);
        subscribe(&mut one, hello, "PSUBSCRIBE", &format!("{stem}.*"));
        subscribe(&mut one, hello, "PSUBSCRIBE", &format!("{stem}?*"));
        for (at, channel) in channels.iter().enumerate() {
            for text in ["first", "second"] {
                let count = publisher
                    .call(&format!("PUBLISH {channel} {text}"))
                    .integer();
                let expected = if at == 0 { 4 } else { 3 };
                assert!(count >= 1, "{count}");
                assert!(
                    setup.workers > 1 || count == expected,
                    "{hello} {at}: {count}"
                );
                let count = publisher
                    .call(&format!("SPUBLISH {channel} s{text}"))
                    .integer();
                // What nobody listens to any more lingers at other workers for a second.
                assert!(count >= 1 && (setup.workers > 1 || count == 1), "{count}");
            }
        }
        let got = lanes(&mut one, hello, 2 + channels.len() * 4);
        let texts = |count: usize| ["first", "second"].repeat(count);
        assert_eq!(got[&format!("message {}", channels[0])], texts(1));
        let by_patterns = [format!("pmessage {stem}.*"), format!("pmessage {stem}?*")];
        for lane in &by_patterns {
            for channel in &channels {
                assert_eq!(got[&format!("{lane} {channel}")], texts(1));
            }
        }
        let got = lanes(&mut all, hello, channels.len() * 4);
        for channel in &channels {
            assert_eq!(got[&format!("message {channel}")], ["first", "second"]);
            assert_eq!(got[&format!("smessage {channel}")], ["sfirst", "ssecond"]);
        }
        assert!(one.is_silent(SILENCE) && all.is_silent(SILENCE));
    }
    let nobody = publisher.call(&format!("PUBLISH {stem} text")).integer();
    assert!(
        nobody == 0 || nobody <= 8,
        "patterns linger a little: {nobody}"
    );
}

/// Reads messages and gives their texts in order, by what they are, what was subscribed, and for patterns the
/// channel: what comes from different nodes has no order.
fn lanes(client: &mut Client, hello: &str, count: usize) -> BTreeMap<String, Vec<String>> {
    let mut lanes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _ in 0..count {
        let mut words = words_of(&client.read(), hello);
        let text = words.pop().expect("a text");
        lanes.entry(words.join(" ")).or_default().push(text);
    }
    lanes
}

/// What a node says to a question about subscriptions of one name.
fn at_node(node: &Node, question: &str, name: &str) -> i64 {
    node.call(&format!("PUBSUB {question} {name}")).elements()[1].integer()
}

/// Fifty clients of a worker are one subscription at the node that owns the slot, and none elsewhere.
fn one_subscription_at_the_node_for_all(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    for (command, question, publish) in [
        ("SUBSCRIBE", "NUMSUB", "PUBLISH"),
        ("SSUBSCRIBE", "SHARDNUMSUB", "SPUBLISH"),
    ] {
        let channel = cluster.key_on(1, &unique("fan"));
        let mut crowd: Vec<(Client, &str)> = (0..50)
            .map(|n| PROTOCOLS[n % 2])
            .map(|hello| (client(&proxy, hello), hello))
            .collect();
        for (client, hello) in &mut crowd {
            subscribe(client, hello, command, &channel);
        }
        let asked = at_node(cluster.node(1), question, &channel);
        assert!((1..=setup.workers as i64).contains(&asked), "{asked}");
        assert_eq!(at_node(cluster.node(0), question, &channel), 0);
        let count = proxy
            .connect()
            .call(&format!("{publish} {channel} text"))
            .integer();
        // The worker of the publisher knows its own clients.
        assert!((asked..=50).contains(&count) && (setup.workers > 1 || count == 50));
        for (client, hello) in &mut crowd {
            assert_eq!(
                words_of(&client.read(), hello)[1..],
                [channel.clone(), "text".to_owned()]
            );
        }
        drop(crowd);
        wait_until("the node to be told", LIMIT, || {
            (at_node(cluster.node(1), question, &channel) == 0).then_some(())
        });
    }
}

/// Patterns that need every primary still bring each message once.
fn no_message_twice(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let stem = unique("once");
    for hello in PROTOCOLS {
        let mut listener = client(&proxy, hello);
        for pattern in ["*", "__key*", &format!("{stem}*")] {
            subscribe(&mut listener, hello, "PSUBSCRIBE", pattern);
        }
        for (n, node) in (0..3).enumerate() {
            let channel = cluster.key_on(node, &stem);
            // By another way than the proxy, at a node that is not the channel's.
            let other = cluster.node((node + 1) % 3);
            for from_outside in [true, false] {
                let line = format!("PUBLISH {channel} {n}");
                let count = if from_outside {
                    other.call(&line).integer()
                } else {
                    proxy.connect().call(&line).integer()
                };
                assert!(from_outside || count >= 1);
                let mut got = [listener.read(), listener.read()].map(|r| words_of(&r, hello));
                got.sort();
                assert_eq!(
                    got[0][1..],
                    ["*".to_owned(), channel.clone(), n.to_string()]
                );
                assert_eq!(
                    got[1][1..],
                    [format!("{stem}*"), channel.clone(), n.to_string()]
                );
            }
        }
        assert!(listener.is_silent(SILENCE));
    }
}

/// A node's refusal reaches the client, and nothing of the command stays.
fn refused_by_the_node(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    for node in cluster.nodes() {
        node.call_ok("ACL SETUSER limited on >secret ~* +@all resetchannels &ok*");
    }
    let settings = [
        ("cluster.username", "\"limited\""),
        ("cluster.password", "\"secret\""),
    ];
    let proxy = setup.proxy_with(&cluster, &settings);
    for hello in PROTOCOLS {
        let mut listener = client(&proxy, hello);
        for command in ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"] {
            for names in ["no", "ok1 no ok2"] {
                listener
                    .call(&format!("{command} {names}"))
                    .assert_error("NOPERM");
            }
        }
        assert_eq!(listener.call("PUBSUB NUMPAT").integer(), 0);
        expect(
            &mut {
                listener.send(&crate::client::words("UNSUBSCRIBE"));
                listener
            },
            hello,
            &["unsubscribe", "nil", "0"],
        );
    }
    let mut listener = client(&proxy, "HELLO 3");
    subscribe(&mut listener, "HELLO 3", "SUBSCRIBE", "ok1");
    proxy
        .connect()
        .call("PUBLISH no text")
        .assert_error("NOPERM");
    proxy.connect().call("PUBLISH ok1 text");
    expect(&mut listener, "HELLO 3", &["message", "ok1", "text"]);
    wait_until("the nodes to be told", LIMIT, || {
        let channels = |node: &Node| names(&node.call("PUBSUB CHANNELS"));
        let left: Vec<String> = cluster.nodes().iter().flat_map(channels).collect();
        (left == ["ok1"]).then_some(())
    });
}

/// Clients that reset, leave or vanish take their subscriptions along; the connection is closed in the end.
fn everything_is_left_behind(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let channels = cluster.keys_on_all("left");
    let mut reset = client(&proxy, "HELLO 2");
    let mut quit = client(&proxy, "HELLO 3");
    let mut vanished = client(&proxy, "HELLO 3");
    for channel in &channels {
        subscribe(&mut reset, "HELLO 2", "SUBSCRIBE", channel);
        subscribe(&mut quit, "HELLO 3", "SSUBSCRIBE", channel);
        subscribe(&mut vanished, "HELLO 3", "PSUBSCRIBE", channel);
    }
    assert_eq!(proxy.metric("subscriptions_now"), 9.0);
    assert_eq!(reset.call("RESET"), Reply::Simple("RESET".to_owned()));
    assert_eq!(reset.call("GET left"), Reply::Null);
    assert_eq!(quit.call("QUIT"), Reply::ok());
    drop(vanished);
    let links = || {
        let of_node = |node: &Node| {
            let list = node.call("CLIENT LIST TYPE pubsub").text();
            list.lines()
                .filter(|line| line.contains("name=corelane"))
                .count()
        };
        cluster.nodes().iter().map(of_node).sum::<usize>()
    };
    wait_until("the nodes to be told", LIMIT, || {
        (links() == 0 && proxy.metric("topics_now") == 0.0).then_some(())
    });
    assert_eq!(proxy.metric("subscriptions_now"), 0.0);
    wait_until("the connections to be closed", LIMIT, || {
        let of_node = |node: &Node| {
            let list = node.call("CLIENT LIST").text();
            list.lines()
                .filter(|line| line.contains("resp=3") && line.contains("name=corelane"))
                .count()
        };
        (cluster.nodes().iter().map(of_node).sum::<usize>() == 0).then_some(())
    });
}

/// PUBSUB and CLIENT LIST tell of the clients of all workers.
fn shown_by_the_proxy(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let stem = unique("shown");
    let mut crowd: Vec<Client> = (0..16).map(|_| client(&proxy, "HELLO 3")).collect();
    for listener in &mut crowd {
        subscribe(listener, "HELLO 3", "SUBSCRIBE", &format!("{stem}:a"));
        subscribe(listener, "HELLO 3", "SUBSCRIBE", &format!("{stem}:b"));
        subscribe(listener, "HELLO 3", "PSUBSCRIBE", &format!("{stem}:*"));
        subscribe(listener, "HELLO 3", "SSUBSCRIBE", &format!("{stem}:s"));
    }
    for hello in PROTOCOLS {
        let mut asker = client(&proxy, hello);
        let channels = asker.call("PUBSUB CHANNELS");
        assert_eq!(names(&channels), [format!("{stem}:a"), format!("{stem}:b")]);
        assert_eq!(
            names(&asker.call("PUBSUB CHANNELS *:b")),
            [format!("{stem}:b")]
        );
        assert_eq!(
            names(&asker.call("PUBSUB SHARDCHANNELS")),
            [format!("{stem}:s")]
        );
        assert_eq!(asker.call("PUBSUB NUMPAT").integer(), 1);
        let numbers = asker.call(&format!("PUBSUB NUMSUB {stem}:a nobody"));
        let expected = vec![
            Reply::bulk(format!("{stem}:a")),
            Reply::Integer(16),
            Reply::bulk("nobody"),
            Reply::Integer(0),
        ];
        assert_eq!(numbers, Reply::Array(expected));
        assert_eq!(asker.call("PUBSUB NUMSUB"), Reply::Array(Vec::new()));
        let numbers = asker.call(&format!("PUBSUB SHARDNUMSUB {stem}:s"));
        assert_eq!(numbers.elements()[1].integer(), 16);
        let list = asker.call("CLIENT LIST TYPE pubsub").text();
        assert_eq!(
            list.lines().filter(|line| line.contains("id=")).count(),
            16,
            "{list}"
        );
        assert!(
            list.contains(" flags=P ") && list.contains(" sub=2 psub=1 ssub=1 "),
            "{list}"
        );
        let list = asker.call("CLIENT LIST TYPE normal").text();
        assert!(list.contains(" sub=0 psub=0 ssub=0 "), "{list}");
    }
}

/// A client that only listens is not idle.
fn idle_subscribers_stay(setup: Setup) {
    let proxy = setup.proxy_with(setup.shared(), &[("clients.client_timeout", "\"1s\"")]);
    let channel = unique("idle");
    let mut listener = client(&proxy, "HELLO 2");
    subscribe(&mut listener, "HELLO 2", "SUBSCRIBE", &channel);
    let mut other = proxy.connect();
    assert_eq!(other.call("PING"), Reply::Simple("PONG".to_owned()));
    assert!(other.read_to_close().is_empty());
    wait_until("the idle client to be counted", LIMIT, || {
        (proxy.metric("closes_idle") == 1.0).then_some(())
    });
    proxy.connect().call(&format!("PUBLISH {channel} text"));
    expect(&mut listener, "HELLO 2", &["message", &channel, "text"]);
}

fn limits_of_subscriptions(setup: Setup) {
    let settings = [("limits.client_subscriptions_max", "3")];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let stem = unique("limit");
    for hello in PROTOCOLS {
        let mut listener = client(&proxy, hello);
        subscribe(&mut listener, hello, "SUBSCRIBE", &format!("{stem}1"));
        listener
            .call(&format!("PSUBSCRIBE {stem}2 {stem}3 {stem}4"))
            .assert_error("ERR corelane: too many subscriptions of one client");
        subscribe(&mut listener, hello, "SUBSCRIBE", &format!("{stem}2"));
        subscribe(&mut listener, hello, "PSUBSCRIBE", &format!("{stem}3"));
        listener
            .call(&format!("SSUBSCRIBE {stem}4"))
            .assert_error("ERR corelane: too many subscriptions of one client");
    }
    assert_eq!(proxy.metric("errors_subscriptions_max"), 4.0);
}

/// A cluster with this many primaries whose nodes notify about all changes of keys.
pub(crate) fn notifying(setup: Setup, replicas: usize) -> Cluster {
    setup.cluster(3, replicas, &["--notify-keyspace-events", "KEA"])
}
