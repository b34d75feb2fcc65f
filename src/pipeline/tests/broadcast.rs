//! Requests to several nodes: who gets them, and what happens when one of them fails.

use super::{Rig, map, request};
use crate::cluster::{MapVersion, Node, Role, Shard, Slot, SlotMap};
use crate::config::Config;
use crate::pipeline::{ClientId, Peer};

const DBSIZE: &[&[u8]] = &[b"DBSIZE"];
const FLUSHALL: &[&[u8]] = &[b"FLUSHALL"];

/// Two shards: the upper half of the slots at 7001.
fn halves(version: u64, lower: u16, upper: u16) -> SlotMap {
    let mut map = map(version, lower, &[], &[]);
    let shard = map.push_shard(Shard::at(super::addr(upper))).unwrap();
    map.set_range(Slot::new(8192).unwrap(), Slot::LAST, shard);
    map
}

fn text(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

#[test]
fn every_primary_is_asked_once() {
    let mut rig = Rig::new(
        Config::default(),
        &map(1, 7000, &[7009], &[(b"b", 7001), (b"c", 7001)]),
    );
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, DBSIZE);
    for link in [first, second] {
        assert_eq!(rig.written(Peer::Link(link)), request(DBSIZE));
    }
    rig.reply(second, b":3\r\n");
    assert_eq!(text(&mut rig, client), "");
    rig.reply(first, b":4\r\n");
    assert_eq!(text(&mut rig, client), ":7\r\n");
    let counters = rig.pipeline.stats().counters;
    assert_eq!((counters.broadcasts, counters.parts), (1, 2));
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_shard_whose_slots_went_to_another_is_not_asked_through_that_one() {
    for question in [DBSIZE, FLUSHALL] {
        let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
        let (first, second) = (rig.ready(7000), rig.ready(7001));
        let client = rig.client();
        rig.send(client, question);
        rig.written(Peer::Link(second));
        assert_eq!(rig.written(Peer::Link(first)), request(question));
        rig.reply(second, b"-LOADING not yet\r\n");
        let all = map(2, 7000, &[], &[]);
        rig.pipeline.handle_slot_map(&all, rig.now);
        rig.act();
        rig.tick(50);
        assert_eq!(rig.written(Peer::Link(first)), b"", "it has it already");
        // It is back: what it is asked for again.
        let back = halves(3, 7000, 7001);
        rig.pipeline.handle_slot_map(&back, rig.now);
        rig.act();
        rig.tick(50);
        let second = rig.ready(7001);
        assert_eq!(rig.written(Peer::Link(second)), request(question));
    }
}

#[test]
fn what_concerns_all_slots_keeps_its_place_among_the_others() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let set = request(&[b"SET", b"b", b"1"]);
    let line = [&set[..], &request(FLUSHALL), &set].concat();
    rig.pipeline.handle_client_bytes(client, &line, rig.now);
    // "b" is in the lower half.
    assert_eq!(rig.written(Peer::Link(first)), set);
    assert!(rig.written(Peer::Link(second)).is_empty());
    rig.reply(first, b"+OK\r\n");
    rig.tick(10);
    for link in [first, second] {
        assert_eq!(rig.written(Peer::Link(link)), request(FLUSHALL));
    }
    rig.reply(first, b"+OK\r\n");
    rig.tick(10);
    assert!(rig.written(Peer::Link(first)).is_empty());
    rig.reply(second, b"+OK\r\n");
    rig.tick(10);
    assert_eq!(rig.written(Peer::Link(first)), set);
    rig.reply(first, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n+OK\r\n+OK\r\n");
}

#[test]
fn a_question_is_put_again_to_the_new_primary() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, DBSIZE);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b":4\r\n");
    rig.pipeline.handle_link_closed(second, rig.now);
    rig.pipeline
        .handle_slot_map(&halves(2, 7000, 7005), rig.now);
    rig.act();
    let third = rig.ready(7005);
    rig.tick(100);
    assert_eq!(rig.written(Peer::Link(third)), request(DBSIZE));
    assert!(rig.written(Peer::Link(first)).is_empty());
    rig.reply(third, b":5\r\n");
    assert_eq!(text(&mut rig, client), ":9\r\n");
}

#[test]
fn an_order_that_may_have_been_carried_out_is_not_given_again() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, FLUSHALL);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b"-ERR no\r\n");
    rig.pipeline.handle_link_closed(second, rig.now);
    rig.act();
    let said = text(&mut rig, client);
    assert!(
        said.ends_with("the outcome of this command is unknown\r\n"),
        "{said}"
    );
    // What was not written goes out again.
    rig.tick(100);
    let second = rig.ready(7001);
    rig.send(client, FLUSHALL);
    rig.written(Peer::Link(first));
    rig.pipeline.handle_link_closed(second, rig.now);
    rig.tick(100);
    let second = rig.ready(7001);
    assert_eq!(rig.written(Peer::Link(second)), request(FLUSHALL));
    rig.reply(first, b"+OK\r\n");
    rig.reply(second, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n");
}

#[test]
fn a_demoted_primary_is_followed() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, FLUSHALL);
    rig.reply(first, b"+OK\r\n");
    rig.written(Peer::Link(second));
    rig.reply(
        second,
        b"-READONLY You can't write against a read only replica.\r\n",
    );
    rig.pipeline
        .handle_slot_map(&halves(2, 7000, 7005), rig.now);
    rig.act();
    let third = rig.ready(7005);
    rig.tick(100);
    assert_eq!(rig.written(Peer::Link(third)), request(FLUSHALL));
    rig.reply(third, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n");
}

/// The slot that stood for a shard has moved to another one, and the shard has failed over too: each of them is still
/// asked once.
#[test]
fn a_shard_is_not_forgotten_when_its_lowest_slot_moves() {
    for successor in [7001, 7005] {
        shard_whose_slot_moves(successor);
    }
}

fn shard_whose_slot_moves(successor: u16) {
    let mut map = halves(1, 7000, 7001);
    let replica = Node::at(super::addr(7005), Role::Replica);
    map.shards[1].replicas.push(replica);
    let mut rig = Rig::new(Config::default(), &map);
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, FLUSHALL);
    rig.written(Peer::Link(first));
    rig.pipeline.handle_link_closed(second, rig.now);
    let mut moved = halves(2, 7000, successor);
    let (to, lowest) = (
        moved.shard_index(Slot::FIRST).unwrap(),
        Slot::new(8192).unwrap(),
    );
    moved.set_range(lowest, lowest, to);
    rig.pipeline.handle_slot_map(&moved, rig.now);
    rig.act();
    rig.tick(100);
    let second = rig.ready(successor);
    assert_eq!(rig.written(Peer::Link(second)), request(FLUSHALL));
    assert!(rig.written(Peer::Link(first)).is_empty());
    rig.reply(first, b"+OK\r\n");
    rig.reply(second, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n");
}

#[test]
fn a_node_that_is_not_there_is_named() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[7009], &[]));
    let primary = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"CONFIG", b"SET", b"maxmemory", b"1"]);
    rig.written(Peer::Link(primary));
    rig.reply(primary, b"+OK\r\n");
    for _ in 0..11 {
        let replica = rig.link(7009);
        rig.pipeline.handle_link_closed(replica, rig.now);
        rig.tick(100);
    }
    let said = text(&mut rig, client);
    assert!(
        said.starts_with("-CLUSTERDOWN corelane: node 127.0.0.1:7009 did not"),
        "{said}"
    );
    assert_eq!(rig.held(), 0);
}

#[test]
fn nodes_that_the_cluster_calls_failed_are_not_questioned() {
    let mut with_failed = map(1, 7000, &[7009, 7010], &[]);
    let shards: Vec<Shard> = with_failed.shards.drain(..).collect();
    for mut shard in shards {
        shard.replicas[0].failed = true;
        with_failed.push_shard(shard).unwrap();
    }
    let mut rig = Rig::new(Config::default(), &with_failed);
    let primary = rig.ready(7000);
    let client = rig.client();
    rig.send(client, &[b"SLOWLOG", b"LEN"]);
    let replica = rig.ready(7010);
    rig.reply(primary, b":1\r\n");
    rig.reply(replica, b":2\r\n");
    assert_eq!(text(&mut rig, client), ":3\r\n");
    // An order is for them too.
    rig.tick(10);
    rig.send(client, &[b"SLOWLOG", b"RESET"]);
    rig.reply(primary, b"+OK\r\n");
    rig.reply(replica, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "");
    let failed = rig.ready(7009);
    assert_eq!(
        rig.written(Peer::Link(failed)),
        request(&[b"SLOWLOG", b"RESET"])
    );
    rig.reply(failed, b"+OK\r\n");
    assert_eq!(text(&mut rig, client), "+OK\r\n");
}

#[test]
fn nothing_is_sent_while_slots_have_no_owner() {
    let mut half = SlotMap::empty();
    half.version = MapVersion(1);
    let shard = half.push_shard(Shard::at(super::addr(7000))).unwrap();
    half.set_range(Slot::FIRST, Slot::new(99).unwrap(), shard);
    let mut rig = Rig::new(Config::default(), &half);
    let first = rig.ready(7000);
    let client = rig.client();
    rig.send(client, DBSIZE);
    rig.tick(500);
    assert!(rig.written(Peer::Link(first)).is_empty());
    rig.tick(600);
    let said = text(&mut rig, client);
    assert!(
        said.starts_with("-CLUSTERDOWN corelane: no node is known to serve slot 100"),
        "{said}"
    );
    rig.send(client, DBSIZE);
    rig.tick(500);
    rig.pipeline
        .handle_slot_map(&halves(2, 7000, 7001), rig.now);
    rig.act();
    let second = rig.ready(7001);
    rig.tick(10);
    rig.reply(first, b":1\r\n");
    rig.reply(second, b":1\r\n");
    assert_eq!(text(&mut rig, client), ":2\r\n");
}

#[test]
fn a_late_node_is_an_error_and_the_others_go_on() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let (client, other) = (rig.client(), rig.client());
    rig.send(client, &[b"KEYS", b"*"]);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b"*1\r\n$1\r\na\r\n");
    rig.tick(1010);
    let said = text(&mut rig, client);
    assert!(
        said.starts_with("-ERR corelane: timeout: node 127.0.0.1:7001"),
        "{said}"
    );
    rig.send(other, &[b"GET", b"b"]);
    assert_eq!(rig.written(Peer::Link(first)), request(&[b"GET", b"b"]));
    assert_eq!(rig.held(), request(&[b"GET", b"b"]).len());
}

#[test]
fn a_reply_of_another_kind_costs_the_link() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, DBSIZE);
    rig.written(Peer::Link(first));
    rig.written(Peer::Link(second));
    rig.reply(first, b"+OK\r\n");
    assert_eq!(rig.pipeline.stats().counters.links_desync, 1);
    rig.reply(second, b":1\r\n");
    rig.tick(50);
    let first = rig.ready(7000);
    assert_eq!(rig.written(Peer::Link(first)), request(DBSIZE));
    rig.reply(first, b":1\r\n");
    assert_eq!(text(&mut rig, client), ":2\r\n");
}

#[test]
fn replicas_that_come_first_for_reads_are_asked_like_for_any_read() {
    let mut config = Config::default();
    config.cluster.master_read_priority = 10;
    let mut rig = Rig::new(config, &map(1, 7000, &[7009], &[]));
    let primary = rig.ready(7000);
    let client = rig.client();
    rig.send(client, DBSIZE);
    let replica = rig.ready(7009);
    assert_eq!(rig.written(Peer::Link(replica)), request(DBSIZE));
    rig.reply(replica, b":1\r\n");
    rig.tick(10);
    rig.send(client, FLUSHALL);
    assert!(rig.written(Peer::Link(replica)).is_empty());
    assert_eq!(rig.written(Peer::Link(primary)), request(FLUSHALL));
}

#[test]
fn info_asks_nodes_for_what_they_know() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"INFO", b"keyspace", b"cpu"]);
    // No node has told its version here.
    rig.tick(1010);
    for link in [first, second] {
        assert_eq!(
            rig.written(Peer::Link(link)),
            request(&[b"INFO", b"keyspace"])
        );
        rig.reply(
            link,
            b"$49\r\n# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=100000\r\n\r\n",
        );
    }
    let said = text(&mut rig, client);
    let (cpu, keys) = said.split_once("# Keyspace\r\n").unwrap();
    assert!(cpu.contains("used_cpu_user:"), "{said}");
    assert_eq!(keys, "db0:keys=4,expires=2,avg_ttl=100000\r\n\r\n");
    rig.tick(10);
    // Plain INFO asks for all that nodes know, and does not depend on it.
    let told = "# Memory\r\nused_memory:7\r\n\r\n# Persistence\r\nrdb_bgsave_in_progress:1\r\n\r\n# Stats\r\n\
                total_commands_processed:99\r\nkeyspace_hits:4\r\n\r\n# Keyspace\r\n\r\n";
    let told = format!("${}\r\n{told}\r\n", told.len());
    let asked = "INFO memory persistence stats modules errorstats keyspace";
    let asked: Vec<&[u8]> = asked.split(' ').map(str::as_bytes).collect();
    for (answers, is_whole) in [(true, true), (false, false)] {
        rig.send(client, &[b"INFO"]);
        rig.tick(1010);
        for link in [first, second] {
            assert_eq!(rig.written(Peer::Link(link)), request(&asked));
        }
        rig.reply(first, told.as_bytes());
        let second_says: &[u8] = if answers {
            told.as_bytes()
        } else {
            b"-BUSY script\r\n"
        };
        rig.reply(second, second_says);
        let said = text(&mut rig, client);
        assert!(said.contains("# Keyspace\r\n"), "{said}");
        assert_eq!(
            said.contains("rdb_bgsave_in_progress:1"),
            is_whole,
            "{said}"
        );
        assert_eq!(said.contains("\r\nloading:0"), !is_whole, "{said}");
        for line in ["used_memory:14", "keyspace_hits:8"] {
            assert_eq!(
                said.contains(&format!("\r\n{line}\r\n")),
                is_whole,
                "{said}"
            );
        }
        // What clients ask for is counted here.
        assert_eq!(said.matches("\r\ntotal_commands_processed:").count(), 1);
        assert!(!said.contains("total_commands_processed:198"), "{said}");
        assert!(said.contains("# Corelane\r\n"), "{said}");
        rig.tick(10);
    }
}

#[test]
fn info_asks_nobody_in_a_transaction() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let first = rig.ready(7000);
    let client = rig.client();
    for line in [
        &[b"MULTI".as_slice()][..],
        &[b"INFO", b"keyspace"],
        &[b"EXEC"],
    ] {
        rig.send(client, line);
    }
    rig.tick(1010);
    let said = text(&mut rig, client);
    assert!(
        said.contains("# Keyspace\r\n") && !said.contains('\u{1}'),
        "{said}"
    );
    assert!(rig.written(Peer::Link(first)).is_empty());
}

/// After a failover the old and the new primary are one shard, which must not be counted twice.
#[test]
fn owners_that_only_redirects_know_are_waited_for() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"GET", b"b"]);
    rig.written(Peer::Link(first));
    let slot = Slot::of_key(b"b").number();
    rig.reply(
        first,
        format!("-MOVED {slot} 127.0.0.1:7005\r\n").as_bytes(),
    );
    let third = rig.ready(7005);
    rig.written(Peer::Link(third));
    rig.reply(third, b"$1\r\n1\r\n");
    text(&mut rig, client);
    for (version, asked) in [(2, [third, second]), (0, [third, second])] {
        rig.send(client, DBSIZE);
        rig.tick(100);
        if version == 2 {
            assert!(rig.written(Peer::Link(first)).is_empty());
            assert!(rig.written(Peer::Link(second)).is_empty());
            let map = halves(version, 7005, 7001);
            rig.pipeline.handle_slot_map(&map, rig.now);
            rig.tick(10);
        }
        for link in asked {
            assert_eq!(rig.written(Peer::Link(link)), request(DBSIZE));
            rig.reply(link, b":1\r\n");
        }
        assert_eq!(text(&mut rig, client), ":2\r\n");
    }
}

#[test]
fn a_map_that_does_not_change_is_not_waited_for_long() {
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    rig.send(client, &[b"GET", b"b"]);
    rig.written(Peer::Link(first));
    let slot = Slot::of_key(b"b").number();
    rig.reply(
        first,
        format!("-MOVED {slot} 127.0.0.1:7005\r\n").as_bytes(),
    );
    let third = rig.ready(7005);
    rig.reply(third, b"$1\r\n1\r\n");
    text(&mut rig, client);
    rig.send(client, DBSIZE);
    rig.tick(400);
    for link in [first, second] {
        assert_eq!(rig.written(Peer::Link(link)), request(DBSIZE));
        rig.reply(link, b":1\r\n");
    }
    assert_eq!(text(&mut rig, client), ":2\r\n");
}

#[test]
fn administration_is_for_those_whom_settings_allow_it() {
    let lines: [&[&[u8]]; 4] = [
        &[b"DEBUG", b"SLEEP", b"0"],
        &[b"DEBUG", b"OBJECT", b"b"],
        &[b"MODULE", b"UNLOAD", b"x"],
        &[b"PFDEBUG", b"ENCODING", b"b"],
    ];
    let mut rig = Rig::new(Config::default(), &halves(1, 7000, 7001));
    let first = rig.ready(7000);
    let client = rig.client();
    for line in lines {
        rig.send(client, line);
        let said = text(&mut rig, client);
        assert!(said.contains("commands.allow_administration"), "{said}");
    }
    assert!(rig.written(Peer::Link(first)).is_empty());
    let mut config = Config::default();
    config.commands.allow_administration = true;
    let mut map = halves(1, 7000, 7001);
    let replica = Node::at(super::addr(7009), Role::Replica);
    map.shards[0].replicas.push(replica);
    let mut rig = Rig::new(config, &map);
    let (first, second) = (rig.ready(7000), rig.ready(7001));
    let client = rig.client();
    let expected = [
        [true, true, false],
        [true, false, false],
        [true, true, true],
        [true, false, false],
    ];
    for (line, expected) in lines.into_iter().zip(expected) {
        rig.send(client, line);
        let mut asked = vec![first, second];
        if expected[2] {
            asked.push(rig.ready(7009));
        }
        for (link, expected) in asked.into_iter().zip(expected) {
            let got = !rig.written(Peer::Link(link)).is_empty();
            assert_eq!(got, expected, "{line:?}");
            if got {
                rig.reply(link, b"+OK\r\n");
            }
        }
        assert_eq!(text(&mut rig, client), "+OK\r\n", "{line:?}");
        rig.tick(10);
    }
    // "a" is in the upper half.
    rig.send(client, &[b"DEBUG", b"DIGEST-VALUE", b"b", b"a"]);
    let said = text(&mut rig, client);
    assert!(said.starts_with("-CROSSSLOT "), "{said}");
}

#[test]
fn settings_that_could_cut_links_are_for_administrators() {
    let guarded: [&[&[u8]]; 4] = [
        &[b"CONFIG", b"SET", b"requirepass", b"x"],
        &[b"config", b"set", b"maxmemory", b"1", b"TLS-Port", b"1"],
        &[b"CONFIG", b"SET", b"cluster-enabled", b"no", b"x"],
        &[b"CONFIG", b"REWRITE"],
    ];
    let harmless: &[&[u8]] = &[b"CONFIG", b"SET", b"maxmemory", b"1", b"save", b"port"];
    for is_allowed in [false, true] {
        let mut config = Config::default();
        config.commands.allow_administration = is_allowed;
        let mut rig = Rig::new(config, &map(1, 7000, &[], &[]));
        let link = rig.ready(7000);
        let client = rig.client();
        for line in guarded.into_iter().chain([harmless]) {
            rig.send(client, line);
            if is_allowed || line == harmless {
                assert_eq!(rig.written(Peer::Link(link)), request(line));
                rig.reply(link, b"+OK\r\n");
                assert_eq!(text(&mut rig, client), "+OK\r\n");
            } else {
                let said = text(&mut rig, client);
                assert!(said.contains("commands.allow_administration"), "{said}");
                assert!(rig.written(Peer::Link(link)).is_empty());
            }
            rig.tick(10);
        }
    }
}
