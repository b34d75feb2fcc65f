//! Large requests that are passed on while they arrive, and what can happen in the middle.

use super::{
    Config, Duration, Intake, LinkId, MIB, PIECE, Peer, Rig, addr, map, request, small_memory,
};
use crate::config::{Secret, UserSettings};
use crate::pipeline::ClientId;

/// Bytes that are not all alike.
fn value(len: usize) -> Vec<u8> {
    (0..len)
        .map(|at| (at * 7 + at / 251).to_le_bytes()[0])
        .collect()
}

fn set(len: usize) -> Vec<u8> {
    request(&[b"SET", b"big", &value(len)])
}

/// The node takes what there is for it.
fn take(rig: &mut Rig, link: LinkId) -> Vec<u8> {
    let got = rig.written(Peer::Link(link));
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    rig.pipeline.check_invariants().unwrap();
    got
}

/// Gives all of `bytes`, while the node takes what comes; returns that.
fn carry(rig: &mut Rig, client: ClientId, link: LinkId, bytes: &[u8]) -> Vec<u8> {
    let (mut done, mut got) = (0, take(rig, link));
    while done < bytes.len() {
        let more = rig.feed(Peer::Client(client), &bytes[done..]);
        assert!(more > 0, "stuck at {done}");
        done += more;
        got.extend(take(rig, link));
    }
    got
}

/// Lets the newest link to a node come up, and has it say what it thinks of the key.
fn open_at(rig: &mut Rig, port: u16, answer: &[u8]) -> LinkId {
    let link = rig.ready(port);
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    assert_eq!(
        take(rig, link),
        request(&[b"EXISTS", b"big"]),
        "the first question"
    );
    rig.reply(link, answer);
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    link
}

/// One client that has begun a request of which the node gets the beginning; what it has sent of it.
fn begun(config: Config, whole: &[u8]) -> (Rig, LinkId, LinkId, ClientId, usize) {
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let shared = rig.ready(7000);
    let client = rig.client();
    let done = rig.feed(Peer::Client(client), whole);
    assert!(
        done <= 2 * MIB + PIECE,
        "{done} bytes before there is a link"
    );
    let link = open_at(&mut rig, 7000, b":0\r\n");
    assert_ne!(link, shared);
    (rig, shared, link, client, done)
}

fn counts(rig: &Rig) -> [u64; 4] {
    let counters = rig.pipeline.stats().counters;
    [
        counters.requests_passed_on,
        counters.requests_broken_off,
        counters.errors_passed_on,
        counters.closes_slow_request,
    ]
}

fn line(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

#[test]
fn a_request_larger_than_all_buffers_goes_through() {
    let many = {
        let mut args: Vec<Vec<u8>> = vec![b"RPUSH".to_vec(), b"big".to_vec()];
        args.extend((0..40_000).map(|n| value(700 + n % 90)));
        request(&args.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let options = request(&[b"SET", b"big", &value(20 * MIB), b"EX", b"100"]);
    for whole in [set(30 * MIB), many, options] {
        let (mut rig, shared, link, client, done) = begun(small_memory(), &whole);
        let (mut got, mut most) = (take(&mut rig, link), 0);
        for piece in whole[done..].chunks(PIECE) {
            let mut rest = piece;
            while !rest.is_empty() {
                let count = rig.feed(Peer::Client(client), rest);
                rest = &rest[count..];
                most = most.max(rig.held());
                got.extend(take(&mut rig, link));
            }
        }
        assert!(got == whole, "the node gets what the client sent");
        assert!(most < 4 * MIB, "{most} bytes were held");
        // What follows waits, and goes over the shared link again.
        rig.send(client, &[b"GET", b"next"]);
        assert_eq!(take(&mut rig, shared), b"");
        rig.reply(link, b"+OK\r\n");
        rig.pipeline.handle_resumable(rig.now);
        assert_eq!(take(&mut rig, shared), request(&[b"GET", b"next"]));
        rig.reply(shared, b"$-1\r\n");
        assert_eq!(line(&mut rig, client), "+OK\r\n$-1\r\n");
        assert_eq!((rig.held(), counts(&rig)), (0, [1, 0, 0, 0]));
        // The link is as good as new.
        let done = rig.feed(Peer::Client(client), &whole);
        assert_eq!(take(&mut rig, link), request(&[b"EXISTS", b"big"]));
        rig.reply(link, b":1\r\n");
        rig.pipeline.handle_resumable(rig.now);
        let got = carry(&mut rig, client, link, &whole[done..]);
        assert!(got == whole);
        rig.reply(link, b"-WRONGTYPE no\r\n");
        assert_eq!(line(&mut rig, client), "-WRONGTYPE no\r\n");
    }
}

#[test]
fn cuts_at_any_place_change_nothing() {
    let whole = request(&[b"HSET", b"big", b"f", &value(90), b"g", b"", b"h", b"\r\n$"]);
    for first in 1..whole.len() {
        let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
        rig.pipeline.set_passages(40, 64);
        let shared = rig.ready(7000);
        let client = rig.client();
        rig.pipeline
            .handle_client_bytes(client, &whole[..first], rig.now);
        rig.pipeline.handle_resumable(rig.now);
        rig.act();
        let link = rig.link(7000);
        let mut got = Vec::new();
        let mut rest = &whole[first..];
        let link = if link == shared {
            shared
        } else {
            open_at(&mut rig, 7000, b":0\r\n")
        };
        while !rest.is_empty() {
            got.extend(take(&mut rig, link));
            let (piece, others) = rest.split_at(rest.len().min(7));
            rest = others;
            assert!(rig.wants(client), "cut at {first}: stuck");
            rig.pipeline.handle_client_bytes(client, piece, rig.now);
            rig.pipeline.handle_resumable(rig.now);
            rig.act();
            if rig.link(7000) != link && link == shared {
                // It became large later.
                let link = open_at(&mut rig, 7000, b":0\r\n");
                got.extend(carry(&mut rig, client, link, rest));
                rest = &[];
                assert!(got == whole, "cut at {first}");
            }
        }
        got.extend(take(&mut rig, link));
        assert!(got == whole, "cut at {first}");
        rig.pipeline.check_invariants().unwrap();
    }
}

#[test]
fn earlier_requests_are_answered_first() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let shared = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"GET", b"big"]);
    let whole = set(3 * MIB);
    let done = rig.feed(Peer::Client(client), &whole);
    assert_eq!(rig.link(7000), shared, "no link before its turn");
    rig.written(Peer::Link(shared));
    rig.reply(shared, b"$1\r\nx\r\n");
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    let link = open_at(&mut rig, 7000, b":1\r\n");
    let got = carry(&mut rig, client, link, &whole[done..]);
    rig.reply(link, b"+OK\r\n");
    assert!(got == whole && line(&mut rig, client) == "$1\r\nx\r\n+OK\r\n");
}

#[test]
fn a_client_is_read_as_fast_as_its_node_takes() {
    let whole = set(20 * MIB);
    let (mut rig, shared, link, client, mut done) = begun(Config::default(), &whole);
    done += rig.feed(Peer::Client(client), &whole[done..]);
    assert!(done < 2 * MIB, "{done} bytes for a node that takes nothing");
    assert_eq!(rig.pipeline.intake(Peer::Client(client)), Intake::Full);
    // Others are served meanwhile.
    let other = rig.client();
    rig.send(other, &[b"GET", b"k"]);
    rig.written(Peer::Link(shared));
    rig.reply(shared, b"$1\r\nx\r\n");
    assert_eq!(line(&mut rig, other), "$1\r\nx\r\n");
    let got = carry(&mut rig, client, link, &whole[done..]);
    assert!(got == whole);
    // It has the time of any request from when it was whole.
    rig.tick(900);
    assert_eq!(line(&mut rig, client), "");
    rig.tick(200);
    assert!(line(&mut rig, client).contains("timeout"));
    assert!(rig.closed_links.contains(&link));
}

#[test]
fn a_node_that_takes_nothing_has_not_executed_it() {
    let whole = set(20 * MIB);
    let (mut rig, _, link, client, mut done) = begun(Config::default(), &whole);
    done += rig.feed(Peer::Client(client), &whole[done..]);
    rig.tick(1100);
    let text = line(&mut rig, client);
    assert!(
        text.starts_with("-TRYAGAIN corelane: lost") && text.contains("not executed"),
        "{text}"
    );
    assert_eq!(rig.closed_links, [link]);
    // The rest is skipped; what follows is taken.
    done += rig.feed(Peer::Client(client), &whole[done..]);
    assert_eq!(done, whole.len());
    rig.pipeline
        .handle_client_bytes(client, b"PING\r\n", rig.now);
    assert_eq!(line(&mut rig, client), "+PONG\r\n");
    assert_eq!((rig.held(), counts(&rig)), (0, [1, 0, 1, 0]));
}

#[test]
fn a_lost_link_in_the_middle_means_not_executed_and_later_unknown() {
    for sent in [3 * MIB, 8 * MIB] {
        let whole = set(8 * MIB);
        let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
        let sent = sent.min(whole.len());
        let end = if sent == 3 * MIB { sent } else { whole.len() };
        carry(&mut rig, client, link, &whole[done..end]);
        rig.pipeline.handle_link_closed(link, rig.now);
        rig.act();
        rig.pipeline.handle_resumable(rig.now);
        let text = line(&mut rig, client);
        if end < whole.len() {
            assert!(text.contains("it was not executed"), "{text}");
            assert_eq!(
                rig.feed(Peer::Client(client), &whole[end..]),
                whole.len() - end
            );
        } else {
            assert!(
                text.contains("outcome of this command is unknown"),
                "{text}"
            );
        }
        rig.pipeline.handle_resumable(rig.now);
        rig.pipeline
            .handle_client_bytes(client, b"PING\r\n", rig.now);
        assert_eq!(line(&mut rig, client), "+PONG\r\n");
        rig.pipeline.check_invariants().unwrap();
    }
}

#[test]
fn clients_that_leave_in_the_middle_leave_a_closed_link() {
    for how in ["closed", "ended", "nonsense"] {
        let mut whole = set(4 * MIB);
        let len = whole.len();
        whole.splice(len - 2.., *b"@@");
        let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
        carry(&mut rig, client, link, &whole[done..3 * MIB]);
        match how {
            "closed" => rig.pipeline.handle_client_closed(client),
            "ended" => rig.pipeline.handle_client_end(client, rig.now),
            _ => {
                rig.feed(Peer::Client(client), &whole[3 * MIB..]);
                assert!(line(&mut rig, client).starts_with("-ERR Protocol error"));
            }
        }
        rig.act();
        assert_eq!(rig.closed_links, [link], "{how}");
        assert_eq!(counts(&rig), [1, 1, 0, 0], "{how}");
        assert_eq!(rig.held(), 0, "{how}");
        rig.pipeline.check_invariants().unwrap();
    }
}

#[test]
fn what_was_sent_whole_is_written_although_the_client_leaves() {
    let whole = set(3 * MIB);
    let (mut rig, _, link, client, mut done) = begun(Config::default(), &whole);
    let mut got = Vec::new();
    while done < whole.len() {
        got.extend(take(&mut rig, link));
        done += rig.feed(Peer::Client(client), &whole[done..]);
    }
    rig.pipeline.handle_client_closed(client);
    rig.act();
    assert_eq!(rig.closed_links, []);
    rig.pipeline.check_invariants().unwrap();
    got.extend(take(&mut rig, link));
    assert!(got == whole);
    rig.reply(link, b"+OK\r\n");
    rig.tick(20);
    assert_eq!(rig.closed_links, [link]);
}

#[test]
fn a_client_that_stops_in_the_middle_is_closed_in_the_end() {
    let whole = set(4 * MIB);
    let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
    carry(&mut rig, client, link, &whole[done..3 * MIB]);
    rig.tick(29_000);
    assert!(rig.closed.is_empty() && rig.closed_links.is_empty());
    rig.tick(2_000);
    assert_eq!(
        (rig.closed.as_slice(), rig.closed_links.as_slice()),
        (&[client][..], &[link][..])
    );
    assert_eq!((rig.held(), counts(&rig)), (0, [1, 1, 0, 1]));
}

#[test]
fn redirects_are_followed_before_anything_is_sent() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"other", 7001)]));
    rig.ready(7000);
    rig.ready(7001);
    let client = rig.client();
    let whole = set(3 * MIB);
    let done = rig.feed(Peer::Client(client), &whole);
    let slot = crate::cluster::Slot::of_key(b"big").number();
    let ask = format!("-ASK {slot} {}\r\n", addr(7001));
    open_at(&mut rig, 7000, ask.as_bytes());
    let link = rig.ready(7001);
    rig.pipeline.handle_resumable(rig.now);
    let got = carry(&mut rig, client, link, &whole[done..]);
    assert!(got == [request(&[b"ASKING"]), whole.clone()].concat());
    rig.reply(link, b"+OK\r\n+OK\r\n");
    assert_eq!(line(&mut rig, client), "+OK\r\n");
    rig.pipeline.handle_resumable(rig.now);
    // MOVED in front of the next one; TRYAGAIN, LOADING and their like are waited for.
    let done = rig.feed(Peer::Client(client), &whole);
    let first = rig
        .links
        .iter()
        .rev()
        .find(|(_, at)| at.port == 7000)
        .unwrap()
        .0;
    assert_eq!(take(&mut rig, first), request(&[b"EXISTS", b"big"]));
    rig.reply(first, b"-LOADING wait\r\n");
    rig.tick(50);
    assert_eq!(take(&mut rig, first), request(&[b"EXISTS", b"big"]));
    let moved = format!("-MOVED {slot} {}\r\n", addr(7001));
    rig.reply(first, moved.as_bytes());
    rig.tick(20);
    assert_eq!(take(&mut rig, link), request(&[b"EXISTS", b"big"]));
    rig.reply(link, b":1\r\n");
    rig.pipeline.handle_resumable(rig.now);
    let got = carry(&mut rig, client, link, &whole[done..]);
    assert!(got == whole);
    rig.reply(link, b"+OK\r\n");
    assert_eq!(line(&mut rig, client), "+OK\r\n");
    assert_eq!(counts(&rig), [2, 0, 0, 0]);
}

#[test]
fn a_refusal_at_the_end_says_that_nothing_was_executed() {
    let whole = set(3 * MIB);
    let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
    carry(&mut rig, client, link, &whole[done..]);
    let slot = crate::cluster::Slot::of_key(b"big").number();
    rig.reply(link, format!("-MOVED {slot} 127.0.0.1:7001\r\n").as_bytes());
    assert_eq!(
        line(&mut rig, client),
        "-TRYAGAIN corelane: node 127.0.0.1:7000 refused this command (MOVED), which was passed on while it \
         arrived; it was not executed and can be sent again\r\n"
    );
    assert_eq!(counts(&rig), [1, 0, 1, 0]);
    // The map is right already.
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    rig.feed(Peer::Client(client), &whole);
    open_at(&mut rig, 7001, b":0\r\n");
}

#[test]
fn a_node_may_refuse_in_the_middle() {
    let whole = set(6 * MIB);
    let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
    carry(&mut rig, client, link, &whole[done..3 * MIB]);
    rig.reply(link, b"-ERR Protocol error: invalid bulk length\r\n");
    assert_eq!(
        line(&mut rig, client),
        "-ERR Protocol error: invalid bulk length\r\n"
    );
    assert_eq!(rig.closed_links, [link]);
    assert_eq!(
        rig.feed(Peer::Client(client), &whole[3 * MIB..]),
        whole.len() - 3 * MIB
    );
    rig.pipeline
        .handle_client_bytes(client, b"PING\r\n", rig.now);
    assert_eq!(line(&mut rig, client), "+PONG\r\n");
    // Anything else means nothing, so nobody knows.
    let (mut rig, _, link, client, done) = begun(Config::default(), &whole);
    carry(&mut rig, client, link, &whole[done..3 * MIB]);
    rig.reply(link, b"+OK\r\n");
    assert!(line(&mut rig, client).contains("outcome of this command is unknown"));
    assert_eq!(rig.closed_links, [link]);
}

#[test]
fn a_node_that_is_down_is_waited_for_as_long_as_for_any_request() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let client = rig.client();
    let whole = set(3 * MIB);
    let done = rig.feed(Peer::Client(client), &whole);
    rig.tick(1100);
    let text = line(&mut rig, client);
    assert!(
        text.starts_with("-CLUSTERDOWN corelane: no node served"),
        "{text}"
    );
    assert_eq!(
        rig.feed(Peer::Client(client), &whole[done..]),
        whole.len() - done
    );
    rig.pipeline
        .handle_client_bytes(client, b"PING\r\n", rig.now);
    assert_eq!(line(&mut rig, client), "+PONG\r\n");
    assert_eq!(counts(&rig), [0, 0, 0, 0]);
}

#[test]
fn an_upload_outlives_the_drain() {
    let whole = set(6 * MIB);
    let (mut rig, _, link, client, mut done) = begun(Config::default(), &whole);
    rig.pipeline.handle_drain(rig.now);
    let mut got = take(&mut rig, link);
    while done < whole.len() {
        rig.tick(600);
        let end = whole.len().min(done + 2 * MIB);
        got.extend(carry(&mut rig, client, link, &whole[done..end]));
        done = end;
    }
    rig.reply(link, b"+OK\r\n");
    rig.pipeline.handle_resumable(rig.now);
    assert!(got == whole && line(&mut rig, client) == "+OK\r\n");
    rig.tick(20);
    assert_eq!(rig.closed, [client]);
}

#[test]
fn everything_else_is_received_whole() {
    let big = value(3 * MIB);
    for (before, args) in [
        (None, vec![&b"MSET"[..], b"big", &big]),
        (None, vec![b"PUBLISH", b"big", &big]),
        (None, vec![b"SISMEMBER", b"big", &big]),
        (None, vec![b"SMOVE", b"big", b"big", &big]),
        (None, vec![b"EVAL", &big, b"1", b"big"]),
        (None, vec![b"ECHO", &big]),
        (Some("MULTI"), vec![b"SET", b"big", &big]),
        (Some("CLIENT REPLY SKIP"), vec![b"SET", b"big", &big]),
    ] {
        let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
        rig.ready(7000);
        let client = rig.client();
        if let Some(before) = before {
            let words: Vec<&[u8]> = before.split(' ').map(str::as_bytes).collect();
            rig.send(client, &words);
        }
        let whole = request(&args);
        assert_eq!(rig.feed(Peer::Client(client), &whole), whole.len());
        assert_eq!(counts(&rig)[0], 0, "{}", String::from_utf8_lossy(args[0]));
    }
}

#[test]
fn users_get_no_more_than_they_may() {
    for (rules, args, is_passed_on) in [
        ("+@all ~big", vec![&b"SET"[..], b"big"], true),
        ("+@all ~other", vec![b"SET", b"big"], false),
        ("+@all %W~big", vec![b"SET", b"big"], false),
        ("+@all %W~big", vec![b"APPEND", b"big"], true),
        ("+@read ~*", vec![b"APPEND", b"big"], false),
    ] {
        let mut config = Config::default();
        config.clients.users.push(UserSettings {
            name: "u".to_owned(),
            rules: vec![rules.to_owned()],
            passwords: vec![Secret::new("p")],
            ..UserSettings::default()
        });
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let shared = rig.ready(7000);
        let client = rig.client();
        rig.send(client, &[b"AUTH", b"u", b"p"]);
        assert_eq!(line(&mut rig, client), "+OK\r\n");
        let big = value(3 * MIB);
        let whole = request(&[args, vec![&big]].concat());
        rig.feed(Peer::Client(client), &whole);
        assert_eq!(rig.link(7000) != shared, is_passed_on, "{rules}");
    }
}

#[test]
fn crowds_stay_within_the_memory_limit() {
    let mut config = small_memory();
    config.cluster.server_timeout = Duration::from_secs(3600);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let whole = set(3 * MIB);
    let mut uploads: Vec<(ClientId, LinkId, usize)> = Vec::new();
    for _ in 0..40 {
        let client = rig.client();
        let done = rig.feed(Peer::Client(client), &whole);
        let link = open_at(&mut rig, 7000, b":0\r\n");
        uploads.push((client, link, done));
    }
    let mut most = 0;
    for (client, _, done) in &mut uploads {
        *done += rig.feed(Peer::Client(*client), &whole[*done..]);
        most = most.max(rig.held());
    }
    assert!(most <= 16 * MIB + 40 * 2 * PIECE + MIB, "{most} bytes");
    for (client, link, done) in uploads {
        let got = carry(&mut rig, client, link, &whole[done..]);
        assert!(got.len() > MIB);
        rig.reply(link, b"+OK\r\n");
        assert_eq!(line(&mut rig, client), "+OK\r\n");
    }
    assert_eq!(rig.held(), 0);
}

/// The client has not read its earlier reply when that is cut: nothing of what it sends later may go to a node, which
/// would take the middle of a value for commands.
#[test]
fn a_client_that_is_cut_before_its_turn_sends_nothing_more() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let shared = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"GET", b"large"]);
    take(&mut rig, shared);
    let whole = request(&[b"SET", b"big", &b"FLUSHALL\r\n".repeat(MIB)]);
    rig.feed(Peer::Client(client), &whole);
    let mut reply = format!("${}\r\n", 10 * MIB).into_bytes();
    reply.extend(vec![b'x'; 3 * MIB]);
    for piece in reply.chunks(PIECE) {
        rig.reply(shared, piece);
    }
    rig.act();
    rig.pipeline.handle_link_closed(shared, rig.now);
    rig.act();
    rig.tick(100);
    let second = rig.link(7000);
    if second != shared {
        rig.ready(7000);
    }
    for _ in 0..100 {
        rig.feed(Peer::Client(client), &whole[2 * MIB..3 * MIB]);
        rig.tick(10);
    }
    let link = rig.link(7000);
    let told = take(&mut rig, link);
    assert!(!told.windows(8).any(|at| at == b"FLUSHALL"));
    let got = rig.written(Peer::Client(client));
    assert_eq!(got.len(), reply.len());
    rig.act();
    assert_eq!(rig.closed, [client]);
    assert_eq!(rig.pipeline.stats().counters.requests_broken_off, 1);
}
