//! Client-side caching: who has read a key hears that it has changed, and nobody else.

use std::time::Duration;

use crate::client::{Client, Reply};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, poll_until, unique};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::slot_of;

matrix!(
    readers_hear_once,
    choices,
    own_writes,
    failed_reads_count,
    broadcasts,
    keys_that_change_together,
    flushed_when_told_to_forget_all,
    follows_slots_and_failovers,
    commands_answer_as_servers_do
);

/// A client in RESP3 that tracks.
fn tracker(proxy: &Proxy, options: &str) -> Client {
    let mut client = proxy.connect();
    client.call("HELLO 3");
    let line = format!("CLIENT TRACKING ON {options}");
    assert_eq!(client.call(line.trim_end()), Reply::ok());
    client
}

fn changed(key: &str) -> Reply {
    Reply::Push(vec![
        Reply::bulk("invalidate"),
        Reply::Array(vec![Reply::bulk(key)]),
    ])
}

fn all_changed() -> Reply {
    Reply::Push(vec![Reply::bulk("invalidate"), Reply::Null])
}

/// Nothing has come, and nothing is to come of what was done before: each node is asked something, and what it
/// had to say before would come before its answer.
fn hears_nothing(client: &mut Client) {
    let calm: Vec<String> = (0..16).map(|n| format!("calm.{n}")).collect();
    let got = client.call(&format!("MGET {}", calm.join(" ")));
    assert_eq!(got, Reply::Array(vec![Reply::Null; 16]));
}

fn readers_hear_once(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let keys = cluster.keys_on_all(&unique("track"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    let (mut one, mut two, mut other) = (tracker(&proxy, ""), tracker(&proxy, ""), proxy.connect());
    assert_eq!(one.call(&format!("GET {a}")), Reply::Null);
    assert_eq!(two.call(&format!("MGET {a} {b} {c}")).elements().len(), 3);
    assert_eq!(other.call(&format!("GET {a}")), Reply::Null);
    let mut writer = proxy.connect();
    assert_eq!(writer.call(&format!("SET {a} 1")), Reply::ok());
    assert_eq!(one.read(), changed(a));
    assert_eq!(two.read(), changed(a));
    // It was not read again since.
    assert_eq!(writer.call(&format!("SET {a} 2")), Reply::ok());
    hears_nothing(&mut one);
    hears_nothing(&mut two);
    assert_eq!(cluster.node(1).call(&format!("SET {b} 1")), Reply::ok());
    assert_eq!(two.read(), changed(b));
    hears_nothing(&mut one);
    assert_eq!(one.call(&format!("GET {a}")), Reply::bulk("2"));
    assert_eq!(one.call("CLIENT TRACKING OFF"), Reply::ok());
    assert_eq!(writer.call(&format!("DEL {a} {b} {c}")), Reply::Integer(2));
    assert_eq!(two.call(&format!("GET {a}")), Reply::Null);
    hears_nothing(&mut one);
    hears_nothing(&mut other);
}

fn choices(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = cluster.key_on(0, &unique("choice"));
    let mut writer = proxy.connect();
    for (options, choice, hears) in [
        ("OPTIN", None, false),
        ("OPTIN", Some("YES"), true),
        ("OPTOUT", None, true),
        ("OPTOUT", Some("NO"), false),
    ] {
        let mut client = tracker(&proxy, options);
        if let Some(word) = choice {
            assert_eq!(client.call(&format!("CLIENT CACHING {word}")), Reply::ok());
        }
        client.call(&format!("GET {key}"));
        // The choice was about one command.
        let second = format!("{{{key}}}second");
        client.call(&format!("GET {second}"));
        writer.call(&format!("INCR {key}"));
        if hears {
            assert_eq!(client.read(), changed(&key), "{options} {choice:?}");
        }
        writer.call(&format!("INCR {second}"));
        if options == "OPTOUT" {
            assert_eq!(client.read(), changed(&second), "{options} {choice:?}");
        }
        hears_nothing(&mut client);
    }
}

fn own_writes(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let key = unique("own");
    let mut loud = tracker(&proxy, "");
    let mut still = tracker(&proxy, "NOLOOP");
    for client in [&mut loud, &mut still] {
        client.call(&format!("GET {key}"));
    }
    assert_eq!(still.call(&format!("SET {key} 1")), Reply::ok());
    assert_eq!(loud.read(), changed(&key));
    hears_nothing(&mut still);
    for client in [&mut loud, &mut still] {
        client.call(&format!("GET {key}"));
    }
    assert_eq!(loud.call(&format!("SET {key} 2")), Reply::ok());
    assert_eq!(loud.read(), changed(&key));
    assert_eq!(still.read(), changed(&key));
    // Writes of its own that change nothing do not hide those of others.
    for (n, (write, reply)) in [("DEL", Reply::Integer(0)), ("GETDEL", Reply::Null)]
        .iter()
        .enumerate()
    {
        let key = format!("{key}:absent:{n}");
        still.call(&format!("GET {key}"));
        assert_eq!(still.call(&format!("{write} {key}")), *reply);
        assert_eq!(loud.call(&format!("SET {key} 1")), Reply::ok());
        assert_eq!(still.read(), changed(&key), "{write}");
    }
}

/// What is no string is null within MGET, which may be cached although the node calls it an error.
fn failed_reads_count(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let keys = cluster.keys_on_all(&unique("failed"));
    let mut reader = tracker(&proxy, "");
    let mut writer = proxy.connect();
    for key in &keys {
        writer.call(&format!("RPUSH {key} 1"));
    }
    let nulls = Reply::Array(vec![Reply::Null; keys.len()]);
    assert_eq!(reader.call(&format!("MGET {}", keys.join(" "))), nulls);
    for key in &keys {
        assert_eq!(writer.call(&format!("SET {key} 1")), Reply::ok());
        assert_eq!(reader.read(), changed(key));
    }
}

fn broadcasts(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let prefix = unique("bcast");
    let keys = cluster.keys_on_all(&prefix);
    let mut some = tracker(&proxy, &format!("BCAST PREFIX {prefix}"));
    let mut none = tracker(&proxy, &format!("BCAST PREFIX {}", unique("another")));
    let mut writer = proxy.connect();
    for key in &keys {
        assert_eq!(writer.call(&format!("SET {key} 1")), Reply::ok());
        assert_eq!(
            some.read(),
            changed(key),
            "never read, and told all the same"
        );
    }
    // More prefixes, and one that covers the others: nothing is lost on the way.
    let mut all = tracker(&proxy, "BCAST");
    assert_eq!(writer.call(&format!("SET {} 2", keys[0])), Reply::ok());
    assert_eq!(some.read(), changed(&keys[0]));
    // It hears of what other tests change, too, which may be in the same message.
    let heard = poll_until(READY_LIMIT, || {
        let Reply::Push(words) = all.read() else {
            return None;
        };
        let own = Reply::bulk(&keys[0]);
        matches!(&words[1], Reply::Array(keys) if keys.contains(&own)).then_some(())
    });
    assert!(heard.is_some());
    hears_nothing(&mut none);
    assert_eq!(some.call("CLIENT TRACKING OFF"), Reply::ok());
    assert_eq!(writer.call(&format!("SET {} 3", keys[1])), Reply::ok());
    hears_nothing(&mut some);
}

/// A node says at once which keys one command has changed; that is one message here too.
fn keys_that_change_together(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let tag = unique("together");
    let [one, two, other] = ["one", "two", "other"].map(|name| format!("{{{tag}}}{name}"));
    let prefixes = format!("BCAST PREFIX {one} PREFIX {two}");
    let mut all = tracker(&proxy, &format!("BCAST PREFIX {{{tag}}}"));
    let mut two_alone = tracker(&proxy, &format!("BCAST PREFIX {two}"));
    let mut listener = proxy.connect();
    let number = listener.call("CLIENT ID").integer();
    assert!(
        listener
            .call("SUBSCRIBE __redis__:invalidate")
            .error()
            .is_none()
    );
    let mut reader = proxy.connect();
    let line = format!("CLIENT TRACKING ON {prefixes} REDIRECT {number}");
    assert_eq!(reader.call(&line), Reply::ok());
    let mut writer = proxy.connect();
    let line = format!("MSET {one} 1 {two} 2 {other} 3");
    assert_eq!(writer.call(&line), Reply::ok());
    let told = |push: &Reply| {
        let last = push.elements().last().expect("keys").elements();
        let mut keys: Vec<String> = last.iter().map(Reply::text).collect();
        keys.sort();
        keys
    };
    let mut wanted = [one, other, two.clone()];
    wanted.sort();
    assert_eq!(told(&all.read()), wanted);
    assert_eq!(told(&two_alone.read()), [two]);
    // As one message or two: nodes say apart what fits different prefixes.
    let mut heard = told(&listener.read());
    if heard.len() == 1 {
        heard.extend(told(&listener.read()));
    }
    heard.sort();
    assert_eq!(heard, [wanted[0].as_str(), &wanted[2]]);
    hears_nothing(&mut all);
}

fn flushed_when_told_to_forget_all(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = tracker(&proxy, "");
    let mut broad = tracker(&proxy, "BCAST");
    let key = cluster.key_on(0, "flush");
    client.call(&format!("GET {key}"));
    cluster.node(0).call_ok("FLUSHALL");
    assert_eq!(client.read(), all_changed());
    assert_eq!(broad.read(), all_changed());
    hears_nothing(&mut client);
    // A node that drops a link may have had something to say.
    client.call(&format!("GET {key}"));
    let killed = cluster.node(0).call("CLIENT KILL TYPE normal SKIPME yes");
    assert!(killed.integer() > 0);
    assert_eq!(client.read(), all_changed());
    assert_eq!(broad.read(), all_changed());
}

fn follows_slots_and_failovers(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = tracker(&proxy, "");
    let mut broad = tracker(&proxy, "BCAST PREFIX moving");
    let key = cluster.key_on(0, "moving");
    let slot = slot_of(&key);
    let mut writer = proxy.connect();
    assert_eq!(writer.call(&format!("SET {key} 1")), Reply::ok());
    assert_eq!(broad.read(), changed(&key));
    assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("1"));
    cluster.migrate_begin(slot, 0, 1);
    while cluster.migrate_keys(slot, 0, 1, 10) > 0 {}
    cluster.migrate_end(slot, 0, 1);
    assert_eq!(client.read(), changed(&key), "its node tells of it no more");
    hears_until(&mut client, &format!("GET {key}"), &Reply::bulk("1"));
    assert_eq!(writer.call(&format!("SET {key} 2")), Reply::ok());
    assert_eq!(client.read(), changed(&key));
    hears_push(&mut broad, &changed(&key));
    assert_eq!(client.call(&format!("GET {key}")), Reply::bulk("2"));
    fail_over(cluster.node(1), cluster.node(cluster.replica_of(1)));
    let told = [changed(&key), all_changed()];
    assert!(
        told.contains(&client.read()),
        "the new primary remembers nothing"
    );
    hears_until(&mut client, &format!("GET {key}"), &Reply::bulk("2"));
    assert_eq!(writer.call(&format!("SET {key} 3")), Reply::ok());
    hears_push(&mut client, &changed(&key));
    hears_push(&mut broad, &changed(&key));
}

/// Calls until this reply comes; what is pushed before it is passed over.
fn hears_until(client: &mut Client, line: &str, reply: &Reply) {
    let mut got = client.call(line);
    while matches!(got, Reply::Push(_)) {
        got = client.read();
    }
    assert_eq!(got, *reply);
}

/// Reads until this push comes; others before it are passed over.
fn hears_push(client: &mut Client, push: &Reply) {
    loop {
        let got = client.read();
        assert!(matches!(got, Reply::Push(_)), "{got:?}");
        if got == *push {
            return;
        }
    }
}

fn commands_answer_as_servers_do(setup: Setup) {
    // With BCAST one hears of whatever is changed, by other tests, too.
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let (mut client, mut direct) = (proxy.connect(), cluster.node(0).connect());
    for client in [&mut client, &mut direct] {
        client.call("HELLO 3");
    }
    for line in [
        "CLIENT TRACKINGINFO",
        "CLIENT CACHING YES",
        "CLIENT GETREDIR",
        "CLIENT TRACKING",
        "CLIENT TRACKING ON PREFIX a",
        "CLIENT TRACKING ON BCAST OPTIN",
        "CLIENT TRACKING ON OPTIN OPTOUT",
        "CLIENT TRACKING ON",
        "CLIENT TRACKING ON BCAST",
        "CLIENT CACHING YES",
        "CLIENT CACHING NO",
        "CLIENT CACHING MAYBE",
        "CLIENT TRACKINGINFO",
        "CLIENT GETREDIR",
        "CLIENT TRACKING ON OPTIN NOLOOP",
        "CLIENT TRACKING ON OPTOUT",
        "CLIENT CACHING NO",
        "CLIENT CACHING YES",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING OFF",
        "CLIENT TRACKING ON BCAST PREFIX a PREFIX b",
        "CLIENT TRACKING ON BCAST PREFIX ab",
        "CLIENT TRACKING ON BCAST PREFIX c",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING ON BCAST",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING OFF",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING ON BCAST",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING ON BCAST PREFIX a",
        "CLIENT TRACKINGINFO",
        "CLIENT TRACKING OFF",
    ] {
        assert_eq!(client.call(line), direct.call(line), "{line}");
    }
    assert!(client.is_silent(Duration::from_millis(50)));
}
