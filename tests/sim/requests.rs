//! What model clients ask: reads, writes, split requests, local commands and nonsense, mixed.

use std::collections::BTreeMap;

use corelane::cluster::Slot;

use crate::client::{Client, ClientState, Expects, TAGS, key, label, slot_of};
use crate::model::SHARDS;
use crate::oracle::{Oracle, PartReq, Req};
use crate::rights;
use crate::rng::Rng;
use crate::transactions::transaction;
use crate::waits;
use crate::walks;
use crate::wire::{self, Args};

/// What a seed says about the traffic.
#[derive(Debug, Clone)]
pub(crate) struct Taste {
    /// Tags in use; fewer mean more requests of one slot at the same time.
    pub(crate) tags: usize,
    pub(crate) large_values: bool,
    pub(crate) switches_protocol: bool,
    pub(crate) leaves: bool,
    /// Split requests may have several keys of one slot, which no node serves while they are apart.
    pub(crate) many_keys: bool,
    /// Of 1000 requests so many are for all shards.
    pub(crate) everywhere: u64,
    /// Of 1000 requests of one key so many are made by a script.
    pub(crate) scripts: u64,
    /// Queues are pushed to and popped from, and pops wait.
    pub(crate) waits: bool,
    /// Some reads over several slots are computed by the proxy.
    pub(crate) computes: bool,
    /// Clients look for the keys of slots.
    pub(crate) walks: bool,
}

/// Makes the next request of `client`.
pub(crate) fn next(
    client: &mut Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &mut Oracle,
    now: u64,
) {
    // No chance is spent where there are none, so that older seeds stay what they were.
    let is_open = client.state == ClientState::Open;
    if taste.everywhere > 0 && is_open && rng.chance(taste.everywhere) {
        let (number, args) = oracle.everywhere.add(rng.chance(400), SHARDS);
        return client.send(&wire::request(&args), Expects::Everywhere(number), now);
    }
    if taste.waits && !client.is_limited && rng.chance(250) {
        return waits::request(client, taste, rng, oracle, now);
    }
    if taste.walks && is_open && rng.chance(50) {
        return walks::request(client, taste, rng, oracle, now);
    }
    if client.is_tracker && is_open && rng.chance(300) {
        let mut tags = TAGS[..taste.tags].to_vec();
        rng.shuffle(&mut tags);
        tags.truncate(rng.range(1, 4) as usize);
        return plain_mget(client, &tags, rng, oracle, now);
    }
    match rng.weighted(&[54, 20, 14, 4, 8]) {
        0 => keyed(client, taste, rng, oracle, now),
        1 => split(client, taste, rng, oracle, now),
        2 => local(client, taste, rng, now),
        4 if !client.is_limited => transaction(client, taste, rng, oracle, now),
        _ => wrong(client, taste, rng, oracle, now),
    }
}

pub(crate) fn arg(text: impl std::fmt::Display) -> Vec<u8> {
    text.to_string().into_bytes()
}

fn args(words: &[&str]) -> Args {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

pub(crate) fn tag(taste: &Taste, rng: &mut Rng) -> &'static str {
    TAGS[rng.index(taste.tags)]
}

/// Its own key mostly, so that many requests of one client meet.
pub(crate) fn a_key(client: &Client, tag: &str, kind: char, rng: &mut Rng) -> Vec<u8> {
    let owner = if rng.chance(800) { client.number } else { 0 };
    key(tag, kind, owner, rng.below(2))
}

pub(crate) fn text(uid: u64, key: &[u8], taste: &Taste, rng: &mut Rng) -> Vec<u8> {
    let mut text = format!("{uid}|{}|", wire::show(key)).into_bytes();
    let padding = match rng.below(40) {
        0 if taste.large_values => rng.range(16_000, 60_000),
        1..4 => rng.below(3000),
        _ => rng.below(20),
    };
    text.extend(std::iter::repeat_n(b'.', padding as usize));
    text
}

/// One request of one slot.
fn keyed(client: &mut Client, taste: &Taste, rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let uid = oracle.next_uid();
    let tag = tag(taste, rng);
    let kind = match rng.below(20) {
        0 => ('l', 't'),
        1 => ('t', 'n'),
        _ => ('t', 'l'),
    };
    let one = a_key(client, tag, kind.0, rng);
    let list = a_key(client, tag, kind.1, rng);
    let number = a_key(client, tag, 'n', rng);
    let (write, args) = match rng.below(11) {
        0 => {
            let value = text(uid, &one, taste, rng);
            (true, vec![arg("SET"), one, value])
        }
        1 | 2 => (true, vec![arg("APPEND"), one, arg(format!("{uid},"))]),
        3 | 4 => (false, vec![arg("GETRANGE"), one, arg(0), arg(uid)]),
        5 => (true, vec![arg("RPUSH"), list, arg(uid)]),
        6 => (false, vec![arg("LRANGE"), list, arg(0), arg(uid)]),
        7 => (true, vec![arg("INCRBY"), number, arg(uid)]),
        8 => (true, vec![arg("DEL"), one, label(tag, uid)]),
        9 => (false, vec![arg("MGET"), one.clone(), label(tag, uid), one]),
        _ => {
            let args = vec![arg("GET"), one.clone()];
            let refusal = rights::refusal(client, &args);
            let expects = refusal.unwrap_or_else(|| Expects::Get {
                read: oracle.caches.ask(client, std::slice::from_ref(&one)),
                key: one,
                resp3: client.resp3,
                since: oracle.executed,
            });
            return client.send(&wire::request(&args), expects, now);
        }
    };
    let parts = vec![PartReq::new(slot_of(tag), args.clone())];
    let request = Req {
        split: false,
        ..req(client, uid, write, args, parts)
    };
    let has_one_key = !matches!(request.args[0].as_slice(), b"DEL" | b"MGET");
    let has_scripts = taste.scripts > 0 && !client.is_limited;
    if has_scripts && has_one_key && rng.chance(taste.scripts) {
        let bytes = wire::request(&as_script(&request.args, write));
        return submit_as(client, request, &bytes, oracle, now);
    }
    submit(client, request, rng, oracle, now);
}

/// The same request, made by a script.
fn as_script(args: &Args, write: bool) -> Args {
    let name = if write { "EVAL" } else { "EVAL_RO" };
    let mut words = vec![arg(name), args[0].clone(), arg(1)];
    words.extend_from_slice(&args[1..]);
    words
}

/// What a script does at a node; any other request is what it is.
pub(crate) fn without_script(mut args: Args) -> Args {
    if matches!(args[0].as_slice(), b"EVAL" | b"EVAL_RO") {
        args.remove(0);
        args.remove(1);
    }
    args
}

pub(crate) fn req(client: &Client, uid: u64, write: bool, args: Args, parts: Vec<PartReq>) -> Req {
    Req {
        uid,
        client: client.number,
        resp3: client.resp3,
        write,
        split: true,
        args,
        parts,
        answer: None,
        failed: false,
        dropped: client.state == ClientState::Leaving,
        transaction: None,
    }
}

fn submit(client: &mut Client, request: Req, rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let mut bytes = wire::request(&request.args);
    let short = request.args.iter().map(Vec::len).sum::<usize>() < 200;
    if !request.split && short && rng.chance(20) {
        bytes = request.args.join(&b' ');
        bytes.extend_from_slice(b"\r\n");
    }
    submit_as(client, request, &bytes, oracle, now);
}

fn submit_as(client: &mut Client, mut request: Req, bytes: &[u8], oracle: &mut Oracle, now: u64) {
    if request.dropped {
        client.queue(bytes);
    } else if let Some(refusal) = rights::refusal(client, &request.args) {
        request.dropped = true;
        oracle.note_denied(request.uid);
        client.send(bytes, refusal, now);
    } else {
        client.send(bytes, Expects::Request(request.uid), now);
    }
    oracle.add(request);
}

/// One request over several slots.
fn split(client: &mut Client, taste: &Taste, rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let mut tags = TAGS[..taste.tags].to_vec();
    rng.shuffle(&mut tags);
    tags.truncate(rng.range(2, 4) as usize);
    if taste.computes
        && !client.is_limited
        && client.state != ClientState::Leaving
        && rng.chance(300)
    {
        return computed(client, &tags, rng, oracle, now);
    }
    if client.state != ClientState::Leaving && rng.chance(150) {
        return plain_mget(client, &tags, rng, oracle, now);
    }
    let uid = oracle.next_uid();
    let (name, write) = *rng.pick(&[
        ("MGET", false),
        ("MGET", false),
        ("MSET", true),
        ("MSET", true),
        ("DEL", true),
        ("UNLINK", true),
        ("EXISTS", false),
        ("TOUCH", false),
    ]);
    let mut items: Vec<Args> = Vec::new();
    for tag in &tags {
        let one = a_key(client, tag, 't', rng);
        if name == "MSET" {
            let value = text(uid, &one, taste, rng);
            items.push(vec![one, value]);
            continue;
        }
        items.push(vec![label(tag, uid)]);
        // Now and then a part has one key, which is then written in another way.
        if name == "MGET" && rng.chance(300) {
            continue;
        }
        items.push(vec![one]);
        if taste.many_keys && rng.chance(300) {
            items.push(vec![a_key(client, tag, 't', rng)]);
        }
    }
    rng.shuffle(&mut items);
    let mut by_slot: BTreeMap<u16, Args> = BTreeMap::new();
    for item in &items {
        let slot = Slot::of_key(&item[0]).number();
        by_slot
            .entry(slot)
            .or_insert_with(|| args(&[name]))
            .extend(item.iter().cloned());
    }
    let parts = by_slot
        .into_iter()
        .map(|(slot, args)| PartReq::new(Slot::new(slot).expect("a slot"), args))
        .collect();
    let mut all = args(&[name]);
    all.extend(items.concat());
    let request = req(client, uid, write, all, parts);
    submit(client, request, rng, oracle, now);
}

/// MGET of one key in each slot, whatever its type: its parts carry no number.
fn plain_mget(client: &mut Client, tags: &[&str], rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let keys: Args = tags
        .iter()
        .map(|tag| {
            let kind = *rng.pick(&['t', 't', 'l']);
            a_key(client, tag, kind, rng)
        })
        .collect();
    let mut all = args(&["MGET"]);
    all.extend(keys.iter().cloned());
    let refusal = rights::refusal(client, &all);
    let expects = refusal.unwrap_or_else(|| Expects::Mget {
        read: oracle.caches.ask(client, &keys),
        keys,
        resp3: client.resp3,
        since: oracle.executed,
    });
    client.send(&wire::request(&all), expects, now);
}

/// What two keys of different slots have in common: mostly numbers, which are short.
fn computed(client: &mut Client, tags: &[&str], rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let mut key = |tag| {
        let kind = *rng.pick(&['n', 'n', 'n', 'l']);
        a_key(client, tag, kind, rng)
    };
    let keys = [key(tags[0]), key(tags[1])];
    let all = vec![arg("LCS"), keys[0].clone(), keys[1].clone()];
    let expects = Expects::Lcs {
        keys,
        since: oracle.executed,
    };
    client.send(&wire::request(&all), expects, now);
}

/// What the proxy answers itself.
fn local(client: &mut Client, taste: &Taste, rng: &mut Rng, now: u64) {
    let word = format!("{:x}", rng.next());
    let ok = || Expects::Exactly(b"+OK\r\n".to_vec());
    let (request, expects) = match rng.below(12) {
        0 | 1 => (args(&["PING"]), Expects::Exactly(b"+PONG\r\n".to_vec())),
        2 => (
            args(&["PING", &word]),
            Expects::Exactly(wire::bulk(word.as_bytes())),
        ),
        3 | 4 => (
            args(&["ECHO", &word]),
            Expects::Exactly(wire::bulk(word.as_bytes())),
        ),
        5 => (
            args(&["CLIENT", "ID"]),
            Expects::Exactly(wire::integer(client.number as i64)),
        ),
        6 => {
            client.name = Some(word.clone().into_bytes());
            (args(&["CLIENT", "SETNAME", &word]), ok())
        }
        7 => {
            let name = client
                .name
                .as_ref()
                .map_or_else(|| wire::nil(client.resp3), |name| wire::bulk(name));
            (args(&["client", "getname"]), Expects::Exactly(name))
        }
        8 => (args(&["SELECT", "0"]), ok()),
        9 => (
            args(&["INFO", "corelane"]),
            Expects::Begins(if client.resp3 { b"=" } else { b"$" }),
        ),
        _ if !taste.switches_protocol => (args(&["TIME"]), Expects::Begins(b"*2\r\n$")),
        10 if rng.chance(200) => {
            client.resp3 = false;
            client.name = None;
            client.is_limited = false;
            (args(&["RESET"]), Expects::Exactly(b"+RESET\r\n".to_vec()))
        }
        _ => {
            client.resp3 = rng.chance(500);
            let version = if client.resp3 { "3" } else { "2" };
            let begins: &[u8] = if client.resp3 { b"%7\r\n" } else { b"*14\r\n" };
            (args(&["HELLO", version]), Expects::Begins(begins))
        }
    };
    client.send(&wire::request(&request), expects, now);
}

/// What is refused, and what ends the connection.
fn wrong(client: &mut Client, taste: &Taste, rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let exactly = |text: &str| Expects::Exactly(wire::error(text));
    let (request, expects) = match rng.below(if taste.leaves { 8 } else { 6 }) {
        0 => (
            args(&["NOSUCH", "x"]),
            Expects::Begins(b"-ERR unknown command 'NOSUCH'"),
        ),
        1 => (
            args(&["GET"]),
            exactly("ERR wrong number of arguments for 'get' command"),
        ),
        2 => (
            vec![arg("RENAME"), key("a", 't', 0, 0), key("b", 't', 0, 0)],
            exactly("CROSSSLOT Keys in request don't hash to the same slot"),
        ),
        3 => (args(&["EXEC"]), exactly("ERR EXEC without MULTI")),
        // No node is asked about a number that no cluster can have.
        4 => (args(&["SELECT", "70000"]), Expects::Begins(b"-ERR SELECT")),
        5 => return client.queue(if rng.chance(500) { b"\r\n" } else { b"*0\r\n" }),
        6 => {
            client.send(
                b"*2\r\n!no\r\n",
                Expects::Begins(b"-ERR Protocol error"),
                now,
            );
            // The first wrong byte is enough.
            client.sent.back_mut().expect("just sent").end -= 4;
            client.state = ClientState::Leaving;
            return;
        }
        _ => {
            client.send(
                b"*1\r\n$4\r\nQUIT\r\n",
                Expects::Exactly(b"+OK\r\n".to_vec()),
                now,
            );
            client.state = ClientState::Leaving;
            for _ in 0..rng.below(3) {
                keyed_dropped(client, taste, rng, oracle, now);
            }
            return;
        }
    };
    client.send(&wire::request(&request), expects, now);
}

/// A write behind a QUIT.
fn keyed_dropped(client: &mut Client, taste: &Taste, rng: &mut Rng, oracle: &mut Oracle, now: u64) {
    let uid = oracle.next_uid();
    let tag = tag(taste, rng);
    let args = vec![
        arg("APPEND"),
        a_key(client, tag, 't', rng),
        arg(format!("{uid},")),
    ];
    let parts = vec![PartReq::new(slot_of(tag), args.clone())];
    let request = Req {
        split: false,
        ..req(client, uid, true, args, parts)
    };
    submit(client, request, rng, oracle, now);
}
