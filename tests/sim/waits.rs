//! Requests that wait at a node: queues that clients push to and pop from, and how nodes end waits.
//!
//! Every element is the number of the request that pushed it. The keyspace gives each to one request only, replies
//! are compared with what nodes said, and so an element that is given out reaches its client, or the client is gone
//! or was told that the outcome is unknown.

use corelane::cluster::Slot;

use crate::client::{Client, Expects, key, label, slot_of};
use crate::net::ConnState;
use crate::oracle::{Exec, Oracle, PartReq, Req};
use crate::requests::{Taste, arg, req, tag};
use crate::rng::Rng;
use crate::store;
use crate::wire::{self, Args};
use crate::world::{MILLI, World};

/// A request that a node has not answered because there is nothing to pop.
#[derive(Debug)]
pub(crate) struct Blocked {
    pub(crate) args: Args,
    /// Where its bytes began on the connection.
    pub(crate) start: u64,
    /// Who came first is served first.
    order: u64,
    since: u64,
    until: Option<u64>,
}

/// In which words a wait ends that nothing was found for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Null,
    Error,
}

/// The error that a wait ends with when an operator asks for it.
pub(crate) const UNBLOCKED: &[u8] = b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";

/// How long a wait lasts at most once everything has healed; an operator ends it then.
const QUIET_MAX: u64 = 20 * MILLI;

/// A push or a pop of one of the queues that all clients share.
pub(crate) fn request(
    client: &mut Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &mut Oracle,
    now: u64,
) {
    let (args, expects) = made(client, taste, rng, oracle, now);
    client.send(&wire::request(&args), expects, now);
}

/// The same, which is still to be sent, for a quarter of those who ask.
pub(crate) fn sometimes(
    client: &Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &mut Oracle,
    now: u64,
) -> Option<(Args, Expects)> {
    let waits = taste.waits && oracle.next_uid().is_multiple_of(4);
    waits.then(|| made(client, taste, rng, oracle, now))
}

fn made(
    client: &Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &mut Oracle,
    now: u64,
) -> (Args, Expects) {
    let uid = oracle.next_uid();
    let tag = tag(taste, rng);
    let queue = key(tag, 'q', 0, rng.below(2));
    let is_push = rng.chance(650);
    let args = if is_push {
        vec![arg("RPUSH"), queue, arg(uid)]
    } else {
        let time = match rng.below(4) {
            0 => "0".to_owned(),
            1 => format!("0.{:03}", rng.range(1, 20)),
            _ => format!("0.{:03}", rng.range(20, 400)),
        };
        vec![arg("BLPOP"), queue, label(tag, uid), arg(time)]
    };
    let parts = vec![PartReq::new(slot_of(tag), args.clone())];
    let request = Req {
        split: false,
        ..req(client, uid, true, args.clone(), parts)
    };
    let expects = if is_push {
        Expects::Request(uid)
    } else {
        let time = time_of(&args);
        Expects::Pop {
            uid,
            time,
            null_from: now.saturating_add(time.unwrap_or(u64::MAX)),
        }
    };
    oracle.add(request);
    (args, expects)
}

/// How long a pop waits, in nanoseconds; nothing if for ever.
fn time_of(args: &Args) -> Option<u64> {
    let text = std::str::from_utf8(args.last()?).ok()?;
    let seconds: f64 = text.parse().ok()?;
    #[expect(clippy::cast_sign_loss, reason = "times are not negative")]
    let millis = (seconds * 1000.0).round() as u64;
    (millis > 0).then_some(millis * MILLI)
}

/// Whether these are the same request, but for the time of a pop, which gets less on the way.
pub(crate) fn is_renewed(asked: &Args, got: &Args) -> bool {
    let is_pop = asked[0] == b"BLPOP" && asked.len() == got.len();
    is_pop && asked[..asked.len() - 1] == got[..got.len() - 1] && {
        match (time_of(asked), time_of(got)) {
            (Some(asked), Some(got)) => got <= asked,
            (None, None) => true,
            _ => false,
        }
    }
}

/// The reply to a pop that gave an element.
pub(crate) fn popped(key: &[u8], element: &[u8]) -> Vec<u8> {
    wire::array(&[wire::bulk(key), wire::bulk(element)])
}

/// The null that a pop gets.
pub(crate) fn null(resp3: bool) -> Vec<u8> {
    if resp3 {
        b"_\r\n".to_vec()
    } else {
        b"*-1\r\n".to_vec()
    }
}

/// If a pop that no node has got was answered by the proxy, which is about to end.
pub(crate) fn is_unblocked(request: &Req, reply: &[u8]) -> bool {
    request.args[0] == b"BLPOP"
        && request.parts[0].execs.is_empty()
        && (reply == null(request.resp3) || reply == UNBLOCKED)
}

impl Oracle {
    /// The next execution at any node, of a request that began at `start` on a connection.
    pub(crate) fn execution(&mut self, conn: u64, start: u64, reply: &[u8]) -> Exec {
        self.executed += 1;
        Exec {
            order: self.executed,
            conn,
            start,
            reply: reply.to_vec(),
        }
    }
}

impl World {
    /// A node has nothing to give to a pop.
    pub(crate) fn block(&mut self, serial: u64, args: Args, start: u64) {
        self.waits_seen += 1;
        let (order, now) = (self.waits_seen, self.now);
        let until = time_of(&args).map(|time| now + time);
        self.oracle.seen.waits += 1;
        self.log(|_| format!("on {serial} waits {}", wire::show(&wire::request(&args))));
        if let Some(conn) = self.conns.get_mut(&serial) {
            conn.blocked = Some(Blocked {
                args,
                start,
                order,
                since: now,
                until,
            });
        }
    }

    /// Gives what is in the queues to those who wait for it at `node`, who came first first.
    pub(crate) fn serve_waits(&mut self, node: usize) -> Result<(), String> {
        let waits = |world: &Self| {
            let conns = world.conns.iter();
            let mut all: Vec<(u64, u64)> = conns
                .filter(|(_, conn)| conn.node == node)
                .filter_map(|(serial, conn)| Some((conn.blocked.as_ref()?.order, *serial)))
                .collect();
            all.sort_unstable();
            all
        };
        for (_, serial) in waits(self) {
            let Some(blocked) = self
                .conns
                .get(&serial)
                .and_then(|conn| conn.blocked.as_ref())
            else {
                continue;
            };
            let queue = blocked.args[1].clone();
            if !self.cluster.may_serve(node, Slot::of_key(&queue)) {
                continue;
            }
            let shard = self.cluster.nodes[node].shard;
            let Some(element) = self.cluster.shards[shard].store.pop(&queue) else {
                continue;
            };
            self.oracle.seen.served += 1;
            self.finish_wait(serial, popped(&queue, &element))?;
        }
        Ok(())
    }

    /// A wait ends with a reply that counts.
    fn finish_wait(&mut self, serial: u64, reply: Vec<u8>) -> Result<(), String> {
        let Some(conn) = self.conns.get_mut(&serial) else {
            return Ok(());
        };
        let Some(blocked) = conn.blocked.take() else {
            return Ok(());
        };
        self.note_done(serial, &blocked.args, blocked.start, &reply)?;
        self.log(|_| format!("wait on {serial} ends with {}", wire::show(&reply)));
        let due = self.now + self.rng.below(self.profile.latency);
        self.send_reply(serial, &blocked.args, reply, due, None);
        Ok(())
    }

    /// A wait ends with a refusal.
    fn refuse_wait(&mut self, serial: u64, text: &str, closes: bool) {
        let due = self.now + self.rng.below(self.profile.latency);
        let Some(conn) = self.conns.get_mut(&serial) else {
            return;
        };
        let Some(blocked) = conn.blocked.take() else {
            return;
        };
        let slot = Slot::of_key(&store::keys(&blocked.args)[0]);
        let refuses = crate::oracle::uid_of(&blocked.args).map(|uid| (uid, slot));
        self.log(|_| format!("wait on {serial} is refused: {text}"));
        self.send_reply(serial, &blocked.args, wire::error(text), due, refuses);
        if closes
            && let Some(conn) = self.conns.get_mut(&serial)
            && conn.state == ConnState::Open
        {
            conn.state = ConnState::NodeClosed;
        }
        self.oracle.seen.waits_refused += 1;
    }

    /// CLIENT UNBLOCK at a node: what it answers.
    pub(crate) fn unblock(
        &mut self,
        node: usize,
        serial: u64,
        manner: Manner,
    ) -> Result<Vec<u8>, String> {
        let conn = self.conns.get(&serial);
        let waits = conn.is_some_and(|conn| conn.node == node && conn.blocked.is_some());
        if waits {
            self.end_wait(serial, manner)?;
        }
        Ok(wire::integer(i64::from(waits)))
    }

    fn end_wait(&mut self, serial: u64, manner: Manner) -> Result<(), String> {
        let resp3 = self
            .conns
            .get(&serial)
            .is_some_and(|conn| conn.session.resp3);
        let reply = match manner {
            Manner::Null => null(resp3),
            Manner::Error => UNBLOCKED.to_vec(),
        };
        self.finish_wait(serial, reply)
    }

    /// What nodes notice about waits as time passes.
    pub(crate) fn run_waits(&mut self) -> Result<(), String> {
        let now = self.now;
        let waiting: Vec<u64> = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.blocked.is_some())
            .map(|(serial, _)| *serial)
            .collect();
        for serial in waiting {
            let Some(conn) = self.conns.get(&serial) else {
                continue;
            };
            let Some(blocked) = &conn.blocked else {
                continue;
            };
            let node = conn.node;
            let server = &self.cluster.nodes[node];
            if !server.up || now < server.stalled_until {
                continue;
            }
            let slot = Slot::of_key(&blocked.args[1]);
            let is_over = blocked.until.is_some_and(|until| now >= until);
            let is_quiet = self.quiet && !self.draining && now > blocked.since + QUIET_MAX;
            if conn.state == ConnState::ProxyClosed {
                // The node notices sooner or later.
                if self.rng.chance(300) {
                    self.oracle.seen.waits_left += 1;
                    self.conns.remove(&serial);
                }
            } else if !self.cluster.is_primary(node) {
                let text =
                    "UNBLOCKED force unblock from blocking operation, instance state changed";
                self.refuse_wait(serial, text, true);
            } else if !self.cluster.may_serve(node, slot) {
                // A look at all clients takes a while.
                if self.rng.chance(100) || self.quiet {
                    let text = self.cluster.moved(node, slot, now);
                    self.refuse_wait(serial, &text, false);
                }
            } else if now < self.cluster.nodes[node].cluster_down_until {
                if self.rng.chance(100) {
                    self.refuse_wait(serial, "CLUSTERDOWN The cluster is down", false);
                }
            } else if is_over || is_quiet {
                self.end_wait(serial, Manner::Null)?;
            }
        }
        Ok(())
    }
}
