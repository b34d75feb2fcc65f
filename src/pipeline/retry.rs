//! Parts that go out again: at once, after a pause, or behind an earlier one of the same slot.
//!
//! Program order: once a part of a client is refused, every later part of the same client and slot that
//! comes back or arrives waits for it. The order in which parts were refused is the order in which they
//! were sent, so the first one refused is the oldest.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use bytes::Bytes;

use super::answers::{self, Failure};
use super::client::ClientSession;
use super::gather::Gather;
use super::ingest::Frame;
use super::link::{InFlight, LinkState, PartId, Purpose, WHOLE};
use super::outage::{Full, Held};
use super::pending::{At, Part, Retry, State};
use super::place::Placed;
use super::slab::Key;
use super::time::Time;
use super::{LinkEnd, Pipeline};
use crate::cluster::Slot;
use crate::command::{self, Command, Step, Treatment};
use crate::resp::write;

/// Parts that wait for their next attempt, soonest first.
#[derive(Debug, Default)]
pub(super) struct RetryQueue {
    heap: BinaryHeap<Reverse<(Time, u64, PartId)>>,
    /// Keeps parts of equal time in their order.
    added: u64,
    /// What of them waits for primaries that are lost.
    pub(super) held: Held,
}

// === impl RetryQueue ===

impl RetryQueue {
    fn push(&mut self, at: Time, id: PartId) {
        self.added += 1;
        self.heap.push(Reverse((at, self.added, id)));
    }

    /// The time of all parts has come; they keep their order.
    pub(super) fn hasten(&mut self, now: Time) {
        let all = std::mem::take(&mut self.heap).into_iter();
        self.heap = all
            .map(|Reverse((at, added, id))| Reverse((at.min(now), added, id)))
            .collect();
    }

    /// The next part whose time has come.
    pub(super) fn pop_due(&mut self, now: Time) -> Option<PartId> {
        let Reverse((at, _, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, _, id))| id)
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// Arrival of the request that a part belongs to, and if it may be sent again when nobody knows if it was
    /// executed.
    pub(super) fn facts(&mut self, id: PartId) -> Option<(Time, bool)> {
        let pending = self.clients.get_mut(id.client)?.pending.get_mut(id.seq)?;
        let repeats = match &pending.state {
            State::Split(split) => split.gather().map(Gather::repeats),
            State::Whole(_) | State::Walk(_) | State::Ready(_) => None,
        };
        let by_command = || pending.command.is_some_and(may_repeat);
        Some((pending.arrival, repeats.unwrap_or_else(by_command)))
    }

    /// If an earlier part of the same client and slot is being redirected or retried.
    pub(super) fn is_behind_unsettled(&mut self, id: PartId) -> bool {
        let Some(slot) = self.part_mut(id).map(|part| part.slot) else {
            return false;
        };
        let Some(client) = self.clients.get_mut(id.client) else {
            return false;
        };
        if !client.is_unsettled(slot) {
            return false;
        }
        let waited_for = |part: &Part| part.slot == slot && part.is_waited_for();
        let mut earlier = client
            .pending
            .iter_mut()
            .take_while(|(seq, _)| *seq != id.seq);
        earlier.any(|(_, pending)| match &mut pending.state {
            State::Whole(part) => waited_for(part),
            State::Split(split) => split.parts_mut().any(|(_, part)| waited_for(part)),
            State::Walk(walk) => walk.parts_mut().any(|(_, part)| waited_for(part)),
            State::Ready(_) => false,
        })
    }

    /// Holds a part back if an earlier one of its client and slot is unsettled; else gives its bytes back.
    pub(super) fn hold_behind(&mut self, id: PartId, bytes: Bytes) -> Option<Bytes> {
        if !self.is_behind_unsettled(id) {
            return Some(bytes);
        }
        self.note_waiting(id.client, bytes.len());
        self.spoil_walk(id);
        let part = self.part_mut(id)?;
        part.at = At::Held(bytes);
        let slot = part.slot;
        let was_unsettled = std::mem::take(&mut part.unsettled);
        if let Some(client) = self.clients.get_mut(id.client) {
            client.flights.end(slot);
        }
        if was_unsettled {
            self.settle(id.client, slot);
        }
        None
    }

    /// Counts bytes that begin to wait with a part.
    pub(super) fn note_waiting(&mut self, client: Key, len: usize) {
        if let Some(session) = self.clients.get_mut(client) {
            session.pending.add_waiting(len);
        }
        self.touch_client(client);
    }

    /// Makes later parts of the same client and slot wait for this one.
    pub(super) fn mark_unsettled(&mut self, id: PartId) {
        let Some(part) = self.part_mut(id) else {
            return;
        };
        let was_unsettled = std::mem::replace(&mut part.unsettled, true);
        let slot = part.slot;
        if let Some(client) = self.clients.get_mut(id.client) {
            client.flights.end(slot);
            if !was_unsettled {
                client.unsettle(slot);
            }
        }
    }

    /// A part came back unexecuted from a lost link: it goes out again in its turn.
    pub(super) fn requeue(&mut self, id: PartId, bytes: Bytes, last: Option<Bytes>, now: Time) {
        if self.is_pinned(id) {
            self.lose_watch(id, now);
        } else if let Some(bytes) = self.hold_behind(id, bytes) {
            self.wait_for_retry(id, bytes, last, now);
        }
    }

    /// Keeps a part until its next attempt; each pause is twice as long, up to eight times the first. What waits for
    /// a lost primary is tried when there is news of it.
    pub(super) fn wait_for_retry(
        &mut self,
        id: PartId,
        bytes: Bytes,
        last: Option<Bytes>,
        now: Time,
    ) {
        self.mark_unsettled(id);
        self.spoil_walk(id);
        let first = self.config.cluster.retry_delay;
        let timeout = self.config.cluster.server_timeout;
        let Some((arrival, _)) = self.facts(id) else {
            return;
        };
        let Some(slot) = self.part_mut(id).map(|part| part.slot) else {
            return;
        };
        let hold = match self.hold_for(id, bytes.len(), now) {
            Some(Err(Full)) => return self.fail_full(id, slot, now),
            Some(Ok(pause)) => Some(pause),
            None => None,
        };
        self.note_waiting(id.client, bytes.len());
        let Some(part) = self.part_mut(id) else {
            return;
        };
        let pause = hold.unwrap_or_else(|| first.saturating_mul(1 << part.attempts.min(3)));
        part.attempts = part.attempts.saturating_add(u8::from(hold.is_none()));
        part.redirects = 0;
        let held = hold.is_some();
        part.at = At::Retry(Box::new(Retry { bytes, last, held }));
        self.retries
            .push(now.plus(pause).min(arrival.plus(timeout)), id);
    }

    /// Tries the parts whose pause is over.
    pub(super) fn run_retries(&mut self, now: Time) {
        while let Some(id) = self.retries.pop_due(now) {
            let Some(part) = self.part_mut(id) else {
                continue;
            };
            match std::mem::replace(&mut part.at, At::Done) {
                At::Retry(retry) => {
                    let Retry { bytes, last, held } = *retry;
                    if held {
                        self.retries.held.remove(bytes.len());
                    }
                    if let Some(client) = self.clients.get_mut(id.client) {
                        client.pending.sub_waiting(bytes.len());
                    }
                    self.touch_client(id.client);
                    if let Some(bytes) = self.hold_behind(id, bytes) {
                        self.redispatch(id, bytes, last, now);
                    }
                }
                other => part.at = other,
            }
        }
        self.run_releases(now);
    }

    /// A part was refused on a link: later parts of the same client and slot that are not yet written to
    /// that link must not be executed there before it.
    pub(super) fn recall_later(&mut self, key: Key, id: PartId, now: Time) {
        let Some(slot) = self.part_mut(id).map(|part| part.slot) else {
            return;
        };
        let later: BTreeSet<PartId> = self
            .parts_on_links(id.client, slot, id.seq)
            .into_iter()
            .collect();
        if later.is_empty() {
            return;
        }
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let is_later = |entry: &InFlight| entry.owner.part().is_some_and(|id| later.contains(&id));
        for (id, bytes) in link.take_unwritten(is_later) {
            self.requeue(id, bytes, None, now);
        }
    }

    /// Parts of a client's requests after `seq` that links have, in `slot`.
    pub(super) fn parts_on_links(&mut self, client: Key, slot: Slot, seq: u32) -> Vec<PartId> {
        let mut found = Vec::new();
        let Some(session) = self.clients.get_mut(client) else {
            return found;
        };
        let is_meant = |part: &Part| part.slot == slot && matches!(part.at, At::Link);
        for (seq, pending) in session.pending.iter_mut_after(seq) {
            let mut add = |part| found.push(PartId { client, seq, part });
            match &mut pending.state {
                State::Whole(part) if is_meant(part) => add(WHOLE),
                State::Split(split) => split
                    .parts_mut()
                    .filter(|(_, part)| is_meant(part))
                    .for_each(|(index, _)| add(index)),
                State::Walk(walk) => walk
                    .parts_mut()
                    .filter(|(_, part)| is_meant(part))
                    .for_each(|(index, _)| add(index)),
                State::Whole(_) | State::Ready(_) => {}
            }
        }
        found
    }

    /// Sends a part that was sent before to whoever owns its slot now, if its deadline allows.
    pub(super) fn redispatch(&mut self, id: PartId, bytes: Bytes, last: Option<Bytes>, now: Time) {
        let Some((arrival, read_only)) = self.facts(id) else {
            return;
        };
        let Some(slot) = self.part_mut(id).map(|part| part.slot) else {
            return;
        };
        if now >= arrival.plus(self.config.cluster.server_timeout) {
            self.fail_unserved(id, slot, last, now);
            return;
        }
        let Some(terms) = self.clients.get(id.client).map(ClientSession::terms) else {
            return;
        };
        let is_private = self.is_private(id);
        let owner = self.owner_of(id, &bytes);
        let frame = Frame::Shared(if is_private {
            self.renew(id, bytes, now)
        } else {
            bytes
        });
        let placed = if is_private {
            // Its slot may be another one now.
            let slot = self.part_mut(id).map_or(slot, |part| part.slot);
            let node = self.routes.primary_of(slot);
            self.place_private(id, node, false, &frame, arrival, now)
        } else if let Some(placed) = self.place_at_home(id, &frame, arrival, now) {
            placed
        } else if self.is_in_script_lane(id) {
            self.place_script(owner, slot, terms, read_only, &frame, arrival, now)
        } else {
            self.place(owner, slot, terms, read_only, &frame, arrival, now)
        };
        match placed {
            Placed::Sent => self.set_part(id, At::Link),
            Placed::NoPrivateLeft => self.fail_without_link(id, now),
            Placed::Down(node) => self.fail_down(id, slot, node, now),
            Placed::LinkFull | Placed::BacklogFull(_) | Placed::Nowhere => {
                self.wait_for_retry(id, frame.to_shared(), last, now);
            }
        }
    }

    /// Clients have as many links for themselves as they may, and this part needs one.
    fn fail_without_link(&mut self, id: PartId, now: Time) {
        self.note_private_error(id);
        let max = self.config.limits.private_links_max;
        let mut text = Vec::new();
        write::error(&mut text, &answers::no_private_left(max));
        self.fail_unexecuted(id, text.into(), now);
    }

    /// The deadline passed before a node took the part: the node's own words if it said any.
    pub(super) fn fail_unserved(&mut self, id: PartId, slot: Slot, last: Option<Bytes>, now: Time) {
        if self.is_pinned(id) {
            return self.lose_watch(id, now);
        }
        self.note_private_error(id);
        self.stats.counters.errors_node_unavailable += 1;
        let is_redirect = last
            .as_ref()
            .is_some_and(|text| text.starts_with(b"-MOVED") || text.starts_with(b"-ASK"));
        if let Some(text) = last
            && !is_redirect
        {
            self.fail_unexecuted(id, text, now);
            return;
        }
        let millis = self.config.cluster.server_timeout.as_millis();
        let only_home = self.only_home(id);
        let node = match &only_home {
            Some(addr) => self.routes.member(addr),
            None => self.routes.primary_of(slot),
        };
        if let Some(text) = node.and_then(|node| self.shut_text(node)) {
            return self.fail_unexecuted(id, text, now);
        }
        if let Some(node) = only_home {
            let failure = Failure::Unreached {
                node: &node,
                millis,
            };
            return self.fail_part(id, failure, now);
        }
        let addr = node.and_then(|node| self.routes.addr(node)).cloned();
        let node = addr.as_ref();
        let mut text = Vec::new();
        Failure::Unavailable { slot, node, millis }.write(&mut text);
        self.fail_unexecuted(id, text.into(), now);
    }

    /// The primary of these slots changed: what clients have under way to the old one must be answered
    /// before later requests to the same slot go to the new one.
    pub(super) fn unsettle_moved(&mut self, slots: &[Slot]) {
        self.forget_tracked_slots(slots);
        let mut moved = [0u64; crate::cluster::SLOTS / 64];
        for slot in slots {
            if let Some(word) = moved.get_mut(slot.index() / 64) {
                *word |= 1 << (slot.index() % 64);
            }
        }
        let has_moved = |slot: Slot| {
            moved
                .get(slot.index() / 64)
                .is_some_and(|w| w >> (slot.index() % 64) & 1 == 1)
        };
        for (_, client) in self.clients.iter_mut() {
            client.flights.end_where(has_moved);
            let mut found: Vec<Slot> = Vec::new();
            for (_, pending) in client.pending.iter_mut() {
                let Ok(()) = pending.state.each_part(|_, part| {
                    if matches!(part.at, At::Link) && !part.unsettled && has_moved(part.slot) {
                        part.unsettled = true;
                        found.push(part.slot);
                    }
                    Ok::<(), std::convert::Infallible>(())
                });
            }
            for slot in found {
                client.unsettle(slot);
            }
        }
    }

    /// Takes a link out of use: what it has not written goes elsewhere, what it has written is received or
    /// expires, and later requests of the same clients and slots wait for that.
    pub(super) fn retire(&mut self, key: Key, why: LinkEnd, now: Time) {
        let Some(link) = self.links.get_mut(key) else {
            return;
        };
        let is_new = matches!(link.state, LinkState::Connecting | LinkState::Handshaking);
        // What is subscribed on a link goes with it at once; a request that it has not got whole is not executed.
        if is_new || link.purpose == Purpose::Subscriptions || link.lacks_bytes() {
            self.end_link(key, why, now);
            return;
        }
        link.state = LinkState::Retiring;
        let late = now.plus(self.config.cluster.server_timeout);
        link.patience = link.patience.at_most(late);
        self.stats.counters.links_retired += 1;
        let (node, terms, purpose) = (link.node, link.terms, link.purpose);
        let mut unwritten = Vec::new();
        while let Some(entry) = link.in_flight.back().copied()
            && entry.start >= link.log.written()
        {
            link.in_flight.pop_back();
            if let Some(id) = entry.owner.part() {
                unwritten.push((id, link.log.frame(entry.start, entry.len as usize)));
            }
            link.log.truncate(entry.start);
        }
        let written = link.in_flight.iter();
        let written: Vec<PartId> = written.filter_map(|entry| entry.owner.part()).collect();
        if purpose == Purpose::Private {
            self.give_lease_up(key);
        } else if let Some(entry) = self.routes.node_mut(node) {
            entry.set_link(terms, purpose, None);
        }
        for id in written {
            self.mark_unsettled(id);
        }
        for (id, bytes) in unwritten.into_iter().rev() {
            self.requeue(id, bytes, None, now);
        }
    }

    /// Closes a retired link once nothing is awaited on it.
    pub(super) fn close_if_retired(&mut self, key: Key, now: Time) {
        let Some(link) = self.links.get(key) else {
            return;
        };
        let awaited = link
            .in_flight
            .iter()
            .any(|entry| entry.owner.part().is_some())
            || link.still_writes(now, self.config.cluster.server_timeout);
        if link.state == LinkState::Retiring && !awaited {
            let why = if link.purpose.is_for_scripts() || link.is_left {
                LinkEnd::Unneeded
            } else {
                LinkEnd::Retired
            };
            self.end_link(key, why, now);
        }
    }
}

/// If a request may be sent again although it may have been executed: what only reads, and what only makes a
/// node remember or forget something for a link that is then given up.
fn may_repeat(command: &'static Command) -> bool {
    let step = match command::treatment(command) {
        Treatment::Transaction(step) => Some(step),
        _ => None,
    };
    command.is_readonly() || matches!(step, Some(Step::Watch | Step::Unwatch))
}

const _: () = assert!(
    WHOLE == u32::MAX,
    "a split request has fewer parts than that"
);
