//! Transactions at the model's nodes: MULTI, what is queued, EXEC, WATCH.

use std::collections::BTreeMap;

use corelane::cluster::Slot;

use crate::model::{Cluster, Session, Verdict};
use crate::oracle;
use crate::store;
use crate::wire::{self, Args};

/// What a connection has begun.
#[derive(Debug, Default)]
pub(crate) struct Multi {
    /// What was queued; nothing outside of MULTI.
    queue: Option<Vec<Args>>,
    /// Where its MULTI began in the stream.
    pub(crate) start: u64,
    /// Something was refused.
    is_dirty: bool,
    /// Watched keys, with how often each had changed by then.
    watched: BTreeMap<Vec<u8>, u64>,
}

/// What EXEC did.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) commands: Vec<Args>,
    /// Where its MULTI began in the stream.
    pub(crate) start: u64,
    /// Keys that were written, in order, with the text that each had then.
    pub(crate) texts: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Keys that were watched on this connection.
    pub(crate) watched: Vec<Vec<u8>>,
    /// The reply; null if nothing was executed because watched keys had changed.
    pub(crate) reply: Vec<u8>,
    pub(crate) is_null: bool,
}

// === impl Multi ===

impl Multi {
    /// If commands are queued, and ASKING stays in force.
    pub(crate) fn is_open(&self) -> bool {
        self.queue.is_some()
    }

    fn end(&mut self) -> (Vec<Args>, bool, BTreeMap<Vec<u8>, u64>) {
        let ended = std::mem::take(self);
        (
            ended.queue.unwrap_or_default(),
            ended.is_dirty,
            ended.watched,
        )
    }
}

// === impl Cluster ===

impl Cluster {
    /// A command about transactions, or one that is queued; nothing if it is neither.
    pub(crate) fn transact(
        &mut self,
        node: usize,
        session: &mut Session,
        args: &Args,
        now: u64,
    ) -> Option<Verdict> {
        let verdict = match args[0].as_slice() {
            b"EXEC" => self.exec(node, session, now),
            _ if session.multi.is_open() => self.queue(node, session, args, now),
            b"MULTI" => {
                session.multi.queue = Some(Vec::new());
                return Some(Verdict::Internal(b"+OK\r\n".to_vec()));
            }
            b"WATCH" => self.watch(node, session, args, now),
            b"UNWATCH" => {
                session.multi.watched.clear();
                Verdict::Internal(b"+OK\r\n".to_vec())
            }
            _ => return None,
        };
        if !session.multi.is_open() {
            session.asking = false;
        }
        Some(verdict)
    }

    fn watch(&self, node: usize, session: &mut Session, args: &Args, now: u64) -> Verdict {
        let keys = store::keys(args);
        if let Some(text) = self.refusal(node, session, session.asking, &keys, false, now) {
            return Verdict::Refused(wire::error(&text));
        }
        let store = &self.shards[self.nodes[node].shard].store;
        for key in keys {
            let changes = store.changes(&key);
            session.multi.watched.entry(key).or_insert(changes);
        }
        Verdict::Internal(b"+OK\r\n".to_vec())
    }

    fn queue(&self, node: usize, session: &mut Session, args: &Args, now: u64) -> Verdict {
        let write = has_keys(args) && store::is_write(args);
        let keys = if has_keys(args) {
            store::keys(args)
        } else {
            Vec::new()
        };
        if let Some(text) = self.refusal(node, session, session.asking, &keys, write, now) {
            session.multi.is_dirty = true;
            return Verdict::Refused(wire::error(&text));
        }
        if write && now < self.nodes[node].out_of_memory_until {
            session.multi.is_dirty = true;
            return Verdict::Internal(wire::error(OUT_OF_MEMORY));
        }
        session
            .multi
            .queue
            .iter_mut()
            .for_each(|queue| queue.push(args.clone()));
        Verdict::Internal(b"+QUEUED\r\n".to_vec())
    }

    fn exec(&mut self, node: usize, session: &mut Session, now: u64) -> Verdict {
        if !session.multi.is_open() {
            return Verdict::Internal(wire::error("ERR EXEC without MULTI"));
        }
        let start = session.multi.start;
        let (commands, is_dirty, watched) = session.multi.end();
        if is_dirty {
            let text = "EXECABORT Transaction discarded because of previous errors.";
            return Verdict::Internal(wire::error(text));
        }
        let keyed = commands.iter().filter(|args| has_keys(args));
        let keys: Vec<Vec<u8>> = keyed.clone().flat_map(store::keys).collect();
        let write = keyed.clone().any(store::is_write);
        let refusal = self.refusal(node, session, session.asking, &keys, write, now);
        let is_full = write && now < self.nodes[node].out_of_memory_until;
        if let Some(text) = refusal.or_else(|| is_full.then(|| OUT_OF_MEMORY.to_owned())) {
            let is_redirect = ["MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"]
                .iter()
                .any(|word| text.starts_with(word));
            let text = if is_redirect {
                text
            } else {
                format!("EXECABORT Transaction discarded because of: {text}")
            };
            return Verdict::RefusedAll(wire::error(&text), commands);
        }
        let shard = self.nodes[node].shard;
        let store = &mut self.shards[shard].store;
        let is_null = watched
            .iter()
            .any(|(key, changes)| store.changes(key) != *changes);
        let mut executed = Executed {
            commands,
            start,
            texts: Vec::new(),
            watched: watched.into_keys().collect(),
            reply: if session.resp3 {
                b"_\r\n".to_vec()
            } else {
                b"*-1\r\n".to_vec()
            },
            is_null,
        };
        if is_null {
            return Verdict::Executed(executed);
        }
        let mut replies = Vec::new();
        for args in &executed.commands {
            if !has_keys(args) {
                replies.push(wire::bulk(&args[1]));
                continue;
            }
            replies.push(store.execute(args, session.resp3));
            if store::is_write(args) {
                let texts = store::keys(args).into_iter();
                executed.texts.extend(texts.map(|key| {
                    let text = store.text(&key).cloned();
                    (key, text)
                }));
            }
        }
        executed.reply = wire::array(&replies);
        Verdict::Executed(executed)
    }
}

pub(crate) const OUT_OF_MEMORY: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// ECHO is the only command without keys that a transaction of the model has for a node.
fn has_keys(args: &Args) -> bool {
    args[0] != b"ECHO"
}

/// The request and the slot that a refusal of this command is about, if it has keys.
pub(crate) fn concerns(args: &Args) -> Option<(u64, Slot)> {
    let uid = oracle::uid_of(args)?;
    has_keys(args).then(|| (uid, Slot::of_key(&store::keys(args)[0])))
}
