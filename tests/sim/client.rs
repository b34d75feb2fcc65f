//! A model client: what it sent, what it expects, and what it got.

use std::collections::VecDeque;

use corelane::cluster::Slot;
use corelane::pipeline::ClientId;

use crate::listen::{self, Bus, Ears, Talk};
use crate::oracle::Oracle;
use crate::trackers;
use crate::walks::Walk;
use crate::wire::{self, Args};

/// A client connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) number: u64,
    pub(crate) id: ClientId,
    /// What it speaks from its latest request on.
    pub(crate) resp3: bool,
    /// What it speaks as far as it was told.
    pub(crate) speaks_resp3: bool,
    /// It listens and publishes.
    pub(crate) is_listener: bool,
    /// It keeps what it reads.
    pub(crate) is_tracker: bool,
    /// It is a user with rights.
    pub(crate) is_limited: bool,
    pub(crate) ears: Ears,
    pub(crate) name: Option<Vec<u8>>,
    /// Bytes not yet handed to the proxy.
    pub(crate) output: VecDeque<u8>,
    pub(crate) produced: u64,
    pub(crate) handed: u64,
    pub(crate) input: Vec<u8>,
    pub(crate) sent: VecDeque<Sent>,
    pub(crate) state: ClientState,
    /// It sends nothing until then, maybe in the middle of a request.
    pub(crate) mute_until: u64,
    /// It reads nothing until then.
    pub(crate) slow_until: u64,
    pub(crate) is_full: bool,
    /// Since when the oldest request is the oldest and could have been answered.
    pub(crate) front_since: u64,
    /// It was taken to its end when last looked at.
    pub(crate) is_front_whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientState {
    Open,
    /// It said goodbye in words, or nonsense: the last expected reply is the last.
    Leaving,
    /// It sent the end of its stream, or will once its output is empty.
    Ending,
    Ended,
    Gone,
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Position in the client's stream behind its last byte.
    pub(crate) end: u64,
    pub(crate) expects: Expects,
}

/// What the reply must be.
#[derive(Debug)]
pub(crate) enum Expects {
    /// These bytes.
    Exactly(Vec<u8>),
    /// A reply that begins so.
    Begins(&'static [u8]),
    /// What the oracle says of the request with this number.
    Request(u64),
    /// What all shards say to the request with this number.
    Everywhere(u64),
    /// An answer to WATCH of the transaction with this number.
    Watching(u64),
    /// An answer to a command of that transaction.
    Queued(u64),
    /// A value that the key had after so many executions.
    Get {
        key: Vec<u8>,
        resp3: bool,
        since: u64,
        /// Number of the read, if its client keeps what it reads.
        read: Option<usize>,
    },
    /// What the oracle says of the pop with this number: an element, or null when its time is over.
    Pop {
        uid: u64,
        /// Nanoseconds that it may wait; nothing if it may for ever.
        time: Option<u64>,
        null_from: u64,
    },
    /// A value of each key, or nil where it is no text.
    Mget {
        keys: Args,
        resp3: bool,
        since: u64,
        read: Option<usize>,
    },
    /// What a value of each key has in common with one of the other; nothing with a key that has none.
    Lcs { keys: [Vec<u8>; 2], since: u64 },
    /// The keys of a slot.
    Walk(Walk),
    /// Whether the client with this number tracks.
    Tracking(u64),
    /// PONG, in either form.
    Pong,
    /// HELLO 3 was heard.
    Hello3,
    /// A number, or an error.
    Number,
    /// Words about subscriptions.
    Words(Talk),
}

// === impl Client ===

impl Client {
    pub(crate) fn new(number: u64, id: ClientId) -> Self {
        Self {
            number,
            id,
            resp3: false,
            speaks_resp3: false,
            is_listener: false,
            is_tracker: false,
            is_limited: false,
            ears: Ears::default(),
            name: None,
            output: VecDeque::new(),
            produced: 0,
            handed: 0,
            input: Vec::new(),
            sent: VecDeque::new(),
            state: ClientState::Open,
            mute_until: 0,
            slow_until: 0,
            is_full: false,
            front_since: 0,
            is_front_whole: true,
        }
    }

    /// Begins to speak RESP3, and stays with it.
    pub(crate) fn say_hello_3(&mut self, now: u64) {
        self.resp3 = true;
        let bytes = wire::request(&[b"HELLO".to_vec(), b"3".to_vec()]);
        self.send(&bytes, Expects::Hello3, now);
    }

    /// If it has asked for something that it may wait for.
    pub(crate) fn waits(&self) -> bool {
        let mut sent = self.sent.iter();
        sent.any(|sent| sent.end <= self.handed && matches!(sent.expects, Expects::Pop { .. }))
    }

    /// Queues bytes of a request and what is expected for it.
    pub(crate) fn send(&mut self, bytes: &[u8], expects: Expects, now: u64) {
        self.queue(bytes);
        if self.sent.is_empty() {
            self.front_since = now;
        }
        self.sent.push_back(Sent {
            end: self.produced,
            expects,
        });
    }

    /// Queues bytes that get no reply.
    pub(crate) fn queue(&mut self, bytes: &[u8]) {
        self.output.extend(bytes);
        self.produced += bytes.len() as u64;
    }

    /// Takes bytes of the proxy; every whole reply must be the one expected next.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        oracle: &mut Oracle,
        bus: &mut Bus,
        is_strict: bool,
        now: u64,
    ) -> Result<(), String> {
        self.input.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(len) = wire::reply_len(&self.input[at..]).map_err(|bad| bad.0)? {
            let reply = self.input[at..at + len].to_vec();
            at += len;
            if let Some(change) = trackers::change_in(&reply) {
                oracle.note_change(self.number, &change);
                continue;
            }
            if let Some((kind, words)) = listen::message_in(&reply) {
                listen::take_message(self, &reply, kind, &words, bus, is_strict)
                    .map_err(|why| format!("client {}: {why}", self.number))?;
                continue;
            }
            let Some(mut sent) = self.sent.pop_front() else {
                return Err(format!(
                    "client {} got {} for nothing",
                    self.number,
                    wire::show(&reply)
                ));
            };
            // A request that is passed on while it arrives may fail before it is whole.
            if sent.end > self.handed && !reply.starts_with(b"-") {
                return Err(format!(
                    "client {} got {} too early",
                    self.number,
                    wire::show(&reply)
                ));
            }
            self.front_since = now;
            if let Expects::Words(talk) = &mut sent.expects {
                let has_more = talk
                    .take(&mut self.ears, self.speaks_resp3, &reply, bus, oracle.calm)
                    .map_err(|why| format!("client {}: {why}", self.number))?;
                if has_more {
                    self.sent.push_front(sent);
                }
                continue;
            }
            self.speaks_resp3 |= matches!(sent.expects, Expects::Hello3);
            check(&sent.expects, &reply, oracle, now)
                .map_err(|why| format!("client {}: {why}", self.number))?;
        }
        self.input.drain(..at);
        Ok(())
    }
}

/// The beginning of the error for a request that memory has no room for.
pub(crate) const TOO_LARGE: &[u8] = b"-ERR corelane: the request is too large";

fn check(expects: &Expects, reply: &[u8], oracle: &mut Oracle, now: u64) -> Result<(), String> {
    match expects {
        Expects::Exactly(bytes) if bytes == reply => Ok(()),
        // Whose request has no room in memory is told that before anything else.
        Expects::Exactly(bytes)
            if bytes.starts_with(b"-NOPERM") && !oracle.calm && reply.starts_with(TOO_LARGE) =>
        {
            Ok(())
        }
        Expects::Begins(bytes) if reply.starts_with(bytes) => Ok(()),
        Expects::Pong if reply == b"+PONG\r\n" || reply.starts_with(b"*2\r\n$4\r\npong") => Ok(()),
        Expects::Hello3 if reply.starts_with(b"%7\r\n") => Ok(()),
        Expects::Number if reply.starts_with(b":") => Ok(()),
        Expects::Number if reply.starts_with(b"-") && !oracle.calm => Ok(()),
        Expects::Pong | Expects::Hello3 | Expects::Number | Expects::Words(_) => {
            Err(format!("expected {expects:?}, got {}", wire::show(reply)))
        }
        Expects::Exactly(bytes) => Err(format!(
            "expected {}, got {}",
            wire::show(bytes),
            wire::show(reply)
        )),
        Expects::Begins(bytes) => Err(format!(
            "expected {}..., got {}",
            wire::show(bytes),
            wire::show(reply)
        )),
        Expects::Request(uid) => oracle.note_reply(*uid, reply),
        Expects::Everywhere(number) => {
            let calm = oracle.calm;
            oracle.everywhere.note_reply(*number, calm, reply)
        }
        Expects::Pop { uid, null_from, .. } => {
            let is_null = reply == b"_\r\n" || reply == b"*-1\r\n";
            // Times are rounded to milliseconds when they are renewed.
            if is_null && !oracle.unblocks && now + 3_000_000 < *null_from {
                return Err(format!("pop {uid} got null before its time was over"));
            }
            oracle.note_reply(*uid, reply)
        }
        Expects::Watching(uid) => oracle.note_watching(*uid, reply),
        Expects::Queued(uid) => oracle.note_queued(*uid, reply),
        Expects::Get {
            key,
            resp3,
            since,
            read,
        } => {
            oracle.caches.answer(*read, &[reply]);
            oracle.check_get(key, *resp3, *since, reply)
        }
        Expects::Tracking(client) => oracle.caches.note_on(*client, reply),
        Expects::Lcs { keys, since } => oracle.check_lcs(keys, *since, reply),
        Expects::Walk(walk) => oracle.check_walk(walk, reply),
        Expects::Mget { .. } if reply.starts_with(b"-") => Ok(()),
        Expects::Mget {
            keys,
            resp3,
            since,
            read,
        } => {
            let elements = wire::elements(reply);
            oracle.caches.answer(*read, &elements);
            if elements.len() != keys.len() || elements.iter().any(|one| one.starts_with(b"-")) {
                return Err(format!("MGET gave {}", wire::show(reply)));
            }
            let mut pairs = keys.iter().zip(elements);
            pairs.try_for_each(|(key, one)| oracle.check_get(key, *resp3, *since, one))
        }
    }
}

/// The hash tag of each slot that keys of the model are in: some in each shard.
pub(crate) const TAGS: [&str; 7] = ["a", "b", "c", "d", "e", "foo", "user1000"];

/// A key of a client; number 0 is everybody.
pub(crate) fn key(tag: &str, kind: char, owner: u64, number: u64) -> Vec<u8> {
    format!("{{{tag}}}:{kind}:{owner}:{number}").into_bytes()
}

/// A key that exists nowhere and carries the number of a request.
pub(crate) fn label(tag: &str, uid: u64) -> Vec<u8> {
    format!("{{{tag}}}:id:{uid}").into_bytes()
}

pub(crate) fn slot_of(tag: &str) -> Slot {
    Slot::of_key(tag.as_bytes())
}
