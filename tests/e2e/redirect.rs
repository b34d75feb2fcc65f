//! Client-side caching with two connections: what one client has read, another one hears of.

use std::time::{Duration, Instant};

use crate::client::{Client, Reply};
use crate::failover::fail_over;
use crate::harness::{Setup, matrix, unique, wait_until};
use crate::proxy::{Proxy, READY_LIMIT};
use crate::servers::{Cluster, slot_of};

matrix!(
    the_other_client_hears,
    choices_and_prefixes,
    all_may_have_changed,
    without_its_collector,
    a_client_that_is_gone,
    follows_slots_and_failovers,
    nothing_is_missed_under_load,
    commands_answer_as_servers_do
);

/// The channel of messages for clients in RESP2.
const CHANNEL: &str = "__redis__:invalidate";

/// A client that hears of what another one reads.
struct Target {
    client: Client,
    id: i64,
    is_resp3: bool,
}

// === impl Target ===

impl Target {
    /// At the worker with this index.
    fn new(proxy: &Proxy, setup: Setup, worker: usize, is_resp3: bool) -> Self {
        let mut client = client_at(proxy, setup, worker);
        let id = client.call("CLIENT ID").integer();
        if is_resp3 {
            client.call("HELLO 3");
        } else {
            let subscribed = [Reply::bulk("subscribe"), Reply::bulk(CHANNEL)];
            let got = client.call(&format!("SUBSCRIBE {CHANNEL}"));
            assert_eq!(got.elements()[..2], subscribed);
        }
        Self {
            client,
            id,
            is_resp3,
        }
    }

    fn word(&self, what: Reply) -> Reply {
        if self.is_resp3 {
            Reply::Push(vec![Reply::bulk("invalidate"), what])
        } else {
            let words = [Reply::bulk("message"), Reply::bulk(CHANNEL), what];
            Reply::Array(words.to_vec())
        }
    }

    fn changed(&self, key: &str) -> Reply {
        self.word(Reply::Array(vec![Reply::bulk(key)]))
    }

    #[track_caller]
    fn hears(&mut self, key: &str) {
        assert_eq!(self.client.read(), self.changed(key));
    }

    #[track_caller]
    fn hears_of_all(&mut self) {
        assert_eq!(self.client.read(), self.word(Reply::Null));
    }

    /// Passes over what is said of other keys, or twice.
    #[track_caller]
    fn hears_sometime(&mut self, key: &str) {
        let wanted = self.changed(key);
        while self.client.read() != wanted {}
    }

    /// What is to come of what was done before would come first.
    #[track_caller]
    fn hears_nothing(&mut self) {
        assert!(self.client.is_silent(Duration::from_millis(100)));
    }
}

fn client_at(proxy: &Proxy, setup: Setup, worker: usize) -> Client {
    for _ in 0..1000 {
        let mut client = proxy.connect();
        let id = usize::try_from(client.call("CLIENT ID").integer()).unwrap();
        if (id - 1) % setup.workers == worker {
            return client;
        }
    }
    panic!("no client came to worker {worker}");
}

/// A client at the first worker that has what it reads said to another one.
fn reader(proxy: &Proxy, setup: Setup, options: &str, target: &Target) -> Client {
    let mut client = client_at(proxy, setup, 0);
    let line = format!("CLIENT TRACKING ON REDIRECT {} {options}", target.id);
    assert_eq!(client.call(line.trim_end()), Reply::ok());
    client
}

/// Targets at the reader's worker and at another one, in both protocols.
fn targets(proxy: &Proxy, setup: Setup) -> Vec<Target> {
    let places = [0, setup.workers - 1];
    let kinds = places.map(|worker| [(worker, false), (worker, true)]);
    let each = kinds.into_iter().flatten();
    each.map(|(worker, is_resp3)| Target::new(proxy, setup, worker, is_resp3))
        .collect()
}

/// The number in a reply to GET.
fn value(reply: &Reply) -> i64 {
    match reply {
        Reply::Null => 0,
        other => other.text().parse().expect("a number"),
    }
}

/// A reply with another number where it has this one.
fn hidden(reply: Reply, id: i64) -> Reply {
    match reply {
        Reply::Integer(number) if number == id => Reply::Integer(i64::MAX),
        Reply::Array(all) => Reply::Array(all.into_iter().map(|one| hidden(one, id)).collect()),
        other => other,
    }
}

fn write(cluster: &Cluster, key: &str) {
    let owner = cluster.initial_owner(slot_of(key));
    let count = cluster.node(owner).call(&format!("INCR {key}"));
    assert!(count.integer() > 0);
}

fn the_other_client_hears(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let keys = cluster.keys_on_all(&unique("redirect"));
    for mut target in targets(&proxy, setup) {
        for hello in ["HELLO 2", "HELLO 3"] {
            let mut reader = reader(&proxy, setup, "", &target);
            reader.call(hello);
            assert_eq!(
                reader
                    .call(&format!("MGET {}", keys.join(" ")))
                    .elements()
                    .len(),
                3
            );
            for key in &keys {
                write(cluster, key);
                target.hears(key);
                write(cluster, key);
            }
            // What was read in the other protocol is still known.
            reader.call(&format!("GET {}", keys[0]));
            reader.call(if hello == "HELLO 2" {
                "HELLO 3"
            } else {
                "HELLO 2"
            });
            write(cluster, &keys[0]);
            target.hears(&keys[0]);
            reader.call(&format!("GET {}", keys[1]));
            assert_eq!(reader.call("CLIENT TRACKING OFF"), Reply::ok());
            write(cluster, &keys[1]);
            target.hears_nothing();
            assert!(reader.is_silent(Duration::from_millis(1)));
        }
    }
    // Servers let a client track that can hear nothing.
    let mut deaf = proxy.connect();
    assert_eq!(deaf.call("CLIENT TRACKING ON"), Reply::ok());
    deaf.call(&format!("GET {}", keys[0]));
    write(cluster, &keys[0]);
    deaf.call("HELLO 3");
    let mut got = deaf.call(&format!("GET {}", keys[0]));
    while matches!(got, Reply::Push(_)) {
        got = deaf.read();
    }
    write(cluster, &keys[0]);
    let changed = [
        Reply::bulk("invalidate"),
        Reply::Array(vec![Reply::bulk(&keys[0])]),
    ];
    assert_eq!(deaf.read(), Reply::Push(changed.to_vec()));
}

fn choices_and_prefixes(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let stem = unique("redirect.choice");
    let (key, second) = (format!("{{{stem}}}1"), format!("{{{stem}}}2"));
    for mut target in targets(&proxy, setup) {
        for (options, choice, hears) in [
            ("OPTIN", "YES", [true, false]),
            ("OPTOUT", "NO", [false, true]),
        ] {
            let mut reader = reader(&proxy, setup, options, &target);
            assert_eq!(
                reader.call(&format!("CLIENT CACHING {choice}")),
                Reply::ok()
            );
            for (key, hears) in [&key, &second].into_iter().zip(hears) {
                reader.call(&format!("GET {key}"));
                write(cluster, key);
                if hears {
                    target.hears(key);
                }
            }
            target.hears_nothing();
        }
        let mut reader = reader(&proxy, setup, &format!("BCAST PREFIX {key}"), &target);
        write(cluster, &second);
        write(cluster, &key);
        target.hears(&key);
        let more = format!(
            "CLIENT TRACKING ON BCAST PREFIX {second} REDIRECT {}",
            target.id
        );
        assert_eq!(reader.call(&more), Reply::ok());
        for key in [&key, &second] {
            write(cluster, key);
            target.hears(key);
        }
        assert_eq!(reader.call("CLIENT TRACKING OFF"), Reply::ok());
        write(cluster, &key);
        target.hears_nothing();
    }
    let mut target = Target::new(&proxy, setup, 0, true);
    let mut still = client_at(&proxy, setup, 0);
    still.call("HELLO 3");
    let line = format!("CLIENT TRACKING ON NOLOOP REDIRECT {}", target.id);
    assert_eq!(still.call(&line), Reply::ok());
    still.call(&format!("GET {key}"));
    assert!(still.call(&format!("INCR {key}")).integer() > 0);
    target.hears_nothing();
}

fn all_may_have_changed(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let key = cluster.key_on(0, "flush");
    for mut target in targets(&proxy, setup) {
        for options in ["", "BCAST"] {
            let mut reader = reader(&proxy, setup, options, &target);
            reader.call(&format!("GET {key}"));
            cluster.node(0).call_ok("FLUSHALL");
            target.hears_of_all();
            reader.call(&format!("GET {key}"));
            // A node that drops links may have had something to say.
            let killed = cluster.node(0).call("CLIENT KILL TYPE normal SKIPME yes");
            assert!(killed.integer() > 0);
            target.hears_of_all();
            // Until all is as before, more may be said to have changed than has.
            wait_until("a change", READY_LIMIT, || {
                reader.call(&format!("GET {key}"));
                write(&cluster, &key);
                let mut has_heard = false;
                while !target.client.is_silent(Duration::from_millis(100)) {
                    has_heard |= target.client.read() == target.changed(&key);
                }
                has_heard.then_some(())
            });
            assert_eq!(reader.call("CLIENT TRACKING OFF"), Reply::ok());
        }
    }
}

/// A node tells what was read in RESP2 on another connection, and that is lost alone.
fn without_its_collector(setup: Setup) {
    let cluster = setup.cluster(2, 0, &[]);
    let proxy = setup.proxy(&cluster);
    let key = cluster.key_on(0, "collected");
    let mut target = Target::new(&proxy, setup, setup.workers - 1, false);
    let mut reader = reader(&proxy, setup, "", &target);
    for round in 0..3 {
        reader.call(&format!("GET {key}"));
        let list = cluster.node(0).call("CLIENT LIST").text();
        let mut collectors = list
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("redir="));
        let collector = collectors.rfind(|id| *id != "-1").expect("one");
        let killed = cluster.node(0).call(&format!("CLIENT KILL ID {collector}"));
        assert_eq!(killed, Reply::Integer(1), "{list}");
        target.hears_of_all();
        assert_eq!(value(&reader.call(&format!("GET {key}"))), round);
        write(&cluster, &key);
        target.hears_sometime(&key);
    }
}

fn a_client_that_is_gone(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = unique("redirect.gone");
    for target in targets(&proxy, setup) {
        let id = target.id;
        let mut reader = reader(&proxy, setup, "", &target);
        reader.call("HELLO 3");
        reader.call(&format!("GET {key}"));
        assert_eq!(
            proxy.connect().call(&format!("CLIENT KILL ID {id}")),
            Reply::Integer(1)
        );
        let flags = format!("{:?}", reader.call("CLIENT TRACKINGINFO"));
        assert!(!flags.contains("broken_redirect"), "{flags}");
        for _ in 0..2 {
            write(cluster, &key);
            let broken = [Reply::bulk("tracking-redir-broken"), Reply::Integer(id)];
            assert_eq!(reader.read(), Reply::Push(broken.to_vec()));
            reader.call(&format!("GET {key}"));
        }
        for hello in ["HELLO 3", "HELLO 2"] {
            reader.call(hello);
            let flags = format!("{:?}", reader.call("CLIENT TRACKINGINFO"));
            assert!(flags.contains("broken_redirect"), "{flags}");
            assert_eq!(reader.call("CLIENT GETREDIR"), Reply::Integer(id));
            let info = reader.call("CLIENT INFO").text();
            assert!(
                info.contains("flags=tR ") && info.contains(&format!("redir={id} ")),
                "{info}"
            );
        }
        write(cluster, &key);
        assert!(
            reader.is_silent(Duration::from_millis(100)),
            "RESP2 has no push"
        );
        reader
            .call(&format!("CLIENT TRACKING ON REDIRECT {id}"))
            .assert_error("ERR The client ID you want redirect to does not exist");
        let mut other = Target::new(&proxy, setup, setup.workers - 1, true);
        let line = format!("CLIENT TRACKING ON REDIRECT {}", other.id);
        assert_eq!(reader.call(&line), Reply::ok());
        reader.call(&format!("GET {key}"));
        write(cluster, &key);
        other.hears(&key);
        let flags = format!("{:?}", reader.call("CLIENT TRACKINGINFO"));
        assert!(!flags.contains("broken_redirect"), "{flags}");
    }
}

fn follows_slots_and_failovers(setup: Setup) {
    let cluster = setup.cluster(3, 3, &[]);
    let proxy = setup.proxy(&cluster);
    let mut target = Target::new(&proxy, setup, setup.workers - 1, false);
    let mut reader = reader(&proxy, setup, "", &target);
    let key = cluster.key_on(0, "moving");
    let slot = slot_of(&key);
    let mut writer = proxy.connect();
    assert_eq!(writer.call(&format!("SET {key} 1")), Reply::ok());
    assert_eq!(reader.call(&format!("GET {key}")), Reply::bulk("1"));
    cluster.migrate_begin(slot, 0, 1);
    while cluster.migrate_keys(slot, 0, 1, 10) > 0 {}
    cluster.migrate_end(slot, 0, 1);
    target.hears(&key);
    assert_eq!(reader.call(&format!("GET {key}")), Reply::bulk("1"));
    assert_eq!(writer.call(&format!("SET {key} 2")), Reply::ok());
    target.hears_sometime(&key);
    assert_eq!(reader.call(&format!("GET {key}")), Reply::bulk("2"));
    fail_over(cluster.node(1), cluster.node(cluster.replica_of(1)));
    let told = target.client.read();
    let expected = [target.changed(&key), target.word(Reply::Null)];
    assert!(
        expected.contains(&told),
        "the new primary remembers nothing"
    );
    assert_eq!(reader.call(&format!("GET {key}")), Reply::bulk("2"));
    assert_eq!(writer.call(&format!("SET {key} 3")), Reply::ok());
    target.hears_sometime(&key);
}

/// Whoever has an old value hears of it, although replies and what nodes say of changes come on two connections.
fn nothing_is_missed_under_load(setup: Setup) {
    const WRITES: i64 = 3000;
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let key = unique("redirect.load");
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (key, proxy) = (&key, &proxy);
            scope.spawn(move || {
                let mut target = Target::new(proxy, setup, worker % setup.workers, worker < 2);
                let mut reader = reader(proxy, setup, "", &target);
                let end = Instant::now() + Duration::from_secs(100);
                while value(&reader.call(&format!("GET {key}"))) < WRITES {
                    target.hears(key);
                    assert!(Instant::now() < end, "there are not that many writes");
                }
            });
        }
        let (owner, key) = (cluster.node(cluster.initial_owner(slot_of(&key))), &key);
        scope.spawn(move || {
            let mut writer = owner.connect();
            for _ in 0..WRITES {
                assert!(writer.call(&format!("INCR {key}")).integer() > 0);
            }
        });
    });
}

fn commands_answer_as_servers_do(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let said = [false, true].map(|is_direct| {
        let connect = || {
            if is_direct {
                cluster.node(0).connect()
            } else {
                proxy.connect()
            }
        };
        let (mut client, mut target) = (connect(), connect());
        let id = target.call("CLIENT ID").integer();
        let lines = [
            "CLIENT TRACKING ON",
            "CLIENT GETREDIR",
            "CLIENT TRACKING ON REDIRECT ID",
            "CLIENT GETREDIR",
            "CLIENT TRACKINGINFO",
            "CLIENT TRACKING ON REDIRECT 999999999",
            "CLIENT TRACKING ON REDIRECT 0",
            "CLIENT TRACKING ON REDIRECT -1",
            "CLIENT TRACKING ON REDIRECT x",
            "CLIENT TRACKING ON REDIRECT",
            "CLIENT TRACKING ON REDIRECT ID REDIRECT ID",
            "CLIENT TRACKING ON REDIRECT 999999999 WHAT",
            "CLIENT TRACKING ON WHAT REDIRECT 999999999",
            "CLIENT TRACKING OFF REDIRECT 999999999",
            "CLIENT TRACKING maybe REDIRECT 999999999",
            "CLIENT TRACKING ON BCAST REDIRECT ID",
            "CLIENT TRACKING ON OPTIN REDIRECT ID",
            "CLIENT TRACKING ON OPTOUT REDIRECT ID",
            "CLIENT TRACKINGINFO",
            "CLIENT TRACKING ON",
            "CLIENT TRACKING OFF REDIRECT ID",
            "CLIENT TRACKING ON BCAST NOLOOP REDIRECT ID PREFIX a",
            "CLIENT TRACKINGINFO",
            "CLIENT GETREDIR",
            "CLIENT TRACKING OFF",
            "CLIENT GETREDIR",
        ];
        lines.map(|line| {
            let got = client.call(&line.replace("ID", &id.to_string()));
            format!("{line}: {:?}", hidden(got, id))
        })
    });
    assert_eq!(said[0], said[1]);
}
