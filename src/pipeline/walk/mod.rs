//! SCAN over the whole cluster.
//!
//! Cursors of servers name places in one server's tables, so they mean nothing after a failover or a slot move.
//! corelane walks over slots instead: its cursor is the number of the next slot, and each SCAN returns all keys
//! of the slots it has looked at. So a cursor is good for ever, at every worker and every corelane, and a key
//! that exists throughout is never missed. The price: slots are never cut, so a reply may hold many more keys
//! than COUNT if many are in one slot. When enough are found they are asked for by their types, which shows those that
//! have expired.
//!
//! ```text
//!   take_scan --> wave of parts --> all answered --> evaluate --> reply, or the next wave
//! ```
//!
//! Limits: [`WIDTH_MAX`](state::WIDTH_MAX) slots and [`TYPES_MAX`] keys per wave; a request ends within
//! `cluster.server_timeout`; a pattern that takes too many [`Steps`](crate::command::glob::Steps) ends it with an error.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Pipeline;
use super::answers::Failure;
use super::ingest::{Frame, Taken};
use super::link::{Owner, PartId, Purpose};
use super::pending::{At, Pending, Reply, State};
use super::place::Placed;
use super::routes::NodeRef;
use super::slab::Key;
use super::time::Time;
use crate::cluster::{RefreshReason, Slot};
use crate::command::Command;
use crate::resp::{RequestView, write};

mod options;
mod state;
#[cfg(test)]
mod tests;

use self::options::Options;
pub(super) use self::state::Walk;
use self::state::{Ask, Outcome};

/// Keys whose types are asked for at a time.
const TYPES_MAX: usize = 1024;

const ENDLESS: &str = "ERR corelane: to compare keys with this pattern takes too long";

/// Keys of one slot that are asked for: all of them, as servers keep the number in 32 bits.
const ALL: &[u8] = b"2147483647";

// === impl Pipeline ===

impl Pipeline {
    /// Takes a SCAN or a CLUSTERSCAN.
    pub(super) fn take_scan(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        if command.name == "clusterscan" {
            // The server's own cursors carry the tag of the slot that comes next.
            let slot = view.arg(1).map_or(Slot::FIRST, Slot::of_key);
            return self.forward(key, command, slot, frame, now);
        }
        let walk = match Options::parse(view) {
            Ok(options) => Walk::new(options),
            Err(text) => {
                self.answer_with(key, command, |out| write::error(out, text));
                return Taken::Yes;
            }
        };
        if walk.next >= walk.options.end {
            self.answer_with(key, command, |out| walk.write_reply(out));
            return Taken::Yes;
        }
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        let seq = client.pending.push(Pending {
            arrival: now,
            command: Some(command),
            state: State::Ready(Reply::EMPTY),
        });
        self.send_slots(key, seq, walk, now);
        // A part may have failed at once, and others wait behind it.
        self.run_releases(now);
        self.touch_client(key);
        Taken::Yes
    }

    /// One part of a walk was answered.
    #[cold]
    pub(super) fn deliver_to_walk(&mut self, id: PartId, reply: &[u8], now: Time) {
        let Some(client) = self.clients.get_mut(id.client) else {
            return;
        };
        let Some(pending) = client.pending.get_mut(id.seq) else {
            return;
        };
        let State::Walk(walk) = &mut pending.state else {
            return;
        };
        let (settled, is_last) = walk.record(id.part, reply);
        client.parts = client.parts.saturating_sub(1);
        client.pending.add_waiting(reply.len());
        if let Some(slot) = settled {
            self.settle(id.client, slot);
        }
        if is_last {
            self.go_on(id.client, id.seq, now);
        }
        self.touch_client(id.client);
    }

    /// All parts of a wave are answered: what they say, and what is asked next.
    fn go_on(&mut self, key: Key, seq: u32, now: Time) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(pending) = client.pending.get_mut(seq) else {
            return;
        };
        let arrival = pending.arrival;
        let State::Walk(mut walk) =
            std::mem::replace(&mut pending.state, State::Ready(Reply::EMPTY))
        else {
            return;
        };
        client.pending.sub_waiting(walk.held_len());
        let routes = &self.routes;
        let timeout = self.config.cluster.server_timeout;
        match walk.evaluate(|node| routes.addr(node).cloned()) {
            Outcome::Refused(error) => self.end_walk(key, seq, &error, now),
            Outcome::Endless => {
                self.stats.counters.errors_pattern += 1;
                let mut error = Vec::new();
                write::error(&mut error, ENDLESS);
                self.end_walk(key, seq, &error, now);
            }
            Outcome::Spoilt => {
                self.hint(RefreshReason::Moved);
                self.pause_walk(key, seq, *walk, now);
            }
            Outcome::Moving => self.send_arrived(key, seq, *walk, now),
            Outcome::Arrived => self.send_still(key, seq, *walk, now),
            Outcome::Seen => {
                if !walk.is_about_keys() {
                    walk.pass_slots();
                }
                let is_over = walk.has_enough() || now >= arrival.plus(timeout / 4);
                if !is_over {
                    self.send_slots(key, seq, *walk, now);
                } else if !walk.untyped.is_empty() {
                    self.send_types(key, seq, *walk, now);
                } else {
                    let mut reply = Vec::with_capacity(walk.keys.len() + 64);
                    walk.write_reply(&mut reply);
                    self.end_walk(key, seq, &reply, now);
                }
            }
        }
    }

    /// Asks for the keys of the next slots.
    fn send_slots(&mut self, key: Key, seq: u32, mut walk: Walk, now: Time) {
        walk.begin_wave();
        let slots = Slot::all().skip(walk.next).take(walk.width);
        let slots = slots.take(walk.options.end.saturating_sub(walk.next));
        let mut groups: Vec<(NodeRef, Vec<Slot>)> = Vec::new();
        for slot in slots {
            // What this client has said to the slot before may be under way somewhere.
            let client = self.clients.get(key);
            let is_behind = client.is_some_and(|client| client.is_unsettled(slot));
            let Some(owner) = self.routes.primary_of(slot).filter(|_| !is_behind) else {
                self.hint(RefreshReason::Unroutable);
                self.pause_walk(key, seq, walk, now);
                return;
            };
            match groups.iter_mut().find(|(node, _)| *node == owner) {
                Some((_, slots)) => slots.push(slot),
                None => groups.push((owner, vec![slot])),
            }
        }
        for (node, slots) in groups {
            let first = slots.first().copied().unwrap_or(Slot::FIRST);
            walk.push(first, Some(node), Ask::Nodes);
            for slot in slots {
                walk.push(slot, Some(node), Ask::Keys);
            }
            walk.push(first, Some(node), Ask::Nodes);
        }
        self.send_wave(key, seq, walk, now);
    }

    /// Asks for the keys of moving slots where they move to.
    fn send_arrived(&mut self, key: Key, seq: u32, mut walk: Walk, now: Time) {
        walk.begin_wave();
        let moving = std::mem::take(&mut walk.moving);
        for (slot, addr) in moving.iter().flat_map(|moving| &moving.slots) {
            let node = self.routes.intern(addr);
            walk.push(*slot, node, Ask::Arrived);
        }
        walk.moving = moving;
        self.send_wave(key, seq, walk, now);
    }

    /// Asks the nodes that moving slots come from whether they still move them.
    fn send_still(&mut self, key: Key, seq: u32, mut walk: Walk, now: Time) {
        walk.begin_wave();
        let moving = std::mem::take(&mut walk.moving);
        for moving in &moving {
            let slot = moving.slots.first().map_or(Slot::FIRST, |(slot, _)| *slot);
            walk.push(slot, Some(moving.from), Ask::Still);
        }
        walk.moving = moving;
        self.send_wave(key, seq, walk, now);
    }

    /// Asks for the types of keys.
    fn send_types(&mut self, key: Key, seq: u32, mut walk: Walk, now: Time) {
        walk.begin_wave();
        let left = walk.untyped.len().saturating_sub(TYPES_MAX);
        for name in walk.untyped.split_off(left) {
            let slot = Slot::of_key(&name);
            let node = self.routes.primary_of(slot);
            walk.push(slot, node, Ask::Type(name));
        }
        walk.untyped_before = walk.untyped.len();
        self.send_wave(key, seq, walk, now);
    }

    /// Waits a little before the wave is repeated, if there is time for that.
    fn pause_walk(&mut self, key: Key, seq: u32, mut walk: Walk, now: Time) {
        walk.forget_wave();
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Some(pending) = client.pending.get_mut(seq) else {
            return;
        };
        let deadline = pending.arrival.plus(self.config.cluster.server_timeout);
        if now >= deadline {
            self.end_walk_late(key, seq, walk.next, now);
            return;
        }
        let held = walk.held_len();
        pending.state = State::Walk(Box::new(walk));
        client.pending.add_waiting(held);
        let until = now.plus(self.config.cluster.retry_delay).min(deadline);
        self.paused_walks.push_back((until, key, seq));
    }

    /// Repeats the waves whose pause is over. Called at each tick.
    pub(super) fn resume_walks(&mut self, now: Time) {
        let paused = std::mem::take(&mut self.paused_walks).into_iter();
        let (due, later): (VecDeque<_>, VecDeque<_>) =
            paused.partition(|(until, ..)| now >= *until);
        self.paused_walks = later;
        for (_, key, seq) in due {
            let Some(client) = self.clients.get_mut(key) else {
                continue;
            };
            if let Some(pending) = client.pending.get_mut(seq)
                && let State::Walk(walk) =
                    std::mem::replace(&mut pending.state, State::Ready(Reply::EMPTY))
            {
                client.pending.sub_waiting(walk.held_len());
                self.send_slots(key, seq, *walk, now);
                self.end_delivery();
                self.touch_client(key);
            }
        }
    }

    /// Hands the parts of a wave to their links.
    fn send_wave(&mut self, key: Key, seq: u32, walk: Walk, now: Time) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let terms = client.terms();
        client.parts += walk.parts.len();
        client.pending.add_waiting(walk.held_len());
        let wave = walk.parts.iter().map(|part| {
            let slot = part.part.slot;
            (part.node, slot, question(&part.ask, slot))
        });
        let wave: Vec<(Option<NodeRef>, Slot, Bytes)> = wave.collect();
        let Some(pending) = client.pending.get_mut(seq) else {
            return;
        };
        let arrival = pending.arrival;
        let follows_slot = walk.parts.iter().all(|part| part.ask.follows_slot());
        pending.state = State::Walk(Box::new(walk));
        for (part, (node, slot, bytes)) in (0u32..).zip(wave) {
            let id = PartId {
                client: key,
                seq,
                part,
            };
            if self.must_hold(id, slot, follows_slot) {
                self.note_waiting(key, bytes.len());
                self.set_part(id, At::Held(bytes));
                self.spoil_walk(id);
                continue;
            }
            let link = node.and_then(|node| self.link_to(node, terms, Purpose::Primary, now));
            let placed = link.map_or(Placed::Nowhere, |link| {
                self.append(
                    link,
                    Owner::Part(id),
                    true,
                    &Frame::Borrowed(&bytes),
                    arrival,
                    false,
                    now,
                )
            });
            if placed != Placed::Sent {
                self.wait_for_retry(id, bytes, None, now);
            }
        }
    }

    /// If a part has to wait for others of its client. What a wave finds was decided by the keys of the slots, so
    /// questions about single keys wait for earlier requests alone: later ones may take longer than the walk may.
    fn must_hold(&mut self, id: PartId, slot: Slot, follows_slot: bool) -> bool {
        let Some(client) = self.clients.get_mut(id.client) else {
            return false;
        };
        let is_unsettled = client.is_unsettled(slot);
        if is_unsettled {
            client.flights.end(slot);
        }
        is_unsettled && (!follows_slot || self.is_behind_unsettled(id))
    }

    /// A part waits, and will go to whoever owns its slot then: a question to one node is not answered by that.
    pub(super) fn spoil_walk(&mut self, id: PartId) {
        let client = self.clients.get_mut(id.client);
        let pending = client.and_then(|client| client.pending.get_mut(id.seq));
        if let Some(State::Walk(walk)) = pending.map(|pending| &mut pending.state) {
            walk.note_detour(id.part);
        }
    }

    fn end_walk(&mut self, key: Key, seq: u32, reply: &[u8], now: Time) {
        self.finish(key, seq, &Frame::Borrowed(reply), now);
    }

    /// The slots kept moving, or no node served them, until the deadline.
    fn end_walk_late(&mut self, key: Key, seq: u32, next: usize, now: Time) {
        self.stats.counters.errors_node_unavailable += 1;
        let slot = Slot::all().nth(next).unwrap_or(Slot::FIRST);
        let node = self.routes.primary_of(slot);
        let node = node.and_then(|node| self.routes.addr(node)).cloned();
        let failure = Failure::Unavailable {
            slot,
            node: node.as_ref(),
            millis: self.config.cluster.server_timeout.as_millis(),
        };
        let mut reply = Vec::new();
        failure.write(&mut reply);
        self.end_walk(key, seq, &reply, now);
    }
}

/// The request that asks it.
fn question(ask: &Ask, slot: Slot) -> Bytes {
    let mut out = Vec::new();
    match ask {
        Ask::Nodes | Ask::Still => write::request(&mut out, &[b"CLUSTER", b"NODES"]),
        Ask::Keys | Ask::Arrived => {
            let slot = slot.number().to_string();
            write::request(
                &mut out,
                &[b"CLUSTER", b"GETKEYSINSLOT", slot.as_bytes(), ALL],
            );
        }
        Ask::Type(key) => write::request(&mut out, &[b"TYPE", key]),
    }
    out.into()
}
