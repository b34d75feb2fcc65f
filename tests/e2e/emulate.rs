//! Reads over several slots that corelane computes: what it says, beside what one server says that holds the same.

use crate::client::{Client, Reply, request};
use crate::harness::{Setup, matrix, unique, workers};
use crate::proxy::Proxy;
use crate::servers::{Cluster, Node};

matrix!(
    random_sets,
    random_sorted_sets,
    estimates,
    subsequences,
    wrong_requests,
    keys_with_scores_of_all_kinds
);
workers!(pipelined_among_others, too_much, refused_by_default);

const EMULATE: (&str, &str) = ("commands.cross_slot", "\"emulate\"");

/// The proxy and a server of the same kind, both with the same keys and the same protocol.
struct Pair {
    /// Keeps the server.
    _alone: Node,
    proxied: Client,
    alone: Client,
    /// Numbers that look random.
    state: u64,
}

// === impl Pair ===

impl Pair {
    fn new(setup: Setup, cluster: &Cluster, proxy: &Proxy, protocol: u8) -> Self {
        let alone = Node::start_alone(setup.kind);
        let mut pair = Self {
            proxied: proxy.connect(),
            alone: alone.connect(),
            _alone: alone,
            state: u64::from(protocol) + 7,
        };
        let hello = format!("HELLO {protocol}");
        assert!(pair.proxied.call(&hello).error().is_none());
        assert!(pair.alone.call(&hello).error().is_none());
        // Whoever forwards and does not compute is found out.
        let direct = cluster.node(0).call("SUNION a b");
        direct.assert_error("CROSSSLOT ");
        pair
    }

    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005);
        self.state = self.state.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % end
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// Asks both, which must not refuse it.
    fn prepare(&mut self, args: &[impl AsRef<[u8]>]) {
        for client in [&mut self.proxied, &mut self.alone] {
            let reply = client.call_args(args);
            assert!(reply.error().is_none(), "{reply:?}");
        }
    }

    fn prepare_line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.prepare(&words);
    }

    /// What both say, the same but for the order of sets.
    fn same(&mut self, line: &str) -> Reply {
        let order =
            line.starts_with("SUNION") || line.starts_with("SINTER ") || line.starts_with("SDIFF");
        let proxied = self.proxied.call(line);
        let alone = self.alone.call(line);
        if order {
            assert_eq!(sorted(&proxied), sorted(&alone), "{line}");
        } else {
            assert_eq!(proxied, alone, "{line}");
        }
        proxied
    }

    /// So many keys of different slots, some of them twice.
    fn keys(&mut self, all: &[String]) -> (usize, String) {
        let count = 2 + self.below(4);
        let mut keys = vec![all[0].as_str(), all[1].as_str()];
        let refs: Vec<&str> = all.iter().map(String::as_str).collect();
        while keys.len() < count {
            keys.push(self.pick(&refs));
        }
        let turn = self.below(count);
        keys.rotate_left(turn);
        (count, keys.join(" "))
    }
}

/// Elements by their bytes; arrays and sets stay apart.
fn sorted(reply: &Reply) -> (bool, Vec<String>) {
    let mut texts: Vec<String> = match reply {
        Reply::Array(all) | Reply::Set(all) => all.iter().map(|one| format!("{one:?}")).collect(),
        other => vec![format!("{other:?}")],
    };
    texts.sort();
    (matches!(reply, Reply::Set(_)), texts)
}

/// Keys of all nodes, two of one slot among them, and one that nobody has.
fn some_keys(cluster: &Cluster, name: &str) -> Vec<String> {
    let mut keys = cluster.keys_on_all(&unique(name));
    keys.push(format!("{{{}}}", keys[0]));
    keys.push(format!("{}:none", keys[1]));
    keys
}

fn both_protocols(setup: Setup, test: impl Fn(&mut Pair, &Cluster)) {
    let cluster = setup.shared();
    let proxy = setup.proxy_with(cluster, &[EMULATE]);
    for protocol in [2, 3] {
        test(&mut Pair::new(setup, cluster, &proxy, protocol), cluster);
    }
    assert!(proxy.metric("emulated_requests") > 0.0);
    assert!(proxy.metric("errors_merge_bytes") == 0.0);
}

fn random_sets(setup: Setup) {
    both_protocols(setup, |pair, cluster| {
        for round in 0..12 {
            let keys = some_keys(cluster, "set");
            for key in &keys[..4] {
                let count = pair.below(if round % 3 == 0 { 200 } else { 12 });
                let members: Vec<String> = (0..count)
                    .map(|_| match pair.below(300) {
                        n if round % 2 == 0 => n.to_string(),
                        n => format!("m{}\n{n}", n % 40),
                    })
                    .collect();
                if !members.is_empty() {
                    let mut args = vec!["SADD".to_owned(), key.clone()];
                    args.extend(members);
                    pair.prepare(&args);
                }
            }
            for _ in 0..4 {
                for command in ["SUNION", "SINTER", "SDIFF"] {
                    let (_, keys) = pair.keys(&keys);
                    pair.same(&format!("{command} {keys}"));
                }
                let (count, keys) = pair.keys(&keys);
                pair.same(&format!("SINTERCARD {count} {keys}"));
                let limit = pair.below(5);
                pair.same(&format!("SINTERCARD {count} {keys} LIMIT {limit}"));
                pair.same(&format!("ZINTERCARD {count} {keys} LIMIT {limit}"));
            }
        }
    });
}

fn random_sorted_sets(setup: Setup) {
    both_protocols(setup, |pair, cluster| {
        for round in 0..12 {
            let keys = some_keys(cluster, "zset");
            for key in &keys[..4] {
                // The last is a set in some rounds: its members count 1.
                let is_set = round % 3 == 1 && *key == keys[2];
                let count = pair.below(if round % 4 == 0 { 300 } else { 12 });
                let command = if is_set { "SADD" } else { "ZADD" };
                let mut args = vec![command.to_owned(), key.clone()];
                for _ in 0..=count {
                    if !is_set {
                        let quarters = pair.below(64) as f64 / 4.0 - 4.0;
                        args.push(if pair.below(20) == 0 {
                            pair.pick(&["inf", "-inf"]).to_owned()
                        } else if round % 2 == 0 {
                            quarters.to_string()
                        } else {
                            // Sums of these depend on the order.
                            format!("{}e{}", quarters / 3.0, pair.below(6))
                        });
                    }
                    args.push(format!("m{}", pair.below(40)));
                }
                pair.prepare(&args);
            }
            for _ in 0..6 {
                let (count, keys) = pair.keys(&keys);
                let mut options = String::new();
                if pair.below(2) == 0 {
                    options.push_str(" WEIGHTS");
                    for _ in 0..count {
                        options.push(' ');
                        options.push_str(pair.pick(&["1", "-2", "0.5", "0", "inf", "-1", "3"]));
                    }
                }
                if pair.below(2) == 0 {
                    let how = pair.pick(&["SUM", "min", "MAX"]);
                    options.push_str(&format!(" AGGREGATE {how}"));
                }
                for command in ["ZUNION", "ZINTER"] {
                    pair.same(&format!("{command} {count} {keys}{options} WITHSCORES"));
                    pair.same(&format!("{command} {count} {keys} WITHSCORES{options}"));
                    pair.same(&format!("{command} {count} {keys}{options}"));
                }
                pair.same(&format!("ZDIFF {count} {keys}"));
                pair.same(&format!("ZDIFF {count} {keys} WITHSCORES"));
                pair.same(&format!("ZINTERCARD {count} {keys}"));
            }
        }
    });
}

/// Very large, very small, whole and broken scores, in the servers' digits.
fn keys_with_scores_of_all_kinds(setup: Setup) {
    let scores = [
        "0.1",
        "1e6",
        "1e16",
        "1e17",
        "1e18",
        "4.7e18",
        "1e20",
        "1e300",
        "1e-4",
        "1e-5",
        "1e-7",
        "0.000123",
        "123456.789",
        "-2.5e-9",
        "1e22",
        "5e-324",
        "0.3",
        "inf",
    ];
    both_protocols(setup, |pair, cluster| {
        let keys = some_keys(cluster, "digits");
        for (index, score) in scores.iter().enumerate() {
            pair.prepare_line(&format!("ZADD {} {score} m{index}", keys[0]));
            pair.prepare_line(&format!("ZADD {} {score} m{}", keys[1], index / 2));
        }
        let of = format!("2 {} {}", keys[0], keys[1]);
        for options in ["", " WEIGHTS 3 -1", " WEIGHTS 0 1", " AGGREGATE MAX"] {
            pair.same(&format!("ZUNION {of}{options} WITHSCORES"));
            pair.same(&format!("ZINTER {of}{options} WITHSCORES"));
        }
        pair.same(&format!("ZDIFF {of} WITHSCORES"));
    });
}

fn estimates(setup: Setup) {
    both_protocols(setup, |pair, cluster| {
        let keys = some_keys(cluster, "hll");
        let (mut first, sizes) = (0, [3, 400, 12_000, 40]);
        let mut args = Vec::new();
        for (key, size) in keys.iter().zip(sizes) {
            // Half of what the one before has seen.
            first += pair.below(20);
            for begin in (first..first + size).step_by(1000) {
                let end = (begin + 1000).min(first + size);
                args.clear();
                args.extend(["PFADD".to_owned(), key.clone()]);
                args.extend((begin..end).map(|n| format!("element {n}")));
                pair.prepare(&args);
            }
            first += size / 2;
        }
        let mut counts = Vec::new();
        for _ in 0..20 {
            let (_, keys) = pair.keys(&keys);
            counts.push(pair.same(&format!("PFCOUNT {keys}")).integer());
        }
        assert!(counts.iter().any(|count| *count > 11_000), "{counts:?}");
        assert!(counts.iter().any(|count| *count < 1_000), "{counts:?}");
        // A key that says it is one, and one that does not.
        pair.prepare_line(&format!("SET {} 12345", keys[4]));
        pair.same(&format!("PFCOUNT {} {}", keys[0], keys[4]))
            .assert_error("WRONGTYPE Key is not");
        pair.prepare_line(&format!("SETRANGE {} 30 x", keys[0]));
        let reply = pair.same(&format!("PFCOUNT {} {} {}", keys[1], keys[0], keys[4]));
        assert!(reply.error().is_some(), "{reply:?}");
    });
}

fn subsequences(setup: Setup) {
    both_protocols(setup, |pair, cluster| {
        let keys = some_keys(cluster, "lcs");
        let [a, b] = [&keys[0], &keys[1]];
        for round in 0..40 {
            let letters = 2 + pair.below(4);
            for key in [a, b] {
                let len = pair.below(if round % 10 == 0 { 300 } else { 20 });
                let text: String = (0..len)
                    .map(|_| char::from(b"abcdef"[pair.below(letters)]))
                    .collect();
                pair.prepare(&["SET", key.as_str(), text.as_str()]);
            }
            for options in ["", "LEN", "IDX", "IDX WITHMATCHLEN", "WITHMATCHLEN"] {
                pair.same(&format!("LCS {a} {b} {options}"));
            }
            let least = pair.below(6);
            pair.same(&format!("LCS {a} {b} IDX MINMATCHLEN {least} WITHMATCHLEN"));
        }
        let none = &keys[4];
        pair.same(&format!("LCS {a} {none}"));
        pair.same(&format!("LCS {none} {a} IDX"));
    });
}

/// `@1` to `@4` are a set, a sorted set, a string and no key, of different slots.
const WRONG: &[&str] = &[
    "SUNION @1 @2",
    "SUNION @4 @3",
    "SINTER @4 @3 @1",
    "SDIFF @4 @2",
    "SDIFF @1 @4 @3",
    "SINTERCARD 2 @1 @2",
    "SINTERCARD 2 @1 @4 LIMIT",
    "SINTERCARD 2 @1 @4 LIMIT -1",
    "SINTERCARD 2 @3 @4 LIMIT x",
    "SINTERCARD 3 @1 @4",
    "SINTERCARD 0 @1 @4",
    "SINTERCARD x @1 @4",
    "SINTERCARD 1 @1 @4",
    "ZUNION 2 @1 @3",
    "ZUNION 2 @1 @2 FOO",
    "ZUNION 2 @1 @3 FOO",
    "ZUNION 2 @1 @2 WEIGHTS 1",
    "ZUNION 2 @1 @2 WEIGHTS 1 x",
    "ZUNION 2 @1 @2 WEIGHTS 1 nan",
    "ZUNION 2 @1 @2 AGGREGATE nosuch",
    "ZUNION 3 @1 @2",
    "ZUNION 0 @1 @2",
    "ZINTER 2 @4 @3 WITHSCORES",
    "ZINTER 2 @1 @2 WITHSCORES WITHSCORES",
    "ZDIFF 2 @1 @2 WEIGHTS 1 2",
    "ZDIFF 2 @2 @1 WITHSCORES",
    "ZINTERCARD 2 @1 @2 WITHSCORES",
    "ZINTERCARD 2 @1 @2 LIMIT -1",
    "ZINTERCARD 2 @3 @2 LIMIT -1",
    "PFCOUNT @1 @3",
    "PFCOUNT @3 @1",
    "PFCOUNT @4 @3",
    "LCS @3 @1",
    "LCS @4 @2 NOSUCH",
    "LCS @3 @4 NOSUCH",
    "LCS @3 @4 LEN IDX",
    "LCS @3 @4 MINMATCHLEN",
    "LCS @3 @4 MINMATCHLEN x",
    "LCS @3 @4 MINMATCHLEN -1 IDX",
    "LCS @3",
];

fn wrong_requests(setup: Setup) {
    both_protocols(setup, |pair, cluster| {
        let keys = some_keys(cluster, "wrong");
        pair.prepare_line(&format!("SADD {} 1 2 3", keys[0]));
        pair.prepare_line(&format!("ZADD {} 1 1 2 2", keys[1]));
        pair.prepare_line(&format!("SET {} text", keys[2]));
        let mut errors = 0;
        for line in WRONG {
            let line = line
                .replace("@1", &keys[0])
                .replace("@2", &keys[1])
                .replace("@3", &keys[2])
                .replace("@4", &keys[4]);
            errors += usize::from(pair.same(&line).error().is_some());
        }
        assert!(errors > 30, "{errors}");
    });
}

/// Replies keep their order among those of other requests.
fn pipelined_among_others(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy_with(cluster, &[EMULATE]);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("order"));
    let [a, b, c] = keys.as_slice() else {
        panic!("three primaries")
    };
    let mut bytes = Vec::new();
    let mut add = |line: &str| bytes.extend(request(&line.split(' ').collect::<Vec<_>>()));
    for n in 0..50 {
        add(&format!("SADD {a} {n}"));
        add(&format!("SADD {b} {n} x"));
        add(&format!("SINTERCARD 3 {a} {b} {a}"));
        add("PING");
        add(&format!("SINTER {a} {b} {c}"));
        add(&format!("EXISTS {a} {b} {c}"));
    }
    let replies = client.exchange(&bytes, 300);
    for (n, six) in (1..).zip(replies.chunks(6)) {
        assert_eq!(six[0], Reply::Integer(1));
        assert_eq!(
            six[2],
            Reply::Integer(n),
            "the client's own writes are seen"
        );
        assert_eq!(six[3], Reply::Simple("PONG".to_owned()));
        assert_eq!(six[4], Reply::Array(Vec::new()));
        assert_eq!(six[5], Reply::Integer(2));
    }
}

/// More than may be kept: an error, and the connection goes on.
fn too_much(setup: Setup) {
    let cluster = setup.shared();
    let limit = ("limits.merge_bytes_max", "\"4KiB\"");
    let proxy = setup.proxy_with(cluster, &[EMULATE, limit]);
    let mut client = proxy.connect();
    let keys = cluster.keys_on_all(&unique("much"));
    let [a, b, _] = keys.as_slice() else {
        panic!("three primaries")
    };
    let mut args = vec!["SADD".to_owned(), a.clone()];
    args.extend((0..100).map(|n| n.to_string()));
    assert_eq!(client.call_args(&args), Reply::Integer(100));
    assert_eq!(client.call(&format!("SADD {b} 7")), Reply::Integer(1));
    let reply = client.call(&format!("SUNION {a} {b}"));
    reply.assert_error("ERR corelane: ");
    assert!(reply.error().unwrap().contains("limits.merge_bytes_max"));
    assert_eq!(proxy.metric("errors_merge_bytes"), 1.0);
    let small = client.call(&format!("SINTER {b} {a}:none"));
    assert_eq!(small, Reply::Array(Vec::new()));
    let whole = client.call(&format!("SUNION {a} {a}"));
    assert_eq!(whole.elements().len(), 100, "one slot has no such limit");
}

fn refused_by_default(setup: Setup) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let mut client = proxy.connect();
    for line in ["SUNION a b", "ZUNION 2 a b", "PFCOUNT a b", "LCS a b"] {
        client.call(line).assert_error("CROSSSLOT ");
    }
    let emulating = setup.proxy_with(cluster, &[EMULATE]);
    let mut client = emulating.connect();
    for line in [
        "SUNIONSTORE a b c",
        "ZUNIONSTORE a 2 b c",
        "PFMERGE a b",
        "MSETNX a 1 b 2",
    ] {
        client.call(line).assert_error("CROSSSLOT ");
    }
}
