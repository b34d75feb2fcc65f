//! Clients with caches: what nodes tell of changed keys, and that no cache keeps what a key is no more.
//!
//! A client with REDIRECT has two connections, so a change may come before the reply that it is about; it keeps a reply
//! only if no change came meanwhile. A client with one connection relies on their order.

use std::collections::{BTreeMap, BTreeSet};

use corelane::cluster::Slot;

use crate::client::{Client, ClientState, Expects};
use crate::multi::Executed;
use crate::net::{Conn, ConnState};
use crate::oracle::{Answer, Oracle, classify};
use crate::requests::arg;
use crate::store;
use crate::wire::{self, Args};
use crate::world::World;

/// Which keys nodes remember that connections have read.
pub(crate) type Tracked = BTreeMap<(usize, Vec<u8>), BTreeSet<u64>>;

/// The caches of all clients that track, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    caches: BTreeMap<u64, Cache>,
    /// Reads under way: whose, and of which keys.
    reads: Vec<(u64, Args)>,
}

#[derive(Debug, Default)]
struct Cache {
    /// The client that hears of changes instead.
    redirect: Option<u64>,
    /// It was told that it tracks.
    is_on: bool,
    /// Keys that are being read, and by which read, unless a change came since.
    asked: BTreeMap<Vec<u8>, usize>,
    replies: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A change that a client is told of.
#[derive(Debug)]
pub(crate) enum Change {
    Keys(Args),
    All,
}

const BROKEN: &str = "-ERR The client ID you want redirect to does not exist\r\n";

/// How long the last changes may be under way.
const STEPS_UNDER_WAY: usize = 150;

/// The change that a push is about, if it is.
pub(crate) fn change_in(reply: &[u8]) -> Option<Change> {
    if reply.first() != Some(&b'>') {
        return None;
    }
    let elements = wire::elements(reply);
    match wire::body(elements.first()?).as_slice() {
        b"tracking-redir-broken" => Some(Change::All),
        b"invalidate" if elements.get(1)?.starts_with(b"*") => {
            let keys = wire::elements(elements[1]);
            Some(Change::Keys(keys.into_iter().map(wire::body).collect()))
        }
        b"invalidate" => Some(Change::All),
        _ => None,
    }
}

// === impl Caches ===

impl Caches {
    fn add(&mut self, client: u64, redirect: Option<u64>) {
        let cache = Cache {
            redirect,
            ..Cache::default()
        };
        self.caches.insert(client, cache);
    }

    /// A client that tracks reads keys: the number of the read.
    pub(crate) fn ask(&mut self, client: &Client, keys: &[Vec<u8>]) -> Option<usize> {
        let cache = self.caches.get_mut(&client.number)?;
        let read = self.reads.len();
        for key in keys {
            cache.asked.insert(key.clone(), read);
        }
        self.reads.push((client.number, keys.to_vec()));
        Some(read)
    }

    /// The reply to a read came, with one for each key.
    pub(crate) fn answer(&mut self, read: Option<usize>, replies: &[&[u8]]) {
        let Some((client, keys)) = read.and_then(|read| self.reads.get(read)) else {
            return;
        };
        let Some(cache) = self.caches.get_mut(client).filter(|cache| cache.is_on) else {
            return;
        };
        for (key, reply) in keys.iter().zip(replies) {
            let is_asked = cache.asked.get(key) == read.as_ref();
            if is_asked {
                cache.asked.remove(key);
            }
            let is_value = classify(reply) == Answer::Value && !reply.starts_with(b"-");
            if is_value && (is_asked || cache.redirect.is_none()) {
                cache.replies.insert(key.clone(), reply.to_vec());
            }
        }
    }

    /// A client is told of a change, for itself or for those that redirect to it.
    pub(crate) fn note(&mut self, client: u64, change: &Change) -> u64 {
        let mut told = 0;
        for (number, cache) in &mut self.caches {
            if cache.redirect.unwrap_or(*number) != client && *number != client {
                continue;
            }
            told += 1;
            match change {
                Change::All => {
                    cache.asked.clear();
                    cache.replies.clear();
                }
                Change::Keys(keys) => {
                    for key in keys {
                        cache.asked.remove(key);
                        cache.replies.remove(key);
                    }
                }
            }
        }
        told
    }

    /// A client was told whether it tracks.
    pub(crate) fn note_on(&mut self, client: u64, reply: &[u8]) -> Result<(), String> {
        let cache = self
            .caches
            .get_mut(&client)
            .ok_or("a client without a cache")?;
        cache.is_on = reply == b"+OK\r\n";
        let is_broken = cache.redirect.is_some() && reply == BROKEN.as_bytes();
        if cache.is_on || is_broken {
            return Ok(());
        }
        Err(format!("CLIENT TRACKING gave {}", wire::show(reply)))
    }
}

// === impl World ===

impl World {
    /// Has a client track what it reads, by itself or with the help of another one.
    pub(crate) fn begin_tracking(&mut self, client: &mut Client) {
        let mut others = self.clients.iter();
        let target = others.find(|other| {
            let cache = self.oracle.caches.caches.get(&other.number);
            // Before its HELLO was answered it can hear nothing.
            let is_own = cache.is_some_and(|cache| cache.redirect.is_none() && cache.is_on);
            other.state == ClientState::Open && is_own
        });
        let redirect = target.map(|target| target.number);
        let redirect = redirect.filter(|_| self.rng.chance(600));
        client.is_tracker = true;
        if redirect.is_none() || self.rng.chance(300) {
            client.say_hello_3(self.now);
        }
        let mut words = vec![arg("CLIENT"), arg("TRACKING"), arg("ON")];
        if let Some(number) = redirect {
            words.extend([arg("REDIRECT"), arg(number)]);
        }
        self.oracle.caches.add(client.number, redirect);
        let expects = Expects::Tracking(client.number);
        client.send(&wire::request(&words), expects, self.now);
    }

    /// CLIENT TRACKING at a node; false if it is something else, or refused.
    fn run_tracking(&mut self, serial: u64, args: &Args) -> bool {
        if args[0] != b"CLIENT" || args[1] != b"TRACKING" {
            return false;
        }
        let target = args.get(4).map_or(Some(serial), |id| {
            let id = std::str::from_utf8(id).ok()?.parse().ok()?;
            let conn = self.conns.get(&id)?;
            (conn.state == ConnState::Open).then_some(id)
        });
        let due = self.now + self.rng.below(self.profile.latency);
        let Some(conn) = self.conns.get_mut(&serial) else {
            return false;
        };
        let server = &self.cluster.nodes[conn.node];
        let is_let_in = self.cluster.password.is_none() || conn.session.authenticated;
        if self.now < server.refuses_handshakes_until || !is_let_in {
            return false;
        }
        conn.session.tracks = target;
        let reply = if target.is_some() {
            b"+OK\r\n".to_vec()
        } else {
            BROKEN.as_bytes().to_vec()
        };
        self.log(|_| format!("{serial} tracks for {target:?}"));
        self.send_reply(serial, args, reply, due, None);
        true
    }

    /// What has nothing to do with keys; false if it is something else.
    pub(crate) fn run_aside(&mut self, serial: u64, args: &Args) -> Result<bool, String> {
        self.oracle.check_sent(args)?;
        Ok(self.run_tracking(serial, args) || self.run_listening(serial, args)?)
    }

    /// A node has executed a transaction, unless that was null.
    pub(crate) fn track_transaction(&mut self, serial: u64, node: usize, all: &Executed) {
        let done = all.commands.iter().filter(|_| !all.is_null);
        done.for_each(|args| self.track(serial, node, args));
    }

    /// A node has executed a command: it remembers what was read, and tells of what was written.
    pub(crate) fn track(&mut self, serial: u64, node: usize, args: &Args) {
        if !self.profile.tracks {
            return;
        }
        if store::is_write(args) {
            let shard = self.cluster.nodes[node].shard;
            for key in store::keys(args) {
                self.invalidate(shard, &key);
            }
            return;
        }
        let tracks = self.conns.get(&serial).and_then(|conn| conn.session.tracks);
        if tracks.is_some() {
            for key in store::keys(args) {
                let place = (node, key);
                self.cluster
                    .tracked
                    .entry(place)
                    .or_default()
                    .insert(serial);
            }
        }
    }

    /// A key of a shard is not what it was: its nodes tell those who have read it.
    pub(crate) fn invalidate(&mut self, shard: usize, key: &[u8]) {
        for node in 0..self.cluster.nodes.len() {
            let server = &self.cluster.nodes[node];
            if server.shard != shard {
                continue;
            }
            let (is_up, from) = (server.up, self.now.max(server.stalled_until));
            let readers = self.cluster.tracked.remove(&(node, key.to_vec()));
            for reader in readers.into_iter().flatten().filter(|_| is_up) {
                let open = |conn: &&Conn| conn.state == ConnState::Open;
                let found = self.conns.get(&reader).filter(open);
                let Some(target) = found.and_then(|conn| conn.session.tracks) else {
                    continue;
                };
                let due = from + self.rng.below(self.profile.latency);
                if let Some(conn) = self.conns.get_mut(&target)
                    && conn.state == ConnState::Open
                {
                    let keys = wire::array(&[wire::bulk(key)]);
                    let push = [b">2\r\n".to_vec(), wire::bulk(b"invalidate"), keys].concat();
                    conn.reply(push, due, false, None);
                }
            }
        }
    }

    /// When nothing is under way: what clients have kept is what the keys are.
    pub(crate) fn check_caches(&mut self) -> Result<(), String> {
        if !self.profile.tracks {
            return Ok(());
        }
        for _ in 0..STEPS_UNDER_WAY {
            self.step()?;
        }
        let mut kept = 0;
        for client in &self.clients {
            let is_here = |number: u64| {
                let mut clients = self.clients.iter();
                clients.any(|other| other.number == number && other.state == ClientState::Open)
            };
            let Some(cache) = self.oracle.caches.caches.get(&client.number) else {
                continue;
            };
            // Whoever helped it is gone, and it will see that.
            if client.state != ClientState::Open || !cache.redirect.is_none_or(is_here) {
                continue;
            }
            for (key, reply) in &cache.replies {
                let shard = self.cluster.owner(Slot::of_key(key));
                let store = &self.cluster.shards[shard].store;
                let is = match store.text(key) {
                    Some(text) => wire::bulk(text),
                    None => wire::nil(client.resp3),
                };
                kept += 1;
                if is != *reply {
                    let (key, is, had) = (wire::show(key), wire::show(&is), wire::show(reply));
                    let number = client.number;
                    return Err(format!(
                        "client {number} keeps {key} as {had}, which is {is}"
                    ));
                }
            }
        }
        self.oracle.seen.kept += kept;
        Ok(())
    }
}

// === impl Oracle ===

impl Oracle {
    /// A client was told of a change.
    pub(crate) fn note_change(&mut self, client: u64, change: &Change) {
        self.seen.changes += self.caches.note(client, change);
    }
}
