//! Commands on the keys of one slot: what comes through the proxy equals what the node itself says.
//!
//! Each list of requests runs through the proxy and then, on emptied keys, directly at the owner of the
//! keys. Words that begin with `@` are keys. Lists hold nothing that depends on time or chance.

use std::collections::BTreeSet;

use crate::client::{Client, Reply, request};
use crate::harness::{Setup, matrix, unique};

matrix!(
    strings,
    bits,
    keys,
    lists,
    hashes,
    sets,
    sorted_sets,
    geo_and_hyperloglog,
    streams,
    mistakes,
    dump_and_restore,
);

fn strings(setup: Setup) {
    same_as_direct(setup, STRINGS);
}

const STRINGS: &[&str] = &[
    "GET @s",
    "SET @s hello",
    "GET @s",
    "set @s again NX",
    "SET @s again XX GET",
    "SETNX @s other",
    "SETEX @e 1000 v",
    "PSETEX @e 1000000 v",
    "GETSET @s first",
    "GETEX @e PERSIST",
    "TTL @e",
    "APPEND @s -second",
    "STRLEN @s",
    "SETRANGE @s 3 XYZ",
    "GETRANGE @s 0 -4",
    "SUBSTR @s 1 2",
    "INCR @n",
    "INCRBY @n 41",
    "DECR @n",
    "DECRBY @n 100",
    "INCRBYFLOAT @f 3.25",
    "SET @other first-XYnd",
    "LCS @s @other",
    "LCS @s @other LEN",
    "LCS @s @other IDX WITHMATCHLEN",
    "MSETNX @m1 1 @m2 2",
    "MSETNX @m1 1 @m3 2",
    "GETDEL @s",
    "GET @s",
];

fn bits(setup: Setup) {
    same_as_direct(setup, BITS);
}

const BITS: &[&str] = &[
    "SETBIT @b 7 1",
    "GETBIT @b 7",
    "GETBIT @b 100",
    "BITCOUNT @b",
    "BITCOUNT @b 0 0 BYTE",
    "BITPOS @b 1",
    "BITFIELD @b SET u8 8 255 GET u4 0 INCRBY u2 100 1",
    "BITFIELD @b OVERFLOW FAIL INCRBY u2 100 3",
    "BITFIELD_RO @b GET u8 0",
    "SET @c abc",
    "BITOP AND @d @b @c",
    "BITOP NOT @d @c",
    "GET @d",
];

fn keys(setup: Setup) {
    same_as_direct(setup, KEYS);
}

const KEYS: &[&str] = &[
    "SET @a 1",
    "TYPE @a",
    "TYPE @missing",
    "EXPIRE @a 1000",
    "EXPIRE @a 500 GT",
    "EXPIREAT @a 99999999999",
    "PEXPIREAT @a 99999999999000",
    "EXPIRETIME @a",
    "PEXPIRETIME @a",
    "PERSIST @a",
    "PTTL @a",
    "OBJECT ENCODING @a",
    "OBJECT REFCOUNT @missing",
    "COPY @a @b",
    "COPY @a @b",
    "COPY @a @b REPLACE",
    "RENAME @b @c",
    "RENAMENX @c @a",
    "RENAME @missing @c",
    "EXISTS @a @c @missing",
    "TOUCH @a @c",
    "MGET @a @missing @c",
    "MSET @a 1 @x 2",
    "DEL @a @x",
    "UNLINK @c @missing",
    "RPUSH @l 3 1 2",
    "SORT @l",
    "SORT @l DESC LIMIT 0 2",
    "SORT_RO @l",
    "SORT @l STORE @sorted",
    "LRANGE @sorted 0 -1",
];

fn lists(setup: Setup) {
    same_as_direct(setup, LISTS);
}

const LISTS: &[&str] = &[
    "RPUSH @l a b c d e a",
    "LPUSH @l z",
    "RPUSHX @missing z",
    "LPUSHX @l y",
    "LRANGE @l 0 -1",
    "LLEN @l",
    "LINDEX @l 2",
    "LINDEX @l 99",
    "LSET @l 2 changed",
    "LINSERT @l BEFORE changed before",
    "LPOS @l a",
    "LPOS @l a COUNT 0",
    "LREM @l 0 a",
    "LTRIM @l 0 4",
    "LPOP @l",
    "LPOP @l 2",
    "LPOP @missing",
    "LPOP @missing 2",
    "RPOP @l",
    "RPUSH @l 1 2 3",
    "LMOVE @l @m LEFT RIGHT",
    "RPOPLPUSH @l @m",
    "LMPOP 2 @missing @m LEFT COUNT 5",
    "LMPOP 1 @missing LEFT",
    "LRANGE @m 0 -1",
];

fn hashes(setup: Setup) {
    same_as_direct(setup, HASHES);
}

const HASHES: &[&str] = &[
    "HSET @h f1 v1 f2 v2",
    "HSETNX @h f1 other",
    "HGET @h f1",
    "HGET @h missing",
    "HMSET @h f3 3",
    "HMGET @h f1 missing f3",
    "HGETALL @h",
    "HGETALL @missing",
    "HKEYS @h",
    "HVALS @h",
    "HLEN @h",
    "HSTRLEN @h f1",
    "HEXISTS @h f1",
    "HINCRBY @h f3 4",
    "HINCRBYFLOAT @h f3 0.5",
    "HRANDFIELD @one",
    "HSCAN @h 0",
    "HDEL @h f1 missing",
];

fn sets(setup: Setup) {
    same_as_direct(setup, SETS);
}

const SETS: &[&str] = &[
    "SADD @s 1 2 3 4",
    "SADD @t 3 4 5",
    "SMEMBERS @s",
    "SISMEMBER @s 3",
    "SMISMEMBER @s 3 9",
    "SCARD @s",
    "SINTER @s @t",
    "SINTERCARD 2 @s @t",
    "SINTERCARD 2 @s @t LIMIT 1",
    "SUNION @s @t",
    "SDIFF @s @t",
    "SINTERSTORE @d @s @t",
    "SUNIONSTORE @d @s @t",
    "SDIFFSTORE @d @s @t",
    "SMOVE @s @t 1",
    "SSCAN @s 0",
    "SREM @s 2 3 99",
    "SRANDMEMBER @missing",
    "SRANDMEMBER @missing 3",
    "SPOP @missing",
];

fn sorted_sets(setup: Setup) {
    same_as_direct(setup, SORTED_SETS);
}

const SORTED_SETS: &[&str] = &[
    "ZADD @z 1 one 2 two 3.5 three",
    "ZADD @z XX CH 4 two",
    "ZADD @z INCR 1 one",
    "ZADD @z NX INCR 1 one",
    "ZSCORE @z one",
    "ZSCORE @z missing",
    "ZMSCORE @z one missing",
    "ZCARD @z",
    "ZCOUNT @z -inf +inf",
    "ZRANK @z three",
    "ZREVRANK @z missing",
    "ZINCRBY @z 1.5 one",
    "ZRANGE @z 0 -1",
    "ZRANGE @z 0 -1 WITHSCORES",
    "ZRANGE @z (1 5 BYSCORE LIMIT 0 2",
    "ZREVRANGE @z 0 1 WITHSCORES",
    "ZRANGEBYSCORE @z 0 10",
    "ZREVRANGEBYSCORE @z 10 0",
    "ZRANGESTORE @w @z 0 1",
    "ZADD @y 7 one 0 other",
    "ZUNION 2 @z @y WITHSCORES",
    "ZINTER 2 @z @y WEIGHTS 2 3",
    "ZDIFF 2 @z @y",
    "ZUNIONSTORE @d 2 @z @y AGGREGATE MAX",
    "ZINTERSTORE @d 2 @z @y",
    "ZDIFFSTORE @d 2 @z @y",
    "ZINTERCARD 2 @z @y",
    "ZSCAN @z 0",
    "ZADD @lex 0 a 0 b 0 c",
    "ZRANGEBYLEX @lex - (c",
    "ZREVRANGEBYLEX @lex + -",
    "ZLEXCOUNT @lex - +",
    "ZREMRANGEBYLEX @lex [a [a",
    "ZPOPMIN @z",
    "ZPOPMAX @z 2",
    "ZPOPMIN @missing",
    "ZMPOP 1 @y MAX",
    "ZREM @z one",
    "ZREMRANGEBYRANK @y 0 0",
    "ZREMRANGEBYSCORE @y 0 100",
    "ZRANDMEMBER @missing",
];

fn geo_and_hyperloglog(setup: Setup) {
    same_as_direct(setup, GEO);
}

const GEO: &[&str] = &[
    "GEOADD @g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
    "GEODIST @g Palermo Catania km",
    "GEOPOS @g Palermo missing",
    "GEOHASH @g Palermo missing",
    "GEOSEARCH @g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST",
    "GEORADIUS @g 15 37 200 km WITHDIST ASC",
    "GEORADIUS_RO @g 15 37 200 km ASC",
    "GEORADIUS @g 15 37 200 km STORE @near",
    "GEORADIUSBYMEMBER @g Palermo 200 km",
    "GEOSEARCHSTORE @near @g FROMMEMBER Palermo BYBOX 400 400 km",
    "ZCARD @near",
    "PFADD @p a b c",
    "PFADD @q c d",
    "PFCOUNT @p",
    "PFCOUNT @p @q",
    "PFMERGE @r @p @q",
    "PFCOUNT @r",
];

fn streams(setup: Setup) {
    same_as_direct(setup, STREAMS);
}

const STREAMS: &[&str] = &[
    "XADD @x 1-1 f v",
    "XADD @x 1-2 f v g w",
    "XADD @x 1-1 f v",
    "XADD @missing NOMKSTREAM 1-1 f v",
    "XLEN @x",
    "XRANGE @x - +",
    "XREVRANGE @x + - COUNT 1",
    "XREAD COUNT 5 STREAMS @x 0",
    "XREAD STREAMS @x @y 0 0",
    "XREAD STREAMS @y 0",
    "XGROUP CREATE @x group 0",
    "XGROUP CREATECONSUMER @x group consumer",
    "XREADGROUP GROUP group consumer COUNT 1 STREAMS @x >",
    "XPENDING @x group",
    "XACK @x group 1-1",
    "XINFO STREAM @x",
    "XINFO GROUPS @x",
    "XGROUP SETID @x group 0",
    "XGROUP DELCONSUMER @x group consumer",
    "XGROUP DESTROY @x group",
    "XSETID @x 5-5",
    "XTRIM @x MAXLEN 1",
    "XDEL @x 1-2",
];

fn mistakes(setup: Setup) {
    same_as_direct(setup, MISTAKES);
}

/// Errors that the server words; those of the proxy itself have to be worded the same.
const MISTAKES: &[&str] = &[
    "SET @s text",
    "LPUSH @s a",
    "INCR @s",
    "HGET @s f",
    "GET",
    "GET @s @t",
    "SET @s",
    "SET @s v EX",
    "SET @s v EX abc",
    "EXPIRE @s abc",
    "MSET @s",
    "MSET @s 1 @t",
    "MGET",
    "DEL",
    "LINDEX @s",
    "ZADD @z abc member",
    "ZADD @z 1",
    "SINTERCARD 0 @s",
    "OBJECT ENCODING",
    "XREAD STREAMS @x",
    "BITOP NOT @d @s @t",
    "GETRANGE @s a b",
    "ECHO",
    "PING a b",
    "NOSUCHCOMMAND",
    "NOSUCHCOMMAND with some arguments",
];

/// DUMP gives any bytes, RESTORE takes them.
fn dump_and_restore(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let key = unique("dump");
    client.call(&format!("HSET {key} field value"));
    let Reply::Bulk(dump) = client.call(&format!("DUMP {key}")) else {
        panic!("no dump")
    };
    let copy = format!("{key}:copy");
    let restore: [&[u8]; 4] = [b"RESTORE", copy.as_bytes(), b"0", &dump];
    assert_eq!(client.call_args(&restore), Reply::ok());
    client.call_args(&restore).assert_error("BUSYKEY");
    assert_eq!(
        client.call(&format!("HGET {copy} field")),
        Reply::bulk("value")
    );
}

/// Runs the list in both protocols on keys of every shard, each reply compared byte for byte.
fn same_as_direct(setup: Setup, list: &[&str]) {
    let cluster = setup.shared();
    let proxy = setup.proxy(cluster);
    let stem = unique("same");
    for protocol in [2, 3] {
        for shard in 0..cluster.primaries() {
            let tag = cluster.key_on(shard, &stem);
            let mut through = proxy.connect();
            let mut direct = cluster.node(shard).connect();
            for client in [&mut through, &mut direct] {
                assert!(client.call(&format!("HELLO {protocol}")).error().is_none());
            }
            let expected = run(&mut direct, list, &tag);
            // All at once as well: the order of replies must be that of the requests.
            for pipelined in [false, true] {
                let got = if pipelined {
                    run_pipelined(&mut through, list, &tag)
                } else {
                    run(&mut through, list, &tag)
                };
                let rows = list.iter().zip(got.iter().zip(&expected));
                let different: Vec<_> = rows
                    .filter(|(_, (got, expected))| got != expected)
                    .collect();
                assert!(
                    different.is_empty(),
                    "RESP{protocol}, pipelined {pipelined}; request, got, expected: {different:#?}"
                );
            }
        }
    }
}

fn run(client: &mut Client, list: &[&str], tag: &str) -> Vec<String> {
    let replies = list.iter().map(|line| {
        client.send(&with_keys(line, tag));
        let reply = client
            .try_read()
            .unwrap_or_else(|e| panic!("{line}: no reply: {e}"));
        assert!(!matches!(reply, Reply::Push(_)), "{line}: {reply:?}");
        String::from_utf8_lossy(client.last_raw()).into_owned()
    });
    let replies = replies.collect();
    remove(client, list, tag);
    replies
}

fn run_pipelined(client: &mut Client, list: &[&str], tag: &str) -> Vec<String> {
    let all: Vec<u8> = list.iter().flat_map(|line| with_keys(line, tag)).collect();
    client.send(&all);
    let replies = list.iter().map(|line| {
        client
            .try_read()
            .unwrap_or_else(|e| panic!("{line}: no reply: {e}"));
        String::from_utf8_lossy(client.last_raw()).into_owned()
    });
    let replies = replies.collect();
    remove(client, list, tag);
    replies
}

/// Removes every key that the list names.
fn remove(client: &mut Client, list: &[&str], tag: &str) {
    let words = list.iter().flat_map(|line| line.split(' '));
    let keys: BTreeSet<String> = words.filter_map(|word| key(word, tag)).collect();
    let mut args = vec!["DEL".to_owned()];
    args.extend(keys);
    let reply = client.call_args(&args);
    assert!(reply.error().is_none(), "{reply:?}");
}

fn with_keys(line: &str, tag: &str) -> Vec<u8> {
    let word = |word: &str| key(word, tag).unwrap_or_else(|| word.to_owned());
    request(&line.split(' ').map(word).collect::<Vec<_>>())
}

fn key(word: &str, tag: &str) -> Option<String> {
    word.strip_prefix('@')
        .map(|name| format!("{{{tag}}}{name}"))
}
