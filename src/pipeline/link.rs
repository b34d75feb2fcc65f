//! One connection to a node: handshake, requests in flight, and their bytes until they are answered.
//!
//! Replies come in the order in which requests were written, so a reply always belongs to the oldest
//! entry. After a deadline or a surprise the link is retired: nothing new goes out on it, what is in
//! flight is still received or expires, then it closes. It is never reused.

use std::collections::{BTreeSet, VecDeque};
use std::io::IoSlice;

use bytes::{Bytes, BytesMut};

use super::batch::BatchReplies;
use super::brake::Brake;
use super::chunks::ChunkQueue;
use super::handshake::Handshake;
use super::passage::Passage;
use super::preload::Loaded;
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use super::upload::Carried;
use crate::resp::{Protocol, ReplyScanner};

/// A connection to a node.
#[derive(Debug)]
pub(super) struct ShardLink {
    pub(super) node: NodeRef,
    pub(super) terms: Terms,
    pub(super) purpose: Purpose,
    /// The client that has it for itself; for private links that are in use.
    pub(super) holder: Option<Key>,
    /// How long its requests may take.
    pub(super) patience: Patience,
    pub(super) state: LinkState,
    pub(super) opened_at: Time,
    /// Since when it connects: when it was opened, or when the name of its node was resolved.
    pub(super) connects_since: Time,
    pub(super) handshake: Handshake,
    pub(super) scanner: ReplyScanner,
    /// The rest of a reply that has not arrived whole.
    pub(super) input: BytesMut,
    /// Bytes that the frame at the front of `input` still lacks, as far as known.
    pub(super) need: usize,
    /// Requests: not yet written (the backlog) and written but not answered.
    pub(super) log: ChunkQueue,
    pub(super) in_flight: VecDeque<InFlight>,
    /// An entry is older than one in front of it, so deadlines are not in order.
    pub(super) disordered: bool,
    /// Its replies are looked at: its node was blamed for a refusal, which the next good reply clears, or it is
    /// private, or the node tracks on it.
    pub(super) suspect: bool,
    /// Of a link for subscriptions: topics that have a place here.
    pub(super) topics: usize,
    /// When the node last said something, or was asked to.
    pub(super) heard_at: Time,
    /// When the last canary was sent while it was busy.
    pub(super) canary_at: Time,
    /// When the node last said something.
    pub(super) answered_at: Time,
    /// Of a link for subscriptions: when it last had topics.
    pub(super) needed_at: Time,
    /// What was said so far about the batch at the front; absent while no batch is half answered.
    pub(super) batch: Option<Box<BatchReplies>>,
    /// On a link on which the node tracks: what the last request answered has changed, if its client does not want to
    /// hear of its own writes.
    pub(super) last_write: Option<(Key, BTreeSet<Bytes>)>,
    /// Of a link of RESP2 on which the node tracks: the link on which it tells. Nobody does without one.
    pub(super) collector: Option<Key>,
    /// Scripts that were loaded over it, if any were.
    pub(super) loaded: Option<Box<Loaded>>,
    /// A large reply that is being passed on.
    pub(super) passage: Option<Box<Passage>>,
    /// If it is not read because of a client that does not.
    pub(super) brake: Brake,
    /// A large request that it got while it arrived, until the reply.
    pub(super) carries: Option<Box<Carried>>,
    /// It was left to its passage, or to a client that does not read.
    pub(super) is_left: bool,
    /// It is not to be used for another client.
    pub(super) is_spoilt: bool,
    /// In the list of peers with something to write.
    pub(super) dirty: bool,
    /// Bytes of its buffers in the worker's sum.
    pub(super) counted_bytes: usize,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// Reads and writes at a primary; never READONLY, so a demoted primary answers MOVED.
    Primary,
    /// Reads at a replica, after READONLY.
    ReplicaRead,
    /// Scripts at a primary. See [`script_lane`](super::script_lane).
    Scripts,
    /// Scripts that only read, at a replica, after READONLY.
    ReplicaScripts,
    /// Orders that end a script, which a server takes from no connection that waits for the script.
    Beside,
    /// One client's own for a while, at a primary: what waits in the server, or what the server remembers
    /// for one connection. See [`lease`](super::lease).
    Private,
    /// What the clients of this worker listen to. See [`subscribe`](super::subscribe).
    Subscriptions,
    /// What nodes say of changed keys to clients in BCAST mode. See [`tracking`](super::tracking).
    Invalidations,
    /// What nodes say of keys that were read on links of RESP2. See [`tracking`](super::tracking).
    Collector,
}

/// What a client has chosen that decides which links carry its requests: links are shared by clients of equal
/// terms. A client changes its terms only while it has nothing under way, so nothing can be overtaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Terms {
    pub(super) protocol: Protocol,
    /// The node remembers what is read, and tells when it changes.
    pub(super) tracking: bool,
    /// Number of the database.
    pub(super) database: u16,
}

/// How long the requests on a link may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// `cluster.server_timeout` from the arrival of each.
    Usual,
    /// Until then.
    Until(Time),
    /// For ever: the client has asked to wait.
    Endless,
}

/// Life of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkState {
    /// The driver is connecting.
    Connecting,
    /// Connected; the node has not accepted the handshake yet.
    Handshaking,
    /// Requests flow.
    Ready,
    /// No new requests; closes when the last one in flight is answered or expired.
    Retiring,
}

/// A request or an internal command that a link owes a reply for.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub(super) owner: Owner,
    /// Position of its bytes in the log.
    pub(super) start: u64,
    pub(super) len: u32,
    pub(super) arrival: Time,
    /// When this link got it.
    pub(super) placed: Time,
    pub(super) read_only: bool,
}

/// Who gets the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A part of a client's request.
    Part(PartId),
    /// A whole request that is several commands, of which `left` are not replied to; the reply to the last
    /// one is the request's. See [`batch`](super::batch).
    Batch { client: Key, seq: u32, left: u32 },
    /// Nobody any more: it was answered with an error when its deadline passed. So many replies are to come.
    Expired { left: u32 },
    /// The ASKING in front of a redirected request.
    Asking,
    /// CLIENT UNBLOCK, by its ticket; see [`unblock`](super::unblock).
    Unblock(u32),
    /// A topic, which a push answers: that it is subscribed, or is not any more.
    Topic { topic: Key, leaves: bool },
    /// A plain PING, on a link for subscriptions.
    Heartbeat,
    /// A PING with a text, by its number; see [`canary`](super::canary).
    Canary(u32),
    /// The question if the node serves the key of a large request; see [`upload`](super::upload).
    Probe,
    /// SCRIPT LOAD in front of what names the script; see [`preload`](super::preload).
    Load,
}

/// Names one part of one request of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartId {
    pub(super) client: Key,
    pub(super) seq: u32,
    /// Index among the parts; [`WHOLE`] for a request that is not split.
    pub(super) part: u32,
}

/// What a quiet link for subscriptions is tried with.
pub(super) const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

/// Part index of a request that is not split.
pub(super) const WHOLE: u32 = u32::MAX;

// === impl Terms ===

impl Terms {
    /// Those of a client that has chosen nothing but its protocol.
    pub(super) const fn plain(protocol: Protocol) -> Self {
        Self {
            protocol,
            tracking: false,
            database: 0,
        }
    }

    /// If the node tells of changed keys on another link, because this one's protocol has no place for that.
    pub(super) fn is_collected(self) -> bool {
        self.tracking && self.protocol == Protocol::Resp2
    }
}

// === impl Purpose ===

impl Purpose {
    /// If its node is a replica that shall answer.
    pub(super) fn is_at_replica(self) -> bool {
        matches!(self, Self::ReplicaRead | Self::ReplicaScripts)
    }
}

// === impl Patience ===

impl Patience {
    /// The same, but no longer than until `late`.
    pub(super) fn at_most(self, late: Time) -> Self {
        match self {
            Self::Usual => Self::Usual,
            Self::Until(until) => Self::Until(until.min(late)),
            Self::Endless => Self::Until(late),
        }
    }
}

// === impl Owner ===

impl Owner {
    /// A part, or a whole request that is so many commands.
    #[inline]
    pub(super) fn of(id: PartId, batch: Option<u32>) -> Self {
        let PartId { client, seq, .. } = id;
        match batch {
            None => Self::Part(id),
            Some(left) => Self::Batch { client, seq, left },
        }
    }

    /// If its bytes mean nothing without those of the entry behind it.
    fn leads(self) -> bool {
        self == Self::Asking
    }

    /// The part that waits for the reply, if any does.
    #[inline]
    pub(super) fn part(self) -> Option<PartId> {
        match self {
            Self::Part(id) => Some(id),
            Self::Batch { client, seq, .. } => Some(PartId {
                client,
                seq,
                part: WHOLE,
            }),
            Self::Expired { .. }
            | Self::Asking
            | Self::Unblock(_)
            | Self::Topic { .. }
            | Self::Heartbeat
            | Self::Canary(_)
            | Self::Probe
            | Self::Load => None,
        }
    }

    /// Nobody waits any more for the replies that are still to come.
    pub(super) fn expire(&mut self) {
        let left = match self {
            Self::Batch { left, .. } | Self::Expired { left } => *left,
            _ => 1,
        };
        *self = Self::Expired { left };
    }
}

// === impl ShardLink ===

impl ShardLink {
    pub(super) fn new(
        node: NodeRef,
        terms: Terms,
        purpose: Purpose,
        handshake: Handshake,
        now: Time,
    ) -> Self {
        Self {
            node,
            terms,
            purpose,
            holder: None,
            patience: Patience::Usual,
            state: LinkState::Connecting,
            opened_at: now,
            connects_since: now,
            handshake,
            scanner: ReplyScanner::default(),
            input: BytesMut::new(),
            need: 0,
            log: ChunkQueue::default(),
            in_flight: VecDeque::new(),
            disordered: false,
            suspect: purpose == Purpose::Private || terms.tracking,
            topics: 0,
            heard_at: now,
            canary_at: now,
            answered_at: Time(0),
            needed_at: now,
            batch: None,
            last_write: None,
            collector: None,
            loaded: None,
            passage: None,
            brake: Brake::default(),
            carries: None,
            is_left: false,
            is_spoilt: false,
            dirty: false,
            counted_bytes: 0,
        }
    }

    /// Adds the entry for the frame that was just appended to the log.
    #[inline]
    pub(super) fn push(&mut self, entry: InFlight) {
        if self
            .in_flight
            .back()
            .is_some_and(|last| last.arrival > entry.arrival)
        {
            self.disordered = true;
        }
        self.in_flight.push_back(entry);
    }

    /// Takes the entry that the reply just received belongs to, and releases its bytes.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<InFlight> {
        self.in_flight.pop_front()
    }

    /// Releases the bytes of all entries before the oldest one in flight.
    #[inline]
    pub(super) fn release(&mut self) {
        let needed = self
            .in_flight
            .front()
            .map_or_else(|| self.log.end(), |entry| entry.start);
        self.log.release(needed.min(self.log.written()));
    }

    /// Takes requests back that are not yet written, not even in part, with their bytes.
    pub(super) fn take_unwritten(
        &mut self,
        mut is_meant: impl FnMut(&InFlight) -> bool,
    ) -> Vec<(PartId, Bytes)> {
        let mut taken = Vec::new();
        let written = self.log.written();
        let mut first = self
            .in_flight
            .partition_point(|entry| entry.start < written);
        let mut before = first
            .checked_sub(1)
            .and_then(|index| self.in_flight.get(index));
        // Its ASKING is gone already; without it the node would take the next request as asked for.
        while before.is_some_and(|entry| entry.owner.leads()) && first < self.in_flight.len() {
            before = self.in_flight.get(first);
            first += 1;
        }
        if !self.in_flight.range(first..).any(&mut is_meant) {
            return taken;
        }
        let tail: Vec<(InFlight, Bytes)> = self
            .in_flight
            .drain(first..)
            .map(|entry| (entry, self.log.frame(entry.start, entry.len as usize)))
            .collect();
        if let Some((entry, _)) = tail.first() {
            self.log.truncate(entry.start);
        }
        // What leads a request goes with it.
        let mut led = Vec::new();
        for (entry, bytes) in tail {
            if entry.owner.leads() {
                led.push((entry, bytes));
                continue;
            }
            if let Some(id) = entry.owner.part()
                && is_meant(&entry)
            {
                led.clear();
                taken.push((id, bytes));
                continue;
            }
            for (mut entry, bytes) in led.drain(..).chain([(entry, bytes)]) {
                entry.start = self.log.end();
                self.log.append_kept(bytes);
                self.in_flight.push_back(entry);
            }
        }
        debug_assert!(led.is_empty(), "something leads nothing");
        // The end of what is kept has moved, maybe to where everything is answered.
        self.release();
        taken
    }

    /// If its node tells nobody what has changed of what is read on it.
    pub(super) fn is_deaf(&self) -> bool {
        self.terms.is_collected() && self.collector.is_none()
    }

    /// If the node may have got all bytes of `entry`, and so may have executed it.
    pub(super) fn was_written(&self, entry: &InFlight) -> bool {
        entry.start + u64::from(entry.len) <= self.log.written()
    }

    /// Fills `slices` with what has to be written next; returns how many were filled.
    pub(super) fn unwritten<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        match (self.state, slices.first_mut()) {
            (LinkState::Connecting, _) | (_, None) => 0,
            (LinkState::Handshaking, Some(_)) if !self.handshake.has_output() => 0,
            (LinkState::Handshaking, Some(first)) => {
                *first = IoSlice::new(self.handshake.unwritten());
                1
            }
            (LinkState::Ready | LinkState::Retiring, _) => self.log.unwritten(slices),
        }
    }

    /// Bytes of buffers that this link holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.input.len() + self.log.held_len()
    }

    /// If there is something to write now.
    pub(super) fn has_output(&self) -> bool {
        match self.state {
            LinkState::Connecting => false,
            LinkState::Handshaking => self.handshake.has_output(),
            LinkState::Ready | LinkState::Retiring => self.log.unwritten_len() > 0,
        }
    }
}
