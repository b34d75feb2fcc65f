//! CLIENT TRACKING where two connections have to be in step: a link of RESP2 and the one on which its node tells, and a
//! client that reads and the one that hears of it.

use super::{Config, MIB, Rig, bulk, map, request, small_memory};
use crate::pipeline::{ClientId, LinkId, Peer};

const KEY_A: &[u8] = b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n";
const ALL: &[u8] = b">2\r\n$10\r\ninvalidate\r\n_\r\n";

/// A client in RESP2 that has read nothing, one in RESP3 that hears of it, and the links that its requests need.
struct Pair {
    rig: Rig,
    reader: ClientId,
    target: ClientId,
    link: LinkId,
    collector: LinkId,
}

// === impl Pair ===

impl Pair {
    fn new() -> Self {
        let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
        rig.ready(7000);
        let (reader, target) = (rig.client(), rig.client());
        say_hello(&mut rig, target);
        rig.written(Peer::Client(target));
        let mut pair = Self {
            link: rig.link(7000),
            collector: rig.link(7000),
            rig,
            reader,
            target,
        };
        pair.redirect(b"2");
        pair.link_up();
        pair
    }

    fn redirect(&mut self, number: &[u8]) {
        let words: [&[u8]; 5] = [b"CLIENT", b"TRACKING", b"ON", b"REDIRECT", number];
        self.rig.send(self.reader, &words);
        assert_eq!(self.rig.written(Peer::Client(self.reader)), b"+OK\r\n");
    }

    /// Has a read open links, lets them come up, and answers it.
    fn link_up(&mut self) {
        let before = self.rig.links.len();
        self.rig.send(self.reader, &[b"GET", b"b"]);
        let opened: Vec<LinkId> = self.rig.links[before..].iter().map(|l| l.0).collect();
        let [collector, link] = opened[..] else {
            panic!("{opened:?}")
        };
        (self.link, self.collector) = (link, collector);
        let rig = &mut self.rig;
        for id in [link, collector] {
            rig.pipeline.handle_link_connected(id, rig.now);
        }
        let said = rig.written(Peer::Link(link));
        assert!(!said.windows(8).any(|word| word == b"TRACKING"));
        rig.reply(link, b"+OK\r\n+OK\r\n");
        assert_eq!(
            rig.written(Peer::Link(link)),
            b"",
            "it waits to be told where"
        );
        rig.written(Peer::Link(collector));
        rig.reply(collector, b"+OK\r\n:77\r\n+OK\r\n+OK\r\n");
        let words: [&[u8]; 5] = [b"CLIENT", b"TRACKING", b"ON", b"REDIRECT", b"77"];
        assert_eq!(rig.written(Peer::Link(link)), request(&words));
        rig.reply(link, b"+OK\r\n");
        assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"b"]));
        self.answer();
    }

    fn ask(&mut self) {
        self.rig.now.0 += 1000;
        self.rig.send(self.reader, &[b"GET", b"a"]);
        let asked = self.rig.written(Peer::Link(self.link));
        assert_eq!(asked, request(&[b"GET", b"a"]));
    }

    fn answer(&mut self) {
        self.rig.now.0 += 1000;
        self.rig.reply(self.link, b"$1\r\n1\r\n");
        assert_eq!(self.rig.written(Peer::Client(self.reader)), b"$1\r\n1\r\n");
    }

    fn say_changed(&mut self) {
        self.rig.now.0 += 1000;
        self.rig.reply(self.collector, KEY_A);
    }

    fn heard(&mut self) -> Vec<u8> {
        self.rig.written(Peer::Client(self.target))
    }
}

#[test]
fn what_was_said_before_the_reply_came_is_said_after_it() {
    let mut pair = Pair::new();
    pair.ask();
    pair.answer();
    assert_eq!(pair.heard(), b"");
    pair.say_changed();
    assert_eq!(pair.heard(), KEY_A);
    pair.say_changed();
    assert_eq!(pair.heard(), b"", "nobody has read it since");
    pair.ask();
    pair.say_changed();
    assert_eq!(pair.heard(), b"");
    pair.answer();
    assert_eq!(pair.heard(), KEY_A);
    // What was said before the request was sent does not matter.
    pair.ask();
    pair.answer();
    assert_eq!(pair.heard(), b"");
    pair.ask();
    pair.rig.reply(pair.collector, ALL);
    assert_eq!(pair.heard(), ALL);
    pair.answer();
    assert_eq!(pair.heard(), KEY_A);
    pair.rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_lost_collector_takes_its_links_with_it() {
    let mut pair = Pair::new();
    pair.ask();
    pair.rig
        .pipeline
        .handle_link_closed(pair.collector, pair.rig.now);
    pair.rig.act();
    assert_eq!(pair.heard(), ALL);
    assert!(pair.rig.closed_links.is_empty(), "a reply is to come on it");
    pair.answer();
    assert_eq!(pair.heard(), KEY_A, "nobody would tell of it");
    assert_eq!(pair.rig.closed_links, [pair.link]);
    pair.rig.tick(50);
    pair.heard();
    pair.link_up();
    pair.ask();
    pair.answer();
    pair.say_changed();
    assert_eq!(pair.heard(), KEY_A);
}

/// What waits for a collector that does not come up is tried again at once, and nothing else suffers from it.
#[test]
fn a_collector_that_fails_makes_nobody_wait() {
    let mut pair = Pair::new();
    let rig = &mut pair.rig;
    let plain = rig.client();
    rig.pipeline.handle_link_closed(pair.collector, rig.now);
    rig.act();
    rig.tick(50);
    let before = rig.links.len();
    rig.send(pair.reader, &[b"GET", b"b"]);
    let opened: Vec<LinkId> = rig.links[before..].iter().map(|l| l.0).collect();
    let [collector, link] = opened[..] else {
        panic!("{opened:?}")
    };
    for id in [link, collector] {
        rig.pipeline.handle_link_connected(id, rig.now);
    }
    rig.written(Peer::Link(link));
    rig.reply(link, b"+OK\r\n+OK\r\n");
    rig.written(Peer::Link(collector));
    rig.reply(collector, b"-NOPERM no\r\n");
    assert!(
        rig.closed_links.ends_with(&[link, collector])
            || rig.closed_links.ends_with(&[collector, link])
    );
    rig.pipeline.check_invariants().unwrap();
    // The node is there for everybody else.
    assert!(!rig.pipeline.routes.has_outages());
    rig.send(plain, &[b"GET", b"k"]);
    let shared = rig.links[0].0;
    assert_eq!(rig.written(Peer::Link(shared)), request(&[b"GET", b"k"]));
    // The request is tried again soon, long before connect_timeout.
    let before = rig.links.len();
    rig.tick(150);
    let opened: Vec<LinkId> = rig.links[before..].iter().map(|l| l.0).collect();
    let [collector, link] = opened[..] else {
        panic!("{opened:?}")
    };
    for id in [link, collector] {
        rig.pipeline.handle_link_connected(id, rig.now);
        rig.written(Peer::Link(id));
    }
    rig.reply(link, b"+OK\r\n+OK\r\n");
    rig.reply(collector, b"+OK\r\n:78\r\n+OK\r\n+OK\r\n");
    rig.written(Peer::Link(link));
    rig.reply(link, b"+OK\r\n");
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"b"]));
}

#[test]
fn nothing_is_put_into_the_middle_of_a_large_reply() {
    let mut pair = Pair::new();
    let target = pair.rig.client();
    pair.target = target;
    say_hello(&mut pair.rig, target);
    pair.heard();
    pair.rig.send(target, &[b"GET", b"big"]);
    let large = pair.rig.ready(7000);
    pair.rig.written(Peer::Link(large));
    let value = vec![b'x'; 3 * MIB];
    let head = format!("${}\r\n", value.len()).into_bytes();
    pair.rig.reply(large, &head);
    pair.rig.reply(large, &value[..MIB]);
    let begun = pair.heard();
    assert!(begun.starts_with(&head), "it is not passed on");
    pair.redirect(b"3");
    pair.ask();
    pair.answer();
    pair.say_changed();
    pair.rig.tick(20);
    let rest = pair.heard();
    assert!(rest.iter().all(|byte| *byte == b'x'));
    pair.rig.reply(large, &value[MIB..]);
    pair.rig.reply(large, b"\r\n");
    let rest = pair.heard();
    assert!(rest.ends_with(b"x\r\n"));
    pair.rig.tick(10);
    assert_eq!(pair.heard(), ALL, "something was missed");
    pair.rig.tick(10);
    assert_eq!(pair.heard(), b"");
    // Whoever may be told of something gets large replies whole from now on.
    pair.rig.send(target, &[b"GET", b"big"]);
    // The other link was left to the reply that took long.
    let large = pair.rig.ready(7000);
    pair.rig.written(Peer::Link(large));
    pair.rig.reply(large, &head);
    pair.rig.reply(large, &value);
    assert_eq!(pair.heard(), b"");
    pair.rig.reply(large, b"\r\n");
    assert_eq!(pair.heard().len(), head.len() + value.len() + 2);
}

fn say_hello(rig: &mut Rig, client: ClientId) {
    // Else the answer waits for the first handshake to tell it.
    rig.pipeline.server.redis_version = "7.0.15".into();
    rig.send(client, &[b"HELLO", b"3"]);
}

/// A client in RESP3 that tracks, and its links to two nodes; the keys `a` and `b` are at one each.
fn apart() -> (Rig, ClientId, [LinkId; 2]) {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"b", 7001)]));
    let client = rig.client();
    say_hello(&mut rig, client);
    rig.send(client, &[b"CLIENT", b"TRACKING", b"ON"]);
    rig.send(client, &[b"MGET", b"a", b"b"]);
    let links = [rig.ready(7000), rig.ready(7001)];
    for link in links {
        rig.written(Peer::Link(link));
        rig.reply(link, b"_\r\n");
    }
    assert!(
        rig.written(Peer::Client(client))
            .ends_with(b"*2\r\n_\r\n_\r\n")
    );
    (rig, client, links)
}

/// Sends a request, and what it makes for the links.
fn ask(rig: &mut Rig, client: ClientId, words: &[&[u8]], links: [LinkId; 2]) {
    rig.send(client, words);
    for link in links {
        rig.written(Peer::Link(link));
    }
}

#[test]
fn a_change_is_told_again_behind_the_reply_that_had_to_wait() {
    let old = b"$3\r\nold\r\n".as_slice();
    for (whole, again) in [(KEY_A, KEY_A), (ALL, ALL)] {
        let (mut rig, client, [a, b]) = apart();
        // The reply about `a` waits for the one about `b`.
        ask(&mut rig, client, &[b"GET", b"b"], [a, b]);
        ask(&mut rig, client, &[b"GET", b"a"], [a, b]);
        rig.reply(a, old);
        assert_eq!(rig.written(Peer::Client(client)), b"");
        rig.reply(a, whole);
        assert_eq!(rig.written(Peer::Client(client)), whole);
        rig.tick(10);
        rig.reply(b, b"_\r\n");
        assert_eq!(rig.written(Peer::Client(client)), [b"_\r\n", old].concat());
        rig.tick(10);
        assert_eq!(rig.written(Peer::Client(client)), again);
        rig.tick(10);
        assert_eq!(rig.written(Peer::Client(client)), b"");
        // The same for the parts of a request.
        ask(&mut rig, client, &[b"MGET", b"a", b"b"], [a, b]);
        rig.reply(a, old);
        rig.reply(a, whole);
        assert_eq!(rig.written(Peer::Client(client)), whole);
        rig.reply(b, b"_\r\n");
        let reply = [b"*2\r\n".as_slice(), old, b"_\r\n"].concat();
        assert_eq!(rig.written(Peer::Client(client)), reply);
        rig.tick(10);
        assert_eq!(rig.written(Peer::Client(client)), again);
        // A reply that leaves at once comes before any change.
        ask(&mut rig, client, &[b"GET", b"a"], [a, b]);
        rig.reply(a, old);
        rig.reply(a, whole);
        assert_eq!(rig.written(Peer::Client(client)), [old, whole].concat());
        rig.tick(10);
        assert_eq!(rig.written(Peer::Client(client)), b"");
    }
}

/// With BCAST changes come over a link of their own, and may come before the reply with what was before.
#[test]
fn a_broadcast_change_is_told_again_behind_what_was_asked_before_it() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let shared = rig.ready(7000);
    let client = rig.client();
    say_hello(&mut rig, client);
    rig.send(client, &[b"CLIENT", b"TRACKING", b"ON", b"BCAST"]);
    let told = rig.ready(7000);
    assert_ne!(told, shared);
    rig.tick(10);
    assert!(rig.written(Peer::Client(client)).ends_with(b"+OK\r\n"));
    let words: [&[u8]; 2] = [b"GET", b"a"];
    rig.send(client, &words);
    let plain = rig.ready(7000);
    assert_eq!(rig.written(Peer::Link(plain)), request(&words));
    rig.reply(told, KEY_A);
    assert_eq!(rig.written(Peer::Client(client)), KEY_A);
    rig.tick(10);
    rig.send(client, &words);
    rig.reply(plain, b"$3\r\nold\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$3\r\nold\r\n");
    rig.tick(10);
    assert_eq!(rig.written(Peer::Client(client)), KEY_A);
    // What was asked after the change does not need it.
    rig.tick(10);
    rig.written(Peer::Link(plain));
    rig.reply(plain, b"$3\r\nnew\r\n");
    rig.tick(20);
    assert_eq!(rig.written(Peer::Client(client)), b"$3\r\nnew\r\n");
}

/// What a node says at once is heard at once, but for what a client does not want to hear of.
#[test]
fn keys_that_change_together_are_told_together() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let [all, some] = [rig.client(), rig.client()];
    let words: [&[u8]; 4] = [b"CLIENT", b"TRACKING", b"ON", b"BCAST"];
    for (client, words) in [
        (all, words.to_vec()),
        (some, [&words[..], &[b"PREFIX", b"a"]].concat()),
    ] {
        say_hello(&mut rig, client);
        rig.send(client, &words);
    }
    let told = rig.ready(7000);
    rig.tick(10);
    for client in [all, some] {
        assert!(rig.written(Peer::Client(client)).ends_with(b"+OK\r\n"));
    }
    let push = |keys: &[&[u8]]| {
        let mut push = format!(">2\r\n$10\r\ninvalidate\r\n*{}\r\n", keys.len()).into_bytes();
        keys.iter().for_each(|key| push.extend(bulk_of(key)));
        push
    };
    let said = push(&[b"a1", b"b", b"a2"]);
    rig.reply(told, &said);
    assert_eq!(rig.written(Peer::Client(all)), said);
    assert_eq!(rig.written(Peer::Client(some)), push(&[b"a1", b"a2"]));
    rig.reply(told, &push(&[b"b"]));
    assert_eq!(rig.written(Peer::Client(all)), push(&[b"b"]));
    assert_eq!(rig.written(Peer::Client(some)), b"");
    // Again, and also together, behind a reply.
    rig.send(all, &[b"GET", b"a1"]);
    let plain = rig.ready(7000);
    rig.written(Peer::Link(plain));
    rig.reply(told, &said);
    assert_eq!(rig.written(Peer::Client(all)), said);
    rig.reply(plain, b"$3\r\nold\r\n");
    rig.tick(10);
    assert_eq!(
        rig.written(Peer::Client(all)),
        [b"$3\r\nold\r\n".as_slice(), &said].concat()
    );
    rig.pipeline.check_invariants().unwrap();
}

fn bulk_of(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    crate::resp::write::bulk(&mut out, text);
    out
}

/// Who hears of what others read and does not read that itself leaves it at the node while memory is scarce, and is closed.
#[test]
fn a_target_that_reads_nothing_does_not_fill_memory() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let (reader, target) = (rig.client(), rig.client());
    say_hello(&mut rig, target);
    say_hello(&mut rig, reader);
    let words = [
        b"CLIENT".as_slice(),
        b"TRACKING",
        b"ON",
        b"BCAST",
        b"REDIRECT",
        b"2",
    ];
    rig.send(reader, &words);
    let told = rig.ready(7000);
    rig.tick(10);
    assert!(rig.written(Peer::Client(reader)).ends_with(b"+OK\r\n"));
    rig.written(Peer::Client(target));
    let mut push = b">2\r\n$10\r\ninvalidate\r\n*1\r\n".to_vec();
    push.extend(bulk(MIB / 4));
    let owed = push.repeat(200);
    let (mut done, mut most) = (0, 0);
    for _ in 0..200 {
        done += rig.feed(Peer::Link(told), &owed[done..]);
        most = most.max(rig.held());
        rig.offer();
        rig.tick(10);
    }
    assert!(most < 17 * MIB, "{most} bytes were held");
    assert_eq!(rig.closed, [target]);
    assert_eq!(done, owed.len(), "the others are told again");
}
