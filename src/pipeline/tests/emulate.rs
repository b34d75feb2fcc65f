//! Reads over several slots that are computed here, and what happens when one of their parts fails.

use super::{Rig, map, request};
use crate::cluster::{Slot, SlotMap};
use crate::config::{Config, CrossSlot};
use crate::pipeline::{ClientId, Peer};

const UNION: &[&[u8]] = &[b"SUNION", b"a", b"b"];
const CROSSSLOT: &str = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";

fn emulating() -> Config {
    let mut config = Config::default();
    config.commands.cross_slot = CrossSlot::Emulate;
    config
}

/// "a" and what else there is at 7000, "b" at 7001.
fn nodes(version: u64, b: u16) -> SlotMap {
    map(version, 7000, &[], &[(b"b", b)])
}

fn members(key: &[u8]) -> Vec<u8> {
    request(&[b"SMEMBERS", key])
}

fn text(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

#[test]
fn nothing_is_computed_unless_settings_say_so() {
    let mut rig = Rig::new(Config::default(), &nodes(1, 7001));
    let link = rig.ready(7000);
    let client = rig.client();
    rig.send(client, UNION);
    assert_eq!(text(&mut rig, client), CROSSSLOT);
    assert!(rig.written(Peer::Link(link)).is_empty());
    let counters = rig.pipeline.stats().counters;
    assert_eq!(
        (counters.errors_crossslot, counters.emulated_requests),
        (1, 0)
    );
}

#[test]
fn keys_are_asked_one_by_one_and_the_reply_keeps_its_place() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let get = request(&[b"GET", b"b"]);
    let union = request(&[b"SUNION", b"a", b"b", b"{a}x", b"a"]);
    let line = [&get[..], &union, &get].concat();
    rig.pipeline.handle_client_bytes(client, &line, rig.now);
    let asked = [members(b"a"), members(b"{a}x")].concat();
    assert_eq!(rig.written(Peer::Link(first)), asked);
    let asked = [&get[..], &members(b"b"), &get].concat();
    assert_eq!(rig.written(Peer::Link(second)), asked);
    rig.reply(first, b"*1\r\n$1\r\n1\r\n*1\r\n$1\r\n2\r\n");
    assert_eq!(text(&mut rig, client), "");
    rig.reply(
        second,
        b"$1\r\nx\r\n*2\r\n$1\r\n1\r\n$1\r\n3\r\n$1\r\ny\r\n",
    );
    let union = "*3\r\n$1\r\n1\r\n$1\r\n3\r\n$1\r\n2\r\n";
    let expected = format!("$1\r\nx\r\n{union}$1\r\ny\r\n");
    assert_eq!(text(&mut rig, client), expected);
    let counters = rig.pipeline.stats().counters;
    assert_eq!((counters.emulated_requests, counters.parts), (1, 3));
    assert_eq!(counters.errors_crossslot, 0);
    assert_eq!(rig.held(), 0);
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn one_slot_goes_whole_and_writes_stay_refused() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let whole: [&[&[u8]]; 3] = [
        &[b"SUNION", b"{b}1", b"{b}2"],
        &[b"LCS", b"b", b"b", b"NOSUCH"],
        &[b"ZUNION", b"1", b"b", b"WEIGHTS", b"2"],
    ];
    for words in whole {
        rig.send(client, words);
        assert_eq!(rig.written(Peer::Link(second)), request(words));
        rig.reply(second, b"*0\r\n");
        assert_eq!(text(&mut rig, client), "*0\r\n");
    }
    // Which keys it has cannot be told, so a server has the words.
    let broken: &[&[u8]] = &[b"ZUNION", b"0", b"a", b"b"];
    rig.send(client, broken);
    assert_eq!(rig.written(Peer::Link(first)), request(broken));
    rig.reply(first, b"-ERR at least 1 input key\r\n");
    assert_eq!(text(&mut rig, client), "-ERR at least 1 input key\r\n");
    let refused: [&[&[u8]]; 5] = [
        &[b"SUNIONSTORE", b"a", b"b", b"c"],
        &[b"ZUNIONSTORE", b"a", b"1", b"b"],
        &[b"PFMERGE", b"a", b"b"],
        &[b"MSETNX", b"a", b"1", b"b", b"2"],
        &[b"RENAME", b"a", b"b"],
    ];
    for words in refused {
        rig.send(client, words);
        assert_eq!(text(&mut rig, client), CROSSSLOT);
    }
    // In a transaction too.
    rig.send(client, &[b"MULTI"]);
    rig.send(client, UNION);
    rig.send(client, &[b"EXEC"]);
    let said = text(&mut rig, client);
    assert!(said.starts_with(&format!("+OK\r\n{CROSSSLOT}-EXECABORT ")));
    let counters = rig.pipeline.stats().counters;
    assert_eq!(
        (counters.errors_crossslot, counters.emulated_requests),
        (6, 0)
    );
}

#[test]
fn options_that_are_wrong_are_refused_at_once() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let link = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"SINTERCARD", b"2", b"a", b"b", b"LIMIT", b"-1"]);
    assert_eq!(text(&mut rig, client), "-ERR LIMIT can't be negative\r\n");
    assert!(rig.written(Peer::Link(link)).is_empty());
}

#[test]
fn parts_follow_redirects_and_lost_links() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"SUNION", b"a", b"b", b"{b}x"]);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    let moved = format!("-MOVED {} 127.0.0.1:7002\r\n", Slot::of_key(b"b").number());
    rig.reply(second, moved.as_bytes());
    let third = rig.ready(7002);
    rig.reply(second, moved.as_bytes());
    rig.tick(50);
    let asked = [members(b"b"), members(b"{b}x")].concat();
    assert_eq!(rig.written(Peer::Link(third)), asked);
    rig.reply(third, b"*1\r\n$1\r\n2\r\n");
    // Reads may be sent twice.
    rig.pipeline.handle_link_closed(first, rig.now);
    rig.tick(100);
    let again = rig.ready(7000);
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(again)), members(b"a"));
    rig.reply(again, b"*1\r\n$1\r\n1\r\n");
    assert_eq!(text(&mut rig, client), "");
    rig.reply(third, b"*0\r\n");
    assert_eq!(text(&mut rig, client), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    rig.tick(10);
    assert_eq!(rig.held(), 0);
}

#[test]
fn parts_of_one_slot_wait_behind_an_earlier_request() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let add: &[&[u8]] = &[b"SADD", b"b", b"9"];
    rig.send(client, add);
    rig.written(Peer::Link(second));
    rig.reply(second, b"-TRYAGAIN later\r\n");
    rig.send(client, &[b"SUNION", b"a", b"b", b"{b}x"]);
    assert_eq!(rig.written(Peer::Link(first)), members(b"a"));
    rig.reply(first, b"*0\r\n");
    assert!(rig.written(Peer::Link(second)).is_empty());
    rig.pipeline.check_invariants().unwrap();
    rig.tick(50);
    assert_eq!(rig.written(Peer::Link(second)), request(add));
    rig.reply(second, b":1\r\n");
    assert_eq!(rig.written(Peer::Link(second)), members(b"b"));
    rig.pipeline.check_invariants().unwrap();
    rig.reply(second, b"*1\r\n$1\r\n9\r\n");
    assert_eq!(rig.written(Peer::Link(second)), members(b"{b}x"));
    rig.reply(second, b"*0\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n*1\r\n$1\r\n9\r\n");
    rig.pipeline.check_invariants().unwrap();
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_part_that_fails_or_takes_too_long_fails_the_request() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, UNION);
    rig.reply(second, b"-WRONGTYPE b\r\n");
    assert_eq!(text(&mut rig, client), "");
    rig.reply(first, b"*0\r\n");
    assert_eq!(text(&mut rig, client), "-WRONGTYPE b\r\n");
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.send(client, UNION);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b"*0\r\n");
    rig.tick(1100);
    let said = text(&mut rig, client);
    assert!(said.starts_with("-ERR corelane: "), "{said}");
    assert_eq!(said.matches("\r\n").count(), 1);
    assert_eq!(rig.held(), 0);
}

#[test]
fn what_takes_too_much_is_counted() {
    let mut config = emulating();
    config.limits.merge_bytes_max = 1024;
    let mut rig = Rig::new(config, &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let big = super::bulk(600);
    let lcs: &[&[u8]] = &[b"LCS", b"a", b"b", b"LEN"];
    rig.send(client, lcs);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, &big);
    rig.reply(second, &big);
    let said = text(&mut rig, client);
    assert!(said.contains("limits.merge_bytes_max"), "{said}");
    assert_eq!(rig.pipeline.stats().counters.errors_merge_bytes, 1);
    assert_eq!(rig.held(), 0);
    rig.send(client, lcs);
    rig.reply(first, b"$3\r\nabc\r\n");
    rig.reply(second, b"$3\r\nxbc\r\n");
    assert_eq!(text(&mut rig, client), ":2\r\n");
}

#[test]
fn a_reply_of_another_kind_ends_the_link() {
    let mut rig = Rig::new(emulating(), &nodes(1, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, UNION);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b"*0\r\n");
    rig.reply(second, b"$1\r\nx\r\n");
    assert_eq!(rig.closed_links, [second]);
    rig.tick(100);
    let second = rig.ready(7001);
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(second)), members(b"b"));
    rig.reply(second, b"*0\r\n");
    assert_eq!(text(&mut rig, client), "*0\r\n");
}
