//! Clients that are closed because the outcome of a write is unknown.

use super::{Rig, map};
use crate::config::{Config, UnknownOutcome};
use crate::pipeline::{ClientId, LinkId, Peer};

fn rig(on_unknown_outcome: UnknownOutcome) -> (Rig, LinkId, LinkId, ClientId) {
    let mut config = Config::default();
    config.clients.on_unknown_outcome = on_unknown_outcome;
    let mut rig = Rig::new(config, &map(1, 7000, &[], &[(b"b", 7001)]));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    (rig, first, second, client)
}

fn text(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

#[test]
fn earlier_replies_come_and_then_the_end() {
    let (mut rig, first, second, client) = rig(UnknownOutcome::Close);
    let other = rig.client();
    rig.send(other, &[b"GET", b"a"]);
    rig.send(client, &[b"GET", b"b"]);
    rig.send(client, &[b"SET", b"a", b"1"]);
    rig.send(client, &[b"GET", b"b"]);
    rig.send(client, &[b"PING"]);
    for link in [first, second] {
        rig.written(Peer::Link(link));
    }
    rig.pipeline.handle_link_closed(first, rig.now);
    rig.act();
    rig.pipeline.check_invariants().unwrap();
    assert!(!rig.wants(client));
    assert_eq!(text(&mut rig, client), "");
    assert!(rig.closed.is_empty(), "the first reply is to come");
    rig.reply(second, b"$1\r\n1\r\n");
    assert_eq!(text(&mut rig, client), "$1\r\n1\r\n");
    rig.act();
    assert_eq!(rig.closed, [client]);
    rig.reply(second, b"$1\r\n2\r\n");
    rig.pipeline.check_invariants().unwrap();
    // Nobody else notices: a read is sent again.
    rig.tick(100);
    let again = rig.ready(7000);
    assert!(!rig.written(Peer::Link(again)).is_empty());
    rig.reply(again, b"$-1\r\n");
    assert_eq!(text(&mut rig, other), "$-1\r\n");
    let counters = rig.pipeline.stats().counters;
    assert_eq!(
        (
            counters.closes_unknown_outcome,
            counters.errors_outcome_unknown
        ),
        (1, 1)
    );
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_deadline_and_a_part_of_a_request_are_enough() {
    for (words, link_is_lost) in [
        (&[b"MSET".as_slice(), b"a", b"1", b"b", b"2"][..], true),
        (&[b"MSET", b"a", b"1", b"b", b"2"], false),
        (&[b"INCR", b"a"], false),
    ] {
        let (mut rig, first, second, client) = rig(UnknownOutcome::Close);
        rig.send(client, words);
        for link in [first, second] {
            rig.written(Peer::Link(link));
        }
        if link_is_lost {
            rig.pipeline.handle_link_closed(first, rig.now);
        } else {
            rig.tick(1100);
        }
        rig.act();
        assert_eq!(text(&mut rig, client), "");
        assert_eq!(rig.closed, [client]);
        rig.tick(1100);
        assert_eq!(rig.pipeline.stats().counters.closes_unknown_outcome, 1);
    }
}

#[test]
fn what_is_known_is_an_error_as_ever() {
    let (mut rig, first, _, client) = rig(UnknownOutcome::Close);
    rig.send(client, &[b"GET", b"a"]);
    rig.written(Peer::Link(first));
    rig.tick(1100);
    let said = text(&mut rig, client);
    assert!(said.starts_with("-ERR corelane: timeout: "), "{said}");
    assert!(rig.closed.is_empty());

    let (mut rig, first, _, client) = self::rig(UnknownOutcome::Error);
    rig.send(client, &[b"SET", b"a", b"1"]);
    rig.written(Peer::Link(first));
    rig.pipeline.handle_link_closed(first, rig.now);
    let said = text(&mut rig, client);
    assert!(said.ends_with("is unknown\r\n"), "{said}");
    assert!(rig.closed.is_empty() && rig.wants(client));
}
