//! What is done with each command, and why some are refused.

use std::collections::HashSet;

use super::{command, request};
use crate::command::{
    Flags, Local, RequestPolicy, Split, Treatment, Why, blocks, by_key, each, treatment,
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
        "hscan sscan zscan object|encoding move xinfo|stream xgroup|create memory|usage substr msetex",
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
    (Treatment::Split(Split::Del), "del"),
    (Treatment::Split(Split::Unlink), "unlink"),
    (Treatment::Split(Split::Exists), "exists"),
    (Treatment::Split(Split::Touch), "touch"),
    (Treatment::Scan, "scan clusterscan"),
];

const OTHERS: &[(Treatment, &str)] = &[
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
            Unsupported(Why::Transaction),
            "multi exec discard watch unwatch",
        ),
        (
            Unsupported(Why::Script),
            "eval evalsha eval_ro evalsha_ro fcall fcall_ro script|load function|list",
        ),
        (
            Unsupported(Why::Broadcast),
            "dbsize flushall flushdb keys randomkey",
        ),
        (
            Unsupported(Why::Administration),
            "migrate pfdebug restore-asking debug shutdown config|set",
        ),
        (
            Unsupported(Why::Administration),
            "cluster|meet cluster|setslot config slowlog|get save psync acl|genpass",
        ),
        (
            Unsupported(Why::Connection),
            "client|import-source himport|prepare himport|set",
        ),
        (
            Unsupported(Why::Administration),
            "cluster|migration cluster|slot-stats hotkeys|start backup|start trimslots",
        ),
        (
            Unsupported(Why::NoKey),
            "xinfo object ft.cursor ft._list ts.mget ts.queryindex",
        ),
    ];
    check_treatments(rows);
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
            assert!(
                !matches!(why, Why::NoKey | Why::Broadcast),
                "{}",
                entry.name
            );
        }
    }
    for entry in each().filter(|entry| matches!(treatment(entry), Treatment::Split(_))) {
        assert_eq!(entry.request_policy, Some(RequestPolicy::MultiShard));
        assert_eq!(entry.first_key_index(), Some(1));
    }
}

#[test]
fn reasons_are_told_apart() {
    let whys = [
        Why::Transaction,
        Why::PubSub,
        Why::Script,
        Why::Broadcast,
        Why::Administration,
        Why::Connection,
        Why::NoKey,
    ];
    let texts: HashSet<&str> = whys.into_iter().map(Why::text).collect();
    assert_eq!(texts.len(), whys.len());
    assert_eq!(
        Why::Transaction.text(),
        "transactions are not supported yet"
    );
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
