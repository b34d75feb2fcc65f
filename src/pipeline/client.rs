//! One client: what it sent, what it waits for, what waits for it.

use std::net::SocketAddr;

use bytes::BytesMut;

use super::chunks::ChunkQueue;
use super::pending::PendingQueue;
use super::time::Time;
use crate::cluster::Slot;
use crate::config::LimitSettings;
use crate::resp::{Protocol, RequestScanner};

/// A client connection, from accept to close.
#[derive(Debug)]
pub(super) struct ClientSession {
    /// Number that `CLIENT ID` shows; unique over all workers.
    pub(super) number: u64,
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) connected_at: Time,
    pub(super) last_active: Time,
    pub(super) protocol: Protocol,
    pub(super) authenticated: bool,
    /// What the client called itself; absent until it does, to keep an idle client small.
    pub(super) identity: Option<Box<Identity>>,
    pub(super) last_command: &'static str,

    pub(super) scanner: RequestScanner,
    /// What arrived and was not taken yet: the rest of a frame, or what a pause left.
    pub(super) input: BytesMut,
    /// Bytes that the frame at the front of `input` still lacks, as far as known.
    pub(super) need: usize,
    pub(super) pending: PendingQueue,
    pub(super) output: ChunkQueue,
    /// Slots with parts being redirected or retried; later parts of them wait.
    pub(super) unsettled: Vec<Unsettled>,
    /// Running mean of reply sizes, to meter bytes expected back.
    pub(super) reply_bytes_mean: usize,

    pub(super) phase: Phase,
    pub(super) paused: Option<Pause>,
    /// In the list of peers with something to write.
    pub(super) dirty: bool,
    /// It has ended its side and sends nothing more.
    pub(super) ended: bool,
    /// Bytes of its buffers in the worker's sum.
    pub(super) counted_bytes: usize,
}

/// Names that a client gives itself.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) name: Box<[u8]>,
    pub(super) library_name: Box<[u8]>,
    pub(super) library_version: Box<[u8]>,
}

/// Parts of one slot that later parts must wait for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unsettled {
    pub(super) slot: Slot,
    pub(super) count: u32,
}

/// How far the connection is on its way to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Requests are taken.
    Open,
    /// No more requests are taken; it closes once all replies left.
    Finishing,
}

/// Why no more requests of a client are taken for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// As many requests in flight as it may have.
    InFlight,
    /// It does not read its replies.
    Output,
    /// The replies on their way to it are too large together.
    ExpectedBytes,
    /// A request that must not overtake the earlier ones waits for them.
    Barrier,
    /// The answer names the version of the servers, which the first handshake will tell.
    Server,
    /// The link it needs has as many requests in flight as it may have.
    Link,
    /// The worker's buffers hold as much as they may.
    Memory,
}

// === impl ClientSession ===

impl ClientSession {
    pub(super) fn new(number: u64, peer: SocketAddr, local: SocketAddr, now: Time) -> Self {
        Self {
            number,
            peer,
            local,
            connected_at: now,
            last_active: now,
            protocol: Protocol::Resp2,
            authenticated: false,
            identity: None,
            last_command: "",
            scanner: RequestScanner::default(),
            input: BytesMut::new(),
            need: 0,
            pending: PendingQueue::default(),
            output: ChunkQueue::default(),
            unsettled: Vec::new(),
            reply_bytes_mean: 0,
            phase: Phase::Open,
            paused: None,
            dirty: false,
            ended: false,
            counted_bytes: 0,
        }
    }

    /// Why the next request has to wait, if it has to.
    #[inline]
    pub(super) fn must_pause(&self, limits: &LimitSettings) -> Option<Pause> {
        let in_flight = self.pending.len();
        if in_flight >= limits.client_requests_in_flight_max {
            Some(Pause::InFlight)
        } else if self.output.unwritten_len() + self.pending.stash_len()
            > limits.client_output_pause
        {
            Some(Pause::Output)
        } else if in_flight.saturating_mul(self.reply_bytes_mean) > limits.client_expected_bytes_max
        {
            Some(Pause::ExpectedBytes)
        } else {
            None
        }
    }

    /// If parts of `slot` may have to wait for earlier ones.
    #[inline]
    pub(super) fn is_unsettled(&self, slot: Slot) -> bool {
        !self.unsettled.is_empty() && self.unsettled.iter().any(|entry| entry.slot == slot)
    }

    /// Counts one more part of `slot` that later ones wait for.
    pub(super) fn unsettle(&mut self, slot: Slot) {
        match self.unsettled.iter_mut().find(|entry| entry.slot == slot) {
            Some(entry) => entry.count += 1,
            None => self.unsettled.push(Unsettled { slot, count: 1 }),
        }
    }

    /// Counts one less. The slot stays unsettled until [`Self::forget_settled`], so that nothing overtakes
    /// the parts that are about to be released.
    pub(super) fn settle(&mut self, slot: Slot) {
        match self.unsettled.iter_mut().find(|entry| entry.slot == slot) {
            Some(entry) => entry.count -= 1,
            None => debug_assert!(false, "settled a slot that was not unsettled"),
        }
    }

    /// Ends the wait for `slot` if nothing of it is unsettled any more.
    pub(super) fn forget_settled(&mut self, slot: Slot) {
        self.unsettled
            .retain(|entry| entry.slot != slot || entry.count > 0);
    }

    /// Follows the size of replies: up at once, down slowly.
    #[inline]
    pub(super) fn note_reply(&mut self, len: usize) {
        self.reply_bytes_mean = if len > self.reply_bytes_mean {
            len
        } else {
            self.reply_bytes_mean - (self.reply_bytes_mean - len) / 8
        };
    }

    /// Bytes of buffers that this client holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.input.len() + self.output.held_len() + self.pending.stash_len()
    }

    /// Frees what an idle client does not need.
    pub(super) fn shrink(&mut self) {
        self.output.shrink();
        self.pending.shrink();
        if self.input.is_empty() && self.input.capacity() > 0 {
            self.input = BytesMut::new();
        }
    }

    /// The names it gave itself, made on first use.
    pub(super) fn identity_mut(&mut self) -> &mut Identity {
        self.identity.get_or_insert_with(Box::default)
    }
}
