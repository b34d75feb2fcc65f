//! Large replies that are passed on while they arrive, and what can happen in the middle.

use super::{Config, Duration, LinkId, MIB, PIECE, Peer, Rig, bulk, map, small_memory};
use crate::pipeline::ClientId;

/// Bytes that are not all alike, as a reply.
fn reply(len: usize) -> Vec<u8> {
    let mut bytes = format!("${len}\r\n").into_bytes();
    bytes.extend((0..len).map(|at| (at * 7 + at / 251).to_le_bytes()[0]));
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// One client that has asked for a large value over the only link.
fn asked(config: Config) -> (Rig, LinkId, ClientId) {
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"GET", b"big"]);
    rig.written(Peer::Link(link));
    (rig, link, client)
}

/// What a client has to read; the pipeline goes on with what waited for that.
fn read(rig: &mut Rig, client: ClientId) -> Vec<u8> {
    let got = rig.written(Peer::Client(client));
    rig.pipeline.handle_resumable(rig.now);
    rig.act();
    got
}

/// Gives a link all of `bytes`, while a client reads; returns what that has got.
fn carry(rig: &mut Rig, link: LinkId, client: ClientId, bytes: &[u8]) -> Vec<u8> {
    let (mut done, mut got) = (0, read(rig, client));
    while done < bytes.len() {
        let more = rig.feed(Peer::Link(link), &bytes[done..]);
        assert!(more > 0, "stuck at {done}");
        done += more;
        got.extend(read(rig, client));
    }
    got
}

fn closes(rig: &Rig) -> (u64, u64) {
    let counters = rig.pipeline.stats().counters;
    (counters.closes_broken_reply, counters.closes_slow_reply)
}

#[test]
fn a_client_that_reads_gets_a_reply_larger_than_all_buffers() {
    let array = {
        let mut bytes = b"*40000\r\n".to_vec();
        (0..40_000).for_each(|_| bytes.extend(bulk(700)));
        bytes
    };
    for whole in [reply(30 * MIB), array] {
        let (mut rig, link, client) = asked(small_memory());
        let (mut got, mut most) = (Vec::new(), 0);
        for piece in whole.chunks(PIECE) {
            assert_eq!(rig.feed(Peer::Link(link), piece), piece.len());
            most = most.max(rig.held());
            got.extend(read(&mut rig, client));
        }
        assert!(got == whole, "the reply is what the node sent");
        assert!(most < 3 * MIB, "{most} bytes were held");
        assert_eq!(rig.held(), 0);
        assert_eq!(rig.pipeline.stats().counters.replies_passed_on, 1);
        rig.send(client, &[b"GET", b"next"]);
        rig.written(Peer::Link(link));
        rig.reply(link, b"$-1\r\n");
        assert_eq!(rig.written(Peer::Client(client)), b"$-1\r\n");
    }
}

#[test]
fn nothing_is_passed_on_before_its_turn() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"big", 7001)]));
    let client = rig.client();
    rig.send(client, &[b"GET", b"small"]);
    rig.send(client, &[b"GET", b"big"]);
    rig.send(client, &[b"GET", b"last"]);
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    for link in [first, second] {
        rig.written(Peer::Link(link));
    }
    let whole = reply(4 * MIB);
    rig.feed(Peer::Link(second), &whole[..MIB]);
    assert!(rig.written(Peer::Client(client)).is_empty());
    rig.reply(first, b"$1\r\ns\r\n$1\r\nl\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"$1\r\ns\r\n");
    let mut got = carry(&mut rig, second, client, &whole[MIB..2 * MIB]);
    assert!(got.len() > MIB, "what waited goes on");
    got.extend(carry(&mut rig, second, client, &whole[2 * MIB..]));
    assert!(got[..whole.len()] == whole && &got[whole.len()..] == b"$1\r\nl\r\n");
}

#[test]
fn a_reply_whose_turn_comes_at_a_tick_goes_on_without_more_bytes() {
    let mut rig = Rig::new(small_memory(), &map(1, 7000, &[], &[(b"big", 7001)]));
    let client = rig.client();
    rig.send(client, &[b"GET", b"small"]);
    rig.send(client, &[b"GET", b"big"]);
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    let whole = reply(20 * MIB);
    let taken = rig.feed(Peer::Link(second), &whole);
    assert!(
        taken < 5 * MIB,
        "it is held before it fills the memory: {taken}"
    );
    rig.reply(first, b"$1\r\ns\r\n");
    rig.tick(10);
    let got = carry(&mut rig, second, client, &whole[taken..]);
    assert!(&got[..7] == b"$1\r\ns\r\n" && got[7..] == whole);
}

#[test]
fn the_link_of_a_slow_reader_is_not_read() {
    let (mut rig, link, client) = asked(Config::default());
    let whole = reply(20 * MIB);
    let done = rig.feed(Peer::Link(link), &whole);
    assert!(
        done < 2 * MIB,
        "{done} bytes for a client that reads nothing"
    );
    rig.tick(5000);
    assert!(
        rig.closed.is_empty() && closes(&rig) == (0, 0),
        "nobody minds"
    );
    assert_eq!(rig.feed(Peer::Link(link), &whole[done..]), 0);
    let got = carry(&mut rig, link, client, &whole[done..]);
    assert!(got == whole);
    assert!(rig.pipeline.stats().counters.links_held > 5);
}

#[test]
fn a_client_that_takes_nothing_is_closed_in_the_end() {
    let (mut rig, link, client) = asked(Config::default());
    rig.feed(Peer::Link(link), &reply(20 * MIB));
    rig.tick(29_000);
    assert!(rig.closed.is_empty());
    rig.tick(2_000);
    assert_eq!(
        (rig.closed.as_slice(), closes(&rig)),
        (&[client][..], (0, 1))
    );
    assert_eq!(rig.held(), 0);
}

#[test]
fn others_use_another_link_while_a_reply_lasts() {
    let (mut rig, link, client) = asked(Config::default());
    let whole = reply(8 * MIB);
    let done = rig.feed(Peer::Link(link), &whole);
    rig.tick(60);
    assert_eq!(rig.pipeline.stats().counters.links_left, 1);
    let other = rig.client();
    rig.send(other, &[b"GET", b"other"]);
    let second = rig.ready(7000);
    assert_ne!(second, link);
    rig.written(Peer::Link(second));
    rig.reply(second, b"$1\r\no\r\n");
    assert_eq!(rig.written(Peer::Client(other)), b"$1\r\no\r\n");
    let got = carry(&mut rig, link, client, &whole[done..]);
    assert!(got == whole);
    rig.act();
    assert_eq!(rig.closed_links, [link], "it is needed no more");
    assert_eq!(rig.pipeline.stats().counters.links_lost, 0);
}

#[test]
fn a_slow_reader_that_makes_others_wait_is_closed() {
    let mut config = small_memory();
    config.limits.memory_max = 4 * MIB;
    config.cluster.server_timeout = Duration::from_millis(1000);
    let (mut rig, link, client) = asked(config);
    let other = rig.client();
    rig.tick(100);
    rig.send(other, &[b"GET", b"other"]);
    rig.written(Peer::Link(link));
    let mut whole = reply(20 * MIB);
    whole.extend_from_slice(b"$1\r\no\r\n");
    let done = rig.feed(Peer::Link(link), &whole);
    assert!(done < 4 * MIB, "{done} bytes");
    rig.tick(400);
    assert!(rig.closed.is_empty());
    rig.tick(200);
    assert_eq!(
        (rig.closed.as_slice(), closes(&rig)),
        (&[client][..], (0, 1))
    );
    assert_eq!(
        rig.feed(Peer::Link(link), &whole[done..]),
        whole.len() - done
    );
    assert_eq!(rig.written(Peer::Client(other)), b"$1\r\no\r\n");
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_client_that_leaves_in_the_middle_leaves_nothing_behind() {
    let (mut rig, link, client) = asked(small_memory());
    let other = rig.client();
    rig.send(other, &[b"GET", b"other"]);
    rig.written(Peer::Link(link));
    let mut whole = reply(20 * MIB);
    whole.extend_from_slice(b"$1\r\no\r\n");
    let done = rig.feed(Peer::Link(link), &whole);
    rig.pipeline.handle_client_closed(client);
    let mut most = 0;
    let mut rest = &whole[done..];
    while !rest.is_empty() {
        let piece;
        (piece, rest) = rest.split_at(rest.len().min(PIECE));
        assert_eq!(rig.feed(Peer::Link(link), piece), piece.len());
        most = most.max(rig.held());
    }
    assert!(most < MIB, "{most} bytes for nobody");
    assert_eq!(rig.written(Peer::Client(other)), b"$1\r\no\r\n");
}

#[test]
fn a_lost_link_ends_the_client_whose_reply_has_begun() {
    for how in ["closed", "nonsense", "silent"] {
        let (mut rig, link, client) = asked(Config::default());
        rig.send(client, &[b"SET", b"big", b"later"]);
        let other = rig.client();
        rig.send(other, &[b"GET", b"other"]);
        rig.written(Peer::Link(link));
        let mut got = Vec::new();
        let mut whole = reply(3 * MIB);
        let len = whole.len();
        whole.splice(len - 2.., *b"@@");
        let (first, rest) = whole.split_at(MIB / 2);
        rig.feed(Peer::Link(link), first);
        got.extend(rig.written(Peer::Client(client)));
        match how {
            "closed" => rig.pipeline.handle_link_closed(link, rig.now),
            "silent" => rig.tick(1100),
            _ => {
                rig.feed(Peer::Link(link), rest);
            }
        }
        rig.act();
        got.extend(rig.written(Peer::Client(client)));
        rig.act();
        assert!(
            whole.starts_with(&got),
            "{how}: no byte but those of the reply"
        );
        assert!(!got.is_empty() && got.len() < whole.len(), "{how}");
        assert_eq!(rig.closed, [client], "{how}");
        assert_eq!(closes(&rig), (1, 0), "{how}");
        rig.pipeline.check_invariants().unwrap();
        if how != "silent" {
            rig.tick(100);
            let second = rig.ready(7000);
            assert_ne!(second, link);
            rig.tick(20);
            let sent = rig.written(Peer::Link(second));
            let sent = String::from_utf8_lossy(&sent).into_owned();
            assert!(
                !sent.contains("big") && sent.contains("other"),
                "{how}: {sent}"
            );
        }
    }
}

#[test]
fn a_deadline_holds_until_a_reply_has_begun_and_not_behind() {
    // Nothing of it is here in time: the client gets an error, and what comes after it nobody.
    let (mut rig, link, client) = asked(small_memory());
    let other = rig.client();
    rig.tick(600);
    rig.send(other, &[b"GET", b"other"]);
    rig.written(Peer::Link(link));
    rig.tick(500);
    let got = rig.written(Peer::Client(client));
    assert!(got.starts_with(b"-ERR corelane: timeout"));
    let whole = reply(20 * MIB);
    for piece in whole.chunks(PIECE) {
        rig.feed(Peer::Link(link), piece);
        assert!(rig.held() < MIB);
    }
    rig.reply(link, b"$1\r\no\r\n");
    assert_eq!(rig.written(Peer::Client(other)), b"$1\r\no\r\n");
    assert!(rig.written(Peer::Client(client)).is_empty());
    // It has begun: it may last.
    let (mut rig, link, client) = asked(small_memory());
    let mut got = Vec::new();
    for piece in whole.chunks(MIB) {
        rig.tick(100);
        got.extend(carry(&mut rig, link, client, piece));
    }
    assert!(got == whole && rig.closed.is_empty());
}

#[test]
fn a_reply_in_the_middle_outlives_the_drain() {
    let (mut rig, link, client) = asked(Config::default());
    let whole = reply(4 * MIB);
    rig.feed(Peer::Link(link), &whole[..MIB]);
    let mut got = rig.written(Peer::Client(client));
    rig.pipeline.handle_drain(rig.now);
    for piece in whole[MIB..].chunks(MIB) {
        rig.tick(600);
        assert!(rig.closed.is_empty());
        got.extend(carry(&mut rig, link, client, piece));
    }
    rig.tick(20);
    assert!(got == whole);
    assert_eq!(rig.closed, [client]);
}

#[test]
fn some_clients_get_replies_whole() {
    let (mut rig, link, client) = asked(Config::default());
    // No reply to what follows, so what comes back is looked at one by one.
    rig.send(client, &[b"CLIENT", b"REPLY", b"SKIP"]);
    rig.send(client, &[b"GET", b"unwanted"]);
    rig.send(client, &[b"GET", b"wanted"]);
    rig.written(Peer::Link(link));
    let whole = reply(3 * MIB);
    for _ in 0..3 {
        rig.feed(Peer::Link(link), &whole);
    }
    let got = rig.written(Peer::Client(client));
    assert!(
        got.len() == 2 * whole.len() && got[..whole.len()] == whole && got[whole.len()..] == whole
    );
}

#[test]
fn the_dropped_reply_of_a_late_transaction_is_its_last() {
    let mut config = Config::default();
    config.cluster.server_timeout = Duration::from_millis(1000);
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let (late, other) = (rig.client(), rig.client());
    let transact = |rig: &mut Rig, client| {
        rig.send(client, &[b"MULTI"]);
        rig.send(client, &[b"GET", b"big"]);
        rig.send(client, &[b"EXEC"]);
        rig.written(Peer::Link(link));
    };
    transact(&mut rig, late);
    rig.tick(600);
    transact(&mut rig, other);
    rig.reply(link, b"+OK\r\n");
    rig.tick(500);
    let got = String::from_utf8(read(&mut rig, late)).unwrap();
    assert!(got.contains("-ERR corelane: timeout"), "{got}");
    let whole = [b"*1\r\n", &*reply(4 * MIB)].concat();
    let got = carry(&mut rig, link, late, &[b"+QUEUED\r\n", &*whole].concat());
    assert!(got.is_empty(), "nobody waits for it");
    rig.reply(link, b"+OK\r\n+QUEUED\r\n*1\r\n$1\r\nb\r\n");
    let got = String::from_utf8(read(&mut rig, other)).unwrap();
    assert_eq!(got, "+OK\r\n+QUEUED\r\n*1\r\n$1\r\nb\r\n");
    assert_eq!(rig.pipeline.stats().counters.links_desync, 0);
}
