//! What is done with each command, and why some are refused.

use std::collections::HashSet;

use super::{command, request};
use crate::command::{
    Flags, Local, Merge, RequestPolicy, Restricted, Script, Split, Step, To, Treatment, Why,
    blocks, by_key, each, emulation, treatment,
};
use crate::resp::RequestView;

#[test]
fn treatments() {
    check_treatments(WITH_KEYS);
    check_treatments(OTHERS);
}

const WITH_KEYS: &[(Treatment, &str)] = &[
    (
        Treatment::ByKey,
        "get set incr lpush lrange hset zadd sort sort_ro georadius bitop rename copy lcs lmpop",
    ),
    (
        Treatment::ByKey,
        "xread xreadgroup xadd msetnx sintercard zunionstore pfcount pfmerge restore dump",
    ),
    (
        Treatment::ByKey,
        "hscan sscan zscan object|encoding move xinfo|stream xgroup|create memory|usage substr",
    ),
    (
        Treatment::Blocking,
        "blpop brpop brpoplpush blmove blmpop blmovem bzpopmin bzpopmax bzmpop",
    ),
    (Treatment::Wait, "wait waitaof"),
    // Of newer versions of Redis, and of the modules that it bundles.
    (
        Treatment::ByKey,
        "delex digest increx xdelex xackdel xcfgset hgetex hsetex hpexpire httl arset arget sunioncard lmovem",
    ),
    (
        Treatment::ByKey,
        "vadd vsim json.set json.mget ts.add ts.madd bf.add cf.add cms.merge topk.add tdigest.merge",
    ),
    (
        Treatment::ByKey,
        "ft.create ft.search ft.aggregate ft.cursor|read ft.dropindex ft.sugadd ft.hybrid",
    ),
    (Treatment::Split(Split::Mget), "mget"),
    (Treatment::Split(Split::Mset), "mset"),
    (Treatment::Split(Split::Msetex), "msetex"),
    (Treatment::Split(Split::Del), "del"),
    (Treatment::Split(Split::Unlink), "unlink"),
    (Treatment::Split(Split::Exists), "exists"),
    (Treatment::Split(Split::Touch), "touch"),
    (Treatment::Scan, "scan clusterscan"),
    (
        Treatment::Restricted(Restricted::ByKey),
        "migrate pfdebug restore-asking",
    ),
    (Treatment::Restricted(Restricted::Debug), "debug"),
    (
        Treatment::Restricted(Restricted::Everywhere),
        "module|load module|loadex module|unload config|rewrite",
    ),
    (Treatment::Restricted(Restricted::Settings), "config|set"),
    (Treatment::Script(Script::Eval), "eval eval_ro"),
    (Treatment::Script(Script::Evalsha), "evalsha evalsha_ro"),
    (Treatment::Script(Script::Function), "fcall fcall_ro"),
    (Treatment::Script(Script::Load), "script|load"),
    (Treatment::Script(Script::Flush), "script|flush"),
];

const OTHERS: &[(Treatment, &str)] = &[
    (Treatment::Transaction(Step::Multi), "multi"),
    (Treatment::Transaction(Step::Exec), "exec"),
    (Treatment::Transaction(Step::Discard), "discard"),
    (Treatment::Transaction(Step::Watch), "watch"),
    (Treatment::Transaction(Step::Unwatch), "unwatch"),
    (Treatment::Local(Local::Ping), "ping"),
    (Treatment::Local(Local::Echo), "echo"),
    (Treatment::Local(Local::Quit), "quit"),
    (Treatment::Local(Local::Select), "select"),
    (Treatment::Local(Local::Auth), "auth"),
    (Treatment::Local(Local::Hello), "hello"),
    (
        Treatment::Local(Local::Client),
        "client|id client|setname client|getname client|setinfo client|info client|tracking",
    ),
    (
        Treatment::Local(Local::Clients),
        "client|list client|kill client|pause client|unpause",
    ),
    (Treatment::Local(Local::Unblock), "client|unblock"),
    (Treatment::Local(Local::Reply), "client|reply"),
    (Treatment::Local(Local::Monitor), "monitor"),
    (Treatment::Local(Local::Mode), "asking readonly readwrite"),
    (Treatment::Local(Local::Databases), "swapdb"),
    (Treatment::Local(Local::Role), "role"),
    (Treatment::Local(Local::Lolwut), "lolwut"),
    (
        Treatment::Local(Local::Help),
        "client|help cluster|help command|help object|help xinfo|help config|help",
    ),
    (
        Treatment::Local(Local::Command),
        "command command|info command|docs command|getkeys command|list",
    ),
    (Treatment::Local(Local::Info), "info"),
    (Treatment::Local(Local::Time), "time"),
    (Treatment::Local(Local::Reset), "reset"),
    (
        Treatment::Local(Local::Cluster),
        "cluster|keyslot cluster|slots cluster|shards cluster|nodes cluster|getkeysinslot",
    ),
];

#[test]
fn treatments_of_messages() {
    check_treatments(&[
        (Treatment::ByChannel, "publish spublish"),
        (
            Treatment::Local(Local::Subscribe),
            "subscribe psubscribe ssubscribe",
        ),
        (
            Treatment::Local(Local::Unsubscribe),
            "unsubscribe punsubscribe sunsubscribe",
        ),
        (
            Treatment::Local(Local::PubSub),
            "pubsub|channels pubsub|numpat pubsub|numsub pubsub|shardchannels pubsub|shardnumsub",
        ),
    ]);
}

#[test]
fn refusals() {
    use Treatment::Unsupported;
    let rows: &[(Treatment, &str)] = &[
        (
            Unsupported(Why::Administration),
            "shutdown failover replicaof psync replconf",
        ),
        (
            Unsupported(Why::Administration),
            "cluster|meet cluster|setslot config sync",
        ),
        (
            Unsupported(Why::Connection),
            "client|import-source script|debug himport|prepare himport|set",
        ),
        (
            Unsupported(Why::Administration),
            "cluster|migration hotkeys|start backup|start trimslots",
        ),
        (
            Unsupported(Why::NoKey),
            "xinfo object script function ft.cursor ft.config|set",
        ),
    ];
    check_treatments(rows);
}

#[test]
fn broadcasts() {
    let rows = [
        (To::Primaries, Merge::Sum, true, "dbsize"),
        (To::Primaries, Merge::Concat, true, "keys"),
        (To::Primaries, Merge::Random, true, "randomkey"),
        (To::Primaries, Merge::SlotStats, true, "cluster|slot-stats"),
        (To::Primaries, Merge::Concat, false, "sflush"),
        (
            To::One,
            Merge::First,
            true,
            "ft._list ft.config|get ts.mget ts.mrange ts.mrevrange ts.queryindex ts.querylabels",
        ),
        (
            To::Primaries,
            Merge::First,
            false,
            "flushall flushdb save bgsave memory|purge",
        ),
        (To::Primaries, Merge::Min, true, "lastsave"),
        (
            To::All,
            Merge::First,
            false,
            "slowlog|reset commandlog|reset",
        ),
        (To::All, Merge::Sum, true, "slowlog|len commandlog|len"),
        (To::All, Merge::Newest, true, "slowlog|get commandlog|get"),
        (
            To::One,
            Merge::First,
            true,
            "config|get module|list function|list function|dump",
        ),
        (
            To::Primaries,
            Merge::First,
            false,
            "function|load function|delete function|flush function|restore",
        ),
        (To::Primaries, Merge::Running, true, "function|stats"),
        (To::Primaries, Merge::And, true, "script|exists"),
        (To::Busy, Merge::Any, false, "script|kill function|kill"),
    ];
    for (to, merge, repeats, names) in rows {
        for name in names.split(' ') {
            let Treatment::Broadcast(found) = treatment(command(name)) else {
                panic!("{name} is no broadcast");
            };
            assert_eq!(
                (found.to, found.merge, found.repeats),
                (to, merge, repeats),
                "{name}"
            );
        }
    }
}

#[test]
fn broadcasts_are_what_servers_say_or_reach_fewer_nodes_with_a_reason() {
    // What stands for all nodes, because they have been told the same, and what servers say nothing about.
    let own = [
        "script|show",
        "function|list",
        "function|dump",
        "config|get",
        "module|list",
        "lastsave",
        "save",
        "bgsave",
        "bgrewriteaof",
        "sflush",
    ];
    for entry in each() {
        let Treatment::Broadcast(found) = treatment(entry) else {
            continue;
        };
        assert!(!entry.has_keys(), "{}", entry.name);
        assert!(!(found.repeats && entry.is_write()), "{}", entry.name);
        let expected = match found.to {
            To::One => None,
            To::Primaries | To::Busy => Some(RequestPolicy::AllShards),
            To::Serving | To::All => Some(RequestPolicy::AllNodes),
        };
        if !own.contains(&entry.name) {
            assert_eq!(entry.request_policy, expected, "{}", entry.name);
        }
    }
}

fn check_treatments(rows: &[(Treatment, &str)]) {
    for (expected, names) in rows {
        for name in names.split(' ') {
            assert_eq!(treatment(command(name)), *expected, "{name}");
        }
    }
}

#[test]
fn what_goes_by_key_has_keys_and_does_not_wait() {
    assert!(by_key().count() > 170, "{}", by_key().count());
    for entry in by_key() {
        assert!(
            entry.has_keys() && !entry.flags.has(Flags::ADMIN),
            "{}",
            entry.name
        );
        assert!(entry.is_readonly() || entry.is_write(), "{}", entry.name);
        let may_wait = entry.flags.has(Flags::BLOCKING);
        assert_eq!(may_wait, entry.name.starts_with("xread"), "{}", entry.name);
    }
    for entry in each().filter(|entry| entry.has_keys()) {
        if let Treatment::Unsupported(why) = treatment(entry) {
            assert!(why != Why::NoKey, "{}", entry.name);
        }
    }
    for entry in each().filter(|entry| matches!(treatment(entry), Treatment::Split(_))) {
        assert_eq!(entry.request_policy, Some(RequestPolicy::MultiShard));
        // A number of keys stands before those of MSETEX.
        let first = (entry.name != "msetex").then_some(1);
        assert_eq!(entry.first_key_index(), first);
    }
}

#[test]
fn what_can_be_computed_reads_and_goes_by_key() {
    let emulated = each().filter(|entry| emulation(entry).is_some());
    let names: Vec<&str> = emulated.map(|entry| entry.name).collect();
    let expected = "lcs pfcount sdiff sinter sintercard sunion zdiff zinter zintercard zunion";
    assert_eq!(names.join(" "), expected);
    for entry in each().filter(|entry| emulation(entry).is_some()) {
        assert_eq!(treatment(entry), Treatment::ByKey, "{}", entry.name);
        assert!(entry.is_readonly(), "{}", entry.name);
        assert_eq!(entry.only_key_index(), None, "{}", entry.name);
    }
}

#[test]
fn reasons_are_told_apart() {
    let whys = [
        Why::NotAllowed,
        Why::Administration,
        Why::Connection,
        Why::NoKey,
    ];
    let texts: HashSet<&str> = whys.into_iter().map(Why::text).collect();
    assert_eq!(texts.len(), whys.len());
    assert!(
        texts
            .iter()
            .all(|text| !text.is_empty() && !text.contains(['\r', '\n']))
    );
}

#[test]
fn block_is_an_option_only() {
    let rows = [
        ("XREAD STREAMS a 0", false),
        ("XREAD BLOCK 0 STREAMS a 0", true),
        ("xread count 5 block 10 streams a 0", true),
        ("XREAD STREAMS block 0", false),
        ("XREAD COUNT block STREAMS a 0", false),
        ("XREADGROUP GROUP block block STREAMS a >", false),
        ("XREADGROUP GROUP g c NOACK BLOCK 0 STREAMS a >", true),
        ("XREADGROUP GROUP g c COUNT 1 STREAMS block >", false),
        ("XREAD", false),
        ("XREAD COUNT", false),
        ("XREADGROUP GROUP g", false),
        ("XREAD BLOCK", true),
        ("MSETNX block 1 a 2", false),
        ("SORT k BY block", false),
    ];
    for (line, expected) in rows {
        assert_eq!(
            blocks(&RequestView::new(&request(line))),
            expected,
            "{line}"
        );
    }
}
