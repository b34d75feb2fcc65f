//! NOLOOP: what a client has certainly changed itself.
//!
//! Links are shared, so a node cannot leave out the one who wrote. What it says behind the reply to a write is about
//! that write if the write has changed the key for certain: the node forgets who has read a key when it says that it
//! has changed, so nothing else can be said of it before it is read again. A write that may have changed nothing must
//! not count: what is said later would be another client's change, and would be lost. When in doubt a client hears of
//! its own write, which costs it one more read.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::command;
use crate::resp::{Limits, ReplyKind, ReplyView, RequestScanner, RequestView};

/// How the reply to a write shows that all its keys were changed.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// Any reply but an error.
    Any,
    /// The status OK. SET gives other things if it changes nothing, or with GET; but not for a key that is absent and
    /// would have expired already.
    Ok,
    /// A number above zero.
    Positive,
    /// The number of keys.
    AllKeys,
    /// A value: what was taken.
    Value,
}

/// How a command shows it; others show nothing, as those in transactions and scripts.
fn proof(command: &str) -> Option<Proof> {
    Some(match command {
        "set" | "setex" | "psetex" | "mset" | "hmset" | "lset" => Proof::Ok,
        "incr" | "decr" | "incrby" | "decrby" | "incrbyfloat" | "hincrby" | "hincrbyfloat"
        | "getset" | "append" | "hset" | "lpush" | "rpush" => Proof::Any,
        "setnx" | "msetnx" | "hsetnx" | "hdel" | "sadd" | "srem" | "zrem" | "lrem" | "lpushx"
        | "rpushx" | "expire" | "pexpire" | "expireat" | "pexpireat" | "persist" => Proof::Positive,
        "del" | "unlink" => Proof::AllKeys,
        "getdel" | "lpop" | "rpop" | "spop" => Proof::Value,
        _ => return None,
    })
}

/// The keys that a request has changed for certain; none if its reply does not prove it.
pub(super) fn changed_keys(
    request: &Bytes,
    reply: &[u8],
    positions: &mut Vec<usize>,
) -> BTreeSet<Bytes> {
    let reply = ReplyView::new(reply);
    let Ok(shape) = RequestScanner::default().scan_shape(request, &Limits::DEFAULT) else {
        return BTreeSet::new();
    };
    // One request, not several one behind the other.
    if shape.frame_len() != request.len() || reply.as_error().is_some() {
        return BTreeSet::new();
    }
    let view = RequestView::with_shape(request, &shape);
    let Some(command) = view.arg(0).and_then(command::lookup) else {
        return BTreeSet::new();
    };
    let Some(proof) = proof(command.name) else {
        return BTreeSet::new();
    };
    if command.keys(&view, positions).is_err() {
        return BTreeSet::new();
    }
    let number = reply.as_integer();
    let is_proved = match proof {
        Proof::Any => true,
        Proof::Ok => reply.kind() == ReplyKind::Simple && !view.args().any(is_moment),
        Proof::Positive => number.is_some_and(|number| number > 0),
        Proof::AllKeys => number == i64::try_from(positions.len()).ok(),
        Proof::Value => reply.kind() == ReplyKind::Bulk,
    };
    let keys = positions.iter().filter_map(|at| view.arg(*at));
    keys.filter(|_| is_proved)
        .map(|key| request.slice_ref(key))
        .collect()
}

/// The word behind which stands a moment that may have passed.
fn is_moment(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"EXAT") || word.eq_ignore_ascii_case(b"PXAT")
}
