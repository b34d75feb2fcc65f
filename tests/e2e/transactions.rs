//! MULTI, EXEC, WATCH: as at a single server, also while slots move and primaries change.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::client::{Client, Reply, is_documented, words};
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, SETTLE_LIMIT, slot_of};

matrix!(
    like_a_server,
    own_answers_have_their_places,
    keys_of_two_slots,
    watched_keys,
    what_a_transaction_reads_is_tracked,
    a_library_pipelines_a_transaction,
    a_half_moved_slot_takes_transactions,
    transactions_while_slots_move,
    watched_transactions_while_slots_move,
    transactions_during_a_planned_failover,
    transactions_with_a_killed_primary,
);

/// Requests of one connection, replies of which equal a server's; `@` begins a key.
const LINES: &[&str] = &[
    "EXEC",
    "DISCARD",
    "UNWATCH",
    "MULTI",
    "EXEC",
    "MULTI",
    "SET @a 1",
    "GET @a",
    "INCR @a",
    "MGET @a @b",
    "MSET @a 5 @b 6",
    "DEL @b @c",
    "LPUSH @a x",
    "PING",
    "PING x",
    "ECHO x",
    "EXEC",
    "GET @a",
    "MULTI x",
    "MULTI",
    "SET @a 2",
    "DISCARD x",
    "DISCARD",
    "MULTI",
    "SET @a 2",
    "DISCARD",
    "GET @a",
    "MULTI",
    "SET @a",
    "SET @a 3",
    "EXEC",
    "MULTI",
    "NOSUCH @a",
    "EXEC",
    "MULTI",
    "CLIENT NOSUCH",
    "EXEC",
    "MULTI",
    "EXEC x",
    "EXEC",
    "MULTI",
    "RESET",
    "EXEC",
    "MULTI",
    "BLPOP @nolist 0",
    "EVAL return~redis.call('get',KEYS[1]) 1 @a",
    "PUBLISH nobody x",
    "UNWATCH",
    "SELECT 0",
    "SELECT x",
    "CLIENT GETNAME",
    "CLIENT SETNAME me",
    "CLIENT GETNAME",
    "EXEC",
    "CLIENT GETNAME",
    "WATCH",
    "WATCH @a",
    "GET @a",
    "MULTI",
    "SET @a 7",
    "EXEC",
    "WATCH @a",
    "SET @a 8",
    "MULTI",
    "SET @a 9",
    "EXEC",
    "GET @a",
    "WATCH @a @b",
    "WATCH @c",
    "SET @c 8",
    "UNWATCH",
    "MULTI",
    "SET @a 9",
    "EXEC",
    "WATCH @a",
    "SET @a 10",
    "MULTI",
    "DISCARD",
    "MULTI",
    "GET @a",
    "EXEC",
    // Some servers go on, others refuse EXEC.
    "MULTI",
    "GET @a",
    "MULTI",
    "EXEC",
    "MULTI",
    "WATCH @a",
    "GET @a",
    "EXEC",
    "MULTI",
    "SUNSUBSCRIBE",
    "DISCARD",
];

fn like_a_server(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    for protocol in [2, 3] {
        let tag = cluster.key_on(1, &unique("like"));
        let mut through = proxy.connect();
        let mut direct = Client::connect(cluster.node(1).addr());
        for client in [&mut through, &mut direct] {
            client.call(&format!("HELLO {protocol}"));
        }
        let mut got = Vec::new();
        for client in [&mut through, &mut direct] {
            client.call(&format!("DEL {{{tag}}}a {{{tag}}}b {{{tag}}}c"));
            let replies = LINES.iter().map(|line| {
                let words = line.split(' ').map(|word| match word.strip_prefix('@') {
                    Some(key) => format!("{{{tag}}}{key}"),
                    None => word.replace('~', " "),
                });
                let reply = client.call_args(&words.collect::<Vec<_>>());
                if *line == "RESET" {
                    client.call(&format!("HELLO {protocol}"));
                }
                reply
            });
            got.push(replies.collect::<Vec<_>>());
        }
        for (at, line) in LINES.iter().enumerate() {
            if *line == "SUNSUBSCRIBE" {
                // Servers queue it; here what a client listens to does not change inside a transaction.
                got[0][at].assert_error(
                    "ERR corelane: 'sunsubscribe' is not supported inside a transaction",
                );
            } else {
                assert_eq!(got[0][at], got[1][at], "{line} (number {at})");
            }
        }
    }
}

fn own_answers_have_their_places(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = cluster.key_on(0, &unique("own"));
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        let id = client.call("CLIENT ID");
        let count = client.call("COMMAND COUNT");
        let lines = [
            "MULTI".to_owned(),
            "CLIENT ID".to_owned(),
            format!("SET {key} 1"),
            "COMMAND COUNT".to_owned(),
            "TIME".to_owned(),
            "INFO server".to_owned(),
            format!("GET {key}"),
            "EXEC".to_owned(),
            "PING".to_owned(),
        ];
        let bytes: Vec<u8> = lines.iter().flat_map(|line| words(line)).collect();
        client.send(&bytes);
        assert_eq!(client.read(), Reply::ok());
        for _ in 0..6 {
            assert_eq!(client.read(), Reply::Simple("QUEUED".to_owned()));
        }
        let Reply::Array(got) = client.read() else {
            panic!("EXEC gives an array");
        };
        assert_eq!(got.len(), 6, "{got:?}");
        assert_eq!([&got[0], &got[1], &got[2]], [&id, &Reply::ok(), &count]);
        assert!(matches!(&got[3], Reply::Array(time) if time.len() == 2));
        assert!(got[4].text().contains("corelane"), "{:?}", got[4]);
        assert_eq!(got[5], Reply::bulk("1"));
        assert_eq!(client.read(), Reply::Simple("PONG".to_owned()));
    }
}

fn keys_of_two_slots(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let (first, second) = (
        cluster.key_on(0, &unique("one")),
        cluster.key_on(1, &unique("two")),
    );
    let mut client = proxy.connect();
    let crossslot = "CROSSSLOT Keys in request don't hash to the same slot";
    assert_eq!(client.call("MULTI"), Reply::ok());
    assert_eq!(client.call(&format!("SET {first} 1")).text(), "QUEUED");
    for line in [format!("SET {second} 1"), format!("MGET {first} {second}")] {
        assert_eq!(client.call(&line).error(), Some(crossslot));
    }
    let aborted = "EXECABORT Transaction discarded because of previous errors.";
    assert_eq!(client.call("EXEC").error(), Some(aborted));
    assert_eq!(client.call(&format!("GET {first}")), Reply::Null);
    assert_eq!(client.call(&format!("WATCH {first}")), Reply::ok());
    for line in [format!("WATCH {second}"), format!("WATCH {first} {second}")] {
        assert_eq!(client.call(&line).error(), Some(crossslot));
    }
    assert!(proxy.metric("errors_crossslot") >= 4.0);
}

/// Another client's change is noticed, and links go from hand to hand without what they watched.
fn watched_keys(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = cluster.key_on(2, &unique("watched"));
    let mut other = proxy.connect();
    for protocol in [2, 3] {
        let mut client = proxy.connect();
        client.call(&format!("HELLO {protocol}"));
        for (round, changes) in [true, false, false, true].into_iter().enumerate() {
            assert_eq!(client.call(&format!("WATCH {key}")), Reply::ok());
            client.call(&format!("GET {key}"));
            if changes {
                assert_eq!(other.call(&format!("SET {key} other")), Reply::ok());
            }
            assert_eq!(client.call("MULTI"), Reply::ok());
            client.call(&format!("SET {key} {round}"));
            let expected = if changes {
                Reply::Null
            } else {
                Reply::Array(vec![Reply::ok()])
            };
            assert_eq!(client.call("EXEC"), expected);
        }
        // A client that leaves with keys watched, and one that changes its mind.
        let mut leaver = proxy.connect();
        leaver.call(&format!("WATCH {key}"));
        drop(leaver);
        client.call(&format!("WATCH {key}"));
        assert_eq!(client.call("UNWATCH"), Reply::ok());
        other.call(&format!("SET {key} other"));
        client.call("MULTI");
        client.call(&format!("SET {key} last"));
        assert_eq!(client.call("EXEC"), Reply::Array(vec![Reply::ok()]));
    }
    assert!(proxy.metric("transactions_unwatched") < 1.0);
}

fn what_a_transaction_reads_is_tracked(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = cluster.key_on(1, &unique("tracked"));
    let (mut client, mut other) = (proxy.connect(), proxy.connect());
    client.call("HELLO 3");
    for (options, says) in [("", ""), ("OPTIN", "CLIENT CACHING YES")] {
        client.call("CLIENT TRACKING OFF");
        let on = client.call(&format!("CLIENT TRACKING ON {options}"));
        assert_eq!(on, Reply::ok());
        if !says.is_empty() {
            assert_eq!(client.call(says), Reply::ok());
        }
        for line in ["MULTI".to_owned(), format!("GET {key}")] {
            client.call(&line);
        }
        assert!(matches!(client.call("EXEC"), Reply::Array(_)));
        other.call(&format!("SET {key} 1"));
        let keys = Reply::Array(vec![Reply::bulk(&*key)]);
        assert_eq!(
            client.read(),
            Reply::Push(vec![Reply::bulk("invalidate"), keys])
        );
    }
}

fn a_library_pipelines_a_transaction(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    for protocol in ["resp2", "resp3"] {
        let key = cluster.key_on(0, &unique("library"));
        let url = format!("redis://{}/?protocol={protocol}", proxy.addr());
        let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
        let mut pipeline = redis::pipe();
        pipeline
            .atomic()
            .set(&key, 41)
            .ignore()
            .incr(&key, 1)
            .get(&key);
        let got: (i64, String) = pipeline.query(&mut connection).unwrap();
        assert_eq!(got, (42, "42".to_owned()));
        let (sum,): (i64,) =
            redis::transaction(&mut connection, &[&key], |connection, pipeline| {
                let before: i64 = redis::Commands::get(connection, &key)?;
                pipeline
                    .set(&key, before + 1)
                    .ignore()
                    .get(&key)
                    .query(connection)
            })
            .unwrap();
        assert_eq!(sum, 43);
        let error = redis::pipe()
            .atomic()
            .set(&key, 1)
            .set(format!("{key}.other.slot"), 1)
            .query::<()>(&mut connection)
            .unwrap_err();
        assert!(
            matches!(error.code(), Some("CROSSSLOT" | "EXECABORT")),
            "{error:?}"
        );
    }
}

/// While some keys of a slot are here and some there, transactions on keys of one side pass, with ASK if need
/// be, and those on keys of both wait.
fn a_half_moved_slot_takes_transactions(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let tag = cluster.key_on(0, "half");
    let keys: Vec<String> = (0..10).map(|n| format!("{{{tag}}}{n}")).collect();
    for key in &keys {
        client.call(&format!("SET {key} 0"));
    }
    let slot = slot_of(&tag);
    cluster.migrate_begin(slot, 0, 1);
    cluster.migrate_keys(slot, 0, 1, 5);
    let incremented = Reply::Array(vec![Reply::Integer(1), Reply::bulk("1")]);
    for key in &keys {
        client.call("MULTI");
        client.call(&format!("INCR {key}"));
        client.call(&format!("GET {key}"));
        assert_eq!(client.call("EXEC"), incremented, "{key}");
        client.call(&format!("WATCH {key}"));
        client.call("MULTI");
        client.call(&format!("DECR {key}"));
        assert_eq!(client.call("EXEC"), Reply::Array(vec![Reply::Integer(0)]));
    }
    assert!(proxy.metric("redirects_ask") >= 10.0);
    let before = proxy.metric("retries_tryagain");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut client = proxy.connect();
            client.call("MULTI");
            for key in &keys {
                client.call(&format!("INCR {key}"));
            }
            client.call("EXEC")
        });
        wait_until("TRYAGAIN from a node", READY_LIMIT, || {
            (proxy.metric("retries_tryagain") > before).then_some(())
        });
        while cluster.migrate_keys(slot, 0, 1, 10) > 0 {}
        cluster.migrate_end(slot, 0, 1);
        assert_eq!(
            waiting.join().unwrap(),
            Reply::Array(vec![Reply::Integer(1); keys.len()])
        );
    });
}

/// Clients that count: each adds one to two keys of a slot in one transaction, which therefore stay equal.
struct Counting {
    stop: AtomicBool,
    executed: AtomicU64,
    given_up: AtomicU64,
    unknown: AtomicU64,
}

impl Counting {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            executed: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
        }
    }

    fn wait_progress(&self, more: u64) {
        let from = self.executed.load(Ordering::Relaxed);
        wait_until("executed transactions", SETTLE_LIMIT, || {
            (self.executed.load(Ordering::Relaxed) >= from + more).then_some(())
        });
    }

    /// Adds one to both counters until told to stop. With `watches` by reading and writing, as libraries do.
    fn run(&self, proxy: &Proxy, tag: &str, watches: bool, may_fail: bool) {
        let mut client = proxy.connect();
        let (left, right) = (format!("{{{tag}}}left"), format!("{{{tag}}}right"));
        while !self.stop.load(Ordering::Relaxed) {
            let reply = if watches {
                watched_step(&mut client, &left, &right)
            } else {
                let lines = [
                    "MULTI".to_owned(),
                    format!("INCR {left}"),
                    format!("INCR {right}"),
                    "EXEC".to_owned(),
                ];
                let bytes: Vec<u8> = lines.iter().flat_map(|line| words(line)).collect();
                client.send(&bytes);
                assert_eq!(client.read(), Reply::ok());
                for _ in 0..2 {
                    assert_eq!(client.read().text(), "QUEUED");
                }
                Some(client.read())
            };
            match reply {
                Some(Reply::Array(results)) if watches => assert_eq!(results.len(), 2),
                Some(Reply::Array(results)) => {
                    assert!(
                        matches!(&results[..], [Reply::Integer(a), Reply::Integer(b)] if a == b)
                    );
                }
                Some(Reply::Null) => {
                    assert!(watches, "null without WATCH");
                    self.given_up.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Some(Reply::Error(text)) => {
                    let is_known = is_documented(&text) || text.starts_with("EXECABORT");
                    assert!(may_fail && is_known, "{text}");
                    if text.contains("outcome of this command is unknown") {
                        self.unknown.fetch_add(1, Ordering::Relaxed);
                    }
                    continue;
                }
                Some(other) => panic!("EXEC gave {other:?}"),
                None => continue,
            }
            self.executed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counters are equal, and what was acknowledged was executed, once.
    fn check(&self, proxy: &Proxy, tags: &[String], may_lose: bool) {
        let mut client = proxy.connect();
        let mut sum = 0;
        for tag in tags {
            let reply = client.call(&format!("MGET {{{tag}}}left {{{tag}}}right"));
            let Reply::Array(both) = reply else {
                panic!("MGET gave {reply:?}");
            };
            assert_eq!(both[0], both[1], "half of a transaction was executed");
            sum += both[0].text().parse::<u64>().unwrap();
        }
        let executed = self.executed.load(Ordering::Relaxed);
        let unknown = self.unknown.load(Ordering::Relaxed);
        assert!(may_lose || sum >= executed, "{sum} of {executed}");
        assert!(sum <= executed + unknown, "{sum} of {executed} + {unknown}");
    }
}

/// One step of a client that reads, and writes if nothing has changed; nothing if it could not read.
fn watched_step(client: &mut Client, left: &str, right: &str) -> Option<Reply> {
    if client.call(&format!("WATCH {left} {right}")) != Reply::ok() {
        client.call("UNWATCH");
        return None;
    }
    let before = client.call(&format!("GET {left}"));
    let after = match &before {
        Reply::Null => 1,
        Reply::Bulk(_) => before.text().parse::<u64>().unwrap() + 1,
        _ => {
            client.call("UNWATCH");
            return None;
        }
    };
    client.call("MULTI");
    client.call(&format!("SET {left} {after}"));
    client.call(&format!("SET {right} {after}"));
    Some(client.call("EXEC"))
}

fn transactions_while_slots_move(setup: Setup) {
    while_slots_move(setup, false);
}

fn watched_transactions_while_slots_move(setup: Setup) {
    while_slots_move(setup, true);
}

fn while_slots_move(setup: Setup, watches: bool) {
    let cluster = setup.cluster(3, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let tags: Vec<String> = (0..2)
        .map(|n| cluster.key_on(0, &format!("moving{n}")))
        .collect();
    let counting = Counting::new();
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&counting.stop);
        for tag in tags.iter().chain(&tags) {
            let (counting, proxy) = (&counting, &proxy);
            scope.spawn(move || counting.run(proxy, tag, watches, false));
        }
        counting.wait_progress(20);
        for (from, to) in [(0, 1), (1, 2), (2, 0)] {
            for tag in &tags {
                let slot = slot_of(tag);
                cluster.migrate_begin(slot, from, to);
                counting.wait_progress(5);
                while cluster.migrate_keys(slot, from, to, 10) > 0 {}
                counting.wait_progress(5);
                cluster.migrate_end(slot, from, to);
            }
            counting.wait_progress(10);
        }
    });
    counting.check(&proxy, &tags, false);
    assert!(proxy.metric("redirects_moved") > 0.0);
    assert!(proxy.metric("transactions") > 0.0);
}

/// Ends the scope's clients also when the test fails.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn transactions_during_a_planned_failover(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let tags = cluster.keys_on_all("planned");
    let counting = Counting::new();
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&counting.stop);
        for (at, tag) in tags.iter().chain(&tags).enumerate() {
            let (counting, proxy) = (&counting, &proxy);
            let watches = at >= tags.len();
            scope.spawn(move || counting.run(proxy, tag, watches, false));
        }
        counting.wait_progress(20);
        let (first, second) = (cluster.node(0), cluster.node(cluster.replica_of(0)));
        for (old, new) in [(first, second), (second, first)] {
            crate::failover::fail_over(old, new);
            counting.wait_progress(20);
            wait_until("the new replica", SETTLE_LIMIT, || {
                (old.info("INFO replication", "master_link_status") == "up").then_some(())
            });
        }
    });
    counting.check(&proxy, &tags, false);
}

fn transactions_with_a_killed_primary(setup: Setup) {
    let mut cluster = setup.cluster(3, 3, crate::failover::QUICK);
    let proxy = setup.proxy_with(&cluster, &[("cluster.server_timeout", "\"2s\"")]);
    let tags = cluster.keys_on_all("killed");
    let counting = Counting::new();
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&counting.stop);
        for (at, tag) in tags.iter().chain(&tags).enumerate() {
            let (counting, proxy) = (&counting, &proxy);
            let (watches, may_fail) = (at >= tags.len(), at % tags.len() == 0);
            scope.spawn(move || counting.run(proxy, tag, watches, may_fail));
        }
        counting.wait_progress(30);
        let replica = cluster.replica_of(0);
        cluster.node_mut(0).kill();
        wait_until("promotion", SETTLE_LIMIT, || {
            is_primary(&cluster, replica).then_some(())
        });
        let before = counting.executed.load(Ordering::Relaxed);
        wait_until("a transaction at the promoted node", SETTLE_LIMIT, || {
            let mut client = proxy.connect();
            client.call("MULTI");
            client.call(&format!("GET {}", tags[0]));
            matches!(client.call("EXEC"), Reply::Array(_)).then_some(())
        });
        counting.wait_progress(30);
        assert!(counting.executed.load(Ordering::Relaxed) > before);
    });
    // What the killed node had acknowledged and not replicated may be lost, whole.
    counting.check(&proxy, &tags, true);
}

fn is_primary(cluster: &Cluster, node: usize) -> bool {
    cluster.node(node).info("INFO replication", "role") == "master"
}
