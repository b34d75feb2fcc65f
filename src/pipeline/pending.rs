//! What one client has asked and not yet been answered, in its order.
//!
//! Replies leave in this order and no other. A reply that overtakes an older request waits here: small ones
//! in one shared stash, large ones as slices of the buffer they came in.
//!
//! Holds: sequence numbers are dense; the front is the oldest. Costs: no allocation per request once the
//! queue and the stash have grown to what the client needs.

use std::collections::VecDeque;

use bytes::Bytes;

use super::chunks::LARGE;
use super::link::WHOLE;
use super::split::Split;
use super::time::Time;
use super::walk::Walk;
use crate::cluster::Slot;
use crate::command::Command;

/// A stash larger than this and mostly holes is packed.
const STASH_PACK: usize = 64 * 1024;

/// A drained stash keeps at most this capacity.
const STASH_RETAIN: usize = 512;

/// Requests of one client, oldest first.
#[derive(Debug, Default)]
pub(super) struct PendingQueue {
    queue: VecDeque<Pending>,
    /// Sequence number of the front.
    head: u32,
    stash: Vec<u8>,
    /// Bytes of the stash that still wait.
    stash_live: usize,
    /// Bytes that parts hold while they wait for a link, of large overtaking replies, and of replies to parts.
    /// Exact at each tick, not below the truth in between.
    waiting: usize,
}

/// One request between its arrival and the release of its reply.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) arrival: Time,
    pub(super) command: Option<&'static Command>,
    pub(super) state: State,
}

/// Where a request is.
#[derive(Debug)]
pub(super) enum State {
    /// One node answers it.
    Whole(Part),
    /// Several parts answer it.
    Split(Box<Split>),
    /// A SCAN is under way over several slots.
    Walk(Box<Walk>),
    /// The reply is here and waits for older ones.
    Ready(Reply),
}

/// A piece of work for one node: a whole request or one part of a split one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) slot: Slot,
    /// Redirects since the last pause.
    pub(super) redirects: u16,
    /// Pauses so far.
    pub(super) attempts: u8,
    /// Counted among the client's unsettled parts of this slot: later ones wait for it.
    pub(super) unsettled: bool,
    pub(super) lane: Lane,
    /// It is several commands, the last of which gives its reply.
    pub(super) is_batch: bool,
    pub(super) at: At,
}

/// Which links a part may go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Those that all clients share.
    Shared,
    /// Those that all clients share for scripts. See [`script_lane`](super::script_lane).
    Scripts,
    /// One that its client has for itself, to any node.
    Private,
    /// The one that its client has now and no other: the node remembers something for it.
    Pinned,
}

/// Where a part is.
#[derive(Debug)]
pub(super) enum At {
    /// Handed to a link; its bytes are kept there.
    Link,
    /// Waits behind an earlier part of the same client and slot.
    Held(Bytes),
    /// Waits for its next attempt. In a box, because it is rare and every part has room for it.
    Retry(Box<Retry>),
    /// Answered.
    Done,
}

/// What a part needs for its next attempt.
#[derive(Debug)]
pub(super) struct Retry {
    pub(super) bytes: Bytes,
    /// The node's last refusal, if one was given.
    pub(super) last: Option<Bytes>,
    /// It waits for a primary that is lost, and is counted.
    pub(super) held: bool,
}

/// A reply that overtook older requests.
#[derive(Debug)]
pub(super) enum Reply {
    /// A place in the stash.
    Stashed { start: usize, len: usize },
    /// A large reply.
    Shared(Bytes),
}

// === impl Reply ===

impl Reply {
    /// Nothing yet.
    pub(super) const EMPTY: Self = Self::Stashed { start: 0, len: 0 };
}

// === impl State ===

impl State {
    /// Shows every part with its index, until one is objected to.
    pub(super) fn each_part<E>(
        &mut self,
        mut visit: impl FnMut(u32, &mut Part) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Whole(part) => visit(WHOLE, part),
            Self::Split(split) => split.parts_mut().try_for_each(|(at, part)| visit(at, part)),
            Self::Walk(walk) => walk.parts_mut().try_for_each(|(at, part)| visit(at, part)),
            Self::Ready(_) => Ok(()),
        }
    }
}

// === impl At ===

impl At {
    /// Bytes that wait with the part.
    pub(super) fn held_len(&self) -> usize {
        match self {
            Self::Held(bytes) => bytes.len(),
            Self::Retry(retry) => retry.bytes.len(),
            Self::Link | Self::Done => 0,
        }
    }
}

// === impl Part ===

impl Part {
    pub(super) fn new(slot: Slot, at: At) -> Self {
        Self {
            slot,
            redirects: 0,
            attempts: 0,
            unsettled: false,
            lane: Lane::Shared,
            is_batch: false,
            at,
        }
    }

    /// If later parts of its client and slot have to wait for it.
    pub(super) fn is_waited_for(&self) -> bool {
        self.unsettled || matches!(self.at, At::Held(_))
    }
}

// === impl PendingQueue ===

impl PendingQueue {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes of small overtaking replies.
    #[inline]
    pub(super) fn stash_live(&self) -> usize {
        self.stash_live
    }

    /// Bytes of parts that wait, and of large overtaking replies.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Bytes held in all.
    pub(super) fn held_len(&self) -> usize {
        self.stash.len() + self.waiting
    }

    /// Counts bytes that begin to wait.
    pub(super) fn add_waiting(&mut self, len: usize) {
        self.waiting += len;
    }

    /// Counts bytes that wait no longer.
    pub(super) fn sub_waiting(&mut self, len: usize) {
        self.waiting = self.waiting.saturating_sub(len);
    }

    /// Counts again what waits, if anything did.
    pub(super) fn recount_waiting(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let each = self.queue.iter().map(|pending| match &pending.state {
            State::Whole(part) => part.at.held_len(),
            State::Split(split) => split.held_len(),
            State::Walk(walk) => walk.held_len(),
            State::Ready(Reply::Shared(bytes)) => bytes.len(),
            State::Ready(Reply::Stashed { .. }) => 0,
        });
        self.waiting = each.sum();
    }

    /// Adds the newest request; returns its sequence number.
    #[inline]
    pub(super) fn push(&mut self, pending: Pending) -> u32 {
        let seq = self.next_seq();
        self.queue.push_back(pending);
        seq
    }

    /// Sequence number that the next request will have.
    #[inline]
    pub(super) fn next_seq(&self) -> u32 {
        self.head
            .wrapping_add(u32::try_from(self.queue.len()).unwrap_or(u32::MAX))
    }

    /// Sequence number of the oldest request, or of the next if there is none.
    #[inline]
    pub(super) fn front_seq(&self) -> u32 {
        self.head
    }

    /// How many older requests are in front of `seq`.
    #[inline]
    pub(super) fn position(&self, seq: u32) -> usize {
        seq.wrapping_sub(self.head) as usize
    }

    #[inline]
    pub(super) fn get_mut(&mut self, seq: u32) -> Option<&mut Pending> {
        let position = self.position(seq);
        self.queue.get_mut(position)
    }

    pub(super) fn get(&self, seq: u32) -> Option<&Pending> {
        self.queue.get(self.position(seq))
    }

    /// The oldest request.
    #[inline]
    pub(super) fn front(&self) -> Option<&Pending> {
        self.queue.front()
    }

    /// Takes the oldest request out; returns when it came.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Time> {
        let arrival = self.queue.front()?.arrival;
        self.queue.pop_front();
        self.head = self.head.wrapping_add(1);
        Some(arrival)
    }

    /// Takes the oldest request out if its reply is here: when it came, and the reply.
    #[inline(always)]
    pub(super) fn pop_ready(&mut self) -> Option<(Time, Reply)> {
        let State::Ready(reply) = &mut self.queue.front_mut()?.state else {
            return None;
        };
        let reply = std::mem::replace(reply, Reply::EMPTY);
        Some((self.pop()?, reply))
    }

    /// Takes the newest request back.
    pub(super) fn pop_newest(&mut self) {
        self.queue.pop_back();
    }

    /// All requests with their sequence numbers, oldest first.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut Pending)> {
        let head = self.head;
        (0u32..)
            .zip(self.queue.iter_mut())
            .map(move |(n, pending)| (head.wrapping_add(n), pending))
    }

    /// All requests, newest first.
    pub(super) fn newest_first(&mut self) -> impl Iterator<Item = &mut Pending> {
        self.queue.iter_mut().rev()
    }

    /// Requests that came after `seq`, oldest first.
    pub(super) fn iter_mut_after(&mut self, seq: u32) -> impl Iterator<Item = (u32, &mut Pending)> {
        let skipped = self.position(seq).saturating_add(1);
        self.iter_mut().skip(skipped)
    }

    /// Keeps a reply that overtook older ones.
    #[inline]
    pub(super) fn stash(&mut self, frame: &[u8]) -> Reply {
        if frame.len() >= LARGE {
            self.waiting += frame.len();
            return Reply::Shared(Bytes::copy_from_slice(frame));
        }
        if self.stash.len() > STASH_PACK && self.stash_live < self.stash.len() / 2 {
            self.pack();
        }
        let start = self.stash.len();
        self.stash.extend_from_slice(frame);
        self.stash_live += frame.len();
        Reply::Stashed {
            start,
            len: frame.len(),
        }
    }

    /// Bytes of a stashed reply.
    #[inline]
    pub(super) fn stashed(&self, start: usize, len: usize) -> &[u8] {
        self.stash
            .get(start..start.saturating_add(len))
            .unwrap_or_default()
    }

    /// Gives up a stashed reply that was released to the client.
    #[inline]
    pub(super) fn unstash(&mut self, len: usize) {
        self.stash_live = self.stash_live.saturating_sub(len);
        if self.stash_live == 0 {
            self.stash.clear();
        }
    }

    /// Frees what an idle client does not need.
    pub(super) fn shrink(&mut self) {
        if self.queue.is_empty() {
            self.queue.shrink_to(8);
            if self.stash.capacity() > STASH_RETAIN {
                self.stash = Vec::new();
            }
        }
    }

    /// Closes the holes that released replies left.
    fn pack(&mut self) {
        let mut packed = Vec::with_capacity(self.stash_live);
        for pending in &mut self.queue {
            if let State::Ready(Reply::Stashed { start, len }) = &mut pending.state {
                let bytes = self.stash.get(*start..*start + *len).unwrap_or_default();
                *start = packed.len();
                packed.extend_from_slice(bytes);
            }
        }
        debug_assert_eq!(packed.len(), self.stash_live, "stash lost count");
        self.stash = packed;
    }
}
