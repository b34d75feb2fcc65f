//! Words for a fuzzer: requests that mean something, and what nodes say to them.

use corelane::cluster::{MapVersion, SlotMap};
use corelane::command::{Command, all};

use crate::hostile::{frame, shard, whole_range};
use crate::input::Input;
use crate::wire::{self, Args};

/// What arguments are made of.
const WORDS: [&[u8]; 64] = [
    b"a",
    b"{a}b",
    b"b",
    b"c",
    b"foo",
    b"{foo}1",
    b"user",
    b"",
    b"0",
    b"1",
    b"2",
    b"3",
    b"-1",
    b"10",
    b"0.1",
    b"1e3",
    b"(1",
    b"+inf",
    b"-",
    b"+",
    b"*",
    b"a*",
    b"[a]",
    b"$",
    b">",
    b"KEYS",
    b"STREAMS",
    b"COUNT",
    b"MATCH",
    b"BLOCK",
    b"LIMIT",
    b"WITHSCORES",
    b"WEIGHTS",
    b"AGGREGATE",
    b"SUM",
    b"LEFT",
    b"RIGHT",
    b"NX",
    b"XX",
    b"EX",
    b"PX",
    b"GET",
    b"STORE",
    b"BY",
    b"GROUP",
    b"g",
    b"TYPE",
    b"string",
    b"ON",
    b"OFF",
    b"BCAST",
    b"PREFIX",
    b"REDIRECT",
    b"OPTIN",
    b"NOLOOP",
    b"YES",
    b"NO",
    b"SKIP",
    b"default",
    b"open",
    b"return 1",
    b"ID",
    b"LEN",
    b"9223372036854775807",
];

/// Commands by name that need more luck than a fuzzer has.
const FAVOURITES: [&str; 48] = [
    "GET",
    "SET",
    "MGET",
    "MSET",
    "DEL",
    "EXISTS",
    "INCR",
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    "BLPOP",
    "BRPOPLPUSH",
    "XREAD",
    "XREADGROUP",
    "BZMPOP",
    "WAIT",
    "EVAL",
    "EVALSHA",
    "SCRIPT",
    "FCALL",
    "FUNCTION",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
    "UNSUBSCRIBE",
    "SUNSUBSCRIBE",
    "PUBLISH",
    "SPUBLISH",
    "CLIENT",
    "HELLO",
    "AUTH",
    "RESET",
    "QUIT",
    "SELECT",
    "SCAN",
    "KEYS",
    "DBSIZE",
    "FLUSHALL",
    "INFO",
    "COMMAND",
    "CONFIG",
    "ACL",
    "MONITOR",
    "SUNION",
    "ZUNION",
    "CLUSTER",
];

/// Errors by which nodes send requests elsewhere, and others.
const ERRORS: [&str; 16] = [
    "MOVED 15495 10.0.0.1:7002",
    "MOVED 3300 10.0.0.1:7000",
    "MOVED 12182 :7004",
    "MOVED 99999 nowhere",
    "ASK 15495 10.0.0.1:7002",
    "ASK 3300 10.0.0.9:1",
    "TRYAGAIN later",
    "CLUSTERDOWN The cluster is down",
    "LOADING data",
    "READONLY You can't write",
    "MASTERDOWN Link with MASTER is down",
    "UNBLOCKED demoted",
    "NOSCRIPT No matching script",
    "EXECABORT no",
    "NOAUTH Authentication required.",
    "ERR unknown",
];

/// Replies of every type.
const REPLIES: [&[u8]; 32] = [
    b"+OK\r\n",
    b"+QUEUED\r\n",
    b":1\r\n",
    b":-7\r\n",
    b"$1\r\na\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"_\r\n",
    b"*0\r\n",
    b"*1\r\n$1\r\na\r\n",
    b"*2\r\n$1\r\na\r\n$1\r\n1\r\n",
    b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n",
    b"*2\r\n$2\r\n77\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"~2\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"%1\r\n$1\r\na\r\n:1\r\n",
    b",1.5\r\n",
    b"#t\r\n",
    b"(12345678901234567890\r\n",
    b"=5\r\ntxt:a\r\n",
    b"!3\r\nERR\r\n",
    b"|1\r\n+k\r\n+v\r\n:3\r\n",
    b"*?\r\n:1\r\n.\r\n",
    b"$?\r\n;1\r\na\r\n;0\r\n",
    b">2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n",
    b">2\r\n+invalidate\r\n_\r\n",
    b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n",
    b">4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$1\r\nx\r\n",
    b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
    b">3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:0\r\n",
    b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n",
    b"$20\r\n# Keyspace\r\ndb0:keys\r\n",
    b"*2\r\n*3\r\n$1\r\na\r\n:1\r\n$0\r\n\r\n+x\r\n",
];

/// Some requests of one client.
pub(crate) fn requests(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..=input.index(4) {
        out.extend(request(input));
    }
    out
}

fn request(input: &mut Input<'_>) -> Vec<u8> {
    let kind = input.byte();
    let mut args: Vec<&[u8]> = Vec::new();
    if kind < 160 {
        args.push(input.pick(&FAVOURITES).as_bytes());
    } else {
        args.push(command(input).name.as_bytes());
    }
    if kind.is_multiple_of(4) {
        let found = corelane::command::lookup(args[0]);
        let children = found.map_or(&[][..], |command| command.subcommands);
        if !children.is_empty() {
            args.push(input.pick(children).last_word().as_bytes());
        }
    }
    let count = input.index(8);
    for _ in 0..count {
        let at = input.byte();
        args.push(match WORDS.get(usize::from(at)) {
            Some(word) => word,
            None if at < 224 => WORDS[usize::from(at) % 8],
            None => input.piece(),
        });
    }
    frame(&args)
}

fn command(input: &mut Input<'_>) -> &'static Command {
    input.pick(all())
}

/// A reply of any kind, or several.
pub(crate) fn reply(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..=input.index(3) {
        out.extend(one_reply(input));
    }
    out
}

fn one_reply(input: &mut Input<'_>) -> Vec<u8> {
    let kind = usize::from(input.byte());
    if kind >= 200 {
        return wire::error(ERRORS[input.index(ERRORS.len())]);
    }
    match REPLIES.get(kind % 48) {
        Some(reply) => reply.to_vec(),
        None if kind % 2 == 0 => {
            let value = WORDS[kind % 64].repeat(1 + kind * 20);
            wire::bulk(&value)
        }
        None => {
            let some = [wire::integer(1), wire::bulk(b"a"), wire::nil(false)];
            wire::array(&some[..1 + kind % 3])
        }
    }
}

/// The next request that a node has got.
pub(crate) fn next_request(bytes: &[u8]) -> Option<(Args, usize)> {
    match wire::take_request(bytes) {
        Ok(found) => found,
        Err(bad) => panic!("a node gets {}: {}", wire::show(bytes), bad.0),
    }
}

/// What a node says to a request: mostly what it should.
pub(crate) fn answer(args: &Args, manner: u8, input: &mut Input<'_>) -> Vec<u8> {
    if manner % 8 == 7 {
        return one_reply(input);
    }
    let word = |at: usize| args.get(at).map_or(&b""[..], Vec::as_slice);
    match word(0).to_ascii_uppercase().as_slice() {
        b"HELLO" => b"%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n".to_vec(),
        b"AUTH" | b"SELECT" | b"READONLY" | b"ASKING" | b"SET" | b"MSET" | b"MULTI" | b"WATCH"
        | b"UNWATCH" => wire_ok(),
        b"CLIENT" if word(1) == b"ID" => wire::integer(7),
        b"CLIENT" => wire_ok(),
        b"INFO" if manner.is_multiple_of(2) => {
            wire::bulk(b"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.0\r\n")
        }
        b"INFO" => wire::bulk(b"redis_version:7.0.15\r\n"),
        b"PING" => b"+PONG\r\n".to_vec(),
        _ if manner % 8 == 6 => wire::error(ERRORS[input.index(ERRORS.len())]),
        b"GET" => wire::bulk(word(1)),
        b"MGET" => wire::array(
            &args[1..]
                .iter()
                .map(|key| wire::bulk(key))
                .collect::<Vec<_>>(),
        ),
        b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" | b"UNSUBSCRIBE" | b"PUNSUBSCRIBE"
        | b"SUNSUBSCRIBE" => subscribed(args),
        _ => one_reply(input),
    }
}

fn wire_ok() -> Vec<u8> {
    b"+OK\r\n".to_vec()
}

fn subscribed(args: &Args) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, count) in args[1..].iter().zip(1..) {
        let words = [
            wire::bulk(&args[0].to_ascii_lowercase()),
            wire::bulk(name),
            wire::integer(count),
        ];
        let mut push = wire::array(&words);
        push[0] = b'>';
        out.extend(push);
    }
    out
}

/// A map: two shards at most, of one of four ports.
pub(crate) fn map(kind: u8, version: MapVersion) -> SlotMap {
    let mut map = SlotMap::empty();
    map.version = version;
    let ports = [7000, 7002, 7004, 7006];
    map.push_shard(shard(ports[usize::from(kind) % 4]));
    map.push_shard(shard(ports[usize::from(kind) / 4 % 4]));
    if kind % 16 != 15 {
        whole_range(&mut map, 8191 + u16::from(kind));
    }
    map
}
