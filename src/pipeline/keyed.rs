//! Requests with keys: to the node that owns their slot, whole or in parts.

use super::answers;
use super::chunks::LARGE;
use super::client::Pause;
use super::ingest::{Frame, Taken};
use super::link::{Owner, PartId, Terms, WHOLE};
use super::parts::Cut;
use super::pending::{At, Lane, Part, Pending, State};
use super::place::Placed;
use super::slab::Key;
use super::split::{self, Split};
use super::time::Time;
use super::transaction::is_exec;
use super::{IDLE_SPLITS_MAX, Pipeline};
use crate::cluster::Slot;
use crate::command::{self, Command, Split as Kind};
use crate::resp::{RequestView, write};

/// How a whole request goes to its node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) lane: Lane,
    /// It is so many commands.
    pub(super) batch: Option<u32>,
}

impl Pipeline {
    /// Hands a request on whose keys share a slot.
    #[inline]
    pub(super) fn take_keyed(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(slot) = self.slot_of(command, view) else {
            return self.take_cross_slot(key, command, view, now);
        };
        if command.only_key_index().is_none() && command::blocks(view) {
            return self.forward_blocking(key, command, slot, view, frame, now);
        }
        self.forward(key, command, slot, frame, now)
    }

    /// Cuts a request over several slots into parts, one per slot.
    pub(super) fn take_split(
        &mut self,
        key: Key,
        command: &'static Command,
        kind: Kind,
        view: &RequestView<'_>,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let Some(layout) = split::layout(kind, view) else {
            if kind == Kind::Msetex {
                // Any server has the words for what is wrong with it.
                return self.forward(key, command, Slot::FIRST, frame, now);
            }
            self.stats.counters.errors_arity += 1;
            self.answer_with(key, command, |out| answers::arity(out, command.name));
            return Taken::Yes;
        };
        let mut plan = std::mem::take(&mut self.plan);
        plan.make(view, layout);
        let taken = match plan.single_slot() {
            Some(slot) => self.forward(key, command, slot, frame, now),
            None if split::is_conditional(kind, layout, view) => {
                self.stats.counters.errors_crossslot += 1;
                self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
                Taken::Yes
            }
            None => {
                self.forward_parts(key, command, kind, &mut plan, frame, now);
                Taken::Yes
            }
        };
        self.plan = plan;
        taken
    }

    /// The slot of all keys of a request; `None` if they are in different ones.
    ///
    /// A request in which no keys can be found is one that servers refuse, each in the same words, so any of
    /// them may do it.
    #[inline(always)]
    pub(super) fn slot_of(
        &mut self,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> Option<Slot> {
        if let Some(index) = command.only_key_index() {
            return Some(view.arg(index).map_or(Slot::FIRST, Slot::of_key));
        }
        self.slot_of_many(command, view)
    }

    /// As [`Self::slot_of`], for a command whose keys are not in one known place.
    #[inline(never)]
    fn slot_of_many(&mut self, command: &'static Command, view: &RequestView<'_>) -> Option<Slot> {
        self.key_positions.clear();
        if command.keys(view, &mut self.key_positions).is_err() {
            return Some(Slot::FIRST);
        }
        let keys = self
            .key_positions
            .iter()
            .filter_map(|position| view.arg(*position));
        let mut slots = keys.map(Slot::of_key);
        let first = slots.next().unwrap_or(Slot::FIRST);
        slots.all(|slot| slot == first).then_some(first)
    }

    /// Sends a whole request towards the node of `slot`.
    pub(super) fn forward(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        frame: &Frame<'_>,
        now: Time,
    ) -> Taken {
        let way = Way {
            lane: Lane::Shared,
            batch: None,
        };
        self.forward_as(key, command, slot, frame, way, now)
    }

    /// As [`Self::forward`], for what does not go there as usual.
    #[cold]
    #[inline(never)]
    pub(super) fn forward_by(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        frame: &Frame<'_>,
        way: Way,
        now: Time,
    ) -> Taken {
        self.forward_as(key, command, slot, frame, way, now)
    }

    #[inline(always)]
    fn forward_as(
        &mut self,
        key: Key,
        command: &'static Command,
        slot: Slot,
        frame: &Frame<'_>,
        way: Way,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        client.last_command = command.name;
        let terms = client.terms();
        let arrival = client.link_wait_since.take().unwrap_or(now);
        let is_script = way.lane == Lane::Scripts;
        let must_wait = if is_script {
            client.script_must_wait(slot)
        } else {
            client.is_unsettled(slot)
        };
        let at = if must_wait {
            client.flights.end(slot);
            client.pending.add_waiting(frame.bytes().len());
            At::Held(frame.to_shared())
        } else {
            At::Link
        };
        let mut part = Part::new(slot, at);
        part.lane = way.lane;
        part.is_batch = way.batch.is_some();
        let seq = client.pending.push(Pending {
            arrival,
            command: Some(command),
            state: State::Whole(part),
        });
        if must_wait {
            return Taken::Yes;
        }
        let id = PartId {
            client: key,
            seq,
            part: WHOLE,
        };
        let owner = Owner::of(id, way.batch);
        let read_only = command.is_readonly();
        let placed = if is_script {
            self.place_script(owner, slot, terms, read_only, frame, arrival, now)
        } else {
            self.place(owner, slot, terms, read_only, frame, arrival, now)
        };
        match placed {
            Placed::Sent => return Taken::Sent,
            Placed::LinkFull if now >= arrival.plus(self.config.cluster.server_timeout) => {
                self.fail_unserved(id, slot, None, now);
            }
            Placed::LinkFull => {
                self.unpush(key);
                if let Some(client) = self.clients.get_mut(key) {
                    client.link_wait_since = Some(arrival);
                }
                return Taken::Later(Pause::Link);
            }
            Placed::BacklogFull(node) => {
                self.unpush(key);
                self.answer_backlog(key, command, node);
            }
            Placed::Nowhere | Placed::NoPrivateLeft => {
                self.wait_for_retry(id, frame.to_shared(), None, now);
            }
            Placed::Down(node) => self.fail_down(id, slot, node, now),
        }
        Taken::Yes
    }

    /// Takes the newest request of a client back, which no link has got.
    fn unpush(&mut self, key: Key) {
        if let Some(client) = self.clients.get_mut(key) {
            client.pending.pop_newest();
        }
    }

    fn answer_backlog(
        &mut self,
        key: Key,
        command: &'static Command,
        node: super::routes::NodeRef,
    ) {
        self.stats.counters.errors_backlog_full += 1;
        let addr = self.routes.addr(node).cloned();
        let failure = answers::Failure::Backlog {
            node: addr.as_ref(),
        };
        if is_exec(command) {
            let mut text = Vec::new();
            failure.write(&mut text);
            return self.answer_abort(key, command, &text);
        }
        self.answer_with(key, command, |out| failure.write(out));
    }

    fn forward_parts(
        &mut self,
        key: Key,
        command: &'static Command,
        kind: Kind,
        plan: &mut split::Plan,
        frame: &Frame<'_>,
        now: Time,
    ) {
        let groups = plan.group();
        self.stats.counters.split_requests += 1;
        self.stats.counters.parts += groups as u64;
        let mut split = self
            .idle_splits
            .pop()
            .unwrap_or_else(|| Box::new(Split::new()));
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let terms = client.terms();
        split.begin(kind, terms.protocol, plan);
        // No part of this request changes that for another one, since each has its own slot.
        let has_unsettled = !client.unsettled.is_empty();
        client.parts += groups;
        let state = State::Split(split);
        let seq = client.pending.push(Pending {
            arrival: now,
            command: Some(command),
            state,
        });
        let cut = Cut {
            client: key,
            seq,
            kind,
            terms,
            read_only: command.is_readonly(),
            frame: frame.bytes(),
        };
        let mut targets = std::mem::take(&mut self.targets);
        if has_unsettled {
            targets.leave_all(groups);
        } else {
            self.place_parts(&cut, plan, &mut targets, now);
        }
        if !targets.left.is_empty() {
            self.place_left(&cut, plan, &targets.left, now);
        }
        self.targets = targets;
    }

    /// Places parts of a request one by one.
    #[cold]
    fn place_left(&mut self, cut: &Cut<'_>, plan: &split::Plan, left: &[u32], now: Time) {
        let mut bytes = std::mem::take(&mut self.scratch);
        for &part in left {
            bytes.clear();
            let Some(slot) = plan.write_part(part as usize, cut.kind, cut.frame, &mut bytes) else {
                debug_assert!(false, "part {part} is not in the plan");
                continue;
            };
            self.place_part(
                cut.part(part),
                slot,
                cut.terms,
                cut.read_only,
                &mut bytes,
                now,
            );
        }
        self.scratch = bytes;
    }

    /// Places one part of a request, whose bytes are `bytes`; if they are many, they are taken.
    pub(super) fn place_part(
        &mut self,
        id: PartId,
        slot: Slot,
        terms: Terms,
        read_only: bool,
        bytes: &mut Vec<u8>,
        now: Time,
    ) {
        let piece = if bytes.len() >= LARGE {
            Frame::Shared(std::mem::take(bytes).into())
        } else {
            Frame::Borrowed(bytes)
        };
        if let Some(client) = self.clients.get_mut(id.client)
            && client.is_unsettled(slot)
        {
            client.flights.end(slot);
            self.set_part(id, At::Held(piece.to_shared()));
            self.note_waiting(id.client, piece.bytes().len());
            return;
        }
        let owner = Owner::Part(id);
        match self.place(owner, slot, terms, read_only, &piece, now, now) {
            Placed::Sent => {}
            Placed::LinkFull | Placed::Nowhere | Placed::NoPrivateLeft => {
                let kept = piece.to_shared();
                self.wait_for_retry(id, kept, None, now);
            }
            Placed::Down(node) => self.fail_down(id, slot, node, now),
            Placed::BacklogFull(node) => {
                self.stats.counters.errors_backlog_full += 1;
                let addr = self.routes.addr(node).cloned();
                let node = addr.as_ref();
                self.fail_part(id, answers::Failure::Backlog { node }, now);
            }
        }
    }

    pub(super) fn set_part(&mut self, id: PartId, at: At) {
        if let Some(part) = self.part_mut(id) {
            part.at = at;
        }
    }

    /// Keeps the state of an answered split request for the next one.
    pub(super) fn recycle(&mut self, split: Box<Split>) {
        self.stats.counters.errors_merge_bytes += u64::from(split.is_over());
        let is_small = !split.is_gathered() && split.replies_len() < LARGE;
        if self.idle_splits.len() < IDLE_SPLITS_MAX && is_small {
            self.idle_splits.push(split);
        }
    }
}
