//! Requests that cannot be passed on while they arrive and are larger than all that buffers may hold.

use super::{ClientId, Config, Intake, LinkId, MIB, PIECE, Peer, Rig, map, request, small_memory};

/// One node and one client, with 16 MiB for all buffers.
fn rig(config: Config) -> (Rig, LinkId, ClientId) {
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
    let link = rig.ready(7000);
    let client = rig.client();
    (rig, link, client)
}

/// A header that promises so many arguments, and the first of them.
fn head(count: usize, args: &[&[u8]]) -> Vec<u8> {
    let whole = request(args);
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    [format!("*{count}\r\n").as_bytes(), &whole[first..]].concat()
}

/// Gives all of `bytes` in pieces; the most that buffers held meanwhile.
fn pour(rig: &mut Rig, client: ClientId, bytes: &[u8]) -> usize {
    let mut most = 0;
    for piece in bytes.chunks(PIECE) {
        assert_eq!(rig.feed(Peer::Client(client), piece), piece.len());
        most = most.max(rig.held());
    }
    most
}

fn said(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

fn assert_too_large(said: &str) {
    assert!(
        said.starts_with("-ERR corelane: the request is too large: it has at least ")
            && said.ends_with("(limits.memory_max); it was not executed\r\n")
            && said.lines().count() == 1,
        "{said:?}"
    );
}

#[test]
fn what_is_announced_counts_before_it_comes() {
    let (mut rig, link, client) = rig(small_memory());
    rig.send(client, &[b"GET", b"before"]);
    let announced = 500 * MIB;
    let mut whole = head(5, &[b"MSET", b"a", b"1", b"b"]);
    whole.extend_from_slice(format!("${announced}\r\n").as_bytes());
    pour(&mut rig, client, &whole);
    assert_eq!(said(&mut rig, client), "", "not before its turn");
    assert_eq!(rig.written(Peer::Link(link)), request(&[b"GET", b"before"]));
    rig.reply(link, b"$1\r\n1\r\n");
    let answers = said(&mut rig, client);
    let rest = answers.strip_prefix("$1\r\n1\r\n").unwrap();
    assert_too_large(rest);
    let least = (whole.len() + announced + 2).to_string();
    assert!(rest.contains(&least), "{rest} for {least}");
    assert_eq!(rig.pipeline.stats().counters.errors_too_large, 1);
    // Its bytes go nowhere, also while memory is full.
    let other = rig.client();
    rig.send(other, &[b"GET", b"big"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &super::bulk(20 * MIB));
    let before = rig.held();
    assert!(before > 16 * MIB);
    let piece = vec![b'x'; MIB];
    for _ in 0..500 {
        assert!(pour(&mut rig, client, &piece) < before + MIB);
        rig.tick(10);
        rig.written(Peer::Client(other));
    }
    pour(&mut rig, client, b"\r\n");
    rig.send(client, &[b"ECHO", b"next"]);
    assert_eq!(said(&mut rig, client), "$4\r\nnext\r\n");
    assert_eq!(
        rig.written(Peer::Link(link)),
        b"",
        "no node has seen any of it"
    );
    assert_eq!((rig.held(), rig.closed.len()), (0, 0));
}

/// The answer to what is sent first, that, if it is anything, and the request.
type Row<'a> = (&'a str, &'a [&'a [u8]], Vec<u8>);

#[test]
fn nothing_that_cannot_be_passed_on_is_kept() {
    let value = vec![b'v'; 5 * MIB];
    let large = vec![b'v'; 17 * MIB];
    let script = b"return redis.call('SET', KEYS[1], ARGV[1])";
    let rows: [Row<'_>; 8] = [
        (
            "",
            &[],
            request(&[
                b"MSET", b"a", &value, b"b", &value, b"c", &value, b"d", &value,
            ]),
        ),
        ("", &[], request(&[b"EVAL", script, b"1", b"k", &large])),
        ("", &[], request(&[b"FCALL", b"f", b"1", b"k", &large])),
        ("", &[], request(&[b"NOSUCH", &large, b"1"])),
        ("", &[], request(&[&large, b"a"])),
        ("", &[], request(&[b"SET", &large, b"a"])),
        ("", &[], request(&[b"GET", &large])),
        (
            "+OK\r\n",
            &[b"CLIENT", b"TRACKING", b"OFF"],
            request(&[b"ECHO", &large]),
        ),
    ];
    for (expected, first, whole) in rows {
        let name = String::from_utf8_lossy(&whole[..40]).into_owned();
        let (mut rig, link, client) = rig(small_memory());
        if !first.is_empty() {
            rig.send(client, first);
            assert_eq!(said(&mut rig, client), expected);
        }
        let most = pour(&mut rig, client, &whole);
        assert!(most <= 16 * MIB, "{name}: {most} bytes were held");
        assert_too_large(&said(&mut rig, client));
        rig.send(client, &[b"GET", b"next"]);
        assert_eq!(
            rig.written(Peer::Link(link)),
            request(&[b"GET", b"next"]),
            "{name}"
        );
        rig.reply(link, b"$-1\r\n");
        assert_eq!(said(&mut rig, client), "$-1\r\n");
        let counters = rig.pipeline.stats().counters;
        assert_eq!(
            (counters.errors_too_large, counters.requests_broken_off),
            (1, 0),
            "{name}"
        );
        assert_eq!((rig.held(), rig.closed.len()), (0, 0), "{name}");
    }
}

#[test]
fn the_bound_is_exact() {
    let bound = 16 * MIB;
    let around = request(&[b"ECHO", b""]).len() + "16777184".len() - 1;
    for (over, is_taken) in [(0, true), (1, false)] {
        let (mut rig, _, client) = rig(small_memory());
        let whole = request(&[b"ECHO", &vec![b'e'; bound - around + over]]);
        assert_eq!(whole.len(), bound + over);
        pour(&mut rig, client, &whole);
        let answer = rig.written(Peer::Client(client));
        assert_eq!(answer.starts_with(b"$"), is_taken);
        assert_eq!(
            rig.pipeline.stats().counters.errors_too_large,
            u64::from(!is_taken)
        );
    }
}

/// Without a limit everything is received.
#[test]
fn without_a_limit_nothing_is_too_large() {
    let mut config = small_memory();
    config.limits.memory_max = 0;
    let (mut rig, link, client) = rig(config);
    let whole = request(&[b"EVAL", b"return 1", b"1", b"k", &vec![b'v'; 20 * MIB]]);
    pour(&mut rig, client, &whole);
    assert_eq!(rig.pipeline.stats().counters.errors_too_large, 0);
    assert!(rig.held() > 20 * MIB, "it waits for a link for scripts");
    drop((rig, link));
}

#[test]
fn a_count_of_arguments_is_a_promise() {
    let mut config = small_memory();
    config.limits.memory_max = 4 * MIB;
    let promised = 1_000_000;
    // What may be passed on is waited for until its key is here, whatever its count promises.
    let (mut first, _, client) = rig(config.clone());
    for piece in [head(promised, &[]), b"$5\r\nRPUSH\r\n".to_vec()] {
        pour(&mut first, client, &piece);
        assert_eq!(first.pipeline.stats().counters.errors_too_large, 0);
    }
    pour(&mut first, client, b"$1\r\nk\r\n");
    assert_eq!(first.pipeline.intake(Peer::Client(client)), Intake::Full);
    let link = first.ready(7000);
    first.pipeline.handle_resumable(first.now);
    first.act();
    assert_eq!(first.written(Peer::Link(link)), request(&[b"EXISTS", b"k"]));
    // Nothing else is.
    let (mut other, _, client) = rig(config);
    pour(&mut other, client, &head(promised, &[]));
    assert_eq!(said(&mut other, client), "");
    pour(&mut other, client, b"$4\r\nMSET\r\n");
    assert_too_large(&said(&mut other, client));
    for _ in 1..promised {
        other
            .pipeline
            .handle_client_bytes(client, b"$0\r\n\r\n", other.now);
        other.pipeline.handle_resumable(other.now);
    }
    other.act();
    other.send(client, &[b"ECHO", b"next"]);
    assert_eq!(said(&mut other, client), "$4\r\nnext\r\n");
}

#[test]
fn a_transaction_is_spoilt_by_it() {
    let (mut rig, link, client) = rig(small_memory());
    rig.send(client, &[b"MULTI"]);
    rig.send(client, &[b"SET", b"a", b"1"]);
    assert_eq!(said(&mut rig, client), "+OK\r\n+QUEUED\r\n");
    let whole = request(&[b"SET", b"a", &vec![b'v'; 17 * MIB]]);
    pour(&mut rig, client, &whole);
    assert_too_large(&said(&mut rig, client));
    rig.send(client, &[b"EXEC"]);
    assert!(said(&mut rig, client).starts_with("-EXECABORT "));
    assert_eq!(rig.written(Peer::Link(link)), b"");
    assert_eq!(rig.held(), 0);
}

#[test]
fn who_wants_no_reply_gets_none() {
    let whole = request(&[b"ECHO", &vec![b'v'; 17 * MIB]]);
    let (mut rig, _, client) = rig(small_memory());
    rig.send(client, &[b"CLIENT", b"REPLY", b"SKIP"]);
    pour(&mut rig, client, &whole);
    rig.send(client, &[b"ECHO", b"1"]);
    assert_eq!(said(&mut rig, client), "$1\r\n1\r\n");
    rig.send(client, &[b"CLIENT", b"REPLY", b"OFF"]);
    pour(&mut rig, client, &whole);
    rig.send(client, &[b"CLIENT", b"REPLY", b"ON"]);
    assert_eq!(said(&mut rig, client), "+OK\r\n");
    assert_eq!(rig.pipeline.stats().counters.errors_too_large, 2);
}

/// A client that stops in the middle, one that leaves, and one that breaks the protocol there.
#[test]
fn the_end_may_come_in_the_middle() {
    let whole = request(&[b"ECHO", &vec![b'v'; 17 * MIB]]);
    let (mut rig, _, stops) = rig(small_memory());
    let (leaves, breaks) = (rig.client(), rig.client());
    for client in [stops, leaves] {
        pour(&mut rig, client, &whole[..MIB]);
        assert_too_large(&said(&mut rig, client));
    }
    rig.pipeline.handle_client_closed(leaves);
    rig.tick(29_000);
    assert!(rig.closed.is_empty());
    pour(&mut rig, breaks, &head(2, &[b"ECHO"]));
    pour(&mut rig, breaks, format!("${}\r\n", 17 * MIB).as_bytes());
    pour(&mut rig, breaks, &vec![b'v'; 17 * MIB]);
    rig.pipeline.handle_client_bytes(breaks, b"no", rig.now);
    rig.act();
    let heard = said(&mut rig, breaks);
    let (first, then) = heard.split_at(heard.find('\n').unwrap() + 1);
    assert_too_large(first);
    assert!(then.starts_with("-ERR Protocol error"), "{then}");
    rig.tick(2000);
    assert!(rig.closed.contains(&stops) && rig.closed.contains(&breaks));
    assert_eq!(rig.pipeline.stats().counters.closes_slow_request, 1);
    assert_eq!(rig.held(), 0);
}
